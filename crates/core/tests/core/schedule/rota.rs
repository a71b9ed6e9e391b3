//! Shifts, days off and holidays, by the calendar.

use jiff::civil::Date;
use nochnik_core::business::Settings;
use nochnik_core::calendar::{hours_on, is_holiday, specialist_hours_on};
use nochnik_core::values::SpecialistId;
use rstest::rstest;

use crate::schedule::salon::settings;

/// Open from Monday to Saturday; on Sundays only by a special day.
const SALON: &str = r#"
id = "rota"
type = "beauty_salon"
name = "Смены"
holidays = "HOLIDAYS"

[hours]
mon = ["10:00", "20:00"]
tue = ["10:00", "20:00"]
wed = ["10:00", "20:00"]
thu = ["10:00", "20:00"]
fri = ["10:00", "20:00"]
sat = ["10:00", "18:00"]

[special_days]
2026-03-08 = [["11:00", "16:00"]]
2026-11-10 = []

[[services]]
id = "cut"
name = "Стрижка"
price = 1000
duration_min = 60

[[staff]]
id = "anna"
name = "Анна"
services = ["cut"]
shifts = { from = "2026-11-02", pattern = "2/2" }
days_off = ["2026-11-07", ["2026-11-18", "2026-11-23"]]

[[staff]]
id = "maria"
name = "Мария"
services = ["cut"]
shifts = { from = "2026-11-01", pattern = "2/1/3/2" }
[staff.hours]
mon = [["10:00", "13:00"], ["14:00", "18:00"]]
tue = ["12:00", "23:00"]
"#;

fn salon(holidays: &str) -> Settings {
    settings(&SALON.replace("HOLIDAYS", holidays))
}

fn date(text: &str) -> Date {
    text.parse().expect("a date")
}

/// Hours of a specialist as `10:00–13:00 14:00–18:00`.
fn hours_of(salon: &Settings, specialist: &str, on: &str) -> String {
    let specialist = salon.specialist(&SpecialistId::from(specialist)).expect("a specialist of the document");
    let clock = |min: u16| format!("{:02}:{:02}", min / 60, min % 60);
    let hours = specialist_hours_on(&salon.document, specialist, date(on));
    let hours = hours.iter().map(|open| format!("{}–{}", clock(open.from_min), clock(open.to_min)));
    hours.collect::<Vec<_>>().join(" ")
}

/// Anna works two days and rests two, from Monday 2 November on.
#[rstest]
#[case::before_the_first_shift("2026-11-01", "")]
#[case::first_day("2026-11-02", "10:00–20:00")]
#[case::second_day("2026-11-03", "10:00–20:00")]
#[case::first_rest("2026-11-04", "")]
#[case::second_rest("2026-11-05", "")]
#[case::again("2026-11-06", "10:00–20:00")]
#[case::day_off_in_a_shift("2026-11-07", "")]
#[case::closed_salon("2026-11-10", "")]
#[case::first_of_the_leave("2026-11-18", "")]
#[case::last_of_the_leave("2026-11-23", "")]
#[case::a_shift_after_it("2026-11-26", "10:00–20:00")]
#[case::a_year_later("2027-11-01", "10:00–20:00")]
#[case::a_year_later_rests("2027-11-03", "")]
fn two_days_of_work_two_of_rest(#[case] on: &str, #[case] hours: &str) {
    assert_eq!(hours_of(&salon("as_usual"), "anna", on), hours);
}

/// Maria works 1–2, 4–6 November, then again from the 9th; her own week cuts the days.
#[rstest]
#[case::monday_of_work("2026-11-02", "10:00–13:00 14:00–18:00")]
#[case::tuesday_of_rest("2026-11-03", "")]
#[case::no_hours_that_weekday("2026-11-04", "")]
#[case::second_round("2026-11-09", "10:00–13:00 14:00–18:00")]
#[case::within_the_salons_hours("2026-11-17", "12:00–20:00")]
fn shifts_keep_within_own_hours(#[case] on: &str, #[case] hours: &str) {
    assert_eq!(hours_of(&salon("as_usual"), "maria", on), hours);
}

/// Labour Code, article 112: fourteen days a year; for 2026 four more by its decree and by Sundays.
#[rstest]
fn fixed_holidays_of_every_year(
    #[values(2026, 2027, 2031)] year: i16,
    #[values((1, 1), (1, 8), (2, 23), (3, 8), (5, 1), (5, 9), (6, 12), (11, 4))] day: (i8, i8),
) {
    assert!(is_holiday(jiff::civil::date(year, day.0, day.1)));
}

#[rstest]
#[case::moved_by_decree("2026-01-09", true)]
#[case::last_of_the_year("2026-12-31", true)]
#[case::after_a_sunday("2026-03-09", true)]
#[case::after_a_saturday("2026-05-11", true)]
#[case::that_year_only("2027-01-09", false)]
#[case::the_year_before("2025-03-09", false)]
#[case::weekend_is_no_holiday("2026-05-10", false)]
#[case::shortened_day("2026-11-03", false)]
fn moved_days_off(#[case] on: &str, #[case] expected: bool) {
    assert_eq!(is_holiday(date(on)), expected);
}

#[rstest]
#[case::works_on_a_holiday("as_usual", "2026-11-04", true)]
#[case::closes_on_it("closed", "2026-11-04", false)]
#[case::special_day_wins("closed", "2026-03-08", true)]
#[case::moved_day("closed", "2026-03-09", false)]
#[case::plain_day("closed", "2026-11-05", true)]
fn holidays_close_those_who_say_so(#[case] holidays: &str, #[case] on: &str, #[case] is_open: bool) {
    assert_eq!(!hours_on(&salon(holidays).document, date(on)).is_empty(), is_open);
}
