// Generated from src-tauri/src/wire and contract.rs by `cargo test -p gatehouse-desktop`; do not edit. A test fails when it is stale, and writes it anew.
// Times are milliseconds since 1970 (UTC). All text that came from outside (names, paths, labels) is already in its safe display form.

/** What a list is about. */
export type Harm = "csam" | "ncii" | "tvec" | "malware" | "local" | "practice" | "unknown";

/** How a signal met an entry. */
export type MatchType = "exact" | "near" | "turned";

/** Where a case stands. */
export type CaseState = "open" | "drafted" | "snoozed" | "asked" | "decided" | "closed" | "held";

/** What a person concluded. */
export type DecisionKind = "take_down" | "keep" | "ask" | "snooze";

/** Which cases a page of the inbox holds. */
export type CaseView = "inbox" | "exact" | "near" | "second_look" | "to_do" | "asked" | "snoozed" | "recent";

/** In which order. */
export type CaseOrder = "most_serious" | "newest" | "oldest" | "most_files";

/** By what the cases of a view stand together. */
export type CaseGrouping = "none" | "uploader" | "list" | "entry" | "site" | "folder";

/** For how long a case is snoozed. */
export type SnoozeUntil = "later_today" | "tomorrow" | "next_week" | "in_4_hours" | "in_24_hours" | "list_updates";

/** Live folder or copy. */
export type SiteMode = "live" | "copy";

/** How a site is doing, as this window sees it: `elsewhere` is watched by another process. */
export type SiteHealth = "starting" | "watching" | "polling" | "paused" | "missing" | "replaced" | "stopped" | "elsewhere";

/** Whether a list raises cases. */
export type Polarity = "alert" | "ignore";

/** Where an upload is. */
export type Place = "site" | "gone" | "holding" | "vault" | "purged";

/** Whether a reason asks for the operator. */
export type ReasonClass = "need_you" | "by_design";

/** Light or dark. */
export type Theme = "system" | "light" | "dark";

/** How close the rows stand. */
export type Density = "comfortable" | "compact";

/** The language of the window; that of the system where it is one of ours. */
export type Language = "system" | "en" | "de";

/** Which rows of the record. */
export type RecordFilter = "decisions" | "reveals" | "actions" | "lists" | "sites" | "all";

/** What can be out of date. */
export type Stale = "inbox" | "lists" | "offer" | "sites" | "health" | "record" | "settings" | "leave";

/** What closing the window does. */
export type OnClose = "ask" | "keep" | "quit";

/** What is being left: the window, or the program. */
export type LeaveAsk = "close" | "quit";

/** What is done then: go on in the background, end, end after the drafts happened, or stay. */
export type LeaveAnswer = "keep" | "quit" | "do_now" | "cancel";

/** A question that stands before the window closes or the program ends, and what is under way: batches of drafts are counted by their cases. */
export interface Leave {
  ask: LeaveAsk;
  drafts: number;
  sweeping: number;
  sealing: number;
  importing: boolean;
  /** The desktop shows icons of programs; else the window is minimised. */
  has_tray: boolean;
}

/** The answer to [`Leave`]; `remember` makes it the setting. */
export interface LeaveAnswered {
  answer: LeaveAnswer;
  remember: boolean;
}

/** How much a line of the log matters. */
export type LogLevel = "error" | "warn" | "info";

/** One line of the log: words of closed lists and numbers. */
export interface LogRow {
  at: number;
  level: LogLevel;
  text: string;
}

/** Lines, newest first. `next` is the cursor of the older ones. */
export interface LogPage {
  rows: Array<LogRow>;
  next: string | null;
}

/** `level`: this one and the graver ones; null: all. `before` is the `next` of another page. */
export interface LogQuery {
  level: LogLevel | null;
  search: string;
  before: string | null;
  limit: number;
}

/** A part of the home. */
export type StoragePart = "vault" | "holding" | "lists" | "practice" | "own" | "backup" | "logs" | "keys" | "database";

/** What one part of the home takes. */
export interface StorageSize {
  part: StoragePart;
  bytes: number;
  files: number;
}

/** What would go with the home, and what forbids it: cases that are held, and files that are not sealed yet. */
export interface Removal {
  home_shown: string;
  sizes: Array<StorageSize>;
  sealed: number;
  held: Array<number>;
  unsealed: number;
}

/** A yes to the end of this home: the number that the person typed. */
export interface RemovalYes {
  files: number;
}

/** How far the process that decodes pictures is shut in. */
export type Sandbox = "full" | "seccomp_only" | "limits" | "none" | "unknown";

/** What the program is. */
export interface About {
  sandbox: Sandbox;
  licence: string;
  system: string;
}

/** The only push from the shell: which views are out of date. Carries no content. */
export interface StalePush {
  stale: Array<Stale>;
}

/** Why a command could not do what was asked. `code` is looked up in `lib/words.ts`. */
export interface WireError {
  /** A code of the engine. */
  code: string;
  /** A word or a sentence that goes with it: the list refusal code, the guard's code, what was not found. */
  detail: string | null;
}

/** What a person set. */
export interface Settings {
  /** The language of the window. */
  language: Language;
  /** Light or dark. */
  theme: Theme;
  /** How close the rows stand. */
  density: Density;
  /** How long a draft waits. */
  undo_seconds: number;
  /** Keys without a modifier act. */
  single_keys: boolean;
  /** The name in the record. */
  person: string;
  /** 100 to 200. */
  text_percent: number;
  /** New cases are said by a screen reader. */
  announce_arrivals: boolean;
  /** A picture is shown by two presses instead of holding a key. */
  two_presses: boolean;
  /** For how long then: 3, 5 or 10. */
  press_seconds: number;
  /** How many lines an outline has: 0 light, 1 medium, 2 strong. */
  outline_strength: number;
  /** Minutes of work after which a break is suggested; 0: never. */
  break_minutes: number;
  /** Keys that were changed: action to key, as JSON. */
  keys: string;
  /** What closing the window does. */
  on_close: OnClose;
  /** Started at login; null where the desktop has no such thing. */
  autostart: boolean | null;
  /** A digest of waiting cases, at most one in 15 minutes. */
  notify_cases: boolean;
  /** Faults are told at once. */
  notify_faults: boolean;
  /** Holds that end are told once a day. */
  notify_holds: boolean;
  /** Nothing is told in these hours of the day, such as `22:00-07:00`; empty for none. */
  notify_quiet: string;
  /** By what the inbox stands together when it opens. */
  group: CaseGrouping;
}

