//! Our own visits: written once whatever is lost on the way, changed, taken away, brought back.

use nochnik_adapters::ports::{EventRef, Visit};
use nochnik_doubles::{Fault, Faults};
use serde_json::{Value, json};

use crate::google::desk::{Desk, LATE_MS, Means, is_changed, later, means, span, stands, states, visit};

const INSERT: &str = "calendar.events.insert";
const PATCH: &str = "calendar.events.patch";
const DELETE: &str = "calendar.events.delete";

/// Every way in which the work is done and its answer does not come.
const LOSSES: [Fault; 4] =
    [Fault::ExecuteThenDrop, Fault::ExecuteThenStatus(500), Fault::ExecuteThenStatus(502), Fault::Delay(LATE_MS)];

#[tokio::test]
async fn a_visit_stands_as_an_event_that_says_no_more_than_it_must() {
    let desk = Desk::new();
    let event = desk.put(&visit(), None).await.unwrap();
    let heard = desk.line.heard_whole();
    let sent = heard.last().unwrap();
    assert_eq!(sent.method, "POST");
    assert_eq!(sent.url.path(), "/calendar/v3/calendars/salon@group.calendar.google.com/events");
    assert!(sent.url.query_pairs().any(|pair| pair == ("sendUpdates".into(), "none".into())));

    let mut body = sent.body.clone();
    let marks = body["extendedProperties"]["private"].take();
    assert_eq!(
        body,
        json!({
            "id": event.id,
            "status": "confirmed",
            "summary": "Занято (Ночник)",
            "description": "Запись № 17",
            "start": { "dateTime": "2026-11-25T15:00:00+03:00", "timeZone": "Europe/Moscow" },
            "end": { "dateTime": "2026-11-25T16:00:00+03:00", "timeZone": "Europe/Moscow" },
            "reminders": { "useDefault": false },
            "extendedProperties": { "private": null },
        })
    );
    assert_eq!((&marks["nochnik_booking"], &marks["nochnik_tenant"]), (&json!("17"), &json!("lotos")));
    assert_eq!(json!(event.version), desk.event(&event)["etag"]);
    desk.double.assert_clean();
}

/// A second business in the same calendar, or a second booking, is another event; the same booking never is.
#[tokio::test]
async fn an_event_is_named_after_its_booking() {
    let name = async |visit: Visit| Desk::new().put(&visit, None).await.unwrap().id;
    let first = name(visit()).await;
    assert_eq!(name(later()).await, first);
    assert_eq!(name(Visit { zone: "Asia/Yekaterinburg".to_owned(), ..visit() }).await, first);
    assert_ne!(name(Visit { booking: "18".to_owned(), ..visit() }).await, first);
    assert_ne!(name(Visit { business: "roza".to_owned(), ..visit() }).await, first);
    assert!((5..=1024).contains(&first.len()) && first.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'v')));
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_to_a_create_makes_no_second_event() {
    for loss in LOSSES {
        let desk = Desk::new();
        desk.double.plan(Faults::once(INSERT, loss));
        assert_eq!(means(&desk.put(&visit(), None).await.unwrap_err()), Means::Unknown, "{loss:?}");
        let before = desk.double.events();
        let event = desk.put(&visit(), None).await.unwrap();
        assert_eq!(desk.double.events(), before, "{loss:?}: found, and not written again");
        assert_eq!(json!([event.id, event.version]), json!([before[0]["id"], before[0]["etag"]]), "{loss:?}");
        desk.double.assert_clean();
    }
}

#[tokio::test]
async fn what_never_arrived_is_written_by_the_next_try() {
    let desk = Desk::new();
    desk.double.plan(Faults::once(INSERT, Fault::DropBefore));
    assert_eq!(means(&desk.put(&visit(), None).await.unwrap_err()), Means::Unknown);
    desk.put(&visit(), None).await.unwrap();
    assert_eq!(desk.double.events().len(), 1);
}

/// The first create arrives after the second: the second then meets nothing, and the late one a name that is taken.
#[tokio::test]
async fn a_create_that_arrives_late_makes_no_second_event() {
    let desk = Desk::new();
    desk.double.plan(Faults::once(INSERT, Fault::ExecuteLate(5_000)));
    assert_eq!(means(&desk.put(&visit(), None).await.unwrap_err()), Means::Unknown);
    let event = desk.put(&visit(), None).await.unwrap();
    desk.pass_s(6);
    desk.double.settle(desk.now_ms());
    assert_eq!(desk.double.events().len(), 1);
    assert_eq!(desk.event(&event)["etag"], json!(event.version));
}

