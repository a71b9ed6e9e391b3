//! The search against a second reading of the rules: minute by minute, without intervals or indexes.
//!
//! Random salons in zones where clocks change, with holidays, shifts, leaves, buffers, gaps, chairs and
//! lessons. A day is small enough to be looked at whole: what the oracle allows is found, and nothing else.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::civil::{Date, DateTime, date};
use jiff::{SignedDuration, Timestamp, ToSpan};
use nochnik_core::business::{Business, Document, Settings};
use nochnik_core::calendar::is_holiday;
use nochnik_core::limits::SLOTS_MAX;
use nochnik_core::schedule::{Busy, Lesson, Seat, SlotAsk, Subject, Unit, Window, free_slots};
use nochnik_core::values::{ServiceId, SpecialistId};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Zones and days: clock changes of Berlin and New York, a zone of half hours, one that skips midnight,
/// Moscow on a working day and on a holiday.
/// Source: Directive 2000/84/EC; Energy Policy Act of 2005, section 110; the time zone database (Cairo).
const PLACES: [(&str, Date); 8] = [
    ("Europe/Berlin", date(2027, 3, 28)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("America/New_York", date(2027, 3, 14)),
    ("America/New_York", date(2026, 11, 1)),
    ("Asia/Tehran", date(2026, 11, 24)),
    ("Africa/Cairo", date(2026, 4, 24)),
    ("Europe/Moscow", date(2026, 11, 24)),
    ("Europe/Moscow", date(2026, 11, 4)),
];
const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// A service as the case has it; minutes throughout.
#[derive(Clone, Debug)]
struct Sold {
    duration: i64,
    before: i64,
    after: i64,
    gap: Option<(i64, i64)>,
    needs_chair: bool,
    capacity: u16,
    /// Begins only at this minute of the day.
    start: Option<i64>,
}

/// Somebody else's visit: who or which chair, from which minute of the day, how long, which seat.
#[derive(Clone, Debug)]
struct Other {
    subject: &'static str,
    from: i64,
    length: i64,
    seat: Option<u16>,
}

#[derive(Clone, Debug)]
struct Case {
    place: usize,
    grid: i64,
    lead: i64,
    /// Minutes from the day's midnight.
    now: i64,
    hours: Vec<(i64, i64)>,
    own_hours: Option<(i64, i64)>,
    is_closed_on_holidays: bool,
    /// Days since the first day of a 2/2 rotation.
    shift_day: Option<i64>,
    is_on_leave: bool,
    chairs: u16,
    sold: Sold,
    others: Vec<Other>,
}

fn quarter_hours(from: i64, to: i64) -> impl Strategy<Value = i64> {
    (from / 15..=to / 15).prop_map(|quarters| quarters * 15)
}

fn sold() -> impl Strategy<Value = Sold> {
    let gap = prop::option::weighted(0.4, (quarter_hours(15, 60), quarter_hours(15, 60)));
    let buffers = (prop::sample::select(vec![0, 0, 5, 20]), prop::sample::select(vec![0, 0, 10, 30]));
    let lesson = (prop::sample::select(vec![1, 1, 1, 3_u16]), prop::option::weighted(0.3, quarter_hours(0, 1_380)));
    (quarter_hours(15, 150), buffers, gap, any::<bool>(), lesson).prop_map(
        |(duration, (before, after), gap, needs_chair, (capacity, start))| Sold {
            duration,
            before,
            after,
            gap: gap.filter(|(from, length)| capacity == 1 && from + length < duration),
            needs_chair,
            capacity,
            start,
        },
    )
}

fn others() -> impl Strategy<Value = Vec<Other>> {
    let subject = prop::sample::select(vec!["first", "second", "chair#1", "chair#2"]);
    let other = (subject, -120..1_500_i64, 5..200_i64, prop::option::weighted(0.3, 1..5_u16))
        .prop_map(|(subject, from, length, seat)| Other { subject, from, length, seat });
    prop::collection::vec(other, 0..12)
}

fn hours() -> impl Strategy<Value = Vec<(i64, i64)>> {
    let one = (quarter_hours(0, 660), quarter_hours(720, 1_440)).prop_map(|hours| vec![hours]);
    let two = (quarter_hours(0, 540), quarter_hours(600, 720), quarter_hours(735, 960), quarter_hours(1_020, 1_440))
        .prop_map(|(a, b, c, d)| vec![(a, b), (c, d)]);
    prop_oneof![4 => one, 4 => two, 1 => Just(Vec::new())]
}

fn cases() -> impl Strategy<Value = Case> {
    let when = (0..PLACES.len(), prop::sample::select(vec![15, 30, 60]), 0..180_i64, -2_000..1_440_i64);
    let day = (hours(), prop::option::of((quarter_hours(0, 600), quarter_hours(660, 1_440))), any::<bool>());
    let people = (prop::option::of(0..9_i64), prop::bool::weighted(0.1), 0..3_u16);
    (when, day, people, sold(), others()).prop_map(
        |((place, grid, lead, now), (hours, own_hours, closed), (shift_day, is_on_leave, chairs), sold, others)| Case {
            place,
            grid,
            lead,
            now,
            hours,
            own_hours,
            is_closed_on_holidays: closed,
            shift_day,
            is_on_leave,
            chairs: chairs.max(1),
            sold,
            others,
        },
    )
}

impl Case {
    fn date(&self) -> Date {
        PLACES[self.place].1
    }

    fn wall(&self, minute: i64) -> DateTime {
        self.date().at(0, 0, 0, 0) + minute.minutes()
    }

    /// Only this day of the week is open, so that no stretch goes on past midnight.
    fn settings(&self) -> Settings {
        let weekday = WEEKDAYS[usize::try_from(self.date().weekday().to_monday_zero_offset()).unwrap()];
        let intervals =
            |hours: &[(i64, i64)]| json!(hours.iter().map(|(a, b)| [clock(*a), clock(*b)]).collect::<Vec<_>>());
        let mut service = json!({
            "id": "wanted", "name": "Услуга", "price": 1, "duration_min": self.sold.duration,
            "buffer_min": self.sold.after, "buffer_before_min": self.sold.before, "capacity": self.sold.capacity,
        });
        if let Some((after_min, for_min)) = self.sold.gap {
            service["gap"] = json!({ "after_min": after_min, "for_min": for_min });
        }
        if self.sold.needs_chair {
            service["resource"] = json!("chair");
        }
        if let Some(start) = self.sold.start {
            service["starts"] = json!([format!("{weekday} {}", clock(start))]);
        }
        let mut second = json!({ "id": "second", "name": "Второй", "services": ["wanted"] });
        if let Some(own) = self.own_hours {
            second["hours"] = json!({ weekday: intervals(&[own]) });
        }
        if let Some(days) = self.shift_day {
            second["shifts"] = json!({ "from": self.date() - days.days(), "pattern": "2/2" });
        }
        if self.is_on_leave {
            second["days_off"] = json!([[self.date().yesterday().unwrap(), self.date().tomorrow().unwrap()]]);
        }
        let document = json!({
            "id": "random", "type": "beauty_salon", "name": "Случай", "timezone": PLACES[self.place].0,
            "hours": { weekday: intervals(&self.hours) },
            "holidays": if self.is_closed_on_holidays { "closed" } else { "as_usual" },
            "resources": [{ "id": "chair", "name": "Кресло", "count": self.chairs }],
            "policy": { "grid_min": self.grid, "lead_time_min": self.lead, "horizon_days": 3 },
            "services": [service],
            "staff": [{ "id": "first", "name": "Первый", "services": ["wanted"] }, second],
        });
        built(document)
    }

    /// Doors that open or close within an hour that the clock skips or repeats can be read in two ways.
    fn has_plain_hours(&self, settings: &Settings) -> bool {
        let ends = self.hours.iter().chain(&self.own_hours).flat_map(|(from, to)| [*from, *to]);
        ends.into_iter().all(|end| !settings.zone.to_ambiguous_timestamp(self.wall(end)).is_ambiguous())
    }

    fn lesson(&self, settings: &Settings, specialist: &str, starts_at: Timestamp) -> Lesson {
        debug_assert_eq!(settings.document.services.len(), 1);
        Lesson { specialist: SpecialistId::from(specialist), service: ServiceId::from("wanted"), starts_at }
    }

    /// A seat is one of a lesson of `wanted`, and takes the first chair too where a lesson needs one.
    fn busy(&self, settings: &Settings) -> Vec<Busy> {
        self.others.iter().flat_map(|other| self.rows(settings, other)).collect()
    }

    fn rows(&self, settings: &Settings, other: &Other) -> Vec<Busy> {
        let number = other.seat.filter(|_| !other.subject.starts_with("chair"));
        let from = settings.moment_of(self.wall(if number.is_some() { other.from / 15 * 15 } else { other.from }));
        let to = from + SignedDuration::from_mins(other.length);
        let seat = number.map(|number| Seat { lesson: self.lesson(settings, other.subject, from), number });
        let row = |subject| Busy {
            booking: "other".to_owned(),
            subject: Subject::parse(subject),
            from,
            to,
            seat: seat.clone(),
        };
        let chair = seat.as_ref().filter(|_| self.sold.needs_chair).map(|_| row("chair#1"));
        std::iter::once(row(other.subject)).chain(chair).collect()
    }
}

fn clock(minute: i64) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// The checks of the document are passed by, for a lesson may stand outside of hours here.
fn built(mut document: Value) -> Settings {
    let starts = document["services"][0]["starts"].take();
    document["services"][0]["starts"] = json!([]);
    if document["hours"].as_object().unwrap().values().all(|hours| hours.as_array().unwrap().is_empty()) {
        document["special_days"] = json!({ "2030-01-01": [["10:00", "11:00"]] });
    }
    let checked: Document = serde_json::from_value(document.clone()).unwrap();
    let mut settings = Settings::build(checked, 1).unwrap();
    if starts.is_array() {
        document["services"][0]["starts"] = starts;
        settings.document = Arc::new(serde_json::from_value(document).unwrap());
    }
    settings
}

/// The rules again, minute by minute.
struct Oracle<'a> {
    case: &'a Case,
    settings: &'a Settings,
    busy: Vec<Busy>,
    now: Timestamp,
}

