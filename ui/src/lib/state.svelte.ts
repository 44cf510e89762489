// The frame, the inbox and the keys, with their timers. It re-reads what a push says is stale; `state/` holds what a screen keeps for itself.

import type {
  ActResult, AppState, CaseDetail, CaseOrder, CaseRow, CaseView, Counts, DecisionKind, DraftBatch, Health, InboxQuery, ListRow, Settings, SiteRow,
  SnoozeUntil, Stale, WireError, SelfTest, Decided,
} from "../bindings.gen";
import * as m from "../paraglide/messages";
import { type Backend, wireError } from "./backend";
import { count, secondsUntil } from "./format";
import { type Action, meaning } from "./keys";
import { type Admit, merge, neighbour, NOTHING_SHOWN, type Shown } from "./rows";
import { Lists } from "./state/lists.svelte";
import { Loaded, PAGE, SLOW_MS } from "./state/loaded.svelte";
import { Records } from "./state/record.svelte";
import { Unchecked } from "./state/unchecked.svelte";
import { failure, outcome, type Target } from "./words";

export type Screen = Target | "first_run";

/** Rest before a search is sent. */
const SEARCH_REST_MS = 120;
/** How many rows a push may make the page read again; rows past them are corrected when they are opened. */
const REREAD = 1000;
/** Between two reads caused by pushes: a sweep of 10,000 files pushes four times a second. */
const REREAD_REST_MS = 400;
const SAID_MS = 6_000;
/** Arrivals are said at most this often. */
const ANNOUNCE_MS = 60_000;
const G_MS = 1_000;
/** More files than this ask for the number. */
export const ASK_ABOVE = 100;
export const NOTE_MIN = 10;
export const TOASTS = 3;

/** One button of a toast. */
export interface ToastButton {
  label: string;
  key?: string;
  run: () => void;
  testid?: string;
}
/** A message at the foot of the window. `batch` ties it to a draft whose clock it shows. */
export interface Toast {
  id: number;
  text: (now: number) => string;
  detail?: string[];
  tone: "plain" | "danger";
  buttons: ToastButton[];
  until: number | null;
  batch: number | null;
}

/** A question that stands over the frame. */
export type Question =
  | { kind: "keys" }
  | { kind: "keep_note"; case: number; files: number }
  | { kind: "confirm"; decision: "take_down" | "keep"; detail: CaseDetail; note: string | null };

/** Where the small guide of the practice run stands. */
export type GuideStep = "waiting" | "take_down" | "undo" | "done";

const GO: Partial<Record<Action, Screen>> = {
  go_inbox: "inbox", go_sites: "sites", go_lists: "lists", go_record: "record", go_unchecked: "unchecked", go_settings: "settings",
};
/** Problems that mean: nobody watches. */
const LOST = ["not_watching", "stopped", "site_missing"];
const DECIDES: Partial<Record<Action, DecisionKind>> = { take_down: "take_down", keep: "keep", ask: "ask" };

function requestId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Everything that the window shows. One for the life of the page. */
export class Gate {
  readonly #door: Backend;

  // What was read.
  app = $state.raw<AppState | null>(null);
  startError = $state.raw<WireError | null>(null);
  readonly counts: Loaded<Counts>;
  readonly health: Loaded<Health>;
  readonly sites: Loaded<SiteRow[]>;
  readonly listed: Lists;
  readonly records: Records;
  readonly unchecked: Unchecked;

  // Where the person is.
  screen = $state<Screen>("inbox");
  now = $state(Date.now());
  question = $state.raw<Question | null>(null);
  menu = $state<"snooze" | "more" | null>(null);
  afterG = $state(false);
  polite = $state("");
  assertive = $state("");
  toasts = $state.raw<Toast[]>([]);

  // Inbox.
  view = $state<CaseView>("inbox");
  order = $state<CaseOrder>("most_serious");
  search = $state("");
  shown = $state.raw<Shown>(NOTHING_SHOWN);
  total = $state(0);
  inboxRead = $state(false);
  inboxSlow = $state(false);
  inboxError = $state.raw<WireError | null>(null);
  focus = $state<number | null>(null);
  /** Raised whenever the focused row should take the keyboard focus. */
  focusTurn = $state(0);
  open = $state(false);
  detail = $state.raw<CaseDetail | null>(null);
  detailError = $state.raw<WireError | null>(null);
  detailSlow = $state(false);
  whyTurn = $state(0);
  noteTurn = $state(0);
  searchTurn = $state(0);
  guideStep = $state<GuideStep>("waiting");

