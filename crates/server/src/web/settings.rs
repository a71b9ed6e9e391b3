//! «Настройки»: what a business is, changed by its owner; every change is a version of its document.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use jiff::civil::Date;
use maud::{Markup, html};
use nochnik_core::wall;
use nochnik_store::Sql;

use super::look::{Part, console, icon};
use super::viewer::Viewer;
use super::{Shared, Trouble, Web};
use super::{sheets, special_days};
use crate::document_change::{self, By, Deed, Objection};
use crate::{conflicts, days_text};
use nochnik_core::business::Document;

/// The hidden input with the version whose values stand in the form.
pub const SEEN: &str = "seen";
/// The mark on the address of a page to which a save leads; `app.js` takes it off, so that a reload says it no more.
pub const SAVED: &str = "saved";

/// `GET /console/settings`
pub async fn page(State(web): State<Shared>, viewer: Viewer) -> Result<Markup, Trouble> {
    let document = viewer.salon.document();
    let count = |n: usize, one, few, many| wall::count(u64::try_from(n).unwrap_or(u64::MAX), one, few, many);
    let services = count(document.services.len(), "услуга", "услуги", "услуг");
    let specialists = count(document.specialists.len(), "мастер", "мастера", "мастеров");
    let conflicts = conflicts(&web, &viewer).await?;
    let body = html! {
        main .main #main {
            div .head.deep {
                a .back href="/console/more" aria-label="К разделам" { (icon("arrow-left")) }
                h1 { "Настройки" }
            }
            div .stack.narrow {
                (saved(&viewer))
                (conflicts)
                nav .card.more aria-label="Настройки" {
                    a href="/console/start" { (icon("sunrise")) "Первые шаги" }
                    a href="/console/settings/about" { (icon("store")) "О бизнесе" }
                    a href="/console/settings/services" { (icon("sticky-note")) span { "Услуги и цены" span .quiet.small { " · " (services) } } }
                    a href="/console/settings/specialists" { (icon("user-round")) span { "Мастера" span .quiet.small { " · " (specialists) } } }
                    a href="/console/settings/places" { (icon("id-card")) "Места и аппараты" }
                    a href="/console/settings/hours" { (icon("clock")) "Часы работы" }
                    a href=(special_days::PATH) { (icon("calendar-days")) "Праздники и особые дни" }
                    a href="/console/settings/answers" { (icon("messages-square")) "Ответы на вопросы" }
                    a href="/console/settings/texts" { (icon("bot")) "Тексты бота" }
                    @for (path, title) in sheets::links() { a href=(path) { (icon("settings")) (title) } }
                    a href="/console/settings/replies" { (icon("send-horizontal")) "Заготовки ответов" }
                    a href="/console/model" { (icon("bot")) "Языковая модель" }
                    a href="/console/voice" { (icon("radio")) "Голосовые сообщения" }
                    a href="/console/channels" { (icon("radio")) "Каналы" }
                    a href="/console/means" { (icon("phone")) "Связь" }
                    a href="/console/people" { (icon("moon-star")) "Дежурные" }
                    @if viewer.may_open("/console/settings/ladder") { a href="/console/settings/ladder" { (icon("bell-ring")) "Порядок вызова" } }
                    @if viewer.may_open("/console/access") { a href="/console/access" { (icon("shield-check")) "Доступ" } }
                    a href="/console/settings/versions" { (icon("rotate-ccw")) "Что менялось" }
                }
            }
        }
    };
    Ok(console(&viewer, Part::More, "Настройки", &body))
}

/// What a form holds, and what is wrong with it.
#[derive(Default)]
pub struct Filled {
    pub texts: BTreeMap<String, String>,
    pub objection: Option<Objection>,
}

impl Filled {
    pub fn of<const N: usize>(pairs: [(&str, String); N]) -> Self {
        let texts = pairs.into_iter().map(|(name, text)| (name.to_owned(), text)).collect();
        Self { texts, objection: None }
    }

