//! The one normaliser: text of a hash to its bytes. No other code of the project touches hexadecimal, base64 or base32 of a hash.
//!
//! A parser hands over the kind that the format says (or none), the text, and the encoding that the format says (or any).

use std::borrow::Cow;

use data_encoding::{BASE32_NOPAD, BASE64_NOPAD, BASE64URL_NOPAD, HEXLOWER};
use fingerprint::signal::{Quality, SignalKind};

use crate::entry::SignalValue;
use crate::kinds::Kind;
use crate::outcome::{RejectReason, Rejection};

/// How a text may be encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Hexadecimal, base64 or base32: for columns and typed fields.
    Any,
    /// Hexadecimal only: for the bare token of a line, where a word could pass for base64.
    Hex,
    /// Base64, standard or URL alphabet, padded or not.
    Base64,
    /// Base32 of RFC 4648, either case, padded or not.
    Base32,
}

/// One value, decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A signal that is matched.
    Signal(SignalValue),
    /// A signal that is only kept: kind and canonical text.
    Kept(String, String),
    /// 32 bytes without a kind: SHA-256 or PDQ. The rule of [`crate::hex64`] decides for the whole list.
    Hex64([u8; 32]),
}

/// A decoded value, and the PDQ quality if the text carried one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Normalized {
    /// The value.
    pub value: Value,
    /// Quality, 0 to 100, from a line of the PDQ reference tool (`<hex>,<quality>,<path>`).
    pub quality: Option<Quality>,
}

/// Digest lengths that a text without a kind may have, in bytes, with what they then mean. 32 is decided elsewhere.
const UNTYPED: [(usize, &str); 6] = [(16, "md5"), (20, "sha1"), (28, "sha224"), (32, ""), (48, "sha384"), (64, "sha512")];

/// Decodes one text.
///
/// White space around, one pair of quotes and a leading `0x` are removed first. Without a kind the length decides; 32 bytes give
/// [`Value::Hex64`].
/// # Errors
/// A [`Rejection`] with one of the reasons `empty`, `not_hex`, `bad_encoding`, `wrong_length`, `ambiguous`; its detail never holds the text.
pub fn normalize(kind: Option<&Kind>, text: &str, encoding: Encoding) -> Result<Normalized, Rejection> {
    let text = bare(text);
    if text.is_empty() {
        return Err(Rejection::new(RejectReason::Empty, "no text where a hash belongs"));
    }
    let (text, quality) = match kind {
        Some(Kind::Matched(SignalKind::Pdq)) => split_reference_line(text),
        _ => (text, None),
    };
    let value = match kind {
        None => untyped(text, encoding)?,
        Some(Kind::Matched(kind)) => signal(*kind, &fixed_bytes(text, kind.byte_len(), encoding)?)?,
        Some(Kind::Fixed { name, bytes: PHOTODNA_BYTES }) if looks_decimal(text) => {
            Value::Kept(name.clone(), HEXLOWER.encode(&decimals(text, PHOTODNA_BYTES)?))
        }
        Some(Kind::Fixed { name, bytes }) => Value::Kept(name.clone(), HEXLOWER.encode(&fixed_bytes(text, *bytes, encoding)?)),
        Some(Kind::Tlsh) => Value::Kept("tlsh".to_owned(), tlsh(text)?),
        Some(Kind::Vpdq) => Value::Kept("vpdq".to_owned(), crate::vpdq::canonical(text)?),
        // Of a kind that nobody knows it is not known either whether case matters in it.
        Some(Kind::AsGiven(name)) if Kind::named(name).is_none() => Value::Kept(name.clone(), text.to_owned()),
        Some(Kind::AsGiven(name)) => Value::Kept(name.clone(), as_given(text)),
    };
    Ok(Normalized { value, quality })
}

/// Length of a PhotoDNA value in bytes; the one kind that is also written as decimal numbers.
const PHOTODNA_BYTES: usize = 144;

/// Length of a TLSH digest in hexadecimal digits (128 buckets, 1 byte checksum). Other builds write 74, 134 or 138.
const TLSH_DIGITS: usize = 70;

/// The text without white space around, one pair of quotes, and a leading `0x`.
pub(crate) fn bare(text: &str) -> &str {
    let text = text.trim();
    let quoted = |quote: char| text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    let text = quoted('"').or_else(|| quoted('\'')).unwrap_or(text).trim();
    text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(text)
}

