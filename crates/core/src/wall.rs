//! How times, dates and counts read in Russian. The only place that turns an instant into words.

use jiff::civil::{Date, DateTime, Weekday};

pub const NBSP: char = '\u{a0}';

/// «1 окно», «2 окна», «5 окон», with a no-break space.
pub fn count(n: u64, one: &str, few: &str, many: &str) -> String {
    let word = match (n % 10, n % 100) {
        (_, 11..=14) => many,
        (1, _) => one,
        (2..=4, _) => few,
        _ => many,
    };
    format!("{n}{NBSP}{word}")
}

/// Longest time that is told in minutes alone: «90 минут».
const MINUTES_MAX: u64 = 90;

/// «10 минут», as after «на»; what is longer than an hour and a half goes by hours: «6 ч 44 мин».
pub fn minutes(n: u64) -> String {
    by_hours(n).unwrap_or_else(|| count(n, "минуту", "минуты", "минут"))
}

/// The same by itself: «1 минута».
pub fn minutes_alone(n: u64) -> String {
    by_hours(n).unwrap_or_else(|| count(n, "минута", "минуты", "минут"))
}

/// The same where there is little room: «90 мин», «2 ч».
pub fn minutes_short(n: u64) -> String {
    by_hours(n).unwrap_or_else(|| format!("{n}{NBSP}мин"))
}

fn by_hours(minutes: u64) -> Option<String> {
    let (hours, rest) = (minutes / 60, minutes % 60);
    let told = if rest == 0 { format!("{hours}{NBSP}ч") } else { format!("{hours}{NBSP}ч {rest}{NBSP}мин") };
    (minutes > MINUTES_MAX).then_some(told)
}

/// «18:30».
pub fn time(at: DateTime) -> String {
    format!("{:02}:{:02}", at.hour(), at.minute())
}

/// «ср, 25 ноября».
pub fn date(on: Date) -> String {
    format!("{}, {}{NBSP}{}", weekday_short(on.weekday()), on.day(), month_of(on.month()))
}

/// «сегодня, вт, 24 ноября»; «завтра, …»; farther days without the word.
pub fn date_from(on: Date, today: Date) -> String {
    let word = match (on - today).get_days() {
        0 => "сегодня, ",
        1 => "завтра, ",
        _ => "",
    };
    format!("{word}{}", date(on))
}

/// «завтра, ср, 25 ноября, 18:30».
pub fn moment_from(at: DateTime, today: Date) -> String {
    format!("{}, {}", date_from(at.date(), today), time(at))
}

/// «вс, 29 ноября, 20:00–23:00»; «вс, 29 ноября, 20:00 – пн, 30 ноября, 09:00»; midnight that ends
/// a day is its 24:00.
pub fn span(from: DateTime, to: DateTime) -> String {
    let begins = format!("{}, {}", date(from.date()), time(from));
    let is_midnight =
        to.time() == jiff::civil::Time::midnight() && from.date().tomorrow().is_ok_and(|next| next == to.date());
    match () {
        () if is_midnight => format!("{begins}–24:00"),
        () if from.date() == to.date() => format!("{begins}–{}", time(to)),
        () => format!("{begins} – {}, {}", date(to.date()), time(to)),
    }
}

/// For a button: «завтра 18:30», «ср 25.11 18:30».
pub fn moment_short(at: DateTime, today: Date) -> String {
    let day = match (at.date() - today).get_days() {
        0 => "сегодня".to_owned(),
        1 => "завтра".to_owned(),
        _ => format!("{} {:02}.{:02}", weekday_short(at.weekday()), at.day(), at.month()),
    };
    format!("{day} {}", time(at))
}

/// «по четвергам»: the word behind «по».
pub(crate) fn weekdays(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "понедельникам",
        Weekday::Tuesday => "вторникам",
        Weekday::Wednesday => "средам",
        Weekday::Thursday => "четвергам",
        Weekday::Friday => "пятницам",
        Weekday::Saturday => "субботам",
        Weekday::Sunday => "воскресеньям",
    }
}

pub(crate) fn weekday_short(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "пн",
        Weekday::Tuesday => "вт",
        Weekday::Wednesday => "ср",
        Weekday::Thursday => "чт",
        Weekday::Friday => "пт",
        Weekday::Saturday => "сб",
        Weekday::Sunday => "вс",
    }
}

pub(crate) fn month_of(month: i8) -> &'static str {
    const MONTHS: [&str; 12] = [
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
    MONTHS[usize::from(month.unsigned_abs()) - 1]
}

/// The text with its first letter made large.
pub fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + chars.as_str())
}

/// «а», «а и б», «а, б и в».
pub fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [head @ .., last] => format!("{} и {last}", head.join(", ")),
    }
}

/// «24 ноября, 1 и 8 декабря»: dates in their order, the month said once for its days.
pub fn days(dates: &[Date]) -> String {
    let months = dates.chunk_by(|one, next| one.first_of_month() == next.first_of_month());
    let told = months.filter_map(|month| {
        let days: Vec<String> = month.iter().map(|date| date.day().to_string()).collect();
        Some(format!("{}{NBSP}{}", list(&days), month_of(month.first()?.month())))
    });
    told.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, datetime};

    use super::{count, date_from, list, minutes, minutes_alone, minutes_short, moment_short};

    #[test]
    fn counts_take_the_right_word() {
        for (n, text) in
            [(1, "1 окно"), (2, "2 окна"), (5, "5 окон"), (11, "11 окон"), (21, "21 окно"), (112, "112 окон")]
        {
            assert_eq!(count(n, "окно", "окна", "окон").replace('\u{a0}', " "), text);
        }
    }

    #[test]
    fn a_long_time_is_told_by_hours() {
        for (n, after, alone, short) in [
            (1, "1 минуту", "1 минута", "1 мин"),
            (90, "90 минут", "90 минут", "90 мин"),
            (91, "1 ч 31 мин", "1 ч 31 мин", "1 ч 31 мин"),
            (120, "2 ч", "2 ч", "2 ч"),
            (404, "6 ч 44 мин", "6 ч 44 мин", "6 ч 44 мин"),
        ] {
            let told = [minutes(n), minutes_alone(n), minutes_short(n)].map(|text| text.replace('\u{a0}', " "));
            assert_eq!(told, [after, alone, short]);
        }
    }

    #[test]
    fn days_are_named_from_today() {
        let today = date(2026, 11, 24);
        for (on, text) in [
            (date(2026, 11, 24), "сегодня, вт, 24 ноября"),
            (date(2026, 11, 25), "завтра, ср, 25 ноября"),
            (date(2026, 11, 29), "вс, 29 ноября"),
        ] {
            assert_eq!(date_from(on, today).replace('\u{a0}', " "), text);
        }
        assert_eq!(moment_short(datetime(2026, 12, 1, 9, 5, 0, 0), today), "вт 01.12 09:05");
    }

    #[test]
    fn lists_end_with_an_and() {
        let words: Vec<String> = ["стрижка", "укладка", "маникюр"].map(str::to_owned).to_vec();
        assert_eq!(list(&words), "стрижка, укладка и маникюр");
        assert_eq!(list(&words[..1]), "стрижка");
    }
}
