//! Other people's events: what takes time and what does not, page by page, change by change.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use nochnik_adapters::Failure;
use nochnik_adapters::failure::Scope;
use nochnik_adapters::ports::{Changes, EventState, Span};
use nochnik_doubles::google::Settings;
use nochnik_doubles::{Fault, Faults};
use serde_json::{Value, json};

use crate::google::desk::{Desk, Means, busy, day, hour, means, quarter, span, states};
use crate::wire::Reply;

fn guest(is_self: bool, word: &str) -> Value {
    json!([{ "email": "a@example.org", "responseStatus": "accepted" }, { "email": "b@example.org", "self": is_self, "responseStatus": word }])
}

/// Each kind of event, and whether its hour is taken.
#[tokio::test]
async fn an_event_takes_its_time_or_does_not() {
    let table: Vec<(&str, Value, bool)> = vec![
        ("plain", json!({}), true),
        ("opaque", json!({ "transparency": "opaque" }), true),
        ("free", json!({ "transparency": "transparent" }), false),
        ("tentative", json!({ "status": "tentative" }), true),
        ("private", json!({ "visibility": "private" }), true),
        ("workplace", json!({ "eventType": "workingLocation" }), false),
        ("birthday", json!({ "eventType": "birthday" }), false),
        ("mail", json!({ "eventType": "fromGmail" }), false),
        ("away", json!({ "eventType": "outOfOffice" }), true),
        ("focus", json!({ "eventType": "focusTime" }), true),
        ("declined", json!({ "attendees": guest(true, "declined") }), false),
        ("accepted", json!({ "attendees": guest(true, "accepted") }), true),
        ("unanswered", json!({ "attendees": guest(true, "needsAction") }), true),
        ("friend", json!({ "attendees": guest(false, "declined") }), true),
        ("series_20261126T080000Z", json!({ "recurringEventId": "series" }), true),
        ("cancelled", json!({ "status": "cancelled" }), false),
    ];
    let desk = Desk::new();
    let start = desk.changes(None).await.cursor;
    for (id, more, _) in &table {
        desk.adds(id, more);
    }
    let taken = busy("2026-11-26T08:00:00Z", "2026-11-26T09:00:00Z");
    let (whole, since) = (desk.changes(None).await, desk.changes(start.as_deref()).await);
    assert_eq!((whole.is_whole, since.is_whole), (true, false));
    for (id, _, is_taken) in &table {
        assert_eq!(states(&whole).get(id).copied(), is_taken.then_some(&taken), "{id}, all that stands");
        // A kind that is not asked for does not come at all.
        let state = states(&since).get(id).copied().unwrap_or(&EventState::Gone);
        assert_eq!(state, if *is_taken { &taken } else { &EventState::Gone }, "{id}, what changed");
    }
    desk.double.assert_clean();
}

/// Times of every form; what is beyond the span is cut off.
#[tokio::test]
async fn time_is_read_in_every_form() {
    let utc = |text: &str| json!({ "dateTime": text });
    let table = [
        (
            "inmoscow",
            hour("2026-11-26T11:00:00+03:00"),
            hour("2026-11-26T12:30:00+03:00"),
            Some(busy("2026-11-26T08:00:00Z", "2026-11-26T09:30:00Z")),
        ),
        (
            "zulu",
            utc("2026-11-26T08:00:00Z"),
            utc("2026-11-26T08:00:30.5Z"),
            Some(busy("2026-11-26T08:00:00Z", "2026-11-26T08:00:30.5Z")),
        ),
        (
            "byzone",
            json!({ "dateTime": "2026-11-26T11:00:00", "timeZone": "Asia/Tokyo" }),
            utc("2026-11-26T08:00:00Z"),
            Some(busy("2026-11-26T02:00:00Z", "2026-11-26T08:00:00Z")),
        ),
        ("oneday", day("2026-11-25"), day("2026-11-26"), Some(busy("2026-11-24T21:00:00Z", "2026-11-25T21:00:00Z"))),
        ("week", day("2026-11-30"), day("2026-12-07"), Some(busy("2026-11-29T21:00:00Z", "2026-12-06T21:00:00Z"))),
        (
            "began",
            utc("2026-11-20T08:00:00Z"),
            utc("2026-11-24T08:00:00Z"),
            Some(busy("2026-11-24T00:00:00Z", "2026-11-24T08:00:00Z")),
        ),
        (
            "endless",
            utc("2027-02-21T08:00:00Z"),
            utc("2028-01-01T00:00:00Z"),
            Some(busy("2027-02-21T08:00:00Z", "2027-02-22T00:00:00Z")),
        ),
        ("ended", utc("2026-11-23T08:00:00Z"), utc("2026-11-24T00:00:00Z"), None),
        ("beyond", utc("2027-02-22T00:00:00Z"), utc("2027-02-22T01:00:00Z"), None),
        ("moment", utc("2026-11-26T08:00:00Z"), utc("2026-11-26T08:00:00Z"), None),
    ];
    let desk = Desk::new();
    for (id, start, end, _) in &table {
        desk.double.person_adds(id, start, end, &json!({}), desk.now_ms());
    }
    let changes = desk.changes(None).await;
    for (id, _, _, expected) in &table {
        assert_eq!(states(&changes).get(id).copied(), expected.as_ref(), "{id}");
    }
    desk.double.assert_clean();
}

