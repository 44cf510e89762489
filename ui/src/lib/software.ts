// Words for what a site runs: roles, facts of names, what is left to do. Apart from `words.ts`, since only screens that load later need them.

import type { PresetSample, SiteSoftware, TodoRow, UploadRow } from "../bindings.gen";
import * as m from "../paraglide/messages";
import { isolated, moment } from "./format";

type RoleWord = UploadRow["role"];
type Facts = UploadRow["from_name"];

const ROLES: Record<RoleWord, () => string> = {
  upload: m.role_upload, generated: m.role_generated, avatar: m.role_avatar, old_version: m.role_old_version, removed: m.role_removed, remote_cache: m.role_remote_cache,
  temporary: m.role_temporary, site: m.role_site, skip: m.role_skip,
};

/** What a file is to its site. */
export function role(word: RoleWord): string {
  return ROLES[word]();
}

const FACTS: [string, (value: { value: string }) => string][] = [
  ["uploader_name", m.told_uploader], ["uploader", m.told_uploader_id], ["owner", m.told_owner], ["media_id", m.told_media], ["post_id", m.told_post], ["group", m.told_group],
  ["server", m.told_server], ["original_name", m.told_original_name],
];

/** Facts as short words, the most telling first. */
export function told(facts: Facts, now: number): string[] {
  const words = FACTS.flatMap(([name, words]) => (facts[name] === undefined || facts[name] === "" ? [] : [words({ value: isolated(String(facts[name])) })]));
  const at = Number(facts["at"] ?? Number.NaN);
  if (Number.isFinite(at)) words.push(m.told_time({ when: moment(at, now) }));
  if (facts["not_posted"] !== undefined) words.push(m.told_not_posted());
  if (facts["private"] !== undefined) words.push(m.told_private());
  return words;
}

/** One file as a preset reads it. */
export function sample(it: PresetSample, now: number): string {
  return [role(it.role), ...told(it.facts, now)].join(" · ");
}

/** What is not read, by rule. */
export function skipped(it: SiteSoftware): string[] {
  return it.rules.filter((rule) => rule.skipped > 0).map((rule) => m.software_skipped_of({ kind: rule.kind ?? role(rule.role), count: rule.skipped }));
}

/** How far a to-do is. */
export function todoState(it: TodoRow, now: number): string {
  if (it.state === "closed") return m.todo_closed({ when: moment(it.closed ?? it.made, now) });
  if (it.state === "done") return m.todo_done_on({ when: moment(it.done ?? it.made, now) });
  if (it.returned !== null) return m.todo_returned({ when: moment(it.returned, now) });
  return { copy: m.todo_copy({ when: moment(it.made, now) }), sheet: m.todo_sheet(), steps: m.todo_steps() }[it.kind];
}
