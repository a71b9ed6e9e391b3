//! The places of one role within some time: whose they are by the document, who holds them in fact.

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use super::changes::{Changes, Span};
use crate::business::{Person, Role, Settings, Shift};
use crate::calendar::instant;

/// Dates before a moment whose shifts may still run then: a shift ends on the next date, and a change
/// of the clock at midnight may repeat a piece of one more.
const DAYS_BACK: i64 = 2;

pub(super) struct Roster<'a> {
    settings: &'a Settings,
    changes: &'a Changes,
    role: Role,
    window: Span,
    places: Vec<Place<'a>>,
}

/// One shift of one person by the document.
struct Place<'a> {
    person: &'a str,
    spare: Option<&'a str>,
    span: Span,
}

/// Part of a window in which nothing changes.
pub(super) struct Piece<'a> {
    pub span: Span,
    /// In the order of `people`.
    pub on: Vec<&'a Person>,
    /// Whose shift it is, but who is away and replaced by nobody.
    pub missed: Vec<&'a str>,
    /// Ids of those who hold a place and stand in the document no more.
    pub left: Vec<&'a str>,
}

impl<'a> Roster<'a> {
    /// Without any shifts of the role everybody with it always has a place.
    pub fn new(settings: &'a Settings, changes: &'a Changes, role: Role, window: Span) -> Self {
        let document = &settings.document;
        let places = if document.shifts.iter().any(|shift| shift.role == role) {
            by_shifts(settings, role, window)
        } else {
            let of_role = document.people.iter().filter(|person| person.role == role);
            of_role.map(|person| Place { person: &person.id, spare: None, span: window }).collect()
        };
        Self { settings, changes, role, window, places }
    }

    /// The window piece by piece, earliest first; together they are the whole of it.
    pub fn pieces(&self) -> Vec<Piece<'a>> {
        let Span { from, to } = self.window;
        let edges = self.places.iter().flat_map(|place| [place.span.from, place.span.to]).chain(self.changes.edges());
        let mut edges: BTreeSet<Timestamp> = edges.filter(|edge| from < *edge && *edge < to).collect();
        edges.extend([from, to]);
        let edges: Vec<Timestamp> = edges.into_iter().collect();
        edges.windows(2).map(|pair| self.piece(Span { from: pair[0], to: pair[1] })).collect()
    }

    /// Who would step in for this person at a moment if they were away, in the order of the shifts.
    pub fn spares_of(&self, person: &str, at: Timestamp) -> Vec<&'a str> {
        let held = self.places.iter().filter(|place| place.span.contains(at) && self.holder(place, at) == Ok(person));
        let spares = held.filter_map(|place| place.spare).map(|spare| self.changes.in_place_of(spare, at));
        spares.filter(|spare| !self.changes.is_absent(spare, at)).collect()
    }

    fn piece(&self, span: Span) -> Piece<'a> {
        let (mut holders, mut missed) = (Vec::new(), Vec::new());
        for place in self.places.iter().filter(|place| place.span.contains(span.from)) {
            match self.holder(place, span.from) {
                Ok(person) => holders.push(person),
                Err(absent) => missed.push(absent),
            }
        }
        if self.role == Role::Duty {
            holders.extend(self.changes.added(span.from).filter(|person| !self.changes.is_absent(person, span.from)));
        }
        let people = &self.settings.document.people;
        let on = people.iter().filter(|person| holders.contains(&person.id.as_str())).collect();
        holders.retain(|holder| people.iter().all(|person| person.id != *holder));
        Piece { span, on, missed, left: holders }
    }

    /// Who holds the place at a moment; an error names who should and is away.
    fn holder(&self, place: &Place<'a>, at: Timestamp) -> Result<&'a str, &'a str> {
        let changes = self.changes;
        let person = changes.in_place_of(place.person, at);
        if !changes.is_absent(person, at) {
            return Ok(person);
        }
        let spare = place.spare.map(|spare| changes.in_place_of(spare, at));
        spare.filter(|spare| !changes.is_absent(spare, at)).ok_or(person)
    }
}

fn by_shifts(settings: &Settings, role: Role, window: Span) -> Vec<Place<'_>> {
    let first = settings.wall(window.from).date().saturating_sub(DAYS_BACK.days());
    let last = settings.wall(window.to).date();
    let mut places = Vec::new();
    for shift in settings.document.shifts.iter().filter(|shift| shift.role == role) {
        for date in first.series(1.day()).take_while(|date| *date <= last) {
            let Some(span) = span_on(settings, shift, date).filter(|span| span.meets(window)) else { continue };
            let crew = shift.turn_of(date).into_iter();
            places.extend(crew.map(|person| Place { person, spare: shift.spare.as_deref(), span }));
        }
    }
    places
}

/// The shift that begins on this date; `None` when it is not its day.
fn span_on(settings: &Settings, shift: &Shift, date: Date) -> Option<Span> {
    if !shift.is_on(date.weekday()) {
        return None;
    }
    let ends_on = if shift.from < shift.to { date } else { date.tomorrow().ok()? };
    Some(Span {
        from: instant(&settings.zone, date.to_datetime(shift.from))?,
        to: instant(&settings.zone, ends_on.to_datetime(shift.to))?,
    })
}
