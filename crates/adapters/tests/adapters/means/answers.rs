//! What the vendors may say instead of sending, and what we make of it.

use nochnik_adapters::failure::Scope;
use nochnik_adapters::ports::Delivery;
use serde_json::{Value, json};

use crate::means::desk::{Desk, KEY, MARINA, Means, alert, assert_means, contract, scripted};
use crate::wire::{Line, Reply};

const TEXT: &str = "Срочная заявка. Нажмите один.";

fn later(after_s: Option<i64>, scope: Scope) -> Means {
    Means::Later(after_s, scope)
}

/// Kind, how its double refuses, what that means: every error of the contract sheet.
fn refusals() -> Vec<(&'static str, &'static str, Means)> {
    let unreachable = || Means::Refused("unreachable");
    let mut table = vec![
        ("smsru", "200", Means::Broken),
        ("smsru", "201", Means::Broken),
        ("smsru", "202", unreachable()),
        ("smsru", "203", Means::Refused("malformed")),
        ("smsru", "204", Means::Broken),
        ("smsru", "207", unreachable()),
        ("smsru", "220", later(None, Scope::Destination)),
        ("smsru", "230", Means::Refused("too_often")),
        ("smsru", "231", Means::Refused("too_often")),
        ("smsru", "232", Means::Refused("too_often")),
        ("smsru", "300", Means::Broken),
        ("smsru", "301", Means::Broken),
        ("smsru", "302", Means::Broken),
        ("smsru", "999", Means::Refused("smsru_999")),
        ("smsaero", "no credits", Means::Broken),
        ("smsaero", "reject: wrong number", unreachable()),
        ("smsaero", "Validation error: incorrect number +79281234567.", unreachable()),
        ("smsaero", "Something new", Means::Refused("smsaero")),
        ("exolve", "400", Means::Refused("malformed")),
        ("exolve", "401", Means::Broken),
        ("exolve", "402", Means::Broken),
        ("exolve", "403", Means::Broken),
        ("exolve", "404", Means::Broken),
        ("exolve", "429", later(None, Scope::Destination)),
        ("exolve", "500", Means::Unknown),
        ("exolve", "503", later(None, Scope::Destination)),
        ("exolve", "504", Means::Unknown),
        ("zvonok", "Not enough balance", Means::Broken),
        ("zvonok", "Wrong phone +79281234567", unreachable()),
        ("zvonok", "Something new", Means::Refused("zvonok")),
    ];
    for kind in ["smsc", "smsc_call"] {
        table.extend([
            (kind, "1", Means::Refused("malformed")),
            (kind, "2", Means::Broken),
            (kind, "3", Means::Broken),
            (kind, "4", Means::Broken),
            (kind, "5", Means::Refused("malformed")),
            (kind, "6", Means::Refused("blocked")),
            (kind, "7", unreachable()),
            (kind, "8", unreachable()),
            (kind, "9", later(Some(60), Scope::Row)),
            (kind, "77", Means::Refused("smsc_77")),
        ]);
    }
    table
}

#[tokio::test]
async fn each_refusal_of_the_sheet_means_what_the_sheet_says() {
    for (kind, how, expected) in refusals() {
        let desk = Desk::of(kind).await;
        desk.double.refuses(Some(how));
        let failure = desk.notifier.send(MARINA, &alert(TEXT), KEY).await.unwrap_err();
        assert_means(&failure, &expected, &format!("{kind} {how}"));
        assert!(desk.double.sent().is_empty(), "{kind} {how}");
        desk.double.refuses(None);
        desk.notifier.send(MARINA, &alert(TEXT), KEY).await.unwrap();
        desk.double.assert_clean();
    }
}

#[tokio::test]
async fn an_empty_account_and_a_wrong_key_are_the_owners_to_mend() {
    for (kind, key) in [
        ("smsru", "api_id"),
        ("smsc", "password"),
        ("smsaero", "api_key"),
        ("exolve", "token"),
        ("zvonok", "public_key"),
        ("zvonok", "campaign_id"),
        ("smsc_call", "password"),
    ] {
        let stranger = Desk::with(kind, &[(key, json!("stranger"))]).await;
        let failure = stranger.notifier.send(MARINA, &alert(TEXT), KEY).await.unwrap_err();
        assert_means(&failure, &Means::Broken, &format!("{kind} with a wrong {key}"));
        let poor = Desk::of(kind).await;
        poor.double.holds_kop(100);
        let failure = poor.notifier.send(MARINA, &alert(TEXT), KEY).await.unwrap_err();
        assert_means(&failure, &Means::Broken, &format!("{kind} without money"));
    }
}

#[tokio::test]
async fn a_name_that_was_not_approved_is_the_owners_to_mend() {
    for (kind, field) in [("smsru", "from"), ("smsaero", "sign")] {
        let desk = Desk::with(kind, &[(field, json!("CHANEL"))]).await;
        let failure = desk.notifier.send(MARINA, &alert(TEXT), KEY).await.unwrap_err();
        assert_means(&failure, &Means::Broken, kind);
    }
}

