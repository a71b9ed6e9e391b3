//! What labelled messages taught: training on request, before and after on messages kept back, publishing, going back.

use axum::extract::State;
use axum::response::Redirect;
use maud::{Markup, html};
use nochnik_nlu::Report;
use nochnik_store::{Sql, StoreError, audit, businesses, wish_models};

use super::super::jobs::{Run, Taught};
use super::super::look::{icon, mark};
use super::super::viewer::Viewer;
use super::super::{Shared, Trouble, Web, words};
use super::{DONE, PATH, labelled_all};
use crate::{stored, teaching};

/// Fewer messages than this teach nothing that lasts.
const EXAMPLES_MIN: usize = 5;

/// `GET /console/lessons/state`: the piece of the page that changes while a model is trained.
pub async fn state(State(web): State<Shared>, viewer: Viewer) -> Result<Markup, Trouble> {
    section(&web, &viewer).await
}

/// `POST /console/lessons/train`
pub async fn train(State(web): State<Shared>, viewer: Viewer) -> Result<Redirect, Trouble> {
    let (examples, frozen) = teaching::examples(&labelled_all(&web, &viewer).await?);
    if examples.len() < EXAMPLES_MIN {
        return Err(Trouble::BadForm("Размеченного пока мало: разберите ещё несколько сообщений"));
    }
    let (settings, replaces) = stored::settings(&web.store, &viewer.business).await?.ok_or(Trouble::NotFound)?;
    let now = viewer.salon.wall(viewer.now_ms);
    let job = move || {
        let outcome = teaching::learn(&examples, &frozen, settings.reader.lexicon(), now)?;
        Ok(Taught { outcome, replaces })
    };
    web.jobs.lessons.start(&viewer.business, viewer.now_ms, job);
    Ok(Redirect::to("/console/lessons#class"))
}

/// `POST /console/lessons/publish`: what was shown, unless it is worse, or was compared with another model.
pub async fn publish(State(web): State<Shared>, viewer: Viewer) -> Result<Redirect, Trouble> {
    let Some(Run::Done { result, .. }) = web.jobs.lessons.look(&viewer.business) else {
        return Err(Trouble::BadForm("Публиковать нечего: обучите ещё раз"));
    };
    if !result.outcome.is_no_worse() {
        return Err(Trouble::BadForm("Стало бы хуже: проверьте разметку"));
    }
    let (business, actor, now_ms) = (viewer.business.clone(), viewer.login.clone(), viewer.now_ms);
    let (model, replaces) = (result.outcome.trained.model.to_bytes(), result.replaces);
    let job = move |sql: &mut dyn Sql| {
        if businesses::get_version(sql, &business)?.map(|versions| versions.wishes) != Some(replaces) {
            return Ok(false);
        }
        let version = wish_models::publish(sql, &business, &model, now_ms)?;
        note(sql, &business, &actor, "model_new", version, now_ms)?;
        Ok(true)
    };
    let is_published = web.store.write(job).await?;
    web.jobs.lessons.clear(&viewer.business);
    if is_published {
        Ok(Redirect::to("/console/lessons#class"))
    } else {
        Err(Trouble::BadForm("Пока вы смотрели, понимание обновил кто-то другой: обучите ещё раз"))
    }
}

/// `POST /console/lessons/back`: to what the model in use had replaced.
pub async fn back(State(web): State<Shared>, viewer: Viewer) -> Result<Redirect, Trouble> {
    let (business, actor, now_ms) = (viewer.business.clone(), viewer.login.clone(), viewer.now_ms);
    let job = move |sql: &mut dyn Sql| {
        let Some(version) = wish_models::roll_back(sql, &business)? else { return Ok(false) };
        note(sql, &business, &actor, "model_back", version, now_ms)?;
        Ok(true)
    };
    if !web.store.write(job).await? {
        return Err(Trouble::BadForm("Возвращать нечего: действует понимание из поставки"));
    }
    web.jobs.lessons.clear(&viewer.business);
    Ok(Redirect::to("/console/lessons#class"))
}

fn note(
    sql: &mut dyn Sql,
    business: &str,
    actor: &str,
    action: &str,
    version: i64,
    now_ms: i64,
) -> Result<(), StoreError> {
    let subject = version.to_string();
    audit::append(sql, business, &audit::NewEntry { at_ms: now_ms, actor, action, subject: &subject, details: "{}" })
}

