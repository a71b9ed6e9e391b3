//! Russian for screens: plurals, days, times, spans. The business's wall clock comes in already.

use jiff::civil::{Date, DateTime, Time, Weekday};

use crate::document_diff::DAYS_SHORT;

/// Between a number and its word, so that they stay on one line.
pub const NBSP: char = '\u{a0}';

/// «1 окно», «2 окна», «5 окон», «11 окон».
pub fn count(n: u64, one: &str, few: &str, many: &str) -> String {
    format!("{n}{NBSP}{}", plural(n, one, few, many))
}

/// Chooses the form of a noun that goes with `n`.
pub fn plural<'a>(n: u64, one: &'a str, few: &'a str, many: &'a str) -> &'a str {
    match (n % 100, n % 10) {
        (11..=14, _) => many,
        (_, 1) => one,
        (_, 2..=4) => few,
        _ => many,
    }
}

/// «1 500», «−20».
pub fn grouped(n: i64) -> String {
    let digits = n.unsigned_abs().to_string();
    let mut text = if n < 0 { "−".to_owned() } else { String::new() };
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(NBSP);
        }
        text.push(digit);
    }
    text
}

/// «25 ноября».
pub fn date(date: Date) -> String {
    format!("{}{NBSP}{}", date.day(), month(date.month()))
}

/// «18:30».
pub fn clock(time: Time) -> String {
    format!("{:02}:{:02}", time.hour(), time.minute())
}

/// «ср, 25 ноября».
pub fn day(date: Date) -> String {
    format!("{}, {}{NBSP}{}", weekday(date.weekday()), date.day(), month(date.month()))
}

/// «Сегодня», «Вчера», «Завтра», else «ср, 25 ноября».
pub fn near_day(date: Date, today: Date) -> String {
    match date.since(today).map(|span| span.get_days()) {
        Ok(0) => "Сегодня".to_owned(),
        Ok(-1) => "Вчера".to_owned(),
        Ok(1) => "Завтра".to_owned(),
        _ => day(date),
    }
}

/// When something happened, as briefly as a list allows: «23:41» today, «вчера» or «25 ноября» before.
pub fn moment(at: DateTime, now: DateTime) -> String {
    match now.date().since(at.date()).map(|span| span.get_days()) {
        Ok(0) => clock(at.time()),
        Ok(1) => "вчера".to_owned(),
        _ => format!("{}{NBSP}{}", at.day(), month(at.month())),
    }
}

/// How long something lasts, coarsely: «40 с», «5 мин», «2 ч 10 мин», «3 дня».
pub fn span(ms: i64) -> String {
    let s = ms.max(0) / 1_000;
    match s {
        0..60 => format!("{s}{NBSP}с"),
        60..3_600 => format!("{}{NBSP}мин", s / 60),
        3_600..86_400 if s % 3_600 < 60 => format!("{}{NBSP}ч", s / 3_600),
        3_600..86_400 => format!("{}{NBSP}ч {}{NBSP}мин", s / 3_600, s % 3_600 / 60),
        _ => count((s / 86_400).unsigned_abs(), "день", "дня", "дней"),
    }
}

/// How long ago something was: «только что» within a minute, «5 мин назад».
pub fn ago(ms: i64) -> String {
    if ms < 60_000 { "только что".to_owned() } else { format!("{} назад", span(ms)) }
}

/// A countdown as the page first shows it, before its own clock runs: «4:07», «−1:05», «2:00:09».
pub fn countdown(ms: i64) -> String {
    let sign = if ms < 0 { "−" } else { "" };
    let s = ms.abs() / 1_000;
    match s / 3_600 {
        0 => format!("{sign}{}:{:02}", s / 60, s % 60),
        h => format!("{sign}{h}:{:02}:{:02}", s / 60 % 60, s % 60),
    }
}

/// What people call a client whose name is not known.
pub fn client_name(name: &str) -> &str {
    let name = name.trim();
    if name.is_empty() { "Без имени" } else { name }
}

/// «пн».
pub fn weekday(day: Weekday) -> &'static str {
    DAYS_SHORT[day.to_monday_zero_offset().unsigned_abs() as usize]
}

fn month(number: i8) -> &'static str {
    const GENITIVE: [&str; 12] = [
        "января",
        "февраля",
        "марта",
        "апреля",
        "мая",
        "июня",
        "июля",
        "августа",
        "сентября",
        "октября",
        "ноября",
        "декабря",
    ];
    GENITIVE[(number - 1).unsigned_abs() as usize]
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn nouns_agree_with_numbers() {
        let windows = |n| count(n, "окно", "окна", "окон").replace(NBSP, " ");
        for (n, text) in [
            (0, "0 окон"),
            (1, "1 окно"),
            (2, "2 окна"),
            (4, "4 окна"),
            (5, "5 окон"),
            (11, "11 окон"),
            (12, "12 окон"),
            (21, "21 окно"),
            (111, "111 окон"),
            (122, "122 окна"),
        ] {
            assert_eq!(windows(n), text);
        }
    }

    #[test]
    fn long_numbers_are_told_in_threes() {
        for (n, text) in [(0, "0"), (999, "999"), (1_500, "1 500"), (-12_345_678, "−12 345 678")] {
            assert_eq!(grouped(n).replace(NBSP, " "), text);
        }
    }

    #[test]
    fn days_read_as_people_say_them() {
        let wednesday = date(2026, 11, 25);
        assert_eq!(day(wednesday).replace(NBSP, " "), "ср, 25 ноября");
        assert_eq!(near_day(date(2026, 11, 24), wednesday), "Вчера");
        assert_eq!(near_day(date(2026, 12, 1), wednesday).replace(NBSP, " "), "вт, 1 декабря");
        assert_eq!(moment(date(2026, 11, 24).at(23, 59, 0, 0), wednesday.at(0, 1, 0, 0)), "вчера");
        assert_eq!(moment(wednesday.at(9, 5, 0, 0), wednesday.at(12, 0, 0, 0)), "09:05");
    }

    #[test]
    fn spans_are_coarse_and_countdowns_exact() {
        let span = |ms| span(ms).replace(NBSP, " ");
        assert_eq!(span(39_999), "39 с");
        assert_eq!(span(7_800_000), "2 ч 10 мин");
        assert_eq!(span(7_200_000), "2 ч");
        assert_eq!(span(2 * 86_400_000), "2 дня");
        assert_eq!((ago(0), ago(59_999)), ("только что".to_owned(), "только что".to_owned()));
        assert_eq!(ago(60_000).replace(NBSP, " "), "1 мин назад");
        assert_eq!(countdown(247_000), "4:07");
        assert_eq!(countdown(-65_000), "−1:05");
        assert_eq!(countdown(7_209_000), "2:00:09");
    }
}
