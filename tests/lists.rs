//! List files from the disk to matches: what is read, what is refused, what is found and nothing else, and what a new version changes.

use std::collections::BTreeMap;
use std::time::Instant;

use image::imageops;
use serde_json::Value;

use crate::support::{Home, Random, eventually, hamming, jpeg, number, pause, picture, png, sha256, text};

/// Bits that two pictures may differ by and still match.
const NEAR: u32 = 31;

/// `fingerprint` of these bytes.
fn fingerprint(home: &Home, name: &str, bytes: &[u8]) -> Value {
    let path = home.file(name, bytes);
    home.ok(["fingerprint", &text(&path), "--dihedral"])
}

fn word<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("{key} is a word: {value}"))
}

/// Names and versions of all lists.
fn lists(home: &Home) -> Vec<(String, i64, i64)> {
    let row = |list: &Value| (word(list, "name").to_owned(), number(&list["seq"]), number(&list["entries"]));
    home.all(["list", "ls"]).iter().map(row).collect()
}

fn add(home: &Home, name: &str, content: impl AsRef<[u8]>, more: &[&str]) -> crate::support::Ran {
    let file = text(&home.file(&format!("{name}.list"), content));
    let mut arguments = vec!["list", "add", &file, "--name", name, "--harm", "local"];
    arguments.extend(more);
    home.run(arguments)
}

#[test]
fn every_form_of_list_finds_the_same_file() {
    let home = Home::new();
    let bytes = png(1);
    let facts = fingerprint(&home, "upload.png", &bytes);
    let (md5, sha1, sha256, pdq) = (word(&facts, "md5"), word(&facts, "sha1"), word(&facts, "sha256"), word(&facts, "pdq"));
    let upper = sha1.to_uppercase();
    let forms = [
        ("bare-md5", format!("{md5}\n"), "md5"),
        ("bare-sha1-in-capitals", format!("# a comment\n\n{upper}\n"), "sha1"),
        ("md5sum", format!("{md5}  some/where.png\n"), "md5"),
        ("sha256sum", format!("{sha256} *upload.png\n"), "sha256"),
        ("bsd", format!("SHA256 (upload.png) = {sha256}\n"), "sha256"),
        ("bsd-md5", format!("MD5 (a name (1).png) = {md5}\n"), "md5"),
        ("csv", format!("id,sha256,label\nx-1,{sha256},one\n"), "sha256"),
        ("csv-of-windows", format!("\u{feff}ID;SHA1;Label\r\nx-1;{sha1};\"one;two\"\r\n"), "sha1"),
        ("csv-typed", format!("hash_type,hash_value\npdq,{pdq}\n"), "pdq"),
        ("tx-pdq", format!("pdq {pdq}\n"), "pdq"),
        ("tx-md5", format!("video_md5 {md5}\n"), "md5"),
    ];
    for (name, content, _) in &forms {
        let kind: &[&str] = if *name == "sha256sum" { &["--kind", "sha256"] } else { &[] };
        let report = add(&home, name, content, kind).code(0, name).last();
        assert_eq!(report["accepted"], 1, "{name}: one entry is taken: {report}");
    }
    let upload = text(&home.beside("upload.png"));
    let found = home.run(["check", &upload]).code(1, "the file is on every list").last();
    for (name, _, kind) in &forms {
        let of_list: Vec<&str> =
            found["matches"].as_array().into_iter().flatten().filter(|m| m["list"] == *name).map(|m| word(m, "kind")).collect();
        assert_eq!(of_list, [*kind], "{name} finds it, by that kind and once");
    }
}

