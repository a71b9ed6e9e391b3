//! What became known in a turn, as facts to count. Nothing in a fact tells whose it is.

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::business::Settings;
use crate::conversation::{Booking, BookingState, Conversation, Speaker};
use crate::crm::Stage;
use crate::dialogue::line_of;
use crate::effect::Effect;
use crate::escalation::{Case, CaseState};
use crate::event::{self, Event};
use crate::lead::Lead;

/// Who calls a visit off and books anew within a day is one person with one wish.
const SAME_WISH: SignedDuration = SignedDuration::from_hours(24);

/// Level of the senior: below it only the one on duty is called.
const THIRD: u8 = 3;

macro_rules! whats {
    ($($(#[$doc:meta])* $name:ident $word:literal)+) => {
        /// What is counted; the word is stored, so it stays.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum What {
            $($(#[$doc])* #[serde(rename = $word)] $name,)+
        }

        impl What {
            /// The stored word.
            pub fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)+ }
            }

            /// Reads the stored word.
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$name),)+ _ => None }
            }
        }
    };
}

whats! {
    /// A client wrote; the amount is how many messages were read as one.
    Heard "heard"
    /// A client's words were taken; 1 when in vain.
    Read "read"
    /// A client was answered; milliseconds since the message came.
    Answered "answered"
    /// Somebody wrote for the first time.
    Contact "contact"
    Lead "lead"
    /// Enough is known of the lead for a person to go on.
    Qualified "qualified"
    /// A lead stands in the CRM; milliseconds since it came up.
    InCrm "in_crm"
    /// A known client was recognised in another chat: no second card.
    Joined "joined"
    Case "case"
    /// Somebody on the senior's level was called to a case.
    Third "third"
    /// «Беру»; milliseconds since the case opened.
    Taken "taken"
    /// «Не могу»: another person is called.
    Passed "passed"
    Morning "morning"
    /// A case that a person took has ended; 1 when it ended well.
    Ended "ended"
    /// A visit stands; its price in kopecks. One that is brought back has been counted.
    Booked "booked"
    /// A visit stands of a client who was here before.
    Again "again"
    Moved "moved"
    /// 1, or -1 when it is brought back.
    Cancelled "cancelled"
    /// 1, or -1 when it is taken back.
    Arrived "arrived"
    /// 1, or -1 when it is taken back.
    NoShow "no_show"
    /// A visit was rated, 1 to 5.
    Rated "rated"
    /// Buttons were shown, and pressed.
    ButtonsShown "buttons_shown"
    ButtonsPressed "buttons_pressed"
    /// Links were shown, and opened.
    LinksShown "links_shown"
    LinksOpened "links_opened"
    /// Questions to a language model; tokens.
    Asked "asked"
    /// SMS and calls to the staff; kopecks.
    Rung "rung"
    /// A person has a visit ahead, who had none: of two in a row the first.
    Booker "booker"
    /// A person came, whatever for and how often that day; -1 when it is taken back.
    Guest "guest"
}

/// One thing to count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fact {
    pub what: What,
    /// Its meaning depends on `what`; 1 where nothing else is said.
    pub amount: i64,
}

/// Lists what became known by this turn, in no particular order; nothing of a client whom a person entered by hand.
pub fn facts_of(
    settings: &Settings,
    before: Option<&Conversation>,
    event: &Event,
    after: &Conversation,
    effects: &[Effect],
    now: Timestamp,
) -> Vec<Fact> {
    // What people bring in themselves is no work of ours.
    if !after.address.has_chat() {
        return Vec::new();
    }
    let mut facts = Vec::new();
    heard(before, event, after, &mut facts);
    // Another request is another lead.
    let same = before.filter(|before| before.request_no == after.request_no);
    leads(same.and_then(|before| before.lead.as_ref()), after.lead.as_ref(), &mut facts);
    cases(before.and_then(|before| before.case.as_ref()), after.case.as_ref(), now, &mut facts);
    visits(settings, before, after, now, &mut facts);
    facts.extend(effects.iter().filter_map(told));
    facts
}

fn one(what: What) -> Fact {
    Fact { what, amount: 1 }
}

fn told(effect: &Effect) -> Option<Fact> {
    match effect {
        Effect::Rated { rating, .. } => Some(Fact { what: What::Rated, amount: i64::from(*rating) }),
        Effect::Ended { outcome, .. } => Some(Fact { what: What::Ended, amount: i64::from(outcome.is_won) }),
        _ => None,
    }
}

fn heard(before: Option<&Conversation>, event: &Event, after: &Conversation, facts: &mut Vec<Fact>) {
    facts.extend(before.is_none().then(|| one(What::Contact)));
    if let event::What::Client(inputs) = &event.what {
        let lines = inputs.iter().filter(|input| line_of(&input.what, &after.shown).is_some()).count();
        if lines > 0 {
            facts.push(Fact { what: What::Heard, amount: i64::try_from(lines).unwrap_or(i64::MAX) });
        }
    }
    let is_words = match &event.what {
        event::What::Client(inputs) => inputs.iter().any(|input| input.what.is_said()) && is_bot_heard(before, after),
        what => matches!(what, event::What::Consulted { .. }),
    };
    // While the second reader thinks, nobody knows yet.
    if is_words && after.doubt.is_none() && after.read_as.is_some() {
        let is_missed = after.misses > before.map_or(0, |before| before.misses);
        facts.push(Fact { what: What::Read, amount: i64::from(is_missed) });
    }
    let knows_them = matches!(&event.what, event::What::Acquainted(others) if !others.is_empty());
    facts.extend((knows_them && after.lead.is_some()).then(|| one(What::Joined)));
}