/** What the page needs before anything else. */
export interface AppState {
  version: string;
  home_shown: string;
  first_run_done: boolean;
  first_run_step: number;
  has_practice: boolean;
  settings: Settings;
  stopped_unexpectedly_at: number | null;
}

/** How many cases each view holds, and how many uploads could not be checked. */
export interface Counts {
  inbox: number;
  exact: number;
  near: number;
  second_look: number;
  asked: number;
  snoozed: number;
  recent: number;
  to_do: number;
  need_you: number;
  by_design: number;
  practice: number;
}

/** One row of the inbox. */
export interface CaseRow {
  case: number;
  state: CaseState;
  harm: Harm;
  /** True for csam, ncii and unknown: rows and bars say "Protected list" and `list` is empty. */
  protected: boolean;
  match: MatchType;
  distance: number | null;
  list: string;
  more_lists: number;
  files: number;
  sites: Array<string>;
  folder: string;
  kind: string;
  size: number;
  first_seen: number;
  updated: number;
  decision: DecisionKind | null;
  act_at: number | null;
  back_at: number | null;
  /** Set when the case asks for a second look: why. */
  second_look: "came_back" | "entry_withdrawn" | "failed" | "reopened" | "snooze_ended" | "flood" | null;
  /** What a final take-down came to: files moved and files left, or null before that. */
  moved: number | null;
  left: number | null;
  claimed_by: string | null;
  has_note: boolean;
  agreement: "several_lists" | "one_list" | "suspected" | "disputed";
  /** For the case of a flood: how many contents its entry matches; else null. */
  flood: number | null;
  /** How far what is left to do on servers is; null where nothing was. */
  todo: "open" | "done" | "closed" | null;
  /** What a return looks like. */
  came_back_as: "sync" | "again" | "backup" | "rebuilt" | null;
  /** The key of its group, in a grouped view. */
  group: string | null;
}

/** `cursor` is opaque: give back `next` to read on. */
export interface InboxQuery {
  view: CaseView;
  order: CaseOrder;
  search: string;
  filter: CaseFilter;
  group: CaseGrouping;
  /** Keys of groups whose cases are not wanted now. */
  folded: Array<string>;
  cursor: string | null;
  limit: number;
}

/** A group of a view. `name` is empty for a protected list, an unknown uploader and the folder above all others; `more` is the entry or the site. */
export interface CaseGroup {
  key: string;
  name: string;
  more: string | null;
  protected: boolean;
  cases: number;
  files: number;
}

/** A decision that counts on what is in the case now. */
export interface EarlierDecision {
  at: number;
  person: string;
  decision: DecisionKind;
  note: string | null;
  case: number;
}

/** A page of rows. `next` is the cursor of the page after it; `total` counts all rows of the view. */
export interface InboxPage {
  rows: Array<CaseRow>;
  next: string | null;
  total: number;
  /** With the first page of a grouped view: all its groups, in their order. */
  groups: Array<CaseGroup>;
}

/** One match of a case. */
export interface MatchDetail {
  list: string;
  list_version: number;
  /** The publisher's own name of the entry, or our number where that name could hold the hash. */
  entry: string;
  kind: string;
  match: MatchType;
  distance: number | null;
  threshold: number | null;
  view: "original" | "quarter_turn" | "half_turn" | "mirror";
  status: "confirmed" | "suspected" | "disputed" | "test";
  labels: Array<string>;
  harm: Harm;
  withdrawn: boolean;
  /** A person switched the entry off: it raises nothing. */
  switched_off: boolean;
  list_updated: number;
  /** The 256 bits in which the fingerprints differ, as 64 hexadecimal digits; null where it may not be shown. */
  difference: string | null;
}

/** One file of a case. */
export interface UploadRow {
  upload: number;
  site: string;
  path: string;
  relation: "same_bytes" | "generated_size" | "near_copy" | "included" | "only_similar";
  size: number;
  mtime: number;
  place: Place;
  reason: string | null;
  uploader: string | null;
  role: "upload" | "generated" | "avatar" | "old_version" | "removed" | "remote_cache" | "temporary" | "site" | "skip";
  /** What the name says, and what the site's database says. */
  from_name: { [key: string]: string | number };
  from_map: { [key: string]: string | number };
  /** Bits that differ from the leading picture, for what was joined to it. */
  distance: number | null;
  /** Why it is not part of the case, for a file that only looks so. */
  not_included: "other_picture" | "not_compared" | "split_off" | null;
  /** It can be split off. */
  can_split: boolean;
}

/** One row of a case's history. */
export interface HistoryRow {
  at: number;
  verb: string;
  person: string | null;
  facts: { [key: string]: string | number };
}

/** Files of a plan in one site. */
export interface PlanSite {
  site: string;
  mode: SiteMode;
  files: number;
}

/** What Take down would do now; shown before the key is pressed. */
export interface Plan {
  files: number;
  moves: boolean;
  sites: Array<PlanSite>;
}

/** One case whole. */
export interface CaseDetail {
  row: CaseRow;
  matches: Array<MatchDetail>;
  uploads: Array<UploadRow>;
  similar: Array<UploadRow>;
  history: Array<HistoryRow>;
  earlier: Array<EarlierDecision>;
  plan: Plan;
  width: number | null;
  height: number | null;
  quality: number | null;
  /** The file's own SHA-256; null for protected lists, where it could be the list's. */
  sha256: string | null;
  /** Why the pixels were not compared, or null. */
  pixels_reason: string | null;
  keep_needs_note: boolean;
  snooze_choices: Array<SnoozeUntil>;
  can_put_back: boolean;
  can_reopen: boolean;
  /** Null: nothing of this case is ever shown to this person, and there is no control. */
  reveal: RevealOffer | null;
  revealed: Revealed;
}

/** Conditions that all hold; empty ones say nothing. */
export interface CaseFilter {
  /** By number. */
  lists: Array<number>;
  /** By number. */
  sites: Array<number>;
  /** What the lists are about. */
  harms: Array<Harm>;
  /** `exact`, `near`, `turned`. */
  matches: Array<string>;
  /** Real types. */
  kinds: Array<string>;
  /** In bits. */
  max_distance: number | null;
  /** Below the root of its site. */
  folder: string;
  /** As the layout of the site says. */
  uploader: string;
  /** First seen at or after. */
  since: number | null;
  /** First seen before. */
  until: number | null;
  /** In bytes. */
  min_size: number | null;
  /** In bytes. */
  max_size: number | null;
  /** Whether somebody claims it. */
  claimed: boolean;
  /** Whether somebody wrote a note. */
  has_note: boolean | null;
}

