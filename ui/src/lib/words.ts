// From codes and reasons to what a person reads: severity, sentence, next step. The strings live in the catalogue only.

import type { CaseGroup, CaseGrouping, CaseRow, Harm, ImportPreview, ListRow, MatchDetail, OfferRefusal, Problem, ReasonClass, SiteHealth, SnoozeUntil, SourceRow, WireError } from "../bindings.gen";
import * as m from "../paraglide/messages";
import { isolated } from "./format";

/** One thing that a person is told: what happened, and what is safe and to do. */
export interface Telling {
  text: string;
  next: string;
}

interface ReasonWords {
  class: ReasonClass;
  /** What was read before it failed; the third kind of reason has no bytes at all. */
  text: () => string;
  next: () => string;
}

/** The closed list of `engine::model::Reason`; a test compares the two. */
export const REASONS = {
  permission_denied: { class: "need_you", text: m.reason_permission_denied_text, next: m.reason_permission_denied_next },
  io_error: { class: "need_you", text: m.reason_io_error_text, next: m.reason_io_error_next },
  changing: { class: "need_you", text: m.reason_changing_text, next: m.reason_changing_next },
  mount_boundary: { class: "need_you", text: m.reason_mount_boundary_text, next: m.reason_mount_boundary_next },
  depth_limit: { class: "need_you", text: m.reason_depth_limit_text, next: m.reason_depth_limit_next },
  hard_link_elsewhere: { class: "need_you", text: m.reason_hard_link_elsewhere_text, next: m.reason_hard_link_elsewhere_next },
  decoder_crashed: { class: "need_you", text: m.reason_decoder_crashed_text, next: m.reason_decoder_crashed_next },
  decoder_timeout: { class: "need_you", text: m.reason_decoder_timeout_text, next: m.reason_decoder_timeout_next },
  decoder_memory: { class: "need_you", text: m.reason_decoder_memory_text, next: m.reason_decoder_memory_next },
  sandbox_unavailable: { class: "need_you", text: m.reason_sandbox_unavailable_text, next: m.reason_sandbox_unavailable_next },
  too_large: { class: "by_design", text: m.reason_too_large_text, next: m.reason_too_large_next },
  not_regular: { class: "by_design", text: m.reason_not_regular_text, next: m.reason_not_regular_next },
  symlink: { class: "by_design", text: m.reason_symlink_text, next: m.reason_symlink_next },
  vanished: { class: "by_design", text: m.reason_vanished_text, next: m.reason_vanished_next },
  unsupported_format: { class: "by_design", text: m.reason_unsupported_format_text, next: m.reason_unsupported_format_next },
  container_not_examined: { class: "by_design", text: m.reason_container_not_examined_text, next: m.reason_container_not_examined_next },
  encrypted: { class: "by_design", text: m.reason_encrypted_text, next: m.reason_encrypted_next },
  pixel_limit: { class: "by_design", text: m.reason_pixel_limit_text, next: m.reason_pixel_limit_next },
  low_quality_hash: { class: "by_design", text: m.reason_low_quality_hash_text, next: m.reason_low_quality_hash_next },
  decoder_error: { class: "by_design", text: m.reason_decoder_error_text, next: m.reason_decoder_error_next },
} as const satisfies Record<string, ReasonWords>;

/** The sentence and next step of a reason, also for one that this window does not know. */
export function reason(code: string): Telling {
  const words: ReasonWords | undefined = Object.hasOwn(REASONS, code) ? REASONS[code as keyof typeof REASONS] : undefined;
  return words ? { text: words.text(), next: words.next() } : { text: m.reason_unknown_text(), next: m.reason_unknown_next() };
}

/** The shapes that tell a state. */
export type ShapeName =
  | "exact" | "near" | "turned" | "protected" | "came_back" | "withdrawn" | "working" | "at_work" | "paused" | "attention" | "proven" | "failed" | "second_look" | "flood";
