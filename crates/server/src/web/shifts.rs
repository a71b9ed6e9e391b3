//! «Смена»: who is on duty when, again and again; one, or several by turns. «Дежурные» lists them.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;
use jiff::civil::Time;
use maud::{Markup, html};
use nochnik_core::business::{Document, Every, Role, Shift, WEEKDAYS};
use sha2::{Digest, Sha256};

use super::assets::hex;
use super::look::icon;
use super::question::Question;
use super::settings::{
    DateInput, Filled, Input, follow, frame, heading_under, problems, save, save_read, seen_input, ticked,
};
use super::viewer::Viewer;
use super::{Shared, Trouble, people};
use crate::document_change::{Deed, Objection, Problems};
use crate::document_diff::{DAY_NAMES, DAYS_SHORT};
use crate::{hours_text, shift_text};

/// What the address of a new shift's form holds.
const NEW: &str = "+";
/// People of one form; the document takes more, a business that needs them has a file.
const CREW_MAX: usize = 12;
/// Lines for people, at least.
const CREW_SHOWN: usize = 3;
const DAY: &str = "day.";
const INPUTS: [&str; 9] = ["person", "people", "from", "to", "every", "since", "at_once", "spare", "role"];
const ROLES: [(&str, Role, &str); 3] = [
    ("duty", Role::Duty, "дежурного: первым"),
    ("senior", Role::Senior, "старшего: когда дежурный не ответил"),
    ("owner", Role::Owner, "владельца"),
];
const UNITS: [(&str, &str); 2] = [("w", "недель"), ("d", "дней")];
const GONE: &str = "Эту смену только что изменили или убрали. Вернитесь к дежурным и откройте её заново";
/// Input that carries which shift the page was opened for: places move when another shift is taken off.
const OPENED: &str = "opened";
/// Bytes of its digest: for telling shifts of one document apart, not for keeping a secret.
const OPENED_BYTES: usize = 8;

fn path(place: &str) -> String {
    format!("/console/people/shifts/{place}")
}

/// The list of shifts, with a way into each for whoever may change them.
pub fn card(viewer: &Viewer) -> Markup {
    let salon = &viewer.salon;
    let shifts = &salon.document().shifts;
    let name = |id| salon.person(id);
    let may_change = viewer.may_open("/console/people/shifts/{place}");
    html! {
        section .card.stack {
            h2 { "Смены" }
            @if shifts.is_empty() {
                p .quiet { "Смен нет: все дежурные на связи круглые сутки." }
            } @else {
                ul .list {
                    @for (place, shift) in shifts.iter().enumerate() {
                        li .spread.middle {
                            div { (shift_text::who(shift, name)) div .quiet.small { (shift_text::when(shift, name)) } }
                            @if may_change {
                                a .button href=(path(&place.to_string())) aria-label={ "Изменить смену: " (shift_text::who(shift, name)) } { "Изменить" }
                            }
                        }
                    }
                }
            }
            @if may_change { div .row { a .button href=(path(NEW)) { "Добавить смену" } } }
        }
    }
}

/// `GET /console/people/shifts/{place}`
pub async fn page(viewer: Viewer, Path(place): Path<String>) -> Result<Markup, Trouble> {
    let texts = known(&viewer, &place)?.map_or_else(fresh, opened);
    Ok(show(&viewer, &place, &Filled { texts, objection: None }))
}

/// `POST /console/people/shifts/{place}`
pub async fn change(
    State(web): State<Shared>,
    viewer: Viewer,
    Path(place): Path<String>,
    Form(texts): Form<BTreeMap<String, String>>,
) -> Result<Response, Trouble> {
    let mut filled = Filled { texts, objection: None };
    let deed = Deed { action: if place == NEW { "shift_new" } else { "shift" }, subject: String::new() };
    let (at, was) = (place.clone(), filled.text(OPENED).to_owned());
    let is_there = place == NEW || still_at(viewer.salon.document(), &at, &was).is_some();
    let wanted = if is_there { read(&filled) } else { Err(Objection::new("", GONE)) };
    let saved = save_read(&web, &viewer, &filled, deed, wanted, move |shift, document| {
        if at == NEW {
            document.shifts.push(shift.clone());
        } else {
            let at = still_at(document, &at, &was).ok_or_else(|| Objection::new("", GONE))?;
            document.shifts[at] = shift.clone();
        }
        Ok(())
    });
    filled.objection = saved.await?.map(|objection| beside(&filled, objection));
    follow(&filled, people::PATH, |filled| Ok(show(&viewer, &place, filled)))
}

