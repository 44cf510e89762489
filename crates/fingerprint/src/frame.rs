//! The reply frame between worker and parent. The worker may have been taken over by what it decoded, so the reader believes nothing: every
//! field is checked, the length is exact, and what does not fit is an error, never a guess.
//!
//! Layout, numbers little-endian: magic (4 bytes, the last one the version), kind (1), jail level (1), body length (4), body.
//! A picture's body: width (4), height (4), frames (4), displayed view (1), number of signals (2), then per signal: hash (32), quality (1),
//! view (1), frame (2). The body of "unusable": reason (1), width (4), height (4), then nothing or a picture's body.

use crate::signal::{Pdq, Quality, Unusable, View};

/// "GHF" and the version. A worker of another version is another program: its frame is refused.
const MAGIC: [u8; 4] = *b"GHF\x01";
/// Magic, kind, jail level, body length.
const HEADER_BYTES: usize = 10;
/// The largest body. The largest that is ever written, 16 frames in 8 views, has 4,623 bytes.
pub const MAX_BODY_BYTES: usize = 64 * 1024;
/// The largest frame, header included: more than this is not worth reading from a worker.
pub const MAX_FRAME_BYTES: usize = HEADER_BYTES + MAX_BODY_BYTES;
/// Fixed part of a picture's body.
const PICTURE_BYTES: usize = 15;
/// One signal.
const SIGNAL_BYTES: usize = 36;
/// Body of "unusable".
const UNUSABLE_BYTES: usize = 9;
/// Frames of one picture that are fingerprinted at most: first, last, and up to 14 between.
pub const MAX_SAMPLED_FRAMES: usize = 16;
/// Longest side in pixels of a decoded picture. Source: `docs/fingerprints.md`, limits.
pub const MAX_SIDE: u32 = 16_384;
/// Most frames of a decoded picture. Source: as above.
pub const MAX_FRAMES: u32 = 10_000;

const KIND_PICTURE: u8 = 1;
const KIND_UNUSABLE: u8 = 2;

/// How far the worker's jail could be closed before it read the first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum JailLevel {
    /// Nothing worked.
    None,
    /// Memory, time and file limits only: all that this system offers, or less than the floor.
    Limits,
    /// Limits and the system call filter, without Landlock: the floor on Linux.
    SeccompOnly,
    /// Everything: limits, Landlock, and the system call filter.
    Full,
}

impl JailLevel {
    /// Every level, weakest first; the position is also the number in the frame.
    pub const ALL: [Self; 4] = [Self::None, Self::Limits, Self::SeccompOnly, Self::Full];

    /// The wire name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Limits => "limits",
            Self::SeccompOnly => "seccomp_only",
            Self::Full => "full",
        }
    }
}

/// One fingerprint of one frame in one view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PictureSignal {
    /// The fingerprint.
    pub hash: Pdq,
    /// Of the frame; the same in all views.
    pub quality: Quality,
    /// Which turn or mirroring of the stored pixels this is.
    pub view: View,
    /// Frame number, from 0; below [`Picture::frames`].
    pub frame: u16,
}

/// What the pixels of one content are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Pixels in a row, as stored, 1 to [`MAX_SIDE`].
    pub width: u32,
    /// Rows, as stored, 1 to [`MAX_SIDE`].
    pub height: u32,
    /// Frames of the content, 1 for a still picture, at most [`MAX_FRAMES`].
    pub frames: u32,
    /// The view in which the picture is shown: [`View::Original`], or what its EXIF orientation says.
    pub displayed: View,
    /// All eight views of every distinct sampled frame, frame by frame in the order of [`View::ALL`]. Low quality is the caller's to judge.
    pub signals: Vec<PictureSignal>,
}

/// The worker's answer about one content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The pixels were decoded.
    Picture(Picture),
    /// They were not.
    Unusable {
        /// Why.
        reason: Unusable,
        /// Pixels in a row as the header declares them, or 0.
        width: u32,
        /// Rows as the header declares them, or 0.
        height: u32,
        /// What was fingerprinted before the damage: worth matching, not enough to say that nothing was found.
        seen: Option<Picture>,
    },
}

/// One reply with the level of the jail it was made in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// How far the jail was closed.
    pub jail: JailLevel,
    /// The answer.
    pub reply: Reply,
}

/// Why bytes are not a reply frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// Not our magic, or another version.
    #[error("The reply does not begin as a reply of this version.")]
    Magic,
    /// Fewer bytes than the header promises, or none.
    #[error("The reply is cut short.")]
    Short,
    /// More bytes than the header promises, or than a reply may have.
    #[error("The reply is longer than it says.")]
    Long,
    /// A field has a value that no reply has.
    #[error("The reply has an impossible {0}.")]
    Field(&'static str),
}

