//! The parent's side against workers that are shell scripts, and so behave in every way that a worker should not.

use super::*;
use fingerprint::frame::{Frame, JailLevel, MAX_FRAME_BYTES, write};
use std::os::unix::fs::PermissionsExt;

/// Bytes that go into a worker for a content of `len` bytes: the request first.
const fn sent(len: usize) -> usize {
    fingerprint::frame::request::REQUEST_BYTES + len
}

/// A worker that is a shell script with this body; `reply` is in the file `$reply`.
fn fake(dir: &tempfile::TempDir, body: &str, reply: &[u8], deadline: Duration) -> Worker {
    let (script, reply_file) = (dir.path().join("worker"), dir.path().join("reply"));
    std::fs::write(&reply_file, reply).expect("written");
    // Written under another name and renamed: a file that is open for writing in a test beside this one cannot be started.
    let draft = dir.path().join("draft");
    std::fs::write(&draft, format!("#!/bin/sh\nPATH=/usr/bin:/bin\nreply={}\n{body}\n", reply_file.display())).expect("written");
    std::fs::set_permissions(&draft, std::fs::Permissions::from_mode(0o700)).expect("our file");
    rustix::fs::rename(&draft, &script).expect("renamed");
    Worker { deadline, ..Worker::new(script) }
}

fn ask(worker: &Worker, bytes: &[u8]) -> Answer {
    ask_sealed(worker, &PixelBytes::Buffer(bytes.to_vec()), Limits::Normal)
}

fn ask_sealed(worker: &Worker, bytes: &PixelBytes, limits: Limits) -> Answer {
    for _ in 0..50 {
        let answer = worker.fingerprint(bytes, limits, &AtomicBool::new(false));
        // A test beside this one that forks holds every descriptor for a moment, also the one that the script was written through.
        if !matches!(&answer, Answer::Unavailable(text) if text.contains("busy")) {
            return answer;
        }
        std::thread::yield_now();
    }
    panic!("the script stays busy")
}

/// A frame that lets a worker be used again, and what it means.
fn good() -> (Vec<u8>, Answer) {
    let reply = fingerprint::worker::run_fingerprint(b"no picture");
    (write(&Frame { jail: JailLevel::Full, reply }), Answer::Unusable(Unusable::UnsupportedFormat, None))
}

/// Takes one whole request of a content of `len` bytes.
fn take(len: usize) -> String {
    format!("head -c {} >/dev/null", sent(len))
}

#[test]
fn the_table_of_outcomes() {
    const LEN: usize = 200_000;
    let (frame, answer) = good();
    let twice = [frame.clone(), frame.clone()].concat();
    let huge = vec![0; MAX_FRAME_BYTES + 1];
    let mut endless = b"GHF\x02\x01\x03".to_vec();
    endless.extend(u32::MAX.to_le_bytes());
    let take = take(LEN);
    let unusable = |reason| Answer::Unusable(reason, None);
    let table: [(&str, String, &[u8], Answer); 14] = [
        ("a valid frame", format!("{take}; cat $reply"), &frame, answer.clone()),
        ("a valid frame and no end", format!("{take}; cat $reply; sleep 60"), &frame, answer.clone()),
        ("a frame and chatter on the other pipe", format!("{take}; head -c 300000 /dev/zero >&2; cat $reply"), &frame, answer),
        ("a reply to a content that was not read", "cat $reply; sleep 60".to_owned(), &frame, unusable(Unusable::DecoderError)),
        ("no frame", take.clone(), b"", unusable(Unusable::DecoderError)),
        ("a frame that is cut", format!("{take}; cat $reply"), &frame[..frame.len() - 1], unusable(Unusable::DecoderError)),
        ("garbage", format!("{take}; cat $reply; sleep 60"), b"garbage", unusable(Unusable::DecoderError)),
        ("two frames", format!("{take}; cat $reply"), &twice, unusable(Unusable::DecoderError)),
        ("more than a frame may have", format!("{take}; cat $reply; sleep 60"), &huge, unusable(Unusable::DecoderError)),
        ("a frame that says that it is endless", format!("{take}; cat $reply; sleep 60"), &endless, unusable(Unusable::DecoderError)),
        ("a failed exit", format!("{take}; exit 3"), b"", Answer::Died),
        ("a crash", "kill -SEGV $$".to_owned(), &frame, Answer::Died),
        ("no memory", "echo 'memory allocation of 99 bytes failed' >&2; kill -ABRT $$".to_owned(), b"", unusable(Unusable::DecoderMemory)),
        ("the CPU limit", "kill -XCPU $$".to_owned(), b"", unusable(Unusable::DecoderTimeout)),
    ];
    for (what, body, reply, expected) in table {
        let dir = tempfile::tempdir().expect("a fresh directory");
        assert_eq!(ask(&fake(&dir, &body, reply, DEADLINE), &[7; LEN]), expected, "{what}");
    }
}

