// The frame: what is read, where the person is, keys and settings, with their timers. `state/` holds what each screen keeps for itself.

import type { AppState, CaseDetail, Selection, CaseView, Counts, DecisionKind, Health, Leave, ListRow, Settings, SiteRow, Stale, WireError, SelfTest } from "../bindings.gen";
import * as m from "../paraglide/messages";
import { type Backend, wireError } from "./backend";
import { secondsUntil } from "./format";
import { type Action, KEYS, keysOf, meaning, type Remap, remapOf } from "./keys";
import type { Command } from "./palette";
import { Deciding } from "./state/deciding.svelte";
import { Good } from "./state/good.svelte";
import { Duties } from "./state/duties.svelte";
import { Inbox } from "./state/inbox.svelte";
import { Lists } from "./state/lists.svelte";
import { Loaded } from "./state/loaded.svelte";
import { Notices, type Toast } from "./state/notices.svelte";
import { Opened } from "./state/opened.svelte";
import { Persons } from "./state/persons.svelte";
import { Records } from "./state/record.svelte";
import { Reveals } from "./state/reveals.svelte";
import { Screens } from "./state/screens.svelte";
import { Selecting } from "./state/selecting.svelte";
import { Spoken } from "./state/spoken.svelte";
import { Unchecked } from "./state/unchecked.svelte";
import { Vault } from "./state/vault.svelte";
import { Viewing } from "./state/viewing.svelte";
import type { Target } from "./words";
import { toRegion } from "./regions";

export type Screen = Target | "first_run" | "logs";

const G_MS = 1_000;

/** A question that stands over the frame. */
export type Question =
  | { kind: "keys" }
  | { kind: "palette" }
  | { kind: "filter" }
  | { kind: "leave"; leave: Leave }
  | { kind: "confirm_many"; decision: "take_down" | "keep"; plan: Selection }
  | { kind: "keep_note"; case: number; files: number }
  | { kind: "confirm"; decision: "take_down" | "keep"; detail: CaseDetail; note: string | null };

/** Where the small guide of the practice run stands. */
export type GuideStep = "waiting" | "take_down" | "undo" | "done";

const GO: Partial<Record<Action, Screen>> = {
  go_inbox: "inbox", go_sites: "sites", go_lists: "lists", go_record: "record", go_unchecked: "unchecked", go_settings: "settings", go_help: "help", go_vault: "vault",
};
/** Problems that mean: nobody watches. */
const LOST = ["not_watching", "stopped", "site_missing"];
const DECIDES: Partial<Record<Action, DecisionKind>> = { take_down: "take_down", keep: "keep", ask: "ask" };

/** Everything that the window shows. One for the life of the page. */
export class Gate {
  readonly #door: Backend;

  // What was read.
  app = $state.raw<AppState | null>(null);
  startError = $state.raw<WireError | null>(null);
  readonly counts: Loaded<Counts>;
  readonly health: Loaded<Health>;
  readonly sites: Loaded<SiteRow[]>;
  readonly listed: Lists;
  readonly records: Records;
  readonly persons: Persons;
  readonly good: Good;
  readonly unchecked: Unchecked;
  readonly vault: Vault;
  readonly notices = new Notices();
  readonly screens = new Screens(this);
  readonly spoken = new Spoken();
  readonly inbox: Inbox;
  readonly opened: Opened;
  readonly deciding: Deciding;
  readonly reveals: Reveals;
  readonly viewing: Viewing;
  readonly selecting: Selecting;
  readonly duties: Duties;

  // Where the person is.
  screen = $state<Screen>("inbox");
  now = $state(Date.now());
  question = $state.raw<Question | null>(null);
  menu = $state<"snooze" | "snooze_many" | "group" | "more" | null>(null);
  /** Commands of the palette, the last one first. */
  recent: string[] = [];
  afterG = $state(false);
  searchTurn = $state(0);
  guideStep = $state<GuideStep>("waiting");
  #gTimer: ReturnType<typeof setTimeout> | undefined;
  /** Raised for views that page by themselves (Record, Could not check). */
  staleTurn = $state<Record<Stale, number>>({ inbox: 0, lists: 0, offer: 0, sites: 0, health: 0, record: 0, settings: 0, leave: 0 });

