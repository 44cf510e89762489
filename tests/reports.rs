//! Report packs, reports that were filed, statements: what is in a folder that leaves the machine, and above all what is not.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::support::{Home, encoded, picture, ran, text};

const NAME: &str = "holiday-of-somebody-4711.jpg";
const KINDS: [&str; 6] = ["ncmec", "nca", "hotline", "police", "dsa", "plain"];

/// A home with a case of this harm whose picture was taken down, its case, and the picture's bytes.
fn one_case(harm: &str) -> (Home, String, Vec<u8>) {
    let home = Home::with_site();
    std::fs::create_dir(home.site().join("inbox")).expect("a folder");
    let bytes = encoded(&picture(7), image::ImageFormat::Jpeg);
    home.upload(&format!("inbox/{NAME}"), &bytes);
    let file = home.file("shared.txt", crate::support::sha256(&bytes) + "\n");
    home.ok(["list", "add", &text(&file), "--name", "Shared list", "--harm", harm, "--kind", "sha256", "--yes"]);
    home.sweep();
    let case = home.only_case().to_string();
    home.ok(["decide", &case, "take-down", "--now"]);
    (home, case, bytes)
}

fn report(home: &Home, case: &str, kind: &str) -> (PathBuf, Value) {
    let folder = home.beside(&format!("pack-{kind}"));
    let made = home.ok(["report", case, "--for", kind, &text(&folder), "--viewed-outside", "no"]);
    (folder, made)
}

fn files_of(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(folder).expect("the folder is there").map(|entry| entry.expect("readable").path());
    entries.map(|path| (text(Path::new(path.file_name().expect("a name"))), std::fs::read(&path).expect("readable"))).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let group = |three: &[u8]| {
        let n = three.iter().fold(0_u32, |n, byte| n << 8 | u32::from(*byte));
        (0..4).map(|at| char::from(LETTERS[(n >> (18 - 6 * at) & 63) as usize])).collect::<String>()
    };
    bytes.chunks_exact(3).map(group).collect()
}

