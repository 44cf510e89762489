//! F84 and F85: what a whole journey leaves behind. No entry of a list outside of `lists/`, no byte and no name of an upload where it has no business.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::harness::Run;
use crate::support::{Home, Random, encoded, hamming, picture, sha256, text};

/// A name that is found nowhere by accident.
const NAME: &str = "canary-name-5e1f2a.jpg";

/// Every regular file below a folder.
fn files_below(dir: &Path) -> Vec<PathBuf> {
    let (mut found, mut waiting) = (Vec::new(), vec![dir.to_owned()]);
    while let Some(dir) = waiting.pop() {
        for entry in std::fs::read_dir(&dir).into_iter().flatten().flatten() {
            let kind = entry.file_type().expect("it has a type");
            if kind.is_dir() {
                waiting.push(entry.path());
            } else if kind.is_file() {
                found.push(entry.path());
            }
        }
    }
    found
}

/// The forms in which 32 or fewer bytes may lie in a file: raw, hex in both cases, base 64.
fn forms(hex: &str) -> Vec<Vec<u8>> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let raw: Vec<u8> = (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).expect("hex")).collect();
    let mut base64 = Vec::new();
    for group in raw.chunks_exact(3) {
        let bits = u32::from(group[0]) << 16 | u32::from(group[1]) << 8 | u32::from(group[2]);
        base64.extend([18, 12, 6, 0].map(|shift| ALPHABET[(bits >> shift & 63) as usize]));
    }
    vec![raw, hex.to_lowercase().into_bytes(), hex.to_uppercase().into_bytes(), base64]
}

fn holds(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|window| window == word)
}

