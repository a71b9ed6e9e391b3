//! A foreign calendar hears no name and no phone, unless the owner has let them through.

use nochnik_adapters::ports::Visit;
use nochnik_doubles::google::Settings;
use nochnik_doubles::{Fault, Faults};
use serde_json::json;

use crate::google::desk::{Desk, NAME, PHONE, later, people, visit};

/// Everything a visit may go through, with the double's guard up and every request looked at whole.
#[tokio::test]
async fn no_request_shows_a_client() {
    for fields in [vec![], vec![("show_clients", json!(false))]] {
        let desk = Desk::with(Settings { personal: people(), ..Settings::default() }, &fields);
        let titled = Visit { title: format!("Маникюр для {NAME}"), ..visit() };
        desk.double.plan(Faults::once("calendar.events.insert", Fault::ExecuteThenDrop));
        desk.put(&titled, None).await.unwrap_err();
        let known = desk.put(&titled, None).await.unwrap();
        let known = desk.put(&later(), Some(&known)).await.unwrap();
        desk.calendar.remove(&known).await.unwrap();
        desk.put(&titled, None).await.unwrap();
        let cursor = desk.changes(None).await.cursor;
        desk.changes(cursor.as_deref()).await;
        desk.calendar.check().await.unwrap();
        desk.double.assert_clean();
        for heard in desk.line.heard_whole() {
            let whole = format!("{} {:?} {}", heard.url, heard.headers, heard.body);
            for secret in ["Ольга", "Петрова", "9000000001", "000-00-01", "Маникюр", "manicure", "anna"]
            {
                assert!(!whole.contains(secret), "{} {} shows {secret}", heard.method, heard.url.path());
            }
        }
    }
}

/// Let through, they stand where the owner looks; a name is a text and no markup.
#[tokio::test]
async fn an_owner_who_wants_it_sees_the_client() {
    let desk = Desk::with(Settings::default(), &[("show_clients", json!(true))]);
    let event = desk.put(&visit(), None).await.unwrap();
    let stands = desk.event(&event);
    assert_eq!(stands["summary"], "Маникюр — Ольга Петрова");
    assert_eq!(stands["description"], "Клиент: Ольга Петрова\nТелефон: +7 900 000-00-01\nЗапись № 17");

    let named = |name: &str| Visit { client_name: name.to_owned(), client_phone: None, ..visit() };
    let event = desk.put(&named("<b>Оля</b>\n& \u{0}Ко"), Some(&event)).await.unwrap();
    let stands = desk.event(&event);
    assert_eq!(stands["summary"], "Маникюр — <b>Оля</b> & Ко");
    assert_eq!(stands["description"], "Клиент: &lt;b&gt;Оля&lt;/b&gt; &amp; Ко\nЗапись № 17");

    let event = desk.put(&Visit { title: "я".repeat(900), ..named("") }, Some(&event)).await.unwrap();
    let stands = desk.event(&event);
    assert_eq!(stands["summary"], "я".repeat(300));
    assert_eq!(stands["description"], "Запись № 17");
    desk.double.assert_clean();
}

/// A guard that lets everything pass would prove nothing.
#[tokio::test]
async fn the_doubles_guard_notices() {
    for personal in [NAME, "петрова", PHONE, "8 (900) 000-00-01"] {
        let settings = Settings { personal: vec![personal.to_owned()], ..Settings::default() };
        let desk = Desk::with(settings, &[("show_clients", json!(true))]);
        desk.put(&visit(), None).await.unwrap();
        assert_eq!(desk.double.take_failures(), ["a request shows a client's name or phone"], "{personal}");
    }
}

#[test]
fn a_visit_shows_no_client_in_a_log() {
    let shown = format!("{:?}", visit());
    assert!(!shown.contains("Ольга") && !shown.contains("9000000001"));
}
