//! F31 to F45: what changes while it is watched, and what stops being watched. Nothing is missed, and what is wrong is named.

use std::fs::{File, FileTimes};
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant, SystemTime};

use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::harness::{Need, Run};
use super::mounts::Mounted;
use crate::support::{Home, PROGRAM, Watch, eventually, pause, ran, text};

/// A fault has to be named within this: what design and tests promise. Looked at by asking `status`, as a person would.
const NAMED_WITHIN: Duration = Duration::from_secs(5);
/// Without a new row for so long nothing more is coming.
const NO_PROGRESS: Duration = Duration::from_secs(60);

/// Waits until the site has this many files and every one has ended its check. Long for a busy machine, as long as it gets on.
#[track_caller]
pub fn all_are_checked(home: &Home, files: i64) {
    let (mut before, mut since) = ((0, 0), Instant::now());
    loop {
        let known = home.query("SELECT count(*) FROM upload WHERE current = 1 AND place = 'site'");
        let ended = home.query("SELECT count(*) FROM upload WHERE current = 1 AND place = 'site' AND state = 'checked'");
        if (known, ended) == (files, files) {
            return;
        }
        if (known, ended) != before {
            (before, since) = ((known, ended), Instant::now());
        }
        assert!(since.elapsed() < NO_PROGRESS, "{known} of {files} files have a row, {ended} are checked, and nothing goes on");
        pause(Duration::from_millis(100));
    }
}

/// Codes of the problems that `status` names.
fn problems(home: &Home) -> Vec<String> {
    let status = home.ok(["status"]);
    status["problems"].as_array().into_iter().flatten().filter_map(|problem| problem["code"].as_str().map(str::to_owned)).collect()
}

/// Waits for a health of the site, and says how long that took after `since`.
#[track_caller]
fn becomes(home: &Home, health: &[&str], why: &str) -> Duration {
    let since = Instant::now();
    eventually(why, || health.contains(&home.ok(["site", "show", "forum"])["health"].as_str().unwrap_or_default()).then_some(()));
    since.elapsed()
}

fn is_health(health: &'static str) -> impl Fn(&Value) -> bool {
    move |event| event["event"] == "health" && event["health"] == health
}

#[test]
fn f31_ten_thousand_files_at_once_are_all_seen() {
    let Some(run) = Run::begin("F31", &[]) else { return };
    let files = run.amount(10_000, 100_000);
    let home = Home::with_site();
    let _watch = home.watch();
    for number in 0..files {
        home.upload(&format!("{number}.txt"), format!("burst {number}"));
    }
    all_are_checked(&home, files.cast_signed());
    run.end(files, "files, 0 missed");
}

#[test]
fn f32_a_file_written_right_after_its_folder_is_seen() {
    let Some(run) = Run::begin("F32", &[]) else { return };
    let folders = run.amount(2_000, 20_000);
    let home = Home::with_site();
    let _watch = home.watch();
    for number in 0..folders {
        std::fs::create_dir(home.site().join(format!("d{number}"))).expect("a folder");
        home.upload(&format!("d{number}/f.txt"), format!("at once {number}"));
    }
    all_are_checked(&home, folders.cast_signed());
    run.end(folders, "folders with a file, 0 missed");
}

#[test]
fn f33_folders_moved_in_whole_are_seen_whole() {
    let Some(run) = Run::begin("F33", &[]) else { return };
    let folders = run.amount(1_000, 10_000);
    let home = Home::with_site();
    let made = home.beside("made");
    for number in 0..folders {
        let deep = made.join(format!("m{number}/deep"));
        std::fs::create_dir_all(&deep).expect("folders");
        std::fs::write(deep.join("below.txt"), format!("below {number}")).expect("a file");
        std::fs::write(made.join(format!("m{number}/f.txt")), format!("in {number}")).expect("a file");
    }
    let _watch = home.watch();
    for number in 0..folders {
        let name = format!("m{number}");
        rustix::fs::rename(made.join(&name), home.site().join(&name)).expect("moved in whole");
    }
    all_are_checked(&home, 2 * folders.cast_signed());
    run.end(folders, "folders with two files, 0 missed");
}