  constructor(door: Backend) {
    this.#door = door;
    this.counts = new Loaded(() => door.counts());
    this.health = new Loaded(() => door.health());
    this.sites = new Loaded(() => door.sites());
    this.listed = new Lists(door, this);
    this.records = new Records(door, this);
    this.persons = new Persons(door, this);
    this.good = new Good(door, this);
    this.unchecked = new Unchecked(door, this);
    this.vault = new Vault(door, this);
    this.inbox = new Inbox(door, this);
    this.opened = new Opened(door, this);
    this.deciding = new Deciding(door, this);
    this.reveals = new Reveals(door, this);
    this.viewing = new Viewing(door, this);
    this.selecting = new Selecting(door, this);
    this.duties = new Duties(door, this);
  }

  // ——— start ———

  /** Reads the first answers and starts the clock; called once, after [`readApp`]. */
  async start(): Promise<void> {
    setInterval(() => this.#tick(), 1000);
    this.screens.loadSoon();
    await this.#door.onStale((push) => this.stale(push.stale));
    const app = this.app;
    this.inbox.group = app?.settings.group ?? "none";
    if (app && !app.first_run_done && !app.has_practice) this.screen = "first_run";
    await Promise.all([this.counts.read(), this.health.read(), this.sites.read(), this.listed.start(), this.duties.clocks.read(), this.inbox.reload("all", true), this.deciding.waitingDrafts(), this.viewing.read(), this.selecting.readSaved()]);
    await this.call((door) => door.page_ready());
  }

  async readApp(): Promise<void> {
    try {
      this.app = await this.#door.app_state();
      this.startError = null;
    } catch (thrown) {
      this.startError = wireError(thrown);
    }
    await this.spoken.follow(this.settings?.language ?? "system");
  }

  get lists(): Loaded<ListRow[]> {
    return this.listed.rows;
  }

  get settings(): Settings | null {
    return this.app?.settings ?? null;
  }

  #tick(): void {
    this.now = Date.now();
    if (this.notices.tick(this.now)) this.stale(["inbox", "record"]);
  }

  /** Reads again what is out of date. */
  stale(which: readonly Stale[]): void {
    for (const one of which) this.staleTurn[one] += 1;
    if (which.includes("inbox")) {
      void this.counts.read();
      this.inbox.rereadSoon();
    }
    this.listed.stale(which);
    this.duties.stale(which);
    if (which.includes("sites")) void this.sites.read();
    if (which.includes("health") || which.includes("sites") || which.includes("lists")) void this.#readHealth();
    if (which.includes("settings")) void Promise.all([this.readApp(), this.viewing.read()]);
    if (which.includes("leave")) void this.#leave();
  }

