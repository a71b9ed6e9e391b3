//! «Новая запись»: somebody rang or stands at the desk, and a person enters their visit. The bot offers that time no more.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use jiff::civil::{Date, DateTime};
use maud::{Markup, html};
use nochnik_core::business::{Business, Fact, Settings};
use nochnik_core::calendar::hours_on;
use nochnik_core::dialogue::HandVisit;
use nochnik_core::elsewhere::sms_means;
use nochnik_core::schedule::{self, Doubt, HandAsk, NoPlace, Slot};
use nochnik_core::values::{Phone, ServiceId, SpecialistId};
use nochnik_engine::Author;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::super::look::{Part, console, icon};
use super::super::query::query;
use super::super::settings::{DateInput, Filled, Input, heading_under, problems, ticked};
use super::super::viewer::Viewer;
use super::super::{Shared, Trouble, Web, words};
use crate::document_change::Objection;
use crate::hours_text;

pub const PATH: &str = "/console/calendar/new";
/// Before the id of a further service.
const MORE: &str = "more-";
/// The button that books; every other way of sending only looks.
const BOOK: &str = "book";
/// Nearest times shown beside one that is taken.
const NEAR_MAX: usize = 4;
const NAME_CHARS_MAX: usize = 80;
/// Bytes of the name of an act.
const NAME_BYTES: usize = 16;

/// Where the visit is to stand, as the calendar knows it.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    day: String,
    time: String,
    specialist: String,
}

/// The form for a visit at this place; what is empty is asked there.
pub fn href(day: Date, time: &str, specialist: &str) -> String {
    format!("{PATH}?{}", query(&[("day", &day.to_string()), ("time", time), ("specialist", specialist)]))
}

/// `GET /console/calendar/new`
pub async fn page(State(web): State<Shared>, viewer: Viewer, Query(asked): Query<Asked>) -> Result<Markup, Trouble> {
    let today = viewer.salon.wall(viewer.now_ms).date();
    let day = asked.day.parse().unwrap_or(today).max(today);
    let filled = Filled::of([
        ("day", day.to_string()),
        ("time", asked.time),
        ("specialist", asked.specialist),
        ("once", uuid::Uuid::now_v7().to_string()),
    ]);
    Ok(show(&viewer, &Sheet::of(&web, &viewer, filled).await?))
}

/// `POST /console/calendar/new`: books, or shows the form again with what is free.
pub async fn act(
    State(web): State<Shared>,
    viewer: Viewer,
    Form(texts): Form<BTreeMap<String, String>>,
) -> Result<Response, Trouble> {
    let mut filled = Filled { texts, objection: None };
    if let Some(picked) = filled.texts.remove("pick").and_then(|text| text.parse::<DateTime>().ok()) {
        filled.texts.insert("day".to_owned(), picked.date().to_string());
        filled.texts.insert("time".to_owned(), words::clock(picked.time()));
    } else if filled.text("act") == BOOK {
        return book(&web, &viewer, filled).await;
    }
    Ok(show(&viewer, &Sheet::of(&web, &viewer, filled).await?).into_response())
}

async fn book(web: &Web, viewer: &Viewer, mut filled: Filled) -> Result<Response, Trouble> {
    let visit = match read(viewer, &filled) {
        Ok(visit) => visit,
        Err(objection) => {
            filled.objection = Some(objection);
            let page = show(viewer, &Sheet::of(web, viewer, filled).await?);
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        }
    };
    let author = Author { person: viewer.person.clone(), login: viewer.login.clone() };
    let Err(why) = web.desk.enter(&viewer.business, &author, &visit, &name_of(&filled, &visit)).await? else {
        let day = viewer.salon.wall(visit.at.as_millisecond()).date();
        return Ok(Redirect::to(&format!("/console/calendar?day={day}")).into_response());
    };
    filled.objection = objection_to(viewer, &visit, why);
    let mut sheet = Sheet::of(web, viewer, filled).await?;
    sheet.refuse(viewer, &visit, why);
    Ok((StatusCode::CONFLICT, show(viewer, &sheet)).into_response())
}

/// The name of this act: the form and what it says. The same form sent twice books once; one that was gone back to and
/// filled in anew is another visit.
fn name_of(filled: &Filled, visit: &HandVisit) -> String {
    let said = serde_json::to_vec(visit).unwrap_or_default();
    let digest = Sha256::new().chain_update(filled.text("once")).chain_update([0]).chain_update(said).finalize();
    digest.iter().take(NAME_BYTES).map(|byte| format!("{byte:02x}")).collect()
}

/// The form as it stands, with what is free.
struct Sheet {
    filled: Filled,
    /// Free times of the day; `None` while it is not known of what.
    free: Option<Vec<Slot>>,
    /// Times near to one that is taken, or to a day that is full.
    near: Vec<Slot>,
    doubts: Vec<String>,
    business: Business,
}