/// Whether all threads of a process are stopped (state T of proc_pid_stat(5), behind the name in brackets).
fn all_stand_still(process: u32) -> bool {
    let threads = std::fs::read_dir(format!("/proc/{process}/task")).expect("our own child");
    threads.flatten().all(|thread| {
        let stat = std::fs::read_to_string(thread.path().join("stat")).unwrap_or_default();
        stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('T'))
    })
}

#[test]
fn f34_an_overflow_of_events_is_said_and_caught_up_by_a_full_sweep() {
    let Some(run) = Run::begin("F34", &[]) else { return };
    let home = Home::with_site();
    let mut watch = home.watch();
    let process = Pid::from_raw(watch.id().cast_signed()).expect("a process has a number");
    let before = watch.said();
    kill_process(process, Signal::STOP).expect("our own child can be stopped");
    // On a busy machine its threads stop one after the other, and the one that reads events might go on for a while.
    eventually("every thread of it stands still", || all_stand_still(watch.id()).then_some(()));
    // Two files in turn, since the system joins equal events that follow each other; three events a round fill its queue of 16,384.
    for round in 0..6_000 {
        home.upload(&format!("full-{}", round % 2), round.to_string());
    }
    let files = run.amount(500, 20_000);
    for number in 0..files {
        home.upload(&format!("lost-{number}.txt"), format!("its event was lost {number}"));
    }
    kill_process(process, Signal::CONT).expect("our own child goes on");
    watch.wait_from(before, "that events were lost is a state", |event| is_health("polling")(event) && event["detail"] == "events_lost");
    watch.wait_from(before, "caught up by a full sweep", |event| event["event"] == "sweep" && event["caught_up"] == true);
    all_are_checked(&home, files.cast_signed() + 2);
    becomes(&home, &["watching"], "afterwards it is watched as before");
    run.end(files, "files without an event, 0 missed");
}

/// The program with a limit of its own user namespace, as root of it.
fn limited(home: &Home, limit: &str) -> Command {
    let mut command = Command::new("unshare");
    command.env_clear().env("HOME", home.beside("")).env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    let (name, value) = limit.split_once('=').expect("name=value");
    let script = format!("echo {value} >/proc/sys/user/{name} && exec \"$@\"");
    command.args(["-Ur", "sh", "-c", &script, "sh", PROGRAM, "--home"]).arg(home.dir());
    command
}

#[test]
fn f35_at_the_limit_of_watches_it_polls_says_so_and_misses_nothing() {
    let Some(run) = Run::begin("F35", &[Need::Root]) else { return };
    for (when, limit) in [("at start", 20), ("while running", 60)] {
        let home = Home::with_site();
        for number in 0..40 {
            std::fs::create_dir(home.site().join(format!("d{number}"))).expect("a folder");
        }
        let mut watch = Watch::of(limited(&home, &format!("max_inotify_watches={limit}")).args(["--json", "watch"]));
        if when == "while running" {
            watch.wait("40 folders are watched", is_health("watching"));
            for number in 40..80 {
                std::fs::create_dir(home.site().join(format!("d{number}"))).expect("a folder");
            }
        }
        let told = watch.wait(when, is_health("polling"));
        assert_eq!(told["detail"], "watch_limit", "{when}: it says why: {told}");
        assert!(problems(&home).iter().any(|code| code == "watch_limit"), "{when}: status names it");
        home.upload("d39/later.txt", "seen by a sweep");
        all_are_checked(&home, 1);
    }
    run.end(2, "limits, at start and while running");
}

