//! The worker's reply about one content. The reader believes nothing.
//!
//! Layout, numbers little-endian: magic (4 bytes, the last one the version), kind (1), jail level (1), body length (4), body.
//! A picture's body: width (4), height (4), frames (4), displayed view (1), number of signals (2), number of second opinions (2); then per signal:
//! hash (32), quality (1), view (1), frame (2), reading (1), blank (1); then per second opinion: frame (2), reading (1), hash. The body of "unusable": reason (1),
//! width (4), height (4), then nothing or a picture's body. The body of a rendition: width (4), height (4), four bytes a pixel.

use super::fields::{Fields, FrameError};
use super::{MAX_FRAMES, MAX_SAMPLED_FRAMES, MAX_SIDE};
use crate::near::NearHash;
use crate::rendition::{MAX_RENDITION_SIDE, Rendition};
use crate::signal::{Pdq, Quality, Reading, Unusable, View};

/// "GHF" and the version. A worker of another version is another program: its frame is refused.
const MAGIC: [u8; 4] = *b"GHF\x02";
/// Magic, kind, jail level, body length.
const HEADER_BYTES: usize = 10;
/// The largest body: a rendition of the longest sides. The largest body with signals has about 11 KiB.
const MAX_BODY_BYTES: usize = RENDITION_BYTES + (MAX_RENDITION_SIDE * MAX_RENDITION_SIDE * 4) as usize;
/// The largest frame, header included: more than this is not worth reading from a worker.
pub const MAX_FRAME_BYTES: usize = HEADER_BYTES + MAX_BODY_BYTES;
/// Fixed part of a picture's body.
const PICTURE_BYTES: usize = 17;
/// One signal.
const SIGNAL_BYTES: usize = 38;
/// One second opinion.
const NEAR_BYTES: usize = 3 + NearHash::BYTES;
/// Pictures that are fingerprinted at most: each sampled frame in both readings.
const MOST_PICTURES: usize = MAX_SAMPLED_FRAMES * Reading::ALL.len();
/// Body of "unusable".
const UNUSABLE_BYTES: usize = 9;
/// Fixed part of the body of a rendition.
const RENDITION_BYTES: usize = 8;

const KIND_PICTURE: u8 = 1;
const KIND_UNUSABLE: u8 = 2;
const KIND_RENDITION: u8 = 3;

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
    /// How its samples became colours.
    pub reading: Reading,
    /// Of the frame: nothing but bars, halves or stripes of even colour. Such a fingerprint is that of every picture like it.
    pub blank: bool,
}

impl PictureSignal {
    /// Whether it may be matched: of enough quality, and not of a blank.
    pub fn is_matchable(&self) -> bool {
        self.quality.is_matchable() && !self.blank
    }
}

/// The second opinion on one frame in one reading, as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NearSignal {
    /// The fingerprint.
    pub hash: NearHash,
    /// Frame number, from 0; one that also has a [`PictureSignal`].
    pub frame: u16,
    /// How its samples became colours.
    pub reading: Reading,
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
    /// All eight views of every distinct sampled frame and reading, one after the other in the order of [`View::ALL`]. Low quality is the caller's
    /// to judge.
    pub signals: Vec<PictureSignal>,
    /// The second opinion on each frame and reading of `signals`, in the same order.
    pub near: Vec<NearSignal>,
}

/// The worker's answer about one content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The pixels were decoded and fingerprinted.
    Picture(Picture),
    /// The pixels were decoded and made into something to look at.
    Rendition(Rendition),
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

