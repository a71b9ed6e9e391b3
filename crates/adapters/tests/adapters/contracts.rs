//! What we send to Telegram fits its published schema, what it sends is read as meant, and what it
//! refuses becomes the right word of ours. Examples and schemas: `contracts/telegram`.

use crate::wire;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use nochnik_adapters::Failure;
use nochnik_adapters::channels::{self, OpenContext};
use nochnik_adapters::failure::{Scope, codes};
use nochnik_adapters::ports::{Channel, IncomingWhat, NOT_SAID, Outgoing};
use nochnik_core::business::ChannelEntry;
use nochnik_core::effect::Button;
use nochnik_core::event::{AttachmentKind, FileRef, InputKind};
use nochnik_core::values::Phone;
use serde_json::{Value, json};

use self::wire::{Line, Reply};

const TOKEN: &str = "7123456789:AAcontract";
const ANNA: &str = "5012345678";

fn contract(file: &str) -> Value {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../contracts/telegram").join(file);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn example(name: &str) -> Value {
    contract(&format!("examples/{name}.json"))
}

fn examples(prefix: &str) -> BTreeSet<String> {
    let index: BTreeMap<String, String> = serde_json::from_value(contract("examples/_index.json")).unwrap();
    index.into_keys().filter(|name| name.starts_with(prefix)).collect()
}

fn telegram(line: &Line) -> Arc<dyn Channel> {
    let entry = ChannelEntry {
        kind: "telegram".to_owned(),
        id: None,
        fields: BTreeMap::from([("token".to_owned(), json!(TOKEN))]),
    };
    channels::open(&entry, &OpenContext { hook_secret: "hook-secret".to_owned(), grants: None, wire: line.wire() })
        .unwrap()
}

fn message(text: &str) -> Outgoing {
    Outgoing { text: text.to_owned(), ..Outgoing::default() }
}

/// `count` buttons with the longest ids and labels as long as given.
fn buttons(count: usize, label_chars: usize) -> Vec<Button> {
    (0..count).map(|n| Button { id: format!("{n:0>64}"), label: "ы".repeat(label_chars) }).collect()
}

/// Validates a request against `method.<name>`; a method the schema does not know fails.
fn assert_fits(outbound: &Value, method: &str, body: &Value) {
    let definition = format!("method.{method}");
    assert!(outbound["$defs"].get(&definition).is_some(), "{method} is not in the contract");
    let schema = json!({ "$defs": outbound["$defs"], "$ref": format!("#/$defs/{definition}") });
    let validator = jsonschema::validator_for(&schema).unwrap();
    let broken: Vec<String> = validator.iter_errors(body).map(|error| error.to_string()).collect();
    assert!(broken.is_empty(), "{method} {body}: {broken:?}");
}

#[tokio::test]
async fn every_request_fits_the_published_schema() {
    let line = Line::to(|url, _| {
        let result = match url.path().rsplit('/').next().unwrap() {
            "getUpdates" => json!([]),
            "getMe" => json!({ "id": 7_123_456_789_i64, "is_bot": true, "first_name": "Салон Лотос" }),
            "sendMessage" => json!({ "message_id": 420, "date": 1, "chat": { "id": 1, "type": "private" } }),
            _ => json!(true),
        };
        Reply::says(200, &json!({ "ok": true, "result": result }))
    });
    let telegram = telegram(&line);
    let long = "слово ".repeat(2_000);
    let sent = [
        message("Записала вас на 24 ноября, 15:00"),
        message(&long),
        message(&"😀".repeat(5_000)),
        Outgoing { buttons: buttons(3, 9), ..message("Есть три окна") },
        Outgoing { buttons: buttons(12, 64), ..message("Выберите услугу") },
        Outgoing { asks_phone: true, ..message("Пришлите номер телефона") },
        Outgoing { asks_phone: true, buttons: buttons(1, 20), ..message("Номер или кнопка") },
    ];
    for message in &sent {
        telegram.send(ANNA, message, "key").await.unwrap();
        telegram.edit(ANNA, "420", message).await.unwrap();
    }
    telegram.answer_press("21527854301234567890", None).await.unwrap();
    telegram.answer_press("21527854301234567890", Some(&"я".repeat(500))).await.unwrap();
    telegram.typing(ANNA, "412").await.unwrap();
    telegram.poll(None).await.unwrap();
    telegram.poll(Some("904561011")).await.unwrap();
    telegram.subscribe(Some("https://bot.example.ru/hook/telegram/3f6c")).await.unwrap();
    telegram.subscribe(None).await.unwrap();
    assert_eq!(telegram.check().await.unwrap(), "Салон Лотос");

    let outbound = contract("outbound.schema.json");
    let mut methods = BTreeSet::new();
    for (url, body) in line.heard() {
        let method = url.path().strip_prefix(&format!("/bot{TOKEN}/")).unwrap().to_owned();
        assert_fits(&outbound, &method, &body);
        methods.insert(method);
    }
    let spoken = [
        "answerCallbackQuery",
        "deleteWebhook",
        "editMessageText",
        "getMe",
        "getUpdates",
        "getWebhookInfo",
        "sendChatAction",
        "sendMessage",
        "setWebhook",
    ];
    assert_eq!(methods, spoken.map(str::to_owned).into());
}

/// What one example says: the peer, the message's id, when (Unix seconds, none for presses), what, and
/// which message of ours it answers.
struct Said {
    message_id: &'static str,
    at_s: Option<i64>,
    what: InputKind,
    replies_to: Option<&'static str>,
}

fn said(message_id: &'static str, what: InputKind) -> Said {
    Said { message_id, at_s: Some(1_795_312_800), what, replies_to: None }
}

