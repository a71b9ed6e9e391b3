//! Puts the pieces together: the wanted time, the old one, and what belongs to something else.

use std::collections::BTreeSet;

use jiff::{
    ToSpan,
    civil::{Date, DateTime, Time, time},
};

use super::{
    Clock, Half, Lead, Moment, Piece, Spot,
    clauses::{clauses, is_correction},
    shift,
};
use crate::{
    cues::Hit,
    meaning::{Found, Grain, When},
    words::{Gap, Token, Words},
};

/// The wanted and, for a reschedule, the old time.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Windows {
    pub when: Option<Found<When>>,
    pub old: Option<When>,
    /// Further times that would do as well as `when`: «в пн, ср или пт».
    pub others: Vec<When>,
    /// A part of the day that does not suit: «только не утром».
    pub refused: Option<(Time, Time)>,
    /// Minutes by which a time known before is to be moved, where the message names none itself.
    pub shift_min: Option<i64>,
}

impl Windows {
    /// «сегодня или завтра с утра», said late: of several times that would do, those that are over do not.
    pub(crate) fn without_past(mut self, now: DateTime) -> Self {
        self.others.retain(|other| !is_over(other, now));
        if let Some(when) = self.when.as_mut().filter(|when| is_over(&when.value, now))
            && !self.others.is_empty()
        {
            when.value = self.others.remove(0);
        }
        self
    }
}

fn is_over(when: &When, now: DateTime) -> bool {
    let Some(last) = when.to_on.or(when.from_on) else { return false };
    let end = when.to_at.or(when.from_at.filter(|_| when.grain == Grain::Time));
    last < now.date() || last == now.date() && end.is_some_and(|end| end <= now.time())
}

/// Chooses the pieces of the wanted and of the old time.
///
/// `marks` are hits of `lexicon/marks.txt`. `is_move`: the message moves a booking, so old times
/// are looked for. `opens_early` makes a bare 8 the morning.
pub(crate) fn settle(words: &Words, spots: &[Spot], marks: &[Hit<'_>], is_move: bool, opens_early: bool) -> Windows {
    let tokens = words.tokens.as_slice();
    let scene = Scene { tokens, tail: words.tail, spots, marks, clauses: clauses(tokens, marks), opens_early };
    let old: Vec<bool> =
        (0..spots.len()).map(|index| is_move && (scene.is_old(index) || scene.is_left_for_any(index))).collect();
    let shifts = scene.shifts();
    let wanted: Vec<&Spot> = spots
        .iter()
        .zip(&old)
        .filter(|(spot, is_old)| !**is_old && !spot.is_denied && !scene.is_call_time(spot))
        .filter(|(spot, _)| is_move || !scene.is_on_shift(spot, &shifts))
        .map(|(spot, _)| spot)
        .collect();
    let left: Vec<&Spot> = spots
        .iter()
        .zip(&old)
        .filter(|(spot, is_old)| **is_old || (is_move && spot.is_denied))
        .map(|(spot, _)| spot)
        .collect();
    let mut when = scene.window(&wanted);
    let others = if when.is_some() { scene.others(&wanted) } else { Vec::new() };
    let mut old = if is_move { scene.window(&left) } else { None };
    if is_move && scene.is_shifted_later(&wanted) {
        old = shift::with_hour(old, when.take());
    }
    if is_move {
        when = scene.moved(when, old.as_ref(), &wanted);
        if let (Some(old), Some(when)) = (&mut old, &when)
            && old.value.from_on.is_none()
        {
            old.value.from_on = when.value.from_on;
            old.value.to_on = when.value.to_on;
        }
        if let Some(old) = &mut old {
            close(&mut old.value);
        }
    }
    let has_hour = when.as_ref().is_some_and(|found| found.value.from_at.is_some() || found.value.to_at.is_some());
    let shift_min = scene.shift().filter(|_| !has_hour);
    let refused = spots.iter().find_map(|spot| match spot.piece {
        Piece::Part(from, to, _) if spot.is_denied && !has_hour => Some((from, to)),
        _ => None,
    });
    Windows { when, old: old.map(|found| found.value), others, refused, shift_min }
}

/// «уберите со среды, а поставьте на четверг»: one day is left for another.
pub(crate) fn leads_on(spots: &[Spot]) -> bool {
    let left = spots.iter().position(|spot| spot.lead == Lead::From && spot.piece.is_date());
    left.is_some_and(|left| spots.iter().skip(left + 1).any(|spot| spot.lead == Lead::Onto && spot.piece.is_date()))
}

pub(super) struct Scene<'a> {
    pub(super) tokens: &'a [Token],
    /// The marks after the last token.
    tail: Gap,
    pub(super) spots: &'a [Spot],
    marks: &'a [Hit<'a>],
    /// The number of clause ends before each token.
    pub(super) clauses: Vec<usize>,
    opens_early: bool,
}

