//! The branch on a socket.

use std::io;

use axum::{
    Router,
    body::Bytes,
    extract::{ConnectInfo, OriginalUri, State as Shared},
    http::{HeaderMap, Method, StatusCode},
    response::{IntoResponse, Response},
    routing::{any, get},
};

use super::Double;
use crate::{
    Answer, Outcome,
    envelope::Envelope,
    serve::{self, Clock, Cut, Server, reply, respond, system_clock},
};

#[derive(Clone)]
struct Desk {
    double: Double,
    clock: Clock,
}

/// Serves the branch on a free port of 127.0.0.1 by the machine's clock.
pub async fn serve(double: Double) -> io::Result<Server> {
    serve_with(double, 0, system_clock()).await
}

/// Serves the branch on `port` (0 takes a free one) by the given clock.
pub async fn serve_with(double: Double, port: u16, clock: Clock) -> io::Result<Server> {
    let router = Router::new()
        .route("/_ledger", get(ledger))
        .route("/api/v1/{*path}", any(api))
        .with_state(Desk { double, clock });
    serve::serve(router, port).await
}

async fn ledger(Shared(desk): Shared<Desk>) -> Response {
    desk.double.settle((desk.clock)());
    respond(Answer::ok(desk.double.ledger()))
}

async fn api(
    Shared(desk): Shared<Desk>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    method: Method,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let envelope = Envelope::of_parts(&method, &uri, &headers, &body);
    match desk.double.pass(&envelope, (desk.clock)()) {
        // 204 has no body at all.
        Outcome::Answered(Answer { status: 204, .. }) => StatusCode::NO_CONTENT.into_response(),
        outcome => reply(outcome, cut).await,
    }
}
