//! What a channel tells of messages that have gone by: taken back, seen, failed, or written by others.

use nochnik_adapters::Failure;
use nochnik_adapters::ports::{Echo, PART_MARK, Status, StatusWord};
use nochnik_core::event::{SendOutcome, What};
use nochnik_store::messages::{self, Delivery, Message};
use nochnik_store::{Sql, StoreError, conversations, outbox};

use crate::arrived::Arrived;
use crate::errand::Errand;
use crate::ingest::arrive;

/// A word comes about one of the last messages; older ones have nobody waiting for it.
const LOOKED_THROUGH: i64 = 60;
const TAKEN_BACK: &str = "[сообщение удалено клиентом]";

/// Whose messages they are.
pub struct Conversation {
    pub business: String,
    pub id: String,
}

impl Conversation {
    pub fn is_known(&self, sql: &mut dyn Sql) -> Result<bool, StoreError> {
        Ok(conversations::get(sql, &self.business, &self.id)?.is_some())
    }

    fn last(&self, sql: &mut dyn Sql) -> Result<Vec<Message>, StoreError> {
        messages::last(sql, &self.business, &self.id, LOOKED_THROUGH)
    }
}

/// The client took a message back: neither its words nor the way to its file are kept. What it led to stands.
pub fn deleted(sql: &mut dyn Sql, conversation: &Conversation, message_id: &str) -> Result<(), StoreError> {
    let Conversation { business, id } = conversation;
    let is_it = |message: &Message| message.author == "client" && message.vendor_id.as_deref() == Some(message_id);
    for message in conversation.last(sql)?.into_iter().filter(is_it) {
        messages::take_back(sql, business, id, message.seq, TAKEN_BACK)?;
    }
    nochnik_store::notify(sql, business, id)
}

/// Whether nobody but a person can have written it. Ours stand in the conversation before they are sent; a
/// conversation that we do not know has nothing to fall silent in.
pub fn is_persons(
    sql: &mut dyn Sql,
    conversation: &Conversation,
    echo: &Echo,
    text_chars_max: usize,
) -> Result<bool, StoreError> {
    if !conversation.is_known(sql)? {
        return Ok(false);
    }
    let is_same = |message: &Message| {
        let is_named = message.vendor_id.as_deref() == Some(echo.message_id.as_str());
        let is_worded = |ours: &str| is_back(ours, &echo.text, text_chars_max, |ours, part| ours.contains(part));
        is_named || (!echo.is_persons && message.author != "client" && is_worded(&message.text))
    };
    Ok(!conversation.last(sql)?.iter().any(is_same))
}

/// Ours came back: if nobody knew whether it had gone, now they do, and it is not sent again. The end of a text
/// tells that the whole of it went.
pub fn came_back(
    sql: &mut dyn Sql,
    conversation: &Conversation,
    echo: &Echo,
    text_chars_max: usize,
    now_ms: i64,
) -> Result<(), StoreError> {
    let Conversation { business, id } = conversation;
    for row in outbox::in_doubt(sql, business, id)? {
        let Ok(Errand::Say { seq, message, .. }) = serde_json::from_str(&row.payload) else { continue };
        if is_back(&message.text, &echo.text, text_chars_max, |ours, part| ours.ends_with(part)) {
            outbox::settle(sql, business, &row.key, now_ms)?;
            messages::set_delivery(sql, business, id, seq, Delivery::Sent, Some(&echo.message_id))?;
        }
    }
    Ok(())
}

/// Whether this is a text of ours. Only what one message of the channel does not hold went out in parts: of anything
/// shorter a part is somebody's own short word.
fn is_back(ours: &str, echo: &str, text_chars_max: usize, is_part: impl Fn(&str, &str) -> bool) -> bool {
    if ours.chars().count() > text_chars_max {
        return is_part(ours.trim_end(), echo.trim_end());
    }
    ours.split_whitespace().eq(echo.split_whitespace())
}

/// Moves bubbles on. One whose end nobody knew is sent for good; one that failed is its conversation's news,
/// whose id is returned then.
pub fn status(
    sql: &mut dyn Sql,
    conversation: &Conversation,
    status: &Status,
    now_ms: i64,
) -> Result<Option<String>, StoreError> {
    let delivery = match &status.word {
        StatusWord::Sent => Delivery::Sent,
        StatusWord::Delivered => Delivery::Delivered,
        StatusWord::Read => Delivery::Read,
        StatusWord::Failed(_) => Delivery::Failed,
    };
    match &status.key {
        Some(key) => of_row(sql, &conversation.business, key, status, delivery, now_ms),
        None => of_message(sql, conversation, &status.message_id, delivery).map(|()| None),
    }
}

/// The key tells the row, and with it the conversation: the address of a person may be written in two ways.
fn of_row(
    sql: &mut dyn Sql,
    business: &str,
    key: &str,
    status: &Status,
    delivery: Delivery,
    now_ms: i64,
) -> Result<Option<String>, StoreError> {
    let (whole, is_part) = key.split_once(PART_MARK).map_or((key, false), |(whole, _)| (whole, true));
    let Some(row) = outbox::by_key(sql, business, whole)? else { return Ok(None) };
    let failure = match &status.word {
        StatusWord::Failed(failure) => Some(failure),
        // The end of a text tells that the whole of it has come.
        _ if is_part => return Ok(None),
        _ => None,
    };
    if failure.is_none() {
        outbox::settle(sql, business, whole, now_ms)?;
    }
    let said = Errand::said(&row);
    if let Some((seq, _)) = said {
        messages::set_delivery(sql, business, &row.conversation_id, seq, delivery, Some(&status.message_id))?;
    }
    nochnik_store::notify(sql, business, &row.conversation_id)?;
    let Some(failure) = failure else { return Ok(None) };
    let outcome = SendOutcome::Refused { code: code_of(failure) };
    let if_lost = said.map_or_else(Default::default, |(_, if_lost)| if_lost);
    let arrived = Arrived::Happened(What::Sent { key: whole.to_owned(), outcome, if_lost });
    let is_new = arrive(sql, business, &format!("sent:{whole}"), &row.conversation_id, &arrived, now_ms)?;
    Ok(is_new.then_some(row.conversation_id))
}

/// Who has read one message has read what stands above it.
fn of_message(
    sql: &mut dyn Sql,
    conversation: &Conversation,
    message_id: &str,
    delivery: Delivery,
) -> Result<(), StoreError> {
    let Conversation { business, id } = conversation;
    let last = conversation.last(sql)?;
    let is_it = |message: &&Message| message.vendor_id.as_deref() == Some(message_id);
    let Some(named) = last.iter().find(is_it).map(|message| message.seq) else { return Ok(()) };
    let is_touched = |seq: i64| seq == named || (delivery == Delivery::Read && seq < named);
    let is_sent = |message: &&Message| message.delivery.is_some_and(|delivery| delivery != Delivery::Queued);
    for message in last.iter().filter(is_sent).filter(|message| is_touched(message.seq)) {
        messages::set_delivery(sql, business, id, message.seq, delivery, None)?;
    }
    nochnik_store::notify(sql, business, id)
}

fn code_of(failure: &Failure) -> String {
    match failure {
        Failure::Refused { code, .. } => code.clone(),
        Failure::Later { .. } => "later".to_owned(),
        Failure::Broken { .. } => "broken".to_owned(),
        Failure::Unknown { .. } => "unknown".to_owned(),
    }
}
