//! The integration that works by its owner's consent: codes, accesses, refresh tokens that work once.
//!
//! Source: `amocrm/amocrm-api-php` @1354d8a, `AmoCRMOAuth`; the statuses of the errors are those of the samples. Answers
//! to a wrong secret, and to a code that is used or too old, are not documented: 401 and 400 here.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::{Double, refusal::Refusal, state::State};
use crate::{Answer, envelope::Envelope};

pub(super) const PATH: &str = "/oauth2/access_token";
const CODE_LIFE_MS: i64 = 20 * 60_000;
const ACCESS_LIFE_S: i64 = 86_400;
/// Three months.
const REFRESH_LIFE_MS: i64 = 90 * 86_400_000;

#[derive(Debug, Default)]
pub(super) struct App {
    client_id: String,
    client_secret: String,
    redirect_uri: String,
    /// Each with the moment it ends.
    codes: HashMap<String, i64>,
    access: HashMap<String, i64>,
    refresh: HashMap<String, i64>,
    issued: u64,
    exchanged: usize,
    refreshed: usize,
}

impl App {
    fn issue(&mut self, kind: &str) -> String {
        self.issued += 1;
        format!("{kind}.{:04x}", self.issued)
    }
}

impl Double {
    /// Adds an integration with these credentials, in place of an earlier one.
    pub fn add_app(&self, client_id: &str, client_secret: &str, redirect_uri: &str) {
        let [client_id, client_secret, redirect_uri] = [client_id, client_secret, redirect_uri].map(str::to_owned);
        self.state().app = Some(App { client_id, client_secret, redirect_uri, ..App::default() });
    }

    /// The owner agrees in the browser: the `code` that the redirect carries. None without an integration.
    pub fn authorize(&self, now_ms: i64) -> Option<String> {
        let mut state = self.state();
        let app = state.app.as_mut()?;
        let code = app.issue("code");
        app.codes.insert(code.clone(), now_ms + CODE_LIFE_MS);
        Some(code)
    }

    /// How many accesses were given for a code, and how many for a refresh token.
    pub fn accesses(&self) -> (usize, usize) {
        self.state().app.as_ref().map_or((0, 0), |app| (app.exchanged, app.refreshed))
    }
}

impl State {
    pub(super) fn is_access(&self, token: &str, now_ms: i64) -> bool {
        self.app.as_ref().and_then(|app| app.access.get(token)).is_some_and(|ends_ms| *ends_ms > now_ms)
    }

    /// `POST /oauth2/access_token`.
    pub(super) fn token(&mut self, envelope: &Envelope, now_ms: i64) -> Result<Answer, Refusal> {
        self.count_request(now_ms)?;
        let is_json = envelope.header("content-type").is_some_and(|kind| kind.starts_with("application/json"));
        let body = serde_json::from_str::<Value>(&envelope.body).ok().filter(|_| is_json && envelope.method == "POST");
        let Some(body) = body else {
            self.fail("a question for a token that is no POST with JSON".to_owned());
            return Err(Refusal::bad("The request is missing a required parameter"));
        };
        let text = |name: &str| body[name].as_str().unwrap_or_default();
        let app = self.app.as_mut().filter(|app| app.client_id == text("client_id"));
        let app = app.filter(|app| app.client_secret == text("client_secret"));
        let app = app.ok_or_else(|| Refusal::token(401, "", "Client authentication failed"))?;
        if app.redirect_uri != text("redirect_uri") {
            return Err(Refusal::token(400, "Check the `redirect_uri` parameter", "The request is invalid."));
        }
        let is_alive = |ends_ms: Option<i64>| ends_ms.is_some_and(|ends_ms| ends_ms > now_ms);
        match text("grant_type") {
            "authorization_code" if is_alive(app.codes.remove(text("code"))) => app.exchanged += 1,
            "authorization_code" => {
                return Err(Refusal::token(400, "Authorization code has been revoked", "The request is invalid."));
            }
            "refresh_token" if is_alive(app.refresh.remove(text("refresh_token"))) => app.refreshed += 1,
            "refresh_token" => {
                return Err(Refusal::token(401, "Token has been revoked", "The refresh token is invalid."));
            }
            _ => return Err(Refusal::token(400, "Check the `grant_type` parameter", "The grant is not supported.")),
        }
        // A new pair ends the old one.
        app.access.clear();
        app.refresh.clear();
        let (access, refresh) = (app.issue("at"), app.issue("rt"));
        app.access.insert(access.clone(), now_ms + ACCESS_LIFE_S * 1_000);
        app.refresh.insert(refresh.clone(), now_ms + REFRESH_LIFE_MS);
        Ok(Answer::ok(json!({
            "token_type": "Bearer", "expires_in": ACCESS_LIFE_S, "access_token": access, "refresh_token": refresh,
        })))
    }
}
