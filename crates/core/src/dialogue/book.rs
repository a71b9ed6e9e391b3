//! The way to a visit: service, time, name, phone, «всё верно?». Asks one thing at a time and never
//! what is already known.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use nochnik_nlu::{Grain, Meaning};

use super::{gather, handoff, request};
use crate::business::{Business, ConfirmMode};
use crate::calendar;
use crate::care;
use crate::conversation::{Asking, Booking, BookingState, Wish};
use crate::effect::{Alarm, Button, Effect};
use crate::escalation::{self, Why};
use crate::limits::{CLIENT_BOOKINGS_MAX, OFFERS_MAX};
use crate::phrases::Phrase;
use crate::schedule::{self, Slot, SlotAsk, Window};
use crate::turn::{Turn, label_button};
use crate::values::{Money, ServiceId};
use crate::wall;
use crate::wanted;

/// A list shown so many minutes ago and so many messages back is still before the client's eyes.
const ON_SCREEN_MIN: i64 = 15;
const ON_SCREEN_LINES: usize = 4;

/// Facts came that may lead to a visit.
pub(super) fn take(turn: &mut Turn, meaning: &Meaning, is_answered: bool) {
    if meaning.is_phone_broken && turn.conv.client.phone.is_none() {
        turn.say(Phrase::PhoneBroken, &[]);
        turn.conv.asking = Asking::Phone;
        return;
    }
    if let Some(index) = picked(turn, meaning) {
        return choose_offer(turn, index);
    }
    if handoff::takes_call(turn) {
        return handoff::callback(turn);
    }
    if !turn.conv.wish.wants_visit && turn.conv.wish.when.is_none() && handoff::takes_contact(turn) {
        return;
    }
    let is_form = turn.conv.wish.wants_visit || turn.conv.asking != Asking::Nothing || meaning.when.is_some();
    if is_form || !is_answered {
        turn.conv.wish.wants_visit |= is_form;
        go_on(turn);
    } else {
        offer_to_book(turn);
    }
}

/// Which of the offers was meant: «первое», or its time said again.
fn picked(turn: &Turn, meaning: &Meaning) -> Option<usize> {
    if turn.conv.asking != Asking::Slot || turn.conv.wish.offers.is_empty() {
        return None;
    }
    if let Some(number) = meaning.choice {
        return usize::from(number).checked_sub(1).filter(|index| *index < turn.conv.wish.offers.len());
    }
    let when = meaning.when.as_ref().map(|found| found.value).filter(|when| when.grain == Grain::Time)?;
    turn.conv.wish.offers.iter().position(|slot| {
        let wall = turn.wall(slot.starts_at);
        Some(wall.time()) == when.from_at && when.from_on.is_none_or(|on| on == wall.date())
    })
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
        return if request::is_needed(turn) { request::go_on(turn) } else { find_time(turn) };
    }
    if !asks_contact(turn) {
        ask_confirm(turn);
    }
}

/// Asks for the name, then for the phone; false when both are known.
pub(super) fn asks_contact(turn: &mut Turn) -> bool {
    let (asking, phrase) = match &turn.conv.client {
        client if client.name.is_none() => (Asking::Name, Phrase::AskName),
        client if client.phone.is_none() => (Asking::Phone, Phrase::AskPhone),
        _ => return false,
    };
    turn.conv.asking = asking;
    turn.say(phrase, &[]);
    turn.ask(Vec::new(), asking == Asking::Phone);
    true
}

fn ask_service(turn: &mut Turn) {
    turn.conv.asking = Asking::Service;
    turn.say(Phrase::AskService, &[]);
    let services = &turn.settings().document.services;
    let buttons =
        services.iter().take(OFFERS_MAX * 2).map(|s| label_button(format!("svc.{}", s.id), &s.name)).collect();
    turn.ask(buttons, false);
}

pub(super) fn press_service(turn: &mut Turn, id: &str) {
    let id = ServiceId::new(id);
    if turn.settings().service(&id).is_some() {
        turn.conv.wish.services = vec![id];
        turn.conv.wish.wants_visit = true;
    }
    go_on(turn);
}

