//! «Аналитика»: every number with its target and the period before, what it means on a tap, and the same as a file.

mod charts;
mod choice;
mod export;
mod figures;

use axum::extract::{Query, State};
use axum::response::Response;
use jiff::civil::Date;
use maud::{Markup, html};
use nochnik_core::numbers::{DEFINITIONS, Definition, Group, Number, Verdict};
use nochnik_core::score;
use nochnik_engine::numbers::{Period, began_on, read};
use nochnik_store::{Sql, scores};

pub use self::choice::Asked;
use self::choice::Span;
use super::look::{Part, console, empty, icon, mark};
use super::salon::Salon;
use super::viewer::{Role, Viewer};
use super::{Shared, Trouble, Web, spreadsheet, words};

/// What the page and the files are made of, read at one moment.
struct Report {
    asked: Asked,
    span: Span,
    now: Period,
    /// `None`: nothing was counted then, which is not the same as nothing having happened.
    before: Option<Period>,
    /// The date of the first fact.
    began_on: Option<Date>,
    /// The last fit of the score.
    refit: Option<score::Refit>,
    /// Kind and title of the channels that anything came by, and of the one that is chosen.
    channels: Vec<(String, String)>,
    /// What the viewer may see, in the order of the page.
    shown: Vec<&'static Definition>,
    /// The files of the same numbers are for whoever is signed in.
    has_files: bool,
}

/// Who looks, and at which business.
#[derive(Clone, Copy)]
struct Eye<'a> {
    salon: &'a Salon,
    sees_money: bool,
    has_files: bool,
    now_ms: i64,
}

impl<'a> From<&'a Viewer> for Eye<'a> {
    fn from(viewer: &'a Viewer) -> Self {
        // What the business earns and pays is its owner's.
        let sees_money = viewer.role == Role::Owner;
        Self { salon: &viewer.salon, sees_money, has_files: true, now_ms: viewer.now_ms }
    }
}

impl Report {
    fn is_empty(&self) -> bool {
        let is_empty = |period: &Period| period.whole.channels().is_empty();
        is_empty(&self.now) && self.before.as_ref().is_none_or(is_empty)
    }

    /// The number of the period before; `None` when it cannot be said, or nothing was counted then.
    fn was(&self, each: &Definition) -> Option<Number> {
        each.number(&self.before.as_ref()?.whole, &self.asked.choice())
    }
}

/// `GET /console/numbers`
pub async fn page(State(web): State<Shared>, viewer: Viewer, Query(asked): Query<Asked>) -> Result<Markup, Trouble> {
    let report = load(&web, (&viewer).into(), asked).await?;
    let body = html! {
        main .main #main {
            div .head { h1 { "Аналитика" } }
            div .stack {
                div {
                    (report.asked.filters(&report.channels))
                    p .quiet { (report.span.words()) }
                }
                (since(&report))
                @if report.is_empty() {
                    (empty("chart-column", "За этот период чисел нет", "Они появятся сами, когда напишет первый клиент.", Some(("/console/numbers?period=quarter", "Показать квартал"))))
                } @else {
                    (inside(&report))
                }
            }
        }
    };
    Ok(console(&viewer, Part::Numbers, "Аналитика", &body))
}

/// The same for somebody who is not signed in here and whom another site's page vouches for: no money, no files. `action`
/// takes the filters, with `pass` beside them.
pub async fn apart(
    web: &Web,
    salon: &Salon,
    now_ms: i64,
    asked: Asked,
    (action, pass): (&str, &str),
) -> Result<Markup, Trouble> {
    let report = load(web, Eye { salon, sees_money: false, has_files: false, now_ms }, asked).await?;
    Ok(html! {
        div .head { h1 { (salon.document().name) ": аналитика" } }
        div .stack {
            (report.asked.form(action, pass, &report.channels))
            p .quiet { (report.span.words()) }
            (since(&report))
            @if report.is_empty() {
                (empty("chart-column", "За этот период чисел нет", "Они появятся сами, когда напишет первый клиент.", None))
            } @else {
                (inside(&report))
            }
        }
    })
}

/// `GET /console/numbers/table.csv`
pub async fn csv(State(web): State<Shared>, viewer: Viewer, Query(asked): Query<Asked>) -> Result<Response, Trouble> {
    let report = load(&web, (&viewer).into(), asked).await?;
    let bytes = export::csv(&report, &viewer).map_err(|error| Trouble::broken(&error))?;
    Ok(file(bytes, "text/csv; charset=utf-8", &report, "csv"))
}

