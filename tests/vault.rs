//! The vault: what is sealed, what is held, what is deleted for good, and what happens when a key or a file is missing.

use std::collections::HashSet;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::support::{Home, Random, eventually, number, sha256, text};

/// A home with one listed upload, swept; its content and its case.
fn one_case(harm: &str) -> (Home, Vec<u8>, String) {
    let home = Home::with_site();
    let content = Random(7).bytes(150_000);
    let list = text(&home.file("list", sha256(&content) + "\n"));
    home.ok(["list", "add", &list, "--name", "mine", "--harm", harm, "--kind", "sha256"]);
    home.upload("a.bin", &content);
    home.sweep();
    let case = home.only_case().to_string();
    (home, content, case)
}

/// The same, taken down and sealed.
fn sealed(harm: &str) -> (Home, Vec<u8>, String) {
    let (home, content, case) = one_case(harm);
    home.ok(["decide", &case, "take-down", "--now"]);
    assert_eq!(place(&home, &case), "vault", "it is sealed at once where nobody watches");
    (home, content, case)
}

fn place(home: &Home, case: &str) -> String {
    home.ok(["show", case])["uploads"][0]["place"].as_str().unwrap_or_default().to_owned()
}

fn problems(home: &Home) -> Vec<String> {
    let status = home.ok(["status"]);
    status["problems"].as_array().into_iter().flatten().filter_map(|problem| problem["code"].as_str().map(str::to_owned)).collect()
}

fn end_clock(home: &Home) {
    home.change("UPDATE vault_file SET sealed_at = 1");
}

fn files_below(dir: &Path) -> Vec<PathBuf> {
    let (mut found, mut waiting) = (Vec::new(), vec![dir.to_owned()]);
    while let Some(dir) = waiting.pop() {
        for entry in std::fs::read_dir(dir).expect("a directory of ours").map_while(Result::ok) {
            if entry.path().is_dir() { waiting.push(entry.path()) } else { found.push(entry.path()) }
        }
    }
    found
}

#[test]
fn after_sealing_no_64_bytes_of_an_upload_lie_in_the_home() {
    let (home, content, case) = one_case("local");
    let windows: HashSet<&[u8]> = content.windows(64).collect();
    let starts: HashSet<&[u8]> = content.windows(64).map(|window| &window[..8]).collect();
    let plain_in_home = || {
        let holds_some = |path: &PathBuf| {
            let bytes = std::fs::read(path).expect("ours to read");
            bytes.windows(64).any(|window| starts.contains(&window[..8]) && windows.contains(window))
        };
        files_below(&home.dir()).into_iter().filter(holds_some).collect::<Vec<_>>()
    };
    // The look itself is tested first: a file that cannot be sealed waits in the clear.
    let vault = home.dir().join("vault");
    std::fs::set_permissions(&vault, PermissionsExt::from_mode(0o755)).expect("ours");
    home.run(["decide", &case, "take-down", "--now"]).code(0, "it is out of the site all the same");
    assert_eq!(place(&home, &case), "holding");
    assert_eq!(plain_in_home().len(), 1, "the plain file waits, and is seen by this look");
    assert!(problems(&home).contains(&"not_sealed".to_owned()), "status says that it is not sealed: {:?}", problems(&home));
    std::fs::set_permissions(&vault, PermissionsExt::from_mode(0o700)).expect("ours");
    home.ok(["vault", "seal"]);
    assert_eq!(place(&home, &case), "vault");
    assert_eq!(plain_in_home(), Vec::<PathBuf>::new(), "nothing of it is in the clear any more");
}

#[test]
fn a_sealed_file_opens_with_the_stock_program_and_with_no_other_key() {
    let (home, content, _) = sealed("local");
    let file = &home.sealed_files()[0];
    assert_eq!(home.unsealed(file), content, "its key opens it");
    let another = age::x25519::Identity::generate();
    let decryptor = age::Decryptor::new(std::fs::File::open(file).expect("it is there")).expect("an age file");
    assert!(decryptor.decrypt(std::iter::once(&another as &dyn age::Identity)).is_err(), "a second key does not");
    let stock = Command::new("age").arg("-d").arg("-i").arg(home.vault_key_file()).arg(file).output();
    match stock {
        Ok(out) => assert!(out.status.success() && out.stdout == content, "age: {}", out.stderr.escape_ascii()),
        Err(_) => eprintln!("skipped: the program `age` is not installed here"),
    }
}

