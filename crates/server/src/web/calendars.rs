//! «Календари»: where else the time of the business is kept; adding one, changing it, taking it off.

pub mod import;

use std::collections::BTreeMap;

use axum::Form as Posted;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use nochnik_adapters::ports::Kind;
use nochnik_core::business::CalendarEntry;
use nochnik_core::wall;
use tower_sessions::Session;

use super::channels::count_check;
use super::kind_form::{Filled, Form, Off, account_input};
use super::look::{Part, console, icon, mark};
use super::viewer::Viewer;
use super::{Shared, Trouble, Web};
use crate::calendar_import;
use crate::calendar_setup::{self, Wish, title};
use crate::document_change::{By, Objection};
use crate::kind_setup::{ID, asked};

const PAGE: &str = "/console/calendars";
const SPECIALIST: &str = "specialist";
/// Key in a session of what the last check said.
const TOLD: &str = "calendar";

/// `GET /console/calendars`
pub async fn page(State(web): State<Shared>, viewer: Viewer, session: Session) -> Result<Markup, Trouble> {
    let told = session.remove::<Vec<String>>(TOLD).await.map_err(|error| Trouble::broken(&error))?;
    let unopened = web.desk.health().unopened;
    let entries = &viewer.salon.document().calendars;
    let body = html! {
        main .main #main {
            div .head { h1 { "Календари" } }
            div .stack.narrow {
                @if let Some(told) = told { section .card { h2 { "Календарь ответил" } ul .list { @for line in &told { li { (line) } } } } }
                section .card {
                    h2 { "Где ещё ведут ваше время" }
                    @if entries.is_empty() { p .quiet { "Занятое в подключённом календаре Ночник не предложит, а свои записи поставит туда сам." } }
                    ul .list.channels {
                        @for entry in entries {
                            li {
                                div {
                                    a href=(page_of(entry.account())) { (title(&entry.kind)) }
                                    @if entry.id.is_some() { " " span .quiet { (entry.account()) } }
                                    div .quiet.small { (whose(&viewer, entry)) }
                                }
                                (state(&viewer, &unopened, entry))
                            }
                        }
                    }
                }
                section .card {
                    h2 { "Добавить календарь" }
                    div .more {
                        @for kind in calendar_setup::kinds() {
                            a href={ (PAGE) "/add/" (kind.name) } { (icon("calendar-days")) span { (kind.title) } }
                        }
                    }
                }
            }
        }
    };
    Ok(console(&viewer, Part::More, "Календари", &body))
}

/// `GET /console/calendars/add/{kind}`
pub async fn new(viewer: Viewer, Path(kind): Path<String>) -> Result<Markup, Trouble> {
    let kind = calendar_setup::kind(&kind).ok_or(Trouble::NotFound)?;
    Ok(form(&viewer, kind, None, &Asked::default()).page(&viewer))
}

/// `POST /console/calendars/add/{kind}`: «Проверить и подключить».
pub async fn add(
    State(web): State<Shared>,
    viewer: Viewer,
    Path(kind): Path<String>,
    session: Session,
    Posted(form): Posted<Vec<(String, String)>>,
) -> Result<Response, Trouble> {
    let kind = calendar_setup::kind(&kind).ok_or(Trouble::NotFound)?;
    submit(&web, &viewer, kind, None, &session, Asked::read(form)).await
}

/// `GET /console/calendars/of/{account}`
pub async fn edit(viewer: Viewer, Path(account): Path<String>) -> Result<Markup, Trouble> {
    let (kind, entry) = connected(&viewer, &account)?;
    Ok(form(&viewer, kind, Some(entry), &Asked::of(entry)).page(&viewer))
}

/// `POST /console/calendars/of/{account}`: «Проверить и сохранить».
pub async fn renew(
    State(web): State<Shared>,
    viewer: Viewer,
    Path(account): Path<String>,
    session: Session,
    Posted(form): Posted<Vec<(String, String)>>,
) -> Result<Response, Trouble> {
    let (kind, entry) = connected(&viewer, &account)?;
    submit(&web, &viewer, kind, Some(entry), &session, Asked::read(form)).await
}

