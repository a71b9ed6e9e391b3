//! Rules, reminders, questions, reports and the order of calls, as an owner sets them without the document.

use crate::support::Site;
use crate::support::browser::{Answer, Browser};
use crate::support::form::untouched;
use crate::support::night;
use axum::http::StatusCode;
use nochnik_core::business::{AnswerMode, Condition, Document, Fact, Role};
use nochnik_store::businesses;
use nochnik_store::retention::{self, Erased};
use serde_json::Value;

const SHEETS: [&str; 6] =
    ["sheet/rules", "sheet/care", "sheet/questions", "sheet/reports", "sheet/retention", "ladder"];

async fn document(site: &Site) -> Document {
    let row = site.store.read(|sql| businesses::get(sql, "lotos")).await.unwrap().unwrap();
    serde_json::from_str(&row.document).unwrap()
}

/// Sends a page's form with some inputs changed; `None` takes one away.
async fn send(owner: &mut Browser, page: &str, changes: &[(&str, Option<&str>)]) -> Answer {
    let path = format!("/console/settings/{page}");
    let mut sent = untouched(&owner.get(&path).await.text);
    for (name, text) in changes {
        sent.retain(|(known, _)| known != name);
        sent.extend(text.map(|text| ((*name).to_owned(), text.to_owned())));
    }
    let sent: Vec<(&str, &str)> = sent.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    owner.post(&path, &sent).await
}

fn json(document: &Document) -> Value {
    serde_json::to_value(document).unwrap()
}

