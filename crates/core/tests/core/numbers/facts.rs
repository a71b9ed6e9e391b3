//! What a turn leaves to count, by what was before it and what is after; and whole conversations, turn by turn.

use std::sync::LazyLock;

use jiff::{SignedDuration, Timestamp};
use nochnik_core::acquaintance::Acquaintance;
use nochnik_core::business::{Role, Settings};
use nochnik_core::consult::Doubt;
use nochnik_core::conversation::{Asking, Booking, BookingState, Conversation, ReadAs, Speaker};
use nochnik_core::crm::Stage;
use nochnik_core::effect::{Alarm, Effect};
use nochnik_core::escalation::{Case, CaseState, Rung, Why};
use nochnik_core::event::{AttachmentKind, Event, Input, InputKind, NoticeAnswer, StaffAct, What as Happening};
use nochnik_core::lead::{Heat, Lead};
use nochnik_core::numbers::{What, facts_of};
use nochnik_core::outside::{Stands, VisitChange};
use nochnik_core::reach::Rings;
use nochnik_core::request::RequestEnd;
use nochnik_core::schedule::{Extra, Slot};
use nochnik_core::score::Outcome;
use nochnik_core::values::{Address, BusinessId, CaseId, ConversationId, PersonId, ServiceId, SpecialistId};
use nochnik_nlu::Intent;
use rstest::rstest;

use crate::rules::talk::{Talk, salon};

static SALON: LazyLock<Settings> = LazyLock::new(|| salon(""));

type Told = Vec<(What, i64)>;

/// So many minutes after Thursday noon.
fn at(minutes: i64) -> Timestamp {
    let noon: Timestamp = "2026-11-19T12:00:00+03:00".parse().unwrap();
    noon + SignedDuration::from_mins(minutes)
}

fn now() -> Timestamp {
    at(0)
}

fn conv() -> Conversation {
    let address = Address { channel: "widget".into(), account: "widget".into(), peer: "1".into() };
    Conversation::new(BusinessId::new("lotos"), ConversationId::new("talk"), address, at(-60), false)
}

/// In the order of [`What`]: that of a turn says nothing.
fn told_with(
    before: Option<&Conversation>,
    what: Happening,
    after: &Conversation,
    effects: &[Effect],
) -> Vec<(What, i64)> {
    let event = Event { id: "e1".into(), at: now(), what };
    let facts = facts_of(&SALON, before, &event, after, effects, now());
    let mut told: Told = facts.into_iter().map(|fact| (fact.what, fact.amount)).collect();
    told.sort_unstable();
    told
}

fn told(before: &Conversation, after: &Conversation) -> Told {
    told_with(Some(before), quiet(), after, &[])
}

/// Of which by itself there is nothing to count.
fn quiet() -> Happening {
    Happening::Reachable(true)
}

fn client(kinds: Vec<InputKind>) -> Happening {
    let input = |what| Input { at: now(), message_id: "m".into(), what, profile_name: None, own_phone: None };
    Happening::Client(kinds.into_iter().map(input).collect())
}

fn text() -> InputKind {
    InputKind::Text { text: "слова".into() }
}

#[test]
fn somebody_new_is_counted_once() {
    assert_eq!(told_with(None, quiet(), &conv(), &[]), [(What::Contact, 1)]);
    assert_eq!(told(&conv(), &conv()), []);
}

/// Whatever a person could see in the chat; a link that was followed is no message.
#[rstest]
#[case::words(vec![text()], Some(1))]
#[case::burst(vec![text(), InputKind::attachment(AttachmentKind::Voice), InputKind::Unknown], Some(3))]
#[case::button(vec![InputKind::Button { id: "wish.yes".into(), press_id: None }], Some(1))]
#[case::link(vec![InputKind::Start { source: Some("vk".into()) }], None)]
#[case::link_and_words(vec![InputKind::Start { source: None }, text()], Some(1))]
fn messages_of_the_client_are_heard(#[case] kinds: Vec<InputKind>, #[case] heard: Option<i64>) {
    let expected: Told = heard.map(|count| (What::Heard, count)).into_iter().collect();
    assert_eq!(told_with(Some(&conv()), client(kinds), &conv(), &[]), expected);
}

