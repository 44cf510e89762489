//! Times as stored names hold them.

use crate::model::wire_enum;

wire_enum!(
    /// How a time is written in a path.
    TimeForm {
        /// Seconds since 1970.
        Unix = "unix",
        /// Milliseconds since 1970.
        UnixMs = "unix_ms",
        /// Year and month.
        YearMonth = "yyyymm",
        /// Year, month, day, with dashes.
        Date = "yyyy-mm-dd",
        /// From year to second without dashes.
        DateTime = "yyyymmddhhmmss",
        /// A number whose upper bits are milliseconds since 1970 and whose lower 16 are not.
        Snowflake = "snowflake_ms16",
        /// Hexadecimal digits of milliseconds since 1970, in the captures `t0` to `t5`.
        HexMs = "hex_ms",
    }
);

/// Ids that are made from the time have at least so many digits; smaller ones are plain numbers of an older version.
const SNOWFLAKE_DIGITS: usize = 15;

impl TimeForm {
    /// Milliseconds since 1970, in UTC; `None` for what is no time.
    pub fn read(self, text: &str) -> Option<i64> {
        match self {
            Self::Unix => text.parse::<i64>().ok()?.checked_mul(1_000),
            Self::UnixMs => text.parse().ok(),
            Self::YearMonth => day(text.get(..4)?, text.get(4..6)?, "01"),
            Self::Date => day(text.get(..4)?, text.get(5..7)?, text.get(8..10)?),
            Self::DateTime => {
                let of_day = |from: usize| text.get(from..from + 2)?.parse::<i64>().ok();
                Some(day(text.get(..4)?, text.get(4..6)?, text.get(6..8)?)? + ((of_day(8)? * 60 + of_day(10)?) * 60 + of_day(12)?) * 1_000)
            }
            Self::Snowflake => (text.len() >= SNOWFLAKE_DIGITS).then(|| text.parse::<i64>().ok()).flatten().map(|id| id >> 16),
            Self::HexMs => i64::from_str_radix(text, 16).ok(),
        }
    }

    /// Whether the fact is shown as the time that it stands for, and not as it is written.
    pub const fn is_hidden_in_a_number(self) -> bool {
        matches!(self, Self::Snowflake | Self::HexMs)
    }
}

/// Midnight of a day of the Gregorian calendar, in milliseconds since 1970. Days are counted from 1 March, so that a leap day is the last of its year.
fn day(year: &str, month: &str, day: &str) -> Option<i64> {
    let (year, month, day): (i64, i64, i64) = (year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    Some(days * 86_400_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_of_a_time_is_read() {
        let table = [
            (TimeForm::Unix, "1795165200", Some(1_795_165_200_000)),
            (TimeForm::UnixMs, "1795165200000", Some(1_795_165_200_000)),
            (TimeForm::YearMonth, "202611", Some(1_793_491_200_000)),
            (TimeForm::Date, "2026-11-20", Some(1_795_132_800_000)),
            (TimeForm::DateTime, "20261120090000", Some(1_795_165_200_000)),
            (TimeForm::Date, "2000-02-29", Some(951_782_400_000)),
            (TimeForm::Snowflake, "117647946547206699", Some(1_795_165_200_000)),
            (TimeForm::Snowflake, "123456", None),
            (TimeForm::HexMs, "01a1f82f1e80", Some(1_795_165_200_000)),
            (TimeForm::YearMonth, "202613", None),
            (TimeForm::DateTime, "2026", None),
        ];
        for (form, text, expected) in table {
            assert_eq!(form.read(text), expected, "{form} {text}");
        }
    }
}
