//! At every moment of every roster `on_duty`, `stretches` and `holes` say the same, across changes of
//! the clock too.

use jiff::{SignedDuration, Timestamp};
use nochnik_core::duty::{Absence, Changes, Override, Span, holes, on_duty, stretches};
use nochnik_core::values::PersonId;
use proptest::prelude::*;

use super::clinic;

/// A zone and the evening before its clocks change in 2026.
const CHANGES: [(&str, &str); 5] = [
    ("Europe/Moscow", "2026-11-23T18:00:00Z"),
    ("Europe/Berlin", "2026-03-28T18:00:00Z"),
    ("Europe/Berlin", "2026-10-24T18:00:00Z"),
    ("America/Havana", "2026-10-31T22:00:00Z"),
    ("Australia/Lord_Howe", "2026-04-04T08:00:00Z"),
];
const PEOPLE: [&str; 4] = ["marina", "olya", "oleg", "roza"];
const DAYS: i64 = 4;

fn time() -> impl Strategy<Value = String> {
    (0..24_u8, 0..4_u8).prop_map(|(hour, quarter)| format!("{hour:02}:{:02}", quarter * 15))
}

fn person() -> impl Strategy<Value = &'static str> {
    prop::sample::select(&PEOPLE[..])
}

fn shift() -> impl Strategy<Value = String> {
    let alone = person().prop_map(|person| format!("person = \"{person}\"\n"));
    let turns = (2..=4_usize, 1..=2_u16, 1..=9_u8).prop_map(|(count, at_once, days)| {
        let at_once = at_once.min(u16::try_from(count).unwrap_or(1) - 1);
        let people = format!("{:?}", &PEOPLE[..count]);
        format!("people = {people}\nevery = \"{days}d\"\nsince = \"2026-03-01\"\nat_once = {at_once}\n")
    });
    let days = prop::sample::select(&["", "days = [\"sat\", \"sun\"]\n", "days = [\"mon\", \"tue\", \"sun\"]\n"][..]);
    let spare = prop::option::of(person())
        .prop_map(|spare| spare.map_or_else(String::new, |spare| format!("spare = \"{spare}\"\n")));
    (prop_oneof![alone, turns], days, spare, time(), time()).prop_map(|(who, days, spare, from, to)| {
        format!("[[shifts]]\n{who}{days}{spare}from = \"{from}\"\nto = \"{to}\"\n")
    })
}

/// Minutes from the beginning, and how many.
fn length() -> impl Strategy<Value = (i64, i64)> {
    (-600..DAYS * 1_440, 1..2_000_i64)
}

fn span(from: Timestamp, (begins, lasts): (i64, i64)) -> Span {
    let at = |minutes| from + SignedDuration::from_mins(minutes);
    Span { from: at(begins), to: at(begins + lasts) }
}

fn changes(from: Timestamp) -> impl Strategy<Value = Changes> {
    let change = (person(), prop::option::of(person()), length()).prop_map(move |(person, instead_of, length)| {
        let instead_of = instead_of.map(PersonId::new);
        Override { person: PersonId::new(person), instead_of, span: span(from, length) }
    });
    let absence = (person(), length())
        .prop_map(move |(person, length)| Absence { person: PersonId::new(person), span: span(from, length) });
    (prop::collection::vec(change, 0..4), prop::collection::vec(absence, 0..3))
        .prop_map(|(overrides, absences)| Changes { overrides, absences })
}

/// Shifts, a zone, what differs for once, and the first moment.
fn roster() -> impl Strategy<Value = (String, &'static str, Changes, Timestamp)> {
    let place = prop::sample::select(&CHANGES[..]);
    (place, prop::collection::vec(shift(), 0..5)).prop_flat_map(|((zone, from), shifts)| {
        let from: Timestamp = from.parse().expect("a moment");
        changes(from).prop_map(move |changes| (shifts.concat(), zone, changes, from))
    })
}

proptest! {
    #[test]
    fn the_three_agree(
        (shifts, zone, changes, from) in roster(),
        moments in prop::collection::vec(0..DAYS * 86_400, 40),
    ) {
        let settings = clinic(&shifts, zone);
        let to = from + SignedDuration::from_hours(DAYS * 24);
        let stretches = stretches(&settings, &changes, from, to);
        let holes = holes(&settings, &changes, from, to);
        let edges = stretches.iter().flat_map(|stretch| [stretch.span.from, stretch.span.to]);
        let random = moments.into_iter().map(|second| from + SignedDuration::from_secs(second));
        for at in random.chain(edges).filter(|at| *at < to) {
            let on = on_duty(&settings, &changes, at);
            let on: Vec<&str> = on.iter().map(|person| person.id.as_str()).collect();
            let mut told: Vec<&str> =
                stretches.iter().filter(|s| s.span.contains(at)).map(|s| s.person.as_str()).collect();
            told.sort_by_key(|id| PEOPLE.iter().position(|person| person == id));
            prop_assert_eq!(&on, &told, "at {}", at);
            prop_assert_eq!(on.is_empty(), holes.iter().any(|hole| hole.contains(at)), "at {}", at);
        }
    }
}
