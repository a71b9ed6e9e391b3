//! «Голосовые сообщения»: who turns them into words; chosen, checked, changed, left.

use std::collections::BTreeMap;

use axum::Form as Posted;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use nochnik_adapters::ports::Kind;
use nochnik_core::business::SpeechEntry;
use nochnik_core::wall;
use tower_sessions::Session;

use super::channels::count_check;
use super::kind_form::{Filled, Form, Off, own_number};
use super::look::{icon, mark};
use super::settings::{self, frame, heading_under};
use super::viewer::Viewer;
use super::{Shared, Trouble, Web};
use crate::document_change::{By, Objection};
use crate::speech_setup::{self, PER_DAY};

const PAGE: &str = "/console/voice";
/// Key in a session of what the last check said.
const TOLD: &str = "voice";
/// What stands in the form of a new one, as a document without this setting has it.
const PER_DAY_NEW: &str = "500";

/// `GET /console/voice`
pub async fn page(State(web): State<Shared>, viewer: Viewer, session: Session) -> Result<Markup, Trouble> {
    let told = session.remove::<String>(TOLD).await.map_err(|error| Trouble::broken(&error))?;
    let inside = html! {
        @if web.place.nothing_leaves {
            p .note.amber { (icon("triangle-alert")) span { "Сервер запущен с nothing_leaves: голос клиентов никуда не уходит, и распознавание не работает, даже если оно выбрано." } }
        }
        @match &viewer.salon.document().speech {
            None => (choice()),
            Some(entry) => (chosen(entry, told.as_deref())),
        }
        p .quiet.small { "Услышанное бот переспрашивает: записывает и отменяет он только по кнопке или по буквам. Сам звук у нас не хранится." }
    };
    Ok(frame(&viewer, "Голосовые сообщения", &settings::heading("Голосовые сообщения"), &inside))
}

fn choice() -> Markup {
    html! {
        section .card.stack {
            h2 { "Кто расшифрует голосовые" }
            p .quiet { "Без этого бот честно говорит, что не слушает голосовые, и просит написать." }
            div .more {
                @for kind in speech_setup::kinds() { a href={ (PAGE) "/add/" (kind.name) } { (icon("radio")) span { (kind.title) } } }
            }
        }
    }
}

fn chosen(entry: &SpeechEntry, told: Option<&str>) -> Markup {
    html! {
        section .card.stack {
            div .spread { h2 { (title(entry)) } (mark("green", "circle-check", "выбрано")) }
            p { "В сутки — до " (wall::count(entry.per_day.into(), "голосового", "голосовых", "голосовых")) ", дальше бот просит написать." }
            @if let Some(told) = told { p .note.green role="status" { (icon("circle-check")) span { (told) } } }
            div .row {
                @if speech_setup::kind(&entry.kind).is_some() { a .button href={ (PAGE) "/edit" } { "Изменить и проверить" } }
                a .button.plain href={ (PAGE) "/off" } { "Отключить" }
            }
        }
    }
}

fn title(entry: &SpeechEntry) -> &str {
    speech_setup::kind(&entry.kind).map_or(entry.kind.as_str(), |kind| kind.title)
}

/// `GET /console/voice/add/{kind}`
pub async fn new(viewer: Viewer, Path(kind): Path<String>) -> Result<Response, Trouble> {
    let kind = speech_setup::kind(&kind).ok_or(Trouble::NotFound)?;
    if viewer.salon.document().speech.is_some() {
        return Ok(Redirect::to(PAGE).into_response());
    }
    let mut filled = Filled::default();
    filled.texts.insert(PER_DAY.to_owned(), PER_DAY_NEW.to_owned());
    Ok(form(kind, None, &filled).page(&viewer).into_response())
}

