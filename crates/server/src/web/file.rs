//! `GET /console/chats/{id}/file/{seq}`: what a client sent beside their words, straight from the messenger.
//!
//! It is a stranger's file: pictures of a few known kinds are shown, everything else is only handed over to be saved.

use axum::extract::{Path, State};
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use super::seen::{self, Record};
use super::viewer::Viewer;
use super::{Shared, Trouble};

/// What a browser shows without running anything in it.
const SHOWN: [&str; 4] = ["image/jpeg", "image/png", "image/webp", "image/gif"];

/// Judged by its first bytes: what its server calls it is not believed.
pub async fn page(
    State(web): State<Shared>,
    viewer: Viewer,
    Path((id, seq)): Path<(String, i64)>,
) -> Result<Response, Trouble> {
    let file = web.desk.file(&viewer.business, &id, seq).await?.ok_or(Trouble::NoFile)?;
    seen::note(&web, &viewer, Record::File, &id).await;
    let kind = infer::get(&file.bytes);
    let shown = kind.map(|kind| kind.mime_type()).filter(|mime| SHOWN.contains(mime));
    if let Some(mime) = shown {
        return Ok(([(CONTENT_TYPE, mime)], file.bytes).into_response());
    }
    let ending = kind.map_or("bin", |kind| kind.extension());
    let name = format!("attachment; filename=\"nochnik-{seq}.{ending}\"");
    let name = HeaderValue::try_from(name).unwrap_or(HeaderValue::from_static("attachment"));
    let headers = [(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream")), (CONTENT_DISPOSITION, name)];
    Ok((headers, file.bytes).into_response())
}
