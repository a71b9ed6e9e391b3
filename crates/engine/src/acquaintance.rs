//! From a client's number to the other conversations that have it.

use jiff::Timestamp;
use nochnik_core::acquaintance::Acquaintance;
use nochnik_core::conversation::Conversation;
use nochnik_core::event::What;
use nochnik_core::values::{ConversationId, Phone};
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

/// Another conversation where something can be said to the client, the one written to last first. Only one whose
/// channel vouches for the number: anybody can type one.
pub fn open_chat(
    sql: &mut dyn Sql,
    known: &Known,
    conversation: &Conversation,
    phone: &Phone,
) -> Result<Option<ConversationId>, StoreError> {
    let is_open = |other: &Conversation| {
        let client = &other.client;
        let is_there = known.ports.channels.contains_key(&other.address.account);
        is_there && client.is_phone_vouched && !client.is_blocked && !client.is_stopped
    };
    let others = others(sql, known.settings.id.as_str(), conversation.id.as_str(), phone)?;
    Ok(others.into_iter().find(is_open).map(|other| other.id))
}

/// The other conversations of a number, the one written to last first.
fn others(sql: &mut dyn Sql, business: &str, name: &str, phone: &Phone) -> Result<Vec<Conversation>, StoreError> {
    let mut others = Vec::new();
    for other in leads::with_phone(sql, business, phone.e164(), name, OTHERS_MAX)? {
        if let Some(loaded) = conversations::load(sql, business, &other)? {
            others.push(state_of(&loaded, &other)?.0);
        }
    }
    Ok(others)
}
