//! The form of a channel, made of the fields its adapter names: switching on, and replacing a key.
//!
//! Secrets go in and never come back: a form that is shown again has their inputs empty.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use nochnik_adapters::ports::{Field, Kind};
use nochnik_core::business::ChannelEntry;
use serde_json::Value;
use tower_sessions::Session;

use super::channels::{count_check, entry, heading, installation, note_answer, page_of};
use super::look::{Part, console, icon};
use super::viewer::{Owner, Viewer};
use super::{Shared, Trouble, Web};
use crate::channel_setup::{self, Change, Wish};
use crate::document_change::Objection;

/// What a field's input is called in the form.
const FIELD: &str = "field.";
/// The box by which the notice is said to be read.
const READ: &str = "read";
/// The name of the account; the entry calls it so.
const ID: &str = "id";

const NOT_READ: &str = "Прочтите и поставьте галочку: без неё канал не включится";

/// `GET /console/channels/add/{kind}`
pub async fn new(State(web): State<Shared>, Owner(viewer): Owner, Path(kind): Path<String>) -> Result<Markup, Trouble> {
    let kind = channel_setup::kind(&kind).ok_or(Trouble::NotFound)?;
    Ok(page(&web, &viewer, kind, None, &Filled::default()))
}

/// `POST /console/channels/add/{kind}`: «Проверить и включить».
pub async fn add(
    State(web): State<Shared>,
    Owner(viewer): Owner,
    Path(kind): Path<String>,
    session: Session,
    Form(texts): Form<BTreeMap<String, String>>,
) -> Result<Response, Trouble> {
    let kind = channel_setup::kind(&kind).ok_or(Trouble::NotFound)?;
    submit(&web, &viewer, kind, None, &session, texts).await
}

/// `GET /console/channels/of/{account}/edit`
pub async fn edit(
    State(web): State<Shared>,
    Owner(viewer): Owner,
    Path(account): Path<String>,
) -> Result<Markup, Trouble> {
    let base = entry(&viewer, &account)?;
    let kind = channel_setup::kind(&base.kind).ok_or(Trouble::NotFound)?;
    Ok(page(&web, &viewer, kind, Some(base), &Filled::of(base)))
}

/// `POST /console/channels/of/{account}/edit`
pub async fn renew(
    State(web): State<Shared>,
    Owner(viewer): Owner,
    Path(account): Path<String>,
    session: Session,
    Form(texts): Form<BTreeMap<String, String>>,
) -> Result<Response, Trouble> {
    let base = entry(&viewer, &account)?;
    let kind = channel_setup::kind(&base.kind).ok_or(Trouble::NotFound)?;
    submit(&web, &viewer, kind, Some(base), &session, texts).await
}

/// What stands in the form, and what is wrong with it.
#[derive(Default)]
struct Filled {
    account: String,
    texts: BTreeMap<String, String>,
    has_read: bool,
    objection: Option<Objection>,
}

impl Filled {
    fn of(entry: &ChannelEntry) -> Self {
        let text = |value: &Value| match value {
            Value::String(text) => text.clone(),
            Value::Array(items) => items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
            other => other.to_string(),
        };
        let texts = entry.fields.iter().map(|(name, value)| (name.clone(), text(value))).collect();
        Self { account: entry.account().to_owned(), texts, has_read: true, objection: None }
    }

    fn read(mut form: BTreeMap<String, String>) -> Self {
        let account = form.remove(ID).unwrap_or_default();
        let has_read = form.contains_key(READ);
        let texts = form.into_iter().filter_map(|(name, text)| Some((name.strip_prefix(FIELD)?.to_owned(), text)));
        Self { account, texts: texts.collect(), has_read, objection: None }
    }

    /// What is wrong with one input.
    fn problem(&self, name: &str) -> Option<&str> {
        self.objection.as_ref().filter(|objection| objection.field == name).map(|objection| objection.text.as_str())
    }
}

async fn submit(
    web: &Web,
    viewer: &Viewer,
    kind: &'static Kind,
    base: Option<&ChannelEntry>,
    session: &Session,
    form: BTreeMap<String, String>,
) -> Result<Response, Trouble> {
    let mut filled = Filled::read(form);
    match try_out(web, viewer, kind, base, &filled).await? {
        Ok((account, name)) => {
            note_answer(session, &account, name, viewer.now_ms).await?;
            Ok(Redirect::to(&page_of(&account)).into_response())
        }
        Err(objection) => {
            filled.objection = Some(objection);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page(web, viewer, kind, base, &filled)).into_response())
        }
    }
}

