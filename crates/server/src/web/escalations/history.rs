//! Cases that are over: by period, by how they ended, by who took them, a page at a time.

use maud::{Markup, html};
use nochnik_engine::case_report;
use nochnik_store::Sql;
use nochnik_store::cases::{Closed, End};
use serde::Deserialize;

use super::super::look::{chips, empty};
use super::super::query::query;
use super::super::viewer::Viewer;
use super::super::{Trouble, Web, words};
use super::{line, names};

const PATH: &str = "/console/escalations";
/// Cases of one page.
const LISTED_MAX: usize = 20;
const DAY_MS: i64 = 86_400_000;
/// The word of a period, how it is called, and how many days it is; `None` is all that is kept.
const PERIODS: [(&str, &str, Option<i64>); 4] = [
    ("", "7 дней", Some(7)),
    ("month", "30 дней", Some(30)),
    ("quarter", "Квартал", Some(91)),
    ("all", "Всё время", None),
];
const ENDS: [(&str, &str); 4] =
    [("", "С любым исходом"), ("taken", "Взяли"), ("morning", "Ждали утра"), ("alone", "Решилось само")];

/// What the address asks for; a word that is not known is the first of its kind.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    period: String,
    end: String,
    /// Who took it.
    by: String,
    /// Older than the case that opened then, with this id.
    at: String,
    before: String,
}

impl Asked {
    /// A page behind the first: the present has its place on the first.
    pub fn is_further(&self) -> bool {
        !self.at.is_empty()
    }

    fn address(&self) -> String {
        let pairs = [
            ("period", self.period.as_str()),
            ("end", &self.end),
            ("by", &self.by),
            ("at", &self.at),
            ("before", &self.before),
        ];
        format!("{PATH}?{}", query(&pairs))
    }

    /// The first page of another choice.
    fn with(&self, change: impl FnOnce(&mut Self)) -> String {
        let mut other = Self { at: String::new(), before: String::new(), ..self.clone() };
        change(&mut other);
        other.address()
    }

    fn days(&self) -> Option<i64> {
        PERIODS.iter().find(|(word, ..)| *word == self.period).map_or(PERIODS[0].2, |(.., days)| *days)
    }

    fn filters(&self, viewer: &Viewer) -> Markup {
        let is_period = |word: &str| {
            word == self.period || (word.is_empty() && PERIODS.iter().all(|(known, ..)| *known != self.period))
        };
        let periods = PERIODS
            .map(|(word, label, _)| (self.with(|other| word.clone_into(&mut other.period)), label, is_period(word)));
        let end = End::parse(&self.end).map_or("", End::word);
        let ends = ENDS.map(|(word, label)| (self.with(|other| word.clone_into(&mut other.end)), label, word == end));
        let people = viewer.salon.document().people.iter().map(|person| (person.id.as_str(), person.name.as_str()));
        let people: Vec<_> = std::iter::once(("", "Кто угодно"))
            .chain(people)
            .map(|(id, name)| (self.with(|other| id.clone_into(&mut other.by)), name, id == self.by))
            .collect();
        html! {
            (chips("За какой период", &periods))
            (chips("Чем кончилось", &ends))
            (chips("Кто взял", &people))
        }
    }
}

/// The filters, one page of cases, and the way to older ones.
pub async fn section(web: &Web, viewer: &Viewer, asked: &Asked) -> Result<Markup, Trouble> {
    let (business, own, now_ms) = (viewer.business.clone(), asked.clone(), viewer.now_ms);
    let job = move |sql: &mut dyn Sql| {
        let wanted = Closed {
            since_ms: own.days().map_or(0, |days| now_ms - days * DAY_MS),
            end: End::parse(&own.end),
            taken_by: Some(own.by.as_str()).filter(|by| !by.is_empty()),
            before: own.at.parse().ok().map(|at_ms| (at_ms, own.before.as_str())),
        };
        // One more tells whether there is another page.
        let reports = case_report::closed(sql, &business, &wanted, LISTED_MAX as i64 + 1)?;
        let names = names(sql, &business, &reports)?;
        Ok((reports, names))
    };
    let (mut reports, names) = web.store.read(job).await?;
    let has_more = reports.len() > LISTED_MAX;
    reports.truncate(LISTED_MAX);
    let older = reports.last().filter(|_| has_more).map(|last| {
        let (at, before) = (last.case.opened_at_ms.to_string(), last.case.id.clone());
        Asked { at, before, ..asked.clone() }.address()
    });
    Ok(html! {
        section #history {
            div .head { h2 { "История" } @if !reports.is_empty() && !has_more && !asked.is_further() { span .quiet { (words::count(reports.len() as u64, "дело", "дела", "дел")) } } }
            (asked.filters(viewer))
            @if reports.is_empty() {
                (empty("bell-ring", "Таких дел нет", "Здесь остаётся каждое дело, ради которого звали человека: кто ответил и за сколько.", (asked.period != "all").then_some((format!("{PATH}?period=all").as_str(), "Показать всё время"))))
            } @else {
                div .card { ul .list.queue {
                    @for report in &reports { (line(web, viewer, report, names.get(&report.case.conversation_id).map_or("", String::as_str))) }
                } }
            }
            @if asked.is_further() || older.is_some() {
                nav .row.pages aria-label="Страницы истории" {
                    @if asked.is_further() { a .button.plain href=(asked.with(|_| {})) { "К новым" } }
                    @if let Some(older) = &older { a .button href=(older) { "Раньше" } }
                }
            }
        }
    })
}
