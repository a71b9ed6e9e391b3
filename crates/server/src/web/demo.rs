//! `/`: a small page of the business with the chat on it, for a first look and for trying out.

use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use maud::{Markup, html};
use nochnik_core::values::Money;
use nochnik_store::businesses;

use super::look::{document, icon};
use super::salon::Salon;
use super::site_chat::Look;
use super::viewer::theme;
use super::{Shared, Trouble, words};

/// Services shown before the page gets long.
const SERVICES_MAX: usize = 8;
const MIN_MS: i64 = 60_000;

/// `GET /`: the first business.
pub async fn page(State(web): State<Shared>, headers: HeaderMap) -> Result<Markup, Trouble> {
    let ids = web.store.read(businesses::list_ids).await?;
    match ids.first() {
        Some(id) => shop(&web, id, &Look::default(), &headers).await,
        None => Ok(nobody_yet(&headers)),
    }
}

/// `GET /demo/{business}`
pub async fn page_of(
    State(web): State<Shared>,
    Path(business): Path<String>,
    Query(look): Query<Look>,
    headers: HeaderMap,
) -> Result<Markup, Trouble> {
    shop(&web, &business, &look.checked(), &headers).await
}

async fn shop(web: &Shared, business: &str, look: &Look, headers: &HeaderMap) -> Result<Markup, Trouble> {
    let salon = Salon::load(web, business).await?.ok_or(Trouble::NotFound)?;
    let about = salon.document();
    let script = look.script("", business, &about.name);
    Ok(document(
        &about.name,
        theme(headers),
        0,
        &script,
        &html! {
            main .shop #main {
                div .top {
                    span .logo { (icon("store")) (about.name) }
                    a .button href="/console" { "Кабинет" }
                }
                section .lead {
                    h1 { "Запишитесь, когда удобно вам" }
                    p { "Даже в два часа ночи. Напишите в чат: подскажем цену, найдём свободное время и запишем." }
                    button .button.main-action type="button" data-nochnik-open { (icon("messages-square")) "Написать" }
                }
                div .grid2 {
                    section .card {
                        h2 { "Услуги" }
                        ul .list.prices {
                            @for service in about.services.iter().take(SERVICES_MAX) {
                                li {
                                    div { (service.name) div .quiet.small { (words::span(i64::from(service.duration_min) * MIN_MS)) } }
                                    b { @if service.price_from { "от " } (Money::from_rub(service.price)) }
                                }
                            }
                        }
                    }
                    section .card {
                        h2 { "Как нас найти" }
                        dl .facts {
                            @if !about.address.is_empty() { div { dt { "Адрес" } dd { (about.city) ", " (about.address) } } }
                            @if !about.phone.is_empty() { div { dt { "Телефон" } dd { a href={ "tel:" (about.phone) } { (super::leads::phone(&about.phone)) } } } }
                        }
                    }
                }
            }
        },
    ))
}

fn nobody_yet(headers: &HeaderMap) -> Markup {
    document(
        "Ночник",
        theme(headers),
        0,
        &html! {},
        &html! {
            main .alone #main {
                div .card.stack {
                    span .logo { (icon("moon-star")) "Ночник" }
                    h1 { "Бизнесов пока нет" }
                    p .quiet { "Загрузите документ бизнеса и обновите страницу:" }
                    p { code { "nochnik business import demo.toml" } }
                }
            }
        },
    )
}
