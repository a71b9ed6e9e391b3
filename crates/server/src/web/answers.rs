//! «Ответы на вопросы»: what the bot says when asked of the way, the parking, the payment.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};

use super::look::icon;
use super::meanwhile::{alone, caught_up};
use super::settings::{Filled, follow, frame, heading, problems, save, seen_input};
use super::viewer::Viewer;
use super::{Shared, Trouble};
use crate::document_change::Deed;

const PATH: &str = "/console/settings/answers";

/// What clients ask of: the reader's topic, its name, and how they ask.
const TOPICS: [(&str, &str, &str); 9] = [
    ("address", "Как добраться", "«А где вы находитесь?»"),
    ("parking", "Парковка", "«Есть где встать на машине?»"),
    ("payment", "Оплата", "«Картой можно?»"),
    ("kids", "С детьми", "«Можно прийти с ребёнком?»"),
    ("service_info", "Об услугах", "«Чем вы работаете?»"),
    ("prep", "Как подготовиться", "«Нужно что-то делать до визита?»"),
    ("promo", "Скидки и подарки", "«Есть сертификаты?»"),
    ("documents", "Документы", "«Чек и договор дадите?»"),
    ("warranty", "Гарантия", "«А если не понравится?»"),
];

/// `GET /console/settings/answers`
pub async fn page(State(_): State<Shared>, viewer: Viewer) -> Markup {
    let filled = Filled { texts: viewer.salon.document().faq.clone(), objection: None };
    show(&viewer, &filled)
}

/// `POST /console/settings/answers`; topics that have no input here stay as they are.
pub async fn change(
    State(web): State<Shared>,
    viewer: Viewer,
    Form(texts): Form<BTreeMap<String, String>>,
) -> Result<Response, Trouble> {
    let mut filled = caught_up(&web, &viewer, texts, alone, |document| document.faq.clone()).await?;
    if filled.objection.is_none() {
        let said = TOPICS.map(|(topic, ..)| (topic, filled.text(topic).replace('\r', "")));
        let deed = Deed { action: "answers", subject: String::new() };
        let saved = save(&web, &viewer, filled.seen(), deed, move |document| {
            for (topic, text) in &said {
                match text.as_str() {
                    "" => drop(document.faq.remove(*topic)),
                    text => drop(document.faq.insert((*topic).to_owned(), text.to_owned())),
                }
            }
            Ok(())
        });
        filled.objection = saved.await?.map(|objection| objection.beside(&TOPICS.map(|(topic, ..)| topic)));
    }
    follow(&filled, PATH, |filled| Ok(show(&viewer, filled)))
}

fn show(viewer: &Viewer, filled: &Filled) -> Markup {
    let inside = html! {
        form .stack method="post" {
            (seen_input(viewer))
            (problems(filled))
            section .card.stack {
                p .quiet { "На что ответа нет, о том бот спросит человека. Часы работы и цены он знает сам." }
                @for (topic, title, asked) in TOPICS {
                    @let problem = filled.problem(topic);
                    div .field {
                        label for={ "field-" (topic) } { (title) }
                        textarea id={ "field-" (topic) } name=(topic) rows="2" aria-describedby={ "field-" (topic) "-help" } aria-invalid=[problem.map(|_| "true")] { (filled.text(topic)) }
                        @if let Some(problem) = problem { p .problem role="alert" { (icon("circle-alert")) (problem) } }
                        p .help id={ "field-" (topic) "-help" } { (asked) }
                    }
                }
            }
            button .button.main-action type="submit" { "Сохранить" }
        }
    };
    frame(viewer, "Ответы на вопросы", &heading("Ответы на вопросы"), &inside)
}
