//! The way in and out: `/login`, `/logout`, and `/first` for the first owner.

use axum::Form;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use nochnik_store::{Sql, StoreError, businesses, people, second_factors};
use serde::Deserialize;
use tower_sessions::Session;

use super::look::{alone, icon};
use super::origin::Caller;
use super::push::browser_name;
use super::second_factor::codes::{Whose, Worth};
use super::sessions::{ENTERED, Entered, HALF_WAY, HALF_WAY_MS_MAX, HalfWay};
use super::viewer::{Role, Viewer};
use super::{Shared, Trouble, Web, access, password, second_factor, sessions, throttle};

/// What stands under the line for a new password.
pub const NEW_PASSWORD_HELP: &str = "Не короче 12 знаков; удобнее всего фраза из нескольких слов";
/// The second page of the way in.
const CODE_PATH: &str = "/login/code";
const WRONG_CODE: &str = "Код не подходит или уже был. Возьмите следующий и попробуйте ещё раз";
const WRONG: &str = "Логин или пароль не подходят. Проверьте раскладку и попробуйте ещё раз";

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Wish {
    business: String,
    next: String,
    code: String,
}

#[derive(Deserialize)]
pub struct LoginForm {
    #[serde(default)]
    business: String,
    login: String,
    password: String,
    #[serde(default)]
    next: String,
}

#[derive(Deserialize)]
pub struct CodeForm {
    code: String,
}

#[derive(Deserialize)]
pub struct FirstForm {
    #[serde(default)]
    business: String,
    code: String,
    login: String,
    password: String,
}

/// `GET /login`
pub async fn page(State(web): State<Shared>, Query(wish): Query<Wish>) -> Result<Markup, Trouble> {
    let asks_business = single(&web).await?.is_none();
    Ok(login_page(asks_business, &wish.business, "", &wish.next, None))
}

/// `POST /login`: the same answer, in the same time, for a wrong password and for an unknown login.
pub async fn enter(
    State(web): State<Shared>,
    caller: Caller,
    session: Session,
    headers: HeaderMap,
    Form(form): Form<LoginForm>,
) -> Result<Response, Trouble> {
    let only = single(&web).await?;
    let business = only.clone().unwrap_or_else(|| form.business.trim().to_owned());
    let login = form.login.trim().to_lowercase();
    slow_down(&web, &business, &login, caller).await?;
    let user = user(&web, &business, &login).await?;
    let is_right = is_right(&web, form.password, user.as_ref().map(|user| user.password_hash.clone())).await?;
    if !is_right || !user.is_some_and(|user| user.is_active) {
        tracing::warn!(business.id = %business, "A wrong password was given");
        let page = login_page(only.is_none(), &form.business, &form.login, &form.next, Some(WRONG));
        return Ok((StatusCode::UNAUTHORIZED, page).into_response());
    }
    let browser = browser_name(&headers);
    if has_second_factor(&web, &business, &login).await? {
        let since_ms = web.desk.now().as_millisecond();
        let half_way = HalfWay { business, login, since_ms, browser, next: safe_next(&form.next).to_owned() };
        fresh(&session).await?;
        session.insert(HALF_WAY, half_way).await.map_err(|error| Trouble::broken(&error))?;
        return Ok(Redirect::to(CODE_PATH).into_response());
    }
    welcome(&web, &session, &business, &login, browser).await?;
    Ok(Redirect::to(safe_next(&form.next)).into_response())
}

/// `GET /login/code`: the second page of the way in, for whose password was right a moment ago.
pub async fn code_page(State(web): State<Shared>, session: Session) -> Result<Response, Trouble> {
    Ok(match half_way(&web, &session).await? {
        Some(_) => second_page(None).into_response(),
        None => Redirect::to("/login").into_response(),
    })
}

/// `POST /login/code`
pub async fn enter_code(
    State(web): State<Shared>,
    caller: Caller,
    session: Session,
    Form(form): Form<CodeForm>,
) -> Result<Response, Trouble> {
    let Some(HalfWay { business, login, browser, next, .. }) = half_way(&web, &session).await? else {
        return Ok(Redirect::to("/login").into_response());
    };
    let whose = Whose { business, login };
    if second_factor::proved(&web, caller, &whose, form.code).await? == Worth::Nothing {
        return Ok((StatusCode::UNAUTHORIZED, second_page(Some(WRONG_CODE))).into_response());
    }
    let entered = entered(&web, &whose.business, &whose.login, browser);
    let now_ms = entered.since_ms;
    let greeting = move |sql: &mut dyn Sql| greet(sql, &whose.business, &whose.login, now_ms);
    // Whoever closes the login or changes its password while the code is weighed must find nobody in afterwards.
    let is_in = sessions::exchange(&web, &session, entered, greeting).await?;
    Ok(Redirect::to(if is_in { safe_next(&next) } else { "/login" }).into_response())
}