/// `POST /console/calendars/of/{account}/check`: asks the calendar as it is saved.
pub async fn check(
    State(web): State<Shared>,
    viewer: Viewer,
    Path(account): Path<String>,
    session: Session,
) -> Result<Response, Trouble> {
    let (kind, entry) = connected(&viewer, &account)?;
    count_check(&web, &viewer).await?;
    let mut shown = Asked::of(entry);
    let answer = match calendar_setup::open(&entry.kind, &entry.fields) {
        Ok(calendar) => asked(kind, calendar.check()).await,
        Err(problem) => Err(problem.into()),
    };
    match answer {
        Ok(told) => kept(&session, told).await,
        Err(objection) => {
            shown.filled.objection = Some(objection);
            Ok(form(&viewer, kind, Some(entry), &shown).refused(&viewer))
        }
    }
}

/// `GET /console/calendars/of/{account}/off`: what will not be kept in step any more.
pub async fn off_page(viewer: Viewer, Path(account): Path<String>) -> Result<Markup, Trouble> {
    Ok(off_question(&viewer, &account)?.page(&viewer, None))
}

/// `POST /console/calendars/of/{account}/off`
pub async fn off(State(web): State<Shared>, viewer: Viewer, Path(account): Path<String>) -> Result<Response, Trouble> {
    let question = off_question(&viewer, &account)?;
    Ok(question.follow(&viewer, calendar_setup::off(&web.store, by(&viewer), account).await?))
}

/// What stands in the form.
#[derive(Default)]
struct Asked {
    account: String,
    specialists: Vec<String>,
    filled: Filled,
}

impl Asked {
    fn of(entry: &CalendarEntry) -> Self {
        Self {
            account: entry.account().to_owned(),
            specialists: entry.specialists.clone(),
            filled: Filled::of(&entry.fields),
        }
    }

    /// The boxes of specialists share a name, which a map would keep once.
    fn read(form: Vec<(String, String)>) -> Self {
        let mut specialists = Vec::new();
        let mut texts = BTreeMap::new();
        for (name, text) in form {
            if name == SPECIALIST {
                specialists.push(text);
            } else {
                texts.insert(name, text);
            }
        }
        Self { account: texts.remove(ID).unwrap_or_default(), specialists, filled: Filled::read(texts) }
    }
}

fn connected<'v>(viewer: &'v Viewer, account: &str) -> Result<(&'static Kind, &'v CalendarEntry), Trouble> {
    let entry = calendar_setup::entry(viewer.salon.document(), account).ok_or(Trouble::NotFound)?;
    Ok((calendar_setup::kind(&entry.kind).ok_or(Trouble::NotFound)?, entry))
}

fn by(viewer: &Viewer) -> By<'_> {
    By { business: &viewer.business, actor: &viewer.login, seen: None, now_ms: viewer.now_ms }
}

async fn kept(session: &Session, told: Vec<String>) -> Result<Response, Trouble> {
    session.insert(TOLD, told).await.map_err(|error| Trouble::broken(&error))?;
    Ok(Redirect::to(PAGE).into_response())
}

async fn submit(
    web: &Web,
    viewer: &Viewer,
    kind: &'static Kind,
    base: Option<&CalendarEntry>,
    session: &Session,
    mut asked: Asked,
) -> Result<Response, Trouble> {
    match try_out(web, viewer, kind, base, &asked).await? {
        Ok(told) => kept(session, told).await,
        Err(objection) => {
            asked.filled.objection = Some(objection);
            Ok(form(viewer, kind, base, &asked).refused(viewer))
        }
    }
}

async fn try_out(
    web: &Web,
    viewer: &Viewer,
    kind: &'static Kind,
    base: Option<&CalendarEntry>,
    asked: &Asked,
) -> Result<Result<Vec<String>, Objection>, Trouble> {
    if let Some(unread) = asked.filled.unread(kind).filter(|_| base.is_none()) {
        return Ok(Err(unread));
    }
    count_check(web, viewer).await?;
    let wish = Wish {
        kind,
        account: asked.account.clone(),
        specialists: asked.specialists.clone(),
        typed: asked.filled.typed(),
    };
    let (entry, told) = match calendar_setup::check(viewer.salon.document(), &wish, base).await {
        Ok(checked) => checked,
        Err(objection) => return Ok(Err(objection)),
    };
    Ok(calendar_setup::put(&web.store, by(viewer), entry).await?.map(|_| told))
}

