// What the fake engine knows and does by itself: cases, sites, lists, the record, in memory. The doors beside this file answer calls with it.

import type {
  ActResult, AppState, CaseRow, CaseView, CaseOrder, Decided, DecisionKind, Health, HistoryRow, ImportPreview, InboxQuery, Language,
  ListRow, OfferAnswers, Problem, RecordRow, SavedView, SiteRow, SnoozeUntil, Stale, StalePush, SweepProgress, WireError,
} from "../../bindings.gen";
import { TONGUES } from "../language.svelte";
import {
  caseRow, DAY, faults, followed, forum, HOSTILE, hotline, HOUR, manyLists, MINUTE, ownLists, practiceCase, practiceList, type Scenario, SECOND, unchecked, wiki,
} from "./fixtures";
import { FakeDuties } from "./duties";
import { FakeOffers } from "./offers";
import { FakeShared } from "./shared";
import { FakeSoftware } from "./software";
import { FakeVault } from "./vault";
import { FakeDesktop } from "./desktop";
import { FakeViewing } from "./viewing";


export interface Batch {
  batch: number;
  decision: DecisionKind;
  before: CaseRow[];
  files: number;
  act_at: number | null;
  until: number;
  final: boolean;
  undone: boolean;
  note: string | null;
  snooze: SnoozeUntil | null;
}

const HARM_ORDER = ["csam", "unknown", "ncii", "malware", "tvec", "local", "practice"];
const MATCH_ORDER = ["exact", "near", "turned"];
const SNOOZE_MS: Record<SnoozeUntil, number> = { later_today: 4 * HOUR, tomorrow: 19 * HOUR, next_week: 7 * DAY, list_updates: 30 * DAY, in_4_hours: 4 * HOUR, in_24_hours: 24 * HOUR };
const SIZES: Partial<Record<Scenario, number>> = { few: 9, "two-hundred": 200, "ten-thousand": 10_000, "hundred-thousand": 100_000, problems: 5, sweeping: 3, slow: 9, failing: 6, broken: 4, "hostile-names": 24, flood: 2 };

export function fault(code: string, detail: string | null = null): WireError {
  return { code, detail };
}

function inView(row: CaseRow, view: CaseView): boolean {
  switch (view) {
    case "inbox": return row.state === "open";
    case "exact": return row.state === "open" && row.match === "exact";
    case "near": return row.state === "open" && row.match !== "exact";
    case "second_look": return row.state === "open" && row.second_look !== null;
    case "to_do": return row.state === "decided" && row.todo !== null && row.todo !== "closed";
    case "asked": return row.state === "asked";
    case "snoozed": return row.state === "snoozed";
    case "recent": return row.state === "drafted" || row.state === "decided" || row.state === "closed";
  }
}

function inOrder(order: CaseOrder, view: CaseView): (a: CaseRow, b: CaseRow) => number {
  if (view === "recent") return (a, b) => b.updated - a.updated || b.case - a.case;
  const serious = (a: CaseRow, b: CaseRow) =>
    HARM_ORDER.indexOf(a.harm) - HARM_ORDER.indexOf(b.harm) || MATCH_ORDER.indexOf(a.match) - MATCH_ORDER.indexOf(b.match) || (a.distance ?? 0) - (b.distance ?? 0) || b.first_seen - a.first_seen;
  const by = { most_serious: serious, newest: (a: CaseRow, b: CaseRow) => b.first_seen - a.first_seen, oldest: (a: CaseRow, b: CaseRow) => a.first_seen - b.first_seen, most_files: (a: CaseRow, b: CaseRow) => b.files - a.files }[order];
  return (a, b) => by(a, b) || a.case - b.case;
}

/** The engine in memory; tests reach it through `globalThis.gatehouseFake`. */
export class World {
  readonly scenario: Scenario;
  readonly started = Date.now();
  told: ((push: StalePush) => void)[] = [];
  cases = new Map<number, CaseRow>();
  history = new Map<number, HistoryRow[]>();
  batches: Batch[] = [];
  record: RecordRow[] = [];
  sites: SiteRow[] = [];
  lists: ListRow[] = [];
  /** The entry that was off raises again. */
  switchedOn = false;
  problems: Problem[] = [];
  unchecked: ReturnType<typeof unchecked>;
  app: AppState;
  nextCase = 50_000;
  nextSite = 20;
  slowMs: number;
  requests = new Map<string, Decided>();
  quiet: string | null = null;
  saved: SavedView[] = [];
  looking: number | null = null;
  /** The newest version of a list that went back. */
  newest = new Map<number, number>();
  readonly offers: FakeOffers;
  readonly shared: FakeShared;
  readonly software = new FakeSoftware();
  readonly vault: FakeVault;
  /** The reveals of this run; tests read them. */
  readonly viewing = new FakeViewing();
  readonly desktop = new FakeDesktop(Date.now());
  readonly duties: FakeDuties;

