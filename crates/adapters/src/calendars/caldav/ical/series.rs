//! All times that the events of one calendar object take within a span.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;

use super::event::{Event, Start};
use super::lines::Unreadable;
use super::values::Length;
use super::zone::around;
use crate::ports::{Span, TIMES_MAX};

/// Times of one rule that are looked at within the span, the excepted ones with them.
const STARTS_MAX: usize = 5_000;
/// Rules of one object; a series has one. Whoever sends an invitation may not keep us counting.
const RULES_MAX: usize = 8;

/// Times of a series that are named singly. A day named where a time stands means any time of it: some programs leave the
/// time out.
#[derive(Default)]
struct Marks {
    days: BTreeSet<Date>,
    /// Of the times below.
    dates: BTreeSet<Date>,
    moments: BTreeSet<Timestamp>,
}

impl Marks {
    fn add(&mut self, mark: &Start) {
        if mark.is_day {
            self.days.insert(mark.wall.date());
        } else {
            self.dates.insert(mark.wall.date());
            self.moments.extend(mark.moment());
        }
    }

    fn hold(&self, start: &Start) -> bool {
        let date = start.wall.date();
        let is_it = || start.moment().is_some_and(|moment| self.moments.contains(&moment));
        self.days.contains(&date) || if start.is_day { self.dates.contains(&date) } else { is_it() }
    }
}

/// Lists the times taken, cut to `span`, in their order, without doubles, at most [`TIMES_MAX`].
pub fn times(events: &[Event], span: Span) -> Result<Vec<Span>, Unreadable> {
    if events.iter().map(|event| event.rules.len()).sum::<usize>() > RULES_MAX {
        return Err(Unreadable);
    }
    let mut replaced: BTreeMap<&str, Marks> = BTreeMap::new();
    for event in events {
        if let Some(mark) = &event.replaces {
            replaced.entry(&event.uid).or_default().add(mark);
        }
    }
    let mut found = BTreeSet::new();
    for event in events.iter().filter(|event| event.is_busy) {
        let mut own = if event.replaces.is_some() { first(event) } else { starts(event, span)? };
        if let Some(marks) = replaced.get(event.uid.as_str()).filter(|_| event.replaces.is_none()) {
            own.retain(|(start, _)| !marks.hold(start));
        }
        for (start, length) in own {
            let (Some(from), Some(to)) = (start.moment(), start.end(length)) else { continue };
            found.extend(cut(Span { from, to }, span));
        }
    }
    Ok(found.into_iter().take(TIMES_MAX).map(|(from, to)| Span { from, to }).collect())
}

fn cut(taken: Span, span: Span) -> Option<(Timestamp, Timestamp)> {
    let (from, to) = (taken.from.max(span.from), taken.to.min(span.to));
    (from < to).then_some((from, to))
}

fn first(event: &Event) -> Vec<(Start, Length)> {
    vec![(event.start.clone(), event.length)]
}

/// The first time counts whether the rule gives it or not; EXDATE may take it away.
fn starts(event: &Event, span: Span) -> Result<Vec<(Start, Length)>, Unreadable> {
    let mut starts = first(event);
    let window = around(span.from, span.to, event.length.reach()).ok_or(Unreadable)?;
    for rule in &event.rules {
        let to_wall = |utc| event.start.zone.wall_of_utc(utc);
        let walls = rule.starts(event.start.wall, window, to_wall, STARTS_MAX)?;
        starts.extend(walls.into_iter().map(|wall| (event.start.at(wall), event.length)));
    }
    starts.extend(event.dates.iter().map(|(start, length)| (start.clone(), length.unwrap_or(event.length))));
    let mut except = Marks::default();
    event.except.iter().for_each(|mark| except.add(mark));
    starts.retain(|(start, _)| !except.hold(start));
    Ok(starts)
}
