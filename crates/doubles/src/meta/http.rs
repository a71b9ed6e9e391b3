//! The Graph API on a socket; challenges and webhooks are really sent.

use std::{io, time::Duration};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{ConnectInfo, OriginalUri, Path, State},
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};

use super::{Challenge, Delivery, Double, Side, bytes_of};
use crate::{
    Answer, Outcome, Request,
    envelope::pairs,
    serve::{self, Clock, Cut, Server, reply, respond, system_clock},
};

/// Figures from 3 to 20 s circulate; the longest one lets a slow answer be seen by the test and not by the double.
const DELIVERY_TIMEOUT: Duration = Duration::from_secs(20);
/// An idle delivery loop looks again after this long.
const IDLE_MS: i64 = 1_000;

struct Desk<S> {
    double: Double<S>,
    clock: Clock,
}

impl<S> Clone for Desk<S> {
    fn clone(&self) -> Self {
        Self { double: self.double.clone(), clock: self.clock.clone() }
    }
}

/// Serves the double on a free port of 127.0.0.1 by the machine's clock.
pub async fn serve<S: Side>(double: Double<S>) -> io::Result<Server> {
    serve_with(double, 0, system_clock()).await
}

/// Serves the double on `port` (0 takes a free one) by the given clock. Webhooks are posted while the server lives.
pub async fn serve_with<S: Side>(double: Double<S>, port: u16, clock: Clock) -> io::Result<Server> {
    let desk = Desk { double, clock };
    let router = Router::new()
        .route("/_ledger", get(ledger::<S>))
        .route("/_client/{act}", post(client::<S>))
        .fallback(api::<S>)
        .with_state(desk.clone());
    let mut server = serve::serve(router, port).await?;
    desk.double.act(|state| state.stands_at(&server.url()));
    server.keep(tokio::spawn(deliver_for_ever(desk)));
    Ok(server)
}

async fn ledger<S: Side>(State(desk): State<Desk<S>>) -> Response {
    respond(Answer::ok(desk.double.ledger()))
}

/// The people's side for a test in another process: `POST /_client/says {"person":"…","text":"…"}` and its sisters.
async fn client<S: Side>(State(desk): State<Desk<S>>, Path(act): Path<String>, body: Bytes) -> Response {
    let body = serde_json::from_slice::<Value>(&body).unwrap_or(Value::Null);
    let text = |key: &str| body[key].as_str().unwrap_or_default();
    let now_ms = (desk.clock)();
    let done = match act.as_str() {
        "route" => {
            desk.double.route_webhooks_to(text("base"));
            Some(Value::Bool(true))
        }
        "registers_webhook" => {
            desk.double.register_webhook(text("url"), text("verify_token"));
            Some(Value::Bool(true))
        }
        act => desk.double.act(|state| state.act(act, &body, now_ms)),
    };
    let answer = done.map(|result| Answer::ok(json!({ "result": result })));
    respond(answer.unwrap_or(Answer { status: 404, body: Value::Null }))
}

async fn api<S: Side>(
    State(desk): State<Desk<S>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    method: Method,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let header = |(name, value): (&header::HeaderName, &header::HeaderValue)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let request = Request {
        method: method.as_str(),
        path: uri.path(),
        query: &pairs(uri.query().unwrap_or_default()).unwrap_or_default(),
        headers: &headers.iter().map(header).collect::<Vec<_>>(),
        body: &body,
    };
    let outcome = desk.double.request(&request, (desk.clock)());
    let file = match &outcome {
        Outcome::Answered(answer) | Outcome::Late { answer, .. } => bytes_of(answer),
        Outcome::Lost | Outcome::Hung => None,
    };
    let response = reply(outcome, cut).await;
    match file {
        Some((kind, content)) => (StatusCode::OK, [(header::CONTENT_TYPE, kind)], Body::from(content)).into_response(),
        None => response,
    }
}

async fn deliver_for_ever<S: Side>(desk: Desk<S>) {
    let http = http_client();
    loop {
        let arrived = desk.double.arrived().notified();
        tokio::pin!(arrived);
        arrived.as_mut().enable();
        let now_ms = (desk.clock)();
        if let Some(challenge) = desk.double.challenge_due() {
            tokio::spawn(challenge_callback(desk.clone(), http.clone(), challenge));
        }
        for delivery in desk.double.deliveries_due(now_ms) {
            tokio::spawn(deliver(desk.clone(), http.clone(), delivery));
        }
        let next_ms = desk.double.next_delivery_ms().map_or(IDLE_MS, |at_ms| (at_ms - now_ms).clamp(1, IDLE_MS));
        // Either end of the wait means the same: look again.
        let _ = tokio::time::timeout(Duration::from_millis(next_ms.unsigned_abs()), arrived).await;
    }
}

async fn challenge_callback<S: Side>(desk: Desk<S>, http: reqwest::Client, challenge: Challenge) {
    let pairs = challenge.query.iter().map(|(name, value)| format!("{name}={}", encoded(value)));
    let url = format!("{}?{}", challenge.url, pairs.collect::<Vec<_>>().join("&"));
    let Ok(response) = http.get(url).send().await else { return };
    let status = response.status().as_u16();
    let body = response.bytes().await.unwrap_or_default();
    desk.double.challenge_answered(&challenge, status, &body);
}

fn encoded(value: &str) -> String {
    percent_encoding::utf8_percent_encode(value, percent_encoding::NON_ALPHANUMERIC).to_string()
}

async fn deliver<S: Side>(desk: Desk<S>, http: reqwest::Client, delivery: Delivery) {
    let mut request = http.post(&delivery.url).body(delivery.body);
    for (name, value) in &delivery.headers {
        request = request.header(name, value);
    }
    let status = request.send().await.ok().map(|response| response.status().as_u16());
    desk.double.delivered(delivery.id, status, (desk.clock)());
}

fn http_client() -> reqwest::Client {
    // Another part of the process may have chosen a provider already; either will do for plain http.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().timeout(DELIVERY_TIMEOUT).build().expect("a plain client needs nothing of the system")
}
