//! Messages that a person should look at to teach the reader, and what they said of them.

use crate::{Row, Sql, StoreError, all, one, values};

/// Messages that wait to be looked at; beyond so many the oldest go.
pub const WAITING_MAX: i64 = 500;

/// A message to be looked at.
#[derive(Debug, Clone, Copy)]
pub struct NewLesson<'a> {
    /// Where it was said.
    pub conversation_id: &'a str,
    /// The first and the last bubble of it.
    pub first_seq: i64,
    /// The last one.
    pub seq: i64,
    /// When.
    pub at_ms: i64,
    /// What the bot had asked, a word of the reader; empty for nothing.
    pub context: &'a str,
    /// What it was taken for; empty when nobody knew.
    pub heard: &'a str,
    /// The probability of that.
    pub certainty: f64,
    /// The client was asked again.
    pub is_missed: bool,
}

/// A kept one.
#[derive(Debug, Clone, PartialEq)]
pub struct Lesson {
    /// Grows.
    pub id: i64,
    /// Where it was said.
    pub conversation_id: String,
    /// The first bubble of it.
    pub first_seq: i64,
    /// The last one.
    pub seq: i64,
    /// When.
    pub at_ms: i64,
    /// What the bot had asked; empty for nothing.
    pub context: String,
    /// What it was taken for; empty when nobody knew.
    pub heard: String,
    /// The probability of that.
    pub certainty: f64,
    /// The client was asked again.
    pub is_missed: bool,
    /// What a person said it is; empty while it waits.
    pub label: String,
    /// What is learned from; empty while it waits.
    pub text: String,
    /// Who said so.
    pub labelled_by: String,
    /// When.
    pub labelled_at_ms: i64,
}

/// How a person labels a message.
#[derive(Debug, Clone, Copy)]
pub struct Label<'a> {
    /// The wish, a word of the reader.
    pub label: &'a str,
    /// What is learned from: no names, phones or times.
    pub text: &'a str,
    /// Who says so.
    pub by: &'a str,
    /// When.
    pub at_ms: i64,
}

/// Puts a message into the queue; one that is there stays as it is.
pub fn put(sql: &mut dyn Sql, business: &str, lesson: &NewLesson<'_>) -> Result<(), StoreError> {
    let text = "insert into lessons (business_id, conversation_id, first_seq, seq, at_ms, context, heard, certainty, \
                is_missed) values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing";
    let NewLesson { conversation_id, first_seq, seq, at_ms, context, heard, certainty, is_missed } = *lesson;
    let values = values![business, conversation_id, first_seq, seq, at_ms, context, heard, certainty, is_missed];
    sql.run(text, values)?;
    let text = "delete from lessons where business_id = $1 and label = '' and id <= (select id from lessons \
                where business_id = $1 and label = '' order by id desc limit 1 offset $2)";
    sql.run(text, values![business, WAITING_MAX])
}

/// Lists what waits before number `before_id`, the newest first; what its client had erased is left out.
pub fn waiting(sql: &mut dyn Sql, business: &str, before_id: i64, limit: i64) -> Result<Vec<Lesson>, StoreError> {
    let text = "select id, conversation_id, first_seq, seq, at_ms, context, heard, certainty, is_missed, label, text, \
                labelled_by, labelled_at_ms from lessons l where business_id = $1 and label = '' and id < $2 \
                and exists (select 1 from messages m where m.business_id = l.business_id \
                and m.conversation_id = l.conversation_id and m.seq = l.seq) order by id desc limit $3";
    all(sql, text, values![business, before_id, limit], lesson)
}

/// Counts what waits.
pub fn count_waiting(sql: &mut dyn Sql, business: &str) -> Result<i64, StoreError> {
    let text = "select count(*) from lessons where business_id = $1 and label = ''";
    one(sql, text, values![business], |row| row.int(0)).map(Option::unwrap_or_default)
}

/// Lists what was labelled, the newest first.
pub fn labelled(sql: &mut dyn Sql, business: &str, limit: i64) -> Result<Vec<Lesson>, StoreError> {
    let text = "select id, conversation_id, first_seq, seq, at_ms, context, heard, certainty, is_missed, label, text, \
                labelled_by, labelled_at_ms from lessons where business_id = $1 and label <> '' \
                order by id desc limit $2";
    all(sql, text, values![business, limit], lesson)
}

/// Reads one.
pub fn get(sql: &mut dyn Sql, business: &str, id: i64) -> Result<Option<Lesson>, StoreError> {
    let text = "select id, conversation_id, first_seq, seq, at_ms, context, heard, certainty, is_missed, label, text, \
                labelled_by, labelled_at_ms from lessons where business_id = $1 and id = $2";
    one(sql, text, values![business, id], lesson)
}

/// Labels a message, also one that was labelled otherwise; false when it is not there.
pub fn label(sql: &mut dyn Sql, business: &str, id: i64, label: &Label<'_>) -> Result<bool, StoreError> {
    let text = "update lessons set label = $3, text = $4, labelled_by = $5, labelled_at_ms = $6 \
                where business_id = $1 and id = $2";
    let Label { label, text: learned, by, at_ms } = *label;
    Ok(sql.exec(text, values![business, id, label, learned, by, at_ms])? > 0)
}

/// Forgets a message, labelled or not; false when it is not there.
pub fn remove(sql: &mut dyn Sql, business: &str, id: i64) -> Result<bool, StoreError> {
    Ok(sql.exec("delete from lessons where business_id = $1 and id = $2", values![business, id])? > 0)
}

fn lesson(row: &Row<'_>) -> Result<Lesson, StoreError> {
    Ok(Lesson {
        id: row.int(0)?,
        conversation_id: row.text(1)?,
        first_seq: row.int(2)?,
        seq: row.int(3)?,
        at_ms: row.int(4)?,
        context: row.text(5)?,
        heard: row.text(6)?,
        certainty: row.float(7)?,
        is_missed: row.flag(8)?,
        label: row.text(9)?,
        text: row.text(10)?,
        labelled_by: row.text(11)?,
        labelled_at_ms: row.int(12)?,
    })
}
