//! The generated pictures: nine families, each picture from a number, the same on every run.

use crate::rows::Family;
use image::{Rgb, RgbImage};

/// Sides of every generated picture in pixels.
pub const SIDES: (u32, u32) = (480, 360);
/// How many screenshots show the same program, how many forms have the same print, and how many memes share a template.
const SHARED_BY: u64 = 12;

/// A source of numbers that is the same on every machine. Source: SplitMix64, Steele, Lea and Flood, 2014.
pub struct Dice(u64);

impl Dice {
    /// Another seed is another sequence.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x2545_F491_4F6C_DD1D) ^ 0x6A09_E667_F3BC_C909)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// From 0 up to, not including, `bound`.
    pub fn below(&mut self, bound: u32) -> u32 {
        (((self.next() >> 32) * u64::from(bound)) >> 32) as u32
    }

    /// From `low` up to, not including, `high`.
    pub fn between(&mut self, low: i32, high: i32) -> i32 {
        low + self.below((high - low) as u32) as i32
    }

    /// From 0 to 1.
    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    fn colour(&mut self) -> Rgb<u8> {
        Rgb([self.below(256) as u8, self.below(256) as u8, self.below(256) as u8])
    }
}

/// The picture `number` of a family.
pub fn picture(family: Family, number: u64) -> RgbImage {
    let mut dice = Dice::new(number ^ ((family as u64 + 1) << 40));
    match family {
        Family::Photo => photo(&mut dice),
        Family::Text => text_page(&mut dice),
        Family::Screen => {
            let mut program = Dice::new((number / SHARED_BY) ^ 0x5C_0000_0000);
            screen(&mut program, &mut dice)
        }
        Family::Drawing => drawing(&mut dice),
        Family::Form => {
            let mut print = Dice::new((number / SHARED_BY) ^ 0xF0_0000_0000);
            form(&mut print, &mut dice)
        }
        Family::Stripes => stripes(&mut dice),
        Family::Gradient => gradient(&mut dice),
        Family::Meme => {
            let mut template = Dice::new((number / SHARED_BY) ^ 0x3E_0000_0000);
            meme(&mut template, &mut dice)
        }
        Family::Blank => blank(&mut dice),
    }
}

fn plain(colour: Rgb<u8>) -> RgbImage {
    RgbImage::from_pixel(SIDES.0, SIDES.1, colour)
}

/// Fills the part of a rectangle that lies in the picture.
pub fn fill(picture: &mut RgbImage, left: i32, top: i32, width: i32, height: i32, colour: Rgb<u8>) {
    let (right, bottom) = ((left + width).min(picture.width() as i32), (top + height).min(picture.height() as i32));
    for y in top.max(0)..bottom {
        for x in left.max(0)..right {
            picture.put_pixel(x as u32, y as u32, colour);
        }
    }
}

/// One octave: random values on a grid, with smooth steps between.
struct Octave {
    cells: usize,
    values: Vec<f64>,
}

impl Octave {
    fn new(dice: &mut Dice, cells: usize) -> Self {
        Self { cells, values: (0..(cells + 2) * (cells + 2)).map(|_| dice.unit() - 0.5).collect() }
    }

    fn at(&self, u: f64, v: f64) -> f64 {
        let (x, y) = (u * self.cells as f64, v * self.cells as f64);
        let (column, row) = (x as usize, y as usize);
        let smooth = |t: f64| t * t * (3.0 - 2.0 * t);
        let (s, t) = (smooth(x - column as f64), smooth(y - row as f64));
        let stride = self.cells + 2;
        let value = |row: usize, column: usize| self.values[row * stride + column];
        let upper = value(row, column) * (1.0 - s) + value(row, column + 1) * s;
        let lower = value(row + 1, column) * (1.0 - s) + value(row + 1, column + 1) * s;
        upper * (1.0 - t) + lower * t
    }
}

