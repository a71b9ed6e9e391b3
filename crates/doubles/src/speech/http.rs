//! The server on a socket.

use std::io;

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{ConnectInfo, DefaultBodyLimit, OriginalUri, State},
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse, Response},
    routing::any,
};

use super::{Double, Ending, Reply};
use crate::{
    Outcome, Request,
    serve::{self, Cut, Server, reply},
};

/// Serves the double on a free port of 127.0.0.1.
pub async fn serve(double: Double) -> io::Result<Server> {
    let router = Router::new().route("/{*path}", any(api)).layer(DefaultBodyLimit::disable()).with_state(double);
    serve::serve(router, 0).await
}

async fn api(
    State(double): State<Double>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    method: Method,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let text = |value: &header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers: Vec<_> = headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
    let request = Request { method: method.as_str(), path: uri.path(), query: &[], headers: &headers, body: &body };
    match double.request(&request) {
        Ending::Said(said) => send(said),
        Ending::Lost => reply(Outcome::Lost, cut).await,
        Ending::Hung => reply(Outcome::Hung, cut).await,
    }
}

fn send(said: Reply) -> Response {
    let status = StatusCode::from_u16(said.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, [(header::CONTENT_TYPE, "application/json")], Body::from(said.body)).into_response();
    if let Some(seconds) = said.retry_after_s {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}
