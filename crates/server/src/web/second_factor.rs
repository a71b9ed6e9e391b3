//! «Второй фактор»: a code of the phone beside the password; switched on, renewed and switched off by its person.

pub mod codes;
mod picture;

use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use nochnik_store::second_factors::{self, Factor};
use nochnik_store::{Sql, people};
use serde::Deserialize;
use tower_sessions::Session;

use self::codes::{Authenticator, Whose, Worth, halves, recovery, recovery_hash, weigh};
use super::look::icon;
use super::origin::Caller;
use super::settings::{alert, frame, heading_under};
use super::viewer::Viewer;
use super::{Shared, Trouble, Web, access, login, throttle, words};

pub const PATH: &str = "/console/second-factor";
/// Key of the salt in a session, until the first code proves that the phone has it.
const BEGUN: &str = "second_factor";

const WRONG_CODE: &str =
    "Код не подходит. Возьмите следующий; если не поможет, проверьте время на телефоне: оно должно выставляться само";
const WRONG_PROOF: &str = "Пароль или код не подходят. Код действует один раз: возьмите следующий";
const REQUIRED: &str = "Ваш бизнес требует второй фактор от всех. Сначала владелец снимает это требование в «Доступе»";

#[derive(Deserialize)]
pub struct CodeForm {
    code: String,
}

#[derive(Deserialize)]
pub struct OffForm {
    password: String,
    code: String,
}

/// `GET /console/second-factor`
pub async fn page(State(web): State<Shared>, viewer: Viewer, session: Session) -> Result<Markup, Trouble> {
    show(&web, &viewer, &session, None).await
}

/// `POST /console/second-factor/begin`: a secret that opens nothing before its first code.
pub async fn begin(viewer: Viewer, session: Session) -> Result<Redirect, Trouble> {
    if !viewer.has_second_factor {
        session.insert(BEGUN, codes::salt()?).await.map_err(|error| Trouble::broken(&error))?;
    }
    Ok(Redirect::to(PATH))
}

/// `POST /console/second-factor/on`: the phone has the secret; whoever entered by the password alone is out.
pub async fn on(
    State(web): State<Shared>,
    viewer: Viewer,
    session: Session,
    Form(form): Form<CodeForm>,
) -> Result<Response, Trouble> {
    let Some(salt) = begun(&session).await?.filter(|_| !viewer.has_second_factor) else {
        return Ok(Redirect::to(PATH).into_response());
    };
    let whose = whose(&viewer);
    let Some(step) = Authenticator::new(&web.key, &whose, &salt).step(&form.code, viewer.now_ms) else {
        return refused(show(&web, &viewer, &session, Some(WRONG_CODE)).await?);
    };
    let codes = recovery()?;
    let hashes = hashes(&web, &whose, &codes);
    let (factor, pass, now_ms) =
        (Factor { salt, last_step: step, since_ms: viewer.now_ms }, viewer.pass.clone(), viewer.now_ms);
    let job = move |sql: &mut dyn Sql| {
        let Whose { business, login } = &whose;
        // A session that was ended while the code was typed shall not live on under a new id.
        let is_here = people::find_session(sql, &pass, now_ms)?.is_some();
        if !is_here || !second_factors::switch_on(sql, business, login, &factor)? {
            return Ok(false);
        }
        second_factors::put_recovery(sql, business, login, &hashes)?;
        people::end_other_sessions(sql, business, login, &pass)?;
        access::note(sql, business, login, "second_factor_on", now_ms)?;
        Ok(true)
    };
    if !web.store.write(job).await? {
        return Ok(Redirect::to(PATH).into_response());
    }
    session.remove::<String>(BEGUN).await.map_err(|error| Trouble::broken(&error))?;
    session.cycle_id().await.map_err(|error| Trouble::broken(&error))?;
    Ok(shown_once(&viewer, &codes).into_response())
}

