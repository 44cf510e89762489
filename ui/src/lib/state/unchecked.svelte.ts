// Could not check: its pages, why, and another try.

import type { CountOf, ReasonClass, UncheckedRow } from "../../bindings.gen";
import * as m from "../../paraglide/messages";
import type { Backend } from "../backend";
import type { Gate } from "../state.svelte";
import { PAGE, Pages } from "./loaded.svelte";

export class Unchecked {
  readonly #door: Backend;
  readonly #gate: Gate;
  readonly pages = new Pages<UncheckedRow>();
  which = $state<ReasonClass>("need_you");
  reasons = $state.raw<CountOf[]>([]);

  constructor(door: Backend, gate: Gate) {
    this.#door = door;
    this.#gate = gate;
  }

  read(more: boolean): Promise<void> {
    const which = this.which;
    return this.pages.read(more, async (after) => {
      const page = await this.#door.unchecked_page({ class: which, after, limit: PAGE });
      this.reasons = page.by_reason;
      return { rows: page.rows, next: page.next, extra: 0 };
    });
  }

  async tryAgain(uploads: number[] | null, reason: string | null): Promise<void> {
    const tried = await this.#gate.call((door) => door.try_again({ uploads, reason }), ["inbox", "health"]);
    if (tried) {
      this.#gate.toast(m.toast_trying_again({ count: tried.answer }));
      await this.read(false);
    }
  }
}
