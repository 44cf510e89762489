// Reveals from the page's side: the gesture with its clock, the one picture while it is shown, what was chosen in this visit to the case.

import type { RevealAsk, RevealOffer } from "../../bindings.gen";
import * as m from "../../paraglide/messages";
import { type Backend, wireError } from "../backend";
import { type Cause, type Effect, type Gesture, type Happened, IDLE, nextLook, step as advance } from "../reveal";
import type { Gate } from "../state.svelte";

/** Width and height of a picture as numbers of four bytes. */
const HEAD_BYTES = 8;
type Why = NonNullable<RevealAsk["why"]>;

/** What is painted while it is shown, and nowhere else. */
export interface Picture {
  width: number;
  height: number;
  rgba: Uint8ClampedArray<ArrayBuffer>;
}

/** The raw answer as a picture, or null if its length does not fit. */
export function pictureOf(answer: ArrayBuffer | readonly number[]): Picture | null {
  const bytes = new Uint8Array(answer);
  if (bytes.length < HEAD_BYTES) return null;
  const head = new DataView(bytes.buffer);
  const [width, height] = [head.getUint32(0, true), head.getUint32(4, true)];
  if (width === 0 || height === 0 || width > 512 || height > 512 || bytes.length !== HEAD_BYTES + width * height * 4) return null;
  return { width, height, rgba: new Uint8ClampedArray(bytes.buffer, HEAD_BYTES) };
}

export class Reveals {
  readonly #door: Backend;
  readonly #gate: Gate;

