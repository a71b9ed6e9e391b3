//! Pages of settings that are tables of fields: each field says how it is read from the document and put into it.

mod care;
mod questions;
mod reports;
mod retention;
mod rules;
mod typed;

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;
use maud::{Markup, html};
use nochnik_core::business::Document;

use super::look::icon;
use super::meanwhile::{Texts, alone, caught_up};
use super::settings::{Filled, Input, follow, frame, heading, problems, save, seen_input};
use super::viewer::Viewer;
use super::{Shared, Trouble};
use crate::document_change::{Deed, Objection, Problems};

const PATH: &str = "/console/settings/sheet";
/// What a ticked box sends.
const YES: &str = "yes";

/// One page.
struct Sheet {
    /// Its place in addresses, and what the journal calls a change of it.
    name: &'static str,
    title: &'static str,
    sections: &'static [Section],
    /// Where to read on: words and an address.
    more: Option<(&'static str, &'static str)>,
}

struct Section {
    title: &'static str,
    help: &'static str,
    fields: &'static [Field],
}

/// One input.
struct Field {
    /// The last part of its place in the document: what a check finds wrong there stands beside it.
    name: &'static str,
    label: &'static str,
    help: &'static str,
    kind: Kind,
    /// As a person would type it.
    get: fn(&Document) -> String,
    /// The error is a sentence in Russian.
    put: fn(&mut Document, &str) -> Result<(), String>,
}

#[derive(Clone, Copy)]
enum Kind {
    /// A line; what keyboard a phone shows.
    Line(&'static str),
    /// A box to tick: [`YES`] or nothing.
    Tick,
    /// One of several: what is sent, and its words.
    Choice(&'static [(&'static str, &'static str)]),
}

const SHEETS: [&Sheet; 5] = [&rules::SHEET, &care::SHEET, &questions::SHEET, &reports::SHEET, &retention::SHEET];

/// Addresses and titles of all of them.
pub fn links() -> impl Iterator<Item = (String, &'static str)> {
    SHEETS.iter().map(|sheet| (sheet.address(), sheet.title))
}

/// `GET /console/settings/sheet/{name}`
pub async fn page(State(_): State<Shared>, viewer: Viewer, Path(name): Path<String>) -> Result<Markup, Trouble> {
    let sheet = named(&name)?;
    Ok(show(&viewer, sheet, &Filled { texts: sheet.typed(viewer.salon.document()), objection: None }))
}

/// `POST /console/settings/sheet/{name}`
pub async fn change(
    State(web): State<Shared>,
    viewer: Viewer,
    Path(name): Path<String>,
    Form(texts): Form<BTreeMap<String, String>>,
) -> Result<Response, Trouble> {
    let sheet = named(&name)?;
    let mut filled = caught_up(&web, &viewer, texts, alone, |document| sheet.typed(document)).await?;
    if filled.objection.is_none() {
        let said: Vec<String> = sheet.fields().map(|field| filled.text(field.name).to_owned()).collect();
        let deed = Deed { action: sheet.name, subject: String::new() };
        let saved = save(&web, &viewer, filled.seen(), deed, move |document| {
            let mut problems = Problems::default();
            for (field, text) in sheet.fields().zip(&said) {
                problems.take((field.put)(document, text).map_err(|problem| Objection::new(field.name, problem)));
            }
            problems.finish(|| Some(()))
        });
        let names: Vec<&str> = sheet.fields().map(|field| field.name).collect();
        filled.objection = saved.await?.map(|objection| objection.beside(&names));
    }
    follow(&filled, "/console/settings", |filled| Ok(show(&viewer, sheet, filled)))
}

fn named(name: &str) -> Result<&'static Sheet, Trouble> {
    SHEETS.into_iter().find(|sheet| sheet.name == name).ok_or(Trouble::NotFound)
}

impl Sheet {
    fn fields(&self) -> impl Iterator<Item = &'static Field> {
        self.sections.iter().flat_map(|section| section.fields)
    }

    /// A box that is not ticked sends nothing.
    fn typed(&self, document: &Document) -> Texts {
        let texts = self.fields().map(|field| (field.name.to_owned(), (field.get)(document)));
        texts.filter(|(_, text)| !text.is_empty()).collect()
    }

    fn address(&self) -> String {
        format!("{PATH}/{}", self.name)
    }
}

fn show(viewer: &Viewer, sheet: &Sheet, filled: &Filled) -> Markup {
    let inside = html! {
        form .stack method="post" action=(sheet.address()) {
            (seen_input(viewer))
            (problems(filled))
            @for section in sheet.sections {
                section .card.stack {
                    h2 { (section.title) }
                    @if !section.help.is_empty() { p .quiet { (section.help) } }
                    @for field in section.fields { (input(field, filled)) }
                }
            }
            button .button.main-action type="submit" { "Сохранить" }
        }
        @if let Some((words, path)) = sheet.more { p { a href=(path) { (words) } } }
    };
    frame(viewer, sheet.title, &heading(sheet.title), &inside)
}

fn input(field: &Field, filled: &Filled) -> Markup {
    let Field { name, label, help, .. } = *field;
    match field.kind {
        Kind::Line(mode) => Input { name, label, help, mode }.show(filled),
        Kind::Tick => html! {
            div .field {
                label .tick { input type="checkbox" name=(name) value=(YES) checked[filled.is_ticked(name)]; (label) }
                @if !help.is_empty() { p .help { (help) } }
            }
        },
        Kind::Choice(options) => html! {
            fieldset .field {
                legend { (label) }
                @for (word, words) in options {
                    label .tick { input type="radio" name=(name) value=(word) checked[filled.text(name) == *word]; (words) }
                }
                @if let Some(problem) = filled.problem(name) { p .problem role="alert" { (icon("circle-alert")) (problem) } }
                @if !help.is_empty() { p .help { (help) } }
            }
        },
    }
}
