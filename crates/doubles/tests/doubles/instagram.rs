//! The Instagram double keeps the rules of both its APIs.

#![expect(clippy::disallowed_methods, reason = "a test drives its peers itself")]
use std::sync::Arc;

use axum::{Router, body::Bytes, http::HeaderMap, routing::post};
use nochnik_doubles::{
    Answer, Fault, Faults, Outcome, Request,
    instagram::{Delivery, Double, Flavour, Settings, serve_with},
    meta::sign,
};
use serde_json::{Value, json};

const ANNA: &str = "1254459154682919";
const OLGA: &str = "1254459154682920";
const ACCOUNT: &str = "17841400000000001";
const PAGE: &str = "104000000000001";
const NOW_MS: i64 = 1_795_312_800_000;
const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
const CALLBACK: &str = "https://night.example.ru/hooks/instagram";
const APP_SECRET: &str = "0123456789abcdef0123456789abcdef";
const MESSAGES: &str = "/v26.0/17841400000000001/messages";

fn settings() -> Settings {
    Settings { token_issued_at_ms: NOW_MS, ..Settings::default() }
}

fn fresh() -> Double {
    let double = Double::new(settings());
    double.connect(CALLBACK);
    double
}

fn with_anna() -> (Double, String) {
    let double = fresh();
    let mid = double.client_says(ANNA, "Сколько стоит окрашивание?", NOW_MS);
    take(&double, NOW_MS);
    (double, mid)
}

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

fn get(double: &Double, target: &str, now_ms: i64) -> Answer {
    call(double, "GET", target, &Value::Null, now_ms)
}

fn send(double: &Double, body: &Value, now_ms: i64) -> Answer {
    call(double, "POST", MESSAGES, body, now_ms)
}

fn sent(double: &Double, body: &Value, now_ms: i64) -> String {
    let answer = send(double, body, now_ms);
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["message_id"].as_str().unwrap().to_owned()
}

fn to(person: &str, message: Value) -> Value {
    json!({ "recipient": { "id": person }, "message": message })
}

fn text(words: &str) -> Value {
    to(ANNA, json!({ "text": words }))
}

fn quick(replies: Value) -> Value {
    to(ANNA, json!({ "text": "Выберите время", "quick_replies": replies }))
}

fn reply(title: &str, payload: &str) -> Value {
    json!({ "content_type": "text", "title": title, "payload": payload })
}

fn merged(mut one: Value, more: Value) -> Value {
    one.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    one
}

fn as_human(words: &str) -> Value {
    merged(text(words), json!({ "messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT" }))
}

/// Answers every webhook that is due with 200; gives their entries.
fn take(double: &Double, now_ms: i64) -> Vec<Value> {
    let due = double.deliveries_due(now_ms);
    due.iter().for_each(|delivery| double.delivered(delivery.id, Some(200), now_ms));
    due.iter().flat_map(|delivery| opened(delivery)["entry"].as_array().unwrap().clone()).collect()
}

fn opened(delivery: &Delivery) -> Value {
    let signature = delivery.headers.iter().find(|(name, _)| name == "x-hub-signature-256").unwrap();
    assert_eq!(signature.1, sign(APP_SECRET, &delivery.body));
    assert!(delivery.body.is_ascii(), "everything outside ASCII is escaped");
    let body: Value = serde_json::from_slice(&delivery.body).unwrap();
    assert_eq!(body["object"], "instagram");
    body
}

fn events(entries: &[Value]) -> Vec<Value> {
    entries.iter().filter_map(|entry| entry["messaging"].as_array().cloned()).flatten().collect()
}

fn codes(answer: &Answer) -> (i64, Option<i64>) {
    let error = &answer.body["error"];
    let code = error["code"].as_i64().unwrap_or_else(|| panic!("no refusal: {}", answer.body));
    (code, error["error_subcode"].as_i64())
}

