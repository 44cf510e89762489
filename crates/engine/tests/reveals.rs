//! Reveals against a real home: what is refused, what is on record before a pixel exists, what a limit does. The worker is a script that answers with a
//! generated pattern and leaves a mark when it was asked.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test stops at the first surprise, and a user of the site removes what is theirs"
)]

use std::os::fd::AsFd as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use engine::engine::viewing::{self, Wish};
use engine::engine::{Core, siting};
use engine::intake::identify;
use engine::intake::read::read_once;
use engine::model::viewing::{Cause, Limits, Refusal};
use engine::model::{CaseId, Match, MatchType, SiteFile, SiteMode, SitePath};
use engine::record::verify;
use engine::store::contents::{self, Picture, PictureSignal, Pixels};
use engine::store::uploads::{self, Outcome};
use engine::store::{inbox, lists, viewing as stored};
use engine::triage::cases::{self, Live, Trigger};
use engine::{Engine, Options, TestClock};
use fingerprint::frame::{Frame, JailLevel, Reply, write};
use fingerprint::rendition::Rendition;
use fingerprint::signal::{Distance, Quality, Reading, SignalKind, View};
use hashlist::{Harm, Polarity, Status};

const TODAY: i64 = 20_000;

struct Place {
    engine: Engine,
    clock: Arc<TestClock>,
    dir: tempfile::TempDir,
    case: CaseId,
    bytes: Vec<u8>,
}

/// A worker that reads one request for `len` bytes after the other and answers each with a small pattern; a file `asked` says that it ran.
fn worker(dir: &std::path::Path, len: usize) -> PathBuf {
    let reply = Reply::Rendition(Rendition { width: 2, height: 1, rgba: vec![9, 9, 9, 255, 200, 200, 200, 255] });
    std::fs::write(dir.join("reply"), write(&Frame { jail: JailLevel::Full, reply })).unwrap();
    let sent = fingerprint::frame::request::REQUEST_BYTES + len;
    let body = format!(
        "#!/bin/sh\nPATH=/usr/bin:/bin\ntouch {0}/asked\nwhile true; do head -c {sent} >/dev/null && cat {0}/reply; done\n",
        dir.display()
    );
    std::fs::write(dir.join("worker"), body).unwrap();
    std::fs::set_permissions(dir.join("worker"), std::fs::Permissions::from_mode(0o700)).unwrap();
    dir.join("worker")
}

fn a_match(core: &Core, harm: Harm, match_type: MatchType) -> Match {
    let list = core.store.read(lists::all).unwrap().remove(0);
    let near = match_type != MatchType::Exact;
    Match {
        list: list.id,
        list_version: list.active_seq,
        entry: 7,
        entry_key: "k7".to_owned(),
        harm,
        kind: if near { SignalKind::Pdq } else { SignalKind::Sha256 },
        match_type,
        distance: near.then_some(Distance(12)),
        threshold: near.then_some(Distance(31)),
        view: near.then_some(0),
        status: Status::Confirmed,
        labels: Vec::new(),
    }
}

