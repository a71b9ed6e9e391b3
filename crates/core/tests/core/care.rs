//! Ninety days of a salon: what goes out to clients on our own account, however late we were and
//! whatever they answered. Reads like the rules it checks.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp, ToSpan};
use nochnik_core::business::{Business, Document, Settings};
use nochnik_core::conversation::{Answer, BookingState, Conversation};
use nochnik_core::effect::{Alarm, Effect, Reply};
use nochnik_core::event::{Event, Input, InputKind, What};
use nochnik_core::step;
use nochnik_core::values::{Address, BusinessId, ConversationId};
use proptest::prelude::RngExt;
use proptest::test_runner::{RngAlgorithm, TestRng};

const DAYS: i64 = 90;
const CLIENTS_A_DAY: i64 = 20;
const BEFORE_MIN: [i64; 2] = [24 * 60, 2 * 60];
const FIRST_DAY: &str = "2026-09-01T00:00:00Z";

/// One client with the alarms of their conversation.
struct Client {
    conv: Conversation,
    alarms: BTreeMap<(Timestamp, u32), Alarm>,
    events: u32,
    /// Reminders sent, by booking and minutes before the visit.
    sent: BTreeMap<(String, u16), u32>,
    ratings_asked: BTreeMap<String, u32>,
}

impl Client {
    fn new(number: i64, settings: &Settings, now: Timestamp) -> Self {
        let address = Address { channel: "widget".into(), account: "widget".into(), peer: number.to_string() };
        let id = ConversationId::new(format!("c{number}"));
        let conv = Conversation::new(BusinessId::new(settings.id.as_str()), id, address, now, false);
        Self { conv, alarms: BTreeMap::new(), events: 0, sent: BTreeMap::new(), ratings_asked: BTreeMap::new() }
    }

    /// Plays one event and keeps the alarms it asked for; returns what was said.
    fn play(&mut self, salon: &Business, what: What, now: Timestamp) -> Option<Reply> {
        self.events += 1;
        let event = Event { id: format!("e{}", self.events), at: now, what };
        let (after, effects) = step(self.conv.clone(), salon, &event, now);
        self.conv = after;
        let mut said = None;
        for (place, effect) in (0_u32..).zip(effects) {
            match effect {
                Effect::Say(reply) => said = Some(reply),
                Effect::Wake { alarm, due } => drop(self.alarms.insert((due, self.events * 100 + place), alarm)),
                _ => {}
            }
        }
        said
    }

    fn says(&mut self, salon: &Business, text: &str, now: Timestamp) {
        self.does(salon, InputKind::Text { text: text.to_owned() }, now);
    }

    fn does(&mut self, salon: &Business, what: InputKind, now: Timestamp) {
        let input = Input { at: now, message_id: "m".into(), what, profile_name: None, own_phone: None };
        self.play(salon, What::Client(vec![input]), now);
    }
}

fn salon() -> Business {
    let document: Document = toml::from_str(include_str!("../../../../businesses/demo.toml")).unwrap();
    Business { settings: Settings::build(document, 1).unwrap(), changes: Arc::default(), busy: Arc::default() }
}

fn chance(random: &mut TestRng, percent: u32) -> bool {
    random.random_range(0..100) < percent
}

/// A client books some day of the next two weeks, at some hour of the day.
fn books(random: &mut TestRng, client: &mut Client, salon: &Business, now: Timestamp) {
    let day = salon.settings.wall(now).date() + i64::from(random.random_range(0..14_u8)).days();
    let hour = random.random_range(9..21_u8);
    let text = format!("маникюр {} в {hour}:00, Вера, 8 918 555 01 50", day.strftime("%d.%m"));
    client.says(salon, &text, now);
    client.says(salon, "да", now + SignedDuration::from_secs(40));
}

/// Some agree to a reminder, some cancel, some move, most say nothing.
fn answers(random: &mut TestRng, client: &mut Client, salon: &Business, reply: &Reply, now: Timestamp) {
    let Some(button) = reply.buttons.get(random.random_range(0..8_usize)) else { return };
    let at = now + SignedDuration::from_mins(random.random_range(1..200_i64));
    client.does(salon, InputKind::Button { id: button.id.clone(), press_id: None }, at);
    if button.id.starts_with("move.") && chance(random, 50) {
        client.says(salon, "послезавтра в 15:00", at + SignedDuration::from_secs(30));
        client.says(salon, "да", at + SignedDuration::from_secs(60));
    }
}

