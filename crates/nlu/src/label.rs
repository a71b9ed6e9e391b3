//! A [`Meaning`] as the label of the labelled set: what `nochnik understand` prints.

use jiff::{
    ToSpan,
    civil::{DateTime, Time, time},
};
use serde_json::{Value, json};

use crate::meaning::{Expecting, Grain, Intent, Meaning, Urgency, When};

/// The label keys of a message; `hot` follows the regulation: a visit within 24 hours, a price
/// request or a phone.
pub fn label(meaning: &Meaning, expecting: Option<Expecting>, now: DateTime) -> Value {
    let pleads = meaning.urgency == Urgency::Urgent;
    let also: Vec<Intent> = meaning.intents.iter().skip(1).map(|(intent, _)| *intent).collect();
    json!({
        "intent": meaning.intent(),
        "also": also,
        "name": meaning.name.as_ref().map(|name| &name.value),
        "phone": meaning.phone.as_ref().map(|phone| &phone.value),
        "services": meaning.services.iter().map(|service| &service.value).collect::<Vec<_>>(),
        "staff": meaning.specialist.as_ref().map(|person| &person.value),
        "when": meaning.when.as_ref().filter(|when| !(pleads && is_this_moment(&when.value, now))).map(|when| window(&when.value)),
        "when_old": meaning.when_old.as_ref().map(window),
        "late_min": meaning.late_min,
        "topic": meaning.topic().filter(|_| !meaning.has(Intent::Smalltalk)),
        "rating": meaning.rating,
        "urgency": meaning.urgency,
        "expect_human": expects_human(meaning),
        "hot": is_hot(meaning, expecting, now),
    })
}

/// «Прямо сейчас» of one who pleads haste names no time.
fn is_this_moment(when: &When, now: DateTime) -> bool {
    let at = when.from_on.zip(when.from_at).map(|(on, at)| on.to_datetime(at));
    when.grain == Grain::Time
        && at.is_some_and(|at| (at.date(), at.hour(), at.minute()) == (now.date(), now.hour(), now.minute()))
}

/// Whether a person must take over or be alerted at once.
pub fn expects_human(meaning: &Meaning) -> bool {
    let is_grave = [Intent::Medical, Intent::Complaint, Intent::Human].into_iter().any(|intent| meaning.has(intent));
    is_grave || meaning.rating.is_some_and(|rating| rating <= 3)
}

/// Whether the regulation calls this message a hot lead.
pub fn is_hot(meaning: &Meaning, expecting: Option<Expecting>, now: DateTime) -> bool {
    const OUTSIDERS: &[Intent] = &[Intent::Business, Intent::Spam, Intent::Abuse, Intent::Injection, Intent::Offtopic];
    const COLD: &[Intent] = &[Intent::Cancel, Intent::Late, Intent::Complaint, Intent::Feedback, Intent::Decline];
    const LEADS: &[Intent] = &[
        Intent::Book,
        Intent::Price,
        Intent::Inform,
        Intent::Callback,
        Intent::Faq,
        Intent::Human,
        Intent::Confirm,
        Intent::Reschedule,
        Intent::Medical,
        Intent::Smalltalk,
        Intent::OtherLang,
    ];
    let primary = meaning.intent();
    let buys_too = meaning.intents.iter().skip(1).any(|(intent, _)| matches!(intent, Intent::Book | Intent::Price));
    let is_client = !OUTSIDERS.contains(&primary)
        && LEADS.iter().any(|intent| meaning.has(*intent))
        && (!COLD.contains(&primary) || buys_too);
    let is_answer = matches!(expecting, Some(Expecting::AskWhen | Expecting::OfferSlots))
        && (meaning.has(Intent::Inform) || meaning.has(Intent::Confirm));
    let wants_visit = meaning.has(Intent::Book) || is_answer;
    let is_near =
        meaning.when.as_ref().map_or(meaning.urgency == Urgency::Urgent, |when| is_within_day(&when.value, now));
    is_client && (meaning.has(Intent::Price) || meaning.phone.is_some() || (wants_visit && is_near))
}

/// Whether a window overlaps the 24 hours from now; one without a date does not.
fn is_within_day(when: &When, now: DateTime) -> bool {
    let Some(from_on) = when.from_on.or(when.to_on) else { return false };
    let from = from_on.to_datetime(when.from_at.unwrap_or(Time::midnight()));
    let last_on = when.to_on.unwrap_or(from_on);
    let last_at = if when.grain == Grain::Time { when.from_at } else { when.to_at };
    let to = last_on.to_datetime(last_at.unwrap_or(time(23, 59, 0, 0)));
    let horizon = now.checked_add(24.hours()).unwrap_or(now);
    from <= horizon && to >= now
}

/// `from`, `to` and `grain` of a window; without a date the values start with `T`.
pub fn window(when: &When) -> Value {
    let clock = |at: Time| at.strftime("T%H:%M").to_string();
    let moment = |on: Option<jiff::civil::Date>, at: Option<Time>| match (on, at) {
        (Some(on), Some(at)) => Some(format!("{on}{}", clock(at))),
        (Some(on), None) => Some(on.to_string()),
        (None, at) => at.map(clock),
    };
    let (from_on, to_on) = (when.from_on, when.to_on.or(when.from_on));
    let (from, to) = match when.grain {
        Grain::Time | Grain::After => (moment(from_on, when.from_at), None),
        Grain::Before => (None, moment(to_on, when.to_at)),
        Grain::Range | Grain::Part => (moment(from_on, when.from_at), moment(to_on, when.to_at)),
        Grain::Day | Grain::Days => (moment(from_on, None), moment(to_on, None)),
        Grain::FromDay => (moment(from_on, None), None),
    };
    let mut value = json!({ "from": from, "to": to, "grain": when.grain });
    if when.grain == Grain::Days {
        value["daily_from"] = json!(when.from_at.map(|at| at.strftime("%H:%M").to_string()));
        value["daily_to"] = json!(when.to_at.map(|at| at.strftime("%H:%M").to_string()));
    }
    value
}