#[test]
fn the_default_hold_goes_by_what_the_list_is_about() {
    for (harm, held, ends) in [("csam", true, false), ("tvec", true, true), ("ncii", false, false), ("local", false, false)] {
        let (home, _, case) = sealed(harm);
        let hold = home.ok(["hold", &case]);
        assert_eq!(hold["holds"] == true, held, "{harm}: {hold}");
        assert_eq!(hold["ends_at"].is_string(), ends, "{harm}: {hold}");
        if harm == "csam" {
            assert_eq!(hold["basis"], "May have to be reported", "{hold}");
        }
        let listed = home.ok(["vault", "ls"]);
        assert!(listed["deletable_at"].is_string(), "{harm}: the vault clock is told: {listed}");
    }
}

#[test]
fn nothing_inside_a_hold_is_deleted_by_any_way() {
    let (home, content, case) = sealed("csam");
    end_clock(&home);
    let purge = |reason: &str| home.run(["purge", &case, "--confirm", &case, "--reason", reason, "--early"]);
    let refused = purge("nobody needs it any more").code(2, "it is held");
    assert!(refused.err.contains("\"held\""), "the code says so: {}", refused.err);
    home.ok(["site", "rm", "forum"]);
    home.ok(["list", "rm", "mine"]);
    home.ok(["vault", "verify"]);
    assert_eq!(home.unsealed(&home.sealed_files()[0]), content, "removing site and list deletes nothing");
    purge("nobody needs it any more").code(2, "it is still held");
    home.run(["hold", &case, "--until", "2099-01-01", "--reason", "short"]).code(2, "shortening needs a reason");
    home.run(["hold", &case, "--end", "--reason", "short"]).code(2, "ending needs a reason");
    home.ok(["hold", &case, "--until", "2099-01-01", "--reason", "the police asked for that day"]);
    purge("nobody needs it any more").code(2, "and after that still");
    home.change("UPDATE hold SET ends_at = 1");
    assert_eq!(home.ok(["status"])["holds_ending"][0]["over"], true, "a hold whose time is over waits for a person");
    assert_eq!(home.sealed_files().len(), 1, "nothing happens by itself");
    purge("reported and closed by the police").code(0, "outside of every hold it can be deleted");
    assert!(home.sealed_files().is_empty(), "it is gone");
    let verbs = home.query("SELECT count(*) FROM ledger WHERE verb IN ('hold_set', 'hold_changed', 'purged')");
    assert_eq!(verbs, 3, "each of it is in the record once");
}

#[test]
fn deleting_for_good_asks_twice_and_leaves_a_certificate() {
    let (home, content, case) = sealed("local");
    let plan = home.ok(["purge", &case]);
    assert_eq!(plan["files"].as_array().map(Vec::len), Some(1), "the plan is shown, and nothing more: {plan}");
    let early = home.run(["purge", &case, "--confirm", &case, "--reason", "it was a mistake"]).code(2, "the vault clock runs");
    assert!(early.err.contains("\"too_early\""), "{}", early.err);
    end_clock(&home);
    home.run(["purge", &case, "--confirm", "99", "--reason", "it was a mistake"]).code(2, "another number");
    home.run(["purge", &case, "--confirm", &case, "--reason", "oops"]).code(2, "no reason to speak of");
    assert_eq!(home.sealed_files().len(), 1, "all that changed nothing");
    let file = home.beside("certificate.json");
    let arguments = ["purge", &case, "--confirm", &case, "--reason", "it was a mistake", "--certificate", &text(&file)];
    let certificate = home.ok(arguments);
    assert_eq!(certificate["sha256"], sha256(&content), "it says what went: {certificate}");
    assert_eq!((number(&certificate["size"]), certificate["reason"].as_str()), (150_000, Some("it was a mistake")), "{certificate}");
    let row = number(&certificate["ledger_row"]);
    let chain =
        home.query(&format!("SELECT lower(hex(hash)) = '{}' FROM ledger WHERE seq = {row}", certificate["chain"].as_str().unwrap_or("")));
    assert_eq!(chain, 1, "with the chain value of its row");
    let written: Value = serde_json::from_str(&std::fs::read_to_string(&file).expect("it was written")).expect("one JSON object");
    assert_eq!(written, certificate);
    assert_eq!(place(&home, &case), "purged");
    assert!(home.sealed_files().is_empty());
    home.run(["restore", &case]).code(2, "there is nothing to put back");
    home.ok(["ledger", "verify"]);
}

