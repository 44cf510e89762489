//! The answer table over the wire, and what a request says about us.

use engine::lists::download::Secrets;
use engine::lists::download::answer::{Size, Validators};

use crate::server::{Bench, Server, answer};

#[test]
fn a_list_is_loaded_and_the_request_says_nothing_about_us() {
    let server = Server::new(|_, to| answer(to, "200 OK", "ETag: \"v1\"\r\nSet-Cookie: id=1\r\n", b"a list"));
    let bench = Bench::at(&server);
    assert_eq!(bench.pull().unwrap().as_deref(), Some(&b"a list"[..]));
    assert_eq!(bench.pull().unwrap().as_deref(), Some(&b"a list"[..]));
    for request in server.asked() {
        assert_eq!(request.path(), "/lists/tcap.txt");
        let mut names: Vec<String> = request.head.lines().skip(1).filter_map(|line| Some(line.split_once(':')?.0.to_lowercase())).collect();
        names.sort();
        assert_eq!(names, ["accept", "accept-encoding", "host", "user-agent"], "no cookie, no version, nothing else");
        assert_eq!(request.header("accept-encoding"), Some("identity"));
        assert_eq!(request.header("user-agent"), Some("Gatehouse"));
    }
    assert_eq!(std::fs::read_dir(bench.home.lists()).unwrap().count(), 0, "nothing stays behind");
}

#[test]
fn f75_each_row_of_the_table() {
    for (status, headers, code) in [
        ("401 Unauthorized", "", "access_refused"),
        ("403 Forbidden", "", "access_refused"),
        ("404 Not Found", "Content-Type: text/html\r\n", "not_there"),
        ("410 Gone", "", "not_there"),
        ("429 Too Many Requests", "Retry-After: 7\r\n", "server_busy"),
        ("503 Service Unavailable", "", "server_busy"),
        ("500 Internal Server Error", "", "server_failed"),
        ("418 I'm a teapot", "", "server_failed"),
        ("416 Range Not Satisfiable", "", "server_failed"),
        ("304 Not Modified", "", "bad_answer"),
        ("206 Partial Content", "Content-Range: bytes 0-5/6\r\n", "bad_answer"),
        ("204 No Content", "", "bad_answer"),
        ("302 Found", "", "bad_redirect"),
        ("200 OK", "Content-Type: text/html\r\n", "not_a_list"),
        ("200 OK", "Content-Type: image/png\r\n", "not_a_list"),
    ] {
        let server = Server::new(move |_, to| answer(to, status, headers, b"a list"));
        let bench = Bench::at(&server);
        assert_eq!(bench.fails(), code, "{status}");
        assert_eq!(bench.waiting(), b"", "{status}: nothing of it is kept");
    }
    let busy = Server::new(|_, to| answer(to, "503 Service Unavailable", "Retry-After: 120\r\n", b""));
    assert_eq!(Bench::at(&busy).pull().unwrap_err().retry_after.map(|wait| wait.as_secs()), Some(120));
}

#[test]
fn what_is_no_list_is_said_to_be_none() {
    for body in [&b"<!DOCTYPE html><title>Sign in"[..], b"\xef\xbb\xbf \n<HTML>", b""] {
        let server = Server::new(move |_, to| answer(to, "200 OK", "Content-Type: text/plain\r\n", body));
        assert_eq!(Bench::at(&server).fails(), "not_a_list");
    }
    let no_length = Server::new(|_, to| to.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\na list"));
    assert_eq!(Bench::at(&no_length).fails(), "no_length", "the end of the connection may be a cut");
    let mut bench = Bench::at(&no_length);
    bench.size = Size::exactly(6);
    assert_eq!(bench.pull().unwrap().as_deref(), Some(&b"a list"[..]), "a signed index says where it ends");
    let garbage = Server::new(|_, to| to.write_all(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"));
    assert_eq!(Bench::at(&garbage).fails(), "bad_answer");
}

#[test]
fn unchanged_is_asked_for_with_the_validators_of_the_version_in_use() {
    let server = Server::new(|request, to| match request.header("if-none-match") {
        Some("\"v1\"") => answer(to, "304 Not Modified", "", b""),
        _ => answer(to, "200 OK", "ETag: \"v1\"\r\n", b"a list"),
    });
    let mut bench = Bench::at(&server);
    let date = "Sun, 06 Nov 1994 08:49:37 GMT".to_owned();
    bench.validators = Validators { etag: Some("\"v1\"".to_owned()), last_modified: Some(date.clone()) };
    assert_eq!(bench.pull().unwrap(), None);
    assert_eq!(std::fs::read_dir(bench.home.lists()).unwrap().count(), 0, "nothing was left");
    assert_eq!(server.asked()[0].header("if-modified-since"), Some(date.as_str()));
    bench.validators.etag = Some("\"v0\"".to_owned());
    assert!(bench.pull().unwrap().is_some(), "another version");
}

#[test]
fn f79_a_compressed_bomb_is_refused_at_the_header() {
    for headers in ["Content-Encoding: gzip\r\n", "Transfer-Encoding: gzip, chunked\r\n", "Content-Encoding: br\r\n"] {
        let server = Server::new(move |_, to| answer(to, "200 OK", headers, &[0x1f; 4096]));
        let bench = Bench::at(&server);
        let code = bench.fails();
        // A transfer coding that HTTP does not know is refused one level below.
        assert!(code == "encoded" || (headers.starts_with("Transfer") && code == "bad_answer"), "{headers}: {code}");
        assert_eq!(bench.waiting(), b"", "not one byte was taken");
    }
}

#[test]
fn secrets_go_along_and_stay_out_of_every_sentence() {
    let server = Server::new(|request, to| match request.header("authorization") {
        Some("Bearer very-secret") => answer(to, "200 OK", "", b"a list"),
        _ => answer(to, "401 Unauthorized", "", b""),
    });
    let mut bench = Bench::at(&server);
    assert_eq!(bench.fails(), "access_refused");
    bench.secrets = Secrets::bearer("very-secret").unwrap();
    assert!(bench.pull().unwrap().is_some());
    bench.secrets = Secrets::bearer("wrong-secret").unwrap();
    let failure = bench.pull().unwrap_err();
    assert!(!format!("{failure:?} {:?}", bench.transport).contains("wrong-secret"));
    let mut folders = vec![bench.dir.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else {
                let bytes = std::fs::read(&path).unwrap();
                assert!(!bytes.windows(12).any(|window| window == b"wrong-secret"), "{} holds it", path.display());
            }
        }
    }
}

#[test]
fn progress_ends_with_the_whole() {
    let server = Server::new(|_, to| answer(to, "200 OK", "", &[b'x'; 300_000]));
    let mut last = None;
    assert_eq!(Bench::at(&server).pull_reporting(&mut |progress| last = Some(progress)).unwrap().unwrap().len(), 300_000);
    let last = last.unwrap();
    assert_eq!((last.bytes, last.total), (300_000, Some(300_000)));
    assert!(last.bytes_a_second.is_some() && last.left().is_none_or(|left| left.is_zero()));
}
