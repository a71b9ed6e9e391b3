//! People of the business: who may enter the console, and where the staff can be reached.
//!
//! Only hashes of passwords, session ids and codes come here; the floors above make them.

use crate::{Row, Sql, StoreError, all, one, values};

/// Who may enter. Writing and reading share the type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Name to enter with, unique in the business.
    pub login: String,
    /// Argon2 in PHC form.
    pub password_hash: String,
    /// What they may do.
    pub role: String,
    /// Which person of the roster; may be empty.
    pub person_id: String,
    /// When they were let in; kept from the first save.
    pub created_at_ms: i64,
    /// Whether they may enter now.
    pub is_active: bool,
}

/// A console session. Writing and reading share the type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Hash of the id in the cookie; unique in the installation.
    pub id_hash: String,
    /// Whose console; empty before entering.
    pub business: String,
    /// Who; empty before entering.
    pub login: String,
    /// What the session holds, JSON.
    pub data: String,
    /// When it began.
    pub created_at_ms: i64,
    /// When it ends.
    pub expires_at_ms: i64,
}

/// Where one of the staff can be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// Who.
    pub person_id: String,
    /// By which means.
    pub channel: String,
    /// Our side of it.
    pub account: String,
    /// The person's side.
    pub peer: String,
}

/// Saves a user.
pub fn put_user(sql: &mut dyn Sql, business: &str, user: &User) -> Result<(), StoreError> {
    let text = "insert into users (business_id, login, password_hash, role, person_id, created_at_ms, is_active) \
                values ($1, $2, $3, $4, $5, $6, $7) on conflict (business_id, login) do update set \
                password_hash = excluded.password_hash, role = excluded.role, person_id = excluded.person_id, \
                is_active = excluded.is_active";
    let values = values![
        business,
        &user.login,
        &user.password_hash,
        &user.role,
        &user.person_id,
        user.created_at_ms,
        user.is_active,
    ];
    sql.run(text, values)
}

/// Adds a user; false when somebody has the login already.
pub fn add_user(sql: &mut dyn Sql, business: &str, user: &User) -> Result<bool, StoreError> {
    let text = "insert into users (business_id, login, password_hash, role, person_id, created_at_ms, is_active) \
                values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing";
    let User { login, password_hash, role, person_id, created_at_ms, is_active } = user;
    let values = values![business, login, password_hash, role, person_id, *created_at_ms, *is_active];
    Ok(sql.exec(text, values)? > 0)
}

/// Reads a user.
pub fn user(sql: &mut dyn Sql, business: &str, login: &str) -> Result<Option<User>, StoreError> {
    let text = "select login, password_hash, role, person_id, created_at_ms, is_active from users \
                where business_id = $1 and login = $2";
    one(sql, text, values![business, login], user_row)
}

/// Lists users by login.
pub fn users(sql: &mut dyn Sql, business: &str) -> Result<Vec<User>, StoreError> {
    let text = "select login, password_hash, role, person_id, created_at_ms, is_active from users \
                where business_id = $1 order by login";
    all(sql, text, values![business], user_row)
}

/// Adds a session; its id hash is new.
pub fn add_session(sql: &mut dyn Sql, session: &Session) -> Result<(), StoreError> {
    let text = "insert into sessions (business_id, id_hash, login, data, created_at_ms, expires_at_ms) \
                values ($1, $2, $3, $4, $5, $6)";
    let Session { id_hash, business, login, data, created_at_ms, expires_at_ms } = session;
    sql.run(text, values![business, id_hash, login, data, *created_at_ms, *expires_at_ms])
}

/// Saves what a session has become; one that was ended meanwhile stays ended.
pub fn update_session(sql: &mut dyn Sql, session: &Session) -> Result<(), StoreError> {
    let text = "update sessions set business_id = $2, login = $3, data = $4, expires_at_ms = $5 where id_hash = $1";
    let Session { id_hash, business, login, data, expires_at_ms, created_at_ms: _ } = session;
    sql.run(text, values![id_hash, business, login, data, *expires_at_ms])
}

