//! F16 to F24: reads and syncs that fail, disks that are full, read-only or die, and too few descriptors.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use super::disk::Disk;
use super::ground::Ground;
use super::harness::{Need, Run};
use crate::support::{Home, eventually, pause, ran, text};

fn place() -> tempfile::TempDir {
    tempfile::Builder::new().prefix("gatehouse-disk-").tempdir().expect("a directory")
}

/// Milliseconds until `status` names this problem; `None` if it does not within five seconds.
fn named(ground: &Ground, code: &str) -> Option<Duration> {
    let since = Instant::now();
    while since.elapsed() < Duration::from_secs(5) {
        let said = ground.run(&["status"]);
        if said.out.contains(&format!("\"{code}\"")) || said.err.contains(&format!("\"{code}\"")) {
            return Some(since.elapsed());
        }
        pause(Duration::from_millis(50));
    }
    None
}

#[test]
fn f16_a_file_that_cannot_be_read_is_named_tried_again_and_stops_no_other() {
    let Some(run) = Run::begin("F16", &[Need::Strace]) else { return };
    let mut count = 0;
    for how in ["error=EIO:when=1", "error=EIO:when=1+", "error=EIO:when=2+"] {
        let home = Home::with_site();
        home.upload("good.txt", "good");
        let bad = home.upload("bad.txt", vec![b'x'; 600_000]);
        let mut strace = Command::new("strace");
        strace
            .args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=read,pread64", "-e", &format!("inject=read,pread64:{how}"), "-P"])
            .arg(&bad);
        strace.arg(crate::support::PROGRAM).arg("--home").arg(home.dir()).args(["--json", "sweep"]);
        ran(&mut strace).code(0, "the sweep ends");
        let rows = home.rows();
        let row = |name: &str| rows.iter().find(|row| row.name() == name).unwrap_or_else(|| panic!("{name} has a row: {rows:?}")).clone();
        assert_eq!(row("good.txt").state, "checked", "{how}: the other one goes on");
        assert_eq!((row("bad.txt").state.as_str(), row("bad.txt").reason.as_str()), ("could_not_check", "io_error"), "{how}");
        let wait = home.query("SELECT retry_at - checked_at FROM upload WHERE reason = 'io_error'");
        assert!((55_000..=65_000).contains(&wait), "{how}: tried again after a minute: {wait} ms");
        home.change("UPDATE upload SET retry_at = 1 WHERE reason = 'io_error'");
        let mut watch = home.watch();
        watch.wait("it is tried again", |event| event["event"] == "checked" && event["path"] == "bad.txt");
        count += 1;
    }
    run.end(count, "ways in which a read fails");
}

#[test]
fn f17_a_sync_that_fails_is_never_called_a_success() {
    let Some(run) = Run::begin("F17", &[Need::Strace]) else { return };
    let temp = place();
    let root = temp.path().canonicalize().expect("there");
    let mut ground = Ground::new(root.join("home"), root.join("site"), &root, 3, run.seed());
    let mut failures = 0;
    for number in 0..run.amount(24, 1_000) {
        let call = ["fsync", "fdatasync"][usize::try_from(number % 2).expect("small")];
        let when = 1 + ground.below(8);
        let on = ["", "+"][usize::try_from(number / 2 % 2).expect("small")];
        let change = ground.next_change();
        let arguments: Vec<&str> = change.iter().map(String::as_str).collect();
        let ended = ran(&mut ground.injected(call, &format!("error=EIO:when={when}{on}"), None, &arguments));
        failures += u64::from(ended.code != 0);
        ground.decided(&change, &ended);
        ground.assert_nothing_lost(&format!("{call} {when}{on} failed in {change:?}: {} {}", ended.code, ended.err));
        ground.finish();
        ground.assert_whole(&format!("finished after {call} {when}{on} failed in {change:?}"));
    }
    assert!(failures > 0, "some were met");
    run.end(failures, "failed syncs that were told");
}

