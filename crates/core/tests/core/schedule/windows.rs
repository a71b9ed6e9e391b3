//! What a client said, as the time we look through.

use jiff::SignedDuration;
use nochnik_core::business::Interval;
use nochnik_core::schedule::{Window, free_slots, window_of};
use nochnik_nlu::{Grain, When};
use rstest::rstest;

use crate::schedule::salon::{SALON, at, business, lines, settings, wall};
use crate::schedule::slots::ask;

fn when(grain: Grain, on: [Option<&str>; 2], from_to: [Option<&str>; 2]) -> When {
    let date = |text: Option<&str>| text.map(|text| text.parse().expect("a date"));
    let time = |text: Option<&str>| text.map(|text| text.parse().expect("a time"));
    When {
        grain,
        from_on: date(on[0]),
        to_on: date(on[1]),
        from_at: time(from_to[0]),
        to_at: time(from_to[1]),
        is_date_stated: on[0].is_some(),
        is_hour_certain: true,
    }
}

/// One date, or none; the usual shape of all grains but days.
fn on(grain: Grain, date: Option<&str>, from_to: [Option<&str>; 2]) -> When {
    when(grain, [date, date], from_to)
}

/// Windows at Tuesday 24 November, 14:20.
#[rstest]
#[case::tomorrow_at_six(on(Grain::Time, Some("2026-11-25"), [Some("18:00"), None]), "2026-11-25T18:00", "2026-11-25T18:01")]
#[case::ten_to_noon(on(Grain::Range, Some("2026-11-25"), [Some("10:00"), Some("12:00")]), "2026-11-25T10:00", "2026-11-25T12:00")]
#[case::after_six_today(on(Grain::After, None, [Some("18:00"), None]), "2026-11-24T18:00", "2026-11-25T00:00")]
#[case::before_noon_is_tomorrow(on(Grain::Before, None, [None, Some("12:00")]), "2026-11-25T00:00", "2026-11-25T12:00")]
#[case::morning_is_tomorrow(on(Grain::Part, None, [Some("08:00"), Some("12:00")]), "2026-11-25T08:00", "2026-11-25T12:00")]
#[case::today_has_begun(on(Grain::Part, Some("2026-11-24"), [Some("12:00"), Some("17:00")]), "2026-11-24T14:20", "2026-11-24T17:00")]
#[case::today_at_ten_is_gone(on(Grain::Time, Some("2026-11-24"), [Some("10:00"), None]), "2026-11-24T14:20", "2026-11-24T14:20")]
#[case::at_three_is_too_soon(on(Grain::Time, None, [Some("15:00"), None]), "2026-11-25T15:00", "2026-11-25T15:01")]
#[case::at_half_past_three_is_not(on(Grain::Time, None, [Some("15:30"), None]), "2026-11-24T15:30", "2026-11-24T15:31")]
#[case::after_lunch_hour_of_wednesday(on(Grain::Time, None, [Some("13:30"), None]), "2026-11-27T13:30", "2026-11-27T13:31")]
#[case::friday(on(Grain::Day, Some("2026-11-27"), [None, None]), "2026-11-27T00:00", "2026-11-28T00:00")]
#[case::weekend(when(Grain::Days, [Some("2026-11-28"), Some("2026-11-29")], [None, None]), "2026-11-28T00:00", "2026-11-30T00:00")]
#[case::evening_of_friday_to_noon_of_sunday(when(Grain::Range, [Some("2026-11-27"), Some("2026-11-29")], [Some("18:00"), Some("12:00")]), "2026-11-27T18:00", "2026-11-29T12:00")]
#[case::from_friday(on(Grain::FromDay, Some("2026-11-27"), [None, None]), "2026-11-27T00:00", "2026-12-09T00:00")]
#[case::until_midnight(on(Grain::Range, Some("2026-11-25"), [Some("20:00"), Some("00:00")]), "2026-11-25T20:00", "2026-11-26T00:00")]
fn a_wanted_time_becomes_a_window(#[case] when: When, #[case] from: &str, #[case] to: &str) {
    let salon = settings(SALON);
    let window = window_of(&when, at(&salon, "2026-11-24T14:20"), &salon);
    assert_eq!(window, Window::new(wall(from), wall(to)));
}

#[test]
fn a_night_message_about_the_evening_means_the_next_open_evening() {
    let salon = settings(SALON);
    let evening = on(Grain::After, None, [Some("18:00"), None]);
    // Wednesday night: Thursday is closed for once, so Friday.
    let window = window_of(&evening, at(&salon, "2026-11-25T23:40"), &salon);
    assert_eq!(window, Window::new(wall("2026-11-27T18:00"), wall("2026-11-28T00:00")));
}

#[test]
fn mornings_of_the_weekend_are_mornings_only() {
    let salon = settings(SALON);
    let now = at(&salon, "2026-11-24T12:00");
    let mornings = when(Grain::Days, [Some("2026-11-28"), Some("2026-11-29")], [Some("11:00"), Some("13:00")]);
    let mut wanted = ask(&["manicure"], None, "2026-11-24T00:00", "2026-11-24T00:00");
    wanted.window = window_of(&mornings, now, &salon);
    let slots = free_slots(&business(&salon, &[]), &wanted, now);
    let expected =
        ["28 11:00", "28 11:30", "28 12:00", "28 12:30", "29 12:00", "29 12:30"].map(|start| format!("{start} anna"));
    assert_eq!(lines(&salon, &slots), expected);
}

/// Saturday from noon to two.
fn noon() -> Window {
    Window::new(wall("2026-11-21T12:00"), wall("2026-11-21T14:00"))
}

