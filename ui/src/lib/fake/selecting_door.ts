// Claims, selections, questions and saved views of the fake engine.

import type { CaseRow } from "../../bindings.gen";
import type { Backend } from "../backend";
import { grouped } from "./groups";
import { asks, type World } from "./world";

type Mine = Pick<
  Backend,
  | "claim" | "selection" | "question_save" | "answer_read" | "saved_views" | "saved_view_put" | "saved_view_remove"
>;

export function selectingDoor(world: World): Mine {
  const { after } = asks(world);
  return {
    claim: ({ case: id, release }) => after(() => {
      const row = world.cases.get(id);
      if (row) world.cases.set(id, { ...row, claimed_by: release ? null : world.app.settings.person });
      world.push("inbox");
      return null;
    }),
    selection: ({ query, cases, group }) => after(() => {
      const rows = (cases === null ? grouped(world.found(query), query).rows.filter((it) => group === null || it.group === group) : cases.flatMap((id) => world.cases.get(id) ?? [])).filter((it) => ["open", "asked", "snoozed"].includes(it.state));
      const chosen = rows.filter((it) => it.flood === null);
      const keep = chosen.filter((it) => it.harm !== "csam" && it.harm !== "unknown");
      const files = (of: CaseRow[]): number => of.reduce((sum, it) => sum + it.files, 0);
      const count = (harm: CaseRow["harm"]): number => chosen.filter((it) => it.harm === harm).length;
      return {
        cases: chosen.map((it) => it.case), keep: keep.map((it) => it.case), files: files(chosen), keep_files: files(keep), floods: rows.length - chosen.length, protected: chosen.length - keep.length,
        snooze_strict: keep.length < chosen.length, harms: [...new Set(chosen.map((it) => it.harm))].map((harm) => ({ harm, count: count(harm) })),
        sites: [...new Set(chosen.map((it) => it.sites[0] ?? ""))].map((site) => ({ site, mode: site === "wiki" ? "copy" as const : "live" as const, files: files(chosen.filter((it) => it.sites[0] === site)) })),
      };
    }),
    question_save: (id) => after(() => `case-${id}-question.txt`),
    answer_read: () => after(() => {
      const row = [...world.cases.values()].find((it) => it.state === "asked");
      if (!row) return null;
      world.cases.set(row.case, { ...row, state: "open", decision: null, back_at: null, second_look: "reopened", has_note: true });
      world.push("inbox");
      return { case: row.case, answer: "keep", why: "It is our own logo." };
    }),
    saved_views: () => after(() => world.saved),
    saved_view_put: ({ name, query }) => after(() => {
      world.saved = [...world.saved.filter((it) => it.name !== name), { id: world.nextCase++, name, query }];
      return world.saved;
    }),
    saved_view_remove: (id) => after(() => {
      world.saved = world.saved.filter((it) => it.id !== id);
      return world.saved;
    }),
  };
}