/** How many cases of a harm. */
export interface HarmCount {
  harm: Harm;
  count: number;
}

/** How many files in a site. */
export interface SiteCount {
  site: string;
  mode: SiteMode;
  files: number;
}

/** What a decision on many cases would touch. Floods are left out of all of it, protected cases of `keep`. */
export interface Selection {
  cases: Array<number>;
  keep: Array<number>;
  files: number;
  keep_files: number;
  harms: Array<HarmCount>;
  sites: Array<SiteCount>;
  floods: number;
  protected: number;
  snooze_strict: boolean;
}

/** These cases; or with `null` every case of the query, or of one group of it. */
export interface SelectionAsk {
  query: InboxQuery;
  cases: Array<number> | null;
  group: string | null;
}

/** A query under a name; `query` is what the page gave. */
export interface SavedView {
  id: number;
  name: string;
  query: string;
}

/** A query to save. */
export interface SavedViewPut {
  name: string;
  query: string;
}

/** Claims a case, or gives it free. */
export interface Claim {
  case: number;
  release: boolean;
}

/** An answer that came back. It decides nothing. */
export interface Answered {
  case: number;
  answer: string;
  why: string;
}

/** What may be shown of a case to this person. `most` is what its lists allow, `steps` what the person's own limit leaves of it. */
export interface RevealOffer {
  steps: number;
  most: number;
  behind_more: boolean;
  needs_reason: boolean;
  is_up: boolean;
}

/** How often, how long and by whom a case was looked at. */
export interface Revealed {
  times: number;
  ms: number;
  by: Array<string>;
}

/** A wish to see one step of a case. */
export interface RevealAsk {
  case: number;
  step: number;
  why: "distance" | "asked_by_person" | "other" | null;
  /** In the person's own words, with `other`. */
  words: string | null;
}

/** A reveal that is on record now, and for how long it may be shown; or why not. */
export interface RevealAnswer {
  reveal: number | null;
  longest_ms: number;
  refused: "never" | "ceiling" | "budget" | "busy" | "gone" | "changed" | "reason" | "record" | "undecodable" | "slow" | null;
}

/** A reveal is over: for how long it was on screen, and what ended it. */
export interface RevealEnd {
  reveal: number;
  shown_ms: number;
  cause: "released" | "time" | "left" | "unpainted" | "not_closed";
}

/** Width and height as little-endian numbers of four bytes, then four bytes a pixel. Raw: no picture format, nothing that could be kept as one. */
export type Pixels = ArrayBuffer;

/** What a person allows for themselves: tighter counts at once, looser from the next day. */
export interface ViewingLimits {
  /** 0 to 25. */
  per_session: number;
  /** 0 to 50. */
  per_day: number;
  /** 0 to 10. */
  minutes_per_day: number;
  /** 0 to 4. */
  highest_step: number;
}

/** What is left of today. `held` counts now, `wanted` once every change does. `stopped_until`: the person stopped for today. */
export interface ViewingState {
  held: ViewingLimits;
  wanted: ViewingLimits;
  used_today: number;
  used_session: number;
  used_ms: number;
  stopped_until: number | null;
}

/** A decision. The same `request` twice decides once. */
export interface DecideRequest {
  request: string;
  cases: Array<number>;
  decision: DecisionKind;
  note: string | null;
  snooze: SnoozeUntil | null;
}

/** A decision that was written down. */
export interface Decided {
  batch: number;
  decision: DecisionKind;
  cases: Array<number>;
  files: number;
  act_at: number | null;
  seconds: number;
}

/** A decision that was taken back. */
export interface Undone {
  batch: number;
  decision: DecisionKind;
  cases: Array<number>;
  too_late: number;
}

/** A decision whose clock runs. */
export interface DraftBatch {
  batch: number;
  decision: DecisionKind;
  cases: number;
  files: number;
  act_at: number;
  /** It was made before this start, and got its full time again. */
  from_before: boolean;
}

/** A note on a case. */
export interface NoteAdd {
  case: number;
  text: string;
}

/** A file that was left where it was, and why. */
export interface FileOutcome {
  site: string;
  path: string;
  reason: string;
}

/** What an action came to. */
export interface ActResult {
  done: number;
  left: Array<FileOutcome>;
}

/** One thing that is wrong. */
export interface Problem {
  code: string;
  site: string | null;
  list: string | null;
  count: number | null;
  since: number | null;
}

/** How far a sweep and the checks that it led to are. `total` is null while the walk goes on. */
export interface SweepProgress {
  site: number;
  site_name: string;
  done: number;
  total: number | null;
  bytes_done: number;
  bytes_total: number | null;
  files_per_s: number;
  left_s: number | null;
}

/** What is accounted for. */
export interface Coverage {
  seen: number;
  checked: number;
  by_design: number;
  need_you: number;
  waiting: number;
  gone: number;
  up_to: number | null;
  /** Lists that raise cases and are neither practice nor out of date. */
  lists: number;
}

/** The outcome of a self-test. */
export interface SelfTest {
  at: number;
  site: string;
  ok: boolean;
  stage: "placed" | "seen" | "checked" | "inbox" | "removed";
  seen_ms: number | null;
  checked_ms: number | null;
  inbox_ms: number | null;
  reason: string | null;
}

/** Everything at a glance. */
export interface Health {
  watching: "here" | "elsewhere" | "no";
  sites: number;
  practice_only: boolean;
  /** Worst first. Empty: all is well. */
  problems: Array<Problem>;
  sweeps: Array<SweepProgress>;
  coverage: Coverage;
  oldest_list: number | null;
  selftest: SelfTest | null;
  longest_blind_gap_s: number;
  holds: HoldsEnding;
}

