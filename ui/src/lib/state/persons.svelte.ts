// Persons who share this home: who acts, and what each may do. Names are for the record; they are not passwords.

import type { PersonPut, Persons as Read } from "../../bindings.gen";
import * as m from "../../paraglide/messages";
import type { Backend } from "../backend";
import { isolated } from "../format";
import type { Gate } from "../state.svelte";
import { Loaded } from "./loaded.svelte";

export class Persons {
  readonly #gate: Gate;
  readonly read: Loaded<Read>;

  constructor(door: Backend, gate: Gate) {
    this.#gate = gate;
    this.read = new Loaded(() => door.persons());
  }

  /** Another person sits here now. */
  async switchTo(name: string): Promise<void> {
    if (await this.#gate.call((door) => door.person_switch(name), ["settings", "record"])) this.#gate.toast(m.toast_person_switched({ name: isolated(name) }));
    await this.read.read();
  }

  async put(person: PersonPut): Promise<boolean> {
    const done = await this.#gate.call((door) => door.person_put(person), ["settings", "record"]);
    await this.read.read();
    return done !== null;
  }

  async remove(name: string): Promise<void> {
    await this.#gate.call((door) => door.person_remove(name), ["settings", "record"]);
    await this.read.read();
  }
}
