//! Bytes to signals. Pure: no file is opened here, nothing is logged, no clock is read.
//!
//! - [`signal`]: kinds, values, quality, distance, views
//! - [`bytes`]: the exact digests in one pass
//! - [`real_type`](mod@real_type): what the bytes are
//! - [`pdq`]: RGB pixels to PDQ in all eight views
//! - [`decode`]: bytes to bounded RGB frames; the only importer of `image`
//! - [`near`](mod@near): the second opinion on near copies
//! - [`frame`]: what worker and parent say to each other
//! - [`rendition`](mod@rendition): something to look at, made in the worker
//! - [`worker`]: the jail, then standard input to answer
//! - [`practice`]: the harmless practice pictures

#![forbid(unsafe_code)]

mod blank;
pub mod bytes;
pub mod decode;
pub mod error;
pub mod frame;
pub mod near;
pub mod pdq;
pub mod placeholder;
pub mod practice;
pub mod real_type;
pub mod rendition;
pub mod signal;
pub mod worker;

pub use bytes::{Digests, Hasher, MAX_PIXEL_BYTES, digests};
pub use error::Error;
pub use frame::{Frame, FrameError, JailLevel, NearSignal, Picture, PictureSignal, Reply, Request};
pub use near::{NearDistance, NearHash, near};
pub use pdq::PdqViews;
pub use practice::{PracticePicture, practice_original_digests, practice_original_pdq};
pub use real_type::{HEAD_BYTES, RealType, real_type};
pub use rendition::{Rendition, Step, Strength};
pub use signal::{Distance, Md5, Pdq, Quality, Reading, Sha1, Sha256, SignalKind, Unusable, View};
pub use worker::{Limits, run_fingerprint, run_rendition};
