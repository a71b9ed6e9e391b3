//! Seats of a lesson, chairs, and the gap in which a specialist is free for another.

use nochnik_store::bookings::{self, NewBooking, Span};
use nochnik_store::{Sql, Store, StoreError};

use crate::story::{HOUR, MINUTE, NIGHT, SALON, open_salon, visit};

/// Forty clients want the ten seats of one lesson, each seat by four; beside them stand a cut of the
/// same specialist and another lesson in the same hall.
pub async fn a_lesson_has_its_seats(store: Store) {
    store.write(open_salon).await.unwrap();
    let seat_of = |lesson: &'static str, number: i64| {
        move |sql: &mut dyn Sql, id: &str| {
            let seat = Some((lesson, number));
            let span = |subject| Span { subject, starts_at_ms: NIGHT, ends_at_ms: NIGHT + HOUR, seat };
            let spans = [span(lesson.split_once('/').unwrap().0), span("hall#1")];
            bookings::hold(sql, SALON, &NewBooking { spans: &spans, ..visit(id, NIGHT, 60) })
        }
    };
    let racers = (0..40_i64).map(|racer| {
        let store = store.clone();
        let take = seat_of("anna/yoga@1", racer % 10 + 1);
        tokio::spawn(async move { store.write(move |sql| take(sql, &format!("b{racer}"))).await })
    });
    let mut won = 0;
    for racer in racers.collect::<Vec<_>>() {
        won += i32::from(taken_or(racer.await.unwrap()));
    }
    assert_eq!(won, 10);
    assert!(!taken_or(store.write(|sql| bookings::hold(sql, SALON, &visit("cut", NIGHT + 30 * MINUTE, 60))).await));
    let other = seat_of("maria/dance@1", 1);
    assert!(!taken_or(store.write(move |sql| other(sql, "dance")).await), "the hall is not free");
    let seats = store.read(|sql| bookings::busy(sql, SALON, NIGHT, NIGHT + HOUR)).await.unwrap();
    let mut numbers: Vec<i64> =
        seats.iter().filter(|busy| busy.subject == "hall#1").filter_map(|busy| Some(busy.seat.as_ref()?.1)).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=10).collect::<Vec<_>>());
    // A seat given back is there again, once.
    let gone = seats.iter().find(|busy| busy.seat.as_ref().is_some_and(|seat| seat.1 == 4)).unwrap().booking_id.clone();
    assert!(store.write(move |sql| bookings::cancel(sql, SALON, &gone)).await.unwrap());
    for (id, is_free) in [("late", true), ("later", false)] {
        let take = seat_of("anna/yoga@1", 4);
        assert_eq!(taken_or(store.write(move |sql| take(sql, id)).await), is_free, "{id}");
    }
}

/// Two chairs, three specialists; in the gap of a colour its specialist is free, its chair is not.
pub async fn a_chair_has_one_client_and_a_gap_is_free(store: Store) {
    store.write(open_salon).await.unwrap();
    let span = |subject, from: i64, to: i64| Span {
        subject,
        starts_at_ms: NIGHT + from * MINUTE,
        ends_at_ms: NIGHT + to * MINUTE,
        seat: None,
    };
    let put = |id: &'static str, spans: Vec<Span<'static>>| {
        let store = store.clone();
        async move {
            let held = store
                .write(move |sql| bookings::hold(sql, SALON, &NewBooking { spans: &spans, ..visit(id, NIGHT, 120) }));
            taken_or(held.await)
        }
    };
    let colour = vec![span("anna", 0, 30), span("anna", 90, 120), span("chair#1", 0, 120)];
    assert!(put("colour", colour).await);
    assert!(!put("in the chair", vec![span("maria", 60, 90), span("chair#1", 60, 90)]).await);
    assert!(put("in the gap", vec![span("anna", 30, 90), span("chair#2", 30, 90)]).await);
    assert!(!put("too long", vec![span("anna", 80, 95)]).await);
    // A no-show frees all of it; while somebody else sits in the chair the client cannot come back.
    assert!(store.write(|sql| bookings::confirm(sql, SALON, "colour", "Анна", false)).await.unwrap());
    assert!(store.write(|sql| bookings::no_show(sql, SALON, "colour")).await.unwrap());
    assert!(put("instead", vec![span("maria", 100, 110), span("chair#1", 100, 110)]).await);
    let back = store.write(|sql| bookings::arrived(sql, SALON, "colour")).await;
    assert!(matches!(back, Err(StoreError::Taken)), "{back:?}");
    assert!(store.write(|sql| bookings::cancel(sql, SALON, "instead")).await.unwrap());
    assert!(store.write(|sql| bookings::arrived(sql, SALON, "colour")).await.unwrap());
    let busy = store.read(|sql| bookings::busy(sql, SALON, NIGHT, NIGHT + 2 * HOUR)).await.unwrap();
    let told: Vec<_> = busy.iter().map(|busy| (busy.subject.as_str(), busy.booking_id.as_str())).collect();
    let expected = [
        ("anna", "colour"),
        ("anna", "in the gap"),
        ("anna", "colour"),
        ("chair#1", "colour"),
        ("chair#2", "in the gap"),
    ];
    assert_eq!(told, expected);
}

fn taken_or(held: Result<(), StoreError>) -> bool {
    match held {
        Ok(()) => true,
        Err(StoreError::Taken) => false,
        Err(error) => panic!("{error:?}"),
    }
}
