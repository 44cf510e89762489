// Words of duties: clocks, reports, statements. Codes come from the engine.

import type { ClockKind, DutyClock, NoticeKind, PackKind, Statement } from "../bindings.gen";
import * as m from "../paraglide/messages";
import { moment, span } from "./format";

/** How a clock stands, in one sentence without its title. */
export function clockState(it: DutyClock, now: number): string {
  if (it.state === "stopped" && it.ended !== null) return m.clock_stopped({ when: moment(it.ended, now) });
  if (it.state === "met" && it.ended !== null) return m.clock_met({ when: moment(it.ended, now) });
  if (it.state === "missed") return it.ended !== null ? m.clock_done_late({ when: moment(it.ended, now) }) : m.clock_missed({ when: moment(it.due ?? now, now) });
  if (it.due === null) return m.clock_since({ time: span(Math.max(0, Math.floor((now - it.started) / 1000))), when: moment(it.started, now) });
  if (it.due <= now) return m.clock_came({ when: moment(it.due, now) });
  return m.clock_left({ time: span(Math.floor((it.due - now) / 1000)), when: moment(it.due, now) });
}

/** The time in UTC, which papers name. */
export function utc(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

export const PACKS: [PackKind, () => string][] = [
  ["ncmec", m.pack_ncmec], ["nca", m.pack_nca], ["hotline", m.pack_hotline], ["police", m.pack_police], ["dsa", m.pack_dsa], ["plain", m.pack_plain],
];

/** What a person can type in: notices, and clocks without one. */
export const CAME: [NoticeKind | ClockKind, () => string][] = [
  ["ncii_request", m.came_ncii_request], ["tco_order", m.came_tco_order], ["dsa_notice", m.came_dsa_notice], ["hotline_mail", m.came_hotline_mail],
  ["life_threat", m.came_life_threat], ["non_disclosure", m.came_non_disclosure], ["reminder", m.came_reminder],
];

/** The checklist of each notice; the engine refuses other words. */
export const CHECKS: Record<NoticeKind, string[]> = {
  ncii_request: ["signature", "content_named", "no_consent_statement", "contact"], tco_order: ["authority_named", "content_named", "legal_ground", "signature", "redress"],
  dsa_notice: ["reasons", "content_named", "contact", "good_faith_statement"], hotline_mail: ["content_named", "contact"],
};
const CHECK_WORDS: Record<string, () => string> = {
  signature: m.check_signature, content_named: m.check_content_named, no_consent_statement: m.check_no_consent, contact: m.check_contact, authority_named: m.check_authority,
  legal_ground: m.check_legal_ground, redress: m.check_redress, reasons: m.check_reasons, good_faith_statement: m.check_good_faith,
};
export function check(word: string): string {
  return CHECK_WORDS[word]?.() ?? word;
}

const FIELDS: Record<string, () => string> = {
  reporter_first_name: m.known_reporter_first_name, reporter_last_name: m.known_reporter_last_name, reporter_email: m.known_reporter_email, reporter_phone: m.known_reporter_phone,
  company: m.known_company, terms_url: m.known_terms_url, page_url: m.known_page_url, seen_at: m.known_seen_at, hosting_country: m.known_hosting_country, still_there: m.known_still_there,
  urgent_reason: m.known_urgent_reason, incident_type: m.known_incident_type, account_id: m.known_account_id, screen_name: m.known_screen_name, display_name: m.known_display_name,
  profile_url: m.known_profile_url, account_email: m.known_account_email, messages: m.known_messages, other_accounts: m.known_other_accounts, identity_documents: m.known_identity_documents,
  already_reported: m.known_already_reported, other_facts: m.known_other_facts, ground: m.known_ground, ground_why: m.known_ground_why, complain_to: m.known_complain_to,
  complain_by: m.known_complain_by, out_of_court: m.known_out_of_court, notifier: m.known_notifier,
};
export function field(name: string): string {
  return FIELDS[name]?.() ?? name;
}

const WHY_HELD: Record<string, () => string> = {
  tipping_off: m.held_tipping_off, life_threat: m.held_life_threat, non_disclosure: m.held_non_disclosure, ask_order: m.held_ask_order, ask_person: m.held_ask_person,
};
/** Where the statement of a case stands; `quoted` stands for a reason that a person wrote and that is shown beside. */
export function statementState(it: Statement): { text: string; quoted: string | null } {
  const known = it.is_default ? WHY_HELD[it.reason]?.() : undefined;
  if (it.state === "prepared") return { text: m.statement_prepared(), quoted: null };
  if (it.state === "released") return { text: m.statement_released(), quoted: it.reason };
  return known !== undefined ? { text: m.statement_held({ why: known }), quoted: null } : { text: m.statement_held_by_you(), quoted: it.reason };
}

export const PARTS: Record<string, () => string> = {
  do_now: m.help_do_now, do_not: m.help_do_not, report_to: m.help_report_to, keep: m.help_keep, uploader: m.help_uploader, support: m.help_support,
};
