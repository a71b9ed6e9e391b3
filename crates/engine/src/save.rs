//! Writes what a step decided: state, messages, bookings, outbox and alarms, in the turn's own
//! transaction.

mod lesson;
mod news;
mod rows;

pub use news::put_trial;

use jiff::Timestamp;
use nochnik_adapters::ports::{Alert, Outgoing};
use nochnik_core::business::Settings;
use nochnik_core::calendar::is_after_hours;
use nochnik_core::conversation::{Answer, Conversation};
use nochnik_core::dialogue::line_of;
use nochnik_core::effect::{Alarm, Button, Effect, Notice, Reply, Summons};
use nochnik_core::escalation::{Case, CaseState};
use nochnik_core::event::{Event, InputKind, NoticeAnswer, StaffAct, What};
use nochnik_core::lead::Heat;
use nochnik_core::limits::NOTICES_WINDOW_MIN;
use nochnik_core::numbers::facts_of;
use nochnik_core::phrases::{Phrase, text};
use nochnik_core::schedule::{Busy, Slot};
use nochnik_core::storm;
use nochnik_core::values::{Address, CaseId, ConversationId, PersonId, ServiceId};
use nochnik_store::calendars::of_booking;
use nochnik_store::messages::{Delivery, NewMessage};
use nochnik_store::outbox::{Lease, NewRow};
use nochnik_store::{
    Sql, StoreError, alarms, bookings, calendars, case_steps, messages, notices, outbox, scores, waitlist,
};

use crate::acquaintance::acquaint;
use crate::businesses::Known;
use crate::calendars::{stands, visit_lane, visit_of};
use crate::case_log;
use crate::consents::{self, Scene};
use crate::courier::{Crowd, LEASE_MS, Troubles};
use crate::duty::tell_owners;
use crate::errand::{self, Errand, Written, channel_destination, line_lane, subscriber_destination};
use crate::links;
use crate::numbers::{self, Answering};
use crate::tokens::{Keys, button_id};
use crate::waitlist::tell;

/// Half an hour: an old button is answered with a fresh card. Source: security C-07.
const NOTICE_LIFE_MS: i64 = 30 * 60_000;
/// The chat of our own pages: who writes there has opened our address.
const WIDGET: &str = "widget";

/// What the courier must hear of once the turn is committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Queued {
    /// Leased to this node: may be sent at once.
    Leased(Box<outbox::OutboxRow>),
    /// Waits behind another row of its lane.
    Behind { destination: String, priority: i64 },
}

/// The turn being written.
pub struct Writer<'a> {
    pub sql: &'a mut dyn Sql,
    pub known: &'a Known,
    pub keys: &'a Keys,
    pub node: &'a str,
    /// The address clients can open, without a slash at the end; empty where there is none.
    pub public_url: &'a str,
    pub now: Timestamp,
    pub crowd: &'a Crowd,
    /// What is wrong with the channels now.
    pub troubles: &'a Troubles,
    pub queued: Vec<Queued>,
    /// When the client wrote what the next reply of the bot answers.
    pub answers_since_ms: Option<i64>,
    /// An event for this very conversation was put into the inbox.
    pub has_news: bool,
    /// The earliest alarm set.
    pub next_alarm_ms: Option<i64>,
}

