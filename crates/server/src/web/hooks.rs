//! `POST /hook/{business}/{account}/{secret}`: what vendors push. 200 means that it is stored.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use super::Shared;
use super::desk::HookRefusal;

/// Takes one delivery. A wrong secret, an unknown account and a forged signature look the same.
pub async fn take(
    State(web): State<Shared>,
    Path(place): Path<(String, String, String)>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let body = match body {
        Ok(body) => body,
        Err(refused) if refused.status() == StatusCode::PAYLOAD_TOO_LARGE => return refuse(HookRefusal::TooLarge),
        Err(_) => return refuse(HookRefusal::BadBody),
    };
    taken(&web, place, &headers, &body, false).await
}

/// The same address by GET: the vendor asks whether it is ours.
pub async fn prove(
    State(web): State<Shared>,
    Path(place): Path<(String, String, String)>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    taken(&web, place, &headers, query.unwrap_or_default().as_bytes(), true).await
}

async fn taken(
    web: &Shared,
    (business, account, secret): (String, String, String),
    headers: &HeaderMap,
    body: &[u8],
    is_query: bool,
) -> Response {
    let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    match web.desk.hook(&business, &account, &secret, &headers, body, is_query).await {
        Ok(answer) => (StatusCode::OK, answer).into_response(),
        Err(refusal) => refuse(refusal),
    }
}

/// `POST /hook/means/{business}/{account}/{secret}`: how far an SMS or a call has come.
pub async fn report(
    State(web): State<Shared>,
    Path(place): Path<(String, String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    report_of(&web, place, &headers, &body).await
}

/// The same by GET: the query is the report.
pub async fn report_by_query(
    State(web): State<Shared>,
    Path(place): Path<(String, String, String)>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    report_of(&web, place, &headers, query.unwrap_or_default().as_bytes()).await
}

/// `POST /hook/calendar/{business}/{account}/{secret}`: something has changed in a calendar. What, its next look tells.
pub async fn ring(
    State(web): State<Shared>,
    Path((business, account, secret)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Response {
    let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    match web.desk.ring(&business, &account, &secret, &headers).await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(refusal) => refuse(refusal),
    }
}

async fn report_of(
    web: &Shared,
    (business, account, secret): (String, String, String),
    headers: &HeaderMap,
    body: &[u8],
) -> Response {
    let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    match web.desk.report(&business, &account, &secret, &headers, body).await {
        Ok((status, answer)) => (StatusCode::from_u16(status).unwrap_or(StatusCode::OK), answer).into_response(),
        Err(refusal) => refuse(refusal),
    }
}

/// The answer to a delivery that is not taken; its body says nothing.
pub fn refuse(refusal: HookRefusal) -> Response {
    metrics::counter!("nochnik_hook_refused", "why" => name(refusal)).increment(1);
    let status = match refusal {
        HookRefusal::Forged | HookRefusal::NotFound => StatusCode::UNAUTHORIZED,
        HookRefusal::BadBody => StatusCode::BAD_REQUEST,
        HookRefusal::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        HookRefusal::NotReady => {
            return (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, HeaderValue::from_static("30"))]).into_response();
        }
    };
    status.into_response()
}

fn name(refusal: HookRefusal) -> &'static str {
    match refusal {
        HookRefusal::Forged => "forged",
        HookRefusal::NotFound => "not_found",
        HookRefusal::BadBody => "bad_body",
        HookRefusal::TooLarge => "too_large",
        HookRefusal::NotReady => "not_ready",
    }
}
