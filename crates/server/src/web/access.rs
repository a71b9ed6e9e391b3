//! Letting people in: the first owner by a one-time code, everybody by a password.

use anyhow::{Context, Result, bail};
use nochnik_store::{Store, audit, people, push_devices};
use sha2::{Digest, Sha256};

use super::assets::hex;
use super::viewer::Role;
use super::{Trouble, Web, password};
use crate::key::random_bytes;

/// How long the first owner's code works. Source: security C-30.
pub const INVITATION_MS: i64 = 30 * 60_000;
const PURPOSE: &str = "owner";

/// Makes a one-time code for the first owner; `None` when somebody can already enter.
pub async fn invite_owner(store: &Store, business: &str, now_ms: i64) -> Result<Option<String>> {
    let code = hex(&random_bytes::<10>()?);
    let (id, hash) = (business.to_owned(), code_hash(&code));
    let job = move |sql: &mut dyn nochnik_store::Sql| {
        if !people::users(sql, &id)?.is_empty() {
            return Ok(false);
        }
        people::put_code(sql, &id, PURPOSE, PURPOSE, &hash, now_ms + INVITATION_MS)?;
        Ok(true)
    };
    Ok(store.write(job).await?.then_some(code))
}

/// Lets somebody in, or gives them a new password and ends what was open under the old one: sessions and pushes.
///
/// Refuses a weak password with the sentence to show.
pub async fn set_password(
    store: &Store,
    business: &str,
    login: &str,
    role: Role,
    new_password: &str,
    now_ms: i64,
) -> Result<()> {
    if let Some(objection) = objection(business, login, new_password) {
        bail!("{objection}");
    }
    let new_password = new_password.to_owned();
    let password_hash = tokio::task::spawn_blocking(move || password::hash(&new_password)).await??;
    let id = business.to_owned();
    let user = people::User {
        login: login.to_owned(),
        password_hash,
        role: role.word().to_owned(),
        person_id: login.to_owned(),
        created_at_ms: now_ms,
        is_active: true,
    };
    let job = move |sql: &mut dyn nochnik_store::Sql| {
        people::put_user(sql, &id, &user)?;
        people::end_sessions(sql, &id, &user.login)?;
        push_devices::remove_all(sql, &id, &user.person_id)?;
        note(sql, &id, &user.login, "password", now_ms)
    };
    store.write(job).await.context("Пароль не сохранился")
}

/// What is wrong with a new login and its password; `None` when they will do.
pub fn objection(business: &str, login: &str, new_password: &str) -> Option<&'static str> {
    if !is_login(login) {
        return Some("Логин — от 2 до 64 латинских букв, цифр, точек и дефисов");
    }
    password::objection(new_password, login, business)
}

/// Uses the first owner's code up.
pub async fn accept_code(web: &Web, business: &str, code: &str) -> Result<bool, Trouble> {
    let now_ms = web.desk.now().as_millisecond();
    let (id, hash) = (business.to_owned(), code_hash(code.trim()));
    let job = move |sql: &mut dyn nochnik_store::Sql| {
        let is_first = people::users(sql, &id)?.is_empty();
        Ok(is_first && people::use_code(sql, &id, PURPOSE, &hash, now_ms)?.is_some())
    };
    Ok(web.store.write(job).await?)
}

/// Writes a line into the journal about somebody's way in or out.
pub fn note(
    sql: &mut dyn nochnik_store::Sql,
    business: &str,
    login: &str,
    action: &str,
    now_ms: i64,
) -> Result<(), nochnik_store::StoreError> {
    note_about(sql, business, login, action, login, now_ms)
}

/// Writes a line into the journal about what somebody did; no names, phones or texts.
pub fn note_about(
    sql: &mut dyn nochnik_store::Sql,
    business: &str,
    actor: &str,
    action: &str,
    subject: &str,
    now_ms: i64,
) -> Result<(), nochnik_store::StoreError> {
    audit::append(sql, business, &audit::NewEntry { at_ms: now_ms, actor, action, subject, details: "{}" })
}

/// Latin letters, digits, dots, hyphens and underscores, 2 to 64 of them.
pub fn is_login(text: &str) -> bool {
    (2..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
}

fn code_hash(code: &str) -> String {
    hex(&Sha256::digest(code))
}
