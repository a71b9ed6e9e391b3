//! What a client said, as the time we look through.

use nochnik_core::schedule::{Window, free_slots, window_of};
use nochnik_nlu::{Grain, When};
use rstest::rstest;

use crate::salon::{SALON, at, business, lines, settings, wall};
use crate::slots::ask;

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
