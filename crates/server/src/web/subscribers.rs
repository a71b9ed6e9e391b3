//! «Вебхуки»: programs that are told news; added, watched and taken off by the owner.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{Markup, html};
use nochnik_adapters::subscribers;
use nochnik_core::business::SubscriberEntry;
use nochnik_core::news::{NewsKind, TRIAL};
use nochnik_engine::subscriber_destination;
use nochnik_store::outbox::{self, ListedRow, Status};
use serde_json::Value;

use super::assets::hex;
use super::channels::{count_check, to_copy};
use super::look::{icon, mark};
use super::question::Question;
use super::settings::{Filled, Input, frame, heading_under, problems, save, seen_input, ticked};
use super::viewer::Viewer;
use super::{Shared, Trouble, Web, words};
use crate::document_change::{Deed, Objection};
use crate::key::random_bytes;

const PATH: &str = "/console/subscribers";
/// Deliveries of one page.
const LISTED_MAX: i64 = 50;
/// Beginning of the names of the boxes of events.
const EVENT: &str = "event.";

/// `GET /console/subscribers`
pub async fn page(State(_): State<Shared>, viewer: Viewer) -> Markup {
    list(&viewer, &Filled::default())
}

/// `POST /console/subscribers`: adds one and shows its key, for the only time.
pub async fn add(
    State(web): State<Shared>,
    viewer: Viewer,
    Form(texts): Form<BTreeMap<String, String>>,
) -> Result<Response, Trouble> {
    let mut filled = Filled { texts, objection: None };
    let saved = match read(&filled, hex(&random_bytes::<4>()?), &random_bytes::<32>()?) {
        Ok(entry) => {
            let (deed, new) = (Deed { action: "subscriber_on", subject: entry.id.clone() }, entry.clone());
            let put = save(&web, &viewer, filled.seen(), deed, move |document| {
                document.subscribers.push(new.clone());
                Ok(())
            });
            put.await?.map_or(Ok(entry), Err)
        }
        Err(objection) => Err(objection),
    };
    match saved {
        Ok(entry) => Ok(made(&viewer, &entry).into_response()),
        Err(objection) => {
            filled.objection = Some(objection.beside(&["url"]));
            Ok((StatusCode::UNPROCESSABLE_ENTITY, list(&viewer, &filled)).into_response())
        }
    }
}

/// `GET /console/subscribers/of/{id}`: what it was told, and what came of it.
pub async fn one(State(web): State<Shared>, viewer: Viewer, Path(id): Path<String>) -> Result<Markup, Trouble> {
    let entry = known(&viewer, &id)?;
    let rows = told(&web, &viewer, &id).await?;
    let inside = html! {
        p .quiet { (entry.url) }
        form method="post" action={ (PATH) "/of/" (id) "/try" } {
            button .button.main-action type="submit" { (icon("send-horizontal")) "Отправить пробное событие" }
        }
        @if rows.is_empty() {
            section .card { p .quiet { "Событий ещё не было. Отправьте пробное: станет видно, принимает ли его программа." } }
        } @else {
            ul .list.queue.card { @for (status, row) in &rows { (line(&viewer, &id, *status, row)) } }
        }
        section .card.more { a href={ (PATH) "/of/" (id) "/off" } { (icon("x")) "Больше не отправлять" } }
    };
    Ok(frame(&viewer, "Доставки", &heading_under(PATH, "К вебхукам", "Доставки"), &inside))
}

/// `POST /console/subscribers/of/{id}/try`: an event about nothing, to see whether it comes.
pub async fn try_out(State(web): State<Shared>, viewer: Viewer, Path(id): Path<String>) -> Result<Redirect, Trouble> {
    known(&viewer, &id)?;
    count_check(&web, &viewer).await?;
    web.desk.try_subscriber(&viewer.business, &id, &viewer.login).await?;
    Ok(Redirect::to(&format!("{PATH}/of/{id}")))
}

/// `POST /console/subscribers/of/{id}/again/{row}`
pub async fn again(
    State(web): State<Shared>,
    viewer: Viewer,
    Path((id, row)): Path<(String, i64)>,
) -> Result<Redirect, Trouble> {
    known(&viewer, &id)?;
    let rows = told(&web, &viewer, &id).await?;
    if !rows.iter().any(|(status, listed)| *status == Status::Dead && listed.row.id == row) {
        return Err(Trouble::NotFound);
    }
    web.desk.replay(&viewer.business, row, &viewer.login).await?;
    Ok(Redirect::to(&format!("{PATH}/of/{id}")))
}

/// `GET /console/subscribers/of/{id}/off`
pub async fn off_page(viewer: Viewer, Path(id): Path<String>) -> Result<Markup, Trouble> {
    Ok(off_question(known(&viewer, &id)?).page(&viewer, None))
}

/// `POST /console/subscribers/of/{id}/off`
pub async fn off(State(web): State<Shared>, viewer: Viewer, Path(id): Path<String>) -> Result<Response, Trouble> {
    let question = off_question(known(&viewer, &id)?);
    let deed = Deed { action: "subscriber_off", subject: id.clone() };
    let taken = save(&web, &viewer, None, deed, move |document| {
        document.subscribers.retain(|entry| entry.id != id);
        Ok(())
    });
    Ok(question.follow(&viewer, PATH, taken.await?.as_ref()))
}

fn off_question(entry: &SubscriberEntry) -> Question<'static> {
    let one = format!("{PATH}/of/{}", entry.id);
    Question {
        title: "Больше не отправлять?".to_owned(),
        action: format!("{one}/off"),
        deed: "Больше не отправлять",
        back: (one, "К доставкам"),
        told: vec![format!("Программа по адресу {} больше не узнает о событиях.", entry.url)],
        quiet: "Если добавить её снова, ключ подписи будет другим.",
        visits: html! {},
        hidden: Vec::new(),
    }
}

