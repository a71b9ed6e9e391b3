//! What a changed document no longer allows is listed, booking by booking.

use jiff::SignedDuration;
use nochnik_core::business::Settings;
use nochnik_core::schedule::{Standing, Trouble, Unit, conflicts};
use nochnik_core::values::{ServiceId, SpecialistId};
use rstest::rstest;

use crate::schedule::salon::{SALON, at, settings};

/// Booked under [`SALON`] for Tuesday 24 November: `a` to `c` with Anna one after another, `d` with Maria.
fn bookings(salon: &Settings) -> Vec<Standing> {
    let visit = |id: &str, who: &str, service: &str, time: &str, minutes: i64, buffer: i64| {
        let starts_at = at(salon, &format!("2026-11-24T{time}"));
        let ends_at = starts_at + SignedDuration::from_mins(minutes);
        Standing {
            booking: id.to_owned(),
            specialist: SpecialistId::from(who),
            service: ServiceId::from(service),
            starts_at,
            ends_at,
            busy_until: ends_at + SignedDuration::from_mins(buffer),
            units: Vec::new(),
        }
    };
    vec![
        visit("c", "anna", "brows", "18:00", 30, 0),
        visit("a", "anna", "manicure", "10:00", 60, 0),
        visit("b", "anna", "gel", "11:00", 90, 15),
        visit("d", "maria", "manicure", "12:00", 60, 0),
    ]
}

fn found(document: &str, change: impl Fn(&mut Vec<Standing>)) -> Vec<(String, Trouble)> {
    let mut standing = bookings(&settings(SALON));
    change(&mut standing);
    let conflicts = conflicts(&settings(document), &standing);
    conflicts.into_iter().map(|conflict| (conflict.booking, conflict.trouble)).collect()
}

fn told(document: &str, expected: &[(&str, Trouble)]) {
    let expected: Vec<_> = expected.iter().map(|(id, trouble)| ((*id).to_owned(), trouble.clone())).collect();
    assert_eq!(found(document, |_| {}), expected);
}

fn changed(from: &str, to: &str) -> String {
    assert!(SALON.contains(from), "{from} stands in the salon");
    SALON.replace(from, to)
}

#[test]
fn nothing_is_wrong_with_what_was_booked_under_the_same_document() {
    told(SALON, &[]);
}

#[rstest]
#[case::specialist_gone("id = \"maria\"", "id = \"zoya\"", &[("d", Trouble::SpecialistGone)])]
#[case::cannot_do_it("services = [\"manicure\", \"gel\", \"brows\"]", "services = [\"manicure\", \"gel\"]",
    &[("c", Trouble::SpecialistUnable)])]
#[case::day_closed("2026-11-26 = []", "2026-11-24 = []",
    &[("a", Trouble::Closed), ("b", Trouble::Closed), ("d", Trouble::Closed), ("c", Trouble::Closed)])]
#[case::closes_earlier("tue = [\"10:00\", \"20:00\"]", "tue = [\"10:00\", \"18:15\"]", &[("c", Trouble::Closed)])]
#[case::own_hours("tue = [\"08:00\", \"14:00\"]", "tue = [\"08:00\", \"12:30\"]", &[("d", Trouble::SpecialistOff)])]
#[case::day_off("name = \"Мария\"", "name = \"Мария\"\ndays_off = [\"2026-11-24\"]", &[("d", Trouble::SpecialistOff)])]
#[case::longer("name = \"Маникюр\"\nprice = 1200\nduration_min = 60", "name = \"Маникюр\"\nprice = 1200\nduration_min = 75",
    &[("a", Trouble::RunsInto("b".to_owned()))])]
#[case::shorter("duration_min = 60", "duration_min = 45", &[])]
#[case::buffer_before("duration_min = 90", "duration_min = 90\nbuffer_before_min = 10",
    &[("a", Trouble::RunsInto("b".to_owned()))])]
