// Chromium on the preview server: opens pages, collects what must never happen (CSP reports, script errors, requests elsewhere).
import { chromium } from "playwright-core";

const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

/** Starts the system's Chromium; no browser is downloaded. */
export function openBrowser() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
}

/** A page on a scenario, waited for until the inbox or the first run stands. `page.faults` fills with every violation. */
export async function openPage(browser, url, scenario, { width = 1280, height = 800, theme = "light", more = "" } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, reducedMotion: "reduce" });
  const page = await context.newPage();
  page.faults = [];
  page.on("pageerror", (error) => page.faults.push(`script error: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error" || /Content Security Policy/i.test(message.text())) page.faults.push(`console: ${message.text()}`);
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(url)) page.faults.push(`request elsewhere: ${request.url()}`);
  });
  await page.addInitScript(() => {
    Object.freeze(Object.prototype); // as `freezePrototype` of the app does
    document.addEventListener("securitypolicyviolation", (event) => console.error(`Content Security Policy: ${event.violatedDirective} ${event.blockedURI}`));
  });
  await page.goto(`${url}?scenario=${scenario}&theme=${theme}${more}`);
  await page.waitForSelector("[data-testid=inbox-row], [data-testid=empty-heading], [data-testid=first-run-practice], .bar.on-danger, .plain", { timeout: 10_000 });
  return page;
}
