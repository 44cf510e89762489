//! The slots whose whole values a query must look at: usually a hundred, and for a query inside a cluster of near copies very many.

/// Up to this many slots, comparing a value twice is cheaper than seeing to it that none is there twice.
const FEW: usize = 256;

/// Tags that a query may compare for each value of the index before it gives up the tables: four are an eighth of a value's bytes each and
/// compare faster, so that giving up costs less than half of what comparing all values costs.
const TAGS_PER_VALUE: usize = 4;

/// The share of all values that may be looked at one by one: beyond it, reading them all in order is faster.
const VALUES_PER_SLOT: usize = 8;

/// Slots that may be looked at in a small index, whatever their share.
const ALWAYS: usize = 4096;

/// Whether comparing all values is cheaper than comparing this many tags.
pub(super) fn are_many_tags(tags: usize, values: usize) -> bool {
    tags > values.saturating_mul(TAGS_PER_VALUE)
}

/// Whether comparing all values is cheaper than looking at this many one by one.
pub(super) fn are_many_slots(slots: usize, values: usize) -> bool {
    slots > (values / VALUES_PER_SLOT).max(ALWAYS)
}

/// Drops slots that are there more than once, if there are many. They keep no order.
pub(super) fn thin_out(slots: &mut Vec<u32>) {
    if slots.len() <= FEW {
        return;
    }
    // A small hash table beats sorting five times over. No slot has this number: there are less than 2^31.
    const NONE: u32 = u32::MAX;
    let room = (slots.len() * 2).next_power_of_two();
    let mut known = vec![NONE; room];
    slots.retain(|slot| {
        // Multiplying spreads neighbours; the upper bits are the best mixed.
        let mut at = (u64::from(*slot).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize & (room - 1);
        while known[at] != NONE && known[at] != *slot {
            at = (at + 1) & (room - 1);
        }
        let is_new = known[at] == NONE;
        known[at] = *slot;
        is_new
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_slot_is_kept_once() {
        for count in [0, 1, FEW, FEW + 1, 5000] {
            let mut slots: Vec<u32> = (0..count as u32).map(|number| number.wrapping_mul(40_503) % 1000).collect();
            let mut expected = slots.clone();
            thin_out(&mut slots);
            for slots in [&mut slots, &mut expected] {
                slots.sort_unstable();
                slots.dedup();
            }
            assert_eq!(slots, expected, "none is lost of {count}");
        }
        let mut copies = vec![7; 3 * FEW];
        thin_out(&mut copies);
        assert_eq!(copies, [7], "none is there twice");
    }
}
