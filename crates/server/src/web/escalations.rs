//! «Эскалации»: who is called now and what came of every call; the cases that are over, with who took them.

mod history;

use std::collections::HashMap;

use axum::extract::{Query, State};
use maud::{Markup, html};
use nochnik_engine::case_report::{self, CallEnd, CaseReport};
use nochnik_store::case_steps::Step;
use nochnik_store::cases::{CaseState, End};
use nochnik_store::{Sql, StoreError, conversations};

use self::history::Asked;
use super::live::{LIVE, STEADY};
use super::look::{Part, console, icon, mark};
use super::people::channel_title;
use super::seen::{self, Record};
use super::viewer::Viewer;
use super::{Shared, Trouble, Web, ending, words};

/// Cards of one kind on the page; a night that opens more is told with a number.
const SHOWN_MAX: usize = 50;

/// `GET /console/escalations`
pub async fn page(State(web): State<Shared>, viewer: Viewer, Query(asked): Query<Asked>) -> Result<Markup, Trouble> {
    seen::note(&web, &viewer, Record::Cases, "").await;
    let body = html! {
        main .main #main {
            div .head { h1 { "Эскалации" } }
            div .stack {
                @if !asked.is_further() {
                    div hx-sse:connect="/console/live?view=cases" hx-trigger=(LIVE) hx-config=(STEADY) hx-swap="innerMorph" { (inside(&web, &viewer).await?) }
                }
                (history::section(&web, &viewer, &asked).await?)
            }
        }
    };
    Ok(console(&viewer, Part::Escalations, "Эскалации", &body))
}

/// What changes on the page by itself: the cases that are not over.
pub async fn inside(web: &Web, viewer: &Viewer) -> Result<Markup, Trouble> {
    let business = viewer.business.clone();
    let job = move |sql: &mut dyn Sql| {
        let queues = case_report::unfinished(sql, &business, SHOWN_MAX)?;
        let names = names(sql, &business, queues.iter().flat_map(|queue| &queue.first))?;
        Ok((queues, names))
    };
    let ([open, taken, morning], names) = web.store.read(job).await?;
    let now_ms = web.desk.now().as_millisecond();
    let name = |report: &CaseReport| names.get(&report.case.conversation_id).map_or("", String::as_str);
    Ok(html! {
        div .stack {
            @if open.total == 0 { (calm()) }
            @for report in &open.first { (open_card(web, viewer, report, name(report), now_ms)) }
            @if open.total > open.first.len() {
                p .note.amber { (icon("triangle-alert")) span { "Зовём ещё к " (words::count((open.total - open.first.len()) as u64, "клиенту", "клиентам", "клиентам")) ": здесь те, кто ждёт дольше." } }
            }
            @for (queue, title) in [(&taken, "В работе"), (&morning, "Ждут утра")] {
                @if queue.total > 0 {
                    section .card {
                        h2 { (title) " · " (queue.total) }
                        ul .list.queue { @for report in &queue.first { (line(web, viewer, report, name(report))) } }
                    }
                }
            }
        }
    })
}

/// Names of the clients, by conversation.
fn names<'a>(
    sql: &mut dyn Sql,
    business: &str,
    reports: impl IntoIterator<Item = &'a CaseReport>,
) -> Result<HashMap<String, String>, StoreError> {
    let mut names = HashMap::new();
    for report in reports {
        let id = &report.case.conversation_id;
        if let Some(talk) = conversations::get(sql, business, id)? {
            names.insert(id.clone(), talk.client_name);
        }
    }
    Ok(names)
}

fn calm() -> Markup {
    html! {
        section .calm {
            (icon("moon-star"))
            h2 { "Сейчас никого не зовём" }
            p .quiet { "Когда понадобится человек, здесь будет видно, кого зовём, кто ответил и когда следующий вызов." }
        }
    }
}

