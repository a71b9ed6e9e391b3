//! Every request fits the published schema, and the limits that no schema can say.

use std::collections::BTreeSet;

use nochnik_adapters::ports::Outgoing;
use nochnik_core::effect::{Button, Prepared, PreparedName};
use reqwest::Url;
use serde_json::{Map, Value, json};

use crate::messengers::desk::{Expected, KINDS, contract, expected, message};
use crate::wire::{Heard, Line, Reply};

/// What each vendor answers when all is well.
fn answer(kind: &str, url: &Url, vendor_id: &str) -> Value {
    let method = url.path().rsplit('/').next().unwrap();
    match (kind, method) {
        ("max", "messages") => json!({ "message": { "body": { "mid": vendor_id } } }),
        ("max", "updates") => json!({ "updates": [], "marker": 7 }),
        ("max", "subscriptions") => json!({ "subscriptions": [] }),
        ("max", "me") => {
            json!({ "user_id": 90_112_233, "first_name": "Салон Лотос", "username": "id616100000000_bot" })
        }
        ("max", _) => json!({ "success": true }),
        ("vk", "messages.send") => {
            json!({ "response": [{ "peer_id": 271_828_182, "message_id": 1549, "conversation_message_id": 83 }] })
        }
        ("vk", "groups.getLongPollServer") => {
            json!({ "response": { "key": "3aac0d7e", "server": "https://lp.vk.example/whp/220033445", "ts": "1831" } })
        }
        // A gap once: the history is looked through.
        ("vk", "220033445") if url.query().unwrap_or_default().contains("ts=gap") => {
            json!({ "failed": 1, "ts": "1900" })
        }
        ("vk", "220033445") => json!({ "ts": "1832", "updates": [] }),
        ("vk", "messages.getConversations") => {
            json!({ "response": { "items": [{ "conversation": { "peer": { "id": 271_828_182 } } }] } })
        }
        ("vk", "messages.getHistory") => json!({ "response": { "items": [
            { "peer_id": 271_828_182, "from_id": 271_828_182, "conversation_message_id": 9, "date": 1, "text": "а в пятницу?" },
        ] } }),
        ("vk", "groups.getById") => json!({ "response": { "groups": [{ "id": 220_033_445, "name": "Салон Лотос" }] } }),
        ("vk", "groups.getCallbackServers") => json!({ "response": { "count": 0, "items": [] } }),
        ("vk", "groups.addCallbackServer") => json!({ "response": { "server_id": 1 } }),
        ("vk", _) => json!({ "response": 1 }),
        // One text is approved already; the others are handed in.
        ("whatsapp", "message_templates") => json!({ "data": [
            { "name": "nochnik_remind", "language": "ru", "status": "APPROVED", "category": "UTILITY" },
        ] }),
        ("whatsapp", "messages") => json!({ "messages": [{ "id": vendor_id, "message_status": "accepted" }] }),
        ("whatsapp", "506070809010203") => {
            json!({ "verified_name": "Салон Лотос", "display_phone_number": "+7 863 200-00-00" })
        }
        ("instagram", "refresh_access_token") => json!({ "access_token": "IGAAfresh", "expires_in": 5_184_000 }),
        ("instagram", "messages") => json!({ "recipient_id": "1254459154682919", "message_id": vendor_id }),
        ("instagram", "17841400000000001") => json!({ "name": "Салон Лотос", "username": "lotos" }),
        _ => json!({ "success": true }),
    }
}

fn buttons(count: usize, label_chars: usize) -> Vec<Button> {
    let label = |n: usize| format!("{n}{}", "ы".repeat(label_chars.saturating_sub(n.to_string().len())));
    (0..count).map(|n| Button { id: format!("{n:0>64}"), label: label(n) }).collect()
}

fn messages() -> Vec<Outgoing> {
    let twins = ["Маникюр с покрытием гель-лак", "Маникюр с покрытием гель-лак и дизайн"];
    let twins = twins.iter().enumerate().map(|(n, label)| Button { id: format!("svc.{n}"), label: (*label).into() });
    vec![
        message("Записала вас на 24 ноября, 15:00"),
        message(&"слово ".repeat(2_000)),
        message(&"😀".repeat(5_000)),
        Outgoing { buttons: buttons(3, 5), ..message("Есть три окна") },
        Outgoing { buttons: buttons(3, 20), ..message(&"слово ".repeat(400)) },
        Outgoing { buttons: buttons(5, 20), ..message("Выберите время") },
        Outgoing { buttons: buttons(14, 64), ..message("Выберите услугу") },
        Outgoing { buttons: twins.collect(), ..message("Какой маникюр?") },
        Outgoing { asks_phone: true, ..message("Пришлите номер телефона") },
        Outgoing { asks_phone: true, buttons: buttons(1, 20), ..message("Номер или кнопка") },
    ]
}

