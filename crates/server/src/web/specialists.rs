//! «Мастера»: who serves, what each of them does, when they are away.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;
use maud::{Markup, html};
use nochnik_core::business::{DaysOff, Document, Pattern, Rotation, Specialist, Week};
use nochnik_core::wall;

use super::look::{empty, icon};
use super::meanwhile::{Texts, alone, caught_up};
use super::question::{Question, Visit, visits, visits_card};
use super::settings::{
    Filled, Input, conflicts, follow, frame, free_id, heading, heading_under, problems, save, save_read, seen_input,
    ticked, words,
};
use super::viewer::Viewer;
use super::{Shared, Trouble, Web, hours};
use crate::days_text;
use crate::document_change::{Deed, Objection, Problems};
use crate::document_diff::DAY_NAMES;

const PATH: &str = "/console/settings/specialists";
/// What the address of a new specialist's form ends with; nobody can have such an id.
const NEW: &str = "+";
const NAME: &str = "name";
const ROLE: &str = "role";
const ALIASES: &str = "aliases";
/// Begins the names of the boxes that say what is done.
const DOES: &str = "does.";
/// Begins the names of the inputs of the own hours.
const HOURS: &str = "hours.";
const PATTERN: &str = "pattern";
const SINCE: &str = "from";
const DAYS_OFF: &str = "days_off";
const INPUTS: [&str; 6] = [NAME, ROLE, ALIASES, PATTERN, SINCE, DAYS_OFF];

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
                        @for trouble in idle(viewer.salon.document(), specialist) { br; span .problem.small { (icon("triangle-alert")) (trouble) } }
                    }
                }
            }
            @if specialists.is_empty() { (empty("user-round", "Мастеров пока нет", "Добавьте тех, к кому записывают.", None)) }
        }
        div .row { a .button.main-action href={ (PATH) "/" (NEW) } { "Добавить мастера" } }
    };
    Ok(frame(&viewer, "Мастера", &heading("Мастера"), &inside))
}

/// Why nobody will be booked with the specialist; empty when somebody may be.
fn idle(document: &Document, specialist: &Specialist) -> Vec<&'static str> {
    let no_services = "Не делает ни одной услуги: бот сюда не запишет";
    let no_hours = "Все дни выходные: бот сюда не запишет";
    let is_closed = specialist.hours.as_ref().unwrap_or(&document.hours).is_closed();
    [(specialist.services.is_empty(), no_services), (is_closed, no_hours)]
        .into_iter()
        .filter_map(|(is_so, told)| is_so.then_some(told))
        .collect()
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
    let mut filled = caught_up(&web, &viewer, texts, alone, |document| typed(document, &id)).await?;
    if filled.objection.is_none() {
        let deed = Deed { action: if is_new { "specialist_new" } else { "specialist" }, subject: id.clone() };
        let (wanted, key) = (Wanted::read(&filled), id.clone());
        let saved = save_read(&web, &viewer, &filled, deed, wanted, move |wanted, document| wanted.put(document, &key));
        filled.objection = saved.await?.map(beside);
    }
    follow(&filled, PATH, |filled| form(&viewer, &id, filled))
}

/// Puts what the check of a document says beside its input.
fn beside(objection: Objection) -> Objection {
    objection.each(|one| match OWN_HOURS.iter().find(|input| one.field.contains(&format!(".{input}"))) {
        Some(input) => Objection { field: (*input).to_owned(), ..one },
        None => one.beside(&INPUTS),
    })
}

/// `GET /console/settings/specialists/{id}/off`
pub async fn off_page(State(web): State<Shared>, viewer: Viewer, Path(id): Path<String>) -> Result<Markup, Trouble> {
    Ok(off_question(&web, &viewer, &id).await?.page(&viewer, None))
}

/// `POST /console/settings/specialists/{id}/off`
pub async fn off(State(web): State<Shared>, viewer: Viewer, Path(id): Path<String>) -> Result<Response, Trouble> {
    let question = off_question(&web, &viewer, &id).await?;
    let (deed, key) = (Deed { action: "specialist_off", subject: id.clone() }, id);
    let saved = save(&web, &viewer, None, deed, move |document| {
        document.specialists.retain(|specialist| specialist.id != key);
        Ok(())
    });
    Ok(question.follow(&viewer, PATH, saved.await?.as_ref()))
}

