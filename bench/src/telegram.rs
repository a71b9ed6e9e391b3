//! Telegram as the load sees it: takes every call, notes when a chat hears something.

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::wire::{self, Said};

/// The duty manager's chat.
pub const MANAGER: i64 = 9_000_001;
pub const TOKEN: &str = "7123456789:AAtokenOfTheBench";

/// Where updates are to be pushed, as the bot itself has asked.
#[derive(Clone)]
pub struct Hook {
    pub path: String,
    pub secret: String,
}

#[derive(Default)]
struct Notes {
    hook: Option<Hook>,
    /// When each turn without a reply was due, by chat.
    waiting: HashMap<i64, VecDeque<Instant>>,
    replies: Vec<Duration>,
    /// When each lead was due, by the phone the client wrote.
    unnoticed: HashMap<String, Instant>,
    notices: Vec<Duration>,
}

#[derive(Clone, Default)]
pub struct Telegram(Rc<RefCell<Notes>>);

impl Telegram {
    pub async fn serve(&self) -> Result<SocketAddr> {
        let this = self.clone();
        wire::serve(move |path, body| this.answer(path, body)).await
    }

    pub fn hook(&self) -> Option<Hook> {
        self.0.borrow().hook.clone()
    }

    /// A turn of this chat was due at `at`; its phone, where the client gave one.
    pub fn expect(&self, chat: i64, phone: Option<String>, at: Instant) {
        let mut notes = self.0.borrow_mut();
        notes.waiting.entry(chat).or_default().push_back(at);
        if let Some(phone) = phone {
            notes.unnoticed.insert(phone, at);
        }
    }

    pub fn unanswered(&self) -> usize {
        self.0.borrow().waiting.values().map(VecDeque::len).sum()
    }

    /// Takes what was measured so far and forgets what is still open.
    pub fn take(&self) -> (Vec<Duration>, Vec<Duration>) {
        let mut notes = self.0.borrow_mut();
        notes.waiting.clear();
        notes.unnoticed.clear();
        (std::mem::take(&mut notes.replies), std::mem::take(&mut notes.notices))
    }

    fn answer(&self, path: &str, body: &[u8]) -> Said {
        let result = match path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "sendmessage" => return Some((200, self.sent(body))),
            "setwebhook" => {
                self.note_hook(body);
                "true"
            }
            "getme" => {
                r#"{"id":7123456789,"is_bot":true,"first_name":"Лотос","username":"lotos_bot","can_join_groups":true,"can_read_all_group_messages":false,"supports_inline_queries":false,"can_connect_to_business":false,"has_main_web_app":false}"#
            }
            "getwebhookinfo" => r#"{"url":"","has_custom_certificate":false,"pending_update_count":0}"#,
            _ => "true",
        };
        Some((200, format!("{{\"ok\":true,\"result\":{result}}}")))
    }

    fn sent(&self, body: &[u8]) -> String {
        let now = Instant::now();
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let chat = body["chat_id"].as_i64().or_else(|| body["chat_id"].as_str()?.parse().ok()).unwrap_or_default();
        let mut notes = self.0.borrow_mut();
        if chat == MANAGER {
            let phone = phone_in(body["text"].as_str().unwrap_or_default());
            if let Some(at) = phone.and_then(|phone| notes.unnoticed.remove(&phone)) {
                notes.notices.push(now - at);
            }
        } else if let Some(at) = notes.waiting.get_mut(&chat).and_then(VecDeque::pop_front) {
            notes.replies.push(now - at);
        }
        format!(
            "{{\"ok\":true,\"result\":{{\"message_id\":{},\"date\":1795000000,\"chat\":{{\"id\":{chat},\"type\":\"private\",\"first_name\":\"К\"}},\"text\":\"ok\"}}}}",
            notes.replies.len() + notes.notices.len() + 1
        )
    }

    fn note_hook(&self, body: &[u8]) {
        let url = field(body, "url");
        let path = url.and_then(|url| url.splitn(4, '/').nth(3).map(|path| format!("/{path}")));
        let secret = field(body, "secret_token").unwrap_or_default();
        self.0.borrow_mut().hook = path.map(|path| Hook { path, secret });
    }
}

/// A field of a call in JSON, or in the form that teloxide sends where a file is possible.
fn field(body: &[u8], name: &str) -> Option<String> {
    if let Ok(body) = serde_json::from_slice::<Value>(body) {
        return body[name].as_str().map(str::to_owned);
    }
    let text = String::from_utf8_lossy(body);
    let (_, rest) = text.split_once(&format!("name=\"{name}\""))?;
    let (_, value) = rest.split_once("\r\n\r\n")?;
    value.lines().next().map(str::to_owned)
}

/// The ten digits after the first «+7».
fn phone_in(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("+7")?;
    Some(rest.chars().filter(char::is_ascii_digit).take(10).collect())
}

/// A client's message as Telegram pushes it.
pub fn update(number: i64, chat: i64, text: &str) -> String {
    let text = serde_json::to_string(text).unwrap_or_default();
    format!(
        "{{\"update_id\":{number},\"message\":{{\"message_id\":{number},\"from\":{{\"id\":{chat},\"is_bot\":false,\"first_name\":\"Оля\"}},\
         \"chat\":{{\"id\":{chat},\"type\":\"private\",\"first_name\":\"Оля\"}},\"date\":{},\"text\":{text}}}}}",
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs())
    )
}

/// Waits until the bot has said where to push.
pub async fn hook_of(telegram: &Telegram) -> Result<Hook> {
    for _ in 0..1_000 {
        if let Some(hook) = telegram.hook() {
            return Ok(hook);
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    None.context("the bot did not subscribe within 10 s")
}