#[test]
fn f36_at_the_limit_of_watchers_it_polls_says_so_and_misses_nothing() {
    let Some(run) = Run::begin("F36", &[Need::Root]) else { return };
    let home = Home::with_site();
    let mut watch = Watch::of(limited(&home, "max_inotify_instances=0").args(["--json", "watch"]));
    let told = watch.wait("it polls", is_health("polling"));
    assert_eq!(told["detail"], "instance_limit", "it says why: {told}");
    assert!(problems(&home).iter().any(|code| code == "instance_limit"), "status names it");
    home.upload("later.txt", "seen by a sweep");
    all_are_checked(&home, 1);
    run.end(1, "limit");
}

#[test]
fn f37_a_folder_that_is_closed_and_opened_again_is_seen_without_a_click() {
    let Some(run) = Run::begin("F37", &[Need::Root, Need::Setpriv]) else { return };
    let home = Home::new();
    for made in [home.dir(), home.site().join("closed")] {
        std::fs::create_dir(&made).expect("a folder");
    }
    home.upload("closed/inside.txt", "inside");
    let everybody = |path: &Path, mode: u32| {
        std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).expect("root may");
    };
    everybody(&home.beside(""), 0o755);
    for owned in [home.dir(), home.site()] {
        std::os::unix::fs::chown(&owned, Some(65534), Some(65534)).expect("root may give away");
    }
    everybody(&home.site().join("closed"), 0o700);
    let as_nobody = |arguments: &[&str]| {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups", PROGRAM, "--json", "--home"]).arg(home.dir()).args(arguments);
        command
    };
    ran(&mut as_nobody(&["site", "add", &text(&home.site()), "--name", "forum"])).code(0, "the site is added");
    let mut watch = Watch::of(&mut as_nobody(&["watch"]));
    watch.wait("a folder that may not be listed is a row", |event| {
        event["event"] == "could_not_check" && event["reason"] == "permission_denied" && event["path"] == "closed"
    });
    home.upload("beside.txt", "beside");
    watch.wait("its siblings are seen", |event| event["event"] == "checked" && event["path"] == "beside.txt");
    everybody(&home.site().join("closed"), 0o755);
    watch.wait("opened again, it is looked into without a click", |event| {
        event["event"] == "checked" && event["path"] == "closed/inside.txt"
    });
    run.end(1, "folder closed and opened");
}

#[test]
fn f38_a_root_that_is_removed_replaced_or_a_link_stops_the_site_and_is_named_at_once() {
    let Some(run) = Run::begin("F38", &[]) else { return };
    let home = Home::with_site();
    for number in 0..20 {
        home.upload(&format!("{number}.txt"), number.to_string());
    }
    let mut watch = home.watch();
    all_are_checked(&home, 20);
    let aside = home.beside("aside");
    type Act<'a> = (&'a str, &'a str, &'a dyn Fn());
    let acts: [Act<'_>; 3] = [
        ("renamed", "missing", &|| ()),
        ("re-created", "replaced", &|| std::fs::create_dir(home.site()).expect("another folder")),
        ("a link", "replaced", &|| std::os::unix::fs::symlink("aside", home.site()).expect("a link")),
    ];
    for (what, health, act) in acts {
        let before = watch.said();
        rustix::fs::rename(home.site(), &aside).expect("moved away");
        act();
        let took = becomes(&home, &[health], what);
        assert!(took <= NAMED_WITHIN, "{what}: named after {took:?}");
        assert!(problems(&home).iter().any(|code| code == &format!("site_{health}")), "{what}: status says what to do");
        let counts = home.counts();
        assert_eq!((counts.files, counts.gone), (20, 0), "{what}: what cannot be seen is unknown, and not gone");
        if home.site().is_symlink() {
            rustix::fs::unlink(home.site()).expect("the link");
        } else if home.site().exists() {
            rustix::fs::rmdir(home.site()).expect("the empty folder");
        }
        rustix::fs::rename(&aside, home.site()).expect("moved back");
        watch.wait_from(before, what, is_health("watching"));
    }
    home.upload("after.txt", "after");
    all_are_checked(&home, 21);
    assert!(home.ok(["status"])["longest_blind_gap_s"].as_i64().is_some(), "the longest blind gap is told");
    assert!(home.query("SELECT count(*) FROM blind_gap WHERE to_at IS NOT NULL") >= 3, "each loss is on record, and is over");
    run.end(3, "roots lost and found again");
}

