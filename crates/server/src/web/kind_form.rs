//! The form of anything with a kind: its inputs are the fields the adapter names.
//!
//! Secrets go in and never come back: a form that is shown again has their inputs empty.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use nochnik_adapters::ports::{Field, Kind};

use super::look::{Part, console, icon};
use super::viewer::Viewer;
use crate::document_change::Objection;
use crate::kind_setup::{Fields, ID, Typed, shown};

/// What a field's input is called in the form.
const FIELD: &str = "field.";
/// What the box beside a kept secret is called, by which nothing is kept of it.
const TAKE_OUT: &str = "take_out.";
/// The box by which the notice is said to be read.
pub const READ: &str = "read";

/// Beside a secret that was written into a form which comes back.
const LOST: &str = "Введите ключ ещё раз: мы не показываем его на странице";
const NOT_READ: &str = "Прочтите и поставьте галочку: без неё не включится";

/// What stands in the form, and what is wrong with it.
#[derive(Default)]
pub struct Filled {
    pub texts: BTreeMap<String, String>,
    /// Secrets whose box «Убрать сохранённое» is ticked.
    pub taken_out: BTreeSet<String>,
    pub has_read: bool,
    pub objection: Option<Objection>,
}

impl Filled {
    /// As the document has it.
    pub fn of(fields: &Fields) -> Self {
        let texts = fields.iter().map(|(name, value)| (name.clone(), shown(value))).collect();
        Self { texts, has_read: true, ..Self::default() }
    }

    pub fn read(form: BTreeMap<String, String>) -> Self {
        let has_read = form.contains_key(READ);
        let taken_out = form.keys().filter_map(|name| Some(name.strip_prefix(TAKE_OUT)?.to_owned())).collect();
        let texts = form.into_iter().filter_map(|(name, text)| Some((name.strip_prefix(FIELD)?.to_owned(), text)));
        Self { texts: texts.collect(), taken_out, has_read, objection: None }
    }

    pub fn typed(&self) -> Typed {
        Typed { texts: self.texts.clone(), taken_out: self.taken_out.clone() }
    }

    /// What is wrong with one input.
    pub fn problem(&self, name: &str) -> Option<&str> {
        let found = self.objection.as_ref()?.all().find(|one| one.field == name)?;
        Some(&found.text)
    }

    /// A secret was written, and the form comes back without it.
    fn has_lost(&self, field: &Field) -> bool {
        let is_written = self.texts.get(field.name).is_some_and(|text| !text.trim().is_empty());
        field.is_secret && self.objection.is_some() && is_written
    }

    /// What hinders switching `kind` on before anything is asked.
    pub fn unread(&self, kind: &Kind) -> Option<Objection> {
        (kind.notice.is_some() && !self.has_read).then(|| Objection::new(READ, NOT_READ))
    }
}

/// One form of a kind on its page: a new entry, or one that stands in the document.
pub struct Form<'a> {
    pub kind: &'static Kind,
    /// What stands in the document; `None`: it is new.
    pub base: Option<&'a Fields>,
    pub filled: &'a Filled,
    pub heading: Markup,
    pub action: String,
    /// What the button of a new one does after the check: «подключить».
    pub begin: &'static str,
    /// Why it cannot be begun at all.
    pub hindrance: Option<String>,
    /// Inputs of the page's own, by name.
    pub own: &'a [&'a str],
    /// Inputs that go behind the fold, below the kind's own, and below the form.
    pub more: Option<Markup>,
    pub rest: Markup,
    pub below: Markup,
    /// What a check has just said, above the form.
    pub told: &'a [String],
}

impl<'a> Form<'a> {
    /// A form that has nothing of its own.
    pub fn of(
        kind: &'static Kind,
        base: Option<&'a Fields>,
        filled: &'a Filled,
        heading: Markup,
        action: String,
    ) -> Self {
        Self {
            kind,
            base,
            filled,
            heading,
            action,
            begin: "подключить",
            hindrance: None,
            own: &[],
            more: None,
            rest: html! {},
            below: html! {},
            told: &[],
        }
    }

