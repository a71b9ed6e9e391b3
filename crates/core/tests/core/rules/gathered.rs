//! What a message adds to what is known: services, specialists, times, and whose they are. What is wanted is given;
//! that the words say so is the reader's business.

use jiff::SignedDuration;
use jiff::civil::{Date, Time, date, time};
use nochnik_core::conversation::Asking;
use nochnik_core::values::{ServiceId, SpecialistId};
use nochnik_nlu::{Grain, When};

use crate::rules::talk::{FRIDAY, Talk, day, time_on};

/// A Thursday.
const NOON: &str = "2026-11-19T12:00";
const TODAY: Date = date(2026, 11, 19);
const SATURDAY: Date = date(2026, 11, 21);

fn hour(hour: i8) -> Time {
    time(hour, 0, 0, 0)
}

/// Wants a manicure with Anna, and was asked when.
fn asked_when() -> Talk {
    let mut talk = Talk::wishing(None);
    talk.conv.asking = Asking::When;
    talk
}

fn services(talk: &Talk) -> Vec<&str> {
    talk.conv.wish.services.iter().map(ServiceId::as_str).collect()
}

fn wanted(talk: &Talk) -> Option<(Grain, Option<Date>, Option<Time>)> {
    talk.conv.wish.when.map(|when| (when.grain, when.from_on, when.from_at))
}

/// A question about a service is no wish for it, unless the client asks to be booked in the same breath.
#[test]
fn a_question_swallows_no_wish_and_makes_none() {
    for (intents, text, wants_visit) in [
        (vec!["faq"], "а маникюр долго?", false),
        (vec!["faq"], "парковка есть?", false),
        (vec!["faq"], "можно с ребёнком? и запишите на маникюр", true),
        (vec!["price"], "запишите мне, сколько стоит маникюр", false),
    ] {
        let mut talk = Talk::begin(NOON);
        talk.wants(&intents, text);
        assert_eq!(talk.conv.wish.wants_visit, wants_visit, "{text}");
    }
}

#[test]
fn in_the_middle_of_booking_another_service_is_wanted_only_where_it_is_asked_for() {
    for (intents, text, services_after) in [
        (vec!["faq"], "а педикюр долго?", vec!["manicure"]),
        (vec!["faq", "book"], "а педикюр можно?", vec!["pedicure"]),
        (vec!["faq", "reschedule"], "а педикюр можно?", vec!["pedicure"]),
        (vec!["faq", "price"], "а педикюр почём и долго?", vec!["manicure"]),
        (vec!["faq"], "и ещё педикюр можно?", vec!["manicure", "pedicure"]),
    ] {
        let mut talk = Talk::kept();
        talk.wants(&intents, text);
        assert_eq!(services(&talk), services_after, "{intents:?} {text}");
    }
    let mut nothing_kept = asked_when();
    nothing_kept.wants(&["faq"], "а педикюр долго?");
    assert_eq!(services(&nothing_kept), ["manicure"], "nor before a time is kept");
}

#[test]
fn only_a_trial_stands_for_what_is_tried() {
    let mut talk = Talk::begin(NOON);
    talk.wants(&["book"], "маникюр и педикюр");
    assert_eq!(services(&talk), ["manicure", "pedicure"]);
}

/// The surgeon does one thing, the therapist two.
const CLINIC: &str = r#"
services = [
    { id = "extraction", name = "Удаление зуба", price = 3000, duration_min = 30 },
    { id = "filling", name = "Пломба", price = 2000, duration_min = 30 },
    { id = "cleaning", name = "Чистка", price = 2500, duration_min = 30 },
]
staff = [
    { id = "petr", name = "Пётр", role = "хирург", aliases = ["Петру"], services = ["extraction"] },
    { id = "olga", name = "Ольга", role = "терапевт", aliases = ["Ольге"], services = ["filling", "cleaning"] },
]
"#;

