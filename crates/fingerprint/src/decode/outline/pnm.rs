//! PBM, PGM, PPM and PAM: a header of words, then samples. Source: the manual pages `pbm`, `pgm`, `ppm` and `pam` of Netpbm.

use super::Outline;

/// Reads the header and compares the samples' length with the bytes that are there.
///
/// Samples in words (P1 to P3) have no length: the decoder counts them. The last digit of the last one can be cut off unseen.
pub(super) fn outline(bytes: &[u8]) -> Option<Outline> {
    let kind = *bytes.get(1)?;
    let mut words = Words { bytes, at: 2 };
    if kind == b'7' {
        return pam(words);
    }
    let (width, height) = (words.number()?, words.number()?);
    let highest = if matches!(kind, b'1' | b'4') { 1 } else { words.number()? };
    let sample_bytes = if highest > 255 { 2 } else { 1 };
    let row = match kind {
        b'4' => u64::from(width).div_ceil(8),
        b'5' => u64::from(width) * sample_bytes,
        b'6' => u64::from(width) * sample_bytes * 3,
        _ => 0,
    };
    Some(still(width, height, words, row))
}

/// Exactly one byte of white space stands between header and rows.
fn still(width: u32, height: u32, words: Words<'_>, row_bytes: u64) -> Outline {
    let needed = row_bytes.saturating_mul(u64::from(height));
    let there = words.bytes.len().saturating_sub(words.at + 1) as u64;
    Outline { width, height, frames: 1, complete: needed <= there, ..Outline::default() }
}

/// Lines of a word and its value, up to `ENDHDR`.
fn pam(mut words: Words<'_>) -> Option<Outline> {
    let (mut width, mut height, mut depth, mut highest) = (0, 0, 0, 0);
    loop {
        match words.next()? {
            b"WIDTH" => width = words.number()?,
            b"HEIGHT" => height = words.number()?,
            b"DEPTH" => depth = words.number()?,
            b"MAXVAL" => highest = words.number()?,
            b"ENDHDR" => break,
            _ => {}
        }
    }
    let sample_bytes = if highest > 255 { 2 } else { 1 };
    Some(still(width, height, words, u64::from(width).saturating_mul(u64::from(depth)).saturating_mul(sample_bytes)))
}

/// The words of the header; a comment goes from `#` to the end of its line.
#[derive(Clone, Copy)]
struct Words<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Words<'a> {
    fn next(&mut self) -> Option<&'a [u8]> {
        loop {
            let rest = self.bytes.get(self.at..)?;
            let start = rest.iter().position(|byte| !byte.is_ascii_whitespace())?;
            if rest[start] == b'#' {
                self.at += start + rest[start..].iter().position(|byte| matches!(byte, b'\n' | b'\r'))?;
                continue;
            }
            let word = &rest[start..];
            let len = word.iter().position(u8::is_ascii_whitespace).unwrap_or(word.len());
            self.at += start + len;
            return Some(&word[..len]);
        }
    }

    fn number(&mut self) -> Option<u32> {
        std::str::from_utf8(self.next()?).ok()?.parse().ok()
    }
}
