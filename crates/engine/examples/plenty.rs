//! Makes a home with very much in it, by the engine's own calls: `plenty HOME CASES UPLOADS`. The benchmarks of the store and of the window work on it.
//!
//! One paused site whose files do not exist, four lists of different harm, and CASES open cases among UPLOADS checked uploads: three of four met byte by
//! byte, the others as near copies; every tenth case has a second upload. All numbers are made from a seed, so that two homes hold the same.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a chore prints, and stops when it cannot run")]

#[path = "../benches/made/mod.rs"]
mod made;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use engine::engine::siting::{self, Wanted};
use engine::engine::{Core, listing};
use engine::lists::import::Choices;
use engine::lists::reading::unheard;
use engine::lists::take;
use engine::model::{FileIdentity, Site, SiteFile, SiteMode, SitePath, Sorted};
use engine::store::contents::{self, Pixels};
use engine::store::uploads::Outcome;
use engine::store::{settings, sites, switches, uploads};
use engine::triage::cases::{self, Live, Trigger};
use engine::triage::matching;
use engine::{Engine, Options, SystemClock};
use fingerprint::signal::Pdq;
use hashlist::{Harm, Polarity, Status};
use made::{content, random};

/// Uploads of one transaction.
const AT_ONCE: u64 = 5_000;
/// Every so many cases, one is a near copy.
const NEAR_EACH: u64 = 4;
/// The lists, with how many of ten cases each.
const LISTS: [(&str, Harm, u64); 4] =
    [("Forum list", Harm::Local, 2), ("Platform list", Harm::Tvec, 6), ("Closed list", Harm::Csam, 1), ("Shared list", Harm::Ncii, 1)];

/// Which list names a case.
fn list_of(case: u64) -> usize {
    let mut share = random(case) % 10;
    LISTS
        .iter()
        .position(|(_, _, tenths)| {
            let is_here = share < *tenths;
            share = share.wrapping_sub(*tenths);
            is_here
        })
        .unwrap_or(0)
}

/// One line of a list: the digest of the content, or a fingerprint some bits away from its own.
fn line(case: u64) -> String {
    let (content, picture) = content(case);
    if !case.is_multiple_of(NEAR_EACH) {
        return format!("entry-{case},{},,\n", content.sha256);
    }
    let mut near: [u8; 32] = *picture.signals[0].hash.as_bytes();
    for bit in 0..random(case + 1) % 30 {
        near[(bit as usize * 7) % 32] ^= 1 << (bit % 8);
    }
    format!("entry-{case},,{},90\n", Pdq::new(near))
}

fn add_lists(core: &Arc<Core>, cases: u64) {
    let mut texts: BTreeMap<usize, String> = BTreeMap::new();
    for case in 0..cases {
        texts.entry(list_of(case)).or_insert_with(|| "id,sha256,pdq,quality\n".to_owned()).push_str(&line(case));
    }
    for (number, text) in texts {
        let (name, harm, _) = LISTS[number];
        let taken = take::take_from(&core.home, text.as_bytes(), "plenty.csv").unwrap();
        let choices = Choices {
            name: Some(name.to_owned()),
            harm: Some(harm),
            polarity: Some(Polarity::Alert),
            trust: Some(Status::Confirmed),
            ..Choices::default()
        };
        let prepared = listing::prepare_taken(core, taken, &choices, &unheard).unwrap();
        listing::commit(core, prepared, true).unwrap();
    }
}

fn add_site(core: &Arc<Core>, folder: &Path) -> Site {
    std::fs::create_dir_all(folder).unwrap();
    let wanted = Wanted {
        folder: folder.to_owned(),
        name: Some("forum".to_owned()),
        mode: SiteMode::Live,
        preset: None,
        level: None,
        take_down: None,
        practice: false,
    };
    let site = siting::add(core, &wanted).unwrap();
    let id = site.id;
    // Its files are not there: a sweep would note that they are gone.
    core.store.write(move |tx| sites::pause(tx, id, Some(i64::MAX / 2))).unwrap();
    site
}

fn fill(core: &Core, site: &Site, wanted_cases: u64, wanted_uploads: u64) {
    let lists = core.refresh_lists().unwrap();
    let generation = core.store.read(switches::generation).unwrap();
    let contents = wanted_uploads - wanted_cases / 10;
    let started = Instant::now();
    for first in (0..wanted_uploads).step_by(AT_ONCE as usize) {
        let (site, lists) = (site.id, lists.clone());
        core.store
            .write(move |tx| {
                for number in first..(first + AT_ONCE).min(wanted_uploads) {
                    // After the contents, second uploads of every tenth case.
                    let of = if number < contents { number } else { (number - contents) * 10 };
                    let (content, picture) = content(of);
                    let path = format!("2026/{:02}/{number}.jpg", 1 + of % 12);
                    let file = SiteFile { site, path: SitePath::new(path.into_bytes()).unwrap() };
                    let identity = FileIdentity { device: 1, inode: number + 1, size: content.size, ctime_ns: 1 };
                    let id = contents::ensure(tx, &content)?;
                    let row = uploads::found(tx, &file, identity, 1, Some(&Sorted::default()))?;
                    uploads::finish(tx, row, Some(id), Outcome::Checked)?;
                    if number < wanted_cases {
                        let found = matching::match_content(&lists, &content, Some(&picture), tx.now)?;
                        contents::set_pixels(tx, id, &Pixels::Done(picture))?;
                        cases::apply(tx, id, &Live::of(&lists, found), Trigger::Upload)?;
                    } else {
                        contents::set_pixels(tx, id, &Pixels::NoPicture)?;
                    }
                    contents::set_generation(tx, id, generation)?;
                }
                Ok(())
            })
            .unwrap();
        if (first / AT_ONCE).is_multiple_of(20) {
            println!("{first} uploads after {:.0} s", started.elapsed().as_secs_f64());
        }
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let usage = "plenty HOME CASES UPLOADS";
    let home = PathBuf::from(arguments.next().expect(usage));
    let (cases, uploads): (u64, u64) = (arguments.next().expect(usage).parse().unwrap(), arguments.next().expect(usage).parse().unwrap());
    let options = Options { home: home.clone(), worker: PathBuf::from("gatehouse"), clock: Arc::new(SystemClock::new()) };
    let engine = Engine::open(options).unwrap();
    let core = engine.core().unwrap();
    let site = add_site(core, &home.with_extension("uploads"));
    add_lists(core, cases);
    fill(core, &site, cases, uploads);
    core.store.write(|tx| settings::set(tx, "first_run_done", "true")).unwrap();
    let counts = core.store.read(|connection| engine::store::inbox::counts(connection, core.clock.now_ms())).unwrap();
    println!("{uploads} uploads, {} cases in the inbox", counts.inbox);
}