/** One site. */
export interface SiteRow {
  site: number;
  name: string;
  mode: SiteMode;
  practice: boolean;
  root_shown: string;
  health: SiteHealth;
  health_since: number;
  paused_until: number | null;
  seen: number;
  checked: number;
  by_design: number;
  need_you: number;
  waiting: number;
  gone: number;
  skipped: number;
  preset: string | null;
  take_down: TakeDown;
  last_sweep: number | null;
  last_sweep_took_ms: number | null;
  period_s: number;
  events: boolean;
  blind_gaps: number;
  longest_blind_gap_s: number;
  selftest: SelfTest | null;
  sweep: SweepProgress | null;
  /** Uploads first seen on each of the last 30 days, oldest first. */
  days: Array<number>;
}

/** A folder that was chosen in the system dialog. `token` names it once; the path stays in the shell. */
export interface ChosenFolder {
  token: number;
  shown: string;
  name_proposal: string;
  files: number;
  files_capped: boolean;
  newest: number | null;
  events: boolean;
  refused: "inside_site" | "own_folder" | "whole_disk" | "not_a_folder" | "permission_denied" | null;
  refused_site: string | null;
  unreadable: number;
  can_move: boolean;
  same_disk: boolean;
  /** What its names look like; null for a folder that is refused. */
  guess: PresetGuess | null;
}

/** What taking down does with the files of a site. */
export type TakeDown = "move" | "todo";

/** A preset that can be chosen. */
export interface PresetChoice {
  preset: string;
  title: string;
}

/** One file as a preset reads it. */
export interface PresetSample {
  path: string;
  role: "upload" | "generated" | "avatar" | "old_version" | "removed" | "remote_cache" | "temporary" | "site" | "skip";
  facts: { [key: string]: string | number };
}

/** What a folder looks like, by names alone. `preset` is null where nothing fits or two are near each other. */
export interface PresetGuess {
  preset: string | null;
  title: string | null;
  fitting: number;
  sampled: number;
  markers: number;
  /** The uploads are below this folder of the chosen one. */
  below: string | null;
  /** Titles of two that are near each other. */
  close: Array<string>;
  samples: Array<PresetSample>;
  warnings: Array<string>;
  choices: Array<PresetChoice>;
}

/** Files of one rule. */
export interface RuleRow {
  role: "upload" | "generated" | "avatar" | "old_version" | "removed" | "remote_cache" | "temporary" | "site" | "skip";
  /** Words of the preset for it, if it has any. */
  kind: string | null;
  files: number;
  skipped: number;
}

/** A map file as it was read. */
export interface MapRow {
  as_of: number;
  rows: number;
  joined: number;
  files_without_row: number;
  rows_without_file: number;
  not_posted: number;
  ignored_columns: Array<string>;
  problem: string | null;
}

/** What a site runs. */
export interface SiteSoftware {
  preset: string;
  title: string;
  take_down: TakeDown;
  why_not_move: string | null;
  placeholder: boolean;
  /** Folders that are walked; empty: all. */
  only: Array<string>;
  rules: Array<RuleRow>;
  /** Files that fit no rule, where they are many. */
  unfitting: number | null;
  /** Claims of stored names that turned out to be false. */
  false_claims: Array<string>;
  changes_bytes: boolean;
  warnings: Array<string>;
  choices: Array<PresetChoice>;
  map: MapRow | null;
  /** The query that makes a map file. */
  sql: string | null;
  sql_note: string | null;
}

/** One step of a to-do. */
export interface TodoStep {
  step: string;
  place: "site" | "server" | "cdn" | "other";
  say: string;
  url: string | null;
  check: string | null;
  ticked: number | null;
  by: string | null;
}

/** What one case left to do for one site. */
export interface TodoRow {
  todo: number;
  site: string;
  kind: "copy" | "sheet" | "steps";
  state: "open" | "done" | "closed";
  made: number;
  done: number | null;
  closed: number | null;
  returned: number | null;
  hide: string;
  steps: Array<TodoStep>;
  files: Array<string>;
}

/** What a person changes of a site; null stays. */
export interface SiteChange {
  site: number;
  name: string | null;
  mode: SiteMode | null;
  preset: string | null;
  take_down: TakeDown | null;
  placeholder: boolean | null;
}

/** One to-do of a case. */
export interface TodoPick {
  case: number;
  todo: number;
}

/** A tick, set or taken away. */
export interface TodoTick {
  case: number;
  todo: number;
  step: string;
  on: boolean;
}

/** A file of a case. */
export interface CaseFile {
  case: number;
  upload: number;
}

/** A chosen folder becomes a site. */
export interface SiteAdd {
  token: number;
  name: string;
  mode: SiteMode;
  preset: string | null;
  take_down: TakeDown | null;
}

/** A pause; 0 minutes end it. */
export interface SitePause {
  site: number;
  minutes: number;
}

/** What kind of place a list is loaded from. */
export type PlaceKind = "file" | "folder" | "address";

/** A place that a list is loaded from. Never its query, never a secret. */
export interface SourceRow {
  source: number;
  list: number | null;
  list_name: string | null;
  kind: PlaceKind;
  shown: string;
  /** Null for a file or folder. */
  host: string | null;
  other_hosts: Array<string>;
  private_network: boolean;
  /** A root certificate that the operator named counts for it, in place of those that come with the program. */
  own_root: boolean;
  /** Hours between two looks; 0: by hand. */
  every_hours: number;
  state: "waiting" | "failing" | "paused" | "by_hand";
  /** The last look, the last that succeeded, the last that brought a version, the next by itself. */
  looked: number | null;
  succeeded: number | null;
  changed: number | null;
  next: number | null;
  /** What went wrong at the last look. */
  error_code: string | null;
  error: string | null;
  /** Names of the headers that the publisher gave. */
  secrets: Array<string>;
}

/** Every place, and the hours in which nothing is loaded by itself: `22:00-07:00`, UTC. */
export interface Sources {
  rows: Array<SourceRow>;
  quiet: string | null;
  /** All places are being looked at, and so many of them are done. */
  looking: boolean;
  looked: number;
}

/** One list. */
export interface ListRow {
  list: number;
  name: string;
  harm: Harm;
  polarity: Polarity;
  trust: Status;
  /** The operator's trust counts, because the format says nothing of each entry. */
  own_trust: boolean;
  practice: boolean;
  format: string;
  format_title: string;
  entries: number;
  can_match: number;
  /** Signals that match, and values that this program keeps and cannot compare. */
  kinds: Array<CountOf>;
  kept: Array<CountOf>;
  threshold: number;
  seq: number;
  updated: number;
  state: "ready" | "old" | "not_reached" | "out_of_date" | "raises_nothing" | "not_in_use" | "rematching";
  /** Since when it is old, not reached or out of date. */
  since: number | null;
  /** Until when its publisher stands by it. */
  expires: number | null;
  signed: boolean;
  open_cases: number;
  /** Why it was read as that format, and the name of what was read. */
  why: string;
  file_shown: string;
  source: SourceRow | null;
  /** A list of one's own, and when it was published last. */
  own: boolean;
  published: number | null;
  /** Who gave it, on what terms, when these are to be looked at again, and whether that time has come. */
  given_by: string;
  terms: string;
  review: number | null;
  review_due: boolean;
}

