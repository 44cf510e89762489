// What a filter and a selection mean before anything is asked of the engine. Pure.

import type { CaseFilter, DecisionKind, Selection } from "../../bindings.gen";

/** More files than this ask for the number. */
export const ASK_ABOVE = 100;

export const NO_FILTER: CaseFilter = { lists: [], sites: [], harms: [], matches: [], kinds: [], max_distance: null, folder: "", uploader: "", since: null, until: null, min_size: null, max_size: null, claimed: false, has_note: null };

/** How many conditions a filter has. */
export function conditions(filter: CaseFilter): number {
  return [filter.lists, filter.sites, filter.harms, filter.matches, filter.kinds].filter((it) => it.length > 0).length
    + [filter.max_distance !== null, filter.folder !== "", filter.uploader !== "", filter.since !== null || filter.until !== null, filter.min_size !== null || filter.max_size !== null, filter.claimed, filter.has_note !== null].filter(Boolean).length;
}

/** Whether a decision on this many files and harms asks for the number first. More than 100 files or two harms always do, fewer never. */
export function asksFirst(decision: DecisionKind, selection: Pick<Selection, "files" | "keep_files" | "harms">): boolean {
  if (decision !== "take_down" && decision !== "keep") return false;
  return (decision === "keep" ? selection.keep_files : selection.files) > ASK_ABOVE || selection.harms.length > 1;
}
