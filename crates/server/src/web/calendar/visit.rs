//! One visit: who, what, when; moved, called off or marked from here. Whatever changes for the client is shown first.

use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use maud::{Markup, html};
use nochnik_core::calendar::specialist_hours_on;
use nochnik_core::event::StaffAct;
use nochnik_core::outside::{Hindrance, Stands, VisitChange};
use nochnik_core::values::{BY_HAND, SpecialistId};
use nochnik_store::bookings::{self, Booking, BookingStatus};
use nochnik_store::{Sql, calendars, leads};
use serde::Deserialize;

use super::super::leads::phone as phone_words;
use super::super::look::{Part, console, icon};
use super::super::query::query;
use super::super::seen::{self, Record};
use super::super::viewer::Viewer;
use super::super::{Shared, Trouble, Web, words};
use super::{attendance, status};

/// Which visit, and where it is to go; what is not said stays as it is.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    booking: String,
    day: String,
    time: String,
    specialist: String,
}

/// What is sent when the person has seen it all.
#[derive(Deserialize)]
pub struct Told {
    booking: String,
    /// Where the page said that it stands.
    was: String,
    /// Nothing: it is called off.
    #[serde(default)]
    to: String,
}

/// A person's word on a visit that waits for it.
#[derive(Deserialize)]
pub struct Word {
    booking: String,
    is_approved: bool,
}

const CALL_YOURSELF: &str = "Писать клиенту некуда: запись внесена вручную. Предупредите его сами.";
const DECIDED: &str = "Решать уже нечего: запись подтверждена, отменена или визит начался.";

/// The page of a visit.
pub fn href(booking: &Booking) -> String {
    format!("/console/calendar/visit?{}", query(&[("booking", &booking.id)]))
}

/// A visit that can still be moved: it stands and has not begun.
pub fn is_to_come(booking: &Booking, now_ms: i64) -> bool {
    let stands = booking.status == BookingStatus::Confirmed || waits_for_word(booking);
    stands && booking.starts_at_ms > now_ms
}

/// Held without a limit is one that a person confirms.
fn waits_for_word(booking: &Booking) -> bool {
    booking.status == BookingStatus::Held && booking.held_until_ms.is_none()
}

/// `GET /console/calendar/visit?booking=…`, and where it would go: `day`, `time`, `specialist`.
pub async fn page(State(web): State<Shared>, viewer: Viewer, Query(asked): Query<Asked>) -> Result<Markup, Trouble> {
    let visit = found(&web, &viewer, &asked.booking).await?;
    let booking = &visit.booking;
    seen::note(&web, &viewer, Record::Bookings, &super::on(&viewer, booking).to_string()).await;
    let wish = asked.wish(&viewer, booking);
    let plan = match wish {
        Some(to) => Some(Plan::of(&web, &viewer, booking, to).await?),
        None => None,
    };
    Ok(look(&viewer, &visit, &asked, plan.as_ref(), None))
}

/// `POST /console/calendar/visit`: moves it, or calls it off.
pub async fn change(State(web): State<Shared>, viewer: Viewer, Form(told): Form<Told>) -> Result<Response, Trouble> {
    let visit = found(&web, &viewer, &told.booking).await?;
    let booking = &visit.booking;
    let was = read(&told.was).ok_or(Trouble::BadForm("Не видно, где стояла запись. Откройте её ещё раз"))?;
    let now = match told.to.as_str() {
        "" => None,
        to => Some(read(to).ok_or(Trouble::BadForm("Не видно, куда перенести. Откройте запись ещё раз"))?),
    };
    let change = VisitChange { booking: booking.id.clone(), was, now };
    let conversation = booking.conversation_id.as_str();
    if let Some(why) = web.desk.hindrance(&viewer.business, conversation, change.clone()).await? {
        let page = look(&viewer, &visit, &Asked::default(), None, Some(words_of(why)));
        return Ok((StatusCode::CONFLICT, page).into_response());
    }
    let day = change.now.as_ref().map_or(booking.starts_at_ms, |now| now.from.as_millisecond());
    web.desk.staff(&viewer.business, conversation, &viewer.person, StaffAct::Visit(change), None).await?;
    Ok(Redirect::to(&format!("/console/calendar?day={}", viewer.salon.wall(day).date())).into_response())
}

