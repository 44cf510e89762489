//! F01 to F10: the program, or a part of it, killed.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::ground::Ground;
use super::harness::{Need, Run};
use super::oracle::look_within;
use super::oracle::record::{Record, Recorder};
use crate::support::{Home, Random, eventually, pause, ran, sha256};

fn ground(temp: &tempfile::TempDir, count: u64, seed: u64) -> Ground {
    let root: PathBuf = temp.path().canonicalize().expect("it is there");
    Ground::new(root.join("home"), root.join("site"), &root, count, seed)
}

/// Every point of the program that has a name: see `engine::fault`.
const STAGES: [&str; 14] = [
    "drafted",
    "finalised",
    "planned",
    "intent",
    "moved",
    "synced",
    "out",
    "sealing",
    "sealed_synced",
    "verified",
    "vaulted",
    "sealed",
    "plain_removed",
    "restored",
];

#[test]
fn f01_a_kill_at_each_named_stage_is_finished_or_undone() {
    let Some(run) = Run::begin("F01", &[]) else { return };
    let temp = tempfile::tempdir().expect("a directory");
    let mut ground = ground(&temp, 3, run.seed());
    let (mut kills, mut met) = (0, std::collections::BTreeSet::new());
    for stage in STAGES.iter().cycle().take(usize::try_from(run.amount(28, 1_400).max(14)).expect("small")) {
        // A stage of sealing is not met while a file is put back: a few changes, until it is.
        for _ in 0..4 {
            let change = ground.next_change();
            let arguments: Vec<&str> = change.iter().map(String::as_str).collect();
            let ended = ran(ground.command(&arguments).env("GATEHOUSE_FAULT_POINT", format!("{stage}=kill")));
            ground.decided(&change, &ended);
            ground.assert_nothing_lost(&format!("killed at {stage} in {change:?}"));
            let was_killed = ended.code == -1;
            ground.finish();
            ground.assert_whole(&format!("finished after a kill at {stage} in {change:?}"));
            if was_killed {
                kills += 1;
                met.insert(*stage);
                break;
            }
        }
    }
    assert_eq!(met.len(), STAGES.len(), "every stage was met: {met:?}");
    run.end(kills, "kills at named stages");
}

#[test]
fn f02_a_kill_at_any_changing_call_is_finished_or_undone() {
    let Some(run) = Run::begin("F02", &[Need::Strace]) else { return };
    let temp = tempfile::tempdir().expect("a directory");
    let mut ground = ground(&temp, 4, run.seed());
    let wanted = run.amount(200, 10_000);
    let mut kills = 0;
    while kills < wanted {
        let change = ground.next_change();
        let strike = ground.strike(&change);
        let arguments: Vec<&str> = change.iter().map(String::as_str).collect();
        let ended = ran(&mut ground.injected(strike.call, &format!("signal=SIGKILL:when={}", strike.at), None, &arguments));
        ground.decided(&change, &ended);
        if ended.code == 0 || ended.code == 2 {
            // 2: the change had been made while its calls were counted.
            if ended.code == 0 {
                ground.never_made(&change, strike);
            }
            continue;
        }
        kills += 1;
        let moment = format!("kill {kills}, at call {} of {} in {change:?}", strike.at, strike.call);
        ground.assert_nothing_lost(&moment);
        // Now and then two kills in a row meet the recovery itself.
        if kills % 3 != 0 {
            ground.finish();
            ground.assert_whole(&format!("finished after {moment}"));
        }
    }
    ground.finish();
    ground.assert_whole("at the end");
    run.end(kills, "kills at a changing call");
}

#[test]
fn f03_a_worker_that_is_killed_twice_leaves_a_reason_and_the_others_go_on() {
    let Some(run) = Run::begin("F03", &[]) else { return };
    let home = Home::with_site();
    let big = image::DynamicImage::ImageRgb8(crate::support::picture_sized(7, 7_000, 7_000));
    let mut bytes = std::io::Cursor::new(Vec::new());
    big.write_to(&mut bytes, image::ImageFormat::Png).expect("a large picture");
    let mut watch = home.watch();
    home.upload("large.png", bytes.into_inner());
    let mut kills = 0;
    let reason = eventually("its end is told", || {
        kills += kill_workers_of(watch.id());
        let rows = home.rows();
        rows.into_iter().find(|row| row.name() == "large.png" && row.state != "found").map(|row| row.reason)
    });
    assert_eq!(reason, "decoder_crashed", "after {kills} kills");
    home.upload("next.png", crate::support::png(3));
    watch.wait("the next one is checked", |event| event["event"] == "checked" && event["path"] == "next.png");
    run.end(kills, "killed workers");
}

