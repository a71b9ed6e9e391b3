//! The waitlist as the client meets it: joining, hearing of a freed time, leaving.

use jiff::{SignedDuration, ToSpan};
use nochnik_nlu::{Grain, Meaning};

use super::turns::{self, Way};
use super::{absent, book, gather, handoff, offer};
use crate::care;
use crate::conversation::{Asking, Booking, Speaker, Wish};
use crate::crm::CLIENT;
use crate::effect::{Alarm, Button, Effect};
use crate::phrases::Phrase;
use crate::schedule::{self, Slot, SlotAsk, Window};
use crate::turn::Turn;
use crate::waitlist::{Freed, WaitlistEntry};
use crate::wall;
use crate::wanted;

/// Who wants six o'clock is glad of five and of seven.
const NEAR: SignedDuration = SignedDuration::from_hours(1);
/// Who wrote within this time is no trouble to answer, whatever the hour.
const AWAKE: SignedDuration = SignedDuration::from_hours(1);
/// A time told of in the morning leaves the client at least this much.
const NOTICE_MIN: SignedDuration = SignedDuration::from_hours(1);

/// Asks in words to be told: a day in such a message is the day waited for, whatever else it could mean.
pub(super) fn ask_to_be_told(turn: &mut Turn, meaning: &Meaning) {
    if let Some(found) = &meaning.when {
        turn.conv.wish.when = Some(found.value);
    }
    join(turn);
}

/// Writes the wish down until such a time frees up. What is free already is offered instead.
fn join(turn: &mut Turn) {
    let coming: Vec<Booking> = turn.conv.coming(turn.now).into_iter().cloned().collect();
    if let Some(next) = coming.first().filter(|_| turn.conv.wish.services.is_empty()) {
        turn.conv.wish.services.clone_from(&next.services);
    }
    // Only a visit for the same would move to the freed time: another one is a visit besides.
    let coming = coming.into_iter().find(|booking| booking.services == turn.conv.wish.services);
    let window = window_of(turn, coming.as_ref());
    let is_done_here = !turn.settings().specialists_for(&turn.conv.wish.services).is_empty();
    let may_book = coming.is_some() || !offer::has_enough(turn);
    let has_wish = !turn.conv.wish.services.is_empty() && !window.is_empty();
    let absent = absent::words(turn).filter(|_| has_wish);
    if !has_wish || absent.is_some() || !is_done_here || !may_book || offer::is_any_free(turn, window) {
        turn.conv.wish.wants_visit = true;
        // Nothing comes free on a day on which nobody works.
        if let Some(who) = absent {
            turn.say(Phrase::WaitlistNever, &[("who", &who)]);
        }
        turn.conv.replaced = turn.conv.replaced.take().or(coming.map(|booking| booking.id));
        return book::go_on(turn);
    }
    let is_hour = turn.conv.wish.when.is_some_and(|when| when.grain == Grain::Time);
    let wanted_times = if is_hour { window.widened(NEAR) } else { window };
    let over_at = turn.settings().moment_of(wanted_times.to);
    turn.wake(Alarm::WaitlistOver { since: turn.now }, over_at);
    let wish = &turn.conv.wish;
    turn.conv.waitlist = Some(WaitlistEntry {
        services: wish.services.clone(),
        specialist: wish.specialist.clone(),
        window: wanted_times,
        aim: window.from,
        since: turn.now,
        replaces: coming.as_ref().map(|booking| booking.id.clone()),
        offered: None,
        passed: Vec::new(),
    });
    if turn.conv.held().is_none() {
        turn.conv.asking = Asking::Nothing;
    }
    let service = turn.settings().names_of(&turn.conv.wish.services);
    let wanted = match (&turn.conv.wish.when, &coming) {
        (Some(when), _) if is_hour => wanted::around(when, turn.today()),
        (Some(when), _) => wanted::text(when, turn.today()),
        (None, Some(booking)) => format!("раньше, чем {}", turn.moment(booking.slot.starts_at)),
        (None, None) => "любое время".to_owned(),
    };
    let minutes = wall::minutes(turn.settings().document.policy.waitlist_hold_min.into());
    turn.say(Phrase::WaitlistJoined, &[("service", &service), ("wanted", &wanted), ("minutes", &minutes)]);
    turn.ask(vec![turn.button("wait.stop", Phrase::ButtonWaitNoMore)], false);
}

