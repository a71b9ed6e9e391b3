//! «CRM» as an owner meets it: a real adapter asks the double of a portal on loopback, and the document moves on by a
//! version.

use crate::support::Site;
use crate::support::browser::{Answer, Browser};
use axum::http::StatusCode;
use nochnik_adapters::crm;
use nochnik_core::business::{CrmEntry, Document};
use nochnik_doubles::serve::Server;
use nochnik_doubles::{amocrm, bitrix24};
use nochnik_store::{audit, businesses};
use serde_json::json;

const ADD: &str = "/console/crm/add/bitrix24";
const EDIT: &str = "/console/crm/edit";
const PAGE: &str = "/console/crm";

struct Portal {
    double: bitrix24::Double,
    server: Server,
}

impl Portal {
    async fn open() -> Self {
        let double = bitrix24::Double::new(bitrix24::Settings::default());
        Self { server: bitrix24::serve(double.clone()).await.unwrap(), double }
    }

    fn webhook(&self) -> String {
        format!("{}{}/", self.server.url(), self.double.base_path())
    }

    /// What the owner writes, with the notice read.
    async fn connected(&self, owner: &mut Browser, more: &[(&str, &str)]) -> Answer {
        let webhook = self.webhook();
        let form = [&[("read", "yes"), ("field.webhook_url", webhook.as_str())], more].concat();
        owner.post(ADD, &form).await
    }
}

async fn stored(site: &Site) -> Option<CrmEntry> {
    let row = site.store.read(|sql| businesses::get(sql, "lotos")).await.unwrap().unwrap();
    serde_json::from_str::<Document>(&row.document).unwrap().crm
}

async fn journal(site: &Site) -> Vec<(String, String)> {
    let lines = site.store.read(|sql| audit::list(sql, "lotos", i64::MAX, 100)).await.unwrap();
    let of_crm = lines.into_iter().filter(|line| line.action.starts_with("crm"));
    of_crm.map(|line| (line.action, line.subject)).collect()
}

/// An owner whose salon has no CRM yet: the demo's own one is switched off first.
async fn without_crm(site: &Site) -> Browser {
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    let off = owner.post("/console/crm/off", &[]).await;
    assert_eq!((off.status, off.header("location")), (StatusCode::SEE_OTHER, PAGE), "{}", off.text);
    assert!(stored(site).await.is_none());
    owner
}

#[tokio::test]
async fn an_owner_connects_a_portal_and_sees_what_it_answered() {
    let site = Site::open().await;
    let mut owner = without_crm(&site).await;
    let portal = Portal::open().await;
    let choice = owner.get(PAGE).await.text;
    for kind in ["bitrix24", "amocrm", "webhook"] {
        assert!(choice.contains(&format!("/console/crm/add/{kind}")), "{kind}");
    }
    assert!(!choice.contains("/console/crm/add/memory"), "a demo's CRM is nobody's choice");
    let more = [("field.stages", "booked = PROCESSED; arrived = CONVERTED"), ("field.fields", "utmTerm = heat")];
    let added = portal.connected(&mut owner, &more).await;
    assert_eq!((added.status, added.header("location")), (StatusCode::SEE_OTHER, PAGE), "{}", added.text);
    let entry = stored(&site).await.unwrap();
    assert_eq!(entry.fields["stages"], json!({ "booked": "PROCESSED", "arrived": "CONVERTED" }));
    assert_eq!(journal(&site).await, [("crm_on".into(), "bitrix24".into()), ("crm_off".into(), String::new())]);
    let page = owner.get(PAGE).await.text;
    for line in [
        "Вебхук создан сотрудником: Ночник Интеграция",
        "карточка перейдёт в стадию «PROCESSED»",
        "«теплота лида» пойдёт в поле",
    ] {
        assert!(page.contains(line), "{line}\n{page}");
    }
    assert!(!page.contains("h00kc0de"), "the key is shown");
    assert!(!owner.get(PAGE).await.text.contains("Вебхук создан"), "said once");
    portal.double.assert_clean();
}

