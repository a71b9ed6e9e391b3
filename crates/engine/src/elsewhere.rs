//! Where a message goes that its own chat does not take: another chat of the client, else an SMS. One way, once.

use nochnik_adapters::ports::Alert;
use nochnik_core::business::SMS;
use nochnik_core::conversation::Conversation;
use nochnik_core::effect::{Alarm, IfLost, RemindElsewhere, ReplyElsewhere, Sms, Ways};
use nochnik_core::elsewhere::{CallBack, call_back, ways};
use nochnik_core::event::{SendOutcome, What};
use nochnik_core::values::{ConversationId, PersonId, Phone};
use nochnik_store::messages::{self, Message};
use nochnik_store::outbox::{self, End, NewRow, OutboxRow, Status};
use nochnik_store::{Sql, StoreError, conversations};

use crate::acquaintance::others;
use crate::arrived::{Arrived, instant};
use crate::businesses::Known;
use crate::courier::{Troubles, bury, is_window_over};
use crate::errand::{Errand, channel_destination};
use crate::ingest::arrive;
use crate::save::{Writer, wake};
use crate::turn::state_of;

/// An SMS that says that a chat does not work helps nobody later than this.
const CALL_BACK_LIFE_MS: i64 = 3_600_000;
/// Rows looked through for one account in one look.
pub const WAITING_MAX: i64 = 1_000;
/// What a conversation hears of a message that was taken back from its channel.
const DOWN: End<'static> = End { code: "channel_down", why: "the channel is down" };

pub enum Way {
    Chat(ConversationId),
    Sms(Sms),
}

/// What tells whether a chat is open.
pub struct Sight<'a> {
    pub known: &'a Known,
    pub troubles: &'a Troubles,
    pub now_ms: i64,
}

/// The first open way in the owner's order.
pub fn first_way(
    sql: &mut dyn Sql,
    sight: &Sight<'_>,
    conversation: &Conversation,
    ways: Ways,
) -> Result<Option<Way>, StoreError> {
    let Ways { chats_of, sms } = ways;
    let mut chats = Vec::new();
    if let Some(phone) = chats_of {
        chats = open_chats(sql, sight, conversation, &phone)?;
    }
    let order = &sight.known.settings.document.care.elsewhere;
    let place = |way: &str| if order.is_empty() { Some(0) } else { order.iter().position(|named| named == way) };
    let chats = chats.into_iter().map(|chat| (place(&chat.address.account), Way::Chat(chat.id)));
    let sms = sms.into_iter().map(|sms| (place(SMS), Way::Sms(sms)));
    // Of equals the first is taken: the chat written to last.
    let placed = chats.chain(sms).filter_map(|(place, way)| Some((place?, way)));
    Ok(placed.min_by_key(|(place, _)| *place).map(|(_, way)| way))
}

/// Other conversations where something can be said to the client, the one written to last first. Only those whose
/// channel vouches for the number: anybody can type one.
fn open_chats(
    sql: &mut dyn Sql,
    sight: &Sight<'_>,
    conversation: &Conversation,
    phone: &Phone,
) -> Result<Vec<Conversation>, StoreError> {
    let business = sight.known.settings.id.as_str();
    let mut open = Vec::new();
    for other in others(sql, business, conversation.id.as_str(), phone)? {
        let client = &other.client;
        if client.is_phone_vouched && !client.is_blocked && !client.is_stopped && takes(sql, sight, &other)? {
            open.push(other);
        }
    }
    Ok(open)
}

/// Whether the channel of this conversation works and takes free text now.
fn takes(sql: &mut dyn Sql, sight: &Sight<'_>, other: &Conversation) -> Result<bool, StoreError> {
    let (business, account) = (sight.known.settings.id.as_str(), other.address.account.as_str());
    let Some(channel) = sight.known.ports.channels.get(account) else { return Ok(false) };
    if sight.troubles.of(&channel_destination(business, account)).is_some() {
        return Ok(false);
    }
    let Some(window) = channel.window() else { return Ok(true) };
    let last_ms = messages::last_client_at_ms(sql, business, other.id.as_str())?;
    Ok(!is_window_over(window, last_ms, sight.now_ms))
}

/// What waits for a channel that has been down for minutes. A reminder leaves it, for its visit does not wait. A reply
/// leaves it for another chat of the client; without one it stays, and will say that it is late, but an SMS tells the
/// client where to ring. Returns the conversations that have news.
pub fn lead_round(sql: &mut dyn Sql, sight: &Sight<'_>, account: &str) -> Result<Vec<String>, StoreError> {
    let business = sight.known.settings.id.as_str();
    let destination = channel_destination(business, account);
    let mut news = Vec::new();
    for listed in outbox::list(sql, business, Status::Waiting, WAITING_MAX)? {
        let row = listed.row;
        // One that perhaps came is not for us to repeat.
        if row.destination != destination || row.unknown_since_ms.is_some() {
            continue;
        }
        let Ok(Errand::Say { reminder, if_lost, .. }) = serde_json::from_str(&row.payload) else { continue };
        let goes_round = matches!(if_lost, IfLost::GoesRound | IfLost::GoesRoundAlways);
        let leaves = reminder.is_some() || (goes_round && has_chat(sql, sight, &row)?);
        if leaves && outbox::give_up(sql, business, row.id, DOWN, sight.now_ms)? {
            news.extend(bury(sql, &row, DOWN.code, sight.now_ms)?);
        }
    }
    Ok(news)
}