  constructor(query: URLSearchParams) {
    this.scenario = (query.get("scenario") ?? "few") as Scenario;
    const now = this.started;
    const hostile = this.scenario === "hostile-names";
    const fresh = this.scenario === "first-run";
    this.slowMs = this.scenario === "slow" ? 900 : 2;
    const theme = query.get("theme");
    this.app = {
      version: "0.1.0", home_shown: "…/.local/share/gatehouse", first_run_done: !fresh, first_run_step: 1, has_practice: false, stopped_unexpectedly_at: this.scenario === "problems" ? now - 40 * MINUTE : null,
      settings: { language: languageOf(query.get("language")), theme: theme === "dark" || theme === "light" ? theme : "system", density: "comfortable", undo_seconds: Number(query.get("undo") ?? 60), single_keys: true, person: "me", text_percent: Number(query.get("text") ?? 100), announce_arrivals: false, two_presses: query.get("presses") === "two", press_seconds: 3, outline_strength: 1, break_minutes: 50, keys: "", group: "none", on_close: "ask", autostart: false, notify_cases: true, notify_faults: true, notify_holds: true, notify_quiet: "" },
    };
    for (let n = 0; n < (SIZES[this.scenario] ?? 0); n += 1) {
      const row = caseRow(n, now, hostile ? { list: HOSTILE[n % HOSTILE.length] ?? "", folder: HOSTILE[(n + 3) % HOSTILE.length] ?? "", sites: [HOSTILE[(n + 5) % HOSTILE.length] ?? ""] } : n === 4 && this.scenario !== "slow" ? { second_look: "came_back" } : {});
      this.put(row);
    }
    if (this.scenario === "practice") for (let n = 0; n < 20; n += 1) this.put(practiceCase(n, now));
    if (this.scenario === "few") {
      this.put(caseRow(30, now, { case: 990, state: "asked", decision: "ask", back_at: now + 2 * DAY, harm: "local", protected: false, list: "My own list" }));
      this.put(caseRow(31, now, { case: 991, state: "snoozed", decision: "snooze", back_at: now + 18 * HOUR }));
      this.put(caseRow(32, now, { case: 992, state: "decided", decision: "take_down", moved: 12, left: 2, files: 14, updated: now - 3 * HOUR }));
      this.put(caseRow(34, now, { case: 993, state: "decided", decision: "keep", updated: now - 5 * HOUR }));
    }
    if (this.scenario === "flood") {
      const one = { harm: "tvec", protected: false, list: "TCAP test", match: "near", distance: 21, agreement: "suspected" } as const;
      this.put(caseRow(40, now, { ...one, case: 970, second_look: "flood", flood: 4 }));
      for (const number of [971, 972, 973]) this.put(caseRow(number, now, { ...one, case: number, state: "held" }));
    }
    if (this.scenario === "two-hundred") this.put(caseRow(1, now, { case: 870, files: 5_012, harm: "csam", protected: true, list: "", match: "exact", distance: null }));
    if (!fresh) {
      this.sites = [forum(now), wiki(now, this.scenario === "problems" ? { health: "missing", health_since: now - 2 * HOUR } : {})];
      if (hostile) this.sites = this.sites.map((site, i) => ({ ...site, name: HOSTILE[i] ?? "", root_shown: HOSTILE[5] ?? "" }));
      if (this.scenario !== "no-list") this.lists = this.scenario === "practice-only" ? [practiceList(now)] : [...ownLists(now), ...(this.scenario === "empty" ? [] : [hotline(now, this.scenario !== "problems")])];
      if (this.scenario === "followed") this.lists = followed(now);
      if (this.scenario === "many-lists") this.lists = manyLists(now);
      if (hostile) this.lists = this.lists.map((list, i) => ({ ...list, name: HOSTILE[i] ?? "" }));
    }
    if (this.scenario === "problems") this.problems = faults(now);
    if (this.scenario === "no-list") this.problems = [{ code: "no_list", site: null, list: null, count: null, since: null }];
    if (this.scenario === "practice-only") this.problems = [{ code: "practice_list_only", site: null, list: null, count: null, since: null }];
    if (this.scenario === "few" || this.scenario === "two-hundred") this.problems = [];
    this.unchecked = fresh ? { need: [], design: [] } : unchecked(now, hostile);
    if (this.scenario === "empty") this.unchecked.need = this.unchecked.need.slice(0, 3);
    if (!fresh) this.fillRecord(now);
    if (this.scenario === "sweeping") this.sweepOn(1, 18_204, 14);
    this.shared = new FakeShared(this.scenario === "few" ? ["Ana", "Bo"] : [], fault, (name) => {
      this.app = { ...this.app, settings: { ...this.app.settings, person: name } };
      this.push("settings", "record");
    });
    this.duties = new FakeDuties(this.scenario, now);
    this.vault = new FakeVault(this.scenario, now, (verb, id, facts) => this.write(verb, id, facts));
    this.offers = new FakeOffers({
      scenario: this.scenario, lists: () => this.lists, later: (ms, run) => this.later(ms, run), told: () => this.push("offer"), imported: (preview, answers) => this.imported(preview, answers),
    });
  }

