// The inbox and its views: which rows are shown, which one has the focus, what waits outside.

import type { CaseOrder, CaseRow, CaseView, InboxQuery, WireError } from "../../bindings.gen";
import * as m from "../../paraglide/messages";
import { type Backend, wireError } from "../backend";
import { type Admit, merge, neighbour, NOTHING_SHOWN, type Shown } from "../rows";
import type { Gate } from "../state.svelte";
import { PAGE, SLOW_MS } from "./loaded.svelte";

/** Rest before a search is sent. */
const SEARCH_REST_MS = 120;
/** How many rows a push may make the page read again; rows past them are corrected when they are opened. */
const REREAD = 1000;
/** Between two reads caused by pushes: a sweep of 10,000 files pushes four times a second. */
const REREAD_REST_MS = 400;
/** Arrivals are said at most this often. */
const ANNOUNCE_MS = 60_000;

export class Inbox {
  readonly #door: Backend;
  readonly #gate: Gate;

  view = $state<CaseView>("inbox");
  order = $state<CaseOrder>("most_serious");
  search = $state("");
  shown = $state.raw<Shown>(NOTHING_SHOWN);
  total = $state(0);
  wasRead = $state(false);
  slow = $state(false);
  error = $state.raw<WireError | null>(null);
  focus = $state<number | null>(null);
  /** Raised whenever the focused row should take the keyboard focus. */
  focusTurn = $state(0);
  /** The case has the whole width. */
  open = $state(false);
  /** Cases whose decision is on its way. */
  readonly deciding = new Set<number>();

  #next: string | null = null;
  #turn = 0;
  #searchTimer: ReturnType<typeof setTimeout> | undefined;
  #rereadTimer: ReturnType<typeof setTimeout> | undefined;
  #rereading = false;
  #announcedAt = 0;
  #growing: Promise<void> | null = null;

  constructor(door: Backend, gate: Gate) {
    this.#door = door;
    this.#gate = gate;
  }

  // ——— which rows ———

  showView(view: CaseView): void {
    this.open = false;
    if (this.view === view) {
      void this.reload("all", false);
    } else {
      this.view = view;
      this.readAnew();
    }
    this.focusTurn += 1;
  }

  setOrder(order: CaseOrder): void {
    this.order = order;
    this.readAnew();
  }

