// What is said to the person outside of any screen: toasts, and the two live regions.

import { wireError } from "../backend";
import { failure } from "../words";

/** How long a toast without a clock stays. */
const SAID_MS = 6_000;
/** More toasts than this become one sentence. */
export const TOASTS = 3;

/** One button of a toast. */
export interface ToastButton {
  label: string;
  key?: string;
  run: () => void;
  testid?: string;
}
/** A message at the foot of the window. `batch` ties it to a draft whose clock it shows. */
export interface Toast {
  id: number;
  text: (now: number) => string;
  detail?: string[];
  tone: "plain" | "danger";
  buttons: ToastButton[];
  until: number | null;
  batch: number | null;
}

export class Notices {
  polite = $state("");
  assertive = $state("");
  toasts = $state.raw<Toast[]>([]);
  #lastId = 0;

  /** Says a sentence once through the polite live region. */
  say(text: string): void {
    this.polite = this.polite === text ? `${text}\u00a0` : text;
  }

  /** Shows a message; without `until` it goes by itself. */
  show(text: string | ((now: number) => string), more: Partial<Omit<Toast, "id" | "text">> = {}): number {
    const id = ++this.#lastId;
    const words = typeof text === "string" ? () => text : text;
    this.toasts = [...this.toasts, { id, text: words, tone: "plain", buttons: [], until: Date.now() + SAID_MS, batch: null, ...more }];
    return id;
  }

  dismiss(id: number): void {
    this.toasts = this.toasts.filter((toast) => toast.id !== id);
  }

  dismissBatch(batch: number): void {
    this.toasts = this.toasts.filter((toast) => toast.batch !== batch);
  }

  /** Shows a failed action and says it at once; nothing else is interrupted. */
  fail(thrown: unknown): void {
    const told = failure(wireError(thrown));
    this.assertive = `${told.text} ${told.next}`;
    this.show(told.text, { tone: "danger", detail: [told.next], until: null });
  }

  /** Removes what has had its time; answers whether the clock of a draft ended. */
  tick(now: number): boolean {
    const over = this.toasts.filter((toast) => toast.until !== null && toast.until <= now);
    if (over.length > 0) this.toasts = this.toasts.filter((toast) => !over.includes(toast));
    return over.some((toast) => toast.batch !== null);
  }
}
