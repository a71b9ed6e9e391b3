//! What the branch may say instead of doing it, and what we make of it.

use nochnik_adapters::Failure;
use nochnik_adapters::failure::Scope;
use nochnik_doubles::yclients::Settings;
use serde_json::{Value, json};

use crate::wire::{Heard, Reply};
use crate::yclients::desk::{Desk, Mode, PHONE, visit};

/// A failure as far as anything hangs on it.
#[derive(Debug, PartialEq)]
enum Means {
    Later(Option<i64>, Scope),
    Refused(&'static str),
    Broken(&'static str),
    Unknown,
}

fn assert_means(done: Result<impl std::fmt::Debug, Failure>, expected: &Means, what: &str) {
    let failure = done.expect_err(what);
    let shown = format!("{failure} {failure:?}");
    assert!(!shown.contains("Ольга") && !shown.contains("9281234567"), "somebody's own words: {shown}");
    assert!(!shown.contains("usertoken") && !shown.contains("partnertoken"), "a token: {shown}");
    match (&failure, expected) {
        (Failure::Later { after, scope, .. }, Means::Later(seconds, expected)) => {
            assert_eq!((after.map(|after| after.as_secs()), scope), (*seconds, expected), "{what}");
        }
        (Failure::Refused { code, .. }, Means::Refused(expected)) => assert_eq!(code, expected, "{what}"),
        (Failure::Broken { hint, .. }, Means::Broken(word)) => assert!(hint.contains(word), "{what}: {hint}"),
        (Failure::Unknown { .. }, Means::Unknown) => {}
        _ => panic!("{what}: {failure:?} instead of {expected:?}"),
    }
}

fn meta(status: u16, meta: Value) -> Reply {
    Reply::says(status, &json!({ "success": false, "data": null, "meta": meta }))
}

fn errors(status: u16, errors: Value) -> Reply {
    Reply::says(status, &json!({ "errors": errors, "meta": { "message": format!("Ольга {PHONE}") } }))
}

type Answers = fn() -> Reply;

/// What the branch answers, and what that means for a booking, and for a look-up.
fn table() -> Vec<(&'static str, Answers, Means, Means)> {
    let soon = || Means::Later(None, Scope::Destination);
    let minute = || Means::Later(Some(60), Scope::Destination);
    let same = |means: fn() -> Means| (means(), means());
    let (no_token, no_token_read) = same(|| Means::Broken("ключ"));
    let (not_paid, not_paid_read) = same(|| Means::Broken("Лицензия"));
    let (no_right, no_right_read) = same(|| Means::Broken("доступа"));
    let (moved, moved_read) = same(|| Means::Broken("base_url"));
    vec![
        ("401", || errors(401, json!({ "code": 401, "message": "нет" })), no_token, no_token_read),
        ("401 under 200", || errors(200, json!({ "code": 401 })), Means::Broken("ключ"), Means::Broken("ключ")),
        ("402", || meta(402, json!({ "message": "нет" })), not_paid, not_paid_read),
        ("403", || Reply::page(403), no_right, no_right_read),
        ("moved", || Reply::moved("https://elsewhere.example/"), moved, moved_read),
        ("429", || meta(429, json!([])), minute(), minute()),
        ("429 under 200", || errors(200, json!({ "code": "429" })), minute(), minute()),
        ("500", || meta(500, json!({})), Means::Unknown, soon()),
        ("502", || Reply::page(502), Means::Unknown, soon()),
        ("a page", || Reply::page(200), Means::Unknown, soon()),
        ("lost", || Reply::Drops, Means::Unknown, Means::Later(None, Scope::Row)),
        ("unreachable", || Reply::Unreachable, soon(), soon()),
        ("433", || meta(422, json!({ "code": 433 })), Means::Refused("taken"), Means::Broken("номер")),
        ("433 as text", || errors(422, json!({ "code": "433" })), Means::Refused("taken"), Means::Broken("номер")),
        ("433 in a list", || errors(422, json!([{ "code": 433 }])), Means::Refused("taken"), Means::Broken("номер")),
        (
            "433 deep",
            || meta(200, json!({ "errors": [{ "code": 433 }] })),
            Means::Refused("taken"),
            Means::Broken("номер"),
        ),
        ("436", || meta(422, json!({ "code": 436 })), Means::Refused("taken"), Means::Broken("номер")),
        ("434", || meta(403, json!({ "code": 434 })), Means::Refused("blacklisted"), Means::Broken("номер")),
        ("431", || meta(422, json!({ "code": 431 })), Means::Refused("phone"), Means::Broken("номер")),
        ("432", || meta(422, json!({ "code": 432 })), Means::Refused("needs_person"), Means::Broken("номер")),
        ("435", || meta(422, json!({ "code": 435 })), Means::Refused("malformed"), Means::Broken("номер")),
        ("437", || meta(422, json!({ "code": 437 })), Means::Refused("malformed"), Means::Broken("номер")),
        ("438", || meta(422, json!({ "code": 438 })), Means::Refused("not_bookable"), Means::Broken("номер")),
        (
            "fields",
            || meta(422, json!({ "errors": [{ "phone": format!("Ольга {PHONE}") }] })),
            Means::Refused("malformed"),
            Means::Broken("номер"),
        ),
        ("404", || meta(404, json!({})), Means::Broken("номер"), Means::Broken("номер")),
        ("no record", || Reply::says(201, &json!({ "success": true, "data": [], "meta": [] })), Means::Unknown, soon()),
    ]
}

fn on(call: &'static str, answer: Answers) -> impl Fn(&Heard) -> Option<Reply> + Send + Sync {
    move |heard| heard.url.path().contains(call).then(answer)
}

#[tokio::test(start_paused = true)]
async fn every_answer_to_a_booking_means_what_the_table_says() {
    for (what, answer, booked, _) in table() {
        let desk = Desk::altered(Settings::default(), Mode::Partner, &[], on("/book_record/", answer));
        assert_means(desk.calendar.put(&visit(), None).await, &booked, what);
        assert!(desk.branch.all().is_empty(), "{what}");
    }
}

/// The branch is what every call begins with.
#[tokio::test(start_paused = true)]
async fn every_answer_to_a_look_up_means_what_the_table_says() {
    for (what, answer, _, read) in table() {
        let desk = Desk::altered(Settings::default(), Mode::Partner, &[], on("/company/", answer));
        assert_means(desk.calendar.put(&visit(), None).await, &read, what);
        assert_means(desk.calendar.changes(None, desk.ahead(7)).await, &read, what);
        assert_means(desk.calendar.check().await, &read, what);
    }
}

/// What the journal says of a taken time is not documented: a refusal without a field means that, one with a field not.
#[tokio::test(start_paused = true)]
async fn a_refusal_of_the_journal_means_a_taken_time_unless_it_names_a_field() {
    let cases: [(&str, Answers, Means); 6] = [
        ("409", || meta(409, json!({ "message": "нет" })), Means::Refused("taken")),
        ("422", || meta(422, json!({ "message": "нет" })), Means::Refused("taken")),
        ("422 twice", || errors(422, json!({ "code": 422 })), Means::Refused("taken")),
        ("433", || meta(422, json!({ "code": 433 })), Means::Refused("taken")),
        ("a field", || meta(422, json!({ "errors": [{ "seance_length": "нет" }] })), Means::Refused("malformed")),
        ("400", || meta(400, json!({})), Means::Refused("malformed")),
    ];
    for (what, answer, expected) in cases {
        let on_create =
            move |heard: &Heard| (heard.method == "POST" && heard.url.path().contains("/records/")).then(answer);
        let desk = Desk::altered(Settings::default(), Mode::Journal, &[], on_create);
        assert_means(desk.calendar.put(&visit(), None).await, &expected, what);
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_of_the_double_that_forgets_the_format_is_refused() {
    let desk = Desk::new(Settings::default(), Mode::User);
    desk.deliver(&visit(), None).await.unwrap();
    let heard = desk.line.heard_whole();
    assert!(heard.iter().all(|heard| heard.headers["accept"] == "application/vnd.yclients.v2+json"));
    let says = |part: &str| {
        heard.iter().find(|heard| heard.url.path().contains(part)).unwrap().headers["authorization"].clone()
    };
    assert_eq!(says("/book_record/"), "Bearer partnertoken1", "the widget knows no user");
    assert_eq!(says("/records/"), "Bearer partnertoken1, User usertoken1");

    let mut bare = heard[0].clone();
    bare.headers.remove("accept");
    let Reply::Says(answer) = crate::yclients::desk::reply(&desk.branch, &bare, desk.now_ms() + 10_000) else {
        panic!("no answer")
    };
    assert_eq!(answer.status, 400);
    assert_eq!(desk.branch.take_failures().len(), 1);
}
