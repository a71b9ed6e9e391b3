//! Free slots and the nearest ones, by tables.

use nochnik_core::schedule::{SlotAsk, Window, free_slots, nearest};
use nochnik_core::values::{ServiceId, SpecialistId};
use rstest::rstest;

use crate::schedule::salon::{SALON, at, business, lines, settings, wall};

pub fn ask(services: &[&str], specialist: Option<&str>, from: &str, to: &str) -> SlotAsk {
    SlotAsk {
        services: services.iter().map(|id| ServiceId::from(*id)).collect(),
        specialist: specialist.map(SpecialistId::from),
        without: Vec::new(),
        window: Window::new(wall(from), wall(to)),
    }
}

/// Slots at Tuesday noon unless the test says otherwise.
fn found(busy: &[&str], ask: &SlotAsk) -> Vec<String> {
    found_at("2026-11-24T12:00", busy, ask)
}

fn found_at(now: &str, busy: &[&str], ask: &SlotAsk) -> Vec<String> {
    let salon = settings(SALON);
    let slots = free_slots(&business(&salon, busy), ask, at(&salon, now));
    lines(&salon, &slots)
}

#[rstest]
#[case::evening("2026-11-24T18:00", "2026-11-25T00:00", &["24 18:00 anna", "24 18:30 anna", "24 19:00 anna"])]
#[case::lead_time("2026-11-24T12:00", "2026-11-24T14:00", &["24 13:00 anna", "24 13:00 maria", "24 13:30 anna"])]
#[case::lunch_break("2026-11-25T11:30", "2026-11-25T14:30", &["25 11:30 anna", "25 12:00 anna", "25 14:00 anna"])]
#[case::day_closed_for_once("2026-11-26T00:00", "2026-11-27T00:00", &[])]
#[case::sunday_open_for_once("2026-11-29T00:00", "2026-11-30T00:00",
    &["29 12:00 anna", "29 12:30 anna", "29 13:00 anna", "29 13:30 anna", "29 14:00 anna"])]
#[case::beyond_the_horizon("2026-12-09T00:00", "2026-12-20T00:00", &[])]
#[case::last_day_of_the_horizon("2026-12-08T19:00", "2026-12-20T00:00", &["08 19:00 anna"])]
#[case::off_the_grid("2026-11-24T18:05", "2026-11-24T18:35", &["24 18:30 anna"])]
#[case::empty_window("2026-11-24T18:00", "2026-11-24T18:00", &[])]
fn slots_keep_hours_and_policy(#[case] from: &str, #[case] to: &str, #[case] expected: &[&str]) {
    assert_eq!(found(&[], &ask(&["manicure"], None, from, to)), expected);
}

/// Saturday opens at midnight; Friday closes at eight all the same.
#[test]
fn a_day_that_ends_before_midnight_does_not_run_into_a_morning_that_begins_there() {
    let salon = settings(&SALON.replace("sat = [\"10:00\", \"16:00\"]", "sat = [\"00:00\", \"06:00\"]"));
    let evening = ask(&["manicure"], None, "2026-11-27T18:00", "2026-11-28T00:00");
    let slots = free_slots(&business(&salon, &[]), &evening, at(&salon, "2026-11-24T12:00"));
    assert_eq!(lines(&salon, &slots), ["27 18:00 anna", "27 18:30 anna", "27 19:00 anna"]);
}

#[test]
fn a_specialist_serves_within_own_hours_and_the_salons() {
    let morning = ask(&["manicure"], Some("maria"), "2026-12-01T00:00", "2026-12-02T00:00");
    let expected = ["01 10:00", "01 10:30", "01 11:00", "01 11:30", "01 12:00", "01 12:30", "01 13:00"];
    assert_eq!(found(&[], &morning), expected.map(|start| format!("{start} maria")));
}

#[test]
fn busy_time_and_buffers_are_kept_free() {
    let busy = ["anna 2026-11-24T15:00 2026-11-24T16:00", "maria 2026-11-24T13:00 2026-11-24T20:00"];
    // 90 minutes and 15 behind them: from 13:00 it would end at 14:45, from 13:30 run into 15:00.
    let gel = ask(&["gel"], None, "2026-11-24T13:00", "2026-11-24T17:00");
    assert_eq!(found(&busy, &gel), ["24 13:00 anna", "24 16:00 anna", "24 16:30 anna"]);
}

#[test]
fn the_buffer_alone_may_run_past_closing() {
    let gel = ask(&["gel"], None, "2026-11-24T18:00", "2026-11-24T20:00");
    assert_eq!(found(&[], &gel), ["24 18:00 anna", "24 18:30 anna"]);
}

#[test]
fn services_follow_each_other_with_one_specialist() {
    let salon = settings(SALON);
    let both = ask(&["manicure", "brows"], None, "2026-11-24T13:00", "2026-11-24T13:30");
    let slots = free_slots(&business(&salon, &[]), &both, at(&salon, "2026-11-24T12:00"));
    assert_eq!(lines(&salon, &slots), ["24 13:00 anna"]);
    assert_eq!(slots[0].ends_at, at(&salon, "2026-11-24T14:30"));
    assert_eq!(slots[0].busy_until, slots[0].ends_at);
}

