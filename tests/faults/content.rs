//! F56 to F59: content that wants to hurt whoever looks into it. The right reason, and nothing beside it suffers.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::harness::Run;
use super::pictures;
use super::watching::all_are_checked;
use crate::support::{Home, Watch, encoded, eventually, pause, picture_sized, png, sha256, text};

/// What one content may take, from its upload to its reason.
const WALL: Duration = Duration::from_secs(20);
/// Most memory of the program that hands the content on, in KiB.
const PARENT_KIB: u64 = 200 * 1024;
/// Most address space of a worker, in KiB.
const WORKER_KIB: u64 = 512 * 1024;

/// A field of `/proc/N/status` in KiB; 0 for a process that has ended.
fn memory(process: u32, field: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(field)).unwrap_or_default();
    line.trim_matches([':', ' ', '\t']).split(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// The processes that this one started.
fn children(parent: u32) -> Vec<u32> {
    let tasks = std::fs::read_dir(format!("/proc/{parent}/task")).into_iter().flatten().flatten();
    let lists = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok());
    lists.flat_map(|list| list.split(' ').filter_map(|number| number.trim().parse().ok()).collect::<Vec<u32>>()).collect()
}

/// A zip file that holds one file of zeros, or says that it is encrypted.
fn zip(encrypted: bool) -> Vec<u8> {
    let flags: u16 = u16::from(encrypted);
    let mut local = b"PK\x03\x04\x14\x00".to_vec();
    local.extend(flags.to_le_bytes());
    local.extend([0; 18]);
    local.extend([1, 0, 0, 0, b'a']);
    let mut central = b"PK\x01\x02\x14\x00\x14\x00".to_vec();
    central.extend(flags.to_le_bytes());
    central.extend([0; 18]);
    central.extend([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, b'a']);
    let (size, at) = (u32::try_from(central.len()).expect("short"), u32::try_from(local.len()).expect("short"));
    let mut end = b"PK\x05\x06\0\0\0\0\x01\0\x01\0".to_vec();
    end.extend(size.to_le_bytes());
    end.extend(at.to_le_bytes());
    end.extend([0, 0]);
    [local, central, end].concat()
}

/// A PDF whose arrays lie in each other 100,000 deep.
fn deep_pdf() -> Vec<u8> {
    [b"%PDF-1.7\n1 0 obj\n".to_vec(), vec![b'['; 100_000], vec![b']'; 100_000], b"\nendobj\ntrailer<</Root 1 0 R>>\n%%EOF\n".to_vec()]
        .concat()
}

/// 60 million zeros as a zlib stream of 380 KB: one literal, then runs of 258 by the fixed codes of RFC 1951, 13 bits each.
fn compressed_zeros() -> Vec<u8> {
    let mut bits: Vec<u8> = vec![1, 1, 0];
    bits.extend([0, 0, 1, 1, 0, 0, 0, 0]);
    for _ in 0..60_000_000 / 258 {
        bits.extend([1, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0]);
    }
    bits.extend([0; 7]);
    let bytes = bits.chunks(8).map(|byte| byte.iter().enumerate().map(|(place, bit)| bit << place).sum());
    [0x78, 0x9c].into_iter().chain(bytes).chain([0; 4]).collect()
}

/// A PNG with a comment that any decompressor makes 60 MB of.
fn png_with_a_text_bomb() -> Vec<u8> {
    let mut chunks = pictures::png_chunks(&png(1));
    let end = chunks.pop().expect("a PNG ends");
    chunks.push((*b"zTXt", [b"Comment\0\0".as_slice(), &compressed_zeros()].concat()));
    chunks.push(end);
    pictures::png_from(&chunks)
}

#[test]
fn f56_bombs_have_the_right_reason_and_hurt_nobody() {
    let Some(run) = Run::begin("F56", &[]) else { return };
    let home = Home::with_site();
    let mut expected: BTreeMap<String, &str> = BTreeMap::new();
    for (name, bytes) in pictures::bombs() {
        home.upload(&format!("bomb {name}"), bytes);
        expected.insert(format!("bomb {name}"), "pixel_limit");
    }
    let others = [
        ("deep.pdf", deep_pdf(), "container_not_examined"),
        ("quine.zip", zip(false), "container_not_examined"),
        ("locked.zip", zip(true), "encrypted"),
        ("text.png", png_with_a_text_bomb(), ""),
    ];
    for (name, bytes, reason) in others {
        home.upload(name, bytes);
        expected.insert(name.to_owned(), reason);
    }
    let started = Instant::now();
    let watch = Watch::start(&home);
    let (mut parent, mut worker) = (0, 0);
    loop {
        parent = parent.max(memory(watch.id(), "VmHWM"));
        worker = children(watch.id()).into_iter().map(|child| memory(child, "VmPeak")).fold(worker, u64::max);
        let open = home.query("SELECT count(*) FROM upload WHERE current = 1 AND state NOT IN ('checked', 'could_not_check')");
        if open == 0 && home.rows().len() == expected.len() {
            break;
        }
        assert!(started.elapsed() < WALL * 3, "all of them together take longer than three of them may");
        pause(Duration::from_millis(10));
    }
    let found: BTreeMap<String, String> =
        home.rows().into_iter().map(|row| (String::from_utf8(row.path).expect("plain names"), row.reason)).collect();
    for (name, reason) in &expected {
        assert_eq!(found[name], *reason, "{name}");
    }
    assert!(parent <= PARENT_KIB, "the program itself took {parent} KiB");
    assert!(worker > 0 && worker <= WORKER_KIB, "a worker had {worker} KiB of address space");
    println!("at most: the program {parent} KiB resident, a worker {worker} KiB of address space");
    run.end(expected.len() as u64, "bombs");
}