/// `POST /console/calendar/word`: a visit that waits for a person stands, or does not.
pub async fn decide(State(web): State<Shared>, viewer: Viewer, Form(word): Form<Word>) -> Result<Response, Trouble> {
    let visit = found(&web, &viewer, &word.booking).await?;
    let booking = &visit.booking;
    let conversation = booking.conversation_id.as_str();
    if !web.desk.is_undecided(&viewer.business, conversation, &booking.id).await? {
        let page = look(&viewer, &visit, &Asked::default(), None, Some(DECIDED));
        return Ok((StatusCode::CONFLICT, page).into_response());
    }
    let act = StaffAct::Decide { booking: booking.id.clone(), is_approved: word.is_approved };
    web.desk.staff(&viewer.business, conversation, &viewer.person, act, None).await?;
    let day = super::on(&viewer, booking);
    Ok(Redirect::to(&format!("/console/calendar?day={day}")).into_response())
}

/// A visit, and how its client is reached.
struct Visit {
    booking: Booking,
    /// Where the client can be written to: what is done here they read there.
    has_chat: bool,
    phone: String,
}

async fn found(web: &Web, viewer: &Viewer, id: &str) -> Result<Visit, Trouble> {
    let (business, id) = (viewer.business.clone(), id.to_owned());
    let job = move |sql: &mut dyn Sql| {
        let Some((booking, channel)) = bookings::with_channel(sql, &business, &id)? else { return Ok(None) };
        let lead = leads::of_conversation(sql, &business, &booking.conversation_id)?;
        let phone = lead.map(|lead| lead.phone).unwrap_or_default();
        Ok(Some(Visit { booking, has_chat: channel != BY_HAND, phone }))
    };
    web.store.read(job).await?.ok_or(Trouble::NotFound)
}

impl Asked {
    /// Where the visit is to go; `None` when nothing else than now is asked.
    fn wish(&self, viewer: &Viewer, booking: &Booking) -> Option<Stands> {
        let starts = viewer.salon.wall(booking.starts_at_ms);
        let day: Date = self.day.parse().unwrap_or(starts.date());
        let time: Time = self.time.parse().unwrap_or(starts.time());
        let known = viewer.salon.document().specialists.iter().any(|each| each.id == self.specialist);
        let specialist = if known { &self.specialist } else { &booking.specialist_id };
        let from = viewer.salon.moment(day.to_datetime(time));
        let length_ms = booking.visit_ends_at_ms - booking.starts_at_ms;
        let to = Timestamp::from_millisecond(from.as_millisecond() + length_ms).ok()?;
        let wish = Stands { specialist: SpecialistId::new(specialist.as_str()), from, to };
        (wish != stands(booking)).then_some(wish)
    }
}

/// A move with what speaks against it.
struct Plan {
    to: Stands,
    hindrance: Option<Hindrance>,
    warnings: Vec<String>,
}

impl Plan {
    async fn of(web: &Web, viewer: &Viewer, booking: &Booking, to: Stands) -> Result<Self, Trouble> {
        let change = VisitChange { booking: booking.id.clone(), was: stands(booking), now: Some(to.clone()) };
        let hindrance = web.desk.hindrance(&viewer.business, &booking.conversation_id, change).await?;
        let mut warnings = doubts(viewer, booking, &to);
        let (business, from_ms, to_ms) = (viewer.business.clone(), to.from.as_millisecond(), to.to.as_millisecond());
        let taken = web.store.read(move |sql| calendars::busy(sql, &business, from_ms, to_ms)).await?;
        if taken.iter().any(|taken| taken.specialist_id.is_empty() || taken.specialist_id == to.specialist.as_str()) {
            warnings.push("В календаре на это время стоит другое событие.".to_owned());
        }
        Ok(Self { to, hindrance, warnings })
    }
}

/// What a person may know better than we do: hours and skills are shown, not forbidden.
fn doubts(viewer: &Viewer, booking: &Booking, to: &Stands) -> Vec<String> {
    let document = viewer.salon.document();
    let Some(specialist) = document.specialists.iter().find(|each| each.id == to.specialist.as_str()) else {
        return Vec::new();
    };
    let (from, until) = (viewer.salon.wall(to.from.as_millisecond()), viewer.salon.wall(to.to.as_millisecond()));
    let minute = |at: DateTime| u16::from(at.hour().unsigned_abs()) * 60 + u16::from(at.minute().unsigned_abs());
    let hours = specialist_hours_on(document, specialist, from.date());
    let fits = from.date() == until.date()
        && hours.iter().any(|span| span.from_min <= minute(from) && minute(until) <= span.to_min);
    let mut all = Vec::new();
    if hours.is_empty() {
        all.push(format!("{}: в этот день мастер не работает.", specialist.name));
    } else if !fits {
        all.push(format!("{}: визит не помещается в рабочее время.", specialist.name));
    }
    let is_own = specialist.id == booking.specialist_id;
    if !is_own && !specialist.services.contains(&booking.service_id) {
        all.push(format!(
            "{}: мастер не оказывает услугу «{}».",
            specialist.name,
            viewer.salon.service(&booking.service_id)
        ));
    }
    all
}

