// Persons, copies, known good and papers of the fake engine.

import type { CaseRow, CopiesFound, FileVerdict, GoodOfCase, GoodRule, PersonPut, PersonRow, Persons, WireError, Written } from "../../bindings.gen";

const full = (name: string): PersonRow => ({ name, view: true, decide: true, purge: true, no_pictures: false });

/** What several people share. `row` finds a case; `acts` tells who acts now. */
export class FakeShared {
  #all: PersonRow[];
  #acting = "me";
  #rules: GoodRule[] = [];
  #asked = new Set<number>();
  readonly #fault: (code: string, detail: string) => WireError;
  readonly #acts: (name: string) => void;

  constructor(people: string[], fault: (code: string, detail: string) => WireError, acts: (name: string) => void) {
    this.#all = people.map(full);
    this.#fault = fault;
    this.#acts = acts;
  }

  get #me(): PersonRow {
    return this.#all.find((it) => it.name === this.#acting) ?? full("me");
  }

  persons(): Persons {
    const acting = this.#me;
    return { acting, keeper: acting.view && acting.decide && acting.purge, all: this.#all };
  }
  put(person: PersonPut): null {
    if (!this.persons().keeper) throw this.#fault("refused", `${this.#acting} may not change who may do what. Nothing was changed.`);
    const { new: isNew, ...row } = person;
    if (isNew && this.#all.some((it) => it.name === row.name)) throw this.#fault("name_taken", `There is a person ${row.name} already.`);
    const all = [...this.#all.filter((it) => it.name !== row.name), row].sort((a, b) => a.name.localeCompare(b.name));
    if (!all.some((it) => it.view && it.decide && it.purge)) throw this.#fault("refused", "Somebody must be left who may do everything. Nothing was changed.");
    this.#all = all;
    return null;
  }
  remove(name: string): null {
    this.#all = this.#all.filter((it) => it.name !== name);
    if (this.#acting === name) this.switchTo("me");
    return null;
  }
  switchTo(name: string): null {
    this.#acting = name;
    this.#acts(name);
    return null;
  }

  copies(row: CaseRow): CopiesFound {
    return {
      rows: [
        { match: "exact", distance: null, case: row.case, files: row.files, taken_down: 0, sites: row.sites },
        { match: "near", distance: 6, case: null, files: 2, taken_down: 0, sites: ["forum", "wiki"] },
        { match: "turned", distance: 9, case: null, files: 1, taken_down: 1, sites: ["wiki"] },
      ],
      files: row.files + 3, compared: 41_208, has_fingerprint: true, without_case: 2,
    };
  }
  rules(): GoodRule[] {
    return this.#rules.filter((it) => it.ended === null);
  }
  ofCase(row: CaseRow): GoodOfCase {
    const kept_by = this.rules().find((it) => it.cases.includes(row.case)) ?? null;
    return { kept_by, shared_by: kept_by === null && row.files > 19 && !this.#asked.has(row.case) ? row.files : null, entry: row.protected ? "#412" : `${row.list} #412`, uploader: row.case % 2 === 0 ? "2" : null };
  }
  add(id: number, reason: string, until: number | null): number {
    const rule = this.#rules.length + 1;
    this.#rules.push({ rule, kind: "content", list: null, entry: null, site: null, uploader: null, reason, person: this.#acting, at: Date.now(), until, ended: null, cases: [id] });
    return rule;
  }
  end(rule: number): number[] {
    const found = this.#rules.find((it) => it.rule === rule);
    if (!found) return [];
    found.ended = Date.now();
    return found.cases;
  }
  dismiss(id: number): null {
    this.#asked.add(id);
    return null;
  }

  written(...files: string[]): Written {
    return { files, rows: 42, words: files[0]?.endsWith(".jsonl") ? "december earn above marine exile afraid idea range" : null };
  }
  verdict(broken: boolean): FileVerdict {
    const whole = { file: "gatehouse-ledger-2026-11-23.jsonl", whole: true, rows: 42, line: null, row: null, damage: null, signed: "good", words: null, here: "same", here_at: null } as const;
    return broken ? { ...whole, whole: false, rows: 802, line: 803, row: 803, damage: "changed", signed: "bad", here: "differs", here_at: 803 } : whole;
  }
}