/// Whether the client has another chat for this reply. If only an SMS can reach them, it goes out beside the reply.
fn has_chat(sql: &mut dyn Sql, sight: &Sight<'_>, row: &OutboxRow) -> Result<bool, StoreError> {
    let settings = &sight.known.settings;
    let Some(loaded) = conversations::load(sql, &row.business, &row.conversation_id)? else { return Ok(false) };
    let (conversation, _) = state_of(&loaded, &row.conversation_id)?;
    let sms = call_back(&conversation, settings, CallBack::Late, instant(sight.now_ms));
    let Some(ways) = ways(&conversation, sms) else { return Ok(false) };
    match first_way(sql, sight, &conversation, ways)? {
        Some(Way::Chat(_)) => Ok(true),
        Some(Way::Sms(sms)) => text_beside(sql, sight, row, sms).map(|()| false),
        None => Ok(false),
    }
}

/// Several replies that wait are one SMS.
fn text_beside(sql: &mut dyn Sql, sight: &Sight<'_>, row: &OutboxRow, sms: Sms) -> Result<(), StoreError> {
    let Some(means) = sight.known.ports.means.get(&sms.means) else { return Ok(()) };
    let (destination, date) = (means.destination(), sight.known.settings.wall(instant(sight.now_ms)).date());
    let errand = text_of(sms, sight.now_ms + CALL_BACK_LIFE_MS);
    let once = format!("late:{}:{date}", row.conversation_id);
    let new = NewRow {
        key: &once,
        conversation_id: &row.conversation_id,
        lane: &once,
        destination: &destination,
        kind: errand.kind(),
        priority: 1,
        payload: &serde_json::to_string(&errand).unwrap_or_default(),
        created_at_ms: sight.now_ms,
        due_at_ms: sight.now_ms,
    };
    outbox::put(sql, &row.business, &new, None).map(drop)
}

impl Writer<'_> {
    pub(crate) fn remind_elsewhere(
        &mut self,
        key: &str,
        conversation: &Conversation,
        reminder: RemindElsewhere,
    ) -> Result<(), StoreError> {
        let RemindElsewhere { booking, before_min, visit, ways, until } = reminder;
        match self.way(conversation, ways)? {
            Some(Way::Chat(other)) => self.wake_now(&other, &Alarm::RemindHere { booking, before_min, visit }),
            Some(Way::Sms(sms)) => {
                let errand = text_of(sms, until.as_millisecond());
                self.put(key, conversation, &format!("text:{booking}"), 1, &errand)
            }
            None => Ok(()),
        }
    }

    pub(crate) fn reply_elsewhere(
        &mut self,
        conversation: &Conversation,
        reply: ReplyElsewhere,
    ) -> Result<(), StoreError> {
        let ReplyElsewhere { key, ways } = reply;
        match (self.way(conversation, ways)?, self.bubble(conversation, &key)?) {
            (Some(Way::Chat(other)), Some(bubble)) => {
                let by = bubble.person_id.map(PersonId::new);
                self.wake_now(&other, &Alarm::SayHere { from: key, text: bubble.text, by })
            }
            (Some(Way::Sms(sms)), _) => {
                // Many words that did not come are one SMS.
                let once = format!("unsent:{}:{}", conversation.id, self.settings().wall(self.now).date());
                let until_ms = self.now_ms() + CALL_BACK_LIFE_MS;
                self.put(&once, conversation, &once, 1, &text_of(sms, until_ms))?;
                self.tell_person(conversation, key)
            }
            _ => self.tell_person(conversation, key),
        }
    }

    fn way(&mut self, conversation: &Conversation, ways: Ways) -> Result<Option<Way>, StoreError> {
        let sight = Sight { known: self.known, troubles: self.troubles, now_ms: self.now_ms() };
        first_way(self.sql, &sight, conversation, ways)
    }

    fn bubble(&mut self, conversation: &Conversation, key: &str) -> Result<Option<Message>, StoreError> {
        let business = self.known.settings.id.as_str();
        let row = outbox::by_key(self.sql, business, key)?;
        let Some(seq) = row.as_ref().and_then(Errand::bubble) else { return Ok(None) };
        Ok(messages::list(self.sql, business, conversation.id.as_str(), seq - 1, 1)?.pop())
    }

    fn wake_now(&mut self, other: &ConversationId, alarm: &Alarm) -> Result<(), StoreError> {
        let now_ms = self.now_ms();
        self.next_alarm_ms = self.next_alarm_ms.into_iter().chain([now_ms]).min();
        wake(self.sql, self.known.settings.id.as_str(), other, alarm, now_ms)
    }

    /// The words themselves went nowhere: the conversation hears it, and calls a person.
    fn tell_person(&mut self, conversation: &Conversation, key: String) -> Result<(), StoreError> {
        let (id, now_ms) = (format!("sent:{key}:nowhere"), self.now_ms());
        let outcome = SendOutcome::Refused { code: "nowhere".to_owned() };
        let arrived = Arrived::Happened(What::Sent { key, outcome, if_lost: IfLost::PersonTold });
        let business = self.known.settings.id.as_str();
        self.has_news |= arrive(self.sql, business, &id, conversation.id.as_str(), &arrived, now_ms)?;
        Ok(())
    }
}

fn text_of(sms: Sms, until_ms: i64) -> Errand {
    let alert = Alert { text: sms.text, ..Alert::default() };
    Errand::Text { means: sms.means, to: sms.to.e164().to_owned(), alert, until_ms }
}