#[test]
fn whoever_does_one_thing_is_asked_for_that() {
    for (intents, text, expected) in [
        (vec!["book"], "запишите к Петру", vec!["extraction"]),
        (vec!["book"], "запишите к хирургу", vec!["extraction"]),
        (vec!["book"], "запишите к Ольге", vec![]),
        (vec!["faq"], "а Пётр хороший?", vec![]),
    ] {
        let mut talk = Talk::with(CLINIC, NOON);
        talk.wants(&intents, text);
        assert_eq!(services(&talk), expected, "{text}");
    }
    let mut chosen = Talk::with(CLINIC, NOON);
    chosen.presses("svc.cleaning");
    chosen.wants(&["book"], "запишите к Петру");
    assert_eq!(services(&chosen), ["cleaning"], "what was chosen stands");
}

#[test]
fn a_position_asked_for_is_kept_until_a_service_is_named() {
    let mut talk = Talk::with(CLINIC, NOON);
    let text = talk.wants(&["book"], "запишите к терапевту");
    assert!(text.contains("Пломба, Чистка"), "{text}");
    talk.wants(&["inform"], "завтра");
    assert_eq!(talk.conv.wish.of_position, [SpecialistId::new("olga")]);
}

/// A call is asked for at a time of its own, unless the call is about a service: then the time is the visit's.
#[test]
fn the_time_of_a_call_is_not_the_visits() {
    let friday_at_three = Some((Grain::Time, Some(FRIDAY), Some(hour(15))));
    let times = |intents: &[&str], text: &str| {
        let mut talk = Talk::begin(NOON);
        talk.wants(intents, text);
        let call = talk.conv.wish.call_when.map(|when| (when.grain, when.from_on, when.from_at));
        (wanted(&talk), call)
    };
    assert_eq!(times(&["callback"], "наберите завтра в 15:00"), (None, friday_at_three));
    assert_eq!(times(&["callback"], "наберите, хочу маникюр завтра в 15:00"), (friday_at_three, None));
    assert_eq!(times(&["cancel"], "отмените маникюр на завтра").1, None, "no call was asked for");
}

/// The salon is open until eight.
#[test]
fn an_hour_to_ring_at_is_todays_while_it_is_ahead_and_the_salon_is_open() {
    for (now, text, on) in [
        (NOON, "наберите в 15:00", Some(TODAY)),
        (NOON, "наберите в 11:00", None),
        (NOON, "наберите в 21:00", None),
        ("2026-11-19T14:59", "наберите в 15:00", Some(TODAY)),
        ("2026-11-19T15:00", "наберите в 15:00", None),
    ] {
        let mut talk = Talk::begin(now);
        talk.wants(&["callback"], text);
        assert_eq!(talk.conv.wish.call_when.map(|when| when.from_on), Some(on), "{now} {text}");
    }
}

/// «На час позже» is counted from the time kept, else from the hour wanted, on the day named beside it if one was.
#[test]
fn a_shift_is_counted_from_what_was_spoken_of() {
    let mut later = Talk::kept();
    later.wants(&["inform"], "на час позже");
    assert_eq!(later.held().as_deref(), Some("20.11 16:00"));
    let mut other_day = Talk::kept();
    other_day.wants(&["inform"], "на час позже в субботу");
    assert_eq!(other_day.held().as_deref(), Some("21.11 16:00"));

    let mut taken = asked_when();
    taken.taken("anna", "2026-11-20T15:00", "2026-11-20T16:00");
    taken.conv.wish.when = Some(time_on(FRIDAY, 15));
    taken.presses("book");
    assert_eq!(taken.held(), None);
    taken.wants(&["inform"], "на час позже");
    assert_eq!(taken.held().as_deref(), Some("20.11 16:00"));
}