impl Writer<'_> {
    pub(crate) fn business(&self) -> &str {
        self.known.settings.id.as_str()
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.known.settings
    }

    pub(crate) fn now_ms(&self) -> i64 {
        self.now.as_millisecond()
    }

    /// Writes the outcome of one step.
    pub fn write(
        &mut self,
        event: &Event,
        before: Option<(&Conversation, i64)>,
        after: &Conversation,
        effects: Vec<Effect>,
    ) -> Result<(), StoreError> {
        let known = self.known;
        let business = known.settings.id.as_str();
        if let What::Client(inputs) = &event.what
            && let Some(bubbles) = self.keep_inputs(before.map_or(after, |(before, _)| before), after, inputs)?
        {
            self.keep_lesson(before.map(|(conversation, _)| conversation), event, after, bubbles)?;
        }
        if let What::Staff { person, act } = &event.what {
            self.keep_act(after, event.at, person, act)?;
        }
        let was = before.map(|(conversation, _)| conversation);
        let due_at = case_log::due_at(event, was);
        let facts = facts_of(&known.settings, was, event, after, &effects, self.now);
        numbers::note(self.sql, &known.settings, &after.address.channel, &facts, self.now)?;
        self.answers_since_ms = asked_at_ms(&event.what, event.at);
        let cases = (was.and_then(|was| was.case.as_ref()), after.case.as_ref());
        case_log::changes(self.sql, business, cases, due_at, self.now)?;
        for (n, effect) in effects.into_iter().enumerate() {
            let key = format!("{}#{n}", event.id);
            if let Some((case, step)) = case_log::call(&effect, &self.keys.notice(business, &key), due_at, self.now) {
                case_steps::add(self.sql, business, &case, &step)?;
            }
            self.carry_out(&key, event, after, effect)?;
        }
        self.tell_subscribers(event, was, after)?;
        if after.waitlist.as_ref() != was.and_then(|was| was.waitlist.as_ref()) {
            self.save_waitlist(after)?;
        }
        self.save_conversation(before.map_or(0, |(_, version)| version), after)?;
        if after.lead.is_some()
            && was.is_none_or(|was| was.lead != after.lead || was.client != after.client || was.wish != after.wish)
        {
            self.save_lead(after)?;
        }
        // A new reason opens a new case: the one it replaces waits for nobody any more.
        if let Some(replaced) = was.and_then(|was| was.case.as_ref())
            && after.case.as_ref().is_none_or(|case| case.id != replaced.id)
        {
            let closed = CaseState::Closed { at: self.now, why: String::new() };
            self.save_case(after, &Case { state: closed, next_at: None, ..replaced.clone() })?;
        }
        if let Some(case) = after.case.as_ref().filter(|_| was.is_none_or(|was| was.case != after.case)) {
            self.save_case(after, case)?;
        }
        nochnik_store::notify(self.sql, business, after.id.as_str())
    }

    /// Returns the first and the last bubble, if there is any. What was pressed was shown `before`: the step itself may
    /// have pushed it out.
    fn keep_inputs(
        &mut self,
        before: &Conversation,
        conversation: &Conversation,
        inputs: &[nochnik_core::event::Input],
    ) -> Result<Option<(i64, i64)>, StoreError> {
        let mut bubbles: Option<(i64, i64)> = None;
        let chips = (!conversation.heard.is_empty()).then(|| json(&conversation.heard));
        for input in inputs {
            if let InputKind::Button { id, .. } = &input.what {
                links::button_pressed(self.sql, self.known.settings.id.as_str(), id, self.now.as_millisecond())?;
            }
            let Some(text) = line_of(&input.what, &before.shown) else { continue };
            let file = match &input.what {
                InputKind::Attachment { file: Some(file), .. } => Some(json(file)),
                _ => None,
            };
            let message = NewMessage {
                conversation_id: conversation.id.as_str(),
                at_ms: input.at.as_millisecond(),
                author: "client",
                person_id: None,
                text: &text,
                buttons: None,
                vendor_id: Some(&input.message_id),
                delivery: None,
                chips: chips.as_deref(),
                file: file.as_deref(),
            };
            let seq = messages::append(self.sql, self.known.settings.id.as_str(), &message)?;
            bubbles = Some((bubbles.map_or(seq, |(first, _)| first), seq));
        }
        Ok(bubbles)
    }

    /// What somebody of the staff wrote in the messenger's own app has gone out already; a note goes nowhere, and so does
    /// what is written down about a visit entered by hand.
    fn keep_act(
        &mut self,
        conversation: &Conversation,
        at: Timestamp,
        person: &PersonId,
        act: &StaffAct,
    ) -> Result<(), StoreError> {
        let (author, person_id, text, vendor_id, delivery) = match act {
            StaffAct::WroteElsewhere { text, message_id } => {
                ("person", None, text, Some(message_id.as_str()), Some(Delivery::Sent))
            }
            StaffAct::Note { text } => ("note", Some(person.as_str()), text, None, None),
            StaffAct::Enter(_) => match conversation.transcript.last() {
                Some(line) => ("note", Some(person.as_str()), &line.text, None, None),
                None => return Ok(()),
            },
            _ => return Ok(()),
        };
        let message = NewMessage {
            conversation_id: conversation.id.as_str(),
            at_ms: at.as_millisecond(),
            author,
            person_id,
            text,
            buttons: None,
            vendor_id,
            delivery,
            chips: None,
            file: None,
        };
        messages::append(self.sql, self.known.settings.id.as_str(), &message).map(drop)
    }

    fn carry_out(
        &mut self,
        key: &str,
        event: &Event,
        conversation: &Conversation,
        effect: Effect,
    ) -> Result<(), StoreError> {
        let known = self.known;
        let business = known.settings.id.as_str();
        match effect {
            Effect::Say(reply) => self.say(key, event, conversation, reply),
            Effect::Line(words) => {
                let lane = line_lane(conversation.id.as_str());
                self.put(key, conversation, &lane, 0, &Errand::Line { words })
            }
            Effect::AnswerPress { to, press_id, text } => {
                let errand = Errand::Press { account: to.account, press_id, text };
                self.put(key, conversation, &format!("press:{key}"), 0, &errand)
            }
            Effect::Notify(notice) => {
                let is_asked_for = matches!(event.what, What::StalePress { .. });
                self.notify(key, conversation, notice, is_asked_for)
            }
            Effect::Summon(summons) => self.summon(key, conversation, summons),
            Effect::RefreshNotices { case, text } => self.edit_notices(key, conversation, &case, &text, true),
            Effect::CloseNotices { case, text } => self.edit_notices(key, conversation, &case, &text, false),
            Effect::Crm(card) => self.card(key, conversation, card),
            Effect::Consult(inquiry) => {
                let lane = format!("consult:{}", conversation.id);
                self.put(key, conversation, &lane, 0, &Errand::Consult { inquiry })
            }
            Effect::Hold { booking, slot, service, until } => self.hold(conversation, &booking, &slot, &service, until),
            Effect::Extend { booking, until } => {
                let is_held = bookings::extend(self.sql, business, &booking, until.as_millisecond())?;
                // Play the turn again: it finds the hold lost.
                if is_held { Ok(()) } else { Err(StoreError::Taken) }
            }
            Effect::Keep { booking, client_name } => {
                let is_kept = bookings::keep(self.sql, business, &booking, &client_name)?;
                if is_kept { self.mirror(key, conversation, &booking, false) } else { Err(StoreError::Taken) }
            }
            Effect::Answered { booking, answer } => {
                bookings::answered(self.sql, business, &booking, stored_answer(answer))
            }
            Effect::Prove(proof) => {
                let (address, now_ms) = (&conversation.address, self.now_ms());
                let scene = Scene { business, conversation: &conversation.id, address, event, now_ms };
                consents::write(self.sql, self.keys, &scene, &proof)
            }
            Effect::Ended { case, outcome } => {
                scores::put_outcome(self.sql, business, case.as_str(), &json(&outcome), self.now.as_millisecond())
            }
            Effect::Rated { booking, rating } => bookings::rate(self.sql, business, &booking, i64::from(rating)),
            Effect::Came { booking, has_come: true } => bookings::arrived(self.sql, business, &booking).map(drop),
            Effect::Came { booking, has_come: false } => bookings::no_show(self.sql, business, &booking).map(drop),
            Effect::Confirm { booking, client_name, is_unreminded } => {
                let is_confirmed = bookings::confirm(self.sql, business, &booking, &client_name, is_unreminded)?;
                // The row was not held any more: the slot may be somebody else's. Play the turn again.
                if is_confirmed { self.mirror(key, conversation, &booking, false) } else { Err(StoreError::Taken) }
            }
            Effect::Release { booking } => {
                bookings::cancel(self.sql, business, &booking)?;
                self.mirror(key, conversation, &booking, false)
            }
            Effect::Move { booking, slot, by } => self.shift(key, conversation, &booking, &slot, by.as_deref()),
            Effect::Mirror { booking } => self.mirror(key, conversation, &booking, true),
            Effect::TellOwners { text } => {
                let now_ms = self.now_ms();
                tell_owners(self.sql, known, key, &text, now_ms)
            }
            Effect::Acquaint { phone } => {
                let is_known = acquaint(self.sql, known, conversation, &phone, key, self.now)?;
                self.has_news |= is_known;
                Ok(())
            }
            Effect::RemindElsewhere(reminder) => self.remind_elsewhere(key, conversation, *reminder),
            Effect::ReplyElsewhere(reply) => self.reply_elsewhere(conversation, *reply),
            Effect::Freed(freed) => {
                let told = tell(self.sql, known, self.now, Some(&conversation.id), freed)?;
                self.next_alarm_ms = self.next_alarm_ms.into_iter().chain(told).min();
                Ok(())
            }
            Effect::Wake { alarm, due } => {
                let due_at_ms = due.as_millisecond();
                self.next_alarm_ms = self.next_alarm_ms.into_iter().chain([due_at_ms]).min();
                wake(self.sql, business, &conversation.id, &alarm, due_at_ms)
            }
        }
    }

    /// The entry of the waitlist beside its conversation, so that others can find it.
    fn save_waitlist(&mut self, after: &Conversation) -> Result<(), StoreError> {
        let business = self.known.settings.id.as_str();
        let Some(entry) = &after.waitlist else {
            return waitlist::remove(self.sql, business, after.id.as_str());
        };
        let ms = |wall| self.known.settings.moment_of(wall).as_millisecond();
        let waiting = waitlist::Waiting {
            conversation_id: after.id.to_string(),
            from_ms: ms(entry.window.from),
            to_ms: ms(entry.window.to),
            since_ms: entry.since.as_millisecond(),
            entry: json(entry),
        };
        waitlist::put(self.sql, business, &waiting)
    }

    fn say(&mut self, key: &str, event: &Event, conversation: &Conversation, reply: Reply) -> Result<(), StoreError> {
        let line = Written::of(event, self.known).filter(|_| reply.by.is_some());
        let buttons = (!reply.buttons.is_empty()).then(|| json(&reply.buttons));
        let links: Vec<_> = reply.visits.iter().filter_map(|visit| self.file_link(conversation, visit)).collect();
        let words =
            (!links.is_empty()).then(|| text(self.settings(), Phrase::BookedFile, &[("link", &links.join("\n"))]));
        let reply =
            Reply { text: [Some(reply.text), words].into_iter().flatten().collect::<Vec<_>>().join("\n\n"), ..reply };
        let reply = Reply { text: self.with_short_links(conversation, &reply.text)?, ..reply };
        let business = self.known.settings.id.as_str();
        links::buttons_shown(self.sql, business, &reply.buttons, self.now.as_millisecond())?;
        let message = NewMessage {
            conversation_id: conversation.id.as_str(),
            at_ms: self.now_ms(),
            author: if reply.by.is_some() { "person" } else { "bot" },
            person_id: reply.by.as_ref().map(|person| person.as_str()),
            text: &reply.text,
            buttons: buttons.as_deref(),
            vendor_id: None,
            delivery: Some(Delivery::Queued),
            chips: None,
            file: None,
        };
        let seq = messages::append(self.sql, self.known.settings.id.as_str(), &message)?;
        // The first reply answers; what follows only adds to it.
        let answers = if reply.by.is_none() { self.answers_since_ms.take() } else { None };
        let errand = Errand::Say {
            seq,
            answers: answers.map(|since_ms| Answering {
                since_ms,
                channel: conversation.address.channel.clone(),
                is_night: is_after_hours(self.settings(), self.now),
            }),
            account: conversation.address.account.clone(),
            peer: conversation.address.peer.clone(),
            message: Outgoing { text: reply.text, buttons: reply.buttons, asks_phone: reply.asks_phone, picture: None },
            may_reword: reply.may_reword,
            reminder: reply.reminder,
            if_lost: reply.if_lost,
            line,
        };
        self.put(key, conversation, &format!("say:{}", conversation.id), 0, &errand)
    }

    fn with_short_links(&mut self, conversation: &Conversation, text: &str) -> Result<String, StoreError> {
        let public_url = if self.is_open_to(conversation) { self.public_url } else { "" };
        links::shorten(self.sql, &self.known.settings.document, public_url, text, self.now.as_millisecond())
    }

    /// Whether this client can open our address.
    fn is_open_to(&self, conversation: &Conversation) -> bool {
        let is_of_ours = conversation.address.channel == WIDGET && !self.public_url.is_empty();
        self.public_url.starts_with("https://") || is_of_ours
    }

    /// Where the client finds the visit as a calendar file; `None` where clients cannot open our address.
    fn file_link(&self, conversation: &Conversation, booking: &str) -> Option<String> {
        let token = self.keys.visit(self.business(), booking);
        self.is_open_to(conversation)
            .then(|| format!("{}/visit/{}/{booking}/{token}.ics", self.public_url, self.business()))
    }

    fn notify(
        &mut self,
        key: &str,
        conversation: &Conversation,
        notice: Notice,
        is_asked_for: bool,
    ) -> Result<(), StoreError> {
        let is_single = is_asked_for || self.is_single(&notice)?;
        let token = self.keys.notice(self.business(), key);
        let row = notices::Notice {
            token: token.clone(),
            case_id: notice.case.to_string(),
            conversation_id: conversation.id.to_string(),
            person_id: notice.person.to_string(),
            channel: notice.to.channel.clone(),
            account: notice.to.account.clone(),
            peer: notice.to.peer.clone(),
            vendor_message_id: None,
            level: i64::from(notice.level),
            expires_at_ms: self.now_ms() + NOTICE_LIFE_MS,
            used_at_ms: None,
        };
        notices::put(self.sql, self.known.settings.id.as_str(), &row)?;
        if !is_single {
            return self.bundle(notice, token);
        }
        let buttons =
            notice.answers.iter().map(|b| Button { id: button_id(&token, b.answer), label: b.label.clone() }).collect();
        let message = Outgoing { text: notice.text, buttons, ..Outgoing::default() };
        let lane = notice_lane(&token);
        let errand = Errand::Notice { account: notice.to.account, peer: notice.to.peer, token, message };
        self.put(key, conversation, &lane, 0, &errand)
    }

    /// In a storm cards come together; the question how a case ended belongs to one that is over.
    fn is_single(&mut self, notice: &Notice) -> Result<bool, StoreError> {
        if !notice.answers.iter().any(|button| button.answer == NoticeAnswer::Take) {
            return Ok(true);
        }
        let since_ms = self.now_ms() + NOTICE_LIFE_MS - NOTICES_WINDOW_MIN * 60_000;
        let (business, to) = (self.known.settings.id.as_str(), &notice.to);
        let recent = notices::singles(self.sql, business, &to.account, &to.peer, since_ms)?;
        Ok(storm::is_single(usize::try_from(recent).unwrap_or(0), notice.is_urgent))
    }

    /// Puts the card into the bundle that leaves at the end of this minute.
    fn bundle(&mut self, notice: Notice, token: String) -> Result<(), StoreError> {
        let (business, leaves_at_ms) = (self.known.settings.id.as_str(), storm::leaves_at(self.now).as_millisecond());
        notices::progress(self.sql, business, &token, "bundled")?;
        let (Address { account, peer, .. }, line) = (notice.to, storm::line_of(&notice.text));
        let card = errand::Card { token, case: notice.case, line };
        let key = format!("bundle:{account}/{peer}:{leaves_at_ms}");
        let gathered = outbox::waiting_payload(self.sql, business, &key)?;
        if let Some(Errand::Bundle { mut cards, .. }) = gathered.and_then(|text| serde_json::from_str(&text).ok()) {
            cards.push(card.clone());
            let whole = json(&Errand::Bundle { account: account.clone(), peer: peer.clone(), cards });
            if outbox::reword(self.sql, business, &key, &whole)? {
                return Ok(());
            }
        }
        let errand = Errand::Bundle { account: account.clone(), peer: peer.clone(), cards: vec![card] };
        let new = NewRow {
            key: &key,
            conversation_id: "",
            // A lane of its own: what the person is told meanwhile does not wait for it.
            lane: &format!("bundle:{account}/{peer}"),
            destination: &channel_destination(business, &account),
            kind: errand.kind(),
            priority: 0,
            payload: &json(&errand),
            // Its age is counted from when it may leave.
            created_at_ms: leaves_at_ms,
            due_at_ms: leaves_at_ms,
        };
        match outbox::put(self.sql, business, &new, None)? {
            Some(_) => Ok(()),
            // Another turn has begun the bundle, or it has left: played again, the turn adds to it or begins the next.
            None => Err(StoreError::Stale { table: "outbox".into() }),
        }
    }

    fn summon(&mut self, key: &str, conversation: &Conversation, summons: Summons) -> Result<(), StoreError> {
        let token = self.keys.notice(self.business(), key);
        let row = notices::Notice {
            token: token.clone(),
            case_id: summons.case.to_string(),
            conversation_id: conversation.id.to_string(),
            person_id: summons.person.to_string(),
            channel: notices::MEANS.to_owned(),
            account: summons.means.clone(),
            peer: summons.to.clone(),
            vendor_message_id: None,
            level: i64::from(summons.level),
            expires_at_ms: self.now_ms() + NOTICE_LIFE_MS,
            used_at_ms: None,
        };
        notices::put(self.sql, self.known.settings.id.as_str(), &row)?;
        let link = self.public_url.starts_with("https://").then(|| format!("{}/take/{token}", self.public_url));
        let Summons { case, means, to, title, text, is_urgent, .. } = summons;
        let lane = notice_lane(&token);
        let errand =
            Errand::Summon { means, to, token, case, alert: Alert { title, text, link, picture: None }, is_urgent };
        self.put(key, conversation, &lane, 0, &errand)
    }

    fn edit_notices(
        &mut self,
        key: &str,
        conversation: &Conversation,
        case: &CaseId,
        text: &str,
        keeps_buttons: bool,
    ) -> Result<(), StoreError> {
        let known = self.known;
        let sent = notices::for_case(self.sql, known.settings.id.as_str(), case.as_str())?;
        // What went by SMS or call is not taken back.
        for notice in sent.into_iter().filter(|notice| notice.channel != notices::MEANS) {
            let buttons = if keeps_buttons && notice.used_at_ms.is_none() {
                self.case_buttons(conversation, &notice.token)
            } else {
                Vec::new()
            };
            let lane = notice_lane(&notice.token);
            let message = Outgoing { text: text.to_owned(), buttons, ..Outgoing::default() };
            let key = format!("{key}/{}", notice.token);
            let errand = Errand::Edit { account: notice.account, peer: notice.peer, token: notice.token, message };
            self.put(&key, conversation, &lane, 1, &errand)?;
        }
        Ok(())
    }

    fn case_buttons(&self, conversation: &Conversation, token: &str) -> Vec<Button> {
        let Some(case) = &conversation.case else { return Vec::new() };
        nochnik_core::case_answers(self.settings(), case)
            .into_iter()
            .map(|button| Button { id: button_id(token, button.answer), label: button.label })
            .collect()
    }

    fn card(
        &mut self,
        key: &str,
        conversation: &Conversation,
        card: Box<nochnik_core::crm::Card>,
    ) -> Result<(), StoreError> {
        if self.known.ports.crm.is_none() {
            return Ok(());
        }
        let priority = match card.heat {
            Heat::Hot => 0,
            Heat::Warm => 1,
            Heat::Cold => 2,
        };
        let lane = format!("crm:{}", conversation.id);
        outbox::hurry(self.sql, self.known.settings.id.as_str(), &lane, priority)?;
        self.put(key, conversation, &lane, priority, &Errand::Card { card })
    }

    fn hold(
        &mut self,
        conversation: &Conversation,
        id: &str,
        slot: &Slot,
        service: &ServiceId,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        let business = self.known.settings.id.as_str();
        with_booking(conversation, id, slot, service.as_str(), |booking| {
            let held = bookings::NewBooking { held_until_ms: Some(until.as_millisecond()), ..*booking };
            bookings::hold(self.sql, business, &held)
        })
    }

    /// A visit stands at another time. The calendar where that was done shows it already.
    fn shift(
        &mut self,
        key: &str,
        conversation: &Conversation,
        id: &str,
        slot: &Slot,
        by: Option<&str>,
    ) -> Result<(), StoreError> {
        let business = self.known.settings.id.as_str();
        let is_shifted =
            with_booking(conversation, id, slot, "", |booking| bookings::shift(self.sql, business, id, booking))?;
        if !is_shifted {
            return Err(StoreError::Stale { table: "bookings".into() });
        }
        let (found, event) = match by {
            Some(calendar) => (bookings::get(self.sql, business, id)?, of_booking(self.sql, business, calendar, id)?),
            None => (None, None),
        };
        if let (Some(calendar), Some(booking), Some(event)) = (by, found, event) {
            let agreed = calendars::Event { visit: Some(visit_of(&booking)), ..event };
            calendars::put(self.sql, business, calendar, &agreed, &[])?;
        }
        self.mirror(key, conversation, id, false)
    }

    /// Calendars that show this booking, or should, are brought up to date.
    fn mirror(&mut self, key: &str, conversation: &Conversation, id: &str, is_forced: bool) -> Result<(), StoreError> {
        let known = self.known;
        let business = known.settings.id.as_str();
        if known.ports.calendars.is_empty() {
            return Ok(());
        }
        let Some(booking) = bookings::get(self.sql, business, id)? else { return Ok(()) };
        for entry in &known.settings.document.calendars {
            let account = entry.account();
            let belongs = stands(&booking) && entry.is_of(&booking.specialist_id);
            if belongs || of_booking(self.sql, business, account, id)?.is_some() {
                let errand = Errand::Visit { calendar: account.to_owned(), booking: id.to_owned(), is_forced };
                self.put(&format!("{key}:{account}"), conversation, &visit_lane(account, id), 1, &errand)?;
            }
        }
        Ok(())
    }

    pub(crate) fn put(
        &mut self,
        key: &str,
        conversation: &Conversation,
        lane: &str,
        priority: i64,
        errand: &Errand,
    ) -> Result<(), StoreError> {
        let ports = &self.known.ports;
        let destination = match (errand, errand.account()) {
            (_, Some(account)) => Some(channel_destination(self.business(), account)),
            (Errand::Consult { .. }, None) => ports.model.as_ref().map(|model| model.destination()),
            (errand, None) if let Some(means) = errand.means() => {
                ports.means.get(means).map(|means| means.destination())
            }
            (Errand::Line { .. }, None) => ports.crm.as_ref().and_then(|crm| crm.line()).map(|line| line.destination()),
            (Errand::News { subscriber, .. }, None) => Some(subscriber_destination(self.business(), subscriber)),
            (Errand::Visit { calendar, .. }, None) => ports.calendars.get(calendar).map(|port| port.destination()),
            (_, None) => ports.crm.as_ref().map(|crm| crm.destination()),
        };
        let Some(destination) = destination else { return Ok(()) };
        let now_ms = self.now_ms();
        let new = NewRow {
            key,
            conversation_id: conversation.id.as_str(),
            lane,
            destination: &destination,
            kind: errand.kind(),
            priority,
            payload: &json(errand),
            created_at_ms: now_ms,
            due_at_ms: now_ms,
        };
        // A crowded destination takes its next rows from the store, the hottest first.
        let is_wanted = !self.crowd.is_crowded(&destination);
        let lease = is_wanted.then_some(Lease { owner: self.node, until_ms: now_ms + LEASE_MS });
        let business = self.known.settings.id.as_str();
        let Some(row) = outbox::put(self.sql, business, &new, lease)? else { return Ok(()) };
        if matches!(errand, Errand::Card { .. } | Errand::Edit { .. }) {
            outbox::supersede(self.sql, business, lane, errand.kind(), row.id, now_ms)?;
        }
        self.queued.push(if row.is_leased {
            Queued::Leased(Box::new(leased(business, row.id, &new)))
        } else {
            Queued::Behind { destination, priority }
        });
        Ok(())
    }
}

