//! Dates, times and lengths as iCalendar writes them. Source: RFC 5545, 3.3.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;
use jiff::{SignedDuration, Span};

/// Outlook begins its zones in 1601; nothing beyond is anybody's visit.
const YEARS: std::ops::RangeInclusive<i16> = 1600..=2300;
/// A longer event, or one zone for longer, is a slip of the pen.
const DAYS_MAX: i64 = 36_600;
const DAY_S: i64 = 86_400;

/// A date, or a time on somebody's wall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    Day(Date),
    Wall(DateTime),
    Utc(DateTime),
}

/// How long, in words: days keep to the wall, seconds to the clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Length {
    pub days: i64,
    pub seconds: i64,
}

impl Written {
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let date = date(text.get(..8)?)?;
        match text.get(8..)? {
            "" => Some(Self::Day(date)),
            rest => {
                let (rest, is_utc) = rest.strip_suffix(['Z', 'z']).map_or((rest, false), |rest| (rest, true));
                let wall = date.to_datetime(time(rest.strip_prefix(['T', 't'])?)?);
                Some(if is_utc { Self::Utc(wall) } else { Self::Wall(wall) })
            }
        }
    }
}

impl Length {
    /// A negative length is none.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let rest = text.strip_prefix('+').unwrap_or(text).strip_prefix('P')?;
        let (days, time) = rest.split_once('T').unwrap_or((rest, ""));
        let mut length = Self::default();
        for (number, unit) in parts(days)? {
            length.days = length.days.checked_add(number.checked_mul(if unit == 'W' { 7 } else { 1 })?)?;
            if !matches!(unit, 'W' | 'D') {
                return None;
            }
        }
        for (number, unit) in parts(time)? {
            let unit_s = match unit {
                'H' => 3_600,
                'M' => 60,
                'S' => 1,
                _ => return None,
            };
            length.seconds = length.seconds.checked_add(number.checked_mul(unit_s)?)?;
        }
        (rest.len() > 1 && length.days <= DAYS_MAX && length.seconds <= DAYS_MAX * DAY_S).then_some(length)
    }

    pub fn of(duration: SignedDuration) -> Self {
        Self { days: 0, seconds: duration.as_secs().clamp(0, DAYS_MAX * DAY_S) }
    }

    pub fn of_days(days: i64) -> Self {
        Self { days: days.clamp(1, DAYS_MAX), seconds: 0 }
    }

    pub fn days_span(&self) -> Span {
        Span::new().days(self.days)
    }

    pub fn seconds_span(&self) -> SignedDuration {
        SignedDuration::from_secs(self.seconds)
    }

    /// Not shorter than it can be on any wall.
    pub fn reach(&self) -> SignedDuration {
        SignedDuration::from_secs((self.days + 2) * DAY_S + self.seconds)
    }
}

fn parts(text: &str) -> Option<Vec<(i64, char)>> {
    let mut found = Vec::new();
    let mut digits = String::new();
    for sign in text.chars() {
        if sign.is_ascii_digit() {
            digits.push(sign);
        } else {
            found.push((std::mem::take(&mut digits).parse().ok()?, sign));
        }
    }
    digits.is_empty().then_some(found)
}

/// `+0300` or `+030000`.
pub fn offset(text: &str) -> Option<Offset> {
    let text = text.trim();
    let (sign, digits) = match text.as_bytes().first()? {
        b'+' => (1, &text[1..]),
        b'-' => (-1, &text[1..]),
        _ => return None,
    };
    let (hours, minutes) = (number(digits.get(..2)?)?, number(digits.get(2..4)?)?);
    let seconds = if digits.len() > 4 { number(digits.get(4..6)?)? } else { 0 };
    Offset::from_seconds(sign * (hours * 3_600 + minutes * 60 + seconds)).ok()
}

fn date(text: &str) -> Option<Date> {
    let year = i16::try_from(number(text.get(..4)?)?).ok().filter(|year| YEARS.contains(year))?;
    Date::new(year, small(text.get(4..6)?)?, small(text.get(6..8)?)?).ok()
}

/// A leap second counts as the one before it.
fn time(text: &str) -> Option<Time> {
    let second = small(text.get(4..)?)?.min(59);
    Time::new(small(text.get(..2)?)?, small(text.get(2..4)?)?, second, 0).ok().filter(|_| text.len() == 6)
}

fn small(text: &str) -> Option<i8> {
    i8::try_from(number(text)?).ok()
}

fn number(text: &str) -> Option<i32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::{Length, Written, offset};

    #[test]
    fn times_are_read_strictly() {
        assert!(matches!(Written::parse("20261125"), Some(Written::Day(_))));
        assert!(matches!(Written::parse("20261124T120000"), Some(Written::Wall(_))));
        assert!(matches!(Written::parse("20261124T235960Z"), Some(Written::Utc(_))));
        for bad in ["", "2026", "20261301", "20260230", "2026-11-24", "20261124T12", "20261124T250000", "+0261124", "000001яя"] {
            assert_eq!(Written::parse(bad), None, "{bad}");
        }
    }

    /// The examples of RFC 5545, 3.3.6.
    #[test]
    fn lengths_are_read() {
        assert_eq!(Length::parse("P15DT5H0M20S"), Some(Length { days: 15, seconds: 18_020 }));
        assert_eq!(Length::parse("P7W"), Some(Length { days: 49, seconds: 0 }));
        assert_eq!(Length::parse("+PT1H30M"), Some(Length { days: 0, seconds: 5_400 }));
        for bad in ["", "P", "PT", "-PT1H", "P1H", "PT1D", "P1", "PTH", "P99999999999999999999D", "P99999999W"] {
            assert_eq!(Length::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn offsets_are_read() {
        assert_eq!(offset("+0300").map(|offset| offset.seconds()), Some(10_800));
        assert_eq!(offset("-001500").map(|offset| offset.seconds()), Some(-900));
        for bad in ["", "0300", "+3", "+03:00", "+9900"] {
            assert_eq!(offset(bad), None, "{bad}");
        }
    }
}