  /** The window is being closed, or the program is to end: what has to be asked first. */
  async #leave(): Promise<void> {
    const asked = await this.call((door) => door.leave());
    if (asked?.answer) this.question = { kind: "leave", leave: asked.answer };
  }

  /** Reads the health and says what changed for the ear: a sweep that ended, watching that was lost. */
  async #readHealth(): Promise<void> {
    const before = this.health.value;
    await this.health.read();
    const after = this.health.value;
    if (!before || !after) return;
    if (before.sweeps.length > 0 && after.sweeps.length === 0) this.say(m.say_sweep_ended());
    const lost = (health: Health): boolean => health.problems.some((it) => LOST.includes(it.code));
    if (!lost(before) && lost(after)) this.notices.assertive = m.say_watching_lost();
  }

  // ——— what is said ———

  /** Says a sentence once through the polite live region. */
  say(text: string): void {
    this.notices.say(text);
  }

  toast(text: string, more: Partial<Omit<Toast, "id" | "text">> = {}): number {
    return this.notices.show(text, more);
  }

  dismiss(id: number): void {
    this.notices.dismiss(id);
  }

  /** Shows a failed action and says it at once; nothing else is interrupted. */
  fail(thrown: unknown): void {
    this.notices.fail(thrown);
  }

  // ——— moving between screens ———

  go(screen: Screen): void {
    this.menu = null;
    this.reveals.end("left");
    const wasInbox = this.screen === "inbox";
    this.screen = screen;
    this.inbox.open = false;
    if (screen === "inbox") {
      this.inbox.focusTurn += 1;
      if (!wasInbox) void this.inbox.reload("all", false);
    }
  }

  showView(view: CaseView): void {
    this.menu = null;
    this.screen = "inbox";
    this.inbox.showView(view);
  }

  // ——— keys ———

  /** A key press on the frame; answers whether it was taken. */
  key(event: KeyboardEvent, typing: boolean): boolean {
    if (this.screen === "inbox") {
      void this.viewing.input();
      if (!typing && this.reveals.key(event)) return true;
    }
    const asked = meaning(event, { afterG: this.afterG, singleKeys: this.settings?.single_keys ?? true, typing, remap: this.remap });
    if (this.afterG) this.#endG();
    if (asked === null || this.screen === "first_run") return false;
    if (asked === "g") {
      this.afterG = true;
      this.#gTimer = setTimeout(() => this.#endG(), G_MS);
      return true;
    }
    return this.#act_on(asked);
  }

  #endG(): void {
    clearTimeout(this.#gTimer);
    this.afterG = false;
  }

  /** Keys that the person changed. */
  get remap(): Remap {
    return remapOf(this.settings?.keys ?? "");
  }

  /** What the palette offers here: actions of the table, then saved views. */
  commands(): Command[] {
    const inInbox = this.screen === "inbox";
    const everywhere = (action: Action): boolean => action.startsWith("go_") || ["undo", "redo", "keys", "search"].includes(action);
    const lines = KEYS.filter((line) => line.action !== "palette" && !line.action.endsWith("_region") && (inInbox || everywhere(line.action)));
    const decides = (action: Action): boolean => action === "take_down" || action === "keep" || action === "ask" || action === "snooze";
    const plan = (action: Action): string | null => (decides(action) && this.opened.detail ? m.palette_plan({ case: this.opened.detail.row.case, count: this.opened.detail.plan.files }) : null);
    const actions = lines.filter((line) => !decides(line.action) || this.opened.decidable).map((line): Command => ({
      id: line.action, label: line.label(), key: keysOf(line, this.remap)[0] ?? null, plan: plan(line.action), run: () => void this.#act_on(line.action),
    }));
    return [...actions, ...this.selecting.saved.map((saved): Command => ({ id: `view ${saved.id}`, label: saved.name, key: null, plan: null, run: () => this.selecting.open(saved) }))];
  }

  runCommand(command: Command): void {
    this.recent = [command.id, ...this.recent.filter((id) => id !== command.id)].slice(0, 20);
    command.run();
  }

  #act_on(asked: Action): boolean {
    const to = GO[asked];
    if (to) return this.go(to), true;
    switch (asked) {
      case "next_region": return toRegion(1), true;
      case "previous_region": return toRegion(-1), true;
      case "redo": return void this.deciding.redo(), true;
      case "undo": return void this.deciding.undo(), true;
      case "keys": return (this.question = { kind: "keys" }), true;
      case "help": return this.duties.help(), true;
      case "search": return (this.searchTurn += 1), true;
      case "palette": return (this.question = { kind: "palette" }), true;
      case "go_recent": return this.showView("recent"), true;
      default: return this.screen === "inbox" && this.#act_on_inbox(asked);
    }
  }

  #act_on_inbox(asked: Action): boolean {
    const decision = DECIDES[asked];
    if (decision) return void this.deciding.decide(decision), true;
    const { inbox, opened } = this;
    const at = inbox.focusIndex;
    switch (asked) {
      case "next": return void inbox.focusAt(at + 1), true;
      case "previous": return void inbox.focusAt(at - 1), true;
      case "page_down": return void inbox.focusAt(at + 10), true;
      case "page_up": return void inbox.focusAt(at - 10), true;
      case "first": return void inbox.focusAt(0), true;
      case "last": return void inbox.focusAt(inbox.length - 1), true;
      case "select": return this.selecting.toggle(inbox.focus), true;
      case "extend_down": return void this.selecting.extend(1), true;
      case "extend_up": return void this.selecting.extend(-1), true;
      case "select_all": return void this.selecting.all(), true;
      case "take_down_all": return void this.selecting.decide("take_down"), true;
      case "keep_all": return void this.selecting.decide("keep"), true;
      case "ask_all": return void this.selecting.decide("ask"), true;
      case "snooze_all": return this.selecting.bulk === null ? (this.say(m.select_first()), true) : ((this.menu = "snooze_many"), true);
      case "filter": return (this.question = { kind: "filter" }), true;
      case "claim": return void opened.claim(), true;
      case "next_group": return inbox.step(1), true;
      case "previous_group": return inbox.step(-1), true;
      case "group_by": return (this.menu = "group"), true;
      case "open": return inbox.head !== null ? (inbox.fold(inbox.head), true) : inbox.focus !== null && ((inbox.open = true), true);
      case "back": return inbox.back();
      case "arrivals": return void inbox.showArrivals(), true;
      case "why": return (opened.whyTurn += 1), true;
      case "note": return (opened.noteTurn += 1), true;
      case "snooze": return opened.decidable && ((this.menu = "snooze"), true);
      case "more": return opened.detail !== null && ((this.menu = "more"), true);
      default: return false;
    }
  }

  // ——— settings, first run ———

  /** Applies a change at once; the toast takes it back. */
  async set(change: Partial<Settings>, quiet = false): Promise<void> {
    const app = this.app;
    if (!app) return;
    const before = app.settings;
    this.app = { ...app, settings: { ...before, ...change } };
    try {
      const settings = await this.#door.settings_set({ ...before, ...change });
      this.app = { ...app, settings };
      await this.spoken.follow(settings.language);
      if (!quiet) this.toast(m.toast_setting_changed(), { buttons: [{ label: m.action_undo(), run: () => void this.set(before, true) }] });
    } catch (thrown) {
      this.app = { ...app, settings: before };
      this.fail(thrown);
    }
  }

  async firstRunStep(step: number): Promise<void> {
    if (this.app) this.app = { ...this.app, first_run_step: step };
    await this.#door.first_run_step(step).catch((thrown: unknown) => this.fail(thrown));
  }

  async firstRunFinish(): Promise<void> {
    try {
      await this.#door.first_run_finish();
      if (this.app) this.app = { ...this.app, first_run_done: true };
    } catch (thrown) {
      this.fail(thrown);
    }
    this.go("inbox");
  }

  /** Makes the practice site and goes to Inbox, where its cases arrive. */
  async practiceStart(): Promise<boolean> {
    try {
      await this.#door.practice_start();
      if (this.app) this.app = { ...this.app, has_practice: true };
      this.guideStep = "waiting";
      this.go("inbox");
      this.stale(["inbox", "sites", "lists", "health"]);
      return true;
    } catch (thrown) {
      this.fail(thrown);
      return false;
    }
  }

  async practiceEnd(): Promise<void> {
    try {
      await this.#door.practice_end();
      if (this.app) this.app = { ...this.app, has_practice: false };
      this.toast(m.toast_practice_ended());
    } catch (thrown) {
      this.fail(thrown);
    }
    this.inbox.forget();
    await this.inbox.reload("all", true);
    this.stale(["inbox", "sites", "lists", "health"]);
  }

  /** The guide over the list, or null when there is nothing to guide. */
  get guide(): GuideStep | null {
    const app = this.app;
    if (!app?.has_practice || app.first_run_done) return null;
    if (this.guideStep === "waiting" && this.inbox.shown.rows.some((row) => row.state === "open")) return "take_down";
    return this.guideStep;
  }

  // ——— sites, lists, record: calls whose answers a view keeps ———

  /** Runs one call of a view; a failure is told and answered with null. `stale` is read again afterwards. */
  async call<T>(run: (door: Backend) => Promise<T>, stale: Stale[] = []): Promise<{ answer: T } | null> {
    try {
      return { answer: await run(this.#door) };
    } catch (thrown) {
      const error = wireError(thrown);
      if (error.code !== "cancelled") this.fail(error);
      return null;
    } finally {
      if (stale.length > 0) this.stale(stale);
    }
  }

  async selftest(site: number): Promise<SelfTest | null> {
    const ran = await this.call((door) => door.selftest(site), ["sites", "health"]);
    return ran?.answer ?? null;
  }

  /** Seconds until a draft acts, by the clock of this second. */
  secondsTo(at: number): number {
    return secondsUntil(at, this.now);
  }
}
