//! «Диалоги»: the list, live, with filters that say their value.

use axum::extract::{Query, State};
use maud::{Markup, html};
use nochnik_store::conversations::{self, Filter, Summary};
use serde::Deserialize;

use super::live::{LIVE, STEADY};
use super::look::{Part, chips, console, empty, heat_mark, heat_of, icon, mark};
use super::seen::{self, Record};
use super::viewer::Viewer;
use super::{Shared, Trouble, Web, words};

/// Conversations of one list; older ones are found by search.
const LISTED_MAX: i64 = 60;
/// Characters of a search that are looked at.
const SEARCH_CHARS_MAX: usize = 100;

/// Which conversations are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Choice {
    /// `person`, `hot`, `mine`, or nothing for all.
    pub only: String,
    /// Part of a name or of the last message.
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
                    label .sr for="text" { "Имя или слова из сообщения" }
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
    let found =
        web.store.read(move |sql| conversations::list(sql, &business, &wanted.filter(), i64::MAX, LISTED_MAX)).await?;
    Ok(html! {
        @if found.is_empty() { (nothing(choice)) }
        ul .list.talks {
            @for talk in &found { (line(web, viewer, talk, open)) }
        }
        @if found.len() as i64 == LISTED_MAX { p .quiet.small { "Показаны последние " (LISTED_MAX) ". Более старые найдёт поиск." } }
    })
}

fn line(web: &Web, viewer: &Viewer, talk: &Summary, open: Option<&str>) -> Markup {
    let channel = web.titles.get(&talk.channel).unwrap_or(&talk.channel);
    let is_open = open == Some(talk.id.as_str());
    html! {
        li id={ "talk-" (talk.id) } {
            a href={ "/console/chats/" (talk.id) } aria-current=[is_open.then_some("true")] {
                div .spread {
                    span .who { (words::client_name(&talk.client_name)) }
                    span .quiet.small { (words::moment(viewer.salon.wall(talk.last_at_ms), viewer.salon.wall(viewer.now_ms))) }
                }
                div .last { (talk.last_text_short) }
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
