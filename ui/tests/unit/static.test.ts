// What no source file may hold, and the token table recomputed (UX-04, UX-19).
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = new URL("../../", import.meta.url).pathname;
function files(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((it) => (it.name === "paraglide" ? [] : it.isDirectory() ? files(join(folder, it.name)) : [join(folder, it.name)]));
}
const SOURCES = files("src").filter((it) => /\.(svelte|ts|css)$/.test(it));
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");

describe("UX-04 sources", () => {
  it("hold no raw HTML, no static style, no filter, no media, no fetch", () => {
    for (const path of SOURCES) {
      const text = read(path).replaceAll(/\/\/.*|\/\*[\s\S]*?\*\//g, "");
      if (path.includes("fake")) continue;
      if (!path.endsWith("parts/Reveal.svelte")) expect(text, path).not.toContain("<canvas");
      expect(text, path).not.toMatch(/canvas[^{}]*:hover|toDataURL|toBlob|drawImage|createObjectURL/);
      expect(text, path).not.toMatch(/\{@html|innerHTML|outerHTML|insertAdjacent|\sstyle="|backdrop-filter|\sfilter:\s*(?:url|blur|gray|grey|bright)|<img|<video|<audio|[^.\w]fetch\(|eval\(|new Function/);
    }
  });
  it("hold colours in tokens.css only", () => {
    for (const path of SOURCES.filter((it) => /\.(svelte|css)$/.test(it) && !it.endsWith("tokens.css"))) {
      const style = path.endsWith(".css") ? read(path) : (read(path).split("<style>")[1] ?? "");
      expect(style, path).not.toMatch(/#[0-9a-f]{3,8}\b|rgba?\(|hsla?\(|:\s*(white|black|red|green|blue|gray|grey)\b/i);
    }
  });
  it("use Tauri in backend.ts only, and timers where the state is", () => {
    for (const path of SOURCES) {
      if (!path.endsWith("backend.ts")) expect(read(path), path).not.toContain("@tauri-apps");
      if (!path.endsWith("state.svelte.ts") && !path.includes("lib/state/") && !path.includes("fake")) expect(read(path), path).not.toMatch(/setTimeout|setInterval/);
    }
  });
  it("use logical properties, so that right-to-left needs nothing", () => {
    for (const path of SOURCES.filter((it) => /\.(svelte|css)$/.test(it))) {
      const style = path.endsWith(".css") ? read(path) : (read(path).split("<style>")[1] ?? "");
      expect(style, path).not.toMatch(/(margin|padding|border)-(left|right)|[^-](left|right):\s|text-align:\s*(left|right)|float:/);
    }
  });
  it("the lock file names no registry address", () => expect(read("package-lock.json")).not.toContain('"resolved"'));
});

type Theme = Record<string, string>;
function theme(css: string, from: string): Theme {
  const block = css.slice(css.indexOf(from)).split("}")[0] ?? "";
  return Object.fromEntries([...block.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})/g)].map((it) => [it[1] ?? "", it[2] ?? ""]));
}
function luminance(colour: string): number {
  const part = (at: number) => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5);
}
function ratio(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

describe("UX-19 tokens", () => {
  const css = read("src/tokens.css");
  const light = theme(css, ":root {");
  const dark = theme(css, ':root[data-theme="dark"]');
  it("the dark theme is the same by system and by choice", () => expect(theme(css, ':root:not([data-theme="light"])')).toEqual(dark));
  for (const [name, tokens] of [["light", light], ["dark", dark]] as const) {
    it(`${name}: text holds 4.5:1, lines and focus 3:1 on every surface`, () => {
      for (const surface of ["bg", "surface", "raised", "selected"]) {
        for (const text of ["text", "muted", "accent", "accent-press", "ok", "warn", "danger", "info", "exact"]) expect(ratio(tokens[text] ?? "", tokens[surface] ?? ""), `${text} on ${surface}`).toBeGreaterThanOrEqual(4.5);
        for (const line of ["line", "focus"]) expect(ratio(tokens[line] ?? "", tokens[surface] ?? ""), `${line} on ${surface}`).toBeGreaterThanOrEqual(3);
      }
      for (const press of ["accent", "accent-press"]) expect(ratio(tokens["on-accent"] ?? "", tokens[press] ?? "")).toBeGreaterThanOrEqual(4.5);
      for (const tone of ["warn", "danger", "ok"]) {
        expect(ratio(tokens[tone] ?? "", tokens[`${tone}-bg`] ?? ""), tone).toBeGreaterThanOrEqual(4.5);
        expect(ratio(tokens["text"] ?? "", tokens[`${tone}-bg`] ?? ""), tone).toBeGreaterThanOrEqual(4.5);
      }
    });
  }
});
