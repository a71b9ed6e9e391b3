//! «Места и аппараты»: of what there are a few, so that two visits cannot have it at once, and which services take it.

use std::collections::{BTreeMap, BTreeSet};

use axum::Form;
use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};
use nochnik_core::business::{Document, Resource};

use super::meanwhile::{Texts, by_number, caught_up};
use super::settings::{
    Filled, Input, conflicts, follow, frame, free_id, heading, problems, save_read, seen_input, ticked,
};
use super::viewer::Viewer;
use super::{Shared, Trouble};
use crate::document_change::{Deed, Objection, Problems};

const PATH: &str = "/console/settings/places";
/// Rows that are read; the document takes no more.
const ROWS_MAX: usize = 100;

/// `GET /console/settings/places`
pub async fn page(State(web): State<Shared>, viewer: Viewer) -> Result<Markup, Trouble> {
    let texts = typed(viewer.salon.document());
    let conflicts = conflicts(&web, &viewer).await?;
    Ok(show(&viewer, &conflicts, &Filled { texts, objection: None }))
}

/// `POST /console/settings/places`: all of them at once; one without a name is gone.
pub async fn change(
    State(web): State<Shared>,
    viewer: Viewer,
    Form(texts): Form<BTreeMap<String, String>>,
) -> Result<Response, Trouble> {
    let mut filled = caught_up(&web, &viewer, texts, by_number, typed).await?;
    if filled.objection.is_none() {
        let deed = Deed { action: "places", subject: String::new() };
        let wanted = read(&filled, viewer.salon.document());
        let saved = save_read(&web, &viewer, &filled, deed, wanted, |wanted, document| {
            put(wanted, document);
            Ok(())
        });
        filled.objection = saved.await?;
    }
    follow(&filled, PATH, |filled| Ok(show(&viewer, &html! {}, filled)))
}

/// A row of the form.
struct Place {
    /// Empty: a new one.
    id: String,
    name: String,
    count: u16,
    /// Ids of the services that take it.
    services: Vec<String>,
}

fn id(n: usize) -> String {
    format!("id-{n}")
}

fn name(n: usize) -> String {
    format!("name-{n}")
}

fn count(n: usize) -> String {
    format!("count-{n}")
}

fn by(n: usize) -> String {
    format!("by-{n}.")
}

fn typed(document: &Document) -> Texts {
    let mut texts = Texts::new();
    for (n, resource) in document.resources.iter().enumerate() {
        texts.insert(id(n), resource.id.clone());
        texts.insert(name(n), resource.name.clone());
        texts.insert(count(n), resource.count.to_string());
        let own = document.services.iter().filter(|service| service.resource.as_ref() == Some(&resource.id));
        texts.extend(own.map(|service| (format!("{}{}", by(n), service.id), "yes".to_owned())));
    }
    texts
}

fn read(filled: &Filled, document: &Document) -> Result<Vec<Place>, Objection> {
    let (mut places, mut names, mut taken) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    let mut problems = Problems::default();
    for n in (0..ROWS_MAX).filter(|n| !filled.text(&name(*n)).is_empty()) {
        let title = filled.text(&name(n)).to_owned();
        if !names.insert(title.to_lowercase()) {
            problems.note(&name(n), "Такое название уже есть, выберите другое");
        }
        let said = Some(filled.text(&count(n))).filter(|said| !said.is_empty()).unwrap_or("1");
        let number = said.parse().ok().filter(|number| (1..=100).contains(number));
        let number = problems.take(number.ok_or_else(|| Objection::new(&count(n), "Сколько их: от 1 до 100")));
        let services = ticked(filled, &by(n));
        for twice in services.iter().filter(|service| !taken.insert((*service).clone())) {
            let service = document.service_name(twice).unwrap_or_default();
            problems.note("", format!("«{service}» отмечена в двух местах сразу. Оставьте одно"));
        }
        let id = filled.text(&id(n)).to_owned();
        places.extend(number.map(|count| Place { id, name: title, count, services }));
    }
    problems.finish(|| Some(places))
}

fn put(places: &[Place], document: &mut Document) {
    let kept: Vec<&str> = places.iter().map(|place| place.id.as_str()).filter(|id| !id.is_empty()).collect();
    let mut resources: Vec<Resource> = Vec::new();
    for place in places {
        let id = match place.id.as_str() {
            "" => free_id("place", |id| kept.contains(&id) || resources.iter().any(|one| one.id == id)),
            id => id.to_owned(),
        };
        for service in &mut document.services {
            if place.services.contains(&service.id) {
                service.resource = Some(id.clone());
            } else if service.resource.as_ref() == Some(&id) {
                service.resource = None;
            }
        }
        resources.push(Resource { id, name: place.name.clone(), count: place.count });
    }
    let is_there = |id: &String| resources.iter().any(|resource| resource.id == *id);
    for service in &mut document.services {
        service.resource = service.resource.take().filter(is_there);
    }
    document.resources = resources;
}

fn show(viewer: &Viewer, conflicts: &Markup, filled: &Filled) -> Markup {
    let standing = (0..ROWS_MAX).filter(|n| !filled.text(&name(*n)).is_empty()).map(|n| n + 1).max().unwrap_or(0);
    let rows = (standing + 1).min(ROWS_MAX);
    let inside = html! {
        (conflicts)
        form .stack method="post" action=(PATH) {
            (seen_input(viewer))
            (problems(filled))
            p .quiet { "Кабинет, кресло, аппарат: если их меньше, чем мастеров, бот не запишет на одно время больше, чем поместится. Чтобы убрать, сотрите название." }
            @for n in 0..rows { (one(viewer.salon.document(), filled, n)) }
            button .button.main-action type="submit" { "Сохранить" }
        }
    };
    frame(viewer, "Места и аппараты", &heading("Места и аппараты"), &inside)
}

fn one(document: &Document, filled: &Filled, n: usize) -> Markup {
    let (id, name, count) = (id(n), name(n), count(n));
    let is_new = filled.text(&name).is_empty();
    html! {
        section .card.stack {
            @if is_new { h2 { "Новое место" } }
            input type="hidden" name=(id) value=(filled.text(&id));
            (Input { name: &name, label: "Название", help: "Как говорите сами: «Кабинет 2», «Кресло»", mode: "text" }.show(filled))
            (Input { name: &count, label: "Сколько их", help: "Пусто — одно", mode: "numeric" }.show(filled))
            fieldset .field {
                legend { "Какие услуги его занимают" }
                @for service in &document.services {
                    @let name = format!("{}{}", by(n), service.id);
                    label .tick { input type="checkbox" name=(name) value="yes" checked[filled.is_ticked(&name)]; (service.name) }
                }
            }
        }
    }
}
