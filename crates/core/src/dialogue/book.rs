//! The way to a visit: service, time, name, phone, «всё верно?». Asks one thing at a time and never
//! what is already known.

use jiff::SignedDuration;
use nochnik_nlu::Meaning;

use super::turns::{self, Way};
use super::{again, answer, gather, handoff, named, offer, request, waitlist};
use crate::business::{Fact, Service};
use crate::conversation::{Asking, Booking, BookingState, Speaker, Wish};
use crate::effect::{Alarm, Button, Effect};
use crate::limits::OFFERS_MAX;
use crate::phrases::Phrase;
use crate::schedule::Slot;
use crate::turn::{Turn, label_button};
use crate::values::ServiceId;
use crate::wall;
use crate::wanted;

/// A time stays held so long after the last word of the person who leads the talk.
const KEPT_FOR_PERSON: SignedDuration = SignedDuration::from_mins(30);
/// A longer message is no part of a service's name.
const SERVICE_PART_CHARS_MAX: usize = 80;

/// Facts came that may lead to a visit.
pub(super) fn take(turn: &mut Turn, meaning: &Meaning, is_answered: bool) {
    if meaning.is_phone_broken && turn.conv.client.phone.is_none() {
        turn.say(Phrase::PhoneBroken, &[]);
        turn.conv.asking = Asking::Phone;
        return;
    }
    if let Some(index) = offer::picked(turn, meaning) {
        return offer::choose_offer(turn, index);
    }
    if handoff::takes_call(turn) || handoff::names_caller(turn, meaning) {
        return handoff::callback(turn);
    }
    if handoff::takes_call_facts(turn) {
        return;
    }
    if !turn.conv.wish.wants_visit && turn.conv.wish.when.is_none() && handoff::takes_contact(turn) {
        return;
    }
    if is_contact_changed(turn, meaning) {
        return tell_contact(turn);
    }
    let is_contact_alone = meaning.when.is_none() && meaning.services.is_empty() && meaning.specialist.is_none();
    let is_time_asked = matches!(turn.conv.asking, Asking::Slot | Asking::When);
    if is_time_asked && is_contact_alone && (meaning.name.is_some() || meaning.phone.is_some()) {
        turn.say(Phrase::Noted, &[]);
    }
    let is_form = turn.conv.wish.wants_visit || turn.conv.asking != Asking::Nothing || meaning.when.is_some();
    if is_form || !is_answered {
        turn.conv.wish.wants_visit |= is_form;
        go_on(turn);
    } else {
        offer_to_book(turn);
    }
}

/// A name or a number given when everything is booked: it is put right, nothing more is asked.
fn is_contact_changed(turn: &Turn, meaning: &Meaning) -> bool {
    let is_idle = turn.conv.asking == Asking::Nothing && !turn.conv.wish.wants_visit && turn.conv.wish.when.is_none();
    let is_wish = !meaning.services.is_empty() || meaning.when.is_some();
    let is_own = (meaning.name.is_some() && !meaning.is_name_of_other) || meaning.phone.is_some();
    is_idle && !is_wish && is_own && !turn.conv.coming(turn.now).is_empty()
}

fn tell_contact(turn: &mut Turn) {
    let contact = contact_words(turn);
    if let Some((moment, ..)) = coming_words(turn) {
        turn.say(Phrase::ContactChanged, &[("contact", &contact), ("moment", &moment)]);
    }
}

pub(super) fn start(turn: &mut Turn) {
    turn.conv.wish.wants_visit = true;
    go_on(turn);
}

/// After an answer: «Записать вас?» Asked once, and not of those who have booked or sent a request.
pub(super) fn offer_to_book(turn: &mut Turn) {
    if turn.conv.wish.wants_visit {
        return go_on(turn);
    }
    let is_served = !turn.conv.coming(turn.now).is_empty() || turn.conv.wish.handed_over_at.is_some();
    if turn.conv.asking == Asking::Visit || is_served {
        return;
    }
    turn.conv.asking = Asking::Visit;
    turn.say(Phrase::ThenBook, &[]);
    let buttons = vec![turn.button("book", Phrase::ButtonBook), turn.button("human", Phrase::ButtonHuman)];
    turn.ask(buttons, false);
}