fn holds(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

#[test]
fn nothing_of_the_file_its_name_or_this_machine_leaves_in_any_pack() {
    for harm in ["csam", "tvec"] {
        let (home, case, bytes) = one_case(harm);
        let head = &bytes[..63];
        let here = text(&home.beside(""));
        for kind in KINDS {
            let (folder, made) = report(&home, &case, kind);
            let zip = std::fs::read(folder.with_extension("zip")).expect("the ZIP is beside it");
            let mut all = files_of(&folder);
            all.push(("the ZIP".to_owned(), zip));
            for (name, content) in &all {
                let needles: [(&str, Vec<u8>); 7] = [
                    ("its bytes", head.to_vec()),
                    ("its bytes in hex", hex(head).into_bytes()),
                    ("its bytes in capital hex", hex(head).to_uppercase().into_bytes()),
                    ("its bytes in base64", base64(head).into_bytes()),
                    ("its name", NAME.as_bytes().to_vec()),
                    ("its name without its end", NAME.trim_end_matches(".jpg").as_bytes().to_vec()),
                    ("a path of this machine", here.trim_end_matches('/').as_bytes().to_vec()),
                ];
                for (what, needle) in needles {
                    assert!(!holds(content, &needle), "{kind} for {harm}: {name} holds {what}");
                }
            }
            assert_eq!(made["files"].as_array().expect("a list").len(), files_of(&folder).len(), "{made}");
        }
        home.ok(["ledger", "verify"]);
    }
}

#[test]
fn manifest_and_archive_hold_by_other_programs_and_hashes_are_those_of_other_programs() {
    let (home, case, bytes) = one_case("csam");
    let sample = home.file("sample", &bytes);
    let (folder, made) = report(&home, &case, "ncmec");
    let checked = ran(Command::new("sha256sum").args(["-c", "manifest.sha256"]).current_dir(&folder));
    assert_eq!(checked.code, 0, "{}{}", checked.out, checked.err);
    let digest = |program: &str, path: &Path| ran(Command::new(program).arg(path)).out.split(' ').next().unwrap_or_default().to_owned();
    assert_eq!(made["manifest_sha256"], digest("sha256sum", &folder.join("manifest.sha256")), "what the ledger names");
    let table = std::fs::read_to_string(folder.join("03-hashes.csv")).expect("the table");
    for program in ["md5sum", "sha1sum", "sha256sum"] {
        assert!(table.contains(&digest(program, &sample)), "{program}: {table}");
    }
    let tested = ran(Command::new("unzip").arg("-t").arg(folder.with_extension("zip")));
    assert!(tested.code == 0 || tested.code == -1, "{}", tested.out);
    let recorded: String =
        home.database().query_row("SELECT body FROM ledger WHERE verb = 'pack_made'", [], |row| row.get(0)).expect("it is recorded");
    assert!(recorded.contains(made["manifest_sha256"].as_str().expect("text")) && !recorded.contains("pack-ncmec"), "{recorded}");
    let json: Value = serde_json::from_slice(&std::fs::read(folder.join("02-fields.json")).expect("the fields")).expect("JSON");
    assert_eq!(json["parts"][0]["title"], "1 incidentSummary");
    for line in std::fs::read_to_string(folder.join("06-custody.jsonl")).expect("the record").lines() {
        serde_json::from_str::<Value>(line).expect("each line is JSON");
    }
}

#[test]
fn no_hash_of_a_list_is_in_a_pack_of_a_near_copy() {
    let home = Home::with_site();
    let path = home.upload("a.png", encoded(&picture(3), image::ImageFormat::Png));
    let own = home.ok(["fingerprint", &text(&path)])["pdq"].as_str().expect("a fingerprint").to_owned();
    let first = if own.starts_with('0') { "1" } else { "0" };
    let listed = format!("{first}{}", &own[1..]);
    let file = home.file("near.txt", format!("{listed}\n"));
    home.ok(["list", "add", &text(&file), "--name", "near", "--harm", "tvec", "--kind", "pdq", "--yes"]);
    home.sweep();
    let case = home.only_case().to_string();
    home.ok(["decide", &case, "take-down", "--now"]);
    for kind in KINDS {
        for (name, content) in files_of(&report(&home, &case, kind).0) {
            assert!(!holds(&content, listed.as_bytes()), "{kind}: {name} holds the list's hash");
        }
    }
}

#[test]
fn the_printed_page_takes_two_sheets_of_paper() {
    let Some(chromium) = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].iter().find(|path| Path::new(path).exists()) else { return };
    let (home, case, _) = one_case("csam");
    for kind in ["ncmec", "nca", "police", "dsa", "plain"] {
        let (folder, _) = report(&home, &case, kind);
        let pdf = home.beside(&format!("{kind}.pdf"));
        let profile = home.beside("chromium");
        let printed = ran(Command::new(chromium)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer", "--run-all-compositor-stages-before-draw"])
            .arg(format!("--user-data-dir={}", text(&profile)))
            .arg(format!("--print-to-pdf={}", text(&pdf)))
            .arg(format!("file://{}", text(&folder.join("report.html")))));
        let bytes = std::fs::read(&pdf).unwrap_or_else(|error| panic!("{kind} is printed: {error}: {}", printed.err));
        let pages = bytes.windows(11).filter(|window| *window == b"/Type /Page").count()
            - bytes.windows(12).filter(|window| *window == b"/Type /Pages").count();
        assert!((1..=2).contains(&pages), "{kind} takes {pages} pages");
    }
}

#[test]
fn what_must_be_asked_is_asked_and_a_folder_with_something_in_it_is_left_alone() {
    let (home, case, _) = one_case("csam");
    let folder = home.beside("pack");
    let asked = home.run(["report", &case, "--for", "ncmec", &text(&folder)]).code(2, "it must be said whether somebody looked");
    assert!(asked.err.contains("\"question\"") && !folder.exists(), "nothing was written: {}", asked.err);
    home.run(["report", &case, "--for", "ncmec", &text(&folder), "--viewed-outside", "no", "--field", "cats=1"]).code(2, "no such field");
    let fields = home.all(["report", &case, "--for", "hotline", "--ask"]);
    assert_eq!(fields.len(), 4, "{fields:?}");
    std::fs::create_dir(&folder).expect("a folder");
    std::fs::write(folder.join("mine"), "x").expect("a file");
    home.run(["report", &case, "--for", "plain", &text(&folder)]).code(2, "it is not empty");
    assert_eq!(files_of(&folder).len(), 1, "and was left alone");
    let made = home.ok(["report", &case, "--for", "ncmec", &text(&home.beside("yes")), "--viewed-outside", "yes"]);
    assert_eq!(made["for"], "ncmec");
    let xml = std::fs::read_to_string(home.beside("yes").join("file-1.xml")).expect("the details");
    assert!(xml.contains("<fileViewedByEsp>true<"), "{xml}");
    home.ok(["report", &case, "--for", "nca", &text(&home.beside("again"))]);
    assert_eq!(home.query("SELECT count(*) FROM ledger WHERE verb = 'viewed_outside'"), 1, "it was answered and is not asked again");
    let named = home.ok(["report", &case, "--for", "police", &text(&home.beside("named")), "--with-names"]);
    assert!(named["files"].is_array());
    let sheet = std::fs::read_to_string(home.beside("named").join("01-fields.txt")).expect("the sheet");
    assert!(sheet.contains(NAME), "names only when they are asked for");
}

