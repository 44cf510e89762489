//! Pages of NCMEC hash sharing: what each element becomes, how pages follow each other, and what hostile XML meets.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that meets nothing where something belongs has failed")]

mod support;

use std::io::Read;

use hashlist::{
    Content, Draft, DraftValue, Format, ListState, Open, Record, Refusal, Source, Status, Summary, import_pages, limits, parse,
};
use serde_json::Value as Json;
use support::{answers, read, sample, shared};

const NAME_SPACE: &str = "https://hashsharing.ncmec.org/hashsharing/v2";
const MD5: &str = "900150983cd24fb0d6963f7d28e17f72";

fn page(inside: &str) -> String {
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<queryResult xmlns=\"{NAME_SPACE}\">{inside}</queryResult>\n")
}

fn image(id: &str, inside: &str) -> String {
    format!("<image><member id=\"42\">Example</member><id>{id}</id>{inside}</image>")
}

fn images(inside: &str) -> String {
    page(&format!("<images count=\"1\">{inside}</images>"))
}

fn prints(inside: &str) -> String {
    format!("<fingerprints>{inside}</fingerprints>")
}

fn all(source: impl Read) -> Result<(Vec<Record>, Summary), Refusal> {
    let mut records = Vec::new();
    let summary = parse(Format::NcmecXml, source, &answers(), &mut |record| records.push(record))?;
    Ok((records, summary))
}

fn code(xml: &str) -> &'static str {
    all(xml.as_bytes()).unwrap_err().code()
}

fn draft(record: &Record) -> &Draft {
    match &record.content {
        Content::Draft(draft) => draft,
        other => panic!("an entry, not {other:?}"),
    }
}

fn kinds(draft: &Draft) -> Vec<String> {
    let kind = |value: &DraftValue| match value {
        DraftValue::Signal(signal) => signal.kind().to_string(),
        DraftValue::Kept(kind, _) => kind.clone(),
        DraftValue::Hex64 { .. } => "64".to_owned(),
    };
    draft.values.iter().map(kind).collect()
}

#[test]
fn md5_and_sha1_of_pictures_and_of_videos_are_taken() {
    let entry = |name: &str| {
        format!(
            "<{name}><member id=\"1\">A</member><id>x</id>{}</{name}>",
            prints(&format!("<md5>{MD5}</md5><sha1>{}</sha1>", "a".repeat(40)))
        )
    };
    let list = page(&format!("<images>{}</images><videos>{}</videos>", entry("image"), entry("video")));
    let (records, _) = all(list.as_bytes()).unwrap();
    for record in &records {
        assert_eq!(kinds(draft(record)), ["md5", "sha1"], "a client that takes only some kinds for some media misses the others");
    }
    assert_eq!(records.len(), 2, "one picture and one video");
}

#[test]
fn names_of_fingerprints_count_by_their_letters_and_unknown_ones_are_kept() {
    let inside = prints(&format!("<Md5>{MD5}</Md5><SHA-256>{}</SHA-256><NewKind>00FF</NewKind><netclean>abc=</netclean>", "b".repeat(64)));
    let (records, _) = all(images(&image("a", &inside)).as_bytes()).unwrap();
    assert_eq!(kinds(draft(&records[0])), ["md5", "sha256", "newkind", "netclean"], "other spellings and other kinds");
}

#[test]
fn a_fingerprint_at_another_address_is_noted_and_its_address_is_not_stored() {
    let href = "/v2/entries/1/fingerprints/TMK_PDQF";
    let inside = prints(&format!("<tmk-pdqf rel=\"self\" href=\"{href}\"/><videntifier rel=\"self\" href=\"x\"></videntifier>"));
    let (records, summary) = all(images(&image("a", &inside)).as_bytes()).unwrap();
    let draft = draft(&records[0]);
    assert!(draft.reference && draft.values.is_empty(), "an entry without a signal of its own");
    assert!(!format!("{draft:?}").contains("/v2/"), "no address");
    assert_eq!(summary.about.notes.len(), 1, "one sentence for the preview");
    assert!(summary.about.notes[0].contains("1 of videntifier"), "with the kinds: {}", summary.about.notes[0]);
}

