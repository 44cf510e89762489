//! A ZIP archive that is only written and only stores: no compression, no encryption, no paths. Files below 4 GiB.

use std::io::{Read, Seek, SeekFrom, Write};

/// 1980-01-01, the earliest day of the format: the same files make the same archive.
const DAY: u16 = 0x21;
/// Names are UTF-8.
const FLAGS: u16 = 1 << 11;

const TABLE: [u32; 256] = table();

const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut n = 0;
    while n < 256 {
        let (mut value, mut bit) = (n as u32, 0);
        while bit < 8 {
            value = if value & 1 == 1 { 0xEDB8_8320 ^ (value >> 1) } else { value >> 1 };
            bit += 1;
        }
        table[n] = value;
        n += 1;
    }
    table
}

/// The check sum of the format, over bytes that come piece by piece.
fn crc(before: u32, bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!before, |crc, byte| TABLE[usize::from(crc as u8 ^ byte)] ^ (crc >> 8))
}

/// An archive under construction.
pub struct Archive<W> {
    out: W,
    directory: Vec<u8>,
    entries: u16,
    at: u64,
}

impl<W: Write + Seek> Archive<W> {
    /// An empty archive.
    pub fn new(out: W) -> Self {
        Self { out, directory: Vec::new(), entries: 0, at: 0 }
    }

    /// Adds a file with this name.
    ///
    /// # Errors
    /// Those of reading and writing; [`std::io::ErrorKind::FileTooLarge`] when it does not fit into the format.
    pub fn add(&mut self, name: &str, from: &mut dyn Read) -> std::io::Result<()> {
        let too_large = || std::io::Error::from(std::io::ErrorKind::FileTooLarge);
        let start = u32::try_from(self.at).map_err(|_| too_large())?;
        let name_length = u16::try_from(name.len()).map_err(|_| too_large())?;
        self.out.write_all(&local_header(name, name_length, 0, 0))?;
        let (mut sum, mut size, mut buffer) = (0, 0_u64, vec![0; 64 * 1024]);
        loop {
            let read = from.read(&mut buffer)?;
            if read == 0 {
                break;
            }
            sum = crc(sum, &buffer[..read]);
            size += read as u64;
            self.out.write_all(&buffer[..read])?;
        }
        let size = u32::try_from(size).map_err(|_| too_large())?;
        // The sum and the size are known now: they go into the header that stands before the bytes.
        self.out.seek(SeekFrom::Start(self.at))?;
        let header = local_header(name, name_length, sum, size);
        self.out.write_all(&header)?;
        self.at = self.out.seek(SeekFrom::End(0))?;
        self.directory.extend(central_header(name, name_length, sum, size, start));
        self.entries = self.entries.checked_add(1).ok_or_else(too_large)?;
        Ok(())
    }

    /// Writes the directory, and gives back what was written to.
    ///
    /// # Errors
    /// Those of writing.
    pub fn finish(mut self) -> std::io::Result<W> {
        let too_large = |_| std::io::Error::from(std::io::ErrorKind::FileTooLarge);
        let (length, start) = (u32::try_from(self.directory.len()).map_err(too_large)?, u32::try_from(self.at).map_err(too_large)?);
        self.out.write_all(&self.directory)?;
        let mut end = b"PK\x05\x06\0\0\0\0".to_vec();
        [self.entries, self.entries].iter().for_each(|n| end.extend(n.to_le_bytes()));
        [length, start].iter().for_each(|n| end.extend(n.to_le_bytes()));
        end.extend([0, 0]);
        self.out.write_all(&end)?;
        Ok(self.out)
    }
}

/// What both headers say, from the version that is needed to the length of the name.
fn common(name_length: u16, sum: u32, size: u32) -> Vec<u8> {
    let mut header = Vec::new();
    [20, FLAGS, 0, 0, DAY].iter().for_each(|n: &u16| header.extend(n.to_le_bytes()));
    [sum, size, size].iter().for_each(|n| header.extend(n.to_le_bytes()));
    [name_length, 0].iter().for_each(|n| header.extend(n.to_le_bytes()));
    header
}

fn local_header(name: &str, name_length: u16, sum: u32, size: u32) -> Vec<u8> {
    [b"PK\x03\x04".to_vec(), common(name_length, sum, size), name.as_bytes().to_vec()].concat()
}

fn central_header(name: &str, name_length: u16, sum: u32, size: u32, start: u32) -> Vec<u8> {
    // Made by version 2.0; no comment, first disk, no attributes.
    let rest = [vec![0; 10], start.to_le_bytes().to_vec()].concat();
    [b"PK\x01\x02\x14\0".to_vec(), common(name_length, sum, size), rest, name.as_bytes().to_vec()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    #[test]
    fn the_sum_is_the_one_of_the_format() {
        assert_eq!(crc(0, b"123456789"), 0xCBF4_3926, "the check value of its definition");
        assert_eq!(crc(crc(0, b"1234"), b"56789"), 0xCBF4_3926, "piece by piece");
    }

    #[test]
    fn another_program_unpacks_it() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a.zip");
        let out = std::fs::File::options().read(true).write(true).create_new(true).open(&file).unwrap();
        let mut archive = Archive::new(out);
        let large = vec![7; 200_000];
        archive.add("00-read-first.txt", &mut Cursor::new(b"hello\n")).unwrap();
        archive.add("empty", &mut Cursor::new(b"")).unwrap();
        archive.add("large.bin", &mut Cursor::new(&large)).unwrap();
        archive.finish().unwrap();
        let Ok(ran) = std::process::Command::new("unzip").arg("-q").arg(&file).arg("-d").arg(dir.path().join("out")).output() else {
            return;
        };
        assert!(ran.status.success(), "{ran:?}");
        assert_eq!(std::fs::read(dir.path().join("out/00-read-first.txt")).unwrap(), b"hello\n");
        assert_eq!(std::fs::read(dir.path().join("out/large.bin")).unwrap(), large);
    }
}
