//! Visits that take more than a specialist's hour: buffers on both sides, processing gaps, chairs, lessons.

use std::sync::Arc;

use nochnik_core::business::{Business, Settings};
use nochnik_core::schedule::{Busy, Extra, Lesson, Seat, Slot, Subject, Unit, free_slots};
use nochnik_core::values::{ServiceId, SpecialistId};
use rstest::rstest;

use crate::schedule::salon::{at, lines, settings};
use crate::schedule::slots::ask;

/// 24 November 2026 is a Tuesday. Ten to six, every half hour, two chairs and one hall.
const STUDIO: &str = r#"
id = "studio"
type = "beauty_salon"
name = "Студия"

[hours]
tue = ["10:00", "18:00"]
wed = ["10:00", "18:00"]

[policy]
grid_min = 30
lead_time_min = 0

[[resources]]
id = "chair"
name = "Кресло"
count = 2

[[resources]]
id = "hall"
name = "Зал"

[[services]]
id = "cut"
name = "Стрижка"
price = 1000
duration_min = 60
resource = "chair"

[[services]]
id = "fringe"
name = "Чёлка"
price = 300
duration_min = 30

[[services]]
id = "colour"
name = "Окрашивание"
price = 4000
duration_min = 120
gap = { after_min = 30, for_min = 60 }

[[services]]
id = "laser"
name = "Лазер"
price = 5000
duration_min = 60
buffer_before_min = 20
buffer_min = 10

[[services]]
id = "yoga"
name = "Йога"
price = 500
duration_min = 60
capacity = 3
resource = "hall"
starts = ["tue 16:00", "wed 12:00"]

[[services]]
id = "dance"
name = "Танцы"
price = 500
duration_min = 60
capacity = 2
resource = "hall"

[[staff]]
id = "anna"
name = "Анна"
services = ["cut", "fringe", "colour", "laser"]

[[staff]]
id = "maria"
name = "Мария"
services = ["cut", "yoga", "dance"]

[[staff]]
id = "olga"
name = "Ольга"
services = ["cut", "dance"]
"#;

/// Morning of the Tuesday: everything of the day is still ahead.
const NOW: &str = "2026-11-24T08:00";

fn business(settings: &Settings, busy: Vec<Busy>) -> Business {
    Business { settings: settings.clone(), changes: Arc::default(), busy: Arc::new(busy) }
}

fn on_tuesday(studio: &Settings, busy: Vec<Busy>, service: &str, specialist: Option<&str>) -> Vec<Slot> {
    let wanted = ask(&[service], specialist, "2026-11-24T00:00", "2026-11-25T00:00");
    free_slots(&business(studio, busy), &wanted, at(studio, NOW))
}

fn times(studio: &Settings, slots: &[Slot]) -> Vec<String> {
    slots.iter().map(|slot| studio.wall(slot.starts_at).strftime("%H:%M").to_string()).collect()
}

fn taken(studio: &Settings, subject: &str, from: &str, to: &str) -> Busy {
    let day = |time: &str| at(studio, &format!("2026-11-24T{time}"));
    let subject = Subject::parse(subject);
    Busy { booking: "other".to_owned(), subject, from: day(from), to: day(to), seat: None }
}

/// A client of a lesson at this hour of Tuesday, in the hall.
fn client_of(studio: &Settings, specialist: &str, service: &str, time: &str, number: u16) -> Vec<Busy> {
    let starts_at = at(studio, &format!("2026-11-24T{time}"));
    let lesson = Lesson { specialist: SpecialistId::from(specialist), service: ServiceId::from(service), starts_at };
    let seat = Seat { lesson, number };
    let hall = Unit { resource: "hall".to_owned(), number: 1 };
    let ends_at = starts_at + jiff::SignedDuration::from_mins(60);
    let extra = Extra { units: vec![(hall, starts_at, ends_at)], seat: Some(seat), ..Extra::default() };
    let specialist = SpecialistId::from(specialist);
    Slot { specialist, starts_at, ends_at, busy_until: ends_at, extra }.takes(&format!("client {number}"))
}

