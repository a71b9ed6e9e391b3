//! Changes of a visit: cancel, move, running late. Only the chat that made a booking may touch it.

use jiff::{SignedDuration, Timestamp};
use nochnik_nlu::{Grain, Intent, Meaning};

use super::turns::{self, Way};
use super::{book, gather, handoff, request, series, settle, which};
use crate::acquaintance;
use crate::calendar;
use crate::care;
use crate::conversation::{Asking, Booking, BookingState};
use crate::effect::Button;
use crate::escalation::{self, Why};
use crate::phrases::Phrase;
use crate::turn::{Turn, label_button};
use crate::values::ServiceId;
use crate::wall;

/// Visits shown as buttons: a screen of a phone; the others are named in words.
const SHOWN_MAX: usize = 5;

/// Of several visits to come keeps the one that the message names by its day or its service. False where it names what
/// none of them is.
pub(super) fn finds_meant(turn: &mut Turn, meaning: &Meaning) -> bool {
    let when = meaning.when.as_ref().map(|found| found.value);
    let on = when.and_then(|when| when.from_on.filter(|on| when.to_on.is_none_or(|to| to == *on)));
    let coming = turn.conv.coming(turn.now);
    let named = which::fitting(turn, meaning, on);
    // «Отмените маникюр, брови оставьте» names one that stays.
    let kept = if turns::is_said(&turn.said, Way::Keep) { kept(turn, meaning) } else { Vec::new() };
    let goes = |visit: &&Booking| !kept.iter().any(|service| which::is_of(turn, visit, service));
    let fitting: Vec<&Booking> = named.iter().copied().filter(goes).collect();
    let only = which::one_of(turn, &fitting).filter(|_| coming.len() > 1).map(|visit| visit.id.clone());
    let is_known = coming.is_empty() || !named.is_empty();
    turn.conv.cancels = only;
    is_known
}

/// The visit to be called off: the one named, the one being moved, the one a reminder spoke of, the only one. None where
/// several stand and nothing says which.
fn meant<'a>(turn: &'a Turn<'_>) -> Option<&'a Booking> {
    let coming = turn.conv.coming(turn.now);
    let find = |id: &Option<String>| coming.iter().find(|visit| id.as_ref() == Some(&visit.id)).copied();
    let is_next = coming.len() == 1 || turn.conv.asking == Asking::Reminder;
    let next = || coming.first().filter(|_| is_next).copied();
    find(&turn.conv.cancels).or_else(|| find(&turn.conv.replaced)).or_else(next)
}

/// A plain request is carried out at once and can be taken back; a doubtful one is asked about.
pub(super) fn cancel(turn: &mut Turn, is_plain: bool) {
    if turn.conv.coming(turn.now).is_empty() {
        if turn.conv.held().is_some() || turn.conv.wish.wants_visit || turn.conv.wish.handed_over_at.is_some() {
            return book::give_up(turn);
        }
        return nothing_here(turn);
    }
    let is_one = turn.conv.coming(turn.now).len() == 1;
    if !is_one && turn.conv.cancels.is_none() && turns::is_said(&turn.said, Way::All) {
        return ask_of_all(turn);
    }
    let Some(visit) = meant(turn).cloned() else { return ask_which(turn) };
    if is_plain && (is_one || turn.conv.cancels.is_some()) {
        return release(turn, &visit.id);
    }
    turn.conv.cancels = Some(visit.id.clone()).filter(|_| !is_one);
    turn.conv.cancels_all = false;
    turn.conv.asking = Asking::ConfirmCancel;
    let (moment, service, _) = book::words_of(turn, &visit);
    turn.say(Phrase::AskCancel, &[("moment", &moment), ("service", &service)]);
    let buttons = vec![
        turn.button(format!("cancel.{}", visit.number()), Phrase::ButtonCancelYes),
        turn.button("keep", Phrase::ButtonCancelNo),
    ];
    turn.ask(buttons, false);
}