#[rstest]
#[case::no_services(&[], None)]
#[case::unknown_service(&["botox"], None)]
#[case::unknown_specialist(&["manicure"], Some("zoya"))]
#[case::specialist_who_does_not(&["gel"], Some("maria"))]
fn nothing_is_offered_that_nobody_does(#[case] services: &[&str], #[case] specialist: Option<&str>) {
    let wanted = ask(services, specialist, "2026-11-24T00:00", "2026-12-01T00:00");
    assert_eq!(found(&[], &wanted), Vec::<String>::new());
}

#[test]
fn of_equal_starts_the_one_without_a_useless_gap_comes_first() {
    // Half an hour before 13:00 is lost to Maria, who sells nothing shorter than an hour.
    let busy = ["maria 2026-11-24T10:00 2026-11-24T12:30"];
    let wanted = ask(&["manicure"], None, "2026-11-24T13:00", "2026-11-24T13:30");
    assert_eq!(found(&busy, &wanted), ["24 13:00 anna", "24 13:00 maria"]);
    // Ten minutes before 13:00 are lost to Anna; Maria comes straight from another visit.
    let busy = ["anna 2026-11-24T12:45 2026-11-24T12:50", "maria 2026-11-24T10:00 2026-11-24T13:00"];
    assert_eq!(found(&busy, &wanted), ["24 13:00 maria", "24 13:00 anna"]);
}

#[test]
fn the_nearest_are_on_both_sides_and_then_on_the_next_days() {
    let salon = settings(SALON);
    let busy = ["anna 2026-11-24T13:00 2026-11-24T16:30", "anna 2026-11-24T18:00 2026-11-24T19:00"];
    let wanted = ask(&["manicure"], Some("anna"), "2026-11-24T18:00", "2026-11-24T18:01");
    let around = wall("2026-11-24T18:00");
    let slots = nearest(&business(&salon, &busy), &wanted, around, at(&salon, "2026-11-24T12:00"), 5);
    // Left of Tuesday: 16:30, 17:00, 19:00; Wednesday starts from six in the evening.
    assert_eq!(
        lines(&salon, &slots),
        ["24 19:00 anna", "24 17:00 anna", "24 16:30 anna", "25 18:00 anna", "25 18:30 anna"]
    );
}

#[test]
fn the_nearest_to_a_day_gone_are_those_of_today() {
    let salon = settings(SALON);
    let wanted = ask(&["brows"], None, "2026-11-20T10:00", "2026-11-20T10:01");
    let around = wall("2026-11-20T10:00");
    let slots = nearest(&business(&salon, &[]), &wanted, around, at(&salon, "2026-11-24T12:00"), 2);
    assert_eq!(lines(&salon, &slots), ["24 13:00 anna", "24 13:30 anna"]);
}

/// Anna and Maria both cut for an hour and nothing shorter; open from ten to eight.
const PAIR: &str = r#"
id = "pair"
type = "beauty_salon"
name = "Пара"
services = [{ id = "cut", name = "Стрижка", price = 1000, duration_min = 60 }]
staff = [
    { id = "anna", name = "Анна", services = ["cut"] },
    { id = "maria", name = "Мария", services = ["cut"] },
]
[hours]
tue = ["10:00", "20:00"]
"#;

/// Who is offered first at noon. A gap of less than an hour can be sold to nobody.
#[rstest]
#[case::nothing_stands(&[], "anna")]
#[case::half_an_hour_is_lost_before(&["anna 10:30 11:30"], "maria")]
#[case::half_an_hour_is_lost_behind(&["anna 13:30 15:00"], "maria")]
#[case::an_hour_is_left_before(&["anna 10:00 11:00"], "anna")]
#[case::an_hour_is_left_behind(&["anna 14:00 15:00"], "anna")]
#[case::close_on_both_sides(&["anna 10:30 12:00", "anna 13:00 15:00"], "anna")]
#[case::the_next_begins_as_it_ends(&["anna 13:00 13:10", "anna 13:40 15:00"], "anna")]
#[case::what_was_before_is_not_what_comes(&["anna 10:00 10:30", "anna 13:30 15:00"], "maria")]
#[case::both_sides_add_up(&["anna 10:30 11:30", "anna 13:30 15:00"], "maria")]
#[case::less_is_lost_of_annas(&["anna 10:30 11:40", "anna 13:20 15:00", "maria 13:50 15:00"], "anna")]
#[case::less_is_lost_of_marias(&["anna 10:30 11:30", "anna 13:30 15:00", "maria 13:50 15:00"], "maria")]
fn the_visit_goes_where_it_leaves_least_of_no_use(#[case] busy: &[&str], #[case] who: &str) {
    let pair = settings(PAIR);
    let on_tuesday = |line: &&str| {
        let words: Vec<&str> = line.split(' ').collect();
        format!("{} 2026-11-24T{} 2026-11-24T{}", words[0], words[1], words[2])
    };
    let busy: Vec<String> = busy.iter().map(on_tuesday).collect();
    let busy: Vec<&str> = busy.iter().map(String::as_str).collect();
    let noon = ask(&["cut"], None, "2026-11-24T12:00", "2026-11-24T12:01");
    let slots = free_slots(&business(&pair, &busy), &noon, at(&pair, "2026-11-24T08:00"));
    let other = if who == "anna" { "maria" } else { "anna" };
    assert_eq!(lines(&pair, &slots), [format!("24 12:00 {who}"), format!("24 12:00 {other}")]);
}
