// What the desktop and the home do, as a fake: closing, ending, log, storage. Tests read `answered` and push `leave`.

import type { Leave, LeaveAnswered, LogRow, Removal, StorageSize } from "../../bindings.gen";
import type { Backend } from "../backend";
import type { After } from "./viewing";

export class FakeDesktop {
  /** The question that stands. */
  leave: Leave | null = null;
  /** Every answer, in order. */
  answered: LeaveAnswered[] = [];
  /** Cases that are held, so that nothing may be removed. */
  held: number[] = [];
  removed = false;
  readonly #log: LogRow[];

  constructor(now: number) {
    const kinds: [LogRow["level"], string][] = [["info", "swept site=1 count=18204 ms=612"], ["warn", "health site=2 code=missing"], ["info", "acted case=1042"], ["error", "page_ended"], ["info", "could_not_check site=1 code=permission_denied"]];
    this.#log = Array.from({ length: 240 }, (_, n): LogRow => ({ at: now - n * 61_000, level: kinds[n % kinds.length]?.[0] ?? "info", text: kinds[n % kinds.length]?.[1] ?? "" }));
  }

  #sizes(): StorageSize[] {
    return [{ part: "vault", bytes: 4_812_330, files: 17 }, { part: "lists", bytes: 81_220_000, files: 9 }, { part: "backup", bytes: 3_100_400, files: 2 }, { part: "logs", bytes: 640_100, files: 14 }, { part: "keys", bytes: 380, files: 2 }, { part: "database", bytes: 212_400_000, files: 3 }];
  }

  door(after: After): Pick<Backend, "leave" | "leave_answer" | "logs" | "report_safe" | "report_safe_save" | "storage_sizes" | "removal" | "removal_do" | "about" | "page_ready"> {
    return {
      leave: () => after(() => this.leave),
      leave_answer: (it) => after(() => {
        this.answered.push(it);
        this.leave = null;
        return null;
      }),
      logs: ({ level, search, before, limit }) => after(() => {
        const graver = level === "error" ? ["error"] : level === "warn" ? ["error", "warn"] : ["error", "warn", "info"];
        const rows = this.#log.filter((it) => graver.includes(it.level) && it.text.includes(search.toLowerCase()));
        const from = Number(before ?? 0);
        return { rows: rows.slice(from, from + limit), next: from + limit < rows.length ? String(from + limit) : null };
      }),
      report_safe: () => after(() => ["Gatehouse: safe report", "version: 0.1.0", "system: linux x86_64", "sandbox: full", "cases in the inbox: 9", "", "log, newest first", ...this.#log.slice(0, 40).map((it) => `${new Date(it.at).toISOString()} ${it.level} ${it.text}`)].join("\n")),
      report_safe_save: () => after(() => "gatehouse-safe-report-2026-11-23-140200.txt"),
      storage_sizes: () => after(() => this.#sizes()),
      removal: () => after((): Removal => ({ home_shown: "…/share/gatehouse", sizes: this.#sizes(), sealed: 17, held: this.held, unsealed: 0 })),
      removal_do: () => after(() => {
        this.removed = true;
        return null;
      }),
      about: () => after(() => ({ sandbox: "full" as const, licence: "MIT OR Apache-2.0", system: "linux x86_64" })),
      page_ready: () => after(() => null),
    };
  }
}