/// «Отмените», where several visits stand: each is named, and all of them.
fn ask_which(turn: &mut Turn) {
    turn.conv.cancels_all = false;
    turn.conv.asking = Asking::ConfirmCancel;
    let coming: Vec<Booking> = turn.conv.coming(turn.now).into_iter().cloned().collect();
    turn.say(Phrase::AskCancelWhich, &[("lines", &which::lines(turn).join("\n"))]);
    let today = turn.today();
    let of_visit = |visit: &Booking| {
        label_button(format!("cancel.{}", visit.number()), &wall::moment_short(turn.wall(visit.slot.starts_at), today))
    };
    let mut buttons: Vec<Button> = coming.iter().take(SHOWN_MAX).map(of_visit).collect();
    let all = if coming.len() == 2 { Phrase::ButtonBoth } else { Phrase::ButtonAll };
    buttons.extend([turn.button("cancel.all", all), turn.button("keep", Phrase::ButtonCancelNo)]);
    turn.ask(buttons, false);
}

/// «Какую отменить?» stands open.
fn is_which_open(turn: &Turn) -> bool {
    let is_asked = turn.conv.asking == Asking::ConfirmCancel && !turn.conv.cancels_all;
    is_asked && turn.conv.cancels.is_none() && turn.conv.coming(turn.now).len() > 1
}

/// «Вторую», «брови», «субботнюю», «обе» in answer to «какую отменить?». False where it answers something else.
pub(super) fn picks_which(turn: &mut Turn, meaning: &Meaning) -> bool {
    // «Ближайшую» may be taken for a wish to come: only a word of one is.
    let is_wish = [Way::Book, Way::Move].into_iter().any(|way| turns::is_said(&turn.said, way));
    let is_another = is_wish || meaning.has(Intent::Price) || turn.said.contains('?');
    if !is_which_open(turn) || is_another {
        return false;
    }
    if turns::is_said(&turn.said, Way::All) && !turns::is_said(&turn.said, Way::Keep) {
        ask_of_all(turn);
        return true;
    }
    let Some(id) = which::to_cancel(turn, meaning).map(|visit| visit.id.clone()) else { return false };
    // What is to stay was named, or it was only heard: asked once more.
    let is_certain = !turns::is_said(&turn.said, Way::Keep) && !turn.is_spoken;
    turn.conv.cancels = Some(id);
    cancel(turn, is_certain);
    true
}

/// «Отмените все»: each is named, and one yes is of them all.
fn ask_of_all(turn: &mut Turn) {
    let lines = which::lines(turn);
    turn.conv.cancels_all = true;
    turn.conv.asking = Asking::ConfirmCancel;
    turn.say(Phrase::AskCancelAll, &[("lines", &lines.join("\n"))]);
    let buttons = vec![turn.button("cancel.all", Phrase::ButtonCancelYes), turn.button("keep", Phrase::ButtonCancelNo)];
    turn.ask(buttons, false);
}

fn release_all(turn: &mut Turn) {
    turn.conv.cancels_all = false;
    let coming: Vec<String> = turn.conv.coming(turn.now).iter().map(|booking| booking.id.clone()).collect();
    coming.iter().for_each(|id| release(turn, id));
    turn.ask(Vec::new(), false);
}

/// «Отмените педикюр, маникюр оставьте»: of a visit with several services some are named, or something is to stay.
pub(super) fn is_of_part(turn: &Turn, meaning: &Meaning) -> bool {
    !taken_out(turn, meaning).is_empty()
}

/// What is to go of the only visit, while something of it stays: all but what was said to be kept, else what was named.
fn taken_out(turn: &Turn, meaning: &Meaning) -> Vec<ServiceId> {
    let [visit] = &turn.conv.coming(turn.now)[..] else { return Vec::new() };
    let named = meaning.services.iter().map(|found| ServiceId::new(&found.value));
    let named: Vec<ServiceId> = named.filter(|service| visit.services.contains(service)).collect();
    let kept = kept(turn, meaning);
    // «Маникюр оставьте, остальное отмените»
    let rest = || visit.services.iter().filter(|service| !kept.contains(service)).cloned().collect();
    let out: Vec<ServiceId> = if kept.is_empty() { named } else { rest() };
    if out.len() < visit.services.len() { out } else { Vec::new() }
}

