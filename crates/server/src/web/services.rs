//! «Услуги и цены»: what is sold, one by one or by a pasted price list.

use std::collections::BTreeMap;

use axum::Form;
use axum::body::Bytes;
use axum::extract::{Multipart, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use nochnik_core::business::{Document, Service, Specialist};
use nochnik_core::wall;

use super::look::{empty, icon};
use super::meanwhile::{Texts, alone, caught_up};
use super::question::{Question, Visit, visits, visits_card};
use super::settings::{
    Filled, Input, conflicts, follow, frame, free_id, heading, heading_under, problems, save, save_read, seen_input,
    ticked, words,
};
use super::viewer::Viewer;
use super::{Shared, Trouble, Web};
use crate::document_change::{Deed, Objection, Problems};
use crate::price_list::{self, Line};
use crate::{document_diff, price_file};

const PATH: &str = "/console/settings/services";
const LIST_PATH: &str = "/console/settings/price-list";
/// What the address of a new service's form ends with; no service can have such an id.
const NEW: &str = "+";
const NAME: &str = "name";
const PRICE: &str = "price";
const DURATION: &str = "duration_min";
const BUFFER: &str = "buffer_min";
const CAPACITY: &str = "capacity";
const SYNONYMS: &str = "synonyms";
/// Begins the names of the boxes that say who does it.
const BY: &str = "by.";
const INPUTS: [&str; 6] = [NAME, PRICE, DURATION, BUFFER, CAPACITY, SYNONYMS];
const LIST: &str = "list";
const FILE: &str = "file";
/// The button under what was understood of a list.
const SURE: &str = "sure";

/// `GET /console/settings/services`
pub async fn page(State(web): State<Shared>, viewer: Viewer) -> Result<Markup, Trouble> {
    let document = viewer.salon.document();
    let inside = html! {
        (conflicts(&web, &viewer).await?)
        section .card.more {
            @for service in &document.services { (row(document, service)) }
            @if document.services.is_empty() { (empty("sticky-note", "Услуг пока нет", "Вставьте прайс таблицей или добавьте по одной.", None)) }
        }
        div .row {
            a .button.main-action href={ (PATH) "/" (NEW) } { "Добавить услугу" }
            a .button href=(LIST_PATH) { "Вставить прайс" }
        }
    };
    Ok(frame(&viewer, "Услуги и цены", &heading("Услуги и цены"), &inside))
}

fn row(document: &Document, service: &Service) -> Markup {
    let is_done = document.specialists.iter().any(|specialist| specialist.services.contains(&service.id));
    html! {
        a href={ (PATH) "/" (service.id) } {
            span {
                (service.name)
                span .quiet.small { " · " (document_diff::price(service)) " · " (wall::minutes_short(service.duration_min.into())) }
                @if !is_done { br; span .problem.small { (icon("triangle-alert")) "Никто из мастеров её не делает: бот на неё не запишет" } }
            }
        }
    }
}

/// `GET /console/settings/services/{id}`
pub async fn one(State(_): State<Shared>, viewer: Viewer, Path(id): Path<String>) -> Result<Markup, Trouble> {
    let filled = match known(&viewer, &id)? {
        Some(service) => filled_of(viewer.salon.document(), service),
        None => Filled::of([(BUFFER, "0".to_owned()), (CAPACITY, "1".to_owned())]),
    };
    form(&viewer, &id, &filled)
}

/// `POST /console/settings/services/{id}`
pub async fn change(
    State(web): State<Shared>,
    viewer: Viewer,
    Path(id): Path<String>,
    Form(texts): Form<BTreeMap<String, String>>,
) -> Result<Response, Trouble> {
    let is_new = known(&viewer, &id)?.is_none();
    let mut filled = caught_up(&web, &viewer, texts, alone, |document| typed(document, &id)).await?;
    if filled.objection.is_none() {
        let deed = Deed { action: if is_new { "service_new" } else { "service" }, subject: id.clone() };
        let (wanted, key) = (Wanted::read(&filled), id.clone());
        let saved = save_read(&web, &viewer, &filled, deed, wanted, move |wanted, document| wanted.put(document, &key));
        filled.objection = saved.await?.map(|objection| objection.beside(&INPUTS));
    }
    follow(&filled, PATH, |filled| form(&viewer, &id, filled))
}

/// `GET /console/settings/services/{id}/off`
pub async fn off_page(State(web): State<Shared>, viewer: Viewer, Path(id): Path<String>) -> Result<Markup, Trouble> {
    Ok(off_question(&web, &viewer, &id).await?.page(&viewer, None))
}

/// `POST /console/settings/services/{id}/off`
pub async fn off(State(web): State<Shared>, viewer: Viewer, Path(id): Path<String>) -> Result<Response, Trouble> {
    let question = off_question(&web, &viewer, &id).await?;
    let (deed, key) = (Deed { action: "service_off", subject: id.clone() }, id);
    let saved = save(&web, &viewer, None, deed, move |document| {
        document.services.retain(|service| service.id != key);
        for specialist in &mut document.specialists {
            specialist.services.retain(|service| *service != key);
        }
        Ok(())
    });
    Ok(question.follow(&viewer, PATH, saved.await?.as_ref()))
}

async fn off_question(web: &Web, viewer: &Viewer, id: &str) -> Result<Question<'static>, Trouble> {
    let service = known(viewer, id)?.ok_or(Trouble::NotFound)?;
    let all = visits(web, viewer).await?;
    let own: Vec<&Visit> = all.iter().filter(|visit| visit.services.iter().any(|service| service == id)).collect();
    let document = viewer.salon.document();
    let does_it_alone = |one: &&Specialist| one.services.iter().all(|own| own == id) && !one.services.is_empty();
    let idle = document.specialists.iter().filter(does_it_alone).map(|one| one.name.clone());
    let idle: Vec<String> = idle.collect();
    let mut told = vec!["Бот перестанет называть её цену и записывать на неё.".to_owned()];
    if !idle.is_empty() {
        told.push(format!("Без услуг останутся: {}.", wall::list(&idle)));
    }
    if !own.is_empty() {
        told.push("Записи не отменятся, и напоминания клиентам придут с прежним названием.".to_owned());
    }
    Ok(Question {
        title: format!("Убрать «{}»?", service.name),
        action: format!("{PATH}/{id}/off"),
        deed: "Убрать",
        back: (format!("{PATH}/{id}"), "К услуге"),
        told,
        quiet: "Вернуть можно в «Что менялось».",
        visits: visits_card(viewer, &own),
        hidden: Vec::new(),
    })
}

