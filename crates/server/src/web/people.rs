//! «Дежурные»: who is called at night and how; connecting a person's messenger by a one-time code.

use axum::extract::{Path, State};
use maud::{Markup, html};
use nochnik_core::business::{PUSH, Person, Role as Duty};

use super::look::{Part, console, icon};
use super::settings::saved;
use super::viewer::Viewer;
use super::{Shared, Trouble, Web, shifts, stand_ins};

pub const PATH: &str = "/console/people";

/// `GET /console/people`
pub async fn page(State(web): State<Shared>, viewer: Viewer) -> Result<Markup, Trouble> {
    show(&web, &viewer, None).await
}

/// `POST /console/people/{id}/invite`: shows the code once.
pub async fn invite(State(web): State<Shared>, viewer: Viewer, Path(id): Path<String>) -> Result<Markup, Trouble> {
    let known = viewer.salon.document().people.iter().any(|person| person.id == id);
    if !known {
        return Err(Trouble::NotFound);
    }
    let message = web.desk.invite(&viewer.business, &id).await?;
    show(&web, &viewer, Some((&id, &message))).await
}

async fn show(web: &Shared, viewer: &Viewer, invited: Option<(&str, &str)>) -> Result<Markup, Trouble> {
    let once = stand_ins::card(web, viewer).await?;
    let people = &viewer.salon.document().people;
    let now_ms = web.desk.now().as_millisecond();
    let on_duty = viewer.salon.on_duty(now_ms);
    let body = html! {
        main .main #main {
            div .head { h1 { "Дежурные" } }
            div .stack {
                (saved(viewer))
                @if let Some((id, message)) = invited { (invitation(viewer, id, message)) }
                @for person in people { (card(web, viewer, person, on_duty.contains(&person.name.as_str()))) }
                @if !people.is_empty() {
                    (week(viewer, now_ms))
                    (shifts::card(viewer))
                    (once)
                }
                @if people.is_empty() {
                    section .card { p .quiet { "Здесь появятся те, кого звать ночью." } }
                }
                @if viewer.may_open("/console/people/{id}/edit") { div .row { a .button href="/console/people/+/edit" { "Добавить человека" } } }
            }
        }
    };
    Ok(console(viewer, Part::More, "Дежурные", &body))
}

fn card(web: &Shared, viewer: &Viewer, person: &Person, is_on_duty: bool) -> Markup {
    let role = match person.role {
        Duty::Duty => "дежурный",
        Duty::Senior => "старший",
        Duty::Owner => "владелец",
    };
    html! {
        section .card.stack {
            div {
                h2 { (person.name) }
                p .quiet { (role) @if is_on_duty { ", сейчас на дежурстве" } }
            }
            @if !viewer.salon.has_means(person) {
                p .note.amber { (icon("triangle-alert")) "Ночью не дозваться: не указан ни один способ связи." }
            } @else {
                ul .quiet {
                    @for means in &person.means { li { (channel_title(web, viewer, means.account())) } }
                    @if viewer.salon.takes_pushes(person) && person.means.iter().all(|means| means.account() != PUSH) {
                        li { (channel_title(web, viewer, PUSH)) }
                    }
                }
            }
            @if viewer.person == person.id && viewer.may_do("/console/push") && !viewer.salon.takes_pushes(person) {
                p { a .link href="/console/more#push" { "Включить уведомления на своём телефоне" } }
            }
            @if viewer.may_open("/console/people/{id}/edit") {
                div .row {
                    a .button href={ "/console/people/" (person.id) "/edit" } aria-label={ "Изменить: " (person.name) } { "Изменить" }
                    @if has_messenger(viewer) {
                        form method="post" action={ "/console/people/" (person.id) "/invite" } {
                            button .button.plain type="submit" { (icon("send-horizontal")) "Подключить мессенджер" }
                        }
                    }
                }
            }
        }
    }
}

/// Who is on duty in the coming days, what is amiss first.
fn week(viewer: &Viewer, now_ms: i64) -> Markup {
    html! {
        section .card {
            h2 { "Неделя вперёд" }
            div .stack {
                @for problem in viewer.salon.duty_problems(now_ms) {
                    p .note.amber { (icon("triangle-alert")) (problem) }
                }
                ul .list {
                    @for (when, name) in viewer.salon.duty_week(now_ms) {
                        li { (name) div .quiet.small { (when) } }
                    }
                }
            }
        }
    }
}

/// «Телеграм» for an account of the document.
pub fn channel_title<'a>(web: &'a Web, viewer: &'a Viewer, account: &'a str) -> &'a str {
    let document = viewer.salon.document();
    let channel = document.channels.iter().find(|entry| entry.account() == account).map(|entry| &entry.kind);
    let means = || document.means.iter().find(|entry| entry.account() == account).map(|entry| &entry.kind);
    let kind = channel.or_else(means).map_or(account, String::as_str);
    web.titles.get(kind).map_or(account, String::as_str)
}

fn has_messenger(viewer: &Viewer) -> bool {
    viewer.salon.document().channels.iter().any(|entry| entry.kind != "widget" && entry.kind != "terminal")
}

fn invitation(viewer: &Viewer, id: &str, message: &str) -> Markup {
    let name = viewer.salon.document().people.iter().find(|person| person.id == id).map_or("", |person| &person.name);
    html! {
        section .card.stack {
            h2 { "Код для: " (name) }
            p { "Пусть человек откроет вашего бота в своём мессенджере и отправит ему это сообщение:" }
            p { code { (message) } }
            p .quiet { "Код действует полчаса и один раз. Бот ответит, что всё готово." }
        }
    }
}
