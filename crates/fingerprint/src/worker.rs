//! The body of the worker process: close the jail, then answer requests on standard input, one content each, until they end. The only importer of
//! `landlock` and `seccompiler`.
//!
//! The order matters. Everything that the jail forbids is done before it closes, and nothing of the content is read before it is closed:
//! silent panic hook, die with the parent, not dumpable, no new privileges, resource limits, Landlock, system call filter, then the first byte.
//! A system call outside the list kills the process; the parent sees a death and counts a strike.
//!
//! The caller must spawn the worker from a thread that outlives it: on Linux "die with parent" means the spawning thread.

use crate::decode::{Decoded, Refused, Still, decode};
use crate::frame::request::{REQUEST_BYTES, Request};
use crate::frame::{self, Frame, JailLevel, NearSignal, Picture, PictureSignal, Reply};
use crate::near::{NearHash, near};
use crate::pdq::{PdqViews, pdq};
use crate::rendition::{Step, Strength, rendition};
use crate::signal::{Reading, Unusable, View};
use std::io::{Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// How much a worker may use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Limits {
    /// What ordinary large photos need.
    #[default]
    Normal,
    /// Half of that: for the one retry of a content on which a worker died.
    Halved,
}

impl Limits {
    /// The word on the worker's command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Halved => "halved",
        }
    }

    /// The limits that this word names, or `None`.
    pub fn from_wire(word: &str) -> Option<Self> {
        [Self::Normal, Self::Halved].into_iter().find(|limits| limits.as_str() == word)
    }

    /// A limit as it is with these limits.
    const fn of(self, whole: u64) -> u64 {
        match self {
            Self::Normal => whole,
            Self::Halved => whole / 2,
        }
    }
}

/// Everything between start and exit code: answers one request after the other on standard output, and says nothing else.
///
/// Returns 0 when the requests have ended, 1 if one could not be read or its answer not be written.
pub fn run(limits: Limits) -> i32 {
    let jail = close_jail(limits);
    let (mut input, mut out) = (std::io::stdin().lock(), std::io::stdout().lock());
    loop {
        match serve(&mut input, &mut out, jail) {
            Ok(true) => {}
            Ok(false) => return 0,
            Err(_) => return 1,
        }
    }
}

/// Answers one request. False at the end of the requests.
fn serve(input: &mut impl Read, out: &mut impl Write, jail: JailLevel) -> std::io::Result<bool> {
    let Some((request, bytes)) = read_request(input)? else { return Ok(false) };
    #[cfg(debug_assertions)]
    fault_point(&bytes);
    let reply = if decodes_in(jail) { answer(request, &bytes) } else { unusable(Unusable::SandboxUnavailable) };
    out.write_all(&frame::write(&Frame { jail, reply }))?;
    out.flush()?;
    Ok(true)
}

/// What the fault tests (F57, F58) have a worker of a debug build do, by the last bytes of a content: die, use up its processor time, or wait for ever.
/// A release build has none of it; the inspection of release builds looks for the words.
#[cfg(debug_assertions)]
fn fault_point(bytes: &[u8]) {
    let Some(at) = bytes.len().checked_sub(32) else { return };
    match bytes[at..].strip_prefix(b"gatehouse-fault-point: ") {
        Some(b"crash....") => std::process::abort(),
        Some(b"spin.....") => loop {
            std::hint::spin_loop();
        },
        Some(b"wait.....") => loop {
            std::thread::park();
        },
        _ => {}
    }
}

/// A request and its whole content, or `None` at the end of the input.
fn read_request(input: &mut impl Read) -> std::io::Result<Option<(Request, Vec<u8>)>> {
    // Through the handle of standard input: a `File` asks for its size with a call that the filter forbids.
    let mut header = [0; REQUEST_BYTES];
    if input.read(&mut header[..1])? == 0 {
        return Ok(None);
    }
    input.read_exact(&mut header[1..])?;
    let (request, len) = Request::read(&header).map_err(std::io::Error::other)?;
    // Taken as it comes: a length alone allocates nothing.
    let mut bytes = Vec::new();
    input.take(len as u64).read_to_end(&mut bytes)?;
    if bytes.len() < len { Err(std::io::ErrorKind::UnexpectedEof.into()) } else { Ok(Some((request, bytes))) }
}

fn answer(request: Request, bytes: &[u8]) -> Reply {
    match request {
        Request::Fingerprint => run_fingerprint(bytes),
        Request::Rendition { step, strength } => run_rendition(bytes, step, strength),
    }
}

fn unusable(reason: Unusable) -> Reply {
    Reply::Unusable { reason, width: 0, height: 0, seen: None }
}

