//! What Google may say instead of doing it, and what we make of it: table 1.6 of the contract sheet.

use nochnik_adapters::Failure;
use nochnik_adapters::failure::Scope;
use nochnik_adapters::http::Answer;
use nochnik_doubles::google::Settings;
use serde_json::json;

use crate::google::desk::{Desk, Means, NAME, PHONE, later, means, quarter, visit};
use crate::wire::{Heard, Reply};

type Says = fn() -> Reply;

/// Google's own shape; its words quote what was sent.
fn error(status: u16, domain: &str, reason: &str) -> Reply {
    let message = format!("Invalid value: {NAME} {PHONE}");
    let error = json!({ "domain": domain, "reason": reason, "message": message });
    Reply::says(status, &json!({ "error": { "errors": [error], "code": status, "message": message } }))
}

/// The newer shape, with its details.
fn detailed(status: u16, reason: &str) -> Reply {
    let detail =
        json!({ "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "googleapis.com" });
    Reply::says(status, &json!({ "error": { "code": status, "status": "PERMISSION_DENIED", "details": [detail] } }))
}

fn waits(status: u16, s: i64) -> Reply {
    let Reply::Says(answer) = error(status, "usageLimits", "rateLimitExceeded") else { unreachable!() };
    Reply::Says(Answer { retry_after: Some(jiff::SignedDuration::from_secs(s)), ..answer })
}

/// One line: what is answered; what it means for a reading, for a create, for a change and for a removal.
struct Row(&'static str, Says, [Expected; 4]);

#[derive(Clone)]
enum Expected {
    Done,
    Fails(Means),
}

fn later_all(after: Option<i64>) -> Expected {
    Expected::Fails(Means::Later(after, Scope::Destination))
}

fn row_only() -> Expected {
    Expected::Fails(Means::Later(None, Scope::Row))
}

fn broken() -> Expected {
    Expected::Fails(Means::Broken)
}

fn unknown() -> Expected {
    Expected::Fails(Means::Unknown)
}

fn refused(code: &str) -> Expected {
    Expected::Fails(Means::Refused(code.to_owned()))
}

fn alike(expected: Expected) -> [Expected; 4] {
    [expected.clone(), expected.clone(), expected.clone(), expected]
}

fn maybe_done(of_reading: Expected) -> [Expected; 4] {
    [of_reading, unknown(), unknown(), unknown()]
}

fn table() -> Vec<Row> {
    let mine = || refused("malformed");
    let changed = || refused("changed");
    vec![
        Row("empty range", || error(400, "global", "timeRangeEmpty"), alike(mine())),
        Row("missing field", || error(400, "global", "required"), alike(mine())),
        Row("wrong value", || error(400, "global", "invalid"), alike(mine())),
        Row("no access", || error(401, "global", "authError"), alike(broken())),
        Row("too fast for one", || error(403, "usageLimits", "userRateLimitExceeded"), alike(later_all(None))),
        Row("too fast for all", || error(403, "usageLimits", "rateLimitExceeded"), alike(later_all(None))),
        Row("too fast, new words", || detailed(403, "RATE_LIMIT_EXCEEDED"), alike(later_all(None))),
        Row("a daily limit", || error(403, "usageLimits", "dailyLimitExceeded"), alike(later_all(None))),
        Row("too many events", || error(403, "usageLimits", "quotaExceeded"), alike(later_all(Some(7_200)))),
        Row("too fast, with a pause", || waits(403, 30), alike(later_all(Some(30)))),
        Row("forbidden", || error(403, "global", "forbidden"), alike(broken())),
        Row("not the organizer", || error(403, "calendar", "forbiddenForNonOrganizer"), alike(broken())),
        Row("no such scope", || error(403, "global", "insufficientPermissions"), alike(broken())),
        Row("not for robots", || error(403, "calendar", "forbiddenForServiceAccounts"), alike(broken())),
        Row("switched off", || error(403, "usageLimits", "accessNotConfigured"), alike(broken())),
        Row("switched off, new words", || detailed(403, "SERVICE_DISABLED"), alike(broken())),
        Row("a reason of tomorrow", || error(403, "global", "somethingNew"), alike(broken())),
        Row("a wall", || Reply::page(403), alike(broken())),
        Row("not found", || error(404, "global", "notFound"), [broken(), broken(), changed(), Expected::Done]),
        Row("another server", || Reply::page(404), alike(broken())),
        Row("conflict", || error(409, "global", "conflict"), [row_only(), row_only(), row_only(), row_only()]),
        Row("deleted", || error(410, "global", "deleted"), [row_only(), broken(), changed(), Expected::Done]),
        Row("too many", || error(429, "usageLimits", "rateLimitExceeded"), alike(later_all(None))),
        Row("too many, with a pause", || waits(429, 7), alike(later_all(Some(7)))),
        Row("too many, a page", || Reply::page(429), alike(later_all(None))),
        Row("crash", || error(500, "global", "backendError"), maybe_done(later_all(None))),
        Row("overload", || error(503, "global", "backendError"), maybe_done(later_all(None))),
        Row("a gateway", || Reply::page(502), maybe_done(later_all(None))),
        Row("a slow gateway", || Reply::page(504), maybe_done(later_all(None))),
        Row("moved", || Reply::moved("https://example.org/"), alike(broken())),
        Row("a proxy's password", || Reply::page(407), alike(broken())),
        Row("a page", || Reply::page(200), maybe_done(later_all(None))),
        Row("nothing", || Reply::empty(200), maybe_done(later_all(None))),
        Row(
            "something",
            || Reply::says(200, &json!({ "kind": "calendar#event", "id": "other" })),
            maybe_done(later_all(None)),
        ),
        Row("silence", || Reply::Hangs, maybe_done(row_only())),
        Row("a cut line", || Reply::Drops, maybe_done(row_only())),
        Row("no way there", || Reply::Unreachable, alike(later_all(None))),
    ]
}

fn is_list(heard: &Heard) -> bool {
    heard.method == "GET" && heard.url.path().ends_with("/events")
}

async fn act(kind: usize, answers: Option<Says>) -> Result<(), Failure> {
    let gate = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let is_open = gate.clone();
    let desk = Desk::altered(Settings::default(), &[], move |heard| {
        let is_met = match kind {
            0 => is_list(heard),
            // The look after a conflict meets it, too.
            _ => heard.url.path().contains("/events"),
        };
        let is_on = is_open.load(std::sync::atomic::Ordering::Relaxed) && heard.url.path() != "/token";
        answers.filter(|_| is_met && is_on).map(|answers| answers())
    });
    let known = desk.put(&visit(), None).await.unwrap();
    gate.store(true, std::sync::atomic::Ordering::Relaxed);
    match kind {
        0 => desk.calendar.changes(None, quarter()).await.map(drop),
        1 => desk.put(&nochnik_adapters::ports::Visit { booking: "18".to_owned(), ..visit() }, None).await.map(drop),
        2 => desk.put(&later(), Some(&known)).await.map(drop),
        _ => desk.calendar.remove(&known).await,
    }
}

#[tokio::test(start_paused = true)]
async fn each_answer_means_what_the_sheet_says() {
    for kind in 0..4 {
        act(kind, None).await.unwrap();
    }
    for Row(name, answers, expected) in table() {
        for (kind, expected) in expected.into_iter().enumerate() {
            let name = format!("{name}, {}", ["reading", "create", "change", "removal"][kind]);
            match (act(kind, Some(answers)).await, expected) {
                (Ok(()), Expected::Done) => {}
                (Err(failure), Expected::Fails(expected)) => assert_eq!(means(&failure), expected, "{name}: {failure}"),
                (done, _) => panic!("{name}: {done:?}"),
            }
        }
    }
}

/// The hint names the place where the owner has to click.
#[tokio::test]
async fn a_hint_leads_to_the_right_place() {
    for (answers, word) in [
        ((|| error(403, "global", "forbidden")) as Says, "Вносить изменения в мероприятия"),
        (|| error(404, "global", "notFound"), "Доступ для пользователей"),
        (|| error(403, "usageLimits", "accessNotConfigured"), "Google Calendar API"),
        (|| detailed(403, "SERVICE_DISABLED"), "Google Calendar API"),
        (|| detailed(403, "ACCESS_TOKEN_SCOPE_INSUFFICIENT"), "отметьте доступ"),
        (|| error(401, "global", "authError"), "Подключите календарь заново"),
        (|| Reply::page(403), "прокси"),
        (|| Reply::page(404), "base_url"),
    ] {
        let failure = act(1, Some(answers)).await.unwrap_err();
        assert!(matches!(failure, Failure::Broken { hint, .. } if hint.contains(word)), "{word}: {failure:?}");
    }
}

/// A refusal by the double's own rules, not by a scripted one.
#[tokio::test]
async fn a_calendar_that_is_not_shared_is_the_owners_matter() {
    for (role, reads) in [("none", false), ("reader", true), ("freeBusyReader", true)] {
        let desk = Desk::with(Settings { access_role: role.to_owned(), ..Settings::default() }, &[]);
        assert_eq!(desk.calendar.changes(None, quarter()).await.is_ok(), reads, "{role}");
        assert_eq!(means(&desk.put(&visit(), None).await.unwrap_err()), Means::Broken, "{role}");
        assert_eq!(means(&desk.calendar.check().await.unwrap_err()), Means::Broken, "{role}");
    }
    let desk = Desk::new();
    desk.changes(None).await;
    for (status, reason, expected) in [
        (403, "rateLimitExceeded", Means::Later(None, Scope::Destination)),
        (403, "quotaExceeded", Means::Later(Some(7_200), Scope::Destination)),
        (429, "rateLimitExceeded", Means::Later(None, Scope::Destination)),
    ] {
        desk.double.refuses_next(status, reason);
        assert_eq!(means(&desk.put(&visit(), None).await.unwrap_err()), expected, "{status} {reason}");
    }
    desk.put(&visit(), None).await.unwrap();
    desk.double.assert_clean();
}

/// The vendor's reason is told where it is one word, and nothing longer ever is.
#[tokio::test]
async fn a_refusal_repeats_no_words_of_the_vendor() {
    let failure = act(1, Some(|| error(400, "global", "timeRangeEmpty"))).await.unwrap_err();
    assert_eq!(failure.to_string(), "refused (malformed): Google Calendar answered 400 (timeRangeEmpty)");
    let failure = act(1, Some(|| error(400, "global", "Ольга Петрова, +79000000001"))).await.unwrap_err();
    assert_eq!(failure.to_string(), "refused (malformed): Google Calendar answered 400");
    let strange = json!({ "error": { "errors": [{ "reason": 7 }, 8, null], "details": "x" } });
    let desk = Desk::altered(Settings::default(), &[], move |heard| {
        (heard.method == "POST" && heard.url.path() != "/token").then(|| Reply::says(400, &strange))
    });
    assert_eq!(means(&desk.put(&visit(), None).await.unwrap_err()), Means::Refused("malformed".to_owned()));
}