export type Tone = "danger" | "warn" | "info" | "ok" | "muted" | "exact";
/** The screen that fixes a fault. */
export type Target = "inbox" | "sites" | "lists" | "vault" | "record" | "settings" | "unchecked" | "help";

interface ProblemWords {
  text: (facts: { site: string; list: string; count: string; since: string }) => string;
  next: () => string;
  shape: ShapeName;
  tone: Tone;
  target: Target;
}

export const PROBLEMS = {
  database_damaged: { text: m.problem_database_damaged_text, next: m.problem_database_damaged_next, shape: "attention", tone: "danger", target: "settings" },
  ledger_broken: { text: m.problem_ledger_broken_text, next: m.problem_ledger_broken_next, shape: "attention", tone: "danger", target: "record" },
  evidence_missing: { text: m.problem_evidence_missing_text, next: m.problem_evidence_missing_next, shape: "attention", tone: "danger", target: "vault" },
  vault_key_missing: { text: m.problem_vault_key_missing_text, next: m.problem_vault_key_missing_next, shape: "attention", tone: "danger", target: "vault" },
  vault_key_locked: { text: m.problem_vault_key_locked_text, next: m.problem_vault_key_locked_next, shape: "attention", tone: "warn", target: "vault" },
  no_room_to_seal: { text: m.problem_no_room_to_seal_text, next: m.problem_no_room_to_seal_next, shape: "attention", tone: "danger", target: "vault" },
  not_sealed: { text: m.problem_not_sealed_text, next: m.problem_not_sealed_next, shape: "attention", tone: "warn", target: "vault" },
  recovery_key_not_saved: { text: m.problem_recovery_key_not_saved_text, next: m.problem_recovery_key_not_saved_next, shape: "attention", tone: "warn", target: "vault" },
  not_watching: { text: m.problem_not_watching_text, next: m.problem_not_watching_next, shape: "attention", tone: "danger", target: "sites" },
  stopped: { text: m.problem_stopped_text, next: m.problem_stopped_next, shape: "attention", tone: "danger", target: "sites" },
  site_missing: { text: m.problem_site_missing_text, next: m.problem_site_missing_next, shape: "attention", tone: "danger", target: "sites" },
  site_replaced: { text: m.problem_site_replaced_text, next: m.problem_site_replaced_next, shape: "attention", tone: "danger", target: "sites" },
  no_room: { text: m.problem_no_room_text, next: m.problem_no_room_next, shape: "attention", tone: "danger", target: "settings" },
  index_damaged: { text: m.problem_index_damaged_text, next: m.problem_index_damaged_next, shape: "attention", tone: "danger", target: "lists" },
  no_list: { text: m.problem_no_list_text, next: m.problem_no_list_next, shape: "attention", tone: "warn", target: "lists" },
  list_out_of_date: { text: m.problem_list_out_of_date_text, next: m.problem_list_out_of_date_next, shape: "attention", tone: "warn", target: "lists" },
  selftest_failed: { text: m.problem_selftest_failed_text, next: m.problem_selftest_failed_next, shape: "attention", tone: "warn", target: "sites" },
  sweep_overdue: { text: m.problem_sweep_overdue_text, next: m.problem_sweep_overdue_next, shape: "attention", tone: "warn", target: "sites" },
  decoding_paused: { text: m.problem_decoding_paused_text, next: m.problem_decoding_paused_next, shape: "attention", tone: "warn", target: "unchecked" },
  permission_denied: { text: m.problem_permission_denied_text, next: m.problem_permission_denied_next, shape: "attention", tone: "warn", target: "unchecked" },
  watch_limit: { text: m.problem_watch_limit_text, next: m.problem_watch_limit_next, shape: "attention", tone: "warn", target: "sites" },
  no_sandbox: { text: m.problem_no_sandbox_text, next: m.problem_no_sandbox_next, shape: "attention", tone: "danger", target: "unchecked" },
  sandbox_reduced: { text: m.problem_sandbox_reduced_text, next: m.problem_sandbox_reduced_next, shape: "attention", tone: "info", target: "unchecked" },
  instance_limit: { text: m.problem_instance_limit_text, next: m.problem_instance_limit_next, shape: "attention", tone: "warn", target: "sites" },
  no_events: { text: m.problem_no_events_text, next: m.problem_no_events_next, shape: "attention", tone: "warn", target: "sites" },
  events_lost: { text: m.problem_events_lost_text, next: m.problem_events_lost_next, shape: "working", tone: "info", target: "sites" },
  paused: { text: m.problem_paused_text, next: m.problem_paused_next, shape: "paused", tone: "warn", target: "sites" },
  watched_elsewhere: { text: m.problem_watched_elsewhere_text, next: m.problem_watched_elsewhere_next, shape: "working", tone: "info", target: "sites" },
  practice_list_only: { text: m.problem_practice_list_only_text, next: m.problem_practice_list_only_next, shape: "attention", tone: "info", target: "lists" },
  unknown: { text: m.problem_unknown_text, next: m.problem_unknown_next, shape: "attention", tone: "warn", target: "sites" },
} as const satisfies Record<string, ProblemWords>;