#[rstest]
// Twenty minutes are kept before and ten behind; a neighbour may come no nearer.
#[case::after_a_visit("anna", "10:00", "14:00", &["14:30", "15:00", "15:30", "16:00", "16:30", "17:00"])]
#[case::before_a_visit("anna", "11:00", "17:30", &[])]
#[case::just_room("anna", "11:10", "18:00", &["10:00"])]
fn buffers_are_kept_on_both_sides(#[case] who: &str, #[case] from: &str, #[case] to: &str, #[case] free: &[&str]) {
    let studio = settings(STUDIO);
    let slots = on_tuesday(&studio, vec![taken(&studio, who, from, to)], "laser", Some("anna"));
    assert_eq!(times(&studio, &slots), free);
}

#[test]
fn while_the_colour_takes_another_client_is_served() {
    let studio = settings(STUDIO);
    let colour = on_tuesday(&studio, vec![], "colour", Some("anna")).remove(0);
    assert_eq!(times(&studio, std::slice::from_ref(&colour)), ["10:00"]);
    let mut busy = colour.takes("colour");
    let worked: Vec<_> = busy.iter().map(|part| (part.from, part.to)).collect();
    let day = |time: &str| at(&studio, &format!("2026-11-24T{time}"));
    assert_eq!(worked, [(day("10:00"), day("10:30")), (day("11:30"), day("12:00"))]);
    // The gap is an hour: two fringes or one cut; what is longer waits until noon.
    busy.push(taken(&studio, "anna", "12:30", "18:00"));
    let fringe = on_tuesday(&studio, busy.clone(), "fringe", Some("anna"));
    assert_eq!(times(&studio, &fringe), ["10:30", "11:00", "12:00"]);
    assert_eq!(times(&studio, &on_tuesday(&studio, busy.clone(), "cut", Some("anna"))), ["10:30"]);
    // Two colours can be laid into one another: the second is rinsed when the first has gone.
    assert_eq!(times(&studio, &on_tuesday(&studio, busy.clone(), "colour", Some("anna"))), ["10:30"]);
    busy.push(taken(&studio, "anna", "12:15", "12:30"));
    assert_eq!(times(&studio, &on_tuesday(&studio, busy, "colour", Some("anna"))), Vec::<String>::new());
}

#[test]
fn a_cut_needs_one_of_the_two_chairs() {
    let studio = settings(STUDIO);
    let busy = vec![
        taken(&studio, "chair#1", "10:00", "12:00"),
        taken(&studio, "chair#2", "11:00", "17:30"),
        taken(&studio, "chair#1", "13:00", "18:00"),
    ];
    let slots = on_tuesday(&studio, busy, "cut", Some("olga"));
    assert_eq!(times(&studio, &slots), ["10:00", "12:00"]);
    let chairs: Vec<u16> = slots.iter().map(|slot| slot.extra.units[0].0.number).collect();
    assert_eq!(chairs, [2, 1], "the one that is free");
    // What needs no chair is not in their way.
    assert_eq!(on_tuesday(&studio, vec![taken(&studio, "chair#1", "10:00", "18:00")], "fringe", None).len(), 16);
}

#[test]
fn a_lesson_begins_at_its_own_times_and_is_offered_while_seats_are_left() {
    let studio = settings(STUDIO);
    let seats = |numbers: &[u16]| {
        let busy = numbers.iter().flat_map(|number| client_of(&studio, "maria", "yoga", "16:00", *number)).collect();
        let slots = on_tuesday(&studio, busy, "yoga", None);
        let found = lines(&studio, &slots);
        let seats = slots.iter().filter_map(|slot| slot.extra.seat.as_ref()).map(|seat| seat.number);
        found.into_iter().zip(seats).collect::<Vec<_>>()
    };
    let offered = |seat| vec![("24 16:00 maria".to_owned(), seat)];
    assert_eq!(seats(&[]), offered(1));
    assert_eq!(seats(&[1]), offered(2));
    assert_eq!(seats(&[1, 3]), offered(2), "a seat given back");
    assert_eq!(seats(&[1, 2, 3]), []);
    // The specialist is at another's lesson meanwhile.
    let cut = on_tuesday(&studio, client_of(&studio, "maria", "yoga", "16:00", 1), "cut", Some("maria"));
    let near: Vec<_> =
        times(&studio, &cut).into_iter().filter(|time| ("15:00".."17:30").contains(&time.as_str())).collect();
    assert_eq!(near, ["15:00", "17:00"]);
}