impl Oracle<'_> {
    /// Every `(start, specialist)` that may be offered on the day.
    fn allows(&self) -> BTreeSet<(Timestamp, &'static str)> {
        let minutes = (0..1_440).filter(|minute| match self.case.sold.start {
            Some(start) => *minute == start,
            None => minute % self.case.grid == 0,
        });
        let mut allowed = BTreeSet::new();
        for wall in minutes.map(|minute| self.case.wall(minute)) {
            let starts_at = self.settings.moment_of(wall);
            // What the clock skips comes out at another wall time.
            if self.settings.wall(starts_at) != wall {
                continue;
            }
            allowed.extend(
                ["first", "second"].into_iter().filter(|who| self.fits(starts_at, who)).map(|who| (starts_at, who)),
            );
        }
        allowed
    }

    fn fits(&self, starts_at: Timestamp, who: &str) -> bool {
        let sold = &self.case.sold;
        let at = |minute: i64| starts_at + SignedDuration::from_mins(minute);
        let is_ahead = starts_at >= self.now + SignedDuration::from_mins(self.case.lead);
        let is_served = (0..sold.duration).all(|minute| self.serves(at(minute), who));
        let mut worked = (-sold.before..sold.duration + sold.after)
            .filter(|minute| sold.gap.is_none_or(|(from, length)| !(from..from + length).contains(minute)));
        let lesson = self.case.lesson(self.settings, who, starts_at);
        let specialist = Subject::Specialist(SpecialistId::from(who));
        let is_free = worked.all(|minute| self.is_free(&specialist, at(minute), &lesson));
        let has_chair = !sold.needs_chair
            || (1..=self.case.chairs).any(|number| {
                let chair = Subject::Unit(Unit { resource: "chair".to_owned(), number });
                (-sold.before..sold.duration + sold.after).all(|minute| self.is_free(&chair, at(minute), &lesson))
            });
        is_ahead && is_served && is_free && has_chair && self.has_seat(&specialist, starts_at, &lesson)
    }

    /// Open, and at work, at this minute.
    fn serves(&self, at: Timestamp, who: &str) -> bool {
        let case = self.case;
        let wall = self.settings.wall(at);
        let minute = i64::from(wall.hour()) * 60 + i64::from(wall.minute());
        let is_within = |hours: &[(i64, i64)]| hours.iter().any(|(from, to)| *from <= minute && minute < *to);
        let is_open = wall.date() == case.date()
            && is_within(&case.hours)
            && !(case.is_closed_on_holidays && is_holiday(case.date()));
        let comes = who == "first"
            || (case.own_hours.is_none_or(|own| is_within(&[own]))
                && case.shift_day.is_none_or(|days| days % 4 < 2)
                && !case.is_on_leave);
        is_open && comes
    }

    fn is_free(&self, subject: &Subject, at: Timestamp, lesson: &Lesson) -> bool {
        let is_ours =
            |busy: &Busy| self.case.sold.capacity > 1 && busy.seat.as_ref().is_some_and(|seat| seat.lesson == *lesson);
        !self.busy.iter().any(|busy| {
            let end = at + SignedDuration::from_mins(1);
            busy.subject == *subject && busy.from < end && at < busy.to && !is_ours(busy)
        })
    }

    fn has_seat(&self, specialist: &Subject, starts_at: Timestamp, lesson: &Lesson) -> bool {
        let (from, to) = (-self.case.sold.before, self.case.sold.duration + self.case.sold.after);
        let at = |minute| starts_at + SignedDuration::from_mins(minute);
        let there =
            self.busy.iter().filter(|busy| busy.subject == *specialist && busy.from < at(to) && at(from) < busy.to);
        let seats = there.filter(|busy| busy.seat.as_ref().is_some_and(|seat| seat.lesson == *lesson)).count();
        self.case.sold.capacity == 1 || seats < usize::from(self.case.sold.capacity)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn the_search_finds_what_the_rules_allow_and_nothing_else(case in cases()) {
        let settings = case.settings();
        prop_assume!(case.has_plain_hours(&settings));
        let busy = case.busy(&settings);
        let now = settings.moment_of(case.wall(case.now));
        let ask = SlotAsk {
            services: vec![ServiceId::from("wanted")],
            specialist: None,
            without: Vec::new(),
            window: Window::of_days(case.date(), case.date()),
        };
        let oracle = Oracle { case: &case, settings: &settings, busy: busy.clone(), now };
        let allowed: Vec<(Timestamp, &str)> = oracle.allows().into_iter().collect();
        let business = Business { settings: settings.clone(), changes: Arc::default(), busy: Arc::new(busy.clone()) };
        let slots = free_slots(&business, &ask, now);
        let mut found: Vec<(Timestamp, &str)> =
            slots.iter().map(|slot| (slot.starts_at, slot.specialist.as_str())).collect();
        prop_assert!(found.is_sorted_by_key(|(starts_at, _)| *starts_at));
        found.sort_unstable();
        if slots.len() < SLOTS_MAX {
            prop_assert_eq!(found, allowed);
        } else {
            prop_assert!(found.iter().all(|start| allowed.contains(start)));
        }
        // What is offered can be kept: nothing of it clashes with what stands.
        for slot in &slots {
            let clash = slot.takes("new").into_iter().find(|part| busy.iter().any(|other| part.clashes(other)));
            prop_assert_eq!(clash, None);
        }
        // The same question has the same answer, in whatever order the diaries came.
        let shuffled = Business { settings, changes: Arc::default(), busy: Arc::new(busy.into_iter().rev().collect()) };
        prop_assert_eq!(free_slots(&shuffled, &ask, now), slots);
    }
}
