//! TLS that is not to be trusted: refused, with a sentence that says which way.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use crate::server::{Bench, Server, Shown, TestNetwork, answer};

#[test]
fn f78_certificates_that_prove_nothing_are_refused() {
    for (shown, word) in [
        (Shown::Expired, "has run out"),
        (Shown::NotYet, "not valid yet"),
        (Shown::OtherName, "another host"),
        (Shown::SelfSigned, "nobody who is trusted"),
    ] {
        let server = Server::showing(shown, |_, to| answer(to, "200 OK", "", b"a list"));
        let failure = Bench::at(&server).pull().unwrap_err();
        assert_eq!(failure.code.as_str(), "bad_certificate", "{shown:?}");
        assert!(failure.sentence.contains(word) && failure.sentence.contains("lists.example"), "{}", failure.sentence);
        assert!(server.asked().is_empty(), "{shown:?}: not even the request was sent");
    }
}

#[test]
fn the_bundled_roots_trust_no_server_of_ours() {
    use engine::lists::download::{Network, Transport};
    use std::sync::Arc;
    let server = Server::new(|_, to| answer(to, "200 OK", "", b"a list"));
    let mut bench = Bench::at(&server);
    let product = Transport::new(Arc::new(engine::SystemClock::new()), Arc::clone(&bench.stop));
    bench.transport = product.on(Arc::clone(&bench.network) as Arc<dyn Network>, crate::server::SCALED);
    assert_eq!(bench.fails(), "bad_certificate");
    assert!(server.asked().is_empty());
}

/// A server that answers every connection with these bytes and no TLS.
fn raw(bytes: Vec<u8>) -> Bench {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut hello = [0; 512];
            if stream.read(&mut hello).is_ok() && stream.write_all(&bytes).is_ok() {
                drop(stream.shutdown(std::net::Shutdown::Write));
                drop(std::io::copy(&mut stream, &mut std::io::sink()));
            }
        }
    });
    Bench::with(TestNetwork { port, ..TestNetwork::default() })
}

#[test]
fn f78_old_protocols_and_plain_text_are_refused() {
    // ServerHello of TLS 1.1: version 3.2, 32 random bytes, no session, TLS_RSA_WITH_AES_128_CBC_SHA, no compression.
    let mut hello = vec![2, 0, 0, 38, 3, 2];
    hello.extend([7; 32]);
    hello.extend([0, 0, 0x2f, 0]);
    let mut record = vec![22, 3, 2, 0, 42];
    record.extend(hello);
    let alert = vec![21, 3, 1, 0, 2, 2, 70]; // fatal: protocol_version
    for bytes in [record, alert, b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()] {
        let failure = raw(bytes).pull().unwrap_err();
        assert_eq!(failure.code.as_str(), "bad_tls", "{}", failure.sentence);
    }
}
