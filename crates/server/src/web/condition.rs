//! «Состояние»: workers, database, channels, how long things wait.

use axum::extract::State;
use maud::{Markup, html};
use nochnik_store::outbox::{self, Status};

use super::desk::ChannelHealth;
use super::look::{Part, console, icon, mark};
use super::viewer::Viewer;
use super::{Shared, Trouble, words};

/// A worker silent for longer is stuck: each gives a sign every few seconds.
const WORKER_SILENT_MS_MAX: i64 = 60_000;
/// Rows looked at for the age of the oldest.
const LOOKED_AT_MAX: i64 = 1_000;

/// `GET /console/state`
pub async fn page(State(web): State<Shared>, viewer: Viewer) -> Result<Markup, Trouble> {
    let (health, inbox) = (web.desk.health(), web.desk.inbox(&viewer.business));
    let is_database_well = web.store.check().await.is_ok();
    let business = viewer.business.clone();
    let waiting = web.store.read(move |sql| outbox::list(sql, &business, Status::Waiting, LOOKED_AT_MAX)).await?;
    let oldest_ms = waiting.iter().map(|listed| viewer.now_ms - listed.row.created_at_ms).max();
    let channels: Vec<_> = health.channels.iter().filter(|channel| channel.business == viewer.business).collect();
    let unopened: Vec<_> = health.unopened.iter().filter(|(id, _)| *id == viewer.business).collect();
    // A trouble of another business is not this one's to mend, nor to know of.
    let is_all_on = unopened.is_empty() && channels.iter().all(|channel| channel.trouble.is_none());
    let is_well = health.is_ready && is_database_well && inbox.parked == 0 && is_all_on;
    let body = html! {
        main .main #main {
            div .head { h1 { "Состояние" } (well(is_well, "всё работает", "нужен человек")) }
            div .grid2 {
                section .card {
                    h2 { "Сервер" }
                    ul .list.state {
                        li { span .row { (icon("database")) "База данных" } (well(is_database_well, "пишет и читает", "не отвечает")) }
                        li { span .row { (icon("inbox")) "Входящие" } (well(inbox.parked == 0, &format!("принято {} из {}", inbox.worked, inbox.taken), &format!("отложено после ошибки: {}", inbox.parked))) }
                        li { span .row { (icon("truck")) "Исходящие" } (queue(waiting.len(), oldest_ms)) }
                        @for (name, age_ms) in &health.workers {
                            li { span .row { (icon("activity")) (worker(name)) } (well(*age_ms < WORKER_SILENT_MS_MAX, "работает", &format!("молчит {}", words::span(*age_ms)))) }
                        }
                    }
                }
                section .card {
                    h2 { "Каналы и CRM" }
                    @if channels.is_empty() { p .quiet { "Ни один канал не подключён. Добавьте канал в документ бизнеса и загрузите его: nochnik business import." } }
                    ul .list.state {
                        @for (_, why) in &unopened { li { span .row { (icon("radio")) (why) } (mark("red", "triangle-alert", "не открыто")) } }
                        @for channel in channels { (line(&viewer, channel)) }
                    }
                }
            }
        }
    };
    Ok(console(&viewer, Part::State, "Состояние", &body))
}

fn queue(waiting: usize, oldest_ms: Option<i64>) -> Markup {
    match oldest_ms {
        None => mark("green", "circle-check", "очередь пуста"),
        Some(age_ms) => {
            let tone = if age_ms < WORKER_SILENT_MS_MAX { "blue" } else { "amber" };
            mark(tone, "clock", &format!("ждут {waiting}, старшее — {}", words::span(age_ms)))
        }
    }
}

fn line(viewer: &Viewer, channel: &ChannelHealth) -> Markup {
    html! {
        li {
            span .row { (icon("radio")) (channel.title) }
            @match &channel.trouble {
                None => (mark("green", "circle-check", "на связи")),
                Some((since, why)) => {
                    span { (mark("red", "triangle-alert", &format!("с {}", words::clock(viewer.salon.wall(since.as_millisecond()).time())))) " " (why) }
                }
            }
        }
    }
}

fn well(is_well: bool, good: &str, bad: &str) -> Markup {
    if is_well { mark("green", "circle-check", good) } else { mark("red", "triangle-alert", bad) }
}

fn worker(name: &str) -> &str {
    match name {
        "turns" => "Разбор сообщений",
        "alarms" => "Напоминания и вызовы",
        "sweep" => "Отправка",
        "audit" => "Сверка потерь",
        other => other,
    }
}
