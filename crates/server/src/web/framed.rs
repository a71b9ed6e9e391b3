//! «Аналитика» in a frame of the CRM's own pages: for whoever the portal vouches for, for half an hour, to read only.
//!
//! No cookie is set or read: another site's frame has none of ours. Whoever was let in carries a signed pass in the form of
//! the filters. Only this page may be framed, and only by that portal. Source: docs/decisions/0033-a-page-inside-the-portal.md.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Form};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use maud::{Markup, html};
use serde::Deserialize;
use subtle::ConstantTimeEq;

use super::desk::HookRefusal;
use super::hooks::refuse;
use super::layers::FramedBy;
use super::look::{alone, document};
use super::numbers::{self, Asked};
use super::salon::Salon;
use super::{Shared, Trouble, Web};

/// How long somebody may look without opening the page anew.
const PASS_MS: i64 = 30 * 60_000;
const PURPOSE: &str = "portal page";

/// Where a portal is told to find the page.
pub fn address(public_url: &str, business: &str) -> String {
    format!("{public_url}/portal/{business}")
}

/// `POST /portal/{business}`: the portal opens our page in its frame for one of its people.
pub async fn open(State(web): State<Shared>, Path(business): Path<String>, body: Bytes) -> Response {
    let visit = match web.desk.crm_visit(&business, &body).await {
        Ok(visit) => visit,
        Err(refusal) => return refuse(refusal),
    };
    if !visit.may_look {
        let words = html! {
            div .card.stack {
                h1 { "Страница не для вас" }
                p { "Её видят администраторы портала и сотрудники, чей номер в CRM указан в Ночнике. Попросите об этом владельца." }
            }
        };
        return framed(visit.origin, (StatusCode::FORBIDDEN, alone("Аналитика", words)));
    }
    show(&web, &business, visit.origin, Asked::default()).await.unwrap_or_else(IntoResponse::into_response)
}

#[derive(Deserialize)]
pub struct Filters {
    pass: String,
    #[serde(flatten)]
    asked: Asked,
}

/// `POST /portal/{business}/numbers`: other days, another channel.
pub async fn other(
    State(web): State<Shared>,
    Path(business): Path<String>,
    Form(filters): Form<Filters>,
) -> Result<Response, Trouble> {
    let Some(origin) = read_pass(&web, &business, &filters.pass) else { return Ok(refuse(HookRefusal::Forged)) };
    match web.desk.is_crm_at(&business, &origin).await {
        Ok(true) => show(&web, &business, origin, filters.asked).await,
        Ok(false) => Ok(refuse(HookRefusal::Forged)),
        Err(error) => Err(Trouble::broken(&error)),
    }
}

async fn show(web: &Web, business: &str, origin: String, asked: Asked) -> Result<Response, Trouble> {
    let salon = Salon::load(web, business).await?.ok_or(Trouble::NotFound)?;
    let now_ms = web.desk.now().as_millisecond();
    let (action, pass) = (format!("/portal/{business}/numbers"), pass(web, business, &origin, now_ms));
    let numbers = numbers::apart(web, &salon, now_ms, asked, (&action, &pass)).await?;
    let body = html! { main .main #main { (numbers) } };
    let page: Markup = document("Аналитика", "auto", now_ms, &html! {}, &body);
    Ok(framed(origin, page))
}

fn framed(origin: String, page: impl IntoResponse) -> Response {
    (Extension(FramedBy(origin)), page).into_response()
}

/// Lets whoever has it look at one business in one portal's frame, until it runs out.
fn pass(web: &Web, business: &str, origin: &str, now_ms: i64) -> String {
    let said = format!("{}\n{origin}\n{business}", now_ms + PASS_MS);
    let signature = web.key.sign(PURPOSE, said.as_bytes());
    format!("{}.{}", URL_SAFE_NO_PAD.encode(&said), URL_SAFE_NO_PAD.encode(signature))
}

/// The portal that a pass of ours is for.
fn read_pass(web: &Web, business: &str, pass: &str) -> Option<String> {
    let (said, signature) = pass.split_once('.')?;
    let (said, signature) = (URL_SAFE_NO_PAD.decode(said).ok()?, URL_SAFE_NO_PAD.decode(signature).ok()?);
    if !bool::from(web.key.sign(PURPOSE, &said).ct_eq(signature.as_slice())) {
        return None;
    }
    let said = String::from_utf8(said).ok()?;
    let (until_ms, rest) = said.split_once('\n')?;
    let (origin, whose) = rest.split_once('\n')?;
    let is_fresh = web.desk.now().as_millisecond() < until_ms.parse().ok()?;
    (is_fresh && whose == business).then(|| origin.to_owned())
}
