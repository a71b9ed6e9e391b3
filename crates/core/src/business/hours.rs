//! Hours of a week: every day any number of intervals on the business's wall clock.

use std::collections::BTreeMap;

use jiff::civil::Weekday;
use serde::{Deserialize, Serialize};

/// `["09:00", "21:00"]`; the end `"24:00"` is midnight. Half-open, minutes of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "(String, String)", into = "(String, String)")]
pub struct Interval {
    pub from_min: u16,
    pub to_min: u16,
}

/// A day of the document: one interval, a list of intervals, or nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
enum Day {
    One(Interval),
    Many(Vec<Interval>),
}

/// What a specialist or a business keeps open, by weekday.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Week(BTreeMap<String, Option<Day>>);

pub type Hours = [Interval];

/// Keys of a [`Week`], Monday first.
pub const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

impl Week {
    /// Every day the document names, known or not, with its intervals.
    pub fn named_days(&self) -> impl Iterator<Item = (&str, &Hours)> {
        self.0.iter().map(|(key, day)| (key.as_str(), intervals(day.as_ref())))
    }

    /// Whether no day of the week is open.
    pub fn is_closed(&self) -> bool {
        self.named_days().all(|(_, hours)| hours.is_empty())
    }

    /// Open intervals of the weekday, earliest first; empty when closed.
    pub fn of(&self, weekday: Weekday) -> &Hours {
        let place = usize::try_from(weekday.to_monday_zero_offset()).unwrap_or_default();
        intervals(self.0.get(WEEKDAYS[place]).and_then(Option::as_ref))
    }
}

fn intervals(day: Option<&Day>) -> &Hours {
    match day {
        None => &[],
        Some(Day::One(interval)) => std::slice::from_ref(interval),
        Some(Day::Many(intervals)) => intervals,
    }
}

impl TryFrom<(String, String)> for Interval {
    type Error = String;

    fn try_from((from, to): (String, String)) -> Result<Self, String> {
        let interval = Self { from_min: minutes(&from)?, to_min: minutes(&to)? };
        if interval.from_min < interval.to_min { Ok(interval) } else { Err(format!("{from} не раньше {to}")) }
    }
}

impl From<Interval> for (String, String) {
    fn from(interval: Interval) -> Self {
        (wall(interval.from_min), wall(interval.to_min))
    }
}

/// «09:00».
pub(super) fn wall(min: u16) -> String {
    format!("{:02}:{:02}", min / 60, min % 60)
}

/// Minutes of the day of `"09:00"`; `"24:00"` is 1,440.
pub(super) fn minutes(text: &str) -> Result<u16, String> {
    let bad = || format!("«{text}» не похоже на время; пишите так: \"09:00\"");
    let (hour, minute) = text.split_once(':').ok_or_else(bad)?;
    let (hour, minute): (u16, u16) = (hour.parse().map_err(|_| bad())?, minute.parse().map_err(|_| bad())?);
    if minute < 60 && (hour < 24 || (hour, minute) == (24, 0)) { Ok(hour * 60 + minute) } else { Err(bad()) }
}
