//! Looks after a visit from its booking until it is over: reminders, the answer to them, whether the
//! client came, the rating.
//!
//! A reminder is never sent in quiet hours, never after the visit began, never twice, and not when the
//! client has just spoken of it. One that is late because we were down is sent while it still helps.

use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::business::Settings;
use crate::conversation::{Answer, Asking, Booking, BookingState, Speaker};
use crate::effect::{Alarm, Effect, Prepared, PreparedName, Reminding};
use crate::elsewhere;
use crate::limits::{RATING_LOW, RATING_MAX};
use crate::phrases::Phrase;
use crate::turn::Turn;

/// A client who booked within this time before a reminder needs none.
const FRESH: SignedDuration = SignedDuration::from_hours(1);
/// A reminder put off by quiet hours leaves the client at least this much.
const NOTICE_MIN: SignedDuration = SignedDuration::from_hours(1);
/// A reminder that is late may come so many minutes before the visit.
const LATE_MIN: u16 = 15;

/// A visit was agreed: sets its reminders and the question after it.
pub(crate) fn arrange(turn: &mut Turn, id: &str) {
    let settings = turn.settings();
    let Some(booking) = turn.conv.booking(id).cloned() else { return };
    if !booking.is_unreminded {
        for &before_min in &settings.document.care.remind_before_min {
            if let Some(due) = reminder_at(settings, &booking, before_min, turn.now) {
                let starts_at = Some(booking.slot.starts_at);
                turn.wake(Alarm::ReminderDue { booking: id.to_owned(), before_min, starts_at }, due);
            }
        }
    }
    if let Some(after_min) = settings.document.care.rate_after_min {
        let ends_at = booking.slot.ends_at;
        let alarm = Alarm::RatingDue { booking: id.to_owned(), ends_at: Some(ends_at) };
        turn.wake(alarm, loud_from(settings, later(ends_at, after_min)));
    }
}

/// Whether a visit belongs to the share that goes without reminders. The same for the same booking.
pub(crate) fn is_unreminded(settings: &Settings, id: &str) -> bool {
    spread(id) % 100 < u32::from(settings.document.care.unreminded_percent)
}

