//! A request ends in the CRM, and the next wish begins another: what is a wish, and which visit is judged.

use jiff::SignedDuration;
use nochnik_core::conversation::{Asking, BookingState, Wish};
use nochnik_core::crm::Stage;
use nochnik_core::event::{InputKind, What};
use nochnik_core::request::{RequestEnd, origin};
use rstest::rstest;

use crate::rules::talk::Talk;

fn asked() -> Talk {
    let mut talk = Talk::begin("2026-11-19T12:00");
    talk.says("сколько стоит маникюр?");
    talk
}

fn ends(talk: &mut Talk, request_no: u32, end: RequestEnd) {
    talk.play(What::RequestEnded { request_no, end });
}

#[test]
fn each_request_has_a_name_of_its_own_for_ever() {
    let mut conv = Talk::begin("2026-11-19T12:00").conv;
    assert_eq!(origin(&conv), "lotos:talk:lead");
    conv.request_no = 2;
    assert_eq!(origin(&conv), "lotos:talk:lead2");
}

#[test]
fn a_request_ends_once_and_an_earlier_one_is_nobodys_business() {
    let mut talk = asked();
    talk.conv.request_no = 1;
    ends(&mut talk, 0, RequestEnd::Lost);
    assert_eq!((talk.conv.request_end, talk.conv.lead.as_ref().unwrap().stage), (None, Stage::New));
    ends(&mut talk, 1, RequestEnd::Lost);
    ends(&mut talk, 1, RequestEnd::Won);
    assert_eq!((talk.conv.request_end, talk.conv.lead.as_ref().unwrap().stage), (Some(RequestEnd::Lost), Stage::Lost));
    ends(&mut talk, 0, RequestEnd::Won);
    assert_eq!(talk.conv.request_end, Some(RequestEnd::Lost));
}

/// An old button must not be taken for one of a list that is shown later.
#[test]
fn lists_of_offers_are_numbered_on_after_the_end() {
    let mut talk = asked();
    talk.conv.wish.offer_no = 3;
    talk.conv.asking = Asking::Nothing;
    ends(&mut talk, 0, RequestEnd::Lost);
    assert_eq!(talk.conv.wish, Wish { offer_no: 3, ..Wish::default() });
}

fn nothing() -> Wish {
    Wish::default()
}

#[rstest]
#[case::nothing(nothing(), 0)]
#[case::a_service_is_only_talked_of(Wish { services: vec!["manicure".into()], ..nothing() }, 0)]
#[case::a_visit(Wish { wants_visit: true, ..nothing() }, 1)]
#[case::a_price(Wish { asked_price: true, ..nothing() }, 1)]
#[case::a_call(Wish { wants_call: true, ..nothing() }, 1)]
#[case::a_request_that_people_settle(Wish { handed_over_at: Some(jiff::Timestamp::UNIX_EPOCH), ..nothing() }, 1)]
fn the_next_wish_begins_another_request(#[case] wish: Wish, #[case] request_no: u32) {
    for (end, expected) in [(Some(RequestEnd::Won), request_no), (None, 0)] {
        let mut talk = Talk::begin("2026-11-19T12:00");
        talk.conv.wish = wish.clone();
        talk.conv.request_end = end;
        talk.does(InputKind::Start { source: None });
        assert_eq!(talk.conv.request_no, expected, "{end:?}");
        assert_eq!(talk.conv.request_end, end.filter(|_| expected == 0));
    }
}

/// The yes is yet to come; that the time is kept is enough.
#[test]
fn a_time_that_is_kept_for_the_client_begins_another_request() {
    let mut talk = Talk::begin("2026-11-19T12:00");
    talk.says("маникюр у Анны 20.11 в 15:00, Вера, 8 918 555 01 50");
    assert!(talk.conv.held().is_some());
    talk.conv.wish = nothing();
    talk.conv.request_end = Some(RequestEnd::Gone);
    talk.does(InputKind::Start { source: None });
    assert_eq!((talk.conv.request_no, talk.conv.request_end), (1, None));
}

/// Hours from now at which the visits begin, and whether each stands.
#[rstest]
#[case::one(&[(-2, true)], Some(0))]
#[case::the_last_that_began(&[(-5, true), (-2, true)], Some(1))]
#[case::not_one_to_come(&[(-2, true), (5, true)], Some(0))]
#[case::not_one_that_is_off(&[(-5, true), (-2, false)], Some(0))]
#[case::beginning_now(&[(0, true)], Some(0))]
#[case::none_has_begun(&[(1, true)], None)]
fn the_crm_judges_the_last_visit_that_has_begun(#[case] visits: &[(i64, bool)], #[case] judged: Option<usize>) {
    let mut talk = Talk::booked("", "2026-11-17T12:00", "2026-11-19T15:00");
    let (one, now) = (talk.visit().clone(), talk.now);
    talk.conv.bookings = visits
        .iter()
        .enumerate()
        .map(|(place, (hours, is_on))| {
            let mut visit = one.clone();
            visit.id = format!("talk/{place}");
            visit.slot.starts_at = now + SignedDuration::from_hours(*hours);
            visit.slot.ends_at = visit.slot.starts_at + SignedDuration::from_mins(60);
            visit.state =
                if *is_on { BookingState::Confirmed { at: now } } else { BookingState::Cancelled { at: now } };
            visit
        })
        .collect();
    talk.play(What::VisitJudged { request_no: 0, has_come: true });
    let came = |state: &BookingState| matches!(state, BookingState::Arrived { .. });
    let found: Vec<usize> =
        talk.conv.bookings.iter().enumerate().filter(|(_, visit)| came(&visit.state)).map(|(place, _)| place).collect();
    assert_eq!(found, Vec::from_iter(judged));
}
