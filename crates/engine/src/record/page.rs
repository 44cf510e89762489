//! The ledger as a page to print: what it says in rows, and how anybody checks it. No scripts, nothing loaded from anywhere.

use std::fmt::Write as _;

use serde_json::Value;

use super::export::Made;
use super::when::utc;
use crate::error::{Code, Error, Result};
use crate::model::{CaseId, Shown};
use crate::store::ledger::LedgerRow;

/// The program that checks an export without Gatehouse.
pub const SCRIPT: &str = include_str!("verify_ledger.py");
/// Rows that a page shows; more are for the file, not for paper.
const MOST_ROWS: usize = 5_000;

const STYLE: &str = "body{font:14px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#1b2226;background:#fff}\
    table{border-collapse:collapse;width:100%;font-size:12px}th,td{text-align:left;vertical-align:top;border-bottom:1px solid #d3d9dd;padding:.2rem .4rem}\
    td{overflow-wrap:anywhere}tr{break-inside:avoid}pre,code{font-size:11px;overflow-wrap:anywhere;white-space:pre-wrap}h2{break-after:avoid}";

/// What a page says besides the rows.
#[derive(Clone, Debug)]
pub struct About<'a> {
    /// Name of the exported file.
    pub file: &'a str,
    /// The case, if it is the export of one.
    pub case: Option<CaseId>,
    /// Who made it, and when.
    pub made: &'a Made,
    /// Eight words by which people compare the key.
    pub words: String,
}

/// The page of an export.
///
/// # Errors
/// [`Code::Internal`] if it cannot be put together.
pub fn page(rows: &[LedgerRow], about: &About<'_>) -> Result<String> {
    let mut out = String::new();
    write(&mut out, rows, about).map_err(|error| Error::refused(Code::Internal, error.to_string()))?;
    Ok(out)
}

fn write(out: &mut String, rows: &[LedgerRow], about: &About<'_>) -> std::fmt::Result {
    let what = about.case.map_or_else(|| "Ledger".to_owned(), |case| format!("Ledger of case {case}"));
    writeln!(
        out,
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{what}</title><style>{STYLE}</style></head><body>"
    )?;
    writeln!(out, "<h1>{what}</h1>")?;
    writeln!(
        out,
        "<p>{} rows, written {} by {}. The same rows stand in the file <code>{}</code>.</p>",
        rows.len(),
        utc(about.made.at),
        text(&about.made.person),
        text(about.file)
    )?;
    check(out, about)?;
    writeln!(
        out,
        "<h2>Rows</h2>\n<table><thead><tr><th>Row</th><th>When (UTC)</th><th>Who</th><th>What</th><th>Case</th><th>Facts</th></tr></thead><tbody>"
    )?;
    for row in rows.iter().take(MOST_ROWS) {
        let case = row.case.map_or_else(String::new, |case| case.to_string());
        writeln!(
            out,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{case}</td><td>{}</td></tr>",
            row.seq,
            utc(row.at),
            text(&row.person),
            text(&row.verb.replace('_', " ")),
            facts(&row.body)
        )?;
    }
    writeln!(out, "</tbody></table>")?;
    if rows.len() > MOST_ROWS {
        writeln!(out, "<p>This page shows the first {MOST_ROWS} rows. The file holds all {}.</p>", rows.len())?;
    }
    writeln!(out, "<h2>The program of step 2</h2>\n<pre>{}</pre>\n</body></html>", text_of_lines(SCRIPT))
}

fn check(out: &mut String, about: &About<'_>) -> std::fmt::Result {
    let file = text(about.file);
    writeln!(out, "<h2>How to check it</h2>\n<ol>")?;
    writeln!(
        out,
        "<li>Each row carries the hash of the row before it, so nothing can be changed, taken out or put in without a break that can be named. The last line \
         of the file says how many rows there are, so a cut end shows too.</li>"
    )?;
    writeln!(
        out,
        "<li>Save the program at the end of this page as <code>verify_ledger.py</code>, and run <code>python3 verify_ledger.py {file}</code>. It prints \
         \"whole\", or the line at which the file is broken.</li>"
    )?;
    writeln!(
        out,
        "<li>The file is signed. <code>minisign -Vm {file} -P {}</code> says whether it is the file that was written then.</li>",
        text(&about.made.key)
    )?;
    writeln!(
        out,
        "<li>Compare the key with whoever gave you the file, over another channel, by these words: <strong>{}</strong>.</li>\n</ol>",
        text(&about.words)
    )?;
    writeln!(
        out,
        "<p>This shows that the file is as it was written. It does not show that the clock was right, or that the named person sat at the keyboard: names are \
         for the record and are not passwords.</p>"
    )
}

fn facts(body: &Value) -> String {
    let Some(body) = body.as_object() else { return String::new() };
    let one = |(key, value): (&String, &Value)| match value {
        Value::Null => None,
        Value::String(said) => Some(format!("{}: {}", text(&key.replace('_', " ")), text(said))),
        other => Some(format!("{}: {}", text(&key.replace('_', " ")), text(&other.to_string()))),
    };
    body.iter().filter_map(one).collect::<Vec<_>>().join("<br>")
}

/// Text that came from outside, safe for a page.
fn text(from: &str) -> String {
    Shown::of_text(from).as_str().replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Our own text, with its lines.
fn text_of_lines(from: &str) -> String {
    from.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use fingerprint::signal::Sha256;

    #[test]
    fn hostile_text_stays_text() {
        let row = LedgerRow {
            seq: 1,
            at: 0,
            verb: "noted".to_owned(),
            person: "<b>Ana\u{202e}".to_owned(),
            case: None,
            body: serde_json::json!({"note": "<script>alert(1)</script> & \"quotes\"", "left_out": null}),
            body_text: String::new(),
            previous: Sha256::new([0; 32]),
            hash: Sha256::new([0; 32]),
        };
        let made = Made { at: 0, person: "\"'><img src=x>".to_owned(), key: "RWQ".to_owned() };
        let made = page(&[row], &About { file: "<i>.jsonl", case: None, made: &made, words: "one two".to_owned() }).unwrap();
        for bad in ["<script", "<b>", "<img", "<i>", "\u{202e}", "src=\"", "href", "left out"] {
            assert!(!made.contains(bad), "{bad} stands in the page");
        }
        assert!(made.contains("1970-01-01T00:00:00Z") && made.contains("def row_hash(row):"), "times, and the program that checks");
    }
}