#[test]
fn every_send_comes_back_as_an_echo() {
    let (double, _) = with_anna();
    let answer = send(&double, &text("Окрашивание от 4500 ₽"), NOW_MS);
    assert_eq!(answer.body["recipient_id"], ANNA);
    let mid = answer.body["message_id"].clone();
    let human = double.human_answers(ANNA, "Я сейчас отвечу сама", NOW_MS);
    let echoes = events(&take(&double, NOW_MS));
    assert_eq!(echoes.len(), 2);
    for echo in &echoes {
        assert_eq!((&echo["sender"]["id"], &echo["recipient"]["id"]), (&json!(ACCOUNT), &json!(ANNA)));
        assert_eq!(echo["message"]["is_echo"], true);
    }
    assert_eq!((&echoes[0]["message"]["mid"], &echoes[0]["message"]["text"]), (&mid, &json!("Окрашивание от 4500 ₽")));
    assert_eq!(echoes[1]["message"]["mid"], json!(human));
    assert_eq!((double.sent_to(ANNA).len(), double.seen_by(ANNA).len()), (1, 3));
    double.assert_clean();
}

#[test]
fn a_broken_contract_is_refused_and_recorded() {
    let (double, _) = with_anna();
    let button = |title: &str| json!({ "type": "postback", "title": title, "payload": "menu" });
    let template = |words: &str, buttons: Value| {
        let payload = json!({ "template_type": "button", "text": words, "buttons": buttons });
        to(ANNA, json!({ "attachment": { "type": "template", "payload": payload } }))
    };
    let cases = [
        ("empty", text("")),
        // 501 Cyrillic letters are 1002 bytes.
        ("bytes", text(&"ы".repeat(501))),
        ("unknown field", merged(text("да"), json!({ "colour": "red" }))),
        ("no recipient", json!({ "message": { "text": "да" } })),
        ("id is no number", to("anna", json!({ "text": "да" }))),
        ("many quick replies", quick(vec![reply("15:00", "1"); 14].into())),
        ("long title", quick(json!([reply(&"ы".repeat(21), "1")]))),
        ("long payload", quick(json!([reply("15:00", &"a".repeat(1001))]))),
        ("replies without text", to(ANNA, json!({ "quick_replies": [reply("15:00", "1")] }))),
        ("four buttons", template("Что дальше?", vec![button("а"); 4].into())),
        ("long button", template("Что дальше?", json!([button(&"ы".repeat(21))]))),
        ("long template", template(&"ы".repeat(641), json!([button("а")]))),
        ("tag alone", merged(text("да"), json!({ "tag": "HUMAN_AGENT" }))),
        ("type alone", merged(text("да"), json!({ "messaging_type": "MESSAGE_TAG" }))),
        ("sign and message", merged(text("да"), json!({ "sender_action": "typing_on" }))),
        ("reaction to nothing", json!({ "recipient": { "id": ANNA }, "sender_action": "react" })),
    ];
    for (name, body) in cases {
        assert_eq!(codes(&send(&double, &body, NOW_MS)).0, 100, "{name}");
        assert_eq!(double.take_failures().len(), 1, "{name}");
    }
    assert!(double.sent_to(ANNA).is_empty());
}

#[test]
fn limits_are_inclusive() {
    let (double, _) = with_anna();
    sent(&double, &text(&"ы".repeat(500)), NOW_MS);
    let replies = (0..13).map(|number| reply(&"ы".repeat(20), &format!("{number}{}", "a".repeat(998))));
    sent(&double, &quick(replies.collect::<Vec<_>>().into()), NOW_MS);
    double.assert_clean();
}

