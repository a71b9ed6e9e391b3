//! What the two messengers of Meta share: how an address is proved, and the shape of a refusal.

use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

use super::proof;
use super::rest::Refusal;
use crate::failure::{Failure, codes};
use crate::form;
use crate::ports::Hook;
use crate::settings::{Settings, SettingsProblem};

/// The header that signs a delivery, by the app's secret over the bytes as they came.
pub const SIGNATURE: &str = "x-hub-signature-256";

/// Meta joins many events into one delivery, up to three megabytes.
pub const HOOK_BYTES_MAX: usize = 3 * 1024 * 1024;

/// What the entry's `token` stands in.
pub fn bearer(settings: &Settings<'_>) -> Result<HeaderValue, SettingsProblem> {
    let mut bearer = HeaderValue::from_str(&format!("Bearer {}", settings.required("token")?))
        .map_err(|_| settings.problem("token", "В токене есть лишние знаки: скопируйте его ещё раз"))?;
    bearer.set_sensitive(true);
    Ok(bearer)
}

/// Answers `hub.challenge` to who knows the word agreed upon. An ordinary delivery is none of this.
pub fn handshake(hook: &Hook<'_>, verify_token: &SecretString) -> Result<Option<String>, Failure> {
    let pairs = form::decode(hook.body);
    if form::only(&pairs, "hub.mode") != Some("subscribe") {
        return Ok(None);
    }
    let theirs = form::only(&pairs, "hub.verify_token").unwrap_or_default();
    match proof::equal(verify_token.expose_secret().as_bytes(), theirs.as_bytes()) {
        Ok(()) => Ok(form::only(&pairs, "hub.challenge").map(str::to_owned)),
        Err(_) => Err(Failure::Refused { code: codes::FORGED.to_owned(), why: "a wrong verify token".to_owned() }),
    }
}

/// The error of the Graph API, without its words: they may quote what was sent.
#[derive(Clone, Copy, Debug, Default)]
pub struct GraphError {
    pub status: u16,
    pub code: i64,
    pub subcode: i64,
    /// Meta says itself that it will pass.
    pub is_transient: bool,
}

impl GraphError {
    pub fn of(refusal: &Refusal) -> Self {
        let error = &refusal.body["error"];
        Self {
            status: refusal.status,
            code: error["code"].as_i64().unwrap_or_default(),
            subcode: error["error_subcode"].as_i64().unwrap_or_default(),
            is_transient: error["is_transient"].as_bool().unwrap_or(false),
        }
    }

    pub fn why(&self) -> String {
        format!("{} error {}/{}", self.status, self.code, self.subcode)
    }

    pub fn refused(&self, code: &str) -> Failure {
        Failure::Refused { code: code.to_owned(), why: self.why() }
    }

    pub fn broken(&self, hint: &'static str) -> Failure {
        Failure::Broken { why: self.why(), hint }
    }
}