/// Before a list of one day «попозже» is behind its middle; before one of several days it names no hour.
#[test]
fn later_than_a_list_is_behind_its_middle() {
    let list = |others: &[When]| {
        let mut talk = asked_when();
        talk.conv.wish.when = Some(day(FRIDAY));
        talk.conv.wish.when_others = others.to_vec();
        talk.presses("book");
        assert_eq!((talk.conv.asking, talk.conv.wish.offers.len()), (Asking::Slot, 3));
        // As when the list answered «когда есть время?».
        (talk.conv.wish.when, talk.conv.wish.when_others) = (None, Vec::new());
        talk
    };
    let mut one_day = list(&[]);
    // Of two the later.
    one_day.conv.wish.offers.truncate(2);
    let middle = one_day.wall(one_day.conv.wish.offers[1].starts_at);
    one_day.wants(&["inform"], "попозже");
    let behind = middle.checked_add(SignedDuration::from_mins(30)).unwrap();
    assert_eq!(wanted(&one_day), Some((Grain::After, Some(FRIDAY), Some(behind.time()))));

    let mut two_days = list(&[day(SATURDAY)]);
    two_days.wants(&["inform"], "попозже");
    assert_eq!(wanted(&two_days), None);
    let mut other_question = list(&[]);
    other_question.conv.asking = Asking::When;
    other_question.wants(&["inform"], "попозже");
    assert_eq!(wanted(&other_question), None);
}

/// «Которое раньше» picks from the list and asks for no other time.
#[test]
fn a_pick_by_place_moves_no_time() {
    for text in ["которое раньше", "которое позже"] {
        let mut talk = asked_when();
        talk.presses("book");
        assert_eq!(talk.conv.asking, Asking::Slot);
        talk.wants(&["inform"], text);
        assert!(wanted(&talk).is_none() && talk.held().is_some(), "{text}");
    }
}

/// A moved visit keeps its hour on a day that stands alone.
#[test]
fn sooner_than_an_hour_stays_on_its_day() {
    let mut talk = asked_when();
    talk.conv.wish.when = Some(When { to_on: None, ..time_on(SATURDAY, 15) });
    talk.wants(&["inform"], "а пораньше?");
    let when = talk.conv.wish.when.unwrap();
    assert_eq!((when.grain, when.from_on, when.to_on), (Grain::Before, Some(SATURDAY), Some(SATURDAY)));
    assert_eq!((when.from_at, when.to_at), (None, Some(hour(15))));
}

/// A day that begins a time of its own leaves no other days beside it.
#[test]
fn a_time_without_an_end_is_another_time() {
    let mut talk = asked_when();
    talk.conv.wish.when = Some(day(date(2026, 11, 23)));
    talk.conv.wish.when_others = vec![day(date(2026, 11, 25))];
    talk.wants(&["book"], "с субботы");
    assert_eq!(wanted(&talk), Some((Grain::FromDay, Some(SATURDAY), None)), "not on Monday");
    assert_eq!(talk.conv.wish.when_others, []);
}

#[test]
fn a_day_said_after_days_is_a_day() {
    let mut talk = asked_when();
    talk.conv.wish.when = Some(When { grain: Grain::Days, to_on: Some(date(2026, 11, 22)), ..day(SATURDAY) });
    talk.wants(&["book"], "лучше в среду");
    assert_eq!(wanted(&talk), Some((Grain::Day, Some(date(2026, 11, 25)), None)));
}

/// The reader guesses a half of the day; whoever asked for the evening did not mean the morning.
#[test]
fn an_unsure_hour_falls_into_the_half_of_the_day_that_was_wished_for() {
    let evening = When { grain: Grain::Part, from_at: Some(hour(17)), to_at: Some(hour(22)), ..day(FRIDAY) };
    let after = |from: i8| When { grain: Grain::After, from_at: Some(hour(from)), ..day(FRIDAY) };
    for (wished, text, expected) in [
        (evening, "в 9", 21),
        (evening, "в 9 утра", 9),
        (after(8), "в 9", 9),
        (after(18), "в 12", 12),
        (time_on(FRIDAY, 18), "в 9", 9),
    ] {
        let mut talk = asked_when();
        talk.conv.wish.when = Some(wished);
        talk.wants(&["inform"], text);
        assert_eq!(wanted(&talk), Some((Grain::Time, Some(FRIDAY), Some(hour(expected)))), "{wished:?} {text}");
    }
}

