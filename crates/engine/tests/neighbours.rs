//! Two homes and a published folder, driven by random steps: wherever the publisher stands when it publishes, a reader who looks stands there too.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use engine::engine::owning::{self, Named, Said};
use engine::engine::publishing::{self, USUAL_DAYS, Wanted};
use engine::engine::{Core, listing, looking, sources};
use engine::lists::active::ActiveLists;
use engine::lists::download::{Secrets, Source};
use engine::lists::import::Choices;
use engine::lists::reading::unheard;
use engine::lists::signed::Given;
use engine::store::lists;
use engine::{Engine, Options, SystemClock};
use hashlist::Harm;
use hashlist::shl::SecretKey;
use proptest::prelude::*;

/// Contents that come and go.
const CONTENTS: usize = 5;

/// One step of the publisher, or a look of the reader.
#[derive(Clone, Debug)]
enum Step {
    Put(usize),
    Withdraw(usize),
    /// To one of the versions that there are, by its place in percent.
    RollBack(u64),
    Publish,
    Look,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0..CONTENTS).prop_map(Step::Put),
        2 => (0..CONTENTS).prop_map(Step::Withdraw),
        1 => (0..100_u64).prop_map(Step::RollBack),
        3 => Just(Step::Publish),
        2 => Just(Step::Look),
    ];
    proptest::collection::vec(step, 1..16)
}

fn opened(dir: PathBuf) -> Engine {
    // Plain text needs no worker: there is no picture in it.
    Engine::open(Options { home: dir, worker: PathBuf::from("/nonexistent"), clock: Arc::new(SystemClock::new()) }).unwrap()
}

struct Publisher {
    engine: Engine,
    dir: PathBuf,
    key: SecretKey,
}

impl Publisher {
    fn new(dir: &Path) -> Self {
        let engine = opened(dir.join("publisher"));
        owning::make(engine.core().unwrap(), "Ours", Harm::Local).unwrap();
        let made = publishing::make_key(&dir.join("our.key"), None).unwrap();
        for number in 0..CONTENTS {
            std::fs::write(dir.join(format!("content-{number}")), format!("content {number}")).unwrap();
        }
        let key = publishing::read_key(&made.secret_file, &|| Ok(None)).unwrap();
        Self { engine, dir: dir.to_owned(), key }
    }

    fn core(&self) -> &Arc<Core> {
        self.engine.core().unwrap()
    }

    fn file(&self, number: usize) -> Named {
        Named::File(self.dir.join(format!("content-{number}")))
    }

    /// What there is to withdraw may be gone, and what is put may be there: neither changes anything.
    fn step(&self, step: &Step) {
        let list = listing::by_name(self.core(), "Ours").unwrap();
        match step {
            Step::Put(number) => drop(owning::put(self.core(), &list, &self.file(*number), &Said::default()).unwrap()),
            Step::Withdraw(number) => {
                let held = keys(self.core(), &self.dir);
                let was_there = held.contains(number);
                let gone = owning::withdraw(self.core(), &list, &self.file(*number), false, None);
                assert_eq!(gone.is_ok(), was_there, "what is there can be taken back: {number} of {held:?}");
            }
            Step::RollBack(percent) => {
                let versions = self.core().store.read(|connection| lists::next_seq(connection, list.id)).unwrap() - 1;
                listing::roll_back(self.core(), list.id, 1 + (versions - 1) * percent / 100).map(drop).unwrap();
            }
            Step::Publish => {
                let (wanted, web) = (Wanted { days: USUAL_DAYS, ..Wanted::default() }, self.dir.join("web"));
                let may_begin = web.exists() || !keys(self.core(), &self.dir).is_empty();
                assert_eq!(
                    publishing::publish(self.core(), &list, &web, &self.key, &wanted).is_ok(),
                    may_begin,
                    "an empty list is not begun"
                );
            }
            Step::Look => {}
        }
    }
}

/// Which contents the list "Ours" of a home names, asked like any upload.
fn keys(core: &Core, dir: &Path) -> BTreeSet<usize> {
    let list = listing::by_name(core, "Ours").unwrap();
    let active = ActiveLists::of_version(&core.home, &list, list.active_seq).unwrap();
    let index = &active.lists[0].index;
    let is_held = |number: &usize| {
        use sha2::Digest as _;
        let digest = sha2::Sha256::digest(std::fs::read(dir.join(format!("content-{number}"))).unwrap());
        index.exact(hashlist::SignalKind::Sha256, &digest).unwrap().next().is_some()
    };
    (0..CONTENTS).filter(is_held).collect()
}

/// Brings the reader to the newest version of the folder, adding the list at the first time.
fn look(core: &Arc<Core>, publisher: &Publisher) {
    if let Some(subscription) = sources::views(core).unwrap().first() {
        drop(looking::look(core, subscription.subscription.id, false, true).unwrap());
        return;
    }
    let wanted = sources::Wanted {
        source: Source::named(publisher.dir.join("web").as_os_str()).unwrap(),
        interval: None,
        may_be_private: false,
        root: None,
        other_hosts: Vec::new(),
        secrets: Secrets::none(),
    };
    let subscription = sources::add(core, &wanted).unwrap();
    let (choices, given) = (Choices::default(), Given::read(&publisher.key.public().to_string()).unwrap());
    let asked =
        looking::Asked { choices: &choices, given: Some(&given), is_person: false, stop: &core.stop, report: &|_| {}, hear: &unheard };
    match looking::find(core, &subscription, asked) {
        Ok(looking::Found::Newer(prepared)) => drop(listing::commit(core, *prepared, true).unwrap()),
        Ok(_) => panic!("a new list is new"),
        Err(halt) => panic!("{halt:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_reader_stands_where_the_publisher_last_published(steps in steps()) {
        let dir = tempfile::tempdir().unwrap();
        let publisher = Publisher::new(dir.path());
        let reader = opened(dir.path().join("reader"));
        let mut published: Option<BTreeSet<usize>> = None;
        for step in steps.iter().chain(&[Step::Publish, Step::Look]) {
            publisher.step(step);
            let is_followed = !sources::views(reader.core().unwrap()).unwrap().is_empty();
            match (step, &published) {
                (Step::Publish, _) if dir.path().join("web").exists() => published = Some(keys(publisher.core(), &publisher.dir)),
                // Nobody begins to follow a list that is empty now.
                (Step::Look, Some(published)) if is_followed || !published.is_empty() => {
                    look(reader.core().unwrap(), &publisher);
                    prop_assert_eq!(&keys(reader.core().unwrap(), &publisher.dir), published);
                }
                _ => {}
            }
        }
    }
}
