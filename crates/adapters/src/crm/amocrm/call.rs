//! One request to the account, and what its answers mean.
//!
//! Source: the vendor's client `amocrm/amocrm-api-php` @1354d8a; developers.kommo.com, limitations; read 2026-11-22.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use reqwest::header::{AUTHORIZATION, HeaderValue};
use reqwest::{Method, Url};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::app::{self, App};
use super::brake::Brake;
use super::{OpenContext, check};
use crate::failure::{Failure, Scope, codes};
use crate::form;
use crate::http::{ANSWER_BYTES_MAX, Answer, Call, Http, Lost};
use crate::settings::{Settings, SettingsProblem};

/// As long as the vendor's own client waits.
const TIMEOUT: Duration = Duration::from_secs(20);
/// Who is restricted stays silent for an hour at least.
const RESTRICTED_PAUSE: SignedDuration = SignedDuration::from_hours(1);
/// Most rows of a page.
const PAGE: &str = "250";
/// Pages of one list: a thousand rows are more than a look-up ever needs.
const PAGES_MAX: usize = 4;
const WHY_CHARS_MAX: usize = 200;

/// The door to one account.
pub struct Account {
    http: Http,
    /// `https://salon.amocrm.ru/api/v4/`.
    root: Url,
    key: Key,
    brake: Mutex<Brake>,
}

/// By what the account lets us in.
enum Key {
    /// A long-lived token, and when it ends, where it says so itself.
    Token(SecretString, Option<Timestamp>),
    App(App),
}

/// The account's refusal of what a request says. Only codes and places of the fields: no value of anybody's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub status: u16,
    /// Of the first flaw, or `http_400`.
    pub code: String,
    pub why: String,
}

impl Refusal {
    /// There is no such element, or no longer for us to see.
    pub fn is_not_found(&self) -> bool {
        self.status == 404
    }

    pub fn into_failure(self) -> Failure {
        Failure::Refused { code: self.code, why: self.why }
    }
}

/// What a request may do over there, and who is told of a 403.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Care {
    Asks,
    Changes,
    /// Makes what can be done without; a missing right is an ordinary refusal.
    Tries,
}

/// The requests of one put: counted, and remembered once one of them has changed something.
pub struct Talk<'a> {
    account: &'a Account,
    now: Timestamp,
    requests: AtomicU32,
    has_changed: AtomicBool,
}

impl Account {
    /// By the entry's token or by its integration, whichever of the two it names.
    pub fn open(settings: &Settings<'_>, context: &OpenContext) -> Result<Self, SettingsProblem> {
        let base = settings.url("base_url", "")?;
        let host = base.host_str().unwrap_or_default();
        if matches!(host.trim_start_matches("www."), "amocrm.ru" | "kommo.com") {
            return Err(settings.problem("base_url", "Нужен адрес вашего аккаунта: https://салон.amocrm.ru"));
        }
        let mut root = base.clone();
        root.set_path("/api/v4/");
        root.set_query(None);
        let http = Http::open(settings, &root)?;
        let key = match (settings.text("token")?, App::is_named(settings)?) {
            (Some(token), false) => token_of(settings, token)?,
            (None, true) => Key::App(App::open(settings, context, &http, &root)?),
            (Some(_), true) => return Err(settings.problem("token", "Указаны и токен, и интеграция. Оставьте одно: token или client_id и client_secret")),
            (None, false) => return Err(settings.problem("token", "Укажите долгосрочный токен (token) или интеграцию (client_id и client_secret)")),
        };
        Ok(Self { http, root, key, brake: Mutex::default() })
    }

    /// The integration, where it is one that lets us in.
    pub fn app(&self) -> Option<&App> {
        match &self.key {
            Key::App(app) => Some(app),
            Key::Token(..) => None,
        }
    }

    pub fn host(&self) -> &str {
        self.root.host_str().unwrap_or_default()
    }

    /// When the token ends, where it says so itself.
    pub fn token_end(&self) -> Option<Timestamp> {
        match &self.key {
            Key::Token(_, end) => *end,
            Key::App(_) => None,
        }
    }

