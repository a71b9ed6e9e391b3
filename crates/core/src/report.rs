//! The morning's report: what the night brought, that nothing of it was lost, and who waits for a person.
//!
//! Its numbers are those of the console, counted over the night alone.

mod chart;
pub mod week;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use crate::business::Settings;
use crate::calendar;
use crate::numbers::{Cell, Choice, Tally, What};
use crate::values::Money;
use crate::wall;

pub use chart::{Bar, Chart, Fact, chart};

/// After so long the morning is over, and a report that is late is of no use.
const LATE_MAX: SignedDuration = SignedDuration::from_hours(3);
/// Clients named one by one; the rest are a number.
const NAMED_MAX: usize = 5;

/// A night as the store has it.
#[derive(Clone, Debug)]
pub struct Night {
    pub began_at: Timestamp,
    pub ended_at: Timestamp,
    pub taken: Taken,
    pub tally: Tally,
    /// Who waits for a person, the longest first.
    pub waiting: Vec<Waiting>,
    /// Messages and cards that could not be handed over and wait for a person.
    pub undelivered: u64,
}

/// Messages that were acknowledged, by what became of them: each is one of the three.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    pub done: u64,
    /// Not had their turn yet.
    pub waiting: u64,
    /// Set aside for a person to look at.
    pub parked: u64,
}

impl Taken {
    fn all(self) -> u64 {
        self.done + self.waiting + self.parked
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Empty when the client gave none.
    pub name: String,
    pub since: Timestamp,
}

/// The morning whose report is due at `now`, and the night it is about.
pub fn due(settings: &Settings, now: Timestamp) -> Option<(Date, Timestamp, Timestamp)> {
    let (today, at) = morning(settings, now).filter(|_| settings.document.reports.morning)?;
    Some((today, calendar::last_closing(settings, at), at))
}

/// The day whose morning it is, and when that began.
fn morning(settings: &Settings, now: Timestamp) -> Option<(Date, Timestamp)> {
    let today = settings.wall(now).date();
    let at = calendar::instant(&settings.zone, today.to_datetime(settings.document.reports.morning_at))?;
    (at <= now && now.duration_since(at) < LATE_MAX).then_some((today, at))
}

/// The report in words; `console` is where the rest stands, empty where there is no address.
pub fn text(settings: &Settings, night: &Night, console: &str) -> String {
    let today = settings.wall(night.ended_at).date();
    let (from, to) = (settings.wall(night.began_at), settings.wall(night.ended_at));
    let mut lines =
        vec!["Доброе утро!".to_owned(), format!("{}, ночь {}.", settings.document.name, wall::span(from, to))];
    lines.push(String::new());
    lines.push(accounted(night.taken));
    lines.extend(brought(&night.tally));
    if night.undelivered > 0 {
        let count = wall::count(night.undelivered, "отправка", "отправки", "отправок");
        lines.push(format!("Не доставлено: {count}. Посмотрите «Доставку»."));
    }
    lines.extend(waiting(settings, night, today));
    if !console.is_empty() {
        lines.push(String::new());
        lines.push(console.to_owned());
    }
    lines.join("\n")
}

/// «Принято 37 сообщений, обработано 37: ничего не потеряно.»
fn accounted(taken: Taken) -> String {
    if taken.all() == 0 {
        return "Никто не писал.".to_owned();
    }
    let received = wall::count(taken.all(), "сообщение", "сообщения", "сообщений");
    let mut line = format!("Принято: {received}, обработано: {}", taken.done);
    if taken.waiting > 0 {
        line.push_str(&format!(", в работе: {}", taken.waiting));
    }
    if taken.parked > 0 {
        line.push_str(&format!(", отложено после ошибки: {} — посмотрите «Доставку»", taken.parked));
    }
    format!("{line}. Ничего не потеряно.")
}

fn brought(tally: &Tally) -> Vec<String> {
    let total = |what| tally.total(what, &Choice::default());
    let number = |what| u64::try_from(total(what).count).unwrap_or(0);
    let mut lines = Vec::new();
    let came = [
        (number(What::Contact), ["новый клиент", "новых клиента", "новых клиентов"]),
        (number(What::Lead), ["лид", "лида", "лидов"]),
    ];
    let came: Vec<String> = came
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, [one, few, many])| wall::count(count, one, few, many))
        .collect();
    let booked = total(What::Booked);
    let visits = (booked.count > 0).then(|| visits(&booked));
    // The sum is of what was booked: who gave it up is told beside it.
    let gone = u64::try_from(total(What::Cancelled).sum).unwrap_or(0);
    let gone = (gone > 0).then(|| wall::count(gone, "отмена", "отмены", "отмен"));
    let parts: Vec<String> = came.into_iter().chain(visits).chain(gone).collect();
    if !parts.is_empty() {
        lines.push(format!("{}.", wall::capitalised(&parts.join(", "))));
    }
    let (called, took) = (number(What::Case), number(What::Taken));
    if called > 0 {
        let times = wall::count(called, "раз", "раза", "раз");
        lines.push(format!("Человека звали {times}, взяли: {took}."));
    }
    lines
}

fn visits(booked: &Cell) -> String {
    let count = wall::count(u64::try_from(booked.count).unwrap_or(0), "запись", "записи", "записей");
    match booked.sum {
        0 => count,
        kop => format!("{count} на {} по прайсу", Money::from_kop(kop)),
    }
}

fn waiting(settings: &Settings, night: &Night, today: Date) -> Vec<String> {
    if night.waiting.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![String::new(), "Ждут человека:".to_owned()];
    lines.extend(night.waiting.iter().take(NAMED_MAX).map(|client| {
        let name = if client.name.is_empty() { "без имени" } else { &client.name };
        format!("• {name}, {}", wall::moment_from(settings.wall(client.since), today))
    }));
    let rest = night.waiting.len().saturating_sub(NAMED_MAX);
    if rest > 0 {
        lines.push(format!("• и ещё {rest}"));
    }
    lines
}
