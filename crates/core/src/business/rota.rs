//! Who comes on which dates: rotations of work and rest, days off; and the fixed times of lessons.

use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Serialize};

use super::hours::{WEEKDAYS, minutes, wall};
use crate::calendar::DAY_MIN;

/// Longest run of work or rest, in days.
const RUN_DAYS_MAX: u8 = 60;

/// `{ from = "2026-11-02", pattern = "2/2" }`: days of work and of rest by turns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rotation {
    /// The first day of the first run of work; before it the specialist does not serve.
    pub from: Date,
    pub pattern: Pattern,
}

impl Rotation {
    /// Whether the date falls into a run of work.
    pub fn works_on(&self, date: Date) -> bool {
        let runs = &self.pattern.0;
        let period: i64 = runs.iter().map(|run| i64::from(*run)).sum();
        let days = date.duration_since(self.from).as_hours() / 24;
        if days < 0 {
            return false;
        }
        let mut left = days % period;
        for (place, run) in runs.iter().enumerate() {
            if left < i64::from(*run) {
                return place % 2 == 0;
            }
            left -= i64::from(*run);
        }
        false
    }
}

/// `"2/2"`, `"5/2"`, `"2/2/3/3"`: days of work, days of rest, and so on; runs of 1 to 60 days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pattern(Vec<u8>);

impl TryFrom<String> for Pattern {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let bad = || {
            format!("«{text}» не похоже на чередование смен; пишите дни работы и отдыха через черту, например \"2/2\"")
        };
        let runs: Vec<u8> =
            text.split('/').map(|run| run.trim().parse().map_err(|_| bad())).collect::<Result<_, _>>()?;
        let is_right = runs.len().is_multiple_of(2) && runs.iter().all(|run| (1..=RUN_DAYS_MAX).contains(run));
        if is_right { Ok(Self(runs)) } else { Err(bad()) }
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> Self {
        pattern.0.iter().map(u8::to_string).collect::<Vec<_>>().join("/")
    }
}

/// `"2026-12-30"`, or the first and the last day: `["2027-01-10", "2027-01-24"]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "нужна дата \"2026-12-30\" или первый и последний день [\"2027-01-10\", \"2027-01-24\"]")]
pub enum DaysOff {
    One(Date),
    Range(Date, Date),
}

impl DaysOff {
    /// The first and the last day, both off.
    pub fn ends(self) -> (Date, Date) {
        match self {
            Self::One(date) => (date, date),
            Self::Range(first, last) => (first, last),
        }
    }

    pub fn contains(self, date: Date) -> bool {
        let (first, last) = self.ends();
        first <= date && date <= last
    }
}

/// `"mon 19:00"`: a time of every week on the business's wall clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WeekTime {
    pub weekday: Weekday,
    /// Minute of the day, 0 to 1,439.
    pub minute: u16,
}

impl TryFrom<String> for WeekTime {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let bad = || format!("«{text}» не похоже на день и время; пишите так: \"mon 19:00\"");
        let (day, time) = text.split_once(' ').ok_or_else(bad)?;
        let place = WEEKDAYS.iter().position(|name| *name == day).ok_or_else(bad)?;
        let place = i8::try_from(place).map_err(|_| bad())?;
        let weekday = Weekday::from_monday_zero_offset(place).map_err(|_| bad())?;
        let minute = minutes(time.trim())?;
        if minute < DAY_MIN { Ok(Self { weekday, minute }) } else { Err(bad()) }
    }
}

impl From<WeekTime> for String {
    fn from(time: WeekTime) -> Self {
        let place = usize::try_from(time.weekday.to_monday_zero_offset()).unwrap_or_default();
        format!("{} {}", WEEKDAYS[place], wall(time.minute))
    }
}