/// When the client wrote what this event answers; `None` when no client waits.
fn asked_at_ms(what: &What, at: Timestamp) -> Option<i64> {
    match what {
        What::Client(_) => Some(at.as_millisecond()),
        What::Consulted { since, .. } => Some(since.as_millisecond()),
        _ => None,
    }
}

/// Puts an alarm of a conversation down.
pub fn wake(
    sql: &mut dyn Sql,
    business: &str,
    conversation: &ConversationId,
    alarm: &Alarm,
    due_at_ms: i64,
) -> Result<(), StoreError> {
    let new = alarms::NewAlarm {
        conversation_id: conversation.as_str(),
        kind: alarm.kind(),
        subject: &alarm.subject(),
        generation: due_at_ms,
        payload: &json(alarm),
        due_at_ms,
    };
    alarms::put(sql, business, &new)
}

fn stored_answer(answer: Answer) -> bookings::Answer {
    match answer {
        Answer::Asked => bookings::Answer::Asked,
        Answer::Coming => bookings::Answer::Coming,
        Answer::Silent => bookings::Answer::Silent,
    }
}

/// A slot as the store keeps it; `act` is what is done with it.
fn with_booking<T>(
    conversation: &Conversation,
    id: &str,
    slot: &Slot,
    service: &str,
    act: impl FnOnce(&bookings::NewBooking<'_>) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let takes = if slot.extra.is_plain() { Vec::new() } else { slot.takes(id) };
    let keys: Vec<_> = takes.iter().map(keys_of).collect();
    let spans: Vec<_> = takes.iter().zip(&keys).map(|(busy, keys)| span_of(busy, keys)).collect();
    act(&bookings::NewBooking {
        id,
        conversation_id: conversation.id.as_str(),
        specialist_id: slot.specialist.as_str(),
        service_id: service,
        client_name: conversation.client.name.as_deref().unwrap_or_default(),
        starts_at_ms: slot.starts_at.as_millisecond(),
        ends_at_ms: slot.busy_until.as_millisecond(),
        visit_ends_at_ms: slot.ends_at.as_millisecond(),
        held_until_ms: None,
        spans: &spans,
    })
}

/// The subject and the lesson as the store keeps them.
fn keys_of(busy: &Busy) -> (String, Option<String>) {
    (busy.subject.key(), busy.seat.as_ref().map(|seat| seat.lesson.key()))
}

fn span_of<'a>(busy: &Busy, (subject, lesson): &'a (String, Option<String>)) -> bookings::Span<'a> {
    let number = busy.seat.as_ref().map(|seat| i64::from(seat.number));
    bookings::Span {
        subject,
        starts_at_ms: busy.from.as_millisecond(),
        ends_at_ms: busy.to.as_millisecond(),
        seat: lesson.as_deref().zip(number),
    }
}

/// Edits follow the notice they change, whatever else goes to the same person.
fn notice_lane(token: &str) -> String {
    format!("notice:{token}")
}

/// The row as it was just put, so that it need not be read again.
fn leased(business: &str, id: i64, new: &NewRow<'_>) -> outbox::OutboxRow {
    outbox::OutboxRow {
        id,
        business: business.to_owned(),
        key: new.key.to_owned(),
        conversation_id: new.conversation_id.to_owned(),
        lane: new.lane.to_owned(),
        destination: new.destination.to_owned(),
        kind: new.kind.to_owned(),
        priority: new.priority,
        payload: new.payload.to_owned(),
        created_at_ms: new.created_at_ms,
        due_at_ms: new.due_at_ms,
        attempts: 0,
        last_outcome: String::new(),
        unknown_since_ms: None,
    }
}

/// Our own types always have a JSON form.
pub(crate) fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|error| unreachable!("a value of ours has no JSON form: {error}"))
}
