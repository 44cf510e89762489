// Every language says the same things as English, in its own words (docs/translating.md).
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ago, count, milliseconds, moment, size, span, upcoming } from "../../src/lib/format";
import { type Catalogue, LOCALES, localeOf, use } from "../../src/lib/language.svelte";
import german from "../../src/paraglide/lists/de.js";
import germanLater from "../../src/paraglide/lists/de.later.js";
import english from "../../src/paraglide/lists/en.js";
import englishLater from "../../src/paraglide/lists/en.later.js";
import * as m from "../../src/paraglide/messages";

type Message = string | { declarations: string[]; selectors: string[]; match: Record<string, string> }[];
const read = (locale: string): Record<string, Message> => JSON.parse(readFileSync(new URL(`../../messages/${locale}.json`, import.meta.url), "utf8")) as Record<string, Message>;
const en = read("en");
const sentences = (message: Message): [string, string][] => (typeof message === "string" ? [["", message]] : message.flatMap((it) => Object.entries(it.match)));
const placeholders = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map((it) => it[1] ?? "").sort();

/** Names and words that are the same in both languages. */
const SAME: Record<string, string[]> = { de: ["pack_nca"] };
const SAME_FROM = 12;

for (const locale of LOCALES.filter((it) => it !== "en")) {
  const words = read(locale);
  describe(`the words in ${locale}`, () => {
    it("have the same keys, in order", () => expect(Object.keys(words)).toEqual(Object.keys(en)));
    it("have the same placeholders, declarations and variants", () => {
      for (const [key, message] of Object.entries(en)) {
        const theirs = words[key] ?? "";
        expect(sentences(theirs).map(([when]) => when), key).toEqual(sentences(message).map(([when]) => when));
        expect(sentences(theirs).map(([, text]) => placeholders(text)), key).toEqual(sentences(message).map(([, text]) => placeholders(text)));
        if (typeof message !== "string") expect((theirs as typeof message).map((it) => [it.declarations, it.selectors]), key).toEqual(message.map((it) => [it.declarations, it.selectors]));
      }
    });
    it("are not left in English", () => {
      const left = Object.entries(en).filter(([key, message]) => sentences(message).some(([when, text]) => text.replaceAll(/\{\w+\}/g, "").length > SAME_FROM && sentences(words[key] ?? "").some(([theirs, said]) => theirs === when && said === text)));
      expect(left.map(([key]) => key).filter((key) => !SAME[locale]?.includes(key))).toEqual([]);
    });
    it("keep the tone: no exclamation marks, never illegal, no straight quotes", () => {
      for (const [key, message] of Object.entries(words)) for (const [, text] of sentences(message)) expect(text, key).not.toMatch(/!|illegal|oops|"|\s$|^\s| {2}/i);
    });
    it("end as the English ones do: sentence, question, dots", () => {
      const end = (text: string) => /[.?…]$/.exec(text)?.[0] ?? "";
      for (const [key, message] of Object.entries(en)) expect(sentences(words[key] ?? "").map(([, text]) => end(text)), key).toEqual(sentences(message).map(([, text]) => end(text)));
    });
  });
}

describe("the language", () => {
  it("is the one that is chosen, else the first of the system that there is", () => {
    expect(localeOf("de", ["en"])).toBe("de");
    expect(localeOf("system", ["fr-FR", "de-AT", "en"])).toBe("de");
    expect(localeOf("system", ["ja", "fr"])).toBe("en");
    expect(localeOf("system", [])).toBe("en");
  });
  it("has one message for each key in each catalogue", () => {
    for (const catalogue of [[...english, ...englishLater], [...german, ...germanLater]] as Catalogue[]) {
      expect(catalogue).toHaveLength(Object.keys(en).length);
      for (const it of catalogue) expect(typeof it === "string" ? it : typeof it === "function" ? it({}) : it.other).toMatch(/./);
    }
  });
});

describe("numbers and times in German", () => {
  const NOW = new Date(2026, 10, 20, 14, 2).getTime();
  const HOUR = 3_600_000;
  beforeAll(() => use(german, "de", germanLater));
  afterAll(() => use(english, "en", englishLater));
  it("have their plural forms", () => {
    expect([1, 2, 1_200].map((it) => m.files_count({ count: it }))).toEqual(["1 Datei", "2 Dateien", "1.200 Dateien"]);
    expect(m.case_title({ case: "$& {case}" })).toBe("Fall $& {case}");
  });
  it("follow the language", () => {
    expect(count(18_204)).toBe("18.204");
    expect([999, 212_000, 1_400_000].map((it) => size(it).replace("\u00a0", " "))).toEqual(["999 B", "212 kB", "1,4 MB"]);
    expect(milliseconds(812)).toBe("0,8 s");
    expect(span(172_800)).toBe("2 Tage");
    expect(ago(NOW - 5 * HOUR, NOW)).toBe("vor 5 h");
    expect(moment(new Date(2026, 10, 19, 9, 12).getTime(), NOW)).toBe("gestern 09:12");
    expect(moment(new Date(2026, 10, 3, 9, 12).getTime(), NOW)).toBe("3. November 09:12");
    expect(upcoming(new Date(2026, 10, 23, 9, 0).getTime(), NOW)).toBe("Montag 09:00");
  });
});
