//! «Диалоги»: the list, live, with filters that say their value.

use axum::extract::{Query, State};
use maud::{Markup, html};
use nochnik_store::conversations::{self, Filter, Said, Summary};
use nochnik_store::{Sql, StoreError};
use serde::Deserialize;

use super::live::{LIVE, STEADY};
use super::look::{Part, chips, console, empty, heat_mark, heat_of, icon, mark};
use super::seen::{self, Record};
use super::viewer::Viewer;
use super::{Shared, Trouble, Web, search, words};

/// Conversations of one list; older ones are found by search.
const LISTED_MAX: usize = 60;
/// Characters of a search that are looked at.
const SEARCH_CHARS_MAX: usize = 100;

/// Which conversations are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Choice {
    /// `person`, `hot`, `mine`, or nothing for all.
    pub only: String,
    /// Words of any message, or part of a name.
    pub text: String,
}

impl Choice {
    fn filter(&self) -> Filter<'_> {
        let text = Some(self.text.trim()).filter(|text| !text.is_empty());
        match self.only.as_str() {
            "person" => Filter { needs_person: Some(true), text, ..Filter::default() },
            "hot" => Filter { heat: Some("hot"), text, ..Filter::default() },
            "mine" => Filter { speaker: Some("person"), text, ..Filter::default() },
            _ => Filter { text, ..Filter::default() },
        }
    }

    /// The query of an address that shows the same choice.
    pub fn query(&self) -> String {
        let encode =
            |text: &str| -> String {
                text.bytes()
                    .map(|byte| {
                        if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") }
                    })
                    .collect()
            };
        format!("only={}&text={}", encode(&self.only), encode(&self.text))
    }
}

/// `GET /console/chats`
pub async fn page(State(web): State<Shared>, viewer: Viewer, Query(choice): Query<Choice>) -> Result<Markup, Trouble> {
    seen::note(&web, &viewer, Record::Talks, "").await;
    let body = html! {
        main .main.full #main {
            div .inbox {
                (side(&web, &viewer, &choice, None).await?)
                div .talk { (empty("messages-square", "Выберите диалог", "Слева — все, кто писал. Новые сообщения появляются сами.", None)) }
            }
        }
    };
    Ok(console(&viewer, Part::Chats, "Диалоги", &body))
}

/// The left column: search, chips and the list.
pub async fn side(web: &Web, viewer: &Viewer, choice: &Choice, open: Option<&str>) -> Result<Markup, Trouble> {
    let live = format!("/console/live?view=chats&{}&id={}", choice.query(), open.unwrap_or_default());
    Ok(html! {
        section .side.stack aria-label="Все диалоги" {
            div {
                div .head { h1 { "Диалоги" } }
                form .search role="search" action="/console/chats" method="get" {
                    (icon("search"))
                    label .sr for="text" { "Имя или слова из любого сообщения" }
                    input #text type="search" name="text" value=(choice.text) placeholder="Имя или слова" maxlength=(SEARCH_CHARS_MAX)
                        hx-get="/console/chats" hx-trigger="input changed delay:300ms" hx-target="#talks" hx-select="#talks" hx-swap="outerHTML" hx-include="closest form";
                    input type="hidden" name="only" value=(choice.only);
                }
            }
            (filters(choice))
            div #talks hx-sse:connect=(live) hx-trigger=(LIVE) hx-config=(STEADY) hx-swap="innerMorph" { (inside(web, viewer, choice, open).await?) }
        }
    })
}

/// The list itself; the same for its first view and for the stream.
pub async fn inside(web: &Web, viewer: &Viewer, choice: &Choice, open: Option<&str>) -> Result<Markup, Trouble> {
    let (business, wanted) = (
        viewer.business.clone(),
        Choice { text: choice.text.chars().take(SEARCH_CHARS_MAX).collect(), ..choice.clone() },
    );
    let beginnings = search::beginnings(&wanted.text);
    let sought = beginnings.clone();
    let found = web.store.read(move |sql| find(sql, &business, &wanted.filter(), &sought)).await?;
    let more = if choice.text.trim().is_empty() {
        "Более старые найдёт поиск."
    } else {
        "Уточните слова."
    };
    Ok(html! {
        @if found.is_empty() { (nothing(choice)) }
        ul .list.talks {
            @for found in &found { (line(web, viewer, found, &beginnings, open)) }
        }
        @if found.len() == LISTED_MAX { p .quiet.small { "Показаны последние " (LISTED_MAX) ". " (more) } }
    })
}

