//! A `multipart/form-data` body with one picture, as the servers that take pictures read it.

use std::collections::BTreeMap;

use axum::{
    body::{Body, Bytes},
    extract::{FromRequest, Multipart},
    http::{HeaderMap, Request, header::CONTENT_TYPE},
};

/// Signature of PNG, then the header chunk with the two sides. Source: PNG specification, sections 5.2 and 11.2.1.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

/// A form as it was read.
pub(crate) struct Form {
    pub(crate) texts: BTreeMap<String, String>,
    /// The field that holds the picture, and its bytes.
    pub(crate) file: Option<(String, Bytes)>,
}

pub(crate) fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.starts_with("multipart/form-data")
}

/// `None`: not such a form, a name twice, more than one file.
pub(crate) async fn read(headers: &HeaderMap, body: Bytes) -> Option<Form> {
    let mut request = Request::new(Body::from(body));
    *request.headers_mut() = headers.clone();
    let mut parts = Multipart::from_request(request, &()).await.ok()?;
    let mut form = Form { texts: BTreeMap::new(), file: None };
    while let Some(part) = parts.next_field().await.ok()? {
        let name = part.name()?.to_owned();
        if part.file_name().is_some() {
            let bytes = part.bytes().await.ok()?;
            form.file.replace((name, bytes)).is_none().then_some(())?;
        } else {
            form.texts.insert(name, part.text().await.ok()?).is_none().then_some(())?;
        }
    }
    Some(form)
}

/// Width and height of a whole PNG.
pub(crate) fn png_sides(bytes: &[u8]) -> Option<(u32, u32)> {
    let number = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    let is_whole =
        bytes.starts_with(PNG) && bytes.get(12..16) == Some(b"IHDR") && bytes.windows(4).any(|it| it == b"IEND");
    is_whole.then(|| Some((number(16)?, number(20)?)))?
}
