//! Text forms of vPDQ values, the frame hashes of a video. They are kept and not matched until the kind is built.

use fingerprint::signal::SignalKind;
use serde_json::Value as Json;

use crate::kinds::Kind;
use crate::normalize::{Encoding, Value, normalize};
use crate::outcome::{RejectReason, Rejection};

/// The canonical text `[[hex, quality, seconds], …]` of a JSON array of `"<hex>,<quality>,<seconds>"`, or of an object of such texts by frame.
///
/// Frames of an object are put in order of their numbers. Seconds are read as floating-point numbers, some with an exponent.
/// # Errors
/// `bad_record` if the text is not of either form; the reason of the normaliser for a frame's hash. Nothing of the text is repeated.
pub(crate) fn canonical(text: &str) -> Result<String, Rejection> {
    let bad = |detail: &str| Rejection::new(RejectReason::BadRecord, detail);
    let frames = match serde_json::from_str(text).map_err(|_| bad("not JSON"))? {
        Json::Array(frames) => frames,
        Json::Object(by_number) => {
            let numbered: Result<Vec<(u64, Json)>, _> =
                by_number.into_iter().map(|(number, frame)| number.parse().map(|number| (number, frame))).collect();
            let mut numbered = numbered.map_err(|_| bad("a frame without a number"))?;
            numbered.sort_by_key(|(number, _)| *number);
            numbered.into_iter().map(|(_, frame)| frame).collect()
        }
        _ => return Err(bad("neither a list nor an object of frames")),
    };
    if frames.is_empty() {
        return Err(Rejection::new(RejectReason::Empty, "no frame"));
    }
    let frames: Result<Vec<Json>, Rejection> = frames.iter().map(frame).collect();
    Ok(Json::Array(frames?).to_string())
}

fn frame(frame: &Json) -> Result<Json, Rejection> {
    let bad = || Rejection::new(RejectReason::BadRecord, "a frame is not <hex>,<quality>,<seconds>");
    let mut parts = frame.as_str().ok_or_else(bad)?.splitn(3, ',');
    let (Some(hash), Some(quality), Some(seconds)) = (parts.next(), parts.next(), parts.next()) else { return Err(bad()) };
    let quality: u8 = quality.trim().parse().ok().filter(|quality| *quality <= 100).ok_or_else(bad)?;
    let seconds: f64 = seconds.trim().parse().ok().filter(|seconds: &f64| seconds.is_finite()).ok_or_else(bad)?;
    match normalize(Some(&Kind::Matched(SignalKind::Pdq)), hash, Encoding::Hex)?.value {
        Value::Signal(pdq) => Ok(serde_json::json!([pdq.to_string(), quality, seconds])),
        Value::Kept(..) | Value::Hex64(_) => Err(bad()),
    }
}
