//! Inbox → step → one transaction; one turn at a time per conversation.

use std::sync::Arc;

use jiff::Timestamp;
use nochnik_core::burst;
use nochnik_core::calendar;
use nochnik_core::conversation::{BookingState, Conversation, ReadAs, Speaker};
use nochnik_core::dialogue::answers_at_once;
use nochnik_core::effect::Button;
use nochnik_core::event::{Event, Input, InputKind, What};
use nochnik_core::limits::BURST_MESSAGES_MAX;
use nochnik_core::step;
use nochnik_core::values::{Address, BusinessId, ConversationId};
use nochnik_store::bookings::BookingStatus;
use nochnik_store::inbox::InboxRow;
use nochnik_store::{Sql, StoreError, bookings, conversations, inbox, messages};

use crate::arrived::{Arrived, instant};
use crate::businesses::{Businesses, Known};
use crate::courier::{Crowd, Troubles};
use crate::save::{Queued, Writer};
use crate::tokens::Keys;

/// Rows looked at in one transaction.
const ROWS_MAX: i64 = 64;
/// Bubbles looked through for a button of long ago: an id is a part of few others.
const BUBBLES_OF_A_BUTTON_MAX: i64 = 8;

/// What a turn needs besides the database.
#[derive(Clone)]
pub struct TurnContext {
    pub businesses: Arc<Businesses>,
    pub keys: Keys,
    pub node: Arc<str>,
    pub public_url: Arc<str>,
    pub crowd: Arc<Crowd>,
    pub troubles: Arc<Troubles>,
}

/// How a turn ended.
#[derive(Debug, Default)]
pub struct Played {
    /// Events played.
    pub events: usize,
    /// The client is still typing: look again at this moment.
    pub wait_until_ms: Option<i64>,
    /// While it waits, the client may see that an answer is coming: where, and after which message of theirs.
    pub typing: Option<(Address, String)>,
    /// A conversation has begun with a client whose profile's name the channel did not bring.
    pub nameless: Option<Address>,
    /// More events lie behind the ones played.
    pub has_more: bool,
    pub queued: Vec<Queued>,
    pub next_alarm_ms: Option<i64>,
    /// How the client's words were taken, and whether in vain.
    pub read: Option<(ReadAs, bool)>,
    /// Moment the oldest played message came in, for measuring.
    pub oldest_received_ms: Option<i64>,
}

