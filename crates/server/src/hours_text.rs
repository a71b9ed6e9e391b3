//! Hours of a day as a person types them: «10:00–20:00», «9-13, 14-20», «выходной».

use std::fmt::Write;

use jiff::civil::Time;
use nochnik_core::business::{Hours, Interval};

/// Intervals of one day, at most.
const INTERVALS_MAX: usize = 6;

/// «10:00–13:00, 14:00–20:00»; a day without hours reads «выходной».
pub fn text(hours: &Hours) -> String {
    if hours.is_empty() {
        return "выходной".to_owned();
    }
    let mut text = String::new();
    for (place, interval) in hours.iter().enumerate() {
        let (from, to) = (*interval).into();
        let separator = if place == 0 { "" } else { ", " };
        // Writing to a string cannot fail.
        let _ = write!(text, "{separator}{from}–{to}");
    }
    text
}

/// Reads a day back; empty and «выходной» are a day without hours. The error is in Russian.
pub fn read(text: &str) -> Result<Vec<Interval>, String> {
    let text = text.trim().to_lowercase();
    if text.is_empty() || text.starts_with("вых") || text.starts_with("закр") || text == "-" || text == "—" {
        return Ok(Vec::new());
    }
    let intervals: Vec<Interval> = text.split([',', ';']).map(interval).collect::<Result<_, _>>()?;
    let is_in_order = intervals.windows(2).all(|pair| pair[0].to_min <= pair[1].from_min);
    if !is_in_order || intervals.len() > INTERVALS_MAX {
        return Err("Перечислите часы по порядку и без наложений: 09:00–13:00, 14:00–20:00".to_owned());
    }
    Ok(intervals)
}

fn interval(text: &str) -> Result<Interval, String> {
    let text = text.trim().trim_start_matches("с ");
    let bad = || format!("«{text}» не похоже на часы работы; пишите так: 10:00–20:00");
    let (from, to) = text.split_once(['–', '—', '-']).or_else(|| text.split_once(" до ")).ok_or_else(bad)?;
    let (from, to) = (clock(from).ok_or_else(bad)?, clock(to).ok_or_else(bad)?);
    // Midnight ends a day, and begins none.
    let to = if to == "00:00" { "24:00".to_owned() } else { to };
    Interval::try_from((from.clone(), to.clone())).map_err(|_| format!("Конец раньше начала: {from}–{to}"))
}

/// «9», «9:30», «9.30», «09 30» as «09:30».
pub fn clock(text: &str) -> Option<String> {
    let (hour, minute) = match text.trim().split_once([':', '.', ' ']) {
        Some((hour, minute)) if minute.len() == 2 => (hour, minute),
        Some(_) => return None,
        None => (text.trim(), "00"),
    };
    let (hour, minute): (u8, u8) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour < 24 && minute < 60 || (hour, minute) == (24, 0)).then(|| format!("{hour:02}:{minute:02}"))
}

/// A moment of the day as people type it; the day's last midnight is the next day's.
pub fn time(text: &str) -> Option<Time> {
    clock(text)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_read_as_it_is_typed_and_shown_one_way() {
        for (typed, shown) in [
            ("10:00–20:00", "10:00–20:00"),
            ("10-20", "10:00–20:00"),
            ("с 9 до 21", "09:00–21:00"),
            ("9.30 - 18.30", "09:30–18:30"),
            ("9-13, 14-20", "09:00–13:00, 14:00–20:00"),
            ("12:00-00:00", "12:00–24:00"),
            ("10:00—24:00", "10:00–24:00"),
            ("Выходной", "выходной"),
            ("закрыто", "выходной"),
            ("", "выходной"),
            ("—", "выходной"),
        ] {
            assert_eq!(text(&read(typed).unwrap()), shown, "{typed}");
            assert_eq!(text(&read(shown).unwrap()), shown, "{shown} is read back");
        }
    }

    #[test]
    fn what_is_no_day_is_told() {
        for (typed, why) in [
            ("утром", "«утром» не похоже на часы работы; пишите так: 10:00–20:00"),
            ("25-27", "«25-27» не похоже на часы работы; пишите так: 10:00–20:00"),
            ("20-10", "Конец раньше начала: 20:00–10:00"),
            ("14-20, 9-13", "Перечислите часы по порядку и без наложений: 09:00–13:00, 14:00–20:00"),
            ("9-15, 14-20", "Перечислите часы по порядку и без наложений: 09:00–13:00, 14:00–20:00"),
        ] {
            assert_eq!(read(typed).unwrap_err(), why);
        }
    }
}