/// Something to look at of one content, without jail, input or output. A panic of a decoder becomes `decoder_error`.
pub fn run_rendition(bytes: &[u8], step: Step, strength: Strength) -> Reply {
    let made = catch_unwind(AssertUnwindSafe(|| rendition(bytes, step, strength)));
    made.unwrap_or(Err(Unusable::DecoderError)).map_or_else(unusable, Reply::Rendition)
}

/// The answer about one content, without jail, input or output.
///
/// A panic of a decoder becomes `decoder_error`. Without [`run`] around it the default panic hook still prints.
pub fn run_fingerprint(bytes: &[u8]) -> Reply {
    catch_unwind(AssertUnwindSafe(|| fingerprint(bytes))).unwrap_or_else(|_| unusable(Unusable::DecoderError))
}

/// What is known of one distinct frame in one reading.
struct Seen {
    frame: u16,
    reading: Reading,
    views: PdqViews,
    near: NearHash,
}

fn fingerprint(bytes: &[u8]) -> Reply {
    let mut frames: Vec<Seen> = Vec::new();
    let mut failed = false;
    let decoded = decode(bytes, &mut |still: Still<'_>| match pdq(still.rgb, still.width, still.height) {
        // Frames and readings that look the same are one signal; the first one keeps it.
        Ok(views) if frames.iter().any(|known| known.views.hashes == views.hashes) => {}
        Ok(views) => match near(still.rgb, still.width, still.height) {
            Ok(near) => frames.push(Seen { frame: still.frame, reading: still.reading, views, near }),
            Err(_) => failed = true,
        },
        Err(_) => failed = true,
    });
    let picture = |declared: Decoded| {
        let signals: Vec<_> = frames.iter().flat_map(signals_of).collect();
        let near = frames.iter().map(|seen| NearSignal { hash: seen.near, frame: seen.frame, reading: seen.reading }).collect();
        let (width, height, frames, displayed) = (declared.width, declared.height, declared.frames, declared.displayed);
        (!signals.is_empty()).then_some(Picture { width, height, frames, displayed, signals, near })
    };
    let refused =
        |reason, declared: Decoded| Reply::Unusable { reason, width: declared.width, height: declared.height, seen: picture(declared) };
    match decoded {
        Ok(declared) if failed => refused(Unusable::DecoderError, declared),
        Ok(declared) => picture(declared).map_or(unusable(Unusable::DecoderError), Reply::Picture),
        Err(Refused { reason, declared }) => refused(reason, declared),
    }
}

fn signals_of(seen: &Seen) -> [PictureSignal; 8] {
    let Seen { frame, reading, views, .. } = seen;
    View::ALL.map(|view| PictureSignal {
        hash: views.get(view),
        quality: views.quality,
        view,
        frame: *frame,
        reading: *reading,
        blank: views.blank,
    })
}

/// Whether this system decodes in a jail of this level. On Linux the system call filter is the floor; elsewhere there is none to ask for.
fn decodes_in(jail: JailLevel) -> bool {
    if cfg!(target_os = "linux") { jail >= JailLevel::SeccompOnly } else { true }
}

/// Closes the jail around this process, as far as the system allows, and says how far that was. There is no way back.
pub fn close_jail(limits: Limits) -> JailLevel {
    // The default hook prints, which needs calls outside the filter: a caught panic would be a death.
    std::panic::set_hook(Box::new(|_| {}));
    jail::close(limits)
}

#[cfg(target_os = "linux")]
mod jail {
    //! Linux: limits, Landlock, seccomp.

    use super::{JailLevel, Limits};
    use landlock::{ABI, Access, AccessFs, AccessNet, Ruleset, RulesetAttr, RulesetStatus, Scope};
    use rustix::process::{
        DumpableBehavior, Resource, Rlimit, Signal, getppid, set_dumpable_behavior, set_parent_process_death_signal, setrlimit,
    };
    use std::error::Error;

    /// Address space: the input twice, 256 MiB of decoder, and the program. Less refuses ordinary large photos; more lets a bomb hurt the machine.
    const ADDRESS_BYTES: u64 = 512 * 1024 * 1024;
    /// Processor time of the process, in seconds. The soft limit kills with a signal that the parent can tell apart, the hard one a second later
    /// is the wall behind it. The parent ends a worker that has used up much of it on earlier contents.
    const CPU_SECONDS: u64 = 9;
    /// Standard streams, the Landlock ruleset, and a few that a parent may leak.
    const OPEN_FILES: u64 = 8;

