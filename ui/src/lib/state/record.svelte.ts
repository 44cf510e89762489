// Record: its pages, its days, and whether the chain is whole.

import type { DayCount, FileVerdict, LedgerState, RecordFilter, RecordRow, StatementWrite, TableForm, Written } from "../../bindings.gen";
import type { Backend } from "../backend";
import type { Gate } from "../state.svelte";
import { PAGE, Pages } from "./loaded.svelte";

/** Months of a transparency report. */
const MONTHS = 12;
const DAY_MS = 86_400_000;
/** A day of a date field as the first moment of it, by the clock of this computer. */
const dayOf = (text: string): number | null => (text === "" ? null : new Date(`${text}T00:00:00`).getTime());

export class Records {
  readonly #door: Backend;
  readonly #gate: Gate;
  /** A new filter starts over. */
  readonly pages = new Pages<RecordRow>();
  filter = $state<RecordFilter>("decisions");
  /** Days as date fields give them; empty for none. */
  from = $state("");
  to = $state("");
  person = $state("");
  /** Everybody who stands in the record. */
  persons = $state.raw<string[]>([]);
  days = $state.raw<DayCount[] | null>(null);
  ledger = $state.raw<LedgerState | null>(null);

  constructor(door: Backend, gate: Gate) {
    this.#door = door;
    this.#gate = gate;
  }

  read(more: boolean): Promise<void> {
    const chosen = this.#chosen();
    return this.pages.read(more, async (after) => {
      const page = await this.#door.record_page({ ...chosen, before: after, limit: PAGE });
      return { rows: page.rows, next: page.next, extra: page.total };
    });
  }

  /** What the filters say; the last day counts whole. */
  #chosen(): { filter: RecordFilter; from: number | null; to: number | null; person: string | null } {
    const last = dayOf(this.to);
    return { filter: this.filter, from: dayOf(this.from), to: last === null ? null : last + DAY_MS, person: this.person === "" ? null : this.person };
  }

  get isFiltered(): boolean {
    return this.from !== "" || this.to !== "" || this.person !== "";
  }

  clear(): void {
    this.from = "";
    this.to = "";
    this.person = "";
  }

  async readPersons(): Promise<void> {
    const read = await this.#gate.call((door) => door.record_persons());
    if (read) this.persons = read.answer;
  }

  // ——— papers: null if the person changed their mind, or after a failure that was told ———

  async #written(run: (door: Backend) => Promise<Written | null>): Promise<Written | null> {
    return (await this.#gate.call(run, ["record"]))?.answer ?? null;
  }
  exportLedger(id: number | null): Promise<Written | null> {
    return this.#written((door) => door.ledger_export(id));
  }
  table(form: TableForm, leaveOut: boolean): Promise<Written | null> {
    return this.#written((door) => door.table_write({ form, ...this.#chosen(), leave_out_names: leaveOut }));
  }
  statement(wanted: StatementWrite): Promise<Written | null> {
    return this.#written((door) => door.statement_write(wanted));
  }
  transparency(): Promise<Written | null> {
    return this.#written((door) => door.transparency_write(MONTHS));
  }
  handover(): Promise<Written | null> {
    return this.#written((door) => door.handover_write());
  }
  async verifyFile(): Promise<FileVerdict | null> {
    return (await this.#gate.call((door) => door.ledger_verify_file()))?.answer ?? null;
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
