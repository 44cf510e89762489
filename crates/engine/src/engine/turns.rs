//! One thread at a time for each content that is decoded; the others wait for its answer.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};

use super::core::lock;
use super::flow::NAP;
use crate::model::ContentId;

/// The contents that are somebody's turn.
#[derive(Debug, Default)]
pub(super) struct Turns {
    taken: Mutex<BTreeSet<ContentId>>,
    free: Condvar,
}

/// The right to decode one content. It is given on when this is dropped.
pub(super) struct Turn<'a> {
    turns: &'a Turns,
    content: ContentId,
}

impl Turns {
    /// Waits until no other thread decodes this content. `None` if `stop` is set meanwhile.
    pub(super) fn take(&self, content: ContentId, stop: &AtomicBool) -> Option<Turn<'_>> {
        let mut taken = lock(&self.taken);
        while !taken.insert(content) {
            if stop.load(Ordering::Relaxed) {
                return None;
            }
            taken = self.free.wait_timeout(taken, NAP).map_or_else(|poisoned| PoisonError::into_inner(poisoned).0, |(taken, _)| taken);
        }
        Some(Turn { turns: self, content })
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        lock(&self.turns.taken).remove(&self.content);
        self.turns.free.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_is_one_thread_s_at_a_time_and_others_are_free() {
        let (turns, go) = (Turns::default(), AtomicBool::new(false));
        let first = turns.take(ContentId::new(1), &go).expect("nobody has it");
        assert!(turns.take(ContentId::new(2), &go).is_some(), "another content is free");
        assert!(turns.take(ContentId::new(1), &AtomicBool::new(true)).is_none(), "it is taken, and the engine stops");
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| turns.take(ContentId::new(1), &go).is_some());
            drop(first);
            assert!(waiting.join().expect("it ends"), "given on");
        });
    }
}
