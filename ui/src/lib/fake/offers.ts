// The fake half of a list on offer, and of the places that lists are loaded from: they answer as the engine does, after as many milliseconds.

import type { ImportPreview, ListRow, OfferAddress, OfferAnswers, OfferRefusal, OfferState, OfferYes, SourceRow } from "../../bindings.gen";
import { DAY, HOSTILE, MINUTE, type Scenario } from "./fixtures";

/** Bytes of the fake download, and how long it takes. */
const BYTES = 14_211_000;
const LOADING_MS = 2_400;
const STEP_MS = 100;
const WORDS = "acid apple brave canal dune ember fjord glass";

/** A fake place that feeds a list. */
export function place(source: number, now: number, over: Partial<SourceRow> = {}): SourceRow {
  return {
    source, list: null, list_name: null, kind: "address", shown: "https://lists.example/tcap/index.json", host: "lists.example", other_hosts: [], private_network: false, own_root: false, every_hours: 24,
    state: "waiting", looked: now - 4 * 60 * MINUTE, succeeded: now - 4 * 60 * MINUTE, changed: now - 2 * DAY, next: now + 20 * 60 * MINUTE, error_code: null, error: null, secrets: [], ...over,
  };
}

/** Answers that nothing said yet. */
const UNSAID: Omit<OfferAnswers, "token"> = { name: "", harm: null, under_18: false, polarity: null, kind: null, trust: null, format: null, columns: null, take_case: false, key: null };

function preview(scenario: Scenario, over: Partial<ImportPreview> = {}): ImportPreview {
  return {
    file_shown: scenario === "hostile-names" ? (HOSTILE[0] ?? "") : "tcap-2026-11.csv", size: BYTES, format: "csv", format_title: "CSV with a header", why: "the first line names the columns sha256, md5 and pdq", name_proposal: "tcap-2026-11",
    next_version_of: null, replaces: true, entries: 12_040, can_match: 12_009, added: 12_040, duplicate: 2, skipped: [{ name: "comment", count: 3 }, { name: "blank", count: 1 }], rejected: [{ name: "wrong_length", count: 30 }, { name: "not_hex", count: 1 }],
    rejected_records: [{ record: 17, reason: "wrong_length", detail: "31 digits; 32, 40, 56, 64, 96 or 128 were possible" }, { record: 940, reason: "not_hex", detail: "a letter that is not a hex digit" }],
    never_alert: 4, low_quality: 2, kinds: [{ name: "sha256", count: 8_000 }, { name: "md5", count: 3_000 }, { name: "pdq", count: 1_009 }], kept: [{ name: "photodna", count: 31 }], withdrawn: 0, changed: 0,
    harm: "unknown", polarity: "alert", ask_harm: true, ask_polarity: true, ask_trust: true, ask_kind: { n: 40, k: 40, proposal: "pdq" }, ask_case: false, signing: null, guards: scenario === "problems" ? ["shock", "wrong_format"] : [], notes: [],
    now_matching: 3, oldest_match: Date.now() - 2_500 * DAY, contents: 41_208, decisions_affected: 0, refused: null, ...over,
  };
}

/** A list that its publisher signed; `words` at the first use of the key. */
function signed(scenario: Scenario, words: string | null, over: Partial<ImportPreview> = {}): ImportPreview {
  return preview(scenario, {
    file_shown: "example-44.shl.jsonl", format: "shl", format_title: "signed list", why: "its first line says shl 1", name_proposal: "Example community list", ask_harm: false, ask_polarity: false, ask_trust: false, ask_kind: null,
    harm: "ncii", kept: [], rejected: [], rejected_records: [], duplicate: 0,
    signing: { publisher: "example.org", name: "Example community list", seq: 44, created: Date.now() - DAY, expires: Date.now() + 29 * DAY, key_id: "8E5AF2D0C1B34E77", words, waits_for_person: false }, ...over,
  });
}

/** What the rest of the fake lends to the offers. */
export interface Lends {
  scenario: Scenario;
  lists: () => ListRow[];
  later: (ms: number, run: () => void) => void;
  /** Something about the offer changed. */
  told: () => void;
  /** The list counts from now on. */
  imported: (preview: ImportPreview, answers: OfferAnswers) => ListRow;
}

/** One list on offer at a time. */
export class FakeOffers {
  readonly #with: Lends;
  #offer: OfferState | null = null;
  #ready: ImportPreview | null = null;
  #token = 0;
  /** How often a host was contacted: nothing is before a yes. */
  contacts = 0;

  constructor(lends: Lends) {
    this.#with = lends;
  }

  state(): OfferState | null {
    return this.#offer;
  }