#[tokio::test]
async fn a_visit_changed_after_a_lost_answer_stands_at_its_new_time() {
    let desk = Desk::new();
    desk.double.plan(Faults::once(INSERT, Fault::ExecuteThenDrop));
    desk.put(&visit(), None).await.unwrap_err();
    let event = desk.put(&later(), None).await.unwrap();
    assert_eq!(desk.event(&event)["start"]["dateTime"], "2026-11-25T17:00:00+03:00");
    assert_eq!(desk.put(&later(), None).await.unwrap().id, event.id);
    assert_eq!(desk.double.events().len(), 1);
    desk.double.assert_clean();
}

#[tokio::test]
async fn a_person_who_was_there_before_the_second_try_is_not_written_over() {
    let moved = json!({ "start": { "dateTime": "2026-11-25T19:00:00+03:00" }, "end": { "dateTime": "2026-11-25T20:00:00+03:00" } });
    for again in [visit(), later()] {
        let desk = Desk::new();
        desk.double.plan(Faults::once(INSERT, Fault::ExecuteThenDrop));
        desk.put(&visit(), None).await.unwrap_err();
        let id = desk.double.events()[0]["id"].as_str().unwrap().to_owned();
        desk.changes_by_hand(&id, &moved);
        is_changed(desk.put(&again, None).await);
        assert_eq!(desk.double.event(&id).unwrap()["start"]["dateTime"], "2026-11-25T19:00:00+03:00");
    }
}

#[tokio::test]
async fn a_stranger_under_our_name_is_not_written_over() {
    let desk = Desk::new();
    let id = Desk::new().put(&visit(), None).await.unwrap().id;
    desk.adds(&id, &json!({}));
    is_changed(desk.put(&visit(), None).await);
    assert_eq!(desk.double.event(&id).unwrap()["summary"], "Личное дело");
}