fn doubt() -> Doubt {
    Doubt { since: now(), text: "слова".into(), is_first: false, is_spoken: false, asking: Asking::Nothing }
}

fn read(misses: u8) -> Conversation {
    Conversation {
        read_as: Some(ReadAs { intent: Intent::Book, certainty: 0.9, is_of_hours: false }),
        misses,
        ..conv()
    }
}

/// Misses in a row before and after the client's words.
#[rstest]
#[case::understood(0, 0, 0)]
#[case::missed(0, 1, 1)]
#[case::missed_again(1, 2, 1)]
#[case::understood_at_last(2, 0, 0)]
#[case::no_worse(1, 1, 0)]
fn words_are_read_in_vain_when_there_is_one_miss_more(#[case] was: u8, #[case] is: u8, #[case] amount: i64) {
    let facts = told_with(Some(&read(was)), client(vec![text()]), &read(is), &[]);
    assert_eq!(facts, [(What::Heard, 1), (What::Read, amount)]);
}

/// A press says nothing to read, and what a person of the staff answers the bot has not read.
#[test]
fn only_words_that_the_bot_took_are_read() {
    let press = InputKind::Button { id: "human".into(), press_id: None };
    assert_eq!(told_with(Some(&read(0)), client(vec![press]), &read(0), &[]), [(What::Heard, 1)]);
    let led = Conversation { speaker: Speaker::Person { person: PersonId::new("marina"), last_at: now() }, ..read(0) };
    assert_eq!(told_with(Some(&led), client(vec![text()]), &led, &[]), [(What::Heard, 1)]);
    let by_these_words = told_with(Some(&read(0)), client(vec![text()]), &led, &[]);
    assert_eq!(by_these_words, [(What::Heard, 1), (What::Read, 0)]);
    let Happening::Client(unanswered) = client(vec![text()]) else { unreachable!("a client writes") };
    let kept = Conversation { unanswered, ..read(0) };
    assert_eq!(told_with(Some(&read(0)), client(vec![text()]), &kept, &[]), [(What::Heard, 1)]);
}

#[test]
fn the_first_words_of_all_may_be_missed_too() {
    let first = |misses| told_with(None, client(vec![text()]), &read(misses), &[]);
    assert_eq!(first(0), [(What::Heard, 1), (What::Read, 0), (What::Contact, 1)]);
    assert_eq!(first(1), [(What::Heard, 1), (What::Read, 1), (What::Contact, 1)]);
}

#[test]
fn words_count_as_read_when_somebody_has_said_what_they_are() {
    let asked = Conversation { doubt: Some(doubt()), ..read(0) };
    assert_eq!(told_with(Some(&conv()), client(vec![text()]), &asked, &[]), [(What::Heard, 1)], "still asked about");
    assert_eq!(
        told_with(Some(&conv()), client(vec![text()]), &conv(), &[]),
        [(What::Heard, 1)],
        "nothing has been read yet"
    );
    let answered = Happening::Consulted { since: now(), answer: None };
    assert_eq!(
        told_with(Some(&asked), answered.clone(), &read(1), &[]),
        [(What::Read, 1)],
        "the second reader is late"
    );
    assert_eq!(told_with(Some(&asked), answered, &asked, &[]), [], "an answer to an older question");
    assert_eq!(told(&read(0), &read(0)), [], "read before, not now");
}

fn acquainted(others: usize) -> Happening {
    let other = Acquaintance { name: None, is_vouched: true, was_booked: false, visits: Vec::new() };
    Happening::Acquainted(vec![other; others])
}

