//! The Telegram adapter against the double: nothing is lost, nothing is said twice.

use crate::wire;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::SignedDuration;
use nochnik_adapters::Failure;
use nochnik_adapters::channels::{self, OpenContext};
use nochnik_adapters::failure::{Scope, codes};
use nochnik_adapters::ports::{Channel, Forged, Hook, Incoming, IncomingWhat, Outgoing};
use nochnik_core::business::ChannelEntry;
use nochnik_core::effect::Button;
use nochnik_core::event::{AttachmentKind, InputKind};
use nochnik_core::values::Phone;
use nochnik_doubles::telegram::Double;
use nochnik_doubles::{Fault, Faults};
use serde_json::{Value, json};

use self::wire::{Line, Reply};

const TOKEN: &str = "7123456789:AAtelegram";
const NOW_MS: i64 = 1_795_312_800_000;
const ANNA: i64 = 5_012_345_678;
const SECRET: &str = "k3Jx9_abcDEF-0123456789";

fn open(line: &Line) -> Arc<dyn Channel> {
    let entry = ChannelEntry {
        kind: "telegram".to_owned(),
        id: None,
        fields: BTreeMap::from([("token".to_owned(), json!(TOKEN))]),
    };
    channels::open(&entry, &OpenContext { hook_secret: SECRET.to_owned(), grants: None, wire: line.wire() }).unwrap()
}

/// A bot, the line to it and the adapter at our end. A second passes before each call, so that the
/// bot's own pace is kept.
fn desk() -> (Double, Line, Arc<dyn Channel>) {
    let double = Double::new(TOKEN);
    let other_end = double.clone();
    let now_ms = AtomicI64::new(NOW_MS);
    let line = Line::to(move |url, body| {
        let method = url.path().rsplit('/').next().unwrap();
        other_end.request(TOKEN, method, body, now_ms.fetch_add(1_000, Ordering::Relaxed) + 1_000).into()
    });
    let telegram = open(&line);
    (double, line, telegram)
}

/// An adapter whose every call meets the same answer.
fn met_with(reply: impl Fn() -> Reply + Send + Sync + 'static) -> Arc<dyn Channel> {
    open(&Line::to(move |_, _| reply()))
}

fn message(text: &str) -> Outgoing {
    Outgoing { text: text.to_owned(), ..Outgoing::default() }
}

fn two_slots() -> Outgoing {
    let button = |id: &str, label: &str| Button { id: id.to_owned(), label: label.to_owned() };
    Outgoing {
        buttons: vec![button("slot:1", "24 ноя, 15:00"), button("slot:2", "24 ноя, 17:30")],
        ..message("Есть два окна")
    }
}

fn inputs(incoming: &[Incoming]) -> Vec<InputKind> {
    let input = |incoming: &Incoming| match &incoming.what {
        IncomingWhat::Input { input, .. } => input.what.clone(),
        other => panic!("not an input: {other:?}"),
    };
    incoming.iter().map(input).collect()
}

#[tokio::test]
async fn a_booking_by_long_polling() {
    let (double, _, telegram) = desk();
    assert!(telegram.polls());
    double.client_says(ANNA, "/start ig_bio_nov", NOW_MS);
    double.client_says(ANNA, "Хочу маникюр", NOW_MS);

    let first = telegram.poll(None).await.unwrap();
    let again = telegram.poll(None).await.unwrap();
    assert_eq!(first.incoming[0].dedupe_key, again.incoming[0].dedupe_key, "not confirmed: comes again");
    let start = InputKind::Start { source: Some("ig_bio_nov".to_owned()) };
    assert_eq!(inputs(&first.incoming), [start, InputKind::Text { text: "Хочу маникюр".to_owned() }]);

    let receipt = telegram.send(&ANNA.to_string(), &two_slots(), "1#0").await.unwrap();
    let shown = double.last_to(ANNA).unwrap();
    assert_eq!(receipt.vendor_id, Some(shown.message_id.to_string()));
    let query = double.client_presses(ANNA, shown.message_id, shown.data_of("17:30").unwrap(), NOW_MS).unwrap();
    let pressed = telegram.poll(first.cursor.as_deref()).await.unwrap();
    assert_eq!(
        inputs(&pressed.incoming),
        [InputKind::Button { id: "slot:2".to_owned(), press_id: Some(query.clone()) }],
        "what was confirmed does not come again"
    );

    telegram.answer_press(&query, Some("Записываю")).await.unwrap();
    assert_eq!(double.answer_to_press(&query).as_deref(), Some("Записываю"));
    telegram.edit(&ANNA.to_string(), &shown.message_id.to_string(), &message("Записала на 17:30")).await.unwrap();
    telegram.edit(&ANNA.to_string(), &shown.message_id.to_string(), &message("Записала на 17:30")).await.unwrap();
    let edited = double.last_to(ANNA).unwrap();
    assert_eq!((edited.text.as_str(), edited.buttons.len()), ("Записала на 17:30", 0));

    let idle = telegram.poll(pressed.cursor.as_deref()).await.unwrap();
    assert_eq!((idle.incoming.len(), &idle.cursor), (0, &pressed.cursor), "an empty poll keeps the place");
    double.assert_clean();
}

