//! «Эскалации» as people meet them: who is called now and what came of it, the past by page and by filter.

use crate::support::browser::Browser;
use crate::support::night::{Talk, keep};
use crate::support::{NIGHT, Site};
use axum::http::StatusCode;
use nochnik_core::event::{NoticeAnswer, StaffAct};
use nochnik_store::case_steps::Step;
use nochnik_store::cases::{Case, CaseState};
use nochnik_store::notices::{self, Notice};
use nochnik_store::{Sql, StoreError, case_steps, cases};

const PAGE: &str = "/console/escalations";
const MIN: i64 = 60_000;
const DAY: i64 = 24 * 60 * MIN;

fn night_ms() -> i64 {
    NIGHT.parse::<jiff::Timestamp>().unwrap().as_millisecond()
}

fn step(at_ms: i64, what: &str, person: &str) -> Step {
    Step { due_at_ms: at_ms, at_ms, what: what.into(), person_id: person.into(), ..Step::default() }
}

/// A call by Telegram that the vendor took after two seconds.
fn call(at_ms: i64, person: &str, token: &str) -> Step {
    Step {
        means: "telegram".into(),
        level: 2,
        token: token.into(),
        sent_at_ms: Some(at_ms + 2_000),
        ..step(at_ms, "called", person)
    }
}

fn put(
    sql: &mut dyn Sql,
    business: &str,
    id: &str,
    state: CaseState,
    opened_at_ms: i64,
    steps: &[Step],
) -> Result<(), StoreError> {
    let case = Case {
        id: format!("{id}/c1"),
        conversation_id: id.into(),
        state,
        level: 2,
        policy: "[]".into(),
        taken_by: (state == CaseState::Taken).then(|| "marina".into()),
        opened_at_ms,
        next_at_ms: (state == CaseState::Open).then_some(opened_at_ms + 10 * MIN),
        closed_at_ms: (state == CaseState::Closed).then_some(opened_at_ms + 20 * MIN),
        why: "просит человека".into(),
    };
    cases::upsert(sql, business, &case)?;
    steps.iter().try_for_each(|step| case_steps::add(sql, business, &case.id, step))
}

async fn talk(site: &Site, business: &str, id: &str, name: &str) {
    let talk = Talk { id, name, last: "", speaker: "bot", heat: "hot", needs_person: true, ago_min: 6 };
    keep(&site.store, business, night_ms(), &talk).await;
}

/// Told to Marina twice, and to Oleg: the first card is on her phone, of the second nobody knows.
async fn burning(site: &Site) {
    talk(site, "lotos", "c1", "Ольга").await;
    let opened = night_ms() - 6 * MIN;
    let job = move |sql: &mut dyn Sql| {
        let steps =
            [call(opened, "marina", "t1"), call(opened + 2 * MIN, "marina", "t2"), call(opened + 4 * MIN, "oleg", "")];
        let steps = steps.map(|step| match step.person_id.as_str() {
            "oleg" => Step { sent_at_ms: None, ..step },
            _ => step,
        });
        put(sql, "lotos", "c1", CaseState::Open, opened, &steps)?;
        let notice = Notice {
            token: "t1".into(),
            case_id: "c1/c1".into(),
            conversation_id: "c1".into(),
            person_id: "marina".into(),
            channel: "telegram".into(),
            account: "telegram".into(),
            peer: "1".into(),
            vendor_message_id: None,
            level: 2,
            expires_at_ms: opened + 30 * MIN,
            used_at_ms: None,
        };
        notices::put(sql, "lotos", &notice)?;
        notices::progress(sql, "lotos", "t1", "delivered").map(drop)
    };
    site.store.write(job).await.unwrap();
}

#[tokio::test]
async fn who_is_called_now_stands_first_with_every_call_and_the_clock_of_the_next_one() {
    let site = Site::open().await;
    let mut manager = Browser::signed_in(&site.router, "marina").await;
    assert!(manager.get(PAGE).await.text.contains("Сейчас никого не зовём"));
    burning(&site).await;
    let page = manager.get(PAGE).await.text;
    let due = format!("data-due=\"{}\"", night_ms() + 4 * MIN);
    for told in [
        "Ольга",
        "просит человека",
        "следующий вызов в 23:45",
        due.as_str(),
        "23:35:00",
        "доставлено, молчание",
        "отправлено, ждём",
        "отправляем",
        "Марина",
        "view=cases",
    ] {
        assert!(page.contains(told), "{told}: {page}");
    }
    assert!(!page.contains("Сейчас никого не зовём"));
    assert_eq!(manager.get("/console/live?view=cases").await.status, StatusCode::OK);
}

