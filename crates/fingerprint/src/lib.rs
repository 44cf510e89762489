//! Bytes to signals. Pure: no file is opened here, nothing is logged, no clock is read.
//!
//! - [`signal`]: kinds, values, quality, distance, views
//! - [`bytes`]: the exact digests in one pass, and what the bytes are
//! - [`pdq`]: RGB pixels to PDQ in all eight views
//! - [`decode`]: bytes to bounded RGB frames; the only importer of `image`
//! - [`frame`]: the reply frame between worker and parent
//! - [`worker`]: the jail, then standard input to answer
//! - [`practice`]: the harmless practice pictures

#![forbid(unsafe_code)]

pub mod bytes;
pub mod decode;
pub mod error;
pub mod frame;
pub mod pdq;
pub mod practice;
pub mod signal;
pub mod worker;

pub use bytes::{Digests, HEAD_BYTES, Hasher, MAX_PIXEL_BYTES, RealType, digests, real_type};
pub use error::Error;
pub use frame::{Frame, FrameError, JailLevel, Picture, PictureSignal, Reply};
pub use pdq::PdqViews;
pub use practice::{PracticePicture, practice_original_digests, practice_original_pdq};
pub use signal::{Distance, Md5, Pdq, Quality, Sha1, Sha256, SignalKind, Unusable, View};
pub use worker::run_fingerprint;
