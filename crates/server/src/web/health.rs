//! Probes: is the process alive, may it get traffic, how is it doing in numbers.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use super::origin::Caller;
use super::{Shared, Trouble};

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
    for (worker, age_ms) in web.desk.health().workers {
        #[expect(clippy::cast_precision_loss, reason = "an age in milliseconds is far below 2^52")]
        metrics::gauge!("nochnik_worker_age_ms", "worker" => worker).set(age_ms as f64);
    }
    let head = [(CONTENT_TYPE, "text/plain; version=0.0.4")];
    Ok((StatusCode::OK, head, exporter.render()).into_response())
}
