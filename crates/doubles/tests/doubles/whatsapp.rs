//! The WhatsApp double keeps the rules of the Cloud API.

#![expect(clippy::disallowed_methods, reason = "a test drives its peers itself")]
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU16, Ordering},
    },
};

use axum::{
    Router,
    body::Bytes,
    extract::RawQuery,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use nochnik_doubles::{
    Answer, Fault, Faults, Outcome, Request,
    meta::{bytes_of, encode, sign},
    whatsapp::{Delivery, Double, Settings, Status, TemplateStatus, serve_with},
};
use serde_json::{Value, json};

const ANNA: &str = "79281234567";
const MARIA: &str = "RU.99887766554433221100";
const NOW_MS: i64 = 1_795_312_800_000;
const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
const CALLBACK: &str = "https://night.example.ru/hooks/whatsapp";
const APP_SECRET: &str = "0123456789abcdef0123456789abcdef";
const MESSAGES: &str = "/v26.0/506070809010203/messages";
const TEMPLATES: &str = "/v26.0/102290129340398/message_templates";
const SUBSCRIBED: &str = "/v26.0/102290129340398/subscribed_apps";

fn fresh() -> Double {
    let double = Double::new(Settings::default());
    double.connect(CALLBACK);
    double
}

fn with_anna() -> (Double, String) {
    let double = fresh();
    let wamid = double.client_says(ANNA, "Здравствуйте!", NOW_MS);
    take(&double, NOW_MS);
    (double, wamid)
}

fn with_template() -> Double {
    let double = fresh();
    double.have_template(&reminder("visit_reminder_24h"));
    double.know(ANNA, "Анна");
    double
}

/// A request with the right headers.
fn call(double: &Double, method: &str, target: &str, body: &Value, now_ms: i64) -> Answer {
    let bearer = format!("Bearer {}", double.settings().token);
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    with_request(method, target, &headers, body, |request| double.call(request, now_ms))
}

fn with_request<T>(
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &Value,
    take: impl FnOnce(&Request<'_>) -> T,
) -> T {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let pair = |pair: &str| pair.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())).unwrap();
    let query = query.split('&').filter(|text| !text.is_empty()).map(pair).collect::<Vec<_>>();
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<Vec<_>>();
    let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    take(&Request { method, path, query: &query, headers: &headers, body: &body })
}

fn send(double: &Double, body: &Value, now_ms: i64) -> Answer {
    call(double, "POST", MESSAGES, body, now_ms)
}

fn sent(double: &Double, body: &Value, now_ms: i64) -> String {
    let answer = send(double, body, now_ms);
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["messages"][0]["id"].as_str().unwrap().to_owned()
}

fn message(more: Value) -> Value {
    merged(json!({ "messaging_product": "whatsapp", "to": ANNA }), more)
}

fn merged(mut one: Value, more: Value) -> Value {
    one.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    one
}

fn text(words: &str) -> Value {
    message(json!({ "type": "text", "text": { "body": words } }))
}

fn interactive(content: Value) -> Value {
    message(json!({ "type": "interactive", "interactive": content }))
}

fn buttons(replies: &[(&str, &str)]) -> Value {
    let buttons = replies.iter().map(|(id, title)| json!({ "type": "reply", "reply": { "id": id, "title": title } }));
    let action = json!({ "buttons": buttons.collect::<Vec<_>>() });
    interactive(json!({ "type": "button", "body": { "text": "Выберите время" }, "action": action }))
}

fn list(words: &str, sections: Value) -> Value {
    let action = json!({ "button": "Выбрать", "sections": sections });
    interactive(json!({ "type": "list", "body": { "text": words }, "action": action }))
}

fn rows(from: usize, to: usize) -> Value {
    (from..to).map(|number| json!({ "id": format!("svc:{number}"), "title": "Маникюр" })).collect()
}

fn reminder(name: &str) -> Value {
    json!({
        "name": name, "category": "UTILITY", "language": "ru", "components": [
            {
                "type": "BODY", "text": "Здравствуйте, {{1}}! Напоминаем о визите {{2}}. Ждём вас.",
                "example": { "body_text": [["Анна", "24 ноября, 15:00"]] },
            },
            { "type": "BUTTONS", "buttons": [
                { "type": "QUICK_REPLY", "text": "Приду" }, { "type": "QUICK_REPLY", "text": "Перенести" },
            ] },
        ],
    })
}

fn templated(name: &str, values: &[&str]) -> Value {
    let values = values.iter().map(|text| json!({ "type": "text", "text": text })).collect::<Vec<_>>();
    let payload = json!([{ "type": "payload", "payload": "rem:8f2c:confirm" }]);
    message(json!({ "type": "template", "template": { "name": name, "language": { "code": "ru" }, "components": [
        { "type": "body", "parameters": values },
        { "type": "button", "sub_type": "quick_reply", "index": "0", "parameters": payload },
    ] } }))
}

/// Answers every webhook that is due with 200; gives their contents.
fn take(double: &Double, now_ms: i64) -> Vec<Value> {
    let due = double.deliveries_due(now_ms);
    due.iter().for_each(|delivery| double.delivered(delivery.id, Some(200), now_ms));
    due.iter().map(opened).collect()
}

fn opened(delivery: &Delivery) -> Value {
    let signature = delivery.headers.iter().find(|(name, _)| name == "x-hub-signature-256").unwrap();
    assert_eq!(signature.1, sign(APP_SECRET, &delivery.body));
    assert!(delivery.body.is_ascii(), "everything outside ASCII is escaped");
    serde_json::from_slice(&delivery.body).unwrap()
}

fn changes(webhooks: &[Value]) -> Vec<Value> {
    let entries = webhooks.iter().flat_map(|webhook| webhook["entry"].as_array().unwrap());
    entries.flat_map(|entry| entry["changes"].as_array().unwrap().clone()).collect()
}

fn statuses(webhooks: &[Value]) -> Vec<(String, String)> {
    let told = changes(webhooks).into_iter().filter_map(|change| change["value"]["statuses"].as_array().cloned());
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    told.flatten().map(|status| (text(&status["id"]), text(&status["status"]))).collect()
}

