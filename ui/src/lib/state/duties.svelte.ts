// Duties: clocks that run, what the open case asks for, the country and its pages of Help.

import type { CaseDuties, ClockStart, Country, CountryAnswers, DutyClock, EvidenceAnswer, HelpPage, NoticeNew, PackKind, ReportAsk, ReportForm, ReportMade, Stale, WireError } from "../../bindings.gen";
import * as m from "../../paraglide/messages";
import { type Backend, wireError } from "../backend";
import type { Gate, Screen } from "../state.svelte";
import { failure } from "../words";
import { Loaded } from "./loaded.svelte";

/** What a clock, a report or a statement changes. */
const CHANGED: Stale[] = ["inbox", "record", "health"];
/** The part of Help that belongs to each screen. */
const HELP_OF: Partial<Record<Screen, string>> = { inbox: "do_now", unchecked: "do_now", sites: "do_not", lists: "do_not", record: "keep", settings: "report_to" };
/** Codes whose sentence says what to do and belongs beside the form. */
const TOLD_BESIDE = ["bad_argument", "question", "refused", "guard"];

export class Duties {
  readonly #door: Backend;
  readonly #gate: Gate;
  readonly clocks: Loaded<DutyClock[]>;
  readonly country: Loaded<Country>;
  readonly pages: Loaded<HelpPage[]>;
  /** What the open case asks for, and which case that is. */
  of = $state.raw<{ case: number; duties: CaseDuties } | null>(null);
  busy = $state(false);
  /** Raised when the report of the open case should be begun. */
  reportTurn = $state(0);
  /** The part of Help that is asked for, and a turn so that the same part can be asked for again. */
  part = $state("do_now");
  partTurn = $state(0);
  #turn = 0;

  /** The language in which pages of Help are asked for; where there is none in it they come in English and say so. */
  get #language(): "english" | "german" {
    return this.#gate.spoken.locale === "de" ? "german" : "english";
  }

  constructor(door: Backend, gate: Gate) {
    this.#door = door;
    this.#gate = gate;
    this.clocks = new Loaded(() => door.duty_clocks());
    this.country = new Loaded(() => door.country());
    this.pages = new Loaded(() => door.help_pages(this.#language));
  }

  stale(which: readonly Stale[]): void {
    if (which.includes("record") || which.includes("inbox")) void this.clocks.read();
  }

  /** The clock that comes first: what was missed or asks, then what is due soonest. */
  get first(): DutyClock | null {
    const all = this.clocks.value ?? [];
    return all.find((it) => it.asks) ?? all[0] ?? null;
  }

  async readCase(id: number): Promise<void> {
    const turn = ++this.#turn;
    if (this.of?.case !== id) this.of = null;
    try {
      const duties = await this.#door.case_duties(id);
      if (turn === this.#turn) this.of = { case: id, duties };
    } catch {
      // The panel itself tells a failure; without this part it is whole.
      if (turn === this.#turn) this.of = null;
    }
  }

  /** Runs a change; a sentence that belongs beside the form is given back, another failure is told. */
  async #change<T>(run: (door: Backend) => Promise<T>): Promise<{ answer: T | null; refused: string | null }> {
    this.busy = true;
    try {
      return { answer: await run(this.#door), refused: null };
    } catch (thrown) {
      const error: WireError = wireError(thrown);
      if (TOLD_BESIDE.includes(error.code)) return { answer: null, refused: error.detail ?? failure(error).text };
      if (error.code !== "cancelled") this.#gate.fail(error);
      return { answer: null, refused: null };
    } finally {
      this.busy = false;
      this.#gate.stale(CHANGED);
    }
  }

  form(kind: PackKind): Promise<ReportForm | null> {
    return this.#gate.call((door) => door.report_form(kind)).then((read) => read?.answer ?? null);
  }

  make(ask: ReportAsk): Promise<{ answer: ReportMade | null; refused: string | null }> {
    return this.#change((door) => door.report_make(ask));
  }

  async reported(id: number, to: PackKind, number: string): Promise<string | null> {
    const { answer, refused } = await this.#change((door) => door.reported({ case: id, to, number: number.trim() === "" ? null : number.trim() }));
    if (answer !== null) this.#gate.toast(m.toast_reported());
    return refused;
  }

  async start(clock: ClockStart): Promise<string | null> {
    return (await this.#change((door) => door.clock_start(clock))).refused;
  }

  /** The case that a notice is about: the one it was typed in for, or the one that its file led to; null if nobody chose a file. */
  note(notice: NoticeNew): Promise<{ answer: number | null; refused: string | null }> {
    return this.#change((door) => door.notice_add(notice));
  }

  async stop(clock: number, reason: string): Promise<string | null> {
    return (await this.#change((door) => door.clock_stop({ clock, reason }))).refused;
  }

  async confirm(clock: number): Promise<void> {
    await this.#change((door) => door.clock_confirm(clock));
  }

  async statement(id: number, release: boolean, reason: string): Promise<string | null> {
    return (await this.#change((door) => door.statement_change({ case: id, release, reason }))).refused;
  }

  async evidence(answer: EvidenceAnswer): Promise<string | null> {
    return (await this.#change((door) => door.evidence_answer(answer))).refused;
  }

  async setCountry(answers: CountryAnswers): Promise<string | null> {
    const { refused } = await this.#change((door) => door.country_set(answers));
    await Promise.all([this.country.read(), this.pages.read()]);
    if (refused === null) this.#gate.toast(m.toast_setting_changed());
    return refused;
  }

  async saveHelp(profile: string): Promise<void> {
    const { answer, refused } = await this.#change((door) => door.help_save({ profile, language: this.#language }));
    if (answer === true) this.#gate.toast(m.toast_help_saved());
    if (refused !== null) this.#gate.toast(refused);
  }

  /** Opens Help at the part that belongs to where the person is. */
  help(part: string = HELP_OF[this.#gate.screen] ?? "do_now"): void {
    this.part = part;
    this.partTurn += 1;
    this.#gate.go("help");
  }
}