fn form<'a>(viewer: &Viewer, kind: &'static Kind, base: Option<&'a CalendarEntry>, asked: &'a Asked) -> Form<'a> {
    let filled = &asked.filled;
    let action = match base {
        Some(base) => page_of(base.account()),
        None => format!("{PAGE}/add/{}", kind.name),
    };
    let below = html! {
        @if let Some(base) = base {
            @if calendar_import::is_possible(base) { (import_card(&action)) }
            div .row {
                form method="post" action={ (action) "/check" } { button .button.plain type="submit" { "Проверить, ничего не меняя" } }
                a .button.plain href={ (action) "/off" } { "Отключить" }
            }
        }
    };
    Form {
        own: &[ID],
        more: base.is_none().then(|| account_input("Имя календаря", &asked.account, filled)),
        rest: specialists(viewer, asked),
        below,
        ..Form::of(kind, base.map(|base| &base.fields), filled, heading(kind.title), action)
    }
}

/// A form of its own: what stands unsaved in the other one takes no part.
fn import_card(action: &str) -> Markup {
    html! {
        form .card.stack method="post" action={ (action) "/import" } {
            h2 { "Услуги и мастера" }
            p { "Возьмём отсюда услуги с ценой и длительностью, мастеров и кто что делает. Сначала покажем, что изменится." }
            div .row { button .button type="submit" { "Взять услуги и мастеров" } }
        }
    }
}

fn specialists(viewer: &Viewer, asked: &Asked) -> Markup {
    html! {
        section .card {
            fieldset .field {
                legend { "Чьё это время" }
                @for specialist in &viewer.salon.document().specialists {
                    label .tick { input type="checkbox" name=(SPECIALIST) value=(specialist.id) checked[asked.specialists.contains(&specialist.id)]; (specialist.name) }
                }
                p .help { "Если никого не отметить — время всех мастеров" }
            }
        }
    }
}

fn off_question(viewer: &Viewer, account: &str) -> Result<Off<'static>, Trouble> {
    let entry = calendar_setup::entry(viewer.salon.document(), account).ok_or(Trouble::NotFound)?;
    Ok(Off {
        title: "Отключить календарь",
        heading: heading(&format!("Отключить «{}»?", title(&entry.kind))),
        action: format!("{}/off", page_of(account)),
        back: PAGE.to_owned(),
        told: [
            "Занятое в этом календаре Ночник снова сочтёт свободным, а новые записи туда не попадут.",
            "Записи в Ночнике останутся. События, которые он уже поставил в календарь, тоже: удалите их сами, если мешают.",
        ],
    })
}

fn whose(viewer: &Viewer, entry: &CalendarEntry) -> String {
    let document = viewer.salon.document();
    let named = document.specialists.iter().filter(|specialist| entry.specialists.contains(&specialist.id));
    let names: Vec<String> = named.map(|specialist| specialist.name.clone()).collect();
    if names.is_empty() { "время всех мастеров".to_owned() } else { wall::list(&names) }
}

fn state(viewer: &Viewer, unopened: &[(String, String)], entry: &CalendarEntry) -> Markup {
    let head = format!("Календарь {}:", entry.account());
    match unopened.iter().find(|(business, why)| *business == viewer.business && why.starts_with(&head)) {
        Some(_) => mark("red", "circle-alert", "не открывается"),
        None => mark("green", "circle-check", "подключён"),
    }
}

fn heading(words: &str) -> Markup {
    html! {
        div .head.deep {
            a .back href=(PAGE) aria-label="К календарям" { (icon("arrow-left")) }
            h1 { (words) }
        }
    }
}

fn page_of(account: &str) -> String {
    format!("{PAGE}/of/{account}")
}