fn photo(dice: &mut Dice) -> RgbImage {
    let octaves: Vec<(Octave, f64)> = [2, 4, 8, 16, 40, 110]
        .into_iter()
        .zip([190.0, 130.0, 80.0, 45.0, 24.0, 12.0])
        .map(|(cells, weight)| (Octave::new(dice, cells), weight))
        .collect();
    let tints = [Octave::new(dice, 3), Octave::new(dice, 3)];
    let horizon = 0.3 + 0.4 * dice.unit();
    let step = 70.0 * (dice.unit() - 0.5);
    let discs: Vec<[f64; 4]> =
        (0..4).map(|_| [dice.unit(), dice.unit(), 0.004 + 0.03 * dice.unit(), 160.0 * (dice.unit() - 0.5)]).collect();
    RgbImage::from_fn(SIDES.0, SIDES.1, |x, y| {
        let (u, v) = (f64::from(x) / f64::from(SIDES.0), f64::from(y) / f64::from(SIDES.1));
        let mut grey = 128.0 + octaves.iter().map(|(octave, weight)| octave.at(u, v) * weight).sum::<f64>();
        grey += if v > horizon { step } else { 0.0 };
        for [centre_u, centre_v, area, weight] in &discs {
            grey += if (u - centre_u).powi(2) + (v - centre_v).powi(2) < *area { *weight } else { 0.0 };
        }
        let (warm, green) = (tints[0].at(u, v) * 70.0, tints[1].at(u, v) * 50.0);
        Rgb([grey + warm, grey + green, grey - warm].map(|value| value.clamp(0.0, 255.0) as u8))
    })
}

/// One made-up letter in a cell of 6 by 8 dots: a pattern of 5 by 7 that depends on `letter` only.
pub fn letter(picture: &mut RgbImage, left: i32, top: i32, dot: i32, letter: u32, colour: Rgb<u8>) {
    let mut dice = Dice::new(u64::from(letter) + 0x1E77);
    // Strokes rather than dots, so that it has the weight of writing.
    for _ in 0..3 {
        let (column, row) = (dice.between(0, 5), dice.between(0, 7));
        fill(picture, left + column * dot, top, dot, 7 * dot - dice.between(0, 4) * dot, colour);
        fill(picture, left, top + row * dot, 5 * dot - dice.between(0, 3) * dot, dot, colour);
    }
}

/// Words of made-up letters until `right`.
pub fn line_of_text(picture: &mut RgbImage, dice: &mut Dice, left: i32, top: i32, right: i32, dot: i32, colour: Rgb<u8>) {
    let mut at = left;
    while at + 6 * dot <= right {
        for _ in 0..dice.between(2, 9) {
            if at + 6 * dot <= right {
                letter(picture, at, top, dot, dice.below(40), colour);
                at += 6 * dot;
            }
        }
        at += 5 * dot;
    }
}

fn text_page(dice: &mut Dice) -> RgbImage {
    let mut page = plain(Rgb([250, 249, 245]));
    let (margin, leading, dot) = (dice.between(20, 50), dice.between(12, 18), 1);
    let right = SIDES.0 as i32 - margin;
    let mut top = margin;
    if dice.below(2) == 0 {
        let end = margin + dice.between(150, 380);
        line_of_text(&mut page, dice, margin, top, end, 2, Rgb([20, 20, 20]));
        top += 34;
    }
    while top + 8 < SIDES.1 as i32 - margin {
        for line in 0..dice.between(3, 8) {
            let short = if line == 0 { dice.between(0, 30) } else { dice.between(0, 12) };
            if top + 8 < SIDES.1 as i32 - margin {
                line_of_text(&mut page, dice, margin, top, right - short, dot, Rgb([25, 25, 30]));
            }
            top += leading;
        }
        let end = margin + dice.between(60, right - margin);
        line_of_text(&mut page, dice, margin, top, end, dot, Rgb([25, 25, 30]));
        top += leading * 2;
    }
    page
}

