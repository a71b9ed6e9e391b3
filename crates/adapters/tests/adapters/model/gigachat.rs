//! GigaChat's token, its certificates and its one answer at a time.

use std::io::Write;

use nochnik_adapters::Failure;
use nochnik_doubles::model::{Expiry, Mode, Profile, Settings, front};
use nochnik_doubles::{Fault, Faults};
use serde_json::json;

use crate::model::desk::{Desk, prompt};

const MINUTE_MS: i64 = 60_000;

/// A token lives half an hour and is renewed a minute before its end, however its end is told.
#[tokio::test]
async fn a_token_serves_until_a_minute_before_its_end() {
    for expiry in [Expiry::Milliseconds, Expiry::Seconds, Expiry::Old] {
        let desk = Desk::with(Settings { expiry, ..Settings::new(Profile::GigaChat) }, &[]).await;
        for (minutes, tokens) in [(0, 1), (28, 1), (1, 2), (28, 2), (1, 3)] {
            desk.pass(minutes * MINUTE_MS);
            desk.model.ask(&prompt()).await.done.unwrap();
            assert_eq!(desk.double.tokens_given(), tokens, "{expiry:?}, {minutes} minutes later");
        }
    }
}

#[tokio::test]
async fn a_token_that_ended_early_is_renewed_once() {
    let desk = Desk::of(Profile::GigaChat).await;
    desk.model.ask(&prompt()).await.done.unwrap();
    desk.double.revoke_tokens();
    desk.model.ask(&prompt()).await.done.unwrap();
    assert_eq!(desk.double.tokens_given(), 2);

    desk.double.meets([Mode::Status(401), Mode::Status(401)]);
    let asked = desk.model.ask(&prompt()).await;
    assert!(matches!(asked.done, Err(Failure::Broken { .. })), "{asked:?}");
    assert_eq!((desk.double.tokens_given(), asked.sent.is_empty()), (3, false));
}

#[tokio::test]
async fn questions_at_once_buy_one_token() {
    let settings = Settings { scope: "GIGACHAT_API_CORP".to_owned(), ..Settings::new(Profile::GigaChat) };
    let desk = Desk::with(settings, &[("scope", json!("GIGACHAT_API_CORP"))]).await;
    let asks: Vec<_> = (0..5)
        .map(|_| {
            let model = desk.model.clone();
            tokio::spawn(async move { model.ask(&prompt()).await.done })
        })
        .collect();
    for ask in asks {
        ask.await.unwrap().unwrap();
    }
    assert_eq!(desk.double.tokens_given(), 1);
}

#[tokio::test]
async fn without_a_token_no_question_leaves() {
    let desk = Desk::of(Profile::GigaChat).await;
    for fault in [Fault::Status(500), Fault::Status(429), Fault::DropBefore] {
        desk.double.plan(Faults::once("token", fault));
        let asked = desk.model.ask(&prompt()).await;
        assert!(matches!(asked.done, Err(Failure::Later { .. })), "{fault:?}: {asked:?}");
        assert_eq!(asked.sent, "", "{fault:?}");
    }
    assert!(desk.double.asks().is_empty());
}

#[tokio::test]
async fn a_key_of_another_scope_names_the_setting() {
    let desk = Desk::with(Settings::new(Profile::GigaChat), &[("scope", json!("GIGACHAT_API_B2B"))]).await;
    let asked = desk.model.ask(&prompt()).await;
    assert!(matches!(asked.done, Err(Failure::Broken { hint, .. }) if hint.contains("scope")), "{asked:?}");
}

#[tokio::test]
async fn a_person_is_answered_one_question_at_a_time_and_a_company_ten() {
    for (scope, parallel) in [("GIGACHAT_API_PERS", 1), ("GIGACHAT_API_B2B", 10), ("GIGACHAT_API_CORP", 10)] {
        let desk = Desk::with(Settings::new(Profile::GigaChat), &[("scope", json!(scope))]).await;
        assert_eq!(desk.model.pace().parallel, parallel, "{scope}");
    }
}

/// The ministry's root is in no usual store: it is trusted when the owner names its file, and
/// nothing is sent to a server that cannot prove itself.
#[tokio::test]
async fn an_authority_of_its_own_is_trusted_only_when_named() {
    let desk = Desk::of(Profile::GigaChat).await;
    let door = front(desk.server.address()).await.unwrap();
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(door.ca_pem().as_bytes()).unwrap();

    let stranger = desk.reopened(&door.url(), &[]);
    let asked = stranger.ask(&prompt()).await;
    assert!(matches!(asked.done, Err(Failure::Later { .. })), "{asked:?}");
    assert_eq!((asked.sent.as_str(), desk.double.tokens_given()), ("", 0));

    let trusting = desk.reopened(&door.url(), &[("extra_ca", json!(file.path()))]);
    trusting.ask(&prompt()).await.done.unwrap();
    assert_eq!(desk.double.tokens_given(), 1);
}
