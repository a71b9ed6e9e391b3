//! Several times that would all do: «в пн, ср или пт», «в четверг вечером или в субботу утром».

use super::{Lead, Piece, Spot, window::Scene};
use crate::{meaning::When, words::Gap};

/// More ways out than this are no choice but a list of everything.
const CHOICES_MAX: usize = 6;

/// Words that may stand between two days of a choice.
const BETWEEN: &[&str] = &["или", "либо", "и", "в", "во", "на", "к", "можно", "лучше", "еще", "ну", "иль"];

impl Scene<'_> {
    /// The days and times of the first choice, where the message gives several.
    pub(super) fn first_choice<'s>(&self, dates: &[&'s Spot], times: &[&'s Spot]) -> (Vec<&'s Spot>, Vec<&'s Spot>) {
        self.choices(dates, times).into_iter().next().unwrap_or_else(|| (dates.to_vec(), times.to_vec()))
    }

    /// What would do as well as the first choice, in the order said.
    pub(super) fn others(&self, spots: &[&Spot]) -> Vec<When> {
        let (dates, times) = self.picked(spots);
        let choices = self.choices(&dates, &times);
        let mut found: Vec<When> = choices.iter().filter_map(|(dates, times)| self.join(dates, times)).collect();
        // «завтра, в среду» may be one day told twice.
        found.dedup();
        found.into_iter().skip(1).take(CHOICES_MAX).collect()
    }

    /// Every day of a choice with its own times; empty where nothing is to be chosen from.
    fn choices<'s>(&self, dates: &[&'s Spot], times: &[&'s Spot]) -> Vec<(Vec<&'s Spot>, Vec<&'s Spot>)> {
        let are_chosen_from = |spots: &[&Spot]| {
            spots.len() > 1 && spots.windows(2).all(|pair| self.is_choice(pair[0], pair[1], dates, times))
        };
        if are_chosen_from(dates) {
            return dates.iter().enumerate().map(|(at, day)| (vec![*day], self.times_of(at, dates, times))).collect();
        }
        let is_said = |spots: &[&Spot]| spots.windows(2).any(|pair| self.is_either(pair[0], pair[1]));
        if dates.len() <= 1 && is_said(times) && are_chosen_from(times) {
            return times.iter().map(|time| (dates.to_vec(), vec![*time])).collect();
        }
        Vec::new()
    }

    /// The times of one of the days: its own, or those said once for all of them.
    fn times_of<'s>(&self, at: usize, dates: &[&'s Spot], times: &[&'s Spot]) -> Vec<&'s Spot> {
        let (first, last) = (dates[0], dates[dates.len() - 1]);
        let is_for_all = times.iter().all(|time| time.start < first.start)
            || times.iter().all(|time| time.start > last.start) && !self.is_of_last(last, times);
        if is_for_all {
            return times.to_vec();
        }
        let until = dates.get(at + 1).map_or(usize::MAX, |next| next.start);
        let own = times.iter().filter(|time| time.start > dates[at].start && time.start < until);
        own.copied().collect()
    }

    /// «в субботу, или в воскресенье, но только утром»: the time is of the last day alone.
    fn is_of_last(&self, last: &Spot, times: &[&Spot]) -> bool {
        let first = times.iter().map(|time| time.start).min().unwrap_or(last.end);
        let between = self.tokens.get(last.end..first).unwrap_or_default();
        between.iter().any(|token| token.is("но"))
    }

    /// Both may be chosen: «или» stands between them, or a comma or «и» and nothing that says otherwise.
    fn is_choice(&self, left: &Spot, right: &Spot, dates: &[&Spot], times: &[&Spot]) -> bool {
        let is_open = |spot: &Spot| matches!(spot.lead, Lead::None | Lead::Onto);
        let is_of_time = |at: usize| dates.iter().chain(times).any(|spot| (spot.start..spot.end).contains(&at));
        let mut between = left.end..right.start;
        let are_small = between.all(|at| {
            self.tokens
                .get(at)
                .is_some_and(|token| token.is_any(BETWEEN) || token.roles.service || token.roles.specialist)
                || is_of_time(at)
        });
        let opener = self.tokens.get(right.start);
        let is_listed = opener.is_some_and(|token| token.gap.has(Gap::COMMA) || token.gap.has(Gap::SLASH))
            || self.tokens.get(left.end..right.start).unwrap_or_default().iter().any(|token| token.is("и"));
        let are_days = [left, right].iter().all(|spot| !matches!(spot.piece, Piece::Days(..)));
        is_open(left) && is_open(right) && are_small && (self.is_either(left, right) || is_listed && are_days)
    }

    fn is_either(&self, left: &Spot, right: &Spot) -> bool {
        let between = self.tokens.get(left.end..right.start).unwrap_or_default();
        between.iter().any(|token| token.is_any(&["или", "либо", "иль"]))
    }
}
