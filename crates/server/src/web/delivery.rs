//! «Доставка»: what waits to go out and where to, and what could not be delivered.

mod reasons;

use axum::extract::{Path, State};
use axum::response::Redirect;
use maud::{Markup, html};
use nochnik_store::outbox::{self, ListedRow, Status};

use super::look::{Part, console, icon, mark};
use super::viewer::Viewer;
use super::{Shared, Trouble, Web, words};

/// Rows of one list.
const LISTED_MAX: i64 = 200;

/// `GET /console/delivery`
pub async fn page(State(web): State<Shared>, viewer: Viewer) -> Result<Markup, Trouble> {
    let business = viewer.business.clone();
    let job = move |sql: &mut dyn nochnik_store::Sql| {
        let dead = outbox::list(sql, &business, Status::Dead, LISTED_MAX)?;
        Ok((dead, outbox::list(sql, &business, Status::Waiting, LISTED_MAX)?))
    };
    let (dead, waiting) = web.store.read(job).await?;
    let body = html! {
        main .main #main {
            div .head { h1 { "Доставка" } }
            div .stack {
                section .card {
                    h2 { "Не доставлено" }
                    @if dead.is_empty() { p .row.well { (icon("circle-check")) "Всё, что отправлял Ночник, дошло." } }
                    ul .list.queue { @for row in &dead { (dead_letter(&web, &viewer, row)) } }
                }
                section .card {
                    h2 { "Ждёт отправки" }
                    @if waiting.is_empty() { p .quiet { "Очередь пуста. Если мессенджер или CRM не отвечает, сообщения ждут здесь и уходят сами." } }
                    ul .list.queue { @for (destination, rows) in by_destination(&waiting) { (queue(&viewer, &place(&web, &viewer, destination), &rows)) } }
                }
            }
        }
    };
    Ok(console(&viewer, Part::Delivery, "Доставка", &body))
}

/// `POST /console/delivery/{id}/again`: «Отправить снова».
pub async fn again(State(web): State<Shared>, viewer: Viewer, Path(id): Path<i64>) -> Result<Redirect, Trouble> {
    let business = viewer.business.clone();
    let dead = web.store.read(move |sql| outbox::list(sql, &business, Status::Dead, i64::MAX)).await?;
    if !dead.iter().any(|listed| listed.row.id == id) {
        return Err(Trouble::NotFound);
    }
    web.desk.replay(&viewer.business, id, &viewer.login).await?;
    Ok(Redirect::to("/console/delivery"))
}

fn dead_letter(web: &Web, viewer: &Viewer, listed: &ListedRow) -> Markup {
    let at = viewer.salon.wall(listed.row.created_at_ms);
    let to = place(web, viewer, &listed.row.destination);
    html! {
        li .stack {
            div .spread {
                div {
                    h2 { (kind(&listed.row.kind)) " → " (to) }
                    p .quiet.small { (words::day(at.date())) ", " (words::clock(at.time())) " · " (words::count(listed.row.attempts.unsigned_abs(), "попытка", "попытки", "попыток")) }
                }
                (mark("red", "circle-x", "не дошло"))
            }
            p { (reasons::of_dead(listed, &to)) }
            div .row {
                @if viewer.may_do("/console/delivery/{id}/again") {
                    form method="post" action={ "/console/delivery/" (listed.row.id) "/again" } {
                        button .button.main-action type="submit" { (icon("rotate-ccw")) "Отправить снова" }
                    }
                }
                // What is said to the staff or to a program may be about no dialogue.
                @if !listed.row.conversation_id.is_empty() { a .button href={ "/console/chats/" (listed.row.conversation_id) } { "Открыть диалог" } }
            }
        }
    }
}

fn queue(viewer: &Viewer, destination: &str, rows: &[&ListedRow]) -> Markup {
    let oldest_ms = rows.iter().map(|listed| listed.row.created_at_ms).min().unwrap_or(viewer.now_ms);
    let tried = rows.iter().find(|listed| !listed.row.last_outcome.is_empty());
    html! {
        li {
            div .spread {
                h2 { (destination) }
                span { (words::count(rows.len() as u64, "сообщение", "сообщения", "сообщений")) }
            }
            p .quiet.small { "Самое старое ждёт " (words::span(viewer.now_ms - oldest_ms)) }
            @if let Some(tried) = tried { p { (reasons::of_waiting(tried, destination)) } }
        }
    }
}

fn by_destination(rows: &[ListedRow]) -> Vec<(&str, Vec<&ListedRow>)> {
    let mut groups: std::collections::BTreeMap<&str, Vec<&ListedRow>> = std::collections::BTreeMap::new();
    for listed in rows {
        groups.entry(&listed.row.destination).or_default().push(listed);
    }
    groups.into_iter().collect()
}

/// What is sent, as the owner knows it.
fn kind(word: &str) -> &str {
    match word {
        "say" => "Ответ клиенту",
        "notice" => "Вызов дежурного",
        "bundle" => "Вызов дежурного, сразу о многих",
        "edit" => "Отметка «уже взяли»",
        "tell" => "Сообщение дежурному",
        "press" => "Ответ на кнопку",
        "summon" => "Вызов дежурного",
        "text" => "СМС клиенту",
        "line" => "Сообщение в открытую линию",
        "visit" => "Запись в календарь",
        "card" => "Карточка клиента",
        "consult" => "Вопрос языковой модели",
        "news" => "Событие для программы",
        "listen" => "Голосовое сообщение на распознавание",
        other => other,
    }
}

/// «Телеграм», «Битрикс24»: a destination as the owner knows it.
fn place(web: &Web, viewer: &Viewer, destination: &str) -> String {
    let document = viewer.salon.document();
    let (family, rest) = destination.split_once(':').unwrap_or((destination, ""));
    let kind = match family {
        "model" => return "Языковая модель".to_owned(),
        "subscriber" => return "Вебхук".to_owned(),
        "speech" => return "Распознавание речи".to_owned(),
        "calendar" => return "Календарь".to_owned(),
        "means" => rest.split(':').next(),
        "channel" => {
            let account = rest.split_once('/').map_or("", |(_, account)| account);
            document.channels.iter().find(|entry| entry.account() == account).map(|entry| entry.kind.as_str())
        }
        _ => document.crm.as_ref().map(|entry| entry.kind.as_str()),
    };
    kind.and_then(|kind| web.titles.get(kind)).cloned().unwrap_or_else(|| "получатель".to_owned())
}
