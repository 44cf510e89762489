//! Something to look at, made from the first frame of a content inside the worker: an outline, grey, or colour, never larger than 512 pixels and
//! never larger than the picture.
//!
//! Who may have which step, when, and how often is decided by the engine. Nothing here describes a picture or recognises anything in it.
//!
//! An outline is what an artist's ink drawing keeps: shapes without surfaces. Smoothing that keeps edges (a median, Tukey 1977), gradients
//! (Sobel), only the crest of each edge, and of the weak edges only those that continue a strong one (Canny, "A Computational Approach to Edge
//! Detection", 1986).

use crate::decode::{Still, decode};
use crate::signal::{Reading, Unusable, View};

/// Longest side of any rendition, in pixels.
pub const MAX_RENDITION_SIDE: u32 = 512;
/// Longest side of the two smaller steps, in pixels.
const SMALL_SIDE: u32 = 256;
/// Luminance weights of red, green and blue, out of 256. Source: ITU-R BT.601.
const LUMA_WEIGHTS: [u32; 3] = [77, 150, 29];
/// Half the side of the square that the median is taken of.
const MEDIAN_REACH: usize = 2;

/// How much of the picture is shown, in the order of how much that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Black lines on white, longest side 256.
    Outline,
    /// Without colour, longest side 256.
    Grey,
    /// Without colour, longest side 512.
    LargerGrey,
    /// With colour, longest side 512.
    Colour,
}

impl Step {
    /// Every step, least first; the position and 1 is the number.
    pub const ALL: [Self; 4] = [Self::Outline, Self::Grey, Self::LargerGrey, Self::Colour];

    /// The number, 1 to 4.
    pub const fn number(self) -> u8 {
        self as u8 + 1
    }

    /// The step with this number, or `None`.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.number() == number)
    }

    /// The wire name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Outline => "outline",
            Self::Grey => "grey",
            Self::LargerGrey => "larger_grey",
            Self::Colour => "colour",
        }
    }

    /// Longest side in pixels.
    pub const fn longest_side(self) -> u32 {
        match self {
            Self::Outline | Self::Grey => SMALL_SIDE,
            Self::LargerGrey | Self::Colour => MAX_RENDITION_SIDE,
        }
    }
}

/// How many lines an outline has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Strength {
    /// The clearest edges only.
    Light,
    /// As many as a drawing would have.
    #[default]
    Medium,
    /// Faint edges as well.
    Strong,
}

impl Strength {
    /// Every strength, fewest lines first; the position is the number.
    pub const ALL: [Self; 3] = [Self::Light, Self::Medium, Self::Strong];

    /// The number, 0 to 2.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The strength with this number, or `None`.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    /// Of 100 edge pixels, how many may begin a line.
    const fn strong_percent(self) -> usize {
        match self {
            Self::Light => 10,
            Self::Medium => 20,
            Self::Strong => 35,
        }
    }
}

/// Pixels to paint.
#[derive(Clone, PartialEq, Eq)]
pub struct Rendition {
    /// Pixels in a row, 1 to 512.
    pub width: u32,
    /// Rows, 1 to 512.
    pub height: u32,
    /// Row-major, 4 bytes a pixel, the last one always 255: exactly `width * height * 4`.
    pub rgba: Vec<u8>,
}

impl std::fmt::Debug for Rendition {
    /// Never the pixels: a log or a failed test is no place for them.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Rendition({} x {})", self.width, self.height)
    }
}

/// The rendition of a content's first frame, turned as it is displayed.
///
/// # Errors
/// The reason why there is nothing to show. A damaged picture is shown as far as it goes.
pub fn rendition(bytes: &[u8], step: Step, strength: Strength) -> Result<Rendition, Unusable> {
    let mut first: Option<Colours> = None;
    let decoded = decode(bytes, &mut |still: Still<'_>| {
        // Where a browser shows another picture than the one that is fingerprinted, that one follows and takes its place.
        if first.is_none() || (still.frame == 0 && still.reading == Reading::Shown) {
            first = Some(Colours::shrunk(&still, step.longest_side()));
        }
    });
    let (displayed, refused) = match decoded {
        Ok(decoded) => (decoded.displayed, Unusable::DecoderError),
        Err(refused) => (refused.declared.displayed, refused.reason),
    };
    let colours = first.ok_or(refused)?.turned(displayed);
    Ok(match step {
        Step::Outline => outline(&colours.luminance(), strength).into_rendition(),
        Step::Grey | Step::LargerGrey => colours.luminance().into_rendition(),
        Step::Colour => colours.into_rendition(),
    })
}

