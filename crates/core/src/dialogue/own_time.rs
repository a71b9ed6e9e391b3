//! A visit moved into time that it holds itself: «на полчаса позже». No second visit can be held there beside it, so the
//! client is asked first, and the visit is moved as it stands.

use super::{book, change, handoff, offer};
use crate::business::{Business, ConfirmMode};
use crate::conversation::{Asking, Booking};
use crate::escalation::{self, Why};
use crate::outside;
use crate::phrases::Phrase;
use crate::schedule::{self, Slot, SlotAsk};
use crate::turn::Turn;
use crate::wall;
use crate::wanted;

/// Nothing but the visit that is moved stands in the way of the time asked for: asks whether to move it there, or calls
/// who may. False where something else does.
pub(super) fn is_asked(turn: &mut Turn, ask: &SlotAsk) -> bool {
    let Some((old, slot)) = found(turn, ask) else { return false };
    if !may_move(turn, &old, &slot) {
        let wanted = turn.conv.wish.when.map(|when| wall::capitalised(&wanted::text(&when, turn.today())));
        turn.say(Phrase::MoveNear, &[("wanted", &wanted.unwrap_or_default())]);
        handoff::person(turn, Why::Human, None);
        return true;
    }
    let (was, moment) = (turn.moment(old.slot.starts_at), turn.moment(slot.starts_at));
    let service = turn.settings().names_of(&old.services);
    turn.conv.asking = Asking::ConfirmMove;
    turn.say(Phrase::AskMove, &[("service", &service), ("was", &was), ("moment", &moment)]);
    let id = format!("shift.{}.{}", old.number(), slot.starts_at.as_second());
    let buttons = vec![turn.button(id, Phrase::ButtonMoveYes), turn.button("keep", Phrase::ButtonCancelNo)];
    turn.ask(buttons, false);
    true
}

/// «Да»: the visit stands there from now on, if the time is still free.
pub(super) fn confirm(turn: &mut Turn) {
    let Some((old, slot)) = asked(turn).filter(|(old, slot)| may_move(turn, old, slot)) else {
        return book::go_on(turn);
    };
    outside::relocate(turn, &old, slot.clone(), None);
    book::forget_wish(turn);
    turn.conv.asking = Asking::Nothing;
    let (moment, service, specialist) = book::words_of(turn, &Booking { slot, ..old });
    turn.say(Phrase::Moved, &[("service", &service), ("moment", &moment), ("specialist", &specialist)]);
    escalation::booked(turn, &moment);
}

/// The button under the question: `booking.second`. One of an earlier question tells how things stand.
pub(super) fn press(turn: &mut Turn, rest: &str) {
    let is_this = |(old, slot): &(Booking, Slot)| format!("{}.{}", old.number(), slot.starts_at.as_second()) == rest;
    if turn.conv.asking == Asking::ConfirmMove && asked(turn).as_ref().is_some_and(is_this) {
        return confirm(turn);
    }
    change::keep(turn);
}

/// The visit and the time that the client was asked about, while both are there.
fn asked(turn: &Turn) -> Option<(Booking, Slot)> {
    let wish = &turn.conv.wish;
    let window = schedule::window_of(&wish.when?, turn.now, turn.settings());
    found(turn, &offer::ask_of(turn, window))
}

/// The time asked for as it would be without the visit that is moved.
fn found(turn: &Turn, ask: &SlotAsk) -> Option<(Booking, Slot)> {
    let old = turn.conv.booking(turn.conv.replaced.as_deref()?)?.clone();
    let business = offer::without_own(turn);
    let busy = business.busy.iter().filter(|busy| busy.booking != old.id).cloned().collect();
    let business = Business { busy: std::sync::Arc::new(busy), ..business };
    let free = schedule::free_slots(&business, ask, turn.now);
    let slot = free.into_iter().find(|slot| turn.wall(slot.starts_at) == ask.window.from)?;
    Some((old, slot))
}

/// Whether the bot has the last word of it: the same visit, of the same specialist, and no calendar to ask.
fn may_move(turn: &Turn, old: &Booking, slot: &Slot) -> bool {
    let settings = turn.settings();
    settings.document.policy.confirm == ConfirmMode::Bot
        && !settings.is_decided(&slot.specialist)
        && slot.specialist == old.slot.specialist
        && turn.conv.wish.services == old.services
        && slot.extra.seat.is_none()
}
