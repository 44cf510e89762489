// The one table of keys. `?` shows it, the frame asks it what a key press means.

import * as m from "../paraglide/messages";

/** What a key can ask for. */
export type Action =
  | "next" | "previous" | "page_down" | "page_up" | "first" | "last" | "open" | "back" | "search" | "arrivals" | "note" | "why"
  | "take_down" | "keep" | "ask" | "snooze" | "undo" | "more" | "keys" | "help" | "claim" | "filter" | "palette"
  | "select" | "extend_down" | "extend_up" | "select_all" | "take_down_all" | "keep_all" | "ask_all" | "snooze_all"
  | "next_group" | "previous_group" | "group_by" | "redo" | "next_region" | "previous_region"
  | "go_inbox" | "go_sites" | "go_lists" | "go_record" | "go_unchecked" | "go_recent" | "go_vault" | "go_settings" | "go_help";

export type KeyGroup = "move" | "decide" | "look" | "go";

/** One line of the table. `keys` are how they are shown; `combo` is matched against the event. */
export interface KeyLine {
  action: Action;
  keys: string[];
  group: KeyGroup;
  label: () => string;
  /** Stands without Ctrl, ⌘ or Alt and is turned off with "Single-key shortcuts". */
  single: boolean;
  /** A held key may repeat it. */
  repeats: boolean;
}

export const KEYS: readonly KeyLine[] = [
  { action: "take_down", keys: ["1"], group: "decide", label: m.keys_take_down, single: true, repeats: false },
  { action: "keep", keys: ["2"], group: "decide", label: m.keys_keep, single: true, repeats: false },
  { action: "ask", keys: ["3"], group: "decide", label: m.keys_ask, single: true, repeats: false },
  { action: "snooze", keys: ["h"], group: "decide", label: m.keys_snooze, single: true, repeats: false },
  { action: "take_down_all", keys: ["Alt+1"], group: "decide", label: m.keys_take_down_all, single: false, repeats: false },
  { action: "keep_all", keys: ["Alt+2"], group: "decide", label: m.keys_keep_all, single: false, repeats: false },
  { action: "ask_all", keys: ["Alt+3"], group: "decide", label: m.keys_ask_all, single: false, repeats: false },
  { action: "snooze_all", keys: ["Alt+h"], group: "decide", label: m.keys_snooze_all, single: false, repeats: false },
  { action: "undo", keys: ["z", "Ctrl+Z"], group: "decide", label: m.keys_undo, single: true, repeats: false },
  { action: "redo", keys: ["Shift+z", "Ctrl+Shift+Z"], group: "decide", label: m.keys_redo, single: true, repeats: false },
  { action: "note", keys: ["m"], group: "decide", label: m.keys_note, single: true, repeats: false },
  { action: "claim", keys: ["c"], group: "decide", label: m.keys_claim, single: true, repeats: false },
  { action: "more", keys: ["."], group: "decide", label: m.keys_more, single: true, repeats: false },
  { action: "next", keys: ["j", "↓"], group: "move", label: m.keys_next, single: true, repeats: true },
  { action: "previous", keys: ["k", "↑"], group: "move", label: m.keys_previous, single: true, repeats: true },
  { action: "next_group", keys: ["n"], group: "move", label: m.keys_next_group, single: true, repeats: true },
  { action: "previous_group", keys: ["p"], group: "move", label: m.keys_previous_group, single: true, repeats: true },
  { action: "select", keys: ["x"], group: "move", label: m.keys_select, single: true, repeats: false },
  { action: "extend_down", keys: ["Shift+j"], group: "move", label: m.keys_extend_down, single: true, repeats: true },
  { action: "extend_up", keys: ["Shift+k"], group: "move", label: m.keys_extend_up, single: true, repeats: true },
  { action: "select_all", keys: ["Ctrl+A"], group: "move", label: m.keys_select_all, single: false, repeats: false },
  { action: "page_down", keys: ["PageDown"], group: "move", label: m.keys_page_down, single: false, repeats: true },
  { action: "page_up", keys: ["PageUp"], group: "move", label: m.keys_page_up, single: false, repeats: true },
  { action: "first", keys: ["Home"], group: "move", label: m.keys_first, single: false, repeats: true },
  { action: "last", keys: ["End"], group: "move", label: m.keys_last, single: false, repeats: true },
  { action: "arrivals", keys: ["u"], group: "move", label: m.keys_arrivals, single: true, repeats: false },
  { action: "next_region", keys: ["F6"], group: "move", label: m.keys_next_region, single: false, repeats: false },
  { action: "previous_region", keys: ["Shift+F6"], group: "move", label: m.keys_previous_region, single: false, repeats: false },
  { action: "open", keys: ["Enter", "o"], group: "look", label: m.keys_open, single: true, repeats: false },
  { action: "back", keys: ["Esc"], group: "look", label: m.keys_back, single: false, repeats: false },
  { action: "why", keys: ["w"], group: "look", label: m.keys_why, single: true, repeats: false },
  { action: "search", keys: ["/"], group: "look", label: m.keys_search, single: true, repeats: false },
  { action: "filter", keys: ["f"], group: "look", label: m.keys_filter, single: true, repeats: false },
  { action: "group_by", keys: ["Shift+g"], group: "look", label: m.keys_group_by, single: true, repeats: false },
  { action: "palette", keys: ["Ctrl+K"], group: "look", label: m.palette_title, single: false, repeats: false },
  { action: "keys", keys: ["?"], group: "look", label: m.keys_keys, single: true, repeats: false },
  { action: "help", keys: ["F1"], group: "look", label: m.keys_help, single: false, repeats: false },
  { action: "go_inbox", keys: ["g i"], group: "go", label: m.nav_inbox, single: true, repeats: false },
  { action: "go_unchecked", keys: ["g c"], group: "go", label: m.nav_unchecked, single: true, repeats: false },
  { action: "go_sites", keys: ["g s"], group: "go", label: m.nav_sites, single: true, repeats: false },
  { action: "go_lists", keys: ["g l"], group: "go", label: m.nav_lists, single: true, repeats: false },
  { action: "go_vault", keys: ["g v"], group: "go", label: m.nav_vault, single: true, repeats: false },
  { action: "go_record", keys: ["g r"], group: "go", label: m.nav_record, single: true, repeats: false },
  { action: "go_recent", keys: ["g d"], group: "go", label: m.nav_recent, single: true, repeats: false },
  { action: "go_help", keys: ["g h"], group: "go", label: m.nav_help, single: true, repeats: false },
  { action: "go_settings", keys: ["g t", "Ctrl+,"], group: "go", label: m.nav_settings, single: true, repeats: false },
];

