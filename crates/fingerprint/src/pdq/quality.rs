//! How much there is to see in a picture, 0 to 100.

use super::Block;
use crate::signal::Quality;

/// Gradients are counted in hundredths of the full range, so that only visible ones count. Source: the reference, quality metric.
const GRADIENT_STEPS: f32 = 100.0;
/// Brightest value.
const FULL_RANGE: f32 = 255.0;
/// Sum of gradients for one point of quality. Source: the reference, "heuristic scaling factor".
const GRADIENTS_PER_POINT: i32 = 90;

/// Quality from the visible gradients between neighbours, 0 to 100. Source: the reference, `pdqImageDomainQualityMetric`.
#[inline(always)]
pub(super) fn quality(block: &Block) -> Quality {
    let down = block.iter().zip(block.iter().skip(1)).map(|(row, below)| gradients(row, below));
    let across = block.iter().map(|row| gradients(row, &row[1..]));
    let sum = down.chain(across).sum::<i32>();
    Quality::new((sum / GRADIENTS_PER_POINT).clamp(0, 100) as u8)
}

/// The whole steps between the values of two rows.
#[inline(always)]
fn gradients(some: &[f32], others: &[f32]) -> i32 {
    // Two pixel averages lie at most 255 apart: the sizes of the steps are whole numbers below 101, which the cast keeps.
    some.iter().zip(others).map(|(a, b)| ((((a - b) * GRADIENT_STEPS) / FULL_RANGE) as i32).abs()).sum()
}
