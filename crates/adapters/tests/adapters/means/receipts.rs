//! Accepted is not delivered: reports that vendors push, answers they give when asked, keys people press.

use nochnik_adapters::ports::{Delivery, DeliveryReport, Hook, HookAnswer, Notifier};
use nochnik_doubles::means::credentials;
use serde_json::json;

use crate::means::desk::{Desk, HOOK, KEY, MARINA, Means, alert, assert_means, contract, scripted};
use crate::wire::{Line, Reply};

fn is_let_in(notifier: &dyn Notifier, body: &[u8]) -> bool {
    notifier.verify(&Hook { headers: &[], body }).is_ok()
}

fn is_failed(delivery: Delivery) -> bool {
    match delivery {
        Delivery::Failed { why } => {
            assert!(why.chars().any(|c| ('а'..='я').contains(&c)), "a person is told why: {why}");
            true
        }
        _ => false,
    }
}

/// Escapes what a form must not hold as it is.
fn form(pairs: &[(String, String)]) -> Vec<u8> {
    let escaped: Vec<String> =
        pairs.iter().map(|(name, value)| format!("{name}={}", value.replace('\n', "%0A"))).collect();
    escaped.join("&").into_bytes()
}

#[test]
fn control_c01_only_smsrus_own_hash_is_believed() {
    let vector = contract("sms/smsru-callback.json");
    let notifier = scripted("smsru", &Line::to(|_, _| Reply::Unreachable));
    let mut pairs: Vec<(String, String)> = vector["data"]
        .as_array()
        .unwrap()
        .iter()
        .enumerate()
        .map(|(n, entry)| (format!("data[{n}]"), entry.as_str().unwrap().to_owned()))
        .collect();
    pairs.push(("hash".to_owned(), vector["hash"].as_str().unwrap().to_owned()));
    assert_eq!(vector["api_id"], credentials::SMSRU_API_ID);
    assert!(is_let_in(&*notifier, &form(&pairs)));
    let expected = DeliveryReport { vendor_id: "000000-10000000".to_owned(), delivery: Delivery::Delivered };
    assert_eq!(notifier.parse(&form(&pairs)).unwrap(), [expected], "the entry `test` concerns no message");
    assert_eq!(notifier.hook_answer(), HookAnswer { status: 200, body: "100" });

    let with = |change: fn(&mut Vec<(String, String)>)| {
        let mut pairs = pairs.clone();
        change(&mut pairs);
        form(&pairs)
    };
    for (name, body) in [
        ("no hash", with(|pairs| drop(pairs.pop()))),
        ("an empty hash", with(|pairs| pairs[2].1.clear())),
        ("half a hash", with(|pairs| pairs[2].1.truncate(32))),
        ("two hashes", with(|pairs| pairs.push(pairs[2].clone()))),
        ("a changed code", with(|pairs| pairs[0].1 = pairs[0].1.replace("103", "104"))),
        (
            "entries by turns",
            with(|pairs| {
                let first = pairs[0].1.clone();
                pairs[0].1 = std::mem::replace(&mut pairs[1].1, first);
            }),
        ),
        ("an entry more", with(|pairs| pairs.push(("data[2]".to_owned(), "sms_status\n1\n103\n1".to_owned())))),
        ("nothing", Vec::new()),
    ] {
        assert!(!is_let_in(&*notifier, &body), "{name}");
    }
}

