//! One night of a salon, told to both engines, and the races and refusals around it.
//!
//! SQLite always runs; PostgreSQL where one is installed, and the output says which.

mod courier;
mod devices;
mod grants;
mod seats;
mod support;

use courier::{
    a_lane_keeps_its_order, a_node_that_stalled_cannot_record_an_outcome, effect, haste_and_replacement,
    two_couriers_never_take_the_same_row, what_many_add_to_one_row_is_all_there,
};
use devices::a_person_has_a_few_devices_and_a_device_one_person;
use grants::{
    a_link_that_lets_us_in_works_once, a_lost_access_is_told_once_and_given_anew, an_access_is_renewed_by_one,
};
use nochnik_store::bookings::{BookingStatus, NewBooking};
use nochnik_store::conversations::{Filter, Saved};
use nochnik_store::duty;
use nochnik_store::inbox::Arrival;
use nochnik_store::messages::{Delivery, NewMessage};
use nochnik_store::outbox::{Lease, Status};
use nochnik_store::waitlist::{self, Waiting};
use nochnik_store::{
    Change, Dialect, Sql, Store, StoreError, alarms, audit, bookings, businesses, cases, conversations, inbox, keys,
    leads, messages, nodes, notices, notify, outbox, people,
};
use seats::{a_chair_has_one_client_and_a_gap_is_free, a_lesson_has_its_seats};
use support::{runtime, stories};

stories! {
    a_night_at_the_salon,
    patient_work_is_done_too,
    fault_f01_a_webhook_again_is_one_event,
    fault_f02_a_webhook_on_64_connections_is_one_event,
    fault_f08_a_zero_byte_is_kept_as_a_mark,
    the_slower_of_two_turns_is_stale,
    one_slot_has_one_owner,
    a_lesson_has_its_seats,
    a_chair_has_one_client_and_a_gap_is_free,
    a_booking_lives_and_frees_its_time,
    who_waits_longest_is_found_first,
    who_is_on_duty_for_once,
    a_person_has_a_few_devices_and_a_device_one_person,
    what_many_change_in_a_document_is_all_there,
    an_access_is_renewed_by_one,
    a_lost_access_is_told_once_and_given_anew,
    a_link_that_lets_us_in_works_once,
    a_lane_keeps_its_order,
    a_node_that_stalled_cannot_record_an_outcome,
    two_couriers_never_take_the_same_row,
    what_many_add_to_one_row_is_all_there,
    haste_and_replacement,
    fault_f77_delivery_only_moves_forward,
    events_wait_fail_and_are_parked,
    the_auditor_finds_a_forgotten_case,
    the_first_tap_wins,
    leads_keep_their_first_name_and_their_crm_card,
    people_sessions_codes_and_the_journal,
    a_panic_hurts_nobody_else,
    a_swallowed_error_is_still_an_error,
    a_reader_cannot_write_and_a_closed_store_says_so,
}

const SALON: &str = "lotos";
const OLGA: &str = "c-olga";
/// Friday 20 November 2026, 23:40 in Moscow.
const NIGHT: i64 = 1_795_207_200_000;
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

fn arrival<'a>(key: &'a str, conversation: &'a str, due_at_ms: i64) -> Arrival<'a> {
    Arrival {
        dedupe_key: key,
        conversation_id: conversation,
        kind: "message",
        payload: r#"{"text":"хочу маникюр завтра после шести"}"#,
        received_at_ms: due_at_ms,
        due_at_ms,
    }
}

fn saved(expected_version: i64) -> Saved<'static> {
    Saved {
        id: OLGA,
        channel: "telegram",
        account: "lotos_bot",
        peer: "42",
        expected_version,
        state: r#"{"topic":"book"}"#,
        speaker: "bot",
        heat: "warm",
        is_after_hours: true,
        needs_person: false,
        client_name: "Алёна",
        last_text_short: "Хочу МАНИКЮР",
        last_at_ms: NIGHT,
        now_ms: NIGHT,
    }
}

fn visit<'a>(id: &'a str, starts_at_ms: i64, minutes: i64) -> NewBooking<'a> {
    NewBooking {
        id,
        conversation_id: OLGA,
        specialist_id: "anna",
        service_id: "manicure",
        client_name: "Ольга",
        starts_at_ms,
        ends_at_ms: starts_at_ms + minutes * MINUTE,
        visit_ends_at_ms: starts_at_ms + (minutes - 10) * MINUTE,
        held_until_ms: Some(NIGHT + 10 * MINUTE),
        spans: &[],
    }
}

/// A messenger is bound while an owner saves: each next version is made of the one before.
async fn what_many_change_in_a_document_is_all_there(store: Store) {
    const CHANGES: i64 = 16;
    store.write(open_salon).await.unwrap();
    let changing = (0..CHANGES).map(|n| {
        let store = store.clone();
        let change = move |sql: &mut dyn Sql| {
            let row = businesses::get_to_change(sql, SALON)?.unwrap();
            let version = businesses::put(sql, SALON, &format!("{} {n}", row.document), NIGHT)?;
            Ok((row.version, version))
        };
        tokio::spawn(async move { store.write(change).await })
    });
    for changed in changing.collect::<Vec<_>>() {
        let (before, after) = changed.await.unwrap().unwrap();
        assert_eq!(after, before + 1);
    }
    let document = store.read(|sql| businesses::get(sql, SALON)).await.unwrap().unwrap().document;
    assert_eq!(document.split(' ').count(), 1 + CHANGES as usize, "{document}");
}

