//! The vendor's authorisation server: what it is asked and what its answers mean.
//!
//! Errors are known by their word, not by their status, which is not documented.
//! Source: b24-rest-docs `settings/oauth/*.md`, read 2026-11-22.

use std::time::Duration;

use jiff::SignedDuration;
use reqwest::{Method, Url};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use crate::access::{later, no_more};
use crate::failure::Failure;
use crate::guard::Guard;
use crate::http::{Answer, Call, Http, Lost};
use crate::ports::Granted;
use crate::settings::is_loopback;

/// Nobody else is asked for a token, whatever an answer or an event says of its server.
const SERVERS: [&str; 2] = ["oauth.bitrix24.tech", "oauth.bitrix.info"];
const TIMEOUT: Duration = Duration::from_secs(30);
const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// Where an answer does not tell how long an access lives.
const LIFE_S: i64 = 3_600;

const CREDENTIALS: &str = "Битрикс24 не знает такого приложения. Проверьте client_id и client_secret в разделе [crm] и установлено ли приложение на портале.";
const UNPAID: &str = "На портале Битрикс24 кончился оплаченный срок. Продлите тариф или подписку на Маркет.";
const SCOPE: &str = "Приложению Битрикс24 не хватает прав. Отметьте в его карточке на портале право «CRM (crm)».";
const ELSEWHERE: &str = "Доступ дал не тот портал, который назван в поле portal. Войдите в нужный портал и подключите ещё раз или поправьте portal в разделе [crm].";

/// One application at the authorisation server.
#[derive(Clone)]
pub struct Oauth {
    pub http: Http,
    server: Url,
    pub client_id: String,
    client_secret: SecretString,
    /// What an answer may name for the portal's address.
    guard: Guard,
}

impl Oauth {
    /// A portal on this machine is a double and its own authorisation server.
    pub fn new(http: Http, portal: &Url, client_id: &str, client_secret: &str) -> Option<Self> {
        let server =
            if is_loopback(portal) { portal.clone() } else { Url::parse(&format!("https://{}/", SERVERS[0])).ok()? };
        let (client_id, client_secret) = (client_id.to_owned(), SecretString::from(client_secret));
        Some(Self { http, server, client_id, client_secret, guard: Guard::of(portal) })
    }

    /// A code of the browser, once and within half a minute.
    pub async fn exchange(&self, code: &str) -> Result<Granted, Failure> {
        self.token("authorization_code", ("code", code)).await
    }

    pub async fn refresh(&self, refresh: &SecretString) -> Result<Granted, Failure> {
        self.token("refresh_token", ("refresh_token", refresh.expose_secret())).await
    }

    /// Whose access this is, by the vendor's own word.
    pub async fn app_info(&self, access: &SecretString) -> Result<Value, Failure> {
        let url = self.server.join("rest/app.info").map_err(|_| no_address())?;
        let body = json!({ "auth": access.expose_secret() }).to_string().into_bytes();
        let answer = self.http.post_json(url, body, &[], TIMEOUT).await.map_err(Lost::of_read)?;
        let mut said = read(&answer)?;
        Ok(said["result"].take())
    }

    async fn token(&self, grant_type: &str, (name, value): (&str, &str)) -> Result<Granted, Failure> {
        let secret = self.client_secret.expose_secret();
        let pairs = [
            ("grant_type", grant_type),
            ("client_id", self.client_id.as_str()),
            ("client_secret", secret),
            (name, value),
        ];
        let mut url = self.server.join("oauth/token/").map_err(|_| no_address())?;
        url.query_pairs_mut().extend_pairs(pairs);
        let call = Call {
            method: Method::GET,
            url,
            headers: &[],
            content: None,
            timeout: TIMEOUT,
            answer_bytes_max: ANSWER_BYTES_MAX,
        };
        let said = read(&self.http.call(call).await.map_err(Lost::of_read)?)?;
        self.granted(&said)
    }

    fn granted(&self, said: &Value) -> Result<Granted, Failure> {
        let text = |name: &str| said[name].as_str().filter(|text| !text.is_empty());
        let whole = (text("access_token"), text("refresh_token"), text("client_endpoint"), text("member_id"));
        let (Some(access), Some(refresh), Some(endpoint), Some(member_id)) = whole else {
            return Err(later("the authorisation server gave no whole access"));
        };
        Ok(Granted {
            client_id: self.client_id.clone(),
            member_id: member_id.to_owned(),
            endpoint: self.endpoint(endpoint)?,
            access: SecretString::from(access),
            refresh: SecretString::from(refresh),
            lives: SignedDuration::from_secs(said["expires_in"].as_i64().unwrap_or(LIFE_S)),
            application_token: None,
        })
    }

    /// An address that an answer names: encrypted and nobody's own network.
    fn endpoint(&self, text: &str) -> Result<String, Failure> {
        let mut url = self
            .guard
            .url(text)
            .map_err(|why| Failure::Broken { why: format!("the portal's address is {why}"), hint: ELSEWHERE })?;
        if !url.path().ends_with('/') {
            url.set_path(&format!("{}/", url.path()));
        }
        Ok(url.into())
    }
}

/// Whether an installation names a server that may be asked for tokens.
pub fn is_server(endpoint: &str) -> bool {
    let host = Url::parse(endpoint).ok().filter(|url| url.scheme() == "https");
    host.as_ref().and_then(Url::host_str).is_some_and(|host| SERVERS.contains(&host))
}

/// The access came from another portal than the owner has named.
pub fn of_another_portal() -> Failure {
    Failure::Broken { why: "the access is of another portal".to_owned(), hint: ELSEWHERE }
}

fn read(answer: &Answer) -> Result<Value, Failure> {
    let Ok(said @ Value::Object(_)) = serde_json::from_slice::<Value>(&answer.body) else {
        return Err(later(&format!("answer {} is not the authorisation server's", answer.status)));
    };
    match said["error"].as_str() {
        None if answer.status < 300 => Ok(said),
        None => Err(later(&format!("the authorisation server answered {}", answer.status))),
        Some(code) => Err(refusal(code)),
    }
}

fn refusal(code: &str) -> Failure {
    let why = format!("the authorisation server refused: {code}");
    match code {
        "invalid_grant" | "expired_token" | "invalid_token" | "NO_AUTH_FOUND" => no_more(&why),
        "PAYMENT_REQUIRED" => Failure::Broken { why, hint: UNPAID },
        "insufficient_scope" | "invalid_scope" => Failure::Broken { why, hint: SCOPE },
        "invalid_client" | "invalid_request" | "NOT_INSTALLED" | "WRONG_CLIENT" => {
            Failure::Broken { why, hint: CREDENTIALS }
        }
        _ => later(&why),
    }
}

fn no_address() -> Failure {
    Failure::Broken { why: "the authorisation server has no address".to_owned(), hint: CREDENTIALS }
}
