//! «Записи»: a day or a week, by specialist; who came, who did not, whom to ring about a visit to come, who waits for a
//! time.

mod grid;
pub mod new;
pub mod visit;

use axum::Form;
use axum::extract::{Query, State};
use axum::response::Redirect;
use jiff::ToSpan;
use jiff::civil::Date;
use maud::{Markup, html};
use nochnik_core::event::StaffAct;
use nochnik_store::bookings::{self, Answer, Booking, BookingStatus};
use nochnik_store::calendars::{self, Taken};
use nochnik_store::{Sql, StoreError, leads};
use serde::Deserialize;

use super::leads::phone as phone_words;
use super::look::{Part, chips, console, empty, icon, mark, script};
use super::seen::{self, Record};
use super::viewer::Viewer;
use super::{Shared, Trouble, waiting, words};

/// Days one tap away.
const DAYS: i64 = 7;

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Choice {
    day: String,
    /// `week`, else a day.
    view: String,
}

/// What a page shows: a day, or the week it is in.
#[derive(Clone, Copy)]
struct Shown {
    day: Date,
    today: Date,
    is_week: bool,
}

impl Shown {
    fn first(self) -> Date {
        let back = if self.is_week { self.day.weekday().to_monday_zero_offset() } else { 0 };
        self.day.checked_sub(i64::from(back).days()).unwrap_or(self.day)
    }

    fn days(self) -> Vec<Date> {
        let n = if self.is_week { DAYS } else { 1 };
        (0..n).filter_map(|n| self.first().checked_add(n.days()).ok()).collect()
    }

    fn href(self, day: Date, is_week: bool) -> String {
        format!("/console/calendar?day={day}{}", if is_week { "&view=week" } else { "" })
    }

    /// As many days further, or back.
    fn away(self, by: i64) -> String {
        let by = if self.is_week { by * DAYS } else { by };
        self.href(self.first().checked_add(by.days()).unwrap_or(self.day), self.is_week)
    }

    fn title(self) -> String {
        match self.days().as_slice() {
            [first, .., last] => format!("{} — {}", words::date(*first), words::date(*last)),
            _ => words::day(self.day),
        }
    }
}

/// `GET /console/calendar`; a day that does not read is today.
pub async fn page(State(web): State<Shared>, viewer: Viewer, Query(choice): Query<Choice>) -> Result<Markup, Trouble> {
    let today = viewer.salon.wall(viewer.now_ms).date();
    let shown = Shown { day: choice.day.parse().unwrap_or(today), today, is_week: choice.view == "week" };
    let days = shown.days();
    let next = days.last().and_then(|day| day.checked_add(1.day()).ok()).unwrap_or(shown.day);
    let (from_ms, to_ms) = (viewer.salon.day_begins_ms(shown.first()), viewer.salon.day_begins_ms(next));
    let business = viewer.business.clone();
    let now_ms = viewer.now_ms;
    let job = move |sql: &mut dyn Sql| {
        let ring = bookings::to_ring(sql, &business, now_ms, i64::MAX)?;
        let ring = ring.into_iter().map(|booking| {
            let lead = leads::of_conversation(sql, &business, &booking.conversation_id)?;
            Ok((booking, lead.map(|lead| lead.phone).unwrap_or_default()))
        });
        let ring = ring.collect::<Result<Vec<_>, StoreError>>()?;
        let waiters = waiting::read(sql, &business, now_ms)?;
        let elsewhere = calendars::busy(sql, &business, from_ms, to_ms)?;
        Ok((ring, waiters, bookings::list(sql, &business, from_ms, to_ms)?, elsewhere))
    };
    let (ring, waiters, found, elsewhere) = web.store.read(job).await?;
    seen::note(&web, &viewer, Record::Bookings, &shown.first().to_string()).await;
    let body = html! {
        main .main.broad #main {
            div .head {
                div { h1 { "Записи" } span .quiet { (shown.title()) } }
                @if viewer.may_do(new::PATH) { a .button.main-action href=(new::href(shown.day, "", "")) { (icon("calendar-days")) "Записать" } }
            }
            div .stack {
                @if !ring.is_empty() { (to_ring(&viewer, &ring)) }
                (turn_over(shown))
                @if found.is_empty() { (nothing(shown)) } @else { (lists(&viewer, &days, &found)) }
                (table(&viewer, &days, &found, &elsewhere))
                @if !waiters.is_empty() { (waiting::card(&viewer, &waiters)) }
            }
            (script("calendar.js"))
        }
    };
    Ok(console(&viewer, Part::Calendar, "Записи", &body))
}

