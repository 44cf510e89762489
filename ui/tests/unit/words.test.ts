import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { byEntry, ERROR_CODES, failure, GUARD_CODES, guard, outcome, problem, PROBLEMS, reason, REASONS, refusal, REFUSAL_CODES, verb } from "../../src/lib/words";

/** The closed list of reasons, letter for letter. */
const NEED_YOU = ["permission_denied", "io_error", "changing", "mount_boundary", "depth_limit", "hard_link_elsewhere", "decoder_crashed", "decoder_timeout", "decoder_memory", "sandbox_unavailable"];
const BY_DESIGN = ["too_large", "not_regular", "symlink", "vanished", "unsupported_format", "container_not_examined", "encrypted", "pixel_limit", "low_quality_hash", "decoder_error"];
const PROBLEM_CODES = ["site_missing", "site_replaced", "not_watching", "watch_limit", "instance_limit", "no_events", "events_lost", "watched_elsewhere", "list_out_of_date", "no_list", "practice_list_only", "ledger_broken", "selftest_failed", "paused", "permission_denied", "no_room", "evidence_missing", "sweep_overdue", "decoding_paused", "no_sandbox", "sandbox_reduced", "index_damaged", "database_damaged", "stopped", "unknown", "vault_key_missing", "no_room_to_seal", "not_sealed", "recovery_key_not_saved", "vault_key_locked"];
const CODES = ["not_found", "too_late", "changed", "gone", "permission_denied", "no_room", "busy", "refused", "note_needed", "bad_argument", "path_taken", "home_damaged", "cancelled", "internal", "site_exists", "name_taken", "list_refused", "guard", "question", "home_newer", "key_missing", "held", "too_early", "key_locked"];
const REFUSED = "empty_file unknown_format web_page error_answer not_a_list doctype ends_early too_large too_deep archive encrypted spreadsheet pickle sql_script binary_unknown unknown_database addresses_not_files section_hashes not_planned nothing_accepted bad_signature unknown_key newer_format other_list_id older_than_current same_seq_other_bytes base_mismatch count_mismatch live_mismatch second_header bad_record line_too_long bad_header harm_reserved from_the_future damaged mixed_folder unsigned bad_index part_mismatch unreadable".split(" ");
const FULL_SENTENCE = /^[A-Z].*\.$/;

describe("words", () => {
  it("every reason has its class, a sentence and a next step", () => {
    expect(Object.keys(REASONS).sort()).toEqual([...NEED_YOU, ...BY_DESIGN].sort());
    for (const [code, words] of Object.entries(REASONS)) {
      expect(words.class).toBe(NEED_YOU.includes(code) ? "need_you" : "by_design");
      expect(reason(code).text).toMatch(FULL_SENTENCE);
      expect(reason(code).next).toMatch(FULL_SENTENCE);
    }
  });
  it("the engine has the same list of reasons", () => {
    const source = readFileSync(new URL("../../../crates/engine/src/model/upload.rs", import.meta.url), "utf8");
    const block = /\n\s+Reason \{([\s\S]*?)\n\);/.exec(source)?.[1] ?? "";
    expect([...block.matchAll(/= "([a-z_]+)"/g)].map((it) => it[1]).sort()).toEqual(Object.keys(REASONS).sort());
  });
  it("a reason, problem, error, refusal or guard that is not known still says something true", () => {
    expect(reason("toString").text).toMatch(FULL_SENTENCE);
    expect(problem({ code: "constructor", site: null, list: null, count: null, since: null }, { count: "", since: "" }).next).toMatch(FULL_SENTENCE);
    expect(failure({ code: "no_such", detail: "secret" }).text).not.toContain("secret");
    expect(refusal("no_such")).toMatch(FULL_SENTENCE);
    expect(guard("no_such")).toMatch(FULL_SENTENCE);
    expect(outcome("no_such")).toMatch(FULL_SENTENCE);
    expect(verb({ verb: "some_new_verb", facts: {} })).toBe("Some new verb");
  });
  it("an entry that met by several kinds is said once, by the strongest", () => {
    const met = (kind: string, entry: string) => ({ list: "A", list_version: 1, entry, kind, match: kind === "pdq" ? "near" as const : "exact" as const, distance: null, threshold: null, view: "original" as const, status: "confirmed" as const, labels: [], harm: "local" as const, withdrawn: false, switched_off: false, list_updated: 0, difference: null });
    const entries = byEntry([met("md5", "#1"), met("pdq", "#2"), met("sha256", "#1")]);
    expect(entries.map((it) => [it.top.entry, it.top.kind, it.also])).toEqual([["#1", "sha256", ["MD5"]], ["#2", "pdq", []]]);
  });
  it("every problem names the fault, what is safe or to do, and a screen", () => {
    expect(Object.keys(PROBLEMS).sort()).toEqual([...PROBLEM_CODES].sort());
    for (const code of PROBLEM_CODES) {
      const told = problem({ code, site: "forum", list: "TCAP test", count: 3, since: 1 }, { count: "3", since: "14:02" });
      expect(told.text.length).toBeGreaterThan(5);
      expect(told.text).not.toMatch(/[{}]|undefined/);
      expect(told.next).toMatch(FULL_SENTENCE);
    }
  });
  it("every error code says what happened and what is safe", () => {
    expect([...ERROR_CODES].sort()).toEqual([...CODES].sort());
    for (const code of CODES) {
      const told = failure({ code, detail: code === "guard" ? "shock" : "ends_early" });
      expect(told.text).toMatch(FULL_SENTENCE);
      expect(told.next).toMatch(FULL_SENTENCE);
    }
  });
  it("every refusal and guard has its own sentence", () => {
    expect([...REFUSAL_CODES].sort()).toEqual([...REFUSED].sort());
    expect([...GUARD_CODES].sort()).toEqual(["another_list", "growing", "nothing_to_match", "number_jump", "old_news", "shock", "shrinking", "wrong_format"]);
    for (const code of REFUSED) expect(failure({ code: "list_refused", detail: code }).text).toContain(refusal(code));
  });
  it("keeps the tone: no exclamation marks, no oops, no please, never illegal", async () => {
    const catalogue = JSON.stringify((await import("../../messages/en.json")).default);
    expect(catalogue).not.toMatch(/!|oops|please|is illegal|clean\b/i);
  });
});