fn lead(stage: Stage, began_min: i64) -> Lead {
    Lead { heat: Heat::Warm, score: 0.5, reasons: Vec::new(), stage, began_at: at(began_min) }
}

fn with_lead(lead: Option<Lead>) -> Conversation {
    Conversation { lead, ..conv() }
}

#[rstest]
#[case::a_lead_is_known(acquainted(1), true, 1)]
#[case::by_two_chats(acquainted(2), true, 1)]
#[case::no_lead_to_join(acquainted(1), false, 0)]
#[case::nobody_found(acquainted(0), true, 0)]
#[case::another_event(quiet(), true, 0)]
fn a_lead_is_joined_with_what_another_chat_knows(
    #[case] what: Happening,
    #[case] is_lead: bool,
    #[case] joined: usize,
) {
    let state = with_lead(is_lead.then(|| lead(Stage::New, -5)));
    assert_eq!(told_with(Some(&state), what, &state, &[]), vec![(What::Joined, 1); joined]);
}

#[rstest]
#[case::none(None, None, &[])]
#[case::new(None, Some(lead(Stage::New, 0)), &[What::Lead])]
#[case::new_and_known_at_once(None, Some(lead(Stage::Qualified, 0)), &[What::Lead, What::Qualified])]
#[case::booked_at_once(None, Some(lead(Stage::Booked, 0)), &[What::Lead, What::Qualified])]
#[case::the_same(Some(lead(Stage::New, -5)), Some(lead(Stage::New, -5)), &[])]
#[case::known_now(Some(lead(Stage::New, -5)), Some(lead(Stage::Qualified, -5)), &[What::Qualified])]
#[case::known_already(Some(lead(Stage::Qualified, -5)), Some(lead(Stage::Booked, -5)), &[])]
#[case::lost(Some(lead(Stage::New, -5)), Some(lead(Stage::Lost, -5)), &[])]
#[case::another(Some(lead(Stage::New, -5)), Some(lead(Stage::New, 0)), &[What::Lead])]
#[case::another_known(Some(lead(Stage::Booked, -5)), Some(lead(Stage::Qualified, 0)), &[What::Lead, What::Qualified])]
#[case::gone(Some(lead(Stage::New, -5)), None, &[])]
fn a_lead_counts_when_it_comes_up_and_when_it_is_known_enough(
    #[case] before: Option<Lead>,
    #[case] after: Option<Lead>,
    #[case] expected: &[What],
) {
    let expected: Told = expected.iter().map(|what| (*what, 1)).collect();
    assert_eq!(told(&with_lead(before), &with_lead(after)), expected);
}

#[test]
fn the_lead_of_another_request_is_another_lead() {
    let first = with_lead(Some(lead(Stage::Qualified, -5)));
    let second = Conversation { request_no: 1, ..first.clone() };
    assert_eq!(told(&first, &second), [(What::Lead, 1), (What::Qualified, 1)]);
    assert_eq!(told(&second, &second), []);
}

/// The one on duty is called by the first rung, the senior by the second, the owner by the third; `called` of them
/// have been called.
fn case(called: usize, state: CaseState) -> Case {
    let rung = |(after_min, level, role)| Rung { after_min, level, role, means: 1, only: Vec::new() };
    Case {
        id: CaseId::new("talk/c1"),
        whys: vec![Why::Human],
        opened_at: at(-4),
        state,
        rungs: [(0, 2, Role::Duty), (10, 3, Role::Senior), (15, 3, Role::Owner)].map(rung).to_vec(),
        withheld: Vec::new(),
        next: called,
        next_at: None,
        passed: Vec::new(),
        promised_until: None,
        is_from_night: false,
        is_left_for_morning: false,
        rings: serde_json::from_value::<Rings>(serde_json::json!({ "level": rung_level(called) })).unwrap(),
        taken_as: None,
    }
}