/// Asks for the next thing that is missing, or for the final yes.
pub(crate) fn go_on(turn: &mut Turn) {
    if turn.conv.wish.services.is_empty() {
        return ask_service(turn);
    }
    if turn.conv.held().is_none() {
        return if request::is_needed(turn) { request::go_on(turn) } else { offer::find_time(turn) };
    }
    if !asks_contact(turn) {
        ask_confirm(turn);
    }
}

/// Asks for the name and the phone, as far as the business wants them; false when nothing is missing.
pub(super) fn asks_contact(turn: &mut Turn) -> bool {
    let Some((asking, phrase)) = missing_contact(turn) else { return false };
    turn.conv.asking = asking;
    turn.say(phrase, &[]);
    turn.ask(Vec::new(), asking == Asking::Phone);
    true
}

/// «Нет номера»: the time is kept, but stands for nobody without one; a person may decide otherwise.
pub(super) fn insist_on_phone(turn: &mut Turn) {
    turn.say(Phrase::PhoneNeeded, &[]);
    turn.ask(vec![turn.button("human", Phrase::ButtonHuman)], true);
}

/// «Не хочу называться»: the time is kept, and whoever meets the client calls them by something.
pub(super) fn insist_on_name(turn: &mut Turn) {
    turn.say(Phrase::NameNeeded, &[]);
    turn.ask(vec![turn.button("human", Phrase::ButtonHuman)], false);
}

fn missing_contact(turn: &Turn) -> Option<(Asking, Phrase)> {
    let client = &turn.conv.client;
    turn.settings().document.questions.booking.iter().find_map(|fact| match fact {
        Fact::Name if client.name.is_none() => Some((Asking::Name, Phrase::AskName)),
        Fact::Phone if client.phone.is_none() => Some((Asking::Phone, Phrase::AskPhone)),
        _ => None,
    })
}

/// Something of the contact is still to be asked.
pub(super) fn lacks_contact(turn: &Turn) -> bool {
    missing_contact(turn).is_some()
}

fn ask_service(turn: &mut Turn) {
    let asked = named::services_of_asked(turn);
    ask_which(turn, &asked);
}

/// Asks which of these services is wanted; of none, which of all.
pub(super) fn ask_which(turn: &mut Turn, asked: &[ServiceId]) {
    let known = if turn.conv.asking == Asking::Service { known_words(turn) } else { String::new() };
    let is_part = (1..=SERVICE_PART_CHARS_MAX).contains(&turn.said.chars().count());
    turn.conv.wish.service_part = is_part.then(|| turn.said.clone());
    turn.conv.asking = Asking::Service;
    let (names, buttons) = service_buttons(turn, asked, 0);
    if !known.is_empty() {
        turn.say(Phrase::AskServiceNoted, &[("known", &known)]);
    } else if asked.is_empty() || asked.len() > names.len() {
        turn.say(Phrase::AskService, &[]);
    } else {
        turn.say(Phrase::AskServiceOf, &[("services", &names.join(", "))]);
    }
    turn.ask(buttons, false);
}

/// Services shown at once: two rows of three, or six lines on a phone.
const SERVICES_SHOWN: usize = 2 * OFFERS_MAX;

/// Names and buttons of these services (of all, where there are none) from a place of the list on; behind the last
/// button stand the others, the first ones after the end.
fn service_buttons(turn: &Turn, asked: &[ServiceId], from: usize) -> (Vec<String>, Vec<Button>) {
    let is_shown = |service: &&Service| asked.is_empty() || asked.iter().any(|id| id.as_str() == service.id);
    let services: Vec<&Service> = turn.settings().document.services.iter().filter(is_shown).collect();
    let from = if from < services.len() { from } else { 0 };
    let shown = services.iter().skip(from).take(SERVICES_SHOWN);
    let (names, mut buttons): (Vec<String>, Vec<Button>) =
        shown.map(|s| (s.name.clone(), label_button(format!("svc.{}", s.id), &s.name))).unzip();
    if services.len() > SERVICES_SHOWN {
        let next = from + SERVICES_SHOWN;
        // Behind those of one specialist stand all the others.
        let next = if asked.is_empty() && next < services.len() { next } else { 0 };
        buttons.push(turn.button(format!("services.{next}"), Phrase::ButtonMoreServices));
    }
    (names, buttons)
}