    pub(super) fn close(limits: Limits) -> JailLevel {
        if limit(limits).is_err() {
            return JailLevel::None;
        }
        // Best effort: the filter behind it denies files and sockets as well.
        let landlock = restrict_files().unwrap_or(false);
        match (filter_calls(), landlock) {
            (Ok(()), true) => JailLevel::Full,
            (Ok(()), false) => JailLevel::SeccompOnly,
            (Err(_), _) => JailLevel::Limits,
        }
    }

    fn limit(limits: Limits) -> rustix::io::Result<()> {
        let parent = getppid();
        set_parent_process_death_signal(Some(Signal::KILL))?;
        // It may have died between the start of this process and the line above.
        if getppid() != parent {
            return Err(rustix::io::Errno::SRCH);
        }
        set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
        rustix::thread::set_no_new_privs(true)?;
        let (address, cpu) = (limits.of(ADDRESS_BYTES), limits.of(CPU_SECONDS));
        let limits = [
            (Resource::As, address, address),
            (Resource::Cpu, cpu, cpu + 1),
            (Resource::Fsize, 0, 0),
            (Resource::Nofile, OPEN_FILES, OPEN_FILES),
            (Resource::Core, 0, 0),
            (Resource::Nproc, 0, 0),
        ];
        limits.into_iter().try_for_each(|(resource, soft, hard)| setrlimit(resource, Rlimit { current: Some(soft), maximum: Some(hard) }))
    }

    /// Handles every right that the kernel knows and grants none. True if the kernel enforces any of it.
    fn restrict_files() -> Result<bool, Box<dyn Error>> {
        let newest = ABI::V6;
        let status = Ruleset::default()
            .handle_access(AccessFs::from_all(newest))?
            .handle_access(AccessNet::from_all(newest))?
            .scope(Scope::from_all(newest))?
            .create()?
            .restrict_self()?;
        Ok(status.ruleset != RulesetStatus::NotEnforced)
    }

    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    fn filter_calls() -> Result<(), Box<dyn Error>> {
        use seccompiler::{BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule};
        /// What reading, decoding and answering need, and nothing else. Each was seen in a trace or is needed by the allocator.
        const ALLOWED: [i64; 19] = [
            libc::SYS_read,
            libc::SYS_pread64,
            libc::SYS_lseek,
            libc::SYS_fstat,
            libc::SYS_write,
            libc::SYS_munmap,
            libc::SYS_mremap,
            libc::SYS_brk,
            libc::SYS_madvise,
            libc::SYS_futex,
            libc::SYS_rt_sigreturn,
            libc::SYS_rt_sigprocmask,
            libc::SYS_sigaltstack,
            libc::SYS_exit,
            libc::SYS_exit_group,
            libc::SYS_clock_gettime,
            libc::SYS_getrandom,
            libc::SYS_sched_yield,
            libc::SYS_close,
        ];
        /// Which argument of `mmap` is the protection.
        const PROTECTION: u8 = 2;
        let never_executable =
            SeccompCondition::new(PROTECTION, SeccompCmpArgLen::Dword, SeccompCmpOp::MaskedEq(libc::PROT_EXEC as u64), 0)?;
        let mut rules: std::collections::BTreeMap<i64, Vec<SeccompRule>> = ALLOWED.into_iter().map(|call| (call, Vec::new())).collect();
        rules.insert(libc::SYS_mmap, vec![SeccompRule::new(vec![never_executable])?]);
        let filter = SeccompFilter::new(rules, SeccompAction::KillProcess, SeccompAction::Allow, std::env::consts::ARCH.try_into()?)?;
        let program: BpfProgram = filter.try_into()?;
        Ok(seccompiler::apply_filter(&program)?)
    }

    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    fn filter_calls() -> Result<(), Box<dyn Error>> {
        Err("no filter is written for this processor".into())
    }
}

#[cfg(all(unix, not(target_os = "linux")))]
mod jail {
    //! Other Unix systems: limits only. Reduced, and said so.

    use super::{JailLevel, Limits};
    use rustix::process::{Resource, Rlimit, setrlimit};

    pub(super) fn close(limits: Limits) -> JailLevel {
        let cpu = limits.of(9);
        let limits = [(Resource::Cpu, cpu, cpu + 1), (Resource::Fsize, 0, 0), (Resource::Nofile, 8, 8), (Resource::Core, 0, 0)];
        let set = limits
            .into_iter()
            .try_for_each(|(resource, soft, hard)| setrlimit(resource, Rlimit { current: Some(soft), maximum: Some(hard) }));
        if set.is_ok() { JailLevel::Limits } else { JailLevel::None }
    }
}

#[cfg(not(unix))]
mod jail {
    //! Windows: the limits are the job object that the parent puts this process into.

    pub(super) fn close(_limits: super::Limits) -> super::JailLevel {
        super::JailLevel::None
    }
}
