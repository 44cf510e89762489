// The fake half of duties: clocks, reports, statements, countries. They answer as the engine does.

import type { CaseDuties, CaseRow, ClockStart, Country, CountryAnswers, DutyClock, EvidenceAnswer, HelpPage, NoticeNew, PackKind, ReportAsk, ReportForm, StatementChange, WireError } from "../../bindings.gen";
import { DAY, HOSTILE, HOUR, type Scenario } from "./fixtures";

function fault(code: string, detail: string): WireError {
  return { code, detail };
}
const TITLES = { us: "United States", uk: "United Kingdom", eu: "European Union", other: "Any other country" } as const;
const GERMAN = { us: "Vereinigte Staaten", uk: "Vereinigtes Königreich", eu: "Europäische Union", other: "Jedes andere Land" } as const;
const PARTS = ["do_now", "do_not", "report_to", "keep", "uploader", "support"];
const FORMS: Record<PackKind, string[]> = {
  ncmec: ["incident_type", "urgent_reason", "page_url", "reporter_first_name", "reporter_last_name", "account_id", "messages"], nca: ["reporter_first_name", "page_url", "already_reported"],
  hotline: ["page_url", "seen_at", "hosting_country", "still_there"], police: ["urgent_reason", "reporter_first_name", "page_url"], dsa: ["ground", "ground_why", "complain_to"], plain: ["page_url", "other_facts"],
};

export class FakeDuties {
  #clocks: DutyClock[] = [];
  #filed = new Map<number, CaseDuties["filed"]>();
  #statements = new Map<number, { release: boolean; reason: string }>();
  readonly #kept = new Set<number>();
  #answers: CountryAnswers | null = null;
  readonly #hostile: boolean;

  constructor(scenario: Scenario, now: number) {
    this.#hostile = scenario === "hostile-names";
    if (scenario === "problems") this.#clocks = [this.#clock({ case: 870, kind: "tco_order", title: "Carry out the removal order", state: "missed", started: now - 2 * HOUR, due: now - HOUR, asks: true, can_confirm: true, sender: "an authority", reference: "77/26" })];
    if (scenario === "two-hundred") this.#clocks = [this.#clock({ case: 870, started: now - 3 * HOUR })];
    if (scenario === "empty") this.#answers = { lives: "US", hosted: "US", serves_eu: false, serves_uk: false, company: false };
  }