/// Makes the session known as `was` another one of the same login, under another id; false when it has ended or expired.
///
/// One row is changed, never a new one written: whoever ends the sessions of the login meanwhile ends either the old one,
/// and this finds nothing, or what has become of it.
pub fn exchange_session(sql: &mut dyn Sql, was: &str, session: &Session, now_ms: i64) -> Result<bool, StoreError> {
    let text = "update sessions set id_hash = $2, data = $5, created_at_ms = $6, expires_at_ms = $7 \
                where id_hash = $1 and business_id = $3 and login = $4 and expires_at_ms > $8";
    let Session { id_hash, business, login, data, created_at_ms, expires_at_ms } = session;
    let values = values![was, id_hash, business, login, data, *created_at_ms, *expires_at_ms, now_ms];
    Ok(sql.exec(text, values)? > 0)
}

/// Finds a session that has not expired.
pub fn find_session(sql: &mut dyn Sql, id_hash: &str, now_ms: i64) -> Result<Option<Session>, StoreError> {
    let text = "select id_hash, business_id, login, data, created_at_ms, expires_at_ms from sessions \
                where id_hash = $1 and expires_at_ms > $2";
    one(sql, text, values![id_hash, now_ms], session_row)
}

/// Lists sessions that have not expired, of one login or of all when `login` is `None`, the newest first.
pub fn sessions(
    sql: &mut dyn Sql,
    business: &str,
    login: Option<&str>,
    now_ms: i64,
) -> Result<Vec<Session>, StoreError> {
    let text = "select id_hash, business_id, login, data, created_at_ms, expires_at_ms from sessions \
                where business_id = $1 and login <> '' and (cast($2 as text) is null or login = $2) \
                and expires_at_ms > $3 order by created_at_ms desc, id_hash";
    all(sql, text, values![business, login, now_ms], session_row)
}

/// Ends one session.
pub fn end_session(sql: &mut dyn Sql, id_hash: &str) -> Result<(), StoreError> {
    sql.run("delete from sessions where id_hash = $1", values![id_hash])
}

/// Ends all sessions of a user (a new password, a stolen phone); returns how many.
pub fn end_sessions(sql: &mut dyn Sql, business: &str, login: &str) -> Result<u64, StoreError> {
    sql.exec("delete from sessions where business_id = $1 and login = $2", values![business, login])
}

/// Ends all sessions of a user but one; returns how many.
pub fn end_other_sessions(sql: &mut dyn Sql, business: &str, login: &str, kept: &str) -> Result<u64, StoreError> {
    let text = "delete from sessions where business_id = $1 and login = $2 and id_hash <> $3";
    sql.exec(text, values![business, login, kept])
}

/// Keeps the hash of a one-time code; the previous one for the same purpose and subject stops working.
pub fn put_code(
    sql: &mut dyn Sql,
    business: &str,
    purpose: &str,
    subject: &str,
    code_hash: &str,
    expires_at_ms: i64,
) -> Result<(), StoreError> {
    let text = "insert into codes (business_id, purpose, subject, code_hash, expires_at_ms) \
                values ($1, $2, $3, $4, $5) on conflict (business_id, purpose, subject) do update set \
                code_hash = excluded.code_hash, expires_at_ms = excluded.expires_at_ms, used_at_ms = null";
    sql.run(text, values![business, purpose, subject, code_hash, expires_at_ms])
}

/// Uses a code up and returns its subject; `None` when it is wrong, expired or used.
pub fn use_code(
    sql: &mut dyn Sql,
    business: &str,
    purpose: &str,
    code_hash: &str,
    now_ms: i64,
) -> Result<Option<String>, StoreError> {
    let text = "update codes set used_at_ms = $4 where business_id = $1 and purpose = $2 and code_hash = $3 \
                and used_at_ms is null and expires_at_ms > $4 returning subject";
    one(sql, text, values![business, purpose, code_hash, now_ms], |row| row.text(0))
}

