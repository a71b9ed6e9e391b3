//! Files a browser gets, compiled in. One address for the whole bundle, so that a new release
//! is fetched at once and an old one is kept for ever.

use std::sync::OnceLock;

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};
use sha2::{Digest, Sha256};

use super::Trouble;

#[derive(RustEmbed)]
#[folder = "static/"]
struct Files;

/// The address of a file of the bundle: `/assets/1f2e3d4c/app.css`.
pub fn url(name: &str) -> String {
    format!("/assets/{}/{name}", bundle())
}

/// `GET /assets/{bundle}/{name}`; another bundle's name is served too, but not kept.
pub async fn file(Path((asked, name)): Path<(String, String)>, headers: HeaderMap) -> Result<Response, Trouble> {
    let found = Files::get(&name).filter(|_| kind(&name).is_some()).ok_or(Trouble::NotFound)?;
    let keeps = if asked == bundle() { "public, max-age=31536000, immutable" } else { "no-cache" };
    Ok(answer(&name, &found, keeps, &headers))
}

/// `GET /chat.js`: a lasting address that other sites name in their pages.
pub async fn chat_script(headers: HeaderMap) -> Result<Response, Trouble> {
    let found = Files::get("nochnik-chat.js").ok_or(Trouble::NotFound)?;
    Ok(answer("nochnik-chat.js", &found, "public, max-age=300", &headers))
}

/// `GET /chat.css`, which the script asks for.
pub async fn chat_style(headers: HeaderMap) -> Result<Response, Trouble> {
    let found = Files::get("nochnik-chat.css").ok_or(Trouble::NotFound)?;
    Ok(answer("nochnik-chat.css", &found, "public, max-age=300", &headers))
}

/// `GET /favicon.ico`, which browsers ask for without being told.
pub async fn favicon(headers: HeaderMap) -> Result<Response, Trouble> {
    let found = Files::get("favicon.svg").ok_or(Trouble::NotFound)?;
    Ok(answer("favicon.svg", &found, "public, max-age=86400", &headers))
}

/// `GET /nochnik.webmanifest`: what the console is called and looks like once it is installed.
pub async fn manifest(headers: HeaderMap) -> Result<Response, Trouble> {
    let found = Files::get("nochnik.webmanifest").ok_or(Trouble::NotFound)?;
    Ok(answer("nochnik.webmanifest", &found, "no-cache", &headers))
}

/// `GET /sw.js`: at the root, for its place is its reach: the console and the page of a case.
pub async fn service_worker(headers: HeaderMap) -> Result<Response, Trouble> {
    let found = Files::get("sw.js").ok_or(Trouble::NotFound)?;
    Ok(answer("sw.js", &found, "no-cache", &headers))
}

fn answer(name: &str, file: &EmbeddedFile, keeps: &'static str, headers: &HeaderMap) -> Response {
    let tag = format!("\"{}\"", hex(&file.metadata.sha256_hash()[..8]));
    if headers.get(IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, [(CACHE_CONTROL, HeaderValue::from_static(keeps))]).into_response();
    }
    let mut response = file.data.to_vec().into_response();
    let head = response.headers_mut();
    head.insert(CONTENT_TYPE, HeaderValue::from_static(kind(name).unwrap_or("application/octet-stream")));
    head.insert(CACHE_CONTROL, HeaderValue::from_static(keeps));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        head.insert(ETAG, tag);
    }
    response
}

/// The content type by the end of the name; licences and notes have none and are not served.
fn kind(name: &str) -> Option<&'static str> {
    match name.rsplit_once('.')?.1 {
        "css" => Some("text/css; charset=utf-8"),
        "js" => Some("text/javascript; charset=utf-8"),
        "png" => Some("image/png"),
        "webmanifest" => Some("application/manifest+json"),
        "svg" => Some("image/svg+xml"),
        "woff2" => Some("font/woff2"),
        _ => None,
    }
}

fn bundle() -> &'static str {
    static NAME: OnceLock<String> = OnceLock::new();
    NAME.get_or_init(|| {
        let mut names: Vec<_> = Files::iter().collect();
        names.sort();
        let whole = names
            .iter()
            .filter_map(|name| Files::get(name))
            .fold(Sha256::new(), |hash, file| hash.chain_update(file.metadata.sha256_hash()));
        hex(&whole.finalize()[..4])
    })
}

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
