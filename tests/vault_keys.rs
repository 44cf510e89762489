//! Where the key of the vault lies: a file, a file under a passphrase, the key store of the desktop; and what works while it is closed.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::{Home, Ran, Random, sha256, text};

const WORDS: &str = "four or five plain words";

/// A home with two listed uploads in two cases; the first one is sealed.
fn two_cases(home: &Home) -> [(Vec<u8>, String); 2] {
    let contents = [Random(7).bytes(150_000), Random(8).bytes(90_000)];
    let list = text(&home.file("list", format!("{}\n{}\n", sha256(&contents[0]), sha256(&contents[1]))));
    ok(home, &["list", "add", &list, "--name", "mine", "--harm", "local", "--kind", "sha256"]);
    let [first, second] = contents;
    [("a.bin", first), ("b.bin", second)].map(|(name, content)| {
        home.upload(name, &content);
        home.sweep();
        let cases = home.all(["inbox"]);
        let newest = cases.iter().filter_map(|case| case["case"].as_i64()).max().expect("a case");
        (content, newest.to_string())
    })
}

/// Runs with lines of passphrases on a file descriptor, and with the key store of the test, if one was made.
fn with(home: &Home, lines: &str, arguments: &[&str]) -> Ran {
    let mut command = home.command();
    let store = home.beside("secret-tool");
    command.env("GATEHOUSE_KEY_STORE", if store.exists() { text(&store) } else { "none".to_owned() });
    let mut typed = tempfile::tempfile().expect("a file");
    typed.write_all(lines.as_bytes()).expect("written");
    std::io::Seek::rewind(&mut typed).expect("rewound");
    let output = command.args(arguments).arg("--json").args(["--passphrase-fd", "0"]).stdin(Stdio::from(typed)).output().expect("it runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the program prints UTF-8");
    Ran { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
}

fn ok(home: &Home, arguments: &[&str]) -> Value {
    with(home, "", arguments).code(0, "it works without a passphrase").facts().pop().unwrap_or_default()
}

/// A stand-in for libsecret's program, which keeps its secrets in files beside itself.
fn key_store(home: &Home) -> PathBuf {
    let script = "#!/bin/sh\nat=$(dirname \"$0\")\n[ -e \"$at/asleep\" ] && { echo 'no such bus' >&2; exit 1; }\n\
        case $1 in\n store) cat > \"$at/secret.$6\";;\n lookup) cat \"$at/secret.$5\" 2>/dev/null;;\n clear) rm -f \"$at/secret.$5\";;\nesac\n";
    let program = home.file("secret-tool", script);
    std::fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).expect("ours");
    program
}

fn names_of_keys(home: &Home) -> Vec<String> {
    let entries = std::fs::read_dir(home.dir().join("keys")).expect("the keys").map_while(Result::ok);
    entries.filter_map(|entry| entry.file_name().into_string().ok()).filter(|name| name.starts_with("vault-")).collect()
}

#[test]
fn under_a_passphrase_sealing_never_asks_and_everything_that_opens_does() {
    let home = Home::with_site();
    let [(first, one), (second, two)] = two_cases(&home);
    ok(&home, &["decide", &one, "take-down", "--now"]);
    let short = with(&home, "short\n", &["vault", "key", "keep", "passphrase"]).code(2, "too short");
    assert!(short.err.contains("at least 12"), "{}", short.err);
    let kept = with(&home, &format!("{WORDS}\n"), &["vault", "key", "keep", "passphrase"]).code(0, "it is under a passphrase");
    assert_eq!(kept.last()["in"], "passphrase");
    assert!(names_of_keys(&home).iter().all(|name| name.ends_with(".key.age")), "no key lies there as it is: {:?}", names_of_keys(&home));

    ok(&home, &["decide", &two, "take-down", "--now"]);
    assert_eq!(home.case(two.parse().expect("a number"))["uploads"][0]["place"], "vault", "it was sealed without the passphrase");
    let refused = with(&home, "", &["restore", &one]).code(2, "the key is closed");
    assert!(refused.err.contains("\"key_locked\""), "{}", refused.err);
    assert_eq!(home.case(one.parse().expect("a number"))["uploads"][0]["place"], "vault", "and nothing was begun");
    with(&home, "another passphrase\n", &["restore", &one]).code(2, "a wrong one opens nothing");
    with(&home, "", &["vault", "verify"]).code(2, "nothing is known of what is sealed");
    let looked = with(&home, &format!("{WORDS}\n"), &["vault", "verify"])
        .code(0, "both are whole: the real key opens what was sealed while it was closed");
    assert_eq!(looked.last()["whole"], 2);
    for (case, name, content) in [(&one, "a.bin", &first), (&two, "b.bin", &second)] {
        with(&home, &format!("{WORDS}\n"), &["restore", case]).code(0, "it is put back");
        assert_eq!(&std::fs::read(home.site().join(name)).expect("it is back"), content);
    }
    ok(&home, &["ledger", "verify"]);
    with(&home, "", &["vault", "key", "keep", "file"]).code(2, "taking it off needs it too");
    assert_eq!(with(&home, &format!("{WORDS}\n"), &["vault", "key", "keep", "file"]).code(0, "off again").last()["in"], "file");
}

