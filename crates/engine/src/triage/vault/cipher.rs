//! Encrypting and decrypting with `age`, as streams: a file of any size needs the memory of one chunk. The only user of that crate.
//!
//! A sealed file is an ordinary age file to one X25519 key: the stock `age` program opens it with the key file of the home. A key file under a
//! passphrase is an age file too, of the kind that `age` accepts in place of a plain one.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::iter::once;

use age::secrecy::{ExposeSecret as _, SecretString};
use age::x25519::{Identity, Recipient};
use fingerprint::signal::Sha256;
use sha2::Digest as _;

/// Bytes of one read and write: as large as the chunks of the format.
const BLOCK_BYTES: usize = 64 * 1024;
/// How long guessing a passphrase takes, as a power of two: what the stock `age` uses, about a second a guess.
const WORK: u8 = 18;
/// The most that is computed for a file of somebody else, as the stock `age` does.
const MOST_WORK: u8 = 22;

/// What went through a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passed {
    /// Digest of the plain bytes.
    pub sha256: Sha256,
    /// How many there were.
    pub size: u64,
}

/// A key that opens what is sealed to it.
#[derive(Clone)]
pub struct Secret(Identity);

impl Secret {
    /// A new one.
    pub fn generate() -> Self {
        Self(Identity::generate())
    }

    /// The first key in the text of a key file: lines that begin with `#` say nothing. `None` if there is none.
    pub fn from_file_text(text: &str) -> Option<Self> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        lines.map(|line| line.parse().ok().map(Self)).next().flatten()
    }

    /// The key alone, as one line.
    pub fn to_line(&self) -> String {
        self.0.to_string().expose_secret().to_owned()
    }

    /// The text of a key file, as `age-keygen` writes it.
    pub fn to_file_text(&self, title: &str) -> String {
        format!("# {title}\n# public key: {}\n{}\n", self.public(), self.0.to_string().expose_secret())
    }

    /// Its public half, as text.
    pub fn public(&self) -> String {
        self.0.to_public().to_string()
    }
}

/// A public key that files are sealed to.
#[derive(Clone)]
pub struct Public(Recipient);

impl Public {
    /// The public half of a key.
    pub fn of(secret: &Secret) -> Self {
        Self(secret.0.to_public())
    }

    /// Reads `age1…`; `None` if it is none of that kind.
    pub fn read(text: &str) -> Option<Self> {
        text.trim().parse().ok().map(Self)
    }
}

/// Counts and digests what is read through it.
struct Digesting<R> {
    from: R,
    digest: sha2::Sha256,
    size: u64,
}

impl<R: Read> Digesting<R> {
    fn new(from: R) -> Self {
        Self { from, digest: sha2::Sha256::new(), size: 0 }
    }

    fn passed(self) -> Passed {
        Passed { sha256: Sha256::new(self.digest.finalize().into()), size: self.size }
    }
}

impl<R: Read> Read for Digesting<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let len = self.from.read(into)?;
        self.digest.update(&into[..len]);
        self.size += len as u64;
        Ok(len)
    }
}

/// Encrypts a stream to one key, or to several of which each opens it, and says what it held.
///
/// # Errors
/// Those of reading and writing.
pub fn encrypt(plain: impl Read, to: impl Write, keys: &[&Public]) -> io::Result<Passed> {
    let recipients = keys.iter().map(|key| &key.0 as &dyn age::Recipient);
    let encryptor = age::Encryptor::with_recipients(recipients).map_err(io::Error::other)?;
    let mut out = encryptor.wrap_output(BufWriter::with_capacity(BLOCK_BYTES, to))?;
    let mut plain = Digesting::new(plain);
    copy(&mut plain, &mut out)?;
    out.finish()?.flush()?;
    Ok(plain.passed())
}

/// Opens a sealed file for reading its plain bytes.
///
/// # Errors
/// [`io::ErrorKind::InvalidData`] if it is no age file, or not one for this key; else those of reading.
pub fn open<'a>(sealed: &'a File, secret: &Secret) -> io::Result<impl Read + use<'a>> {
    let damaged = |error: age::DecryptError| match error {
        age::DecryptError::Io(error) if error.kind() != io::ErrorKind::UnexpectedEof => error,
        other => io::Error::new(io::ErrorKind::InvalidData, other.to_string()),
    };
    let decryptor = age::Decryptor::new(BufReader::with_capacity(BLOCK_BYTES, sealed)).map_err(damaged)?;
    decryptor.decrypt(once(&secret.0 as &dyn age::Identity)).map_err(damaged)
}

