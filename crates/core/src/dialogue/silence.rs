//! A client fell silent in the middle of a talk: one word from us, at a humane hour, and no more.

use jiff::Timestamp;

use super::{handoff, is_in_form};
use crate::business::Settings;
use crate::conversation::{Asking, Speaker};
use crate::crm::CLIENT;
use crate::effect::Alarm;
use crate::phrases::Phrase;
use crate::turn::Turn;

/// The bot asked and waits: asks to be woken should nothing come.
pub(super) fn watch(turn: &mut Turn) {
    let after_min = turn.settings().document.care.follow_up_after_min;
    if let Some(after_min) = after_min.filter(|_| is_left_open(turn)) {
        let due = humane_from(turn.settings(), turn.after(after_min));
        turn.wake(Alarm::SilenceDue { since: turn.now }, due);
    }
}

/// Nothing came since: reminds of the talk, once for a wish.
pub(crate) fn silence_due(turn: &mut Turn, since: Timestamp) {
    let has_written = turn.conv.transcript.iter().any(|line| line.who == CLIENT && line.at > since);
    if has_written || !is_left_open(turn) {
        return;
    }
    let humane = humane_from(turn.settings(), turn.now);
    if humane > turn.now {
        return turn.wake(Alarm::SilenceDue { since }, humane);
    }
    turn.conv.wish.followed_at = Some(turn.now);
    let services = &turn.conv.wish.services;
    if services.is_empty() {
        return turn.say(Phrase::FollowUp, &[]);
    }
    let service = turn.settings().names_of(services);
    turn.say(Phrase::FollowUpService, &[("service", &service)]);
}

/// A question of ours towards a visit stands open, and nobody else is to speak.
fn is_left_open(turn: &Turn) -> bool {
    let conv = &turn.conv;
    let is_asked = is_in_form(turn) || conv.asking == Asking::Visit;
    let may_write = conv.speaker == Speaker::Bot && !conv.client.is_stopped && !conv.is_closed();
    let is_finished = !conv.coming(turn.now).is_empty() || conv.wish.handed_over_at.is_some();
    is_asked && may_write && !is_finished && !handoff::is_awaited(turn) && conv.wish.followed_at.is_none()
}

/// This moment, or the next one at which it is no trouble to be written to.
fn humane_from(settings: &Settings, at: Timestamp) -> Timestamp {
    let (wall, care) = (settings.wall(at), &settings.document.care);
    let (opens, closes) = (care.follow_up_from, care.follow_up_to);
    if wall.time() >= opens && wall.time() < closes {
        return at;
    }
    let date = if wall.time() < opens { wall.date() } else { wall.date().tomorrow().unwrap_or(wall.date()) };
    settings.moment_of(date.to_datetime(opens)).max(at)
}
