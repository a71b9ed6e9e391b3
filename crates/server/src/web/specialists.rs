//! «Мастера»: who serves, what each of them does, when they are away.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;
use maud::{Markup, html};
use nochnik_core::business::{Document, Specialist};

use super::look::{empty, icon};
use super::settings::{
    Filled, Input, alert, conflicts, follow, frame, free_id, heading, heading_under, save, save_read, seen_input,
    ticked, words,
};
use super::viewer::Viewer;
use super::{Shared, Trouble};
use crate::document_change::{Deed, Objection};

const PATH: &str = "/console/settings/specialists";
/// What the address of a new specialist's form ends with; nobody can have such an id.
const NEW: &str = "+";
const NAME: &str = "name";
const ROLE: &str = "role";
const ALIASES: &str = "aliases";
/// Begins the names of the boxes that say what is done.
const DOES: &str = "does.";
const INPUTS: [&str; 3] = [NAME, ROLE, ALIASES];

/// `GET /console/settings/specialists`
pub async fn page(State(web): State<Shared>, viewer: Viewer) -> Result<Markup, Trouble> {
    let specialists = &viewer.salon.document().specialists;
    let inside = html! {
        (conflicts(&web, &viewer).await?)
        section .card.more {
            @for specialist in specialists {
                a href={ (PATH) "/" (specialist.id) } {
                    span {
                        (specialist.name)
                        @if !specialist.role.is_empty() { span .quiet.small { " · " (specialist.role) } }
                        @if specialist.services.is_empty() { br; span .problem.small { (icon("triangle-alert")) "Не делает ни одной услуги" } }
                    }
                }
            }
            @if specialists.is_empty() { (empty("user-round", "Мастеров пока нет", "Добавьте тех, к кому записывают.", None)) }
        }
        div .row { a .button.main-action href={ (PATH) "/" (NEW) } { "Добавить мастера" } }
    };
    Ok(frame(&viewer, "Мастера", &heading("Мастера"), &inside))
}

/// `GET /console/settings/specialists/{id}`
pub async fn one(State(_): State<Shared>, viewer: Viewer, Path(id): Path<String>) -> Result<Markup, Trouble> {
    let filled = match known(&viewer, &id)? {
        Some(specialist) => filled_of(specialist),
        None => everything(viewer.salon.document()),
    };
    form(&viewer, &id, &filled)
}

/// `POST /console/settings/specialists/{id}`
pub async fn change(
    State(web): State<Shared>,
    viewer: Viewer,
    Path(id): Path<String>,
    Form(texts): Form<BTreeMap<String, String>>,
) -> Result<Response, Trouble> {
    let is_new = known(&viewer, &id)?.is_none();
    let mut filled = Filled { texts, objection: None };
    let deed = Deed { action: if is_new { "specialist_new" } else { "specialist" }, subject: id.clone() };
    let (wanted, key) = (Wanted::read(&filled), id.clone());
    let saved = save_read(&web, &viewer, &filled, deed, wanted, move |wanted, document| wanted.put(document, &key));
    filled.objection = saved.await?.map(|objection| objection.beside(&INPUTS));
    follow(&filled, PATH, |filled| form(&viewer, &id, filled))
}

/// `POST /console/settings/specialists/{id}/off`
pub async fn off(State(web): State<Shared>, viewer: Viewer, Path(id): Path<String>) -> Result<Response, Trouble> {
    let mut filled = filled_of(known(&viewer, &id)?.ok_or(Trouble::NotFound)?);
    let (deed, key) = (Deed { action: "specialist_off", subject: id.clone() }, id.clone());
    let saved = save(&web, &viewer, None, deed, move |document| {
        document.specialists.retain(|specialist| specialist.id != key);
        Ok(())
    });
    filled.objection = saved.await?.map(|objection| objection.beside(&[]));
    follow(&filled, PATH, |filled| form(&viewer, &id, filled))
}

/// The specialist of this id; `None` for a new one.
fn known<'a>(viewer: &'a Viewer, id: &str) -> Result<Option<&'a Specialist>, Trouble> {
    if id == NEW {
        return Ok(None);
    }
    let found = viewer.salon.document().specialists.iter().find(|specialist| specialist.id == id);
    found.map(Some).ok_or(Trouble::NotFound)
}

