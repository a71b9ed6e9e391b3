//! «Заготовки ответов»: what people answer often, at hand under the answer box of a dialogue.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};
use nochnik_core::business::Document;
use nochnik_core::limits::{REPLIES_MAX, REPLY_CHARS_MAX, REPLY_TITLE_CHARS_MAX};

use super::look::icon;
use super::meanwhile::{Texts, by_number, caught_up};
use super::query::query;
use super::settings::{Filled, follow, frame, heading, problems, save_read, seen_input};
use super::viewer::Viewer;
use super::{Shared, Trouble};
use crate::document_change::{Deed, Objection, Problems};

const PATH: &str = "/console/settings/replies";
/// Stands in a ready reply for the client's name.
const NAME: &str = "{имя}";

/// `GET /console/settings/replies`
pub async fn page(State(_): State<Shared>, viewer: Viewer) -> Markup {
    show(&viewer, &Filled { texts: typed(viewer.salon.document()), objection: None })
}

/// `POST /console/settings/replies`: all of them at once; one without words is gone.
pub async fn change(
    State(web): State<Shared>,
    viewer: Viewer,
    Form(texts): Form<BTreeMap<String, String>>,
) -> Result<Response, Trouble> {
    let mut filled = caught_up(&web, &viewer, texts, by_number, typed).await?;
    if filled.objection.is_none() {
        let deed = Deed { action: "replies", subject: String::new() };
        let wanted = read(&filled);
        let saved = save_read(&web, &viewer, &filled, deed, wanted, |wanted, document| {
            document.replies.clone_from(wanted);
            Ok(())
        });
        filled.objection = saved.await?;
    }
    follow(&filled, PATH, |filled| Ok(show(&viewer, filled)))
}

fn typed(document: &Document) -> Texts {
    let rows = document.replies.iter().enumerate();
    rows.flat_map(|(n, (title, text))| [(format!("title-{n}"), title.clone()), (format!("text-{n}"), text.clone())])
        .collect()
}

fn read(filled: &Filled) -> Result<BTreeMap<String, String>, Objection> {
    let (mut all, mut problems) = (BTreeMap::new(), Problems::default());
    for n in 0..REPLIES_MAX {
        let (title, text) = (filled.text(&format!("title-{n}")), filled.text(&format!("text-{n}")).replace('\r', ""));
        if text.is_empty() {
            continue;
        }
        let field = format!("title-{n}");
        if title.is_empty() {
            problems.note(&field, "Дайте заготовке короткое название: по нему её находят");
        } else if all.insert(title.to_owned(), text).is_some() {
            problems.note(&field, "Такое название уже есть, выберите другое");
        }
    }
    problems.finish(|| Some(all))
}

fn show(viewer: &Viewer, filled: &Filled) -> Markup {
    let standing = (0..REPLIES_MAX).filter(|n| !filled.text(&format!("text-{n}")).is_empty()).count();
    let inside = html! {
        form .stack method="post" {
            (seen_input(viewer))
            (problems(filled))
            p .quiet { "Готовые слова для тех, кто отвечает сам: в диалоге они вставляются одним касанием, их можно поправить перед отправкой. " (NAME) " заменится именем клиента. Чтобы убрать заготовку, сотрите её текст." }
            @for n in 0..(standing + 1).min(REPLIES_MAX) { (one(filled, n)) }
            button .button.main-action type="submit" { "Сохранить" }
        }
    };
    frame(viewer, "Заготовки ответов", &heading("Заготовки ответов"), &inside)
}

fn one(filled: &Filled, n: usize) -> Markup {
    let (title, text) = (format!("title-{n}"), format!("text-{n}"));
    let is_new = filled.text(&text).is_empty();
    let problem = filled.problem(&title);
    let text_problem = filled.problem(&text);
    html! {
        section .card.stack {
            @if is_new { h2 { "Новая заготовка" } }
            div .field {
                label for={ "field-" (title) } { "Название" }
                input id={ "field-" (title) } name=(title) value=(filled.text(&title)) maxlength=(REPLY_TITLE_CHARS_MAX) autocomplete="off" aria-invalid=[problem.map(|_| "true")];
                @if let Some(problem) = problem { p .problem role="alert" { (icon("circle-alert")) (problem) } }
            }
            div .field {
                label for={ "field-" (text) } { "Текст" }
                textarea id={ "field-" (text) } name=(text) rows="3" maxlength=(REPLY_CHARS_MAX) aria-invalid=[text_problem.map(|_| "true")] { (filled.text(&text)) }
                @if let Some(problem) = text_problem { p .problem role="alert" { (icon("circle-alert")) (problem) } }
            }
        }
    }
}

/// The words of a ready reply for this client; nothing when there is no such one.
pub fn words(viewer: &Viewer, title: &str, client: &str) -> String {
    let text = viewer.salon.document().replies.get(title).map_or("", String::as_str);
    let client = client.trim();
    if client.is_empty() {
        return text.replace(&format!("{NAME}, "), "").replace(NAME, "");
    }
    text.replace(NAME, client)
}

/// The ready replies under the answer box of a dialogue: a tap puts the words into it.
pub fn at_hand(viewer: &Viewer, conversation: &str) -> Markup {
    let replies = &viewer.salon.document().replies;
    html! {
        @if !replies.is_empty() {
            details .ready {
                summary { "Заготовки" }
                nav .chips aria-label="Заготовки ответов" {
                    @for title in replies.keys() {
                        @let href = format!("/console/chats/{conversation}?{}", query(&[("reply", title)]));
                        a .chip href={ (href) "#reply" } hx-get=(href) hx-select="#reply" hx-target="#reply" hx-swap="outerHTML" { (title) }
                    }
                }
            }
        }
    }
}
