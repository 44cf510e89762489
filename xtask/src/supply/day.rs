//! Days of the calendar, for expiry.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

/// Days since 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Day(i64);

impl Day {
    /// The day that the machine says it is.
    #[expect(clippy::disallowed_methods, reason = "an exception ends on a day of the calendar")]
    pub(crate) fn today() -> Self {
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        Self(i64::try_from(seconds / 86_400).unwrap_or(i64::MAX))
    }

    /// `2027-02-15`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-').map(|part| part.parse::<i64>().ok());
        let (Some(Some(year)), Some(Some(month)), Some(Some(day)), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
            return None;
        };
        let is_day = (1..=12).contains(&month) && (1..=31).contains(&day) && text.len() == 10;
        is_day.then(|| Self::of(year, month, day))
    }

    /// Howard Hinnant's `days_from_civil`.
    fn of(year: i64, month: i64, day: i64) -> Self {
        let year = if month <= 2 { year - 1 } else { year };
        let era = year.div_euclid(400);
        let of_era = year.rem_euclid(400);
        let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
        Self(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
    }

    pub(crate) fn days_since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }
}

impl fmt::Display for Day {
    /// Howard Hinnant's `civil_from_days`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days = self.0 + 719_468;
        let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * of_year + 2) / 153;
        let (day, month) = (of_year - (153 * shifted + 2) / 5 + 1, if shifted < 10 { shifted + 3 } else { shifted - 9 });
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_counted_and_shown() {
        for (text, days) in [("1970-01-01", 0), ("2000-02-29", 11_016), ("2026-11-23", 20_780), ("2027-02-15", 20_864)] {
            let day = Day::parse(text).unwrap();
            assert_eq!((day.0, day.to_string().as_str()), (days, text));
        }
        assert!(["", "2027-2-15", "2027-13-01", "soon", "2027-02-15-1"].iter().all(|text| Day::parse(text).is_none()));
    }
}
