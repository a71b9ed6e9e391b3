//! A window of time as one line that a reader of a table understands.

use jiff::civil::{Date, Time};
use nochnik_nlu::{Grain, When};

/// Grain, first day, last day, from, to; `-` for what is absent. `day` is a format of `strftime`.
pub fn line(when: &When, day: &str) -> String {
    let grain = match when.grain {
        Grain::Time => "time",
        Grain::Range => "range",
        Grain::After => "after",
        Grain::Before => "before",
        Grain::Part => "part",
        Grain::Day => "day",
        Grain::Days => "days",
        Grain::FromDay => "from_day",
    };
    let day = |on: Option<Date>| on.map_or_else(|| "-".to_owned(), |on| on.strftime(day).to_string());
    let clock = |at: Option<Time>| at.map_or_else(|| "-".to_owned(), |at| at.strftime("%H:%M").to_string());
    format!("{grain} {} {} {} {}", day(when.from_on), day(when.to_on), clock(when.from_at), clock(when.to_at))
}