#[test]
fn holds_are_lengthened_freely_and_shortened_with_a_reason() {
    let (home, _, case) = sealed("local");
    home.run(["hold", &case, "--until", "2020-01-01", "--reason", "too late"]).code(2, "an end in the past");
    home.run(["hold", &case, "--until", "soon", "--reason", "unclear"]).code(2, "no date");
    home.run(["hold", &case, "--until", "2098-01-01"]).code(2, "no reason");
    let hold = home.ok(["hold", &case, "--until", "2098-01-01", "--reason", "order 12", "--basis", "order"]);
    assert_eq!((&hold["reason"], &hold["ends_at"]), (&"order".into(), &"2098-01-01T23:59:59Z".into()), "{hold}");
    let hold = home.ok(["hold", &case, "--no-end", "--reason", "longer"]);
    assert!(hold["ends_at"].is_null(), "longer is always possible: {hold}");
    home.ok(["hold", &case, "--until", "2098-06-01", "--reason", "the order has an end"]);
    assert_eq!(home.ok(["hold", &case])["extended_by"].as_array().map(Vec::len), Some(2), "every change is kept");
    home.ok(["hold", &case, "--end", "--reason", "the order was withdrawn"]);
    assert!(home.ok(["hold", &case])["hold"].is_null());
}

#[test]
fn put_back_inside_a_hold_keeps_the_sealed_file_too_and_needs_a_note() {
    let (home, content, case) = sealed("csam");
    let refused = home.run(["restore", &case]).code(2, "a protected list asks for a note");
    assert!(refused.err.contains("\"note_needed\""), "{}", refused.err);
    home.ok(["restore", &case, "--note", "the hotline says it is harmless"]);
    assert_eq!(std::fs::read(home.site().join("a.bin")).expect("it is back"), content);
    assert_eq!(home.unsealed(&home.sealed_files()[0]), content, "the hold keeps the sealed one");
    home.ok(["ledger", "verify"]);
}

#[test]
fn a_taken_path_is_left_alone_and_another_name_is_used_on_request() {
    let (home, content, case) = sealed("local");
    home.upload("a.bin", "newcomer");
    home.sweep();
    let refused = home.run(["restore", &case]).code(2, "the path is taken");
    assert_eq!(refused.last()["files"][0]["failed"], "path_taken", "{}", refused.out);
    assert_eq!(place(&home, &case), "vault", "it is still sealed");
    assert_eq!(files_below(&home.dir().join("holding")), Vec::<PathBuf>::new(), "and nothing was left in the clear");
    home.ok(["restore", &case, "--beside"]);
    assert_eq!(std::fs::read(home.site().join("a.bin")).expect("it is there"), b"newcomer", "the newcomer is untouched");
    assert_eq!(std::fs::read(home.site().join("a-put-back-1.bin")).expect("it is back"), content);
    assert!(home.sealed_files().is_empty(), "nothing of it stays");
    home.sweep();
    assert!(home.all(["inbox"]).is_empty(), "what was put back has not come back");
}

