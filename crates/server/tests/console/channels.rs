//! «Каналы» as an owner meets it: real adapters ask doubles on loopback, and the document moves on by a version.

use std::net::TcpListener;

use crate::support::browser::{Answer, Browser};
use crate::support::{NIGHT, Site, night};
use axum::http::StatusCode;
use nochnik_core::business::Document;
use nochnik_doubles::serve::Server;
use nochnik_doubles::{bitrix24, telegram, whatsapp};
use nochnik_store::{audit, businesses};

const TOKEN: &str = "7123456789:AAtestTokenOfTheDouble";
const ADD: &str = "/console/channels/add/telegram";
const ONE: &str = "/console/channels/of/telegram";

struct Bot {
    double: telegram::Double,
    server: Server,
}

impl Bot {
    async fn open() -> Self {
        let double = telegram::Double::new(TOKEN);
        Self { server: telegram::serve(double.clone()).await.unwrap(), double }
    }

    /// What the owner writes, with the notice read.
    async fn switched_on(&self, owner: &mut Browser, token: &str) -> Answer {
        let url = self.server.url();
        owner.post(ADD, &[("read", "yes"), ("field.token", token), ("field.base_url", &url)]).await
    }
}

async fn document(site: &Site, business: &'static str) -> (Document, i64) {
    let row = site.store.read(move |sql| businesses::get(sql, business)).await.unwrap().unwrap();
    (serde_json::from_str(&row.document).unwrap(), row.version)
}

async fn journal(site: &Site) -> Vec<(String, String, String)> {
    let lines = site.store.read(|sql| audit::list(sql, "lotos", i64::MAX, 100)).await.unwrap();
    let of_channels = lines.into_iter().filter(|line| line.action.starts_with("channel"));
    of_channels.map(|line| (line.actor, line.action, line.subject)).collect()
}

fn entries(lines: &[(&str, &str, &str)]) -> Vec<(String, String, String)> {
    lines.iter().map(|(actor, action, subject)| ((*actor).into(), (*action).into(), (*subject).into())).collect()
}

#[tokio::test]
async fn an_owner_switches_a_bot_on_and_sees_the_first_message() {
    let site = Site::open().await;
    let bot = Bot::open().await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    assert!(owner.get("/console/more").await.text.contains("/console/channels"));
    let list = owner.get("/console/channels").await.text;
    for kind in ["max", "vk", "telegram", "whatsapp", "instagram", "bitrix24_bot"] {
        assert!(list.contains(&format!("/console/channels/add/{kind}")), "{kind}");
    }
    let form = owner.get(ADD).await.text;
    assert!(form.contains("Токен бота") && form.contains("@BotFather"), "fields with their help: {form}");
    assert!(form.contains("не делайте Телеграм единственным каналом"), "the notice: {form}");

    let added = bot.switched_on(&mut owner, TOKEN).await;
    assert_eq!((added.status, added.header("location")), (StatusCode::SEE_OTHER, ONE), "{}", added.text);
    let (document, version) = document(&site, "lotos").await;
    assert_eq!((document.channels.last().unwrap().account(), version), ("telegram", 2));
    assert_eq!(journal(&site).await, entries(&[("roza", "channel_on", "telegram")]));

    let page = owner.get(ONE).await.text;
    assert!(page.contains("Салон Лотос (@lotos_rostov_bot)") && page.contains("слово «проверка»"), "{page}");
    assert!(!page.contains("Сообщение дошло") && !page.contains(TOKEN), "{page}");

    site.desk.pass(1);
    let now_ms = NIGHT.parse::<jiff::Timestamp>().unwrap().as_millisecond() + 60_000;
    let id = night::talk_in(&site.store, "lotos", "telegram", "telegram", "5012345678", now_ms).await;
    night::say(&site.store, "lotos", &id, "bot", "Здравствуйте!", None, now_ms).await;
    assert!(!owner.get(ONE).await.text.contains("Сообщение дошло"), "our own words prove nothing");
    night::say(&site.store, "lotos", &id, "client", "проверка", None, now_ms).await;
    let page = owner.get(ONE).await.text;
    assert!(page.contains("Сообщение дошло") && page.contains("23:42"), "{page}");
    bot.double.assert_clean();
}