/// The level of the last who was called: two on duty, then the senior and the owner.
fn rung_level(called: usize) -> u8 {
    match called {
        0 => 0,
        1 => 2,
        _ => 3,
    }
}

/// The ladder is past a level on which nobody stood.
fn passed_by_an_empty_level() -> Option<Case> {
    let rings = serde_json::from_value(serde_json::json!({ "level": 2 })).unwrap();
    Some(Case { rings, ..case(3, CaseState::Open) })
}

fn open(called: usize) -> Option<Case> {
    Some(case(called, CaseState::Open))
}

fn passed_by(people: &[&str], called: usize) -> Option<Case> {
    Some(Case { passed: people.iter().map(|id| PersonId::new(*id)).collect(), ..case(called, CaseState::Open) })
}

fn taken() -> Option<Case> {
    Some(case(1, CaseState::Taken { by: PersonId::new("marina"), at: now() }))
}

fn parked() -> Option<Case> {
    Some(case(1, CaseState::Morning { until: at(600) }))
}

fn closed() -> Option<Case> {
    Some(case(1, CaseState::Closed { at: now(), why: "отказ".into() }))
}

fn next_case(called: usize) -> Option<Case> {
    Some(Case { id: CaseId::new("talk/c2"), opened_at: now(), ..case(called, CaseState::Open) })
}

#[rstest]
#[case::none(None, None, &[])]
#[case::opened(None, open(1), &[(What::Case, 1)])]
#[case::nobody_on_duty(None, open(2), &[(What::Case, 1), (What::Third, 1)])]
#[case::stands(open(1), open(1), &[])]
#[case::the_senior_is_called(open(1), open(2), &[(What::Third, 1)])]
#[case::the_owner_is_called(open(2), open(3), &[])]
#[case::nobody_is_senior(open(1), passed_by_an_empty_level(), &[])]
#[case::another_after_one_is_over(closed(), next_case(1), &[(What::Case, 1)])]
#[case::another_goes_to_the_senior(open(3), next_case(2), &[(What::Case, 1), (What::Third, 1)])]
#[case::passed(open(1), passed_by(&["marina"], 1), &[(What::Passed, 1)])]
#[case::passed_on(passed_by(&["marina"], 2), passed_by(&["marina", "oleg"], 2), &[(What::Passed, 1)])]
#[case::passed_before(passed_by(&["marina"], 1), passed_by(&["marina"], 1), &[])]
#[case::passed_to_the_senior(open(1), passed_by(&["marina"], 2), &[(What::Third, 1), (What::Passed, 1)])]
// Opened four minutes ago.
#[case::taken(open(1), taken(), &[(What::Taken, 240_000)])]
#[case::taken_in_the_morning(parked(), taken(), &[(What::Taken, 240_000)])]
#[case::taken_already(taken(), taken(), &[])]
#[case::parked(open(1), parked(), &[(What::Morning, 1)])]
#[case::parked_already(parked(), parked(), &[])]
#[case::closed(open(1), closed(), &[])]
#[case::forgotten(open(1), None, &[])]
fn a_call_counts_by_how_far_it_went(
    #[case] before: Option<Case>,
    #[case] after: Option<Case>,
    #[case] expected: &[(What, i64)],
) {
    let with = |case| Conversation { case, ..conv() };
    assert_eq!(told(&with(before), &with(after)), expected);
}

/// A visit of Anna's that begins so many minutes from now and takes an hour.
fn visit(number: u32, services: &[&str], from_min: i64, state: BookingState) -> Booking {
    let slot = Slot {
        specialist: SpecialistId::new("anna"),
        starts_at: at(from_min),
        ends_at: at(from_min + 60),
        busy_until: at(from_min + 60),
        extra: Extra::default(),
    };
    let services = services.iter().map(|id| ServiceId::new(*id)).collect();
    Booking::new(format!("talk/{number}"), services, slot, state)
}

