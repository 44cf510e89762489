// The screens beside the inbox: loaded when they are opened, or when the first paint is over, so that it waits for none of them.

import type { Component } from "svelte";
import type { Gate, Screen } from "../state.svelte";

/** Every screen but the inbox. */
export type Later = Exclude<Screen, "inbox">;
const LATER: Record<Later, () => Promise<{ default: Component<{ gate: Gate }> }>> = {
  first_run: () => import("../../views/FirstRun.svelte"), unchecked: () => import("../../views/Unchecked.svelte"), sites: () => import("../../views/Sites.svelte"),
  lists: () => import("../../views/Lists.svelte"), record: () => import("../../views/Record.svelte"), settings: () => import("../../views/Settings.svelte"),
  help: () => import("../../views/Help.svelte"),
  vault: () => import("../../views/Vault.svelte"), logs: () => import("../../views/Logs.svelte"),
};
const AFTER_PAINT_MS = 500;

export class Screens {
  loaded = $state.raw<Partial<Record<Screen, Component<{ gate: Gate }>>>>({});
  readonly #gate: Gate;

  constructor(gate: Gate) {
    this.#gate = gate;
  }

  async load(name: Later): Promise<void> {
    if (this.loaded[name]) return;
    try {
      const { default: screen } = await LATER[name]();
      this.loaded = { ...this.loaded, [name]: screen };
    } catch (thrown) {
      this.#gate.fail(thrown);
    }
  }

  /** Loads the others soon; the first run and the log only when they are needed. */
  loadSoon(): void {
    setTimeout(() => void import("../../parts/Questions.svelte"), AFTER_PAINT_MS);
    setTimeout(() => (Object.keys(LATER) as Later[]).forEach((name) => !["first_run", "logs"].includes(name) && void this.load(name)), AFTER_PAINT_MS);
  }
}