/// The bytes of a text of pure hexadecimal digits, or `None`.
///
/// By hand, because nearly every value of every list goes through here.
pub(crate) fn hex_bytes(text: &str) -> Option<Vec<u8>> {
    let (pairs, odd) = text.as_bytes().as_chunks::<2>();
    if !odd.is_empty() {
        return None;
    }
    pairs.iter().map(|[high, low]| Some(nibble(*high)? << 4 | nibble(*low)?)).collect()
}

const fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// Whether every character is a hexadecimal digit, and there is at least one.
pub(crate) fn is_hex(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn untyped(text: &str, encoding: Encoding) -> Result<Value, Rejection> {
    if is_hex(text) {
        return untyped_bytes(&hex_bytes(text).unwrap_or_default()).ok_or_else(|| wrong_digits(text.len(), "32, 40, 56, 64, 96 or 128"));
    }
    if is_tlsh(text) {
        return tlsh(text).map(|canonical| Value::Kept("tlsh".to_owned(), canonical));
    }
    // 40 characters could be base64 of SHA-224; without a kind they are far more often a damaged SHA-1.
    const SHA1_DIGITS: usize = 40;
    if encoding == Encoding::Hex || text.len() == SHA1_DIGITS {
        return Err(Rejection::new(RejectReason::NotHex, format!("{} characters, not all hexadecimal", text.chars().count())));
    }
    let decoded: Vec<Vec<u8>> = decodings(text, encoding).into_iter().flatten().collect();
    let mut values = decoded.iter().filter_map(|bytes| untyped_bytes(bytes));
    match (values.next(), values.next()) {
        (Some(value), None) => Ok(value),
        (Some(_), Some(_)) => Err(Rejection::new(RejectReason::Ambiguous, "reads as two kinds; a column with the kind decides")),
        (None, _) if decoded.is_empty() => Err(bad_encoding(text)),
        (None, _) => Err(wrong_bytes(&decoded, "16, 20, 28, 32, 48 or 64")),
    }
}

fn untyped_bytes(bytes: &[u8]) -> Option<Value> {
    let (_, name) = UNTYPED.iter().find(|(length, _)| *length == bytes.len())?;
    match Kind::named(name) {
        Some(Kind::Matched(kind)) => SignalValue::from_bytes(kind, bytes).map(Value::Signal),
        Some(kind) => Some(Value::Kept(kind.name().to_owned(), HEXLOWER.encode(bytes))),
        None => bytes.try_into().ok().map(Value::Hex64),
    }
}

fn signal(kind: SignalKind, bytes: &[u8]) -> Result<Value, Rejection> {
    let value = SignalValue::from_bytes(kind, bytes).map(Value::Signal);
    value.ok_or_else(|| Rejection::new(RejectReason::WrongLength, format!("{} bytes; {} were possible", bytes.len(), kind.byte_len())))
}

/// Decodes a text of a kind with `length` bytes, in any of the allowed encodings; the one of the right length wins.
fn fixed_bytes(text: &str, length: usize, encoding: Encoding) -> Result<Vec<u8>, Rejection> {
    let digits = length * 2;
    if encoding == Encoding::Hex || (encoding == Encoding::Any && is_hex(text) && text.len() == digits) {
        if !is_hex(text) {
            return Err(Rejection::new(RejectReason::NotHex, format!("{} characters, not all hexadecimal", text.chars().count())));
        }
        return hex_bytes(text).filter(|bytes| bytes.len() == length).ok_or_else(|| wrong_digits(text.len(), &digits.to_string()));
    }
    let decoded: Vec<Vec<u8>> = decodings(text, encoding).into_iter().flatten().collect();
    if let Some(bytes) = decoded.iter().find(|bytes| bytes.len() == length) {
        return Ok(bytes.clone());
    }
    if encoding == Encoding::Any && is_hex(text) {
        return Err(wrong_digits(text.len(), &digits.to_string()));
    }
    if encoding == Encoding::Any && text.len() == digits {
        return Err(Rejection::new(RejectReason::NotHex, format!("{digits} characters, not all hexadecimal")));
    }
    if decoded.is_empty() { Err(bad_encoding(text)) } else { Err(wrong_bytes(&decoded, &length.to_string())) }
}

/// What the text decodes to, for each allowed encoding other than hexadecimal.
fn decodings(text: &str, encoding: Encoding) -> [Option<Vec<u8>>; 2] {
    let unpadded = text.trim_end_matches('=');
    // More padding than any encoding uses is not padding.
    const MOST_PADDING: usize = 6;
    if text.len() - unpadded.len() > MOST_PADDING || unpadded.is_empty() {
        return [None, None];
    }
    let base64 = || {
        let bytes = unpadded.as_bytes();
        BASE64_NOPAD.decode(bytes).or_else(|_| BASE64URL_NOPAD.decode(bytes)).ok()
    };
    let base32 = || BASE32_NOPAD.decode(unpadded.to_ascii_uppercase().as_bytes()).ok();
    match encoding {
        Encoding::Any => [base64(), base32()],
        Encoding::Base64 => [base64(), None],
        Encoding::Base32 => [None, base32()],
        Encoding::Hex => [None, None],
    }
}

/// Takes `<hex>,<quality>,<path>` of the PDQ reference tool apart; any other text stays whole.
fn split_reference_line(text: &str) -> (&str, Option<Quality>) {
    let Some((hash, rest)) = text.split_once(',') else { return (text, None) };
    let quality = quality_before_path(rest);
    if is_hex(hash) && quality.is_some() { (hash, quality) } else { (text, None) }
}

/// The quality in `<quality>,<path>`, if that is what the text is: a number of at most 100 and a comma.
pub(crate) fn quality_before_path(rest: &str) -> Option<Quality> {
    let (number, _path) = rest.split_once(',')?;
    let number: u8 = number.trim().parse().ok()?;
    (number <= 100).then(|| Quality::new(number))
}

pub(crate) fn is_tlsh(text: &str) -> bool {
    let digits = text.strip_prefix("T1").or_else(|| text.strip_prefix("t1")).unwrap_or(text);
    digits.len() == TLSH_DIGITS && is_hex(digits)
}

fn tlsh(text: &str) -> Result<String, Rejection> {
    let digits = text.strip_prefix("T1").or_else(|| text.strip_prefix("t1")).unwrap_or(text);
    if !is_hex(digits) {
        return Err(Rejection::new(RejectReason::NotHex, "a TLSH digest is T1 and 70 hexadecimal digits"));
    }
    if digits.len() != TLSH_DIGITS {
        let detail = format!("{} digits; {TLSH_DIGITS} were possible; other builds of TLSH are not comparable", digits.len());
        return Err(Rejection::new(RejectReason::WrongLength, detail));
    }
    Ok(format!("T1{}", digits.to_ascii_uppercase()))
}

fn looks_decimal(text: &str) -> bool {
    text.contains([' ', ',']) && text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b' ' | b','))
}

