//! The reader of the discovery document: it lets the published examples pass and notices what breaks them. The double
//! holds every request and every answer of the other tests to it.

use nochnik_doubles::google::discovery::V3;
use nochnik_doubles::google::{Double, Settings};
use nochnik_doubles::{Answer, Outcome, Request};
use serde_json::{Value, json};

fn query(text: &str) -> Vec<(String, String)> {
    let url = reqwest::Url::parse(&format!("http://host/?{text}")).unwrap();
    url.query_pairs().into_owned().collect()
}

#[test]
fn a_query_is_held_to_the_document() {
    let list = V3.method("GET", "/calendars/salon%40group.calendar.google.com/events").unwrap();
    assert_eq!(list.id(), "calendar.events.list");
    assert_eq!(list.place("calendarId"), "salon@group.calendar.google.com");
    for (text, expected) in [
        ("singleEvents=true&maxResults=2500&timeMin=2026-11-24T00:00:00Z", None),
        ("eventTypes=default&eventTypes=focusTime&fields=kind&prettyPrint=false", None),
        ("timeMin=2026-11-24T03:00:00%2B03:00", None),
        ("colour=red", Some(("colour", "unknown parameter"))),
        ("calendarId=x", Some(("calendarId", "unknown parameter"))),
        ("singleEvents=yes", Some(("singleEvents", "boolean"))),
        ("maxResults=0", Some(("maxResults", "range"))),
        ("maxResults=many", Some(("maxResults", "integer"))),
        ("timeMin=2026-11-24T00:00:00", Some(("timeMin", "date-time with an offset"))),
        ("timeMin=2026-11-24", Some(("timeMin", "date-time with an offset"))),
        ("eventTypes=party", Some(("eventTypes", "enum"))),
        ("maxResults=1&maxResults=2", Some(("maxResults", "repeated"))),
    ] {
        let flaw = list.check_query(&query(text)).err();
        assert_eq!(flaw.as_ref().map(|flaw| (flaw.place.as_str(), flaw.rule)), expected, "{text}");
    }
}

fn event() -> Value {
    json!({
        "id": "6f1c2a340000400080000000000000a1",
        "summary": "Занято (Nochnik)",
        "start": { "dateTime": "2026-11-24T15:00:00+03:00", "timeZone": "Europe/Moscow" },
        "end": { "dateTime": "2026-11-24T16:00:00+03:00", "timeZone": "Europe/Moscow" },
        "reminders": { "useDefault": false },
        "extendedProperties": { "private": { "nochnik_booking": "bk_8f2c", "nochnik_rev": "1" } },
    })
}

#[test]
fn a_body_is_held_to_the_document() {
    let with = |name: &str, value: Value| {
        let mut event = event();
        event[name] = value;
        event
    };
    let without = |name: &str| {
        let mut event = event();
        event.as_object_mut().unwrap().remove(name);
        event
    };
    let insert = V3.method("POST", "/calendars/c/events").unwrap();
    for (body, expected) in [
        (event(), None),
        (with("colour", json!("red")), Some(("colour", "unknown property"))),
        (with("start", json!({ "moment": "now" })), Some(("start.moment", "unknown property"))),
        (with("summary", json!(7)), Some(("summary", "type"))),
        (with("summary", json!(null)), Some(("summary", "type"))),
        (with("sequence", json!("1")), Some(("sequence", "type"))),
        (with("sequence", json!(1.5)), Some(("sequence", "integer"))),
        (with("sequence", json!(3_000_000_000_i64)), Some(("sequence", "integer"))),
        (with("reminders", json!({ "useDefault": "no" })), Some(("reminders.useDefault", "type"))),
        (with("start", json!({ "date": "24.11.2026" })), Some(("start.date", "date"))),
        (with("start", json!({ "dateTime": "soon" })), Some(("start.dateTime", "date-time"))),
        (with("extendedProperties", json!({ "private": { "n": 1 } })), Some(("extendedProperties.private.n", "type"))),
        (with("attendees", json!([{ "mail": "x" }])), Some(("attendees.mail", "unknown property"))),
        (with("created", json!("2026-11-22T04:00:00.000Z")), Some(("created", "read-only"))),
        (with("htmlLink", json!("https://example.org")), Some(("htmlLink", "read-only"))),
        (without("start"), Some(("start", "required"))),
        (without("end"), Some(("end", "required"))),
        (json!([]), Some(("", "type"))),
        (Value::Null, Some(("", "type"))),
    ] {
        let flaw = insert.check_body(&body).err();
        assert_eq!(flaw.as_ref().map(|flaw| (flaw.place.as_str(), flaw.rule)), expected, "{body}");
    }
    let patch = V3.method("PATCH", "/calendars/c/events/e").unwrap();
    assert_eq!(patch.check_body(&json!({ "start": { "date": null }, "location": null })), Ok(()));
    let delete = V3.method("DELETE", "/calendars/c/events/e").unwrap();
    assert_eq!(delete.check_body(&Value::Null), Ok(()));
    assert!(delete.check_body(&json!({})).is_err());
    assert!(V3.method("GET", "/calendars/c/birthdays").is_none());
    assert!(V3.method("PUT", "/calendars/c/events").is_none());
}