#[test]
fn the_parts_of_an_entry_come_in_any_order() {
    let parts =
        ["<member id=\"7\">M</member>", "<id>x</id>", "<timestamp>2026-11-01T10:00:00Z</timestamp>", "<classification>B2</classification>"];
    for turn in 0..4 {
        let turned: String = (0..4).map(|at| parts[(at + turn) % 4]).collect();
        let list = images(&format!("<image>{}{turned}</image>", prints(&format!("<md5>{MD5}</md5>"))));
        let (records, _) = all(list.as_bytes()).unwrap();
        let draft = draft(&records[0]);
        assert_eq!((draft.key.as_deref(), draft.status), (Some("7-x"), Some(Status::Confirmed)), "turned by {turn}");
        assert_eq!(draft.updated, Some(1_793_527_200_000), "the time of the entry");
        assert_eq!(draft.labels, ["B2", "image"], "classification and media");
    }
}

#[test]
fn deleted_entries_withdraw_their_key_and_entry_ids_repeat_between_members() {
    let list = page(
        "<images><deletedImage><member id=\"1\">A</member><id>x</id></deletedImage></images>\
         <videos><deletedVideo><id>x</id><member id=\"2\">B</member></deletedVideo></videos>",
    );
    let (records, _) = all(list.as_bytes()).unwrap();
    let keys: Vec<_> = records.iter().map(|record| (draft(record).key.clone().unwrap(), draft(record).withdrawn)).collect();
    assert_eq!(keys, [("1-x".to_owned(), true), ("2-x".to_owned(), true)], "two entries of two members");
}

#[test]
fn feedback_decides_the_status_and_counts_each_member_once_for_each_kind() {
    let members = |ids: &[&str]| {
        let members: String = ids.iter().map(|id| format!("<member id=\"{id}\">M{id}</member>")).collect();
        format!("<members timestamp=\"2026-11-01T09:40:00Z\">{members}</members>")
    };
    let reason = "<reason guid=\"g\" name=\"n\" type=\"Md5\"/>";
    let feedback = format!(
        "<feedback><affirmativeFeedback type=\"Md5\">{}</affirmativeFeedback>\
         <negativeFeedback type=\"Md5\"><reasons>{reason}{}{reason}{}</reasons></negativeFeedback>\
         <negativeFeedback type=\"Sha1\"><reasons>{reason}{}</reasons></negativeFeedback></feedback>",
        members(&["1", "2"]),
        members(&["3", "4"]),
        members(&["3", "5"]),
        members(&["3"]),
    );
    let hash = prints(&format!("<md5>{MD5}</md5>"));
    let (records, _) = all(images(&image("a", &format!("<classification>A1</classification>{hash}{feedback}"))).as_bytes()).unwrap();
    let disputed = draft(&records[0]);
    assert_eq!(disputed.status, Some(Status::Disputed), "one word against is enough, classified or not");
    assert_eq!((disputed.opinions.agree.count, disputed.opinions.against.count), (2, 4), "3, 4 and 5 of the MD5, 3 of the SHA-1");
    assert_eq!(disputed.opinions.against.names, ["M3 (Md5)", "M4 (Md5)", "M5 (Md5)", "M3 (Sha1)"], "with what they speak of");
    let agreed = "<feedback><affirmativeFeedback type=\"Md5\"/></feedback>";
    let (records, _) = all(images(&image("a", &format!("{hash}{agreed}"))).as_bytes()).unwrap();
    assert_eq!(draft(&records[0]).status, Some(Status::Suspected), "nobody classified it");
}