/// Looks for a slot that fits the wish: takes an exact one, else offers.
fn find_time(turn: &mut Turn) {
    if turn.conv.coming(turn.now).len() >= CLIENT_BOOKINGS_MAX {
        let count = u64::try_from(CLIENT_BOOKINGS_MAX).unwrap_or(u64::MAX);
        let count = wall::count(count, "запись", "записи", "записей");
        turn.conv.asking = Asking::Nothing;
        turn.say(Phrase::TooMany, &[("count", &count)]);
        return turn.ask(vec![turn.button("human", Phrase::ButtonHuman)], false);
    }
    drop_unfit_specialist(turn);
    let business = without_own(turn);
    let Some(when) = turn.conv.wish.when else {
        let soon = soonest(turn, &business);
        return show(turn, soon, Opening::AskWhen);
    };
    let window = schedule::window_of(&when, turn.now, turn.settings());
    let ask =
        SlotAsk { services: turn.conv.wish.services.clone(), specialist: turn.conv.wish.specialist.clone(), window };
    let free = schedule::free_slots(&business, &ask, turn.now);
    if when.grain == Grain::Time {
        match free.iter().find(|slot| turn.wall(slot.starts_at) == window.from) {
            Some(slot) => choose(turn, slot.clone()),
            None => {
                let around = turn.settings().moment_of(window.from);
                let opening = match () {
                    () if closed_day(turn).is_some() => Opening::DayOff,
                    () if calendar::is_open(turn.settings(), around) => Opening::Other,
                    () => Opening::Closed,
                };
                let near = nearest(turn, &business, around);
                show(turn, near, opening);
            }
        }
    } else if free.is_empty() {
        let near = nearest(turn, &business, turn.settings().moment_of(window.from));
        let is_day_off = closed_day(turn).is_some();
        show(turn, near, if is_day_off { Opening::DayOff } else { Opening::Other });
    } else {
        show(turn, spread(free), Opening::Offer);
    }
}

/// The specialist asked for cannot do this service: said once, then forgotten.
fn drop_unfit_specialist(turn: &mut Turn) {
    let settings = turn.settings();
    let Some(specialist) = turn.conv.wish.specialist.clone() else { return };
    if !settings.specialists_for(&turn.conv.wish.services).iter().any(|able| able.id == specialist.as_str()) {
        let service = settings.names_of(&turn.conv.wish.services);
        turn.conv.wish.specialist = None;
        turn.say(Phrase::NoSpecialist, &[("service", &service)]);
    }
}

/// The business as it would be if this client's own hold were gone.
fn without_own(turn: &Turn) -> Business {
    let Some(held) = turn.conv.held() else { return turn.business.clone() };
    let busy = turn.business.busy.iter().filter(|busy| busy.booking != held.id).cloned().collect();
    Business { settings: turn.settings().clone(), busy: std::sync::Arc::new(busy) }
}

fn nearest(turn: &Turn, business: &Business, around: Timestamp) -> Vec<Slot> {
    let wall = turn.wall(around.max(turn.now));
    let ask = SlotAsk {
        services: turn.conv.wish.services.clone(),
        specialist: turn.conv.wish.specialist.clone(),
        window: Window { from: wall, to: wall, daily: None },
    };
    schedule::nearest(business, &ask, wall, turn.now, OFFERS_MAX)
}

/// Times of the nearest day that has any.
fn soonest(turn: &Turn, business: &Business) -> Vec<Slot> {
    let today = turn.today();
    let last = today.saturating_add(i64::from(turn.settings().document.policy.horizon_days).days());
    let ask = SlotAsk {
        services: turn.conv.wish.services.clone(),
        specialist: turn.conv.wish.specialist.clone(),
        window: Window::of_days(today, last),
    };
    let mut free = schedule::free_slots(business, &ask, turn.now);
    if let Some(first) = free.first().map(|slot| turn.wall(slot.starts_at).date()) {
        free.retain(|slot| turn.wall(slot.starts_at).date() == first);
    }
    spread(free)
}

