//! Webhooks on their way: one POST as data, and the loop that really makes it.

use std::time::Duration;

use serde_json::Value;
use tokio::sync::Notify;

use crate::serve::Clock;

/// An idle loop looks again after this long.
const IDLE_MS: i64 = 1_000;

/// One POST that is due now.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// Names this attempt's event when its end is reported.
    pub id: u64,
    /// The registered address, its public host replaced by the route given to the double.
    pub url: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Value,
}

impl Delivery {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// How one POST ended.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reply {
    /// None when the connection failed or the time was up.
    pub(crate) status: Option<u16>,
    pub(crate) retry_after_s: Option<i64>,
    pub(crate) body: Vec<u8>,
}

/// A double that posts webhooks.
pub(crate) trait Sender: Clone + Send + Sync + 'static {
    /// How long the vendor waits for an answer.
    const TIMEOUT: Duration;

    fn due(&self, now_ms: i64) -> Vec<Delivery>;

    fn ended(&self, id: u64, reply: &Reply, now_ms: i64);

    fn next_ms(&self) -> Option<i64>;

    fn arrived(&self) -> &Notify;
}

/// Posts what is due, and reports how it ended, until the task is aborted.
pub(crate) async fn deliver_for_ever<S: Sender>(sender: S, clock: Clock) {
    let http = http_client(S::TIMEOUT);
    loop {
        let arrived = sender.arrived().notified();
        tokio::pin!(arrived);
        arrived.as_mut().enable();
        let now_ms = clock();
        for delivery in sender.due(now_ms) {
            tokio::spawn(deliver(sender.clone(), clock.clone(), http.clone(), delivery));
        }
        let next_ms = sender.next_ms().map_or(IDLE_MS, |at_ms| (at_ms - now_ms).clamp(1, IDLE_MS));
        // Either end of the wait means the same: look again.
        let _ = tokio::time::timeout(Duration::from_millis(next_ms.unsigned_abs()), arrived).await;
    }
}

async fn deliver<S: Sender>(sender: S, clock: Clock, http: reqwest::Client, delivery: Delivery) {
    let mut request = http.post(&delivery.url).json(&delivery.body);
    for (name, value) in &delivery.headers {
        request = request.header(name, value);
    }
    let reply = match request.send().await {
        Ok(response) => {
            let status = Some(response.status().as_u16());
            let retry_after = response.headers().get("retry-after").and_then(|value| value.to_str().ok());
            let retry_after_s = retry_after.and_then(|value| value.parse().ok());
            let body = response.bytes().await.unwrap_or_default().to_vec();
            Reply { status, retry_after_s, body }
        }
        Err(_) => Reply::default(),
    };
    sender.ended(delivery.id, &reply, clock());
}

fn http_client(timeout: Duration) -> reqwest::Client {
    // Another part of the process may have chosen a provider already; either will do for plain http.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().timeout(timeout).build().expect("a plain client needs nothing of the system")
}

/// The registered address with its scheme, host and port replaced by `route`.
pub(crate) fn routed(url: &str, route: Option<&str>) -> String {
    let Some(base) = route else { return url.to_owned() };
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.split_once('/').map_or("", |(_, path)| path);
    format!("{base}/{path}")
}
