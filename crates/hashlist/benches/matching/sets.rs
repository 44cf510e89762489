//! The sets that are searched, and the queries: the same numbers on every machine.

use hashlist::Pdq;

/// A small generator (xorshift64*), so that every run and every peer sees the same sets.
#[derive(Clone)]
pub struct Numbers(pub u64);

impl Numbers {
    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        ((u128::from(self.next()) * end as u128) >> 64) as usize
    }

    /// That many bytes, a multiple of four.
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        for four in bytes.as_chunks_mut::<4>().0 {
            *four = ((self.next() >> 32) as u32).to_le_bytes();
        }
        bytes
    }

    /// This value with that many different bits flipped.
    pub fn flipped(&mut self, value: [u8; 32], bits: usize) -> [u8; 32] {
        let mut flips = [0u8; 32];
        while flips.iter().map(|byte| byte.count_ones() as usize).sum::<usize>() < bits {
            let bit = self.below(256);
            flips[bit / 8] |= 1 << (bit % 8);
        }
        std::array::from_fn(|at| value[at] ^ flips[at])
    }
}

/// What a set of PDQ values looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Independent even bits.
    Uniform,
    /// Three in ten lie within 20 bits of one of many centres, so within 40 of each other, 1,000 around each; one in 200 is one of ten values.
    Clustered,
    /// Neighbouring bits hang together and half of the bits are set, as in photographs.
    PhotoLike,
    /// Three in ten lie within 20 bits of *one* centre: the worst that is plausible.
    OneCluster,
}

impl Shape {
    /// The word in the tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Uniform => "uniform",
            Self::Clustered => "clustered",
            Self::PhotoLike => "photo-like",
            Self::OneCluster => "one cluster",
        }
    }

    /// The values of a set.
    pub fn values(self, count: usize) -> impl Iterator<Item = [u8; 32]> {
        let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15 ^ self as u64);
        let centres: Vec<[u8; 32]> = (0..(count * 3 / 10_000).max(1)).map(|_| numbers.bytes()).collect();
        let copies: [[u8; 32]; 10] = std::array::from_fn(|_| numbers.bytes());
        (0..count).map(move |_| match self {
            Self::Uniform => numbers.bytes(),
            Self::PhotoLike => photo_like(&mut numbers),
            Self::Clustered | Self::OneCluster => match numbers.below(1000) {
                0..300 => {
                    let last = if self == Self::OneCluster { 1 } else { centres.len() };
                    let (centre, bits) = (centres[numbers.below(last)], numbers.below(21));
                    numbers.flipped(centre, bits)
                }
                300..305 => copies[numbers.below(10)],
                _ => numbers.bytes(),
            },
        })
    }
}

/// Bits that repeat their left neighbour more often than not: 0.35 instead of 0.5 change, so that runs of bits collide far more often.
fn photo_like(numbers: &mut Numbers) -> [u8; 32] {
    let mut bytes = [0u8; 32];
    let mut bit = numbers.below(2) as u8;
    for at in 0..256 {
        bit ^= u8::from(numbers.below(100) < 35);
        bytes[at / 8] |= bit << (7 - at % 8);
    }
    bytes
}

/// Queries of a set: every fifth is a value of the set with up to 31 flipped bits, the others are new values of the same shape.
pub fn queries(shape: Shape, values: &[[u8; 32]], count: usize) -> Vec<Pdq> {
    let mut numbers = Numbers(0x1234_5678_9abc_def1);
    let fresh: Vec<[u8; 32]> = match shape {
        // The same centres and new members of them: the generator is taken up where the set ended.
        Shape::Clustered | Shape::OneCluster => shape.values(values.len() + count).skip(values.len()).collect(),
        Shape::Uniform => (0..count).map(|_| numbers.bytes()).collect(),
        Shape::PhotoLike => (0..count).map(|_| photo_like(&mut numbers)).collect(),
    };
    let near = |numbers: &mut Numbers| {
        let (value, bits) = (values[numbers.below(values.len())], numbers.below(32));
        numbers.flipped(value, bits)
    };
    fresh.into_iter().enumerate().map(|(at, fresh)| Pdq::new(if at % 5 == 0 { near(&mut numbers) } else { fresh })).collect()
}
