//! The form of a channel: switching on, and replacing a key.

use std::collections::BTreeMap;

use axum::Form as Posted;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use maud::Markup;
use nochnik_adapters::ports::Kind;
use nochnik_core::business::ChannelEntry;
use tower_sessions::Session;

use super::channels::{count_check, entry, heading, installation, note_answer, page_of};
use super::kind_form::{Filled, Form, account_input};
use super::viewer::Viewer;
use super::{Shared, Trouble, Web};
use crate::channel_setup::{self, Change, Wish};
use crate::document_change::Objection;
use crate::kind_setup::ID;

/// `GET /console/channels/add/{kind}`
pub async fn new(State(web): State<Shared>, viewer: Viewer, Path(kind): Path<String>) -> Result<Markup, Trouble> {
    let kind = channel_setup::kind(&kind).ok_or(Trouble::NotFound)?;
    Ok(form(&web, kind, None, ("", &Filled::default())).page(&viewer))
}

/// `POST /console/channels/add/{kind}`: «Проверить и включить».
pub async fn add(
    State(web): State<Shared>,
    viewer: Viewer,
    Path(kind): Path<String>,
    session: Session,
    Posted(texts): Posted<BTreeMap<String, String>>,
) -> Result<Response, Trouble> {
    let kind = channel_setup::kind(&kind).ok_or(Trouble::NotFound)?;
    submit(&web, &viewer, kind, None, &session, texts).await
}

/// `GET /console/channels/of/{account}/edit`
pub async fn edit(State(web): State<Shared>, viewer: Viewer, Path(account): Path<String>) -> Result<Markup, Trouble> {
    let base = entry(&viewer, &account)?;
    let kind = channel_setup::kind(&base.kind).ok_or(Trouble::NotFound)?;
    Ok(form(&web, kind, Some(base), (base.account(), &Filled::of(&base.fields))).page(&viewer))
}

/// `POST /console/channels/of/{account}/edit`
pub async fn renew(
    State(web): State<Shared>,
    viewer: Viewer,
    Path(account): Path<String>,
    session: Session,
    Posted(texts): Posted<BTreeMap<String, String>>,
) -> Result<Response, Trouble> {
    let base = entry(&viewer, &account)?;
    let kind = channel_setup::kind(&base.kind).ok_or(Trouble::NotFound)?;
    submit(&web, &viewer, kind, Some(base), &session, texts).await
}

async fn submit(
    web: &Web,
    viewer: &Viewer,
    kind: &'static Kind,
    base: Option<&ChannelEntry>,
    session: &Session,
    mut texts: BTreeMap<String, String>,
) -> Result<Response, Trouble> {
    let named = texts.remove(ID).unwrap_or_default();
    let mut filled = Filled::read(texts);
    match try_out(web, viewer, kind, base, (&named, &filled)).await? {
        Ok((account, name)) => {
            note_answer(session, &account, name, viewer.now_ms).await?;
            Ok(Redirect::to(&page_of(&account)).into_response())
        }
        Err(objection) => {
            filled.objection = Some(objection);
            Ok(form(web, kind, base, (&named, &filled)).refused(viewer))
        }
    }
}

/// The account and what the vendor calls us, once it is saved.
async fn try_out(
    web: &Web,
    viewer: &Viewer,
    kind: &'static Kind,
    base: Option<&ChannelEntry>,
    (named, filled): (&str, &Filled),
) -> Result<Result<(String, String), Objection>, Trouble> {
    if let Some(unread) = filled.unread(kind).filter(|_| base.is_none()) {
        return Ok(Err(unread));
    }
    count_check(web, viewer).await?;
    let wish = Wish { kind, account: named.to_owned(), typed: filled.typed() };
    let checked = match installation(web).check(viewer.salon.document(), &wish, base).await {
        Ok(checked) => checked,
        Err(objection) => return Ok(Err(objection)),
    };
    let account = checked.entry.account().to_owned();
    let change = if base.is_some() { Change::Renew(checked.entry) } else { Change::On(checked.entry) };
    let saved = channel_setup::save(&web.store, &viewer.business, change, &viewer.login, viewer.now_ms).await?;
    Ok(saved.map(|_| (account, checked.name)))
}

fn form<'a>(
    web: &Web,
    kind: &'static Kind,
    base: Option<&'a ChannelEntry>,
    (named, filled): (&str, &'a Filled),
) -> Form<'a> {
    let action = match base {
        Some(base) => format!("{}/edit", page_of(base.account())),
        None => format!("/console/channels/add/{}", kind.name),
    };
    let has_no_address = channel_setup::needs_address(kind) && !installation(web).can_be_reached();
    Form {
        begin: "включить",
        hindrance: has_no_address.then(|| channel_setup::no_address(kind).text),
        own: &[ID],
        more: base.is_none().then(|| account_input("Имя канала", named, filled)),
        ..Form::of(kind, base.map(|base| &base.fields), filled, heading(kind.title), action)
    }
}
