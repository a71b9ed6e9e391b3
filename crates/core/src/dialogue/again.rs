//! Another visit like one before: «как в прошлый раз», «и подругу в то же время», «тогда на седьмое» after «отмените».

use jiff::SignedDuration;
use nochnik_nlu::{Intent, Meaning, When};

use super::gather::{at_hour, exactly};
use super::turns::{self, Way};
use super::{change, named, series};
use crate::calendar;
use crate::conversation::{Booking, BookingState, GivenUp};
use crate::turn::Turn;

/// So long after a cancellation a time without a service is another one for the same.
const TAKEN_UP: SignedDuration = SignedDuration::from_hours(12);

/// «Отмените», then «запишите тогда на седьмое»: the service is the one just called off. True when it was taken.
pub(super) fn takes_up(turn: &mut Turn, meaning: &Meaning) -> bool {
    let is_open = turn.conv.wish.services.is_empty() && turn.conv.coming(turn.now).is_empty();
    // «А по субботам вы до скольки?» asks for no visit.
    let is_question = meaning.intent() == Intent::Faq && !meaning.has(Intent::Book);
    let is_asked =
        meaning.when.is_some() && !is_question && !meaning.has(Intent::Cancel) && !meaning.intent().is_outside();
    let is_fresh = |booking: &&Booking| match booking.state {
        BookingState::Cancelled { at } => turn.now.duration_since(at) <= TAKEN_UP,
        _ => false,
    };
    let Some(last) = turn.conv.bookings.last().filter(is_fresh).filter(|_| is_open && is_asked).cloned() else {
        return false;
    };
    turn.conv.wish.wants_visit = true;
    turn.conv.wish.services = last.services;
    turn.conv.wish.specialist = turn.conv.wish.specialist.take().or(Some(last.slot.specialist));
    true
}

/// The wish as it stands, before it is forgotten.
pub(super) fn keep_given_up(turn: &mut Turn) {
    let wish = &turn.conv.wish;
    let held = turn.conv.held().map(|booking| exactly(turn.wall(booking.slot.starts_at)));
    let (services, specialist, when) = (wish.services.clone(), wish.specialist.clone(), held.or(wish.when));
    turn.conv.given_up = (!services.is_empty()).then_some(GivenUp { at: turn.now, services, specialist, when });
}

/// «Договорилась, запишите всё-таки, как было»: what was given up a while ago. True when it was taken.
pub(super) fn takes_up_given_up(turn: &mut Turn, meaning: &Meaning) -> bool {
    let is_alone = turn.conv.coming(turn.now).is_empty() && !turns::is_said(&turn.said, Way::Next);
    let is_open = is_alone && turn.conv.wish.services.is_empty() && meaning.services.is_empty();
    let is_wish = meaning.has(Intent::Book) || turns::is_said(&turn.said, Way::Book);
    let is_fresh = |given_up: &GivenUp| turn.now.duration_since(given_up.at) <= TAKEN_UP;
    let Some(last) = turn.conv.given_up.clone().filter(is_fresh).filter(|_| is_open && is_wish) else { return false };
    turn.conv.given_up = None;
    let wish = &mut turn.conv.wish;
    wish.wants_visit = true;
    wish.services = last.services;
    wish.specialist = wish.specialist.take().or(last.specialist);
    wish.when = wish.when.or(last.when);
    true
}

/// «Как в прошлый раз», «запишите на то же время»: another visit like the last one, not a change of it.
pub(super) fn is_repeat(turn: &Turn, meaning: &Meaning) -> bool {
    let is_anew = turn.conv.coming(turn.now).is_empty()
        || [Way::Book, Way::More, Way::After].into_iter().any(|way| turns::is_said(&turn.said, way));
    let is_same_time = meaning.has(Intent::Book) && turns::is_said(&turn.said, Way::SameTime) && is_anew;
    let is_for_another = turns::is_said(&turn.said, Way::Next);
    // «Каждую неделю по вторникам» of one who has booked for a Friday.
    let is_series = meaning.has(Intent::Book) && series::is_said(&turn.said) && !turn.conv.coming(turn.now).is_empty();
    (turns::is_said(&turn.said, Way::Again) || is_same_time || is_series) && !is_for_another
}

/// «А себе тоже на 16»: another person's visit is like the one just booked, as far as nothing else is said.
pub(super) fn like_last(turn: &mut Turn, meaning: &Meaning) {
    let Some(last) = turn.conv.coming(turn.now).last().map(|booking| (*booking).clone()) else { return };
    let is_childs = named::is_childs(&turn.settings().names_of(&last.services));
    let on = turn.wall(last.slot.starts_at).date();
    let same = same_time_as(turn, &last).or_else(|| after_it(turn, &last));
    let wish = &mut turn.conv.wish;
    if meaning.services.is_empty() && !is_childs && turns::is_said(&turn.said, Way::Same) {
        wish.services = last.services;
    }
    wish.when = wish.when.or(same);
    if let Some(when) = wish.when.as_mut().filter(|when| when.from_on.is_none() && when.to_on.is_none()) {
        (when.from_on, when.to_on, when.is_date_stated) = (Some(on), Some(on), true);
    }
}

