//! Which of several visits a client speaks of: the one named by its service or by its day.

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
    let is_named = |own: &ServiceId| services.iter().any(|other| own == other || named::is_same_kind(turn, own, other));
    let is_of_it = |visit: &Booking| services.is_empty() || visit.services.iter().any(is_named);
    let coming = turn.conv.coming(turn.now);
    coming.into_iter().filter(|visit| is_that_day(visit) && is_of_it(visit)).collect()
}

/// The visit to be moved: the one named, else the one that is being moved, else the next.
pub(super) fn to_move<'a>(turn: &'a Turn<'_>, meaning: &Meaning) -> Option<&'a Booking> {
    let coming = turn.conv.coming(turn.now);
    let moved = coming.iter().find(|visit| turn.conv.replaced.as_ref() == Some(&visit.id));
    let otherwise = moved.or(coming.first()).copied();
    match fitting(turn, meaning, own_day(turn, meaning))[..] {
        [only] => Some(only),
        // «Стрижку, ту, что в субботу, на воскресенье»: the day may be of neither, the service of one.
        _ => match fitting(turn, meaning, None)[..] {
            [only] => Some(only),
            _ => otherwise,
        },
    }
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
