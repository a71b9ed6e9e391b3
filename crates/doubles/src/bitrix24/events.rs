//! What an application asks the portal to tell it, and what the portal then posts: one attempt, a form, strings only.
//!
//! Source: `api-reference/events/event-bind.md`, `common/events/on-app-install.md`, `on-app-uninstall.md`.

use serde_json::{Value, json};

use super::{Double, Reply, oauth::MEMBER_ID, params, portal::Portal, refusal::Refusal};

/// What the portal proves its posts with.
pub const APPLICATION_TOKEN: &str = "51856fefc120afa4b628cc82d3935cce";
const SERVER_ENDPOINT: &str = "https://oauth.bitrix24.tech/rest/";
/// The events an application may bind here; the portal knows many more.
const KNOWN: [&str; 12] = [
    "ONAPPUNINSTALL",
    "ONAPPTEST",
    "ONCRMLEADADD",
    "ONCRMLEADUPDATE",
    "ONCRMLEADDELETE",
    "ONCRMDEALADD",
    "ONCRMDEALUPDATE",
    "ONCRMDEALDELETE",
    "ONIMCONNECTORMESSAGEADD",
    "ONIMCONNECTORDIALOGFINISH",
    "ONIMCONNECTORSTATUSDELETE",
    "ONIMCONNECTORLINEDELETE",
];

impl Double {
    /// The owner adds the application, or puts it there anew: the form that goes to its address of installation.
    /// Handlers of an earlier installation are forgotten. None without an application.
    pub fn install(&self, now_ms: i64) -> Option<String> {
        let mut portal = self.portal();
        let (scopes, endpoint) = (portal.settings.scopes.join(","), portal.settings.endpoint());
        let app = portal.app.as_mut()?;
        app.handlers.clear();
        let (access, refresh) = app.issue_pair(now_ms);
        let auth = [
            ("access_token", access.as_str()),
            ("refresh_token", &refresh),
            ("expires_in", "3600"),
            ("scope", &scopes),
            ("status", "L"),
        ];
        Some(form("ONAPPINSTALL", &[("VERSION", "1"), ("ACTIVE", "Y"), ("INSTALLED", "Y")], &endpoint, &auth, now_ms))
    }

    /// The owner removes the application: its tokens are none any more. The form goes to whoever bound the event.
    pub fn uninstall(&self, now_ms: i64) -> Option<String> {
        let mut portal = self.portal();
        let endpoint = portal.settings.endpoint();
        portal.app.as_mut()?.forget_tokens();
        Some(form("ONAPPUNINSTALL", &[("CLEAN", "1")], &endpoint, &[], now_ms))
    }

    /// A card was changed by somebody: the form of an ordinary event, without tokens, as after a robot.
    pub fn event(&self, name: &str, id: i64, now_ms: i64) -> String {
        form(name, &[("FIELDS][ID", &id.to_string())], &self.portal().settings.endpoint(), &[], now_ms)
    }

    /// What the application has bound: event and address.
    pub fn handlers(&self) -> Vec<(String, String)> {
        self.portal().app.as_ref().map(|app| app.handlers.clone()).unwrap_or_default()
    }
}

impl Portal {
    pub(super) fn event_bind(&mut self, params: &Value) -> Reply {
        let text = |name: &str| params::text(&params[name]).filter(|text| !text.is_empty());
        let event = text("event").ok_or_else(|| Refusal::missing("event"))?.to_uppercase();
        let handler = text("handler").ok_or_else(|| Refusal::missing("handler"))?;
        if !KNOWN.contains(&event.as_str()) {
            return Err(Refusal::bad("ERROR_EVENT_NOT_FOUND", "Event not found"));
        }
        let app = self.app.as_mut().ok_or_else(Refusal::no_auth)?;
        let bound = (event, handler);
        if app.handlers.contains(&bound) {
            // Its code is not documented.
            return Err(Refusal::nameless("Unable to set event handler: Handler already binded"));
        }
        app.handlers.push(bound);
        Ok(json!(true).into())
    }

    pub(super) fn event_get(&self) -> Reply {
        let handlers = self.app.as_ref().map(|app| app.handlers.as_slice()).unwrap_or_default();
        let row = |(event, handler): &(String, String)| json!({ "event": event, "handler": handler, "auth_type": "0", "offline": "0" });
        Ok(json!(handlers.iter().map(row).collect::<Vec<_>>()).into())
    }

    pub(super) fn app_info(&self) -> Reply {
        let app = self.app.as_ref().ok_or_else(Refusal::no_auth)?;
        let info = json!({
            "ID": "1", "CODE": app.client_id, "VERSION": "1", "STATUS": "L", "INSTALLED": true, "PAYMENT_EXPIRED": "N",
            "DAYS": null, "LANGUAGE_ID": "ru", "LICENSE": "ru_company", "LICENSE_TYPE": "company",
        });
        Ok(info.into())
    }
}

pub(super) fn form(event: &str, data: &[(&str, &str)], endpoint: &str, auth: &[(&str, &str)], now_ms: i64) -> String {
    let host = endpoint.split('/').nth(2).unwrap_or_default();
    let common = [
        ("domain", host),
        ("client_endpoint", endpoint),
        ("server_endpoint", SERVER_ENDPOINT),
        ("member_id", MEMBER_ID),
        ("application_token", APPLICATION_TOKEN),
    ];
    let data = data.iter().map(|(name, value)| (format!("data[{name}]"), *value));
    let auth = auth.iter().chain(&common).map(|(name, value)| (format!("auth[{name}]"), *value));
    let ts = (now_ms / 1_000).to_string();
    let ends = [("event".to_owned(), event), ("ts".to_owned(), ts.as_str())];
    let pairs =
        ends.into_iter().chain(data).chain(auth).map(|(name, value)| format!("{}={}", escaped(&name), escaped(value)));
    pairs.collect::<Vec<_>>().join("&")
}

pub(super) fn escaped(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}