fn held(number: u32) -> Booking {
    visit(number, &["manicure"], 60, BookingState::Held { until: at(10) })
}

fn stands(number: u32, from_min: i64) -> Booking {
    visit(number, &["manicure"], from_min, BookingState::Confirmed { at: now() })
}

fn off(number: u32, from_min: i64) -> Booking {
    visit(number, &["manicure"], from_min, BookingState::Cancelled { at: now() })
}

/// It stood before.
fn called_off(number: u32) -> Booking {
    Booking { had_stood: true, ..off(number, 60) }
}

fn brought_back(number: u32) -> Booking {
    Booking { had_stood: true, ..stands(number, 60) }
}

fn requested(number: u32) -> Booking {
    visit(number, &["manicure"], 60, BookingState::Requested { at: now() })
}

fn with_visits(bookings: Vec<Booking>) -> Conversation {
    Conversation { bookings, ..conv() }
}

/// A manicure is 1 200 roubles.
const MANICURE: (What, i64) = (What::Booked, 120_000);
/// The first visit ahead of somebody.
const BOOKER: (What, i64) = (What::Booker, 1);
const MOVED: (What, i64) = (What::Moved, 1);
const CANCELLED: (What, i64) = (What::Cancelled, 1);

#[rstest]
#[case::held(vec![], vec![held(1)], &[])]
#[case::agreed_to(vec![held(1)], vec![stands(1, 60)], &[MANICURE, BOOKER])]
#[case::at_once(vec![], vec![stands(1, 60)], &[MANICURE, BOOKER])]
#[case::asked_of_a_person(vec![held(1)], vec![requested(1)], &[])]
#[case::a_person_agrees(vec![requested(1)], vec![stands(1, 60)], &[MANICURE, BOOKER])]
#[case::a_person_declines(vec![requested(1)], vec![off(1, 60)], &[])]
#[case::stands(vec![stands(1, 60)], vec![stands(1, 60)], &[])]
#[case::two(vec![stands(1, 60)], vec![stands(1, 60), stands(2, 600), stands(3, 900)], &[MANICURE, MANICURE])]
#[case::moved(vec![stands(1, 60)], vec![stands(1, 120)], &[MOVED])]
#[case::both_moved(vec![stands(1, 60), stands(2, 600)], vec![stands(1, 120), stands(2, 660)], &[MOVED, MOVED])]
#[case::moved_by_another_visit(vec![stands(1, 60)], vec![off(1, 60), stands(2, 600)], &[MOVED])]
#[case::moved_both_ways(
    vec![stands(1, 60), stands(2, 600), stands(3, 900)],
    vec![stands(1, 120), stands(2, 660), off(3, 900), stands(4, 1_200)],
    &[MOVED, MOVED, MOVED],
)]
#[case::moved_and_one_more(vec![stands(1, 60)], vec![off(1, 60), stands(2, 600), stands(3, 900)], &[MANICURE, MOVED])]
#[case::cancelled(vec![stands(1, 60)], vec![off(1, 60)], &[CANCELLED])]
#[case::both_cancelled(vec![stands(1, 60), stands(2, 600)], vec![off(1, 60), off(2, 600)], &[CANCELLED, CANCELLED])]
#[case::moved_and_one_less(
    vec![stands(1, 60), stands(2, 600)],
    vec![off(1, 60), off(2, 600), stands(3, 900)],
    &[MOVED, CANCELLED],
)]
#[case::cancelled_before(vec![off(1, 60)], vec![off(1, 60)], &[])]
#[case::cancelled_before_another(vec![off(1, 60)], vec![off(1, 60), stands(2, 600)], &[MANICURE, BOOKER])]
#[case::given_up(vec![held(1)], vec![off(1, 60)], &[])]
#[case::two_at_once(vec![], vec![stands(1, 60), stands(2, 600)], &[MANICURE, MANICURE, BOOKER])]
#[case::brought_back(vec![called_off(1)], vec![brought_back(2)], &[(What::Cancelled, -1)])]
#[case::brought_back_where_it_was(vec![called_off(1)], vec![brought_back(1)], &[(What::Cancelled, -1)])]
#[case::called_off_again(vec![brought_back(2)], vec![called_off(2)], &[CANCELLED])]
#[case::booked_anew(vec![called_off(1)], vec![called_off(1), stands(2, 600)], &[MANICURE])]
fn a_visit_counts_when_it_comes_to_stand_moves_and_goes(
    #[case] before: Vec<Booking>,
    #[case] after: Vec<Booking>,
    #[case] expected: &[(What, i64)],
) {
    assert_eq!(told(&with_visits(before), &with_visits(after)), expected);
}

