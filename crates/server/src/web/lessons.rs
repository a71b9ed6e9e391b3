//! «Разобрать»: messages that Ночник did not understand or was not sure of, labelled by a tap, and what is taught by them.

mod classroom;
mod intents;

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::Redirect;
use maud::{Markup, html};
use nochnik_nlu::{Intent, masked};
use nochnik_store::lessons::{self, Label, Lesson, WAITING_MAX};
use nochnik_store::{Sql, StoreError, audit, messages};
use serde::Deserialize;

pub use self::classroom::{back, publish, state, train};
use super::look::{Part, console, empty, icon, mark};
use super::query::query;
use super::seen::{self, Record};
use super::settings::heading_under;
use super::viewer::Viewer;
use super::{Shared, Trouble, Web, words};
use crate::{stored, teaching};

const PATH: &str = "/console/lessons";
const DONE: &str = "/console/lessons/done";
/// Messages of one page.
const LISTED_MAX: usize = 20;
/// Labelled messages on their page.
const DONE_MAX: i64 = 200;
/// Bubbles of one message: a burst is no longer.
const BUBBLES_MAX: i64 = 50;
/// Wishes offered at once; the others stand behind a tap.
const OFFERED_MAX: usize = 6;

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// Messages before this number.
    before: String,
}

/// A message of the queue with its words.
struct Question {
    lesson: Lesson,
    text: String,
}

/// `GET /console/lessons`
pub async fn page(State(web): State<Shared>, viewer: Viewer, Query(asked): Query<Asked>) -> Result<Markup, Trouble> {
    let (business, before) = (viewer.business.clone(), asked.before.parse().unwrap_or(i64::MAX));
    let job = move |sql: &mut dyn Sql| {
        let found = lessons::waiting(sql, &business, before, LISTED_MAX as i64 + 1)?;
        let questions = found.into_iter().map(|lesson| question(sql, &business, lesson));
        Ok((questions.collect::<Result<Vec<_>, StoreError>>()?, lessons::count_waiting(sql, &business)?))
    };
    let (mut questions, waiting) = web.store.read(job).await?;
    let has_more = questions.len() > LISTED_MAX;
    questions.truncate(LISTED_MAX);
    if !questions.is_empty() {
        seen::note(&web, &viewer, Record::Lessons, "").await;
    }
    let older = questions.last().filter(|_| has_more).map(|last| last.lesson.id.to_string());
    let body = html! {
        main .main #main {
            (heading_under("/console/more", "К разделам", "Разобрать"))
            div .stack.narrow {
                @if questions.is_empty() {
                    (empty("check-check", "Разбирать нечего", "Сюда попадает то, чего Ночник не понял или в чём сомневался. Подскажите, что имел в виду клиент, — и он научится.", None))
                } @else {
                    p .quiet { (left(waiting)) " Выберите, чего хотел клиент." }
                }
                @for question in &questions { (card(&viewer, question)) }
                @if let Some(older) = older { nav .row aria-label="Страницы" { a .button href={ (PATH) "?" (query(&[("before", &older)])) } { "Раньше" } } }
                (classroom::section(&web, &viewer).await?)
            }
        }
    };
    Ok(console(&viewer, Part::More, "Разобрать", &body))
}

/// `POST /console/lessons/{id}`: what the message is; nothing of the client stays in what is learned.
pub async fn label(
    State(web): State<Shared>,
    viewer: Viewer,
    Path(id): Path<i64>,
    Form(form): Form<BTreeMap<String, String>>,
) -> Result<Redirect, Trouble> {
    let named = form.get("intent").and_then(|word| Intent::named(word));
    let intent = named.ok_or(Trouble::BadForm("Выберите, чего хотел клиент"))?;
    let business = viewer.business.clone();
    let job = move |sql: &mut dyn Sql| {
        let Some(lesson) = lessons::get(sql, &business, id)? else { return Ok(None) };
        question(sql, &business, lesson).map(Some)
    };
    let question = web.store.read(job).await?.ok_or(Trouble::NotFound)?;
    if question.text.is_empty() {
        return Err(Trouble::BadForm("Этого сообщения больше нет"));
    }
    let (settings, _) = stored::settings(&web.store, &viewer.business).await?.ok_or(Trouble::NotFound)?;
    let context = teaching::context(&question.lesson.context);
    let at = viewer.salon.wall(question.lesson.at_ms);
    let text = masked(&question.text, context, settings.reader.lexicon(), at);
    let (business, by, at_ms) = (viewer.business.clone(), viewer.login.clone(), viewer.now_ms);
    let job = move |sql: &mut dyn Sql| {
        let label = Label { label: intent.name(), text: &text, by: &by, at_ms };
        if !lessons::label(sql, &business, id, &label)? {
            return Ok(false);
        }
        let subject = &question.lesson.conversation_id;
        let entry = audit::NewEntry { at_ms, actor: &by, action: "lesson", subject, details: "{}" };
        audit::append(sql, &business, &entry)?;
        Ok(true)
    };
    if web.store.write(job).await? { Ok(Redirect::to(PATH)) } else { Err(Trouble::NotFound) }
}

/// `POST /console/lessons/{id}/off`: not worth learning, or labelled wrongly.
pub async fn off(State(web): State<Shared>, viewer: Viewer, Path(id): Path<i64>) -> Result<Redirect, Trouble> {
    let (business, by, at_ms) = (viewer.business.clone(), viewer.login.clone(), viewer.now_ms);
    let job = move |sql: &mut dyn Sql| {
        let Some(lesson) = lessons::get(sql, &business, id)? else { return Ok(None) };
        lessons::remove(sql, &business, id)?;
        if !lesson.label.is_empty() {
            let subject = &lesson.conversation_id;
            let entry = audit::NewEntry { at_ms, actor: &by, action: "lesson_off", subject, details: "{}" };
            audit::append(sql, &business, &entry)?;
        }
        Ok(Some(lesson))
    };
    let removed = web.store.write(job).await?.ok_or(Trouble::NotFound)?;
    Ok(Redirect::to(if removed.label.is_empty() { PATH } else { DONE }))
}

