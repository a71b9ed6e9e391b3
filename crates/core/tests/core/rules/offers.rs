//! Which times are put before the client, and which of them the client meant.

use jiff::civil::{Date, date, time};
use nochnik_core::conversation::Asking;
use nochnik_core::effect::Effect;
use nochnik_nlu::{Grain, When};

use crate::rules::talk::{FRIDAY, Talk, day, reply, said, salon, time_on, times};

const MONDAY: Date = date(2026, 11, 23);
const WEDNESDAY: Date = date(2026, 11, 25);

/// Somebody who wants a manicure with Anna at any of these times.
fn wishing(when: Option<When>, others: &[When]) -> Talk {
    let mut talk = Talk::wishing(when);
    talk.conv.wish.when_others = others.to_vec();
    talk
}

/// Goes on to look for a time.
fn looks(talk: &mut Talk) -> (String, Vec<String>) {
    let text = said(&talk.presses("book"));
    (text, times(talk, &talk.conv.wish.offers))
}

/// Thirty days from 19 November are 19 December, a Saturday.
#[test]
fn the_last_day_of_the_horizon_is_still_booked() {
    let (text, offers) = looks(&mut wishing(Some(day(date(2026, 12, 19))), &[]));
    assert!(text.contains("Свободно:") && offers.iter().all(|slot| slot.starts_with("19.12")), "{text}");
    let (text, offers) = looks(&mut wishing(Some(day(date(2026, 12, 21))), &[]));
    assert!(text.contains("Так далеко вперёд пока не записываю"), "{text}");
    assert!(offers.iter().all(|slot| slot.starts_with("19.11")), "the nearest are shown: {offers:?}");
    let (_, offers) = looks(&mut wishing(Some(day(date(2026, 12, 19))), &[day(date(2026, 12, 21))]));
    assert!(!offers.is_empty() && offers.iter().all(|slot| slot.starts_with("19.12")), "{offers:?}");
}

#[test]
fn of_several_days_something_of_each_is_offered() {
    let mut days = wishing(Some(day(MONDAY)), &[day(WEDNESDAY)]);
    let (_, offers) = looks(&mut days);
    let of = |day: &str| offers.iter().filter(|slot| slot.starts_with(day)).count();
    assert!(of("23.11") > 0 && of("25.11") > 0 && offers.len() == of("23.11") + of("25.11"), "{offers:?}");
    let mut hours = wishing(Some(time_on(MONDAY, 12)), &[time_on(WEDNESDAY, 12)]);
    assert_eq!(looks(&mut hours).1, ["23.11 12:00", "25.11 12:00"], "the hour of each");
    assert_eq!(hours.held(), None, "which of them is not known");
}

/// Only an exact time is taken without asking.
#[test]
fn of_several_days_the_only_time_left_is_taken_where_it_was_named() {
    let mut hours = wishing(Some(time_on(MONDAY, 12)), &[time_on(WEDNESDAY, 12)]);
    hours.taken("anna", "2026-11-25T12:00", "2026-11-25T13:00");
    looks(&mut hours);
    assert_eq!(hours.held().as_deref(), Some("23.11 12:00"));

    let mut days = wishing(Some(day(MONDAY)), &[day(WEDNESDAY)]);
    for (from, to) in [("23T09:00", "23T15:00"), ("23T16:00", "23T20:00"), ("25T09:00", "25T20:00")] {
        days.taken("anna", &format!("2026-11-{from}"), &format!("2026-11-{to}"));
    }
    let (text, offers) = looks(&mut days);
    assert_eq!((days.held(), offers), (None, vec!["23.11 15:00".to_owned()]), "{text}");
}

#[test]
fn of_several_days_that_are_full_the_nearest_free_time_is_offered() {
    let mut talk = wishing(Some(time_on(MONDAY, 12)), &[time_on(WEDNESDAY, 12)]);
    for day in ["23", "25"] {
        talk.taken("anna", &format!("2026-11-{day}T09:00"), &format!("2026-11-{day}T20:00"));
    }
    let (text, offers) = looks(&mut talk);
    assert!(text.contains("Свободного окна нет") && !offers.is_empty(), "{text}");
    assert_eq!((talk.conv.asking, talk.conv.wish.offers.len()), (Asking::Slot, offers.len()));
}

/// After six on Friday Anna is busy: the last hours before it, not the whole day. A full day gives the next one.
#[test]
fn instead_of_an_hour_the_hours_around_it_are_offered_and_instead_of_a_day_the_next() {
    let evening = When { grain: Grain::After, from_at: Some(time(18, 0, 0, 0)), to_on: None, ..day(FRIDAY) };
    let mut talk = wishing(Some(evening), &[]);
    talk.taken("anna", "2026-11-20T18:00", "2026-11-20T21:00");
    assert_eq!(looks(&mut talk).1, ["20.11 16:00", "20.11 16:30", "20.11 17:00"]);

    let mut talk = wishing(Some(day(FRIDAY)), &[]);
    talk.taken("anna", "2026-11-20T09:00", "2026-11-20T21:00");
    let (_, offers) = looks(&mut talk);
    assert_eq!((offers[0].as_str(), offers.last().unwrap().as_str()), ("21.11 10:00", "21.11 18:00"));
}

/// The salon is closed on Sundays.
#[test]
fn one_closed_day_is_named_and_one_of_two_is_not() {
    let sunday = date(2026, 11, 22);
    let (text, _) = looks(&mut wishing(Some(day(sunday)), &[]));
    assert!(text.contains("Вс, 22 ноября — выходной"), "{text}");
    let both = When { grain: Grain::Days, to_on: Some(MONDAY), ..day(sunday) };
    let mut talk = wishing(Some(both), &[]);
    talk.taken("anna", "2026-11-23T09:00", "2026-11-23T20:00");
    let (text, _) = looks(&mut talk);
    assert!(!text.contains("выходной") && text.contains("Свободного окна нет"), "{text}");
}