  #next: string | null = null;
  #turn = 0;
  #detailTurn = 0;
  #deciding = new Set<number>();
  #ahead = new Map<number, CaseDetail>();
  #searchTimer: ReturnType<typeof setTimeout> | undefined;
  #gTimer: ReturnType<typeof setTimeout> | undefined;
  #rereadTimer: ReturnType<typeof setTimeout> | undefined;
  #rereading = false;
  #toastId = 0;
  #announcedAt = 0;
  #growing: Promise<void> | null = null;
  /** Raised for views that page by themselves (Record, Could not check). */
  staleTurn = $state<Record<Stale, number>>({ inbox: 0, lists: 0, offer: 0, sites: 0, health: 0, record: 0, settings: 0 });

  constructor(door: Backend) {
    this.#door = door;
    this.counts = new Loaded(() => door.counts());
    this.health = new Loaded(() => door.health());
    this.sites = new Loaded(() => door.sites());
    this.listed = new Lists(door, this);
    this.records = new Records(door, this);
    this.unchecked = new Unchecked(door, this);
  }

  // ——— start ———

  /** Reads the first answers and starts the clock; called once. */
  async start(): Promise<void> {
    setInterval(() => this.#tick(), 1000);
    await this.#door.onStale((push) => this.#stale(push.stale));
    await this.readApp();
    const app = this.app;
    if (app && !app.first_run_done && !app.has_practice) this.screen = "first_run";
    await Promise.all([this.counts.read(), this.health.read(), this.sites.read(), this.listed.start(), this.reload("all", true), this.#waitingDrafts()]);
  }

  async readApp(): Promise<void> {
    try {
      this.app = await this.#door.app_state();
      this.startError = null;
    } catch (thrown) {
      this.startError = wireError(thrown);
    }
  }

  get lists(): Loaded<ListRow[]> {
    return this.listed.rows;
  }

  get settings(): Settings | null {
    return this.app?.settings ?? null;
  }

  #tick(): void {
    this.now = Date.now();
    const over = this.toasts.filter((toast) => toast.until !== null && toast.until <= this.now);
    if (over.length === 0) return;
    this.toasts = this.toasts.filter((toast) => !over.includes(toast));
    if (over.some((toast) => toast.batch !== null)) this.#stale(["inbox", "record"]);
  }

  #stale(which: readonly Stale[]): void {
    for (const one of which) this.staleTurn[one] += 1;
    if (which.includes("inbox")) {
      void this.counts.read();
      this.#rereadSoon();
    }
    this.listed.stale(which);
    if (which.includes("sites")) void this.sites.read();
    if (which.includes("health") || which.includes("sites") || which.includes("lists")) void this.#readHealth();
    if (which.includes("settings")) void this.readApp();
  }

  /** Reads the health and says what changed for the ear: a sweep that ended, watching that was lost. */
  async #readHealth(): Promise<void> {
    const before = this.health.value;
    await this.health.read();
    const after = this.health.value;
    if (!before || !after) return;
    if (before.sweeps.length > 0 && after.sweeps.length === 0) this.say(m.say_sweep_ended());
    const lost = (health: Health): boolean => health.problems.some((it) => LOST.includes(it.code));
    if (!lost(before) && lost(after)) this.assertive = m.say_watching_lost();
  }

  #announce(): void {
    const waiting = this.shown.waiting.size;
    if (!this.settings?.announce_arrivals || waiting === 0 || Date.now() - this.#announcedAt < ANNOUNCE_MS) return;
    this.#announcedAt = Date.now();
    this.say(m.say_new_cases({ count: waiting }));
  }

