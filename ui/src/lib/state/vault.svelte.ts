// Vault & holds: what is sealed, holds, the key, and what is asked before something goes.

import type { HoldSet, PurgeYes, VaultRow, VaultView } from "../../bindings.gen";
import * as m from "../../paraglide/messages";
import type { Backend } from "../backend";
import type { Gate } from "../state.svelte";
import { Loaded } from "./loaded.svelte";

/** What stands over the screen. */
export type VaultQuestion = { kind: "hold" | "back" | "purge" | "export"; row: VaultRow } | { kind: "key_lost" | "unlock" | "passphrase" };

export class Vault {
  readonly #gate: Gate;
  readonly view: Loaded<VaultView>;
  question = $state.raw<VaultQuestion | null>(null);
  verifying = $state(false);
  /** The case that was deleted for good a moment ago: its certificate can be saved. */
  deleted = $state<number | null>(null);

  constructor(door: Backend, gate: Gate) {
    this.#gate = gate;
    this.view = new Loaded(() => door.vault());
  }

  #told(text: string): void {
    this.question = null;
    this.#gate.toast(text);
    this.#gate.say(text);
    void this.view.read();
  }

  async hold(ask: HoldSet): Promise<void> {
    const done = await this.#gate.call((door) => door.hold_set(ask), ["inbox", "record", "health"]);
    if (done) this.#told(ask.end ? m.toast_hold_ended({ case: ask.case }) : m.toast_hold_set({ case: ask.case }));
  }

  async putBack(id: number, note: string, beside: boolean): Promise<void> {
    this.question = null;
    await this.#gate.deciding.putBack(id, note.trim() === "" ? null : note, beside);
    await this.view.read();
  }

  async purge(yes: PurgeYes): Promise<void> {
    const done = await this.#gate.call((door) => door.purge_case(yes), ["inbox", "record", "health"]);
    if (!done) return;
    this.deleted = yes.case;
    this.#told(m.purge_done({ count: done.answer }));
  }

  async certificate(id: number): Promise<void> {
    const done = await this.#gate.call((door) => door.certificate_save(id));
    if (done?.answer) {
      this.deleted = null;
      this.#told(m.purge_certificate_saved());
    }
  }

  async export(id: number, typed: string, reason: string, to: string): Promise<void> {
    const done = await this.#gate.call((door) => door.export_sealed({ case: id, typed, reason, to }), ["record"]);
    if (done && done.answer !== null) this.#told(m.export_done({ count: done.answer }));
  }

  async keySave(): Promise<void> {
    const done = await this.#gate.call((door) => door.vault_key_save(), ["health", "record"]);
    if (done?.answer) this.#told(m.toast_key_saved());
  }

  async keyUse(): Promise<void> {
    const done = await this.#gate.call((door) => door.vault_key_use(), ["health", "record"]);
    if (done?.answer) this.#told(m.toast_key_taken());
  }

  async keyNew(): Promise<void> {
    const done = await this.#gate.call((door) => door.vault_key_new(), ["health", "record"]);
    if (done) this.#told(m.toast_key_new());
  }

  async keyUnlock(passphrase: string): Promise<void> {
    const done = await this.#gate.call((door) => door.vault_key_unlock(passphrase), ["health"]);
    if (done) this.#told(m.toast_key_unlocked());
  }

  async keyLock(): Promise<void> {
    const done = await this.#gate.call((door) => door.vault_key_lock(), ["health"]);
    if (done) this.#told(m.toast_key_locked());
  }

  async keyKeep(place: string, passphrase: string): Promise<void> {
    const done = await this.#gate.call((door) => door.vault_key_keep({ place, passphrase }), ["health", "record"]);
    if (done) this.#told(m.toast_key_kept());
    else await this.view.read();
  }

  async verify(): Promise<void> {
    this.verifying = true;
    const done = await this.#gate.call((door) => door.vault_verify(), ["health", "record"]);
    this.verifying = false;
    if (done) this.#told(done.answer.wrong === 0 ? m.vault_verified({ count: done.answer.files }) : m.vault_verified_wrong({ count: done.answer.wrong }));
  }

  async clock(days: number): Promise<void> {
    await this.#gate.call((door) => door.vault_clock_set(days), ["record"]);
    await this.view.read();
  }
}