fn known<'a>(viewer: &'a Viewer, id: &str) -> Result<&'a SubscriberEntry, Trouble> {
    viewer.salon.document().subscribers.iter().find(|entry| entry.id == id).ok_or(Trouble::NotFound)
}

async fn told(web: &Web, viewer: &Viewer, id: &str) -> Result<Vec<(Status, ListedRow)>, Trouble> {
    let (business, destination) = (viewer.business.clone(), subscriber_destination(&viewer.business, id));
    Ok(web.store.read(move |sql| outbox::news_of(sql, &business, &destination, LISTED_MAX)).await?)
}

fn read(filled: &Filled, id: String, key: &[u8]) -> Result<SubscriberEntry, Objection> {
    let (url, secret) = (filled.text("url").to_owned(), format!("whsec_{}", STANDARD.encode(key)));
    subscribers::open(&url, &secret, None)?;
    let named = ticked(filled, EVENT);
    let events = NewsKind::ALL.iter().copied().filter(|kind| named.iter().any(|word| word == kind.word()));
    let events: Vec<NewsKind> = events.collect();
    if events.is_empty() {
        return Err(Objection::new("", "Отметьте хотя бы одно событие"));
    }
    Ok(SubscriberEntry { id, url, secret, events })
}

fn made(viewer: &Viewer, entry: &SubscriberEntry) -> Markup {
    let inside = html! {
        section .card.stack {
            p .wrap { (entry.url) }
            (to_copy("new-key", "Ключ подписи показан один раз: сохраните его в своей программе", &entry.secret))
            p .quiet { "Программа проверяет заголовок webhook-signature по Standard Webhooks и узнаёт повтор по webhook-id." }
        }
        div .row { a .button.main-action href=(PATH) { "К вебхукам" } }
    };
    frame(viewer, "Вебхук добавлен", &heading_under(PATH, "К вебхукам", "Вебхук добавлен"), &inside)
}

fn list(viewer: &Viewer, filled: &Filled) -> Markup {
    let inside = html! {
        p .quiet { "Ночник сообщает вашей программе, что случилось: номера диалога и записи, без имён и телефонов. Остальное она прочитает по " a href="/console/keys" { "ключу доступа" } "." }
        @for entry in &viewer.salon.document().subscribers {
            section .card {
                h2 { (entry.url) }
                ul .quiet { @for kind in &entry.events { li { (kind.title()) } } }
                p { a .link href={ (PATH) "/of/" (entry.id) } aria-label={ "Доставки: " (entry.url) } { "Доставки" } }
            }
        }
        form .card.stack method="post" action=(PATH) {
            (seen_input(viewer))
            (problems(filled))
            h2 { "Добавить вебхук" }
            (Input { name: "url", label: "Адрес", help: "https://… — открытый из интернета", mode: "url" }.show(filled))
            fieldset .field {
                legend { "О чём сообщать" }
                @for kind in NewsKind::ALL {
                    @let name = format!("{EVENT}{}", kind.word());
                    label .tick { input type="checkbox" name=(name) checked[filled.is_ticked(&name)]; (kind.title()) }
                }
            }
            button .button.main-action type="submit" { "Добавить" }
        }
    };
    frame(viewer, "Вебхуки", &heading_under("/console/more", "К разделам", "Вебхуки"), &inside)
}

fn line(viewer: &Viewer, id: &str, status: Status, listed: &ListedRow) -> Markup {
    let at = viewer.salon.wall(listed.row.created_at_ms);
    html! {
        li {
            div .spread.middle {
                div {
                    h3 { (title(&listed.row.payload)) }
                    p .quiet.small {
                        (words::moment(at, viewer.salon.wall(viewer.now_ms)))
                        @if listed.row.attempts > 0 { " · неудач: " (listed.row.attempts) }
                        @if let Some(answer) = answer(listed) { " · " (answer) }
                    }
                }
                @match status {
                    Status::Done | Status::Superseded => (mark("green", "circle-check", "дошло")),
                    Status::Waiting => (mark("amber", "clock", "ждёт")),
                    Status::Dead => {
                        form method="post" action={ (PATH) "/of/" (id) "/again/" (listed.row.id) } {
                            button .button type="submit" { (icon("rotate-ccw")) "Отправить снова" }
                        }
                    }
                }
            }
        }
    }
}

/// What the program said to it, as far as an owner can use it; `None` before the first attempt.
fn answer(listed: &ListedRow) -> Option<String> {
    let receipt = listed.receipt.as_deref().and_then(|json| serde_json::from_str::<Value>(json).ok());
    let taken = receipt.and_then(|receipt| receipt["status"].as_u64()).map(|status| status.to_string());
    if taken.is_none() && listed.row.last_outcome == "broken" {
        return Some(listed.why.clone());
    }
    // As `signed.rs` of the adapters words it for the logs.
    let refused = listed.why.strip_prefix("the receiver answered ").map(str::to_owned);
    match taken.or(refused) {
        Some(status) => Some(format!("ответ {status}")),
        None => (!listed.why.is_empty()).then(|| "не отвечает".to_owned()),
    }
}

/// What a row tells, as the owner chose it.
fn title(payload: &str) -> &'static str {
    let errand: Value = serde_json::from_str(payload).unwrap_or_default();
    let body: Value =
        errand["news"]["body"].as_str().and_then(|body| serde_json::from_str(body).ok()).unwrap_or_default();
    if body["type"] == TRIAL {
        return "Пробное событие";
    }
    let kind = NewsKind::ALL.iter().find(|kind| body["type"] == kind.word());
    kind.map_or("Событие", |kind| kind.title())
}
