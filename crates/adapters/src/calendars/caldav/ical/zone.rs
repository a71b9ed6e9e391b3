//! Whose wall a time stands on: by the IANA name, by a name of Windows, or as the calendar itself draws it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::lines::{Component, Line, Unreadable};
use super::rule::Rule;
use super::values::{Written, offset};
use super::windows;

/// Changes by one rule of a drawn zone, or by its dates, that are kept.
const CHANGES_MAX: usize = 1_000;
/// Parts of a drawn zone, one for each turn of the law, and rules of a part; all laws are yearly.
const PARTS_MAX: usize = 100;
const RULES_MAX: usize = 2;
/// Drawn zones are followed to here; a drawing says seldom where it ends.
const DRAWN_TO: DateTime = DateTime::constant(2100, 1, 1, 0, 0, 0, 0);

#[derive(Clone, Debug)]
pub enum Zone {
    Known(TimeZone),
    Drawn(Arc<[Change]>),
}

/// Clocks are set from one offset to another.
#[derive(Clone, Debug)]
pub struct Change {
    /// By the clock that is about to be set.
    at: DateTime,
    moment: Timestamp,
    before: Offset,
    after: Offset,
}

/// The zones that one calendar object speaks of.
pub struct Zones<'a> {
    drawn: Vec<&'a Component>,
    /// By name, once looked up: a series may name its zone a thousand times.
    seen: RefCell<BTreeMap<String, Zone>>,
    /// Of times without a zone, and of whole days.
    pub own: TimeZone,
}

impl Zone {
    /// In a gap the clock goes on as before it; of two moments the first (RFC 5545, 3.3.5).
    pub fn moment(&self, wall: DateTime) -> Option<Timestamp> {
        match self {
            Self::Known(zone) => zone.to_timestamp(wall).ok(),
            Self::Drawn(changes) => {
                let is_over = |change: &Change| {
                    let gap_s = i64::from(change.after.seconds() - change.before.seconds()).max(0);
                    change.at.checked_add(SignedDuration::from_secs(gap_s)).is_ok_and(|end| wall >= end)
                };
                offset_after(changes, changes.partition_point(is_over)).to_timestamp(wall).ok()
            }
        }
    }

    pub fn wall(&self, moment: Timestamp) -> DateTime {
        match self {
            Self::Known(zone) => zone.to_datetime(moment),
            Self::Drawn(changes) => {
                let passed = changes.partition_point(|change| change.moment <= moment);
                offset_after(changes, passed).to_datetime(moment)
            }
        }
    }

    pub fn wall_of_utc(&self, utc: DateTime) -> Option<DateTime> {
        Offset::UTC.to_timestamp(utc).ok().map(|moment| self.wall(moment))
    }
}

fn offset_after(changes: &[Change], passed: usize) -> Offset {
    match passed.checked_sub(1) {
        Some(last) => changes[last].after,
        None => changes.first().map_or(Offset::UTC, |change| change.before),
    }
}

impl<'a> Zones<'a> {
    pub fn of(calendars: &'a [Component], own: &TimeZone) -> Self {
        let parts = calendars.iter().flat_map(|calendar| &calendar.parts);
        let drawn = parts.filter(|part| part.name == "VTIMEZONE").collect();
        Self { drawn, seen: RefCell::default(), own: own.clone() }
    }

    /// A name that nobody knows and nothing draws is taken for the calendar's own zone: a time that is taken an hour
    /// beside is better than one that looks free.
    pub fn of_line(&self, line: &Line) -> Zone {
        let name = line.param("TZID").unwrap_or_default().trim();
        if let Some(zone) = self.seen.borrow().get(name) {
            return zone.clone();
        }
        let zone = by_name(name).map(Zone::Known).or_else(|| self.drawn(name));
        let zone = zone.unwrap_or_else(|| Zone::Known(self.own.clone()));
        self.seen.borrow_mut().insert(name.to_owned(), zone.clone());
        zone
    }

    fn drawn(&self, name: &str) -> Option<Zone> {
        let is_it = |part: &&&Component| part.line("TZID").is_some_and(|line| line.value.trim() == name);
        draw(self.drawn.iter().find(is_it)?).ok().map(Zone::Drawn)
    }
}

fn by_name(name: &str) -> Option<TimeZone> {
    let get = |name: &str| Some(name).filter(|name| name.is_ascii()).and_then(|name| TimeZone::get(name).ok());
    get(windows::iana(name).unwrap_or(name)).or_else(|| {
        // `/freeassociation.sourceforge.net/Europe/Moscow`: the last two parts, or three, are the name.
        let parts: Vec<&str> = name.split('/').collect();
        [3, 2].into_iter().filter(|count| parts.len() > *count).find_map(|count| get(&parts[parts.len() - count..].join("/")))
    })
}

