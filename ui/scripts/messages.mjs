// Compiles the message catalogue into src/paraglide and proves that every key became a message:
// a plugin that fails to load compiles nothing and still ends well.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";

const source = "messages/en.json";
const compiled = "src/paraglide/messages/en.js";
const inputs = [source, "project.inlang/settings.json", "scripts/messages.mjs", "package-lock.json"].filter((file) => existsSync(file));
const fresh = existsSync(compiled) && inputs.every((file) => statSync(file).mtimeMs < statSync(compiled).mtimeMs);

if (!fresh) {
  execFileSync(
    process.execPath,
    ["node_modules/@inlang/paraglide-js/bin/run.js", "compile", "--project", "./project.inlang", "--outdir", "./src/paraglide",
      "--emit-ts-declarations", "--strategy", "globalVariable", "baseLocale", "--output-structure", "locale-modules",
      "--no-emit-readme", "--no-emit-prettier-ignore", "--silent"],
    { stdio: "inherit" },
  );
  // There is one language so far: its messages are taken as they are. The choice between languages costs 45 bytes a message.
  writeFileSync("src/paraglide/messages.js", 'export * from "./messages/en.js";\n');
}
const wanted = Object.keys(JSON.parse(readFileSync(source, "utf8"))).filter((key) => !key.startsWith("$"));
const made = (readFileSync(compiled, "utf8").match(/^export const /gm) ?? []).length;
if (made !== wanted.length) {
  console.error(`messages: ${wanted.length} keys in ${source}, ${made} compiled`);
  process.exit(1);
}
console.log(`messages: ${made} keys`);