/// `GET /console/settings/price-list`
pub async fn list(State(_): State<Shared>, viewer: Viewer) -> Markup {
    paste(&viewer, &Filled::default())
}

/// `POST /console/settings/price-list`: first shows what was understood, then saves it.
pub async fn take_list(
    State(web): State<Shared>,
    viewer: Viewer,
    Form(texts): Form<BTreeMap<String, String>>,
) -> Result<Response, Trouble> {
    let mut filled = Filled { texts, objection: None };
    let (lines, _) = price_list::read(filled.text(LIST));
    if !filled.is_ticked(SURE) || lines.is_empty() {
        return Ok(paste(&viewer, &filled).into_response());
    }
    let deed = Deed { action: "price_list", subject: lines.len().to_string() };
    filled.objection = save(&web, &viewer, filled.seen(), deed, move |document| {
        for line in &lines {
            put_line(document, line);
        }
        Ok(())
    })
    .await?;
    follow(&filled, PATH, |filled| Ok(paste(&viewer, filled)))
}

/// `POST /console/settings/price-list/file`: puts what a file says into the field, to be looked over; saves nothing.
pub async fn take_file(viewer: Viewer, mut form: Multipart) -> Result<Response, Trouble> {
    const LOST: Trouble = Trouble::BadForm("Файл не дошёл целиком или больше мегабайта. Попробуйте ещё раз");
    let mut bytes = Bytes::new();
    while let Some(field) = form.next_field().await.map_err(|_| LOST)? {
        if field.name() == Some(FILE) {
            bytes = field.bytes().await.map_err(|_| LOST)?;
        }
    }
    let read = tokio::task::spawn_blocking(move || price_file::lines(&bytes));
    Ok(match read.await.map_err(|error| Trouble::broken(&error))? {
        Ok(text) => paste(&viewer, &Filled::of([(LIST, text)])).into_response(),
        Err(problem) => {
            let objection = Some(Objection::new("", problem));
            let page = paste(&viewer, &Filled { objection, ..Filled::default() });
            (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
        }
    })
}

/// The service of this id; `None` for a new one.
fn known<'a>(viewer: &'a Viewer, id: &str) -> Result<Option<&'a Service>, Trouble> {
    if id == NEW {
        return Ok(None);
    }
    let found = viewer.salon.document().services.iter().find(|service| service.id == id);
    found.map(Some).ok_or(Trouble::NotFound)
}