#[test]
fn a_missing_key_is_said_and_the_recovery_key_brings_it_back() {
    let (home, content, case) = sealed("local");
    assert!(problems(&home).contains(&"recovery_key_not_saved".to_owned()), "the recovery key is asked for");
    home.run(["vault", "key", "save", &text(&home.dir().join("keys/copy"))]).code(2, "not in the home itself");
    let saved = home.beside("recovery.key");
    home.ok(["vault", "key", "save", &text(&saved)]);
    assert!(!problems(&home).contains(&"recovery_key_not_saved".to_owned()), "until it is saved");
    assert_eq!(saved.metadata().expect("it is there").permissions().mode() & 0o777, 0o600);
    home.run(["vault", "key", "save", &text(&saved)]).code(2, "never over another file");
    home.run(["vault", "key", "new"]).code(2, "the key is not lost");

    let key = home.vault_key_file();
    let aside = home.beside("lost");
    #[expect(clippy::disallowed_methods, reason = "somebody loses a key")]
    std::fs::rename(&key, &aside).expect("ours");
    assert!(problems(&home).contains(&"vault_key_missing".to_owned()), "{:?}", problems(&home));
    let refused = home.run(["restore", &case]).code(2, "nothing can be opened");
    assert_eq!(refused.last()["files"][0]["failed"], "vault_key_missing", "{}", refused.out);
    home.run(["vault", "verify"]).code(2, "nothing is known of it");
    assert!(!problems(&home).contains(&"evidence_missing".to_owned()), "that is no missing evidence");
    let other = home.file("other.key", "# public key: x\nAGE-SECRET-KEY-1GQ9778VQXMMJVE8SK7J6VT8UJ4HDQAJUVSFCWCM02D8GEWQ72PVQ2Y5J33\n");
    home.run(["vault", "key", "use", &text(&other)]).code(2, "another key opens nothing here");
    home.run(["vault", "key", "use", &text(&home.file("no.key", "hello"))]).code(2, "no key at all");
    // Take-down goes on; the file waits.
    home.upload("b.bin", &content);
    home.sweep();
    home.ok(["decide", &case, "take-down", "--now"]);
    assert!(!home.site().join("b.bin").exists(), "it is out of the site");
    home.ok(["vault", "key", "use", &text(&saved)]);
    home.ok(["vault", "seal"]);
    assert_eq!(home.held().get(&sha256(&content)), Some(&2), "both are sealed now");
    assert_eq!(home.sealed_files().len(), 1, "in one file, since they are one content");
    home.ok(["restore", &case]);
    assert_eq!(std::fs::read(home.site().join("a.bin")).expect("it is back"), content);
}

#[test]
fn a_lost_key_without_a_recovery_key_closes_what_was_sealed_and_nothing_else() {
    let (home, content, case) = sealed("local");
    #[expect(clippy::disallowed_methods, reason = "somebody loses a key")]
    std::fs::remove_file(home.vault_key_file()).expect("ours");
    home.ok(["vault", "key", "new"]);
    home.upload("b.bin", &content);
    home.sweep();
    home.ok(["decide", &case, "take-down", "--now"]);
    home.run(["vault", "seal"]).code(0, "what comes now is sealed with the new key");
    assert_eq!(home.sealed_files().len(), 2, "the closed file stays where it is");
}

#[test]
fn missing_or_damaged_evidence_is_an_alarm_that_stays_until_it_is_back() {
    let (home, content, case) = sealed("local");
    let file = home.sealed_files()[0].clone();
    let whole = std::fs::read(&file).expect("ours");
    let mut damaged = whole.clone();
    damaged[90_000] ^= 1;
    std::fs::write(&file, damaged).expect("the disk fails us");
    home.run(["ledger", "verify"]).code(2, "the ledger's check looks at the vault too");
    for _ in 0..2 {
        home.run(["vault", "verify"]).code(2, "it does not match its record");
    }
    assert!(problems(&home).contains(&"evidence_missing".to_owned()), "and status says so");
    assert_eq!(home.query("SELECT count(*) FROM ledger WHERE verb = 'evidence_missing'"), 1, "once in the record");
    home.run(["restore", &case]).code(2, "what is damaged is not put back");
    assert!(!home.site().join("a.bin").exists());
    std::fs::write(&file, whole).expect("from a backup");
    home.ok(["vault", "verify"]);
    assert!(!problems(&home).contains(&"evidence_missing".to_owned()), "it is over when the file is back");
    home.ok(["restore", &case]);
    assert_eq!(std::fs::read(home.site().join("a.bin")).expect("it is back"), content);
}

