//! From a file in a folder to a row and a case: events, sweeps, crashes, and what cannot be read.

use std::fs::{File, FileTimes};
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use image::ImageFormat;
use rustix::fs::{CWD, Mode};

use crate::support::{
    Home, PROGRAM, Random, Started, Watch, encoded, eventually, jpeg, name_of_bytes, number, pause, picture, picture_sized, png, ran,
    sha256, text,
};

/// Contents with digests that anybody can look up: RFC 1321, RFC 3174 and FIPS 180 give them, or any encyclopedia.
const HELLO: (&[u8], &str) = (b"hello", "5d41402abc4b2a76b9719d911017c592");
const FOX: (&[u8], &str) = (b"The quick brown fox jumps over the lazy dog", "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12");
const ABC: (&[u8], &str) = (b"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");

fn is_checked(path: &str) -> impl Fn(&serde_json::Value) -> bool + '_ {
    move |event| event["event"] == "checked" && event["path"] == path
}

fn is_case_of(path: &str) -> impl Fn(&serde_json::Value) -> bool + '_ {
    move |event| event["event"] == "case" && event["path"] == path
}

#[test]
fn a_dropped_file_becomes_a_case_by_each_kind_of_exact_hash() {
    let home = Home::with_site();
    for (kind, (_, digest)) in [("md5", HELLO), ("sha1", FOX), ("sha256", ABC)] {
        let list = home.file(&format!("{kind}.txt"), format!("{digest}\n"));
        home.ok(["list", "add", &text(&list), "--name", kind, "--harm", "local", "--kind", kind]);
    }
    let mut watch = home.watch();
    for (name, kind, (content, _)) in [("a", "md5", HELLO), ("b", "sha1", FOX), ("c", "sha256", ABC)] {
        home.upload(name, content);
        let event = watch.wait("a listed file raises a case", is_case_of(name));
        assert_eq!((&event["match"], &event["state"]), (&"exact".into(), &"open".into()), "an exact match waits for a person: {event}");
        let case = home.case(number(&event["case"]));
        let matches = case["matches"].as_array().expect("matches are a list");
        assert_eq!(matches.len(), 1, "one list with one kind names it: {case}");
        assert_eq!((&matches[0]["kind"], &matches[0]["list"]), (&kind.into(), &kind.into()), "the match says by which hash of which list");
    }
    home.upload("d", "abcd");
    watch.wait("an unlisted file is checked", is_checked("d"));
    assert_eq!(watch.count(is_case_of("d")), 0, "an unlisted file raises nothing");
}

#[test]
fn a_second_copy_of_an_open_case_is_told_as_that_case() {
    let home = Home::with_site();
    home.list_of("mine", &[b"listed"]);
    let mut watch = home.watch();
    home.upload("first", "listed");
    let first = watch.wait("the listed file raises a case", is_case_of("first"));
    home.upload("second", "listed");
    watch.wait("its copy is checked", is_checked("second"));
    let told = home.case(number(&first["case"]));
    assert_eq!(told["files"], 2, "the copy belongs to the case: {told}");
    // The end of a check is told after its case, so there is nothing left to wait for.
    assert_eq!(watch.count(is_case_of("second")), 1, "from every listed file to its case there is an event");
}

