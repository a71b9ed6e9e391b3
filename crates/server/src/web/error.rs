//! What goes wrong, as people read it: what happened, whose move it is, what to try.

use axum::Json;
use axum::http::header::{LOCATION, RETRY_AFTER};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use nochnik_store::StoreError;
use serde_json::json;

use super::look::{alone, icon};
use super::{second_factor, words};

/// Tells htmx to leave the page.
const HX_REDIRECT: HeaderName = HeaderName::from_static("hx-redirect");

/// Why a request gets no page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// No such thing, or not yours: both look the same.
    NotFound,
    /// A client's file that its messenger does not give.
    NoFile,
    /// Nobody is signed in; `next` is where the person wanted to go.
    SignIn { next: String },
    /// Signed in, but the business asks for a second factor that is not switched on; a page is led to it.
    SecondFactor { is_page: bool },
    /// Signed in, and what the role is for begins on another page.
    Elsewhere(&'static str),
    /// Signed in, but the role does not act.
    Forbidden,
    /// The request came from another site's page.
    CrossSite,
    /// What was sent cannot be read; a sentence for the person.
    BadForm(&'static str),
    /// Too often; seconds until the next try makes sense.
    TooMany { after_s: u64 },
    /// We cannot store now.
    NotReady,
    /// Our fault; the log knows more under this id.
    Broken { id: String },
}

impl Trouble {
    /// Logs a fault of ours and gives it an id that the person can name.
    pub fn broken(error: &dyn std::fmt::Display) -> Self {
        let id = uuid::Uuid::now_v7().simple().to_string()[24..].to_owned();
        tracing::error!(trouble.id = %id, error = %error, "A page could not be made, trouble {id}");
        Self::Broken { id }
    }

    /// The same trouble for programs: the site chat and the terminal.
    pub fn into_json(self) -> Response {
        let body = Json(json!({ "error": self.happened(), "hint": self.hint() }));
        self.with_headers((self.status(), body).into_response())
    }

    pub fn status(&self) -> StatusCode {
        match self {
            Self::NotFound | Self::NoFile => StatusCode::NOT_FOUND,
            Self::SignIn { .. } => StatusCode::UNAUTHORIZED,
            Self::Forbidden | Self::CrossSite | Self::SecondFactor { .. } | Self::Elsewhere(_) => StatusCode::FORBIDDEN,
            Self::BadForm(_) => StatusCode::BAD_REQUEST,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::NotReady => StatusCode::SERVICE_UNAVAILABLE,
            Self::Broken { .. } => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    pub fn happened(&self) -> String {
        match self {
            Self::NotFound => "Такой страницы нет".to_owned(),
            Self::NoFile => "Файл не получить".to_owned(),
            Self::SignIn { .. } => "Нужно войти".to_owned(),
            Self::SecondFactor { .. } => "Сначала включите второй фактор".to_owned(),
            Self::Forbidden | Self::Elsewhere(_) => "Вашей роли это действие недоступно".to_owned(),
            Self::CrossSite => "Запрос пришёл с чужого сайта".to_owned(),
            Self::BadForm(what) => (*what).to_owned(),
            Self::TooMany { .. } => "Слишком часто".to_owned(),
            Self::NotReady => "Сейчас не получается сохранить".to_owned(),
            Self::Broken { id } => format!("У нас сбой {id}"),
        }
    }

    pub fn hint(&self) -> String {
        match self {
            Self::NotFound => "Возможно, ссылка устарела. Вернитесь на главную.".to_owned(),
            Self::NoFile => {
                "Мессенджер его больше не отдаёт или он больше 16 мегабайт. Посмотрите в самом мессенджере.".to_owned()
            }
            Self::SignIn { .. } => "Войдите и повторите.".to_owned(),
            Self::SecondFactor { .. } => "Откройте «Ещё → Мои входы → Второй фактор».".to_owned(),
            Self::Forbidden | Self::Elsewhere(_) => {
                "Наблюдатель только смотрит, интегратор настраивает и не видит клиентов, а людей меняет владелец. Попросите его."
                    .to_owned()
            }
            Self::CrossSite => "Откройте кабинет сами и повторите действие в нём.".to_owned(),
            Self::BadForm(_) => "Исправьте и отправьте ещё раз.".to_owned(),
            Self::TooMany { after_s } => {
                format!("Повторите через {}.", words::span(i64::try_from(*after_s).unwrap_or(i64::MAX / 1_000) * 1_000))
            }
            Self::NotReady => "Мы уже пробуем восстановить запись. Повторите через полминуты.".to_owned(),
            Self::Broken { .. } => {
                "Данные не потеряны. Повторите; если не поможет, назовите номер сбоя тому, кто следит за сервером."
                    .to_owned()
            }
        }
    }

    fn with_headers(&self, mut response: Response) -> Response {
        if let Self::TooMany { after_s } = self {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(*after_s));
        }
        if *self == Self::NotReady {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("30"));
        }
        response
    }

    fn page(&self) -> Markup {
        alone(
            &self.happened(),
            html! {
                div .card.stack {
                    span .logo { (icon("moon-star")) "Ночник" }
                    h1 { (self.happened()) }
                    p .quiet { (self.hint()) }
                    a .button href="/console" { "На главную" }
                }
            },
        )
    }
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        if let Self::SignIn { next } = &self {
            return to_login(next);
        }
        if let Self::Elsewhere(path) = self {
            return (StatusCode::SEE_OTHER, [(LOCATION, HeaderValue::from_static(path))]).into_response();
        }
        if let Self::SecondFactor { is_page } = self {
            return to_second_factor(is_page);
        }
        self.with_headers((self.status(), self.page()).into_response())
    }
}

/// A browser is led to the login page; htmx learns it from its own header.
fn to_login(next: &str) -> Response {
    let query = serde_json::to_string(next).unwrap_or_default();
    let is_plain = next.starts_with("/console") && next.bytes().all(|b| b.is_ascii_graphic()) && query.len() < 400;
    let target = if is_plain {
        format!("/login?next={}", next.replace('?', "%3F").replace('&', "%26"))
    } else {
        "/login".to_owned()
    };
    let Ok(target) = HeaderValue::from_str(&target) else { return StatusCode::UNAUTHORIZED.into_response() };
    if next.is_empty() {
        return (StatusCode::UNAUTHORIZED, [(HX_REDIRECT, HeaderValue::from_static("/login"))]).into_response();
    }
    (StatusCode::SEE_OTHER, [(LOCATION, target)]).into_response()
}

/// The same for somebody who has to switch a second factor on first.
fn to_second_factor(is_page: bool) -> Response {
    let target = HeaderValue::from_static(second_factor::PATH);
    if is_page {
        return (StatusCode::SEE_OTHER, [(LOCATION, target)]).into_response();
    }
    (StatusCode::FORBIDDEN, [(HX_REDIRECT, target)]).into_response()
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Fatal(_) | StoreError::Closed | StoreError::Uncertain => {
                tracing::error!(error = %error, "The store does not answer a page");
                Self::NotReady
            }
            error => Self::broken(&error),
        }
    }
}

impl From<anyhow::Error> for Trouble {
    fn from(error: anyhow::Error) -> Self {
        Self::broken(&error)
    }
}

/// Every unknown address.
pub async fn not_found() -> Trouble {
    Trouble::NotFound
}