    fn hint_of(&self, status: u16) -> &'static str {
        match self.app() {
            Some(_) if status == 401 => app::LOST,
            _ => hint_of(status),
        }
    }

    /// All who speak to one account share this name, and with it the pace.
    pub fn destination(&self) -> String {
        format!("crm:amocrm:{}", self.host())
    }

    fn brake<T>(&self, act: impl FnOnce(&mut Brake) -> T) -> T {
        act(&mut self.brake.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<'a> Talk<'a> {
    pub fn new(account: &'a Account, now: Timestamp) -> Self {
        Self { account, now, requests: AtomicU32::new(0), has_changed: AtomicBool::new(false) }
    }

    pub fn requests(&self) -> u32 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Stays silent for as long as an earlier 429 asks for: going on after it ends in a ban of the whole address.
    pub fn wait_out_brake(&self) -> Result<(), Failure> {
        match self.account.brake(|brake| brake.left(self.now)) {
            None => Ok(()),
            Some(left) => Err(later(Some(left), "the account was asked too fast a moment ago".to_owned())),
        }
    }

    /// All rows of a list, at most a thousand; an empty one is a 204. Only the link to a next page tells of more.
    pub async fn list(&self, path: &str, query: &[(&str, &str)], key: &str) -> Result<Vec<Value>, Failure> {
        let mut rows = Vec::new();
        for page in 1..=PAGES_MAX {
            let page = page.to_string();
            let mut query = query.to_vec();
            query.extend([("limit", PAGE), ("page", page.as_str())]);
            let said = self.call(Method::GET, path, &query, None, Care::Asks).await?;
            let body = said.map_err(|refusal| no_look(&refusal))?;
            if body.is_null() {
                break;
            }
            let found = body["_embedded"][key].as_array().ok_or_else(|| strange(200, Care::Asks))?;
            rows.extend(found.iter().cloned());
            if body["_links"]["next"]["href"].is_null() {
                break;
            }
        }
        Ok(rows)
    }

    /// One element, or a list that has no pages; `None`: it is not there.
    pub async fn one(&self, path: &str, query: &[(&str, &str)]) -> Result<Option<Value>, Failure> {
        match self.call(Method::GET, path, query, None, Care::Asks).await? {
            Ok(body) => Ok(Some(body).filter(|body| !body.is_null())),
            Err(refusal) if refusal.is_not_found() => Ok(None),
            Err(refusal) => Err(no_look(&refusal)),
        }
    }

    /// Makes elements. The inner error is the account's refusal of this body; null is an answer without words.
    pub async fn add(&self, path: &str, body: &Value) -> Result<Result<Value, Refusal>, Failure> {
        self.call(Method::POST, path, &[], Some(body), Care::Changes).await
    }

    /// Changes one element. Repeating it changes nothing more.
    pub async fn change(&self, path: &str, body: &Value) -> Result<Result<Value, Refusal>, Failure> {
        self.call(Method::PATCH, path, &[], Some(body), Care::Changes).await
    }

    /// Makes what can be done without.
    pub async fn try_add(&self, path: &str, body: &Value) -> Result<Result<Value, Refusal>, Failure> {
        self.call(Method::POST, path, &[], Some(body), Care::Tries).await
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        body: Option<&Value>,
        care: Care,
    ) -> Result<Result<Value, Refusal>, Failure> {
        let said = match self.send(method, path, query, body, care).await {
            Ok(Answer { status: 403, .. }) if care != Care::Tries => Err(self.forbidden().await),
            Ok(answer) => self.read(&answer, care),
            Err(failure) => Err(failure),
        };
        match said {
            Ok(Ok(said)) => {
                self.account.brake(Brake::release);
                self.has_changed.fetch_or(care == Care::Changes, Ordering::Relaxed);
                Ok(Ok(said))
            }
            Ok(Err(refusal)) => Ok(Err(refusal)),
            Err(failure) => Err(self.half_done(failure)),
        }
    }

    /// With the token, or with the access as it stands. An account that finds it too old has done nothing: the same call
    /// is made once more, with the next one.
    async fn send(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        body: Option<&Value>,
        care: Care,
    ) -> Result<Answer, Failure> {
        let mut url = self.account.root.clone();
        url.set_path(&format!("{}{path}", self.account.root.path()));
        if !query.is_empty() {
            url.set_query(Some(&form::encode(query)));
        }
        let once = async |token: &SecretString| {
            self.requests.fetch_add(1, Ordering::Relaxed);
            let (method, url) = (method.clone(), url.clone());
            let content = body.map(|body| ("application/json", body.to_string().into_bytes()));
            let headers = &[(AUTHORIZATION, bearer(token)?)];
            let call = Call { method, url, headers, content, timeout: TIMEOUT, answer_bytes_max: ANSWER_BYTES_MAX };
            let answer = self.account.http.call(call).await;
            answer.map_err(if care == Care::Changes { Lost::of_write } else { Lost::of_read })
        };
        let app = match &self.account.key {
            Key::Token(token, _) => return once(token).await,
            Key::App(app) => app,
        };
        let grant = app.grant().await?;
        let answer = once(&grant.access).await?;
        if answer.status != 401 {
            return Ok(answer);
        }
        once(&app.renewed(&grant).await?.access).await
    }

    fn read(&self, answer: &Answer, care: Care) -> Result<Result<Value, Refusal>, Failure> {
        let status = answer.status;
        let why = || format!("amoCRM answered {status}");
        match (status, serde_json::from_slice(&answer.body)) {
            (204, _) => Ok(Ok(Value::Null)),
            // Accepted; the body may be a text.
            (202, Err(_)) if care != Care::Asks => Ok(Ok(Value::Null)),
            (200..=299, Ok(body @ (Value::Object(_) | Value::Array(_)))) => Ok(Ok(body)),
            (401 | 402 | 300..=399, _) => Err(Failure::Broken { why: why(), hint: self.account.hint_of(status) }),
            (429, _) => {
                let pause = self.account.brake(|brake| brake.pull(self.now, answer.retry_after));
                // Likely not done, but nobody promises it.
                Err(if care == Care::Changes { unknown(why()) } else { later(Some(pause), why()) })
            }
            (400..=499, Ok(body @ Value::Object(_))) => Ok(Err(refusal(status, &body))),
            _ => Err(strange(status, care)),
        }
    }

    /// A missing right and a restricted address look the same: only another question tells them apart.
    async fn forbidden(&self) -> Failure {
        match self.send(Method::GET, "account", &[], None, Care::Asks).await {
            Ok(Answer { status: 403, .. }) => {
                later(Some(RESTRICTED_PAUSE), "amoCRM answers 403 to everything: restricted or blocked".to_owned())
            }
            _ => Failure::Broken { why: "amoCRM answered 403".to_owned(), hint: hint_of(403) },
        }
    }

    /// Something was changed before: it is looked up before anything is repeated.
    fn half_done(&self, failure: Failure) -> Failure {
        match failure {
            Failure::Later { why, .. } if self.has_changed.load(Ordering::Relaxed) => Failure::Unknown { why },
            failure => failure,
        }
    }
}

/// An empty answer must mean «nothing there», never «could not see»: a create would follow.
fn no_look(refusal: &Refusal) -> Failure {
    Failure::Broken { why: format!("the look-up was refused: {}", refusal.why), hint: hint_of(refusal.status) }
}

/// The address leads to no account.
pub fn no_account() -> Failure {
    Failure::Broken { why: "there is no account at the address".to_owned(), hint: hint_of(404) }
}

fn token_of(settings: &Settings<'_>, token: &str) -> Result<Key, SettingsProblem> {
    let wrong = || settings.problem("token", "Токен скопирован не целиком или с лишними знаками");
    let (end, token) = (check::end_of(token), SecretString::from(token));
    bearer(&token).map(|_| Key::Token(token, end)).map_err(|_| wrong())
}

/// Never shown.
fn bearer(token: &SecretString) -> Result<HeaderValue, Failure> {
    let unfit = |_| Failure::Refused { code: codes::MALFORMED.to_owned(), why: "the token is no header".to_owned() };
    let mut bearer = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret())).map_err(unfit)?;
    bearer.set_sensitive(true);
    Ok(bearer)
}