/** A problem of the health strip in words; `count` and `since` are already formatted by the caller. */
export function problem(it: Problem, shown: { count: string; since: string }): Telling & { shape: ShapeName; tone: Tone; target: Target } {
  const words: ProblemWords = Object.hasOwn(PROBLEMS, it.code) ? PROBLEMS[it.code as keyof typeof PROBLEMS] : PROBLEMS.unknown;
  const facts = { site: it.site === null ? m.word_a_site() : isolated(it.site), list: it.list === null ? m.word_protected_list() : isolated(it.list), ...shown };
  return { text: words.text(facts), next: words.next(), shape: words.shape, tone: words.tone, target: words.target };
}

type Sentence = (inputs: { sentence: string }) => string;
const ERRORS: Record<string, { text: Sentence | (() => string); next: () => string }> = {
  not_found: { text: m.error_not_found_text, next: m.error_not_found_next },
  too_late: { text: m.error_too_late_text, next: m.error_too_late_next },
  changed: { text: m.error_changed_text, next: m.error_changed_next },
  gone: { text: m.error_gone_text, next: m.error_gone_next },
  permission_denied: { text: m.error_permission_denied_text, next: m.error_permission_denied_next },
  no_room: { text: m.error_no_room_text, next: m.error_no_room_next },
  busy: { text: m.error_busy_text, next: m.error_busy_next },
  refused: { text: m.error_refused_text, next: m.error_refused_next },
  note_needed: { text: m.error_note_needed_text, next: m.error_note_needed_next },
  bad_argument: { text: m.error_bad_argument_text, next: m.error_bad_argument_next },
  path_taken: { text: m.error_path_taken_text, next: m.error_path_taken_next },
  home_damaged: { text: m.error_home_damaged_text, next: m.error_home_damaged_next },
  cancelled: { text: m.error_cancelled_text, next: m.error_cancelled_next },
  internal: { text: m.error_internal_text, next: m.error_internal_next },
  site_exists: { text: m.error_site_exists_text, next: m.error_site_exists_next },
  name_taken: { text: m.error_name_taken_text, next: m.error_name_taken_next },
  list_refused: { text: m.error_list_refused_text, next: m.error_list_refused_next },
  guard: { text: m.error_guard_text, next: m.error_guard_next },
  question: { text: m.error_question_text, next: m.error_question_next },
  home_newer: { text: m.error_home_newer_text, next: m.error_home_newer_next },
  key_missing: { text: m.error_key_missing_text, next: m.error_key_missing_next },
  key_locked: { text: m.error_key_locked_text, next: m.error_key_locked_next },
  held: { text: m.error_held_text, next: m.error_held_next },
  too_early: { text: m.error_too_early_text, next: m.error_too_early_next },
};
export const ERROR_CODES: readonly string[] = Object.keys(ERRORS);

