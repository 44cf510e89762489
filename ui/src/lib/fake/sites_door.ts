// Sites, their software and to-dos, and what could not be checked, of the fake engine.

import type { ChosenFolder, UncheckedRow } from "../../bindings.gen";
import { forum, MINUTE, selftestOk } from "./fixtures";
import { PHPBB } from "./software";
import type { Backend } from "../backend";
import { asks, fault, type World } from "./world";

type Mine = Pick<
  Backend,
  | "health" | "sites" | "site_choose" | "site_add" | "site_software" | "site_change" | "site_map_choose" | "site_map_forget" | "case_todos"
  | "todo_tick" | "todo_done" | "todo_sheet" | "case_include" | "case_split" | "site_remove" | "site_sweep" | "site_pause" | "selftest"
  | "unchecked_page" | "try_again"
>;

export function sitesDoor(world: World): Mine {
  const { after, failing, site, change, row } = asks(world);
  return {
    health: () => after(() => world.health()),
    sites: () => after(() => {
      failing();
      return world.sites;
    }),
    site_choose: () => after((): ChosenFolder | null => ({
      token: 7, shown: "…/forum/files", name_proposal: world.sites.some((it) => it.name === "forum") ? "forum 2" : "forum", files: 18_204, files_capped: false, newest: Date.now() - 2 * MINUTE, events: true, refused: null, refused_site: null, unreadable: world.scenario === "problems" ? 142 : 0, can_move: true, same_disk: true, guess: PHPBB,
    }), 300),
    site_add: (ask) => after(() => {
      if (world.sites.some((it) => it.name === ask.name)) throw fault("name_taken");
      const made = { ...forum(Date.now()), site: world.nextSite++, name: ask.name, mode: ask.mode, preset: ask.preset === "plain" ? null : ask.preset, take_down: ask.take_down ?? "move", seen: 0, checked: 0, by_design: 0, need_you: 0, gone: 0, selftest: null, last_sweep: null, last_sweep_took_ms: null, blind_gaps: 0, longest_blind_gap_s: 0, days: Array.from({ length: 30 }, () => 0) };
      world.sites = [...world.sites, made];
      world.write("site_added", null, { site: ask.name });
      world.later(50, () => world.sweepOn(made.site, 18_204, 6));
      return made;
    }),
    site_software: (id) => after(() => world.software.software(site(id))),
    site_change: (ask) => after(() => {
      change(ask.site, world.software.changed(site(ask.site), ask));
      return ask.preset === null ? 0 : 18_204;
    }),
    site_map_choose: (id) => after(() => {
      world.software.takeMap(site(id).site);
      return true;
    }),
    site_map_forget: (id) => after(() => {
      world.software.forgetMap(id);
      return null;
    }),
    case_todos: (id) => after(() => world.software.todos(row(id))),
    todo_tick: (ask) => after(() => {
      world.cases.set(ask.case, { ...row(ask.case), todo: world.software.tick(row(ask.case), ask) });
      world.push("inbox");
      return null;
    }),
    todo_done: (ask) => after(() => {
      world.cases.set(ask.case, { ...row(ask.case), todo: world.software.done(row(ask.case), ask) });
      world.push("inbox");
      return null;
    }),
    todo_sheet: ({ case: id }) => after(() => `…/ana/sheets/gatehouse-todo-${id}.sh`),
    case_include: () => after(() => null),
    case_split: ({ case: id }) => after(() => (row(id).match === "exact" ? null : id + 500)),
    site_remove: (id) => after(() => {
      const gone = site(id);
      world.sites = world.sites.filter((it) => it.site !== id);
      world.write("site_removed", null, { site: gone.name });
      world.push("sites", "health");
      return null;
    }),
    site_sweep: (id) => after(() => {
      failing();
      world.sweepOn(site(id).site, site(id).seen, 5);
      return null;
    }),
    site_pause: ({ site: id, minutes }) => after(() => {
      change(id, minutes > 0 ? { health: "paused", paused_until: Date.now() + minutes * MINUTE } : { health: "watching", paused_until: null });
      return null;
    }),
    selftest: (id) => after(() => {
      const test = world.scenario === "problems" ? { ...selftestOk(site(id).name, Date.now()), ok: false, stage: "seen" as const, seen_ms: null, checked_ms: null, inbox_ms: null, reason: "permission_denied" } : selftestOk(site(id).name, Date.now());
      change(id, { selftest: test });
      return test;
    }, 1200),
    unchecked_page: (query) => after(() => {
      const all = query.class === "need_you" ? world.unchecked.need : world.unchecked.design;
      const rows = all.filter((it) => query.after === null || it.upload > query.after).slice(0, query.limit);
      const last = rows.at(-1)?.upload ?? 0;
      const counts = new Map<string, number>();
      for (const it of all) counts.set(it.reason, (counts.get(it.reason) ?? 0) + 1);
      return { rows, next: all.some((it) => it.upload > last) && rows.length > 0 ? last : null, by_reason: [...counts].map(([name, n]) => ({ name, count: n })) };
    }),
    try_again: ({ uploads, reason }) => after(() => {
      const before = world.unchecked.need.length;
      world.unchecked.need = world.unchecked.need.filter((it) => !(uploads === null ? reason === null || it.reason === reason : uploads.includes(it.upload)));
      return before - world.unchecked.need.length;
    }),
  };
}