fn decimals(text: &str, length: usize) -> Result<Vec<u8>, Rejection> {
    let numbers: Result<Vec<u8>, _> = text.split([' ', ',']).filter(|part| !part.is_empty()).map(str::parse).collect();
    let bytes = numbers.map_err(|_| Rejection::new(RejectReason::BadEncoding, "a number above 255"))?;
    if bytes.len() == length { Ok(bytes) } else { Err(wrong_bytes(&[bytes], &length.to_string())) }
}

/// A text that is kept as given; pure hexadecimal in lower case, so that two writings of one value are one.
fn as_given(text: &str) -> String {
    let text: Cow<'_, str> = if is_hex(text) { text.to_ascii_lowercase().into() } else { text.into() };
    text.into_owned()
}

fn bad_encoding(text: &str) -> Rejection {
    Rejection::new(RejectReason::BadEncoding, format!("{} characters, neither hexadecimal, base64 nor base32", text.chars().count()))
}

fn wrong_digits(found: usize, possible: &str) -> Rejection {
    Rejection::new(RejectReason::WrongLength, format!("{found} digits; {possible} were possible"))
}

fn wrong_bytes(decoded: &[Vec<u8>], possible: &str) -> Rejection {
    let found: Vec<String> = decoded.iter().map(|bytes| bytes.len().to_string()).collect();
    Rejection::new(RejectReason::WrongLength, format!("decodes to {} bytes; {possible} were possible", found.join(" or ")))
}
