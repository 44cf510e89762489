// The gesture of a reveal as one pure machine: idle → arming → opening → shown → idle. Times are milliseconds; whoever calls keeps the clock.

import type { RevealEnd } from "../bindings.gen";

/** How long a key or a button is held before anything is asked for. */
export const HOLD_MS = 400;
/** After an end, nothing can be armed for this long. */
export const REST_MS = 300;
/** A key-up followed by a key-down within this time is the keyboard's own repeat, and no release. */
export const REPEAT_MS = 30;
/** With two presses: how long the second one is waited for. */
export const ARMED_MS = 3_000;

export type Cause = RevealEnd["cause"];

/** Where the gesture is. `turn` numbers the attempts, so that a late answer is known as late. */
export interface Gesture {
  at: "idle" | "arming" | "armed" | "opening" | "shown";
  turn: number;
  since: number;
  /** Number and longest time of the reveal that is open. */
  reveal: number | null;
  longest: number;
  /** When the key went up, until it is sure that it stays up. */
  letGo: number | null;
  restUntil: number;
}

export const IDLE: Gesture = { at: "idle", turn: 0, since: 0, reveal: null, longest: 0, letGo: null, restUntil: 0 };

export type Happened =
  | { what: "down"; now: number; repeat: boolean }
  /** A key may be its own repeat; a pointer that goes up is up. */
  | { what: "up"; now: number; key: boolean }
  | { what: "first"; now: number }
  | { what: "second"; now: number }
  | { what: "tick"; now: number }
  | { what: "opened"; turn: number; reveal: number; longest: number; now: number }
  | { what: "refused"; turn: number; now: number }
  | { what: "painted"; turn: number; now: number }
  | { what: "end"; cause: Cause; now: number };

export type Effect =
  | { do: "open"; turn: number }
  | { do: "draw"; turn: number; reveal: number }
  | { do: "hide" }
  | { do: "close"; reveal: number; ms: number; cause: Cause }
  | { do: "say"; what: "hold_longer" };

export interface Step {
  gesture: Gesture;
  effects: Effect[];
}

const same = (gesture: Gesture): Step => ({ gesture, effects: [] });

/** Ends whatever goes on: the canvas first, then the record. */
function over(gesture: Gesture, cause: Cause, now: number): Step {
  const idle: Gesture = { ...IDLE, turn: gesture.turn, restUntil: now + REST_MS };
  if (gesture.at === "shown" && gesture.reveal !== null) {
    return { gesture: idle, effects: [{ do: "hide" }, { do: "close", reveal: gesture.reveal, ms: Math.min(now - gesture.since, gesture.longest), cause }] };
  }
  if (gesture.at === "opening" && gesture.reveal !== null) return { gesture: idle, effects: [{ do: "close", reveal: gesture.reveal, ms: 0, cause: "unpainted" }] };
  // Armed or not answered yet: an answer that comes later is closed unpainted.
  return { gesture: { ...idle, restUntil: gesture.at === "opening" ? now + REST_MS : gesture.restUntil }, effects: [] };
}

function open(gesture: Gesture, now: number): Step {
  const turn = gesture.turn + 1;
  return { gesture: { ...gesture, at: "opening", turn, since: now, reveal: null, letGo: gesture.letGo }, effects: [{ do: "open", turn }] };
}

function tick(gesture: Gesture, now: number): Step {
  if (gesture.letGo !== null && now - gesture.letGo >= REPEAT_MS) {
    const effects: Effect[] = gesture.at === "arming" ? [{ do: "say", what: "hold_longer" }] : [];
    const ended = over({ ...gesture, letGo: null }, "released", gesture.at === "shown" ? gesture.letGo : now);
    return { gesture: ended.gesture, effects: [...ended.effects, ...effects] };
  }
  if (gesture.at === "arming" && gesture.letGo === null && now - gesture.since >= HOLD_MS) return open(gesture, now);
  if (gesture.at === "armed" && now - gesture.since >= ARMED_MS) return over(gesture, "time", now);
  if (gesture.at === "shown" && now - gesture.since >= gesture.longest) return over(gesture, "time", now);
  return same(gesture);
}

/** What follows from one event. Nothing is shown before `painted`, and `painted` is believed only for the turn that is open. */
export function step(gesture: Gesture, event: Happened): Step {
  switch (event.what) {
    case "down":
      if (gesture.letGo !== null) return event.now - gesture.letGo < REPEAT_MS ? same({ ...gesture, letGo: null }) : tick(gesture, event.now);
      if (gesture.at !== "idle" || event.repeat || event.now < gesture.restUntil) return same(gesture);
      return same({ ...gesture, at: "arming", since: event.now });
    case "up":
      if (gesture.at === "idle" || gesture.at === "armed" || gesture.letGo !== null) return same(gesture);
      return event.key ? same({ ...gesture, letGo: event.now }) : tick({ ...gesture, letGo: event.now - REPEAT_MS }, event.now);
    case "first":
      return gesture.at === "idle" && event.now >= gesture.restUntil ? same({ ...gesture, at: "armed", since: event.now }) : same(gesture);
    case "second":
      return gesture.at === "armed" ? open(gesture, event.now) : same(gesture);
    case "tick":
      return tick(gesture, event.now);
    case "opened":
      if (gesture.at !== "opening" || event.turn !== gesture.turn) return { gesture, effects: [{ do: "close", reveal: event.reveal, ms: 0, cause: "unpainted" }] };
      return { gesture: { ...gesture, reveal: event.reveal, longest: event.longest }, effects: [{ do: "draw", turn: event.turn, reveal: event.reveal }] };
    case "refused":
      return gesture.at === "opening" && event.turn === gesture.turn ? over(gesture, "unpainted", event.now) : same(gesture);
    case "painted":
      return gesture.at === "opening" && event.turn === gesture.turn ? same({ ...gesture, at: "shown", since: event.now }) : { gesture, effects: [{ do: "hide" }] };
    case "end":
      return gesture.at === "idle" ? same(gesture) : over(gesture, event.cause, event.now);
  }
}

/** When the machine must be asked again at the latest, or null while nothing runs. */
export function nextLook(gesture: Gesture): number | null {
  if (gesture.letGo !== null) return gesture.letGo + REPEAT_MS;
  if (gesture.at === "arming") return gesture.since + HOLD_MS;
  if (gesture.at === "armed") return gesture.since + ARMED_MS;
  return gesture.at === "shown" ? gesture.since + gesture.longest : null;
}