#[test]
fn a_report_that_was_noted_meets_its_clock() {
    let (home, case, _) = one_case("csam");
    home.ok(["profile", "set", "--lives", "US"]);
    let clock = home.ok(["clock", "ls"]);
    assert_eq!((&clock["kind"], &clock["due_at"], &clock["verified"]), (&"csam_report".into(), &Value::Null, &true.into()), "{clock}");
    home.run(["reported", &case, "--to", "plain"]).code(2, "nobody takes plain facts");
    home.run(["reported", &case, "--to", "ncmec", "--at", "2199-01-01 00:00Z"]).code(2, "not ahead");
    let noted = home.ok(["reported", &case, "--to", "ncmec", "--number", "123456"]);
    assert!(noted["clocks_met"].as_u64().is_some_and(|met| met >= 1), "{noted}");
    assert!(home.all(["clock", "ls"]).iter().all(|clock| clock["kind"] != "csam_report" || clock["profile"] != "us"), "it is met");
    let sheet = report(&home, &case, "plain").0.join("01-fields.txt");
    assert!(std::fs::read_to_string(sheet).expect("the sheet").contains("to ncmec, 123456"), "papers say so");
    home.ok(["ledger", "verify"]);
}

#[test]
fn each_harm_has_its_default_for_the_statement() {
    for (harm, state, reason) in
        [("csam", "held", "tipping_off"), ("tvec", "held", "ask_order"), ("ncii", "held", "ask_person"), ("local", "prepared", "")]
    {
        let (home, case, _) = one_case(harm);
        let told = home.ok(["statement", &case]);
        assert_eq!((&told["state"], &told["reason"]), (&state.into(), &reason.into()), "{harm}: {told}");
        let letter = told["text"].as_str().expect("a text");
        assert!(
            letter.contains("is on list Shared list") && letter.contains("without viewing the file") && !letter.contains("illegal"),
            "{letter}"
        );
        if state == "held" {
            home.run(["statement", &case, "release", "--how", "mail"]).code(2, "a held one needs a reason");
        }
        home.ok(["statement", &case, "hold", "--reason", "the police asked", "--until", "2199-01-01 00:00Z"]);
        let released = home.ok(["statement", &case, "release", "--how", "by mail; the police agreed on Monday"]);
        assert_eq!(released["state"], "released");
        assert_eq!(home.query("SELECT count(*) FROM ledger WHERE verb = 'statement'"), 2);
        if harm == "local" {
            home.ok(["restore", &case]);
            let back = home.ok(["statement", &case]);
            assert!(back["restored"] == true && back["text"].as_str().is_some_and(|text| text.contains("We have restored it")), "{back}");
        }
    }
}

#[test]
fn a_case_that_is_not_taken_down_has_no_statement() {
    let home = Home::with_site();
    home.list_of("mine", &[b"listed"]);
    home.upload("a", "listed");
    home.sweep();
    let case = home.only_case().to_string();
    home.run(["statement", &case]).code(2, "nothing was done");
    home.ok(["clock", "start", &case, "--kind", "life_threat", "--received", "2026-11-01 00:00Z", "--yes"]);
    home.ok(["decide", &case, "take-down", "--now"]);
    assert_eq!(home.ok(["statement", &case])["reason"], "life_threat", "a threat to life holds it");
}

fn hold(home: &Home, case: &str) -> (Value, Value) {
    let row = home.database().query_row("SELECT ends_at, kind FROM hold WHERE triage_case = ? AND ended_at IS NULL", [case], |row| {
        Ok((row.get::<_, Option<i64>>(0)?.into(), row.get::<_, String>(1)?.into()))
    });
    row.unwrap_or((Value::Null, Value::Null))
}

