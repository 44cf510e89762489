//! What the parent asks for, in front of the bytes of one content.
//!
//! Layout, numbers little-endian: magic (4 bytes, the last one the version), kind (1), step (1), strength (1), zero (1), length of the content (8).
//! The content follows.

use super::fields::{Fields, FrameError};
use crate::bytes::MAX_PIXEL_BYTES;
use crate::rendition::{Step, Strength};

/// "GHQ" and the version.
const MAGIC: [u8; 4] = *b"GHQ\x01";
/// Bytes of a request in front of the content.
pub const REQUEST_BYTES: usize = 16;

const KIND_FINGERPRINT: u8 = 1;
const KIND_RENDITION: u8 = 2;

/// What is wanted of one content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// Its signals.
    Fingerprint,
    /// Something to look at.
    Rendition {
        /// Which of the four.
        step: Step,
        /// Of an outline: how many lines it has.
        strength: Strength,
    },
}

impl Request {
    /// The request for a content of `len` bytes.
    pub fn write(self, len: u64) -> [u8; REQUEST_BYTES] {
        let (kind, step, strength) = match self {
            Self::Fingerprint => (KIND_FINGERPRINT, 0, 0),
            Self::Rendition { step, strength } => (KIND_RENDITION, step.number(), strength.number()),
        };
        let mut bytes = [0; REQUEST_BYTES];
        bytes[..4].copy_from_slice(&MAGIC);
        bytes[4..7].copy_from_slice(&[kind, step, strength]);
        bytes[8..].copy_from_slice(&len.to_le_bytes());
        bytes
    }

    /// The request in these bytes, and the length of the content that follows.
    /// # Errors
    /// [`FrameError`] for anything that [`Request::write`] does not make, also for more bytes than may be decoded.
    pub fn read(bytes: &[u8; REQUEST_BYTES]) -> Result<(Self, usize), FrameError> {
        let mut fields = Fields(bytes);
        if fields.take::<4>()? != MAGIC {
            return Err(FrameError::Magic);
        }
        let [kind, step, strength, zero] = fields.take()?;
        let len = u64::from_le_bytes(fields.take()?);
        if zero != 0 {
            return Err(FrameError::Field("reserved byte"));
        }
        if len > MAX_PIXEL_BYTES {
            return Err(FrameError::Long);
        }
        let request = match (kind, step, strength) {
            (KIND_FINGERPRINT, 0, 0) => Self::Fingerprint,
            (KIND_RENDITION, step, strength) => Self::Rendition {
                step: Step::from_number(step).ok_or(FrameError::Field("step"))?,
                strength: Strength::from_number(strength).ok_or(FrameError::Field("strength"))?,
            },
            _ => return Err(FrameError::Field("kind")),
        };
        Ok((request, usize::try_from(len).map_err(|_| FrameError::Long)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn every_request() -> Vec<Request> {
        let renditions = Step::ALL.into_iter().flat_map(|step| Strength::ALL.map(|strength| Request::Rendition { step, strength }));
        std::iter::once(Request::Fingerprint).chain(renditions).collect()
    }

    #[test]
    fn what_is_written_reads_back_up_to_the_limit_and_not_beyond() {
        for request in every_request() {
            for len in [0, 1, MAX_PIXEL_BYTES] {
                assert_eq!(Request::read(&request.write(len)), Ok((request, len as usize)), "{request:?} of {len} bytes");
            }
            assert_eq!(Request::read(&request.write(MAX_PIXEL_BYTES + 1)), Err(FrameError::Long), "{request:?}");
        }
    }

    proptest! {
        #[test]
        fn only_what_write_makes_is_a_request(bytes: [u8; REQUEST_BYTES], at in 0..REQUEST_BYTES, byte: u8, which in 0usize..13) {
            let requests = every_request();
            let mut damaged = requests[which].write(5);
            damaged[at] = byte;
            for bytes in [bytes, damaged] {
                if let Ok((request, len)) = Request::read(&bytes) {
                    prop_assert_eq!(request.write(len as u64), bytes, "one form only");
                }
            }
        }
    }
}
