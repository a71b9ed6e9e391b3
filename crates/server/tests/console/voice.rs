//! «Голосовые сообщения» as an owner meets it: a real adapter asks the double of a speech server on loopback.

use crate::support::Site;
use crate::support::browser::{Answer, Browser};
use axum::http::StatusCode;
use nochnik_core::business::{Document, SpeechEntry};
use nochnik_doubles::serve::Server;
use nochnik_doubles::speech;
use nochnik_store::{audit, businesses};

const PAGE: &str = "/console/voice";
const ADD: &str = "/console/voice/add/openai";
const EDIT: &str = "/console/voice/edit";
const KEY: &str = "speech-key-0123456789";

struct Desk {
    site: Site,
    owner: Browser,
    double: speech::Double,
    server: Server,
}

impl Desk {
    async fn open() -> Self {
        let site = Site::open().await;
        let owner = Browser::signed_in(&site.router, "roza").await;
        let double = speech::Double::new(KEY, "whisper-1");
        let server = speech::serve(double.clone()).await.unwrap();
        Self { site, owner, double, server }
    }

    /// The form with the notice read; `more` stands over it.
    async fn post(&mut self, path: &str, more: &[(&str, &str)]) -> Answer {
        let base = format!("{}/v1", self.server.url());
        let usual = [
            ("read", "yes"),
            ("field.base_url", base.as_str()),
            ("field.model", "whisper-1"),
            ("field.key", KEY),
            ("field.per_day", "1 000"),
        ];
        let is_other = |(name, _): &&(&str, &str)| more.iter().all(|(other, _)| other != name);
        let form: Vec<(&str, &str)> = usual.iter().filter(is_other).chain(more).copied().collect();
        self.owner.post(path, &form).await
    }

    async fn stored(&self) -> Option<SpeechEntry> {
        let row = self.site.store.read(|sql| businesses::get(sql, "lotos")).await.unwrap().unwrap();
        serde_json::from_str::<Document>(&row.document).unwrap().speech
    }
}

#[tokio::test]
async fn an_owner_chooses_who_hears_voice_messages_changes_it_and_leaves_it() {
    let mut desk = Desk::open().await;
    assert!(desk.owner.get(PAGE).await.text.contains(ADD));
    let added = desk.post(ADD, &[]).await;
    assert_eq!((added.status, added.header("location")), (StatusCode::SEE_OTHER, PAGE), "{}", added.text);
    assert_eq!(desk.stored().await.map(|entry| entry.per_day), Some(1_000));
    let page = desk.owner.get(PAGE).await.text;
    assert!(page.contains("до 1\u{a0}000\u{a0}голосовых") || page.contains("до 1000\u{a0}голосовых"), "{page}");
    assert!(!page.contains(KEY) && !desk.owner.get(EDIT).await.text.contains(KEY), "the key is shown");

    let renewed = desk.post(EDIT, &[("field.key", ""), ("field.per_day", "20")]).await;
    assert_eq!(renewed.status, StatusCode::SEE_OTHER, "{}", renewed.text);
    let entry = desk.stored().await.unwrap();
    assert_eq!((entry.per_day, entry.fields["key"].as_str()), (20, Some(KEY)), "a key not written anew stays");

    let off = desk.owner.post("/console/voice/off", &[]).await;
    assert_eq!((off.status, desk.stored().await.is_none()), (StatusCode::SEE_OTHER, true));
    let journal = desk.site.store.read(|sql| audit::list(sql, "lotos", i64::MAX, 20)).await.unwrap();
    let told: Vec<_> = journal.iter().map(|line| line.action.as_str()).filter(|it| it.starts_with("speech")).collect();
    assert_eq!(told, ["speech_off", "speech_on", "speech_on"]);
    assert!(desk.double.asks().is_empty(), "no sound has left");
    desk.double.assert_clean();
}

#[tokio::test]
async fn what_is_wrong_stands_beside_its_field_and_nothing_is_saved() {
    let mut desk = Desk::open().await;
    for (more, words) in [
        (("field.key", "another"), "role=\"alert\""),
        (("field.per_day", "много"), "Нужно целое число"),
        (("field.per_day", "0"), "от 1 до"),
        (("field.base_url", "127.0.0.1"), "не похоже на адрес"),
    ] {
        let answer = desk.post(ADD, &[more]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{more:?}: {}", answer.text);
        assert!(answer.text.contains(words), "{more:?}: {}", answer.text);
        assert!(desk.stored().await.is_none(), "{more:?}");
    }
    let mut manager = Browser::signed_in(&desk.site.router, "marina").await;
    assert_eq!(manager.get(PAGE).await.status, StatusCode::FORBIDDEN);
}
