//! A night is played, and in the morning the owner hears how it went: once, whoever looks and however often.

use std::time::Duration;

use nochnik_engine::Engine;
use nochnik_engine::clock::pause;
use nochnik_store::outbox::{self, Status};
use serde_json::{Value, json};

use super::salon;

const SALON: &str = "lotos";
const URL: &str = "https://nochnik.example";

struct Night {
    engine: Engine,
    said: u32,
}

impl Night {
    /// At 23:40, with an owner who has a messenger.
    async fn open() -> Self {
        let engine = salon::open_as(URL, &[SALON], |document| {
            for person in document["people"].as_array_mut().unwrap() {
                if person["role"] == "owner" {
                    person["means"] = json!([{ "channel": "terminal", "peer": "roza" }]);
                }
            }
        });
        let engine = engine.await;
        engine.report_mornings();
        Self { engine, said: 0 }
    }

    async fn says(&mut self, peer: &str, text: &str) {
        self.said += 1;
        let id = format!("00000000-0000-4000-8000-{:012}", self.said);
        let body = json!({ "id": id, "kind": "text", "text": text }).to_string();
        self.engine.chat(SALON, "widget", peer, body.as_bytes()).await.unwrap();
        pause(Duration::from_secs(10)).await;
    }

    async fn reports(&self) -> Vec<String> {
        self.told("report:").await
    }

    /// What went out to the owner under keys that begin so.
    async fn told(&self, prefix: &str) -> Vec<String> {
        self.payloads(prefix).await.iter().map(|payload| text_of(payload)).collect()
    }

    /// What goes with the only report.
    async fn picture(&self) -> Value {
        let [payload] = &self.payloads("report:").await[..] else { panic!("one report") };
        message_of(payload)["picture"].clone()
    }

    async fn payloads(&self, prefix: &str) -> Vec<String> {
        let mut found = Vec::new();
        for status in [Status::Waiting, Status::Done, Status::Dead] {
            let rows = self.engine.store.read(move |sql| outbox::list(sql, SALON, status, 200)).await.unwrap();
            let ours = rows.into_iter().filter(|listed| listed.row.key.starts_with(prefix));
            found.extend(ours.map(|listed| listed.row.payload));
        }
        found
    }
}

fn text_of(payload: &str) -> String {
    message_of(payload)["text"].as_str().unwrap_or_default().replace('\u{a0}', " ")
}

/// The message of an errand.
fn message_of(payload: &str) -> Value {
    let payload: Value = serde_json::from_str(payload).unwrap();
    payload.as_object().unwrap().values().map(|errand| errand["message"].clone()).next().unwrap_or_default()
}

/// The kind and the address of what went out under keys that begin so, with its title.
async fn letters(engine: &Engine, prefix: &'static str) -> Vec<(String, String, String)> {
    let mut found = Vec::new();
    for status in [Status::Waiting, Status::Done, Status::Dead] {
        let rows = engine.store.read(move |sql| outbox::list(sql, SALON, status, 200)).await.unwrap();
        for row in rows.into_iter().map(|listed| listed.row).filter(|row| row.key.starts_with(prefix)) {
            let payload: Value = serde_json::from_str(&row.payload).unwrap();
            let word = |path: &str| payload.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
            found.push((row.kind, word("/text/to"), word("/text/alert/title")));
        }
    }
    found
}

/// Nobody listens at the port of the letters: what is shown is that one was put on its way, once.
#[tokio::test(start_paused = true)]
async fn an_owner_without_a_messenger_gets_the_report_as_a_letter() {
    let engine = salon::open_as(URL, &[SALON], |document| {
        document["means"] = json!([{ "kind": "email", "host": "127.0.0.1", "port": 9, "security": "none", "from": "bot@salon.example" }]);
        for person in document["people"].as_array_mut().unwrap() {
            if person["role"] == "owner" {
                person["means"] = json!([{ "means": "email", "to": "roza@salon.example" }]);
            }
        }
    });
    let engine = engine.await;
    engine.report_mornings();
    pause(11 * HOUR).await;
    let title = "Ночник, Салон красоты «Лотос»".to_owned();
    assert_eq!(letters(&engine, "report:").await, [("text".to_owned(), "roza@salon.example".to_owned(), title)]);
}

const HOUR: Duration = Duration::from_secs(3_600);

#[tokio::test(start_paused = true)]
async fn the_owner_hears_in_the_morning_how_the_night_went() {
    let mut night = Night::open().await;
    night.says("olga", "запишите на маникюр без покрытия завтра в 12, Ольга, 8 918 555 00 01").await;
    night.says("olga", "да").await;
    night.says("ira", "сколько стоит педикюр?").await;
    pause(9 * HOUR).await;
    assert_eq!(night.reports().await, Vec::<String>::new(), "it is 08:40");
    pause(HOUR).await;
    let told = night.reports().await;
    assert_eq!(told.len(), 1, "{told:?}");
    for line in [
        "ночь ср, 25 ноября, 20:00 – чт, 26 ноября, 09:00.",
        "Принято: 3 сообщения, обработано: 3. Ничего не потеряно.",
        "2 новых клиента, 2 лида, 1 запись на 1 200 ₽ по прайсу.",
        "https://nochnik.example/console",
    ] {
        assert!(told[0].contains(line), "{line}\n{}", told[0]);
    }
    let picture = night.picture().await;
    assert_eq!(picture["lead"], "Принято 3, обработано 3");
    assert_eq!(picture["bars"].as_array().map(Vec::len), Some(13), "from 20:00 to 09:00");
    pause(2 * HOUR).await;
    assert_eq!(night.reports().await.len(), 1, "once a morning");
    pause(22 * HOUR).await;
    let told = night.reports().await;
    assert_eq!(told.len(), 2, "the next morning has its own");
    assert!(told.iter().any(|text| text.contains("Никто не писал.")), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn a_second_look_of_the_same_morning_tells_nothing_twice() {
    let mut night = Night::open().await;
    night.says("olga", "сколько стоит педикюр?").await;
    // As a second node, or one started again, would look.
    night.engine.report_mornings();
    pause(10 * HOUR).await;
    assert_eq!(night.reports().await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_monday_tells_of_the_week_too() {
    let mut night = Night::open().await;
    night.says("olga", "сколько стоит педикюр?").await;
    // From Wednesday night to Monday, 09:40.
    pause(4 * 24 * HOUR + 10 * HOUR).await;
    let told = night.told("week:").await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("неделя пн, 23 ноября – вс, 29 ноября.") && told[0].contains("Лидов: 1."), "{}", told[0]);
}
