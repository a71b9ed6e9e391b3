//! The waitlist: who wants a time that is taken, and who is told first when it frees up.
//!
//! One entry a conversation. A freed time goes to one client at a time, who gets it held while they
//! think; «не подходит» and silence hand it to the next.

use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::business::Settings;
use crate::schedule::{self, Slot, Window};
use crate::values::{ConversationId, ServiceId, SpecialistId};

/// Freed times an entry remembers, so that none is offered to one client twice.
pub const PASSED_MAX: usize = 12;

/// What a client waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitlistEntry {
    pub services: Vec<ServiceId>,
    /// `None` is anybody who does them all.
    pub specialist: Option<SpecialistId>,
    /// When the visit may begin.
    pub window: Window,
    /// The hour asked for, on the wall clock; else the beginning of the window. The nearest to it is told of.
    pub aim: DateTime,
    pub since: Timestamp,
    /// The visit that moves here when the client agrees.
    pub replaces: Option<String>,
    /// The booking that holds a freed time for this client now.
    pub offered: Option<String>,
    /// Freed times that were offered or were of no use, the last [`PASSED_MAX`].
    pub passed: Vec<Freed>,
}

/// A stretch of a specialist's time that was taken and is free again. Half-open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Freed {
    pub specialist: SpecialistId,
    pub from: Timestamp,
    pub to: Timestamp,
}

impl Freed {
    pub fn of(slot: &Slot) -> Self {
        Self { specialist: slot.specialist.clone(), from: slot.busy_from(), to: slot.busy_until }
    }

    /// Whether a visit at this slot takes any of it.
    pub fn meets(&self, slot: &Slot) -> bool {
        slot.specialist == self.specialist && slot.busy_from() < self.to && slot.busy_until > self.from
    }

    fn length(&self) -> SignedDuration {
        self.to.duration_since(self.from)
    }
}

impl WaitlistEntry {
    /// This freed time is done with for this client.
    pub(crate) fn pass(&mut self, freed: Freed) {
        self.passed.retain(|passed| *passed != freed);
        self.passed.push(freed);
        let extra = self.passed.len().saturating_sub(PASSED_MAX);
        self.passed.drain(..extra);
    }

    /// Whether a wanted visit could begin so that it takes some of the freed time. The schedule has
    /// the last word: this only saves asking those it cannot concern.
    fn fits(&self, freed: &Freed, settings: &Settings, now: Timestamp) -> bool {
        let does = |able: &&crate::business::Specialist| able.id == freed.specialist.as_str();
        let is_able = settings.specialists_for(&self.services).iter().any(does);
        let is_asked = self.specialist.as_ref().is_none_or(|asked| *asked == freed.specialist);
        let Some(length) = schedule::length_of(settings, &self.services) else { return false };
        let (first, last) = (settings.wall((freed.from - length).max(now)), settings.wall(freed.to));
        is_able && is_asked && self.offered.is_none() && !self.passed.contains(freed) && self.window.meets(first, last)
    }
}

/// Who is told of the freed time first: who asked for this very specialist, then whose visit fills it
/// best, then who has waited longest. `None`: it concerns nobody.
pub fn next<'a>(
    freed: &Freed,
    entries: &'a [(ConversationId, WaitlistEntry)],
    settings: &Settings,
    now: Timestamp,
) -> Option<&'a ConversationId> {
    let fitting = entries.iter().filter(|(_, entry)| entry.fits(freed, settings, now));
    let order = |(_, entry): &&(ConversationId, WaitlistEntry)| {
        let unfilled = schedule::length_of(settings, &entry.services).map(|length| (freed.length() - length).abs());
        (entry.specialist.is_none(), unfilled, entry.since)
    };
    fitting.min_by_key(order).map(|(conversation, _)| conversation)
}