    pub fn text(&self, name: &str) -> &str {
        self.texts.get(name).map_or("", |text| text.trim())
    }

    pub fn is_ticked(&self, name: &str) -> bool {
        self.texts.contains_key(name)
    }

    /// The version that stood before the person's eyes.
    pub fn seen(&self) -> Option<i64> {
        self.texts.get(SEEN)?.parse().ok()
    }

    pub fn problem(&self, name: &str) -> Option<&str> {
        let found = self.objection.as_ref()?.all().find(|one| one.field == name)?;
        Some(&found.text)
    }
}

/// One line of a form.
pub struct Input<'a> {
    pub name: &'a str,
    pub label: &'a str,
    pub help: &'a str,
    /// What keyboard a phone shows: `text` or `numeric`.
    pub mode: &'a str,
}

impl Input<'_> {
    pub fn show(&self, filled: &Filled) -> Markup {
        let id = format!("field-{}", self.name);
        let problem = filled.problem(self.name);
        let is_day = self.mode == DAY;
        html! {
            div .field {
                label for=(id) { (self.label) }
                input id=(id) name=(self.name) type=[is_day.then_some("date")] value=(filled.text(self.name))
                    inputmode=[(!is_day).then_some(self.mode)] autocomplete="off"
                    aria-describedby={ (id) "-help" } aria-invalid=[problem.map(|_| "true")];
                @if let Some(problem) = problem { p .problem role="alert" { (icon("circle-alert")) (problem) } }
                p .help id={ (id) "-help" } { (self.help) }
            }
        }
    }
}

/// No keyboard but a calendar.
const DAY: &str = "date";

/// A day of a form, picked from a calendar or typed.
pub struct DateInput<'a> {
    pub name: &'a str,
    pub label: &'a str,
    pub help: &'a str,
}

impl DateInput<'_> {
    pub fn show(&self, filled: &Filled) -> Markup {
        Input { name: self.name, label: self.label, help: self.help, mode: DAY }.show(filled)
    }

    /// The day that was said, if any.
    pub fn read(name: &str, filled: &Filled) -> Result<Option<Date>, Objection> {
        let text = filled.text(name);
        let read = || days_text::date(text).map_err(|text| Objection::new(name, text));
        (!text.is_empty()).then(read).transpose()
    }
}

/// The version that stands before the person's eyes.
pub fn seen_input(viewer: &Viewer) -> Markup {
    html! { input type="hidden" name=(SEEN) value=(viewer.salon.version()); }
}

/// All that is wrong with a form, above its fields, each with a way to its field. The page opens with the focus there.
pub fn problems(filled: &Filled) -> Markup {
    let Some(objection) = &filled.objection else { return html! {} };
    if objection.field.is_empty() && objection.more.is_empty() {
        return alert(Some(&objection.text));
    }
    let has_input = |one: &Objection| filled.texts.contains_key(&one.field);
    html! {
        div .note.red role="alert" tabindex="-1" autofocus {
            (icon("circle-alert"))
            div {
                p { "Не сохранено. Поправьте:" }
                ul {
                    @for one in objection.all() {
                        li { @if has_input(one) { a href={ "#field-" (one.field) } { (one.text) } } @else { (one.text) } }
                    }
                }
            }
        }
    }
}

/// What concerns the whole of a page.
pub fn alert(text: Option<&str>) -> Markup {
    html! { @if let Some(text) = text { p .note.red role="alert" tabindex="-1" autofocus { (icon("circle-alert")) span { (text) } } } }
}

/// The head of a page below the list of settings.
pub fn heading(words: &str) -> Markup {
    heading_under("/console/settings", "К настройкам", words)
}

pub fn heading_under(back: &str, label: &str, words: &str) -> Markup {
    html! {
        div .head.deep {
            a .back href=(back) aria-label=(label) { (icon("arrow-left")) }
            h1 { (words) }
        }
    }
}

