//! «Календари» as an owner meets them: real adapters ask doubles on loopback, and the document moves on by a version.

use crate::support::Site;
use crate::support::browser::Browser;
use axum::http::StatusCode;
use nochnik_core::business::{CalendarEntry, Document};
use nochnik_doubles::serve::Server;
use nochnik_doubles::yclients;
use nochnik_store::{audit, businesses};
use serde_json::json;

const PAGE: &str = "/console/calendars";
const ADD: &str = "/console/calendars/add/yclients";
const ONE: &str = "/console/calendars/of/yclients";

struct Branch {
    double: yclients::Double,
    settings: yclients::Settings,
    server: Server,
}

impl Branch {
    async fn open() -> Self {
        let settings = yclients::Settings::default();
        let double = yclients::Double::new(settings.clone());
        Self { server: yclients::serve(double.clone()).await.unwrap(), settings, double }
    }

    /// What the owner writes.
    fn form(&self) -> Vec<(&'static str, String)> {
        vec![
            ("read", "yes".to_owned()),
            ("field.company", yclients::COMPANY.to_string()),
            ("field.partner_token", self.settings.partner_token.clone()),
            ("field.user_token", self.settings.user_token.clone()),
            ("field.base_url", format!("{}/api/v1", self.server.url())),
            ("field.staff", "anna = 6544".to_owned()),
            ("field.services", "manicure = 331".to_owned()),
            ("specialist", "anna".to_owned()),
        ]
    }
}

fn texts<'a>(form: &'a [(&'static str, String)]) -> Vec<(&'static str, &'a str)> {
    form.iter().map(|(name, text)| (*name, text.as_str())).collect()
}

async fn stored(site: &Site) -> Vec<CalendarEntry> {
    let row = site.store.read(|sql| businesses::get(sql, "lotos")).await.unwrap().unwrap();
    serde_json::from_str::<Document>(&row.document).unwrap().calendars
}

async fn journal(site: &Site) -> Vec<(String, String)> {
    let lines = site.store.read(|sql| audit::list(sql, "lotos", i64::MAX, 100)).await.unwrap();
    let ours = lines.into_iter().filter(|line| line.action.starts_with("calendar"));
    ours.map(|line| (line.action, line.subject)).collect()
}

#[tokio::test]
async fn an_owner_connects_changes_checks_and_leaves_a_calendar() {
    let site = Site::open().await;
    let branch = Branch::open().await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    assert!(owner.get("/console/more").await.text.contains(PAGE));
    let choice = owner.get(PAGE).await.text;
    for kind in ["caldav", "google", "yclients"] {
        assert!(choice.contains(&format!("{PAGE}/add/{kind}")), "{kind}");
    }
    let form = branch.form();
    let added = owner.post(ADD, &texts(&form)).await;
    assert_eq!((added.status, added.header("location")), (StatusCode::SEE_OTHER, PAGE), "{}", added.text);
    let entry = stored(&site).await.pop().unwrap();
    assert_eq!((&entry.specialists, &entry.fields["staff"]), (&vec!["anna".to_owned()], &json!({ "anna": 6544 })));
    let page = owner.get(PAGE).await.text;
    assert!(page.contains("Календарь ответил") && page.contains(ONE) && page.contains("Анна"), "{page}");
    assert!(!owner.get(PAGE).await.text.contains("Календарь ответил"), "said once");

    let shown = owner.get(ONE).await.text;
    assert!(shown.contains("anna = 6544") && !shown.contains(&branch.settings.partner_token), "{shown}");
    let changed: Vec<_> = form.iter().filter(|(name, _)| *name != "specialist").cloned().collect();
    assert_eq!(owner.post(ONE, &texts(&changed)).await.status, StatusCode::SEE_OTHER);
    let all = stored(&site).await;
    assert_eq!((all.len(), all[0].specialists.is_empty()), (1, true), "one entry, now of everybody");
    assert_eq!(owner.post(&format!("{ONE}/check"), &[]).await.status, StatusCode::SEE_OTHER);

    assert!(owner.get(&format!("{ONE}/off")).await.text.contains("Записи в Ночнике останутся"));
    assert_eq!(owner.post(&format!("{ONE}/off"), &[]).await.status, StatusCode::SEE_OTHER);
    assert!(stored(&site).await.is_empty());
    let words = ["calendar_off", "calendar_on", "calendar_on"].map(|word| (word.to_owned(), "yclients".to_owned()));
    assert_eq!(journal(&site).await, words);
    branch.double.assert_clean();
}

#[tokio::test]
async fn what_is_wrong_stands_beside_its_field_and_nothing_is_saved() {
    let site = Site::open().await;
    let branch = Branch::open().await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    for (name, text, why) in [
        ("read", "", "Прочтите и поставьте галочку"),
        ("field.staff", "anna", "Здесь нужна таблица номеров"),
        ("field.partner_token", "another", "YCLIENTS"),
        ("id", "Мой календарь", "строчные латинские буквы"),
    ] {
        let mut form = branch.form();
        form.retain(|(own, _)| *own != name);
        if !text.is_empty() {
            form.push((name, text.to_owned()));
        }
        let answer = owner.post(ADD, &texts(&form)).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}: {}", answer.text);
        assert!(answer.text.contains(why), "{why}\n{}", answer.text);
        assert!(!answer.text.contains(&branch.settings.user_token), "a key came back");
    }
    assert!(stored(&site).await.is_empty());
}

#[tokio::test]
async fn only_the_owner_comes_here() {
    let site = Site::open().await;
    for login in ["marina", "gost"] {
        let mut other = Browser::signed_in(&site.router, login).await;
        assert_eq!(other.get(PAGE).await.status, StatusCode::FORBIDDEN, "{login}");
        for path in [ADD, ONE] {
            assert_eq!(other.get(path).await.status, StatusCode::FORBIDDEN, "{login} {path}");
            assert_eq!(other.post(path, &[]).await.status, StatusCode::FORBIDDEN, "{login} {path}");
        }
    }
}
