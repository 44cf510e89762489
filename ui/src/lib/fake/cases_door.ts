// The inbox, a case, and decisions of the fake engine.

import type { DraftBatch, InboxPage } from "../../bindings.gen";
import { caseDetail } from "./fixtures";
import { grouped } from "./groups";
import type { Backend } from "../backend";
import { asks, fault, type World } from "./world";

type Mine = Pick<
  Backend,
  | "counts" | "inbox_page" | "case_detail" | "decide" | "undo" | "redo" | "drafts" | "act_now" | "put_back" | "open_singles" | "reopen" | "note_add"
>;

export function casesDoor(world: World): Mine {
  const { after, row } = asks(world);
  return {
    counts: () => after(() => ({
      inbox: world.counting("inbox"), exact: world.counting("exact"), near: world.counting("near"), second_look: world.counting("second_look"), asked: world.counting("asked"), snoozed: world.counting("snoozed"),
      recent: world.counting("recent"), to_do: world.counting("to_do"), need_you: world.unchecked.need.length, by_design: world.unchecked.design.length, practice: [...world.cases.values()].filter((it) => it.harm === "practice" && it.state === "open").length,
    })),
    inbox_page: (query) => after((): InboxPage => {
      if (world.scenario === "broken") throw fault("home_damaged");
      const { rows: all, groups } = grouped(world.found(query), query);
      const [last, place] = (query.cursor ?? "").split("|").map(Number);
      const found = query.cursor === null ? -1 : all.findIndex((it) => it.case === last);
      const from = query.cursor === null ? 0 : found >= 0 ? found + 1 : (place ?? 0);
      const rows = all.slice(from, from + Math.min(500, query.limit));
      const end = from + rows.length;
      return { rows, next: end < all.length ? `${rows.at(-1)?.case ?? 0}|${end}` : null, total: all.length, groups: query.cursor === null ? groups : [] };
    }),
    case_detail: (id) => after(() => ({ ...caseDetail(row(id), { history: world.history.get(id) ?? [] }, world.scenario === "hostile-names", Date.now()), ...world.viewing.ofCase(row(id)) })),
    decide: (ask) => after(() => {
      const again = world.requests.get(ask.request);
      if (again) return again;
      const decided = world.decide(ask.cases, ask.decision, ask.note, ask.snooze);
      world.requests.set(ask.request, decided);
      return decided;
    }),
    undo: (which) => after(() => {
      const batch = which === null ? world.batches.findLast((it) => !it.undone && !it.final && it.until > Date.now()) : world.batches.find((it) => it.batch === which && !it.undone);
      if (!batch) return null;
      if (batch.final) return { batch: batch.batch, decision: batch.decision, cases: [], too_late: batch.before.length };
      batch.undone = true;
      for (const before of batch.before) {
        world.cases.set(before.case, before);
        world.write("undone", before.case, { files: before.files });
      }
      world.push("inbox", "record");
      return { batch: batch.batch, decision: batch.decision, cases: batch.before.map((it) => it.case), too_late: 0 };
    }),
    redo: () => after(() => {
      const standing = world.batches.findLastIndex((it) => !it.undone);
      const batch = world.batches.find((it, at) => it.undone && at > standing);
      if (!batch) return null;
      world.batches = world.batches.filter((it) => it !== batch);
      return world.decide(batch.before.map((it) => it.case), batch.decision, batch.note, batch.snooze);
    }),
    drafts: () => after(() => world.batches.filter((it) => !it.undone && !it.final && it.act_at !== null).map((it): DraftBatch => ({ batch: it.batch, decision: it.decision, cases: it.before.length, files: it.files, act_at: it.act_at ?? 0, from_before: false }))),
    act_now: (id) => after(() => {
      const batch = world.batches.find((it) => it.batch === id && !it.undone && !it.final);
      if (!batch) throw fault("too_late");
      return world.finish(batch);
    }),
    put_back: ({ case: id, note }) => after(() => {
      world.vault.putBack(id, note);
      const it = world.cases.get(id);
      if (!it) return { done: 1, left: [] };
      world.cases.set(id, { ...it, state: "closed", moved: 0, updated: Date.now() });
      world.write("restored", id, { files: it.files });
      world.push("inbox", "record");
      return { done: it.files, left: [] };
    }),
    open_singles: (id) => after(() => {
      const waiting = [...world.cases.values()].filter((it) => it.state === "held");
      for (const it of waiting) world.cases.set(it.case, { ...it, state: "open", updated: Date.now() });
      world.cases.set(id, { ...row(id), flood: null, second_look: null, updated: Date.now() });
      world.write("flood_ended", id, { how: "singles" });
      world.push("inbox", "record");
      return waiting.length + 1;
    }),
    reopen: (id) => after(() => {
      world.cases.set(id, { ...row(id), state: "open", decision: null, second_look: "reopened", updated: Date.now() });
      world.write("reopened", id, {});
      world.push("inbox", "record");
      return null;
    }),
    note_add: ({ case: id, text }) => after(() => {
      world.cases.set(id, { ...row(id), has_note: true });
      world.write("noted", id, { note: text });
      world.push("inbox", "record");
      return null;
    }),
  };
}
