//! Invitations: an owner makes a link for somebody of the staff; who opens it chooses a login and a password and is in.
//!
//! The business follows from the link alone. A link that is used, old, taken back or invented looks the same.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use nochnik_core::wall;
use nochnik_store::invitations::{self, Invitation};
use nochnik_store::people::{self, User};
use nochnik_store::{Sql, StoreError};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use tower_sessions::Session;

use super::assets::hex;
use super::channels::to_copy;
use super::login::{NEW_PASSWORD_HELP, complaint, field};
use super::look::{alone, icon};
use super::origin::Caller;
use super::push::browser_name;
use super::salon::Salon;
use super::viewer::{Role, Viewer};
use super::{Shared, Trouble, Web, access, accounts, login, password, throttle, words};
use crate::key::random_bytes;

/// A link works so long.
const LINK_MS: i64 = 7 * 24 * 3_600_000;
/// Links of one business that are open at once; more than a staff needs.
const OPEN_MAX: usize = 30;
/// What an owner may make somebody, the commonest first.
const ROLES: [(Role, &str); 4] = [
    (Role::Manager, "Менеджер: отвечает клиентам, ведёт заявки и записи"),
    (Role::Observer, "Наблюдатель: только смотрит"),
    (Role::Integrator, "Интегратор: настраивает, клиентов не видит"),
    (Role::Owner, "Владелец: может всё"),
];
const TAKEN: &str = "Такой логин уже есть. Придумайте другой";

#[derive(Deserialize)]
pub struct InviteForm {
    role: String,
    #[serde(default)]
    person: String,
}

#[derive(Deserialize)]
pub struct AcceptForm {
    login: String,
    password: String,
}

/// What came of pressing «Войти» behind a link.
enum Came {
    In,
    Gone,
    LoginTaken,
}

/// `POST /console/access/invite`: the link is shown once.
pub async fn invite(
    State(web): State<Shared>,
    viewer: Viewer,
    Form(form): Form<InviteForm>,
) -> Result<Markup, Trouble> {
    let role = ROLES.iter().find(|(role, _)| role.word() == form.role).ok_or(Trouble::BadForm("Выберите роль"))?.0;
    let is_known = viewer.salon.document().people.iter().any(|person| person.id == form.person);
    if !form.person.is_empty() && !is_known {
        return Err(Trouble::BadForm("Этого человека среди дежурных нет"));
    }
    let (token, id) = (hex(&random_bytes::<20>()?), hex(&random_bytes::<8>()?));
    let (business, actor, now_ms, hash) =
        (viewer.business.clone(), viewer.login.clone(), viewer.now_ms, token_hash(&token));
    let invitation = Invitation {
        id,
        role: role.word().to_owned(),
        person_id: form.person,
        invited_by: actor.clone(),
        created_at_ms: now_ms,
        expires_at_ms: now_ms + LINK_MS,
    };
    let job = move |sql: &mut dyn Sql| {
        if invitations::open(sql, &business, now_ms)?.len() >= OPEN_MAX {
            return Ok(false);
        }
        invitations::put(sql, &business, &hash, &invitation)?;
        access::note_about(sql, &business, &actor, "invite", &invitation.role, now_ms)?;
        Ok(true)
    };
    if !web.store.write(job).await? {
        return Err(Trouble::BadForm("Приглашений уже слишком много. Отзовите лишние"));
    }
    let link = format!("{}/invite/{token}", web.place.public_url);
    accounts::with_link(&web, &viewer, &link).await
}

/// `POST /console/access/invitations/{id}/off`
pub async fn revoke(State(web): State<Shared>, viewer: Viewer, Path(id): Path<String>) -> Result<Redirect, Trouble> {
    let (business, actor, now_ms) = (viewer.business, viewer.login, viewer.now_ms);
    let job = move |sql: &mut dyn Sql| {
        if !invitations::revoke(sql, &business, &id)? {
            return Ok(false);
        }
        access::note_about(sql, &business, &actor, "invite_off", "", now_ms)?;
        Ok(true)
    };
    if web.store.write(job).await? { Ok(Redirect::to(accounts::PATH)) } else { Err(Trouble::NotFound) }
}

