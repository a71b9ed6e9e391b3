//! Shifts of those who are woken, and the turns in which several take one.

use jiff::civil;
use serde::{Deserialize, Serialize};

use super::{Role, WEEKDAYS};

/// A person, or several by turns, on duty on these weekdays from `from` to `to`, past midnight when
/// `to` is not later.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shift {
    /// One person whose shift it always is; empty when `people` take turns.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub person: String,
    /// Ids of those who take turns, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<String>,
    /// How long a turn lasts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<Every>,
    /// The first day of the first turn; before it nobody is on by this shift.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<civil::Date>,
    /// How many of `people` are on at once: the first so many, then the next so many.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub at_once: u16,
    /// Who steps in for one who is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spare: Option<String>,
    /// As whom they are called.
    #[serde(default = "duty", skip_serializing_if = "is_duty")]
    pub role: Role,
    /// `mon tue wed thu fri sat sun`; empty means every day. The day is the one the shift begins on.
    #[serde(default)]
    pub days: Vec<String>,
    pub from: civil::Time,
    pub to: civil::Time,
}

fn one() -> u16 {
    1
}

fn is_one(count: &u16) -> bool {
    *count == 1
}

fn duty() -> Role {
    Role::Duty
}

fn is_duty(role: &Role) -> bool {
    *role == Role::Duty
}

/// Longest turn, in days: a quarter of a year.
const TURN_DAYS_MAX: u16 = 92;

/// `"1d"`, `"2w"`: the length of a turn in days or weeks, 1 to 92 days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Every {
    pub days: u16,
}

impl TryFrom<String> for Every {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let bad =
            || format!("«{text}» не похоже на длину очереди; пишите \"1d\" — день, \"1w\" — неделя, не больше 92 дней");
        let (count, unit) = match (text.strip_suffix('d'), text.strip_suffix('w')) {
            (Some(days), _) => (days, 1),
            (_, Some(weeks)) => (weeks, 7),
            _ => return Err(bad()),
        };
        let count: u16 = count.parse().map_err(|_| bad())?;
        let days = count.saturating_mul(unit);
        if (1..=TURN_DAYS_MAX).contains(&days) { Ok(Self { days }) } else { Err(bad()) }
    }
}

impl From<Every> for String {
    fn from(every: Every) -> Self {
        if every.days.is_multiple_of(7) { format!("{}w", every.days / 7) } else { format!("{}d", every.days) }
    }
}

impl Shift {
    /// Everybody the shift names, spares too.
    pub fn named(&self) -> impl Iterator<Item = &str> {
        self.crew().iter().chain(&self.spare).map(String::as_str)
    }

    /// Whose turn it is on a shift that begins on this date; empty before `since`.
    pub fn turn_of(&self, date: civil::Date) -> Vec<&str> {
        let crew = self.crew();
        let Some(since) = self.since else {
            return crew.iter().take(usize::from(self.at_once)).map(String::as_str).collect();
        };
        let days = date.duration_since(since).as_hours().div_euclid(24);
        let Ok(days) = usize::try_from(days) else { return Vec::new() };
        let turn = self.every.map_or(0, |every| days / usize::from(every.days));
        let at_once = usize::from(self.at_once).min(crew.len());
        (0..at_once).map(|place| crew[(turn * at_once + place) % crew.len()].as_str()).collect()
    }

    /// Whether it begins on this day of the week.
    pub fn is_on(&self, weekday: civil::Weekday) -> bool {
        let place = usize::try_from(weekday.to_monday_zero_offset()).unwrap_or_default();
        self.days.is_empty() || self.days.iter().any(|day| day == WEEKDAYS[place])
    }

    /// Those who take turns, the one person among none else.
    fn crew(&self) -> &[String] {
        if self.people.is_empty() { std::slice::from_ref(&self.person) } else { &self.people }
    }
}