#[tokio::test]
async fn what_is_no_phone_never_leaves() {
    for kind in ["smsru", "smsc", "smsaero", "exolve", "zvonok", "smsc_call"] {
        let desk = Desk::of(kind).await;
        for to in ["", "79281234567", "+7", "irina@salon.example"] {
            let failure = desk.notifier.send(to, &alert(TEXT), KEY).await.unwrap_err();
            assert_means(&failure, &Means::Refused("unreachable"), &format!("{kind} {to}"));
            assert!(desk.notifier.check_address(to).is_err(), "{kind} {to}");
        }
        assert!(desk.notifier.check_address(MARINA).is_ok(), "{kind}");
        assert!(desk.double.sent().is_empty(), "{kind}");
    }
}

#[tokio::test]
async fn what_has_no_words_never_leaves() {
    for kind in ["smsru", "smsc", "smsaero", "exolve", "zvonok", "smsc_call"] {
        let desk = Desk::of(kind).await;
        let failure = desk.notifier.send(MARINA, &alert(" \n "), KEY).await.unwrap_err();
        assert_means(&failure, &Means::Refused("malformed"), kind);
        desk.double.assert_clean();
    }
}

/// SMS.RU takes eleven digits: a number of Belarus has twelve.
#[tokio::test]
async fn a_number_the_vendor_does_not_serve_is_told_at_once() {
    let desk = Desk::of("smsru").await;
    let belarus = "+375291234567";
    assert!(desk.notifier.check_address(belarus).is_err());
    let failure = desk.notifier.send(belarus, &alert(TEXT), KEY).await.unwrap_err();
    assert_means(&failure, &Means::Refused("unreachable"), "Belarus");
    let desk = Desk::of("smsc").await;
    desk.notifier.send(belarus, &alert(TEXT), KEY).await.unwrap();
}

#[tokio::test]
async fn the_contracts_own_answers_are_read() {
    for (kind, example, id) in [
        ("smsru", "smsru.send.response", "000000-10000000"),
        ("smsc", "smsc.send.response", "1234"),
        ("smsaero", "smsaero.response", "12345"),
        ("zvonok", "zvonok.call.response", "987654321"),
    ] {
        let answer = contract(&format!("sms/examples/{example}.json"));
        let line = Line::to(move |_, _| Reply::says(200, &answer));
        let handed = scripted(kind, &line).send(MARINA, &alert(TEXT), KEY).await.unwrap();
        assert_eq!(handed.vendor_id.as_deref(), Some(id), "{kind}");
        assert_eq!(handed.delivery, Delivery::Accepted, "{kind}");
    }
}

type Answers = fn() -> Reply;

/// Answers that are no vendor's. SMS.RU's contract lets a failed server be asked again, the others' do not.
fn strange() -> Vec<(&'static str, Answers, Means, Means)> {
    let soon = || later(None, Scope::Destination);
    vec![
        ("page with 200", || Reply::page(200), Means::Unknown, Means::Unknown),
        ("not an object", || Reply::says(200, &json!([])), Means::Unknown, Means::Unknown),
        ("an empty object", || Reply::says(200, &json!({})), Means::Unknown, Means::Unknown),
        ("page of 500", || Reply::page(500), soon(), Means::Unknown),
        ("page of 502", || Reply::page(502), soon(), Means::Unknown),
        ("page of 503", || Reply::page(503), soon(), soon()),
        ("page of 504", || Reply::page(504), Means::Unknown, Means::Unknown),
        ("page of 429", || Reply::page(429), soon(), soon()),
        ("page of 403", || Reply::page(403), Means::Broken, Means::Broken),
        ("page of 404", || Reply::page(404), Means::Broken, Means::Broken),
        ("login page", || Reply::moved("https://vendor.example/login"), Means::Broken, Means::Broken),
        ("silence", || Reply::Hangs, Means::Unknown, Means::Unknown),
        ("cut line", || Reply::Drops, Means::Unknown, Means::Unknown),
        ("no way there", || Reply::Unreachable, soon(), soon()),
    ]
}

#[tokio::test(start_paused = true)]
async fn an_answer_nobody_understands_is_never_a_success() {
    for (name, answers, of_smsru, of_others) in strange() {
        for kind in ["smsru", "smsc", "smsaero", "exolve", "zvonok", "smsc_call"] {
            let line = Line::to(move |_, _| answers());
            let failure = scripted(kind, &line).send(MARINA, &alert(TEXT), KEY).await.unwrap_err();
            let expected = if kind == "smsru" { &of_smsru } else { &of_others };
            assert_means(&failure, expected, &format!("{kind}: {name}"));
            assert_eq!(line.heard().len(), 1, "{kind}: {name}: one try, on one address");
        }
    }
}

/// SMS.RU and OK outside, anything inside: both levels must be well.
#[tokio::test]
async fn ok_outside_proves_nothing() {
    let whole = contract("sms/examples/smsru.send.response.json");
    for (name, sms) in [
        ("no message", json!({})),
        ("another number", json!({ "79280000000": { "status": "OK", "status_code": 100, "sms_id": "1" } })),
        ("no id", json!({ "79281234567": { "status": "OK", "status_code": 100 } })),
        ("a status without a code", json!({ "79281234567": { "status": "OK" } })),
    ] {
        let mut answer: Value = whole.clone();
        answer["sms"] = sms;
        let line = Line::to(move |_, _| Reply::says(200, &answer));
        let failure = scripted("smsru", &line).send(MARINA, &alert(TEXT), KEY).await.unwrap_err();
        assert_means(&failure, &Means::Unknown, name);
    }
}
