//! «Подмены и отсутствия»: what differs from the shifts for once. «Дежурные» lists them.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::{Path, State};
use axum::response::{Redirect, Response};
use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};
use nochnik_core::business::Settings;
use nochnik_core::duty::stretches;
use nochnik_store::Sql;
use nochnik_store::duty::{self, Absence, Override};

use super::look::icon;
use super::settings::{DateInput, Filled, Input, follow, frame, heading_under, problems};
use super::shifts::person_input;
use super::viewer::Viewer;
use super::{Shared, Trouble, Web, access, people};
use crate::document_change::{Objection, Problems};
use crate::{duty_words, hours_text};

const PATH: &str = "/console/people/changes";
/// The longest change: a long leave.
const SPAN_MAX: SignedDuration = SignedDuration::from_hours(184 * 24);
/// Rows that have not ended yet, at most: everybody's leave of a year.
const ROWS_MAX: usize = 200;

/// What is said of one stretch of time.
#[derive(Clone)]
enum Change {
    StandsIn(Override),
    IsAway(Absence),
}

/// What has not ended yet, with a way to take it back for whoever may.
pub async fn card(web: &Web, viewer: &Viewer) -> Result<Markup, Trouble> {
    let (overrides, absences) = rows(web, viewer).await?;
    let settings = viewer.salon.settings();
    let may_change = viewer.may_do("/console/people/changes");
    let take_back = |kind: &str, id: i64, what: &str| {
        html! { @if may_change {
            form method="post" action={ (PATH) "/" (kind) "/" (id) "/off" } {
                button .button type="submit" aria-label={ "Убрать: " (what) } { "Убрать" }
            }
        } }
    };
    Ok(html! {
        section .card.stack {
            h2 { "Подмены и отсутствия" }
            @if overrides.is_empty() && absences.is_empty() { p .quiet { "Всё идёт по сменам." } }
            ul .list {
                @for row in &overrides {
                    @let told = duty_words::stands_in(settings, row);
                    li .spread.middle { (told) (take_back("override", row.id, &told)) }
                }
                @for row in &absences {
                    @let told = duty_words::is_away(settings, row);
                    li .spread.middle { (told) (take_back("absence", row.id, &told)) }
                }
            }
            @if may_change { div .row { a .button href=(PATH) { "Добавить" } } }
        }
    })
}

/// `GET /console/people/changes`
pub async fn page(viewer: Viewer) -> Markup {
    let today = viewer.salon.wall(viewer.now_ms).date();
    let tomorrow = today.tomorrow().unwrap_or(today);
    let texts = Filled::of([
        ("from_day", today.to_string()),
        ("from_time", "20:00".to_owned()),
        ("to_day", tomorrow.to_string()),
        ("to_time", "09:00".to_owned()),
    ]);
    show(&viewer, &texts)
}

/// `POST /console/people/changes`
pub async fn add(
    State(web): State<Shared>,
    viewer: Viewer,
    Form(texts): Form<BTreeMap<String, String>>,
) -> Result<Response, Trouble> {
    let mut filled = Filled { texts, objection: None };
    filled.objection = match read(&viewer, &filled) {
        Err(objection) => Some(objection),
        Ok(change) => put(&web, &viewer, change).await?,
    };
    follow(&filled, people::PATH, |filled| Ok(show(&viewer, filled)))
}

/// `POST /console/people/changes/{kind}/{number}/off`
pub async fn off(
    State(web): State<Shared>,
    viewer: Viewer,
    Path((kind, number)): Path<(String, i64)>,
) -> Result<Redirect, Trouble> {
    let (business, actor, now_ms) = (viewer.business, viewer.login, viewer.now_ms);
    let job = move |sql: &mut dyn Sql| {
        let is_removed = match kind.as_str() {
            "override" => duty::remove_override(sql, &business, number)?,
            "absence" => duty::remove_absence(sql, &business, number)?,
            _ => false,
        };
        if is_removed {
            access::note_about(sql, &business, &actor, "duty_change_off", "", now_ms)?;
        }
        Ok(is_removed)
    };
    if web.store.write(job).await? { Ok(Redirect::to(people::PATH)) } else { Err(Trouble::NotFound) }
}

async fn rows(web: &Web, viewer: &Viewer) -> Result<(Vec<Override>, Vec<Absence>), Trouble> {
    let (business, now_ms) = (viewer.business.clone(), viewer.now_ms);
    let job = move |sql: &mut dyn Sql| {
        Ok((duty::overrides(sql, &business, now_ms)?, duty::absences(sql, &business, now_ms)?))
    };
    Ok(web.store.read(job).await?)
}

