//! «Связь» as an owner meets it: a real adapter asks the double of a vendor on loopback, and the document moves on by a
//! version.

use crate::support::Site;
use crate::support::browser::{Answer, Browser};
use axum::http::StatusCode;
use nochnik_core::business::{Document, Person};
use nochnik_doubles::means::{self, Vendor, credentials};
use nochnik_doubles::serve::Server;
use nochnik_store::{audit, businesses};
use serde_json::json;

const PAGE: &str = "/console/means";
const ADD: &str = "/console/means/add/smsru";
const OWN: &str = "/console/means/of/smsru";

struct Desk {
    site: Site,
    owner: Browser,
    double: means::Double,
    server: Server,
}

impl Desk {
    async fn open() -> Self {
        let site = Site::open().await;
        let owner = Browser::signed_in(&site.router, "roza").await;
        let double = means::Double::new(Vendor::SmsRu);
        let server = means::serve(double.clone()).await.unwrap();
        Self { site, owner, double, server }
    }

    /// The form of SMS.RU with this key.
    async fn post(&mut self, path: &str, key: &str, more: &[(&str, &str)]) -> Answer {
        let base = format!("{}/", self.server.url());
        let form = [&[("read", "yes"), ("field.base_url", base.as_str()), ("field.api_id", key)], more].concat();
        self.owner.post(path, &form).await
    }

    async fn document(&self) -> Document {
        let row = self.site.store.read(|sql| businesses::get(sql, "lotos")).await.unwrap().unwrap();
        serde_json::from_str(&row.document).unwrap()
    }

    async fn accounts(&self) -> Vec<String> {
        self.document().await.means.iter().map(|entry| entry.account().to_owned()).collect()
    }

    /// Whom the document calls by this account, with the address if there is one.
    async fn called(&self, account: &str) -> Vec<(String, Option<serde_json::Value>)> {
        let route = |person: &Person| {
            let all = serde_json::to_value(&person.means).unwrap();
            let own = all.as_array().unwrap().iter().find(|means| means["means"] == account).cloned();
            own.map(|means| (person.id.clone(), means.get("to").cloned()))
        };
        self.document().await.people.iter().filter_map(route).collect()
    }
}

