import { describe, expect, it } from "vitest";
import { holderOf, KEYS, meaning, nameOf, type Press, remapOf } from "../../src/lib/keys";

const press = (over: Partial<Press>): Press => ({ key: "", code: "", repeat: false, isComposing: false, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...over });
const FREE = { afterG: false, singleKeys: true, typing: false };

describe("UX-17 keys", () => {
  it("every combination has one meaning", () => {
    const all = KEYS.flatMap((line) => line.keys);
    expect(new Set(all).size).toBe(all.length);
  });
  it("digits come from the place of the key, on AZERTY and the number pad too", () => {
    expect(meaning(press({ key: "&", code: "Digit1" }), FREE)).toBe("take_down");
    expect(meaning(press({ key: "2", code: "Numpad2" }), FREE)).toBe("keep");
    expect(meaning(press({ key: "¡", code: "Digit1", altKey: true }), FREE)).toBe("take_down_all");
    expect(meaning(press({ key: "1", code: "Digit1", ctrlKey: true }), FREE)).toBeNull();
  });
  it("letters come from what they write, else from their place", () => {
    expect(meaning(press({ key: "j", code: "KeyC" }), FREE)).toBe("next");
    expect(meaning(press({ key: "о", code: "KeyJ" }), FREE)).toBe("next");
    expect(meaning(press({ key: "J", code: "KeyJ", shiftKey: true }), FREE)).toBe("extend_down");
  });
  it("digits, h and z never repeat; moving does", () => {
    for (const [key, code] of [["1", "Digit1"], ["h", "KeyH"], ["z", "KeyZ"]] as const) expect(meaning(press({ key, code, repeat: true }), FREE)).toBeNull();
    expect(meaning(press({ key: "j", code: "KeyJ", repeat: true }), FREE)).toBe("next");
  });
  it("nothing fires while composing or typing", () => {
    expect(meaning(press({ key: "1", code: "Digit1", isComposing: true }), FREE)).toBeNull();
    const typing = { ...FREE, typing: true };
    for (const [key, code] of [["1", "Digit1"], ["h", "KeyH"], ["ArrowDown", "ArrowDown"], ["Enter", "Enter"], ["/", "Slash"]] as const) expect(meaning(press({ key, code }), typing)).toBeNull();
    expect(meaning(press({ key: "z", code: "KeyZ", ctrlKey: true }), typing)).toBeNull();
    expect(meaning(press({ key: "F1", code: "F1" }), typing)).toBe("help");
  });
  it("single keys turn off; arrows, paging, Enter, Esc and Ctrl stay", () => {
    const off = { ...FREE, singleKeys: false };
    for (const [key, code] of [["1", "Digit1"], ["j", "KeyJ"], ["?", "Slash"], ["g", "KeyG"], [".", "Period"]] as const) expect(meaning(press({ key, code }), off)).toBeNull();
    expect(meaning(press({ key: "ArrowDown", code: "ArrowDown" }), off)).toBe("next");
    expect(meaning(press({ key: "Enter", code: "Enter" }), off)).toBe("open");
    expect(meaning(press({ key: "Escape", code: "Escape" }), off)).toBe("back");
    expect(meaning(press({ key: "z", code: "KeyZ", ctrlKey: true }), off)).toBe("undo");
  });
  it("g opens a choice and the second letter goes", () => {
    expect(meaning(press({ key: "g", code: "KeyG" }), FREE)).toBe("g");
    expect(meaning(press({ key: "l", code: "KeyL" }), { ...FREE, afterG: true })).toBe("go_lists");
    expect(meaning(press({ key: "1", code: "Digit1" }), { ...FREE, afterG: true })).toBeNull();
  });
  it("only digits and h decide", () => {
    const deciding = KEYS.filter((line) => ["take_down", "keep", "ask", "snooze"].includes(line.action)).flatMap((line) => line.keys);
    expect(deciding.sort()).toEqual(["1", "2", "3", "h"]);
  });
  it("a changed key takes the place of the first one, and a double is named", () => {
    const remap = remapOf('{"take_down":"y","unknown_action":"q","keep":5}');
    expect(remap).toEqual({ take_down: "y" });
    expect(meaning(press({ key: "y", code: "KeyY" }), { ...FREE, remap })).toBe("take_down");
    expect(meaning(press({ key: "1", code: "Digit1" }), { ...FREE, remap })).toBeNull();
    expect(holderOf("y", "keep", remap)?.action).toBe("take_down");
    expect(holderOf("y", "take_down", remap)).toBeNull();
    expect(remapOf("no json")).toEqual({});
    expect(nameOf(press({ key: "h", code: "KeyH", altKey: true }))).toBe("Alt+h");
  });
});