#[tokio::test]
async fn a_silent_trial_ends_after_ten_minutes() {
    let site = Site::open().await;
    let bot = Bot::open().await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    bot.switched_on(&mut owner, TOKEN).await;
    site.desk.pass(11);
    assert!(owner.get(ONE).await.text.contains("За десять минут ничего не пришло"));
    let checked = owner.post(&format!("{ONE}/check"), &[]).await;
    assert_eq!((checked.status, checked.header("location")), (StatusCode::SEE_OTHER, ONE));
    assert!(owner.get(ONE).await.text.contains("слово «проверка»"), "it is waited for anew");
}

#[tokio::test]
async fn what_is_wrong_stands_beside_its_field_and_nothing_is_saved() {
    let site = Site::open().await;
    let bot = Bot::open().await;
    let url = bot.server.url();
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    let right = [("read", "yes"), ("field.token", TOKEN), ("field.base_url", url.as_str())];
    let with = |change: (&'static str, &'static str)| {
        let mut form = right.to_vec();
        form.retain(|(name, _)| *name != change.0);
        form.push(change);
        form
    };
    for (form, why) in [
        (right[1..].to_vec(), "Прочтите и поставьте галочку"),
        (with(("field.token", "7123456789:AAsomebodyElse")), "Телеграм не принимает токен бота"),
        (with(("field.token", " ")), "Заполните поле «Токен бота»"),
        (with(("field.mode", "webhook")), "адреса с HTTPS у этой установки нет"),
        (with(("field.mode", "почта")), "Возможные значения: polling, webhook"),
        (with(("field.colour", "red")), "Такого поля"),
        (with(("id", "widget")), "Имя «widget» уже занято"),
    ] {
        let answer = owner.post(ADD, &form).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{why}");
        assert!(answer.text.contains(why), "{why}: {}", answer.text);
        let has_come_back = answer.text.contains(TOKEN) || answer.text.contains("AAsomebodyElse");
        assert!(!has_come_back, "{why}: a secret came back");
        let is_written = form.iter().any(|(name, text)| *name == "field.token" && !text.trim().is_empty());
        let is_told = answer.text.contains("Введите ключ ещё раз: мы не показываем его на странице");
        assert_eq!(is_told, is_written, "{why}: {}", answer.text);
        assert!(answer.text.contains(&url), "{why}: what is no secret stays");
    }
    assert_eq!(document(&site, "lotos").await.1, 1);
    assert!(journal(&site).await.is_empty());
}

#[tokio::test]
async fn a_key_is_replaced_and_an_empty_one_stays() {
    let site = Site::open().await;
    let bot = Bot::open().await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    bot.switched_on(&mut owner, TOKEN).await;
    let edit = format!("{ONE}/edit");
    let form = owner.get(&edit).await.text;
    assert!(form.contains("Оставьте пустым, чтобы не менять") && form.contains(&bot.server.url()), "{form}");
    assert!(!form.contains(TOKEN), "a secret in a form");

    let wrong = owner.post(&edit, &[("field.token", "1:AA"), ("field.base_url", &bot.server.url())]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "the old key goes on working");
    let kept = [("field.token", ""), ("field.base_url", &bot.server.url()), ("field.per_s", "20")];
    assert_eq!(owner.post(&edit, &kept).await.status, StatusCode::SEE_OTHER);
    let (document, version) = document(&site, "lotos").await;
    let fields = &document.channels.last().unwrap().fields;
    assert_eq!((fields["token"].as_str(), fields["per_s"].as_i64(), version), (Some(TOKEN), Some(20), 3));
    let expected = entries(&[("roza", "channel_renew", "telegram"), ("roza", "channel_on", "telegram")]);
    assert_eq!(journal(&site).await, expected);
}