/// Day or week, the days at hand, and the way back and forth.
fn turn_over(shown: Shown) -> Markup {
    let view = [
        (shown.href(shown.day, false), "День", !shown.is_week),
        (shown.href(shown.day, true), "Неделя", shown.is_week),
        (shown.away(-1), "← Раньше", false),
        (shown.href(shown.today, shown.is_week), "Сегодня", false),
        (shown.away(1), "Позже →", false),
    ];
    html! {
        div {
            (chips("Вид и время", &view))
            @if !shown.is_week { (days_at_hand(shown)) }
        }
    }
}

fn days_at_hand(shown: Shown) -> Markup {
    let all: Vec<(String, String, bool)> = (0..DAYS)
        .filter_map(|n| shown.today.checked_add(n.days()).ok())
        .map(|date| (shown.href(date, false), words::near_day(date, shown.today), date == shown.day))
        .collect();
    let all: Vec<(String, &str, bool)> =
        all.iter().map(|(href, label, is)| (href.clone(), label.as_str(), *is)).collect();
    chips("День", &all)
}

fn nothing(shown: Shown) -> Markup {
    let title = if shown.is_week {
        "На этой неделе записей нет"
    } else {
        "На этот день записей нет"
    };
    empty("calendar-days", title, "Когда клиент подтвердит время, запись появится здесь сама.", None)
}

/// For a phone: one under another.
fn lists(viewer: &Viewer, days: &[Date], found: &[Booking]) -> Markup {
    html! {
        div .cards.narrow-only {
            @for day in days {
                @let of_day: Vec<&Booking> = found.iter().filter(|booking| on(viewer, booking) == *day).collect();
                @for (id, name) in specialists(viewer, &of_day) {
                    section .card {
                        h2 { (name) @if days.len() > 1 { span .quiet { " · " (words::day(*day)) } } }
                        ul .list.bookings {
                            @for booking in of_day.iter().filter(|booking| booking.specialist_id == id) { (line(viewer, booking, *day)) }
                        }
                    }
                }
            }
        }
    }
}

/// For a wide screen: a table into which visits can be dragged.
fn table(viewer: &Viewer, days: &[Date], found: &[Booking], elsewhere: &[Taken]) -> Markup {
    html! {
        div .wide-only.calendar {
            @match days {
                [day] => (grid::day(viewer, *day, found, elsewhere)),
                _ => (grid::week(viewer, days, found)),
            }
            @if viewer.may_do(new::PATH) && days.len() == 1 { p .quiet.small { "Нажмите на пустую клетку, чтобы записать на это время." } }
            @if viewer.may_do("/console/calendar/visit") && !found.is_empty() {
                p .quiet.small { "Запись можно перетащить на другое время, день или мастера. Клиенту напишем, только когда вы подтвердите перенос." }
            }
        }
    }
}

/// The date on which a visit begins.
fn on(viewer: &Viewer, booking: &Booking) -> Date {
    viewer.salon.wall(booking.starts_at_ms).date()
}

/// Those with bookings, in the order of the document; then those the document no longer has.
fn specialists<'a>(viewer: &'a Viewer, found: &[&'a Booking]) -> Vec<(&'a str, &'a str)> {
    let known = viewer.salon.document().specialists.iter().map(|each| (each.id.as_str(), each.name.as_str()));
    let mut all: Vec<(&str, &str)> = known.collect();
    for booking in found {
        if !all.iter().any(|(id, _)| *id == booking.specialist_id) {
            all.push((&booking.specialist_id, viewer.salon.specialist(&booking.specialist_id)));
        }
    }
    all.retain(|(id, _)| found.iter().any(|booking| booking.specialist_id == *id));
    all
}

/// What a person marked about a visit.
#[derive(Deserialize)]
pub struct Came {
    booking: String,
    has_come: bool,
    day: Date,
}

