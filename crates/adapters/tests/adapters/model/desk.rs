//! A vendor's server and the adapter that speaks to it, with one clock for both.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use nochnik_adapters::model::{self, OpenContext};
use nochnik_adapters::ports::{Model, Prompt};
use nochnik_doubles::model::{Double, Profile, Settings, serve_with};
use nochnik_doubles::serve::Server;
use serde_json::{Value, json};

/// Saturday 21 November 2026, 18:30 in Moscow.
pub const NOW_MS: i64 = 1_795_275_000_000;

/// One account of one vendor.
pub struct Desk {
    pub double: Double,
    pub server: Server,
    pub model: Arc<dyn Model>,
    now_ms: Arc<AtomicI64>,
}

impl Desk {
    pub async fn of(profile: Profile) -> Self {
        Self::with(Settings::new(profile), &[]).await
    }

    /// `changes` are fields of the entry; null stands for an absent one.
    pub async fn with(settings: Settings, changes: &[(&str, Value)]) -> Self {
        let double = Double::new(settings);
        let now_ms = Arc::new(AtomicI64::new(NOW_MS));
        let clock = now_ms.clone();
        let server = serve_with(double.clone(), 0, Arc::new(move || clock.load(Ordering::Relaxed))).await.unwrap();
        let model = open(&double, &server.url(), changes, now_ms.clone());
        Self { double, server, model, now_ms }
    }

    /// The entry holds another key than the vendor knows.
    pub async fn with_key(profile: Profile, key: &str) -> Self {
        Self::with(Settings::new(profile), &[("key", json!(key))]).await
    }

    /// The same account opened at another address, or with other fields.
    pub fn reopened(&self, base: &str, changes: &[(&str, Value)]) -> Arc<dyn Model> {
        open(&self.double, base, changes, self.now_ms.clone())
    }

    pub fn pass(&self, ms: i64) {
        self.now_ms.fetch_add(ms, Ordering::Relaxed);
    }
}

fn open(double: &Double, base: &str, changes: &[(&str, Value)], now_ms: Arc<AtomicI64>) -> Arc<dyn Model> {
    let profile = double.settings().profile;
    let mut fields = fields(double, base);
    fields.extend(changes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    let now = Arc::new(move || Timestamp::from_millisecond(now_ms.load(Ordering::Relaxed)).unwrap());
    model::open(kind(profile), &fields, &OpenContext { now, wire: None }).unwrap()
}

fn kind(profile: Profile) -> &'static str {
    match profile {
        Profile::Yandex => "yandex",
        Profile::GigaChat => "gigachat",
        _ => "openai",
    }
}

fn fields(double: &Double, base: &str) -> BTreeMap<String, Value> {
    let settings = double.settings();
    let own = match settings.profile {
        Profile::Yandex => json!({ "folder": settings.folder }),
        Profile::GigaChat => json!({ "token_url": format!("{base}{}", double.token_path()) }),
        Profile::DeepSeek => json!({ "structured": "json_object" }),
        Profile::LlamaCppPython => json!({ "structured": "json_object_schema" }),
        _ => json!({}),
    };
    let common = json!({
        "base_url": format!("{base}{}", double.base_path()), "key": settings.key, "model": settings.model,
    });
    [own, common].into_iter().flat_map(|part| part.as_object().unwrap().clone()).collect()
}

/// Which way a client's words should go: the example of the contract sheet.
pub fn route() -> Value {
    json!({
        "type": "object",
        "properties": {
            "intent": { "type": "string", "enum": ["book", "move", "cancel", "price", "human", "other"] },
            "service": { "anyOf": [{ "type": "string", "maxLength": 60 }, { "type": "null" }] },
            "day": { "anyOf": [{ "type": "string", "enum": ["today", "tomorrow", "date"] }, { "type": "null" }] },
        },
        "required": ["intent", "service", "day"],
        "additionalProperties": false,
    })
}

pub fn prompt() -> Prompt {
    Prompt {
        system: "Ты маршрутизатор салона. Верни JSON.".to_owned(),
        user: "ИМЯ_1 спрашивает: можно завтра после обеда на маникюр?".to_owned(),
        schema_name: "route".to_owned(),
        schema: route(),
        tokens_max: 200,
    }
}
