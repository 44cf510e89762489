//! What is done to a picture, by name: the rows and columns of the generated tables.
//!
//! Without any dependency, because the chore `cargo xtask robustness` reads it too: its test compares the committed tables with these names.

/// The head of the table of changes.
pub const CHANGES_HEAD: &str =
    "| change | copies | PDQ as stored ≤ 31 | PDQ, any view ≤ 31 | median | 95 % | second opinion | both | exact |";
/// The head of the table of strangers.
pub const STRANGERS_HEAD: &str = "| pictures | pairs | PDQ ≤ 31 | and second opinion |";
/// The head of the table of limits.
pub const LIMITS_HEAD: &str = "| limit, bits | strangers left | copies lost |";
/// The limits of the second opinion that are compared, in bits.
pub const LIMITS: [u16; 8] = [12, 16, 20, 24, 28, 32, 40, 48];

/// The families of generated pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Noise of several octaves with soft and hard shapes: stands for a photograph.
    Photo,
    /// Lines of made-up letters on paper.
    Text,
    /// A program's window; several pictures share the program and differ in content.
    Screen,
    /// Thin strokes on white.
    Drawing,
    /// A printed form: many pictures share its lines and print, and differ in what was written into a few fields.
    Form,
    /// Stripes of one colour each, with a small mark: flags, covers, charts.
    Stripes,
    /// A smooth gradient with one soft shape.
    Gradient,
    /// A photograph that several pictures share, under captions that differ.
    Meme,
    /// One colour with a faint small mark.
    Blank,
}

impl Family {
    /// Every family, in the order of the tables.
    pub const ALL: [Self; 9] =
        [Self::Photo, Self::Text, Self::Screen, Self::Drawing, Self::Form, Self::Stripes, Self::Meme, Self::Gradient, Self::Blank];

    /// The name in the tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Photo => "photograph-like",
            Self::Text => "page of text",
            Self::Screen => "screenshot",
            Self::Drawing => "line drawing",
            Self::Form => "filled-in form, shared print",
            Self::Stripes => "stripes with a small mark",
            Self::Gradient => "gradient",
            Self::Meme => "meme, shared template",
            Self::Blank => "nearly one colour",
        }
    }
}

/// What happens to a picture between two uploads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Nothing: the same bytes.
    Same,
    /// Decoded and stored as PNG, WebP without loss, then JPEG of quality 85.
    Formats,
    /// JPEG of this quality.
    Jpeg(u8),
    /// Both sides times this many hundredths.
    Scale(u16),
    /// This share of each side is cut off, in hundredths, half at each end.
    Crop(u8),
    /// A frame of one colour, this many hundredths of the shorter side wide.
    Border(u8),
    /// Black bars above and below that add a quarter of the height.
    Letterbox,
    /// Turned by quarters.
    Quarter(u8),
    /// Turned by this many degrees, the corners filled with black.
    Tilt(u8),
    /// Left and right exchanged.
    Mirror,
    /// A line of letters, one twentieth of the height.
    SmallText,
    /// Two lines of letters, a sixth of the height each.
    LargeText,
    /// Half-transparent letters over the middle.
    Watermark,
    /// Gaussian blur, sigma in tenths of a pixel.
    Blur(u8),
    /// Independent noise of this amplitude on every value.
    Noise(u8),
    /// This much is added to every value.
    Brightness(i8),
    /// Distance from the middle grey times this many hundredths.
    Contrast(u8),
    /// Gamma in hundredths.
    Gamma(u8),
    /// Without colour.
    Grey,
    /// Shown in a program's window, and the whole window taken.
    Screenshot,
    /// One of four pictures in a grid.
    Collage,
}

impl Change {
    /// Every change, in the order of the table.
    pub const ALL: [Self; 45] = [
        Self::Same,
        Self::Formats,
        Self::Jpeg(90),
        Self::Jpeg(70),
        Self::Jpeg(50),
        Self::Jpeg(30),
        Self::Jpeg(10),
        Self::Scale(200),
        Self::Scale(50),
        Self::Scale(25),
        Self::Scale(12),
        Self::Grey,
        Self::Brightness(25),
        Self::Brightness(-50),
        Self::Contrast(70),
        Self::Contrast(140),
        Self::Gamma(60),
        Self::Gamma(160),
        Self::Blur(10),
        Self::Blur(30),
        Self::Noise(10),
        Self::Noise(40),
        Self::Watermark,
        Self::SmallText,
        Self::LargeText,
        Self::Crop(2),
        Self::Crop(5),
        Self::Crop(10),
        Self::Crop(20),
        Self::Crop(30),
        Self::Border(2),
        Self::Border(5),
        Self::Border(10),
        Self::Letterbox,
        Self::Quarter(1),
        Self::Quarter(2),
        Self::Quarter(3),
        Self::Mirror,
        Self::Tilt(1),
        Self::Tilt(2),
        Self::Tilt(5),
        Self::Tilt(10),
        Self::Tilt(15),
        Self::Screenshot,
        Self::Collage,
    ];

    /// The name in the table.
    pub fn name(self) -> String {
        match self {
            Self::Same => "the same file".to_owned(),
            Self::Formats => "PNG, then WebP, then JPEG 85".to_owned(),
            Self::Jpeg(quality) => format!("JPEG, quality {quality}"),
            Self::Scale(hundredths) => format!("sides × {}", f64::from(hundredths) / 100.0),
            Self::Crop(hundredths) => format!("crop, {hundredths} % of each side"),
            Self::Border(hundredths) => format!("border, {hundredths} % of the shorter side"),
            Self::Letterbox => "letterbox, + 25 % height".to_owned(),
            Self::Quarter(quarters) => format!("turned by {}°", u16::from(quarters) * 90),
            Self::Tilt(degrees) => format!("turned by {degrees}°"),
            Self::Mirror => "mirrored".to_owned(),
            Self::SmallText => "text, one small line".to_owned(),
            Self::LargeText => "text, two large lines".to_owned(),
            Self::Watermark => "watermark across the middle".to_owned(),
            Self::Blur(tenths) => format!("blur, sigma {} px", f64::from(tenths) / 10.0),
            Self::Noise(amplitude) => format!("noise, ± {amplitude}"),
            Self::Brightness(added) => format!("brightness {added:+}"),
            Self::Contrast(hundredths) => format!("contrast × {}", f64::from(hundredths) / 100.0),
            Self::Gamma(hundredths) => format!("gamma {}", f64::from(hundredths) / 100.0),
            Self::Grey => "grey".to_owned(),
            Self::Screenshot => "screenshot with a program's frame".to_owned(),
            Self::Collage => "collage, 2 × 2".to_owned(),
        }
    }
}
