//! «Мои входы»: where a person is signed in, and the way to end it; the owner ends those of others, too.

use axum::extract::{Path, State};
use axum::response::Redirect;
use maud::{Markup, html};
use nochnik_store::people::{self, Session, User};
use nochnik_store::{Sql, StoreError, audit};

use super::look::{Part, console, icon, mark};
use super::sessions::{Entered, entered};
use super::settings::heading_under;
use super::viewer::{Role, Viewer, is_fresh};
use super::{Shared, Trouble, Web, own_password, second_factor, words};

const PATH: &str = "/console/logins";

/// A session that still lets its person in.
struct Live {
    /// Hash of its id, which opens nothing.
    id: String,
    entered: Entered,
}

/// `GET /console/logins`
pub async fn page(State(web): State<Shared>, viewer: Viewer) -> Result<Markup, Trouble> {
    let (own, others): (Vec<_>, Vec<_>) =
        live(&web, &viewer).await?.into_iter().partition(|live| live.entered.login == viewer.login);
    let body = html! {
        main .main #main {
            (heading_under("/console/more", "К разделам", "Мои входы"))
            div .stack.narrow {
                section .card {
                    ul .list.queue { @for live in &own { (item(&viewer, live)) } }
                    @if own.len() > 1 {
                        form .more method="post" action={ (PATH) "/others" } {
                            button type="submit" { (icon("log-out")) "Закончить все, кроме этого" }
                        }
                    }
                }
                nav .card.more aria-label="Вход" {
                    a href=(own_password::PATH) { (icon("rotate-ccw")) "Сменить пароль" }
                    a href=(second_factor::PATH) {
                        (icon("shield-check")) span { "Второй фактор" @if viewer.has_second_factor { " · включён" } @else { " · выключен" } }
                    }
                }
                p .quiet.small { "Не узнаёте вход — закончите его и смените пароль. Уведомления на том устройстве выключаются в «Ещё»." }
                @if viewer.may_do("/console/logins/of/{login}/end") { (of_others(&viewer, &others)) }
            }
        }
    };
    Ok(console(&viewer, Part::More, "Мои входы", &body))
}

/// `POST /console/logins/{id}/end`: one's own, and for the owner anybody's of the business.
pub async fn end(State(web): State<Shared>, viewer: Viewer, Path(id): Path<String>) -> Result<Redirect, Trouble> {
    let found = live(&web, &viewer).await?.into_iter().find(|live| live.id == id).ok_or(Trouble::NotFound)?;
    if found.id == viewer.pass {
        return Err(Trouble::BadForm("Этот вход заканчивается кнопкой «Выйти»"));
    }
    let login = found.entered.login;
    write_down(&web, &viewer, "session_end", &login, move |sql| people::end_session(sql, &found.id)).await
}

/// `POST /console/logins/others`
pub async fn end_others(State(web): State<Shared>, viewer: Viewer) -> Result<Redirect, Trouble> {
    let (business, login, pass) = (viewer.business.clone(), viewer.login.clone(), viewer.pass.clone());
    let ending = move |sql: &mut dyn Sql| people::end_other_sessions(sql, &business, &login, &pass).map(drop);
    write_down(&web, &viewer, "sessions_end", &viewer.login, ending).await
}

/// `POST /console/logins/of/{login}/end`: everywhere the person is signed in; the owner's own page stays open.
pub async fn end_all(
    State(web): State<Shared>,
    viewer: Viewer,
    Path(login): Path<String>,
) -> Result<Redirect, Trouble> {
    let (business, wanted) = (viewer.business.clone(), login.clone());
    let known = web.store.read(move |sql: &mut dyn Sql| people::user(sql, &business, &wanted)).await?;
    known.ok_or(Trouble::NotFound)?;
    let (business, wanted, pass) = (viewer.business.clone(), login.clone(), viewer.pass.clone());
    let ending = move |sql: &mut dyn Sql| people::end_other_sessions(sql, &business, &wanted, &pass).map(drop);
    write_down(&web, &viewer, "sessions_end", &login, ending).await
}

