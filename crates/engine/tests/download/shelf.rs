//! The files of a signed list behind an address.

use engine::lists::download::{Address, FailureCode, HttpsShelf, Secrets, Shelf as _};

use crate::server::{Bench, Server, answer};

#[test]
fn files_beside_the_index_are_fetched_by_name_and_size() {
    let server = Server::new(|request, to| match request.path() {
        "/lists/index.json" => answer(to, "200 OK", "", b"the index"),
        "/lists/a-1.shl.jsonl" => answer(to, "200 OK", "ETag: \"v1\"\r\n", b"entries"),
        "/lists/moved" => answer(to, "302 Found", "Location: https://cdn.example/moved\r\n", b""),
        _ => answer(to, "404 Not Found", "", b""),
    });
    let bench = Bench::at(&server);
    let index = Address::parse("https://lists.example/lists/index.json?x=1").unwrap();
    let secrets = Secrets::none();
    let mut last = None;
    let mut report = |progress| last = Some(progress);
    let mut shelf = HttpsShelf {
        transport: &bench.transport,
        home: &bench.home,
        name: "7",
        index: &index,
        may_be_private: false,
        secrets: &secrets,
        report: &mut report,
    };
    assert_eq!(shelf.bytes("index.json", 9).unwrap(), b"the index");
    assert_eq!(shelf.bytes("index.json", 8).unwrap_err().code, FailureCode::TooLarge, "one byte over the limit");
    assert_eq!(shelf.bytes("index.json.minisig", 4096).unwrap_err().code, FailureCode::NotThere);
    let file = shelf.file("a-1.shl.jsonl", 7).unwrap();
    assert_eq!(std::fs::read(file.path()).unwrap(), b"entries");
    assert_eq!(shelf.file("a-1.shl.jsonl", 8).unwrap_err().code, FailureCode::WrongSize);
    assert_eq!(shelf.file("moved", 5).unwrap_err().code, FailureCode::OtherHost, "a signed list stays on its host");
    for name in ["../secret", "a/b", "https://evil.example/x", "?x", ""] {
        assert_eq!(shelf.file(name, 5).unwrap_err().code, FailureCode::BadAnswer, "{name}");
    }
    assert_eq!(last.map(|progress| progress.bytes), Some(7), "progress of the file");
}
