//! The parent's side of the worker: start it, hand it the bytes, wait with a deadline, believe only a whole valid reply.
//!
//! One process for one content, never reused. Whatever it does is an outcome of that content and of nothing else. Strikes are counted by the
//! caller. No process is left behind: it is killed and waited for on every way out, and on Linux it dies with the *thread* that started it.

use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use fingerprint::frame::{JailLevel, MAX_FRAME_BYTES, Reply, read};
use fingerprint::signal::Unusable;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::Signal;

use super::read::PixelBytes;
use crate::clock::{Clock, SystemClock};

/// Wall time for one content. The worker's own CPU limit is 9 s; a busy machine needs twice that. Longer lets a bomb hold up the queue,
/// shorter refuses large photos on old machines.
pub const DEADLINE: Duration = Duration::from_secs(20);
/// How often the stop flag is looked at while a worker runs.
const STOP_POLL: Duration = Duration::from_millis(50);
/// How often the end of a worker is looked for once it has closed its pipes; mostly it is there at the first look.
const EXIT_POLL: Duration = Duration::from_millis(1);
/// Bytes of its messages that are kept: enough to know a refused allocation.
const MESSAGE_BYTES: usize = 4 * 1024;
/// What Rust prints when the memory limit refuses an allocation.
const OUT_OF_MEMORY: &[u8] = b"memory allocation of";
/// Bytes read from a pipe at once: the size of a pipe.
const PIPE_BYTES: usize = 64 * 1024;

/// How long a worker may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limits {
    /// As usual.
    Normal,
    /// Half of that, for the one retry after a strike. Halves the wall clock, which is the parent's; the memory limit is the worker's own.
    Halved,
}

/// What became of one content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A whole valid reply, and the level of the jail it was made in. The reply may itself be a reason.
    Reply(Reply, JailLevel),
    /// No usable reply, for a reason that is final for this content.
    Unusable(Unusable),
    /// The worker died in another way: a strike.
    Died,
    /// No worker could be started, for this reason. Says nothing about the content.
    Unavailable(String),
    /// The stop flag was set. Says nothing about the content.
    Stopped,
}

/// Starts workers.
#[derive(Clone, Debug)]
pub struct Worker {
    exe: PathBuf,
    deadline: Duration,
}

impl Worker {
    /// `exe` is the small `gatehouse` program, never the one of the window.
    pub fn new(exe: impl Into<PathBuf>) -> Self {
        Self { exe: exe.into(), deadline: DEADLINE }
    }

    /// Fingerprints one content in a process of its own, and waits for it: at most 20 s. The bytes stay usable for a retry.
    pub fn fingerprint(&self, bytes: &PixelBytes, limits: Limits, stop: &AtomicBool) -> Answer {
        let clock = SystemClock::new();
        let deadline = match limits {
            Limits::Normal => self.deadline,
            Limits::Halved => self.deadline / 2,
        };
        let run = self.start(bytes).and_then(|mut running| {
            let ended = running.converse(&clock, deadline, stop)?;
            Ok(running.answer(ended))
        });
        match run {
            Ok(answer) => answer,
            Err(error) => Answer::Unavailable(error.to_string()),
        }
    }

    fn start<'a>(&self, bytes: &'a PixelBytes) -> std::io::Result<Running<'a>> {
        let mut command = Command::new(&self.exe);
        command.args(["__worker", "fingerprint"]).env_clear().current_dir("/").stdout(Stdio::piped()).stderr(Stdio::piped());
        let rest = match bytes {
            PixelBytes::Sealed(fd) => {
                rustix::fs::seek(fd, rustix::fs::SeekFrom::Start(0))?;
                command.stdin(fd.try_clone()?);
                &[]
            }
            PixelBytes::Buffer(buffer) => {
                command.stdin(Stdio::piped());
                buffer.as_slice()
            }
        };
        let child = command.spawn()?;
        let mut running = Running { child, input: None, rest, reply: Vec::new(), message: Vec::new() };
        if let Some(input) = running.child.stdin.take() {
            rustix::io::ioctl_fionbio(&input, true)?;
            running.input = Some(input);
        }
        Ok(running)
    }
}

