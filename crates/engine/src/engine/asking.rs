//! A question about a case as a plain text file: facts only, no picture, no path, no name of a file; and the answer read back in.
//!
//! The file ends with two lines for the answer. Everything above them is covered by a seal, a SHA-256, so that a line that was changed on the way is
//! noticed. The seal proves no sender: whoever has the file can answer it. An answer is therefore advice. It becomes a note and brings the case back,
//! and decides nothing.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use fingerprint::signal::Sha256;
use serde_json::json;
use sha2::Digest as _;

use super::core::{Core, Event};
use crate::error::{Code, Error, Result};
use crate::model::{Agreement, CaseId, CaseState};
use crate::store::cases::{self, Standing};
use crate::store::contents::Pixels;
use crate::store::inbox::{self, CaseDetail};
use crate::store::{ledger, questions};
use crate::triage::decide::is_strict;
use hashlist::Harm;

/// First line of every question.
const HEAD: &str = "Gatehouse question 1";
/// An answer file is at most this long, in bytes.
const LONGEST_FILE: u64 = 64 * 1024;
/// Longest reason that is kept, in characters.
const LONGEST_WHY: usize = 1_000;

/// An answer that came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// To the question about which case.
    pub case: CaseId,
    /// `take_down`, `keep` or `not_sure`.
    pub answer: &'static str,
    /// Why, in the words of whoever answered.
    pub why: String,
}

fn seal(above: &str) -> String {
    Sha256::new(sha2::Sha256::digest(above.as_bytes()).into()).to_string()
}

/// Writes the question about a case to a new file. Deciding "ask" is a step of its own.
///
/// # Errors
/// [`Error::NotFound`], or [`Error::Io`] if the file is there already or cannot be made.
pub fn write(core: &Core, case: CaseId, file: &Path) -> Result<()> {
    let detail = core.store.read(|connection| inbox::detail(connection, case))?;
    let mut token = [0; 16];
    getrandom::fill(&mut token).map_err(|error| Error::refused(Code::Internal, error.to_string()))?;
    let token: String = token.iter().map(|byte| format!("{byte:02x}")).collect();
    let text = text(core, &detail, &token)?;
    let mut out = File::options().write(true).create_new(true).mode(0o600).open(file).map_err(Error::io(file))?;
    out.write_all(text.as_bytes()).and_then(|()| out.sync_all()).map_err(Error::io(file))?;
    core.store.write(move |tx| questions::ask(tx, case, &token))
}

/// The same into a folder, under a name that says which case it is about. Gives the name.
///
/// # Errors
/// As [`write`].
pub fn write_into(core: &Core, case: CaseId, folder: &Path) -> Result<PathBuf> {
    let named = |n: u32| if n == 0 { format!("case-{case}-question.txt") } else { format!("case-{case}-question-{n}.txt") };
    let file = (0..100).map(|n| folder.join(named(n))).find(|file| !file.exists());
    let file =
        file.ok_or_else(|| Error::refused(Code::BadArgument, "There are a hundred questions about this case in the folder already."))?;
    write(core, case, &file)?;
    Ok(file)
}

fn text(core: &Core, detail: &CaseDetail, token: &str) -> Result<String> {
    let row = &detail.row;
    let protected = is_strict(row.case.harm) || row.case.harm == Harm::Ncii;
    let time = |at: i64| jiff::Timestamp::from_millisecond(at).map(|time| time.to_string()).unwrap_or_default();
    let mut lines = vec![
        HEAD.to_owned(),
        format!("case: {}", row.case.id),
        format!("token: {token}"),
        format!("asked: {} by {}", time(core.clock.now_ms()), core.person()?.name),
        format!("harm: {}", row.case.harm.as_str()),
        format!("lists: {}", agreement(row.case.agreement, row.case.lists)),
    ];
    for (stored, list, updated) in detail.matches.iter().filter(|(stored, ..)| stored.withdrawn_at.is_none()) {
        let found = &stored.found;
        let list = if protected { "a protected list" } else { list };
        let distance = found
            .distance
            .map(|bits| format!(", {} of 256 bits differ, the list's limit is {}", bits.0, found.threshold.map_or(31, |t| t.0)));
        let (how, kind, status) = (found.match_type, found.kind.as_str(), found.status.as_str());
        lines.push(format!("match: {how} by {kind}{}, on {list}, {status}, list of {}", distance.unwrap_or_default(), time(*updated)));
    }
    let picture = detail.content.pixels.as_ref().and_then(Pixels::picture);
    let sides = picture.map(|picture| format!(", {} x {} pixels", picture.width, picture.height)).unwrap_or_default();
    lines.push(format!("file: {}{sides}, {} bytes, {} of them on the site", row.kind, row.size, row.files));
    lines.push(format!("first seen: {}", time(row.first_seen_at)));
    if !protected {
        // For a protected list the file's own hash could be the list's.
        lines.push(format!("sha256: {}", row.sha256));
    }
    let above = lines.join("\n") + "\n";
    Ok(format!(
        "{above}seal: {}\n\nNothing above this line may be changed. Please fill in the two lines below and send this file back.\n\
         answer (take down, keep, not sure):\nwhy:\n",
        seal(&above)
    ))
}