#[test]
fn entries_without_an_id_or_a_hash_are_rejected() {
    let hash = prints(&format!("<md5>{MD5}</md5>"));
    for (entry, reason) in [
        (format!("<image><member id=\"1\">A</member>{hash}</image>"), "missing_field"),
        (format!("<image><id>x</id>{hash}</image>"), "missing_field"),
        (format!("<image><member>A</member><id>x</id>{hash}</image>"), "missing_field"),
        (image("x", ""), "missing_field"),
        (image("x", &prints("<md5>xyz</md5>")), "bad_encoding"),
        (image(&"x".repeat(510), &hash), "bad_record"),
    ] {
        let (records, _) = all(images(&entry).as_bytes()).unwrap();
        let Content::Rejected(rejection) = &records[0].content else { panic!("rejected: {entry}") };
        assert_eq!(rejection.reason.as_str(), reason, "{entry}");
    }
}

#[test]
fn a_page_says_whether_more_follow_and_where_it_stands() {
    let next =
        "/v2/entries?from=2026-10-01T00%3A00%3A00.000Z&amp;to=2026-11-01T12%3A00%3A00.000Z&amp;start=1001&amp;size=1000&amp;max=1500";
    for next in
        [next.to_owned(), next.replace("&amp;", "&"), format!("<![CDATA[{}]]>", next.replace("&amp;", "&")), next.replace("&amp;", "&#38;")]
    {
        let (_, summary) = all(page(&format!("<images count=\"0\"/><paging><next>{next}</next></paging>")).as_bytes()).unwrap();
        assert!(summary.page.more, "more pages: {next}");
        assert_eq!(summary.page.order, Some(1001), "by where the next one begins: {next}");
        assert_eq!(summary.page.checkpoint.as_deref(), Some("2026-11-01T12:00:00.000Z"), "the end of the range: {next}");
    }
    let last = page("<images count=\"1\" maxTimestamp=\"2026-11-01T10:00:00Z\"/><videos maxTimestamp=\"2026-11-01T11:00:00Z\"/><paging/>");
    let (_, summary) = all(last.as_bytes()).unwrap();
    assert_eq!((summary.page.more, summary.page.order), (false, Some(u64::MAX)), "the last page names no next one");
    assert_eq!(summary.page.checkpoint.as_deref(), Some("2026-11-01T11:00:00Z"), "its newest entry");
    let odd = page("<paging><next>/v2/entries?start=soon</next></paging>");
    assert_eq!(all(odd.as_bytes()).unwrap().1.page.order, None, "an address without a number");
}

#[test]
fn an_unescaped_sign_is_read_in_the_next_address_only() {
    let hash = prints(&format!("<md5>{MD5}</md5>"));
    let list = images(&image("a & b", &hash));
    assert_eq!(code(&list), "damaged", "an entry id with a bare sign");
    let next = "<paging><next>/v2/entries?a=1&to=2026-11-01T12%3A00%3A00Z&start=5;x=1&y</next></paging>";
    let (_, summary) = all(page(next).as_bytes()).unwrap();
    assert_eq!(summary.page.checkpoint.as_deref(), Some("2026-11-01T12:00:00Z"), "also when a semicolon makes it look like an entity");
}

#[test]
fn no_document_type_and_no_entity_is_ever_read() {
    let bomb: String = (1..9).map(|level| format!("<!ENTITY l{level} \"{}\">", format!("&l{};", level - 1).repeat(10))).collect();
    let types = [
        format!("<!DOCTYPE queryResult [<!ENTITY l0 \"lol\">{bomb}]>"),
        "<!DOCTYPE queryResult SYSTEM \"file:///etc/hostname\">".to_owned(),
        "<!DOCTYPE queryResult [<!ENTITY x SYSTEM \"https://example.org/\">]>".to_owned(),
    ];
    for document_type in types {
        let list = images(&image("a", "")).replacen("<queryResult", &format!("{document_type}<queryResult"), 1);
        assert_eq!(code(&list), "doctype", "{document_type}");
        assert_eq!(read(list.as_bytes(), "x").unwrap_err().code(), "doctype", "recognition says the same");
        assert_eq!(code(&images(&document_type)), "doctype", "also inside");
    }
    for entity in ["&l8;", "&nbsp;", "&#0;", "&#x110000;", "&#xD800;", "&;"] {
        assert_eq!(code(&images(&image(&format!("a{entity}"), ""))), "damaged", "{entity} is none of the five");
    }
    let five = images(&image("&lt;&gt;&amp;&apos;&quot;&#65;&#x42;", &prints(&format!("<md5>{MD5}</md5>"))));
    assert_eq!(draft(&all(five.as_bytes()).unwrap().0[0]).key.as_deref(), Some("42-<>&'\"AB"), "the five, and characters by number");
}