fn heard(webhooks: &[Value]) -> Vec<Value> {
    let heard = changes(webhooks).into_iter().filter_map(|change| change["value"]["messages"].as_array().cloned());
    heard.flatten().collect()
}

fn code(answer: &Answer) -> i64 {
    answer.body["error"]["code"].as_i64().unwrap_or_else(|| panic!("no refusal: {}", answer.body))
}

#[test]
fn the_signature_fits_the_published_vector() {
    let vectors: Value = serde_json::from_str(include_str!("../../../../contracts/signature-vectors.json")).unwrap();
    let text = |key: &str| vectors["meta_x_hub_signature_256"][key].as_str().unwrap();
    assert_eq!(sign(text("app_secret"), text("body").as_bytes()), text("header"));
    assert_eq!(encode(&json!("Да 👍")), br#""\u0414\u0430 \ud83d\udc4d""#);
}

#[test]
fn a_message_goes_from_accepted_to_read() {
    let (double, theirs) = with_anna();
    let body = merged(
        text("Есть 15:00"),
        json!({
            "biz_opaque_callback_data": "out:01JD3K8", "context": { "message_id": theirs },
        }),
    );
    let answer = send(&double, &body, NOW_MS);
    assert_eq!(answer.body["messaging_product"], "whatsapp");
    assert_eq!(answer.body["contacts"], json!([{ "input": ANNA, "wa_id": ANNA }]));
    assert_eq!(answer.body["messages"][0]["message_status"], "accepted");
    let wamid = answer.body["messages"][0]["id"].as_str().unwrap();
    assert!(wamid.starts_with("wamid."));
    let told = take(&double, NOW_MS + 5_000);
    double.client_reads(ANNA, NOW_MS + 6_000);
    let read = take(&double, NOW_MS + 6_000);
    let names = statuses(&told).into_iter().chain(statuses(&read)).map(|(id, name)| {
        assert_eq!(id, wamid);
        name
    });
    assert_eq!(names.collect::<Vec<_>>(), ["sent", "delivered", "read"]);
    let status = &changes(&told)[0]["value"]["statuses"][0];
    assert_eq!(status["biz_opaque_callback_data"], "out:01JD3K8");
    assert_eq!(status["recipient_id"], ANNA);
    assert_eq!(status["pricing"]["category"], "service");
    assert_eq!(double.last_to(ANNA).unwrap().context.as_deref(), Some(theirs.as_str()));
    assert_eq!(double.status_of(wamid), Some(Status::Read));
    double.assert_clean();
}

#[test]
fn a_broken_contract_is_refused_and_recorded() {
    let (double, _) = with_anna();
    let section = |title: &str, rows: Value| json!({ "title": title, "rows": rows });
    let long = |letters: usize| "ы".repeat(letters);
    let cases = [
        ("empty text", text(""), 131_009),
        ("long text", text(&long(4097)), 131_009),
        ("no recipient", json!({ "messaging_product": "whatsapp", "type": "text", "text": { "body": "да" } }), 131_008),
        ("no product", json!({ "to": ANNA, "type": "text", "text": { "body": "да" } }), 100),
        ("unknown field", merged(text("да"), json!({ "colour": "red" })), 100),
        ("no text", message(json!({ "type": "text" })), 131_008),
        ("unknown type", message(json!({ "type": "poll", "poll": {} })), 131_009),
        ("bad phone", merged(text("да"), json!({ "to": "8-928" })), 131_009),
        ("long opaque", merged(text("да"), json!({ "biz_opaque_callback_data": "a".repeat(513) })), 131_009),
        ("four buttons", buttons(&[("1", "а"), ("2", "б"), ("3", "в"), ("4", "г")]), 131_009),
        ("long title", buttons(&[("1", &long(21))]), 131_009),
        ("long id", buttons(&[("a".repeat(257).as_str(), "15:00")]), 131_009),
        ("same titles", buttons(&[("1", "15:00"), ("2", "15:00")]), 131_009),
        ("same ids", buttons(&[("1", "15:00"), ("1", "17:30")]), 131_009),
        ("eleven rows", list("Услуга?", json!([section("Ногти", rows(0, 6)), section("Брови", rows(6, 11))])), 131_009),
        ("no titles", list("Услуга?", json!([{ "rows": rows(0, 1) }, { "rows": rows(1, 2) }])), 131_009),
        ("same rows", list("Услуга?", json!([{ "rows": [rows(0, 1)[0], rows(0, 1)[0]] }])), 131_009),
        ("long list body", list(&long(1025), json!([{ "rows": rows(0, 1) }])), 131_009),
        ("long row", list("Услуга?", json!([{ "rows": [{ "id": "1", "title": long(25) }] }])), 131_009),
        (
            "long description",
            list("Услуга?", json!([{ "rows": [{ "id": "1", "title": "а", "description": long(73) }] }])),
            131_009,
        ),
    ];
    for (name, body, expected) in cases {
        let answer = send(&double, &body, NOW_MS);
        assert_eq!(code(&answer), expected, "{name}");
        assert_eq!(double.take_failures().len(), 1, "{name}");
        assert_eq!(answer.body["error"]["error_data"]["messaging_product"], "whatsapp", "{name}");
    }
    assert!(double.sent_to(ANNA).is_empty());
}

#[test]
fn failures_name_no_value() {
    let (double, _) = with_anna();
    send(&double, &merged(text("тайна"), json!({ "biz_opaque_callback_data": "s".repeat(513) })), NOW_MS);
    let failure = double.take_failures().remove(0);
    assert!(failure.contains("/biz_opaque_callback_data") && failure.contains("maxLength"), "{failure}");
    assert!(!failure.contains("тайна") && !failure.contains(ANNA), "{failure}");
}

#[test]
fn limits_are_inclusive() {
    let (double, _) = with_anna();
    let long = |letters: usize| "ы".repeat(letters);
    let row = json!({ "id": "a".repeat(200), "title": long(24), "description": long(72) });
    let bodies = [
        text(&long(4096)),
        merged(text("да"), json!({ "biz_opaque_callback_data": "a".repeat(512) })),
        buttons(&[("a".repeat(256).as_str(), long(20).as_str()), ("2", "17:30"), ("3", "18:00")]),
        list(&long(1024), json!([{ "title": long(24), "rows": rows(0, 9) }, { "title": "Ещё", "rows": [row] }])),
    ];
    for body in bodies {
        sent(&double, &body, NOW_MS);
    }
    double.assert_clean();
}

#[test]
fn headers_and_paths_are_checked() {
    let (double, _) = with_anna();
    let bearer = format!("Bearer {}", double.settings().token);
    let with = |target: &str, headers: &[(&str, &str)]| {
        with_request("POST", target, headers, &text("да"), |request| double.call(request, NOW_MS))
    };
    let json_type = ("content-type", "application/json");
    let stranger = with(MESSAGES, &[("authorization", "Bearer other"), json_type]);
    assert_eq!((stranger.status, code(&stranger)), (401, 190));
    assert_eq!(code(&with(MESSAGES, &[json_type])), 190);
    double.assert_clean();
    let good = ("authorization", bearer.as_str());
    let table = [
        (MESSAGES, ("content-type", "text/plain")),
        ("/506070809010203/messages", json_type),
        ("/v20.0/506070809010203/messages", json_type),
        ("/v26.0/1/messages", json_type),
        ("/v26.0/506070809010203/register", json_type),
    ];
    for (target, kind) in table {
        assert_eq!(code(&with(target, &[good, kind])), 100, "{target}");
        assert_eq!(double.take_failures().len(), 1, "{target}");
    }
}

#[test]
fn free_text_outside_the_window_fails_later() {
    let (double, _) = with_anna();
    let inside = sent(&double, &text("Есть 15:00"), NOW_MS + DAY_MS);
    let outside = sent(&double, &text("Напоминаем"), NOW_MS + DAY_MS + 1);
    double.know("79180000000", "Ольга");
    let first = sent(&double, &merged(text("Здравствуйте"), json!({ "to": "79180000000" })), NOW_MS);
    assert_eq!(double.status_of(&inside), Some(Status::Delivered));
    assert_eq!(double.status_of(&outside), Some(Status::Failed(131_047)));
    assert_eq!(double.status_of(&first), Some(Status::Failed(131_047)));
    let failed = changes(&take(&double, NOW_MS + 2 * DAY_MS)).into_iter().map(|change| change["value"].clone());
    let failed = failed.filter(|value| value["statuses"][0]["status"] == "failed").collect::<Vec<_>>();
    assert_eq!(failed.len(), 2);
    assert_eq!(failed[0]["statuses"][0]["errors"][0]["code"], 131_047);
    double.refuse_outside_window_at_once(true);
    assert_eq!(code(&send(&double, &text("Напоминаем"), NOW_MS + 3 * DAY_MS)), 131_047);
    double.assert_clean();
}

#[test]
fn an_ad_opens_72_hours_when_we_answer_within_24() {
    let double = fresh();
    double.client_comes_from_ad(ANNA, "Можно подробнее?", "120226305854810726", NOW_MS);
    let referral = &heard(&take(&double, NOW_MS))[0]["referral"];
    assert_eq!((&referral["source_type"], &referral["source_id"]), (&json!("ad"), &json!("120226305854810726")));
    sent(&double, &text("Да, конечно"), NOW_MS + 23 * HOUR_MS);
    let late = sent(&double, &text("Ждём вас"), NOW_MS + 72 * HOUR_MS);
    let too_late = sent(&double, &text("Ждём вас"), NOW_MS + 72 * HOUR_MS + 1);
    assert_eq!(double.status_of(&late), Some(Status::Delivered));
    assert_eq!(double.status_of(&too_late), Some(Status::Failed(131_047)));
    let silent = "79180000001";
    double.client_comes_from_ad(silent, "Можно подробнее?", "1", NOW_MS);
    let missed = sent(&double, &merged(text("Да"), json!({ "to": silent })), NOW_MS + 25 * HOUR_MS);
    assert_eq!(double.status_of(&missed), Some(Status::Failed(131_047)));
    double.assert_clean();
}

#[test]
fn people_out_of_reach_fail_later() {
    let (double, _) = with_anna();
    double.client_says("79180000001", "привет", NOW_MS);
    double.client_blocks("79180000001", true);
    double.client_says("79180000002", "привет", NOW_MS);
    double.client_has_no_whatsapp("79180000002");
    for phone in ["79180000001", "79180000002", "79180000003"] {
        let wamid = sent(&double, &merged(text("да"), json!({ "to": phone })), NOW_MS);
        assert_eq!(double.status_of(&wamid), Some(Status::Failed(131_026)), "{phone}");
        assert!(double.sent_to(phone).is_empty());
    }
    assert_eq!(code(&send(&double, &merged(text("да"), json!({ "to": "78632000000" })), NOW_MS)), 131_021);
    double.fail_messages(Some(131_042));
    let unpaid = sent(&double, &text("да"), NOW_MS);
    assert_eq!(double.status_of(&unpaid), Some(Status::Failed(131_042)));
    double.assert_clean();
}

#[test]
fn a_phone_off_the_net_stays_at_sent() {
    let (double, _) = with_anna();
    double.client_is_online(ANNA, false, NOW_MS);
    let wamid = sent(&double, &text("Есть 15:00"), NOW_MS);
    assert_eq!(statuses(&take(&double, NOW_MS + HOUR_MS)), [(wamid.clone(), "sent".to_owned())]);
    double.client_is_online(ANNA, true, NOW_MS + HOUR_MS);
    assert_eq!(statuses(&take(&double, NOW_MS + HOUR_MS)), [(wamid.clone(), "delivered".to_owned())]);
    double.client_shows_reads(ANNA, false);
    double.client_reads(ANNA, NOW_MS + HOUR_MS);
    assert!(take(&double, NOW_MS + 2 * HOUR_MS).is_empty());
    assert!(double.repeat_status(&wamid, NOW_MS + HOUR_MS));
    assert_eq!(statuses(&take(&double, NOW_MS + 2 * HOUR_MS)), [(wamid, "delivered".to_owned())]);
}

#[test]
fn pace_is_kept() {
    let (double, _) = with_anna();
    for _ in 0..10 {
        sent(&double, &text("да"), NOW_MS);
    }
    assert_eq!(code(&send(&double, &text("да"), NOW_MS)), 131_056);
    assert_eq!(code(&send(&double, &text("да"), NOW_MS + 5_900)), 131_056);
    sent(&double, &text("да"), NOW_MS + 6_000);
    let double = fresh();
    for number in 0..80 {
        let phone = format!("791800000{number:02}");
        double.client_says(&phone, "привет", NOW_MS);
        sent(&double, &merged(text("да"), json!({ "to": phone })), NOW_MS);
    }
    let refused = send(&double, &text("да"), NOW_MS);
    assert_eq!((refused.status, code(&refused)), (429, 130_429));
    sent(&double, &text("да"), NOW_MS + 13);
    double.limit_pace(false);
    for _ in 0..100 {
        sent(&double, &text("да"), NOW_MS);
    }
    double.assert_clean();
}

#[test]
fn every_press_comes_with_its_context() {
    let double = with_template();
    double.client_says(ANNA, "Здравствуйте", NOW_MS);
    take(&double, NOW_MS);
    let bubble = sent(&double, &buttons(&[("slot:8f2c:1", "24 ноя, 15:00")]), NOW_MS);
    let row = json!({ "id": "svc:12", "title": "Маникюр", "description": "1900 ₽, 90 мин" });
    let menu = sent(&double, &list("Какая услуга?", json!([{ "rows": [row.clone()] }])), NOW_MS);
    let asked = sent(&double, &templated("visit_reminder_24h", &["Анна", "24 ноября, 15:00"]), NOW_MS);
    assert_eq!(
        double.last_to(ANNA).unwrap().text,
        "Здравствуйте, Анна! Напоминаем о визите 24 ноября, 15:00. Ждём вас."
    );
    take(&double, NOW_MS + 1_000);
    assert_eq!(double.client_presses(ANNA, &bubble, "slot:other", NOW_MS), None);
    double.client_presses(ANNA, &bubble, "slot:8f2c:1", NOW_MS + 1).unwrap();
    double.client_presses(ANNA, &menu, "svc:12", NOW_MS + 2).unwrap();
    double.client_presses(ANNA, &asked, "rem:8f2c:confirm", NOW_MS + 3).unwrap();
    double.client_presses(ANNA, &asked, "Перенести", NOW_MS + 4).unwrap();
    let heard = heard(&take(&double, NOW_MS + 4));
    assert_eq!(heard[0]["interactive"]["button_reply"], json!({ "id": "slot:8f2c:1", "title": "24 ноя, 15:00" }));
    assert_eq!(heard[0]["context"], json!({ "from": "78632000000", "id": bubble }));
    assert_eq!(heard[1]["interactive"]["list_reply"], row);
    assert_eq!(heard[2]["button"], json!({ "payload": "rem:8f2c:confirm", "text": "Приду" }));
    assert_eq!(heard[3]["button"]["payload"], "Перенести");
    assert_eq!(heard[3]["context"]["id"], json!(asked));
    double.assert_clean();
}

#[test]
fn templates_are_refused_by_the_table() {
    let double = with_template();
    double.know("79180000009", "Ольга");
    let good = ["Анна", "24 ноября, 15:00"];
    let name = "visit_reminder_24h";
    sent(&double, &templated(name, &good), NOW_MS);
    assert_eq!(code(&send(&double, &templated("other", &good), NOW_MS)), 132_001);
    let mut english = templated(name, &good);
    english["template"]["language"]["code"] = json!("en_US");
    assert_eq!(code(&send(&double, &english, NOW_MS)), 132_001);
    double.assert_clean();
    let breaches = [
        (templated(name, &["Анна"]), 132_000),
        (templated(name, &["Анна", "24 ноября", "15:00"]), 132_000),
        (templated(name, &["Анна", "24\nноября"]), 132_012),
        (templated(name, &["Анна", "24\tноября"]), 132_012),
        (templated(name, &["Анна", "24    ноября"]), 132_012),
    ];
    for (body, expected) in breaches {
        assert_eq!(code(&send(&double, &body, NOW_MS)), expected, "{body}");
        assert_eq!(double.take_failures().len(), 1);
    }
    let mut foreign = templated(name, &good);
    foreign["template"]["components"][1]["index"] = json!("2");
    assert_eq!(code(&send(&double, &foreign, NOW_MS)), 132_012);
    double.take_failures();
    for (status, expected) in [
        (TemplateStatus::Paused, 132_015),
        (TemplateStatus::Disabled, 132_016),
        (TemplateStatus::Rejected, 132_001),
        (TemplateStatus::Pending, 132_001),
    ] {
        assert!(double.set_template_status(name, "ru", status, "NONE", NOW_MS));
        assert_eq!(code(&send(&double, &templated(name, &good), NOW_MS)), expected);
    }
    double.assert_clean();
}

#[test]
fn marketing_may_be_capped_or_stopped() {
    let double = fresh();
    double.know(ANNA, "Анна");
    double.have_template(&merged(reminder("we_missed_you"), json!({ "category": "MARKETING" })));
    let offer = templated("we_missed_you", &["Анна", "маникюр"]);
    double.client_is_capped(ANNA, true);
    let capped = sent(&double, &offer, NOW_MS);
    assert_eq!(double.status_of(&capped), Some(Status::Failed(131_049)));
    double.client_takes_marketing(ANNA, false, NOW_MS);
    let stopped = sent(&double, &offer, NOW_MS);
    assert_eq!(double.status_of(&stopped), Some(Status::Failed(131_050)));
    assert_eq!(changes(&take(&double, NOW_MS))[0]["field"], "user_preferences");
    double.have_template(&merged(reminder("sign_in"), json!({ "category": "AUTHENTICATION" })));
    double.know(MARIA, "Мария");
    let mut hidden = merged(templated("sign_in", &["Мария", "1234"]), json!({ "recipient": MARIA }));
    hidden.as_object_mut().unwrap().remove("to");
    assert_eq!(code(&send(&double, &hidden, NOW_MS)), 131_062);
}

#[test]
fn a_template_lives_its_life() {
    let double = fresh();
    let body = reminder("visit_reminder_24h");
    let made = call(&double, "POST", TEMPLATES, &body, NOW_MS);
    assert_eq!((&made.body["status"], &made.body["category"]), (&json!("PENDING"), &json!("UTILITY")));
    let again = call(&double, "POST", TEMPLATES, &body, NOW_MS);
    assert_eq!((code(&again), &again.body["error"]["error_subcode"]), (100, &json!(2_388_024)));
    let name = "visit_reminder_24h";
    let states = [TemplateStatus::Approved, TemplateStatus::Paused, TemplateStatus::Disabled, TemplateStatus::Rejected];
    for status in states {
        double.set_template_status(name, "ru", status, "INCORRECT_CATEGORY", NOW_MS);
    }
    double.recategorise_template(name, "ru", "MARKETING", NOW_MS);
    double.set_template_quality(name, "ru", "YELLOW", NOW_MS);
    let told = changes(&take(&double, NOW_MS));
    let events = told.iter().map(|change| change["value"]["event"].as_str().unwrap_or_default()).collect::<Vec<_>>();
    assert_eq!(events, ["APPROVED", "PAUSED", "DISABLED", "REJECTED", "", ""]);
    assert_eq!(told[0]["field"], "message_template_status_update");
    assert_eq!(told[0]["value"]["message_template_name"], name);
    assert_eq!(told[0]["value"]["message_template_id"].to_string(), made.body["id"].as_str().unwrap());
    assert_eq!(told[4]["field"], "template_category_update");
    assert_eq!(told[4]["value"]["new_category"], "MARKETING");
    assert_eq!(told[5]["field"], "message_template_quality_update");
    let read =
        call(&double, "GET", &format!("{TEMPLATES}?name={name}&fields=name,status,category"), &Value::Null, NOW_MS);
    assert_eq!(
        read.body["data"],
        json!([{ "id": made.body["id"], "name": name, "status": "REJECTED", "category": "MARKETING" }])
    );
    let gone = call(&double, "DELETE", &format!("{TEMPLATES}?name={name}"), &Value::Null, NOW_MS);
    assert_eq!(gone.body, json!({ "success": true }));
    let none = call(&double, "GET", TEMPLATES, &Value::Null, NOW_MS);
    assert_eq!(none.body["data"], json!([]));
    double.assert_clean();
}

#[test]
fn templates_come_in_pages() {
    let double = fresh();
    for number in 0..5 {
        double.have_template(&reminder(&format!("reminder_{number}")));
    }
    let first = call(&double, "GET", &format!("{TEMPLATES}?limit=3"), &Value::Null, NOW_MS).body;
    let after = first["paging"]["cursors"]["after"].as_str().unwrap();
    assert!(first["paging"]["next"].is_string());
    let rest = call(&double, "GET", &format!("{TEMPLATES}?limit=3&after={after}"), &Value::Null, NOW_MS).body;
    assert_eq!((first["data"].as_array().unwrap().len(), rest["data"].as_array().unwrap().len()), (3, 2));
    assert!(rest["paging"]["next"].is_null());
}

#[test]
fn a_template_without_samples_is_refused() {
    let double = fresh();
    let with = |change: fn(&mut Value)| {
        let mut body = reminder("visit_reminder");
        change(&mut body);
        body
    };
    let bodies = [
        with(|body| body["name"] = json!("Visit Reminder")),
        with(|body| body["components"][0]["text"] = json!("{{1}}, ждём вас {{2}} в салоне.")),
        with(|body| body["components"][0]["text"] = json!("Здравствуйте, {{1}}! Ждём вас {{2}}")),
        with(|body| body["components"][0]["example"] = json!({ "body_text": [["Анна"]] })),
        with(|body| body["components"][0]["text"] = json!("Здравствуйте, {{1}}! Ждём вас {{3}} у нас.")),
        with(|body| body["components"][1]["buttons"][0]["text"] = json!("а".repeat(26))),
        with(|body| body["category"] = json!("SERVICE")),
        with(|body| {
            let link = json!({ "type": "URL", "text": "Сайт", "url": "https://lotos.example.ru" });
            body["components"][1]["buttons"] = json!([link, link, link]);
        }),
    ];
    for body in bodies {
        assert_eq!(code(&call(&double, "POST", TEMPLATES, &body, NOW_MS)), 100, "{body}");
        assert_eq!(double.take_failures().len(), 1, "{body}");
    }
}

#[test]
fn a_named_template_takes_named_values() {
    let double = fresh();
    double.know(ANNA, "Анна");
    double.have_template(&json!({
        "name": "moved", "category": "UTILITY", "language": "ru", "parameter_format": "named", "components": [{
            "type": "BODY", "text": "Здравствуйте, {{name}}! Визит перенесён на {{time}}. Ждём вас.",
            "example": { "body_text_named_params": [
                { "param_name": "name", "example": "Анна" }, { "param_name": "time", "example": "15:00" },
            ] },
        }],
    }));
    let with = |values: Value| {
        message(json!({ "type": "template", "template": {
            "name": "moved", "language": { "code": "ru" }, "components": [{ "type": "body", "parameters": values }],
        } }))
    };
    let time = json!({ "type": "text", "parameter_name": "time", "text": "15:00" });
    let name = json!({ "type": "text", "parameter_name": "name", "text": "Анна" });
    sent(&double, &with(json!([time, name])), NOW_MS);
    assert_eq!(double.last_to(ANNA).unwrap().text, "Здравствуйте, Анна! Визит перенесён на 15:00. Ждём вас.");
    double.assert_clean();
    let plain = json!({ "type": "text", "text": "Анна" });
    assert_eq!(code(&send(&double, &with(json!([time, plain])), NOW_MS)), 132_012);
}

#[test]
fn read_marks_and_typing() {
    let (double, wamid) = with_anna();
    let mark = json!({
        "messaging_product": "whatsapp", "status": "read", "message_id": wamid, "typing_indicator": { "type": "text" },
    });
    assert_eq!(send(&double, &mark, NOW_MS).body, json!({ "success": true }));
    assert!(double.is_marked_read(&wamid));
    assert!(double.shows_typing(ANNA, NOW_MS + 24_999) && !double.shows_typing(ANNA, NOW_MS + 25_000));
    sent(&double, &text("Есть 15:00"), NOW_MS + 1_000);
    assert!(!double.shows_typing(ANNA, NOW_MS + 1_000));
    let unknown = merged(mark, json!({ "message_id": "wamid.unknown" }));
    assert_eq!(code(&send(&double, &unknown, NOW_MS)), 131_009);
    let reaction = message(json!({ "type": "reaction", "reaction": { "message_id": wamid, "emoji": "👍" } }));
    sent(&double, &reaction, NOW_MS);
    double.assert_clean();
}

#[test]
fn a_hidden_person_has_no_number() {
    let double = fresh();
    double.client_says(MARIA, "Добрый день", NOW_MS);
    let webhook = take(&double, NOW_MS).remove(0);
    let value = &webhook["entry"][0]["changes"][0]["value"];
    assert_eq!(value["contacts"][0]["user_id"], MARIA);
    assert!(value["contacts"][0].get("wa_id").is_none() && value["messages"][0].get("from").is_none());
    let mut body = merged(text("Добрый день!"), json!({ "recipient": MARIA }));
    body.as_object_mut().unwrap().remove("to");
    let answer = send(&double, &body, NOW_MS);
    assert_eq!(answer.body["contacts"], json!([{ "input": MARIA, "user_id": MARIA }]));
    let status = changes(&take(&double, NOW_MS + 5_000))[0]["value"]["statuses"][0].clone();
    assert_eq!(status["recipient_user_id"], MARIA);
    assert!(status.get("recipient_id").is_none());
    // With both given the phone wins.
    double.client_says(ANNA, "Здравствуйте", NOW_MS);
    sent(&double, &merged(text("Кому?"), json!({ "recipient": MARIA })), NOW_MS);
    assert_eq!((double.sent_to(ANNA).len(), double.sent_to(MARIA).len()), (1, 1));
    double.client_hides_number(ANNA, "anna.k");
    double.client_says(ANNA, "и ещё", NOW_MS + 1);
    let last = heard(&take(&double, NOW_MS + 5_000)).pop().unwrap();
    assert!(last.get("from").is_none());
    double.assert_clean();
}

#[test]
fn a_changed_number_changes_both_ids() {
    let (double, _) = with_anna();
    let user_id = double.client_changes_number(ANNA, "79187654321", NOW_MS);
    let told = heard(&take(&double, NOW_MS)).remove(0);
    assert_eq!((&told["from"], &told["type"]), (&json!(ANNA), &json!("system")));
    assert_eq!(told["system"]["type"], "user_changed_number");
    assert_eq!((&told["system"]["wa_id"], &told["system"]["user_id"]), (&json!("79187654321"), &json!(user_id)));
    let old = sent(&double, &text("да"), NOW_MS);
    assert_eq!(double.status_of(&old), Some(Status::Failed(131_026)));
    let new = sent(&double, &merged(text("да"), json!({ "to": "+79187654321" })), NOW_MS);
    assert_eq!(double.status_of(&new), Some(Status::Delivered));
    double.assert_clean();
}

#[test]
fn everything_people_send_fits_the_schema() {
    let (double, wamid) = with_anna();
    double.client_replies(ANNA, &wamid, "и ещё", NOW_MS);
    double.client_says_aloud(ANNA, b"OggS", NOW_MS);
    let caption = json!({ "caption": "Хочу такой" });
    double.client_sends_file(ANNA, "image", "image/jpeg", b"jpeg", caption, NOW_MS);
    let name = json!({ "filename": "анализы.pdf" });
    double.client_sends_file(ANNA, "document", "application/pdf", b"pdf", name, NOW_MS);
    double.client_sends_file(ANNA, "sticker", "image/webp", b"webp", json!({ "animated": false }), NOW_MS);
    double.client_sends(ANNA, "location", json!({ "latitude": 47.22, "longitude": 39.71 }), NOW_MS);
    double.client_shares_contact(ANNA, "Анна Ковалёва", "+7 928 123-45-67", NOW_MS);
    double.client_reacts(ANNA, &wamid, "👍", NOW_MS);
    double.client_sends_unsupported(ANNA, NOW_MS);
    let heard = heard(&take(&double, NOW_MS));
    let kinds = heard.iter().map(|message| message["type"].as_str().unwrap()).collect::<Vec<_>>();
    let expected = ["text", "audio", "image", "document", "sticker", "location", "contacts", "reaction", "unsupported"];
    assert_eq!(kinds, expected);
    assert_eq!(heard[0]["context"]["id"], json!(wamid));
    assert_eq!(heard[1]["audio"]["voice"], true);
    assert_eq!(heard[6]["contacts"][0]["phones"][0]["wa_id"], ANNA);
    assert_eq!(heard[8]["errors"][0]["code"], 131_051);
    double.assert_clean();
}

#[test]
fn a_file_lives_behind_an_address_of_five_minutes() {
    let (double, _) = with_anna();
    double.client_says_aloud(ANNA, b"OggS voice", NOW_MS);
    let audio = heard(&take(&double, NOW_MS)).remove(0)["audio"].clone();
    let node = format!("/v26.0/{}", audio["id"].as_str().unwrap());
    let media = call(&double, "GET", &node, &Value::Null, NOW_MS).body;
    assert_eq!((&media["mime_type"], &media["sha256"]), (&json!("audio/ogg; codecs=opus"), &audio["sha256"]));
    assert_eq!(media["file_size"], "10");
    let url = media["url"].as_str().unwrap().trim_start_matches("https://lookaside.fbsbx.com");
    let file = call(&double, "GET", url, &Value::Null, NOW_MS + 299_000);
    assert_eq!(bytes_of(&file), Some(("audio/ogg; codecs=opus".to_owned(), b"OggS voice".to_vec())));
    assert_eq!(call(&double, "GET", url, &Value::Null, NOW_MS + 301_000).status, 404);
    let stranger = with_request("GET", url, &[], &Value::Null, |request| double.call(request, NOW_MS));
    assert_eq!(stranger.status, 401);
    let missing = call(&double, "GET", "/v26.0/1908647269898587", &Value::Null, NOW_MS);
    assert_eq!((code(&missing), &missing.body["error"]["error_subcode"]), (100, &json!(33)));
    double.assert_clean();
}

#[test]
fn the_number_shows_its_fields() {
    let double = fresh();
    double.set_quality("YELLOW", NOW_MS);
    assert_eq!(changes(&take(&double, NOW_MS))[0]["field"], "phone_number_quality_update");
    let number = "/v26.0/506070809010203";
    let fields = call(&double, "GET", &format!("{number}?fields=quality_rating,status"), &Value::Null, NOW_MS);
    assert_eq!(fields.body, json!({ "id": "506070809010203", "quality_rating": "YELLOW", "status": "CONNECTED" }));
    assert_eq!(code(&call(&double, "GET", &format!("{number}?fields=colour"), &Value::Null, NOW_MS)), 100);
    assert_eq!(double.take_failures().len(), 1);
}

#[test]
fn nobody_hears_before_the_subscription() {
    let double = Double::new(Settings::default());
    assert_eq!(call(&double, "GET", SUBSCRIBED, &Value::Null, NOW_MS).body, json!({ "data": [] }));
    double.client_says(ANNA, "есть кто?", NOW_MS);
    let challenge = double.register_webhook(CALLBACK, "our-verify-token");
    let query = challenge.query.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect::<BTreeMap<_, _>>();
    assert_eq!((query["hub.mode"], query["hub.verify_token"]), ("subscribe", "our-verify-token"));
    assert_eq!(query["hub.challenge"], challenge.expects);
    assert!(!double.challenge_answered(&challenge, 403, b""));
    assert!(!double.challenge_answered(&challenge, 200, br#""1158201445""#));
    assert!(double.challenge_answered(&challenge, 200, challenge.expects.as_bytes()));
    assert_eq!(call(&double, "POST", SUBSCRIBED, &Value::Null, NOW_MS).body, json!({ "success": true }));
    let listed = call(&double, "GET", SUBSCRIBED, &Value::Null, NOW_MS).body;
    assert_eq!(listed["data"][0]["whatsapp_business_api_data"]["id"], double.settings().app_id);
    double.client_says(ANNA, "а сейчас?", NOW_MS);
    let due = double.deliveries_due(NOW_MS);
    assert_eq!((due.len(), due[0].url.as_str()), (1, CALLBACK));
    call(&double, "DELETE", SUBSCRIBED, &Value::Null, NOW_MS);
    double.client_says(ANNA, "алло", NOW_MS);
    assert_eq!(double.pending(), 1);
    let own = json!({ "override_callback_uri": "https://other.example.ru/hook", "verify_token": "t" });
    call(&double, "POST", SUBSCRIBED, &own, NOW_MS);
    assert_eq!(double.challenge_due().unwrap().url, "https://other.example.ru/hook");
    double.assert_clean();
}

#[test]
fn webhooks_repeat_ever_more_rarely_for_seven_days() {
    let double = fresh();
    double.client_says(ANNA, "Здравствуйте", NOW_MS);
    let (mut now_ms, mut gaps, mut bodies) = (NOW_MS, Vec::new(), Vec::new());
    while let Some(delivery) = double.deliveries_due(now_ms).pop() {
        bodies.push(delivery.body);
        // An answer of 204 or no answer at all counts for nothing.
        let status = if bodies.len() % 2 == 0 { Some(204) } else { None };
        double.delivered(delivery.id, status, now_ms);
        let next_ms = double.next_delivery_ms().unwrap();
        gaps.push(next_ms - now_ms);
        now_ms = next_ms;
    }
    assert!(gaps.is_sorted() && gaps[0] >= 1_000 && gaps.len() > 10, "{gaps:?}");
    assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]));
    assert!(now_ms - NOW_MS >= 7 * DAY_MS && now_ms - NOW_MS < 8 * DAY_MS);
    assert_eq!((double.expired().len(), double.acknowledged().len()), (1, 0));
}

