// Copies of the open case's content, and what is known to be good: asked for when a part of the page needs it.

import type { CopiesFound, GoodAdd, GoodOfCase, GoodRule } from "../../bindings.gen";
import * as m from "../../paraglide/messages";
import type { Backend } from "../backend";
import type { Gate } from "../state.svelte";
import { Loaded } from "./loaded.svelte";

export class Good {
  readonly #gate: Gate;
  readonly rules: Loaded<GoodRule[]>;
  /** Of the case that is shown; a late answer of another case is dropped. */
  of = $state.raw<{ case: number; of: GoodOfCase } | null>(null);
  found = $state.raw<{ case: number; found: CopiesFound } | null>(null);
  searching = $state(false);

  constructor(door: Backend, gate: Gate) {
    this.#gate = gate;
    this.rules = new Loaded(() => door.good_rules(false));
  }

  async readOf(id: number): Promise<void> {
    const read = await this.#gate.call((door) => door.good_of_case(id));
    if (read && this.#gate.inbox.focus === id) this.of = { case: id, of: read.answer };
  }

  async search(id: number): Promise<void> {
    this.searching = true;
    const read = await this.#gate.call((door) => door.copies(id), ["record"]);
    this.searching = false;
    if (!read) return;
    this.found = { case: id, found: read.answer };
    this.#gate.say(m.copies_found({ count: read.answer.files }));
  }

  async join(id: number): Promise<void> {
    const read = await this.#gate.call((door) => door.copies_join(id), ["inbox", "record"]);
    if (!read) return;
    this.#gate.toast(m.toast_copies_joined({ count: read.answer }));
    await this.search(id);
  }

  async add(rule: GoodAdd): Promise<boolean> {
    const read = await this.#gate.call((door) => door.good_add(rule), ["inbox", "record"]);
    if (!read) return false;
    this.#gate.toast(m.toast_good_added({ count: read.answer.kept }));
    await this.readOf(rule.case);
    return true;
  }

  async remove(rule: number): Promise<void> {
    const read = await this.#gate.call((door) => door.good_remove(rule), ["inbox", "record"]);
    if (read) this.#gate.toast(m.toast_good_removed({ count: read.answer }));
    await this.rules.read();
  }

  async dismiss(id: number): Promise<void> {
    if (await this.#gate.call((door) => door.good_dismiss(id))) await this.readOf(id);
  }
}