#[test]
fn nesting_attributes_and_texts_have_their_limits() {
    // The root counts as 1.
    let nested = |depth: usize| page(&format!("{}{}", "<x>".repeat(depth - 1), "</x>".repeat(depth - 1)));
    assert!(all(nested(limits::XML_DEPTH).as_bytes()).is_ok(), "32 deep");
    assert_eq!(code(&nested(limits::XML_DEPTH + 1)), "too_deep", "33 deep");
    assert_eq!(code(&page(&"<x>".repeat(1_000_000))), "too_deep", "a million deep");

    let wide = |count: usize| page(&format!("<x {}/>", (0..count).map(|at| format!("a{at}=\"\" ")).collect::<String>()));
    assert!(all(wide(limits::XML_ATTRIBUTES).as_bytes()).is_ok(), "64 attributes");
    assert_eq!(code(&wide(limits::XML_ATTRIBUTES + 1)), "too_large", "65 attributes");
    assert_eq!(code(&wide(100_000)), "too_large", "a hundred thousand");
    assert_eq!(code(&page("<x a=\"\" a=\"\"/>")), "damaged", "one attribute twice");

    let text = |bytes: usize| page(&format!("<x>{}</x>", "t".repeat(bytes)));
    assert!(all(text(limits::XML_TEXT_BYTES).as_bytes()).is_ok(), "1 MiB of text");
    assert_eq!(code(&text(limits::XML_TEXT_BYTES + 1)), "too_large", "one byte more");
    let parts = format!("{}&amp;{}<!-- -->{}", "t".repeat(500_000), "t".repeat(500_000), "t".repeat(limits::XML_TEXT_BYTES - 1_000_000));
    assert_eq!(code(&page(&format!("<x>{parts}</x>"))), "too_large", "one byte more, in parts");
}

#[test]
fn markup_that_never_ends_is_refused_before_it_fills_the_memory() {
    for opening in ["<x", "<x a=\"", "<!--", "<![CDATA[", "<?pi ", "text", "&amp"] {
        let endless = page("").replace("</queryResult>\n", opening).into_bytes();
        let source = std::io::Cursor::new(endless).chain(std::io::repeat(b'y'));
        assert_eq!(all(source).unwrap_err().code(), "too_large", "{opening} and then the same byte for ever");
    }
}

#[test]
fn an_entry_beyond_its_limit_is_one_rejected_record() {
    let hash = format!("<md5>{MD5}</md5>");
    let print = "<k>0</k>";
    let many = |count: usize| images(&format!("{}{}", image("a", &prints(&print.repeat(count))), image("b", &prints(&hash))));
    // Each costs its name twice, its brackets and slash, and its text.
    let fits = limits::XML_ENTRY_BYTES / print.len() - 50;
    let (records, _) = all(many(fits).as_bytes()).unwrap();
    let large = draft(&records[0]);
    assert_eq!(large.values.len(), limits::SIGNALS_PER_ENTRY, "64 signals");
    assert_eq!(large.rejected.len(), fits - limits::SIGNALS_PER_ENTRY, "and the others are counted");
    let (records, _) = all(many(limits::XML_ENTRY_BYTES / print.len() + 50).as_bytes()).unwrap();
    let Content::Rejected(rejection) = &records[0].content else { panic!("beyond 2 MiB") };
    assert_eq!(rejection.reason.as_str(), "line_too_long", "more than 2 MiB");
    assert_eq!(draft(&records[1]).key.as_deref(), Some("42-b"), "the next entry is read");
}

