//! The access token: bought once for many, renewed in time, and what it means when there is none.

use std::sync::atomic::Ordering;

use nochnik_adapters::Failure;
use nochnik_adapters::failure::Scope;
use nochnik_doubles::google::Settings;
use nochnik_doubles::{Fault, Faults};
use serde_json::json;

use crate::google::desk::{Desk, Means, means, owner, quarter, visit};
use crate::wire::Reply;

fn owners() -> Desk {
    let settings = Settings::default();
    let fields = owner(&settings);
    Desk::with(settings, &fields)
}

async fn ask_at_once(desk: &Desk, count: usize) -> Vec<Result<(), Failure>> {
    let asks: Vec<_> = (0..count)
        .map(|_| {
            let calendar = desk.calendar.clone();
            tokio::spawn(async move { calendar.changes(None, quarter()).await.map(drop) })
        })
        .collect();
    let mut answers = Vec::new();
    for ask in asks {
        answers.push(ask.await.unwrap());
    }
    answers
}

#[tokio::test]
async fn thirty_two_callers_buy_one_token() {
    for desk in [Desk::new(), owners()] {
        assert!(ask_at_once(&desk, 32).await.iter().all(Result::is_ok));
        assert_eq!(desk.double.tokens_asked(), 1);
        desk.double.assert_clean();
    }
}

/// A key that is refused is shown once, not by everybody who waited; the next one to come tries anew.
#[tokio::test]
async fn thirty_two_callers_share_one_refusal() {
    let desk = Desk::new();
    desk.double.set(|settings| settings.has_key = false);
    let answers = ask_at_once(&desk, 32).await;
    assert!(answers.iter().all(|answer| matches!(answer, Err(Failure::Broken { .. }))));
    assert_eq!(desk.double.tokens_asked(), 1);
    desk.double.set(|settings| settings.has_key = true);
    desk.changes(None).await;
    assert_eq!(desk.double.tokens_asked(), 2);
}

/// Many meet the end of one token: all of them go on with the next.
#[tokio::test]
async fn a_token_that_ended_early_is_renewed_once_for_all() {
    let desk = Desk::new();
    desk.changes(None).await;
    desk.double.revoke_tokens();
    assert!(ask_at_once(&desk, 32).await.iter().all(Result::is_ok));
    assert_eq!(desk.double.tokens_given(), 2);
}

/// It lives 3,599 seconds and is renewed 225 seconds before its end.
#[tokio::test]
async fn a_token_serves_until_shortly_before_its_end() {
    for desk in [Desk::new(), owners()] {
        for (s, tokens) in [(0, 1), (3_373, 1), (1, 2), (3_373, 2), (1, 3), (50_000, 4)] {
            desk.pass_s(s);
            desk.changes(None).await;
            assert_eq!(desk.double.tokens_given(), tokens, "{s} s later");
        }
    }
}

#[tokio::test]
async fn a_token_refused_twice_is_the_owners_matter() {
    let no = json!({ "error": { "code": 401, "errors": [{ "domain": "global", "reason": "authError" }] } });
    let desk = Desk::altered(Settings::default(), &[], move |heard| {
        (heard.url.path() != "/token").then(|| Reply::says(401, &no))
    });
    assert_eq!(means(&desk.put(&visit(), None).await.unwrap_err()), Means::Broken);
    assert_eq!((desk.double.tokens_given(), desk.line.heard().len()), (2, 4));
}

#[tokio::test(start_paused = true)]
async fn without_a_token_nothing_leaves() {
    let soon = |scope| Means::Later(None, scope);
    for (fault, expected) in [
        (Fault::Status(500), soon(Scope::Destination)),
        (Fault::Status(429), soon(Scope::Destination)),
        (Fault::Status(503), soon(Scope::Destination)),
        (Fault::Status(502), soon(Scope::Destination)),
        (Fault::DropBefore, soon(Scope::Row)),
        (Fault::Hang, soon(Scope::Row)),
    ] {
        let desk = Desk::new();
        desk.double.plan(Faults::by(move |call| (call.method == "token").then_some(fault)));
        assert_eq!(means(&desk.put(&visit(), None).await.unwrap_err()), expected, "{fault:?}");
        assert!(desk.line.heard().iter().all(|(url, _)| url.path() == "/token"), "{fault:?}");
        assert!(desk.double.events().is_empty());
    }
}