/// 2 200 and 2 600 roubles; what the document does not know any more costs nothing.
#[test]
fn a_visit_is_worth_the_prices_of_its_services() {
    let state = BookingState::Confirmed { at: now() };
    let after = with_visits(vec![visit(1, &["manicure_gel", "pedicure", "gone"], 60, state)]);
    assert_eq!(told(&conv(), &after), [(What::Booked, 480_000), BOOKER]);
}

#[rstest]
#[case::over(-61, &[MANICURE, (What::Again, 1), BOOKER])]
#[case::ends_now(-60, &[MANICURE, BOOKER])]
#[case::to_come(300, &[MANICURE])]
fn a_client_whose_visit_is_over_comes_again(#[case] from_min: i64, #[case] expected: &[(What, i64)]) {
    let before = with_visits(vec![stands(1, from_min)]);
    assert_eq!(told(&before, &with_visits(vec![stands(1, from_min), stands(2, 600)])), expected);
}

#[test]
fn a_client_of_another_chat_comes_again_and_a_moved_visit_is_no_second_one() {
    let known = |bookings| Conversation { was_booked_elsewhere: true, ..with_visits(bookings) };
    assert_eq!(told(&known(vec![]), &known(vec![stands(1, 60)])), [MANICURE, (What::Again, 1), BOOKER]);
    assert_eq!(told(&known(vec![stands(1, 60)]), &known(vec![off(1, 60), stands(2, 600)])), [MOVED]);
}

const CAME: BookingState = BookingState::Arrived { at: Timestamp::UNIX_EPOCH };
const MISSED: BookingState = BookingState::NoShow { at: Timestamp::UNIX_EPOCH };

/// What the staff said of a visit, and then says.
#[rstest]
#[case::came(None, Some(CAME), &[(What::Arrived, 1), (What::Guest, 1)])]
#[case::missed(None, Some(MISSED), &[(What::NoShow, 1)])]
#[case::came_after_all(Some(MISSED), Some(CAME), &[(What::Arrived, 1), (What::NoShow, -1), (What::Guest, 1)])]
#[case::missed_after_all(Some(CAME), Some(MISSED), &[(What::Arrived, -1), (What::NoShow, 1), (What::Guest, -1)])]
#[case::said_again(Some(MISSED), Some(MISSED), &[])]
fn the_last_word_about_who_came_counts(
    #[case] was: Option<BookingState>,
    #[case] is: Option<BookingState>,
    #[case] expected: &[(What, i64)],
) {
    let with = |state: Option<BookingState>| {
        let state = state.unwrap_or(BookingState::Confirmed { at: now() });
        with_visits(vec![visit(1, &["manicure"], -120, state)])
    };
    assert_eq!(told(&with(was), &with(is)), expected);
}

#[test]
fn a_visit_that_was_never_seen_before_may_be_over_already() {
    assert_eq!(
        told(&conv(), &with_visits(vec![visit(1, &["manicure"], -120, CAME)])),
        [(What::Arrived, 1), (What::Guest, 1)]
    );
}

