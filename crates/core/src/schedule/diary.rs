//! Busy time sorted by whose it is, once for a whole search.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use super::visit::Visit;
use super::{Busy, Lesson, Seat, Subject, Unit};
use crate::business::Specialist;

/// Half-open.
pub(super) type Span = (Timestamp, Timestamp);

/// Longest a lesson may have begun before the day that is looked at and still go on in it.
const LESSON_REACH: SignedDuration = SignedDuration::from_hours(48);

/// Taken time of one specialist or one unit.
#[derive(Clone, Default)]
struct Diary<'a> {
    /// What nobody shares; apart from each other and earliest first once settled.
    taken: Vec<Span>,
    /// Seats in lessons of the wanted service, earliest first once settled.
    seats: Vec<(Span, &'a Seat)>,
}

/// The diaries of those who could serve, and of what the visit needs.
pub(super) struct Diaries<'a> {
    specialists: Vec<Diary<'a>>,
    resources: HashMap<&'a str, Vec<Diary<'a>>>,
}

/// One day of a diary.
pub(super) struct Page<'d, 'a> {
    pub taken: &'d [Span],
    seats: &'d [(Span, &'a Seat)],
}

impl<'a> Diaries<'a> {
    pub fn new(busy: &'a [Busy], candidates: impl Iterator<Item = &'a Specialist>, visit: &Visit<'a>) -> Self {
        let places: HashMap<&str, usize> =
            candidates.enumerate().map(|(place, who)| (who.id.as_str(), place)).collect();
        let units = |count| vec![Diary::default(); usize::from(count)];
        let mut diaries = Self {
            specialists: vec![Diary::default(); places.len()],
            resources: visit.needs.iter().map(|need| (need.resource, units(need.count))).collect(),
        };
        for busy in busy.iter().filter(|busy| busy.from < busy.to) {
            if let Some(diary) = diaries.of(&busy.subject, &places) {
                diary.put(busy, visit);
            }
        }
        diaries.specialists.iter_mut().chain(diaries.resources.values_mut().flatten()).for_each(Diary::settle);
        diaries
    }

    fn of(&mut self, subject: &Subject, places: &HashMap<&str, usize>) -> Option<&mut Diary<'a>> {
        match subject {
            Subject::Specialist(id) => places.get(id.as_str()).and_then(|place| self.specialists.get_mut(*place)),
            Subject::Unit(unit) => {
                let place = usize::from(unit.number).checked_sub(1)?;
                self.resources.get_mut(unit.resource.as_str())?.get_mut(place)
            }
        }
    }

    pub fn page(&self, candidate: usize, day: Span) -> Page<'_, 'a> {
        self.specialists[candidate].page(day)
    }

    /// The unit to take: the one where the lesson already is, else the first that is free.
    pub fn unit(&self, resource: &str, time: Span, lesson: Option<&Lesson>) -> Option<Unit> {
        let units = self.resources.get(resource)?;
        let state = |diary: &Diary| {
            let page = diary.page(time);
            let used = lesson.map_or(Some(0), |lesson| page.seats_of(lesson, time).map(|used| used.len()));
            used.filter(|_| page.is_free(time.0, time.1))
        };
        let free = units.iter().enumerate().filter_map(|(place, diary)| Some((state(diary)?, place)));
        let (_, place) = free.max_by_key(|(used, place)| (*used > 0, std::cmp::Reverse(*place)))?;
        Some(Unit { resource: resource.to_owned(), number: u16::try_from(place + 1).ok()? })
    }
}

impl<'a> Diary<'a> {
    fn put(&mut self, busy: &'a Busy, visit: &Visit<'_>) {
        let wanted = visit.group.as_ref().map(|(service, _)| service);
        let time = (busy.from, busy.to);
        match busy.seat.as_ref().filter(|seat| Some(&seat.lesson.service) == wanted) {
            Some(seat) => self.seats.push((time, seat)),
            None => self.taken.push(time),
        }
    }

    /// Sorts, and joins what overlaps or touches.
    fn settle(&mut self) {
        self.seats.sort_unstable_by_key(|(time, seat)| (*time, seat.number));
        self.taken.sort_unstable();
        self.taken.dedup_by(|later, earlier| {
            let is_joined = later.0 <= earlier.1;
            if is_joined {
                earlier.1 = earlier.1.max(later.1);
            }
            is_joined
        });
    }

    fn page(&self, (from, to): Span) -> Page<'_, 'a> {
        let first = self.taken.partition_point(|span| span.1 <= from);
        let taken = &self.taken[first..];
        let reach = from.saturating_sub(LESSON_REACH).unwrap_or(Timestamp::MIN);
        let first = self.seats.partition_point(|(span, _)| span.0 < reach);
        let seats = &self.seats[first..];
        Page {
            taken: &taken[..taken.partition_point(|span| span.0 < to)],
            seats: &seats[..seats.partition_point(|(span, _)| span.0 < to)],
        }
    }
}

impl Page<'_, '_> {
    /// Whether nothing that is not shared touches this time.
    pub fn is_free(&self, from: Timestamp, to: Timestamp) -> bool {
        let next = self.taken.partition_point(|span| span.1 <= from);
        self.taken.get(next).is_none_or(|span| to <= span.0)
    }

    /// Seats of the lesson that are taken; `None` when another lesson stands in its time.
    pub fn seats_of(&self, lesson: &Lesson, (from, to): Span) -> Option<Vec<u16>> {
        let there = self.seats.iter().filter(|(span, _)| span.0 < to && from < span.1);
        there.map(|(_, seat)| (seat.lesson == *lesson).then_some(seat.number)).collect()
    }

    /// The end of what is taken before a time, and the beginning of what is taken from another time on.
    pub fn around(&self, from: Timestamp, to: Timestamp) -> (Option<Timestamp>, Option<Timestamp>) {
        let before = self.taken.partition_point(|span| span.1 <= from).checked_sub(1).map(|place| self.taken[place].1);
        let after = self.taken.get(self.taken.partition_point(|span| span.0 < to)).map(|span| span.0);
        (before, after)
    }
}