/// How the talk with a worker ended.
enum Ended {
    Exited(ExitStatus),
    TimedOut,
    TooLong,
    Stopped,
}

/// A started worker; dropping it kills and collects it.
struct Running<'a> {
    child: Child,
    /// For a system without `memfd`: where `rest` still has to be written.
    input: Option<ChildStdin>,
    rest: &'a [u8],
    reply: Vec<u8>,
    message: Vec<u8>,
}

impl Running<'_> {
    fn converse(&mut self, clock: &SystemClock, deadline: Duration, stop: &AtomicBool) -> std::io::Result<Ended> {
        let mut chunk = vec![0; PIPE_BYTES];
        loop {
            let left = deadline.saturating_sub(clock.monotonic());
            if stop.load(Ordering::Relaxed) {
                return Ok(Ended::Stopped);
            }
            if left.is_zero() {
                return Ok(Ended::TimedOut);
            }
            if self.child.stdout.is_none() && self.child.stderr.is_none() {
                if let Some(status) = self.child.try_wait()? {
                    return Ok(Ended::Exited(status));
                }
                std::thread::sleep(EXIT_POLL);
                continue;
            }
            let ready = self.wait_for_pipes(left.min(STOP_POLL))?;
            if ready.input {
                self.write_input()?;
            }
            if ready.stdout && !take(&mut self.child.stdout, &mut chunk, &mut self.reply, MAX_FRAME_BYTES)? {
                return Ok(Ended::TooLong);
            }
            if ready.stderr {
                // More than is kept is read and thrown away, so that a chatty worker does not block on its own words.
                take(&mut self.child.stderr, &mut chunk, &mut self.message, MESSAGE_BYTES)?;
            }
        }
    }

    fn wait_for_pipes(&self, at_most: Duration) -> std::io::Result<Ready> {
        let mut fds = Vec::with_capacity(3);
        let pipes = [
            self.child.stdout.as_ref().map(|pipe| (pipe.as_fd(), PollFlags::IN)),
            self.child.stderr.as_ref().map(|pipe| (pipe.as_fd(), PollFlags::IN)),
            self.input.as_ref().map(|pipe| (pipe.as_fd(), PollFlags::OUT)),
        ];
        fds.extend(pipes.iter().flatten().map(|(fd, flags)| PollFd::from_borrowed_fd(*fd, *flags)));
        let timeout = Timespec { tv_sec: at_most.as_secs().cast_signed(), tv_nsec: at_most.subsec_nanos().into() };
        match poll(&mut fds, Some(&timeout)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(errno) => return Err(errno.into()),
        }
        let mut answers = fds.iter().map(|fd| !fd.revents().is_empty());
        let [stdout, stderr, input] = pipes.map(|pipe| pipe.is_some() && answers.next().unwrap_or(false));
        Ok(Ready { stdout, stderr, input })
    }

    /// Writes what fits. A worker that stopped listening is judged by its reply and its end, not by this.
    fn write_input(&mut self) -> std::io::Result<()> {
        let Some(input) = &mut self.input else { return Ok(()) };
        match input.write(&self.rest[..self.rest.len().min(PIPE_BYTES)]) {
            Ok(count) => self.rest = &self.rest[count..],
            Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::Interrupted) => return Ok(()),
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => self.rest = &[],
            Err(error) => return Err(error),
        }
        if self.rest.is_empty() {
            self.input = None;
        }
        Ok(())
    }

    /// The table of outcomes: a refused allocation, then the manner of death, then the reply.
    fn answer(&self, ended: Ended) -> Answer {
        match ended {
            Ended::Stopped => Answer::Stopped,
            Ended::TimedOut => Answer::Unusable(Unusable::DecoderTimeout),
            Ended::TooLong => Answer::Unusable(Unusable::DecoderError),
            Ended::Exited(_) if self.message.starts_with(OUT_OF_MEMORY) => Answer::Unusable(Unusable::DecoderMemory),
            Ended::Exited(status) if status.signal() == Some(Signal::XCPU.as_raw()) => Answer::Unusable(Unusable::DecoderTimeout),
            Ended::Exited(status) if !status.success() => Answer::Died,
            Ended::Exited(_) => match read(&self.reply) {
                Ok(frame) => Answer::Reply(frame.reply, frame.jail),
                Err(_) => Answer::Unusable(Unusable::DecoderError),
            },
        }
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        // Both fail only for a process that has been waited for already.
        if self.child.kill().is_ok() {
            drop(self.child.wait());
        }
    }
}