/// FNV-1a: a stable spread of ids, nothing secret.
fn spread(id: &str) -> u32 {
    id.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// Whether a reminder of the next visit is still to come.
pub(crate) fn is_reminded(turn: &Turn) -> bool {
    let settings = turn.settings();
    let is_due = |visit: &Booking| {
        let due = |before_min: &u16| reminder_at(settings, visit, *before_min, turn.now);
        settings.document.care.remind_before_min.iter().filter_map(due).any(|due| due > turn.now)
    };
    let is_wanted = !turn.conv.client.no_reminders;
    is_wanted && turn.conv.coming(turn.now).first().is_some_and(|visit| !visit.is_unreminded && is_due(visit))
}

/// When this reminder goes out, if it makes sense at all.
fn reminder_at(settings: &Settings, booking: &Booking, before_min: u16, now: Timestamp) -> Option<Timestamp> {
    let starts_at = booking.slot.starts_at;
    let due = earlier(starts_at, before_min);
    let fresh_until = now + FRESH;
    if due < fresh_until {
        return None;
    }
    if !is_quiet(settings, due) {
        return Some(due);
    }
    let put_off = loud_from(settings, due);
    if starts_at.duration_since(put_off) >= NOTICE_MIN {
        return Some(put_off);
    }
    // The morning would be too late: the evening before, while people still look at their phones.
    let evening = evening_before(settings, due)?;
    (evening >= fresh_until).then_some(evening)
}

/// A reminder's moment has come, perhaps late. A visit moved since then has reminders of its own.
pub(crate) fn reminder_due(turn: &mut Turn, id: &str, before_min: u16, starts_at: Option<Timestamp>) {
    let settings = turn.settings();
    let Some(booking) = turn.conv.coming(turn.now).into_iter().find(|booking| booking.id == id).cloned() else {
        return;
    };
    if starts_at.is_some_and(|starts_at| starts_at != booking.slot.starts_at) {
        return;
    }
    if booking.reminded.contains(&before_min) || is_overtaken(settings, &booking, before_min, turn.now) {
        return;
    }
    let left = booking.slot.starts_at.duration_since(turn.now);
    if is_quiet(settings, turn.now) {
        let put_off = loud_from(settings, turn.now);
        if booking.slot.starts_at.duration_since(put_off) >= NOTICE_MIN {
            turn.wake(Alarm::ReminderDue { booking: id.to_owned(), before_min, starts_at }, put_off);
        }
        return;
    }
    if left < SignedDuration::from_mins(i64::from(LATE_MIN)) {
        return;
    }
    if turn.conv.client.is_stopped || turn.conv.client.no_reminders {
        return;
    }
    if turn.conv.is_closed() {
        return go_round(turn, &booking, before_min);
    }
    remind(turn, &booking, before_min);
}

/// The chat is closed: somebody of the staff should ring, and the reminder goes another way.
fn go_round(turn: &mut Turn, booking: &Booking, before_min: u16) {
    if let Some(own) = turn.conv.booking_mut(&booking.id)
        && !own.reminded.contains(&before_min)
    {
        own.reminded.push(before_min);
    }
    mark(turn, &booking.id, Answer::Silent);
    elsewhere::remind(turn, booking, before_min, earlier(booking.slot.starts_at, LATE_MIN));
}

/// The message under this key did not come; true when it was a reminder of a visit to come.
///
/// One that perhaps did is not repeated, unless it is the last before the visit. Source: reliability 3.2.
pub(crate) fn unsent(turn: &mut Turn, key: &str, is_certain: bool) -> bool {
    let is_it = |booking: &&Booking| booking.reminder_key.as_deref() == Some(key);
    let Some(booking) = turn.conv.coming(turn.now).into_iter().find(is_it).cloned() else { return false };
    if let Some(own) = turn.conv.booking_mut(&booking.id) {
        own.reminder_key = None;
    }
    let Some(before_min) = booking.reminded.last().copied() else { return false };
    let is_last = turn.settings().document.care.remind_before_min.last() == Some(&before_min);
    if (is_certain || is_last) && !is_quiet(turn.settings(), turn.now) {
        go_round(turn, &booking, before_min);
    } else {
        mark(turn, &booking.id, Answer::Silent);
    }
    true
}

/// We were down so long that a later reminder of the same visit is due as well: that one speaks.
fn is_overtaken(settings: &Settings, booking: &Booking, before_min: u16, now: Timestamp) -> bool {
    let later_ones = settings.document.care.remind_before_min.iter().filter(|other| **other < before_min);
    later_ones.into_iter().any(|other| earlier(booking.slot.starts_at, *other) <= now)
}

fn remind(turn: &mut Turn, booking: &Booking, before_min: u16) {
    let is_first = booking.answer.is_none();
    let key = turn.reply_key();
    if let Some(own) = turn.conv.booking_mut(&booking.id) {
        own.reminded.push(before_min);
        own.reminder_key = Some(key);
    }
    let moment = turn.moment(booking.slot.starts_at);
    let service = turn.settings().names_of(&booking.services);
    let specialist = turn.settings().specialist_name(&booking.slot.specialist).to_owned();
    let is_soon = booking.answer == Some(Answer::Coming);
    let phrase = match (is_soon, turn.settings().document.is_discreet()) {
        (true, false) => Phrase::RemindSoon,
        (false, false) => Phrase::Remind,
        (true, true) => Phrase::RemindSoonDiscreet,
        (false, true) => Phrase::RemindDiscreet,
    };
    turn.say(phrase, &[("moment", &moment), ("service", &service), ("specialist", &specialist)]);
    let until = earlier(booking.slot.starts_at, LATE_MIN);
    turn.reminder = Some(Reminding { until, prepared: prepared(turn, is_soon, &moment, &service) });
    let address = &turn.settings().document.address;
    if !address.is_empty() {
        turn.say(Phrase::BookedAddress, &[("address", address)]);
    }
    let number = booking.number();
    let mut buttons = Vec::new();
    if !is_soon {
        turn.say(Phrase::RemindAsk, &[]);
        buttons.push(turn.button(format!("will.{number}"), Phrase::ButtonWill));
    }
    buttons.push(turn.button(format!("move.{number}"), Phrase::ButtonMove));
    buttons.push(turn.button(format!("cancel.{number}"), Phrase::ButtonCancelBooking));
    turn.ask(buttons, false);
    if !is_soon && turn.conv.asking == Asking::Nothing && turn.conv.speaker == Speaker::Bot {
        turn.conv.asking = Asking::Reminder;
    }
    if is_first {
        mark(turn, &booking.id, Answer::Asked);
        let due = loud_from(turn.settings(), turn.after(turn.settings().document.care.ring_after_min));
        if due < booking.slot.starts_at {
            let starts_at = Some(booking.slot.starts_at);
            turn.wake(Alarm::ReminderSilent { booking: booking.id.clone(), starts_at }, due);
        }
    }
}

/// The same for a channel that takes nothing but words it has approved.
fn prepared(turn: &Turn, is_soon: bool, moment: &str, service: &str) -> Prepared {
    let document = &turn.settings().document;
    let name = match (is_soon, document.is_discreet()) {
        (false, false) => PreparedName::Remind,
        (true, false) => PreparedName::RemindSoon,
        (false, true) => PreparedName::RemindDiscreet,
        (true, true) => PreparedName::RemindSoonDiscreet,
    };
    let mut values = vec![document.name.clone(), moment.to_owned()];
    if !document.is_discreet() {
        values.push(service.to_owned());
    }
    Prepared { name, values }
}

/// Nobody answered the reminder for hours: somebody of the staff should ring. Who was reminded anew of a visit that was
/// moved has hours of their own.
pub(crate) fn reminder_silent(turn: &mut Turn, id: &str, starts_at: Option<Timestamp>) {
    let stands = |booking: &Booking| starts_at.is_none_or(|starts_at| starts_at == booking.slot.starts_at);
    let is_waiting = |booking: &&Booking| booking.id == id && stands(booking) && booking.answer == Some(Answer::Asked);
    if turn.conv.coming(turn.now).into_iter().any(|booking| is_waiting(&booking)) {
        mark(turn, id, Answer::Silent);
    }
}

/// «Буду».
pub(crate) fn will_come(turn: &mut Turn, id: &str) {
    let Some(booking) = turn.conv.coming(turn.now).into_iter().find(|booking| booking.id == id).cloned() else {
        return turn.say(Phrase::NoBooking, &[]);
    };
    if turn.conv.asking == Asking::Reminder {
        turn.conv.asking = Asking::Nothing;
    }
    mark(turn, id, Answer::Coming);
    let moment = turn.moment(booking.slot.starts_at);
    turn.say(Phrase::Expected, &[("moment", &moment)]);
}

fn mark(turn: &mut Turn, id: &str, answer: Answer) {
    let Some(booking) = turn.conv.booking_mut(id).filter(|booking| booking.answer != Some(answer)) else { return };
    booking.answer = Some(answer);
    turn.emit(Effect::Answered { booking: id.to_owned(), answer });
}

/// The staff says whether the client came; said again, the last word counts.
pub(crate) fn came(turn: &mut Turn, id: &str, has_come: bool) {
    let now = turn.now;
    let Some(booking) = turn.conv.booking_mut(id) else { return };
    let state = match (&booking.state, has_come) {
        (BookingState::Confirmed { .. } | BookingState::NoShow { .. }, true) => BookingState::Arrived { at: now },
        (BookingState::Confirmed { .. } | BookingState::Arrived { .. }, false) => BookingState::NoShow { at: now },
        _ => return,
    };
    if booking.slot.starts_at > now {
        return;
    }
    booking.state = state;
    turn.emit(Effect::Came { booking: id.to_owned(), has_come });
}

/// The visit is over: how was it? Asked once, wherever it was moved, and not of somebody who is in the middle of another
/// talk.
pub(crate) fn rating_due(turn: &mut Turn, id: &str, ends_at: Option<Timestamp>) {
    let Some(booking) = turn.conv.booking(id) else { return };
    if ends_at.is_some_and(|ends_at| ends_at != booking.slot.ends_at) {
        return;
    }
    let has_been = matches!(booking.state, BookingState::Confirmed { .. } | BookingState::Arrived { .. });
    // A reminder that was never answered is no open question any more: the visit is over.
    let is_free = matches!(turn.conv.asking, Asking::Nothing | Asking::Reminder) && turn.conv.speaker == Speaker::Bot;
    if !has_been || !is_free || turn.conv.is_closed() || turn.conv.client.is_stopped || turn.now < booking.slot.ends_at
    {
        return;
    }
    if is_quiet(turn.settings(), turn.now) {
        let put_off = loud_from(turn.settings(), turn.now);
        return turn.wake(Alarm::RatingDue { booking: id.to_owned(), ends_at }, put_off);
    }
    let service = turn.settings().names_of(&booking.services);
    turn.conv.asking = Asking::Rating;
    turn.conv.rated = Some(id.to_owned());
    let is_discreet = turn.settings().document.is_discreet();
    let phrase = if is_discreet { Phrase::AskRatingDiscreet } else { Phrase::AskRating };
    turn.say(phrase, &[("service", &service)]);
    let buttons =
        (1..=RATING_MAX).map(|rating| crate::turn::label_button(format!("rate.{rating}"), &rating.to_string()));
    turn.ask(buttons.collect(), false);
}

/// A rating from 1 to 5; true when it is low and a person must hear of it.
pub(crate) fn rate(turn: &mut Turn, rating: u8) -> bool {
    turn.conv.asking = Asking::Nothing;
    if let Some(booking) = turn.conv.rated.take() {
        turn.emit(Effect::Rated { booking, rating });
    }
    if rating > RATING_LOW {
        turn.say(Phrase::RatingThanks, &[]);
    }
    rating <= RATING_LOW
}

fn is_quiet(settings: &Settings, at: Timestamp) -> bool {
    settings.document.care.is_quiet(settings.wall(at).time())
}

/// This moment, or the end of the quiet hours it falls into.
pub(crate) fn loud_from(settings: &Settings, at: Timestamp) -> Timestamp {
    if !is_quiet(settings, at) {
        return at;
    }
    let (wall, ends) = (settings.wall(at), settings.document.care.quiet_to);
    let date = if wall.time() < ends { wall.date() } else { wall.date().tomorrow().unwrap_or(wall.date()) };
    settings.moment_of(date.to_datetime(ends)).max(at)
}

/// Half an hour before the quiet hours that this moment falls into.
fn evening_before(settings: &Settings, at: Timestamp) -> Option<Timestamp> {
    let (wall, begins) = (settings.wall(at), settings.document.care.quiet_from);
    let date = if wall.time() >= begins { wall.date() } else { wall.date().yesterday().ok()? };
    let last: DateTime = date.to_datetime(begins).checked_sub(30.minutes()).ok()?;
    Some(settings.moment_of(last))
}

fn earlier(at: Timestamp, min: u16) -> Timestamp {
    at - SignedDuration::from_mins(i64::from(min))
}

fn later(at: Timestamp, min: u16) -> Timestamp {
    at + SignedDuration::from_mins(i64::from(min))
}

#[cfg(test)]
mod tests {
    use super::{is_unreminded, spread};
    use crate::business::{Document, Settings};

    /// Source: the test vectors of draft-eastlake-fnv.
    #[test]
    fn ids_are_spread_by_fnv() {
        for (id, expected) in [("", 0x811c_9dc5), ("a", 0xe40c_292c), ("foobar", 0xbf9c_f968)] {
            assert_eq!(spread(id), expected, "{id}");
        }
    }

    /// 0xe40c292c is 3,826,002,220: the twentieth of a hundred, counted from nought.
    #[test]
    fn so_many_of_a_hundred_get_no_reminder() {
        for (percent, expected) in [(0, false), (20, false), (21, true), (50, true)] {
            let mut document: Document = toml::from_str(include_str!("../../../businesses/demo.toml")).unwrap();
            document.care.unreminded_percent = percent;
            let settings = Settings::build(document, 1).unwrap();
            assert_eq!(is_unreminded(&settings, "a"), expected, "{percent}");
        }
    }
}
