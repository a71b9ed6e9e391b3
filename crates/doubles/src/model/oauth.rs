//! GigaChat's tokens: bought with the key of the cabinet, good for half an hour.
//!
//! Source: developers.sber.ru, post-token and errors, read 2026-11-22.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Profile, Reply, Request, Settings};

pub(super) const PATH: &str = "/api/v2/oauth";
pub(super) const METHOD: &str = "token";
const SCOPES: [&str; 3] = ["GIGACHAT_API_PERS", "GIGACHAT_API_B2B", "GIGACHAT_API_CORP"];
const LIFE_MS: i64 = 30 * 60 * 1_000;
const PER_S_MAX: usize = 10;

/// How the answer says when a token ends: the SDK says one thing, the papers show another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    Milliseconds,
    Seconds,
    /// The older answer: `tok` and `exp`, in seconds.
    Old,
}

#[derive(Default)]
pub(super) struct Oauth {
    /// Valid tokens and the moments they end, in milliseconds since the Unix epoch.
    tokens: BTreeMap<String, i64>,
    given_at_ms: Vec<i64>,
    ids: BTreeSet<String>,
}

impl Oauth {
    pub fn given(&self) -> usize {
        self.given_at_ms.len()
    }

    pub fn revoke(&mut self) {
        self.tokens.clear();
    }

    /// Whether `Authorization` carries a token that still lives.
    pub fn is_valid(&self, authorization: &str, now_ms: i64) -> bool {
        let token = authorization.strip_prefix("Bearer ");
        token.and_then(|token| self.tokens.get(token)).is_some_and(|ends_ms| now_ms < *ends_ms)
    }

    pub fn token(&mut self, settings: &Settings, request: &Request, now_ms: i64) -> Reply {
        if request.header("authorization") != format!("Basic {}", settings.key) {
            return Profile::GigaChat.refuses(401, "", "Authorization error: header is incorrect");
        }
        if let Err((code, message)) = self.check(settings, request) {
            return Reply::json(400, &json!({ "code": code, "message": message }));
        }
        if self.given_at_ms.iter().filter(|at_ms| now_ms - **at_ms < 1_000).count() >= PER_S_MAX {
            return Profile::GigaChat.refuses(429, "", "");
        }
        self.given_at_ms.push(now_ms);
        let token = format!("eyJ.example.{}", self.given());
        let ends_ms = now_ms + LIFE_MS;
        self.tokens.insert(token.clone(), ends_ms);
        Reply::json(200, &body(settings.expiry, &token, ends_ms))
    }

    fn check(&mut self, settings: &Settings, request: &Request) -> Result<(), (u8, &'static str)> {
        if !is_uuid4(request.header("rquid")) || !self.ids.insert(request.header("rquid").to_owned()) {
            return Err((1, "RqUID is missing, not a UUID of version 4, or was used before"));
        }
        if !request.header("content-type").starts_with("application/x-www-form-urlencoded") {
            return Err((1, "the body is not a form"));
        }
        if request.header("accept") != "application/json" {
            return Err((1, "Accept is not application/json"));
        }
        match request.body.strip_prefix("scope=") {
            None | Some("") => Err((5, "scope is empty")),
            Some(scope) if scope == settings.scope => Ok(()),
            Some(scope) if SCOPES.contains(&scope) => Err((7, "scope from db not fully includes consumed scope")),
            Some(_) => Err((1, "scope data format invalid")),
        }
    }
}

fn body(expiry: Expiry, token: &str, ends_ms: i64) -> Value {
    let ends_s = ends_ms.div_euclid(1_000);
    match expiry {
        Expiry::Milliseconds => json!({ "access_token": token, "expires_at": ends_ms }),
        Expiry::Seconds => json!({ "access_token": token, "expires_at": ends_s }),
        Expiry::Old => json!({ "tok": token, "exp": ends_s }),
    }
}

/// `xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx`, y one of 8, 9, a, b. Source: RFC 9562.
fn is_uuid4(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    lengths == [8, 4, 4, 4, 12]
        && parts.concat().chars().all(|c| c.is_ascii_hexdigit())
        && parts[2].starts_with('4')
        && parts[3].starts_with(['8', '9', 'a', 'b'])
}
