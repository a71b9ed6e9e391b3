//! «Проверка»: the acceptance stories of a business played beside the server's work, and what came of each.

use std::collections::BTreeMap;
use std::slice;

use axum::Form;
use axum::extract::State;
use axum::response::{Redirect, Response};
use maud::{Markup, html};
use nochnik_core::business::Settings;
use nochnik_core::story::{Checked, Judged};

use super::jobs::Run;
use super::look::{Part, console, icon, mark};
use super::settings::heading_under;
use super::viewer::Viewer;
use super::{Shared, Trouble, Web, spreadsheet, words};
use crate::commands::accept::cases::{self, Script};
use crate::commands::accept::{self, Case, Suite, protocol, stage};
use crate::preset::Preset;
use crate::stored;

const PATH: &str = "/console/check";
/// What the form says when the stories are played by the document as it is shipped.
const SHIPPED: &str = "shipped";

/// `GET /console/check`
pub async fn page(State(web): State<Shared>, viewer: Viewer) -> Markup {
    let body = html! {
        main .main #main {
            (heading_under("/console/more", "К разделам", "Проверка"))
            div .stack {
                @if let Some(preset) = preset(&viewer) { (begin(&viewer, preset)) }
                @else { section .card { p { "Для вашего вида бизнеса готовых сценариев пока нет. Свои проверяет команда nochnik accept." } } }
                (section(&web, &viewer))
            }
        }
    };
    console(&viewer, Part::More, "Проверка", &body)
}

/// `GET /console/check/state`: the piece of the page that changes while stories are played.
pub async fn state(State(web): State<Shared>, viewer: Viewer) -> Markup {
    section(&web, &viewer)
}

/// `POST /console/check`
pub async fn start(
    State(web): State<Shared>,
    viewer: Viewer,
    Form(form): Form<BTreeMap<String, String>>,
) -> Result<Redirect, Trouble> {
    let preset = preset(&viewer).ok_or(Trouble::NotFound)?;
    let is_shipped = form.get("by").is_some_and(|by| by == SHIPPED);
    let settings = if is_shipped { cases::settings(preset.document()?)? } else { own(&web, &viewer).await? };
    let scripts = cases::shipped(preset)?;
    web.jobs.checks.start(&viewer.business, viewer.now_ms, move || play(settings, preset, scripts));
    Ok(Redirect::to(PATH))
}

/// `GET /console/check/protocol`: the same as a page to print and sign.
pub async fn protocol(State(web): State<Shared>, viewer: Viewer) -> Result<Response, Trouble> {
    let Some(Run::Done { since_ms, result }) = web.jobs.checks.look(&viewer.business) else {
        return Err(Trouble::NotFound);
    };
    let page = protocol::page(slice::from_ref(&*result));
    let name = format!("nochnik-protocol-{}.html", viewer.salon.wall(since_ms).date());
    Ok(spreadsheet::file(page.into_bytes(), "text/html; charset=utf-8", &name))
}

fn preset(viewer: &Viewer) -> Option<Preset> {
    Preset::named(&viewer.salon.document().kind)
}

/// The viewer's own settings as they are rehearsed, read by the model that the business trained.
async fn own(web: &Web, viewer: &Viewer) -> Result<Settings, Trouble> {
    let mut settings = cases::settings(viewer.salon.document().clone())?;
    stored::read_as_taught(&web.store, &viewer.business, &mut settings).await?;
    Ok(settings)
}

/// Plays on a runtime and a clock of its own. What it counts and logs is of nights that never were: nobody hears it.
fn play(settings: Settings, preset: Preset, scripts: Vec<Script>) -> anyhow::Result<Suite> {
    let quietly = || stage::runtime()?.block_on(accept::suite_of(settings, preset.name().to_owned(), scripts));
    let unlogged = || tracing::subscriber::with_default(tracing::subscriber::NoSubscriber::default(), quietly);
    metrics::with_local_recorder(&metrics::NoopRecorder, unlogged)
}