  imported(preview: ImportPreview, answers: OfferAnswers): ListRow {
    const before = this.lists.find((it) => it.list === preview.next_version_of);
    const base = before ?? (ownLists(Date.now())[0] as ListRow);
    const made: ListRow = before
      ? { ...before, seq: before.seq + 1, updated: Date.now(), entries: before.entries + preview.added - preview.withdrawn, state: "ready", since: null }
      : { ...base, list: 200 + this.lists.length, name: answers.name, harm: answers.under_18 ? "csam" : (answers.harm ?? preview.harm), polarity: answers.polarity ?? "alert", trust: answers.trust ?? "suspected", seq: 1, updated: Date.now(), open_cases: 3, signed: preview.signing !== null };
    this.lists = before ? this.lists.map((it) => (it.list === made.list ? made : it)) : [...this.lists, made];
    this.problems = this.problems.filter((it) => it.code !== "no_list" && it.code !== "practice_list_only");
    this.write("list_imported", null, { list: made.name, seq: made.seq });
    this.push("lists", "health", "inbox");
    return made;
  }

  put(row: CaseRow): void {
    this.cases.set(row.case, row);
    this.history.set(row.case, [
      { at: row.first_seen + 900, verb: "matched", person: null, facts: { list: row.protected ? "Protected list" : row.list } },
      ...(row.has_note ? [{ at: row.first_seen + 3 * MINUTE, verb: "noted", person: "Ana", facts: { note: "same user as Tuesday" } }] : []),
    ]);
  }

  fillRecord(now: number): void {
    const rows: [string, Record<string, string | number>][] = [
      ["decided", { decision: "take_down" }], ["final", { decision: "take_down" }], ["done", { action: "quarantine" }], ["decided", { decision: "keep" }],
      ["list_imported", { list: "TCAP test", seq: 118, entries: 12_040 }], ["selftest", { site: "forum" }], ["decided", { decision: "snooze" }],
      ["undone", { decision: "keep" }], ["site_added", { site: "wiki" }], ["restored", { site: "forum" }],
    ];
    for (let i = 240; i > 0; i -= 1) {
      const [verb, facts] = rows[(i * 7) % rows.length] ?? ["noted", {}];
      const ofCase = !("list" in facts) && !verb.startsWith("site") && verb !== "selftest";
      this.record.push({ seq: 1204 - i, at: now - i * 3.3 * HOUR, verb, person: verb === "done" ? null : i % 3 === 0 ? "me" : "Ana", case: ofCase ? 800 + i : null, facts });
    }
  }

  write(verb: string, id: number | null, facts: Record<string, string | number>): void {
    const now = Date.now();
    this.record.push({ seq: (this.record.at(-1)?.seq ?? 0) + 1, at: now, verb, person: this.app.settings.person, case: id, facts });
    if (id !== null) this.history.get(id)?.push({ at: now, verb, person: this.app.settings.person, facts });
  }

