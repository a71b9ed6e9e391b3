//! The API on a socket: polls that wait, webhooks that are really posted.

use std::{io, time::Duration};

use axum::{
    Router,
    body::Bytes,
    extract::{ConnectInfo, OriginalUri, Path, State as Shared},
    http::{HeaderMap, Method},
    response::Response,
    routing::{any, get, post},
};
use serde_json::json;

use super::{Double, refusal::Refusal};
use crate::{
    Answer,
    courier::deliver_for_ever,
    envelope::Envelope,
    serve::{self, Clock, Cut, Server, reply, respond, system_clock},
    upload,
};

/// Pixels of the longer side.
const IMAGE_SIDE_MAX: u32 = 7_680;
/// Seconds a poll waits that names no time.
const WAIT_S: u64 = 30;

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
    let desk = Desk { double: double.clone(), clock: clock.clone() };
    let router = Router::new()
        .route("/_ledger", get(ledger))
        .route("/_upload/{id}", post(take_upload))
        .route("/{*path}", any(api))
        .with_state(desk);
    let mut server = serve::serve(router, port).await?;
    server.keep(tokio::spawn(deliver_for_ever(double, clock)));
    Ok(server)
}

async fn ledger(Shared(desk): Shared<Desk>) -> Response {
    respond(Answer::ok(desk.double.ledger()))
}

/// The other host, to which a picture is brought: it is no part of the API, and our token must not come here.
async fn take_upload(Shared(desk): Shared<Desk>, Path(id): Path<u64>, headers: HeaderMap, body: Bytes) -> Response {
    let form = upload::read(&headers, body).await;
    let mut state = desk.double.state();
    if headers.contains_key("authorization") {
        state.fail("the upload: our token goes to another host".to_owned());
    }
    let is_image = form.and_then(|form| form.file).is_some_and(|(field, bytes)| {
        field == "data" && upload::png_sides(&bytes).is_some_and(|(w, h)| w.max(h) <= IMAGE_SIDE_MAX)
    });
    let token = state.take_upload(id, is_image);
    respond(token.map_or_else(Refusal::into_answer, |token| {
        Answer::ok(json!({ "photos": { format!("photo{id}"): { "token": token } } }))
    }))
}

async fn api(
    Shared(desk): Shared<Desk>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    method: Method,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut envelope = Envelope::of_parts(&method, &uri, &headers, &body);
    if envelope.path == "/updates"
        && let Err(refusal) = desk.wait_for_updates(&mut envelope).await
    {
        return respond(refusal.into_answer());
    }
    reply(desk.double.pass(&envelope, (desk.clock)()), cut).await
}

impl Desk {
    /// Holds a poll until an update or its time is up. It counts against the pace when it arrives.
    async fn wait_for_updates(&self, envelope: &mut Envelope) -> Result<(), Refusal> {
        {
            let mut state = self.double.state();
            if envelope.header("authorization") != Some(state.token.as_str()) {
                return Ok(());
            }
            state.count_arrival(&envelope.path, (self.clock)())?;
            envelope.is_counted = true;
        }
        let marker = envelope.query("marker").and_then(|text| text.parse().ok());
        let wait_s = envelope.query("timeout").and_then(|text| text.parse().ok()).unwrap_or(WAIT_S).min(WAIT_S);
        let deadline = tokio::time::Instant::now() + Duration::from_secs(wait_s);
        loop {
            let arrived = self.double.world.arrived.notified();
            tokio::pin!(arrived);
            arrived.as_mut().enable();
            if self.double.state().has_updates(marker) || tokio::time::timeout_at(deadline, arrived).await.is_err() {
                return Ok(());
            }
        }
    }
}