/// A small picture of `T`s.
struct Plane<T> {
    width: usize,
    height: usize,
    pixels: Vec<T>,
}

type Colours = Plane<[u8; 3]>;
type Grey = Plane<u8>;

impl<T: Copy> Plane<T> {
    fn from_fn(width: usize, height: usize, mut pixel: impl FnMut(usize, usize) -> T) -> Self {
        let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).map(|(x, y)| pixel(x, y)).collect();
        Self { width, height, pixels }
    }

    fn at(&self, x: usize, y: usize) -> T {
        self.pixels[y * self.width + x]
    }

    /// The pixel at this place, or the nearest one of the border.
    fn near(&self, x: isize, y: isize) -> T {
        let inside = |at: isize, len: usize| at.clamp(0, len as isize - 1) as usize;
        self.at(inside(x, self.width), inside(y, self.height))
    }

    fn into_rendition(self) -> Rendition
    where
        T: Into<Shade>,
    {
        let rgba = self.pixels.iter().flat_map(|pixel| {
            let Shade([red, green, blue]) = (*pixel).into();
            [red, green, blue, u8::MAX]
        });
        Rendition { width: self.width as u32, height: self.height as u32, rgba: rgba.collect() }
    }
}

/// What a pixel looks like.
struct Shade([u8; 3]);

impl From<u8> for Shade {
    fn from(grey: u8) -> Self {
        Self([grey; 3])
    }
}

impl From<[u8; 3]> for Shade {
    fn from(colour: [u8; 3]) -> Self {
        Self(colour)
    }
}

impl Colours {
    /// Each pixel the mean of the pixels that it stands for; a picture that is small enough stays as it is.
    fn shrunk(still: &Still<'_>, longest: u32) -> Self {
        let (from_width, from_height) = (still.width as usize, still.height as usize);
        let most = still.width.max(still.height).max(longest) as usize;
        let side = |len: usize| (len * longest as usize / most).max(1).min(len);
        let (width, height) = if most == longest as usize { (from_width, from_height) } else { (side(from_width), side(from_height)) };
        let band = |at: usize, to: usize, from: usize| at * from / to..((at + 1) * from / to).max(at * from / to + 1);
        Self::from_fn(width, height, |x, y| {
            let (columns, rows) = (band(x, width, from_width), band(y, height, from_height));
            let mut sums = [0_u64; 3];
            for row in rows.clone() {
                let start = (row * from_width + columns.start) * 3;
                let (pixels, _) = still.rgb[start..start + columns.len() * 3].as_chunks::<3>();
                for pixel in pixels {
                    sums.iter_mut().zip(pixel).for_each(|(sum, value)| *sum += u64::from(*value));
                }
            }
            let count = (rows.len() * columns.len()) as u64;
            sums.map(|sum| ((sum + count / 2) / count) as u8)
        })
    }

    fn luminance(&self) -> Grey {
        let grey = |colour: &[u8; 3]| {
            let sum: u32 = colour.iter().zip(LUMA_WEIGHTS).map(|(value, weight)| u32::from(*value) * weight).sum();
            (sum >> 8) as u8
        };
        Grey { width: self.width, height: self.height, pixels: self.pixels.iter().map(grey).collect() }
    }

    /// As it is displayed. The views are named by the PDQ reference; what each does to a pixel's place is tested against EXIF orientations.
    fn turned(self, view: View) -> Self {
        let (width, height) = (self.width, self.height);
        let (right, bottom) = (width - 1, height - 1);
        match view {
            View::Original => self,
            View::Rotate90 => Self::from_fn(height, width, |x, y| self.at(right - y, x)),
            View::Rotate180 => Self::from_fn(width, height, |x, y| self.at(right - x, bottom - y)),
            View::Rotate270 => Self::from_fn(height, width, |x, y| self.at(y, bottom - x)),
            View::FlipX => Self::from_fn(width, height, |x, y| self.at(x, bottom - y)),
            View::FlipY => Self::from_fn(width, height, |x, y| self.at(right - x, y)),
            View::FlipPlus1 => Self::from_fn(height, width, |x, y| self.at(y, x)),
            View::FlipMinus1 => Self::from_fn(height, width, |x, y| self.at(right - y, bottom - x)),
        }
    }
}

/// Black lines on white.
fn outline(grey: &Grey, strength: Strength) -> Grey {
    let slopes = crests(&gradients(&median(grey)));
    let mut steep: Vec<u32> = slopes.pixels.iter().copied().filter(|slope| *slope > 0).collect();
    steep.sort_unstable();
    let from_top = steep.len() * strength.strong_percent() / 100;
    // An even surface has no edge; neither has one with less than the noise of a compressed picture.
    let strong = steep.iter().rev().nth(from_top).copied().unwrap_or(u32::MAX).max(LEAST_SLOPE);
    let lines = continued(&slopes, strong, strong / 2);
    Grey { width: grey.width, height: grey.height, pixels: lines.iter().map(|line| if *line { 0 } else { u8::MAX }).collect() }
}