fn attachment(kind: AttachmentKind) -> InputKind {
    InputKind::attachment(kind)
}

fn text(text: &str) -> InputKind {
    InputKind::Text { text: text.to_owned() }
}

fn with_file(kind: AttachmentKind, name: &str) -> InputKind {
    InputKind::Attachment { kind, file: FileRef::new(name, None) }
}

fn said_in(name: &str) -> Vec<Said> {
    match name {
        "update.text" => vec![said("412", text("Здравствуйте! Сколько стоит маникюр с покрытием?"))],
        "update.start_with_payload" => vec![said("413", InputKind::Start { source: Some("ig_bio_nov".to_owned()) })],
        "update.callback_query" => vec![Said {
            at_s: None,
            replies_to: Some("414"),
            ..said(
                "414",
                InputKind::Button { id: "slot:8f2c:1".to_owned(), press_id: Some("21527854301234567890".to_owned()) },
            )
        }],
        "update.contact_own" => vec![Said {
            replies_to: Some("414"),
            ..said("415", InputKind::OwnPhone { phone: Phone::parse("+79281234567").unwrap() })
        }],
        "update.voice" => {
            let file = FileRef::new("AwACAgIAAxkBAAIBoGf", Some(6));
            vec![said("416", InputKind::Attachment { kind: AttachmentKind::Voice, file })]
        }
        // The largest of two sizes.
        "update.photo" => vec![
            said("417", with_file(AttachmentKind::Photo, "AgACAgIAAxkBAAIBoWx")),
            said("417", text("Хочу такой цвет")),
        ],
        "update.sticker" => vec![said("418", with_file(AttachmentKind::Sticker, "CAACAgIAAxkBAAIBomd"))],
        "update.edited_message" => vec![Said {
            at_s: Some(1_795_312_860),
            ..said(
                "412",
                InputKind::Edited {
                    text: "Здравствуйте! Сколько стоит маникюр с дизайном?".to_owned()
                },
            )
        }],
        "update.location" => vec![said("419", attachment(AttachmentKind::Location))],
        other => panic!("{other} has no expectation"),
    }
}

#[test]
fn each_example_update_is_read_as_it_was_meant() {
    let telegram = telegram(&Line::to(|_, _| Reply::Unreachable));
    for name in examples("update.") {
        let update = example(&name);
        let parsed = telegram.parse(update.to_string().as_bytes()).unwrap();
        assert!(parsed.iter().all(|incoming| incoming.peer == ANNA), "{name}");
        let keys: BTreeSet<&str> = parsed.iter().map(|incoming| incoming.dedupe_key.as_str()).collect();
        assert_eq!(keys.len(), parsed.len(), "{name}: one key for each");
        assert_eq!(parsed[0].dedupe_key, format!("tg:{}", update["update_id"]), "{name}");
        if name == "update.blocked_by_user" {
            assert_eq!(parsed[0].what, IncomingWhat::Reachable(false));
            continue;
        }
        let expected = said_in(&name);
        assert_eq!(parsed.len(), expected.len(), "{name}");
        for (incoming, said) in parsed.iter().zip(expected) {
            let IncomingWhat::Input { input, replies_to } = &incoming.what else { panic!("{name}: {incoming:?}") };
            assert_eq!(input.what, said.what, "{name}");
            assert_eq!(input.message_id, said.message_id, "{name}");
            assert_eq!(input.at, said.at_s.map_or(NOT_SAID, |s| Timestamp::from_second(s).unwrap()), "{name}");
            assert_eq!(input.profile_name.as_deref(), Some("Анна Ковалёва"), "{name}");
            assert_eq!(replies_to.as_deref(), said.replies_to, "{name}");
        }
    }
}

/// What an example error means when it answers a message to a client.
fn refused_with(name: &str) -> Failure {
    let refused = |code: &str| Failure::Refused { code: code.to_owned(), why: String::new() };
    let broken = || Failure::Broken { why: String::new(), hint: "" };
    match name {
        "error.blocked" | "error.deactivated" | "error.cannot_initiate" | "error.chat_not_found" => {
            refused(codes::UNREACHABLE)
        }
        "error.flood" => {
            Failure::Later { after: Some(SignedDuration::from_secs(17)), scope: Scope::Row, why: String::new() }
        }
        "error.conflict_webhook" | "error.conflict_poller" | "error.unauthorized" => broken(),
        // Harmless after a press; after a message it can only be our own fault.
        "error.query_too_old" => refused(codes::MALFORMED),
        // Followed once; a group that moves again and again is refused.
        "error.migrated" => refused(codes::MALFORMED),
        other => panic!("{other} has no expectation"),
    }
}

/// Words are for people; only what is acted upon is compared.
fn without_words(failure: Failure) -> Failure {
    let why = String::new();
    match failure {
        Failure::Later { after, scope, .. } => Failure::Later { after, scope, why },
        Failure::Refused { code, .. } => Failure::Refused { code, why },
        Failure::Broken { hint, .. } => {
            assert!(!hint.is_empty(), "a person is told what to do");
            Failure::Broken { why, hint: "" }
        }
        Failure::Unknown { .. } => Failure::Unknown { why },
    }
}

#[tokio::test]
async fn each_example_error_becomes_the_failure_of_the_table() {
    for name in examples("error.") {
        let error = example(&name);
        let status = error["error_code"].as_u64().unwrap() as u16;
        let line = Line::to(move |_, _| Reply::says(status, &error));
        let failure = telegram(&line).send(ANNA, &message("Записала вас"), "key").await.unwrap_err();
        assert!(!failure.to_string().contains(TOKEN), "{name}");
        assert_eq!(without_words(failure), refused_with(&name), "{name}");
    }
}