/** Keys that were changed, by action: they stand in the place of the first key of the line. */
export type Remap = Partial<Record<Action, string>>;

/** The changed keys of the settings; what cannot be read, or is of another version, changes nothing. */
export function remapOf(text: string): Remap {
  try {
    const read: unknown = JSON.parse(text === "" ? "{}" : text);
    if (typeof read !== "object" || read === null) return {};
    return Object.fromEntries(Object.entries(read).filter(([action, key]) => typeof key === "string" && KEYS.some((line) => line.action === action)));
  } catch {
    return {};
  }
}

/** The keys of a line with what was changed. */
export function keysOf(line: KeyLine, remap: Remap): string[] {
  const changed = remap[line.action];
  return changed === undefined ? line.keys : [changed, ...line.keys.slice(1)];
}

/** The line that has this key already, or null. */
export function holderOf(key: string, action: Action, remap: Remap): KeyLine | null {
  return KEYS.find((line) => line.action !== action && keysOf(line, remap).includes(key)) ?? null;
}

/** Whether a key can be given to an action: one press, and none that the page or a person's reading needs. */
export function isFree(key: string): boolean {
  return !["Enter", "Esc", "Tab", " ", "g", "F6"].includes(key) && !/^(Ctrl\+)?(F\d+)$/.test(key);
}

/** The part of a keyboard event that decides. */
export interface Press {
  key: string;
  code: string;
  repeat: boolean;
  isComposing: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
}

/** What stands around a press: a `g` that waits, the setting, and whether a field or a dialog has the keys. */
export interface Around {
  afterG: boolean;
  singleKeys: boolean;
  typing: boolean;
  remap?: Remap;
}

const NAMED: Record<string, string> = { ArrowDown: "↓", ArrowUp: "↑", Escape: "Esc" };

/** The press as the table writes it, or null for a lone modifier. Digits come from the place of the key, letters from what they write. */
export function nameOf(press: Press): string | null {
  if (["Shift", "Control", "Alt", "Meta", "AltGraph", "Dead"].includes(press.key)) return null;
  const digit = /^(?:Digit|Numpad)([1-3])$/.exec(press.code);
  const mod = press.ctrlKey || press.metaKey;
  if (digit?.[1] !== undefined && !mod) return press.altKey ? `Alt+${digit[1]}` : digit[1];
  if (press.altKey) return press.code === "KeyH" && !mod ? "Alt+h" : null;
  let name = NAMED[press.key] ?? press.key;
  const latin = /^[a-z]$/i.test(name);
  const placed = /^Key([A-Z])$/.exec(press.code);
  if (!latin && name.length === 1 && placed?.[1] !== undefined && name.toLowerCase() !== name.toUpperCase()) name = placed[1];
  if (/^[a-z]$/i.test(name)) {
    if (press.shiftKey && !mod) return `Shift+${name.toLowerCase()}`;
    if (press.shiftKey && mod) return `Ctrl+Shift+${name.toUpperCase()}`;
    name = mod ? name.toUpperCase() : name.toLowerCase();
  }
  if (name === "F6" && press.shiftKey) return "Shift+F6";
  return mod ? `Ctrl+${name}` : name;
}

function tableOf(remap: Remap): Map<string, KeyLine> {
  return new Map(KEYS.flatMap((line) => keysOf(line, remap).map((keys) => [keys, line] as const)));
}
const TABLE = tableOf({});

/** What this press asks for; "g" when it opens a two-key choice; null when it is nobody's. */
export function meaning(press: Press, around: Around): Action | "g" | null {
  if (press.isComposing) return null;
  const name = nameOf(press);
  if (name === null) return null;
  const table = around.remap && Object.keys(around.remap).length > 0 ? tableOf(around.remap) : TABLE;
  const line = table.get(around.afterG ? `g ${name}` : name);
  const alone = /^(Shift\+)?[!-~]$/.test(name) || around.afterG;
  if (around.typing && alone) return null;
  if (around.typing && line?.action !== "back" && !name.startsWith("Ctrl+") && !/F[16]$/.test(name)) return null;
  if (around.typing && (line?.action === "undo" || line?.action === "redo")) return null;
  if (alone && !around.singleKeys) return null;
  if (line === undefined) return name === "g" && !press.repeat ? "g" : null;
  if (press.repeat && !line.repeats) return null;
  return line.action;
}
