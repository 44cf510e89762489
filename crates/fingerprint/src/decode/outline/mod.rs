//! What the structure of a file says, without decoding anything: one file for each format.
//!
//! An outline is read before the limits are checked, so it takes time in proportion to the bytes and never to what they declare.

mod bmp;
mod gif;
mod ico;
mod jpeg;
mod png;
mod pnm;
mod qoi;
mod tga;
mod webp;

use super::tiff;
use crate::real_type::RealType;

/// Sides, frames and completeness of a picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Outline {
    pub(super) width: u32,
    pub(super) height: u32,
    /// Pictures, or pages.
    pub(super) frames: u32,
    /// The structure ends where the format says that it ends.
    pub(super) complete: bool,
    /// Times that the decoder walks over the picture; only JPEG says.
    pub(super) scans: u32,
    /// A coding that the decoder does not read; only JPEG says.
    pub(super) unsupported: bool,
    /// A PNG whose first picture is not part of its animation.
    pub(super) separate_first: bool,
    /// A 16-bit grey PNG of which one value is see-through.
    pub(super) keyed_grey16: bool,
}

/// The outline of a picture of this type, or `None` if its header is not one.
pub(super) fn outline(real_type: RealType, bytes: &[u8]) -> Option<Outline> {
    match real_type {
        RealType::Jpeg => jpeg::outline(bytes),
        RealType::Png => png::outline(bytes),
        RealType::Gif => gif::outline(bytes),
        RealType::Webp => webp::outline(bytes),
        RealType::Bmp => bmp::outline(bytes),
        RealType::Tiff => tiff::outline(bytes),
        RealType::Ico => ico::outline(bytes),
        RealType::Qoi => qoi::outline(bytes),
        RealType::Pnm => pnm::outline(bytes),
        RealType::Tga => tga::outline(bytes),
        _ => None,
    }
}

pub(super) fn be16(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|pair| u32::from(u16::from_be_bytes(*pair)))
}

pub(super) fn le16(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|pair| u32::from(u16::from_le_bytes(*pair)))
}

pub(super) fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|four| u32::from_be_bytes(*four))
}

pub(super) fn le32(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|four| u32::from_le_bytes(*four))
}
