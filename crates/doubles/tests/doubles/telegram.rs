//! The Telegram double keeps the rules of the Bot API.

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
    Fault, Faults, Outcome,
    telegram::{Double, serve_with},
};
use serde_json::{Value, json};

const TOKEN: &str = "7123456789:test";
const ANNA: i64 = 5_012_345_678;
const NOW_MS: i64 = 1_795_312_800_000;

fn with_client() -> (Double, i64) {
    let bot = Double::new(TOKEN);
    let message_id = bot.client_says(ANNA, "Здравствуйте!", NOW_MS);
    (bot, message_id)
}

fn send(bot: &Double, body: Value) -> Value {
    bot.call(TOKEN, "sendMessage", body, NOW_MS).body
}

fn buttons(data: &str) -> Value {
    json!({ "inline_keyboard": [[{ "text": "24 ноя, 15:00", "callback_data": data }]] })
}

fn updates(bot: &Double, offset: i64, now_ms: i64) -> Vec<Value> {
    let answer = bot.call(TOKEN, "getUpdates", json!({ "offset": offset, "timeout": 0 }), now_ms);
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    answer.body["result"].as_array().unwrap().clone()
}

#[test]
fn refuses_by_the_table() {
    let (bot, own_message) = with_client();
    bot.know(2);
    bot.client_says(3, "привет", NOW_MS);
    bot.client_blocks(3, NOW_MS);
    bot.client_leaves_telegram(4);
    bot.group(-10, "Смена");
    bot.migrate_group(-10, -1_000, "Смена");
    let sent = send(&bot, json!({ "chat_id": ANNA, "text": "Есть окно", "reply_markup": buttons("slot:1") }));
    let sent_id = sent["result"]["message_id"].as_i64().unwrap();
    let to = |chat: i64| json!({ "chat_id": chat, "text": "Напоминаем о записи" });
    let edit = |id: i64, text: &str| json!({ "chat_id": ANNA, "message_id": id, "text": text });
    let table = [
        ("sendMessage", to(999), 400, "chat not found"),
        ("sendMessage", to(2), 403, "bot can't initiate conversation with a user"),
        ("sendMessage", to(3), 403, "bot was blocked by the user"),
        ("sendMessage", to(4), 403, "user is deactivated"),
        ("sendMessage", to(-10), 400, "group chat was upgraded to a supergroup chat"),
        ("sendChatAction", json!({ "chat_id": 3, "action": "typing" }), 403, "bot was blocked by the user"),
        ("editMessageText", edit(1, "Другое"), 400, "message to edit not found"),
        ("editMessageText", edit(own_message, "Другое"), 400, "message can't be edited"),
        ("answerCallbackQuery", json!({ "callback_query_id": "0" }), 400, "query is too old"),
        (
            "editMessageText",
            json!({ "chat_id": ANNA, "message_id": sent_id, "text": "Есть окно", "reply_markup": buttons("slot:1") }),
            400,
            "message is not modified",
        ),
    ];
    for (method, body, status, part) in table {
        let answer = bot.call(TOKEN, method, body.clone(), NOW_MS);
        assert_eq!(answer.status, status, "{method} {body}");
        assert_eq!(answer.body["error_code"], status, "{method} {body}");
        assert!(answer.body["description"].as_str().unwrap().contains(part), "{method}: {}", answer.body);
    }
    bot.assert_clean();
}

