//! One request to the account, and what its answers mean.
//!
//! Source: the vendor's client `amocrm/amocrm-api-php` @1354d8a; developers.kommo.com, limitations; read 2026-11-22.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};
use reqwest::{Method, Url};
use serde_json::Value;

use super::brake::Brake;
use super::check;
use crate::failure::{Failure, Scope};
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
    /// Holds the token: never shown.
    headers: [(HeaderName, HeaderValue); 1],
    token_end: Option<Timestamp>,
    brake: Mutex<Brake>,
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
    pub fn open(settings: &Settings<'_>) -> Result<Self, SettingsProblem> {
        let base = settings.url("base_url", "")?;
        let host = base.host_str().unwrap_or_default();
        if matches!(host.trim_start_matches("www."), "amocrm.ru" | "kommo.com") {
            return Err(settings.problem("base_url", "Нужен адрес вашего аккаунта: https://салон.amocrm.ru"));
        }
        let wrong = || settings.problem("token", "Токен скопирован не целиком или с лишними знаками");
        let token = settings.required("token")?;
        let mut bearer = HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| wrong())?;
        bearer.set_sensitive(true);
        let mut root = base.clone();
        root.set_path("/api/v4/");
        root.set_query(None);
        Ok(Self {
            http: Http::open(settings, &root)?,
            root,
            headers: [(AUTHORIZATION, bearer)],
            token_end: check::end_of(token),
            brake: Mutex::default(),
        })
    }

    pub fn host(&self) -> &str {
        self.root.host_str().unwrap_or_default()
    }

    /// When the token ends, where it says so itself.
    pub fn token_end(&self) -> Option<Timestamp> {
        self.token_end
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
        let answer = self.send(method, path, query, body).await;
        let answer = answer.map_err(if care == Care::Changes { Lost::of_write } else { Lost::of_read });
        let said = match answer {
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

    async fn send(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Answer, Lost> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        let mut url = self.account.root.clone();
        url.set_path(&format!("{}{path}", self.account.root.path()));
        if !query.is_empty() {
            url.set_query(Some(&form::encode(query)));
        }
        let content = body.map(|body| ("application/json", body.to_string().into_bytes()));
        let headers = self.account.headers.as_slice();
        let call = Call { method, url, headers, content, timeout: TIMEOUT, answer_bytes_max: ANSWER_BYTES_MAX };
        self.account.http.call(call).await
    }

    fn read(&self, answer: &Answer, care: Care) -> Result<Result<Value, Refusal>, Failure> {
        let status = answer.status;
        let why = || format!("amoCRM answered {status}");
        match (status, serde_json::from_slice(&answer.body)) {
            (204, _) => Ok(Ok(Value::Null)),
            // Accepted; the body may be a text.
            (202, Err(_)) if care != Care::Asks => Ok(Ok(Value::Null)),
            (200..=299, Ok(body @ (Value::Object(_) | Value::Array(_)))) => Ok(Ok(body)),
            (401 | 402 | 300..=399, _) => Err(Failure::Broken { why: why(), hint: hint_of(status) }),
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
        match self.send(Method::GET, "account", &[], None).await {
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
