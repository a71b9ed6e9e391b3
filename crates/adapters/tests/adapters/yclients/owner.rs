//! What the owner reads: of a setting that is wrong, and of the check.

use jiff::Timestamp;
use nochnik_adapters::calendars::{self, OpenContext};
use nochnik_doubles::yclients::{self, Settings};
use serde_json::{Value, json};
use std::sync::Arc;

use crate::yclients::desk::{Desk, Mode, entry};

#[test]
fn every_wrong_setting_is_named_in_russian() {
    let cases = [
        ("company", json!(null), "Заполните поле «Номер филиала»"),
        ("company", json!("4564"), "целое число без кавычек"),
        ("company", json!(0), "номер филиала"),
        ("partner_token", json!(null), "Заполните поле «Ключ партнёра»"),
        ("partner_token", json!("ключ\n"), "не целиком"),
        ("user_token", json!("a\u{7f}b"), "не целиком"),
        ("staff", json!("anna=6544"), "нужна таблица номеров"),
        ("staff", json!({ "anna": "6544" }), "«anna»"),
        ("staff", json!({ "anna": -1 }), "«anna»"),
        ("staff", json!({ "anna": 6_544, "maria": 6_544 }), "Номер 6544 указан дважды: у «anna» и у «maria»"),
        ("services", json!({ "manicure": 1.5 }), "«manicure»"),
        ("book_by", json!("phone"), "online, journal"),
        ("book_by", json!("journal"), "ключа пользователя"),
        ("base_url", json!("http://api.yclients.ru/api/v1"), "https://"),
        ("colour", json!("red"), "Такого поля"),
    ];
    for (field, value, words) in cases {
        let mut fields = entry(&Settings::default(), Mode::Partner);
        fields.insert(field.to_owned(), value.clone());
        let context = OpenContext { now: Arc::new(|| Timestamp::UNIX_EPOCH), wire: None };
        let problem = calendars::open("yclients", &fields, &context).err().unwrap_or_else(|| panic!("{field} {value}"));
        assert_eq!(problem.field, field, "{value}");
        assert!(problem.text_ru.contains(words), "{words}: {}", problem.text_ru);
        assert!(!problem.text_ru.contains("partnertoken"), "{}", problem.text_ru);
    }
}

#[tokio::test(start_paused = true)]
async fn the_check_tells_what_was_found_and_where_to_click() {
    let cases: Vec<(Mode, Settings, Value, &str)> = vec![
        (
            Mode::Partner,
            Settings::default(),
            json!({}),
            "филиал «Лотос на Пушкинской» (4564), часовой пояс Europe/Moscow",
        ),
        (Mode::Partner, Settings::default(), json!({}), "Ключа пользователя нет"),
        (Mode::User, Settings::default(), json!({}), "прав достаточно"),
        (
            Mode::User,
            Settings {
                lacks: ["client_phones_access".to_owned(), "edit_records_access".to_owned()].into(),
                ..Settings::default()
            },
            json!({}),
            "не хватает прав: изменение записей, телефоны клиентов",
        ),
        (Mode::Partner, Settings::default(), json!({}), "Подтверждение телефона по SMS выключено"),
        (
            Mode::Partner,
            Settings { asks_code: true, ..Settings::default() },
            json!({}),
            "сам Ночник записать не сможет",
        ),
        (Mode::User, Settings { asks_code: true, ..Settings::default() }, json!({}), "создаются прямо в журнале"),
        (
            Mode::Partner,
            Settings { asks_email: true, ..Settings::default() },
            json!({}),
            "требует адрес почты: сам Ночник",
        ),
        (Mode::Journal, Settings::default(), json!({}), "без кода из SMS"),
        (
            Mode::Partner,
            Settings { change_delay_s: 7_200, ..Settings::default() },
            json!({}),
            "Переносить записи можно не позже чем за 2 ч",
        ),
        (
            Mode::Partner,
            Settings { allow_delete: false, ..Settings::default() },
            json!({}),
            "Отменять записи клиентам в YCLIENTS не разрешено",
        ),
        (Mode::Partner, Settings::default(), json!({}), "Мастера: anna — «Анна Смирнова», maria — «Мария Котова»"),
        (
            Mode::Partner,
            Settings::default(),
            json!({ "staff": { "anna": 6_544, "vera": 77 } }),
            "нет мастера vera (77)",
        ),
        (Mode::Partner, Settings::default(), json!({}), "Услуги: manicure — «Маникюр», pedicure — «Педикюр»"),
        (
            Mode::Partner,
            Settings::default(),
            json!({ "services": { "manicure": 331, "lashes": 9 } }),
            "нет услуги lashes (9)",
        ),
    ];
    for (mode, settings, fields, words) in cases {
        let fields: Vec<(&str, Value)> =
            fields.as_object().unwrap().iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        let desk = Desk::with(settings, mode, &fields);
        let lines = desk.calendar.check().await.unwrap().join("\n");
        assert!(lines.contains(words), "{words}: {lines}");
        assert!(!lines.contains("token1"), "{lines}");
        assert!(desk.branch.all().is_empty());
        desk.branch.assert_clean();
    }
    let desk = Desk::with(Settings::default(), Mode::Partner, &[("staff", json!({})), ("services", json!({}))]);
    assert!(desk.calendar.check().await.unwrap().join("\n").contains("нажмите «Взять услуги и мастеров»"));
    let mut settings = Settings::default();
    settings.services[1].prepaid = "required".to_owned();
    let desk = Desk::new(settings, Mode::Partner);
    assert!(desk.calendar.check().await.unwrap().join("\n").contains("Без предоплаты не записать: Педикюр"));
}

#[tokio::test(start_paused = true)]
async fn the_partners_own_number_is_sent_where_the_branch_wants_it() {
    let settings = Settings { wants_partner_id: Some("777".to_owned()), ..Settings::default() };
    let desk = Desk::new(settings.clone(), Mode::User);
    assert!(desk.calendar.check().await.is_err());
    let desk = Desk::with(settings, Mode::User, &[("partner_id", json!("777"))]);
    desk.calendar.check().await.unwrap();
}

/// In real time: a paused one runs ahead of sockets.
#[tokio::test]
async fn the_same_holds_over_a_socket() {
    let settings = Settings { per_s: None, per_min: None, ..Settings::default() };
    let branch = yclients::Double::new(settings.clone());
    let server = yclients::serve(branch.clone()).await.unwrap();
    let mut fields = entry(&settings, Mode::Journal);
    fields.insert("base_url".to_owned(), json!(format!("{}/api/v1", server.url())));
    let context = OpenContext { now: Arc::new(|| Timestamp::UNIX_EPOCH), wire: None };
    let calendar = calendars::open("yclients", &fields, &context).unwrap();
    let event = calendar.put(&crate::yclients::desk::visit(), None).await.unwrap();
    assert_eq!(branch.standing().len(), 1);
    branch.assert_clean();
    drop(server);
    assert!(calendar.remove(&event).await.is_err(), "nobody is there any more");
}