/// «А мне в это время на растяжку»: something else at the hour of the visit just booked.
pub(super) fn is_at_same_time(turn: &Turn, meaning: &Meaning) -> bool {
    let coming = turn.conv.coming(turn.now);
    let is_other = |visit: &&Booking| named::services_in(meaning).iter().all(|named| !visit.services.contains(named));
    // «Маникюр и педикюр одновременно» are beside one another, and «в это время не могу» asks for another time.
    let is_one = meaning.has(Intent::Book) && meaning.services.len() == 1 && meaning.when.is_none();
    let is_said = is_while(turn) && !turn.said.to_lowercase().split_whitespace().any(|word| word == "не");
    is_one && is_said && coming.last().copied().is_some_and(|visit| is_other(&visit))
}

/// «Запиши сестру на это же время»: the time of the visit just booked.
fn same_time_as(turn: &Turn, last: &Booking) -> Option<When> {
    is_while(turn).then(|| exactly(turn.wall(last.slot.starts_at)))
}

fn is_while(turn: &Turn) -> bool {
    [Way::SameTime, Way::BesideMe].into_iter().any(|way| turns::is_said(&turn.said, way))
}

/// «И мужа сразу после, в 14», of a visit booked a moment ago; «сразу после работы» is of no visit.
pub(super) fn is_right_behind(turn: &Turn) -> bool {
    let lower = turn.said.to_lowercase();
    let is_of_visit = lower.split_once("сразу после").is_none_or(|(_, rest)| {
        let word = rest.split_whitespace().next().unwrap_or_default();
        !rest.starts_with(' ') || ["меня", "нее", "неё", "него", "этого", "в"].contains(&word)
    });
    let coming = turn.conv.coming(turn.now);
    let is_just_made = coming.last().is_some_and(|visit| change::is_just_made(turn, visit));
    is_just_made && is_of_visit && turns::is_said(&turn.said, Way::AfterMe)
}

/// «И жену запишите после меня»: right behind the visit just booked.
fn after_it(turn: &Turn, last: &Booking) -> Option<When> {
    turns::is_said(&turn.said, Way::AfterMe).then(|| right_behind(turn, last))
}

/// The first beginning of a visit at or behind the end of this one.
pub(super) fn right_behind(turn: &Turn, visit: &Booking) -> When {
    let ends_at = turn.wall(visit.slot.ends_at);
    let grid = turn.settings().document.policy.grid_min.max(1);
    let minute = calendar::minute_of(ends_at).next_multiple_of(grid);
    exactly(calendar::wall_at(ends_at.date(), minute).unwrap_or(ends_at))
}

/// «Как в прошлый раз»: what the last visit was, as far as the message says nothing else; true when
/// there was a visit. «Такую же через две недели» is counted from a visit to come, at its hour.
pub(super) fn repeat(turn: &mut Turn) -> bool {
    let is_visit = |booking: &&Booking| {
        !matches!(booking.state, BookingState::Held { .. } | BookingState::Expired | BookingState::Cancelled { .. })
    };
    let last = turn.conv.bookings.iter().filter(is_visit).max_by_key(|booking| booking.slot.starts_at);
    // «Тогда на седьмое в то же время» after «отмените» speaks of the visit just called off.
    let is_called_off = |last: &&Booking| matches!(last.state, BookingState::Cancelled { .. });
    let is_same_time = turns::is_said(&turn.said, Way::SameTime);
    let last = last.or_else(|| turn.conv.bookings.last().filter(is_called_off).filter(|_| is_same_time));
    let Some(last) = last.cloned() else { return false };
    let visit_at = last.slot.starts_at;
    let at = turn.wall(visit_at).time();
    let wish = &mut turn.conv.wish;
    wish.wants_visit = true;
    if wish.services.is_empty() {
        wish.services = last.services;
        wish.specialist = wish.specialist.take().or(Some(last.slot.specialist));
    }
    if turns::is_said(&turn.said, Way::SameTime) {
        wish.when = wish.when.map(|when| at_hour(when, at));
    }
    let is_counted = turns::is_said(&turn.said, Way::After) && visit_at > turn.now;
    let (today, on) = (turn.today(), turn.wall(visit_at).date());
    let wish = &mut turn.conv.wish;
    if let Some(day) = wish.when.and_then(|when| when.from_on).filter(|_| is_counted) {
        wish.when = on.checked_add(day - today).ok().map(|day| exactly(day.to_datetime(at)));
    }
    true
}