/** One imported state of a list. */
export interface ListVersionRow {
  seq: number;
  imported: number;
  person: string;
  entries: number;
  file_shown: string;
  active: boolean;
  can_go_back: boolean;
}

/** What one version says otherwise than another. */
export interface ListDifference {
  added: number;
  changed: number;
  withdrawn: number;
}

/** What making another version the one that answers would do. */
export interface ListGoing {
  difference: ListDifference | null;
  unnamed: number;
  decisions_affected: number;
}

/** What each limit of distance would come to: contents that match exactly, and those that match by PDQ alone at 0 to 31 bits. */
export interface ThresholdEffect {
  now: number;
  contents: number;
  exact: number;
  near: Array<number>;
}

/** The largest distance of a near copy that counts, 0 to 31 bits. */
export interface ListThreshold {
  list: number;
  distance: number;
}

/** Who gave a list, on what terms, and when these are to be looked at again. */
export interface ListTerms {
  list: number;
  given_by: string;
  terms: string;
  review: number | null;
}

/** One entry of a list. */
export interface ListEntry {
  list: number;
  entry: number;
}

/** An entry that a person switched off: it matches and raises nothing. */
export interface EntryOff {
  entry: number;
  at: number;
  person: string;
  reason: string;
}

/** A format that can be read. */
export interface FormatRow {
  format: string;
  title: string;
}

/** One version of a list. */
export interface ListVersion {
  list: number;
  seq: number;
}

/** What is changed of a place; null leaves it as it is. */
export interface SourceChange {
  source: number;
  paused: boolean | null;
  /** 0: by hand. */
  every_hours: number | null;
  other_hosts: Array<string> | null;
  private_network: boolean | null;
  /** An empty one takes away what is kept. */
  token: string | null;
}

/** One record of a list file that is unusable, without its text. */
export interface RejectedRecord {
  record: number;
  reason: string;
  detail: string;
}

/** A word and how often it occurs. */
export interface CountOf {
  name: string;
  count: number;
}

/** Who signed a list, and under which key. */
export interface SigningPreview {
  publisher: string;
  name: string;
  seq: number;
  created: number;
  expires: number;
  key_id: string;
  /** The words of the key, at its first use: a person compares them. */
  words: string | null;
  waits_for_person: boolean;
}

/** Why an offer came to nothing, or why an answer could not be used. */
export interface OfferRefusal {
  code: string;
  detail: string | null;
  sentence: string;
}

/** A list before it counts. */
export interface ImportPreview {
  file_shown: string;
  size: number;
  format: string;
  format_title: string;
  why: string;
  name_proposal: string;
  next_version_of: number | null;
  replaces: boolean;
  entries: number;
  can_match: number;
  added: number;
  duplicate: number;
  skipped: Array<CountOf>;
  rejected: Array<CountOf>;
  rejected_records: Array<RejectedRecord>;
  never_alert: number;
  low_quality: number;
  kinds: Array<CountOf>;
  kept: Array<CountOf>;
  withdrawn: number;
  changed: number;
  harm: Harm;
  polarity: Polarity;
  ask_harm: boolean;
  ask_polarity: boolean;
  ask_trust: boolean;
  ask_kind: { n: number, k: number, proposal: "sha256" | "pdq" | null, } | null;
  /** The records of a case file: somebody's investigation. */
  ask_case: boolean;
  signing: SigningPreview | null;
  guards: Array<string>;
  notes: Array<string>;
  now_matching: number;
  oldest_match: number | null;
  contents: number;
  decisions_affected: number;
  /** Why the last answers could not be used. */
  refused: OfferRefusal | null;
}

/** A list version that answers now. */
export interface Imported {
  list: number;
  name: string;
  seq: number;
  entries: number;
  now_matching: number;
}

/** The list on offer. */
export interface OfferState {
  token: number;
  stage: "bringing" | "reading" | "compiling" | "ready" | "importing" | "imported" | "up_to_date" | "refused";
  host: string | null;
  /** Of a download: bytes, of how many, a second, and the seconds left. */
  bytes: number | null;
  bytes_total: number | null;
  bytes_a_second: number | null;
  left_s: number | null;
  /** Older uploads that were matched again, of how many. */
  done: number | null;
  all: number | null;
  preview: ImportPreview | null;
  imported: Imported | null;
  refused: OfferRefusal | null;
}

/** A file, or a folder, that is chosen in the system's dialog. */
export interface OfferChoose {
  folder: boolean;
  follow: boolean;
}

/** An address, which is contacted only after a yes in the system's own dialog. */
export interface OfferAddress {
  address: string;
  name: string;
  token: string;
  headers: Array<string>;
  other_hosts: Array<string>;
  private_network: boolean;
  /** The person chooses the root certificate of a server in their own network. */
  own_root: boolean;
  /** 0: by hand. */
  every_hours: number;
}

/** What a person says of the list on offer. */
export interface OfferAnswers {
  token: number;
  name: string;
  harm: Harm | null;
  /** Images of people under 18: makes it a protected list. */
  under_18: boolean;
  polarity: Polarity | null;
  kind: "sha256" | "pdq" | null;
  trust: Status | null;
  /** Read it as this format. */
  format: string | null;
  /** What the columns of a table are: `2=sha256,Grade=category`. */
  columns: string | null;
  take_case: boolean;
  /** Public key of a signed list. */
  key: string | null;
}

/** A yes to what the list on offer asks. */
export interface OfferYes {
  answers: OfferAnswers;
  /** The guards that were shown. */
  guards: Array<string>;
  /** The words of the key were compared with the publisher. */
  key: boolean;
}

/** What a publisher says of an entry. */
export type Status = "confirmed" | "suspected" | "disputed" | "test";

/** A new list of one's own. */
export interface OwnList {
  name: string;
  harm: Harm;
}