/// When the visit may begin: as wished, else before the visit there is, else any day we book for.
fn window_of(turn: &Turn, coming: Option<&Booking>) -> Window {
    if let Some(when) = &turn.conv.wish.when {
        return schedule::window_of(when, turn.now, turn.settings());
    }
    let horizon = i64::from(turn.settings().document.policy.horizon_days);
    let last = Window::of_days(turn.today(), turn.today().saturating_add(horizon.days())).to;
    Window::new(turn.wall(turn.now), coming.map_or(last, |booking| turn.wall(booking.slot.starts_at)))
}

pub(super) fn press(turn: &mut Turn, what: &str) {
    match what {
        "no" => decline(turn),
        "stop" => leave(turn),
        _ => join(turn),
    }
}

/// One who waits says not to wait any longer.
pub(super) fn is_left(turn: &Turn) -> bool {
    turn.conv.waitlist.is_some() && turns::is_said(&turn.said, Way::WaitNoMore)
}

/// Waits no more. A time held for this client goes to the next.
pub(super) fn leave(turn: &mut Turn) {
    if is_offered(turn) {
        gather::drop_hold(turn);
        book::forget_wish(turn);
        turn.conv.asking = Asking::Nothing;
    }
    turn.conv.waitlist = None;
    turn.say(Phrase::WaitlistLeft, &[]);
}

/// The last time that would have done has passed. Nothing is said of it: nothing was promised.
pub(crate) fn over(turn: &mut Turn, since: jiff::Timestamp) {
    turn.conv.waitlist.take_if(|entry| entry.since == since);
}

/// The open hold is a freed time that we wrote about.
pub(super) fn is_offered(turn: &Turn) -> bool {
    turn.conv.held().is_some_and(|booking| is_offer(turn, booking))
}

/// The booking is a freed time that we wrote about.
pub(super) fn is_offer(turn: &Turn, booking: &Booking) -> bool {
    turn.conv.waitlist.as_ref().and_then(|entry| entry.offered.as_ref()) == Some(&booking.id)
}

/// No answer while the time was held: it goes to the next, the client waits on.
pub(super) fn unanswered(turn: &mut Turn, booking: &Booking) {
    book::forget_wish(turn);
    turn.conv.asking = Asking::Nothing;
    let moment = turn.moment(booking.slot.starts_at);
    turn.say(Phrase::WaitlistLost, &[("moment", &moment)]);
    turn.ask(vec![turn.button("wait.stop", Phrase::ButtonWaitNoMore)], false);
}

/// «Не подходит»: the time goes to the next, the client waits on.
pub(super) fn decline(turn: &mut Turn) {
    if !is_offered(turn) {
        return turn.say(Phrase::StillHere, &[]);
    }
    gather::drop_hold(turn);
    book::forget_wish(turn);
    turn.conv.asking = Asking::Nothing;
    turn.say(Phrase::WaitlistPassed, &[]);
    turn.ask(vec![turn.button("wait.stop", Phrase::ButtonWaitNoMore)], false);
}

/// What to answer a freed time with, besides «да».
pub(super) fn offer_buttons(turn: &Turn) -> Vec<Button> {
    vec![turn.button("wait.no", Phrase::ButtonWaitNo), turn.button("wait.stop", Phrase::ButtonWaitNoMore)]
}