/// The bytes of a frame. A reply with more signals than fit keeps the first ones; the worker never makes one.
pub fn write(frame: &Frame) -> Vec<u8> {
    let mut body = Vec::with_capacity(UNUSABLE_BYTES);
    let kind = match &frame.reply {
        Reply::Picture(picture) => {
            write_picture(picture, &mut body);
            KIND_PICTURE
        }
        Reply::Unusable { reason, width, height, seen } => {
            let number = Unusable::ALL.iter().position(|each| each == reason).unwrap_or_default();
            body.push(number as u8);
            body.extend(width.to_le_bytes());
            body.extend(height.to_le_bytes());
            if let Some(picture) = seen {
                write_picture(picture, &mut body);
            }
            KIND_UNUSABLE
        }
    };
    let mut bytes = Vec::with_capacity(HEADER_BYTES + body.len());
    bytes.extend(MAGIC);
    bytes.extend([kind, frame.jail as u8]);
    bytes.extend((body.len() as u32).to_le_bytes());
    bytes.extend(body);
    bytes
}

fn write_picture(picture: &Picture, body: &mut Vec<u8>) {
    let count = picture.signals.len().min(MAX_SAMPLED_FRAMES * View::ALL.len());
    body.extend(picture.width.to_le_bytes());
    body.extend(picture.height.to_le_bytes());
    body.extend(picture.frames.to_le_bytes());
    body.push(picture.displayed.number());
    body.extend((count as u16).to_le_bytes());
    for signal in picture.signals.iter().take(count) {
        body.extend(signal.hash.as_bytes());
        body.extend([signal.quality.get(), signal.view.number()]);
        body.extend(signal.frame.to_le_bytes());
    }
}

/// The frame in these bytes, all of them.
/// # Errors
/// [`FrameError`] for anything that [`write()`] does not make: another magic, a cut, a trailing byte, a field out of its range.
pub fn read(bytes: &[u8]) -> Result<Frame, FrameError> {
    let mut fields = Fields(bytes);
    if fields.take::<4>()? != MAGIC {
        return Err(FrameError::Magic);
    }
    let [kind, jail] = fields.take()?;
    let jail = JailLevel::ALL.get(usize::from(jail)).copied().ok_or(FrameError::Field("jail level"))?;
    let len = fields.number()? as usize;
    if len > MAX_BODY_BYTES || fields.0.len() > len {
        return Err(FrameError::Long);
    }
    if fields.0.len() < len {
        return Err(FrameError::Short);
    }
    let reply = match kind {
        KIND_PICTURE => Reply::Picture(read_picture(&mut fields)?),
        KIND_UNUSABLE => read_unusable(&mut fields)?,
        _ => return Err(FrameError::Field("kind")),
    };
    if fields.0.is_empty() { Ok(Frame { jail, reply }) } else { Err(FrameError::Long) }
}

fn read_picture(fields: &mut Fields<'_>) -> Result<Picture, FrameError> {
    if fields.0.len() < PICTURE_BYTES {
        return Err(FrameError::Short);
    }
    let width = fields.number_in(1, MAX_SIDE, "width")?;
    let height = fields.number_in(1, MAX_SIDE, "height")?;
    let frames = fields.number_in(1, MAX_FRAMES, "number of frames")?;
    let [displayed] = fields.take()?;
    let displayed = View::from_number(displayed).ok_or(FrameError::Field("displayed view"))?;
    let count = usize::from(u16::from_le_bytes(fields.take()?));
    if count == 0 || !count.is_multiple_of(View::ALL.len()) || count > MAX_SAMPLED_FRAMES * View::ALL.len() {
        return Err(FrameError::Field("number of signals"));
    }
    if fields.0.len() != count * SIGNAL_BYTES {
        return Err(FrameError::Field("length"));
    }
    let signals = (0..count).map(|at| read_signal(fields, frames, at)).collect::<Result<Vec<_>, _>>()?;
    let by_frame = signals.chunks(View::ALL.len());
    let same_frame = |group: &[PictureSignal]| group.iter().all(|s| s.frame == group[0].frame && s.quality == group[0].quality);
    let in_order = signals.windows(2).all(|pair| pair[0].frame <= pair[1].frame);
    if !in_order || !by_frame.into_iter().all(same_frame) {
        return Err(FrameError::Field("order of signals"));
    }
    Ok(Picture { width, height, frames, displayed, signals })
}

