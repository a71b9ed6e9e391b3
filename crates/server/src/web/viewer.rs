//! Who looks at the console, and whether they may act.

use axum::extract::FromRequestParts;
use axum::http::header::{ACCEPT, COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use nochnik_store::{people, second_factors};
use tower_sessions::Session;

use super::salon::Salon;
use super::sessions::{ENTERED, Entered, IDLE_MS_MAX, OWNER_SESSION_MS_MAX, SEEN_STEP_MS, entered, id_hash};
use super::settings::SAVED;
use super::{Shared, Trouble, Web, doors, second_factor};

/// Name of the cookie with the chosen theme; not a secret.
pub const THEME_COOKIE: &str = "theme";

/// What a login may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Owner,
    Manager,
    /// Looks and touches nothing.
    Observer,
    /// Sets Nochnik up and sees no client: a technician of an agency.
    Integrator,
}

impl Role {
    /// Reads the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "owner" => Some(Self::Owner),
            "manager" => Some(Self::Manager),
            "observer" => Some(Self::Observer),
            "integrator" => Some(Self::Integrator),
            _ => None,
        }
    }

    /// The stored word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Manager => "manager",
            Self::Observer => "observer",
            Self::Integrator => "integrator",
        }
    }

    /// As the person reads it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Owner => "владелец",
            Self::Manager => "менеджер",
            Self::Observer => "наблюдатель",
            Self::Integrator => "интегратор",
        }
    }
}

/// Somebody signed in. The business comes from the session alone, never from the request.
pub struct Viewer {
    pub business: String,
    pub login: String,
    /// The person of the roster behind the login; the login itself when there is none.
    pub person: String,
    pub role: Role,
    /// Whether a code of the phone is asked for beside the password.
    pub has_second_factor: bool,
    pub salon: Salon,
    pub theme: &'static str,
    pub now_ms: i64,
    /// The page follows a form that was saved.
    pub has_saved: bool,
    /// Hash of the session's id, to see later whether it still lives.
    pub pass: String,
}

impl FromRequestParts<Shared> for Viewer {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, web: &Shared) -> Result<Self, Trouble> {
        let session = parts.extensions.get::<Session>().cloned().ok_or_else(|| sign_in(parts))?;
        let entered = session.get::<Entered>(ENTERED).await.map_err(|error| Trouble::broken(&error))?;
        let entered = entered.ok_or_else(|| sign_in(parts))?;
        let pass = session.id().as_ref().map(id_hash).ok_or_else(|| sign_in(parts))?;
        let now_ms = web.desk.now().as_millisecond();
        let (user, has_second_factor) = active_user(web, &entered).await?;
        let role = user.as_ref().and_then(|user| Role::parse(&user.role));
        let (Some(user), Some(role)) = (user, role.filter(|role| is_fresh(&entered, *role, now_ms))) else {
            session.flush().await.map_err(|error| Trouble::broken(&error))?;
            return Err(sign_in(parts));
        };
        note_use(&session, &entered, now_ms).await?;
        let salon = Salon::load(web, &entered.business).await?.ok_or_else(|| sign_in(parts))?;
        if salon.document().access.second_factor && !has_second_factor && !is_set_up(parts.uri.path()) {
            return Err(Trouble::SecondFactor { is_page: is_page(parts) });
        }
        if !doors::is_open(parts, role) {
            return Err(closed(parts));
        }
        Ok(Self {
            person: person_of(&user).to_owned(),
            business: entered.business,
            login: entered.login,
            role,
            has_second_factor,
            salon,
            theme: theme(&parts.headers),
            now_ms,
            has_saved: parts.method == Method::GET && parts.uri.query() == Some(SAVED),
            pass,
        })
    }
}

impl Viewer {
    /// Whether a page is open to the viewer, by its address in the table of doors.
    pub fn may_open(&self, path: &str) -> bool {
        doors::lets("get", path, self.role)
    }

