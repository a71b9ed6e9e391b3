//! What clients once wrote, said again under two settings: where the bot would have answered otherwise.

use jiff::{SignedDuration, Timestamp};

use super::player::{at_once, wait};
use super::world::World;
use crate::business::Settings;
use crate::event::InputKind;
use crate::wall;

/// What a turn sets off is played on for so long after the last one: the whole ladder of calls, no reminder of a visit.
const AFTERMATH: SignedDuration = SignedDuration::from_mins(30);

/// A message of a client as it is kept; a press stands by the label of its button.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Past {
    pub at: Timestamp,
    pub text: String,
}

/// The first turn at which the two settings part: what comes after it is another conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parting {
    /// When the client wrote it.
    pub at: Timestamp,
    /// What the client wrote.
    pub said: String,
    /// Answers, calls and changes of the lead by the first settings, a line each, as a story tells them.
    pub before: Vec<String>,
    /// The same by the second.
    pub after: Vec<String>,
}

/// Says the same under both settings, those of [`rehearsed`](super::rehearsed) documents; `None` when nothing differs.
///
/// The diary is empty, and nobody of the staff answers: what differs, differs by the settings alone.
#[must_use]
pub fn replay(said: &[Past], before: &Settings, after: &Settings) -> Option<Parting> {
    let (was, now) = (tell(said, before), tell(said, after));
    let differs = was.into_iter().zip(now).zip(said).find(|((was, now), _)| was != now);
    differs.map(|((before, after), past)| Parting { at: past.at, said: past.text.clone(), before, after })
}

/// What comes of each turn until the next one.
fn tell(said: &[Past], settings: &Settings) -> Vec<Vec<String>> {
    let Some(first) = said.first() else { return Vec::new() };
    let mut world = World::new(settings, first.at);
    let ends = said.iter().skip(1).map(|past| past.at).chain(said.last().map(|last| last.at + AFTERMATH));
    said.iter().zip(ends).map(|(past, until)| turn(&mut world, past, until)).collect()
}

fn turn(world: &mut World<'_>, past: &Past, until: Timestamp) -> Vec<String> {
    let pressed = world.buttons.iter().rev().find(|button| button.label == past.text);
    let kind = match pressed {
        Some(button) => InputKind::Button { id: button.id.clone(), press_id: None },
        None => InputKind::Text { text: past.text.clone() },
    };
    let played = world.client(vec![kind]);
    let mut lines = at_once(world, &played);
    lines.extend(wait(world, until.duration_since(world.now).max(SignedDuration::ZERO)));
    lines.iter().map(|line| line.trim().replace(wall::NBSP, " ")).collect()
}