/// One slot a starting time, at most [`OFFERS_MAX`], evenly over what is free: the client sees that
/// there is a morning and an evening. `free` comes earliest first.
fn spread(mut free: Vec<Slot>) -> Vec<Slot> {
    free.dedup_by_key(|slot| slot.starts_at);
    let last = free.len().saturating_sub(1);
    if last < OFFERS_MAX {
        return free;
    }
    (0..OFFERS_MAX).map(|n| free[n * last / (OFFERS_MAX - 1)].clone()).collect()
}

/// The one wanted day, when the business is closed on it.
fn closed_day(turn: &Turn) -> Option<Date> {
    let when = turn.conv.wish.when?;
    let on = when.from_on.or(when.to_on)?;
    let is_one = when.to_on.is_none_or(|to| to == on) && when.grain != Grain::FromDay;
    (is_one && calendar::hours_on(&turn.settings().document, on).is_empty()).then_some(on)
}

/// How a list of offers begins.
enum Opening {
    AskWhen,
    Offer,
    Other,
    Closed,
    DayOff,
    Taken,
    Stale,
}

fn show(turn: &mut Turn, mut offers: Vec<Slot>, opening: Opening) {
    offers.sort_by_key(|slot| slot.starts_at);
    let service = turn.settings().names_of(&turn.conv.wish.services);
    if offers.is_empty() {
        turn.conv.asking = Asking::Nothing;
        turn.say(Phrase::NoSlots, &[("service", &service)]);
        turn.whys.push(Why::NoSlots);
        return;
    }
    let lines: Vec<String> = offers.iter().enumerate().map(|(index, slot)| offer_line(turn, index, slot)).collect();
    let lines = lines.join("\n");
    match opening {
        Opening::AskWhen if is_on_screen(turn, &lines) => turn.say(Phrase::AskWhen, &[]),
        Opening::Offer if is_on_screen(turn, &lines) => turn.say(Phrase::OfferAgain, &[]),
        Opening::AskWhen if turn.conv.replaced.is_some() => turn.say(Phrase::AskMoveOffers, &[("offers", &lines)]),
        Opening::AskWhen => turn.say(Phrase::AskWhenOffers, &[("service", &service), ("offers", &lines)]),
        Opening::Offer => turn.say(Phrase::Offer, &[("service", &service), ("offers", &lines)]),
        Opening::Taken => turn.say(Phrase::OfferTaken, &[("offers", &lines)]),
        Opening::Stale => turn.say(Phrase::OfferStale, &[("offers", &lines)]),
        Opening::Other => {
            let wanted = turn.conv.wish.when.as_ref().map_or_else(String::new, |when| wanted::text(when, turn.today()));
            turn.say(Phrase::OfferOther, &[("wanted", &wanted), ("offers", &lines)]);
        }
        Opening::DayOff => {
            let day = closed_day_words(turn).unwrap_or_default();
            turn.say(Phrase::OfferDayOff, &[("day", &day), ("offers", &lines)]);
        }
        Opening::Closed => {
            let hours = hours_of_wanted_day(turn);
            turn.say(Phrase::OfferClosed, &[("hours", &hours), ("offers", &lines)]);
        }
    }
    let number = turn.conv.wish.offer_no + 1;
    let today = turn.today();
    let mut buttons: Vec<Button> = offers
        .iter()
        .enumerate()
        .map(|(i, slot)| {
            label_button(format!("slot.{number}.{i}"), &wall::moment_short(turn.wall(slot.starts_at), today))
        })
        .collect();
    buttons.push(turn.button("other", Phrase::ButtonOtherTime));
    turn.conv.wish.offer_no = number;
    turn.conv.wish.offers = offers;
    turn.conv.asking = Asking::Slot;
    turn.ask(buttons, false);
}

