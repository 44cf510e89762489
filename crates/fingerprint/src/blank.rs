//! Blank pictures that PDQ calls rich: a bar, an edge or stripes across a picture that is otherwise empty.
//!
//! The reference's quality adds up the differences between neighbours. One straight edge from black to white across the block adds 64 × 100, which
//! is 71 points by itself, so that half a black page, a letterbox around nothing and a few plain stripes all count as rich. Their frequencies lie on
//! one axis; most bits of such a fingerprint are rounding, and such pictures match each other. They keep the reference's quality, so that figures
//! agree, and are marked blank beside it.

/// Side of the block of luminance that PDQ transforms.
const SIDE: usize = 64;
/// Two values of luminance, 0 to 255, that count as the same: two of the steps that the reference's quality counts. What JPEG leaves around a bar is
/// smaller after the filter, what a picture holds is larger in every row.
const SAME: f32 = 5.1;
/// Places at both ends of a row or column that are not looked at: the filter smears an edge over two.
const SMEARED: usize = 2;
/// Shortest side of an inside that can hold a picture: below it only smeared edges are left.
const MIN_INSIDE: usize = 2 * SMEARED + 2;
/// A step of the reference's quality metric, in luminance: differences below it do not count.
const STEP: f32 = 2.55;
/// Sum of steps for a quality of 50, the floor for matching: 90 for each point. Source: the reference, quality metric.
const FLOOR_STEPS: usize = 50 * 90;

/// Whether nothing is left of a picture once its bars are taken away.
///
/// `block` is the picture as PDQ transforms it: 64 rows of luminance, 0 to 255. Rows and columns without structure are taken away from all four
/// sides, whatever their colour, until none is left or the outermost ones hold something. The rest is measured as the reference measures a
/// whole picture. A picture without bars is measured whole: whether it is blank is then what its quality says.
pub(crate) fn is_blank(block: &[[f32; SIDE]; SIDE]) -> bool {
    let inside = Inside::of(block);
    inside.rows() < MIN_INSIDE || inside.columns() < MIN_INSIDE || inside.steps(block) < FLOOR_STEPS
}

/// What is left between the bars; the ends are behind the last row and column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Inside {
    top: usize,
    bottom: usize,
    left: usize,
    right: usize,
}

impl Inside {
    fn of(block: &[[f32; SIDE]; SIDE]) -> Self {
        let mut inside = Self { top: 0, bottom: SIDE, left: 0, right: SIDE };
        // Taking rows away can make a column plain, and the other way round.
        while inside.rows() >= MIN_INSIDE && inside.columns() >= MIN_INSIDE {
            let before = inside;
            inside.take_away(block);
            if inside == before {
                break;
            }
        }
        inside
    }

    fn take_away(&mut self, block: &[[f32; SIDE]; SIDE]) {
        if self.is_plain_row(block, self.top) {
            self.top += 1;
        } else if self.is_plain_row(block, self.bottom - 1) {
            self.bottom -= 1;
        } else if self.is_plain_column(block, self.left) {
            self.left += 1;
        } else if self.is_plain_column(block, self.right - 1) {
            self.right -= 1;
        }
    }

    fn rows(self) -> usize {
        self.bottom - self.top
    }

    fn columns(self) -> usize {
        self.right - self.left
    }

    fn is_plain_row(self, block: &[[f32; SIDE]; SIDE], row: usize) -> bool {
        is_plain(block[row][self.left + SMEARED..self.right - SMEARED].iter().copied())
    }

    fn is_plain_column(self, block: &[[f32; SIDE]; SIDE], column: usize) -> bool {
        is_plain(block[self.top + SMEARED..self.bottom - SMEARED].iter().map(|row| row[column]))
    }

    /// The reference's sum of differences, as if the inside were stretched to the whole block: what changes along a row stays as it is and happens in
    /// as many rows as the block has.
    fn steps(self, block: &[[f32; SIDE]; SIDE]) -> usize {
        let step = |a: f32, b: f32| ((a - b).abs() / STEP) as usize;
        let rows = &block[self.top..self.bottom];
        let across = |row: &[f32; SIDE]| row[self.left..self.right].windows(2).map(|pair| step(pair[0], pair[1])).sum::<usize>();
        let down = |pair: &[[f32; SIDE]]| (self.left..self.right).map(|at| step(pair[0][at], pair[1][at])).sum::<usize>();
        let across: usize = rows.iter().map(across).sum();
        let down: usize = rows.windows(2).map(down).sum();
        across * SIDE / self.rows() + down * SIDE / self.columns()
    }
}