/// The bytes of a frame. A reply with more signals than fit keeps the first ones; the worker never makes one.
pub fn write(frame: &Frame) -> Vec<u8> {
    let mut body = Vec::with_capacity(UNUSABLE_BYTES);
    let kind = match &frame.reply {
        Reply::Picture(picture) => {
            write_picture(picture, &mut body);
            KIND_PICTURE
        }
        Reply::Rendition(rendition) => {
            body.extend(rendition.width.to_le_bytes());
            body.extend(rendition.height.to_le_bytes());
            body.extend(&rendition.rgba);
            KIND_RENDITION
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
    let count = picture.signals.len().min(MOST_PICTURES * View::ALL.len());
    let near = picture.near.len().min(MOST_PICTURES);
    body.extend(picture.width.to_le_bytes());
    body.extend(picture.height.to_le_bytes());
    body.extend(picture.frames.to_le_bytes());
    body.push(picture.displayed.number());
    body.extend((count as u16).to_le_bytes());
    body.extend((near as u16).to_le_bytes());
    for signal in picture.signals.iter().take(count) {
        body.extend(signal.hash.as_bytes());
        body.extend([signal.quality.get(), signal.view.number()]);
        body.extend(signal.frame.to_le_bytes());
        body.extend([signal.reading.number(), u8::from(signal.blank)]);
    }
    for opinion in picture.near.iter().take(near) {
        body.extend(opinion.frame.to_le_bytes());
        body.push(opinion.reading.number());
        body.extend(opinion.hash.as_bytes());
    }
}

/// Length of the frame that begins with these bytes, as soon as they hold its header; `None` until then.
/// # Errors
/// [`FrameError::Magic`], and [`FrameError::Long`] for more than a frame may have: nothing more is worth reading then.
pub fn whole_len(bytes: &[u8]) -> Result<Option<usize>, FrameError> {
    let known = bytes.len().min(MAGIC.len());
    if bytes[..known] != MAGIC[..known] {
        return Err(FrameError::Magic);
    }
    let Some(len) = bytes.get(HEADER_BYTES - 4..HEADER_BYTES).and_then(|len| len.first_chunk::<4>()) else { return Ok(None) };
    let len = u32::from_le_bytes(*len) as usize;
    if len > MAX_BODY_BYTES { Err(FrameError::Long) } else { Ok(Some(HEADER_BYTES + len)) }
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
        KIND_RENDITION => Reply::Rendition(read_rendition(&mut fields)?),
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
    if count == 0 || !count.is_multiple_of(View::ALL.len()) || count > MOST_PICTURES * View::ALL.len() {
        return Err(FrameError::Field("number of signals"));
    }
    if usize::from(u16::from_le_bytes(fields.take()?)) != count / View::ALL.len() {
        return Err(FrameError::Field("number of second opinions"));
    }
    if fields.0.len() != count * SIGNAL_BYTES + count / View::ALL.len() * NEAR_BYTES {
        return Err(FrameError::Field("length"));
    }
    let signals = (0..count).map(|at| read_signal(fields, frames, at)).collect::<Result<Vec<_>, _>>()?;
    let same_frame =
        |group: &[PictureSignal]| group.iter().all(|s| (key(s), s.quality, s.blank) == (key(&group[0]), group[0].quality, group[0].blank));
    let groups = || signals.chunks(View::ALL.len());
    let in_order = groups().zip(groups().skip(1)).all(|(one, next)| key(&one[0]) < key(&next[0]));
    if !in_order || !groups().all(same_frame) {
        return Err(FrameError::Field("order of signals"));
    }
    let near = groups().map(|group| read_near(fields, key(&group[0]))).collect::<Result<Vec<_>, _>>()?;
    Ok(Picture { width, height, frames, displayed, signals, near })
}

/// Which picture of the content a signal is of.
fn key(signal: &PictureSignal) -> (u16, Reading) {
    (signal.frame, signal.reading)
}

fn read_signal(fields: &mut Fields<'_>, frames: u32, at: usize) -> Result<PictureSignal, FrameError> {
    let hash = Pdq::new(fields.take()?);
    let [quality, view] = fields.take()?;
    let frame = u16::from_le_bytes(fields.take()?);
    let [reading, blank] = fields.take()?;
    let reading = Reading::from_number(reading).ok_or(FrameError::Field("reading"))?;
    if quality > 100 {
        return Err(FrameError::Field("quality"));
    }
    let view = View::from_number(view).filter(|view| *view == View::ALL[at % View::ALL.len()]).ok_or(FrameError::Field("view"))?;
    if u32::from(frame) >= frames {
        return Err(FrameError::Field("frame number"));
    }
    if blank > 1 {
        return Err(FrameError::Field("mark of a blank"));
    }
    Ok(PictureSignal { hash, quality: Quality::new(quality), view, frame, reading, blank: blank == 1 })
}

fn read_near(fields: &mut Fields<'_>, expected: (u16, Reading)) -> Result<NearSignal, FrameError> {
    let frame = u16::from_le_bytes(fields.take()?);
    let [reading] = fields.take()?;
    let reading = Reading::from_number(reading).ok_or(FrameError::Field("reading"))?;
    let hash = NearHash::new(fields.take()?);
    let is_expected = (frame, reading) == expected;
    if is_expected { Ok(NearSignal { hash, frame, reading }) } else { Err(FrameError::Field("frame of a second opinion")) }
}

fn read_rendition(fields: &mut Fields<'_>) -> Result<Rendition, FrameError> {
    let width = fields.number_in(1, MAX_RENDITION_SIDE, "width")?;
    let height = fields.number_in(1, MAX_RENDITION_SIDE, "height")?;
    let rgba = fields.slice((width * height * 4) as usize)?.to_vec();
    if rgba.chunks_exact(4).any(|pixel| pixel[3] != u8::MAX) {
        return Err(FrameError::Field("opacity"));
    }
    Ok(Rendition { width, height, rgba })
}

fn read_unusable(fields: &mut Fields<'_>) -> Result<Reply, FrameError> {
    let [reason] = fields.take()?;
    let reason = Unusable::ALL.get(usize::from(reason)).copied().ok_or(FrameError::Field("reason"))?;
    let (width, height) = (fields.number()?, fields.number()?);
    let seen = if fields.0.is_empty() { None } else { Some(read_picture(fields)?) };
    Ok(Reply::Unusable { reason, width, height, seen })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_picture() -> impl Strategy<Value = Picture> {
        let frame = (any::<[u8; 32]>(), 0u8..=100, any::<bool>(), any::<[u8; NearHash::BYTES]>());
        let sampled = prop::collection::btree_map((0u16..10_000, 0u8..2), frame, 1..=MOST_PICTURES);
        (1..=MAX_SIDE, 1..=MAX_SIDE, 0u8..8, sampled).prop_map(|(width, height, displayed, sampled)| {
            let frames = u32::from(sampled.keys().last().unwrap().0) + 1;
            let reading = |number: u8| Reading::from_number(number).unwrap();
            let near = sampled.iter().map(|((frame, number), (.., near))| NearSignal {
                hash: NearHash::new(*near),
                frame: *frame,
                reading: reading(*number),
            });
            let near = near.collect();
            let signals = sampled.into_iter().flat_map(|((frame, number), (hash, quality, blank, _))| {
                let reading = reading(number);
                View::ALL.map(|view| PictureSignal { hash: Pdq::new(hash), quality: Quality::new(quality), view, frame, reading, blank })
            });
            let displayed = View::from_number(displayed).unwrap();
            Picture { width, height, frames, displayed, signals: signals.collect(), near }
        })
    }

    fn any_rendition() -> impl Strategy<Value = Rendition> {
        (1..=9u32, 1..=MAX_RENDITION_SIDE / 64, any::<[u8; 3]>()).prop_map(|(width, height, [red, green, blue])| {
            let rgba = [red, green, blue, 255].repeat((width * height) as usize);
            Rendition { width, height, rgba }
        })
    }

    fn any_frame() -> impl Strategy<Value = Frame> {
        let unusable = (0..Unusable::ALL.len(), any::<u32>(), any::<u32>(), prop::option::of(any_picture()))
            .prop_map(|(reason, width, height, seen)| Reply::Unusable { reason: Unusable::ALL[reason], width, height, seen });
        let reply = prop_oneof![any_picture().prop_map(Reply::Picture), any_rendition().prop_map(Reply::Rendition), unusable];
        (0..4usize, reply).prop_map(|(jail, reply)| Frame { jail: JailLevel::ALL[jail], reply })
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
    fn the_length_is_known_from_the_header_on_and_not_before() {
        let frame = Frame { jail: JailLevel::Full, reply: Reply::Unusable { reason: Unusable::TooLarge, width: 1, height: 2, seen: None } };
        let bytes = write(&frame);
        for len in 0..=bytes.len() {
            let expected = (len >= HEADER_BYTES).then_some(bytes.len());
            assert_eq!(whole_len(&bytes[..len]), Ok(expected), "of {len} bytes");
        }
        assert_eq!(whole_len(b"X"), Err(FrameError::Magic), "one wrong byte is enough");
    }

    #[test]
    fn the_largest_rendition_fits_and_nothing_larger_is_one() {
        let side = MAX_RENDITION_SIDE;
        let largest = Rendition { width: side, height: side, rgba: vec![255; (side * side * 4) as usize] };
        let bytes = write(&Frame { jail: JailLevel::Full, reply: Reply::Rendition(largest) });
        assert_eq!(bytes.len(), MAX_FRAME_BYTES);
        assert!(read(&bytes).is_ok());
        let wide = Rendition { width: side + 1, height: 1, rgba: vec![255; (side as usize + 1) * 4] };
        let bytes = write(&Frame { jail: JailLevel::Full, reply: Reply::Rendition(wide) });
        assert_eq!(read(&bytes), Err(FrameError::Field("width")));
    }

    #[test]
    fn an_endless_body_is_refused_before_it_is_read() {
        let mut bytes = b"GHF\x02\x01\x03".to_vec();
        bytes.extend(u32::MAX.to_le_bytes());
        assert_eq!(read(&bytes), Err(FrameError::Long), "no reply is that long");
        assert_eq!(whole_len(&bytes), Err(FrameError::Long), "the same, from its header");
    }
}