fn filled_of(specialist: &Specialist) -> Filled {
    let mut filled = Filled::of([
        (NAME, specialist.name.clone()),
        (ROLE, specialist.role.clone()),
        (ALIASES, specialist.aliases.join(", ")),
    ]);
    filled.texts.extend(specialist.services.iter().map(|id| (format!("{DOES}{id}"), "yes".to_owned())));
    filled
}

/// Most salons hire people who do it all.
fn everything(document: &Document) -> Filled {
    let ticked = document.services.iter().map(|service| (format!("{DOES}{}", service.id), "yes".to_owned()));
    Filled { texts: ticked.collect(), objection: None }
}

fn form(viewer: &Viewer, id: &str, filled: &Filled) -> Result<Markup, Trouble> {
    let specialist = known(viewer, id)?;
    let title = specialist.map_or("Новый мастер", |specialist| &specialist.name);
    let input = |name, label, help| Input { name, label, help, mode: "text" }.show(filled);
    let inside = html! {
        form .stack method="post" action={ (PATH) "/" (id) } {
            (seen_input(viewer))
            section .card.stack {
                (input(NAME, "Имя", "Как его зовут клиенты: «Анна»"))
                (input(ROLE, "Должность", "Например, «топ-мастер»; можно оставить пустым"))
                (input(ALIASES, "Другие имена", "Через запятую, если к имени не сводятся: «Нюта». Падежи бот знает сам"))
                fieldset .field {
                    legend { "Что делает" }
                    @for service in &viewer.salon.document().services {
                        @let name = format!("{DOES}{}", service.id);
                        label .tick { input type="checkbox" name=(name) value="yes" checked[filled.is_ticked(&name)]; (service.name) }
                    }
                }
            }
            (alert(filled.whole(&INPUTS)))
            button .button.main-action type="submit" { "Сохранить" }
        }
        @if specialist.is_some() {
            form .card.more method="post" action={ (PATH) "/" (id) "/off" } {
                button type="submit" { (icon("x")) "Убрать мастера" }
                p .quiet.small { "Записи к нему останутся: перенесите их. Вернуть можно в «Что менялось»." }
            }
        }
    };
    Ok(frame(viewer, title, &heading_under(PATH, "К мастерам", title), &inside))
}

/// A specialist as the form says it.
struct Wanted {
    name: String,
    role: String,
    aliases: Vec<String>,
    /// Ids of services.
    does: Vec<String>,
}

impl Wanted {
    fn read(filled: &Filled) -> Result<Self, Objection> {
        let name = filled.text(NAME).to_owned();
        if name.is_empty() {
            return Err(Objection::new(NAME, "Напишите имя: его увидит клиент"));
        }
        Ok(Self {
            name,
            role: filled.text(ROLE).to_owned(),
            aliases: words(filled.text(ALIASES)),
            does: ticked(filled, DOES),
        })
    }

    /// Changes the specialist `id`, or adds one when that is [`NEW`].
    fn put(&self, document: &mut Document, id: &str) -> Result<(), Objection> {
        let does: Vec<String> =
            document.services.iter().map(|service| service.id.clone()).filter(|id| self.does.contains(id)).collect();
        let is_twin = |specialist: &Specialist| specialist.id != id && specialist.name == self.name;
        if document.specialists.iter().any(is_twin) {
            return Err(Objection::new(NAME, "Такой мастер уже есть: добавьте фамилию, чтобы клиент их различил"));
        }
        if id == NEW {
            let id = free_id("specialist", |id| document.specialists.iter().any(|one| one.id == id));
            document.specialists.push(Specialist {
                id,
                name: self.name.clone(),
                role: self.role.clone(),
                aliases: self.aliases.clone(),
                services: does,
                hours: None,
                shifts: None,
                days_off: Vec::new(),
            });
            return Ok(());
        }
        let Some(specialist) = document.specialists.iter_mut().find(|specialist| specialist.id == id) else {
            return Err(Objection::new("", "Этого мастера только что убрали"));
        };
        specialist.name.clone_from(&self.name);
        specialist.role.clone_from(&self.role);
        specialist.aliases.clone_from(&self.aliases);
        specialist.services = does;
        Ok(())
    }
}