/// A conversation of the list, with what was said there of the words that are looked for.
struct Found {
    talk: Summary,
    at_ms: i64,
    said: Option<Said>,
}

/// By what was said anywhere in them, by the name and by the last words, newest first.
fn find(
    sql: &mut dyn Sql,
    business: &str,
    filter: &Filter<'_>,
    beginnings: &[String],
) -> Result<Vec<Found>, StoreError> {
    let limit = LISTED_MAX as i64;
    let said = conversations::said(sql, business, beginnings, filter, limit)?;
    let mut found: Vec<Found> = said
        .into_iter()
        .map(|said| Found { talk: said.summary.clone(), at_ms: said.at_ms, said: Some(said) })
        .collect();
    for talk in conversations::list(sql, business, filter, i64::MAX, limit)? {
        if found.iter().all(|other| other.talk.id != talk.id) {
            found.push(Found { at_ms: talk.last_at_ms, talk, said: None });
        }
    }
    found.sort_by_key(|found| std::cmp::Reverse(found.at_ms));
    found.truncate(LISTED_MAX);
    Ok(found)
}

/// What was said stands in place of the last words, and the link leads to it.
fn line(web: &Web, viewer: &Viewer, found: &Found, beginnings: &[String], open: Option<&str>) -> Markup {
    let talk = &found.talk;
    let channel = web.titles.get(&talk.channel).unwrap_or(&talk.channel);
    let is_open = open == Some(talk.id.as_str());
    let place = found.said.as_ref().map(|said| format!("#m{}", said.seq)).unwrap_or_default();
    html! {
        li id={ "talk-" (talk.id) } {
            a href={ "/console/chats/" (talk.id) (place) } aria-current=[is_open.then_some("true")] {
                div .spread {
                    span .who { (words::client_name(&talk.client_name)) }
                    span .quiet.small { (words::moment(viewer.salon.wall(found.at_ms), viewer.salon.wall(viewer.now_ms))) }
                }
                @match &found.said {
                    Some(said) => div .said { (author(&said.author)) (search::line(&said.text, beginnings)) },
                    None => div .last { (talk.last_text_short) },
                }
                div .row {
                    @if talk.needs_person { (mark("amber", "hand", "ждёт человека")) }
                    @if talk.heat != "cold" { (heat_mark(heat_of(&talk.heat))) }
                    @if talk.is_after_hours { (mark("violet", "moon-star", "ночной")) }
                    @if talk.speaker == "person" { (mark("blue", "user-round", "ведёт человек")) }
                    span .quiet.small { (channel) }
                }
            }
        }
    }
}

/// Who said it, where it was not the client.
fn author(word: &str) -> &'static str {
    match word {
        "bot" => "Ночник: ",
        "person" => "Менеджер: ",
        "note" => "Заметка: ",
        _ => "",
    }
}

fn filters(choice: &Choice) -> Markup {
    let chip = |only: &str, label| {
        let target = Choice { only: only.to_owned(), text: choice.text.clone() };
        (format!("/console/chats?{}", target.query()), label, choice.only == only)
    };
    chips(
        "Какие диалоги показать",
        &[chip("", "Все"), chip("person", "Ждут человека"), chip("hot", "Горячие"), chip("mine", "Ведёт человек")],
    )
}

fn nothing(choice: &Choice) -> Markup {
    if *choice == Choice::default() {
        let text = "Как только клиент напишет в чат на сайте или в мессенджер, разговор появится здесь. Попробуйте: напишите как клиент.";
        return empty("messages-square", "Пока тихо", text, Some(("/", "Открыть чат на сайте")));
    }
    empty(
        "search",
        "Ничего не нашлось",
        "Уберите фильтр или напишите короче.",
        Some(("/console/chats", "Показать все")),
    )
}
