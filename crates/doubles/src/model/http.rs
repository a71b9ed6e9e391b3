//! The server on a socket.

use std::{io, time::Duration};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{ConnectInfo, OriginalUri, State},
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{any, get, post},
};

use super::{Double, Ending, Reply, Request};
use crate::{
    Answer, Outcome,
    serve::{self, Clock, Cut, Server, reply, respond, system_clock},
};

#[derive(Clone)]
struct Desk {
    double: Double,
    clock: Clock,
}

/// Serves the model on a free port of 127.0.0.1 by the machine's clock.
pub async fn serve(double: Double) -> io::Result<Server> {
    serve_with(double, 0, system_clock()).await
}

/// Serves the model on `port` (0 takes a free one) by the given clock.
pub async fn serve_with(double: Double, port: u16, clock: Clock) -> io::Result<Server> {
    let router = Router::new()
        .route("/_ledger", get(ledger))
        .route("/_says", post(says))
        .route("/{*path}", any(api))
        .with_state(Desk { double, clock });
    serve::serve(router, port).await
}

async fn ledger(State(desk): State<Desk>) -> Response {
    respond(Answer::ok(desk.double.ledger()))
}

/// Takes the text of every answer from now on.
async fn says(State(desk): State<Desk>, text: String) -> StatusCode {
    desk.double.speaks(move |_| text.clone());
    StatusCode::NO_CONTENT
}

async fn api(
    State(desk): State<Desk>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    method: Method,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let _under_way = desk.double.begin();
    let text = |value: &header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let request = Request {
        method: method.to_string(),
        path: uri.path().to_owned(),
        headers: headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    match desk.double.request(&request, (desk.clock)()) {
        Ending::Said(said) => send(said),
        Ending::Late { after_ms, reply } => {
            tokio::time::sleep(Duration::from_millis(u64::try_from(after_ms).unwrap_or(0))).await;
            send(reply)
        }
        Ending::Lost => reply(Outcome::Lost, cut).await,
        Ending::Hung => reply(Outcome::Hung, cut).await,
    }
}

fn send(said: Reply) -> Response {
    let status = StatusCode::from_u16(said.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let kind = if said.body.trim_start().starts_with(['{', '[', '"']) { "application/json" } else { "text/plain" };
    let mut response = (status, [(header::CONTENT_TYPE, kind)], Body::from(said.body)).into_response();
    for (name, value) in said.headers {
        if let Ok(value) = header::HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
