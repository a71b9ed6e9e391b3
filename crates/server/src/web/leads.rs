//! «Лиды»: a board by state, and all of one state with their reasons.

use axum::extract::{Query, State};
use maud::{Markup, html};
use nochnik_core::values::Phone;
use nochnik_store::leads::{self, Lead, LeadFilter};
use nochnik_store::{Sql, StoreError};
use serde::Deserialize;

use super::look::{Part, chips, console, empty, heat_mark, heat_of, icon, mark};
use super::query::query;
use super::seen::{self, Record};
use super::viewer::Viewer;
use super::{Shared, Trouble, words};

/// Cards of one page.
const LISTED_MAX: usize = 50;
/// Cards of one column.
const COLUMN_MAX: usize = 20;
/// Days a board looks back: what stands longer is in the list.
const BOARD_DAYS: i64 = 30;
const DAY_MS: i64 = 86_400_000;

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Choice {
    heat: String,
    /// One column as a list; nothing for the board.
    state: String,
    /// Leads changed before this moment.
    before: String,
}

/// A column of the board: its word in an address, its title, the statuses in it.
struct Column {
    word: &'static str,
    title: &'static str,
    statuses: &'static [&'static str],
}

const COLUMNS: [Column; 5] = [
    Column { word: "new", title: "Новые", statuses: &["new"] },
    Column { word: "qualified", title: "С контактом", statuses: &["qualified"] },
    Column { word: "booked", title: "Записаны", statuses: &["booked"] },
    Column { word: "arrived", title: "Пришли", statuses: &["arrived"] },
    Column { word: "lost", title: "Не состоялись", statuses: &["no_show", "cancelled", "lost"] },
];

impl Choice {
    fn heat(&self) -> Option<&str> {
        Some(self.heat.as_str()).filter(|heat| !heat.is_empty())
    }

    fn column(&self) -> Option<&'static Column> {
        COLUMNS.iter().find(|column| column.word == self.state)
    }

    fn href(&self, state: &str, before: &str) -> String {
        format!("/console/leads?{}", query(&[("state", state), ("heat", &self.heat), ("before", before)]))
    }
}

/// `GET /console/leads`
pub async fn page(State(web): State<Shared>, viewer: Viewer, Query(choice): Query<Choice>) -> Result<Markup, Trouble> {
    seen::note(&web, &viewer, Record::Leads, "").await;
    let body = match choice.column() {
        Some(column) => one_state(&web, &viewer, &choice, column).await?,
        None => board(&web, &viewer, &choice).await?,
    };
    Ok(console(&viewer, Part::Leads, "Лиды", &body))
}

async fn board(web: &Shared, viewer: &Viewer, choice: &Choice) -> Result<Markup, Trouble> {
    let (business, wanted) = (viewer.business.clone(), choice.clone());
    let since_ms = viewer.now_ms - BOARD_DAYS * DAY_MS;
    let job = move |sql: &mut dyn Sql| {
        let counts = leads::counts(sql, &business, wanted.heat(), since_ms)?;
        let column = |column: &'static Column| {
            let count = counts.iter().filter(|(status, _)| column.statuses.contains(&status.as_str()));
            let count = count.map(|(_, count)| *count).sum::<i64>();
            let found = of_column(sql, &business, column, wanted.heat(), (since_ms, i64::MAX), COLUMN_MAX)?;
            Ok((column, count.unsigned_abs(), found))
        };
        COLUMNS.iter().map(column).collect::<Result<Vec<_>, StoreError>>()
    };
    let columns = web.store.read(job).await?;
    let all: u64 = columns.iter().map(|(_, count, _)| count).sum();
    Ok(html! {
        main .main.broad #main {
            div .head { h1 { "Лиды" } span .quiet { (words::count(all, "лид", "лида", "лидов")) " за 30 дней" } }
            (filters(choice))
            @if all == 0 { (nothing(choice)) } @else {
                div .board role="group" aria-label="Лиды по состояниям" tabindex="0" {
                    @for (column, count, found) in &columns {
                        section .column.bare[*count == 0] aria-label=(column.title) {
                            h2 { (column.title) " " span .quiet { (count) } }
                            @for lead in found { (small_card(viewer, lead)) }
                            @if *count > found.len() as u64 { a .button href=(choice.href(column.word, "")) { "Показать все" } }
                        }
                    }
                }
            }
        }
    })
}

