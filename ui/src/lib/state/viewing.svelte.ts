// Looking after the person: what is left of today, when a break is due, and the end of the day.

import type { ViewingLimits, ViewingState } from "../../bindings.gen";
import type { Backend } from "../backend";
import type { Gate } from "../state.svelte";

/** Input is told at most this often. */
const INPUT_MS = 60_000;
const MINUTE_MS = 60_000;
/** A break is suggested after this many reveals of a session, and again after this time. */
const BREAK_REVEALS = 10;
const AGAIN_MS = 10 * MINUTE_MS;

export class Viewing {
  readonly #door: Backend;
  readonly #gate: Gate;

  today = $state.raw<ViewingState | null>(null);
  /** A break is suggested. */
  breakDue = $state(false);
  #minutes = new Set<number>();
  #toldAt = 0;
  #quietUntil = 0;

  constructor(door: Backend, gate: Gate) {
    this.#door = door;
    this.#gate = gate;
  }

  async read(): Promise<void> {
    const read = await this.#gate.call((door) => door.viewing_state(false));
    if (read) this.today = read.answer;
    this.#suggest();
  }

  /** There was input on the inbox. */
  async input(): Promise<void> {
    const now = Date.now();
    this.#minutes.add(Math.floor(now / MINUTE_MS));
    this.#suggest();
    if (now - this.#toldAt < INPUT_MS) return;
    this.#toldAt = now;
    // A session that could not be kept up ends sooner, which is the careful mistake.
    const state = await this.#door.viewing_state(true).catch(() => null);
    if (state) this.today = state;
  }

  #suggest(): void {
    const after = this.#gate.settings?.break_minutes ?? 0;
    const due = (after > 0 && this.#minutes.size >= after) || (this.today?.used_session ?? 0) >= BREAK_REVEALS;
    if (due && Date.now() >= this.#quietUntil && !this.isStopped) this.breakDue = true;
  }

  hideBreak(): void {
    this.breakDue = false;
    this.#quietUntil = Date.now() + AGAIN_MS;
  }

  get isStopped(): boolean {
    return this.#gate.now < (this.today?.stopped_until ?? 0);
  }

  /** Stops until six in the morning; watching goes on. */
  async stop(): Promise<void> {
    this.breakDue = false;
    this.#minutes.clear();
    const stopped = await this.#gate.call((door) => door.viewing_stop());
    if (stopped) this.today = stopped.answer;
  }

  async openAnyway(): Promise<void> {
    const going = await this.#gate.call((door) => door.viewing_go_on());
    if (going) this.today = going.answer;
    this.hideBreak();
  }

  async set(change: Partial<ViewingLimits>): Promise<boolean> {
    const wanted = this.today?.wanted;
    if (!wanted) return false;
    const set = await this.#gate.call((door) => door.viewing_set({ ...wanted, ...change }));
    if (set) this.today = set.answer;
    void this.#gate.opened.read(false);
    return set !== null;
  }
}
