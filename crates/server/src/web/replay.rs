//! «Что пошло бы иначе»: the last dialogues said again by two versions of the settings.

use std::sync::Arc;

use axum::Form;
use axum::extract::{Query, State};
use axum::response::Redirect;
use maud::{Markup, html};
use nochnik_core::business::Settings;
use nochnik_core::story::{Parting, Past, replay};
use nochnik_store::conversations::{self, Filter};
use nochnik_store::{Sql, StoreError, messages};
use serde::Deserialize;

use super::jobs::Run;
use super::look::icon;
use super::seen::{self, Record};
use super::settings::{frame, heading_under};
use super::viewer::Viewer;
use super::{Shared, Trouble, Web, versions, words};
use crate::commands::accept::cases;
use crate::stored;

pub const PATH: &str = "/console/settings/replay";
/// Dialogues that are said again: the last ones.
const TALKS_MAX: i64 = 200;
/// Bubbles of one dialogue that are looked at.
const BUBBLES_MAX: i64 = 200;
/// What was said earlier belongs to another visit.
const DAYS: i64 = 30;
const DAY_MS: i64 = 86_400_000;
/// Dialogues that are shown; how many more there are is told.
const SHOWN_MAX: usize = 40;

/// Which versions are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Pair {
    from: i64,
    to: i64,
}

impl Pair {
    /// Where the two are compared.
    pub fn address(from: i64, to: i64) -> String {
        format!("{PATH}?from={from}&to={to}")
    }
}

/// A dialogue as it is kept: what the client wrote until a person joined in.
struct Talk {
    id: String,
    client_name: String,
    said: Vec<Past>,
}

/// What came of one comparison.
pub struct Replayed {
    pair: Pair,
    /// Dialogues that were said again.
    played: usize,
    parted: Vec<Parted>,
}

struct Parted {
    id: String,
    client_name: String,
    parting: Parting,
}

/// `GET /console/settings/replay`
pub async fn page(State(web): State<Shared>, viewer: Viewer, Query(pair): Query<Pair>) -> Result<Markup, Trouble> {
    seen::note(&web, &viewer, Record::Talks, "").await;
    let title = format!("Версия {} вместо версии {}", pair.to, pair.from);
    let inside = html! {
        section .card.stack {
            p { "Ночник заново прочтёт, что клиенты писали за последние " (words::count(DAYS as u64, "день", "дня", "дней")) ", и ответит по обеим версиям. Где ответы разойдутся, вы увидите. Клиентам ничего не уходит." }
            p .quiet.small { "Занятое время и ответы сотрудников не повторяются: разница — только от настроек." }
            form method="post" action=(PATH) {
                input type="hidden" name="from" value=(pair.from);
                input type="hidden" name="to" value=(pair.to);
                button .button.main-action type="submit" { (icon("rotate-ccw")) "Сравнить" }
            }
        }
        (section(&web, &viewer, pair))
    };
    Ok(frame(&viewer, &title, &heading_under(versions::PATH, "К версиям", "Что пошло бы иначе"), &inside))
}

/// `GET /console/settings/replay/state`: the piece of the page that changes while dialogues are said again.
pub async fn state(State(web): State<Shared>, viewer: Viewer, Query(pair): Query<Pair>) -> Markup {
    section(&web, &viewer, pair)
}

/// `POST /console/settings/replay`
pub async fn start(State(web): State<Shared>, viewer: Viewer, Form(pair): Form<Pair>) -> Result<Redirect, Trouble> {
    let (from, to) = (rehearsed(&web, &viewer, pair.from).await?, rehearsed(&web, &viewer, pair.to).await?);
    let (business, since_ms) = (viewer.business.clone(), viewer.now_ms - DAYS * DAY_MS);
    let talks = web.store.read(move |sql: &mut dyn Sql| talks(sql, &business, since_ms)).await?;
    web.jobs.replays.start(&viewer.business, viewer.now_ms, move || Ok(compare(pair, talks, &from, &to)));
    Ok(Redirect::to(&Pair::address(pair.from, pair.to)))
}

/// A version as it is rehearsed, read by the model that the business trained.
async fn rehearsed(web: &Web, viewer: &Viewer, number: i64) -> Result<Settings, Trouble> {
    let document = versions::document(web, viewer, number).await?;
    let mut settings = cases::settings(document)
        .map_err(|_| Trouble::BadForm("Одна из этих версий нынешней программе не подходит: сравнить нельзя."))?;
    stored::read_as_taught(&web.store, &viewer.business, &mut settings).await?;
    Ok(settings)
}