impl Sheet {
    async fn of(web: &Web, viewer: &Viewer, filled: Filled) -> Result<Self, Trouble> {
        let business = web.desk.business(&viewer.business).await?.ok_or(Trouble::NotFound)?;
        let (ask, now) = (ask_of(viewer, &filled), web.desk.now());
        let day = DateInput::read("day", &filled).ok().flatten().filter(|_| !ask.services.is_empty());
        let free = day.map(|day| schedule::free_on(&business, &ask, day, now));
        let near = match (day, &free) {
            (Some(day), Some(free)) if free.is_empty() => {
                schedule::near(&business, &ask, day.at(0, 0, 0, 0), now, NEAR_MAX)
            }
            _ => Vec::new(),
        };
        Ok(Self { filled, free, near, doubts: Vec::new(), business })
    }

    /// What helps on after a refusal.
    fn refuse(&mut self, viewer: &Viewer, visit: &HandVisit, why: NoPlace) {
        let now = jiff::Timestamp::from_millisecond(viewer.now_ms).unwrap_or(visit.at);
        let around = viewer.salon.wall(visit.at.as_millisecond());
        match why {
            NoPlace::Taken | NoPlace::NotThen => {
                self.near = schedule::near(&self.business, &visit.ask, around, now, NEAR_MAX);
            }
            NoPlace::Doubted => {
                if let Ok(place) = schedule::place(&self.business, &visit.ask, visit.at, now) {
                    self.doubts = place.doubts.iter().map(|doubt| doubt_words(viewer, *doubt, &place.slot)).collect();
                    self.filled.texts.insert("sure".to_owned(), time_of(&visit.ask, around));
                }
            }
            NoPlace::Past | NoPlace::TooFar | NoPlace::NoVisit | NoPlace::Nobody => {}
        }
    }
}

/// What is asked for, as far as it can be read; the services in the order of the price list.
fn ask_of(viewer: &Viewer, filled: &Filled) -> HandAsk {
    let document = viewer.salon.document();
    let (first, more) = (filled.text("service"), ticked(filled, MORE));
    let is_wanted = |id: &str| id == first || more.iter().any(|other| other == id);
    let services = document.services.iter().filter(|service| is_wanted(&service.id));
    let specialist = document.specialists.iter().find(|each| each.id == filled.text("specialist"));
    HandAsk {
        services: services.map(|service| ServiceId::new(&*service.id)).collect(),
        specialist: specialist.map(|each| SpecialistId::new(&*each.id)),
    }
}

fn read(viewer: &Viewer, filled: &Filled) -> Result<HandVisit, Objection> {
    let asks = &viewer.salon.document().questions.booking;
    let name = filled.text("name").to_owned();
    if name.is_empty() && asks.contains(&Fact::Name) {
        return Err(Objection::new("name", "Как зовут клиента?"));
    }
    if name.chars().count() > NAME_CHARS_MAX {
        return Err(Objection::new("name", "Не длиннее 80 знаков"));
    }
    let phone = read_phone(filled, asks.contains(&Fact::Phone))?;
    let ask = ask_of(viewer, filled);
    if ask.services.is_empty() {
        return Err(Objection::new("service", "На какую услугу?"));
    }
    let day = DateInput::read("day", filled)?.ok_or_else(|| Objection::new("day", "На какой день?"))?;
    let time = hours_text::time(filled.text("time"))
        .ok_or_else(|| Objection::new("time", "Нужно время, например 14:30. Свободное — ниже"))?;
    let wall = day.to_datetime(time);
    Ok(HandVisit {
        name,
        takes_sms: phone.is_some() && filled.is_ticked("sms") && takes_sms(viewer.salon.settings()),
        phone,
        is_sure: filled.text("sure") == time_of(&ask, wall),
        at: viewer.salon.moment(wall),
        ask,
    })
}

fn read_phone(filled: &Filled, is_needed: bool) -> Result<Option<Phone>, Objection> {
    let text = filled.text("phone");
    match nochnik_adapters::phone::read(text) {
        None if text.is_empty() && !is_needed => Ok(None),
        None if text.is_empty() => Err(Objection::new("phone", "Нужен телефон: по нему клиента найдут и предупредят")),
        None => Err(Objection::new("phone", "Номер не читается. Напишите его так: +7 918 555-12-31")),
        phone => Ok(phone),
    }
}

/// Whether reminders by SMS are set up here.
fn takes_sms(settings: &Settings) -> bool {
    sms_means(settings).is_some() && !settings.document.care.remind_before_min.is_empty()
}