#[test]
fn broken_documents_are_refused_with_what_is_wrong() {
    let whole = images(&image("a", &prints(&format!("<md5>{MD5}</md5>"))));
    for (xml, expected) in [
        (String::new(), "ends_early"),
        ("no markup".to_owned(), "ends_early"),
        (whole.replace("</queryResult>", ""), "ends_early"),
        (whole.replace("</images>", ""), "damaged"),
        (whole.replace("</image>", "</video>"), "damaged"),
        (format!("{whole}{whole}"), "damaged"),
        (format!("{whole}<!x>"), "damaged"),
        (whole.replace("queryResult", "status"), "unknown_format"),
    ] {
        assert_eq!(code(&xml), expected, "{xml}");
    }
    assert!(all(format!("{whole}\n<!-- end -->\n").as_bytes()).is_ok(), "white space and comments may follow");
    let bad_text = [images("").as_bytes().split_at(100).0, b"\xff\xfe</queryResult>"].concat();
    assert!(all(&bad_text[..]).is_err(), "bytes that are no text");
}

#[test]
fn offsets_lead_to_the_entries() {
    let list = format!("\u{feff}{}", images(&format!("{}\n{}", image("é", &prints(&format!("<md5>{MD5}</md5>"))), image("b", ""))));
    let (records, summary) = all(list.as_bytes()).unwrap();
    for record in &records {
        assert!(list.as_bytes()[record.offset as usize..].starts_with(b"<image>"), "record {}", record.number);
    }
    assert_eq!((records.len(), summary.bytes), (2, list.len() as u64), "two records, read to the end");
}

#[test]
fn a_hundred_thousand_entries_are_read_as_a_stream() {
    // Generated as it is read; only the last record is held.
    let head = page("").replace("</queryResult>\n", "<images>");
    let entry = |number: u64| image(&number.to_string(), &prints(&format!("<md5>{number:032x}</md5>")));
    struct Entries<F>(u64, Vec<u8>, F);
    impl<F: Fn(u64) -> String> Read for Entries<F> {
        fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
            if self.1.is_empty() && self.0 > 0 {
                self.1 = (self.2)(self.0).into_bytes();
                self.0 -= 1;
            }
            let count = out.len().min(self.1.len());
            out[..count].copy_from_slice(&self.1[..count]);
            self.1.drain(..count);
            Ok(count)
        }
    }
    const COUNT: u64 = 100_000;
    let source = head.as_bytes().chain(Entries(COUNT, Vec::new(), entry)).chain(&b"</images></queryResult>"[..]);
    let mut last = None;
    let summary = parse(Format::NcmecXml, source, &answers(), &mut |record| last = Some(record)).unwrap();
    assert_eq!(summary.records, COUNT, "every entry");
    assert_eq!(draft(&last.unwrap()).key.as_deref(), Some("42-1"), "in order");
}

#[test]
fn the_own_sample_is_incomplete_and_its_checkpoint_is_the_end_of_its_range() {
    let (_, summary) = all(&sample("ncmec-own.xml")[..]).unwrap();
    assert!(summary.page.more, "there is a next page");
    assert_eq!(summary.page.checkpoint.as_deref(), Some("2026-11-01T12:00:00.000Z"), "the range that was asked for");
}

