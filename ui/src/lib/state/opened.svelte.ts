// The case beside the list: read when its row gets the focus, the next one ahead of that.

import type { CaseDetail, WireError } from "../../bindings.gen";
import * as m from "../../paraglide/messages";
import { type Backend, wireError } from "../backend";
import { isolated } from "../format";
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

  /** Claims the focused case, or gives it free. */
  async claim(): Promise<void> {
    const row = this.detail?.row;
    if (!row) return;
    const mine = row.claimed_by === this.#gate.settings?.person;
    const done = await this.#gate.call((door) => door.claim({ case: row.case, release: mine }), ["inbox"]);
    if (done) this.#gate.say(mine ? m.say_released({ case: row.case }) : m.say_claimed({ case: row.case }));
    await this.read(false);
  }

  /** Writes the question about the focused case to a file that the person gives to somebody. */
  async saveQuestion(): Promise<void> {
    const id = this.detail?.row.case;
    if (id === undefined) return;
    const saved = await this.#gate.call((door) => door.question_save(id));
    if (saved?.answer) this.#gate.toast(m.toast_question_saved({ file: isolated(saved.answer) }), { until: null });
  }

  async readAnswer(): Promise<void> {
    const read = await this.#gate.call((door) => door.answer_read(), ["inbox", "record"]);
    if (!read?.answer) return;
    const { case: id, answer, why } = read.answer;
    const words = { take_down: m.verb_take_down, keep: m.verb_keep, not_sure: m.answer_not_sure }[answer] ?? m.answer_not_sure;
    this.#gate.toast(m.toast_answer({ case: id, answer: words() }), { until: null, detail: why === "" ? [] : [isolated(why)] });
    await this.read(false);
  }

  async addNote(id: number, text: string): Promise<boolean> {
    const added = await this.#gate.call((door) => door.note_add({ case: id, text }));
    if (!added) return false;
    this.#gate.say(m.say_note_saved());
    await this.read(false);
    return true;
  }
}
