//! Cases and the matches that they rest on: what triage reads and writes. The inbox's read models stand in [`super::inbox`].

use fingerprint::signal::{Distance, SignalKind};
use hashlist::{Harm, Polarity, Status};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::{Tx, optional_word, unsigned, word};
use crate::error::{Error, Result};
use crate::model::{Agreement, CameBackAs, CaseId, CaseState, ContentId, DecisionKind, ListId, Match, MatchType, SecondLook};

/// A stored match.
#[derive(Clone, Debug)]
pub struct MatchRow {
    /// The match as it was found.
    pub found: Match,
    /// Whether its list raises cases.
    pub polarity: Polarity,
    /// When it was found first.
    pub found_at: i64,
    /// When the list took the entry back, or was rolled back or removed.
    pub withdrawn_at: Option<i64>,
    /// A person switched the entry off: the match is shown and raises nothing.
    pub is_off: bool,
}

/// A stored case.
#[derive(Clone, Debug)]
pub struct CaseRow {
    /// Its number.
    pub id: CaseId,
    /// Its leading content.
    pub content: ContentId,
    /// Where it stands.
    pub state: CaseState,
    /// The strictest harm of its matches.
    pub harm: Harm,
    /// The strongest match type among its matches.
    pub match_type: MatchType,
    /// The smallest distance, if no match is exact.
    pub distance: Option<u16>,
    /// The list of its topmost match.
    pub list: ListId,
    /// How many lists name it.
    pub lists: u64,
    /// What the lists come to together.
    pub agreement: Agreement,
    /// Whether all its matches are practice.
    pub practice: bool,
    /// When it was opened.
    pub opened_at: i64,
    /// When it last changed.
    pub updated_at: i64,
    /// When it comes back, for a snoozed or asked case.
    pub back_at: Option<i64>,
    /// Why it asks to be looked at again.
    pub second_look: Option<SecondLook>,
    /// The decision that stands.
    pub decision: Option<DecisionKind>,
    /// Since when.
    pub decided_at: Option<i64>,
    /// It comes back with the next version of a list that names it.
    pub until_list: bool,
    /// What its return looks like, if it came back.
    pub came_back_as: Option<CameBackAs>,
}

/// What rules a case, computed from its matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Strictest harm.
    pub harm: Harm,
    /// Strongest match type.
    pub match_type: MatchType,
    /// Smallest distance.
    pub distance: Option<u16>,
    /// List of the topmost match.
    pub list: ListId,
    /// Lists that name it.
    pub lists: u64,
    /// What they come to together.
    pub agreement: Agreement,
    /// All practice.
    pub practice: bool,
    /// Place in the order "most serious": smaller is more serious.
    pub rank: i64,
}

fn match_of(row: &Row<'_>) -> rusqlite::Result<MatchRow> {
    Ok(MatchRow {
        found: Match {
            list: ListId::new(row.get("list")?),
            list_version: unsigned(row.get("seq")?),
            entry: row.get("entry")?,
            entry_key: row.get("entry_key")?,
            harm: Harm::from_wire(&row.get::<_, String>("harm")?),
            kind: word(row, "kind", SignalKind::from_wire)?,
            match_type: word(row, "match_type", MatchType::from_wire)?,
            distance: row.get::<_, Option<u16>>("distance")?.map(Distance),
            threshold: row.get::<_, Option<u16>>("threshold")?.map(Distance),
            view: row.get("view")?,
            status: word(row, "status", Status::from_wire)?,
            labels: serde_json::from_str(&row.get::<_, String>("labels")?).unwrap_or_default(),
        },
        polarity: word(row, "polarity", Polarity::from_wire)?,
        found_at: row.get("found_at")?,
        withdrawn_at: row.get("withdrawn_at")?,
        is_off: row.get("is_off")?,
    })
}

pub(super) fn case_of(row: &Row<'_>) -> rusqlite::Result<CaseRow> {
    Ok(CaseRow {
        id: CaseId::new(row.get("id")?),
        content: ContentId::new(row.get("content")?),
        state: word(row, "state", CaseState::from_wire)?,
        harm: Harm::from_wire(&row.get::<_, String>("harm")?),
        match_type: word(row, "match_type", MatchType::from_wire)?,
        distance: row.get("distance")?,
        list: ListId::new(row.get("list")?),
        lists: unsigned(row.get("lists")?),
        agreement: word(row, "agreement", Agreement::from_wire)?,
        practice: row.get("practice")?,
        opened_at: row.get("opened_at")?,
        updated_at: row.get("updated_at")?,
        back_at: row.get("back_at")?,
        second_look: optional_word(row, "second_look", SecondLook::from_wire)?,
        decision: optional_word(row, "decision", DecisionKind::from_wire)?,
        decided_at: row.get("decided_at")?,
        until_list: row.get("until_list")?,
        came_back_as: optional_word(row, "came_back_as", CameBackAs::from_wire)?,
    })
}