#[tokio::test]
async fn smsru_reports_and_answers_the_same() {
    let desk = Desk::of("smsru").await;
    let id = desk.notifier.send(MARINA, &alert("Срочная заявка"), KEY).await.unwrap().vendor_id.unwrap();
    for (code, expected) in [
        ("100", Some(Delivery::Accepted)),
        ("101", Some(Delivery::Accepted)),
        ("102", Some(Delivery::Accepted)),
        ("103", Some(Delivery::Delivered)),
        ("104", None),
        ("105", None),
        ("108", None),
        ("777", Some(Delivery::Accepted)),
    ] {
        desk.double.moves(&id, code);
        let report = desk.double.report(&id, None, desk.now_ms());
        assert!(is_let_in(&*desk.notifier, &report), "{code}");
        let reported = desk.notifier.parse(&report).unwrap();
        assert_eq!(reported[0].vendor_id, id);
        let asked = desk.notifier.look(MARINA, &id).await.unwrap().unwrap();
        assert_eq!(reported[0].delivery, asked, "{code}");
        match expected {
            Some(expected) => assert_eq!(asked, expected, "{code}"),
            None => assert!(is_failed(asked), "{code}"),
        }
    }
    assert_eq!(desk.notifier.look(MARINA, "000000-99").await.unwrap(), None, "a message nobody sent");
    desk.notifier.subscribe(Some(HOOK)).await.unwrap();
    desk.notifier.subscribe(Some(HOOK)).await.unwrap();
    desk.notifier.subscribe(Some("https://old.example/hook")).await.unwrap();
    assert_eq!(desk.double.hooks(), [HOOK, "https://old.example/hook"]);
    desk.notifier.subscribe(None).await.unwrap();
    desk.notifier.subscribe(None).await.unwrap();
    assert_eq!(desk.double.hooks(), ["https://old.example/hook"], "only our own goes");
    desk.double.assert_clean();
}

#[tokio::test]
async fn smsc_tells_when_it_is_asked() {
    for kind in ["smsc", "smsc_call"] {
        let desk = Desk::of(kind).await;
        let id = desk.notifier.send(MARINA, &alert("Срочная заявка"), KEY).await.unwrap().vendor_id.unwrap();
        for (status, expected) in
            [("-1", Some(Delivery::Accepted)), ("0", Some(Delivery::Accepted)), ("1", Some(Delivery::Delivered))]
        {
            desk.double.moves(&id, status);
            assert_eq!(desk.notifier.look(MARINA, &id).await.unwrap(), expected, "{kind} {status}");
        }
        for status in ["3", "20", "22", "23", "24", "25"] {
            desk.double.moves(&id, status);
            assert!(is_failed(desk.notifier.look(MARINA, &id).await.unwrap().unwrap()), "{kind} {status}");
        }
        assert!(!is_let_in(&*desk.notifier, b"id=1&status=1"), "{kind} pushes nothing we could believe");
        assert!(!desk.notifier.can_acknowledge(), "{kind}");
        desk.double.assert_clean();
    }
}

#[tokio::test]
async fn smsaero_reports_to_the_address_each_message_names() {
    let desk = Desk::of("smsaero").await;
    let id = desk.notifier.send(MARINA, &alert("Срочная заявка"), KEY).await.unwrap().vendor_id.unwrap();
    assert_eq!(desk.double.sent()[0].fields["callbackUrl"], HOOK);
    for (status, expected) in [("0", Delivery::Accepted), ("1", Delivery::Delivered), ("4", Delivery::Accepted)] {
        desk.double.moves(&id, status);
        let report = desk.double.report(&id, None, desk.now_ms());
        assert!(is_let_in(&*desk.notifier, &report));
        let expected = DeliveryReport { vendor_id: id.clone(), delivery: expected };
        assert_eq!(desk.notifier.parse(&report).unwrap(), std::slice::from_ref(&expected), "{status}");
        assert_eq!(desk.notifier.look(MARINA, &id).await.unwrap(), Some(expected.delivery), "{status}");
    }
    let by_form = desk.notifier.parse(b"id=12345&status=1&number=79281234567").unwrap();
    assert_eq!(by_form, [DeliveryReport { vendor_id: "12345".to_owned(), delivery: Delivery::Delivered }]);
    desk.double.assert_clean();
}

