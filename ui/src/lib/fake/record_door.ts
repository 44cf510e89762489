// The record of the fake engine, and what is written from it.

import { DAY, forum, HOUR } from "./fixtures";
import type { Backend } from "../backend";
import { asks, type World } from "./world";

type Mine = Pick<
  Backend,
  | "record_page" | "record_days" | "ledger_verify" | "record_persons" | "ledger_export" | "ledger_verify_file" | "table_write" | "statement_write"
  | "transparency_write" | "handover_write"
>;

export function recordDoor(world: World): Mine {
  const { after, failing } = asks(world);
  return {
    record_page: (query) => after(() => {
      failing();
      const of: Record<string, string[]> = {
        decisions: ["decided", "undone", "reopened", "noted", "kept_by_rule"], reveals: ["reveal_opened", "reveal_closed"], actions: ["final", "done", "failed", "restored"],
        lists: ["list_imported", "list_rolled_back", "list_removed"], sites: ["site_added", "site_removed", "site_paused", "selftest"],
      };
      const all = world.record.filter((it) => query.filter === "all" || of[query.filter]?.includes(it.verb))
        .filter((it) => (query.from === null || it.at >= query.from) && (query.to === null || it.at < query.to) && (query.person === null || it.person === query.person)).sort((a, b) => b.seq - a.seq);
      const rows = all.filter((it) => query.before === null || it.seq < query.before).slice(0, query.limit);
      const last = rows.at(-1)?.seq ?? null;
      return { rows, next: last !== null && all.some((it) => it.seq < last) ? last : null, total: all.length };
    }),
    record_days: (days) => after(() => Array.from({ length: days }, (_, i) => {
      const date = new Date(world.started - (days - 1 - i) * DAY);
      const day = `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, "0")}-${String(date.getDate()).padStart(2, "0")}`;
      const checked = world.sites.length === 0 ? 0 : (forum(0).days[i % 30] ?? 0);
      return { day, checked, cases: i % 11 === 5 ? 2 : i % 7 === 3 ? 1 : 0 };
    })),
    ledger_verify: () => after(() => (world.scenario === "problems" ? { whole: false, rows: 1204, broken_at: 803, damage: "changed", since: world.started - 3 * HOUR } : { whole: true, rows: world.record.at(-1)?.seq ?? 0, broken_at: null, damage: null, since: world.started - 40 * DAY })),
    record_persons: () => after(() => [...new Set(world.record.flatMap((it) => it.person ?? []))].sort()),
    ledger_export: () => after(() => (failing(), world.shared.written("gatehouse-ledger-2026-11-23.jsonl", "gatehouse-ledger-2026-11-23.jsonl.minisig", "gatehouse-ledger-2026-11-23.jsonl.html"))),
    ledger_verify_file: () => after(() => world.shared.verdict(world.scenario === "problems")),
    table_write: ({ form }) => after(() => world.shared.written(`gatehouse-record-2026-11-23.${form}`)),
    statement_write: ({ month }) => after(() => world.shared.written(`statement-${month}.txt`, `statement-${month}.json`)),
    transparency_write: () => after(() => world.shared.written("transparency.csv", "transparency.json")),
    handover_write: () => after(() => world.shared.written("hand-over-2026-11-23.html")),
  };
}
