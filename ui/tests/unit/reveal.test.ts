// UX-05, UX-06: the gesture, by tables.
import { describe, expect, it } from "vitest";
import { ARMED_MS, type Effect, type Gesture, type Happened, HOLD_MS, IDLE, nextLook, REPEAT_MS, REST_MS, step } from "../../src/lib/reveal";

function run(events: Happened[], from: Gesture = IDLE): { gesture: Gesture; effects: Effect[] } {
  const effects: Effect[] = [];
  let gesture = from;
  for (const event of events) {
    const next = step(gesture, event);
    gesture = next.gesture;
    effects.push(...next.effects);
  }
  return { gesture, effects };
}
const down = (now: number, repeat = false): Happened => ({ what: "down", now, repeat });
const keyUp = (now: number): Happened => ({ what: "up", now, key: true });
const tick = (now: number): Happened => ({ what: "tick", now });
/** Held from 0, open at 400, painted at 500, may be shown for 5 s. */
const shown: Happened[] = [down(0), tick(HOLD_MS), { what: "opened", turn: 1, reveal: 7, longest: 5_000, now: 450 }, { what: "painted", turn: 1, now: 500 }];

describe("UX-05 the hold", () => {
  it("asks for nothing before 400 ms", () => {
    const early = run([down(0), tick(HOLD_MS - 1), keyUp(HOLD_MS - 1), tick(HOLD_MS + REPEAT_MS)]);
    expect(early.gesture.at).toBe("idle");
    expect(early.effects).toEqual([{ do: "say", what: "hold_longer" }]);
    expect(run([down(0), tick(HOLD_MS)]).effects).toEqual([{ do: "open", turn: 1 }]);
  });
  it("shows when painted, hides and then closes on release", () => {
    const over = run([...shown, keyUp(1_700), tick(1_700 + REPEAT_MS)]);
    expect(over.effects.slice(2)).toEqual([{ do: "hide" }, { do: "close", reveal: 7, ms: 1_200, cause: "released" }]);
    expect(over.gesture.at).toBe("idle");
  });
  it("takes the repeat of a keyboard for no release", () => {
    const held = run([...shown, keyUp(600), down(600 + REPEAT_MS - 1, true), tick(700)]);
    expect(held.gesture.at).toBe("shown");
    expect(run([keyUp(800), tick(800 + REPEAT_MS)], held.gesture).gesture.at).toBe("idle");
  });
  it("a pointer that goes up is up at once", () => {
    expect(run([...shown, { what: "up", now: 600, key: false }]).effects.slice(2).map((it) => it.do)).toEqual(["hide", "close"]);
  });
  it("ends by itself at the longest time, and earlier by every other end", () => {
    expect(nextLook(run(shown).gesture)).toBe(5_500);
    expect(run([...shown, tick(5_500)]).effects.at(-1)).toEqual({ do: "close", reveal: 7, ms: 5_000, cause: "time" });
    expect(run([...shown, { what: "end", cause: "left", now: 900 }]).effects.slice(2)).toEqual([{ do: "hide" }, { do: "close", reveal: 7, ms: 400, cause: "left" }]);
  });
  it("drops what arrives after the release, unpainted", () => {
    const late = run([down(0), tick(HOLD_MS), keyUp(420), tick(460), { what: "opened", turn: 1, reveal: 7, longest: 5_000, now: 500 }]);
    expect(late.effects.at(-1)).toEqual({ do: "close", reveal: 7, ms: 0, cause: "unpainted" });
    expect(run([{ what: "painted", turn: 1, now: 600 }], late.gesture)).toEqual({ gesture: late.gesture, effects: [{ do: "hide" }] });
    const between = run([down(0), tick(HOLD_MS), { what: "opened", turn: 1, reveal: 7, longest: 5_000, now: 430 }, keyUp(440), tick(480)]);
    expect(between.effects.at(-1)).toEqual({ do: "close", reveal: 7, ms: 0, cause: "unpainted" });
  });
  it("a refusal ends it, and an answer of an earlier turn changes nothing", () => {
    const refused = run([down(0), tick(HOLD_MS), { what: "refused", turn: 1, now: 450 }]);
    expect(refused.gesture.at).toBe("idle");
    const again = run([down(1_000), tick(1_400), { what: "opened", turn: 1, reveal: 7, longest: 9, now: 1_450 }], refused.gesture);
    expect(again.gesture).toMatchObject({ at: "opening", turn: 2, reveal: null });
    expect(again.effects.at(-1)).toMatchObject({ do: "close", reveal: 7, ms: 0 });
  });
  it("rests 300 ms, and no repeat arms it", () => {
    const over = run([...shown, tick(5_500)]).gesture;
    expect(run([down(5_500 + REST_MS - 1)], over).gesture.at).toBe("idle");
    expect(run([down(5_500 + REST_MS)], over).gesture.at).toBe("arming");
    expect(run([down(0, true)]).gesture.at).toBe("idle");
  });
});

describe("two presses", () => {
  it("the second shows within three seconds, and not without the first", () => {
    expect(run([{ what: "second", now: 0 }]).effects).toEqual([]);
    expect(run([{ what: "first", now: 0 }, { what: "second", now: 2_900 }]).effects).toEqual([{ do: "open", turn: 1 }]);
    expect(run([{ what: "first", now: 0 }, tick(ARMED_MS), { what: "second", now: ARMED_MS + 1 }]).effects).toEqual([]);
    expect(run([{ what: "first", now: 0 }, keyUp(50), tick(200)]).gesture.at).toBe("armed");
  });
});

describe("UX-06 nothing else", () => {
  it("no order of other events ever asks for or paints anything", () => {
    const others: Happened[] = [keyUp(5), tick(10), { what: "second", now: 15 }, { what: "end", cause: "left", now: 20 }, { what: "painted", turn: 0, now: 25 }, { what: "refused", turn: 0, now: 30 }, down(35, true)];
    for (let code = 0; code < 7 ** 4; code += 1) {
      const events = Array.from({ length: 4 }, (_, i) => others[Math.floor(code / 7 ** i) % 7] as Happened);
      const { gesture, effects } = run(events);
      expect(gesture.at).toBe("idle");
      expect(effects.every((it) => it.do === "hide")).toBe(true);
    }
  });
});
