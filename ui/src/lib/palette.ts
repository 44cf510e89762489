// Which commands fit what was typed: letters in their order, the tighter the better, what was used last first. Pure.

export interface Command {
  id: string;
  label: string;
  key: string | null;
  /** What a decision would do. */
  plan: string | null;
  run: () => void;
}

/** How well `text` fits: smaller is better, null is not at all. Letters must come in their order; gaps and a late start cost. */
export function fit(label: string, text: string): number | null {
  const hay = label.toLowerCase();
  let at = -1;
  let cost = 0;
  for (const letter of text.toLowerCase().replaceAll(/\s+/g, "")) {
    const next = hay.indexOf(letter, at + 1);
    if (next < 0) return null;
    const isStart = next === 0 || hay[next - 1] === " ";
    cost += at < 0 ? next : isStart ? 1 : (next - at - 1) * 2;
    at = next;
  }
  return cost;
}

/** The commands that fit, best first; without a text the ones used last, then all in their order. */
export function fits(commands: readonly Command[], text: string, recent: readonly string[]): Command[] {
  const age = (command: Command): number => (recent.includes(command.id) ? recent.indexOf(command.id) : recent.length);
  const scored = commands.flatMap((command) => {
    const cost = fit(command.label, text);
    return cost === null ? [] : [{ command, cost }];
  });
  return scored.sort((a, b) => a.cost - b.cost || age(a.command) - age(b.command)).map((it) => it.command);
}
