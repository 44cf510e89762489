//! One GET by strict rules. What an answer means is decided in [`super::answer`]; here it is asked for and read.
//!
//! - `https` only, certificates checked against the bundled roots, or for a place of one's own network against the one that the operator named;
//!   there is no switch that turns checking off
//! - connections end at public addresses, unless the operator named a private one
//! - at most three redirects, on the same host or to one that the operator said yes to; secrets go to the address's own host alone
//! - nothing compressed; not one byte more than allowed; limits for connecting, headers, pace and the whole
//! - no cookies, no proxy, no name of this machine or version: the only header about us is `User-Agent: Gatehouse`

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::unversioned::transport::{Connector as _, RustlsConnector};

use super::address::Address;
use super::answer::{Asked, Head, Size, Validators, Verdict, judge};
use super::body::Body;
use super::explain::{explain, private};
use super::failure::{Failure, FailureCode};
use super::part::Sink;
use super::reach::is_public;
use super::secrets::Secrets;
use super::wire::{CheckedConnector, CheckedResolver, Line, Network, SystemNetwork};
use crate::clock::Clock;
use crate::model::Shown;

/// Longest headers of an answer, in bytes.
const HEADERS: usize = 32 * 1024;

/// The limits of one GET.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// From the name to a proven connection.
    pub connect: Duration,
    /// From the request to the end of the headers.
    pub headers: Duration,
    /// Slowest pace, in bytes a second …
    pub bytes_a_second: u64,
    /// … and for how long it may be missed.
    pub patience: Duration,
    /// The whole, with all redirects.
    pub total: Duration,
    /// Most redirects.
    pub redirects: usize,
}

impl Limits {
    /// The limits of the product.
    pub const PRODUCT: Self = Self {
        connect: Duration::from_secs(10),
        headers: Duration::from_secs(30),
        bytes_a_second: 1000,
        patience: Duration::from_secs(30),
        total: Duration::from_secs(3600),
        redirects: 3,
    };
}

/// How far a download is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes that are here, those of an earlier try included.
    pub bytes: u64,
    /// Bytes of the whole, if the server says it.
    pub total: Option<u64>,
    /// Bytes a second of late, once there is something to say.
    pub bytes_a_second: Option<u64>,
}

impl Progress {
    /// How long it still takes at this rate.
    pub fn left(&self) -> Option<Duration> {
        let rate = self.bytes_a_second.filter(|rate| *rate > 0)?;
        Some(Duration::from_secs(self.total?.saturating_sub(self.bytes).div_ceil(rate)))
    }
}

/// What to get.
#[derive(Clone, Copy, Debug)]
pub struct Get<'a> {
    /// The address that the operator said yes to.
    pub address: &'a Address,
    /// The operator named a private address and said yes to that.
    pub may_be_private: bool,
    /// Hosts, as [`Address::origin`] writes them, that redirects may lead to, besides the address's own. Empty for signed lists.
    pub other_hosts: &'a [String],
    /// What the version in use came with.
    pub validators: &'a Validators,
    /// How long it may be.
    pub size: Size,
    /// What the publisher gave to the operator.
    pub secrets: &'a Secrets,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Got {
    /// The server says that nothing has changed since the version with these validators.
    Unchanged,
    /// The sink holds the whole file.
    Whole {
        /// Its length in bytes.
        bytes: u64,
        /// What to ask with next time.
        validators: Validators,
        /// The host that gave it, as [`Address::origin`] writes it: another than the address's own is named in the preview.
        host: String,
    },
}

/// Makes GETs. One for each process is enough; it keeps nothing between two GETs.
#[derive(Clone)]
pub struct Transport {
    network: Arc<dyn Network>,
    roots: RootCerts,
    limits: Limits,
    clock: Arc<dyn Clock>,
    stop: Arc<AtomicBool>,
}

impl std::fmt::Debug for Transport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transport").field("network", &self.network).field("limits", &self.limits).finish_non_exhaustive()
    }
}

/// What one request came to.
enum Once {
    Got(Got),
    StartOver,
}

impl Transport {
    /// The transport of the product: the system's network and the bundled root certificates. `stop` ends a GET within about 0.1 s.
    pub fn new(clock: Arc<dyn Clock>, stop: Arc<AtomicBool>) -> Self {
        Self { network: Arc::new(SystemNetwork), roots: RootCerts::WebPki, limits: Limits::PRODUCT, clock, stop }
    }

    /// The same on another network and with other limits.
    #[must_use]
    pub fn on(self, network: Arc<dyn Network>, limits: Limits) -> Self {
        Self { network, limits, ..self }
    }

    /// The same with these certificates (DER) as roots *instead of* the bundled ones: checking stays on.
    #[must_use]
    pub fn trusting(self, roots: &[Vec<u8>]) -> Self {
        let roots: Vec<_> = roots.iter().map(|der| Certificate::from_der(der).to_owned()).collect();
        Self { roots: RootCerts::new_with_certs(&roots), ..self }
    }