/// The account and what the vendor calls us, once it is saved.
async fn try_out(
    web: &Web,
    viewer: &Viewer,
    kind: &'static Kind,
    base: Option<&ChannelEntry>,
    filled: &Filled,
) -> Result<Result<(String, String), Objection>, Trouble> {
    if kind.notice.is_some() && base.is_none() && !filled.has_read {
        return Ok(Err(Objection { field: READ.to_owned(), text: NOT_READ.to_owned() }));
    }
    count_check(web, viewer).await?;
    let wish = Wish { kind, account: filled.account.clone(), texts: filled.texts.clone() };
    let checked = match installation(web).check(viewer.salon.document(), &wish, base).await {
        Ok(checked) => checked,
        Err(objection) => return Ok(Err(objection)),
    };
    let account = checked.entry.account().to_owned();
    let change = if base.is_some() { Change::Renew(checked.entry) } else { Change::On(checked.entry) };
    let saved = channel_setup::save(&web.store, &viewer.business, change, &viewer.login, viewer.now_ms).await?;
    Ok(saved.map(|_| (account, checked.name)))
}

fn page(web: &Web, viewer: &Viewer, kind: &'static Kind, base: Option<&ChannelEntry>, filled: &Filled) -> Markup {
    let action = match base {
        Some(base) => format!("{}/edit", page_of(base.account())),
        None => format!("/console/channels/add/{}", kind.name),
    };
    let has_no_address = channel_setup::needs_address(kind) && !installation(web).can_be_reached();
    let (needed, other): (Vec<&Field>, Vec<&Field>) = kind.fields.iter().partition(|field| field.is_required);
    // A field whose problem is told must be seen.
    let is_open = needed.is_empty()
        || filled.problem(ID).is_some()
        || other.iter().any(|field| filled.problem(field.name).is_some());
    let body = html! {
        main .main #main {
            (heading(kind.title))
            form .stack.narrow method="post" action=(action) autocomplete="off" {
                @if has_no_address { p .note.amber { (icon("triangle-alert")) span { (channel_setup::no_address(kind).text) } } }
                @if let Some(notice) = kind.notice { (notice_card(notice, base.is_none(), filled)) }
                section .card.stack {
                    @for field in &needed { (input(field, base, filled)) }
                    details open[is_open] {
                        summary { "Ещё настройки" }
                        div .stack {
                            @for field in &other { (input(field, base, filled)) }
                            @if base.is_none() { (account_input(filled)) }
                        }
                    }
                }
                @if let Some(problem) = whole(kind, filled) { p .note.red role="alert" { (icon("circle-alert")) span { (problem) } } }
                button .button.main-action type="submit" disabled[has_no_address] { @if base.is_some() { "Проверить и сохранить" } @else { "Проверить и включить" } }
            }
        }
    };
    console(viewer, Part::More, kind.title, &body)
}

/// What is wrong with the form and stands beside no input of it.
fn whole<'a>(kind: &Kind, filled: &'a Filled) -> Option<&'a str> {
    let objection = filled.objection.as_ref()?;
    let has_place =
        [READ, ID].contains(&objection.field.as_str()) || kind.fields.iter().any(|field| field.name == objection.field);
    (!has_place).then_some(objection.text.as_str())
}

fn notice_card(notice: &str, must_read: bool, filled: &Filled) -> Markup {
    html! {
        section .card.stack {
            h2 { @if must_read { "Прочтите до включения" } @else { "Что нужно знать" } }
            p { (notice) }
            @if must_read {
                label .tick { input type="checkbox" name=(READ) value="yes" checked[filled.has_read]; "Прочитано" }
                @if let Some(problem) = filled.problem(READ) { p .problem role="alert" { (icon("circle-alert")) (problem) } }
            }
        }
    }
}

fn input(field: &Field, base: Option<&ChannelEntry>, filled: &Filled) -> Markup {
    let id = format!("field-{}", field.name);
    let problem = filled.problem(field.name);
    let is_kept = field.is_secret && base.is_some_and(|base| base.fields.contains_key(field.name));
    let shown = filled.texts.get(field.name).filter(|_| !field.is_secret);
    html! {
        div .field {
            label for=(id) { (field.title) }
            input id=(id) name={ (FIELD) (field.name) } type=(if field.is_secret { "password" } else { "text" }) value=[shown]
                autocomplete=(if field.is_secret { "new-password" } else { "off" }) autocapitalize="none" spellcheck="false"
                aria-describedby={ (id) "-help" } aria-invalid=[problem.map(|_| "true")];
            @if let Some(problem) = problem { p .problem role="alert" { (icon("circle-alert")) (problem) } }
            p .help id={ (id) "-help" } { (field.help) @if is_kept { br; "Оставьте пустым, чтобы не менять" } }
        }
    }
}

fn account_input(filled: &Filled) -> Markup {
    let problem = filled.problem(ID);
    html! {
        div .field {
            label for="account" { "Имя канала" }
            input id="account" name=(ID) value=(filled.account) autocapitalize="none" spellcheck="false" aria-describedby="account-help" aria-invalid=[problem.map(|_| "true")];
            @if let Some(problem) = problem { p .problem role="alert" { (icon("circle-alert")) (problem) } }
            p .help #account-help { "Нужно, если таких каналов два. Строчные латинские буквы, цифры, дефис; потом не меняется" }
        }
    }
}