#[test]
fn windows_by_the_table() {
    let (double, _) = with_anna();
    double.know(OLGA, "olga");
    let outside = (10, Some(2_534_022));
    sent(&double, &text("да"), NOW_MS + DAY_MS);
    assert_eq!(codes(&send(&double, &text("да"), NOW_MS + DAY_MS + 1)), outside);
    assert_eq!(codes(&send(&double, &to(OLGA, json!({ "text": "да" })), NOW_MS)), outside);
    assert_eq!(codes(&send(&double, &to("999", json!({ "text": "да" })), NOW_MS)), (100, Some(2_018_001)));
    assert_eq!(codes(&send(&double, &as_human("да"), NOW_MS)), (200, None));
    // A reaction, a read or a comment opens nothing.
    let mid = double.last_to(ANNA).unwrap().mid;
    double.client_reacts(ANNA, &mid, Some("❤️"), NOW_MS + 2 * DAY_MS);
    double.client_reads(ANNA, &mid, NOW_MS + 2 * DAY_MS);
    double.client_comments(ANNA, "Красиво", NOW_MS + 2 * DAY_MS);
    assert_eq!(codes(&send(&double, &text("да"), NOW_MS + 2 * DAY_MS)), outside);
    double.client_breaks_ice(ANNA, "Цены", "menu:prices", None, NOW_MS + 2 * DAY_MS);
    sent(&double, &text("да"), NOW_MS + 2 * DAY_MS);
    double.assert_clean();
}

#[test]
fn a_human_agent_has_seven_days() {
    let double = Double::new(Settings { may_tag_human_agent: true, ..settings() });
    double.client_says(ANNA, "Здравствуйте", NOW_MS);
    sent(&double, &as_human("Это администратор"), NOW_MS + 7 * DAY_MS);
    assert_eq!(codes(&send(&double, &as_human("да"), NOW_MS + 7 * DAY_MS + 1)), (10, Some(2_534_022)));
    assert_eq!(double.human_agent_sends(), 1);
}

#[test]
fn people_out_of_reach_are_refused() {
    let (double, _) = with_anna();
    double.client_is_unavailable(ANNA);
    assert_eq!(codes(&send(&double, &text("да"), NOW_MS)), (551, Some(1_545_041)));
    let typing = json!({ "recipient": { "id": ANNA }, "sender_action": "typing_on" });
    assert_eq!(codes(&send(&double, &typing, NOW_MS)).0, 551);
    double.client_blocks_hidden(ANNA);
    let hidden = send(&double, &text("да"), NOW_MS);
    assert_eq!((codes(&hidden).0, &hidden.body["error"]["is_transient"]), (2, &json!(true)));
    double.client_says(ANNA, "я передумала", NOW_MS);
    sent(&double, &text("да"), NOW_MS);
    double.assert_clean();
}

#[test]
fn signs_of_life_have_no_echo() {
    let (double, theirs) = with_anna();
    let sign = |action: &str| json!({ "recipient": { "id": ANNA }, "sender_action": action });
    assert_eq!(send(&double, &sign("typing_on"), NOW_MS).body, json!({ "recipient_id": ANNA }));
    assert!(double.shows_typing(ANNA));
    send(&double, &sign("typing_off"), NOW_MS);
    assert!(!double.shows_typing(ANNA));
    send(&double, &sign("mark_seen"), NOW_MS);
    assert!(double.seen_by(ANNA)[0].is_read);
    let love = |mid: &str| merged(sign("react"), json!({ "payload": { "message_id": mid, "reaction": "love" } }));
    assert_eq!(send(&double, &love(&theirs), NOW_MS).status, 200);
    assert_eq!(codes(&send(&double, &love("unknown"), NOW_MS)).0, 100);
    assert_eq!(double.pending(), 0);
    double.assert_clean();
}

#[test]
fn a_comment_is_answered_once_within_seven_days() {
    let double = fresh();
    let comment = double.client_comments(ANNA, "Сколько стоит?", NOW_MS);
    let entry = take(&double, NOW_MS).remove(0);
    let change = &entry["changes"][0];
    assert_eq!((&change["field"], &change["value"]["id"]), (&json!("comments"), &json!(comment)));
    assert_eq!((&change["value"]["from"]["id"], &change["value"]["text"]), (&json!(ANNA), &json!("Сколько стоит?")));
    let private = |comment: &str| json!({ "recipient": { "comment_id": comment }, "message": { "text": "От 4500 ₽" } });
    let answer = send(&double, &private(&comment), NOW_MS + 7 * DAY_MS);
    assert_eq!(answer.body["recipient_id"], ANNA);
    assert_eq!(codes(&send(&double, &private(&comment), NOW_MS + 7 * DAY_MS)).0, 100);
    let late = double.client_comments(OLGA, "А мне?", NOW_MS);
    assert_eq!(codes(&send(&double, &private(&late), NOW_MS + 7 * DAY_MS + 1)), (10, Some(2_534_022)));
    assert_eq!(codes(&send(&double, &private("1"), NOW_MS)).0, 100);
    // The reply itself opens no window.
    assert_eq!(codes(&send(&double, &text("да"), NOW_MS)).0, 10);
    double.assert_clean();
}