#[test]
fn few_values_of_64_digits_ask_what_they_are_and_many_propose_it() {
    let home = Home::new();
    let before = lists(&home);
    let digests = |n: u64| (0..n).map(|seed| sha256(&seed.to_le_bytes()) + "\n").collect::<String>();
    let asked = add(&home, "few", digests(5), &[]).code(2, "five values prove nothing: the operator must say");
    assert!(asked.err.contains("--kind"), "the question says how to answer it: {}", asked.err);
    add(&home, "few", digests(5), &["--yes"]).code(2, "there is no proposal that --yes could take");
    assert_eq!(lists(&home), before, "an open question changes nothing");
    let said = add(&home, "few", digests(5), &["--kind", "sha256"]).code(0, "the answer is taken").last();
    assert_eq!(said["signals"]["sha256"], 5, "as it was said: {said}");
    let many = add(&home, "many", digests(60), &["--yes"]).code(0, "chance gives SHA-256 away").last();
    assert_eq!(many["signals"]["sha256"], 60, "the proposal is taken: {many}");
    let pictures: String = (0..24).map(|seed| word(&fingerprint(&home, "p.png", &png(seed)), "pdq").to_owned() + "\n").collect();
    let many = add(&home, "pictures", pictures, &["--yes"]).code(0, "half the bits set gives PDQ away").last();
    assert_eq!(many["signals"]["pdq"], 24, "the proposal is taken: {many}");
}

#[test]
fn what_is_no_list_is_refused_and_nothing_is_changed() {
    let home = Home::new();
    let listed = home.file("listed", "listed");
    add(&home, "mine", sha256(b"listed") + "\n", &["--kind", "sha256"]).code(0, "a good list");
    let before = lists(&home);
    let kept = || crate::support::contents_below(&home.dir().join("lists"));
    let files = kept();
    let bad: [(&str, Vec<u8>); 7] = [
        ("an empty file", Vec::new()),
        (
            "a sign-in page",
            b"<!DOCTYPE html><html><head><title>Sign in</title></head><body>d41d8cd98f00b204e9800998ecf8427f</body></html>".to_vec(),
        ),
        ("a picture", png(3)),
        ("noise", Random(5).bytes(4_000)),
        ("an archive", b"PK\x03\x04\x14\0\0\0\x08\0and so on".to_vec()),
        ("a letter", b"Dear admin,\nplease find our list attached.\nBest\n".to_vec()),
        ("only comments", b"# nothing\n# here\n".to_vec()),
    ];
    for (what, content) in bad {
        for name in ["mine", "new"] {
            let refused = add(&home, name, &content, &["--kind", "sha256", "--yes"]).code(2, &format!("{what} is no list"));
            assert!(refused.err.contains("list_refused"), "{what} is refused by that code: {}", refused.err);
            assert!(refused.out.lines().all(|line| !line.contains("\"seq\"")), "{what}: nothing says imported: {}", refused.out);
        }
        assert_eq!(lists(&home), before, "{what} changes no list");
    }
    home.run(["list", "add", &text(&home.dir()), "--harm", "local"]).code(2, "a folder is no list");
    home.run(["list", "add", "/no/such/file", "--harm", "local"]).code(2, "a missing file is no list");
    assert_eq!(kept(), files, "nothing is left behind in the home");
    home.run(["check", &text(&listed)]).code(1, "the version before answers");
}

#[test]
fn the_report_names_each_bad_line_by_number_and_no_value_by_itself() {
    let home = Home::new();
    let mut random = Random(11);
    let mut hex = |digits: usize| -> String { (0..digits).map(|_| char::from_digit(random.below(16) as u32, 16).unwrap_or('0')).collect() };
    let mut lines: Vec<String> = (0..40).map(|_| hex(32)).collect();
    let bad = [(5, hex(31)), (12, format!("{}xyz{}", hex(10), hex(19))), (33, hex(50))];
    for (line, value) in &bad {
        lines[line - 1].clone_from(value);
    }
    let content = lines.join("\n") + "\n";
    let report = add(&home, "mine", &content, &["--kind", "md5"]).code(0, "three bad lines of forty are told, not fatal");
    let told: Vec<i64> = report.facts().iter().filter(|fact| fact["outcome"] == "rejected").map(|fact| number(&fact["line"])).collect();
    assert_eq!(told, [5, 12, 33], "each rejected line is named by its number: {}", report.out);
    let facts = report.facts();
    assert!(facts.iter().filter(|fact| fact["line"].is_i64()).all(|fact| fact["reason"].is_string()), "and by a reason: {}", report.out);
    let last = report.last();
    assert_eq!((&last["accepted"], &last["records"]), (&37.into(), &40.into()), "the rest is taken: {last}");
    let plain = home
        .command()
        .args(["list", "add", &text(&home.beside("mine.list")), "--name", "again", "--harm", "local", "--kind", "md5"])
        .output();
    let plain = plain.expect("the same import in text");
    let said = [report.out.as_bytes(), report.err.as_bytes(), &plain.stdout, &plain.stderr].concat();
    let said = String::from_utf8(said).expect("the program prints UTF-8").to_lowercase();
    for line in &lines {
        assert!(!said.contains(line.as_str()), "no value of a list is printed, neither a good nor a bad one");
        assert!(!said.contains(&line[..16]), "nor the half of one");
    }
}

