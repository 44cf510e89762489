// F6 and Shift+F6: the keyboard focus goes around the parts of the window, in the order in which they are read.

const REGION = "[data-region]";
const PLACES = ['[data-focus="true"]', 'main h1[tabindex="-1"], h2[tabindex="-1"]', "input:not([disabled]), select:not([disabled]), button:not([disabled])"];

function firstPlace(region: Element): HTMLElement | null {
  for (const places of PLACES) {
    const found = [...region.querySelectorAll<HTMLElement>(places)].find((it) => it.closest(REGION) === region && it.offsetParent !== null);
    if (found) return found;
  }
  return null;
}

/** Moves the focus to the next region that has a place for it, or the one before. */
export function toRegion(step: 1 | -1): void {
  const regions = [...document.querySelectorAll(REGION)].flatMap((region) => firstPlace(region) ?? []);
  if (regions.length === 0) return;
  const here = document.activeElement?.closest(REGION);
  const at = regions.findIndex((place) => place.closest(REGION) === here);
  const next = at < 0 ? (step === 1 ? 0 : regions.length - 1) : (at + step + regions.length) % regions.length;
  regions[next]?.focus();
}