#[test]
fn everything_people_do_fits_the_schema() {
    let (double, mid) = with_anna();
    let asked = sent(&double, &quick(json!([reply("Записаться", "menu:book")])), NOW_MS);
    let phone = sent(&double, &quick(json!([{ "content_type": "user_phone_number" }])), NOW_MS);
    let buttons = json!([{ "type": "postback", "title": "Цены", "payload": "menu:prices" }]);
    let payload = json!({ "template_type": "button", "text": "Что дальше?", "buttons": buttons });
    let menu = sent(&double, &to(ANNA, json!({ "attachment": { "type": "template", "payload": payload } })), NOW_MS);
    take(&double, NOW_MS);
    assert_eq!(double.client_presses(ANNA, &asked, "menu:other", NOW_MS), None);
    assert_eq!(double.client_shares_phone(ANNA, &asked, "+79281234567", NOW_MS), None);
    double.client_presses(ANNA, &asked, "menu:book", NOW_MS).unwrap();
    double.client_presses(ANNA, &menu, "menu:prices", NOW_MS).unwrap();
    double.client_shares_phone(ANNA, &phone, "+79281234567", NOW_MS).unwrap();
    double.client_breaks_ice(ANNA, "Цены", "menu:prices", Some("bio_link"), NOW_MS);
    double.client_opens_link(ANNA, "story_0812", NOW_MS);
    double.client_sends_file(ANNA, "image", NOW_MS);
    double.client_sends_file(ANNA, "audio", NOW_MS);
    double.client_replies_to_story(ANNA, "А это где?", NOW_MS);
    double.client_mentions_in_story(ANNA, NOW_MS);
    double.client_sends_unsupported(ANNA, NOW_MS);
    double.client_reads(ANNA, &asked, NOW_MS);
    double.client_reacts(ANNA, &asked, Some("❤️"), NOW_MS);
    double.client_reacts(ANNA, &asked, None, NOW_MS);
    assert!(double.client_edits(ANNA, &mid, "Сколько стоит тонирование?", NOW_MS));
    assert!(double.client_unsends(ANNA, &mid, NOW_MS));
    assert!(!double.client_unsends(ANNA, &mid, NOW_MS) && !double.client_edits(ANNA, &asked, "нет", NOW_MS));
    let told = events(&take(&double, NOW_MS));
    assert!(told.iter().all(|event| event["sender"]["id"] == ANNA && event["timestamp"] == NOW_MS));
    assert_eq!(told[0]["message"]["quick_reply"]["payload"], "menu:book");
    assert_eq!(
        (&told[1]["postback"]["payload"], &told[1]["postback"]["title"]),
        (&json!("menu:prices"), &json!("Цены"))
    );
    assert_eq!(told[2]["message"]["quick_reply"]["payload"], "+79281234567");
    assert_eq!(told[3]["postback"]["referral"]["ref"], "bio_link");
    assert_eq!(told[4]["referral"]["ref"], "story_0812");
    assert_eq!(told[5]["message"]["attachments"][0]["type"], "image");
    assert_eq!(told[6]["message"]["attachments"][0]["type"], "audio");
    assert!(told[7]["message"]["reply_to"]["story"]["id"].is_string());
    assert_eq!(told[8]["message"]["attachments"][0]["type"], "story_mention");
    assert_eq!(told[9]["message"]["is_unsupported"], true);
    assert_eq!(told[10]["read"]["mid"], json!(asked));
    assert_eq!(told[11]["reaction"]["action"], "react");
    assert_eq!(told[12]["reaction"]["action"], "unreact");
    assert_eq!((&told[13]["message_edit"]["mid"], &told[13]["message_edit"]["num_edit"]), (&json!(mid), &json!(1)));
    assert_eq!((&told[14]["message"]["mid"], &told[14]["message"]["is_deleted"]), (&json!(mid), &json!(true)));
    assert_eq!(told.len(), 15);
    double.assert_clean();
}

