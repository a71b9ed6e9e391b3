//! `/api/v1`: leads, bookings and dialogues for programs of the business, by a key that its owner made.
//!
//! The document at `/api/v1/openapi.json` is made of the same code that answers: decision 0032.

mod asked;
mod bookings;
mod dialogues;
mod key;
mod leads;
mod problem;

use std::sync::LazyLock;

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::problem::Problem;
use super::Shared;

pub use key::{SECRET_PREFIX, Scope, hash_of};

/// What stands in the document beside the calls.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Ночник",
        version = "1",
        description = "Лиды, записи и диалоги одного бизнеса. Ключ делает владелец: «Ещё → Ключи доступа»; он передаётся \
                       в заголовке `Authorization: Bearer …` и открывает только свой бизнес и только названные права. \
                       На один ключ — 300 запросов в минуту. Ошибки приходят по RFC 9457."
    ),
    tags(
        (name = "leads", description = "Лиды: кто чего хочет и насколько это серьёзно"),
        (name = "bookings", description = "Записи клиентов"),
        (name = "dialogues", description = "Диалоги и переписка")
    ),
    components(schemas(Problem)),
    modifiers(&Bearer)
)]
struct Description;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("Ключ доступа, nk_…")).build();
        openapi.components.get_or_insert_default().add_security_scheme("key", SecurityScheme::Http(scheme));
    }
}

/// The document, as it is published.
static DOCUMENT: LazyLock<String> = LazyLock::new(|| calls().into_openapi().to_pretty_json().unwrap_or_default());

fn calls() -> OpenApiRouter<Shared> {
    let v1 = OpenApiRouter::new()
        .routes(routes!(leads::list))
        .routes(routes!(leads::one))
        .routes(routes!(bookings::list))
        .routes(routes!(bookings::one))
        .routes(routes!(bookings::came))
        .routes(routes!(bookings::decide))
        .routes(routes!(bookings::shift))
        .routes(routes!(bookings::cancel))
        .routes(routes!(dialogues::list))
        .routes(routes!(dialogues::one))
        .routes(routes!(dialogues::messages))
        .routes(routes!(dialogues::reply))
        .routes(routes!(dialogues::take))
        .routes(routes!(dialogues::give_back))
        .routes(routes!(dialogues::end));
    OpenApiRouter::with_openapi(Description::openapi()).nest("/api/v1", v1)
}

/// Everything below `/api`.
pub fn routes() -> Router<Shared> {
    let (router, _) = calls().split_for_parts();
    router
        .route("/api/v1/openapi.json", get(document))
        .route("/api/{*rest}", axum::routing::any(async || Problem::not_found()))
        .method_not_allowed_fallback(async || Problem::wrong_method())
}

/// The description of the calls, for programs; the same for every business.
pub fn description() -> &'static str {
    &DOCUMENT
}

async fn document() -> Response {
    let headers = [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "public, max-age=300")];
    (headers, DOCUMENT.as_str()).into_response()
}
