// The window as a part of the desktop: leaving, settings of the desktop, the log, the safe report, the end of the data.

/** What stands over the frame, by its title. */
const dialog = (page) => page.textContent("dialog[open] h2");

export function desktopTests({ test, open, check, same, audit, noSidewaysScroll }) {
  const ask = (page, leave) => page.evaluate((it) => {
    globalThis.gatehouseFake.desktop.leave = { ask: "close", drafts: 0, sweeping: 0, sealing: 0, importing: false, has_tray: true, ...it };
    globalThis.gatehouseFake.push("leave");
  }, leave);
  /** All answers, as soon as there are `count` of them. */
  const answered = async (page, count) => {
    await page.waitForFunction((wanted) => globalThis.gatehouseFake.desktop.answered.length === wanted, count);
    return page.evaluate(() => globalThis.gatehouseFake.desktop.answered);
  };

  test("6.1 closing asks the first time, remembers on wish, and says it where there is no tray", async () => {
    const page = await open("few");
    await ask(page, {});
    await page.waitForSelector("dialog[open]");
    same(await dialog(page), "Keep watching in the background?", "the question");
    await audit(page, "closing");
    await page.check("[data-testid=leave-remember]");
    await page.click("[data-testid=leave-keep]");
    await page.waitForSelector("dialog[open]", { state: "detached" });
    same(await answered(page, 1), [{ answer: "keep", remember: true }], "the answer");
    await ask(page, { has_tray: false });
    await page.waitForSelector("dialog[open]");
    check((await page.textContent("dialog[open]")).includes("No tray here. Gatehouse stays as a minimised window."), "no tray is not said");
    await page.keyboard.press("Escape");
    same((await answered(page, 2)).at(-1).answer, "cancel", "Esc stays");
    return page;
  });

  test("6.1 quitting while something is under way says what is safe", async () => {
    const page = await open("few");
    await ask(page, { ask: "quit", drafts: 2, sweeping: 1, sealing: 3, importing: true });
    await page.waitForSelector("dialog[open]");
    same(await dialog(page), "2 decisions have not happened yet.", "the title");
    const text = await page.textContent("dialog[open]");
    for (const part of ["A sweep is running. It goes on at the next start", "3 files wait to be sealed. They are safe where they are", "compared with a list"]) check(text.includes(part), `not said: ${part}`);
    await audit(page, "quitting");
    await page.click("[data-testid=leave-do-now]");
    same((await answered(page, 1)).at(-1), { answer: "do_now", remember: false }, "the answer");
    await ask(page, { ask: "quit", sweeping: 1 });
    await page.waitForSelector("dialog[open]");
    same(await dialog(page), "Quit Gatehouse?", "the title without drafts");
    check((await page.$("[data-testid=leave-do-now]")) === null, "there is nothing to do now");
    await page.click("[data-testid=leave-quit]");
    same((await answered(page, 2)).at(-1).answer, "quit", "the answer");
    return page;
  });

  test("5.9 closing, starting at login and notifications are set at once and can be taken back", async () => {
    const page = await open("few");
    const settings = () => page.evaluate(() => globalThis.gatehouseFake.app.settings);
    await page.click("[data-testid=nav-settings]");
    await page.fill("[data-testid=settings-find]", "quiet");
    same(await page.$$eval("main section.card", (all) => all.filter((it) => !it.hidden).map((it) => it.querySelector("h2").textContent)), ["Notifications"], "what the search leaves");
    await page.fill("[data-testid=settings-find]", "");
    await page.click("[data-testid=on-close-keep]");
    await page.click("[data-testid=set-autostart]");
    await page.click("[data-testid=set-notify_cases]");
    await page.selectOption("[data-testid=notify-quiet-from]", "22:00");
    await page.waitForTimeout(100);
    const now = await settings();
    same([now.on_close, now.autostart, now.notify_cases, now.notify_faults, now.notify_quiet], ["keep", true, false, true, "22:00-07:00"], "the settings");
    await page.click("[data-testid=toast-undo], .toast button");
    await page.waitForTimeout(100);
    same((await settings()).notify_quiet, "", "undo takes the last one back");
    check((await page.textContent("[data-testid=sandbox]")).startsWith("Full"), "the sandbox is not said");
    await audit(page, "settings of the desktop");
    return page;
  });

  test("5.9 removing the data lists what goes, wants a number, and refuses while a hold runs", async () => {
    const page = await open("few");
    await page.click("[data-testid=nav-settings]");
    await page.waitForSelector("[data-testid=storage]");
    await page.click("[data-testid=remove-data]");
    await page.waitForSelector("dialog[open]");
    check((await page.textContent("dialog[open]")).includes("17 sealed files go with it"), "what goes is not said");
    check(await page.isDisabled("[data-testid=removal-do]"), "it can be done without the number");
    await audit(page, "removing the data");
    await page.fill("#removal-number", "17");
    await page.click("[data-testid=removal-do]");
    await page.waitForFunction(() => globalThis.gatehouseFake.desktop.removed);
    await page.keyboard.press("Escape");
    await page.evaluate(() => (globalThis.gatehouseFake.desktop.held = [1042, 870]));
    await page.click("[data-testid=remove-data]");
    await page.waitForSelector("[data-testid=removal-held]");
    check((await page.textContent("[data-testid=removal-held]")).includes("1042, 870"), "the held cases are not named");
    check(await page.isDisabled("[data-testid=removal-do]"), "a hold does not refuse");
    return page;
  });

  test("6.5 the log: level, search, older lines, follow, and the safe report before it is saved", async () => {
    const page = await open("few");
    await page.click("[data-testid=nav-settings]");
    await page.click("[data-testid=show-log]");
    await page.waitForSelector("[data-testid=log-row]");
    const rows = () => page.$$eval("[data-testid=log-row]", (all) => all.length);
    same(await rows(), 100, "one page");
    await page.click("text=Show older lines");
    await page.waitForFunction(() => document.querySelectorAll("[data-testid=log-row]").length === 200);
    await page.click("text=Warnings and errors");
    await page.waitForFunction(() => document.querySelectorAll("[data-testid=log-row]").length === 96);
    await page.fill(".tools input[type=search]", "page_ended");
    await page.waitForFunction(() => document.querySelectorAll("[data-testid=log-row]").length === 48);
    await page.check("[data-testid=log-follow]");
    await audit(page, "the log");
    await noSidewaysScroll(page, "the log");
    await page.click("[data-testid=safe-report]");
    await page.waitForSelector("dialog[open] pre");
    check((await page.textContent("dialog[open] pre")).includes("sandbox: full"), "the report is not shown");
    await audit(page, "the safe report");
    await page.click("[data-testid=safe-report-save]");
    await page.waitForSelector("dialog[open]", { state: "detached" });
    check((await page.textContent("[data-testid=toast], .toast")).includes("You send it yourself"), "saving is not said");
    return page;
  });
}