/// `POST /console/calendar/came`: the client came, or did not.
pub async fn came(State(web): State<Shared>, viewer: Viewer, Form(form): Form<Came>) -> Result<Redirect, Trouble> {
    let (business, id) = (viewer.business.clone(), form.booking.clone());
    let found = web.store.read(move |sql| bookings::get(sql, &business, &id)).await?.ok_or(Trouble::NotFound)?;
    let act = StaffAct::Came { booking: form.booking, has_come: form.has_come };
    web.desk.staff(&viewer.business, &found.conversation_id, &viewer.person, act, None).await?;
    Ok(Redirect::to(&format!("/console/calendar?day={}", form.day)))
}

fn to_ring(viewer: &Viewer, ring: &[(Booking, String)]) -> Markup {
    let today = viewer.salon.wall(viewer.now_ms).date();
    html! {
        section .card {
            h2 { "Позвонить о визите" }
            p .quiet.small { "На напоминание не ответили, или писать клиенту некуда." }
            ul .list.bookings {
                @for (booking, phone) in ring {
                    @let starts = viewer.salon.wall(booking.starts_at_ms);
                    li {
                        div { time { (words::clock(starts.time())) } div .quiet.small { (words::near_day(starts.date(), today)) } }
                        a href={ "/console/chats/" (booking.conversation_id) } {
                            (words::client_name(&booking.client_name)) " · " (viewer.salon.service(&booking.service_id))
                        }
                        @if !phone.is_empty() { a .button href={ "tel:" (phone) } { (icon("phone")) (phone_words(phone)) } }
                    }
                }
            }
        }
    }
}

/// «Пришёл» and «Не пришёл», once the visit has begun.
fn attendance(booking: &Booking, day: Date) -> Markup {
    let choice = |has_come: bool, label: &str| {
        html! {
            form method="post" action="/console/calendar/came" {
                input type="hidden" name="booking" value=(booking.id);
                input type="hidden" name="day" value=(day);
                button .button type="submit" name="has_come" value=(has_come) { (label) }
            }
        }
    };
    html! {
        div .row {
            @if booking.status != BookingStatus::Arrived { (choice(true, "Пришёл")) }
            @if booking.status != BookingStatus::NoShow { (choice(false, "Не пришёл")) }
        }
    }
}

fn line(viewer: &Viewer, booking: &Booking, day: Date) -> Markup {
    let (starts, ends) = (viewer.salon.wall(booking.starts_at_ms), viewer.salon.wall(booking.visit_ends_at_ms));
    let is_visit = matches!(booking.status, BookingStatus::Confirmed | BookingStatus::Arrived | BookingStatus::NoShow);
    let has_begun = is_visit && booking.starts_at_ms <= viewer.now_ms;
    let is_gone = matches!(booking.status, BookingStatus::Cancelled | BookingStatus::Expired);
    html! {
        li {
            div { time .gone[is_gone] { (words::clock(starts.time())) } div .quiet.small { "до " (words::clock(ends.time())) } }
            a .gone[is_gone] href=(visit::href(booking)) {
                (words::client_name(&booking.client_name)) " · " (viewer.salon.service(&booking.service_id))
            }
            div .row {
                (status(booking))
                @if let (BookingStatus::Confirmed, Some(answer)) = (booking.status, booking.answer) { (answered(answer)) }
                @if let Some(rating) = booking.rating { span .quiet.small { "оценка " (rating) } }
            }
            @if has_begun && viewer.may_do("/console/calendar/came") { (attendance(booking, day)) }
        }
    }
}

fn answered(answer: Answer) -> Markup {
    match answer {
        Answer::Asked => mark("amber", "clock", "ждём ответа"),
        Answer::Coming => mark("green", "check-check", "будет"),
        Answer::Silent => mark("red", "phone", "позвонить"),
    }
}

/// How it stands with a visit, in a word.
pub fn status(booking: &Booking) -> Markup {
    match booking.status {
        BookingStatus::Held if booking.held_until_ms.is_none() => mark("amber", "clock", "подтвердите"),
        BookingStatus::Held => mark("amber", "clock", "бронь"),
        BookingStatus::Confirmed => mark("green", "circle-check", "запись"),
        BookingStatus::Arrived => mark("green", "check-check", "пришёл"),
        BookingStatus::NoShow => mark("red", "circle-x", "неявка"),
        BookingStatus::Cancelled => mark("", "x", "отмена"),
        BookingStatus::Expired => mark("", "clock", "истекла"),
    }
}