const REFUSALS: Record<string, () => string> = {
  empty_file: m.refusal_empty_file, unknown_format: m.refusal_unknown_format, web_page: m.refusal_web_page, error_answer: m.refusal_error_answer,
  not_a_list: m.refusal_not_a_list, doctype: m.refusal_doctype, ends_early: m.refusal_ends_early, too_large: m.refusal_too_large,
  too_deep: m.refusal_too_deep, archive: m.refusal_archive, encrypted: m.refusal_encrypted, spreadsheet: m.refusal_spreadsheet,
  pickle: m.refusal_pickle, sql_script: m.refusal_sql_script, binary_unknown: m.refusal_binary_unknown, unknown_database: m.refusal_unknown_database,
  addresses_not_files: m.refusal_addresses_not_files, section_hashes: m.refusal_section_hashes, not_planned: m.refusal_not_planned,
  nothing_accepted: m.refusal_nothing_accepted, bad_signature: m.refusal_bad_signature, unknown_key: m.refusal_unknown_key,
  newer_format: m.refusal_newer_format, other_list_id: m.refusal_other_list_id, older_than_current: m.refusal_older_than_current,
  same_seq_other_bytes: m.refusal_same_seq_other_bytes, base_mismatch: m.refusal_base_mismatch, count_mismatch: m.refusal_count_mismatch,
  live_mismatch: m.refusal_live_mismatch, second_header: m.refusal_second_header, bad_record: m.refusal_bad_record,
  damaged: m.refusal_damaged, mixed_folder: m.refusal_mixed_folder, unsigned: m.refusal_unsigned, bad_index: m.refusal_bad_index,
  part_mismatch: m.refusal_part_mismatch, unreadable: m.refusal_unreadable, line_too_long: m.refusal_line_too_long, bad_header: m.refusal_bad_header, harm_reserved: m.refusal_harm_reserved, from_the_future: m.refusal_from_the_future,
};
export const REFUSAL_CODES: readonly string[] = Object.keys(REFUSALS);

const GUARDS: Record<string, () => string> = {
  wrong_format: m.guard_wrong_format, shrinking: m.guard_shrinking, growing: m.guard_growing, old_news: m.guard_old_news,
  nothing_to_match: m.guard_nothing_to_match, another_list: m.guard_another_list, shock: m.guard_shock, number_jump: m.guard_number_jump,
};
export const GUARD_CODES: readonly string[] = Object.keys(GUARDS);

/** Why a whole file was refused as a list. */
export function refusal(code: string): string {
  return (REFUSALS[code] ?? m.refusal_unknown)();
}

/** What a guard asks before an import. */
export function guard(code: string): string {
  return (GUARDS[code] ?? m.guard_unknown)();
}

/** Failures of an offer that the page says in its own words; the others come with a sentence of the engine. */
const OFFER_OWN = ["permission_denied", "no_room", "internal", "home_damaged", "not_found", "name_taken"];
/** Why a list on offer came to nothing, or why an answer could not be used. */
export function offerRefusal(it: OfferRefusal): string {
  if (it.code === "guard") return guard(it.detail ?? "");
  if (it.code === "question") return m.offer_question();
  if (it.code === "list_refused" && it.detail !== null && Object.hasOwn(REFUSALS, it.detail)) return refusal(it.detail);
  return OFFER_OWN.includes(it.code) ? failure(it).text : it.sentence;
}

/** What went wrong when a place was looked at, and what to do. */
export function sourceTrouble(it: SourceRow): Telling | null {
  if (it.error_code === null) return null;
  if (it.error_code === "guard") return { text: m.source_waits_text(), next: m.source_waits_next() };
  const text = Object.hasOwn(REFUSALS, it.error_code) ? refusal(it.error_code) : (it.error ?? m.refusal_unknown());
  const next = { access_refused: m.source_access_next, other_host: m.source_other_host_next, private_address: m.source_private_next }[it.error_code];
  return { text, next: next ? next() : m.source_failed_next() };
}

