//! «Лиды»: cards by warmth, each with its reasons.

use axum::extract::{Query, State};
use maud::{Markup, html};
use nochnik_core::values::Phone;
use nochnik_store::leads::{self, Lead, LeadFilter};
use serde::Deserialize;

use super::look::{Part, chips, console, empty, heat_mark, heat_of, icon, mark};
use super::seen::{self, Record};
use super::viewer::Viewer;
use super::{Shared, Trouble, words};

/// Cards of one page.
const LISTED_MAX: i64 = 100;

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Choice {
    heat: String,
}

/// `GET /console/leads`
pub async fn page(State(web): State<Shared>, viewer: Viewer, Query(choice): Query<Choice>) -> Result<Markup, Trouble> {
    let (business, heat) = (viewer.business.clone(), choice.heat.clone());
    let job = move |sql: &mut dyn nochnik_store::Sql| {
        let filter = LeadFilter { heat: Some(heat.as_str()).filter(|heat| !heat.is_empty()), status: None };
        leads::list(sql, &business, &filter, i64::MAX, LISTED_MAX)
    };
    let mut found = web.store.read(job).await?;
    seen::note(&web, &viewer, Record::Leads, "").await;
    found.sort_by(|a, b| {
        (heat_of(&b.heat), b.score).partial_cmp(&(heat_of(&a.heat), a.score)).unwrap_or(std::cmp::Ordering::Equal)
    });
    let body = html! {
        main .main #main {
            div .head { h1 { "Лиды" } span .quiet { (words::count(found.len() as u64, "лид", "лида", "лидов")) } }
            (filters(&choice.heat))
            @if found.is_empty() { (nothing(&choice.heat)) }
            div .cards { @for lead in &found { (card(&viewer, lead)) } }
        }
    };
    Ok(console(&viewer, Part::Leads, "Лиды", &body))
}

fn filters(chosen: &str) -> Markup {
    let chip = |heat: &str, label| (format!("/console/leads?heat={heat}"), label, chosen == heat);
    chips(
        "Какие лиды показать",
        &[chip("", "Все"), chip("hot", "Горячие"), chip("warm", "Тёплые"), chip("cold", "Холодные")],
    )
}

fn nothing(chosen: &str) -> Markup {
    if chosen.is_empty() {
        return empty(
            "thermometer-sun",
            "Лидов пока нет",
            "Здесь будут те, кто захотел записаться или спросил цену: самые горячие сверху, с причинами.",
            None,
        );
    }
    empty("search", "Таких нет", "Выберите другой фильтр.", Some(("/console/leads", "Показать все")))
}

fn card(viewer: &Viewer, lead: &Lead) -> Markup {
    let services = listed(&lead.services).join(", ");
    html! {
        article .card.lead-card {
            div .spread {
                div {
                    h2 { (words::client_name(&lead.name)) }
                    p .quiet {
                        @if !lead.phone.is_empty() { (masked(&lead.phone)) " · " }
                        (words::moment(viewer.salon.wall(lead.updated_at_ms), viewer.salon.wall(viewer.now_ms)))
                    }
                }
                span .score { (format!("{:.0}", lead.score * 100.0)) (words::NBSP) "%" }
            }
            p { (services) @if !services.is_empty() && !lead.wanted_at.is_empty() { " · " } (lead.wanted_at) }
            div .row {
                (heat_mark(heat_of(&lead.heat)))
                @if lead.is_after_hours { (mark("violet", "moon-star", "ночной")) }
                @if lead.crm_refs.is_some() { (mark("green", "circle-check", "в CRM")) }
            }
            details { summary { "Почему такая оценка" } (reasons(&lead.reasons)) }
            a .button href={ "/console/chats/" (lead.conversation_id) } { (icon("messages-square")) "Открыть диалог" }
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Reason {
    Word(String),
    Weighed { text: String, weight: f64 },
}

/// The same reasons as bare words.
pub fn reason_words(json: &str) -> Vec<String> {
    let found: Vec<Reason> = serde_json::from_str(json).unwrap_or_default();
    found
        .into_iter()
        .map(|reason| match reason {
            Reason::Word(text) | Reason::Weighed { text, .. } => text,
        })
        .collect()
}

/// Why the score is what it is: a JSON list of words, or of `{"text", "weight"}`.
pub fn reasons(json: &str) -> Markup {
    let found: Vec<Reason> = serde_json::from_str(json).unwrap_or_default();
    html! {
        @if found.is_empty() { p .quiet.small { "Пока ничего определённого." } }
        ul .reasons {
            @for reason in &found {
                @match reason {
                    Reason::Word(word) => li { span { (word) } },
                    Reason::Weighed { text, weight } => li { span { (text) } span .quiet { (signed(*weight)) } },
                }
            }
        }
    }
}

/// A JSON list of words; anything else is an empty list.
pub fn listed(json: &str) -> Vec<String> {
    serde_json::from_str(json).unwrap_or_default()
}

/// The whole number, for the one conversation that is open.
pub fn phone(e164: &str) -> String {
    Phone::parse(e164).map_or_else(|_| e164.to_owned(), |phone| phone.pretty())
}

/// In lists the middle is hidden. Source: security C-38.
fn masked(e164: &str) -> String {
    Phone::parse(e164).map_or_else(|_| "номер записан с ошибкой".to_owned(), |phone| phone.masked())
}

/// «+1,2» or «−0,4».
fn signed(weight: f64) -> String {
    let sign = if weight < 0.0 { '−' } else { '+' };
    format!("{sign}{:.1}", weight.abs()).replace('.', ",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_words_or_weighed_words() {
        let page = reasons(r#"["завтра", {"text": "записаться", "weight": 1.25}, {"text": "<b>", "weight": -0.4}]"#)
            .into_string();
        assert!(page.contains("завтра") && page.contains("&lt;b&gt;"));
        assert!(page.contains("−0,4"));
        assert!(reasons("{not json").into_string().contains("Пока ничего"));
    }

    #[test]
    fn lists_hide_the_middle_of_a_number() {
        assert_eq!(masked("+79185551231"), "+7 918 ***-**-31");
        assert_eq!(phone("+79185551231"), "+7 918 555-12-31");
        assert_eq!(masked("<script>"), "номер записан с ошибкой");
    }
}
