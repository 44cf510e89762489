//! Matching again asks only what changed. The judge matches every stored content with every list: after any steps both have found the same.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use engine::engine::{Core, listing, rematching, thresholds};
use engine::lists::import::Choices;
use engine::lists::reading::unheard;
use engine::lists::stored as stored_signals;
use engine::model::{Content, ContentId, ListId};
use engine::store::contents::{self, Picture, PictureSignal, Pixels};
use engine::store::switches::{self, Range};
use engine::store::{Connection, cases as stored, lists};
use engine::triage::cases::{self, Live, Trigger};
use engine::triage::matching;
use engine::{Engine, Options, SystemClock};
use fingerprint::signal::{Md5, Pdq, Quality, Reading, Sha1, Sha256, SignalKind, View};
use hashlist::Harm;
use proptest::prelude::*;

type Found = BTreeSet<(ContentId, ListId, String, SignalKind)>;

/// Contents and entries that there can be.
const CONTENTS: u8 = 10;
/// Lists that come and change.
const LISTS: [&str; 2] = ["first", "second"];

#[derive(Clone, Debug)]
enum Step {
    /// A file is found.
    Upload(u8),
    /// A list has these entries from now on.
    Import(usize, BTreeSet<u8>),
    /// A list goes back to its first version.
    RollBack(usize),
    Threshold(usize, u16),
    Remove(usize),
    /// In quiet time the index of what is stored is made.
    Gather,
    /// A list is switched by a process that ends before it compares.
    Killed(usize, u16),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let entries = proptest::collection::btree_set(0..CONTENTS, 0..6);
    let step = prop_oneof![
        4 => (0..CONTENTS).prop_map(Step::Upload),
        4 => (0..LISTS.len(), entries).prop_map(|(list, entries)| Step::Import(list, entries)),
        1 => (0..LISTS.len()).prop_map(Step::RollBack),
        1 => (0..LISTS.len(), 0..32_u16).prop_map(|(list, threshold)| Step::Threshold(list, threshold)),
        1 => (0..LISTS.len()).prop_map(Step::Remove),
        2 => Just(Step::Gather),
        1 => (0..LISTS.len(), 0..32_u16).prop_map(|(list, threshold)| Step::Killed(list, threshold)),
    ];
    proptest::collection::vec(step, 1..14)
}

/// Hashes of a few families: neighbours differ by four bits.
fn hash(number: u8) -> [u8; 32] {
    let mut bytes = [number / 4 * 0x3b; 32];
    bytes[usize::from(number % 4)] ^= 0b1111;
    bytes
}

fn content(number: u8) -> (Content, Picture) {
    let content = Content {
        sha256: Sha256::new([number; 32]),
        sha1: Sha1::new([number; 20]),
        md5: Md5::new([number; 16]),
        size: 100,
        kind: "image/png",
    };
    let signals = View::ALL.map(|view| {
        let turned = hash(number).map(|byte| byte.rotate_left(u32::from(view.number())));
        PictureSignal { hash: Pdq::new(turned), quality: Quality::new(80), view, frame: 0, reading: Reading::Reference, blank: false }
    });
    let picture = Picture { width: 9, height: 9, frames: 1, displayed: View::Original, signals: signals.to_vec(), near: Vec::new() };
    (content, picture)
}

struct Place {
    engine: Engine,
    dir: PathBuf,
}

impl Place {
    fn new(dir: &Path) -> Self {
        let options = Options { home: dir.join("home"), worker: PathBuf::from("/nonexistent"), clock: Arc::new(SystemClock::new()) };
        Self { engine: Engine::open(options).unwrap(), dir: dir.to_owned() }
    }

    fn core(&self) -> &Arc<Core> {
        self.engine.core().unwrap()
    }

    fn list(&self, list: usize) -> Option<ListId> {
        listing::by_name(self.core(), LISTS[list]).ok().map(|list| list.id)
    }

    /// What a check does at its end.
    fn upload(&self, number: u8) {
        let (content, picture) = content(number);
        let active = self.core().refresh_lists().unwrap();
        let found = matching::match_content(&active, &content, Some(&picture), 0).unwrap();
        let (live, generation) = (Live::of(&active, found), active.generation);
        let done = self.core().store.write(move |tx| {
            let id = contents::ensure(tx, &content)?;
            contents::set_pixels(tx, id, &Pixels::Done(picture))?;
            cases::apply(tx, id, &live, Trigger::Upload)?;
            contents::set_generation(tx, id, generation)
        });
        done.unwrap();
    }

