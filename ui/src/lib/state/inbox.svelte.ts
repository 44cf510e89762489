// The inbox and its views: which rows are shown, which one has the focus, what waits outside.

import type { CaseGroup, CaseGrouping, CaseOrder, CaseRow, CaseView, InboxQuery, WireError } from "../../bindings.gen";
import * as m from "../../paraglide/messages";
import { type Backend, wireError } from "../backend";
import { casesBefore, layOut, lengthOf, type Line, lineAt, placeOf, type Span, without } from "../lines";
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
  group = $state<CaseGrouping>("none");
  folded = $state.raw<ReadonlySet<string>>(new Set());
  shown = $state.raw<Shown>(NOTHING_SHOWN);
  total = $state(0);
  wasRead = $state(false);
  slow = $state(false);
  error = $state.raw<WireError | null>(null);
  focus = $state<number | null>(null);
  /** The group whose header has the focus, in place of a case. */
  head = $state<string | null>(null);
  /** Raised whenever the focused row should take the keyboard focus. */
  focusTurn = $state(0);
  /** The case has the whole width. */
  open = $state(false);
  /** Cases whose decision is on its way. */
  readonly deciding = new Set<number>();

  #next = $state.raw<string | null>(null);
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

  setGroup(group: CaseGrouping): void {
    this.group = group;
    this.folded = new Set();
    this.readAnew();
    this.focusTurn += 1;
  }

  /** Folds a group, or opens it again. */
  fold(key: string): void {
    const folded = new Set(this.folded);
    if (!folded.delete(key)) folded.add(key);
    this.folded = folded;
    this.setHead(key);
    const { groups } = this.shown;
    this.#turn += 1;
    this.shown = { ...NOTHING_SHOWN, groups };
    void this.reload("all", false);
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
    this.head = null;
    this.#gate.selecting.clear();
    this.#gate.reveals.leave();
    this.#gate.opened.forget();
    this.wasRead = false;
  }

  readonly #spans: Span[] = $derived(layOut(this.shown.groups, this.shown.rows, this.folded, this.#next === null));

  get isGrouped(): boolean {
    return this.shown.groups.length > 0;
  }

  /** What stands on a line of the list; null for what was not read yet. */
  lineAt(index: number): Line | null {
    if (this.isGrouped) return lineAt(this.#spans, index);
    const row = this.shown.rows[index];
    return row ? { kind: "case", row } : null;
  }

  /** The group of what has the focus. */
  get groupKey(): string | null {
    return this.head ?? this.focusRow?.group ?? null;
  }

  /** Lines of the view without cases that wait outside; what `aria-rowcount` says. */
  get length(): number {
    if (this.isGrouped) return lengthOf(this.#spans);
    return Math.max(this.shown.rows.length, this.total - this.shown.waiting.size + this.shown.left.size);
  }

  get focusIndex(): number {
    if (this.isGrouped) return placeOf(this.#spans, this.focus, this.head);
    return this.shown.rows.findIndex((row) => row.case === this.focus);
  }

  get focusRow(): CaseRow | null {
    return this.shown.rows.find((row) => row.case === this.focus) ?? null;
  }

  /** What is asked for now, from this cursor on. */
  query(cursor: string | null): InboxQuery {
    return { view: this.view, order: this.order, search: this.search.trim().slice(0, 200), filter: this.#gate.selecting.filter, group: this.group, folded: [...this.folded], cursor, limit: PAGE };
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
      let groups: CaseGroup[] = [];
      do {
        const page = await this.#door.inbox_page(this.query(cursor));
        answer.push(...page.rows);
        if (cursor === null) groups = page.groups;
        total = page.total;
        cursor = page.next;
      } while (cursor !== null && answer.length < want);
      if (turn !== this.#turn) return;
      const whole = cursor === null;
      const before = this.shown.rows.length;
      const waited = this.shown.waiting.size;
      this.shown = merge(this.shown, answer, { admit, whole, focus: this.focus, skip: this.deciding, groups });
      const overlaps = !whole && this.shown.rows.length > answer.length;
      if (!overlaps) this.#next = cursor;
      this.total = total;
      this.error = null;
      this.wasRead = true;
      this.#settleFocus(first || before === 0);
      void this.#gate.selecting.followGroup(true);
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
  grow(line: number): Promise<void> {
    const index = this.isGrouped ? casesBefore(this.#spans, line + 1) - 1 : line;
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
    if (this.focusRow || (this.head !== null && this.shown.groups.some((group) => group.key === this.head))) return;
    const row = first || this.focus === null ? this.shown.rows[0]?.case ?? null : neighbour(this.shown.rows, new Set(), this.focus);
    if (row === null && this.isGrouped) this.setHead(this.shown.groups[0]?.key ?? null, false);
    else this.setFocus(row, false);
  }

  setFocus(to: number | null, take = true): void {
    if (to !== this.focus || this.head !== null) {
      this.head = null;
      const was = this.focus;
      this.focus = to;
      this.#gate.menu = null;
      this.#gate.reveals.leave();
      if (was !== null && this.shown.left.has(was)) {
        this.shown = { ...this.shown, rows: this.shown.rows.filter((row) => row.case !== was), left: new Set() };
      }
      void this.#gate.opened.read(true);
    }
    void this.#gate.selecting.followGroup(false);
    if (take) this.focusTurn += 1;
  }

  /** Gives the focus to the header of a group; no case has it then. */
  setHead(key: string | null, take = true): void {
    this.setFocus(null, false);
    this.head = key;
    void this.#gate.selecting.followGroup(false);
    if (take) this.focusTurn += 1;
  }

  /** To the header of the next group, or of the one before. */
  step(by: 1 | -1): void {
    const { groups } = this.shown;
    const at = groups.findIndex((group) => group.key === this.groupKey);
    // Back from a case means to the header above it.
    const to = by === -1 && this.head === null ? at : at + by;
    const group = groups[Math.max(0, Math.min(groups.length - 1, to))];
    if (group) this.setHead(group.key);
  }

  async focusAt(index: number): Promise<void> {
    const to = Math.max(0, Math.min(this.length - 1, index));
    await this.grow(to);
    const line = this.lineAt(this.isGrouped ? to : Math.min(to, this.shown.rows.length - 1));
    if (line?.kind === "group") this.setHead(line.group.key);
    else if (line) this.setFocus(line.row.case);
  }

  /** Takes rows out whose decision begins; the focus goes to the next row. */
  takeOut(cases: ReadonlySet<number>): void {
    cases.forEach((id) => this.deciding.add(id));
    const to = neighbour(this.shown.rows, cases, this.focus);
    const gone = this.shown.rows.filter((row) => cases.has(row.case));
    this.shown = { ...this.shown, rows: this.shown.rows.filter((row) => !cases.has(row.case)), groups: without(this.shown.groups, gone) };
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