/// `GET /invite/{token}`: only shows the form, so that a robot looking at the link spends nothing.
pub async fn page(State(web): State<Shared>, caller: Caller, Path(token): Path<String>) -> Result<Response, Trouble> {
    slow_down(&web, caller).await?;
    match find(&web, &token).await? {
        Some((salon, invitation)) => Ok(form_page(&salon, &invitation, "", None).into_response()),
        None => Ok(gone()),
    }
}

/// `POST /invite/{token}`
pub async fn accept(
    State(web): State<Shared>,
    caller: Caller,
    session: Session,
    headers: HeaderMap,
    Path(token): Path<String>,
    Form(form): Form<AcceptForm>,
) -> Result<Response, Trouble> {
    slow_down(&web, caller).await?;
    let Some((salon, invitation)) = find(&web, &token).await? else { return Ok(gone()) };
    let business = salon.document().id.clone();
    let login = form.login.trim().to_lowercase();
    let again = |problem| {
        let page = form_page(&salon, &invitation, &login, Some(problem));
        Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
    };
    if let Some(problem) = access::objection(&business, &login, &form.password) {
        return again(problem);
    }
    match come_in(&web, &business, &token, &invitation, &login, form.password).await? {
        Came::Gone => Ok(gone()),
        Came::LoginTaken => again(TAKEN),
        Came::In => {
            login::welcome(&web, &session, &business, &login, browser_name(&headers)).await?;
            Ok(Redirect::to("/console").into_response())
        }
    }
}

/// Makes the login and uses the link up, or neither.
async fn come_in(
    web: &Web,
    business: &str,
    token: &str,
    invitation: &Invitation,
    login: &str,
    new_password: String,
) -> Result<Came, Trouble> {
    let place = web.bounds.hash().await?;
    let hashing = tokio::task::spawn_blocking(move || password::hash(&new_password));
    let password_hash = hashing.await.map_err(|error| Trouble::broken(&error))??;
    drop(place);
    let person_id = Some(&invitation.person_id).filter(|id| !id.is_empty()).map_or(login, String::as_str).to_owned();
    let now_ms = web.desk.now().as_millisecond();
    let (login, role) = (login.to_owned(), invitation.role.clone());
    let user = User { login, password_hash, role, person_id, created_at_ms: now_ms, is_active: true };
    let (business, hash) = (business.to_owned(), token_hash(token));
    let job = move |sql: &mut dyn Sql| {
        if !invitations::accept(sql, &hash, &user.login, now_ms)? {
            return Ok(Came::Gone);
        }
        if !people::add_user(sql, &business, &user)? {
            return Err(StoreError::Stale { table: "users".into() });
        }
        access::note_about(sql, &business, &user.login, "invite_accept", &user.login, now_ms)?;
        Ok(Came::In)
    };
    match web.store.write(job).await {
        Err(StoreError::Stale { .. }) => Ok(Came::LoginTaken),
        came => Ok(came?),
    }
}

/// The open invitation of a link, and its business.
async fn find(web: &Web, token: &str) -> Result<Option<(Salon, Invitation)>, Trouble> {
    let (hash, now_ms) = (token_hash(token), web.desk.now().as_millisecond());
    let found = web.store.read(move |sql: &mut dyn Sql| invitations::find(sql, &hash, now_ms)).await?;
    let Some((business, invitation)) = found else { return Ok(None) };
    Ok(Salon::load(web, &business).await?.map(|salon| (salon, invitation)))
}

