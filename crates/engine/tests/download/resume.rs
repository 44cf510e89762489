//! Cut downloads: nothing of them counts, and the next try goes on where that is safe.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use engine::lists::download::answer::Size;

use crate::server::{Bench, Request, Server, answer};

fn list(version: u8) -> Vec<u8> {
    (0..4000u32).flat_map(|n| format!("{version} line {n}\n").into_bytes()).collect()
}

/// The start of the range that was asked for.
fn from(request: &Request) -> Option<usize> {
    request.header("range")?.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok()
}

#[test]
fn f68_a_list_that_is_cut_anywhere_is_not_taken() {
    let whole = list(1);
    for at in (0..100).map(|step| whole.len() * step / 100) {
        let cut = whole.clone();
        let server = Server::new(move |_, to| {
            write!(to, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", cut.len())?;
            to.write_all(&cut[..at])
        });
        let bench = Bench::at(&server);
        assert_eq!(bench.fails(), "cut", "after {at} bytes");
        assert_eq!(bench.waiting(), &whole[..at], "what came is kept for the next try");
    }
}

#[test]
fn f68_chunked_answers_are_whole_only_with_their_end() {
    let text = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n";
    let body = text.iter().position(|byte| *byte == b'5').unwrap();
    for at in body..=text.len() {
        let server = Server::new(move |_, to| to.write_all(&text[..at]));
        let outcome = Bench::at(&server).pull();
        // The last line end carries nothing.
        if at == text.len() || outcome.is_ok() {
            assert!(at >= text.len() - 4, "cut at {at}");
            assert_eq!(outcome.unwrap().as_deref(), Some(&b"hello world"[..]));
        }
    }
}

#[test]
fn a_cut_download_goes_on_with_its_validator() {
    let whole = Arc::new(list(1));
    let body = Arc::clone(&whole);
    let server = Server::new(move |request, to| match from(request) {
        None => {
            write!(to, "HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nContent-Length: {}\r\n\r\n", body.len())?;
            to.write_all(&body[..10_000])
        }
        Some(at) => {
            let range = format!("Content-Range: bytes {at}-{}/{}\r\nETag: \"v1\"\r\n", body.len() - 1, body.len());
            answer(to, "206 Partial Content", &range, &body[at..])
        }
    });
    let bench = Bench::at(&server);
    assert_eq!(bench.fails(), "cut");
    let mut first = None;
    assert_eq!(bench.pull_reporting(&mut |progress| first = first.or(Some(progress))).unwrap().as_deref(), Some(&whole[..]));
    let asked = server.asked();
    assert_eq!(asked[1].header("if-range"), Some("\"v1\""));
    assert_eq!(from(&asked[1]), Some(10_000));
    assert!(first.unwrap().bytes > 10_000, "progress counts what was here before");
}

/// A server that cuts its first answer and then does this.
fn after_a_cut(
    first: &'static str,
    then: impl Fn(&Request, &mut dyn std::io::Write) -> std::io::Result<()> + Send + Sync + 'static,
) -> Server {
    let count = AtomicUsize::new(0);
    Server::new(move |request, to| {
        if count.fetch_add(1, Ordering::Relaxed) > 0 {
            return then(request, to);
        }
        let body = list(1);
        write!(to, "HTTP/1.1 200 OK\r\n{first}Content-Length: {}\r\n\r\n", body.len())?;
        to.write_all(&body[..10_000])
    })
}

#[test]
fn two_versions_never_become_one_file() {
    // The server has a new version and says so by sending all of it.
    let server = after_a_cut("ETag: \"v1\"\r\n", |_, to| answer(to, "200 OK", "ETag: \"v2\"\r\n", &list(2)));
    let bench = Bench::at(&server);
    assert_eq!(bench.fails(), "cut");
    assert_eq!(bench.pull().unwrap().unwrap(), list(2));

    // A server that sends the rest of another version is asked again for everything.
    for wrong in ["ETag: \"v2\"\r\n", ""] {
        let server = after_a_cut("ETag: \"v1\"\r\n", move |request, to| match from(request) {
            Some(at) => {
                let total = list(2).len();
                // Without a validator of its own only the place can be wrong.
                let start = if wrong.is_empty() { at - 1 } else { at };
                answer(
                    to,
                    "206 Partial Content",
                    &format!("{wrong}Content-Range: bytes {start}-{}/{total}\r\n", total - 1),
                    &list(2)[start..],
                )
            }
            None => answer(to, "200 OK", "ETag: \"v2\"\r\n", &list(2)),
        });
        let bench = Bench::at(&server);
        assert_eq!(bench.fails(), "cut");
        assert_eq!(bench.pull().unwrap().unwrap(), list(2), "{wrong:?}");
        assert_eq!(server.asked().len(), 3, "cut, wrong rest, everything");
    }
}

#[test]
fn without_a_strong_validator_everything_is_asked_for_again() {
    for first in ["", "ETag: W/\"v1\"\r\n", "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n"] {
        let server = after_a_cut(first, |_, to| answer(to, "200 OK", "", &list(2)));
        let bench = Bench::at(&server);
        assert_eq!(bench.fails(), "cut");
        assert_eq!(bench.pull().unwrap().unwrap(), list(2));
        assert_eq!(server.asked()[1].header("range"), None, "{first:?}");
    }
}

#[test]
fn a_range_that_does_not_exist_any_more_starts_over_once() {
    let server = after_a_cut("ETag: \"v1\"\r\n", |request, to| match from(request) {
        Some(_) => answer(to, "416 Range Not Satisfiable", "Content-Range: bytes */5\r\n", b""),
        None => answer(to, "200 OK", "", b"short"),
    });
    let bench = Bench::at(&server);
    assert_eq!(bench.fails(), "cut");
    assert_eq!(bench.pull().unwrap().unwrap(), b"short");

    let stubborn = after_a_cut("ETag: \"v1\"\r\n", |_, to| answer(to, "206 Partial Content", "Content-Range: bytes 1-2/9\r\n", b"xy"));
    let bench = Bench::at(&stubborn);
    assert_eq!(bench.fails(), "cut");
    assert_eq!(bench.fails(), "bad_answer");
    assert_eq!(stubborn.asked().len(), 3, "not asked without end");
}

#[test]
fn a_server_error_keeps_what_is_here() {
    let server = after_a_cut("ETag: \"v1\"\r\n", |_, to| answer(to, "502 Bad Gateway", "", b""));
    let bench = Bench::at(&server);
    assert_eq!(bench.fails(), "cut");
    assert_eq!(bench.fails(), "server_failed");
    assert_eq!(bench.waiting().len(), 10_000);
}

#[test]
fn a_part_of_a_signed_list_goes_on_too_and_holds_to_its_size() {
    let server = after_a_cut("ETag: \"v1\"\r\n", |request, to| {
        let (at, body) = (from(request).unwrap_or(0), list(1));
        let range = format!("ETag: \"v1\"\r\nContent-Range: bytes {at}-{}/{}\r\n", body.len() - 1, body.len());
        answer(to, "206 Partial Content", &range, &body[at..])
    });
    let mut bench = Bench::at(&server);
    bench.size = Size::exactly(list(1).len() as u64);
    assert_eq!(bench.fails(), "cut");
    assert_eq!(bench.pull().unwrap().unwrap(), list(1));
}
