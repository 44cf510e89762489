// Compiles the message catalogue into src/paraglide and proves that every key became a message in every language:
// a plugin that fails to load compiles nothing and still ends well.
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { compile, FIRST, KEYS, list, prove } from "./catalogue.mjs";

const OUT = "src/paraglide";
const { locales } = JSON.parse(readFileSync("project.inlang/settings.json", "utf8"));
const inputs = [...locales.map((it) => `messages/${it}.json`), "project.inlang/settings.json", "scripts/messages.mjs", "scripts/catalogue.mjs", "package-lock.json"].filter((file) => existsSync(file));
const outputs = [...locales.map((it) => `${OUT}/messages/${it}.js`), `${OUT}/messages.js`];
/** Which messages the first load says depends on the modules, which change more often than the messages. */
const FIRST_MADE = `${OUT}/first.json`;
const first = JSON.stringify(FIRST);
const fresh = existsSync(FIRST_MADE) && readFileSync(FIRST_MADE, "utf8") === first && outputs.every((made) => existsSync(made) && inputs.every((file) => statSync(file).mtimeMs < statSync(made).mtimeMs));

if (!fresh) {
  compile("./project.inlang", `./${OUT}`);
  for (const locale of locales) {
    list(OUT, locale, `messages/${locale}.json`);
    for (const part of [locale, `${locale}.later`]) writeFileSync(`${OUT}/lists/${part}.d.ts`, 'declare const list: import("../../lib/language.svelte").Catalogue;\nexport default list;\n');
  }
  // What the page calls: it speaks by the catalogue in use, so that one language is loaded and can be changed.
  writeFileSync(`${OUT}/messages.js`, `import { message } from "../lib/language.svelte";\nexport const [\n${KEYS.map((key) => `  ${key},\n`).join("")}] = Array.from({ length: ${KEYS.length} }, (_, at) => (inputs) => message(at, inputs));\n`);
  writeFileSync(FIRST_MADE, first);
  writeFileSync(`${OUT}/messages.d.ts`, 'export * from "./messages/_index.js";\n');
}
for (const locale of locales) prove(OUT, locale);
console.log(`messages: ${KEYS.length} keys, ${FIRST.length} of the first load, ${locales.join(" ")}`);
