import { describe, expect, it } from "vitest";
import { caseRow } from "../../src/lib/fake/fixtures";
import { merge, neighbour, NOTHING_SHOWN } from "../../src/lib/rows";

const row = (id: number) => caseRow(0, 0, { case: id });
const rows = (...ids: number[]) => ids.map(row);
const shown = (...ids: number[]) => ({ ...NOTHING_SHOWN, rows: rows(...ids) });
const ids = (list: readonly { case: number }[]) => list.map((it) => it.case);
const how = (over: object = {}) => ({ admit: "none" as const, whole: true, focus: null, skip: new Set<number>(), ...over });

describe("UX-14 what a push does to the rows", () => {
  it("an empty list takes everything", () => expect(ids(merge(NOTHING_SHOWN, rows(1, 2), how()).rows)).toEqual([1, 2]));
  it("arrivals wait outside and the order stays", () => {
    const after = merge(shown(1, 2, 3), rows(9, 3, 1, 8, 2), how());
    expect(ids(after.rows)).toEqual([1, 2, 3]);
    expect([...after.waiting]).toEqual([9, 8]);
  });
  it("asked for, they enter in the order of the answer", () => {
    const after = merge(shown(1, 2), rows(9, 1, 2), how({ admit: "all" }));
    expect(ids(after.rows)).toEqual([9, 1, 2]);
    expect(after.waiting.size).toBe(0);
  });
  it("an undo lets in only what it restored", () => {
    const after = merge(shown(1, 2), rows(9, 1, 5, 2), how({ admit: new Set([5]) }));
    expect(ids(after.rows)).toEqual([1, 5, 2]);
    expect([...after.waiting]).toEqual([9]);
  });
  it("a row that left goes, unless it has the focus: then it stays, marked", () => {
    expect(ids(merge(shown(1, 2, 3), rows(1, 3), how()).rows)).toEqual([1, 3]);
    const after = merge(shown(1, 2, 3), rows(1, 3), how({ focus: 2 }));
    expect(ids(after.rows)).toEqual([1, 2, 3]);
    expect([...after.left]).toEqual([2]);
  });
  it("rows past a partial answer are kept", () => {
    const after = merge(shown(1, 2, 3, 4), rows(1, 2), how({ whole: false }));
    expect(ids(after.rows)).toEqual([1, 2, 3, 4]);
  });
  it("a case whose decision is on its way does not come back", () => {
    const after = merge(shown(1, 3), rows(1, 2, 3), how({ skip: new Set([2]) }));
    expect(ids(after.rows)).toEqual([1, 3]);
    expect(after.waiting.size).toBe(0);
  });
  it("changed rows change in place", () => {
    const changed = { ...row(2), files: 99 };
    expect(merge(shown(1, 2), [row(1), changed], how()).rows[1]?.files).toBe(99);
  });
});

describe("the focus after a row leaves", () => {
  it("goes to the next, at the end to the one before, else nowhere", () => {
    expect(neighbour(rows(1, 2, 3), new Set([2]), 2)).toBe(3);
    expect(neighbour(rows(1, 2, 3), new Set([3]), 3)).toBe(2);
    expect(neighbour(rows(1), new Set([1]), 1)).toBeNull();
  });
});