/// Plays what waits for one conversation. Runs inside `Store::write`: all of it stands or nothing.
pub fn play(
    sql: &mut dyn Sql,
    context: &TurnContext,
    business: &str,
    conversation: &str,
    now: Timestamp,
) -> Result<Played, StoreError> {
    let rows = inbox::pending(sql, business, conversation, ROWS_MAX)?;
    if rows.is_empty() {
        return Ok(Played::default());
    }
    let Some((known, busy_version)) = context.businesses.current(sql, business)? else {
        return Err(StoreError::Corrupt {
            table: "businesses".into(),
            column: "document".into(),
            row: business.into(),
        });
    };
    let snapshot = known.snapshot(sql, busy_version, now)?;
    let mut loaded = load(sql, business, conversation)?;
    if let Some((state, _)) = &mut loaded {
        lose_holds(sql, state)?;
    }
    let read: Vec<(InboxRow, Arrived)> = rows.into_iter().map(parse).collect::<Result<_, _>>()?;
    let has_more = read.len() == usize::try_from(ROWS_MAX).unwrap_or(usize::MAX);
    let asking = loaded.as_ref().map_or_else(Default::default, |(state, _)| state.asking);
    let (group, wait_until) = next_group(&read, now, |inputs| burst::wait_until(inputs, asking, &known.settings, now));
    let Some(group) = group else {
        let wait_until_ms = wait_until.map(|at| at.as_millisecond());
        if let Some(due_at_ms) = wait_until_ms {
            inbox::postpone(sql, business, conversation, due_at_ms)?;
        }
        let speaker = loaded.as_ref().map_or(Speaker::Bot, |(state, _)| state.speaker.clone());
        let typing = last_words(&read).filter(|_| answers_at_once(&speaker, &known.settings, now));
        return Ok(Played { wait_until_ms, typing, ..Played::default() });
    };
    if let (Some((state, _)), What::Client(inputs)) = (&mut loaded, &group.what) {
        recall_buttons(sql, state, inputs)?;
    }
    let before = loaded.as_ref().map(|(state, version)| (state, *version));
    let state = match (&loaded, group.address.as_ref()) {
        (Some((state, _)), _) => state.clone(),
        (None, Some(address)) => begin(&known, conversation, address, group.received_at),
        // Nothing was ever said here: an alarm or a tap of a conversation that is gone.
        (None, None) => {
            inbox::finish(sql, business, &group.ids, now.as_millisecond())?;
            return Ok(Played { events: group.ids.len(), has_more: true, ..Played::default() });
        }
    };
    let event = Event { id: format!("i{}", group.ids[0]), at: group.received_at, what: group.what };
    let misses = state.misses;
    let is_new = loaded.is_none();
    let (after, effects) = step(state, &snapshot, &event, now);
    let nameless = Some(after.address.clone()).filter(|_| is_new && after.client.profile_name.is_none());
    let is_words = matches!(event.what, What::Client(_) | What::Consulted { .. }) && after.doubt.is_none();
    let read = after.read_as.filter(|_| is_words).map(|read| (read, after.misses > misses));
    if inbox::finish(sql, business, &group.ids, now.as_millisecond())? != group.ids.len() as u64 {
        return Err(StoreError::Stale { table: "inbox".into() });
    }
    let mut writer = Writer {
        sql,
        known: &known,
        keys: &context.keys,
        node: &context.node,
        public_url: &context.public_url,
        now,
        crowd: &context.crowd,
        troubles: &context.troubles,
        queued: Vec::new(),
        answers_since_ms: None,
        has_news: false,
        next_alarm_ms: None,
    };
    writer.write(&event, before, &after, effects)?;
    let (queued, has_news, next_alarm_ms) = (writer.queued, writer.has_news, writer.next_alarm_ms);
    Ok(Played {
        events: group.ids.len(),
        wait_until_ms: None,
        typing: None,
        nameless,
        has_more: has_more || has_news || group.leaves_some,
        queued,
        next_alarm_ms,
        read,
        oldest_received_ms: Some(group.received_at.as_millisecond()),
    })
}

/// Where the client wrote last, and the vendor's id of it.
fn last_words(rows: &[(InboxRow, Arrived)]) -> Option<(Address, String)> {
    rows.iter().rev().find_map(|(_, arrived)| match arrived {
        Arrived::Client { address, input, .. } => Some((address.clone(), input.message_id.clone())),
        _ => None,
    })
}

fn load(sql: &mut dyn Sql, business: &str, conversation: &str) -> Result<Option<(Conversation, i64)>, StoreError> {
    conversations::load(sql, business, conversation)?.map(|loaded| state_of(&loaded, conversation)).transpose()
}

/// A press on a button the conversation no longer remembers reads as its label: the bubble it stood under is kept.
fn recall_buttons(sql: &mut dyn Sql, state: &mut Conversation, inputs: &[Input]) -> Result<(), StoreError> {
    for input in inputs {
        let InputKind::Button { id, .. } = &input.what else { continue };
        if state.shown.iter().any(|button| button.id == *id) {
            continue;
        }
        let bubbles =
            messages::buttons_with(sql, state.business.as_str(), state.id.as_str(), id, BUBBLES_OF_A_BUTTON_MAX)?;
        let buttons = bubbles.iter().filter_map(|json| serde_json::from_str::<Vec<Button>>(json).ok()).flatten();
        if let Some(button) = buttons.into_iter().find(|button| button.id == *id) {
            state.recall(button);
        }
    }
    Ok(())
}

/// A hold that its conversation let pass and the auditor ended is over for the conversation too: the slot may be somebody
/// else's.
fn lose_holds(sql: &mut dyn Sql, state: &mut Conversation) -> Result<(), StoreError> {
    let business = state.business.to_string();
    for booking in state.bookings.iter_mut().filter(|booking| matches!(booking.state, BookingState::Held { .. })) {
        let row = bookings::get(sql, &business, &booking.id)?;
        if row.is_none_or(|row| row.status != BookingStatus::Held) {
            booking.state = BookingState::Expired;
        }
    }
    Ok(())
}

