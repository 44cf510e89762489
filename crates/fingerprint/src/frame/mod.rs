//! What parent and worker say to each other over two pipes: a [`Request`] with the bytes of one content, then one [`Frame`] in reply; then the
//! next request, or the end of the pipe.
//!
//! Both sides believe nothing: every field is checked, lengths are exact, and what does not fit is an error, never a guess. The parent has to,
//! because a worker may have been taken over by what it decoded; the worker does, because it costs nothing.

mod fields;
pub mod reply;
pub mod request;

pub use fields::FrameError;
pub use reply::{Frame, JailLevel, MAX_FRAME_BYTES, NearSignal, Picture, PictureSignal, Reply, read, whole_len, write};
pub use request::Request;

/// Frames of one picture that are fingerprinted at most: first, last, and up to 14 between.
pub const MAX_SAMPLED_FRAMES: usize = 16;
/// Longest side in pixels of a decoded picture. Source: `docs/fingerprints.md`, limits.
pub const MAX_SIDE: u32 = 16_384;
/// Most frames of a decoded picture. Source: as above.
pub const MAX_FRAMES: u32 = 10_000;
