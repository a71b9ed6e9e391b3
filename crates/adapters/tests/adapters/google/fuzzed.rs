//! Whatever stands in a list, reading it neither panics nor tells of time beyond the span.

use nochnik_adapters::ports::{Changes, EventState};
use nochnik_adapters::{Failure, calendars};
use nochnik_doubles::google::Settings;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::google::desk::{Desk, quarter};
use crate::messengers::mutate::Mutator;
use crate::wire::Reply;

/// A page with every kind of thing that is looked at.
fn page() -> Value {
    let time = |hour: u32| json!({ "dateTime": format!("2026-11-26T{hour}:00:00+03:00"), "timeZone": "Europe/Moscow" });
    let plain = json!({
        "kind": "calendar#event", "id": "abc123def", "etag": "\"3591840000000001\"", "status": "confirmed",
        "transparency": "opaque", "eventType": "default", "start": time(11), "end": time(12), "sequence": 1,
        "attendees": [{ "self": true, "responseStatus": "accepted" }],
        "extendedProperties": { "private": { "nochnik_booking": "17", "nochnik_tenant": "lotos" } },
    });
    let whole_day = json!({ "id": "day", "start": { "date": "2026-11-25" }, "end": { "date": "2026-11-26" } });
    let gone = json!({ "kind": "calendar#event", "id": "gone", "status": "cancelled", "etag": "\"0\"" });
    json!({ "kind": "calendar#events", "items": [plain, whole_day, gone], "nextSyncToken": "CPDAlvWDx70C" })
}

async fn read(body: Vec<u8>) -> Result<Changes, Failure> {
    let desk = Desk::altered(Settings::default(), &[], move |heard| {
        (heard.method == "GET").then(|| {
            Reply::Says(nochnik_adapters::http::Answer { status: 200, body: body.clone(), ..Default::default() })
        })
    });
    desk.calendar.changes(None, quarter()).await
}

fn check(changes: &Changes) {
    let mut ids: Vec<&str> = changes.events.iter().map(|changed| changed.event.id.as_str()).collect();
    ids.dedup();
    assert_eq!(ids.len(), changes.events.len(), "each event once");
    for changed in &changes.events {
        assert!((1..=1_024).contains(&changed.event.id.len()));
        if let EventState::Busy(times) = &changed.state {
            for taken in times {
                assert!(
                    quarter().from <= taken.span.from
                        && taken.span.from < taken.span.to
                        && taken.span.to <= quarter().to
                );
            }
        }
    }
}

#[test]
fn a_broken_page_is_survived() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let first = u64::from(std::process::id()) * 1_000_000;
    let mut read_whole = 0;
    for seed in first..first + 2_000 {
        let body = Mutator::new(seed).body(&page());
        if let Ok(changes) = runtime.block_on(read(body)) {
            check(&changes);
            read_whole += 1;
        }
    }
    assert!(read_whole > 200, "most breaks concern one item: {read_whole}");
}

fn anything() -> impl Strategy<Value = Value> {
    let texts = prop_oneof![
        "[a-z0-9]{0,12}",
        Just("cancelled".to_owned()),
        Just("2026-11-26".to_owned()),
        Just("2026-11-26T11:00:00+03:00".to_owned()),
        Just("-009999-01-02T01:59:59Z".to_owned()),
        Just("9999-12-31".to_owned()),
        any::<String>(),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        texts.prop_map(Value::from)
    ];
    let names = prop_oneof![
        Just("id"),
        Just("etag"),
        Just("status"),
        Just("start"),
        Just("end"),
        Just("date"),
        Just("dateTime"),
        Just("timeZone"),
        Just("attendees"),
        Just("self"),
        Just("extendedProperties"),
        Just("private"),
        Just("sequence"),
        Just("nochnik_booking"),
        Just("nochnik_tenant"),
        Just("recurringEventId"),
    ];
    leaf.prop_recursive(5, 60, 8, move |inner| {
        let fields = prop::collection::vec((names.clone(), inner.clone()), 0..8)
            .prop_map(|fields| fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect());
        prop_oneof![prop::collection::vec(inner, 0..5).prop_map(Value::Array), fields]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn any_items_are_survived(items in prop::collection::vec(anything(), 0..6)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let body = json!({ "kind": "calendar#events", "items": items, "nextSyncToken": "t" });
        let changes = runtime.block_on(read(body.to_string().into_bytes())).unwrap();
        check(&changes);
    }

    /// A cursor is whatever the store kept; a strange one only means that all is read.
    #[test]
    fn any_cursor_is_survived(cursor in any::<String>()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let changes = runtime.block_on(Desk::new().calendar.changes(Some(&cursor), quarter())).unwrap();
        prop_assert!(changes.is_whole);
    }
}

#[test]
fn the_kind_is_listed() {
    assert!(calendars::kinds().iter().any(|kind| kind.name == "google"));
}