async fn one_state(web: &Shared, viewer: &Viewer, choice: &Choice, column: &'static Column) -> Result<Markup, Trouble> {
    let (business, wanted) = (viewer.business.clone(), choice.clone());
    let before_ms = choice.before.parse().unwrap_or(i64::MAX);
    let job = move |sql: &mut dyn Sql| of_column(sql, &business, column, wanted.heat(), (0, before_ms), LISTED_MAX);
    let found = web.store.read(job).await?;
    let last = found.last().filter(|_| found.len() == LISTED_MAX).map(|lead| lead.updated_at_ms.to_string());
    Ok(html! {
        main .main #main {
            div .head.deep { a .back href=(choice.href("", "")) aria-label="Ко всем лидам" { (icon("arrow-left")) } h1 { (column.title) } }
            (filters(choice))
            @if found.is_empty() { (nothing(choice)) }
            div .cards { @for lead in &found { (card(viewer, lead)) } }
            @if let Some(last) = last { div .pages { a .button href=(choice.href(column.word, &last)) { "Раньше" } } }
        }
    })
}

/// The newest of a column, changed within `[since, before)`.
fn of_column(
    sql: &mut dyn Sql,
    business: &str,
    column: &Column,
    heat: Option<&str>,
    (since_ms, before_ms): (i64, i64),
    limit: usize,
) -> Result<Vec<Lead>, StoreError> {
    let mut found = Vec::new();
    for status in column.statuses {
        let filter = LeadFilter { heat, status: Some(status), since_ms };
        found.extend(leads::list(sql, business, &filter, before_ms, i64::try_from(limit).unwrap_or(i64::MAX))?);
    }
    found.sort_by_key(|lead| std::cmp::Reverse(lead.updated_at_ms));
    found.truncate(limit);
    Ok(found)
}

fn filters(choice: &Choice) -> Markup {
    let chip = |heat: &str, label| {
        let other = Choice { heat: heat.to_owned(), before: String::new(), ..choice.clone() };
        (other.href(&choice.state, ""), label, choice.heat == heat)
    };
    chips(
        "Какие лиды показать",
        &[chip("", "Все"), chip("hot", "Горячие"), chip("warm", "Тёплые"), chip("cold", "Холодные")],
    )
}

fn nothing(choice: &Choice) -> Markup {
    if choice.heat.is_empty() && choice.state.is_empty() {
        return empty(
            "thermometer-sun",
            "Лидов пока нет",
            "Здесь будут те, кто захотел записаться или спросил цену, по состояниям: от новых до пришедших.",
            None,
        );
    }
    empty("search", "Таких нет", "Выберите другой фильтр.", Some(("/console/leads", "Показать все")))
}

/// A lead on the board; its reasons are one tap away.
fn small_card(viewer: &Viewer, lead: &Lead) -> Markup {
    html! {
        a .card.lead-card href={ "/console/chats/" (lead.conversation_id) } {
            div .spread {
                b { (words::client_name(&lead.name)) }
                span .quiet.small { (words::moment(viewer.salon.wall(lead.updated_at_ms), viewer.salon.wall(viewer.now_ms))) }
            }
            (wish(lead))
            div .row {
                (heat_mark(heat_of(&lead.heat)))
                span .quiet.small { (format!("{:.0}", lead.score * 100.0)) (words::NBSP) "%" }
                @if lead.is_after_hours { (mark("violet", "moon-star", "ночной")) }
                (told(lead))
            }
        }
    }
}

/// «Маникюр · завтра после 18:00».
fn wish(lead: &Lead) -> Markup {
    let services = listed(&lead.services).join(", ");
    html! { p { (services) @if !services.is_empty() && !lead.wanted_at.is_empty() { " · " } (lead.wanted_at) } }
}

/// How the lead stands in the CRM, and what people there made of it.
fn told(lead: &Lead) -> Markup {
    match lead.request_end.as_deref() {
        Some("won") => mark("green", "circle-check", "продано"),
        Some("lost") => mark("red", "circle-x", "отказ"),
        Some(_) => mark("", "x", "убран из CRM"),
        None if lead.crm_refs.is_some() => mark("green", "circle-check", "в CRM"),
        None => html! {},
    }
}

fn card(viewer: &Viewer, lead: &Lead) -> Markup {
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
            (wish(lead))
            div .row {
                (heat_mark(heat_of(&lead.heat)))
                @if lead.is_after_hours { (mark("violet", "moon-star", "ночной")) }
                (told(lead))
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
