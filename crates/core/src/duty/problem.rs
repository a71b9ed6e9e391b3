//! What is amiss with the duty of the coming time, in words for the owner.

use jiff::{SignedDuration, Timestamp};

use super::changes::{Changes, Span};
use super::joined;
use super::roster::{Piece, Roster};
use crate::business::{Role, Settings};
use crate::notice::person_name;
use crate::values::PersonId;
use crate::wall;

/// Nobody stays awake for longer. Source: product description, section 7.
const STRETCH_MAX: SignedDuration = SignedDuration::from_hours(24);

/// Something to mend, and the time it is about, cut to the time looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub trouble: Trouble,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    Nobody,
    /// Away in their own shift, with nobody instead.
    Absent(PersonId),
    /// On duty, but no longer in the document.
    Left(PersonId),
    /// On duty without any way to be called.
    NoMeans(PersonId),
    TooLong(PersonId),
}

/// Lists what is amiss between two moments, the earliest first; empty when all is well.
///
/// That everybody is on duty all the time, where there are no shifts, is no overlong stretch.
pub fn problems(settings: &Settings, changes: &Changes, now: Timestamp, until: Timestamp) -> Vec<Problem> {
    let pieces = Roster::new(settings, changes, Role::Duty, Span { from: now, to: until }).pieces();
    let nobody = spans(&pieces, |piece| if piece.on.is_empty() { vec![""] } else { Vec::new() });
    let absent = spans(&pieces, |piece| piece.missed.clone());
    let left = spans(&pieces, |piece| piece.left.clone());
    let mute = spans(&pieces, |piece| {
        piece.on.iter().filter(|person| !settings.has_means(person)).map(|person| person.id.as_str()).collect()
    });
    let mut long = spans(&pieces, |piece| piece.on.iter().map(|person| person.id.as_str()).collect());
    let has_shifts = settings.document.shifts.iter().any(|shift| shift.role == Role::Duty);
    long.retain(|(_, span)| has_shifts && span.to.duration_since(span.from) > STRETCH_MAX);
    let person = |id: &str| PersonId::new(id);
    let mut found: Vec<Problem> = Vec::new();
    found.extend(nobody.into_iter().map(|(_, span)| Problem { trouble: Trouble::Nobody, span }));
    found.extend(absent.into_iter().map(|(id, span)| Problem { trouble: Trouble::Absent(person(id)), span }));
    found.extend(left.into_iter().map(|(id, span)| Problem { trouble: Trouble::Left(person(id)), span }));
    found.extend(mute.into_iter().map(|(id, span)| Problem { trouble: Trouble::NoMeans(person(id)), span }));
    found.extend(long.into_iter().map(|(id, span)| Problem { trouble: Trouble::TooLong(person(id)), span }));
    found.sort_by_key(|problem| problem.span);
    found
}

/// When each of the ids that a piece names is named, without breaks.
fn spans<'a>(pieces: &[Piece<'a>], named: impl Fn(&Piece<'a>) -> Vec<&'a str>) -> Vec<(&'a str, Span)> {
    joined(pieces.iter().flat_map(|piece| named(piece).into_iter().map(|id| (id, piece.span))))
}

impl Problem {
    /// Somebody may be called in vain: not so when a person is merely on for too long.
    pub fn is_grave(&self) -> bool {
        !matches!(self.trouble, Trouble::TooLong(_))
    }

    /// A sentence with the day and the hours, and what to do.
    pub fn text(&self, settings: &Settings) -> String {
        let when = wall::span(settings.wall(self.span.from), settings.wall(self.span.to));
        let name = |id| person_name(settings, id);
        match &self.trouble {
            Trouble::Nobody => format!("Никто не дежурит: {when}. Добавьте смену или назначьте подмену."),
            Trouble::Absent(id) => {
                format!("{} отсутствует в свою смену: {when}. Замены нет, назначьте подмену.", name(id))
            }
            Trouble::Left(id) => {
                format!("Дежурит «{id}», а в документе такого человека нет: {when}. Назначьте другого.")
            }
            Trouble::NoMeans(id) => {
                format!("{} дежурит, а позвать нечем: {when}. Подключите мессенджер или уведомления.", name(id))
            }
            Trouble::TooLong(id) => {
                format!("{} дежурит больше суток подряд: {when}. Разделите смену на двоих.", name(id))
            }
        }
    }
}
