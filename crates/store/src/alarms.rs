//! Moments we asked to be woken at. Never cancelled: a late one finds nothing to do.

use crate::{Row, Sql, StoreError, all, dialect, one, values};

/// A moment to be woken at.
#[derive(Debug, Clone, Copy)]
pub struct NewAlarm<'a> {
    /// Whose turn it will be.
    pub conversation_id: &'a str,
    /// Name of the alarm.
    pub kind: &'a str,
    /// What it is about: a booking, a case.
    pub subject: &'a str,
    /// Which of several for the same subject.
    pub generation: i64,
    /// JSON.
    pub payload: &'a str,
    /// When.
    pub due_at_ms: i64,
}

/// An alarm that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// Its id.
    pub id: i64,
    /// Whose.
    pub business: String,
    /// Whose turn it is.
    pub conversation_id: String,
    /// Name of the alarm.
    pub kind: String,
    /// What it is about.
    pub subject: String,
    /// Which of several for the same subject.
    pub generation: i64,
    /// JSON.
    pub payload: String,
    /// When it was due.
    pub due_at_ms: i64,
}

/// Sets an alarm, once: the same one (conversation, kind, subject, generation) set before stays as it is.
pub fn put(sql: &mut dyn Sql, business: &str, alarm: &NewAlarm<'_>) -> Result<(), StoreError> {
    let text = "insert into alarms (business_id, conversation_id, kind, subject, generation, payload, due_at_ms) \
                values ($1, $2, $3, $4, $5, $6, $7) \
                on conflict (business_id, conversation_id, kind, subject, generation) do nothing";
    let NewAlarm { conversation_id, kind, subject, generation, payload, due_at_ms } = *alarm;
    sql.run(text, values![business, conversation_id, kind, subject, generation, payload, due_at_ms])
}

/// Lists due alarms of all businesses, the oldest first. Only inside `write`: on PostgreSQL the rows are held and others skip them.
pub fn due(sql: &mut dyn Sql, now_ms: i64, limit: i64) -> Result<Vec<Alarm>, StoreError> {
    let text = dialect::DUE_ALARMS.of(sql)?;
    all(sql, text, values![now_ms, limit], alarm)
}

/// Lists the waiting alarms of one conversation, the nearest first.
pub fn waiting(sql: &mut dyn Sql, business: &str, conversation: &str) -> Result<Vec<Alarm>, StoreError> {
    let text = "select id, business_id, conversation_id, kind, subject, generation, payload, due_at_ms from alarms \
                where business_id = $1 and conversation_id = $2 and status = 0 order by due_at_ms, id";
    all(sql, text, values![business, conversation], alarm)
}

/// Marks an alarm as rung; false when it has rung already.
pub fn done(sql: &mut dyn Sql, business: &str, id: i64) -> Result<bool, StoreError> {
    let text = "update alarms set status = 1 where business_id = $1 and id = $2 and status = 0";
    Ok(sql.exec(text, values![business, id])? > 0)
}

/// Lets an alarm ring at a later moment.
pub fn put_off(sql: &mut dyn Sql, business: &str, id: i64, due_at_ms: i64) -> Result<(), StoreError> {
    let text = "update alarms set due_at_ms = $3 where business_id = $1 and id = $2 and status = 0";
    sql.run(text, values![business, id, due_at_ms])
}

/// Tells when the next alarm of any business is due, past or future.
pub fn next_due_ms(sql: &mut dyn Sql) -> Result<Option<i64>, StoreError> {
    one(sql, "select min(due_at_ms) from alarms where status = 0", &[], |row| row.opt_int(0)).map(Option::flatten)
}

/// Forgets at most `limit` alarms that rang and were due before `before_ms`.
pub fn purge(sql: &mut dyn Sql, before_ms: i64, limit: i64) -> Result<u64, StoreError> {
    let text = "delete from alarms where (business_id, id) in (select business_id, id from alarms \
                where status = 1 and due_at_ms < $1 order by due_at_ms limit $2)";
    sql.exec(text, values![before_ms, limit])
}

fn alarm(row: &Row<'_>) -> Result<Alarm, StoreError> {
    Ok(Alarm {
        id: row.int(0)?,
        business: row.text(1)?,
        conversation_id: row.text(2)?,
        kind: row.text(3)?,
        subject: row.text(4)?,
        generation: row.int(5)?,
        payload: row.text(6)?,
        due_at_ms: row.int(7)?,
    })
}
