// What is read from the shell and kept over a failure: one value, or rows page after page.

import type { WireError } from "../../bindings.gen";
import { wireError } from "../backend";

/** Skeletons wait this long, so that a quick answer never flashes one. */
export const SLOW_MS = 150;
/** Rows of one answer: a few screens, about 2 ms of IPC. */
export const PAGE = 200;

/** Something read from the shell: the last good value, the last failure, and whether the first read is taking long. */
export class Loaded<T> {
  value = $state.raw<T | null>(null);
  error = $state.raw<WireError | null>(null);
  slow = $state(false);
  #ask: () => Promise<T>;
  #running: Promise<void> | null = null;
  #again = false;

  constructor(ask: () => Promise<T>) {
    this.#ask = ask;
  }

  /** Reads again; a call during a read makes one more read after it, so that no push is lost. */
  read(): Promise<void> {
    if (this.#running) {
      this.#again = true;
      return this.#running;
    }
    this.#running = this.#loop().finally(() => (this.#running = null));
    return this.#running;
  }

  async #loop(): Promise<void> {
    const timer = this.value === null ? setTimeout(() => (this.slow = true), SLOW_MS) : undefined;
    do {
      this.#again = false;
      try {
        this.value = await this.#ask();
        this.error = null;
      } catch (thrown) {
        this.error = wireError(thrown);
      }
    } while (this.#again);
    clearTimeout(timer);
    this.slow = false;
  }
}

/** Rows that are read page after page, with the last good ones kept over a failure. */
export class Pages<Row> {
  rows = $state.raw<Row[]>([]);
  extra = $state(0);
  done = $state(false);
  read_once = $state(false);
  slow = $state(false);
  error = $state.raw<WireError | null>(null);
  #next: number | null = null;
  #turn = 0;

  async read(more: boolean, ask: (after: number | null) => Promise<{ rows: Row[]; next: number | null; extra: number }>): Promise<void> {
    const turn = ++this.#turn;
    const timer = this.read_once ? undefined : setTimeout(() => (this.slow = true), SLOW_MS);
    try {
      const page = await ask(more ? this.#next : null);
      if (turn !== this.#turn) return;
      this.rows = more ? [...this.rows, ...page.rows] : page.rows;
      this.#next = page.next;
      this.extra = page.extra;
      this.done = page.next === null;
      this.error = null;
      this.read_once = true;
    } catch (thrown) {
      if (turn === this.#turn) this.error = wireError(thrown);
    } finally {
      clearTimeout(timer);
      this.slow = false;
    }
  }

  forget(): void {
    this.#turn += 1;
    this.rows = [];
    this.#next = null;
    this.read_once = false;
  }
}
