import { describe, expect, it } from "vitest";
import { ago, age, count, left, milliseconds, moment, percent, secondsUntil, size, span, upcoming } from "../../src/lib/format";

/** 20 November 2026, 14:02 local: no test depends on the time zone of the machine. */
const NOW = new Date(2026, 10, 20, 14, 2).getTime();
const MIN = 60_000;
const HOUR = 3_600_000;

describe("numbers", () => {
  it("groups thousands", () => expect(count(18_204)).toBe("18,204"));
  it("shows sizes in decimal steps", () => {
    expect([0, 999, 1_000, 212_000, 999_600, 1_400_000, 14_211_000, 3_000_000_000].map((it) => size(it).replace("\u00a0", " "))).toEqual(["0 B", "999 B", "1 kB", "212 kB", "1 MB", "1.4 MB", "14 MB", "3 GB"]);
  });
  it("never says 100 per cent early", () => {
    expect(percent(999, 1000)).toBe(99);
    expect(percent(1000, 1000)).toBe(100);
    expect(percent(5, null)).toBeNull();
    expect(percent(0, 0)).toBeNull();
  });
});

describe("times", () => {
  it("are relative under 24 hours and absolute after", () => {
    expect(ago(NOW - 20_000, NOW)).toBe("just now");
    expect(ago(NOW - 2 * MIN, NOW)).toBe("2 min ago");
    expect(ago(NOW - 5 * HOUR, NOW)).toBe("5 h ago");
    expect(ago(new Date(2026, 10, 3, 9, 12).getTime(), NOW)).toBe("3 Nov 09:12");
  });
  it("are short in rows", () => {
    expect([20_000, 3 * MIN, 3 * HOUR, 26 * HOUR, 100 * HOUR].map((it) => age(NOW - it, NOW))).toEqual(["now", "3 min", "3 h", "1 day", "4 days"]);
  });
  it("name yesterday, tomorrow and weekdays", () => {
    expect(moment(new Date(2026, 10, 19, 9, 12).getTime(), NOW)).toBe("yesterday 09:12");
    expect(moment(new Date(2026, 10, 20, 9, 12).getTime(), NOW)).toBe("09:12");
    expect(upcoming(new Date(2026, 10, 21, 9, 0).getTime(), NOW)).toBe("tomorrow 09:00");
    expect(upcoming(new Date(2026, 10, 23, 9, 0).getTime(), NOW)).toBe("Monday 09:00");
  });
  it("keep the year when it is another", () => expect(moment(new Date(2019, 4, 3, 8, 0).getTime(), NOW)).toBe("3 May 2019 08:00"));
  it("count a clock down without going below zero", () => {
    expect(secondsUntil(NOW + 1_001, NOW)).toBe(2);
    expect(secondsUntil(NOW - 5, NOW)).toBe(0);
  });
  it("say how long is left in coarse steps", () => {
    expect([20, 240, 2_340, 10_800].map(left)).toEqual(["less than a minute left", "about 4 min left", "about 40 min left", "about 3 h left"]);
  });
  it("show spans and milliseconds", () => {
    expect(span(40)).toBe("40 s");
    expect(span(240)).toBe("4 min");
    expect(milliseconds(812)).toBe("0.8 s");
  });
});