/** A failed call in words. */
export function failure(error: WireError): Telling {
  const words = ERRORS[error.code] ?? ERRORS["internal"];
  if (words === undefined) return { text: m.error_internal_text(), next: m.error_internal_next() };
  // The engine says why, in a sentence of its own.
  if (error.code === "refused" && error.detail?.endsWith(".")) return { text: error.detail.replace(/ Nothing was \w+\.$/, ""), next: words.next() };
  const sentence = error.code === "guard" ? guard(error.detail ?? "") : error.code === "list_refused" ? refusal(error.detail ?? "") : "";
  return { text: words.text({ sentence }), next: words.next() };
}

/** Why a file was left where it is by an action, where the action says it in its own words. */
const LEFT: Record<string, () => string> = {
  changing: m.action_failed_changing, vanished: m.action_failed_vanished, no_room: m.action_failed_no_room, path_taken: m.action_failed_path_taken,
  root_missing: m.action_failed_root_missing, stranded: m.action_failed_unfinished, unproven: m.action_failed_unfinished,
  vault_key_missing: m.action_failed_key_missing, vault_key_locked: m.error_key_locked_text, sealed_missing: m.action_failed_evidence, sealed_damaged: m.action_failed_evidence,
};
/** Why a file was left where it is, of an action: its own word, a reason, or an error of the call. */
export function outcome(code: string): string {
  if (Object.hasOwn(LEFT, code)) return LEFT[code]?.() ?? "";
  if (Object.hasOwn(REASONS, code)) return reason(code).text;
  return ERRORS[code] ? failure({ code, detail: null }).text : m.reason_unknown_text();
}

const SIGNALS: Record<string, () => string> = { sha256: m.signal_sha256, sha1: m.signal_sha1, md5: m.signal_md5, pdq: m.signal_pdq };
/** Kinds of signal from the strongest evidence to the weakest. */
const STRENGTH = ["sha256", "sha1", "md5", "pdq"];

/** One entry of a list with its strongest match, and the kinds that met as well. */
export interface EntryMatch { top: MatchDetail; also: string[]; }
/** Matches by entry: an entry that met by four kinds says one thing four times. */
export function byEntry(matches: readonly MatchDetail[]): EntryMatch[] {
  const entries = new Map<string, MatchDetail[]>();
  for (const it of matches) {
    const key = `${it.list}\n${it.list_version}\n${it.entry}\n${it.withdrawn}`;
    entries.set(key, [...(entries.get(key) ?? []), it]);
  }
  return [...entries.values()].map((of) => {
    const [top, ...rest] = of.toSorted((a, b) => STRENGTH.indexOf(a.kind) - STRENGTH.indexOf(b.kind));
    return { top: top as MatchDetail, also: rest.map((it) => SIGNALS[it.kind]?.() ?? it.kind) };
  });
}

const HARMS: Record<Harm, () => string> = {
  csam: m.harm_csam, unknown: m.harm_unknown, ncii: m.harm_ncii, malware: m.harm_malware, tvec: m.harm_tvec, local: m.harm_local, practice: m.harm_practice,
};
/** The name of a harm as the case and Lists say it. */
export function harm(it: Harm): string {
  return HARMS[it]();
}

/** The list of a row as bars and rows may say it: never a protected publisher's name. */
export function listOf(row: CaseRow): string {
  if (row.protected) return m.word_protected_list();
  if (row.harm === "practice") return m.harm_practice();
  return row.list;
}

/** Ways to group, in the order in which they are offered. */
export const GROUPINGS: readonly [CaseGrouping, () => string][] = [["none", m.group_none], ["uploader", m.group_uploader], ["list", m.group_list], ["entry", m.group_entry], ["site", m.group_site], ["folder", m.group_folder]];

