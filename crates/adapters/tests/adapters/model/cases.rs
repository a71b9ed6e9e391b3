//! What each answer of each vendor means for us. The table is the contract sheet's, 1.2 to 1.4.

use std::sync::Arc;

use nochnik_adapters::Failure;
use nochnik_adapters::failure::{Scope, codes};
use nochnik_adapters::ports::Asked;
use nochnik_doubles::model::{Mode, Profile, Settings};
use serde_json::json;
use tokio::sync::Notify;

use crate::model::desk::{Desk, prompt};

/// An end of an ask as far as anything hangs on it.
#[derive(Debug, Clone, PartialEq)]
enum Means {
    Answer,
    Later(Scope),
    LaterAfter(i128),
    Refused(&'static str),
    Broken,
}

use Means::{Answer, Broken, Later, LaterAfter, Refused};
use Scope::{Destination, Row};

/// What holds for every vendor.
const EVERYWHERE: [(Mode, Means); 34] = [
    (Mode::Well, Answer),
    (Mode::Blanks, Answer),
    (Mode::Uncounted, Answer),
    (Mode::Cut, Refused(codes::CUT)),
    (Mode::Misfit, Refused(codes::MISFIT)),
    (Mode::Empty, Refused(codes::MISFIT)),
    (Mode::Null, Refused(codes::MISFIT)),
    (Mode::Tool, Refused(codes::MISFIT)),
    (Mode::Refuses, Refused(codes::BLOCKED)),
    (Mode::Blocked, Refused(codes::BLOCKED)),
    (Mode::ErrorInside(402), Broken),
    (Mode::ErrorInside(429), Later(Destination)),
    (Mode::ErrorInside(502), Later(Destination)),
    (Mode::ErrorInChoice(503), Later(Destination)),
    (Mode::ErrorInChoice(7), Later(Row)),
    (Mode::Status(302), Broken),
    (Mode::Status(400), Refused(codes::MALFORMED)),
    (Mode::Status(402), Broken),
    (Mode::Status(403), Broken),
    (Mode::Status(404), Broken),
    (Mode::Status(408), Later(Row)),
    (Mode::Status(409), Later(Row)),
    (Mode::Status(413), Refused(codes::TOO_LONG)),
    (Mode::Status(422), Refused(codes::MALFORMED)),
    (Mode::Status(500), Later(Destination)),
    (Mode::Status(501), Refused(codes::MALFORMED)),
    (Mode::Status(503), Later(Destination)),
    (Mode::Status(504), Later(Destination)),
    (Mode::Busy(None), Later(Destination)),
    (Mode::Busy(Some("7")), LaterAfter(7_000)),
    (Mode::Page(200), Later(Destination)),
    (Mode::Page(502), Later(Destination)),
    (Mode::Huge, Later(Row)),
    (Mode::Drop, Later(Row)),
];

/// Where the vendors differ.
const HERE: [(Profile, Mode, Means); 17] = [
    (Profile::OpenAi, Mode::Status(401), Broken),
    (Profile::LlamaCpp, Mode::Status(401), Broken),
    (Profile::LlamaCppPython, Mode::Status(401), Broken),
    (Profile::Yandex, Mode::Status(401), Broken),
    // Its token may have ended early: a new one is tried first.
    (Profile::GigaChat, Mode::Status(401), Answer),
    (Profile::OpenAi, Mode::Unpaid, Broken),
    (Profile::OpenRouter, Mode::Moderated, Refused(codes::BLOCKED)),
    (Profile::OpenAi, Mode::TooLong, Refused(codes::TOO_LONG)),
    (Profile::LlamaCpp, Mode::TooLong, Refused(codes::TOO_LONG)),
    (Profile::LlamaCppPython, Mode::TooLong, Refused(codes::TOO_LONG)),
    (Profile::GigaChat, Mode::TooLong, Refused(codes::TOO_LONG)),
    // A server that was told the schema has no business to decorate its answer.
    (Profile::OpenAi, Mode::Fenced, Refused(codes::MISFIT)),
    (Profile::LlamaCppPython, Mode::Thinks, Refused(codes::MISFIT)),
    (Profile::GigaChat, Mode::Fenced, Refused(codes::MISFIT)),
    // DeepSeek was only asked.
    (Profile::DeepSeek, Mode::Fenced, Answer),
    (Profile::DeepSeek, Mode::Thinks, Answer),
    (Profile::DeepSeek, Mode::Well, Answer),
];

#[tokio::test]
async fn each_answer_means_what_the_sheet_says() {
    for profile in Profile::ALL {
        let desk = Desk::of(profile).await;
        let here = HERE.into_iter().filter(|(vendor, ..)| *vendor == profile).map(|(_, mode, means)| (mode, means));
        for (mode, expected) in EVERYWHERE.into_iter().chain(here) {
            desk.double.meets([mode.clone()]);
            let asked = desk.model.ask(&prompt()).await;
            let case = format!("{profile:?} {mode:?}: {asked:?}");
            assert_eq!(means(&asked, &expected), expected, "{case}");
            assert_eq!(asked.sent, desk.model.body(&prompt()), "{case}");
            assert_eq!(desk.double.asks().last().unwrap().body, asked.sent, "{case}");
            let is_counted = matches!(mode, Mode::Well | Mode::Cut | Mode::Misfit | Mode::Blocked);
            assert!(!is_counted || asked.tokens == Some(85), "{case}");
            assert!(mode != Mode::Uncounted || asked.tokens.is_none(), "{case}");
        }
        desk.double.assert_clean();
    }
}

fn means(asked: &Asked, expected: &Means) -> Means {
    match &asked.done {
        Ok(answer) => {
            assert_eq!(*answer, json!({ "intent": "book", "service": null, "day": null }));
            Answer
        }
        Err(Failure::Later { after: Some(after), .. }) => LaterAfter(after.as_millis()),
        Err(Failure::Later { scope, .. }) => Later(*scope),
        Err(Failure::Refused { code, .. }) => match expected {
            Refused(expected) if expected == code => Refused(expected),
            _ => panic!("refused as {code}"),
        },
        Err(Failure::Broken { hint, .. }) => {
            assert!(hint.ends_with('.') && hint.contains(' '), "{hint}");
            Broken
        }
        Err(Failure::Unknown { why }) => panic!("an ask changes nothing, so nothing can be unknown: {why}"),
    }
}

#[tokio::test]
async fn what_the_model_makes_up_does_not_pass() {
    for profile in Profile::ALL {
        let desk = Desk::of(profile).await;
        for (lie, passes) in [
            (json!({ "intent": "price", "service": "маникюр", "day": "tomorrow" }).to_string(), true),
            (json!({ "intent": "discount", "service": null, "day": null }).to_string(), false),
            (json!({ "intent": "book", "service": "я".repeat(61), "day": null }).to_string(), false),
            (json!({ "intent": "book", "service": null }).to_string(), false),
            (json!({ "intent": "book", "service": null, "day": null, "price_kop": 1 }).to_string(), false),
            ("[]".to_owned(), false),
            ("{\"intent\": \"book\"} и ещё кое-что".to_owned(), false),
            ("Конечно! Записал вас на завтра.".to_owned(), false),
        ] {
            let words = lie.clone();
            desk.double.speaks(move |_| words.clone());
            let done = desk.model.ask(&prompt()).await.done;
            let is_refused = matches!(&done, Err(Failure::Refused { code, .. }) if code == codes::MISFIT);
            assert!(done.is_ok() == passes && (passes || is_refused), "{profile:?} {lie}: {done:?}");
        }
    }
}

#[tokio::test]
async fn a_wrong_key_is_for_a_person_to_mend() {
    for profile in Profile::ALL {
        let desk = Desk::with_key(profile, "d3Jvbmc6a2V5").await;
        let asked = desk.model.ask(&prompt()).await;
        assert!(
            matches!(&asked.done, Err(Failure::Broken { hint, .. }) if hint.contains("ключ")),
            "{profile:?}: {asked:?}"
        );
        let checked = desk.model.check().await;
        assert!(matches!(&checked, Err(Failure::Broken { .. })), "{profile:?}: {checked:?}");
    }
}

#[tokio::test]
async fn a_server_that_knows_no_schemas_says_which_setting_to_change() {
    for profile in [Profile::DeepSeek, Profile::LlamaCppPython] {
        let desk = Desk::with(Settings::new(profile), &[("structured", json!("schema"))]).await;
        let done = desk.model.ask(&prompt()).await.done;
        assert!(
            matches!(&done, Err(Failure::Broken { hint, .. }) if hint.contains("structured")),
            "{profile:?}: {done:?}"
        );
    }
}

#[tokio::test]
async fn every_way_of_asking_is_understood_where_it_may_be_used() {
    for (profile, structured) in [
        (Profile::LlamaCpp, "json_object_schema"),
        (Profile::LlamaCpp, "json_object"),
        (Profile::OpenAi, "json_object"),
        (Profile::Yandex, "json_object"),
        (Profile::OpenRouter, "off"),
        (Profile::GigaChat, "function"),
    ] {
        let settings = Settings::new(profile);
        let desk = Desk::with(settings, &[("structured", json!(structured))]).await;
        let asked = desk.model.ask(&prompt()).await;
        assert_eq!(means(&asked, &Answer), Answer, "{profile:?} {structured}");
        desk.double.assert_clean();
    }
}

#[tokio::test]
async fn a_check_asks_the_model_nothing() {
    for profile in Profile::ALL {
        let desk = Desk::of(profile).await;
        let said = desk.model.check().await.unwrap();
        assert!(said.contains("есть в списке"), "{profile:?}: {said}");
        let other = desk.reopened(&desk.server.url(), &[("model", json!("no-such-model"))]);
        let said = other.check().await.unwrap();
        assert!(said.contains("нет. Проверьте название"), "{profile:?}: {said}");
        assert!(desk.double.asks().is_empty());
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_was_sent_nothing() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for profile in Profile::ALL {
        let base = format!("http://{closed}");
        let token_url = ("token_url", json!(format!("{base}/api/v2/oauth")));
        let changes = if profile == Profile::GigaChat { vec![token_url] } else { Vec::new() };
        let asked = Desk::of(profile).await.reopened(&base, &changes).ask(&prompt()).await;
        assert!(matches!(asked.done, Err(Failure::Later { after: None, .. })), "{profile:?}: {asked:?}");
        assert_eq!((asked.sent.as_str(), asked.tokens), ("", None), "{profile:?}");
    }
}

/// Whoever asks bounds the time; what has left by then is known from `body`.
#[tokio::test]
async fn an_ask_may_be_given_up_at_any_moment() {
    for mode in [Mode::Hang, Mode::Late(600_000)] {
        let desk = Desk::of(Profile::Yandex).await;
        desk.double.meets([mode]);
        let (arrived, answer) = (Arc::new(Notify::new()), json!({ "intent": "book", "service": null, "day": null }));
        let arrival = arrived.clone();
        desk.double.speaks(move |_| {
            arrival.notify_one();
            answer.to_string()
        });
        let prompt = prompt();
        tokio::select! {
            asked = desk.model.ask(&prompt) => panic!("answered all the same: {asked:?}"),
            () = arrived.notified() => {}
        }
        assert_eq!(desk.double.asks()[0].body, desk.model.body(&prompt));
        let asked = desk.model.ask(&prompt).await;
        assert!(asked.done.is_ok(), "the next ask is not disturbed: {asked:?}");
    }
}
