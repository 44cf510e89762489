//! Copies of one content on all sites, and rules of what is known to be good.

use image::imageops;
use serde_json::{Value, json};

use crate::support::{Home, encoded, jpeg, number, picture, png, text};

/// A home with two sites: a picture, its copies in another form, and other pictures.
fn with_copies() -> Home {
    let home = Home::with_site();
    let wiki = home.beside("wiki");
    std::fs::create_dir(&wiki).expect("the folder of the other site");
    home.ok(["site", "add", &text(&wiki), "--name", "wiki"]);
    let original = picture(7);
    home.upload("a.png", png(7));
    home.upload("b.png", png(7));
    std::fs::write(wiki.join("c.png"), png(7)).expect("the same bytes elsewhere");
    home.upload("recoded.jpg", jpeg(&original, 70));
    home.upload("mirrored.png", encoded(&imageops::flip_horizontal(&original), image::ImageFormat::Png));
    (20..30).for_each(|seed| drop(home.upload(&format!("other-{seed}.png"), png(seed))));
    home
}

/// The same, with a case of the picture.
fn case_of_copies() -> (Home, String) {
    let home = with_copies();
    home.list_of("mine", &[&png(7)]);
    home.sweep();
    let case = home.only_case().to_string();
    (home, case)
}

fn last(facts: &[Value]) -> &Value {
    facts.last().expect("a summary")
}

#[test]
fn every_copy_is_found_on_every_site_from_a_case_and_from_a_file() {
    let (home, case) = case_of_copies();
    let file = home.file("somewhere.png", png(7));
    for what in [case.as_str(), &text(&file)] {
        let found = home.all(["copies", what]);
        let kinds: Vec<(&Value, &Value)> = found[..found.len() - 1].iter().map(|copy| (&copy["match"], &copy["files"])).collect();
        assert_eq!(kinds, [(&json!("exact"), &json!(3)), (&json!("near"), &json!(1)), (&json!("turned"), &json!(1))], "{what}: {found:?}");
        let all = last(&found);
        assert_eq!((&all["files"], &all["compared"]), (&json!(5), &json!(13)), "{all}");
        assert_eq!(all["cannot_find"], json!(["crops", "mosaics", "redrawn_pictures", "videos"]));
    }
    let sites = home.all(["copies", &case])[0]["sites"].as_array().expect("a row a site").len();
    assert_eq!(sites, 2, "both sites are named");
}

#[test]
fn a_file_without_a_picture_is_found_by_its_bytes_alone_and_that_is_said() {
    let home = Home::with_site();
    home.upload("a.txt", "the same words");
    home.upload("b.txt", "the same words");
    home.sweep();
    let found = home.all(["copies", &text(&home.file("c.txt", "the same words"))]);
    let all = last(&found);
    assert_eq!((&all["exact"], &all["files"], &all["has_fingerprint"]), (&json!(1), &json!(2), &json!(false)), "{all}");
}

#[test]
fn a_search_from_a_case_stands_in_its_record() {
    let (home, case) = case_of_copies();
    home.ok(["copies", &case]);
    let rows = home.ledger();
    let row = rows.iter().find(|row| row["verb"] == "copies_sought").expect("it is written down");
    assert_eq!(row["body"], json!({"exact": 1, "near": 1, "turned": 1, "files": 5}));
}

#[test]
fn joined_copies_are_decided_together() {
    let (home, case) = case_of_copies();
    assert_eq!(home.ok(["copies", &case, "--join"])["joined"], 2, "the near one and the turned one had no case");
    assert_eq!(home.case(number(&json!(case.parse::<i64>().expect("a number"))))["files"], 5);
    home.ok(["decide", &case, "take-down", "--now"]);
    assert_eq!(home.counts().files, 10, "only the others are left");
    home.run(["copies", &case, "--join"]).code(2, "a decided case takes nothing in");
    home.ok(["restore", &case]);
    assert_eq!(home.counts().files, 14, "and all are back");
}

