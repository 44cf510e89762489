//! Points with a name at which tests end this program, or make a thread panic. They exist in debug builds only: a release has none.
//!
//! The program is told by `GATEHOUSE_FAULT_POINT`, such as `moved=kill` or `thread_seal=panic`; the two main programs read it and call [`arm`].

/// What happens at the point.
#[cfg(debug_assertions)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Happening {
    /// The process is killed, as the kernel or a power cut would.
    Kill,
    /// The thread panics.
    Panic,
}

#[cfg(debug_assertions)]
static ARMED: std::sync::OnceLock<(String, Happening)> = std::sync::OnceLock::new();

/// Arms one point. Anything that is no `NAME=kill` or `NAME=panic` arms none.
#[cfg(debug_assertions)]
pub fn arm(plan: &str) {
    let happening = |word: &str| match word {
        "kill" => Some(Happening::Kill),
        "panic" => Some(Happening::Panic),
        _ => None,
    };
    if let Some((name, happening)) = plan.split_once('=').and_then(|(name, word)| Some((name, happening(word)?))) {
        // Armed twice is armed once.
        ARMED.set((name.to_owned(), happening)).unwrap_or_default();
    }
}

/// The program has come to the point `name`.
#[cfg(debug_assertions)]
#[expect(clippy::panic, reason = "the fault that is played")]
pub(crate) fn point(name: &str) {
    match ARMED.get() {
        Some((armed, Happening::Kill)) if armed == name => {
            rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL).unwrap_or_default();
        }
        Some((armed, Happening::Panic)) if armed == name => panic!("fault point {name}"),
        _ => {}
    }
}

/// Nothing: this is a release.
#[cfg(not(debug_assertions))]
#[inline(always)]
pub(crate) fn point(_name: &str) {}
