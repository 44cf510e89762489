//! `ui/src/bindings.gen.ts` from the types and the list of commands.

use std::path::Path;

use ts_rs::{Config, TS};

use super::*;

const HEAD: &str = "// Generated from src-tauri/src/wire and contract.rs by `cargo test -p gatehouse-desktop`; do not edit. A test fails when it is stale, and writes it anew.
// Times are milliseconds since 1970 (UTC). All text that came from outside (names, paths, labels) is already in its safe display form.
";
const COMMANDS_DOC: &str =
    "/** Every command of the shell with its argument and its answer. One list on each side; `backend.ts` has one method for each. */";

fn declaration<T: TS>(config: &Config) -> String {
    let docs = T::docs().map(|docs| one_line(&docs) + "\n").unwrap_or_default();
    let declared = T::decl(config);
    match declared.strip_prefix("type ").and_then(|rest| rest.split_once(" = {")) {
        Some((name, body)) if body.ends_with("};") => {
            format!("\n{docs}export interface {name} {{\n{}}}\n", fields(&body[..body.len() - 2]))
        }
        _ => format!("\n{docs}export {declared}\n"),
    }
}

/// A comment block of one sentence, on one line.
fn one_line(docs: &str) -> String {
    let lines = docs.lines().map(|line| line.trim().trim_start_matches("/**").trim_start_matches("*/").trim_start_matches('*').trim());
    format!("/** {} */", lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" "))
}

/// One field a line, its comment above it.
fn fields(body: &str) -> String {
    let (mut depth, mut from, mut out) = (0, 0, String::new());
    let mut in_comment = false;
    for (at, byte) in body.bytes().enumerate() {
        in_comment = if in_comment { !body[..=at].ends_with("*/") } else { body[at..].starts_with("/**") };
        match byte {
            _ if in_comment => {}
            b'{' | b'[' | b'<' => depth += 1,
            b'}' | b']' | b'>' => depth -= 1,
            b',' if depth == 0 => {
                let field = body[from..at].trim();
                from = at + 1;
                match field.rsplit_once("*/") {
                    Some((docs, field)) => out += &format!("  {}\n  {};\n", one_line(docs), field.trim()),
                    None => out += &format!("  {field};\n"),
                }
            }
            _ => {}
        }
    }
    out
}

macro_rules! declarations {
    ($config:expr; $($name:ident)+) => { [$(declaration::<$name>($config)),+].concat() };
}

/// One line a command: its name, the type of its argument, the type of its answer.
macro_rules! command_lines {
    ($($module:ident { $(fn $name:ident($($arg:ty)?) -> $answer:ty;)* })*) => {
        |config: &Config| -> Vec<String> {
            vec![$($({
                let arg: Option<String> = [$(<$arg as TS>::name(config))?].into_iter().next();
                format!("  {}: [{}, {}];\n", stringify!($name), arg.unwrap_or_else(|| "null".to_owned()), <$answer as TS>::name(config))
            },)*)*]
        }
    };
}

fn bindings() -> String {
    // Ids and counts stay far below 2^53, up to where a number of the page is exact.
    let config = Config::new().with_large_int("number");
    let types = declarations!(&config;
        Harm MatchType CaseState DecisionKind CaseView CaseOrder CaseGrouping SnoozeUntil SiteMode SiteHealth Polarity Place ReasonClass Theme Density Language RecordFilter Stale OnClose LeaveAsk LeaveAnswer Leave LeaveAnswered
        LogLevel LogRow LogPage LogQuery StoragePart StorageSize Removal RemovalYes Sandbox About
        StalePush WireError Settings AppState Counts CaseRow InboxQuery CaseGroup EarlierDecision InboxPage MatchDetail UploadRow HistoryRow PlanSite Plan CaseDetail
        CaseFilter HarmCount SiteCount Selection SelectionAsk SavedView SavedViewPut Claim Answered
        RevealOffer Revealed RevealAsk RevealAnswer RevealEnd Pixels ViewingLimits ViewingState
        DecideRequest Decided Undone DraftBatch NoteAdd FileOutcome ActResult Problem SweepProgress Coverage SelfTest Health SiteRow ChosenFolder
        TakeDown PresetChoice PresetSample PresetGuess RuleRow MapRow SiteSoftware TodoStep TodoRow SiteChange TodoPick TodoTick CaseFile
        SiteAdd SitePause PlaceKind SourceRow Sources ListRow ListVersionRow ListDifference ListGoing ThresholdEffect ListThreshold ListTerms ListEntry EntryOff FormatRow ListVersion SourceChange RejectedRecord
        CountOf SigningPreview OfferRefusal ImportPreview Imported OfferState OfferChoose OfferAddress OfferAnswers OfferYes Status OwnList OwnPut OwnPutDone OwnEntry OwnWithdraw OwnWithdrawn OwnKey OwnPublish OwnPublished
        PersonRow Persons PersonPut CopyRow CopiesFound GoodRule GoodOfCase GoodAbout GoodAdd GoodAdded TableForm TableWrite StatementWrite Written FileVerdict
        ClockKind NoticeKind SenderKind PackKind DutyClock FiledReport Statement CaseDuties ReportForm ReportMade Country CountryAnswers CountryProfile
        HelpLanguage HelpAsk HelpLine HelpPart HelpPage ClockStart ClockStop NoticeNew ReportSealed ReportAsk KeepAnswer EvidenceAnswer ReportedNote StatementChange
        RecordQuery RecordRow RecordPage LedgerState DayCount UncheckedQuery UncheckedRow UncheckedPage TryAgain HoldRow VaultRow VaultKey VaultView VaultVerified HoldsEnding HoldSet PutBack PurgeYes ExportSealed KeyKeep);
    let lines = contract!(command_lines)(&config).concat();
    format!("{HEAD}{types}\n{COMMANDS_DOC}\nexport interface Commands {{\n{lines}}}\n")
}

#[test]
fn the_bindings_of_the_page_are_current() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/src/bindings.gen.ts");
    let (found, wanted) = (std::fs::read_to_string(&file).unwrap_or_default(), bindings());
    if found != wanted {
        std::fs::write(&file, wanted).unwrap();
        panic!("ui/src/bindings.gen.ts was stale. It is written anew: look at the difference and check it in.");
    }
}
