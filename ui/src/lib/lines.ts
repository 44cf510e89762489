// A grouped view as lines: a header for each group, then its cases, unless it is folded. Pure.

import type { CaseGroup, CaseRow } from "../bindings.gen";

/** One group on screen: the line of its header, its cases that are here, and how many it has. */
export interface Span {
  group: CaseGroup;
  start: number;
  rows: readonly CaseRow[];
  /** Case lines below the header, those that were not read yet included. */
  size: number;
}

export type Line = { kind: "group"; group: CaseGroup } | { kind: "case"; row: CaseRow };

/** Lays rows below the headers of their groups. `whole`: every row of the view is here. */
export function layOut(groups: readonly CaseGroup[], rows: readonly CaseRow[], folded: ReadonlySet<string>, whole: boolean): Span[] {
  const of = new Map<string, CaseRow[]>();
  for (const row of rows) {
    const key = row.group ?? "";
    const found = of.get(key);
    if (found) found.push(row);
    else of.set(key, [row]);
  }
  // Rows are read group by group: up to the one of the last row all are here.
  const last = groups.findLastIndex((group) => of.has(group.key));
  let start = 0;
  return groups.map((group, place) => {
    const here = folded.has(group.key) ? [] : (of.get(group.key) ?? []);
    const size = folded.has(group.key) ? 0 : whole || place < last ? here.length : Math.max(here.length, group.cases);
    const span = { group, start, rows: here, size };
    start += 1 + size;
    return span;
  });
}

export function lengthOf(spans: readonly Span[]): number {
  const last = spans.at(-1);
  return last ? last.start + 1 + last.size : 0;
}

/** The last span that begins at or before a line. */
function spanAt(spans: readonly Span[], index: number): Span | null {
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((spans[middle]?.start ?? Infinity) <= index) low = middle + 1;
    else high = middle;
  }
  return spans[low - 1] ?? null;
}

/** What stands on a line; null for a case that was not read yet. */
export function lineAt(spans: readonly Span[], index: number): Line | null {
  const span = spanAt(spans, index);
  if (!span) return null;
  if (index === span.start) return { kind: "group", group: span.group };
  const row = span.rows[index - span.start - 1];
  return row ? { kind: "case", row } : null;
}

/** How many cases stand before a line, read or not. */
export function casesBefore(spans: readonly Span[], index: number): number {
  let count = 0;
  for (const span of spans) {
    if (span.start >= index) break;
    count += Math.min(span.size, index - span.start - 1);
  }
  return count;
}

/** The line of a case, or of a header; -1 if it is not here. */
export function placeOf(spans: readonly Span[], focus: number | null, head: string | null): number {
  for (const span of spans) {
    if (head !== null) {
      if (span.group.key === head) return span.start;
    } else {
      const at = span.rows.findIndex((row) => row.case === focus);
      if (at >= 0) return span.start + 1 + at;
    }
  }
  return -1;
}

/**
 * The groups of a fresh answer over those on screen: with `isOpen` the answer's order; else the order on screen stays, a group that is new waits with
 * its cases, and one that is empty goes.
 */
export function mergeGroups(shown: readonly CaseGroup[], answer: readonly CaseGroup[], isOpen: boolean): readonly CaseGroup[] {
  if (isOpen || shown.length === 0) return answer;
  const fresh = new Map(answer.map((group) => [group.key, group] as const));
  return shown.flatMap((group) => fresh.get(group.key) ?? []);
}

/** The groups after cases were taken out: their numbers go down, empty ones go. */
export function without(groups: readonly CaseGroup[], gone: readonly CaseRow[]): readonly CaseGroup[] {
  const left = groups.map((group) => {
    const mine = gone.filter((row) => row.group === group.key);
    return mine.length === 0 ? group : { ...group, cases: Math.max(0, group.cases - mine.length), files: Math.max(0, group.files - mine.reduce((sum, row) => sum + row.files, 0)) };
  });
  return left.filter((group) => group.cases > 0);
}
