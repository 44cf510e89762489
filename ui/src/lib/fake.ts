// The fake half of the one door: fixed fixtures that behave like the real engine, for a plain browser and for tests.

import type {
  ActResult, AppState, CaseRow, CaseView, CaseOrder, ChosenFolder, Decided, DecisionKind, DraftBatch, Health, HistoryRow, ImportPreview, InboxPage, InboxQuery, Language,
  ListRow, OfferAnswers, Problem, RecordRow, SavedView, SiteRow, SnoozeUntil, SourceRow, Stale, StalePush, SweepProgress, WireError,
} from "../bindings.gen";
import type { Backend } from "./backend";
import { TONGUES } from "./language";
import {
  caseDetail, caseRow, DAY, faults, followed, forum, HOSTILE, hotline, HOUR, manyLists, MINUTE, ownLists, practiceList, practiceRow, practiceSite, type Scenario, SECOND, selftestOk,
  unchecked, wiki,
} from "./fake/fixtures";
import { FakeDuties } from "./fake/duties";
import { FakeOffers } from "./fake/offers";
import { FakeShared } from "./fake/shared";
import { FakeSoftware, PHPBB } from "./fake/software";
import { FakeVault } from "./fake/vault";
import { FakeViewing } from "./fake/viewing";

interface Batch {
  batch: number;
  decision: DecisionKind;
  before: CaseRow[];
  files: number;
  act_at: number | null;
  until: number;
  final: boolean;
  undone: boolean;
}

const HARM_ORDER = ["csam", "unknown", "ncii", "malware", "tvec", "local", "practice"];
const MATCH_ORDER = ["exact", "near", "turned"];
const SNOOZE_MS: Record<SnoozeUntil, number> = { later_today: 4 * HOUR, tomorrow: 19 * HOUR, next_week: 7 * DAY, list_updates: 30 * DAY, in_4_hours: 4 * HOUR, in_24_hours: 24 * HOUR };
const SIZES: Partial<Record<Scenario, number>> = { few: 9, "two-hundred": 200, "ten-thousand": 10_000, "hundred-thousand": 100_000, problems: 5, sweeping: 3, slow: 9, failing: 6, broken: 4, "hostile-names": 24, flood: 2 };