#[test]
fn standby_and_the_sample_come_in_their_containers() {
    let double = fresh();
    double.another_app_holds(ANNA, true);
    double.client_says(ANNA, "Здравствуйте", NOW_MS);
    let entry = take(&double, NOW_MS).remove(0);
    assert!(entry.get("messaging").is_none());
    assert_eq!(entry["standby"][0]["message"]["text"], "Здравствуйте");
    double.another_app_holds(ANNA, false);
    double.client_says(ANNA, "ещё раз", NOW_MS);
    assert_eq!(events(&take(&double, NOW_MS)).len(), 1);
    double.dashboard_sends_sample(NOW_MS);
    let sample = take(&double, NOW_MS).remove(0);
    assert_eq!(sample["changes"][0]["field"], "messages");
    assert_eq!(sample["changes"][0]["value"]["message"]["mid"], "random_mid");
    double.assert_clean();
}

#[test]
fn each_flavour_has_its_nodes() {
    let login = fresh();
    let page = Double::new(Settings { flavour: Flavour::LinkedPage, ..settings() });
    page.connect(CALLBACK);
    for double in [&login, &page] {
        double.client_says(ANNA, "Здравствуйте", NOW_MS);
        assert_eq!(call(double, "POST", "/v26.0/me/messages", &text("да"), NOW_MS).status, 200);
    }
    let by_page = format!("/v26.0/{PAGE}/messages");
    assert_eq!(call(&page, "POST", &by_page, &text("да"), NOW_MS).status, 200);
    for (double, target) in [(&login, by_page.as_str()), (&page, MESSAGES)] {
        double.assert_clean();
        assert_eq!(codes(&call(double, "POST", target, &text("да"), NOW_MS)), (100, Some(33)));
        assert_eq!(double.take_failures().len(), 1);
    }
    let account = get(&login, "/v26.0/me?fields=user_id,username", NOW_MS);
    assert_eq!(account.body, json!({ "id": ACCOUNT, "user_id": ACCOUNT, "username": "lotos_rostov" }));
    assert_eq!(get(&login, &format!("/v26.0/{ACCOUNT}?fields=username"), NOW_MS).body["username"], "lotos_rostov");
    let linked = get(&page, "/v26.0/me?fields=instagram_business_account", NOW_MS);
    assert_eq!(linked.body, json!({ "id": PAGE, "instagram_business_account": { "id": ACCOUNT } }));
    assert_eq!(codes(&get(&login, "/v26.0/me?fields=colour", NOW_MS)).0, 100);
    assert_eq!(login.take_failures().len(), 1);
}

#[test]
fn a_profile_needs_a_message() {
    let double = fresh();
    double.know(OLGA, "olga_rnd");
    let profile = |person: &str| get(&double, &format!("/v26.0/{person}?fields=name,username"), NOW_MS);
    assert_eq!(codes(&profile(OLGA)).0, 230);
    assert_eq!(codes(&profile("999")), (100, Some(33)));
    double.client_says(OLGA, "Здравствуйте", NOW_MS);
    assert_eq!(profile(OLGA).body, json!({ "id": OLGA, "name": "Анна К.", "username": "olga_rnd" }));
    double.assert_clean();
}

