//! Two visits asked for in one message: each is booked in its turn, the second as soon as the first stands.

use std::borrow::Cow;

use nochnik_nlu::{Expecting, Found, Intent, Meaning, When};

use super::turns::{self, Way};
use super::{book, gather, named};
use crate::conversation::{Asking, Booking, NextVisit};
use crate::phrases::Phrase;
use crate::turn::Turn;
use crate::values::ServiceId;

/// A service with a time of its own, as one part of a message names them.
struct Part {
    service: Found<String>,
    when: Found<When>,
}

/// «Маникюр в субботу в 12 и педикюр в воскресенье в 15»: the first of the two visits; the second is kept for later. Any
/// other message comes back as it is.
pub(super) fn first_of<'m>(turn: &mut Turn, text: &str, meaning: &'m Meaning) -> Cow<'m, Meaning> {
    let Some([first, second]) = parts(turn, text, meaning) else { return Cow::Borrowed(meaning) };
    let on = second.when.value.from_on.or(first.when.value.from_on);
    let to_on = second.when.value.to_on.or(on);
    let when = When { from_on: on, to_on, ..second.when.value };
    turn.conv.then = vec![NextVisit { services: vec![ServiceId::new(&second.service.value)], when: Some(when) }];
    let service = turn.settings().names_of(&[ServiceId::new(&first.service.value)]);
    turn.say(Phrase::OneByOne, &[("service", &service)]);
    let (services, when) = (vec![first.service], Some(first.when));
    Cow::Owned(Meaning { services, when, when_others: Vec::new(), ..meaning.clone() })
}

/// The message cut between its two services, where each side names a time of its own.
fn parts(turn: &Turn, text: &str, meaning: &Meaning) -> Option<[Part; 2]> {
    // What stands could be moved; where nothing does, two times are two visits.
    let is_free = turn.conv.coming(turn.now).is_empty();
    let is_wish = meaning
        .intents
        .iter()
        .all(|(intent, _)| matches!(intent, Intent::Book | Intent::Inform) || *intent == Intent::Reschedule && is_free);
    let [one, other] = &meaning.services[..] else { return None };
    if !is_wish || one.value == other.value || turns::is_said(text, Way::Either) {
        return None;
    }
    let (first, second) = if one.span.0 <= other.span.0 { (one, other) } else { (other, one) };
    let when_in = |part: &str| turn.settings().reader.read(part, Some(Expecting::AskWhen), turn.wall(turn.now)).when;
    // «В субботу маникюр, в воскресенье педикюр» is cut behind the first service, else before the second.
    let is_time_first = when_in(text.get(..first.span.0)?).is_some();
    let between = text.get(first.span.1..second.span.0)?;
    // «Удалить зуб в понедельник, а через неделю имплант»: the comma parts them.
    let commas = between.match_indices([',', ';', '\n']).map(|(at, _)| first.span.1 + at);
    let cuts = commas.chain([if is_time_first { first.span.1 } else { second.span.0 }]);
    let sides = cuts.filter_map(|cut| text.split_at_checked(cut));
    let (when, then) = sides.filter_map(|(head, tail)| when_in(head).zip(when_in(tail))).next()?;
    let part = |service: &Found<String>, when| Part { service: service.clone(), when };
    // «В субботу педикюр и ещё брови часам к одиннадцати»: a day and its hour are one time.
    let is_one_time = complete_each_other(when.value, then.value) || complete_each_other(then.value, when.value);
    (when.value != then.value && !is_one_time).then(|| [part(first, when), part(second, then)])
}

/// A day with no hour, and an hour with no day.
fn complete_each_other(day: When, hour: When) -> bool {
    let has_day = day.from_on.is_some() || day.to_on.is_some();
    let has_hour = day.from_at.is_some() || day.to_at.is_some();
    has_day && !has_hour && hour.from_on.is_none() && hour.to_on.is_none()
}

/// «Меня и сына на стрижку»: the second person's visit is kept for later, at the hour of the first and for the same, where
/// a grown-up's cut is not a child's.
pub(super) fn keep_second(turn: &mut Turn) {
    let services = named::of_second(turn);
    turn.conv.then = vec![NextVisit { services, when: None }];
    turn.say(Phrase::OneAtATime, &[]);
}

/// The visit is settled: the one that waited for it is next, unless another question stands open.
pub(super) fn go_on(turn: &mut Turn, first: &Booking) {
    if turn.conv.asking != Asking::Nothing || turn.conv.then.is_empty() {
        return;
    }
    let next = turn.conv.then.remove(0);
    let service = turn.settings().names_of(&next.services);
    if service.is_empty() {
        turn.say(Phrase::ThenSecond, &[]);
    } else {
        turn.say(Phrase::ThenNext, &[("service", &service)]);
    }
    let same = gather::exactly(turn.wall(first.slot.starts_at));
    let wish = &mut turn.conv.wish;
    wish.services = next.services;
    wish.when = Some(next.when.unwrap_or(same));
    book::start(turn);
}
