//! «Доступ»: who has a login to the console, what is asked of everybody, and taking it away; for the owner alone.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use nochnik_store::invitations::Invitation;
use nochnik_store::people::{self, User};
use nochnik_store::{Sql, StoreError, audit, push_devices, second_factors};

use super::look::{icon, mark};
use super::second_factor;
use super::settings::{Filled, follow, frame, heading, problems, save, seen_input};
use super::viewer::{Role, Viewer};
use super::{Shared, Trouble, Web, invitations};
use crate::document_change::Deed;

pub const PATH: &str = "/console/access";
/// The tick of the form, and what the journal calls its change.
const SECOND_FACTOR: &str = "second_factor";

/// Who may enter, who shows a code beside the password, and who is invited.
struct Accounts {
    users: Vec<User>,
    with_factor: Vec<String>,
    invited: Vec<Invitation>,
}

/// `GET /console/access`
pub async fn page(State(web): State<Shared>, viewer: Viewer) -> Result<Markup, Trouble> {
    let accounts = load(&web, &viewer).await?;
    Ok(show(&viewer, &accounts, &Filled::default(), None))
}

/// The page with the link of a fresh invitation, which is shown this once.
pub async fn with_link(web: &Web, viewer: &Viewer, link: &str) -> Result<Markup, Trouble> {
    let accounts = load(web, viewer).await?;
    Ok(show(viewer, &accounts, &Filled::default(), Some(link)))
}

/// `POST /console/access/second-factor`: from now on nobody looks without one; who entered without it is out.
pub async fn demand(
    State(web): State<Shared>,
    viewer: Viewer,
    Form(texts): Form<BTreeMap<String, String>>,
) -> Result<Response, Trouble> {
    let mut filled = Filled { texts, objection: None };
    let is_wanted = filled.is_ticked(SECOND_FACTOR);
    let deed = Deed { action: "access", subject: String::new() };
    filled.objection = save(&web, &viewer, filled.seen(), deed, move |document| {
        document.access.second_factor = is_wanted;
        Ok(())
    })
    .await?;
    if filled.objection.is_none() && is_wanted {
        end_without_factor(&web, &viewer).await?;
    }
    let accounts = load(&web, &viewer).await?;
    follow(&filled, PATH, |filled| Ok(show(&viewer, &accounts, filled, None)))
}

/// `POST /console/access/of/{login}/second-factor`: the phone is lost; whoever holds it is out as well.
pub async fn take_factor(
    State(web): State<Shared>,
    viewer: Viewer,
    Path(login): Path<String>,
) -> Result<Response, Trouble> {
    let taking = |sql: &mut dyn Sql, business: &str, login: &str| {
        people::end_sessions(sql, business, login)?;
        second_factors::remove(sql, business, login)
    };
    of_another(&web, &viewer, login, "second_factor_taken", taking).await
}

/// `POST /console/access/of/{login}/off`: the login opens nothing, at once and everywhere.
pub async fn close(State(web): State<Shared>, viewer: Viewer, Path(login): Path<String>) -> Result<Response, Trouble> {
    let closing = |sql: &mut dyn Sql, business: &str, login: &str| {
        let Some(user) = people::user(sql, business, login)?.filter(|user| user.is_active) else { return Ok(false) };
        people::end_sessions(sql, business, login)?;
        push_devices::remove_all(sql, business, &user.person_id)?;
        people::put_user(sql, business, &User { is_active: false, ..user })?;
        Ok(true)
    };
    of_another(&web, &viewer, login, "login_off", closing).await
}

/// `POST /console/access/of/{login}/on`
pub async fn open(State(web): State<Shared>, viewer: Viewer, Path(login): Path<String>) -> Result<Response, Trouble> {
    let opening = |sql: &mut dyn Sql, business: &str, login: &str| {
        let Some(user) = people::user(sql, business, login)?.filter(|user| !user.is_active) else { return Ok(false) };
        people::put_user(sql, business, &User { is_active: true, ..user })?;
        Ok(true)
    };
    of_another(&web, &viewer, login, "login_on", opening).await
}