#[test]
fn webhooks_come_twice_shuffled_and_in_batches() {
    let (double, _) = with_anna();
    double.duplicate_deliveries(1);
    double.client_says(ANNA, "раз", NOW_MS);
    let first = take(&double, NOW_MS);
    assert_eq!(first, take(&double, NOW_MS));
    assert!(take(&double, NOW_MS).is_empty());
    double.shuffle_deliveries(7);
    sent(&double, &text("да"), NOW_MS);
    double.client_reads(ANNA, NOW_MS);
    let told = statuses(&take(&double, NOW_MS + 5_000)).into_iter().map(|(_, name)| name).collect::<Vec<_>>();
    assert_eq!(told.len(), 3);
    let orders = (0..20_u64).map(|seed| {
        let (double, _) = with_anna();
        double.shuffle_deliveries(seed);
        sent(&double, &text("да"), NOW_MS);
        double.client_reads(ANNA, NOW_MS);
        statuses(&take(&double, NOW_MS + 5_000)).into_iter().map(|(_, name)| name).collect::<Vec<_>>()
    });
    assert!(orders.collect::<std::collections::BTreeSet<_>>().len() > 1, "some order is another");
    double.batch_deliveries(10);
    for words in ["раз", "два", "три"] {
        double.client_says(ANNA, words, NOW_MS + 6_000);
    }
    let batch = take(&double, NOW_MS + 6_000);
    assert_eq!((batch.len(), heard(&batch).len()), (1, 3));
    double.assert_clean();
}