/// `GET /console/numbers/table.xlsx`
pub async fn xlsx(State(web): State<Shared>, viewer: Viewer, Query(asked): Query<Asked>) -> Result<Response, Trouble> {
    let report = load(&web, (&viewer).into(), asked).await?;
    let bytes = export::xlsx(&report, &viewer).map_err(|error| Trouble::broken(&error))?;
    Ok(file(bytes, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", &report, "xlsx"))
}

fn file(bytes: Vec<u8>, kind: &'static str, report: &Report, ending: &str) -> Response {
    spreadsheet::file(bytes, kind, &format!("nochnik-{}-{}.{ending}", report.span.from, report.span.last()))
}

async fn load(web: &Web, eye: Eye<'_>, asked: Asked) -> Result<Report, Trouble> {
    let span = asked.span(eye.salon.wall(eye.now_ms).date());
    let settings = eye.salon.settings().clone();
    let job = move |sql: &mut dyn Sql| {
        let now = read(sql, &settings, span.from, span.to)?;
        let began_on = began_on(sql, &settings)?;
        let is_counted = began_on.is_some_and(|began| began < span.from);
        let before = is_counted.then(|| read(sql, &settings, span.before, span.from)).transpose()?;
        Ok((now, before, began_on, scores::last(sql, settings.id.as_str())?))
    };
    let (now, before, began_on, refit) = web.store.read(job).await?;
    let title = |kind: &str| web.titles.get(kind).map_or_else(|| kind.to_owned(), Clone::clone);
    let was = before.as_ref().map_or_else(Vec::new, |before| before.whole.channels());
    let kinds = [now.whole.channels(), was, asked.channel().into_iter().collect()].concat();
    let mut channels: Vec<_> = kinds.into_iter().map(|kind| (kind.to_owned(), title(kind))).collect();
    channels.sort();
    channels.dedup();
    let refit = refit.and_then(|refit| serde_json::from_str(&refit.refit).ok());
    let may_see = |each: &&Definition| each.group != Group::Money || eye.sees_money;
    let shown = DEFINITIONS.iter().filter(may_see).collect();
    Ok(Report { asked, span, now, before, began_on, refit, channels, shown, has_files: eye.has_files })
}

/// Numbers from before the first fact would only look like noughts.
fn since(report: &Report) -> Markup {
    let late = report.began_on.filter(|began| *began > report.span.before);
    html! {
        @if let Some(began) = late {
            p .note { (icon("clock")) span { "Ночник считает с " (words::date(began)) ". Что было раньше, он не записывал: прошлый период может быть неполным." } }
        }
    }
}

fn inside(report: &Report) -> Markup {
    let (first, rest) = Group::ALL.split_at(1);
    html! {
        @for each in first { (group(report, *each)) }
        div .plots {
            (charts::leads(report))
            (charts::hours(report))
            (charts::funnel(report))
            (charts::calibration(report))
        }
        (charts::channels(report))
        @for each in rest { (group(report, *each)) }
        (table(report))
    }
}

fn group(report: &Report, group: Group) -> Markup {
    let own: Vec<_> = report.shown.iter().filter(|each| each.group == group).collect();
    html! {
        @if !own.is_empty() {
            section {
                h2 .over { (group.title()) }
                div .figures { @for each in own { (card(report, each)) } }
            }
        }
    }
}

fn card(report: &Report, each: &Definition) -> Markup {
    let choice = report.asked.choice();
    let now = each.number(&report.now.whole, &choice);
    let before = report.was(each);
    html! {
        article .card.figure {
            h3 { (each.title) }
            p .value { (figures::told(now)) }
            p .quiet.small {
                "Было: " (figures::told(before))
                @if let Some(change) = figures::change(now, before) { " (" (change) ")" }
            }
            (verdict(each, each.verdict(now, before)))
            @if each.is_by_day_only && !choice.is_all() { p .quiet.small { "За всё время суток и все каналы" } }
            details {
                summary { "Как считается" }
                p .small { (each.formula) }
                p .small.quiet { (each.target.words) }
            }
        }
    }
}

fn verdict(each: &Definition, verdict: Option<Verdict>) -> Markup {
    let is_for_less = each.more_is_better == Some(false);
    html! {
        @match verdict {
            Some(Verdict::Met) => div { (mark("green", "circle-check", "цель достигнута")) },
            Some(Verdict::Missed) if is_for_less => div { (mark("red", "triangle-alert", "выше цели")) },
            Some(Verdict::Missed) => div { (mark("red", "triangle-alert", "ниже цели")) },
            None => {}
        }
    }
}

fn table(report: &Report) -> Markup {
    let choice = report.asked.choice();
    let address = |ending| format!("/console/numbers/table.{ending}?{}", report.asked.query());
    html! {
        section .card #table {
            h2 { "Все числа" }
            @if report.has_files {
                div .row {
                    a .button href=(address("xlsx")) download { (icon("download")) "Скачать XLSX" }
                    a .button href=(address("csv")) download { (icon("download")) "Скачать CSV" }
                }
            }
            details {
                summary { "Показать таблицей" }
                table .sheet {
                    thead { tr { th scope="col" { "Показатель" } th scope="col" { "Сейчас" } th scope="col" { "Было" } } }
                    tbody {
                        @for each in &report.shown {
                            tr {
                                th scope="row" { (each.title) }
                                td { (figures::told(each.number(&report.now.whole, &choice))) }
                                td { (figures::told(report.was(each))) }
                            }
                        }
                    }
                }
            }
        }
    }
}
