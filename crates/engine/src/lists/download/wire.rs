//! The socket below a download: which IP addresses are connected to, how long is waited, and that a stop is heard at once.
//!
//! `ureq` reads HTTP and `rustls` proves the host; both work on what this file hands them. Their interface for that is marked as unversioned,
//! so `Cargo.toml` pins the minor version.

use std::fmt;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout, Transport};

use super::pace::Patience;
use super::reach::is_public;

/// How long a read waits before it looks at the stop flag again.
const LOOK_AROUND: Duration = Duration::from_millis(100);
/// How long connecting takes at most where no limit was set.
const LONGEST_CONNECT: Duration = Duration::from_secs(60);
/// Most IP addresses of a host that are tried.
const ADDRESSES: usize = 8;

/// The network, as far as a download needs it.
pub trait Network: fmt::Debug + Send + Sync {
    /// The IP addresses of a host.
    ///
    /// # Errors
    /// The system's.
    fn resolve(&self, host: &str, port: u16) -> std::io::Result<Vec<SocketAddr>>;
    /// Opens a connection.
    ///
    /// # Errors
    /// The system's.
    fn connect(&self, to: SocketAddr, wait: Duration) -> std::io::Result<TcpStream>;
}

/// The network of the operating system. No proxy: the environment is not read.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemNetwork;

impl Network for SystemNetwork {
    fn resolve(&self, host: &str, port: u16) -> std::io::Result<Vec<SocketAddr>> {
        // The system's resolver has limits of its own (5 s a server, twice, by default) and cannot be interrupted.
        Ok((host, port).to_socket_addrs()?.collect())
    }

    fn connect(&self, to: SocketAddr, wait: Duration) -> std::io::Result<TcpStream> {
        TcpStream::connect_timeout(&to, wait)
    }
}

/// Why a connection was ended by us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// The stop flag.
    Stopped,
    /// Slower than the limit for too long.
    TooSlow,
    /// No IP address of the host may be connected to.
    Private,
}

/// How the sender keeps up. Only time that was spent waiting for it counts: a slow disk of ours is not its fault.
#[derive(Debug, Default)]
struct Pace {
    waited: Duration,
    patience: Option<Patience>,
}

/// What a download and its socket share.
#[derive(Debug)]
pub(super) struct Line {
    network: Arc<dyn Network>,
    stop: Arc<AtomicBool>,
    host: String,
    port: u16,
    may_be_private: bool,
    pace: Mutex<Pace>,
    ended: Mutex<Option<Ended>>,
}

impl Line {
    pub(super) fn new(network: Arc<dyn Network>, stop: Arc<AtomicBool>, host: &str, port: u16, may_be_private: bool) -> Arc<Self> {
        let host = host.to_owned();
        Arc::new(Self { network, stop, host, port, may_be_private, pace: Mutex::default(), ended: Mutex::default() })
    }

    /// From now on the sender has to keep up this rate; before, the limits of connecting and of the headers hold.
    pub(super) fn expect_pace(&self, rate: u64, patience: Duration) {
        let mut pace = lock(&self.pace);
        pace.patience = Some(Patience::new(rate, patience, pace.waited));
    }

    /// Why we ended it, if we did.
    pub(super) fn ended(&self) -> Option<Ended> {
        *lock(&self.ended)
    }

    fn end(&self, why: Ended) -> ureq::Error {
        *lock(&self.ended) = Some(why);
        // Not `Interrupted`: readers above would simply try again.
        std::io::Error::new(ErrorKind::ConnectionAborted, "ended by us").into()
    }