struct Ready {
    stdout: bool,
    stderr: bool,
    input: bool,
}

/// One read from a pipe, which poll said will not block. Closes the pipe at its end. Keeps at most `most` bytes; false once there were more.
fn take(pipe: &mut Option<impl Read>, chunk: &mut [u8], kept: &mut Vec<u8>, most: usize) -> std::io::Result<bool> {
    let Some(open) = pipe else { return Ok(true) };
    let count = match open.read(chunk) {
        Ok(count) => count,
        Err(error) if error.kind() == std::io::ErrorKind::Interrupted => return Ok(true),
        Err(error) => return Err(error),
    };
    if count == 0 {
        *pipe = None;
    }
    let room = most.saturating_sub(kept.len());
    kept.extend_from_slice(&chunk[..count.min(room)]);
    Ok(count <= room)
}

#[cfg(test)]
mod tests {
    use super::*;
    use fingerprint::frame::{Frame, write};
    use std::os::unix::fs::PermissionsExt;

    /// A worker that is a shell script with this body; `reply` is in the file `$reply`.
    fn fake(dir: &tempfile::TempDir, body: &str, reply: &[u8], deadline: Duration) -> Worker {
        let (script, reply_file) = (dir.path().join("worker"), dir.path().join("reply"));
        std::fs::write(&reply_file, reply).expect("written");
        // Written under another name and renamed: a file that is open for writing in a test beside this one cannot be started.
        let draft = dir.path().join("draft");
        std::fs::write(&draft, format!("#!/bin/sh\nPATH=/usr/bin:/bin\nreply={}\n{body}\n", reply_file.display())).expect("written");
        std::fs::set_permissions(&draft, std::fs::Permissions::from_mode(0o700)).expect("our file");
        rustix::fs::rename(&draft, &script).expect("renamed");
        Worker { exe: script, deadline }
    }

    fn ask(worker: &Worker, bytes: &[u8]) -> Answer {
        for _ in 0..50 {
            let answer = worker.fingerprint(&PixelBytes::Buffer(bytes.to_vec()), Limits::Normal, &AtomicBool::new(false));
            // A test beside this one that forks holds every descriptor for a moment, also the one that the script was written through.
            if !matches!(&answer, Answer::Unavailable(text) if text.contains("busy")) {
                return answer;
            }
            std::thread::yield_now();
        }
        panic!("the script stays busy")
    }

    fn good() -> (Vec<u8>, Answer) {
        let reply = fingerprint::worker::run_fingerprint(b"no picture");
        (write(&Frame { jail: JailLevel::Full, reply: reply.clone() }), Answer::Reply(reply, JailLevel::Full))
    }