/// The client was shown the same list a moment ago: it is not written out again.
fn is_on_screen(turn: &Turn, lines: &str) -> bool {
    let since = turn.now.saturating_sub(SignedDuration::from_mins(ON_SCREEN_MIN)).unwrap_or(Timestamp::MIN);
    let recent = turn.conv.transcript.iter().rev().take(ON_SCREEN_LINES);
    recent.filter(|line| line.at >= since).any(|line| line.text.contains(lines))
}

fn offer_line(turn: &Turn, index: usize, slot: &Slot) -> String {
    let specialist = turn.settings().specialist(&slot.specialist).map_or("", |specialist| &specialist.name);
    let (number, moment) = ((index + 1).to_string(), turn.moment(slot.starts_at));
    turn.phrase(Phrase::OfferLine, &[("number", &number), ("moment", &moment), ("specialist", specialist)])
}

/// The wanted day in words, when the business is closed on it.
pub(super) fn closed_day_words(turn: &Turn) -> Option<String> {
    closed_day(turn).map(|on| wall::capitalised(&wall::date(on)))
}

pub(super) fn hours_of_wanted_day(turn: &Turn) -> String {
    let on = turn.conv.wish.when.and_then(|when| when.from_on).unwrap_or_else(|| turn.today());
    turn.settings().hours_text(on)
}

pub(super) fn press_offer(turn: &mut Turn, rest: &str) {
    let numbers = rest.split_once('.').and_then(|(no, i)| Some((no.parse::<u32>().ok()?, i.parse::<usize>().ok()?)));
    match numbers {
        Some((no, index)) if no == turn.conv.wish.offer_no && index < turn.conv.wish.offers.len() => {
            choose_offer(turn, index)
        }
        _ => press_stale(turn),
    }
}

/// An old button: answers with what is true now.
fn press_stale(turn: &mut Turn) {
    if let Some((moment, service, specialist)) = coming_words(turn) {
        return turn.say(Phrase::MyBooking, &[("moment", &moment), ("service", &service), ("specialist", &specialist)]);
    }
    if turn.conv.wish.services.is_empty() {
        return go_on(turn);
    }
    let business = without_own(turn);
    let soon = soonest(turn, &business);
    show(turn, soon, Opening::Stale);
}

/// Moment, services and specialist of the next visit, in words.
pub(super) fn coming_words(turn: &Turn) -> Option<(String, String, String)> {
    let booking = turn.conv.coming(turn.now).into_iter().next()?;
    Some(words_of(turn, booking))
}

fn words_of(turn: &Turn, booking: &Booking) -> (String, String, String) {
    let settings = turn.settings();
    let specialist = settings.specialist(&booking.slot.specialist).map_or_else(String::new, |s| s.name.clone());
    (turn.moment(booking.slot.starts_at), settings.names_of(&booking.services), specialist)
}

pub(super) fn choose_offer(turn: &mut Turn, index: usize) {
    let Some(slot) = turn.conv.wish.offers.get(index).cloned() else { return go_on(turn) };
    match still_free(turn, &slot) {
        Some(slot) => {
            turn.conv.wish.wants_visit = true;
            choose(turn, slot);
        }
        None => offer_instead(turn, &slot),
    }
}

fn offer_instead(turn: &mut Turn, slot: &Slot) {
    let business = without_own(turn);
    let near = nearest(turn, &business, slot.starts_at);
    show(turn, near, Opening::Taken);
}

/// The slot as the schedule and the bookings of this very moment have it, perhaps with another
/// seat or chair than was offered.
fn still_free(turn: &Turn, slot: &Slot) -> Option<Slot> {
    let wall = turn.wall(slot.starts_at);
    let ask = SlotAsk {
        services: turn.conv.wish.services.clone(),
        specialist: Some(slot.specialist.clone()),
        window: Window { from: wall, to: turn.wall(slot.ends_at), daily: None },
    };
    let free = schedule::free_slots(&without_own(turn), &ask, turn.now);
    free.into_iter().find(|free| free.starts_at == slot.starts_at)
}

