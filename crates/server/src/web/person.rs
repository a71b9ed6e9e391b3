//! One of those who are called at night: name, role, phone. The means stand in the document and on «Дежурные».

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;
use maud::{Markup, html};
use nochnik_core::business::{Document, Person, Role, Shift};

use super::look::icon;
use super::meanwhile::{Texts, alone, caught_up};
use super::people::PATH;
use super::question::Question;
use super::settings::{self, Filled, Input, follow, frame, free_id, heading_under, problems, save, seen_input};
use super::viewer::Viewer;
use super::{Shared, Trouble};
use crate::document_change::{Deed, Objection, Problems};
use crate::shift_text;

/// What the address of a new person's form holds; nobody can have such an id.
const NEW: &str = "+";
const INPUTS: [&str; 3] = ["name", "role", "phone"];
const ROLES: [(&str, Role, &str); 3] = [
    ("duty", Role::Duty, "Дежурный: зовут первым"),
    ("senior", Role::Senior, "Старший: зовут, когда дежурный не ответил"),
    ("owner", Role::Owner, "Владелец: узнаёт о сбоях и получает отчёты"),
];

/// `GET /console/people/{id}/edit`
pub async fn one(State(_): State<Shared>, viewer: Viewer, Path(id): Path<String>) -> Result<Markup, Trouble> {
    let filled = match known(&viewer, &id)? {
        Some(person) => filled_of(person),
        None => Filled::of([("role", "duty".to_owned())]),
    };
    form(&viewer, &id, &filled)
}

/// `POST /console/people/{id}/edit`
pub async fn change(
    State(web): State<Shared>,
    viewer: Viewer,
    Path(id): Path<String>,
    Form(texts): Form<BTreeMap<String, String>>,
) -> Result<Response, Trouble> {
    let is_new = known(&viewer, &id)?.is_none();
    let mut filled = caught_up(&web, &viewer, texts, alone, |document| typed(document, &id)).await?;
    if filled.objection.is_none() {
        let said = INPUTS.map(|name| filled.text(name).to_owned());
        let deed = Deed { action: if is_new { "person_new" } else { "person" }, subject: id.clone() };
        let key = id.clone();
        let saved = save(&web, &viewer, filled.seen(), deed, move |document| put(document, &key, &said)).await?;
        filled.objection = saved.map(|objection| objection.beside(&INPUTS));
    }
    follow(&filled, PATH, |filled| form(&viewer, &id, filled))
}

/// `GET /console/people/{id}/off`
pub async fn off_page(viewer: Viewer, Path(id): Path<String>) -> Result<Markup, Trouble> {
    Ok(off_question(&viewer, &id)?.page(&viewer, None))
}

/// `POST /console/people/{id}/off`
pub async fn off(State(web): State<Shared>, viewer: Viewer, Path(id): Path<String>) -> Result<Response, Trouble> {
    let question = off_question(&viewer, &id)?;
    let (deed, key) = (Deed { action: "person_off", subject: id.clone() }, id);
    let saved = save(&web, &viewer, None, deed, move |document| {
        document.people.retain(|person| person.id.as_str() != key);
        Ok(())
    });
    Ok(question.follow(&viewer, PATH, saved.await?.as_ref()))
}

fn off_question(viewer: &Viewer, id: &str) -> Result<Question<'static>, Trouble> {
    let person = known(viewer, id)?.ok_or(Trouble::NotFound)?;
    let salon = &viewer.salon;
    let mut told = vec!["Ночник перестанет звать этого человека: ни заявок, ни звонков, ни отчётов.".to_owned()];
    let shifts: Vec<&Shift> = salon.document().shifts.iter().filter(|shift| names(shift, id)).collect();
    if !shifts.is_empty() {
        let when: Vec<String> = shifts.iter().map(|shift| shift_text::when(shift, |id| salon.person(id))).collect();
        told.push(format!("Он стоит в сменах: {}. Сначала поставьте туда другого.", when.join("; ")));
    } else if salon.document().people.len() == 1 {
        told.push("Звать ночью станет некого: заявки будут ждать утра.".to_owned());
    }
    Ok(Question {
        title: format!("Больше не звать: {}?", person.name),
        action: format!("{PATH}/{id}/off"),
        deed: "Больше не звать",
        back: (format!("{PATH}/{id}/edit"), "К человеку"),
        told,
        quiet: "В истории заявок имя останется. Вход в кабинет закрывается отдельно. Вернуть можно в «Что менялось».",
        visits: html! {},
        hidden: Vec::new(),
    })
}

