//! WhatsApp's prepared texts: sent when Meta has approved them as service, told of and left out when not.

use std::sync::Arc;

use nochnik_adapters::ports::Channel;
use nochnik_core::effect::{Button, Prepared, PreparedName};
use serde_json::{Value, json};

use crate::messengers::desk::expected;
use crate::messengers::line;
use crate::wire::{Line, Reply};

/// WhatsApp whose account has `nochnik_remind` in this state.
fn standing(status: &'static str, category: &'static str) -> (Line, Arc<dyn Channel>) {
    let line = Line::to(move |url, _| match url.path().rsplit('/').next().unwrap() {
        "message_templates" => Reply::says(
            200,
            &json!({ "data": [
            { "name": "nochnik_remind", "language": "ru", "status": status, "category": category },
            { "name": "nochnik_remind", "language": "en", "status": "APPROVED", "category": "UTILITY" },
        ] }),
        ),
        _ => Reply::says(200, &json!({ "messages": [{ "id": "wamid.1" }] })),
    });
    let channel = expected("whatsapp").open(&line);
    (line, channel)
}

/// The account of `whatsapp.toml`.
const LOTOS: &str = "102290129340398";

fn told_of(channel: &dyn Channel, account: &Value, field: &str, value: &Value) -> Vec<String> {
    let change = json!({ "field": field, "value": value });
    let body = json!({ "object": "whatsapp_business_account", "entry": [{ "id": account, "changes": [change] }] });
    channel.parse(body.to_string().as_bytes()).unwrap().iter().map(line::of).collect()
}

fn status(event: &str) -> Value {
    json!({ "event": event, "message_template_name": "nochnik_remind", "message_template_language": "ru" })
}

async fn remind(channel: &dyn Channel) -> String {
    let values = vec!["Лотос".to_owned(), "завтра, 18:30".to_owned(), "маникюр".to_owned()];
    let prepared = Prepared { name: PreparedName::Remind, values };
    let buttons = ["will.1", "move.1", "cancel.1"].map(|id| Button { id: id.to_owned(), label: "…".to_owned() });
    match channel.send_prepared("79281234567", &prepared, &buttons, "e#0").await {
        Ok(_) => "ушло".to_owned(),
        Err(failure) => line::meaning(&failure),
    }
}

#[tokio::test]
async fn only_an_approved_service_text_is_sent() {
    for (status, category, expected) in [
        ("APPROVED", "UTILITY", "ушло"),
        ("APPROVED", "MARKETING", "отказ template"),
        ("PENDING", "UTILITY", "отказ template"),
        ("REJECTED", "UTILITY", "отказ template"),
        ("PAUSED", "UTILITY", "отказ template"),
        ("DISABLED", "UTILITY", "отказ template"),
    ] {
        let (line, channel) = standing(status, category);
        assert_eq!(remind(&*channel).await, expected, "{status} {category}");
        let sent = line.heard().into_iter().filter(|(url, _)| url.path().ends_with("/messages")).count();
        assert_eq!(sent, usize::from(expected == "ушло"), "{status} {category}: what would fail is not tried");
    }
}

#[tokio::test]
async fn what_meta_says_of_a_text_counts_at_once_and_the_owner_hears_it() {
    let (_, channel) = standing("APPROVED", "UTILITY");
    assert_eq!(remind(&*channel).await, "ушло");
    let told = |field: &str, value: Value| told_of(&*channel, &json!(LOTOS), field, &value);
    let way = "Такие напоминания пойдут другим путём: в другой чат клиента или по СМС, если он согласен.";
    let paused = format!("владельцу: Шаблон WhatsApp «Напоминание за сутки»: Meta приостановила из-за жалоб. {way}");
    assert_eq!(told("message_template_status_update", status("PAUSED")), [paused]);
    assert_eq!(remind(&*channel).await, "отказ template");
    let back = "владельцу: Шаблон WhatsApp «Напоминание за сутки»: одобрен.";
    assert_eq!(told("message_template_status_update", status("APPROVED")), [back]);
    assert_eq!(remind(&*channel).await, "ушло");
    let moved = json!({ "message_template_name": "nochnik_remind", "message_template_language": "ru",
        "previous_category": "UTILITY", "new_category": "MARKETING" });
    let dearer = format!(
        "владельцу: Шаблон WhatsApp «Напоминание за сутки»: Meta считает рекламой, поэтому не отправляется. {way}"
    );
    assert_eq!(told("template_category_update", moved), [dearer]);
    assert_eq!(remind(&*channel).await, "отказ template");
    let foreign = json!({ "event": "PAUSED", "message_template_name": "sale", "message_template_language": "ru" });
    assert_eq!(told("message_template_status_update", foreign), ["непонятое message_template_status_update от "]);
}

/// Meta leads all accounts of one app to one address, and every account has texts of these names.
#[tokio::test]
async fn what_meta_says_of_the_text_of_another_account_is_not_ours() {
    let (_, channel) = standing("APPROVED", "UTILITY");
    assert_eq!(remind(&*channel).await, "ушло");
    for account in [json!("102290129340399"), Value::Null] {
        let heard = told_of(&*channel, &account, "message_template_status_update", &status("REJECTED"));
        assert!(!heard.iter().any(|line| line.starts_with("владельцу")), "{account}: {heard:?}");
        assert_eq!(remind(&*channel).await, "ушло", "{account}");
    }
}

/// Another channel with a window has no such texts.
#[tokio::test]
async fn instagram_has_nothing_to_say_when_its_window_is_closed() {
    let line = Line::to(|_, _| Reply::Unreachable);
    assert_eq!(remind(&*expected("instagram").open(&line)).await, "отказ window_closed");
    assert!(line.heard().is_empty());
}