/// Keeps the slot for this client and goes on.
fn choose(turn: &mut Turn, slot: Slot) {
    gather::drop_hold(turn);
    let services = turn.conv.wish.services.clone();
    let held = hold(turn, services, slot);
    turn.conv.wish.offers.clear();
    if let Some(booking) = held.filter(|_| turn.conv.client.name.is_none() || turn.conv.client.phone.is_none()) {
        say_kept(turn, &booking);
    }
    go_on(turn);
}

/// What is kept and for how long: while the summary is still some questions away.
fn say_kept(turn: &mut Turn, booking: &Booking) {
    let (moment, _, specialist) = words_of(turn, booking);
    let minutes = u64::from(turn.settings().document.policy.hold_min);
    let minutes = wall::count(minutes, "минуту", "минуты", "минут");
    turn.say(Phrase::SlotKept, &[("moment", &moment), ("specialist", &specialist), ("minutes", &minutes)]);
}

/// Keeps the slot under a fresh id and asks to be woken when the time is over.
fn hold(turn: &mut Turn, services: Vec<ServiceId>, slot: Slot) -> Option<Booking> {
    let until = turn.after(turn.settings().document.policy.hold_min);
    let service = services.first().cloned()?;
    let id = turn.conv.next_id("");
    let booking = Booking::new(id.clone(), services, slot.clone(), BookingState::Held { until });
    turn.conv.bookings.push(booking.clone());
    turn.emit(Effect::Hold { booking: id.clone(), slot, service, until });
    turn.wake(Alarm::HoldExpired { booking: id }, until);
    Some(booking)
}

