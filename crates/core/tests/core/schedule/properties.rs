//! What holds for every slot of every salon, across changes of the clock too.

use std::sync::Arc;

use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, Timestamp, ToSpan};
use nochnik_core::business::{Business, Settings};
use nochnik_core::limits::SLOTS_MAX;
use nochnik_core::schedule::{Busy, Slot, SlotAsk, Subject, Window, free_slots, is_open, nearest};
use nochnik_core::values::{ServiceId, SpecialistId};
use proptest::prelude::*;

use crate::schedule::salon::settings;

/// A place that never closes, so that the hour of the clock change is on sale as well.
const ROUND_THE_CLOCK: &str = r#"
id = "night"
type = "car_service"
name = "Круглые сутки"
timezone = "ZONE"

[hours]
mon = ["00:00", "24:00"]
tue = ["00:00", "24:00"]
wed = ["00:00", "24:00"]
thu = [["08:00", "12:00"], ["13:00", "24:00"]]
fri = ["00:00", "24:00"]
sat = ["00:00", "24:00"]
sun = ["00:00", "24:00"]

[policy]
grid_min = GRID
lead_time_min = 90
horizon_days = 10

[[services]]
id = "short"
name = "Осмотр"
price = 0
duration_min = 25
buffer_min = 10

[[services]]
id = "long"
name = "Ремонт"
price = 5000
duration_min = 150

[[staff]]
id = "first"
name = "Первый"
services = ["short", "long"]

[[staff]]
id = "second"
name = "Второй"
services = ["short", "long"]
[staff.hours]
sat = ["00:00", "09:00"]
sun = [["01:00", "05:00"], ["06:30", "21:15"]]
mon = ["10:00", "24:00"]
tue = ["00:00", "02:00"]
"#;

/// Weekends of the clock changes of Berlin, and a plain one of Moscow.
/// Source: Directive 2000/84/EC, last Sundays of March and October, 01:00 UTC.
const PLACES: [(&str, Date); 3] = [
    ("Europe/Berlin", jiff::civil::date(2027, 3, 27)),
    ("Europe/Berlin", jiff::civil::date(2026, 10, 24)),
    ("Europe/Moscow", jiff::civil::date(2026, 11, 28)),
];

#[derive(Debug)]
struct Case {
    place: usize,
    grid_min: i64,
    /// Minutes from midnight of the place's Saturday.
    now_min: i64,
    window_min: (i64, i64),
    services: Vec<&'static str>,
    specialist: Option<&'static str>,
    /// Who, from which minute, how long.
    busy: Vec<(&'static str, i64, i64)>,
}

fn cases() -> impl Strategy<Value = Case> {
    let minute = -600..5_000_i64;
    let who = prop::sample::select(vec!["first", "second"]);
    let busy = prop::collection::vec((who.clone(), minute.clone(), 1..300_i64), 0..25);
    let services = prop::sample::subsequence(vec!["short", "long"], 1..=2);
    (0..PLACES.len(), prop::sample::select(vec![5, 15, 20, 30, 60]), minute.clone(), minute, 0..3_000_i64, services)
        .prop_flat_map(move |fixed| (Just(fixed), prop::option::of(who.clone()), busy.clone()))
        .prop_map(|((place, grid_min, now_min, from, length, services), specialist, busy)| Case {
            place,
            grid_min,
            now_min,
            window_min: (from, from + length),
            services,
            specialist,
            busy,
        })
}

impl Case {
    fn wall(&self, minute: i64) -> DateTime {
        PLACES[self.place].1.at(0, 0, 0, 0) + minute.minutes()
    }

    fn business(&self) -> Business {
        let toml = ROUND_THE_CLOCK.replace("ZONE", PLACES[self.place].0).replace("GRID", &self.grid_min.to_string());
        let settings = settings(&toml);
        let row = |&(who, from, length): &(&str, i64, i64)| {
            let from = instant(&settings, self.wall(from));
            Busy::of_specialist(SpecialistId::from(who), from, from + SignedDuration::from_mins(length))
        };
        let busy = Arc::new(self.busy.iter().map(row).collect());
        Business { settings, changes: Arc::default(), busy }
    }