/// Nothing for a new one, which nobody else can have changed.
fn typed(document: &Document, id: &str) -> Texts {
    let found = document.services.iter().find(|service| service.id == id);
    found.map(|service| filled_of(document, service).texts).unwrap_or_default()
}

fn filled_of(document: &Document, service: &Service) -> Filled {
    let from = if service.price_from { "от " } else { "" };
    let mut filled = Filled::of([
        (NAME, service.name.clone()),
        (PRICE, format!("{from}{}", service.price)),
        (DURATION, service.duration_min.to_string()),
        (BUFFER, service.buffer_min.to_string()),
        (CAPACITY, service.capacity.to_string()),
        (SYNONYMS, service.synonyms.join(", ")),
    ]);
    let able = document.specialists.iter().filter(|specialist| specialist.services.contains(&service.id));
    filled.texts.extend(able.map(|specialist| (format!("{BY}{}", specialist.id), "yes".to_owned())));
    filled
}

fn form(viewer: &Viewer, id: &str, filled: &Filled) -> Result<Markup, Trouble> {
    let service = known(viewer, id)?;
    let title = service.map_or("Новая услуга", |service| &service.name);
    let specialists = &viewer.salon.document().specialists;
    let input = |name, label, help, mode| Input { name, label, help, mode }.show(filled);
    let inside = html! {
        form .stack method="post" action={ (PATH) "/" (id) } {
            (seen_input(viewer))
            (problems(filled))
            section .card.stack {
                (input(NAME, "Название", "Как в прайсе: «Маникюр с гель-лаком»", "text"))
                (input(PRICE, "Цена, ₽", "Целое число. «от 1500», если цена зависит от работы", "text"))
                (input(DURATION, "Сколько длится", "В минутах или «1 ч 30 мин»", "text"))
                fieldset .field {
                    legend { "Кто делает" }
                    @for specialist in specialists {
                        @let name = format!("{BY}{}", specialist.id);
                        label .tick { input type="checkbox" name=(name) value="yes" checked[filled.is_ticked(&name)]; (specialist.name) }
                    }
                    @if specialists.is_empty() { p .help { "Мастеров пока нет: " a href="/console/settings/specialists" { "добавьте" } } }
                }
                details open[[BUFFER, CAPACITY, SYNONYMS].iter().any(|name| filled.problem(name).is_some())] {
                    summary { "Ещё настройки" }
                    div .stack {
                        (input(SYNONYMS, "Как её называют клиенты", "Через запятую: «ноготочки, покрытие». Бот поймёт и так, и по названию", "text"))
                        (input(BUFFER, "Перерыв после визита, минут", "Чтобы прибрать место; 0, если не нужен", "numeric"))
                        (input(CAPACITY, "Мест на одно время", "1, если визит на одного; больше — групповое занятие", "numeric"))
                    }
                }
            }
            button .button.main-action type="submit" { "Сохранить" }
        }
        @if service.is_some() {
            section .card.more { a href={ (PATH) "/" (id) "/off" } { (icon("x")) "Убрать услугу из прайса" } }
        }
    };
    Ok(frame(viewer, title, &heading_under(PATH, "К услугам", title), &inside))
}

