//! The worker as a program of its own, so that the tests of this crate can spawn it. `normal` or `halved` says how much it may use; any other
//! argument closes the jail and then tries the forbidden act of that name, to show that it dies.
#![expect(clippy::print_stdout, reason = "the answer of a forbidden act that worked is what the test looks for")]

use fingerprint::worker::Limits;

fn main() {
    let act = std::env::args().nth(1).unwrap_or_default();
    if let Some(limits) = Limits::from_wire(&act) {
        std::process::exit(fingerprint::worker::run(limits));
    }
    let level = fingerprint::worker::close_jail(Limits::Normal);
    let done = acts::perform(&act);
    println!("{} survived {act}: {done}", level.as_str());
}

#[cfg(not(target_os = "linux"))]
mod acts {
    pub(crate) fn perform(_act: &str) -> bool {
        false
    }
}

#[cfg(target_os = "linux")]
mod acts {
    use rustix::fs::{CWD, Mode, OFlags};
    use rustix::process::{Pid, Resource, Rlimit, Signal};
    use std::net::{TcpStream, UdpSocket};

    /// Tries the act; true if the system let it happen.
    pub(crate) fn perform(act: &str) -> bool {
        let parent = rustix::process::getppid;
        match act {
            "nothing" => true,
            "open" => std::fs::File::open("/etc/hostname").is_ok(),
            "openat" => rustix::fs::openat(CWD, "/etc/hostname", OFlags::RDONLY, Mode::empty()).is_ok(),
            "openat2" => {
                rustix::fs::openat2(CWD, "/etc/hostname", OFlags::RDONLY, Mode::empty(), rustix::fs::ResolveFlags::empty()).is_ok()
            }
            "create" => std::fs::write("/tmp/gatehouse-probe", "x").is_ok(),
            "stat" => std::fs::metadata("/").is_ok(),
            "list" => std::fs::read_dir("/").is_ok(),
            "connect" => TcpStream::connect("127.0.0.1:9").is_ok(),
            "bind" => UdpSocket::bind("127.0.0.1:0").is_ok(),
            "execute" => std::process::Command::new("/bin/true").status().is_ok(),
            "thread" => std::thread::Builder::new().spawn(|| ()).is_ok(),
            "kill" => parent().is_some_and(|pid| rustix::process::kill_process(pid, Signal::CHILD).is_ok()),
            "test_kill" => Pid::from_raw(1).is_some_and(|pid| rustix::process::test_kill_process(pid).is_ok()),
            "memfd" => rustix::fs::memfd_create(c"probe", rustix::fs::MemfdFlags::empty()).is_ok(),
            "prctl" => rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::Dumpable).is_ok(),
            "prlimit" => rustix::process::setrlimit(Resource::Nofile, Rlimit { current: Some(1), maximum: Some(1) }).is_ok(),
            "unlink" => rustix::fs::unlink("/tmp/gatehouse-probe").is_ok(),
            "rename" => rustix::fs::rename("/tmp/gatehouse-probe", "/tmp/gatehouse-probe-2").is_ok(),
            "link" => std::fs::hard_link("/etc/hostname", "/tmp/gatehouse-probe").is_ok(),
            "symlink" => std::os::unix::fs::symlink("/etc/hostname", "/tmp/gatehouse-probe").is_ok(),
            "mkdir" => std::fs::create_dir("/tmp/gatehouse-probe-dir").is_ok(),
            "chdir" => std::env::set_current_dir("/").is_ok(),
            "chmod" => rustix::fs::chmod("/tmp/gatehouse-probe", Mode::RUSR).is_ok(),
            "pipe" => rustix::pipe::pipe().is_ok(),
            "umask" => rustix::process::umask(Mode::empty()).is_empty(),
            "setsid" => rustix::process::setsid().is_ok(),
            "sleep" => {
                std::thread::sleep(std::time::Duration::from_millis(1));
                true
            }
            // The test asks for a death, so a misspelt act fails it.
            _ => false,
        }
    }
}