/// The example's CRM only shows cards: who pastes a key of a real one has no other step to take first.
#[tokio::test]
async fn a_real_crm_takes_the_place_of_the_examples_own() {
    let site = Site::open().await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    let portal = Portal::open().await;
    let page = owner.get(PAGE).await.text;
    assert!(page.contains("Сейчас подключена учебная") && page.contains(ADD), "{page}");
    assert_eq!(owner.get(ADD).await.status, StatusCode::OK);
    let added = portal.connected(&mut owner, &[]).await;
    assert_eq!((added.status, added.header("location")), (StatusCode::SEE_OTHER, PAGE), "{}", added.text);
    assert_eq!(stored(&site).await.unwrap().kind, "bitrix24");
    let page = owner.get(PAGE).await.text;
    assert!(!page.contains("учебная") && !page.contains("/console/crm/add/"), "one's own is not replaced by a tap");
    assert_eq!(owner.get(ADD).await.status, StatusCode::SEE_OTHER);
}

/// Stages of amoCRM by name and by number, typed in one line, and told by the check.
#[tokio::test]
async fn an_owner_names_the_stages_of_an_amocrm_pipeline() {
    let site = Site::open().await;
    let mut owner = without_crm(&site).await;
    let settings = amocrm::Settings::default();
    let account = amocrm::Double::new(settings.clone());
    let server = amocrm::serve(account.clone()).await.unwrap();
    let url = server.url();
    let form = [
        ("read", "yes"),
        ("field.base_url", url.as_str()),
        ("field.token", &settings.token),
        ("field.stages", "booked = Записан; arrived = 142; cancelled = Отказ"),
    ];
    let added = owner.post("/console/crm/add/amocrm", &form).await;
    assert_eq!((added.status, added.header("location")), (StatusCode::SEE_OTHER, PAGE), "{}", added.text);
    let fields = stored(&site).await.unwrap().fields;
    assert_eq!(fields["stages"], json!({ "booked": "Записан", "arrived": "142", "cancelled": "Отказ" }));
    let page = owner.get(PAGE).await.text;
    for line in [
        "«записан»: сделка перейдёт на этап «Записан»",
        "«пришёл»: сделка перейдёт на этап «Успешно реализовано»",
        "«запись отменена»: этапа «Отказ» в воронке нет. Есть: 32392156 Первичный контакт",
    ] {
        assert!(page.contains(line), "{line}\n{page}");
    }
    assert!(owner.get(EDIT).await.text.contains("arrived = 142; booked = Записан; cancelled = Отказ"));
    let wrong = [("field.base_url", url.as_str()), ("field.stages", "won = 142")];
    let refused = owner.post(EDIT, &wrong).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("Шага «won» нет"), "{}", refused.text);
    account.assert_clean();
}

#[tokio::test]
async fn what_is_wrong_stands_beside_its_field_and_nothing_is_saved() {
    let site = Site::open().await;
    let mut owner = without_crm(&site).await;
    let portal = Portal::open().await;
    let webhook = portal.webhook();
    let wrong_key = webhook.replace("h00kc0de", "an0ther");
    for (form, why) in [
        (vec![("field.webhook_url", webhook.as_str())], "Прочтите и поставьте галочку"),
        (vec![("read", "yes")], "Укажите входящий вебхук"),
        (vec![("read", "yes"), ("field.webhook_url", &wrong_key)], "Битрикс24"),
        (vec![("read", "yes"), ("field.webhook_url", &webhook), ("field.stages", "won = WON")], "Шага «won» нет"),
        (
            vec![("read", "yes"), ("field.webhook_url", &webhook), ("field.responsible", "round_robin")],
            "Перечислите номера",
        ),
    ] {
        let answer = owner.post(ADD, &form).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{why}");
        assert!(answer.text.contains(why), "{why}\n{}", answer.text);
        assert!(!answer.text.contains("h00kc0de") && !answer.text.contains("an0ther"), "{why}: a key came back");
    }
    assert!(stored(&site).await.is_none());
}