#[test]
fn one_hall_holds_one_lesson_at_a_time() {
    let studio = settings(STUDIO);
    let yoga = client_of(&studio, "maria", "yoga", "16:00", 1);
    // Olga's dance would be in the same hall: only hours that do not touch the yoga are left.
    let dance = on_tuesday(&studio, yoga, "dance", Some("olga"));
    let near: Vec<_> = times(&studio, &dance).into_iter().filter(|time| time.as_str() >= "14:30").collect();
    assert_eq!(near, ["14:30", "15:00", "17:00"]);
    // Two dances of the same hour are two lessons: of Olga's own there is a second seat.
    let first = client_of(&studio, "olga", "dance", "12:00", 1);
    let noon = |who| {
        let slots = on_tuesday(&studio, first.clone(), "dance", Some(who));
        slots.into_iter().find(|slot| studio.wall(slot.starts_at).hour() == 12)
    };
    assert_eq!(noon("olga").and_then(|slot| slot.extra.seat).map(|seat| seat.number), Some(2));
    assert_eq!(noon("maria"), None);
}

#[test]
fn a_lesson_is_booked_alone() {
    let studio = settings(STUDIO);
    let wanted = ask(&["cut", "yoga"], Some("maria"), "2026-11-24T00:00", "2026-11-26T00:00");
    assert_eq!(free_slots(&business(&studio, vec![]), &wanted, at(&studio, NOW)), []);
}

#[test]
fn what_a_slot_takes_stands_in_its_way() {
    let studio = settings(STUDIO);
    for service in ["cut", "fringe", "colour", "laser"] {
        let slot = on_tuesday(&studio, vec![], service, Some("anna")).remove(0);
        let again = on_tuesday(&studio, slot.takes("first"), service, Some("anna"));
        assert!(again.iter().all(|other| other.starts_at != slot.starts_at), "{service} twice at one time");
        let clash = slot.takes("first").iter().any(|part| slot.takes("second").iter().any(|other| other.clashes(part)));
        assert!(clash, "{service}: two clients of one slot clash");
    }
}

#[rstest]
#[case::specialist("anna")]
#[case::chair("chair#2")]
#[case::looks_like_a_chair("chair#two")]
fn a_subject_reads_back(#[case] key: &str) {
    assert_eq!(Subject::parse(key).key(), key);
}

#[test]
fn a_lesson_reads_back() {
    let studio = settings(STUDIO);
    let starts_at = at(&studio, "2026-11-24T16:00");
    let lesson = Lesson { specialist: SpecialistId::from("anna-2"), service: ServiceId::from("yoga_1"), starts_at };
    assert_eq!(Lesson::parse(&lesson.key()), Some(lesson));
    assert_eq!(Lesson::parse("lotos/telegram/42/1"), None, "a booking's own id");
}

/// The studio, and two short services that keep Anna at a place.
fn with_places() -> Settings {
    let short = |id: &str, place: &str| {
        format!(
            "\n[[services]]\nid = \"{id}\"\nname = \"{id}\"\nprice = 1\nduration_min = 30\nresource = \"{place}\"\n"
        )
    };
    let own = r#"services = ["cut", "fringe", "colour", "laser""#;
    let studio = STUDIO.replace(own, &format!("{own}, \"curl\", \"mask\""));
    settings(&[studio, short("curl", "chair"), short("mask", "hall")].concat())
}

