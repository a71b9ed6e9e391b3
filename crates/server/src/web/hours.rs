//! «Часы работы»: seven days, each as a person types it.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};
use nochnik_core::business::{Interval, WEEKDAYS, Week};
use nochnik_core::wall;
use serde_json::{Map, Value, json};

use super::look::icon;
use super::meanwhile::{alone, caught_up};
use super::settings::{Filled, Input, conflicts, follow, frame, heading, problems, save_read, seen_input};
use super::viewer::Viewer;
use super::{Shared, Trouble, Web, special_days};
use crate::document_change::{Deed, Objection, Problems};
use crate::document_diff::DAY_NAMES;
use crate::hours_text;

/// `GET /console/settings/hours`
pub async fn page(State(web): State<Shared>, viewer: Viewer) -> Result<Markup, Trouble> {
    let filled = Filled { texts: typed(&viewer.salon.document().hours, ""), objection: None };
    show(&web, &viewer, &filled).await
}

/// `POST /console/settings/hours`
pub async fn change(
    State(web): State<Shared>,
    viewer: Viewer,
    Form(texts): Form<BTreeMap<String, String>>,
) -> Result<Response, Trouble> {
    let mut filled = caught_up(&web, &viewer, texts, alone, |document| typed(&document.hours, "")).await?;
    if filled.objection.is_none() {
        let deed = Deed { action: "hours", subject: String::new() };
        let week = week_of(&filled.texts, "");
        let saved = save_read(&web, &viewer, &filled, deed, week, |week, document| {
            document.hours.clone_from(week);
            Ok(())
        });
        filled.objection = saved.await?.map(|objection| objection.beside(&WEEKDAYS));
    }
    let again = show(&web, &viewer, &filled).await;
    follow(&filled, "/console/settings/hours", |_| again)
}

async fn show(web: &Web, viewer: &Viewer, filled: &Filled) -> Result<Markup, Trouble> {
    let days = || WEEKDAYS.iter().zip(DAY_NAMES);
    let inside = html! {
        (conflicts(web, viewer).await?)
        @if viewer.salon.document().hours.is_closed() {
            p .note.amber { (icon("triangle-alert")) span { "Все семь дней — выходные: бот никого не запишет, а любое сообщение сочтёт ночным. Впишите часы хотя бы одного дня." } }
        }
        form .stack method="post" {
            (seen_input(viewer))
            (problems(filled))
            section .card.stack {
                @for (key, name) in days() {
                    (Input { name: key, label: &wall::capitalised(name), help: "", mode: "text" }.show(filled))
                }
                p .help.quiet { "Пишите так: 10:00–20:00. Перерыв — через запятую: 09:00–13:00, 14:00–20:00. Выходной — словом." }
            }
            p { a .link href=(special_days::PATH) { "Праздники и особые дни" } }
            button .button.main-action type="submit" { "Сохранить" }
        }
    };
    Ok(frame(viewer, "Часы работы", &heading("Часы работы"), &inside))
}

/// The inputs of a week, each named after its day behind `prefix`.
pub fn typed(week: &Week, prefix: &str) -> BTreeMap<String, String> {
    let named: BTreeMap<&str, String> = week.named_days().map(|(key, hours)| (key, hours_text::text(hours))).collect();
    let closed = || hours_text::text(&[]);
    WEEKDAYS.iter().map(|key| (format!("{prefix}{key}"), named.get(key).cloned().unwrap_or_else(closed))).collect()
}

/// Reads the hours of each day behind `prefix`; one that is not said is a day off.
pub fn week_of(texts: &BTreeMap<String, String>, prefix: &str) -> Result<Week, Objection> {
    let (mut days, mut problems) = (Map::new(), Problems::default());
    for key in WEEKDAYS {
        let input = format!("{prefix}{key}");
        let typed = texts.get(&input).map_or("", |text| text.trim());
        let intervals = problems.take(hours_text::read(typed).map_err(|text| Objection::new(&input, text)));
        let intervals: Vec<(String, String)> = intervals.unwrap_or_default().into_iter().map(Interval::into).collect();
        days.insert(key.to_owned(), json!(intervals));
    }
    let week = serde_json::from_value(Value::Object(days));
    let week = problems.take(week.map_err(|error| Objection::new("", error.to_string())));
    problems.finish(|| week)
}