fn open_card(web: &Web, viewer: &Viewer, report: &CaseReport, name: &str, now_ms: i64) -> Markup {
    let case = &report.case;
    let is_late = case.next_at_ms.is_some_and(|due_ms| due_ms < now_ms);
    let talk = format!("/console/chats/{}", case.conversation_id);
    html! {
        section .card.stack.burning .late[is_late] aria-label={ "Зовём к клиенту: " (words::client_name(name)) } {
            div .spread {
                div {
                    h2 { (words::client_name(name)) }
                    p { (case.why) }
                    p .small { "Ждёт " (words::span(now_ms - case.opened_at_ms)) ", ступень " (case.level) }
                }
                @if let Some(due_ms) = case.next_at_ms {
                    div {
                        div .clock data-due=(due_ms) { (words::countdown(due_ms - now_ms)) }
                        div .small { "следующий вызов в " (words::clock(viewer.salon.wall(due_ms).time())) }
                    }
                } @else {
                    (mark("red", "triangle-alert", "звать больше некого"))
                }
            }
            (calls(web, viewer, report))
            div .row {
                @if viewer.may_do("/console/chats/{id}/take") {
                    form method="post" action={ (talk) "/take" } hx-post={ (talk) "/take" } hx-swap="none" {
                        button .button.main-action type="submit" { (icon("hand")) "Взять" }
                    }
                }
                a .button href=(talk) { "Открыть диалог" }
            }
        }
    }
}

/// A case that nobody is called to now: what became of it, and the calls on a tap.
fn line(web: &Web, viewer: &Viewer, report: &CaseReport, name: &str) -> Markup {
    let case = &report.case;
    html! {
        li .stack.tight {
            div .spread {
                div {
                    h3 { a href={ "/console/chats/" (case.conversation_id) } { (words::client_name(name)) } }
                    p { (case.why) }
                    p .quiet.small { (opened(viewer, case.opened_at_ms)) (lasted(report)) }
                }
                (outcome(viewer, report))
            }
            (ending::choice(viewer, case))
            @if !report.ends().is_empty() {
                details {
                    summary { "Кого звали: " (words::count(report.ends().len() as u64, "вызов", "вызова", "вызовов")) }
                    (calls(web, viewer, report))
                }
            }
        }
    }
}

/// «ср, 25 ноября, 23:35».
fn opened(viewer: &Viewer, at_ms: i64) -> String {
    let at = viewer.salon.wall(at_ms);
    format!("{}, {}", words::day(at.date()), words::clock(at.time()))
}

/// How long it took to be taken, or to be over.
fn lasted(report: &CaseReport) -> String {
    let case = &report.case;
    match (report.taken(), case.closed_at_ms) {
        (Some(taken), _) => format!(", ответили через {}", words::span(taken.at_ms - case.opened_at_ms)),
        (None, Some(closed_ms)) => format!(", закрыто через {}", words::span(closed_ms - case.opened_at_ms)),
        (None, None) => String::new(),
    }
}

fn outcome(viewer: &Viewer, report: &CaseReport) -> Markup {
    let by = report.taken().map(|taken| taken.person_id.as_str()).or(report.case.taken_by.as_deref());
    match (by, report.end()) {
        (Some(by), _) => mark("green", "user-round-check", &format!("«Беру»: {}", viewer.salon.person(by))),
        (None, End::Morning) if report.case.state == CaseState::Closed => mark("violet", "sunrise", "ждали утра"),
        (None, _) if report.case.state == CaseState::Morning => mark("violet", "sunrise", "утром"),
        (None, _) => mark("", "check", "решилось само"),
    }
}

/// Who was called when and by what, each with its end.
fn calls(web: &Web, viewer: &Viewer, report: &CaseReport) -> Markup {
    html! {
        ol .calls {
            @for (call, end) in report.ends() {
                li {
                    time .quiet.small { (viewer.salon.clock(call.at_ms)) }
                    span { (viewer.salon.person(&call.person_id)) span .quiet { " · " (channel_title(web, viewer, &call.means)) " · ступень " (call.level) } }
                    (end_mark(call, end))
                }
            }
        }
    }
}

fn end_mark(call: &Step, end: CallEnd) -> Markup {
    match end {
        CallEnd::Took => mark("green", "user-round-check", "«Беру»"),
        CallEnd::Passed => mark("", "x", "«Не могу»"),
        CallEnd::Acknowledged => mark("green", "check-check", "ответ клавишей"),
        CallEnd::Silent => mark("amber", "check-check", "доставлено, молчание"),
        CallEnd::Lost => mark("amber", "check", "отправлено, молчание"),
        CallEnd::Failed => mark("red", "circle-x", "не дошло"),
        CallEnd::Waits => match (call.sent_at_ms, call.delivery.as_str()) {
            (None, _) => mark("", "clock", "отправляем"),
            (Some(_), "delivered") => mark("blue", "check-check", "доставлено, ждём"),
            (Some(_), _) => mark("blue", "check", "отправлено, ждём"),
        },
    }
}
