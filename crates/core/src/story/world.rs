//! The little world a story happens in: bookings and alarms in memory, a clock that only the story
//! moves. What floor 4 does with a database, this does with two lists.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::seen::{Call, Heard, Seen};
use crate::business::{Business, Settings};
use crate::calendar;
use crate::conversation::Conversation;
use crate::duty::Changes;
use crate::effect::{Alarm, Button, Effect, IfLost, Notice, Reply, Summons};
use crate::event::{Event, Input, InputKind, What};
use crate::schedule::{Busy, Slot};
use crate::step;
use crate::values::{Address, BusinessId, ConversationId};
use crate::waitlist::{self, Freed};

/// Events one story may play: a core that wakes itself for ever is a fault, not a story.
const EVENTS_MAX: u32 = 2_000;

pub(super) struct World<'a> {
    pub settings: &'a Settings,
    pub conv: Conversation,
    pub now: Timestamp,
    /// Told `подробно`.
    pub is_detailed: bool,
    /// Who stands in for whom, who is away.
    pub changes: Arc<Changes>,
    /// Every button the client was shown, oldest first: an old one can be pressed, too.
    pub buttons: Vec<Button>,
    /// Every notice sent, oldest first.
    pub notices: Vec<Notice>,
    /// Every SMS, call, letter and push, oldest first.
    pub summons: Vec<Summons>,
    /// Visits of others, known to the next turn.
    pub others: Vec<Busy>,
    /// Visits of others that the next turn runs into when it is saved.
    pub raced: Vec<Busy>,
    /// Key of the last message to the client.
    pub last_said: Option<(String, IfLost)>,
    /// Which question the second reader was asked last.
    pub asked_at: Option<Timestamp>,
    heard: Vec<Heard>,
    calls: Vec<Call>,
    own: BTreeMap<String, Slot>,
    alarms: BTreeMap<(Timestamp, u32), Alarm>,
    events: u32,
}

/// One event played: the state before it and what was asked of the world.
pub(super) struct Played {
    pub before: Conversation,
    pub effects: Vec<Effect>,
}

impl<'a> World<'a> {
    pub fn new(settings: &'a Settings, now: Timestamp) -> Self {
        let address = Address { channel: "widget".into(), account: "widget".into(), peer: "1".into() };
        let is_after_hours = calendar::is_after_hours(settings, now);
        let business = BusinessId::new(settings.id.as_str());
        let conv = Conversation::new(business, ConversationId::new("story"), address, now, is_after_hours);
        Self {
            settings,
            conv,
            now,
            is_detailed: false,
            changes: Arc::default(),
            buttons: Vec::new(),
            notices: Vec::new(),
            summons: Vec::new(),
            others: Vec::new(),
            raced: Vec::new(),
            last_said: None,
            asked_at: None,
            heard: Vec::new(),
            calls: Vec::new(),
            own: BTreeMap::new(),
            alarms: BTreeMap::new(),
            events: 0,
        }
    }

    /// Plays one event as a turn does: a slot that another took meanwhile plays the step again.
    pub fn play(&mut self, what: What) -> Played {
        self.events += 1;
        assert!(self.events <= EVENTS_MAX, "the story never comes to rest");
        let event = Event { id: format!("e{}", self.events), at: self.now, what };
        let before = self.conv.clone();
        let (mut after, mut effects) = step(before.clone(), &self.business(), &event, self.now);
        let raced = std::mem::take(&mut self.raced);
        let is_lost = raced.iter().any(|busy| holds(&effects).any(|slot| takes(slot, "", busy)));
        self.others.extend(raced);
        if is_lost {
            (after, effects) = step(before.clone(), &self.business(), &event, self.now);
        }
        self.conv = after;
        for (n, effect) in effects.iter().enumerate() {
            if let Effect::Say(reply) = effect {
                self.last_said = Some((format!("{}#{n}", event.id), reply.if_lost));
            }
        }
        for effect in &effects {
            self.carry_out(effect);
        }
        Played { before, effects }
    }

    /// Time that somebody else gave back: the client hears of it, if it is waited for.
    pub fn tell_of(&mut self, freed: Freed) -> Option<Played> {
        let entry = self.conv.waitlist.clone()?;
        let chosen = waitlist::next(&freed, &[(self.conv.id.clone(), entry)], self.settings, self.now).is_some();
        chosen.then(|| self.play(What::Alarm(Alarm::SlotFreed { freed })))
    }

    pub fn client(&mut self, kinds: Vec<InputKind>) -> Played {
        let at = self.now;
        let input = |what| Input { at, message_id: "m".to_owned(), what, profile_name: None, own_phone: None };
        self.play(What::Client(kinds.into_iter().map(input).collect()))
    }