/// `GET /console/lessons/done`: what was labelled, so that a slip can be mended.
pub async fn done(State(web): State<Shared>, viewer: Viewer) -> Result<Markup, Trouble> {
    let business = viewer.business.clone();
    let told = web.store.read(move |sql: &mut dyn Sql| lessons::labelled(sql, &business, DONE_MAX)).await?;
    let body = html! {
        main .main #main {
            (heading_under(PATH, "К разбору", "Размеченное"))
            div .stack.narrow {
                p .quiet { "Учим на этих словах: имена, телефоны и время из них убраны." }
                @if !told.is_empty() {
                    section .card { ul .list.queue { @for lesson in &told { (labelled(&viewer, lesson)) } } }
                }
            }
        }
    };
    Ok(console(&viewer, Part::More, "Размеченное", &body))
}

/// The words of a message: all its bubbles that the client wrote.
fn question(sql: &mut dyn Sql, business: &str, lesson: Lesson) -> Result<Question, StoreError> {
    let bubbles = (lesson.seq - lesson.first_seq + 1).clamp(1, BUBBLES_MAX);
    let said = messages::list(sql, business, &lesson.conversation_id, lesson.first_seq - 1, bubbles)?;
    let own = said.into_iter().filter(|bubble| bubble.author == "client" && bubble.seq <= lesson.seq);
    let text = own.map(|bubble| bubble.text).collect::<Vec<_>>().join("\n");
    Ok(Question { lesson, text })
}

/// «Ждут разбора 3 сообщения.»
fn left(waiting: i64) -> String {
    if waiting >= WAITING_MAX {
        return format!("Ждут разбора {WAITING_MAX} последних сообщений.");
    }
    let n = waiting.unsigned_abs();
    let verb = words::plural(n, "Ждёт", "Ждут", "Ждут");
    format!("{verb} разбора {}.", words::count(n, "сообщение", "сообщения", "сообщений"))
}

fn card(viewer: &Viewer, question: &Question) -> Markup {
    let lesson = &question.lesson;
    let at = viewer.salon.wall(lesson.at_ms);
    let now = viewer.salon.wall(viewer.now_ms);
    let (offered, rest) = offered(lesson);
    let button = |intent: &Intent| {
        html! { button .chip type="submit" name="intent" value=(intent.name()) { (intents::title(*intent)) } }
    };
    html! {
        article .card.stack.lesson {
            div .spread {
                p .said { "«" (question.text) "»" }
                @if lesson.is_missed { (mark("amber", "circle-alert", "не понял")) } @else { (mark("", "circle-alert", "сомневался")) }
            }
            p .quiet.small {
                (words::moment(at, now))
                @if let Some(asked) = intents::asked(&lesson.context) { " · " (asked) }
                @if let Some(heard) = Intent::named(&lesson.heard) { " · подумал: " (intents::title(heard).to_lowercase()) ", " (format!("{:.0}", lesson.certainty * 100.0)) (words::NBSP) "%" }
            }
            form .stack method="post" action={ (PATH) "/" (lesson.id) } {
                div .row { @for intent in &offered { (button(intent)) } }
                details {
                    summary { "Другое" }
                    div .row { @for intent in &rest { (button(intent)) } }
                }
            }
            div .row {
                form method="post" action={ (PATH) "/" (lesson.id) "/off" } { button .button.plain type="submit" { (icon("x")) "Пропустить" } }
                a .button.plain href={ "/console/chats/" (lesson.conversation_id) "#m" (lesson.seq) } { (icon("messages-square")) "Диалог" }
            }
        }
    }
}

/// What it was taken for comes first, then what clients want most.
fn offered(lesson: &Lesson) -> (Vec<Intent>, Vec<Intent>) {
    let mut order: Vec<Intent> = Intent::named(&lesson.heard).into_iter().chain(intents::COMMON).collect();
    order.extend(Intent::ALL);
    let mut unique: Vec<Intent> = Vec::new();
    for intent in order {
        if !unique.contains(&intent) {
            unique.push(intent);
        }
    }
    let rest = unique.split_off(OFFERED_MAX);
    (unique, rest)
}

fn labelled(viewer: &Viewer, lesson: &Lesson) -> Markup {
    let at = viewer.salon.wall(lesson.labelled_at_ms);
    let title = Intent::named(&lesson.label).map_or(lesson.label.as_str(), |intent| intents::title(intent));
    html! {
        li {
            div .spread.middle {
                div {
                    p { "«" (intents::spoken(&lesson.text)) "»" }
                    p .quiet.small { (title) " · " (viewer.salon.person(&lesson.labelled_by)) ", " (words::moment(at, viewer.salon.wall(viewer.now_ms))) @if nochnik_core::lesson::is_frozen(lesson.id) { " · контрольное" } }
                }
                form method="post" action={ (PATH) "/" (lesson.id) "/off" } { button .button type="submit" { "Убрать" } }
            }
        }
    }
}

/// What a page of the queue and the classroom both need.
async fn labelled_all(web: &Web, viewer: &Viewer) -> Result<Vec<Lesson>, Trouble> {
    let business = viewer.business.clone();
    let at_most = i64::try_from(nochnik_nlu::EXAMPLES_MAX).unwrap_or(i64::MAX);
    Ok(web.store.read(move |sql: &mut dyn Sql| lessons::labelled(sql, &business, at_most)).await?)
}
