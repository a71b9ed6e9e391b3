//! «Языковая модель»: who helps the bot read what it is not sure of; chosen, checked, changed, left.

use std::collections::BTreeMap;

use axum::Form as Posted;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use nochnik_adapters::ports::Kind;
use nochnik_core::business::ModelEntry;
use tower_sessions::Session;

use super::channels::count_check;
use super::kind_form::{Filled, Form, Off, own_number};
use super::look::{Part, console, icon, mark};
use super::viewer::Viewer;
use super::{Shared, Trouble, Web, words};
use crate::document_change::{By, Objection};
use crate::model_setup::{self, ASK_UNDER, PHRASE, TOKENS_PER_DAY};

const PAGE: &str = "/console/model";
/// Key in a session of what the last check said.
const TOLD: &str = "model";
/// What stands in the form of a new one, as a document without these settings has it.
const ASK_UNDER_NEW: &str = "50";
const TOKENS_NEW: &str = "300000";

/// `GET /console/model`
pub async fn page(State(web): State<Shared>, viewer: Viewer, session: Session) -> Result<Markup, Trouble> {
    let told = session.remove::<String>(TOLD).await.map_err(|error| Trouble::broken(&error))?;
    let entry = viewer.salon.document().model.as_ref();
    let body = html! {
        main .main #main {
            div .head.deep {
                a .back href="/console/settings" aria-label="К настройкам" { (icon("arrow-left")) }
                h1 { "Языковая модель" }
            }
            div .stack.narrow {
                @if web.place.nothing_leaves {
                    p .note.amber { (icon("triangle-alert")) span { "Сервер запущен с nothing_leaves: тексты клиентов никуда не уходят, и модель не работает, даже если она выбрана." } }
                }
                @match entry {
                    None => (choice()),
                    Some(entry) => (chosen(&viewer, entry, told.as_deref())),
                }
                p .quiet.small { "Цен, окон и обещаний модель не придумывает: всё, что она поняла, сверяется с прайсом и расписанием. Имена и телефоны до неё не доходят. Что ушло, слово в слово видно в «Журнале»." }
            }
        }
    };
    Ok(console(&viewer, Part::More, "Языковая модель", &body))
}

fn choice() -> Markup {
    html! {
        section .card.stack {
            h2 { "Кто поможет понять трудное" }
            p .quiet { "Бот понимает клиентов сам. Когда он не уверен, он может спросить модель; без неё он переспросит клиента или позовёт человека." }
            div .more {
                @for kind in model_setup::kinds() {
                    a href={ (PAGE) "/add/" (kind.name) } { (icon("bot")) span { (kind.title) } }
                }
            }
        }
    }
}

fn chosen(viewer: &Viewer, entry: &ModelEntry, told: Option<&str>) -> Markup {
    let title = title(entry);
    html! {
        section .card.stack {
            div .spread { h2 { (title) } (mark("green", "circle-check", "выбрана")) }
            p { "Спрашиваем, когда бот уверен меньше чем на " (percent(entry)) (words::NBSP) "%. В сутки — до " (words::grouped(i64::try_from(entry.tokens_per_day).unwrap_or(i64::MAX))) " токенов, дальше бот справляется сам." }
            @if entry.phrase { p { "Ответы бота модель пересказывает своими словами; числа, даты и имена остаются как есть." } }
            @if let Some(told) = told { p .note.green role="status" { (icon("circle-check")) span { (told) } } }
            div .row {
                @if model_setup::kind(&entry.kind).is_some() { a .button href={ (PAGE) "/edit" } { "Изменить и проверить" } }
                @if viewer.may_do("/console/model/off") { a .button.plain href={ (PAGE) "/off" } { "Отключить" } }
            }
        }
    }
}

fn title(entry: &ModelEntry) -> &str {
    model_setup::kind(&entry.kind).map_or(entry.kind.as_str(), |kind| kind.title)
}

fn percent(entry: &ModelEntry) -> String {
    format!("{:.0}", entry.ask_under * 100.0)
}

/// `GET /console/model/add/{kind}`
pub async fn new(viewer: Viewer, Path(kind): Path<String>) -> Result<Response, Trouble> {
    let kind = model_setup::kind(&kind).ok_or(Trouble::NotFound)?;
    if viewer.salon.document().model.is_some() {
        return Ok(Redirect::to(PAGE).into_response());
    }
    let mut filled = Filled::default();
    for (name, text) in [(ASK_UNDER, ASK_UNDER_NEW), (TOKENS_PER_DAY, TOKENS_NEW)] {
        filled.texts.insert(name.to_owned(), text.to_owned());
    }
    Ok(form(kind, None, &filled).page(&viewer).into_response())
}

/// `POST /console/model/add/{kind}`: «Проверить и подключить».
pub async fn add(
    State(web): State<Shared>,
    viewer: Viewer,
    Path(kind): Path<String>,
    session: Session,
    Posted(form): Posted<BTreeMap<String, String>>,
) -> Result<Response, Trouble> {
    let kind = model_setup::kind(&kind).ok_or(Trouble::NotFound)?;
    if viewer.salon.document().model.is_some() {
        return Ok(Redirect::to(PAGE).into_response());
    }
    submit(&web, &viewer, kind, None, &session, Filled::read(form)).await
}

