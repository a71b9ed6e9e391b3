//! The server on a socket.

use std::io;

use axum::{
    Router,
    body::Bytes,
    extract::{ConnectInfo, OriginalUri, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
    routing::post,
};

use super::{Double, Push};
use crate::serve::{self, Clock, Cut, Server, reply, system_clock};

#[derive(Clone)]
struct Desk {
    double: Double,
    clock: Clock,
}

/// Serves the push service on a free port of 127.0.0.1 by the machine's clock.
pub async fn serve(double: Double) -> io::Result<Server> {
    serve_with(double, 0, system_clock()).await
}

/// Serves the push service on `port` (0 takes a free one) by the given clock.
pub async fn serve_with(double: Double, port: u16, clock: Clock) -> io::Result<Server> {
    let router = Router::new().route("/push/{name}", post(take)).with_state(Desk { double, clock });
    serve::serve(router, port).await
}

async fn take(
    State(desk): State<Desk>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let text = |value: &header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let host = headers.get(header::HOST).map(text).unwrap_or_default();
    let push = Push {
        origin: format!("http://{host}"),
        path: uri.path().to_owned(),
        headers: headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
        body: body.to_vec(),
    };
    reply(desk.double.request(&push, (desk.clock)()), cut).await.into_response()
}