fn open_salon(sql: &mut dyn Sql) -> Result<(), StoreError> {
    businesses::put(sql, SALON, r#"{"name":"Лотос"}"#, NIGHT).map(drop)
}

/// What no client waits for is written all the same, with company and without.
async fn patient_work_is_done_too(store: Store) {
    for name in ["alone", "again"] {
        store.write_soon(move |sql| keys::put(sql, name, b"1")).await.unwrap();
        assert_eq!(store.read(move |sql| keys::get(sql, name)).await.unwrap().as_deref(), Some(b"1".as_slice()));
    }
    let (soon, now) = tokio::join!(
        store.write_soon(|sql| keys::put(sql, "soon", b"1")),
        store.write(|sql| keys::put(sql, "now", b"1"))
    );
    soon.unwrap();
    now.unwrap();
    let refused: Result<(), _> = store.write_soon(|_| Err(StoreError::Taken)).await;
    assert!(matches!(refused, Err(StoreError::Taken)));
}

/// The whole way of one message: in, one turn, out, delivered.
async fn a_night_at_the_salon(store: Store) {
    let mut news = store.changes();
    store.write(open_salon).await.unwrap();

    // The messenger delivers, and delivers again.
    let first = store.write(|sql| inbox::put(sql, SALON, &arrival("1-a", OLGA, NIGHT))).await.unwrap();
    let again = store.write(|sql| inbox::put(sql, SALON, &arrival("1-a", OLGA, NIGHT))).await.unwrap();
    assert!(first.is_some());
    assert_eq!(again, None);
    let due = store.read(|sql| inbox::due_conversations(sql, NIGHT, 10)).await.unwrap();
    assert_eq!(due.len(), 1);
    assert_eq!((due[0].business.as_str(), due[0].conversation.as_str(), due[0].due_at_ms), (SALON, OLGA, NIGHT));

    // One turn in one transaction.
    let leased = store.write(turn).await.unwrap();
    assert!(leased, "an empty lane gives its lease at once");
    assert_eq!(heard(&mut news).await, Change { business: SALON.into(), conversation: OLGA.into() });
    assert_eq!(store.read(inbox::next_due_ms).await.unwrap(), None);

    // The same update comes a third time: it is known though it is done.
    let third = store.write(|sql| inbox::put(sql, SALON, &arrival("1-a", OLGA, NIGHT))).await.unwrap();
    assert_eq!(third, None);
    assert_eq!(store.read(|sql| inbox::due_conversations(sql, NIGHT, 10)).await.unwrap(), []);

    // The courier records what became of the answer.
    store
        .write(|sql| {
            let row = outbox::list(sql, SALON, Status::Waiting, 10)?.remove(0).row;
            assert!(outbox::done(sql, SALON, row.id, "node-1", Some(r#"{"id":"v7"}"#), NIGHT + 900)?.is_some());
            messages::set_delivery(sql, SALON, OLGA, 2, Delivery::Sent, Some("v7"))
        })
        .await
        .unwrap();
    let said = store.read(|sql| messages::list(sql, SALON, OLGA, 0, 10)).await.unwrap();
    assert_eq!(said.iter().map(|m| (m.seq, m.author.as_str())).collect::<Vec<_>>(), [(1, "client"), (2, "bot")]);
    assert_eq!((said[1].delivery, said[1].vendor_id.as_deref()), (Some(Delivery::Sent), Some("v7")));

    // The console finds the conversation by name, whatever the case and the ё.
    for (text, found) in [("алена", 1), ("АЛЁНА", 1), ("маникюр", 1), ("педикюр", 0), ("%", 0)]
    {
        let list = store
            .read(move |sql| {
                let filter = Filter { text: Some(text), needs_person: Some(false), ..Filter::default() };
                conversations::list(sql, SALON, &filter, NIGHT + 1, 10)
            })
            .await
            .unwrap();
        assert_eq!(list.len(), found, "{text}");
    }
    store.check().await.unwrap();
}

fn turn(sql: &mut dyn Sql) -> Result<bool, StoreError> {
    let events = inbox::pending(sql, SALON, OLGA, 10)?;
    assert_eq!(events.len(), 1);
    assert_eq!(conversations::load(sql, SALON, OLGA)?, None);
    conversations::save(sql, SALON, &saved(0))?;
    let said = NewMessage {
        conversation_id: OLGA,
        at_ms: NIGHT,
        author: "client",
        person_id: None,
        text: "хочу маникюр",
        buttons: None,
        vendor_id: Some("v6"),
        delivery: None,
        chips: Some("[]"),
        file: None,
    };
    messages::append(sql, SALON, &said)?;
    let answer = NewMessage {
        author: "bot",
        text: "Завтра есть 18:30 у Анны.",
        vendor_id: None,
        delivery: Some(Delivery::Queued),
        ..said
    };
    messages::append(sql, SALON, &answer)?;
    let lease = Lease { owner: "node-1", until_ms: NIGHT + 30_000 };
    let queued = outbox::put(sql, SALON, &effect("e1#0", OLGA), Some(lease))?.expect("a new key");
    assert_eq!(outbox::put(sql, SALON, &effect("e1#0", OLGA), None)?, None);
    assert_eq!(inbox::finish(sql, SALON, &[events[0].id], NIGHT)?, 1);
    assert_eq!(inbox::finish(sql, SALON, &[events[0].id], NIGHT)?, 0);
    notify(sql, SALON, OLGA)?;
    Ok(queued.is_leased)
}

async fn heard(news: &mut tokio::sync::broadcast::Receiver<Change>) -> Change {
    let limit = std::time::Duration::from_secs(20);
    tokio::time::timeout(limit, news.recv()).await.expect("the change is told").unwrap()
}

/// The platform repeats a delivery while it waits and after it was answered.
async fn fault_f01_a_webhook_again_is_one_event(store: Store) {
    let arrives = |sql: &mut dyn Sql| inbox::put(sql, SALON, &arrival("1-a", OLGA, NIGHT));
    let event = store.write(arrives).await.unwrap().expect("the first is new");
    assert_eq!(store.write(arrives).await.unwrap(), None, "while it waits");
    assert_eq!(store.write(move |sql| inbox::finish(sql, SALON, &[event], NIGHT)).await.unwrap(), 1);
    assert_eq!(store.write(arrives).await.unwrap(), None, "when it is done");
    let counts = store.read(inbox::counts).await.unwrap();
    assert_eq!((counts.waiting, counts.done, counts.parked), (0, 1, 0));
    // What came for one business is counted apart from the others'.
    store.write(|sql| inbox::put(sql, "barber", &arrival("1-b", OLGA, NIGHT))).await.unwrap();
    let by_business = store.read(inbox::counts_by_business).await.unwrap();
    let told: Vec<_> = by_business.iter().map(|(id, counts)| (id.as_str(), counts.waiting, counts.done)).collect();
    assert_eq!(told, [("barber", 1, 0), (SALON, 0, 1)]);
}

async fn fault_f02_a_webhook_on_64_connections_is_one_event(store: Store) {
    let copies = (0..64).map(|_| {
        let store = store.clone();
        tokio::spawn(async move { store.write(|sql| inbox::put(sql, SALON, &arrival("1-a", OLGA, NIGHT))).await })
    });
    let mut new = 0;
    for copy in copies.collect::<Vec<_>>() {
        // Every connection gets its 200, also the ones that came second.
        new += usize::from(copy.await.unwrap().unwrap().is_some());
    }
    assert_eq!(new, 1);
    assert_eq!(store.read(inbox::counts).await.unwrap().waiting, 1);
}

/// PostgreSQL cannot hold a zero byte; a message that has one must not stop its conversation.
async fn fault_f08_a_zero_byte_is_kept_as_a_mark(store: Store) {
    let said = NewMessage {
        conversation_id: OLGA,
        at_ms: NIGHT,
        author: "client",
        person_id: None,
        text: "мани\0кюр",
        buttons: None,
        vendor_id: None,
        delivery: None,
        chips: None,
        file: None,
    };
    store.write(move |sql| messages::append(sql, SALON, &said)).await.unwrap();
    let kept = store.read(|sql| messages::list(sql, SALON, OLGA, 0, 10)).await.unwrap();
    assert_eq!(kept[0].text, "мани\u{fffd}кюр");
}

async fn the_slower_of_two_turns_is_stale(store: Store) {
    assert_eq!(store.write(|sql| conversations::save(sql, SALON, &saved(0))).await.unwrap(), 1);
    let second = store.write(|sql| conversations::save(sql, SALON, &saved(0))).await;
    assert!(matches!(second, Err(StoreError::Stale { table }) if table == "conversations"));
    assert_eq!(store.write(|sql| conversations::save(sql, SALON, &saved(1))).await.unwrap(), 2);
    let late = store.write(|sql| conversations::save(sql, SALON, &saved(1))).await.unwrap_err();
    assert!(late.is_race());
    assert_eq!(store.write(|sql| conversations::load(sql, SALON, OLGA)).await.unwrap().unwrap().version, 2);
    assert_eq!(store.read(|sql| conversations::peek(sql, "other", OLGA)).await.unwrap(), None);
    let held = store.read(|sql| conversations::load(sql, SALON, OLGA)).await;
    assert!(
        matches!(held, Err(StoreError::Database { source, .. }) if source.code == "25006"),
        "a page holds nobody up"
    );
}

/// Sixty-four clients want 18:30 at Anna's, with overlaps on either side.
async fn one_slot_has_one_owner(store: Store) {
    store.write(open_salon).await.unwrap();
    let racers = (0..64_i64).map(|racer| {
        let store = store.clone();
        tokio::spawn(async move {
            let id = format!("b{racer}");
            store.write(move |sql| bookings::hold(sql, SALON, &visit(&id, NIGHT + (racer % 5) * MINUTE, 60))).await
        })
    });
    let mut won = 0;
    for racer in racers.collect::<Vec<_>>() {
        match racer.await.unwrap() {
            Ok(()) => won += 1,
            Err(error) => assert!(matches!(error, StoreError::Taken), "{error:?}"),
        }
    }
    assert_eq!(won, 1);
    let busy = store.read(|sql| bookings::busy(sql, SALON, NIGHT, NIGHT + HOUR)).await.unwrap();
    assert_eq!(busy.len(), 1);
    let versions = store.read(|sql| businesses::get_version(sql, SALON)).await.unwrap().unwrap();
    assert_eq!((versions.version, versions.busy_version), (1, 1), "a lost race changes nothing");
}

async fn a_booking_lives_and_frees_its_time(store: Store) {
    store.write(open_salon).await.unwrap();
    store.write(|sql| bookings::hold(sql, SALON, &visit("a", NIGHT, 60))).await.unwrap();
    // Half-open: the next visit may begin at the very end of the busy time.
    store.write(|sql| bookings::hold(sql, SALON, &visit("b", NIGHT + HOUR, 60))).await.unwrap();
    let same_id = store.write(|sql| bookings::hold(sql, SALON, &visit("a", NIGHT + 5 * HOUR, 60))).await;
    assert!(matches!(same_id, Err(StoreError::Duplicate { table }) if table == "bookings"));

    assert!(store.write(|sql| bookings::confirm(sql, SALON, "a", "Анна", false)).await.unwrap());
    assert!(!store.write(|sql| bookings::confirm(sql, SALON, "a", "Анна", false)).await.unwrap());
    let early = store.write(|sql| bookings::expire_due(sql, NIGHT + 9 * MINUTE, 10)).await.unwrap();
    assert_eq!(early, []);
    let expired = store.write(|sql| bookings::expire_due(sql, NIGHT + 10 * MINUTE, 10)).await.unwrap();
    assert_eq!(expired.iter().map(|hold| hold.id.as_str()).collect::<Vec<_>>(), ["b"]);
    assert!(!store.write(|sql| bookings::confirm(sql, SALON, "b", "Анна", false)).await.unwrap());

    // A no-show frees the time; somebody else takes it; the first one did come after all.
    assert!(store.write(|sql| bookings::no_show(sql, SALON, "a")).await.unwrap());
    store.write(|sql| bookings::hold(sql, SALON, &visit("c", NIGHT + 30 * MINUTE, 60))).await.unwrap();
    let back = store.write(|sql| bookings::arrived(sql, SALON, "a")).await;
    assert!(matches!(back, Err(StoreError::Taken)), "{back:?}");
    assert!(store.write(|sql| bookings::cancel(sql, SALON, "c")).await.unwrap());
    assert!(store.write(|sql| bookings::arrived(sql, SALON, "a")).await.unwrap());

    let all = store.read(|sql| bookings::list(sql, SALON, NIGHT, NIGHT + 24 * HOUR)).await.unwrap();
    let told: Vec<_> = all.iter().map(|booking| (booking.id.as_str(), booking.status)).collect();
    use BookingStatus::{Arrived, Cancelled, Expired};
    assert_eq!(told, [("a", Arrived), ("c", Cancelled), ("b", Expired)]);
}

async fn fault_f77_delivery_only_moves_forward(store: Store) {
    store
        .write(|sql| {
            let bubble = NewMessage {
                conversation_id: OLGA,
                at_ms: NIGHT,
                author: "bot",
                person_id: None,
                text: "Ждём вас!",
                buttons: None,
                vendor_id: None,
                delivery: Some(Delivery::Queued),
                chips: None,
                file: None,
            };
            let seq = messages::append(sql, SALON, &bubble)?;
            let mut to = |delivery| moved(sql, seq, delivery, Some("v"));
            assert_eq!(to(Delivery::Sent)?, Delivery::Sent);
            assert_eq!(to(Delivery::Read)?, Delivery::Read, "a receipt may be skipped");
            assert_eq!(to(Delivery::Delivered)?, Delivery::Read, "and come late");
            assert_eq!(to(Delivery::Failed)?, Delivery::Read, "what was read cannot fail");

            let seq = messages::append(sql, SALON, &bubble)?;
            let mut to = |delivery| moved(sql, seq, delivery, None);
            assert_eq!(to(Delivery::Failed)?, Delivery::Failed);
            assert_eq!(to(Delivery::Read)?, Delivery::Failed, "failed is final");
            assert!(messages::requeue(sql, SALON, OLGA, seq)?, "until a person replays it");
            assert!(!messages::requeue(sql, SALON, OLGA, seq)?, "once");
            assert_eq!(moved(sql, seq, Delivery::Sent, Some("w"))?, Delivery::Sent);
            Ok(())
        })
        .await
        .unwrap();
}

/// Where a bubble stands after it was asked to move.
fn moved(sql: &mut dyn Sql, seq: i64, to: Delivery, vendor_id: Option<&str>) -> Result<Delivery, StoreError> {
    messages::set_delivery(sql, SALON, OLGA, seq, to, vendor_id)?;
    let said = messages::list(sql, SALON, OLGA, seq - 1, 1)?;
    Ok(said[0].delivery.expect("ours"))
}

async fn events_wait_fail_and_are_parked(store: Store) {
    store
        .write(|sql| {
            let first = inbox::put(sql, SALON, &arrival("1", OLGA, NIGHT))?.expect("new");
            let second = inbox::put(sql, SALON, &arrival("2", OLGA, NIGHT + 1))?.expect("new");
            assert!(
                inbox::put(sql, "other", &arrival("1", OLGA, NIGHT + 9))?.is_some(),
                "another business, another key"
            );
            assert_eq!(inbox::postpone(sql, SALON, OLGA, NIGHT + 2_500)?, 2);
            assert_eq!(inbox::next_due_ms(sql)?, Some(NIGHT + 9));
            inbox::fail(sql, SALON, first, "сбой", false)?;
            inbox::fail(sql, SALON, first, "сбой", true)?;
            let left = inbox::pending(sql, SALON, OLGA, 9)?;
            assert_eq!(left.iter().map(|row| row.id).collect::<Vec<_>>(), [second]);
            let parked = inbox::parked(sql, SALON, 9)?;
            assert_eq!((parked[0].row.id, parked[0].row.attempts, parked[0].why.as_str()), (first, 2, "сбой"));
            assert_eq!(inbox::put(sql, SALON, &arrival("1", OLGA, NIGHT))?, None, "a repeat does not resurrect it");
            let counts = inbox::counts(sql)?;
            assert_eq!((counts.waiting, counts.done, counts.parked), (2, 0, 1));
            assert!(inbox::unpark(sql, SALON, first, NIGHT)?);
            assert_eq!(inbox::pending(sql, SALON, OLGA, 9)?.len(), 2);
            assert_eq!(inbox::finish(sql, SALON, &[first, second], NIGHT)?, 2);
            assert_eq!(inbox::purge(sql, NIGHT, 9)?, 0, "not old enough");
            assert_eq!(inbox::purge(sql, NIGHT + 1, 1)?, 1, "in small bites");
            Ok(())
        })
        .await
        .unwrap();
}

/// An open case must always have a next step; the auditor finds the one that has none.
async fn the_auditor_finds_a_forgotten_case(store: Store) {
    store
        .write(|sql| {
            let case = cases::Case {
                id: "case".into(),
                conversation_id: OLGA.into(),
                state: cases::CaseState::Open,
                level: 2,
                policy: "{}".into(),
                taken_by: None,
                opened_at_ms: NIGHT,
                next_at_ms: Some(NIGHT + 2 * MINUTE),
                closed_at_ms: None,
                why: "горячий лид".into(),
            };
            cases::upsert(sql, SALON, &case)?;
            let late = NIGHT + 3 * MINUTE;
            assert_eq!(cases::without_next(sql, NIGHT + 2 * MINUTE, 30_000)?, [], "within the grace");
            assert_eq!(cases::without_next(sql, late, 30_000)?.len(), 1);

            let alarm = alarms::NewAlarm {
                conversation_id: OLGA,
                kind: "escalation",
                subject: "case",
                generation: 1,
                payload: "{}",
                due_at_ms: NIGHT + 2 * MINUTE,
            };
            alarms::put(sql, SALON, &alarm)?;
            alarms::put(sql, SALON, &alarm)?;
            assert_eq!(alarms::waiting(sql, SALON, OLGA)?.len(), 1, "setting it again changes nothing");
            assert_eq!(cases::without_next(sql, late, 30_000)?, []);
            assert_eq!(alarms::next_due_ms(sql)?, Some(NIGHT + 2 * MINUTE));
            let due = alarms::due(sql, late, 9)?;
            assert!(alarms::done(sql, SALON, due[0].id)?);
            assert!(!alarms::done(sql, SALON, due[0].id)?);
            assert_eq!(cases::without_next(sql, late, 30_000)?.len(), 1, "it rang and nobody heard");

            inbox::put(sql, SALON, &arrival("alarm", OLGA, late))?;
            assert_eq!(cases::without_next(sql, late, 30_000)?, [], "the event will move it on");
            let taken = cases::Case { state: cases::CaseState::Taken, taken_by: Some("olya".into()), ..case };
            cases::upsert(sql, SALON, &taken)?;
            assert_eq!(cases::unfinished(sql, SALON)?, std::slice::from_ref(&taken));
            let closed = cases::Case { state: cases::CaseState::Closed, ..taken };
            cases::upsert(sql, SALON, &closed)?;
            assert_eq!(cases::unfinished(sql, SALON)?, []);
            assert_eq!(cases::get(sql, SALON, "case")?, Some(closed));
            Ok(())
        })
        .await
        .unwrap();
}

async fn the_first_tap_wins(store: Store) {
    store
        .write(|sql| {
            let notice = notices::Notice {
                token: "t1".into(),
                case_id: "case".into(),
                conversation_id: OLGA.into(),
                person_id: "olya".into(),
                channel: "max".into(),
                account: "duty".into(),
                peer: "7".into(),
                vendor_message_id: None,
                level: 2,
                expires_at_ms: NIGHT + HOUR,
                used_at_ms: None,
            };
            notices::put(sql, SALON, &notice)?;
            notices::put(sql, "other", &notice)?;
            let kept = notices::find(sql, "t1")?;
            assert_eq!(kept, Some((SALON.to_owned(), notice)), "a token belongs to one business");
            notices::set_message_id(sql, SALON, "t1", "m9")?;
            let replied = notices::by_message(sql, SALON, "max", "duty", "7", "m9")?.expect("found");
            assert_eq!(replied.token, "t1");
            assert!(!notices::use_once(sql, "other", "t1", NIGHT)?);
            assert!(notices::use_once(sql, SALON, "t1", NIGHT)?);
            assert!(!notices::use_once(sql, SALON, "t1", NIGHT)?);
            assert_eq!(notices::for_case(sql, SALON, "case")?[0].used_at_ms, Some(NIGHT));
            Ok(())
        })
        .await
        .unwrap();
}

async fn leads_keep_their_first_name_and_their_crm_card(store: Store) {
    store
        .write(|sql| {
            let lead = leads::Lead {
                conversation_id: OLGA.into(),
                heat: "hot".into(),
                score: 0.75,
                is_after_hours: true,
                created_at_ms: NIGHT,
                updated_at_ms: NIGHT,
                ..leads::Lead::default()
            };
            leads::upsert(sql, SALON, &lead)?;
            leads::set_crm_refs(sql, SALON, (OLGA, 0), r#"{"deal":1}"#, NIGHT + 1)?;
            let (created_at_ms, updated_at_ms) = (NIGHT + 2, NIGHT + 2);
            leads::upsert(sql, SALON, &leads::Lead { heat: "warm".into(), created_at_ms, updated_at_ms, ..lead })?;
            assert_eq!(
                leads::list(sql, SALON, &leads::LeadFilter::default(), i64::MAX, 9)?.len(),
                1,
                "one a conversation"
            );
            let kept = leads::of_conversation(sql, SALON, OLGA)?.expect("kept");
            assert_eq!((kept.heat.as_str(), kept.score, kept.created_at_ms), ("warm", 0.75, NIGHT));
            assert_eq!(kept.crm_refs.as_deref(), Some(r#"{"deal":1}"#));
            let hot = leads::LeadFilter { heat: Some("hot"), ..Default::default() };
            assert_eq!(leads::list(sql, SALON, &hot, i64::MAX, 9)?, []);
            assert_eq!(leads::list(sql, SALON, &leads::LeadFilter::default(), i64::MAX, 9)?, [kept]);
            Ok(())
        })
        .await
        .unwrap();
}

async fn people_sessions_codes_and_the_journal(store: Store) {
    store.write(people_and_places).await.unwrap();
    let erased = store.write(|sql| sql.exec("update journal set actor = 'x'", &[])).await;
    assert!(matches!(erased, Err(StoreError::Database { table, .. }) if table == "journal"));
}

fn people_and_places(sql: &mut dyn Sql) -> Result<(), StoreError> {
    let user = people::User {
        login: "olya".into(),
        password_hash: "$argon2id$".into(),
        role: "owner".into(),
        person_id: "p1".into(),
        created_at_ms: NIGHT,
        is_active: true,
    };
    people::put_user(sql, SALON, &user)?;
    assert_eq!(people::users(sql, SALON)?, [user]);
    assert_eq!(people::user(sql, "other", "olya")?, None);

    let session = people::Session {
        id_hash: "h".into(),
        business: SALON.into(),
        login: "olya".into(),
        data: "{}".into(),
        created_at_ms: NIGHT,
        expires_at_ms: NIGHT + HOUR,
    };
    people::add_session(sql, &session)?;
    assert_eq!(people::find_session(sql, "h", NIGHT)?, Some(session.clone()));
    assert_eq!(people::find_session(sql, "h", NIGHT + HOUR)?, None, "expired");
    let used = people::Session { data: r#"{"seen":1}"#.into(), ..session };
    people::update_session(sql, &used)?;
    assert_eq!(people::find_session(sql, "h", NIGHT)?, Some(used.clone()));
    assert_eq!(people::end_sessions(sql, SALON, "olya")?, 1);
    people::update_session(sql, &used)?;
    assert_eq!(people::find_session(sql, "h", NIGHT)?, None, "what has ended is not saved anew");

    people::put_code(sql, SALON, "bind", "p1", "old", NIGHT + HOUR)?;
    people::put_code(sql, SALON, "bind", "p1", "new", NIGHT + HOUR)?;
    assert_eq!(people::use_code(sql, SALON, "bind", "old", NIGHT)?, None, "replaced");
    assert_eq!(people::use_code(sql, SALON, "bind", "new", NIGHT + HOUR)?, None, "expired");
    assert_eq!(people::use_code(sql, SALON, "bind", "new", NIGHT)?.as_deref(), Some("p1"));
    assert_eq!(people::use_code(sql, SALON, "bind", "new", NIGHT)?, None, "used");

    for expected in 1..=3 {
        assert_eq!(people::count_attempt(sql, SALON, "login:olya", NIGHT + expected, MINUTE)?, expected);
    }
    assert_eq!(people::count_attempt(sql, SALON, "login:olya", NIGHT + 2 * MINUTE, MINUTE)?, 1, "a new window");
    people::forgive(sql, SALON, "login:olya")?;

    let phone =
        people::Binding { person_id: "p1".into(), channel: "max".into(), account: "duty".into(), peer: "7".into() };
    people::bind(sql, SALON, &phone, NIGHT)?;
    assert_eq!(people::person_at(sql, SALON, "max", "duty", "7")?.as_deref(), Some("p1"));
    assert_eq!(people::bindings(sql, SALON, Some("p1"))?, [phone]);
    assert_eq!(people::bindings(sql, SALON, None)?.len(), 1);
    assert!(people::unbind(sql, SALON, "max", "duty", "7")?);

    assert_eq!(keys::put_once(sql, "signing", b"one")?, b"one");
    assert_eq!(keys::put_once(sql, "signing", b"two")?, b"one", "a key is made once");
    nodes::beat(sql, "n1", NIGHT)?;
    nodes::beat(sql, "n1", NIGHT + 1)?;
    assert_eq!(nodes::alive(sql, NIGHT + 1)?, ["n1"]);
    assert_eq!(nodes::forget(sql, NIGHT + 2)?, 1);

    let entry = audit::NewEntry { at_ms: NIGHT, actor: "olya", action: "login", subject: "console", details: "{}" };
    audit::append(sql, SALON, &entry)?;
    assert_eq!(audit::list(sql, SALON, i64::MAX, 9)?[0].action, "login");

    assert_eq!(businesses::put(sql, SALON, "{}", NIGHT)?, 1);
    assert_eq!(businesses::put(sql, SALON, r#"{"v":2}"#, NIGHT + 1)?, 2);
    assert_eq!(businesses::document_of(sql, SALON, 1)?.as_deref(), Some("{}"), "the past is kept");
    assert_eq!(businesses::get(sql, SALON)?.expect("kept").document, r#"{"v":2}"#);
    assert_eq!(businesses::list_ids(sql)?, [SALON]);
    people::purge(sql, NIGHT + 3 * HOUR).map(drop)
}

/// A job that panics or fails leaves nothing behind, and its neighbours stay.
async fn a_panic_hurts_nobody_else(store: Store) {
    let jobs = (0..30_i64).map(|n| {
        let store = store.clone();
        tokio::spawn(async move {
            store
                .write(move |sql| {
                    nodes::beat(sql, &format!("n{n:02}"), NIGHT)?;
                    match n % 3 {
                        0 => Ok(()),
                        1 => Err(StoreError::Taken),
                        _ => panic!("job {n}"),
                    }
                })
                .await
        })
    });
    for (n, job) in jobs.collect::<Vec<_>>().into_iter().enumerate() {
        match (n % 3, job.await.unwrap()) {
            (0, Ok(())) | (1, Err(StoreError::Taken)) => {}
            (2, Err(StoreError::Panicked(words))) => assert_eq!(words, format!("job {n}")),
            (_, other) => panic!("{n}: {other:?}"),
        }
    }
    let alive = store.read(|sql| nodes::alive(sql, NIGHT)).await.unwrap();
    assert_eq!(alive, (0..30).step_by(3).map(|n| format!("n{n:02}")).collect::<Vec<_>>());
}

/// On PostgreSQL a failed statement aborts the transaction; a job that goes on regardless loses on both engines.
async fn a_swallowed_error_is_still_an_error(store: Store) {
    let job = |sql: &mut dyn Sql| {
        nodes::beat(sql, "n1", NIGHT)?;
        drop(sql.exec("insert into nodes (id, heartbeat_ms) values ('n1', 0)", &[]));
        Ok(())
    };
    assert!(matches!(store.write(job).await, Err(StoreError::Duplicate { table }) if table == "nodes"));
    assert_eq!(store.read(|sql| nodes::alive(sql, 0)).await.unwrap(), [""; 0]);
}

async fn a_reader_cannot_write_and_a_closed_store_says_so(store: Store) {
    if store.dialect() == Dialect::Postgres {
        assert!(store.read(|sql| nodes::beat(sql, "n1", NIGHT)).await.is_err());
    }
    let other = store.clone();
    store.close().await;
    assert!(matches!(other.write(|sql| nodes::beat(sql, "n1", NIGHT)).await, Err(StoreError::Closed)));
    assert!(matches!(other.read(|sql| nodes::alive(sql, NIGHT)).await, Err(StoreError::Closed)));
}

#[test]
fn an_unknown_address_is_refused() {
    runtime().block_on(async {
        assert!(matches!(Store::open("mysql://localhost").await, Err(StoreError::Address)));
    });
}

/// Three wait: one for the day before, two for this time, and one of these asks anew.
async fn who_waits_longest_is_found_first(store: Store) {
    let waiting = |id: &str, from_ms, since_ms, entry: &str| Waiting {
        conversation_id: id.to_owned(),
        from_ms,
        to_ms: from_ms + HOUR,
        since_ms,
        entry: entry.to_owned(),
    };
    let entries = [
        waiting("c-early", NIGHT - 2 * HOUR, 1, "{}"),
        waiting("c-late", NIGHT, 3, "{}"),
        waiting("c-ira", NIGHT, 2, "{}"),
        waiting("c-late", NIGHT, 1, "{\"again\": true}"),
    ];
    for entry in entries.clone() {
        store.write(move |sql| waitlist::put(sql, SALON, &entry)).await.unwrap();
    }
    let at = |from_ms: i64, to_ms: i64| {
        let store = store.clone();
        async move { store.read(move |sql| waitlist::meeting(sql, SALON, from_ms, to_ms, 10)).await.unwrap() }
    };
    assert_eq!(at(NIGHT, NIGHT + HOUR).await, [entries[3].clone(), entries[2].clone()]);
    assert_eq!(at(NIGHT - HOUR, NIGHT).await, [], "the times are half-open");
    store.write(|sql| waitlist::remove(sql, SALON, "c-late")).await.unwrap();
    assert_eq!(at(NIGHT, NIGHT + 1).await, [entries[2].clone()]);
    assert_eq!(store.read(|sql| waitlist::meeting(sql, "roza", 0, i64::MAX, 10)).await.unwrap(), []);
}

/// Olya is away, Marina stands in, a swap is asked for and answered once.
async fn who_is_on_duty_for_once(store: Store) {
    let told = store
        .write(|sql| {
            open_salon(sql)?;
            let before = businesses::get_version(sql, SALON)?.expect("the salon").duty;
            let change = duty::Override {
                id: 0,
                person_id: "marina".into(),
                instead_of: "olya".into(),
                from_ms: NIGHT,
                to_ms: NIGHT + HOUR,
            };
            let first = duty::put_override(sql, SALON, &change)?;
            let absence = duty::Absence { id: 0, person_id: "olya".into(), from_ms: NIGHT, to_ms: NIGHT + HOUR };
            let second = duty::put_absence(sql, SALON, &absence)?;
            assert!(first > before && second > first, "ids grow with the version");
            assert_eq!(duty::overrides(sql, SALON, NIGHT)?, [duty::Override { id: first, ..change }]);
            assert_eq!(duty::overrides(sql, SALON, NIGHT + HOUR)?, [], "what is over is not listed");
            assert_eq!(duty::absences(sql, SALON, NIGHT)?, [duty::Absence { id: second, ..absence }]);
            let swap = duty::Swap {
                id: 0,
                asker_id: "olya".into(),
                other_id: "marina".into(),
                gives_ms: (NIGHT, NIGHT + HOUR),
                takes_ms: None,
                state: "asked".into(),
            };
            let third = duty::put_swap(sql, SALON, &swap)?;
            assert!(duty::settle_swap(sql, SALON, third, "agreed")?);
            assert!(!duty::settle_swap(sql, SALON, third, "refused")?, "the first answer stands");
            assert_eq!(duty::swaps(sql, SALON, NIGHT)?, [duty::Swap { id: third, state: "agreed".into(), ..swap }]);
            let helper = duty::Override { instead_of: String::new(), ..duty::overrides(sql, SALON, NIGHT)?.remove(0) };
            duty::put_override(sql, SALON, &helper)?;
            let span = (NIGHT, NIGHT + HOUR);
            assert!(
                !duty::remove_besides(sql, SALON, "olya", span)? && duty::remove_besides(sql, SALON, "marina", span)?
            );
            assert_eq!(duty::overrides(sql, SALON, NIGHT)?.len(), 1, "who stands in stays");
            assert_eq!(duty::watch(sql, SALON)?, None);
            assert!(
                duty::put_watch(sql, SALON, 0, "{}")? && !duty::put_watch(sql, SALON, 0, "[]")?,
                "one node is quicker"
            );
            assert!(duty::put_watch(sql, SALON, 1, "[]")?);
            assert_eq!(duty::watch(sql, SALON)?, Some(("[]".to_owned(), 2)));
            assert!(duty::remove_override(sql, SALON, first)? && !duty::remove_override(sql, SALON, first)?);
            assert!(duty::remove_absence(sql, SALON, second)? && duty::remove_swap(sql, SALON, third)?);
            Ok((duty::overrides(sql, SALON, 0)?.len(), duty::absences(sql, "roza", 0)?.len()))
        })
        .await
        .unwrap();
    assert_eq!(told, (0, 0));
}
