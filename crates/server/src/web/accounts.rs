//! «Доступ»: who has a login to the console, what is asked of everybody, and taking it away; for the owner alone.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use nochnik_store::api_keys::{self as keys, ApiKey};
use nochnik_store::invitations::Invitation;
use nochnik_store::people::{self, User};
use nochnik_store::{Sql, StoreError, audit, push_devices, second_factors};

use super::look::{icon, mark};
use super::question::Question;
use super::second_factor;
use super::settings::{Filled, follow, frame, heading, problems, save, seen_input};
use super::viewer::{Role, Viewer, person_of};
use super::{Shared, Trouble, Web, access, api_keys, invitations};
use crate::document_change::Deed;

pub const PATH: &str = "/console/access";
/// The tick of the form, and what the journal calls its change.
const SECOND_FACTOR: &str = "second_factor";

/// Who may enter, who shows a code beside the password, who is invited, and by what keys their programs come in.
struct Accounts {
    users: Vec<User>,
    with_factor: Vec<String>,
    invited: Vec<Invitation>,
    keys: Vec<ApiKey>,
}

impl Accounts {
    /// The account of somebody else: one's own is left to its person.
    fn another(&self, viewer: &Viewer, login: &str) -> Option<&User> {
        self.users.iter().find(|user| user.login == login && user.login != viewer.login)
    }

    /// Keys that live.
    fn keys_of(&self, user: &User) -> impl Iterator<Item = &ApiKey> {
        self.keys.iter().filter(|key| key.revoked_at_ms.is_none() && key.person_id == person_of(user))
    }
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

/// `GET /console/access/of/{login}/second-factor`
pub async fn factor_page(
    State(web): State<Shared>,
    viewer: Viewer,
    Path(login): Path<String>,
) -> Result<Markup, Trouble> {
    let accounts = load(&web, &viewer).await?;
    let user = accounts.another(&viewer, &login).filter(|user| accounts.with_factor.contains(&user.login));
    let user = user.ok_or(Trouble::NotFound)?;
    let name = viewer.salon.person(&user.person_id);
    let question = Question {
        title: format!("Снять второй фактор: {name}?"),
        action: path_of(&login, "second-factor"),
        deed: "Снять второй фактор",
        back: (PATH.to_owned(), "К доступу"),
        told: vec![format!(
            "Вход «{login}» закроется на всех устройствах. Чтобы войти снова, хватит пароля: код из приложения больше не понадобится."
        )],
        quiet: "Включить второй фактор заново можно в «Ещё → Мои входы».",
        visits: html! {},
        hidden: Vec::new(),
    };
    Ok(question.page(&viewer, None))
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

/// `GET /console/access/of/{login}/off`
pub async fn close_page(
    State(web): State<Shared>,
    viewer: Viewer,
    Path(login): Path<String>,
) -> Result<Markup, Trouble> {
    let accounts = load(&web, &viewer).await?;
    let user = accounts.another(&viewer, &login).filter(|user| user.is_active).ok_or(Trouble::NotFound)?;
    let mut told =
        vec![format!("Вход «{login}» закроется сразу на всех устройствах, уведомления на них больше не придут.")];
    let titles: Vec<String> = accounts.keys_of(user).map(|key| format!("«{}»", key.title)).collect();
    if !titles.is_empty() {
        told.push(format!("Перестанут работать и ключи доступа этого человека: {}.", titles.join(", ")));
    }
    let question = Question {
        title: format!("Закрыть вход: {}?", viewer.salon.person(&user.person_id)),
        action: path_of(&login, "off"),
        deed: "Закрыть вход",
        back: (PATH.to_owned(), "К доступу"),
        told,
        quiet: if titles.is_empty() {
            "Вход можно открыть снова."
        } else {
            "Вход можно открыть снова, а ключи придётся делать новые."
        },
        visits: html! {},
        hidden: Vec::new(),
    };
    Ok(question.page(&viewer, None))
}

/// `POST /console/access/of/{login}/off`: the login opens nothing, at once and everywhere; nor does any key of its person.
pub async fn close(State(web): State<Shared>, viewer: Viewer, Path(login): Path<String>) -> Result<Response, Trouble> {
    let (actor, now_ms) = (viewer.login.clone(), viewer.now_ms);
    let closing = move |sql: &mut dyn Sql, business: &str, login: &str| {
        let Some(user) = people::user(sql, business, login)?.filter(|user| user.is_active) else { return Ok(false) };
        people::end_sessions(sql, business, login)?;
        push_devices::remove_all(sql, business, &user.person_id)?;
        for key in keys::revoke_of(sql, business, person_of(&user), now_ms)? {
            access::note_about(sql, business, &actor, api_keys::REVOKED, &key, now_ms)?;
        }
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
            keys: keys::list(sql, &business)?,
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

fn path_of(login: &str, act: &str) -> String {
    format!("{PATH}/of/{login}/{act}")
}

fn item(viewer: &Viewer, user: &User, has_factor: bool) -> Markup {
    let role = Role::parse(&user.role).map_or("", Role::title);
    let of = |act: &str| path_of(&user.login, act);
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
                    @if has_factor { a .button href=(of("second-factor")) aria-label={ "Снять второй фактор: " (user.login) } { "Снять второй фактор" } }
                    @if user.is_active { a .button href=(of("off")) aria-label={ "Закрыть вход: " (user.login) } { "Закрыть вход" } }
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