#[tokio::test]
async fn a_number_counts_as_the_clients_own_only_when_telegram_says_so() {
    let (double, _, telegram) = desk();
    double.client_says(ANNA, "Запишите", NOW_MS);
    telegram.send(&ANNA.to_string(), &Outgoing { asks_phone: true, ..message("Ваш номер?") }, "1#0").await.unwrap();
    assert!(double.last_to(ANNA).unwrap().buttons[0][0].asks_contact);
    double.client_shares_contact(ANNA, "79281234567", NOW_MS);
    double.client_forwards_contact(ANNA, "+79287654321", Some(ANNA + 1), NOW_MS);
    double.client_forwards_contact(ANNA, "+79287654321", None, NOW_MS);
    let phone = |text: &str| Phone::parse(text).unwrap();
    assert_eq!(
        inputs(&telegram.poll(None).await.unwrap().incoming)[1..],
        [
            InputKind::OwnPhone { phone: phone("+79281234567") },
            InputKind::Contact { phone: Some(phone("+79287654321")) },
            InputKind::Contact { phone: Some(phone("+79287654321")) },
        ]
    );
}

#[tokio::test]
async fn from_a_group_of_the_staff_only_pressed_buttons_are_taken() {
    let (double, _, telegram) = desk();
    let (group, supergroup, oleg) = (-4_001, -1_004_001, 9_000_002);
    double.group(group, "Смена");
    double.says_in_group(group, oleg, "всем привет", NOW_MS);
    telegram.send(&group.to_string(), &two_slots(), "1#0").await.unwrap();
    let shown = double.last_to(group).unwrap();
    double.presses_in_chat(group, oleg, shown.message_id, "slot:1", NOW_MS).unwrap();
    let polled = telegram.poll(None).await.unwrap();
    assert_eq!(polled.incoming.len(), 1);
    assert_eq!(polled.incoming[0].peer, oleg.to_string(), "the peer is the one who pressed");

    double.migrate_group(group, supergroup, "Смена");
    telegram.send(&group.to_string(), &message("Горячий лид"), "2#0").await.unwrap();
    assert_eq!(double.sent_to(supergroup).len(), 1, "the message follows the group to its new number");
}

#[tokio::test]
async fn who_blocked_us_is_unreachable_and_comes_back() {
    let (double, _, telegram) = desk();
    double.client_says(ANNA, "Здравствуйте", NOW_MS);
    double.client_blocks(ANNA, NOW_MS);
    let refused = telegram.send(&ANNA.to_string(), &message("Ждём вас"), "1#0").await.unwrap_err();
    assert!(matches!(refused, Failure::Refused { code, .. } if code == codes::UNREACHABLE));
    double.client_unblocks(ANNA, NOW_MS);
    let polled = telegram.poll(None).await.unwrap();
    let reachable: Vec<&IncomingWhat> = polled.incoming[1..].iter().map(|incoming| &incoming.what).collect();
    assert_eq!(reachable, [&IncomingWhat::Reachable(false), &IncomingWhat::Reachable(true)]);
    telegram.send(&ANNA.to_string(), &message("С возвращением"), "2#0").await.unwrap();
}