/// A day begins where the business is, also where that night has no midnight.
#[tokio::test]
async fn a_whole_day_is_a_day_of_the_business() {
    for (zone, date, next, from, to) in [
        ("Asia/Yekaterinburg", "2026-11-25", "2026-11-26", "2026-11-24T19:00:00Z", "2026-11-25T19:00:00Z"),
        ("Europe/Berlin", "2027-03-28", "2027-03-29", "2027-03-27T23:00:00Z", "2027-03-28T22:00:00Z"),
        ("Asia/Beirut", "2027-03-28", "2027-03-29", "2027-03-27T22:00:00Z", "2027-03-28T21:00:00Z"),
    ] {
        let desk = Desk::with(Settings::default(), &[("zone", json!(zone))]);
        desk.double.person_adds("oneday", &day(date), &day(next), &json!({}), desk.now_ms());
        let span = span("2026-11-24T00:00:00Z", "2027-05-01T00:00:00Z");
        let changes = desk.calendar.changes(None, span).await.unwrap();
        assert_eq!(states(&changes)["oneday"], &busy(from, to), "{zone}");
    }
}

#[tokio::test]
async fn a_reader_without_rights_still_sees_when_time_is_taken() {
    for role in ["reader", "freeBusyReader"] {
        let desk = Desk::with(Settings { access_role: role.to_owned(), ..Settings::default() }, &[]);
        desk.adds("secret", &json!({ "visibility": "private", "summary": "врач" }));
        assert_eq!(desk.changes(None).await.events.len(), 1, "{role}");
    }
}

/// Names and descriptions of other people's events are not even asked for.
#[tokio::test]
async fn nothing_is_read_that_is_not_needed() {
    let desk = Desk::new();
    desk.adds("doctor", &json!({ "summary": "врач", "description": "анализы", "location": "поликлиника" }));
    desk.changes(None).await;
    let heard = desk.line.heard();
    let fields = heard[1].0.query_pairs().find(|(name, _)| name == "fields").unwrap().1.into_owned();
    for name in ["summary", "description", "location", "creator", "email", "htmlLink"] {
        assert!(!fields.contains(name), "{name}");
    }
}

#[tokio::test]
async fn all_pages_are_read_and_empty_ones_are_no_end() {
    for (page_items_max, has_empty_pages, calls) in [(2_500, false, 1), (2, false, 3), (1, true, 6), (5, true, 2)] {
        let settings = Settings { page_items_max, has_empty_pages, ..Settings::default() };
        let desk = Desk::with(settings, &[]);
        let start = desk.changes(None).await.cursor;
        for at in 0..5 {
            desk.adds(&format!("event{at}"), &json!({}));
        }
        for cursor in [None, start.as_deref()] {
            desk.line.heard();
            let changes = desk.changes(cursor).await;
            assert_eq!(states(&changes).len(), 5);
            let lists = desk.line.heard().iter().filter(|(url, _)| url.path().ends_with("/events")).count();
            assert_eq!(lists, calls, "pages of {page_items_max}, empty ones: {has_empty_pages}");
        }
        desk.double.assert_clean();
    }
}

#[tokio::test]
async fn only_what_changed_comes_after_the_first_time() {
    let desk = Desk::new();
    for id in ["stays", "moves", "leaves", "frees", "goesfar"] {
        desk.adds(id, &json!({}));
    }
    let first = desk.changes(None).await;
    assert_eq!((first.is_whole, first.events.len()), (true, 5));
    let again = desk.changes(first.cursor.as_deref()).await;
    assert_eq!((again.is_whole, again.events.len()), (false, 0));

    desk.adds("comes", &json!({}));
    desk.changes_by_hand("moves", &json!({ "end": hour("2026-11-26T13:00:00+03:00") }));
    desk.changes_by_hand("frees", &json!({ "transparency": "transparent" }));
    desk.changes_by_hand(
        "goesfar",
        &json!({ "start": hour("2027-09-01T10:00:00+03:00"), "end": hour("2027-09-01T11:00:00+03:00") }),
    );
    desk.deletes_by_hand("leaves");
    for changes in [desk.changes(again.cursor.as_deref()).await, desk.changes(first.cursor.as_deref()).await] {
        let states = states(&changes);
        assert_eq!(states["comes"], &busy("2026-11-26T08:00:00Z", "2026-11-26T09:00:00Z"));
        assert_eq!(states["moves"], &busy("2026-11-26T08:00:00Z", "2026-11-26T10:00:00Z"));
        for id in ["frees", "goesfar", "leaves"] {
            assert_eq!(states[id], &EventState::Gone, "{id}");
        }
        assert_eq!((states.len(), changes.is_whole), (5, false));
    }
    desk.double.assert_clean();
}

