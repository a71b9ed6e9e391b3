//! Who is on duty at a moment, and when nobody is.

use jiff::civil::{Date, DateTime, Weekday};
use jiff::{Timestamp, ToSpan};

use crate::business::{Person, Role, Settings, Shift, WEEKDAYS};
use crate::calendar::instant;
use crate::values::PersonId;

/// Time when nobody is on duty. Half-open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hole {
    pub from: Timestamp,
    pub to: Timestamp,
}

/// Lists who is on duty, each once, in the order of `people`; empty is an alarm of its own.
///
/// A shift covers `from` up to but not including `to` on the wall clock; one that ends at or before
/// its beginning ends on the next day. Without any shifts everybody with the role `duty` always is.
pub fn on_duty(settings: &Settings, at: Timestamp) -> Vec<&Person> {
    let document = &settings.document;
    if document.shifts.is_empty() {
        return with_role(settings, Role::Duty);
    }
    let wall = settings.wall(at);
    let is_on = |person: &&Person| {
        let mut own = document.shifts.iter().filter(|shift| shift.person == person.id);
        own.any(|shift| shift.covers(wall))
    };
    document.people.iter().filter(is_on).collect()
}

/// Lists who is called for a role at a moment: for `duty` those on duty, for the rest everybody
/// with the role, because a senior and an owner are called outside any shift.
pub fn by_role(settings: &Settings, role: Role, at: Timestamp) -> Vec<&Person> {
    match role {
        Role::Duty => on_duty(settings, at),
        Role::Senior | Role::Owner => with_role(settings, role),
    }
}

fn with_role(settings: &Settings, role: Role) -> Vec<&Person> {
    settings.document.people.iter().filter(|person| person.role == role).collect()
}

/// Lists the time between two moments when nobody is on duty, earliest first; empty when all of it
/// is covered. Costs one look at every shift for every day between them.
pub fn holes(settings: &Settings, from: Timestamp, to: Timestamp) -> Vec<Hole> {
    let mut holes = Vec::new();
    let mut covered_to = from;
    for (begins_at, ends_at) in covered(settings, from, to) {
        holes.push(Hole { from: covered_to, to: begins_at.min(to) });
        covered_to = covered_to.max(ends_at);
    }
    holes.push(Hole { from: covered_to, to });
    holes.retain(|hole| hole.from < hole.to);
    holes
}

/// Stretches of duty of the days that the time between two moments touches, by their beginning.
fn covered(settings: &Settings, from: Timestamp, to: Timestamp) -> Vec<(Timestamp, Timestamp)> {
    let shifts = &settings.document.shifts;
    if shifts.is_empty() {
        let is_somebody = !with_role(settings, Role::Duty).is_empty();
        return is_somebody.then_some((from, to)).into_iter().collect();
    }
    let is_known = |shift: &&Shift| settings.person(&PersonId::new(&*shift.person)).is_some();
    let first = settings.wall(from).date().saturating_sub(1.day());
    let last = settings.wall(to).date();
    let mut stretches: Vec<(Timestamp, Timestamp)> = first
        .series(1.day())
        .take_while(|date| *date <= last)
        .flat_map(|date| shifts.iter().filter(is_known).filter_map(move |shift| shift.stretch_on(date)))
        .filter_map(|(begins, ends)| Some((instant(&settings.zone, begins)?, instant(&settings.zone, ends)?)))
        .collect();
    stretches.sort_unstable();
    stretches
}

impl Shift {
    /// The shift that begins on this date, on the wall clock; `None` when it is not its day.
    fn stretch_on(&self, date: Date) -> Option<(DateTime, DateTime)> {
        if !self.is_on(date.weekday()) {
            return None;
        }
        let ends_on = if self.from < self.to { date } else { date.tomorrow().ok()? };
        Some((date.to_datetime(self.from), ends_on.to_datetime(self.to)))
    }

    fn is_on(&self, weekday: Weekday) -> bool {
        let place = usize::try_from(weekday.to_monday_zero_offset()).unwrap_or_default();
        self.days.is_empty() || self.days.iter().any(|day| day == WEEKDAYS[place])
    }

    /// Whether it runs at this moment, begun today or yesterday.
    fn covers(&self, wall: DateTime) -> bool {
        let begun = [Some(wall.date()), wall.date().yesterday().ok()];
        let mut stretches = begun.into_iter().flatten().filter_map(|date| self.stretch_on(date));
        stretches.any(|(begins, ends)| begins <= wall && wall < ends)
    }
}
