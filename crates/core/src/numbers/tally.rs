//! Facts added up: by what, by channel, by day or night, and by the hour or the time they took.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::facts::What;

/// Upper bounds, in milliseconds, of the steps in which times are kept; the last step has none. A time is told as
/// «не дольше»: the bound of its step.
pub const BOUNDS_MS: [i64; 20] = [
    100, 200, 300, 500, 750, 1_000, 1_500, 2_000, 3_000, 5_000, 10_000, 30_000, 60_000, 120_000, 300_000, 600_000,
    1_800_000, 3_600_000, 21_600_000, 86_400_000,
];

/// A day of a business, or several.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    parts: Vec<(Part, Cell)>,
}

/// What one cell is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Part {
    #[serde(rename = "w")]
    pub what: What,
    /// Empty for what no channel has a part in.
    #[serde(rename = "c")]
    pub channel: String,
    #[serde(rename = "n")]
    pub is_night: bool,
}

/// What was counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// Facts.
    #[serde(rename = "k")]
    pub count: i64,
    /// Their amounts.
    #[serde(rename = "s")]
    pub sum: i64,
    /// Of a time: facts by the step of [`BOUNDS_MS`]; else amounts by the hour of the wall clock.
    #[serde(rename = "d")]
    pub spread: BTreeMap<u8, i64>,
}

/// Which part of a tally is looked at; `None` means all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    pub channel: Option<String>,
    pub is_night: Option<bool>,
}

impl Choice {
    /// Whether anything is left out.
    pub fn is_all(&self) -> bool {
        *self == Self::default()
    }

    fn takes(&self, part: &Part) -> bool {
        self.channel.as_ref().is_none_or(|channel| *channel == part.channel)
            && self.is_night.is_none_or(|is_night| is_night == part.is_night)
    }
}

impl Tally {
    /// Adds one fact; `hour` is that of the business's wall clock.
    pub fn add(&mut self, part: Part, amount: i64, hour: u8) {
        let spread = match part.what {
            What::Answered | What::InCrm | What::Taken => Some((step(amount), 1)),
            What::Heard => Some((hour, amount)),
            What::Lead => Some((hour, 1)),
            _ => None,
        };
        self.put(part, &Cell { count: 1, sum: amount, spread: spread.into_iter().collect() });
    }

    /// Adds what was counted elsewhere.
    pub fn put(&mut self, part: Part, more: &Cell) {
        let cell = match self.parts.binary_search_by(|(known, _)| known.cmp(&part)) {
            Ok(at) => &mut self.parts[at].1,
            Err(at) => {
                self.parts.insert(at, (part, Cell::default()));
                &mut self.parts[at].1
            }
        };
        cell.merge(more);
    }

    /// Adds another tally.
    pub fn merge(&mut self, other: &Self) {
        other.parts.iter().for_each(|(part, cell)| self.put(part.clone(), cell));
    }

    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// What of `what` falls under the choice.
    pub fn total(&self, what: What, choice: &Choice) -> Cell {
        let mut total = Cell::default();
        let chosen = self.parts.iter().filter(|(part, _)| part.what == what && choice.takes(part));
        chosen.for_each(|(_, cell)| total.merge(cell));
        total
    }

    /// Channels that have a part in it, in alphabetical order.
    pub fn channels(&self) -> Vec<&str> {
        let mut found: Vec<&str> = self.parts.iter().map(|(part, _)| part.channel.as_str()).collect();
        found.sort_unstable();
        found.dedup();
        found.retain(|channel| !channel.is_empty());
        found
    }
}

impl Cell {
    fn merge(&mut self, more: &Self) {
        self.count += more.count;
        self.sum += more.sum;
        for (place, amount) in &more.spread {
            *self.spread.entry(*place).or_default() += amount;
        }
    }

    /// The least bound that holds this share of the times; `None` when there are none, or past the last bound.
    pub fn quantile_ms(&self, share: f64) -> Option<i64> {
        let wanted = share * self.count as f64;
        let mut held = 0;
        let step = self.spread.iter().find(|(_, count)| {
            held += **count;
            held as f64 >= wanted
        });
        step.and_then(|(step, _)| BOUNDS_MS.get(usize::from(*step)).copied())
    }

    /// How many of the times are no longer than this bound.
    pub fn within(&self, bound_ms: i64) -> i64 {
        let last = step(bound_ms);
        self.spread.range(..=last).map(|(_, count)| count).sum()
    }
}

/// The step of [`BOUNDS_MS`] a time falls in.
fn step(ms: i64) -> u8 {
    let at = BOUNDS_MS.partition_point(|bound| *bound < ms);
    u8::try_from(at).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(what: What, channel: &str, is_night: bool) -> Part {
        Part { what, channel: channel.to_owned(), is_night }
    }

    fn times(all: &[i64]) -> Cell {
        let mut tally = Tally::default();
        all.iter().for_each(|ms| tally.add(part(What::Answered, "widget", true), *ms, 1));
        tally.total(What::Answered, &Choice::default())
    }

    #[test]
    fn a_time_is_told_by_the_bound_of_its_step() {
        let cell = times(&[40, 100, 101, 2_999, 3_000, 3_001, 90_000_000]);
        assert_eq!(cell.quantile_ms(0.5), Some(3_000));
        assert_eq!(cell.quantile_ms(0.25), Some(100));
        assert_eq!(cell.quantile_ms(0.95), None, "longer than a day has no bound");
        assert_eq!((cell.within(100), cell.within(3_000), cell.count), (2, 5, 7));
        assert_eq!(times(&[]).quantile_ms(0.5), None);
    }

    #[test]
    fn a_choice_leaves_out_the_rest() {
        let mut tally = Tally::default();
        tally.add(part(What::Lead, "widget", true), 1, 23);
        tally.add(part(What::Lead, "vk", false), 1, 12);
        let night = Choice { is_night: Some(true), ..Choice::default() };
        assert_eq!(tally.total(What::Lead, &night).spread, BTreeMap::from([(23, 1)]));
        assert_eq!(tally.total(What::Lead, &Choice::default()).count, 2);
        assert_eq!(tally.total(What::Heard, &Choice::default()), Cell::default());
        assert_eq!(tally.channels(), ["vk", "widget"]);
    }

    #[test]
    fn days_add_up_to_the_whole_however_they_are_kept() {
        let mut whole = Tally::default();
        let days: Vec<Tally> = (0..7_i64)
            .map(|day| {
                let mut tally = Tally::default();
                for fact in 0..day {
                    let is_night = fact % 2 == 0;
                    tally.add(part(What::Taken, "widget", is_night), fact * 70_000, 3);
                    whole.add(part(What::Taken, "widget", is_night), fact * 70_000, 3);
                }
                tally
            })
            .collect();
        let mut sum = Tally::default();
        for day in days {
            let kept = serde_json::to_string(&day).unwrap_or_default();
            sum.merge(&serde_json::from_str(&kept).unwrap_or_default());
        }
        assert_eq!(sum, whole);
    }
}