fn begin(viewer: &Viewer, preset: Preset) -> Markup {
    html! {
        section .card.stack {
            p { "Ночник сам играет разговоры из приёмки («" (preset.title()) "») и сверяет каждый ответ с ожидаемым. Клиентам ничего не уходит." }
            @if viewer.may_do("/console/check") {
                form .row method="post" action=(PATH) {
                    button .button.main-action type="submit" name="by" value="own" { (icon("shield-check")) "Проверить ваши настройки" }
                    button .button type="submit" name="by" value=(SHIPPED) { "Проверить заготовку" }
                }
                p .quiet.small { "Сценарии написаны для заготовки: если услуги и мастера у вас другие, часть из них не пройдёт, и это не ошибка." }
            }
        }
    }
}

fn section(web: &Web, viewer: &Viewer) -> Markup {
    let run = web.jobs.checks.look(&viewer.business);
    let is_going = matches!(run, Some(Run::Going));
    html! {
        section .stack #run hx-get=[is_going.then_some("/console/check/state")] hx-trigger=[is_going.then_some("every 2s")] hx-swap=[is_going.then_some("outerHTML")] {
            @match &run {
                None => {}
                Some(Run::Going) => p .note role="status" { (icon("clock")) span { "Играем сценарии. Обычно это меньше минуты; страницу можно закрыть." } },
                Some(Run::Failed) => p .note.red role="alert" { (icon("circle-alert")) span { "Проверка не дошла до конца. Запустите её ещё раз." } },
                Some(Run::Done { since_ms, result }) => (report(viewer, *since_ms, result)),
            }
        }
    }
}

fn report(viewer: &Viewer, since_ms: i64, suite: &Suite) -> Markup {
    let (passed, all) = (suite.passed(), suite.cases.len());
    let at = viewer.salon.wall(since_ms);
    // What a person has to look at stands first.
    let (held, failed): (Vec<&Case>, Vec<&Case>) = suite.cases.iter().partition(|case| case.verdict.is_passed());
    html! {
        div .card.stack {
            div .spread {
                div {
                    h2 { (accept::summary(passed, all)) }
                    p .quiet.small { (suite.name) ", " (words::moment(at, viewer.salon.wall(viewer.now_ms))) }
                }
                @if passed == all { (mark("green", "circle-check", "всё сходится")) } @else { (mark("red", "circle-x", &words::count((all - passed) as u64, "расхождение", "расхождения", "расхождений"))) }
            }
            @if viewer.may_open("/console/check/protocol") { div .row { a .button href="/console/check/protocol" download { (icon("download")) "Протокол для подписи" } } }
        }
        div .card { ul .list.queue { @for case in failed.iter().chain(&held) { (item(case)) } } }
    }
}

fn item(case: &Case) -> Markup {
    let verdict = &case.verdict;
    html! {
        li {
            details {
                summary .spread {
                    span { (verdict.title) }
                    @if verdict.is_passed() { (mark("green", "circle-check", "прошёл")) } @else { (mark("red", "circle-x", "не прошёл")) }
                }
                @if let Some(fault) = verdict.fault() { p .problem { (icon("circle-alert")) span { (fault) } } }
                div .scenes { @for scene in &verdict.scenes { (played(scene)) } }
            }
        }
    }
}

fn played(scene: &Judged) -> Markup {
    html! {
        div .scene {
            div { p .quiet.small { "Что происходит" } @for line in &scene.lines { p { (line) } } }
            div { p .quiet.small { "Ожидаем" } @for checked in &scene.checked { (expected(checked)) } @if scene.checked.is_empty() { p .quiet { "—" } } }
            div { p .quiet.small { "Вышло" } @for line in &scene.seen { p { (line) } } @if scene.seen.is_empty() { p .quiet { "—" } } }
        }
    }
}

fn expected(checked: &Checked) -> Markup {
    html! {
        @match &checked.instead {
            None => p .met { (icon("check")) span { (checked.text) } },
            Some(instead) => p .problem { (icon("x")) span { (checked.text) ". Вышло: " (instead) } },
        }
    }
}