#[test]
fn a_sealed_copy_for_a_receiver_is_encrypted_to_their_key_and_noted() {
    let (home, content, case) = sealed("csam");
    let receiver = age::x25519::Identity::generate();
    let folder = home.beside("usb");
    std::fs::create_dir(&folder).expect("a folder");
    let export = |to: &str, confirm: &str| {
        home.run(["vault", "export", &case, &text(&folder), "--to", to, "--reason", "the police asked", "--confirm", confirm])
    };
    export("age1nonsense", &case).code(2, "no key");
    export(&receiver.to_public().to_string(), "77").code(2, "another number");
    assert!(files_below(&folder).is_empty(), "nothing was written");
    let exported = export(&receiver.to_public().to_string(), &case).code(0, "a held case can be handed over").last();
    let file = folder.join(exported["file"].as_str().expect("a name"));
    let bytes = std::fs::read(&file).expect("it is there");
    assert_eq!(exported["sha256"], sha256(&bytes), "the digest of what is handed over is told");
    let mut plain = Vec::new();
    let decryptor = age::Decryptor::new(&bytes[..]).expect("an age file");
    let mut reader = decryptor.decrypt(std::iter::once(&receiver as &dyn age::Identity)).expect("it is for the receiver");
    std::io::Read::read_to_end(&mut reader, &mut plain).expect("whole");
    assert_eq!(plain, content);
    assert_eq!(home.query("SELECT count(*) FROM ledger WHERE verb = 'exported'"), 1);
    export(&receiver.to_public().to_string(), &case).code(2, "never over another file");
}

/// A file that was taken down and waits, because the vault cannot be used; `then` is done to it before the vault can be used again.
fn interrupted(then: impl FnOnce(&Home)) -> (Home, Vec<u8>, String) {
    let (home, content, case) = one_case("local");
    let vault = home.dir().join("vault");
    std::fs::set_permissions(&vault, PermissionsExt::from_mode(0o755)).expect("ours");
    home.ok(["decide", &case, "take-down", "--now"]);
    then(&home);
    std::fs::set_permissions(&vault, PermissionsExt::from_mode(0o700)).expect("ours");
    (home, content, case)
}

/// A sealed file whose row says that its sealing was not finished, with or without its plain copy.
fn back_in_time(home: &Home, content: &[u8], is_committed: bool, has_plain: bool) {
    let name: String =
        home.database().query_row("SELECT holding_name FROM action WHERE kind = 'seal'", [], |row| row.get(0)).expect("a name");
    if has_plain {
        let dir = PathBuf::from(home.ok(["site", "show", "forum"])["holding"].as_str().expect("the place is told"));
        std::fs::write(dir.join(name), content).expect("ours");
    }
    home.change("UPDATE action SET state = 'intent', ended_at = NULL WHERE kind = 'seal'");
    if !is_committed {
        home.change("UPDATE vault_file SET state = 'sealing', sealed_at = NULL; UPDATE upload SET place = 'holding'");
    }
}