#[test]
fn a_joined_copy_never_makes_a_case_milder() {
    let home = with_copies();
    let list = home.file("strict.txt", crate::support::sha256(&png(7)));
    home.ok(["list", "add", &text(&list), "--name", "strict", "--harm", "csam", "--kind", "sha256", "--yes"]);
    home.sweep();
    let case = home.only_case();
    home.ok(["copies", &case.to_string(), "--join"]);
    home.list_of("mine", &[&jpeg(&picture(7), 70)]);
    assert_eq!(home.case(case)["harm"], "csam", "the copy is on another list; the case stays what it is");
    assert_eq!(home.case(case)["lists_naming"], 2);
}

#[test]
fn a_remembered_content_raises_a_case_when_it_comes_again() {
    let home = with_copies();
    home.sweep();
    home.ok(["list", "new", "never again"]);
    let file = home.file("again.png", png(7));
    let put = home.ok(["copies", &text(&file), "--remember", "never again"]);
    assert_eq!(put["remembered"]["list"], "never again");
    let files = |home: &Home| home.all(["inbox"]).iter().map(|case| number(&case["files"])).sum::<i64>();
    assert_eq!(files(&home), 5, "every copy that is here is in a case now");
    home.upload("later.jpg", jpeg(&picture(7), 60));
    home.sweep();
    assert_eq!(files(&home), 6, "and so is a later one");
}

#[test]
fn a_content_that_is_known_good_is_kept_by_the_rule_and_listed() {
    let (home, case) = case_of_copies();
    let made = home.ok(["good", "add", &case, "--reason", "our own logo"]);
    assert_eq!(made["kept"], json!([case.parse::<i64>().expect("a number")]));
    let shown = home.case(number(&made["kept"][0]));
    assert_eq!((&shown["state"], &shown["decision"]), (&json!("decided"), &json!("keep")));
    assert_eq!(shown["kept_by_rule"], json!({"rule": 1, "reason": "our own logo"}), "never silent");
    home.list_of("another", &[&png(7)]);
    assert_eq!(home.all(["inbox"]).len(), 0, "another list names it: it stays kept");
    let kept = home.ledger().iter().filter(|row| row["verb"] == "kept_by_rule").count();
    assert_eq!(kept, 2, "and that is written down");
    assert_eq!(home.all(["good", "ls"])[0]["cases"], json!([1]));
    assert_eq!(home.ok(["good", "rm", "1"])["back"], json!([1]));
    assert_eq!(home.all(["inbox"])[0]["second_look"], "reopened", "the rule has ended: it waits again");
}

#[test]
fn a_rule_made_before_the_first_upload_opens_a_kept_case() {
    let home = Home::with_site();
    home.list_of("mine", &[b"listed"]);
    home.ok(["good", "add", &text(&home.file("good.bin", "listed")), "--reason", "a release of ours"]);
    home.upload("a.bin", "listed");
    home.sweep();
    assert_eq!(home.all(["inbox"]).len(), 0);
    let decided = home.all(["inbox", "--state", "decided"]);
    assert_eq!((decided.len(), &decided[0]["decision"]), (1, &json!("keep")), "it is listed where decisions are");
}

#[test]
fn an_entry_that_is_known_good_keeps_what_it_alone_matches() {
    let home = Home::with_site();
    home.list_of("mine", &[b"one", b"two"]);
    home.list_of("theirs", &[b"two"]);
    home.upload("one", "one");
    home.sweep();
    home.upload("two", "two");
    home.sweep();
    let entry = |case: i64| {
        home.query(&format!("SELECT entry FROM match m JOIN content k ON k.id = m.content WHERE k.triage_case = {case} AND list = 2"))
    };
    let (first, second) = (entry(1), entry(2));
    let made = home.ok(["good", "add", "--entry", "mine", &first.to_string(), "--reason", "wrong entry"]);
    assert_eq!(made["kept"].as_array().map(Vec::len), Some(1));
    let made = home.ok(["good", "add", "--entry", "mine", &second.to_string(), "--reason", "wrong entry"]);
    assert_eq!(made["kept"], json!([]), "another list names it too");
    home.run(["good", "add", "--entry", "mine", "999", "--reason", "no such"]).code(2, "an entry that matched nothing here");
}