#[test]
fn f05_an_import_killed_at_any_moment_leaves_the_old_version_or_the_new_one() {
    let home = Home::new();
    let (old, new) = (home.file("old", "old"), home.file("new", "new"));
    let both = format!("{}\n{}\n", sha256(b"old"), sha256(b"second"));
    add(&home, "mine", &both, &["--kind", "sha256"]).code(0, "the old version");
    let many: String = (0..60_000_u64).map(|seed| sha256(&seed.to_le_bytes()) + "\n").collect();
    let next = text(&home.file("next.list", format!("{}\n{}\n{many}", sha256(b"old"), sha256(b"new"))));
    let arguments = ["list", "add", &next, "--name", "mine", "--harm", "local", "--kind", "sha256", "--yes"];
    let started = Instant::now();
    let measured = Home::new();
    measured.ok(arguments);
    let whole = started.elapsed();
    let mut killed = 0;
    for share in [5, 20, 40, 60, 75, 85, 92, 97] {
        let mut import = home.start(arguments);
        // The moment of the kill is what this test varies.
        pause(whole * share / 100);
        killed += u32::from(!import.has_ended());
        import.kill();
        let version = home.ok(["list", "show", "mine"]);
        let (seq, entries) = (number(&version["seq"]), number(&version["entries"]));
        assert!(
            (seq == 1 && entries == 2) || (seq > 1 && entries == 60_002),
            "one version or the other, never a part: {seq} with {entries}"
        );
        home.run(["check", &text(&old)]).code(1, "the list answers, whichever version it is");
        home.run(["check", &text(&new)]).code(i32::from(seq > 1), "and answers as that version");
    }
    assert!(killed > 0, "some kills came before the end of the import (it takes {whole:?})");
    home.ok(arguments);
    home.run(["check", &text(&new)]).code(1, "the next import goes through");
    home.ok(["ledger", "verify"]);
}

/// A file of the matching test, with what `fingerprint` says of it.
struct Sample {
    name: String,
    facts: Value,
}

/// Sixty pictures; near copies and mirrored ones of the first forty, and innocents.
fn samples(home: &Home) -> Vec<Sample> {
    let dir = home.beside("samples");
    std::fs::create_dir(&dir).expect("a folder");
    let mut paths = Vec::new();
    let mut write = |name: String, bytes: Vec<u8>| {
        let path = dir.join(&name);
        std::fs::write(&path, bytes).expect("a sample");
        paths.push((name, text(&path)));
    };
    for seed in 0..60 {
        let image = picture(seed);
        write(format!("{seed}-original.png"), png(seed));
        if seed < 40 {
            write(format!("{seed}-recompressed.jpg"), jpeg(&image, 35));
            write(format!("{seed}-smaller.jpg"), jpeg(&imageops::resize(&image, 136, 102, imageops::FilterType::CatmullRom), 75));
            write(format!("{seed}-mirrored.png"), crate::support::encoded(&imageops::flip_horizontal(&image), image::ImageFormat::Png));
            let mut cropped = image.clone();
            let cut = 4 + (seed as u32 % 10) * 3;
            let (width, height) = (image.width() - 2 * cut, image.height() - 2 * cut);
            let cropped = imageops::crop(&mut cropped, cut, cut, width, height).to_image();
            write(format!("{seed}-cropped.jpg"), jpeg(&cropped, 80));
        }
    }
    let mut arguments = vec!["fingerprint".to_owned(), "--dihedral".to_owned()];
    arguments.extend(paths.iter().map(|(_, path)| path.clone()));
    let facts = home.all(&arguments);
    assert_eq!(facts.len(), paths.len(), "every file is answered");
    paths.into_iter().zip(facts).map(|((name, _), facts)| Sample { name, facts }).collect()
}

