//! Drives the decoders: stills, animations and pages, of which at most 16 are handed out.

use super::limits::{MAX_DECODER_BYTES, check_sides, limits, reason_of, zeroed};
use super::outline::Outline;
use super::pixels::{Readings, view_of};
use super::{Reading, Still, ico, tiff};
use crate::frame::MAX_SAMPLED_FRAMES;
use crate::real_type::RealType;
use crate::signal::{Unusable, View};
use image::codecs::{
    bmp::BmpDecoder, gif::GifDecoder, jpeg::JpegDecoder, png::PngDecoder, pnm::PnmDecoder, qoi::QoiDecoder, tga::TgaDecoder,
    webp::WebPDecoder,
};
use image::{AnimationDecoder, ColorType, Frames, ImageDecoder, ImageError};
use std::io::Cursor;

/// One content on its way through its decoder.
pub(super) struct Job<'a> {
    outline: Outline,
    /// The view in which the picture is shown, once its metadata was read.
    displayed: View,
    each: &'a mut dyn FnMut(Still<'_>),
}

impl<'a> Job<'a> {
    pub(super) fn new(outline: Outline, each: &'a mut dyn FnMut(Still<'_>)) -> Self {
        Self { outline, displayed: View::Original, each }
    }

    pub(super) fn displayed(&self) -> View {
        self.displayed
    }

    /// Hands out the sampled frames of a content whose outline was checked.
    pub(super) fn run(&mut self, real_type: RealType, bytes: &[u8]) -> Result<(), Unusable> {
        match real_type {
            RealType::Jpeg => self.still(JpegDecoder::new(Cursor::new(bytes))),
            RealType::Png => self.png(bytes),
            RealType::Gif => self.gif(bytes),
            RealType::Webp => self.webp(bytes),
            RealType::Bmp => self.still(BmpDecoder::new(Cursor::new(bytes))),
            RealType::Tiff => self.tiff(bytes),
            RealType::Ico => self.ico(bytes),
            RealType::Qoi => self.still(QoiDecoder::new(Cursor::new(bytes))),
            RealType::Pnm => self.still(PnmDecoder::new(Cursor::new(bytes))),
            RealType::Tga => self.still(TgaDecoder::new(Cursor::new(bytes))),
            _ => Err(Unusable::UnsupportedFormat),
        }
    }

    /// Decodes one picture and hands it out as frame 0.
    fn still<D: ImageDecoder>(&mut self, decoder: Result<D, ImageError>) -> Result<(), Unusable> {
        let mut decoder = decoder.map_err(|error| reason_of(&error))?;
        decoder.set_limits(limits()).map_err(|error| reason_of(&error))?;
        self.expect_sides(decoder.dimensions())?;
        let (color, len) = (decoder.color_type(), decoder.total_bytes());
        if len > MAX_DECODER_BYTES {
            return Err(Unusable::DecoderMemory);
        }
        self.orient(&mut decoder);
        let mut pixels = zeroed(len)?;
        decoder.read_image(&mut pixels).map_err(|error| reason_of(&error))?;
        let readings = Readings::of(pixels, color, self.outline.keyed_grey16)?;
        self.hand_out(0, (self.outline.width, self.outline.height), readings)
    }

    /// The decoder must see the picture that was checked.
    fn expect_sides(&self, sides: (u32, u32)) -> Result<(), Unusable> {
        if sides == (self.outline.width, self.outline.height) { Ok(()) } else { Err(Unusable::DecoderError) }
    }

    /// A damaged EXIF block does not change the pixels: the picture is then shown as stored.
    fn orient(&mut self, decoder: &mut impl ImageDecoder) {
        self.displayed = decoder.orientation().map_or(View::Original, view_of);
    }

    fn png(&mut self, bytes: &[u8]) -> Result<(), Unusable> {
        let open = || PngDecoder::with_limits(Cursor::new(bytes), limits());
        self.still(open())?;
        if self.outline.frames > 1 {
            let frames = open().and_then(PngDecoder::apng).map_err(|error| reason_of(&error))?.into_frames();
            // A picture outside the animation was handed out as frame 0: the animation then begins with frame 1.
            self.animation(frames, u32::from(self.outline.separate_first))?;
        }
        Ok(())
    }

    fn gif(&mut self, bytes: &[u8]) -> Result<(), Unusable> {
        self.still(GifDecoder::new(Cursor::new(bytes)))?;
        if self.outline.frames > 1 {
            let mut decoder = GifDecoder::new(Cursor::new(bytes)).map_err(|error| reason_of(&error))?;
            decoder.set_limits(limits()).map_err(|error| reason_of(&error))?;
            self.animation(decoder.into_frames(), 0)?;
        }
        Ok(())
    }

    fn webp(&mut self, bytes: &[u8]) -> Result<(), Unusable> {
        let mut decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(|error| reason_of(&error))?;
        if !decoder.has_animation() {
            return self.still(Ok(decoder));
        }
        self.expect_sides(decoder.dimensions())?;
        self.orient(&mut decoder);
        let mut frames = decoder.into_frames();
        let first = frames.next().ok_or(Unusable::DecoderError)?.map_err(|error| reason_of(&error))?;
        self.hand_out_rgba(0, first.into_buffer())?;
        self.animation(frames, 1)
    }

    /// The largest picture of an icon or cursor.
    fn ico(&mut self, bytes: &[u8]) -> Result<(), Unusable> {
        match ico::largest(bytes).ok_or(Unusable::DecoderError)?.picture {
            ico::Inner::Png(png) => self.still(PngDecoder::with_limits(Cursor::new(png), limits())),
            ico::Inner::Bitmap(single) => self.still(image::codecs::ico::IcoDecoder::new(Cursor::new(single))),
        }
    }

    /// Every page is a frame. A page that cannot be read does not hide those behind it.
    fn tiff(&mut self, bytes: &[u8]) -> Result<(), Unusable> {
        let mut file = tiff::Pages::open(bytes)?;
        let mut problem = None;
        for number in sampled(self.outline.frames) {
            let page = self.tiff_page(&mut file, number);
            problem = problem.or(page.err());
        }
        problem.map_or(Ok(()), Err)
    }

    fn tiff_page(&mut self, file: &mut tiff::Pages, number: u32) -> Result<(), Unusable> {
        let sides = file.sides(number).ok_or(Unusable::DecoderError)?;
        check_sides(sides.0, sides.1)?;
        let (readings, orientation) = file.decode(number)?;
        if number == 0 {
            self.displayed = view_of(orientation);
        }
        self.hand_out(number, sides, readings)
    }

    /// Hands out the sampled frames of an animation, of which the next one has the number `next`. Frame 0 is handed out by the caller.
    ///
    /// Frames build on each other, so all of them are decoded; a frame that is missing or damaged makes the content damaged.
    fn animation(&mut self, mut frames: Frames<'_>, next: u32) -> Result<(), Unusable> {
        let wanted = sampled(self.outline.frames);
        for number in next..self.outline.frames {
            let frame = frames.next().ok_or(Unusable::DecoderError)?.map_err(|error| reason_of(&error))?;
            if number > 0 && wanted.contains(&number) {
                self.hand_out_rgba(number, frame.into_buffer())?;
            }
        }
        Ok(())
    }

    fn hand_out_rgba(&mut self, number: u32, buffer: image::RgbaImage) -> Result<(), Unusable> {
        let sides = buffer.dimensions();
        self.expect_sides(sides)?;
        self.hand_out(number, sides, Readings::of(buffer.into_raw(), ColorType::Rgba8, false)?)
    }

    fn hand_out(&mut self, number: u32, (width, height): (u32, u32), readings: Readings) -> Result<(), Unusable> {
        let frame = u16::try_from(number).map_err(|_| Unusable::PixelLimit)?;
        (self.each)(Still { frame, reading: Reading::Reference, width, height, rgb: &readings.reference });
        if let Some(shown) = readings.shown {
            let rgb = shown.make(readings.reference)?;
            (self.each)(Still { frame, reading: Reading::Shown, width, height, rgb: &rgb });
        }
        Ok(())
    }
}

/// The numbers of the frames that are looked at: all up to 16, else the first, the last, and 14 evenly between, in order.
pub fn sampled(frames: u32) -> Vec<u32> {
    let most = MAX_SAMPLED_FRAMES as u32;
    if frames <= most {
        return (0..frames).collect();
    }
    let last = u64::from(frames - 1);
    (0..u64::from(most)).map(|at| (at * last / u64::from(most - 1)) as u32).collect()
}
