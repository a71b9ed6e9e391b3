//! What programs of the business hear of: leads and calls for a person, and how bookings are named to them.

use jiff::{SignedDuration, Timestamp};
use nochnik_core::conversation::{Booking, BookingState, Conversation};
use nochnik_core::crm::Stage;
use nochnik_core::lead::{Heat, Lead};
use nochnik_core::news::{NewsKind, booking_of, news_of, published};
use nochnik_core::values::CaseId;
use rstest::rstest;

use crate::rules::talk::Talk;

#[rstest]
#[case("3f2a/1", "3f2a.1")]
#[case::only_the_number_is_parted("lotos/telegram/42/7", "lotos/telegram/42.7")]
#[case::a_dot_of_the_conversation_stays("a.b/12", "a.b.12")]
#[case::no_number("3f2a", "3f2a")]
fn a_booking_is_found_again_by_its_published_name(#[case] ours: &str, #[case] theirs: &str) {
    assert_eq!(published(ours), theirs);
    assert_eq!(booking_of(theirs), ours);
}

fn kinds(before: &Conversation, after: &Conversation) -> Vec<NewsKind> {
    news_of(Some(before), after).into_iter().map(|news| news.kind).collect()
}

fn conv() -> Conversation {
    Talk::begin("2026-11-19T12:00").conv
}

fn lead(heat: Heat, stage: Stage, began_min: i64) -> Lead {
    let began_at = Timestamp::UNIX_EPOCH + SignedDuration::from_mins(began_min);
    Lead { heat, score: 0.5, reasons: Vec::new(), stage, began_at }
}

#[rstest]
#[case::none(None, None, None)]
#[case::made(None, Some(lead(Heat::Warm, Stage::New, 0)), Some(NewsKind::LeadMade))]
#[case::the_same(Some(lead(Heat::Warm, Stage::New, 0)), Some(lead(Heat::Warm, Stage::New, 0)), None)]
#[case::warmer(
    Some(lead(Heat::Warm, Stage::New, 0)),
    Some(lead(Heat::Hot, Stage::New, 0)),
    Some(NewsKind::LeadChanged)
)]
#[case::farther(
    Some(lead(Heat::Hot, Stage::New, 0)),
    Some(lead(Heat::Hot, Stage::Booked, 0)),
    Some(NewsKind::LeadChanged)
)]
#[case::both(
    Some(lead(Heat::Warm, Stage::New, 0)),
    Some(lead(Heat::Hot, Stage::Booked, 0)),
    Some(NewsKind::LeadChanged)
)]
#[case::another(Some(lead(Heat::Hot, Stage::Lost, 0)), Some(lead(Heat::Hot, Stage::Lost, 9)), Some(NewsKind::LeadMade))]
#[case::gone(Some(lead(Heat::Hot, Stage::New, 0)), None, None)]
fn a_lead_is_told_of_when_it_comes_up_and_when_it_changes(
    #[case] before: Option<Lead>,
    #[case] after: Option<Lead>,
    #[case] expected: Option<NewsKind>,
) {
    let with = |lead| Conversation { lead, ..conv() };
    assert_eq!(kinds(&with(before), &with(after)), Vec::from_iter(expected));
}

#[rstest]
#[case::none(None, None, false)]
#[case::opened(None, Some("talk/c1"), true)]
#[case::stands(Some("talk/c1"), Some("talk/c1"), false)]
#[case::another(Some("talk/c1"), Some("talk/c2"), true)]
#[case::forgotten(Some("talk/c1"), None, false)]
fn a_person_is_needed_once_a_case(#[case] before: Option<&str>, #[case] after: Option<&str>, #[case] is_told: bool) {
    let mut talk = Talk::begin("2026-11-19T12:00");
    talk.says("сколько стоит маникюр?");
    let some = talk.conv.case.clone().unwrap();
    let with = |id: Option<&str>| {
        let case = id.map(|id| nochnik_core::escalation::Case { id: CaseId::new(id), ..some.clone() });
        Conversation { case, ..conv() }
    };
    let expected: &[NewsKind] = if is_told { &[NewsKind::PersonNeeded] } else { &[] };
    assert_eq!(kinds(&with(before), &with(after)), expected);
}

const CAME: BookingState = BookingState::Arrived { at: Timestamp::UNIX_EPOCH };
const MISSED: BookingState = BookingState::NoShow { at: Timestamp::UNIX_EPOCH };

#[rstest]
#[case::said(BookingState::Confirmed { at: Timestamp::UNIX_EPOCH }, MISSED, true)]
#[case::said_otherwise(MISSED, CAME, true)]
#[case::said_already(CAME, CAME, false)]
fn the_end_of_a_visit_is_told_when_it_is_said(
    #[case] before: BookingState,
    #[case] after: BookingState,
    #[case] is_told: bool,
) {
    let booked = Talk::booked("", "2026-11-17T12:00", "2026-11-19T15:00").conv;
    let with = |state| {
        let one = Booking { state, ..booked.bookings[0].clone() };
        Conversation { bookings: vec![one], ..booked.clone() }
    };
    let expected: &[NewsKind] = if is_told { &[NewsKind::BookingEnded] } else { &[] };
    assert_eq!(kinds(&with(before), &with(after)), expected);
}
