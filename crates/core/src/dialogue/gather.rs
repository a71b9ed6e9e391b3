//! What was said becomes what is known. Nothing said earlier is lost; a correction wins.

use nochnik_nlu::{Grain, Intent, Meaning, When};

use crate::conversation::{Asking, BookingState};
use crate::effect::Effect;
use crate::turn::Turn;
use crate::values::{Phone, ServiceId, SpecialistId};
use crate::wanted;

/// Takes every fact of the message; returns whether any was new.
pub(super) fn gather(turn: &mut Turn, meaning: &Meaning) -> bool {
    let mut is_news = contact(turn, meaning);
    let services: Vec<ServiceId> = meaning.services.iter().map(|found| ServiceId::new(&found.value)).collect();
    let wish = &mut turn.conv.wish;
    wish.urgency = wish.urgency.max(meaning.urgency);
    wish.asked_price |= meaning.has(Intent::Price);
    wish.wants_call |= meaning.has(Intent::Callback);
    wish.wants_visit |= meaning.has(Intent::Book) || meaning.has(Intent::Reschedule);
    if !services.is_empty() && services != wish.services {
        wish.services = services;
        is_news = true;
        drop_hold(turn);
    }
    if let Some(found) = &meaning.specialist {
        let specialist = Some(SpecialistId::new(&found.value));
        if turn.conv.wish.specialist != specialist {
            turn.conv.wish.specialist = specialist;
            is_news = true;
            drop_hold(turn);
        }
    }
    if let Some(found) = meaning.when.as_ref().filter(|_| is_of_visit(turn, meaning)) {
        let merged = merge(turn.conv.wish.when.as_ref(), found.value);
        if turn.conv.wish.when != Some(merged) {
            turn.conv.wish.when = Some(merged);
            is_news = true;
            drop_hold(turn);
        }
    }
    is_news || meaning.choice.is_some()
}

/// Whether the time said is the time of a visit: «до скольки в субботу?», «наберите завтра» and
/// «отмените на вторник» are not.
fn is_of_visit(turn: &Turn, meaning: &Meaning) -> bool {
    let names_service = meaning.has(Intent::Callback) && !meaning.services.is_empty();
    if meaning.has(Intent::Book) || meaning.has(Intent::Reschedule) || names_service {
        return true;
    }
    let is_aside = [Intent::Cancel, Intent::Late, Intent::Callback].into_iter().any(|intent| meaning.has(intent));
    let is_question = meaning.has(Intent::Faq) && !turn.conv.wish.wants_visit;
    let is_refused = meaning.has(Intent::Decline) && turn.conv.asking == Asking::Reminder;
    !is_aside && !is_question && !is_refused
}

/// Name and phone only: what we may take even from an alarming message.
pub(super) fn contact(turn: &mut Turn, meaning: &Meaning) -> bool {
    let mut is_news = false;
    if let Some(name) = meaning.name.as_ref().filter(|name| turn.conv.client.name.as_ref() != Some(&name.value)) {
        turn.conv.client.name = Some(name.value.clone());
        is_news = true;
    }
    if let Some(phone) = meaning.phone.as_ref().and_then(|found| Phone::parse(&found.value).ok()) {
        is_news |= stated_phone(turn, phone);
    }
    is_news
}

/// A number the client wrote. Another number than before must be confirmed afresh.
pub(super) fn stated_phone(turn: &mut Turn, phone: Phone) -> bool {
    if turn.conv.client.phone.as_ref() == Some(&phone) {
        return false;
    }
    turn.conv.client.phone = Some(phone);
    turn.conv.client.is_phone_confirmed = false;
    true
}

/// The channel vouches that the number is the client's own.
pub(super) fn own_phone(turn: &mut Turn, phone: &Phone) {
    turn.conv.client.phone = Some(phone.clone());
    turn.conv.client.is_phone_confirmed = true;
}

/// The wish changed: the slot kept for the old one goes back.
fn drop_hold(turn: &mut Turn) {
    let is_held = |state: &BookingState| matches!(state, BookingState::Held { .. });
    let held: Vec<String> = turn.conv.bookings.iter().filter(|b| is_held(&b.state)).map(|b| b.id.clone()).collect();
    for booking in held {
        turn.conv.bookings.retain(|b| b.id != booking);
        turn.emit(Effect::Release { booking });
    }
}

/// «в 19» after «в четверг» is Thursday at 19; «лучше в среду» after «в 19» keeps the hour.
fn merge(old: Option<&When>, new: When) -> When {
    let Some(old) = old else { return new };
    let has_date = |when: &When| when.from_on.is_some() || when.to_on.is_some();
    let has_hour = |when: &When| when.from_at.is_some() || when.to_at.is_some();
    if !has_date(&new) && has_date(old) && old.from_on == old.to_on {
        return When { from_on: old.from_on, to_on: old.to_on, is_date_stated: old.is_date_stated, ..new };
    }
    if !has_hour(&new) && has_hour(old) && new.grain == Grain::Day {
        return When {
            grain: old.grain,
            from_at: old.from_at,
            to_at: old.to_at,
            is_hour_certain: old.is_hour_certain,
            ..new
        };
    }
    new
}

/// What was understood, as quiet chips for the console: «маникюр», «ср, 25 ноября, после 18:00».
pub(super) fn chips(turn: &Turn, meaning: &Meaning) -> Vec<String> {
    let settings = turn.settings();
    let mut chips: Vec<String> = meaning
        .services
        .iter()
        .filter_map(|found| settings.service(&ServiceId::new(&found.value)))
        .map(|service| service.name.clone())
        .collect();
    if let Some(found) = &meaning.specialist {
        chips.extend(settings.specialist(&SpecialistId::new(&found.value)).map(|specialist| specialist.name.clone()));
    }
    chips.extend(meaning.when.as_ref().map(|found| wanted::text(&found.value, turn.today())));
    if meaning.urgency > nochnik_nlu::Urgency::Normal {
        chips.push("срочно".to_owned());
    }
    chips
}
