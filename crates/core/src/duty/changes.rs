//! What differs from the shifts of the document for once: who stands in for whom, who is away.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::values::PersonId;

/// Time between two moments. Half-open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    pub from: Timestamp,
    pub to: Timestamp,
}

impl Span {
    pub fn contains(self, at: Timestamp) -> bool {
        self.from <= at && at < self.to
    }

    pub fn meets(self, other: Self) -> bool {
        self.from < other.to && other.from < self.to
    }
}

/// A person is on duty by agreement. With `instead_of` only where that person would have been: «подмена».
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Override {
    pub person: PersonId,
    pub instead_of: Option<PersonId>,
    pub span: Span,
}

/// A person cannot be called: leave, illness, a flight.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Absence {
    pub person: PersonId,
    pub span: Span,
}

/// Everything beside the document that says who is on duty. Overrides stand in the order they were
/// made: whom the first put in, the next may replace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    pub overrides: Vec<Override>,
    pub absences: Vec<Absence>,
}

impl Changes {
    /// Who is there in the place of a person at a moment: themselves, if nobody stands in.
    pub(super) fn in_place_of<'a>(&'a self, person: &'a str, at: Timestamp) -> &'a str {
        let now = self.overrides.iter().filter(|change| change.span.contains(at));
        now.fold(person, |holder, change| match &change.instead_of {
            Some(replaced) if replaced.as_str() == holder => change.person.as_str(),
            _ => holder,
        })
    }

    pub(super) fn is_absent(&self, person: &str, at: Timestamp) -> bool {
        self.absences.iter().any(|absence| absence.person.as_str() == person && absence.span.contains(at))
    }

    /// Who is on besides all shifts at a moment.
    pub(super) fn added(&self, at: Timestamp) -> impl Iterator<Item = &str> {
        let is_added = move |change: &&Override| change.instead_of.is_none() && change.span.contains(at);
        self.overrides.iter().filter(is_added).map(|change| change.person.as_str())
    }

    /// Every moment at which something begins or ends to differ.
    pub(super) fn edges(&self) -> impl Iterator<Item = Timestamp> {
        let spans = self.overrides.iter().map(|change| change.span).chain(self.absences.iter().map(|a| a.span));
        spans.flat_map(|span| [span.from, span.to])
    }
}
