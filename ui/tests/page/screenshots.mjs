// A picture of every screen on every scenario of the fake backend, in both themes: the built page in Chromium, as the page tests see it.
// node screenshots.mjs FOLDER [PART OF A NAME]: writes FOLDER/<scenario>-<screen>-<theme>[-<width>].png and FOLDER/index.html.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startPreview } from "../../scripts/preview.mjs";
import { openBrowser, openPage } from "./browser.mjs";
import { reach, STATES } from "./states.mjs";

const [folder, only] = process.argv.slice(2);
if (!folder) throw new Error("node screenshots.mjs FOLDER [PART OF A NAME]");
const SCENARIOS = ["few", "empty", "no-list", "practice-only", "problems", "two-hundred", "flood", "followed", "many-lists", "hostile-names"];
/** The width at which the case covers the list, and the smallest window. */
const NARROW = { width: 720, height: 480 };

await mkdir(folder, { recursive: true });
const server = await startPreview();
const browser = await openBrowser();
const made = [];
const failed = [];

/** One picture of a page that has come to rest. */
async function picture(page, name) {
  if (only && !name.includes(only)) return;
  // A picture right after a click shows the frame before.
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  await page.waitForTimeout(150);
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: false });
  made.push(name);
}

/** Every screen that the sidebar leads to. */
async function screens(scenario, theme, size = {}) {
  const mark = size.width ? `-${size.width}` : "";
  const name = (screen) => `${scenario}-${screen}-${theme}${mark}`;
  const page = await openPage(browser, server.url, scenario, { theme, ...size });
  await picture(page, name("inbox"));
  if (await page.$("[data-testid=inbox-row]")) {
    await page.keyboard.press("Enter");
    await picture(page, name("case"));
    await page.keyboard.press("Escape");
  }
  const menu = async () => (await page.$("[data-testid=menu]"))?.click();
  await menu();
  const places = await page.$$eval("nav [data-testid^=nav-]", (all) => all.map((one) => one.dataset.testid));
  for (const place of places.filter((place) => place !== "nav-inbox")) {
    if (!(await page.$(`[data-testid=${place}]`))) await menu();
    await page.click(`[data-testid=${place}]`);
    await picture(page, name(place.replace("nav-", "")));
    if (place === "nav-lists" && !size.width && (scenario === "few" || scenario === "followed")) await listDialogs(page, name);
  }
  await page.context().close();
}

/** Every state of the table. A state that is not reached is said, and the rest goes on. */
async function states(theme) {
  for (const [screen, state, scenario, steps] of STATES) {
    const name = `state-${screen}-${state}-${theme}`.replaceAll(/[^a-z0-9]+/g, "-");
    if (only && !name.includes(only)) continue;
    const page = await openPage(browser, server.url, scenario, { theme });
    await reach(page, steps).then(() => picture(page, name)).catch((error) => failed.push(`${name}: ${String(error).split("\n")[0]}`));
    await page.context().close();
  }
}

/** The dialog of each list, and the one in which a list is added. */
async function listDialogs(page, name) {
  for (const button of await page.$$('button[aria-label^="Details of"]')) {
    const label = await button.getAttribute("aria-label");
    await button.click();
    await page.waitForTimeout(200);
    await picture(page, name(`lists-${label.replace("Details of ", "").toLowerCase().replaceAll(" ", "-")}`));
    await page.keyboard.press("Escape");
  }
  await page.click("[data-testid=list-add]");
  await picture(page, name("lists-add"));
  await page.keyboard.press("Escape");
}

for (const theme of ["light", "dark"]) {
  await states(theme);
  for (const scenario of SCENARIOS) await screens(scenario, theme);
  await screens("few", theme, NARROW);
}
const figures = made.map((name) => `<figure><img src="${name}.png" width="640" alt=""><figcaption>${name}</figcaption></figure>`);
await writeFile(join(folder, "index.html"), `<!doctype html><meta charset="utf-8"><title>Gatehouse: every screen</title>\n${figures.join("\n")}\n`);
await browser.close();
await server.stop();
for (const one of failed) console.log(`not reached: ${one}`);
console.log(`${made.length} pictures in ${folder}`);
process.exitCode = failed.length > 0 ? 1 : 0;