#[test]
fn a_worker_that_hangs_is_killed_at_its_deadline() {
    let dir = tempfile::tempdir().expect("a fresh directory");
    for body in ["sleep 60", "exec >&- 2>&-; sleep 60"] {
        let worker = fake(&dir, body, b"", Duration::from_millis(200));
        assert_eq!(ask(&worker, b"x"), Answer::Unusable(Unusable::DecoderTimeout, None), "{body}");
    }
}

#[test]
fn the_sealed_bytes_arrive_from_their_start_each_time() {
    let dir = tempfile::tempdir().expect("a fresh directory");
    let (frame, answer) = good();
    let fd = rustix::fs::memfd_create("test", rustix::fs::MemfdFlags::CLOEXEC).expect("a memfd");
    rustix::io::write(&fd, b"picture").expect("written");
    let body = format!("head -c {} >/dev/null; [ \"$(head -c 7)\" = picture ] && [ \"$1 $2\" = '__worker halved' ] && cat $reply", sent(0));
    let worker = fake(&dir, &body, &frame, DEADLINE);
    let bytes = PixelBytes::Sealed(fd);
    for attempt in ["first", "second"] {
        assert_eq!(ask_sealed(&worker, &bytes, Limits::Halved), answer, "{attempt} attempt");
    }
}

#[test]
fn the_environment_is_empty() {
    let dir = tempfile::tempdir().expect("a fresh directory");
    let (frame, answer) = good();
    assert_eq!(ask(&fake(&dir, &format!("[ -z \"$HOME$USER$CARGO\" ] && {} && cat $reply", take(0)), &frame, DEADLINE), b""), answer);
}

#[test]
fn a_program_that_is_not_there_says_nothing_about_the_content() {
    assert!(matches!(ask(&Worker::new("/no/such/program"), b"x"), Answer::Unavailable(_)), "no strike");
}

/// Says how many workers were started so far: each adds a line.
fn counting(body: &str) -> String {
    format!("echo started >>${{reply}}.count; {body}")
}

fn started(dir: &tempfile::TempDir) -> usize {
    std::fs::read_to_string(dir.path().join("reply.count")).map_or(0, |text| text.lines().count())
}

#[test]
fn a_worker_serves_several_contents() {
    let dir = tempfile::tempdir().expect("a fresh directory");
    let (frame, answer) = good();
    let worker = fake(&dir, &counting(&format!("while true; do {} && cat $reply; done", take(5))), &frame, DEADLINE);
    for _ in 0..10 {
        assert_eq!(ask(&worker, b"hello"), answer);
    }
    assert_eq!(started(&dir), 1, "one process for all of them");
}

#[test]
fn what_an_earlier_content_did_to_a_worker_is_not_held_against_a_later_one() {
    let (frame, answer) = good();
    let second_time = [
        ("dies", "kill -SEGV $$"),
        ("runs out of memory", "echo 'memory allocation of 99 bytes failed' >&2; kill -ABRT $$"),
        ("runs out of time", "kill -XCPU $$"),
        ("says something else", "echo nonsense; sleep 60"),
        ("ends", "exit 0"),
    ];
    for (what, then) in second_time {
        let dir = tempfile::tempdir().expect("a fresh directory");
        let body = counting(&format!("{}; cat $reply; {}; {then}", take(5), take(5)));
        let worker = fake(&dir, &body, &frame, DEADLINE);
        for _ in 0..2 {
            assert_eq!(ask(&worker, b"hello"), answer, "{what} the second time");
        }
        assert_eq!(started(&dir), 2, "{what}: the second content had a process of its own in the end");
    }
}

