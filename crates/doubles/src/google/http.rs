//! The service and its desk of tokens on one socket.

use std::io;

use axum::{
    Router,
    body::Bytes,
    extract::{ConnectInfo, OriginalUri, State as Shared},
    http::{HeaderMap, HeaderValue, Method, header},
    response::Response,
    routing::any,
};
use jiff::{Timestamp, fmt::rfc2822, tz::TimeZone};

use super::{Double, ROOT, oauth};
use crate::{
    envelope::Envelope,
    serve::{self, Clock, Cut, Server, reply, system_clock},
};

#[derive(Clone)]
struct Desk {
    double: Double,
    clock: Clock,
}

/// Serves the service on a free port of 127.0.0.1 by the machine's clock.
pub async fn serve(double: Double) -> io::Result<Server> {
    serve_with(double, 0, system_clock()).await
}

/// Serves the service on `port` (0 takes a free one) by the given clock.
pub async fn serve_with(double: Double, port: u16, clock: Clock) -> io::Result<Server> {
    let router = Router::new()
        .route(&format!("{ROOT}/{{*path}}"), any(api))
        .route(oauth::PATH, any(api))
        .with_state(Desk { double, clock });
    serve::serve(router, port).await
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
    let now_ms = (desk.clock)();
    let mut response = reply(desk.double.pass(&envelope, now_ms), cut).await;
    response.headers_mut().extend(date(now_ms).map(|date| (header::DATE, date)));
    response
}

/// The moment of an answer, by the service's own clock.
fn date(now_ms: i64) -> Option<HeaderValue> {
    let now = Timestamp::from_millisecond(now_ms).ok()?.to_zoned(TimeZone::UTC);
    rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&now.timestamp()).ok()?.parse().ok()
}
