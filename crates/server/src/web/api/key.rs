//! Who calls: the key in the header, what it may do, how often.

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use nochnik_core::event::{NoticeAnswer, StaffAct};
use nochnik_store::api_keys::{self, ApiKey};
use nochnik_store::cases::Case;
use nochnik_store::{Sql, audit};
use sha2::{Digest, Sha256};
use utoipa::IntoParams;

use super::super::assets::hex;
use super::super::seen::{self, Record};
use super::super::{Shared, Web};
use super::problem::Problem;

/// By this a key is known for one, in a log or in a repository where it has no business to be.
pub const SECRET_PREFIX: &str = "nk_";
/// A longer one is none of ours.
const SECRET_BYTES_MAX: usize = 200;
/// Use is written down no more often than this.
const SEEN_STEP_MS: i64 = 5 * 60_000;

const ONCE: &str = "idempotency-key";

/// What a key may do. The word is stored and published, so it stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    ReadLeads,
    ReadBookings,
    WriteBookings,
    ReadDialogues,
    WriteDialogues,
}

impl Scope {
    pub const ALL: [Self; 5] =
        [Self::ReadLeads, Self::ReadBookings, Self::WriteBookings, Self::ReadDialogues, Self::WriteDialogues];

    pub fn word(self) -> &'static str {
        match self {
            Self::ReadLeads => "leads:read",
            Self::ReadBookings => "bookings:read",
            Self::WriteBookings => "bookings:write",
            Self::ReadDialogues => "dialogues:read",
            Self::WriteDialogues => "dialogues:write",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.word() == word)
    }

    /// As the owner reads it.
    pub fn title(self) -> &'static str {
        match self {
            Self::ReadLeads => "Читать лиды",
            Self::ReadBookings => "Читать записи",
            Self::WriteBookings => "Подтверждать, переносить и отменять записи, отмечать, кто пришёл",
            Self::ReadDialogues => "Читать диалоги",
            Self::WriteDialogues => "Отвечать клиентам, возвращать диалог боту, говорить, чем закончилось дело",
        }
    }
}

/// What stands in the database instead of a key.
pub fn hash_of(secret: &str) -> String {
    hex(&Sha256::digest(secret))
}

/// A program with a living key. The business comes from the key alone, never from the request.
pub struct Caller {
    pub business: String,
    key: ApiKey,
}

impl FromRequestParts<Shared> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Shared) -> Result<Self, Problem> {
        let hash = bearer(&parts.headers).map(hash_of).ok_or_else(Problem::unknown_key)?;
        let found = web.store.read(move |sql| api_keys::find(sql, &hash)).await?;
        let key = found.ok_or_else(Problem::unknown_key)?;
        web.bounds.key(&key.business, &key.id)?;
        note_use(web, &key).await;
        Ok(Self { business: key.business.clone(), key })
    }
}

impl Caller {
    /// Refuses what the key was not made for.
    pub fn may(&self, scope: Scope) -> Result<(), Problem> {
        let is_given = self.key.scopes.split(' ').any(|word| word == scope.word());
        if is_given { Ok(()) } else { Err(Problem::no_right(scope.word())) }
    }

    /// Who it was, as the logs keep it.
    fn actor(&self) -> String {
        format!("{}{}", seen::KEY_PREFIX, self.key.id)
    }

    /// Notes that personal data was read; `id` is the conversation's, or empty for a list.
    pub async fn note(&self, web: &Web, record: Record, id: &str) {
        seen::note_as(web, &self.business, &self.actor(), record, id).await;
    }

    /// Writes a deed down in the journal.
    pub async fn journal(&self, web: &Web, action: &'static str, subject: &str) -> Result<(), Problem> {
        let (business, actor, subject) = (self.business.clone(), self.actor(), subject.to_owned());
        let at_ms = web.desk.now().as_millisecond();
        let job = move |sql: &mut dyn Sql| {
            let entry = audit::NewEntry { at_ms, actor: &actor, action, subject: &subject, details: "{}" };
            audit::append(sql, &business, &entry)
        };
        Ok(web.store.write(job).await?)
    }
}

/// The caller's own name of an act: the same act under the same name is done once.
#[derive(Debug, Default, IntoParams)]
#[into_params(parameter_in = Header)]
pub struct Once {
    /// Своё имя вызова: повтор с ним же в течение недели ничего не сделает второй раз.
    #[param(rename = "Idempotency-Key", pattern = "^[A-Za-z0-9_-]{1,100}$", required = false)]
    name: Option<String>,
}

impl FromRequestParts<Shared> for Once {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get(ONCE) else { return Ok(Self::default()) };
        let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let name =
            value.to_str().ok().filter(|name| (1..=100).contains(&name.len()) && name.bytes().all(|b| is_plain(&b)));
        let wrong = || Problem::unreadable("Idempotency-Key — от 1 до 100 латинских букв, цифр, «-» и «_».");
        Ok(Self { name: Some(name.ok_or_else(wrong)?.to_owned()) })
    }
}

impl Once {
    /// The act of the console, by the caller's person.
    pub async fn act(&self, web: &Web, caller: &Caller, conversation: &str, act: StaffAct) -> Result<(), Problem> {
        let once = self.place(caller, conversation);
        Ok(web.desk.staff(&caller.business, conversation, &caller.key.person_id, act, once.as_deref()).await?)
    }

    /// What the console says of a case, by the caller's person.
    pub async fn answer(&self, web: &Web, caller: &Caller, case: &Case, answer: NoticeAnswer) -> Result<(), Problem> {
        let talk = case.conversation_id.as_str();
        let (person, once) = (&caller.key.person_id, self.place(caller, talk));
        Ok(web.desk.answer(&caller.business, talk, &case.id, person, answer, once.as_deref()).await?)
    }

    /// Whether it came already under this name: then what it changed stands no more in its way.
    pub async fn is_done(&self, web: &Web, caller: &Caller, conversation: &str) -> Result<bool, Problem> {
        let Some(once) = self.place(caller, conversation) else { return Ok(false) };
        Ok(web.desk.has_act(&caller.business, &once).await?)
    }

    fn place(&self, caller: &Caller, conversation: &str) -> Option<String> {
        self.name.as_ref().map(|name| hash_of(&format!("{} {conversation} {name}", caller.key.id)))
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(AUTHORIZATION).into_iter();
    let value = values.next()?.to_str().ok()?;
    let (scheme, secret) = value.split_once(' ')?;
    let is_ours = scheme.eq_ignore_ascii_case("bearer") && secret.starts_with(SECRET_PREFIX);
    (is_ours && secret.len() <= SECRET_BYTES_MAX && values.next().is_none()).then_some(secret)
}

/// A call is answered even when this cannot be kept.
async fn note_use(web: &Web, key: &ApiKey) {
    let now_ms = web.desk.now().as_millisecond();
    if key.used_at_ms.is_some_and(|used_at_ms| now_ms - used_at_ms < SEEN_STEP_MS) {
        return;
    }
    let (business, id) = (key.business.clone(), key.id.clone());
    if let Err(error) = web.store.write_soon(move |sql| api_keys::used(sql, &business, &id, now_ms)).await {
        tracing::error!(%error, "The use of a key could not be kept");
    }
}
