//! Probes: is the process alive, may it get traffic, how is it doing in numbers.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use super::desk::Inbox;
use super::origin::Caller;
use super::{Shared, Trouble};

/// What came for all businesses and is not done: by `what` becomes of it.
const INBOX: &str = "nochnik_inbox";

/// `GET /healthz`: the process answers; says nothing more.
pub async fn alive() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: 503 when webhooks would not be stored.
pub async fn ready(State(web): State<Shared>) -> Result<&'static str, Trouble> {
    if web.desk.health().is_ready { Ok("ready\n") } else { Err(Trouble::NotReady) }
}

/// `GET /metrics`, from this machine only; elsewhere there is no such page.
pub async fn metrics(State(web): State<Shared>, caller: Caller) -> Result<Response, Trouble> {
    let exporter = web.metrics.as_ref().filter(|_| caller.is_local).ok_or(Trouble::NotFound)?;
    let health = web.desk.health();
    count(health.inbox);
    for (worker, age_ms) in health.workers {
        #[expect(clippy::cast_precision_loss, reason = "an age in milliseconds is far below 2^52")]
        metrics::gauge!("nochnik_worker_age_ms", "worker" => worker).set(age_ms as f64);
    }
    let head = [(CONTENT_TYPE, "text/plain; version=0.0.4")];
    Ok((StatusCode::OK, head, exporter.render()).into_response())
}

/// One business sees its own share on «Состояние»; a server that watches all of them looks here.
fn count(inbox: Inbox) {
    metrics::describe_gauge!(
        INBOX,
        "Входящие всех бизнесов: waiting — ждут своей очереди, parked — отложены после ошибки и ждут человека"
    );
    for (what, count) in [("waiting", inbox.waiting()), ("parked", inbox.parked)] {
        #[expect(clippy::cast_precision_loss, reason = "a count of rows is far below 2^52")]
        metrics::gauge!(INBOX, "what" => what).set(count as f64);
    }
}
