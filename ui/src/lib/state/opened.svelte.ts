// The case beside the list: read when its row gets the focus, the next one ahead of that.

import type { CaseDetail, WireError } from "../../bindings.gen";
import * as m from "../../paraglide/messages";
import { type Backend, wireError } from "../backend";
import type { Gate } from "../state.svelte";
import { SLOW_MS } from "./loaded.svelte";

export class Opened {
  readonly #door: Backend;
  readonly #gate: Gate;

  detail = $state.raw<CaseDetail | null>(null);
  error = $state.raw<WireError | null>(null);
  slow = $state(false);
  /** Raised when the section, or the field, should take the keyboard focus. */
  whyTurn = $state(0);
  noteTurn = $state(0);
  #turn = 0;
  #ahead = new Map<number, CaseDetail>();

  constructor(door: Backend, gate: Gate) {
    this.#door = door;
    this.#gate = gate;
  }

  forget(): void {
    this.detail = null;
    this.#ahead.clear();
  }

  /** Reads the focused case; `fresh` when another one had the focus before. */
  async read(fresh: boolean): Promise<void> {
    const wanted = this.#gate.inbox.focus;
    const turn = ++this.#turn;
    if (wanted === null) {
      this.detail = null;
      this.error = null;
      return;
    }
    if (fresh) this.detail = this.#ahead.get(wanted) ?? null;
    const timer = this.detail === null ? setTimeout(() => (this.slow = turn === this.#turn), SLOW_MS) : undefined;
    try {
      const detail = await this.#door.case_detail(wanted);
      if (turn === this.#turn) {
        this.detail = detail;
        this.error = null;
      }
    } catch (thrown) {
      if (turn === this.#turn) this.error = wireError(thrown);
    } finally {
      clearTimeout(timer);
      if (turn === this.#turn) this.slow = false;
    }
    if (turn === this.#turn && this.detail) void this.#readAhead();
  }

  /** The next case is read before it is asked for, so that its plan is on screen with the key press. */
  async #readAhead(): Promise<void> {
    const inbox = this.#gate.inbox;
    const next = inbox.shown.rows[inbox.focusIndex + 1];
    this.#ahead.clear();
    if (!next) return;
    try {
      const detail = await this.#door.case_detail(next.case);
      this.#ahead.set(next.case, detail);
    } catch {
      // It is read again, with its failure shown, when it gets the focus.
    }
  }

  /** Whether the focused case can be decided: its plan is on screen and it is not decided already. */
  get decidable(): boolean {
    const row = this.detail?.row;
    const inbox = this.#gate.inbox;
    return row !== undefined && row.case === inbox.focus && !inbox.shown.left.has(row.case) && (row.state === "open" || row.state === "asked" || row.state === "snoozed");
  }

  async addNote(id: number, text: string): Promise<boolean> {
    const added = await this.#gate.call((door) => door.note_add({ case: id, text }));
    if (!added) return false;
    this.#gate.say(m.say_note_saved());
    await this.read(false);
    return true;
  }
}
