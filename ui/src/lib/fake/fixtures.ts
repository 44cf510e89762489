// What the fake backend is filled with: fixed cases, sites, lists and faults of each scenario. No randomness.

import type { CaseDetail, CaseRow, Harm, ListRow, MatchDetail, MatchType, Problem, SelfTest, SiteRow, SourceRow, UncheckedRow, UploadRow } from "../../bindings.gen";
import { place } from "./offers";

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Scenarios of `?scenario=`. */
export type Scenario =
  | "empty" | "followed" | "many-lists" | "first-run" | "few" | "practice" | "two-hundred" | "ten-thousand" | "hundred-thousand" | "no-list" | "practice-only" | "problems" | "sweeping" | "slow" | "failing" | "broken" | "hostile-names" | "flood";

/** Names as a hostile uploader would choose them; Rust would have escaped most, the page must bear all of them. */
export const HOSTILE: readonly string[] = [
  '<img src=x onerror="document.title=1">.jpg', "<script>alert(1)</script>.png", "\u202egpj.exe", "a\u200b\u200b\u200bb.jpg", "{@html 1}{{7*7}}${7*7}.gif",
  "x".repeat(10_000), "line\nbreak\ttab.jpg", '"><style>*{display:none}</style>', "../../etc/passwd", "javascript:alert(1)", "&lt;b&gt;bold", "\u0627\u0644\u0639\u0631\u0628\u064a\u0629.jpg",
  "e\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301.png", "%3Cscript%3E.bmp", "con.jpg", "   spaces   .jpg", "\\u{202e}abc.jpg", "'; DROP TABLE upload;--.png",
];

interface Kind {
  harm: Harm;
  match: MatchType;
  distance: number | null;
  list: string;
}
const KINDS: readonly Kind[] = [
  { harm: "tvec", match: "exact", distance: null, list: "TCAP test" },
  { harm: "tvec", match: "near", distance: 12, list: "GIFCT test" },
  { harm: "tvec", match: "turned", distance: 9, list: "GIFCT test" },
  { harm: "csam", match: "exact", distance: null, list: "" },
  { harm: "local", match: "exact", distance: null, list: "My own list" },
  { harm: "malware", match: "exact", distance: null, list: "Abuse files" },
  { harm: "ncii", match: "near", distance: 24, list: "" },
  { harm: "local", match: "near", distance: 3, list: "My own list" },
  { harm: "tvec", match: "near", distance: 28, list: "TCAP test" },
  { harm: "csam", match: "near", distance: 17, list: "" },
];
const FOLDERS = ["2026/11", "files", "images", "2026/10", "avatars", "a/ab"];
const TYPES = ["jpeg", "png", "webp", "gif", "jpeg"];
const FILES = [14, 1, 3, 1, 1, 2, 1, 6, 1, 40];

/** The n-th case of a scenario, made from its number alone. */
export function caseRow(n: number, now: number, over: Partial<CaseRow> = {}): CaseRow {
  const kind = KINDS[n % KINDS.length] as Kind;
  const seen = now - (n < 3 ? (n + 1) * 2 * MINUTE : n * 37 * MINUTE);
  return {
    case: 1042 + n, state: "open", harm: kind.harm, protected: kind.harm === "csam" || kind.harm === "ncii" || kind.harm === "unknown", match: kind.match,
    distance: kind.distance, list: kind.list, more_lists: n % 6 === 1 ? 1 : 0, files: FILES[(n * 3) % FILES.length] ?? 1, sites: [n % 4 === 2 ? "wiki" : "forum"],
    folder: FOLDERS[n % FOLDERS.length] ?? "", kind: TYPES[n % TYPES.length] ?? "jpeg", size: 9_000 + ((n * 48_271) % 900_000), first_seen: seen, updated: seen,
    decision: null, act_at: null, back_at: null, second_look: null, moved: null, left: null, claimed_by: null, has_note: n % 9 === 4, agreement: "one_list", flood: null, todo: null, group: null, came_back_as: n % 10 === 4 ? "sync" : null, ...over,
  };
}

/** A practice case, as the practice site brings them in. */
export function practiceRow(n: number, now: number): CaseRow {
  const match: MatchType = n === 0 ? "exact" : n === 1 ? "near" : "turned";
  return {
    ...caseRow(0, now), case: n + 1, harm: "practice", protected: false, match, distance: match === "exact" ? null : n === 1 ? 6 : 8, list: "Practice list", more_lists: 0,
    files: 1, sites: ["Practice"], folder: "", kind: n === 1 ? "jpeg" : "png", size: 41_300 - n * 9_000, first_seen: now, updated: now, has_note: false,
  };
}