fn is_plain(values: impl Iterator<Item = f32>) -> bool {
    let (least, most) = values.fold((f32::MAX, f32::MIN), |(least, most), value| (least.min(value), most.max(value)));
    most - least <= SAME
}

#[cfg(test)]
mod tests {
    use super::*;

    type Block = [[f32; SIDE]; SIDE];

    fn drawn(value: impl Fn(usize, usize) -> f32) -> Block {
        std::array::from_fn(|y| std::array::from_fn(|x| value(x, y)))
    }

    /// Structure at every scale, between 0 and 255.
    fn rich(x: usize, y: usize) -> f32 {
        let cell = ((x / 5 * 7_919) ^ (y / 3 * 104_729)).wrapping_mul(2_654_435_761) >> 20;
        (cell % 256) as f32
    }

    /// One step of smearing, as the filter leaves it.
    fn smeared(block: &Block) -> Block {
        let near = |at: usize| [at.saturating_sub(1), at, (at + 1).min(SIDE - 1)];
        drawn(|x, y| near(y).iter().flat_map(|y| near(x).map(|x| block[*y][x])).sum::<f32>() / 9.0)
    }

    #[test]
    fn bars_and_stripes_are_blank() {
        let cases: [(&str, Block); 9] = [
            ("one colour", drawn(|_, _| 200.0)),
            ("half and half", drawn(|x, _| if x < 32 { 0.0 } else { 255.0 })),
            ("a letterbox around nothing", drawn(|_, y| if (10..54).contains(&y) { 180.0 } else { 0.0 })),
            ("a pillarbox around nothing", drawn(|x, _| if (6..58).contains(&x) { 90.0 } else { 0.0 })),
            ("a frame", drawn(|x, y| if (9..50).contains(&x) && (12..55).contains(&y) { 255.0 } else { 20.0 })),
            ("a frame in a frame", drawn(|x, y| [0.0, 255.0, 80.0][x.min(y).min(63 - x).min(63 - y).min(29) / 10])),
            ("stripes", drawn(|_, y| (y / 7 % 2 * 255) as f32)),
            ("a gradient", drawn(|x, _| x as f32 * 4.0)),
            ("frame and noise", drawn(|x, y| if x < 9 || y < 9 { 0.0 } else { 200.0 + (rich(x, y) - 128.0) / 100.0 })),
        ];
        for (name, block) in cases {
            assert!(is_blank(&block), "{name}");
            assert!(is_blank(&smeared(&block)), "{name}, smeared");
        }
    }

    #[test]
    fn pictures_are_not_blank_with_bars_or_without() {
        let bar = |at: usize, from: usize, to: usize| !(from..to).contains(&at);
        let cases: [(&str, Block); 6] = [
            ("a picture", drawn(rich)),
            ("in a letterbox", drawn(|x, y| if bar(y, 14, 50) { 0.0 } else { rich(x, y) })),
            ("in a pillarbox", drawn(|x, y| if bar(x, 20, 44) { 255.0 } else { rich(x, y) })),
            ("in a frame", drawn(|x, y| if bar(x, 8, 56) || bar(y, 8, 56) { 30.0 } else { rich(x, y) })),
            ("a small mark on white", drawn(|x, y| if bar(x, 26, 38) || bar(y, 27, 37) { 255.0 } else { rich(x, y) })),
            (
                "two discs",
                drawn(|x, y| {
                    if (x as f32 - 20.0).hypot(y as f32 - 25.0) < 14.0 || (x as f32 - 50.0).hypot(y as f32 - 48.0) < 9.0 {
                        0.0
                    } else {
                        250.0
                    }
                }),
            ),
        ];
        for (name, block) in cases {
            assert!(!is_blank(&block), "{name}");
        }
    }

    #[test]
    fn without_bars_the_measure_is_that_of_the_reference() {
        let whole = Inside { top: 0, bottom: SIDE, left: 0, right: SIDE };
        let block = drawn(rich);
        assert_eq!(Inside::of(&block), whole, "nothing to take away");
        let slow: i64 = (0..SIDE)
            .flat_map(|y| (0..SIDE).map(move |x| (x, y)))
            .map(|(x, y)| {
                let step = |other: f32| i64::from((((block[y][x] - other) * 100.0) / 255.0) as i32).abs();
                let right = if x + 1 < SIDE { step(block[y][x + 1]) } else { 0 };
                let below = if y + 1 < SIDE { step(block[y + 1][x]) } else { 0 };
                right + below
            })
            .sum();
        assert!((slow - whole.steps(&block) as i64).abs() <= 40, "up to rounding at whole steps: {slow} and {}", whole.steps(&block));
    }
}
