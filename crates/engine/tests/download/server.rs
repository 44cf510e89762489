//! The server, its certificates, and the network that leads to it.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use engine::SystemClock;
use engine::home::Home;
use engine::lists::download::answer::{Size, Validators};
use engine::lists::download::source::{Pulled, pull};
use engine::lists::download::{Address, Failure, Get, Limits, Network, Progress, Secrets, Transport};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivateKeyDer;

/// The public address that unknown names get.
pub const PUBLIC: &str = "93.184.216.34";

/// Limits of the product, twenty times shorter.
pub const SCALED: Limits = Limits {
    connect: Duration::from_millis(500),
    headers: Duration::from_millis(1500),
    bytes_a_second: 1000,
    patience: Duration::from_millis(1500),
    total: Duration::from_secs(180),
    redirects: 3,
};

/// What a connection brought.
#[derive(Clone, Debug)]
pub struct Request {
    pub head: String,
}

impl Request {
    pub fn path(&self) -> &str {
        self.head.split(' ').nth(1).unwrap_or_default()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (field, value) = line.split_once(':')?;
            field.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }
}

type Handler = dyn Fn(&Request, &mut dyn Write) -> std::io::Result<()> + Send + Sync;

/// A certificate authority of the tests, made once.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub der: Vec<u8>,
}

pub fn authority() -> &'static Authority {
    static AUTHORITY: OnceLock<Authority> = OnceLock::new();
    AUTHORITY.get_or_init(|| {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).unwrap();
        Authority { der: certificate.der().to_vec(), issuer: Issuer::new(params, key) }
    })
}

/// Which certificate a server shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shown {
    Good,
    Expired,
    NotYet,
    OtherName,
    SelfSigned,
}

fn tls(shown: Shown) -> Arc<rustls::ServerConfig> {
    let names = if shown == Shown::OtherName { vec!["other.example"] } else { vec!["lists.example", "cdn.example", "127.0.0.1"] };
    let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
    let mut params = CertificateParams::new(names).unwrap();
    if shown == Shown::Expired {
        params.not_before = rcgen::date_time_ymd(2019, 1, 1);
        params.not_after = rcgen::date_time_ymd(2020, 1, 1);
    }
    if shown == Shown::NotYet {
        params.not_before = rcgen::date_time_ymd(2200, 1, 1);
        params.not_after = rcgen::date_time_ymd(2201, 1, 1);
    }
    let key = KeyPair::generate().unwrap();
    let certificate =
        if shown == Shown::SelfSigned { params.self_signed(&key).unwrap() } else { params.signed_by(&key, &authority().issuer).unwrap() };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
        .unwrap();
    Arc::new(config)
}

/// A server on this machine; it ends with the test's process.
pub struct Server {
    pub port: u16,
    asked: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    pub fn new(handler: impl Fn(&Request, &mut dyn Write) -> std::io::Result<()> + Send + Sync + 'static) -> Self {
        Self::showing(Shown::Good, handler)
    }

    pub fn showing(shown: Shown, handler: impl Fn(&Request, &mut dyn Write) -> std::io::Result<()> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked: Arc<Mutex<Vec<Request>>> = Arc::default();
        let (config, handler, seen) = (tls(shown), Arc::new(handler), Arc::clone(&asked));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (config, handler, seen) = (Arc::clone(&config), Arc::clone(&handler), Arc::clone(&seen));
                // A client that hangs up is what many tests are about.
                std::thread::spawn(move || drop(serve(stream, config, &*handler, &seen)));
            }
        });
        Self { port, asked }
    }

    pub fn asked(&self) -> Vec<Request> {
        self.asked.lock().unwrap().clone()
    }
}

fn serve(mut stream: TcpStream, config: Arc<rustls::ServerConfig>, handler: &Handler, seen: &Mutex<Vec<Request>>) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut connection = rustls::ServerConnection::new(config).map_err(std::io::Error::other)?;
    let mut stream = rustls::Stream::new(&mut connection, &mut stream);
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte)? == 0 {
            return Ok(());
        }
        head.push(byte[0]);
    }
    let request = Request { head: String::from_utf8(head).map_err(std::io::Error::other)? };
    seen.lock().unwrap().push(request.clone());
    handler(&request, &mut stream)?;
    stream.flush()?;
    stream.conn.send_close_notify();
    stream.flush()?;
    stream.sock.shutdown(std::net::Shutdown::Write)?;
    // Waits for the other side, so that closing does not throw away what is still on its way.
    drop(std::io::copy(&mut stream.sock, &mut std::io::sink()));
    Ok(())
}

