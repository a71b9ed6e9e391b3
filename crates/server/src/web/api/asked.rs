//! How a request is read: its query, its path, its body, and where a page of a list begins.

use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use nochnik_store::Window;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::super::Shared;
use super::problem::Problem;

/// Rows of a page, when nobody says how many.
const LISTED: i64 = 50;
/// Rows of a page at most.
const LISTED_MAX: i64 = 100;
/// Longest id of ours, in bytes.
const ID_BYTES_MAX: usize = 200;
/// Longest cursor, in bytes.
const CURSOR_BYTES_MAX: usize = 400;

/// The query; an unknown name in it is a mistake of the caller's.
pub struct Asked<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<Shared> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Shared) -> Result<Self, Problem> {
        let read = Query::<T>::from_request_parts(parts, web).await;
        let read =
            read.map_err(|refused| Problem::unreadable(format!("Параметры адреса: {}.", refused.body_text())))?;
        Ok(Self(read.0))
    }
}

/// An id in the path; what cannot be one of ours is not found.
pub struct Id(pub String);

impl FromRequestParts<Shared> for Id {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Shared) -> Result<Self, Problem> {
        let Path(id) = Path::<String>::from_request_parts(parts, web).await.map_err(|_| Problem::not_found())?;
        if id.len() > ID_BYTES_MAX || id.chars().any(char::is_control) {
            return Err(Problem::not_found());
        }
        Ok(Self(id))
    }
}

/// The body.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Shared> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, web: &Shared) -> Result<Self, Problem> {
        let read = axum::Json::<T>::from_request(request, web).await;
        read.map(|read| Self(read.0)).map_err(|refused| match refused {
            JsonRejection::MissingJsonContentType(_) => Problem::wrong_kind(),
            JsonRejection::BytesRejection(_) => Problem::too_large(),
            refused => Problem::unreadable(format!("Тело запроса: {}.", refused.body_text())),
        })
    }
}

/// Which part of a list is wanted.
#[derive(Clone, Debug, Default)]
pub struct Stretch {
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
    pub limit: Option<i64>,
    pub cursor: Option<String>,
    pub channel: Option<String>,
}

/// The same, read and bounded.
#[derive(Clone, Debug)]
pub struct Wanted {
    from_ms: i64,
    to_ms: i64,
    after: Option<(i64, String)>,
    limit: i64,
    pub channel: Option<String>,
}

impl Stretch {
    pub fn read(self) -> Result<Wanted, Problem> {
        let limit = self.limit.unwrap_or(LISTED);
        if !(1..=LISTED_MAX).contains(&limit) {
            return Err(Problem::unreadable(format!("limit — от 1 до {LISTED_MAX}.")));
        }
        if self.channel.as_deref().is_some_and(|channel| !is_channel(channel)) {
            return Err(Problem::unreadable("channel — вид канала, как telegram или widget."));
        }
        let after = self.cursor.as_deref().map(|cursor| {
            place_of(cursor).ok_or_else(|| {
                Problem::unreadable("cursor не наш: берите next из прошлого ответа целиком или начните без него.")
            })
        });
        Ok(Wanted {
            from_ms: self.from.map_or(i64::MIN, Timestamp::as_millisecond),
            to_ms: self.to.map_or(i64::MAX, Timestamp::as_millisecond),
            after: after.transpose()?,
            limit,
            channel: self.channel,
        })
    }
}

impl Wanted {
    /// One row more than is shown: it tells whether there is a next page.
    pub fn window(&self) -> Window<'_> {
        let after = self.after.as_ref().map(|(at_ms, id)| (*at_ms, id.as_str()));
        Window { from_ms: self.from_ms, to_ms: self.to_ms, after, limit: self.limit + 1 }
    }

    /// Drops that row again and tells where the next page begins; `place` is where a row stands in the list.
    pub fn next<T>(&self, rows: &mut Vec<T>, place: impl Fn(&T) -> (i64, &str)) -> Option<String> {
        let shown = usize::try_from(self.limit).unwrap_or(usize::MAX);
        if rows.len() <= shown {
            return None;
        }
        rows.truncate(shown);
        rows.last().map(|row| {
            let (at_ms, id) = place(row);
            URL_SAFE_NO_PAD.encode(format!("{at_ms} {id}"))
        })
    }
}

fn is_channel(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_';
    (1..=40).contains(&text.len()) && text.bytes().all(is_plain)
}

fn place_of(cursor: &str) -> Option<(i64, String)> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok().filter(|_| cursor.len() <= CURSOR_BYTES_MAX)?;
    let text = String::from_utf8(bytes).ok().filter(|text| !text.chars().any(char::is_control))?;
    let (at_ms, id) = text.split_once(' ')?;
    Some((at_ms.parse().ok()?, id.to_owned()))
}

/// What an act answers: it is stored and will be done.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Taken {
    /// Всегда `true`: сохранено и будет сделано.
    pub accepted: bool,
}

impl Taken {
    pub const DONE: (axum::http::StatusCode, axum::Json<Self>) =
        (axum::http::StatusCode::ACCEPTED, axum::Json(Self { accepted: true }));
}

/// A moment of ours as the world writes it.
pub fn moment(at_ms: i64) -> Timestamp {
    Timestamp::from_millisecond(at_ms).unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_ends_where_the_next_begins() {
        let wanted = Stretch { limit: Some(2), ..Stretch::default() }.read().unwrap();
        let mut rows = vec![(30, "c"), (20, "b b"), (10, "a")];
        let next = wanted.next(&mut rows, |row| *row).unwrap();
        assert_eq!(rows.len(), 2);
        let later = Stretch { limit: Some(2), cursor: Some(next), ..Stretch::default() }.read().unwrap();
        assert_eq!(later.window().after, Some((20, "b b")));
        assert_eq!(later.next(&mut vec![(10, "a")], |row| *row), None, "that was all");
    }

    #[test]
    fn what_is_no_cursor_of_ours_is_refused() {
        let long = "A".repeat(401);
        for cursor in ["", "!", "Zm9v", "MSAA", long.as_str()] {
            let asked = Stretch { cursor: Some(cursor.to_owned()), ..Stretch::default() };
            assert!(asked.read().is_err(), "{cursor}");
        }
    }

    #[test]
    fn a_page_has_a_bound() {
        for limit in [0, -1, 101, i64::MAX] {
            assert!(Stretch { limit: Some(limit), ..Stretch::default() }.read().is_err(), "{limit}");
        }
    }
}