#[test]
fn f38_another_mount_below_the_root_is_a_row_and_its_siblings_are_checked() {
    let Some(run) = Run::begin("F38", &[Need::Root]) else { return };
    let home = Home::with_site();
    let below = home.site().join("mounted");
    std::fs::create_dir(&below).expect("a folder");
    let _mounted = Mounted::new("tmpfs", "tmpfs", "size=1m", &below);
    std::fs::write(below.join("inside.txt"), "inside").expect("a file");
    home.upload("beside.txt", "beside");
    drop(home.run(["sweep"]));
    let rows = home.rows();
    let reason = |name: &str| rows.iter().find(|row| row.name() == name).map(|row| row.reason.as_str());
    assert_eq!((reason("mounted"), reason("beside.txt")), (Some("mount_boundary"), Some("")), "{rows:?}");
    run.end(1, "mount below the root");
}

#[test]
fn f39_an_unmounted_site_is_missing_and_goes_on_when_it_is_back() {
    let Some(run) = Run::begin("F39", &[Need::Root, Need::LoopMount]) else { return };
    let home = Home::new();
    let disk = home.beside("disk");
    File::create(&disk).and_then(|file| file.set_len(16 << 20)).expect("a file as a disk");
    let made = ran(Command::new("mkfs.ext4").args(["-q", "-F"]).arg(&disk));
    assert_eq!(made.code, 0, "{}", made.err);
    let mut mounted = Some(Mounted::disk(&disk, &home.site()));
    home.ok(["site", "add", &text(&home.site()), "--name", "forum"]);
    for number in 0..20 {
        home.upload(&format!("{number}.txt"), number.to_string());
    }
    let mut watch = home.watch();
    all_are_checked(&home, 20);
    let before = watch.said();
    drop(mounted.take());
    let took = becomes(&home, &["missing"], "an empty folder is under it, and the site is missing");
    assert!(took <= NAMED_WITHIN, "named after {took:?}");
    let counts = home.counts();
    assert_eq!((counts.files, counts.gone), (20, 0), "what cannot be seen is unknown, and not gone");
    assert_eq!(watch.count(|event| event["event"] == "gone"), 0, "no event calls a file gone");
    let _back = Mounted::disk(&disk, &home.site());
    watch.wait_from(before, "it is watched again without a click", is_health("watching"));
    home.upload("after.txt", "after");
    all_are_checked(&home, 21);
    drop(watch);
    run.end(1, "disk unmounted and mounted again");
}

#[test]
fn f40_a_mount_without_events_is_polled_and_a_file_from_below_is_seen_within_one_interval() {
    let Some(run) = Run::begin("F40", &[Need::Root]) else { return };
    let home = Home::new();
    // An overlay cannot lie upon an overlay, as the temporary folder of a container may be.
    let tmpfs = home.beside("layers");
    std::fs::create_dir(&tmpfs).expect("a folder");
    let _layers = Mounted::new("tmpfs", "tmpfs", "size=8m", &tmpfs);
    for dir in ["lower", "upper", "work"] {
        std::fs::create_dir(tmpfs.join(dir)).expect("a folder");
    }
    let layer = |name: &str| text(&tmpfs.join(name));
    let options = format!("lowerdir={},upperdir={},workdir={}", layer("lower"), layer("upper"), layer("work"));
    let _mounted = Mounted::new("overlay", "overlay", &options, &home.site());
    home.ok(["site", "add", &text(&home.site()), "--name", "forum"]);
    let mut watch = home.watch();
    assert_eq!(home.ok(["site", "show", "forum"])["health"], "polling", "it is known that events cannot be relied on here");
    std::fs::write(tmpfs.join("upper/from-below.txt"), "no event tells of this").expect("a file");
    watch.wait("one interval is at most 19 s for a small site", |event| event["event"] == "checked" && event["path"] == "from-below.txt");
    drop(watch);
    run.end(1, "file written below an overlay");
}

