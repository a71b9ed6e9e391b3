//! What a case is, and why a person is wanted.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::ladder::Rung;
use crate::lead::Lead;
use crate::reach::Rings;
use crate::values::{CaseId, PersonId};

/// Minutes within which the duty manager must take a case. Source: the regulation, S76.
pub const TAKE_MIN: i64 = 5;

/// One escalation. Its policy is frozen in `rungs` at the start: later edits do not disturb it; the
/// people are looked up when a rung falls due, so a shift change in the night is honoured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Case {
    pub id: CaseId,
    pub whys: Vec<Why>,
    pub opened_at: Timestamp,
    pub state: CaseState,
    pub rungs: Vec<Rung>,
    /// Rungs that are for other reasons; they join `rungs` when such a reason comes up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withheld: Vec<Rung>,
    /// Index of the rung that is due next.
    pub next: usize,
    pub next_at: Option<Timestamp>,
    /// Who said «Не могу».
    pub passed: Vec<PersonId>,
    /// The client was told that a person will answer, and by when.
    pub promised_until: Option<Timestamp>,
    /// Came back from the morning queue.
    pub is_from_night: bool,
    /// Somebody said «Утром»: they know of it, and it waits by their word.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_left_for_morning: bool,
    #[serde(default)]
    pub rings: Rings,
    /// The lead as it was when the case was taken, from which the score learns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_as: Option<Lead>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseState {
    Open,
    Taken { by: PersonId, at: Timestamp },
    Morning { until: Timestamp },
    Closed { at: Timestamp, why: String },
}

/// Why a person is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    Emergency,
    SelfHarm,
    Medical,
    Legal,
    Complaint,
    Human,
    Urgent,
    Callback,
    Late,
    /// Will be late to a visit before which they open: it is read in the morning.
    LateLater,
    NoSlots,
    Unclear,
    Unread,
    Question,
    /// A wish that only a person can put into the diary.
    Request,
    /// A visit that stands is to be made another: something taken out of it.
    Change,
    /// A booking waits for a person's word.
    Visit,
    /// «Удалите мои данные», «это не я».
    Privacy,
    /// A supplier, a partner, somebody who looks for work: no client.
    Offer,
    Unanswered,
    Hot,
    Score,
}

