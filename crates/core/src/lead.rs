//! A lead: cold, warm or hot, how probable, and why.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use nochnik_nlu::{Intent, Urgency};

use crate::business::Settings;
use crate::conversation::{Booking, BookingState, Conversation};
use crate::crm::Stage;
use crate::escalation::Why;
use crate::schedule;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Heat {
    #[default]
    Cold,
    Warm,
    Hot,
}

/// An interest not yet sold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lead {
    pub heat: Heat,
    /// Probability of a deal, 0 to 1.
    pub score: f64,
    /// What the score is made of, heaviest first.
    pub reasons: Vec<Reason>,
    pub stage: Stage,
    pub began_at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    pub sign: Sign,
    /// Added to the logarithm of the odds.
    pub weight: f64,
}

/// What we look at. Order is that of the table of weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sign {
    WantsVisit,
    Soon,
    Urgent,
    AskedPrice,
    PhoneGiven,
    PhoneConfirmed,
    NameGiven,
    SlotChosen,
    WantsCall,
    CameBefore,
}

/// Default weights: set by judgement until a business has outcomes of its own to refit them.
/// Source: docs/decisions/0009-lead-score.md
const WEIGHTS: &[(Sign, f64, &str)] = &[
    (Sign::WantsVisit, 1.2, "хочет записаться"),
    (Sign::Soon, 0.8, "в ближайшие сутки"),
    (Sign::Urgent, 0.8, "срочно"),
    (Sign::AskedPrice, 0.4, "спросил цену"),
    (Sign::PhoneGiven, 0.6, "оставил телефон"),
    (Sign::PhoneConfirmed, 0.9, "телефон подтверждён"),
    (Sign::NameGiven, 0.3, "назвался"),
    (Sign::SlotChosen, 0.7, "выбрал время"),
    (Sign::WantsCall, 0.7, "просит перезвонить"),
    (Sign::CameBefore, 0.6, "уже записывался"),
];

impl Sign {
    /// Odds of somebody who has only said hello, as their logarithm.
    pub const BIAS: f64 = -1.6;

    pub const ALL: [Self; 10] = [
        Self::WantsVisit,
        Self::Soon,
        Self::Urgent,
        Self::AskedPrice,
        Self::PhoneGiven,
        Self::PhoneConfirmed,
        Self::NameGiven,
        Self::SlotChosen,
        Self::WantsCall,
        Self::CameBefore,
    ];

    pub fn title(self) -> &'static str {
        WEIGHTS.iter().find(|(sign, ..)| *sign == self).map_or("", |(.., title)| title)
    }

    /// The weight set by hand.
    pub fn weight(self) -> f64 {
        WEIGHTS.iter().find(|(sign, ..)| *sign == self).map_or(0.0, |(_, weight, _)| *weight)
    }
}

impl Reason {
    /// «хочет записаться +1,2»
    pub fn text(&self) -> String {
        let sign = if self.weight < 0.0 { '−' } else { '+' };
        format!("{} {sign}{:.1}", self.sign.title(), self.weight.abs()).replace('.', ",")
    }
}

/// Looks at the conversation afresh. `None` while there is nothing to sell: no wish, no question of
/// price, no contact. `whys` are this turn's own reasons to call a person, not yet in a case.
pub fn assess(conversation: &Conversation, whys: &[Why], settings: &Settings, now: Timestamp) -> Option<Lead> {
    let before = conversation.lead.as_ref();
    let signs = signs(conversation, settings, now);
    let is_interest =
        signs.iter().any(|sign| !matches!(sign, Sign::NameGiven | Sign::CameBefore | Sign::Urgent | Sign::Soon));
    if !is_interest && before.is_none() {
        return None;
    }
    let weights = &settings.weights;
    let mut reasons: Vec<Reason> = signs.iter().map(|&sign| Reason { sign, weight: weights.of(sign) }).collect();
    reasons.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    let is_hot = hot_criteria(conversation, whys, &signs, now) >= settings.document.policy.hot.min_criteria.max(1);
    let heat = if is_hot {
        Heat::Hot
    } else if conversation.wish.wants_visit {
        Heat::Warm
    } else {
        Heat::Cold
    };
    Some(Lead {
        heat: heat.max(before.map_or(Heat::Cold, |lead| lead.heat)),
        score: weights.probability(&signs),
        reasons,
        stage: stage(conversation, now),
        began_at: before.map_or(now, |lead| lead.began_at),
    })
}

