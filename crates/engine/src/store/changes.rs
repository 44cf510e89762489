//! Rows of human work, copied out of the database while they change: with the ledger and a backup a lost database is rebuilt from them.
//!
//! Triggers of the writing connection write into `changed_row`, in the transaction of the change, the statement that makes the row again. After the
//! commit the statements go to `backup/rows.jsonl`. The triggers are made from the tables that are there, so that a new table needs no line
//! here. Left out is what a sweep finds again: uploads and contents without a case, their signals, running counts.

use rusqlite::{Connection, params};
use serde_json::{Value, json};

use super::Tx;
use super::journal::Journal;
use crate::error::Result;

/// Tables that a sweep, or a trigger, fills again.
const FOUND_AGAIN: [&str; 12] = [
    "upload",
    "content",
    "match",
    "signal",
    "signal_2",
    "upload_count",
    "case_count",
    "case_similar",
    "name_claim",
    "ledger",
    "changed_row",
    "blind_gap",
];
/// Columns that change with every sweep or look, and tell nothing of a person's work.
const VOLATILE: [(&str, &[&str]); 2] = [
    ("site", &["sweep_started_at", "sweep_took_ms", "health", "health_since", "health_detail", "skipped"]),
    ("generation", &["cursor", "cases"]),
];
/// Settings that the machine keeps for itself.
const OF_THE_MACHINE: &str = "('largest_time', 'stored_signals', 'closed_with')";
/// Where an upload is, once somebody decided about it.
const OUT_OF_SITE: &str = "('holding', 'vault', 'purged')";

/// One table: its columns, and those of its key.
struct Table {
    name: String,
    columns: Vec<String>,
    key: Vec<String>,
}

impl Table {
    fn of(connection: &Connection, name: &str) -> Result<Self> {
        let mut statement = connection.prepare("SELECT name, pk FROM pragma_table_info(?) ORDER BY cid")?;
        let rows = statement.query_map([name], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)))?;
        let columns: Vec<(String, i64)> = rows.collect::<rusqlite::Result<_>>()?;
        let key = columns.iter().filter(|(_, pk)| *pk > 0).map(|(column, _)| column.clone()).collect();
        Ok(Self { name: name.to_owned(), columns: columns.into_iter().map(|(column, _)| column).collect(), key })
    }

    /// An expression that gives the statement which makes the row again.
    fn image(&self, of: &str) -> String {
        let values: Vec<String> = self.columns.iter().map(|column| format!("quote({of}.\"{column}\")")).collect();
        let columns: Vec<String> = self.columns.iter().map(|column| format!("\"{column}\"")).collect();
        format!("'INSERT OR REPLACE INTO \"{}\" ({}) VALUES (' || {} || ')'", self.name, columns.join(", "), values.join(" || ', ' || "))
    }

    fn removal(&self) -> String {
        let parts: Vec<String> = self.key.iter().map(|column| format!("'\"{column}\" IS ' || quote(OLD.\"{column}\")")).collect();
        format!("'DELETE FROM \"{}\" WHERE ' || {}", self.name, parts.join(" || ' AND ' || "))
    }

    fn watched_columns(&self) -> String {
        let volatile = VOLATILE.iter().find(|(table, _)| *table == self.name).map_or(&[][..], |(_, columns)| columns);
        let watched = self.columns.iter().filter(|column| !volatile.contains(&column.as_str()));
        watched.map(|column| format!("\"{column}\"")).collect::<Vec<_>>().join(", ")
    }
}

/// Sets the triggers on the writing connection. They last as long as it does.
///
/// # Errors
/// The store's own.
pub(super) fn watch(connection: &Connection) -> Result<()> {
    let mut statement = connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")?;
    let names: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    for name in names.iter().filter(|name| !FOUND_AGAIN.contains(&name.as_str())) {
        let table = Table::of(connection, name)?;
        let (image, removal, columns) = (table.image("NEW"), table.removal(), table.watched_columns());
        let [new, old] =
            ["NEW", "OLD"].map(|of| if name == "setting" { format!(" WHEN {of}.key NOT IN {OF_THE_MACHINE}") } else { String::new() });
        let select = format!("SELECT {image}");
        trigger(connection, &format!("{name}_in"), &format!("INSERT ON main.\"{name}\"{new}"), &select)?;
        trigger(connection, &format!("{name}_over"), &format!("UPDATE OF {columns} ON main.\"{name}\"{new}"), &select)?;
        trigger(connection, &format!("{name}_out"), &format!("DELETE ON main.\"{name}\"{old}"), &format!("SELECT {removal}"))?;
    }
    watch_what_cases_rest_on(connection)
}