/// Names and addresses of the test, and what was connected to.
#[derive(Debug, Default)]
pub struct TestNetwork {
    pub port: u16,
    pub names: HashMap<String, Vec<IpAddr>>,
    pub connected: Mutex<Vec<SocketAddr>>,
}

impl Network for TestNetwork {
    fn resolve(&self, host: &str, port: u16) -> std::io::Result<Vec<SocketAddr>> {
        let addresses = match (host.parse(), self.names.get(host)) {
            (Ok(literal), _) => vec![literal],
            (_, Some(known)) => known.clone(),
            _ if host.ends_with(".nowhere") => return Err(std::io::ErrorKind::NotFound.into()),
            _ => vec![PUBLIC.parse().unwrap()],
        };
        Ok(addresses.into_iter().map(|ip| SocketAddr::new(ip, port)).collect())
    }

    fn connect(&self, to: SocketAddr, wait: Duration) -> std::io::Result<TcpStream> {
        self.connected.lock().unwrap().push(to);
        TcpStream::connect_timeout(&SocketAddr::from(([127, 0, 0, 1], self.port)), wait)
    }
}

/// A home, a transport that leads to one server, and what a test may set of a GET.
pub struct Bench {
    /// Removes the home when the test ends.
    pub dir: tempfile::TempDir,
    pub home: Home,
    pub network: Arc<TestNetwork>,
    pub transport: Transport,
    pub stop: Arc<AtomicBool>,
    pub address: Address,
    pub may_be_private: bool,
    pub other_hosts: Vec<String>,
    pub validators: Validators,
    pub size: Size,
    pub secrets: Secrets,
}

impl Bench {
    pub fn at(server: &Server) -> Self {
        Self::with(TestNetwork { port: server.port, ..TestNetwork::default() })
    }

    pub fn with(network: TestNetwork) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (network, stop) = (Arc::new(network), Arc::new(AtomicBool::new(false)));
        let transport = Transport::new(Arc::new(SystemClock::new()), Arc::clone(&stop))
            .on(Arc::clone(&network) as Arc<dyn Network>, SCALED)
            .trusting(&[authority().der.clone()]);
        Self {
            home: Home::open(dir.path()).unwrap(),
            dir,
            network,
            transport,
            stop,
            address: Address::parse("https://lists.example/lists/tcap.txt").unwrap(),
            may_be_private: false,
            other_hosts: Vec::new(),
            validators: Validators::default(),
            size: Size::at_most(1 << 20),
            secrets: Secrets::none(),
        }
    }

    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.transport = self.transport.on(Arc::clone(&self.network) as Arc<dyn Network>, limits);
        self
    }

    /// One download; the content of the file, or `None` for "unchanged".
    pub fn pull(&self) -> Result<Option<Vec<u8>>, Failure> {
        self.pull_reporting(&mut |_| {})
    }

    pub fn pull_reporting(&self, report: &mut dyn FnMut(Progress)) -> Result<Option<Vec<u8>>, Failure> {
        let get = Get {
            address: &self.address,
            may_be_private: self.may_be_private,
            other_hosts: &self.other_hosts,
            validators: &self.validators,
            size: self.size,
            secrets: &self.secrets,
        };
        Ok(match pull(&self.transport, &self.home, "7", &get, report)? {
            Pulled::Unchanged => None,
            Pulled::Whole { file, .. } => Some(std::fs::read(file.path()).unwrap()),
        })
    }

    /// The code of a download that fails.
    #[track_caller]
    pub fn fails(&self) -> &'static str {
        match self.pull() {
            Ok(got) => panic!("it was taken: {:?}", got.map(|bytes| bytes.len())),
            Err(failure) => {
                assert!(failure.sentence.ends_with('.') || failure.sentence.ends_with('?'), "a sentence: {}", failure.sentence);
                failure.code.as_str()
            }
        }
    }

    /// Bytes that wait in the part file.
    pub fn waiting(&self) -> Vec<u8> {
        std::fs::read(self.home.lists().join("download-7.part")).unwrap_or_default()
    }

    pub fn connected(&self) -> Vec<IpAddr> {
        self.network.connected.lock().unwrap().iter().map(SocketAddr::ip).collect()
    }
}

/// An answer with a length.
pub fn answer(to: &mut dyn Write, status: &str, headers: &str, body: &[u8]) -> std::io::Result<()> {
    write!(to, "HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n", body.len())?;
    to.write_all(body)
}