async fn off_question(web: &Web, viewer: &Viewer, id: &str) -> Result<Question<'static>, Trouble> {
    let specialist = known(viewer, id)?.ok_or(Trouble::NotFound)?;
    let all = visits(web, viewer).await?;
    let own: Vec<&Visit> = all.iter().filter(|visit| visit.booking.specialist_id == id).collect();
    let mut told = vec!["К этому мастеру бот больше никого не запишет.".to_owned()];
    if !own.is_empty() {
        told.push(
            "Записи не отменятся, и напоминания клиентам придут с прежним именем. Перенесите их сами.".to_owned(),
        );
    }
    Ok(Question {
        title: format!("Убрать: {}?", specialist.name),
        action: format!("{PATH}/{id}/off"),
        deed: "Убрать",
        back: (format!("{PATH}/{id}"), "К мастеру"),
        told,
        quiet: "Вернуть можно в «Что менялось».",
        visits: visits_card(viewer, &own),
        hidden: Vec::new(),
    })
}

/// The specialist of this id; `None` for a new one.
fn known<'a>(viewer: &'a Viewer, id: &str) -> Result<Option<&'a Specialist>, Trouble> {
    if id == NEW {
        return Ok(None);
    }
    let found = viewer.salon.document().specialists.iter().find(|specialist| specialist.id == id);
    found.map(Some).ok_or(Trouble::NotFound)
}

/// Nothing for a new one, whom nobody else can have changed.
fn typed(document: &Document, id: &str) -> Texts {
    let found = document.specialists.iter().find(|specialist| specialist.id == id);
    found.map(|specialist| filled_of(specialist).texts).unwrap_or_default()
}

fn filled_of(specialist: &Specialist) -> Filled {
    let mut filled = Filled::of([
        (NAME, specialist.name.clone()),
        (ROLE, specialist.role.clone()),
        (ALIASES, specialist.aliases.join(", ")),
    ]);
    if let Some(week) = &specialist.hours {
        filled.texts.extend(hours::typed(week, HOURS));
    }
    if let Some(Rotation { from, pattern }) = specialist.shifts.clone() {
        filled
            .texts
            .extend([(PATTERN.to_owned(), pattern.into()), (SINCE.to_owned(), days_text::text(&[DaysOff::One(from)]))]);
    }
    filled.texts.insert(DAYS_OFF.to_owned(), days_text::text(&specialist.days_off));
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
            (problems(filled))
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
            (working_time(filled))
            button .button.main-action type="submit" { "Сохранить" }
        }
        @if specialist.is_some() {
            section .card.more { a href={ (PATH) "/" (id) "/off" } { (icon("x")) "Убрать мастера" } }
        }
    };
    Ok(frame(viewer, title, &heading_under(PATH, "К мастерам", title), &inside))
}

/// The days of the own hours, as their inputs are called.
const OWN_HOURS: [&str; 7] =
    ["hours.mon", "hours.tue", "hours.wed", "hours.thu", "hours.fri", "hours.sat", "hours.sun"];