/** The n-th of twenty practice cases: exact and near in turn. */
export function practiceCase(n: number, now: number): CaseRow {
  const near = n % 2 === 1;
  return { ...practiceRow(near ? 1 : 0, now), case: n + 1, distance: near ? 4 + (n % 9) : null };
}

function matchOf(row: CaseRow, now: number): MatchDetail {
  const list = row.list || (row.harm === "csam" ? "Hotline list" : "StopNCII");
  return {
    list, list_version: 118, entry: "entry 412", kind: row.match === "exact" ? "sha256" : "pdq", match: row.match, distance: row.distance,
    threshold: row.match === "exact" ? null : 31, view: row.match === "turned" ? "quarter_turn" : "original", status: row.case % 3 === 0 ? "suspected" : "confirmed",
    labels: row.harm === "tvec" ? ["propaganda", "image"] : [], harm: row.harm, withdrawn: false, switched_off: false, list_updated: now - 4 * HOUR,
    difference: row.match === "exact" || row.protected ? null : "80".repeat(row.distance ?? 0).padEnd(64, "0").slice(0, 64),
  };
}

/** What was decided on the same content before: of a case that came back, that it was taken down. */
function earlierOf(row: CaseRow, now: number): CaseDetail["earlier"] {
  if (row.second_look !== "came_back") return [];
  return [{ at: now - 9 * DAY, person: "Ana", decision: "take_down", note: "same user as Tuesday", case: row.case }];
}

/** What a case says in full, made from its row. */
export function caseDetail(row: CaseRow, extra: Pick<CaseDetail, "history">, hostile: boolean, now: number): Omit<CaseDetail, "reveal" | "revealed"> {
  const uploads: UploadRow[] = Array.from({ length: Math.min(row.files, 200) }, (_, i) => ({
    upload: row.case * 1000 + i, site: row.sites[0] ?? "forum",
    path: hostile ? HOSTILE[(row.case + i) % HOSTILE.length] ?? "" : `${row.folder ? `${row.folder}/` : ""}${i % 3 === 1 ? "thumb_" : ""}${2 + (i % 7)}_${(row.case * 7919 + i * 104_729).toString(16)}${i % 3 === 1 ? "-150x150" : ""}.${row.kind === "jpeg" ? "jpg" : row.kind}`,
    relation: i === 0 ? "same_bytes" : i % 3 === 1 ? "generated_size" : i % 3 === 2 ? "near_copy" : "same_bytes",
    size: Math.max(900, Math.round(row.size / (1 + (i % 3) * 6))), mtime: row.first_seen - i * MINUTE,
    place: row.state === "decided" && row.decision === "take_down" ? "holding" : "site", reason: null, uploader: i % 2 === 0 ? "2" : null,
    role: i % 3 === 1 ? "generated" : "upload", from_name: i % 2 === 0 ? { uploader: "2", at: row.first_seen - DAY } : {},
    from_map: i === 0 ? { uploader_name: hostile ? HOSTILE[0] ?? "" : "Bob", post_id: "8841" } : {}, distance: i % 3 === 0 ? null : 6, not_included: null, can_split: i % 3 !== 0,
  }));
  const similar: UploadRow[] = uploads.slice(0, row.files > 10 ? 1 : 0).map((it) => ({ ...it, upload: it.upload + 900, path: `thumb_${it.path}`, relation: "only_similar", role: "generated", from_map: {}, not_included: "other_picture", can_split: false }));
  const first = matchOf(row, now);
  const matches = row.more_lists > 0 ? [first, { ...first, list: "GIFCT test", match: "near" as const, kind: "pdq", distance: 12, threshold: 31, entry: "entry 98", status: "suspected" as const, labels: [] }] : [first];
  const open = row.state === "open" || row.state === "asked" || row.state === "snoozed";
  const hard = row.harm === "csam" || row.harm === "unknown";
  return {
    row, matches: row.files === 2 ? [{ ...first, kind: "md5" }, ...matches.slice(1)] : matches, uploads, similar, history: extra.history, earlier: earlierOf(row, now),
    plan: { files: row.files, moves: true, sites: row.sites.map((site) => ({ site, mode: site === "wiki" ? "copy" : "live", files: row.files })) },
    width: 1280, height: 720, quality: row.match === "exact" ? null : 83, sha256: row.protected ? null : "9f2c4b7a1d3e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8", pixels_reason: row.kind === "gif" ? "decoder_error" : null,
    keep_needs_note: hard, snooze_choices: hard ? ["in_4_hours", "in_24_hours"] : ["later_today", "tomorrow", "next_week", "list_updates"],
    can_put_back: row.state === "decided" && row.decision === "take_down", can_reopen: !open && row.state === "decided" && row.decision !== "take_down",
  };
}

