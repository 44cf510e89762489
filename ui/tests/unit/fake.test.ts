import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { COMMANDS } from "../../src/lib/backend";
import { NO_FILTER } from "../../src/lib/state/filter";
import { openFake } from "../../src/lib/fake";

beforeEach(() => void vi.useFakeTimers({ now: new Date(2026, 10, 20, 14, 2) }));
afterEach(() => void vi.useRealTimers());

async function soon<T>(call: Promise<T>, ms = 50): Promise<T> {
  const guarded = call.then((answer) => ({ answer }), (error: unknown) => ({ error }));
  await vi.advanceTimersByTimeAsync(ms);
  const done = await guarded;
  if ("error" in done) throw done.error;
  return done.answer;
}
const page = (view: "inbox" | "recent", cursor: string | null = null, limit = 200) => ({ view, order: "most_serious" as const, search: "", filter: NO_FILTER, group: "none" as const, folded: [], cursor, limit });
const decide = (request: string, id: number) => ({ request, cases: [id], decision: "take_down" as const, note: null, snooze: null });

describe("the fake backend", () => {
  it("has a method for every command", () => {
    const door = openFake(new URLSearchParams("scenario=few"));
    for (const name of COMMANDS) expect(door[name]).toBeTypeOf("function");
  });
  it("drafts with a clock, undoes exactly, is idempotent by request", async () => {
    const door = openFake(new URLSearchParams("scenario=few"));
    const before = await soon(door.inbox_page(page("inbox")));
    const id = before.rows[2]?.case ?? 0;
    const first = await soon(door.decide(decide("a", id)));
    expect(await soon(door.decide(decide("a", id)))).toEqual(first);
    expect((await soon(door.inbox_page(page("inbox")))).total).toBe(before.total - 1);
    expect((await soon(door.drafts())).length).toBe(1);
    expect((await soon(door.undo(null)))?.cases).toEqual([id]);
    expect((await soon(door.inbox_page(page("inbox")))).rows).toEqual(before.rows);
  });
  it("acts when the clock ends, then says it is too late", async () => {
    const door = openFake(new URLSearchParams("scenario=few"));
    const id = (await soon(door.inbox_page(page("inbox")))).rows[2]?.case ?? 0;
    const { batch } = await soon(door.decide(decide("b", id)));
    await vi.advanceTimersByTimeAsync(61_000);
    expect((await soon(door.undo(batch)))?.too_late).toBe(1);
    expect((await soon(door.case_detail(id))).can_put_back).toBe(true);
  });
  it("pages by cursor without a double or a gap", async () => {
    const door = openFake(new URLSearchParams("scenario=two-hundred"));
    const seen: number[] = [];
    let cursor: string | null = null;
    do {
      const answer: { rows: { case: number }[]; next: string | null } = await soon(door.inbox_page(page("inbox", cursor, 33)));
      seen.push(...answer.rows.map((it) => it.case));
      cursor = answer.next;
    } while (cursor !== null);
    expect(new Set(seen).size).toBe(201);
    expect(seen.length).toBe(201);
  });
  it("practice brings its cases in by itself and counts none of them", async () => {
    const door = openFake(new URLSearchParams("scenario=first-run"));
    const pushed: string[] = [];
    await door.onStale((push) => void pushed.push(...push.stale));
    await soon(door.practice_start());
    await vi.advanceTimersByTimeAsync(2_500);
    expect((await soon(door.inbox_page(page("inbox")))).rows.map((it) => it.match)).toEqual(["exact", "near", "turned"]);
    expect((await soon(door.counts())).inbox).toBe(0);
    expect(pushed).toContain("inbox");
  });
  it("refuses to keep a protected case without a note", async () => {
    const door = openFake(new URLSearchParams("scenario=few"));
    const id = (await soon(door.inbox_page(page("inbox")))).rows.find((it) => it.harm === "csam")?.case ?? 0;
    await expect(soon(door.decide({ request: "k", cases: [id], decision: "keep", note: "short", snooze: null }))).rejects.toMatchObject({ code: "note_needed" });
  });
});
