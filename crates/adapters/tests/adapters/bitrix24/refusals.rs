//! What the portal may say instead of doing it, and what we make of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::SignedDuration;
use nochnik_adapters::Failure;
use nochnik_adapters::failure::Scope;
use nochnik_doubles::bitrix24::{Mode, Settings};
use serde_json::{Value, json};

use crate::bitrix24::desk::Desk;
use crate::cards::{NOW_MS, card};
use crate::wire::Reply;

/// A failure as far as anything hangs on it.
#[derive(Debug, PartialEq)]
enum Means {
    Later(Option<i64>, Scope),
    Refused(String),
    Broken,
    Unknown,
}

fn means(failure: &Failure) -> Means {
    match failure {
        Failure::Later { after, scope, .. } => Means::Later(after.map(|after| after.as_secs()), *scope),
        Failure::Refused { code, .. } => Means::Refused(code.clone()),
        Failure::Broken { hint, .. } => {
            assert!(hint.chars().any(|c| ('а'..='я').contains(&c)), "a person is told what to do: {hint}");
            Means::Broken
        }
        Failure::Unknown { .. } => Means::Unknown,
    }
}

fn is_create(body: &Value) -> bool {
    body["cmd"].as_object().is_some_and(|commands| {
        commands.values().any(|command| command.as_str().is_some_and(|text| text.starts_with("crm.item.add")))
    })
}

fn is_look_up(body: &Value) -> bool {
    body["cmd"].as_object().is_some_and(|commands| {
        commands.contains_key("lead") && commands.contains_key("deal") && commands.contains_key("contact")
    })
}

type Answers = fn() -> Reply;

fn error(status: u16, code: Value) -> Reply {
    Reply::says(status, &json!({ "error": code, "error_description": "Текст на языке портала<br>" }))
}

/// What the portal answers, what it means for a create, and what for a look-up.
fn table() -> Vec<(&'static str, Answers, Means, Means)> {
    let later = |s, scope| Means::Later(s, scope);
    let refused = |code: &str| Means::Refused(code.to_owned());
    let soon = || later(None, Scope::Destination);
    vec![
        (
            "bucket",
            || error(503, json!("QUERY_LIMIT_EXCEEDED")),
            later(Some(1), Scope::Destination),
            later(Some(1), Scope::Destination),
        ),
        (
            "method budget",
            || error(429, json!("OPERATION_TIME_LIMIT")),
            later(Some(600), Scope::Row),
            later(Some(600), Scope::Row),
        ),
        ("stopped by the vendor", || error(503, json!("OVERLOAD_LIMIT")), Means::Broken, Means::Broken),
        ("revoked webhook", || error(401, json!("NO_AUTH_FOUND")), Means::Broken, Means::Broken),
        ("unknown 401", || error(401, json!("")), Means::Broken, Means::Broken),
        ("no paid plan", || error(403, json!("ACCESS_DENIED")), Means::Broken, Means::Broken),
        ("missing scope", || error(403, json!("insufficient_scope")), Means::Broken, Means::Broken),
        ("right refused with 400", || error(400, json!("ACCESS_DENIED")), Means::Broken, Means::Broken),
        ("old portal", || error(404, json!("ERROR_METHOD_NOT_FOUND")), Means::Broken, Means::Broken),
        ("deleted portal", || error(500, json!("PORTAL_DELETED")), Means::Broken, Means::Broken),
        ("crash", || error(500, json!("INTERNAL_SERVER_ERROR")), Means::Unknown, soon()),
        ("empty code", || error(400, json!("")), refused(""), refused("")),
        ("numeric code", || error(400, json!(100)), refused("100"), refused("100")),
        ("zero for a code, with 200", || error(200, json!(0)), refused("0"), refused("0")),
        ("empty code with 200", || error(200, json!("")), refused(""), refused("")),
        ("page of a proxy", || Reply::page(502), Means::Unknown, soon()),
        ("page with 200", || Reply::page(200), Means::Unknown, soon()),
        ("not an object", || Reply::says(200, &json!([])), Means::Unknown, soon()),
        ("no result", || Reply::says(200, &json!({ "time": {} })), Means::Unknown, soon()),
        ("result of another method", || Reply::says(200, &json!({ "result": true })), Means::Unknown, soon()),
        ("silence", || Reply::Hangs, Means::Unknown, later(None, Scope::Row)),
        ("cut line", || Reply::Drops, Means::Unknown, later(None, Scope::Row)),
        ("no way there", || Reply::Unreachable, later(None, Scope::Destination), later(None, Scope::Destination)),
        ("login page", || Reply::moved("https://salon-demo.bitrix24.ru/auth/"), Means::Broken, Means::Broken),
        (
            "no encryption",
            || Reply::moved("http://evil.example/rest/17/h00kc0de/batch.json"),
            Means::Broken,
            Means::Broken,
        ),
    ]
}

#[tokio::test(start_paused = true)]
async fn each_answer_means_what_the_sheet_says() {
    for (name, answers, of_create, of_look_up) in table() {
        for (is_met, expected) in [(is_create as fn(&Value) -> bool, of_create), (is_look_up, of_look_up)] {
            let desk = Desk::altered(Settings::default(), &[], move |body| is_met(body).then(answers));
            let failure = desk.put(&card(), None, false).await.unwrap_err();
            assert_eq!(means(&failure), expected, "{name}: {failure}");
            assert!(!failure.to_string().contains("h00kc0de"), "{name}: the secret shows");
            assert!(desk.portal.leads().is_empty(), "{name}");
        }
    }
}

