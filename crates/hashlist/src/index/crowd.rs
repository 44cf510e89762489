//! The slots whose whole values a query must look at: usually a hundred, and for a query inside a cluster of near copies very many.

/// From this many slots on, a bitmap sees to it that none is kept twice. Below, comparing a value twice is cheaper than the bitmap.
const MARKED_FROM: usize = 4096;

/// Postings that a query may compare for each value of the index before it gives up the tables: four tags are an eighth of a value's bytes
/// each and compare faster, so that giving up costs less than half of what comparing all values costs.
const POSTINGS_PER_VALUE: usize = 4;

/// The share of all values that may be in a crowd: beyond it, reading them all in order is faster than one by one.
const VALUES_PER_SLOT: usize = 8;

/// Slots to look at.
pub(super) struct Crowd {
    slots: Vec<u32>,
    /// One bit a slot, once there are many.
    marked: Vec<u64>,
    postings_left: usize,
    most: usize,
    values: usize,
}

impl Crowd {
    /// An empty crowd for an index of this many values.
    pub(super) fn new(values: usize) -> Self {
        let most = (values / VALUES_PER_SLOT).max(MARKED_FROM);
        Self { slots: Vec::new(), marked: Vec::new(), postings_left: values.saturating_mul(POSTINGS_PER_VALUE), most, values }
    }

    /// Whether this many further postings should be compared. Once they should not, they never should again.
    #[inline(always)]
    pub(super) fn has_room_for(&mut self, postings: usize) -> bool {
        self.postings_left = self.postings_left.saturating_sub(postings);
        !self.is_too_large()
    }

    /// Whether comparing all values is the cheaper way.
    pub(super) fn is_too_large(&self) -> bool {
        self.postings_left == 0 || self.slots.len() > self.most
    }

    /// Takes a slot.
    pub(super) fn add(&mut self, slot: u32) {
        if self.marked.is_empty() {
            if self.slots.len() < MARKED_FROM {
                self.slots.push(slot);
                return;
            }
            self.marked = vec![0; self.values.div_ceil(64)];
            let slots = std::mem::take(&mut self.slots);
            slots.into_iter().for_each(|slot| self.add_once(slot));
        }
        self.add_once(slot);
    }

    fn add_once(&mut self, slot: u32) {
        // A slot beyond the values comes from a damaged table only; looking at its value says so.
        let known = self.marked.get_mut(slot as usize / 64).is_some_and(|word| {
            let bit = 1 << (slot % 64);
            let known = *word & bit != 0;
            *word |= bit;
            known
        });
        if !known {
            self.slots.push(slot);
        }
    }

    /// The slots; some may be there twice while they are few.
    pub(super) fn slots(&self) -> &[u32] {
        &self.slots
    }
}