    pub fn page(self, viewer: &Viewer) -> Markup {
        let Self { kind, base, filled, .. } = self;
        let deed = if base.is_some() { "сохранить" } else { self.begin };
        let body = html! {
            main .main #main {
                (self.heading)
                div .stack.narrow {
                    @if !self.told.is_empty() { section .card role="status" { ul .list { @for line in self.told { li { (line) } } } } }
                    form .stack method="post" action=(self.action) autocomplete="off" {
                        @if let Some(problem) = whole(kind, filled, self.own) { p .note.red role="alert" { (icon("circle-alert")) span { (problem) } } }
                        @if let Some(hindrance) = &self.hindrance { p .note.amber { (icon("triangle-alert")) span { (hindrance) } } }
                        @if let Some(notice) = kind.notice { (notice_card(notice, base.is_none(), filled)) }
                        (inputs(kind, base, filled, self.more))
                        (self.rest)
                        button .button.main-action type="submit" disabled[self.hindrance.is_some()] { "Проверить и " (deed) }
                    }
                    (self.below)
                }
            }
        };
        console(viewer, Part::More, kind.title, &body)
    }

    /// The form again, with what is wrong.
    pub fn refused(self, viewer: &Viewer) -> Response {
        (StatusCode::UNPROCESSABLE_ENTITY, self.page(viewer)).into_response()
    }
}

/// The question before something is switched off.
pub struct Off<'a> {
    /// Of the window.
    pub title: &'a str,
    pub heading: Markup,
    pub action: String,
    /// Where «Оставить» leads.
    pub back: String,
    /// What will be, and what stays; the second is said quietly.
    pub told: [&'a str; 2],
}

impl Off<'_> {
    pub fn page(&self, viewer: &Viewer, objection: Option<&Objection>) -> Markup {
        let [will_be, stays] = self.told;
        let body = html! {
            main .main #main {
                (self.heading)
                div .stack.narrow {
                    @if let Some(objection) = objection { p .note.red role="alert" { (icon("circle-alert")) span { (objection.whole()) } } }
                    section .card.stack {
                        p { (will_be) }
                        @if !stays.is_empty() { p .quiet { (stays) } }
                        form .row method="post" action=(self.action) {
                            button .button.main-action type="submit" { "Отключить" }
                            a .button.plain href=(self.back) { "Оставить" }
                        }
                    }
                }
            }
        };
        console(viewer, Part::More, self.title, &body)
    }

    /// Where it leads once it is done, or the question again with what is wrong.
    pub fn follow(&self, viewer: &Viewer, done: Result<i64, Objection>) -> Response {
        match done {
            Ok(_) => Redirect::to(&self.back).into_response(),
            Err(objection) => (StatusCode::UNPROCESSABLE_ENTITY, self.page(viewer, Some(&objection))).into_response(),
        }
    }
}

/// The inputs of a kind: what it needs, and the rest behind a fold. `more` goes to the rest.
fn inputs(kind: &Kind, base: Option<&Fields>, filled: &Filled, more: Option<Markup>) -> Markup {
    // Where one thing or another will do, the kind names first what most have.
    let first = kind.fields.first().filter(|_| !kind.fields.iter().any(|field| field.is_required));
    let is_needed = |field: &&Field| field.is_required || first.is_some_and(|first| first.name == field.name);
    let (needed, other): (Vec<&Field>, Vec<&Field>) = kind.fields.iter().partition(is_needed);
    // What is wrong, or has to be written anew, must be seen.
    let is_open = filled.problem(ID).is_some()
        || other.iter().any(|field| filled.problem(field.name).is_some() || filled.has_lost(field))
        || other.iter().any(|field| filled.taken_out.contains(field.name));
    html! {
        section .card.stack {
            @for field in &needed { (input(field, base, filled)) }
            @if !other.is_empty() || more.is_some() {
                details open[is_open] {
                    summary { "Ещё настройки" }
                    div .stack {
                        @for field in &other { (input(field, base, filled)) }
                        @if let Some(more) = more { (more) }
                    }
                }
            }
        }
    }
}

