//! «Сменить пароль»: everybody changes their own, for the one they have now.

use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use nochnik_store::{Sql, StoreError, people, push_devices};
use serde::Deserialize;
use tower_sessions::Session;

use super::login::{self, NEW_PASSWORD_HELP, complaint, field};
use super::look::icon;
use super::origin::Caller;
use super::settings::{frame, heading_under};
use super::viewer::Viewer;
use super::{Shared, Trouble, Web, access, password, throttle};

pub const PATH: &str = "/console/password";

const WRONG: &str = "Нынешний пароль не подходит";
const SAME: &str = "Это нынешний пароль. Придумайте другой";

#[derive(Deserialize)]
pub struct PasswordForm {
    current: String,
    wanted: String,
}

/// `GET /console/password`
pub async fn page(viewer: Viewer) -> Markup {
    form(&viewer, None)
}

/// `POST /console/password`: whoever entered by the old one is out, this browser stays.
pub async fn change(
    State(web): State<Shared>,
    caller: Caller,
    viewer: Viewer,
    session: Session,
    Form(typed): Form<PasswordForm>,
) -> Result<Response, Trouble> {
    let again = |problem| Ok((StatusCode::UNPROCESSABLE_ENTITY, form(&viewer, Some(problem))).into_response());
    login::slow_down(&web, &viewer.business, &viewer.login, caller).await?;
    let is_same = typed.current == typed.wanted;
    if !login::is_password_of(&web, &viewer.business, &viewer.login, typed.current).await? {
        return again(WRONG);
    }
    if let Some(objection) = access::objection(&viewer.business, &viewer.login, &typed.wanted) {
        return again(objection);
    }
    if is_same {
        return again(SAME);
    }
    put(&web, &viewer, typed.wanted).await?;
    session.cycle_id().await.map_err(|error| Trouble::broken(&error))?;
    Ok(changed(&viewer).into_response())
}

/// Everything that the old password opened ends with it: other sessions, and pushes to whatever device.
async fn put(web: &Web, viewer: &Viewer, wanted: String) -> Result<(), Trouble> {
    let place = web.bounds.hash().await?;
    let hashing = tokio::task::spawn_blocking(move || password::hash(&wanted));
    let password_hash = hashing.await.map_err(|error| Trouble::broken(&error))??;
    drop(place);
    let (business, login, pass) = (viewer.business.clone(), viewer.login.clone(), viewer.pass.clone());
    let now_ms = viewer.now_ms;
    let job = move |sql: &mut dyn Sql| {
        let Some(user) = people::user(sql, &business, &login)? else {
            return Err(StoreError::Stale { table: "users".into() });
        };
        let person = user.person_id.clone();
        people::put_user(sql, &business, &people::User { password_hash: password_hash.clone(), ..user })?;
        people::end_other_sessions(sql, &business, &login, &pass)?;
        push_devices::remove_all(sql, &business, &person)?;
        throttle::forgive(sql, &business, &login)?;
        access::note(sql, &business, &login, "password", now_ms)
    };
    Ok(web.store.write(job).await?)
}

fn form(viewer: &Viewer, problem: Option<&str>) -> Markup {
    let inside = html! {
        form .card.stack method="post" action=(PATH) {
            // A keeper of passwords sees whose it is.
            input type="hidden" autocomplete="username" value=(viewer.login);
            (field("current", "Нынешний пароль", "password", "", "current-password", None))
            (field("wanted", "Новый пароль", "password", "", "new-password", Some(NEW_PASSWORD_HELP)))
            (complaint(problem))
            button .button.main-action type="submit" { "Сменить пароль" }
            p .quiet.small { "Все входы, кроме этого, закончатся, уведомления на телефонах выключатся." }
        }
    };
    show(viewer, &inside)
}

fn changed(viewer: &Viewer) -> Markup {
    let inside = html! {
        section .card.stack {
            p .note.green { (icon("circle-check")) span { "Пароль сменён. Другие входы закончены." } }
            @if viewer.may_do("/console/push") {
                p { "Уведомления на телефонах выключены: на своём включите их снова." }
                p { a .button.main-action href="/console/more#push" { (icon("bell-ring")) "К уведомлениям" } }
            }
        }
    };
    show(viewer, &inside)
}

fn show(viewer: &Viewer, inside: &Markup) -> Markup {
    frame(viewer, "Смена пароля", &heading_under("/console/logins", "К моим входам", "Смена пароля"), inside)
}
