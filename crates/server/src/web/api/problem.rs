//! What a program reads when it gets nothing: RFC 9457, in plain words.

use std::collections::BTreeMap;

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use nochnik_store::StoreError;
use serde::Serialize;
use utoipa::openapi::{Content, Ref, RefOr, Response as Described, ResponseBuilder};
use utoipa::{IntoResponses, ToSchema};

use super::super::Trouble;

pub const MEDIA_TYPE: &str = "application/problem+json";

/// Что случилось и что делать.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Problem {
    /// Вид ошибки; пока всегда `about:blank`: её называет код.
    #[serde(rename = "type")]
    kind: &'static str,
    /// Что случилось, коротко.
    title: String,
    /// Код ответа HTTP.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// Чей теперь ход и что попробовать.
    detail: String,
    #[serde(skip)]
    #[schema(ignore)]
    retry_after_s: Option<u64>,
}

impl Problem {
    fn new(status: StatusCode, title: &str, detail: impl Into<String>) -> Self {
        let (title, detail) = (title.to_owned(), detail.into());
        Self { kind: "about:blank", title, status: status.as_u16(), detail, retry_after_s: None }
    }

    pub fn unknown_key() -> Self {
        let detail =
            "Передайте живой ключ в заголовке Authorization: Bearer nk_… Ключ делает владелец: «Ещё → Ключи доступа».";
        Self::new(StatusCode::UNAUTHORIZED, "Ключ не подходит", detail)
    }

    pub fn no_right(scope: &str) -> Self {
        let detail =
            format!("У этого ключа нет права {scope}. Владелец может сделать другой ключ: «Ещё → Ключи доступа».");
        Self::new(StatusCode::FORBIDDEN, "Ключу это нельзя", detail)
    }

    pub fn not_found() -> Self {
        let detail = "Такого адреса или такой записи у этого бизнеса нет. Сверьте адрес с /api/v1/openapi.json.";
        Self::new(StatusCode::NOT_FOUND, "Не найдено", detail)
    }

    pub fn wrong_method() -> Self {
        let detail = "По этому адресу так не обращаются. Какой метод нужен, сказано в /api/v1/openapi.json.";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "Не тот метод", detail)
    }

    pub fn conflict(detail: &str) -> Self {
        Self::new(StatusCode::CONFLICT, "Сейчас так нельзя", detail)
    }

    pub fn too_large() -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "Слишком много", "Тело запроса — не больше 64 килобайт.")
    }

    pub fn wrong_kind() -> Self {
        let detail = "Тело запроса — JSON с заголовком Content-Type: application/json.";
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Не тот вид тела", detail)
    }

    pub fn unreadable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "Запрос не читается", detail)
    }
}

/// A trouble of the pages says the same to a program.
impl From<Trouble> for Problem {
    fn from(trouble: Trouble) -> Self {
        let retry_after_s = match &trouble {
            Trouble::TooMany { after_s } => Some(*after_s),
            Trouble::NotReady => Some(30),
            _ => None,
        };
        Self { retry_after_s, ..Self::new(trouble.status(), &trouble.happened(), trouble.hint()) }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Trouble::from(error).into()
    }
}

impl From<anyhow::Error> for Problem {
    fn from(error: anyhow::Error) -> Self {
        Trouble::from(error).into()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (status, body).into_response();
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// What every call may answer instead.
pub struct Refusals;

impl IntoResponses for Refusals {
    fn responses() -> BTreeMap<String, RefOr<Described>> {
        described(&[
            ("401", "Ключа нет, или он не живёт"),
            ("403", "У ключа нет нужного права"),
            ("404", "Такого у этого бизнеса нет"),
            ("422", "Запрос не читается"),
            ("429", "Больше 300 запросов в минуту: повторите позже, срок — в Retry-After"),
        ])
    }
}

/// What a call with a body may answer beside [`Refusals`].
pub struct BodyRefusals;

impl IntoResponses for BodyRefusals {
    fn responses() -> BTreeMap<String, RefOr<Described>> {
        described(&[("413", "Тело длиннее 64 килобайт"), ("415", "Тело — не JSON")])
    }
}

fn described(all: &[(&str, &str)]) -> BTreeMap<String, RefOr<Described>> {
    let one = |description: &str| {
        let content = Content::new(Some(Ref::from_schema_name("Problem")));
        ResponseBuilder::new().description(description).content(MEDIA_TYPE, content).build().into()
    };
    all.iter().map(|(status, description)| ((*status).to_owned(), one(description))).collect()
}
