//! «Праздники и особые дни»: what holidays mean here, and single days that differ from the week.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::State;
use axum::response::Response;
use jiff::ToSpan;
use jiff::civil::Date;
use maud::{Markup, html};
use nochnik_core::business::{Document, Holidays, Hours, Interval};
use nochnik_core::calendar;
use nochnik_core::wall;

use super::meanwhile::{Texts, by_number, caught_up};
use super::settings::{
    DateInput, Filled, Input, conflicts, follow, frame, heading_under, problems, save_read, seen_input,
};
use super::viewer::Viewer;
use super::{Shared, Trouble, Web};
use crate::document_change::{Deed, Objection, Problems};
use crate::hours_text;

pub const PATH: &str = "/console/settings/days";
const HOLIDAYS: &str = "holidays";
const CLOSED: &str = "closed";
const AS_USUAL: &str = "as_usual";
/// Rows of the form: more than anybody knows ahead, a year of holidays included.
const ROWS_MAX: usize = 100;
/// Empty rows below those that stand.
const ROWS_SPARE: usize = 1;
/// Longest stretch of one row: a season of repairs.
const STRETCH_DAYS_MAX: i32 = 92;
/// How far ahead the holidays are named.
const LOOK_DAYS: i64 = 180;

type Days = BTreeMap<Date, Vec<Interval>>;

/// What the form says.
struct Wanted {
    holidays: Holidays,
    days: Days,
    /// Days before it are over: no form shows them, and they stay as they were.
    today: Date,
}

/// `GET /console/settings/days`
pub async fn page(State(web): State<Shared>, viewer: Viewer) -> Result<Markup, Trouble> {
    let texts = typed(viewer.salon.document(), today(&viewer));
    show(&web, &viewer, &Filled { texts, objection: None }).await
}

/// `POST /console/settings/days`: all of them at once; what is ticked off is gone.
pub async fn change(
    State(web): State<Shared>,
    viewer: Viewer,
    Form(texts): Form<BTreeMap<String, String>>,
) -> Result<Response, Trouble> {
    let today = today(&viewer);
    let mut filled = caught_up(&web, &viewer, texts, by_number, |document| typed(document, today)).await?;
    if filled.objection.is_none() {
        let deed = Deed { action: "special_days", subject: String::new() };
        let wanted = read(&filled, today);
        let saved = save_read(&web, &viewer, &filled, deed, wanted, |wanted, document| {
            document.holidays = wanted.holidays;
            document.special_days.retain(|date, _| *date < wanted.today);
            document.special_days.extend(wanted.days.clone());
            Ok(())
        });
        filled.objection = saved.await?;
    }
    let again = show(&web, &viewer, &filled).await;
    follow(&filled, PATH, |_| again)
}

fn today(viewer: &Viewer) -> Date {
    viewer.salon.wall(viewer.now_ms).date()
}

fn input(row: usize, name: &str) -> String {
    format!("day.{row}.{name}")
}

fn typed(document: &Document, today: Date) -> Texts {
    let holidays = if document.holidays == Holidays::Closed { CLOSED } else { AS_USUAL };
    let mut texts = Texts::from([(HOLIDAYS.to_owned(), holidays.to_owned())]);
    for (row, (first, last, hours)) in stretches(document, today).into_iter().enumerate() {
        texts.insert(input(row, "first"), first.to_string());
        texts.extend((first != last).then(|| (input(row, "last"), last.to_string())));
        texts.insert(input(row, "hours"), hours_text::text(hours));
    }
    texts
}

/// Days to come, neighbours with the same hours together.
fn stretches(document: &Document, today: Date) -> Vec<(Date, Date, &Hours)> {
    let mut stretches: Vec<(Date, Date, &Hours)> = Vec::new();
    for (date, hours) in document.special_days.range(today..) {
        match stretches.last_mut() {
            Some((_, last, same)) if last.tomorrow().ok() == Some(*date) && **same == **hours => *last = *date,
            _ => stretches.push((*date, *date, hours)),
        }
    }
    stretches
}

