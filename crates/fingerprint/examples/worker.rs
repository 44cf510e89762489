//! The worker as a program of its own, so that the tests of this crate can spawn it. `normal` or `halved` says how much it may use; any other
//! argument closes the jail and then tries the forbidden act of that name, to show that it dies. With `free` before it, the act is tried without a
//! jail, to show that it is the jail that kills.
#![expect(clippy::print_stdout, reason = "the answer of a forbidden act that worked is what the test looks for")]

use fingerprint::worker::Limits;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (free, act) = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["free", act] => (true, act),
        [act] => (false, act),
        _ => (false, ""),
    };
    if let Some(limits) = Limits::from_wire(act) {
        std::process::exit(fingerprint::worker::run(limits));
    }
    let level = if free { "free" } else { fingerprint::worker::close_jail(Limits::Normal).as_str() };
    let done = acts::perform(act);
    println!("{level} survived {act}: {done}");
}

#[cfg(not(target_os = "linux"))]
mod acts {
    pub(crate) fn perform(_act: &str) -> bool {
        false
    }
}

#[cfg(target_os = "linux")]
mod acts {
    //! The acts of F62, each as the bare call, so that no library stands between the act and the kernel. Their arguments are such that outside the jail
    //! nothing is changed: names that are not there, signal 0, memory of our own.

    use std::ffi::c_long;

    const NOWHERE: *const std::ffi::c_char = c"/gatehouse/is/not/there".as_ptr();
    const PAGE: usize = 4_096;

    /// Tries the act; true if the system answered it, with whatever.
    pub(crate) fn perform(act: &str) -> bool {
        if act == "nothing" {
            return true;
        }
        let parent = c_long::from(rustix::process::getppid().map_or(0, |pid| pid.as_raw_nonzero().get()));
        let nowhere = NOWHERE as c_long;
        let here = c_long::from(libc::AT_FDCWD);
        let mut room = [0_u8; 512];
        let room = room.as_mut_ptr() as c_long;
        let executable = c_long::from(libc::PROT_READ | libc::PROT_EXEC);
        let own = c_long::from(libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
        let (number, arguments) = match act {
            "open" => old(0, libc::SYS_openat, [nowhere, 0, 0, 0, 0, 0]),
            "openat" => (libc::SYS_openat, [here, nowhere, 0, 0, 0, 0]),
            "openat2" => (libc::SYS_openat2, [here, nowhere, room, 24, 0, 0]),
            "stat" => old(1, libc::SYS_newfstatat, [nowhere, room, 0, 0, 0, 0]),
            "socket" => (libc::SYS_socket, [libc::AF_INET.into(), libc::SOCK_STREAM.into(), 0, 0, 0, 0]),
            "connect" => (libc::SYS_connect, [-1, room, 16, 0, 0, 0]),
            "bind" => (libc::SYS_bind, [-1, room, 16, 0, 0, 0]),
            "sendto" => (libc::SYS_sendto, [-1, room, 1, 0, 0, 0]),
            "execve" => (libc::SYS_execve, [nowhere, 0, 0, 0, 0, 0]),
            "execveat" => (libc::SYS_execveat, [here, nowhere, 0, 0, 0, 0]),
            "fork" => old(2, libc::SYS_clone, [libc::SIGCHLD.into(), 0, 0, 0, 0, 0]),
            "clone" => (libc::SYS_clone, [libc::SIGCHLD.into(), 0, 0, 0, 0, 0]),
            "clone3" => (libc::SYS_clone3, [room, 8, 0, 0, 0, 0]),
            "ptrace" => (libc::SYS_ptrace, [libc::PTRACE_ATTACH.into(), 0, 0, 0, 0, 0]),
            "kill" => (libc::SYS_kill, [parent, 0, 0, 0, 0, 0]),
            "tgkill" => (libc::SYS_tgkill, [parent, parent, 0, 0, 0, 0]),
            "io_uring" => (libc::SYS_io_uring_setup, [1, 0, 0, 0, 0, 0]),
            "memfd" => (libc::SYS_memfd_create, [nowhere, 0, 0, 0, 0, 0]),
            "mprotect-exec" => (libc::SYS_mprotect, [mapped(), PAGE as c_long, executable, 0, 0, 0]),
            "mmap-exec" => (libc::SYS_mmap, [0, PAGE as c_long, executable, own, -1, 0]),
            "prctl" => (libc::SYS_prctl, [libc::PR_GET_DUMPABLE.into(), 0, 0, 0, 0, 0]),
            "prlimit" => (libc::SYS_prlimit64, [0, libc::RLIMIT_CORE.into(), 0, room, 0, 0]),
            "unlink" => old(3, libc::SYS_unlinkat, [nowhere, 0, 0, 0, 0, 0]),
            "rename" => old(4, libc::SYS_renameat2, [nowhere, nowhere, 0, 0, 0, 0]),
            "mount" => (libc::SYS_mount, [nowhere, nowhere, nowhere, 0, 0, 0]),
            "bpf" => (libc::SYS_bpf, [-1, 0, 0, 0, 0, 0]),
            "keyctl" => (libc::SYS_keyctl, [-1, 0, 0, 0, 0, 0]),
            "landlock" => (libc::SYS_landlock_create_ruleset, [0, 0, 1, 0, 0, 0]),
            "seccomp" => (libc::SYS_seccomp, [2, 0, room, 0, 0, 0]),
            "pidfd" => (libc::SYS_pidfd_open, [parent, 0, 0, 0, 0, 0]),
            "read_other_memory" => (libc::SYS_process_vm_readv, [parent, 0, 0, 0, 0, 0]),
            "userfaultfd" => (libc::SYS_userfaultfd, [-1, 0, 0, 0, 0, 0]),
            // Numbers beyond the table, as another calling convention of the same processor would have them.
            "other_abi" => (libc::SYS_getpid | 0x4000_0000, [0; 6]),
            // The test asks for a death, so a misspelt act fails it.
            _ => return false,
        };
        let done = call(number, arguments);
        if done == 0 && matches!(act, "fork" | "clone") {
            // The child of an act that worked has nothing to say.
            call(libc::SYS_exit_group, [0; 6]);
        }
        true
    }

    /// A call that only older processors have by this name; the others have one that does the same.
    #[cfg(target_arch = "x86_64")]
    fn old(which: usize, _instead: c_long, arguments: [c_long; 6]) -> (c_long, [c_long; 6]) {
        ([libc::SYS_open, libc::SYS_stat, libc::SYS_fork, libc::SYS_unlink, libc::SYS_rename][which], arguments)
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn old(_which: usize, instead: c_long, arguments: [c_long; 6]) -> (c_long, [c_long; 6]) {
        (instead, arguments)
    }

    /// A page of our own, which may be mapped in the jail as long as it is not executable.
    fn mapped() -> c_long {
        let rights = c_long::from(libc::PROT_READ | libc::PROT_WRITE);
        call(libc::SYS_mmap, [0, PAGE as c_long, rights, c_long::from(libc::MAP_PRIVATE | libc::MAP_ANONYMOUS), -1, 0])
    }

    fn call(number: c_long, [a, b, c, d, e, f]: [c_long; 6]) -> c_long {
        #[expect(unsafe_code, reason = "a forbidden act is tried as the bare call; no argument points to memory that is not ours")]
        // SAFETY: pointers among the arguments are null, to static text, or to the array of the caller, which outlives the call.
        unsafe {
            libc::syscall(number, a, b, c, d, e, f)
        }
    }
}