#[test]
fn a_late_second_frame_ends_a_worker_and_answers_nothing() {
    let dir = tempfile::tempdir().expect("a fresh directory");
    let (frame, answer) = good();
    let body = counting(&format!("{}; cat $reply; sleep 0.05; cat $reply; sleep 60", take(5)));
    let worker = fake(&dir, &body, &frame, DEADLINE);
    assert_eq!(ask(&worker, b"hello"), answer);
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(ask(&worker, b"hello"), answer);
    assert_eq!(started(&dir), 2, "the talkative one was not asked again");
}

#[test]
fn a_damaged_content_and_age_end_a_worker() {
    let dir = tempfile::tempdir().expect("a fresh directory");
    let reply = Reply::Unusable { reason: Unusable::DecoderError, width: 0, height: 0, seen: None };
    let frame = write(&Frame { jail: JailLevel::Full, reply });
    let worker = fake(&dir, &counting(&format!("while true; do {} && cat $reply; done", take(5))), &frame, DEADLINE);
    for round in 1..=3 {
        ask(&worker, b"hello");
        assert_eq!(started(&dir), round, "a worker that met damage is replaced");
    }
    let dir = tempfile::tempdir().expect("a fresh directory");
    let (frame, _) = good();
    let worker = fake(&dir, &counting(&format!("while true; do {} && cat $reply; done", take(0))), &frame, DEADLINE);
    for _ in 0..65 {
        ask(&worker, b"");
    }
    assert_eq!(started(&dir), 2, "after 64 contents");
}

#[test]
fn a_retry_with_half_the_limits_is_alone() {
    let dir = tempfile::tempdir().expect("a fresh directory");
    let (frame, answer) = good();
    let worker = fake(&dir, &counting(&format!("while true; do {} && cat $reply; done", take(5))), &frame, DEADLINE);
    assert_eq!(ask(&worker, b"hello"), answer);
    assert_eq!(ask_sealed(&worker, &PixelBytes::Buffer(b"hello".to_vec()), Limits::Halved), answer);
    assert_eq!(started(&dir), 2);
}

#[test]
fn a_rendition_larger_than_its_step_is_refused() {
    let dir = tempfile::tempdir().expect("a fresh directory");
    let rendition = Rendition { width: 300, height: 1, rgba: vec![255; 1200] };
    let frame = write(&Frame { jail: JailLevel::Full, reply: Reply::Rendition(rendition.clone()) });
    let worker = fake(&dir, &format!("while true; do {} && cat $reply; done", take(5)), &frame, DEADLINE);
    let bytes = PixelBytes::Buffer(b"hello".to_vec());
    let never = AtomicBool::new(false);
    // Waits out the moment in which the script cannot be started.
    assert_eq!(ask(&worker, b"hello"), Answer::Unusable(Unusable::DecoderError, None), "pixels are no fingerprint");
    assert_eq!(worker.rendition(&bytes, Step::Outline, Strength::Medium, &never), Err(Unusable::DecoderError));
    assert_eq!(worker.rendition(&bytes, Step::LargerGrey, Strength::Medium, &never), Ok(rendition));
}

#[test]
fn stopping_ends_the_worker_and_leaves_no_process() {
    let dir = tempfile::tempdir().expect("a fresh directory");
    let worker = fake(&dir, "sleep 60", b"", DEADLINE);
    ask(&Worker { deadline: Duration::from_millis(50), ..worker.clone() }, b"x");
    let stop = AtomicBool::new(true);
    assert_eq!(worker.fingerprint(&PixelBytes::Buffer(Vec::new()), Limits::Normal, &stop), Answer::Stopped);
    let marker = dir.path().join("worker");
    let marker = marker.as_os_str().as_encoded_bytes();
    let running = std::fs::read_dir("/proc").expect("proc").flatten().any(|entry| {
        let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        line.windows(marker.len()).any(|part| part == marker)
    });
    assert!(!running, "killed and collected");
}

#[test]
fn dropping_the_last_handle_ends_waiting_workers() {
    let dir = tempfile::tempdir().expect("a fresh directory");
    let (frame, answer) = good();
    let worker = fake(&dir, &format!("echo $$ >${{reply}}.pid; while true; do {} && cat $reply; done", take(5)), &frame, DEADLINE);
    assert_eq!(ask(&worker, b"hello"), answer);
    let pid = std::fs::read_to_string(dir.path().join("reply.pid")).expect("it was started");
    let proc = std::path::PathBuf::from("/proc").join(pid.trim());
    assert!(proc.exists(), "kept warm");
    drop(worker);
    assert!(!proc.exists(), "killed and collected");
}
