//! The MAX double keeps the rules of the Bot API.

#![expect(clippy::disallowed_methods, reason = "a test drives its peers itself")]
use std::sync::{
    Arc,
    atomic::{AtomicU16, Ordering},
};

use axum::{
    Router,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use nochnik_doubles::{
    Answer, Fault, Faults, Outcome, Request,
    max::{Double, attachment, contact_hash, serve_with},
};
use serde_json::{Value, json};

const TOKEN: &str = "f9LHodD0cOKexampleTokenOnly000";
const ANNA: i64 = 48_210_377;
const NOW_MS: i64 = 1_795_312_800_000;
const HOUR_MS: i64 = 3_600_000;
const HOOK: &str = "https://bot.example.ru/hook/max/3f6c";

/// One request: method, path with its query, `Authorization`, body.
struct Call<'a> {
    method: &'a str,
    target: &'a str,
    token: &'a str,
    body: Value,
}

fn outcome(bot: &Double, call: &Call<'_>, now_ms: i64) -> Outcome {
    let (path, query) = call.target.split_once('?').unwrap_or((call.target, ""));
    let query = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| pair.split_once('=').unwrap());
    let query = query.map(|(name, value)| (name.to_owned(), value.to_owned())).collect::<Vec<_>>();
    let headers = [("authorization".to_owned(), call.token.to_owned())];
    let body = if call.body.is_null() { Vec::new() } else { call.body.to_string().into_bytes() };
    bot.request(&Request { method: call.method, path, query: &query, headers: &headers, body: &body }, now_ms)
}

fn ask(bot: &Double, method: &str, target: &str, body: Value, now_ms: i64) -> Answer {
    match outcome(bot, &Call { method, target, token: TOKEN, body }, now_ms) {
        Outcome::Answered(answer) => answer,
        other => panic!("no answer: {other:?}"),
    }
}

fn send(bot: &Double, body: Value, now_ms: i64) -> Answer {
    ask(bot, "POST", &format!("/messages?user_id={ANNA}"), body, now_ms)
}

fn updates(bot: &Double, query: &str, now_ms: i64) -> (Vec<Value>, i64) {
    let answer = ask(bot, "GET", &format!("/updates{query}"), Value::Null, now_ms);
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    (answer.body["updates"].as_array().unwrap().clone(), answer.body["marker"].as_i64().unwrap())
}

fn kinds(updates: &[Value]) -> Vec<&str> {
    updates.iter().map(|update| update["update_type"].as_str().unwrap()).collect()
}

fn keyboard(rows: Value) -> Value {
    json!([{ "type": "inline_keyboard", "payload": { "buttons": rows } }])
}

fn slot(payload: &str) -> Value {
    keyboard(json!([[{ "type": "callback", "text": "24 ноя, 15:00", "payload": payload }]]))
}

fn callback() -> Value {
    json!({ "type": "callback", "text": "да", "payload": "1" })
}

fn subscribe(bot: &Double, now_ms: i64) {
    let body = json!({ "url": HOOK, "secret": "k3Jx9_abcDEF-0123456789" });
    assert_eq!(ask(bot, "POST", "/subscriptions", body, now_ms).body, json!({ "success": true }));
}

fn with_anna() -> Double {
    let bot = Double::new(TOKEN);
    bot.client_starts(ANNA, Some("qr_reception"), NOW_MS);
    bot
}

#[test]
fn lets_in_a_raw_token_only() {
    let bot = with_anna();
    let me = |token: &str, target: &str| {
        let call = Call { method: "GET", target, token, body: Value::Null };
        let Outcome::Answered(answer) = outcome(&bot, &call, NOW_MS) else { panic!("no answer") };
        answer
    };
    assert_eq!(me(TOKEN, "/me").body["is_bot"], true);
    assert_eq!(me("another", "/me").status, 401);
    bot.assert_clean();
    for (token, target) in [
        (format!("Bearer {TOKEN}"), "/me".to_owned()),
        (String::new(), "/me".to_owned()),
        (TOKEN.to_owned(), format!("/me?access_token={TOKEN}")),
    ] {
        let answer = me(&token, &target);
        assert_eq!((answer.status, answer.body["code"].as_str()), (401, Some("verify.token")), "{target}");
    }
    let failures = bot.take_failures();
    assert_eq!(failures.len(), 3, "{failures:?}");
    assert!(failures.iter().all(|failure| !failure.contains(TOKEN)), "{failures:?}");
}