  #begin(host: string | null, found: ImportPreview | OfferRefusal | "newest"): void {
    const token = ++this.#token;
    this.#offer = { token, stage: "bringing", host, bytes: null, bytes_total: null, bytes_a_second: null, left_s: null, done: null, all: null, preview: null, imported: null, refused: null };
    this.#ready = null;
    const settle = (): void => this.#change(token, () => (found === "newest" ? { stage: "up_to_date" } : "sentence" in found ? { stage: "refused", refused: found } : this.#show(found)));
    if (host === null) {
      this.#change(token, () => ({ stage: "reading", bytes: 14_000_000, bytes_total: 20_000_000, left_s: 3 }));
      return this.#with.later(150, settle);
    }
    this.contacts += 1;
    if (found !== "newest" && "sentence" in found) return this.#with.later(400, settle);
    const began = Date.now();
    const step = (): void => {
      const share = (Date.now() - began) / LOADING_MS;
      if (share >= 1) return settle();
      const bytes = Math.round(share * BYTES);
      this.#change(token, () => ({ bytes, bytes_total: BYTES, bytes_a_second: Math.round((BYTES / LOADING_MS) * 1000), left_s: Math.ceil(((1 - share) * LOADING_MS) / 1000) }));
      if (this.#offer?.token === token) this.#with.later(STEP_MS, step);
    };
    this.#with.later(STEP_MS, step);
  }

  #show(found: ImportPreview): Partial<OfferState> {
    this.#ready = found;
    return { stage: "ready", preview: found, bytes: null };
  }

  #change(token: number, change: () => Partial<OfferState>): void {
    if (this.#offer?.token !== token) return;
    this.#offer = { ...this.#offer, ...change() };
    this.#with.told();
  }

  choose(folder: boolean): boolean {
    this.#begin(null, folder ? signed(this.#with.scenario, WORDS) : preview(this.#with.scenario));
    return true;
  }

  /** An address that holds `say-no` is one that the person says no to in the system's dialog. */
  address(asked: OfferAddress): boolean {
    if (!/^https:\/\/[^/\s]+/.test(asked.address)) throw { code: "bad_argument", detail: "This address cannot be used: it does not begin with https://." };
    if (asked.address.includes("say-no")) return false;
    const host = new URL(asked.address).host;
    if (host.endsWith(".invalid")) this.#begin(host, { code: "list_refused", detail: "not_reached", sentence: `${host} was not reached. Nothing was changed.` });
    else this.#begin(host, asked.address.endsWith("index.json") ? signed(this.#with.scenario, WORDS) : preview(this.#with.scenario));
    return true;
  }

  again(list: ListRow): void {
    const source = list.source;
    const base = { next_version_of: list.list, name_proposal: list.name, harm: list.harm, added: 1_204, withdrawn: 37, changed: 12, decisions_affected: 2 };
    if (list.list === 2) this.#begin(source?.host ?? null, "newest");
    else if (source?.error_code) this.#begin(source.host, { code: "list_refused", detail: source.error_code, sentence: source.error ?? "" });
    else this.#begin(source?.host ?? null, list.signed ? signed(this.#with.scenario, null, base) : preview(this.#with.scenario, { ...base, ask_harm: false, ask_polarity: false, ask_trust: false, ask_kind: null }));
  }

  answer(answers: OfferAnswers): void {
    const token = answers.token;
    const before = this.#ready ?? preview(this.#with.scenario);
    this.#change(token, () => ({ stage: "bringing", preview: null, refused: null }));
    const refused = answers.format === "encase" ? { code: "list_refused", detail: "not_a_list", sentence: "" } : null;
    this.#with.later(150, () => this.#change(token, () => this.#show({ ...before, refused, now_matching: answers.kind === "sha256" ? 0 : 3 })));
  }

  accept(yes: OfferYes): void {
    const token = yes.answers.token;
    const ready = this.#ready;
    if (!ready || this.#offer?.token !== token) throw { code: "not_found", detail: null };
    const refuse = (refused: OfferRefusal): void => this.#change(token, () => this.#show({ ...ready, refused }));
    const name = yes.answers.name || ready.name_proposal;
    if (this.#with.scenario === "failing") return this.#change(token, () => ({ stage: "refused", refused: { code: "list_refused", detail: "ends_early", sentence: "" } }));
    if (ready.next_version_of === null && this.#with.lists().some((it) => it.name === name)) return refuse({ code: "name_taken", detail: null, sentence: "" });
    if (ready.signing?.words != null && !yes.key) return refuse({ code: "question", detail: "key", sentence: "" });
    if (ready.guards.some((guard) => !yes.guards.includes(guard))) return refuse({ code: "guard", detail: ready.guards[0] ?? null, sentence: "" });
    [0, 150, 300].forEach((ms, part) => this.#with.later(ms, () => this.#change(token, () => ({ stage: "importing", preview: null, done: part * 20_604, all: 41_208 }))));
    this.#with.later(450, () => this.#change(token, () => {
      const made = this.#with.imported(ready, { ...UNSAID, ...yes.answers, name });
      return { stage: "imported", imported: { list: made.list, name: made.name, seq: made.seq, entries: ready.entries, now_matching: ready.now_matching } };
    }));
  }

  end(token: number): void {
    if (this.#offer?.token !== token) return;
    this.#offer = null;
    this.#ready = null;
    this.#with.told();
  }
}