fn read_signal(fields: &mut Fields<'_>, frames: u32, at: usize) -> Result<PictureSignal, FrameError> {
    let hash = Pdq::new(fields.take()?);
    let [quality, view] = fields.take()?;
    let frame = u16::from_le_bytes(fields.take()?);
    if quality > 100 {
        return Err(FrameError::Field("quality"));
    }
    let view = View::from_number(view).filter(|view| *view == View::ALL[at % View::ALL.len()]).ok_or(FrameError::Field("view"))?;
    if u32::from(frame) >= frames {
        return Err(FrameError::Field("frame number"));
    }
    Ok(PictureSignal { hash, quality: Quality::new(quality), view, frame })
}

fn read_unusable(fields: &mut Fields<'_>) -> Result<Reply, FrameError> {
    let [reason] = fields.take()?;
    let reason = Unusable::ALL.get(usize::from(reason)).copied().ok_or(FrameError::Field("reason"))?;
    let (width, height) = (fields.number()?, fields.number()?);
    let seen = if fields.0.is_empty() { None } else { Some(read_picture(fields)?) };
    Ok(Reply::Unusable { reason, width, height, seen })
}

/// What is left to read.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], FrameError> {
        let (field, rest) = self.0.split_first_chunk::<N>().ok_or(FrameError::Short)?;
        self.0 = rest;
        Ok(*field)
    }

    fn number(&mut self) -> Result<u32, FrameError> {
        self.take().map(u32::from_le_bytes)
    }

    fn number_in(&mut self, least: u32, most: u32, name: &'static str) -> Result<u32, FrameError> {
        self.number().and_then(|number| if (least..=most).contains(&number) { Ok(number) } else { Err(FrameError::Field(name)) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_frame() -> impl Strategy<Value = Frame> {
        let sampled = prop::collection::btree_map(0u16..10_000, (any::<[u8; 32]>(), 0u8..=100), 1..=MAX_SAMPLED_FRAMES);
        let picture = (1..=MAX_SIDE, 1..=MAX_SIDE, 0u8..8, sampled).prop_map(|(width, height, displayed, sampled)| {
            let frames = u32::from(*sampled.keys().last().unwrap()) + 1;
            let signals = sampled.into_iter().flat_map(|(frame, (hash, quality))| {
                View::ALL.map(|view| PictureSignal { hash: Pdq::new(hash), quality: Quality::new(quality), view, frame })
            });
            Picture { width, height, frames, displayed: View::from_number(displayed).unwrap(), signals: signals.collect() }
        });
        let seen = prop::option::of(picture.clone());
        let unusable = (0..Unusable::ALL.len(), any::<u32>(), any::<u32>(), seen)
            .prop_map(|(reason, width, height, seen)| Reply::Unusable { reason: Unusable::ALL[reason], width, height, seen });
        let picture = picture.prop_map(Reply::Picture).boxed();
        (0..4usize, prop_oneof![picture, unusable]).prop_map(|(jail, reply)| Frame { jail: JailLevel::ALL[jail], reply })
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(frame in any_frame()) {
            prop_assert_eq!(read(&write(&frame)), Ok(frame));
        }

        #[test]
        fn every_cut_and_every_trailing_byte_is_refused(frame in any_frame(), extra: u8) {
            let mut bytes = write(&frame);
            for len in 0..bytes.len() {
                prop_assert!(read(&bytes[..len]).is_err(), "cut at {len}");
            }
            bytes.push(extra);
            prop_assert_eq!(read(&bytes), Err(FrameError::Long));
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _read = read(&bytes);
        }

        #[test]
        fn damaged_frames_never_panic_and_stay_in_range(frame in any_frame(), at: prop::sample::Index, byte: u8) {
            let mut bytes = write(&frame);
            let at = at.index(bytes.len());
            bytes[at] = byte;
            if let Ok(Frame { reply: Reply::Picture(picture), .. }) = read(&bytes) {
                prop_assert!(picture.width <= MAX_SIDE && picture.height <= MAX_SIDE && picture.frames <= MAX_FRAMES);
                prop_assert!(picture.signals.iter().all(|s| u32::from(s.frame) < picture.frames));
            }
        }
    }

    #[test]
    fn an_endless_body_is_refused_before_it_is_read() {
        let mut bytes = b"GHF\x01\x01\x03".to_vec();
        bytes.extend(u32::MAX.to_le_bytes());
        assert_eq!(read(&bytes), Err(FrameError::Long), "no reply is that long");
    }
}
