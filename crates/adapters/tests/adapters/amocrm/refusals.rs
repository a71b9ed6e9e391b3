//! What the account may say instead of doing it, and what we make of it.

use nochnik_adapters::Failure;
use nochnik_adapters::crm;
use nochnik_adapters::failure::Scope;
use nochnik_doubles::amocrm::{Settings, UNSORTED};
use nochnik_doubles::{Fault, Faults};
use serde_json::{Value, json};

use crate::amocrm::desk::{BASE, Desk, entry};
use crate::cards::{NOW_MS, PHONE, card};
use crate::wire::{Heard, Reply};

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

fn is_create(heard: &Heard) -> bool {
    heard.method == "POST" && heard.url.path() == "/api/v4/leads/complex"
}

fn is_look_up(heard: &Heard) -> bool {
    heard.method == "GET" && heard.url.path() == "/api/v4/leads"
}

type Answers = fn() -> Reply;

fn problem(status: u16) -> Reply {
    Reply::says(status, &json!({ "title": "Ошибка", "status": status, "detail": format!("Анна {PHONE}") }))
}

fn flaw() -> Value {
    let error = json!({ "code": "NotSupportedChoice", "path": "status_id", "detail": format!("Анна {PHONE}") });
    json!({ "title": "Bad Request", "status": 400, "validation-errors": [{ "request_id": "0", "errors": [error] }] })
}

/// What the account answers, what it means for a create, and what for a look-up.
fn table() -> Vec<(&'static str, Answers, Means, Means)> {
    let refused = |code: &str| Means::Refused(code.to_owned());
    let soon = || Means::Later(None, Scope::Destination);
    vec![
        ("too fast", || Reply::page(429), Means::Unknown, Means::Later(Some(2), Scope::Destination)),
        ("revoked token", || problem(401), Means::Broken, Means::Broken),
        ("not paid", || problem(402), Means::Broken, Means::Broken),
        ("no right", || problem(403), Means::Broken, Means::Broken),
        ("a page for a right", || Reply::page(403), Means::Broken, Means::Broken),
        ("another host", || Reply::moved("https://www.amocrm.ru/"), Means::Broken, Means::Broken),
        ("unknown path", || problem(404), refused("http_404"), Means::Broken),
        ("wrong value", || Reply::says(400, &flaw()), refused("NotSupportedChoice"), Means::Broken),
        ("cannot process", || problem(422), refused("http_422"), Means::Broken),
        ("crash", || Reply::page(500), Means::Unknown, soon()),
        ("too long", || Reply::page(504), Means::Unknown, soon()),
        ("page with 200", || Reply::page(200), Means::Unknown, soon()),
        ("page with 400", || Reply::page(400), Means::Unknown, soon()),
        ("text with 202", || Reply::page(202), Means::Unknown, soon()),
        ("an empty list", || Reply::says(200, &json!([])), Means::Unknown, soon()),
        ("another list", || Reply::says(200, &json!({ "_embedded": {} })), Means::Unknown, soon()),
        ("silence", || Reply::Hangs, Means::Unknown, Means::Later(None, Scope::Row)),
        ("cut line", || Reply::Drops, Means::Unknown, Means::Later(None, Scope::Row)),
        ("no way there", || Reply::Unreachable, soon(), soon()),
    ]
}

#[tokio::test(start_paused = true)]
async fn each_answer_means_what_the_sheet_says() {
    for (name, answers, of_create, of_look_up) in table() {
        for (is_met, expected) in [(is_create as fn(&Heard) -> bool, of_create), (is_look_up, of_look_up)] {
            let settings = Settings::default();
            let token = settings.token.clone();
            let desk = Desk::altered(settings, &[], move |heard| is_met(heard).then(answers));
            let failure = desk.put(&card(), None, false).await.unwrap_err();
            assert_eq!(means(&failure), expected, "{name}: {failure}");
            for secret in [token.as_str(), PHONE, "Анна"] {
                assert!(!failure.to_string().contains(secret), "{name}: {secret} shows");
            }
            assert!(desk.account.leads().is_empty(), "{name}");
        }
    }
}