/// Saturday and Sunday, each from 11 to 13.
fn mornings() -> Window {
    Window {
        daily: Some(Interval { from_min: 660, to_min: 780 }),
        ..Window::new(wall("2026-11-21T00:00"), wall("2026-11-23T00:00"))
    }
}

/// Half-open at every end.
#[test]
fn a_window_holds_its_first_minute_and_not_its_last() {
    for (window, at, expected) in [
        (noon(), "2026-11-21T11:59", false),
        (noon(), "2026-11-21T12:00", true),
        (noon(), "2026-11-21T13:59", true),
        (noon(), "2026-11-21T14:00", false),
        (mornings(), "2026-11-21T10:59", false),
        (mornings(), "2026-11-21T11:00", true),
        (mornings(), "2026-11-22T12:59", true),
        (mornings(), "2026-11-22T13:00", false),
        (mornings(), "2026-11-20T12:00", false),
        (mornings(), "2026-11-23T12:00", false),
    ] {
        assert_eq!(window.contains(wall(at)), expected, "{at}");
    }
    assert!(!noon().is_empty());
    assert!(Window::new(noon().from, noon().from).is_empty(), "no minute is in it");
}

#[test]
fn a_window_meets_what_shares_a_minute_with_it() {
    for (window, first, last, expected) in [
        (noon(), "2026-11-21T10:00", "2026-11-21T12:00", false),
        (noon(), "2026-11-21T10:00", "2026-11-21T12:01", true),
        (noon(), "2026-11-21T14:00", "2026-11-21T15:00", false),
        (noon(), "2026-11-21T13:59", "2026-11-21T15:00", true),
        (noon(), "2026-11-21T13:00", "2026-11-21T13:00", false),
        (mornings(), "2026-11-21T13:00", "2026-11-22T11:00", false),
        (mornings(), "2026-11-21T12:59", "2026-11-22T00:00", true),
        (mornings(), "2026-11-21T13:00", "2026-11-22T11:01", true),
        (mornings(), "2026-11-21T13:00", "2026-11-22T00:00", false),
        (mornings(), "2026-11-22T13:00", "2026-11-24T12:00", false),
        (mornings(), "2026-11-18T00:00", "2026-11-19T00:00", false),
    ] {
        assert_eq!(window.meets(wall(first), wall(last)), expected, "{first} to {last}");
    }
}

#[test]
fn a_window_is_widened_at_both_ends() {
    let wide = Window::new(wall("2026-11-21T11:00"), wall("2026-11-21T15:00"));
    assert_eq!(noon().widened(SignedDuration::from_hours(1)), wide);
    assert_eq!(mornings().widened(SignedDuration::from_hours(1)).daily, mornings().daily);
    let days = Window::of_days(wall("2026-11-21T00:00").date(), wall("2026-11-22T00:00").date());
    assert_eq!(days, Window::new(wall("2026-11-21T00:00"), wall("2026-11-23T00:00")));
}

/// Without a date: the nearest day that still has such an hour, an hour of lead kept. Tuesday to Thursday are open
/// until 20:00 (Thursday the 26th is closed for once), Friday here until 22:00.
#[test]
fn an_hour_without_a_date_is_the_nearest_that_can_be() {
    let late_friday = SALON.replace("fri = [\"10:00\", \"20:00\"]", "fri = [\"10:00\", \"22:00\"]");
    let before = |hour: &'static str| on(Grain::Before, None, [None, Some(hour)]);
    let after = |hour: &'static str| on(Grain::After, None, [Some(hour), None]);
    for (when, now, expected, why) in [
        (before("12:00"), "2026-11-24T10:59", "2026-11-24", "an hour later is 11:59, the last minute before noon"),
        (before("12:00"), "2026-11-24T11:00", "2026-11-25", "an hour later is noon"),
        (after("20:00"), "2026-11-24T12:00", "2026-11-27", "only Friday goes on after eight"),
        (after("19:59"), "2026-11-24T12:00", "2026-11-24", "a minute before closing"),
        (before("06:00"), "2026-11-24T04:59", "2026-11-24", "never open then: by the clock alone"),
        (before("06:00"), "2026-11-24T05:00", "2026-11-25", "and tomorrow once it is too late"),
        (on(Grain::Range, None, [Some("10:00"), Some("10:00")]), "2026-11-24T08:00", "2026-11-24", "until midnight"),
    ] {
        let salon = settings(&late_friday);
        let window = window_of(&when, at(&salon, now), &salon);
        assert_eq!(window.from.date().to_string(), expected, "{why}");
    }
    let salon = settings(&late_friday);
    let ten_to_ten = on(Grain::Range, Some("2026-11-25"), [Some("10:00"), Some("10:00")]);
    let window = window_of(&ten_to_ten, at(&salon, "2026-11-24T12:00"), &salon);
    assert_eq!(window, Window::new(wall("2026-11-25T10:00"), wall("2026-11-26T00:00")), "no hours of nothing");
}

/// From Wednesday night the next open evening is Friday's, two days on.
#[test]
fn the_horizon_is_the_last_day_looked_at() {
    for (horizon_days, expected) in [(2, "2026-11-27"), (1, "2026-11-26")] {
        let salon = settings(&SALON.replace("horizon_days = 14", &format!("horizon_days = {horizon_days}")));
        let evening = on(Grain::After, None, [Some("18:00"), None]);
        let window = window_of(&evening, at(&salon, "2026-11-25T23:40"), &salon);
        assert_eq!(window.from.date().to_string(), expected, "{horizon_days}");
    }
}