#[test]
fn the_table_of_recovery_row_by_row() {
    let is_sealed = |home: &Home, content: &[u8], case: &str, what: &str| {
        home.run(["vault", "seal"]).code(0, what);
        assert_eq!(place(home, case), "vault", "{what}");
        assert_eq!(home.held().get(&sha256(content)), Some(&1), "{what}: it is there once");
        assert!(files_below(&home.dir().join("holding")).is_empty(), "{what}: nothing is in the clear");
        assert_eq!(home.query("SELECT count(*) FROM action WHERE state NOT IN ('done', 'failed')"), 0, "{what}: nothing is open");
        home.ok(["ledger", "verify"]);
    };
    let (home, content, case) = interrupted(|home| {
        std::fs::write(home.dir().join("vault").join("1-1.age.part"), b"half").expect("ours");
    });
    is_sealed(&home, &content, &case, "our own .part is removed");
    assert_eq!(files_below(&home.dir().join("vault")).len(), 1);

    let (home, content, case) = sealed("local");
    back_in_time(&home, &content, false, true);
    is_sealed(&home, &content, &case, "named and not committed: goes on at the commit");
    assert_eq!(files_below(&home.dir().join("vault")).len(), 1, "and is not sealed twice");

    let (home, content, case) = sealed("local");
    back_in_time(&home, &content, false, true);
    std::fs::write(&home.sealed_files()[0], b"age-encryption.org/v1 damaged").expect("ours");
    is_sealed(&home, &content, &case, "named and damaged: set aside, sealed again");
    assert_eq!(files_below(&home.dir().join("vault")).len(), 2, "nothing of it is removed");

    let (home, content, case) = sealed("local");
    back_in_time(&home, &content, true, true);
    is_sealed(&home, &content, &case, "committed, the plain copy is still there: removed");

    let (home, content, case) = sealed("local");
    back_in_time(&home, &content, true, false);
    is_sealed(&home, &content, &case, "committed, the plain copy is gone: done");

    let (home, content, case) = sealed("local");
    back_in_time(&home, &content, true, true);
    std::fs::write(&home.sealed_files()[0], b"damaged").expect("ours");
    is_sealed(&home, &content, &case, "committed and damaged, the plain copy is there: sealed again");
    assert_eq!(home.query("SELECT count(*) FROM ledger WHERE verb = 'evidence_missing'"), 1, "with an alarm");

    for is_committed in [true, false] {
        let (home, content, _) = sealed("local");
        back_in_time(&home, &content, is_committed, false);
        #[expect(clippy::disallowed_methods, reason = "somebody loses evidence")]
        std::fs::remove_file(&home.sealed_files()[0]).expect("ours");
        home.run(["vault", "seal"]).code(2, "nothing is anywhere");
        assert!(problems(&home).contains(&"evidence_missing".to_owned()), "committed {is_committed}: an alarm");
        assert!(files_below(&home.dir().join("vault")).is_empty(), "nothing is re-created or tidied");
    }
}

#[test]
fn a_file_that_is_written_to_after_the_move_is_sealed_as_it_is_then() {
    let mut later = Vec::new();
    let (home, _, case) = interrupted(|home| {
        let held = files_below(&home.dir().join("holding")).pop().expect("it waits");
        std::fs::set_permissions(&held, PermissionsExt::from_mode(0o600)).expect("ours");
        later = Random(9).bytes(1_000);
        std::fs::write(&held, &later).expect("a writer that kept it open");
    });
    home.ok(["vault", "seal"]);
    assert_eq!(home.unsealed(&home.sealed_files()[0]), later, "that state is evidence too");
    let row: String = home.database().query_row("SELECT body FROM ledger WHERE verb = 'sealed'", [], |row| row.get(0)).expect("a row");
    assert!(row.contains("\"taken_down_as\":\""), "the record says that it is another one: {row}");
    home.ok(["restore", &case]);
    assert_eq!(std::fs::read(home.site().join("a.bin")).expect("it is back"), later);
}

#[test]
fn a_watching_process_seals_and_puts_back_by_itself() {
    let (home, content, case) = one_case("local");
    let _watch = home.watch();
    home.ok(["decide", &case, "take-down", "--now"]);
    eventually("it is sealed without being asked for", || (place(&home, &case) == "vault").then_some(()));
    eventually("and its plain copy is gone", || files_below(&home.dir().join("holding")).is_empty().then_some(()));
    home.ok(["restore", &case]);
    assert_eq!(std::fs::read(home.site().join("a.bin")).expect("it is back"), content);
    eventually("the vault is empty", || home.sealed_files().is_empty().then_some(()));
}