/// The services named in the clauses that speak of keeping.
fn kept(turn: &Turn, meaning: &Meaning) -> Vec<ServiceId> {
    let clause_of = |at: usize| turn.said.get(..at).map_or(0, |before| before.matches([',', ';', '.', '\n']).count());
    let clauses: Vec<&str> = turn.said.split([',', ';', '.', '\n']).collect();
    let speaks = |at: usize| clauses.get(clause_of(at)).is_some_and(|clause| turns::is_said(clause, Way::Keep));
    let kept = meaning.services.iter().filter(|found| speaks(found.span.0));
    kept.map(|found| ServiceId::new(&found.value)).collect()
}

/// A visit is made shorter by a person: what follows it in the diary may move. It stands as it is until then.
pub(super) fn take_out(turn: &mut Turn, meaning: &Meaning) {
    let services = taken_out(turn, meaning);
    hand_over(turn, Phrase::TakeOut, &services);
}

/// What is to be changed in the visit is told, and a person changes it.
pub(super) fn hand_over(turn: &mut Turn, told: Phrase, services: &[ServiceId]) {
    let services = turn.settings().names_of(services);
    let Some((moment, ..)) = book::coming_words(turn) else { return };
    book::forget_wish(turn);
    turn.conv.asking = Asking::Nothing;
    turn.say(told, &[("services", &services), ("moment", &moment)]);
    turn.whys.push(Why::Change);
    handoff::promise_by_day(turn);
}

/// This chat holds no visit to change: a person sees to it. The client hears of one that another chat holds.
fn nothing_here(turn: &mut Turn) {
    if let Some((moment, service)) = acquaintance::next_elsewhere(turn) {
        turn.say(Phrase::ChangeElsewhere, &[("moment", &moment), ("service", &service)]);
        return handoff::person(turn, Why::Human, None);
    }
    match just_cancelled(turn).cloned() {
        // «Отмените», said once more.
        Some(visit) => say_cancelled(turn, &visit),
        None => handoff::person(turn, Why::Human, Some(Phrase::NothingToCancel)),
    }
}

/// Sure enough of «отмените» to do it without asking again.
pub(super) const CERTAIN: f32 = 0.8;

pub(super) fn cancel_confirmed(turn: &mut Turn) {
    if turn.conv.cancels_all {
        return release_all(turn);
    }
    match meant(turn).map(|visit| visit.id.clone()) {
        Some(id) => release(turn, &id),
        // A yes to «какую?» says nothing.
        None if is_which_open(turn) => ask_which(turn),
        None => turn.say(Phrase::NoBooking, &[]),
    }
}

pub(super) fn press_cancel(turn: &mut Turn, number: &str) {
    if number == "all" && (turn.conv.cancels_all || is_which_open(turn)) {
        return release_all(turn);
    }
    let id = format!("{}/{number}", turn.conv.id);
    let is_coming = turn.conv.coming(turn.now).iter().any(|booking| booking.id == id);
    if is_coming { release(turn, &id) } else { turn.say(Phrase::NoBooking, &[]) }
}

fn release(turn: &mut Turn, id: &str) {
    let Some(booking) = turn.cancel(id) else { return };
    turn.conv.cancels = None;
    turn.conv.asking = Asking::Nothing;
    gather::drop_hold(turn);
    book::forget_wish(turn);
    say_cancelled(turn, &booking);
    if turn.conv.requested(turn.now).is_empty() {
        let moment = turn.moment(booking.slot.starts_at);
        escalation::visit_gone(turn, &moment);
    }
}

fn say_cancelled(turn: &mut Turn, visit: &Booking) {
    let moment = turn.moment(visit.slot.starts_at);
    turn.say(Phrase::Cancelled, &[("moment", &moment)]);
    turn.ask(vec![turn.button(format!("back.{}", visit.number()), Phrase::ButtonBack)], false);
}