#[test]
fn every_trouble_has_its_body() {
    let (double, _) = with_anna();
    for wanted in [190, 10, 368, 131_031, 131_042, 131_045, 131_048, 2] {
        double.refuse_calls(Some(wanted));
        let answer = send(&double, &text("да"), NOW_MS);
        assert_eq!(code(&answer), i64::from(wanted));
        assert_eq!(answer.body["error"]["is_transient"] == true, wanted == 2);
    }
    double.refuse_calls(None);
    for (status, expected) in [(429, 130_429), (500, 2), (503, 131_016), (401, 190)] {
        let answer = faulty(&double, Fault::Status(status));
        assert_eq!((answer.status, code(&answer)), (status, expected));
    }
    assert!(matches!(faulty(&double, Fault::Status(502)).body, Value::String(page) if page.contains("<html>")));
    assert!(double.sent_to(ANNA).is_empty());
    let answer = faulty(&double, Fault::ExecuteThenStatus(500));
    assert_eq!((answer.status, double.sent_to(ANNA).len()), (500, 1));
}

fn faulty(double: &Double, fault: Fault) -> Answer {
    double.plan(Faults::once("messages", fault));
    match requested(double, &text("да"), NOW_MS) {
        Outcome::Answered(answer) => answer,
        other => panic!("no answer: {other:?}"),
    }
}

