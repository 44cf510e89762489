//! What right each command of the page asks for. A command that does not stand here asks for everything; a test holds that each stands here.

use engine::model::Right;
use tauri::Manager as _;
use tauri::ipc::Invoke;

use crate::shell::Shell;
use crate::wire::WireError;

/// Commands that change what is watched, what is compared with, or how. Only the test needs the names: it is what a command asks for that stands
/// nowhere.
#[cfg(test)]
const EVERYTHING: &[&str] = &[
    "removal_do",
    "site_add",
    "site_change",
    "site_remove",
    "site_pause",
    "site_map_choose",
    "site_map_forget",
    "list_roll_back",
    "list_remove",
    "list_threshold_set",
    "list_terms_set",
    "list_switch_on",
    "offer_choose",
    "offer_address",
    "offer_again",
    "offer_answer",
    "offer_accept",
    "own_new",
    "own_key_new",
    "own_publish",
    "source_change",
    "source_forget",
    "quiet_set",
    "country_set",
    "vault_clock_set",
    "person_put",
    "person_remove",
];
/// Commands that delete for good, or hand out what is sealed or what opens it.
const PURGE: &[&str] = &["purge_case", "export_sealed", "vault_key_save", "vault_key_use", "vault_key_new", "vault_key_keep"];
/// Commands that decide, or say something of a case.
const DECIDE: &[&str] = &[
    "decide",
    "undo",
    "redo",
    "act_now",
    "put_back",
    "reopen",
    "open_singles",
    "note_add",
    "claim",
    "question_save",
    "answer_read",
    "todo_tick",
    "todo_done",
    "case_include",
    "case_split",
    "own_put",
    "own_withdraw",
    "clock_start",
    "clock_stop",
    "clock_confirm",
    "notice_add",
    "report_make",
    "reported",
    "evidence_answer",
    "statement_change",
    "hold_set",
    "copies_join",
    "good_add",
    "good_remove",
    "good_dismiss",
];
/// Commands that only read, write papers, look again, or are about the looks of the window.
const ANYONE: &[&str] = &[
    "about",
    "leave",
    "leave_answer",
    "logs",
    "page_ready",
    "removal",
    "report_safe",
    "report_safe_save",
    "storage_sizes",
    "app_state",
    "settings_set",
    "first_run_step",
    "first_run_finish",
    "practice_start",
    "practice_end",
    "counts",
    "inbox_page",
    "case_detail",
    "drafts",
    "selection",
    "saved_views",
    "saved_view_put",
    "saved_view_remove",
    "reveal_open",
    "reveal_pixels",
    "reveal_close",
    "viewing_state",
    "viewing_set",
    "viewing_stop",
    "viewing_go_on",
    "health",
    "sites",
    "site_choose",
    "site_sweep",
    "selftest",
    "site_software",
    "case_todos",
    "todo_sheet",
    "lists",
    "list_formats",
    "list_versions",
    "list_difference",
    "list_going",
    "list_entries_off",
    "own_entries",
    "list_threshold",
    "offer",
    "offer_end",
    "sources",
    "sources_look",
    "duty_clocks",
    "case_duties",
    "report_form",
    "country",
    "help_pages",
    "help_save",
    "record_page",
    "record_days",
    "record_persons",
    "ledger_verify",
    "persons",
    "person_switch",
    "copies",
    "good_rules",
    "good_of_case",
    "ledger_export",
    "ledger_verify_file",
    "table_write",
    "statement_write",
    "transparency_write",
    "handover_write",
    "vault",
    "certificate_save",
    "vault_key_unlock",
    "vault_key_lock",
    "vault_verify",
    "unchecked_page",
    "try_again",
];

/// The right that a command of the page asks for.
fn of(command: &str) -> Right {
    match () {
        () if ANYONE.contains(&command) => Right::Anyone,
        () if DECIDE.contains(&command) => Right::Decide,
        () if PURGE.contains(&command) => Right::Purge,
        () => Right::Everything,
    }
}

/// Why a call is not carried out, if the person who acts has no right to it. A home that cannot be opened is said by the command itself.
pub fn refusal(call: &Invoke<tauri::Wry>) -> Option<WireError> {
    let right = of(call.message.command());
    let core = call.message.webview_ref().try_state::<Shell>()?.core().ok()?;
    core.require(right).err().map(WireError::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    macro_rules! names {
        ($($module:ident { $(fn $name:ident($($arg:ty)?) -> $answer:ty;)* })*) => { [$($(stringify!($name),)*)*] };
    }

    #[test]
    fn every_command_stands_in_one_of_the_tables() {
        for name in contract!(names) {
            let found = [EVERYTHING, PURGE, DECIDE, ANYONE].iter().filter(|table| table.contains(&name)).count();
            assert_eq!(found, 1, "{name}: say in rights.rs who may do it");
        }
        let known = contract!(names);
        for name in [EVERYTHING, PURGE, DECIDE, ANYONE].concat() {
            assert!(known.contains(&name), "{name} is no command any more");
        }
    }
}
