use std::path::Path;

use hashlist::Harm;

use super::*;
use crate::clock::TestClock;
use crate::engine::{Engine, Options};
use crate::lists::download::{Secrets, Source};
use crate::store::subscriptions::Changes;

/// 2026-11-29, for which the samples were signed.
const NOW: i64 = 1_795_910_400_000;
const SAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../hashlist/tests/samples");

struct Bench {
    dir: tempfile::TempDir,
    engine: Engine,
}

fn bench() -> Bench {
    let dir = tempfile::tempdir().unwrap();
    let options = Options { home: dir.path().join("home"), worker: "none".into(), clock: Arc::new(TestClock::at(NOW)) };
    Bench { engine: Engine::open(options).unwrap(), dir }
}

impl Bench {
    fn core(&self) -> &Arc<Core> {
        self.engine.core().unwrap()
    }

    fn begin(&self, origin: Origin) -> u64 {
        begin(self.core(), origin, Choices::default(), Given::offered()).unwrap()
    }

    /// Waits until no thread works on the offer, and looks at it.
    fn rested<T>(&self, look: impl Fn(&Offer) -> T) -> T {
        loop {
            let seen = self.core().offers.look(|offer| {
                let offer = offer.expect("an offer");
                (!matches!(offer.stage, Stage::Bringing(_) | Stage::Reading(..) | Stage::Importing(..))).then(|| look(offer))
            });
            match seen {
                Some(seen) => return seen,
                None => std::thread::sleep(Duration::from_millis(5)),
            }
        }
    }

    /// Why the offer, or the last answer to it, was refused.
    fn refusal(&self) -> Option<(Code, Option<String>)> {
        self.rested(|offer| {
            let refused = match &offer.stage {
                Stage::Refused(refused) => Some(refused),
                Stage::Ready(ready) => ready.refused.as_ref(),
                _ => None,
            };
            refused.map(|refused| (refused.code, refused.detail.clone()))
        })
    }

    fn is_ready(&self) -> bool {
        self.rested(|offer| matches!(offer.stage, Stage::Ready(_)))
    }

    fn imported(&self) -> Option<Done> {
        self.rested(|offer| if let Stage::Imported(done) = &offer.stage { Some(done.clone()) } else { None })
    }

    fn sources(&self) -> Vec<sources::SourceView> {
        sources::views(self.core()).unwrap()
    }

    fn published(&self) -> PathBuf {
        let dir = self.dir.path().join("published");
        std::fs::create_dir(&dir).unwrap();
        for entry in std::fs::read_dir(Path::new(SAMPLES).join("shl")).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                std::fs::copy(&path, dir.join(path.file_name().unwrap())).unwrap();
            }
        }
        dir
    }
}

fn followed(path: &Path) -> Origin {
    let source = Source::named(path.as_os_str()).unwrap();
    Origin::Followed(Wanted {
        source,
        interval: Some(3_600_000),
        may_be_private: false,
        root: None,
        other_hosts: Vec::new(),
        secrets: Secrets::none(),
    })
}

fn list_file(bench: &Bench, name: &str, content: &str) -> PathBuf {
    let file = bench.dir.path().join(name);
    std::fs::write(&file, content).unwrap();
    file
}

fn local(name: Option<&str>) -> Choices {
    Choices { harm: Some(Harm::Local), polarity: Some(hashlist::Polarity::Alert), name: name.map(str::to_owned), ..Choices::default() }
}

#[test]
fn a_file_counts_only_after_its_questions_are_answered_and_refused_answers_lose_nothing() {
    let bench = bench();
    let file = list_file(&bench, "own.txt", "5d41402abc4b2a76b9719d911017c592\n");
    let token = bench.begin(Origin::Once(file));
    assert!(bench.is_ready());
    accept(bench.core(), token, Choices::default(), Yes::default()).unwrap();
    assert_eq!(bench.refusal(), Some((Code::Question, Some("harm".to_owned()))), "what its entries are about is not known");

    let wrong = Choices { format: Some(hashlist::Format::Encase), ..local(None) };
    answer(bench.core(), token, wrong, None).unwrap();
    assert_eq!(bench.refusal().unwrap().0, Code::ListRefused, "it is no such file");
    assert!(bench.is_ready(), "and is shown as before");
    assert!(answer(bench.core(), token + 1, local(None), None).is_err(), "another offer is none");

    accept(bench.core(), token, local(None), Yes::default()).unwrap();
    let done = bench.imported().expect("every question is answered");
    assert_eq!((done.name.as_str(), done.entries), ("own", 1));
    end(bench.core(), token).unwrap();
    assert!(bench.core().offers.look(|offer| offer.is_none()));
}

