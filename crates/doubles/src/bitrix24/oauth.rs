//! The authorisation server and the tokens of a local application.
//!
//! Source: `settings/oauth/*.md`: a code lives 30 s and works once, an access token an hour, a refresh token 180 days, and
//! each refresh gives a new one. The HTTP statuses of errors are not documented: 400 here, 401 when the portal is unpaid.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::{Double, params, params::Tree, portal::Portal, refusal::Refusal};
use crate::Answer;

const CODE_LIFE_MS: i64 = 30_000;
const ACCESS_LIFE_S: i64 = 3_600;
const REFRESH_LIFE_MS: i64 = 180 * 86_400_000;
pub(super) const MEMBER_ID: &str = "5d1e0c7a9b2f4e6688aa00bb11cc22dd";

/// The local application a portal's owner has added, and everything issued to it. Values are the moments of expiry.
#[derive(Default)]
pub(super) struct App {
    pub(super) client_id: String,
    client_secret: String,
    /// Events and where they are told.
    pub(super) handlers: Vec<(String, String)>,
    codes: HashMap<String, i64>,
    access: HashMap<String, i64>,
    /// Accesses of employees who opened a page of the application.
    pub(super) visitors: HashMap<String, i64>,
    /// Pages of the application: place and address.
    pub(super) placements: Vec<(String, String)>,
    refresh: HashMap<String, i64>,
    issued: u64,
    /// Accesses given for a refresh token.
    refreshed: usize,
}

impl App {
    pub(super) fn issue_pair(&mut self, now_ms: i64) -> (String, String) {
        let (access, refresh) = (self.issue("at"), self.issue("rt"));
        self.access.insert(access.clone(), now_ms + ACCESS_LIFE_S * 1_000);
        self.refresh.insert(refresh.clone(), now_ms + REFRESH_LIFE_MS);
        (access, refresh)
    }

    /// An access of one employee, as a page in a frame is opened with.
    pub(super) fn issue_visitor(&mut self, user: i64, now_ms: i64) -> String {
        let access = self.issue("vt");
        self.access.insert(access.clone(), now_ms + ACCESS_LIFE_S * 1_000);
        self.visitors.insert(access.clone(), user);
        access
    }

    pub(super) fn forget_tokens(&mut self) {
        self.access.clear();
        self.refresh.clear();
    }

    fn issue(&mut self, kind: &str) -> String {
        self.issued += 1;
        format!("{kind}_{:04x}", self.issued)
    }
}

impl Double {
    /// Adds a local application with these credentials, in place of an earlier one.
    pub fn add_app(&self, client_id: &str, client_secret: &str) {
        let (client_id, client_secret) = (client_id.to_owned(), client_secret.to_owned());
        self.portal().app = Some(App { client_id, client_secret, ..App::default() });
    }

    /// The owner agrees in the browser: the `code` that the redirect carries. None without an application.
    pub fn authorize(&self, now_ms: i64) -> Option<String> {
        let mut portal = self.portal();
        let app = portal.app.as_mut()?;
        let code = app.issue("code");
        app.codes.insert(code.clone(), now_ms + CODE_LIFE_MS);
        Some(code)
    }

    /// How many accesses were given for a refresh token.
    pub fn refreshes(&self) -> usize {
        self.portal().app.as_ref().map_or(0, |app| app.refreshed)
    }

    /// No refresh token is worth anything any more, as after half a year of silence.
    pub fn forget_refresh_tokens(&self) {
        if let Some(app) = self.portal().app.as_mut() {
            app.refresh.clear();
        }
    }

    /// `GET /oauth/token/?grant_type=…` of the authorisation server.
    pub fn oauth_token(&self, query: &str, now_ms: i64) -> Answer {
        let params = Tree::from_form(query).into_body(false);
        match self.portal().token(&params, now_ms) {
            Ok(tokens) => Answer::ok(tokens),
            Err(refusal) => refusal.into_answer(),
        }
    }
}

impl Portal {
    fn token(&mut self, params: &Value, now_ms: i64) -> Result<Value, Refusal> {
        if !self.settings.is_paid {
            return Err(Refusal::new(401, "PAYMENT_REQUIRED", "Payment required"));
        }
        let scopes = self.settings.scopes.join(",");
        let (user, endpoint) = (self.settings.user_id, self.settings.endpoint());
        let text = |name: &str| params[name].as_str().unwrap_or_default();
        let app = self
            .app
            .as_mut()
            .filter(|app| app.client_id == text("client_id") && app.client_secret == text("client_secret"));
        let app = app.ok_or_else(|| Refusal::bad("invalid_client", "Invalid client"))?;
        let expires_ms = match text("grant_type") {
            "authorization_code" => app.codes.remove(text("code")),
            "refresh_token" => app.refresh.remove(text("refresh_token")),
            _ => return Err(Refusal::bad("invalid_request", "Invalid grant_type")),
        };
        if expires_ms.is_none_or(|expires_ms| expires_ms < now_ms) {
            return Err(Refusal::bad("invalid_grant", "Invalid grant"));
        }
        let (access, refresh) = app.issue_pair(now_ms);
        app.refreshed += usize::from(text("grant_type") == "refresh_token");
        let mut tokens = json!({
            "access_token": access, "refresh_token": refresh, "expires_in": ACCESS_LIFE_S, "scope": scopes,
            "client_endpoint": endpoint, "domain": "oauth.bitrix24.tech",
            "server_endpoint": "https://oauth.bitrix24.tech/rest/", "member_id": MEMBER_ID, "status": "L",
        });
        if text("grant_type") == "refresh_token" {
            tokens["expires"] = json!(now_ms / 1_000 + ACCESS_LIFE_S);
            tokens["user_id"] = json!(user);
        }
        Ok(tokens)
    }

    /// Checks the `auth` parameter of `/rest/{method}`.
    pub(super) fn check_token(&self, params: &Value, now_ms: i64) -> Result<(), Refusal> {
        let token = params::text(&params["auth"]).unwrap_or_default();
        let expires_ms = self.app.as_ref().and_then(|app| app.access.get(&token)).ok_or_else(Refusal::no_auth)?;
        if *expires_ms <= now_ms {
            return Err(Refusal::new(401, "expired_token", "The access token provided has expired"));
        }
        Ok(())
    }
}