#[test]
fn only_subscribed_fields_are_told() {
    let double = Double::new(settings());
    double.connect_webhook(CALLBACK);
    let target = "/v26.0/me/subscribed_apps";
    assert_eq!(get(&double, target, NOW_MS).body, json!({ "data": [] }));
    double.client_says(ANNA, "есть кто?", NOW_MS);
    assert_eq!(double.pending(), 0);
    let fields = "subscribed_fields=messages,messaging_postbacks";
    let answer = call(&double, "POST", &format!("{target}?{fields}"), &Value::Null, NOW_MS);
    assert_eq!(answer.body, json!({ "success": true }));
    let listed = get(&double, target, NOW_MS).body;
    assert_eq!(listed["data"][0]["subscribed_fields"], json!(["messages", "messaging_postbacks"]));
    let mid = double.client_says(ANNA, "Здравствуйте", NOW_MS);
    double.client_reacts(ANNA, &mid, Some("❤️"), NOW_MS);
    double.client_comments(ANNA, "Красиво", NOW_MS);
    assert_eq!(take(&double, NOW_MS).len(), 1);
    double.assert_clean();
    for wrong in [target.to_owned(), format!("{target}?subscribed_fields=messages,colour")] {
        assert_eq!(codes(&call(&double, "POST", &wrong, &Value::Null, NOW_MS)).0, 100);
        assert_eq!(double.take_failures().len(), 1);
    }
}

#[test]
fn a_token_lives_sixty_days_and_is_refreshed_after_one() {
    let double = fresh();
    let refresh = "/refresh_access_token?grant_type=ig_refresh_token";
    assert_eq!(codes(&get(&double, refresh, NOW_MS + DAY_MS - 1)).0, 100);
    double.assert_clean();
    let fresh_token = get(&double, refresh, NOW_MS + 50 * DAY_MS).body;
    assert_eq!((&fresh_token["token_type"], &fresh_token["expires_in"]), (&json!("bearer"), &json!(5_184_000)));
    let me = |token: &str, now_ms: i64| {
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", bearer.as_str())];
        with_request("GET", "/v26.0/me", &headers, &Value::Null, |request| double.call(request, now_ms))
    };
    let (old, new) = (double.settings().token, fresh_token["access_token"].as_str().unwrap().to_owned());
    assert_eq!(me(&old, NOW_MS + 60 * DAY_MS - 1).status, 200);
    assert_eq!(codes(&me(&old, NOW_MS + 60 * DAY_MS)), (190, Some(463)));
    assert_eq!(me(&new, NOW_MS + 109 * DAY_MS).status, 200);
    assert_eq!(codes(&me(&new, NOW_MS + 110 * DAY_MS)).0, 190);
    assert_eq!(codes(&get(&double, "/refresh_access_token?grant_type=other", NOW_MS + 2 * DAY_MS)).0, 100);
    assert_eq!(double.take_failures().len(), 1);
    double.revoke_tokens();
    assert_eq!(codes(&me(&new, NOW_MS)).0, 190);
    let page = Double::new(Settings { flavour: Flavour::LinkedPage, ..settings() });
    assert_eq!(get(&page, "/v26.0/me", NOW_MS + 400 * DAY_MS).status, 200);
}

#[test]
fn headers_are_checked() {
    let (double, _) = with_anna();
    let bearer = format!("Bearer {}", double.settings().token);
    let plain = [("authorization", bearer.as_str()), ("content-type", "application/x-www-form-urlencoded")];
    let refused = with_request("POST", MESSAGES, &plain, &text("да"), |request| double.call(request, NOW_MS));
    assert_eq!(codes(&refused).0, 100);
    assert_eq!(double.take_failures().len(), 1);
    let in_query = format!("{MESSAGES}?access_token={}", double.settings().token);
    let json_type = [("content-type", "application/json")];
    let refused = with_request("POST", &in_query, &json_type, &text("да"), |request| double.call(request, NOW_MS));
    assert_eq!((refused.status, codes(&refused).0), (401, 190));
}

#[test]
fn pace_is_kept() {
    let (double, _) = with_anna();
    for _ in 0..300 {
        sent(&double, &text("да"), NOW_MS);
    }
    assert_eq!(codes(&send(&double, &text("да"), NOW_MS)).0, 613);
    sent(&double, &text("да"), NOW_MS + 4);
    let sound = json!({ "attachment": { "type": "audio", "payload": { "url": "https://lotos.example.ru/a.m4a" } } });
    for _ in 0..10 {
        sent(&double, &to(ANNA, sound.clone()), NOW_MS + 1_000);
    }
    assert_eq!(codes(&send(&double, &to(ANNA, sound), NOW_MS + 1_000)).0, 613);
    double.limit_pace(false);
    sent(&double, &text("да"), NOW_MS + 1_000);
    double.assert_clean();
}

