// The fake's vault: a few cases in every state, holds, a key.

import type { CaseRow, ExportSealed, HoldSet, HoldsEnding, KeyKeep, PurgeYes, VaultRow, VaultView, WireError } from "../../bindings.gen";
import { caseRow, DAY, HOSTILE, HOUR, type Scenario } from "./fixtures";

const SHORTEST = 10;

function fault(code: string): WireError {
  return { code, detail: null };
}

/** Vault & holds of one scenario. */
export class FakeVault {
  #rows: VaultRow[] = [];
  #saved: number | null;
  #isHere: boolean;
  #place = "file";
  #passphrase: string | null = null;
  #locked = false;
  #days = 90;
  readonly #write: (verb: string, id: number | null, facts: Record<string, string | number>) => void;

  constructor(scenario: Scenario, now: number, write: (verb: string, id: number | null, facts: Record<string, string | number>) => void) {
    this.#write = write;
    this.#saved = scenario === "few" || scenario === "empty" ? null : now - 9 * DAY;
    this.#isHere = scenario !== "problems";
    if (scenario === "first-run" || scenario === "no-list") return;
    const list = scenario === "hostile-names" ? (HOSTILE[2] ?? "") : "My own list";
    const down = { state: "decided", decision: "take_down" } as const;
    const row = (id: number, over: Partial<CaseRow>, it: Partial<VaultRow>): VaultRow => ({
      row: caseRow(id, now, { ...down, case: id, protected: false, harm: "local", list, ...over }), sealed: 1, sealed_at: now - 20 * DAY, unsealed: 0, hold: null,
      deletable: now + 70 * DAY, may_delete: false, evidence_missing: false, put_back_needs_note: false, ...it,
    });
    this.#rows = [
      row(942, { harm: "csam", protected: true, list: "" }, { sealed: 14, sealed_at: now - HOUR, hold: { ends: null, basis: "May have to be reported", holds: true }, put_back_needs_note: true }),
      row(992, { harm: "tvec", list: "TCAP test" }, { unsealed: 1, hold: { ends: now + 5 * DAY, basis: "Six months from the take-down", holds: true } }),
      row(870, {}, { sealed: 2, sealed_at: now - 120 * DAY, deletable: now - 30 * DAY, may_delete: true }),
      row(866, {}, { hold: { ends: now - DAY, basis: "Order 12", holds: false }, may_delete: true }),
      row(860, {}, {}),
    ];
    if (scenario === "problems") this.#rows = this.#rows.map((it) => (it.row.case === 870 ? { ...it, evidence_missing: true } : it));
  }

  view(): VaultView {
    const made = this.#rows.length > 0;
    return {
      rows: this.#rows, key: { made, is_here: made && this.#isHere, place: made && this.#isHere ? this.#place : null, locked: this.#locked, has_store: true, saved: made ? this.#saved : null }, clock_days: this.#days,
      missing: this.#rows.filter((it) => it.evidence_missing).map((it) => it.row.case),
    };
  }

  ending(now: number): HoldsEnding {
    const within = (days: number): number => this.#rows.filter((it) => it.hold?.holds && it.hold.ends !== null && it.hold.ends <= now + days * DAY).length;
    return { month: within(30), week: within(7), day: within(1), over: this.#rows.filter((it) => it.hold && !it.hold.holds).length };
  }

  #row(id: number): VaultRow {
    const found = this.#rows.find((it) => it.row.case === id);
    if (!found) throw fault("not_found");
    return found;
  }

  #change(id: number, over: Partial<VaultRow>): void {
    this.#rows = this.#rows.map((it) => (it.row.case === id ? { ...it, ...over } : it));
  }

  hold(ask: HoldSet): null {
    const row = this.#row(ask.case);
    const shorter = row.hold?.holds && (ask.end || (ask.until !== null && (row.hold.ends === null || ask.until < row.hold.ends)));
    if (ask.reason.trim() === "" || (shorter && ask.reason.trim().length < SHORTEST)) throw fault("bad_argument");
    this.#change(ask.case, { hold: ask.end ? null : { ends: ask.until, basis: row.hold?.basis ?? ask.reason, holds: true }, may_delete: ask.end });
    this.#write(ask.end ? "hold_ended" : "hold_set", ask.case, { note: ask.reason });
    return null;
  }

  putBack(id: number, note: string | null): void {
    const row = this.#rows.find((it) => it.row.case === id);
    if (!row) return;
    if (this.#locked) throw fault("key_locked");
    if (row.put_back_needs_note && (note?.trim().length ?? 0) < SHORTEST) throw fault("note_needed");
    if (!row.hold?.holds) this.#rows = this.#rows.filter((it) => it !== row);
  }

  purge(yes: PurgeYes, now: number): number {
    const row = this.#row(yes.case);
    if (row.hold?.holds) throw fault("held");
    if (!yes.early && (row.deletable ?? 0) > now && !row.may_delete) throw fault("too_early");
    if (yes.typed.trim() !== String(yes.case) || yes.reason.trim().length < SHORTEST) throw fault("bad_argument");
    this.#rows = this.#rows.filter((it) => it !== row);
    this.#write("purged", yes.case, { files: row.sealed });
    return row.sealed;
  }

  export(ask: ExportSealed): number {
    const row = this.#row(ask.case);
    if (!ask.to.startsWith("age1") || ask.typed.trim() !== String(ask.case)) throw fault("bad_argument");
    this.#write("exported", ask.case, { note: ask.reason });
    return row.sealed;
  }

  keySave(now: number): boolean {
    this.#saved = now;
    return true;
  }

  keyUse(): boolean {
    this.#isHere = true;
    return true;
  }

  keyUnlock(passphrase: string): null {
    if (passphrase !== this.#passphrase) throw fault("bad_argument");
    this.#locked = false;
    return null;
  }

  keyLock(): null {
    this.#locked = this.#place === "passphrase";
    return null;
  }

  keyKeep(ask: KeyKeep): null {
    if (this.#locked) throw fault("key_locked");
    if (ask.place === "passphrase" && ask.passphrase.length < 12) throw fault("bad_argument");
    this.#place = ask.place;
    this.#passphrase = ask.place === "passphrase" ? ask.passphrase : null;
    this.#write("vault_key_kept", null, { in: ask.place });
    return null;
  }

  verify(): { files: number; wrong: number } {
    return { files: this.#rows.reduce((sum, it) => sum + it.sealed, 0), wrong: this.#rows.filter((it) => it.evidence_missing).length };
  }

  clock(days: number): null {
    this.#days = days;
    return null;
  }
}