  setSearch(text: string): void {
    this.search = text;
    if (this.#gate.screen !== "inbox") this.#gate.screen = "inbox";
    clearTimeout(this.#searchTimer);
    this.#searchTimer = setTimeout(() => this.readAnew(), SEARCH_REST_MS);
  }

  /** Forgets the rows and reads the view from its first one. */
  readAnew(): void {
    this.forget();
    void this.reload("all", true);
  }

  forget(): void {
    this.#turn += 1;
    this.shown = NOTHING_SHOWN;
    this.#next = null;
    this.focus = null;
    this.#gate.selecting.clear();
    this.#gate.reveals.leave();
    this.#gate.opened.forget();
    this.wasRead = false;
  }

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

  /** What is asked for now, from this cursor on. */
  query(cursor: string | null): InboxQuery {
    return { view: this.view, order: this.order, search: this.search.trim().slice(0, 200), filter: this.#gate.selecting.filter, cursor, limit: PAGE };
  }

  /** Reads the view again from its first row and lays the answer over what is shown. */
  async reload(admit: Admit, first: boolean): Promise<void> {
    const turn = this.#turn;
    const timer = this.wasRead ? undefined : setTimeout(() => (this.slow = true), SLOW_MS);
    try {
      const want = Math.min(Math.max(PAGE, this.shown.rows.length + this.shown.waiting.size), REREAD);
      const answer: CaseRow[] = [];
      let cursor: string | null = null;
      let total = 0;
      do {
        const page = await this.#door.inbox_page(this.query(cursor));
        answer.push(...page.rows);
        total = page.total;
        cursor = page.next;
      } while (cursor !== null && answer.length < want);
      if (turn !== this.#turn) return;
      const whole = cursor === null;
      const before = this.shown.rows.length;
      const waited = this.shown.waiting.size;
      this.shown = merge(this.shown, answer, { admit, whole, focus: this.focus, skip: this.deciding });
      const overlaps = !whole && this.shown.rows.length > answer.length;
      if (!overlaps) this.#next = cursor;
      this.total = total;
      this.error = null;
      this.wasRead = true;
      this.#settleFocus(first || before === 0);
      if (this.shown.waiting.size > waited) this.#announce();
    } catch (thrown) {
      if (turn === this.#turn) {
        this.error = wireError(thrown);
        this.wasRead = true;
      }
    } finally {
      clearTimeout(timer);
      this.slow = false;
    }
  }

  #announce(): void {
    const waiting = this.shown.waiting.size;
    if (!this.#gate.settings?.announce_arrivals || waiting === 0 || Date.now() - this.#announcedAt < ANNOUNCE_MS) return;
    this.#announcedAt = Date.now();
    this.#gate.say(m.say_new_cases({ count: waiting }));
  }

  /** A push said that the rows are out of date. */
  rereadSoon(): void {
    if (this.#rereadTimer !== undefined) return;
    this.#rereadTimer = setTimeout(async () => {
      if (!this.#rereading) {
        this.#rereading = true;
        await this.reload("none", false);
        await this.#gate.opened.read(false);
        this.#rereading = false;
      }
      this.#rereadTimer = undefined;
    }, REREAD_REST_MS);
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
        const page = await this.#door.inbox_page(this.query(this.#next));
        if (turn !== this.#turn) return;
        const known = new Set(this.shown.rows.map((row) => row.case));
        const more = page.rows.filter((row) => !known.has(row.case) && !this.deciding.has(row.case) && !this.shown.waiting.has(row.case));
        this.shown = { ...this.shown, rows: [...this.shown.rows, ...more] };
        this.#next = page.next;
        this.total = page.total;
      }
    } catch (thrown) {
      this.error = wireError(thrown);
    }
  }

  /** Lets the waiting arrivals in; the focused row stays where it is on screen. */
  async showArrivals(): Promise<void> {
    await this.reload("all", false);
    this.focusTurn += 1;
  }

  // ——— the focus ———

  #settleFocus(first: boolean): void {
    if (this.focusRow) return;
    const row = first || this.focus === null ? this.shown.rows[0]?.case ?? null : neighbour(this.shown.rows, new Set(), this.focus);
    this.setFocus(row, false);
  }

  setFocus(to: number | null, take = true): void {
    if (to !== this.focus) {
      const was = this.focus;
      this.focus = to;
      this.#gate.menu = null;
      this.#gate.reveals.leave();
      if (was !== null && this.shown.left.has(was)) {
        this.shown = { ...this.shown, rows: this.shown.rows.filter((row) => row.case !== was), left: new Set() };
      }
      void this.#gate.opened.read(true);
    }
    if (take) this.focusTurn += 1;
  }

  async focusAt(index: number): Promise<void> {
    const to = Math.max(0, Math.min(this.length - 1, index));
    await this.grow(to);
    const row = this.shown.rows[Math.min(to, this.shown.rows.length - 1)];
    if (row) this.setFocus(row.case);
  }

  /** Takes rows out whose decision begins; the focus goes to the next row. */
  takeOut(cases: ReadonlySet<number>): void {
    cases.forEach((id) => this.deciding.add(id));
    const to = neighbour(this.shown.rows, cases, this.focus);
    this.shown = { ...this.shown, rows: this.shown.rows.filter((row) => !cases.has(row.case)) };
    this.total = Math.max(0, this.total - cases.size);
    this.setFocus(to);
  }

  /** One step out: the case closes, then the search is cleared. */
  back(): boolean {
    if (this.#gate.viewing.breakDue) this.#gate.viewing.hideBreak();
    else if (this.#gate.selecting.cases.size > 0) this.#gate.selecting.clear();
    else if (this.open) this.open = false;
    else if (this.search !== "") {
      this.setSearch("");
      return true;
    }
    this.focusTurn += 1;
    return true;
  }
}