#[test]
fn nothing_of_a_strict_list_is_known_good() {
    let home = Home::with_site();
    let list = home.file("strict.txt", crate::support::sha256(b"listed"));
    home.ok(["list", "add", &text(&list), "--name", "strict", "--harm", "csam", "--kind", "sha256", "--yes"]);
    let file = home.file("good.bin", "listed");
    home.ok(["good", "add", &text(&file), "--reason", "made before anybody knew"]);
    home.upload("a.bin", "listed");
    home.sweep();
    assert_eq!(home.all(["inbox"]).len(), 1, "the rule does not count for it");
    home.ok(["good", "rm", "1"]);
    let ran = home.run(["good", "add", "1", "--reason", "now on purpose"]).code(2, "not from its case either");
    assert!(ran.err.contains("never known good"), "{}", ran.err);
}

#[test]
fn a_rule_ends_by_itself() {
    let (home, case) = case_of_copies();
    home.run(["good", "add", &case, "--reason", "too late", "--until", "2020-01-01"]).code(2, "an end in the past");
    home.ok(["good", "add", &case, "--reason", "for now", "--until", "2999-12-31"]);
    home.change("UPDATE good SET expires_at = 1");
    let mut watch = home.watch();
    watch.wait("the case is back", |event| event["event"] == "case");
    assert_eq!(watch.stop(), 0);
    assert_eq!(home.all(["inbox"]).len(), 1);
    assert_eq!(home.all(["good", "ls"]).len(), 0);
    assert_eq!(home.all(["good", "ls", "--all"]).len(), 1, "it stays in the list of what was");
}

#[test]
fn a_content_that_very_many_uploads_share_is_proposed_once() {
    let home = Home::with_site();
    (0..4).for_each(|n| std::fs::create_dir(home.site().join(n.to_string())).expect("a folder"));
    (0..20).for_each(|n| drop(home.upload(&format!("{}/smiley-{n}.png", n % 4), png(3))));
    home.upload("other.png", png(4));
    home.sweep();
    let proposed = home.all(["good", "proposals"]);
    assert_eq!(proposed.len(), 1, "{proposed:?}");
    assert_eq!((&proposed[0]["files"], &proposed[0]["folders"]), (&json!(20), &json!(4)));
    assert_eq!(home.all(["good", "ls"]).len(), 0, "nothing becomes a rule by itself");
    home.ok(["good", "proposals", "--dismiss", &number(&proposed[0]["content"]).to_string()]);
    assert_eq!(home.all(["good", "proposals"]).len(), 0, "asked once");
}

#[test]
fn what_a_known_account_uploads_is_kept_until_somebody_else_uploads_it() {
    let home = Home::new();
    std::fs::create_dir(home.site().join("files")).expect("the folder of attachments");
    home.ok(["site", "add", &text(&home.site()), "--name", "forum", "--preset", "phpbb"]);
    home.list_of("mine", &[b"listed"]);
    let name = |user: u32, letter: char| format!("files/{user}_{}", letter.to_string().repeat(32));
    home.upload(&name(2, 'a'), "listed");
    home.sweep();
    assert_eq!(home.all(["inbox"]).len(), 1, "nobody is known good yet");
    home.ok(["good", "add", "--uploader", "forum", "2", "--reason", "our own staff account"]);
    assert_eq!(home.all(["inbox"]).len(), 0, "what the account uploaded is kept");
    home.upload(&name(2, 'b'), "listed");
    home.sweep();
    assert_eq!(home.all(["inbox"]).len(), 0, "also when it does so again");
    home.upload(&name(7, 'c'), "listed");
    home.sweep();
    assert_eq!(home.all(["inbox"])[0]["second_look"], "reopened", "another account uploaded the same");
}