#[test]
fn f18_no_room_for_the_database_is_named_and_work_resumes_alone() {
    let Some(run) = Run::begin("F18", &[Need::Root]) else { return };
    let temp = place();
    let disk = Disk::in_memory(temp.path(), "small", "size=8m");
    let ground = Ground::new(disk.dir.join("home"), temp.path().join("site"), temp.path(), 2, run.seed());
    let watch =
        ground.command(&["watch"]).stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().expect("it starts");
    let mut watch = crate::support::Started(watch);
    eventually("it watches", || (ground.ok(&["status"]).last()["sites"][0]["health"] == "watching").then_some(()));
    disk.fill(0);
    for number in 0..400 {
        std::fs::write(ground.site.join(format!("late-{number}.txt")), format!("late {number}")).expect("the site has room");
    }
    let refused = ground.run(&["decide", "1", "keep", "--now"]);
    assert_eq!(refused.code, 2, "no room is no success: {} {}", refused.out, refused.err);
    let after = named(&ground, "no_room");
    assert!(after.is_some(), "the full disk is named within five seconds: {}", ground.run(&["status"]).out);
    assert!(!watch.has_ended(), "the watcher lives");
    disk.free();
    eventually("everything is checked, without a click", || ground.broken().is_empty().then_some(()));
    drop(watch);
    run.end(400, "files that came while the disk was full");
}

#[test]
fn f19_f20_no_room_in_the_vault_keeps_the_file_where_it_is_unharmed() {
    let Some(run) = Run::begin("F19", &[Need::Root]) else { return };
    let count = no_room_to_seal("size=12m", run.seed());
    run.end(count, "files without room in the vault");
    let Some(run) = Run::begin("F20", &[Need::Root]) else { return };
    let count = no_room_to_seal("size=12m,nr_inodes=80", run.seed());
    run.end(count, "files without inodes in the vault");
}

fn no_room_to_seal(limits: &str, seed: u64) -> u64 {
    let temp = place();
    let disk = Disk::in_memory(temp.path(), "small", limits);
    let mut ground = Ground::new(disk.dir.join("home"), temp.path().join("www/site"), temp.path(), 4, seed);
    let change = ground.next_change();
    if limits.contains("nr_inodes") {
        let used = (0..).take_while(|number| std::fs::write(disk.dir.join(format!("inode-{number}")), "").is_ok()).count();
        assert!(used < 80, "the inodes are used up");
    } else {
        disk.fill(600);
    }
    let arguments: Vec<&str> = change.iter().map(String::as_str).collect();
    let ended = ground.run(&arguments);
    ground.decided(&change, &ended);
    if !limits.contains("nr_inodes") {
        // Without an inode the database cannot even be read from outside.
        ground.assert_whole("without room");
    }
    if limits.contains("nr_inodes") {
        remove_all(&disk.dir);
    } else {
        disk.free();
    }
    ground.finish();
    ground.assert_whole("with room again");
    1
}

#[expect(clippy::disallowed_methods, reason = "what was made here")]
fn remove_all(dir: &Path) {
    for entry in std::fs::read_dir(dir).expect("there").map_while(Result::ok) {
        if entry.file_name().to_str().is_some_and(|name| name.starts_with("inode-")) {
            std::fs::remove_file(entry.path()).expect("it was made");
        }
    }
}

#[test]
fn f21_a_disk_that_dies_ends_the_watch_or_is_named_and_everything_comes_back() {
    let Some(run) = Run::begin("F21", &[Need::Root, Need::LoopMount]) else { return };
    let temp = place();
    let disk = Disk::ext4(temp.path(), "disk", 96);
    let ground = Ground::new(disk.dir.join("home"), disk.dir.join("site"), temp.path(), 3, run.seed());
    let watch =
        ground.command(&["watch"]).stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().expect("it starts");
    let mut watch = crate::support::Started(watch);
    eventually("it watches", || (ground.ok(&["status"]).last()["sites"][0]["health"] == "watching").then_some(()));
    disk.die();
    let since = Instant::now();
    let mut is_told = false;
    while since.elapsed() < Duration::from_secs(5) && !is_told {
        is_told = watch.has_ended() || ground.run(&["status"]).code != 0;
        pause(Duration::from_millis(100));
    }
    assert!(is_told, "the process ended, or says that its home does not answer");
    watch.kill();
    disk.again();
    ground.finish();
    ground.ok(&["sweep"]);
    ground.assert_whole("mounted again");
    run.end(1, "dead disks");
}