#[test]
fn a_report_gives_the_hold_its_end_and_shortens_nothing_that_a_person_set() {
    let (home, case, _) = one_case("csam");
    assert_eq!(hold(&home, &case), (Value::Null, "vault".into()), "without an end until a report is noted");
    let noted = home.ok(["reported", &case, "--to", "police", "--at", "2026-11-01 10:00Z"]);
    assert_eq!(noted["held_until"], "2027-11-01T10:00:00Z", "twelve months, the longest that is known: {noted}");
    let sheet = report(&home, &case, "plain").0.join("01-fields.txt");
    assert!(std::fs::read_to_string(sheet).expect("the sheet").contains("Held until 2027-11-01"), "papers say so");
    let later = home.ok(["reported", &case, "--to", "hotline", "--at", "2026-11-02 10:00Z"]);
    assert_eq!(later["held_until"], "2027-11-02T10:00:00Z", "a later report holds for longer: {later}");
    home.ok(["hold", &case, "--no-end", "--reason", "the police asked for it"]);
    assert_eq!(home.ok(["reported", &case, "--to", "police"])["held_until"], Value::Null, "a person's word stands");
    assert_eq!(hold(&home, &case).0, Value::Null);
    home.ok(["ledger", "verify"]);
}

#[test]
fn the_file_goes_along_only_encrypted_to_a_key_and_after_the_number_was_typed() {
    let (home, case, bytes) = one_case("csam");
    let receiver = age::x25519::Identity::generate();
    let key = receiver.to_public().to_string();
    let folder = home.beside("with-file");
    let make = |to: &str, confirm: &str| {
        let whole = [
            "report",
            &case,
            "--for",
            "police",
            &text(&folder),
            "--viewed-outside",
            "no",
            "--with-sealed-file",
            to,
            "--confirm",
            confirm,
            "--why",
            "Officer Doe asked",
        ];
        home.run(whole)
    };
    make("age1nonsense", &case).code(2, "no key");
    make(&key, "77").code(2, "another number");
    assert!(!folder.exists() || files_of(&folder).is_empty(), "nothing was written");
    let made = make(&key, &case).code(0, "it is written").last();
    let sealed = files_of(&folder).into_iter().find(|(name, _)| name.ends_with(".age")).unwrap_or_else(|| panic!("it is there: {made}"));
    assert!(!holds(&sealed.1, &bytes[..63]), "nothing in the clear");
    let mut plain = Vec::new();
    let decryptor = age::Decryptor::new(&sealed.1[..]).expect("an age file");
    let mut reader = decryptor.decrypt(std::iter::once(&receiver as &dyn age::Identity)).expect("it is for the receiver");
    std::io::Read::read_to_end(&mut reader, &mut plain).expect("whole");
    assert_eq!(plain, bytes);
    let checked = ran(Command::new("sha256sum").args(["-c", "manifest.sha256"]).current_dir(&folder));
    assert!(checked.code == 0 && checked.out.contains(".age: OK"), "{}{}", checked.out, checked.err);
    assert_eq!(home.query("SELECT count(*) FROM ledger WHERE verb IN ('exported', 'pack_made')"), 2, "both are recorded");
}

#[test]
fn whether_the_file_may_be_kept_is_asked_and_facts_only_leaves_a_certificate_and_a_hold() {
    let (home, case, _) = one_case("csam");
    home.ok(["evidence", &case, "later"]);
    assert_eq!(home.all(["clock", "ls"])[0]["kind"], "reminder", "a reminder in a day comes first");
    home.run(["evidence", &case, "facts-only"]).code(2, "not without the number and a reason");
    home.run(["evidence", &case, "facts-only", "--confirm", &case]).code(2, "not without a reason");
    assert_eq!(hold(&home, &case), (Value::Null, "vault".into()), "nothing was changed");
    home.ok(["evidence", &case, "keep"]);
    home.ok(["evidence", &case, "facts-only", "--confirm", &case, "--reason", "the police said on Monday that I may not"]);
    assert_eq!(hold(&home, &case), (Value::Null, "facts_only".into()), "the facts are held");
    assert_eq!(home.case(case.parse().expect("a number"))["uploads"][0]["place"], "purged");
    assert_eq!(home.query("SELECT count(*) FROM ledger WHERE verb = 'purged'"), 1, "with a certificate");
    assert_eq!(home.query("SELECT count(*) FROM ledger WHERE verb = 'evidence_answered'"), 3);
    let sheet = report(&home, &case, "ncmec").0.join("03-hashes.csv");
    assert!(std::fs::read_to_string(sheet).expect("the table").lines().count() == 2, "the facts are still told");
    home.ok(["ledger", "verify"]);
    let (home, case, _) = one_case("tvec");
    home.run(["evidence", &case, "keep"]).code(2, "it is asked for the most serious kind only");
}