impl Why {
    pub fn title(self) -> &'static str {
        match self {
            Self::Emergency => "угроза здоровью",
            Self::SelfHarm => "риск для жизни",
            Self::Medical => "медицинский вопрос",
            Self::Legal => "претензия",
            Self::Complaint => "жалоба",
            Self::Human => "просит человека",
            Self::Urgent => "срочно",
            Self::Callback => "просит перезвонить",
            Self::Late => "опаздывает",
            Self::LateLater => "предупредил об опоздании",
            Self::NoSlots => "нет свободных окон",
            Self::Unclear => "бот не понял",
            Self::Unread => "прислал не текст",
            Self::Question => "вопрос, на который бот не знает ответа",
            Self::Request => "заявка, нужно подтвердить время",
            Self::Change => "просит изменить запись",
            Self::Visit => "подтвердить запись",
            Self::Privacy => "просьба о личных данных",
            Self::Offer => "деловое предложение",
            Self::Unanswered => "клиент ждёт ответа",
            Self::Hot => "горячий лид",
            Self::Score => "высокая вероятность сделки",
        }
    }

    /// Whether reasons, told by their titles in a row, are of somebody's health: such a case is shown before all others.
    pub fn are_of_health(titles: &str) -> bool {
        [Self::Emergency, Self::SelfHarm, Self::Medical].into_iter().any(|why| titles.contains(why.title()))
    }

    /// As a stranger may read it: nothing about anybody's health or quarrels.
    pub(crate) fn public_title(self) -> &'static str {
        match self {
            Self::Emergency | Self::SelfHarm | Self::Medical | Self::Legal | Self::Urgent => "срочно",
            Self::Complaint | Self::Privacy | Self::Late | Self::LateLater => "просит человека",
            why => why.title(),
        }
    }

    /// A case for these alone is over when the client has booked.
    pub(super) fn ends_with_booking(self) -> bool {
        matches!(self, Self::Hot | Self::Score | Self::Urgent | Self::NoSlots | Self::Unclear)
    }

    /// Breaks a person's own quiet hours.
    pub(crate) fn is_urgent(self) -> bool {
        matches!(self, Self::Emergency | Self::SelfHarm | Self::Medical | Self::Urgent | Self::Legal)
    }

    /// A complaint or a claim: nothing is sold in the same breath.
    pub(crate) fn is_complaint(self) -> bool {
        matches!(self, Self::Complaint | Self::Legal)
    }

    /// Somebody's health or grievance: a person goes on with it, not the form.
    pub(crate) fn is_grave(self) -> bool {
        self.is_complaint() || matches!(self, Self::Emergency | Self::SelfHarm | Self::Medical)
    }

    /// The client was told that a person will answer.
    pub(crate) fn is_clients(self) -> bool {
        self.is_grave()
            || matches!(
                self,
                Self::Human | Self::Unclear | Self::Question | Self::Unanswered | Self::Request | Self::Change
            )
    }

    /// A person goes on with the talk.
    pub(crate) fn is_handoff(self) -> bool {
        matches!(self, Self::Human | Self::Unclear)
    }

    /// Wants no answer before the hour at which the client asked to be rung.
    pub(super) fn can_wait_for_call(self) -> bool {
        matches!(self, Self::Callback | Self::Hot | Self::Score)
    }

    /// Nobody waits for an answer: one person hears of it, once.
    pub(super) fn is_told_once(self) -> bool {
        matches!(self, Self::Offer)
    }

    /// Not worth waking anybody: waits for the morning.
    pub(crate) fn can_wait(self) -> bool {
        matches!(
            self,
            Self::Unread
                | Self::Question
                | Self::LateLater
                | Self::Privacy
                | Self::Request
                | Self::Change
                | Self::Visit
                | Self::Offer
        )
    }
}

impl Case {
    pub fn is_open(&self) -> bool {
        matches!(self.state, CaseState::Open)
    }

    /// May break a person's quiet hours.
    pub(crate) fn is_urgent(&self) -> bool {
        self.whys.iter().any(|why| why.is_urgent())
    }

    /// Everybody was rung, and nobody took it or left it for the morning.
    pub(crate) fn is_rung_out(&self) -> bool {
        let is_parked = matches!(self.state, CaseState::Morning { .. }) && !self.is_left_for_morning;
        is_parked && self.next >= self.rungs.len() && self.rings.level() > 0
    }

    /// The last who was rung has had their minutes, too.
    pub(crate) fn is_in_vain(&self, now: Timestamp) -> bool {
        let last = self.rungs.last().filter(|_| self.is_rung_out());
        last.is_some_and(|last| now.duration_since(self.due(last)) >= SignedDuration::from_mins(TAKE_MIN))
    }

    /// For nothing that anybody waits to be answered.
    pub(crate) fn is_told_once(&self) -> bool {
        self.whys.iter().all(|why| why.is_told_once())
    }

    /// This person has said «Не могу».
    pub(crate) fn has_passed(&self, person: &PersonId) -> bool {
        self.passed.contains(person)
    }

    pub fn level(&self) -> u8 {
        self.rungs.get(self.next.saturating_sub(1)).map_or(2, |rung| rung.level)
    }

    pub fn take_until(&self) -> Timestamp {
        self.opened_at.saturating_add(SignedDuration::from_mins(TAKE_MIN)).unwrap_or(Timestamp::MAX)
    }

    /// The rung whose time has come.
    pub(super) fn due_rung(&self, now: Timestamp) -> Option<&Rung> {
        self.rungs.get(self.next).filter(|rung| self.due(rung) <= now)
    }

    pub(super) fn due(&self, rung: &Rung) -> Timestamp {
        self.opened_at.saturating_add(SignedDuration::from_mins(rung.after_min)).unwrap_or(Timestamp::MAX)
    }
}