#[rstest]
#[case::one_chair_for_both(&["cut", "curl"], &["chair#1 10:00 11:30"])]
#[case::from_the_chair_to_the_hall(&["cut", "mask"], &["chair#1 10:00 11:00", "hall#1 11:00 11:30"])]
#[case::up_in_between(&["cut", "fringe", "curl"], &["chair#1 10:00 11:00", "chair#1 11:30 12:00"])]
#[case::there_and_back(&["curl", "mask", "curl"], &["chair#1 10:00 10:30", "hall#1 10:30 11:00", "chair#1 11:00 11:30"])]
#[case::nowhere(&["fringe"], &[])]
fn a_place_is_kept_while_it_is_needed(#[case] services: &[&str], #[case] expected: &[&str]) {
    let studio = with_places();
    let wanted = ask(services, Some("anna"), "2026-11-24T10:00", "2026-11-24T10:01");
    let slot = free_slots(&business(&studio, vec![]), &wanted, at(&studio, NOW)).remove(0);
    let time = |at| studio.wall(at).strftime("%H:%M").to_string();
    let line = |(unit, from, to): &(Unit, _, _)| {
        format!("{} {} {}", Subject::Unit(unit.clone()).key(), time(*from), time(*to))
    };
    assert_eq!(slot.extra.units.iter().map(line).collect::<Vec<_>>(), expected);
}

/// Twenty minutes before a laser Anna makes it ready.
#[test]
fn what_is_made_ready_before_the_visit_belongs_to_its_slot() {
    let studio = settings(STUDIO);
    let slot = on_tuesday(&studio, vec![], "laser", Some("anna")).remove(0);
    assert_eq!(slot.extra.before_min, 20);
    assert_eq!(slot.busy_from(), slot.starts_at - jiff::SignedDuration::from_mins(20));
}

/// The previous release reads the slots of those who use nothing new.
#[test]
fn a_slot_that_takes_nothing_beside_its_specialist_says_nothing_of_it() {
    let studio = settings(STUDIO);
    let written = |service| serde_json::to_value(&on_tuesday(&studio, vec![], service, Some("anna"))[0]).unwrap();
    assert_eq!(written("fringe").get("extra"), None);
    assert_eq!(written("laser")["extra"]["before_min"], 20);
    for service in ["fringe", "laser", "cut"] {
        let slot: Slot = serde_json::from_value(written(service)).unwrap();
        assert_eq!(slot, on_tuesday(&studio, vec![], service, Some("anna"))[0]);
    }
}

#[test]
fn seats_of_one_lesson_stand_beside_each_other_and_nothing_else_does() {
    let studio = settings(STUDIO);
    let seat = |service, number| client_of(&studio, "maria", service, "16:00", number).remove(0);
    let yoga = seat("yoga", 1);
    assert!(!yoga.clashes(&seat("yoga", 2)));
    assert!(yoga.clashes(&seat("yoga", 1)), "one seat for two");
    assert!(yoga.clashes(&seat("dance", 2)), "another lesson");
    assert!(yoga.clashes(&taken(&studio, "maria", "16:30", "17:00")), "a visit");
    assert!(!yoga.clashes(&taken(&studio, "maria", "17:00", "18:00")), "after it");
}

/// The hall is two halls now: who comes second to a lesson goes where it is, not where it is empty.
#[test]
fn a_lesson_stays_in_its_hall() {
    let studio = settings(&STUDIO.replace("name = \"Зал\"", "name = \"Зал\"\ncount = 2"));
    let second_hall = |busy: Busy| match &busy.subject {
        Subject::Unit(unit) => Busy { subject: Subject::Unit(Unit { number: 2, ..unit.clone() }), ..busy },
        Subject::Specialist(_) => busy,
    };
    let first: Vec<Busy> = client_of(&studio, "olga", "dance", "12:00", 1).into_iter().map(second_hall).collect();
    let dances = on_tuesday(&studio, first, "dance", Some("olga"));
    let halls: Vec<(String, u16)> =
        times(&studio, &dances).into_iter().zip(dances.iter().map(|slot| slot.extra.units[0].0.number)).collect();
    let near: Vec<_> = halls.iter().filter(|(time, _)| ("11:00".."13:30").contains(&time.as_str())).collect();
    let expected = [("11:00", 1), ("12:00", 2), ("13:00", 1)].map(|(time, hall)| (time.to_owned(), hall));
    assert_eq!(near, expected.iter().collect::<Vec<_>>(), "the next lesson may begin as this one ends");
}