/// What is wrong with the form and stands beside no input of it. `own` are the caller's own inputs.
fn whole(kind: &Kind, filled: &Filled, own: &[&str]) -> Option<String> {
    let has_place = |one: &&Objection| {
        one.field == READ
            || own.contains(&one.field.as_str())
            || kind.fields.iter().any(|field| field.name == one.field)
    };
    let rest = filled.objection.as_ref()?.all().filter(|one| !has_place(one)).cloned();
    Objection::of(rest).map(|rest| rest.whole())
}

fn notice_card(notice: &str, must_read: bool, filled: &Filled) -> Markup {
    html! {
        section .card.stack {
            h2 { @if must_read { "Прочтите до включения" } @else { "Что нужно знать" } }
            p { (notice) }
            @if must_read {
                label .tick { input type="checkbox" name=(READ) value="yes" checked[filled.has_read]; "Прочитано" }
                @if let Some(problem) = filled.problem(READ) { p .problem role="alert" { (icon("circle-alert")) (problem) } }
            }
        }
    }
}

fn input(field: &Field, base: Option<&Fields>, filled: &Filled) -> Markup {
    let id = format!("field-{}", field.name);
    let problem = filled.problem(field.name);
    let is_kept = field.is_secret && base.is_some_and(|base| base.contains_key(field.name));
    let shown = filled.texts.get(field.name).filter(|_| !field.is_secret);
    html! {
        div .field {
            label for=(id) { (field.title) }
            input id=(id) name={ (FIELD) (field.name) } type=(if field.is_secret { "password" } else { "text" }) value=[shown]
                autocomplete=(if field.is_secret { "new-password" } else { "off" }) autocapitalize="none" spellcheck="false"
                aria-describedby={ (id) "-help" } aria-invalid=[problem.map(|_| "true")];
            @if let Some(problem) = problem { p .problem role="alert" { (icon("circle-alert")) (problem) } }
            @if filled.has_lost(field) { p .problem { (icon("circle-alert")) (LOST) } }
            p .help id={ (id) "-help" } { (field.help) @if is_kept && problem.is_none() && !filled.has_lost(field) { br; "Оставьте пустым, чтобы не менять" } }
            @if is_kept && !field.is_required {
                label .tick { input type="checkbox" name={ (TAKE_OUT) (field.name) } value="yes" aria-label={ "Убрать сохранённое: " (field.title) } checked[filled.taken_out.contains(field.name)]; "Убрать сохранённое" }
            }
        }
    }
}

/// The input of a number that is the same for every kind.
pub fn own_number(name: &str, label: &str, help: &str, filled: &Filled) -> Markup {
    let problem = filled.problem(name);
    html! {
        div .field {
            label for=(name) { (label) }
            input id=(name) name={ (FIELD) (name) } inputmode="numeric" value=[filled.texts.get(name)] aria-describedby={ (name) "-help" } aria-invalid=[problem.map(|_| "true")];
            @if let Some(problem) = problem { p .problem role="alert" { (icon("circle-alert")) (problem) } }
            p .help id={ (name) "-help" } { (help) }
        }
    }
}

/// The input of the business's own name for an account, titled «Имя …».
pub fn account_input(title: &str, named: &str, filled: &Filled) -> Markup {
    let problem = filled.problem(ID);
    html! {
        div .field {
            label for="account" { (title) }
            input id="account" name=(ID) value=(named) autocapitalize="none" spellcheck="false" aria-describedby="account-help" aria-invalid=[problem.map(|_| "true")];
            @if let Some(problem) = problem { p .problem role="alert" { (icon("circle-alert")) (problem) } }
            p .help #account-help { "Нужно, если таких два. Строчные латинские буквы, цифры, дефис; потом не меняется" }
        }
    }
}