/// The regulation's three: a visit within a day, a question of price, a phone.
///
/// A phone counts while there is something to sell: not that of a client who has ever booked, nor one left with a
/// complaint.
fn hot_criteria(conversation: &Conversation, whys: &[Why], signs: &[Sign], now: Timestamp) -> u8 {
    let soon = signs.contains(&Sign::Soon) && signs.contains(&Sign::WantsVisit);
    let has_phone = signs.contains(&Sign::PhoneGiven) || signs.contains(&Sign::PhoneConfirmed);
    let complains =
        whys.iter().chain(conversation.case.iter().flat_map(|case| &case.whys)).any(|why| why.is_complaint());
    let wish = &conversation.wish;
    let is_new = conversation.bookings.is_empty() || wish.asked_price || wish.wants_call;
    // Whoever rates a visit that was wants none by it.
    let rates = conversation.read_as.as_ref().is_some_and(|read| read.intent == Intent::Feedback);
    let is_for_sale = wish.wants_visit || wish.handed_over_at.is_some() || (is_new && !complains && !rates);
    let phone = has_phone && !is_known_client(conversation) && conversation.coming(now).is_empty() && is_for_sale;
    u8::from(soon) + u8::from(signs.contains(&Sign::AskedPrice)) + u8::from(phone)
}

/// A visit was agreed before: the phone was left then, and tells nothing new of this wish.
fn is_known_client(conversation: &Conversation) -> bool {
    let is_agreed = |booking: &Booking| !matches!(booking.state, BookingState::Held { .. } | BookingState::Expired);
    conversation.was_booked_elsewhere || conversation.bookings.iter().any(is_agreed)
}

fn signs(conversation: &Conversation, settings: &Settings, now: Timestamp) -> Vec<Sign> {
    let (wish, client) = (&conversation.wish, &conversation.client);
    let has_coming = !conversation.coming(now).is_empty();
    let has_visit = has_coming || conversation.held().is_some();
    let found = [
        (Sign::WantsVisit, wish.wants_visit || wish.handed_over_at.is_some() || has_visit),
        (Sign::Soon, is_soon(conversation, settings, now)),
        (Sign::Urgent, wish.urgency > Urgency::Normal),
        (Sign::AskedPrice, wish.asked_price),
        (Sign::PhoneGiven, client.phone.is_some() && !client.is_phone_confirmed),
        (Sign::PhoneConfirmed, client.phone.is_some() && client.is_phone_confirmed),
        (Sign::NameGiven, client.name.is_some()),
        (Sign::SlotChosen, has_visit),
        (Sign::WantsCall, wish.wants_call),
        (Sign::CameBefore, conversation.was_booked(now)),
    ];
    found.into_iter().filter(|(_, is_found)| *is_found).map(|(sign, _)| sign).collect()
}

/// Wants to come within `policy.hot.within_hours`, or at once.
fn is_soon(conversation: &Conversation, settings: &Settings, now: Timestamp) -> bool {
    let hours = i64::from(settings.document.policy.hot.within_hours);
    let horizon = now.saturating_add(SignedDuration::from_hours(hours)).unwrap_or(Timestamp::MAX);
    // «В 16», and tomorrow was our own guess.
    let is_guess = conversation.wish.when.is_some_and(|when| !when.is_date_stated);
    if conversation.held().is_some_and(|booking| booking.slot.starts_at <= horizon) && !is_guess {
        return true;
    }
    match &conversation.wish.when {
        Some(when) => {
            let window = schedule::window_of(when, now, settings);
            when.is_date_stated && settings.moment_of(window.from) <= horizon
        }
        None => conversation.wish.wants_visit && conversation.wish.urgency > Urgency::Normal,
    }
}

/// The last thing that happened to a visit booked here was its cancellation.
fn has_cancelled(conversation: &Conversation) -> bool {
    conversation.bookings.last().is_some_and(|booking| matches!(booking.state, BookingState::Cancelled { .. }))
}

fn stage(conversation: &Conversation, now: Timestamp) -> Stage {
    if !conversation.coming(now).is_empty() {
        return Stage::Booked;
    }
    let was = conversation.lead.as_ref().map_or(Stage::New, |lead| lead.stage);
    match was {
        Stage::Booked if has_cancelled(conversation) => Stage::Cancelled,
        Stage::Booked if !conversation.wish.wants_visit => Stage::Booked,
        Stage::Lost | Stage::Cancelled if !conversation.wish.wants_visit => was,
        _ if conversation.client.phone.is_some() && !conversation.wish.services.is_empty() => Stage::Qualified,
        _ => Stage::New,
    }
}
