// Numbers, sizes, dates and spans as a person reads them. `Intl` only; "now" is an argument, never the clock.

import * as m from "../paraglide/messages";
import { locale } from "./language.svelte";

const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 86_400_000;

interface Formats {
  locale: string;
  integer: Intl.NumberFormat;
  tenths: Intl.NumberFormat;
  clock: Intl.DateTimeFormat;
  dayOnly: Intl.DateTimeFormat;
  dayShort: Intl.DateTimeFormat;
  weekday: Intl.DateTimeFormat;
}
let made: Formats | undefined;

/**
 * The formats of the language that is spoken. English dates put the day before the month and use a 24-hour clock: read without doubt everywhere.
 * Only English months are cut short: elsewhere a short month ends in a full stop, which doubles at the end of a sentence.
 */
function formats(): Formats {
  const spoken = locale();
  if (made?.locale === spoken) return made;
  const isEnglish = spoken.startsWith("en");
  const dates = isEnglish ? "en-GB" : spoken;
  const month = isEnglish ? "short" : "long";
  return (made = {
    locale: spoken,
    integer: new Intl.NumberFormat(spoken, { maximumFractionDigits: 0 }),
    tenths: new Intl.NumberFormat(spoken, { minimumFractionDigits: 1, maximumFractionDigits: 1 }),
    clock: new Intl.DateTimeFormat(dates, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }),
    dayOnly: new Intl.DateTimeFormat(dates, { day: "numeric", month, year: "numeric" }),
    dayShort: new Intl.DateTimeFormat(dates, { day: "numeric", month }),
    weekday: new Intl.DateTimeFormat(dates, { weekday: "long" }),
  });
}

/** A foreign name inside a sentence: set apart by Unicode isolates, so that it can turn no word around it. */
export function isolated(name: string): string {
  return `\u2068${name}\u2069`;
}

/** 18204 → "18,204". */
export function count(n: number): string {
  return formats().integer.format(n);
}

/** Bytes in decimal steps, as file managers show them: 212000 → "212 kB". */
export function size(bytes: number): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;
  let value = Math.max(0, bytes);
  let step = 0;
  while (value >= 999.5 && step < units.length - 1) {
    value /= 1000;
    step += 1;
  }
  const digits = step > 1 && value < 9.95 ? 1 : 0;
  return new Intl.NumberFormat(locale(), { style: "unit", unit: units[step] ?? "byte", unitDisplay: step === 0 ? "narrow" : "short", maximumFractionDigits: digits })
    .format(value)
    .replace(/(\d)B$/, "$1 B")
    .replace(" ", "\u00a0");
}

/** Hour and minute: "14:02". */
export function time(at: number): string {
  return formats().clock.format(at);
}

function sameDay(a: number, b: number): boolean {
  return new Date(a).toDateString() === new Date(b).toDateString();
}

/** A day: "3 Nov", with the year when it is not this one. */
export function day(at: number, now: number): string {
  return new Date(at).getFullYear() === new Date(now).getFullYear() ? formats().dayShort.format(at) : formats().dayOnly.format(at);
}

/** A moment, short and absolute: "14:02", "yesterday 14:02", "3 Nov 14:02". */
export function moment(at: number, now: number): string {
  if (sameDay(at, now)) return time(at);
  if (sameDay(at, now - DAY)) return m.time_yesterday_at({ time: time(at) });
  if (sameDay(at, now + DAY)) return m.time_tomorrow_at({ time: time(at) });
  return m.time_day_at({ day: day(at, now), time: time(at) });
}

/** A moment to come: "tomorrow 09:00", "Monday 09:00". */
export function upcoming(at: number, now: number): string {
  if (at - now < 6 * DAY && !sameDay(at, now) && !sameDay(at, now + DAY)) return m.time_day_at({ day: formats().weekday.format(at), time: time(at) });
  return moment(at, now);
}

/** The full date and time, for titles and accessible names. */
export function full(at: number): string {
  return m.time_day_at({ day: formats().dayOnly.format(at), time: time(at) });
}

/** Very short age for rows: "now", "2 min", "5 h", "3 days"; after 30 days the date. */
export function age(at: number, now: number): string {
  const span = Math.max(0, now - at);
  if (span < MINUTE) return m.time_now();
  if (span < HOUR) return m.time_minutes({ count: Math.floor(span / MINUTE) });
  if (span < DAY) return m.time_hours({ count: Math.floor(span / HOUR) });
  if (span < 30 * DAY) return m.time_days({ count: Math.floor(span / DAY) });
  return day(at, now);
}

/** The same with "ago": relative under 24 hours, the date afterwards. */
export function ago(at: number, now: number): string {
  const span = Math.max(0, now - at);
  if (span < MINUTE) return m.time_just_now();
  if (span < HOUR) return m.time_minutes_ago({ count: Math.floor(span / MINUTE) });
  if (span < DAY) return m.time_hours_ago({ count: Math.floor(span / HOUR) });
  return moment(at, now);
}

/** The sentence for an accessible name: "2 minutes ago", else the date. */
export function agoSpoken(at: number, now: number): string {
  const span = Math.max(0, now - at);
  if (span < MINUTE) return m.time_just_now();
  if (span < HOUR) return m.time_minutes_ago_spoken({ count: Math.floor(span / MINUTE) });
  if (span < DAY) return m.time_hours_ago_spoken({ count: Math.floor(span / HOUR) });
  return full(at);
}

/** A length of time: "40 s", "4 min", "3 h", "2 days". */
export function span(seconds: number): string {
  if (seconds < 60) return m.time_seconds({ count: Math.round(seconds) });
  if (seconds < 3600) return m.time_minutes({ count: Math.round(seconds / 60) });
  if (seconds < 86_400) return m.time_hours({ count: Math.round(seconds / 3600) });
  return m.time_days({ count: Math.round(seconds / 86_400) });
}

/** Milliseconds as a person counts them: 812 → "0.8 s". */
export function milliseconds(ms: number): string {
  return m.time_seconds_exact({ seconds: formats().tenths.format(ms / 1000) });
}

/** Time left of a long job, coarse on purpose. */
export function left(seconds: number): string {
  if (seconds < 60) return m.time_left_under_minute();
  const minutes = Math.round(seconds / 60);
  if (minutes < 10) return m.time_left_minutes({ count: minutes });
  if (minutes < 90) return m.time_left_minutes({ count: Math.round(minutes / 10) * 10 });
  return m.time_left_hours({ count: Math.round(minutes / 60) });
}

/** Whole per cent of a job; null when the end is not known. */
export function percent(done: number, total: number | null): number | null {
  if (total === null || total <= 0) return null;
  return Math.min(100, Math.floor((done / total) * 100));
}

/** Seconds until a moment, never below zero, rounded up so that "1 s" is still true. */
export function secondsUntil(at: number, now: number): number {
  return Math.max(0, Math.ceil((at - now) / 1000));
}