#[tokio::test]
async fn a_dead_cursor_brings_everything_again() {
    let desk = Desk::new();
    desk.adds("stays", &json!({}));
    let cursor = desk.changes(None).await.cursor;
    desk.double.forgets_readings();
    let changes = desk.changes(cursor.as_deref()).await;
    assert_eq!((changes.is_whole, changes.events.len()), (true, 1));
    let since = desk.changes(changes.cursor.as_deref()).await;
    assert_eq!((since.is_whole, since.events.len()), (false, 0));
    desk.double.assert_clean();
}

#[tokio::test]
async fn a_cursor_that_nobody_knows_brings_everything() {
    let desk = Desk::new();
    desk.adds("stays", &json!({}));
    let good = desk.changes(None).await.cursor.unwrap();
    let mut parts: Vec<&str> = good.split(' ').collect();
    parts[3] = "NEVER";
    let forged = parts.join(" ");
    for cursor in ["", "1", "1 x y z", "2 a b c", "CPDA=", good.trim_end_matches(|c| c != ' '), &forged, "\u{0}"] {
        let changes = desk.changes(Some(cursor)).await;
        assert_eq!((changes.is_whole, changes.events.len()), (true, 1), "{cursor}");
    }
    // The forged token alone reached Google, which refused it.
    assert_eq!(desk.double.take_failures().len(), 1);
}

/// What was beyond the span at first has not changed when the span reaches it, and no token tells of it.
#[tokio::test]
async fn time_that_comes_into_the_span_is_read() {
    let desk = Desk::new();
    let at_the_edge = (hour("2027-02-22T02:00:00+03:00"), hour("2027-02-22T05:00:00+03:00"));
    desk.double.person_adds("edge", &at_the_edge.0, &at_the_edge.1, &json!({}), desk.now_ms());
    let (start, end) = (hour("2027-02-23T11:00:00+03:00"), hour("2027-02-23T12:00:00+03:00"));
    desk.double.person_adds("next", &start, &end, &json!({}), desk.now_ms());
    let first = desk.changes(None).await;
    assert_eq!(states(&first).len(), 1);
    assert_eq!(states(&first)["edge"], &busy("2027-02-21T23:00:00Z", "2027-02-22T00:00:00Z"));

    desk.adds("news", &json!({}));
    let longer = Span { to: "2027-02-24T00:00:00Z".parse().unwrap(), ..quarter() };
    let second = desk.calendar.changes(first.cursor.as_deref(), longer).await.unwrap();
    assert!(!second.is_whole);
    assert_eq!(states(&second)["edge"], &busy("2027-02-21T23:00:00Z", "2027-02-22T02:00:00Z"));
    assert_eq!(states(&second)["next"], &busy("2027-02-23T08:00:00Z", "2027-02-23T09:00:00Z"));
    assert!(states(&second).contains_key("news"));
    let third = desk.calendar.changes(second.cursor.as_deref(), longer).await.unwrap();
    assert_eq!(third.events, []);
    desk.double.assert_clean();
}

/// Before its beginning nothing was read, and no token tells of that either.
#[tokio::test]
async fn a_span_that_begins_earlier_is_read_whole() {
    let desk = Desk::new();
    let (start, end) = (hour("2026-11-20T11:00:00+03:00"), hour("2026-11-20T12:00:00+03:00"));
    desk.double.person_adds("before", &start, &end, &json!({}), desk.now_ms());
    let first = desk.changes(None).await;
    assert_eq!(first.events, []);
    let earlier = Span { from: "2026-11-19T00:00:00Z".parse().unwrap(), ..quarter() };
    let changes = desk.calendar.changes(first.cursor.as_deref(), earlier).await.unwrap();
    assert_eq!((changes.is_whole, states(&changes).contains_key("before")), (true, true));
}

