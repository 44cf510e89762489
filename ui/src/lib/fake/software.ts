// The fake half of presets, map files and to-dos.

import type { CaseRow, MapRow, PresetChoice, PresetGuess, SiteChange, SiteRow, SiteSoftware, TodoPick, TodoRow, TodoTick } from "../../bindings.gen";

const CHOICES: PresetChoice[] = [
  { preset: "plain", title: "Any folder" }, { preset: "phpbb", title: "phpBB 3" }, { preset: "mediawiki", title: "MediaWiki" }, { preset: "nextcloud", title: "Nextcloud" },
];
const SQL = "SELECT a.physical_filename AS file, u.username AS uploader_name\nFROM phpbb_attachments a LEFT JOIN phpbb_users u ON u.user_id = a.poster_id;";

export const PHPBB: PresetGuess = {
  preset: "phpbb", title: "phpBB 3", fitting: 198, sampled: 200, markers: 2, below: null, close: [],
  samples: [
    { path: "2_09ac3f6d1e", role: "upload", facts: { uploader: "2" } }, { path: "thumb_2_09ac3f6d1e", role: "generated", facts: { uploader: "2" } },
    { path: "2_77d01b44aa", role: "upload", facts: { uploader: "2" } },
  ],
  warnings: ["Private messages store their files in the same folder. You will see matches from them."], choices: CHOICES,
};

const STEPS: TodoRow["steps"] = [
  { step: "open", place: "site", say: "Delete the attachment in the administration pages.", url: null, check: null, ticked: null, by: null },
  { step: "check", place: "site", say: "Open this address while signed out. It must not show the picture.", url: "download/file.php?id=77", check: "The page shows no picture.", ticked: null, by: null },
];

/** What a small engine remembers of it. */
export class FakeSoftware {
  #maps = new Set<number>();
  #todos = new Map<number, TodoRow[]>();
  #placeholder = new Set<number>();

  software(site: SiteRow): SiteSoftware {
    const title = CHOICES.find((it) => it.preset === (site.preset ?? "plain"))?.title ?? "Any folder";
    const map: MapRow = { as_of: Date.now() - 3_600_000, rows: 18_100, joined: 18_063, files_without_row: 37, rows_without_file: 4, not_posted: 12, ignored_columns: ["secret"], problem: null };
    const known = site.preset === "phpbb";
    return {
      preset: site.preset ?? "plain", title, take_down: site.take_down, why_not_move: site.preset === "nextcloud" ? "Nextcloud keeps its own index of files. Delete the file in Nextcloud instead." : null,
      placeholder: this.#placeholder.has(site.site), only: known ? ["files", "images/avatars/upload"] : [],
      rules: known ? [{ role: "upload", kind: null, files: 12_000, skipped: 0 }, { role: "generated", kind: "thumbnail", files: 6_200, skipped: 0 }, { role: "skip", kind: null, files: 4, skipped: 4 }] : [],
      unfitting: known ? 1_212 : null, false_claims: [], changes_bytes: false, warnings: [], choices: CHOICES, map: this.#maps.has(site.site) ? map : null, sql: known ? SQL : null, sql_note: null,
    };
  }

  changed(site: SiteRow, ask: SiteChange): Partial<SiteRow> {
    if (ask.placeholder !== null) this.#placeholder[ask.placeholder ? "add" : "delete"](site.site);
    const preset = ask.preset === "plain" ? null : (ask.preset ?? site.preset);
    const take_down = ask.take_down ?? (ask.preset === "nextcloud" ? "todo" : ask.preset === null ? site.take_down : "move");
    return { name: ask.name ?? site.name, mode: ask.mode ?? site.mode, preset, take_down };
  }

  takeMap(site: number): void {
    this.#maps.add(site);
  }

  forgetMap(site: number): void {
    this.#maps.delete(site);
  }

  /** The to-dos of a case that was taken down. */
  todos(row: CaseRow): TodoRow[] {
    if (row.todo === null) return [];
    const made = this.#todos.get(row.case) ?? row.sites.map((site, n): TodoRow => ({
      todo: row.case * 10 + n, site, kind: site === "wiki" ? "copy" : "steps", state: "open", made: row.updated, done: null, closed: null, returned: null,
      hide: "The post stays and shows that the file cannot be found.", steps: STEPS, files: [`${row.folder}/2_09ac3f6d1e`],
    }));
    this.#todos.set(row.case, made);
    return made;
  }

  tick(row: CaseRow, { todo, step, on }: TodoTick): CaseRow["todo"] {
    return this.#change(row, todo, (it) => {
      const steps = it.steps.map((one) => (one.step === step ? { ...one, ticked: on ? Date.now() : null, by: on ? "Ana" : null } : one));
      const all = it.kind === "steps" && steps.every((one) => one.ticked !== null);
      return { ...it, steps, state: all ? "closed" : it.state, closed: all ? Date.now() : it.closed };
    });
  }

  done(row: CaseRow, { todo }: TodoPick): CaseRow["todo"] {
    return this.#change(row, todo, (it) => (it.kind === "steps" ? { ...it, state: "closed", closed: Date.now() } : { ...it, state: "done", done: Date.now() }));
  }

  #change(row: CaseRow, todo: number, change: (it: TodoRow) => TodoRow): CaseRow["todo"] {
    const all = this.todos(row).map((it) => (it.todo === todo ? change(it) : it));
    this.#todos.set(row.case, all);
    return (["open", "done", "closed"] as const).find((state) => all.some((it) => it.state === state)) ?? null;
  }
}