const DAYS = [310, 402, 298, 512, 688, 420, 377, 301, 290, 455, 601, 812, 540, 390, 344, 287, 301, 498, 640, 590, 410, 385, 330, 312, 470, 620, 702, 498, 405, 212];

export function selftestOk(site: string, at: number): SelfTest {
  return { at, site, ok: true, stage: "removed", seen_ms: 812, checked_ms: 1_090, inbox_ms: 1_204, reason: null };
}

export function forum(now: number, over: Partial<SiteRow> = {}): SiteRow {
  return {
    site: 1, name: "forum", mode: "live", practice: false, root_shown: "…/forum/files", health: "watching", health_since: now - 9 * HOUR, paused_until: null,
    skipped: 0, preset: "phpbb", take_down: "move", seen: 18_204, checked: 17_900, by_design: 301, need_you: 3, waiting: 0, gone: 122, last_sweep: now - 42 * SECOND, last_sweep_took_ms: 612, period_s: 60, events: true,
    blind_gaps: 1, longest_blind_gap_s: 240, selftest: selftestOk("forum", now - 26 * HOUR), sweep: null, days: DAYS, ...over,
  };
}

export function wiki(now: number, over: Partial<SiteRow> = {}): SiteRow {
  return {
    ...forum(now), site: 2, name: "wiki", mode: "copy", preset: "mediawiki", root_shown: "…/mirror/images", seen: 4_120, checked: 4_066, by_design: 54, need_you: 0, gone: 8, events: false,
    health: "polling", period_s: 60, blind_gaps: 0, longest_blind_gap_s: 0, selftest: null, days: DAYS.map((n, i) => Math.round(n / (i % 5 === 2 ? 3 : 9))), ...over,
  };
}

export function practiceSite(now: number): SiteRow {
  return { ...forum(now), site: 9, name: "Practice", practice: true, root_shown: "…/practice/uploads", seen: 4, checked: 4, by_design: 0, need_you: 0, gone: 0, blind_gaps: 0, longest_blind_gap_s: 0, selftest: null, days: DAYS.map((_, i) => (i === 29 ? 4 : 0)) };
}

/** What the lists of the fake have in common. */
const LIST = {
  polarity: "alert" as const, practice: false, format: "csv", format_title: "CSV with a header", trust: "suspected" as const, own_trust: true, kept: [], threshold: 31, state: "ready" as const, since: null, expires: null, signed: false,
  why: "the first line names the columns sha256, md5 and pdq", file_shown: "list.csv", source: null, own: false, published: null, given_by: "", terms: "", review: null, review_due: false,
};
function kinds(names: string[], entries: number): ListRow["kinds"] {
  return names.map((name) => ({ name, count: entries }));
}

export function practiceList(now: number): ListRow {
  return { ...LIST, list: 99, name: "Practice list", harm: "practice", practice: true, format: "hash_lines", entries: 6, can_match: 6, kinds: kinds(["sha256", "pdq"], 6), seq: 1, updated: now, open_cases: 0 };
}

export function ownLists(now: number): ListRow[] {
  return [
    { ...LIST, list: 1, name: "TCAP test", harm: "tvec", entries: 12_040, can_match: 12_009, kinds: kinds(["sha256", "md5", "pdq"], 4_003), kept: [{ name: "photodna", count: 31 }], seq: 118, updated: now - 4 * HOUR, open_cases: 4, given_by: "Tech Against Terrorism", terms: "Not to be passed on. Ends with the membership.", review: now - DAY, review_due: true },
    { ...LIST, list: 2, name: "GIFCT test", harm: "tvec", entries: 48_311, can_match: 48_311, kinds: kinds(["pdq"], 48_311), seq: 12, updated: now - 2 * DAY, open_cases: 3 },
    { ...LIST, list: 3, name: "My own list", harm: "local", own: true, format: "shl", format_title: "signed list", entries: 18, can_match: 18, kinds: kinds(["sha256", "pdq"], 18), seq: 6, updated: now - 5 * HOUR, open_cases: 2 },
    { ...LIST, list: 4, name: "Known files", harm: "local", polarity: "ignore", entries: 2_000_000, can_match: 2_000_000, kinds: kinds(["sha1"], 2_000_000), seq: 1, updated: now - 90 * DAY, state: "raises_nothing", open_cases: 0 },
  ];
}

export function hotline(now: number, current: boolean): ListRow {
  const made: ListRow = { ...LIST, list: 5, name: "Hotline list", harm: "csam", format: "vics", format_title: "Project VIC and CAID hash sets", entries: 1_204_113, can_match: 1_204_113, kinds: kinds(["md5", "pdq"], 602_056), seq: 31, updated: now - 31 * DAY, state: "out_of_date", since: now - DAY, open_cases: 2 };
  return current ? { ...made, state: "ready", since: null, updated: now - 9 * HOUR } : made;
}

