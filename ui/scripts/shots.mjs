// Pictures of every screen and scenario, for eyes: node scripts/shots.mjs DIR [scenario…]
import { mkdirSync } from "node:fs";
import { openBrowser, openPage } from "../tests/page/browser.mjs";
import { startPreview } from "./preview.mjs";

const [dir = "/tmp/shots", ...only] = process.argv.slice(2);
mkdirSync(dir, { recursive: true });
const SCENARIOS = ["empty", "first-run", "few", "two-hundred", "no-list", "problems", "sweeping", "failing", "broken", "hostile-names"];
const SCREENS = ["unchecked", "sites", "lists", "record", "settings"];
const server = await startPreview();
const browser = await openBrowser();
for (const scenario of only.length > 0 ? only : SCENARIOS) {
  for (const [width, height] of [[1280, 800], [900, 600]]) {
    for (const theme of ["light", "dark"]) {
      const page = await openPage(browser, server.url, scenario, { width, height, theme });
      await page.waitForTimeout(400);
      await page.screenshot({ path: `${dir}/${scenario}-inbox-${width}-${theme}.png` });
      if (scenario !== "first-run" && (scenario === "few" || scenario === "problems" || width === 1280)) {
        for (const screen of SCREENS) {
          await page.click(`[data-testid=nav-${screen}]`);
          await page.waitForTimeout(250);
          await page.screenshot({ path: `${dir}/${scenario}-${screen}-${width}-${theme}.png` });
        }
      }
      if (page.faults.length > 0) console.log(scenario, width, theme, page.faults);
      await page.context().close();
    }
  }
}
await browser.close();
await server.stop();