/** The name of a group; what has none is said in words. */
export function groupName(group: CaseGroup, by: CaseGrouping): string {
  if (group.protected) return m.word_protected_list();
  if (group.name !== "") return group.name;
  return by === "uploader" ? m.group_no_uploader() : m.group_top_folder();
}

/** "Exact", "Near 12", "Turned 9", "Came back" …: the first word of a row. */
export function matchWord(row: CaseRow): string {
  if (row.second_look === "came_back") return m.match_came_back();
  if (row.second_look === "entry_withdrawn") return m.match_entry_withdrawn();
  if (row.second_look === "failed") return m.match_failed();
  if (row.flood !== null) return m.match_flood();
  if (row.match === "exact") return m.match_exact();
  const distance = String(row.distance ?? 0);
  return row.match === "near" ? m.match_near({ distance }) : m.match_turned({ distance });
}

/** The shape in front of a row. */
export function shapeOf(row: CaseRow): ShapeName {
  if (row.second_look === "came_back") return "came_back";
  if (row.second_look === "entry_withdrawn") return "withdrawn";
  if (row.second_look === "failed") return "failed";
  if (row.flood !== null) return "flood";
  return row.protected ? "protected" : row.match;
}

/** The words of one match. */
export function matchSentence(it: MatchDetail): string {
  if (it.match === "exact") {
    if (it.kind === "md5") return m.match_exact_md5();
    if (it.kind === "sha1") return m.match_exact_sha1();
    return m.match_exact_copy();
  }
  const distance = it.distance ?? 0;
  const close = distance === 0 ? m.match_same_fingerprint() : distance <= 20 ? m.match_bits_very_close({ count: distance }) : m.match_bits_close({ count: distance });
  if (it.match === "near") return close;
  const turn = { quarter_turn: m.view_quarter_turn, half_turn: m.view_half_turn, mirror: m.view_mirror, original: m.view_original }[it.view];
  return m.match_after_turn({ close, turn: turn() });
}

const STATUS: Record<MatchDetail["status"], () => string> = {
  confirmed: m.status_confirmed, suspected: m.status_suspected, disputed: m.status_disputed, test: m.status_test,
};
export function status(it: MatchDetail["status"]): string {
  return STATUS[it]();
}

const LIST_STATES: Record<ListRow["state"], { text: () => string; shape: ShapeName; tone: Tone }> = {
  ready: { text: m.list_state_ready, shape: "working", tone: "ok" },
  old: { text: m.list_state_old, shape: "attention", tone: "warn" },
  not_reached: { text: m.list_state_not_reached, shape: "attention", tone: "warn" },
  out_of_date: { text: m.list_state_out_of_date, shape: "attention", tone: "warn" },
  raises_nothing: { text: m.list_state_raises_nothing, shape: "working", tone: "muted" },
  not_in_use: { text: m.list_state_not_in_use, shape: "paused", tone: "muted" },
  rematching: { text: m.list_state_rematching, shape: "at_work", tone: "info" },
};
export function listState(it: ListRow["state"]): { text: string; shape: ShapeName; tone: Tone } {
  const { text, shape, tone } = LIST_STATES[it];
  return { text: text(), shape, tone };
}

const HEALTH: Record<SiteHealth, { shape: ShapeName; tone: Tone }> = {
  starting: { shape: "at_work", tone: "info" },
  watching: { shape: "working", tone: "ok" },
  polling: { shape: "working", tone: "ok" },
  paused: { shape: "paused", tone: "warn" },
  missing: { shape: "attention", tone: "danger" },
  replaced: { shape: "attention", tone: "danger" },
  stopped: { shape: "attention", tone: "danger" },
  elsewhere: { shape: "working", tone: "info" },
};
export function siteShape(it: SiteHealth): { shape: ShapeName; tone: Tone } {
  return HEALTH[it];
}

