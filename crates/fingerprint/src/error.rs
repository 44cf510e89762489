//! The crate's one error type.
//!
//! What happens to one upload is not an error but an outcome: those are [`Unusable`](crate::Unusable). An [`Error`] says that the
//! caller asked for something impossible.

/// Why a call failed. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The pixel buffer does not have `width * height * 3` bytes, or a side is zero.
    #[error("The pixels do not fit the sides: {len} bytes for {width} by {height} pixels.")]
    Shape {
        /// Bytes that were handed in.
        len: usize,
        /// Pixels in a row.
        width: u32,
        /// Rows.
        height: u32,
    },
    /// A picture that this build made itself could not be encoded.
    #[error("The generated picture could not be encoded.")]
    Encode(#[source] Box<dyn std::error::Error + Send + Sync>),
}