impl Place {
    /// A site with one picture that these matches are about.
    fn with(matches: &[(Harm, MatchType)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let bytes = fingerprint::practice::pictures().remove(0).bytes;
        let site_dir = dir.path().join("site");
        std::fs::create_dir(&site_dir).unwrap();
        std::fs::write(site_dir.join("a.png"), &bytes).unwrap();
        let clock = Arc::new(TestClock::at(1_800_000_000_000));
        let options = Options { home: dir.path().join("home"), worker: worker(dir.path(), bytes.len()), clock: clock.clone() };
        let engine = Engine::open(options).unwrap();
        let core = engine.core().unwrap();
        let wanted = siting::Wanted {
            folder: site_dir.clone(),
            name: None,
            mode: SiteMode::Live,
            preset: None,
            level: None,
            take_down: None,
            practice: false,
        };
        let site = siting::add(core, &wanted).unwrap();
        let path = SitePath::new(b"a.png".to_vec()).unwrap();
        let root = identify::open_root(&site.root, site.root_identity).unwrap();
        let mut opened = identify::open_beneath(root.as_fd(), &path).unwrap();
        let reading = read_once(&mut opened, &AtomicBool::new(false), 1 << 30).unwrap();
        let (content, stat) = (reading.content, opened.stat);
        let live: Vec<_> = matches.iter().map(|(harm, of)| (a_match(core, *harm, *of), Polarity::Alert)).collect();
        let signal = |view: View| PictureSignal {
            hash: fingerprint::practice::practice_original_pdq().0,
            quality: Quality::new(80),
            view,
            frame: 0,
            reading: Reading::Reference,
            blank: false,
        };
        let picture = Picture {
            width: 9,
            height: 9,
            frames: 1,
            displayed: View::Original,
            signals: View::ALL.map(signal).to_vec(),
            near: Vec::new(),
        };
        let case = core
            .store
            .write(move |tx| {
                let upload = uploads::found(tx, &SiteFile { site: site.id, path }, stat.identity, stat.mtime_ns, None)?;
                let id = contents::ensure(tx, &content)?;
                contents::set_pixels(tx, id, &Pixels::Done(picture))?;
                uploads::finish(tx, upload, Some(id), Outcome::Checked)?;
                cases::apply(tx, id, &Live { found: live, silent: Vec::new() }, Trigger::Upload)
            })
            .unwrap()
            .unwrap();
        Self { engine, clock, dir, case, bytes }
    }

    fn core(&self) -> &Arc<Core> {
        self.engine.core().unwrap()
    }

    fn wish(&self, step: u8) -> Wish {
        Wish { case: self.case, step, reason: None, today: TODAY, wanted_ms: 5_000 }
    }

    fn open(&self, step: u8) -> Result<viewing::Opened, Refusal> {
        viewing::open(self.core(), self.wish(step)).unwrap()
    }

    fn was_asked(&self) -> bool {
        self.dir.path().join("asked").exists()
    }

    fn ledger(&self) -> Vec<String> {
        let detail = self.core().store.read(|connection| inbox::detail(connection, self.case)).unwrap();
        detail.history.into_iter().map(|row| row.verb).filter(|verb| verb.starts_with("reveal")).collect()
    }

    /// Shows one step from its beginning to its end.
    fn look(&self, step: u8, ms: i64) -> Result<(), Refusal> {
        let opened = self.open(step)?;
        self.clock.advance(Duration::from_millis(u64::try_from(ms).unwrap()));
        viewing::close(self.core(), opened.reveal, ms, Cause::Released).unwrap();
        Ok(())
    }
}

const NEAR: MatchType = MatchType::Near;

#[test]
fn ux_01_a_csam_case_refuses_every_step_and_touches_nothing() {
    for matches in
        [vec![(Harm::Csam, NEAR)], vec![(Harm::Unknown, MatchType::Turned)], vec![(Harm::Csam, MatchType::Exact), (Harm::Practice, NEAR)]]
    {
        let place = Place::with(&matches);
        place.core().store.write(|tx| stored::set_limits(tx, &Limits::LARGEST, TODAY)).unwrap();
        // Even a file that cannot be read is not asked about: the answer comes before it.
        std::fs::remove_file(place.dir.path().join("site/a.png")).unwrap();
        for step in 0..=9 {
            assert_eq!(place.open(step), Err(Refusal::Never));
        }
        let wish = Wish { reason: Some("I must".to_owned()), today: TODAY + 99, ..place.wish(1) };
        assert_eq!(viewing::open(place.core(), wish).unwrap(), Err(Refusal::Never));
        for reveal in 0..3 {
            assert_eq!(viewing::pixels(place.core(), reveal).unwrap_err(), Refusal::Never, "no number is worth trying");
        }
        assert!(!place.was_asked(), "no worker was started");
        assert_eq!(place.ledger(), Vec::<String>::new());
    }
}

#[test]
fn ux_02_a_withdrawn_match_keeps_ruling() {
    let place = Place::with(&[(Harm::Csam, NEAR)]);
    let core = place.core();
    let softer = (Match { entry_key: "k8".to_owned(), ..a_match(core, Harm::Practice, NEAR) }, Polarity::Alert);
    let content = core.store.read(|connection| inbox::one(connection, place.case)).unwrap().case.content;
    core.store.write(move |tx| cases::apply(tx, content, &Live { found: vec![softer], silent: Vec::new() }, Trigger::ListChange)).unwrap();
    assert_eq!(place.open(1), Err(Refusal::Never));
}

#[test]
fn ux_03_ux_07_the_row_is_on_record_before_the_first_pixel_and_pixels_come_once() {
    let place = Place::with(&[(Harm::Tvec, NEAR)]);
    let opened = place.open(1).unwrap();
    assert_eq!(place.ledger(), ["reveal_opened"]);
    assert!(!place.was_asked(), "no pixel exists yet");
    assert_eq!(place.open(1), Err(Refusal::Busy), "one at a time");
    let rendition = viewing::pixels(place.core(), opened.reveal).unwrap();
    assert_eq!(rendition.rgba.len(), (rendition.width * rendition.height * 4) as usize);
    assert!(rendition.rgba.chunks(4).all(|p| p[0] == p[1] && p[1] == p[2]), "no colour");
    assert_eq!(viewing::pixels(place.core(), opened.reveal).unwrap_err(), Refusal::Never, "once");
    place.clock.advance(Duration::from_millis(1_200));
    viewing::close(place.core(), opened.reveal, 999_999, Cause::Time).unwrap();
    viewing::close(place.core(), opened.reveal, 1, Cause::Released).unwrap();
    assert_eq!(place.ledger(), ["reveal_opened", "reveal_closed"], "closed once");
    let revealed = place.core().store.read(|connection| stored::of_case(connection, place.case)).unwrap();
    assert_eq!((revealed.times, revealed.ms, revealed.by.as_slice()), (1, 1_200, ["me".to_owned()].as_slice()), "capped by our own clock");
    let later = place.open(1).unwrap();
    viewing::close(place.core(), later.reveal, 0, Cause::Unpainted).unwrap();
    assert_eq!(viewing::pixels(place.core(), later.reveal).unwrap_err(), Refusal::Never, "closed is closed");
    let whole = verify::verify(&place.core().store, &place.dir.path().join("home/backup/ledger.jsonl")).unwrap();
    assert_eq!(whole.broken_at, None);
}

#[test]
fn ux_03_nothing_of_a_rendition_is_left_on_the_disk() {
    let place = Place::with(&[(Harm::Local, NEAR)]);
    let opened = place.open(1).unwrap();
    let rendition = viewing::pixels(place.core(), opened.reveal).unwrap();
    viewing::close(place.core(), opened.reveal, 10, Cause::Released).unwrap();
    let holds = |path: PathBuf, needle: &[u8]| std::fs::read(path).unwrap().windows(needle.len()).any(|part| part == needle);
    let mut waiting = vec![place.dir.path().join("home")];
    while let Some(dir) = waiting.pop() {
        for entry in std::fs::read_dir(dir).unwrap().map(Result::unwrap) {
            if entry.path().is_dir() {
                waiting.push(entry.path());
            } else {
                assert!(!holds(entry.path(), &rendition.rgba), "{:?}", entry.path());
                assert!(!holds(entry.path(), &place.bytes[64..128]), "{:?}", entry.path());
            }
        }
    }
}

#[test]
fn ux_07_without_a_record_nothing_is_shown() {
    let place = Place::with(&[(Harm::Tvec, NEAR)]);
    let database = place.dir.path().join("home/gatehouse.db");
    let outsider = rusqlite::Connection::open(database).unwrap();
    outsider
        .execute_batch(
            "CREATE TRIGGER broken BEFORE INSERT ON ledger WHEN NEW.verb = 'reveal_opened' BEGIN SELECT RAISE(ABORT, 'no room'); END",
        )
        .unwrap();
    assert_eq!(place.open(1), Err(Refusal::Record));
    assert!(!place.was_asked());
    assert_eq!(viewing::pixels(place.core(), 1).unwrap_err(), Refusal::Never);
    assert_eq!(place.ledger(), Vec::<String>::new());
    assert_eq!(place.core().store.read(|connection| stored::used(connection, "me", TODAY)).unwrap().day, 0);
}

#[test]
fn ux_07_what_a_crash_left_open_is_closed_with_the_longest_time() {
    let place = Place::with(&[(Harm::Tvec, NEAR)]);
    place.open(2).unwrap();
    let Place { engine, dir, clock, case, .. } = place;
    drop(engine);
    let engine = Engine::open(Options { home: dir.path().join("home"), worker: dir.path().join("worker"), clock }).unwrap();
    let core = engine.core().unwrap();
    assert_eq!(viewing::close_left(core).unwrap(), 1);
    assert_eq!(viewing::close_left(core).unwrap(), 0);
    let row = core.store.read(|connection| stored::last(connection, 9)).unwrap().remove(0);
    assert_eq!((row.case, row.shown_ms, row.cause), (case, Some(5_000), Some(Cause::NotClosed)));
}

#[test]
fn ux_08_limits_of_day_and_session_and_a_clock_that_goes_back() {
    let place = Place::with(&[(Harm::Tvec, NEAR)]);
    let core = place.core();
    for _ in 0..10 {
        place.look(1, 100).unwrap();
    }
    assert_eq!(place.look(1, 100), Err(Refusal::Budget), "a session has ten");
    viewing::stop(core, 0).unwrap();
    for _ in 0..10 {
        place.look(1, 100).unwrap();
    }
    viewing::stop(core, 0).unwrap();
    assert_eq!(place.look(1, 100), Err(Refusal::Budget), "a day has twenty");
    let back = Wish { today: TODAY - 3, ..place.wish(1) };
    assert_eq!(viewing::open(core, back).unwrap(), Err(Refusal::Budget), "a calendar that goes back refunds nothing");
    core.store.write(|tx| stored::set_limits(tx, &Limits { per_day: 50, ..Limits::default() }, TODAY)).unwrap();
    assert_eq!(place.look(1, 100), Err(Refusal::Budget), "looser counts tomorrow");
    let limits = |day| core.store.read(|connection| stored::limits(connection, day)).unwrap().per_day;
    assert_eq!((limits(TODAY), limits(TODAY + 1)), (20, 50));
    core.store.write(|tx| stored::set_limits(tx, &Limits { per_day: 5, ..Limits::default() }, TODAY)).unwrap();
    assert_eq!((limits(TODAY), limits(TODAY + 1)), (5, 5), "tighter counts at once, and the looser wish is gone");
    let tomorrow = Wish { today: TODAY + 1, ..place.wish(1) };
    assert!(viewing::open(core, tomorrow).unwrap().is_ok(), "the next day begins anew");
}

#[test]
fn the_time_of_the_day_cuts_the_last_reveal_short() {
    let place = Place::with(&[(Harm::Tvec, NEAR)]);
    let core = place.core();
    core.store.write(|tx| stored::set_limits(tx, &Limits { minutes_per_day: 1, ..Limits::LARGEST }, TODAY)).unwrap();
    for _ in 0..11 {
        viewing::stop(core, 0).unwrap();
        place.look(1, 5_000).unwrap();
    }
    viewing::stop(core, 0).unwrap();
    place.look(1, 3_000).unwrap();
    let opened = place.open(1).unwrap();
    assert_eq!(opened.longest_ms, 2_000, "58 of 60 seconds are used");
}

#[test]
fn a_changed_or_missing_file_is_not_shown() {
    let place = Place::with(&[(Harm::Tvec, NEAR)]);
    let file = place.dir.path().join("site/a.png");
    std::fs::write(&file, b"another one").unwrap();
    assert_eq!(place.open(1), Err(Refusal::Changed));
    std::fs::remove_file(&file).unwrap();
    assert_eq!(place.open(1), Err(Refusal::Gone));
    assert_eq!(place.ledger(), Vec::<String>::new());
    assert!(!place.was_asked());
}

#[test]
fn ncii_asks_for_a_reason_and_practice_counts_nothing() {
    let place = Place::with(&[(Harm::Ncii, NEAR)]);
    assert_eq!(place.open(1), Err(Refusal::Reason));
    let with_reason = Wish { reason: Some("distance".to_owned()), ..place.wish(1) };
    assert!(viewing::open(place.core(), with_reason).unwrap().is_ok());
    let practice = Place::with(&[(Harm::Practice, NEAR)]);
    for _ in 0..15 {
        practice.look(1, 10).unwrap();
    }
    assert_eq!(practice.open(3), Err(Refusal::Ceiling));
    assert_eq!(practice.core().store.read(|connection| stored::used(connection, "me", TODAY)).unwrap().day, 0);
    assert_eq!(practice.ledger().len(), 30, "all of it is on record");
}

#[test]
fn what_the_case_offers_is_cut_by_the_persons_own_limit() {
    let place = Place::with(&[(Harm::Local, NEAR)]);
    let detail = place.core().store.read(|connection| inbox::detail(connection, place.case)).unwrap();
    let offered = viewing::offered(place.core(), &detail, TODAY).unwrap();
    assert_eq!((offered.steps, offered.policy.steps, offered.is_up), (2, 4, false), "four by the list, two by the usual limit");
}