/// `POST /console/second-factor/codes`: ten new recovery codes for a code of the phone; the old ones are worth nothing.
pub async fn renew(
    State(web): State<Shared>,
    caller: Caller,
    viewer: Viewer,
    session: Session,
    Form(form): Form<CodeForm>,
) -> Result<Response, Trouble> {
    let whose = whose(&viewer);
    if proved(&web, caller, &whose, form.code).await? == Worth::Nothing {
        return refused(show(&web, &viewer, &session, Some(WRONG_CODE)).await?);
    }
    let codes = recovery()?;
    let (hashes, now_ms) = (hashes(&web, &whose, &codes), viewer.now_ms);
    let job = move |sql: &mut dyn Sql| {
        second_factors::put_recovery(sql, &whose.business, &whose.login, &hashes)?;
        access::note(sql, &whose.business, &whose.login, "recovery_codes", now_ms)
    };
    web.store.write(job).await?;
    Ok(shown_once(&viewer, &codes).into_response())
}

/// `POST /console/second-factor/off`: for the password and a code, so that an open page left alone is not enough.
pub async fn off(
    State(web): State<Shared>,
    caller: Caller,
    viewer: Viewer,
    session: Session,
    Form(form): Form<OffForm>,
) -> Result<Response, Trouble> {
    if viewer.salon.document().access.second_factor {
        return refused(show(&web, &viewer, &session, Some(REQUIRED)).await?);
    }
    let whose = whose(&viewer);
    login::slow_down(&web, &whose.business, &whose.login, caller).await?;
    let is_own = login::is_password_of(&web, &whose.business, &whose.login, form.password).await?;
    if !is_own || proved(&web, caller, &whose, form.code).await? == Worth::Nothing {
        return refused(show(&web, &viewer, &session, Some(WRONG_PROOF)).await?);
    }
    let now_ms = viewer.now_ms;
    let job = move |sql: &mut dyn Sql| {
        let Whose { business, login } = &whose;
        second_factors::remove(sql, business, login)?;
        throttle::forgive(sql, business, login)?;
        access::note(sql, business, login, "second_factor_off", now_ms)
    };
    web.store.write(job).await?;
    Ok(Redirect::to(PATH).into_response())
}

/// Weighs a code, as slowly as the password is; a right one is forgotten as a try.
pub async fn proved(web: &Web, caller: Caller, whose: &Whose, typed: String) -> Result<Worth, Trouble> {
    let gate = gate(&whose.login);
    login::slow_down(web, &whose.business, &gate, caller).await?;
    let (key, whose, now_ms) = (web.key.clone(), whose.clone(), web.desk.now().as_millisecond());
    let business = whose.business.clone();
    let job = move |sql: &mut dyn Sql| {
        let worth = weigh(sql, &key, &whose, &typed, now_ms)?;
        if worth != Worth::Nothing {
            throttle::forgive(sql, &whose.business, &gate)?;
        }
        Ok(worth)
    };
    let worth = web.store.write(job).await?;
    if worth == Worth::Nothing {
        tracing::warn!(business.id = %business, "A wrong second factor was given");
    }
    Ok(worth)
}

/// Codes are counted apart from passwords; no login holds a slash.
fn gate(login: &str) -> String {
    format!("{login}/code")
}

fn whose(viewer: &Viewer) -> Whose {
    Whose { business: viewer.business.clone(), login: viewer.login.clone() }
}

fn hashes(web: &Web, whose: &Whose, codes: &[String]) -> Vec<String> {
    codes.iter().map(|code| recovery_hash(&web.key, whose, code)).collect()
}

async fn begun(session: &Session) -> Result<Option<String>, Trouble> {
    session.get::<String>(BEGUN).await.map_err(|error| Trouble::broken(&error))
}

