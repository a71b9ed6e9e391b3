//! The server on a socket.

use std::io;

use axum::{
    Router,
    extract::{ConnectInfo, OriginalUri, State},
    http::{HeaderMap, Method},
    response::Response,
    routing::{any, get},
};

use super::{Double, Request};
use crate::{
    Answer,
    serve::{self, Clock, Cut, Server, reply, respond, system_clock},
};

#[derive(Clone)]
struct Desk {
    double: Double,
    clock: Clock,
}

/// Serves the account on a free port of 127.0.0.1 by the machine's clock.
pub async fn serve(double: Double) -> io::Result<Server> {
    serve_with(double, 0, system_clock()).await
}

/// Serves the account on `port` (0 takes a free one) by the given clock.
pub async fn serve_with(double: Double, port: u16, clock: Clock) -> io::Result<Server> {
    let router =
        Router::new().route("/_ledger", get(ledger)).route("/{*path}", any(api)).with_state(Desk { double, clock });
    serve::serve(router, port).await
}

async fn ledger(State(desk): State<Desk>) -> Response {
    respond(Answer::ok(desk.double.ledger()))
}

async fn api(
    State(desk): State<Desk>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    method: Method,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: String,
) -> Response {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let request = Request {
        method: method.to_string(),
        path: uri.path().to_owned(),
        query: uri.query().unwrap_or_default().to_owned(),
        content_type: header("content-type"),
        authorization: header("authorization"),
        body,
    };
    reply(desk.double.request(&request, (desk.clock)()), cut).await
}
