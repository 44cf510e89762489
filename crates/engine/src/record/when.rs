//! Times that a person types, and lengths by the calendar. All in UTC; the zone is part of what is typed.

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, fmt::strtime};

use crate::error::{Code, Error, Result};

/// How long something lasts, by the calendar: twelve months end on the same day of the year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Length {
    /// Compared first: about how many minutes these are, with months of 30.4 days.
    minutes: i64,
    months: i64,
}

impl Length {
    /// Reads "30m", "48h", "30 days", "12 months".
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let digits = text.find(|c: char| !c.is_ascii_digit())?;
        let n: i64 = text.get(..digits)?.parse().ok().filter(|n| (1..=10_000).contains(n))?;
        let (minutes, months) = match text.get(digits..)?.trim() {
            "m" | "minutes" => (n, 0),
            "h" | "hours" => (n * 60, 0),
            "d" | "day" | "days" => (n * 1_440, 0),
            "month" | "months" => (n * 43_830, n),
            "year" | "years" => (n * 525_960, n * 12),
            _ => return None,
        };
        Some(Self { minutes, months })
    }

    /// The end of a time of this length that begins at `from`, both in milliseconds since 1970.
    pub fn after(self, from: i64) -> i64 {
        let span = match self.months {
            0 => Span::new().try_minutes(self.minutes),
            months => Span::new().try_months(months),
        };
        let start = Timestamp::from_millisecond(from).map(|at| at.to_zoned(TimeZone::UTC));
        let end = start.and_then(|start| start.checked_add(span?));
        end.map_or(i64::MAX, |end| end.timestamp().as_millisecond())
    }
}

/// Reads "2026-11-23 14:00 +01:00", "2026-11-23T14:00:00Z" and the like, as milliseconds since 1970.
///
/// # Errors
/// [`Code::BadArgument`] for anything else, above all a time without a zone.
pub fn typed(text: &str) -> Result<i64> {
    let text = text.trim();
    let zulu = text.strip_suffix(" UTC").or_else(|| text.strip_suffix('Z')).map(|civil| format!("{civil} +00:00"));
    let zoned = zulu.as_deref().unwrap_or(text);
    let forms = [
        "%Y-%m-%d %H:%M %:z",
        "%Y-%m-%d %H:%M:%S %:z",
        "%Y-%m-%d %H:%M%:z",
        "%Y-%m-%dT%H:%M %:z",
        "%Y-%m-%dT%H:%M%:z",
        "%Y-%m-%d %H:%M %z",
    ];
    let form = |form: &&str| strtime::parse(form, zoned).and_then(|parsed| parsed.to_timestamp()).ok();
    let found = text.parse::<Timestamp>().ok().or_else(|| forms.iter().find_map(form));
    found.map(Timestamp::as_millisecond).ok_or_else(|| {
        let shown = crate::model::Shown::of_text(text);
        let text = format!(
            "{shown:?} is no time with its zone. Type it like \"2026-11-23 14:00 +01:00\", or with a Z for UTC. Nothing was changed."
        );
        Error::refused(Code::BadArgument, text)
    })
}

/// RFC 3339 in UTC, for papers.
pub fn utc(ms: i64) -> String {
    Timestamp::from_millisecond(ms).map(|at| at.to_string()).unwrap_or_default()
}

/// "2026-11-23 13:00:05 UTC", for people.
pub fn shown(ms: i64) -> String {
    Timestamp::from_millisecond(ms).map(|at| at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()).unwrap_or_default()
}

/// "2026-11-23", in UTC.
pub fn day(ms: i64) -> String {
    Timestamp::from_millisecond(ms).map(|at| at.strftime("%Y-%m-%d").to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typed_time_has_a_zone() {
        let one = 1_795_438_800_000;
        let same = [
            "2026-11-23 14:00 +01:00",
            "2026-11-23T13:00:00Z",
            "2026-11-23 08:00 -05:00",
            "2026-11-23 18:30 +05:30",
            "2026-11-23 13:00Z",
            "2026-11-23 13:00 UTC",
            "2026-11-23 14:00:00 +01:00",
            "2026-11-23 14:00 +0100",
        ];
        for text in same {
            assert_eq!(typed(text).unwrap_or_else(|error| panic!("{text}: {error}")), one, "{text}");
        }
        for text in ["2026-11-23 14:00", "yesterday", "", "2026-02-30 14:00Z", "2026-11-23 25:00 +01:00", "2026-11-23 14:00 Berlin"] {
            assert_eq!(typed(text).expect_err(text).code(), Code::BadArgument, "{text}");
        }
    }

    #[test]
    fn lengths_go_by_the_calendar() {
        let at = |text: &str| typed(text).unwrap();
        let table = [
            ("1h", "2026-11-23 14:00Z", "2026-11-23 15:00Z"),
            ("48h", "2026-03-28 12:00Z", "2026-03-30 12:00Z"),
            ("12 months", "2026-11-23 14:00Z", "2027-11-23 14:00Z"),
            ("12 months", "2028-02-29 10:00Z", "2029-02-28 10:00Z"),
            ("6 months", "2026-08-31 10:00Z", "2027-02-28 10:00Z"),
            ("30 days", "2028-02-10 00:00Z", "2028-03-11 00:00Z"),
        ];
        for (length, from, to) in table {
            assert_eq!(Length::parse(length).unwrap().after(at(from)), at(to), "{length} from {from}");
        }
        for bad in ["", "h", "0h", "12", "-1h", "1 fortnight", "99999999h"] {
            assert!(Length::parse(bad).is_none(), "{bad:?} is no length");
        }
        assert!(Length::parse("12 months") > Length::parse("90 days"), "the longer one is larger");
    }
}
