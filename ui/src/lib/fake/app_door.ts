// Start, settings, first run and practice of the fake engine.

import { practiceList, practiceRow, practiceSite } from "./fixtures";
import type { Backend } from "../backend";
import { asks, type World } from "./world";

type Mine = Pick<
  Backend,
  | "app_state" | "settings_set" | "first_run_step" | "first_run_finish" | "practice_start" | "practice_end"
>;

export function appDoor(world: World): Mine {
  const { after, change } = asks(world);
  return {
    app_state: () => after(() => world.app),
    settings_set: (settings) => after(() => {
      world.app = { ...world.app, settings };
      return settings;
    }),
    first_run_step: (step) => after(() => {
      world.app = { ...world.app, first_run_step: step };
      return null;
    }),
    first_run_finish: () => after(() => {
      world.app = { ...world.app, first_run_done: true };
      return null;
    }),
    practice_start: () => after(() => {
      const made = practiceSite(Date.now());
      world.app = { ...world.app, has_practice: true };
      world.sites = [...world.sites, { ...made, seen: 0, checked: 0, health: "starting" }];
      world.lists = [...world.lists, practiceList(Date.now())];
      [900, 1300, 1700].forEach((ms, n) => world.later(ms, () => {
        world.put(practiceRow(n, Date.now()));
        change(made.site, { ...made, seen: n + 2, checked: n + 2 });
        world.push("inbox");
      }));
      return made;
    }),
    practice_end: () => after(() => {
      world.app = { ...world.app, has_practice: false };
      world.sites = world.sites.filter((it) => !it.practice);
      world.lists = world.lists.filter((it) => !it.practice);
      for (const it of [...world.cases.values()]) if (it.harm === "practice") world.cases.delete(it.case);
      return null;
    }),
  };
}