    /// The same for what a form does.
    pub fn may_do(&self, path: &str) -> bool {
        doors::lets("post", path, self.role)
    }

    /// Tells whether the session behind an open stream still lives and its user may still look, as a request would ask.
    pub async fn is_still_here(&self, web: &Web) -> Result<bool, Trouble> {
        let now_ms = web.desk.now().as_millisecond();
        let (pass, business, login) = (self.pass.clone(), self.business.clone(), self.login.clone());
        let job = move |sql: &mut dyn nochnik_store::Sql| {
            Ok((people::find_session(sql, &pass, now_ms)?, people::user(sql, &business, &login)?))
        };
        let (session, user) = web.store.read(job).await?;
        let entered = session.as_ref().and_then(entered);
        let role = user.filter(|user| user.is_active).and_then(|user| Role::parse(&user.role));
        // Another role sees other things: its page is opened anew.
        Ok(entered.zip(role).is_some_and(|(entered, role)| role == self.role && is_fresh(&entered, role, now_ms)))
    }
}

/// The person of the roster behind a login; the login itself when there is none.
pub fn person_of(user: &people::User) -> &str {
    if user.person_id.is_empty() { &user.login } else { &user.person_id }
}

/// The chosen theme; `auto` follows the device.
pub fn theme(headers: &HeaderMap) -> &'static str {
    let cookies = headers.get_all(COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let chosen = cookies.flat_map(|line| line.split(';')).find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == THEME_COOKIE).then_some(value)
    });
    match chosen {
        Some("light") => "light",
        Some("dark") => "dark",
        _ => "auto",
    }
}

/// The user who may enter, and whether a second factor stands behind the login.
async fn active_user(web: &Web, entered: &Entered) -> Result<(Option<people::User>, bool), Trouble> {
    let (business, login) = (entered.business.clone(), entered.login.clone());
    let job = move |sql: &mut dyn nochnik_store::Sql| {
        Ok((people::user(sql, &business, &login)?, second_factors::get(sql, &business, &login)?.is_some()))
    };
    let (user, has_second_factor) = web.store.read(job).await?;
    Ok((user.filter(|user| user.is_active), has_second_factor))
}

/// What is open to somebody who must switch a second factor on first: to do so, and to leave.
fn is_set_up(path: &str) -> bool {
    path == "/logout"
        || path.strip_prefix(second_factor::PATH).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether the session still lets its person in.
pub fn is_fresh(entered: &Entered, role: Role, now_ms: i64) -> bool {
    let is_short = matches!(role, Role::Owner | Role::Integrator);
    let is_late = is_short && now_ms - entered.since_ms > OWNER_SESSION_MS_MAX;
    now_ms - entered.seen_ms <= IDLE_MS_MAX && !is_late
}

async fn note_use(session: &Session, entered: &Entered, now_ms: i64) -> Result<(), Trouble> {
    if now_ms - entered.seen_ms < SEEN_STEP_MS {
        return Ok(());
    }
    let seen = Entered { seen_ms: now_ms, ..entered.clone() };
    session.insert(ENTERED, seen).await.map_err(|error| Trouble::broken(&error))
}

/// A page is worth coming back to; an action or a stream is not.
fn sign_in(parts: &Parts) -> Trouble {
    let next = if is_page(parts) { parts.uri.path_and_query().map(ToString::to_string) } else { None };
    Trouble::SignIn { next: next.unwrap_or_default() }
}

/// Whoever enters comes to «Сейчас» first; a technician has nothing to do there.
fn closed(parts: &Parts) -> Trouble {
    if parts.uri.path() == "/console" && is_page(parts) {
        Trouble::Elsewhere("/console/more")
    } else {
        Trouble::Forbidden
    }
}

fn is_page(parts: &Parts) -> bool {
    let wants_page = parts.headers.get(ACCEPT).is_none_or(|accept| accept.as_bytes().starts_with(b"text/html"));
    parts.method == Method::GET && wants_page && !parts.headers.contains_key("hx-request")
}
