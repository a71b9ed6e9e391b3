//! Something more for a visit that stands: «и ещё брови» right behind it, «давайте с гель-лаком» in its place.

use nochnik_nlu::{Intent, Meaning};

use super::turns::{self, Way};
use super::{again, book, change, named};
use crate::phrases::Phrase;
use crate::turn::Turn;
use crate::values::ServiceId;

/// A service is named after the only visit was booked, and no time: it belongs to that visit.
pub(super) fn is_meant(turn: &Turn, meaning: &Meaning) -> bool {
    let is_wish = [Intent::Book, Intent::Inform, Intent::Confirm, Intent::Reschedule]
        .into_iter()
        .any(|intent| meaning.has(intent));
    let is_more = is_more(turn, meaning);
    // «И снятие нужно» calls nothing off, «можно ещё брови сразу после?» wants them.
    let is_taken = is_more && !turns::is_said(&turn.said, Way::CalledOff);
    let is_wish = is_wish || is_taken && (meaning.has(Intent::Cancel) || meaning.has(Intent::Faq));
    let is_question = meaning.has(Intent::Price) || meaning.has(Intent::Faq) && !is_more;
    // «Педикюр в тот же день на 15» is a visit of its own.
    let has_hour =
        meaning.when.as_ref().is_some_and(|found| found.value.from_at.is_some() || found.value.to_at.is_some());
    let is_timeless = meaning.when.is_none() || names_its_day(turn, meaning) && !has_hour;
    let is_one = turn.conv.coming(turn.now).len() == 1 && turn.conv.held().is_none();
    is_one && is_wish && !is_question && is_timeless && (is_more || is_other_kind(turn, meaning))
}

/// «К моей субботней записи ещё педикюр», «в тот же день»: the day of the visit itself.
fn names_its_day(turn: &Turn, meaning: &Meaning) -> bool {
    let day = meaning.when.as_ref().and_then(|found| found.value.from_on.or(found.value.to_on));
    let coming = turn.conv.coming(turn.now);
    let is_of_visit = coming.first().is_some_and(|visit| day == Some(turn.wall(visit.slot.starts_at).date()));
    turns::is_said(&turn.said, Way::SameDay) || is_of_visit && turns::is_said(&turn.said, Way::ToMine)
}

/// Another service than the visit's, with a word of adding.
fn is_more(turn: &Turn, meaning: &Meaning) -> bool {
    let is_said = [Way::More, Way::And, Way::SameDay].into_iter().any(|way| turns::is_said(&turn.said, way));
    is_said && !turns::is_said(&turn.said, Way::Next) && !beside_own(turn, meaning).is_empty()
}

/// The services named that the visit does not have.
fn beside_own(turn: &Turn, meaning: &Meaning) -> Vec<ServiceId> {
    let own = turn.conv.coming(turn.now).first().map(|visit| visit.services.clone()).unwrap_or_default();
    named::services_in(meaning).into_iter().filter(|service| !own.contains(service)).collect()
}

/// Another kind of what the visit is for.
fn is_other_kind(turn: &Turn, meaning: &Meaning) -> bool {
    let coming = turn.conv.coming(turn.now);
    let (Some(visit), [other]) = (coming.first(), &named::services_in(meaning)[..]) else { return false };
    let is_new = !visit.services.contains(other) && !turns::is_said(&turn.said, Way::Book);
    is_new
        && change::is_just_made(turn, visit)
        && visit.services.iter().all(|own| named::is_same_kind(turn, own, other))
}

/// Looks for the time right behind the visit; another kind in its place takes another time, and is a person's to put there.
pub(super) fn book(turn: &mut Turn, meaning: &Meaning) {
    let services = beside_own(turn, meaning);
    let Some(visit) = turn.conv.coming(turn.now).first().map(|visit| (*visit).clone()) else { return };
    if !is_more(turn, meaning) {
        return change::hand_over(turn, Phrase::ChangeService, &services);
    }
    let when = again::right_behind(turn, &visit);
    let wish = &mut turn.conv.wish;
    wish.services = services;
    wish.when = Some(when);
    wish.when_others.clear();
    book::start(turn);
}