#[test]
fn called_off_and_moved_in_one_breath_the_visit_moves() {
    for (intents, text) in [
        (vec!["cancel", "book"], "отмените и запишите на субботу"),
        (vec!["reschedule", "late"], "не успеваю, перенесите на субботу"),
    ] {
        let mut talk = Talk::agreed();
        talk.wants(&intents, text);
        assert_eq!(wanted(&talk).and_then(|(_, on, _)| on), Some(SATURDAY), "{text}");
    }
}

/// Of the wanted day and the old one only the old is known by a visit that stands on it.
#[test]
fn a_day_on_which_no_visit_stands_is_the_wanted_one() {
    let mut talk = Talk::agreed();
    talk.wants(&["reschedule"], "перенесите запись с субботы");
    assert_eq!(talk.held().as_deref(), Some("21.11 15:00"), "at the old hour");
    let mut old = Talk::agreed();
    old.wants(&["reschedule"], "перенесите запись с пятницы");
    assert_eq!((old.held(), wanted(&old)), (None, None));
    let mut nothing = Talk::begin(NOON);
    nothing.wants(&["reschedule"], "перенесите запись с субботы");
    assert_eq!(wanted(&nothing), None);
}

#[test]
fn a_move_asked_for_twice_is_the_same_move() {
    let mut talk = Talk::agreed();
    talk.wants(&["reschedule"], "перенесите на субботу");
    assert_eq!(talk.held().as_deref(), Some("21.11 15:00"));
    talk.wants(&["reschedule"], "перенесите, пожалуйста");
    assert_eq!(talk.held().as_deref(), Some("21.11 15:00"));
}

#[test]
fn another_visit_on_the_same_day_is_on_the_day_of_the_visit() {
    let mut talk = Talk::agreed();
    talk.wants(&["book"], "ещё маникюр в тот же день");
    assert_eq!(wanted(&talk), Some((Grain::Day, Some(FRIDAY), None)));
}

/// For twelve hours a time without a service is another one for the visit just called off.
#[test]
fn a_time_said_after_a_cancellation_is_for_the_same() {
    let taken_up = |intents: &[&str], text: &str, later_min: i64| {
        let mut talk = Talk::agreed();
        let number = talk.visit().number().to_owned();
        talk.presses(&format!("cancel.{number}"));
        talk.now += SignedDuration::from_mins(later_min);
        talk.wants(intents, text);
        (services(&talk).join(" "), talk.conv.wish.specialist.clone().map(|id| id.to_string()))
    };
    let same = ("manicure".to_owned(), Some("anna".to_owned()));
    let nothing = (String::new(), None);
    assert_eq!(taken_up(&["book"], "тогда в понедельник в 12:00", 0), same);
    assert_eq!(taken_up(&["book"], "тогда в понедельник в 12:00", 12 * 60), same);
    assert_eq!(taken_up(&["book"], "тогда в понедельник в 12:00", 12 * 60 + 1), nothing);
    assert_eq!(taken_up(&["cancel"], "и в понедельник отмените", 0), nothing);
    assert_eq!(taken_up(&["inform"], "спасибо", 0), nothing, "no time was said");
}

#[test]
fn what_is_urgent_is_shown_so_to_the_staff() {
    let chips = |text: &str| {
        let mut talk = Talk::begin(NOON);
        talk.says(text);
        talk.conv.heard.iter().any(|chip| chip == "срочно")
    };
    assert!(chips("срочно запишите на маникюр сегодня"));
    assert!(!chips("запишите на маникюр сегодня"));
}