/// Slopes below this, in eighths of a grey level a pixel, are noise.
const LEAST_SLOPE: u32 = 48;

/// Each pixel the middle one of its neighbourhood: takes away texture and keeps edges where they are.
fn median(grey: &Grey) -> Grey {
    let reach = MEDIAN_REACH as isize;
    let mut around = Vec::with_capacity((2 * MEDIAN_REACH + 1).pow(2));
    Grey::from_fn(grey.width, grey.height, |x, y| {
        around.clear();
        for dy in -reach..=reach {
            around.extend((-reach..=reach).map(|dx| grey.near(x as isize + dx, y as isize + dy)));
        }
        let middle = around.len() / 2;
        *around.select_nth_unstable(middle).1
    })
}

/// Slope across and down.
fn gradients(grey: &Grey) -> Plane<(i32, i32)> {
    Plane::from_fn(grey.width, grey.height, |x, y| {
        let at = |dx: isize, dy: isize| i32::from(grey.near(x as isize + dx, y as isize + dy));
        let across = at(1, -1) + 2 * at(1, 0) + at(1, 1) - at(-1, -1) - 2 * at(-1, 0) - at(-1, 1);
        let down = at(-1, 1) + 2 * at(0, 1) + at(1, 1) - at(-1, -1) - 2 * at(0, -1) - at(1, -1);
        (across, down)
    })
}

/// The slope where it is the largest along its own direction, else 0: lines one pixel wide.
fn crests(slopes: &Plane<(i32, i32)>) -> Plane<u32> {
    let size = |(across, down): (i32, i32)| across.unsigned_abs() + down.unsigned_abs();
    Plane::from_fn(slopes.width, slopes.height, |x, y| {
        let slope = slopes.at(x, y);
        let (across, down) = (slope.0.unsigned_abs(), slope.1.unsigned_abs());
        // Along the nearer of the four directions; the bounds are the tangents of 22.5° and 67.5°, 0.414 and 2.414.
        let (dx, dy): (isize, isize) = if down * 1000 < across * 414 {
            (1, 0)
        } else if down * 1000 > across * 2414 {
            (0, 1)
        } else if slope.0.signum() == slope.1.signum() {
            (1, 1)
        } else {
            (1, -1)
        };
        let beside = |sign: isize| size(slopes.near(x as isize + sign * dx, y as isize + sign * dy));
        // Of two equal neighbours one is the crest, not both and not none.
        if size(slope) >= beside(-1) && size(slope) > beside(1) { size(slope) } else { 0 }
    })
}

