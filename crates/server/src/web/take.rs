//! `GET|POST /take/{token}`: «Беру» from an SMS or a letter.
//!
//! Looking changes nothing, for robots look at links, too: only the button takes. The link is the only key, lives half
//! an hour and works once; the page tells nothing of the client. Source: security C-07, C-08.

use axum::extract::{Path, State};
use axum::http::header::LOCATION;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use nochnik_engine::{TakePage, TakeState};

use super::look::{alone, icon};
use super::{Shared, Trouble, error};

pub async fn page(State(web): State<Shared>, Path(token): Path<String>) -> Result<Response, Trouble> {
    match web.desk.take_page(&token).await? {
        Some(page) => Ok(show(&page, &token).into_response()),
        None => Ok(error::not_found().await.into_response()),
    }
}

/// Leads back to the page, so that a page loaded anew takes nothing again.
pub async fn take(State(web): State<Shared>, Path(token): Path<String>) -> Result<Response, Trouble> {
    if web.desk.take(&token).await?.is_none() {
        return Ok(error::not_found().await.into_response());
    }
    let back = HeaderValue::from_str(&format!("/take/{token}")).map_err(|_| Trouble::NotFound)?;
    Ok((StatusCode::SEE_OTHER, [(LOCATION, back)]).into_response())
}

fn show(page: &TakePage, token: &str) -> Markup {
    let talk = format!("/console/chats/{}", page.conversation);
    let title = match &page.state {
        TakeState::Open => "Ждёт клиент",
        TakeState::Yours => "Заявка ваша",
        TakeState::Taken { .. } => "Заявку уже взяли",
        TakeState::Closed => "Заявка закрыта",
        TakeState::Expired => "Ссылка устарела",
    };
    let text = match &page.state {
        TakeState::Open => {
            format!("Клиент ждёт ответа с {}. Нажмите, если отвечаете вы: других звать перестанем.", page.opened)
        }
        TakeState::Yours => "Других больше не зовём. Телефон клиента и переписка — в кабинете.".to_owned(),
        TakeState::Taken { by } => format!("Отвечает {by}. Вам ничего делать не нужно."),
        TakeState::Closed => "Ответ уже не нужен.".to_owned(),
        TakeState::Expired => "Она действует полчаса и один раз. Заявку можно взять в кабинете.".to_owned(),
    };
    let body = html! {
        div .card.stack {
            span .logo { (icon("moon-star")) "Ночник" }
            p .quiet { (page.business_name) }
            h1 { (title) }
            p { (text) }
            @match &page.state {
                TakeState::Open => form method="post" action={ "/take/" (token) } {
                    button .button.main-action type="submit" { "Беру" }
                },
                TakeState::Yours | TakeState::Expired => a .button.main-action href=(talk) { "Открыть диалог" },
                TakeState::Taken { .. } | TakeState::Closed => {}
            }
        }
    };
    alone(title, body)
}