/// The bars of a program's window around `inside`: left, top, width and height of the free part.
pub fn window_frame(picture: &mut RgbImage, program: &mut Dice) -> (i32, i32, i32, i32) {
    let (width, height) = (picture.width() as i32, picture.height() as i32);
    let (bar, side) = (height / 12, if program.below(2) == 0 { width / 5 } else { 0 });
    let dark = program.below(2) == 0;
    let (ground, ink) = if dark { (Rgb([32, 34, 40]), Rgb([200, 200, 205])) } else { (Rgb([242, 243, 246]), Rgb([40, 42, 50])) };
    fill(picture, 0, 0, width, height, ground);
    fill(picture, 0, 0, width, bar, program.colour());
    fill(picture, 0, bar, side, height, if dark { Rgb([24, 25, 30]) } else { Rgb([225, 227, 232]) });
    line_of_text(picture, program, 10, bar / 4, width / 2, 1, Rgb([255, 255, 255]));
    for row in 0..if side > 0 { 9 } else { 0 } {
        line_of_text(picture, program, 8, bar + 12 + row * 24, side - 10, 1, ink);
    }
    (side, bar, width - side, height - bar)
}

fn screen(program: &mut Dice, dice: &mut Dice) -> RgbImage {
    let mut shot = plain(Rgb([255, 255, 255]));
    let (left, top, width, height) = window_frame(&mut shot, program);
    let ink = if shot.get_pixel(SIDES.0 - 1, SIDES.1 - 1)[0] < 128 { Rgb([210, 210, 215]) } else { Rgb([35, 35, 40]) };
    let mut row = top + 12;
    while row + 30 < top + height {
        let avatar = dice.colour();
        fill(&mut shot, left + 10, row, 22, 22, avatar);
        for line in 0..dice.between(1, 4) {
            let right = left + 44 + dice.between(60, width - 50);
            line_of_text(&mut shot, dice, left + 44, row + line * 12, right, 1, ink);
        }
        if dice.below(5) == 0 {
            let colour = dice.colour();
            fill(&mut shot, left + 44, row + 40, dice.between(60, 200), 60, colour);
            row += 70;
        }
        row += 46;
    }
    shot
}

/// A thick point for every step of a curve.
fn stroke(picture: &mut RgbImage, points: [(f64, f64); 4], thick: i32, colour: Rgb<u8>) {
    const STEPS: u32 = 900;
    for step in 0..=STEPS {
        let t = f64::from(step) / f64::from(STEPS);
        let weights = [(1.0 - t).powi(3), 3.0 * t * (1.0 - t).powi(2), 3.0 * t * t * (1.0 - t), t.powi(3)];
        let x: f64 = points.iter().zip(weights).map(|(point, weight)| point.0 * weight).sum();
        let y: f64 = points.iter().zip(weights).map(|(point, weight)| point.1 * weight).sum();
        fill(picture, x as i32, y as i32, thick, thick, colour);
    }
}

fn drawing(dice: &mut Dice) -> RgbImage {
    let mut sheet = plain(Rgb([255, 255, 255]));
    for _ in 0..dice.between(8, 22) {
        let start = (dice.unit() * f64::from(SIDES.0), dice.unit() * f64::from(SIDES.1));
        let mut near = || (start.0 + 260.0 * (dice.unit() - 0.5), start.1 + 200.0 * (dice.unit() - 0.5));
        let points = [start, near(), near(), near()];
        stroke(&mut sheet, points, dice.between(1, 4), Rgb([15, 15, 15]));
    }
    sheet
}