/// Where the store has the visit.
pub fn stands(booking: &Booking) -> Stands {
    let at = |ms: i64| Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH);
    Stands {
        specialist: SpecialistId::new(booking.specialist_id.as_str()),
        from: at(booking.starts_at_ms),
        to: at(booking.visit_ends_at_ms),
    }
}

/// How a place is written into the form.
fn written(stands: &Stands) -> String {
    serde_json::to_string(stands).unwrap_or_default()
}

fn read(text: &str) -> Option<Stands> {
    serde_json::from_str(text).ok()
}

/// Why a visit is not changed, for the person who would.
pub fn words_of(why: Hindrance) -> &'static str {
    match why {
        Hindrance::Gone => "Запись уже не переносится: её отменили или визит начался.",
        Hindrance::Moved => "Пока вы смотрели, запись перенесли. Ниже — как она стоит сейчас.",
        Hindrance::Past => "Это время уже прошло. Выберите другое.",
        Hindrance::Taken => "Это время у мастера занято другой записью. Выберите другое.",
        Hindrance::Lesson => "Групповое занятие переносится для всех сразу: измените расписание занятий в настройках.",
    }
}

fn look(viewer: &Viewer, visit: &Visit, asked: &Asked, plan: Option<&Plan>, problem: Option<&str>) -> Markup {
    let booking = &visit.booking;
    let name = words::client_name(&booking.client_name);
    let has_begun = booking.starts_at_ms <= viewer.now_ms;
    let is_visit = matches!(booking.status, BookingStatus::Confirmed | BookingStatus::Arrived | BookingStatus::NoShow);
    let may_act = viewer.may_do("/console/calendar/visit");
    let day = super::on(viewer, booking);
    let body = html! {
        main .main #main {
            div .head.deep { a .back href={ "/console/calendar?day=" (day) } aria-label="К записям" { (icon("arrow-left")) } h1 { (name) } }
            div .stack.narrow {
                @if let Some(problem) = problem { p .problem role="alert" { (icon("circle-alert")) (problem) } }
                section .card.stack {
                    div .spread {
                        h2 { (viewer.salon.service(&booking.service_id)) }
                        (status(booking))
                    }
                    p { (place(viewer, &stands(booking))) }
                    @if has_begun && is_visit && may_act { (attendance(booking, day)) }
                    (reached(viewer, visit))
                }
                @if may_act && is_to_come(booking, viewer.now_ms) {
                    @if waits_for_word(booking) { (deciding(visit)) }
                    @if let Some(plan) = plan { (proposal(viewer, visit, plan)) }
                    (mover(viewer, booking, asked))
                    (calling_off(visit))
                }
            }
        }
    };
    console(viewer, Part::Calendar, "Запись", &body)
}

/// «ср, 25 ноября, 15:00–16:00, мастер Анна».
fn place(viewer: &Viewer, stands: &Stands) -> String {
    let (from, to) = (viewer.salon.wall(stands.from.as_millisecond()), viewer.salon.wall(stands.to.as_millisecond()));
    let specialist = viewer.salon.specialist(stands.specialist.as_str());
    format!("{}, {}–{}, {specialist}", words::day(from.date()), words::clock(from.time()), words::clock(to.time()))
}

/// Where the client is spoken to.
fn reached(viewer: &Viewer, visit: &Visit) -> Markup {
    let (talk, phone) = (&visit.booking.conversation_id, &visit.phone);
    html! {
        @if visit.has_chat {
            a .button href={ "/console/chats/" (talk) } { (icon("messages-square")) "Открыть диалог" }
        } @else {
            p .quiet { "Запись внесена вручную: чата с клиентом нет." }
            div .row {
                @if !phone.is_empty() && viewer.may_open("/console/chats") { a .button href={ "tel:" (phone) } { (icon("phone")) (phone_words(phone)) } }
                a .button href={ "/console/chats/" (talk) } { (icon("id-card")) "Карточка клиента" }
            }
        }
    }
}