/// Who may change settings but does not know the key could have it sent to themselves.
#[tokio::test]
async fn a_kept_key_goes_to_no_new_address() {
    let site = Site::open().await;
    let bot = Bot::open().await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    bot.switched_on(&mut owner, TOKEN).await;
    let stranger = TcpListener::bind("127.0.0.1:0").unwrap();
    stranger.set_nonblocking(true).unwrap();
    let (edit, elsewhere) = (format!("{ONE}/edit"), format!("http://{}", stranger.local_addr().unwrap()));
    let here = bot.server.url();
    for form in [
        vec![("field.base_url", elsewhere.as_str())],
        vec![("field.base_url", &here), ("field.file_base_url", &elsewhere)],
        vec![("field.base_url", &here), ("field.proxy", &elsewhere)],
        vec![("field.base_url", &elsewhere), ("take_out.proxy", "yes")],
    ] {
        let refused = owner.post(&edit, &form).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{form:?}");
        assert!(refused.text.contains("Сохранённое на новый адрес мы не отправляем"), "{form:?}: {}", refused.text);
    }
    assert!(stranger.accept().is_err(), "nobody came");
    assert_eq!(document(&site, "lotos").await.1, 2, "nothing is saved");

    let moved = Bot::open().await;
    let written = [("field.token", TOKEN), ("field.base_url", &moved.server.url())];
    assert_eq!(owner.post(&edit, &written).await.status, StatusCode::SEE_OTHER, "with the key it may move");
}

