import { describe, expect, it } from "vitest";
import { caseRow } from "../../src/lib/fake/fixtures";
import { casesBefore, layOut, lengthOf, lineAt, mergeGroups, placeOf, without } from "../../src/lib/lines";

const group = (key: string, cases: number) => ({ key, name: key, more: null, protected: false, cases, files: cases });
const row = (id: number, key: string) => caseRow(0, 0, { case: id, group: key, files: 1 });
const groups = [group("a", 2), group("b", 3), group("c", 2)];
const words = (spans: ReturnType<typeof layOut>) => Array.from({ length: lengthOf(spans) }, (_, n) => {
  const line = lineAt(spans, n);
  return line === null ? "–" : line.kind === "group" ? line.group.key : line.row.case;
});

describe("a grouped view as lines", () => {
  it("headers stand before their cases, and what was not read yet has its place", () => {
    const spans = layOut(groups, [row(1, "a"), row(2, "a"), row(3, "b")], new Set(), false);
    expect(words(spans)).toEqual(["a", 1, 2, "b", 3, "–", "–", "c", "–", "–"]);
    expect([0, 1, 3, 4, 8, 10].map((line) => casesBefore(spans, line))).toEqual([0, 0, 2, 2, 5, 7]);
    expect([placeOf(spans, 3, null), placeOf(spans, null, "c"), placeOf(spans, 9, null)]).toEqual([4, 7, -1]);
  });
  it("a folded group has its header alone", () => expect(words(layOut(groups, [row(1, "a"), row(2, "a"), row(6, "c"), row(7, "c")], new Set(["b"]), true))).toEqual(["a", 1, 2, "b", "c", 6, 7]));
  it("cases that wait outside have no line once everything was read", () => expect(words(layOut(groups, [row(1, "a"), row(3, "b")], new Set(), true))).toEqual(["a", 1, "b", 3, "c"]));
  it("UX-14 a new group waits, one that is empty goes, numbers change in place", () => {
    const fresh = [group("n", 1), group("c", 5), group("a", 1)];
    expect(mergeGroups(groups, fresh, false).map((it) => [it.key, it.cases])).toEqual([["a", 1], ["c", 5]]);
    expect(mergeGroups(groups, fresh, true)).toEqual(fresh);
    expect(without(groups, [row(1, "a"), row(2, "a"), row(3, "b")]).map((it) => [it.key, it.cases])).toEqual([["b", 2], ["c", 2]]);
  });
});