#[test]
fn two_visits_of_a_day_are_one_coming() {
    let came = |number, from_min| visit(number, &["manicure"], from_min, CAME);
    let (one, both) = (with_visits(vec![came(1, -180)]), with_visits(vec![came(1, -180), came(2, -90)]));
    assert_eq!(told(&conv(), &both), [(What::Arrived, 1), (What::Arrived, 1), (What::Guest, 1)]);
    assert_eq!(told(&one, &both), [(What::Arrived, 1)]);
    let tomorrow = with_visits(vec![came(1, -180), came(2, 24 * 60)]);
    assert_eq!(told(&one, &tomorrow), [(What::Arrived, 1), (What::Guest, 1)]);
}

#[test]
fn ratings_and_ends_are_told_by_the_turn_itself() {
    let ended = |is_won| Effect::Ended { case: CaseId::new("talk/c1"), outcome: Outcome { signs: Vec::new(), is_won } };
    let rated = |rating| Effect::Rated { booking: "talk/1".into(), rating };
    let effects = [ended(true), ended(false), rated(5), rated(1), Effect::Release { booking: "talk/1".into() }];
    assert_eq!(
        told_with(Some(&conv()), quiet(), &conv(), &effects),
        [(What::Ended, 0), (What::Ended, 1), (What::Rated, 1), (What::Rated, 5)]
    );
}

/// What this turn of a real talk leaves.
fn left(talk: &mut Talk, what: Happening) -> Told {
    let before = talk.conv.clone();
    let event = Event { id: "e".into(), at: talk.now, what: what.clone() };
    let effects = talk.play(what);
    let facts = facts_of(&talk.business.settings, Some(&before), &event, &talk.conv, &effects, talk.now);
    let mut told: Told = facts.into_iter().map(|fact| (fact.what, fact.amount)).collect();
    told.sort_unstable();
    told
}

fn says(talk: &mut Talk, words: &str) -> Told {
    left(talk, client(vec![InputKind::Text { text: words.into() }]))
}

fn answers(talk: &mut Talk, person: &str, answer: NoticeAnswer) -> Told {
    let case = talk.conv.case.as_ref().unwrap().id.clone();
    left(talk, Happening::Answer { case, person: PersonId::new(person), answer, press_id: None })
}

fn does(talk: &mut Talk, act: StaffAct) -> Told {
    left(talk, Happening::Staff { person: PersonId::new("marina"), act })
}

#[test]
fn a_question_of_price_is_a_lead_that_calls_somebody_who_takes_it_and_sells() {
    let mut talk = Talk::begin("2026-11-19T12:00");
    let asked = says(&mut talk, "сколько стоит маникюр?");
    assert_eq!(asked, [(What::Heard, 1), (What::Read, 0), (What::Lead, 1), (What::Case, 1)]);
    assert_eq!(says(&mut talk, "сколько стоит маникюр?"), [(What::Heard, 1), (What::Read, 0)]);
    talk.now = talk.at("2026-11-19T12:03");
    assert_eq!(answers(&mut talk, "marina", NoticeAnswer::Take), [(What::Taken, 180_000)]);
    assert_eq!(answers(&mut talk, "oleg", NoticeAnswer::Take), [], "it is taken");
    assert_eq!(answers(&mut talk, "marina", NoticeAnswer::Booked), [(What::Qualified, 1), (What::Ended, 1)]);
}

#[test]
fn a_call_that_nobody_can_take_goes_on_and_waits_for_the_morning() {
    let mut talk = Talk::begin("2026-11-19T23:00");
    talk.says("сколько стоит маникюр?");
    assert_eq!(answers(&mut talk, "marina", NoticeAnswer::Cannot), [(What::Third, 1), (What::Passed, 1)]);
    assert_eq!(answers(&mut talk, "oleg", NoticeAnswer::Morning), [(What::Morning, 1)]);
}