    #[test]
    fn the_table_of_outcomes() {
        let (frame, answer) = good();
        let twice = [frame.clone(), frame.clone()].concat();
        let huge = vec![0; MAX_FRAME_BYTES + 1];
        let table: [(&str, &str, &[u8], Answer); 11] = [
            ("a valid frame", "cat >/dev/null; cat $reply", &frame, answer.clone()),
            ("a frame and chatter on the other pipe", "cat >/dev/null; head -c 300000 /dev/zero >&2; cat $reply", &frame, answer.clone()),
            ("a worker that does not read its input", "cat $reply", &frame, answer),
            ("no frame", "cat >/dev/null", b"", Answer::Unusable(Unusable::DecoderError)),
            ("garbage", "cat >/dev/null; cat $reply", b"garbage", Answer::Unusable(Unusable::DecoderError)),
            ("two frames", "cat >/dev/null; cat $reply", &twice, Answer::Unusable(Unusable::DecoderError)),
            ("more than a frame may have", "cat $reply; sleep 60", &huge, Answer::Unusable(Unusable::DecoderError)),
            ("a frame and a failed exit", "cat $reply; exit 3", &frame, Answer::Died),
            ("a crash", "kill -SEGV $$", &frame, Answer::Died),
            ("no memory", "echo 'memory allocation of 99 bytes failed' >&2; kill -ABRT $$", b"", Answer::Unusable(Unusable::DecoderMemory)),
            ("the CPU limit", "kill -XCPU $$", b"", Answer::Unusable(Unusable::DecoderTimeout)),
        ];
        for (what, body, reply, expected) in table {
            let dir = tempfile::tempdir().expect("a fresh directory");
            assert_eq!(ask(&fake(&dir, body, reply, DEADLINE), &[7; 200_000]), expected, "{what}");
        }
    }

    #[test]
    fn a_worker_that_hangs_is_killed_at_its_deadline() {
        let dir = tempfile::tempdir().expect("a fresh directory");
        for body in ["sleep 60", "exec >&- 2>&-; sleep 60"] {
            let worker = fake(&dir, body, b"", Duration::from_millis(200));
            assert_eq!(ask(&worker, b"x"), Answer::Unusable(Unusable::DecoderTimeout), "{body}");
        }
    }

    #[test]
    fn the_sealed_bytes_arrive_from_their_start_each_time() {
        let dir = tempfile::tempdir().expect("a fresh directory");
        let (frame, answer) = good();
        let fd = rustix::fs::memfd_create("test", rustix::fs::MemfdFlags::CLOEXEC).expect("a memfd");
        rustix::io::write(&fd, b"picture").expect("written");
        let worker = fake(&dir, "[ \"$(cat)\" = picture ] && [ \"$1 $2\" = '__worker fingerprint' ] && cat $reply", &frame, DEADLINE);
        // Waits out the moment in which the script cannot be started.
        ask(&worker, b"");
        let bytes = PixelBytes::Sealed(fd);
        for attempt in ["first", "second"] {
            assert_eq!(worker.fingerprint(&bytes, Limits::Halved, &AtomicBool::new(false)), answer, "{attempt} attempt");
        }
    }

    #[test]
    fn the_environment_is_empty() {
        let dir = tempfile::tempdir().expect("a fresh directory");
        let (frame, answer) = good();
        assert_eq!(ask(&fake(&dir, "[ -z \"$HOME$USER$CARGO\" ] && cat $reply", &frame, DEADLINE), b""), answer);
    }

    #[test]
    fn a_program_that_is_not_there_says_nothing_about_the_content() {
        assert!(matches!(ask(&Worker::new("/no/such/program"), b"x"), Answer::Unavailable(_)), "no strike");
    }

    #[test]
    fn stopping_ends_the_worker_and_leaves_no_process() {
        let dir = tempfile::tempdir().expect("a fresh directory");
        let worker = fake(&dir, "sleep 60", b"", DEADLINE);
        ask(&Worker { deadline: Duration::from_millis(50), ..worker.clone() }, b"x");
        let bytes = PixelBytes::Buffer(Vec::new());
        let mut running = worker.start(&bytes).expect("starts");
        let id = running.child.id();
        let ended = running.converse(&SystemClock::new(), DEADLINE, &AtomicBool::new(true)).expect("no failed call");
        assert_eq!(running.answer(ended), Answer::Stopped);
        drop(running);
        assert!(!std::path::Path::new(&format!("/proc/{id}")).exists(), "killed and collected");
    }
}