#[tokio::test]
async fn it_is_taken_by_one_tap_and_an_observer_only_looks() {
    let site = Site::open().await;
    burning(&site).await;
    let mut manager = Browser::signed_in(&site.router, "marina").await;
    let take = "/console/chats/c1/take";
    assert!(manager.get(PAGE).await.text.contains(take));
    let home = manager.get("/console").await.text;
    assert!(home.contains(take), "«Сейчас» takes too: {home}");
    assert!(home.contains("следующий вызов в 23:45") && !home.contains("взять до"), "the promise is over: {home}");
    let mut htmx = manager.clone().with("hx-request", "true");
    assert_eq!(htmx.post(take, &[]).await.status, StatusCode::NO_CONTENT, "the page stays, the stream brings the news");
    assert_eq!(*site.desk.acts.lock().unwrap(), [("lotos".into(), "c1".into(), "marina".into(), StaffAct::TakeOver)]);
    let mut observer = Browser::signed_in(&site.router, "gost").await;
    let page = observer.get(PAGE).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(!page.text.contains(take) && page.text.contains("Открыть диалог"));
    assert!(!observer.get("/console").await.text.contains(take));
}

#[tokio::test]
async fn a_taken_case_is_ended_by_one_of_four_words_on_both_pages() {
    let site = Site::open().await;
    talk(&site, "lotos", "c1", "Ольга").await;
    talk(&site, "lotos", "c2", "Вера").await;
    talk(&site, "barber", "foreign", "Чужой").await;
    let taken = |sql: &mut dyn Sql| {
        put(sql, "lotos", "c1", CaseState::Taken, night_ms() - MIN, &[])?;
        put(sql, "lotos", "c2", CaseState::Morning, night_ms() - MIN, &[])?;
        put(sql, "barber", "foreign", CaseState::Taken, night_ms() - MIN, &[])
    };
    site.store.write(taken).await.unwrap();
    let mut manager = Browser::signed_in(&site.router, "marina").await;
    let offered = |page: &str, id: &str| page.contains(&format!("/console/chats/{id}/outcome"));
    let page = manager.get(PAGE).await.text;
    assert!(offered(&page, "c1") && !offered(&page, "c2"), "only what somebody has: {page}");
    for word in ["Записан", "Не дозвонился", "Отказ", "Спам"] {
        assert!(page.contains(word), "{word}: {page}");
    }
    assert!(offered(&manager.get("/console/chats/c1").await.text, "c1"));
    assert!(!offered(&manager.get("/console/chats/c2").await.text, "c2"));

    let end = "/console/chats/c1/outcome";
    let mut htmx = manager.clone().with("hx-request", "true");
    assert_eq!(htmx.post(end, &[("outcome", "no_answer")]).await.status, StatusCode::NO_CONTENT);
    assert_eq!(manager.post(end, &[("outcome", "refused")]).await.header("location"), "/console/chats/c1");
    assert!(
        manager.post(end, &[("outcome", "take")]).await.status.is_client_error(),
        "no button of a notice that waits"
    );
    let late = manager.post("/console/chats/c2/outcome", &[("outcome", "spam")]).await;
    assert_eq!(late.header("location"), "/console/chats/c2", "a late word finds nothing to do");
    assert_eq!(
        manager.post("/console/chats/foreign/outcome", &[("outcome", "spam")]).await.status,
        StatusCode::NOT_FOUND
    );
    let said = |answer| ("c1".to_owned(), "c1/c1".to_owned(), "marina".to_owned(), answer);
    assert_eq!(*site.desk.answers.lock().unwrap(), [said(NoticeAnswer::NoAnswer), said(NoticeAnswer::Refused)]);

    let mut observer = Browser::signed_in(&site.router, "gost").await;
    assert!(!offered(&observer.get(PAGE).await.text, "c1"), "an observer only looks");
}

/// Twenty-one that Marina took, one of each kind that nobody took, one of last month.
async fn past(site: &Site) {
    let now = night_ms();
    for n in 1..=21 {
        talk(site, "lotos", &format!("taken{n:02}"), &format!("Взятая {n}")).await;
    }
    for (id, name) in [("morning", "Утренняя"), ("alone", "Самостоятельная"), ("old", "Давняя")]
    {
        talk(site, "lotos", id, name).await;
    }
    talk(site, "barber", "foreign", "Чужой").await;
    let job = move |sql: &mut dyn Sql| {
        for n in 1..=21 {
            let at = now - DAY - n * MIN;
            let steps = [call(at, "marina", ""), step(at + 3 * MIN, "taken", "marina")];
            put(sql, "lotos", &format!("taken{n:02}"), CaseState::Closed, at, &steps)?;
        }
        let at = now - 2 * DAY;
        put(sql, "lotos", "morning", CaseState::Closed, at, &[call(at, "marina", ""), step(at, "morning", "")])?;
        put(sql, "lotos", "alone", CaseState::Closed, at - MIN, &[])?;
        let old = now - 40 * DAY;
        put(sql, "lotos", "old", CaseState::Closed, old, &[call(old, "oleg", ""), step(old + MIN, "taken", "oleg")])?;
        put(sql, "barber", "foreign", CaseState::Closed, at, &[])
    };
    site.store.write(job).await.unwrap();
}