fn read(filled: &Filled, today: Date) -> Result<Wanted, Objection> {
    let holidays = if filled.text(HOLIDAYS) == CLOSED { Holidays::Closed } else { Holidays::AsUsual };
    let (mut days, mut problems) = (Days::new(), Problems::default());
    for row in (0..ROWS_MAX).filter(|row| is_filled(filled, *row) && !filled.is_ticked(&input(*row, "off"))) {
        let name = input(row, "hours");
        let hours = problems.take(hours_text::read(filled.text(&name)).map_err(|text| Objection::new(&name, text)));
        let stretch = problems.take(stretch(filled, row, today));
        let (Some(hours), Some((first, last))) = (hours, stretch) else { continue };
        let twice = first
            .series(1.day())
            .take_while(|date| *date <= last)
            .filter(|date| days.insert(*date, hours.clone()).is_some())
            .last();
        if let Some(date) = twice {
            problems.note(&input(row, "first"), format!("{}: этот день уже есть выше", wall::date(date)));
        }
    }
    problems.finish(|| Some(Wanted { holidays, days, today }))
}

/// The first day of a row and its last.
fn stretch(filled: &Filled, row: usize, today: Date) -> Result<(Date, Date), Objection> {
    let (first, last) = (DateInput::read(&input(row, "first"), filled)?, DateInput::read(&input(row, "last"), filled)?);
    let first = first.ok_or_else(|| Objection::new(&input(row, "first"), "Какой это день?"))?;
    let last = last.unwrap_or(first);
    if first < today {
        return Err(Objection::new(&input(row, "first"), "Этот день уже прошёл"));
    }
    let text = match first.until(last).map_or(0, |span| span.get_days()) {
        0..STRETCH_DAYS_MAX => return Ok((first, last)),
        i32::MIN..0 => "Это раньше первого дня",
        _ => "Не больше 92 дней подряд",
    };
    Err(Objection::new(&input(row, "last"), text))
}

fn is_filled(filled: &Filled, row: usize) -> bool {
    ["first", "last", "hours"].iter().any(|name| !filled.text(&input(row, name)).is_empty())
}

async fn show(web: &Web, viewer: &Viewer, filled: &Filled) -> Result<Markup, Trouble> {
    let standing = (0..ROWS_MAX).rfind(|row| is_filled(filled, *row)).map_or(0, |last| last + 1);
    let rows = (standing + ROWS_SPARE).min(ROWS_MAX);
    let ahead = ahead(today(viewer));
    let inside = html! {
        (conflicts(web, viewer).await?)
        form .stack method="post" action=(PATH) {
            (seen_input(viewer))
            (problems(filled))
            section .card.stack {
                fieldset .field {
                    legend { "В государственные праздники" }
                    @for (word, label) in [(AS_USUAL, "работаем по обычным часам"), (CLOSED, "закрыты")] {
                        label .tick { input type="radio" name=(HOLIDAYS) value=(word) checked[filled.text(HOLIDAYS) == word]; (label) }
                    }
                    @if !ahead.is_empty() { p .help { "Ближайшие: " (wall::days(&ahead)) } }
                }
            }
            p .quiet { "Здесь дни, которые отличаются от обычной недели и от праздников: короткий день, ремонт, рабочее воскресенье." }
            @for row in 0..rows { (one(filled, row)) }
            button .button.main-action type="submit" { "Сохранить" }
        }
    };
    let title = "Праздники и особые дни";
    Ok(frame(viewer, title, &heading_under("/console/settings/hours", "К часам работы", title), &inside))
}

/// Holidays of the time to come.
fn ahead(today: Date) -> Vec<Date> {
    let days = today.series(1.day()).take(usize::try_from(LOOK_DAYS).unwrap_or_default());
    days.filter(|date| calendar::is_holiday(*date)).collect()
}

fn one(filled: &Filled, row: usize) -> Markup {
    html! {
        section .card aria-label={ "День " (row + 1) } {
            div .grid3 {
                (DateInput { name: &input(row, "first"), label: "День", help: "" }.show(filled))
                (DateInput { name: &input(row, "last"), label: "По день", help: "Пусто — один день" }.show(filled))
                (Input { name: &input(row, "hours"), label: "Часы", help: "10:00–16:00; пусто — закрыто", mode: "text" }.show(filled))
            }
            @if is_filled(filled, row) {
                label .tick { input type="checkbox" name=(input(row, "off")) value="yes" checked[filled.is_ticked(&input(row, "off"))]; "Убрать" }
            }
        }
    }
}