#[test]
fn refuses_by_the_table() {
    let bot = with_anna();
    bot.limit_pace(false);
    bot.know(2);
    bot.client_says(3, "привет", NOW_MS);
    bot.client_stops(3, NOW_MS);
    bot.client_says(4, "привет", NOW_MS);
    bot.client_removes_dialog(4, NOW_MS);
    let dialog = bot.dialog_of(ANNA);
    let text = || json!({ "text": "Напоминаем о записи" });
    let table = [
        ("POST", "/messages?user_id=2".to_owned(), text(), 404, "dialog.not.found"),
        ("POST", "/messages?user_id=999".to_owned(), text(), 404, "dialog.not.found"),
        ("POST", "/messages?user_id=3".to_owned(), text(), 403, "chat.denied"),
        ("POST", "/messages?user_id=4".to_owned(), text(), 404, "dialog.not.found"),
        ("POST", "/messages?chat_id=-5".to_owned(), text(), 404, "chat.not.found"),
        ("POST", format!("/messages?chat_id={dialog}"), text(), 404, "chat.not.found"),
        ("POST", "/chats/77/actions".to_owned(), json!({ "action": "typing_on" }), 404, "chat.not.found"),
        ("PUT", "/messages?message_id=mid.0".to_owned(), text(), 400, "proto.payload"),
        ("DELETE", "/messages?message_id=mid.0".to_owned(), Value::Null, 400, "proto.payload"),
        ("POST", "/answers?callback_id=0".to_owned(), json!({ "notification": "Принято" }), 400, "proto.payload"),
    ];
    for (method, target, body, status, code) in table {
        let answer = ask(&bot, method, &target, body, NOW_MS);
        assert_eq!((answer.status, answer.body["code"].as_str()), (status, Some(code)), "{method} {target}");
    }
    bot.assert_clean();
}

#[test]
fn records_every_breach_of_the_contract() {
    let bot = with_anna();
    bot.limit_pace(false);
    let link = json!({ "type": "link", "text": "сайт", "url": "https://example.ru" });
    let crowded = json!([[link, callback(), callback(), callback()]]);
    let many = vec![vec![callback(); 7]; 31];
    let to_anna = format!("/messages?user_id={ANNA}");
    let message = |attachments: Value| json!({ "text": "да", "attachments": attachments });
    let button = |text: &str, payload: &str| {
        message(keyboard(json!([[{ "type": "callback", "text": text, "payload": payload }]])))
    };
    let table = [
        ("POST", "/messages".to_owned(), json!({ "text": "да" })),
        ("POST", format!("{to_anna}&chat_id=1"), json!({ "text": "да" })),
        ("POST", to_anna.clone(), json!({ "text": "да", "user_id": ANNA })),
        ("POST", to_anna.clone(), json!({ "recipient": { "user_id": ANNA }, "text": "да" })),
        ("POST", to_anna.clone(), json!({ "text": "д".repeat(4001) })),
        ("POST", to_anna.clone(), json!({ "text": "" })),
        ("POST", to_anna.clone(), message(keyboard(crowded))),
        ("POST", to_anna.clone(), message(keyboard(json!(many)))),
        ("POST", to_anna.clone(), message(keyboard(json!([vec![callback(); 8]])))),
        ("POST", to_anna.clone(), button(&"д".repeat(129), "1")),
        ("POST", to_anna.clone(), button("", "1")),
        ("POST", to_anna.clone(), button("да", &"1".repeat(1025))),
        (
            "POST",
            to_anna.clone(),
            message(json!([
                { "type": "audio", "payload": { "token": "t" } }, { "type": "file", "payload": { "token": "t" } },
            ])),
        ),
        ("POST", "/subscriptions".to_owned(), json!({ "url": "http://bot.example.ru/hook" })),
        ("POST", "/subscriptions".to_owned(), json!({ "url": "https://bot.example.ru:8443/hook" })),
        ("POST", "/subscriptions".to_owned(), json!({ "url": HOOK, "secret": "abcd" })),
        ("POST", "/subscriptions".to_owned(), json!({ "url": HOOK, "secret": "с пробелом" })),
        ("POST", "/subscriptions".to_owned(), json!({ "url": HOOK, "update_types": ["message_seen"] })),
        ("GET", "/updates?limit=101".to_owned(), Value::Null),
        ("GET", "/updates?timeout=31".to_owned(), Value::Null),
        ("GET", "/updates?types=message_seen".to_owned(), Value::Null),
        ("PATCH", "/me".to_owned(), json!({ "commands": vec![json!({ "name": "start" }); 33] })),
        ("POST", "/answers?callback_id=1".to_owned(), json!({})),
    ];
    for (method, target, body) in table {
        let answer = ask(&bot, method, &target, body.clone(), NOW_MS);
        assert_eq!((answer.status, answer.body["code"].as_str()), (400, Some("proto.payload")), "{target} {body}");
        let failures = bot.take_failures();
        assert_eq!(failures.len(), 1, "{method} {target}: {failures:?}");
        assert!(!failures[0].contains('д'), "{failures:?}");
    }
    assert_eq!(ask(&bot, "GET", "/chats", Value::Null, NOW_MS).status, 404);
    assert_eq!(ask(&bot, "POST", "/me", Value::Null, NOW_MS).status, 405);
    assert_eq!(bot.take_failures().len(), 2);
    let unknown = ask(&bot, "POST", &to_anna, json!({ "text": "да", "chat_id": 1 }), NOW_MS);
    assert_eq!(unknown.body, json!({ "code": "proto.payload", "message": "Unknown recipient" }));
    assert!(bot.sent_to(ANNA).is_empty());
}

