//! «CRM»: how it is doing, and the owner's consent where it wants one: from the button to the answer of their browser.
//!
//! The session's cookie does not come along from another site, so the way there has a cookie of its own.

use axum::Form;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use nochnik_engine::grants::Addresses;
use nochnik_store::grants::{self, Of};
use serde::Deserialize;
use tower_sessions::Session;

use super::channels::{count_check, to_copy};
use super::framed;
use super::hooks::refuse;
use super::look::{Part, alone, console, icon, mark};
use super::viewer::Viewer;
use super::{Shared, Trouble, Web};
use crate::crm_setup;
use crate::kind_setup::asked;

/// As long as the link itself.
const COOKIE_S: u32 = 600;

/// Key in a session of what the last check said.
const TOLD: &str = "crm";

/// `GET /console/crm`
pub async fn page(State(web): State<Shared>, viewer: Viewer, session: Session) -> Result<Markup, Trouble> {
    let told = session.remove::<Vec<String>>(TOLD).await.map_err(|error| Trouble::broken(&error))?;
    show(&web, &viewer, &Said { told: told.unwrap_or_default(), ..Said::default() }).await
}

/// `POST /console/crm/check`: asks the CRM who we are, and mends what it may.
pub async fn check(State(web): State<Shared>, viewer: Viewer, session: Session) -> Result<Response, Trouble> {
    count_check(&web, &viewer).await?;
    let kind = viewer.salon.document().crm.as_ref().and_then(|crm| crm_setup::kind(&crm.kind));
    let (Some(kind), Some(crm)) = (kind, web.desk.crm(&viewer.business)) else { return Err(Trouble::NotFound) };
    match asked(kind, crm.check()).await {
        Ok(told) => {
            note_told(&session, told).await?;
            Ok(Redirect::to("/console/crm").into_response())
        }
        Err(objection) => {
            let page = show(&web, &viewer, &Said { problem: Some(objection.whole()), ..Said::default() }).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

#[derive(Deserialize)]
pub struct Placing {
    /// `yes`: put there; anything else takes it away.
    there: String,
}

/// `POST /console/crm/page`: puts our page among the portal's own, or takes it away.
pub async fn place(
    State(web): State<Shared>,
    viewer: Viewer,
    session: Session,
    Form(placing): Form<Placing>,
) -> Result<Response, Trouble> {
    count_check(&web, &viewer).await?;
    let kind = viewer.salon.document().crm.as_ref().and_then(|crm| crm_setup::kind(&crm.kind));
    let authorization = web.desk.crm(&viewer.business).and_then(|crm| crm.authorization());
    let (Some(kind), Some(authorization)) = (kind, authorization) else { return Err(Trouble::NotFound) };
    let address = framed::address(&web.place.public_url, &viewer.business);
    let is_there = placing.there == "yes";
    let words = match is_there {
        true => "Страница «Ночник» стоит в разделе аналитики CRM.",
        false => "Страницы «Ночник» в CRM больше нет.",
    };
    let placing = async { authorization.place(&address, is_there).await.map(|()| vec![words.to_owned()]) };
    match asked(kind, placing).await {
        Ok(told) => {
            note_told(&session, told).await?;
            Ok(Redirect::to("/console/crm").into_response())
        }
        Err(objection) => {
            let page = show(&web, &viewer, &Said { problem: Some(objection.whole()), ..Said::default() }).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

/// What the page says once of what was just done.
#[derive(Default)]
struct Said {
    /// Lines of a check that went well.
    told: Vec<String>,
    problem: Option<String>,
    /// Where to go to let us in.
    link: Option<String>,
}

/// Keeps what a check said for the page that comes next.
pub async fn note_told(session: &Session, told: Vec<String>) -> Result<(), Trouble> {
    session.insert(TOLD, told).await.map_err(|error| Trouble::broken(&error))
}

/// `POST /console/crm/connect`: makes the link and marks the browser it is for. The link is followed by hand: a form may
/// not lead to another site.
pub async fn connect(State(web): State<Shared>, viewer: Viewer) -> Result<Response, Trouble> {
    let invitation = web.desk.crm_link(&viewer.business).await?.ok_or(Trouble::NotFound)?;
    let secure = if web.place.is_https() { "; Secure" } else { "" };
    let (name, value) = (cookie_name(&web), &invitation.browser);
    let cookie = format!("{name}={value}; Path=/; Max-Age={COOKIE_S}; SameSite=Lax; HttpOnly{secure}");
    let page = show(&web, &viewer, &Said { link: Some(invitation.link.clone()), ..Said::default() }).await?;
    Ok(([(SET_COOKIE, cookie)], page).into_response())
}

/// `GET /oauth`: the vendor sends the owner's browser back.
pub async fn returned(
    State(web): State<Shared>,
    headers: HeaderMap,
    Query(query): Query<Vec<(String, String)>>,
) -> Response {
    let browser = cookie(&headers, cookie_name(&web)).unwrap_or_default();
    let state = query.iter().find(|(name, _)| name == "state").map_or("", |(_, value)| value);
    let (status, title, text) = match web.desk.crm_redeem(state, browser, &query).await {
        Ok(()) => {
            (StatusCode::OK, "CRM подключена", "Заявки, которые её ждали, уйдут сами в ближайшие минуты.".to_owned())
        }
        Err(why) => (StatusCode::UNPROCESSABLE_ENTITY, "CRM не подключена", why),
    };
    let body = html! {
        div .card.stack {
            span .logo { (icon("moon-star")) "Ночник" }
            h1 { (title) }
            p { (text) }
            a .button.main-action href="/console/crm" { "Открыть кабинет" }
        }
    };
    (status, alone(title, body)).into_response()
}

/// `POST /crm/{business}/{secret}`: what the portal tells of itself; it makes one attempt and waits for seconds.
pub async fn news(
    State(web): State<Shared>,
    Path((business, secret)): Path<(String, String)>,
    body: Bytes,
) -> Response {
    match web.desk.crm_news(&business, &secret, &body).await {
        Ok(()) => StatusCode::OK.into_response(),
        Err(refusal) => refuse(refusal),
    }
}

async fn show(web: &Web, viewer: &Viewer, said: &Said) -> Result<Markup, Trouble> {
    let entry = viewer.salon.document().crm.as_ref();
    let title = entry.map(|entry| crm_setup::title(&entry.kind));
    let is_own = crm_setup::has_own(viewer.salon.document());
    let body = html! {
        main .main #main {
            div .head { h1 { "CRM" } }
            div .stack.narrow {
                @if let Some(problem) = &said.problem { p .note.red role="alert" { (icon("circle-alert")) span { (problem) } } }
                @match title {
                    None => (choice("Сейчас заявки остаются в Ночнике. Подключите CRM, и каждая станет карточкой с перепиской.")),
                    Some(title) => section .card.stack {
                        h2 { (title) }
                        div .row { (state(web, viewer, title)) }
                        @if !said.told.is_empty() { ul .list { @for line in &said.told { li { (line) } } } }
                        div .row {
                            @if is_own {
                                form method="post" action="/console/crm/check" { button .button type="submit" { "Проверить" } }
                                a .button.plain href="/console/crm/edit" { "Изменить" }
                            }
                            a .button.plain href="/console/crm/off" { "Отключить" }
                        }
                    },
                }
                @if title.is_some() && !is_own {
                    (choice("Сейчас подключена учебная: карточки видны только здесь. Подключите свою, и она сменит учебную сразу; отключать ничего не нужно."))
                }
                @if let Some(ours) = web.desk.crm_addresses(&viewer.business) { (consent(web, viewer, &ours, said.link.as_deref()).await?) }
                @if has_place(web, viewer) { (page_there()) }
            }
        }
    };
    Ok(console(viewer, Part::More, "CRM", &body))
}

fn choice(now: &str) -> Markup {
    html! {
        section .card.stack {
            h2 { "Куда отправлять заявки" }
            p .quiet { (now) }
            div .more {
                @for kind in crm_setup::kinds() {
                    a href={ "/console/crm/add/" (kind.name) } { (icon("id-card")) span { (kind.title) } }
                }
            }
        }
    }
}

pub fn heading(words: &str) -> Markup {
    html! {
        div .head.deep {
            a .back href="/console/crm" aria-label="К CRM" { (icon("arrow-left")) }
            h1 { (words) }
        }
    }
}

fn state(web: &Web, viewer: &Viewer, title: &str) -> Markup {
    let health = web.desk.health();
    let is_ours = |(id, why): &&(String, String)| *id == viewer.business && why.starts_with("CRM");
    if let Some((_, why)) = health.unopened.iter().find(is_ours) {
        return html! { (mark("red", "circle-alert", "не открывается")) p { (why) } };
    }
    let way = health.channels.iter().find(|way| way.business == viewer.business && way.title == title);
    match way.and_then(|way| way.trouble.as_ref()) {
        Some((_, why)) => html! { (mark("red", "circle-alert", "не работает")) p { (why) } },
        None => mark("green", "circle-check", "на связи"),
    }
}

/// Where the CRM lets us in by its owner's consent.
async fn consent(web: &Web, viewer: &Viewer, ours: &Addresses, link: Option<&str>) -> Result<Markup, Trouble> {
    let (business, kind) = (viewer.business.clone(), viewer.salon.document().crm.as_ref().map(|crm| crm.kind.clone()));
    let kind = kind.unwrap_or_default();
    let grant = web.store.read(move |sql| grants::get(sql, Of { business: &business, crm: &kind })).await?;
    let words = match &grant {
        None => "Доступа ещё нет. Войдите в CRM как администратор и разрешите Ночнику работать с заявками.",
        Some(grant) if grant.lost_at_ms.is_some() => {
            "Доступ отозван или устарел. Заявки ждут: подключите ещё раз, и они уйдут по порядку."
        }
        Some(_) => "Доступ есть. Подключать заново нужно, только если он пропал или сменилась CRM.",
    };
    Ok(html! {
        section .card.stack {
            h2 { "Доступ" }
            p { (words) }
            @match link {
                Some(link) => {
                    a .button.main-action href=(link) rel="noreferrer" { "Перейти в CRM и разрешить" }
                    p .quiet.small { "Ссылка действует десять минут, один раз и только в этом браузере." }
                },
                None => form method="post" action="/console/crm/connect" {
                    button .button.main-action type="submit" { "Подключить" }
                },
            }
        }
        section .card.stack {
            h2 { "Адреса для карточки приложения" }
            p .quiet.small { "Их вписывают в CRM: " (ours.place) ". Никому их не показывайте." }
            @for (number, (field, address)) in ours.fields.iter().enumerate() {
                (to_copy(&format!("address-{number}"), field, address))
            }
        }
    })
}

fn has_place(web: &Web, viewer: &Viewer) -> bool {
    let authorization = web.desk.crm(&viewer.business).and_then(|crm| crm.authorization());
    authorization.is_some_and(|authorization| authorization.has_place())
}

fn page_there() -> Markup {
    html! {
        section .card.stack {
            h2 { "Аналитика внутри CRM" }
            p { "Числа Ночника открываются прямо в разделе аналитики CRM. Их видят администраторы портала и сотрудники, чей номер в CRM указан в документе (crm_user); деньги там не показываются." }
            form .row method="post" action="/console/crm/page" {
                button .button type="submit" name="there" value="yes" { "Поставить страницу" }
                button .button.plain type="submit" name="there" value="no" { "Убрать" }
            }
        }
    }
}

fn cookie_name(web: &Web) -> &'static str {
    if web.place.is_https() { "__Host-nochnik-crm" } else { "nochnik-crm" }
}

fn cookie<'a>(headers: &'a HeaderMap, wanted: &str) -> Option<&'a str> {
    let lines = headers.get_all(COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == wanted).map(|(_, value)| value)
}