/// A token has 160 bits: only the address is counted, or a stranger could shut the door for the invited.
async fn slow_down(web: &Web, caller: Caller) -> Result<(), Trouble> {
    let now_ms = web.desk.now().as_millisecond();
    let allowed = web.store.write(move |sql| throttle::allow_address(sql, caller.address, now_ms)).await?;
    allowed.map_err(|wait_ms| Trouble::TooMany { after_s: wait_ms.unsigned_abs().div_ceil(1_000) })
}

fn token_hash(token: &str) -> String {
    hex(&Sha256::digest(token))
}

/// The form of an owner, and the invitations that are open.
pub fn section(viewer: &Viewer, open: &[Invitation]) -> Markup {
    html! {
        form .card.stack method="post" action={ (accounts::PATH) "/invite" } {
            h2 { "Пригласить" }
            fieldset .field {
                legend { "Кем" }
                @for (at, (role, words)) in ROLES.iter().enumerate() {
                    label .tick { input type="radio" name="role" value=(role.word()) checked[at == 0]; (words) }
                }
            }
            @if !viewer.salon.document().people.is_empty() {
                div .field {
                    label for="person" { "Кто это из дежурных" }
                    select id="person" name="person" {
                        option value="" { "Не из них" }
                        @for person in &viewer.salon.document().people { option value=(person.id) { (person.name) } }
                    }
                }
            }
            button .button.main-action type="submit" { (icon("send-horizontal")) "Получить ссылку" }
        }
        @if !open.is_empty() {
            section .card {
                h2 { "Ждут ответа" }
                ul .list { @for invitation in open { (item(viewer, invitation)) } }
            }
        }
    }
}

fn item(viewer: &Viewer, invitation: &Invitation) -> Markup {
    let role = Role::parse(&invitation.role).map_or("", Role::title);
    let until = viewer.salon.wall(invitation.expires_at_ms);
    html! {
        li .spread.middle {
            div {
                h3 { @if invitation.person_id.is_empty() { (wall::capitalised(role)) } @else { (viewer.salon.person(&invitation.person_id)) ", " (role) } }
                p .quiet.small { "до " (words::date(until.date())) ", " (words::clock(until.time())) " · пригласил " (invitation.invited_by) }
            }
            form method="post" action={ (accounts::PATH) "/invitations/" (invitation.id) "/off" } { button .button type="submit" { "Отозвать" } }
        }
    }
}

/// The only page that shows a link.
pub fn link_card(link: &str) -> Markup {
    html! {
        section .card.stack {
            h2 { "Ссылка готова" }
            p { "Отправьте её человеку сами: она действует неделю и один раз, больше мы её не покажем." }
            (to_copy("link", "Ссылка", link))
        }
    }
}

fn form_page(salon: &Salon, invitation: &Invitation, login: &str, problem: Option<&str>) -> Markup {
    let role = Role::parse(&invitation.role).map_or("", Role::title);
    alone(
        "Приглашение",
        html! {
            form .card.stack method="post" {
                span .logo { (icon("moon-star")) "Ночник" }
                h1 { (salon.document().name) }
                p {
                    @if !invitation.person_id.is_empty() { (salon.person(&invitation.person_id)) ", вас" } @else { "Вас" }
                    " приглашают в кабинет. Роль: " (role) "."
                }
                (complaint(problem))
                (field("login", "Логин", "text", login, "username", Some("Латинские буквы и цифры, например marina")))
                (field("password", "Пароль", "password", "", "new-password", Some(NEW_PASSWORD_HELP)))
                button .button.main-action type="submit" { "Войти" }
            }
        },
    )
}

fn gone() -> Response {
    let page = alone(
        "Приглашение",
        html! {
            div .card.stack {
                span .logo { (icon("moon-star")) "Ночник" }
                h1 { "Приглашение не действует" }
                p .quiet { "Ссылка работает неделю и один раз. Попросите владельца прислать новую." }
                a .button href="/login" { "У меня уже есть вход" }
            }
        },
    );
    (StatusCode::NOT_FOUND, page).into_response()
}