/// `GET /console/model/edit`
pub async fn edit(viewer: Viewer) -> Result<Markup, Trouble> {
    let (kind, entry) = connected(&viewer)?;
    let mut filled = Filled::of(&entry.fields);
    filled.texts.insert(ASK_UNDER.to_owned(), percent(entry));
    filled.texts.insert(TOKENS_PER_DAY.to_owned(), entry.tokens_per_day.to_string());
    if entry.phrase {
        filled.texts.insert(PHRASE.to_owned(), "yes".to_owned());
    }
    Ok(form(kind, Some(entry), &filled).page(&viewer))
}

/// `POST /console/model/edit`: «Проверить и сохранить».
pub async fn renew(
    State(web): State<Shared>,
    viewer: Viewer,
    session: Session,
    Posted(form): Posted<BTreeMap<String, String>>,
) -> Result<Response, Trouble> {
    let (kind, entry) = connected(&viewer)?;
    submit(&web, &viewer, kind, Some(entry), &session, Filled::read(form)).await
}

/// `GET /console/model/off`: what the bot does without it.
pub async fn off_page(viewer: Viewer) -> Result<Markup, Trouble> {
    Ok(off_question(&viewer)?.page(&viewer, None))
}

/// `POST /console/model/off`
pub async fn off(State(web): State<Shared>, viewer: Viewer) -> Result<Response, Trouble> {
    let question = off_question(&viewer)?;
    Ok(question.follow(&viewer, model_setup::save(&web.store, by(&viewer), None).await?))
}

fn connected(viewer: &Viewer) -> Result<(&'static Kind, &ModelEntry), Trouble> {
    let entry = viewer.salon.document().model.as_ref().ok_or(Trouble::NotFound)?;
    Ok((model_setup::kind(&entry.kind).ok_or(Trouble::NotFound)?, entry))
}

fn by(viewer: &Viewer) -> By<'_> {
    By { business: &viewer.business, actor: &viewer.login, seen: None, now_ms: viewer.now_ms }
}

async fn submit(
    web: &Web,
    viewer: &Viewer,
    kind: &'static Kind,
    base: Option<&ModelEntry>,
    session: &Session,
    mut filled: Filled,
) -> Result<Response, Trouble> {
    match try_out(web, viewer, kind, base, &filled).await? {
        Ok(told) => {
            session.insert(TOLD, told).await.map_err(|error| Trouble::broken(&error))?;
            Ok(Redirect::to(PAGE).into_response())
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
    base: Option<&ModelEntry>,
    filled: &Filled,
) -> Result<Result<String, Objection>, Trouble> {
    if web.place.nothing_leaves {
        let text = "Сервер запущен с nothing_leaves: ничего не спрашиваем. Тот, кто держит сервер, может это изменить";
        return Ok(Err(Objection::new("", text)));
    }
    if let Some(unread) = filled.unread(kind).filter(|_| base.is_none()) {
        return Ok(Err(unread));
    }
    count_check(web, viewer).await?;
    let checked = match model_setup::check(kind, &filled.typed(), base).await {
        Ok(checked) => checked,
        Err(objection) => return Ok(Err(objection)),
    };
    let saved = model_setup::save(&web.store, by(viewer), Some(checked.entry)).await?;
    Ok(saved.map(|_| checked.told))
}

fn form<'a>(kind: &'static Kind, base: Option<&'a ModelEntry>, filled: &'a Filled) -> Form<'a> {
    let action = match base {
        Some(_) => format!("{PAGE}/edit"),
        None => format!("{PAGE}/add/{}", kind.name),
    };
    let rest = html! {
        section .card.stack {
            (own_number(ASK_UNDER, "Спрашивать, когда бот уверен меньше чем на, %", "Чем больше, тем чаще спрашиваем и тем дороже", filled))
            (own_number(TOKENS_PER_DAY, "Токенов в сутки, не больше", "Дальше до завтра бот справляется сам. Один вопрос — около 700", filled))
            label .tick { input type="checkbox" name={ "field." (PHRASE) } value="yes" checked[filled.texts.contains_key(PHRASE)]; "Пересказывать ответы бота живее; числа и имена не меняются" }
        }
    };
    let plain = Form::of(kind, base.map(|base| &base.fields), filled, heading(kind.title), action);
    Form { own: &[ASK_UNDER, TOKENS_PER_DAY], rest, ..plain }
}

fn heading(title: &str) -> Markup {
    html! {
        div .head.deep {
            a .back href=(PAGE) aria-label="К языковой модели" { (icon("arrow-left")) }
            h1 { (title) }
        }
    }
}

fn off_question(viewer: &Viewer) -> Result<Off<'static>, Trouble> {
    let entry = viewer.salon.document().model.as_ref().ok_or(Trouble::NotFound)?;
    Ok(Off {
        title: "Отключить языковую модель",
        heading: heading(&format!("Отключить «{}»?", title(entry))),
        action: format!("{PAGE}/off"),
        back: PAGE.to_owned(),
        told: ["Бот будет понимать клиентов сам, как и раньше. Где не уверен — переспросит или позовёт человека.", ""],
    })
}