/// Does something to a login of the business and says so in the journal, or neither. One's own is left to its person.
async fn of_another(
    web: &Web,
    viewer: &Viewer,
    login: String,
    action: &'static str,
    act: impl Fn(&mut dyn Sql, &str, &str) -> Result<bool, StoreError> + Send + Sync + 'static,
) -> Result<Response, Trouble> {
    if login == viewer.login {
        return Err(Trouble::BadForm("Свой вход меняют в «Моих входах»"));
    }
    let (business, actor, now_ms) = (viewer.business.clone(), viewer.login.clone(), viewer.now_ms);
    let job = move |sql: &mut dyn Sql| {
        if !act(sql, &business, &login)? {
            return Ok(false);
        }
        let entry = audit::NewEntry { at_ms: now_ms, actor: &actor, action, subject: &login, details: "{}" };
        audit::append(sql, &business, &entry)?;
        Ok(true)
    };
    if web.store.write(job).await? { Ok(Redirect::to(PATH).into_response()) } else { Err(Trouble::NotFound) }
}

/// Ends the sessions of those who have no second factor yet; the owner's own page leads to it by itself.
async fn end_without_factor(web: &Web, viewer: &Viewer) -> Result<(), Trouble> {
    let (business, own) = (viewer.business.clone(), viewer.login.clone());
    let job = move |sql: &mut dyn Sql| {
        let with_factor = second_factors::logins(sql, &business)?;
        for user in people::users(sql, &business)? {
            if user.login != own && !with_factor.contains(&user.login) {
                people::end_sessions(sql, &business, &user.login)?;
            }
        }
        Ok(())
    };
    Ok(web.store.write(job).await?)
}

async fn load(web: &Web, viewer: &Viewer) -> Result<Accounts, Trouble> {
    let (business, now_ms) = (viewer.business.clone(), viewer.now_ms);
    let job = move |sql: &mut dyn Sql| {
        Ok(Accounts {
            users: people::users(sql, &business)?,
            with_factor: second_factors::logins(sql, &business)?,
            invited: nochnik_store::invitations::open(sql, &business, now_ms)?,
        })
    };
    Ok(web.store.read(job).await?)
}

fn show(viewer: &Viewer, accounts: &Accounts, filled: &Filled, link: Option<&str>) -> Markup {
    let inside = html! {
        @if let Some(link) = link { (invitations::link_card(link)) }
        section .card {
            h2 { "У кого есть вход" }
            ul .list { @for user in &accounts.users { (item(viewer, user, accounts.with_factor.contains(&user.login))) } }
        }
        (invitations::section(viewer, &accounts.invited))
        (demand_form(viewer, filled))
    };
    frame(viewer, "Доступ", &heading("Доступ"), &inside)
}

fn item(viewer: &Viewer, user: &User, has_factor: bool) -> Markup {
    let role = Role::parse(&user.role).map_or("", Role::title);
    let of = |act: &str| format!("{PATH}/of/{}/{act}", user.login);
    let is_other = user.login != viewer.login;
    html! {
        li .stack {
            div .spread.middle {
                div {
                    h3 { (viewer.salon.person(&user.person_id)) }
                    p .quiet.small { (user.login) " · " (role) @if !is_other { " · это вы" } }
                }
                @if !user.is_active { (mark("", "x", "вход закрыт")) }
                @else if has_factor { (mark("green", "shield-check", "второй фактор")) }
                @else { (mark("", "circle-alert", "только пароль")) }
            }
            @if is_other {
                div .row {
                    @if has_factor { form method="post" action=(of("second-factor")) { button .button type="submit" { "Снять второй фактор" } } }
                    @if user.is_active { form method="post" action=(of("off")) { button .button type="submit" aria-label={ "Закрыть вход: " (user.login) } { "Закрыть вход" } } }
                    @else { form method="post" action=(of("on")) { button .button type="submit" aria-label={ "Открыть снова: " (user.login) } { "Открыть снова" } } }
                }
            }
        }
    }
}

fn demand_form(viewer: &Viewer, filled: &Filled) -> Markup {
    let is_demanded = viewer.salon.document().access.second_factor;
    html! {
        form .card.stack method="post" action={ (PATH) "/second-factor" } {
            (seen_input(viewer))
            (problems(filled))
            h2 { "Второй фактор" }
            label .tick { input type="checkbox" name=(SECOND_FACTOR) value="1" checked[is_demanded]; "Требовать от всех код из приложения" }
            p .quiet { "Без него кабинет не покажет ничего, кроме страницы, где его включают. Кто вошёл без кода, выйдет и войдёт заново." }
            @if !is_demanded && !viewer.has_second_factor {
                p .note.amber { (icon("circle-alert")) span { "У вас самих он выключен: после сохранения включите его первым делом. " a href=(second_factor::PATH) { "Включить сейчас" } } }
            }
            button .button type="submit" { "Сохранить" }
        }
    }
}
