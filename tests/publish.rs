//! Lists of one's own: made, filled, published, followed by a neighbour, taken back. Two homes, two sites, and a folder as a web server hands it out.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::support::{Home, Ran, Random, Started, jpeg, number, pause, picture, png, ran, text};

/// The commands of the section for two neighbours, in their order: who types them, and the words.
fn documented() -> Vec<(String, Vec<String>)> {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/signed-lists.md")).expect("the page is there");
    let section =
        page.split("\n## ").find(|section| section.starts_with("Two neighbours protect each other")).expect("the section is there");
    let line = |line: &str| {
        let (who, command) = line.split_once("$ gatehouse ")?;
        Some((who.to_owned(), words(command)))
    };
    section.lines().filter_map(line).collect()
}

/// A line as a shell would split it.
pub fn words(line: &str) -> Vec<String> {
    let quoted = line.split('"').enumerate();
    quoted
        .flat_map(|(place, part)| if place % 2 == 1 { vec![part.to_owned()] } else { part.split_whitespace().map(str::to_owned).collect() })
        .collect()
}

/// Somebody with a home, a site, and a folder to type in.
pub struct Neighbour(pub Home);

impl Neighbour {
    pub fn new() -> Self {
        Self(Home::with_site())
    }

    /// Runs a command in the folder beside the home.
    pub fn run(&self, arguments: &[String]) -> Ran {
        let mut command: Command = self.0.command();
        ran(command.current_dir(self.0.beside("")).arg("--json").args(arguments))
    }

    /// Runs a command that must succeed, and gives its last line.
    #[track_caller]
    pub fn ok(&self, line: &str) -> Value {
        self.run(&words(line)).code(0, line).last()
    }

    /// Runs a command that must fail, and gives what it says on standard error.
    #[track_caller]
    pub fn fails(&self, line: &str) -> String {
        self.run(&words(line)).code(2, line).err
    }

    /// Whether some list names this content now.
    pub fn is_listed(&self, bytes: &[u8]) -> bool {
        let file = text(&self.0.file("asked", bytes));
        self.0.run(["check", &file]).code == 1
    }

    pub fn cases(&self) -> Vec<Value> {
        self.0.all(["inbox", "--state", "all"])
    }

    /// Makes a key, a list, and puts files on it.
    pub fn with_list(contents: &[&[u8]]) -> Self {
        let this = Self::new();
        this.ok("list key new our.key");
        this.ok("list new Ours");
        for (number, content) in contents.iter().enumerate() {
            this.0.file(&format!("file-{number}"), content);
            this.ok(&format!("list put Ours file-{number}"));
        }
        this
    }

    pub fn publish(&self) -> Value {
        self.ok("list publish Ours web --secret-key our.key")
    }

    pub fn key(&self) -> String {
        std::fs::read_to_string(self.0.beside("our.pub")).expect("the public key").lines().nth(1).expect("its second line").to_owned()
    }
}

