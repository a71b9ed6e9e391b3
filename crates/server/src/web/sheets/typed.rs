//! What people type into fields, and how it is shown to them.

use jiff::civil::Time;

use crate::hours_text;
use crate::price_list;
use crate::web::words::{self, NBSP};

const MIN_MS: i64 = 60_000;

/// A whole number.
pub fn number<N: std::str::FromStr>(text: &str) -> Result<N, String> {
    text.replace([' ', NBSP], "").parse().map_err(|_| "Нужно целое число".to_owned())
}

/// «24 ч», «1 ч 30 мин».
pub fn length(minutes: u16) -> String {
    // Days are rounded there; a reminder is not.
    let (hours, rest) = (minutes / 60, minutes % 60);
    match (hours, rest) {
        (0, _) => words::span(i64::from(minutes) * MIN_MS),
        (_, 0) => format!("{hours}{NBSP}ч"),
        _ => format!("{hours}{NBSP}ч {rest}{NBSP}мин"),
    }
}

/// Minutes of «2 ч», «1 ч 30 мин», «90».
pub fn minutes(text: &str) -> Result<u16, String> {
    price_list::minutes_up_to(text, u16::MAX).ok_or_else(|| format!("«{text}» не похоже на время: «2 ч», «90 мин»"))
}

/// «22:00».
pub fn clock(time: Time) -> String {
    words::clock(time)
}

/// «9», «9:30».
pub fn time(text: &str) -> Result<Time, String> {
    let found = hours_text::clock(text).and_then(|clock| clock.parse().ok());
    found.ok_or_else(|| format!("«{text}» не похоже на время: «22:00»"))
}