/// The client is still here: the clock of the hold starts again.
fn extend(turn: &mut Turn, id: &str) {
    let until = turn.after(turn.settings().document.policy.hold_min);
    let Some(booking) = turn.conv.bookings.iter_mut().find(|b| b.id == id) else { return };
    if booking.state == (BookingState::Held { until }) {
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
    let name = turn.conv.client.name.clone().unwrap_or_default();
    let phone = turn.conv.client.phone.as_ref().map(|phone| phone.masked()).unwrap_or_default();
    turn.conv.asking = Asking::Confirm;
    let arguments = [
        ("service", service.as_str()),
        ("moment", &moment),
        ("specialist", &specialist),
        ("price", &price),
        ("name", &name),
        ("phone", &phone),
    ];
    if let Some(old) = turn.conv.replaced.as_ref().and_then(|id| turn.conv.bookings.iter().find(|b| &b.id == id)) {
        let old = turn.moment(old.slot.starts_at);
        turn.say(Phrase::Moving, &[("moment", &old)]);
    }
    turn.say(Phrase::Confirm, &arguments);
    let number = booking.id.rsplit('/').next().unwrap_or_default().to_owned();
    let buttons =
        vec![turn.button(format!("yes.{number}"), Phrase::ButtonYes), turn.button("change", Phrase::ButtonChange)];
    turn.ask(buttons, false);
}

/// The price list's sum; «от», when any part of it is only the least. A trial of something costs what
/// the trial does.
pub(super) fn price_of(turn: &Turn, services: &[ServiceId]) -> String {
    let mut found: Vec<_> = services.iter().filter_map(|id| turn.settings().service(id)).collect();
    if found.iter().any(|service| gather::is_trial(service)) {
        found.retain(|service| gather::is_trial(service));
    }
    let sum = Money::from_rub(found.iter().map(|service| service.price).sum()).to_string();
    if found.iter().any(|service| service.price_from) {
        turn.phrase(Phrase::PriceFrom, &[("price", &sum)])
    } else {
        sum
    }
}

/// «Да, всё верно»: the visit is booked, in this very transaction or not at all.
pub(super) fn confirm(turn: &mut Turn) {
    match turn.conv.held().cloned() {
        Some(booking) => settle(turn, &booking),
        None if request::is_needed(turn) => request::confirm(turn),
        None => revive(turn),
    }
}

pub(super) fn press_confirm(turn: &mut Turn, number: &str) {
    let id = format!("{}/{number}", turn.conv.id);
    match turn.conv.bookings.iter().find(|b| b.id == id).map(|b| b.state.clone()) {
        Some(BookingState::Held { .. }) => confirm(turn),
        Some(BookingState::Expired) => revive(turn),
        _ => press_stale(turn),
    }
}

/// The hold ran out before the yes: taken again if the slot is still free.
fn revive(turn: &mut Turn) {
    let expired = turn.conv.bookings.iter().rev().find(|b| b.state == BookingState::Expired).cloned();
    let Some(expired) = expired else { return go_on(turn) };
    turn.conv.wish.services.clone_from(&expired.services);
    turn.conv.bookings.retain(|b| b.id != expired.id);
    let Some(slot) = still_free(turn, &expired.slot) else { return offer_instead(turn, &expired.slot) };
    if let Some(booking) = hold(turn, expired.services, slot) {
        settle(turn, &booking);
    }
}

/// «Вернуть запись» under a cancellation: booked again if the slot is still free.
pub(super) fn bring_back(turn: &mut Turn, number: &str) {
    let id = format!("{}/{number}", turn.conv.id);
    let is_it = |b: &&Booking| b.id == id && matches!(b.state, BookingState::Cancelled { .. });
    let Some(old) = turn.conv.bookings.iter().find(is_it).cloned() else { return press_stale(turn) };
    turn.conv.wish.services.clone_from(&old.services);
    let Some(slot) = still_free(turn, &old.slot) else {
        turn.conv.wish.wants_visit = true;
        return offer_instead(turn, &old.slot);
    };
    turn.conv.bookings.retain(|b| b.id != old.id);
    if let Some(booking) = hold(turn, old.services, slot) {
        settle(turn, &booking);
    }
}

fn settle(turn: &mut Turn, booking: &Booking) {
    match turn.settings().document.policy.confirm {
        ConfirmMode::Bot => settle_now(turn, booking),
        ConfirmMode::Person => request(turn, booking),
    }
}

/// The client has agreed, a person has the last word: the time is kept, nobody is woken for it.
fn request(turn: &mut Turn, booking: &Booking) {
    let now = turn.now;
    // The old visit of a move stays until the new one is confirmed.
    let replaces = turn.conv.replaced.take();
    if let Some(held) = turn.conv.booking_mut(&booking.id) {
        held.state = BookingState::Requested { at: now };
        held.replaces = replaces;
    }
    agreed(turn);
    let client_name = turn.conv.client.name.clone().unwrap_or_default();
    turn.emit(Effect::Keep { booking: booking.id.clone(), client_name });
    let (moment, service, specialist) = words_of(turn, booking);
    let until = if calendar::is_after_hours(turn.settings(), now) {
        handoff::opening_words(turn)
    } else {
        format!("до {}", wall::time(turn.wall(turn.after(escalation::TAKE_MIN))))
    };
    let arguments = [("moment", &*moment), ("service", &service), ("specialist", &specialist), ("until", &until)];
    turn.say(Phrase::Requested, &arguments);
    escalation::booked(turn, &moment);
    turn.whys.push(Why::Visit);
}

/// A person tapped «Подтвердить» or «Отказать» under a card that lists what waits: it is said of all of it.
/// False when no visit waits any more.
pub(crate) fn decided(turn: &mut Turn, is_approved: bool) -> bool {
    let waiting: Vec<Booking> = turn.conv.requested(turn.now).into_iter().cloned().collect();
    let decide = if is_approved { approve } else { decline };
    waiting.iter().for_each(|booking| decide(turn, booking));
    !waiting.is_empty()
}

fn approve(turn: &mut Turn, booking: &Booking) {
    let name = turn.conv.client.name.clone().unwrap_or_default();
    stands(turn, booking, &name);
    let (moment, service, specialist) = words_of(turn, booking);
    let arguments = [("moment", &*moment), ("service", &service), ("specialist", &specialist), ("name", &name)];
    turn.say(Phrase::Approved, &arguments);
    turn.conv.replaced.clone_from(&booking.replaces);
    super::change::release_moved(turn, &booking.id);
    say_address(turn);
}

fn decline(turn: &mut Turn, booking: &Booking) {
    let now = turn.now;
    if let Some(own) = turn.conv.booking_mut(&booking.id) {
        own.state = BookingState::Cancelled { at: now };
    }
    turn.emit(Effect::Release { booking: booking.id.clone() });
    turn.conv.wish.services.clone_from(&booking.services);
    turn.conv.wish.wants_visit = true;
    turn.conv.asking = Asking::When;
    let moment = turn.moment(booking.slot.starts_at);
    turn.say(Phrase::Declined, &[("moment", &moment)]);
    if let Some(old) = booking.replaces.as_ref().and_then(|id| turn.conv.booking(id)) {
        let moment = turn.moment(old.slot.starts_at);
        turn.say(Phrase::VisitStands, &[("moment", &moment)]);
    }
}

/// What the client has agreed to is settled on their side.
fn agreed(turn: &mut Turn) {
    turn.conv.client.is_phone_confirmed = turn.conv.client.phone.is_some();
    turn.conv.asking = Asking::Nothing;
    turn.conv.wish = Wish { offer_no: turn.conv.wish.offer_no, ..Wish::default() };
}

/// The visit stands: in the store, and with its reminders.
fn stands(turn: &mut Turn, booking: &Booking, client_name: &str) {
    let now = turn.now;
    let is_unreminded = care::is_unreminded(turn.settings(), &booking.id);
    if let Some(held) = turn.conv.booking_mut(&booking.id) {
        held.state = BookingState::Confirmed { at: now };
        held.is_unreminded = is_unreminded;
    }
    turn.emit(Effect::Confirm { booking: booking.id.clone(), client_name: client_name.to_owned(), is_unreminded });
    care::arrange(turn, &booking.id);
}

fn say_address(turn: &mut Turn) {
    let address = &turn.settings().document.address;
    if !address.is_empty() {
        turn.say(Phrase::BookedAddress, &[("address", address)]);
    }
}

fn settle_now(turn: &mut Turn, booking: &Booking) {
    let name = turn.conv.client.name.clone().unwrap_or_default();
    agreed(turn);
    stands(turn, booking, &name);
    let (moment, service, specialist) = words_of(turn, booking);
    turn.say(
        Phrase::Booked,
        &[("moment", &moment), ("service", &service), ("specialist", &specialist), ("name", &name)],
    );
    super::change::release_moved(turn, &booking.id);
    say_address(turn);
    escalation::booked(turn, &moment);
}

/// «Нет» to «всё верно?» with nothing better said.
pub(super) fn change(turn: &mut Turn) {
    turn.conv.asking = Asking::When;
    turn.say(Phrase::ConfirmChanged, &[]);
    let buttons = vec![turn.button("other", Phrase::ButtonOtherTime), turn.button("human", Phrase::ButtonHuman)];
    turn.ask(buttons, false);
}

/// None of the offered times suits: asks for the day.
pub(super) fn other_time(turn: &mut Turn) {
    gather::drop_hold(turn);
    turn.conv.wish.when = None;
    turn.conv.wish.offers.clear();
    turn.conv.asking = Asking::When;
    turn.say(Phrase::AskWhen, &[]);
    turn.ask(Vec::new(), false);
}

/// The client wants no visit after all: nothing of the wish stays.
pub(super) fn give_up(turn: &mut Turn) {
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
}

/// The hold ended without a yes: the slot goes back, and the client hears of it once.
pub(crate) fn hold_expired(turn: &mut Turn, id: &str) {
    let now = turn.now;
    let is_over = |b: &&mut Booking| b.id == id && matches!(b.state, BookingState::Held { until } if until <= now);
    let Some(booking) = turn.conv.bookings.iter_mut().find(is_over) else { return };
    booking.state = BookingState::Expired;
    // This is the one word after a silence.
    turn.conv.wish.followed_at = Some(now);
    turn.emit(Effect::Release { booking: id.to_owned() });
    let minutes = u64::from(turn.settings().document.policy.hold_min);
    let minutes = wall::count(minutes, "минуту", "минуты", "минут");
    turn.say(Phrase::HoldLost, &[("minutes", &minutes)]);
}