/// «А можно потом отменить?», «как у вас отменяют?»: answered, and an open question asked once more. False where a visit
/// stands that may be meant, or something else is said.
pub(super) fn explains(turn: &mut Turn, meaning: &Meaning) -> bool {
    let is_said = |way: Way| turns::is_said(&turn.said, way);
    let is_form = turn.conv.held().is_some() || turn.conv.wish.wants_visit;
    let has_visit = !turn.conv.coming(turn.now).is_empty();
    let is_off = meaning.has(Intent::Cancel) || meaning.has(Intent::Reschedule);
    // «Как отменить запись?» of one who has booked may be a wish to; before that nothing could be called off.
    let asks_how = is_said(Way::HowOff) && (is_form || !has_visit);
    let asks_whether = is_said(Way::MayMove) && (is_form || has_visit || is_off);
    if meaning.when.is_some() || !asks_how && !asks_whether {
        return false;
    }
    // «А штраф есть?» is for the business to say.
    if is_said(Way::Penalty) {
        handoff::question(turn);
        return true;
    }
    turn.say(if asks_how { Phrase::HowOff } else { Phrase::MayMove }, &[]);
    if is_form {
        book::go_on(turn);
    }
    true
}

/// «Верните запись», after it was called off a moment ago: as the button does. False where there is none, or another was
/// made since in its place.
pub(super) fn restore(turn: &mut Turn) -> bool {
    let Some(last) = just_cancelled(turn).filter(|off| !is_in_place_of(turn, off)) else { return false };
    let number = last.number().to_owned();
    // Another visit that was being booked in its place is wanted no more.
    gather::drop_hold(turn);
    book::forget_wish(turn);
    turn.conv.asking = Asking::Nothing;
    settle::bring_back(turn, &number);
    true
}

/// A visit was made behind the one called off, and no sooner than it was.
fn is_in_place_of(turn: &Turn, off: &Booking) -> bool {
    let behind = turn.conv.bookings.iter().skip_while(|visit| visit.id != off.id).skip(1);
    let is_coming = |visit: &Booking| turn.conv.coming(turn.now).iter().any(|coming| coming.id == visit.id);
    behind.filter(|visit| is_coming(visit)).any(|visit| settled_at(visit) >= settled_at(off))
}

/// When the visit came to stand as it does, or was called off.
fn settled_at(visit: &Booking) -> Option<Timestamp> {
    match visit.state {
        BookingState::Confirmed { at } | BookingState::Requested { at } | BookingState::Cancelled { at } => Some(at),
        _ => None,
    }
}

/// The visit that was called off a moment ago.
fn just_cancelled<'a>(turn: &'a Turn<'_>) -> Option<&'a Booking> {
    let is_fresh = |booking: &&Booking| match booking.state {
        BookingState::Cancelled { at } => turn.now.duration_since(at) <= JUST_MADE,
        _ => false,
    };
    turn.conv.bookings.iter().rev().find(is_fresh)
}

/// «Нет, оставить»: the visit stands, and a move of it that was under way is over.
pub(super) fn keep(turn: &mut Turn) {
    if turn.conv.replaced.is_some() {
        gather::drop_hold(turn);
        book::forget_wish(turn);
    }
    tell_kept(turn);
}

pub(super) fn tell_kept(turn: &mut Turn) {
    if turn.conv.cancels_all || is_which_open(turn) {
        return all_kept(turn);
    }
    let kept = meant(turn).map(|visit| turn.moment(visit.slot.starts_at));
    let kept = kept.or_else(|| book::coming_words(turn).map(|(moment, ..)| moment));
    turn.conv.cancels = None;
    turn.conv.asking = Asking::Nothing;
    match kept {
        Some(moment) => turn.say(Phrase::Kept, &[("moment", &moment)]),
        None => turn.say(Phrase::NoBooking, &[]),
    }
}

fn all_kept(turn: &mut Turn) {
    let coming = turn.conv.coming(turn.now);
    let moments: Vec<String> = coming.iter().map(|visit| turn.moment(visit.slot.starts_at)).collect();
    turn.conv.cancels_all = false;
    turn.conv.asking = Asking::Nothing;
    turn.say(Phrase::KeptAll, &[("moments", &moments.join("; "))]);
}