/// Saves the change with a line of the journal, unless there are too many.
async fn put(web: &Web, viewer: &Viewer, change: Change) -> Result<Option<Objection>, Trouble> {
    let (business, actor, now_ms) = (viewer.business.clone(), viewer.login.clone(), viewer.now_ms);
    let job = move |sql: &mut dyn Sql| {
        let count = duty::overrides(sql, &business, now_ms)?.len() + duty::absences(sql, &business, now_ms)?.len();
        if count >= ROWS_MAX {
            return Ok(Some(Objection::new("", "Таких записей уже слишком много. Уберите лишние")));
        }
        let who = match &change {
            Change::StandsIn(row) => duty::put_override(sql, &business, row).map(|_| &row.person_id)?,
            Change::IsAway(row) => duty::put_absence(sql, &business, row).map(|_| &row.person_id)?,
        };
        access::note_about(sql, &business, &actor, "duty_change", who, now_ms)?;
        Ok(None)
    };
    Ok(web.store.write(job).await?)
}

fn read(viewer: &Viewer, filled: &Filled) -> Result<Change, Objection> {
    let mut problems = Problems::default();
    let from = problems.take(moment(viewer, filled, "from_day", "from_time"));
    let to = problems.take(moment(viewer, filled, "to_day", "to_time"));
    let (from, to) = problems.finish(|| from.zip(to))?;
    if to <= from {
        return Err(Objection::new("to_day", "Это раньше начала"));
    }
    if to.as_millisecond() <= viewer.now_ms {
        return Err(Objection::new("to_day", "Это время уже прошло"));
    }
    if to.duration_since(from) > SPAN_MAX {
        return Err(Objection::new("to_day", "Не больше полугода"));
    }
    let (away, person) = (known(viewer, filled, "away")?, known(viewer, filled, "instead")?);
    let (from_ms, to_ms) = (from.as_millisecond(), to.as_millisecond());
    if away == person && !away.is_empty() {
        return Err(Objection::new("instead", "Это тот же человек"));
    }
    if person.is_empty() && away.is_empty() {
        return Err(Objection::new("away", "Выберите, кого не будет, или кто выйдет дополнительно"));
    }
    if person.is_empty() {
        return Ok(Change::IsAway(Absence { id: 0, person_id: away, from_ms, to_ms }));
    }
    if !away.is_empty() && !is_on(viewer, &away, from, to) {
        let text = "В это время его смены нет: подменять некого. Проверьте дни и часы";
        return Err(Objection::new("away", text));
    }
    Ok(Change::StandsIn(Override { id: 0, person_id: person, instead_of: away, from_ms, to_ms }))
}

/// Whether the person has anything to be replaced in; who is called outside any shift always has.
fn is_on(viewer: &Viewer, person: &str, from: Timestamp, to: Timestamp) -> bool {
    let settings: &Settings = viewer.salon.settings();
    let is_of_shifts = settings.document.shifts.iter().any(|shift| shift.named().any(|id| id == person));
    let found = stretches(settings, viewer.salon.changes(), from, to);
    !is_of_shifts || found.iter().any(|stretch| stretch.person.as_str() == person)
}

fn known(viewer: &Viewer, filled: &Filled, name: &str) -> Result<String, Objection> {
    let id = filled.text(name);
    let is_known = id.is_empty() || viewer.salon.is_called(id);
    if is_known {
        Ok(id.to_owned())
    } else {
        Err(Objection::new(name, "Этого человека только что убрали"))
    }
}

fn moment(viewer: &Viewer, filled: &Filled, day: &str, time: &str) -> Result<Timestamp, Objection> {
    let date = DateInput::read(day, filled)?.ok_or_else(|| Objection::new(day, "Какой это день?"))?;
    let clock = hours_text::time(filled.text(time)).ok_or_else(|| Objection::new(time, "Нужно время: 20:00"))?;
    Ok(viewer.salon.moment(date.to_datetime(clock)))
}

fn show(viewer: &Viewer, filled: &Filled) -> Markup {
    let inside = html! {
        form .stack method="post" action=(PATH) {
            (problems(filled))
            section .card.stack {
                (person_input(viewer, filled, "away", "Кого не будет", "«—», если кто-то выходит дополнительно"))
                (person_input(viewer, filled, "instead", "Кто вместо", "«—» — замена из смены, если она есть"))
                div .grid3 {
                    (DateInput { name: "from_day", label: "С какого дня", help: "" }.show(filled))
                    (Input { name: "from_time", label: "С какого часа", help: "", mode: "text" }.show(filled))
                }
                div .grid3 {
                    (DateInput { name: "to_day", label: "По какой день", help: "" }.show(filled))
                    (Input { name: "to_time", label: "До какого часа", help: "", mode: "text" }.show(filled))
                }
                p .note.quiet { (icon("bell-ring")) "Подменяющего бот сам не спрашивает: договоритесь с ним заранее. Перед сменой он спросит, на месте ли тот." }
            }
            button .button.main-action type="submit" { "Сохранить" }
        }
    };
    let title = "Подмена или отсутствие";
    frame(viewer, title, &heading_under(people::PATH, "К дежурным", title), &inside)
}
