//! An export checked line by line, without the home that it came from. Pure.

use fingerprint::signal::Sha256;
use serde_json::Value;

use super::export;
use crate::model::CaseId;
use crate::model::wire_enum;
use crate::store::ledger::LedgerRow;

wire_enum!(
    /// What is wrong with a line of an export.
    Damage {
        /// No JSON, or not in the form that Gatehouse writes.
        Unreadable = "unreadable",
        /// The row does not have the hash that it says.
        Changed = "changed",
        /// A row before this line is missing, or rows stand in another order.
        Missing = "missing",
        /// The row does not follow from the row before it.
        NotFollowing = "not_following",
        /// The last rows are missing: the closing line of an export, or rows that the copy of the home still holds.
        Cut = "cut",
        /// The copy of the row outside the database says something else.
        CopyDiffers = "copy_differs",
        /// The closing line does not belong to these rows, or something stands after it.
        End = "end",
    }
);

/// Where an export is broken first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The line, from 1.
    pub line: u64,
    /// The number of the row that is meant, if one is.
    pub row: Option<i64>,
    /// What is wrong.
    pub damage: Damage,
}

/// What checking an export found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Number and hash of every row up to the first break.
    pub rows: Vec<(i64, Sha256)>,
    /// The first break.
    pub broken: Option<Broken>,
    /// The case, if it is the export of one.
    pub case: Option<CaseId>,
    /// The public key that the closing line names.
    pub key: Option<String>,
    /// When it was made, in milliseconds since 1970.
    pub at: Option<i64>,
}

/// Checks the text of an export.
pub fn check(text: &str) -> Checked {
    let mut found = Checked { rows: Vec::new(), broken: None, case: None, key: None, at: None };
    let mut line_number = 0;
    let mut end: Option<Value> = None;
    for line in text.split_inclusive('\n') {
        line_number += 1;
        match line_of(line) {
            _ if end.is_some() => return broken(found, line_number, None, Damage::End),
            Some(Line::End(value)) => end = Some(value),
            Some(Line::Row(row)) => {
                if let Some((row, damage)) = damage_of(&row, &found.rows) {
                    return broken(found, line_number, Some(row), damage);
                }
                found.rows.push((row.seq, row.hash));
            }
            None => {
                let expected = found.rows.last().map_or(1, |(seq, _)| seq + 1);
                return broken(found, line_number, Some(expected), Damage::Unreadable);
            }
        }
    }
    let Some(end) = end else {
        let next = found.rows.last().map_or(1, |(seq, _)| seq + 1);
        return broken(found, line_number + 1, Some(next), Damage::Cut);
    };
    found.case = end["case"].as_i64().map(CaseId::new);
    found.key = end["key"].as_str().map(str::to_owned);
    found.at = end["at"].as_i64();
    found.broken = compare_with_end(&found, &end);
    found
}

fn broken(found: Checked, line: u64, row: Option<i64>, damage: Damage) -> Checked {
    Checked { broken: Some(Broken { line, row, damage }), ..found }
}

/// One line that was read.
enum Line {
    Row(Box<LedgerRow>),
    End(Value),
}

/// The row or the end of a line, only if it is written exactly as an export writes it: then no byte can differ unseen.
fn line_of(line: &str) -> Option<Line> {
    let line = line.strip_suffix('\n')?;
    let value: Value = serde_json::from_str(line).ok()?;
    match value.get("end") {
        Some(end) => closing_of(end, line).then(|| Line::End(end.clone())),
        None => LedgerRow::from_json(&value).filter(|row| row.to_line() == line).map(Box::new).map(Line::Row),
    }
}

/// Whether this is the closing line that an export with its facts has.
fn closing_of(end: &Value, line: &str) -> bool {
    let part = |key: &str| end.get(key).map(|value| format!("\"{key}\":{value}"));
    let parts: Option<Vec<String>> = ["rows", "case", "seqs", "rows_sha256", "at", "person", "key"].into_iter().map(part).collect();
    parts.is_some_and(|parts| format!("{{\"end\":{{{}}}}}", parts.join(",")) == line)
}

fn damage_of(row: &LedgerRow, before: &[(i64, Sha256)]) -> Option<(i64, Damage)> {
    if row.hash != row.computed_hash() {
        return Some((row.seq, Damage::Changed));
    }
    let (expected, previous) = before.last().map_or((1, Sha256::new([0; 32])), |(seq, hash)| (seq + 1, *hash));
    match row.seq {
        seq if seq < expected => Some((seq, Damage::Missing)),
        seq if seq == expected && row.previous != previous => Some((seq, Damage::NotFollowing)),
        // A gap belongs to the export of a case; the closing line says which rows there should be.
        _ => None,
    }
}

