//! Whatever a server may answer, nobody panics, and nothing that makes no sense counts as done.

use nochnik_adapters::ports::EventRef;
use nochnik_doubles::yclients::Settings;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::wire::Reply;
use crate::yclients::desk::{Desk, MODES, visit};

const NAMES: &[&str] = &[
    "success",
    "data",
    "meta",
    "errors",
    "code",
    "id",
    "record_id",
    "record_hash",
    "datetime",
    "date",
    "time",
    "seance_length",
    "length",
    "staff_id",
    "staff",
    "services",
    "client",
    "phone",
    "comment",
    "api_id",
    "deleted",
    "booking_dates",
    "booking_days",
    "is_working",
    "slots",
    "from",
    "to",
    "total_count",
    "timezone_name",
    "title",
    "allow_change_record_delay_step",
    "last_change_date",
    "records",
    "record_labels",
    "price_min",
];

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        (0_i64..10_000).prop_map(Value::from),
        prop::sample::select(vec![
            "",
            "1",
            "331",
            "6544",
            "433",
            "2026-11-24",
            "2026-11-24T15:00:00+03:00",
            "9999-12-31 23:59:59",
            "24:00",
            "25:99",
            "Europe/Moscow",
            "Ночник #lotos/telegram/5/1: x",
            "0f1a",
            "../..",
            "true",
            "ё",
        ])
        .prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ]
}

fn json_like() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(4, 48, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((prop::sample::select(NAMES), inner), 0..8).prop_map(|fields| Value::Object(
                fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
            )),
        ]
    })
}

/// Sensible enough to be read further than its first field.
fn envelope() -> impl Strategy<Value = Value> {
    let branch = json!({ "id": 4564, "title": "x", "timezone_name": "Europe/Moscow" });
    prop_oneof![
        json_like(),
        json_like().prop_map(|data| json!({ "success": true, "data": data, "meta": [] })),
        json_like().prop_map(move |extra| {
            let mut data = branch.clone();
            for (name, value) in extra.as_object().into_iter().flatten() {
                data[name.as_str()] = value.clone();
            }
            json!({ "success": true, "data": data, "meta": { "total_count": 1 } })
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn no_answer_makes_anybody_panic(
        answers in prop::collection::vec((prop::sample::select(vec![200_u16, 201, 400, 403, 404, 422, 500]), envelope()), 1..6),
        mode in prop::sample::select(MODES.to_vec()),
        cursor in prop_oneof![Just(None), json_like().prop_map(|json| Some(json.to_string()))],
        id in prop_oneof![Just("7:0f1a".to_owned()), Just("7".to_owned()), ".{0,20}"],
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let turn = std::sync::atomic::AtomicUsize::new(0);
            let desk = Desk::altered(Settings::default(), mode, &[], move |heard| {
                // Every other branch is one that can be read.
                let turn = turn.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                if heard.url.path().contains("/company/") && turn.is_multiple_of(2) {
                    return None;
                }
                let (status, body) = &answers[turn % answers.len()];
                Some(Reply::says(*status, body))
            });
            let known = EventRef { id, version: "1795521600/6544".to_owned() };
            for _ in 0..2 {
                drop(desk.calendar.changes(cursor.as_deref(), desk.ahead(3)).await);
                drop(desk.calendar.put(&visit(), None).await);
                desk.pass(2_000).await;
                drop(desk.calendar.put(&visit(), Some(&known)).await);
                drop(desk.calendar.remove(&known).await);
                drop(desk.calendar.check().await);
                desk.pass(700_000).await;
            }
            assert!(desk.branch.all().is_empty());
        });
    }
}