#[test]
fn a_new_key_counts_only_after_its_words_were_compared_and_a_dropped_offer_leaves_no_place() {
    let bench = bench();
    let dir = bench.published();
    let token = bench.begin(followed(&dir));
    let words = bench.rested(|offer| match &offer.stage {
        Stage::Ready(ready) => ready.prepared.signing.as_ref().and_then(|signing| signing.first_use).map(|key| key.words().len()),
        _ => None,
    });
    assert_eq!(words, Some(8), "the words of the key are there to be compared");
    end(bench.core(), token).unwrap();
    assert!(bench.sources().is_empty(), "nobody said yes");

    let token = bench.begin(followed(&dir));
    assert!(bench.is_ready());
    accept(bench.core(), token, Choices::default(), Yes::default()).unwrap();
    assert_eq!(bench.refusal(), Some((Code::Question, Some("key".to_owned()))));
    accept(bench.core(), token, Choices::default(), Yes { key: true, ..Yes::default() }).unwrap();
    let done = bench.imported().expect("the words were compared");
    end(bench.core(), token).unwrap();
    let source = bench.sources().remove(0);
    assert_eq!(source.subscription.list, Some(done.list), "the place stays with its list");

    bench.begin(Origin::Again(source.subscription.id));
    assert!(bench.rested(|offer| matches!(offer.stage, Stage::UpToDate(list) if list == done.list)), "there is nothing newer");
}

#[test]
fn what_was_begun_and_never_became_a_list_is_forgotten_by_the_next_offer() {
    let bench = bench();
    let file = list_file(&bench, "own.txt", "5d41402abc4b2a76b9719d911017c592\n");
    let Origin::Followed(wanted) = followed(&file) else { panic!("a place") };
    // As a process leaves it that was ended in between.
    sources::add(bench.core(), &wanted).unwrap();
    bench.begin(followed(&file));
    assert!(bench.is_ready(), "the same place is free again");
    assert_eq!(bench.sources().len(), 1);
}

#[test]
fn a_place_is_changed_where_it_stands() {
    let bench = bench();
    let file = list_file(&bench, "own.txt", "5d41402abc4b2a76b9719d911017c592\n");
    let token = bench.begin(followed(&file));
    assert!(bench.is_ready());
    accept(bench.core(), token, local(Some("Mine")), Yes::default()).unwrap();
    let list = bench.imported().expect("it counts").list;
    let id = bench.sources()[0].subscription.id;
    let change = |stored: Changes, secrets| sources::change(bench.core(), id, sources::Change { stored, secrets });
    let paused = Changes { is_paused: Some(true), ..Changes::default() };
    assert!(change(paused, None).unwrap().is_paused);
    assert_eq!((bench.sources()[0].state, bench.sources()[0].next), ("paused", None));
    let too_often = Changes { interval: Some(Some(1000)), ..Changes::default() };
    assert_eq!(change(too_often, None).unwrap_err().code(), Code::BadArgument);
    let secret = Secrets::bearer("t").unwrap();
    assert_eq!(change(Changes::default(), Some(secret)).unwrap_err().code(), Code::BadArgument, "a file has no secrets");
    let hosts = Changes { other_hosts: Some(vec!["cdn.example".to_owned()]), ..Changes::default() };
    assert_eq!(change(hosts, None).unwrap_err().code(), Code::BadArgument, "and no hosts");

    list_file(&bench, "own.txt", "7d793037a0760186574b0282f2f435e7\n");
    let token = bench.begin(Origin::Again(id));
    assert!(bench.is_ready(), "a person may look at what is paused");
    accept(bench.core(), token, Choices::default(), Yes::default()).unwrap();
    assert_eq!(bench.imported().map(|done| (done.list, done.seq)), Some((list, 2)));
    let difference = listing::difference_before(bench.core(), list, 2).unwrap().expect("both indexes are here");
    assert_eq!((difference.added.len(), difference.withdrawn.len()), (1, 1));
    let back = listing::going(bench.core(), list, 1).unwrap();
    assert_eq!((back.difference.map(|it| it.withdrawn.len()), back.unnamed), (Some(1), 0));
    assert!(listing::difference_before(bench.core(), list, 1).unwrap().is_none(), "the first has none before it");
    assert!(listing::going(bench.core(), list, 9).is_err());
}

#[test]
fn a_download_that_hangs_is_dropped_and_nothing_of_it_stays() {
    let bench = bench();
    // It takes connections and says nothing, as a server that hangs.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("https://{}/list.txt", silent.local_addr().unwrap());
    let wanted = Wanted {
        source: Source::address(&address).unwrap(),
        interval: None,
        may_be_private: true,
        root: None,
        other_hosts: Vec::new(),
        secrets: Secrets::bearer("t").unwrap(),
    };
    let token = bench.begin(Origin::Followed(wanted));
    let host = bench.core().offers.look(|offer| offer.and_then(|offer| offer.host.clone()));
    assert_eq!(host, Some(silent.local_addr().unwrap().to_string()), "whom it asks is said");
    assert_eq!(answer(bench.core(), token, Choices::default(), None).unwrap_err().code(), Code::Busy, "it is on its way");
    end(bench.core(), token).unwrap();
    assert!(bench.sources().is_empty() && bench.core().offers.look(|offer| offer.is_none()));
    let Bench { dir, engine } = bench;
    drop(engine);
    let left = |folder: &str| std::fs::read_dir(dir.path().join("home").join(folder)).unwrap().count();
    assert_eq!(left("keys"), 0, "no secret stays");
    let parts = std::fs::read_dir(dir.path().join("home/lists")).unwrap().filter_map(std::result::Result::ok);
    let parts = parts.filter(|entry| entry.file_name().to_str().is_some_and(|name| name.contains("download"))).count();
    assert_eq!(parts, 0, "nor a cut download");
}
