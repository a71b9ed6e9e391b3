//! Where a person may put a client who rang: any free moment, with what speaks against it said.

use std::sync::Arc;

use nochnik_core::business::Business;
use nochnik_core::schedule::{Busy, Doubt, HandAsk, NoPlace, free_on, near, place};
use nochnik_core::values::{ServiceId, SpecialistId};
use rstest::rstest;

use crate::schedule::salon::{SALON, at, business, lines, settings, wall};

const NOW: &str = "2026-11-24T12:00";

fn ask(services: &[&str], specialist: Option<&str>) -> HandAsk {
    HandAsk {
        services: services.iter().map(|id| ServiceId::from(*id)).collect(),
        specialist: specialist.map(SpecialistId::from),
    }
}

/// The salon with these visits of clients.
fn booked(busy: &[&str]) -> Business {
    let plain = business(&settings(SALON), busy);
    let own = plain.busy.iter().map(|busy| Busy { booking: "c/1".to_owned(), ..busy.clone() });
    Business { busy: Arc::new(own.collect()), ..plain }
}

/// With whom, and what speaks against it.
fn placed(business: &Business, ask: &HandAsk, when: &str) -> Result<(String, Vec<Doubt>), NoPlace> {
    let found = place(business, ask, at(&business.settings, when), at(&business.settings, NOW))?;
    assert_eq!(business.settings.wall(found.slot.starts_at), wall(when), "at this very moment");
    Ok((found.slot.specialist.to_string(), found.doubts))
}

#[rstest]
#[case::of_the_grid("2026-11-24T15:00", Ok(("anna", &[][..])))]
#[case::off_the_grid("2026-11-24T15:10", Ok(("anna", &[][..])))]
#[case::no_lead_time("2026-11-24T12:01", Ok(("maria", &[][..])))]
#[case::now("2026-11-24T12:00", Err(NoPlace::Past))]
#[case::runs_over_the_closing("2026-11-24T19:30", Ok(("anna", &[Doubt::Closed][..])))]
#[case::in_the_break("2026-11-25T13:00", Ok(("anna", &[Doubt::Closed][..])))]
#[case::a_day_closed_for_once("2026-11-26T12:00", Ok(("anna", &[Doubt::Closed][..])))]
#[case::the_last_day_of_the_horizon("2026-12-08T12:00", Ok(("anna", &[][..])))]
#[case::beyond_it("2026-12-09T12:00", Err(NoPlace::TooFar))]
fn a_person_puts_a_visit_where_it_is_free(#[case] when: &str, #[case] expected: Result<(&str, &[Doubt]), NoPlace>) {
    // At noon of the Tuesday Anna is busy for an hour.
    let salon = booked(&["anna 2026-11-24T12:00 2026-11-24T13:00"]);
    let expected = expected.map(|(who, doubts)| (who.to_owned(), doubts.to_vec()));
    assert_eq!(placed(&salon, &ask(&["manicure"], None), when), expected);
}

#[rstest]
#[case::in_the_middle("2026-11-24T15:30", false)]
#[case::a_minute_too_soon("2026-11-24T14:01", false)]
#[case::until_it_begins("2026-11-24T14:00", true)]
#[case::once_it_is_over("2026-11-24T16:00", true)]
#[case::a_minute_before_it_is_over("2026-11-24T15:59", false)]
fn what_a_client_has_is_nobody_elses(#[case] when: &str, #[case] is_free: bool) {
    let salon = booked(&["anna 2026-11-24T15:00 2026-11-24T16:00"]);
    let found = placed(&salon, &ask(&["manicure"], Some("anna")), when);
    assert_eq!(found, if is_free { Ok(("anna".to_owned(), Vec::new())) } else { Err(NoPlace::Taken) });
}

#[test]
fn the_pause_behind_a_visit_is_kept_as_the_bot_keeps_it() {
    let salon = booked(&["anna 2026-11-24T16:30 2026-11-24T17:30"]);
    let coated = ask(&["gel"], Some("anna"));
    assert!(placed(&salon, &coated, "2026-11-24T14:45").is_ok(), "an hour and a half, and a quarter of an hour behind");
    assert_eq!(placed(&salon, &coated, "2026-11-24T15:00"), Err(NoPlace::Taken));
}

