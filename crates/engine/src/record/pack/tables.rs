//! The tables of a pack, and the record of its case.

use serde_json::{Value, json};

use super::facts::PackFacts;
use super::known::Known;
use crate::record::when;

/// Keys of the ledger that may hold a name that an uploader chose.
const NAMES: [&str; 5] = ["path", "name", "file", "names", "uploader"];
/// Keys of the ledger that hold a fingerprint.
const HASHES: [&str; 4] = ["sha256", "sha1", "md5", "pdq"];

/// One line of a table: fields with a comma, a quote or a line end are quoted; a field that a spreadsheet would take for a formula gets an apostrophe.
fn line(fields: &[String]) -> String {
    let quoted = |field: &String| {
        let field = if field.starts_with(['=', '+', '-', '@', '\t']) { format!("'{field}") } else { field.clone() };
        match field.contains([',', '"', '\n', '\r']) {
            true => format!("\"{}\"", field.replace('"', "\"\"")),
            false => field,
        }
    };
    fields.iter().map(quoted).collect::<Vec<_>>().join(",") + "\n"
}

/// `03-hashes.csv`: the upload's own fingerprints.
pub fn hashes(facts: &PackFacts) -> String {
    let mut out = String::from("n,size,type,md5,sha1,sha256,pdq,pdq_quality,viewed\n");
    let viewed = if facts.viewed.is_viewed() { "yes" } else { "no" };
    for content in &facts.contents {
        let (pdq, quality) = content.pdq.clone().map(|(pdq, quality)| (pdq, quality.to_string())).unwrap_or_default();
        let fields = [
            content.n.to_string(),
            content.size.to_string(),
            content.kind.clone(),
            content.md5.clone(),
            content.sha1.clone(),
            content.sha256.clone(),
            pdq,
            quality,
            viewed.to_owned(),
        ];
        out += &line(&fields);
    }
    out
}

/// `04-times.csv`: one row an event, oldest first.
pub fn times(facts: &PackFacts, known: &Known) -> String {
    let mut rows: Vec<(i64, [String; 6])> = Vec::new();
    let mut add = |n: Option<usize>, what: &str, at: i64, source: &str, ip: &str, port: &str, event: &str| {
        let n = n.map(|n| n.to_string()).unwrap_or_default();
        rows.push((at, [n, what.to_owned(), source.to_owned(), ip.to_owned(), port.to_owned(), event.to_owned()]));
    };
    for upload in &facts.uploads {
        let place = format!("{}: {}", upload.site, upload.place);
        if upload.file_time > 0 {
            add(Some(upload.n), "time of the file", upload.file_time, "file system", "", "", &place);
        }
        add(Some(upload.n), "found", upload.found_at, "Gatehouse", "", "", &place);
    }
    for found in &facts.matches {
        add(Some(found.n), "matched", found.found_at, "Gatehouse", "", "", &found.list);
    }
    if let Some((decision, at)) = &facts.decision {
        add(None, "decided", *at, "Gatehouse", "", "", decision);
    }
    for action in &facts.actions {
        add(Some(action.n), action.what, action.at, "Gatehouse", "", "", "");
    }
    for (from, reference, at) in &facts.notices {
        add(None, "notice received", *at, "typed in", "", "", &format!("{from} {reference}"));
    }
    for (kind, number, at) in &facts.filed {
        add(None, "reported", *at, "typed in", "", "", &format!("{kind} {}", number.as_deref().unwrap_or_default()));
    }
    for event in &known.ips {
        let port = event.port.map(|port| port.to_string()).unwrap_or_default();
        add(None, "address seen", event.at, "typed in", &event.address.to_string(), &port, &event.event);
    }
    rows.sort_by_key(|(at, _)| *at);
    let mut out = String::from("n,what,time_utc,source_of_time,ip,port,event\n");
    for (at, [n, what, source, ip, port, event]) in rows {
        out += &line(&[n, what, when::utc(at), source, ip, port, event]);
    }
    out
}

/// `05-matches.csv`: lists by name, entries by our number; never a signal.
pub fn matches(facts: &PackFacts) -> String {
    let mut out = String::from("n,list,list_version,entry,kind,match,distance,threshold,status,labels\n");
    let number = |value: Option<u16>| value.map(|value| value.to_string()).unwrap_or_default();
    for found in &facts.matches {
        let status = if found.is_withdrawn { "withdrawn" } else { found.status.as_str() };
        let fields = [
            found.n.to_string(),
            found.list.clone(),
            found.version.to_string(),
            format!("#{}", found.entry),
            found.kind.clone(),
            found.match_type.to_string(),
            number(found.distance),
            number(found.threshold),
            status.to_owned(),
            found.labels.join(" "),
        ];
        out += &line(&fields);
    }
    out
}

/// `06-custody.jsonl`: the ledger's rows of the case with the values of the chain. What was left out of a row is named; its hash is of the whole row,
/// so that whoever holds the whole ledger can compare.
pub fn custody(facts: &PackFacts, with_hashes: bool) -> String {
    let mut out = String::new();
    for row in &facts.custody {
        let mut left_out = Vec::new();
        let body = without(&row.body, with_hashes, &mut left_out);
        let mut fact = row.to_json();
        fact["time_utc"] = when::utc(row.at).into();
        if !left_out.is_empty() {
            fact["body"] = body.to_string().into();
            fact["left_out"] = json!(left_out);
        }
        out += &fact.to_string();
        out.push('\n');
    }
    out
}

fn without(body: &Value, with_hashes: bool, left_out: &mut Vec<String>) -> Value {
    let Value::Object(fields) = body else { return body.clone() };
    let is_left_out = |key: &str| NAMES.contains(&key) || (!with_hashes && HASHES.contains(&key));
    let mut kept = serde_json::Map::new();
    for (key, value) in fields {
        if is_left_out(key) && value.is_string() {
            left_out.push(key.clone());
        } else {
            kept.insert(key.clone(), without(value, with_hashes, left_out));
        }
    }
    Value::Object(kept)
}
