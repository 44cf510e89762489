//! The worker for real: a child process in its jail, bytes in, one frame out.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test may")]

mod support;

use fingerprint::{Frame, JailLevel, Reply, Unusable, frame, run_fingerprint};
use image::ImageFormat;
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use support::{animated_webp, bombs, encoded, gif, jpeg, pattern, png};

/// The number of SIGSYS on the processors that have a filter.
const SIGSYS: i32 = 31;

fn worker() -> Option<PathBuf> {
    // target/debug/deps/worker-… stands beside target/debug/examples/worker.
    let path = std::env::current_exe().ok()?.parent()?.parent()?.join("examples/worker");
    if path.is_file() {
        return Some(path);
    }
    println!("skipped: the example `worker` is not built; plain `cargo test` builds it");
    None
}

fn run(worker: &PathBuf, act: Option<&str>, input: &[u8]) -> Output {
    let mut command = Command::new(worker);
    command.args(act).env_clear().stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // A worker that dies early closes the pipe; its status tells the rest.
    let _written = stdin.write_all(input);
    drop(stdin);
    child.wait_with_output().unwrap()
}

fn answer(worker: &PathBuf, input: &[u8]) -> Frame {
    let output = run(worker, None, input);
    assert!(output.status.success(), "exit code 0, found {:?}, {:?}", output.status, output.stderr.escape_ascii().to_string());
    frame::read(&output.stdout).unwrap()
}

#[test]
fn every_format_is_answered_from_inside_the_jail() {
    let Some(worker) = worker() else { return };
    let still = pattern(160, 120, 3);
    let frames = [pattern(60, 40, 1), pattern(60, 40, 9)];
    let contents = [
        png(&still),
        jpeg(&still),
        gif(&frames),
        animated_webp(&frames),
        encoded(&still.clone().into(), ImageFormat::WebP),
        encoded(&still.into(), ImageFormat::Bmp),
    ];
    for content in contents {
        let found = answer(&worker, &content);
        assert!(found.jail >= JailLevel::SeccompOnly, "below the floor nothing is decoded, found {:?}", found.jail);
        assert!(matches!(found.reply, Reply::Picture(_)), "decoded");
        assert_eq!(found.reply, run_fingerprint(&content), "the jail changes nothing about the answer");
    }
}

#[test]
fn damage_and_bombs_are_answers() {
    let Some(worker) = worker() else { return };
    let whole = jpeg(&pattern(160, 120, 3));
    let reason = |content: &[u8]| match answer(&worker, content).reply {
        Reply::Unusable { reason, .. } => Some(reason),
        Reply::Picture(_) => None,
    };
    assert_eq!(reason(&whole[..whole.len() / 2]), Some(Unusable::DecoderError), "a cut JPEG");
    assert_eq!(reason(b""), Some(Unusable::UnsupportedFormat), "no bytes at all");
    for (name, content) in bombs() {
        assert_eq!(reason(&content), Some(Unusable::PixelLimit), "{name}: refused by its header");
    }
}

#[test]
fn a_large_picture_fits_into_the_memory_limit() {
    let Some(worker) = worker() else { return };
    let large = jpeg(&pattern(4000, 3000, 3));
    let found = answer(&worker, &large).reply;
    assert!(matches!(&found, Reply::Picture(picture) if picture.width == 4000), "twelve megapixels, found {found:?}");
}

#[test]
fn more_bytes_than_may_be_decoded_are_noticed() {
    let Some(worker) = worker() else { return };
    let found = answer(&worker, &vec![0xFF; fingerprint::MAX_PIXEL_BYTES as usize + 1]).reply;
    assert!(matches!(found, Reply::Unusable { reason: Unusable::TooLarge, .. }), "found {found:?}");
}

#[test]
fn f62_forbidden_acts_die() {
    let Some(worker) = worker() else { return };
    let quiet = run(&worker, Some("nothing"), b"");
    let said = quiet.stdout.escape_ascii().to_string();
    assert!(quiet.status.success() && said.contains("survived nothing: true"), "the jail itself is survived: {said}");
    println!("{said}");
    let acts = [
        "open",
        "openat",
        "openat2",
        "create",
        "stat",
        "list",
        "connect",
        "bind",
        "execute",
        "thread",
        "kill",
        "test_kill",
        "memfd",
        "prctl",
        "prlimit",
        "unlink",
        "rename",
        "link",
        "symlink",
        "mkdir",
        "chdir",
        "chmod",
        "pipe",
        "umask",
        "setsid",
        "sleep",
    ];
    for act in acts {
        let output = run(&worker, Some(act), b"");
        assert_eq!(output.status.signal(), Some(SIGSYS), "{act} kills: {:?}", output.stdout.escape_ascii().to_string());
        assert!(output.stdout.is_empty(), "{act} does not come back");
    }
}
