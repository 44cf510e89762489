// Many cases at once: what is selected, what a decision on all of it would touch, and the filter that says which cases are shown.

import type { CaseFilter, DecisionKind, SavedView, Selection, SnoozeUntil } from "../../bindings.gen";
import * as m from "../../paraglide/messages";
import type { Backend } from "../backend";
import type { Gate } from "../state.svelte";
import { asksFirst, conditions, NO_FILTER } from "./filter";

export class Selecting {
  readonly #door: Backend;
  readonly #gate: Gate;

  cases = $state.raw<ReadonlySet<number>>(new Set());
  /** What a decision on them would touch; without it nothing is decided. */
  plan = $state.raw<Selection | null>(null);
  /** What a decision on the group of the focus would touch. */
  group = $state.raw<{ key: string; plan: Selection } | null>(null);
  filter = $state.raw<CaseFilter>(NO_FILTER);
  saved = $state.raw<SavedView[]>([]);
  #turn = 0;
  #groupTurn = 0;

  constructor(door: Backend, gate: Gate) {
    this.#door = door;
    this.#gate = gate;
  }

  // ——— which cases ———

  clear(): void {
    this.#turn += 1;
    this.cases = new Set();
    this.plan = null;
  }

  toggle(id: number | null): void {
    if (id === null) return;
    const next = new Set(this.cases);
    if (!next.delete(id)) next.add(id);
    void this.#choose(next);
  }

  /** Adds the focused row and the one that gets the focus. */
  async extend(by: 1 | -1): Promise<void> {
    const { inbox } = this.#gate;
    const before = inbox.focus;
    await inbox.focusAt(inbox.focusIndex + by);
    await this.#choose(new Set([...this.cases, ...[before, inbox.focus].flatMap((id) => id ?? [])]));
  }

  /** Everything in the view: by query, not by what was loaded. */
  async all(): Promise<void> {
    const turn = ++this.#turn;
    const read = await this.#gate.call((door) => door.selection({ query: this.#gate.inbox.query(null), cases: null, group: null }));
    if (!read || turn !== this.#turn) return;
    this.cases = new Set(read.answer.cases);
    this.plan = read.answer;
    this.#gate.say(m.say_selected({ count: this.cases.size }));
  }

  /** Reads the plan of the group that has the focus, again when its cases may have changed. */
  async followGroup(anew: boolean): Promise<void> {
    const { inbox } = this.#gate;
    const key = inbox.isGrouped ? inbox.groupKey : null;
    if (key === null) this.group = null;
    if (key === null || (!anew && this.group?.key === key)) return;
    const turn = ++this.#groupTurn;
    if (this.group?.key !== key) this.group = null;
    const read = await this.#gate.call((door) => door.selection({ query: { ...inbox.query(null), folded: [] }, cases: null, group: key }));
    if (read && turn === this.#groupTurn && inbox.groupKey === key) this.group = { key, plan: read.answer };
  }

  /** What `Alt` and a decision would touch now: the selection, or with none the group of the focus. */
  get bulk(): Selection | null {
    return this.cases.size > 0 ? this.plan : (this.group?.plan ?? null);
  }

  async #choose(cases: Set<number>): Promise<void> {
    const turn = ++this.#turn;
    this.cases = cases;
    this.plan = null;
    if (cases.size === 0) return;
    const read = await this.#gate.call((door) => door.selection({ query: this.#gate.inbox.query(null), cases: [...cases], group: null }));
    if (read && turn === this.#turn) this.plan = read.answer;
  }

  // ——— deciding ———

  async decide(decision: DecisionKind, with_: { snooze?: SnoozeUntil; confirmed?: boolean } = {}): Promise<void> {
    const plan = this.bulk;
    if (!plan) {
      if (this.cases.size === 0) this.#gate.say(m.select_first());
      return;
    }
    const cases = decision === "keep" ? plan.keep : plan.cases;
    if (cases.length === 0) return this.#gate.say(m.case_cannot_decide());
    if (asksFirst(decision, plan) && !with_.confirmed && (decision === "take_down" || decision === "keep")) {
      this.#gate.question = { kind: "confirm_many", decision, plan };
      return;
    }
    this.#gate.question = null;
    this.#gate.menu = null;
    const left = decision === "keep" ? plan.protected : 0;
    this.clear();
    await this.#gate.deciding.decideMany(cases, decision, with_.snooze ?? null);
    if (left > 0) this.#gate.toast(m.select_protected({ count: left }));
  }

  // ——— the filter ———

  get conditions(): number {
    return conditions(this.filter);
  }

  set(filter: CaseFilter): void {
    this.filter = filter;
    this.#gate.inbox.readAnew();
  }

  async readSaved(): Promise<void> {
    const read = await this.#gate.call((door) => door.saved_views());
    if (read) this.saved = read.answer;
  }

  async save(name: string): Promise<boolean> {
    const { inbox } = this.#gate;
    const query = JSON.stringify({ view: inbox.view, order: inbox.order, search: inbox.search, filter: this.filter, group: inbox.group });
    const read = await this.#gate.call((door) => door.saved_view_put({ name, query }));
    if (read) this.saved = read.answer;
    return read !== null;
  }

  async remove(id: number): Promise<void> {
    const read = await this.#gate.call((door) => door.saved_view_remove(id));
    if (read) this.saved = read.answer;
  }

  /** Shows a saved view; what a later version does not know any more is passed over. */
  open(saved: SavedView): void {
    const { inbox } = this.#gate;
    let stored: { view?: typeof inbox.view; order?: typeof inbox.order; search?: string; filter?: Partial<CaseFilter>; group?: typeof inbox.group };
    try {
      stored = JSON.parse(saved.query) as typeof stored;
    } catch {
      stored = {};
    }
    const known = Object.entries(stored.filter ?? {}).filter(([key]) => key in NO_FILTER);
    this.filter = { ...NO_FILTER, ...Object.fromEntries(known) };
    inbox.order = stored.order ?? "most_serious";
    inbox.search = stored.search ?? "";
    inbox.group = stored.group ?? "none";
    inbox.folded = new Set();
    inbox.view = stored.view ?? "inbox";
    this.#gate.screen = "inbox";
    inbox.readAnew();
    inbox.focusTurn += 1;
  }
}
