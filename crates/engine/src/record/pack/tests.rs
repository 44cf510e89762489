use hashlist::Harm;
use serde_json::json;

use super::facts::*;
use super::known::{IpEvent, Known};
use super::*;
use crate::model::{CaseId, MatchType, Place, SiteMode};
use crate::store::ledger::LedgerRow;
use fingerprint::signal::Sha256;

const ALL: [PackKind; 6] = [PackKind::Ncmec, PackKind::Nca, PackKind::Hotline, PackKind::Police, PackKind::Dsa, PackKind::Plain];
const NOW: i64 = 1_795_438_800_000;

fn row(seq: i64, verb: &str, body: serde_json::Value) -> LedgerRow {
    let mut row = LedgerRow {
        seq,
        at: NOW + seq * 1_000,
        verb: verb.to_owned(),
        person: "Ana".to_owned(),
        case: Some(CaseId::new(42)),
        body_text: body.to_string(),
        body,
        previous: Sha256::new([7; 32]),
        hash: Sha256::new([0; 32]),
    };
    row.hash = row.computed_hash();
    row
}

/// A made-up case: one picture in two places, on two lists, taken down.
fn facts(harm: Harm) -> PackFacts {
    let upload = |place: &str, at| UploadFacts {
        n: 1,
        site: "forum".to_owned(),
        place: place.to_owned(),
        file_time: at - 60_000,
        found_at: at,
        now: Place::Holding,
    };
    let found = |list: &str, match_type, distance: Option<u16>| MatchFacts {
        n: 1,
        list: list.to_owned(),
        version: 118,
        entry: 412,
        kind: if distance.is_some() { "pdq" } else { "sha256" }.to_owned(),
        match_type,
        distance,
        threshold: distance.map(|_| 31),
        status: "confirmed".to_owned(),
        labels: vec!["A1".to_owned()],
        found_at: NOW + 2_000,
        is_withdrawn: false,
    };
    let custody = vec![
        row(1, "matched", json!({"list": 3, "entry": "#412", "kinds": ["sha256"]})),
        row(2, "decided", json!({"decision": "take_down", "note": null})),
        row(3, "done", json!({"action": "quarantine", "sha256": "aa".repeat(32), "path": "2026/secret-name.jpg"})),
    ];
    PackFacts {
        case: 42,
        harm,
        made_at: NOW + 3_600_000,
        program: "0.1.0".to_owned(),
        sites: vec![SiteFacts { name: "forum".to_owned(), mode: SiteMode::Live, preset: Some("phpbb".to_owned()) }],
        contents: vec![ContentFacts {
            n: 1,
            size: 212_000,
            kind: "image/jpeg".to_owned(),
            md5: "11".repeat(16),
            sha1: "22".repeat(20),
            sha256: "aa".repeat(32),
            pdq: Some(("33".repeat(32), 83)),
        }],
        uploads: vec![upload("2026/11/…", NOW), upload("2026/12/…", NOW + 1_000)],
        matches: vec![found("Hotline list", MatchType::Exact, None), found("TCAP test", MatchType::Near, Some(12))],
        decision: Some(("take_down".to_owned(), NOW + 5_000)),
        actions: vec![ActionFacts { at: NOW + 6_000, what: "taken down", n: 1 }],
        viewed: viewed(&custody),
        kept: "2 sealed in the vault of this computer.".to_owned(),
        filed: Vec::new(),
        notices: vec![("person".to_owned(), "mail 7".to_owned(), NOW - 9_000)],
        custody,
        profiles: vec![("United States".to_owned(), "2026-11-20".to_owned(), String::new())],
        urgent: vec!["If a child is in danger now: call the police first (911), then file.".to_owned()],
    }
}

fn known(kind: PackKind) -> Known {
    let all = [
        ("reporter_first_name", "Ana"),
        ("reporter_last_name", "O'Brien <admin>"),
        ("page_url", "https://forum.example/t/1?a=1&b=2"),
        ("account_id", "4711"),
        ("screen_name", "=cmd|x"),
        ("account_email", "u@mail.example"),
        ("ground", "Clause 4 of our terms"),
        ("complain_to", "complaints@forum.example"),
    ];
    let asked = known::asked(kind);
    let mut known = Known::read(kind, all.into_iter().filter(|(name, _)| asked.iter().any(|field| field.as_str() == *name))).unwrap();
    known.ips = vec![IpEvent::read("203.0.113.7:443 2026-11-23T12:59:00Z Upload").unwrap()];
    known
}

fn text_of<'a>(pack: &'a Pack, name: &str) -> &'a str {
    let file = pack.files.iter().find(|file| file.name == name).unwrap_or_else(|| panic!("{name} is in the pack"));
    std::str::from_utf8(&file.bytes).unwrap()
}

