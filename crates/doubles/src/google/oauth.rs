//! The desk that gives out tokens: for an assertion that a robot signed, or for an owner's standing consent.
//!
//! Source: the vendor's page on service accounts and its library google-auth; the contract sheet, 1.1. How far `iat`
//! may be off is not published: the double takes five minutes.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rustls::SignatureScheme;
use rustls::crypto::ring::default_provider;
use serde_json::{Value, json};

use super::Settings;
use super::discovery::V3;
use super::refusal::no_token;
use crate::Answer;
use crate::envelope::{Envelope, pairs};

pub(super) const PATH: &str = "/token";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const AUDIENCE: &str = "https://oauth2.googleapis.com/token";
const LIFE_S: i64 = 3_599;
const ASSERTION_LIFE_S_MAX: i64 = 3_600;
const SKEW_S_MAX: i64 = 300;
/// What an owner has agreed to.
const CONSENT: &str = "https://www.googleapis.com/auth/calendar.events";

#[derive(Default)]
pub(super) struct Tokens {
    alive: BTreeMap<String, Token>,
    /// Tokens given out so far.
    pub(super) given: usize,
    /// Requests for one, whatever came of them.
    pub(super) asked: usize,
}

struct Token {
    ends_ms: i64,
    scopes: Vec<String>,
}

impl Tokens {
    pub(super) fn revoke(&mut self) {
        self.alive.clear();
    }

    /// What the bearer may do; `None`: the token is unknown or has ended.
    pub(super) fn scopes(&self, authorization: Option<&str>, now_ms: i64) -> Option<&[String]> {
        let token = self.alive.get(authorization?.strip_prefix("Bearer ")?)?;
        (now_ms < token.ends_ms).then_some(token.scopes.as_slice())
    }

    pub(super) fn give(&mut self, settings: &Settings, envelope: &Envelope, now_ms: i64) -> Answer {
        self.asked += 1;
        let kind = envelope.header("content-type").unwrap_or_default();
        let form = pairs(&envelope.body).filter(|_| kind.starts_with("application/x-www-form-urlencoded"));
        let Some(form) = form.filter(|_| envelope.method == "POST") else {
            return no_token(400, "invalid_request", "Not a form");
        };
        let field = |name: &str| {
            let mut values = form.iter().filter(|(own, _)| own == name).map(|(_, value)| value.as_str());
            values.next().filter(|_| values.next().is_none()).unwrap_or_default()
        };
        let scopes = match field("grant_type") {
            GRANT => check_assertion(settings, field("assertion"), now_ms.div_euclid(1_000))
                .map_err(|why| no_token(400, "invalid_grant", why)),
            "refresh_token" => check_consent(settings, &field),
            _ => Err(no_token(400, "unsupported_grant_type", "")),
        };
        match scopes {
            Err(refused) => refused,
            Ok(scopes) => {
                self.given += 1;
                let token = format!("ya29.example-{}", self.given);
                self.alive.insert(token.clone(), Token { ends_ms: now_ms + LIFE_S * 1_000, scopes });
                Answer::ok(json!({ "access_token": token, "expires_in": LIFE_S, "token_type": "Bearer" }))
            }
        }
    }
}

fn check_consent<'a>(settings: &Settings, field: &impl Fn(&str) -> &'a str) -> Result<Vec<String>, Answer> {
    if field("client_id") != settings.client_id || field("client_secret") != settings.client_secret {
        return Err(no_token(401, "invalid_client", "The OAuth client was not found."));
    }
    if field("refresh_token") != settings.refresh_token || !settings.has_consent {
        return Err(no_token(400, "invalid_grant", "Token has been expired or revoked."));
    }
    Ok(vec![CONSENT.to_owned()])
}

/// Gives the scopes of an assertion that holds.
fn check_assertion(settings: &Settings, assertion: &str, now_s: i64) -> Result<Vec<String>, &'static str> {
    let (signed, signature) = assertion.rsplit_once('.').ok_or("Bad Request")?;
    let (header, claims) = signed.split_once('.').ok_or("Bad Request")?;
    let (header, claims) = (json_of(header)?, json_of(claims)?);
    if header["alg"] != "RS256" || header["typ"] != "JWT" || header["kid"] != settings.key_id.as_str() {
        return Err("Invalid JWT header.");
    }
    if claims["iss"] != settings.robot.as_str() {
        return Err("Invalid grant: account not found");
    }
    if !settings.has_key || !is_signed(settings.public_key(), signed, signature) {
        return Err("Invalid JWT Signature.");
    }
    if claims["aud"] != AUDIENCE {
        return Err("Invalid JWT: audience");
    }
    let second = |name: &str| claims[name].as_i64().ok_or("Invalid JWT: iat and exp are numbers");
    let (issued_s, ends_s) = (second("iat")?, second("exp")?);
    let is_near = (issued_s - now_s).abs() <= SKEW_S_MAX && ends_s > now_s;
    if !is_near || !(1..=ASSERTION_LIFE_S_MAX).contains(&(ends_s - issued_s)) {
        return Err("Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.");
    }
    if claims.get("sub").is_some() {
        return Err("unauthorized_client: no delegation was given");
    }
    let scopes: Vec<String> = claims["scope"].as_str().unwrap_or_default().split(' ').map(str::to_owned).collect();
    if scopes.iter().all(|scope| V3.has_scope(scope)) { Ok(scopes) } else { Err("Invalid OAuth scope.") }
}

fn json_of(part: &str) -> Result<Value, &'static str> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| "Bad Request")?;
    serde_json::from_slice(&bytes).map_err(|_| "Bad Request")
}

/// RSASSA-PKCS1-v1_5 with SHA-256. Source: RFC 7518, 3.3.
fn is_signed(public_pem: &str, signed: &str, signature: &str) -> bool {
    let Ok(signature) = URL_SAFE_NO_PAD.decode(signature) else { return false };
    let lines: String = public_pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let key = STANDARD.decode(lines).expect("the robot's public key is PEM");
    let mapping = default_provider().signature_verification_algorithms.mapping;
    let rsa = mapping.iter().filter(|(scheme, _)| *scheme == SignatureScheme::RSA_PKCS1_SHA256);
    rsa.flat_map(|(_, algorithms)| *algorithms)
        .any(|algorithm| algorithm.verify_signature(&key, signed.as_bytes(), &signature).is_ok())
}