/** The content of a case, for a list of one's own; `sure` says yes to the guard. */
export interface OwnPut {
  list: number;
  case: number;
  reason: string | null;
  sure: boolean;
}

/** What came of putting a content on a list of one's own. */
export interface OwnPutDone {
  was_there: boolean;
  /** A list of somebody else found it and does not let it go so far: it is not published. */
  held_back: boolean;
  cases: number;
}

/** An entry of a list of one's own, without its values. */
export interface OwnEntry {
  entry: number;
  kinds: Array<string>;
  labels: Array<string>;
  added: number | null;
  held_back: boolean;
}

/** An entry of a list of one's own that is taken back. */
export interface OwnWithdraw {
  list: number;
  entry: number;
  mistake: boolean;
  reason: string | null;
}

/** What came of taking an entry of one's own back. */
export interface OwnWithdrawn {
  decisions_affected: number;
  cases: number;
}

/** A new pair of keys: the name of its secret file, the public key, and the words by which it is compared. */
export interface OwnKey {
  file: string;
  key: string;
  words: string;
}

/** A list of one's own to be published, with the password of its key. */
export interface OwnPublish {
  list: number;
  password: string | null;
}

/** What was published. */
export interface OwnPublished {
  seq: number;
  entries: number;
  held_back: number;
  has_pdq: boolean;
  expires: number;
  key: string;
  words: string;
}

/** Somebody who shares this home. A name is not a password. */
export interface PersonRow {
  name: string;
  view: boolean;
  decide: boolean;
  purge: boolean;
  no_pictures: boolean;
}

/** Everybody, and who acts. `keeper`: the acting person may change who may do what. */
export interface Persons {
  acting: PersonRow;
  keeper: boolean;
  all: Array<PersonRow>;
}

/** A new person, or what a known one may do. */
export interface PersonPut {
  name: string;
  view: boolean;
  decide: boolean;
  purge: boolean;
  no_pictures: boolean;
  new: boolean;
}

/** One copy of a case's content. */
export interface CopyRow {
  match: MatchType;
  distance: number | null;
  case: number | null;
  files: number;
  taken_down: number;
  sites: Array<string>;
}

/** Every copy. `without_case` of them could be joined. Crops, mosaics, redrawn pictures and videos are not found. */
export interface CopiesFound {
  rows: Array<CopyRow>;
  files: number;
  compared: number;
  has_fingerprint: boolean;
  without_case: number;
}

/** A rule of what is known to be good. */
export interface GoodRule {
  rule: number;
  kind: string;
  list: string | null;
  entry: string | null;
  site: string | null;
  uploader: string | null;
  reason: string;
  person: string;
  at: number;
  until: number | null;
  ended: number | null;
  cases: Array<number>;
}

/** What a rule keeps, and whether one is worth proposing: so many uploads share the content. */
export interface GoodOfCase {
  kept_by: GoodRule | null;
  shared_by: number | null;
  /** What else a rule could be about: the entry (its list and number), the account. */
  entry: string | null;
  uploader: string | null;
}

/** What a rule is about. */
export type GoodAbout = "content" | "entry" | "uploader";

/** Never raise the content of a case again, or what its entry matches, or what its account uploaded. */
export interface GoodAdd {
  case: number;
  about: GoodAbout;
  reason: string;
  until: number | null;
}

/** A rule that was made, and the open cases that it keeps. */
export interface GoodAdded {
  rule: number;
  kept: number;
}

/** How a table of the record is written. */
export type TableForm = "csv" | "json";

/** Rows of the record as a table. */
export interface TableWrite {
  form: TableForm;
  filter: RecordFilter;
  from: number | null;
  to: number | null;
  person: string | null;
  leave_out_names: boolean;
}

/** The statement of a site; the month like `2026-11`. */
export interface StatementWrite {
  site: number;
  month: string;
}

/** Files that were written, by their names. */
export interface Written {
  files: Array<string>;
  rows: number;
  words: string | null;
}

/** An export that was checked. */
export interface FileVerdict {
  file: string;
  whole: boolean;
  rows: number;
  line: number | null;
  row: number | null;
  damage: string | null;
  signed: "good" | "unknown_key" | "missing" | "bad";
  words: string | null;
  here: "same" | "other" | "shorter" | "differs";
  here_at: number | null;
}

/** What a clock counts. */
export type ClockKind = "tco_order" | "ncii_request" | "csam_report" | "life_threat" | "non_disclosure" | "reminder";

/** What a notice is. */
export type NoticeKind = "ncii_request" | "tco_order" | "dsa_notice" | "hotline_mail";

/** Who sent a notice. */
export type SenderKind = "person" | "authority" | "hotline" | "other";

/** Whom a report is for. */
export type PackKind = "ncmec" | "nca" | "hotline" | "police" | "dsa" | "plain";

/** A clock of a duty. */
export interface DutyClock {
  clock: number;
  case: number | null;
  kind: ClockKind;
  title: string;
  state: "running" | "met" | "missed" | "stopped";
  started: number;
  due: number | null;
  /** It asks for attention now. */
  asks: boolean;
  ended: number | null;
  end_reason: string | null;
  /** On a copy: a person can say that the site no longer shows it. */
  can_confirm: boolean;
  source: string;
  verified: boolean;
  sender: string | null;
  reference: string | null;
}

/** A report that was filed. */
export interface FiledReport {
  to: PackKind;
  number: string | null;
  at: number;
}

/** The statement of a case. `reason` is a word where the default of the harm holds. */
export interface Statement {
  state: "prepared" | "held" | "released";
  reason: string;
  until: number | null;
  is_default: boolean;
  text: string;
}

/** What a case asks for. */
export interface CaseDuties {
  clocks: Array<DutyClock>;
  filed: Array<FiledReport>;
  statement: Statement | null;
  /** Whether the file itself may be kept is still to be answered. */
  asks_evidence: boolean;
}

/** What only the operator knows for a report of this kind. */
export interface ReportForm {
  fields: Array<string>;
  asks_viewed: boolean;
}

/** A report that was written. */
export interface ReportMade {
  files: number;
  folder_shown: string;
}

/** The country profiles that were chosen. */
export interface Country {
  answers: CountryAnswers | null;
  profiles: Array<CountryProfile>;
}