/// What is labelled, which model reads, and the last training.
pub async fn section(web: &Web, viewer: &Viewer) -> Result<Markup, Trouble> {
    let labelled = labelled_all(web, viewer).await?;
    let (examples, frozen) = teaching::examples(&labelled);
    let business = viewer.business.clone();
    let versions = web.store.read(move |sql: &mut dyn Sql| businesses::get_version(sql, &business)).await?;
    let version = versions.map_or(0, |versions| versions.wishes);
    let run = web.jobs.lessons.look(&viewer.business);
    let is_going = matches!(run, Some(Run::Going));
    let is_owner = viewer.may_do("/console/lessons/train");
    Ok(html! {
        section .card.stack #class hx-get=[is_going.then_some("/console/lessons/state")] hx-trigger=[is_going.then_some("every 2s")] hx-swap=[is_going.then_some("outerHTML")] {
            h2 { "Обучение" }
            p {
                @if labelled.is_empty() { "Размеченных сообщений пока нет." }
                @else {
                    a href=(DONE) { "Размечено " (words::count(labelled.len() as u64, "сообщение", "сообщения", "сообщений")) }
                    ": учим на " (examples.len()) ", проверяем на " (frozen.len()) "."
                }
            }
            p .quiet.small { @if version == 0 { "Сейчас читает понимание из поставки." } @else { "Сейчас читает ваше понимание, версия " (version) "." } }
            (outcome(viewer, run.as_ref()))
            @if is_owner {
                div .row {
                    @if !is_going && examples.len() >= EXAMPLES_MIN {
                        form method="post" action={ (PATH) "/train" } { button .button type="submit" { (icon("sunrise")) "Обучить заново" } }
                    }
                    @if !is_going && version > 0 {
                        form method="post" action={ (PATH) "/back" } { button .button.plain type="submit" { (icon("rotate-ccw")) "Вернуть прежнее" } }
                    }
                }
                @if examples.len() < EXAMPLES_MIN { p .quiet.small { "Обучить можно, когда разобрано хотя бы несколько сообщений." } }
            }
        }
    })
}

fn outcome(viewer: &Viewer, run: Option<&Run<Taught>>) -> Markup {
    match run {
        None => html! {},
        Some(Run::Going) => {
            html! { p .note role="status" { (icon("clock")) span { "Учим и проверяем. Это занимает меньше минуты; отвечать клиентам не мешает." } } }
        }
        Some(Run::Failed) => {
            html! { p .note.red role="alert" { (icon("circle-alert")) span { "Обучить не получилось. Попробуйте ещё раз." } } }
        }
        Some(Run::Done { since_ms, result }) => done(viewer, *since_ms, result),
    }
}

fn done(viewer: &Viewer, since_ms: i64, taught: &Taught) -> Markup {
    let outcome = &taught.outcome;
    let frozen = outcome.frozen.as_ref();
    let at = words::clock(viewer.salon.wall(since_ms).time());
    html! {
        div .stack role="status" {
            div .spread.middle {
                p { b { "Обучено в " (at) } }
                @if outcome.is_no_worse() { (mark("green", "circle-check", "не хуже прежнего")) } @else { (mark("red", "triangle-alert", "стало бы хуже")) }
            }
            table .sheet {
                thead { tr { th scope="col" { "Прочитано верно" } th scope="col" { "Было" } th scope="col" { "Станет" } } }
                tbody {
                    @if let Some(frozen) = frozen { (row("Контрольные", &frozen.before, &frozen.after)) }
                    (row("Размеченные", &outcome.trained.before, &outcome.trained.held_out))
                }
            }
            p .quiet.small { "На контрольных сообщениях не учим. Размеченные читает модель, которая их не видела." }
            @if outcome.is_no_worse() && viewer.may_do("/console/lessons/publish") {
                form method="post" action={ (PATH) "/publish" } { button .button.main-action type="submit" { (icon("check")) "Опубликовать" } }
            }
            @if !outcome.is_no_worse() { p { "Такое понимание публиковать нельзя. Посмотрите, нет ли ошибок в размеченном, или разберите ещё похожих сообщений." } }
        }
    }
}

fn row(title: &str, before: &Report, after: &Report) -> Markup {
    html! {
        tr {
            th scope="row" { (title) }
            td { (before.right()) " из " (before.messages()) }
            td { (after.right()) " из " (after.messages()) }
        }
    }
}
