//! `/api/v1` and «Ключи доступа»: who may read what, what is refused and how, what stays of it in the journal.

use crate::support::browser::{Answer, Browser};
use crate::support::{PASSWORD, Site, night};
use axum::http::StatusCode;
use nochnik_core::event::{NoticeAnswer, StaffAct};
use nochnik_core::outside::VisitChange;
use nochnik_server::web::{self, Role, api};
use nochnik_store::cases::{Case, CaseState};
use nochnik_store::{audit, bookings, cases, record_views};
use serde_json::{Value, json};

const KEYS: &str = "/console/keys";
const READS: [&str; 3] = ["/api/v1/leads", "/api/v1/bookings", "/api/v1/dialogues"];

/// A site with a night behind it in both businesses.
async fn site() -> Site {
    let site = Site::open().await;
    let now_ms = site.desk.now.lock().unwrap().as_millisecond();
    night::fill(&site.store, "lotos", now_ms).await;
    site
}

/// Makes a key as the owner does and returns it, with its id.
async fn key(site: &Site, scopes: &[&str]) -> (String, String) {
    key_of(site, "roza", scopes).await
}

async fn key_of(site: &Site, login: &str, scopes: &[&str]) -> (String, String) {
    let mut owner = Browser::signed_in(&site.router, login).await;
    let names: Vec<String> = scopes.iter().map(|scope| format!("scope.{scope}")).collect();
    let mut form = vec![("title", "Отчёты агентства")];
    form.extend(names.iter().map(|name| (name.as_str(), "on")));
    let before = owner.get(KEYS).await.text;
    let page = owner.post(KEYS, &form).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    let secret = page.text.split('"').find(|part| part.starts_with("nk_")).unwrap().to_owned();
    let id = living(&page.text).find(|id| !living(&before).any(|old| old == *id)).unwrap().to_owned();
    (secret, id)
}

/// The keys a page offers to revoke. Two made within a millisecond stand in no order.
fn living(page: &str) -> impl Iterator<Item = &str> {
    let rows = page.match_indices("/revoke\"").map(|(at, _)| &page[..at]);
    rows.filter_map(|head| head.rsplit('/').next())
}

fn program(site: &Site, secret: &str) -> Browser {
    Browser::new(&site.router).with("authorization", &format!("Bearer {secret}"))
}

fn read(answer: &Answer) -> Value {
    serde_json::from_str(&answer.text).unwrap_or_else(|_| panic!("{}", answer.text))
}

/// A refusal as RFC 9457 has it.
fn assert_problem(answer: &Answer, status: u16) {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.text);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    let told = read(answer);
    assert_eq!(told["status"], status);
    for part in ["type", "title", "detail"] {
        assert!(told[part].as_str().is_some_and(|text| !text.is_empty()), "{part}: {told}");
    }
}