#[test]
fn takes_what_stands_at_the_limits() {
    let bot = with_anna();
    bot.limit_pace(false);
    let link = json!({ "type": "link", "text": "сайт", "url": "https://example.ru" });
    let bodies = [
        json!({ "text": "д".repeat(4000) }),
        json!({ "text": "да", "attachments": keyboard(json!(vec![vec![callback(); 7]; 30])) }),
        json!({ "text": "да", "attachments": keyboard(json!([[link, callback(), callback()]])) }),
    ];
    for body in bodies {
        assert_eq!(send(&bot, body, NOW_MS).status, 200);
    }
    bot.assert_clean();
}

#[test]
fn a_person_sees_what_was_sent_edited_and_deleted() {
    let bot = with_anna();
    let sent = send(&bot, json!({ "text": "Есть окно", "attachments": slot("slot:1") }), NOW_MS).body;
    assert_eq!(sent["message"]["recipient"]["user_id"], ANNA);
    let mid = sent["message"]["body"]["mid"].as_str().unwrap();
    let seen = bot.last_to(ANNA).unwrap();
    assert_eq!((seen.mid.as_str(), seen.text.as_str(), seen.payload_of("15:00")), (mid, "Есть окно", Some("slot:1")));

    let edit = |body: Value, at_ms: i64| ask(&bot, "PUT", &format!("/messages?message_id={mid}"), body, at_ms);
    assert_eq!(edit(json!({ "text": "Есть два окна" }), NOW_MS + 8 * 24 * HOUR_MS).body["success"], true);
    assert_eq!(bot.last_to(ANNA).unwrap().buttons.len(), 1, "no attachments leave the keyboard");
    edit(json!({ "text": "Записала", "attachments": [] }), NOW_MS + 8 * 24 * HOUR_MS);
    let seen = bot.last_to(ANNA).unwrap();
    assert_eq!((seen.text.as_str(), seen.buttons.len(), seen.edits), ("Записала", 0, 2));
    let late = edit(json!({ "text": "Поздно" }), NOW_MS + 8 * 24 * HOUR_MS + 2_000);
    assert_eq!(late.status, 400, "without a keyboard a message is edited within seven days");

    let history = ask(&bot, "GET", &format!("/messages?chat_id={}", bot.dialog_of(ANNA)), Value::Null, NOW_MS);
    assert_eq!(history.body["messages"][0]["body"]["text"], "Записала");
    let path = format!("/messages?message_id={mid}");
    assert_eq!(ask(&bot, "DELETE", &path, Value::Null, NOW_MS + 9 * 24 * HOUR_MS).status, 200);
    assert_eq!(bot.last_to(ANNA), None);
    bot.assert_clean();
}

