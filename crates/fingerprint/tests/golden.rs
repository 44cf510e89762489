//! The published reference pictures of ThreatExchange, read where they lie beside the project. Without them: skipped, and said so.
#![expect(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test may")]

mod support;

use fingerprint::{Distance, Picture, Reply, View, run_fingerprint};
use std::path::{Path, PathBuf};
use support::every_format;

/// Decoders differ; at this quality ten bits are the bar. Source: the notes beside the pictures.
const BAR: Distance = Distance(10);
const BAR_QUALITY: u8 = 80;

struct Row {
    file: String,
    quality: u8,
    views: Vec<fingerprint::Pdq>,
}

fn folder(name: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/testdata").join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: the reference pictures {name} are not here");
    None
}

fn pdq_of(hex: &str) -> fingerprint::Pdq {
    let bytes: Vec<u8> = (0..32).map(|at| u8::from_str_radix(&hex[at * 2..at * 2 + 2], 16).unwrap()).collect();
    fingerprint::Pdq::from_slice(&bytes).unwrap()
}

/// Columns: file, mode, size, pdq, quality, dihedral_0 to dihedral_7.
fn rows(folder: &Path) -> Vec<Row> {
    let table = std::fs::read_to_string(folder.join("expected.csv")).unwrap();
    let row = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        let views = cells[5..13].iter().map(|cell| pdq_of(cell)).collect();
        Row { file: cells[0].to_owned(), quality: cells[4].parse().unwrap(), views }
    };
    table.lines().skip(1).map(row).collect()
}

fn picture(path: &Path) -> Picture {
    match run_fingerprint(&std::fs::read(path).unwrap()) {
        Reply::Picture(picture) => picture,
        other => panic!("{} decodes, not {other:?}", path.display()),
    }
}

fn agrees(name: &str) {
    let Some(folder) = folder(name) else { return };
    for row in rows(&folder) {
        let found = picture(&folder.join(&row.file));
        let first: Vec<_> = found.signals.iter().take(8).collect();
        let quality = first[0].quality.get();
        assert_eq!(quality >= 50, row.quality >= 50, "{}: on the same side of 50, found {quality}, expected {}", row.file, row.quality);
        let distances: Vec<u16> = first.iter().zip(&row.views).map(|(signal, expected)| signal.hash.distance(expected).0).collect();
        println!("{}: quality {quality} (expected {}), bits {distances:?}", row.file, row.quality);
        if row.quality >= BAR_QUALITY {
            assert!(distances.iter().all(|bits| *bits <= BAR.0), "{}: within ten bits in every view, found {distances:?}", row.file);
            assert!(quality.abs_diff(row.quality) <= 5, "{}: quality within five", row.file);
        }
    }
}

#[test]
fn bridge_pictures_agree() {
    agrees("pdq-bridge");
}

#[test]
fn colour_modes_agree() {
    agrees("pdq-modes");
}

#[test]
fn sixteen_bits_and_a_small_jpeg_agree() {
    agrees("pytx-pdq");
}

#[test]
fn turned_pictures_agree() {
    agrees("pdq-regtest");
}

#[test]
fn turned_copies_are_found_by_a_view_and_not_by_themselves() {
    let Some(folder) = folder("pdq-regtest") else { return };
    let original = picture(&folder.join("dih/bridge-1-original.jpg"));
    let turned = [
        ("dih/bridge-2-rotate-90.jpg", View::Rotate90),
        ("dih/bridge-5-flipx.jpg", View::FlipX),
        ("dih/bridge-8-flip-minus-1.jpg", View::FlipMinus1),
    ];
    for (file, view) in turned {
        let copy = picture(&folder.join(file)).signals[0].hash;
        let own = original.signals[0].hash.distance(&copy);
        let by_view = original.signals.iter().find(|signal| signal.view == view).unwrap().hash.distance(&copy);
        assert!(own > Distance::NEAR_LIMIT, "{file}: far as stored, found {own:?}");
        assert!(by_view <= BAR, "{file}: near by {view:?}, found {by_view:?}");
    }
}

/// `support::every_format(200, 150, 1)`, written to files and read by Pillow 13.0.0 (`convert("RGB")`, of pages the first), hashed by pdqhash 0.2.8:
/// all have quality 100 and one of three hashes. Pillow reads no PAM; its value is that of the same pixels.
const LOSSLESS: &str = "463cf7ae67bc8f4b9a5738c18d56a6f328ae636bb5172dcb6aac80942e06203c";
const JPEG: &str = "4638f7ae67bc8f4b9a5738c18d56a6f328ae636bb5172dcb6aec80942e06203c";
const SIXTEEN_GREYS: &str = "423cf72e67bc8f4b9a5738c18d56a6f3282ee36bb5172dcb6aec80943e06203c";

#[test]
fn every_format_agrees_with_the_reference_on_pictures_made_here() {
    for (name, bytes) in every_format(200, 150, 1) {
        let expected = match name {
            "jpeg" | "jpeg grey" => JPEG,
            "tiff palette" => SIXTEEN_GREYS,
            _ => LOSSLESS,
        };
        let Reply::Picture(found) = run_fingerprint(&bytes) else { panic!("{name} decodes") };
        let bits = found.signals[0].hash.distance(&pdq_of(expected));
        assert!(bits <= BAR, "{name}: {} bits from the reference", bits.0);
        assert!(found.signals[0].quality.get() >= 95, "{name}: quality within five of 100");
    }
}