#[tokio::test]
async fn a_program_reads_what_its_key_was_made_for_and_nothing_else() {
    let site = site().await;
    for (scope, path) in [("leads:read", READS[0]), ("bookings:read", READS[1]), ("dialogues:read", READS[2])] {
        let (secret, _) = key(&site, &[scope]).await;
        let mut program = program(&site, &secret);
        for other in READS {
            let answer = program.get(other).await;
            if other == path {
                assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
                assert!(!read(&answer)["items"].as_array().unwrap().is_empty(), "{}", answer.text);
            } else {
                assert_problem(&answer, 403);
            }
        }
        assert_problem(&program.json("/api/v1/dialogues/c1/replies", r#"{"text":"Добрый вечер"}"#).await, 403);
        assert_problem(&program.json("/api/v1/bookings/b1/attendance", r#"{"has_come":true}"#).await, 403);
    }
    assert!(site.desk.acts.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_lead_is_told_whole_and_the_log_says_who_read_it() {
    let site = site().await;
    let (secret, id) = key(&site, &["leads:read"]).await;
    let mut program = program(&site, &secret);
    let lead = read(&program.get("/api/v1/leads/c1").await);
    assert_eq!(
        (&lead["name"], &lead["phone"], &lead["heat"], &lead["channel"], &lead["services"]),
        (&json!("Ольга Петрова"), &json!("+79185551231"), &json!("hot"), &json!("widget"), &json!(["маникюр"]))
    );
    assert_eq!(lead["reasons"][1], "подтвердила телефон");
    let hot = read(&program.get("/api/v1/leads?heat=hot").await);
    assert!(hot["items"].as_array().unwrap().iter().all(|lead| lead["heat"] == "hot"));
    let views = site.store.read(|sql| record_views::list(sql, "lotos", "", i64::MAX, 9)).await.unwrap();
    let seen: Vec<_> = views.iter().map(|view| (view.login.as_str(), view.record.as_str())).collect();
    assert_eq!(seen, [(format!("key:{id}").as_str(), ""), (format!("key:{id}").as_str(), "c1")]);
    let page = Browser::signed_in(&site.router, "roza").await.get("/console/journal?view=seen").await.text;
    assert!(page.contains("Программа «Отчёты агентства»"), "{page}");
}

#[tokio::test]
async fn pages_of_one_row_bring_every_row_once() {
    let site = site().await;
    let (secret, _) = key(&site, &["leads:read", "bookings:read", "dialogues:read"]).await;
    let mut program = program(&site, &secret);
    for path in READS {
        let ids = |page: &Value| -> Vec<String> {
            page["items"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
        };
        let whole = ids(&read(&program.get(path).await));
        assert!(whole.len() > 1, "{path}: {whole:?}");
        let (mut found, mut next) = (Vec::new(), Some(String::new()));
        while let Some(cursor) = next {
            let cursor = if cursor.is_empty() { String::new() } else { format!("&cursor={cursor}") };
            let page = read(&program.get(&format!("{path}?limit=1{cursor}")).await);
            found.extend(ids(&page));
            next = page["next"].as_str().map(str::to_owned);
        }
        assert_eq!(found, whole, "{path}");
        let none = read(&program.get(&format!("{path}?from=2031-01-01T00:00:00Z&channel=widget")).await);
        assert_eq!(none, json!({ "items": [], "next": null }));
    }
}

#[tokio::test]
async fn a_key_opens_its_own_business_only() {
    let site = site().await;
    let now_ms = site.desk.now.lock().unwrap().as_millisecond();
    night::keep(
        &site.store,
        "barber",
        now_ms,
        &night::Talk {
            id: "x1",
            name: "Пётр",
            last: "стрижка",
            speaker: "bot",
            heat: "hot",
            needs_person: true,
            ago_min: 1,
        },
    )
    .await;
    let (secret, _) = key(&site, &["leads:read", "dialogues:read", "dialogues:write"]).await;
    let mut program = program(&site, &secret);
    for path in ["/api/v1/dialogues/x1", "/api/v1/dialogues/x1/messages", "/api/v1/leads/x1", "/api/v1/leads/%00"] {
        assert_problem(&program.get(path).await, 404);
    }
    assert_problem(&program.json("/api/v1/dialogues/x1/replies", r#"{"text":"Чужим"}"#).await, 404);
    assert_problem(&program.json("/api/v1/dialogues/x1/take", "").await, 404);
    let all = program.get("/api/v1/dialogues").await.text;
    assert!(!all.contains("x1") && !all.contains("Пётр"), "{all}");
    assert!(site.desk.acts.lock().unwrap().is_empty());
}

#[tokio::test]
async fn without_a_living_key_nothing_opens() {
    let site = site().await;
    let (secret, id) = key(&site, &["leads:read"]).await;
    let dead = "nk_0000000000000000000000000000000000000000000000000000000000000000";
    let mut nobody = Browser::new(&site.router);
    let refused = nobody.get("/api/v1/leads").await;
    assert_problem(&refused, 401);
    assert_eq!(refused.header("www-authenticate"), "Bearer");
    for value in [format!("Bearer {dead}"), format!("Basic {secret}"), secret.clone(), "Bearer ".to_owned()] {
        assert_problem(&Browser::new(&site.router).with("authorization", &value).get("/api/v1/leads").await, 401);
    }
    let mut doubled = program(&site, &secret).with("authorization", &format!("Bearer {dead}"));
    assert_problem(&doubled.get("/api/v1/leads").await, 401);
    // A session of the console is no key.
    assert_problem(&Browser::signed_in(&site.router, "roza").await.get("/api/v1/leads").await, 401);

    let mut program = program(&site, &secret);
    assert_eq!(program.get("/api/v1/leads").await.status, StatusCode::OK);
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    let asked = owner.get(&format!("{KEYS}/{id}/revoke")).await.text;
    assert!(
        asked.contains("Отозвать ключ «Отчёты агентства»?") && asked.contains("Отозванный ключ не вернуть"),
        "{asked}"
    );
    assert_eq!(program.get("/api/v1/leads").await.status, StatusCode::OK, "a question revokes nothing");
    assert_eq!(owner.post(&format!("{KEYS}/{id}/revoke"), &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(owner.get(&format!("{KEYS}/{id}/revoke")).await.status, StatusCode::NOT_FOUND);
    assert_problem(&program.get("/api/v1/leads").await, 401);
    assert_eq!(owner.post(&format!("{KEYS}/{id}/revoke"), &[]).await.status, StatusCode::NOT_FOUND);
    let journal = site.store.read(|sql| audit::list(sql, "lotos", i64::MAX, 9)).await.unwrap();
    let told: Vec<_> = journal.iter().filter(|line| line.action.starts_with("key_")).collect();
    assert_eq!(told.iter().map(|line| line.action.as_str()).collect::<Vec<_>>(), ["key_off", "key_on"]);
    assert!(told.iter().all(|line| line.actor == "roza" && line.subject == id && !line.details.contains("nk_")));
    let page = owner.get("/console/journal").await.text;
    assert!(page.contains("Отозван ключ доступа: Отчёты агентства"), "{page}");
}

/// A login that is closed leaves no other way in.
#[tokio::test]
async fn control_c34_a_closed_login_takes_its_keys_with_it() {
    let site = site().await;
    web::set_password(&site.store, "lotos", "tanya", Role::Owner, PASSWORD, 0).await.unwrap();
    let (kept, _) = key(&site, &["leads:read"]).await;
    let (secret, id) = key_of(&site, "tanya", &["leads:read"]).await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    let close = "/console/access/of/tanya/off";
    let asked = owner.get(close).await.text;
    for told in ["Закрыть вход: tanya?", "Перестанут работать и ключи доступа этого человека: «Отчёты агентства»"]
    {
        assert!(asked.contains(told), "{told}: {asked}");
    }
    assert_eq!(program(&site, &secret).get("/api/v1/leads").await.status, StatusCode::OK, "a question closes nothing");
    assert_eq!(owner.post(close, &[]).await.status, StatusCode::SEE_OTHER);
    assert_problem(&program(&site, &secret).get("/api/v1/leads").await, 401);
    assert_eq!(program(&site, &kept).get("/api/v1/leads").await.status, StatusCode::OK, "another's key lives");
    let journal = site.store.read(|sql| audit::list(sql, "lotos", i64::MAX, 9)).await.unwrap();
    let told: Vec<_> = journal.iter().map(|line| (&*line.actor, &*line.action, &*line.subject)).collect();
    assert_eq!(told[..2], [("roza", "login_off", "tanya"), ("roza", "key_off", &id)]);
    assert_eq!(owner.post("/console/access/of/tanya/on", &[]).await.status, StatusCode::SEE_OTHER);
    assert_problem(&program(&site, &secret).get("/api/v1/leads").await, 401);
}

#[tokio::test]
async fn a_program_acts_as_the_console_does_and_once() {
    let site = site().await;
    let (secret, _) = key(&site, &["dialogues:write", "bookings:write"]).await;
    let mut program = program(&site, &secret).with("idempotency-key", "order-17");
    for _ in 0..2 {
        let answer = program.json("/api/v1/dialogues/c1/replies", r#"{"text":" Добрый вечер "}"#).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text);
    }
    program.extra.pop();
    assert_eq!(program.json("/api/v1/dialogues/c2/take", "").await.status, StatusCode::ACCEPTED);
    assert_eq!(program.json("/api/v1/dialogues/c2/back", "").await.status, StatusCode::ACCEPTED);
    let acts: Vec<_> = site.desk.acts.lock().unwrap().drain(..).map(|(_, talk, who, act)| (talk, who, act)).collect();
    let by = |talk: &str, act| (talk.to_owned(), "roza".to_owned(), act);
    assert_eq!(
        acts,
        [
            by("c1", StaffAct::Reply { text: "Добрый вечер".to_owned() }),
            by("c2", StaffAct::TakeOver),
            by("c2", StaffAct::GiveBack)
        ]
    );
    let journal = site.store.read(|sql| audit::list(sql, "lotos", i64::MAX, 9)).await.unwrap();
    assert!(journal.iter().any(|line| line.action == "api_reply" && line.actor.starts_with("key:")));
}

#[tokio::test]
async fn a_program_says_how_a_taken_case_ended() {
    let site = site().await;
    let (secret, id) = key(&site, &["dialogues:write"]).await;
    let mut program = program(&site, &secret);
    let put = |conversation_id: &str, state| {
        let case = Case {
            id: format!("{conversation_id}/c7"),
            conversation_id: conversation_id.to_owned(),
            state,
            level: 2,
            policy: "[]".to_owned(),
            taken_by: Some("marina".to_owned()),
            opened_at_ms: i64::MAX,
            next_at_ms: None,
            closed_at_ms: None,
            why: "просит человека".to_owned(),
        };
        site.store.write(move |sql| cases::upsert(sql, "lotos", &case))
    };
    put("c1", CaseState::Taken).await.unwrap();
    let place = "/api/v1/dialogues/c1/outcome";
    for body in [r#"{"outcome":"take"}"#, r#"{"outcome":"booked","by":"oleg"}"#, "{}"] {
        assert_problem(&program.json(place, body).await, 422);
    }
    let mut named = program.clone().with("idempotency-key", "end-1");
    let answer = named.json(place, r#"{"outcome":"booked"}"#).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text);
    put("c1", CaseState::Closed).await.unwrap();
    let again = named.json(place, r#"{"outcome":"booked"}"#).await;
    assert_eq!(again.status, StatusCode::ACCEPTED, "the answer was lost, the act was not: {}", again.text);
    assert_problem(&program.json(place, r#"{"outcome":"spam"}"#).await, 409);
    assert_problem(&program.json("/api/v1/dialogues/x1/outcome", r#"{"outcome":"spam"}"#).await, 404);
    let said = ("c1".to_owned(), "c1/c7".to_owned(), "roza".to_owned(), NoticeAnswer::Booked);
    assert_eq!(*site.desk.answers.lock().unwrap(), [said]);
    let journal = site.store.read(|sql| audit::list(sql, "lotos", i64::MAX, 9)).await.unwrap();
    let told = journal.iter().find(|line| line.action == "api_ended").unwrap();
    assert_eq!((told.actor.clone(), told.subject.as_str()), (format!("key:{id}"), "c1"));
}

#[tokio::test]
async fn a_visit_to_come_is_not_marked_and_one_that_began_is() {
    let site = site().await;
    let (secret, _) = key(&site, &["bookings:read", "bookings:write"]).await;
    let mut program = program(&site, &secret);
    let page = read(&program.get("/api/v1/bookings?state=confirmed").await);
    let visit = page["items"][0].clone();
    let place = format!("/api/v1/bookings/{}/attendance", visit["id"].as_str().unwrap());
    assert_problem(&program.json(&place, r#"{"has_come":true}"#).await, 409);
    let starts_at: jiff::Timestamp = visit["starts_at"].as_str().unwrap().parse().unwrap();
    *site.desk.now.lock().unwrap() = starts_at;
    let answer = program.json(&place, r#"{"has_come":true}"#).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text);
    let acts = site.desk.acts.lock().unwrap();
    let came = StaffAct::Came { booking: visit["id"].as_str().unwrap().replace('.', "/"), has_come: true };
    assert_eq!(acts[0].3, came);
}

/// Sent twice under one name, as by a program that lost the first answer: what the first changed is no conflict.
async fn twice(program: &mut Browser, place: &str, body: &str, name: &str) {
    let mut program = program.clone().with("idempotency-key", name);
    for _ in 0..2 {
        let answer = program.json(place, body).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{place}: {}", answer.text);
    }
}

#[tokio::test]
async fn a_booking_is_moved_called_off_and_decided_by_a_program() {
    let site = site().await;
    let (secret, _) = key(&site, &["bookings:read", "bookings:write"]).await;
    let mut program = program(&site, &secret);
    let irina = read(&program.get("/api/v1/bookings/b1").await);
    let (starts, ends) = (irina["starts_at"].clone(), irina["ends_at"].clone());
    for (body, status) in [
        (r#"{"starts_at":"2026-11-20T15:00:00+03:00"}"#, 409),
        (r#"{"starts_at":"2026-11-27T15:00:00+03:00","specialist_id":"nobody"}"#, 422),
        (r#"{"starts_at":"завтра"}"#, 422),
        ("{}", 422),
    ] {
        assert_problem(&program.json("/api/v1/bookings/b1/move", body).await, status);
    }
    let sergey = read(&program.get("/api/v1/bookings/b2").await)["starts_at"].clone();
    let onto_sergey = json!({ "starts_at": sergey }).to_string();
    assert_problem(&program.json("/api/v1/bookings/b1/move", &onto_sergey).await, 409);
    assert_problem(&program.json("/api/v1/bookings/b1/decision", r#"{"is_approved":true}"#).await, 409);
    assert_problem(&program.json("/api/v1/bookings/b9/cancel", "").await, 404);
    assert!(site.desk.acts.lock().unwrap().is_empty());

    let to = r#"{"starts_at":"2026-11-27T15:00:00+03:00","specialist_id":"maria"}"#;
    twice(&mut program, "/api/v1/bookings/b1/move", to, "move-1").await;
    twice(&mut program, "/api/v1/bookings/b2/cancel", "", "cancel-1").await;
    site.store.write(|sql| bookings::keep(sql, "lotos", "b3", "Карина")).await.unwrap();
    let refused = program.clone().with("idempotency-key", "no-1");
    let answer = refused.clone().json("/api/v1/bookings/b3/decision", r#"{"is_approved":false}"#).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text);
    site.store.write(|sql| bookings::cancel(sql, "lotos", "b3")).await.unwrap();
    let again = refused.clone().json("/api/v1/bookings/b3/decision", r#"{"is_approved":false}"#).await;
    assert_eq!(again.status, StatusCode::ACCEPTED, "the answer was lost, the act was not: {}", again.text);

    let moment = |value: &Value| value.as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    let acts: Vec<_> = site.desk.acts.lock().unwrap().drain(..).map(|(_, talk, who, act)| (talk, who, act)).collect();
    let [moved, off, decided] = &acts[..] else { panic!("{acts:?}") };
    let (talk, who, StaffAct::Visit(VisitChange { booking, was, now: Some(now) })) = moved else { panic!("{moved:?}") };
    assert_eq!((&**talk, &**who, &**booking), ("c3", "roza", "b1"));
    assert_eq!((was.from, was.to), (moment(&starts), moment(&ends)));
    assert_eq!((now.specialist.as_str(), now.from), ("maria", "2026-11-27T12:00:00Z".parse().unwrap()));
    assert_eq!(now.to.duration_since(now.from), was.to.duration_since(was.from), "as long as it was");
    assert!(matches!(&off.2, StaffAct::Visit(VisitChange { booking, now: None, .. }) if booking == "b2"), "{off:?}");
    assert_eq!(decided.2, StaffAct::Decide { booking: "b3".to_owned(), is_approved: false });
    let journal = site.store.read(|sql| audit::list(sql, "lotos", i64::MAX, 20)).await.unwrap();
    for action in ["api_moved", "api_cancelled", "api_decided"] {
        assert!(journal.iter().any(|line| line.action == action && line.actor.starts_with("key:")), "{action}");
    }
}

#[tokio::test]
async fn what_does_not_read_is_refused_in_plain_words() {
    let site = site().await;
    let (secret, _) = key(&site, &["leads:read", "dialogues:read", "dialogues:write"]).await;
    let mut program = program(&site, &secret);
    for query in [
        "heat=boiling",
        "limit=0",
        "limit=101",
        "limit=ten",
        "cursor=zzz",
        "from=yesterday",
        "tenant=barber",
        "channel=%00",
        "heat=hot&heat=cold",
    ] {
        assert_problem(&program.get(&format!("/api/v1/leads?{query}")).await, 422);
    }
    let replies = "/api/v1/dialogues/c1/replies";
    for body in ["{}", "{", r#"{"text":"  "}"#, r#"{"text":7}"#, r#"{"text":"да","person":"roza"}"#] {
        assert_problem(&program.json(replies, body).await, 422);
    }
    let long = json!({ "text": "а".repeat(4_001) }).to_string();
    assert_problem(&program.json(replies, &long).await, 422);
    let huge = json!({ "text": "а".repeat(70_000) }).to_string();
    assert_problem(&program.json(replies, &huge).await, 413);
    assert_problem(&program.send("POST", replies, Some("text/plain"), b"{}".to_vec()).await, 415);
    assert_problem(&program.send("DELETE", "/api/v1/leads", None, Vec::new()).await, 405);
    assert_problem(&program.get("/api/v1/secrets").await, 404);
    let mut named = program.clone().with("idempotency-key", "не латиница");
    assert_problem(&named.json("/api/v1/dialogues/c1/take", "").await, 422);
    assert!(site.desk.acts.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_program_that_asks_too_often_is_told_when_to_come_back() {
    let site = site().await;
    let (secret, _) = key(&site, &["leads:read"]).await;
    let (other, _) = key(&site, &["leads:read"]).await;
    let mut busy = program(&site, &secret);
    let mut calls = 0;
    let refused = loop {
        let answer = busy.get("/api/v1/leads/none").await;
        calls += 1;
        if answer.status != StatusCode::NOT_FOUND {
            break answer;
        }
        assert!(calls < 1_000);
    };
    assert!(calls > 300, "{calls}");
    assert_problem(&refused, 429);
    assert!(refused.header("retry-after").parse::<u64>().is_ok_and(|seconds| seconds > 0));
    assert_eq!(program(&site, &other).get("/api/v1/leads/none").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn only_the_owner_makes_keys_and_a_title_is_no_markup() {
    let site = Site::open().await;
    for login in ["marina", "gost"] {
        let mut other = Browser::signed_in(&site.router, login).await;
        assert_eq!(other.get(KEYS).await.status, StatusCode::FORBIDDEN);
        let form = [("title", "Мой"), ("scope.leads:read", "on")];
        assert_eq!(other.post(KEYS, &form).await.status, StatusCode::FORBIDDEN);
        assert!(!other.get("/console/more").await.text.contains("Ключи доступа"));
    }
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    for form in [
        vec![("title", "Без прав")],
        vec![("title", ""), ("scope.leads:read", "on")],
        vec![("title", "Чужое"), ("scope.admin", "on")],
    ] {
        assert_eq!(owner.post(KEYS, &form).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{form:?}");
    }
    let made = owner.post(KEYS, &[("title", "<img src=x onerror=alert(1)>"), ("scope.leads:read", "on")]).await.text;
    assert!(made.contains("nk_") && made.contains("&lt;img"), "{made}");
    let later = owner.get(KEYS).await.text;
    assert!(!later.contains("nk_") && !later.contains("<img") && later.contains("ещё не пользовались"), "{later}");
    let secret = made.split('"').find(|part| part.starts_with("nk_")).unwrap();
    let kept = format!("{:?}", site.store.read(|sql| nochnik_store::api_keys::list(sql, "lotos")).await.unwrap());
    assert!(!kept.contains(secret));
    let calls = owner.get(&format!("{KEYS}/calls")).await.text;
    assert!(calls.contains("GET /api/v1/leads") && calls.contains("Ответить клиенту"), "{calls}");
}

#[tokio::test]
async fn the_document_of_the_api_tells_every_call() {
    let site = Site::open().await;
    let answer = Browser::new(&site.router).get("/api/v1/openapi.json").await;
    assert_eq!((answer.status, answer.header("content-type")), (StatusCode::OK, "application/json"));
    assert_eq!(answer.text, api::description());
    let document = read(&answer);
    assert_eq!(document["openapi"], "3.1.0");
    let calls: Vec<String> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, item)| item.as_object().unwrap().keys().map(move |method| format!("{method} {path}")))
        .collect();
    // A promise to programs that are written already: calls may be added, never taken away.
    assert_eq!(
        calls,
        [
            "get /api/v1/bookings",
            "get /api/v1/bookings/{id}",
            "post /api/v1/bookings/{id}/attendance",
            "post /api/v1/bookings/{id}/cancel",
            "post /api/v1/bookings/{id}/decision",
            "post /api/v1/bookings/{id}/move",
            "get /api/v1/dialogues",
            "get /api/v1/dialogues/{id}",
            "post /api/v1/dialogues/{id}/back",
            "get /api/v1/dialogues/{id}/messages",
            "post /api/v1/dialogues/{id}/outcome",
            "post /api/v1/dialogues/{id}/replies",
            "post /api/v1/dialogues/{id}/take",
            "get /api/v1/leads",
            "get /api/v1/leads/{id}"
        ]
    );
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, call) in item.as_object().unwrap() {
            let answers: Vec<&str> = call["responses"].as_object().unwrap().keys().map(String::as_str).collect();
            let own = if method == "get" { "200" } else { "202" };
            for status in [own, "401", "403", "404", "422", "429"] {
                assert!(answers.contains(&status), "{method} {path}: {answers:?}");
            }
            assert!(call["security"][0]["key"][0].is_string(), "{method} {path}: no right is named");
            assert!(call["summary"].is_string(), "{method} {path}");
        }
    }
}