#[test]
fn a_list_that_stands_before_the_client_is_not_written_out_again() {
    let mut talk = wishing(None, &[]);
    let (first, offers) = looks(&mut talk);
    assert!(first.contains("Ближайшие свободные окна") && first.contains("\n1. "), "{first}");
    let effects = talk.presses("book");
    assert_eq!(said(&effects), "На какой день и время вас записать?");
    assert_eq!(reply(&effects).unwrap().buttons.len(), offers.len() + 1, "its buttons stay");
    talk.passes(16);
    assert!(looks(&mut talk).0.contains("\n1. "), "a quarter of an hour later it is out of sight");
}

/// Anna at ten, at noon and at three on Friday, and whatever she has on other days named.
fn listed(others: &[When]) -> Talk {
    let mut talk = wishing(Some(day(FRIDAY)), others);
    for (from, to) in [("09:00", "10:00"), ("11:00", "12:00"), ("13:00", "15:00"), ("16:00", "21:00")] {
        talk.taken("anna", &format!("2026-11-20T{from}"), &format!("2026-11-20T{to}"));
    }
    looks(&mut talk);
    talk
}

#[test]
fn a_time_of_the_list_said_again_is_chosen() {
    let mut talk = listed(&[]);
    assert_eq!(times(&talk, &talk.conv.wish.offers), ["20.11 10:00", "20.11 12:00", "20.11 15:00"]);
    talk.wants(&["book"], "в 12:00");
    assert_eq!(talk.held().as_deref(), Some("20.11 12:00"));
}

/// «После 15» is no choice of 15:00, and an hour that is not on the list none of the only one that is.
#[test]
fn a_time_beside_the_list_is_no_choice() {
    let mut talk = listed(&[]);
    talk.wants(&["book"], "после 15:00");
    assert_eq!(talk.held(), None);

    let mut talk = wishing(Some(day(FRIDAY)), &[]);
    talk.taken("anna", "2026-11-20T09:00", "2026-11-20T15:00");
    talk.taken("anna", "2026-11-20T16:00", "2026-11-20T21:00");
    assert_eq!(looks(&mut talk).1, ["20.11 15:00"]);
    talk.wants(&["book"], "а в 12:00?");
    assert_eq!(talk.held(), None);
}

/// Nine in the evening is the last time of a long Friday: «в 9» is that, «в 9 утра» is not.
#[test]
fn an_unsure_hour_is_the_one_of_the_list_in_the_other_half_of_the_day() {
    for (text, expected) in [("в 9", Some("20.11 21:00")), ("в 9 утра", None)] {
        let mut talk = wishing(Some(day(FRIDAY)), &[]);
        talk.business.settings = salon("hours = { fri = [\"09:00\", \"22:00\"] }");
        talk.taken("anna", "2026-11-20T09:00", "2026-11-20T15:00");
        talk.taken("anna", "2026-11-20T16:00", "2026-11-20T21:00");
        assert_eq!(looks(&mut talk).1, ["20.11 15:00", "20.11 21:00"]);
        talk.wants(&["book"], text);
        assert_eq!(talk.held().as_deref(), expected, "{text}");
    }
}

/// Noon stands under two days.
#[test]
fn an_hour_of_two_days_is_chosen_by_its_day_only() {
    let both = || {
        let mut talk = wishing(Some(time_on(MONDAY, 12)), &[time_on(WEDNESDAY, 12)]);
        looks(&mut talk);
        talk
    };
    let mut dated = both();
    dated.wants(&["book"], "в среду в 12:00");
    assert_eq!(dated.held().as_deref(), Some("25.11 12:00"));
    let mut undated = both();
    undated.wants(&["book"], "в 12:00");
    assert_eq!(undated.held(), None);
}

#[test]
fn a_place_in_the_list_is_chosen_where_nothing_else_is_said() {
    let chosen = |intents: &[&str], text: &str| {
        let mut talk = listed(&[]);
        talk.wants(intents, text);
        talk.held()
    };
    assert_eq!(chosen(&["book"], "самое раннее").as_deref(), Some("20.11 10:00"));
    assert_eq!(chosen(&["inform"], "самое позднее").as_deref(), Some("20.11 15:00"));
    assert_eq!(chosen(&["inform"], "без разницы").as_deref(), Some("20.11 10:00"));
    assert_eq!(chosen(&["book"], "самое раннее на педикюр"), None, "another service");
    assert_eq!(chosen(&["book"], "самое раннее у Марии"), None, "another specialist");
    assert_eq!(chosen(&["book", "faq"], "самое раннее, это во сколько открываетесь?"), None, "a question");
    assert_eq!(chosen(&["book", "price"], "самое раннее сколько стоит?"), None, "a question of price");
}

/// Asked for a day, the client does not choose from what was listed before.
#[test]
fn a_list_is_chosen_from_only_while_it_is_asked_about() {
    let mut talk = listed(&[]);
    talk.conv.asking = Asking::When;
    talk.wants(&["inform"], "самое раннее");
    assert_eq!(talk.held(), None);
}

#[test]
fn a_salon_with_no_time_left_calls_a_person() {
    let mut talk = wishing(Some(time_on(MONDAY, 12)), &[]);
    talk.taken("anna", "2026-11-19T09:00", "2026-12-20T00:00");
    let effects = talk.presses("book");
    assert!(said(&effects).contains("свободных окон") && talk.conv.asking == Asking::Nothing);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Notify(_))));
}