/// A service as the form says it.
struct Wanted {
    name: String,
    price: i64,
    is_from: bool,
    duration_min: u16,
    buffer_min: u16,
    capacity: u16,
    synonyms: Vec<String>,
    /// Ids of the specialists.
    by: Vec<String>,
}

impl Wanted {
    fn read(filled: &Filled) -> Result<Self, Objection> {
        let mut problems = Problems::default();
        let name = filled.text(NAME).to_owned();
        if name.is_empty() {
            problems.note(NAME, "Назовите услугу так, как её видит клиент");
        }
        let price = price_list::rubles(filled.text(PRICE))
            .ok_or_else(|| Objection::new(PRICE, "Нужна цена в рублях: 1500 или «от 1500»"));
        let duration = price_list::minutes(filled.text(DURATION))
            .ok_or_else(|| Objection::new(DURATION, "Нужны минуты: 60, или время: «1 ч 30 мин»"));
        let number = |name, empty: u16| match filled.text(name) {
            "" => Ok(empty),
            text => text.parse().map_err(|_| Objection::new(name, "Нужно целое число")),
        };
        let (price, duration) = (problems.take(price), problems.take(duration));
        let (buffer, capacity) = (problems.take(number(BUFFER, 0)), problems.take(number(CAPACITY, 1)));
        problems.finish(|| {
            let (price, is_from) = price?;
            Some(Self {
                name,
                price,
                is_from,
                duration_min: duration?,
                buffer_min: buffer?,
                capacity: capacity?,
                synonyms: words(filled.text(SYNONYMS)),
                by: ticked(filled, BY),
            })
        })
    }

    /// Changes the service `id`, or adds it when that is [`NEW`].
    fn put(&self, document: &mut Document, id: &str) -> Result<(), Objection> {
        let twin = |service: &&Service| service.id != id && same(&service.name, &self.name);
        if document.services.iter().any(|service| twin(&service)) {
            return Err(Objection::new(NAME, "Услуга с таким названием уже есть: клиент их не различит"));
        }
        let id = if id == NEW { add(document, &self.name) } else { id.to_owned() };
        let Some(service) = document.services.iter_mut().find(|service| service.id == id) else {
            return Err(Objection::new("", "Эту услугу только что убрали"));
        };
        service.name.clone_from(&self.name);
        (service.price, service.price_from) = (self.price, self.is_from);
        (service.duration_min, service.buffer_min, service.capacity) =
            (self.duration_min, self.buffer_min, self.capacity);
        service.synonyms.clone_from(&self.synonyms);
        for specialist in &mut document.specialists {
            let (does, did) = (self.by.contains(&specialist.id), specialist.services.contains(&id));
            if does && !did {
                specialist.services.push(id.clone());
            } else if did && !does {
                specialist.services.retain(|service| *service != id);
            }
        }
        Ok(())
    }
}

/// Adds a service that only has a name and returns its id.
pub fn add(document: &mut Document, name: &str) -> String {
    let id = free_id("service", |id| document.service_name(id).is_some());
    document.services.push(Service {
        id: id.clone(),
        name: name.to_owned(),
        price: 0,
        price_from: false,
        duration_min: 60,
        buffer_min: 0,
        buffer_before_min: 0,
        gap: None,
        resource: None,
        capacity: 1,
        starts: Vec::new(),
        synonyms: Vec::new(),
    });
    id
}

