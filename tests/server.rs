//! A web server on this machine that hands out a folder over TLS, with a certificate authority of its own, as somebody's own network has it.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivateKeyDer;

/// It ends with the test's process.
pub struct WebServer {
    /// The address of its folder.
    pub address: String,
    /// The root certificate of its network.
    pub root: Vec<u8>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl WebServer {
    /// Hands out the files of a folder.
    pub fn of(folder: &Path) -> Self {
        let (authority_key, key) = (KeyPair::generate().expect("a key"), KeyPair::generate().expect("a key"));
        let mut authority = CertificateParams::new(Vec::new()).expect("parameters");
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root = authority.self_signed(&authority_key).expect("a root");
        let server = CertificateParams::new(vec!["127.0.0.1".to_owned()]).expect("parameters");
        let certificate = server.signed_by(&key, &Issuer::new(authority, authority_key)).expect("a certificate");
        let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("protocols")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
            .expect("a server");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("its address").port();
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let (seen, folder, config) = (Arc::clone(&asked), folder.to_owned(), Arc::new(config));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (config, folder, seen) = (Arc::clone(&config), folder.clone(), Arc::clone(&seen));
                // A client that hangs up, or does not trust us, is what some tests are about.
                std::thread::spawn(move || drop(serve(stream, config, &folder, &seen)));
            }
        });
        Self { address: format!("https://127.0.0.1:{port}"), root: root.der().to_vec(), asked }
    }

    /// The paths that were asked for so far.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("nobody panicked").clone()
    }
}

fn serve(mut stream: TcpStream, config: Arc<rustls::ServerConfig>, folder: &Path, seen: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut connection = rustls::ServerConnection::new(config).map_err(std::io::Error::other)?;
    let mut stream = rustls::Stream::new(&mut connection, &mut stream);
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).map_err(std::io::Error::other)?;
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let answer = match std::fs::read(folder.join(path.trim_start_matches('/'))) {
        Ok(body) => [format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len()).into_bytes(), body].concat(),
        Err(_) => b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec(),
    };
    seen.lock().expect("nobody panicked").push(path);
    stream.write_all(&answer)?;
    stream.flush()?;
    stream.conn.send_close_notify();
    stream.flush()?;
    stream.sock.shutdown(std::net::Shutdown::Write)?;
    drop(std::io::copy(&mut stream.sock, &mut std::io::sink()));
    Ok(())
}