/** Where the operator lives and works. */
export interface CountryAnswers {
  /** Two letters of a country, or `OTHER`. */
  lives: string;
  /** Two letters of a country, or `OTHER`. */
  hosted: string;
  /** The site serves people in the European Union. */
  serves_eu: boolean;
  /** The site serves people in the United Kingdom. */
  serves_uk: boolean;
  /** For a company, not alone. */
  company: boolean;
}

/** One country profile. */
export interface CountryProfile {
  name: string;
  title: string;
  as_of: string;
  checked_by: string;
  own_copy: boolean;
  problem: string | null;
  is_chosen: boolean;
}

/** In which language a page of Help is. */
export type HelpLanguage = "english" | "german";

/** A page of Help to be saved. */
export interface HelpAsk {
  profile: string;
  language: HelpLanguage;
}

/** One statement of a page of Help. */
export interface HelpLine {
  text: string;
  source: string;
  verified: boolean;
}

/** One part of it. */
export interface HelpPart {
  part: string;
  lines: Array<HelpLine>;
}

/** The page of Help of a country. */
export interface HelpPage {
  profile: CountryProfile;
  language: HelpLanguage;
  parts: Array<HelpPart>;
}

/** A clock that only the operator can know of. */
export interface ClockStart {
  case: number | null;
  kind: ClockKind;
  received: number;
  sender: string | null;
  reference: string | null;
  until: number | null;
  title: string | null;
  sure: boolean;
}

/** A clock is stopped, with a reason. */
export interface ClockStop {
  clock: number;
  reason: string;
}

/** A notice that was typed in, about a case; without one about a file, which the person chooses. */
export interface NoticeNew {
  case: number | null;
  kind: NoticeKind;
  from_kind: SenderKind;
  from: string;
  reference: string;
  received: number;
  names: string;
  checks: Array<string>;
  sure: boolean;
}

/** The file itself goes along, encrypted to the receiver's key. */
export interface ReportSealed {
  key: string;
  typed: string;
  why: string;
}

/** A report to be written. */
export interface ReportAsk {
  case: number;
  kind: PackKind;
  fields: { [key in string]: string };
  ips: Array<string>;
  viewed_outside: boolean | null;
  with_names: boolean;
  sealed: ReportSealed | null;
}

/** What the operator says about keeping the file itself. */
export type KeepAnswer = "keep" | "facts_only" | "later";

/** Whether the file itself may be kept. */
export interface EvidenceAnswer {
  case: number;
  answer: KeepAnswer;
  typed: string;
  reason: string;
}

/** A report that was filed. */
export interface ReportedNote {
  case: number;
  to: PackKind;
  number: string | null;
}

/** The statement of a case is held or was sent. */
export interface StatementChange {
  case: number;
  release: boolean;
  reason: string;
}

/** Rows of the record before number `before`. */
export interface RecordQuery {
  filter: RecordFilter;
  from: number | null;
  to: number | null;
  person: string | null;
  before: number | null;
  limit: number;
}

/** One row of the record. */
export interface RecordRow {
  seq: number;
  at: number;
  verb: string;
  person: string | null;
  case: number | null;
  facts: { [key: string]: string | number };
}

/** A page of the record, newest first. */
export interface RecordPage {
  rows: Array<RecordRow>;
  next: number | null;
  total: number;
}

/** Whether the record is whole. */
export interface LedgerState {
  whole: boolean;
  rows: number;
  broken_at: number | null;
  damage: string | null;
  since: number | null;
}

/** One day: `2026-11-23`, UTC. */
export interface DayCount {
  day: string;
  checked: number;
  cases: number;
}

/** Uploads that could not be checked, after number `after`. */
export interface UncheckedQuery {
  class: ReasonClass;
  after: number | null;
  limit: number;
}

/** One upload that could not be checked. */
export interface UncheckedRow {
  upload: number;
  site: string;
  path: string;
  reason: string;
  since: number;
  tries: number;
  /** Its bytes were compared, its picture was not. */
  bytes_compared: boolean;
}

/** A page of uploads that could not be checked. */
export interface UncheckedPage {
  rows: Array<UncheckedRow>;
  next: number | null;
  by_reason: Array<CountOf>;
}

/** These uploads, or all of a reason, or all. */
export interface TryAgain {
  uploads: Array<number> | null;
  reason: string | null;
}

/** A hold on a case. */
export interface HoldRow {
  /** Until when; null: no end. */
  ends: number | null;
  basis: string;
  /** Its time is not over. */
  holds: boolean;
}

/** One case with something in the vault, on the way there, or held. */
export interface VaultRow {
  row: CaseRow;
  /** Files in the vault, of which contents, and when the last of them was sealed. */
  sealed: number;
  sealed_at: number | null;
  /** Taken down, not yet sealed. */
  unsealed: number;
  hold: HoldRow | null;
  /** From when on deleting is offered; null while nothing is sealed. */
  deletable: number | null;
  /** Nothing forbids deleting now. */
  may_delete: boolean;
  /** A file is missing, or not what its record says. */
  evidence_missing: boolean;
  put_back_needs_note: boolean;
}

/** The key of the vault. */
export interface VaultKey {
  /** Something was sealed, so there is one. */
  made: boolean;
  is_here: boolean;
  /** `file`, `passphrase` or `key_store`; null when it is not here. */
  place: string | null;
  /** It is under a passphrase that was not typed since the start. */
  locked: boolean;
  /** A key store can be asked on this computer. */
  has_store: boolean;
  /** When its recovery key was saved. */
  saved: number | null;
}

/** The vault at a glance. */
export interface VaultView {
  rows: Array<VaultRow>;
  key: VaultKey;
  clock_days: number;
  /** Cases whose sealed files failed their last check. */
  missing: Array<number>;
}

/** What looking at every sealed file found. */
export interface VaultVerified {
  files: number;
  wrong: number;
}

/** How many holds end within 30, 7 and 1 days, and how many are over and wait for a person. */
export interface HoldsEnding {
  month: number;
  week: number;
  day: number;
  over: number;
}

/** A hold is set or moved; with `end` it is ended. */
export interface HoldSet {
  case: number;
  until: number | null;
  end: boolean;
  reason: string;
}

/** Files of a case go back; `beside` under another name where the path is taken. */
export interface PutBack {
  case: number;
  note: string | null;
  beside: boolean;
}

/** A case is deleted for good. */
export interface PurgeYes {
  case: number;
  typed: string;
  reason: string;
  early: boolean;
}