/// The golden files: what was looked at once and found right. A change of a pack is seen in them, file by file.
/// Written anew where one is missing: remove it, run, and look at the difference.
#[test]
fn packs_are_as_they_were_looked_at() {
    let golden = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    for kind in ALL {
        let dir = golden.join(kind.as_str());
        std::fs::create_dir_all(&dir).unwrap();
        let pack = build(kind, &facts(Harm::Csam), &known(kind));
        let mut names: Vec<String> = Vec::new();
        for file in &pack.files {
            let path = dir.join(&file.name);
            if !path.exists() {
                std::fs::write(&path, &file.bytes).unwrap();
            }
            assert_eq!(String::from_utf8(file.bytes.clone()).unwrap(), std::fs::read_to_string(&path).unwrap(), "{kind}: {}", file.name);
            names.push(file.name.clone());
        }
        let there = std::fs::read_dir(&dir).unwrap().count();
        assert_eq!(there, names.len(), "{kind}: no file is left from earlier: {names:?}");
    }
}

#[test]
fn each_kind_holds_its_files_and_a_protected_list_gives_no_hash_to_plain_facts() {
    let names = |kind, harm| build(kind, &facts(harm), &known(kind)).files.into_iter().map(|file| file.name).collect::<Vec<_>>();
    for kind in [PackKind::Hotline, PackKind::Dsa] {
        assert!(
            names(kind, Harm::Local).iter().all(|name| !name.ends_with(".csv") && !name.ends_with(".jsonl")),
            "{kind} holds nothing else"
        );
    }
    for harm in [Harm::Csam, Harm::Unknown, Harm::Ncii] {
        let pack = build(PackKind::Plain, &facts(harm), &known(PackKind::Plain));
        for file in &pack.files[..pack.files.len() - 1] {
            let text = String::from_utf8(file.bytes.clone()).unwrap();
            for hash in ["11".repeat(16), "22".repeat(20), "aa".repeat(32), "33".repeat(32)] {
                assert!(!text.contains(&hash), "{}: {} holds a fingerprint", harm.as_str(), file.name);
            }
        }
    }
    assert!(names(PackKind::Plain, Harm::Tvec).contains(&"03-hashes.csv".to_owned()), "others do hold them");
}

#[test]
fn no_pack_holds_a_name_that_an_uploader_chose() {
    for kind in ALL {
        for file in build(kind, &facts(Harm::Tvec), &known(kind)).files {
            let text = String::from_utf8(file.bytes).unwrap();
            assert!(!text.contains("secret-name"), "{kind}: {}", file.name);
        }
    }
}

#[test]
fn the_elements_of_the_report_are_well_formed_and_in_the_enforced_order() {
    let pack = build(PackKind::Ncmec, &facts(Harm::Csam), &known(PackKind::Ncmec));
    let xml = text_of(&pack, "report.xml");
    let order = [
        "<report>",
        "<incidentSummary>",
        "<incidentType>",
        "<incidentDateTime>",
        "<incidentDateTimeDescription>",
        "<internetDetails>",
        "<webPageIncident>",
        "<url>",
        "<reporter>",
        "<reportingPerson>",
        "<firstName>",
        "<lastName>",
        "<personOrUserReported>",
        "<personOrUserReportedPerson>",
        "<espIdentifier>",
        "<espService>",
        "<screenName>",
        "<ipCaptureEvent>",
        "<ipAddress>",
        "<eventName>",
        "<dateTime>",
        "<port>",
    ];
    let places: Vec<usize> = order.iter().map(|tag| xml.find(tag).unwrap_or_else(|| panic!("{tag} is there: {xml}"))).collect();
    assert!(places.is_sorted(), "in order: {xml}");
    assert!(xml.trim_end().ends_with("</additionalInfo>\n</report>"), "the facts come last: {xml}");
    assert!(!xml.contains("escalateToHighPriority"), "what has no value is left out");
    let file = text_of(&pack, "file-1.xml");
    let order = [
        "<locationOfFile>",
        "<fileViewedByEsp>false",
        "<exifViewedByEsp>false",
        "<fileRelevance>",
        "hashType=\"MD5\"",
        "hashType=\"SHA1\"",
        "hashType=\"SHA256\"",
        "hashType=\"PDQ\"",
    ];
    let places: Vec<usize> = order.iter().map(|tag| file.find(tag).unwrap_or_else(|| panic!("{tag} is there: {file}"))).collect();
    assert!(places.is_sorted() && !file.contains("originalFileName"), "{file}");
    for text in [xml, file] {
        assert_well_formed(text);
    }
}

/// Every element is closed by its own name, and nothing that is not markup looks like it.
fn assert_well_formed(xml: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = xml.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n").expect("its head");
    while let Some(start) = rest.find('<') {
        let end = rest[start..].find('>').map(|at| start + at).expect("a tag ends");
        let tag = &rest[start + 1..end];
        match tag.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name), "closed in turn"),
            None => open.push(tag.split(' ').next().unwrap()),
        }
        assert!(!rest[..start].contains('>'), "no stray sign in {:?}", &rest[..start]);
        rest = &rest[end + 1..];
    }
    assert!(open.is_empty() && xml.contains("O&#39;Brien &lt;admin&gt;") == xml.contains("<reporter>"), "whole, and escaped");
}

