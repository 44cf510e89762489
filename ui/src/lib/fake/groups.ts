// Groups of the fake engine, by the same rules as the real one's.

import type { CaseGroup, CaseRow, InboxQuery } from "../../bindings.gen";

function keyOf(row: CaseRow, by: InboxQuery["group"]): string {
  const list = row.protected ? "" : row.list;
  return { none: "", list, entry: `${list}:${row.case % 4}`, site: row.sites[0] ?? "", folder: `${row.sites[0] ?? ""}:${row.folder}`, uploader: `${row.sites[0] ?? ""}:${row.case % 3 === 0 ? "" : row.case % 3}` }[by];
}

function named(row: CaseRow, key: string, by: InboxQuery["group"]): Pick<CaseGroup, "name" | "more" | "protected"> {
  const rest = key.slice(key.indexOf(":") + 1);
  const ofList = by === "list" || by === "entry";
  if (ofList && row.protected) return { name: "", more: null, protected: true };
  if (by === "entry") return { name: row.list, more: `entry ${rest}`, protected: false };
  if (by === "folder" || by === "uploader") return { name: rest, more: row.sites[0] ?? null, protected: false };
  return { name: key, more: null, protected: false };
}

/** Rows of a view group by group, those of folded groups left out, with every group. */
export function grouped(rows: CaseRow[], query: InboxQuery): { rows: CaseRow[]; groups: CaseGroup[] } {
  if (query.group === "none") return { rows, groups: [] };
  const groups = new Map<string, { group: CaseGroup; rows: CaseRow[] }>();
  for (const row of rows) {
    const key = keyOf(row, query.group);
    const found = groups.get(key) ?? { group: { key: `k${key}`, ...named(row, key, query.group), cases: 0, files: 0 }, rows: [] };
    found.group.cases += 1;
    found.group.files += row.files;
    found.rows.push({ ...row, group: found.group.key });
    groups.set(key, found);
  }
  const all = [...groups.values()];
  return { rows: all.flatMap((it) => (query.folded.includes(it.group.key) ? [] : it.rows)), groups: all.map((it) => it.group) };
}
