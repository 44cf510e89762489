//! One worker process, and one conversation with it at a time.

use std::io::{Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use fingerprint::frame::{Frame, MAX_FRAME_BYTES, Request, read, whole_len};
use fingerprint::worker::Limits;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::Signal;

use crate::clock::{Clock, SystemClock};
use crate::intake::read::PixelBytes;

/// How often the stop flag is looked at while a worker runs.
const STOP_POLL: Duration = Duration::from_millis(50);
/// How often the end of a worker is looked for once it has closed its pipes; mostly it is there at the first look.
const EXIT_POLL: Duration = Duration::from_millis(1);
/// Bytes of its messages that are kept: enough to know a refused allocation.
const MESSAGE_BYTES: usize = 4 * 1024;
/// What Rust prints when the memory limit refuses an allocation.
const OUT_OF_MEMORY: &[u8] = b"memory allocation of";
/// Bytes moved through a pipe at once: the size of a pipe.
const PIPE_BYTES: usize = 64 * 1024;

/// How the talk with a worker ended. Only after `Replied` is it still alive.
#[derive(Debug)]
pub(super) enum Ended {
    /// One whole valid frame after it had taken the whole content, and nothing behind it.
    Replied(Frame),
    /// More bytes than one frame.
    TooLong,
    /// Something that is no frame, or a reply to a content that it had not read.
    Garbled,
    /// It ended without a reply.
    Exited {
        success: bool,
        out_of_time: bool,
        out_of_memory: bool,
    },
    TimedOut,
    Stopped,
}

/// A started worker; dropping it kills and collects it.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    input: ChildStdin,
    output: Option<ChildStdout>,
    errors: Option<ChildStderr>,
    message: Vec<u8>,
    served: u32,
    busy: Duration,
}

impl Process {
    /// Starts a worker. Its environment is empty, and it knows no directory.
    pub(super) fn start(exe: &Path, limits: Limits) -> std::io::Result<Self> {
        let mut command = Command::new(exe);
        command.args(["__worker", limits.as_str()]).env_clear().current_dir("/");
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let (input, output, errors) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        // All three were asked for above.
        let input = input.ok_or_else(|| std::io::Error::other("a started program without an input"))?;
        rustix::io::ioctl_fionbio(&input, true)?;
        Ok(Self { child, input, output, errors, message: Vec::new(), served: 0, busy: Duration::ZERO })
    }

    /// Contents that it has answered.
    pub(super) fn served(&self) -> u32 {
        self.served
    }

    /// Wall time that it has spent on them.
    pub(super) fn busy(&self) -> Duration {
        self.busy
    }

    /// Whether it is alive and has said nothing since its last reply.
    pub(super) fn is_quiet(&mut self) -> bool {
        let alive = matches!(self.child.try_wait(), Ok(None));
        alive && self.message.is_empty() && self.wait(false, Duration::ZERO).is_ok_and(|ready| !ready.output && !ready.errors)
    }

    /// Asks for one content and waits for the reply, at most until `clock` shows `deadline`.
    ///
    /// # Errors
    /// A failed system call of this side; the process is then not to be used again.
    pub(super) fn converse(
        &mut self,
        request: Request,
        bytes: &PixelBytes,
        clock: &SystemClock,
        deadline: Duration,
        stop: &AtomicBool,
    ) -> std::io::Result<Ended> {
        let started = clock.monotonic();
        let mut content = Outgoing::new(request, bytes)?;
        let mut reply = Vec::new();
        let ended = loop {
            let left = deadline.saturating_sub(clock.monotonic());
            if stop.load(Ordering::Relaxed) {
                break Ended::Stopped;
            }
            if left.is_zero() {
                break Ended::TimedOut;
            }
            if self.output.is_none() && self.errors.is_none() {
                match self.child.try_wait()? {
                    Some(status) => break self.exited(status, &reply),
                    None => std::thread::sleep(EXIT_POLL),
                }
                continue;
            }
            let ready = self.wait(!content.is_sent(), left.min(STOP_POLL))?;
            if ready.input {
                content.send(&mut self.input)?;
            }
            if ready.errors {
                // More than is kept is read and thrown away, so that a chatty worker does not block on its own words.
                take(&mut self.errors, &mut self.message, MESSAGE_BYTES)?;
            }
            if ready.output {
                take(&mut self.output, &mut reply, MAX_FRAME_BYTES + 1)?;
                if let Some(ended) = replied(&reply, content.is_sent()) {
                    break ended;
                }
            }
        };
        self.served += 1;
        self.busy += clock.monotonic().saturating_sub(started);
        Ok(ended)
    }

    fn exited(&self, status: ExitStatus, reply: &[u8]) -> Ended {
        if status.success() && !reply.is_empty() {
            return Ended::Garbled;
        }
        Ended::Exited {
            success: status.success(),
            out_of_time: status.signal() == Some(Signal::XCPU.as_raw()),
            out_of_memory: self.message.starts_with(OUT_OF_MEMORY),
        }
    }