    /// How long the next wait may be; `None` at the deadline; an end if we are to stop.
    fn slice(&self, deadline: Option<Instant>) -> Result<Option<Duration>, ureq::Error> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(self.end(Ended::Stopped));
        }
        match deadline.map(|deadline| deadline.saturating_duration_since(Instant::now())) {
            Some(left) if left.is_zero() => Ok(None),
            // The system takes no wait below a microsecond.
            left => Ok(Some(left.unwrap_or(LOOK_AROUND).clamp(Duration::from_millis(1), LOOK_AROUND))),
        }
    }

    /// After a wait that brought so many bytes: an end if the sender is too slow.
    fn waited(&self, wait: Duration, bytes: usize) -> Result<(), ureq::Error> {
        let mut pace = lock(&self.pace);
        pace.waited = pace.waited.saturating_add(wait);
        let now = pace.waited;
        let Some(patience) = pace.patience.as_mut() else { return Ok(()) };
        if patience.left(now).is_none() {
            return Err(self.end(Ended::TooSlow));
        }
        patience.received(bytes, now);
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Finds the host's IP addresses and keeps those that may be connected to.
#[derive(Debug)]
pub(super) struct CheckedResolver(pub(super) Arc<Line>);

impl Resolver for CheckedResolver {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let line = &self.0;
        if line.stop.load(Ordering::Relaxed) {
            return Err(line.end(Ended::Stopped));
        }
        let found = line.network.resolve(&line.host, line.port).map_err(|_| ureq::Error::HostNotFound)?;
        if found.is_empty() {
            return Err(ureq::Error::HostNotFound);
        }
        let mut kept = self.empty();
        for address in found.into_iter().filter(|address| line.may_be_private || is_public(address.ip())).take(ADDRESSES) {
            kept.push(address);
        }
        if kept.is_empty() { Err(line.end(Ended::Private)) } else { Ok(kept) }
    }
}

/// Connects to one of the checked IP addresses, and to nothing else.
#[derive(Debug)]
pub(super) struct CheckedConnector(pub(super) Arc<Line>);

impl Connector<()> for CheckedConnector {
    type Out = Socket;

    fn connect(&self, details: &ConnectionDetails<'_>, _: Option<()>) -> Result<Option<Socket>, ureq::Error> {
        let line = &self.0;
        let started = Instant::now();
        let deadline = deadline(details.timeout).unwrap_or(started + LONGEST_CONNECT);
        let mut last = ErrorKind::ConnectionRefused.into();
        for (at, address) in details.addrs.iter().enumerate() {
            if line.stop.load(Ordering::Relaxed) {
                return Err(line.end(Ended::Stopped));
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(ureq::Error::Timeout(details.timeout.reason));
            }
            // A dead address must leave time for the next one; the last gets all that is left.
            let is_last = at + 1 == details.addrs.len();
            match line.network.connect(*address, if is_last { left } else { left / 2 }) {
                Ok(stream) => {
                    stream.set_nodelay(true)?;
                    let buffers = LazyBuffers::new(details.config.input_buffer_size(), details.config.output_buffer_size());
                    return Ok(Some(Socket { stream, buffers, line: Arc::clone(line) }));
                }
                Err(error) => last = error,
            }
        }
        Err(last.into())
    }
}

/// A socket that waits in short steps.
pub(super) struct Socket {
    stream: TcpStream,
    buffers: LazyBuffers,
    line: Arc<Line>,
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Socket")
    }
}

/// When a limit ends; `None` if it never does.
fn deadline(timeout: NextTimeout) -> Option<Instant> {
    Instant::now().checked_add(*timeout.after)
}

fn is_wait(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}

impl Transport for Socket {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        let deadline = deadline(timeout);
        let mut sent = 0;
        while sent < amount {
            let Some(wait) = self.line.slice(deadline)? else { return Err(ureq::Error::Timeout(timeout.reason)) };
            self.stream.set_write_timeout(Some(wait))?;
            match self.stream.write(&self.buffers.output()[sent..amount]) {
                Ok(0) => return Err(std::io::Error::from(ErrorKind::WriteZero).into()),
                Ok(bytes) => sent += bytes,
                Err(error) if is_wait(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        let deadline = deadline(timeout);
        loop {
            let Some(wait) = self.line.slice(deadline)? else { return Err(ureq::Error::Timeout(timeout.reason)) };
            self.stream.set_read_timeout(Some(wait))?;
            let before = Instant::now();
            let read = self.stream.read(self.buffers.input_append_buf());
            self.line.waited(before.elapsed(), *read.as_ref().unwrap_or(&0))?;
            match read {
                Ok(bytes) => {
                    self.buffers.input_appended(bytes);
                    return Ok(bytes > 0);
                }
                Err(error) if is_wait(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn is_open(&mut self) -> bool {
        // A connection serves one answer: nothing of one list's request can reach another's.
        false
    }
}