fn draw(zone: &Component) -> Result<Arc<[Change]>, Unreadable> {
    let mut changes = Vec::new();
    let parts = zone.parts.iter().filter(|part| part.name == "STANDARD" || part.name == "DAYLIGHT");
    for part in parts.take(PARTS_MAX) {
        let side = |name| part.line(name).and_then(|line| offset(&line.value)).ok_or(Unreadable);
        let (before, after) = (side("TZOFFSETFROM")?, side("TZOFFSETTO")?);
        let start = part.line("DTSTART").and_then(|line| wall_of(&line.value)).ok_or(Unreadable)?;
        let mut walls = vec![start];
        walls.extend(part.all("RDATE").flat_map(|line| line.value.split(',')).filter_map(wall_of).take(CHANGES_MAX));
        for line in part.all("RRULE").take(RULES_MAX) {
            let to_wall = |utc| Some(before.to_datetime(Offset::UTC.to_timestamp(utc).ok()?));
            let rule = Some(Rule::parse(&line.value)?).filter(|rule| rule.is_yearly).ok_or(Unreadable)?;
            walls.extend(rule.starts(start, (start, DRAWN_TO), to_wall, CHANGES_MAX)?);
        }
        let changed = |at| before.to_timestamp(at).ok().map(|moment| Change { at, moment, before, after });
        changes.extend(walls.into_iter().filter_map(changed));
    }
    changes.sort_by_key(|change| change.moment);
    if changes.is_empty() { Err(Unreadable) } else { Ok(changes.into()) }
}

fn wall_of(text: &str) -> Option<DateTime> {
    match Written::parse(text)? {
        Written::Wall(wall) => Some(wall),
        Written::Day(_) | Written::Utc(_) => None,
    }
}

/// What walls can show from `reach` before `from` until `to`, wherever they hang.
pub fn around(from: Timestamp, to: Timestamp, reach: SignedDuration) -> Option<(DateTime, DateTime)> {
    let begin = Offset::UTC.to_datetime(from).checked_sub(reach).ok()?;
    Some((begin, Offset::UTC.to_datetime(to).checked_add(2.days()).ok()?))
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::super::lines::{Component, Line};
    use super::Zones;

    const DRAWN: &str = "BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:Салон\nBEGIN:STANDARD\nDTSTART:16010101T030000\n\
        RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0100\nEND:STANDARD\nBEGIN:DAYLIGHT\n\
        DTSTART:16010101T020000\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\nEND:DAYLIGHT\n\
        END:VTIMEZONE\nEND:VCALENDAR\n";

    /// Berlin by its drawing and by its name: in winter, in summer, in the gap of March and the doubled hour of October.
    #[test]
    fn a_drawn_zone_is_the_zone() {
        let calendars = Component::parse(DRAWN.as_bytes()).unwrap();
        let zones = Zones::of(&calendars, &TimeZone::UTC);
        let zone = |name: &str| zones.of_line(&Line::parse(&format!("DTSTART;TZID={name}:x")).unwrap());
        let (drawn, known) = (zone("Салон"), zone("Europe/Berlin"));
        for wall in ["2026-11-24T12:00", "2026-07-01T00:00", "2026-03-29T02:30", "2026-10-25T02:30", "2026-10-25T03:00"] {
            let wall = wall.parse().unwrap();
            let moment = known.moment(wall).unwrap();
            assert_eq!(drawn.moment(wall), Some(moment), "{wall}");
            assert_eq!(drawn.wall(moment), known.wall(moment), "{wall}");
        }
    }

    #[test]
    fn a_zone_is_known_by_many_names() {
        let zones = Zones::of(&[], &TimeZone::UTC);
        for (name, hour) in [
            ("Europe/Moscow", 9),
            ("Russian Standard Time", 9),
            ("/freeassociation.sourceforge.net/Tzfile/Europe/Moscow", 9),
            ("/citadel.org/20210210_1/America/Argentina/Buenos_Aires", 15),
            ("\"Russian Standard Time\"", 9),
            ("Где-то", 12),
            ("", 12),
        ] {
            let zone = zones.of_line(&Line::parse(&format!("DTSTART;TZID={name}:x")).unwrap());
            let moment = zone.moment("2026-11-24T12:00".parse().unwrap()).unwrap();
            assert_eq!(moment.to_string(), format!("2026-11-24T{hour:02}:00:00Z"), "{name}");
        }
    }
}
