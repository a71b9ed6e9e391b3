//! The waitlist on «Записи»: who waits for a taken time, longest first.

use jiff::civil::{Date, DateTime};
use maud::{Markup, html};
use nochnik_core::waitlist::WaitlistEntry;
use nochnik_store::waitlist::{self, Waiting};
use nochnik_store::{Sql, StoreError, leads};

use super::leads::phone as phone_words;
use super::look::{icon, mark};
use super::viewer::Viewer;
use super::words;

/// More than a person would ring in a day.
const SHOWN_MAX: i64 = 100;

/// One who waits, with the name and the phone left, either of which may be empty.
pub struct Waiter {
    waiting: Waiting,
    name: String,
    phone: String,
}

/// Reads who still waits.
pub fn read(sql: &mut dyn Sql, business: &str, now_ms: i64) -> Result<Vec<Waiter>, StoreError> {
    let found = waitlist::meeting(sql, business, now_ms, i64::MAX, SHOWN_MAX)?;
    let waiter = |waiting: Waiting| {
        let lead = leads::of_conversation(sql, business, &waiting.conversation_id)?;
        let (name, phone) = lead.map(|lead| (lead.name, lead.phone)).unwrap_or_default();
        Ok(Waiter { waiting, name, phone })
    };
    found.into_iter().map(waiter).collect()
}

pub fn card(viewer: &Viewer, waiters: &[Waiter]) -> Markup {
    html! {
        section .card {
            h2 { "Лист ожидания" }
            ul .list.bookings { @for waiter in waiters { (line(viewer, waiter)) } }
        }
    }
}

fn line(viewer: &Viewer, Waiter { waiting, name, phone }: &Waiter) -> Markup {
    let now = viewer.salon.wall(viewer.now_ms);
    let (from, to) = (viewer.salon.wall(waiting.from_ms), viewer.salon.wall(waiting.to_ms));
    // An entry of another version of ours still says who waits and when.
    let entry: Option<WaitlistEntry> = serde_json::from_str(&waiting.entry).ok();
    let services = entry.iter().flat_map(|entry| &entry.services);
    let names: Vec<&str> = services.map(|service| viewer.salon.service(service.as_str())).collect();
    let is_offered = entry.as_ref().is_some_and(|entry| entry.offered.is_some());
    html! {
        li {
            div {
                div { (days(from.max(now), to, now.date())) }
                @if let Some(hours) = hours(from, to) { div .quiet.small { (hours) } }
            }
            a href={ "/console/chats/" (waiting.conversation_id) } {
                (words::client_name(name)) @if !names.is_empty() { " · " (names.join(", ")) }
            }
            div .row {
                @if is_offered { (mark("amber", "clock", "предложили время")) }
                @else { span .quiet.small { "ждёт с " (words::moment(viewer.salon.wall(waiting.since_ms), now)) } }
            }
            @if !phone.is_empty() { a .button href={ "tel:" (phone) } { (icon("phone")) (phone_words(phone)) } }
        }
    }
}

/// «Завтра», or the first and the last day.
fn days(from: DateTime, to: DateTime, today: Date) -> String {
    let (first, last) = (from.date(), last_day(to));
    let begins = words::near_day(first, today);
    if last <= first { begins } else { format!("{begins} – {}", words::near_day(last, today)) }
}

/// «17:00–22:00» of a single day that is not wanted whole.
fn hours(from: DateTime, to: DateTime) -> Option<String> {
    let is_whole = from.time() == jiff::civil::Time::midnight() && to.time() == jiff::civil::Time::midnight();
    (from.date() == last_day(to) && !is_whole)
        .then(|| format!("{}–{}", words::clock(from.time()), words::clock(to.time())))
}

/// The end is not included: midnight belongs to the day before.
fn last_day(to: DateTime) -> Date {
    let is_midnight = to.time() == jiff::civil::Time::midnight();
    if is_midnight { to.date().yesterday().unwrap_or(to.date()) } else { to.date() }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::{days, hours};

    #[test]
    fn a_wait_reads_as_a_day_with_its_hours_or_as_days() {
        let friday = date(2026, 11, 27);
        let cases = [
            (friday.at(17, 0, 0, 0), friday.at(22, 0, 0, 0), "Сегодня", Some("17:00–22:00")),
            (friday.at(0, 0, 0, 0), date(2026, 11, 28).at(0, 0, 0, 0), "Сегодня", None),
            (date(2026, 11, 28).at(9, 0, 0, 0), date(2026, 11, 29).at(0, 0, 0, 0), "Завтра", Some("09:00–00:00")),
            (friday.at(0, 0, 0, 0), date(2026, 12, 1).at(0, 0, 0, 0), "Сегодня – пн, 30\u{a0}ноября", None),
        ];
        for (from, to, expected_days, expected_hours) in cases {
            assert_eq!(days(from, to, friday), expected_days);
            assert_eq!(hours(from, to).as_deref(), expected_hours);
        }
    }
}
