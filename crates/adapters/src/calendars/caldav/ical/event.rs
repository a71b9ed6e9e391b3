//! One VEVENT, read: when it is, how long, and whether it takes anybody's time.

use jiff::Timestamp;
use jiff::civil::DateTime;

use super::lines::{Component, Line, Unreadable, unescape};
use super::rule::Rule;
use super::values::{Length, Written};
use super::zone::{Zone, Zones};

/// Our id of the booking in an event that we wrote.
pub const BOOKING: &str = "X-NOCHNIK-BOOKING";
/// RDATE and EXDATE of one event that are read.
const DATES_MAX: usize = 2_000;

pub struct Event {
    pub uid: String,
    pub start: Start,
    pub length: Length,
    pub rules: Vec<Rule>,
    /// Further starts, some with a length of their own.
    pub dates: Vec<(Start, Option<Length>)>,
    pub except: Vec<Start>,
    /// Which time of the series it stands in place of.
    pub replaces: Option<Start>,
    /// It is not called off and not marked as free.
    pub is_busy: bool,
    pub booking: Option<String>,
}

/// A time on a wall, and whose wall.
#[derive(Clone, Debug)]
pub struct Start {
    pub wall: DateTime,
    pub zone: Zone,
    /// The whole day; its wall time is midnight in the calendar's own zone.
    pub is_day: bool,
}

impl Start {
    fn read(line: &Line, text: &str, zones: &Zones<'_>) -> Result<Self, Unreadable> {
        let own = || Zone::Known(zones.own.clone());
        Ok(match Written::parse(text).ok_or(Unreadable)? {
            Written::Day(date) => Self { wall: date.at(0, 0, 0, 0), zone: own(), is_day: true },
            Written::Wall(wall) => Self { wall, zone: zones.of_line(line), is_day: false },
            Written::Utc(wall) => Self { wall, zone: Zone::Known(jiff::tz::TimeZone::UTC), is_day: false },
        })
    }

    pub fn moment(&self) -> Option<Timestamp> {
        self.zone.moment(self.wall)
    }

    /// Another time of the same series.
    pub fn at(&self, wall: DateTime) -> Self {
        Self { wall, ..self.clone() }
    }

    /// Days pass on the wall, seconds by the clock.
    pub fn end(&self, length: Length) -> Option<Timestamp> {
        let wall = self.wall.checked_add(length.days_span()).ok()?;
        self.zone.moment(wall)?.checked_add(length.seconds_span()).ok()
    }
}

impl Event {
    pub fn read(part: &Component, zones: &Zones<'_>) -> Result<Self, Unreadable> {
        let first = part.line("DTSTART").ok_or(Unreadable)?;
        let start = Start::read(first, &first.value, zones)?;
        let replaces = part.line("RECURRENCE-ID").map(|line| Start::read(line, &line.value, zones)).transpose()?;
        let rules = part.all("RRULE").map(|line| Rule::parse(&line.value)).collect::<Result<_, _>>()?;
        let text = |name| part.line(name).map(|line| unescape(line.value.trim()));
        let says = |name, value| part.line(name).is_some_and(|line| line.is(name, value));
        Ok(Self {
            uid: text("UID").unwrap_or_default(),
            length: length(part, &start, zones)?,
            rules,
            dates: dates(part, zones)?,
            except: listed(part, "EXDATE").map(|(line, text)| Start::read(line, text, zones)).collect::<Result<_, _>>()?,
            replaces,
            is_busy: !says("TRANSP", "TRANSPARENT") && !says("STATUS", "CANCELLED"),
            booking: text(BOOKING).filter(|id| !id.is_empty()),
            start,
        })
    }
}

/// An end before the start is none.
fn length(part: &Component, start: &Start, zones: &Zones<'_>) -> Result<Length, Unreadable> {
    if let Some(line) = part.line("DTEND") {
        return between(start, &Start::read(line, &line.value, zones)?);
    }
    match part.line("DURATION") {
        Some(line) => Length::parse(&line.value).ok_or(Unreadable),
        None if start.is_day => Ok(Length::of_days(1)),
        None => Ok(Length::default()),
    }
}

/// By the clock, or in whole days (RFC 5545, 3.8.5.3: a series keeps the length of its first time).
fn between(start: &Start, end: &Start) -> Result<Length, Unreadable> {
    if start.is_day && end.is_day {
        let days = start.wall.date().until(end.wall.date()).map_err(|_| Unreadable)?.get_days();
        return Ok(Length::of_days(i64::from(days)));
    }
    let (begins, ends) = (start.moment().ok_or(Unreadable)?, end.moment().ok_or(Unreadable)?);
    Ok(Length::of(ends.duration_since(begins)))
}

fn dates(part: &Component, zones: &Zones<'_>) -> Result<Vec<(Start, Option<Length>)>, Unreadable> {
    let read = |(line, text): (&Line, &str)| {
        let Some((start, end)) = text.split_once('/') else { return Ok((Start::read(line, text, zones)?, None)) };
        let start = Start::read(line, start, zones)?;
        let length = match Length::parse(end) {
            Some(length) => length,
            None => between(&start, &Start::read(line, end, zones)?)?,
        };
        Ok((start, Some(length)))
    };
    listed(part, "RDATE").map(read).collect()
}

fn listed<'a>(part: &'a Component, name: &'a str) -> impl Iterator<Item = (&'a Line, &'a str)> {
    part.all(name).flat_map(|line| line.value.split(',').map(move |text| (line, text))).take(DATES_MAX)
}