const KINDS: Record<string, () => string> = {
  jpeg: m.kind_jpeg, png: m.kind_png, gif: m.kind_gif, webp: m.kind_webp, bmp: m.kind_bmp, text: m.kind_text, zip: m.kind_zip, pdf: m.kind_pdf,
  mp4: m.kind_mp4, unknown: m.kind_unknown,
};
/** The real type of a file as its badge says it. */
export function fileKind(it: string): string {
  const known = KINDS[it.toLowerCase()];
  return known ? known() : it.toUpperCase();
}

const FOLDER_REFUSALS: Record<string, (facts: { site: string }) => string> = {
  inside_site: m.folder_refused_inside_site,
  own_folder: m.folder_refused_own_folder,
  whole_disk: m.folder_refused_whole_disk,
  not_a_folder: m.folder_refused_not_a_folder,
  permission_denied: m.folder_refused_permission_denied,
};
/** Why a chosen folder cannot be a site. */
export function folderRefusal(code: string, site: string): string {
  return (FOLDER_REFUSALS[code] ?? m.folder_refused_not_a_folder)({ site: isolated(site) });
}

const OUTCOMES: Record<string, () => string> = {
  comment: m.record_outcome_comment, blank: m.record_outcome_blank, header: m.record_outcome_header, not_hex: m.record_outcome_not_hex,
  not_a_file_hash: m.record_outcome_not_a_file_hash, to_ids_false: m.record_outcome_to_ids_false,
  pattern_not_supported: m.record_outcome_pattern_not_supported, special_m: m.record_outcome_special_m,
  wrong_length: m.record_outcome_wrong_length, unknown_kind: m.record_outcome_unknown_kind, kept_not_matched: m.record_outcome_kept_not_matched,
};
/** Why a record of a list was left out. */
export function recordOutcome(code: string): string {
  return OUTCOMES[code]?.() ?? code.replaceAll("_", " ");
}

/** Whether an import has something that a person must answer first. */
export function asksSomething(it: ImportPreview): boolean {
  return it.ask_harm || it.ask_polarity || it.ask_kind !== null;
}

