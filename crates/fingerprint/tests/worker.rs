//! The worker for real: a child process in its jail, bytes in, one frame out.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test may")]

mod support;

use fingerprint::{Frame, JailLevel, Limits, Reply, Request, Step, Strength, Unusable, frame, run_fingerprint, run_rendition};
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

fn run(worker: &PathBuf, argument: &str, input: &[u8]) -> Output {
    let mut command = Command::new(worker);
    command.arg(argument).env_clear().stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // A worker that dies early closes the pipe; its status tells the rest.
    let _written = stdin.write_all(input);
    drop(stdin);
    child.wait_with_output().unwrap()
}

fn request(request: Request, content: &[u8]) -> Vec<u8> {
    [request.write(content.len() as u64).as_slice(), content].concat()
}

fn ask(worker: &PathBuf, limits: Limits, what: Request, content: &[u8]) -> Frame {
    let output = run(worker, limits.as_str(), &request(what, content));
    assert!(output.status.success(), "exit code 0, found {:?}, {:?}", output.status, output.stderr.escape_ascii().to_string());
    frame::read(&output.stdout).unwrap()
}

fn answer(worker: &PathBuf, content: &[u8]) -> Frame {
    ask(worker, Limits::Normal, Request::Fingerprint, content)
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
        Reply::Picture(_) | Reply::Rendition(_) => None,
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
fn one_worker_answers_content_after_content_as_fresh_ones_would() {
    let Some(worker) = worker() else { return };
    let still = pattern(160, 120, 3);
    let damaged = jpeg(&still);
    let contents = [
        png(&still),
        damaged[..damaged.len() / 2].to_vec(),
        jpeg(&still),
        b"no picture".to_vec(),
        Vec::new(),
        gif(&[still.clone(), pattern(160, 120, 8)]),
    ];
    let input: Vec<u8> = contents.iter().flat_map(|content| request(Request::Fingerprint, content)).collect();
    let output = run(&worker, "normal", &input);
    assert!(output.status.success(), "{:?}", output.status);
    let mut rest = output.stdout.as_slice();
    for content in &contents {
        let (one, after) = rest.split_at(frame::whole_len(rest).unwrap().unwrap());
        assert_eq!(frame::read(one).unwrap().reply, run_fingerprint(content), "nothing of an earlier content shows");
        rest = after;
    }
    assert!(rest.is_empty(), "one frame for each request");
}

#[test]
fn renditions_are_made_in_the_jail() {
    let Some(worker) = worker() else { return };
    let content = jpeg(&pattern(1600, 1200, 3));
    for step in Step::ALL {
        let what = Request::Rendition { step, strength: Strength::Medium };
        let found = ask(&worker, Limits::Normal, what, &content);
        assert!(found.jail >= JailLevel::SeccompOnly);
        let Reply::Rendition(rendition) = found.reply else { panic!("a rendition, found {:?}", found.reply) };
        assert_eq!(rendition.width, step.longest_side(), "{step:?}");
        assert_eq!(Reply::Rendition(rendition), run_rendition(&content, step, Strength::Medium), "the jail changes nothing");
    }
}

#[test]
fn half_the_limits_still_decode_an_ordinary_photo() {
    let Some(worker) = worker() else { return };
    let found = ask(&worker, Limits::Halved, Request::Fingerprint, &jpeg(&pattern(4000, 3000, 3))).reply;
    assert!(matches!(found, Reply::Picture(_)), "found {found:?}");
}

#[test]
fn what_is_no_request_ends_the_worker_without_an_answer() {
    let Some(worker) = worker() else { return };
    let too_long = Request::Fingerprint.write(fingerprint::MAX_PIXEL_BYTES + 1);
    let cut = &request(Request::Fingerprint, b"twelve bytes")[..20];
    for input in [b"GHQ\x01".as_slice(), b"something else altogether", &too_long, cut] {
        let output = run(&worker, "normal", input);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{}", input.escape_ascii());
    }
    let nothing = run(&worker, "normal", b"");
    assert_eq!((nothing.status.code(), nothing.stdout.len()), (Some(0), 0), "no request is no mistake");
}

/// The 25 acts of F62 first, then more of their kind.
const ACTS: [&str; 33] = [
    "open",
    "openat2",
    "stat",
    "socket",
    "connect",
    "bind",
    "sendto",
    "execve",
    "execveat",
    "fork",
    "clone",
    "ptrace",
    "kill",
    "tgkill",
    "io_uring",
    "memfd",
    "mprotect-exec",
    "mmap-exec",
    "prctl",
    "prlimit",
    "unlink",
    "rename",
    "mount",
    "bpf",
    "keyctl",
    "openat",
    "clone3",
    "landlock",
    "seccomp",
    "pidfd",
    "read_other_memory",
    "userfaultfd",
    "other_abi",
];

#[test]
fn f62_forbidden_acts_die() {
    let Some(worker) = worker() else { return };
    let quiet = run(&worker, "nothing", b"");
    let said = quiet.stdout.escape_ascii().to_string();
    assert!(quiet.status.success() && said.contains("survived nothing: true"), "the jail itself is survived: {said}");
    println!("{said}");
    for act in ACTS {
        let output = run(&worker, act, b"");
        assert_eq!(output.status.signal(), Some(SIGSYS), "{act} kills: {:?}", output.stdout.escape_ascii().to_string());
        assert!(output.stdout.is_empty(), "{act} does not come back");
        let free = Command::new(&worker).args(["free", act]).env_clear().output().unwrap();
        let answered = free.stdout.escape_ascii().to_string();
        assert!(
            answered.contains(&format!("free survived {act}: true")),
            "without the jail the kernel answers {act}: {answered}, {}",
            free.status
        );
    }
}
