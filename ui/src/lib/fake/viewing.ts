// The fake half of reveals: the same rules as the engine's, and a generated pattern for a picture.

import type { CaseDetail, CaseRow, RevealAsk, RevealEnd, RevealOffer, ViewingLimits } from "../../bindings.gen";
import type { Backend } from "../backend";

export type After = <T>(make: () => T, ms?: number) => Promise<T>;
type Row = (id: number) => CaseRow;
const SIDES = [64, 64, 128, 128];

export class FakeViewing {
  /** Every call that reached this side, in order. */
  calls: string[] = [];
  held: ViewingLimits = { per_session: 10, per_day: 20, minutes_per_day: 3, highest_step: 2 };
  wanted: ViewingLimits = { ...this.held };
  used = 0;
  /** How long the worker takes. */
  slowMs = 5;
  refuse: string | null = null;
  #open: { id: number; ask: RevealAsk } | null = null;
  #made: { case: number; ms: number }[] = [];
  stopped: number | null = null;
  #next = 1;

  #offer(row: CaseRow): RevealOffer | null {
    const exact = row.match === "exact";
    const most = { csam: 0, unknown: 0, malware: 0, ncii: exact ? 0 : 1, tvec: exact ? 2 : 4, local: 4, practice: 4 }[row.harm];
    const steps = Math.min(most, this.held.highest_step);
    if (steps === 0 || row.flood !== null || !["open", "asked", "snoozed"].includes(row.state)) return null;
    return { steps, most, behind_more: exact, needs_reason: row.harm === "ncii", is_up: row.harm !== "practice" && this.used >= this.held.per_day };
  }

  ofCase(row: CaseRow): Pick<CaseDetail, "reveal" | "revealed"> {
    const made = this.#made.filter((it) => it.case === row.case);
    return { reveal: this.#offer(row), revealed: { times: made.length, ms: made.reduce((sum, it) => sum + it.ms, 0), by: made.length > 0 ? ["me"] : [] } };
  }

  #state(): Awaited<ReturnType<Backend["viewing_state"]>> {
    return { held: this.held, wanted: this.wanted, used_today: this.used, used_session: this.used, used_ms: this.#made.reduce((sum, it) => sum + it.ms, 0), stopped_until: this.stopped };
  }

  door(after: After, row: Row): Pick<Backend, "reveal_open" | "reveal_pixels" | "reveal_close" | "viewing_state" | "viewing_set" | "viewing_stop" | "viewing_go_on"> {
    return {
      reveal_open: (ask) => after(() => {
        this.calls.push(`open ${ask.step}`);
        const offer = this.#offer(row(ask.case));
        const refused = this.refuse ?? (offer === null ? "never" : ask.step > offer.steps ? "ceiling" : offer.needs_reason && ask.why === null ? "reason" : offer.is_up ? "budget" : null);
        if (refused !== null) return { reveal: null, longest_ms: 0, refused: refused as "never" };
        this.#open = { id: this.#next++, ask };
        this.used += 1;
        return { reveal: this.#open.id, longest_ms: 5_000, refused: null };
      }),
      reveal_pixels: (id) => after(() => {
        this.calls.push("pixels");
        if (this.#open?.id !== id) throw { code: "refused", detail: "never" };
        const side = SIDES[this.#open.ask.step - 1] ?? 64;
        const bytes = new Uint8Array(8 + side * side * 4);
        new DataView(bytes.buffer).setUint32(0, side, true);
        new DataView(bytes.buffer).setUint32(4, side, true);
        for (let at = 0; at < side * side; at += 1) bytes.set([...Array.from({ length: 3 }, () => ((at % side) ^ Math.floor(at / side)) & 8 ? 40 : 215), 255], 8 + at * 4);
        return bytes.buffer;
      }, this.slowMs),
      reveal_close: (end: RevealEnd) => after(() => {
        this.calls.push(`close ${end.cause}`);
        if (this.#open?.id === end.reveal) this.#made.push({ case: this.#open.ask.case, ms: end.shown_ms });
        this.#open = null;
        return null;
      }),
      viewing_state: () => after(() => this.#state()),
      viewing_set: (limits) => after(() => {
        this.wanted = limits;
        const tighter = Object.entries(limits).filter(([key, value]) => value < this.held[key as keyof ViewingLimits]);
        this.held = { ...this.held, ...Object.fromEntries(tighter) };
        return this.#state();
      }),
      viewing_stop: () => after(() => {
        this.stopped = Date.now() + 8 * 3_600_000;
        return this.#state();
      }),
      viewing_go_on: () => after(() => {
        this.stopped = null;
        return this.#state();
      }),
    };
  }
}