const VERBS: Record<string, () => string> = {
  matched: m.verb_matched, undone: m.verb_undo, noted: m.verb_note, reopened: m.verb_reopen, planned: m.verb_planned, intended: m.verb_intended, done: m.verb_moved,
  failed: m.verb_left, restored: m.verb_put_back, withdrawn_entry: m.verb_withdrawn_entry, list_imported: m.verb_list_import,
  list_rolled_back: m.verb_list_roll_back, list_removed: m.verb_list_remove, site_added: m.verb_site_add, site_removed: m.verb_site_remove,
  site_paused: m.verb_site_pause, site_resumed: m.verb_site_resume, site_root_confirmed: m.verb_site_root_confirmed, selftest: m.verb_selftest,
  person_added: m.verb_person_added, person_changed: m.verb_person_changed, person_removed: m.verb_person_removed, person_switched: m.verb_person_switched,
  copies_sought: m.verb_copies_sought, good_added: m.verb_good_added, good_ended: m.verb_good_ended,
  kept_by_rule: m.verb_kept_by_rule, record_key_made: m.verb_record_key_made,
  closed: m.verb_closed, flood: m.verb_flood, flood_ended: m.verb_flood_ended, held: m.verb_held, entry_off: m.verb_entry_off, entry_on: m.verb_entry_on,
  list_threshold: m.verb_list_threshold, list_terms: m.verb_list_terms, own_list_made: m.verb_own_list_made, own_entry_put: m.verb_own_entry_put,
  own_entry_withdrawn: m.verb_own_entry_withdrawn, own_list_published: m.verb_own_list_published,
  list_key_pinned: m.verb_list_key_pinned, subscription_added: m.verb_source_added, subscription_accepted: m.verb_source_accepted,
  claimed: m.verb_claimed, released: m.verb_released, question_written: m.verb_question_written, answered: m.verb_answered,
  reveal_opened: m.verb_reveal_opened, reveal_closed: m.verb_reveal_closed, limits_changed: m.verb_limits_changed,
  site_changed: m.verb_site_changed, joined: m.verb_joined, split_off: m.verb_split_off, map_read: m.verb_map_read, todo_written: m.verb_todo_written, todo_done: m.verb_todo_done,
  todo_reopened: m.verb_todo_reopened, todo_closed: m.verb_todo_closed, todo_returned: m.verb_todo_returned, todo_ticked: m.verb_todo_ticked,
  subscription_changed: m.verb_source_changed, subscription_removed: m.verb_source_removed, sealed: m.verb_sealed, purged: m.verb_purged,
  exported: m.verb_exported, evidence_missing: m.verb_evidence_missing, evidence_found: m.verb_evidence_found, hold_set: m.verb_hold_set, hold_changed: m.verb_hold_changed,
  hold_ended: m.verb_hold_ended, vault_key_made: m.verb_vault_key_made, vault_key_saved: m.verb_vault_key_saved, vault_key_taken: m.verb_vault_key_taken, vault_key_kept: m.verb_vault_key_kept, vault_clock: m.verb_vault_clock,
  database_rebuilt: m.verb_database_rebuilt,
};
const DAMAGES: Record<string, () => string> = {
  unreadable: m.damage_unreadable, changed: m.damage_changed, missing: m.damage_missing, not_following: m.damage_not_following, cut: m.damage_cut,
  copy_differs: m.damage_copy_differs, end: m.damage_end,
};
/** What is wrong at a place of the record. */
export function damage(code: string): string {
  return DAMAGES[code]?.() ?? m.damage_changed();
}
const SNOOZE: Record<SnoozeUntil, () => string> = {
  later_today: m.snooze_later_today, tomorrow: m.snooze_tomorrow, next_week: m.snooze_next_week, in_4_hours: m.snooze_in_4_hours, in_24_hours: m.snooze_in_24_hours,
  list_updates: m.snooze_list_updates,
};
export function snoozeWords(until: SnoozeUntil): string {
  return SNOOZE[until]();
}
/** The choices for many cases at once. */
export function snoozes(strict: boolean): { label: string; until: SnoozeUntil }[] {
  const choices: SnoozeUntil[] = strict ? ["in_4_hours", "in_24_hours"] : ["later_today", "tomorrow", "next_week", "list_updates"];
  return choices.map((until) => ({ label: snoozeWords(until), until }));
}

/** Why nothing is shown, in words; `never` and `busy` need none. */
const REFUSED: Record<string, () => string> = {
  budget: m.reveal_refused_budget, gone: m.reveal_refused_gone, changed: m.reveal_refused_changed, reason: m.reveal_refused_reason, record: m.reveal_refused_record,
  undecodable: m.reveal_refused_undecodable, slow: m.reveal_refused_slow,
};
export function refusedWords(code: string): string {
  return REFUSED[code]?.() ?? "";
}
const DECIDED: Record<string, () => string> = { take_down: m.verb_take_down, keep: m.verb_keep, ask: m.verb_ask, snooze: m.verb_snooze };
/** Why a case was opened again, where the record says it. */
const CAUSES: Record<string, () => string> = { time: m.verb_snooze_ended, snooze_ended: m.verb_snooze_ended, came_back: m.verb_came_back, failed: m.verb_left };
type Fact = string | number | undefined;

/** What a row of the record says, in words; an unknown verb is shown with its words apart. */
export function verb(it: { verb: string; facts: { [key: string]: Fact } }): string {
  const decision = DECIDED[String(it.facts["decision"])]?.();
  if (it.verb === "decided" && decision) return decision;
  if (it.verb === "final" && decision) return m.verb_final({ decision });
  if (it.verb === "reopened") return CAUSES[String(it.facts["cause"])]?.() ?? m.verb_reopen();
  const known = VERBS[it.verb]?.();
  if (known !== undefined) return known;
  const words = it.verb.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** "Take down", "Keep" …: a decision as a word of the record. */
export function decisionWord(it: string): string {
  return DECIDED[it]?.() ?? it;
}