#[tokio::test]
async fn switching_off_asks_first() {
    let site = Site::open().await;
    let bot = Bot::open().await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    bot.switched_on(&mut owner, TOKEN).await;
    let question = owner.get(&format!("{ONE}/off")).await.text;
    assert!(question.contains("Ночник больше не ответит"), "{question}");
    assert_eq!(document(&site, "lotos").await.1, 2, "a question changes nothing");
    let off = owner.post(&format!("{ONE}/off"), &[]).await;
    assert_eq!((off.status, off.header("location")), (StatusCode::SEE_OTHER, "/console/channels"));
    let (document, version) = document(&site, "lotos").await;
    assert!(document.channels.iter().all(|entry| entry.kind != "telegram"));
    assert_eq!(version, 3);
    assert_eq!(owner.get(ONE).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn whatsapp_shows_what_to_paste_and_where() {
    let settings = whatsapp::Settings::default();
    let server = whatsapp::serve(whatsapp::Double::new(settings.clone())).await.unwrap();
    let url = format!("{}/v26.0", server.url());
    let form = [
        ("read", "yes"),
        ("field.token", settings.token.as_str()),
        ("field.app_secret", &settings.app_secret),
        ("field.phone_number_id", &settings.phone_number_id),
        ("field.waba_id", &settings.waba_id),
        ("field.base_url", &url),
    ];
    let add = "/console/channels/add/whatsapp";
    let home = Site::open().await;
    let mut owner = Browser::signed_in(&home.router, "roza").await;
    assert!(owner.get(add).await.text.contains("адреса с HTTPS у этой установки нет"));
    assert_eq!(owner.post(add, &form).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(document(&home, "lotos").await.1, 1);

    let site = Site::open_at("https://nochnik.example").await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    let added = owner.post(add, &form).await;
    assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.text);
    let page = owner.get("/console/channels/of/whatsapp").await.text;
    for words in ["https://nochnik.example/hook/lotos/whatsapp/", "Verify token", "developers.facebook.com"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains(&settings.token) && !page.contains(&settings.app_secret), "a secret in a page");
}

/// Whoever is not the owner sees the list at most, and nobody sees another business's channels.
#[tokio::test]
async fn only_the_owner_changes_channels() {
    let site = Site::open().await;
    let bot = Bot::open().await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    bot.switched_on(&mut owner, TOKEN).await;
    let form = [("read", "yes"), ("field.token", TOKEN)];
    for login in ["marina", "gost"] {
        let mut other = Browser::signed_in(&site.router, login).await;
        let list = other.get("/console/channels").await;
        assert!(list.text.contains("Телеграм") && !list.text.contains("/console/channels/add"), "{login}");
        for path in [ADD, ONE, &format!("{ONE}/edit"), &format!("{ONE}/off")] {
            assert_eq!(other.get(path).await.status, StatusCode::FORBIDDEN, "{login} {path}");
        }
        for path in [ADD, &format!("{ONE}/check"), &format!("{ONE}/edit"), &format!("{ONE}/off")] {
            assert_eq!(other.post(path, &form).await.status, StatusCode::FORBIDDEN, "{login} {path}");
        }
    }
    let mut forged = owner.clone().with("sec-fetch-site", "cross-site").with("origin", "https://evil.example");
    for path in [ADD, &format!("{ONE}/off")] {
        assert_eq!(forged.post(path, &form).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(document(&site, "lotos").await.1, 2);

    let role = nochnik_server::web::Role::Owner;
    nochnik_server::web::set_password(&site.store, "barber", "boris", role, crate::support::PASSWORD, 0).await.unwrap();
    let mut stranger = Browser::new(&site.router);
    let login = [("business", "barber"), ("login", "boris"), ("password", crate::support::PASSWORD)];
    assert_eq!(stranger.post("/login", &login).await.status, StatusCode::SEE_OTHER);
    for path in [ONE, &format!("{ONE}/edit"), &format!("{ONE}/off")] {
        assert_eq!(stranger.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(stranger.post(&format!("{ONE}/off"), &[]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(document(&site, "lotos").await.1, 2);
}

/// Each check goes out to an address of the form's.
#[tokio::test]
async fn nobody_knocks_at_addresses_without_end() {
    let site = Site::open().await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    let form = [("read", "yes"), ("field.token", "")];
    for _ in 0..20 {
        assert_eq!(owner.post(ADD, &form).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert_eq!(owner.post(ADD, &form).await.status, StatusCode::TOO_MANY_REQUESTS);
}

/// Nobody writes there as a client: what is left to do is to make the bot known to whoever is on duty.
#[tokio::test]
async fn a_bot_for_the_staff_waits_for_people_not_for_clients() {
    let site = Site::open().await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    let portal = bitrix24::Double::new(bitrix24::Settings::default());
    let server = bitrix24::serve(portal.clone()).await.unwrap();
    let webhook = format!("{}{}/", server.url(), portal.base_path());
    let add = "/console/channels/add/bitrix24_bot";
    let form = owner.get(add).await.text;
    assert!(form.contains("канал для своих") && form.contains("Чат-боты (imbot)"), "{form}");

    portal.set(|settings| settings.scopes.retain(|scope| scope != "imbot"));
    let wish = [("read", "yes"), ("field.webhook_url", webhook.as_str()), ("field.poll_s", "10")];
    let refused = owner.post(add, &wish).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("Отметьте право «Чат-боты (imbot)»"), "{}", refused.text);
    assert!(!refused.text.contains(portal.base_path().as_str()), "a webhook is a secret");
    portal.set(|settings| settings.scopes.push("imbot".to_owned()));
    let page = "/console/channels/of/bitrix24_bot";
    let added = owner.post(add, &wish).await;
    assert_eq!((added.status, added.header("location")), (StatusCode::SEE_OTHER, page), "{}", added.text);
    assert_eq!(document(&site, "lotos").await.0.channels.last().unwrap().fields["poll_s"], 10);

    let shown = owner.get(page).await.text;
    assert!(shown.contains("Подключить мессенджер") && !shown.contains("слово «проверка»"), "{shown}");
    assert!(owner.get("/console/channels").await.text.contains("для своих: зовёт дежурных"));
    assert!(owner.get(&format!("{page}/off")).await.text.contains("Дежурные больше не получат"));
    assert!(portal.bots().is_empty(), "a check makes no bot");
    portal.assert_clean();
}