#[tokio::test]
async fn an_owner_chooses_a_means_tries_it_says_who_is_called_and_leaves_it() {
    let mut desk = Desk::open().await;
    let choice = desk.owner.get(PAGE).await.text;
    for kind in ["smsru", "smsc", "smsaero", "exolve", "zvonok", "smsc_call", "bitrix24_call", "email"] {
        assert!(choice.contains(&format!("{PAGE}/add/{kind}\"")), "{kind}");
    }
    assert!(!choice.contains("add/webpush"), "pushes set themselves up");
    let added = desk.post(ADD, credentials::SMSRU_API_ID, &[]).await;
    assert_eq!((added.status, added.header("location")), (StatusCode::SEE_OTHER, OWN), "{}", added.text);
    assert_eq!(desk.accounts().await, ["smsru"]);
    let page = desk.owner.get(OWN).await.text;
    assert!(page.contains("SMS.RU принимает ключ. На счёте"), "{page}");
    assert!(!page.contains(credentials::SMSRU_API_ID), "the key is shown");
    assert!(desk.double.sent().is_empty(), "nobody was disturbed");

    let tried = desk.owner.post(&format!("{OWN}/try"), &[("to", "8 (918) 555-01-03")]).await;
    assert_eq!(tried.status, StatusCode::SEE_OTHER, "{}", tried.text);
    let sent = desk.double.sent();
    assert_eq!(sent.iter().map(|sent| sent.phone.as_str()).collect::<Vec<_>>(), ["79185550103"]);
    assert!(sent[0].text.contains("проба связи"), "{}", sent[0].text);
    assert!(desk.owner.get(OWN).await.text.contains("Отправили. Если не пришло"));
    let wrong = desk.owner.post(&format!("{OWN}/try"), &[("to", "завтра")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("id=\"to\"") && wrong.text.contains("role=\"alert\""), "{}", wrong.text);

    let called = desk.owner.post(&format!("{OWN}/people"), &[("who.marina", "yes"), ("who.oleg", "yes")]).await;
    assert_eq!(called.status, StatusCode::SEE_OTHER, "{}", called.text);
    assert_eq!(desk.called("smsru").await, [("marina".to_owned(), None), ("oleg".to_owned(), None)]);
    assert!(desk.owner.get(PAGE).await.text.contains("Марина и Олег"));
    let kept = desk.owner.post(&format!("{OWN}/off"), &[]).await;
    assert_eq!(kept.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(kept.text.contains("Этим способом зовут: Марина и Олег"), "{}", kept.text);

    // A key that is not written anew stays.
    let renewed = desk.post(OWN, "", &[("field.from", credentials::SENDER)]).await;
    assert_eq!(renewed.status, StatusCode::SEE_OTHER, "{}", renewed.text);
    assert_eq!(desk.document().await.means[0].fields["api_id"], credentials::SMSRU_API_ID);
    assert!(desk.owner.get(OWN).await.text.contains("согласовано"));
    assert_eq!(desk.owner.post(&format!("{OWN}/check"), &[]).await.status, StatusCode::SEE_OTHER);

    assert_eq!(desk.owner.post(&format!("{OWN}/people"), &[]).await.status, StatusCode::SEE_OTHER);
    let off = desk.owner.post(&format!("{OWN}/off"), &[]).await;
    assert_eq!((off.status, desk.accounts().await.len()), (StatusCode::SEE_OTHER, 0), "{}", off.text);
    let journal = desk.site.store.read(|sql| audit::list(sql, "lotos", i64::MAX, 20)).await.unwrap();
    let told: Vec<_> = journal.iter().map(|line| line.action.as_str()).filter(|it| it.starts_with("means")).collect();
    assert_eq!(told, ["means_off", "means_people", "means_on", "means_people", "means_on"]);
    assert!(journal.iter().all(|line| !line.details.contains("918")), "no number in the journal");
    assert!(desk.owner.get("/console/journal").await.text.contains("Отключён способ связи"));
    desk.double.assert_clean();
}

#[tokio::test]
async fn what_is_wrong_stands_beside_its_field_and_nothing_is_saved() {
    let mut desk = Desk::open().await;
    let refused = desk.post(ADD, "11111111-2222-3333-4444-000000000000", &[]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused.text.contains("SMS.RU не принимает ключ") && !refused.text.contains("4444-0000"),
        "{}",
        refused.text
    );
    for (more, words) in [
        (("field.mode", "громко"), "Возможные значения"),
        (("id", "Салон"), "строчные латинские буквы"),
        (("id", "widget"), "уже занято"),
        (("field.base_url", "smsru"), "не похоже на адрес"),
    ] {
        let answer = desk.post(ADD, credentials::SMSRU_API_ID, &[more]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{more:?}: {}", answer.text);
        assert!(answer.text.contains(words) && answer.text.contains("role=\"alert\""), "{more:?}: {}", answer.text);
    }
    let unread = desk.owner.post(ADD, &[("field.api_id", credentials::SMSRU_API_ID)]).await;
    assert!(unread.text.contains("поставьте галочку"), "{}", unread.text);
    assert!(desk.accounts().await.is_empty() && desk.double.sent().is_empty());
}

#[tokio::test]
async fn letters_go_to_an_address_each_and_only_the_owner_says_whose() {
    let desk = Desk::open().await;
    let mut document = desk.document().await;
    let entry = json!({ "kind": "email", "host": "127.0.0.1", "security": "none", "from": "night@lotos.example" });
    document.means.push(serde_json::from_value(entry).unwrap());
    let text = serde_json::to_string(&document).unwrap();
    desk.site.store.write(move |sql| businesses::put(sql, "lotos", &text, 1)).await.unwrap();
    let people = "/console/means/of/email/people";
    let mut owner = desk.owner.clone();
    let answer = owner.post(people, &[("who.roza", " roza@lotos.example "), ("who.oleg", "")]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    assert_eq!(desk.called("email").await, [("roza".to_owned(), Some(json!("roza@lotos.example")))]);
    assert!(owner.get("/console/means/of/email").await.text.contains("value=\"roza@lotos.example\""));

    let mut manager = Browser::signed_in(&desk.site.router, "marina").await;
    for path in [PAGE, "/console/means/of/email", "/console/means/add/smsru"] {
        assert_eq!(manager.get(path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(manager.post(people, &[("who.marina", "m@lotos.example")]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(owner.post("/console/means/of/nobody/people", &[]).await.status, StatusCode::NOT_FOUND);
}
