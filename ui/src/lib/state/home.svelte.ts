// The home itself: its log, what it takes, the safe report, its end. Loaded with the screens that show it.

import type { About, LogLevel, LogRow, Removal, StorageSize } from "../../bindings.gen";
import { debounced } from "./debounce";
import type { Gate } from "../state.svelte";

/** Lines of one page. */
const PAGE = 100;
/** How often a followed log is read again. */
const FOLLOW_MS = 1_000;
const TYPING_MS = 120;

/** The log: newest first, filtered, followed. One for each visit to the screen; `end` stops its timers. */
export class Log {
  rows = $state.raw<LogRow[]>([]);
  next = $state.raw<string | null>(null);
  level = $state<LogLevel | null>(null);
  search = $state("");
  isRead = $state(false);
  following = $state(false);
  readonly #gate: Gate;
  #turn = 0;
  #timer: ReturnType<typeof setInterval> | undefined;
  readonly #soon = debounced(() => void this.read(), TYPING_MS);

  constructor(gate: Gate) {
    this.#gate = gate;
  }

  /** Reads the newest lines; older answers that come late are dropped. */
  async read(): Promise<void> {
    const turn = ++this.#turn;
    const read = await this.#gate.call((door) => door.logs({ level: this.level, search: this.search, before: null, limit: PAGE }));
    if (!read || turn !== this.#turn) return;
    this.rows = read.answer.rows;
    this.next = read.answer.next;
    this.isRead = true;
  }

  async older(): Promise<void> {
    const before = this.next;
    const turn = this.#turn;
    const read = await this.#gate.call((door) => door.logs({ level: this.level, search: this.search, before, limit: PAGE }));
    if (!read || turn !== this.#turn) return;
    this.rows = [...this.rows, ...read.answer.rows];
    this.next = read.answer.next;
  }

  show(level: LogLevel | null): void {
    this.level = level;
    void this.read();
  }

  find(text: string): void {
    this.search = text;
    this.#soon();
  }

  follow(on: boolean): void {
    this.following = on;
    clearInterval(this.#timer);
    if (!on) return;
    void this.read();
    this.#timer = setInterval(() => void this.read(), FOLLOW_MS);
  }

  end(): void {
    clearInterval(this.#timer);
    this.#turn += 1;
  }
}

/** What the home takes, what it is, and what its end would be. */
export class HomeFacts {
  sizes = $state.raw<StorageSize[] | null>(null);
  about = $state.raw<About | null>(null);
  removal = $state.raw<Removal | null>(null);
  readonly #gate: Gate;

  constructor(gate: Gate) {
    this.#gate = gate;
  }

  async readSizes(): Promise<void> {
    this.sizes = (await this.#gate.call((door) => door.storage_sizes()))?.answer ?? this.sizes;
  }

  async readAbout(): Promise<void> {
    this.about = (await this.#gate.call((door) => door.about()))?.answer ?? this.about;
  }

  async askRemoval(): Promise<void> {
    this.removal = (await this.#gate.call((door) => door.removal()))?.answer ?? null;
  }

  async remove(): Promise<void> {
    const files = this.removal?.sealed ?? 0;
    await this.#gate.call((door) => door.removal_do({ files }));
  }
}