#[test]
fn the_stock_age_takes_the_key_under_its_passphrase() {
    let home = Home::with_site();
    let [(_, one), _] = two_cases(&home);
    ok(&home, &["decide", &one, "take-down", "--now"]);
    with(&home, &format!("{WORDS}\n"), &["vault", "key", "keep", "passphrase"]).code(0, "kept");
    let locked = std::fs::read(home.vault_key_file()).expect("ours");
    let mut key = age::scrypt::Identity::new(age::secrecy::SecretString::from(WORDS));
    key.set_max_work_factor(22);
    let text = String::from_utf8(age::decrypt(&key, &locked).expect("an age file under a passphrase")).expect("text");
    assert!(text.contains("AGE-SECRET-KEY-1"), "in the form of age-keygen");
    match Command::new("age").arg("--version").output() {
        Ok(_) => {
            // It asks on a terminal only; without one it says so, and not that the file is none of its own.
            let file = home.sealed_files()[0].clone();
            let asked =
                Command::new("age").arg("-d").arg("-i").arg(home.vault_key_file()).arg(file).stdin(Stdio::null()).output().expect("it ran");
            let said = String::from_utf8(asked.stderr).expect("text");
            assert!(!said.contains("malformed") && !said.contains("unknown identity"), "{said}");
        }
        Err(_) => println!("skipped in part: the program age is not here"),
    }
}

#[test]
fn a_forgotten_passphrase_is_mended_by_the_recovery_key() {
    let home = Home::with_site();
    let [(first, one), _] = two_cases(&home);
    ok(&home, &["decide", &one, "take-down", "--now"]);
    let saved = text(&home.beside("recovery.key"));
    ok(&home, &["vault", "key", "save", &saved]);
    with(&home, &format!("{WORDS}\n"), &["vault", "key", "keep", "passphrase"]).code(0, "kept");
    ok(&home, &["vault", "key", "use", &saved]);
    assert_eq!(ok(&home, &["vault", "key", "show"])["in"], "file");
    ok(&home, &["restore", &one]);
    assert_eq!(std::fs::read(home.site().join("a.bin")).expect("it is back"), first);
}

#[test]
fn where_there_is_a_key_store_the_first_key_goes_there_and_its_absence_is_said() {
    let home = Home::with_site();
    let store = key_store(&home);
    let [(first, one), (_, two)] = two_cases(&home);
    ok(&home, &["decide", &one, "take-down", "--now"]);
    assert_eq!(ok(&home, &["vault", "key", "show"])["in"], "key_store");
    let key = std::fs::read_to_string(home.vault_key_file()).expect("a note");
    assert!(!key.contains("AGE-SECRET-KEY"), "no key lies in the home: {key}");
    assert_eq!(ok(&home, &["vault", "verify"])["whole"], 1);

    // Without its desktop (a service, a login by ssh) sealing goes on; opening says why it does not.
    let asleep = home.file("asleep", "");
    ok(&home, &["decide", &two, "take-down", "--now"]);
    assert_eq!(home.case(two.parse().expect("a number"))["uploads"][0]["place"], "vault", "sealed to the public half");
    let refused = with(&home, "", &["restore", &one]).code(2, "the store does not answer");
    assert!(refused.err.contains("\"key_locked\""), "{}", refused.err);
    #[expect(clippy::disallowed_methods, reason = "the desktop is there again")]
    std::fs::remove_file(asleep).expect("ours");
    assert_eq!(ok(&home, &["vault", "verify"])["whole"], 2);
    ok(&home, &["restore", &one]);
    assert_eq!(std::fs::read(home.site().join("a.bin")).expect("it is back"), first);

    ok(&home, &["vault", "key", "keep", "file"]);
    let left = std::fs::read_dir(store.parent().expect("a folder")).expect("ours").map_while(Result::ok);
    assert_eq!(left.filter(|entry| text(&entry.path()).contains("/secret.")).count(), 0, "the store keeps no copy");
    ok(&home, &["vault", "verify"]);
}

#[test]
fn without_a_key_store_asking_for_it_is_refused_in_words() {
    let home = Home::with_site();
    let refused = with(&home, "", &["vault", "key", "keep", "key-store"]).code(2, "there is none");
    assert!(refused.err.contains("secret-tool"), "it names what is missing: {}", refused.err);
    assert_eq!(ok(&home, &["vault", "key", "show"])["in"], "file");
}