/// The examples of the contract sheet.
#[test]
fn published_answers_fit_the_document() {
    let answer = json!({
        "kind": "calendar#event", "etag": "\"3591840000000001\"", "id": "6f1c2a340000400080000000000000a1",
        "status": "confirmed", "created": "2026-11-22T04:00:00.000Z", "updated": "2026-11-22T04:00:00.100Z",
        "summary": "Занято (Nochnik)", "creator": { "email": "bot@example.iam.gserviceaccount.com" },
        "organizer": { "email": "salon@group.calendar.google.com", "self": true },
        "start": event()["start"], "end": event()["end"],
        "iCalUID": "6f1c2a340000400080000000000000a1@google.com", "sequence": 0,
        "extendedProperties": event()["extendedProperties"], "reminders": { "useDefault": false },
        "eventType": "default",
    });
    assert_eq!(V3.check_answer("Event", &answer), Ok(()));
    let page = json!({
        "kind": "calendar#events", "etag": "\"p1\"", "summary": "Мастер Анна", "timeZone": "Europe/Moscow",
        "accessRole": "writer",
        "items": [{ "kind": "calendar#event", "id": "abc123def", "status": "cancelled", "etag": "\"0\"" }, answer],
        "nextSyncToken": "CPDAlvWDx70CEPDAlvWDx70CGAU=",
    });
    assert_eq!(V3.check_answer("Events", &page), Ok(()));
    let mut broken = page;
    broken["items"][1]["sequence"] = json!("0");
    assert!(V3.check_answer("Events", &broken).is_err());
}

fn say(double: &Double, method: &str, path: &str, text: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let headers: Vec<(String, String)> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let request = Request { method, path, query: &query(text), headers: &headers, body: body.as_bytes() };
    let Outcome::Answered(answer) = double.request(&request, 1_795_503_600_000) else { panic!("no answer") };
    answer
}

/// `fields`: what is named is chosen and nothing else; a name that the document does not have is refused.
#[test]
fn partial_answers_hold_what_was_named() {
    let double = Double::new(Settings::default());
    let (start, end) = (event()["start"].clone(), event()["end"].clone());
    let marks = json!({ "extendedProperties": { "private": { "x": "1" }, "shared": { "y": "2" } } });
    double.person_adds("own", &start, &end, &marks, 1_795_503_600_000);
    let form = "grant_type=refresh_token&client_id=1234-demo.apps.googleusercontent.com&client_secret=GOCSPX-demo-secret\
                &refresh_token=1%2F%2Fdemo-refresh";
    let kind = [("content-type", "application/x-www-form-urlencoded")];
    let token = say(&double, "POST", "/token", "", &kind, form).body["access_token"].as_str().unwrap().to_owned();
    let bearer = format!("Bearer {token}");
    let path = "/calendar/v3/calendars/salon@group.calendar.google.com/events";
    let items = |item: Value| Some(json!({ "items": [item] }));
    for (text, expected) in [
        ("kind", Some(json!({ "kind": "calendar#events" }))),
        ("items(id)", items(json!({ "id": "own" }))),
        ("items/id,kind", Some(json!({ "items": [{ "id": "own" }], "kind": "calendar#events" }))),
        ("items(id,start/timeZone)", items(json!({ "id": "own", "start": { "timeZone": "Europe/Moscow" } }))),
        (
            "items(extendedProperties/private),nextPageToken",
            items(json!({ "extendedProperties": { "private": { "x": "1" } } })),
        ),
        ("items(id", None),
        ("items(id))", None),
        ("kind,,etag", None),
        ("nonsense", None),
        ("items(nonsense)", None),
        ("", None),
    ] {
        let text = format!("singleEvents=true&fields={text}");
        let answer = say(&double, "GET", path, &text, &[("authorization", &bearer)], "");
        assert_eq!((answer.status == 200).then_some(answer.body), expected, "{text}");
    }
}
