//! The answer table, row by row, and properties over arbitrary answers.

use proptest::prelude::*;

use super::*;

const NOW: i64 = 1_795_392_000_000;

fn head(status: u16, fields: &[(&str, &str)]) -> Head {
    Head { status, fields: fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect() }
}

fn asked(resume: Option<&Resume>, is_conditional: bool) -> Asked<'_> {
    Asked { host: "lists.example", is_conditional, resume, size: Size::at_most(1000) }
}

fn code_of(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Take { .. } => "take",
        Verdict::Unchanged => "unchanged",
        Verdict::StartOver => "start_over",
        Verdict::Elsewhere(_) => "elsewhere",
        Verdict::Fail(failure) => failure.code.as_str(),
    }
}

#[test]
fn each_row_of_the_table() {
    let resume = Resume { at: 400, etag: "\"v1\"".to_owned() };
    let with = |status, fields: &[(&str, &str)]| code_of(&judge(&head(status, fields), &asked(Some(&resume), true), NOW));
    let without = |status, fields: &[(&str, &str)]| code_of(&judge(&head(status, fields), &asked(None, false), NOW));

    assert_eq!(without(200, &[("content-length", "1000")]), "take");
    assert_eq!(without(200, &[("transfer-encoding", "chunked")]), "take");
    assert_eq!(without(200, &[("content-length", "1001")]), "too_large", "one byte more than allowed");
    assert_eq!(without(200, &[("content-length", "0")]), "not_a_list");
    assert_eq!(without(200, &[("content-length", "10"), ("content-length", "12")]), "bad_answer", "two lengths");
    assert_eq!(without(200, &[]), "no_length", "a cut could not be seen");
    for kind in ["text/html", "Text/HTML; charset=utf-8", "application/xhtml+xml", "image/png"] {
        assert_eq!(without(200, &[("content-length", "10"), ("content-type", kind)]), "not_a_list", "{kind}");
    }
    for kind in ["text/plain", "application/octet-stream", "application/json", "application/x-jsonlines", ""] {
        assert_eq!(without(200, &[("content-length", "10"), ("content-type", kind)]), "take", "{kind}");
    }

    let range = |value: &'static str| [("content-range", value), ("etag", "\"v1\"")];
    assert_eq!(with(206, &range("bytes 400-999/1000")), "take");
    assert_eq!(without(206, &range("bytes 400-999/1000")), "start_over", "not asked for");
    for wrong in ["bytes 399-999/1000", "bytes 401-999/1000", "bytes 400-998/1000", "bytes 400-999/*", "bytes */1000", "400-999/1000", ""] {
        assert_eq!(with(206, &range(wrong)), "start_over", "{wrong}");
    }
    assert_eq!(with(206, &range("bytes 400-1000/1001")), "too_large");
    assert_eq!(with(206, &[("content-range", "bytes 400-999/1000"), ("etag", "\"v2\"")]), "start_over", "another version");
    assert_eq!(with(206, &[("content-range", "bytes 400-999/1000"), ("content-length", "599")]), "start_over", "the lengths differ");
    assert_eq!(with(206, &[]), "start_over", "parts in another form");
    assert_eq!(with(416, &[]), "start_over");
    assert_eq!(without(416, &[]), "server_failed", "no range was asked for");

    assert_eq!(with(304, &[]), "unchanged");
    assert_eq!(without(304, &[]), "bad_answer", "no validator was sent");

    for (status, code) in [(401, "access_refused"), (403, "access_refused"), (404, "not_there"), (410, "not_there")] {
        assert_eq!(with(status, &[]), code, "{status}");
    }
    for status in [429, 503] {
        assert_eq!(with(status, &[]), "server_busy", "{status}");
    }
    for status in [400, 402, 405, 418, 451, 500, 502, 504, 599] {
        assert_eq!(with(status, &[]), "server_failed", "{status}");
    }
    for status in [301, 302, 303, 307, 308] {
        assert_eq!(with(status, &[("location", "/x")]), "elsewhere", "{status}");
        assert_eq!(with(status, &[]), "bad_redirect", "{status} to nowhere");
    }
    for status in [100, 201, 204, 300, 305, 306, 600, 999] {
        assert_eq!(with(status, &[("location", "/x")]), "bad_answer", "{status}");
    }
}

