//! What an entry may hold, what is wrong with it in words, and what the live check says.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use nochnik_adapters::calendars;
use nochnik_doubles::google::{Double, Settings, serve_with};
use serde_json::{Value, json};

use crate::google::desk::{Desk, NOW, at, context, entry, owner, quarter, visit};

type Fields = Vec<(&'static str, Value)>;

fn problem(fields: &[(&str, Value)]) -> Option<(String, String)> {
    let double = Double::new(Settings::default());
    let opened = calendars::open("google", &entry(&double, fields), &context(&Arc::default(), None));
    opened.err().map(|problem| (problem.field, problem.text_ru))
}

#[test]
fn a_wrong_entry_is_told_in_words() {
    let settings = Settings::default();
    let key = |change: fn(&mut Value)| {
        let mut file: Value = serde_json::from_str(&settings.service_account()).unwrap();
        change(&mut file);
        json!(file.to_string())
    };
    let table: Vec<(Fields, &str, &str)> = vec![
        (vec![("calendar", json!(""))], "calendar", "Интеграция календаря"),
        (vec![("calendar", json!("primary"))], "calendar", "календарь робота"),
        (vec![("calendar", json!(settings.robot))], "calendar", "календарь робота"),
        (vec![("calendar", json!("Мастер Анна"))], "calendar", "«@»"),
        (vec![("calendar", json!("https://calendar.google.com/calendar"))], "calendar", "«@»"),
        (vec![("service_account", Value::Null)], "service_account", "client_id"),
        (vec![("service_account", json!("-----BEGIN PRIVATE KEY-----"))], "service_account", "целиком"),
        (vec![("service_account", json!("[]"))], "service_account", "целиком"),
        (vec![("service_account", json!("{\"installed\":{}}"))], "service_account", "Сервисные аккаунты"),
        (vec![("service_account", key(|file| file["private_key"] = json!("нет")))], "service_account", "повреждён"),
        (vec![("service_account", key(|file| file["private_key"] = Value::Null))], "service_account", "повреждён"),
        (vec![("service_account", key(|file| file["client_email"] = json!("")))], "service_account", "повреждён"),
        (vec![("client_id", json!("x"))], "service_account", "что-то одно"),
        (vec![("service_account", Value::Null), ("client_id", json!("x"))], "client_secret", "не заполнено"),
        (vec![("show_clients", json!("да"))], "show_clients", "true, false"),
        (vec![("zone", json!("Москва"))], "zone", "Europe/Moscow"),
        (vec![("base_url", json!("http://example.org"))], "base_url", "https://"),
        (vec![("token_url", json!("ftp://example.org"))], "token_url", "https://"),
        (vec![("colour", json!("red"))], "colour", "Известные"),
    ];
    assert_eq!(problem(&[]), None);
    for (fields, field, words) in table {
        let (named, text) = problem(&fields).unwrap_or_else(|| panic!("{fields:?} is taken"));
        assert_eq!(named, field, "{text}");
        assert!(text.contains(words), "{text}");
        assert!(!text.contains("PRIVATE KEY"), "{text}");
    }
}

#[test]
fn an_owner_may_open_the_calendar_of_their_own() {
    let mut fields = owner(&Settings::default());
    fields.push(("calendar", json!("primary")));
    assert_eq!(problem(&fields), None);
}

#[test]
fn secrets_are_marked_and_nothing_is_said_twice() {
    let kind = calendars::kinds().into_iter().find(|kind| kind.name == "google").unwrap();
    let secret: Vec<&str> = kind.fields.iter().filter(|field| field.is_secret).map(|field| field.name).collect();
    assert_eq!(secret, ["service_account", "client_secret", "refresh_token", "proxy"]);
    let help = kind.fields.iter().find(|field| field.name == "service_account").unwrap().help;
    assert!(help.contains("«Вносить изменения в мероприятия»"));
}

/// Calendars of one account share its pace; another account has its own. The name shows nobody.
#[test]
fn a_destination_is_an_account() {
    let destination_of = |settings: Settings, fields: &[(&str, Value)]| {
        let double = Double::new(settings);
        calendars::open("google", &entry(&double, fields), &context(&Arc::default(), None)).unwrap().destination()
    };
    let destination = |fields: &[(&str, Value)]| destination_of(Settings::default(), fields);
    let first = destination(&[]);
    assert_eq!(destination(&[("calendar", json!("other@group.calendar.google.com"))]), first);
    let robot = "other@salon-demo.iam.gserviceaccount.com".to_owned();
    let robots = destination_of(Settings { robot, ..Settings::default() }, &[]);
    let owners = destination(&owner(&Settings::default()));
    assert!(robots != first && owners != first && owners != robots);
    for name in [&first, &robots, &owners] {
        assert!(name.starts_with("calendar:google:www.googleapis.com:443:"), "{name}");
        assert!(!name.contains("nochnik@") && !name.contains("refresh"), "{name}");
    }
}

#[tokio::test]
async fn a_check_says_who_where_and_how_the_clocks_stand() {
    let desk = Desk::with(Settings::default(), &[("zone", json!("Asia/Yekaterinburg"))]);
    desk.ahead_ms.store(-(3 * 60 + 20) * 1_000, Ordering::Relaxed);
    assert_eq!(
        desk.calendar.check().await.unwrap(),
        [
            "Google принимает ключ робота nochnik@salon-demo.iam.gserviceaccount.com.",
            "Календарь «Мастер Анна».",
            "Право вносить изменения в мероприятия есть.",
            "Часовой пояс календаря — Europe/Moscow, а в настройках — Asia/Yekaterinburg: события на весь день читаются по настройкам.",
            "Часы этого компьютера спешат на 3 мин 20 с: включите синхронизацию времени (NTP).",
            "Имён и телефонов в событиях нет: только «Занято (Ночник)» и номер записи.",
        ]
    );
    assert!(desk.line.heard_whole().iter().all(|heard| heard.method == "GET" || heard.url.path() == "/token"));
    desk.double.assert_clean();

    let settings = Settings { calendar_name: String::new(), access_role: "owner".to_owned(), ..Settings::default() };
    let mut fields = owner(&settings);
    fields.push(("show_clients", json!(true)));
    let desk = Desk::with(settings, &fields);
    assert_eq!(
        desk.calendar.check().await.unwrap(),
        [
            "Google пускает с разрешения владельца.",
            "Календарь открывается, названия у него нет.",
            "Право вносить изменения в мероприятия есть.",
            "Часы сходятся с часами Google.",
            "В событиях будут услуга, имя и телефон клиента: они уходят в Google за границу.",
        ]
    );
}

/// Over real sockets: the same requests, the answer without a body, the date of the answer.
#[tokio::test]
async fn a_visit_comes_and_goes_over_sockets() {
    let double = Double::new(Settings::default());
    let now_ms = Arc::new(AtomicI64::new(at(NOW).as_millisecond()));
    let clock = now_ms.clone();
    let server = serve_with(double.clone(), 0, Arc::new(move || clock.load(Ordering::Relaxed))).await.unwrap();
    let address = [
        ("base_url", json!(format!("{}/calendar/v3/", server.url()))),
        ("token_url", json!(format!("{}/token", server.url()))),
    ];
    let calendar = calendars::open("google", &entry(&double, &address), &context(&now_ms, None)).unwrap();
    let event = calendar.put(&visit(), None).await.unwrap();
    assert_eq!(calendar.changes(None, quarter()).await.unwrap().events.len(), 1);
    calendar.remove(&event).await.unwrap();
    assert!(double.events().is_empty());
    assert!(calendar.check().await.unwrap().contains(&"Часы сходятся с часами Google.".to_owned()));
    double.assert_clean();
}