/// Kills every worker that this process has started.
fn kill_workers_of(parent: u32) -> u64 {
    let mut killed = 0;
    for entry in std::fs::read_dir("/proc").expect("Linux").map_while(Result::ok) {
        let Some(id) = entry.file_name().to_str().and_then(|name| name.parse::<i32>().ok()) else { continue };
        let Ok(stat) = std::fs::read_to_string(entry.path().join("stat")) else { continue };
        let of_parent = stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().nth(1)).is_some_and(|of| of == parent.to_string());
        if of_parent && let Some(id) = rustix::process::Pid::from_raw(id) {
            killed += u64::from(rustix::process::kill_process(id, rustix::process::Signal::KILL).is_ok());
        }
    }
    killed
}

#[test]
fn f07_random_kills_under_a_running_generator_leave_no_file_unaccounted() {
    let Some(run) = Run::begin("F07", &[]) else { return };
    let home = Home::with_site();
    home.list_of("mine", &[b"never uploaded"]);
    let record = home.beside("record");
    let mut recorder = Recorder::new(&record).expect("a record");
    let mut random = Random(run.seed());
    let (kills, mut made) = (run.amount(6, 200), 0);
    for round in 0..kills {
        let mut watch = home.start(["watch"]);
        let until = Instant::now() + Duration::from_millis(150 + random.below(900));
        while Instant::now() < until {
            let name = format!("{round}-{made}.txt");
            let content = format!("text {made} of {round}");
            home.upload(&name, &content);
            recorder.made(name.as_bytes(), &sha256(content.as_bytes())).expect("written");
            made += 1;
            // Sites remove files too; what their owner took away is owed no longer.
            if made % 11 == 0 {
                take_away(&home.site().join(&name));
                recorder.gone(name.as_bytes()).expect("written");
            }
        }
        watch.kill();
    }
    let watch = home.start(["watch"]);
    let record = Record::read(&record).expect("the record");
    let broken = look_within(&home.dir(), &home.site(), &record, Duration::from_secs(60)).expect("it can be looked at");
    assert!(broken.is_empty(), "{made} files: {broken:?}");
    drop(watch);
    run.end(made, &format!("files under {kills} kills"));
}

#[expect(clippy::disallowed_methods, reason = "the site removes its own file")]
fn take_away(path: &std::path::Path) {
    std::fs::remove_file(path).expect("it was made here");
}

#[test]
fn f08_asked_to_end_it_ends_within_two_seconds_in_the_middle_of_anything() {
    let Some(run) = Run::begin("F08", &[]) else { return };
    let temp = tempfile::tempdir().expect("a directory");
    let mut ground = ground(&temp, 6, run.seed());
    let times = run.amount(6, 100);
    for number in 0..times {
        let change = ground.next_change();
        let mut watch =
            ground.command(&["watch"]).stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().expect("it starts");
        pause(Duration::from_millis(700));
        let arguments: Vec<&str> = change.iter().map(String::as_str).collect();
        let ended = ground.run(&arguments);
        ground.decided(&change, &ended);
        pause(Duration::from_millis(ground.below(400)));
        let asked = Instant::now();
        let process = rustix::process::Pid::from_child(&watch);
        rustix::process::kill_process(process, rustix::process::Signal::TERM).expect("our own child");
        let code = eventually("it ends", || watch.try_wait().expect("our own child"));
        assert!(asked.elapsed() < Duration::from_secs(2), "number {number}: {:?}", asked.elapsed());
        assert_eq!(code.code(), Some(0), "number {number}: a clean end");
        ground.assert_nothing_lost(&format!("asked to end, number {number}"));
    }
    ground.finish();
    ground.assert_whole("at the end");
    run.end(times, "clean ends");
}

#[test]
fn f09_a_panic_in_any_thread_ends_the_process_and_says_so() {
    const THREADS: [&str; 7] =
        ["thread_check", "thread_settle", "thread_sweep", "thread_clock", "thread_lists", "thread_rematch", "thread_seal"];
    let Some(run) = Run::begin("F09", &[]) else { return };
    for thread in THREADS {
        let home = Home::with_site();
        home.upload("a.txt", "text");
        let watch = ran(home.command().args(["--json", "watch"]).env("GATEHOUSE_FAULT_POINT", format!("{thread}=panic")));
        assert_eq!(watch.code, 2, "{thread}: {}", watch.err);
        assert!(watch.err.contains("stopped by a defect"), "{thread}: {}", watch.err);
        home.sweep();
        assert_eq!(home.counts().checked, 1, "{thread}: nothing is lost");
    }
    run.end(THREADS.len() as u64, "panics");
}
