//! Telegram's third-party emulator, `e2e/telegram.mjs`, from the side of the people.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::node::Node;
use super::{Real, TOKEN, now_ms};

/// Long enough for a turn on two busy cores.
const PATIENCE: Duration = Duration::from_secs(15);
/// How often the emulator is asked.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// The running emulator.
pub struct Emulator {
    base: String,
    http: reqwest::Client,
    _node: Node,
}

/// A message of the bot as its reader sees it.
#[derive(Clone, Debug)]
pub struct Seen {
    pub id: i64,
    pub text: String,
    /// Label and data.
    pub buttons: Vec<(String, String)>,
}

impl Seen {
    /// Data of the first button whose label has `part`.
    pub fn data_of(&self, part: &str) -> Option<&str> {
        self.buttons.iter().find(|(label, _)| label.contains(part)).map(|(_, data)| data.as_str())
    }
}

impl Emulator {
    pub async fn start() -> Self {
        // Another test of this process may have been first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut node = Node::start("telegram.mjs", &[]);
        let base = node.line().await.expect("the emulator says its address");
        Self { base, http: reqwest::Client::new(), _node: node }
    }

    pub fn url(&self) -> &str {
        &self.base
    }

    /// Writes to the bot.
    pub async fn says(&self, person: i64, text: &str) {
        self.post("/sendMessage", &Self::message(person, text)).await;
    }

    /// Answers a message of the bot.
    pub async fn replies(&self, person: i64, to: &Seen, text: &str) {
        let mut message = Self::message(person, text);
        message["reply_to_message"] = self.quoted(person, to);
        self.post("/sendMessage", &message).await;
    }

    /// Presses a button under a message of the bot.
    pub async fn presses(&self, person: i64, on: &Seen, data: &str) {
        let press = json!({
            "botToken": TOKEN, "date": now_ms() / 1_000, "from": Self::person(person),
            "message": self.quoted(person, on), "data": data,
        });
        self.post("/sendCallback", &press).await;
    }

    /// Everything the bot has sent to this person and not taken back, as it stands now.
    pub async fn sent_to(&self, person: i64) -> Vec<Seen> {
        let all = self.post("/getUpdatesHistory", &json!({ "token": TOKEN })).await;
        let all = all["result"].as_array().cloned().unwrap_or_default();
        all.iter().filter(|each| is_chat(&each["message"]["chat_id"], person)).map(seen).collect()
    }

    /// Waits until the last message this person sees fits.
    pub async fn last(&self, real: &Real, person: i64, what: &str, fits: impl Fn(&Seen) -> bool) -> Seen {
        self.until(real, person, what, |all| all.last().filter(|seen| fits(seen)).cloned()).await
    }

    /// Waits until what this person sees gives something.
    pub async fn until<T>(&self, real: &Real, person: i64, what: &str, found: impl Fn(&[Seen]) -> Option<T>) -> T {
        let begun = Instant::now();
        loop {
            let all = self.sent_to(person).await;
            if let Some(found) = found(&all) {
                return found;
            }
            assert!(begun.elapsed() < PATIENCE, "{what}: not in time; seen {all:#?}\n{}", real.log());
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    fn person(id: i64) -> Value {
        json!({ "id": id, "is_bot": false, "first_name": "Имя" })
    }

    fn message(person: i64, text: &str) -> Value {
        json!({
            "botToken": TOKEN, "from": Self::person(person), "chat": { "id": person, "type": "private", "first_name": "Имя" },
            "date": now_ms() / 1_000, "text": text,
        })
    }

    fn quoted(&self, person: i64, seen: &Seen) -> Value {
        json!({
            "message_id": seen.id, "chat": { "id": person, "type": "private" }, "date": now_ms() / 1_000,
            "text": seen.text,
        })
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        let request = self.http.post(format!("{}{path}", self.base));
        let answer = request.header("content-type", "application/json").body(body.to_string()).send().await.unwrap();
        serde_json::from_str(&answer.text().await.unwrap()).unwrap()
    }
}

/// The emulator keeps what the bot sent: a number or its digits.
fn is_chat(said: &Value, person: i64) -> bool {
    said.as_i64() == Some(person) || said.as_str() == Some(&person.to_string())
}

fn seen(update: &Value) -> Seen {
    let rows = update["message"]["reply_markup"]["inline_keyboard"].as_array().cloned().unwrap_or_default();
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Seen {
        id: update["messageId"].as_i64().unwrap_or_default(),
        text: word(&update["message"]["text"]),
        buttons: rows
            .iter()
            .flat_map(|row| row.as_array().cloned().unwrap_or_default())
            .map(|button| (word(&button["text"]), word(&button["callback_data"])))
            .collect(),
    }
}
