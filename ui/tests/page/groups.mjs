// Groups, filters as chips, redo, the regions of F6, and stopping for today.

const HEAD = "[data-testid=group-row]";
const heads = (page) => page.$$eval(HEAD, (all) => all.map((it) => it.textContent.replaceAll(/\s+/g, " ").trim()));
const focusOn = (page) => page.evaluate(() => document.activeElement?.getAttribute("data-testid") ?? document.activeElement?.tagName);
const grid = (page) => page.$eval(".list", (it) => [it.getAttribute("role"), Number(it.getAttribute("aria-rowcount"))]);

export function groupTests({ test, open, check, same, audit }) {
  test("UX-12 groups: a treegrid with headers, one decision for a group, one undo; folding, n and p", async () => {
    const page = await open("two-hundred");
    const [, flat] = await grid(page);
    await page.keyboard.press("Shift+G");
    await page.waitForSelector("[role=menu]");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.waitForSelector(HEAD);
    const [role, grouped] = await grid(page);
    same(role, "treegrid", "role of the list");
    const all = await page.evaluate(() => globalThis.gatehouseFake.cases.size);
    check(grouped > flat && grouped < flat + 20 && all >= flat, `headers are rows: ${grouped} after ${flat}`);
    same(await page.$eval(HEAD, (it) => [it.getAttribute("aria-level"), it.getAttribute("aria-expanded"), it.getAttribute("aria-rowindex")]), ["1", "true", "1"], "the first header");
    same(await page.$eval("[data-testid=inbox-row]", (it) => it.getAttribute("aria-level")), "2", "level of a case");
    check((await heads(page))[0].startsWith("Protected list"), "a protected list is not named");
    await audit(page, "groups");
    // The plan of the group stands on screen before its key.
    await page.waitForSelector("[data-testid=group-plan]");
    await page.keyboard.press("n");
    same(await focusOn(page), "group-row", "n goes to a header");
    const name = await page.$eval(`${HEAD}[data-focus=true]`, (it) => it.querySelector(".list-name").textContent);
    await page.waitForFunction((name) => document.querySelector("[data-testid=group-plan]")?.textContent.includes(name), name);
    await page.keyboard.press("1");
    same(await page.$$("[data-testid=toast]"), [], "a digit does nothing on a header");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.querySelector('[data-testid=group-row][data-focus=true]')?.getAttribute("aria-expanded") === "false");
    const folded = (await grid(page))[1];
    check(folded < grouped, "a folded group has no rows");
    await page.keyboard.press("Enter");
    await page.waitForFunction((n) => Number(document.querySelector(".list").getAttribute("aria-rowcount")) === n, grouped);
    await page.keyboard.press("p");
    await page.keyboard.press("n");
    await page.keyboard.press("n");
    await page.keyboard.press("j");
    same(await focusOn(page), "inbox-row", "j goes to the first case of the group");
    await page.waitForSelector("[data-testid=group-plan] [data-testid=many-take-down]");
    const files = await page.textContent("[data-testid=group-plan] [data-testid=many-take-down]");
    await page.keyboard.press("Alt+1");
    await page.waitForSelector("dialog[open]");
    const number = await page.$eval("#confirm-many", (it) => document.querySelector(`label[for=${it.id}]`).textContent.replace(/\D/g, ""));
    check(files.replace(/\D/g, "").endsWith(number), `the button says how many files: ${files}, asked for ${number}`);
    await page.keyboard.type(number);
    await page.keyboard.press("Enter");
    await page.waitForSelector("[data-testid=toast]");
    check((await grid(page))[1] < grouped, "the group left");
    await page.keyboard.press("z");
    await page.waitForFunction((n) => Number(document.querySelector(".list").getAttribute("aria-rowcount")) === n, grouped);
    await page.keyboard.press("Shift+Z");
    await page.waitForFunction((n) => Number(document.querySelector(".list").getAttribute("aria-rowcount")) < n, grouped);
    await page.keyboard.press("z");
    await page.waitForFunction((n) => Number(document.querySelector(".list").getAttribute("aria-rowcount")) === n, grouped);
    return page;
  });

  test("UX-11 groups of 100,000 cases: few row nodes, the last header is reached by key", async () => {
    const page = await open("hundred-thousand");
    await page.keyboard.press("Shift+G");
    await page.waitForSelector("[role=menu]");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.waitForSelector(HEAD);
    same(await page.$eval(".list", (it) => Number(it.getAttribute("aria-rowcount"))), 100_000 + new Set(await page.evaluate(() => [...globalThis.gatehouseFake.cases.values()].map((it) => (it.protected ? "" : it.list)))).size, "rows with headers");
    for (let n = 0; n < 8; n += 1) await page.keyboard.press("n");
    same(await focusOn(page), "group-row", "focus");
    check((await page.$$(".list [role=row]")).length <= 120, "at most 120 row nodes");
    return page;
  });

  test("UX-15 filters are chips, each with its way out; date, size and type narrow the list", async () => {
    const page = await open("few");
    const before = (await grid(page))[1];
    await page.keyboard.press("f");
    await page.waitForSelector("[data-testid=filter-apply]");
    await page.fill("[data-testid=filter-min-size]", "100");
    await page.fill("[data-testid=filter-since]", "2020-01-01");
    await audit(page, "the filter");
    await page.click("[data-testid=filter-apply]");
    await page.waitForSelector("[data-testid=filtered] .chip");
    same((await page.$$("[data-testid=filtered] .chip")).length, 2, "chips");
    check(/100.kB/.test(await page.textContent("[data-testid=filtered]")), `the chip says the size: ${await page.textContent("[data-testid=filtered]")}`);
    await audit(page, "chips");
    await page.click("[data-testid=filtered] .chip");
    await page.waitForFunction(() => document.querySelectorAll("[data-testid=filtered] .chip").length === 1);
    await page.click("[data-testid=filtered] .chip");
    await page.waitForFunction(() => document.querySelector("[data-testid=filtered]") === null);
    await page.waitForFunction((n) => Number(document.querySelector(".list")?.getAttribute("aria-rowcount")) === n, before);
    check((await focusOn(page)) !== "BODY", "the focus is not lost");
    return page;
  });

  test("UX-15 redo takes an undo back until something else is decided; with nothing to redo it says so", async () => {
    const page = await open("few");
    await page.waitForSelector("[data-testid=plan]");
    await page.keyboard.press("Shift+Z");
    await page.waitForFunction(() => document.querySelector("[data-testid=live]")?.textContent.includes("Nothing to do again"));
    await page.keyboard.press("1");
    await page.waitForSelector("[data-testid=toast-undo]");
    const left = (await grid(page))[1];
    await page.keyboard.press("z");
    await page.waitForFunction((n) => Number(document.querySelector(".list").getAttribute("aria-rowcount")) === n + 1, left);
    await page.keyboard.press("Shift+Z");
    await page.waitForFunction((n) => Number(document.querySelector(".list").getAttribute("aria-rowcount")) === n, left);
    return page;
  });

  test("UX-15 F6 goes around the parts of the window and Shift+F6 back, on every screen", async () => {
    const page = await open("few");
    await page.waitForSelector("[data-testid=plan]");
    const region = () => page.evaluate(() => { const it = document.activeElement?.closest("[data-region]"); return it?.tagName === "DIV" ? it.className.split(" ")[0] : (it?.tagName.toLowerCase() ?? null); });
    const seen = [];
    for (let n = 0; n < 5; n += 1) {
      await page.keyboard.press("F6");
      seen.push(await region());
    }
    same([...seen].sort(), ["aside", "footer", "left", "nav", "top"], "parts of the inbox");
    await page.keyboard.press("Shift+F6");
    same(await region(), seen[3], "back");
    await page.click("[data-testid=nav-sites]");
    await page.waitForSelector("main h1");
    for (let n = 0; n < 3; n += 1) await page.keyboard.press("F6");
    same(await region(), "footer", "after the screen comes the status bar");
    return page;
  });

  test("UX-15 twenty practice cases, half exact and half near: keyboard alone, under a minute, no reveal, one undo", async () => {
    const page = await open("practice");
    same(await page.$$eval("[data-testid=inbox-row]", (all) => all.map((it) => it.dataset.match).sort().join(" ")), [...Array(10).fill("exact"), ...Array(10).fill("near")].join(" "), "the cases");
    const began = Date.now();
    const planned = () => page.waitForFunction(() => {
      const id = document.querySelector('[data-testid=inbox-row][data-focus="true"]')?.dataset.case;
      const panel = document.querySelector("[data-testid=case-panel]");
      return id && panel?.getAttribute("aria-label")?.endsWith(` ${id}`) && panel.querySelector("[data-testid=plan]");
    });
    for (let left = 20; left > 0; left -= 1) {
      await planned();
      const match = await page.$eval('[data-testid=inbox-row][data-focus="true"]', (it) => it.dataset.match);
      await page.keyboard.press(match === "exact" ? "1" : "2");
      await page.waitForFunction((n) => document.querySelectorAll("[data-testid=inbox-row]").length === n, left - 1);
      if (left !== 11) continue;
      await page.keyboard.press("z");
      await page.waitForFunction((n) => document.querySelectorAll("[data-testid=inbox-row]").length === n, left);
      await planned();
      await page.keyboard.press(match === "exact" ? "1" : "2");
      await page.waitForFunction((n) => document.querySelectorAll("[data-testid=inbox-row]").length === n, left - 1);
    }
    const took = Date.now() - began;
    console.log(`     twenty cases and one undo: ${took} ms`);
    check(took < 60_000, `it took ${took} ms`);
    same(await page.evaluate(() => globalThis.gatehouseFake.viewing.calls.join(" ")), "", "reveals");
    check((await focusOn(page)) !== "BODY", "the focus is on the heading of the empty inbox");
    return page;
  });

  test("UX-08 Stop for today: from the status bar, the inbox rests, opening anyway is possible", async () => {
    const page = await open("few");
    await page.click("[data-testid=stop-today]");
    await page.waitForSelector("text=Stopped for today");
    check(await page.evaluate(() => globalThis.gatehouseFake.viewing.stopped > Date.now()), "the engine keeps it");
    same(await page.$$("[data-testid=inbox-row]"), [], "no rows");
    await audit(page, "stopped for today");
    await page.click("text=Open anyway");
    await page.waitForSelector("[data-testid=inbox-row]");
    return page;
  });

  test("What was decided on the same content before stands in Why this matched", async () => {
    const page = await open("few");
    await page.click("[data-case='1046']");
    await page.waitForSelector("[data-testid=earlier]");
    check(/Take down · Ana/.test((await page.textContent("[data-testid=earlier]")).replaceAll(/\s+/g, " ")), "by whom");
    return page;
  });
}