  #clock(over: Partial<DutyClock>): DutyClock {
    return {
      clock: this.#clocks.length + 1, case: null, kind: "csam_report", title: "Report to the CyberTipline", state: "running", started: 0, due: null, asks: false, ended: null, end_reason: null, can_confirm: false,
      source: this.#hostile ? (HOSTILE[1] ?? "") : "18 U.S.C. 2258A(a)", verified: over.kind === undefined, sender: null, reference: null, ...over,
    };
  }

  open(): DutyClock[] {
    return this.#clocks.filter((it) => it.ended === null).sort((a, b) => (a.due ?? Infinity) - (b.due ?? Infinity));
  }

  start(new_: ClockStart | NoticeNew, now: number): void {
    const kind = new_.kind === "dsa_notice" || new_.kind === "hotline_mail" ? null : new_.kind;
    if (new_.received > now) throw fault("bad_argument", "This time lies ahead. Nothing was changed.");
    if (!new_.sure && now - new_.received > 30 * DAY) throw fault("question", "This is more than 30 days ago. Say yes if it is meant so. Nothing was changed.");
    if (kind === null) return;
    const limit = kind === "tco_order" ? HOUR : kind === "ncii_request" ? 48 * HOUR : null;
    const due = "until" in new_ && new_.until !== null ? new_.until : limit === null ? null : new_.received + limit;
    const state = due !== null && due <= now && limit !== null ? "missed" : "running";
    const title = kind === "tco_order" ? "Carry out the removal order" : kind === "ncii_request" ? "Remove after a valid request" : "Reminder";
    const sender = "from" in new_ ? new_.from : new_.sender;
    this.#clocks = [...this.#clocks, this.#clock({ case: new_.case, kind, title, state, started: new_.received, due, asks: state === "missed" || kind === "life_threat", can_confirm: limit !== null, sender, reference: new_.reference })];
  }

  stop(clock: number, reason: string, now: number): void {
    if (reason.trim().length < 10) throw fault("bad_argument", "Say why in at least 10 characters: it goes into the record. Nothing was changed.");
    this.#end(clock, { state: "stopped", ended: now, end_reason: reason });
  }

  confirm(clock: number, now: number): void {
    this.#end(clock, { ended: now, can_confirm: false });
  }

  #end(clock: number, over: Partial<DutyClock>): void {
    this.#clocks = this.#clocks.map((it) => (it.clock === clock ? { ...it, asks: false, ...over, state: it.state === "missed" ? "missed" : (over.state ?? "met") } : it));
  }

  of(row: CaseRow): CaseDuties {
    const isDown = row.decision === "take_down" && (row.state === "decided" || row.state === "closed");
    const changed = this.#statements.get(row.case);
    const held = row.protected || row.harm === "tvec";
    const statement: CaseDuties["statement"] = !isDown ? null : {
      state: changed ? (changed.release ? "released" : "held") : held ? "held" : "prepared", reason: changed?.reason ?? (row.harm === "tvec" ? "ask_order" : held ? "tipping_off" : ""), until: null, is_default: changed === undefined,
      text: "Statement of reasons\n\n1 What we did\n  Measure: We removed it from public view.\n",
    };
    return { clocks: this.#clocks.filter((it) => it.case === row.case), filed: this.#filed.get(row.case) ?? [], statement, asks_evidence: isDown && row.harm === "csam" && !this.#kept.has(row.case) };
  }

  form(kind: PackKind): ReportForm {
    return { fields: FORMS[kind], asks_viewed: kind === "ncmec" || kind === "nca" || kind === "police" };
  }

  make(ask: ReportAsk): { files: number; folder_shown: string } {
    if (this.form(ask.kind).asks_viewed && ask.viewed_outside === null) throw fault("question", "Did anybody open this file outside of Gatehouse? Nothing was written.");
    return { files: 11, folder_shown: `…/reports/gatehouse-case-${ask.case}-${ask.kind}` };
  }

  reported(id: number, to: PackKind, number: string | null, now: number): number {
    this.#filed.set(id, [...(this.#filed.get(id) ?? []), { to, number, at: now }]);
    const met = this.#clocks.filter((it) => it.case === id && it.kind === "csam_report" && it.ended === null);
    for (const it of met) this.#end(it.clock, { ended: now });
    return met.length;
  }

  answerEvidence({ case: id, answer, typed, reason }: EvidenceAnswer): void {
    if (answer === "facts_only" && (typed !== String(id) || reason.trim().length < 10)) throw fault("bad_argument", `Type the number of the case, ${id}, to delete it for good. Nothing was deleted.`);
    if (answer !== "later") this.#kept.add(id);
  }

  statement({ case: id, release, reason }: StatementChange): void {
    if (reason.trim().length < (release ? 10 : 1)) throw fault("bad_argument", "Say why and how in at least 10 characters: it goes into the record. Nothing was changed.");
    this.#statements.set(id, { release, reason });
  }

  #chosen(): string[] {
    const a = this.#answers;
    const of = (country: string): string => (country === "US" ? "us" : country === "GB" ? "uk" : ["DE", "FR", "EU"].includes(country) ? "eu" : "other");
    return a === null ? [] : [of(a.lives), of(a.hosted), ...(a.serves_eu ? ["eu"] : []), ...(a.serves_uk ? ["uk"] : [])];
  }

  #profile(name: keyof typeof TITLES): HelpPage["profile"] {
    return { name, title: TITLES[name], as_of: "2026-11-20", checked_by: "", own_copy: false, problem: null, is_chosen: this.#chosen().includes(name) };
  }

  country(): Country {
    const names = Object.keys(TITLES) as (keyof typeof TITLES)[];
    return { answers: this.#answers, profiles: names.map((name) => this.#profile(name)).filter((it) => it.is_chosen) };
  }

  setCountry(answers: CountryAnswers): Country {
    const tidy = (text: string): string => text.trim().toUpperCase();
    if (!/^([A-Z]{2}|OTHER)$/.test(tidy(answers.lives))) throw fault("bad_argument", "Name a country by its two letters, such as US, GB or DE, or say other. Nothing was changed.");
    this.#answers = { ...answers, lives: tidy(answers.lives), hosted: tidy(answers.hosted) };
    return this.country();
  }

  pages(language: HelpPage["language"]): HelpPage[] {
    const line = (text: string, verified: boolean) => ({ text: this.#hostile ? (HOSTILE[2] ?? text) : text, source: verified ? "" : "general knowledge", verified });
    const names = Object.keys(TITLES) as (keyof typeof TITLES)[];
    const pages = names.map((name) => ({ profile: { ...this.#profile(name), ...(language === "german" ? { title: GERMAN[name] } : {}) }, language, parts: PARTS.map((part) => ({ part, lines: [line(language === "german" ? "Nehmen Sie die Datei vom Netz und bewahren Sie sie versiegelt auf." : "Take the file down and keep it sealed.", true), line("NCMEC CyberTipline: https://report.cybertip.org", false)] })) }));
    return pages.sort((a, b) => Number(b.profile.is_chosen) - Number(a.profile.is_chosen));
  }
}

