//! What happens around every request: limits before work, headers after it, panics never shown.

use std::any::Any;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, VARY};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::timeout::{RequestBodyTimeoutLayer, TimeoutLayer};

use super::{Shared, Trouble};

/// Longest address with its query, in bytes.
const ADDRESS_BYTES_MAX: usize = 8 * 1024;
/// All headers of a request, in bytes. Source: security C-06.
const HEADER_BYTES_MAX: usize = 16 * 1024;
/// A page takes milliseconds; longer means that we are stuck.
const ANSWER_MAX: Duration = Duration::from_secs(20);
/// Between two pieces of a body. Source: security C-06.
const BODY_PAUSE_MAX: Duration = Duration::from_secs(10);

/// Headers every answer carries. Source: security C-12.
const SAFE: [(&str, &str); 6] = [
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; \
         connect-src 'self'; manifest-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("x-frame-options", "DENY"),
    ("cross-origin-opener-policy", "same-origin"),
    ("permissions-policy", "camera=(), microphone=(), geolocation=(), payment=()"),
];

/// Marks an answer that pages of this origin may frame, and nobody else's: every other page is framed by none.
#[derive(Clone, Debug)]
pub struct FramedBy(pub String);

/// Lays the layers around all routes, the outermost first.
pub fn around(routes: Router<Shared>, web: &Shared) -> Router<Shared> {
    let is_https = web.place.is_https();
    routes.layer(
        ServiceBuilder::new()
            .layer(middleware::from_fn(move |request: Request, next: Next| safe_headers(is_https, request, next)))
            .layer(CatchPanicLayer::custom(after_panic))
            .layer(middleware::from_fn(bounded_head))
            .layer(CompressionLayer::new())
            .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, ANSWER_MAX))
            .layer(RequestBodyTimeoutLayer::new(BODY_PAUSE_MAX)),
    )
}

/// Refuses unsafe methods that a page of another site sends. Source: security C-35.
pub fn same_site_only() -> CsrfLayer<impl Fn(tower_http::csrf::ProtectionError) -> Response + Clone> {
    CsrfLayer::new().with_rejection_response(|_| Trouble::CrossSite.into_response())
}

async fn safe_headers(is_https: bool, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let framed = response.extensions_mut().remove::<FramedBy>();
    let headers = response.headers_mut();
    for (name, value) in SAFE {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if let Some(policy) = framed.and_then(|framed| HeaderValue::from_str(&framed_policy(&framed)).ok()) {
        headers.insert("content-security-policy", policy);
        headers.remove("x-frame-options");
    }
    if is_https {
        headers.insert("strict-transport-security", HeaderValue::from_static("max-age=31536000"));
    }
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.append(VARY, HeaderValue::from_static("cookie"));
    response
}

fn framed_policy(FramedBy(origin): &FramedBy) -> String {
    SAFE[0].1.replace("frame-ancestors 'none'", &format!("frame-ancestors {origin}"))
}

async fn bounded_head(request: Request, next: Next) -> Response {
    if request.method() == Method::TRACE {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    if request.uri().path_and_query().is_some_and(|whole| whole.as_str().len() > ADDRESS_BYTES_MAX) {
        return StatusCode::URI_TOO_LONG.into_response();
    }
    let bytes: usize = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if bytes > HEADER_BYTES_MAX {
        return StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE.into_response();
    }
    next.run(request).await
}

fn after_panic(panic: Box<dyn Any + Send + 'static>) -> Response {
    let words = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    Trouble::broken(&words.unwrap_or("panic")).into_response()
}