/// Finds a new time first; the old visit stays until the new one is booked. Another day with no hour
/// said is first tried at the old hour, another hour on the old day. «Нет, лучше в воскресенье» in the middle of booking moves the wish alone.
pub(super) fn reschedule(turn: &mut Turn, meaning: &Meaning, is_sure: bool) {
    let Some(old) = which::to_move(turn, meaning).cloned() else {
        if is_being_booked(turn) || asks_to_come(turn, is_sure) {
            return book::start(turn);
        }
        if let Some(services) = just_cancelled(turn).map(|visit| visit.services.clone()) {
            turn.conv.wish.services = services;
            return book::start(turn);
        }
        if request::is_pending(turn) {
            return request::change(turn);
        }
        return nothing_here(turn);
    };
    if turn.conv.coming(turn.now).len() > 1 {
        spoken_of(turn, meaning, &old);
    }
    move_visit(turn, old);
}

/// «Перенесите запись», then «брови»: of several visits another one is to be moved than was taken for it. True when it was.
pub(super) fn moves_another(turn: &mut Turn, meaning: &Meaning) -> bool {
    let is_asked = matches!(turn.conv.asking, Asking::Slot | Asking::When) && turn.conv.held().is_none();
    let is_question = turn.said.contains('?') || turns::is_said(&turn.said, Way::More);
    if !is_asked || is_question || meaning.services.is_empty() || turn.conv.replaced.is_none() {
        return false;
    }
    let [other] = which::fitting(turn, meaning, None)[..] else { return false };
    if turn.conv.replaced.as_ref() == Some(&other.id) {
        return false;
    }
    let other = other.clone();
    book::forget_wish(turn);
    turn.conv.wish.services.clone_from(&other.services);
    turn.conv.replaced = Some(other.id);
    gather::gather(turn, meaning);
    reschedule(turn, meaning, true);
    true
}

/// «Нет, давайте на пятницу» to a reminder: the visit it spoke of is the next one.
pub(super) fn move_next(turn: &mut Turn) {
    match turn.conv.coming(turn.now).first().map(|booking| (*booking).clone()) {
        Some(next) => move_visit(turn, next),
        None => book::start(turn),
    }
}

/// Of several visits this one is meant: its services were named to say so, and the specialist of the one that was spoken of
/// before is not wanted for it.
fn spoken_of(turn: &mut Turn, meaning: &Meaning, visit: &Booking) {
    let is_named = which::fitting(turn, meaning, None).iter().any(|fitting| fitting.id == visit.id);
    let is_another = turn.conv.replaced.as_ref().is_some_and(|id| *id != visit.id);
    let wish = &mut turn.conv.wish;
    if is_named {
        wish.services.clone_from(&visit.services);
    }
    if is_another && meaning.specialist.is_none() {
        wish.specialist = None;
    }
}

/// The wish becomes one for another time of this visit.
fn move_visit(turn: &mut Turn, old: Booking) {
    let wish = &mut turn.conv.wish;
    if wish.services.is_empty() {
        wish.services.clone_from(&old.services);
    }
    let is_refused = wish.without.contains(&old.slot.specialist);
    let is_other = is_refused || wish.specialist.as_ref().is_some_and(|specialist| *specialist != old.slot.specialist);
    wish.specialist = wish.specialist.take().or(Some(old.slot.specialist)).filter(|_| !is_refused);
    wish.wants_visit = true;
    let stood = turn.wall(old.slot.starts_at);
    // «Можно прийти пораньше?» is about the day of the visit.
    let beside = gather::beside_hour(turn, stood);
    let wish = &mut turn.conv.wish;
    wish.when = wish.when.or(beside);
    // «Можно к другому мастеру?» keeps the hour.
    if is_other && wish.when.is_none() {
        wish.when = Some(gather::exactly(stood));
    }
    wish.when.iter_mut().chain(&mut wish.when_others).for_each(|when| *when = gather::like_old(*when, stood));
    // «Субботний английский перенести»: the day named is the visit's own, and none to move it to.
    let is_own = wish.when.is_some_and(|when| {
        when.grain == Grain::Time && when.from_on == Some(stood.date()) && when.from_at == Some(stood.time())
    });
    if is_own && !is_other && wish.when_others.is_empty() {
        wish.when = None;
    }
    turn.conv.replaced = Some(old.id);
    book::go_on(turn);
}

/// They read of a late client so long before the visit at least.
const NOTICE: SignedDuration = SignedDuration::from_hours(1);
/// So long after a booking «а можно в 11?» speaks of it.
const JUST_MADE: SignedDuration = SignedDuration::from_hours(2);