/// Decrypts a sealed file into `to`, and says what it held. Every chunk is authenticated, and so is the end.
///
/// # Errors
/// As [`open`], or those of writing.
pub fn decrypt(sealed: &File, secret: &Secret, mut to: impl Write) -> io::Result<Passed> {
    let mut plain = Digesting::new(open(sealed, secret)?);
    copy(&mut plain, &mut to)?;
    to.flush()?;
    Ok(plain.passed())
}

fn copy(from: &mut impl Read, to: &mut impl Write) -> io::Result<()> {
    let mut block = vec![0; BLOCK_BYTES];
    loop {
        match from.read(&mut block) {
            Ok(0) => return Ok(()),
            Ok(len) => to.write_all(&block[..len])?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Puts a text under a passphrase.
///
/// # Errors
/// The library's own; none is known for a text in memory.
pub fn lock_text(text: &str, passphrase: &str) -> io::Result<Vec<u8>> {
    let mut key = age::scrypt::Recipient::new(SecretString::from(passphrase));
    key.set_work_factor(WORK);
    age::encrypt(&key, text.as_bytes()).map_err(io::Error::other)
}

/// The text under a passphrase; `None` for another passphrase, or a file of another kind.
pub fn unlock_text(locked: &[u8], passphrase: &str) -> Option<String> {
    let mut key = age::scrypt::Identity::new(SecretString::from(passphrase));
    key.set_max_work_factor(MOST_WORK);
    age::decrypt(&key, locked).ok().and_then(|text| String::from_utf8(text).ok())
}

/// Whether a failed decryption says that the file is not what it should be, and not that the disk failed.
pub fn is_damage(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof)
}

#[cfg(test)]
mod tests {
    use std::io::{Seek as _, SeekFrom};

    use proptest::prelude::*;

    use super::*;

    fn sealed(plain: &[u8], secret: &Secret) -> (File, Passed) {
        let mut file = tempfile::tempfile().unwrap();
        let passed = encrypt(plain, &file, &[&Public::read(&secret.public()).unwrap()]).unwrap();
        file.rewind().unwrap();
        (file, passed)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn what_is_sealed_comes_out_again_and_only_for_its_key(plain in proptest::collection::vec(any::<u8>(), 0..200_000)) {
            let secret = Secret::generate();
            let (mut file, passed) = sealed(&plain, &secret);
            let mut out = Vec::new();
            prop_assert_eq!(decrypt(&file, &secret, &mut out).unwrap(), passed);
            prop_assert!(out == plain);
            file.rewind().unwrap();
            let error = decrypt(&file, &Secret::generate(), io::sink()).unwrap_err();
            prop_assert!(is_damage(&error), "{}", error);
        }
    }

    #[test]
    fn a_changed_or_cut_file_is_damage_wherever_it_was_changed() {
        let secret = Secret::generate();
        let (mut file, _) = sealed(&[7; 150_000], &secret);
        let length = file.metadata().unwrap().len();
        for at in [0, 30, 150, 220, 70_000, length - 1] {
            let mut byte = [0];
            file.seek(SeekFrom::Start(at)).unwrap();
            file.read_exact(&mut byte).unwrap();
            file.seek(SeekFrom::Start(at)).unwrap();
            file.write_all(&[byte[0] ^ 1]).unwrap();
            file.rewind().unwrap();
            assert!(is_damage(&decrypt(&file, &secret, io::sink()).unwrap_err()), "byte {at}");
            file.seek(SeekFrom::Start(at)).unwrap();
            file.write_all(&byte).unwrap();
        }
        for cut in [0, 10, 200, 70_000, length - 1] {
            file.set_len(length).unwrap();
            file.set_len(cut).unwrap();
            file.rewind().unwrap();
            assert!(is_damage(&decrypt(&file, &secret, io::sink()).unwrap_err()), "cut at {cut}");
        }
    }

    #[test]
    fn a_text_under_a_passphrase_opens_with_it_and_with_no_other() {
        let locked = lock_text("the key", "a few words").unwrap();
        assert_eq!(unlock_text(&locked, "a few words").as_deref(), Some("the key"));
        assert_eq!(unlock_text(&locked, "a few word"), None);
        assert_eq!(unlock_text(b"the key", "a few words"), None, "no age file at all");
    }

    #[test]
    fn a_key_file_is_read_as_it_was_written() {
        let secret = Secret::generate();
        let text = secret.to_file_text("Gatehouse");
        assert_eq!(Secret::from_file_text(&text).unwrap().public(), secret.public());
        assert!(Secret::from_file_text("# only words\n").is_none() && Secret::from_file_text("hello").is_none());
        assert!(Public::read("age1notakey").is_none());
    }
}