#[test]
fn the_bot_names_itself_and_shows_that_it_types() {
    let bot = with_anna();
    let patch = json!({ "name": "Салон Лотос на Садовой", "commands": [{ "name": "start", "description": "Начать" }] });
    let me = ask(&bot, "PATCH", "/me", patch, NOW_MS).body;
    assert_eq!(me["commands"][0]["name"], "start");
    assert_eq!(ask(&bot, "GET", "/me", Value::Null, NOW_MS).body, me);
    let target = format!("/chats/{}/actions", bot.dialog_of(ANNA));
    assert_eq!(ask(&bot, "POST", &target, json!({ "action": "typing_on" }), NOW_MS).body, json!({ "success": true }));
    bot.assert_clean();
    assert_eq!(ask(&bot, "POST", &target, json!({ "action": "dancing" }), NOW_MS).status, 400);
    assert_eq!(bot.take_failures().len(), 1);
    let reply = json!({ "text": "да", "link": { "type": "reply", "mid": "mid.0" } });
    assert_eq!(send(&bot, reply, NOW_MS).status, 400);
    bot.client_stops(ANNA, NOW_MS);
    assert_eq!(ask(&bot, "POST", &target, json!({ "action": "typing_on" }), NOW_MS).status, 403);
    bot.client_says(ANNA, "я снова здесь", NOW_MS);
    assert_eq!(send(&bot, json!({ "text": "С возвращением" }), NOW_MS).status, 200);
    bot.assert_clean();
}

#[test]
fn a_press_carries_its_message_and_is_answered() {
    let bot = with_anna();
    let (_, marker) = updates(&bot, "", NOW_MS);
    send(&bot, json!({ "text": "Выберите время", "attachments": slot("slot:8f2c:1") }), NOW_MS);
    let mid = bot.last_to(ANNA).unwrap().mid;
    assert_eq!(bot.client_presses(ANNA, &mid, "slot:9", NOW_MS), None);
    let id = bot.client_presses(ANNA, &mid, "slot:8f2c:1", NOW_MS).unwrap();
    let (pressed, _) = updates(&bot, &format!("?marker={marker}"), NOW_MS + 1_000);
    assert_eq!(kinds(&pressed), ["message_callback"]);
    assert_eq!(pressed[0]["callback"]["callback_id"], id.as_str());
    assert_eq!(pressed[0]["callback"]["payload"], "slot:8f2c:1");
    assert_eq!(pressed[0]["message"]["body"]["mid"], mid.as_str());
    assert_eq!(pressed[0]["message"]["recipient"]["user_id"], ANNA, "in a press the recipient is the client");

    let answer = json!({ "notification": "Принято", "message": { "text": "Вы записаны", "attachments": [] } });
    let answered = ask(&bot, "POST", &format!("/answers?callback_id={id}"), answer, NOW_MS + 1_000);
    assert_eq!(answered.body["success"], true);
    assert_eq!(bot.answer_to_press(&id).unwrap(), "Принято");
    let seen = bot.last_to(ANNA).unwrap();
    assert_eq!((seen.mid, seen.text.as_str(), seen.buttons.len()), (mid, "Вы записаны", 0));
    bot.assert_clean();
}