#[test]
fn every_trouble_has_its_body() {
    let (double, _) = with_anna();
    for wanted in [190, 613, 368, 200, 10, 2, 4] {
        double.refuse_calls(Some(wanted));
        assert_eq!(codes(&send(&double, &text("да"), NOW_MS)).0, i64::from(wanted));
    }
    double.refuse_calls(None);
    let bearer = format!("Bearer {}", double.settings().token);
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let request = |fault: Fault| {
        double.plan(Faults::once("messages", fault));
        with_request("POST", MESSAGES, &headers, &text("да"), |request| double.request(request, NOW_MS))
    };
    for (status, expected) in [(429, 613), (500, 1), (503, 2), (401, 190)] {
        let Outcome::Answered(answer) = request(Fault::Status(status)) else { panic!("no answer") };
        assert_eq!((answer.status, codes(&answer).0), (status, expected));
    }
    assert!(matches!(request(Fault::Status(502)), Outcome::Answered(Answer { body: Value::String(_), .. })));
    assert_eq!(double.sent_to(ANNA).len(), 0);
    // The answer is lost; the echo tells that the message went.
    assert_eq!(request(Fault::ExecuteThenDrop), Outcome::Lost);
    assert_eq!(events(&take(&double, NOW_MS))[0]["message"]["is_echo"], true);
}

#[test]
fn webhooks_come_again_for_36_hours_and_twice() {
    let double = fresh();
    double.client_says(ANNA, "Здравствуйте", NOW_MS);
    let (mut now_ms, mut tries) = (NOW_MS, 0);
    while let Some(delivery) = double.deliveries_due(now_ms).pop() {
        tries += 1;
        double.delivered(delivery.id, Some(500), now_ms);
        now_ms = double.next_delivery_ms().unwrap();
    }
    assert!(tries > 5 && now_ms - NOW_MS >= 36 * HOUR_MS);
    assert_eq!(double.expired().len(), 1);
    double.duplicate_deliveries(1);
    double.client_says(ANNA, "ещё", now_ms);
    assert_eq!(take(&double, now_ms), take(&double, now_ms));
    assert_eq!(double.pending(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn works_over_sockets() {
    let (arrived, mut webhooks) = tokio::sync::mpsc::unbounded_channel::<(String, Bytes)>();
    let hook = move |headers: HeaderMap, body: Bytes| async move {
        let signature = headers["x-hub-signature-256"].to_str().unwrap().to_owned();
        arrived.send((signature, body)).unwrap();
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/hooks/instagram", post(hook))).await });
    let double = fresh();
    let server = serve_with(double.clone(), 0, Arc::new(|| NOW_MS)).await.unwrap();
    double.route_webhooks_to(&format!("http://{address}"));
    double.client_says(ANNA, "Здравствуйте", NOW_MS);
    let (signature, body) = webhooks.recv().await.unwrap();
    assert_eq!(signature, sign(APP_SECRET, &body));
    let bearer = format!("Bearer {}", double.settings().token);
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::new();
    let send = http.post(format!("{}{MESSAGES}", server.url())).header("authorization", &bearer).json(&text("да"));
    let answer: Value = send.send().await.unwrap().json().await.unwrap();
    let (_, echo) = webhooks.recv().await.unwrap();
    let echo: Value = serde_json::from_slice(&echo).unwrap();
    assert_eq!(echo["entry"][0]["messaging"][0]["message"]["mid"], answer["message_id"]);
    let ledger: Value = http.get(format!("{}/_ledger", server.url())).send().await.unwrap().json().await.unwrap();
    assert_eq!(ledger["messages"]["ours"], 1);
    double.assert_clean();
}
