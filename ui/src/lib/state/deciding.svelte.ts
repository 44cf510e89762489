// Decisions from the page's side: what is asked first, the clock of a draft, undo, put back.

import type { ActResult, CaseDetail, Decided, DecisionKind, DraftBatch, SnoozeUntil } from "../../bindings.gen";
import * as m from "../../paraglide/messages";
import type { Backend } from "../backend";
import { count, isolated, secondsUntil } from "../format";
import type { Gate } from "../state.svelte";
import { outcome } from "../words";
import { ASK_ABOVE } from "./filter";
import type { ToastButton } from "./notices.svelte";

export const NOTE_MIN = 10;

function requestId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** What goes with a decision. */
export interface With {
  note?: string;
  snooze?: SnoozeUntil;
  confirmed?: boolean;
}

export class Deciding {
  readonly #door: Backend;
  readonly #gate: Gate;

  constructor(door: Backend, gate: Gate) {
    this.#door = door;
    this.#gate = gate;
  }

  /** Asks what must be asked, then decides the focused case. No shown plan, no action. */
  async decide(decision: DecisionKind, with_: With = {}): Promise<void> {
    const gate = this.#gate;
    const detail = gate.opened.detail;
    if (!detail || !gate.opened.decidable) {
      if (gate.inbox.focus !== null) gate.say(m.case_cannot_decide());
      return;
    }
    const note = with_.note?.trim() || null;
    if (this.#asks(decision, detail, note, with_.confirmed ?? false)) return;
    gate.question = null;
    gate.menu = null;
    await this.#decideNow(detail.row.case, decision, note, with_.snooze ?? null);
  }

  #asks(decision: DecisionKind, detail: CaseDetail, note: string | null, confirmed: boolean): boolean {
    if (decision === "keep" && detail.keep_needs_note && (note?.length ?? 0) < NOTE_MIN) {
      this.#gate.question = { kind: "keep_note", case: detail.row.case, files: detail.plan.files };
      return true;
    }
    if ((decision === "take_down" || decision === "keep") && detail.plan.files > ASK_ABOVE && !confirmed) {
      this.#gate.question = { kind: "confirm", decision, detail, note };
      return true;
    }
    return false;
  }

