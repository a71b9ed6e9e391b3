//! An integration of the account: an access that lives for a day, and a new one is asked for only when the account
//! refuses the old.
//!
//! A refresh token works once. Where the answer to it was lost, it is used again all the same: had the request not
//! arrived, it is still good, and otherwise the account says that it is spent, which is what its owner must hear.
//! Source: amocrm/amocrm-api-php @1354d8a (1.16.0), `AmoCRMOAuth`; read 2026-11-22.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::SignedDuration;
use reqwest::{Method, Url};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::OpenContext;
use crate::access::{self, Access, Hints, later, no_more};
use crate::failure::Failure;
use crate::form;
use crate::http::{Answer, Call, Http, Lost};
use crate::ports::{AppCard, Authorization, Grant, Granted, Renewal};
use crate::settings::{Settings, SettingsProblem, is_loopback};

const FIELDS: [&str; 2] = ["client_id", "client_secret"];
/// Accounts live at names below these, and nobody else is given a secret.
const DOMAINS: [&str; 3] = ["amocrm.ru", "amocrm.com", "kommo.com"];
const TIMEOUT: Duration = Duration::from_secs(20);
const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// Where an answer does not tell how long an access lives.
const LIFE_S: i64 = 86_400;

const CONNECT: &str =
    "amoCRM ещё не подключена. Владельцу: откройте в кабинете «Ещё → CRM» и нажмите «Подключить».";
pub const LOST: &str = "amoCRM больше не пускает Ночник. Владельцу: откройте в кабинете «Ещё → CRM» и нажмите «Подключить»; заявки ждут и уйдут сами.";
const CREDENTIALS: &str = "amoCRM не приняла разрешение. Проверьте client_id, client_secret и ссылку для перенаправления в карточке интеграции и нажмите «Подключить» ещё раз.";
const ELSEWHERE: &str = "Доступ дал не тот аккаунт amoCRM, который назван в поле base_url. Войдите в нужный аккаунт и подключите ещё раз или поправьте base_url в разделе [crm].";
const NO_ACCOUNT: &str = "По адресу из поля base_url аккаунта amoCRM нет. Скопируйте адрес из браузера в раздел [crm].";
const UNPAID: &str = "Аккаунт amoCRM не оплачен. Оплатите его: Настройки → Счёт и оплата.";

static CARD: AppCard =
    AppCard { place: "amoМаркет → Создать интеграцию → Внешняя", back: "Ссылка для перенаправления", news: None };

/// The integration of one business.
#[derive(Clone)]
pub struct App {
    http: Http,
    /// `https://salon.amocrm.ru/`.
    account: Url,
    client_secret: SecretString,
    /// Named in every question: it must be the one on the integration's card.
    back_url: String,
    access: Access,
}

impl App {
    /// Whether the entry names an integration at all.
    pub fn is_named(settings: &Settings<'_>) -> Result<bool, SettingsProblem> {
        access::is_named(settings, &FIELDS)
    }

    pub fn open(
        settings: &Settings<'_>,
        context: &OpenContext,
        http: &Http,
        root: &Url,
    ) -> Result<Self, SettingsProblem> {
        let [client_id, client_secret] = FIELDS.map(|name| {
            let missing = || settings.problem(name, "Для интеграции заполните client_id и client_secret");
            settings.text(name)?.ok_or_else(missing)
        });
        let host = root.host_str().unwrap_or_default();
        if domain_of(host).is_none() && !is_loopback(root) {
            return Err(settings.problem("base_url", "Нужен адрес вашего аккаунта: https://салон.amocrm.ru"));
        }
        let mut account = root.clone();
        account.set_path("/");
        Ok(Self {
            http: http.clone(),
            account,
            client_secret: SecretString::from(client_secret?),
            back_url: context.back_url.clone(),
            access: Access::new(client_id?, context.grants.clone(), Hints { connect: CONNECT, lost: LOST }),
        })
    }

    /// An access of an account that the owner does not name any more is none.
    pub async fn grant(&self) -> Result<Grant, Failure> {
        self.access.grant(|grant| grant.endpoint == self.account.as_str()).await
    }

