// Compiles the message catalogue into src/paraglide and proves that every key became a message in every language:
// a plugin that fails to load compiles nothing and still ends well.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";

const OUT = "src/paraglide";
const { locales } = JSON.parse(readFileSync("project.inlang/settings.json", "utf8"));
const source = (locale) => `messages/${locale}.json`;
const compiled = (locale) => `${OUT}/messages/${locale}.js`;
const inputs = [...locales.map(source), "project.inlang/settings.json", "scripts/messages.mjs", "package-lock.json"].filter((file) => existsSync(file));
const outputs = [...locales.map(compiled), `${OUT}/messages.js`];
const fresh = outputs.every((made) => existsSync(made) && inputs.every((file) => statSync(file).mtimeMs < statSync(made).mtimeMs));
const wanted = Object.keys(JSON.parse(readFileSync(source("en"), "utf8"))).filter((key) => !key.startsWith("$"));

/** Compiles a project of messages with Paraglide. */
export function compile(project, out) {
  execFileSync(
    process.execPath,
    ["node_modules/@inlang/paraglide-js/bin/run.js", "compile", "--project", project, "--outdir", out,
      "--emit-ts-declarations", "--strategy", "globalVariable", "baseLocale", "--output-structure", "locale-modules",
      "--no-emit-readme", "--no-emit-prettier-ignore", "--silent"],
    { stdio: "inherit" },
  );
}

/** The messages of a language as one array in the order of the keys: a message is its place there, which costs 8 bytes a message in place of 45. */
export function list(out, locale) {
  mkdirSync(`${out}/lists`, { recursive: true });
  writeFileSync(`${out}/lists/${locale}.js`, `import * as m from "../messages/${locale}.js";\nexport default [\n${wanted.map((key) => `  m.${key},\n`).join("")}];\n`);
  writeFileSync(`${out}/lists/${locale}.d.ts`, 'declare const list: import("../../lib/language").Catalogue;\nexport default list;\n');
}

/** Fails unless every key became a message. */
export function prove(out, locale) {
  const made = (readFileSync(`${out}/messages/${locale}.js`, "utf8").match(/^export const /gm) ?? []).length;
  if (made === wanted.length) return;
  console.error(`messages: ${wanted.length} keys in ${source("en")}, ${made} compiled for ${locale}`);
  process.exit(1);
}

if (!fresh) {
  compile("./project.inlang", `./${OUT}`);
  for (const locale of locales) list(OUT, locale);
  // What the page calls: it speaks by the catalogue in use, so that one language is loaded and can be changed.
  writeFileSync(`${OUT}/messages.js`, `import { message } from "../lib/language";\nexport const [\n${wanted.map((key) => `  ${key},\n`).join("")}] = Array.from({ length: ${wanted.length} }, (_, at) => (inputs) => message(at, inputs));\n`);
  writeFileSync(`${OUT}/messages.d.ts`, 'export * from "./messages/_index.js";\n');
}
for (const locale of locales) prove(OUT, locale);
console.log(`messages: ${wanted.length} keys, ${locales.join(" ")}`);
