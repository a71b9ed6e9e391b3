//! «Языковая модель» as an owner meets it: a real adapter asks the double of a server on loopback, and the document
//! moves on by a version.

use crate::support::Site;
use crate::support::browser::Browser;
use axum::http::StatusCode;
use nochnik_core::business::{Document, ModelEntry};
use nochnik_doubles::model::{self, Profile, Settings};
use nochnik_doubles::serve::Server;
use nochnik_store::{audit, businesses};

const PAGE: &str = "/console/model";
const ADD: &str = "/console/model/add/openai";
const EDIT: &str = "/console/model/edit";

struct Desk {
    site: Site,
    owner: Browser,
    double: model::Double,
    server: Server,
}

impl Desk {
    async fn open() -> Self {
        let site = Site::open().await;
        let owner = Browser::signed_in(&site.router, "roza").await;
        let double = model::Double::new(Settings::new(Profile::OpenAi));
        let server = model::serve(double.clone()).await.unwrap();
        Self { site, owner, double, server }
    }

    /// The form of a model whose key is right; `more` stands over it.
    fn form(&self, more: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
        let settings = self.double.settings();
        let base = format!("{}{}", self.server.url(), self.double.base_path());
        let mut form = vec![
            ("read", "yes".to_owned()),
            ("field.base_url", base),
            ("field.model", settings.model.clone()),
            ("field.key", settings.key.clone()),
            ("field.ask_under", "60".to_owned()),
            ("field.tokens_per_day", "200 000".to_owned()),
        ];
        for (name, text) in more {
            form.retain(|(known, _)| known != name);
            form.push((name, (*text).to_owned()));
        }
        form
    }

    async fn post(&mut self, path: &str, more: &[(&'static str, &str)]) -> crate::support::browser::Answer {
        let form = self.form(more);
        let form: Vec<(&str, &str)> = form.iter().map(|(name, text)| (*name, text.as_str())).collect();
        self.owner.post(path, &form).await
    }

    async fn stored(&self) -> Option<ModelEntry> {
        let row = self.site.store.read(|sql| businesses::get(sql, "lotos")).await.unwrap().unwrap();
        serde_json::from_str::<Document>(&row.document).unwrap().model
    }
}

#[tokio::test]
async fn an_owner_chooses_a_model_changes_it_and_leaves_it() {
    let mut desk = Desk::open().await;
    let choice = desk.owner.get(PAGE).await.text;
    for kind in ["yandex", "gigachat", "openai"] {
        assert!(choice.contains(&format!("{PAGE}/add/{kind}")), "{kind}");
    }
    let added = desk.post(ADD, &[("field.phrase", "yes")]).await;
    assert_eq!((added.status, added.header("location")), (StatusCode::SEE_OTHER, PAGE), "{}", added.text);
    let entry = desk.stored().await.unwrap();
    assert_eq!(
        (entry.kind.as_str(), entry.ask_under, entry.tokens_per_day, entry.phrase),
        ("openai", 0.6, 200_000, true)
    );
    let key = desk.double.settings().key.clone();
    let page = desk.owner.get(PAGE).await.text;
    assert!(page.contains("меньше чем на 60") && page.contains("200\u{a0}000 токенов"), "{page}");
    assert!(!page.contains(&key) && !desk.owner.get(EDIT).await.text.contains(&key), "the key is shown");

    // A key that is not written anew stays.
    let renewed = desk.post(EDIT, &[("field.key", ""), ("field.ask_under", "40")]).await;
    assert_eq!(renewed.status, StatusCode::SEE_OTHER, "{}", renewed.text);
    let entry = desk.stored().await.unwrap();
    assert_eq!((entry.ask_under, entry.phrase, entry.fields["key"].as_str()), (0.4, false, Some(key.as_str())));

    let off = desk.owner.post("/console/model/off", &[]).await;
    assert_eq!((off.status, desk.stored().await.is_none()), (StatusCode::SEE_OTHER, true));
    let journal = desk.site.store.read(|sql| audit::list(sql, "lotos", i64::MAX, 20)).await.unwrap();
    let told: Vec<_> =
        journal.iter().map(|line| line.action.as_str()).filter(|it| it.starts_with("language")).collect();
    assert_eq!(told, ["language_model_off", "language_model_on", "language_model_on"]);
    assert!(desk.owner.get("/console/journal").await.text.contains("Отключена языковая модель"));
    desk.double.assert_clean();
}

#[tokio::test]
async fn what_is_wrong_stands_beside_its_field_and_nothing_is_saved() {
    let mut desk = Desk::open().await;
    for (more, words) in [
        (("field.key", "c2stZm9yZWlnbg=="), "class=\"note red\""),
        (("field.ask_under", "полпроцента"), "Нужно целое число"),
        (("field.ask_under", "101"), "От 0 до 100"),
        (("field.tokens_per_day", "10"), "от 1000 до"),
        (("field.base_url", "127.0.0.1"), "id=\"field-base_url\""),
    ] {
        let answer = desk.post(ADD, &[more]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{more:?}: {}", answer.text);
        assert!(answer.text.contains(words) && answer.text.contains("role=\"alert\""), "{more:?}: {}", answer.text);
        assert!(!answer.text.contains(more.1) || more.0 != "field.key", "a key comes back");
        assert!(desk.stored().await.is_none(), "{more:?}");
    }
}

#[tokio::test]
async fn the_notice_is_read_first_and_only_those_who_set_up_come_here() {
    let mut desk = Desk::open().await;
    let form = desk.form(&[]);
    let unread: Vec<(&str, &str)> =
        form.iter().filter(|(name, _)| *name != "read").map(|(name, text)| (*name, text.as_str())).collect();
    let answer = desk.owner.post(ADD, &unread).await;
    assert!(
        answer.status == StatusCode::UNPROCESSABLE_ENTITY && answer.text.contains("поставьте галочку"),
        "{}",
        answer.text
    );
    assert!(desk.double.asks().is_empty(), "nobody was asked anything");
    let mut manager = Browser::signed_in(&desk.site.router, "marina").await;
    assert_eq!(manager.get(PAGE).await.status, StatusCode::FORBIDDEN);
}