/// When the specialist comes: own hours, shifts, holidays.
fn working_time(filled: &Filled) -> Markup {
    let is_filled = |name: &&str| !filled.text(name).is_empty() || filled.problem(name).is_some();
    let has_hours = OWN_HOURS.iter().any(is_filled);
    let has_shifts = [PATTERN, SINCE].iter().any(is_filled);
    let days_problem = filled.problem(DAYS_OFF);
    html! {
        details .card open[has_hours] {
            summary { "Свои часы работы" }
            div .stack {
                p .quiet { "Пусто — как у всех. Пишите так: 10:00–20:00, перерыв через запятую, выходной — словом." }
                @for (input, name) in OWN_HOURS.iter().zip(DAY_NAMES) {
                    (Input { name: input, label: &wall::capitalised(name), help: "", mode: "text" }.show(filled))
                }
            }
        }
        details .card open[has_shifts] {
            summary { "Смены через несколько дней" }
            div .stack {
                (Input { name: PATTERN, label: "Дни работы и отдыха", help: "Например, 2/2 или 5/2; пусто — каждый день", mode: "text" }.show(filled))
                (Input { name: SINCE, label: "Первый рабочий день", help: "С какого дня считать, например 01.12.2026", mode: "text" }.show(filled))
            }
        }
        details .card open[is_filled(&DAYS_OFF)] {
            summary { "Отпуск и выходные" }
            div .field {
                label for="field-days_off" { "Когда мастера нет" }
                textarea #field-days_off name=(DAYS_OFF) rows="3" aria-describedby="days-off-help" aria-invalid=[days_problem.map(|_| "true")] { (filled.text(DAYS_OFF)) }
                @if let Some(problem) = days_problem { p .problem role="alert" { (icon("circle-alert")) (problem) } }
                p .help #days-off-help { "По строке: 30.12.2026 или 10.01.2027 — 24.01.2027. Записи на эти дни останутся и будут показаны: их переносите вы." }
            }
        }
    }
}

/// A specialist as the form says it.
struct Wanted {
    name: String,
    role: String,
    aliases: Vec<String>,
    /// Ids of services.
    does: Vec<String>,
    hours: Option<Week>,
    shifts: Option<Rotation>,
    days_off: Vec<DaysOff>,
}

impl Wanted {
    fn read(filled: &Filled) -> Result<Self, Objection> {
        let mut problems = Problems::default();
        let name = filled.text(NAME).to_owned();
        if name.is_empty() {
            problems.note(NAME, "Напишите имя: его увидит клиент");
        }
        let (hours, shifts) = (problems.take(own_hours(filled)), problems.take(shifts(filled)));
        let days_off = days_text::read(filled.text(DAYS_OFF)).map_err(|text| Objection::new(DAYS_OFF, text));
        let days_off = problems.take(days_off);
        problems.finish(|| {
            Some(Self {
                name,
                role: filled.text(ROLE).to_owned(),
                aliases: words(filled.text(ALIASES)),
                does: ticked(filled, DOES),
                hours: hours?,
                shifts: shifts?,
                days_off: days_off?,
            })
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
            let id = free_id("specialist", |id| document.specialist_name(id).is_some());
            document.specialists.push(Specialist {
                id,
                name: self.name.clone(),
                role: self.role.clone(),
                aliases: self.aliases.clone(),
                services: does,
                hours: self.hours.clone(),
                shifts: self.shifts.clone(),
                days_off: self.days_off.clone(),
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
        specialist.hours.clone_from(&self.hours);
        specialist.shifts.clone_from(&self.shifts);
        specialist.days_off.clone_from(&self.days_off);
        Ok(())
    }
}

/// `None`: as the whole business.
fn own_hours(filled: &Filled) -> Result<Option<Week>, Objection> {
    if OWN_HOURS.iter().all(|input| filled.text(input).is_empty()) {
        return Ok(None);
    }
    let mut problems = Problems::default();
    for input in OWN_HOURS.iter().filter(|input| filled.text(input).is_empty()) {
        problems.note(input, "Напишите часы или «выходной»: остальные дни уже заполнены");
    }
    let week = problems.take(hours::week_of(&filled.texts, HOURS));
    problems.finish(|| week.map(Some))
}

fn shifts(filled: &Filled) -> Result<Option<Rotation>, Objection> {
    let (pattern, from) = (filled.text(PATTERN), filled.text(SINCE));
    if pattern.is_empty() && from.is_empty() {
        return Ok(None);
    }
    let mut problems = Problems::default();
    let pattern = Pattern::try_from(pattern.to_owned()).map_err(|text| Objection::new(PATTERN, text));
    let first = days_text::read(from).ok().and_then(|days| days.first().map(|days| days.ends().0));
    let from = first.ok_or_else(|| Objection::new(SINCE, "Напишите первый рабочий день, например 01.12.2026"));
    let (pattern, from) = (problems.take(pattern), problems.take(from));
    problems.finish(|| Some(Some(Rotation { from: from?, pattern: pattern? })))
}