/// The stored state with its version.
pub fn state_of(loaded: &conversations::Loaded, conversation: &str) -> Result<(Conversation, i64), StoreError> {
    let state = serde_json::from_str(&loaded.state).map_err(|_| StoreError::Corrupt {
        table: "conversations".into(),
        column: "state".into(),
        row: conversation.into(),
    })?;
    Ok((state, loaded.version))
}

fn begin(known: &Known, conversation: &str, address: &Address, at: Timestamp) -> Conversation {
    // Whoever rings does not come to us at night: a person enters it when they find the time.
    let is_after_hours = address.has_chat() && calendar::is_after_hours(&known.settings, at);
    let business = BusinessId::new(known.settings.id.as_str());
    Conversation::new(business, ConversationId::new(conversation), address.clone(), at, is_after_hours)
}

fn parse(row: InboxRow) -> Result<(InboxRow, Arrived), StoreError> {
    let arrived = serde_json::from_str(&row.payload).map_err(|_| StoreError::Corrupt {
        table: "inbox".into(),
        column: "payload".into(),
        row: row.id.to_string(),
    })?;
    Ok((row, arrived))
}

/// Rows that make one event.
struct Group {
    ids: Vec<i64>,
    what: What,
    address: Option<Address>,
    received_at: Timestamp,
    leaves_some: bool,
}

/// The next event: a burst of the client's messages, or one of anything else. A burst that is not
/// over waits, and so does a voice message that is being listened to; what came behind from others does not.
fn next_group(
    rows: &[(InboxRow, Arrived)],
    now: Timestamp,
    wait: impl Fn(&[Input]) -> Option<Timestamp>,
) -> (Option<Group>, Option<Timestamp>) {
    let is_client = |(_, arrived): &&(InboxRow, Arrived)| matches!(arrived, Arrived::Client { .. });
    let listening = |(_, arrived): &(InboxRow, Arrived)| arrived.listening_until_ms(now.as_millisecond());
    let is_ready = |row: &&(InboxRow, Arrived)| is_client(row) && listening(row).is_none();
    let behind = |until| match rows.iter().find(|row| !is_client(row)) {
        Some(other) => (Some(single(other, true)), None),
        None => (None, Some(until)),
    };
    let burst: Vec<&(InboxRow, Arrived)> = rows.iter().take_while(is_ready).take(BURST_MESSAGES_MAX).collect();
    if burst.is_empty() {
        return match rows.first().and_then(listening) {
            Some(until_ms) => behind(instant(until_ms)),
            None => (rows.first().map(|row| single(row, rows.len() > 1)), None),
        };
    }
    let mut inputs: Vec<Input> = burst.iter().filter_map(|(_, arrived)| input_of(arrived)).collect();
    inputs.sort_by_key(|input| input.at);
    match wait(&inputs) {
        None => {
            let ids = burst.iter().map(|(row, _)| row.id).collect();
            let address = burst[0].1.address().cloned();
            let received_at = instant(burst[0].0.received_at_ms);
            let leaves_some = rows.len() > burst.len();
            (Some(Group { ids, what: What::Client(inputs), address, received_at, leaves_some }), None)
        }
        Some(until) => behind(until),
    }
}

fn input_of(arrived: &Arrived) -> Option<Input> {
    match arrived {
        Arrived::Client { input, .. } => Some(input.clone()),
        _ => None,
    }
}

fn single((row, arrived): &(InboxRow, Arrived), leaves_some: bool) -> Group {
    let what = match arrived {
        Arrived::Client { input, .. } => What::Client(vec![input.clone()]),
        Arrived::Reachable { is_reachable, .. } => What::Reachable(*is_reachable),
        Arrived::Happened(what) | Arrived::ByHand { what, .. } => what.clone(),
    };
    Group {
        ids: vec![row.id],
        what,
        address: arrived.address().cloned(),
        received_at: instant(row.received_at_ms),
        leaves_some,
    }
}