/// A sound picture, and behind it the words that make the worker of a debug build do this.
fn faulty(seed: u64, act: &str) -> Vec<u8> {
    [png(seed), format!("gatehouse-fault-point: {act:.<9}").into_bytes()].concat()
}

#[test]
fn f57_a_content_that_kills_the_decoder_twice_is_final_and_its_exact_match_is_raised() {
    let Some(run) = Run::begin("F57", &[]) else { return };
    let home = Home::with_site();
    let deadly = faulty(3, "crash");
    home.list_of("mine", &[&deadly]);
    home.upload("deadly.png", &deadly);
    home.upload("sound.png", png(4));
    let mut watch = Watch::start(&home);
    watch
        .wait("after two strikes the reason is final", |event| event["event"] == "could_not_check" && event["reason"] == "decoder_crashed");
    watch.wait("the file beside it is checked", |event| event["event"] == "checked" && event["path"] == "sound.png");
    let case = home.case(home.only_case());
    assert_eq!(
        (&case["match"], &case["sha256"]),
        (&"exact".into(), &sha256(&deadly).into()),
        "what its bytes say is raised all the same: {case}"
    );
    run.end(1, "content that kills its decoder");
}

#[test]
fn f57_a_flood_of_deadly_contents_pauses_decoding_and_bytes_go_on() {
    let Some(run) = Run::begin("F57", &[]) else { return };
    let home = Home::with_site();
    let flood: Vec<Vec<u8>> = (100..160).map(|seed| faulty(seed, "crash")).collect();
    home.list_of("mine", &[&flood[59]]);
    home.upload("sound.png", png(99));
    home.sweep();
    for (number, bytes) in flood.iter().enumerate() {
        home.upload(&format!("{number}.png"), bytes);
    }
    let _watch = Watch::start(&home);
    eventually("it is a named state", || {
        let status = home.ok(["status"]);
        status["problems"].as_array().into_iter().flatten().any(|problem| problem["code"] == "decoding_paused").then_some(())
    });
    eventually("every upload has its reason", || {
        (home.rows().iter().filter(|row| row.state == "could_not_check").count() == 60).then_some(())
    });
    let of = |reason: &str| home.rows().iter().filter(|row| row.reason == reason).count();
    assert!(of("decoder_crashed") >= 8 && of("sandbox_unavailable") > 0, "the first ones are final, the others wait: {:?}", home.rows());
    assert_eq!(home.ok(["status"])["sandbox"], "full", "the jail itself is whole, and said");
    home.only_case();
    run.end(60, "deadly contents");
}

#[test]
fn f57_copies_that_come_at_the_same_moment_are_not_taken_for_strikes() {
    let Some(run) = Run::begin("F57", &[]) else { return };
    let copies = run.amount(40, 400);
    let home = Home::with_site();
    let picture = encoded(&picture_sized(21, 1_600, 1_200), image::ImageFormat::Png);
    for number in 0..copies {
        home.upload(&format!("copy-{number}.png"), &picture);
    }
    let _watch = Watch::start(&home);
    all_are_checked(&home, copies.cast_signed());
    run.end(copies, "copies of one picture at once");
}

#[test]
fn f58_an_endless_decode_is_ended_and_said() {
    let Some(run) = Run::begin("F58", &[]) else { return };
    let home = Home::with_site();
    let started = Instant::now();
    for (seed, act) in [(5, "spin"), (6, "wait")] {
        home.upload(&format!("{act}.png"), faulty(seed, act));
    }
    home.upload("sound.png", png(7));
    let watch = Watch::start(&home);
    eventually("the one beside them does not wait for them", || {
        home.rows().iter().any(|row| row.name() == "sound.png" && row.state == "checked").then_some(())
    });
    eventually("both are ended", || (home.rows().iter().filter(|row| row.reason == "decoder_timeout").count() == 2).then_some(()));
    let (took, left) = (started.elapsed(), children(watch.id()).len());
    assert!(took < WALL * 3, "one by its processor time, one by the wall clock: {took:?}");
    println!("both were ended after {took:?}; {left} workers are waiting for work");
    run.end(2, "endless decodes");
}

#[test]
fn f59_names_lie_and_content_decides() {
    let Some(run) = Run::begin("F59", &[]) else { return };
    let home = Home::with_site();
    let picture = png(8);
    let script = [pictures::gif(&[pictures::pattern(160, 120, 1)]), b"=1;alert(1)//".to_vec()].concat();
    let both = [png(9), zip(false)].concat();
    let names = [
        ("photo.txt", &picture),
        ("photo.php", &picture),
        ("photo", &picture),
        ("photo.jpg", &picture),
        ("pixel.js", &script),
        ("photo.zip", &both),
    ];
    for (name, bytes) in names {
        home.upload(name, bytes);
    }
    home.upload("not a picture.png", "plain text");
    let _watch = Watch::start(&home);
    all_are_checked(&home, 7);
    let pdq = home.query("SELECT count(DISTINCT content) FROM signal WHERE kind = 'pdq'");
    assert_eq!(pdq, 3, "three pictures, whatever they are called");
    let kinds: Vec<_> = names.iter().map(|(name, _)| home.ok(["fingerprint", &text(&home.site().join(name))])["kind"].clone()).collect();
    assert_eq!(kinds, ["png", "png", "png", "png", "gif", "png"], "what a browser would show");
    run.end(7, "files with misleading names");
}