fn each_trouble_is_told_with_its_booking(#[case] from: &str, #[case] to: &str, #[case] expected: &[(&str, Trouble)]) {
    told(&changed(from, to), expected);
}

#[test]
fn a_service_that_left_the_catalogue() {
    let document = changed("id = \"brows\"", "id = \"lashes\"").replace(", \"brows\"]", "]");
    told(&document, &[("c", Trouble::ServiceGone)]);
}

#[test]
fn a_chair_that_was_taken_away() {
    let chairs = "[[resources]]\nid = \"chair\"\nname = \"Кресло\"\ncount = 1\n\n[[staff]]\nid = \"anna\"";
    let document = changed("[[staff]]\nid = \"anna\"", chairs);
    let second = Unit { resource: "chair".to_owned(), number: 2 };
    let troubles = found(&document, |standing| {
        standing[0].units = vec![Unit { number: 1, ..second.clone() }];
        standing[1].units = vec![second.clone()];
    });
    assert_eq!(troubles, [("a".to_owned(), Trouble::UnitGone(second))]);
}

/// Three clients came to one start: a lesson of two seats has no room for the last, and a service
/// that is no lesson any more has room for one.
#[rstest]
#[case::three_seats(3, &[])]
#[case::two_seats(2, &[("z", Trouble::NoSeat)])]
#[case::no_lesson(1, &[("x", Trouble::RunsInto("y".to_owned())), ("y", Trouble::RunsInto("z".to_owned()))])]
fn seats_of_a_lesson(#[case] capacity: u16, #[case] expected: &[(&str, Trouble)]) {
    let document = changed("duration_min = 30", &format!("duration_min = 30\ncapacity = {capacity}"));
    let troubles = found(&document, |standing| {
        let brows = standing[0].clone();
        *standing = ["z", "x", "y"].map(|id| Standing { booking: id.to_owned(), ..brows.clone() }).to_vec();
    });
    let expected: Vec<_> = expected.iter().map(|(id, trouble)| ((*id).to_owned(), trouble.clone())).collect();
    assert_eq!(troubles, expected);
}

/// The last visit of the day ends at 18:30.
#[rstest]
#[case::ends_as_the_doors_close("18:30", &[])]
#[case::a_minute_too_long("18:29", &[("c", Trouble::Closed)])]
fn a_visit_may_end_as_the_doors_close(#[case] closes: &str, #[case] expected: &[(&str, Trouble)]) {
    told(&changed("tue = [\"10:00\", \"20:00\"]", &format!("tue = [\"10:00\", \"{closes}\"]")), expected);
}

/// Two clients share a lesson only if both the service and the start are the same.
#[rstest]
#[case::another_start("brows", 15, &[("x", Trouble::RunsInto("y".to_owned()))])]
#[case::another_service("manicure", 0, &[("x", Trouble::RunsInto("y".to_owned()))])]
#[case::the_same("brows", 0, &[])]
#[case::behind_it("brows", 30, &[])]
fn a_lesson_is_one_service_at_one_start(
    #[case] service: &str,
    #[case] later_min: i64,
    #[case] expected: &[(&str, Trouble)],
) {
    let document = changed("duration_min = 30", "duration_min = 30\ncapacity = 3")
        .replace("name = \"Маникюр\"\nprice = 1200", "name = \"Маникюр\"\ncapacity = 3\nprice = 1200");
    let troubles = found(&document, |standing| {
        let x = Standing { booking: "x".to_owned(), ..standing[0].clone() };
        let later = |at: jiff::Timestamp| at + SignedDuration::from_mins(later_min);
        let y = Standing {
            booking: "y".to_owned(),
            service: ServiceId::from(service),
            starts_at: later(x.starts_at),
            ends_at: later(x.ends_at),
            busy_until: later(x.busy_until),
            ..x.clone()
        };
        *standing = vec![x, y];
    });
    let expected: Vec<_> = expected.iter().map(|(id, trouble)| ((*id).to_owned(), trouble.clone())).collect();
    assert_eq!(troubles, expected);
}