    /// Gets a file into `sink`. `report` hears of progress at most five times a second, and once at the end.
    ///
    /// # Errors
    /// A [`Failure`]. Bytes that can be gone on with stay in the sink.
    pub fn get(&self, get: &Get<'_>, sink: &mut dyn Sink, report: &mut dyn FnMut(Progress)) -> Result<Got, Failure> {
        let started = Instant::now();
        for _ in 0..2 {
            match self.once(get, sink, report, started)? {
                Once::Got(got) => return Ok(got),
                Once::StartOver => sink.begin(0, None).map_err(|error| Failure::of_home(&error))?,
            }
        }
        let host = Shown::of_text(get.address.host());
        Err(Failure::new(FailureCode::BadAnswer, format!("{host} twice gives another part than was asked for. It is tried again.")))
    }

    /// One request with its redirects.
    fn once(&self, get: &Get<'_>, sink: &mut dyn Sink, report: &mut dyn FnMut(Progress), started: Instant) -> Result<Once, Failure> {
        let resume = sink.resume().filter(|resume| resume.at > 0);
        let mut path = vec![get.address.clone()];
        loop {
            let at = path.last().unwrap_or(get.address).clone();
            let is_own = at.origin() == get.address.origin();
            let line = Line::new(Arc::clone(&self.network), Arc::clone(&self.stop), at.host(), at.port(), is_own && get.may_be_private);
            let mut request = self.request(get, &at, &line, started);
            if let Some(resume) = &resume {
                request = request.header("range", format!("bytes={}-", resume.at)).header("if-range", &resume.etag);
            }
            let answer = request.call().map_err(|error| explain(error, &line, &at, self.limits))?;
            let head = head_of(&answer);
            let asked = Asked { host: at.host(), is_conditional: !get.validators.is_empty(), resume: resume.as_ref(), size: get.size };
            match judge(&head, &asked, self.clock.now_ms()) {
                Verdict::Take { from, total } => {
                    let validators = head.validators();
                    let mut body = Body { asked: &asked, line: &line, at: &at, limits: self.limits, total, sink, report };
                    let etag = head.strong_etag().or(resume.as_ref().filter(|_| from > 0).map(|resume| resume.etag.clone()));
                    let bytes = body.take(answer.into_body(), from, etag.as_deref())?;
                    return Ok(Once::Got(Got::Whole { bytes, validators, host: at.origin() }));
                }
                Verdict::Unchanged => return Ok(Once::Got(Got::Unchanged)),
                Verdict::StartOver => return Ok(Once::StartOver),
                Verdict::Elsewhere(location) => path.push(self.follow(get, &path, &at, &location)?),
                Verdict::Fail(failure) => return Err(failure),
            }
        }
    }

    /// The request: a connection of its own, and only headers that are named here.
    fn request(
        &self,
        get: &Get<'_>,
        at: &Address,
        line: &Arc<Line>,
        started: Instant,
    ) -> ureq::RequestBuilder<ureq::typestate::WithoutBody> {
        let config = ureq::config::Config::builder()
            .https_only(true)
            .proxy(None)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .max_idle_connections(0)
            .max_response_header_size(HEADERS)
            .user_agent("Gatehouse")
            .accept("*/*")
            .accept_encoding("identity")
            .timeout_connect(Some(self.limits.connect))
            .timeout_recv_response(Some(self.limits.headers))
            .timeout_send_request(Some(self.limits.headers))
            .timeout_global(Some(self.limits.total.saturating_sub(started.elapsed()).max(Duration::from_millis(1))))
            .tls_config(TlsConfig::builder().root_certs(self.roots.clone()).build())
            .build();
        let connector = ().chain(CheckedConnector(Arc::clone(line))).chain(RustlsConnector::default());
        let agent = ureq::Agent::with_parts(config, connector, CheckedResolver(Arc::clone(line)));
        let mut request = agent.get(at.to_text());
        if let Some(etag) = &get.validators.etag {
            request = request.header("if-none-match", etag);
        }
        if let Some(last_modified) = &get.validators.last_modified {
            request = request.header("if-modified-since", last_modified);
        }
        if at.origin() == get.address.origin() {
            for (name, value) in get.secrets.headers() {
                request = request.header(name, value);
            }
        }
        request
    }

    /// Whether a redirect is followed, and where to.
    fn follow(&self, get: &Get<'_>, path: &[Address], at: &Address, location: &str) -> Result<Address, Failure> {
        let host = Shown::of_text(at.host());
        let bad =
            |why: &str| Failure::new(FailureCode::BadRedirect, format!("{host} sends on {why}. That is not followed. Tell the publisher."));
        let next = at.join(location).map_err(|_| bad("to something that is not a safe address"))?;
        if path.contains(&next) {
            return Err(bad("in a circle"));
        }
        if path.len() > self.limits.redirects {
            return Err(bad("too many times"));
        }
        let is_own = next.origin() == get.address.origin();
        if !is_own && next.host().parse().is_ok_and(|ip| !is_public(ip)) {
            return Err(private(&next));
        }
        if !is_own && !get.other_hosts.contains(&next.origin()) {
            let other = Shown::of_text(&next.origin());
            let sentence = format!(
                "{host} sends on to {other}. Nothing was loaded from there. Say yes to {other} first, if it belongs to the publisher."
            );
            return Err(Failure { other_host: Some(next.origin()), ..Failure::new(FailureCode::OtherHost, sentence) });
        }
        Ok(next)
    }
}

fn head_of(answer: &ureq::http::Response<ureq::Body>) -> Head {
    let text = |value: &ureq::http::HeaderValue| value.to_str().unwrap_or("?").to_owned();
    let fields = answer.headers().iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
    Head { status: answer.status().as_u16(), fields }
}