    fn import(&self, list: usize, entries: &BTreeSet<u8>) {
        // Even numbers are known by a digest, odd ones by their look, some by both.
        let line = |number: &u8| match number % 3 {
            0 => format!("e{number},{},\n", Md5::new([*number; 16])),
            1 => format!("e{number},,{}\n", Pdq::new(hash(*number))),
            _ => format!("e{number},{},{}\n", Md5::new([*number; 16]), Pdq::new(hash(*number))),
        };
        let rows: String = entries.iter().map(line).collect();
        let file = self.dir.join("list.csv");
        std::fs::write(&file, format!("id,md5,pdq\n{rows}")).unwrap();
        let choices = Choices { name: Some(LISTS[list].to_owned()), harm: Some(Harm::Local), ..Choices::default() };
        // A list without entries is refused, which changes nothing.
        if let Ok(prepared) = listing::prepare(self.core(), &file, &choices, &unheard) {
            listing::commit(self.core(), prepared, true).unwrap();
        }
    }

    fn step(&self, step: &Step) {
        let core = self.core();
        match step {
            Step::Upload(number) => self.upload(*number),
            Step::Import(list, entries) => self.import(*list, entries),
            Step::RollBack(list) => _ = self.list(*list).map(|list| listing::roll_back(core, list, 1).unwrap()),
            Step::Threshold(list, threshold) => _ = self.list(*list).map(|list| thresholds::set(core, list, *threshold).unwrap()),
            Step::Remove(list) => _ = self.list(*list).map(|list| listing::remove(core, list).unwrap()),
            Step::Gather => stored_signals::make(&core.store, &core.home, &|| true).unwrap(),
            Step::Killed(list, threshold) => {
                let threshold = *threshold;
                _ = self.list(*list).map(|list| core.store.write(move |tx| lists::set_threshold(tx, list, threshold)).unwrap());
            }
        }
    }

    fn contents(&self) -> Vec<ContentId> {
        let mut all = Vec::new();
        let everything = Range { after: 0, last: i64::MAX, generation: i64::MAX, covered: -1 };
        let take = |connection: &Connection| {
            switches::each(connection, everything, &mut |content| {
                all.push(content.id);
                Ok(())
            })
        };
        self.core().store.read(take).unwrap();
        all
    }

    /// Live matches: content, list, entry, kind.
    fn found(&self) -> Found {
        let of = |id: ContentId| {
            self.core().store.read(|connection| stored::matches(connection, id)).unwrap().into_iter().map(move |row| (id, row))
        };
        let live = self.contents().into_iter().flat_map(of).filter(|(_, row)| row.withdrawn_at.is_none());
        live.map(|(id, row)| (id, row.found.list, row.found.entry_key, row.found.kind)).collect()
    }

    /// The same, by asking every list for every content.
    fn judged(&self) -> Found {
        let active = self.core().refresh_lists().unwrap();
        let mut judged = Found::new();
        for id in self.contents() {
            let row = self.core().store.read(|connection| contents::get(connection, id)).unwrap();
            let found = matching::match_content(&active, &row.content, row.pixels.as_ref().and_then(Pixels::picture), 0).unwrap();
            judged.extend(found.into_iter().map(|(found, _)| (id, found.list, found.entry_key, found.kind)));
        }
        judged
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn what_changed_is_asked_and_nothing_is_missed(steps in steps()) {
        let dir = tempfile::tempdir().unwrap();
        let place = Place::new(dir.path());
        for step in &steps {
            place.step(step);
            if !matches!(step, Step::Killed(..)) {
                rematching::all(place.core(), &mut |_, _| true).unwrap();
                prop_assert_eq!(place.found(), place.judged(), "after {:?}", step);
            }
        }
        rematching::all(place.core(), &mut |_, _| true).unwrap();
        prop_assert_eq!(place.found(), place.judged());
        prop_assert!(place.core().store.read(switches::waiting).unwrap().is_empty(), "nothing waits any more");
    }
}
