//! A long list while it is read: somebody hears how far it is and can end it at every step, and then nothing is left.

use std::cell::RefCell;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use engine::clock::TestClock;
use engine::engine::{Options, listing};
use engine::lists::import::Choices;
use engine::lists::reading::Step;
use engine::{Code, Engine};
use hashlist::{Harm, Polarity, SignalKind};

/// Long enough for several steps of both kinds.
const LINES: u32 = 50_000;

fn files_below(dir: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    found.sort();
    found
}

#[test]
fn a_list_is_ended_at_every_step_and_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let options = Options { home: dir.path().join("home"), worker: "none".into(), clock: Arc::new(TestClock::at(1_795_910_400_000)) };
    let engine = Engine::open(options).unwrap();
    let core = engine.core().unwrap();
    let mut text = String::new();
    (0..LINES)
        .for_each(|line| writeln!(text, "{:064x}", u128::from(line).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835)).unwrap());
    let file = dir.path().join("long.txt");
    std::fs::write(&file, text).unwrap();
    let choices =
        Choices { harm: Some(Harm::Local), polarity: Some(Polarity::Alert), kind: Some(SignalKind::Sha256), ..Choices::default() };
    let lists = dir.path().join("home/lists");
    let before = files_below(&lists);

    let heard = RefCell::new(Vec::new());
    for last in 1.. {
        heard.borrow_mut().clear();
        let hear = |step| {
            heard.borrow_mut().push(step);
            heard.borrow().len() < last
        };
        match listing::prepare(core, &file, &choices, &hear) {
            Ok(prepared) => {
                assert_eq!(prepared.import.report.entries, u64::from(LINES));
                break;
            }
            Err(error) => assert_eq!((error.code(), heard.borrow().len()), (Code::Cancelled, last), "{error}"),
        }
        assert_eq!(files_below(&lists), before, "ended at step {last}");
    }

    let heard = heard.into_inner();
    let (reading, compiling): (Vec<Step>, Vec<Step>) = heard.iter().partition(|step| matches!(step, Step::Reading(..)));
    assert!(reading.len() >= 3 && compiling.len() >= 3, "{heard:?}");
    assert_eq!(heard, [reading.clone(), compiling.clone()].concat(), "it is compiled after it was read");
    for step in heard {
        let (Step::Reading(done, of) | Step::Compiling(done, of)) = step else { panic!("{step:?}: it is no database") };
        assert!(done <= of, "{step:?}");
    }
    assert_eq!(compiling[1], Step::Compiling(1 << 14, u64::from(LINES)));
    assert_eq!(files_below(&lists), before, "what was prepared and not committed leaves nothing either");
}
