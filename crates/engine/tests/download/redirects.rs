//! Where redirects lead, and where connections may end.

use std::collections::HashMap;

use engine::lists::download::{Address, Secrets};

use crate::server::{Bench, PUBLIC, Server, TestNetwork, answer};

/// A server whose `/start` sends on to `location` and that gives a list everywhere else.
fn sending_to(location: &'static str) -> Server {
    Server::new(move |request, to| match request.path() {
        "/start" => answer(to, "302 Found", &format!("Location: {location}\r\n"), b""),
        _ => answer(to, "200 OK", "", b"a list"),
    })
}

fn at_start(server: &Server) -> Bench {
    Bench { address: Address::parse("https://lists.example/start").unwrap(), ..Bench::at(server) }
}

#[test]
fn redirects_on_the_host_are_followed() {
    for location in ["/list", "list", "https://lists.example/list", "//LISTS.example:443/list?x=1"] {
        let server = sending_to(location);
        let bench = Bench { secrets: Secrets::bearer("abc").unwrap(), ..at_start(&server) };
        assert!(bench.pull().unwrap().is_some(), "{location}");
        assert_eq!(server.asked()[1].header("authorization"), Some("Bearer abc"), "{location}: the same host gets the secret");
    }
}

#[test]
fn f77_unsafe_redirects_are_refused() {
    for (location, code) in [
        ("http://lists.example/list", "bad_redirect"),
        ("file:///etc/passwd", "bad_redirect"),
        ("data:text/plain,abc", "bad_redirect"),
        ("ftp://lists.example/", "bad_redirect"),
        ("https://user:pw@lists.example/", "bad_redirect"),
        ("/start", "bad_redirect"),
        ("https://127.0.0.1/list", "private_address"),
        ("https://[::1]/list", "private_address"),
        ("https://169.254.169.254/latest", "private_address"),
        ("https://10.0.0.1/list", "private_address"),
        ("https://[::ffff:127.0.0.1]/list", "private_address"),
        ("https://cdn.example/list", "other_host"),
        ("https://lists.example:8443/list", "other_host"),
        ("https://lists.example.evil.example/list", "other_host"),
    ] {
        let server = sending_to(location);
        let bench = at_start(&server);
        assert_eq!(bench.fails(), code, "{location}");
        assert_eq!(bench.connected().len(), 1, "{location}: no second connection");
    }
}

#[test]
fn f77_three_hops_are_followed_and_a_fourth_is_not() {
    for (hops, code) in [(3, None), (4, Some("bad_redirect"))] {
        let server = Server::new(move |request, to| {
            let at: u32 = request.path().trim_start_matches('/').parse().unwrap_or(0);
            if at < hops {
                answer(to, "307 Temporary Redirect", &format!("Location: /{}\r\n", at + 1), b"")
            } else {
                answer(to, "200 OK", "", b"x")
            }
        });
        let outcome = Bench { address: Address::parse("https://lists.example/0").unwrap(), ..Bench::at(&server) }.pull();
        assert_eq!(outcome.err().map(|failure| failure.code.as_str()), code, "{hops} hops");
    }
}

#[test]
fn another_host_needs_a_yes_and_gets_no_secret() {
    let server = sending_to("https://cdn.example/list");
    let mut bench = Bench { secrets: Secrets::bearer("abc").unwrap(), ..at_start(&server) };
    let failure = bench.pull().unwrap_err();
    assert_eq!(failure.other_host.as_deref(), Some("cdn.example"), "the host is named, so that a person can say yes");
    bench.other_hosts = vec!["cdn.example".to_owned()];
    assert!(bench.pull().unwrap().is_some());
    let last = server.asked().pop().unwrap();
    assert_eq!((last.header("host"), last.header("authorization")), (Some("cdn.example"), None));
}

#[test]
fn a_name_that_means_a_private_address_is_not_connected_to() {
    let server = Server::new(|_, to| answer(to, "200 OK", "", b"a list"));
    let private = |ips: &[&str]| {
        let ips = ips.iter().map(|ip| ip.parse().unwrap()).collect();
        Bench::with(TestNetwork { port: server.port, names: HashMap::from([("lists.example".to_owned(), ips)]), ..TestNetwork::default() })
    };
    for ip in ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fe80::1", "::ffff:192.168.0.1"] {
        let bench = private(&[ip]);
        assert_eq!(bench.fails(), "private_address", "{ip}");
        assert!(bench.connected().is_empty(), "{ip}");
    }
    let both = private(&["127.0.0.1", PUBLIC]);
    assert!(both.pull().unwrap().is_some());
    assert_eq!(both.connected(), [PUBLIC.parse::<std::net::IpAddr>().unwrap()], "only the public one was tried");
    let named = Bench { may_be_private: true, ..private(&["127.0.0.1"]) };
    assert!(named.pull().unwrap().is_some(), "the operator named it so and said yes");
}

#[test]
fn a_yes_to_one_private_address_is_none_to_another() {
    let server = sending_to("https://cdn.example/list");
    let names = HashMap::from([
        ("lists.example".to_owned(), vec!["192.168.0.7".parse().unwrap()]),
        ("cdn.example".to_owned(), vec!["192.168.0.8".parse().unwrap()]),
    ]);
    let bench = Bench {
        address: Address::parse("https://lists.example/start").unwrap(),
        may_be_private: true,
        other_hosts: vec!["cdn.example".to_owned()],
        ..Bench::with(TestNetwork { port: server.port, names, ..TestNetwork::default() })
    };
    assert_eq!(bench.fails(), "private_address");
    let own = Bench { address: Address::parse("https://127.0.0.1/list").unwrap(), may_be_private: true, ..Bench::at(&server) };
    assert!(own.pull().unwrap().is_some(), "an IP address as host works, with its certificate");
}