fn refusal(status: u16, body: &Value) -> Refusal {
    let flaws = body["validation-errors"].as_array().into_iter().flatten();
    let flaws: Vec<(&str, &str)> = flaws
        .flat_map(|item| item["errors"].as_array().into_iter().flatten())
        .map(|flaw| (flaw["code"].as_str().unwrap_or_default(), flaw["path"].as_str().unwrap_or_default()))
        .collect();
    let code = flaws.first().map_or_else(|| format!("http_{status}"), |(code, _)| (*code).to_owned());
    let places: Vec<String> = flaws.iter().map(|(code, path)| format!("{code} {path}")).collect();
    let why = format!("{status} {}", places.join(", ")).trim().chars().take(WHY_CHARS_MAX).collect();
    Refusal { status, code, why }
}

/// What a person must mend.
fn hint_of(status: u16) -> &'static str {
    match status {
        401 => {
            "amoCRM не принимает токен: он отозван или истёк. Создайте новый: amoМаркет → ваша интеграция → «Ключи и доступы» → «Сгенерировать токен», и вставьте его в Настройки → CRM."
        }
        402 => "Аккаунт amoCRM не оплачен. Оплатите его: Настройки → Счёт и оплата.",
        403 => {
            "amoCRM не даёт доступа: проверьте права сотрудника, который создал интеграцию, на сделки, контакты и задачи (Настройки → Пользователи)."
        }
        _ => "По этому адресу аккаунта amoCRM нет. Скопируйте адрес из браузера (https://салон.amocrm.ru) в Настройки → CRM.",
    }
}

fn strange(status: u16, care: Care) -> Failure {
    let why = format!("answer {status} is not the vendor's");
    if care == Care::Changes { unknown(why) } else { later(None, why) }
}

fn later(after: Option<SignedDuration>, why: String) -> Failure {
    Failure::Later { after, scope: Scope::Destination, why }
}

fn unknown(why: String) -> Failure {
    Failure::Unknown { why }
}