fn proposal(viewer: &Viewer, visit: &Visit, plan: &Plan) -> Markup {
    let booking = &visit.booking;
    let (told, label) = if visit.has_chat {
        (
            "Клиент получит сообщение о переносе с кнопками «Буду», «Перенести» и «Отменить запись».",
            "Перенести и написать клиенту",
        )
    } else {
        (CALL_YOURSELF, "Перенести")
    };
    html! {
        section .card.stack aria-label="Перенос" {
            h2 { "Перенести сюда?" }
            p { s .quiet { (place(viewer, &stands(booking))) } }
            p { b { (place(viewer, &plan.to)) } }
            @if let Some(why) = plan.hindrance {
                p .problem role="alert" { (icon("circle-x")) (words_of(why)) }
            } @else {
                @for warning in &plan.warnings { p .note.amber { (icon("triangle-alert")) (warning) } }
                p .quiet { (told) }
                form method="post" action="/console/calendar/visit" {
                    input type="hidden" name="booking" value=(booking.id);
                    input type="hidden" name="was" value=(written(&stands(booking)));
                    input type="hidden" name="to" value=(written(&plan.to));
                    button .button.main-action type="submit" { (icon("calendar-days")) (label) }
                }
            }
        }
    }
}

fn mover(viewer: &Viewer, booking: &Booking, asked: &Asked) -> Markup {
    let starts = viewer.salon.wall(booking.starts_at_ms);
    let or = |given: &str, own: String| if given.is_empty() { own } else { given.to_owned() };
    let chosen = or(&asked.specialist, booking.specialist_id.clone());
    html! {
        section .card {
            h2 { "Другое время или мастер" }
            form .stack method="get" action="/console/calendar/visit" {
                input type="hidden" name="booking" value=(booking.id);
                div .field { label for="day" { "День" } input #day type="date" name="day" required value=(or(&asked.day, starts.date().to_string())); }
                div .field { label for="time" { "Начало" } input #time type="time" name="time" required value=(or(&asked.time, words::clock(starts.time()))); }
                div .field {
                    label for="specialist" { "Мастер" }
                    select #specialist name="specialist" {
                        @for each in &viewer.salon.document().specialists {
                            option value=(each.id) selected[each.id == chosen] { (each.name) }
                        }
                    }
                }
                button .button type="submit" { "Проверить" }
            }
        }
    }
}

fn deciding(visit: &Visit) -> Markup {
    let booking = &visit.booking;
    let told = if visit.has_chat {
        "Скажите, и он сразу узнает; при отказе бот предложит ему другое время."
    } else {
        CALL_YOURSELF
    };
    let word = |is_approved: bool, class: &str, picture: &str, label: &str| {
        html! {
            form method="post" action="/console/calendar/word" {
                input type="hidden" name="booking" value=(booking.id);
                input type="hidden" name="is_approved" value=(is_approved);
                button class={ "button" (class) } type="submit" { (icon(picture)) (label) }
            }
        }
    };
    html! {
        section .card.stack aria-label="Ваше слово" {
            h2 { "Запись ждёт вашего слова" }
            p .quiet { "Время держим за клиентом. " (told) }
            div .row {
                (word(true, " main-action", "check", "Подтвердить"))
                (word(false, "", "circle-x", "Отказать"))
            }
        }
    }
}

fn calling_off(visit: &Visit) -> Markup {
    let booking = &visit.booking;
    let (told, label) = if visit.has_chat {
        ("Клиент узнает об отмене, и бот предложит ему другое время.", "Отменить и написать клиенту")
    } else {
        (CALL_YOURSELF, "Отменить запись")
    };
    // What was never promised is refused, not called off.
    if waits_for_word(booking) {
        return html! {};
    }
    html! {
        details .card {
            summary { "Отменить запись" }
            form .stack method="post" action="/console/calendar/visit" {
                p .quiet { (told) " Освободившееся окно получат те, кто его ждёт." }
                input type="hidden" name="booking" value=(booking.id);
                input type="hidden" name="was" value=(written(&stands(booking)));
                button .button type="submit" { (icon("circle-x")) (label) }
            }
        }
    }
}
