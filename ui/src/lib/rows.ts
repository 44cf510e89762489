// How a fresh answer meets the rows on screen: arrivals wait, changes land in place, the focused row never goes under the hand. Pure.

import type { CaseGroup, CaseRow } from "../bindings.gen";
import { mergeGroups } from "./lines";

/** The rows on screen with what waits outside of them. */
export interface Shown {
  rows: readonly CaseRow[];
  /** Cases that are in the view but were not asked for yet: "Show 3 new". */
  waiting: ReadonlySet<number>;
  /** Cases that left the view while they had the focus; they stay, greyed, until it moves on. */
  left: ReadonlySet<number>;
  /** The groups of a grouped view, in their order. */
  groups: readonly CaseGroup[];
}

export const NOTHING_SHOWN: Shown = { rows: [], waiting: new Set(), left: new Set(), groups: [] };

/** Which unknown rows of an answer may enter at once. */
export type Admit = "all" | "none" | ReadonlySet<number>;

/**
 * Lays `answer` (the first rows of the view, in its order) over what is shown.
 *
 * With `admit` "all" or a set the answer's order is taken; with "none" the order on screen stays and rows change in place.
 * Rows past the end of a partial answer are kept as they are. An empty list admits everything. `skip` are cases whose
 * decision is on its way.
 */
export function merge(shown: Shown, answer: readonly CaseRow[], how: { admit: Admit; whole: boolean; focus: number | null; skip: ReadonlySet<number>; groups?: readonly CaseGroup[] }): Shown {
  const admit: Admit = shown.rows.length === 0 ? "all" : how.admit;
  const known = new Set(shown.rows.map((row) => row.case));
  const fresh = new Map<number, CaseRow>();
  const waiting = new Set<number>();
  for (const row of answer) {
    if (how.skip.has(row.case)) continue;
    if (known.has(row.case) || admit === "all" || (admit !== "none" && admit.has(row.case))) fresh.set(row.case, row);
    else waiting.add(row.case);
  }
  // Rows past the end of a partial answer: nothing is known about them, so nothing changes.
  const lastAnswered = shown.rows.findLastIndex((row) => fresh.has(row.case));
  const kept = (row: CaseRow, index: number) => !how.whole && index > lastAnswered && !how.skip.has(row.case);

  const left = new Set<number>();
  const rows: CaseRow[] = [];
  if (admit === "none") {
    shown.rows.forEach((row, index) => {
      const now = fresh.get(row.case);
      if (now) rows.push(now);
      else if (kept(row, index)) rows.push(row);
      else if (row.case === how.focus && !how.skip.has(row.case)) {
        rows.push(row);
        left.add(row.case);
      }
    });
  } else {
    rows.push(...fresh.values());
    shown.rows.forEach((row, index) => {
      if (!fresh.has(row.case) && kept(row, index)) rows.push(row);
    });
  }
  return { rows, waiting, left, groups: mergeGroups(shown.groups, how.groups ?? [], admit !== "none") };
}

/** The row that takes the focus when `gone` leaves: the next one, else the one before, else none. */
export function neighbour(rows: readonly CaseRow[], gone: ReadonlySet<number>, focus: number | null): number | null {
  const at = rows.findIndex((row) => row.case === focus);
  if (at < 0) return rows.find((row) => !gone.has(row.case))?.case ?? null;
  for (let i = at; i < rows.length; i += 1) {
    const row = rows[i];
    if (row && !gone.has(row.case)) return row.case;
  }
  for (let i = at - 1; i >= 0; i -= 1) {
    const row = rows[i];
    if (row && !gone.has(row.case)) return row.case;
  }
  return null;
}
