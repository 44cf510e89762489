//! Interleaved rounds, and ratios within a round: what slows the machine for a while slows both sides of a ratio.

use std::fmt;
use std::time::Instant;

/// Something measured: runs once and says how many milliseconds that took.
pub type Once<'a> = Box<dyn FnMut() -> f64 + 'a>;

/// A median with the smallest and the largest value.
#[derive(Clone, Copy, Debug)]
pub struct Spread {
    pub median: f64,
    least: f64,
    most: f64,
}

impl Spread {
    fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        Self { median: values[values.len() / 2], least: values[0], most: values[values.len() - 1] }
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = if self.median < 10.0 { 3 } else { 1 };
        f.pad(&format!("{:.digits$} ({:.digits$}–{:.digits$})", self.median, self.least, self.most))
    }
}

/// Milliseconds of every round, one list for each thing measured.
pub struct Rounds(Vec<Vec<f64>>);

impl Rounds {
    /// Runs each once a round, in order, after one round that does not count.
    pub fn run(rounds: usize, measured: &mut [Once<'_>]) -> Self {
        for once in &mut *measured {
            once();
        }
        let mut times = vec![Vec::with_capacity(rounds); measured.len()];
        for _ in 0..rounds {
            for (once, times) in measured.iter_mut().zip(&mut times) {
                times.push(once());
            }
        }
        Self(times)
    }

    /// Milliseconds of one.
    pub fn ms(&self, at: usize) -> Spread {
        Spread::of(self.0[at].clone())
    }

    /// One divided by another, round by round.
    pub fn ratio(&self, at: usize, to: usize) -> Spread {
        self.sum_ratio(&[at], to)
    }

    /// The sum of some divided by another, round by round.
    pub fn sum_ratio(&self, some: &[usize], to: usize) -> Spread {
        Spread::of((0..self.0[to].len()).map(|round| some.iter().map(|at| self.0[*at][round]).sum::<f64>() / self.0[to][round]).collect())
    }

    /// One divided by the sum of some, round by round.
    pub fn share(&self, at: usize, some: &[usize]) -> Spread {
        Spread::of((0..self.0[at].len()).map(|round| self.0[at][round] / some.iter().map(|at| self.0[*at][round]).sum::<f64>()).collect())
    }
}

/// Times a piece of work; its result is thrown away after the clock was read.
pub fn timed<'a, T>(mut work: impl FnMut() -> T + 'a) -> Once<'a> {
    Box::new(move || {
        let start = Instant::now();
        let result = std::hint::black_box(work());
        let took = start.elapsed().as_secs_f64() * 1e3;
        drop(result);
        took
    })
}
