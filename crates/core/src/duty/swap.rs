//! Two people agree to take each other's shifts.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::changes::{Override, Span};
use crate::values::PersonId;

/// `asker` asks `other` to be on in `gives` and offers to be on in `takes`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Swap {
    pub asker: PersonId,
    pub other: PersonId,
    pub gives: Span,
    /// Absent: a favour, nothing is given back.
    pub takes: Option<Span>,
    pub state: SwapState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SwapState {
    Asked,
    Agreed,
    Refused,
    /// The earlier of the two shifts has begun without an answer.
    Expired,
}

impl SwapState {
    pub fn title(self) -> &'static str {
        match self {
            Self::Asked => "ждёт ответа",
            Self::Agreed => "согласован",
            Self::Refused => "отклонён",
            Self::Expired => "остался без ответа",
        }
    }
}

impl Swap {
    /// How it stands at a moment: what nobody answered in time is over.
    pub fn state_at(&self, now: Timestamp) -> SwapState {
        let begins_at = self.takes.map_or(self.gives.from, |takes| takes.from.min(self.gives.from));
        if self.state == SwapState::Asked && begins_at <= now { SwapState::Expired } else { self.state }
    }

    /// The answer of the one who was asked; `None` when it is not theirs to give or comes too late.
    pub fn answered(&self, by: &PersonId, is_agreed: bool, now: Timestamp) -> Option<Self> {
        let is_theirs = *by == self.other && self.state_at(now) == SwapState::Asked;
        let state = if is_agreed { SwapState::Agreed } else { SwapState::Refused };
        is_theirs.then(|| Self { state, ..self.clone() })
    }

    /// What an agreed swap changes; nothing while it is not agreed.
    pub fn overrides(&self) -> Vec<Override> {
        if self.state != SwapState::Agreed {
            return Vec::new();
        }
        let stand_in = |person: &PersonId, instead_of: &PersonId, span| Override {
            person: person.clone(),
            instead_of: Some(instead_of.clone()),
            span,
        };
        let given = stand_in(&self.other, &self.asker, self.gives);
        std::iter::once(given).chain(self.takes.map(|takes| stand_in(&self.asker, &self.other, takes))).collect()
    }
}
