//! The week's report: what it brought against the week before, and what is worth mending.

use jiff::Timestamp;
use jiff::ToSpan;
use jiff::civil::{Date, Time, Weekday};

use super::morning;
use crate::business::{Settings, Specialist};
use crate::calendar::specialist_hours_on;
use crate::numbers::{Cell, Choice, Tally, What};
use crate::schedule::{Busy, Subject};
use crate::values::Money;
use crate::wall;

/// The regulation gives a person so long to take a case.
const TAKE_MS: i64 = 300_000;
/// Specialists named with their free time; the others are counted.
const NAMED_MAX: usize = 5;

/// Seven days from Monday on.
#[derive(Clone, Debug)]
pub struct Week {
    pub from: Date,
    pub tally: Tally,
    /// The seven days before; `None` where they were not counted.
    pub before: Option<Tally>,
    /// Of the week that has begun.
    pub diaries: Vec<Diary>,
}

/// How much of a specialist's time stands empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diary {
    pub specialist: String,
    pub open_min: i64,
    pub free_min: i64,
}

impl Diary {
    /// At least half of the time is free: worth ringing somebody.
    fn is_empty(&self) -> bool {
        self.free_min * 2 >= self.open_min
    }
}

/// The diaries of the seven days from `from` on, by the document's order; whoever does not serve in them has none.
pub fn diaries(settings: &Settings, busy: &[Busy], from: Date) -> Vec<Diary> {
    let specialists = settings.document.specialists.iter();
    let diaries = specialists.map(|specialist| {
        let days = (0..7).filter_map(|day| from.checked_add(day.days()).ok());
        let served = days.flat_map(|day| served_on(settings, specialist, day));
        let (mut open_min, mut free_min) = (0, 0);
        for (begins, ends) in served {
            let length = minutes(begins, ends);
            open_min += length;
            free_min += length - taken_min(busy, specialist, begins, ends);
        }
        Diary { specialist: specialist.name.clone(), open_min, free_min }
    });
    diaries.filter(|diary| diary.open_min > 0).collect()
}

fn served_on(settings: &Settings, specialist: &Specialist, day: Date) -> Vec<(Timestamp, Timestamp)> {
    let midnight = day.to_datetime(Time::midnight());
    let at = |minute: u16| settings.moment_of(midnight.saturating_add(i64::from(minute).minutes()));
    let hours = specialist_hours_on(&settings.document, specialist, day);
    hours.iter().map(|hours| (at(hours.from_min), at(hours.to_min))).collect()
}

/// Minutes of the stretch that something takes; what overlaps counts once.
fn taken_min(busy: &[Busy], specialist: &Specialist, begins: Timestamp, ends: Timestamp) -> i64 {
    let is_own = |busy: &&Busy| matches!(&busy.subject, Subject::Specialist(id) if id.as_str() == specialist.id);
    let inside = busy.iter().filter(is_own).map(|busy| (busy.from.max(begins), busy.to.min(ends)));
    let mut inside: Vec<_> = inside.filter(|(from, to)| from < to).collect();
    inside.sort_unstable();
    let mut reached = begins;
    inside.into_iter().fold(0, |sum, (from, to)| {
        let from = from.max(reached);
        reached = reached.max(to);
        sum + minutes(from, to).max(0)
    })
}

fn minutes(from: Timestamp, to: Timestamp) -> i64 {
    to.duration_since(from).as_mins()
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
    let mut mend = to_mend(&week.tally);
    mend.extend(empty_windows(&week.diaries));
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

/// «• Свободно на этой неделе: Анна — 22 ч из 40.»
fn empty_windows(diaries: &[Diary]) -> Option<String> {
    let mut empty: Vec<&Diary> = diaries.iter().filter(|diary| diary.is_empty()).collect();
    empty.sort_by_key(|diary| std::cmp::Reverse(diary.free_min));
    let told =
        |diary: &&Diary| format!("{} — {}\u{a0}ч из {}", diary.specialist, diary.free_min / 60, diary.open_min / 60);
    let told: Vec<String> = empty.iter().take(NAMED_MAX).map(told).collect();
    let others = empty.len().saturating_sub(NAMED_MAX);
    let others = if others > 0 { format!(", и ещё мастеров: {others}") } else { String::new() };
    (!told.is_empty()).then(|| {
        format!("• Свободно на этой неделе: {}{others}. Предложите окна тем, кто давно не был.", told.join(", "))
    })
}

fn total(tally: &Tally, what: What) -> Cell {
    tally.total(what, &Choice::default())
}

fn count(tally: &Tally, what: What) -> i64 {
    total(tally, what).count
}