/// Booked a moment ago: what comes now may be about it.
pub(super) fn is_just_made(turn: &Turn, visit: &Booking) -> bool {
    match visit.state {
        BookingState::Confirmed { at } | BookingState::Requested { at } => turn.now.duration_since(at) <= JUST_MADE,
        _ => false,
    }
}

/// «Ой, а можно в 11?» after a booking: another time for it, said without its name. A visit made longer ago is meant
/// where only the hour is another.
pub(super) fn is_of_visit_made(turn: &Turn, meaning: &Meaning) -> bool {
    use Intent::{Book, Confirm, Decline, Inform, Reschedule};
    let is_idle = matches!(turn.conv.asking, Asking::Nothing | Asking::Visit) && !turn.conv.wish.wants_visit;
    let coming = turn.conv.coming(turn.now);
    let [visit] = &coming[..] else { return false };
    let is_moved = meaning.shift_min.is_some();
    let is_other = |id: &str| visit.slot.specialist.as_str() != id;
    let wants_other = turns::is_said(&turn.said, Way::OtherOne)
        || !meaning.unwanted.is_empty()
        || meaning.specialist.as_ref().is_some_and(|found| is_other(&found.value));
    let is_same_day = meaning.when.as_ref().is_some_and(|found| {
        found.value.grain == Grain::Day && found.value.from_on == Some(turn.wall(visit.slot.starts_at).date())
    });
    if (meaning.when.is_none() || is_same_day) && !is_moved && !wants_other {
        return false;
    }
    let is_change =
        meaning.intents.iter().all(|(intent, _)| matches!(intent, Book | Confirm | Decline | Inform | Reschedule));
    let is_another = [Way::Book, Way::More, Way::Again, Way::Wait].iter().any(|way| turns::is_said(&turn.said, *way));
    // «Каждую неделю по вторникам» moves no visit of Friday.
    let is_another = is_another || series::is_said(&turn.said);
    let is_recent = is_just_made(turn, visit);
    let is_hour = meaning.when.as_ref().is_none_or(|when| when.value.from_on.is_none() && when.value.to_on.is_none());
    let is_hour = is_hour && !wants_other;
    is_idle && is_change && !is_another && meaning.services.is_empty() && (is_recent || is_hour)
}

/// A service is named, and there is no visit that could be called off.
pub(super) fn wants_what_is_named(turn: &Turn, meaning: &Meaning) -> bool {
    let is_off = turns::is_said(&turn.said, Way::CalledOff);
    !meaning.services.is_empty() && !is_off && !has_visit(turn) && acquaintance::next_elsewhere(turn).is_none()
}

/// «Можно в пятницу на маникюр?», «в субботу можно?», taken for a move: a time, no visit that could be moved, and either a
/// service or no word of what stands.
fn asks_to_come(turn: &Turn, is_sure: bool) -> bool {
    let wish = &turn.conv.wish;
    let is_of_visit = turns::is_said(&turn.said, Way::Standing);
    let is_wish = !is_of_visit || (!is_sure && !wish.services.is_empty());
    is_wish && wish.when.is_some() && acquaintance::next_elsewhere(turn).is_none()
}

fn is_being_booked(turn: &Turn) -> bool {
    use Asking::{Confirm, Name, Phone, Service, Slot, When};
    turn.conv.held().is_some() || matches!(turn.conv.asking, Service | When | Slot | Name | Phone | Confirm)
}

/// «Да» to a reminder: the visit it spoke of is the next one.
pub(super) fn expect(turn: &mut Turn) {
    let next = turn.conv.coming(turn.now).first().map(|booking| booking.id.clone());
    match next {
        Some(id) => care::will_come(turn, &id),
        None => tell_kept(turn),
    }
}

/// «Перенести» under a reminder.
pub(super) fn press_move(turn: &mut Turn, number: &str) {
    let id = format!("{}/{number}", turn.conv.id);
    let is_next = turn.conv.coming(turn.now).first().is_some_and(|booking| booking.id == id);
    if is_next { move_or_cancel(turn) } else { tell_kept(turn) }
}

