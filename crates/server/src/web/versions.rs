//! «Что менялось»: every version of the settings with who, when and what, and the way back.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use nochnik_core::business::Document;
use nochnik_store::{Sql, audit, businesses};
use serde_json::Value;

use super::look::icon;
use super::replay::{self, Pair};
use super::settings::{alert, frame, heading, heading_under, save};
use super::viewer::Viewer;
use super::{Shared, Trouble, Web, words};
use crate::document_change::Deed;
use crate::document_diff;

/// Versions on the page.
const SHOWN_MAX: i64 = 30;
/// Lines of the journal in which their authors are looked for.
const JOURNAL_MAX: i64 = 500;
pub const PATH: &str = "/console/settings/versions";

/// `GET /console/settings/versions`
pub async fn page(State(web): State<Shared>, viewer: Viewer) -> Result<Markup, Trouble> {
    let told = versions(&web, &viewer).await?;
    let inside = html! {
        section .card {
            ul .list.queue {
                @for (place, version) in told.iter().enumerate() {
                    li .stack {
                        div {
                            @if version.changes.is_empty() { p { "Без видимых изменений" } }
                            @for line in &version.changes { p { (line) } }
                            p .quiet.small { (version.when) @if let Some(who) = &version.who { ", " (who) } " · версия " (version.number) }
                        }
                        div .row {
                            @if place > 0 { a .button href={ (PATH) "/" (version.number) } { "Вернуть" } }
                            @if let Some(before) = told.get(place + 1).filter(|_| viewer.may_open(replay::PATH)) {
                                a .button.plain href=(Pair::address(before.number, version.number)) { "Что пошло бы иначе" }
                            }
                        }
                    }
                }
            }
        }
    };
    Ok(frame(&viewer, "Что менялось", &heading("Что менялось"), &inside))
}

/// `GET /console/settings/versions/{number}`: what a return would change.
pub async fn one(State(web): State<Shared>, viewer: Viewer, Path(number): Path<i64>) -> Result<Markup, Trouble> {
    let document = document(&web, &viewer, number).await?;
    Ok(question(&viewer, number, &document, None))
}

/// `POST /console/settings/versions/{number}`: the old document becomes the newest version.
pub async fn back(State(web): State<Shared>, viewer: Viewer, Path(number): Path<i64>) -> Result<Response, Trouble> {
    let document = document(&web, &viewer, number).await?;
    let deed = Deed { action: "version_back", subject: number.to_string() };
    let old = document.clone();
    let saved = save(&web, &viewer, None, deed, move |document| {
        *document = old.clone();
        Ok(())
    });
    match saved.await? {
        None => Ok(Redirect::to(PATH).into_response()),
        Some(objection) => {
            let page = question(&viewer, number, &document, Some(&objection.whole()));
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

fn question(viewer: &Viewer, number: i64, document: &Document, objection: Option<&str>) -> Markup {
    let changes = document_diff::words(viewer.salon.document(), document);
    let title = format!("Вернуть версию {number}?");
    let inside = html! {
        (alert(objection))
        section .card.stack {
            @if changes.is_empty() {
                p { "Эта версия ничем видимым не отличается от нынешней." }
            } @else {
                p { "Настройки станут такими, как были тогда. Вот что изменится:" }
                ul .numbered { @for line in &changes { li { (line) } } }
            }
            p .quiet { "Вернутся и ключи каналов того времени. Переписка и записи останутся. Нынешняя версия никуда не денется: к ней можно вернуться так же." }
            form .row method="post" action={ (PATH) "/" (number) } {
                button .button.main-action type="submit" { (icon("rotate-ccw")) "Вернуть" }
                a .button.plain href=(PATH) { "Оставить как есть" }
                @if viewer.may_open(replay::PATH) && !changes.is_empty() {
                    a .button.plain href=(Pair::address(viewer.salon.settings().version, number)) { "Какие диалоги пошли бы иначе" }
                }
            }
        }
    };
    frame(viewer, &title, &heading_under(PATH, "К версиям", &title), &inside)
}

struct Version {
    number: i64,
    when: String,
    who: Option<String>,
    changes: Vec<String>,
}

/// The newest first; a version that came by the command line has no author.
async fn versions(web: &Web, viewer: &Viewer) -> Result<Vec<Version>, Trouble> {
    let business = viewer.business.clone();
    let job = move |sql: &mut dyn Sql| {
        Ok((businesses::versions(sql, &business, SHOWN_MAX + 1)?, audit::of_versions(sql, &business, JOURNAL_MAX)?))
    };
    let (rows, journal) = web.store.read(job).await?;
    let who = |number: i64| {
        let is_it = |entry: &&audit::Entry| {
            serde_json::from_str::<Value>(&entry.details).is_ok_and(|details| details["version"] == number)
        };
        journal.iter().find(is_it).map(|entry| viewer.salon.person(&entry.actor).to_owned())
    };
    let read = |text: &str| serde_json::from_str::<Document>(text).ok();
    let now = viewer.salon.wall(viewer.now_ms);
    let mut told = Vec::new();
    for (place, row) in rows.iter().enumerate().take(usize::try_from(SHOWN_MAX).unwrap_or_default()) {
        let changes = match (rows.get(place + 1).and_then(|before| read(&before.document)), read(&row.document)) {
            (Some(before), Some(after)) => document_diff::words(&before, &after),
            (None, Some(_)) => vec!["Первая версия".to_owned()],
            (_, None) => vec!["Эту версию нынешняя программа не читает".to_owned()],
        };
        let when = words::moment(viewer.salon.wall(row.created_at_ms), now);
        told.push(Version { number: row.version, when, who: who(row.version), changes });
    }
    Ok(told)
}

pub async fn document(web: &Web, viewer: &Viewer, number: i64) -> Result<Document, Trouble> {
    let business = viewer.business.clone();
    let text = web.store.read(move |sql: &mut dyn Sql| businesses::document_of(sql, &business, number)).await?;
    let text = text.ok_or(Trouble::NotFound)?;
    serde_json::from_str(&text).map_err(|_| Trouble::BadForm("Эту версию нынешняя программа не читает."))
}