#[tokio::test]
async fn settings_change_and_an_empty_key_stays() {
    let site = Site::open().await;
    let mut owner = without_crm(&site).await;
    let portal = Portal::open().await;
    portal.connected(&mut owner, &[("field.responsible_ids", "12, 15"), ("field.responsible", "round_robin")]).await;
    let form = owner.get(EDIT).await.text;
    assert!(form.contains("12, 15") && form.contains("Оставьте пустым, чтобы не менять"), "{form}");
    let kept = [("field.webhook_url", ""), ("field.responsible", "shift"), ("field.responsible_id", "23")];
    assert_eq!(owner.post(EDIT, &kept).await.status, StatusCode::SEE_OTHER);
    let fields = stored(&site).await.unwrap().fields;
    assert_eq!((&fields["webhook_url"], &fields["responsible_id"]), (&json!(portal.webhook()), &json!(23)));
    assert!(!fields.contains_key("responsible_ids"), "an emptied field is gone");
}

/// The two exclude each other, so that the first must be got rid of.
#[tokio::test]
async fn a_webhook_is_taken_out_and_an_application_takes_its_place() {
    let site = Site::open().await;
    let mut owner = without_crm(&site).await;
    let portal = Portal::open().await;
    portal.connected(&mut owner, &[]).await;
    let form = owner.get(EDIT).await.text;
    assert_eq!(form.matches("Убрать сохранённое</label>").count(), 1, "beside the one secret that is kept: {form}");
    let application =
        [("field.portal", "salon.bitrix24.ru"), ("field.client_id", "local.1"), ("field.client_secret", "s3cret")];
    let both = owner.post(EDIT, &application).await;
    assert!(both.text.contains("Указаны и вебхук, и локальное приложение"), "{}", both.text);
    let taken_out = [&application[..], &[("take_out.webhook_url", "yes")]].concat();
    let saved = owner.post(EDIT, &taken_out).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    let fields = stored(&site).await.unwrap().fields;
    assert_eq!(fields.keys().map(String::as_str).collect::<Vec<_>>(), ["client_id", "client_secret", "portal"]);
}

#[tokio::test]
async fn an_owners_receiver_is_a_public_one() {
    let site = Site::open().await;
    let mut owner = without_crm(&site).await;
    let secret = ("field.secret", "whsec_bm9jaG5pay10ZXN0LWtleS0wMTIzNDU2Nzg5YWI=");
    for url in ["http://127.0.0.1:8081/cards", "https://10.0.0.5/cards"] {
        let refused = owner.post("/console/crm/add/webhook", &[("field.url", url), secret]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{url}");
        assert!(refused.text.contains("Нужен адрес, открытый из интернета"), "{url}: {}", refused.text);
    }
}

#[tokio::test]
async fn the_check_is_repeated_by_hand() {
    let site = Site::open().await;
    let mut owner = without_crm(&site).await;
    let portal = Portal::open().await;
    portal.connected(&mut owner, &[]).await;
    let open = crm::open(stored(&site).await.as_ref(), &crm::OpenContext::default()).unwrap();
    *site.desk.crm.lock().unwrap() = open;
    owner.get(PAGE).await;
    let checked = owner.post("/console/crm/check", &[]).await;
    assert_eq!((checked.status, checked.header("location")), (StatusCode::SEE_OTHER, PAGE), "{}", checked.text);
    assert!(owner.get(PAGE).await.text.contains("Стадии карточек Ночник не двигает"));
    portal.double.set(|settings| settings.is_paid = false);
    let refused = owner.post("/console/crm/check", &[]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("тариф"), "{}", refused.text);
}

#[tokio::test]
async fn only_the_owner_comes_here() {
    let site = Site::open().await;
    for login in ["marina", "gost"] {
        let mut other = Browser::signed_in(&site.router, login).await;
        for path in [ADD, EDIT, "/console/crm/off", PAGE] {
            assert_eq!(other.get(path).await.status, StatusCode::FORBIDDEN, "{login} {path}");
        }
        for path in [ADD, EDIT, "/console/crm/off", "/console/crm/check"] {
            assert_eq!(other.post(path, &[]).await.status, StatusCode::FORBIDDEN, "{login} {path}");
        }
    }
    let kind = stored(&site).await.map(|entry| entry.kind);
    assert_eq!(kind.as_deref(), Some("memory"));
}
