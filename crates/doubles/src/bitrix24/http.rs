//! The portal on a socket: JSON and form bodies, `/rest/…`.

use std::io;

use axum::{
    Router,
    body::Bytes,
    extract::{ConnectInfo, OriginalUri, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{any, get},
};

use super::{Double, method_of, params::Tree};
use crate::{
    Answer,
    serve::{self, Clock, Cut, Server, reply, respond, system_clock},
};

#[derive(Clone)]
struct Desk {
    double: Double,
    clock: Clock,
}

/// Serves the portal on a free port of 127.0.0.1 by the machine's clock.
pub async fn serve(double: Double) -> io::Result<Server> {
    serve_with(double, 0, system_clock()).await
}

/// Serves the portal on `port` (0 takes a free one) by the given clock.
///
/// The real portal refuses plain http (400 `INVALID_REQUEST`); this one speaks nothing else, so that rule is not played.
pub async fn serve_with(double: Double, port: u16, clock: Clock) -> io::Result<Server> {
    let router = Router::new()
        .route("/rest/{*path}", any(api))
        .route("/oauth/token/", get(token))
        .route("/_ledger", get(ledger))
        .with_state(Desk { double, clock });
    serve::serve(router, port).await
}

async fn ledger(State(desk): State<Desk>) -> Response {
    desk.double.settle((desk.clock)());
    respond(Answer::ok(desk.double.ledger()))
}

async fn token(State(desk): State<Desk>, OriginalUri(uri): OriginalUri) -> Response {
    respond(desk.double.oauth_token(uri.query().unwrap_or_default(), (desk.clock)()))
}

async fn api(
    State(desk): State<Desk>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let header = |name| headers.get(name).and_then(|value: &header::HeaderValue| value.to_str().ok()).unwrap_or("");
    let path = uri.path_and_query().map_or(uri.path(), |both| both.as_str());
    if let Some(host) = desk.double.portal().settings.renamed_to.clone() {
        return (StatusCode::FOUND, [(header::LOCATION, format!("{host}{path}"))]).into_response();
    }
    if header(header::USER_AGENT).is_empty() {
        desk.double.portal().fail("a request without User-Agent".to_owned());
    }
    let text = String::from_utf8_lossy(&body);
    let tree = if header(header::CONTENT_TYPE).starts_with("application/json") {
        // PHP takes a body it cannot read for no parameters at all.
        serde_json::from_str(&text).unwrap_or_else(|_| Tree::empty())
    } else {
        Tree::from_form(&text)
    };
    let body = tree.into_body(method_of(path) == "batch");
    let key = headers.get("idempotency-key").and_then(|value| value.to_str().ok());
    reply(desk.double.request_keyed(path, key, &body, (desk.clock)()), cut).await
}
