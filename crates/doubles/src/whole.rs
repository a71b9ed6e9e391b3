//! Doubles that look at whole requests, verb, headers and all, on a socket: the same for each but for the path.

use std::io;

use axum::{
    Router,
    body::Bytes,
    extract::{ConnectInfo, OriginalUri, State as Shared},
    http::{HeaderMap, Method},
    response::Response,
    routing::{any, get},
};
use serde_json::Value;

use crate::{
    Answer, Outcome,
    envelope::Envelope,
    serve::{self, Clock, Cut, Server, reply, respond},
};

pub(crate) trait Whole: Clone + Send + Sync + 'static {
    /// One request through the fault plan.
    fn take(&self, envelope: &Envelope, now_ms: i64) -> Outcome;

    /// What is held, after the postponed calls that are due.
    fn held(&self, now_ms: i64) -> Value;
}

#[derive(Clone)]
struct Desk<D> {
    double: D,
    clock: Clock,
}

/// Serves what lies under `paths` (`/api/v4/{*path}`) on `port` (0 takes a free one), and `/_ledger`.
pub(crate) async fn serve<D: Whole>(double: D, paths: &[&str], port: u16, clock: Clock) -> io::Result<Server> {
    let ledger = Router::new().route("/_ledger", get(ledger::<D>));
    let router = paths.iter().fold(ledger, |router, path| router.route(path, any(api::<D>)));
    serve::serve(router.with_state(Desk { double, clock }), port).await
}

async fn ledger<D: Whole>(Shared(desk): Shared<Desk<D>>) -> Response {
    respond(Answer::ok(desk.double.held((desk.clock)())))
}

async fn api<D: Whole>(
    Shared(desk): Shared<Desk<D>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    method: Method,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let envelope = Envelope::of_parts(&method, &uri, &headers, &body);
    reply(desk.double.take(&envelope, (desk.clock)()), cut).await
}