/// A home that went through everything that a person does with a match, and the entries of its list that are no upload's.
fn journey() -> (Home, Vec<u8>, Vec<String>) {
    let home = Home::with_site();
    std::fs::create_dir(home.beside("out")).expect("a folder for the papers");
    let bytes = encoded(&picture(11), image::ImageFormat::Jpeg);
    home.upload(NAME, &bytes);
    let own = home.ok(["fingerprint", &text(&home.site().join(NAME))])["pdq"].as_str().expect("a picture").to_owned();
    // A near entry: ten bits away from the upload, so that it is matched and is not the upload's own.
    let mut near: Vec<u8> = own.clone().into_bytes();
    for at in 0..10 {
        let digit = char::from(near[at * 5]).to_digit(16).expect("hex") ^ 1;
        near[at * 5] = char::from_digit(digit, 16).expect("a digit").try_into().expect("plain");
    }
    let near = String::from_utf8(near).expect("hex");
    assert_eq!(hamming(&near, &own), 10, "ten bits away");
    let mut random = Random(85);
    let mut hex = |bytes: usize| random.bytes(bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let mut canaries = vec![near.clone()];
    let mut lines = format!("pdq {near}\n");
    for _ in 0..40 {
        for (kind, size) in [("pdq", 32), ("md5", 16)] {
            let value = hex(size);
            lines.push_str(&format!("{kind} {value}\n"));
            canaries.push(value);
        }
    }
    let others: String = (0..40).map(|_| hex(32)).inspect(|value| canaries.push(value.clone())).map(|value| value + "\n").collect();
    for (name, lines, more) in [("near", lines, None), ("exact", others, Some("sha256"))] {
        let file = text(&home.file(name, lines));
        let mut arguments = vec!["list", "add", &file, "--name", name, "--harm", "ncii", "--yes"];
        arguments.extend(more.iter().flat_map(|kind| ["--kind", kind]));
        home.ok(arguments);
    }
    home.sweep();
    let case = home.only_case().to_string();
    for command in [&["inbox"][..], &["show", &case], &["status"], &["list", "ls"], &["site", "ls"], &["note", &case, "seen by nobody"]] {
        drop(home.run(command));
    }
    home.ok(["decide", &case, "take-down", "--now"]);
    for kind in ["ncmec", "nca", "hotline", "police", "dsa", "plain"] {
        home.ok(["report", &case, "--for", kind, &text(&home.beside(&format!("out/pack-{kind}"))), "--viewed-outside", "no"]);
    }
    home.ok(["ledger", "export", &text(&home.beside("out/ledger.jsonl"))]);
    home.ok(["handover", &text(&home.beside("out/handover.html"))]);
    home.ok(["transparency", &text(&home.beside("out/transparency"))]);
    home.ok(["restore", &case]);
    home.sweep();
    (home, bytes, canaries)
}

#[test]
fn f84_no_pixels_and_no_name_of_an_upload_lie_where_they_have_no_business() {
    let Some(run) = Run::begin("F84", &[]) else { return };
    let (home, bytes, _) = journey();
    let picture: Vec<u8> = bytes[200..264].to_vec();
    let mut looked = 0;
    for path in files_below(&home.beside("")).into_iter().filter(|path| !path.starts_with(home.site())) {
        let found = std::fs::read(&path).expect("readable");
        assert!(!holds(&found, &picture), "{} holds a piece of the picture", path.display());
        let may_name = path.starts_with(home.dir()) && !path.starts_with(home.dir().join("logs")) || path.starts_with(home.beside("out"));
        assert!(may_name || !holds(&found, NAME.as_bytes()), "{} holds the name of the upload", path.display());
        looked += 1;
    }
    let beside: Vec<String> = std::fs::read_dir(home.beside(""))
        .expect("ours")
        .flatten()
        .map(|entry| text(&entry.path().file_name().map(PathBuf::from).unwrap_or_default()))
        .collect();
    let foreign: Vec<&String> = beside.iter().filter(|name| name.starts_with('.')).collect();
    assert!(foreign.is_empty(), "no cache, no recent files, no thumbnails were begun in the home of the user: {foreign:?}");
    run.end(looked, "files looked through, 0 hits");
}

#[test]
fn f85_no_entry_of_a_list_lies_outside_of_the_lists() {
    let Some(run) = Run::begin("F85", &[]) else { return };
    let (home, _, canaries) = journey();
    let words: Vec<Vec<u8>> = canaries.iter().flat_map(|hex| forms(hex)).collect();
    let inputs = ["near", "exact"].map(|name| home.beside(name));
    let mut looked = 0;
    for path in files_below(&home.beside("")) {
        // A matched entry is named by its key in the database, and where a publisher gives none its fingerprint is the key: said in docs/matching.md.
        // The copy of the changed rows holds what the database holds.
        let is_database =
            path.parent() == Some(&home.dir()) && text(&path).contains("gatehouse.db") || path == home.dir().join("backup/rows.jsonl");
        if path.starts_with(home.dir().join("lists")) || inputs.contains(&path) || is_database {
            continue;
        }
        let found = std::fs::read(&path).expect("readable");
        let hit = words.iter().position(|word| holds(&found, word));
        assert!(hit.is_none(), "{} holds entry {:?} of a list", path.display(), hit.map(|at| &canaries[at / 4]));
        looked += 1;
    }
    run.end(looked, "files looked through, 0 hits");
}

#[test]
fn f85_everything_of_the_home_belongs_to_its_owner_alone() {
    let Some(run) = Run::begin("F85", &[]) else { return };
    let (home, ..) = journey();
    let mut waiting = vec![home.dir()];
    let mut looked = 0;
    while let Some(path) = waiting.pop() {
        let facts = path.symlink_metadata().expect("it is there");
        assert_eq!(facts.mode() & 0o077, 0, "{} is open to others: {:o}", path.display(), facts.mode());
        if facts.is_dir() {
            waiting.extend(std::fs::read_dir(&path).expect("ours").flatten().map(|entry| entry.path()));
        }
        looked += 1;
    }
    run.end(looked, "files and folders, 0 open to others");
}

#[test]
fn f85_a_crash_leaves_no_image_of_the_memory() {
    let Some(run) = Run::begin("F85", &[]) else { return };
    let home = Home::with_site();
    home.upload("a", sha256(b"a"));
    let watch = home.watch();
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", watch.id())).expect("Linux tells them");
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).expect("there is one for core files");
    assert_eq!(core.split_whitespace().filter(|word| *word == "0").count(), 2, "neither now nor if asked for: {core}");
    run.end(1, "process");
}