/// The address that a link with these words leads to.
fn link<'a>(page: &'a str, words: &str) -> &'a str {
    let end = page.find(&format!("\">{words}</a>")).unwrap_or_else(|| panic!("no link «{words}»: {page}"));
    let begin = page[..end].rfind("href=\"").unwrap() + 6;
    &page[begin..end]
}

#[tokio::test]
async fn the_past_comes_by_pages_the_newest_first() {
    let site = Site::open().await;
    past(&site).await;
    let mut observer = Browser::signed_in(&site.router, "gost").await;
    let first = observer.get(PAGE).await.text;
    assert!(first.contains("Взятая 1<") && first.contains("Взятая 20<") && !first.contains("Взятая 21<"), "{first}");
    assert!(first.contains("«Беру»: Марина") && first.contains("ответили через 3\u{a0}мин"), "{first}");
    let second = observer.get(&link(&first, "Раньше").replace("&amp;", "&")).await.text;
    for told in ["Взятая 21<", "Утренняя", "ждали утра", "Самостоятельная", "решилось само"]
    {
        assert!(second.contains(told), "{told}: {second}");
    }
    assert!(!second.contains("Взятая 20<") && !second.contains("Давняя") && !second.contains("Чужой"));
    assert!(!second.contains("view=cases"), "the present stands on the first page only");
    assert!(observer.get(&link(&second, "К новым").replace("&amp;", "&")).await.text.contains("Взятая 1<"));
}

#[tokio::test]
async fn the_past_is_asked_by_period_by_end_and_by_who_took_it() {
    let site = Site::open().await;
    past(&site).await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    for (query, there, not_there) in [
        ("end=morning", "Утренняя", "Самостоятельная"),
        ("end=alone", "Самостоятельная", "Утренняя"),
        ("end=taken", "Взятая 1<", "Утренняя"),
        ("by=marina", "Взятая 1<", "Утренняя"),
        ("by=oleg&period=all", "Давняя", "Взятая 1<"),
        ("by=oleg", "Таких дел нет", "Давняя"),
        ("period=quarter&by=oleg", "Давняя", "Взятая 1<"),
        ("period=nonsense&end=nonsense", "Взятая 1<", "Давняя"),
        ("at=nonsense&before=nonsense", "Взятая 1<", "Давняя"),
        ("period=all&at=0&before=", "Таких дел нет", "Взятая 1<"),
    ] {
        let page = owner.get(&format!("{PAGE}?{query}")).await;
        assert_eq!(page.status, StatusCode::OK, "{query}");
        assert!(page.text.contains(there) && !page.text.contains(not_there), "{query}: {}", page.text);
        assert!(!page.text.contains("Чужой"), "{query}: another business");
    }
    let hostile = owner.get(&format!("{PAGE}?by=%22%3E%3Cscript%3Ealert(1)%3C/script%3E")).await.text;
    assert!(!hostile.contains("<script>alert"), "{hostile}");
}

#[tokio::test]
async fn a_hostile_name_stays_text_and_a_foreign_case_cannot_be_taken() {
    let site = Site::open().await;
    talk(&site, "lotos", "c9", "<img src=x onerror=alert(1)>").await;
    talk(&site, "barber", "foreign", "Чужой").await;
    let job = |sql: &mut dyn Sql| {
        put(sql, "lotos", "c9", CaseState::Open, night_ms() - MIN, &[])?;
        put(sql, "barber", "foreign", CaseState::Open, night_ms() - MIN, &[])
    };
    site.store.write(job).await.unwrap();
    let mut manager = Browser::signed_in(&site.router, "marina").await;
    let page = manager.get(PAGE).await.text;
    assert!(page.contains("&lt;img src=x") && !page.contains("<img src=x") && !page.contains("Чужой"), "{page}");
    assert_eq!(manager.post("/console/chats/foreign/take", &[]).await.status, StatusCode::NOT_FOUND);
    assert!(site.desk.acts.lock().unwrap().is_empty());
    let mut stranger = Browser::new(&site.router);
    assert_eq!(stranger.get(PAGE).await.status, StatusCode::SEE_OTHER);
}
