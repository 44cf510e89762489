//! The pictures of one run with their fingerprints: the originals, and their copies after every change.

use crate::changes::changed_file;
use crate::pictures::picture;
use crate::rows::{Change, Family};
use fingerprint::pdq::pdq;
use fingerprint::{Distance, NearDistance, NearHash, PdqViews, View, near};
use image::RgbImage;

/// One generated picture.
pub struct Original {
    pub family: Family,
    pub pixels: RgbImage,
    pub pdq: PdqViews,
    pub near: NearHash,
}

/// All generated pictures of one run.
pub struct Originals {
    pub pictures: Vec<Original>,
}

/// One copy after a change.
pub struct Copy {
    /// Place of the original.
    pub original: usize,
    pub change: Change,
    pub pixels: RgbImage,
    pub pdq: PdqViews,
    /// The bytes of the file are those of the original's.
    pub exact: bool,
    /// Bits between the copy as stored and the original as stored.
    pub distance: Distance,
    /// The least of the bits between the copy's eight views and the original.
    pub any_view: Distance,
    /// Bits between the second opinions on the two.
    pub near: NearDistance,
}

impl Copy {
    /// PDQ finds it as stored.
    pub fn is_near(&self) -> bool {
        self.distance <= Distance::NEAR_LIMIT && self.pdq.quality.is_matchable()
    }

    /// PDQ finds it in one of its eight views.
    pub fn is_near_in_a_view(&self) -> bool {
        self.any_view <= Distance::NEAR_LIMIT && self.pdq.quality.is_matchable()
    }
}

/// All copies of one run.
pub struct Copies {
    pub all: Vec<Copy>,
}

impl Originals {
    /// `of_each` pictures of each family.
    pub fn make(of_each: u64) -> Result<Self, Box<dyn std::error::Error>> {
        let mut pictures = Vec::new();
        for family in Family::ALL {
            for number in 0..of_each {
                let pixels = picture(family, number);
                let (width, height) = pixels.dimensions();
                let (pdq, near) = (pdq(&pixels, width, height)?, near(&pixels, width, height)?);
                pictures.push(Original { family, pixels, pdq, near });
            }
        }
        Ok(Self { pictures })
    }

    /// Bits between the second opinions on two pictures.
    pub fn second_opinion(&self, one: usize, other: usize) -> NearDistance {
        self.pictures[one].near.distance(&self.pictures[other].near)
    }

    /// Pairs of different pictures that PDQ calls near, both of a quality that is matched.
    pub fn near_pairs(&self) -> Vec<(usize, usize)> {
        let usable: Vec<usize> = (0..self.pictures.len()).filter(|at| self.pictures[*at].pdq.quality.is_matchable()).collect();
        let near = |one: usize, other: usize| {
            let [one, other] = [one, other].map(|at| self.pictures[at].pdq.get(View::Original));
            one.distance(&other) <= Distance::NEAR_LIMIT
        };
        usable
            .iter()
            .enumerate()
            .flat_map(|(place, one)| usable[place + 1..].iter().map(|other| (*one, *other)))
            .filter(|(one, other)| near(*one, *other))
            .collect()
    }
}

impl Copies {
    /// Every change of the first `of_each` pictures of each family whose quality is matched.
    pub fn make(originals: &Originals, of_each: usize) -> Result<Self, Box<dyn std::error::Error>> {
        let mut all = Vec::new();
        for family in Family::ALL {
            let chosen = originals.pictures.iter().enumerate().filter(|(_, original)| original.family == family);
            for (at, original) in chosen.filter(|(_, original)| original.pdq.quality.is_matchable()).take(of_each) {
                let plain = changed_file(Change::Same, &original.pixels, 0)?;
                for change in Change::ALL {
                    let file = changed_file(change, &original.pixels, at as u64)?;
                    let exact = file == plain;
                    let pixels = image::load_from_memory(&file)?.to_rgb8();
                    let views = pdq(&pixels, pixels.width(), pixels.height())?;
                    let own = original.pdq.get(View::Original);
                    let distances = views.hashes.map(|hash| hash.distance(&own));
                    let any_view = distances.into_iter().min().unwrap_or(distances[0]);
                    let near = near(&pixels, pixels.width(), pixels.height())?.distance(&original.near);
                    all.push(Copy { original: at, change, pixels, pdq: views, exact, distance: distances[0], any_view, near });
                }
            }
        }
        Ok(Self { all })
    }

    /// The copies that PDQ finds as stored.
    pub fn near(&self) -> impl Iterator<Item = &Copy> {
        self.all.iter().filter(|copy| copy.is_near())
    }
}
