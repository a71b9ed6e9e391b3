//! Our own two channels, whose other end is the store: the site chat and the terminal.

use std::sync::{Arc, Mutex};

use nochnik_adapters::http::Wire;
use nochnik_engine::Clock;
use serde_json::{Value, json};

use crate::ends::{End, Push};

pub struct Ours {
    kind: String,
    waiting: Mutex<Vec<Value>>,
    count: Mutex<u64>,
}

impl Ours {
    pub fn new(kind: &str) -> Self {
        Self { kind: kind.to_owned(), waiting: Mutex::default(), count: Mutex::default() }
    }

    fn writes(&self, kind: &str, text: &str) {
        let mut count = self.count.lock().unwrap();
        *count += 1;
        let id = format!("00000000-0000-4000-8000-{:012}", *count);
        self.waiting.lock().unwrap().push(json!({ "id": id, "kind": kind, "text": text }));
    }
}

impl End for Ours {
    fn entry(&self, account: &str) -> Value {
        json!({ "kind": self.kind, "id": account })
    }

    fn peer(&self) -> String {
        "visitor".to_owned()
    }

    fn wire(&self) -> Option<Arc<dyn Wire>> {
        None
    }

    fn starts(&self, _: Clock) {}

    fn says(&self, text: &str) {
        self.writes("text", text);
    }

    /// Our own chats take no sound: the visitor types.
    fn speaks(&self) {
        panic!("our own chats take no sound");
    }

    fn presses(&self, _label: &str, id: &str) -> bool {
        self.writes("button", id);
        !id.is_empty()
    }

    fn pushes(&self) -> Vec<Push> {
        let waiting = std::mem::take(&mut *self.waiting.lock().unwrap());
        waiting.iter().map(|body| Push::Chat { body: body.to_string().into_bytes() }).collect()
    }

    fn took(&self, _: u64, _: &str) {}

    fn seen(&self) -> String {
        String::new()
    }

    fn assert_clean(&self) {}
}
