// Every state of every screen, and how it is reached in the fake backend: the one table for pictures and for axe.
// [screen, state, scenario, how it is reached from the first paint]. A step is a key press, a click on a test id, or a wait for a selector.

const go = (letter) => [["key", "g"], ["key", letter]];
const click = (testid) => ["click", `[data-testid=${testid}]`];
const seen = (css) => ["seen", css];
const own = [click("first-run-own"), seen("[data-testid=choose-folder]")];
const skip = ["skip"];

export const STATES = [
  ["first run", "1 welcome", "first-run", []],
  ["first run", "2 your site", "first-run", own],
  ["first run", "2 your site, folder chosen", "first-run", [...own, click("choose-folder"), seen("[data-testid=mode-live]")]],
  ["first run", "2 your site, a copy", "first-run", [...own, click("choose-folder"), click("mode-copy")]],
  ["first run", "3 lists", "first-run", [...own, skip]],
  ["first run", "5 looking after yourself", "first-run", [...own, skip, skip]],
  ["inbox", "cases", "few", []],
  ["inbox", "grouped by list", "two-hundred", [["key", "Shift+G"], ["key", "ArrowDown"], ["key", "ArrowDown"], ["key", "Enter"], seen("[data-testid=group-row]")]],
  ["inbox", "a selection", "few", [["key", "x"], ["key", "j"], ["key", "x"], seen("[data-testid=selection-plan]")]],
  ["inbox", "filtered", "few", [["key", "f"], ["fill", "[data-testid=filter-min-size]", "1"], click("filter-apply"), seen(".chip")]],
  ["inbox", "no cases match this view", "few", [["key", "f"], ["fill", "[data-testid=filter-min-size]", "999999"], click("filter-apply"), seen(".plain")]],
  ["inbox", "the filter", "few", [["key", "f"], seen("[data-testid=filter-apply]")]],
  ["inbox", "a draft with its clock", "few", [["plan"], ["key", "j"], ["plan"], ["key", "1"], seen("[data-testid=toast]")]],
  ["inbox", "empty, all good", "empty", []],
  ["inbox", "empty, no list", "no-list", []],
  ["inbox", "empty, practice list only", "practice-only", []],
  ["inbox", "faults", "problems", []],
  ["inbox", "sweeping", "sweeping", []],
  ["inbox", "database cannot be read", "broken", []],
  ["inbox", "stopped for today", "few", [click("stop-today"), seen(".plain")]],
  ["inbox", "hostile names", "hostile-names", []],
  ["inbox", "search without a case", "few", [["key", "/"], ["type", "zzz"], seen(".plain")]],
  ["case", "protected", "few", [["key", "Enter"], ["plan"]]],
  ["case", "near, with meter and grid", "few", [["case", "1043"], ["key", "Enter"], ["plan"]]],
  ["case", "came back", "few", [["case", "1046"], ["key", "Enter"], ["plan"]]],
  ["case", "flood", "flood", [["case", "970"], ["key", "Enter"], ["plan"]]],
  ["case", "more than 100 files", "two-hundred", [["plan"], ["key", "1"], seen("dialog[open]")]],
  ["case", "keep needs a note", "few", [["plan"], ["key", "2"], seen("dialog[open]")]],
  ["views", "asked", "few", [click("nav-asked")]],
  ["views", "snoozed", "few", [click("nav-snoozed")]],
  ["views", "recent", "few", go("d")],
  ["could not check", "need you", "few", go("c")],
  ["could not check", "failing", "failing", go("c")],
  ["sites", "watching", "few", go("s")],
  ["sites", "missing", "problems", go("s")],
  ["sites", "sweeping", "sweeping", go("s")],
  ["sites", "adding one", "few", [...go("s"), click("site-add"), click("choose-folder"), seen("[data-testid=mode-live]")]],
  ["sites", "failing", "failing", go("s")],
  ["lists", "ready", "few", go("l")],
  ["lists", "out of date", "problems", go("l")],
  ["lists", "followed", "followed", go("l")],
  ["lists", "none", "no-list", go("l")],
  ["lists", "practice list only", "practice-only", go("l")],
  ["lists", "adding one", "few", [...go("l"), click("list-add")]],
  ["lists", "looked at before it counts", "few", [...go("l"), click("list-add"), click("list-add-file"), seen("[data-testid=import-harm]")]],
  ["record", "decisions", "few", go("r")],
  ["record", "broken", "problems", go("r")],
  ["vault", "sealed", "few", go("v")],
  ["vault", "faults", "problems", go("v")],
  ["help", "by country", "few", go("h")],
  ["settings", "all sections", "few", go("t")],
  ["frame", "keys", "few", [["key", "?"], seen("dialog[open]")]],
  ["frame", "palette", "few", [["key", "Control+k"], seen("[data-testid=palette]")]],
  ["frame", "snooze menu", "few", [["plan"], ["key", "h"], seen("[role=menu]")]],
];

const PLAN = () => {
  const id = document.querySelector('[data-testid=inbox-row][data-focus="true"]')?.getAttribute("data-case");
  const panel = document.querySelector("[data-testid=case-panel]");
  return id && panel?.getAttribute("aria-label")?.endsWith(` ${id}`) && panel.querySelector("[data-testid=plan]");
};

/** Goes from the first paint to a state. */
export async function reach(page, steps) {
  for (const [what, one, two] of steps) {
    if (what === "key") await page.keyboard.press(one);
    else if (what === "type") await page.keyboard.type(one);
    else if (what === "click") await page.click(one);
    else if (what === "fill") await page.fill(one, two);
    else if (what === "seen") await page.waitForSelector(one, { timeout: 10_000 });
    else if (what === "plan") await page.waitForFunction(PLAN);
    else if (what === "case") await page.click(`[data-case="${one}"]`);
    else if (what === "skip") await page.click(".foot .button.quiet");
  }
}
