// Lists: what they hold, where they are loaded from, and the one list on offer, which goes on when nobody looks.

import type { FormatRow, ListEntry, ListRow, ListTerms, OfferAddress, OfferAnswers, OfferChoose, OfferState, OfferYes, OwnKey, OwnList, OwnPublish, OwnPublished, OwnPut, OwnWithdraw, SourceChange, Sources, Stale } from "../../bindings.gen";
import * as m from "../../paraglide/messages";
import { type Backend, wireError } from "../backend";
import { isolated } from "../format";
import type { Gate } from "../state.svelte";
import { offerRefusal } from "../words";
import { Loaded } from "./loaded.svelte";

/** What a list that was switched makes out of date. */
const SWITCHED: Stale[] = ["lists", "health", "inbox"];

/** The Lists screen, and what first run needs of it. */
export class Lists {
  readonly #door: Backend;
  readonly #gate: Gate;
  readonly rows: Loaded<ListRow[]>;
  readonly sources: Loaded<Sources>;
  readonly offer: Loaded<OfferState | null>;
  readonly formats: Loaded<FormatRow[]>;
  /** The list on offer is shown in its dialog. */
  looking = $state(false);
  /** A system dialog is open, or a call is on its way. */
  busy = $state(false);
  #ended = 0;

  constructor(door: Backend, gate: Gate) {
    this.#door = door;
    this.#gate = gate;
    this.rows = new Loaded(() => door.lists());
    this.sources = new Loaded(() => door.sources());
    this.offer = new Loaded(() => door.offer());
    this.formats = new Loaded(() => door.list_formats());
  }

  async start(): Promise<void> {
    await Promise.all([this.rows.read(), this.sources.read(), this.#readOffer()]);
  }

  stale(which: readonly Stale[]): void {
    if (which.includes("lists")) {
      void this.rows.read();
      void this.sources.read();
    }
    if (which.includes("offer")) void this.#readOffer();
  }

  /** Reads where the list on offer is; one that came to its end is told once and dropped. */
  async #readOffer(): Promise<void> {
    await this.offer.read();
    const it = this.offer.value;
    if (!it || it.token === this.#ended) return;
    if (it.stage === "imported" && it.imported) {
      const { entries, now_matching } = it.imported;
      await this.#finish(it.token, now_matching === 0 ? m.toast_imported({ count: entries }) : m.toast_imported_matching({ count: now_matching }));
    } else if (it.stage === "up_to_date") {
      await this.#finish(it.token, m.toast_list_up_to_date());
    }
  }

  async #finish(token: number, text: string): Promise<void> {
    this.#ended = token;
    this.looking = false;
    this.#gate.toast(text);
    this.#gate.say(text);
    await this.#gate.call((door) => door.offer_end(token), [...SWITCHED, "offer"]);
  }

  /** Begins to bring a list; answers whether something was begun. */
  async #begin(run: (door: Backend) => Promise<boolean | null>): Promise<boolean> {
    this.busy = true;
    const begun = await this.#gate.call(run, ["offer"]);
    this.busy = false;
    if (begun === null || begun.answer === false) return false;
    this.looking = true;
    void this.formats.read();
    await this.#readOffer();
    return true;
  }

  choose(asked: OfferChoose): Promise<boolean> {
    return this.#begin((door) => door.offer_choose(asked));
  }