/// Every place that is strong, or weak and joined to a strong one through weak ones.
fn continued(slopes: &Plane<u32>, strong: u32, weak: u32) -> Vec<bool> {
    let mut lines = vec![false; slopes.pixels.len()];
    let mut open: Vec<usize> = (0..lines.len()).filter(|at| slopes.pixels[*at] >= strong).collect();
    open.iter().for_each(|at| lines[*at] = true);
    while let Some(at) = open.pop() {
        let (x, y) = (at % slopes.width, at / slopes.width);
        for ny in y.saturating_sub(1)..(y + 2).min(slopes.height) {
            for nx in x.saturating_sub(1)..(x + 2).min(slopes.width) {
                let next = ny * slopes.width + nx;
                if !lines[next] && slopes.pixels[next] >= weak.max(1) {
                    lines[next] = true;
                    open.push(next);
                }
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn still(width: u32, height: u32, rgb: &[u8]) -> Still<'_> {
        Still { frame: 0, reading: Reading::Reference, width, height, rgb }
    }

    fn ramp(width: u32, height: u32) -> Vec<u8> {
        (0..width * height).flat_map(|at| [(at % 251) as u8, (at / 7 % 249) as u8, (at / 3 % 241) as u8]).collect()
    }

    #[test]
    fn small_pictures_stay_as_they_are_and_large_ones_fit() {
        for (width, height, longest, expected) in [
            (1, 1, 256, (1, 1)),
            (256, 256, 256, (256, 256)),
            (257, 2, 256, (256, 1)),
            (100, 512, 512, (100, 512)),
            (1000, 500, 512, (512, 256)),
            (3, 16_384, 512, (1, 512)),
        ] {
            let rgb = ramp(width, height);
            let small = Colours::shrunk(&still(width, height, &rgb), longest);
            assert_eq!((small.width, small.height), expected, "{width}x{height} to {longest}");
            assert_eq!(small.pixels.len(), small.width * small.height);
            if width.max(height) <= longest {
                assert_eq!(small.pixels.concat(), rgb, "unchanged");
            }
        }
    }

    #[test]
    fn shrinking_keeps_the_mean() {
        let rgb = ramp(512, 512);
        let small = Colours::shrunk(&still(512, 512, &rgb), 256);
        assert_eq!(small.at(3, 5)[0], {
            let pixel = |x: usize, y: usize| u32::from(rgb[(y * 512 + x) * 3]);
            ((pixel(6, 10) + pixel(7, 10) + pixel(6, 11) + pixel(7, 11) + 2) / 4) as u8
        });
    }

    #[test]
    fn turning_does_what_each_exif_orientation_means() {
        use image::metadata::Orientation;
        let rgb = ramp(5, 3);
        for number in 1..=8 {
            let orientation = Orientation::from_exif(number).expect("1 to 8");
            let mut expected = image::DynamicImage::from(image::RgbImage::from_raw(5, 3, rgb.clone()).expect("the right length"));
            expected.apply_orientation(orientation);
            let turned = Colours::shrunk(&still(5, 3, &rgb), 256).turned(crate::decode::view_of(orientation));
            assert_eq!((turned.width as u32, turned.height as u32), (expected.width(), expected.height()), "orientation {number}");
            assert_eq!(turned.pixels.concat(), expected.to_rgb8().into_raw(), "orientation {number}");
        }
    }

    /// A dark square with soft noise on a light ground.
    fn square(noise: u8) -> Grey {
        Grey::from_fn(64, 64, |x, y| {
            let ground: u8 = if (16..48).contains(&x) && (16..48).contains(&y) { 60 } else { 200 };
            ground + ((x * 7 + y * 13) % 5) as u8 * noise / 4
        })
    }

    #[test]
    fn an_outline_is_the_border_and_nothing_else() {
        for strength in Strength::ALL {
            for noise in [0, 8] {
                let drawn = outline(&square(noise), strength);
                assert!(drawn.pixels.iter().all(|pixel| [0, 255].contains(pixel)), "black on white");
                let is_line = |x: usize, y: usize| drawn.at(x, y) == 0;
                assert!((20..44).all(|at| is_line(15, at) || is_line(16, at)), "the left side, {strength:?}, noise {noise}");
                assert!((20..44).all(|at| is_line(at, 47) || is_line(at, 48)), "the lower side, {strength:?}, noise {noise}");
                let inside = (20..44).flat_map(|x| (20..44).map(move |y| (x, y))).filter(|(x, y)| is_line(*x, *y)).count();
                assert_eq!(inside, 0, "no line on the surface, {strength:?}, noise {noise}");
            }
        }
    }

    #[test]
    fn an_even_picture_has_no_line() {
        let drawn = outline(&Grey::from_fn(40, 30, |_, _| 90), Strength::Strong);
        assert!(drawn.pixels.iter().all(|pixel| *pixel == 255));
    }

    #[test]
    fn a_stronger_outline_keeps_every_line_of_a_lighter_one() {
        let grey = Grey::from_fn(120, 90, |x, y| ((x * x / 9 + y * 5) % 200 + (x / 20 + y / 15) % 2 * 50) as u8);
        let lines = |strength| outline(&grey, strength).pixels.iter().filter(|pixel| **pixel == 0).count();
        assert!(lines(Strength::Light) <= lines(Strength::Medium) && lines(Strength::Medium) <= lines(Strength::Strong));
        assert!(lines(Strength::Light) > 0);
    }

    #[test]
    fn every_step_of_a_practice_picture_is_what_it_says() {
        let pictures = crate::practice::pictures();
        let bytes = &pictures.first().expect("there are some").bytes;
        for step in Step::ALL {
            let made = rendition(bytes, step, Strength::Medium).expect("a picture");
            assert!(made.width.max(made.height) <= step.longest_side(), "{step:?}");
            assert_eq!(made.rgba.len() as u32, made.width * made.height * 4);
            let (pixels, _) = made.rgba.as_chunks::<4>();
            let is_grey = pixels.iter().all(|[red, green, blue, _]| red == green && green == blue);
            assert_eq!(is_grey, step != Step::Colour, "{step:?}");
            assert!(pixels.iter().all(|[.., alpha]| *alpha == 255));
        }
        assert_eq!(rendition(b"just text", Step::Grey, Strength::Medium), Err(Unusable::UnsupportedFormat));
    }
}
