//! Pushes to a service by other hands: `web-push-testing` of npm.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use nochnik_adapters::means::{self, OpenContext};
use nochnik_adapters::ports::Alert;
use serde_json::{Value, json};

use crate::means::desk::{KEY, Means, alert, assert_means};
use crate::outsider::Outsider;

/// Its own HTTP, past our adapters.
struct Service {
    base: String,
    http: reqwest::Client,
}

impl Service {
    async fn post(&self, path: &str, body: &Value) -> Value {
        let request = self.http.post(format!("{}{path}", self.base)).json(body);
        let text = request.send().await.unwrap().text().await.unwrap();
        serde_json::from_str(&text).unwrap_or_default()
    }
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the test's own client and the service's own clock")]
async fn the_third_party_push_service_unlocks_ours() {
    let needs = ["-e", "require('web-push-testing/src/server.js')"];
    let Some(mut program) = Outsider::start("node", &needs, "push.mjs", &[]) else { return };
    let mut base = program.line().await;
    while !base.starts_with("http") {
        base = program.line().await;
    }
    let _ = rustls::crypto::ring::default_provider().install_default();
    let service = Service { base: base.clone(), http: reqwest::Client::new() };
    let key = means::new_push_key();
    let wish = json!({ "userVisibleOnly": "true", "applicationServerKey": means::public_push_key(&key).unwrap() });
    let subscription = service.post("/subscribe", &wish).await["data"].clone();
    let entry =
        [("private_key", json!(key)), ("contact", json!("mailto:owner@salon.example")), ("test_origin", json!(base))];
    let fields: BTreeMap<String, Value> = entry.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let context = OpenContext { now: Arc::new(Timestamp::now), hook_url: None, wire: None };
    let notifier = means::open("webpush", &fields, &context).unwrap();
    let to = json!({ "endpoint": subscription["endpoint"], "keys": subscription["keys"] }).to_string();

    let sent =
        Alert { link: Some("https://n.example/a/7f3k".to_owned()), ..alert("Клиент ждёт ответа") };
    notifier.send(&to, &sent, KEY).await.unwrap();
    let client = &subscription["clientHash"];
    let shown = service.post("/get-notifications", &json!({ "clientHash": client })).await;
    let push: Value = serde_json::from_str(shown["data"]["messages"][0].as_str().unwrap()).unwrap();
    assert_eq!(push["body"], "Клиент ждёт ответа");
    assert_eq!(push["link"], "https://n.example/a/7f3k");

    service.post(&format!("/expire-subscription/{}", client.as_str().unwrap()), &json!({})).await;
    let failure = notifier.send(&to, &sent, KEY).await.unwrap_err();
    assert_means(&failure, &Means::Refused("unreachable"), "an expired subscription");
}
