//! Moments as the portal prints and reads them: ISO 8601 with the server's offset, +03:00.

use jiff::{
    Timestamp,
    civil::{Date, DateTime},
    tz::{Offset, TimeZone},
};

fn zone() -> TimeZone {
    TimeZone::fixed(Offset::constant(3))
}

/// `2026-09-22T01:10:05+03:00`.
pub(super) fn iso(at_ms: i64) -> String {
    let at = Timestamp::from_millisecond(at_ms).unwrap_or_default();
    at.to_zoned(zone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// Reads ISO with an offset or `YYYY-MM-DD HH:MM:SS`, taken in the portal's zone (the zone of a bare time is not
/// documented).
pub(super) fn read(text: &str) -> Option<i64> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at.as_millisecond());
    }
    let civil = text.parse::<DateTime>().ok()?;
    Some(civil.to_zoned(zone()).ok()?.timestamp().as_millisecond())
}

/// A date field as it comes back: a date-time near midnight whose date part is what was written.
pub(super) fn date(text: &str) -> Option<String> {
    let date = text.get(..10)?.parse::<Date>().ok()?;
    Some(format!("{date}T03:00:00+03:00"))
}

/// The date `days` after the moment, in the same form.
pub(super) fn date_after(at_ms: i64, days: i64) -> String {
    date(&iso(at_ms + days * 86_400_000)).unwrap_or_default()
}