/// A line of a price list: the service of that name gets its price, a new one is done by everybody.
pub fn put_line(document: &mut Document, line: &Line) {
    let known = document.services.iter().find(|service| same(&service.name, &line.name)).map(|one| one.id.clone());
    let is_new = known.is_none();
    let id = known.unwrap_or_else(|| add(document, &line.name));
    for service in document.services.iter_mut().filter(|service| service.id == id) {
        (service.price, service.price_from) = (line.price, line.is_from);
        if is_new || line.has_duration {
            service.duration_min = line.duration_min;
        }
    }
    if is_new {
        for specialist in &mut document.specialists {
            specialist.services.push(id.clone());
        }
    }
}

/// People write «ё» and capitals as they please.
pub fn same(one: &str, other: &str) -> bool {
    let plain = |text: &str| text.trim().to_lowercase().replace('ё', "е");
    plain(one) == plain(other)
}

fn paste(viewer: &Viewer, filled: &Filled) -> Markup {
    let text = filled.text(LIST);
    let (lines, troubles) = price_list::read(text);
    let document = viewer.salon.document();
    let inside = html! {
        @if !text.is_empty() { (understood(viewer, document, text, &lines, &troubles)) }
        (problems(filled))
        form .card.stack method="post" action={ (LIST_PATH) "/file" } enctype="multipart/form-data" {
            div .field {
                label for="file" { "Файл с прайсом" }
                input #file type="file" name=(FILE) accept=".xlsx,.csv,.txt" required aria-describedby="file-help";
                p .help #file-help { "Таблица Excel (.xlsx) или CSV, до мегабайта: название, цена, длительность. Сначала покажем, что получится." }
            }
            button .button type="submit" { "Прочитать файл" }
        }
        form .stack method="post" action=(LIST_PATH) {
            section .card.stack {
                div .field {
                    label for="list" { "Или вставьте прайс сюда" }
                    textarea #list name=(LIST) rows="10" required aria-describedby="list-help" { (text) }
                    p .help #list-help { "Скопируйте из таблицы три столбца: название, цена, длительность. Или по строке на услугу: «Маникюр; 1200; 60 мин», «Маникюр — 1 200 ₽»." }
                }
            }
            button .button type="submit" { @if text.is_empty() { "Показать, что получится" } @else { "Разобрать заново" } }
        }
    };
    frame(viewer, "Вставить прайс", &heading_under(PATH, "К услугам", "Вставить прайс"), &inside)
}

fn understood(
    viewer: &Viewer,
    document: &Document,
    text: &str,
    lines: &[Line],
    troubles: &[price_list::Trouble],
) -> Markup {
    let count = wall::count(u64::try_from(lines.len()).unwrap_or(u64::MAX), "услуга", "услуги", "услуг");
    let accusative = wall::count(u64::try_from(lines.len()).unwrap_or(u64::MAX), "услугу", "услуги", "услуг");
    let was = |line: &Line| document.services.iter().find(|service| same(&service.name, &line.name));
    html! {
        section .card.stack {
            h2 { "Получится: " (count) }
            @for trouble in troubles { p .problem { (icon("triangle-alert")) span { "Строка " (trouble.number) ": " (trouble.text) } } }
            ul .list.queue {
                @for line in lines {
                    li {
                        (line.name)
                        div .quiet.small {
                            @if line.is_from { "от " }
                            (line.price) "\u{a0}₽ · "
                            @match was(line) {
                                Some(service) => {
                                    (wall::minutes_short(if line.has_duration { line.duration_min } else { service.duration_min }.into())) " · обновится, сейчас " (document_diff::price(service))
                                }
                                None => { (wall::minutes_short(line.duration_min.into())) @if !line.has_duration { " (не указано, взяли час)" } " · новая" }
                            }
                        }
                    }
                }
            }
            @if !lines.is_empty() {
                form method="post" action=(LIST_PATH) {
                    (seen_input(viewer))
                    textarea name=(LIST) hidden { (text) }
                    button .button.main-action type="submit" name=(SURE) value="yes" { "Сохранить " (accusative) }
                }
                p .quiet.small { "Новые услуги сначала делает каждый мастер: снимите лишние галочки на странице услуги. Услуги, которых нет в списке, останутся." }
            }
        }
    }
}
