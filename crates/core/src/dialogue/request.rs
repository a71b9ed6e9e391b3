//! A wish that no single specialist's diary can serve: it is written down whole, and a person settles
//! the time.
//!
//! So it is with services that nobody is listed for (анализы, снимок), and with several in one visit
//! that no one specialist does.

use jiff::civil::DateTime;
use nochnik_nlu::{Grain, When};

use super::turns::{self, Way};
use super::{book, gather, handoff, offer};
use crate::calendar;
use crate::conversation::Asking;
use crate::escalation::Why;
use crate::phrases::Phrase;
use crate::schedule;
use crate::turn::Turn;
use crate::wanted;

/// Nobody does all that is wanted.
pub(super) fn is_needed(turn: &Turn) -> bool {
    let services = &turn.conv.wish.services;
    !services.is_empty() && turn.settings().specialists_for(services).is_empty()
}

/// Asks for the next thing that is missing, or for the final yes.
pub(super) fn go_on(turn: &mut Turn) {
    if turn.conv.wish.handed_over_at.is_some() {
        return turn.say(Phrase::RequestWaits, &[]);
    }
    if has_time(turn) && !book::asks_contact(turn) {
        ask_confirm(turn);
    }
}

/// A wish that went to a person, or is on its way there.
pub(super) fn is_pending(turn: &Turn) -> bool {
    is_needed(turn) && turn.conv.wish.when.is_some()
}

/// Another time for it is read back and goes to the person anew; where none was said, the person hears of it.
pub(super) fn change(turn: &mut Turn) {
    if turn.conv.wish.handed_over_at.is_some() {
        return handoff::person(turn, Why::Human, Some(Phrase::RequestWaits));
    }
    turn.conv.wish.wants_visit = true;
    go_on(turn);
}

/// Asks for the day or the hour; true when both are known and the business is open then.
fn has_time(turn: &mut Turn) -> bool {
    let Some(when) = turn.conv.wish.when else {
        let service = turn.settings().names_of(&turn.conv.wish.services);
        return ask_when(turn, Phrase::RequestWhen, &[("service", &service)]);
    };
    if let Some(day) = offer::closed_day_words(turn) {
        return ask_when(turn, Phrase::RequestDayOff, &[("day", &day)]);
    }
    let is_any = [Way::Earliest, Way::Whichever].into_iter().any(|way| turns::is_said(&turn.said, way));
    if let Some(first) = opening_within(turn, &when).filter(|_| is_any && when.grain != Grain::Time) {
        turn.conv.wish.when = Some(gather::exactly(first));
        return true;
    }
    if when.grain != Grain::Time {
        let wanted = wanted::text(&when, turn.today());
        return ask_when(turn, Phrase::RequestHour, &[("wanted", &wanted)]);
    }
    let window = schedule::window_of(&when, turn.now, turn.settings());
    if window.is_empty() || !calendar::is_open(turn.settings(), turn.settings().moment_of(window.from)) {
        let hours = offer::hours_of_wanted_day(turn);
        return ask_when(turn, Phrase::RequestClosed, &[("hours", &hours)]);
    }
    true
}

/// The first time of the window at which the business is open.
fn opening_within(turn: &Turn, when: &When) -> Option<DateTime> {
    let window = schedule::window_of(when, turn.now, turn.settings());
    let from = turn.settings().moment_of(window.from);
    let is_open = calendar::is_open(turn.settings(), from);
    let first = if is_open { Some(from) } else { calendar::next_opening(turn.settings(), from) };
    first.map(|at| turn.wall(at)).filter(|at| window.contains(*at))
}

fn ask_when(turn: &mut Turn, phrase: Phrase, arguments: &[(&str, &str)]) -> bool {
    turn.conv.asking = Asking::When;
    turn.say(phrase, arguments);
    turn.ask(Vec::new(), false);
    false
}

fn ask_confirm(turn: &mut Turn) {
    let (service, moment) = words(turn);
    let price = book::price_of(turn, &turn.conv.wish.services);
    let contact = book::contact_words(turn);
    turn.conv.asking = Asking::Confirm;
    turn.say(
        Phrase::RequestConfirm,
        &[("service", &service), ("moment", &moment), ("price", &price), ("contact", &contact)],
    );
    let buttons = vec![turn.button("send", Phrase::ButtonYes), turn.button("change", Phrase::ButtonChange)];
    turn.ask(buttons, false);
}

/// Service and moment of the request, in words.
fn words(turn: &Turn) -> (String, String) {
    let service = turn.settings().names_of(&turn.conv.wish.services);
    let moment = turn.conv.wish.when.map_or_else(String::new, |when| {
        let window = schedule::window_of(&when, turn.now, turn.settings());
        turn.moment(turn.settings().moment_of(window.from))
    });
    (service, moment)
}

/// «Да»: the request goes to a person, and the client hears who answers and by when.
pub(super) fn confirm(turn: &mut Turn) {
    if turn.conv.asking != Asking::Confirm || turn.conv.wish.handed_over_at.is_some() || !is_needed(turn) {
        return book::go_on(turn);
    }
    let (service, moment) = words(turn);
    let name = turn.conv.client.name.clone().unwrap_or_default();
    turn.conv.wish.handed_over_at = Some(turn.now);
    turn.conv.wish.wants_visit = false;
    turn.conv.client.is_phone_confirmed = turn.conv.client.phone.is_some();
    turn.conv.asking = Asking::Nothing;
    turn.say(Phrase::RequestTaken, &[("service", &service), ("moment", &moment), ("name", &name)]);
    turn.whys.push(Why::Request);
    handoff::promise_by_day(turn);
}