fn reminder() -> Prepared {
    let values = ["Салон «Лотос»", "завтра, ср, 25 ноября,\n18:30", "маникюр,\tпедикюр"].map(str::to_owned).into();
    Prepared { name: PreparedName::Remind, values }
}

async fn heard_in_all(expected: &Expected) -> Vec<Heard> {
    let (kind, vendor_id) = (expected.kind.clone(), expected.requests.vendor_id.clone());
    let line = Line::to(move |url, _| Reply::says(200, &answer(&kind, url, &vendor_id)));
    let (channel, asked) = (expected.open(&line), &expected.requests);
    for (n, message) in messages().iter().enumerate() {
        let receipt = channel.send(&asked.peer, message, &format!("e#{n}")).await.unwrap();
        assert_eq!(receipt.vendor_id.as_ref(), Some(&asked.vendor_id), "{}", expected.kind);
        // Two of them cannot change what was sent, and say so.
        let edited = channel.edit(&asked.peer, &asked.vendor_id, message).await;
        assert_eq!(edited.is_ok(), matches!(expected.kind.as_str(), "max" | "vk"), "{}", expected.kind);
    }
    if let Some(press) = &asked.press {
        channel.answer_press(press, None).await.unwrap();
        channel.answer_press(press, Some(&"я".repeat(500))).await.unwrap();
    }
    if channel.prepared(true).await.unwrap().is_some() {
        let receipt = channel.send_prepared(&asked.peer, &reminder(), &buttons(3, 5), "e#r").await.unwrap();
        assert_eq!(receipt.vendor_id.as_ref(), Some(&asked.vendor_id));
    }
    channel.name_of(&asked.peer).await.unwrap();
    let renewed = channel.renewed().await.unwrap();
    assert_eq!(renewed.map(|renewed| renewed.field), (expected.kind == "instagram").then_some("token"));
    channel.typing(&asked.peer, &asked.vendor_id).await.unwrap();
    if channel.kind().can_poll {
        channel.poll(None).await.unwrap();
        channel.poll(Some("1832")).await.unwrap();
        if expected.kind == "vk" {
            let missed = channel.poll(Some("gap")).await.unwrap();
            assert_eq!((missed.incoming.len(), missed.cursor.as_deref()), (1, Some("1900")));
        }
        channel.subscribe(None).await.unwrap();
    }
    channel.subscribe(Some(&asked.hook)).await.unwrap();
    assert!(channel.check().await.unwrap().starts_with("Салон Лотос"), "{}", expected.kind);
    line.heard_whole()
}

#[tokio::test]
async fn every_request_fits_the_published_schema() {
    for kind in KINDS {
        let expected = expected(kind);
        let outbound = contract(kind, "outbound.schema.json");
        let mut spoken = BTreeSet::new();
        for heard in heard_in_all(&expected).await {
            let place = format!("{} {}", heard.method, heard.url.path());
            let Some((body_is, query_is)) = expected.requests.fits.get(&place) else {
                panic!("{kind}: {place} is not expected")
            };
            let body = body_of(&outbound, body_is, &heard);
            match body_is.strip_prefix("deviation: ") {
                Some(reason) => assert!(!reason.is_empty(), "a deviation has its reason"),
                None => assert_fits(kind, &outbound, body_is, &body),
            }
            assert_fits(kind, &outbound, query_is, &query_of(&heard));
            if outbound["$defs"].get("headers").is_some() && !heard.body.is_null() {
                assert_fits(kind, &outbound, "headers", &serde_json::to_value(&heard.headers).unwrap());
            }
            assert_unsaid(kind, &outbound, &heard);
            spoken.insert(place);
        }
        assert_eq!(spoken, expected.requests.fits.keys().cloned().collect(), "{kind}: every call was made");
    }
}

fn assert_fits(kind: &str, outbound: &Value, definition: &str, value: &Value) {
    if definition.is_empty() {
        return;
    }
    assert!(outbound["$defs"].get(definition).is_some(), "{kind}: {definition} is not in the contract");
    let schema = json!({ "$defs": outbound["$defs"], "$ref": format!("#/$defs/{definition}") });
    let validator = jsonschema::validator_for(&schema).unwrap();
    let broken: Vec<String> = validator.iter_errors(value).map(|error| error.to_string()).collect();
    assert!(broken.is_empty(), "{kind} {definition} {value}: {broken:?}");
}

/// A form's fields have the types that the schema gives them.
fn body_of(outbound: &Value, definition: &str, heard: &Heard) -> Value {
    let Value::String(form) = &heard.body else { return heard.body.clone() };
    let properties = &outbound["$defs"][definition]["properties"];
    let typed = |name: &str, text: &str| match properties[name]["type"].as_str() {
        Some("integer") => text.parse::<i64>().map_or(json!(text), Value::from),
        Some("array") => text.split(',').map(|item| item.parse::<i64>().map_or(json!(item), Value::from)).collect(),
        _ => json!(text),
    };
    let url = Url::parse(&format!("http://form/?{form}")).unwrap();
    url.query_pairs().map(|(name, text)| (name.to_string(), typed(&name, &text))).collect::<Map<_, _>>().into()
}