    /// The next alarm due by this moment, with the clock moved to it.
    pub fn next_alarm(&mut self, until: Timestamp) -> Option<Alarm> {
        let entry = self.alarms.first_entry().filter(|entry| entry.key().0 <= until)?;
        self.now = self.now.max(entry.key().0);
        Some(entry.remove())
    }

    /// A visit that stood before the story began.
    pub fn remember(&mut self, booking: &str, slot: Slot) {
        self.own.insert(booking.to_owned(), slot);
    }

    /// All that reached people since the last look, and how things stand.
    pub fn look(&mut self) -> Seen {
        let (heard, calls) = (std::mem::take(&mut self.heard), std::mem::take(&mut self.calls));
        Seen { heard, calls, state: self.conv.clone(), now: self.now }
    }

    fn business(&self) -> Business {
        let own = self.own.iter().flat_map(|(booking, slot)| slot.takes(booking));
        let busy = Arc::new(own.chain(self.others.iter().cloned()).collect());
        Business { settings: self.settings.clone(), changes: Arc::clone(&self.changes), busy }
    }

    fn carry_out(&mut self, effect: &Effect) {
        match effect {
            Effect::Say(reply) => self.say(reply),
            Effect::Consult(inquiry) => self.asked_at = Some(inquiry.since),
            Effect::Notify(notice) => self.call(notice),
            Effect::Summon(summons) => self.summon(summons),
            Effect::Hold { booking, slot, .. } => self.hold(booking, slot),
            Effect::Release { booking } => drop(self.own.remove(booking)),
            Effect::Move { booking, slot, .. } => self.shift(booking, slot),
            Effect::Confirm { booking, .. } | Effect::Keep { booking, .. } => {
                assert!(self.own.contains_key(booking), "confirms what is not held")
            }
            Effect::Wake { alarm, due } => drop(self.alarms.insert((*due, self.alarm_number()), alarm.clone())),
            Effect::AnswerPress { .. }
            | Effect::RefreshNotices { .. }
            | Effect::CloseNotices { .. }
            | Effect::Crm(_)
            | Effect::Line(_)
            | Effect::Prove(_)
            | Effect::Answered { .. }
            | Effect::Came { .. }
            | Effect::Rated { .. }
            | Effect::Acquaint { .. }
            | Effect::RemindElsewhere(_)
            | Effect::ReplyElsewhere(_)
            | Effect::Ended { .. }
            | Effect::Freed(_)
            | Effect::Mirror { .. }
            | Effect::TellOwners { .. }
            | Effect::Extend { .. } => {}
        }
    }

    fn say(&mut self, reply: &Reply) {
        self.buttons.extend(reply.buttons.iter().cloned());
        let Reply { text, buttons, by, .. } = reply.clone();
        self.heard.push(Heard { at: self.now, text, buttons, by });
    }

    fn call(&mut self, notice: &Notice) {
        self.notices.push(notice.clone());
        self.calls.push(Call { at: self.now, person: notice.person.clone(), text: notice.text.clone() });
    }

    fn summon(&mut self, summons: &Summons) {
        self.summons.push(summons.clone());
        self.calls.push(Call { at: self.now, person: summons.person.clone(), text: summons.text.clone() });
    }

    /// Two visits of one specialist never overlap, whoever asks for them.
    fn hold(&mut self, booking: &str, slot: &Slot) {
        let is_taken = self.business().busy.iter().any(|busy| takes(slot, booking, busy));
        assert!(!is_taken, "holds a slot that is taken");
        self.own.insert(booking.to_owned(), slot.clone());
    }

    /// A visit gives its old time back as it takes the new one: the two may overlap.
    fn shift(&mut self, booking: &str, slot: &Slot) {
        assert!(self.own.remove(booking).is_some(), "moves what does not stand");
        self.hold(booking, slot);
    }

    /// Alarms of one moment fire in the order they were asked for.
    fn alarm_number(&self) -> u32 {
        self.alarms.keys().map(|(_, number)| number + 1).max().unwrap_or(0)
    }
}

fn holds(effects: &[Effect]) -> impl Iterator<Item = &Slot> {
    effects.iter().filter_map(|effect| match effect {
        Effect::Hold { slot, .. } => Some(slot),
        _ => None,
    })
}

/// Whether the slot wants something that is busy.
fn takes(slot: &Slot, booking: &str, busy: &Busy) -> bool {
    slot.takes(booking).iter().any(|part| part.clashes(busy))
}