  /** Begins to load from an address, after a yes in the system's dialog; answers why not, or null. */
  async load(asked: OfferAddress): Promise<string | null> {
    let refused: string | null = null;
    await this.#begin(async (door) => {
      try {
        return await door.offer_address(asked);
      } catch (thrown) {
        const { code, detail } = wireError(thrown);
        refused = offerRefusal({ code, detail, sentence: detail ?? m.error_internal_text() });
        return false;
      }
    });
    return refused;
  }

  /** Runs a call of a list of one's own; what is refused is said where it was asked. */
  async #own<T>(run: (door: Backend) => Promise<T>, stale: Stale[]): Promise<{ answer: T | null; refused: string | null }> {
    this.busy = true;
    try {
      const done = await this.#gate.call(async (door) => {
        try {
          return { answer: await run(door), refused: null };
        } catch (thrown) {
          return { answer: null, refused: wireError(thrown).detail ?? m.error_internal_text() };
        }
      }, stale);
      return done?.answer ?? { answer: null, refused: null };
    } finally {
      this.busy = false;
    }
  }

  /** Makes a list of one's own; answers why not, or null. */
  async makeOwn(list: OwnList): Promise<string | null> {
    const { refused } = await this.#own((door) => door.own_new(list), ["lists"]);
    if (refused === null) this.#gate.toast(m.toast_own_made());
    return refused;
  }

  ownKey(list: number): Promise<{ answer: OwnKey | null; refused: string | null }> {
    return this.#own((door) => door.own_key_new(list), []);
  }

  publish(wanted: OwnPublish): Promise<{ answer: OwnPublished | null; refused: string | null }> {
    return this.#own((door) => door.own_publish(wanted), ["lists", "record"]);
  }

  /** Puts the content of a case on a list of one's own. */
  async putOn(put: OwnPut, name: string): Promise<void> {
    const { answer, refused } = await this.#own((door) => door.own_put(put), SWITCHED);
    if (answer === null && refused === null) return;
    const list = isolated(name);
    const text = refused ?? (answer?.was_there ? m.toast_own_was_there({ list }) : answer?.held_back ? m.toast_own_held_back({ list }) : m.toast_own_put({ list }));
    this.#gate.toast(text);
    this.#gate.say(text);
  }

  /** Takes an entry of a list of one's own back. */
  async takeBack(entry: OwnWithdraw): Promise<boolean> {
    const done = await this.#gate.call((door) => door.own_withdraw(entry), SWITCHED);
    if (done) this.#tell(m.toast_own_taken_back({ count: done.answer.decisions_affected }));
    return done !== null;
  }

  async switchOn(entry: ListEntry): Promise<void> {
    const done = await this.#gate.call((door) => door.list_switch_on(entry), SWITCHED);
    if (done) this.#tell(m.toast_switched_on({ count: done.answer }));
  }

  async setTerms(terms: ListTerms): Promise<boolean> {
    const done = await this.#gate.call((door) => door.list_terms_set(terms), ["lists"]);
    if (done) this.#tell(m.toast_terms());
    return done !== null;
  }

  #tell(text: string): void {
    this.#gate.toast(text);
    this.#gate.say(text);
  }

  lookAgain(list: number): Promise<boolean> {
    return this.#begin((door) => door.offer_again(list));
  }

  async answer(answers: OfferAnswers): Promise<void> {
    await this.#gate.call((door) => door.offer_answer(answers), ["offer"]);
  }

  async accept(yes: OfferYes): Promise<void> {
    await this.#gate.call((door) => door.offer_accept(yes), ["offer"]);
  }

  /** Drops the list on offer: a download ends, and nothing of it stays. */
  async drop(): Promise<void> {
    const token = this.offer.value?.token;
    this.looking = false;
    if (token === undefined) return;
    this.#ended = token;
    await this.#gate.call((door) => door.offer_end(token), ["offer", "lists"]);
  }

  /** Goes on behind; the Lists screen shows it in a bar. */
  hide(): void {
    this.looking = false;
    if (this.offer.value?.stage === "refused") void this.drop();
  }

  async goBack(list: number, seq: number): Promise<boolean> {
    const done = await this.#gate.call((door) => door.list_roll_back({ list, seq }), SWITCHED);
    if (done) this.#gate.toast(m.toast_went_back({ seq }));
    return done !== null;
  }

  async remove(list: number): Promise<void> {
    if (await this.#gate.call((door) => door.list_remove(list), SWITCHED)) this.#gate.toast(m.toast_list_removed());
  }

  async change(change: Partial<SourceChange> & { source: number }, text: string): Promise<boolean> {
    const whole = { paused: null, every_hours: null, other_hosts: null, private_network: null, token: null, ...change };
    const done = await this.#gate.call((door) => door.source_change(whole), ["lists"]);
    if (done?.answer !== true) return false;
    this.#gate.toast(text);
    this.#gate.say(text);
    return true;
  }

  /** Looks at every place that is not paused; each list says what came of it. */
  async lookAtAll(): Promise<void> {
    await this.#gate.call((door) => door.sources_look(), ["lists"]);
  }

  async forget(source: number, list: string): Promise<void> {
    if (await this.#gate.call((door) => door.source_forget(source), ["lists"])) this.#gate.toast(m.toast_source_forgotten({ list: isolated(list) }));
  }

  async setQuiet(hours: string | null): Promise<void> {
    if (await this.#gate.call((door) => door.quiet_set(hours), ["lists"])) this.#gate.toast(hours === null ? m.toast_quiet_off() : m.toast_quiet({ hours }));
  }
}