  gesture = $state.raw<Gesture>(IDLE);
  picture = $state.raw<Picture | null>(null);
  /** The step that the next hold shows. */
  step = $state(1);
  /** Steps that were shown in this visit to the case: the next one may be chosen. */
  seen = $state.raw<ReadonlySet<number>>(new Set());
  /** The control was asked for, where it is not there by itself. */
  asked = $state(false);
  why = $state<Why | null>(null);
  words = $state("");
  refused = $state<string | null>(null);
  #block: HTMLElement | null = null;
  #clear: (() => void) | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(door: Backend, gate: Gate) {
    this.#door = door;
    this.#gate = gate;
  }

  /** What may be shown of the focused case, or null: then there is no control. */
  get offer(): RevealOffer | null {
    const detail = this.#gate.opened.detail;
    return detail !== null && detail.row.case === this.#gate.inbox.focus ? detail.reveal : null;
  }

  /** Whether the control is on the page. */
  get isOffered(): boolean {
    const offer = this.offer;
    return offer !== null && (!offer.behind_more || this.asked);
  }

  /** Whether a step can be chosen: it is allowed, and the one before it was shown in this visit. */
  allows(step: number): boolean {
    return step <= (this.offer?.steps ?? 0) && (step === 1 || this.seen.has(step - 1));
  }

  get #twoPresses(): boolean {
    return this.#gate.settings?.two_presses ?? false;
  }

  /** The picture block is on the page; `clear` empties its canvas at once. */
  mount(block: HTMLElement, clear: () => void): () => void {
    this.#block = block;
    this.#clear = clear;
    return () => {
      this.end("left");
      this.#block = null;
      this.#clear = null;
    };
  }

  /** Another case, or none: everything of this visit is forgotten. */
  leave(): void {
    this.end("left");
    this.step = 1;
    this.seen = new Set();
    this.asked = false;
    this.why = null;
    this.words = "";
    this.refused = null;
  }

  // ——— what happens ———

  /** A key on the frame; answers whether it was taken. Any other key than the one that is held ends a reveal. */
  key(event: KeyboardEvent): boolean {
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.shiftKey;
    if (event.key === " " && plain) return this.press(event.repeat), true;
    if (this.gesture.at === "armed" && plain && event.key.toLowerCase() === "r") return this.#happen({ what: "second", now: Date.now() }), true;
    if (this.gesture.at === "idle" || ["Shift", "Control", "Alt", "Meta"].includes(event.key)) return false;
    this.end("left");
    return event.key === "Escape";
  }

  /** The key or the button goes down. */
  press(repeat: boolean): void {
    if (!this.isOffered || this.offer?.is_up || !this.#gate.opened.decidable) return;
    const now = Date.now();
    if (this.gesture.at === "idle") {
      if (repeat || !this.#inSight()) return;
      this.refused = null;
      if (this.offer?.needs_reason && (this.why === null || (this.why === "other" && this.words.trim() === ""))) {
        this.refused = "reason";
        return;
      }
    }
    this.#happen(this.#twoPresses && this.gesture.at === "idle" ? { what: "first", now } : { what: "down", now, repeat });
  }

  release(key: boolean): void {
    this.#happen({ what: "up", now: Date.now(), key });
  }

  /** The canvas was painted. */
  painted(turn: number): void {
    this.#happen({ what: "painted", turn, now: Date.now() });
    if (this.gesture.at === "shown") this.seen = new Set([...this.seen, this.step]);
  }

  end(cause: Cause): void {
    this.#happen({ what: "end", cause, now: Date.now() });
  }

  #inSight(): boolean {
    const block = this.#block;
    if (!block) return false;
    block.scrollIntoView({ block: "nearest" });
    const place = block.getBoundingClientRect();
    return place.height > 0 && place.bottom > 0 && place.top < window.innerHeight;
  }

  #happen(event: Happened): void {
    const next = advance(this.gesture, event);
    this.gesture = next.gesture;
    next.effects.forEach((effect) => this.#carryOut(effect));
    clearTimeout(this.#timer);
    const look = nextLook(this.gesture);
    if (look !== null) this.#timer = setTimeout(() => this.#happen({ what: "tick", now: Date.now() }), Math.max(0, look - Date.now()));
  }

  // ——— what follows ———

  #carryOut(effect: Effect): void {
    if (effect.do === "say") this.#gate.say(m.reveal_hold_longer());
    if (effect.do === "open") void this.#open(effect.turn);
    if (effect.do === "draw") void this.#draw(effect.turn, effect.reveal);
    if (effect.do === "hide") this.#hide();
    if (effect.do === "close") void this.#close(effect.reveal, effect.ms, effect.cause);
  }

  async #open(turn: number): Promise<void> {
    const id = this.#gate.inbox.focus;
    if (id === null) return;
    try {
      const answer = await this.#door.reveal_open({ case: id, step: this.step, why: this.why, words: this.why === "other" ? this.words.trim() : null });
      if (answer.reveal !== null) this.#happen({ what: "opened", turn, reveal: answer.reveal, longest: answer.longest_ms, now: Date.now() });
      else this.#refuse(turn, answer.refused);
    } catch (thrown) {
      this.#refuse(turn, null);
      this.#gate.fail(thrown);
    }
  }

  async #draw(turn: number, reveal: number): Promise<void> {
    try {
      const picture = pictureOf(await this.#door.reveal_pixels(reveal));
      if (this.gesture.at !== "opening" || this.gesture.turn !== turn) return;
      if (picture) this.picture = picture;
      else this.#refuse(turn, "undecodable");
    } catch (thrown) {
      this.#refuse(turn, wireError(thrown).detail);
    }
  }

  #refuse(turn: number, why: string | null): void {
    if (this.gesture.at === "opening" && this.gesture.turn === turn) this.refused = why;
    this.#happen({ what: "refused", turn, now: Date.now() });
    if (why === "changed" || why === "gone" || why === "budget") void this.#gate.opened.read(false);
  }

  #hide(): void {
    this.#clear?.();
    this.picture?.rgba.fill(0);
    this.picture = null;
  }

  async #close(reveal: number, shown_ms: number, cause: Cause): Promise<void> {
    this.#hide();
    await this.#gate.call((door) => door.reveal_close({ reveal, shown_ms: Math.round(shown_ms), cause }), ["record"]);
    await Promise.all([this.#gate.opened.read(false), this.#gate.viewing.read()]);
  }
}
