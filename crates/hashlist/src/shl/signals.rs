//! The signals of one record: exact forms for the kinds that the format knows, anything for those that it does not.

use data_encoding::HEXLOWER;
use fingerprint::signal::{Quality, SignalKind};
use serde_json::{Map, Value};

use super::fields::{Fields, Rule, is_lower_hex};
use crate::entry::SignalValue;
use crate::formats::DraftValue;
use crate::limits;
use crate::normalize::is_tlsh;

/// Digits of a SHA-512.
const SHA512_DIGITS: usize = 128;

/// Hash algorithms of the `img-` kinds; each may carry the suffix `-dct` after its size.
const IMG_ALGORITHMS: [&str; 6] = ["mean", "median", "gradient", "vertgradient", "doublegradient", "blockhash"];

/// Reads the object `signals`: 1 to 64 kinds, 64 values in all.
pub(super) fn read(signals: &Map<String, Value>) -> Result<Vec<DraftValue>, Rule> {
    if !(1..=limits::SIGNALS_PER_ENTRY).contains(&signals.len()) {
        return Err("signals does not hold 1 to 64 kinds");
    }
    let mut values = Vec::new();
    for (kind, value) in signals {
        read_kind(kind, value, &mut values)?;
        if values.len() > limits::SIGNALS_PER_ENTRY {
            return Err("more than 64 signals");
        }
    }
    Ok(values)
}

fn read_kind(kind: &str, value: &Value, values: &mut Vec<DraftValue>) -> Result<(), Rule> {
    let one: fn(&str, &Value) -> Result<DraftValue, Rule> = match kind {
        "md5" | "sha1" | "sha256" | "pdq" => matched,
        "sha512" => sha512,
        "tlsh" => tlsh,
        "vpdq" => {
            // One value is itself a list: of frames. A list of values is a list of lists of frames.
            let is_many = value.pointer("/0/0").is_some_and(Value::is_array);
            return each(kind, value, is_many, vpdq, values);
        }
        _ if is_img(kind) => img,
        _ => unknown,
    };
    each(kind, value, value.is_array(), one, values)
}

fn each(
    kind: &str,
    value: &Value,
    is_many: bool,
    one: fn(&str, &Value) -> Result<DraftValue, Rule>,
    values: &mut Vec<DraftValue>,
) -> Result<(), Rule> {
    match value.as_array().filter(|_| is_many) {
        Some(items) if items.is_empty() => return Err("a kind without a value"),
        Some(items) => {
            for item in items {
                values.push(one(kind, item)?);
            }
        }
        None => values.push(one(kind, value)?),
    }
    Ok(())
}

fn matched(kind: &str, value: &Value) -> Result<DraftValue, Rule> {
    const RULE: Rule = "a signal is not lower-case hexadecimal of the length of its kind";
    let kind = SignalKind::ALL.into_iter().find(|known| known.as_str() == kind).ok_or(RULE)?;
    let text = value.as_str().filter(|text| is_lower_hex(text, kind.byte_len() * 2)).ok_or(RULE)?;
    let bytes = HEXLOWER.decode(text.as_bytes()).map_err(|_| RULE)?;
    SignalValue::from_bytes(kind, &bytes).map(DraftValue::Signal).ok_or(RULE)
}

fn sha512(kind: &str, value: &Value) -> Result<DraftValue, Rule> {
    let text = value.as_str().filter(|text| is_lower_hex(text, SHA512_DIGITS));
    text.map(|text| kept(kind, text)).ok_or("a sha512 is not 128 lower-case hexadecimal digits")
}

fn tlsh(kind: &str, value: &Value) -> Result<DraftValue, Rule> {
    let in_form = |text: &&str| text.starts_with("T1") && is_tlsh(text) && !text.bytes().any(|byte| byte.is_ascii_lowercase());
    value.as_str().filter(in_form).map(|text| kept(kind, text)).ok_or("a tlsh is not T1 and 70 upper-case hexadecimal digits")
}

/// `[[<pdq hex>, quality, seconds], …]`; kept in the canonical text of the other formats.
fn vpdq(kind: &str, value: &Value) -> Result<DraftValue, Rule> {
    const RULE: Rule = "a vpdq is not a list of [pdq, quality, seconds]";
    let frames = value.as_array().filter(|frames| !frames.is_empty()).ok_or(RULE)?;
    let frames: Option<Vec<Value>> = frames.iter().map(frame).collect();
    Ok(kept(kind, &Value::Array(frames.ok_or(RULE)?).to_string()))
}

fn frame(frame: &Value) -> Option<Value> {
    const PDQ_DIGITS: usize = 64;
    let [hash, quality, seconds] = frame.as_array()?.as_slice() else { return None };
    let hash = hash.as_str().filter(|hash| is_lower_hex(hash, PDQ_DIGITS))?;
    let quality = quality.as_u64().filter(|quality| *quality <= 100)?;
    Some(serde_json::json!([hash, quality, seconds.as_f64()?]))
}

fn img(kind: &str, value: &Value) -> Result<DraftValue, Rule> {
    let in_form = |text: &&str| !text.is_empty() && text.len().is_multiple_of(2) && is_lower_hex(text, text.len());
    value.as_str().filter(in_form).map(|text| kept(kind, text)).ok_or("an img- value is not lower-case hexadecimal of whole bytes")
}

/// A kind that the format does not know: kept under the publisher's name, whatever its value.
#[expect(clippy::unnecessary_wraps, reason = "stands beside readers that can fail")]
fn unknown(kind: &str, value: &Value) -> Result<DraftValue, Rule> {
    let name = &kind[..kind.floor_char_boundary(limits::KIND_BYTES)];
    Ok(kept(name, &value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
}

fn kept(kind: &str, text: &str) -> DraftValue {
    DraftValue::Kept(kind.to_owned(), text.to_owned())
}

/// Whether a kind name is `img-<algorithm>-<width>x<height>` with or without `-dct`.
pub(super) fn is_img(kind: &str) -> bool {
    let Some(rest) = kind.strip_prefix("img-") else { return false };
    let Some((algorithm, size)) = rest.strip_suffix("-dct").unwrap_or(rest).split_once('-') else { return false };
    let is_side = |side: &str| (1..=4).contains(&side.len()) && !side.starts_with('0') && side.bytes().all(|byte| byte.is_ascii_digit());
    IMG_ALGORITHMS.contains(&algorithm) && size.split_once('x').is_some_and(|(width, height)| is_side(width) && is_side(height))
}

/// The stated quality of the PDQ signals, from `{"pdq": 0 to 100}`.
pub(super) fn quality(fields: &Fields<'_>) -> Result<Option<Quality>, Rule> {
    const RULE: Rule = "quality is not {\"pdq\": 0 to 100}";
    let Some(quality) = fields.get("quality") else { return Ok(None) };
    let Some(pdq) = quality.as_object().ok_or(RULE)?.get("pdq") else { return Ok(None) };
    let number = pdq.as_u64().and_then(|number| u8::try_from(number).ok()).filter(|number| *number <= 100).ok_or(RULE)?;
    Ok(Some(Quality::new(number)))
}