  #rereadSoon(): void {
    if (this.#rereadTimer !== undefined) return;
    this.#rereadTimer = setTimeout(async () => {
      if (!this.#rereading) {
        this.#rereading = true;
        await this.reload("none", false);
        await this.#readDetail(false);
        this.#rereading = false;
      }
      this.#rereadTimer = undefined;
    }, REREAD_REST_MS);
  }

  // ——— what is said ———

  /** Says a sentence once through the polite live region. */
  say(text: string): void {
    this.polite = this.polite === text ? `${text}\u00a0` : text;
  }

  toast(text: string, more: Partial<Omit<Toast, "id" | "text">> = {}): number {
    const id = ++this.#toastId;
    this.toasts = [...this.toasts, { id, text: () => text, tone: "plain", buttons: [], until: Date.now() + SAID_MS, batch: null, ...more }];
    return id;
  }

  dismiss(id: number): void {
    this.toasts = this.toasts.filter((toast) => toast.id !== id);
  }

  /** Shows a failed action and says it at once; nothing else is interrupted. */
  fail(thrown: unknown): void {
    const told = failure(wireError(thrown));
    this.assertive = `${told.text} ${told.next}`;
    this.toast(told.text, { tone: "danger", detail: [told.next], until: null });
  }

  // ——— moving between screens ———

  go(screen: Screen): void {
    this.menu = null;
    const wasInbox = this.screen === "inbox";
    this.screen = screen;
    this.open = false;
    if (screen === "inbox") {
      this.focusTurn += 1;
      if (!wasInbox) void this.reload("all", false);
    }
  }

  showView(view: CaseView): void {
    this.menu = null;
    this.screen = "inbox";
    this.open = false;
    if (this.view === view) {
      void this.reload("all", false);
    } else {
      this.view = view;
      this.#forgetRows();
      void this.reload("all", true);
    }
    this.focusTurn += 1;
  }

  setOrder(order: CaseOrder): void {
    this.order = order;
    this.#forgetRows();
    void this.reload("all", true);
  }

  setSearch(text: string): void {
    this.search = text;
    if (this.screen !== "inbox") this.screen = "inbox";
    clearTimeout(this.#searchTimer);
    this.#searchTimer = setTimeout(() => {
      this.#forgetRows();
      void this.reload("all", true);
    }, SEARCH_REST_MS);
  }

  #forgetRows(): void {
    this.#turn += 1;
    this.shown = NOTHING_SHOWN;
    this.#next = null;
    this.focus = null;
    this.detail = null;
    this.#ahead.clear();
    this.inboxRead = false;
  }

  // ——— the list ———

  /** Rows of the view without those that wait outside; what `aria-rowcount` says. */
  get length(): number {
    return Math.max(this.shown.rows.length, this.total - this.shown.waiting.size + this.shown.left.size);
  }

  get focusIndex(): number {
    return this.shown.rows.findIndex((row) => row.case === this.focus);
  }

  get focusRow(): CaseRow | null {
    return this.shown.rows.find((row) => row.case === this.focus) ?? null;
  }

  #query(cursor: string | null): InboxQuery {
    return { view: this.view, order: this.order, search: this.search.trim().slice(0, 200), cursor, limit: PAGE };
  }

  /** Reads the view again from its first row and lays the answer over what is shown. */
  async reload(admit: Admit, first: boolean): Promise<void> {
    const turn = this.#turn;
    const timer = this.inboxRead ? undefined : setTimeout(() => (this.inboxSlow = true), SLOW_MS);
    try {
      const want = Math.min(Math.max(PAGE, this.shown.rows.length + this.shown.waiting.size), REREAD);
      const answer: CaseRow[] = [];
      let cursor: string | null = null;
      let total = 0;
      do {
        const page = await this.#door.inbox_page(this.#query(cursor));
        answer.push(...page.rows);
        total = page.total;
        cursor = page.next;
      } while (cursor !== null && answer.length < want);
      if (turn !== this.#turn) return;
      const whole = cursor === null;
      const before = this.shown.rows.length;
      const waited = this.shown.waiting.size;
      this.shown = merge(this.shown, answer, { admit, whole, focus: this.focus, skip: this.#deciding });
      const overlaps = !whole && this.shown.rows.length > answer.length;
      if (!overlaps) this.#next = cursor;
      this.total = total;
      this.inboxError = null;
      this.inboxRead = true;
      this.#settleFocus(first || before === 0);
      if (this.shown.waiting.size > waited) this.#announce();
    } catch (thrown) {
      if (turn === this.#turn) {
        this.inboxError = wireError(thrown);
        this.inboxRead = true;
      }
    } finally {
      clearTimeout(timer);
      this.inboxSlow = false;
    }
  }

  #settleFocus(first: boolean): void {
    if (this.focusRow) return;
    const row = first || this.focus === null ? this.shown.rows[0]?.case ?? null : neighbour(this.shown.rows, new Set(), this.focus);
    this.setFocus(row, false);
  }

  /** Reads on until row `index` is here or the view ends. */
  grow(index: number): Promise<void> {
    if (index < this.shown.rows.length || this.#next === null) return Promise.resolve();
    this.#growing ??= this.#growTo(index).finally(() => (this.#growing = null));
    return this.#growing;
  }

  async #growTo(index: number): Promise<void> {
    const turn = this.#turn;
    try {
      while (this.#next !== null && this.shown.rows.length <= index) {
        const page = await this.#door.inbox_page(this.#query(this.#next));
        if (turn !== this.#turn) return;
        const known = new Set(this.shown.rows.map((row) => row.case));
        const more = page.rows.filter((row) => !known.has(row.case) && !this.#deciding.has(row.case) && !this.shown.waiting.has(row.case));
        this.shown = { ...this.shown, rows: [...this.shown.rows, ...more] };
        this.#next = page.next;
        this.total = page.total;
      }
    } catch (thrown) {
      this.inboxError = wireError(thrown);
    }
  }

  setFocus(to: number | null, take = true): void {
    if (to !== this.focus) {
      const was = this.focus;
      this.focus = to;
      this.menu = null;
      if (was !== null && this.shown.left.has(was)) {
        this.shown = { ...this.shown, rows: this.shown.rows.filter((row) => row.case !== was), left: new Set() };
      }
      void this.#readDetail(true);
    }
    if (take) this.focusTurn += 1;
  }

  async #focusAt(index: number): Promise<void> {
    const to = Math.max(0, Math.min(this.length - 1, index));
    await this.grow(to);
    const row = this.shown.rows[Math.min(to, this.shown.rows.length - 1)];
    if (row) this.setFocus(row.case);
  }

  /** Lets the waiting arrivals in; the focused row stays where it is on screen. */
  async showArrivals(): Promise<void> {
    await this.reload("all", false);
    this.focusTurn += 1;
  }

  // ——— the case ———

  async #readDetail(fresh: boolean): Promise<void> {
    const wanted = this.focus;
    const turn = ++this.#detailTurn;
    if (wanted === null) {
      this.detail = null;
      this.detailError = null;
      return;
    }
    if (fresh) this.detail = this.#ahead.get(wanted) ?? null;
    const timer = this.detail === null ? setTimeout(() => (this.detailSlow = turn === this.#detailTurn), SLOW_MS) : undefined;
    try {
      const detail = await this.#door.case_detail(wanted);
      if (turn === this.#detailTurn) {
        this.detail = detail;
        this.detailError = null;
      }
    } catch (thrown) {
      if (turn === this.#detailTurn) this.detailError = wireError(thrown);
    } finally {
      clearTimeout(timer);
      if (turn === this.#detailTurn) this.detailSlow = false;
    }
    if (turn === this.#detailTurn && this.detail) void this.#readAhead();
  }

  /** The next case is read before it is asked for, so that its plan is on screen with the key press. */
  async #readAhead(): Promise<void> {
    const next = this.shown.rows[this.focusIndex + 1];
    this.#ahead.clear();
    if (!next) return;
    try {
      const detail = await this.#door.case_detail(next.case);
      this.#ahead.set(next.case, detail);
    } catch {
      // It is read again, with its failure shown, when it gets the focus.
    }
  }

  readDetail(): Promise<void> {
    return this.#readDetail(false);
  }

  /** Whether the focused case can be decided: its plan is on screen and it is not decided already. */
  get decidable(): boolean {
    const row = this.detail?.row;
    return row !== undefined && row.case === this.focus && !this.shown.left.has(row.case) && (row.state === "open" || row.state === "asked" || row.state === "snoozed");
  }

  /** Asks what must be asked, then decides. No shown plan, no action. */
  async decide(decision: DecisionKind, with_: { note?: string; snooze?: SnoozeUntil; confirmed?: boolean } = {}): Promise<void> {
    const detail = this.detail;
    if (!detail || !this.decidable) {
      if (this.focus !== null) this.say(m.case_cannot_decide());
      return;
    }
    const note = with_.note?.trim() || null;
    if (decision === "keep" && detail.keep_needs_note && (note?.length ?? 0) < NOTE_MIN) {
      this.question = { kind: "keep_note", case: detail.row.case, files: detail.plan.files };
      return;
    }
    if ((decision === "take_down" || decision === "keep") && detail.plan.files > ASK_ABOVE && !with_.confirmed) {
      this.question = { kind: "confirm", decision, detail, note };
      return;
    }
    this.question = null;
    this.menu = null;
    await this.#decideNow(detail.row.case, decision, note, with_.snooze ?? null);
  }

  async #decideNow(id: number, decision: DecisionKind, note: string | null, snooze: SnoozeUntil | null): Promise<void> {
    this.#deciding.add(id);
    const before = this.shown;
    const to = neighbour(before.rows, new Set([id]), id);
    this.shown = { ...before, rows: before.rows.filter((row) => row.case !== id) };
    this.total = Math.max(0, this.total - 1);
    this.setFocus(to);
    try {
      const decided = await this.#door.decide({ request: requestId(), cases: [id], decision, note, snooze });
      this.#deciding.delete(id);
      this.#clockToast(decided, decision, id);
      if (decision === "take_down" && this.guide === "take_down") this.guideStep = "undo";
      this.#stale(["inbox", "record"]);
    } catch (thrown) {
      this.#deciding.delete(id);
      this.fail(thrown);
      await this.reload(new Set([id]), false);
      this.setFocus(id);
    }
  }

  #clockToast(decided: Decided, decision: DecisionKind, id: number): void {
    const until = decided.act_at ?? Date.now() + decided.seconds * 1000;
    const about = { count: decided.files, case: id };
    const happens = decided.act_at !== null;
    this.#draftToast(decided.batch, until, (seconds) => {
      const rest = { ...about, seconds };
      if (decision === "take_down") return m.toast_take_down(rest);
      if (decision === "keep") return happens ? m.toast_keep(rest) : m.toast_kept(rest);
      return decision === "ask" ? m.toast_ask(rest) : m.toast_snooze(rest);
    }, happens);
    const seconds = decided.seconds;
    this.say(decision === "take_down" ? m.say_take_down({ ...about, seconds }) : decision === "keep" ? m.say_keep({ ...about, seconds }) : decision === "ask" ? m.say_ask({ ...about }) : m.say_snooze({ ...about }));
  }

  #draftToast(batch: number, until: number, words: (seconds: number) => string, happens: boolean): void {
    const buttons: ToastButton[] = [{ label: m.action_undo(), key: "z", run: () => void this.undo(batch), testid: "toast-undo" }];
    if (happens) buttons.push({ label: m.action_now(), run: () => void this.actNow(batch), testid: "toast-now" });
    const toast: Toast = { id: ++this.#toastId, text: (now) => words(secondsUntil(until, now)), tone: "plain", buttons, until, batch };
    this.now = Date.now();
    this.toasts = [...this.toasts, toast];
  }

  /** Drafts that a restart found: they have their full time again. */
  async #waitingDrafts(): Promise<void> {
    try {
      const drafts = await this.#door.drafts();
      const before = drafts.filter((draft) => draft.from_before);
      if (before.length > 0) this.#beforeToast(before);
      for (const draft of drafts) {
        if (!draft.from_before) {
          const words = draft.decision === "take_down" ? m.toast_take_down : m.toast_keep;
          this.#draftToast(draft.batch, draft.act_at, (seconds) => words({ count: draft.files, seconds }), true);
        }
      }
    } catch (thrown) {
      this.fail(thrown);
    }
  }

  #beforeToast(drafts: DraftBatch[]): void {
    const until = Math.max(...drafts.map((draft) => draft.act_at));
    const cases = drafts.reduce((sum, draft) => sum + draft.cases, 0);
    const id = ++this.#toastId;
    const all = (each: (batch: number) => Promise<void>) => () => {
      this.dismiss(id);
      void (async () => {
        for (const draft of drafts) await each(draft.batch);
      })();
    };
    this.toasts = [...this.toasts, {
      id, tone: "plain", until, batch: drafts[0]?.batch ?? null,
      text: (now) => m.toast_from_before({ count: cases, seconds: secondsUntil(until, now) }),
      buttons: [
        { label: m.action_undo_all(), run: all((batch) => this.undo(batch)), testid: "toast-undo" },
        { label: m.action_now(), run: all((batch) => this.actNow(batch)) },
      ],
    }];
  }

  /** Takes back a batch, or the last one; the first restored case gets the focus. */
  async undo(batch: number | null = null): Promise<void> {
    try {
      const undone = await this.#door.undo(batch);
      if (!undone) {
        this.toast(m.toast_nothing_to_undo());
        this.say(m.toast_nothing_to_undo());
        return;
      }
      this.toasts = this.toasts.filter((toast) => toast.batch !== undone.batch);
      if (undone.too_late > 0) {
        this.toast(m.toast_too_late({ count: undone.too_late }), { until: null, buttons: [{ label: m.action_show_recent(), run: () => this.showView("recent") }] });
      }
      if (undone.cases.length > 0) {
        const text = m.toast_undone({ count: undone.cases.length, case: undone.cases[0] ?? 0 });
        this.toast(text);
        this.say(text);
      }
      if (this.guideStep === "undo") this.guideStep = "done";
      void this.counts.read();
      await this.reload(new Set(undone.cases), false);
      const back = undone.cases.find((id) => this.shown.rows.some((row) => row.case === id));
      if (back !== undefined) {
        this.setFocus(back, this.screen === "inbox");
        await this.#readDetail(false);
      }
      this.#stale(["record"]);
    } catch (thrown) {
      this.fail(thrown);
    }
  }

  /** Ends the clock of a batch and acts. */
  async actNow(batch: number): Promise<void> {
    this.toasts = this.toasts.filter((toast) => toast.batch !== batch);
    await this.#act(() => this.#door.act_now(batch), (done, all) => (done === all ? m.toast_done({ count: done }) : m.toast_done_partly({ done: count(done), count: all })));
  }

  async putBack(id: number): Promise<void> {
    await this.#act(() => this.#door.put_back(id), (done, all) => (done === all ? m.toast_back({ count: done }) : m.toast_back_partly({ done: count(done), count: all })));
  }

  async #act(call: () => Promise<ActResult>, words: (done: number, all: number) => string): Promise<void> {
    try {
      const result = await call();
      const text = words(result.done, result.done + result.left.length);
      const reasons = [...new Set(result.left.map((file) => file.reason))].map((code) => outcome(code));
      this.toast(text, reasons.length > 0 ? { detail: reasons, tone: "danger", until: null } : {});
      this.say(text);
    } catch (thrown) {
      this.fail(thrown);
    }
    this.#stale(["inbox", "record"]);
    await this.#readDetail(false);
  }

  async openSingles(id: number): Promise<void> {
    try {
      const text = m.toast_singles({ count: await this.#door.open_singles(id) });
      this.toast(text);
      this.say(text);
    } catch (thrown) {
      this.fail(thrown);
    }
  }

  async reopen(id: number): Promise<void> {
    try {
      await this.#door.reopen(id);
      const text = m.toast_reopened({ case: id });
      this.toast(text);
      this.say(text);
    } catch (thrown) {
      this.fail(thrown);
    }
    this.#stale(["inbox", "record"]);
  }

  async addNote(id: number, text: string): Promise<boolean> {
    try {
      await this.#door.note_add({ case: id, text });
      this.say(m.say_note_saved());
      await this.#readDetail(false);
      return true;
    } catch (thrown) {
      this.fail(thrown);
      return false;
    }
  }

  // ——— keys ———

  /** A key press on the frame; answers whether it was taken. */
  key(event: KeyboardEvent, typing: boolean): boolean {
    const asked = meaning(event, { afterG: this.afterG, singleKeys: this.settings?.single_keys ?? true, typing });
    if (this.afterG) this.#endG();
    if (asked === null || this.screen === "first_run") return false;
    if (asked === "g") {
      this.afterG = true;
      this.#gTimer = setTimeout(() => this.#endG(), G_MS);
      return true;
    }
    return this.#act_on(asked);
  }

  #endG(): void {
    clearTimeout(this.#gTimer);
    this.afterG = false;
  }

  #act_on(asked: Action): boolean {
    const to = GO[asked];
    if (to) return this.go(to), true;
    switch (asked) {
      case "undo": return void this.undo(), true;
      case "keys": case "help": return (this.question = { kind: "keys" }), true;
      case "search": return (this.searchTurn += 1), true;
      case "go_recent": return this.showView("recent"), true;
      default: return this.screen === "inbox" && this.#act_on_inbox(asked);
    }
  }

  #act_on_inbox(asked: Action): boolean {
    const decision = DECIDES[asked];
    if (decision) return void this.decide(decision), true;
    const at = this.focusIndex;
    switch (asked) {
      case "next": return void this.#focusAt(at + 1), true;
      case "previous": return void this.#focusAt(at - 1), true;
      case "page_down": return void this.#focusAt(at + 10), true;
      case "page_up": return void this.#focusAt(at - 10), true;
      case "first": return void this.#focusAt(0), true;
      case "last": return void this.#focusAt(this.length - 1), true;
      case "open": return this.focus !== null && ((this.open = true), true);
      case "back": return this.#back();
      case "arrivals": return void this.showArrivals(), true;
      case "why": return (this.whyTurn += 1), true;
      case "note": return (this.noteTurn += 1), true;
      case "snooze": return this.decidable && ((this.menu = "snooze"), true);
      case "more": return this.detail !== null && ((this.menu = "more"), true);
      default: return false;
    }
  }

  #back(): boolean {
    if (this.open) {
      this.open = false;
      this.focusTurn += 1;
      return true;
    }
    if (this.search !== "") {
      this.setSearch("");
      return true;
    }
    this.focusTurn += 1;
    return true;
  }

  // ——— settings, first run ———

  /** Applies a change at once; the toast takes it back. */
  async set(change: Partial<Settings>, quiet = false): Promise<void> {
    const app = this.app;
    if (!app) return;
    const before = app.settings;
    this.app = { ...app, settings: { ...before, ...change } };
    try {
      const settings = await this.#door.settings_set({ ...before, ...change });
      this.app = { ...app, settings };
      if (!quiet) this.toast(m.toast_setting_changed(), { buttons: [{ label: m.action_undo(), run: () => void this.set(before, true) }] });
    } catch (thrown) {
      this.app = { ...app, settings: before };
      this.fail(thrown);
    }
  }

  async firstRunStep(step: number): Promise<void> {
    if (this.app) this.app = { ...this.app, first_run_step: step };
    await this.#door.first_run_step(step).catch((thrown: unknown) => this.fail(thrown));
  }

  async firstRunFinish(): Promise<void> {
    try {
      await this.#door.first_run_finish();
      if (this.app) this.app = { ...this.app, first_run_done: true };
    } catch (thrown) {
      this.fail(thrown);
    }
    this.go("inbox");
  }

  /** Makes the practice site and goes to Inbox, where its cases arrive. */
  async practiceStart(): Promise<boolean> {
    try {
      await this.#door.practice_start();
      if (this.app) this.app = { ...this.app, has_practice: true };
      this.guideStep = "waiting";
      this.go("inbox");
      this.#stale(["inbox", "sites", "lists", "health"]);
      return true;
    } catch (thrown) {
      this.fail(thrown);
      return false;
    }
  }

  async practiceEnd(): Promise<void> {
    try {
      await this.#door.practice_end();
      if (this.app) this.app = { ...this.app, has_practice: false };
      this.toast(m.toast_practice_ended());
    } catch (thrown) {
      this.fail(thrown);
    }
    this.#forgetRows();
    await this.reload("all", true);
    this.#stale(["inbox", "sites", "lists", "health"]);
  }

  /** The guide over the list, or null when there is nothing to guide. */
  get guide(): GuideStep | null {
    const app = this.app;
    if (!app?.has_practice || app.first_run_done) return null;
    if (this.guideStep === "waiting" && this.shown.rows.some((row) => row.state === "open")) return "take_down";
    return this.guideStep;
  }

  // ——— sites, lists, record: calls whose answers a view keeps ———

  /** Runs one call of a view; a failure is told and answered with null. `stale` is read again afterwards. */
  async call<T>(run: (door: Backend) => Promise<T>, stale: Stale[] = []): Promise<{ answer: T } | null> {
    try {
      return { answer: await run(this.#door) };
    } catch (thrown) {
      const error = wireError(thrown);
      if (error.code !== "cancelled") this.fail(error);
      return null;
    } finally {
      if (stale.length > 0) this.#stale(stale);
    }
  }

  async selftest(site: number): Promise<SelfTest | null> {
    const ran = await this.call((door) => door.selftest(site), ["sites", "health"]);
    return ran?.answer ?? null;
  }

  /** Seconds until a draft acts, by the clock of this second. */
  secondsTo(at: number): number {
    return secondsUntil(at, this.now);
  }
}