  push(...stale: Stale[]): void {
    for (const told of this.told) told({ stale });
  }

  later(ms: number, run: () => void): void {
    setTimeout(run, ms);
  }

  // ——— test hooks ———

  /** `n` cases come in now. */
  arrive(n: number): void {
    for (let i = 0; i < n; i += 1) this.put(caseRow(3, Date.now(), { case: this.nextCase++, first_seen: Date.now(), has_note: false }));
    this.push("inbox");
  }

  /** Somebody else decides a case. */
  decideElsewhere(id: number): void {
    const row = this.cases.get(id);
    if (row) this.cases.set(id, { ...row, state: "decided", decision: "keep", updated: Date.now() });
    this.push("inbox", "record");
  }

  // ——— sweeps ———

  sweepOn(site: number, total: number, seconds: number): void {
    const began = Date.now();
    const step = (): void => {
      const done = Math.min(total, Math.round(((Date.now() - began) / (seconds * SECOND)) * total));
      const name = this.sites.find((it) => it.site === site)?.name ?? "forum";
      const rate = total / seconds;
      const sweep: SweepProgress | null = done >= total ? null : {
        site, site_name: name, done, total, bytes_done: done * 212_000, bytes_total: total * 212_000, files_per_s: rate, left_s: Math.round((total - done) / rate),
      };
      this.sites = this.sites.map((it) => (it.site === site ? { ...it, sweep, last_sweep: sweep ? it.last_sweep : Date.now() } : it));
      this.push("sites", "health");
      if (sweep) this.later(500, step);
    };
    step();
  }

  sweeps(): SweepProgress[] {
    return this.sites.flatMap((site) => (site.sweep ? [site.sweep] : []));
  }

  // ——— decisions ———

  counting(view: CaseView): number {
    return [...this.cases.values()].filter((row) => row.harm !== "practice" && inView(row, view)).length;
  }

  finish(batch: Batch): ActResult {
    batch.final = true;
    let done = 0;
    for (const before of batch.before) {
      const row = this.cases.get(before.case);
      if (!row) continue;
      done += row.files;
      this.cases.set(row.case, { ...row, state: "decided", act_at: null, moved: batch.decision === "take_down" ? row.files : null, left: batch.decision === "take_down" ? 0 : null, todo: batch.decision === "take_down" && row.harm !== "practice" ? "open" : null, updated: Date.now() });
      this.write(batch.decision === "take_down" ? "done" : "final", row.case, { decision: batch.decision, files: row.files });
    }
    this.push("inbox", "record");
    return { done, left: [] };
  }

  decide(cases: number[], decision: DecisionKind, note: string | null, snooze: SnoozeUntil | null): Decided {
    if (this.scenario === "failing") throw fault("permission_denied");
    const now = Date.now();
    const seconds = this.app.settings.undo_seconds;
    const drafted = decision === "take_down" || decision === "keep";
    const act_at = drafted ? now + seconds * SECOND : null;
    const before = cases.flatMap((id) => this.cases.get(id) ?? []);
    if (before.length === 0) throw fault("not_found");
    for (const row of before) {
      if (decision === "keep" && (row.harm === "csam" || row.harm === "unknown") && (note?.trim().length ?? 0) < 10) throw fault("note_needed");
      const back_at = decision === "ask" ? now + 3 * DAY : snooze ? now + SNOOZE_MS[snooze] : null;
      this.cases.set(row.case, { ...row, state: drafted ? "drafted" : decision === "ask" ? "asked" : "snoozed", decision, act_at, back_at, second_look: null, has_note: row.has_note || note !== null, updated: now });
      this.write("decided", row.case, { decision, files: row.files, ...(note ? { note } : {}) });
    }
    const batch: Batch = { batch: this.batches.length + 1, decision, before, files: before.reduce((sum, row) => sum + row.files, 0), act_at, until: now + seconds * SECOND, final: false, undone: false, note, snooze };
    this.batches.push(batch);
    this.later(seconds * SECOND, () => {
      if (batch.undone || batch.final) return;
      if (drafted) this.finish(batch);
      else batch.final = true;
    });
    this.push("inbox", "record");
    return { batch: batch.batch, decision, cases, files: batch.files, act_at, seconds };
  }

