//! The pixel track of one reading: what the real type says, and what the worker's answers mean. Knows no store; who counts strikes is the caller.

use crate::intake::read::Reading;
use crate::intake::worker::Answer;
use crate::model::Reason;
use crate::store::contents::Pixels;

/// Largest file that is read, in bytes: 8 GiB. Larger ones are visible as `too_large`.
pub(super) const MAX_BYTES: u64 = 8 * 1024 * 1024 * 1024;

/// How the pixel track of a content ends that no worker has to look at; `None` for a picture of a size that is decoded.
pub(super) fn without_worker(reading: &Reading) -> Option<Pixels> {
    match (reading.real_type.unusable(), reading.real_type.is_picture(), &reading.bytes) {
        (Some(unusable), ..) => Some(Pixels::Failed(unusable.into(), None)),
        (None, false, _) => Some(Pixels::NoPicture),
        (None, true, None) => Some(Pixels::Failed(Reason::TooLarge, None)),
        (None, true, Some(_)) => None,
    }
}

/// What an answer of the worker means.
pub(super) enum Told {
    /// The track has ended.
    Ended(Pixels),
    /// A strike: the worker died on this content.
    Died,
    /// The engine is stopping; nothing was found out.
    Stopped,
}

/// Reads an answer. A damaged picture may still show something: what it shows is matched, and the damage stays visible.
pub(super) fn told(answer: Answer) -> Told {
    Told::Ended(match answer {
        Answer::Picture(picture) => Pixels::of_picture(picture),
        Answer::Unusable(reason, seen) => Pixels::Failed(reason.into(), seen),
        Answer::Unavailable(_) => Pixels::Failed(Reason::SandboxUnavailable, None),
        Answer::Died => return Told::Died,
        Answer::Stopped => return Told::Stopped,
    })
}