/// What is shown is what is there: looking at a page and pressing «Сохранить» changes nothing.
#[tokio::test]
async fn a_page_saved_as_it_came_changes_nothing() {
    let site = Site::open().await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    let before = document(&site).await;
    let list = owner.get("/console/settings").await.text;
    for page in SHEETS {
        assert!(list.contains(&format!("/console/settings/{page}\"")), "{page} is in the list of settings");
        let answer = send(&mut owner, page, &[]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{page}: {}", answer.text);
        assert_eq!(json(&document(&site).await), json(&before), "{page}");
    }
}

#[tokio::test]
async fn rules_are_set_as_people_say_them() {
    let site = Site::open().await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    let changes = [
        ("answer", Some("backup")),
        ("backup_min", Some("5 мин")),
        ("confirm", Some("person")),
        ("lead_time_min", Some("1,5 часа")),
        ("min_criteria", Some("2")),
        ("call_score", Some("85")),
        ("ready_min", Some("0")),
        ("means_kop_per_day", Some("1 200")),
    ];
    let answer = send(&mut owner, "sheet/rules", &changes).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    let policy = document(&site).await.policy;
    assert_eq!((policy.answer, policy.backup_min, policy.lead_time_min), (AnswerMode::Backup, 5, 90));
    assert_eq!((policy.hot.min_criteria, policy.call_score, policy.ready_min), (2, 0.85, 0));
    assert_eq!(policy.means_kop_per_day, 120_000);

    let journal = owner.get("/console/journal").await.text;
    assert!(journal.contains("Изменены правила ответов и записи"), "{journal}");
}

#[tokio::test]
async fn reminders_questions_and_reports_are_set_too() {
    let site = Site::open().await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    let care = [
        ("remind_before_min", Some("2 ч 30 мин; 45 мин")),
        ("rate_after_min", Some("")),
        ("quiet_from", Some("21.30")),
    ];
    assert_eq!(send(&mut owner, "sheet/care", &care).await.status, StatusCode::SEE_OTHER);
    assert_eq!(
        send(&mut owner, "sheet/reports", &[("weekly", None), ("morning_at", Some("8"))]).await.status,
        StatusCode::SEE_OTHER
    );
    let booking = [("booking", Some("Имя, услуга, время"))];
    assert_eq!(send(&mut owner, "sheet/questions", &booking).await.status, StatusCode::SEE_OTHER);
    let document = document(&site).await;
    assert_eq!((document.care.remind_before_min, document.care.rate_after_min), (vec![150, 45], None));
    assert_eq!(document.care.quiet_from.to_string(), "21:30:00");
    assert_eq!(
        (document.reports.morning, document.reports.weekly, document.reports.morning_at.hour()),
        (true, false, 8)
    );
    assert_eq!(document.questions.booking, [Fact::Name, Fact::Service, Fact::Time]);
}

/// The sentence stands on the page, the field is marked, what was typed is still there, nothing is saved.
#[tokio::test]
async fn what_does_not_fit_is_told_beside_its_field() {
    let site = Site::open().await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    let before = document(&site).await;
    for (page, name, typed, told) in [
        ("sheet/rules", "grid_min", "7 мин", "сетка в 7 мин не подходит"),
        ("sheet/rules", "hold_min", "полчасика", "не похоже на время"),
        ("sheet/rules", "horizon_days", "месяц", "Нужно целое число"),
        ("sheet/rules", "call_score", "120", "От 0 до 100"),
        ("sheet/care", "remind_before_min", "2 ч, 24 ч", "сначала более раннее напоминание"),
        ("sheet/care", "quiet_to", "утро", "не похоже на время"),
        ("sheet/questions", "booking", "имя, телефон", "без услуги и времени не записать"),
        ("sheet/questions", "urgent", "адрес, телефон", "бот не спрашивает"),
        ("sheet/retention", "messages_days", "7", "должно быть от 30 до 1095 дней"),
        ("sheet/retention", "visits_days", "год", "Нужно целое число"),
        ("ladder", "step.0.every", "5", "До какой минуты повторять?"),
        ("ladder", "step.0.after", "скоро", "Нужно целое число минут"),
    ] {
        let answer = send(&mut owner, page, &[(name, Some(typed))]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{page}, {name}");
        for words in [told, "aria-invalid=\"true\"", &format!("value=\"{typed}\"")] {
            assert!(answer.text.contains(words), "{page}, {name}, {words}: {}", answer.text);
        }
    }
    assert_eq!(json(&document(&site).await), json(&before));
    assert_eq!(owner.get("/console/settings/sheet/strange").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_order_of_calls_is_set_step_by_step_and_brought_back() {
    let site = Site::open().await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    let steps = document(&site).await.escalation.iter().map(|level| level.steps.len()).sum::<usize>();
    let new = |name: &str| format!("step.{steps}.{name}");
    let (after, role, means) = (new("after"), new("role"), new("means"));
    let (every, until, risk, score) = (new("every"), new("until"), new("risk"), new("score"));
    let changes = [
        (after.as_str(), Some("20")),
        (role.as_str(), Some("owner")),
        (means.as_str(), Some("2")),
        (every.as_str(), Some("10")),
        (until.as_str(), Some("60")),
        (risk.as_str(), Some("yes")),
        (score.as_str(), Some("90")),
        // The first step goes.
        ("step.0.after", Some("")),
    ];
    let answer = send(&mut owner, "ladder", &changes).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    let matrix = document(&site).await.escalation;
    assert_eq!(matrix.iter().map(|level| level.steps.len()).sum::<usize>(), steps, "one went, one came");
    let last = matrix.last().unwrap();
    assert_eq!((last.level, last.role, &last.only), (3, Role::Owner, &vec![Condition::Risk, Condition::Score(0.9)]));
    let step = &last.steps[0];
    assert_eq!((step.after_min, step.means, step.repeat_every_min, step.until_min), (20, 2, Some(10), Some(60)));

    assert_eq!(send(&mut owner, "ladder", &[("usual", Some("yes"))]).await.status, StatusCode::SEE_OTHER);
    assert!(document(&site).await.escalation.is_empty(), "the regulation's own order");
    let page = owner.get("/console/settings/ladder").await.text;
    assert!(page.contains("value=\"15\"") && !page.contains("Вернуть обычный порядок"), "it is shown as well: {page}");
}

/// A term is set, what goes by it next is told before it goes, and then how much went.
#[tokio::test]
async fn terms_of_keeping_are_set_and_seen() {
    let site = Site::open().await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    let now_ms = site.desk.now.lock().unwrap().as_millisecond();
    for (peer, days) in [("ira", 40), ("olga", 20)] {
        night::talk(&site.store, "lotos", "widget", peer, now_ms - days * 86_400_000).await;
    }
    let page = "/console/settings/erasures";
    let first = owner.get(page).await.text;
    assert!(first.contains("Посчитать") && first.contains("Пока ничего"), "{first}");
    let next = format!("{page}?count=1");
    assert!(owner.get(&next).await.text.contains("Удалять нечего"));
    let answer = send(&mut owner, "sheet/retention", &[("leads_days", Some("30"))]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    let kept = document(&site).await.retention;
    assert_eq!((kept.messages_days, kept.leads_days, kept.visits_days), (90, 30, 365));
    assert!(owner.get(&next).await.text.contains("Целиком: 1\u{a0}разговор"));

    let erased = Erased { conversations: 1, messages: 22, leads: 5, visits: 0, cases: 1 };
    site.store.write(move |sql| retention::note(sql, "lotos", 20_781, &erased)).await.unwrap();
    let told = owner.get(page).await.text;
    // Day 20,781 since 1970 is 24 November 2026.
    for words in ["24\u{a0}ноября", "1\u{a0}разговор, 22\u{a0}сообщения, 5\u{a0}заявок, 1\u{a0}вызов"]
    {
        assert!(told.contains(words), "{words}: {told}");
    }
    assert!(owner.get("/console/journal").await.text.contains("Изменены сроки хранения"));
}

/// What was said is gone, and the page says so in its place.
#[tokio::test]
async fn a_hushed_conversation_says_why_it_is_empty() {
    let site = Site::open().await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    let now_ms = site.desk.now.lock().unwrap().as_millisecond();
    let talk = night::talk(&site.store, "lotos", "widget", "ira", now_ms).await;
    night::say(&site.store, "lotos", &talk, "client", "Сколько стоит маникюр?", None, now_ms).await;
    let of = talk.clone();
    site.store.write(move |sql| retention::hush(sql, "lotos", &of, now_ms + 86_400_000, 99)).await.unwrap();
    let shown = owner.get(&format!("/console/chats/{talk}")).await.text;
    assert!(shown.contains("Сообщения до этого места удалены по сроку хранения"), "{shown}");
    assert!(!shown.contains("Сколько стоит"), "{shown}");
}