/// Status, what was pressed, what it means: only the agreed key is «Беру».
#[tokio::test]
async fn only_the_agreed_key_acknowledges() {
    let desk = Desk::of("zvonok").await;
    assert!(desk.notifier.can_acknowledge());
    let id = desk.notifier.send(MARINA, &alert("Срочная заявка"), KEY).await.unwrap().vendor_id.unwrap();
    for (status, button, expected) in [
        ("in_process", None, Some(Delivery::Accepted)),
        ("user", Some("1"), Some(Delivery::Acknowledged)),
        ("user", Some("2"), Some(Delivery::Delivered)),
        ("user", Some(""), Some(Delivery::Delivered)),
        ("user", None, Some(Delivery::Delivered)),
        ("compl_finished", None, Some(Delivery::Delivered)),
        ("compl_finished", Some("1"), Some(Delivery::Delivered)),
        ("compl_nofinished", None, None),
        ("novalid_button", Some("5"), None),
        ("attempts_exc", None, None),
        ("interrupted", None, None),
        ("duration_error", None, None),
        ("expires", None, None),
        ("no_provider", None, None),
        ("deleted", None, None),
        ("synth_error", None, None),
    ] {
        desk.double.moves(&id, status);
        let report = desk.double.report(&id, button, desk.now_ms());
        assert!(is_let_in(&*desk.notifier, &report), "{status}");
        let reported = desk.notifier.parse(&report).unwrap();
        assert_eq!(reported[0].vendor_id, id, "{status}");
        match expected {
            Some(expected) => assert_eq!(reported[0].delivery, expected, "{status} {button:?}"),
            None => assert!(is_failed(reported[0].delivery), "{status} {button:?}"),
        }
    }
    for status in ["pincode_ok", "pincode_nook", "something_new"] {
        desk.double.moves(&id, status);
        assert_eq!(desk.notifier.parse(&desk.double.report(&id, None, 0)).unwrap(), [], "{status}");
    }
    assert_eq!(desk.notifier.hook_answer(), HookAnswer { status: 204, body: "" });
}

#[test]
fn control_c01_zvonok_is_believed_about_our_own_campaign_only() {
    let notifier = scripted("zvonok", &Line::to(|_, _| Reply::Unreachable));
    let example = contract("sms/examples/zvonok.postback.json");
    let pairs: Vec<(String, String)> = example
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
        .collect();
    assert!(is_let_in(&*notifier, &form(&pairs)));
    let expected = DeliveryReport { vendor_id: "987654321".to_owned(), delivery: Delivery::Acknowledged };
    assert_eq!(notifier.parse(&form(&pairs)).unwrap(), [expected]);
    for body in [
        "call_id=987654321&campaign_id=1&status=user&button=1",
        "call_id=987654321&status=user&button=1",
        "call_id=987654321&campaign_id=&status=user&button=1",
        "call_id=987654321&campaign_id=123456789&campaign_id=1&status=user&button=1",
        "",
    ] {
        assert!(!is_let_in(&*notifier, body.as_bytes()), "{body}");
    }
    let twice = b"call_id=1&campaign_id=123456789&status=user&button=2&button=1";
    assert_eq!(notifier.parse(twice).unwrap()[0].delivery, Delivery::Delivered, "two keys are no answer");
}

#[test]
fn a_body_that_is_no_report_is_said_to_be_none() {
    for (kind, bodies) in [
        ("smsru", vec!["", "hash=1", "data[1]=test"]),
        ("smsaero", vec!["", "{}", "[]", "id=1", "{\"id\":1}", "{\"id\":1,\"status\":\"new\"}"]),
        ("zvonok", vec!["", "call_id=1", "call_id=&status=user", "status=user"]),
    ] {
        let notifier = scripted(kind, &Line::to(|_, _| Reply::Unreachable));
        for body in bodies {
            assert!(notifier.parse(body.as_bytes()).is_err(), "{kind}: {body}");
        }
    }
}

/// Asking changes nothing: what goes wrong on the way is merely later.
#[tokio::test(start_paused = true)]
async fn asking_may_be_repeated() {
    for kind in ["smsru", "smsc", "smsaero", "smsc_call"] {
        for answers in [|| Reply::page(502), || Reply::Hangs, || Reply::Drops, || Reply::says(200, &json!({}))] {
            let line = Line::to(move |_, _| answers());
            let failure = scripted(kind, &line).look(MARINA, "12345").await.unwrap_err();
            let is_later = matches!(failure, nochnik_adapters::Failure::Later { .. });
            assert!(is_later, "{kind}: {failure}");
        }
    }
    let failure = scripted("exolve", &Line::to(|_, _| Reply::Drops)).look(MARINA, "1").await.unwrap_err();
    assert_means(&failure, &Means::Refused("unsupported"), "exolve tells nothing of deliveries");
}