/// Only asking failed: nothing was sent, so what is in doubt is no younger.
#[tokio::test(start_paused = true)]
async fn a_look_up_that_fails_is_merely_later() {
    for (answers, after, scope) in [
        ((|| error(503, json!("QUERY_LIMIT_EXCEEDED"))) as Answers, Some(1), Scope::Destination),
        (|| Reply::page(502), None, Scope::Destination),
        (|| Reply::Unreachable, None, Scope::Destination),
        (|| Reply::Drops, None, Scope::Row),
    ] {
        let desk = Desk::altered(Settings::default(), &[], move |body| is_look_up(body).then(answers));
        let failure = desk.put(&card(), Some(NOW_MS - 2_000), true).await.unwrap_err();
        assert_eq!(means(&failure), Means::Later(after, scope), "{failure}");
    }
}

#[tokio::test]
async fn nothing_is_made_again_while_the_portal_may_still_be_at_work() {
    let desk = Desk::new(Settings::default());
    for (age_ms, left_s) in [(0, 70), (2_000, 68), (10_000, 60), (30_000, 40), (69_000, 1)] {
        let failure = desk.put(&card(), Some(NOW_MS - age_ms), true).await.unwrap_err();
        assert_eq!(means(&failure), Means::Later(Some(left_s), Scope::Row), "after {age_ms} ms");
    }
    assert!(desk.portal.leads().is_empty());
    desk.put(&card(), Some(NOW_MS - 71_000), true).await.unwrap();
    assert_eq!(desk.portal.leads().len(), 1);
}

#[tokio::test]
async fn a_full_bucket_is_waited_out() {
    let mut desk = Desk::new(Settings::default());
    for _ in 0..50 {
        desk.people("server.time", json!({}));
    }
    let failure = desk.put(&card(), None, false).await.unwrap_err();
    let Failure::Later { after: Some(after), scope: Scope::Destination, .. } = failure else { panic!("{failure}") };
    assert!(after >= SignedDuration::from_millis(500), "one place is free after half a second: {after:?}");
    desk.deliver(&card()).await.unwrap();
    assert_eq!(desk.portal.leads().len(), 1);
}

#[tokio::test]
async fn a_value_the_portal_no_longer_knows_goes_into_the_comments() {
    for mode in [Mode::Classic, Mode::Simple] {
        let settings = Settings { mode, ..Settings::default() };
        let mut desk = Desk::with(settings, &[("source_id", json!("REMOVED"))]);
        let card = card();
        desk.deliver(&card).await.unwrap();
        let made = if mode == Mode::Classic { desk.portal.leads() } else { desk.portal.deals() };
        assert_eq!(made.len(), 1, "{mode:?}");
        assert_eq!(made[0].fields["originId"], card.origin.as_str());
        let comments = made[0].fields["comments"].as_str().unwrap();
        for words in ["Анна", "+7 928 123-45-67", "Телеграм", "завтра после 18:00"] {
            assert!(comments.contains(words), "{mode:?}, {words}: {comments}");
        }
        assert!(desk.portal.contacts().len() <= 1, "{mode:?}");
        desk.portal.assert_clean();
    }
}

#[tokio::test]
async fn a_required_field_we_cannot_fill_is_told_to_a_person_and_mended_by_a_replay() {
    let settings = Settings { required_fields: vec![(1, "companyTitle".to_owned())], ..Settings::default() };
    let mut desk = Desk::new(settings);
    let failure = desk.deliver(&card()).await.unwrap_err();
    let Failure::Refused { why, .. } = failure else { panic!("{failure}") };
    assert!(why.contains("companyTitle"), "the portal's own words: {why}");
    assert!(desk.portal.leads().is_empty());
    desk.portal.set(|settings| settings.required_fields.clear());
    desk.deliver(&card()).await.unwrap();
    assert_eq!(desk.portal.leads().len(), 1);
}

/// People are told «may not look» rather than given a second lead.
#[tokio::test]
async fn who_may_not_look_does_not_create() {
    let refused = json!({ "result": {
        "result": { "contact": { "items": [] }, "deal": { "items": [] } },
        "result_error": { "lead": { "error": "", "error_description": "Access denied." } },
    } });
    let desk =
        Desk::altered(Settings::default(), &[], move |body| is_look_up(body).then(|| Reply::says(200, &refused)));
    let failure = desk.put(&card(), None, false).await.unwrap_err();
    assert_eq!(means(&failure), Means::Broken);
    assert!(desk.portal.leads().is_empty());
}

#[tokio::test]
async fn a_portal_that_moved_is_followed_from_then_on() {
    let moves = Arc::new(AtomicUsize::new(0));
    let asked = moves.clone();
    let desk = Desk::altered(Settings::default(), &[], move |_| {
        (asked.fetch_add(1, Ordering::Relaxed) == 0)
            .then(|| Reply::moved("https://new-name.bitrix24.ru/rest/17/h00kc0de/batch.json"))
    });
    desk.put(&card(), None, false).await.unwrap();
    let hosts: Vec<String> =
        desk.line.heard().iter().map(|(url, _)| url.host_str().unwrap_or_default().to_owned()).collect();
    assert_eq!(hosts[0], "salon-demo.bitrix24.ru");
    assert!(hosts[1..].iter().all(|host| host == "new-name.bitrix24.ru"), "{hosts:?}");
    assert_eq!(desk.portal.leads().len(), 1);
}
