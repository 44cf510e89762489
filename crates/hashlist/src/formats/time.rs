//! Times as lists write them: seconds or milliseconds since 1970, and ISO 8601. No clock is read.

/// From this number on a time is in milliseconds: 10^11 seconds lie in the year 5138.
const MILLISECONDS_FROM: u64 = 100_000_000_000;

/// UTC milliseconds since 1970 of a text, or `None`.
///
/// Accepted: a number (seconds, also with a fraction, or milliseconds from 10^11 on), `/Date(<milliseconds>)/`, and `YYYY-MM-DD`, also followed
/// by `T` or a space, `HH:MM[:SS[.fff]]` and `Z`, `+0000`, `+00:00` or nothing (then UTC). Of an offset with a `Z` behind it, which a VICS writer
/// emits, the offset counts.
pub(crate) fn millis(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Some(inside) = text.strip_prefix("/Date(").and_then(|rest| rest.strip_suffix(")/")) {
        return inside.parse().ok();
    }
    if let Some(micros) = micros_of_number(text) {
        return Some(micros.div_euclid(1000));
    }
    of_date(text)
}

/// UTC microseconds since 1970 of a text in the forms of [`millis`]; a number keeps six digits of its fraction.
pub(crate) fn micros(text: &str) -> Option<i64> {
    micros_of_number(text.trim()).or_else(|| millis(text)?.checked_mul(1000))
}

/// Seconds with or without a fraction, or milliseconds from 10^11 on.
fn micros_of_number(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let number: i64 = whole.parse().ok()?;
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) || text.ends_with('.') {
        return None;
    }
    if number.unsigned_abs() >= MILLISECONDS_FROM {
        return number.checked_mul(1000);
    }
    let micros: i64 = format!("{fraction:0<6}").get(..6)?.parse().ok()?;
    let sign = if whole.starts_with('-') { -1 } else { 1 };
    number.checked_mul(1_000_000)?.checked_add(sign * micros)
}

fn of_date(text: &str) -> Option<i64> {
    let date = text.get(..10)?;
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let midnight = days_since_1970(year, month, day)?.checked_mul(86_400_000)?;
    let rest = text.get(10..)?;
    if rest.is_empty() {
        return Some(midnight);
    }
    let (time, offset_minutes) = split_offset(rest.strip_prefix(['T', 't', ' '])?)?;
    midnight.checked_add(time_of_day(time)?)?.checked_sub(offset_minutes * 60_000)
}

/// Three numbers of fixed widths parted by a sign.
fn numbers(text: &str, sign: char, widths: [usize; 3]) -> Option<[i64; 3]> {
    let mut found = [0; 3];
    let mut parts = text.split(sign);
    for (number, width) in found.iter_mut().zip(widths) {
        let part = parts.next().filter(|part| part.len() == width && part.bytes().all(|byte| byte.is_ascii_digit()))?;
        *number = part.parse().ok()?;
    }
    parts.next().is_none().then_some(found)
}

/// Takes the offset from UTC off the end of a time, in minutes.
fn split_offset(text: &str) -> Option<(&str, i64)> {
    let utc = text.strip_suffix(['Z', 'z']);
    let text = match utc {
        Some(time) if !time.contains(['+', '-']) => return Some((time, 0)),
        Some(time) => time,
        None => text,
    };
    let Some(at) = text.rfind(['+', '-']) else { return Some((text, 0)) };
    let (time, offset) = text.split_at(at);
    let sign = if offset.starts_with('-') { -1 } else { 1 };
    let digits: String = offset.chars().skip(1).filter(|character| *character != ':').collect();
    if digits.len() != 4 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: i64 = digits.parse().ok()?;
    let (hours, minutes) = (number / 100, number % 100);
    (hours < 24 && minutes < 60).then_some((time, sign * (hours * 60 + minutes)))
}

/// Milliseconds since midnight of `HH:MM`, `HH:MM:SS` or `HH:MM:SS.fff`.
fn time_of_day(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let with_seconds = if whole.len() == 5 { format!("{whole}:00") } else { whole.to_owned() };
    let [hours, minutes, seconds] = numbers(&with_seconds, ':', [2, 2, 2])?;
    if hours > 23 || minutes > 59 || seconds > 60 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let millis: i64 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    Some(((hours * 60 + minutes) * 60 + seconds) * 1000 + millis)
}

/// Days from 1970-01-01 to a date of the Gregorian calendar; `None` for a date that does not exist.
///
/// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms" (2013), `days_from_civil`.
fn days_since_1970(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let month_days = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=month_days).contains(&day) {
        return None;
    }
    let shifted_year = if month <= 2 { year - 1 } else { year };
    let era = shifted_year.div_euclid(400);
    let year_of_era = shifted_year - era * 400;
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_in_every_accepted_form() {
        let moment = Some(1_790_000_000_000);
        for text in [
            "1790000000",
            "1790000000000",
            "2026-09-21T14:13:20Z",
            "2026-09-21 14:13:20",
            "2026-09-21T14:13:20.000+00:00",
            "2026-09-21T16:13:20+0200",
            "2026-09-21T09:13:20-05:00",
            "2026-09-21T09:13:20-05:00Z",
            "2026-09-21T14:13:20.0000000Z",
            "/Date(1790000000000)/",
            "1790000000.0",
        ] {
            assert_eq!(millis(text), moment, "{text}");
        }
        assert_eq!(millis("2026-09-21"), Some(1_789_948_800_000), "a date is its midnight");
        assert_eq!(millis("2024-02-29T00:00:00.5Z"), Some(1_709_164_800_500), "a leap day and a fraction");
        assert_eq!(millis("1970-01-01"), Some(0), "the beginning");
        assert_eq!(micros("1724856487.709035"), Some(1_724_856_487_709_035), "a fraction is kept to the microsecond");
        assert_eq!(micros("-1.5"), Some(-1_500_000), "before the beginning");
        assert_eq!(micros("1790000000000"), Some(1_790_000_000_000_000), "milliseconds");
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "soon",
            "2026-13-01",
            "2026-02-29",
            "2026-09-21T25:00:00Z",
            "2026-09-21T14:13:20+2500",
            "2026-9-21",
            "é026-09-21é",
            "1.",
            ".5",
            "1.x",
            "/Date(x)/",
        ] {
            assert_eq!(millis(text), None, "{text}");
        }
    }
}
