//! Notices sent to people on duty: whose tap or reply belongs to which case.

use crate::{Row, Sql, StoreError, all, one, values};

/// A notice to one person by one means. Writing and reading share the type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Unguessable part of its buttons and links; unique in the installation.
    pub token: String,
    /// About which case.
    pub case_id: String,
    /// About which conversation.
    pub conversation_id: String,
    /// Who is told.
    pub person_id: String,
    /// By which means.
    pub channel: String,
    /// Our side of it.
    pub account: String,
    /// The person's side.
    pub peer: String,
    /// What the vendor calls the message, once it is sent.
    pub vendor_message_id: Option<String>,
    /// Which level it belongs to.
    pub level: i64,
    /// When its buttons stop working.
    pub expires_at_ms: i64,
    /// When a button was first tapped.
    pub used_at_ms: Option<i64>,
}

/// Keeps a notice; one whose token is known stays as it is, and its business's.
pub fn put(sql: &mut dyn Sql, business: &str, notice: &Notice) -> Result<(), StoreError> {
    let text = "insert into notices (business_id, token, case_id, conversation_id, person_id, channel, account, peer, \
                vendor_message_id, level, expires_at_ms, used_at_ms) \
                values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) on conflict do nothing";
    let values = values![
        business,
        &notice.token,
        &notice.case_id,
        &notice.conversation_id,
        &notice.person_id,
        &notice.channel,
        &notice.account,
        &notice.peer,
        notice.vendor_message_id.as_ref(),
        notice.level,
        notice.expires_at_ms,
        notice.used_at_ms,
    ];
    sql.run(text, values)
}

/// Finds a notice and its business by token, whether used, expired or fresh.
pub fn find(sql: &mut dyn Sql, token: &str) -> Result<Option<(String, Notice)>, StoreError> {
    let text = "select token, case_id, conversation_id, person_id, channel, account, peer, vendor_message_id, level, \
                expires_at_ms, used_at_ms, business_id from notices where token = $1";
    one(sql, text, values![token], |row| Ok((row.text(11)?, notice(row)?)))
}

/// Uses a notice up; false when it was used or has expired, so the first tap wins.
pub fn use_once(sql: &mut dyn Sql, business: &str, token: &str, now_ms: i64) -> Result<bool, StoreError> {
    let text = "update notices set used_at_ms = $3 \
                where business_id = $1 and token = $2 and used_at_ms is null and expires_at_ms > $3";
    Ok(sql.exec(text, values![business, token, now_ms])? > 0)
}

/// Finds the notice a person replied to.
pub fn by_message(
    sql: &mut dyn Sql,
    business: &str,
    channel: &str,
    account: &str,
    peer: &str,
    vendor_message_id: &str,
) -> Result<Option<Notice>, StoreError> {
    let text = "select token, case_id, conversation_id, person_id, channel, account, peer, vendor_message_id, level, \
                expires_at_ms, used_at_ms from notices where business_id = $1 and channel = $2 and account = $3 \
                and peer = $4 and vendor_message_id = $5";
    one(sql, text, values![business, channel, account, peer, vendor_message_id], notice)
}

/// The `channel` of notices that go by SMS, call, letter or push.
pub const MEANS: &str = "means";

/// Finds the notice that a vendor of means reports on.
pub fn by_receipt(
    sql: &mut dyn Sql,
    business: &str,
    account: &str,
    vendor_message_id: &str,
) -> Result<Option<Notice>, StoreError> {
    let text = "select token, case_id, conversation_id, person_id, channel, account, peer, vendor_message_id, level, \
                expires_at_ms, used_at_ms from notices where business_id = $1 and account = $2 \
                and vendor_message_id = $3 and channel = 'means'";
    one(sql, text, values![business, account, vendor_message_id], notice)
}

/// Keeps how far a notice has come; false when that was known, or its end was.
pub fn progress(sql: &mut dyn Sql, business: &str, token: &str, delivery: &str) -> Result<bool, StoreError> {
    let text = "update notices set delivery = $3 where business_id = $1 and token = $2 and delivery <> $3 \
                and delivery not in ('acknowledged', 'failed')";
    Ok(sql.exec(text, values![business, token, delivery])? > 0)
}

/// Cards that went by themselves to an address and whose buttons work after a moment, bundled ones left out.
pub fn singles(
    sql: &mut dyn Sql,
    business: &str,
    account: &str,
    peer: &str,
    expires_after_ms: i64,
) -> Result<i64, StoreError> {
    let text = "select count(*) from notices where business_id = $1 and account = $2 and peer = $3 \
                and expires_at_ms > $4 and delivery <> 'bundled'";
    one(sql, text, values![business, account, peer, expires_after_ms], |row| row.int(0)).map(Option::unwrap_or_default)
}

/// How far a notice has come: empty, `bundled`, `accepted`, `delivered`, `acknowledged` or `failed`.
pub fn delivery(sql: &mut dyn Sql, business: &str, token: &str) -> Result<Option<String>, StoreError> {
    let text = "select delivery from notices where business_id = $1 and token = $2";
    one(sql, text, values![business, token], |row| row.text(0))
}

/// Keeps what the vendor calls the sent message.
pub fn set_message_id(
    sql: &mut dyn Sql,
    business: &str,
    token: &str,
    vendor_message_id: &str,
) -> Result<(), StoreError> {
    let text = "update notices set vendor_message_id = $3 where business_id = $1 and token = $2";
    sql.run(text, values![business, token, vendor_message_id])
}

/// Lists the notices of a case by level.
pub fn for_case(sql: &mut dyn Sql, business: &str, case_id: &str) -> Result<Vec<Notice>, StoreError> {
    let text = "select token, case_id, conversation_id, person_id, channel, account, peer, vendor_message_id, level, \
                expires_at_ms, used_at_ms from notices where business_id = $1 and case_id = $2 order by level, token";
    all(sql, text, values![business, case_id], notice)
}

fn notice(row: &Row<'_>) -> Result<Notice, StoreError> {
    Ok(Notice {
        token: row.text(0)?,
        case_id: row.text(1)?,
        conversation_id: row.text(2)?,
        person_id: row.text(3)?,
        channel: row.text(4)?,
        account: row.text(5)?,
        peer: row.text(6)?,
        vendor_message_id: row.opt_text(7)?,
        level: row.int(8)?,
        expires_at_ms: row.int(9)?,
        used_at_ms: row.opt_int(10)?,
    })
}
