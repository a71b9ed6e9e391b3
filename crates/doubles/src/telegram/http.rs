//! The Bot API on a socket: `/bot<token>/<method>`, long polls that wait, webhooks that are really posted.

use std::{io, time::Duration};

use axum::{
    Router,
    body::Bytes,
    extract::{ConnectInfo, Path, State as Shared},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
    routing::{any, get, post},
};
use serde_json::{Map, Value, json};

use super::{Delivery, Double, refusal::Refusal};
use crate::{
    Answer,
    serve::{self, Clock, Cut, Server, reply, respond, system_clock},
    upload::{self, Form},
};

/// The server raises the waiting time of a poll that repeats its offset within three seconds.
const EAGER_WAIT_MS: i64 = 3_000;
/// The server's own time-out of one webhook POST.
const DELIVERY_TIMEOUT: Duration = Duration::from_secs(60);
/// An idle delivery loop looks again after this long.
const IDLE_MS: i64 = 1_000;

#[derive(Clone)]
struct Desk {
    double: Double,
    clock: Clock,
}

/// Serves the double on a free port of 127.0.0.1 by the machine's clock.
pub async fn serve(double: Double) -> io::Result<Server> {
    serve_with(double, 0, system_clock()).await
}

/// Serves the double on `port` (0 takes a free one) by the given clock. Webhooks are posted while the server lives.
pub async fn serve_with(double: Double, port: u16, clock: Clock) -> io::Result<Server> {
    let desk = Desk { double, clock };
    let router = Router::new()
        .route("/{bot}/{method}", any(api))
        .route("/file/{bot}/{*path}", get(file))
        .route("/_ledger", get(ledger))
        .route("/_client/{act}", post(client))
        .with_state(desk.clone());
    let mut server = serve::serve(router, port).await?;
    server.keep(tokio::spawn(deliver_for_ever(desk)));
    Ok(server)
}

async fn ledger(Shared(desk): Shared<Desk>) -> Response {
    respond(Answer::ok(desk.double.ledger()))
}