#[tokio::test]
async fn a_visit_moves_in_its_own_event_and_under_its_version() {
    let desk = Desk::new();
    let first = desk.put(&visit(), None).await.unwrap();
    let second = desk.put(&later(), Some(&first)).await.unwrap();
    assert_eq!(second.id, first.id);
    assert_ne!(second.version, first.version);
    let heard = desk.line.heard_whole();
    let sent = heard.last().unwrap();
    assert_eq!((sent.method.as_str(), sent.headers.get("if-match")), ("PATCH", Some(&first.version)));
    assert!(sent.url.path().ends_with(&format!("/events/{}", first.id)));
    assert_eq!(desk.event(&second)["end"]["dateTime"], "2026-11-25T18:00:00+03:00");
    assert_eq!(states(&desk.changes(None).await)[first.id.as_str()], &stands(&later()));
    desk.double.assert_clean();
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_to_a_change_is_found_by_the_next_try() {
    for loss in LOSSES {
        let desk = Desk::new();
        let first = desk.put(&visit(), None).await.unwrap();
        desk.double.plan(Faults::once(PATCH, loss));
        assert_eq!(means(&desk.put(&later(), Some(&first)).await.unwrap_err()), Means::Unknown, "{loss:?}");
        let second = desk.put(&later(), Some(&first)).await.unwrap();
        assert_eq!(desk.event(&second)["etag"], json!(second.version), "{loss:?}");
        assert_eq!(desk.event(&second)["start"]["dateTime"], "2026-11-25T17:00:00+03:00", "{loss:?}");
    }
}

/// The answer was lost, and then a person moved the visit: it is theirs now.
#[tokio::test]
async fn a_person_after_a_lost_change_is_not_written_over() {
    let desk = Desk::new();
    let first = desk.put(&visit(), None).await.unwrap();
    desk.double.plan(Faults::once(PATCH, Fault::ExecuteThenDrop));
    desk.put(&later(), Some(&first)).await.unwrap_err();
    desk.changes_by_hand(&first.id, &json!({ "start": { "dateTime": "2026-11-25T16:30:00+03:00" } }));
    is_changed(desk.put(&later(), Some(&first)).await);
    assert_eq!(desk.event(&first)["start"]["dateTime"], "2026-11-25T16:30:00+03:00");
}

#[tokio::test]
async fn a_visit_taken_away_is_gone_however_often_it_is_said() {
    let desk = Desk::new();
    let event = desk.put(&visit(), None).await.unwrap();
    desk.calendar.remove(&event).await.unwrap();
    assert!(desk.double.events().is_empty());
    desk.calendar.remove(&event).await.unwrap();
    desk.double.forgets(&event.id);
    desk.calendar.remove(&event).await.unwrap();
    desk.double.assert_clean();
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_to_a_removal_is_no_trouble() {
    for loss in LOSSES {
        let desk = Desk::new();
        let event = desk.put(&visit(), None).await.unwrap();
        desk.double.plan(Faults::once(DELETE, loss));
        assert_eq!(means(&desk.calendar.remove(&event).await.unwrap_err()), Means::Unknown, "{loss:?}");
        desk.calendar.remove(&event).await.unwrap();
        assert!(desk.double.events().is_empty(), "{loss:?}");
    }
}

/// Google answers 412 to the second removal where it looks at the version first.
#[tokio::test]
async fn a_removal_that_meets_another_version_of_a_deleted_event_is_done() {
    let condition =
        json!({ "error": { "code": 412, "errors": [{ "domain": "global", "reason": "conditionNotMet" }] } });
    let desk = Desk::altered(nochnik_doubles::google::Settings::default(), &[], move |heard| {
        (heard.method == "DELETE").then(|| crate::wire::Reply::says(412, &condition))
    });
    let event = desk.put(&visit(), None).await.unwrap();
    is_changed(desk.calendar.remove(&event).await);
    desk.deletes_by_hand(&event.id);
    desk.calendar.remove(&event).await.unwrap();
    desk.double.forgets(&event.id);
    desk.calendar.remove(&event).await.unwrap();
}

/// Google keeps a deleted event's name: the visit comes back under it, with nothing of its former life.
#[tokio::test]
async fn a_visit_that_was_taken_away_comes_back_whole() {
    let desk = Desk::new();
    let first = desk.put(&visit(), None).await.unwrap();
    let former =
        json!({ "location": "второй этаж", "transparency": "transparent", "colorId": "5", "description": "звонила" });
    desk.changes_by_hand(&first.id, &former);
    desk.deletes_by_hand(&first.id);

    let back = desk.put(&later(), None).await.unwrap();
    assert_eq!(back.id, first.id);
    let event = desk.event(&back);
    let left: Vec<&Value> = ["location", "transparency", "colorId"].into_iter().map(|name| &event[name]).collect();
    assert_eq!(left, [&Value::Null; 3]);
    assert_eq!((&event["status"], &event["description"]), (&json!("confirmed"), &json!("Запись № 17")));
    assert_eq!(event["start"]["dateTime"], "2026-11-25T17:00:00+03:00");
    assert_eq!(event["reminders"], json!({ "useDefault": false }));
    assert_eq!(states(&desk.changes(None).await)[back.id.as_str()], &stands(&later()));
    desk.put(&visit(), Some(&back)).await.unwrap();
    desk.double.assert_clean();
}

/// The business's own zone is written, and the same moment stands.
#[tokio::test]
async fn an_event_carries_the_zone_of_its_business() {
    let desk = Desk::new();
    for (zone, start, named) in [
        ("Asia/Yekaterinburg", "2026-11-25T17:00:00+05:00", "Asia/Yekaterinburg"),
        ("Europe/Berlin", "2026-07-01T14:00:00+02:00", "Europe/Berlin"),
        ("Nowhere/Nothing", "2026-11-25T15:00:00+03:00", "Europe/Moscow"),
    ] {
        let span = match zone {
            "Europe/Berlin" => span("2026-07-01T12:00:00Z", "2026-07-01T13:00:00Z"),
            _ => visit().span,
        };
        let visit = Visit { booking: zone.replace('/', "-"), zone: zone.to_owned(), span, ..visit() };
        let event = desk.put(&visit, None).await.unwrap();
        assert_eq!(desk.event(&event)["start"], json!({ "dateTime": start, "timeZone": named }), "{zone}");
    }
    desk.double.assert_clean();
}

/// A version that was never told binds nothing, so nothing is written.
#[tokio::test]
async fn without_a_version_nothing_is_written() {
    let desk = Desk::new();
    let event = desk.put(&visit(), None).await.unwrap();
    desk.line.heard();
    let blind = EventRef { version: String::new(), ..event };
    is_changed(desk.put(&later(), Some(&blind)).await);
    is_changed(desk.calendar.remove(&blind).await);
    assert!(desk.line.heard().is_empty());
}