/// Whether the shift cannot do without the person.
fn names(shift: &Shift, id: &str) -> bool {
    shift.named().any(|named| named == id)
}

/// The person of this id; `None` for a new one.
fn known<'a>(viewer: &'a Viewer, id: &str) -> Result<Option<&'a Person>, Trouble> {
    if id == NEW {
        return Ok(None);
    }
    let found = viewer.salon.document().people.iter().find(|person| person.id == id);
    found.map(Some).ok_or(Trouble::NotFound)
}

/// Nothing for a new one, whom nobody else can have changed.
fn typed(document: &Document, id: &str) -> Texts {
    let found = document.people.iter().find(|person| person.id == id);
    found.map(|person| filled_of(person).texts).unwrap_or_default()
}

fn filled_of(person: &Person) -> Filled {
    let role = ROLES.iter().find(|(_, role, _)| *role == person.role).map_or("", |(word, ..)| word);
    Filled::of([("name", person.name.clone()), ("role", role.to_owned()), ("phone", person.phone.clone())])
}

fn put(document: &mut Document, id: &str, said: &[String; 3]) -> Result<(), Objection> {
    let [name, role, phone] = said;
    let mut problems = Problems::default();
    if name.is_empty() {
        problems.note("name", "Напишите имя: его увидят коллеги и клиент");
    }
    let role = ROLES.iter().find(|(word, ..)| word == role).map(|(_, role, _)| *role);
    let role = problems.take(role.ok_or_else(|| Objection::new("role", "Выберите, когда звать")));
    let role = problems.finish(|| role)?;
    let id = if id == NEW {
        let id = free_id("person", |id| document.person_name(id).is_some());
        document.people.push(Person {
            id: id.clone(),
            name: String::new(),
            role,
            phone: String::new(),
            means: Vec::new(),
            quiet: None,
            only_urgent: false,
            crm_user: None,
        });
        id
    } else {
        id.to_owned()
    };
    let Some(person) = document.people.iter_mut().find(|person| person.id == id) else {
        return Err(Objection::new("", "Этого человека только что убрали"));
    };
    person.name.clone_from(name);
    person.phone = settings::phone(phone);
    person.role = role;
    Ok(())
}

fn form(viewer: &Viewer, id: &str, filled: &Filled) -> Result<Markup, Trouble> {
    let person = known(viewer, id)?;
    let title = person.map_or("Новый человек", |person| &person.name);
    let inside = html! {
        form .stack method="post" action={ (PATH) "/" (id) "/edit" } {
            (seen_input(viewer))
            (problems(filled))
            section .card.stack {
                (Input { name: "name", label: "Имя", help: "Как его знают коллеги", mode: "text" }.show(filled))
                fieldset .field {
                    legend { "Когда звать" }
                    @for (word, _, label) in ROLES {
                        label .tick { input type="radio" name="role" value=(word) checked[filled.text("role") == word]; (label) }
                    }
                }
                (Input { name: "phone", label: "Телефон", help: "Для СМС и звонка, если они подключены: +7\u{a0}918\u{a0}555-00-00", mode: "tel" }.show(filled))
            }
            button .button.main-action type="submit" { "Сохранить" }
        }
        @if person.is_some() {
            section .card.more { a href={ (PATH) "/" (id) "/off" } { (icon("x")) "Больше не звать" } }
        }
    };
    Ok(frame(viewer, title, &heading_under(PATH, "К дежурным", title), &inside))
}
