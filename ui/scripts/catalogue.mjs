// The steps from messages to catalogues, for the languages of the window and for the pseudo-languages of the tests.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";

/** The keys of the catalogue, in the order of the file. */
export const KEYS = Object.keys(JSON.parse(readFileSync("messages/en.json", "utf8"))).filter((key) => !key.startsWith("$"));

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

const COUNT = "local shown = count: number";
const FORM = "local form = count: plural";

/** A message as the page keeps it: its text, a text for each plural form of its count, or for any other shape the compiled function. */
function row(key, message) {
  if (typeof message === "string") return JSON.stringify(message);
  const [{ declarations, selectors, match }, ...more] = message;
  const locals = declarations.filter((it) => it.startsWith("local ")).join();
  const isCount = more.length === 0 && locals === (selectors.length === 0 ? COUNT : `${COUNT},${FORM}`);
  if (!isCount) return `m.${key}`;
  return JSON.stringify(Object.fromEntries(Object.entries(match).map(([when, text]) => [when === "" ? "other" : when.replace("form=", ""), text])));
}

/**
 * The messages of a language as one array in the order of the keys: a message is its place there. As texts they take two thirds of what they take as
 * functions, and no `Intl` object is made for each sentence.
 */
export function list(out, locale, source) {
  const messages = JSON.parse(readFileSync(source, "utf8"));
  mkdirSync(`${out}/lists`, { recursive: true });
  const rows = KEYS.map((key) => `  ${row(key, messages[key])},\n`).join("");
  writeFileSync(`${out}/lists/${locale}.js`, `import * as m from "../messages/${locale}.js";\nexport default [\n${rows}];\n`);
}

/** Fails unless every key became a message. */
export function prove(out, locale) {
  const made = (readFileSync(`${out}/messages/${locale}.js`, "utf8").match(/^export const /gm) ?? []).length;
  if (made === KEYS.length) return;
  console.error(`messages: ${KEYS.length} keys in messages/en.json, ${made} compiled for ${locale}`);
  process.exit(1);
}
