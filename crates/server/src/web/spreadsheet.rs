//! Files that a spreadsheet opens. A cell that it would take for a formula is made a word.

use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

/// Excel takes a file without it for one of another alphabet.
const UTF8: &str = "\u{feff}";

/// A table as Russian Excel opens it: between semicolons.
pub fn writer() -> csv::Writer<Vec<u8>> {
    csv::WriterBuilder::new().delimiter(b';').flexible(true).from_writer(UTF8.as_bytes().to_vec())
}

/// A file to be saved under this name.
pub fn file(bytes: Vec<u8>, kind: &'static str, name: &str) -> Response {
    let name = HeaderValue::try_from(format!("attachment; filename=\"{name}\""));
    let name = name.unwrap_or(HeaderValue::from_static("attachment"));
    ([(CONTENT_TYPE, HeaderValue::from_static(kind)), (CONTENT_DISPOSITION, name)], bytes).into_response()
}

/// A spreadsheet takes a cell that begins so for a formula: it gets an apostrophe. Source: OWASP, CSV injection.
pub fn inert(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
        return format!("'{text}");
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::inert;

    #[test]
    fn a_formula_is_made_a_word() {
        for formula in ["=cmd|' /C calc'!A0", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1"] {
            assert_eq!(inert(formula), format!("'{formula}"));
        }
        assert_eq!(inert("Салон «Лотос» = красота"), "Салон «Лотос» = красота");
    }
}