#[test]
fn only_the_own_card_has_the_genuine_hash() {
    let bot = Double::new(TOKEN);
    bot.client_shares_contact(ANNA, "79281234567", NOW_MS);
    bot.client_forwards_contact(ANNA, "Пётр Дроздов", "79287654321", None, NOW_MS);
    bot.client_forwards_contact(ANNA, "Пётр Дроздов", "79287654321", Some("98a0d3c4"), NOW_MS);
    let (updates, _) = updates(&bot, "", NOW_MS);
    assert_eq!(kinds(&updates), ["bot_started", "message_created", "message_created", "message_created"]);
    let card = |index: usize| updates[index]["message"]["body"]["attachments"][0]["payload"].clone();
    let own = card(1);
    assert_eq!(
        own["vcf_info"],
        "BEGIN:VCARD\r\nVERSION:3.0\r\nPRODID:ez-vcard 0.12.1\r\nFN:Анна Ковалёва\r\nTEL;TYPE=cell:79281234567\r\nEND:\
         VCARD\r\n"
    );
    assert_eq!(own["hash"], "98a0d3c4f6de9f1d573acd599b252d63b1033c89828c74d888b687bd8d930dad");
    for foreign in [card(2), card(3)] {
        assert_ne!(foreign["hash"], contact_hash(TOKEN, foreign["vcf_info"].as_str().unwrap()).as_str());
    }
    bot.assert_clean();
}

#[test]
fn people_send_edit_remove_and_leave() {
    let bot = with_anna();
    let said = bot.client_says(ANNA, "Сколько стоит стрижка?", NOW_MS);
    bot.client_sends(ANNA, attachment::voice(), "", NOW_MS);
    bot.client_sends(ANNA, attachment::photo(), "Хочу такую", NOW_MS);
    bot.client_sends(ANNA, attachment::sticker(), "", NOW_MS);
    bot.client_sends(ANNA, attachment::file("прайс.pdf", 1_024), "", NOW_MS);
    bot.client_sends(ANNA, attachment::location(47.22, 39.72), "", NOW_MS);
    bot.client_replies(ANNA, &said, "и окрашивание", NOW_MS);
    assert!(bot.client_edits(ANNA, &said, "Сколько стоит окрашивание?", NOW_MS));
    assert!(bot.client_removes(ANNA, &said, NOW_MS));
    assert!(!bot.client_edits(ANNA, &said, "снова", NOW_MS));
    bot.client_removes_dialog(ANNA, NOW_MS);
    bot.group(-10, ANNA, NOW_MS);
    bot.says_in_group(-10, ANNA, "Я на смене", NOW_MS);
    let (updates, _) = updates(&bot, "", NOW_MS);
    let mut expected = vec!["bot_started"];
    expected.extend(["message_created"; 7]);
    expected.extend(["message_edited", "message_removed", "bot_stopped", "dialog_removed", "bot_added"]);
    expected.push("message_created");
    assert_eq!(kinds(&updates), expected);
    assert_eq!(updates[0]["payload"], "qr_reception");
    assert_eq!(updates[7]["message"]["link"]["message"]["mid"], said.as_str());
    assert_eq!(updates[8]["message"]["body"]["mid"], said.as_str());
    assert_eq!(updates[9]["message_id"], said.as_str());
    let seq = |index: usize| updates[index]["message"]["body"]["seq"].as_i64().unwrap();
    assert!(seq(1) < seq(2));
    let group = ask(&bot, "POST", "/messages?chat_id=-10", json!({ "text": "Новое обращение" }), NOW_MS);
    assert_eq!(group.body["message"]["recipient"]["chat_type"], "chat");
    bot.assert_clean();
}