#[test]
fn of_a_calendars_other_events_a_person_may_know_better() {
    let salon = business(&settings(SALON), &["anna 2026-11-24T15:00 2026-11-24T16:00"]);
    let when = "2026-11-24T15:00";
    let own = placed(&salon, &ask(&["manicure"], Some("anna")), when);
    assert_eq!(own, Ok(("anna".to_owned(), vec![Doubt::Elsewhere])));
    // Maria has gone home by then: both are doubtful, and Anna stands first.
    assert_eq!(placed(&salon, &ask(&["manicure"], None), when), Ok(("anna".to_owned(), vec![Doubt::Elsewhere])));
    let noon = business(&settings(SALON), &["anna 2026-11-24T13:00 2026-11-24T14:00"]);
    let any = placed(&noon, &ask(&["manicure"], None), "2026-11-24T13:00");
    assert_eq!(any, Ok(("maria".to_owned(), Vec::new())), "against her nothing speaks");
}

#[test]
fn whoever_does_not_serve_then_is_doubted_and_whoever_does_not_do_it_is_refused() {
    let salon = booked(&[]);
    let maria = |services: &[&str], when| placed(&salon, &ask(services, Some("maria")), when);
    assert_eq!(maria(&["manicure"], "2026-11-24T15:00"), Ok(("maria".to_owned(), vec![Doubt::Off])));
    assert_eq!(maria(&["brows"], "2026-11-24T13:00"), Err(NoPlace::Nobody));
    assert_eq!(maria(&["manicure", "brows"], "2026-11-24T13:00"), Err(NoPlace::Nobody));
    assert_eq!(maria(&[], "2026-11-24T13:00"), Err(NoPlace::NoVisit));
    assert_eq!(maria(&["massage"], "2026-11-24T13:00"), Err(NoPlace::NoVisit));
}

#[test]
fn a_lesson_begins_at_its_own_times_and_has_so_many_seats() {
    let lesson = r#"
[[services]]
id = "yoga"
name = "Йога"
price = 500
duration_min = 60
capacity = 2
starts = ["wed 18:00"]
"#;
    let document = SALON.replacen("[[staff]]", &format!("{lesson}\n[[staff]]"), 1).replacen(
        "\"brows\"]",
        "\"brows\", \"yoga\"]",
        1,
    );
    let salon = business(&settings(&document), &[]);
    let yoga = ask(&["yoga"], None);
    assert_eq!(placed(&salon, &yoga, "2026-11-25T17:00"), Err(NoPlace::NotThen));
    assert_eq!(placed(&salon, &ask(&["yoga", "brows"], None), "2026-11-25T18:00"), Err(NoPlace::NoVisit));
    let mut taken = salon.clone();
    for seat in [1, 2] {
        let when = at(&salon.settings, "2026-11-25T18:00");
        let found = place(&taken, &yoga, when, at(&salon.settings, NOW)).unwrap();
        assert_eq!(found.slot.extra.seat.as_ref().map(|seat| seat.number), Some(seat));
        let all = taken.busy.iter().cloned().chain(found.slot.takes(&format!("c/{seat}")));
        taken.busy = Arc::new(all.collect());
    }
    assert_eq!(placed(&taken, &yoga, "2026-11-25T18:00"), Err(NoPlace::Taken));
}

#[test]
fn free_times_of_a_day_and_the_nearest_are_those_of_the_grid_without_the_lead_time() {
    let salon = booked(&["anna 2026-11-24T13:00 2026-11-24T18:00"]);
    let now = at(&salon.settings, NOW);
    let shown = |slots| lines(&salon.settings, slots);
    let anna = ask(&["manicure"], Some("anna"));
    let today = free_on(&salon, &anna, wall(NOW).date(), now);
    assert_eq!(shown(&today), ["24 12:00 anna", "24 18:00 anna", "24 18:30 anna", "24 19:00 anna"]);
    let both = free_on(&salon, &ask(&["manicure"], None), wall(NOW).date(), now);
    assert_eq!(shown(&both)[..3], ["24 12:00 anna", "24 12:30 maria", "24 13:00 maria"], "one for each start");
    let near = near(&salon, &anna, wall("2026-11-24T15:00"), now, 3);
    assert_eq!(shown(&near), ["24 18:00 anna", "24 12:00 anna", "24 18:30 anna"]);
    assert_eq!(free_on(&salon, &anna, wall("2026-12-09T12:00").date(), now), [], "beyond the horizon");
}
