//! One step under way: the state being changed and the effects gathered so far.

use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, Timestamp};

use crate::business::{Business, Settings};
use crate::conversation::{Booking, BookingState, Conversation};
use crate::crm::BOT;
use crate::effect::{Alarm, Button, Effect, IfLost, Reminding, Reply};
use crate::escalation::Why;
use crate::event::{Event, What};
use crate::limits::BUTTON_LABEL_CHARS_MAX;
use crate::phrases::{Phrase, text};
use crate::proof::Deed;
use crate::waitlist::Freed;
use crate::wall;

pub(crate) struct Turn<'a> {
    pub conv: Conversation,
    pub business: &'a Business,
    event: &'a Event,
    pub now: Timestamp,
    effects: Vec<Effect>,
    lines: Vec<String>,
    buttons: Vec<Button>,
    asks_phone: bool,
    /// The bookings that this turn settles.
    pub visits: Vec<String>,
    /// What makes this turn's message a reminder.
    pub reminder: Option<Reminding>,
    /// Something was said that must be said in these very words.
    is_exact: bool,
    /// The client's words that are being answered.
    pub said: String,
    /// Something that a bot cannot read came with the words, and they may be about it.
    pub has_unread: bool,
    /// The words, or some of them, were heard by a machine.
    pub is_spoken: bool,
    /// Reasons found in this turn to call a person.
    pub whys: Vec<Why>,
    /// The client was told in this turn that a person answers within minutes.
    pub has_promised: bool,
}

impl<'a> Turn<'a> {
    pub fn new(conv: Conversation, business: &'a Business, event: &'a Event, now: Timestamp) -> Self {
        Self {
            conv,
            business,
            event,
            now,
            effects: Vec::new(),
            lines: Vec::new(),
            buttons: Vec::new(),
            asks_phone: false,
            visits: Vec::new(),
            reminder: None,
            is_exact: false,
            said: String::new(),
            has_unread: false,
            is_spoken: false,
            whys: Vec::new(),
            has_promised: false,
        }
    }

    /// The key under which the one message of this turn goes out: it stands ahead of every other effect.
    pub fn reply_key(&self) -> String {
        format!("{}#0", self.event.id)
    }