/** Lists from elsewhere in every state: fresh and signed, failing, paused, by hand, waiting for a yes, and one that was never looked at. */
export function followed(now: number): ListRow[] {
  const [tcap, gifct, ours, known] = ownLists(now) as [ListRow, ListRow, ListRow, ListRow];
  // As large as ours, and from elsewhere.
  const own: ListRow = { ...ours, own: false, format: LIST.format, format_title: LIST.format_title };
  const fed = (list: ListRow, source: SourceRow): ListRow => ({ ...list, source: { ...source, list: list.list, list_name: list.name } });
  return [
    fed({ ...tcap, signed: true, own_trust: false, format: "shl", format_title: "signed list", expires: now + 29 * DAY }, place(1, now)),
    fed(gifct, place(2, now, { host: "exchange.example", shown: "https://exchange.example/updates", secrets: ["authorization"], other_hosts: ["cdn.example"] })),
    fed({ ...own, state: "old", since: now - 8 * DAY }, place(3, now, { kind: "folder", host: null, shown: "…/lists/own", every_hours: 1, state: "paused", next: null })),
    fed(known, place(4, now, { kind: "file", host: null, shown: "…/lists/known.txt", every_hours: 0, state: "by_hand", next: null })),
    fed({ ...hotline(now, false), state: "not_reached", since: now - 3 * DAY }, place(5, now, { host: "hotline.example", shown: "https://hotline.example/list.json?…", state: "failing", succeeded: now - 3 * DAY, next: now + 40 * MINUTE, error_code: "not_reached", error: "hotline.example was not reached. The version in use stays in use." })),
    fed({ ...own, list: 6, name: "Forum circle", harm: "ncii", expires: now - DAY, state: "out_of_date", since: now - DAY, signed: true }, place(6, now, { host: "circle.example", shown: "https://circle.example/index.json", state: "failing", error_code: "access_refused", error: "circle.example refuses access. The version in use stays in use.", secrets: ["authorization"] })),
    fed({ ...own, list: 7, name: "Abuse files", harm: "malware" }, place(7, now, { host: "files.example:8443", shown: "https://files.example:8443/hashes.txt", private_network: true, own_root: true, state: "failing", error_code: "guard", error: "", next: now - MINUTE })),
  ];
}

/** So many lists that one has to be looked for. */
export function manyLists(now: number): ListRow[] {
  return Array.from({ length: 400 }, (_, n) => ({ ...(ownLists(now)[n % 4] as ListRow), list: 1_000 + n, name: `Community list ${n + 1}`, updated: now - n * HOUR }));
}

/** Faults of the scenario "problems", worst first. */
export function faults(now: number): Problem[] {
  const none = { site: null, list: null, count: null, since: null };
  return [
    { ...none, code: "ledger_broken", count: 803, since: now - 3 * HOUR },
    { ...none, code: "site_missing", site: "wiki", since: now - 2 * HOUR },
    { ...none, code: "list_out_of_date", list: null, since: now - DAY },
    { ...none, code: "selftest_failed", site: "forum", since: now - 26 * HOUR },
    { ...none, code: "permission_denied", site: "forum", count: 142 },
    { ...none, code: "no_such_code_yet" },
  ];
}

const UNCHECKED: readonly [string, boolean][] = [
  ["permission_denied", false], ["decoder_crashed", true], ["changing", true], ["io_error", false], ["sandbox_unavailable", true], ["mount_boundary", false],
];
const BY_DESIGN: readonly [string, boolean][] = [
  ["unsupported_format", true], ["container_not_examined", true], ["low_quality_hash", true], ["too_large", false], ["symlink", false], ["decoder_error", true], ["pixel_limit", true],
];

/** Uploads that could not be checked: a few that need a person, many that do not. */
export function unchecked(now: number, hostile: boolean): { need: UncheckedRow[]; design: UncheckedRow[] } {
  const row = (i: number, [reason, compared]: readonly [string, boolean]): UncheckedRow => ({
    upload: 500 + i, site: i % 4 === 2 ? "wiki" : "forum", path: hostile ? HOSTILE[i % HOSTILE.length] ?? "" : `${FOLDERS[i % FOLDERS.length] ?? ""}/${2 + (i % 9)}_${(i * 7919 + 40_961).toString(16)}.${["attach", "png", "zip", "heic"][i % 4] ?? "dat"}`,
    reason, since: now - (i + 1) * 53 * MINUTE, tries: 1 + (i % 4), bytes_compared: compared,
  });
  return {
    need: UNCHECKED.map((it, i) => row(i, it)),
    design: Array.from({ length: 301 }, (_, i) => row(i + 20, BY_DESIGN[i % BY_DESIGN.length] as readonly [string, boolean])),
  };
}