  async #decideNow(id: number, decision: DecisionKind, note: string | null, snooze: SnoozeUntil | null): Promise<void> {
    const { inbox } = this.#gate;
    const by = this.#gate.opened.detail?.row.claimed_by ?? null;
    inbox.takeOut(new Set([id]));
    try {
      const decided = await this.#door.decide({ request: requestId(), cases: [id], decision, note, snooze });
      inbox.deciding.delete(id);
      this.#clockToast(decided, decision, id);
      if (by !== null && by !== this.#gate.settings?.person) this.#gate.toast(m.toast_had_claimed({ person: isolated(by) }));
      if (decision === "take_down" && this.#gate.guide === "take_down") this.#gate.guideStep = "undo";
      this.#gate.stale(["inbox", "record"]);
    } catch (thrown) {
      inbox.deciding.delete(id);
      this.#gate.fail(thrown);
      await inbox.reload(new Set([id]), false);
      inbox.setFocus(id);
    }
  }

  /** Decides many cases as one batch; what must be asked was asked. */
  async decideMany(cases: number[], decision: DecisionKind, snooze: SnoozeUntil | null): Promise<void> {
    const { inbox } = this.#gate;
    const all = new Set(cases);
    inbox.takeOut(all);
    const settle = (): void => cases.forEach((id) => inbox.deciding.delete(id));
    try {
      const decided = await this.#door.decide({ request: requestId(), cases, decision, note: null, snooze });
      settle();
      this.#clockToast(decided, decision, cases[0] ?? 0);
      this.#gate.stale(["inbox", "record"]);
    } catch (thrown) {
      settle();
      this.#gate.fail(thrown);
      await inbox.reload(all, false);
    }
  }

  #clockToast(decided: Decided, decision: DecisionKind, id: number): void {
    const until = decided.act_at ?? Date.now() + decided.seconds * 1000;
    const about = { count: decided.files, case: id };
    const happens = decided.act_at !== null;
    this.#draftToast(decided.batch, until, (seconds) => {
      const rest = { ...about, seconds };
      if (decision === "take_down") return m.toast_take_down(rest);
      if (decision === "keep") return happens ? m.toast_keep(rest) : m.toast_kept(rest);
      return decision === "ask" ? m.toast_ask(rest) : m.toast_snooze(rest);
    }, happens);
    const seconds = decided.seconds;
    this.#gate.say(decision === "take_down" ? m.say_take_down({ ...about, seconds }) : decision === "keep" ? m.say_keep({ ...about, seconds }) : decision === "ask" ? m.say_ask({ ...about }) : m.say_snooze({ ...about }));
  }

  #draftToast(batch: number, until: number, words: (seconds: number) => string, happens: boolean): void {
    const buttons: ToastButton[] = [{ label: m.action_undo(), key: "z", run: () => void this.undo(batch), testid: "toast-undo" }];
    if (happens) buttons.push({ label: m.action_now(), run: () => void this.actNow(batch), testid: "toast-now" });
    this.#gate.now = Date.now();
    this.#gate.notices.show((now) => words(secondsUntil(until, now)), { buttons, until, batch });
  }

  /** Drafts that a restart found: they have their full time again. */
  async waitingDrafts(): Promise<void> {
    const read = await this.#gate.call((door) => door.drafts());
    const drafts = read?.answer ?? [];
    const before = drafts.filter((draft) => draft.from_before);
    if (before.length > 0) this.#beforeToast(before);
    for (const draft of drafts) {
      if (draft.from_before) continue;
      const words = draft.decision === "take_down" ? m.toast_take_down : m.toast_keep;
      this.#draftToast(draft.batch, draft.act_at, (seconds) => words({ count: draft.files, seconds }), true);
    }
  }

  #beforeToast(drafts: DraftBatch[]): void {
    const until = Math.max(...drafts.map((draft) => draft.act_at));
    const cases = drafts.reduce((sum, draft) => sum + draft.cases, 0);
    const all = (each: (batch: number) => Promise<void>) => () => {
      this.#gate.dismiss(id);
      void (async () => {
        for (const draft of drafts) await each(draft.batch);
      })();
    };
    const id = this.#gate.notices.show((now) => m.toast_from_before({ count: cases, seconds: secondsUntil(until, now) }), {
      until, batch: drafts[0]?.batch ?? null,
      buttons: [
        { label: m.action_undo_all(), run: all((batch) => this.undo(batch)), testid: "toast-undo" },
        { label: m.action_now(), run: all((batch) => this.actNow(batch)) },
      ],
    });
  }

  /** Takes back a batch, or the last one; the first restored case gets the focus. */
  async undo(batch: number | null = null): Promise<void> {
    const gate = this.#gate;
    try {
      const undone = await this.#door.undo(batch);
      if (!undone) {
        gate.toast(m.toast_nothing_to_undo());
        gate.say(m.toast_nothing_to_undo());
        return;
      }
      gate.notices.dismissBatch(undone.batch);
      if (undone.too_late > 0) {
        gate.toast(m.toast_too_late({ count: undone.too_late }), { until: null, buttons: [{ label: m.action_show_recent(), run: () => gate.showView("recent") }] });
      }
      if (undone.cases.length > 0) {
        const text = m.toast_undone({ count: undone.cases.length, case: undone.cases[0] ?? 0 });
        gate.toast(text);
        gate.say(text);
      }
      if (gate.guideStep === "undo") gate.guideStep = "done";
      void gate.counts.read();
      await gate.inbox.reload(new Set(undone.cases), false);
      const back = undone.cases.find((id) => gate.inbox.shown.rows.some((row) => row.case === id));
      if (back !== undefined) {
        gate.inbox.setFocus(back, gate.screen === "inbox");
        await gate.opened.read(false);
      }
      gate.stale(["record"]);
    } catch (thrown) {
      gate.fail(thrown);
    }
  }

  /** Takes the last undo back: the cases leave again, and the clock starts anew. */
  async redo(): Promise<void> {
    const gate = this.#gate;
    const read = await gate.call((door) => door.redo());
    if (!read) return;
    if (!read.answer) {
      gate.toast(m.toast_nothing_to_redo());
      gate.say(m.toast_nothing_to_redo());
      return;
    }
    const { cases, decision } = read.answer;
    gate.inbox.takeOut(new Set(cases));
    cases.forEach((id) => gate.inbox.deciding.delete(id));
    this.#clockToast(read.answer, decision, cases[0] ?? 0);
    gate.stale(["inbox", "record"]);
  }

  /** Ends the clock of a batch and acts. */
  async actNow(batch: number): Promise<void> {
    this.#gate.notices.dismissBatch(batch);
    await this.#act(() => this.#door.act_now(batch), (done, all) => (done === all ? m.toast_done({ count: done }) : m.toast_done_partly({ done: count(done), count: all })));
  }

  async putBack(id: number, note: string | null = null, beside = false): Promise<void> {
    await this.#act(() => this.#door.put_back({ case: id, note, beside }), (done, all) => (done === all ? m.toast_back({ count: done }) : m.toast_back_partly({ done: count(done), count: all })));
  }

  async #act(call: () => Promise<ActResult>, words: (done: number, all: number) => string): Promise<void> {
    const gate = this.#gate;
    try {
      const result = await call();
      const text = words(result.done, result.done + result.left.length);
      const reasons = [...new Set(result.left.map((file) => file.reason))].map((code) => outcome(code));
      gate.toast(text, reasons.length > 0 ? { detail: reasons, tone: "danger", until: null } : {});
      gate.say(text);
    } catch (thrown) {
      gate.fail(thrown);
    }
    gate.stale(["inbox", "record"]);
    await gate.opened.read(false);
  }

  async openSingles(id: number): Promise<void> {
    const opened = await this.#gate.call((door) => door.open_singles(id));
    if (opened) this.#tell(m.toast_singles({ count: opened.answer }));
  }

  async reopen(id: number): Promise<void> {
    const opened = await this.#gate.call((door) => door.reopen(id), ["inbox", "record"]);
    if (opened) this.#tell(m.toast_reopened({ case: id }));
  }

  #tell(text: string): void {
    this.#gate.toast(text);
    this.#gate.say(text);
  }
}
