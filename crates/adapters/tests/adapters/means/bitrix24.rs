//! Calls by a Bitrix24 portal: over the same line, in the same words, at the same pace as its cards.

use std::collections::BTreeMap;
use std::sync::Arc;

use nochnik_adapters::failure::Scope;
use nochnik_adapters::ports::{Delivery, Notifier};
use nochnik_adapters::{crm, means};
use nochnik_core::business::CrmEntry;
use nochnik_doubles::bitrix24::{Double, Settings};
use nochnik_doubles::{Fault, Faults};
use serde_json::{Value, json};

use crate::means::desk::{KEY, MARINA, Means, NOW_MS, alert, assert_means, context};
use crate::wire::{Line, Reply};

const TEXT: &str = "Срочная заявка. Анна, маникюр, сегодня. Откройте Битрикс.";

struct Desk {
    portal: Double,
    notifier: Arc<dyn Notifier>,
}

fn settings() -> Settings {
    let mut settings = Settings::default();
    settings.scopes.push("telephony".to_owned());
    settings
}

fn desk(settings: Settings, changes: &[(&str, Value)]) -> Desk {
    altered(settings, changes, || None)
}

/// `alter` may answer a request in the portal's place.
fn altered(
    settings: Settings,
    changes: &[(&str, Value)],
    alter: impl Fn() -> Option<Reply> + Send + Sync + 'static,
) -> Desk {
    let portal = Double::new(settings);
    let other_end = portal.clone();
    let line = Line::to(move |url, body| alter().unwrap_or_else(|| other_end.request(url.path(), body, NOW_MS).into()));
    let mut fields =
        BTreeMap::from([("webhook_url".to_owned(), json!(address(&portal))), ("line".to_owned(), json!("reg200411"))]);
    fields.extend(changes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    Desk { notifier: means::open("bitrix24_call", &fields, &context(Some(&line))).unwrap(), portal }
}

fn address(portal: &Double) -> String {
    format!("https://salon-demo.bitrix24.ru{}/", portal.base_path())
}

#[tokio::test]
async fn the_portal_rings_and_reads_the_text() {
    let desk = desk(settings(), &[("voice", json!("ruinternalfemale"))]);
    let handed = desk.notifier.send(MARINA, &alert(TEXT), KEY).await.unwrap();
    let calls = desk.portal.infocalls();
    assert_eq!(calls.len(), 1);
    assert_eq!(handed.vendor_id.as_ref(), Some(&calls[0].call_id));
    assert_eq!(handed.delivery, Delivery::Accepted);
    assert_eq!((calls[0].number.as_str(), calls[0].text.as_str()), ("79281234567", TEXT));
    assert_eq!(calls[0].voice.as_deref(), Some("ruinternalfemale"));
    assert!(!desk.notifier.can_acknowledge(), "no key is taken");
    desk.portal.assert_clean();
}

#[tokio::test]
async fn how_a_call_ended_stands_in_the_statistics() {
    let desk = desk(settings(), &[]);
    let id = desk.notifier.send(MARINA, &alert(TEXT), KEY).await.unwrap().vendor_id.unwrap();
    assert_eq!(desk.notifier.look(MARINA, &id).await.unwrap(), Some(Delivery::Accepted), "it rings");
    desk.portal.ends_infocall(&id, "200");
    assert_eq!(desk.notifier.look(MARINA, &id).await.unwrap(), Some(Delivery::Delivered));
    for (code, words) in
        [("304", "не взяли"), ("486", "занят"), ("603", "отклонён"), ("480", "недоступен"), ("402", "деньги")]
    {
        desk.portal.ends_infocall(&id, code);
        let Some(Delivery::Failed { why }) = desk.notifier.look(MARINA, &id).await.unwrap() else { panic!("{code}") };
        assert!(why.contains(words), "{code}: {why}");
    }
    desk.portal.assert_clean();
}

#[tokio::test]
async fn each_refusal_means_what_the_sheet_says() {
    let no_line = desk(settings(), &[("line", json!("reg999"))]);
    let base_line = desk(settings(), &[("line", json!("LINK_BASE_NUMBER"))]);
    let used_up = desk(Settings { infocalls_max: 0, ..settings() }, &[]);
    let no_right = desk(Settings::default(), &[]);
    let unpaid = desk(Settings { is_paid: false, ..settings() }, &[]);
    let refused = |text: &'static str| {
        altered(settings(), &[], move || {
            Some(Reply::says(400, &json!({ "error": "ERROR_CORE", "error_description": text })))
        })
    };
    for (name, desk, expected) in [
        ("no such line", no_line, Means::Broken),
        ("the portal's own number", base_line, Means::Broken),
        ("the month is used up", used_up, Means::Broken),
        ("no right", no_right, Means::Broken),
        ("no paid plan", unpaid, Means::Broken),
        ("wrong number", refused("Phone number is not correct"), Means::Refused("unreachable")),
        ("the line's other name", refused("Could not find line reg200411"), Means::Broken),
        ("no reason", refused("Infocall failure"), Means::Refused("bitrix24")),
    ] {
        let failure = desk.notifier.send(MARINA, &alert(TEXT), KEY).await.unwrap_err();
        assert_means(&failure, &expected, name);
        assert!(desk.portal.infocalls().is_empty(), "{name}");
    }
}

/// A repeat rings again, so nothing unclear may pass for «not done».
#[tokio::test]
async fn a_lost_answer_is_unknown_and_a_full_bucket_is_later() {
    for (fault, expected, calls) in [
        (Fault::ExecuteThenDrop, Means::Unknown, 1),
        (Fault::DropBefore, Means::Unknown, 0),
        (Fault::ExecuteThenStatus(500), Means::Unknown, 1),
        (Fault::Status(502), Means::Unknown, 0),
        (Fault::Status(503), Means::Later(Some(1), Scope::Destination), 0),
        (Fault::Status(429), Means::Later(Some(600), Scope::Row), 0),
    ] {
        let desk = desk(settings(), &[]);
        desk.portal.plan(Faults::listed([Some(fault)]));
        let failure = desk.notifier.send(MARINA, &alert(TEXT), KEY).await.unwrap_err();
        assert_means(&failure, &expected, &format!("{fault:?}"));
        assert_eq!(desk.portal.infocalls().len(), calls, "{fault:?}");
    }
}

#[test]
fn calls_and_cards_of_one_portal_keep_one_pace() {
    let desk = desk(settings(), &[]);
    let fields = BTreeMap::from([("webhook_url".to_owned(), json!(address(&desk.portal)))]);
    let crm = crm::open(Some(&CrmEntry { kind: "bitrix24".to_owned(), fields }), &crm::OpenContext::default())
        .unwrap()
        .unwrap();
    assert_eq!(desk.notifier.destination(), crm.destination());
    assert_eq!(desk.notifier.pace().per_s, crm.pace().per_s);
}

#[tokio::test]
async fn the_live_check_names_right_and_line_and_rings_nobody() {
    for (name, settings, line, expected) in [
        ("well", settings(), "reg200411", "«Салон, исходящая»"),
        ("no right", Settings::default(), "reg200411", "«Телефония (telephony)»"),
        ("no such line", settings(), "sip9", "Есть: reg200411 — Салон, исходящая"),
    ] {
        let desk = desk(settings, &[("line", json!(line))]);
        let lines = desk.notifier.check().await.unwrap().join("\n");
        assert!(lines.contains(expected), "{name}: {lines}");
        assert!(desk.portal.infocalls().is_empty(), "{name}");
        desk.portal.assert_clean();
    }
}