/// `GET /console/people/shifts/{place}/off`
pub async fn off_page(viewer: Viewer, Path(place): Path<String>) -> Result<Markup, Trouble> {
    Ok(off_question(&viewer, &place)?.page(&viewer, None))
}

/// `POST /console/people/shifts/{place}/off`
pub async fn off(
    State(web): State<Shared>,
    viewer: Viewer,
    Path(place): Path<String>,
    Form(texts): Form<BTreeMap<String, String>>,
) -> Result<Response, Trouble> {
    let filled = Filled { texts, objection: None };
    let (at, was) = (place.clone(), filled.text(OPENED).to_owned());
    let mut question = off_question(&viewer, &place)?;
    if still_at(viewer.salon.document(), &at, &was).is_none() {
        // What would be told is of another shift, and no second press takes that one off.
        (question.told, question.hidden) = (Vec::new(), vec![(OPENED, was)]);
        return Ok(question.follow(&viewer, people::PATH, Some(&Objection::new("", GONE))));
    }
    let deed = Deed { action: "shift_off", subject: String::new() };
    let saved = save(&web, &viewer, filled.seen(), deed, move |document: &mut Document| {
        let at = still_at(document, &at, &was).ok_or_else(|| Objection::new("", GONE))?;
        document.shifts.remove(at);
        Ok(())
    });
    Ok(question.follow(&viewer, people::PATH, saved.await?.as_ref()))
}

/// The place, while the shift that was opened still stands there; an empty `was` names it by its place alone.
fn still_at(document: &Document, place: &str, was: &str) -> Option<usize> {
    let place = place.parse().ok()?;
    let stands = document.shifts.get(place)?;
    (was.is_empty() || was == digest(stands)).then_some(place)
}

/// What tells a shift from the others and from what it was before a change.
fn digest(shift: &Shift) -> String {
    let json = serde_json::to_string(shift).unwrap_or_default();
    hex(&Sha256::digest(json)[..OPENED_BYTES])
}

fn off_question(viewer: &Viewer, place: &str) -> Result<Question<'static>, Trouble> {
    let salon = &viewer.salon;
    let shift = known(viewer, place)?.ok_or(Trouble::NotFound)?;
    let name = |id| salon.person(id);
    let mut told = vec![format!("{}: {}.", shift_text::who(shift, name), shift_text::when(shift, name))];
    let mut without = salon.document().clone();
    without.shifts.remove(still_at(&without, place, "").ok_or(Trouble::NotFound)?);
    if without.shifts.is_empty() {
        told.push("Других смен нет: на связи будут все дежурные, круглые сутки.".to_owned());
    } else {
        told.extend(salon.duty_problems_with(without, viewer.now_ms));
    }
    Ok(Question {
        title: "Убрать смену?".to_owned(),
        action: format!("{}/off", path(place)),
        deed: "Убрать смену",
        back: (path(place), "К смене"),
        told,
        quiet: "Вернуть можно в «Что менялось».",
        visits: html! {},
        hidden: vec![(OPENED, digest(shift))],
    })
}

/// The shift at this place of the document; `None` for a new one.
fn known<'a>(viewer: &'a Viewer, place: &str) -> Result<Option<&'a Shift>, Trouble> {
    if place == NEW {
        return Ok(None);
    }
    let shifts = &viewer.salon.document().shifts;
    let found = place.parse().ok().and_then(|place: usize| shifts.get(place));
    found.map(Some).ok_or(Trouble::NotFound)
}

fn who(place: usize) -> String {
    format!("who.{place}")
}

/// What most begin with: from closing to opening.
fn fresh() -> BTreeMap<String, String> {
    [("from", "20:00"), ("to", "09:00"), ("unit", "w"), ("role", "duty")]
        .map(|(name, text)| (name.to_owned(), text.to_owned()))
        .into()
}

/// The form of a shift that stands, which also says which one it is.
fn opened(shift: &Shift) -> BTreeMap<String, String> {
    let mut texts = typed(shift);
    texts.insert(OPENED.to_owned(), digest(shift));
    texts
}