fn requested(double: &Double, body: &Value, now_ms: i64) -> Outcome {
    let bearer = format!("Bearer {}", double.settings().token);
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    with_request("POST", MESSAGES, &headers, body, |request| double.request(request, now_ms))
}

#[test]
fn a_lost_answer_still_has_its_status() {
    let (double, _) = with_anna();
    let body = merged(text("да"), json!({ "biz_opaque_callback_data": "out:1" }));
    double.plan(Faults::listed([Some(Fault::ExecuteThenDrop), Some(Fault::ExecuteLate(60_000))]));
    assert_eq!(requested(&double, &body, NOW_MS), Outcome::Lost);
    let told = changes(&take(&double, NOW_MS + 5_000));
    assert_eq!(told[0]["value"]["statuses"][0]["biz_opaque_callback_data"], "out:1");
    assert_eq!(requested(&double, &body, NOW_MS), Outcome::Lost);
    assert_eq!(double.sent_to(ANNA).len(), 1);
    double.deliveries_due(NOW_MS + 60_000);
    assert_eq!(double.sent_to(ANNA).len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn works_over_sockets() {
    let (arrived, mut webhooks) = tokio::sync::mpsc::unbounded_channel::<(String, Bytes)>();
    let answers = Arc::new(AtomicU16::new(500));
    let prove = |RawQuery(query): RawQuery| async move {
        let query = query.unwrap();
        assert!(query.contains("hub.verify_token=t%20k"), "{query}");
        query.split('&').find_map(|pair| pair.strip_prefix("hub.challenge=")).unwrap().to_owned()
    };
    let hook = {
        let answers = answers.clone();
        move |headers: HeaderMap, body: Bytes| async move {
            let signature = headers["x-hub-signature-256"].to_str().unwrap().to_owned();
            arrived.send((signature, body)).unwrap();
            StatusCode::from_u16(answers.swap(200, Ordering::Relaxed)).unwrap()
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let receiver = Router::new().route("/hooks/whatsapp", post(hook).get(prove));
    tokio::spawn(async move { axum::serve(listener, receiver).await });
    let clock_ms = Arc::new(AtomicI64::new(NOW_MS));
    let double = Double::new(Settings::default());
    let served = clock_ms.clone();
    let server = serve_with(double.clone(), 0, Arc::new(move || served.load(Ordering::Relaxed))).await.unwrap();
    let (http, url) = (client(), server.url());
    double.route_webhooks_to(&format!("http://{address}"));
    let bearer = format!("Bearer {}", double.settings().token);
    let own = json!({ "override_callback_uri": CALLBACK, "verify_token": "t k" });
    let subscribe = http.post(format!("{url}{SUBSCRIBED}")).header("authorization", &bearer).json(&own);
    assert_eq!(subscribe.send().await.unwrap().status(), 200);
    while double.pending() == 0 {
        double.client_says_aloud(ANNA, b"OggS", NOW_MS);
        tokio::task::yield_now().await;
    }
    let first = webhooks.recv().await.unwrap();
    assert_eq!(first.0, sign(APP_SECRET, &first.1));
    while double.next_delivery_ms() != Some(NOW_MS + 10_000) {
        tokio::task::yield_now().await;
    }
    clock_ms.fetch_add(10_000, Ordering::Relaxed);
    let again = webhooks.recv().await.unwrap();
    assert_eq!(first, again);
    let webhook: Value = serde_json::from_slice(&first.1).unwrap();
    let id = heard(&[webhook])[0]["audio"]["id"].as_str().unwrap().to_owned();
    let get = |url: String| http.get(url).header("authorization", &bearer).send();
    let media: Value = get(format!("{url}/v26.0/{id}")).await.unwrap().json().await.unwrap();
    let file = get(media["url"].as_str().unwrap().to_owned()).await.unwrap();
    assert_eq!(file.headers()["content-type"], "audio/ogg; codecs=opus");
    assert_eq!(file.bytes().await.unwrap().as_ref(), b"OggS");
    let said = json!({ "person": ANNA, "text": "из другого процесса" });
    let said = http.post(format!("{url}/_client/says")).json(&said).send().await.unwrap();
    assert!(said.json::<Value>().await.unwrap()["result"].as_str().unwrap().starts_with("wamid."));
    double.plan(Faults::once("messages", Fault::ExecuteThenDrop));
    let send = || http.post(format!("{url}{MESSAGES}")).header("authorization", &bearer).json(&text("да")).send();
    assert!(send().await.is_err());
    assert_eq!(send().await.unwrap().status(), 200);
    assert_eq!(double.sent_to(ANNA).len(), 2);
    double.assert_clean();
}

fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}