/// «Другие услуги»: the next ones of the list.
pub(super) fn more_services(turn: &mut Turn, from: &str) {
    let (_, buttons) = service_buttons(turn, &[], from.parse().unwrap_or_default());
    turn.conv.asking = Asking::Service;
    turn.say(Phrase::AskService, &[]);
    turn.ask(buttons, false);
}

/// What is known of the visit beside its service: «завтра, вт, 1 декабря, 11:00, Артур, Пётр».
fn known_words(turn: &Turn) -> String {
    let wish = &turn.conv.wish;
    let when = wish.when.map(|when| wanted::text(&when, turn.today())).filter(|words| !words.is_empty());
    let specialist = wish.specialist.as_ref().and_then(|id| turn.settings().specialist(id));
    let contact = Some(contact_words(turn)).filter(|words| !words.is_empty());
    [when, specialist.map(|who| who.name.clone()), contact].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

pub(super) fn press_service(turn: &mut Turn, id: &str) {
    let id = ServiceId::new(id);
    if turn.settings().service(&id).is_some() {
        turn.conv.wish.services = vec![id];
        turn.conv.wish.wants_visit = true;
    }
    go_on(turn);
}

/// Moment, services and specialist of the next visit, in words.
pub(super) fn coming_words(turn: &Turn) -> Option<(String, String, String)> {
    let booking = turn.conv.coming(turn.now).into_iter().next()?;
    Some(words_of(turn, booking))
}

pub(super) fn words_of(turn: &Turn, booking: &Booking) -> (String, String, String) {
    let settings = turn.settings();
    let specialist = settings.specialist_name(&booking.slot.specialist).to_owned();
    (turn.moment(booking.slot.starts_at), settings.names_of(&booking.services), specialist)
}

/// Keeps the slot under a fresh id and asks to be woken when the time is over.
pub(super) fn hold(turn: &mut Turn, services: Vec<ServiceId>, slot: Slot, minutes: u16) -> Option<Booking> {
    let until = turn.after(minutes);
    let service = services.first().cloned()?;
    let id = turn.conv.next_id("");
    let booking = Booking::new(id.clone(), services, slot.clone(), BookingState::Held { until });
    turn.conv.bookings.push(booking.clone());
    turn.emit(Effect::Hold { booking: id.clone(), slot, service, until });
    turn.wake(Alarm::HoldExpired { booking: id }, until);
    Some(booking)
}

/// The client is still here: the clock of the hold starts again. Never shortens it.
pub(super) fn extend(turn: &mut Turn, id: &str) {
    let until = turn.after(turn.settings().document.policy.hold_min);
    let Some(booking) = turn.conv.bookings.iter_mut().find(|b| b.id == id) else { return };
    if matches!(booking.state, BookingState::Held { until: held_until } if held_until >= until) {
        return;
    }
    booking.state = BookingState::Held { until };
    turn.emit(Effect::Extend { booking: id.to_owned(), until });
    turn.wake(Alarm::HoldExpired { booking: id.to_owned() }, until);
}

fn ask_confirm(turn: &mut Turn) {
    let Some(booking) = turn.conv.held().cloned() else { return };
    extend(turn, &booking.id);
    let (moment, service, specialist) = words_of(turn, &booking);
    let price = price_of(turn, &booking.services);
    let contact = contact_words(turn);
    turn.conv.asking = Asking::Confirm;
    let arguments = [
        ("service", service.as_str()),
        ("moment", &moment),
        ("specialist", &specialist),
        ("price", &price),
        ("contact", &contact),
    ];
    if let Some(old) = turn.conv.replaced.as_ref().and_then(|id| turn.conv.bookings.iter().find(|b| &b.id == id)) {
        let old = turn.moment(old.slot.starts_at);
        turn.say(Phrase::Moving, &[("moment", &old)]);
    }
    turn.say(Phrase::Confirm, &arguments);
    let number = booking.id.rsplit('/').next().unwrap_or_default().to_owned();
    let mut buttons = vec![turn.button(format!("yes.{number}"), Phrase::ButtonYes)];
    if waitlist::is_offered(turn) {
        buttons.extend(waitlist::offer_buttons(turn));
    } else {
        buttons.push(turn.button("change", Phrase::ButtonChange));
    }
    turn.ask(buttons, false);
}

/// Whom the visit is for, as far as it is known: «Оля, +7 918 ***-**-31».
pub(super) fn contact_words(turn: &Turn) -> String {
    let (name, phone) = (turn.conv.display_name().map(str::to_owned), &turn.conv.client.phone);
    [name, phone.as_ref().map(|phone| phone.masked())].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// The price list's sum; «от», when any part of it is only the least. A trial of something costs what
/// the trial does.
pub(super) fn price_of(turn: &Turn, services: &[ServiceId]) -> String {
    let mut found: Vec<_> = services.iter().filter_map(|id| turn.settings().service(id)).collect();
    if found.iter().any(|service| named::is_trial(service)) {
        found.retain(|service| named::is_trial(service));
    }
    let sum = found.iter().map(|service| service.price).sum();
    answer::price_words(turn, sum, found.iter().any(|service| service.price_from))
}

/// «Нет» to «всё верно?» with nothing better said.
pub(super) fn change(turn: &mut Turn) {
    turn.conv.asking = Asking::When;
    turn.say(Phrase::ConfirmChanged, &[]);
    let buttons = vec![turn.button("other", Phrase::ButtonOtherTime), turn.button("human", Phrase::ButtonHuman)];
    turn.ask(buttons, false);
}

/// «Время», «услугу», «номер» in answer to «что поменять?»: that is asked anew. False when nothing of it was said.
pub(super) fn names_what_to_change(turn: &mut Turn, meaning: &Meaning) -> bool {
    let is_asked = turn.conv.asking == Asking::When && turn.conv.held().is_some();
    is_asked && !meaning.intent().is_outside() && asks_what_to_change(turn)
}

/// Asks anew for what the client says is not right: the time, the service, the contact. False when none was named.
pub(super) fn asks_what_to_change(turn: &mut Turn) -> bool {
    if turns::is_said(&turn.said, Way::ChangeTime) {
        offer::other_time(turn);
    } else if turns::is_said(&turn.said, Way::ChangeService) {
        gather::drop_hold(turn);
        ask_service(turn);
    } else if turns::is_said(&turn.said, Way::ChangePhone) {
        turn.conv.asking = Asking::Phone;
        turn.say(Phrase::AskPhone, &[]);
        turn.ask(Vec::new(), true);
    } else if turns::is_said(&turn.said, Way::ChangeContact) {
        turn.conv.asking = Asking::Name;
        turn.say(Phrase::AskName, &[]);
        turn.ask(Vec::new(), false);
    } else {
        return false;
    }
    true
}

/// The client wants no visit after all: nothing of the wish stays.
pub(super) fn give_up(turn: &mut Turn) {
    again::keep_given_up(turn);
    gather::drop_hold(turn);
    forget_wish(turn);
    turn.conv.asking = Asking::Nothing;
    turn.say(Phrase::GivenUp, &[]);
    turn.ask(Vec::new(), false);
}

/// Only the number of the last list stays, so that its buttons are known to be old.
pub(super) fn forget_wish(turn: &mut Turn) {
    turn.conv.wish = Wish { offer_no: turn.conv.wish.offer_no, ..Wish::default() };
    turn.conv.replaced = None;
    turn.conv.then.clear();
}

/// The hold ended without a yes: the slot goes back, and the client hears of it once.
pub(crate) fn hold_expired(turn: &mut Turn, id: &str) {
    let now = turn.now;
    let is_over = |b: &&mut Booking| b.id == id && matches!(b.state, BookingState::Held { until } if until <= now);
    let Some(booking) = turn.conv.bookings.iter_mut().find(is_over) else { return };
    // Whoever leads the talk may be agreeing on this very time: it is kept while they write, and the bot says nothing there.
    let led = match &turn.conv.speaker {
        Speaker::Person { last_at, .. } => Some(*last_at),
        Speaker::Bot => None,
    };
    if let Some(last_at) = led
        && now.duration_since(last_at) < KEPT_FOR_PERSON
        && booking.slot.starts_at > now
    {
        let id = id.to_owned();
        return extend(turn, &id);
    }
    booking.state = BookingState::Expired;
    let booking = booking.clone();
    let is_offered = waitlist::is_offer(turn, &booking);
    turn.release(&booking);
    if is_offered {
        return waitlist::unanswered(turn, &booking);
    }
    if led.is_some() {
        return;
    }
    // This is the one word after a silence.
    turn.conv.wish.followed_at = Some(now);
    turn.say(Phrase::HoldLost, &[("minutes", &wall::minutes(turn.settings().document.policy.hold_min.into()))]);
}
