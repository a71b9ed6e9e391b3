//! From a client's number to the other conversations that have it.

use jiff::Timestamp;
use nochnik_core::acquaintance::Acquaintance;
use nochnik_core::conversation::Conversation;
use nochnik_core::event::What;
use nochnik_core::values::Phone;
use nochnik_store::{Sql, StoreError, conversations, leads};

use crate::arrived::Arrived;
use crate::businesses::Known;
use crate::ingest::arrive;
use crate::turn::state_of;

/// One client has no more chats than we have channels; the rest would be a shared number.
const OTHERS_MAX: i64 = 8;

/// Tells the conversation what others of the same number know. True when there are any.
pub fn acquaint(
    sql: &mut dyn Sql,
    known: &Known,
    conversation: &Conversation,
    phone: &Phone,
    key: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let (business, name) = (known.settings.id.as_str(), conversation.id.as_str());
    let others: Vec<_> = others(sql, business, name, phone)?.iter().map(|other| Acquaintance::of(other, now)).collect();
    if others.is_empty() {
        return Ok(false);
    }
    let arrived = Arrived::Happened(What::Acquainted(others));
    arrive(sql, business, &format!("acquaint:{key}"), name, &arrived, now.as_millisecond())
}

/// The other conversations of a number, the one written to last first.
pub fn others(sql: &mut dyn Sql, business: &str, name: &str, phone: &Phone) -> Result<Vec<Conversation>, StoreError> {
    let mut others = Vec::new();
    for other in leads::with_phone(sql, business, phone.e164(), name, OTHERS_MAX)? {
        if let Some(loaded) = conversations::load(sql, business, &other)? {
            others.push(state_of(&loaded, &other)?.0);
        }
    }
    Ok(others)
}
