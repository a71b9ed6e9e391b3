//! The week's report: what it brought against the week before, and what is worth mending.

use jiff::Timestamp;
use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use super::morning;
use crate::business::Settings;
use crate::numbers::{Cell, Choice, Tally, What};
use crate::values::Money;
use crate::wall;

/// The regulation gives a person so long to take a case.
const TAKE_MS: i64 = 300_000;

/// Seven days from Monday on.
#[derive(Clone, Debug)]
pub struct Week {
    pub from: Date,
    pub tally: Tally,
    /// The seven days before; `None` where they were not counted.
    pub before: Option<Tally>,
}

/// The Monday the week began on whose report is due at `now`: it goes out beside the report of a Monday morning.
pub fn due(settings: &Settings, now: Timestamp) -> Option<Date> {
    let (today, _) = morning(settings, now).filter(|_| settings.document.reports.weekly)?;
    (today.weekday() == Weekday::Monday).then(|| today.checked_sub(7.days()).ok()).flatten()
}

/// The report in words; `console` is where the rest stands, empty where there is no address.
pub fn text(settings: &Settings, week: &Week, console: &str) -> String {
    let last = week.from.checked_add(6.days()).unwrap_or(week.from);
    let mut lines = vec![
        format!("{}, неделя {} – {}.", settings.document.name, wall::date(week.from), wall::date(last)),
        String::new(),
        compared("Лидов", week, |tally| count(tally, What::Lead)),
        compared("Записей", week, |tally| count(tally, What::Booked)),
        compared("Визитов состоялось", week, |tally| total(tally, What::Arrived).sum),
    ];
    let booked = total(&week.tally, What::Booked);
    if booked.sum > 0 {
        lines.push(format!("Записано по прайсу на {}.", Money::from_kop(booked.sum)));
    }
    let mend = to_mend(&week.tally);
    lines.push(String::new());
    if mend.is_empty() {
        lines.push("Поправлять нечего.".to_owned());
    } else {
        lines.push("Что поправить:".to_owned());
        lines.extend(mend);
    }
    if !console.is_empty() {
        lines.push(String::new());
        lines.push(console.to_owned());
    }
    lines.join("\n")
}

/// «Лидов: 41 (было 35).»
fn compared(name: &str, week: &Week, number: impl Fn(&Tally) -> i64) -> String {
    let before = week.before.as_ref().map_or_else(String::new, |before| format!(" (было {})", number(before)));
    format!("{name}: {}{before}.", number(&week.tally))
}

fn to_mend(tally: &Tally) -> Vec<String> {
    let (read, cases, taken) = (total(tally, What::Read), count(tally, What::Case), total(tally, What::Taken));
    let (missed, in_time) = (read.sum, taken.within(TAKE_MS));
    let (came, absent) = (total(tally, What::Arrived).sum, total(tally, What::NoShow).sum);
    let lines = [
        (missed > 0).then(|| format!("• Не понято сообщений: {missed} из {}. Разметьте их в «Разобрать».", read.count)),
        (in_time < cases).then(|| {
            format!("• Вызовов взято за пять минут: {in_time} из {cases}. Кто и когда отвечал — в «Эскалациях».")
        }),
        (absent > 0).then(|| format!("• Не пришли: {absent} из {}. Позвоните им.", came + absent)),
    ];
    lines.into_iter().flatten().collect()
}

fn total(tally: &Tally, what: What) -> Cell {
    tally.total(what, &Choice::default())
}

fn count(tally: &Tally, what: What) -> i64 {
    total(tally, what).count
}
