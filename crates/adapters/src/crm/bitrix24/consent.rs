//! How the owner lets a local application in, and what the portal then tells it.
//!
//! Source: b24-rest-docs `settings/oauth/simple-way.md`, `app-installation/local-apps/installation-callback.md`,
//! `events/safe-event-handlers.md`, read 2026-11-22.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};

use crate::bitrix24::app::App;
use crate::bitrix24::call::{Care, Portal};
use crate::failure::Failure;
use crate::ports::{AppCard, Authorization, Forged, Grant, Granted, Installed, PortalNews};

/// What the portal is asked to tell.
const EVENTS: [&str; 1] = ["ONAPPUNINSTALL"];
static CARD: AppCard = AppCard {
    place: "Разработчикам → Другое → Локальное приложение",
    back: "Путь обработчика",
    news: Some("Путь первоначальной установки"),
};

pub struct Consent {
    pub app: App,
    pub portal: Arc<Portal>,
    pub hook_url: Option<String>,
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
        self.app.read(body, grant)
    }

    async fn prove(&self, installed: Installed) -> Result<Granted, Failure> {
        self.app.prove(installed).await
    }

    /// A portal forgets its handlers when the application is put there anew, and refuses one that it has.
    async fn settle(&self) -> Result<(), Failure> {
        let Some(handler) = &self.hook_url else { return Ok(()) };
        let bound = self.portal.call("event.get", &json!({}), Care::Asks).await?.unwrap_or_default();
        let bound = bound.as_array().map(Vec::as_slice).unwrap_or_default();
        for event in EVENTS.into_iter().filter(|event| !bound.iter().any(|own| is_ours(own, event, handler))) {
            let body = json!({ "event": event, "handler": handler });
            if let Err(said) = self.portal.call("event.bind", &body, Care::Changes).await? {
                tracing::warn!(event, code = %said.code, "The portal does not tell us of {event}");
            }
        }
        Ok(())
    }
}

fn is_ours(bound: &Value, event: &str, handler: &str) -> bool {
    let is_event = bound["event"].as_str().is_some_and(|own| own.eq_ignore_ascii_case(event));
    is_event && bound["handler"] == handler
}