    fn wait(&self, wants_input: bool, at_most: Duration) -> std::io::Result<Ready> {
        let pipes: [Option<(BorrowedFd<'_>, PollFlags)>; 3] = [
            self.output.as_ref().map(|pipe| (pipe.as_fd(), PollFlags::IN)),
            self.errors.as_ref().map(|pipe| (pipe.as_fd(), PollFlags::IN)),
            wants_input.then(|| (self.input.as_fd(), PollFlags::OUT)),
        ];
        let mut fds: Vec<_> = pipes.iter().flatten().map(|(fd, flags)| PollFd::from_borrowed_fd(*fd, *flags)).collect();
        let timeout = Timespec { tv_sec: at_most.as_secs().cast_signed(), tv_nsec: at_most.subsec_nanos().into() };
        match poll(&mut fds, Some(&timeout)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(errno) => return Err(errno.into()),
        }
        let mut answers = fds.iter().map(|fd| !fd.revents().is_empty());
        let [output, errors, input] = pipes.map(|pipe| pipe.is_some() && answers.next().unwrap_or(false));
        Ok(Ready { output, errors, input })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail only for a process that has been waited for already.
        if self.child.kill().is_ok() {
            drop(self.child.wait());
        }
    }
}

struct Ready {
    output: bool,
    errors: bool,
    input: bool,
}

/// What the reply so far means; `None` while it may still become a frame.
fn replied(reply: &[u8], content_was_sent: bool) -> Option<Ended> {
    match whole_len(reply) {
        Err(_) => Some(Ended::Garbled),
        Ok(None) => None,
        Ok(Some(len)) if reply.len() < len => None,
        Ok(Some(len)) if reply.len() > len => Some(Ended::TooLong),
        Ok(Some(_)) => Some(match read(reply) {
            Ok(frame) if content_was_sent => Ended::Replied(frame),
            Ok(_) | Err(_) => Ended::Garbled,
        }),
    }
}

/// A request and its content on their way into the pipe.
struct Outgoing<'a> {
    /// The header, then what was read of a sealed content.
    chunk: Vec<u8>,
    at: usize,
    rest: Rest<'a>,
    /// The worker closed its end. It is judged by its reply and its death, not by this.
    refused: bool,
}

enum Rest<'a> {
    Sealed { fd: &'a OwnedFd, at: u64, len: u64 },
    Buffer(&'a [u8]),
}

impl<'a> Outgoing<'a> {
    fn new(request: Request, bytes: &'a PixelBytes) -> std::io::Result<Self> {
        let (len, rest) = match bytes {
            PixelBytes::Sealed(fd) => {
                let len = u64::try_from(rustix::fs::fstat(fd)?.st_size).unwrap_or(0);
                (len, Rest::Sealed { fd, at: 0, len })
            }
            PixelBytes::Buffer(buffer) => (buffer.len() as u64, Rest::Buffer(buffer)),
        };
        Ok(Self { chunk: request.write(len).to_vec(), at: 0, rest, refused: false })
    }

    fn is_sent(&self) -> bool {
        let nothing_left = match &self.rest {
            Rest::Sealed { at, len, .. } => at >= len,
            Rest::Buffer(rest) => rest.is_empty(),
        };
        self.refused || (self.at >= self.chunk.len() && nothing_left)
    }

    /// Writes what fits into the pipe.
    fn send(&mut self, pipe: &mut ChildStdin) -> std::io::Result<()> {
        while !self.is_sent() {
            self.refill()?;
            match pipe.write(&self.chunk[self.at..]) {
                Ok(count) => self.at += count,
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => self.refused = true,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn refill(&mut self) -> std::io::Result<()> {
        if self.at < self.chunk.len() {
            return Ok(());
        }
        self.at = 0;
        match &mut self.rest {
            Rest::Sealed { fd, at, .. } => {
                self.chunk.resize(PIPE_BYTES, 0);
                let count = rustix::io::pread(fd, self.chunk.as_mut_slice(), *at)?;
                if count == 0 {
                    // It is sealed against shrinking.
                    return Err(std::io::ErrorKind::UnexpectedEof.into());
                }
                self.chunk.truncate(count);
                *at += count as u64;
            }
            Rest::Buffer(rest) => {
                let (next, after) = rest.split_at(rest.len().min(PIPE_BYTES));
                self.chunk.clear();
                self.chunk.extend_from_slice(next);
                *rest = after;
            }
        }
        Ok(())
    }
}

/// One read from a pipe, which poll said will not block. Closes the pipe at its end. Keeps at most `most` bytes.
fn take(pipe: &mut Option<impl Read>, kept: &mut Vec<u8>, most: usize) -> std::io::Result<()> {
    let Some(open) = pipe else { return Ok(()) };
    let mut chunk = [0; PIPE_BYTES];
    let count = match open.read(&mut chunk) {
        Ok(count) => count,
        Err(error) if error.kind() == std::io::ErrorKind::Interrupted => return Ok(()),
        Err(error) => return Err(error),
    };
    if count == 0 {
        *pipe = None;
    }
    let room = most.saturating_sub(kept.len());
    kept.extend_from_slice(&chunk[..count.min(room)]);
    Ok(())
}
