//! Each published example is read as it was meant, and survives strangers beside its text.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::messengers::desk::{KINDS, example, examples, expected};
use crate::messengers::line;
use crate::wire::{Line, Reply};

#[test]
fn each_example_is_read_as_it_was_meant() {
    for kind in KINDS {
        let expected = expected(kind);
        let channel = expected.open(&Line::to(|_, _| Reply::Unreachable));
        let names = examples(kind, &expected.examples);
        assert_eq!(names, expected.readings.keys().cloned().collect(), "{kind}: every example has an expectation");
        for name in names {
            let body = example(kind, &name).to_string();
            let read = channel.parse(body.as_bytes()).unwrap();
            let lines: Vec<String> = read.iter().map(line::of).collect();
            assert_eq!(lines, expected.readings[&name], "{kind} {name}");
            let keys: BTreeSet<&str> = read.iter().map(|incoming| incoming.dedupe_key.as_str()).collect();
            assert_eq!(keys.len(), read.len(), "{kind} {name}: one key for each");
            assert_eq!(
                channel.parse(body.as_bytes()).unwrap(),
                read,
                "{kind} {name}: redelivered, it has the same keys"
            );
        }
    }
}

/// Source: reliability F09.
#[test]
fn a_text_survives_a_stranger_in_any_field_beside_it() {
    for (kind, name, path) in [
        ("max", "update.text", "/message"),
        ("max", "update.text", "/message/body"),
        ("vk", "callback.text", "/object/message"),
        ("whatsapp", "webhook.text", "/entry/0/changes/0/value/messages/0"),
        ("whatsapp", "webhook.text", "/entry/0/changes/0/value"),
        ("instagram", "webhook.text", "/entry/0/messaging/0"),
        ("instagram", "webhook.text", "/entry/0/messaging/0/message"),
    ] {
        let channel = expected(kind).open(&Line::to(|_, _| Reply::Unreachable));
        let whole = example(kind, name);
        let fields: Vec<String> = whole.pointer(path).unwrap().as_object().unwrap().keys().cloned().collect();
        let added = ["attachments", "link", "reply_to", "geo", "fwd_messages", "referral", "context", "zzz"];
        for field in fields.iter().map(String::as_str).chain(added).filter(|field| !is_the_message_itself(field)) {
            for stranger in [Value::Null, json!(true), json!("x"), json!([1, "x"]), json!({ "x": [] }), json!(-1)] {
                let mut body = whole.clone();
                body.pointer_mut(path).unwrap()[field] = stranger.clone();
                let read = channel.parse(body.to_string().as_bytes()).unwrap();
                let said = read.iter().map(line::of).any(|line| line.contains("пишет «"));
                assert!(said, "{kind}: {path}/{field} = {stranger}: {read:?}");
            }
        }
    }
}

/// Without these there is no message, or none of a client's.
fn is_the_message_itself(field: &str) -> bool {
    const ITSELF: &[&str] = &[
        "body",
        "text",
        "mid",
        "recipient",
        "sender",
        "message",
        "messages",
        "id",
        "type",
        "peer_id",
        "from_id",
        "conversation_message_id",
        "from",
        "from_user_id",
        "contacts",
        "payload",
        "is_echo",
        "is_deleted",
        "quick_reply",
        "metadata",
    ];
    ITSELF.contains(&field)
}

#[test]
fn what_no_vendor_sends_is_refused_and_what_a_new_version_sends_is_kept() {
    for (kind, new) in [
        ("max", json!({ "update_type": "poll_created", "timestamp": 1 })),
        ("vk", json!({ "type": "donut_subscription_create", "group_id": 220_033_445, "event_id": "e", "object": {} })),
        (
            "whatsapp",
            json!({ "object": "whatsapp_business_account", "entry": [{ "changes": [{ "field": "calls", "value": {} }] }] }),
        ),
        (
            "instagram",
            json!({ "object": "instagram", "entry": [{ "messaging": [{ "sender": { "id": "1" },
            "recipient": { "id": "17841400000000001" }, "wave": {} }] }] }),
        ),
    ] {
        let channel = expected(kind).open(&Line::to(|_, _| Reply::Unreachable));
        let read = channel.parse(new.to_string().as_bytes()).unwrap();
        assert!(matches!(&read[..], [one] if line::of(one).starts_with("непонятое ")), "{kind}: {read:?}");
        for wrong in ["", "{", "[]", "null", "{}", "\"x\"", "{\"object\":\"page2\"}"] {
            assert!(channel.parse(wrong.as_bytes()).is_err(), "{kind}: {wrong}");
        }
    }
}

/// An agency leads two salons by one app of Meta: one secret signs, and all comes to the one address of the app.
#[test]
fn of_a_delivery_to_many_accounts_only_ours_is_read() {
    for (kind, prefix, (ours, theirs)) in [
        ("instagram", "webhook.", ("17841400000000001", "17841400000000002")),
        ("whatsapp", "webhook.", ("506070809010203", "506070809010204")),
    ] {
        let channel = expected(kind).open(&Line::to(|_, _| Reply::Unreachable));
        for name in examples(kind, prefix) {
            let whole = example(kind, &name);
            let of_another = whole.to_string().replace(ours, theirs).replace("102290129340398", "102290129340399");
            assert_eq!(channel.parse(of_another.as_bytes()).unwrap(), [], "{kind} {name}");
            let mut both: Value = serde_json::from_str(&of_another).unwrap();
            both["entry"].as_array_mut().unwrap().push(whole["entry"][0].clone());
            let read = channel.parse(both.to_string().as_bytes());
            assert_eq!(read, channel.parse(whole.to_string().as_bytes()), "{kind} {name}");
        }
    }
}

/// An account that is reached through a page may be told of by either id.
#[test]
fn what_comes_to_the_page_of_an_account_is_the_accounts() {
    let mut expected = expected("instagram");
    expected.fields.extend([("login".to_owned(), json!("page")), ("page_id".to_owned(), json!("104000000000001"))]);
    let channel = expected.open(&Line::to(|_, _| Reply::Unreachable));
    let body = example("instagram", "webhook.text").to_string();
    for id in ["17841400000000001", "104000000000001"] {
        let body = body.replace("17841400000000001", id);
        assert_eq!(channel.parse(body.as_bytes()).unwrap().len(), 1, "{id}");
    }
}

/// Found by `fuzz_parsers`, seed 1795795604960793: the area of such a picture has no number.
#[test]
fn a_picture_of_impossible_size_is_a_picture() {
    let mut update = example("vk", "callback.photo");
    update["object"]["message"]["attachments"][0]["photo"]["sizes"][0]["height"] = i64::MAX.into();
    let read = expected("vk").open(&Line::to(|_, _| Reply::Unreachable)).parse(update.to_string().as_bytes()).unwrap();
    assert_eq!(line::of(&read[0]), "1795312800000 271828182 шлёт фото (https://sun9.vk.example/x.jpg)");
}
