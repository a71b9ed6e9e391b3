//! How the owner lets a local application in, and what the portal then tells it.
//!
//! Source: b24-rest-docs `settings/oauth/simple-way.md`, `app-installation/local-apps/installation-callback.md`,
//! `events/safe-event-handlers.md`, read 2026-11-22.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::line::Line;
use super::line_news;
use super::place;
use crate::bitrix24::app::App;
use crate::bitrix24::call::{Care, Portal};
use crate::failure::Failure;
use crate::ports::{AppCard, Authorization, Forged, Grant, Granted, Installed, PortalNews, Visitor};

/// What the portal is asked to tell, line or no line.
const REMOVED: &str = "ONAPPUNINSTALL";
/// Cards that people may have moved on. They come once, late or never: a bell, not news.
const CARDS: [&str; 4] = ["ONCRMLEADUPDATE", "ONCRMLEADDELETE", "ONCRMDEALUPDATE", "ONCRMDEALDELETE"];
static CARD: AppCard = AppCard {
    place: "Разработчикам → Другое → Локальное приложение",
    back: "Путь обработчика",
    news: Some("Путь первоначальной установки"),
};

pub struct Consent {
    pub app: App,
    pub portal: Arc<Portal>,
    pub hook_url: Option<String>,
    pub line: Option<Line>,
}

#[async_trait]
impl Authorization for Consent {
    fn link(&self, state: &str) -> String {
        self.app.link(state)
    }

    async fn redeem(&self, query: &[(String, String)]) -> Result<Granted, Failure> {
        self.app.redeem(query).await
    }

    fn app_card(&self) -> &'static AppCard {
        &CARD
    }

    fn read(&self, body: &[u8], grant: Option<&Grant>) -> Result<PortalNews, Forged> {
        let news = self.app.read(body, grant)?;
        Ok(match (news, &self.line) {
            (PortalNews::Other(event), Some(line)) if line_news::EVENTS.contains(&event.as_str()) => {
                PortalNews::Line(line_news::read(&event, body, line.number))
            }
            (PortalNews::Other(event), _) if CARDS.contains(&event.as_str()) => PortalNews::Cards,
            (news, _) => news,
        })
    }

    async fn prove(&self, installed: Installed) -> Result<Granted, Failure> {
        self.app.prove(installed).await
    }

    fn has_place(&self) -> bool {
        true
    }

    async fn place(&self, address: &str, is_there: bool) -> Result<(), Failure> {
        place::place(&self.portal, address, is_there).await
    }

    async fn visitor(&self, body: &[u8], grant: Option<&Grant>) -> Result<Result<Visitor, Forged>, Failure> {
        place::visitor(&self.app, &self.portal, body, grant).await
    }

    /// A portal forgets its handlers when the application is put there anew, and refuses one that it has.
    async fn settle(&self) -> Result<(), Failure> {
        let Some(handler) = &self.hook_url else { return Ok(()) };
        let bound = self.portal.call("event.get", &json!({}), Care::Asks).await?.unwrap_or_default();
        let bound = bound.as_array().map(Vec::as_slice).unwrap_or_default();
        let wanted = self.line.iter().flat_map(|_| line_news::EVENTS).chain([REMOVED]).chain(CARDS);
        for event in wanted.filter(|event| !bound.iter().any(|own| is_ours(own, event, handler))) {
            let body = json!({ "event": event, "handler": handler });
            if let Err(said) = self.portal.call("event.bind", &body, Care::Changes).await? {
                tracing::warn!(event, code = %said.code, "The portal does not tell us of {event}");
            }
        }
        match &self.line {
            Some(line) => line.set_up(handler).await,
            None => Ok(()),
        }
    }
}

fn is_ours(bound: &Value, event: &str, handler: &str) -> bool {
    let is_event = bound["event"].as_str().is_some_and(|own| own.eq_ignore_ascii_case(event));
    is_event && bound["handler"] == handler
}
