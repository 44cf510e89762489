// The one door to the shell: one method per command, in two halves. The only importer of `@tauri-apps`.

import { isTauri } from "@tauri-apps/api/core";
import type { Commands, StalePush, WireError } from "../bindings.gen";

/** What a method takes: nothing for commands without an argument, else exactly one. */
type Method<Arg, Answer> = [Arg] extends [null] ? () => Promise<Answer> : (arg: Arg) => Promise<Answer>;

/** Every command of the shell, and its only push. A method rejects with a [`WireError`]. */
export type Backend = { [Name in keyof Commands]: Method<Commands[Name][0], Commands[Name][1]> } & {
  /** Calls `told` for every push that says what is out of date; the answer ends the subscription. */
  onStale(told: (push: StalePush) => void): Promise<() => void>;
};

/** Commands and whether they take an argument; the type makes a forgotten command an error. */
const TAKES: { [Name in keyof Commands]: [Commands[Name][0]] extends [null] ? false : true } = {
  app_state: false, settings_set: true, first_run_step: true, first_run_finish: false, practice_start: false, practice_end: false, leave: false, leave_answer: true,
  logs: true, report_safe: false, report_safe_save: false, storage_sizes: false, removal: false, removal_do: true, about: false, page_ready: false,
  counts: false, inbox_page: true, case_detail: true, decide: true, undo: true, redo: false, drafts: false, act_now: true, put_back: true,
  claim: true, selection: true, question_save: true, answer_read: false, saved_views: false, saved_view_put: true, saved_view_remove: true, reveal_open: true, reveal_pixels: true, reveal_close: true, viewing_state: true, viewing_set: true, viewing_stop: false, viewing_go_on: false,
  reopen: true, open_singles: true, note_add: true, health: false, sites: false, site_choose: false, site_add: true, site_remove: true,
  site_sweep: true, site_pause: true, selftest: true, lists: false, list_formats: false, list_versions: true,
  list_difference: true, list_going: true, list_roll_back: true, list_remove: true, list_threshold: true, list_threshold_set: true, list_terms_set: true, list_entries_off: true, list_switch_on: true, own_new: true, own_put: true, own_entries: true, own_withdraw: true, own_key_new: true, own_publish: true, offer: false, offer_choose: true, offer_address: true, offer_again: true,
  offer_answer: true, offer_accept: true, offer_end: true, sources: false, source_change: true, sources_look: false, source_forget: true, quiet_set: true, record_page: true, record_days: true, ledger_verify: false,
  persons: false, person_put: true, person_remove: true, person_switch: true, copies: true, copies_join: true, good_rules: true, good_of_case: true, good_add: true, good_remove: true, good_dismiss: true, ledger_export: true, ledger_verify_file: false, table_write: true, statement_write: true, transparency_write: true, handover_write: false, record_persons: false,
  unchecked_page: true, try_again: true, site_software: true, site_change: true, site_map_choose: true, site_map_forget: true, case_todos: true, todo_tick: true, todo_done: true,
  todo_sheet: true, case_include: true, case_split: true,
  duty_clocks: false, clock_start: true, clock_stop: true, clock_confirm: true, notice_add: true, case_duties: true, report_form: true, report_make: true, reported: true,
  evidence_answer: true, statement_change: true, country: false, country_set: true, help_pages: true, help_save: true,
  vault: false, hold_set: true, purge_case: true, certificate_save: true, export_sealed: true, vault_key_save: false, vault_key_use: false,
  vault_key_new: false, vault_key_unlock: true, vault_key_lock: false, vault_key_keep: true, vault_verify: false, vault_clock_set: true,
};

/** The names of all commands, for tests and for the fake. */
export const COMMANDS = Object.keys(TAKES) as (keyof Commands)[];

/** Whatever a call threw, as a [`WireError`]; what is not one becomes `internal`. */
export function wireError(thrown: unknown): WireError {
  if (typeof thrown === "object" && thrown !== null && "code" in thrown && typeof thrown.code === "string") {
    const detail = "detail" in thrown && typeof thrown.detail === "string" ? thrown.detail : null;
    return { code: thrown.code, detail };
  }
  return { code: "internal", detail: null };
}

async function shell(): Promise<Backend> {
  const { invoke } = await import("@tauri-apps/api/core");
  const { listen } = await import("@tauri-apps/api/event");
  const methods: Record<string, (arg?: unknown) => Promise<unknown>> = {};
  for (const name of COMMANDS) {
    methods[name] = TAKES[name] ? (arg) => invoke(name, { arg }) : () => invoke(name);
  }
  const door = methods as unknown as Backend;
  door.onStale = (told) => listen<StalePush>("stale", (event) => told(event.payload));
  return door;
}

/** The shell's half inside the window, the fake one in a plain browser. */
export async function openBackend(): Promise<Backend> {
  if (isTauri()) return shell();
  const { openFake } = await import("./fake");
  return openFake(new URLSearchParams(location.search));
}