/// A verb of moving stands so near behind the time that it moves.
const BEFORE_MOVE_TOKENS_MAX: usize = 5;

/// Verbs that move a visit.
pub(super) const MOVES: &[&str] = &[
    "двин",
    "сдвин",
    "подвин",
    "передвин",
    "перенес",
    "перенос",
    "перекин",
    "закин",
    "перекид",
    "переброс",
    "перебрас",
    "перебив",
    "перебей",
    "перестав",
    "перепиш",
    "перепис",
    "перезапи",
    "переигр",
    "перелож",
    "перемест",
    "перемещ",
    "смест",
    "отодвин",
];

/// Adjectives of a visit by its day: «пятничная тренировка».
const ADJECTIVES: &[&str] = &[
    "сегодняшн",
    "завтрашн",
    "послезавтрашн",
    "понедельничн",
    "вторничн",
    "четвергов",
    "пятничн",
    "субботн",
    "воскресн",
];

impl Scene<'_> {
    /// Whether a piece of a reschedule speaks of the booking as it stands.
    fn is_old(&self, index: usize) -> bool {
        let Some(spot) = self.spots.get(index) else { return false };
        // «на четверг с утра, вечером внучку забирать»: what is busy is no aim.
        let is_aim = |later: &Spot| matches!(later.lead, Lead::Onto | Lead::None);
        let has_later_aim = self.spots.iter().skip(index + 1).any(|later| is_aim(later) && !self.is_aside(later));
        let is_left = spot.lead == Lead::From && has_later_aim && !matches!(spot.piece, Piece::Range(..));
        let is_left_time = spot.piece.is_time()
            && index > 0
            && self.spots[index - 1].lead == Lead::From
            && has_later_aim
            && self.spots[index - 1].end == spot.start
            && self.spots[index - 1].piece.is_date();
        let is_stated_old = self.marks.iter().any(|mark| mark.label == "old_time" && self.covers(mark, index));
        let is_given_up = self.has_mark_in_clause("unable", spot)
            && self.spots.iter().any(|other| !self.has_mark_in_clause("unable", other));
        spot.lead == Lead::Instead
            || self.is_called_off(spot)
            || self.is_exchanged(spot)
            || self.is_before_move(spot)
            || self.is_of_booking(spot)
            || is_left
            || is_left_time
            || is_stated_old
            || is_given_up
            || self.is_given_for_later(index)
            || self.is_time_of_given_day(index)
    }

    /// The clauses that tell of a shift: «в четверг у меня смена».
    fn shifts(&self) -> BTreeSet<usize> {
        const TAKEN_BY: &[&str] = &["смена", "смене", "смену", "дежурство", "сутки", "работаю", "работаем"];
        let taken = self.tokens.iter().enumerate().filter(|(_, token)| token.is_any(TAKEN_BY));
        taken.map(|(at, _)| self.clause(at)).collect()
    }

    /// «в четверг у меня смена, давайте в пятницу»: what is on then is told, and another day is asked for.
    fn is_on_shift(&self, spot: &Spot, shifts: &BTreeSet<usize>) -> bool {
        let clause = self.clause(spot.start);
        let is_kin = |other: &&Spot| other.piece.is_date() == spot.piece.is_date();
        shifts.contains(&clause)
            && self.spots.iter().rev().find(is_kin).is_some_and(|last| self.clause(last.start) > clause)
    }

    /// «который завтра, на послезавтра», «не встану к десяти, давай к одиннадцати»: another piece of its
    /// kind is aimed at later, neither as a choice nor as a correction.
    fn is_given_for_later(&self, index: usize) -> bool {
        let Some(spot) = self.spots.get(index) else { return false };
        self.spots.iter().skip(index + 1).any(|later| {
            // «утром в 8»: the hour tells the part of the day nearer.
            let is_nearer = matches!(spot.piece, Piece::Part(..)) && !matches!(later.piece, Piece::Part(..));
            let is_kin = later.piece.is_date() == spot.piece.is_date()
                && later.piece.is_time() == spot.piece.is_time()
                && !(is_nearer && later.start <= spot.end + 1);
            let is_aim = if self.clause(later.start) == self.clause(spot.start) {
                later.lead == Lead::Onto && spot.lead == Lead::None
            } else {
                self.asks_in_clause(later)
            };
            is_kin && is_aim && !later.is_denied && !self.are_joined(spot, later)
        })
    }

    /// The time said beside a day that is given up for another.
    fn is_time_of_given_day(&self, index: usize) -> bool {
        let Some(spot) = self.spots.get(index).filter(|spot| spot.piece.is_time()) else { return false };
        let is_beside = |at: usize| {
            self.spots
                .get(at)
                .is_some_and(|day| day.piece.is_date() && self.clause(day.start) == self.clause(spot.start))
                && self.is_given_for_later(at)
        };
        // «мои завтрашние 11:00 отдайте, а меня на 17:30»
        let is_of_visit = |at: usize| {
            let day = self.spots.get(at).filter(|day| day.end == spot.start && self.is_adjective(day));
            day.is_some() && self.spots.iter().skip(index + 1).any(|later| later.piece.is_time())
        };
        index.checked_sub(1).is_some_and(|at| is_beside(at) || is_of_visit(at)) || is_beside(index + 1)
    }

    /// «в среду или в пятницу», «в среду, ой, в четверг»: a choice or a correction.
    fn are_joined(&self, left: &Spot, right: &Spot) -> bool {
        let between = self.tokens.get(left.end..right.start + 1).unwrap_or_default();
        let is_corrected = self.corrections().any(|at| (left.end..=right.start).contains(&at));
        is_corrected
            || between.iter().any(|token| token.is_any(&["или", "либо", "и", "по", "до"]))
            || (right.start == left.end && between.iter().any(|token| token.gap.has(Gap::DASH)))
    }

    /// Whether the clause of a piece asks for it: «давай к одиннадцати», «а мне бы в понедельник».
    fn asks_in_clause(&self, spot: &Spot) -> bool {
        const ASKS: &[&str] = &[
            "дава",
            "лучше",
            "можно",
            "найд",
            "удоб",
            "получит",
            "реальн",
            "норм",
            "хоч",
            "хотел",
            "подбер",
            "посмотр",
            "если",
            "запиш",
            "сможе",
            "подыщ",
            "воткн",
            "впихн",
            "втисн",
            "пойдет",
            "устро",
        ];
        self.says_beside(spot, |token| token.is("бы") || token.starts_any(ASKS) || token.starts_any(MOVES))
    }

    /// Whether such a word stands in the clause of a piece.
    pub(super) fn says_beside(&self, spot: &Spot, is_it: impl Fn(&Token) -> bool) -> bool {
        let clause = self.clause(spot.start);
        self.tokens.iter().enumerate().any(|(at, token)| self.clause(at) == clause && is_it(token))
    }

    /// «в среду соревнования, можно на другой день?»: the day that something else is on.
    fn is_left_for_any(&self, index: usize) -> bool {
        let is_one = self.spots.iter().filter(|other| other.piece.is_date()).count() == 1;
        let is_left = self
            .spots
            .get(index)
            .is_some_and(|spot| spot.piece.is_date() && (is_one && spot.lead == Lead::Onto || self.is_aside(spot)));
        is_left && self.is_any_other_day()
    }

    /// «педикюр завтра в 15 сдвиньте на вечер»: said before the verb of moving, which has an aim of its own.
    fn is_before_move(&self, spot: &Spot) -> bool {
        let verb = self.tokens.iter().enumerate().skip(spot.end).take(BEFORE_MOVE_TOKENS_MAX);
        let verb = verb.take_while(|(_, token)| !token.gap.ends_sentence()).find(|(_, token)| token.starts_any(MOVES));
        let Some((at, _)) = verb else { return false };
        let is_aim = |other: &Spot| {
            let lead = self.tokens.get(at + 1..other.start + 1).unwrap_or_default();
            other.start > at && lead.len() <= 2 && lead.iter().any(|token| token.is_any(&["на", "к"]))
        };
        self.spots.iter().any(is_aim)
    }

    /// «меняю пятницу на субботу»: given away for what comes later.
    fn is_exchanged(&self, spot: &Spot) -> bool {
        let verb = spot.start.checked_sub(1).and_then(|at| self.tokens.get(at));
        verb.is_some_and(|token| token.starts_any(&["меня", "поменя", "смен", "замен", "обменя"]))
            && self.spots.iter().any(|other| other.start > spot.start && other.lead == Lead::Onto)
    }

    /// «педикюр в среду вычеркните, и впишите в пятницу»: another day is asked for in a later clause.
    fn is_called_off(&self, spot: &Spot) -> bool {
        let clause = self.clause(spot.start);
        let is_off = self.says_beside(spot, |token| {
            token.starts_any(&["вычер", "отмен", "аннул", "сним", "уберите", "убира", "удалите"])
        });
        let is_put = |other: &Spot| {
            let between = self.tokens.get(spot.end..other.start).unwrap_or_default();
            between.iter().any(|token| token.starts_any(&["постав", "запиш", "впиш"]))
        };
        is_off
            && self
                .spots
                .iter()
                .filter(|other| other.start > spot.start && other.piece.is_date() == spot.piece.is_date())
                .any(|other| self.clause(other.start) > clause || is_put(other))
    }

    /// «мою пятничную запись», «завтрашнюю тренировку»: an adjective of the booking as it stands.
    fn is_of_booking(&self, spot: &Spot) -> bool {
        // «субботний английский перенести»: nothing else is aimed at.
        let is_moved =
            || self.spots.len() == 1 && self.tokens.iter().skip(spot.end).any(|token| token.starts_any(MOVES));
        let has_aim = self.spots.iter().any(|other| other.start > spot.start);
        spot.lead != Lead::Onto && self.is_adjective(spot) && (has_aim || is_moved())
    }

    fn is_adjective(&self, spot: &Spot) -> bool {
        self.tokens.get(spot.start).is_some_and(|token| token.starts_any(ADJECTIVES))
    }

    /// «после пятницы», «после выходных»: from the next day on. «После завтра» is a day itself, and
    /// «после пятничной тренировки» the day of the training.
    fn is_after(&self, spot: &Spot) -> bool {
        let says_after = self.tokens.get(spot.start).is_some_and(|token| token.is("после"));
        spot.lead == Lead::After && spot.piece.is_date() && !says_after && !self.is_adjective(spot)
    }

    /// A mark that overlaps the piece, or on the date or time right before it in the same clause.
    fn covers(&self, mark: &Hit<'_>, index: usize) -> bool {
        let Some(spot) = self.spots.get(index) else { return false };
        if mark.start < spot.end && spot.start < mark.end {
            // «я записан на пятницу, давай на воскресенье»: what another clause aims at is no old time.
            // «в четверг не успеваем, пятница 18:30?»: nor what follows a day that the mark has of its own.
            let clause = self.clause(mark.start);
            let has_own = || self.spots.iter().any(|other| self.clause(other.start) == clause);
            let is_elsewhere = clause < self.clause(spot.start) && (spot.lead == Lead::Onto || has_own());
            return !is_elsewhere && !self.is_aimed(spot, mark);
        }
        let before = index.checked_sub(1).and_then(|before| self.spots.get(before));
        before.is_some_and(|before| {
            let is_next = spot.start <= before.end + 1 && before.piece.is_date() != spot.piece.is_date();
            is_next && self.clause(before.start) == self.clause(spot.start) && self.covers(mark, index - 1)
        })
    }

    /// «запись перенести на пятницу»: a verb of moving between the mark and the piece; or before them,
    /// «перенесите запись на пятницу», when no other day is aimed at later.
    fn is_aimed(&self, spot: &Spot, mark: &Hit<'_>) -> bool {
        let between = self.tokens.get(mark.start..spot.start).unwrap_or_default();
        let is_last = self.spots.iter().all(|other| other.start <= spot.start);
        let after = self.tokens.get(spot.end..spot.end + 2).or(self.tokens.get(spot.end..)).unwrap_or_default();
        let is_only_aim = spot.lead == Lead::Onto
            && !self.spots.iter().any(|other| {
                other.start > spot.start && other.lead == Lead::Onto && other.piece.is_date() == spot.piece.is_date()
            });
        let is_said_with = |at: &usize| self.clause(*at) == self.clause(mark.start);
        let lead_in = (mark.start.saturating_sub(2)..mark.start).filter(|_| is_only_aim).filter(is_said_with);
        let verbs = between
            .iter()
            .chain(after.iter().filter(|_| is_last && spot.lead == Lead::Onto))
            .chain(lead_in.filter_map(|at| self.tokens.get(at)));
        verbs.into_iter().any(|token| {
            token.starts_any(MOVES) || token.starts_any(&["поменя", "измен", "сменит", "сделай", "поставь", "ставьте"])
        })
    }

    /// «звонить после 10»: when to call, not when to come.
    fn is_call_time(&self, spot: &Spot) -> bool {
        let holds = |at: usize| (spot.start..spot.end).contains(&at);
        let is_led =
            self.marks.iter().any(|mark| mark.label == "call_time" && (holds(mark.end - 1) || holds(mark.start)));
        let before = self.spots.iter().find(|before| before.end == spot.start);
        is_led || before.is_some_and(|before| self.is_call_time(before))
    }

    /// The number of clause ends before a token.
    pub(super) fn clause(&self, at: usize) -> usize {
        self.clauses.get(at).or(self.clauses.last()).copied().unwrap_or(0)
    }

    pub(super) fn has_mark_in_clause(&self, label: &str, spot: &Spot) -> bool {
        let clause = self.clause(spot.start);
        self.marks.iter().any(|mark| mark.label == label && self.clause(mark.start) == clause && !self.is_offered(mark))
    }

    fn is_unable_behind(&self, spot: &Spot) -> bool {
        let clause = self.clause(spot.start);
        // «до 15 потом не могу» is until 15.
        let turns = |from: usize, to: usize| {
            let between = self.tokens.get(from..to).unwrap_or_default();
            between.iter().any(|token| token.is_any(&["позже", "потом", "после", "дальше", "позднее"]))
        };
        let is_behind = |mark: &Hit<'_>| {
            mark.start >= spot.end && self.clause(mark.start) == clause && !turns(spot.end, mark.start)
        };
        self.marks.iter().any(|mark| mark.label == "unable" && is_behind(mark) && !self.is_offered(mark))
    }

    /// «а в субботу никак?», «на четверг никак нельзя?»: who asks so would come.
    fn is_offered(&self, mark: &Hit<'_>) -> bool {
        let is_forbidden = self.tokens.get(mark.end).is_some_and(|next| next.is("нельзя") && !next.gap.ends_clause());
        let after = self.tokens.get(mark.end + usize::from(is_forbidden)).map_or(self.tail, |next| next.gap);
        after.has(Gap::QUESTION)
            && self.tokens.get(mark.start).is_some_and(|token| token.is_any(&["никак", "занято", "занят", "занята"]))
    }

    /// The days and the times that count: what a correction replaced and what speaks of other business is dropped.
    pub(super) fn picked<'s>(&self, spots: &[&'s Spot]) -> (Vec<&'s Spot>, Vec<&'s Spot>) {
        let corrected_at = self.correction(spots);
        let pick = |is_kind: fn(&Piece) -> bool| {
            let kind: Vec<&'s Spot> = spots.iter().copied().filter(|spot| is_kind(&spot.piece)).collect();
            let after = kind.iter().filter(|spot| corrected_at.is_some_and(|at| spot.start >= at)).count();
            let kept: Vec<&'s Spot> =
                kind.iter().copied().skip(if after > 0 { kind.len() - after } else { 0 }).collect();
            // «думал в среду, но в среду не могу»: what does not suit does not suit wherever it is said.
            let is_ruled_out =
                |spot: &Spot| self.spots.iter().any(|other| other.piece == spot.piece && self.is_aside(other));
            let own: Vec<&'s Spot> =
                kept.iter().copied().filter(|spot| !self.is_aside(spot) && !is_ruled_out(spot)).collect();
            if own.is_empty() { kept } else { own }
        };
        let dates = pick(Piece::is_date);
        let times = pick(Piece::is_time);
        let times = if dates.is_empty() || !self.are_all_elsewhere(&times) { times } else { Vec::new() };
        (dates, times)
    }

    /// The picked pieces as one time.
    fn window(&self, spots: &[&Spot]) -> Option<Found<When>> {
        let (dates, times) = self.picked(spots);
        let (dates, times) = self.first_choice(&dates, &times);
        let (dates, times) = self.timed_day(dates, times);
        let first = dates.iter().chain(&times).map(|spot| spot.start).min()?;
        let last = dates.iter().chain(&times).map(|spot| spot.end).max()?;
        let span = (self.tokens.get(first)?.span.0, self.tokens.get(last - 1)?.span.1);
        Some(Found { value: self.join(&dates, &times)?, span })
    }

    /// «чистку в среду уберите, вместо неё снимок в субботу к 12»: of days of several clauses the one whose hour is said.
    fn timed_day<'s>(&self, dates: Vec<&'s Spot>, times: Vec<&'s Spot>) -> (Vec<&'s Spot>, Vec<&'s Spot>) {
        // «на субботу, 13:00»: right behind the day over a comma, too.
        let is_beside =
            |day: &Spot, time: &Spot| self.clause(day.start) == self.clause(time.start) || day.end == time.start;
        let is_timed = |day: &Spot| times.iter().any(|time| is_beside(day, time));
        let found = match &dates[..] {
            [first, .., last]
                if !is_timed(first)
                    && self.clause(first.start) < self.clause(last.start)
                    && !self.are_joined(first, last) =>
            {
                dates.iter().copied().find(|day| is_timed(day))
            }
            _ => None,
        };
        let Some(day) = found else { return (dates, times) };
        let own = times.into_iter().filter(|time| is_beside(day, time)).collect();
        (vec![day], own)
    }

    /// The last correction that stands between pieces.
    fn correction(&self, spots: &[&Spot]) -> Option<usize> {
        let (first, last) = (spots.first()?.start, spots.last()?.start);
        self.corrections().filter(|at| *at > first && *at <= last).max()
    }

    fn corrections(&self) -> impl Iterator<Item = usize> {
        self.marks.iter().filter(|mark| is_correction(self.tokens, mark)).map(|mark| mark.start)
    }

    pub(super) fn join(&self, dates: &[&Spot], times: &[&Spot]) -> Option<When> {
        // «после выходных, во вторник»: the day itself says more.
        let is_told_again = dates.len() > 1 && dates.first().is_some_and(|first| self.is_after(first));
        let dates = dates.get(usize::from(is_told_again)..).unwrap_or_default();
        let day = dates.first().map(|first| self.joined_days(first, dates.get(1).copied()));
        let part = times.iter().find_map(|spot| match spot.piece {
            Piece::Part(from, to, half) => Some((from, to, half)),
            _ => None,
        });
        let exact = times.iter().find(|spot| !matches!(spot.piece, Piece::Part(..)));
        let half = part.and_then(|(.., half)| half);
        let mut when = match exact.map(|spot| spot.piece) {
            Some(Piece::At(clock)) => self.timed(Grain::Time, Some(clock), None, half),
            Some(Piece::After(clock)) => match until(times) {
                Some(end) => self.timed(Grain::Range, Some(clock), Some(end), half),
                None => self.timed(Grain::After, Some(clock), None, half),
            },
            // «до 18 не могу» is from 18 on.
            Some(Piece::Before(clock)) if exact.is_some_and(|spot| self.is_unable_behind(spot)) => {
                self.timed(Grain::After, Some(clock), None, half)
            }
            Some(Piece::Before(clock)) => self.timed(Grain::Before, None, Some(clock), half),
            Some(Piece::Range(from, to)) => self.timed(Grain::Range, Some(from), Some(to), half),
            Some(Piece::Instant(moment)) => When {
                from_on: Some(moment.date()),
                to_on: Some(moment.date()),
                is_date_stated: true,
                ..blank(Grain::Time, Some(minute_of(moment.time())), None)
            },
            Some(Piece::Span(from, to)) => {
                let last = if to.date() > from.date() { time(23, 59, 0, 0) } else { to.time() };
                When {
                    from_on: Some(from.date()),
                    to_on: Some(from.date()),
                    is_date_stated: true,
                    is_hour_certain: true,
                    ..blank(Grain::Range, Some(minute_of(from.time())), Some(minute_of(last)))
                }
            }
            Some(Piece::Stretch(from, to)) => self.stretched(from, to),
            _ => part.map_or_else(
                || blank(Grain::Day, None, None),
                |(from, to, _)| blank(Grain::Part, Some(from), Some(to)),
            ),
        };
        if let Some((from, to, is_open)) = day {
            when.from_on = Some(from);
            when.to_on = (!is_open || when.grain != Grain::Day).then_some(to);
            when.is_date_stated = true;
            when.grain = match when.grain {
                Grain::Day if is_open => Grain::FromDay,
                _ if to > from => Grain::Days,
                grain => grain,
            };
        }
        Some(when)
    }

    /// The first date, stretched to the second where «с … по …» or a dash joins them; open when
    /// «с» stands alone.
    fn joined_days(&self, first: &Spot, second: Option<&Spot>) -> (Date, Date, bool) {
        let (from, to) = bounds(first.piece);
        let is_joined = |second: &&Spot| {
            let is_dashed = second.start == first.end
                && self.tokens.get(second.start).is_some_and(|token| token.gap.has(Gap::DASH));
            (second.lead == Lead::Till && first.lead == Lead::From) || is_dashed
        };
        if let Some(second) = second.filter(is_joined) {
            let (_, end) = bounds(second.piece);
            return (from, if end < from { end.checked_add(7.days()).unwrap_or(end) } else { end }, false);
        }
        if self.is_after(first) {
            let next = to.tomorrow().unwrap_or(to);
            return (next, next, true);
        }
        // «из завтрашней записи» is that day alone.
        let is_open = first.lead == Lead::From && !self.is_adjective(first);
        (from, to, is_open && matches!(first.piece, Piece::Day(_)))
    }

    fn timed(&self, grain: Grain, from: Option<Clock>, to: Option<Clock>, half: Option<Half>) -> When {
        let read = |clock: Clock| self.hour(Clock { half: clock.half.or(half), ..clock });
        let from_read = from.map(read);
        let to_read = to.map(|clock| {
            let (at, is_certain) = read(clock);
            // «с 9 до 6»: the end of a range lies after its beginning.
            let is_late = from_read.is_some_and(|(start, _)| at <= start) && at.hour() < 12;
            (if is_late { at.saturating_add(12.hours()) } else { at }, is_certain)
        });
        let is_hour_certain = [from_read, to_read].iter().flatten().all(|(_, is_certain)| *is_certain);
        When { is_hour_certain, ..blank(grain, from_read.map(|(at, _)| at), to_read.map(|(at, _)| at)) }
    }

    /// From the moment on the first day to the one on the last.
    fn stretched(&self, from: Moment, to: Moment) -> When {
        let read = |clock: Option<Clock>| clock.map(|clock| self.hour(clock));
        let (from_at, to_at) = (read(from.1), read(to.1));
        let is_hour_certain = [from_at, to_at].iter().flatten().all(|(_, is_certain)| *is_certain);
        let from_at = from_at.map_or(Time::midnight(), |(at, _)| at);
        let to_at = to_at.map_or(time(23, 59, 0, 0), |(at, _)| at);
        When {
            from_on: Some(from.0),
            to_on: Some(to.0),
            is_date_stated: true,
            is_hour_certain,
            ..blank(Grain::Range, Some(from_at), Some(to_at))
        }
    }

    /// The hour on the wall and whether it needed no guess.
    fn hour(&self, clock: Clock) -> (Time, bool) {
        let afternoon = |hour: i8| if hour < 12 { hour + 12 } else { hour };
        let hour = match clock.half {
            Some(Half::Morning) => clock.hour % 24,
            Some(Half::Day) if clock.hour <= 6 => afternoon(clock.hour),
            Some(Half::Evening) => afternoon(clock.hour),
            Some(Half::Night) => {
                if clock.hour == 12 {
                    0
                } else if clock.hour >= 9 {
                    afternoon(clock.hour) % 24
                } else {
                    clock.hour
                }
            }
            Some(Half::Day) => clock.hour,
            None => match clock.hour {
                1..=6 => clock.hour + 12,
                7 if clock.minute == 0 || !self.opens_early => 19,
                7 => 19,
                8 if !self.opens_early => 20,
                hour => hour,
            },
        };
        let is_certain = clock.half.is_some() || clock.hour > 12 || clock.hour == 0;
        (time(hour.clamp(0, 23), clock.minute.clamp(0, 59), 0, 0), is_certain)
    }

    /// «на любой другой день», «в другую дату»: not the day of the booking as it stands.
    pub(super) fn is_any_other_day(&self) -> bool {
        self.tokens.windows(2).any(|pair| {
            pair[0].starts_any(&["друг", "любо", "иной", "какой"])
                && pair[1].is_any(&["день", "денек", "дня", "дату", "число"])
        })
    }
}

/// «со среды на четверг», «с семи на восемь»: a visit is at a time, not from it on.
pub(crate) fn close(old: &mut When) {
    match old.grain {
        Grain::FromDay => {
            old.grain = Grain::Day;
            old.to_on = old.from_on;
        }
        Grain::After => old.grain = Grain::Time,
        _ => {}
    }
}

/// The end in «после четырёх и до семи».
fn until(times: &[&Spot]) -> Option<Clock> {
    times.iter().find_map(|spot| match spot.piece {
        Piece::Before(clock) => Some(clock),
        _ => None,
    })
}

/// The minute of a time, seconds left out.
fn minute_of(at: Time) -> Time {
    time(at.hour(), at.minute(), 0, 0)
}

const fn bounds(piece: Piece) -> (Date, Date) {
    match piece {
        Piece::Day(day) => (day, day),
        Piece::Days(from, to) => (from, to),
        _ => (Date::ZERO, Date::ZERO),
    }
}

pub(super) const fn blank(grain: Grain, from_at: Option<Time>, to_at: Option<Time>) -> When {
    When { grain, from_on: None, to_on: None, from_at, to_at, is_date_stated: false, is_hour_certain: false }
}