    pub async fn renewed(&self, stale: &Grant) -> Result<Grant, Failure> {
        self.access.renewed(stale, Arc::new(self.clone())).await
    }

    /// What the account answers to a code or a refresh token.
    async fn token(&self, grant_type: &str, (name, value): (&str, &str)) -> Result<Answer, Failure> {
        let body = json!({
            "client_id": self.access.client_id,
            "client_secret": self.client_secret.expose_secret(),
            "grant_type": grant_type,
            name: value,
            "redirect_uri": self.back_url,
        });
        let call = Call {
            method: Method::POST,
            url: self.account.join("oauth2/access_token").map_err(|_| broken("no address", NO_ACCOUNT))?,
            headers: &[],
            content: Some(("application/json", body.to_string().into_bytes())),
            timeout: TIMEOUT,
            answer_bytes_max: ANSWER_BYTES_MAX,
        };
        self.http.call(call).await.map_err(Lost::of_read)
    }

    /// Reads an access; `refused` says what a no of the account to the word itself means.
    fn granted(&self, answer: &Answer, refused: impl Fn(&str) -> Failure) -> Result<Granted, Failure> {
        let status = answer.status;
        let why = format!("the account answered {status} to a token");
        let said = match (status, serde_json::from_slice::<Value>(&answer.body)) {
            (200..=299, Ok(said @ Value::Object(_))) => said,
            (401, Ok(Value::Object(_))) => return Err(refused(&why)),
            (400, Ok(Value::Object(_))) => return Err(broken(&why, CREDENTIALS)),
            (402, _) => return Err(broken(&why, UNPAID)),
            (300..=399 | 404, _) => return Err(broken(&why, NO_ACCOUNT)),
            _ => return Err(later(&why)),
        };
        let text = |name: &str| said[name].as_str().filter(|text| !text.is_empty());
        let (Some(access), Some(refresh)) = (text("access_token"), text("refresh_token")) else {
            return Err(later("the account gave no whole access"));
        };
        Ok(Granted {
            client_id: self.access.client_id.clone(),
            member_id: self.account.host_str().unwrap_or_default().to_owned(),
            endpoint: self.account.to_string(),
            access: SecretString::from(access),
            refresh: SecretString::from(refresh),
            lives: SignedDuration::from_secs(said["expires_in"].as_i64().unwrap_or(LIFE_S)),
            application_token: None,
        })
    }
}

#[async_trait]
impl Authorization for App {
    /// The consent is given at the vendor's own door, where the owner chooses the account.
    fn link(&self, state: &str) -> String {
        let mut url = self.account.clone();
        if let Some(domain) = self.account.host_str().and_then(domain_of) {
            // A name made of known ones is a name.
            let _ = url.set_host(Some(&format!("www.{domain}")));
        }
        url.set_path("/oauth");
        let query = [("client_id", self.access.client_id.as_str()), ("state", state), ("mode", "popup")];
        url.query_pairs_mut().extend_pairs(query);
        url.into()
    }

    /// The code goes to the account that the owner has named, and to no other.
    async fn redeem(&self, query: &[(String, String)]) -> Result<Granted, Failure> {
        let code = self.access.code(query)?;
        let from = form::only(query, "referer").unwrap_or_default();
        if from != self.account.host_str().unwrap_or_default() {
            return Err(broken("the access is of another account", ELSEWHERE));
        }
        self.granted(&self.token("authorization_code", ("code", code)).await?, |why| broken(why, CREDENTIALS))
    }

    fn app_card(&self) -> &'static AppCard {
        &CARD
    }
}

#[async_trait]
impl Renewal for App {
    async fn renew(&self, _: &Grant, refresh: &SecretString) -> Result<Granted, Failure> {
        self.granted(&self.token("refresh_token", ("refresh_token", refresh.expose_secret())).await?, no_more)
    }
}

/// `amocrm.ru` of `salon.amocrm.ru`.
fn domain_of(host: &str) -> Option<&'static str> {
    DOMAINS.into_iter().find(|domain| host.strip_suffix(domain).is_some_and(|name| name.ends_with('.')))
}

fn broken(why: &str, hint: &'static str) -> Failure {
    Failure::Broken { why: why.to_owned(), hint }
}