#[test]
fn a_marker_commits_and_updates_live_a_day() {
    let bot = with_anna();
    for text in ["раз", "два", "три"] {
        bot.client_says(ANNA, text, NOW_MS);
    }
    let (first, marker) = updates(&bot, "?limit=2&timeout=0", NOW_MS);
    assert_eq!(kinds(&first), ["bot_started", "message_created"]);
    let (again, _) = updates(&bot, "?limit=2", NOW_MS + 1_000);
    assert_eq!(again, first, "without a marker nothing is committed");
    let (second, marker) = updates(&bot, &format!("?marker={marker}"), NOW_MS + 2_000);
    assert_eq!(second.len(), 2);
    assert_eq!(bot.taken(), 2);
    let (none, marker) = updates(&bot, &format!("?marker={marker}"), NOW_MS + 3_000);
    assert_eq!((none.len(), bot.taken()), (0, 4));

    let said = bot.client_says(ANNA, "четыре", NOW_MS + 3_000);
    bot.client_removes(ANNA, &said, NOW_MS + 3_000);
    let (asked, marker) = updates(&bot, &format!("?marker={marker}&types=message_removed,bot_stopped"), NOW_MS + 4_000);
    assert_eq!(kinds(&asked), ["message_removed"]);
    let (none, marker) = updates(&bot, &format!("?marker={marker}"), NOW_MS + 5_000);
    assert!(none.is_empty(), "the marker passes over the kinds that were not asked for");

    bot.client_says(ANNA, "пять", NOW_MS);
    let (none, _) = updates(&bot, &format!("?marker={marker}"), NOW_MS + 24 * HOUR_MS);
    assert_eq!((none.len(), bot.lost()), (0, 1));
    bot.starts_from_newest(true);
    bot.client_says(ANNA, "шесть", NOW_MS + 25 * HOUR_MS);
    bot.client_says(ANNA, "семь", NOW_MS + 25 * HOUR_MS);
    assert_eq!(updates(&bot, "", NOW_MS + 25 * HOUR_MS).0.len(), 1);
    bot.assert_clean();
}

#[test]
fn the_pace_is_limited() {
    let bot = with_anna();
    let status = |method: &str, target: &str, body: Value, at_ms: i64| ask(&bot, method, target, body, at_ms).status;
    let poll = |at_ms: i64| status("GET", "/updates", Value::Null, NOW_MS + at_ms);
    assert_eq!([0, 100, 300, 600, 1_000].map(poll), [200, 429, 200, 429, 200]);
    let text = || json!({ "text": "да" });
    let to_anna = format!("/messages?user_id={ANNA}");
    let at_ms = NOW_MS + 10_000;
    assert_eq!([0, 0, 0].map(|_| status("POST", &to_anna, text(), at_ms)), [200, 200, 429]);
    let refused = ask(&bot, "POST", &to_anna, text(), at_ms);
    assert_eq!(refused.body, json!({ "code": "too.many.requests", "message": "Too many requests" }));
    let mid = bot.last_to(ANNA).unwrap().mid;
    assert_eq!(status("DELETE", &format!("/messages?message_id={mid}"), Value::Null, at_ms), 429);
    assert_eq!(status("POST", &to_anna, text(), at_ms + 1_000), 200);
    assert_eq!(bot.sent_to(ANNA).len(), 3);
    let at_ms = NOW_MS + 20_000;
    let statuses = (0..31).map(|_| status("GET", "/me", Value::Null, at_ms)).collect::<Vec<_>>();
    assert!(statuses[..30].iter().all(|status| *status == 200), "{statuses:?}");
    assert_eq!(statuses[30], 429);
    bot.assert_clean();
}

#[test]
fn a_webhook_is_repeated_by_the_published_pauses() {
    let bot = Double::new(TOKEN);
    subscribe(&bot, NOW_MS);
    let listed = ask(&bot, "GET", "/subscriptions", Value::Null, NOW_MS).body;
    assert_eq!(listed["subscriptions"][0]["url"], HOOK);
    bot.route_webhooks_to("http://127.0.0.1:8080");
    bot.client_starts(ANNA, None, NOW_MS);
    let mut now_ms = NOW_MS;
    for pause_ms in [60_000, 150_000, 375_000, 937_500] {
        let due = bot.deliveries_due(now_ms);
        assert_eq!(due.len(), 1);
        assert_eq!(due[0].url, "http://127.0.0.1:8080/hook/max/3f6c");
        assert_eq!(due[0].header("x-max-bot-api-secret"), Some("k3Jx9_abcDEF-0123456789"));
        assert!(bot.deliveries_due(now_ms).is_empty(), "one attempt at a time");
        // 204 is no 200.
        bot.delivered(due[0].id, Some(204), now_ms);
        assert_eq!(bot.next_delivery_ms(), Some(now_ms + pause_ms));
        assert!(bot.deliveries_due(now_ms + pause_ms - 1).is_empty());
        now_ms += pause_ms;
    }
    let (none, _) = updates_under_subscription(&bot, now_ms);
    assert!(none.is_empty(), "a subscription switches polling off");
    let due = bot.deliveries_due(now_ms);
    bot.duplicate_deliveries(1);
    bot.delivered(due[0].id, Some(200), now_ms);
    let again = bot.deliveries_due(now_ms);
    assert_eq!(again[0].body, due[0].body, "a duplicate");
    bot.delivered(again[0].id, Some(200), now_ms);
    assert_eq!((bot.pending(), bot.taken()), (0, 1));
    bot.assert_clean();
}