fn typed(shift: &Shift) -> BTreeMap<String, String> {
    let role = ROLES.iter().find(|(_, role, _)| *role == shift.role).map_or("", |(word, ..)| word);
    let crew = if shift.people.is_empty() { std::slice::from_ref(&shift.person) } else { &shift.people };
    let mut texts: BTreeMap<String, String> =
        crew.iter().enumerate().map(|(place, id)| (who(place), id.clone())).collect();
    texts.extend(shift.days.iter().map(|day| (format!("{DAY}{day}"), "yes".to_owned())));
    if let Some(Every { days }) = shift.every {
        let (count, unit) = if days % 7 == 0 { (days / 7, "w") } else { (days, "d") };
        texts.extend([("every".to_owned(), count.to_string()), ("unit".to_owned(), unit.to_owned())]);
    }
    texts.extend(shift.since.map(|since| ("since".to_owned(), since.to_string())));
    texts.extend(
        (shift.every.is_some() && shift.at_once > 1).then(|| ("at_once".to_owned(), shift.at_once.to_string())),
    );
    texts.extend(shift.spare.iter().map(|spare| ("spare".to_owned(), spare.clone())));
    texts.extend([
        ("role".to_owned(), role.to_owned()),
        ("from".to_owned(), shift_text::clock(shift.from)),
        ("to".to_owned(), shift_text::clock(shift.to)),
    ]);
    texts
}

fn read(filled: &Filled) -> Result<Shift, Objection> {
    let mut problems = Problems::default();
    let crew: Vec<String> =
        (0..CREW_MAX).map(|place| filled.text(&who(place)).to_owned()).filter(|id| !id.is_empty()).collect();
    let (person, people) = match &crew[..] {
        [] => {
            problems.note(&who(0), "Выберите, кто дежурит");
            (String::new(), Vec::new())
        }
        [one] => (one.clone(), Vec::new()),
        _ => (String::new(), crew.clone()),
    };
    let days = ticked(filled, DAY);
    let (from, to) = (problems.take(clock(filled, "from")), problems.take(clock(filled, "to")));
    let every = problems.take(every(filled));
    let since = problems.take(DateInput::read("since", filled));
    let at_once = problems.take(at_once(filled, crew.len(), every == Some(None)));
    problems.finish(|| {
        Some(Shift {
            person,
            people,
            every: every?,
            since: since?,
            at_once: at_once?,
            spare: Some(filled.text("spare").to_owned()).filter(|id| !id.is_empty()),
            role: ROLES.iter().find(|(word, ..)| *word == filled.text("role")).map_or(Role::Duty, |(_, role, _)| *role),
            days: WEEKDAYS
                .iter()
                .filter(|key| days.iter().any(|day| day == *key))
                .map(|key| (*key).to_owned())
                .collect(),
            from: from?,
            to: to?,
        })
    })
}

/// Who does not take turns is there together.
fn at_once(filled: &Filled, crew: usize, is_together: bool) -> Result<u16, Objection> {
    match filled.text("at_once") {
        "" if is_together => Ok(u16::try_from(crew).unwrap_or(u16::MAX)),
        "" => Ok(1),
        text => text.parse().map_err(|_| Objection::new("at_once", "Сколько человек сразу? Нужно число")),
    }
}

fn every(filled: &Filled) -> Result<Option<Every>, Objection> {
    let text = filled.text("every");
    if text.is_empty() {
        return Ok(None);
    }
    let unit = UNITS.iter().find(|(unit, _)| *unit == filled.text("unit")).map_or("w", |(unit, _)| unit);
    let read = Every::try_from(format!("{text}{unit}"));
    read.map(Some).map_err(|_| Objection::new("every", "От 1 до 92 дней: напишите число"))
}

fn clock(filled: &Filled, name: &str) -> Result<Time, Objection> {
    hours_text::time(filled.text(name)).ok_or_else(|| Objection::new(name, "Нужно время: 20:00"))
}

/// Puts what the check of a document says beside the line it is about.
fn beside(filled: &Filled, objection: Objection) -> Objection {
    objection.each(|one| one_beside(filled, one))
}

fn one_beside(filled: &Filled, objection: Objection) -> Objection {
    if !objection.field.starts_with("shifts[") {
        return objection;
    }
    let moved = objection.beside(&INPUTS);
    match moved.field.as_str() {
        "person" | "people" => Objection { field: who(0), ..moved },
        "every" if filled.text("every").is_empty() => Objection::new("every", "Как часто они меняются?"),
        "every" => Objection::new("every", "Меняться не с кем: добавьте людей или сотрите число"),
        "since" => Objection::new("since", "С какого дня идёт очередь?"),
        "at_once" => Objection::new("at_once", "Столько людей в смене нет"),
        _ => moved,
    }
}