#[test]
fn a_broken_contract_is_refused_and_recorded() {
    let (bot, _) = with_client();
    let chat = |more: Value| {
        let mut body = json!({ "chat_id": ANNA, "text": "Выберите время" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let cases = [
        ("sendMessage", chat(json!({ "text": "" })), "message text is empty"),
        ("sendMessage", chat(json!({ "text": "я".repeat(4097) })), "message is too long"),
        ("sendMessage", chat(json!({ "text": "<b>окно", "parse_mode": "HTML" })), "can't parse entities"),
        // 33 Cyrillic letters are 66 bytes.
        ("sendMessage", chat(json!({ "reply_markup": buttons(&"ы".repeat(33)) })), "BUTTON_DATA_INVALID"),
        ("sendMessage", chat(json!({ "colour": "red" })), "can't parse the request"),
        ("sendMessage", json!({ "text": "кому?" }), "can't parse the request"),
        ("getUpdates", json!({ "timeout": 51 }), "can't parse the request"),
        ("setWebhook", json!({ "url": "http://bot.example.ru/" }), "can't parse the request"),
    ];
    for (method, body, part) in cases {
        let answer = bot.call(TOKEN, method, body, NOW_MS);
        assert_eq!(answer.status, 400);
        assert!(answer.body["description"].as_str().unwrap().contains(part), "{method}: {}", answer.body);
        assert_eq!(bot.take_failures().len(), 1, "{method} {part}");
    }
    assert_eq!(bot.call(TOKEN, "sendDice", json!({}), NOW_MS).status, 404);
    assert!(bot.take_failures()[0].contains("sendDice"));
    assert_eq!(bot.call("other", "getMe", Value::Null, NOW_MS).status, 401);
}

#[test]
fn limits_are_inclusive() {
    let (bot, _) = with_client();
    assert_eq!(send(&bot, json!({ "chat_id": ANNA, "text": "я".repeat(4096) }))["ok"], true);
    assert_eq!(
        send(&bot, json!({ "chat_id": ANNA, "text": "да", "reply_markup": buttons(&"a".repeat(64)) }))["ok"],
        true
    );
    bot.assert_clean();
}

#[test]
fn updates_come_again_until_a_later_offset() {
    let (bot, _) = with_client();
    bot.client_says(ANNA, "Сколько стоит маникюр?", NOW_MS);
    let first = updates(&bot, 0, NOW_MS);
    assert_eq!(first.len(), 2);
    assert_eq!(updates(&bot, 0, NOW_MS + 5_000), first, "the same offset shows them again");
    let next = first[0]["update_id"].as_i64().unwrap() + 1;
    assert_eq!(updates(&bot, next, NOW_MS + 10_000), first[1..]);
    assert_eq!(updates(&bot, next, NOW_MS + 10_100).len(), 1, "an eager poll gets one at most");
    assert_eq!(bot.acknowledged().len(), 1);
    bot.assert_clean();
}

#[test]
fn a_press_dies_in_150_seconds_and_a_message_in_a_day() {
    let (bot, _) = with_client();
    let sent = send(&bot, json!({ "chat_id": ANNA, "text": "Выберите", "reply_markup": buttons("slot:1") }));
    let message_id = sent["result"]["message_id"].as_i64().unwrap();
    assert_eq!(bot.client_presses(ANNA, message_id, "slot:9", NOW_MS), None, "no such button");
    let press = bot.client_presses(ANNA, message_id, "slot:1", NOW_MS).unwrap();
    assert_eq!(updates(&bot, 0, NOW_MS + 149_000).len(), 2);
    assert_eq!(updates(&bot, 0, NOW_MS + 151_000).len(), 1, "the press is lost for ever");
    assert_eq!(updates(&bot, 0, NOW_MS + 24 * 3_600_000).len(), 0);
    assert_eq!(bot.expired().len(), 2);
    let late = bot.call(TOKEN, "answerCallbackQuery", json!({ "callback_query_id": press }), NOW_MS + 151_000);
    assert_eq!(late.status, 400);
    assert_eq!(bot.answer_to_press(&press), None);
}

#[test]
fn an_old_button_can_still_be_pressed_after_the_edit() {
    let (bot, _) = with_client();
    let sent = send(&bot, json!({ "chat_id": ANNA, "text": "Выберите", "reply_markup": buttons("slot:1") }));
    let message_id = sent["result"]["message_id"].as_i64().unwrap();
    let edit = json!({ "chat_id": ANNA, "message_id": message_id });
    assert_eq!(bot.call(TOKEN, "editMessageReplyMarkup", edit, NOW_MS).status, 200);
    let seen = bot.last_to(ANNA).unwrap();
    assert_eq!((seen.buttons.len(), seen.edits), (0, 1));
    assert!(bot.client_presses(ANNA, message_id, "slot:1", NOW_MS).is_some());
    bot.assert_clean();
}

#[test]
fn everything_a_client_does_fits_the_inbound_schema() {
    let (bot, message_id) = with_client();
    bot.client_says(ANNA, "/start ig_bio_nov", NOW_MS);
    let keyboard = json!({ "keyboard": [[{ "text": "Отправить номер", "request_contact": true }]] });
    send(&bot, json!({ "chat_id": ANNA, "text": "Пришлите номер", "reply_markup": keyboard }));
    bot.client_shares_contact(ANNA, "79281234567", NOW_MS);
    bot.client_forwards_contact(ANNA, "79280000000", None, NOW_MS);
    bot.client_sends(ANNA, "location", json!({ "latitude": 47.2221, "longitude": 39.7203 }), NOW_MS);
    assert!(bot.client_edits(ANNA, message_id, "Добрый вечер!", NOW_MS));
    bot.client_blocks(ANNA, NOW_MS);
    bot.client_says(ANNA, "Я передумала", NOW_MS);
    let kinds = updates(&bot, 0, NOW_MS);
    let count = |kind: &str| kinds.iter().filter(|update| update.get(kind).is_some()).count();
    assert_eq!((count("message"), count("edited_message"), count("my_chat_member")), (6, 1, 2));
    let own = &kinds[2]["message"];
    assert_eq!(own["contact"]["user_id"], ANNA);
    assert_eq!(own["reply_to_message"]["text"], "Пришлите номер");
    bot.assert_clean();
}

#[test]
fn answers_fit_the_published_schema() {
    let (bot, _) = with_client();
    let sent = send(&bot, json!({ "chat_id": ANNA, "text": "Выберите", "reply_markup": buttons("slot:1") }));
    let message_id = sent["result"]["message_id"].clone();
    let press = bot.client_presses(ANNA, message_id.as_i64().unwrap(), "slot:1", NOW_MS).unwrap();
    let message = |text: &str| json!({ "chat_id": ANNA, "message_id": message_id, "text": text });
    let calls = [
        ("getMe", json!({})),
        ("getUpdates", json!({})),
        ("editMessageText", message("Записала вас")),
        ("answerCallbackQuery", json!({ "callback_query_id": press })),
        ("sendChatAction", json!({ "chat_id": ANNA, "action": "typing" })),
        ("setWebhook", json!({ "url": "https://bot.example.ru:8443/hook" })),
        ("getWebhookInfo", json!({})),
        ("deleteWebhook", json!({})),
        ("deleteMessage", json!({ "chat_id": ANNA, "message_id": message_id })),
    ];
    assert_fits("response.sendMessage", &sent);
    for (method, body) in calls {
        let answer = bot.call(TOKEN, method, body, NOW_MS);
        assert_eq!(answer.status, 200, "{method}: {}", answer.body);
        assert_fits(&format!("response.{method}"), &answer.body);
    }
    assert_fits("response.error", &bot.call("wrong", "getMe", Value::Null, NOW_MS).body);
    bot.assert_clean();
}

fn assert_fits(definition: &str, body: &Value) {
    let text = include_str!("../../../../contracts/telegram/inbound.schema.json");
    let document = serde_json::from_str::<Value>(text).unwrap();
    let schema = json!({ "$defs": document["$defs"], "$ref": format!("#/$defs/{definition}") });
    let validator = jsonschema::validator_for(&schema).unwrap();
    let broken = validator.iter_errors(body).map(|error| error.to_string()).collect::<Vec<_>>();
    assert!(broken.is_empty(), "{definition}: {broken:?}");
}

#[test]
fn a_chat_takes_a_burst_and_then_one_message_a_second() {
    let (bot, _) = with_client();
    let statuses = |now_ms: i64| {
        (0..8)
            .map(|_| bot.call(TOKEN, "sendMessage", json!({ "chat_id": ANNA, "text": "раз" }), now_ms))
            .filter(|answer| answer.status == 200)
            .count()
    };
    assert_eq!(statuses(NOW_MS), 5);
    let refused = bot.call(TOKEN, "sendMessage", json!({ "chat_id": ANNA, "text": "раз" }), NOW_MS);
    assert_eq!(refused.body["parameters"]["retry_after"], 1);
    assert_eq!(statuses(NOW_MS + 2_000), 2);
    bot.limit_pace(false);
    assert_eq!(statuses(NOW_MS + 2_000), 8);
}

#[test]
fn a_webhook_delivers_a_chat_in_order_and_repeats_with_growing_delay() {
    let (bot, _) = with_client();
    bot.client_says(ANNA, "второе", NOW_MS);
    bot.client_says(8, "из другого чата", NOW_MS);
    let hook = json!({ "url": "https://bot.example.ru/hook/3f6c", "secret_token": "s3cret" });
    assert_eq!(bot.call(TOKEN, "setWebhook", hook.clone(), NOW_MS).status, 200);
    assert_eq!(bot.call(TOKEN, "setWebhook", hook, NOW_MS + 10).status, 429, "about one call a second");
    assert_eq!(bot.call(TOKEN, "getUpdates", json!({}), NOW_MS).status, 409);
    bot.route_webhooks_to("http://127.0.0.1:9");
    let due = bot.deliveries_due(NOW_MS);
    assert_eq!(due.len(), 2, "one head per chat");
    assert_eq!(due[0].url, "http://127.0.0.1:9/hook/3f6c");
    assert_eq!(due[0].secret.as_deref(), Some("s3cret"));
    assert!(bot.deliveries_due(NOW_MS).is_empty(), "in flight");
    bot.delivered(due[1].update_id, Some(200), None, NOW_MS);
    bot.delivered(due[0].update_id, Some(500), None, NOW_MS);
    assert_eq!(bot.deliveries_due(NOW_MS), due[..1], "the first repeat comes at once");
    bot.delivered(due[0].update_id, None, None, NOW_MS);
    assert!(bot.deliveries_due(NOW_MS + 1_999).is_empty());
    assert_eq!(bot.deliveries_due(NOW_MS + 2_000), due[..1]);
    bot.delivered(due[0].update_id, Some(503), Some(30), NOW_MS + 2_000);
    assert!(bot.deliveries_due(NOW_MS + 31_999).is_empty(), "Retry-After is honoured");
    bot.duplicate_deliveries(1);
    assert_eq!(bot.deliveries_due(NOW_MS + 32_000), due[..1]);
    bot.delivered(due[0].update_id, Some(200), None, NOW_MS + 32_000);
    assert_eq!(bot.deliveries_due(NOW_MS + 32_000), due[..1], "a duplicate on demand");
    bot.delivered(due[0].update_id, Some(200), None, NOW_MS + 32_000);
    assert_eq!(bot.deliveries_due(NOW_MS + 32_000)[0].body["message"]["text"], "второе");
}

#[test]
fn faults_lose_answers_but_not_always_the_work() {
    let (bot, _) = with_client();
    let hello = json!({ "chat_id": ANNA, "text": "Здравствуйте" });
    bot.plan(Faults::listed([
        Some(Fault::DropBefore),
        Some(Fault::ExecuteThenDrop),
        Some(Fault::Status(502)),
        Some(Fault::ExecuteLate(20_000)),
    ]));
    let request = |now_ms| bot.request(TOKEN, "sendMessage", &hello, now_ms);
    assert_eq!(request(NOW_MS), Outcome::Lost);
    assert_eq!(bot.sent_to(ANNA).len(), 0);
    assert_eq!(request(NOW_MS), Outcome::Lost);
    assert_eq!(bot.sent_to(ANNA).len(), 1);
    let Outcome::Answered(answer) = request(NOW_MS) else { panic!("a status is an answer") };
    assert_eq!(answer.status, 502);
    assert!(answer.body.is_string(), "an HTML page");
    assert_eq!(request(NOW_MS), Outcome::Lost);
    assert_eq!(bot.sent_to(ANNA).len(), 1);
    bot.call(TOKEN, "getMe", Value::Null, NOW_MS + 20_000);
    assert_eq!(bot.sent_to(ANNA).len(), 2);
}

#[tokio::test]
async fn over_a_socket_a_long_poll_wakes_and_the_older_poller_loses() {
    let (bot, _) = with_client();
    let server = serve_with(bot.clone(), 0, Arc::new(|| NOW_MS)).await.unwrap();
    let http = client();
    let url = format!("{}/bot{TOKEN}/getUpdates", server.url());
    let poll = |offset: i64| {
        let request = http.post(&url).json(&json!({ "offset": offset, "timeout": 50 }));
        async move { request.send().await.unwrap().json::<Value>().await.unwrap() }
    };
    let first = poll(0).await;
    let next = first["result"][0]["update_id"].as_i64().unwrap() + 1;
    let old = tokio::spawn(poll(next));
    // The offset of the poll confirms the first update: then the server has it and waits.
    while bot.pending() > 0 {
        tokio::task::yield_now().await;
    }
    let young = tokio::spawn(poll(next));
    let loser = old.await.unwrap();
    assert_eq!(loser["error_code"], 409);
    bot.client_says(ANNA, "ещё", NOW_MS);
    assert_eq!(young.await.unwrap()["result"][0]["message"]["text"], "ещё");
    bot.plan(Faults::once("getMe", Fault::ExecuteThenDrop));
    let me = format!("{}/bot{TOKEN}/getMe", server.url());
    assert!(http.get(&me).send().await.is_err(), "the connection closes without an answer");
    assert_eq!(http.get(&me).send().await.unwrap().status(), 200);
    drop(server);
    assert!(http.get(&me).send().await.is_err());
}

#[tokio::test]
async fn over_a_socket_a_webhook_carries_its_secret_and_comes_again_until_taken() {
    let (arrived, mut deliveries) = tokio::sync::mpsc::unbounded_channel();
    let answers = Arc::new(AtomicU16::new(500));
    let hook = move |headers: HeaderMap, body: String| async move {
        let secret = headers["x-telegram-bot-api-secret-token"].to_str().unwrap().to_owned();
        arrived.send((secret, serde_json::from_str::<Value>(&body).unwrap())).unwrap();
        // The first delivery fails, the repeat is taken.
        StatusCode::from_u16(answers.swap(200, Ordering::Relaxed)).unwrap()
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/hook", post(hook))).await });
    let (bot, _) = with_client();
    let server = serve_with(bot.clone(), 0, Arc::new(|| NOW_MS)).await.unwrap();
    bot.route_webhooks_to(&format!("http://{address}"));
    let set = json!({ "url": "https://bot.example.ru/hook", "secret_token": "s3cret" });
    client().post(format!("{}/bot{TOKEN}/setWebhook", server.url())).json(&set).send().await.unwrap();
    let (first, second) = (deliveries.recv().await.unwrap(), deliveries.recv().await.unwrap());
    assert_eq!(first, second);
    assert_eq!((first.0.as_str(), &first.1["message"]["text"]), ("s3cret", &json!("Здравствуйте!")));
    while bot.acknowledged().is_empty() {
        tokio::task::yield_now().await;
    }
    bot.assert_clean();
}

fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}