/// What a picture must match of one entry: `near` if the stored view is near enough, else `turned` by its nearest other view.
fn expected(sample: &Sample, entry: &str) -> Option<(&'static str, u32)> {
    let quality = sample.facts["pdq_quality"].as_i64().unwrap_or(0);
    if quality < 50 {
        return None;
    }
    let own = hamming(word(&sample.facts, "pdq"), entry);
    if own <= NEAR {
        return Some(("near", own));
    }
    let views = sample.facts["views"].as_object().into_iter().flatten();
    let nearest = views.map(|(_, hash)| hamming(hash.as_str().unwrap_or_default(), entry)).min();
    nearest.filter(|distance| *distance <= NEAR).map(|distance| ("turned", distance))
}

#[test]
fn every_listed_hash_and_every_near_copy_is_found_and_nothing_else() {
    let home = Home::new();
    let samples = samples(&home);
    let original = |seed: usize| samples.iter().find(|s| s.name == format!("{seed}-original.png")).expect("each seed has its original");
    let mut by_pdq = "id,pdq\n".to_owned();
    let mut by_digest = "id,md5,sha1,sha256\n".to_owned();
    let mut pdq_entries = Vec::new();
    let mut digest_entries: BTreeMap<String, (String, &str)> = BTreeMap::new();
    for seed in 0..30 {
        let facts = &original(seed).facts;
        by_pdq += &format!("p-{seed},{}\n", word(facts, "pdq"));
        pdq_entries.push((format!("p-{seed}"), word(facts, "pdq").to_owned()));
        let (kind, row) = match seed % 3 {
            0 => ("md5", format!("{},,", word(facts, "md5"))),
            1 => ("sha1", format!(",{},", word(facts, "sha1"))),
            _ => ("sha256", format!(",,{}", word(facts, "sha256"))),
        };
        by_digest += &format!("d-{seed},{row}\n");
        digest_entries.insert(word(facts, "sha256").to_owned(), (format!("d-{seed}"), kind));
    }
    add(&home, "pictures", by_pdq, &["--kind", "pdq"]).code(0, "a list of PDQ values");
    add(&home, "digests", by_digest, &[]).code(0, "a list of digests");
    let checked = home.run(["check", &text(&home.beside("samples"))]).code(1, "some are found");
    let checked = checked.facts();
    assert_eq!(checked.len(), samples.len(), "every file is answered once");
    let (mut near, mut turned, mut exact, mut none) = (0, 0, 0, 0);
    for sample in &samples {
        let digest = word(&sample.facts, "sha256");
        let line = checked.iter().find(|line| word(line, "path").ends_with(&format!("/{}", sample.name))).expect("its line is there");
        let key = |m: &Value| {
            let distance = m["distance"].as_u64().map(|bits| u32::try_from(bits).unwrap_or(u32::MAX));
            (word(m, "list").to_owned(), word(m, "entry").to_owned(), word(m, "kind").to_owned(), word(m, "match").to_owned(), distance)
        };
        let mut found: Vec<_> = line["matches"].as_array().into_iter().flatten().map(key).collect();
        let mut wanted = Vec::new();
        if let Some((entry, kind)) = digest_entries.get(digest) {
            wanted.push(("digests".to_owned(), entry.clone(), (*kind).to_owned(), "exact".to_owned(), None));
            exact += 1;
        }
        for (entry, hash) in &pdq_entries {
            if let Some((how, distance)) = expected(sample, hash) {
                wanted.push(("pictures".to_owned(), entry.clone(), "pdq".to_owned(), how.to_owned(), Some(distance)));
                *if how == "near" { &mut near } else { &mut turned } += 1;
            }
        }
        none += usize::from(wanted.is_empty());
        found.sort();
        wanted.sort();
        assert_eq!(found, wanted, "{}: what the definition says, and nothing else", sample.name);
        let verdict = if wanted.is_empty() { "no_match" } else { "match" };
        assert_eq!(line["verdict"], verdict, "{}: the verdict follows from its matches", sample.name);
    }
    assert_eq!(exact, 30, "every listed digest is found by its file");
    assert!(near >= 90 && turned >= 25 && none >= 60, "the samples try every case: {near} near, {turned} turned, {none} without");
}

