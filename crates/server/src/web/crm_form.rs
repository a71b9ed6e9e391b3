//! The form of a CRM: choosing one, changing how requests get there, leaving it.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use nochnik_adapters::ports::Kind;
use nochnik_core::business::CrmEntry;
use tower_sessions::Session;

use super::channels::count_check;
use super::crm::{heading, note_told};
use super::kind_form::{Filled, inputs, notice_card, whole};
use super::look::{Part, console, icon};
use super::viewer::Viewer;
use super::{Shared, Trouble, Web};
use crate::crm_setup;
use crate::document_change::{By, Objection};

/// `GET /console/crm/add/{kind}`
pub async fn new(viewer: Viewer, Path(kind): Path<String>) -> Result<Response, Trouble> {
    let kind = crm_setup::kind(&kind).ok_or(Trouble::NotFound)?;
    if viewer.salon.document().crm.is_some() {
        return Ok(Redirect::to("/console/crm").into_response());
    }
    Ok(page(&viewer, kind, None, &Filled::default()).into_response())
}

/// `POST /console/crm/add/{kind}`: «Проверить и подключить».
pub async fn add(
    State(web): State<Shared>,
    viewer: Viewer,
    Path(kind): Path<String>,
    session: Session,
    Form(form): Form<BTreeMap<String, String>>,
) -> Result<Response, Trouble> {
    let kind = crm_setup::kind(&kind).ok_or(Trouble::NotFound)?;
    if viewer.salon.document().crm.is_some() {
        return Ok(Redirect::to("/console/crm").into_response());
    }
    submit(&web, &viewer, kind, None, &session, Filled::read(form)).await
}

/// `GET /console/crm/edit`
pub async fn edit(viewer: Viewer) -> Result<Markup, Trouble> {
    let (kind, entry) = connected(&viewer)?;
    Ok(page(&viewer, kind, Some(entry), &Filled::of(&entry.fields)))
}

/// `POST /console/crm/edit`: «Проверить и сохранить».
pub async fn renew(
    State(web): State<Shared>,
    viewer: Viewer,
    session: Session,
    Form(form): Form<BTreeMap<String, String>>,
) -> Result<Response, Trouble> {
    let (kind, entry) = connected(&viewer)?;
    submit(&web, &viewer, kind, Some(entry), &session, Filled::read(form)).await
}

/// `GET /console/crm/off`: where new requests will stay.
pub async fn off_page(viewer: Viewer) -> Result<Markup, Trouble> {
    off_question(&viewer, None)
}

/// `POST /console/crm/off`
pub async fn off(State(web): State<Shared>, viewer: Viewer) -> Result<Response, Trouble> {
    match crm_setup::save(&web.store, by(&viewer), None).await? {
        Ok(_) => Ok(Redirect::to("/console/crm").into_response()),
        Err(objection) => {
            let page = off_question(&viewer, Some(&objection))?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

fn connected(viewer: &Viewer) -> Result<(&'static Kind, &CrmEntry), Trouble> {
    let entry = viewer.salon.document().crm.as_ref().ok_or(Trouble::NotFound)?;
    Ok((crm_setup::kind(&entry.kind).ok_or(Trouble::NotFound)?, entry))
}

fn by(viewer: &Viewer) -> By<'_> {
    By { business: &viewer.business, actor: &viewer.login, seen: None, now_ms: viewer.now_ms }
}

async fn submit(
    web: &Web,
    viewer: &Viewer,
    kind: &'static Kind,
    base: Option<&CrmEntry>,
    session: &Session,
    mut filled: Filled,
) -> Result<Response, Trouble> {
    match try_out(web, viewer, kind, base, &filled).await? {
        Ok(told) => {
            note_told(session, told).await?;
            Ok(Redirect::to("/console/crm").into_response())
        }
        Err(objection) => {
            filled.objection = Some(objection);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page(viewer, kind, base, &filled)).into_response())
        }
    }
}

/// What the check said, once it is saved.
async fn try_out(
    web: &Web,
    viewer: &Viewer,
    kind: &'static Kind,
    base: Option<&CrmEntry>,
    filled: &Filled,
) -> Result<Result<Vec<String>, Objection>, Trouble> {
    if let Some(unread) = filled.unread(kind).filter(|_| base.is_none()) {
        return Ok(Err(unread));
    }
    count_check(web, viewer).await?;
    let checked = match crm_setup::check(kind, &filled.texts, base).await {
        Ok(checked) => checked,
        Err(objection) => return Ok(Err(objection)),
    };
    let saved = crm_setup::save(&web.store, by(viewer), Some(checked.entry)).await?;
    Ok(saved.map(|_| checked.told))
}

fn page(viewer: &Viewer, kind: &'static Kind, base: Option<&CrmEntry>, filled: &Filled) -> Markup {
    let action = match base {
        Some(_) => "/console/crm/edit".to_owned(),
        None => format!("/console/crm/add/{}", kind.name),
    };
    let body = html! {
        main .main #main {
            (heading(kind.title))
            form .stack.narrow method="post" action=(action) autocomplete="off" {
                @if let Some(problem) = whole(kind, filled, &[]) { p .note.red role="alert" { (icon("circle-alert")) span { (problem) } } }
                @if let Some(notice) = kind.notice { (notice_card(notice, base.is_none(), filled)) }
                (inputs(kind, base.map(|base| &base.fields), filled, None))
                button .button.main-action type="submit" { @if base.is_some() { "Проверить и сохранить" } @else { "Проверить и подключить" } }
            }
        }
    };
    console(viewer, Part::More, kind.title, &body)
}

fn off_question(viewer: &Viewer, objection: Option<&Objection>) -> Result<Markup, Trouble> {
    let entry = viewer.salon.document().crm.as_ref().ok_or(Trouble::NotFound)?;
    let title = crm_setup::title(&entry.kind);
    let body = html! {
        main .main #main {
            (heading(&format!("Отключить «{title}»?")))
            div .stack.narrow {
                @if let Some(objection) = objection { p .note.red role="alert" { (icon("circle-alert")) span { (objection.text) } } }
                section .card.stack {
                    p { "Новые заявки останутся в Ночнике, в разделе «Лиды». Карточки, которые уже стоят в CRM, больше не изменятся." }
                    p .quiet { "Подключить снова можно в любой день, понадобится ключ." }
                    form .row method="post" action="/console/crm/off" {
                        button .button.main-action type="submit" { "Отключить" }
                        a .button.plain href="/console/crm" { "Оставить" }
                    }
                }
            }
        }
    };
    Ok(console(viewer, Part::More, "Отключить CRM", &body))
}
