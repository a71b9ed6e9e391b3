//! What programs of the business are told: a row for each of them, in the turn's own transaction.

use nochnik_core::conversation::Conversation;
use nochnik_core::event::Event;
use nochnik_core::news::{News, news_of, published};
use nochnik_store::StoreError;
use serde_json::json;

use super::Writer;
use crate::errand::Errand;

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
