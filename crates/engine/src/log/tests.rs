use super::*;
use crate::clock::TestClock;

fn texts(dir: &Path, filter: &Filter) -> Vec<String> {
    page(dir, filter, None, 100).unwrap().entries.iter().map(Entry::text).collect()
}

fn log_in(dir: &Path, clock: &Arc<TestClock>) -> Log {
    Log::new(dir.to_owned(), clock.clone())
}

#[test]
fn lines_are_read_back_newest_first_and_filtered() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Arc::new(TestClock::at(1_790_000_000_000));
    let log = log_in(dir.path(), &clock);
    log.write(Line::new(Level::Info, What::Swept).site(SiteId::new(2)).count(18_204).ms(600));
    log.write(Line::new(Level::Warn, What::CouldNotCheck).upload(UploadId::new(7)).code("permission_denied"));
    log.write(Line::new(Level::Info, What::Acted).case(CaseId::new(1042)));
    let all = ["acted case=1042", "could_not_check upload=7 code=permission_denied", "swept site=2 count=18204 ms=600"];
    assert_eq!(texts(dir.path(), &Filter::default()), all);
    assert_eq!(texts(dir.path(), &Filter { level: Some(Level::Warn), ..Filter::default() }), all[1..2]);
    assert_eq!(texts(dir.path(), &Filter { search: "CASE=1042".to_owned(), ..Filter::default() }), all[..1]);
}

#[test]
fn pages_follow_each_other_over_the_days_without_a_gap() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Arc::new(TestClock::at(20_000 * DAY_MS));
    let log = log_in(dir.path(), &clock);
    for case in 1..=10 {
        log.write(Line::new(Level::Info, What::CaseChanged).case(CaseId::new(case)));
        clock.advance(std::time::Duration::from_secs(6 * 3600));
    }
    let (mut before, mut seen) = (None, Vec::new());
    loop {
        let part = page(dir.path(), &Filter::default(), before, 3).unwrap();
        seen.extend(part.entries.iter().map(|entry| entry.numbers[0].1));
        let Some(next) = part.next else { break };
        assert_eq!(Place::parse(&next.to_string()).unwrap(), next);
        before = Some(next);
    }
    assert_eq!(seen, (1..=10).rev().collect::<Vec<_>>());
    assert!(Place::parse("x").is_err());
}

#[test]
fn two_weeks_are_kept() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Arc::new(TestClock::at(20_000 * DAY_MS));
    let log = log_in(dir.path(), &clock);
    std::fs::write(dir.path().join("something-else.txt"), "stays").unwrap();
    for _ in 0..20 {
        log.write(Line::new(Level::Info, What::Watching));
        clock.advance(std::time::Duration::from_secs(86_400));
    }
    assert_eq!(days(dir.path()), (20_006..20_020).collect::<Vec<_>>());
    assert!(dir.path().join("something-else.txt").exists());
}

#[test]
fn what_is_not_ours_is_not_shown() {
    let dir = tempfile::tempdir().unwrap();
    let text = "{\"at\":1,\"level\":\"info\",\"what\":\"acted\",\"case\":\"a name\",\"code\":\"/home/ana\",\"person\":\"Ana\"}\n{\"at\":1,\"level\":\"info\",\"what\":\"said by Ana\"}\nnot json\n";
    std::fs::write(dir.path().join("2026-11-23.jsonl"), text).unwrap();
    assert_eq!(texts(dir.path(), &Filter::default()), ["acted"]);
}

#[test]
fn a_place_in_the_source_is_its_file_alone() {
    assert_eq!(place_of("/home/somebody/project/crates/engine/src/engine/check.rs"), "check");
}