/// Every match that a content ever had, live ones first.
///
/// # Errors
/// The store's own.
pub fn matches(connection: &Connection, content: ContentId) -> Result<Vec<MatchRow>> {
    let sql = "SELECT m.*, EXISTS (SELECT 1 FROM entry_off o WHERE o.list = m.list AND o.entry_key = m.entry_key) AS is_off FROM match m WHERE content = ? ORDER BY withdrawn_at IS NOT NULL, match_type = 'turned', match_type = 'near', distance, id";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([content.get()], match_of)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Stores a match, new or seen again. Gives whether it is new or was withdrawn before.
///
/// # Errors
/// The store's own.
pub fn put_match(tx: &Tx<'_>, content: ContentId, found: &Match, polarity: Polarity) -> Result<bool> {
    let live: Option<bool> = tx
        .prepare_cached("SELECT withdrawn_at IS NULL FROM match WHERE content = ? AND list = ? AND entry_key = ? AND kind = ?")?
        .query_row(params![content.get(), found.list.get(), found.entry_key, found.kind.as_str()], |row| row.get(0))
        .optional()?;
    tx.prepare_cached(
        "INSERT INTO match (content, list, seq, entry, entry_key, polarity, harm, kind, match_type, distance, threshold, view, status, labels, found_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (content, list, entry_key, kind) DO UPDATE SET seq = excluded.seq, entry = excluded.entry, polarity = excluded.polarity,
             harm = excluded.harm, match_type = excluded.match_type, distance = excluded.distance, threshold = excluded.threshold, view = excluded.view,
             status = excluded.status, labels = excluded.labels, withdrawn_at = NULL",
    )?
    .execute(params![
        content.get(),
        found.list.get(),
        super::signed(found.list_version),
        found.entry,
        found.entry_key,
        polarity.as_str(),
        found.harm.as_str(),
        found.kind.as_str(),
        found.match_type.as_str(),
        found.distance.map(|distance| distance.0),
        found.threshold.map(|distance| distance.0),
        found.view,
        found.status.as_str(),
        serde_json::to_string(&found.labels).unwrap_or_default(),
        tx.now,
    ])?;
    Ok(live != Some(true))
}

/// Marks a match as no longer resting on a live entry.
///
/// # Errors
/// The store's own.
pub fn withdraw_match(tx: &Tx<'_>, content: ContentId, gone: &Match) -> Result<()> {
    tx.prepare_cached(
        "UPDATE match SET withdrawn_at = ? WHERE content = ? AND list = ? AND entry_key = ? AND kind = ? AND withdrawn_at IS NULL",
    )?
    .execute(params![tx.now, content.get(), gone.list.get(), gone.entry_key, gone.kind.as_str()])?;
    Ok(())
}

/// One case.
///
/// # Errors
/// [`Error::NotFound`], or the store's own.
pub fn get(connection: &Connection, id: CaseId) -> Result<CaseRow> {
    let found = connection.prepare_cached("SELECT * FROM triage_case WHERE id = ?")?.query_row([id.get()], case_of).optional()?;
    found.ok_or_else(|| Error::NotFound { what: "case", name: id.to_string() })
}

/// The contents of a case, its leading one first.
///
/// # Errors
/// The store's own.
pub fn contents(connection: &Connection, id: CaseId) -> Result<Vec<ContentId>> {
    let sql = "SELECT k.id FROM content k JOIN triage_case c ON c.id = k.triage_case WHERE c.id = ? ORDER BY k.id <> c.content, k.id";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([id.get()], |row| Ok(ContentId::new(row.get(0)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Opens a case for a content.
///
/// # Errors
/// The store's own.
pub fn open(tx: &Tx<'_>, content: ContentId, summary: &Summary) -> Result<CaseId> {
    tx.prepare_cached(
        "INSERT INTO triage_case (content, state, harm, match_type, distance, rank, list, lists, agreement, practice, opened_at, updated_at)
         VALUES (?, 'open', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )?
    .execute(params![
        content.get(),
        summary.harm.as_str(),
        summary.match_type.as_str(),
        summary.distance,
        summary.rank,
        summary.list.get(),
        super::signed(summary.lists),
        summary.agreement.as_str(),
        summary.practice,
        tx.now,
        tx.now
    ])?;
    let id = CaseId::new(tx.last_insert_rowid());
    tx.prepare_cached("UPDATE content SET triage_case = ? WHERE id = ?")?.execute(params![id.get(), content.get()])?;
    Ok(id)
}

/// Writes what rules the case now.
///
/// # Errors
/// The store's own.
pub fn set_summary(tx: &Tx<'_>, id: CaseId, summary: &Summary) -> Result<()> {
    tx.prepare_cached(
        "UPDATE triage_case SET harm = ?, match_type = ?, distance = ?, rank = ?, list = ?, lists = ?, agreement = ?, practice = ?, updated_at = ?
         WHERE id = ?",
    )?
    .execute(params![
        summary.harm.as_str(),
        summary.match_type.as_str(),
        summary.distance,
        summary.rank,
        summary.list.get(),
        super::signed(summary.lists),
        summary.agreement.as_str(),
        summary.practice,
        tx.now,
        id.get()
    ])?;
    Ok(())
}

/// Puts a case that no live entry names behind all others in the order "most serious".
///
/// # Errors
/// The store's own.
pub fn put_last(tx: &Tx<'_>, id: CaseId) -> Result<()> {
    /// Larger than every rank that a match gives.
    const END_OF_ORDER: i64 = 100_000_000;
    tx.prepare_cached("UPDATE triage_case SET rank = rank % ?1 + ?1, lists = 0 WHERE id = ?2")?.execute([END_OF_ORDER, id.get()])?;
    Ok(())
}

/// Where a case stands, in the columns that decisions change and undo restores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// State.
    pub state: CaseState,
    /// When it comes back.
    pub back_at: Option<i64>,
    /// Why it asks for a second look.
    pub second_look: Option<SecondLook>,
    /// The decision that stands.
    pub decision: Option<DecisionKind>,
    /// Since when.
    pub decided_at: Option<i64>,
    /// It comes back with the next version of a list that names it.
    pub until_list: bool,
}

impl Standing {
    /// Open once more, undecided, and marked as looked at before.
    pub fn reopened() -> Self {
        Self {
            state: CaseState::Open,
            back_at: None,
            second_look: Some(SecondLook::Reopened),
            decision: None,
            decided_at: None,
            until_list: false,
        }
    }
}

impl CaseRow {
    /// The columns that a decision changes.
    pub fn standing(&self) -> Standing {
        Standing {
            state: self.state,
            back_at: self.back_at,
            second_look: self.second_look,
            decision: self.decision,
            decided_at: self.decided_at,
            until_list: self.until_list,
        }
    }
}

impl Standing {
    /// As stored beside a decision, for undo.
    pub fn to_json(self) -> serde_json::Value {
        serde_json::json!({
            "state": self.state, "back_at": self.back_at, "second_look": self.second_look, "decision": self.decision, "decided_at": self.decided_at,
            "until_list": self.until_list,
        })
    }

    /// The way back from [`Standing::to_json`]; `None` for damaged text.
    pub fn from_json(text: &str) -> Option<Self> {
        let value: serde_json::Value = serde_json::from_str(text).ok()?;
        let text = |key: &str| value.get(key).and_then(serde_json::Value::as_str);
        let number = |key: &str| value.get(key).and_then(serde_json::Value::as_i64);
        Some(Self {
            state: CaseState::from_wire(text("state")?)?,
            back_at: number("back_at"),
            second_look: text("second_look").and_then(SecondLook::from_wire),
            decision: text("decision").and_then(DecisionKind::from_wire),
            decided_at: number("decided_at"),
            until_list: value.get("until_list").and_then(serde_json::Value::as_bool).unwrap_or_default(),
        })
    }
}

/// Moves a case to another standing.
///
/// # Errors
/// The store's own.
pub fn set_standing(tx: &Tx<'_>, id: CaseId, to: Standing) -> Result<()> {
    tx.prepare_cached(
        "UPDATE triage_case SET state = ?, back_at = ?, second_look = ?, decision = ?, decided_at = ?, until_list = ?, updated_at = ?, kept_by = NULL WHERE id = ?",
    )?
    .execute(params![
        to.state.as_str(),
        to.back_at,
        to.second_look.map(SecondLook::as_str),
        to.decision.map(DecisionKind::as_str),
        to.decided_at,
        to.until_list,
        tx.now,
        id.get()
    ])?;
    Ok(())
}

/// Writes down what the return of a case's files looks like.
///
/// # Errors
/// The store's own.
pub fn set_came_back_as(tx: &Tx<'_>, id: CaseId, looks: CameBackAs) -> Result<()> {
    tx.prepare_cached("UPDATE triage_case SET came_back_as = ? WHERE id = ?")?.execute(params![looks.as_str(), id.get()])?;
    Ok(())
}

/// Snoozed and asked cases whose time has come.
///
/// # Errors
/// The store's own.
pub fn due_back(connection: &Connection, now: i64) -> Result<Vec<CaseRow>> {
    let mut statement = connection
        .prepare_cached("SELECT * FROM triage_case WHERE back_at IS NOT NULL AND back_at <= ? AND state IN ('snoozed', 'asked')")?;
    let rows = statement.query_map([now], case_of)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Brings back the cases that were snoozed until a list changes which names them.
///
/// # Errors
/// The store's own.
pub fn wake_for_list(tx: &Tx<'_>, list: ListId) -> Result<Vec<CaseId>> {
    let sql = "SELECT c.* FROM triage_case c WHERE c.until_list = 1 AND c.state = 'snoozed'
               AND EXISTS (SELECT 1 FROM content k JOIN match m ON m.content = k.id WHERE k.triage_case = c.id AND m.list = ?)";
    let mut statement = tx.prepare_cached(sql)?;
    let waiting: Vec<CaseRow> = statement.query_map([list.get()], case_of)?.collect::<rusqlite::Result<_>>()?;
    for case in &waiting {
        let second_look = Some(SecondLook::SnoozeEnded);
        set_standing(tx, case.id, Standing { state: CaseState::Open, back_at: None, second_look, until_list: false, ..case.standing() })?;
        super::ledger::append(tx, "reopened", Some(case.id), serde_json::json!({"cause": "list"}))?;
    }
    Ok(waiting.into_iter().map(|case| case.id).collect())
}

/// Adds a note; notes are never edited or removed.
///
/// # Errors
/// The store's own.
pub fn add_note(tx: &Tx<'_>, id: CaseId, text: &str) -> Result<()> {
    tx.execute("INSERT INTO note (triage_case, at, person, text) VALUES (?, ?, ?, ?)", params![id.get(), tx.now, tx.person, text])?;
    super::ledger::append(tx, "noted", Some(id), serde_json::json!({"note": text}))
}

/// Closes every practice case that still waits for somebody.
///
/// # Errors
/// The store's own.
pub fn close_practice(tx: &Tx<'_>) -> Result<()> {
    let mut statement = tx.prepare_cached("SELECT * FROM triage_case WHERE practice AND state IN ('open', 'snoozed', 'asked')")?;
    let waiting: Vec<CaseRow> = statement.query_map([], case_of)?.collect::<rusqlite::Result<_>>()?;
    for case in waiting {
        set_standing(tx, case.id, Standing { state: CaseState::Closed, back_at: None, second_look: None, ..case.standing() })?;
        super::ledger::append(tx, "closed", Some(case.id), serde_json::json!({"cause": "practice ended"}))?;
    }
    Ok(())
}

/// Decided cases that rest on one of these entries of a list, by the publisher's keys.
///
/// # Errors
/// The store's own.
pub fn decided_on(connection: &Connection, list: ListId, keys: &[String]) -> Result<u64> {
    let words = serde_json::to_string(keys).unwrap_or_default();
    let sql = "SELECT count(DISTINCT c.id) FROM match m JOIN content k ON k.id = m.content JOIN triage_case c ON c.id = k.triage_case
               WHERE m.list = ?1 AND m.withdrawn_at IS NULL AND c.state = 'decided' AND m.entry_key IN (SELECT value FROM json_each(?2))";
    Ok(unsigned(connection.prepare_cached(sql)?.query_row(params![list.get(), words], |row| row.get(0))?))
}

/// Undecided cases that no list would name any more if these entries of a list were gone, by the publisher's keys.
///
/// # Errors
/// The store's own.
pub fn open_only_on(connection: &Connection, list: ListId, keys: &[String]) -> Result<u64> {
    let words = serde_json::to_string(keys).unwrap_or_default();
    let sql = "SELECT count(*) FROM triage_case c WHERE c.state IN ('open', 'drafted', 'snoozed', 'asked')
               AND EXISTS (SELECT 1 FROM content k JOIN match m ON m.content = k.id WHERE k.triage_case = c.id AND m.withdrawn_at IS NULL
                           AND m.list = ?1 AND m.entry_key IN (SELECT value FROM json_each(?2)))
               AND NOT EXISTS (SELECT 1 FROM content k JOIN match m ON m.content = k.id WHERE k.triage_case = c.id AND m.withdrawn_at IS NULL
                               AND NOT (m.list = ?1 AND m.entry_key IN (SELECT value FROM json_each(?2))))";
    Ok(unsigned(connection.prepare_cached(sql)?.query_row(params![list.get(), words], |row| row.get(0))?))
}