/// `POST /logout`
pub async fn leave(State(web): State<Shared>, viewer: Viewer, session: Session) -> Result<Redirect, Trouble> {
    let (business, login, now_ms) = (viewer.business, viewer.login, viewer.now_ms);
    web.store.write(move |sql| access::note(sql, &business, &login, "logout", now_ms)).await?;
    session.flush().await.map_err(|error| Trouble::broken(&error))?;
    Ok(Redirect::to("/login"))
}

/// `GET /first`: only shows the form, so that a robot looking at the link spends nothing.
pub async fn first_page(State(web): State<Shared>, Query(wish): Query<Wish>) -> Result<Markup, Trouble> {
    let business = single(&web).await?.unwrap_or(wish.business);
    Ok(first_owner_page(&business, &wish.code, "", None))
}

/// `POST /first`: makes the first owner.
pub async fn first_owner(
    State(web): State<Shared>,
    caller: Caller,
    session: Session,
    headers: HeaderMap,
    Form(form): Form<FirstForm>,
) -> Result<Response, Trouble> {
    let business = single(&web).await?.unwrap_or_else(|| form.business.trim().to_owned());
    let login = form.login.trim().to_lowercase();
    slow_down(&web, &business, "first", caller).await?;
    if let Some(problem) = first_problem(&web, &business, &login, &form).await? {
        let page = first_owner_page(&business, &form.code, &form.login, Some(problem));
        return Ok((StatusCode::BAD_REQUEST, page).into_response());
    }
    let now_ms = web.desk.now().as_millisecond();
    access::set_password(&web.store, &business, &login, Role::Owner, &form.password, now_ms).await?;
    welcome(&web, &session, &business, &login, browser_name(&headers)).await?;
    Ok(Redirect::to("/console").into_response())
}

/// The code is used up last, when nothing else can refuse.
async fn first_problem(
    web: &Web,
    business: &str,
    login: &str,
    form: &FirstForm,
) -> Result<Option<&'static str>, Trouble> {
    if let Some(objection) = access::objection(business, login, &form.password) {
        return Ok(Some(objection));
    }
    let is_accepted = access::accept_code(web, business, &form.code).await?;
    Ok((!is_accepted).then_some("Код не подходит или уже истёк. Перезапустите сервер: он покажет новый"))
}

/// Counts a try of this name from this address; too many wait.
pub async fn slow_down(web: &Web, business: &str, login: &str, caller: Caller) -> Result<(), Trouble> {
    let now_ms = web.desk.now().as_millisecond();
    let (business, login) = (business.to_owned(), login.to_owned());
    let allowed = web.store.write(move |sql| throttle::allow(sql, &business, &login, caller.address, now_ms)).await?;
    allowed.map_err(|wait_ms| Trouble::TooMany { after_s: wait_ms.unsigned_abs().div_ceil(1_000) })
}

async fn user(web: &Web, business: &str, login: &str) -> Result<Option<people::User>, Trouble> {
    let (business, login) = (business.to_owned(), login.to_owned());
    Ok(web.store.read(move |sql| people::user(sql, &business, &login)).await?)
}

/// Whether this is the password of somebody who may enter; the caller has slowed down before.
pub async fn is_password_of(web: &Web, business: &str, login: &str, given: String) -> Result<bool, Trouble> {
    let user = user(web, business, login).await?.filter(|user| user.is_active);
    is_right(web, given, user.map(|user| user.password_hash)).await
}

async fn has_second_factor(web: &Web, business: &str, login: &str) -> Result<bool, Trouble> {
    let (business, login) = (business.to_owned(), login.to_owned());
    Ok(web.store.read(move |sql| second_factors::get(sql, &business, &login)).await?.is_some())
}

/// Who is half-way in, unless that was long ago.
async fn half_way(web: &Web, session: &Session) -> Result<Option<HalfWay>, Trouble> {
    let found = session.get::<HalfWay>(HALF_WAY).await.map_err(|error| Trouble::broken(&error))?;
    let now_ms = web.desk.now().as_millisecond();
    let Some(found) = found.filter(|half_way| now_ms - half_way.since_ms <= HALF_WAY_MS_MAX) else { return Ok(None) };
    let may_enter = user(web, &found.business, &found.login).await?.is_some_and(|user| user.is_active);
    Ok(may_enter.then_some(found))
}

async fn is_right(web: &Web, given: String, hash: Option<String>) -> Result<bool, Trouble> {
    let place = web.bounds.hash().await?;
    let checking = tokio::task::spawn_blocking(move || password::is_right(&given, hash.as_deref()));
    let is_right = checking.await.map_err(|error| Trouble::broken(&error))?;
    drop(place);
    Ok(is_right)
}

