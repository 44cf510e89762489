//! Sentences of the command line for codes that the engine gives: reasons and problems. The page has its own table for the same codes.

use engine::engine::overview::Problem;
use engine::model::{Agreement, CaseId, Reason};

/// What a reason means, in one sentence.
pub const fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::TooLarge => "Larger than the limit.",
        Reason::NotRegular => "Not a file.",
        Reason::Symlink => "A link. It is not followed.",
        Reason::PermissionDenied => "Gatehouse may not read this.",
        Reason::IoError => "The disk gave an error.",
        Reason::Changing => "Still changing.",
        Reason::Vanished => "Gone before it could be read.",
        Reason::MountBoundary => "Another disk starts here. It is not followed.",
        Reason::DepthLimit => "Folders too deep.",
        Reason::HardLinkElsewhere => "It has another name that was not found.",
        Reason::UnsupportedFormat => "This format is not decoded; the exact bytes were compared.",
        Reason::ContainerNotExamined => "Archive or document: not opened; the exact bytes were compared.",
        Reason::Encrypted => "Encrypted; the exact bytes were compared.",
        Reason::PixelLimit => "More pixels than the limit; the exact bytes were compared.",
        Reason::LowQualityHash => "Too flat for a fingerprint; the exact bytes were compared.",
        Reason::DecoderError => "Damaged picture; the exact bytes were compared.",
        Reason::DecoderCrashed => "The decoder stopped twice; the exact bytes were compared.",
        Reason::DecoderTimeout => "The picture took too long; the exact bytes were compared.",
        Reason::DecoderMemory => "The picture needed too much memory; the exact bytes were compared.",
        Reason::SandboxUnavailable => "No sandbox here, so pictures are not decoded; the exact bytes were compared.",
    }
}