fn updates_under_subscription(bot: &Double, now_ms: i64) -> (Vec<Value>, Value) {
    let answer = ask(bot, "GET", "/updates", Value::Null, now_ms).body;
    (answer["updates"].as_array().unwrap().clone(), answer["marker"].clone())
}

#[test]
fn a_subscription_ends_after_eight_hours_without_success() {
    let bot = Double::new(TOKEN);
    subscribe(&bot, NOW_MS);
    bot.client_starts(ANNA, None, NOW_MS);
    let due = bot.deliveries_due(NOW_MS);
    bot.delivered(due[0].id, Some(500), NOW_MS);
    let listed = |at_ms: i64| ask(&bot, "GET", "/subscriptions", Value::Null, at_ms).body["subscriptions"].clone();
    assert_eq!(listed(NOW_MS + 8 * HOUR_MS - 1).as_array().unwrap().len(), 1);
    assert_eq!(listed(NOW_MS + 8 * HOUR_MS), json!([]));
    assert!(bot.deliveries_due(NOW_MS + 8 * HOUR_MS).is_empty());
    let (left, _) = updates(&bot, "", NOW_MS + 8 * HOUR_MS);
    assert_eq!(kinds(&left), ["bot_started"], "what was not delivered waits for a poll");

    subscribe(&bot, NOW_MS + 9 * HOUR_MS);
    let target = format!("/subscriptions?url={HOOK}");
    assert_eq!(ask(&bot, "DELETE", &target, Value::Null, NOW_MS + 9 * HOUR_MS).body["success"], true);
    assert_eq!(ask(&bot, "DELETE", &target, Value::Null, NOW_MS + 9 * HOUR_MS).body["success"], false);
    bot.assert_clean();
}

#[test]
fn a_webhook_gives_an_update_up_after_ten_repeats() {
    let bot = Double::new(TOKEN);
    subscribe(&bot, NOW_MS);
    bot.client_starts(ANNA, None, NOW_MS);
    let mut now_ms = NOW_MS;
    let mut attempts = 0;
    while let Some(due) = bot.deliveries_due(now_ms).first() {
        attempts += 1;
        bot.delivered(due.id, None, now_ms);
        // Another update that comes through keeps the subscription alive.
        bot.client_says(ANNA, "да", now_ms);
        let other = bot.deliveries_due(now_ms);
        bot.delivered(other[0].id, Some(200), now_ms);
        now_ms = bot.next_delivery_ms().unwrap_or(now_ms);
    }
    assert_eq!((attempts, bot.lost(), bot.pending()), (11, 1, 0));
    assert_eq!((now_ms - NOW_MS) / 1_000, 381_429, "60 s × (1 + 2.5 + … + 2.5⁹)");
    bot.assert_clean();
}

#[test]
fn deliveries_come_in_any_order() {
    let bot = Double::new(TOKEN);
    subscribe(&bot, NOW_MS);
    bot.shuffle_deliveries(Some(3));
    bot.client_starts(ANNA, None, NOW_MS);
    let said = (0..8).map(|index| format!("{index}")).collect::<Vec<_>>();
    for text in &said {
        bot.client_says(ANNA, text, NOW_MS);
    }
    let due = bot.deliveries_due(NOW_MS);
    let texts = due.iter().filter_map(|delivery| delivery.body["message"]["body"]["text"].as_str()).collect::<Vec<_>>();
    assert_eq!(texts.len(), 8);
    assert_ne!(texts, said);
    bot.assert_clean();
}