#[tokio::test]
async fn a_long_text_goes_on_where_it_broke_off() {
    let (double, _, telegram) = desk();
    double.client_says(ANNA, "Расскажите всё", NOW_MS);
    let long = message(&["а".repeat(4_000), "б".repeat(4_000), "в".repeat(4_000)].join("\n\n"));
    double.plan(Faults::listed([None, Some(Fault::Status(429))]));
    let failure = telegram.send(&ANNA.to_string(), &long, "1#0").await.unwrap_err();
    assert!(matches!(failure, Failure::Later { .. }), "{failure}");
    telegram.send(&ANNA.to_string(), &long, "1#0").await.unwrap();
    let seen: Vec<char> = double.sent_to(ANNA).iter().filter_map(|seen| seen.text.chars().next()).collect();
    assert_eq!(seen, ['а', 'б', 'в']);
    telegram.send(&ANNA.to_string(), &message("Вот и всё"), "1#1").await.unwrap();
    assert_eq!(double.last_to(ANNA).unwrap().text, "Вот и всё");
}

/// One way a call may end without a result, and whether a message may then have been shown.
#[tokio::test(start_paused = true)]
async fn a_message_that_may_have_been_shown_is_unknown() {
    let envelope = |code: u16| json!({ "ok": false, "error_code": code, "description": "Internal Server Error" });
    type Ends = (&'static str, Box<dyn Fn() -> Reply + Send + Sync>, bool);
    let table: Vec<Ends> = vec![
        ("unreachable", Box::new(|| Reply::Unreachable), false),
        ("dropped", Box::new(|| Reply::Drops), true),
        ("silent", Box::new(|| Reply::Hangs), true),
        ("500", Box::new(move || Reply::says(500, &envelope(500))), true),
        ("502 page", Box::new(|| Reply::page(502)), true),
        ("200 page", Box::new(|| Reply::page(200)), true),
        ("cut JSON", Box::new(|| Reply::says(200, &json!("{\"ok\":tr"))), true),
    ];
    for (name, reply, may_be_shown) in table {
        let telegram = met_with(reply);
        let sent = telegram.send(&ANNA.to_string(), &message("Ждём вас"), "1#0").await.unwrap_err();
        assert_eq!(matches!(sent, Failure::Unknown { .. }), may_be_shown, "{name}: {sent}");
        for repeatable in [
            telegram.edit(&ANNA.to_string(), "420", &message("Ждём вас")).await.unwrap_err(),
            telegram.answer_press("1", None).await.unwrap_err(),
            telegram.poll(Some("1")).await.unwrap_err(),
        ] {
            assert!(matches!(repeatable, Failure::Later { .. }), "{name}: {repeatable}");
        }
    }
}

#[tokio::test]
async fn what_came_too_late_to_matter_is_no_failure() {
    let (double, _, telegram) = desk();
    double.client_says(ANNA, "Здравствуйте", NOW_MS);
    telegram.answer_press("long-gone", Some("Принято")).await.unwrap();
    let gone = telegram.edit(&ANNA.to_string(), "1", &message("Принято")).await.unwrap_err();
    assert!(matches!(gone, Failure::Refused { code, .. } if code == codes::GONE));
}

#[tokio::test]
async fn a_flood_of_one_chat_holds_back_that_chat_and_a_second_one_the_bot() {
    let flood = || {
        let description = "Too Many Requests: retry after 17";
        let body =
            json!({ "ok": false, "error_code": 429, "description": description, "parameters": { "retry_after": 17 } });
        Reply::says(429, &body)
    };
    let telegram = met_with(flood);
    for (chat, expected) in [("1", Scope::Row), ("1", Scope::Row), ("2", Scope::Destination)] {
        let Failure::Later { after, scope, .. } = telegram.send(chat, &message("Ждём вас"), chat).await.unwrap_err()
        else {
            panic!("a flood passes by itself");
        };
        assert_eq!((after, scope), (Some(SignedDuration::from_secs(17)), expected), "chat {chat}");
    }
}

#[tokio::test]
async fn a_forgotten_webhook_is_taken_away_once() {
    let (double, line, telegram) = desk();
    telegram.subscribe(Some("https://bot.example.ru/hook/telegram/3f6c")).await.unwrap();
    double.client_says(ANNA, "Здравствуйте", NOW_MS);
    assert_eq!(telegram.poll(None).await.unwrap().incoming.len(), 1, "pending updates are kept");
    telegram.subscribe(Some("https://bot.example.ru/hook/telegram/3f6c")).await.unwrap();
    line.heard();
    let fight = telegram.poll(None).await.unwrap_err();
    assert!(matches!(fight, Failure::Broken { .. }), "somebody sets it again: {fight}");
    assert_eq!(line.heard().len(), 1);
}

#[test]
fn only_a_delivery_with_our_secret_is_believed() {
    let (_, _, telegram) = desk();
    let name = "x-telegram-bot-api-secret-token";
    let verify = |headers: &[(&str, &[u8])]| telegram.verify(&Hook { headers, body: b"{}" });
    assert_eq!(verify(&[("content-type", b"application/json"), (name, SECRET.as_bytes())]), Ok(()));
    assert_eq!(verify(&[]), Err(Forged));
    assert_eq!(verify(&[(name, b"")]), Err(Forged));
    assert_eq!(verify(&[(name, &SECRET.as_bytes()[1..])]), Err(Forged));
    let entry = ChannelEntry {
        kind: "telegram".to_owned(),
        id: None,
        fields: BTreeMap::from([("token".to_owned(), json!(TOKEN))]),
    };
    let careless = channels::open(&entry, &OpenContext::default()).unwrap();
    assert_eq!(careless.verify(&Hook { headers: &[(name, b"")], body: b"{}" }), Err(Forged), "no secret, no belief");
}

/// Kinds we did not ask for, gaps of the emulator `telegram-test-api`, and bodies that are no update.
#[test]
fn what_cannot_be_read_is_kept_and_never_holds_up_its_chat() {
    let (_, _, telegram) = desk();
    let parse = |update: Value| telegram.parse(update.to_string().as_bytes());
    for (update, expected) in [
        (json!({ "update_id": 1, "business_message": { "text": "?" } }), "business_message"),
        (json!({ "update_id": 1, "message": { "message_id": "x" } }), "message"),
        (json!({ "update_id": 1, "callback_query": { "from": { "id": 5 } } }), "callback_query"),
        (json!({ "update_id": 1 }), ""),
    ] {
        let parsed = parse(update.clone()).unwrap();
        let expected = IncomingWhat::Unknown { name: expected.to_owned(), raw: update.to_string() };
        assert_eq!((parsed.len(), &parsed[0].what, parsed[0].dedupe_key.as_str()), (1, &expected, "tg:1"), "{update}");
    }
    for body in ["", "[]", "{}", "\"update\"", "{\"update_id\":\"1\"}"] {
        assert!(telegram.parse(body.as_bytes()).is_err(), "{body:?}");
    }
    let emulated = json!({ "update_id": 1, "botToken": "x", "message": {
        "message_id": 1, "from": { "id": 5, "first_name": "Анна" }, "chat": { "id": 5 }, "date": NOW_MS, "text": "да",
    } });
    let parsed = parse(emulated).unwrap();
    let IncomingWhat::Input { input, .. } = &parsed[0].what else { panic!("{parsed:?}") };
    assert_eq!(input.at.as_millisecond(), NOW_MS);
    let new_kind = json!({ "update_id": 1, "message": {
        "message_id": 1, "from": { "id": 5 }, "chat": { "id": 5, "type": "private" }, "date": 1, "hologram": {},
    } });
    assert_eq!(inputs(&parse(new_kind).unwrap()), [InputKind::Unknown]);
    let circle = json!({ "update_id": 1, "message": {
        "message_id": 1, "from": { "id": 5 }, "chat": { "id": 5, "type": "private" }, "date": 1,
        "video_note": { "length": 240 },
    } });
    assert_eq!(inputs(&parse(circle).unwrap()), [InputKind::attachment(AttachmentKind::Video)]);
}

/// A platform that adds, empties or changes a field beside the text does not cost us the text.
#[test]
fn fault_f09_a_text_outlives_any_stranger_beside_it() {
    let (_, _, telegram) = desk();
    let whole = json!({
        "message_id": 7, "date": NOW_MS / 1_000, "edit_date": NOW_MS / 1_000, "text": "Хочу маникюр",
        "from": { "id": ANNA, "is_bot": false, "first_name": "Анна", "last_name": "К." },
        "chat": { "id": ANNA, "type": "private", "first_name": "Анна" },
        "reply_to_message": { "message_id": 6 }, "caption": "подпись",
        "contact": { "phone_number": "+79281234567", "user_id": ANNA, "vcard": "" },
        "voice": { "duration": 4 }, "photo": [], "location": { "latitude": 47.2 },
    });
    let text_of = |message: &Value| {
        let update = json!({ "update_id": 1, "message": message });
        let all = telegram.parse(update.to_string().as_bytes()).unwrap();
        inputs(&all).into_iter().next()
    };
    let said = Some(InputKind::Text { text: "Хочу маникюр".to_owned() });
    assert_eq!(text_of(&whole), said);
    let strangers = [Value::Null, json!(true), json!(-1), json!("слово"), json!([[]]), json!({ "new": { "deep": 1 } })];
    let needed = ["message_id", "chat", "text"];
    for name in whole.as_object().unwrap().keys().filter(|name| !needed.contains(&name.as_str())) {
        for stranger in &strangers {
            let mut changed = whole.clone();
            changed[name] = stranger.clone();
            assert_eq!(text_of(&changed), said, "{name}: {stranger}");
        }
        let mut without = whole.clone();
        without.as_object_mut().unwrap().remove(name);
        assert_eq!(text_of(&without), said, "without {name}");
    }
    for (parent, name) in [("from", "is_bot"), ("from", "first_name"), ("contact", "user_id"), ("chat", "first_name")] {
        for stranger in &strangers {
            let mut changed = whole.clone();
            changed[parent][name] = stranger.clone();
            if (name, stranger) != ("is_bot", &json!(true)) {
                assert_eq!(text_of(&changed), said, "{parent}.{name}: {stranger}");
            }
        }
    }
    let mut newer = whole.clone();
    newer["hologram"] = json!({ "frames": [1, 2, 3] });
    assert_eq!(text_of(&newer), said, "a field of a later version");
}

/// Bodies that are made to break a reader; the size is bounded before they come here.
#[test]
fn fault_f07_a_monstrous_body_is_refused_and_nothing_dies() {
    let (_, _, telegram) = desk();
    let deep = |open: &str, close: &str| format!("{}{}", open.repeat(100_000), close.repeat(100_000));
    for (name, body) in [
        ("arrays 100,000 deep", deep("[", "]")),
        ("objects 100,000 deep", format!("{}1{}", "{\"a\":".repeat(100_000), "}".repeat(100_000))),
        ("a message 100,000 deep", format!("{{\"update_id\":1,\"message\":{}}}", deep("[", "]"))),
        ("a number of no size", "{\"update_id\":1e400}".to_owned()),
        ("a number too long", format!("{{\"update_id\":{}}}", "9".repeat(1_000))),
        ("half a surrogate", "{\"update_id\":1,\"message\":{\"text\":\"\\ud800\"}}".to_owned()),
        ("cut in the middle", "{\"update_id\":1,\"message\":{\"te".to_owned()),
    ] {
        assert!(telegram.parse(body.as_bytes()).is_err(), "{name}");
    }
    assert!(telegram.parse(b"{\"update_id\":1,\"message\":{\"text\":\"\xff\xfe\"}}").is_err(), "not UTF-8");
    let many = (0..100_000).map(|n| format!(",\"k{n}\":{n}")).collect::<String>();
    let parsed = telegram.parse(format!("{{\"update_id\":1{many}}}").as_bytes()).unwrap();
    assert!(matches!(parsed[0].what, IncomingWhat::Unknown { .. }), "a hundred thousand keys we do not know");
}