/// «Не смогу» to a reminder: another day is asked for, the old visit stays until then.
pub(super) fn move_or_cancel(turn: &mut Turn) {
    let Some(old) = turn.conv.coming(turn.now).first().map(|booking| (*booking).clone()) else {
        turn.conv.asking = Asking::Nothing;
        return turn.say(Phrase::StillHere, &[]);
    };
    turn.conv.wish.services.clone_from(&old.services);
    turn.conv.wish.specialist = Some(old.slot.specialist.clone());
    turn.conv.wish.when = None;
    turn.conv.wish.when_others.clear();
    turn.conv.asking = Asking::When;
    turn.say(Phrase::AskNewTime, &[]);
    let number = old.id.rsplit('/').next().unwrap_or_default();
    turn.ask(vec![turn.button(format!("cancel.{number}"), Phrase::ButtonCancelBooking)], false);
    turn.conv.replaced = Some(old.id);
}

/// The new visit stands: the one it replaces goes.
pub(super) fn release_moved(turn: &mut Turn, new: &str) {
    let Some(booking) = turn.conv.replaced.take().filter(|old| old != new).and_then(|old| turn.cancel(&old)) else {
        return;
    };
    let moment = turn.moment(booking.slot.starts_at);
    turn.say(Phrase::Rescheduled, &[("moment", &moment)]);
}

/// They open before the visit and have time to read of it: nobody is woken.
fn is_far(turn: &Turn) -> bool {
    let next = turn.conv.coming(turn.now).first().map(|booking| booking.slot.starts_at);
    let opens = calendar::next_opening(turn.settings(), turn.now).filter(|opens| *opens > turn.now);
    matches!((next, opens), (Some(next), Some(opens)) if next.duration_since(opens) >= NOTICE)
}

/// A visit is to come, or has begun: who is late for it may still come.
pub(super) fn has_visit(turn: &Turn) -> bool {
    !turn.conv.coming(turn.now).is_empty() || turn.conv.under_way(turn.now).is_some()
}

/// «даже на 20», «наверное все 25», «минут 40»: a bare number right behind a word by which people add to what they said.
pub(super) fn tells_more_minutes(said: &str) -> bool {
    /// Nobody adds more than an hour and a half and is still only late.
    const MINUTES_MAX: u16 = 90;
    const ADDING: &[&str] = &["даже", "все", "всё", "наверно", "наверное", "скорее", "минут", "минуты", "походу"];
    let said = said.to_lowercase();
    let words: Vec<&str> =
        said.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let number = |word: &&str| word.parse().is_ok_and(|minutes| (5..=MINUTES_MAX).contains(&minutes));
    let mut numbers = words.iter().enumerate().filter(|(_, word)| number(word));
    let (Some((at, _)), None) = (numbers.next(), numbers.next()) else { return false };
    let is_clock = at > 0 && matches!(words[at - 1], "в" | "к" | "до" | "после");
    // «все 25», «даже на 20»: one small word may stand between.
    !is_clock && words.iter().take(at).rev().take(2).any(|word| ADDING.contains(word))
}

/// The booking is not touched; whether it can move a little only a person knows.
pub(super) fn late(turn: &mut Turn, meaning: &Meaning) {
    // Who says that they are late has a visit, if only on paper; who merely comes may want one.
    let is_late = turns::is_said(&turn.said, Way::Late) || acquaintance::next_elsewhere(turn).is_some();
    let is_wish = turn.conv.held().is_some() || turn.conv.wish.wants_visit || !turn.conv.wish.services.is_empty();
    // «Всё верно, только могу опоздать»: the yes first.
    let is_agreed = turn.conv.asking == Asking::Confirm && turns::is_said(&turn.said, Way::Yes);
    if is_agreed && turn.conv.held().is_some() && !turn.is_spoken {
        settle::confirm(turn);
    } else if is_wish && !is_late && !has_visit(turn) {
        return book::start(turn);
    } else if turn.conv.asking == Asking::Confirm {
        return book::go_on(turn);
    }
    turn.whys.push(if is_far(turn) { Why::LateLater } else { Why::Late });
    if meaning.has(Intent::Reschedule) {
        return handoff::person(turn, Why::Human, Some(Phrase::LateMove));
    }
    turn.say(Phrase::LateNoted, &[]);
}