/// What is wrong, and what to do.
pub fn problem(problem: &Problem) -> (String, &'static str) {
    let site = problem.site.as_deref().unwrap_or("A site");
    let list = problem.list.as_deref().unwrap_or("A list");
    match problem.code {
        "database_damaged" => (
            "The database was removed, replaced or damaged while it was in use. Nothing is written; your site's files and the vault are safe.".to_owned(),
            "Close every Gatehouse. Bring the file back, or run `gatehouse database rebuild`.",
        ),
        "ledger_broken" => (
            "The database is older than the record beside it: decisions are missing from it. Nothing is written.".to_owned(),
            "Close every Gatehouse, then run `gatehouse database rebuild`, which brings them back.",
        ),
        "no_room" => (
            "The database cannot be written: the disk is full or read-only. What was decided before is safe; uploads wait.".to_owned(),
            "Free some space on the disk of Gatehouse's own folder; the rest happens by itself.",
        ),
        "site_missing" => (
            format!("{site} is not reachable. Uploads since then: unknown. Your record is safe."),
            "Connect the drive; Gatehouse goes on by itself.",
        ),
        "site_replaced" => (
            format!("A different folder is at the place of {site} now. Nothing was marked as gone."),
            "If it is the right one, remove the site and add it again.",
        ),
        "not_watching" => ("Nobody is watching. New uploads are not seen.".to_owned(), "Run `gatehouse watch`, or open the window."),
        "watched_elsewhere" => ("Another Gatehouse process watches this home.".to_owned(), "Nothing to do."),
        "stopped" => (format!("Watching {site} stopped."), "Run `gatehouse watch` again."),
        "index_damaged" => (format!("The index of {list} is damaged and does not answer."), "Import the list again."),
        "list_out_of_date" => {
            (format!("{list} is out of date. It still matches; new entries are missed."), "Get its newest version and add it again.")
        }
        "no_list" => ("No list is loaded, so nothing can match.".to_owned(), "Run `gatehouse list add FILE --harm …`."),
        "practice_list_only" => ("Only the practice list is loaded.".to_owned(), "Run `gatehouse list add FILE --harm …`."),
        "selftest_failed" => (format!("The last self-test of {site} failed."), "Run `gatehouse selftest` again."),
        "permission_denied" => (
            format!("{} in {site} may not be read.", crate::out::count(problem.count.unwrap_or(0), "path", "paths")),
            "Give the user that runs Gatehouse the right to read them.",
        ),
        "watch_limit" => (
            format!("{site} has too many folders for change events. It is swept at intervals instead."),
            "Raise fs.inotify.max_user_watches.",
        ),
        "decoding_paused" => (
            "Many pictures in a row brought the decoder down, so decoding pauses for ten minutes. Exact matches go on.".to_owned(),
            "Nothing to do: what waited is tried then. Look at the newest uploads if it happens again.",
        ),
        "no_sandbox" => (
            "This system cannot lock the decoder in, so pictures are not decoded. Exact matches go on.".to_owned(),
            "A newer Linux kernel brings the sandbox back.",
        ),
        "sandbox_reduced" => (
            "The sandbox around the picture decoder is reduced on this system, and was not verified here.".to_owned(),
            "Nothing to do. On Linux the sandbox is whole.",
        ),
        "instance_limit" => (
            format!("The system gives no more watchers, so {site} has no change events. It is swept at intervals instead."),
            "Raise fs.inotify.max_user_instances.",
        ),
        "no_events" => (
            format!("Change events of {site} stopped coming. It is swept at intervals instead; nothing is missed for good."),
            "Nothing to do: events are tried again every minute. If this stays, start `gatehouse watch` again.",
        ),
        "events_lost" => (
            format!("More changed in {site} at once than the system could report. A full sweep catches up."),
            "Nothing to do: this ends with the sweep.",
        ),
        "evidence_missing" => (
            format!(
                "Evidence missing: case {}. The sealed file does not match its record. Nothing was re-created or tidied.",
                problem.case.map_or(0, CaseId::get)
            ),
            "Do not delete anything. Bring the file back from a backup of the vault, then run `gatehouse vault verify`.",
        ),
        "vault_key_missing" => (
            "The vault's key is not here. Nothing can be put back or sealed until it is; what was taken down waits, out of the site."
                .to_owned(),
            "Run `gatehouse vault key use FILE` with the recovery key.",
        ),
        "vault_key_locked" => (
            "The vault's key is locked, so sealed files wait for their weekly check, or a sealing that was interrupted waits to be finished."
                .to_owned(),
            "Run `gatehouse vault seal` and `gatehouse vault verify`, and type the passphrase.",
        ),
        "recovery_key_not_saved" => (
            "The recovery key of the vault is not saved. Without it a lost key closes the vault for ever.".to_owned(),
            "Run `gatehouse vault key save FILE` onto a USB stick or another computer.",
        ),
        "no_room_to_seal" => (
            format!(
                "No room to seal {}. They are out of the site and wait, unharmed.",
                crate::out::count(problem.count.unwrap_or(0), "file", "files")
            ),
            "Free some space on the disk of Gatehouse's own folder; the rest happens by itself.",
        ),
        "not_sealed" => (
            format!("{} taken down, not yet sealed.", crate::out::count(problem.count.unwrap_or(0), "file is", "files are")),
            "It is tried again by itself; `gatehouse vault seal` tries now.",
        ),
        "paused" => (format!("{site} is paused. Uploads are not checked meanwhile."), "Wait, or resume it in the window."),
        other => (format!("Something needs you: {other}."), "Run `gatehouse status` again."),
    }
}

/// What the lists of a case come to together.
pub fn agreement(agreement: Agreement, lists: u64) -> String {
    match agreement {
        Agreement::SeveralLists => format!("{lists} lists agree."),
        Agreement::OneList => "Only one list names this.".to_owned(),
        Agreement::Suspected => "Only one list names this, and its publisher calls it suspected.".to_owned(),
        Agreement::Disputed => "Members of this list disagree about it.".to_owned(),
    }
}