fn refused(page: Markup) -> Result<Response, Trouble> {
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn show(web: &Web, viewer: &Viewer, session: &Session, problem: Option<&str>) -> Result<Markup, Trouble> {
    let begun = begun(session).await?.filter(|_| !viewer.has_second_factor);
    let inside = match begun {
        _ if viewer.has_second_factor => switched_on(web, viewer, problem).await?,
        Some(salt) => setting_up(&Authenticator::new(&web.key, &whose(viewer), &salt), problem),
        None => offer(viewer, problem),
    };
    Ok(frame(viewer, "Второй фактор", &heading_under("/console/logins", "К моим входам", "Второй фактор"), &inside))
}

fn offer(viewer: &Viewer, problem: Option<&str>) -> Markup {
    let is_required = viewer.salon.document().access.second_factor;
    html! {
        section .card.stack {
            @if is_required { p .note.amber { (icon("shield-check")) span { "Ваш бизнес требует второй фактор. Включите его — и кабинет откроется." } } }
            p { "Кроме пароля — шесть цифр из приложения на телефоне. Кто узнает пароль, без вашего телефона не войдёт." }
            p .quiet { "Подойдёт любое приложение для кодов: Яндекс Ключ, Google Authenticator, Aegis, связка паролей телефона." }
            (alert(problem))
            form method="post" action={ (PATH) "/begin" } { button .button.main-action type="submit" { (icon("shield-check")) "Включить" } }
        }
    }
}

fn setting_up(authenticator: &Authenticator, problem: Option<&str>) -> Markup {
    html! {
        section .card.stack {
            h2 { "1. Покажите приложению ключ" }
            p { "Наведите на картинку приложение для кодов." }
            (picture::qr(&authenticator.address(), "Ключ второго фактора картинкой"))
            p { a .button href=(authenticator.address()) { "Открыть в приложении" } }
            p .quiet { "Или введите ключ руками:" }
            p { code .secret { (authenticator.groups()) } }
        }
        form .card.stack method="post" action={ (PATH) "/on" } {
            h2 { "2. Введите код" }
            (code_input("on-code", "Шесть цифр из приложения"))
            (alert(problem))
            button .button.main-action type="submit" { "Подтвердить" }
        }
    }
}

async fn switched_on(web: &Web, viewer: &Viewer, problem: Option<&str>) -> Result<Markup, Trouble> {
    let (business, login) = (viewer.business.clone(), viewer.login.clone());
    let job = move |sql: &mut dyn Sql| {
        Ok((second_factors::get(sql, &business, &login)?, second_factors::recovery_left(sql, &business, &login)?))
    };
    let (factor, left) = web.store.read(job).await?;
    let since = viewer.salon.wall(factor.map_or(0, |factor| factor.since_ms));
    let left = usize::try_from(left).unwrap_or(0);
    Ok(html! {
        section .card.stack {
            p .note.green { (icon("circle-check")) span { "Включён " (words::date(since.date())) "." } }
            p { "Кодов восстановления осталось: " (left) ". Каждый впускает один раз, когда телефона нет под рукой." }
            (alert(problem))
        }
        form .card.stack method="post" action={ (PATH) "/codes" } {
            h2 { "Новые коды восстановления" }
            p .quiet { "Прежние перестанут действовать." }
            (code_input("codes-code", "Шесть цифр из приложения"))
            button .button type="submit" { "Выпустить новые" }
        }
        @if !viewer.salon.document().access.second_factor {
            form .card.stack method="post" action={ (PATH) "/off" } {
                h2 { "Выключить" }
                div .field {
                    label for="off-password" { "Пароль" }
                    input id="off-password" name="password" type="password" autocomplete="current-password" required maxlength="256";
                }
                (code_input("off-code", "Код из приложения или код восстановления"))
                button .button type="submit" { "Выключить второй фактор" }
            }
        }
    })
}

/// A line for a code; `one-time-code` lets a phone offer it.
pub fn code_input(id: &str, label: &str) -> Markup {
    html! {
        div .field {
            label for=(id) { (label) }
            input id=(id) name="code" type="text" autocomplete="one-time-code" autocapitalize="none" spellcheck="false" required maxlength="32";
        }
    }
}

/// The only page that shows recovery codes.
fn shown_once(viewer: &Viewer, codes: &[String]) -> Markup {
    let inside = html! {
        section .card.stack {
            p .note.green { (icon("circle-check")) span { "Готово. При входе после пароля спросим код из приложения." } }
            h2 { "Коды восстановления" }
            p { "Сохраните их сейчас: больше мы их не покажем. Каждый впускает один раз, если телефона нет под рукой." }
            ul .codes { @for code in codes { li { code { (halves(code)) } } } }
            p .quiet { "Запишите на бумаге или в хранилище паролей, не на том же телефоне." }
            a .button.main-action href="/console" { "Я сохранил коды" }
        }
    };
    frame(viewer, "Коды восстановления", &heading_under(PATH, "Ко второму фактору", "Коды восстановления"), &inside)
}
