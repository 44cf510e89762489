// Record: its pages, its days, and whether the chain is whole.

import type { DayCount, LedgerState, RecordFilter, RecordRow } from "../../bindings.gen";
import type { Backend } from "../backend";
import type { Gate } from "../state.svelte";
import { PAGE, Pages } from "./loaded.svelte";

export class Records {
  readonly #door: Backend;
  readonly #gate: Gate;
  /** A new filter starts over. */
  readonly pages = new Pages<RecordRow>();
  filter = $state<RecordFilter>("decisions");
  days = $state.raw<DayCount[] | null>(null);
  ledger = $state.raw<LedgerState | null>(null);

  constructor(door: Backend, gate: Gate) {
    this.#door = door;
    this.#gate = gate;
  }

  read(more: boolean): Promise<void> {
    const filter = this.filter;
    return this.pages.read(more, async (after) => {
      const page = await this.#door.record_page({ filter, before: after, limit: PAGE });
      return { rows: page.rows, next: page.next, extra: page.total };
    });
  }

  async readDays(days: number): Promise<void> {
    const read = await this.#gate.call((door) => door.record_days(days));
    if (read) this.days = read.answer;
  }

  async verify(): Promise<void> {
    const read = await this.#gate.call((door) => door.ledger_verify());
    if (read) this.ledger = read.answer;
  }
}