/** A sealed copy for a receiver. */
export interface ExportSealed {
  case: number;
  typed: string;
  reason: string;
  to: string;
}

/** Where the vault's key is to be kept: `file`, `passphrase` or `key_store`. */
export interface KeyKeep {
  place: string;
  passphrase: string;
}

/** Every command of the shell with its argument and its answer. One list on each side; `backend.ts` has one method for each. */
export interface Commands {
  app_state: [null, AppState];
  settings_set: [Settings, Settings];
  first_run_step: [number, null];
  first_run_finish: [null, null];
  practice_start: [null, SiteRow];
  practice_end: [null, null];
  leave: [null, Leave | null];
  leave_answer: [LeaveAnswered, null];
  counts: [null, Counts];
  inbox_page: [InboxQuery, InboxPage];
  case_detail: [number, CaseDetail];
  decide: [DecideRequest, Decided];
  undo: [number | null, Undone | null];
  redo: [null, Decided | null];
  drafts: [null, Array<DraftBatch>];
  act_now: [number, ActResult];
  put_back: [PutBack, ActResult];
  reopen: [number, null];
  open_singles: [number, number];
  note_add: [NoteAdd, null];
  claim: [Claim, null];
  selection: [SelectionAsk, Selection];
  question_save: [number, string | null];
  answer_read: [null, Answered | null];
  saved_views: [null, Array<SavedView>];
  saved_view_put: [SavedViewPut, Array<SavedView>];
  saved_view_remove: [number, Array<SavedView>];
  logs: [LogQuery, LogPage];
  report_safe: [null, string];
  report_safe_save: [null, string | null];
  storage_sizes: [null, Array<StorageSize>];
  removal: [null, Removal];
  removal_do: [RemovalYes, null];
  about: [null, About];
  page_ready: [null, null];
  reveal_open: [RevealAsk, RevealAnswer];
  reveal_pixels: [number, Pixels];
  reveal_close: [RevealEnd, null];
  viewing_state: [boolean, ViewingState];
  viewing_set: [ViewingLimits, ViewingState];
  viewing_stop: [null, ViewingState];
  viewing_go_on: [null, ViewingState];
  health: [null, Health];
  sites: [null, Array<SiteRow>];
  site_choose: [null, ChosenFolder | null];
  site_add: [SiteAdd, SiteRow];
  site_remove: [number, null];
  site_sweep: [number, null];
  site_pause: [SitePause, null];
  selftest: [number, SelfTest];
  site_software: [number, SiteSoftware];
  site_change: [SiteChange, number];
  site_map_choose: [number, boolean];
  site_map_forget: [number, null];
  case_todos: [number, Array<TodoRow>];
  todo_tick: [TodoTick, null];
  todo_done: [TodoPick, null];
  todo_sheet: [TodoPick, string | null];
  case_include: [CaseFile, null];
  case_split: [CaseFile, number | null];
  lists: [null, Array<ListRow>];
  list_formats: [null, Array<FormatRow>];
  list_versions: [number, Array<ListVersionRow>];
  list_difference: [ListVersion, ListDifference | null];
  list_going: [ListVersion, ListGoing];
  list_roll_back: [ListVersion, null];
  list_remove: [number, null];
  list_threshold: [number, ThresholdEffect];
  list_threshold_set: [ListThreshold, number];
  list_terms_set: [ListTerms, null];
  list_entries_off: [number, Array<EntryOff>];
  list_switch_on: [ListEntry, number];
  offer: [null, OfferState | null];
  offer_choose: [OfferChoose, boolean];
  offer_address: [OfferAddress, boolean];
  offer_again: [number, null];
  offer_answer: [OfferAnswers, null];
  offer_accept: [OfferYes, null];
  offer_end: [number, null];
  own_new: [OwnList, null];
  own_put: [OwnPut, OwnPutDone];
  own_entries: [number, Array<OwnEntry>];
  own_withdraw: [OwnWithdraw, OwnWithdrawn];
  own_key_new: [number, OwnKey | null];
  own_publish: [OwnPublish, OwnPublished | null];
  sources: [null, Sources];
  source_change: [SourceChange, boolean];
  sources_look: [null, null];
  source_forget: [number, null];
  quiet_set: [string | null, null];
  duty_clocks: [null, Array<DutyClock>];
  clock_start: [ClockStart, null];
  clock_stop: [ClockStop, null];
  clock_confirm: [number, null];
  notice_add: [NoticeNew, number | null];
  case_duties: [number, CaseDuties];
  report_form: [PackKind, ReportForm];
  report_make: [ReportAsk, ReportMade | null];
  reported: [ReportedNote, number];
  evidence_answer: [EvidenceAnswer, null];
  statement_change: [StatementChange, null];
  country: [null, Country];
  country_set: [CountryAnswers, Country];
  help_pages: [HelpLanguage, Array<HelpPage>];
  help_save: [HelpAsk, boolean];
  record_page: [RecordQuery, RecordPage];
  record_days: [number, Array<DayCount>];
  record_persons: [null, Array<string>];
  ledger_verify: [null, LedgerState];
  persons: [null, Persons];
  person_put: [PersonPut, null];
  person_remove: [string, null];
  person_switch: [string, null];
  copies: [number, CopiesFound];
  copies_join: [number, number];
  good_rules: [boolean, Array<GoodRule>];
  good_of_case: [number, GoodOfCase];
  good_add: [GoodAdd, GoodAdded];
  good_remove: [number, number];
  good_dismiss: [number, null];
  ledger_export: [number | null, Written | null];
  ledger_verify_file: [null, FileVerdict | null];
  table_write: [TableWrite, Written | null];
  statement_write: [StatementWrite, Written | null];
  transparency_write: [number, Written | null];
  handover_write: [null, Written | null];
  vault: [null, VaultView];
  hold_set: [HoldSet, null];
  purge_case: [PurgeYes, number];
  certificate_save: [number, boolean];
  export_sealed: [ExportSealed, number | null];
  vault_key_save: [null, boolean];
  vault_key_use: [null, boolean];
  vault_key_new: [null, null];
  vault_key_unlock: [string, null];
  vault_key_lock: [null, null];
  vault_key_keep: [KeyKeep, null];
  vault_verify: [null, VaultVerified];
  vault_clock_set: [number, null];
  unchecked_page: [UncheckedQuery, UncheckedPage];
  try_again: [TryAgain, number];
}