/// What the doubts were about: another time, master or service is doubted anew.
fn time_of(ask: &HandAsk, wall: DateTime) -> String {
    let services: Vec<&str> = ask.services.iter().map(|id| id.as_str()).collect();
    format!("{wall} {} {}", ask.specialist.as_ref().map_or("", |id| id.as_str()), services.join(" "))
}

fn objection_to(viewer: &Viewer, visit: &HandVisit, why: NoPlace) -> Option<Objection> {
    let name = |id: &SpecialistId| viewer.salon.specialist(id.as_str()).to_owned();
    Some(match (why, &visit.ask.specialist) {
        (NoPlace::Doubted, _) => return None,
        (NoPlace::Past, _) => Objection::new("time", "Это время уже прошло"),
        (NoPlace::TooFar, _) => {
            let days = u64::from(viewer.salon.document().policy.horizon_days);
            let days = words::count(days, "день", "дня", "дней");
            Objection::new("day", format!("Так далеко не записывают: запись открыта на {days} вперёд"))
        }
        (NoPlace::NoVisit, _) => {
            Objection::new("service", "Вместе это не записать: занятие в группе записывают отдельно от других услуг")
        }
        (NoPlace::Nobody, Some(id)) if visit.ask.services.len() == 1 => {
            Objection::new("specialist", format!("{}: мастер не оказывает эту услугу", name(id)))
        }
        (NoPlace::Nobody, Some(id)) => {
            Objection::new("specialist", format!("{}: мастер не оказывает всех этих услуг", name(id)))
        }
        (NoPlace::Nobody, None) => {
            Objection::new("service", "Всё это один мастер не делает. Запишите услуги по отдельности")
        }
        (NoPlace::NotThen, _) => Objection::new("time", "Это занятие начинается только по расписанию"),
        (NoPlace::Taken, Some(id)) => Objection::new("time", format!("{}: это время уже занято", name(id))),
        (NoPlace::Taken, None) => Objection::new("time", "В это время все заняты"),
    })
}

fn doubt_words(viewer: &Viewer, doubt: Doubt, slot: &Slot) -> String {
    let day = viewer.salon.wall(slot.starts_at.as_millisecond()).date();
    let name = viewer.salon.specialist(slot.specialist.as_str());
    match doubt {
        Doubt::Closed => match hours_on(viewer.salon.document(), day) {
            [] => format!("{}: в этот день закрыто.", words::day(day)),
            hours => format!("Визит выходит за часы работы: {}, {}.", words::day(day), hours_text::text(hours)),
        },
        Doubt::Off => format!("{name}: в это время мастер не работает."),
        Doubt::Elsewhere => format!("{name}: в календаре на это время стоит другое событие."),
    }
}

fn show(viewer: &Viewer, sheet: &Sheet) -> Markup {
    let filled = &sheet.filled;
    let back = match DateInput::read("day", filled) {
        Ok(Some(day)) => format!("/console/calendar?day={day}"),
        _ => "/console/calendar".to_owned(),
    };
    let body = html! {
        main .main #main {
            (heading_under(&back, "К записям", "Новая запись"))
            form #new-visit .stack.narrow method="post" action=(PATH) {
                // The key Enter presses the first button of a form: that is not to be one of the times.
                button .sr type="submit" name="act" value=(BOOK) tabindex="-1" aria-hidden="true" { "Записать" }
                input type="hidden" name="once" value=(filled.text("once"));
                (problems(filled))
                input type="hidden" name="sure" value=(filled.text("sure"));
                section .card.stack {
                    (Input { name: "name", label: "Клиент", help: "Имя, как к нему обращаться", mode: "text" }.show(filled))
                    (Input { name: "phone", label: "Телефон", help: "По номеру клиента узнают, если он уже писал", mode: "tel" }.show(filled))
                    @if takes_sms(viewer.salon.settings()) {
                        label .tick { input type="checkbox" name="sms" value="yes" checked[filled.is_ticked("sms")]; "Клиент согласен на напоминание по СМС" }
                    }
                }
                section .card.stack #asks { (services(viewer, filled)) (specialists(viewer, filled)) }
                (when(viewer, sheet))
                @for doubt in &sheet.doubts { p .note.amber role="alert" { (icon("triangle-alert")) span { (doubt) } } }
                button .button.main-action type="submit" name="act" value=(BOOK) {
                    (icon("check")) @if sheet.doubts.is_empty() { "Записать" } @else { "Всё равно записать" }
                }
                p .quiet { "Время сразу занято: бот его никому не предложит. Клиенту ничего не пишем — вы договорились сами." }
            }
        }
    };
    console(viewer, Part::Calendar, "Новая запись", &body)
}

