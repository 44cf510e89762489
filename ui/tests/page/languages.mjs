// The page in German and in the two pseudo-languages: nothing clipped, nothing beside the page, nothing that axe minds; and how a language is chosen.

import { readdir, readFile, stat } from "node:fs/promises";

const SCREENS = ["unchecked", "sites", "lists", "vault", "record", "help", "settings"];
const WIDTHS = [1280, 720];
/** What the window may load before the inbox stands, in bytes of JavaScript before compression. */
const FIRST_LOAD_MOST = 300_000;

/** Buttons whose own text does not fit into them, by their text. */
function clipped() {
  const visible = (it) => it.offsetParent !== null && getComputedStyle(it).visibility === "visible";
  return [...document.querySelectorAll("button, select, [role=menuitem]")].filter((it) => visible(it) && it.scrollWidth > it.clientWidth + 1).map((it) => `${it.textContent.trim().slice(0, 60)} (${it.scrollWidth} in ${it.clientWidth})`);
}

export function languageTests({ test, open, check, same, audit, noSidewaysScroll }) {
  for (const [language, direction] of [["de", "ltr"], ["en-xa", "ltr"], ["en-xb", "rtl"]]) {
    test(`UX-16 language ${language}: every screen at 1280 and 720 px, no clipped button, no sideways scroll, axe`, async () => {
      for (const width of WIDTHS) {
        const page = await open("few", { width, height: 720, more: `&language=${language}` });
        same(await page.evaluate(() => [document.documentElement.lang, document.documentElement.dir]), [language, direction], "language of the document");
        const look = async (where) => {
          const place = `${where} in ${language} at ${width} px`;
          same(await page.evaluate(clipped), [], `clipped buttons on ${place}`);
          await noSidewaysScroll(page, place);
          await audit(page, place);
        };
        await page.waitForTimeout(150);
        await look("inbox");
        if (width >= 900) {
          await page.keyboard.press("j");
          await page.keyboard.press("j");
          await page.waitForSelector("[data-testid=case-panel] [data-testid=plan]");
          await look("a near case");
          await page.keyboard.press("1");
          await page.waitForSelector("[data-testid=toast]");
          await look("toast");
        }
        await page.keyboard.press("?");
        await page.waitForSelector("dialog[open]");
        await look("keys");
        await page.keyboard.press("Escape");
        for (const screen of SCREENS) {
          await page.click(`[data-testid=nav-${screen}]`);
          await page.waitForTimeout(150);
          await look(screen);
        }
        same(page.faults, [], `faults in ${language}`);
        await page.context().close();
        const fresh = await open("first-run", { width, height: 720, more: `&language=${language}` });
        same(await fresh.evaluate(clipped), [], `clipped buttons of the first run in ${language} at ${width} px`);
        await noSidewaysScroll(fresh, `first run in ${language} at ${width} px`);
        await audit(fresh, `first run in ${language} at ${width} px`);
        await fresh.context().close();
      }
    });
  }

  test("the language is a choice: said at once, only one catalogue loaded, focus kept, undone from its message", async () => {
    const page = await open("few");
    const loaded = () => page.evaluate(() => performance.getEntriesByType("resource").map((it) => it.name.split("/").pop()).filter((it) => /^(en|de)-.*\.js$/.test(it)).map((it) => it.slice(0, 2)));
    same(await loaded(), ["en"], "catalogues before the choice");
    await page.click("[data-testid=nav-settings]");
    await page.selectOption("[data-testid=language]", "de");
    await page.waitForFunction(() => document.documentElement.lang === "de");
    check((await page.textContent("main h1")) === "Einstellungen", "the screen is in German");
    await page.waitForFunction(() => document.activeElement?.id === "set-language");
    same(await loaded(), ["en", "de"], "catalogues after the choice");
    await page.click("[data-testid=toast] >> text=Rückgängig");
    await page.waitForFunction(() => document.documentElement.lang === "en");
    check((await page.textContent("main h1")) === "Settings", "the screen is in English again");
    return page;
  });

  test("the first run starts in the language that is chosen in its first step, and keeps the name", async () => {
    const page = await open("first-run");
    await page.fill("input.field", "Ana");
    await page.selectOption("[data-testid=language]", "de");
    await page.waitForSelector("text=Willkommen bei Gatehouse");
    same(await page.inputValue("input.field"), "Ana", "the name");
    return page;
  });

  test("what the first load takes: the entry, what it imports, and one catalogue", async () => {
    const folder = new URL("../../dist/", import.meta.url);
    const assets = new URL("assets/", folder);
    const entry = /src="\.\/assets\/([^"]+\.js)"/.exec(await readFile(new URL("index.html", folder), "utf8"))[1];
    const sizes = new Map();
    const take = async (name) => {
      if (sizes.has(name)) return;
      const text = await readFile(new URL(name, assets), "utf8");
      sizes.set(name, Buffer.byteLength(text));
      for (const [, next] of text.matchAll(/(?:from|import)\s*["'`]\.\/([^"'`]+\.js)["'`]/g)) await take(next);
    };
    await take(entry);
    const lists = (await readdir(assets)).filter((it) => /^(en|de)-.*\.js$/.test(it));
    check(lists.length === 2 && !lists.some((it) => sizes.has(it)), `a catalogue is part of the entry: ${lists}`);
    const program = [...sizes.values()].reduce((a, b) => a + b, 0);
    const largest = Math.max(...(await Promise.all(lists.map(async (it) => (await stat(new URL(it, assets))).size))));
    console.log(`     JavaScript of the first load: ${program} bytes of program, at most ${largest} of words`);
    check(program + largest <= FIRST_LOAD_MOST, `the first load takes ${program + largest} bytes of JavaScript`);
  });
}