fn compare_with_end(found: &Checked, end: &Value) -> Option<Broken> {
    let wanted: Vec<i64> = match (found.case, end["seqs"].as_array()) {
        (Some(_), Some(seqs)) => seqs.iter().filter_map(Value::as_i64).collect(),
        _ => (1..=end["rows"].as_i64().unwrap_or(0)).collect(),
    };
    let line = |place: usize| place as u64 + 1;
    let missing = wanted.iter().enumerate().find(|(place, seq)| found.rows.get(*place).map(|(there, _)| there) != Some(seq));
    if let Some((place, seq)) = missing {
        return Some(Broken { line: line(place), row: Some(*seq), damage: Damage::Missing });
    }
    let is_same = end["rows_sha256"].as_str() == Some(&export::digest(found.rows.iter().map(|(_, hash)| *hash)));
    let fits = is_same && found.rows.len() == wanted.len() && end["rows"].as_u64() == Some(wanted.len() as u64);
    (!fits).then(|| Broken { line: line(found.rows.len()), row: None, damage: Damage::End })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::export::Made;

    /// A ledger of `rows` rows, some of them of case 7, as an export: of all, or of that case.
    fn exported(rows: i64, of_case: bool) -> String {
        let case = CaseId::new(7);
        let mut previous = Sha256::new([0; 32]);
        let mut all = Vec::new();
        for seq in 1..=rows {
            let body_text = serde_json::json!({"note": format!("row {seq} \"ä\u{1f}\n\u{1F600}"), "list": seq % 5}).to_string();
            let mut row = LedgerRow {
                seq,
                at: 1_795_000_000_000 + seq,
                verb: "noted".to_owned(),
                person: "Ana María".to_owned(),
                case: (seq % 3 == 0).then_some(case),
                body: Value::Null,
                body_text,
                previous,
                hash: previous,
            };
            row.hash = row.computed_hash();
            previous = row.hash;
            all.push(row);
        }
        let rows: Vec<LedgerRow> = all.into_iter().filter(|row| !of_case || row.case.is_some()).collect();
        let made = Made { at: 1, person: "Ana".to_owned(), key: "RWQ".to_owned() };
        export::text_of(&rows, of_case.then_some(case), &made)
    }

    fn lines(text: &str) -> Vec<&str> {
        text.split_inclusive('\n').collect()
    }

    #[test]
    fn a_whole_export_is_whole() {
        for of_case in [false, true] {
            let found = check(&exported(60, of_case));
            assert_eq!(found.broken, None);
            assert_eq!(found.rows.len(), if of_case { 20 } else { 60 });
            assert_eq!(found.case, of_case.then_some(CaseId::new(7)));
        }
        assert_eq!(check(&exported(0, false)).broken, None, "a ledger without rows");
    }

    #[test]
    fn every_flipped_byte_of_every_line_is_found_at_its_line() {
        for of_case in [false, true] {
            let text = exported(21, of_case);
            let mut line = 1;
            for place in 0..text.len() {
                let is_end_of_line = text.as_bytes()[place] == b'\n';
                for bit in [0x01, 0x20, 0x80] {
                    let mut bytes = text.clone().into_bytes();
                    bytes[place] ^= bit;
                    // What is no text any more ends the text before it.
                    let whole = std::str::from_utf8(&bytes).map_or_else(|bad| bad.valid_up_to(), str::len);
                    bytes.truncate(whole);
                    let readable = String::from_utf8(bytes).unwrap();
                    let Some(broken) = check(&readable).broken else {
                        // The moment, the person and the key of the closing line are the signature's business.
                        assert_eq!(line, lines(&text).len() as u64, "line {line}, byte {place}");
                        continue;
                    };
                    // The closing line says what the lines above should be: a flip in it is found where they differ from that.
                    let is_closing = line == lines(&text).len() as u64;
                    assert!(broken.line == line || is_end_of_line || is_closing, "line {line}, byte {place}, bit {bit}: {broken:?}");
                }
                line += u64::from(is_end_of_line);
            }
        }
    }

    #[test]
    fn every_removed_line_is_named() {
        for of_case in [false, true] {
            let text = exported(45, of_case);
            let all = lines(&text);
            for gone in 0..all.len() {
                let rest: String = all.iter().enumerate().filter(|(place, _)| *place != gone).map(|(_, line)| *line).collect();
                let broken = check(&rest).broken.unwrap_or_else(|| panic!("line {} is missing", gone + 1));
                assert!(broken.line == gone as u64 + 1, "line {}: {broken:?}", gone + 1);
            }
        }
    }

    #[test]
    fn every_cut_tail_is_named() {
        let text = exported(40, false);
        let all = lines(&text);
        for kept in 0..all.len() {
            let broken = check(&all[..kept].concat()).broken.expect("the end is missing");
            assert_eq!((broken.line, broken.damage), (kept as u64 + 1, Damage::Cut), "{kept} lines are left");
        }
        for cut in 1..all.last().map_or(0, |end| end.len()) {
            let broken = check(&text[..text.len() - cut]).broken.expect("the last line is torn");
            assert_eq!((broken.line, broken.damage), (all.len() as u64, Damage::Unreadable));
        }
    }

    #[test]
    fn lines_in_another_order_and_lines_twice_are_found() {
        let text = exported(12, false);
        let all = lines(&text);
        for place in 0..11 {
            let mut swapped = all.clone();
            swapped.swap(place, place + 1);
            assert!(check(&swapped.concat()).broken.is_some_and(|broken| broken.line <= place as u64 + 2), "{place}");
            let mut twice = all.clone();
            twice.insert(place, all[place]);
            assert_eq!(check(&twice.concat()).broken.map(|broken| broken.line), Some(place as u64 + 2), "{place}");
        }
        let longer = text.clone() + all[11];
        assert_eq!(check(&longer).broken.map(|broken| broken.damage), Some(Damage::End), "something after the end");
    }
}