/// `POST /console/voice/add/{kind}`: «Проверить и подключить».
pub async fn add(
    State(web): State<Shared>,
    viewer: Viewer,
    Path(kind): Path<String>,
    session: Session,
    Posted(texts): Posted<BTreeMap<String, String>>,
) -> Result<Response, Trouble> {
    let kind = speech_setup::kind(&kind).ok_or(Trouble::NotFound)?;
    if viewer.salon.document().speech.is_some() {
        return Ok(Redirect::to(PAGE).into_response());
    }
    submit(&web, &viewer, kind, None, &session, Filled::read(texts)).await
}

/// `GET /console/voice/edit`
pub async fn edit(viewer: Viewer) -> Result<Markup, Trouble> {
    let (kind, entry) = connected(&viewer)?;
    let mut filled = Filled::of(&entry.fields);
    filled.texts.insert(PER_DAY.to_owned(), entry.per_day.to_string());
    Ok(form(kind, Some(entry), &filled).page(&viewer))
}

/// `POST /console/voice/edit`: «Проверить и сохранить».
pub async fn renew(
    State(web): State<Shared>,
    viewer: Viewer,
    session: Session,
    Posted(texts): Posted<BTreeMap<String, String>>,
) -> Result<Response, Trouble> {
    let (kind, entry) = connected(&viewer)?;
    submit(&web, &viewer, kind, Some(entry), &session, Filled::read(texts)).await
}

/// `GET /console/voice/off`: what the bot does without it.
pub async fn off_page(viewer: Viewer) -> Result<Markup, Trouble> {
    Ok(off_question(&viewer)?.page(&viewer, None))
}

/// `POST /console/voice/off`
pub async fn off(State(web): State<Shared>, viewer: Viewer) -> Result<Response, Trouble> {
    let question = off_question(&viewer)?;
    Ok(question.follow(&viewer, speech_setup::save(&web.store, by(&viewer), None).await?))
}

fn connected(viewer: &Viewer) -> Result<(&'static Kind, &SpeechEntry), Trouble> {
    let entry = viewer.salon.document().speech.as_ref().ok_or(Trouble::NotFound)?;
    Ok((speech_setup::kind(&entry.kind).ok_or(Trouble::NotFound)?, entry))
}

fn by(viewer: &Viewer) -> By<'_> {
    By { business: &viewer.business, actor: &viewer.login, seen: None, now_ms: viewer.now_ms }
}

async fn submit(
    web: &Web,
    viewer: &Viewer,
    kind: &'static Kind,
    base: Option<&SpeechEntry>,
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
    base: Option<&SpeechEntry>,
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
    let (entry, told) = match speech_setup::check(kind, &filled.typed(), base).await {
        Ok(checked) => checked,
        Err(objection) => return Ok(Err(objection)),
    };
    Ok(speech_setup::save(&web.store, by(viewer), Some(entry)).await?.map(|_| told))
}

fn form<'a>(kind: &'static Kind, base: Option<&'a SpeechEntry>, filled: &'a Filled) -> Form<'a> {
    let action = match base {
        Some(_) => format!("{PAGE}/edit"),
        None => format!("{PAGE}/add/{}", kind.name),
    };
    let rest = html! {
        section .card.stack { (own_number(PER_DAY, "Голосовых в сутки, не больше", "Дальше до завтра бот просит написать", filled)) }
    };
    let plain = Form::of(kind, base.map(|base| &base.fields), filled, heading(kind.title), action);
    Form { own: &[PER_DAY], rest, ..plain }
}

fn off_question(viewer: &Viewer) -> Result<Off<'static>, Trouble> {
    let entry = viewer.salon.document().speech.as_ref().ok_or(Trouble::NotFound)?;
    Ok(Off {
        title: "Отключить распознавание",
        heading: heading(&format!("Отключить «{}»?", title(entry))),
        action: format!("{PAGE}/off"),
        back: PAGE.to_owned(),
        told: ["Бот снова скажет, что не слушает голосовые, и попросит написать.", ""],
    })
}

fn heading(title: &str) -> Markup {
    heading_under(PAGE, "К голосовым сообщениям", title)
}