function fault(code: string, detail: string | null = null): WireError {
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

/** A small engine in memory. Test hooks stand on `globalThis.gatehouseFake`. */
class Fake {
  readonly scenario: Scenario;
  readonly #started = Date.now();
  #told: ((push: StalePush) => void)[] = [];
  #cases = new Map<number, CaseRow>();
  #history = new Map<number, HistoryRow[]>();
  #batches: Batch[] = [];
  #record: RecordRow[] = [];
  #sites: SiteRow[] = [];
  #lists: ListRow[] = [];
  #problems: Problem[] = [];
  #unchecked: ReturnType<typeof unchecked>;
  #app: AppState;
  #nextCase = 50_000;
  #nextSite = 20;
  #slowMs: number;
  #requests = new Map<string, Decided>();
  #quiet: string | null = null;
  #saved: SavedView[] = [];
  #looking: number | null = null;
  /** The newest version of a list that went back. */
  #newest = new Map<number, number>();
  readonly offers: FakeOffers;
  readonly shared: FakeShared;
  readonly software = new FakeSoftware();
  readonly vault: FakeVault;
  /** The reveals of this run; tests read them. */
  readonly viewing = new FakeViewing();
  readonly duties: FakeDuties;

  constructor(query: URLSearchParams) {
    this.scenario = (query.get("scenario") ?? "few") as Scenario;
    const now = this.#started;
    const hostile = this.scenario === "hostile-names";
    const fresh = this.scenario === "first-run";
    this.#slowMs = this.scenario === "slow" ? 900 : 2;
    const theme = query.get("theme");
    this.#app = {
      version: "0.1.0", home_shown: "…/.local/share/gatehouse", first_run_done: !fresh, first_run_step: 1, has_practice: false, stopped_unexpectedly_at: this.scenario === "problems" ? now - 40 * MINUTE : null,
      settings: { language: languageOf(query.get("language")), theme: theme === "dark" || theme === "light" ? theme : "system", density: "comfortable", undo_seconds: Number(query.get("undo") ?? 60), single_keys: true, person: "me", text_percent: Number(query.get("text") ?? 100), announce_arrivals: false, two_presses: query.get("presses") === "two", press_seconds: 3, outline_strength: 1, break_minutes: 50, keys: "" },
    };
    for (let n = 0; n < (SIZES[this.scenario] ?? 0); n += 1) {
      const row = caseRow(n, now, hostile ? { list: HOSTILE[n % HOSTILE.length] ?? "", folder: HOSTILE[(n + 3) % HOSTILE.length] ?? "", sites: [HOSTILE[(n + 5) % HOSTILE.length] ?? ""] } : n === 4 && this.scenario !== "slow" ? { second_look: "came_back" } : {});
      this.#put(row);
    }
    if (this.scenario === "few") {
      this.#put(caseRow(30, now, { case: 990, state: "asked", decision: "ask", back_at: now + 2 * DAY, harm: "local", protected: false, list: "My own list" }));
      this.#put(caseRow(31, now, { case: 991, state: "snoozed", decision: "snooze", back_at: now + 18 * HOUR }));
      this.#put(caseRow(32, now, { case: 992, state: "decided", decision: "take_down", moved: 12, left: 2, files: 14, updated: now - 3 * HOUR }));
      this.#put(caseRow(34, now, { case: 993, state: "decided", decision: "keep", updated: now - 5 * HOUR }));
    }
    if (this.scenario === "flood") {
      const one = { harm: "tvec", protected: false, list: "TCAP test", match: "near", distance: 21, agreement: "suspected" } as const;
      this.#put(caseRow(40, now, { ...one, case: 970, second_look: "flood", flood: 4 }));
      for (const number of [971, 972, 973]) this.#put(caseRow(number, now, { ...one, case: number, state: "held" }));
    }
    if (this.scenario === "two-hundred") this.#put(caseRow(1, now, { case: 870, files: 5_012, harm: "csam", protected: true, list: "", match: "exact", distance: null }));
    if (!fresh) {
      this.#sites = [forum(now), wiki(now, this.scenario === "problems" ? { health: "missing", health_since: now - 2 * HOUR } : {})];
      if (hostile) this.#sites = this.#sites.map((site, i) => ({ ...site, name: HOSTILE[i] ?? "", root_shown: HOSTILE[5] ?? "" }));
      if (this.scenario !== "no-list") this.#lists = this.scenario === "practice-only" ? [practiceList(now)] : [...ownLists(now), ...(this.scenario === "empty" ? [] : [hotline(now, this.scenario !== "problems")])];
      if (this.scenario === "followed") this.#lists = followed(now);
      if (this.scenario === "many-lists") this.#lists = manyLists(now);
      if (hostile) this.#lists = this.#lists.map((list, i) => ({ ...list, name: HOSTILE[i] ?? "" }));
    }
    if (this.scenario === "problems") this.#problems = faults(now);
    if (this.scenario === "no-list") this.#problems = [{ code: "no_list", site: null, list: null, count: null, since: null }];
    if (this.scenario === "practice-only") this.#problems = [{ code: "practice_list_only", site: null, list: null, count: null, since: null }];
    if (this.scenario === "few" || this.scenario === "two-hundred") this.#problems = [];
    this.#unchecked = fresh ? { need: [], design: [] } : unchecked(now, hostile);
    if (this.scenario === "empty") this.#unchecked.need = this.#unchecked.need.slice(0, 3);
    if (!fresh) this.#fillRecord(now);
    if (this.scenario === "sweeping") this.#sweepOn(1, 18_204, 14);
    this.shared = new FakeShared(this.scenario === "few" ? ["Ana", "Bo"] : [], fault, (name) => {
      this.#app = { ...this.#app, settings: { ...this.#app.settings, person: name } };
      this.push("settings", "record");
    });
    this.duties = new FakeDuties(this.scenario, now);
    this.vault = new FakeVault(this.scenario, now, (verb, id, facts) => this.#write(verb, id, facts));
    this.offers = new FakeOffers({
      scenario: this.scenario, lists: () => this.#lists, later: (ms, run) => this.#later(ms, run), told: () => this.push("offer"), imported: (preview, answers) => this.#imported(preview, answers),
    });
  }

  #imported(preview: ImportPreview, answers: OfferAnswers): ListRow {
    const before = this.#lists.find((it) => it.list === preview.next_version_of);
    const base = before ?? (ownLists(Date.now())[0] as ListRow);
    const made: ListRow = before
      ? { ...before, seq: before.seq + 1, updated: Date.now(), entries: before.entries + preview.added - preview.withdrawn, state: "ready", since: null }
      : { ...base, list: 200 + this.#lists.length, name: answers.name, harm: answers.under_18 ? "csam" : (answers.harm ?? preview.harm), polarity: answers.polarity ?? "alert", trust: answers.trust ?? "suspected", seq: 1, updated: Date.now(), open_cases: 3, signed: preview.signing !== null };
    this.#lists = before ? this.#lists.map((it) => (it.list === made.list ? made : it)) : [...this.#lists, made];
    this.#problems = this.#problems.filter((it) => it.code !== "no_list" && it.code !== "practice_list_only");
    this.#write("list_imported", null, { list: made.name, seq: made.seq });
    this.push("lists", "health", "inbox");
    return made;
  }

  #put(row: CaseRow): void {
    this.#cases.set(row.case, row);
    this.#history.set(row.case, [
      { at: row.first_seen + 900, verb: "matched", person: null, facts: { list: row.protected ? "Protected list" : row.list } },
      ...(row.has_note ? [{ at: row.first_seen + 3 * MINUTE, verb: "noted", person: "Ana", facts: { note: "same user as Tuesday" } }] : []),
    ]);
  }

  #fillRecord(now: number): void {
    const rows: [string, Record<string, string | number>][] = [
      ["decided", { decision: "take_down" }], ["final", { decision: "take_down" }], ["done", { action: "quarantine" }], ["decided", { decision: "keep" }],
      ["list_imported", { list: "TCAP test", seq: 118, entries: 12_040 }], ["selftest", { site: "forum" }], ["decided", { decision: "snooze" }],
      ["undone", { decision: "keep" }], ["site_added", { site: "wiki" }], ["restored", { site: "forum" }],
    ];
    for (let i = 240; i > 0; i -= 1) {
      const [verb, facts] = rows[(i * 7) % rows.length] ?? ["noted", {}];
      const ofCase = !("list" in facts) && !verb.startsWith("site") && verb !== "selftest";
      this.#record.push({ seq: 1204 - i, at: now - i * 3.3 * HOUR, verb, person: verb === "done" ? null : i % 3 === 0 ? "me" : "Ana", case: ofCase ? 800 + i : null, facts });
    }
  }

  #write(verb: string, id: number | null, facts: Record<string, string | number>): void {
    const now = Date.now();
    this.#record.push({ seq: (this.#record.at(-1)?.seq ?? 0) + 1, at: now, verb, person: this.#app.settings.person, case: id, facts });
    if (id !== null) this.#history.get(id)?.push({ at: now, verb, person: this.#app.settings.person, facts });
  }

  push(...stale: Stale[]): void {
    for (const told of this.#told) told({ stale });
  }

  #later(ms: number, run: () => void): void {
    setTimeout(run, ms);
  }

  // ——— test hooks ———

  /** `n` cases come in now. */
  arrive(n: number): void {
    for (let i = 0; i < n; i += 1) this.#put(caseRow(3, Date.now(), { case: this.#nextCase++, first_seen: Date.now(), has_note: false }));
    this.push("inbox");
  }

  /** Somebody else decides a case. */
  decideElsewhere(id: number): void {
    const row = this.#cases.get(id);
    if (row) this.#cases.set(id, { ...row, state: "decided", decision: "keep", updated: Date.now() });
    this.push("inbox", "record");
  }

  // ——— sweeps ———

  #sweepOn(site: number, total: number, seconds: number): void {
    const began = Date.now();
    const step = (): void => {
      const done = Math.min(total, Math.round(((Date.now() - began) / (seconds * SECOND)) * total));
      const name = this.#sites.find((it) => it.site === site)?.name ?? "forum";
      const rate = total / seconds;
      const sweep: SweepProgress | null = done >= total ? null : {
        site, site_name: name, done, total, bytes_done: done * 212_000, bytes_total: total * 212_000, files_per_s: rate, left_s: Math.round((total - done) / rate),
      };
      this.#sites = this.#sites.map((it) => (it.site === site ? { ...it, sweep, last_sweep: sweep ? it.last_sweep : Date.now() } : it));
      this.push("sites", "health");
      if (sweep) this.#later(500, step);
    };
    step();
  }

  #sweeps(): SweepProgress[] {
    return this.#sites.flatMap((site) => (site.sweep ? [site.sweep] : []));
  }

  // ——— decisions ———

  #counting(view: CaseView): number {
    return [...this.#cases.values()].filter((row) => row.harm !== "practice" && inView(row, view)).length;
  }

  #finish(batch: Batch): ActResult {
    batch.final = true;
    let done = 0;
    for (const before of batch.before) {
      const row = this.#cases.get(before.case);
      if (!row) continue;
      done += row.files;
      this.#cases.set(row.case, { ...row, state: "decided", act_at: null, moved: batch.decision === "take_down" ? row.files : null, left: batch.decision === "take_down" ? 0 : null, todo: batch.decision === "take_down" && row.harm !== "practice" ? "open" : null, updated: Date.now() });
      this.#write(batch.decision === "take_down" ? "done" : "final", row.case, { decision: batch.decision, files: row.files });
    }
    this.push("inbox", "record");
    return { done, left: [] };
  }

  #decide(cases: number[], decision: DecisionKind, note: string | null, snooze: SnoozeUntil | null): Decided {
    if (this.scenario === "failing") throw fault("permission_denied");
    const now = Date.now();
    const seconds = this.#app.settings.undo_seconds;
    const drafted = decision === "take_down" || decision === "keep";
    const act_at = drafted ? now + seconds * SECOND : null;
    const before = cases.flatMap((id) => this.#cases.get(id) ?? []);
    if (before.length === 0) throw fault("not_found");
    for (const row of before) {
      if (decision === "keep" && (row.harm === "csam" || row.harm === "unknown") && (note?.trim().length ?? 0) < 10) throw fault("note_needed");
      const back_at = decision === "ask" ? now + 3 * DAY : snooze ? now + SNOOZE_MS[snooze] : null;
      this.#cases.set(row.case, { ...row, state: drafted ? "drafted" : decision === "ask" ? "asked" : "snoozed", decision, act_at, back_at, second_look: null, has_note: row.has_note || note !== null, updated: now });
      this.#write("decided", row.case, { decision, files: row.files, ...(note ? { note } : {}) });
    }
    const batch: Batch = { batch: this.#batches.length + 1, decision, before, files: before.reduce((sum, row) => sum + row.files, 0), act_at, until: now + seconds * SECOND, final: false, undone: false };
    this.#batches.push(batch);
    this.#later(seconds * SECOND, () => {
      if (batch.undone || batch.final) return;
      if (drafted) this.#finish(batch);
      else batch.final = true;
    });
    this.push("inbox", "record");
    return { batch: batch.batch, cases, files: batch.files, act_at, seconds };
  }

  #health(): Health {
    const own = this.#sites.filter((site) => !site.practice);
    const sum = (of: (site: SiteRow) => number): number => own.reduce((all, site) => all + of(site), 0);
    const counting = this.#lists.filter((list) => list.polarity === "alert" && !list.practice && list.state !== "out_of_date");
    const problems = [...this.#problems];
    for (const site of own) if (site.health === "paused" && site.paused_until) problems.push({ code: "paused", site: site.name, list: null, count: null, since: site.paused_until });
    return {
      watching: this.#sites.length === 0 ? "no" : "here", sites: this.#sites.length, practice_only: own.length === 0 && this.#sites.length > 0, problems, sweeps: this.#sweeps(),
      coverage: { seen: sum((s) => s.seen), checked: sum((s) => s.checked), by_design: sum((s) => s.by_design), need_you: sum((s) => s.need_you), waiting: 0, gone: sum((s) => s.gone), up_to: own.length > 0 ? Math.min(...own.map((s) => s.last_sweep ?? 0)) : null, lists: counting.length },
      oldest_list: counting.length > 0 ? Math.min(...counting.map((list) => list.updated)) : null, selftest: own[0]?.selftest ?? null, longest_blind_gap_s: 240, holds: this.vault.ending(Date.now()),
    };
  }

  #found(query: InboxQuery): CaseRow[] {
    const text = query.search.toLowerCase();
    const { harms, matches, max_distance, has_note, claimed, folder } = query.filter;
    return [...this.#cases.values()].filter((it) => inView(it, query.view)
      && (text === "" || `${it.case} ${it.list} ${it.folder} ${it.sites.join(" ")}`.toLowerCase().includes(text))
      && (harms.length === 0 || harms.includes(it.harm)) && (matches.length === 0 || matches.includes(it.match)) && (max_distance === null || (it.distance ?? 0) <= max_distance)
      && (has_note === null || it.has_note === has_note) && (!claimed || it.claimed_by !== null) && (folder === "" || it.folder.startsWith(folder))).sort(inOrder(query.order, query.view));
  }

  #selectingDoor(after: <T>(make: () => T, ms?: number) => Promise<T>): Pick<Backend, "claim" | "selection" | "question_save" | "answer_read" | "saved_views" | "saved_view_put" | "saved_view_remove"> {
    return {
      claim: ({ case: id, release }) => after(() => {
        const row = this.#cases.get(id);
        if (row) this.#cases.set(id, { ...row, claimed_by: release ? null : this.#app.settings.person });
        this.push("inbox");
        return null;
      }),
      selection: ({ query, cases }) => after(() => {
        const rows = (cases === null ? this.#found(query) : cases.flatMap((id) => this.#cases.get(id) ?? [])).filter((it) => ["open", "asked", "snoozed"].includes(it.state));
        const chosen = rows.filter((it) => it.flood === null);
        const keep = chosen.filter((it) => it.harm !== "csam" && it.harm !== "unknown");
        const files = (of: CaseRow[]): number => of.reduce((sum, it) => sum + it.files, 0);
        const count = (harm: CaseRow["harm"]): number => chosen.filter((it) => it.harm === harm).length;
        return {
          cases: chosen.map((it) => it.case), keep: keep.map((it) => it.case), files: files(chosen), keep_files: files(keep), floods: rows.length - chosen.length, protected: chosen.length - keep.length,
          snooze_strict: keep.length < chosen.length, harms: [...new Set(chosen.map((it) => it.harm))].map((harm) => ({ harm, count: count(harm) })),
          sites: [...new Set(chosen.map((it) => it.sites[0] ?? ""))].map((site) => ({ site, mode: site === "wiki" ? "copy" as const : "live" as const, files: files(chosen.filter((it) => it.sites[0] === site)) })),
        };
      }),
      question_save: (id) => after(() => `case-${id}-question.txt`),
      answer_read: () => after(() => {
        const row = [...this.#cases.values()].find((it) => it.state === "asked");
        if (!row) return null;
        this.#cases.set(row.case, { ...row, state: "open", decision: null, back_at: null, second_look: "reopened", has_note: true });
        this.push("inbox");
        return { case: row.case, answer: "keep", why: "It is our own logo." };
      }),
      saved_views: () => after(() => this.#saved),
      saved_view_put: ({ name, query }) => after(() => {
        this.#saved = [...this.#saved.filter((it) => it.name !== name), { id: this.#nextCase++, name, query }];
        return this.#saved;
      }),
      saved_view_remove: (id) => after(() => {
        this.#saved = this.#saved.filter((it) => it.id !== id);
        return this.#saved;
      }),
    };
  }

  /** The door, every method after a short wait as over IPC. */
  door(): Backend {
    const site = (id: number): SiteRow => {
      const found = this.#sites.find((it) => it.site === id);
      if (!found) throw fault("not_found");
      return found;
    };
    const change = (id: number, over: Partial<SiteRow>): void => {
      this.#sites = this.#sites.map((it) => (it.site === id ? { ...it, ...over } : it));
      this.push("sites", "health");
    };
    const list = (id: number): ListRow => {
      const found = this.#lists.find((it) => it.list === id);
      if (!found) throw fault("not_found");
      return found;
    };
    const row = (id: number): CaseRow => {
      const found = this.#cases.get(id);
      if (!found) throw fault("not_found");
      return found;
    };
    const after = async <T>(make: () => T, ms = this.#slowMs): Promise<T> => {
      await new Promise((done) => setTimeout(done, ms));
      return structuredClone(make());
    };
    const failing = (): void => {
      if (this.scenario === "failing") throw fault("internal");
    };

    return {
      onStale: async (told) => {
        this.#told.push(told);
        return () => {
          this.#told = this.#told.filter((it) => it !== told);
        };
      },
      app_state: () => after(() => this.#app),
      settings_set: (settings) => after(() => {
        this.#app = { ...this.#app, settings };
        return settings;
      }),
      first_run_step: (step) => after(() => {
        this.#app = { ...this.#app, first_run_step: step };
        return null;
      }),
      first_run_finish: () => after(() => {
        this.#app = { ...this.#app, first_run_done: true };
        return null;
      }),
      practice_start: () => after(() => {
        const made = practiceSite(Date.now());
        this.#app = { ...this.#app, has_practice: true };
        this.#sites = [...this.#sites, { ...made, seen: 0, checked: 0, health: "starting" }];
        this.#lists = [...this.#lists, practiceList(Date.now())];
        [900, 1300, 1700].forEach((ms, n) => this.#later(ms, () => {
          this.#put(practiceRow(n, Date.now()));
          change(made.site, { ...made, seen: n + 2, checked: n + 2 });
          this.push("inbox");
        }));
        return made;
      }),
      practice_end: () => after(() => {
        this.#app = { ...this.#app, has_practice: false };
        this.#sites = this.#sites.filter((it) => !it.practice);
        this.#lists = this.#lists.filter((it) => !it.practice);
        for (const it of [...this.#cases.values()]) if (it.harm === "practice") this.#cases.delete(it.case);
        return null;
      }),
      counts: () => after(() => ({
        inbox: this.#counting("inbox"), exact: this.#counting("exact"), near: this.#counting("near"), second_look: this.#counting("second_look"), asked: this.#counting("asked"), snoozed: this.#counting("snoozed"),
        recent: this.#counting("recent"), to_do: this.#counting("to_do"), need_you: this.#unchecked.need.length, by_design: this.#unchecked.design.length, practice: [...this.#cases.values()].filter((it) => it.harm === "practice" && it.state === "open").length,
      })),
      inbox_page: (query) => after((): InboxPage => {
        if (this.scenario === "broken") throw fault("home_damaged");
        const all = this.#found(query);
        const [last, place] = (query.cursor ?? "").split("|").map(Number);
        const found = query.cursor === null ? -1 : all.findIndex((it) => it.case === last);
        const from = query.cursor === null ? 0 : found >= 0 ? found + 1 : (place ?? 0);
        const rows = all.slice(from, from + Math.min(500, query.limit));
        const end = from + rows.length;
        return { rows, next: end < all.length ? `${rows.at(-1)?.case ?? 0}|${end}` : null, total: all.length };
      }),
      case_detail: (id) => after(() => ({ ...caseDetail(row(id), { history: this.#history.get(id) ?? [] }, this.scenario === "hostile-names", Date.now()), ...this.viewing.ofCase(row(id)) })),
      decide: (ask) => after(() => {
        const again = this.#requests.get(ask.request);
        if (again) return again;
        const decided = this.#decide(ask.cases, ask.decision, ask.note, ask.snooze);
        this.#requests.set(ask.request, decided);
        return decided;
      }),
      undo: (which) => after(() => {
        const batch = which === null ? this.#batches.findLast((it) => !it.undone && !it.final && it.until > Date.now()) : this.#batches.find((it) => it.batch === which && !it.undone);
        if (!batch) return null;
        if (batch.final) return { batch: batch.batch, decision: batch.decision, cases: [], too_late: batch.before.length };
        batch.undone = true;
        for (const before of batch.before) {
          this.#cases.set(before.case, before);
          this.#write("undone", before.case, { files: before.files });
        }
        this.push("inbox", "record");
        return { batch: batch.batch, decision: batch.decision, cases: batch.before.map((it) => it.case), too_late: 0 };
      }),
      drafts: () => after(() => this.#batches.filter((it) => !it.undone && !it.final && it.act_at !== null).map((it): DraftBatch => ({ batch: it.batch, decision: it.decision, cases: it.before.length, files: it.files, act_at: it.act_at ?? 0, from_before: false }))),
      act_now: (id) => after(() => {
        const batch = this.#batches.find((it) => it.batch === id && !it.undone && !it.final);
        if (!batch) throw fault("too_late");
        return this.#finish(batch);
      }),
      put_back: ({ case: id, note }) => after(() => {
        this.vault.putBack(id, note);
        const it = this.#cases.get(id);
        if (!it) return { done: 1, left: [] };
        this.#cases.set(id, { ...it, state: "closed", moved: 0, updated: Date.now() });
        this.#write("restored", id, { files: it.files });
        this.push("inbox", "record");
        return { done: it.files, left: [] };
      }),
      ...this.viewing.door(after, row),
      ...this.#selectingDoor(after),
      open_singles: (id) => after(() => {
        const waiting = [...this.#cases.values()].filter((it) => it.state === "held");
        for (const it of waiting) this.#cases.set(it.case, { ...it, state: "open", updated: Date.now() });
        this.#cases.set(id, { ...row(id), flood: null, second_look: null, updated: Date.now() });
        this.#write("flood_ended", id, { how: "singles" });
        this.push("inbox", "record");
        return waiting.length + 1;
      }),
      reopen: (id) => after(() => {
        this.#cases.set(id, { ...row(id), state: "open", decision: null, second_look: "reopened", updated: Date.now() });
        this.#write("reopened", id, {});
        this.push("inbox", "record");
        return null;
      }),
      note_add: ({ case: id, text }) => after(() => {
        this.#cases.set(id, { ...row(id), has_note: true });
        this.#write("noted", id, { note: text });
        this.push("inbox", "record");
        return null;
      }),
      health: () => after(() => this.#health()),
      sites: () => after(() => {
        failing();
        return this.#sites;
      }),
      site_choose: () => after((): ChosenFolder | null => ({
        token: 7, shown: "…/forum/files", name_proposal: this.#sites.some((it) => it.name === "forum") ? "forum 2" : "forum", files: 18_204, files_capped: false, newest: Date.now() - 2 * MINUTE, events: true, refused: null, refused_site: null, unreadable: this.scenario === "problems" ? 142 : 0, can_move: true, same_disk: true, guess: PHPBB,
      }), 300),
      site_add: (ask) => after(() => {
        if (this.#sites.some((it) => it.name === ask.name)) throw fault("name_taken");
        const made = { ...forum(Date.now()), site: this.#nextSite++, name: ask.name, mode: ask.mode, preset: ask.preset === "plain" ? null : ask.preset, take_down: ask.take_down ?? "move", seen: 0, checked: 0, by_design: 0, need_you: 0, gone: 0, selftest: null, last_sweep: null, last_sweep_took_ms: null, blind_gaps: 0, longest_blind_gap_s: 0, days: Array.from({ length: 30 }, () => 0) };
        this.#sites = [...this.#sites, made];
        this.#write("site_added", null, { site: ask.name });
        this.#later(50, () => this.#sweepOn(made.site, 18_204, 6));
        return made;
      }),
      site_software: (id) => after(() => this.software.software(site(id))),
      site_change: (ask) => after(() => {
        change(ask.site, this.software.changed(site(ask.site), ask));
        return ask.preset === null ? 0 : 18_204;
      }),
      site_map_choose: (id) => after(() => {
        this.software.takeMap(site(id).site);
        return true;
      }),
      site_map_forget: (id) => after(() => {
        this.software.forgetMap(id);
        return null;
      }),
      case_todos: (id) => after(() => this.software.todos(row(id))),
      todo_tick: (ask) => after(() => {
        this.#cases.set(ask.case, { ...row(ask.case), todo: this.software.tick(row(ask.case), ask) });
        this.push("inbox");
        return null;
      }),
      todo_done: (ask) => after(() => {
        this.#cases.set(ask.case, { ...row(ask.case), todo: this.software.done(row(ask.case), ask) });
        this.push("inbox");
        return null;
      }),
      todo_sheet: ({ case: id }) => after(() => `…/ana/sheets/gatehouse-todo-${id}.sh`),
      case_include: () => after(() => null),
      case_split: ({ case: id }) => after(() => (row(id).match === "exact" ? null : id + 500)),
      site_remove: (id) => after(() => {
        const gone = site(id);
        this.#sites = this.#sites.filter((it) => it.site !== id);
        this.#write("site_removed", null, { site: gone.name });
        this.push("sites", "health");
        return null;
      }),
      site_sweep: (id) => after(() => {
        failing();
        this.#sweepOn(site(id).site, site(id).seen, 5);
        return null;
      }),
      site_pause: ({ site: id, minutes }) => after(() => {
        change(id, minutes > 0 ? { health: "paused", paused_until: Date.now() + minutes * MINUTE } : { health: "watching", paused_until: null });
        return null;
      }),
      selftest: (id) => after(() => {
        const test = this.scenario === "problems" ? { ...selftestOk(site(id).name, Date.now()), ok: false, stage: "seen" as const, seen_ms: null, checked_ms: null, inbox_ms: null, reason: "permission_denied" } : selftestOk(site(id).name, Date.now());
        change(id, { selftest: test });
        return test;
      }, 1200),
      lists: () => after(() => this.#lists),
      list_formats: () => after(() => [{ format: "csv", title: "CSV with a header" }, { format: "hash_lines", title: "one hash a line" }, { format: "encase", title: "EnCase hash sets" }]),
      list_versions: (id) => after(() => [2, 1, 0].map((n) => {
        const seq = (this.#newest.get(id) ?? list(id).seq) - (2 - n);
        return { seq, imported: Date.now() - (2 - n) * 9 * DAY, person: "Ana", file_shown: "list.csv", entries: 12_040 - (2 - n) * 300, active: seq === list(id).seq, can_go_back: seq !== list(id).seq };
      }).filter((version) => version.seq > 0)),
      list_difference: ({ seq }) => after(() => ({ added: 1_204 - seq, changed: 12, withdrawn: 37 })),
      list_going: ({ list: id, seq }) => after(() => {
        const back = seq < list(id).seq;
        return { difference: { added: back ? 37 : 1_204, changed: 12, withdrawn: back ? 1_204 : 37 }, unnamed: back ? 3 : 0, decisions_affected: back ? 0 : 2 };
      }),
      list_roll_back: ({ list: id, seq }) => after(() => {
        this.#newest.set(id, Math.max(this.#newest.get(id) ?? 0, list(id).seq));
        this.#lists = this.#lists.map((it) => (it.list === id ? { ...it, seq } : it));
        this.push("lists", "inbox");
        return null;
      }),
      list_remove: (id) => after(() => {
        this.#lists = this.#lists.filter((it) => it.list !== id);
        this.push("lists", "health", "inbox");
        return null;
      }),
      list_threshold: (id) => after(() => ({ now: list(id).threshold, contents: 41_208, exact: 2, near: Array.from({ length: 32 }, (_, bits) => Math.floor((bits * bits) / 60)) }), 150),
      list_threshold_set: ({ list: id, distance }) => after(() => {
        this.#lists = this.#lists.map((it) => (it.list === id ? { ...it, threshold: distance } : it));
        this.push("lists", "inbox");
        return 3;
      }),
      own_new: ({ name, harm }) => after(() => {
        if (this.#lists.some((it) => it.name === name)) throw fault("name_taken", `There is a list ${name} already. Choose another name. Nothing was changed.`);
        const id = Math.max(0, ...this.#lists.map((it) => it.list)) + 1;
        this.#lists = [...this.#lists, { ...list(this.#lists[0]?.list ?? 0), list: id, name, harm, own: true, entries: 0, can_match: 0, kinds: [], kept: [], open_cases: 0, practice: false, signed: false, source: null }];
        this.push("lists");
        return null;
      }),
      own_put: ({ list: id }) => after(() => {
        this.#lists = this.#lists.map((it) => (it.list === id ? { ...it, entries: it.entries + 1, seq: it.seq + 1 } : it));
        this.push("lists", "inbox");
        return { was_there: false, held_back: false, cases: 1 };
      }),
      own_key_new: () => after(() => ({ file: "gatehouse-list-9.key", key: "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3", words: "acid bird corn dawn echo farm gold hill" }), 200),
      own_publish: ({ list: id }) => after(() => {
        this.#lists = this.#lists.map((it) => (it.list === id ? { ...it, published: Date.now() } : it));
        this.push("lists");
        return { seq: 2, entries: list(id).entries, held_back: 0, has_pdq: true, expires: Date.now() + 30 * DAY, key: "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3", words: "acid bird corn dawn echo farm gold hill" };
      }, 200),
      offer: () => after(() => this.offers.state()),
      offer_choose: ({ folder }) => after(() => this.offers.choose(folder), 200),
      offer_address: (asked) => after(() => this.offers.address(asked), 200),
      offer_again: (id) => after(() => {
        this.offers.again(list(id));
        return null;
      }),
      offer_answer: (answers) => after(() => {
        this.offers.answer(answers);
        return null;
      }),
      offer_accept: (yes) => after(() => {
        this.offers.accept(yes);
        return null;
      }),
      offer_end: (token) => after(() => {
        this.offers.end(token);
        return null;
      }),
      sources: () => after(() => ({ rows: this.#lists.flatMap((it) => it.source ?? []), quiet: this.#quiet, looking: this.#looking !== null, looked: this.#looking ?? 0 })),
      sources_look: () => after(() => {
        this.#looking = 0;
        const step = (): void => {
          this.#looking = this.#looking === null || this.#looking >= 3 ? null : this.#looking + 1;
          this.push("lists");
          if (this.#looking !== null) this.#later(200, step);
        };
        this.#later(200, step);
        this.push("lists");
        return null;
      }),
      source_change: (change) => after(() => {
        failing();
        const changed = (source: SourceRow): SourceRow => {
          const every_hours = change.every_hours ?? source.every_hours;
          const paused = change.paused ?? source.state === "paused";
          const secrets = change.token === null ? source.secrets : change.token === "" ? [] : ["authorization"];
          const by_itself = !paused && every_hours > 0;
          return {
            ...source, every_hours, secrets, other_hosts: change.other_hosts ?? source.other_hosts, private_network: change.private_network ?? source.private_network,
            state: paused ? "paused" : every_hours === 0 ? "by_hand" : "waiting", next: by_itself ? Date.now() + every_hours * HOUR : null,
          };
        };
        this.#lists = this.#lists.map((it) => (it.source?.source === change.source ? { ...it, source: changed(it.source) } : it));
        this.push("lists");
        return true;
      }),
      source_forget: (id) => after(() => {
        this.#lists = this.#lists.map((it) => (it.source?.source === id ? { ...it, source: null } : it));
        this.push("lists");
        return null;
      }),
      quiet_set: (hours) => after(() => {
        this.#quiet = hours;
        this.push("lists");
        return null;
      }),
      duty_clocks: () => after(() => this.duties.open()),
      clock_start: (clock) => after(() => {
        this.duties.start(clock, Date.now());
        this.push("record");
        return null;
      }),
      clock_stop: ({ clock, reason }) => after(() => {
        this.duties.stop(clock, reason, Date.now());
        this.push("record");
        return null;
      }),
      clock_confirm: (clock) => after(() => {
        this.duties.confirm(clock, Date.now());
        this.push("record");
        return null;
      }),
      notice_add: (notice) => after(() => {
        this.duties.start(notice, Date.now());
        this.push("record");
        return notice.case ?? this.#cases.keys().next().value ?? null;
      }),
      case_duties: (id) => after(() => this.duties.of(row(id))),
      report_form: (kind) => after(() => this.duties.form(kind)),
      report_make: (ask) => after(() => {
        failing();
        return this.duties.make(ask);
      }, 200),
      reported: ({ case: id, to, number }) => after(() => {
        const met = this.duties.reported(id, to, number, Date.now());
        this.#write("reported", id, { to, number: number ?? "" });
        this.push("record");
        return met;
      }),
      evidence_answer: (answer) => after(() => {
        this.duties.answerEvidence(answer);
        this.push("record");
        return null;
      }),
      statement_change: (change) => after(() => {
        this.duties.statement(change);
        this.push("record");
        return null;
      }),
      country: () => after(() => this.duties.country()),
      country_set: (answers) => after(() => this.duties.setCountry(answers)),
      help_pages: () => after(() => {
        failing();
        return this.duties.pages();
      }),
      help_save: () => after(() => true, 200),
      record_page: (query) => after(() => {
        failing();
        const of: Record<string, string[]> = {
          decisions: ["decided", "undone", "reopened", "noted", "kept_by_rule"], reveals: ["reveal_opened", "reveal_closed"], actions: ["final", "done", "failed", "restored"],
          lists: ["list_imported", "list_rolled_back", "list_removed"], sites: ["site_added", "site_removed", "site_paused", "selftest"],
        };
        const all = this.#record.filter((it) => query.filter === "all" || of[query.filter]?.includes(it.verb))
          .filter((it) => (query.from === null || it.at >= query.from) && (query.to === null || it.at < query.to) && (query.person === null || it.person === query.person)).sort((a, b) => b.seq - a.seq);
        const rows = all.filter((it) => query.before === null || it.seq < query.before).slice(0, query.limit);
        const last = rows.at(-1)?.seq ?? null;
        return { rows, next: last !== null && all.some((it) => it.seq < last) ? last : null, total: all.length };
      }),
      record_days: (days) => after(() => Array.from({ length: days }, (_, i) => {
        const date = new Date(this.#started - (days - 1 - i) * DAY);
        const day = `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, "0")}-${String(date.getDate()).padStart(2, "0")}`;
        const checked = this.#sites.length === 0 ? 0 : (forum(0).days[i % 30] ?? 0);
        return { day, checked, cases: i % 11 === 5 ? 2 : i % 7 === 3 ? 1 : 0 };
      })),
      ledger_verify: () => after(() => (this.scenario === "problems" ? { whole: false, rows: 1204, broken_at: 803, damage: "changed", since: this.#started - 3 * HOUR } : { whole: true, rows: this.#record.at(-1)?.seq ?? 0, broken_at: null, damage: null, since: this.#started - 40 * DAY })),
      record_persons: () => after(() => [...new Set(this.#record.flatMap((it) => it.person ?? []))].sort()),
      persons: () => after(() => this.shared.persons()),
      person_put: (person) => after(() => this.shared.put(person)),
      person_remove: (name) => after(() => this.shared.remove(name)),
      person_switch: (name) => after(() => this.shared.switchTo(name)),
      copies: (id) => after(() => (failing(), this.shared.copies(row(id))), 60),
      copies_join: (id) => after(() => {
        this.#put({ ...row(id), files: row(id).files + 3 });
        this.push("inbox");
        return 2;
      }),
      good_rules: () => after(() => this.shared.rules()),
      good_of_case: (id) => after(() => this.shared.ofCase(row(id))),
      good_add: ({ case: id, reason, until }) => after(() => {
        if (row(id).protected && row(id).harm !== "ncii") throw fault("refused", "What a list of child abuse material or of an unknown kind names is never known good here. Nothing was changed.");
        const rule = this.shared.add(id, reason, until);
        this.#put({ ...row(id), state: "decided", decision: "keep", updated: Date.now() });
        this.#write("kept_by_rule", id, { rule, reason });
        this.push("inbox", "record");
        return { rule, kept: 1 };
      }),
      good_remove: (rule) => after(() => {
        const back = this.shared.end(rule);
        for (const id of back) this.#put({ ...row(id), state: "open", decision: null, second_look: "reopened", updated: Date.now() });
        this.push("inbox", "record");
        return back.length;
      }),
      good_dismiss: (id) => after(() => this.shared.dismiss(id)),
      ledger_export: () => after(() => (failing(), this.shared.written("gatehouse-ledger-2026-11-23.jsonl", "gatehouse-ledger-2026-11-23.jsonl.minisig", "gatehouse-ledger-2026-11-23.jsonl.html"))),
      ledger_verify_file: () => after(() => this.shared.verdict(this.scenario === "problems")),
      table_write: ({ form }) => after(() => this.shared.written(`gatehouse-record-2026-11-23.${form}`)),
      statement_write: ({ month }) => after(() => this.shared.written(`statement-${month}.txt`, `statement-${month}.json`)),
      transparency_write: () => after(() => this.shared.written("transparency.csv", "transparency.json")),
      handover_write: () => after(() => this.shared.written("hand-over-2026-11-23.html")),
      vault: () => after(() => {
        failing();
        return this.vault.view();
      }),
      hold_set: (ask) => after(() => this.vault.hold(ask)),
      purge_case: (yes) => after(() => this.vault.purge(yes, Date.now())),
      certificate_save: () => after(() => true, 200),
      export_sealed: (ask) => after(() => this.vault.export(ask), 200),
      vault_key_save: () => after(() => this.vault.keySave(Date.now()), 200),
      vault_key_use: () => after(() => this.vault.keyUse(), 200),
      vault_key_new: () => after(() => {
        this.vault.keyUse();
        return null;
      }),
      vault_key_unlock: (passphrase) => after(() => this.vault.keyUnlock(passphrase), 200),
      vault_key_lock: () => after(() => this.vault.keyLock()),
      vault_key_keep: (ask) => after(() => this.vault.keyKeep(ask), 200),
      vault_verify: () => after(() => this.vault.verify(), 300),
      vault_clock_set: (days) => after(() => this.vault.clock(days)),
      unchecked_page: (query) => after(() => {
        const all = query.class === "need_you" ? this.#unchecked.need : this.#unchecked.design;
        const rows = all.filter((it) => query.after === null || it.upload > query.after).slice(0, query.limit);
        const last = rows.at(-1)?.upload ?? 0;
        const counts = new Map<string, number>();
        for (const it of all) counts.set(it.reason, (counts.get(it.reason) ?? 0) + 1);
        return { rows, next: all.some((it) => it.upload > last) && rows.length > 0 ? last : null, by_reason: [...counts].map(([name, n]) => ({ name, count: n })) };
      }),
      try_again: ({ uploads, reason }) => after(() => {
        const before = this.#unchecked.need.length;
        this.#unchecked.need = this.#unchecked.need.filter((it) => !(uploads === null ? reason === null || it.reason === reason : uploads.includes(it.upload)));
        return before - this.#unchecked.need.length;
      }),
    };
  }
}

/** English unless the page address says another; `en-xa` and `en-xb` are the pseudo-languages that `scripts/pseudo.mjs` makes. */
function languageOf(asked: string | null): Language {
  if (asked?.startsWith("en-x")) TONGUES[asked] = { direction: asked === "en-xb" ? "rtl" : "ltr", load: () => import(/* @vite-ignore */ `/pseudo/lists/${asked}.js`) };
  return (asked ?? "system") as Language;
}

/** Opens the fake for a page address such as `?scenario=few&theme=dark&undo=5`. */
export function openFake(query: URLSearchParams): Backend {
  const fake = new Fake(query);
  Object.assign(globalThis, { gatehouseFake: fake });
  return fake.door();
}