#[test]
fn f79_anything_compressed_is_refused_at_the_header() {
    for coding in ["gzip", "br", "deflate", "zstd", "GZIP", "identity, gzip", "?", "x"] {
        let verdict = judge(&head(200, &[("content-length", "10"), ("content-encoding", coding)]), &asked(None, false), NOW);
        assert_eq!(code_of(&verdict), "encoded", "{coding}");
    }
    for coding in ["gzip, chunked", "gzip", "chunked, chunked", ""] {
        let verdict = judge(&head(200, &[("transfer-encoding", coding)]), &asked(None, false), NOW);
        assert_eq!(code_of(&verdict), "encoded", "{coding}");
    }
    let verdict = judge(&head(200, &[("content-length", "10"), ("content-encoding", "Identity")]), &asked(None, false), NOW);
    assert_eq!(code_of(&verdict), "take", "no encoding at all");
}

#[test]
fn a_size_from_a_signed_index_holds_to_the_byte() {
    let exact = Asked { size: Size::exactly(1000), ..asked(None, false) };
    for (length, code) in [("999", "wrong_size"), ("1000", "take"), ("1001", "wrong_size")] {
        assert_eq!(code_of(&judge(&head(200, &[("content-length", length)]), &exact, NOW)), code, "{length}");
    }
    assert_eq!(code_of(&judge(&head(200, &[]), &exact, NOW)), "take", "the index says where it ends");
}

#[test]
fn retry_after_is_honoured_up_to_a_day() {
    let wait = |value: &str| match judge(&head(503, &[("retry-after", value)]), &asked(None, false), NOW) {
        Verdict::Fail(failure) => failure.retry_after.map(|wait| wait.as_secs()),
        other => panic!("{other:?}"),
    };
    assert_eq!(wait("120"), Some(120));
    assert_eq!(wait("0"), Some(0));
    assert_eq!(wait("86401"), Some(86_400), "one beyond");
    assert_eq!(wait("99999999999999999999999"), Some(86_400), "more than a number holds");
    assert_eq!(wait("Mon, 23 Nov 2026 01:00:00 GMT"), Some(3600));
    assert_eq!(wait("Sun, 22 Nov 2026 01:00:00 GMT"), Some(0), "in the past");
    assert_eq!(wait("Mon, 23 Nov 2099 01:00:00 GMT"), Some(86_400));
    assert_eq!(wait("soon"), None);
    assert_eq!(wait("-5"), None);
}

#[test]
fn only_a_strong_validator_joins_two_halves() {
    for (etag, strong) in [("\"a\"", true), ("W/\"a\"", false), ("a", false), ("\"\"", false), ("\"", false)] {
        assert_eq!(head(200, &[("etag", etag)]).strong_etag().is_some(), strong, "{etag}");
    }
    let long = format!("\"{}\"", "a".repeat(511));
    assert_eq!(head(200, &[("etag", &long)]).validators(), Validators::default(), "513 bytes are not kept");
    assert!(head(200, &[("etag", "\"a\nb\"")]).validators().is_empty(), "a line end would end the header that sends it back");
}

proptest! {
    /// No answer makes us take more than allowed, compressed bytes, or bytes at a place where we are not.
    #[test]
    fn nothing_is_taken_that_was_not_asked_for(
        status in prop_oneof![Just(200u16), Just(206), Just(304), Just(416), 100u16..700],
        fields in proptest::collection::vec((
            prop_oneof![Just("content-length"), Just("content-range"), Just("content-encoding"), Just("transfer-encoding"), Just("etag"), Just("location")],
            prop_oneof!["[ -~]{0,20}", "[0-9]{1,20}", "bytes [0-9]{1,3}-[0-9]{1,3}/[0-9]{1,4}", Just("chunked".to_owned())],
        ), 0..5),
        at in proptest::option::of(1u64..1000),
    ) {
        let resume = at.map(|at| Resume { at, etag: "\"v1\"".to_owned() });
        let asked = asked(resume.as_ref(), false);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let head = head(status, &fields);
        match judge(&head, &asked, NOW) {
            Verdict::Take { from, total } => {
                prop_assert!(from == 0 || Some(from) == at);
                prop_assert!(total.is_none_or(|total| (1..=1000).contains(&total) && total > from));
                prop_assert!(head.field("content-encoding").is_none_or(|coding| coding.eq_ignore_ascii_case("identity")));
            }
            Verdict::Unchanged => prop_assert!(false, "no validator was sent"),
            Verdict::StartOver => prop_assert!(at.is_some() || status == 206),
            Verdict::Elsewhere(_) => prop_assert!((300..400).contains(&status)),
            Verdict::Fail(failure) => prop_assert!(failure.retry_after.is_none_or(|wait| wait <= LONGEST_RETRY_AFTER)),
        }
    }
}
