//! Which of several visits a client speaks of: the one named by its service, its day or its place among them.

use jiff::civil::Date;
use nochnik_nlu::{Grain, Meaning};

use super::turns::{self, Way};
use super::{answer, named};
use crate::conversation::Booking;
use crate::turn::Turn;
use crate::values::ServiceId;

/// The visits to come that have what was named: of that day, of one of those services. All of them where nothing was.
pub(super) fn fitting<'a>(turn: &'a Turn<'_>, meaning: &Meaning, on: Option<Date>) -> Vec<&'a Booking> {
    let services = named::services_in(meaning);
    let is_that_day = |visit: &Booking| on.is_none_or(|on| turn.wall(visit.slot.starts_at).date() == on);
    let is_of_it = |visit: &Booking| services.is_empty() || services.iter().any(|named| is_of(turn, visit, named));
    let coming = turn.conv.coming(turn.now);
    coming.into_iter().filter(|visit| is_that_day(visit) && is_of_it(visit)).collect()
}

/// Whether the visit is for this service or for one of its kind.
pub(super) fn is_of(turn: &Turn, visit: &Booking, service: &ServiceId) -> bool {
    visit.services.iter().any(|own| own == service || named::is_same_kind(turn, own, service))
}

/// The only one of these, or the one told by its place among them: «ту, что позже», «вторую».
pub(super) fn one_of<'a>(turn: &Turn, fitting: &[&'a Booking]) -> Option<&'a Booking> {
    let is_said = |way: Way| turns::is_said(&turn.said, way);
    // «Вторую оставьте» names what stays.
    let is_placed = fitting.len() > 1 && !is_said(Way::Keep);
    match () {
        () if fitting.len() == 1 => fitting.first().copied(),
        () if !is_placed => None,
        () if is_said(Way::VisitFirst) => fitting.first().copied(),
        () if is_said(Way::VisitSecond) => fitting.get(1).copied(),
        () if is_said(Way::VisitLast) => fitting.last().copied(),
        () => None,
    }
}

/// The visit chosen in answer to «какую отменить?»: by its number on the list, its service, its day, its place. Of two, one
/// of which is to stay, the other.
pub(super) fn to_cancel<'a>(turn: &'a Turn<'_>, meaning: &Meaning) -> Option<&'a Booking> {
    let coming = turn.conv.coming(turn.now);
    let number = turn.said.trim_matches(|letter: char| !letter.is_alphanumeric()).parse::<usize>().ok();
    if let Some(numbered) = number.and_then(|number| coming.get(number.checked_sub(1)?)) {
        return Some(numbered);
    }
    let on = meaning.when.as_ref().and_then(|found| found.value.from_on);
    let named = one_of(turn, &fitting(turn, meaning, on))?;
    if !turns::is_said(&turn.said, Way::Keep) {
        return Some(named);
    }
    coming.into_iter().find(|other| other.id != named.id).filter(|_| turn.conv.coming(turn.now).len() == 2)
}

/// Every visit to come, one a line.
pub(super) fn lines(turn: &Turn) -> Vec<String> {
    let coming = turn.conv.coming(turn.now);
    let line = |visit: &&Booking| {
        format!("{} — {}", turn.moment(visit.slot.starts_at), turn.settings().names_of(&visit.services))
    };
    coming.iter().map(line).collect()
}

/// The visit to be moved: the one named, else the one that is being moved, else the next.
pub(super) fn to_move<'a>(turn: &'a Turn<'_>, meaning: &Meaning) -> Option<&'a Booking> {
    let coming = turn.conv.coming(turn.now);
    let moved = coming.iter().find(|visit| turn.conv.replaced.as_ref() == Some(&visit.id));
    let otherwise = moved.or(coming.first()).copied();
    // The day may be of neither, the service of one.
    let named = [own_day(turn, meaning), None].into_iter().find_map(|on| match fitting(turn, meaning, on)[..] {
        [only] => Some(only),
        _ => None,
    });
    named.or(otherwise)
}

/// The day on which the visit stands, as far as it was said: «с субботы», «субботнюю»; «на субботу» is the new one.
fn own_day(turn: &Turn, meaning: &Meaning) -> Option<Date> {
    if let Some(old) = meaning.when_old.and_then(|when| when.from_on) {
        return Some(old);
    }
    let found = meaning.when.as_ref()?;
    let before = turn.said.get(..found.span.0)?.trim_end().to_lowercase();
    let inside = turn.said.get(found.span.0..found.span.1)?.trim_start().to_lowercase();
    let is_new = before.ends_with("на") || inside.starts_with("на ");
    found.value.from_on.filter(|_| !is_new && found.value.grain == Grain::Day)
}

/// «А обе записи какие у меня?»: told as they stand. False where nothing stands or something is to be done with it.
pub(super) fn are_asked_for(turn: &mut Turn) -> bool {
    let is_act = [Way::CalledOff, Way::Move, Way::Book].into_iter().any(|way| turns::is_said(&turn.said, way));
    if is_act || !turns::is_said(&turn.said, Way::MyVisits) || turn.conv.coming(turn.now).is_empty() {
        return false;
    }
    answer::my_booking(turn);
    true
}