#[test]
fn faults_speak_with_the_vendors_own_words() {
    let bot = with_anna();
    let body = || json!({ "text": "Есть окно" });
    let target = format!("/messages?user_id={ANNA}");
    let try_with = |fault: Fault, at_ms: i64| {
        bot.plan(Faults::once("POST /messages", fault));
        outcome(&bot, &Call { method: "POST", target: &target, token: TOKEN, body: body() }, at_ms)
    };
    assert_eq!(try_with(Fault::ExecuteThenDrop, NOW_MS), Outcome::Lost);
    assert_eq!(bot.sent_to(ANNA).len(), 1);
    let answered = |fault: Fault| match try_with(fault, NOW_MS) {
        Outcome::Answered(answer) => (answer.status, answer.body["code"].as_str().map(str::to_owned)),
        other => panic!("no answer: {other:?}"),
    };
    assert_eq!(answered(Fault::Status(429)), (429, Some("too.many.requests".to_owned())));
    assert_eq!(answered(Fault::Status(400)), (400, Some("attachment.not.ready".to_owned())));
    assert_eq!(answered(Fault::Status(502)), (502, None));
    assert_eq!(try_with(Fault::ExecuteLate(5_000), NOW_MS + 1_000), Outcome::Lost);
    assert_eq!(bot.sent_to(ANNA).len(), 1);
    ask(&bot, "GET", "/me", Value::Null, NOW_MS + 6_000);
    assert_eq!(bot.sent_to(ANNA).len(), 2);
    bot.assert_clean();
}

#[tokio::test]
async fn a_served_poll_waits_for_an_update() {
    let bot = with_anna();
    let started = tokio::time::Instant::now();
    let clock = move || NOW_MS + started.elapsed().as_millis() as i64;
    let server = serve_with(bot.clone(), 0, Arc::new(clock)).await.unwrap();
    let http = client();
    let poll =
        |query: String| http.get(format!("{}/updates{query}", server.url())).header("authorization", TOKEN).send();
    let first: Value = poll(String::new()).await.unwrap().json().await.unwrap();
    let marker = first["marker"].as_i64().unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(600)).await;
    let waiting = tokio::spawn(poll(format!("?timeout=30&marker={marker}")));
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    assert!(!waiting.is_finished());
    bot.client_says(ANNA, "Добрый день", NOW_MS);
    let second: Value = waiting.await.unwrap().unwrap().json().await.unwrap();
    assert_eq!(second["updates"][0]["message"]["body"]["text"], "Добрый день");
    assert_eq!(poll(String::new()).await.unwrap().status(), 429, "polls count when they arrive");
    bot.assert_clean();
}

#[tokio::test]
async fn a_served_webhook_is_really_posted() {
    let status = Arc::new(AtomicU16::new(503));
    let (sender, mut received) = tokio::sync::mpsc::unbounded_channel();
    let answered = status.clone();
    let hook = Router::new().route(
        "/hook/max/3f6c",
        post(move |headers: HeaderMap, body: String| async move {
            let secret = headers.get("x-max-bot-api-secret").unwrap().to_str().unwrap().to_owned();
            sender.send((secret, body)).unwrap();
            StatusCode::from_u16(answered.load(Ordering::Relaxed)).unwrap()
        }),
    );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, hook).await });

    let clock_ms = Arc::new(std::sync::atomic::AtomicI64::new(NOW_MS));
    let clock = clock_ms.clone();
    let bot = Double::new(TOKEN);
    let _server = serve_with(bot.clone(), 0, Arc::new(move || clock.load(Ordering::Relaxed))).await.unwrap();
    subscribe(&bot, NOW_MS);
    bot.route_webhooks_to(&base);
    bot.client_starts(ANNA, Some("qr_reception"), NOW_MS);
    let (secret, first) = received.recv().await.unwrap();
    assert_eq!(secret, "k3Jx9_abcDEF-0123456789");
    while bot.next_delivery_ms().is_none() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    status.store(200, Ordering::Relaxed);
    clock_ms.store(NOW_MS + 61_000, Ordering::Relaxed);
    let (_, second) = received.recv().await.unwrap();
    assert_eq!(first, second);
    bot.assert_clean();
}

fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}
