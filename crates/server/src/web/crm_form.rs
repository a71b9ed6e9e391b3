//! The form of a CRM: choosing one, changing how requests get there, leaving it.

use std::collections::BTreeMap;

use axum::Form as Posted;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use maud::Markup;
use nochnik_adapters::ports::Kind;
use nochnik_core::business::CrmEntry;
use tower_sessions::Session;

use super::channels::count_check;
use super::crm::{heading, note_told};
use super::kind_form::{Filled, Form, Off};
use super::viewer::Viewer;
use super::{Shared, Trouble, Web};
use crate::crm_setup;
use crate::document_change::{By, Objection};

/// `GET /console/crm/add/{kind}`
pub async fn new(viewer: Viewer, Path(kind): Path<String>) -> Result<Response, Trouble> {
    let kind = crm_setup::kind(&kind).ok_or(Trouble::NotFound)?;
    if crm_setup::has_own(viewer.salon.document()) {
        return Ok(Redirect::to("/console/crm").into_response());
    }
    Ok(form(kind, None, &Filled::default()).page(&viewer).into_response())
}

/// `POST /console/crm/add/{kind}`: «Проверить и подключить».
pub async fn add(
    State(web): State<Shared>,
    viewer: Viewer,
    Path(kind): Path<String>,
    session: Session,
    Posted(form): Posted<BTreeMap<String, String>>,
) -> Result<Response, Trouble> {
    let kind = crm_setup::kind(&kind).ok_or(Trouble::NotFound)?;
    if crm_setup::has_own(viewer.salon.document()) {
        return Ok(Redirect::to("/console/crm").into_response());
    }
    submit(&web, &viewer, kind, None, &session, Filled::read(form)).await
}

/// `GET /console/crm/edit`
pub async fn edit(viewer: Viewer) -> Result<Markup, Trouble> {
    let (kind, entry) = connected(&viewer)?;
    Ok(form(kind, Some(entry), &Filled::of(&entry.fields)).page(&viewer))
}

/// `POST /console/crm/edit`: «Проверить и сохранить».
pub async fn renew(
    State(web): State<Shared>,
    viewer: Viewer,
    session: Session,
    Posted(form): Posted<BTreeMap<String, String>>,
) -> Result<Response, Trouble> {
    let (kind, entry) = connected(&viewer)?;
    submit(&web, &viewer, kind, Some(entry), &session, Filled::read(form)).await
}

/// `GET /console/crm/off`: where new requests will stay.
pub async fn off_page(viewer: Viewer) -> Result<Markup, Trouble> {
    Ok(off_question(&viewer)?.page(&viewer, None))
}

/// `POST /console/crm/off`
pub async fn off(State(web): State<Shared>, viewer: Viewer) -> Result<Response, Trouble> {
    let question = off_question(&viewer)?;
    Ok(question.follow(&viewer, crm_setup::save(&web.store, by(&viewer), None).await?))
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
            Ok(form(kind, base, &filled).refused(viewer))
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
    let checked = match crm_setup::check(kind, &filled.typed(), base).await {
        Ok(checked) => checked,
        Err(objection) => return Ok(Err(objection)),
    };
    let saved = crm_setup::save(&web.store, by(viewer), Some(checked.entry)).await?;
    Ok(saved.map(|_| checked.told))
}

fn form<'a>(kind: &'static Kind, base: Option<&'a CrmEntry>, filled: &'a Filled) -> Form<'a> {
    let action = match base {
        Some(_) => "/console/crm/edit".to_owned(),
        None => format!("/console/crm/add/{}", kind.name),
    };
    Form::of(kind, base.map(|base| &base.fields), filled, heading(kind.title), action)
}

fn off_question(viewer: &Viewer) -> Result<Off<'static>, Trouble> {
    let entry = viewer.salon.document().crm.as_ref().ok_or(Trouble::NotFound)?;
    Ok(Off {
        title: "Отключить CRM",
        heading: heading(&format!("Отключить «{}»?", crm_setup::title(&entry.kind))),
        action: "/console/crm/off".to_owned(),
        back: "/console/crm".to_owned(),
        told: [
            "Новые заявки останутся в Ночнике, в разделе «Лиды». Карточки, которые уже стоят в CRM, больше не изменятся.",
            "Подключить снова можно в любой день, понадобится ключ.",
        ],
    })
}