/// Ends them and says so in the journal, or neither.
async fn write_down(
    web: &Web,
    viewer: &Viewer,
    action: &'static str,
    subject: &str,
    ending: impl Fn(&mut dyn Sql) -> Result<(), StoreError> + Send + Sync + 'static,
) -> Result<Redirect, Trouble> {
    let (business, actor, now_ms) = (viewer.business.clone(), viewer.login.clone(), viewer.now_ms);
    let subject = subject.to_owned();
    let job = move |sql: &mut dyn Sql| {
        ending(sql)?;
        let entry = audit::NewEntry { at_ms: now_ms, actor: &actor, action, subject: &subject, details: "{}" };
        audit::append(sql, &business, &entry)
    };
    web.store.write(job).await?;
    Ok(Redirect::to(PATH))
}

/// The sessions that the viewer may see: one's own, and for the owner all of the business.
async fn live(web: &Web, viewer: &Viewer) -> Result<Vec<Live>, Trouble> {
    let (business, now_ms) = (viewer.business.clone(), viewer.now_ms);
    let login = (!viewer.may_do("/console/logins/of/{login}/end")).then(|| viewer.login.clone());
    let job = move |sql: &mut dyn Sql| {
        Ok((people::sessions(sql, &business, login.as_deref(), now_ms)?, people::users(sql, &business)?))
    };
    let (sessions, users) = web.store.read(job).await?;
    Ok(sessions.into_iter().filter_map(|session| alive(session, &users, now_ms)).collect())
}

/// A session that its person has left unused for long opens nothing any more.
fn alive(session: Session, users: &[User], now_ms: i64) -> Option<Live> {
    let entered = entered(&session)?;
    let user = users.iter().find(|user| user.login == entered.login && user.is_active)?;
    let is_fresh = is_fresh(&entered, Role::parse(&user.role)?, now_ms);
    is_fresh.then_some(Live { id: session.id_hash, entered })
}

fn item(viewer: &Viewer, live: &Live) -> Markup {
    let now = viewer.salon.wall(viewer.now_ms);
    let since = viewer.salon.wall(live.entered.since_ms);
    let is_this = live.id == viewer.pass;
    html! {
        li {
            div .spread.middle {
                div {
                    h3 { @if live.entered.browser.is_empty() { "Браузер" } @else { (live.entered.browser) } }
                    p .quiet.small {
                        "Вход: " (words::near_day(since.date(), now.date()).to_lowercase()) ", " (words::clock(since.time()))
                        @if !is_this { " · пользовались " (words::ago(viewer.now_ms - live.entered.seen_ms)) }
                    }
                }
                @if is_this { (mark("green", "circle-check", "вы здесь")) }
                @else {
                    form method="post" action={ (PATH) "/" (live.id) "/end" } { button .button type="submit" { "Закончить" } }
                }
            }
        }
    }
}

fn of_others(viewer: &Viewer, others: &[Live]) -> Markup {
    let mut logins: Vec<&str> = others.iter().map(|live| live.entered.login.as_str()).collect();
    logins.sort_unstable();
    logins.dedup();
    html! {
        h2 { "Входы сотрудников" }
        @if logins.is_empty() { p .quiet { "Сейчас больше никто не вошёл." } }
        @for login in logins {
            @let own: Vec<_> = others.iter().filter(|live| live.entered.login == login).collect();
            section .card {
                h2 { (viewer.salon.person(login)) }
                ul .list.queue { @for live in &own { (item(viewer, live)) } }
                @if own.len() > 1 {
                    form .more method="post" action={ (PATH) "/of/" (login) "/end" } {
                        button type="submit" { (icon("log-out")) "Закончить все" }
                    }
                }
            }
        }
    }
}
