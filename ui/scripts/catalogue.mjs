// The steps from messages to catalogues, for the languages of the window and for the pseudo-languages of the tests.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Every module that the page loads before it stands: what the first one imports, and so on, without `import()`. */
function firstModules() {
  const seen = new Set();
  const visit = (file) => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const [, name] of readFileSync(file, "utf8").matchAll(/^\s*(?:import|export)\s+(?!type\b)(?:[^"';]*?from\s+)?"(\.[^"]+)"/gm)) {
      const path = join(dirname(file), name);
      const found = [path, `${path}.ts`, `${path}.svelte.ts`].find((it) => /\.(ts|svelte)$/.test(it) && existsSync(it));
      if (found) visit(found);
    }
  };
  visit("src/main.ts");
  return seen;
}
const all = Object.keys(JSON.parse(readFileSync("messages/en.json", "utf8"))).filter((key) => !key.startsWith("$"));
const asked = new Set([...firstModules()].flatMap((file) => [...readFileSync(file, "utf8").matchAll(/\bm\.(\w+)/g)].map(([, key]) => key)));
/** Messages that the first load says; the others are loaded after the first paint, so that they cost it nothing. */
export const FIRST = all.filter((key) => asked.has(key));
/** The keys of the catalogue: those of the first load, then the others, each in the order of the file. */
export const KEYS = [...FIRST, ...all.filter((key) => !asked.has(key))];

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
 * The messages of a language as two arrays in the order of the keys: a message is its place there. As texts they take two thirds of what they take as
 * functions, and no `Intl` object is made for each sentence.
 */
export function list(out, locale, source) {
  const messages = JSON.parse(readFileSync(source, "utf8"));
  mkdirSync(`${out}/lists`, { recursive: true });
  for (const [name, keys] of [[locale, FIRST], [`${locale}.later`, KEYS.slice(FIRST.length)]]) {
    const rows = keys.map((key) => `  ${row(key, messages[key])},\n`).join("");
    writeFileSync(`${out}/lists/${name}.js`, `import * as m from "../messages/${locale}.js";\nexport default [\n${rows}];\n`);
  }
}

/** Fails unless every key became a message. */
export function prove(out, locale) {
  const made = (readFileSync(`${out}/messages/${locale}.js`, "utf8").match(/^export const /gm) ?? []).length;
  if (made === KEYS.length) return;
  console.error(`messages: ${KEYS.length} keys in messages/en.json, ${made} compiled for ${locale}`);
  process.exit(1);
}