#[test]
fn f22_a_site_that_became_read_only_is_matched_and_its_take_down_is_a_listed_failure() {
    let Some(run) = Run::begin("F22", &[Need::Root, Need::LoopMount]) else { return };
    let temp = place();
    let disk = Disk::ext4(temp.path(), "disk", 64);
    let mut ground = Ground::new(temp.path().join("home"), disk.dir.join("www/site"), temp.path(), 2, run.seed());
    let change = ground.next_change();
    disk.remount("ro");
    let arguments: Vec<&str> = change.iter().map(String::as_str).collect();
    let ended = ground.run(&arguments);
    assert_eq!(ended.code, 2, "never called taken down: {} {}", ended.out, ended.err);
    ground.ok(&["sweep"]);
    ground.assert_whole("while it is read-only");
    let shown = ground.ok(&["show", &change[1]]).last();
    assert_eq!((&shown["state"], &shown["second_look"]), (&"open".into(), &"failed".into()), "it waits on top, with the cause: {shown}");
    disk.remount("rw");
    ground.run(&["decide", &change[1], "take-down", "--now"]).code(0, "once it can be written it goes");
    ground.assert_whole("writable again");
    run.end(1, "read-only sites");
}

#[test]
fn f23_a_home_that_cannot_be_written_or_made_is_refused_whole() {
    let Some(run) = Run::begin("F23", &[Need::Root, Need::Setpriv, Need::LoopMount]) else { return };
    let temp = place();
    let disk = Disk::ext4(temp.path(), "disk", 64);
    let home = disk.dir.join("home");
    std::fs::create_dir(&home).expect("an empty home");
    disk.remount("ro");
    let mut command = Command::new(crate::support::PROGRAM);
    let refused = ran(command.env_clear().arg("--home").arg(&home).args(["--json", "status"]));
    assert_eq!(refused.code, 2, "{}", refused.err);
    assert!(refused.err.contains("permission_denied"), "in words: {}", refused.err);
    assert_eq!(std::fs::read_dir(&home).expect("there").count(), 0, "no half start");
    // A directory of somebody else, as a user without rights.
    let program = temp.path().join("gatehouse");
    std::fs::copy(crate::support::PROGRAM, &program).expect("where everybody may run it");
    open_to_all(temp.path());
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--clear-groups"]).arg(&program).arg("--home").arg(temp.path().join("new")).args(["--json", "status"]);
    let refused = ran(command.env_clear());
    assert_eq!(refused.code, 2, "{}", refused.err);
    assert!(refused.err.contains("permission_denied"), "in words: {}", refused.err);
    assert!(!temp.path().join("new").exists(), "nothing was made");
    run.end(2, "homes that cannot be used");
}

fn open_to_all(dir: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(dir, std::fs::Permissions::from_mode(0o755)).expect("ours");
}

#[test]
fn f24_with_too_few_descriptors_nothing_is_skipped() {
    let Some(run) = Run::begin("F24", &[]) else { return };
    let home = Home::with_site();
    for dir in 0..60 {
        let folder = home.site().join(format!("d{dir}"));
        std::fs::create_dir(&folder).expect("a folder");
        for file in 0..5 {
            std::fs::write(folder.join(format!("{file}.txt")), format!("{dir} {file}")).expect("an upload");
        }
    }
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("ulimit -n 40; exec '{}' --home '{}' --json sweep", crate::support::PROGRAM, text(&home.dir()))]);
    let few = ran(shell.env_clear());
    let counts = home.counts();
    // Whatever could not be opened is a row with a reason, or the sweep says that it cannot vouch for the rest.
    assert!(few.code != 0 || counts.sum() == 300, "{} {counts:?} {}", few.code, few.err);
    home.sweep();
    let watch = home.start(["watch"]);
    eventually("all are checked", || (home.counts().checked == 300).then_some(()));
    drop(watch);
    run.end(300, "files with 40 descriptors");
}
