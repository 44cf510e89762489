// Clocks of duties, reports and help of the fake engine.

import type { Backend } from "../backend";
import { asks, type World } from "./world";

type Mine = Pick<
  Backend,
  | "duty_clocks" | "clock_start" | "clock_stop" | "clock_confirm" | "notice_add" | "case_duties" | "report_form" | "report_make" | "reported"
  | "evidence_answer" | "statement_change" | "country" | "country_set" | "help_pages" | "help_save"
>;

export function dutiesDoor(world: World): Mine {
  const { after, failing, row } = asks(world);
  return {
    duty_clocks: () => after(() => world.duties.open()),
    clock_start: (clock) => after(() => {
      world.duties.start(clock, Date.now());
      world.push("record");
      return null;
    }),
    clock_stop: ({ clock, reason }) => after(() => {
      world.duties.stop(clock, reason, Date.now());
      world.push("record");
      return null;
    }),
    clock_confirm: (clock) => after(() => {
      world.duties.confirm(clock, Date.now());
      world.push("record");
      return null;
    }),
    notice_add: (notice) => after(() => {
      world.duties.start(notice, Date.now());
      world.push("record");
      return notice.case ?? world.cases.keys().next().value ?? null;
    }),
    case_duties: (id) => after(() => world.duties.of(row(id))),
    report_form: (kind) => after(() => world.duties.form(kind)),
    report_make: (ask) => after(() => {
      failing();
      return world.duties.make(ask);
    }, 200),
    reported: ({ case: id, to, number }) => after(() => {
      const met = world.duties.reported(id, to, number, Date.now());
      world.write("reported", id, { to, number: number ?? "" });
      world.push("record");
      return met;
    }),
    evidence_answer: (answer) => after(() => {
      world.duties.answerEvidence(answer);
      world.push("record");
      return null;
    }),
    statement_change: (change) => after(() => {
      world.duties.statement(change);
      world.push("record");
      return null;
    }),
    country: () => after(() => world.duties.country()),
    country_set: (answers) => after(() => world.duties.setCountry(answers)),
    help_pages: (language) => after(() => {
      failing();
      return world.duties.pages(language);
    }),
    help_save: () => after(() => true, 200),
  };
}
