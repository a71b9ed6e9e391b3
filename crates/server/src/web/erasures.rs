//! «Что удалено»: what was taken away by the terms of keeping, day by day, and what goes next.

use axum::extract::{Query, State};
use maud::{Markup, html};
use nochnik_engine::retention::{erased, terms};
use nochnik_store::retention::{self, Erased, Terms};
use nochnik_store::{Sql, StoreError};
use serde::Deserialize;

use super::settings::{frame, heading_under};
use super::viewer::Viewer;
use super::{Shared, Trouble, words};

/// Days on the page.
const SHOWN_MAX: i64 = 60;
/// Each is looked for, so that no more are counted.
const COUNTED_MAX: i64 = 1_000;

#[derive(Deserialize)]
pub struct Wish {
    /// Whether the next night is asked about.
    count: Option<String>,
}

/// `GET /console/settings/erasures`, with `?count=` for the next night, which looks through a year of conversations.
pub async fn page(State(web): State<Shared>, viewer: Viewer, Query(wish): Query<Wish>) -> Result<Markup, Trouble> {
    let (business, now_ms) = (viewer.business.clone(), viewer.now_ms);
    let terms = terms(viewer.salon.document().retention, now_ms);
    let is_counted = wish.count.is_some();
    let read = move |sql: &mut dyn Sql| {
        let next = is_counted.then(|| next(sql, &business, &terms, now_ms)).transpose()?;
        Ok((next, erased(sql, &business, SHOWN_MAX)?))
    };
    let (next, days) = web.store.read(read).await?;
    let inside = html! {
        section .card.stack {
            h2 { "Ближайшей ночью" }
            @match next {
                None => a .button href="?count=1" { "Посчитать" },
                Some((0, 0)) => p .quiet { "Удалять нечего: сроки ещё не вышли." },
                Some((whole, parts)) => {
                    @if whole > 0 { p { "Целиком: " (bounded(whole, &["разговор", "разговора", "разговоров"])) } }
                    @if parts > 0 { p { "Старые сообщения: в " (bounded(parts, &["разговоре", "разговорах", "разговорах"])) } }
                }
            }
        }
        section .card.stack {
            h2 { "Уже удалено" }
            @if days.is_empty() {
                p .quiet { "Пока ничего. Здесь будет видно, сколько удалено за каждую ночь." }
            } @else {
                ul .list { @for (day, erased) in &days { li { p { (words::date(*day)) } p .quiet { (told(erased)) } } } }
            }
        }
    };
    let head = heading_under("/console/settings/sheet/retention", "К срокам хранения", "Что удалено");
    Ok(frame(&viewer, "Что удалено", &head, &inside))
}

/// How many conversations go whole, and from how many words go; at most [`COUNTED_MAX`] of each.
fn next(sql: &mut dyn Sql, business: &str, terms: &Terms, now_ms: i64) -> Result<(usize, usize), StoreError> {
    let whole = retention::overdue(sql, business, terms, now_ms, COUNTED_MAX)?.len();
    Ok((whole, retention::outspoken(sql, business, terms.messages_before_ms, COUNTED_MAX)?.len()))
}

/// «12 разговоров», «больше 999 разговоров».
fn bounded(count: usize, [one, few, many]: &[&str; 3]) -> String {
    let most = usize::try_from(COUNTED_MAX).unwrap_or(usize::MAX);
    let said = words::count(u64::try_from(count.min(most - 1)).unwrap_or(u64::MAX), one, few, many);
    if count < most { said } else { format!("больше {said}") }
}

/// «3 разговора, 41 сообщение, 2 заявки».
fn told(erased: &Erased) -> String {
    let Erased { conversations, messages, leads, visits, cases } = *erased;
    [
        (conversations, ["разговор", "разговора", "разговоров"]),
        (messages, ["сообщение", "сообщения", "сообщений"]),
        (leads, ["заявка", "заявки", "заявок"]),
        (visits, ["запись", "записи", "записей"]),
        (cases, ["вызов", "вызова", "вызовов"]),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, [one, few, many])| words::count(u64::try_from(count).unwrap_or(0), one, few, many))
    .collect::<Vec<_>>()
    .join(", ")
}