#[test]
fn a_long_text_is_cut_at_a_word_with_a_mark() {
    let mut long = facts(Harm::Csam);
    long.uploads = (0..400).map(|_| long.uploads[0].clone()).collect();
    long.matches = (0..200).map(|_| long.matches[0].clone()).collect();
    let pack = build(PackKind::Ncmec, &long, &known(PackKind::Ncmec));
    let xml = text_of(&pack, "report.xml");
    let last = xml.rfind("<additionalInfo>").map(|at| &xml[at + 16..]).and_then(|rest| rest.split("</").next()).unwrap();
    assert!(last.ends_with("[…]") && last.chars().count() < 4_000, "{} characters", last.chars().count());
}

#[test]
fn viewed_is_what_the_ledger_knows() {
    let told = |rows: &[LedgerRow]| {
        let mut facts = facts(Harm::Csam);
        facts.viewed = viewed(rows);
        let pack = build(PackKind::Ncmec, &facts, &known(PackKind::Ncmec));
        text_of(&pack, "file-1.xml").contains("<fileViewedByEsp>true<")
    };
    let opened = row(5, "reveal_opened", json!({"step": 1}));
    let outside = |answer: &str| row(6, "viewed_outside", json!({"answer": answer}));
    assert!(!told(&[]), "nobody looked");
    assert!(!told(&[outside("no")]));
    assert!(told(std::slice::from_ref(&opened)), "somebody did");
    assert!(told(&[outside("yes")]));
    assert!(told(&[outside("yes"), outside("no")]), "what was opened stays opened");
    let both = viewed(&[opened, row(6, "reveal_closed", json!({"ms": 2_400})), outside("no")]);
    assert_eq!((both.reveals, both.ms, both.outside), (1, 2_400, Some(false)));
}

#[test]
fn a_statement_says_no_distance_no_entry_no_fingerprint_and_nobody_who_gave_notice() {
    for harm in [Harm::Csam, Harm::Ncii, Harm::Tvec, Harm::Local] {
        let mut facts = facts(harm);
        facts.matches.remove(0);
        let pack = build(PackKind::Dsa, &facts, &known(PackKind::Dsa));
        for file in &pack.files[..pack.files.len() - 1] {
            let text = String::from_utf8(file.bytes.clone()).unwrap();
            for told in ["412", "12 of 256", "distance", "mail 7", "person of", "very close", "illegal", &"aa".repeat(32)] {
                assert!(!text.contains(told), "{} says {told:?}", file.name);
            }
        }
        let letter = text_of(&pack, "statement.txt");
        for part in [
            "1 What we did",
            "2 Why",
            "near copy",
            "3 Automated means",
            "Decided by a person",
            "without viewing the file",
            "4 Ground",
            "Clause 4",
            "5 What you can do",
        ] {
            assert!(letter.contains(part), "{part}: {letter}");
        }
    }
    let mut viewed_facts = facts(Harm::Local);
    viewed_facts.viewed.reveals = 1;
    assert!(statement::text(&viewed_facts, &Known::default()).contains("A person viewed the file."), "as it was");
    assert!(statement::restored_text(&viewed_facts).contains("restored"));
}

#[test]
fn what_is_asked_is_a_closed_list_with_bounds() {
    for (name, value) in [("cats", "1"), ("incident_type", "9"), ("incident_type", "Child"), ("page_url", &"x".repeat(3_001))] {
        assert!(Known::read(PackKind::Ncmec, [(name, value)]).is_err(), "{name}");
    }
    assert!(Known::read(PackKind::Hotline, [("account_id", "1")]).is_err(), "a hotline is not told who");
    assert_eq!(Known::read(PackKind::Ncmec, [("incident_type", "7")]).unwrap().incident_type(), known::INCIDENT_TYPES[6]);
    for bad in ["", "x 2026-11-23T13:00:00Z", "203.0.113.7", "203.0.113.7 yesterday", "203.0.113.7 2026-11-23 13:00"] {
        assert!(IpEvent::read(bad).is_err(), "{bad:?}");
    }
    let v6 = IpEvent::read("[2001:db8::1]:80 2026-11-23 14:00 +01:00 Login").unwrap();
    assert_eq!((v6.address.to_string().as_str(), v6.port, v6.at, v6.event.as_str()), ("2001:db8::1", Some(80), NOW, "Login"));
}

#[test]
fn a_table_is_no_program_for_a_spreadsheet() {
    let mut hostile = facts(Harm::Tvec);
    hostile.matches[0].list = "=HYPERLINK(\"x\"),y".to_owned();
    let pack = build(PackKind::Police, &hostile, &known(PackKind::Police));
    assert!(text_of(&pack, "05-matches.csv").contains("\"'=HYPERLINK(\"\"x\"\"),y\""), "{}", text_of(&pack, "05-matches.csv"));
}

#[test]
fn further_files_are_in_the_manifest() {
    let pack = build(PackKind::Police, &facts(Harm::Csam), &known(PackKind::Police));
    let more = with_files(pack.clone(), vec![("sealed-1.age".to_owned(), [9; 32])]);
    assert!(text_of(&more, MANIFEST).ends_with(&format!("{}  sealed-1.age\n", "09".repeat(32))));
    assert_ne!(more.manifest_sha256, pack.manifest_sha256);
}
