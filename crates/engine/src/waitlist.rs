//! From a time that came free to the conversation that waits for it.

use jiff::Timestamp;
use nochnik_core::effect::Alarm;
use nochnik_core::values::ConversationId;
use nochnik_core::waitlist::{Freed, WaitlistEntry, next};
use nochnik_store::waitlist::{self, Waiting};
use nochnik_store::{Sql, StoreError};

use crate::businesses::Known;
use crate::save::wake;

/// Who waits for one time, at most: the longest waiting are asked.
const WAITERS_MAX: i64 = 200;
/// A visit that begins so much earlier may still take of what came free.
const VISIT_MS_MAX: i64 = 12 * 3_600_000;

/// Wakes the first who waits for such a time, but not the one who gave it back. Returns when the
/// alarm is due; `None`: nobody waits for it.
pub fn tell(
    sql: &mut dyn Sql,
    known: &Known,
    now: Timestamp,
    giver: Option<&ConversationId>,
    freed: Freed,
) -> Result<Option<i64>, StoreError> {
    let business = known.settings.id.as_str();
    let (from_ms, to_ms) = (freed.from.as_millisecond() - VISIT_MS_MAX, freed.to.as_millisecond());
    let rows = waitlist::meeting(sql, business, from_ms, to_ms, WAITERS_MAX)?;
    let others = rows.into_iter().filter(|row| giver.is_none_or(|giver| giver.as_str() != row.conversation_id));
    let entries: Vec<_> = others.filter_map(entry_of).collect();
    let Some(chosen) = next(&freed, &entries, &known.settings, now) else { return Ok(None) };
    let now_ms = now.as_millisecond();
    wake(sql, business, chosen, &Alarm::SlotFreed { freed }, now_ms)?;
    Ok(Some(now_ms))
}

/// An entry that cannot be read must not stop the turn that gives the time back.
fn entry_of(row: Waiting) -> Option<(ConversationId, WaitlistEntry)> {
    match serde_json::from_str(&row.entry) {
        Ok(entry) => Some((ConversationId::new(row.conversation_id), entry)),
        Err(error) => {
            let column = error.column();
            tracing::error!(conversation = row.conversation_id, column, "an entry of the waitlist cannot be read");
            None
        }
    }
}
