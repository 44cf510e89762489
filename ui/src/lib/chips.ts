// A filter as chips: what each condition says, and the filter without it. Pure.

import type { CaseFilter, ListRow, SiteRow } from "../bindings.gen";
import * as m from "../paraglide/messages";
import { day, size } from "./format";
import { fileKind, harm } from "./words";

export interface Chip {
  label: string;
  /** The filter without this condition. */
  without: CaseFilter;
}

const MATCHES: Record<string, () => string> = { exact: m.match_exact, near: m.filter_near, turned: m.filter_turned };
const DAY_MS = 86_400_000;

/** One chip for each condition; values of which one fits stand in one chip. */
export function chips(filter: CaseFilter, lists: readonly ListRow[], sites: readonly SiteRow[], now: number): Chip[] {
  const found: Chip[] = [];
  const add = (isSet: boolean, label: () => string, over: Partial<CaseFilter>): void => {
    if (isSet) found.push({ label: label(), without: { ...filter, ...over } });
  };
  const either = (words: string[]): string => words.reduce((first, second) => m.filter_either({ first, second }));
  add(filter.harms.length > 0, () => either(filter.harms.map(harm)), { harms: [] });
  add(filter.matches.length > 0, () => either(filter.matches.map((it) => MATCHES[it]?.() ?? it)), { matches: [] });
  add(filter.max_distance !== null, () => m.filter_chip_distance({ bits: filter.max_distance ?? 0 }), { max_distance: null });
  add(filter.lists.length > 0, () => either(filter.lists.map((id) => lists.find((it) => it.list === id)?.name ?? String(id))), { lists: [] });
  add(filter.sites.length > 0, () => either(filter.sites.map((id) => sites.find((it) => it.site === id)?.name ?? String(id))), { sites: [] });
  add(filter.folder !== "", () => m.filter_chip_folder({ folder: filter.folder }), { folder: "" });
  add(filter.uploader !== "", () => m.filter_chip_uploader({ uploader: filter.uploader }), { uploader: "" });
  add(filter.kinds.length > 0, () => either(filter.kinds.map(fileKind)), { kinds: [] });
  add(filter.since !== null, () => m.filter_chip_since({ day: day(filter.since ?? 0, now) }), { since: null });
  add(filter.until !== null, () => m.filter_chip_until({ day: day((filter.until ?? 0) - DAY_MS, now) }), { until: null });
  add(filter.min_size !== null, () => m.filter_chip_min({ size: size(filter.min_size ?? 0) }), { min_size: null });
  add(filter.max_size !== null, () => m.filter_chip_max({ size: size(filter.max_size ?? 0) }), { max_size: null });
  add(filter.claimed, m.filter_claimed, { claimed: false });
  add(filter.has_note === true, m.filter_note, { has_note: null });
  return found;
}
