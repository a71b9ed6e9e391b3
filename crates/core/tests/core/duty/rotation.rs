//! Who takes a shift in turns, by the calendar: 23 November 2026 is a Monday.

use rstest::rstest;

use super::{at, clinic, names, on_duty};

const WEEKLY: &str = r#"
people = ["olya", "marina"]
every = "1w"
since = "2026-11-23"
from = "20:00"
to = "09:00"
"#;

const DAILY_BY_TWO: &str = r#"
people = ["olya", "marina", "oleg"]
every = "1d"
since = "2026-11-23"
at_once = 2
from = "09:00"
to = "09:00"
"#;

const FORTNIGHT_WEEKENDS: &str = r#"
people = ["olya", "marina"]
every = "2w"
since = "2026-11-23"
days = ["sat", "sun"]
from = "10:00"
to = "22:00"
"#;

#[rstest]
#[case::before_the_first_day(WEEKLY, "2026-11-22T21:00", &[])]
#[case::first_evening(WEEKLY, "2026-11-23T20:00", &["olya"])]
#[case::sundays_night_is_still_hers(WEEKLY, "2026-11-30T08:59", &["olya"])]
#[case::handed_over_at_from(WEEKLY, "2026-11-30T20:00", &["marina"])]
#[case::back_again(WEEKLY, "2026-12-07T20:00", &["olya"])]
#[case::two_at_once(DAILY_BY_TWO, "2026-11-23T09:00", &["marina", "olya"])]
#[case::the_next_two(DAILY_BY_TWO, "2026-11-24T09:00", &["olya", "oleg"])]
#[case::until_the_hour(DAILY_BY_TWO, "2026-11-25T08:59", &["olya", "oleg"])]
#[case::and_the_next(DAILY_BY_TWO, "2026-11-25T09:00", &["marina", "oleg"])]
#[case::second_weekend_of_the_turn(FORTNIGHT_WEEKENDS, "2026-12-05T12:00", &["olya"])]
#[case::weekdays_are_nobodys(FORTNIGHT_WEEKENDS, "2026-12-07T12:00", &[])]
#[case::the_others_turn(FORTNIGHT_WEEKENDS, "2026-12-12T12:00", &["marina"])]
fn turns_follow_the_calendar(#[case] shift: &str, #[case] moment: &str, #[case] expected: &[&str]) {
    let clinic = clinic(&format!("[[shifts]]\n{shift}"), "Europe/Moscow");
    assert_eq!(names(&on_duty(&clinic, at(&clinic, moment))), expected);
}

/// Berlin's clocks go back on 25 October 2026: the turn changes at eight by the wall, not 24 hours later.
#[test]
fn a_turn_changes_by_the_wall_clock() {
    let daily = "[[shifts]]\npeople = [\"olya\", \"marina\"]\nevery = \"1d\"\nsince = \"2026-10-24\"\n\
                 from = \"08:00\"\nto = \"08:00\"";
    let clinic = clinic(daily, "Europe/Berlin");
    assert_eq!(names(&on_duty(&clinic, at(&clinic, "2026-10-25T07:59"))), ["olya"]);
    assert_eq!(names(&on_duty(&clinic, at(&clinic, "2026-10-25T08:00"))), ["marina"]);
}

#[test]
fn seniors_with_shifts_are_called_by_them() {
    let nights = "[[shifts]]\nperson = \"oleg\"\nrole = \"senior\"\nfrom = \"20:00\"\nto = \"09:00\"";
    let clinic = clinic(nights, "Europe/Moscow");
    let seniors = |moment| names(&super::by_role(&clinic, nochnik_core::business::Role::Senior, at(&clinic, moment)));
    assert_eq!(seniors("2026-11-24T21:00"), ["oleg"]);
    assert_eq!(seniors("2026-11-24T12:00"), Vec::<String>::new());
    // A senior's shift is no duty: that stays with everybody of the role.
    assert_eq!(names(&on_duty(&clinic, at(&clinic, "2026-11-24T21:00"))), ["marina", "olya"]);
}
