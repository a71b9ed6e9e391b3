//! «Ключи доступа»: by what programs of the business come in; made, shown once, revoked by the owner.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use nochnik_store::api_keys::{self, ApiKey, NewKey};
use nochnik_store::{Sql, audit};
use serde_json::Value;

use super::api::{self, SECRET_PREFIX, Scope, hash_of};
use super::assets::hex;
use super::channels::to_copy;
use super::look::icon;
use super::question::Question;
use super::settings::{Filled, Input, frame, heading_under, problems, ticked};
use super::viewer::Viewer;
use super::{Shared, Trouble, Web, words};
use crate::document_change::Objection;
use crate::key::random_bytes;

const PATH: &str = "/console/keys";
/// Keys of one business that live at once.
const LIVING_MAX: i64 = 20;
/// Longest title, in characters.
const TITLE_CHARS_MAX: usize = 60;
/// A revoked key is named in the journal for so long.
const KEPT_MS: i64 = 400 * 24 * 3_600_000;
/// What the journal calls the end of a key.
pub const REVOKED: &str = "key_off";
/// Beginning of the names of the boxes of rights.
const SCOPE: &str = "scope.";

/// `GET /console/keys`
pub async fn page(State(web): State<Shared>, viewer: Viewer) -> Result<Markup, Trouble> {
    show(&web, &viewer, &Filled::default(), None).await
}

