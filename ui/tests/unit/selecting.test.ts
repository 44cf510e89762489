// UX-12: what asks first, and what a filter counts. The palette's order.
import { describe, expect, it } from "vitest";
import { fit, fits, type Command } from "../../src/lib/palette";
import { asksFirst, conditions, NO_FILTER } from "../../src/lib/state/filter";

const plan = (files: number, harms: number, keep_files = files) => ({ files, keep_files, harms: Array.from({ length: harms }, () => ({ harm: "tvec" as const, count: 1 })) });

describe("UX-12 what asks for the number", () => {
  it("more than 100 files or two harms always, fewer never", () => {
    for (const files of [1, 99, 100, 101, 5_012]) {
      for (const harms of [1, 2, 3]) {
        expect(asksFirst("take_down", plan(files, harms))).toBe(files > 100 || harms > 1);
        expect(asksFirst("ask", plan(files, harms))).toBe(false);
        expect(asksFirst("snooze", plan(files, harms))).toBe(false);
      }
    }
    expect(asksFirst("keep", plan(500, 1, 40))).toBe(false);
  });
  it("a filter counts its conditions, not their values", () => {
    expect(conditions(NO_FILTER)).toBe(0);
    expect(conditions({ ...NO_FILTER, harms: ["csam", "tvec"], max_distance: 0, has_note: false, claimed: true })).toBe(4);
  });
});

describe("the palette", () => {
  const command = (id: string, label: string): Command => ({ id, label, key: null, plan: null, run: () => undefined });
  const all = [command("a", "Take down"), command("b", "Keep"), command("c", "Go to Lists"), command("d", "Undo")];
  it("takes letters in their order, the tighter first", () => {
    expect(fit("Take down", "td")).not.toBeNull();
    expect(fit("Keep", "td")).toBeNull();
    expect(fits(all, "k", []).map((it) => it.id)).toEqual(["b", "a"]);
    expect(fits(all, "gl", []).map((it) => it.id)).toEqual(["c"]);
  });
  it("without a text what was used last comes first", () => expect(fits(all, "", ["d", "c"]).map((it) => it.id)).toEqual(["d", "c", "a", "b"]));
});