fn show(viewer: &Viewer, place: &str, filled: &Filled) -> Markup {
    let standing = (0..CREW_MAX).rfind(|place| !filled.text(&who(*place)).is_empty()).map_or(0, |last| last + 1);
    let crew = (standing + 1).clamp(CREW_SHOWN, CREW_MAX);
    let is_said = |name: &&str| !filled.text(name).is_empty() || filled.problem(name).is_some();
    let is_more =
        standing > 1 || ["every", "since", "at_once", "spare"].iter().any(is_said) || filled.text("role") != "duty";
    let title = if place == NEW { "Новая смена" } else { "Смена" };
    let inside = html! {
        form .stack method="post" action=(path(place)) {
            (seen_input(viewer))
            @if place != NEW { input type="hidden" name=(OPENED) value=(filled.text(OPENED)); }
            (problems(filled))
            section .card.stack {
                (person_input(viewer, filled, &who(0), "Кто дежурит", ""))
                fieldset .field {
                    legend { "По каким дням" }
                    div .row.days {
                        @for (key, name) in WEEKDAYS.iter().zip(DAYS_SHORT) {
                            @let input = format!("{DAY}{key}");
                            label .tick { input type="checkbox" name=(input) value="yes" checked[filled.is_ticked(&input)] aria-label=(full_name(key)); (name) }
                        }
                    }
                    p .help { "Ничего не отмечено — каждый день. Ночная смена относится к дню, когда началась." }
                }
                div .grid3 {
                    (Input { name: "from", label: "С", help: "", mode: "text" }.show(filled))
                    (Input { name: "to", label: "До", help: "Не позже начала — значит, назавтра", mode: "text" }.show(filled))
                }
            }
            section .card.stack {
                details open[is_more] {
                    summary { "Очередь и замена" }
                    (more(viewer, filled, crew))
                }
            }
            button .button.main-action type="submit" { "Сохранить" }
        }
        @if place != NEW {
            section .card.more { a href={ (path(place)) "/off" } { (icon("x")) "Убрать смену" } }
        }
    };
    frame(viewer, title, &heading_under(people::PATH, "К дежурным", title), &inside)
}

/// What a shift of one person needs none of.
fn more(viewer: &Viewer, filled: &Filled, crew: usize) -> Markup {
    html! {
        div .stack {
            p .quiet.small { "Если дежурят несколько человек, выберите остальных и скажите, как часто они меняются." }
            @for place in 1..crew { (person_input(viewer, filled, &who(place), &format!("Ещё человек {place}"), "")) }
            div .grid3 {
                (Input { name: "every", label: "Меняются каждые", help: "Пусто — дежурят вместе", mode: "numeric" }.show(filled))
                (select(filled, "unit", "Чего", &UNITS))
                (DateInput { name: "since", label: "Начиная с", help: "Первый день очереди" }.show(filled))
            }
            (Input { name: "at_once", label: "Сколько сразу", help: "Пусто — по одному, а без очереди все", mode: "numeric" }.show(filled))
            (person_input(viewer, filled, "spare", "Замена", "Кого звать, если этого человека нет"))
            (select(filled, "role", "Звать как", &ROLES.map(|(word, _, label)| (word, label))))
        }
    }
}

fn select(filled: &Filled, name: &str, label: &str, options: &[(&str, &str)]) -> Markup {
    html! {
        div .field {
            label for={ "field-" (name) } { (label) }
            select id={ "field-" (name) } name=(name) {
                @for (word, label) in options { option value=(word) selected[filled.text(name) == *word] { (label) } }
            }
        }
    }
}

fn full_name(key: &str) -> &'static str {
    WEEKDAYS.iter().zip(DAY_NAMES).find(|(own, _)| **own == key).map_or("", |(_, name)| name)
}

/// One of those who are called; «—» for nobody.
pub fn person_input(viewer: &Viewer, filled: &Filled, name: &str, label: &str, help: &str) -> Markup {
    let problem = filled.problem(name);
    html! {
        div .field {
            label for={ "field-" (name) } { (label) }
            select id={ "field-" (name) } name=(name) aria-invalid=[problem.map(|_| "true")] {
                option value="" { "—" }
                @for person in &viewer.salon.document().people {
                    option value=(person.id) selected[filled.text(name) == person.id] { (person.name) }
                }
            }
            @if let Some(problem) = problem { p .problem role="alert" { (icon("circle-alert")) (problem) } }
            @if !help.is_empty() { p .help { (help) } }
        }
    }
}