/// A content, its uploads and its matches belong to human work from the moment in which it has a case.
fn watch_what_cases_rest_on(connection: &Connection) -> Result<()> {
    let [content, upload, found] = [Table::of(connection, "content")?, Table::of(connection, "upload")?, Table::of(connection, "match")?];
    let (of_content, of_upload, of_match) = (content.image("c"), upload.image("u"), found.image("m"));
    let all_of = |id: &str| {
        format!(
            "SELECT {of_content} FROM content c WHERE c.id = {id};
             INSERT INTO changed_row (sql) SELECT {of_upload} FROM upload u WHERE u.content = {id};
             INSERT INTO changed_row (sql) SELECT {of_match} FROM match m WHERE m.content = {id}"
        )
    };
    trigger(connection, "case_brings", "INSERT ON main.triage_case", &all_of("NEW.content"))?;
    trigger(connection, "content_joins", "UPDATE OF triage_case ON main.content WHEN NEW.triage_case IS NOT NULL", &all_of("NEW.id"))?;
    let has_case = "EXISTS (SELECT 1 FROM content WHERE id = NEW.content AND triage_case IS NOT NULL)";
    let image = upload.image("NEW");
    trigger(
        connection,
        "upload_in",
        &format!("INSERT ON main.upload WHEN NEW.content IS NOT NULL AND {has_case}"),
        &format!("SELECT {image}"),
    )?;
    let when = format!("NEW.place IN {OUT_OF_SITE} OR OLD.place IN {OUT_OF_SITE} OR (NEW.content IS NOT NULL AND {has_case})");
    trigger(
        connection,
        "upload_over",
        &format!("UPDATE OF place, content, current ON main.upload WHEN {when}"),
        &format!("SELECT {image}"),
    )?;
    let image = found.image("NEW");
    trigger(connection, "match_in", &format!("INSERT ON main.match WHEN {has_case}"), &format!("SELECT {image}"))?;
    trigger(connection, "match_over", &format!("UPDATE ON main.match WHEN {has_case}"), &format!("SELECT {image}"))
}

fn trigger(connection: &Connection, name: &str, on: &str, select: &str) -> Result<()> {
    let sql = format!("CREATE TEMP TRIGGER \"changed_{name}\" AFTER {on} BEGIN INSERT INTO changed_row (sql) {select}; END");
    Ok(connection.execute_batch(&sql)?)
}

/// Appends every statement that the copy lacks.
///
/// # Errors
/// The store's own, or [`crate::Error::Io`] of the copy.
pub(super) fn copy_out(connection: &Connection, journal: &mut Journal) -> Result<()> {
    let newest: Option<i64> = connection.prepare_cached("SELECT max(seq) FROM changed_row")?.query_row([], |row| row.get(0))?;
    if newest.is_none_or(|newest| newest <= journal.written()) {
        return Ok(());
    }
    journal.append(|after, lines| {
        let mut statement = connection.prepare_cached("SELECT seq, sql FROM changed_row WHERE seq > ? ORDER BY seq")?;
        let mut rows = statement.query([after])?;
        let mut reached = after;
        while let Some(row) = rows.next()? {
            reached = row.get(0)?;
            let line: Value = json!({"seq": reached, "sql": row.get::<_, String>(1)?});
            lines.extend_from_slice(line.to_string().as_bytes());
            lines.push(b'\n');
        }
        Ok(reached)
    })
}

/// Removes what the copy holds.
///
/// # Errors
/// The store's own.
pub(super) fn forget(tx: &Tx<'_>, up_to: i64) -> Result<()> {
    tx.prepare_cached("DELETE FROM changed_row WHERE seq <= ?")?.execute(params![up_to])?;
    Ok(())
}