/// With a span that moves on by the minute, a whole reading is never made again.
#[tokio::test]
async fn a_span_that_moves_on_needs_no_whole_reading() {
    let desk = Desk::new();
    desk.adds("stays", &json!({}));
    let mut cursor = desk.changes(None).await.cursor;
    for minute in 1..=5 {
        let ahead = |at: jiff::Timestamp| at + jiff::SignedDuration::from_mins(minute);
        let span = Span { from: ahead(quarter().from), to: ahead(quarter().to) };
        let changes = desk.calendar.changes(cursor.as_deref(), span).await.unwrap();
        assert!(!changes.is_whole && changes.events.is_empty());
        cursor = changes.cursor;
    }
    desk.double.assert_clean();
}

/// Lists as Google might give them, past the double.
async fn read_page(body: Value) -> Result<Changes, Failure> {
    let desk =
        Desk::altered(Settings::default(), &[], move |heard| (heard.method == "GET").then(|| Reply::says(200, &body)));
    desk.calendar.changes(None, quarter()).await
}

#[tokio::test]
async fn an_item_that_cannot_be_read_stops_no_other() {
    let time = json!({ "dateTime": "2026-11-26T11:00:00+03:00" });
    let good =
        json!({ "id": "good", "etag": "\"1\"", "start": time, "end": { "dateTime": "2026-11-26T12:00:00+03:00" } });
    let strange = [
        json!(null),
        json!(7),
        json!("event"),
        json!([]),
        json!({}),
        json!({ "id": 7, "start": time, "end": time }),
        json!({ "id": "", "start": time, "end": time }),
        json!({ "id": "x".repeat(1_025), "start": time, "end": time }),
        json!({ "id": "notime" }),
        json!({ "id": "noend", "start": time }),
        json!({ "id": "words", "start": { "dateTime": "завтра" }, "end": { "dateTime": "послезавтра" } }),
        json!({ "id": "backwards", "start": { "date": "2026-11-27" }, "end": { "date": "2026-11-26" } }),
        json!({ "id": "noday", "start": { "date": "2026-02-30" }, "end": { "date": "2026-03-01" } }),
        json!({ "id": "farday", "start": { "date": "9999-12-31" }, "end": { "date": "99999-12-31" } }),
    ];
    let items: Vec<Value> = strange.into_iter().chain([good]).collect();
    let changes = read_page(json!({ "kind": "calendar#events", "items": items, "nextSyncToken": "t" })).await.unwrap();
    assert_eq!(states(&changes).into_keys().collect::<Vec<_>>(), ["good"]);
}

#[tokio::test]
async fn a_last_page_without_a_token_is_read_whole_the_next_time() {
    for body in [
        json!({ "kind": "calendar#events" }),
        json!({ "kind": "calendar#events", "items": {}, "nextSyncToken": "", "nextPageToken": "" }),
        json!({ "kind": "calendar#events", "nextSyncToken": "x".repeat(5_000) }),
    ] {
        let changes = read_page(body).await.unwrap();
        assert_eq!(changes, Changes { events: Vec::new(), cursor: None, is_whole: true });
    }
}

#[tokio::test]
async fn pages_without_end_are_bounded() {
    let count = Arc::new(AtomicUsize::new(0));
    let pages = count.clone();
    let desk = Desk::altered(Settings::default(), &[], move |heard| {
        let page = |number| json!({ "kind": "calendar#events", "items": [], "nextPageToken": format!("p{number}") });
        (heard.method == "GET").then(|| Reply::says(200, &page(pages.fetch_add(1, Ordering::Relaxed))))
    });
    let failure = desk.calendar.changes(None, quarter()).await.unwrap_err();
    assert_eq!((means(&failure), count.load(Ordering::Relaxed)), (Means::Broken, 40));
}

#[tokio::test]
async fn what_is_no_list_is_no_empty_calendar() {
    for body in [json!({}), json!([]), json!({ "kind": "calendar#event" }), json!({ "items": [] }), json!("page")] {
        assert_eq!(means(&read_page(body).await.unwrap_err()), Means::Later(None, Scope::Destination));
    }
}

/// A page that fails in the middle fails the whole reading: half a calendar is none.
#[tokio::test]
async fn a_missing_page_is_no_end() {
    let desk = Desk::with(Settings { page_items_max: 1, ..Settings::default() }, &[]);
    for id in ["event0", "event1", "event2"] {
        desk.adds(id, &json!({}));
    }
    desk.double.plan(Faults::by(|call| (call.number == 4).then_some(Fault::Status(500))));
    let failure = desk.calendar.changes(None, quarter()).await.unwrap_err();
    assert_eq!(means(&failure), Means::Later(None, Scope::Destination));
    desk.double.plan(Faults::none());
    assert_eq!(desk.changes(None).await.events.len(), 3);
}