fn agreement(agreement: Agreement, lists: u64) -> String {
    match agreement {
        Agreement::SeveralLists => format!("{lists} lists agree"),
        Agreement::OneList => "one list names it, and confirms it".to_owned(),
        Agreement::Suspected => "one list alone names it, and calls it suspected".to_owned(),
        Agreement::Disputed => "members of its list disagree about it".to_owned(),
    }
}

/// Reads an answer. The case returns to the inbox with it; nothing is decided.
///
/// # Errors
/// [`Code::BadArgument`] for a file that is no question of this home, that was changed, or that is not filled in; then nothing is changed.
pub fn read(core: &Core, file: &Path) -> Result<Answered> {
    let mut text = String::new();
    let opened = File::open(file).map_err(Error::io(file))?;
    opened.take(LONGEST_FILE).read_to_string(&mut text).map_err(Error::io(file))?;
    let (token, answer, why) = parse(&text)?;
    let question = core.store.read(|connection| questions::by_token(connection, &token))?;
    let question = question.ok_or_else(|| refused("This home did not ask this question."))?;
    if question.answered_at.is_some() {
        return Err(refused("This question was answered already."));
    }
    let case = question.case;
    let words = why.clone();
    core.store.write(move |tx| {
        questions::answered(tx, &question, answer)?;
        let colon = if words.is_empty() { String::new() } else { format!(" {words}") };
        cases::add_note(tx, case, &format!("Answer: {}.{colon}", answer.replace('_', " ")))?;
        let row = cases::get(tx, case)?;
        if row.state == CaseState::Asked {
            cases::set_standing(tx, case, Standing::reopened())?;
            ledger::append(tx, "reopened", Some(case), json!({"cause": "answer"}))?;
        }
        Ok(())
    })?;
    core.tell(Event::Case { case, file: None });
    Ok(Answered { case, answer, why })
}

fn refused(why: &str) -> Error {
    Error::refused(Code::BadArgument, format!("{why} Nothing was changed."))
}

/// Token, answer and reason of a question that was filled in. Line ends of any system are taken.
fn parse(text: &str) -> Result<(String, &'static str, String)> {
    let text = text.replace("\r\n", "\n");
    let text = text.trim_start_matches('\u{feff}');
    let (above, below) = text.split_once("seal: ").ok_or_else(|| refused("This is not a question of Gatehouse."))?;
    if !above.starts_with(HEAD) {
        return Err(refused("This is not a question of Gatehouse."));
    }
    let (sealed, below) = below.split_once('\n').unwrap_or((below, ""));
    if sealed.trim() != seal(above) {
        return Err(refused("The facts of this question were changed on the way."));
    }
    let token = above.lines().find_map(|line| line.strip_prefix("token: ")).unwrap_or_default().to_owned();
    let answer = below
        .lines()
        .find_map(|line| line.strip_prefix("answer"))
        .and_then(|line| line.split_once(':'))
        .map(|(_, it)| it.trim().to_lowercase());
    let answer = match answer.as_deref() {
        Some("take down") => "take_down",
        Some("keep") => "keep",
        Some("not sure") => "not_sure",
        _ => return Err(refused("The line for the answer must say take down, keep or not sure.")),
    };
    let why = below.split_once("\nwhy:").map(|(_, why)| why.split_whitespace().collect::<Vec<_>>().join(" ")).unwrap_or_default();
    Ok((token, answer, why.chars().take(LONGEST_WHY).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(facts: &str, below: &str) -> String {
        let above = format!("{HEAD}\ncase: 7\ntoken: abc\n{facts}");
        format!("{above}seal: {}\n\nPlease.\n{below}", seal(&above))
    }

    #[test]
    fn an_answer_is_read_from_its_two_lines() {
        let text = question("harm: tvec\n", "answer (take down, keep, not sure):  Take down \nwhy: the same logo\n  as before\n");
        assert_eq!(parse(&text).unwrap(), ("abc".to_owned(), "take_down", "the same logo as before".to_owned()));
        let windows = text.replace('\n', "\r\n");
        assert_eq!(parse(&windows).unwrap().1, "take_down", "line ends of another system");
        assert_eq!(parse(&question("", "answer (…): not sure\nwhy:")).unwrap(), ("abc".to_owned(), "not_sure", String::new()));
    }

    #[test]
    fn a_changed_or_empty_question_is_no_answer() {
        let text = question("harm: tvec\n", "answer (…): keep\nwhy:\n");
        for bad in [
            text.replace("tvec", "local"),
            text.replace("case: 7", "case: 8"),
            text.replace("keep", ""),
            text.replace("keep", "delete"),
            "hello".to_owned(),
        ] {
            assert_eq!(parse(&bad).unwrap_err().code(), Code::BadArgument, "{bad}");
        }
    }
}