/// Opens a fresh session: its id is new, so one planted before is worth nothing.
pub async fn welcome(
    web: &Web,
    session: &Session,
    business: &str,
    login: &str,
    browser: String,
) -> Result<(), Trouble> {
    let entered = entered(web, business, login, browser);
    let (business, login, now_ms) = (business.to_owned(), login.to_owned(), entered.since_ms);
    fresh(session).await?;
    session.insert(ENTERED, entered).await.map_err(|error| Trouble::broken(&error))?;
    Ok(web.store.write(move |sql| greet(sql, &business, &login, now_ms)).await?)
}

fn entered(web: &Web, business: &str, login: &str, browser: String) -> Entered {
    let now_ms = web.desk.now().as_millisecond();
    Entered { business: business.to_owned(), login: login.to_owned(), since_ms: now_ms, seen_ms: now_ms, browser }
}

/// Somebody is in: earlier tries are forgotten, and the journal says so.
fn greet(sql: &mut dyn Sql, business: &str, login: &str, now_ms: i64) -> Result<(), StoreError> {
    throttle::forgive(sql, business, login)?;
    access::note(sql, business, login, "login", now_ms)
}

/// Forgets what the browser brought, its id above all: a flush alone would give the same id out again.
async fn fresh(session: &Session) -> Result<(), Trouble> {
    if session.id().is_none() {
        return Ok(());
    }
    session.clear().await;
    session.cycle_id().await.map_err(|error| Trouble::broken(&error))
}

/// The business when there is only one, so that nobody has to type its name.
async fn single(web: &Web) -> Result<Option<String>, Trouble> {
    let mut ids = web.store.read(businesses::list_ids).await?;
    Ok(if ids.len() == 1 { ids.pop() } else { None })
}

/// Only our own pages are gone to after the login.
fn safe_next(next: &str) -> &str {
    if next.starts_with("/console") && next.bytes().all(|byte| byte.is_ascii_graphic()) { next } else { "/console" }
}

fn login_page(asks_business: bool, business: &str, login: &str, next: &str, problem: Option<&str>) -> Markup {
    alone(
        "Вход",
        html! {
            form .card.stack method="post" action="/login" {
                span .logo { (icon("moon-star")) "Ночник" }
                h1 { "Вход в кабинет" }
                (complaint(problem))
                input type="hidden" name="next" value=(next);
                @if asks_business { (field("business", "Бизнес", "text", business, "organization", Some("Короткое имя латиницей, например lotos"))) }
                (field("login", "Логин", "text", login, "username", None))
                (field("password", "Пароль", "password", "", "current-password", None))
                button .button.main-action type="submit" { "Войти" }
            }
        },
    )
}

fn second_page(problem: Option<&str>) -> Markup {
    alone(
        "Код из приложения",
        html! {
            form .card.stack method="post" action=(CODE_PATH) {
                span .logo { (icon("moon-star")) "Ночник" }
                h1 { "Код из приложения" }
                (complaint(problem))
                (second_factor::code_input("code", "Шесть цифр"))
                p .quiet { "Телефона нет под рукой? Введите один из кодов восстановления. Нет и их — второй фактор снимет владелец." }
                button .button.main-action type="submit" { "Войти" }
                p { a .link href="/login" { "Войти под другим логином" } }
            }
        },
    )
}

fn first_owner_page(business: &str, code: &str, login: &str, problem: Option<&str>) -> Markup {
    alone(
        "Первый вход",
        html! {
            form .card.stack method="post" action="/first" {
                span .logo { (icon("moon-star")) "Ночник" }
                h1 { "Первый вход владельца" }
                p .quiet { "Код показал сервер при запуске. Он действует полчаса и только один раз." }
                (complaint(problem))
                input type="hidden" name="business" value=(business);
                (field("code", "Код", "text", code, "one-time-code", None))
                (field("login", "Логин", "text", login, "username", Some("Латинские буквы и цифры, например roza")))
                (field("password", "Пароль", "password", "", "new-password", Some(NEW_PASSWORD_HELP)))
                button .button.main-action type="submit" { "Создать вход" }
            }
        },
    )
}

pub fn complaint(problem: Option<&str>) -> Markup {
    html! {
        @if let Some(problem) = problem { p .problem role="alert" { (icon("circle-alert")) span { (problem) "." } } }
    }
}

pub fn field(name: &str, label: &str, kind: &str, value: &str, autocomplete: &str, help: Option<&str>) -> Markup {
    html! {
        div .field {
            label for=(name) { (label) }
            input id=(name) name=(name) type=(kind) value=(value) autocomplete=(autocomplete) required maxlength="256";
            @if let Some(help) = help { span .help { (help) } }
        }
    }
}
