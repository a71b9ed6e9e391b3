//! «Записи»: one day, by specialist.

use axum::extract::{Query, State};
use jiff::ToSpan;
use jiff::civil::Date;
use maud::{Markup, html};
use nochnik_store::bookings::{self, Booking, BookingStatus};
use serde::Deserialize;

use super::look::{Part, chips, console, empty, mark};
use super::viewer::Viewer;
use super::{Shared, Trouble, words};

/// Days one tap away.
const DAYS: i64 = 7;

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Choice {
    day: String,
}

/// `GET /console/calendar`; a day that does not read is today.
pub async fn page(State(web): State<Shared>, viewer: Viewer, Query(choice): Query<Choice>) -> Result<Markup, Trouble> {
    let today = viewer.salon.wall(viewer.now_ms).date();
    let day: Date = choice.day.parse().unwrap_or(today);
    let next = day.checked_add(1.day()).unwrap_or(day);
    let (from_ms, to_ms) = (viewer.salon.day_begins_ms(day), viewer.salon.day_begins_ms(next));
    let business = viewer.business.clone();
    let found = web.store.read(move |sql| bookings::list(sql, &business, from_ms, to_ms)).await?;
    let body = html! {
        main .main #main {
            div .head { h1 { "Записи" } span .quiet { (words::day(day)) } }
            (days(today, day))
            @if found.is_empty() { (empty("calendar-days", "На этот день записей нет", "Когда клиент подтвердит время, запись появится здесь сама.", None)) }
            div .cards {
                @for (id, name) in specialists(&viewer, &found) {
                    section .card {
                        h2 { (name) }
                        ul .list.bookings { @for booking in found.iter().filter(|booking| booking.specialist_id == id) { (line(&viewer, booking)) } }
                    }
                }
            }
        }
    };
    Ok(console(&viewer, Part::Calendar, "Записи", &body))
}

fn days(today: Date, chosen: Date) -> Markup {
    let all: Vec<(String, String, bool)> = (0..DAYS)
        .filter_map(|n| today.checked_add(n.days()).ok())
        .map(|date| (format!("/console/calendar?day={date}"), words::near_day(date, today), date == chosen))
        .collect();
    let all: Vec<(String, &str, bool)> =
        all.iter().map(|(href, label, is)| (href.clone(), label.as_str(), *is)).collect();
    chips("День", &all)
}

/// Those with bookings, in the order of the document; then those the document no longer has.
fn specialists<'a>(viewer: &'a Viewer, found: &'a [Booking]) -> Vec<(&'a str, &'a str)> {
    let known = viewer.salon.document().specialists.iter().map(|each| (each.id.as_str(), each.name.as_str()));
    let mut all: Vec<(&str, &str)> = known.collect();
    for booking in found {
        if !all.iter().any(|(id, _)| *id == booking.specialist_id) {
            all.push((&booking.specialist_id, &booking.specialist_id));
        }
    }
    all.retain(|(id, _)| found.iter().any(|booking| booking.specialist_id == *id));
    all
}

fn line(viewer: &Viewer, booking: &Booking) -> Markup {
    let (starts, ends) = (viewer.salon.wall(booking.starts_at_ms), viewer.salon.wall(booking.visit_ends_at_ms));
    let is_gone = matches!(booking.status, BookingStatus::Cancelled | BookingStatus::Expired);
    html! {
        li {
            div { time .gone[is_gone] { (words::clock(starts.time())) } div .quiet.small { "до " (words::clock(ends.time())) } }
            a .gone[is_gone] href={ "/console/chats/" (booking.conversation_id) } {
                (words::client_name(&booking.client_name)) " · " (viewer.salon.service(&booking.service_id))
            }
            (status(booking.status))
        }
    }
}

fn status(status: BookingStatus) -> Markup {
    match status {
        BookingStatus::Held => mark("amber", "clock", "бронь"),
        BookingStatus::Confirmed => mark("green", "circle-check", "запись"),
        BookingStatus::Arrived => mark("green", "check-check", "пришёл"),
        BookingStatus::NoShow => mark("red", "circle-x", "неявка"),
        BookingStatus::Cancelled => mark("", "x", "отмена"),
        BookingStatus::Expired => mark("", "clock", "истекла"),
    }
}
