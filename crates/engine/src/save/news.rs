//! What programs of the business are told: a row for each of them, in the turn's own transaction.

use jiff::Timestamp;
use nochnik_core::conversation::Conversation;
use nochnik_core::event::Event;
use nochnik_core::news::{News, TRIAL, news_of, published};
use nochnik_store::outbox::{self, NewRow};
use nochnik_store::{Sql, StoreError};
use serde_json::json;

use super::Writer;
use crate::errand::{Errand, subscriber_destination};

/// Replies and cards go first.
const PRIORITY: i64 = 9;

impl Writer<'_> {
    pub(super) fn tell_subscribers(
        &mut self,
        event: &Event,
        before: Option<&Conversation>,
        after: &Conversation,
    ) -> Result<(), StoreError> {
        let known = self.known;
        if known.settings.document.subscribers.is_empty() {
            return Ok(());
        }
        for (n, news) in news_of(before, after).into_iter().enumerate() {
            let wanted = |entry: &&nochnik_core::business::SubscriberEntry| entry.events.contains(&news.kind);
            for entry in known.settings.document.subscribers.iter().filter(wanted) {
                let key = format!("{}#news.{n}.{}", event.id, entry.id);
                let lane = format!("news:{}:{}", entry.id, after.id);
                let errand = Errand::News { subscriber: entry.id.clone(), body: self.told(&news, after) };
                self.put(&key, after, &lane, PRIORITY, &errand)?;
            }
        }
        Ok(())
    }

    /// Names what it is about and tells nothing of the client: the rest is read by a key.
    fn told(&self, news: &News, after: &Conversation) -> String {
        let booking = news.booking.as_deref().map(published);
        let mut data = json!({ "dialogue_id": after.id });
        if let Some(booking) = booking {
            data["booking_id"] = json!(booking);
        }
        json!({ "type": news.kind.word(), "timestamp": self.now, "data": data }).to_string()
    }
}

/// Puts an event about nothing into the queue of one program: its owner wants to see whether it comes.
pub fn put_trial(sql: &mut dyn Sql, business: &str, subscriber: &str, now: Timestamp) -> Result<(), StoreError> {
    let body = json!({ "type": TRIAL, "timestamp": now, "data": {} }).to_string();
    let errand = Errand::News { subscriber: subscriber.to_owned(), body };
    let row = NewRow {
        key: &format!("trial.{subscriber}.{}", now.as_millisecond()),
        conversation_id: "",
        lane: &format!("news:{subscriber}:"),
        destination: &subscriber_destination(business, subscriber),
        kind: errand.kind(),
        priority: PRIORITY,
        payload: &serde_json::to_string(&errand).unwrap_or_default(),
        created_at_ms: now.as_millisecond(),
        due_at_ms: now.as_millisecond(),
    };
    outbox::put(sql, business, &row, None).map(drop)
}