/// Copies all files of a folder into another, which takes their place.
pub fn mirror(from: &Path, to: &Path) {
    drop(std::fs::remove_dir_all(to));
    std::fs::create_dir(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("the folder").map(|entry| entry.expect("an entry")) {
        std::fs::copy(entry.path(), to.join(entry.file_name())).expect("a copy");
    }
}

#[test]
fn two_neighbours_protect_each_other_by_the_documented_commands() {
    let (a, b) = (Neighbour::new(), Neighbour::new());
    let (first, second) = (png(1), png(2));
    a.0.file("party.png", &first);
    a.0.file("second.png", &second);
    b.0.upload("copy.png", &first);
    b.0.upload("smaller.jpg", jpeg(&picture(1), 70));
    b.0.upload("waiting.png", &second);
    b.0.sweep();
    assert!(b.cases().is_empty(), "nobody knows of anything yet");

    let steps = documented();
    assert_eq!(steps.len(), 12, "the section has these steps: {steps:?}");
    let mut key = String::new();
    let mut step = |number: usize| {
        let (who, words) = &steps[number];
        let web = text(&a.0.beside("web"));
        let typed = |word: &String| match word.as_str() {
            // The folder that the web server hands out, read in its place: no test of this suite leaves the machine.
            "https://forum-a.example/list/index.json" => vec![web.clone(), "--follow".to_owned()],
            "KEY" => vec![key.clone()],
            _ => vec![word.clone()],
        };
        let words: Vec<String> = words.iter().flat_map(typed).collect();
        let facts = if who == "a" { &a } else { &b }.run(&words).code(0, &format!("step {number}: {words:?}")).last();
        if let Some(made) = facts["key"].as_str() {
            made.clone_into(&mut key);
        }
        facts
    };
    let made = step(0);
    assert_eq!((&made["list"], &made["harm"]), (&"Our pictures".into(), &"local".into()), "{made}");
    let put = step(1);
    assert_eq!((&put["state"], &put["entry"]), (&"added".into(), &"e1".into()), "{put}");
    assert_eq!(put["signals"], serde_json::json!(["sha256", "sha1", "md5", "pdq"]), "all that is known of it: {put}");
    step(2);
    let published = step(3);
    assert_eq!((&published["state"], &published["seq"], &published["live"]), (&"first".into(), &1.into(), &1.into()), "{published}");
    let added = step(4);
    assert_eq!((&added["list"], &added["now_matching"]), (&"Our pictures".into(), &2.into()), "{added}");
    let mut matches: Vec<String> = b.cases().iter().map(|case| case["match"].as_str().expect("a word").to_owned()).collect();
    matches.sort();
    assert_eq!(matches, ["exact", "near"], "the same file, and the smaller copy of the same picture");
    step(5);
    let place = |number: i64| b.0.case(number)["uploads"][0]["place"].clone();
    assert_eq!(place(1), "vault", "it is out of the site");

    step(6);
    let published = step(7);
    assert_eq!((&published["state"], &published["seq"], &published["added"]), (&"next".into(), &2.into(), &1.into()), "{published}");
    let changed = step(8);
    assert_eq!((&changed["added"], &changed["cases"]), (&1.into(), &1.into()), "an older upload is a case now: {changed}");
    assert_eq!(b.ok(r#"list show "Our pictures""#)["source"], "our-pictures-1-2.shl.jsonl", "only the delta was fetched");
    assert_eq!(b.cases().len(), 3, "of three uploads");

    let gone = step(9);
    assert_eq!((&gone["entry"], &gone["state"]), (&"e1".into(), &"withdrawn".into()), "{gone}");
    let published = step(10);
    assert_eq!((&published["seq"], &published["withdrawn"]), (&3.into(), &1.into()), "{published}");
    let changed = step(11);
    assert_eq!((&changed["withdrawn"], &changed["decisions_affected"]), (&1.into(), &1.into()), "{changed}");
    let after = b.0.case(1);
    assert_eq!(
        (&after["state"], &after["second_look"]),
        (&"open".into(), &"entry_withdrawn".into()),
        "the past take-down is looked at again: {after}"
    );
    a.0.ok(["ledger", "verify"]);
    b.0.ok(["ledger", "verify"]);
}

#[test]
fn f69_one_flipped_byte_in_any_published_file_is_refused_and_the_old_version_answers() {
    let a = Neighbour::with_list(&[b"one", b"two", b"three"]);
    a.publish();
    let b = Neighbour::new();
    let (web, served) = (a.0.beside("web"), b.0.beside("served"));
    mirror(&web, &served);
    b.ok(&format!("list add served --follow --key {} --yes", a.key()));
    a.0.file("four", "four");
    a.ok("list put Ours four");
    a.publish();
    for name in ["index.json", "index.json.minisig", "ours-1-2.shl.jsonl", "ours-1-2.shl.jsonl.minisig"] {
        for place in places(&web, name) {
            mirror(&web, &served);
            flip(&served.join(name), place);
            let failed = b.run(&words("list update Ours")).code(2, &format!("{name}, byte {place}")).last();
            assert_eq!(failed["state"], "failed", "{name}, byte {place}: {failed}");
            let sentence = failed["error"].as_str().expect("a sentence");
            assert!(sentence.ends_with('.') && !sentence.contains("Err"), "{name}, byte {place}, in plain words: {sentence}");
            assert!(b.is_listed(b"one") && !b.is_listed(b"four"), "{name}, byte {place}: the version before answers");
        }
    }
    for name in ["ours-2.shl.jsonl", "ours-2.shl.jsonl.minisig"] {
        for place in places(&web, name) {
            mirror(&web, &served);
            flip(&served.join(name), place);
            let c = Neighbour::new();
            let err = c.fails(&format!("list add {} --follow --key {} --yes", text(&served), a.key()));
            assert!(err.contains("\"list_refused\""), "{name}, byte {place}: {err}");
            assert!(c.0.all(["list", "sources"]).is_empty() && !c.is_listed(b"one"), "{name}, byte {place}: nothing of it stays");
        }
    }
    mirror(&web, &served);
    assert_eq!(b.ok("list update Ours")["state"], "changed", "the whole files are taken");
    assert!(b.is_listed(b"four"), "and answer");
}

/// Bytes of a file that are flipped. The untrusted comment of a signature is the one part that nobody signs.
fn places(dir: &Path, name: &str) -> Vec<usize> {
    let bytes = std::fs::read(dir.join(name)).expect("the file");
    let first = if name.ends_with(".minisig") { bytes.iter().position(|byte| *byte == b'\n').expect("a line") + 1 } else { 0 };
    (0..4).map(|part| first + (bytes.len() - 2 - first) * part / 3).collect()
}

/// Turns one bit.
pub fn flip(file: &Path, place: usize) {
    let mut bytes = std::fs::read(file).expect("the file");
    bytes[place] ^= 1;
    std::fs::write(file, bytes).expect("it is written");
}

#[test]
fn f70_f71_f72_old_frozen_and_mixed_folders_are_told_apart_from_new_ones() {
    let a = Neighbour::with_list(&[b"one", b"two"]);
    a.publish();
    let (web, old) = (a.0.beside("web"), a.0.beside("old"));
    mirror(&web, &old);
    let b = Neighbour::new();
    let served = b.0.beside("served");
    a.0.file("three", "three");
    a.ok("list put Ours three");
    a.publish();
    mirror(&web, &served);
    b.ok(&format!("list add served --follow --key {} --yes", a.key()));

    mirror(&old, &served);
    let failed = b.run(&words("list update")).code(2, "an old index is served").last();
    assert_eq!(failed["code"], "older_than_current", "{failed}");
    assert!(b.is_listed(b"three"), "what was taken answers on");

    // The index of one version beside the files of another, under its names.
    a.0.file("four", "four");
    a.ok("list put Ours four");
    a.publish();
    mirror(&web, &served);
    for ending in ["", ".minisig"] {
        std::fs::copy(old.join(format!("ours-1.shl.jsonl{ending}")), served.join(format!("ours-2-3.shl.jsonl{ending}"))).expect("a copy");
    }
    let failed = b.run(&words("list update")).code(2, "files of another version").last();
    assert!(["wrong_size", "part_mismatch"].contains(&failed["code"].as_str().unwrap_or_default()), "{failed}");
    assert!(b.is_listed(b"three") && !b.is_listed(b"four"), "nothing of the mixture counts");

    // A copy that never changes: every look succeeds, and still the day comes on which the publisher's word ends.
    mirror(&web, &served);
    assert_eq!(b.ok("list update")["state"], "changed", "the whole folder is taken");
    assert_eq!(b.ok("list update")["ended"], Value::Null, "it stands");
    b.0.change("INSERT INTO setting VALUES ('largest_time', '4102444800000') ON CONFLICT DO UPDATE SET value = excluded.value");
    let looked = b.ok("list update");
    assert!(looked["state"] == "unchanged" && looked["ended"].is_string(), "it is said that it may be frozen: {looked}");
    assert_eq!(b.ok("list show Ours")["state"], "out_of_date", "it is shown as out of date");
    assert!(b.is_listed(b"four"), "and matches all the same");
}

#[test]
fn publishing_again_refreshes_and_no_folder_of_another_list_key_or_time_is_touched() {
    let a = Neighbour::with_list(&[b"one"]);
    let first = a.publish();
    let web = a.0.beside("web");
    let files = |dir: &Path| -> Vec<(PathBuf, Vec<u8>)> {
        let mut all: Vec<_> = std::fs::read_dir(dir).expect("the folder").map(|entry| entry.expect("an entry").path()).collect();
        all.sort();
        all.into_iter().map(|path| (path.clone(), std::fs::read(&path).expect("a file"))).collect()
    };
    let before = files(&web);
    let again = a.ok("list publish Ours web --secret-key our.key --days 200");
    assert_eq!((&again["state"], &again["seq"]), (&"refreshed".into(), &1.into()), "{again}");
    assert!(again["expires"].as_str() > first["expires"].as_str(), "it stands for longer: {again}");
    let changed: Vec<String> =
        before.iter().zip(files(&web)).filter(|(one, other)| *one != other).map(|((path, _), _)| text(path)).collect();
    assert_eq!(changed, [text(&web.join("index.json")), text(&web.join("index.json.minisig"))], "only the index was made again");

    a.ok("list key new other.key");
    assert!(a.fails("list publish Ours web --secret-key other.key").contains("readers do not know this key"), "another key");
    assert!(a.fails("list publish Ours empty --secret-key other.key").contains("readers do not know this key"), "also in another folder");
    a.ok("list new Others");
    assert!(a.fails("list publish Others nowhere --secret-key our.key").contains("empty list"), "nobody could follow an empty list");
    assert!(!a.0.beside("nowhere").exists(), "and nothing is made for it");
    assert!(a.fails("list publish Others web --secret-key our.key").contains("holds another list"), "another list");
    assert!(a.fails(r#"list publish "Practice list" web --secret-key our.key"#).contains("not a list of your own"), "somebody else's list");
    let before = files(&web);
    a.0.change("UPDATE own_list SET published_seq = 0");
    assert!(a.fails("list publish Ours web --secret-key our.key").contains("older copy"), "the folder is ahead");
    a.0.change("UPDATE own_list SET published_seq = 1 WHERE slug = 'ours'");
    flip(&web.join("ours-1.shl.jsonl"), 30);
    assert!(a.fails("list publish Ours web --secret-key our.key").contains("not what was published there"), "a damaged folder");
    flip(&web.join("ours-1.shl.jsonl"), 30);
    assert_eq!(files(&web), before, "nothing of all this touched the folder");

    let announced = a.ok("list publish Ours web --secret-key our.key --next-key other.pub");
    assert_eq!((&announced["seq"], &announced["added"]), (&2.into(), &0.into()), "an announcement is a version: {announced}");
    assert_eq!(a.ok("list publish Ours web --secret-key other.key")["seq"], 3, "then the new key goes on");
    assert_eq!(number(&a.ok("list show Ours")["published_seq"]), 3, "it is remembered");
}

#[test]
fn a_list_of_ones_own_is_a_list_like_any_other() {
    let a = Neighbour::new();
    a.0.upload("one.png", png(1));
    a.0.sweep();
    a.ok("list new Ours");
    assert!(a.fails("list new Ours").contains("already"), "a name is taken once");
    let site = text(&a.0.site().join("one.png"));
    let put = a.ok(&format!("list put Ours {site} --label spam"));
    assert_eq!((&put["seq"], &put["cases"]), (&2.into(), &1.into()), "an older upload is a case: {put}");
    let again = a.ok("list put Ours 1");
    assert_eq!((&again["state"], &again["entry"]), (&"unchanged".into(), &"e1".into()), "its case holds the same content: {again}");
    let shown = a.ok("list show Ours");
    assert_eq!((&shown["own"], &shown["format"], &shown["entries"]), (&true.into(), &"own".into(), &1.into()), "{shown}");
    assert_eq!(a.0.case(1)["matches"][0]["labels"], serde_json::json!(["spam"]), "the label is seen");
    a.0.ok(["decide", "1", "take-down", "--now"]);
    assert!(a.fails("list put Ours 99").contains("no case"), "an unknown case");
    a.0.file("empty", "");
    assert!(a.fails("list put Ours empty").contains("never raises a case"), "emptiness is on no list");
    a.0.file("flat.png", crate::support::encoded(&image::RgbImage::new(64, 64), image::ImageFormat::Png));
    assert_eq!(
        a.ok("list put Ours flat.png")["signals"],
        serde_json::json!(["sha256", "sha1", "md5"]),
        "a flat picture has no usable fingerprint"
    );
    let file = text(&a.0.file("list.csv", "sha256\n"));
    assert!(a.fails("list put Ours list.csv --label Spam!").contains("label"), "a label has a form");
    assert!(a.fails(&format!("list add {file} --name Ours --harm local --yes")).contains("list put"), "no file takes the place of it");
    assert!(a.fails("list update Ours").contains("your own"), "it is loaded from nowhere");

    let gone = a.ok("list withdraw Ours 1 --reason wrong");
    assert_eq!((&gone["entry"], &gone["decisions_affected"]), (&"e1".into(), &1.into()), "by its case: {gone}");
    assert_eq!(a.0.case(1)["second_look"], "entry_withdrawn", "the take-down is looked at again");
    assert!(a.fails("list withdraw Ours e1").contains("no entry"), "it is gone");
    a.ok("list rollback Ours --to 2");
    a.0.file("two", "two");
    assert_eq!(a.ok("list put Ours two")["entry"], "e3", "no number is given twice, also after going back");
    let export = a.0.beside("ledger.jsonl");
    a.0.ok(["ledger", "export", &text(&export)]);
    let ledger = std::fs::read_to_string(export).expect("the ledger");
    assert!(ledger.contains("own_entry_put") && ledger.contains("own_entry_withdrawn"), "both stand in the record");
    assert!(!ledger.contains(&crate::support::sha256(b"two")), "and no fingerprint does");
    a.0.ok(["ledger", "verify"]);
}

#[test]
fn f80_an_entry_that_would_raise_too_much_asks_first() {
    let a = Neighbour::new();
    for quality in 70..90 {
        a.0.upload(&format!("{quality}.jpg"), jpeg(&picture(1), quality));
    }
    a.0.sweep();
    a.ok("list new Ours");
    a.0.file("one.png", png(1));
    assert!(a.fails("list put Ours one.png").contains("--yes"), "twenty uploads of twenty would become cases");
    assert_eq!((number(&a.ok("list show Ours")["seq"]), a.cases().len()), (1, 0), "nothing was changed");
    a.ok("list put Ours one.png --yes");
    assert_eq!(a.0.all(["inbox"]).len(), 1, "a person may know better; what one entry raises for twenty contents waits as one case");
}

#[test]
fn an_interrupted_publication_leaves_the_folder_as_readers_know_it() {
    let a = Neighbour::with_list(&[b"one", b"two"]);
    a.publish();
    let (web, b) = (a.0.beside("web"), Neighbour::new());
    b.ok(&format!("list add {} --follow --key {} --yes", text(&web), a.key()));
    // A name in the way ends it after the first files of the version.
    std::fs::create_dir_all(web.join("ours-2.csv/full")).expect("a folder in the way");
    a.0.file("three", "three");
    a.ok("list put Ours three");
    a.fails("list publish Ours web --secret-key our.key");
    assert!(web.join("ours-2.shl.jsonl").exists(), "it had begun");
    assert_eq!(b.ok("list update")["state"], "unchanged", "readers find the version before");
    let fresh = Neighbour::new();
    fresh.ok(&format!("list add {} --follow --key {} --yes", text(&web), a.key()));
    std::fs::remove_dir_all(web.join("ours-2.csv")).expect("it is out of the way");
    assert_eq!(a.publish()["seq"], 3, "the number that was begun is never signed again");
    let changed = b.ok("list update");
    assert_eq!((&changed["state"], &changed["added"]), (&"changed".into(), &1.into()), "and readers go on: {changed}");
    let hidden = std::fs::read_dir(&web).expect("the folder").map(|entry| entry.expect("an entry").file_name());
    assert!(hidden.into_iter().all(|name| !text(Path::new(&name)).starts_with('.')), "nothing half-written stays");
}

#[test]
fn a_publication_killed_at_any_moment_is_followed_by_a_whole_one() {
    let a = Neighbour::with_list(&[b"first"]);
    a.publish();
    let (web, b) = (a.0.beside("web"), Neighbour::new());
    b.ok(&format!("list add {} --follow --key {} --yes", text(&web), a.key()));
    let mut random = Random(7);
    for round in 0..12 {
        let name = format!("round-{round}");
        a.0.file(&name, &name);
        a.ok(&format!("list put Ours {name}"));
        let mut command = a.0.command();
        command.current_dir(a.0.beside("")).stdout(Stdio::null()).stderr(Stdio::null());
        let mut process = Started(command.args(["list", "publish", "Ours", "web", "--secret-key", "our.key"]).spawn().expect("it starts"));
        pause(Duration::from_millis(random.below(60)));
        process.kill();
        a.publish();
        b.ok("list update");
        assert!(b.is_listed(name.as_bytes()), "round {round}: the reader is where the publisher is");
    }
}

#[test]
fn a_publication_that_ended_between_the_signature_and_the_index_is_gone_on_from() {
    let a = Neighbour::with_list(&[b"one"]);
    a.publish();
    let (web, old) = (a.0.beside("web"), a.0.beside("old"));
    mirror(&web, &old);
    a.0.file("two", "two");
    a.ok("list put Ours two");
    a.publish();
    let index = std::fs::read(old.join("index.json")).expect("the index of before");
    std::fs::write(web.join("index.json"), &index).expect("it is back");
    assert!(a.fails("list publish Ours web --secret-key our.key").contains("not what was published there"), "nobody knows this index");
    a.0.change(&format!("UPDATE own_list SET published_index = x'{}'", crate::support::sha256(&index)));
    assert_eq!(a.publish()["seq"], 3, "it was the last that was whole, so the next one follows from it");
}

#[test]
fn what_lists_of_others_found_goes_no_further_than_they_allow_and_keeps_its_harm() {
    let a = Neighbour::with_list(&[b"one"]);
    a.0.list_of("theirs", &[b"secret"]);
    a.0.file("secret", "secret");
    let put = a.ok("list put Ours secret");
    assert_eq!(put["held_back"], true, "nobody said that entries of theirs may go on: {put}");
    let published = a.publish();
    assert_eq!((&published["live"], &published["held_back"]), (&1.into(), &1.into()), "{published}");
    let digest = crate::support::sha256(b"secret");
    for entry in std::fs::read_dir(a.0.beside("web")).expect("the folder").map(|entry| entry.expect("an entry")) {
        assert!(!std::fs::read_to_string(entry.path()).expect("text").contains(&digest), "{:?} does not name it", entry.file_name());
    }

    let b = Neighbour::with_list(&[]);
    b.ok(&format!("list add {} --follow --name Theirs --key {} --yes", text(&a.0.beside("web")), a.key()));
    b.0.file("one", "one");
    assert_eq!(b.ok("list put Ours one")["held_back"], true, "a neighbour's rule holds here too");
    let published = b.ok("list publish Ours web --secret-key our.key --reshare members");
    assert_eq!((&published["live"], &published["held_back"]), (&1.into(), &0.into()), "members may pass on to members: {published}");
    let published = b.ok("list publish Ours web --secret-key our.key --reshare open");
    assert_eq!((&published["live"], &published["held_back"]), (&0.into(), &1.into()), "and not to everybody: {published}");

    let file = text(&b.0.file("grave.txt", crate::support::sha256(b"grave")));
    b.0.ok(["list", "add", &file, "--harm", "csam", "--kind", "sha256", "--yes"]);
    b.0.file("grave", "grave");
    assert!(b.fails("list put Ours grave").contains("of harm csam"), "a milder list would make readers careless");
    b.ok("list new Grave --harm csam");
    assert_eq!(b.ok("list put Grave grave")["state"], "added", "a list of the same harm takes it");
}

#[test]
fn a_change_of_key_is_followed_and_a_lost_key_is_replaced_by_hand() {
    let a = Neighbour::with_list(&[b"one", b"two", b"three"]);
    a.publish();
    let (web, b) = (a.0.beside("web"), Neighbour::new());
    let served = b.0.beside("served");
    mirror(&web, &served);
    b.ok(&format!("list add served --follow --key {} --yes", a.key()));
    a.ok("list key new second.key");
    a.ok("list publish Ours web --secret-key our.key --next-key second.pub");
    a.0.file("four", "four");
    a.ok("list put Ours four");
    a.ok("list publish Ours web --secret-key second.key");
    mirror(&web, &served);
    assert_eq!(b.ok("list update")["added"], 1, "the announcement is on the way to the version that the new key signed");
    assert!(b.is_listed(b"four"), "it answers");

    a.ok("list key new third.key");
    assert!(
        a.fails("list publish Ours web --secret-key third.key --key-lost").contains("readers do not know this key"),
        "not in their folder"
    );
    a.0.file("five", "five");
    a.ok("list put Ours five");
    let published = a.ok("list publish Ours fresh --secret-key third.key --key-lost");
    assert_eq!((&published["state"], &published["seq"]), (&"first".into(), &4.into()), "numbers go on: {published}");
    mirror(&a.0.beside("fresh"), &served);
    let failed = b.run(&words("list update")).code(2, "nobody announced this key").last();
    assert_eq!(failed["code"], "unknown_key", "{failed}");
    let key = published["key"].as_str().expect("a key").to_owned();
    b.ok(&format!("list add served/ours-4.shl.jsonl --key {key} --yes"));
    assert!(b.is_listed(b"five"), "a person said yes to it");
    assert_eq!(b.ok("list update")["state"], "unchanged", "and from then on it is the key of the list");
}

#[test]
fn the_sample_key_signs_and_no_key_is_handed_out() {
    let a = Neighbour::with_list(&[b"one"]);
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/hashlist/tests/samples/shl");
    std::fs::copy(samples.join("key-one.TEST-ONLY.sec"), a.0.beside("sample.key")).expect("a copy");
    let published = a.ok("list publish Ours web --secret-key sample.key");
    assert_eq!(published["words"], "december earn above marine exile afraid idea range", "the key of the documents: {published}");
    std::fs::copy(a.0.beside("sample.key"), a.0.beside("web/sample.key")).expect("a copy");
    assert!(a.fails("list publish Ours web --secret-key web/sample.key").contains("handed out"), "it lies where everybody reads it");
}

#[test]
fn puts_at_the_same_moment_are_all_kept() {
    let a = Neighbour::with_list(&[]);
    let running: Vec<_> = (0..6)
        .map(|number| {
            a.0.file(&format!("file-{number}"), format!("content {number}"));
            let mut command = a.0.command();
            command.current_dir(a.0.beside("")).stdout(Stdio::null()).stderr(Stdio::null());
            command.args(["list", "put", "Ours", &format!("file-{number}")]).spawn().expect("it starts")
        })
        .collect();
    for mut process in running {
        assert!(process.wait().expect("our own child ends").success(), "each waits for its turn");
    }
    assert_eq!(number(&a.ok("list show Ours")["entries"]), 6, "none is lost");
}

#[test]
fn only_the_newest_versions_keep_their_files() {
    let a = Neighbour::with_list(&[]);
    for number in 0..52 {
        a.0.file("next", format!("content {number}"));
        a.ok("list put Ours next");
    }
    let list = number(&a.ok("list show Ours")["list"]);
    let kept = std::fs::read_dir(a.0.dir().join(format!("lists/{list}"))).expect("its folder").count();
    assert_eq!(kept, 2 * 50, "an index and a state of each of fifty versions");
    assert!(a.fails("list rollback Ours --to 3").contains("not kept"), "there is no way back to what is gone");
    assert!(a.fails("list diff Ours --versions 3 53").contains("not whole"), "nor a comparison");
    assert!(a.is_listed(b"content 0"), "the newest version answers as before");
    a.ok("list rollback Ours --to 4");
    assert!(!a.is_listed(b"content 51"), "the oldest that is kept does too");
}

#[test]
fn a_key_may_have_a_password_and_is_never_written_over() {
    let a = Neighbour::with_list(&[b"one"]);
    a.0.file("password", "correct horse\nsecond line");
    let made = a.ok("list key new locked.key --password-file password");
    assert_eq!(made["has_password"], true, "{made}");
    assert_eq!(made["words"].as_str().map(|words| words.split(' ').count()), Some(8), "{made}");
    let mode = |name: &str| {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::metadata(a.0.beside(name)).expect("the key").permissions().mode() & 0o777
    };
    assert_eq!((mode("locked.key"), mode("locked.pub")), (0o600, 0o644), "the secret one is for its owner alone");
    assert!(a.fails("list key new locked.key").contains("taken"), "a key is not written over");
    assert!(a.fails("list publish Ours web --secret-key locked.key").contains("password"), "it asks for its password");
    a.0.file("wrong", "wrong");
    assert!(a.fails("list publish Ours web --secret-key locked.key --password-file wrong").contains("does not open"), "a wrong one");
    assert!(!a.0.beside("web").exists(), "nothing was written");
    a.ok("list publish Ours web --secret-key locked.key --password-file password");
}

#[test]
fn a_difference_is_shown_without_being_taken() {
    let a = Neighbour::with_list(&[b"one", b"two"]);
    a.publish();
    let b = Neighbour::new();
    b.ok(&format!("list add {} --follow --key {} --yes", text(&a.0.beside("web")), a.key()));
    b.0.upload("one", "one");
    b.0.upload("three", "three");
    b.0.sweep();
    b.0.ok(["decide", "1", "take-down", "--now"]);
    assert_eq!(b.ok("list diff Ours")["state"], "unchanged", "nothing is new");
    a.0.file("three", "three");
    a.ok("list put Ours three");
    a.ok("list withdraw Ours e1");
    a.publish();
    let expected = |facts: &Value| {
        let keys = ["added", "changed", "withdrawn", "now_matching", "no_longer_matching", "decisions_affected"];
        let found = keys.map(|key| facts[key].as_u64().unwrap_or(u64::MAX));
        assert_eq!(found, [1, 0, 1, 1, 1, 1], "{facts}");
    };
    expected(&b.ok("list diff Ours"));
    expected(&b.ok("list diff Ours"));
    assert_eq!(number(&b.ok("list show Ours")["seq"]), 1, "nothing was taken");
    assert_eq!(b.cases().len(), 1, "and no case was opened");
    expected(&b.ok(&format!("list diff Ours --file {}", text(&a.0.beside("web/ours-2.shl.jsonl")))));
    let changed = b.ok("list update");
    assert_eq!((&changed["state"], &changed["seq"]), (&"changed".into(), &2.into()), "a later update takes it all the same: {changed}");
    let between = b.ok("list diff Ours --versions 1 2");
    assert_eq!((&between["added"], &between["withdrawn"]), (&1.into(), &1.into()), "{between}");
    let back = b.ok("list diff Ours --versions 2 1");
    assert_eq!((&back["now_matching"], &back["no_longer_matching"]), (&1.into(), &1.into()), "{back}");
    assert!(b.fails("list diff Ours --versions 1 9").contains("no version"), "an unknown version");
    assert!(a.fails("list diff Ours").contains("not followed"), "a list of one's own comes from nowhere else");
}
