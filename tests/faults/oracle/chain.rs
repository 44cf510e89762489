//! I5, second half: the chain of the ledger, recomputed from its description in docs/ledger.md, and its copy beside the database.

use std::path::Path;

use serde_json::Value;
use sha2::Digest as _;

use super::Verdict;
use super::database::Database;
use super::record::hex;

/// One row, as the database or its copy has it.
#[derive(PartialEq, Eq)]
struct Row {
    seq: i64,
    at: i64,
    verb: String,
    person: String,
    case: Option<i64>,
    body: String,
    previous: String,
    hash: String,
}

impl Row {
    fn hash_should_be(&self, previous: &[u8]) -> Vec<u8> {
        let case = self.case.map_or(String::new(), |case| case.to_string());
        let mut bytes = previous.to_vec();
        let fields: [&[u8]; 6] = [
            &self.seq.to_le_bytes(),
            &self.at.to_le_bytes(),
            self.verb.as_bytes(),
            self.person.as_bytes(),
            case.as_bytes(),
            self.body.as_bytes(),
        ];
        for field in fields {
            bytes.extend_from_slice(&(field.len() as u64).to_le_bytes());
            bytes.extend_from_slice(field);
        }
        sha2::Sha256::digest(&bytes).to_vec()
    }
}

pub fn check(verdict: &mut Verdict, home: &Path, database: &Database) -> Result<(), String> {
    let rows = database.rows("SELECT seq, at, verb, person, triage_case, body, previous, hash FROM ledger ORDER BY seq", |row| {
        Ok(Row {
            seq: row.get(0)?,
            at: row.get(1)?,
            verb: row.get(2)?,
            person: row.get(3)?,
            case: row.get(4)?,
            body: row.get(5)?,
            previous: hex(&row.get::<_, Vec<u8>>(6)?),
            hash: hex(&row.get::<_, Vec<u8>>(7)?),
        })
    })?;
    let mut previous = vec![0; 32];
    for (row, number) in rows.iter().zip(1_i64..) {
        let hash = row.hash_should_be(&previous);
        if row.seq != number || row.previous != hex(&previous) || row.hash != hex(&hash) {
            verdict.broken("I5", format!("row {number} of the ledger does not follow from the one before"));
            return Ok(());
        }
        previous = hash;
    }
    let copies = copies(home)?;
    if copies.len() < rows.len() {
        verdict.broken("I5", format!("the copy of the ledger has {} rows of {}", copies.len(), rows.len()));
    } else if copies.len() > rows.len() {
        verdict.broken("I5", format!("the ledger has {} rows, and its copy {}", rows.len(), copies.len()));
    } else if copies.iter().zip(&rows).any(|(copy, row)| copy.as_ref() != Some(row)) {
        verdict.broken("I5", "the copy of the ledger says something else than the ledger");
    }
    Ok(())
}

/// The whole lines of the copy.
fn copies(home: &Path) -> Result<Vec<Option<Row>>, String> {
    let text = std::fs::read_to_string(home.join("backup/ledger.jsonl")).map_err(|error| format!("the copy of the ledger: {error}"))?;
    let lines = text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'));
    Ok(lines.map(|line| serde_json::from_str(line).ok().and_then(|value| row_of(&value))).collect())
}

fn row_of(value: &Value) -> Option<Row> {
    let text = |key: &str| value.get(key)?.as_str().map(str::to_owned);
    Some(Row {
        seq: value.get("seq")?.as_i64()?,
        at: value.get("at")?.as_i64()?,
        verb: text("verb")?,
        person: text("person")?,
        case: value.get("case")?.as_i64(),
        body: text("body")?,
        previous: text("previous")?,
        hash: text("hash")?,
    })
}