/// A page of settings.
pub fn frame(viewer: &Viewer, title: &str, head: &Markup, inside: &Markup) -> Markup {
    let body = html! { main .main #main { (head) div .stack.narrow { (saved(viewer)) (inside) } } };
    console(viewer, Part::More, title, &body)
}

/// Says that what was typed on the page before is kept; nothing otherwise.
pub fn saved(viewer: &Viewer) -> Markup {
    html! { @if viewer.has_saved { p .note.green role="status" { (icon("circle-check")) span { "Сохранено" } } } }
}

/// What follows a form: the page it leads to, where [`saved`] says so, or the form again with what is wrong.
pub fn follow(
    filled: &Filled,
    next: &str,
    again: impl FnOnce(&Filled) -> Result<Markup, Trouble>,
) -> Result<Response, Trouble> {
    if filled.objection.is_none() {
        return Ok(Redirect::to(&format!("{next}?{SAVED}")).into_response());
    }
    Ok((StatusCode::UNPROCESSABLE_ENTITY, again(filled)?).into_response())
}

/// Words of a list as people write it: by commas, semicolons or lines.
pub fn words(text: &str) -> Vec<String> {
    let words = text.split([',', ';', '\n']).map(str::trim).filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

/// The names of the ticked boxes that begin so, without that beginning.
pub fn ticked(filled: &Filled, beginning: &str) -> Vec<String> {
    filled.texts.keys().filter_map(|name| name.strip_prefix(beginning)).map(str::to_owned).collect()
}

/// The number as documents keep it; what is no number stays, and is told of beside its input.
pub fn phone(text: &str) -> String {
    nochnik_adapters::phone::read(text).map_or_else(|| text.to_owned(), |phone| phone.e164().to_owned())
}

/// The first id of its kind that is free: «service-3». What stood in visits is not given anew.
pub fn free_id(kind: &str, is_taken: impl Fn(&str) -> bool) -> String {
    (1..).map(|number| format!("{kind}-{number}")).find(|id| !is_taken(id)).unwrap_or_default()
}

/// Saves what a form says, once it could be read; else what is wrong with it.
pub async fn save_read<W: Send + Sync + 'static>(
    web: &Web,
    viewer: &Viewer,
    filled: &Filled,
    deed: Deed,
    wanted: Result<W, Objection>,
    put: impl Fn(&W, &mut Document) -> Result<(), Objection> + Send + Sync + 'static,
) -> Result<Option<Objection>, Trouble> {
    match wanted {
        Ok(wanted) => save(web, viewer, filled.seen(), deed, move |document| put(&wanted, document)).await,
        Err(objection) => Ok(Some(objection)),
    }
}

/// Saves a change of the owner's.
pub async fn save<C>(
    web: &Web,
    viewer: &Viewer,
    seen: Option<i64>,
    deed: Deed,
    change: C,
) -> Result<Option<Objection>, Trouble>
where
    C: Fn(&mut Document) -> Result<(), Objection> + Send + Sync + 'static,
{
    let by = By { business: &viewer.business, actor: &viewer.login, seen, now_ms: viewer.now_ms };
    Ok(document_change::save(&web.store, by, deed, change).await?.err())
}

/// Bookings that the settings do not allow any more; nothing when all stand.
pub async fn conflicts(web: &Web, viewer: &Viewer) -> Result<Markup, Trouble> {
    let (business, now_ms) = (viewer.business.clone(), viewer.now_ms);
    let standing = web.store.read(move |sql: &mut dyn Sql| nochnik_engine::standing(sql, &business, now_ms)).await?;
    let lines = conflicts::lines(viewer.salon.settings(), &standing);
    let Some((heading, found)) = lines.split_first() else { return Ok(html! {}) };
    Ok(html! {
        section .card.stack {
            p .problem { (icon("triangle-alert")) span { (heading) } }
            ul { @for line in found { li { (line.trim()) } } }
            p { a .link href="/console/calendar" { "Открыть записи" } }
        }
    })
}