/// A visit was agreed on. One that was waited for ends the waiting; another would move to the freed time.
pub(super) fn agreed(turn: &mut Turn, booking: &Booking) {
    let starts_at = turn.wall(booking.slot.starts_at);
    let Some(entry) = &mut turn.conv.waitlist else { return };
    if entry.services != booking.services {
        return;
    }
    if entry.window.contains(starts_at) || entry.offered.as_ref() == Some(&booking.id) {
        turn.conv.waitlist = None;
    } else {
        entry.replaces = Some(booking.id.clone());
    }
}

/// A time came free that this client may want: it is held and told of, or handed on to the next.
pub(crate) fn slot_freed(turn: &mut Turn, freed: &Freed) {
    let Some(entry) = turn.conv.waitlist.clone() else { return turn.emit(Effect::Freed(freed.clone())) };
    if entry.passed.contains(freed) {
        return;
    }
    if let Some(later) = put_off_until(turn, freed) {
        return turn.wake(Alarm::SlotFreed { freed: freed.clone() }, later);
    }
    let may_book = entry.replaces.is_some() || !offer::has_enough(turn);
    let slot = if may_book && is_reachable(turn) { slot_within(turn, &entry, freed) } else { None };
    if let Some(entry) = &mut turn.conv.waitlist {
        entry.pass(freed.clone());
    }
    match slot {
        Some(slot) => propose(turn, entry, slot),
        None => turn.emit(Effect::Freed(freed.clone())),
    }
}

/// In quiet hours what can wait for the morning waits; what cannot is told at once: it was asked for.
fn put_off_until(turn: &Turn, freed: &Freed) -> Option<jiff::Timestamp> {
    let said = turn.conv.transcript.iter().rev().find(|line| line.who == CLIENT);
    let is_awake = said.is_some_and(|line| turn.now.duration_since(line.at) < AWAKE);
    let morning = care::loud_from(turn.settings(), turn.now);
    let is_early = freed.to.duration_since(morning) >= NOTICE_MIN;
    (morning > turn.now && !is_awake && is_early).then_some(morning)
}

/// Nobody else speaks with the client, and nothing else is held for them.
fn is_reachable(turn: &Turn) -> bool {
    let client = &turn.conv.client;
    let is_silenced = client.is_stopped || turn.conv.is_closed() || turn.conv.speaker != Speaker::Bot;
    !is_silenced && turn.conv.held().is_none() && !handoff::is_awaited(turn)
}

/// The visit nearest to the hour wanted that takes some of what came free.
fn slot_within(turn: &Turn, entry: &WaitlistEntry, freed: &Freed) -> Option<Slot> {
    let (services, specialist) = (entry.services.clone(), entry.specialist.clone());
    let ask = SlotAsk { services, specialist, without: Vec::new(), window: entry.window };
    let free = schedule::free_slots(turn.business, &ask, turn.now).into_iter().filter(|slot| freed.meets(slot));
    free.min_by_key(|slot| turn.wall(slot.starts_at).duration_since(entry.aim).abs())
}

fn propose(turn: &mut Turn, entry: WaitlistEntry, slot: Slot) {
    let specialist = Some(slot.specialist.clone());
    let offer_no = turn.conv.wish.offer_no;
    // The word we say now is the one word after a silence.
    let followed_at = Some(turn.now);
    let services = entry.services.clone();
    turn.conv.wish = Wish { services, specialist, wants_visit: true, offer_no, followed_at, ..Wish::default() };
    turn.conv.replaced = entry.replaces.filter(|id| turn.conv.coming(turn.now).iter().any(|b| b.id == *id));
    let hold_min = turn.settings().document.policy.waitlist_hold_min;
    let Some(booking) = book::hold(turn, entry.services, slot, hold_min) else { return };
    if let Some(entry) = &mut turn.conv.waitlist {
        entry.offered = Some(booking.id.clone());
    }
    let (moment, service, specialist) = book::words_of(turn, &booking);
    let minutes = wall::minutes(hold_min.into());
    let arguments = [("moment", &*moment), ("service", &service), ("specialist", &specialist), ("minutes", &minutes)];
    turn.say(Phrase::WaitlistFreed, &arguments);
    book::go_on(turn);
}