#[tokio::test]
async fn a_missing_look_is_no_empty_account() {
    let desk = Desk::new(Settings::default());
    desk.account.plan(Faults::by(|call| (call.method == "GET contacts").then_some(Fault::Status(502))));
    let failure = desk.put(&card(), None, false).await.unwrap_err();
    assert_eq!(means(&failure), Means::Later(None, Scope::Destination), "{failure}");
    assert!(desk.account.leads().is_empty());
}

/// The lead stands and the search does not show it yet: what follows it may not be taken for «nothing was done».
#[tokio::test]
async fn a_way_lost_after_the_create_leaves_a_doubt() {
    let is_note = |heard: &Heard| heard.method == "POST" && heard.url.path().ends_with("/notes");
    for lost in [(|| Reply::Unreachable) as Answers, || Reply::page(429), || Reply::page(502)] {
        let settings = Settings { index_lag_ms: 600_000, ..Settings::default() };
        let desk = Desk::altered(settings, &[], move |heard| is_note(heard).then(lost));
        let failure = desk.put(&card(), None, false).await.unwrap_err();
        assert_eq!(means(&failure), Means::Unknown, "{failure}");
        assert_eq!(desk.account.leads().len(), 1);
    }
}

#[tokio::test]
async fn nothing_is_made_again_before_two_look_ups_a_minute_apart() {
    let desk = Desk::new(Settings::default());
    for (age_ms, left_s) in [(0, 90), (30_000, 60), (71_000, 19)] {
        let failure = desk.put(&card(), Some(desk.now_ms() - age_ms), true).await.unwrap_err();
        assert_eq!(means(&failure), Means::Later(Some(left_s), Scope::Row), "after {age_ms} ms");
    }
    assert!(desk.account.leads().is_empty());
    desk.put(&card(), Some(desk.now_ms() - 101_000), true).await.unwrap();
    assert_eq!(desk.account.leads().len(), 1);
}

#[tokio::test]
async fn the_token_is_the_only_key_and_a_mended_account_goes_on() {
    for (breaks, mends) in [
        (
            (|settings| settings.token.push('2')) as fn(&mut Settings),
            (|settings| settings.token.truncate(settings.token.len() - 1)) as fn(&mut Settings),
        ),
        (|settings| settings.is_paid = false, |settings| settings.is_paid = true),
    ] {
        let desk = Desk::new(Settings::default());
        desk.account.set(breaks);
        assert_eq!(means(&desk.put(&card(), None, false).await.unwrap_err()), Means::Broken);
        assert_eq!(means(&desk.crm.check().await.unwrap_err()), Means::Broken);
        desk.account.set(mends);
        desk.put(&card(), None, true).await.unwrap();
        assert_eq!(desk.account.leads().len(), 1);
        desk.account.assert_clean();
    }
}

/// 403 to everything is a ban of the address: going on only makes it longer.
#[tokio::test]
async fn a_restricted_address_rests_for_an_hour() {
    let mut desk = Desk::new(Settings::default());
    desk.account.restricts_until(NOW_MS + 1_800_000);
    let put = desk.try_put(&card(), None, false).await;
    assert_eq!(means(&put.done.unwrap_err()), Means::Later(Some(3_600), Scope::Destination));
    assert_eq!(put.requests, 2, "the call, and the question whether all are refused");
    desk.deliver(&card()).await.unwrap();
    assert_eq!(desk.account.leads().len(), 1);
    desk.account.assert_clean();
}

/// Other integrations have used up the second: after a 429 nobody asks until it is over.
#[tokio::test]
async fn who_was_too_fast_is_silent_for_a_while() {
    let mut desk = Desk::new(Settings { per_s: Some(1), ..Settings::default() });
    let failure = desk.put(&card(), None, false).await.unwrap_err();
    assert_eq!(means(&failure), Means::Later(Some(2), Scope::Destination), "{failure}");
    desk.line.heard();
    let failure = desk.put(&card(), None, true).await.unwrap_err();
    assert!(matches!(means(&failure), Means::Later(Some(1), Scope::Destination)), "{failure}");
    assert!(desk.line.heard().is_empty(), "nothing was asked");
    desk.account.set(|settings| settings.per_s = Some(7));
    desk.deliver(&card()).await.unwrap();
    assert_eq!(desk.account.leads().len(), 1);
    desk.account.assert_clean();
}