/// Counts an attempt (to enter, to guess a code) and returns how many there were within `window_ms`.
pub fn count_attempt(
    sql: &mut dyn Sql,
    business: &str,
    subject: &str,
    now_ms: i64,
    window_ms: i64,
) -> Result<i64, StoreError> {
    let text = "insert into attempts (business_id, subject, count, since_ms) values ($1, $2, 1, $3) \
                on conflict (business_id, subject) do update set \
                count = case when attempts.since_ms > $4 then attempts.count + 1 else 1 end, \
                since_ms = case when attempts.since_ms > $4 then attempts.since_ms else excluded.since_ms end \
                returning count";
    let count = one(sql, text, values![business, subject, now_ms, now_ms - window_ms], |row| row.int(0))?;
    count.ok_or_else(|| StoreError::stale("attempts"))
}

/// Forgets the attempts after a success.
pub fn forgive(sql: &mut dyn Sql, business: &str, subject: &str) -> Result<(), StoreError> {
    sql.run("delete from attempts where business_id = $1 and subject = $2", values![business, subject])
}

/// Binds a messenger address to a person of the staff, taking it from whoever had it.
pub fn bind(sql: &mut dyn Sql, business: &str, binding: &Binding, now_ms: i64) -> Result<(), StoreError> {
    let text = "insert into bindings (business_id, channel, account, peer, person_id, created_at_ms) \
                values ($1, $2, $3, $4, $5, $6) on conflict (business_id, channel, account, peer) do update set \
                person_id = excluded.person_id, created_at_ms = excluded.created_at_ms";
    let Binding { person_id, channel, account, peer } = binding;
    sql.run(text, values![business, channel, account, peer, person_id, now_ms])
}

/// Frees a messenger address; false when it was not bound.
pub fn unbind(sql: &mut dyn Sql, business: &str, channel: &str, account: &str, peer: &str) -> Result<bool, StoreError> {
    let text = "delete from bindings where business_id = $1 and channel = $2 and account = $3 and peer = $4";
    Ok(sql.exec(text, values![business, channel, account, peer])? > 0)
}

/// Lists the addresses of one person, or of all when `person_id` is `None`, the oldest first.
pub fn bindings(sql: &mut dyn Sql, business: &str, person_id: Option<&str>) -> Result<Vec<Binding>, StoreError> {
    let text = "select person_id, channel, account, peer from bindings \
                where business_id = $1 and (cast($2 as text) is null or person_id = $2) \
                order by created_at_ms, channel, account, peer";
    all(sql, text, values![business, person_id], |row| {
        Ok(Binding { person_id: row.text(0)?, channel: row.text(1)?, account: row.text(2)?, peer: row.text(3)? })
    })
}

/// Tells which person of the staff writes from this address.
pub fn person_at(
    sql: &mut dyn Sql,
    business: &str,
    channel: &str,
    account: &str,
    peer: &str,
) -> Result<Option<String>, StoreError> {
    let text = "select person_id from bindings where business_id = $1 and channel = $2 and account = $3 and peer = $4";
    one(sql, text, values![business, channel, account, peer], |row| row.text(0))
}

/// Forgets sessions, codes and invitations of all businesses that expired before `before_ms`, and attempts as old.
pub fn purge(sql: &mut dyn Sql, before_ms: i64) -> Result<u64, StoreError> {
    let sessions = sql.exec("delete from sessions where expires_at_ms < $1", values![before_ms])?;
    let codes = sql.exec("delete from codes where expires_at_ms < $1", values![before_ms])?;
    let invitations = sql.exec("delete from invitations where expires_at_ms < $1", values![before_ms])?;
    let attempts = sql.exec("delete from attempts where since_ms < $1", values![before_ms])?;
    Ok(sessions + codes + invitations + attempts)
}

fn session_row(row: &Row<'_>) -> Result<Session, StoreError> {
    Ok(Session {
        id_hash: row.text(0)?,
        business: row.text(1)?,
        login: row.text(2)?,
        data: row.text(3)?,
        created_at_ms: row.int(4)?,
        expires_at_ms: row.int(5)?,
    })
}

fn user_row(row: &Row<'_>) -> Result<User, StoreError> {
    Ok(User {
        login: row.text(0)?,
        password_hash: row.text(1)?,
        role: row.text(2)?,
        person_id: row.text(3)?,
        created_at_ms: row.int(4)?,
        is_active: row.flag(5)?,
    })
}