/// `POST /console/keys`: makes one and shows it, for the only time.
pub async fn make(
    State(web): State<Shared>,
    viewer: Viewer,
    Form(texts): Form<BTreeMap<String, String>>,
) -> Result<Response, Trouble> {
    let mut filled = Filled { texts, objection: None };
    let made = match read(&filled) {
        Ok((title, scopes)) => keep(&web, &viewer, title, scopes).await?,
        Err(objection) => Err(objection),
    };
    match made {
        Ok(secret) => Ok(show(&web, &viewer, &Filled::default(), Some(&secret)).await?.into_response()),
        Err(objection) => {
            filled.objection = Some(objection);
            let page = show(&web, &viewer, &filled, None).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

/// `GET /console/keys/{id}/revoke`
pub async fn revoke_page(State(web): State<Shared>, viewer: Viewer, Path(id): Path<String>) -> Result<Markup, Trouble> {
    let business = viewer.business.clone();
    let keys = web.store.read(move |sql| api_keys::list(sql, &business)).await?;
    let key = keys.iter().find(|key| key.id == id && key.revoked_at_ms.is_none()).ok_or(Trouble::NotFound)?;
    let question = Question {
        title: format!("Отозвать ключ «{}»?", key.title),
        action: format!("{PATH}/{id}/revoke"),
        deed: "Отозвать",
        back: (PATH.to_owned(), "К ключам"),
        told: vec!["Программа с этим ключом сразу перестанет читать и менять что-либо.".to_owned()],
        quiet: "Отозванный ключ не вернуть: программе понадобится новый.",
        visits: html! {},
        hidden: Vec::new(),
    };
    Ok(question.page(&viewer, None))
}

/// `POST /console/keys/{id}/revoke`
pub async fn revoke(State(web): State<Shared>, viewer: Viewer, Path(id): Path<String>) -> Result<Redirect, Trouble> {
    let (business, actor, now_ms) = (viewer.business.clone(), viewer.login.clone(), viewer.now_ms);
    let job = move |sql: &mut dyn Sql| {
        if !api_keys::revoke(sql, &business, &id, now_ms)? {
            return Ok(false);
        }
        let entry = audit::NewEntry { at_ms: now_ms, actor: &actor, action: REVOKED, subject: &id, details: "{}" };
        audit::append(sql, &business, &entry).map(|()| true)
    };
    if web.store.write(job).await? { Ok(Redirect::to(PATH)) } else { Err(Trouble::NotFound) }
}

/// `GET /console/keys/calls`: what the document says, for people.
pub async fn calls(State(_): State<Shared>, viewer: Viewer) -> Result<Markup, Trouble> {
    let document: Value = serde_json::from_str(api::description()).map_err(|error| Trouble::broken(&error))?;
    let inside = html! {
        p .quiet { "Полное описание для программ: " a href="/api/v1/openapi.json" { "openapi.json" } ". Ключ — в заголовке Authorization: Bearer." }
        @for (path, operations) in document["paths"].as_object().into_iter().flatten() {
            @for (method, operation) in operations.as_object().into_iter().flatten() {
                section .card {
                    h2 { (operation["summary"].as_str().unwrap_or_default()) }
                    p .wrap { (method.to_uppercase()) " " (path) }
                    @if let Some(more) = operation["description"].as_str() { p .quiet.small { (more) } }
                    @if let Some(scope) = operation["security"][0]["key"][0].as_str().and_then(Scope::parse) {
                        p .quiet.small { "Нужно право «" (scope.title()) "»." }
                    }
                }
            }
        }
    };
    Ok(frame(&viewer, "Вызовы", &heading_under(PATH, "К ключам", "Вызовы"), &inside))
}

/// Names of the keys of a business, by how the logs call them.
pub async fn titles(web: &Web, business: &str) -> Result<BTreeMap<String, String>, Trouble> {
    let business = business.to_owned();
    let keys = web.store.read(move |sql| api_keys::list(sql, &business)).await?;
    Ok(keys.into_iter().map(|key| (key.id, key.title)).collect())
}

fn read(filled: &Filled) -> Result<(String, String), Objection> {
    let title = filled.text("title");
    if title.is_empty() || title.chars().count() > TITLE_CHARS_MAX || title.chars().any(char::is_control) {
        return Err(Objection::new("title", format!("Назовите программу, до {TITLE_CHARS_MAX} знаков")));
    }
    let named = ticked(filled, SCOPE);
    let given = Scope::ALL.iter().filter(|scope| named.iter().any(|word| word == scope.word()));
    let scopes: Vec<&str> = given.map(|scope| scope.word()).collect();
    if scopes.is_empty() {
        return Err(Objection::new("", "Отметьте, что ключу можно"));
    }
    Ok((title.to_owned(), scopes.join(" ")))
}

/// The key itself, which is kept nowhere.
async fn keep(web: &Web, viewer: &Viewer, title: String, scopes: String) -> Result<Result<String, Objection>, Trouble> {
    let secret = format!("{SECRET_PREFIX}{}", hex(&random_bytes::<32>()?));
    let (id, secret_hash) = (hex(&random_bytes::<6>()?), hash_of(&secret));
    let (business, actor, person, now_ms) =
        (viewer.business.clone(), viewer.login.clone(), viewer.person.clone(), viewer.now_ms);
    let job = move |sql: &mut dyn Sql| {
        api_keys::purge(sql, &business, now_ms - KEPT_MS)?;
        let key = NewKey {
            id: &id,
            secret_hash: &secret_hash,
            title: &title,
            scopes: &scopes,
            person_id: &person,
            created_at_ms: now_ms,
        };
        if !api_keys::put(sql, &business, &key, LIVING_MAX)? {
            return Ok(false);
        }
        let entry = audit::NewEntry { at_ms: now_ms, actor: &actor, action: "key_on", subject: &id, details: "{}" };
        audit::append(sql, &business, &entry).map(|()| true)
    };
    if web.store.write(job).await? {
        return Ok(Ok(secret));
    }
    Ok(Err(Objection::new("", format!("Живых ключей уже {LIVING_MAX}: отзовите ненужный"))))
}

async fn show(web: &Web, viewer: &Viewer, filled: &Filled, made: Option<&str>) -> Result<Markup, Trouble> {
    let business = viewer.business.clone();
    let mut keys = web.store.read(move |sql| api_keys::list(sql, &business)).await?;
    keys.retain(|key| key.revoked_at_ms.is_none());
    let inside = html! {
        @if let Some(secret) = made {
            section .card.stack {
                h2 { "Новый ключ" }
                (to_copy("new-key", "Ключ показан один раз: сохраните его в своей программе", secret))
            }
        }
        p .quiet { "По ключу ваша программа читает лиды, записи и диалоги и отвечает клиентам. Никому его не показывайте; если показали — отзовите. " a href={ (PATH) "/calls" } { "Что можно вызвать" } }
        @for key in &keys { (card(viewer, key)) }
        form .card.stack method="post" action=(PATH) {
            (problems(filled))
            h2 { "Сделать ключ" }
            (Input { name: "title", label: "Для какой программы", help: "Например, «Отчёты агентства»: так ключ назовёт журнал", mode: "text" }.show(filled))
            fieldset .field {
                legend { "Что ей можно" }
                @for scope in Scope::ALL {
                    @let name = format!("{SCOPE}{}", scope.word());
                    label .tick { input type="checkbox" name=(name) checked[filled.is_ticked(&name)]; (scope.title()) }
                }
            }
            button .button.main-action type="submit" { "Сделать ключ" }
        }
    };
    Ok(frame(viewer, "Ключи доступа", &heading_under("/console/more", "К разделам", "Ключи доступа"), &inside))
}

fn card(viewer: &Viewer, key: &ApiKey) -> Markup {
    let now = viewer.salon.wall(viewer.now_ms);
    let given = key.scopes.split(' ').filter_map(Scope::parse).map(Scope::title);
    html! {
        section .card {
            div .spread {
                div {
                    h2 { (key.title) }
                    p .quiet.small {
                        "Сделан: " (words::moment(viewer.salon.wall(key.created_at_ms), now)) ", " (viewer.salon.person(&key.person_id)) " · "
                        @match key.used_at_ms {
                            Some(used_at_ms) => { "пользовались: " (words::moment(viewer.salon.wall(used_at_ms), now)) }
                            None => "ещё не пользовались",
                        }
                    }
                }
                a .button href={ (PATH) "/" (key.id) "/revoke" } aria-label={ "Отозвать: " (key.title) } { (icon("x")) "Отозвать" }
            }
            ul .quiet { @for title in given { li { (title) } } }
        }
    }
}
