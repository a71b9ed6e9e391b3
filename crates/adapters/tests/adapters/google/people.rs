//! What people do to our visits by hand, and what becomes of our next word about them.

use nochnik_adapters::ports::EventState;
use serde_json::{Value, json};

use crate::google::desk::{Desk, busy, day, hour, is_changed, later, span, states, visit};

/// Whatever a person changed, the visit is not written over until the change was heard of.
#[tokio::test]
async fn a_change_by_hand_is_never_written_over() {
    for change in [
        json!({ "start": hour("2026-11-25T18:00:00+03:00"), "end": hour("2026-11-25T19:00:00+03:00") }),
        json!({ "start": { "date": "2026-11-25", "dateTime": null }, "end": { "date": "2026-11-26", "dateTime": null } }),
        json!({ "summary": "Анна, перезвонить" }),
        json!({ "colorId": "5" }),
    ] {
        let desk = Desk::new();
        let known = desk.put(&visit(), None).await.unwrap();
        desk.changes_by_hand(&known.id, &change);
        let before = desk.event(&known);
        is_changed(desk.put(&later(), Some(&known)).await);
        is_changed(desk.put(&visit(), Some(&known)).await);
        is_changed(desk.calendar.remove(&known).await);
        assert_eq!(desk.event(&known), before, "{change}");
        desk.double.assert_clean();
    }
}

/// Once heard of, our word counts again: the time is ours, the colour and the place stay theirs.
#[tokio::test]
async fn a_change_that_was_heard_of_may_be_followed_by_ours() {
    for moved in [
        json!({ "start": hour("2026-11-25T18:00:00+03:00"), "end": hour("2026-11-25T19:00:00+03:00") }),
        json!({ "start": { "date": "2026-11-25", "dateTime": null }, "end": { "date": "2026-11-26", "dateTime": null } }),
    ] {
        let desk = Desk::new();
        let known = desk.put(&visit(), None).await.unwrap();
        let cursor = desk.changes(None).await.cursor;
        desk.changes_by_hand(&known.id, &moved);
        desk.changes_by_hand(&known.id, &json!({ "colorId": "5", "location": "второй этаж" }));
        let news = desk.changes(cursor.as_deref()).await;
        let heard = news.events.iter().find(|changed| changed.event.id == known.id).unwrap();

        let after = desk.put(&later(), Some(&heard.event)).await.unwrap();
        let event = desk.event(&after);
        assert_eq!(event["start"], hour("2026-11-25T17:00:00+03:00"), "{moved}");
        assert_eq!((&event["colorId"], &event["location"]), (&json!("5"), &json!("второй этаж")));
        desk.double.assert_clean();
    }
}

#[tokio::test]
async fn a_visit_deleted_by_hand_is_not_brought_back_by_a_change() {
    for is_forgotten in [false, true] {
        let desk = Desk::new();
        let known = desk.put(&visit(), None).await.unwrap();
        let cursor = desk.changes(None).await.cursor;
        desk.deletes_by_hand(&known.id);
        assert_eq!(states(&desk.changes(cursor.as_deref()).await)[known.id.as_str()], &EventState::Gone);
        if is_forgotten {
            desk.double.forgets(&known.id);
        }
        is_changed(desk.put(&later(), Some(&known)).await);
        assert!(desk.double.events().is_empty());
        desk.calendar.remove(&known).await.unwrap();
        desk.double.assert_clean();
    }
}

/// Google may take a change of a deleted event and leave it deleted.
#[tokio::test]
async fn a_change_taken_by_a_deleted_event_is_no_visit() {
    let desk = Desk::new();
    let known = desk.put(&visit(), None).await.unwrap();
    desk.deletes_by_hand(&known.id);
    let version = desk.event(&known)["etag"].as_str().unwrap().to_owned();
    is_changed(desk.put(&later(), Some(&nochnik_adapters::ports::EventRef { version, ..known })).await);
    assert!(desk.double.events().is_empty());
}

/// A copy carries our marks and is not our visit; so does every time of a visit that was made to repeat.
#[tokio::test]
async fn copies_of_a_visit_take_time_and_are_no_visits() {
    let desk = Desk::new();
    let known = desk.put(&visit(), None).await.unwrap();
    let marks = desk.event(&known)["extendedProperties"].clone();
    desk.adds("copymadebyhand", &json!({ "extendedProperties": marks }));
    let again = format!("{}_20261202T120000Z", known.id);
    let (start, end) = (hour("2026-12-02T15:00:00+03:00"), hour("2026-12-02T16:00:00+03:00"));
    let more = json!({ "extendedProperties": marks, "recurringEventId": known.id });
    desk.double.person_adds(&again, &start, &end, &more, desk.now_ms());
    let changes = desk.changes(None).await;
    let states = states(&changes);
    assert_eq!(states["copymadebyhand"], &busy("2026-11-26T08:00:00Z", "2026-11-26T09:00:00Z"));
    assert_eq!(states[again.as_str()], &busy("2026-12-02T12:00:00Z", "2026-12-02T13:00:00Z"));
    assert!(matches!(states[known.id.as_str()], EventState::Visit { .. }));
}

/// Told of wherever it stands now: one that is missing would count as deleted.
#[tokio::test]
async fn a_visit_moved_far_away_is_still_told_of() {
    let desk = Desk::new();
    let known = desk.put(&visit(), None).await.unwrap();
    let cursor = desk.changes(None).await.cursor;
    let far = json!({ "start": hour("2027-08-01T15:00:00+03:00"), "end": hour("2027-08-01T16:00:00+03:00"), "transparency": "transparent" });
    desk.changes_by_hand(&known.id, &far);
    for changes in [desk.changes(cursor.as_deref()).await, desk.changes(None).await] {
        let EventState::Visit { booking, time } = states(&changes)[known.id.as_str()] else { panic!("no visit") };
        assert_eq!((booking.as_str(), time.span), ("17", span("2027-08-01T12:00:00Z", "2027-08-01T13:00:00Z")));
    }
}

/// As a whole day: from midnight to midnight where the business is.
#[tokio::test]
async fn a_visit_made_to_last_all_day_takes_the_day() {
    let desk = Desk::with(nochnik_doubles::google::Settings::default(), &[("zone", json!("Asia/Yekaterinburg"))]);
    let known = desk.put(&visit(), None).await.unwrap();
    let whole_day: Value = json!({ "start": day("2026-11-25"), "end": day("2026-11-26") });
    desk.changes_by_hand(
        &known.id,
        &json!({ "start": { "dateTime": null, "timeZone": null }, "end": { "dateTime": null, "timeZone": null } }),
    );
    desk.changes_by_hand(&known.id, &whole_day);
    let changes = desk.changes(None).await;
    let EventState::Visit { time, .. } = states(&changes)[known.id.as_str()] else { panic!("no visit") };
    assert_eq!(time.span, span("2026-11-24T19:00:00Z", "2026-11-25T19:00:00Z"));
}