  health(): Health {
    const own = this.sites.filter((site) => !site.practice);
    const sum = (of: (site: SiteRow) => number): number => own.reduce((all, site) => all + of(site), 0);
    const counting = this.lists.filter((list) => list.polarity === "alert" && !list.practice && list.state !== "out_of_date");
    const problems = [...this.problems];
    for (const site of own) if (site.health === "paused" && site.paused_until) problems.push({ code: "paused", site: site.name, list: null, count: null, since: site.paused_until });
    return {
      watching: this.sites.length === 0 ? "no" : "here", sites: this.sites.length, practice_only: own.length === 0 && this.sites.length > 0, problems, sweeps: this.sweeps(),
      coverage: { seen: sum((s) => s.seen), checked: sum((s) => s.checked), by_design: sum((s) => s.by_design), need_you: sum((s) => s.need_you), waiting: 0, gone: sum((s) => s.gone), up_to: own.length > 0 ? Math.min(...own.map((s) => s.last_sweep ?? 0)) : null, lists: counting.length },
      oldest_list: counting.length > 0 ? Math.min(...counting.map((list) => list.updated)) : null, selftest: own[0]?.selftest ?? null, longest_blind_gap_s: 240, holds: this.vault.ending(Date.now()),
    };
  }

  found(query: InboxQuery): CaseRow[] {
    const text = query.search.toLowerCase();
    const { harms, matches, kinds, max_distance, has_note, claimed, folder, since, until, min_size, max_size } = query.filter;
    return [...this.cases.values()].filter((it) => inView(it, query.view)
      && (text === "" || `${it.case} ${it.list} ${it.folder} ${it.sites.join(" ")}`.toLowerCase().includes(text))
      && (harms.length === 0 || harms.includes(it.harm)) && (matches.length === 0 || matches.includes(it.match)) && (max_distance === null || (it.distance ?? 0) <= max_distance)
      && (kinds.length === 0 || kinds.includes(it.kind)) && (since === null || it.first_seen >= since) && (until === null || it.first_seen < until)
      && it.size >= (min_size ?? 0) && it.size <= (max_size ?? Infinity) && (has_note === null || it.has_note === has_note) && (!claimed || it.claimed_by !== null) && (folder === "" || it.folder.startsWith(folder))).sort(inOrder(query.order, query.view));
  }
}

/** English unless the page address says another; `en-xa` and `en-xb` are the pseudo-languages that `scripts/pseudo.mjs` makes. */
function languageOf(asked: string | null): Language {
  if (asked?.startsWith("en-x")) TONGUES[asked] = { direction: asked === "en-xb" ? "rtl" : "ltr", load: () => import(/* @vite-ignore */ `/pseudo/lists/${asked}.js`), later: () => import(/* @vite-ignore */ `/pseudo/lists/${asked}.later.js`) };
  return (asked ?? "system") as Language;
}

/** Answers a call after a short wait, as over IPC, with a copy. */
export type After = <T>(make: () => T, ms?: number) => Promise<T>;

/** What every door asks of the world. */
export interface Asks {
  after: After;
  /** Fails in the scenario in which everything does. */
  failing: () => void;
  site: (id: number) => SiteRow;
  change: (id: number, over: Partial<SiteRow>) => void;
  list: (id: number) => ListRow;
  row: (id: number) => CaseRow;
}

export function asks(world: World): Asks {
  const site = (id: number): SiteRow => {
    const found = world.sites.find((it) => it.site === id);
    if (!found) throw fault("not_found");
    return found;
  };
  const change = (id: number, over: Partial<SiteRow>): void => {
    world.sites = world.sites.map((it) => (it.site === id ? { ...it, ...over } : it));
    world.push("sites", "health");
  };
  const list = (id: number): ListRow => {
    const found = world.lists.find((it) => it.list === id);
    if (!found) throw fault("not_found");
    return found;
  };
  const row = (id: number): CaseRow => {
    const found = world.cases.get(id);
    if (!found) throw fault("not_found");
    return found;
  };
  const after = async <T>(make: () => T, ms = world.slowMs): Promise<T> => {
    await new Promise((done) => setTimeout(done, ms));
    return structuredClone(make());
  };
  const failing = (): void => {
    if (world.scenario === "failing") throw fault("internal");
  };
  return { after, failing, site, change, list, row };
}