#[test]
fn a_picture_without_contrast_is_kept_and_never_matched() {
    let home = Home::new();
    let flat = |shade: u8| crate::support::encoded(&image::RgbImage::from_pixel(200, 200, image::Rgb([shade; 3])), image::ImageFormat::Png);
    let facts = fingerprint(&home, "white.png", &flat(250));
    assert_eq!(facts["unusable"], "low_quality_hash", "a flat picture has no usable fingerprint: {facts}");
    let hash = facts["pdq"].as_str().unwrap_or("f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22");
    add(&home, "mine", format!("id,pdq\nx-1,{hash}\n"), &["--kind", "pdq", "--yes"]);
    let path = text(&home.file("grey.png", flat(240)));
    let line = home.run(["check", &path]).code(2, "it could not be checked").last();
    assert_eq!(
        (&line["verdict"], &line["reason"]),
        (&"could_not_check".into(), &"low_quality_hash".into()),
        "said, and not matched: {line}"
    );
}

#[test]
fn blanks_with_bars_never_match_each_other() {
    let home = Home::new();
    let framed = |shade: u8, width: u32| {
        let bar = |x: u32| if (40..360).contains(&x) { shade } else { 0 };
        crate::support::encoded(&image::RgbImage::from_fn(width, 300, |x, _| image::Rgb([bar(x); 3])), image::ImageFormat::Png)
    };
    let facts = fingerprint(&home, "bars.png", &framed(250, 400));
    assert!(number(&facts["pdq_quality"]) >= 50, "two edges are structure to the reference: {facts}");
    assert_eq!(facts["unusable"], "low_quality_hash", "and nothing to be told apart by: {facts}");
    add(&home, "mine", format!("id,pdq\nx-1,{}\n", word(&facts, "pdq")), &["--kind", "pdq", "--yes"]);
    let path = text(&home.file("other.png", framed(230, 400)));
    let line = home.run(["check", &path]).code(2, "it could not be checked").last();
    assert_eq!(line["verdict"], "could_not_check", "another empty page between bars is not that one: {line}");
}

