//! The token: 60 days for Instagram Login, refreshable after a day; a page's does not grow old.

use serde_json::{Value, json};

use super::{Double, Flavour, State, refusal::refusal};
use crate::meta::{Call, Refusal};

const DAY_MS: i64 = 86_400_000;
const TOKEN_LIFE_MS: i64 = 60 * DAY_MS;

impl Double {
    /// Takes every token back, as a person does who changes the password.
    pub fn revoke_tokens(&self) {
        self.state().tokens.clear();
    }
}

impl State {
    pub(super) fn check_token(&self, token: &str, now_ms: i64) -> Result<(), Refusal> {
        let issued_ms = self.tokens.get(token).ok_or_else(Refusal::token)?;
        let grows_old = self.settings.flavour == Flavour::InstagramLogin;
        if grows_old && now_ms - issued_ms >= TOKEN_LIFE_MS {
            return Err(refusal(190));
        }
        Ok(())
    }

    /// Issues a new token beside the old one, which keeps its own end. The sheet names no code for a token that is younger
    /// than a day; 100 here.
    pub(super) fn refresh(&mut self, call: &Call, token: &str, now_ms: i64) -> Result<Value, Refusal> {
        if self.settings.flavour == Flavour::LinkedPage || call.parameter("grant_type") != Some("ig_refresh_token") {
            let failure = "refresh_access_token: not of this flavour, or another grant_type";
            return Err(self.app.breach(failure.into(), Refusal::bad("Invalid parameter")));
        }
        if now_ms - self.tokens[token] < DAY_MS {
            return Err(Refusal::bad("The access token is younger than 24 hours"));
        }
        let number = self.next_number();
        let fresh = format!("{}{number}", self.settings.token);
        self.tokens.insert(fresh.clone(), now_ms);
        Ok(json!({ "access_token": fresh, "token_type": "bearer", "expires_in": TOKEN_LIFE_MS / 1000 }))
    }
}
