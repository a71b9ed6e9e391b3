//! Invitations to the console by a link; only the hash of a link's token comes here.

use crate::{Row, Sql, StoreError, all, one, values};

/// An invitation. Writing and reading share the type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Names it in lists; opens nothing.
    pub id: String,
    /// What the invited will be allowed to do.
    pub role: String,
    /// Which person of the roster; may be empty.
    pub person_id: String,
    /// Login of whoever invites.
    pub invited_by: String,
    /// When it was made.
    pub created_at_ms: i64,
    /// When its link ends.
    pub expires_at_ms: i64,
}

/// Keeps an invitation.
pub fn put(sql: &mut dyn Sql, business: &str, token_hash: &str, invitation: &Invitation) -> Result<(), StoreError> {
    let text = "insert into invitations (business_id, id, token_hash, role, person_id, invited_by, created_at_ms, \
                expires_at_ms) values ($1, $2, $3, $4, $5, $6, $7, $8)";
    let Invitation { id, role, person_id, invited_by, created_at_ms, expires_at_ms } = invitation;
    let values = values![business, id, token_hash, role, person_id, invited_by, *created_at_ms, *expires_at_ms];
    sql.run(text, values)
}

/// Lists those whose link still works, the newest first.
pub fn open(sql: &mut dyn Sql, business: &str, now_ms: i64) -> Result<Vec<Invitation>, StoreError> {
    let text = "select id, role, person_id, invited_by, created_at_ms, expires_at_ms from invitations \
                where business_id = $1 and used_at_ms is null and expires_at_ms > $2 order by created_at_ms desc, id";
    all(sql, text, values![business, now_ms], |row| invitation(row, 0))
}

/// Finds a link that still works, and the business it leads into.
pub fn find(sql: &mut dyn Sql, token_hash: &str, now_ms: i64) -> Result<Option<(String, Invitation)>, StoreError> {
    let text = "select business_id, id, role, person_id, invited_by, created_at_ms, expires_at_ms from invitations \
                where token_hash = $1 and used_at_ms is null and expires_at_ms > $2";
    one(sql, text, values![token_hash, now_ms], |row| Ok((row.text(0)?, invitation(row, 1)?)))
}

/// Uses a link up; false when it works no more.
pub fn accept(sql: &mut dyn Sql, token_hash: &str, login: &str, now_ms: i64) -> Result<bool, StoreError> {
    let text = "update invitations set used_at_ms = $3, login = $2 \
                where token_hash = $1 and used_at_ms is null and expires_at_ms > $3";
    Ok(sql.exec(text, values![token_hash, login, now_ms])? > 0)
}

/// Takes an invitation back; false when there is none that is open.
pub fn revoke(sql: &mut dyn Sql, business: &str, id: &str) -> Result<bool, StoreError> {
    let text = "delete from invitations where business_id = $1 and id = $2 and used_at_ms is null";
    Ok(sql.exec(text, values![business, id])? > 0)
}

fn invitation(row: &Row<'_>, at: usize) -> Result<Invitation, StoreError> {
    Ok(Invitation {
        id: row.text(at)?,
        role: row.text(at + 1)?,
        person_id: row.text(at + 2)?,
        invited_by: row.text(at + 3)?,
        created_at_ms: row.int(at + 4)?,
        expires_at_ms: row.int(at + 5)?,
    })
}