    fn ask(&self) -> SlotAsk {
        SlotAsk {
            services: self.services.iter().map(|id| ServiceId::from(*id)).collect(),
            specialist: self.specialist.map(SpecialistId::from),
            without: Vec::new(),
            window: Window::new(self.wall(self.window_min.0), self.wall(self.window_min.1)),
        }
    }
}

fn instant(settings: &Settings, wall: DateTime) -> Timestamp {
    settings.zone.to_timestamp(wall).expect("an instant")
}

/// Minute by minute, from the document alone: are business and specialist at work?
fn serves(settings: &Settings, specialist: &SpecialistId, at: Timestamp) -> bool {
    let wall = settings.wall(at);
    let minute = u16::try_from(i32::from(wall.hour()) * 60 + i32::from(wall.minute())).expect("a minute of the day");
    let own = settings.specialist(specialist).expect("a specialist of the document").hours.clone();
    let is_own = own.is_none_or(|week| {
        week.of(wall.date().weekday()).iter().any(|open| open.from_min <= minute && minute < open.to_min)
    });
    is_own && is_open(settings, at)
}

fn holds_for(case: &Case, business: &Business, now: Timestamp, slot: &Slot) -> Result<(), TestCaseError> {
    let settings = &business.settings;
    let starts = settings.wall(slot.starts_at);
    prop_assert!(slot.starts_at >= now + SignedDuration::from_mins(90), "lead time");
    prop_assert!(starts.date() <= settings.wall(now).date() + 10.days(), "horizon");
    let minute_of_day = i64::from(starts.hour()) * 60 + i64::from(starts.minute());
    prop_assert_eq!(minute_of_day % case.grid_min, 0, "grid");
    let visit: i64 = case.services.iter().map(|id| if *id == "short" { 25 } else { 150 }).sum();
    let buffer = if case.services.last() == Some(&"short") { 10 } else { 0 };
    prop_assert_eq!(slot.ends_at.duration_since(slot.starts_at).as_mins(), visit, "length");
    prop_assert_eq!(slot.busy_until.duration_since(slot.ends_at).as_mins(), buffer, "buffer");
    for minute in 0..visit {
        let at = slot.starts_at + SignedDuration::from_mins(minute);
        prop_assert!(serves(settings, &slot.specialist, at), "hours");
    }
    let is_free = business.busy.iter().all(|busy| {
        busy.subject != Subject::Specialist(slot.specialist.clone())
            || busy.to <= slot.starts_at
            || slot.busy_until <= busy.from
    });
    prop_assert!(is_free, "busy");
    prop_assert!(case.specialist.is_none_or(|id| slot.specialist.as_str() == id), "specialist");
    Ok(())
}

proptest! {
    #[test]
    fn every_slot_is_free_open_on_the_grid_and_ahead(case in cases()) {
        let business = case.business();
        let now = instant(&business.settings, case.wall(case.now_min));
        let ask = case.ask();
        let slots = free_slots(&business, &ask, now);
        prop_assert!(slots.len() <= SLOTS_MAX);
        prop_assert!(slots.is_sorted_by_key(|slot| slot.starts_at), "earliest first");
        for slot in &slots {
            holds_for(&case, &business, now, slot)?;
            prop_assert!(ask.window.contains(business.settings.wall(slot.starts_at)), "window");
        }
    }

    #[test]
    fn every_nearest_slot_is_free_and_its_start_stands_once(case in cases(), n in 0..8_usize) {
        let business = case.business();
        let now = instant(&business.settings, case.wall(case.now_min));
        let slots = nearest(&business, &case.ask(), case.wall(case.window_min.0), now, n);
        prop_assert!(slots.len() <= n);
        for (place, slot) in slots.iter().enumerate() {
            holds_for(&case, &business, now, slot)?;
            prop_assert!(slots[..place].iter().all(|other| other.starts_at != slot.starts_at), "twice");
        }
    }

    /// A free minute that keeps every rule is found: nothing is withheld from the client.
    #[test]
    fn a_start_that_fits_is_never_missed(case in cases()) {
        let business = case.business();
        let settings = &business.settings;
        let now = instant(settings, case.wall(case.now_min));
        let mut ask = case.ask();
        ask.window.to = ask.window.from + 2.hours();
        let found = free_slots(&business, &ask, now);
        let visit: i64 = case.services.iter().map(|id| if *id == "short" { 25 } else { 150 }).sum();
        for minute in 0..120 {
            let wall = ask.window.from + minute.minutes();
            let moment = settings.zone.to_ambiguous_timestamp(wall);
            let of_day = i64::from(wall.hour()) * 60 + i64::from(wall.minute());
            if moment.is_ambiguous() || of_day % case.grid_min != 0 {
                continue;
            }
            let starts_at = moment.compatible().expect("an instant");
            let busy_until = starts_at + SignedDuration::from_mins(visit + 10);
            for who in ["first", "second"].into_iter().filter(|who| case.specialist.is_none_or(|id| id == *who)) {
                let id = SpecialistId::from(who);
                let fits = starts_at >= now + SignedDuration::from_mins(90)
                    && wall.date() <= settings.wall(now).date() + 10.days()
                    && (0..visit).all(|min| serves(settings, &id, starts_at + SignedDuration::from_mins(min)))
                    && business.busy.iter().all(|busy| busy.subject != Subject::Specialist(id.clone()) || busy.to <= starts_at || busy_until <= busy.from);
                let is_found = found.iter().any(|slot| slot.starts_at == starts_at && slot.specialist == id);
                prop_assert!(!fits || is_found, "{} at {wall} is free", who);
            }
        }
    }
}
