//! Who is called at a moment, by the calendar: 24 November 2026 is a Tuesday.

mod changes;
mod exchange;
mod foretold;
mod property;
mod rotation;
mod watch;

use jiff::Timestamp;
use jiff::civil::DateTime;
use nochnik_core::business::{Document, Person, Role, Settings};
use nochnik_core::duty::{self, Changes, Span};
use rstest::rstest;

const PEOPLE: &str = r#"
id = "test"
type = "clinic"
name = "Проба"
services = [{ id = "visit", name = "Приём", price = 1000, duration_min = 30 }]
staff = [{ id = "doctor", name = "Доктор", services = ["visit"] }]
people = [
    { id = "marina", name = "Марина", role = "duty" },
    { id = "olya", name = "Оля", role = "duty" },
    { id = "oleg", name = "Олег", role = "senior" },
    { id = "roza", name = "Роза", role = "owner" },
]

[hours]
mon = ["09:00", "20:00"]
"#;

const SHIFTS: &str = r#"
[[shifts]]
person = "marina"
days = ["mon", "tue", "wed", "thu"]
from = "20:00"
to = "09:00"

[[shifts]]
person = "olya"
days = ["fri"]
from = "20:00"
to = "08:00"

[[shifts]]
person = "oleg"
days = ["sat"]
from = "08:00"
to = "08:00"

[[shifts]]
person = "olya"
from = "12:00"
to = "13:00"
"#;

fn on_duty(settings: &Settings, at: Timestamp) -> Vec<&Person> {
    duty::on_duty(settings, &Changes::default(), at)
}

fn by_role(settings: &Settings, role: Role, at: Timestamp) -> Vec<&Person> {
    duty::by_role(settings, &Changes::default(), role, at)
}

fn holes(settings: &Settings, from: Timestamp, to: Timestamp) -> Vec<Span> {
    duty::holes(settings, &Changes::default(), from, to)
}

fn clinic(shifts: &str, zone: &str) -> Settings {
    let toml = format!("timezone = \"{zone}\"\n{PEOPLE}\n{shifts}");
    let document: Document = toml::from_str(&toml).expect("the document of the test reads");
    Settings::build(document, 1).expect("the document of the test has no problems")
}

fn at(settings: &Settings, text: &str) -> Timestamp {
    let wall: DateTime = text.parse().expect("a wall time");
    settings.zone.to_timestamp(wall).expect("an instant")
}

fn names(people: &[&Person]) -> Vec<String> {
    people.iter().map(|person| person.id.clone()).collect()
}

#[rstest]
#[case::first_minute("2026-11-24T20:00", &["marina"])]
#[case::after_midnight_it_is_still_tuesdays("2026-11-25T02:10", &["marina"])]
#[case::last_minute("2026-11-25T08:59:59", &["marina"])]
#[case::over("2026-11-25T09:00", &[])]
#[case::thursdays_ends_on_friday_morning("2026-11-27T03:00", &["marina"])]
#[case::friday_night("2026-11-28T02:10", &["olya"])]
#[case::round_the_clock("2026-11-28T08:00", &["oleg"])]
#[case::two_at_once("2026-11-28T12:30", &["olya", "oleg"])]
#[case::round_the_clock_into_sunday("2026-11-29T07:59", &["oleg"])]
#[case::sunday_night("2026-11-29T22:00", &[])]
fn a_shift_belongs_to_the_day_it_begins_on(#[case] moment: &str, #[case] expected: &[&str]) {
    let clinic = clinic(SHIFTS, "Europe/Moscow");
    assert_eq!(names(&on_duty(&clinic, at(&clinic, moment))), expected);
}

#[test]
fn without_shifts_every_duty_manager_is_on_duty() {
    let clinic = clinic("", "Europe/Moscow");
    let night = at(&clinic, "2026-11-25T02:10");
    assert_eq!(names(&on_duty(&clinic, night)), ["marina", "olya"]);
    assert_eq!(holes(&clinic, night, at(&clinic, "2026-12-25T02:10")), []);
}

#[test]
fn seniors_and_owners_are_called_outside_shifts() {
    let clinic = clinic(SHIFTS, "Europe/Moscow");
    let night = at(&clinic, "2026-11-25T02:10");
    assert_eq!(names(&by_role(&clinic, Role::Duty, night)), ["marina"]);
    assert_eq!(names(&by_role(&clinic, Role::Senior, night)), ["oleg"]);
    assert_eq!(names(&by_role(&clinic, Role::Owner, night)), ["roza"]);
}

#[test]
fn holes_are_what_no_shift_covers() {
    let clinic = clinic(SHIFTS, "Europe/Moscow");
    let hole = |from: &str, to: &str| Span { from: at(&clinic, from), to: at(&clinic, to) };
    // From Friday noon to Monday 21:00.
    let found = holes(&clinic, at(&clinic, "2026-11-27T11:00"), at(&clinic, "2026-11-30T21:00"));
    let expected = [
        hole("2026-11-27T11:00", "2026-11-27T12:00"),
        hole("2026-11-27T13:00", "2026-11-27T20:00"),
        hole("2026-11-29T08:00", "2026-11-29T12:00"),
        hole("2026-11-29T13:00", "2026-11-30T12:00"),
        hole("2026-11-30T13:00", "2026-11-30T20:00"),
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_night_fully_covered_has_no_holes() {
    let clinic = clinic(SHIFTS, "Europe/Moscow");
    assert_eq!(holes(&clinic, at(&clinic, "2026-11-24T20:00"), at(&clinic, "2026-11-25T09:00")), []);
    let nothing = at(&clinic, "2026-11-24T15:00");
    assert_eq!(holes(&clinic, nothing, nothing), []);
}

/// The night of 29 March 2026 is an hour shorter in Berlin, the night of 25 October an hour longer.
#[rstest]
#[case::spring("2026-03-28", "2026-03-29", 12)]
#[case::autumn("2026-10-24", "2026-10-25", 14)]
fn a_change_of_the_clock_leaves_no_hole(#[case] evening: &str, #[case] morning: &str, #[case] hours: i64) {
    let nightly = "[[shifts]]\nperson = \"olya\"\nfrom = \"20:00\"\nto = \"09:00\"";
    let clinic = clinic(nightly, "Europe/Berlin");
    let (from, to) = (at(&clinic, &format!("{evening}T20:00")), at(&clinic, &format!("{morning}T09:00")));
    assert_eq!(to.duration_since(from).as_hours(), hours);
    assert_eq!(holes(&clinic, from, to), []);
    let mut moment = from;
    while moment < to {
        assert_eq!(names(&on_duty(&clinic, moment)), ["olya"], "at {moment}");
        moment += jiff::SignedDuration::from_mins(15);
    }
}

/// `holes` and `on_duty` say the same of every quarter of an hour of two weeks.
#[test]
fn a_hole_is_exactly_when_nobody_is_on_duty() {
    let clinic = clinic(SHIFTS, "Europe/Moscow");
    let (from, to) = (at(&clinic, "2026-11-23T00:00"), at(&clinic, "2026-12-07T00:00"));
    let found = holes(&clinic, from, to);
    let mut moment = from;
    while moment < to {
        let is_hole = found.iter().any(|hole| hole.from <= moment && moment < hole.to);
        assert_eq!(on_duty(&clinic, moment).is_empty(), is_hole, "at {moment}");
        moment += jiff::SignedDuration::from_mins(15);
    }
}