fn talks(sql: &mut dyn Sql, business: &str, since_ms: i64) -> Result<Vec<Talk>, StoreError> {
    let recent = conversations::list(sql, business, &Filter::default(), i64::MAX, TALKS_MAX)?;
    let mut talks = Vec::new();
    for talk in recent.into_iter().filter(|talk| talk.last_at_ms >= since_ms) {
        let bubbles = messages::last(sql, business, &talk.id, BUBBLES_MAX)?;
        let own = bubbles.into_iter().filter(|bubble| bubble.at_ms >= since_ms && bubble.author != "note");
        let until_a_person = own.take_while(|bubble| bubble.author != "person");
        let said = until_a_person.filter(|bubble| bubble.author == "client" && !bubble.text.trim().is_empty());
        let past = |bubble: messages::Message| {
            let at = jiff::Timestamp::from_millisecond(bubble.at_ms).ok()?;
            Some(Past { at, text: bubble.text })
        };
        talks.push(Talk { id: talk.id, client_name: talk.client_name, said: said.filter_map(past).collect() });
    }
    talks.retain(|talk| !talk.said.is_empty());
    Ok(talks)
}

fn compare(pair: Pair, talks: Vec<Talk>, from: &Settings, to: &Settings) -> Replayed {
    let played = talks.len();
    let part = |Talk { id, client_name, said }: Talk| {
        replay(&said, from, to).map(|parting| Parted { id, client_name, parting })
    };
    Replayed { pair, played, parted: talks.into_iter().filter_map(part).collect() }
}

fn section(web: &Web, viewer: &Viewer, pair: Pair) -> Markup {
    let run = web.jobs.replays.look(&viewer.business);
    let is_going = matches!(run, Some(Run::Going));
    let state = format!("{PATH}/state?from={}&to={}", pair.from, pair.to);
    html! {
        section .stack #run hx-get=[is_going.then_some(state)] hx-trigger=[is_going.then_some("every 2s")] hx-swap=[is_going.then_some("outerHTML")] {
            @match &run {
                Some(Run::Going) => p .note role="status" { (icon("clock")) span { "Сравниваем. Обычно это несколько секунд; страницу можно закрыть." } },
                Some(Run::Failed) => p .note.red role="alert" { (icon("circle-alert")) span { "Сравнение не дошло до конца. Запустите его ещё раз." } },
                Some(Run::Done { result, .. }) if result.pair == pair => (report(viewer, result)),
                _ => {}
            }
        }
    }
}

fn report(viewer: &Viewer, result: &Arc<Replayed>) -> Markup {
    let (parted, played) = (result.parted.len(), result.played);
    let talks = |n: usize| words::count(n as u64, "диалог", "диалога", "диалогов");
    html! {
        div .card.spread {
            h2 {
                @if played == 0 { "Сравнивать пока нечего: за это время никто не писал" }
                @else if parted == 0 { "Всё прошло бы так же" }
                @else { "Иначе " (words::plural(parted as u64, "пошёл бы", "пошли бы", "пошло бы")) " " (talks(parted)) }
            }
            @if played > 0 { span .quiet { "Сыграно: " (talks(played)) } }
        }
        @for one in result.parted.iter().take(SHOWN_MAX) { (card(viewer, result.pair, one)) }
        @if parted > SHOWN_MAX { p .quiet { "И ещё " (talks(parted - SHOWN_MAX)) "." } }
    }
}

fn card(viewer: &Viewer, pair: Pair, parted: &Parted) -> Markup {
    let Parting { at, said, before, after } = &parted.parting;
    let moment = words::moment(viewer.salon.wall(at.as_millisecond()), viewer.salon.wall(viewer.now_ms));
    html! {
        section .card.stack {
            div .spread {
                h3 { a href={ "/console/chats/" (parted.id) } { (words::client_name(&parted.client_name)) } }
                span .quiet.small { (moment) }
            }
            p .said { "«" (said) "»" }
            div .scene.halves {
                (side(&format!("Версия {}", pair.from), before))
                (side(&format!("Версия {}", pair.to), after))
            }
        }
    }
}

fn side(title: &str, lines: &[String]) -> Markup {
    html! {
        div {
            p .quiet.small { (title) }
            @for line in lines { p { (line) } }
        }
    }
}