/// The account bans whoever goes on; its double does so after twenty requests too many.
#[tokio::test]
async fn the_double_bans_the_stubborn() {
    let desk = Desk::new(Settings { per_s: Some(1), ..Settings::default() });
    let status = |_| {
        let request =
            nochnik_doubles::Request { method: "GET", path: "/api/v4/account", query: &[], headers: &[], body: &[] };
        match desk.account.request(&request, NOW_MS) {
            nochnik_doubles::Outcome::Answered(answer) => answer.status,
            other => panic!("{other:?}"),
        }
    };
    let said: Vec<u16> = (0..24).map(status).collect();
    assert_eq!((said[0], said[1], said[23]), (401, 429, 403));
    assert_eq!(desk.account.take_failures().len(), 21);
}

#[tokio::test]
async fn a_value_the_account_no_longer_knows_goes_into_the_note() {
    for wrong in [("status_id", UNSORTED), ("pipeline_id", 1), ("responsible_id", 504_142)] {
        let mut desk = Desk::with(Settings::default(), &[(wrong.0, json!(wrong.1))]);
        let mut card = card();
        card.todo = None;
        desk.deliver(&card).await.unwrap();
        let leads = desk.account.leads();
        assert_eq!((leads.len(), desk.account.contacts().len()), (1, 1), "{wrong:?}");
        let note = desk.notes_of(leads[0].id).remove(0);
        for words in ["Анна", "+7 928 123-45-67", "Телеграм", "завтра после 18:00"] {
            assert!(note.contains(words), "{wrong:?}, {words}: {note}");
        }
        card.title = "Педикюр — Анна".to_owned();
        desk.deliver(&card).await.unwrap();
        assert_eq!(desk.account.leads()[0].name, "[ночной] Педикюр — Анна", "{wrong:?}");
        desk.account.assert_clean();
    }
}

#[tokio::test]
async fn a_field_that_people_deleted_is_made_again_and_loses_no_change() {
    let mut desk = Desk::warmed(Settings::default()).await;
    let mut card = card();
    desk.deliver(&card).await.unwrap();
    desk.account.deletes_lead_field("NOCHNIK_SERVICE");
    (card.title, card.services) = ("Педикюр — Анна".to_owned(), vec!["Педикюр".to_owned()]);
    desk.deliver(&card).await.unwrap();
    assert_eq!(desk.account.leads()[0].name, "[ночной] Педикюр — Анна");
    assert!(!desk.account.lead_field_codes().contains(&"NOCHNIK_SERVICE".to_owned()));
    card.services = vec!["Маникюр и педикюр".to_owned()];
    desk.deliver(&card).await.unwrap();
    assert_eq!(desk.account.leads()[0].custom["NOCHNIK_SERVICE"], "Маникюр и педикюр");
    desk.account.assert_clean();
}

/// A task for somebody who was dismissed cannot be given; the lead stands all the same.
#[tokio::test]
async fn a_task_that_the_account_refuses_holds_nothing_up() {
    let mut desk = Desk::with(Settings::default(), &[("responsible_id", json!(504_142))]);
    desk.deliver(&card()).await.unwrap();
    assert_eq!((desk.account.leads().len(), desk.account.tasks().len()), (1, 0));
    desk.line.heard();
    desk.deliver(&card()).await.unwrap();
    assert!(desk.line.heard().iter().all(|(url, _)| !url.path().ends_with("tasks")), "not asked again");
    desk.account.assert_clean();
}

#[test]
fn an_address_or_token_that_cannot_be_right_is_told_at_once() {
    for (base, token, field) in [
        ("https://www.amocrm.ru", "eyJ", "base_url"),
        ("http://salon.amocrm.ru", "eyJ", "base_url"),
        (BASE, "eyJ\nхвост", "token"),
        (BASE, "", "token"),
    ] {
        let problem = crm::open(Some(&entry(base, token, &[])), &crm::OpenContext::default()).err().unwrap();
        assert_eq!(problem.field, field, "{base} {token}: {problem}");
    }
}