#[test]
fn a_case_names_its_path_also_when_the_picture_takes_long_to_decode() {
    let home = Home::with_site();
    let large = picture_sized(3, 1_600, 1_200);
    let pictures: Vec<Vec<u8>> = (0..6_u8)
        .map(|mark| {
            let mut bytes = encoded(&large, ImageFormat::Bmp);
            bytes.push(mark);
            bytes
        })
        .collect();
    home.list_of("mine", &pictures.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let mut watch = home.watch();
    for (number, bytes) in pictures.iter().enumerate() {
        home.upload(&format!("{number}.bmp"), bytes);
    }
    watch.wait_for_all("every picture is checked", (0..6).map(|number| format!("{number}.bmp")));
    assert_eq!(home.all(["inbox"]).len(), 6, "every listed picture is a case");
    for number in 0..6 {
        // Matching stored signals again, every 250 ms, may meet a content between its first row and the end of its check.
        assert_eq!(watch.count(is_case_of(&format!("{number}.bmp"))), 1, "{number}.bmp: one event says which upload raised the case");
    }
}

#[test]
fn a_burst_of_1000_files_is_checked_without_a_gap() {
    let home = Home::with_site();
    let mut watch = home.watch();
    for number in 0..1_000 {
        home.upload(&format!("burst-{number}.txt"), format!("text {number}"));
    }
    watch.wait_for_all("every file of a burst is checked", (0..1_000).map(|number| format!("burst-{number}.txt")));
    let counts = home.counts();
    assert_eq!((counts.files, counts.checked, counts.waiting), (1_000, 1_000, 0), "each file has one row, and none waits");
}

#[test]
fn a_folder_with_1000_files_that_is_moved_in_whole_is_checked_whole() {
    let home = Home::with_site();
    let made = home.beside("made");
    std::fs::create_dir_all(made.join("deep")).expect("folders");
    for number in 0..1_000_u32 {
        let dir = if number.is_multiple_of(2) { "." } else { "deep" };
        std::fs::write(made.join(dir).join(format!("{number}.txt")), format!("moved {number}")).expect("a file");
    }
    let mut watch = home.watch();
    rename(&made, &home.site().join("in"));
    let path = |number: u32| if number.is_multiple_of(2) { format!("in/{number}.txt") } else { format!("in/deep/{number}.txt") };
    watch.wait_for_all("a folder moved in whole makes no event for its files, and none is missed", (0..1_000).map(path));
    assert_eq!(home.counts().checked, 1_000, "each has one row");
}

#[test]
fn files_written_right_after_their_folder_are_all_checked() {
    let home = Home::with_site();
    let mut watch = home.watch();
    for number in 0..300 {
        std::fs::create_dir(home.site().join(format!("d{number}"))).expect("a folder");
        home.upload(&format!("d{number}/f.txt"), format!("at once {number}"));
    }
    watch.wait_for_all("no file is lost between its folder and the watch on it", (0..300).map(|number| format!("d{number}/f.txt")));
    assert_eq!(home.counts().checked, 300, "each has one row");
}

#[test]
fn a_renamed_upload_is_found_at_its_new_name_and_stays_one_case() {
    let home = Home::with_site();
    home.list_of("mine", &[b"listed"]);
    let mut watch = home.watch();
    let before = home.upload("before", "listed");
    watch.wait("the listed file raises a case", is_case_of("before"));
    rename(&before, &home.site().join("after"));
    watch.wait("the new name is checked", is_checked("after"));
    watch.wait("the old name is gone", |event| event["event"] == "gone" && event["path"] == "before");
    let case = home.case(home.only_case());
    assert_eq!(case["files"], 1, "one file is in the site, whatever it was called: {case}");
    let places: Vec<(&str, &str)> = case["uploads"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|u| (u["path"].as_str().unwrap_or(""), u["place"].as_str().unwrap_or("")))
        .collect();
    assert!(places.contains(&("after", "site")), "the case names the new path: {places:?}");
}

#[test]
fn an_upload_that_grows_slowly_is_checked_exactly_once_when_it_is_complete() {
    let home = Home::with_site();
    let whole = Random(7).bytes(60_000);
    home.list_of("mine", &[&whole]);
    let mut watch = home.watch();
    let mut file = File::create(home.site().join("slow.bin")).expect("the upload begins");
    for piece in whole.chunks(10_000) {
        file.write_all(piece).expect("a piece arrives");
        pause(Duration::from_millis(300));
    }
    assert_eq!(watch.count(is_checked("slow.bin")), 0, "an unfinished upload is not checked");
    drop(file);
    let case = watch.wait("the complete upload raises its case", is_case_of("slow.bin"));
    assert_eq!(case["sha256"], sha256(&whole), "what was checked is the whole file");
    home.upload("later.txt", "later");
    watch.wait("a later file is checked", is_checked("later.txt"));
    let ends = watch.count(|event| event["path"] == "slow.bin" && ["checked", "could_not_check"].iter().any(|end| event["event"] == *end));
    assert_eq!(ends, 1, "it is checked once");
    assert_eq!(home.query("SELECT count(*) FROM upload WHERE path = x'736c6f772e62696e'"), 1, "no half of it was ever a row");
}

#[test]
fn f42_an_overwritten_file_is_found_although_its_time_was_put_back() {
    let home = Home::with_site();
    home.list_of("mine", &[b"bad!"]);
    let path = home.upload("same-name", "good");
    home.sweep();
    let modified = path.metadata().and_then(|metadata| metadata.modified()).expect("a time");
    home.upload("same-name", "bad!");
    File::options()
        .write(true)
        .open(&path)
        .and_then(|file| file.set_times(FileTimes::new().set_modified(modified)))
        .expect("the time is put back");
    home.sweep();
    let case = home.case(home.only_case());
    assert_eq!(case["uploads"][0]["path"], "same-name", "the time of the last change cannot be put back: {case}");
    assert_eq!(home.counts().files, 1, "the path has one current row");
    assert_eq!(home.query("SELECT count(*) FROM upload"), 2, "the earlier file stays as history");
}

#[test]
fn a_sweep_killed_in_the_middle_is_finished_by_the_next_one_without_loss_or_double() {
    let home = Home::with_site();
    let pictures: Vec<Vec<u8>> = (0..600).map(|seed| encoded(&picture_sized(seed, 64, 48), ImageFormat::Png)).collect();
    for (number, bytes) in pictures.iter().enumerate() {
        home.upload(&format!("{number}.png"), bytes);
    }
    let listed: Vec<&[u8]> = [5, 100, 250, 400, 599].map(|number: usize| pictures[number].as_slice()).to_vec();
    home.list_of("mine", &listed);
    let mut sweep = home.start(["sweep"]);
    let checked = "SELECT count(*) FROM upload WHERE state = 'checked'";
    eventually("the sweep gets somewhere", || (home.query(checked) >= 100).then_some(()));
    sweep.kill();
    let at_kill = home.query(checked);
    assert!(at_kill < 600, "the sweep was killed in the middle, not at its end");
    home.sweep();
    let counts = home.counts();
    assert_eq!((counts.files, counts.sum(), counts.waiting), (600, 600, 0), "every file is accounted for");
    assert_eq!(home.query("SELECT count(*) FROM upload"), 600, "no file has a second row, not even as history");
    assert_eq!(home.query("SELECT count(DISTINCT path) FROM upload WHERE current = 1"), 600, "every path has its row");
    assert_eq!(home.query("SELECT count(*) FROM content"), 600, "every content is stored once");
    let cases = home.all(["inbox", "--state", "all"]);
    assert_eq!(cases.len(), 5, "every listed picture is one case: {cases:?}");
    assert_eq!(home.query("SELECT count(*) FROM ledger WHERE verb = 'matched'"), 5, "the record says each match once");
    home.ok(["ledger", "verify"]);
}

#[test]
fn f37_what_may_not_be_read_is_listed_and_its_siblings_are_checked() {
    let home = Home::new();
    if !can_become_somebody_else() {
        return println!("skipped: becoming another user needs root, setpriv, and a program that everybody may run");
    }
    std::fs::create_dir(home.dir()).expect("the home");
    std::fs::create_dir(home.site().join("closed")).expect("a folder");
    for (name, content) in [("a.txt", "a"), ("secret.txt", "s"), ("z.txt", "z"), ("closed/inside.txt", "i")] {
        home.upload(name, content);
    }
    let whole = home.beside("");
    std::fs::set_permissions(&whole, PermissionsExt::from_mode(0o755)).expect("everybody may enter");
    for owned in [home.dir(), home.site(), home.site().join("a.txt"), home.site().join("z.txt")] {
        std::os::unix::fs::chown(&owned, Some(65534), Some(65534)).expect("root may give away");
    }
    for closed in ["secret.txt", "closed"] {
        std::fs::set_permissions(home.site().join(closed), PermissionsExt::from_mode(0o700)).expect("root keeps these");
    }
    let as_nobody = |arguments: &[&str]| {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups", PROGRAM, "--json", "--home"]).arg(home.dir()).args(arguments);
        ran(&mut command)
    };
    as_nobody(&["site", "add", &text(&home.site()), "--name", "forum"]).code(0, "the site is added");
    let swept = as_nobody(&["sweep"]);
    assert!(
        swept.code != 0 || swept.last()["complete"] == true,
        "a walk that saw all it may see is complete, or the exit code says otherwise"
    );
    let rows = home.rows();
    let state = |name: &str| rows.iter().find(|row| row.name() == name).map(|row| (row.state.as_str(), row.reason.as_str()));
    for seen in ["a.txt", "z.txt"] {
        assert_eq!(state(seen), Some(("checked", "")), "a sibling of what may not be read is checked: {rows:?}");
    }
    for closed in ["secret.txt", "closed"] {
        assert_eq!(
            state(closed),
            Some(("could_not_check", "permission_denied")),
            "what may not be read is a row with its reason: {rows:?}"
        );
    }
    let listed = as_nobody(&["inbox", "--state", "could-not-check"]).code(0, "the list is given").facts();
    assert!(listed.iter().filter(|row| row["reason"] == "permission_denied").count() == 2, "a person sees both: {listed:?}");
    let status = as_nobody(&["status"]).code(0, "status answers").last();
    let problems = status["problems"].as_array().expect("problems are a list");
    assert!(problems.iter().any(|problem| problem["code"] == "permission_denied"), "it is a problem that asks for the operator: {status}");
}

/// Whether this test may run the program as user 65534.
fn can_become_somebody_else() -> bool {
    let mut probe = Command::new("setpriv");
    probe.args(["--reuid=65534", "--regid=65534", "--clear-groups", PROGRAM, "--version"]);
    rustix::process::geteuid().is_root() && probe.output().is_ok_and(|output| output.status.success())
}

/// What the mixed folder holds.
#[derive(Default)]
struct Mixed {
    regular: u64,
    empty: Vec<String>,
}

impl Mixed {
    fn add(&mut self, home: &Home, name: &str, bytes: &[u8]) {
        home.upload(name, bytes);
        self.regular += 1;
        if bytes.is_empty() {
            self.empty.push(name.to_owned());
        }
    }
}

/// 300 regular files of every kind that a forum sees, and things that are no files.
fn mixed_folder(home: &Home) -> Mixed {
    let mut mixed = Mixed::default();
    let video = [b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom".as_slice(), &[7; 500]].concat();
    let endings = ["", ".jpg", ".png", ".txt", ".mp4", ".php"];
    for seed in 0..20_u64 {
        let image = picture_sized(1_000 + seed, 96, 72);
        let ending = endings[seed as usize % endings.len()];
        let whole = encoded(&image, ImageFormat::Png);
        mixed.add(home, &format!("png-{seed}{ending}"), &whole);
        mixed.add(home, &format!("jpeg-{seed}{ending}"), &jpeg(&image, 80));
        mixed.add(home, &format!("gif-{seed}{ending}"), &encoded(&image, ImageFormat::Gif));
        mixed.add(home, &format!("webp-{seed}{ending}"), &encoded(&image, ImageFormat::WebP));
        mixed.add(home, &format!("bmp-{seed}{ending}"), &encoded(&image, ImageFormat::Bmp));
        mixed.add(home, &format!("cut-{seed}.png"), &whole[..whole.len() / 2]);
        mixed.add(home, &format!("text-{seed}{ending}"), format!("a text {seed}").as_bytes());
        mixed.add(home, &format!("video-{seed}{ending}"), &[video.as_slice(), &seed.to_le_bytes()].concat());
        mixed.add(home, &format!("pdf-{seed}{ending}"), format!("%PDF-1.7\n{seed}\n%%EOF\n").as_bytes());
        mixed.add(home, &format!("zip-{seed}{ending}"), &[b"PK\x03\x04\x14\0\0\0\x08\0".as_slice(), &Random(seed).bytes(300)].concat());
        mixed.add(home, &format!("empty-{seed}{ending}"), b"");
        mixed.add(home, &format!("noise-{seed}{ending}"), &Random(seed).bytes(700));
    }
    for seed in 0..20_u64 {
        let name = [format!("bytes-{seed}-").as_bytes(), &[0xff, 0xfe, b'\n', 0x1b]].concat();
        std::fs::write(home.site().join(name_of_bytes(&name)), format!("odd name {seed}")).expect("Linux takes any bytes");
        let linked = home.upload(&format!("linked-{seed}"), format!("two names {seed}"));
        std::fs::hard_link(&linked, home.site().join(format!("linked-{seed}-again"))).expect("a hard link");
        mixed.regular += 3;
    }
    assert_eq!(mixed.regular, 300, "the folder holds 300 regular files");
    mixed
}

#[test]
fn every_one_of_300_mixed_files_is_checked_or_listed_with_a_reason() {
    let home = Home::with_site();
    let mixed = mixed_folder(&home);
    rustix::fs::mknodat(CWD, home.site().join("pipe"), rustix::fs::FileType::Fifo, Mode::RWXU, 0).expect("a FIFO");
    std::fs::create_dir(home.site().join("loop")).expect("a folder");
    symlink("../loop", home.site().join("loop/loop")).expect("a link to its own folder");
    symlink("/etc/passwd", home.site().join("outside")).expect("a link out of the site");
    symlink("nowhere", home.site().join("dangling")).expect("a link to nothing");
    let nothing = home.file(
        "nothing.csv",
        "id,md5,sha1,sha256\nn-1,d41d8cd98f00b204e9800998ecf8427e,da39a3ee5e6b4b0d3255bfef95601890afd80709,\
         e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\nn-2,5d41402abc4b2a76b9719d911017c592,,\n",
    );
    let report = home.ok(["list", "add", &text(&nothing), "--name", "careless", "--harm", "csam", "--yes"]);
    assert_eq!(report["never_alert"], 1, "the import says that the digests of nothing raise nothing: {report}");
    home.sweep();
    let counts = home.counts();
    assert_eq!(counts.sum(), mixed.regular, "checked + could not be checked + waiting is every regular file: {counts:?}");
    assert_eq!((counts.files, counts.waiting), (mixed.regular, 0), "nothing waits after a sweep");
    let listed = home.all(["inbox", "--state", "could-not-check"]);
    for row in &listed {
        assert!(row["reason"].as_str().is_some_and(|reason| !reason.is_empty()), "each row says why: {row}");
    }
    let reason = |path: &str| listed.iter().find(|row| row["path"] == path).map(|row| row["reason"].as_str().unwrap_or_default());
    for (path, expected) in [("pipe", "not_regular"), ("loop/loop", "symlink"), ("outside", "symlink"), ("dangling", "symlink")] {
        assert_eq!(reason(path), Some(expected), "{path} is listed and not followed");
    }
    for (path, expected) in [("zip-0", "container_not_examined"), ("pdf-0", "container_not_examined"), ("video-0", "unsupported_format")] {
        assert_eq!(reason(path), Some(expected), "{path}: its bytes were compared, its pictures were not");
    }
    assert_eq!(reason("cut-0.png"), Some("decoder_error"), "half a picture is not a checked picture");
    for path in ["png-3.txt", "jpeg-4.mp4", "gif-5.php", "webp-0", "bmp-1.jpg", "text-2.png", "empty-1.jpg"] {
        assert_eq!(reason(path), None, "{path} is checked: the type is that of its content, whatever its name says");
    }
    let odd = home.rows().iter().filter(|row| row.path.ends_with(&[0xff, 0xfe, b'\n', 0x1b]) && row.state == "checked").count();
    assert_eq!(odd, 20, "names that are no text are names");
    assert!(!mixed.empty.is_empty() && home.all(["inbox", "--state", "all"]).is_empty(), "empty files match nothing, whatever a list says");
    let known: Vec<u64> =
        home.ok(["site", "show", "forum"])["reasons"].as_object().into_iter().flatten().filter_map(|(_, n)| n.as_u64()).collect();
    assert_eq!(known.iter().sum::<u64>(), listed.len() as u64, "the counts by reason and the list agree");
    home.sweep();
    assert_eq!(home.counts(), counts, "a second sweep changes nothing");
}

#[test]
fn a_root_that_goes_away_is_missing_and_nothing_is_called_gone() {
    let home = Home::with_site();
    for number in 0..20 {
        home.upload(&format!("{number}.txt"), format!("{number}"));
    }
    home.sweep();
    let mut watch = home.watch();
    rename(&home.site(), &home.beside("unplugged"));
    watch.wait("a lost root is said", |event| event["event"] == "health" && event["health"] == "missing");
    let counts = home.counts();
    assert_eq!((counts.files, counts.gone), (20, 0), "what cannot be seen is unknown, and not gone");
    assert_eq!(watch.count(|event| event["event"] == "gone"), 0, "no event calls a file gone");
    let problems = home.ok(["status"])["problems"].clone();
    assert!(problems.as_array().into_iter().flatten().any(|problem| problem["code"] == "site_missing"), "status names it: {problems}");
    let before = watch.said();
    rename(&home.beside("unplugged"), &home.site());
    let is_back = |event: &serde_json::Value| event["event"] == "health" && (event["health"] == "watching" || event["health"] == "polling");
    watch.wait_from(before, "a root that is back is watched again without a click", is_back);
    home.upload("after.txt", "after");
    watch.wait("uploads are seen again", is_checked("after.txt"));
}

#[test]
fn a_sweep_of_a_missing_root_fails_and_calls_nothing_gone() {
    let home = Home::with_site();
    home.upload("a.txt", "a");
    home.sweep();
    rename(&home.site(), &home.beside("unplugged"));
    home.run(["sweep"]).code(2, "a walk that saw nothing is an error");
    let counts = home.counts();
    assert_eq!((counts.files, counts.gone), (1, 0), "nothing is called gone");
    std::fs::create_dir(home.site()).expect("another folder at the same path");
    home.run(["sweep"]).code(2, "another folder at the path is not the site");
    assert_eq!((home.counts().files, home.counts().gone), (1, 0), "an empty folder in place of the site proves nothing");
}

#[test]
fn a_removed_file_is_gone_after_the_next_sweep_and_its_case_says_so() {
    let home = Home::with_site();
    home.list_of("mine", &[b"listed"]);
    let path = home.upload("a", "listed");
    home.sweep();
    remove(&path);
    home.sweep();
    let counts = home.counts();
    assert_eq!((counts.files, counts.gone), (0, 1), "a complete walk without the file proves it");
    assert_eq!(home.case(home.only_case())["uploads"][0]["place"], "gone", "the case stays and says where the file is");
}

#[test]
fn f30_a_second_watch_names_the_first_and_ends_with_2() {
    let home = Home::with_site();
    let mut watch = home.watch();
    let second = home.run(["watch"]).code(2, "one home has one watcher");
    assert!(second.err.contains(&watch.id().to_string()), "the message names the process that watches: {}", second.err);
    home.upload("a.txt", "a");
    watch.wait("the first one goes on", is_checked("a.txt"));
    assert_eq!(watch.stop(), 0, "asked to end, it ends well");
    home.watch();
}

#[test]
fn deciding_works_beside_a_running_watch() {
    let home = Home::with_site();
    home.list_of("mine", &[b"listed"]);
    home.set_undo_seconds(2);
    let mut watch = home.watch();
    let path = home.upload("a", "listed");
    let case = number(&watch.wait("the case is there", is_case_of("a"))["case"]).to_string();
    let drafted = home.ok(["decide", &case, "take-down"]);
    assert_eq!(drafted["state"], "drafted", "a decision is a draft first: {drafted}");
    eventually("the running watch carries the draft of another process out", || (!path.exists()).then_some(()));
    let held = eventually("the case says so", || {
        let shown = home.case(case.parse().expect("a number"));
        (shown["uploads"][0]["place"] == "vault").then_some(shown)
    });
    assert_eq!((&held["state"], &held["decision"]), (&"decided".into(), &"take_down".into()), "the decision is final: {held}");
}

#[test]
fn f47_names_that_look_the_same_are_two_files() {
    let home = Home::with_site();
    home.upload("caf\u{e9}.txt", "one");
    home.upload("cafe\u{301}.txt", "two");
    home.upload("CAF\u{e9}.txt", "three");
    home.sweep();
    assert_eq!(home.rows().len(), 3, "names are bytes: no two of them are merged");
}

#[test]
fn f54_a_file_over_the_limit_is_said_to_be_too_large_and_not_read_through() {
    let home = Home::with_site();
    let huge = File::create(home.site().join("huge")).and_then(|file| file.set_len(1 << 40));
    if huge.is_err() {
        return println!("skipped: this file system takes no sparse file of 1 TiB");
    }
    home.upload("small", "small");
    home.sweep();
    let row = home.rows().into_iter().find(|row| row.path == b"huge").expect("it has a row");
    assert_eq!((row.state.as_str(), row.reason.as_str()), ("could_not_check", "too_large"), "over a limit is never the same as no match");
    assert_eq!(home.counts().sum(), 2, "both files are accounted for");
}

#[test]
fn a_killed_watch_goes_on_with_what_came_meanwhile() {
    let home = Home::with_site();
    home.list_of("mine", &[b"listed"]);
    let mut watch = home.watch();
    home.upload("before.txt", "before");
    watch.wait("the first file is checked", is_checked("before.txt"));
    watch.kill();
    home.upload("meanwhile", "listed");
    let mut watch = Watch::start(&home);
    watch.wait("what came while nobody watched is found", is_case_of("meanwhile"));
    assert_eq!(home.query("SELECT count(*) FROM upload"), 2, "every file has one row");
}

#[test]
fn a_selftest_follows_a_picture_to_the_inbox_and_leaves_nothing_behind() {
    let home = Home::with_site();
    home.upload("a.txt", "a");
    let _watch = home.watch();
    let report = home.ok(["selftest", "forum"]);
    assert_eq!(report["ok"], true, "the whole way works: {report}");
    let names: Vec<_> = std::fs::read_dir(home.site()).expect("the site").map_while(Result::ok).map(|entry| entry.file_name()).collect();
    assert_eq!(names, ["a.txt"], "its picture is removed");
    assert_eq!(home.all(["inbox"]).len(), 0, "its case goes with it: nobody has to decide it");
    assert_eq!(home.ok(["selftest", "forum"])["ok"], true, "it can be run again");
    assert_eq!(home.all(["inbox"]).len(), 0, "and leaves nothing again");
}

#[test]
fn a_selftest_without_a_watch_sweeps_by_itself_and_leaves_nothing_behind() {
    let home = Home::with_site();
    assert_eq!(home.ok(["selftest", "forum"])["ok"], true, "the whole way works");
    let site = home.ok(["site", "ls"]);
    assert_eq!((&site["files"], &site["gone"]), (&0.into(), &1.into()), "its picture is known to be gone: {site}");
    assert_eq!(home.all(["inbox"]).len(), 0, "its case goes with it");
}

#[test]
fn a_picture_of_each_format_is_fingerprinted_like_the_same_picture_as_png() {
    let home = Home::new();
    let image = picture(42);
    let reference = fingerprint_of(&home, "p.png", &png(42));
    for (name, format) in
        [("p.gif", ImageFormat::Gif), ("p.webp", ImageFormat::WebP), ("p.bmp", ImageFormat::Bmp), ("p.jpg", ImageFormat::Jpeg)]
    {
        let found = fingerprint_of(&home, name, &encoded(&image, format));
        let distance = crate::support::hamming(&reference, &found);
        assert!(distance <= 16, "{name} shows the same picture; {distance} bits differ");
    }
}

fn fingerprint_of(home: &Home, name: &str, bytes: &[u8]) -> String {
    let path = home.file(name, bytes);
    let facts = home.ok(["fingerprint", &text(&path)]);
    facts["pdq"].as_str().unwrap_or_else(|| panic!("a picture has a fingerprint: {facts}")).to_owned()
}

#[test]
fn f04_a_killed_program_leaves_no_worker_behind() {
    let home = Home::with_site();
    for seed in 0..30 {
        home.upload(&format!("{seed}.png"), png(seed));
    }
    let mut sweep: Started = home.start(["sweep"]);
    let workers = || {
        let entries = std::fs::read_dir("/proc").expect("Linux").map_while(Result::ok);
        let line = |dir: &Path| std::fs::read(dir.join("cmdline")).unwrap_or_default();
        let parent = format!("PPid:\t{}\n", sweep.0.id());
        let is_ours = |dir: &Path| std::fs::read_to_string(dir.join("status")).is_ok_and(|status| status.contains(&parent));
        entries
            .map(|entry| entry.path())
            .filter(|dir| line(dir).windows(8).any(|word| word == b"__worker") && is_ours(dir))
            .collect::<Vec<_>>()
    };
    let seen = eventually("the sweep decodes pictures in workers", || Some(workers()).filter(|workers| !workers.is_empty()));
    let born = |dir: &Path| dir.metadata().map(|metadata| metadata.ino()).ok();
    let before: Vec<_> = seen.iter().map(|dir| (dir.clone(), born(dir))).collect();
    sweep.kill();
    eventually("a worker ends with its parent", || {
        let alive = |(dir, _): &&(std::path::PathBuf, Option<u64>)| {
            std::fs::read(dir.join("cmdline")).is_ok_and(|line| line.windows(8).any(|w| w == b"__worker"))
        };
        before.iter().find(alive).is_none().then_some(())
    });
}

#[expect(clippy::disallowed_methods, reason = "a user of the site renames what is theirs")]
fn rename(from: &Path, to: &Path) {
    std::fs::rename(from, to).expect("the rename works");
}

#[expect(clippy::disallowed_methods, reason = "a user of the site removes what is theirs")]
fn remove(path: &Path) {
    std::fs::remove_file(path).expect("the file was there");
}