fn gradient(dice: &mut Dice) -> RgbImage {
    let corners: Vec<Rgb<u8>> = (0..4).map(|_| dice.colour()).collect();
    let (centre_u, centre_v, reach) = (dice.unit(), dice.unit(), 0.1 + 0.4 * dice.unit());
    let lift = 120.0 * (dice.unit() - 0.5);
    RgbImage::from_fn(SIDES.0, SIDES.1, |x, y| {
        let (u, v) = (f64::from(x) / f64::from(SIDES.0), f64::from(y) / f64::from(SIDES.1));
        let away = ((u - centre_u).powi(2) + (v - centre_v).powi(2)) / (reach * reach);
        let weights = [(1.0 - u) * (1.0 - v), u * (1.0 - v), (1.0 - u) * v, u * v];
        let value = |channel: usize| corners.iter().zip(weights).map(|(corner, weight)| f64::from(corner[channel]) * weight).sum::<f64>();
        Rgb([0, 1, 2].map(|channel| (value(channel) + lift * (-away).exp()).clamp(0.0, 255.0) as u8))
    })
}

fn form(print: &mut Dice, dice: &mut Dice) -> RgbImage {
    let mut sheet = plain(Rgb([252, 252, 250]));
    let (left, right, ink) = (25, SIDES.0 as i32 - 25, Rgb([30, 30, 40]));
    let band = print.between(30, 60);
    fill(&mut sheet, 0, 0, SIDES.0 as i32, band, print.colour());
    let mut top = band + 14;
    while top + 30 < SIDES.1 as i32 {
        let height = print.between(22, 60);
        fill(&mut sheet, left, top, right - left, 2, ink);
        let middle = print.between(left + 90, right - 90);
        fill(&mut sheet, middle, top, 2, height, ink);
        let label = left + print.between(40, middle - left - 10);
        line_of_text(&mut sheet, print, left + 4, top + 6, label, 1, ink);
        let written = middle + 6 + dice.between(10, (right - middle - 10).min(70));
        line_of_text(&mut sheet, dice, middle + 6, top + 10, written, 1, Rgb([40, 50, 130]));
        top += height;
    }
    sheet
}

fn stripes(dice: &mut Dice) -> RgbImage {
    let (count, upright) = (dice.between(2, 5), dice.below(2) == 0);
    let (width, height) = (SIDES.0 as i32, SIDES.1 as i32);
    let dark_first = dice.below(2);
    // Dark and light in turn, so that the edges are strong enough for a quality that is matched.
    let tone = |dice: &mut Dice, dark: bool| Rgb(dice.colour().0.map(|value| if dark { value / 4 } else { 255 - value / 4 }));
    let ground = tone(dice, dark_first == 0);
    let mut picture = plain(ground);
    for stripe in 1..count {
        let colour = tone(dice, (stripe as u32 + dark_first).is_multiple_of(2));
        let start = if upright { (width * stripe / count, 0) } else { (0, height * stripe / count) };
        fill(&mut picture, start.0, start.1, width, height, colour);
    }
    let mark = dice.between(24, 60);
    let place = (dice.between(width / 3, width * 2 / 3), dice.between(height / 3, height * 2 / 3));
    let colour = dice.colour();
    fill(&mut picture, place.0 - mark / 2, place.1 - mark / 2, mark, mark, colour);
    picture
}

fn meme(template: &mut Dice, dice: &mut Dice) -> RgbImage {
    let mut picture = photo(template);
    let dot = template.between(2, 6);
    for top in [10, SIDES.1 as i32 - 10 - 8 * dot] {
        let (left, right) = (dice.between(10, 180), SIDES.0 as i32 - dice.between(10, 180));
        line_of_text(&mut picture, dice, left, top, right, dot, Rgb([255, 255, 255]));
    }
    picture
}

fn blank(dice: &mut Dice) -> RgbImage {
    let mut picture = plain(dice.colour());
    let base = *picture.get_pixel(0, 0);
    let mark = Rgb(base.0.map(|value| value.saturating_add(14)));
    fill(&mut picture, dice.between(0, 420), dice.between(0, 320), dice.between(20, 60), dice.between(10, 40), mark);
    picture
}