    pub fn settings(&self) -> &'a Settings {
        &self.business.settings
    }

    pub fn wall(&self, at: Timestamp) -> DateTime {
        at.to_zoned(self.settings().zone.clone()).datetime()
    }

    pub fn today(&self) -> Date {
        self.wall(self.now).date()
    }

    /// «завтра, ср, 25 ноября, 18:30».
    pub fn moment(&self, at: Timestamp) -> String {
        wall::moment_from(self.wall(at), self.today())
    }

    pub fn after(&self, minutes: impl Into<i64>) -> Timestamp {
        self.now.saturating_add(SignedDuration::from_mins(minutes.into())).unwrap_or(Timestamp::MAX)
    }

    pub fn phrase(&self, phrase: Phrase, arguments: &[(&str, &str)]) -> String {
        text(self.settings(), phrase, arguments)
    }

    /// Adds a paragraph to the one message this turn sends.
    pub fn say(&mut self, phrase: Phrase, arguments: &[(&str, &str)]) {
        self.is_exact |= phrase.is_exact();
        let line = self.phrase(phrase, arguments);
        self.say_text(line);
    }

    /// Puts a paragraph ahead of everything: what cannot wait for a greeting.
    pub fn say_first(&mut self, phrase: Phrase) {
        self.is_exact |= phrase.is_exact();
        let line = self.phrase(phrase, &[]);
        self.lines.insert(0, line);
    }

    pub fn say_text(&mut self, line: String) {
        if !line.is_empty() && !self.lines.contains(&line) {
            self.lines.push(line);
        }
    }

    /// Drops what was going to be said; true when the data notice was in it, which then was not shown.
    pub fn hush(&mut self) -> bool {
        self.lines.clear();
        self.buttons.clear();
        self.asks_phone = false;
        let is_notice = |effect: &mut Effect| matches!(effect, Effect::Prove(proof) if proof.deed == Deed::Notified);
        let had_notice = self.effects.extract_if(.., is_notice).count() > 0;
        if had_notice {
            self.conv.client.notice = None;
        }
        had_notice
    }

    /// The question that ends the message decides the buttons: earlier ones go.
    pub fn ask(&mut self, buttons: Vec<Button>, asks_phone: bool) {
        self.buttons = buttons;
        self.asks_phone = asks_phone;
    }

    pub fn button(&self, id: impl Into<String>, phrase: Phrase) -> Button {
        label_button(id, &self.phrase(phrase, &[]))
    }

    pub fn emit(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    /// Ends a visit that was to come; `None`: there is no such booking.
    pub fn cancel(&mut self, id: &str) -> Option<Booking> {
        let now = self.now;
        let booking = self.conv.booking_mut(id)?;
        booking.had_stood |= matches!(booking.state, BookingState::Confirmed { .. });
        booking.state = BookingState::Cancelled { at: now };
        let booking = booking.clone();
        self.release(&booking);
        Some(booking)
    }

    /// Gives the slot of a booking back, to whoever waits for such a time.
    pub fn release(&mut self, booking: &Booking) {
        let freed = Freed::of(&booking.slot);
        if let Some(entry) = &mut self.conv.waitlist {
            if entry.offered.as_ref() == Some(&booking.id) {
                entry.offered = None;
                entry.pass(freed.clone());
            }
            entry.replaces = entry.replaces.take().filter(|id| *id != booking.id);
        }
        self.emit(Effect::Release { booking: booking.id.clone() });
        if freed.to > self.now {
            self.emit(Effect::Freed(freed));
        }
    }

    /// This step has given the booking's slot back already; the business as it was read does not know of it.
    pub fn has_released(&self, booking: &str) -> bool {
        self.effects.iter().any(|effect| matches!(effect, Effect::Release { booking: id } if id == booking))
    }

    pub fn wake(&mut self, alarm: Alarm, due: Timestamp) {
        self.effects.push(Effect::Wake { alarm, due });
    }

    /// Closes the step: what was said becomes one message, ahead of everything else.
    pub fn finish(mut self) -> (Conversation, Vec<Effect>) {
        if !self.lines.is_empty() && !self.conv.is_closed() {
            let text = self.lines.join("\n\n");
            self.conv.note(self.now, BOT, &text);
            self.conv.show(&self.buttons);
            let reply = Reply {
                text,
                buttons: self.buttons,
                asks_phone: self.asks_phone,
                by: None,
                visits: self.visits,
                may_reword: !self.is_exact,
                reminder: self.reminder,
                if_lost: if_lost(&self.event.what),
            };
            self.effects.insert(0, Effect::Say(reply));
        }
        (self.conv, self.effects)
    }
}

/// What its cause makes of a message that does not come.
fn if_lost(what: &What) -> IfLost {
    match what {
        What::Client(_)
        | What::Consulted { .. }
        | What::Alarm(Alarm::ConsultDue { .. } | Alarm::BackupDue { .. } | Alarm::PersonSilent { .. }) => {
            IfLost::GoesRound
        }
        What::Staff { .. }
        | What::Answer { .. }
        | What::CalendarChanged(_)
        | What::CalendarAnswered { .. }
        | What::Alarm(Alarm::PromiseDue { .. } | Alarm::CalendarDue { .. }) => IfLost::GoesRoundAlways,
        What::Alarm(Alarm::RatingDue { .. } | Alarm::SilenceDue { .. }) => IfLost::Nothing,
        _ => IfLost::PersonTold,
    }
}

/// A button whose label is cut to what every channel shows.
pub(crate) fn label_button(id: impl Into<String>, label: &str) -> Button {
    let mut short: String = label.chars().take(BUTTON_LABEL_CHARS_MAX).collect();
    if short.len() < label.len() {
        short.pop();
        short.push('…');
    }
    Button { id: id.into(), label: short }
}