/// The bot took the words: no person leads the talk, and it answers at this hour.
fn is_bot_heard(before: Option<&Conversation>, after: &Conversation) -> bool {
    before.is_none_or(|before| before.speaker == Speaker::Bot) && after.unanswered.is_empty()
}

fn leads(before: Option<&Lead>, after: Option<&Lead>, facts: &mut Vec<Fact>) {
    let Some(after) = after else { return };
    let before = before.filter(|before| before.began_at == after.began_at);
    let is_far = |lead: &Lead| matches!(lead.stage, Stage::Qualified | Stage::Booked);
    facts.extend(before.is_none().then(|| one(What::Lead)));
    facts.extend((is_far(after) && !before.is_some_and(is_far)).then(|| one(What::Qualified)));
}

fn cases(before: Option<&Case>, after: Option<&Case>, now: Timestamp, facts: &mut Vec<Fact>) {
    let Some(after) = after else { return };
    let before = before.filter(|before| before.id == after.id);
    facts.extend(before.is_none().then(|| one(What::Case)));
    // An empty level is passed by: the ladder may be there, and nobody called.
    let is_third = |case: &Case| case.rings.level() >= THIRD;
    facts.extend((is_third(after) && !before.is_some_and(is_third)).then(|| one(What::Third)));
    let passed = after.passed.iter().filter(|person| before.is_some_and(|before| !before.passed.contains(person)));
    facts.extend(passed.map(|_| one(What::Passed)));
    if before.is_some_and(|before| before.state == after.state) {
        return;
    }
    match after.state {
        CaseState::Taken { .. } => {
            let amount = now.as_millisecond() - after.opened_at.as_millisecond();
            facts.push(Fact { what: What::Taken, amount });
        }
        CaseState::Morning { .. } => facts.push(one(What::Morning)),
        CaseState::Open | CaseState::Closed { .. } => {}
    }
}

/// A visit that is cancelled in the turn in which another comes to stand has moved; one that is brought back was never
/// away.
fn visits(
    settings: &Settings,
    before: Option<&Conversation>,
    after: &Conversation,
    now: Timestamp,
    facts: &mut Vec<Fact>,
) {
    let mut booked = Vec::new();
    let (mut gone, mut moved, mut back) = (0_usize, 0_usize, 0_usize);
    for booking in &after.bookings {
        let was = before.and_then(|before| before.booking(&booking.id));
        let stood = was.is_some_and(stands);
        match &booking.state {
            BookingState::Confirmed { .. } if !stood && booking.had_stood => back += 1,
            BookingState::Confirmed { .. } if !stood => booked.push(booking),
            BookingState::Confirmed { .. } => moved += usize::from(was.is_some_and(|was| was.slot != booking.slot)),
            BookingState::Cancelled { .. } => gone += usize::from(stood),
            _ => {}
        }
        came(was, booking, facts);
    }
    guests(settings, before, after, facts);
    let swapped = gone.min(booked.len());
    facts.extend((0..moved + swapped).map(|_| one(What::Moved)));
    facts.extend((swapped..gone).map(|_| one(What::Cancelled)));
    facts.extend((0..back).map(|_| Fact { what: What::Cancelled, amount: -1 }));
    let is_booker = booked.len() > swapped && !before.is_some_and(|before| has_booked(before, now));
    facts.extend(is_booker.then(|| one(What::Booker)));
    for booking in booked.into_iter().skip(swapped) {
        let amount = booking.services.iter().filter_map(|id| settings.service(id)).map(|service| service.price * 100);
        facts.push(Fact { what: What::Booked, amount: amount.sum() });
        facts.extend(after.was_booked(now).then(|| one(What::Again)));
    }
}

/// Has a visit ahead, or called one off so lately that the next is the same wish.
fn has_booked(conversation: &Conversation, now: Timestamp) -> bool {
    conversation.bookings.iter().any(|booking| match booking.state {
        BookingState::Confirmed { .. } => booking.slot.ends_at > now,
        BookingState::Cancelled { at } => booking.had_stood && now.duration_since(at) < SAME_WISH,
        _ => false,
    })
}

/// Two visits of a day are one coming.
fn guests(settings: &Settings, before: Option<&Conversation>, after: &Conversation, facts: &mut Vec<Fact>) {
    let days = |conversation: &Conversation| -> BTreeSet<Date> {
        let came = conversation.bookings.iter().filter(|one| matches!(one.state, BookingState::Arrived { .. }));
        came.map(|booking| settings.wall(booking.slot.starts_at).date()).collect()
    };
    let (was, is) = (before.map(days).unwrap_or_default(), days(after));
    facts.extend(is.difference(&was).map(|_| one(What::Guest)));
    facts.extend(was.difference(&is).map(|_| Fact { what: What::Guest, amount: -1 }));
}

fn stands(booking: &Booking) -> bool {
    matches!(booking.state, BookingState::Confirmed { .. })
}

/// Said again, the last word counts: the first is taken back.
fn came(was: Option<&Booking>, booking: &Booking, facts: &mut Vec<Fact>) {
    let end = |state: &BookingState| match state {
        BookingState::Arrived { .. } => Some(What::Arrived),
        BookingState::NoShow { .. } => Some(What::NoShow),
        _ => None,
    };
    let (old, new) = (was.and_then(|was| end(&was.state)), end(&booking.state));
    if old != new {
        facts.extend(old.map(|what| Fact { what, amount: -1 }));
        facts.extend(new.map(one));
    }
}