fn services(viewer: &Viewer, filled: &Filled) -> Markup {
    let all = &viewer.salon.document().services;
    let chosen = filled.text("service");
    let options = all.iter().map(|service| (service.id.as_str(), service.name.as_str()));
    let more = ticked(filled, MORE);
    html! {
        (select("service", "Услуга", "Выберите услугу", options, filled))
        @if all.len() > 1 {
            details open[!more.is_empty()] {
                summary { "Ещё услуги за этот визит" }
                fieldset .field {
                    legend .sr { "Ещё услуги" }
                    @for service in all.iter().filter(|service| service.id != chosen) {
                        @let name = format!("{MORE}{}", service.id);
                        label .tick { input type="checkbox" name=(name) value="yes" checked[filled.is_ticked(&name)]; (service.name) }
                    }
                }
            }
        }
    }
}

fn specialists(viewer: &Viewer, filled: &Filled) -> Markup {
    let all = viewer.salon.document().specialists.iter();
    select("specialist", "Мастер", "Кто свободен", all.map(|each| (each.id.as_str(), each.name.as_str())), filled)
}

fn select<'a>(
    name: &str,
    label: &str,
    nothing: &str,
    options: impl Iterator<Item = (&'a str, &'a str)>,
    filled: &Filled,
) -> Markup {
    let (id, problem) = (format!("field-{name}"), filled.problem(name));
    html! {
        div .field {
            label for=(id) { (label) }
            select id=(id) name=(name) aria-invalid=[problem.map(|_| "true")] {
                option value="" { (nothing) }
                @for (value, title) in options { option value=(value) selected[value == filled.text(name)] { (title) } }
            }
            @if let Some(problem) = problem { p .problem role="alert" { (icon("circle-alert")) (problem) } }
        }
    }
}

/// Day, time, and what is free: a press on a free time fills both in.
fn when(viewer: &Viewer, sheet: &Sheet) -> Markup {
    let filled = &sheet.filled;
    let problem = filled.problem("time");
    html! {
        section .card.stack #when {
            div .grid3 {
                (DateInput { name: "day", label: "День", help: "" }.show(filled))
                div .field {
                    label for="field-time" { "Начало" }
                    input #field-time name="time" type="time" value=(filled.text("time")) aria-invalid=[problem.map(|_| "true")];
                    @if let Some(problem) = problem { p .problem role="alert" { (icon("circle-alert")) (problem) } }
                }
            }
            // Whoever changes two things at once sees what is free for the last of them.
            div hx-post=(PATH) hx-trigger="change from:#asks, change from:#field-day" hx-include="closest form" hx-target="#free" hx-select="#free" hx-swap="outerHTML" hx-sync="this:replace" {
                div .stack #free { (free(viewer, sheet)) }
            }
            noscript { button .button type="submit" { "Показать свободное время" } }
        }
    }
}

fn free(viewer: &Viewer, sheet: &Sheet) -> Markup {
    let is_refused = sheet.filled.problem("time").is_some();
    let near_title = if is_refused {
        "Ближайшее свободное"
    } else {
        "В этот день свободного времени нет. Ближайшее"
    };
    html! {
        @match &sheet.free {
            None => p .quiet { "Выберите услугу — покажем свободное время этого дня." },
            Some(free) => {
                @if !sheet.near.is_empty() { (times(viewer, sheet, near_title, &sheet.near, true)) }
                @if let Some(first) = free.first() {
                    @let day = viewer.salon.wall(first.starts_at.as_millisecond()).date();
                    (times(viewer, sheet, &format!("Свободно: {}", words::day(day)), free, false))
                }
                @if free.is_empty() && sheet.near.is_empty() { p .quiet { "В этот день свободного времени нет." } }
            }
        }
    }
}

fn times(viewer: &Viewer, sheet: &Sheet, title: &str, slots: &[Slot], has_days: bool) -> Markup {
    let chosen = (sheet.filled.text("day"), sheet.filled.text("time"));
    html! {
        div .field {
            p .quiet #{ "times-" (has_days) } { (title) }
            div .times role="group" aria-labelledby={ "times-" (has_days) } {
                @for slot in slots {
                    @let wall = viewer.salon.wall(slot.starts_at.as_millisecond());
                    @let clock = words::clock(wall.time());
                    @let is_chosen = chosen == (wall.date().to_string().as_str(), clock.as_str());
                    button .chip id={ "at-" (wall.strftime("%m%d%H%M")) (if has_days { "-near" } else { "" }) } type="submit" name="pick"
                        value=(wall) aria-current=[is_chosen.then_some("true")]
                        hx-post=(PATH) hx-target="#new-visit" hx-select="#new-visit" hx-swap="outerHTML" {
                        @if has_days { (words::day(wall.date())) ", " } (clock)
                    }
                }
            }
        }
    }
}
