//! What the reader was not sure of goes to the people who can teach it.

use nochnik_core::conversation::Conversation;
use nochnik_core::event::Event;
use nochnik_core::lesson::lesson_of;
use nochnik_store::StoreError;
use nochnik_store::businesses::CANARY;
use nochnik_store::lessons::{self, NewLesson};

use super::Writer;

impl Writer<'_> {
    /// Points at the bubbles and keeps none of their words.
    pub(super) fn keep_lesson(
        &mut self,
        before: Option<&Conversation>,
        event: &Event,
        after: &Conversation,
        (first_seq, seq): (i64, i64),
    ) -> Result<(), StoreError> {
        // Nobody teaches us what we ask ourselves.
        let Some(lesson) = lesson_of(before, event, after).filter(|_| self.business() != CANARY) else {
            return Ok(());
        };
        let context = lesson.context_word();
        let kept = NewLesson {
            conversation_id: after.id.as_str(),
            first_seq,
            seq,
            at_ms: event.at.as_millisecond(),
            context: &context,
            heard: lesson.heard_word(),
            certainty: f64::from(lesson.certainty),
            is_missed: lesson.is_missed,
        };
        lessons::put(self.sql, self.known.settings.id.as_str(), &kept)
    }
}
