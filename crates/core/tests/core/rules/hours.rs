//! Open, after hours, a break, the next opening, hours that a specialist shares with the salon.

use nochnik_core::calendar::{is_after_hours, is_open, last_closing, next_opening, specialist_hours_on};
use nochnik_core::values::SpecialistId;

use crate::rules::talk::{salon, wall};

/// Thursday 19 November 2026 with a break at noon.
fn with_break(opens_again: &str) -> nochnik_core::business::Settings {
    salon(&format!("hours = {{ thu = [[\"09:00\", \"12:00\"], [\"{opens_again}\", \"20:00\"]] }}"))
}

#[test]
fn a_break_of_three_hours_is_no_night_and_a_longer_one_is() {
    // Open, after hours.
    for (opens_again, at, expected) in [
        ("15:00", "2026-11-19T08:59", (false, true)),
        ("15:00", "2026-11-19T09:00", (true, false)),
        ("15:00", "2026-11-19T11:59", (true, false)),
        ("15:00", "2026-11-19T12:00", (false, false)),
        ("15:00", "2026-11-19T14:59", (false, false)),
        ("15:00", "2026-11-19T15:00", (true, false)),
        ("15:00", "2026-11-19T19:59", (true, false)),
        ("15:00", "2026-11-19T20:00", (false, true)),
        ("15:01", "2026-11-19T12:00", (false, true)),
        ("15:01", "2026-11-19T15:00", (false, true)),
        ("15:01", "2026-11-19T15:01", (true, false)),
    ] {
        let salon = with_break(opens_again);
        let moment = salon.moment_of(wall(at));
        assert_eq!((is_open(&salon, moment), is_after_hours(&salon, moment)), expected, "{opens_again}, {at}");
    }
}

#[test]
fn the_next_opening_is_now_or_ahead() {
    let salon = with_break("15:00");
    for (at, opens) in [
        ("2026-11-19T08:59", "2026-11-19T09:00"),
        ("2026-11-19T09:00", "2026-11-19T09:00"),
        ("2026-11-19T12:00", "2026-11-19T15:00"),
        ("2026-11-19T20:00", "2026-11-26T09:00"),
    ] {
        assert_eq!(next_opening(&salon, salon.moment_of(wall(at))), Some(salon.moment_of(wall(opens))), "{at}");
    }
    // Only Tuesday 1 December is ever open: 92 days from 1 September, the first of them counted, end the day before.
    let once = salon_open_once();
    let opens = Some(once.moment_of(wall("2026-12-01T09:00")));
    assert_eq!(next_opening(&once, once.moment_of(wall("2026-09-01T00:00"))), opens);
    assert_eq!(next_opening(&once, once.moment_of(wall("2026-08-31T00:00"))), None, "too far to promise");
}

fn salon_open_once() -> nochnik_core::business::Settings {
    salon("hours = {}\nspecial_days = { 2026-12-01 = [[\"09:00\", \"20:00\"]] }")
}

#[test]
fn hours_that_only_touch_are_no_hours() {
    let hours = |own: &str| {
        let staff = format!(
            "staff = [{{ id = \"anna\", name = \"Анна\", services = [\"manicure\"], hours = {{ thu = {own} }} }}]\n\
             hours = {{ thu = [\"09:00\", \"14:00\"] }}"
        );
        let salon = salon(&staff);
        let anna = salon.specialist(&SpecialistId::new("anna")).unwrap().clone();
        let hours = specialist_hours_on(&salon.document, &anna, wall("2026-11-19T00:00").date());
        hours.iter().map(|open| (open.from_min / 60, open.to_min / 60)).collect::<Vec<_>>()
    };
    assert_eq!(hours("[\"14:00\", \"20:00\"]"), [], "begins as the salon closes");
    assert_eq!(hours("[\"08:00\", \"09:00\"]"), [], "ends as it opens");
    assert_eq!(hours("[\"13:00\", \"20:00\"]"), [(13, 14)]);
    assert_eq!(hours("[[\"08:00\", \"10:00\"], [\"12:00\", \"13:00\"]]"), [(9, 10), (12, 13)]);
}

/// A business that was closed for a fortnight and longer closed a fortnight ago, as far as night work is counted.
#[test]
fn the_last_closing_is_at_most_a_fortnight_back() {
    let closing = |hours: &str, at: &str| {
        let salon = salon(hours);
        salon.wall(last_closing(&salon, salon.moment_of(wall(at))))
    };
    let thursdays = "hours = { thu = [\"09:00\", \"20:00\"] }";
    for (hours, at, expected) in [
        (thursdays, "2026-11-19T19:59", "2026-11-12T20:00"),
        (thursdays, "2026-11-19T20:00", "2026-11-19T20:00"),
        (
            "hours = {}\nspecial_days = { 2026-09-01 = [[\"09:00\", \"20:00\"]] }",
            "2026-11-19T12:00",
            "2026-11-05T12:00",
        ),
    ] {
        assert_eq!(closing(hours, at), wall(expected), "{at}");
    }
}