#[test]
fn pages_of_another_project_read_as_their_readme_says() {
    let Some(expected) = shared("ncmec-xml/expected-merged.json") else { return };
    let expected: Json = serde_json::from_slice(&expected).unwrap();
    for (name, complete) in expected["complete"].as_object().unwrap() {
        let (_, summary) = all(&shared(&format!("ncmec-xml/{name}")).unwrap()[..]).unwrap();
        assert_eq!(Json::Bool(!summary.page.more), *complete, "{name}: complete");
    }
    let first = shared("ncmec-xml/entries_xml.xml").unwrap();
    let next = String::from_utf8(shared("ncmec-xml/next_unescaped.txt").unwrap()).unwrap();
    let unescaped = String::from_utf8(first.clone()).unwrap().replace(&next.trim().replace('&', "&amp;"), next.trim());
    assert!(unescaped.as_bytes() != first, "the address stands there");
    assert_eq!(all(unescaped.as_bytes()).unwrap().1.page, all(&first[..]).unwrap().1.page, "escaped or not is one address");
    let other = shared("ncmec-xml/feedback_reasons_xml.xml").unwrap();
    assert_eq!(read(&other, "x").unwrap_err().code(), "not_a_list", "an answer to another question");
}

#[test]
fn pages_come_in_the_order_of_their_range_and_the_later_one_wins() {
    let Some(expected) = shared("ncmec-xml/expected-merged.json") else { return };
    let expected: Json = serde_json::from_slice(&expected).unwrap();
    let names = expected["apply_order"].as_array().unwrap().iter().map(|name| name.as_str().unwrap());
    let pages: Vec<Vec<u8>> = names.map(|name| shared(&format!("ncmec-xml/{name}")).unwrap()).collect();
    let openers: Vec<Box<Open<'_>>> =
        pages.iter().map(|page| -> Box<Open<'_>> { Box::new(move || Ok(Box::new(&page[..]) as Box<dyn Read>)) }).collect();
    // Neither the names nor the order in which they are handed over say how they follow each other.
    let sources: Vec<Source<'_, '_>> =
        openers.iter().rev().zip(["a", "b", "c"]).map(|(open, name)| Source { name, open: open.as_ref() }).collect();
    let import = import_pages(&sources, None, &answers()).unwrap();
    assert!(import.complete, "the last page names no next one");
    assert_eq!(
        import.checkpoint.as_deref(),
        Some("2019-11-24T15:10:00Z"),
        "the latest of the two range ends and the newest entry of the last page"
    );
    let withdrawn: std::collections::BTreeSet<&str> = import.withdrawn.iter().map(String::as_str).collect();
    let expected_withdrawn = expected["withdrawn"].as_array().unwrap().iter().map(|key| key.as_str().unwrap()).collect();
    assert_eq!(withdrawn, expected_withdrawn, "withdrawn");
    let live = expected["live"].as_object().unwrap();
    assert_eq!(import.entries.len(), live.len(), "live entries");
    for entry in import.entries.iter() {
        let expected = &live[&entry.key];
        let signals: std::collections::BTreeSet<&str> = entry.signals.iter().map(|signal| signal.kind().as_str()).collect();
        let expected_signals = expected["signals"].as_array().unwrap().iter().map(|kind| kind.as_str().unwrap()).collect();
        assert_eq!(signals, expected_signals, "{}: signals", entry.key);
        assert_eq!(entry.status.as_str(), expected["status"], "{}: status", entry.key);
        let labels: Vec<&str> = ["classification", "type"].iter().filter_map(|key| expected.get(key)?.as_str()).collect();
        assert_eq!(entry.labels, labels, "{}: labels", entry.key);
    }
    assert_eq!(import.report.rejected_signals.values().sum::<u64>(), 1, "the value that is cut off");
}

#[test]
fn an_empty_page_is_a_valid_answer_for_an_existing_list_and_none_for_a_new_one() {
    let empty = page("<images count=\"0\"/><videos count=\"0\"/>");
    assert_eq!(read(empty.as_bytes(), "x").unwrap_err().code(), "nothing_accepted", "a new list needs an entry");
    let open = || Ok(Box::new(empty.as_bytes()) as Box<dyn Read>);
    let import = import_pages(&[Source { name: "x", open: &open }], Some(ListState::default()), &answers()).unwrap();
    assert_eq!((import.report.records, import.complete), (0, true), "nothing changed");
}
