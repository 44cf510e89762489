//! The record as a table for a person's own papers: no hashes, no pictures, and without names of people and files where asked for. It is no chain: what
//! outsiders check is the export of the ledger.

use serde_json::{Map, Value, json};

use super::when;
use crate::model::{Shown, wire_enum};
use crate::store::ledger::LedgerRow;

wire_enum!(
    /// Which rows of the record.
    Tab {
        /// What people concluded.
        Decisions = "decisions",
        /// Pictures that were shown.
        Reveals = "reveals",
        /// What was done to files.
        Actions = "actions",
        /// Lists, entries, and what is known good.
        Lists = "lists",
        /// Sites and self-tests.
        Sites = "sites",
        /// Every row.
        All = "all",
    }
);

impl Tab {
    /// The verbs of its rows; none means every row.
    pub const fn verbs(self) -> &'static [&'static str] {
        match self {
            Self::Decisions => {
                &["decided", "undone", "reopened", "noted", "closed", "kept_by_rule", "copies_sought", "joined", "split_off"]
            }
            Self::Reveals => &["reveal_opened", "reveal_closed"],
            Self::Actions => &[
                "final",
                "planned",
                "intended",
                "done",
                "failed",
                "restored",
                "purged",
                "sealed",
                "exported",
                "evidence_missing",
                "evidence_found",
                "hold_set",
                "hold_changed",
                "hold_ended",
                "vault_key_made",
                "vault_key_saved",
                "vault_key_taken",
                "vault_clock",
            ],
            Self::Lists => &[
                "list_imported",
                "list_rolled_back",
                "list_removed",
                "list_threshold",
                "list_key_pinned",
                "withdrawn_entry",
                "entry_off",
                "entry_on",
                "own_list_made",
                "own_entry_put",
                "own_entry_withdrawn",
                "own_list_published",
                "good_added",
                "good_ended",
                "subscription_added",
                "subscription_accepted",
                "subscription_changed",
                "subscription_removed",
            ],
            Self::Sites => {
                &["site_added", "site_removed", "site_changed", "site_paused", "site_resumed", "site_root_confirmed", "selftest"]
            }
            Self::All => &[],
        }
    }
}

/// Facts that hold a hash or a key, or mean nothing outside this home.
const NEVER: [&str; 5] = ["sha256", "key", "batch", "upload", "manifest_sha256"];
/// Facts that hold what a person wrote or is called, or what somebody called a file.
const NAMES: [&str; 9] = ["note", "reason", "name", "to", "path", "sender", "reference", "recipient", "answer"];

/// One row without hashes, and without names of people and files where asked for.
fn facts(row: &LedgerRow, with_names: bool) -> Map<String, Value> {
    let body = row.body.as_object().into_iter().flatten();
    let stays = |key: &str| !NEVER.contains(&key) && (with_names || !NAMES.contains(&key));
    body.filter(|(key, value)| stays(key) && !value.is_null()).map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// The rows as CSV: a heading, then a row each.
pub fn csv(rows: &[LedgerRow], with_names: bool) -> String {
    let mut out = "row,time,person,what,case,facts\r\n".to_owned();
    for row in rows {
        let said: Vec<String> = facts(row, with_names)
            .iter()
            .map(|(key, value)| format!("{key}: {}", value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
            .collect();
        let person = if with_names { row.person.as_str() } else { "" };
        let case = row.case.map_or_else(String::new, |case| case.to_string());
        out.push_str(&format!("{},{},{},{},{case},{}\r\n", row.seq, when::utc(row.at), field(person), row.verb, field(&said.join("; "))));
    }
    out
}

/// The same as JSON.
pub fn json(rows: &[LedgerRow], with_names: bool) -> String {
    let one = |row: &LedgerRow| {
        json!({
            "row": row.seq, "time": when::utc(row.at), "person": with_names.then_some(row.person.as_str()), "what": row.verb,
            "case": row.case.map(crate::model::CaseId::get), "facts": facts(row, with_names),
        })
    };
    format!("{:#}\n", Value::Array(rows.iter().map(one).collect()))
}

/// A field of a table, in its display form. One that a spreadsheet would take for a formula gets an apostrophe.
pub fn field(text: &str) -> String {
    let shown = Shown::of_text(text).as_str().replace('"', "\"\"");
    let guard = if shown.starts_with(['=', '+', '-', '@']) { "'" } else { "" };
    format!("\"{guard}{shown}\"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use fingerprint::signal::Sha256;

    fn row(body: Value) -> LedgerRow {
        LedgerRow {
            seq: 7,
            at: 0,
            verb: "noted".to_owned(),
            person: "=Ana".to_owned(),
            case: None,
            body_text: body.to_string(),
            body,
            previous: Sha256::new([0; 32]),
            hash: Sha256::new([0xab; 32]),
        }
    }

    #[test]
    fn hashes_never_leave_and_names_only_where_wanted() {
        let rows = [row(json!({"note": "he said \"no\"", "sha256": "abab", "batch": 3, "files": 2, "nothing": null}))];
        for text in [csv(&rows, true), json(&rows, true)] {
            assert!(text.contains("he said") && text.contains("Ana"), "{text}");
        }
        for text in [csv(&rows, false), json(&rows, false)] {
            assert!(!text.contains("he said") && !text.contains("Ana"), "{text}");
        }
        for text in [csv(&rows, true), json(&rows, true), csv(&rows, false), json(&rows, false)] {
            assert!(!text.contains("abab") && text.contains("files"), "{text}");
        }
        assert_eq!(csv(&rows, true).lines().nth(1), Some("7,1970-01-01T00:00:00Z,\"'=Ana\",noted,,\"note: he said \"\"no\"\"; files: 2\""));
    }

    #[test]
    fn every_word_of_the_tabs_is_read_back() {
        for tab in Tab::ALL {
            assert_eq!(Tab::from_wire(tab.as_str()), Some(*tab));
        }
    }
}
