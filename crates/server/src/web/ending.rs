//! «Чем закончилось?»: how a case that somebody took has ended, said here as by the buttons under its notice.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use maud::{Markup, html};
use nochnik_core::escalation;
use nochnik_core::event::NoticeAnswer;
use nochnik_store::Sql;
use nochnik_store::cases::{self, Case, CaseState};
use serde::Deserialize;
use utoipa::ToSchema;

use super::dialogue::{self, done};
use super::viewer::Viewer;
use super::{Shared, Trouble, Web};

const DOOR: &str = "/console/chats/{id}/outcome";

/// Чем закончилось: клиент записан, до него не дозвонились, он отказался, это был спам.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    Booked,
    NoAnswer,
    Refused,
    Spam,
}

impl Ending {
    const ALL: [Self; 4] = [Self::Booked, Self::NoAnswer, Self::Refused, Self::Spam];

    fn word(self) -> &'static str {
        match self {
            Self::Booked => "booked",
            Self::NoAnswer => "no_answer",
            Self::Refused => "refused",
            Self::Spam => "spam",
        }
    }

    /// The button that says it.
    pub fn answer(self) -> NoticeAnswer {
        match self {
            Self::Booked => NoticeAnswer::Booked,
            Self::NoAnswer => NoticeAnswer::NoAnswer,
            Self::Refused => NoticeAnswer::Refused,
            Self::Spam => NoticeAnswer::Spam,
        }
    }
}

#[derive(Deserialize)]
pub struct Said {
    outcome: Ending,
}

/// `POST /console/chats/{id}/outcome`: of a case that is over already nothing more is said.
pub async fn end(
    State(web): State<Shared>,
    viewer: Viewer,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(said): Form<Said>,
) -> Result<Response, Trouble> {
    dialogue::own(&web, &viewer, &id).await?;
    if let Some(case) = taken(&web, &viewer.business, &id).await? {
        let answer = said.outcome.answer();
        web.desk.answer(&viewer.business, &id, &case.id, &viewer.person, answer, None).await?;
    }
    Ok(done(&headers, &id, None))
}

/// The case of this dialogue that somebody took and has not ended.
pub async fn taken(web: &Web, business: &str, conversation: &str) -> Result<Option<Case>, Trouble> {
    let (business, conversation) = (business.to_owned(), conversation.to_owned());
    let found = web.store.read(move |sql: &mut dyn Sql| cases::last_of(sql, &business, &conversation)).await?;
    Ok(found.filter(|case| case.state == CaseState::Taken))
}

/// The four ways a taken case may end, for whoever acts; nothing for a case of another state.
pub fn choice(viewer: &Viewer, case: &Case) -> Markup {
    if case.state != CaseState::Taken || !viewer.may_do(DOOR) {
        return html! {};
    }
    let action = DOOR.replace("{id}", &case.conversation_id);
    let buttons = escalation::outcomes(viewer.salon.settings());
    let endings = buttons.iter().filter_map(|button| {
        let ending = Ending::ALL.into_iter().find(|ending| ending.answer() == button.answer)?;
        Some((ending.word(), button.label.as_str()))
    });
    html! {
        form .row method="post" action=(action) hx-post=(action) hx-swap="none" aria-label="Чем закончилось" {
            @for (word, label) in endings { button .button type="submit" name="outcome" value=(word) { (label) } }
        }
    }
}