#[test]
fn a_visit_is_followed_from_its_agreement_to_its_rating() {
    let mut talk = Talk::begin("2026-11-19T12:00");
    talk.says("маникюр у Анны 20.11 в 15:00, Вера, 8 918 555 01 50");
    let held = talk.conv.held().unwrap().number().to_owned();
    let press = |id: String| client(vec![InputKind::Button { id, press_id: None }]);
    let agreed = left(&mut talk, press(format!("yes.{held}")));
    assert!(agreed.contains(&MANICURE) && !agreed.iter().any(|(what, _)| *what == What::Again), "{agreed:?}");
    let was = Stands::of(&talk.visit().slot);
    let now = Stands { from: talk.at("2026-11-20T17:00"), to: talk.at("2026-11-20T18:00"), ..was.clone() };
    let booking = talk.visit().id.clone();
    let change = VisitChange { booking: booking.clone(), was, now: Some(now) };
    assert_eq!(does(&mut talk, StaffAct::Visit(change)), [MOVED]);
    talk.now = talk.at("2026-11-20T19:30");
    let came = |has_come| StaffAct::Came { booking: booking.clone(), has_come };
    assert_eq!(does(&mut talk, came(false)), [(What::NoShow, 1)]);
    assert_eq!(does(&mut talk, came(true)), [(What::Arrived, 1), (What::NoShow, -1), (What::Guest, 1)]);
    assert_eq!(does(&mut talk, came(true)), []);
    talk.alarm(Alarm::RatingDue { booking, ends_at: None }, "2026-11-20T20:00");
    let rated = left(&mut talk, press("rate.5".into()));
    assert!(rated.contains(&(What::Heard, 1)) && rated.contains(&(What::Rated, 5)), "{rated:?}");
}

#[test]
fn a_visit_that_is_called_off_and_brought_back_is_one_visit() {
    let mut talk = Talk::begin("2026-11-19T12:00");
    talk.says("маникюр у Анны 20.11 в 15:00, Вера, 8 918 555 01 50");
    let press = |id: String| client(vec![InputKind::Button { id, press_id: None }]);
    let yes = format!("yes.{}", talk.conv.held().unwrap().number());
    let agreed = left(&mut talk, press(yes));
    assert!(agreed.contains(&MANICURE) && agreed.contains(&BOOKER), "{agreed:?}");
    let gone = says(&mut talk, "отмените запись");
    assert!(gone.contains(&CANCELLED), "{gone:?}");
    let back = says(&mut talk, "передумала, верните запись");
    assert!(back.contains(&(What::Cancelled, -1)), "{back:?}");
    assert!(!back.contains(&MANICURE) && !back.contains(&BOOKER), "{back:?}");
}

#[test]
fn a_visit_that_is_called_off_is_cancelled() {
    let mut talk = Talk::booked("", "2026-11-19T12:00", "2026-11-20T15:00");
    let was = Stands::of(&talk.visit().slot);
    let change = VisitChange { booking: talk.visit().id.clone(), was, now: None };
    assert_eq!(does(&mut talk, StaffAct::Visit(change)), [CANCELLED]);
}

/// What was sold or lost in the CRM is the end of the call that a person took.
#[rstest]
#[case(RequestEnd::Won, &[(What::Qualified, 1), (What::Ended, 1)])]
#[case(RequestEnd::Lost, &[(What::Ended, 0)])]
#[case(RequestEnd::Gone, &[])]
fn people_end_a_request_in_the_crm(#[case] end: RequestEnd, #[case] expected: &[(What, i64)]) {
    let mut talk = Talk::begin("2026-11-19T12:00");
    talk.says("сколько стоит маникюр?");
    answers(&mut talk, "marina", NoticeAnswer::Take);
    assert_eq!(left(&mut talk, Happening::RequestEnded { request_no: 0, end }), expected);
    let anew = says(&mut talk, "сколько стоит педикюр?");
    assert!(anew.contains(&(What::Lead, 1)), "the next wish is another lead: {anew:?}");
}
