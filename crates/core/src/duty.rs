//! Who is on duty at a moment, when, and what is amiss with it: the document's shifts and what was
//! agreed beside them.

mod changes;
mod exchange;
mod problem;
mod roster;
mod swap;
mod watch;

use jiff::{SignedDuration, Timestamp};

use self::roster::Roster;
use crate::business::{Person, Role, Settings};
use crate::values::PersonId;

pub use changes::{Absence, Changes, Override, Span};
pub use exchange::{Menu, Tap, is_wish, offer, question, read_tap, settled, what_for, which, whom};
pub use problem::{Problem, Trouble, problems};
pub use swap::{Swap, SwapState};
pub use watch::{Looked, Watch, Word, look, mute, read_ready, ready};

/// One person on duty without a break.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    pub person: PersonId,
    pub span: Span,
}

/// Lists who is on duty, each once, in the order of `people`; empty is an alarm of its own.
///
/// A shift covers `from` up to but not including `to` on the wall clock; one that ends at or before
/// its beginning ends on the next day. Without any shifts everybody with the role `duty` always is.
pub fn on_duty<'s>(settings: &'s Settings, changes: &Changes, at: Timestamp) -> Vec<&'s Person> {
    by_role(settings, changes, Role::Duty, at)
}

/// Lists who is called for a role at a moment: by the shifts of that role, and where there are none
/// everybody with the role, because seniors and owners are called outside any shift. Nobody absent.
pub fn by_role<'s>(settings: &'s Settings, changes: &Changes, role: Role, at: Timestamp) -> Vec<&'s Person> {
    let to = at.saturating_add(SignedDuration::from_nanos(1)).unwrap_or(Timestamp::MAX);
    let pieces = Roster::new(settings, changes, role, Span { from: at, to }).pieces();
    let on: Vec<&str> = pieces.iter().flat_map(|piece| &piece.on).map(|person| person.id.as_str()).collect();
    settings.document.people.iter().filter(|person| on.contains(&person.id.as_str())).collect()
}

/// Whether this person is called at a moment, as whoever.
pub fn is_called(settings: &Settings, changes: &Changes, person: &Person, at: Timestamp) -> bool {
    let mut roles = [Role::Duty, Role::Senior, Role::Owner].into_iter();
    roles.any(|role| by_role(settings, changes, role, at).iter().any(|called| called.id == person.id))
}

/// Lists who is on duty when between two moments, by beginning, then in the order of `people`.
///
/// What goes on across the ends of the time asked about is cut there. Costs one look at every shift
/// for every day between them.
pub fn stretches(settings: &Settings, changes: &Changes, from: Timestamp, to: Timestamp) -> Vec<Stretch> {
    let pieces = Roster::new(settings, changes, Role::Duty, Span { from, to }).pieces();
    joined(pieces.iter().flat_map(|piece| piece.on.iter().map(|person| (person.id.as_str(), piece.span))))
        .into_iter()
        .map(|(person, span)| Stretch { person: PersonId::new(person), span })
        .collect()
}

/// Lists the time between two moments when nobody is on duty, earliest first; empty when all of it
/// is covered.
pub fn holes(settings: &Settings, changes: &Changes, from: Timestamp, to: Timestamp) -> Vec<Span> {
    let pieces = Roster::new(settings, changes, Role::Duty, Span { from, to }).pieces();
    let empty = pieces.iter().filter(|piece| piece.on.is_empty());
    joined(empty.map(|piece| ("", piece.span))).into_iter().map(|(_, span)| span).collect()
}

/// Spans of one name that touch become one. They come in the order of time.
fn joined<'a>(found: impl Iterator<Item = (&'a str, Span)>) -> Vec<(&'a str, Span)> {
    let mut joined: Vec<(&str, Span)> = Vec::new();
    for (name, span) in found {
        let last = joined.iter_mut().rev().find(|(known, known_span)| *known == name && known_span.to >= span.from);
        match last {
            Some((_, known)) => known.to = known.to.max(span.to),
            None => joined.push((name, span)),
        }
    }
    joined
}