async fn api(
    Shared(desk): Shared<Desk>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    Path((bot, method)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(token) = bot.strip_prefix("bot") else {
        return respond(Refusal::new(404, "Not Found").into_answer());
    };
    let read = match upload::is_form(&headers) {
        true => upload::read(&headers, body).await.and_then(photo_form),
        false if body.is_empty() => Some(Value::Null),
        false => serde_json::from_slice(&body).ok(),
    };
    let Some(body) = read else {
        let why = "the body is neither JSON nor the form of a picture, the two we promised to use";
        desk.double.state().failures.push(format!("{method}: {why}"));
        return respond(Refusal::bad("can't parse the request").into_answer());
    };
    if method == "getUpdates"
        && let Err(refusal) = desk.wait_for_updates(token, &body).await
    {
        return respond(refusal.into_answer());
    }
    reply(desk.double.request(token, &method, &body, (desk.clock)()), cut).await
}

/// A form as the body it stands for: numbers and objects are read from their texts, the picture is told by its sides.
fn photo_form(form: Form) -> Option<Value> {
    let mut body = Map::new();
    for (name, text) in form.texts {
        let value = match name.as_str() {
            "caption" => Value::String(text),
            _ => serde_json::from_str(&text).ok()?,
        };
        body.insert(name, value);
    }
    let (field, bytes) = form.file?;
    let sides = upload::png_sides(&bytes).map_or_else(String::new, |(width, height)| format!("{width}x{height}"));
    body.insert(field, format!("{sides} {}", bytes.len()).into());
    Some(body.into())
}

async fn file(Shared(desk): Shared<Desk>, Path((bot, path)): Path<(String, String)>) -> Response {
    let found = bot.strip_prefix("bot").and_then(|token| desk.double.file(token, &path));
    match found {
        Some(bytes) => ([(header::CONTENT_TYPE, "application/octet-stream")], bytes).into_response(),
        None => respond(Refusal::new(404, "Not Found").into_answer()),
    }
}

impl Desk {
    /// Holds a long poll until an update, its time-out or a younger poll; the younger one wins.
    async fn wait_for_updates(&self, token: &str, body: &Value) -> Result<(), Refusal> {
        let started_ms = (self.clock)();
        let (generation, eager_ms) = {
            let mut state = self.double.state();
            if state.token != token {
                return Ok(());
            }
            if state.webhook.is_none() {
                state.queue.confirm(body["offset"].as_i64().unwrap_or(0));
            }
            let poll = &mut state.queue.poll;
            poll.generation += 1;
            let is_eager = poll.offset == body["offset"].as_i64() && started_ms - poll.at_ms < EAGER_WAIT_MS;
            (poll.generation, if is_eager && poll.generation > 1 { EAGER_WAIT_MS } else { 0 })
        };
        self.double.wake();
        let asked_ms = body["timeout"].as_i64().unwrap_or(0).clamp(0, 50) * 1_000;
        let wait_ms = if asked_ms == 0 { 0 } else { asked_ms.max(eager_ms) };
        let deadline = tokio::time::Instant::now() + Duration::from_millis(wait_ms.unsigned_abs());
        loop {
            let arrived = self.double.world.arrived.notified();
            tokio::pin!(arrived);
            arrived.as_mut().enable();
            {
                let state = self.double.state();
                if state.queue.poll.generation != generation {
                    return Err(Refusal::other_poller());
                }
                let first = body["offset"].as_i64().unwrap_or(0);
                if state.webhook.is_some() || first < 0 || state.queue.waiting.range(first..).next().is_some() {
                    return Ok(());
                }
            }
            if tokio::time::timeout_at(deadline, arrived).await.is_err() {
                return Ok(());
            }
        }
    }
}

/// The client's side for a test in another process: `POST /_client/says {"user":1,"text":"…"}` and its sisters.
async fn client(Shared(desk): Shared<Desk>, Path(act): Path<String>, body: Bytes) -> Response {
    let body = serde_json::from_slice::<Value>(&body).unwrap_or(Value::Null);
    let (double, now_ms) = (&desk.double, (desk.clock)());
    let user = body["user"].as_i64().unwrap_or_default();
    let message_id = body["message_id"].as_i64().unwrap_or_default();
    let text = |key: &str| body[key].as_str().unwrap_or_default();
    let result = match act.as_str() {
        "says" => json!(double.client_says(user, text("text"), now_ms)),
        "presses" => json!(double.client_presses(user, message_id, text("data"), now_ms)),
        "shares_contact" => json!(double.client_shares_contact(user, text("phone"), now_ms)),
        "edits" => json!(double.client_edits(user, message_id, text("text"), now_ms)),
        "blocks" => {
            double.client_blocks(user, now_ms);
            Value::Bool(true)
        }
        "route" => {
            double.route_webhooks_to(text("base"));
            Value::Bool(true)
        }
        _ => return respond(Answer { status: 404, body: Value::Null }),
    };
    respond(Answer::ok(json!({ "result": result })))
}

async fn deliver_for_ever(desk: Desk) {
    let http = http_client();
    loop {
        let arrived = desk.double.world.arrived.notified();
        tokio::pin!(arrived);
        arrived.as_mut().enable();
        let now_ms = (desk.clock)();
        for delivery in desk.double.deliveries_due(now_ms) {
            tokio::spawn(deliver(desk.clone(), http.clone(), delivery));
        }
        let next_ms = desk.double.next_delivery_ms().map_or(IDLE_MS, |at_ms| (at_ms - now_ms).clamp(1, IDLE_MS));
        // Either end of the wait means the same: look again.
        let _ = tokio::time::timeout(Duration::from_millis(next_ms.unsigned_abs()), arrived).await;
    }
}

async fn deliver(desk: Desk, http: reqwest::Client, delivery: Delivery) {
    let mut request = http.post(&delivery.url).json(&delivery.body);
    if let Some(secret) = &delivery.secret {
        request = request.header("X-Telegram-Bot-Api-Secret-Token", secret);
    }
    let (status, retry_after_s) = match request.send().await {
        Ok(response) => {
            let status = response.status().as_u16();
            let retry_after = response.headers().get("retry-after").and_then(|value| value.to_str().ok());
            let retry_after_s = retry_after.and_then(|value| value.parse().ok());
            let answer = response.bytes().await.unwrap_or_default();
            if serde_json::from_slice::<Value>(&answer).is_ok_and(|json| json.get("method").is_some()) {
                desk.double.state().failures.push("webhook: our 200 carries a method that Telegram would run".into());
            }
            (Some(status), retry_after_s)
        }
        Err(_) => (None, None),
    };
    desk.double.delivered(delivery.update_id, status, retry_after_s, (desk.clock)());
}

fn http_client() -> reqwest::Client {
    // Another part of the process may have chosen a provider already; either will do for plain http.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().timeout(DELIVERY_TIMEOUT).build().expect("a plain client needs nothing of the system")
}