/// What the desk of tokens says, for a robot and for an owner; the hint holds this word.
#[tokio::test]
async fn a_refused_token_says_what_to_do() {
    type Says = fn() -> Reply;
    fn error(status: u16, word: &str) -> Reply {
        Reply::says(status, &json!({ "error": word, "error_description": "secret words" }))
    }
    let cases: [(&str, Says, &str, &str); 8] = [
        ("invalid_grant", || error(400, "invalid_grant"), "заново", "заново"),
        ("invalid_client", || error(401, "invalid_client"), "ключ робота", "client_secret"),
        ("unauthorized_client", || error(401, "unauthorized_client"), "ключ робота", "client_secret"),
        ("invalid_scope", || error(400, "invalid_scope"), "администратор", "администратор"),
        ("admin policy", || error(400, "admin_policy_enforced"), "администратор", "администратор"),
        ("another server", || Reply::page(404), "token_url", "token_url"),
        ("a wall", || Reply::page(403), "proxy", "proxy"),
        ("moved", || Reply::moved("https://example.org/"), "token_url", "token_url"),
    ];
    for (name, answer, of_robot, of_owner) in cases {
        for (fields, word) in [(vec![], of_robot), (owner(&Settings::default()), of_owner)] {
            let desk = Desk::altered(Settings::default(), &fields, move |_| Some(answer()));
            let failure = desk.calendar.check().await.unwrap_err();
            assert_eq!(means(&failure), Means::Broken, "{name}");
            assert!(!failure.to_string().contains("secret words"), "{name}");
            assert!(matches!(failure, Failure::Broken { hint, .. } if hint.contains(word)), "{name}: {failure:?}");
        }
    }
}

#[tokio::test]
async fn a_withdrawn_consent_asks_to_connect_again() {
    let desk = owners();
    desk.changes(None).await;
    desk.double.set(|settings| settings.has_consent = false);
    desk.double.revoke_tokens();
    let failure = desk.calendar.changes(None, quarter()).await.unwrap_err();
    assert!(matches!(failure, Failure::Broken { hint, .. } if hint.contains("Подключите календарь заново")));
    desk.double.set(|settings| settings.has_consent = true);
    desk.changes(None).await;
}

/// A signature made by a wrong clock is refused with the same words as a deleted key: the answer's date tells them apart.
#[tokio::test]
async fn a_wrong_clock_is_told_from_a_wrong_key() {
    for (ahead_s, words, told) in [
        (-3 * 60 * 60, ["спешат", "на часы"], Some("10800 s")),
        (6 * 60, ["отстают", "на минуты"], Some("-360 s")),
        (9 * 24 * 60 * 60, ["отстают", "сутки"], Some("-777600 s")),
        (0, ["ключ робота", "заново"], None),
    ] {
        let desk = Desk::new();
        desk.ahead_ms.store(ahead_s * 1_000, Ordering::Relaxed);
        desk.double.set(|settings| settings.has_key = told.is_some());
        let failure = desk.calendar.changes(None, quarter()).await.unwrap_err();
        let Failure::Broken { why, hint } = &failure else { panic!("{failure:?}") };
        assert!(words.iter().all(|word| hint.contains(word)), "{ahead_s} s: {hint}");
        assert!(told.is_none_or(|told| why.contains(told)), "{ahead_s} s: {why}");
    }
}

#[tokio::test]
async fn an_answer_without_a_token_is_no_token() {
    for body in
        [json!({}), json!([]), json!({ "access_token": "" }), json!({ "access_token": "с буквами" }), json!("page")]
    {
        let desk = Desk::altered(Settings::default(), &[], move |_| Some(Reply::says(200, &body)));
        let failure = desk.calendar.changes(None, quarter()).await.unwrap_err();
        assert_eq!(means(&failure), Means::Later(None, Scope::Destination));
    }
}
