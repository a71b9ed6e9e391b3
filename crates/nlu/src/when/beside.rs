//! Times that are said of something else than the visit: other business, a bound, an objection.

use super::{Lead, Spot, window::Scene};

impl Scene<'_> {
    /// Speaks of other business, or of a time that does not suit.
    pub(super) fn is_aside(&self, spot: &Spot) -> bool {
        ["elsewhere", "unable"].into_iter().any(|label| self.has_mark_in_clause(label, spot))
            || self.is_deadline(spot)
            || self.is_objected_to(spot)
    }

    /// «13-е же суббота. Давайте в понедельник»: said against that day, and another is named.
    fn is_objected_to(&self, spot: &Spot) -> bool {
        let clause = self.clause(spot.start);
        let is_said = self.tokens.get(spot.end).is_some_and(|token| token.is_any(&["же", "ведь"]));
        let is_later = |other: &Spot| other.piece.is_date() && self.clause(other.start) > clause;
        spot.piece.is_date() && is_said && self.spots.iter().any(is_later)
    }

    /// «до 23 февраля успею? 22 числа открыты?»: by when, not when; another day is named.
    fn is_deadline(&self, spot: &Spot) -> bool {
        let clause = self.clause(spot.start);
        let is_hurried = self.says_beside(spot, |token| token.starts_any(&["успе", "попад", "втисн", "впихн"]));
        let opener = spot.start.checked_sub(1).and_then(|at| self.tokens.get(at));
        let is_by = spot.lead == Lead::Till || opener.is_some_and(|token| token.is_any(&["к", "перед"]));
        let has_other = || {
            self.spots
                .iter()
                .any(|other| other.piece.is_date() && other.start > spot.end && self.clause(other.start) > clause)
        };
        spot.piece.is_date() && is_by && is_hurried && has_other()
    }

    pub(super) fn are_all_elsewhere(&self, times: &[&Spot]) -> bool {
        let has_other_clause = self.clauses.last().is_some_and(|last| *last > 0);
        has_other_clause && !times.is_empty() && times.iter().all(|spot| self.has_mark_in_clause("elsewhere", spot))
    }
}