#[test]
fn pages_of_an_exchange_change_a_list_and_what_they_delete_opens_a_past_decision() {
    let home = Home::with_site();
    home.upload("one", "one");
    home.upload("two", "two");
    let page = |name: &str, checkpoint: u32, records: &[(u32, &str, bool)]| {
        let record = |(id, content, deleted): &(u32, &str, bool)| {
            format!(
                r#"{{"hash_digest":"{}","algorithm":"SHA256","ideology":"example","file_type":"pdf","deleted":{deleted},"updated_on":{checkpoint}.5,"created_on":"2026-11-01T10:00:00","id":{id}}}"#,
                sha256(content.as_bytes())
            )
        };
        let results: Vec<String> = records.iter().map(record).collect();
        let text = format!(
            r#"{{"count":{},"next":null,"previous":null,"checkpoint":"{checkpoint}.5,9","results":[{}]}}"#,
            records.len(),
            results.join(",")
        );
        home.file(name, text)
    };
    let folder = home.beside("pages");
    std::fs::create_dir(&folder).expect("a fresh folder");
    let folder = text(&folder);
    page("pages/page-1.json", 1_790_000_001, &[(1, "one", false)]);
    page("pages/page-2.json", 1_790_000_002, &[(2, "two", false), (3, "three", false)]);
    let first = home.ok(["list", "add", &folder, "--name", "exchange", "--harm", "local", "--yes"]);
    assert_eq!(
        (&first["format"], &first["pages"], &first["added"]),
        (&"tat".into(), &2.into(), &3.into()),
        "two pages, one version: {first}"
    );
    home.sweep();
    let cases = home.all(["inbox"]);
    assert_eq!(cases.len(), 2, "one case for each file: {cases:?}");
    let numbers = cases.iter().map(|case| number(&case["case"]));
    let of_one =
        numbers.into_iter().find(|case| home.case(*case).to_string().contains(r#""path":"one""#)).expect("the first file has a case");
    home.ok(["decide", &of_one.to_string(), "take-down", "--now"]);
    let next = text(&page("next.json", 1_790_000_003, &[(1, "one", true), (4, "four", false)]));
    let second = home.ok(["list", "add", &next, "--name", "exchange", "--yes"]);
    assert_eq!((&second["added"], &second["withdrawn"]), (&1.into(), &1.into()), "a page says only what changed: {second}");
    assert_eq!(home.ok(["list", "show", "exchange"])["entries"], 3, "what it does not name stays");
    let after = home.case(of_one);
    assert_eq!((&after["state"], &after["second_look"]), (&"open".into(), &"entry_withdrawn".into()), "it may have been wrong: {after}");
    let same = home.ok(["list", "add", &next, "--name", "exchange", "--yes"]);
    assert_eq!((&same["added"], &same["withdrawn"]), (&0.into(), &0.into()), "the same page again changes nothing: {same}");
}

#[test]
fn a_new_list_raises_cases_for_older_uploads_without_reading_a_file() {
    let home = Home::with_site();
    home.upload("old.png", png(8));
    home.upload("copy.jpg", jpeg(&picture(8), 40));
    home.upload("other.png", png(9));
    home.sweep();
    assert!(home.all(["inbox"]).is_empty(), "no list names them yet");
    let hash = word(&fingerprint(&home, "f.png", &png(8)), "pdq").to_owned();
    #[expect(clippy::disallowed_methods, reason = "the folder of the site goes away, as an unplugged disk does")]
    std::fs::rename(home.site(), home.beside("unplugged")).expect("the rename works");
    let report = add(&home, "late", format!("id,pdq\nx-1,{hash}\n"), &["--kind", "pdq"]).code(0, "the list is added").last();
    assert_eq!(report["now_matching"], 2, "the import says what it changes here: {report}");
    let cases = eventually("older uploads are matched again", || Some(home.all(["inbox"])).filter(|cases| !cases.is_empty()));
    assert_eq!(cases.len(), 2, "the picture and its near copy, from what is stored: {cases:?}");
    let counts = home.counts();
    assert_eq!((counts.files, counts.gone, counts.checked), (3, 0, 3), "no row of a file changes by a list");
}

#[test]
fn a_list_added_beside_a_running_watch_raises_its_cases_there() {
    let home = Home::with_site();
    let mut watch = home.watch();
    home.upload("old", "listed later");
    watch.wait("it is checked", |event| event["event"] == "checked" && event["path"] == "old");
    home.list_of("late", &[b"listed later"]);
    let open = eventually("the case is there", || home.all(["inbox"]).pop());
    assert_eq!(open["lists"][0], "late", "by the new list: {open}");
    assert_eq!(open["files"], 1, "with its file: {open}");
    home.list_of("later", &[b"new content"]);
    home.upload("new", "new content");
    let event = watch.wait("the running watch matches with the new list", |event| event["event"] == "case" && event["path"] == "new");
    assert_eq!(event["lists"][0], "later", "which it took up by itself: {event}");
}

#[test]
fn a_withdrawn_entry_marks_its_match_and_its_case_and_a_rollback_undoes_that() {
    let home = Home::with_site();
    home.list_of("mine", &[b"one", b"two"]);
    home.upload("one", "one");
    home.sweep();
    let case = home.only_case();
    home.list_of("mine", &[b"two"]);
    let after = home.case(case);
    assert_eq!(after["matches"][0]["withdrawn"], true, "the match says that its entry is gone: {after}");
    assert_eq!(after["second_look"], "entry_withdrawn", "and so does the case, which stays: {after}");
    home.upload("again", "one");
    home.sweep();
    assert_eq!(home.all(["inbox", "--state", "all"]).len(), 1, "a withdrawn entry raises nothing new");
    let back = home.ok(["list", "rollback", "mine"]);
    assert_eq!(back["seq"], 1, "the version before answers again: {back}");
    let after = home.case(case);
    assert_eq!(after["matches"][0]["withdrawn"], false, "the entry is back: {after}");
    assert!(after["second_look"].is_null() && after["state"] == "open", "and the case is an open one like before: {after}");
    let versions = home.ok(["list", "show", "mine"])["versions"].clone();
    let active: Vec<i64> = versions.as_array().into_iter().flatten().filter(|v| v["active"] == true).map(|v| number(&v["seq"])).collect();
    assert_eq!(active, [1], "one version answers: {versions}");
    home.run(["list", "rollback", "mine", "--to", "99"]).code(2, "there is no such version");
}

#[test]
fn a_withdrawn_entry_opens_a_finished_take_down_again() {
    let home = Home::with_site();
    home.list_of("mine", &[b"one", b"two"]);
    let path = home.upload("one", "one");
    home.sweep();
    let case = home.only_case();
    home.ok(["decide", &case.to_string(), "take-down", "--now"]);
    home.list_of("mine", &[b"two"]);
    let after = home.case(case);
    assert_eq!((&after["state"], &after["second_look"]), (&"open".into(), &"entry_withdrawn".into()), "it may have been wrong: {after}");
    home.ok(["restore", &case.to_string()]);
    assert!(path.is_file(), "and can be put back");
}

#[test]
fn a_removed_list_matches_nothing_more_and_its_cases_stay() {
    let home = Home::with_site();
    home.list_of("mine", &[b"one"]);
    let path = home.upload("one", "one");
    home.sweep();
    let case = home.only_case();
    home.ok(["list", "rm", "mine"]);
    assert!(lists(&home).iter().all(|(name, ..)| name != "mine"), "it is in use no more");
    home.run(["check", &text(&path)]).code(0, "it names nothing any more");
    assert_eq!(home.case(case)["sha256"], sha256(b"one"), "what it raised stays in the record");
    home.list_of("mine", &[b"one"]);
    home.run(["check", &text(&path)]).code(1, "its name is free for a new list");
}

#[test]
fn a_list_of_known_good_files_raises_nothing_and_hides_nothing() {
    let home = Home::with_site();
    let good = text(&home.file("good.list", format!("{}\n{}\n", sha256(b"good"), sha256(b"both"))));
    home.ok(["list", "add", &good, "--name", "good", "--harm", "local", "--polarity", "ignore", "--kind", "sha256"]);
    home.list_of("bad", &[b"both"]);
    home.upload("good", "good");
    home.upload("both", "both");
    home.sweep();
    let case = home.case(home.only_case());
    assert_eq!(case["sha256"], sha256(b"both"), "a good word never hides a warning: {case}");
    let lists: Vec<&str> = case["matches"].as_array().into_iter().flatten().map(|m| word(m, "list")).collect();
    assert!(lists.contains(&"good") && lists.contains(&"bad"), "both opinions are shown: {lists:?}");
    let checked = home.run(["check", &text(&home.site().join("good"))]).code(0, "known good is no match").last();
    assert_eq!(checked["verdict"], "no_match", "{checked}");
}

#[test]
fn f80_a_list_that_would_shrink_by_half_asks_first() {
    let home = Home::new();
    let digests = |n: u64| (0..n).map(|seed| sha256(&seed.to_le_bytes()) + "\n").collect::<String>();
    add(&home, "mine", digests(100), &["--kind", "sha256"]).code(0, "the first version");
    let asked = add(&home, "mine", digests(30), &["--kind", "sha256"]).code(2, "a cut download looks like this");
    assert!(asked.err.contains("guard"), "it is a guard that asks: {}", asked.err);
    assert_eq!(lists(&home).iter().find(|list| list.0 == "mine").map(|list| (list.1, list.2)), Some((1, 100)), "nothing is changed");
    let report = add(&home, "mine", digests(30), &["--kind", "sha256", "--yes"]).code(0, "the operator knows").last();
    assert_eq!((&report["seq"], &report["withdrawn"]), (&2.into(), &70.into()), "the difference is told: {report}");
}

#[test]
fn a_list_without_a_harm_is_not_imported() {
    let home = Home::new();
    let file = text(&home.file("l", sha256(b"x") + "\n"));
    let asked = home.run(["list", "add", &file, "--kind", "sha256", "--yes"]).code(2, "what it is about is never guessed");
    assert!(asked.err.contains("--harm"), "the question says how to answer it: {}", asked.err);
    assert_eq!(lists(&home).len(), 1, "only the practice list is there");
}

#[test]
fn an_older_file_asks_whether_going_back_is_meant() {
    let home = Home::new();
    let dated = |day: u32| format!("hash,updated\n{},2026-11-{day:02}T00:00:00Z\n", "900150983cd24fb0d6963f7d28e17f72");
    add(&home, "mine", dated(20), &[]).code(0, "the first version");
    let asked = add(&home, "mine", dated(10), &[]).code(2, "yesterday's file lies beside today's");
    assert!(asked.err.contains("older than the version that is active"), "{}", asked.err);
    add(&home, "mine", dated(10), &["--yes"]).code(0, "it is meant");
    add(&home, "mine", dated(20), &[]).code(0, "and forward again");
}

#[test]
fn five_versions_of_a_list_are_kept_and_none_of_one_that_is_removed() {
    let home = Home::with_site();
    let path = home.upload("one", "one");
    let version = |n: u64| format!("{}\n{}\n", sha256(b"one"), sha256(&n.to_le_bytes()));
    add(&home, "mine", version(0), &["--kind", "sha256"]).code(0, "the first version");
    home.sweep();
    let case = home.only_case();
    (1..8).for_each(|n| drop(add(&home, "mine", version(n), &["--kind", "sha256"]).code(0, "a next version")));
    let kept = || -> Vec<u64> {
        let shown = home.ok(["list", "show", "mine"]);
        let versions = shown["versions"].as_array().unwrap().clone();
        versions.iter().filter(|version| version["kept"] == true).map(|version| version["seq"].as_u64().unwrap()).collect()
    };
    assert_eq!(kept(), [8, 7, 6, 5, 4], "the newest five");
    home.run(["list", "rollback", "mine", "--to", "2"]).code(2, "its files are gone");
    home.ok(["list", "rollback", "mine", "--to", "4"]);
    assert_eq!(kept(), [8, 7, 6, 5, 4], "going back removes nothing");
    assert_eq!(home.case(case)["state"], "open", "and the case that the first version raised is still there");

    let lists = home.dir().join("lists");
    let files = || std::fs::read_dir(&lists).unwrap().map(|dir| dir.unwrap().path()).filter(|path| path.is_dir()).count();
    let before = files();
    home.ok(["list", "rm", "mine"]);
    assert_eq!(files(), before - 1, "what its publisher gave is not ours to keep");
    home.run(["check", &text(&path)]).code(0, "it names nothing any more");
    assert_eq!(home.case(case)["sha256"], sha256(b"one"), "what it raised stays in the record");
}
