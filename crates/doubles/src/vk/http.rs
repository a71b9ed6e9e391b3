//! The API and the long poll on a socket; callbacks are really posted.

use std::{io, time::Duration};

use axum::{
    Router,
    body::Bytes,
    extract::{ConnectInfo, OriginalUri, State as Shared},
    http::{HeaderMap, Method},
    response::Response,
    routing::{any, get},
};

use super::{Double, longpoll::WAIT_MAX_S};
use crate::{
    Answer,
    courier::deliver_for_ever,
    envelope::Envelope,
    serve::{self, Clock, Cut, Server, reply, respond, system_clock},
};

#[derive(Clone)]
struct Desk {
    double: Double,
    clock: Clock,
}

/// Serves the double on a free port of 127.0.0.1 by the machine's clock.
pub async fn serve(double: Double) -> io::Result<Server> {
    serve_with(double, 0, system_clock()).await
}

/// Serves the double on `port` (0 takes a free one) by the given clock. `groups.getLongPollServer` names the same
/// server; callbacks are posted while it lives.
pub async fn serve_with(double: Double, port: u16, clock: Clock) -> io::Result<Server> {
    let desk = Desk { double: double.clone(), clock: clock.clone() };
    let router = Router::new()
        .route("/_ledger", get(ledger))
        .route("/method/{name}", any(api))
        .route("/whp/{group}", any(api))
        .with_state(desk);
    let mut server = serve::serve(router, port).await?;
    double.acts(|state| state.longpoll.server = format!("{}/whp/{}", server.url(), state.group_id));
    server.keep(tokio::spawn(deliver_for_ever(double, clock)));
    Ok(server)
}

async fn ledger(Shared(desk): Shared<Desk>) -> Response {
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
    if envelope.path.starts_with("/whp/") {
        desk.wait_for_events(&envelope).await;
    }
    reply(desk.double.pass(&envelope, (desk.clock)()), cut).await
}

impl Desk {
    /// Holds a poll until an event, a failure or its time is up.
    async fn wait_for_events(&self, envelope: &Envelope) {
        let wait_s = envelope.query("wait").and_then(|text| text.parse::<u64>().ok()).unwrap_or(0).min(WAIT_MAX_S);
        let deadline = tokio::time::Instant::now() + Duration::from_secs(wait_s);
        loop {
            let arrived = self.double.world.arrived.notified();
            tokio::pin!(arrived);
            arrived.as_mut().enable();
            let is_ready = self.double.state().longpoll.is_ready(envelope);
            if is_ready || tokio::time::timeout_at(deadline, arrived).await.is_err() {
                return;
            }
        }
    }
}