#[test]
fn f43_what_is_made_and_deleted_before_it_is_read_leaves_no_wrong_row() {
    let Some(run) = Run::begin("F43", &[]) else { return };
    let files = run.amount(500, 10_000);
    let home = Home::with_site();
    let _watch = home.watch();
    for number in 0..files {
        let path = home.upload(&format!("short-{number}"), number.to_string());
        rustix::fs::unlink(&path).expect("deleted at once");
    }
    home.upload("stays.txt", "stays");
    all_are_checked(&home, 1);
    home.ok(["site", "show", "forum"]);
    eventually("what had a row is gone with its times", || {
        let open = home.query("SELECT count(*) FROM upload WHERE current = 1 AND path <> CAST('stays.txt' AS BLOB) AND place <> 'gone'");
        (open == 0).then_some(())
    });
    run.end(files, "files made and deleted");
}

#[test]
fn f44_a_storm_of_renames_and_exchanges_loses_and_doubles_nothing() {
    let Some(run) = Run::begin("F44", &[]) else { return };
    let rounds = run.amount(1_000, 20_000);
    let home = Home::with_site();
    let _watch = home.watch();
    for name in ["a", "b", "c"] {
        home.upload(name, format!("content of {name}"));
    }
    for round in 0..rounds {
        let [from, to] = match round % 3 {
            0 => ["a", "b"],
            1 => ["b", "c"],
            _ => ["c", "a"],
        };
        renameat_with(CWD, home.site().join(from), CWD, home.site().join(to), RenameFlags::EXCHANGE).expect("both are there");
        rustix::fs::rename(home.site().join(from), home.site().join("moved")).expect("renamed");
        rustix::fs::rename(home.site().join("moved"), home.site().join(from)).expect("renamed back");
    }
    eventually("each name has one row of what is there now", || {
        let (rows, at_rest) = (home.rows(), ["a", "b", "c"].map(|name| std::fs::read(home.site().join(name)).expect("a file")));
        let is_row = |(name, bytes): (&str, &Vec<u8>)| {
            let sql = format!(
                "SELECT count(*) FROM upload u JOIN content c ON c.id = u.content WHERE u.current = 1 AND u.place = 'site' AND u.state = 'checked'
                 AND u.path = CAST('{name}' AS BLOB) AND lower(hex(c.sha256)) = '{}'",
                crate::support::sha256(bytes)
            );
            home.query(&sql) == 1
        };
        let all = ["a", "b", "c"].into_iter().zip(&at_rest).all(is_row);
        (all && rows.iter().filter(|row| row.place == "site").count() == 3).then_some(())
    });
    run.end(rounds, "exchanges");
}

#[test]
fn f45_files_from_1970_and_2106_are_checked_like_others() {
    let Some(run) = Run::begin("F45", &[]) else { return };
    let home = Home::with_site();
    let _watch = home.watch();
    let mut file = File::create(home.site().join("old")).expect("a file");
    file.write_all(b"old").expect("written");
    for (name, seconds) in [("1970", 0), ("2106", 4_294_967_295_u64), ("1901", 0)] {
        let path = home.upload(name, name);
        let time = match name {
            "1901" => SystemTime::UNIX_EPOCH - Duration::from_secs(2_147_483_648),
            _ => SystemTime::UNIX_EPOCH + Duration::from_secs(seconds),
        };
        File::options().write(true).open(path).and_then(|file| file.set_times(FileTimes::new().set_modified(time))).expect("anybody may");
    }
    drop(file);
    all_are_checked(&home, 4);
    run.end(3, "files from other centuries");
}
