//! Times of a signed list: `YYYY-MM-DDTHH:MM:SSZ` and nothing else, so that equal times have equal texts.

use crate::formats::time::millis;

/// Pattern of a time: `d` is a digit, everything else stands for itself.
const PATTERN: &[u8] = b"dddd-dd-ddTdd:dd:ddZ";

/// UTC milliseconds since 1970 of a text of exactly this form that names a real second, or `None`.
pub(super) fn read(text: &str) -> Option<i64> {
    let fits = |(byte, sign): (u8, &u8)| if *sign == b'd' { byte.is_ascii_digit() } else { byte == *sign };
    let in_form = text.len() == PATTERN.len() && text.bytes().zip(PATTERN).all(fits);
    // A leap second has no number of its own in UTC milliseconds; no list needs one.
    millis(text).filter(|_| in_form && !text.ends_with(":60Z"))
}

/// The text of a time; parts of a second are cut off.
///
/// Source of the calendar: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms" (2013), `civil_from_days`.
pub(super) fn text(ms: i64) -> String {
    let seconds = ms.div_euclid(1000);
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_four_centuries_reads_back() {
        for day in -100_000..50_000i64 {
            let ms = day * 86_400_000 + (day.rem_euclid(86_400)) * 1000;
            assert_eq!(read(&text(ms)), Some(ms), "{}", text(ms));
        }
        assert_eq!(text(1_795_165_200_000), "2026-11-20T09:00:00Z", "the time of a sample");
    }

    #[test]
    fn other_forms_of_a_time_are_refused() {
        for other in [
            "2026-11-20T09:00:00z",
            "2026-11-20 09:00:00Z",
            "2026-11-20T09:00:00",
            "2026-11-20T09:00:00.0Z",
            "2026-11-20T09:00:00+00:00",
            "2026-02-29T09:00:00Z",
            "2026-11-20T24:00:00Z",
            "2026-11-20T23:59:60Z",
            "1795165200",
            "",
        ] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
