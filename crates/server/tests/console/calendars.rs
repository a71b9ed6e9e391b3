//! «Календари» as an owner meets them: real adapters ask doubles on loopback, and the document moves on by a version.

use crate::support::Site;
use crate::support::browser::Browser;
use crate::support::form::untouched;
use axum::http::StatusCode;
use nochnik_core::business::{CalendarEntry, Document};
use nochnik_doubles::serve::Server;
use nochnik_doubles::yclients;
use nochnik_store::{audit, businesses};
use serde_json::json;

const PAGE: &str = "/console/calendars";
const ADD: &str = "/console/calendars/add/yclients";
const ONE: &str = "/console/calendars/of/yclients";
const IMPORT: &str = "/console/calendars/of/yclients/import";

struct Branch {
    double: yclients::Double,
    settings: yclients::Settings,
    server: Server,
}

impl Branch {
    async fn open() -> Self {
        Self::with(yclients::Settings::default()).await
    }

    async fn with(settings: yclients::Settings) -> Self {
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

async fn document(site: &Site) -> Document {
    let row = site.store.read(|sql| businesses::get(sql, "lotos")).await.unwrap().unwrap();
    serde_json::from_str(&row.document).unwrap()
}

async fn stored(site: &Site) -> Vec<CalendarEntry> {
    document(site).await.calendars
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

/// The owner connects the branch without a table, and takes what stands there. Contract sheet, sections 2 and 3.
#[tokio::test]
async fn an_owner_looks_over_services_and_masters_and_takes_them_once() {
    let site = Site::open().await;
    let mut services = vec![
        yclients::service(331, "Маникюр без покрытия", 1_500, 3_600),
        yclients::service(332, "Спа-уход", 2_000, 5_400),
        yclients::service(333, "Наращивание", 4_000, 7_200),
    ];
    services[1].price_max = Some(3_000);
    services[2].prepaid = "required".to_owned();
    let masters = vec![yclients::master(6_544, "Анна", &[331, 332, 333]), yclients::master(6_545, "Вера Ли", &[332])];
    let branch = Branch::with(yclients::Settings { services, masters, ..yclients::Settings::default() }).await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    let mut form = branch.form();
    form.retain(|(name, _)| !matches!(*name, "field.staff" | "field.services" | "specialist"));
    assert_eq!(owner.post(ADD, &texts(&form)).await.status, StatusCode::SEE_OTHER);
    assert!(owner.get(PAGE).await.text.contains("нажмите «Взять услуги и мастеров»"));
    assert!(owner.get(ONE).await.text.contains("Взять услуги и мастеров"));

    let before = document(&site).await;
    let shown = owner.post(IMPORT, &[]).await;
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.text);
    for words in [
        "услуга «Спа-уход» (№\u{a0}332), от 2\u{a0}000\u{a0}₽, 90\u{a0}мин",
        "мастер «Вера Ли», мастер (№\u{a0}6545), делает «Спа-уход»",
        "«Маникюр без покрытия»: цена 1\u{a0}200\u{a0}₽ → 1\u{a0}500\u{a0}₽, связана с №\u{a0}331",
        "мастер «Карина»: там такого названия не нашлось",
        "«Наращивание» (№\u{a0}333): только с предоплатой",
    ] {
        assert!(shown.text.contains(words), "{words}\n{}", shown.text);
    }
    assert_eq!(json!(document(&site).await), json!(before), "only shown");

    let plan = untouched(&shown.text);
    let plan: Vec<(&str, &str)> = plan.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let saved = owner.post(IMPORT, &plan).await;
    assert_eq!((saved.status, saved.header("location")), (StatusCode::SEE_OTHER, PAGE), "{}", saved.text);
    assert!(owner.get(PAGE).await.text.contains("Взято и сохранено"));
    let after = document(&site).await;
    let fields = &after.calendars[0].fields;
    assert_eq!(fields["services"], json!({ "manicure": 331, "service-1": 332 }));
    assert_eq!(fields["staff"], json!({ "anna": 6_544, "specialist-1": 6_545 }));
    let spa = after.services.iter().find(|service| service.name == "Спа-уход").unwrap();
    assert_eq!((spa.price, spa.price_from, spa.duration_min), (2_000, true, 90));
    let vera = after.specialists.iter().find(|specialist| specialist.name == "Вера Ли").unwrap();
    assert_eq!(vera.services, ["service-1"]);
    assert_eq!(after.services.len(), before.services.len() + 1, "nothing is removed");
    assert_eq!(journal(&site).await[0], ("calendar_import".to_owned(), "yclients".to_owned()));
    assert!(owner.get("/console/settings/versions").await.text.contains("Добавлено: услуга «Спа-уход»"));

    let again = owner.post(IMPORT, &[]).await;
    assert!(again.text.contains("Менять нечего") && !again.text.contains("Появится"), "{}", again.text);
    let old = owner.post(IMPORT, &plan).await;
    assert!(old.text.contains("Менять нечего"), "an old page saves nothing: {}", old.text);
    assert_eq!(json!(document(&site).await), json!(after));
    branch.double.assert_clean();
}

#[tokio::test]
async fn what_changed_since_it_was_looked_over_is_looked_over_again() {
    let site = Site::open().await;
    let branch = Branch::open().await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    assert_eq!(owner.post(ADD, &texts(&branch.form())).await.status, StatusCode::SEE_OTHER);
    let plan = untouched(&owner.post(IMPORT, &[]).await.text);
    let plan: Vec<(&str, &str)> = plan.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let before = document(&site).await;
    branch.double.set(|settings| settings.services[0].price = 9_900);
    let shown = owner.post(IMPORT, &plan).await;
    assert_eq!(shown.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        shown.text.contains("в календаре что-то изменилось") && shown.text.contains("9\u{a0}900"),
        "{}",
        shown.text
    );
    assert_eq!(json!(document(&site).await), json!(before));
    branch.double.set(|settings| settings.is_connected = false);
    let refused = owner.post(IMPORT, &[]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("YCLIENTS не даёт доступа к филиалу"), "{}", refused.text);
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

/// What a vendor answers a ring with matters: anything but a success or «later» is lost. Contract sheet, 1.5.
#[tokio::test]
async fn a_ring_is_taken_at_its_secret_path_alone_and_leaves_no_trace_of_its_token() {
    let site = Site::open().await;
    for (path, status) in [
        ("/hook/calendar/lotos/google/right", StatusCode::NO_CONTENT),
        ("/hook/calendar/lotos/google/wrong", StatusCode::UNAUTHORIZED),
        ("/hook/calendar/lotos/google/early", StatusCode::SERVICE_UNAVAILABLE),
    ] {
        let mut vendor = Browser::new(&site.router).with("x-goog-channel-token", "t0ken");
        let answer = vendor.send("POST", path, None, Vec::new()).await;
        assert_eq!(answer.status, status, "{path}");
        assert!(answer.text.is_empty(), "{path}: {}", answer.text);
    }
    let rung = ("lotos".to_owned(), "google".to_owned(), "t0ken".to_owned());
    assert_eq!(*site.desk.rings.lock().unwrap(), [rung]);
    let mut vendor = Browser::new(&site.router);
    assert_eq!(vendor.get("/hook/calendar/lotos/google/right").await.status, StatusCode::METHOD_NOT_ALLOWED);
}
