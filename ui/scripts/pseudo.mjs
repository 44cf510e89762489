// Makes the two pseudo-languages of the page tests out of the English messages, in ui/.pseudo (never in the bundle):
// en-xa is 40 % longer, en-xb runs from right to left.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { compile, list, prove } from "./catalogue.mjs";

const LONGER = 1.4;
const FOLDER = ".pseudo";
const OUT = `${FOLDER}/compiled`;

/** Changes the text between the placeholders. */
const around = (text, change) => text.replaceAll(/(\{\w+\})|([^{]+)/g, (_, place, words) => place ?? change(words));

/** Each word grows at its last vowel, so that lines still break where words end. */
function longer(words) {
  let owed = 0;
  return words.replaceAll(/\p{L}+/gu, (word) => {
    owed += word.length * (LONGER - 1);
    const more = Math.ceil(owed);
    owed -= more;
    return word.replace(/[aeiouy](?!.*[aeiouy])|.$/i, (vowel) => vowel.repeat(more + 1));
  });
}
const RIGHT_TO_LEFT = "\u202e";
const ENDS = "\u202c";
const LOCALES = { "en-xa": longer, "en-xb": (words) => `${RIGHT_TO_LEFT}${words}${ENDS}` };

const changed = (message, change) =>
  typeof message === "string" ? around(message, change) : message.map((it) => ({ ...it, match: Object.fromEntries(Object.entries(it.match).map(([when, text]) => [when, around(text, change)])) }));

/** Writes, compiles and lists both; answers the folder that holds `lists/`. */
export function makePseudo() {
  const english = JSON.parse(readFileSync("messages/en.json", "utf8"));
  mkdirSync(`${FOLDER}/messages`, { recursive: true });
  mkdirSync(`${FOLDER}/project.inlang`, { recursive: true });
  const settings = JSON.parse(readFileSync("project.inlang/settings.json", "utf8"));
  settings.baseLocale = "en-xa";
  settings.locales = Object.keys(LOCALES);
  settings.modules = settings.modules.map((path) => path.replace("./", "../"));
  writeFileSync(`${FOLDER}/project.inlang/settings.json`, JSON.stringify(settings));
  for (const [locale, change] of Object.entries(LOCALES)) {
    const messages = Object.fromEntries(Object.entries(english).map(([key, message]) => [key, changed(message, change)]));
    writeFileSync(`${FOLDER}/messages/${locale}.json`, JSON.stringify(messages));
  }
  compile(`./${FOLDER}/project.inlang`, `./${OUT}`);
  for (const locale of Object.keys(LOCALES)) {
    list(OUT, locale, `${FOLDER}/messages/${locale}.json`);
    prove(OUT, locale);
  }
  return OUT;
}