fn query_of(heard: &Heard) -> Value {
    heard.url.query_pairs().map(|(name, text)| (name.to_string(), json!(text))).collect::<Map<_, _>>().into()
}

/// What no schema can say. Source: `contracts/README.md`.
fn assert_unsaid(kind: &str, outbound: &Value, heard: &Heard) {
    match kind {
        "max" => {
            let rows = heard.body["attachments"][0]["payload"]["buttons"].as_array().cloned().unwrap_or_default();
            let has_wide =
                |row: &Value| row.as_array().unwrap().iter().any(|button| button["type"] == "request_contact");
            for row in rows {
                assert!(row.as_array().unwrap().len() <= if has_wide(&row) { 3 } else { 7 });
            }
            assert!(!heard.url.query().unwrap_or_default().contains("token"));
        }
        "vk" => {
            let body = body_of(outbound, "", heard);
            for (field, definition) in [("keyboard", "keyboard"), ("event_data", "event_data")] {
                let Some(text) = body[field].as_str() else { continue };
                let decoded: Value = serde_json::from_str(text).unwrap();
                assert_fits(kind, outbound, definition, &decoded);
                let rows = decoded["buttons"].as_array().map(Vec::as_slice).unwrap_or_default();
                assert!(rows.iter().map(|row| row.as_array().unwrap().len()).sum::<usize>() <= 10);
            }
            assert!(body["message"].as_str().is_none_or(|text| text.chars().count() <= 4_096));
        }
        "instagram" => {
            assert!(heard.body["message"]["text"].as_str().is_none_or(|text| text.len() <= 1_000), "bytes");
        }
        _ => {
            let reply = |button: &Value| button["reply"]["title"].as_str().unwrap().to_owned();
            let buttons = heard.body["interactive"]["action"]["buttons"].as_array().cloned().unwrap_or_default();
            let titles: BTreeSet<String> = buttons.iter().map(reply).collect();
            assert_eq!(titles.len(), buttons.len(), "titles of buttons differ");
            let body = heard.body["interactive"]["body"]["text"].as_str();
            assert!(body.is_none_or(|text| text.chars().count() <= 1_024));
        }
    }
}

/// Nothing of a long text or of many choices is lost on the way.
#[tokio::test]
async fn a_long_text_arrives_whole_and_every_choice_can_be_read() {
    for kind in KINDS {
        let expected = expected(kind);
        let (name, vendor_id) = (expected.kind.clone(), expected.requests.vendor_id.clone());
        let line = Line::to(move |url, _| Reply::says(200, &answer(&name, url, &vendor_id)));
        let channel = expected.open(&line);
        let words: Vec<String> = (0..1_500).map(|n| format!("слово{n}")).collect();
        let asked = Outgoing { buttons: buttons(14, 12), ..message(&words.join(" ")) };
        channel.send(&expected.requests.peer, &asked, "e#0").await.unwrap();
        let outbound = contract(kind, "outbound.schema.json");
        let said: Vec<String> =
            line.heard_whole().iter().map(|heard| text_of(&body_of(&outbound, "", heard))).collect();
        let said = said.join(" ");
        for part in words.iter().chain(asked.buttons.iter().map(|button| &button.label)) {
            assert!(said.contains(part.as_str()), "{kind}: {part} is lost");
        }
    }
}

fn text_of(body: &Value) -> String {
    let places = ["/text", "/message", "/text/body", "/interactive/body/text", "/message/text"];
    places.iter().find_map(|place| body.pointer(place)?.as_str()).unwrap_or_default().to_owned()
}

/// A long text that broke off in the middle goes on where it stopped, under the same key.
#[tokio::test]
async fn a_text_in_parts_goes_on_where_it_broke_off() {
    for kind in KINDS {
        let expected = expected(kind);
        let (name, vendor_id) = (expected.kind.clone(), expected.requests.vendor_id.clone());
        let calls = std::sync::atomic::AtomicUsize::new(0);
        let line = Line::to(move |url, _| match calls.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
            1 => Reply::Unreachable,
            _ => Reply::says(200, &answer(&name, url, &vendor_id)),
        });
        let channel = expected.open(&line);
        let long = message(&"слово ".repeat(2_000));
        channel.send(&expected.requests.peer, &long, "e#0").await.unwrap_err();
        channel.send(&expected.requests.peer, &long, "e#0").await.unwrap();
        let outbound = contract(kind, "outbound.schema.json");
        let said: Vec<String> =
            line.heard_whole().iter().map(|heard| text_of(&body_of(&outbound, "", heard))).collect();
        let words: usize =
            said.iter().enumerate().filter(|(call, _)| *call != 1).map(|(_, text)| text.matches("слово").count()).sum();
        assert_eq!(words, 2_000, "{kind}: every word once");
    }
}