/// What the rules say of one reminder that went out now.
fn check_reminder(client: &mut Client, salon: &Business, id: &str, before_min: u16, now: Timestamp) {
    let booking = client.conv.booking(id).unwrap();
    assert!(matches!(booking.state, BookingState::Confirmed { .. }), "only a visit that stands: {booking:?}");
    assert!(now < booking.slot.starts_at, "never after the visit began: {booking:?} at {now}");
    let hour = salon.settings.wall(now).time().hour();
    assert!((9..22).contains(&hour), "never in quiet hours: {now}");
    let count = client.sent.entry((id.to_owned(), before_min)).or_default();
    *count += 1;
    assert_eq!(*count, 1, "one a visit and kind: {id} {before_min}");
}

/// Plays what falls due until the client's affairs are over. `late` says how late an alarm may fire.
fn live(random: &mut TestRng, client: &mut Client, salon: &Business, late: impl Fn(&mut TestRng) -> SignedDuration) {
    let mut clock = Timestamp::MIN;
    while let Some(((due, _), alarm)) = client.alarms.pop_first() {
        assert!(client.events < 3_000, "it never comes to rest");
        // Escalations of a night without staff are another test's business.
        if matches!(alarm, Alarm::Escalation { .. } | Alarm::PromiseDue { .. } | Alarm::OutcomeDue { .. }) {
            continue;
        }
        clock = clock.max(due + late(random));
        let said = client.play(salon, What::Alarm(alarm.clone()), clock);
        match (&alarm, said) {
            (Alarm::ReminderDue { booking, before_min, .. }, Some(reply)) => {
                check_reminder(client, salon, booking, *before_min, clock);
                answers(random, client, salon, &reply, clock);
            }
            (Alarm::RatingDue { booking, .. }, Some(_)) => {
                let over = client.conv.booking(booking).unwrap();
                assert!(clock >= over.slot.ends_at && !matches!(over.state, BookingState::Cancelled { .. }));
                assert!((9..22).contains(&salon.settings.wall(clock).time().hour()), "never in quiet hours");
                let count = client.ratings_asked.entry(booking.clone()).or_default();
                *count += 1;
                assert_eq!(*count, 1, "asked once: {booking}");
            }
            _ => {}
        }
    }
}

/// Calls `each` with every client of the ninety days, booked and lived through.
fn ninety_days(seed: u64, late: impl Fn(&mut TestRng) -> SignedDuration, mut each: impl FnMut(&Client)) {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let mut random = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let salon = salon();
    let first: Timestamp = FIRST_DAY.parse().unwrap();
    for number in 0..DAYS * CLIENTS_A_DAY {
        let minute = random.random_range(0..24 * 60_i64);
        let now = first + SignedDuration::from_mins(number / CLIENTS_A_DAY * 24 * 60 + minute);
        let mut client = Client::new(number, &salon.settings, now);
        books(&mut random, &mut client, &salon, now);
        live(&mut random, &mut client, &salon, &late);
        each(&client);
    }
}

#[test]
fn ninety_days_disturb_nobody() {
    let (mut visits, mut reminders, mut ratings) = (0, 0, 0);
    // One alarm in five is late by up to fourteen hours: the server was down.
    let late = |random: &mut TestRng| {
        let is_down = chance(random, 20);
        SignedDuration::from_mins(if is_down { random.random_range(0..14 * 60_i64) } else { 0 })
    };
    ninety_days(7, late, |client| {
        visits += client.conv.bookings.len();
        reminders += client.sent.len();
        ratings += client.ratings_asked.len();
    });
    assert!(visits > 1_000 && reminders > 1_000 && ratings > 500, "{visits} visits, {reminders} reminders, {ratings}");
}

#[test]
fn who_books_well_ahead_hears_of_it_twice() {
    let mut counted = 0;
    ninety_days(
        11,
        |_| SignedDuration::ZERO,
        |client| {
            for booking in &client.conv.bookings {
                let BookingState::Confirmed { at } = booking.state else { continue };
                let ahead_min = booking.slot.starts_at.duration_since(at).as_mins();
                if ahead_min < BEFORE_MIN[0] + 15 * 60 || booking.answer == Some(Answer::Coming) {
                    continue;
                }
                counted += 1;
                for before_min in BEFORE_MIN {
                    let key = (booking.id.clone(), u16::try_from(before_min).unwrap());
                    assert!(client.sent.contains_key(&key), "{booking:?}: no reminder {before_min} minutes before");
                }
            }
        },
    );
    assert!(counted > 500, "{counted}");
}
