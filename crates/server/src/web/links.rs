//! `GET /l/{code}`: a short link of ours leads on, and is counted. No cookie, no address, no name is kept.

use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, LOCATION, USER_AGENT};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};

use super::{Shared, error};

/// Messengers and search engines look at a link before anybody opens it.
const LOOKERS: &[&str] = &["bot", "preview", "whatsapp", "facebookexternalhit", "vkshare", "crawler", "spider"];
const CODE_CHARS_MAX: usize = 32;

pub async fn open(State(web): State<Shared>, Path(code): Path<String>, method: Method, headers: HeaderMap) -> Response {
    let is_short = code.len() <= CODE_CHARS_MAX && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !is_short {
        return error::not_found().await.into_response();
    }
    let is_counted = method == Method::GET && !looks(&headers);
    match web.desk.opened(&code, is_counted).await {
        Ok(Some(target)) => {
            (StatusCode::FOUND, [(LOCATION, target.as_str()), (CACHE_CONTROL, "no-store")]).into_response()
        }
        Ok(None) => error::not_found().await.into_response(),
        Err(error) => {
            tracing::error!(%error, "A short link could not be read");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

fn looks(headers: &HeaderMap) -> bool {
    let agent = headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default().to_ascii_lowercase();
    LOOKERS.iter().any(|looker| agent.contains(looker))
}
