// The language that the window speaks: its catalogue and its locale. Only the catalogue in use is loaded, and of it first what the first load says; the
// strings live in `messages/`.

import type { Language } from "../bindings.gen";

/** The languages that there are; the first is spoken where nothing better fits. */
export const LOCALES = ["en", "de"] as const;
export type Locale = (typeof LOCALES)[number];
type Inputs = Readonly<Record<string, unknown>>;
/** The messages of a language, in the order of the keys: a text, one for each plural form of its count, or how it is made. */
export type Catalogue = readonly (string | Partial<Record<Intl.LDMLPluralRule, string>> | ((inputs: Inputs) => string))[];

/** Where the words of a language come from and which way they run. */
interface Tongue {
  direction: "ltr" | "rtl";
  load: () => Promise<{ default: Catalogue }>;
  /** What is said by modules that are loaded later. */
  later: () => Promise<{ default: Catalogue }>;
}
/** By locale. The fake backend adds the pseudo-languages of the page tests. */
export const TONGUES: Record<string, Tongue> = {
  en: { direction: "ltr", load: () => import("../paraglide/lists/en.js"), later: () => import("../paraglide/lists/en.later.js") },
  de: { direction: "ltr", load: () => import("../paraglide/lists/de.js"), later: () => import("../paraglide/lists/de.later.js") },
} satisfies Record<Locale, Tongue>;

let said: Catalogue = [];
/** What stands behind it: whoever shows such a message before it is there shows it when it comes. */
let later = $state.raw<Catalogue>([]);
let spoken = "";
let numbers = new Intl.NumberFormat();
let forms = new Intl.PluralRules();

function filled(text: string, inputs: Inputs): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(inputs[name]));
}

/** The message at a place of the catalogue in use. */
export function message(at: number, inputs: Inputs = {}): string {
  const it = (at < said.length ? said[at] : later[at - said.length]) ?? "";
  if (typeof it === "string") return filled(it, inputs);
  if (typeof it === "function") return it(inputs);
  const count = Number(inputs["count"]);
  return filled(it[forms.select(count)] ?? it.other ?? "", { ...inputs, shown: numbers.format(count) });
}

/** What is spoken, for `Intl`; empty before the first catalogue came. */
export function locale(): string {
  return spoken;
}

/** The language of a setting; the one of the system is the first of its languages that there is. */
export function localeOf(language: Language, system: readonly string[]): Locale {
  if (language !== "system") return language;
  for (const tag of system) {
    const found = LOCALES.find((it) => it === tag.toLowerCase().split("-")[0]);
    if (found) return found;
  }
  return LOCALES[0];
}

/** Speaks by a catalogue from now on. */
export function use(catalogue: Catalogue, to: string, rest: Catalogue = []): void {
  said = catalogue;
  later = rest;
  spoken = to;
  numbers = new Intl.NumberFormat(to);
  forms = new Intl.PluralRules(to);
}

/** Loads the catalogue of a language, speaks by it, and tells the document. */
export async function speak(to: string): Promise<void> {
  const tongue = TONGUES[to];
  if (!tongue || to === spoken) return;
  use((await tongue.load()).default, to);
  // It comes while the page is drawn; nothing waits for it.
  void tongue.later().then(({ default: rest }) => {
    if (to === spoken) later = rest;
  });
  document.documentElement.lang = to;
  document.documentElement.dir = tongue.direction;
}
