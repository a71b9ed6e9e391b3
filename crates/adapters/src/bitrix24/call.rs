//! One request to the portal, and what its answers mean.
//!
//! An error is an `error` key of any type, or a status of 400 and above; HTTP 200 proves nothing.
//! Source: b24-rest-docs `_includes/system-errors.md`, `limits.md`, read 2026-11-22.

use std::cell::Cell;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::SignedDuration;
use reqwest::Url;
use reqwest::header::{HeaderName, HeaderValue};
use serde::Serialize;
use serde_json::Value;

use super::app::{self, App, Authorised};
use super::batch::{Batch, Outcomes};
use crate::failure::{Failure, Scope, codes};
use crate::http::{Answer, Http, Lost};
use crate::ports::{Grant, Grants};
use crate::settings::{Settings, SettingsProblem, is_loopback};

/// The portal itself cuts a request at 60 s; whoever hangs up earlier does not know how it ended.
const TIMEOUT: Duration = Duration::from_secs(68);
/// The per-method budget is counted over ten minutes.
const METHOD_PAUSE: SignedDuration = SignedDuration::from_mins(10);
const TEXT_CHARS_MAX: usize = 200;

tokio::task_local! {
    /// What the put under way has done so far.
    static TALLY: Cell<Tally>;
}

/// What a put has done.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    pub requests: u32,
    /// Something over there is another now: whatever fails after it, the put was not for nothing.
    pub has_changed: bool,
}

/// Counts the requests that `work` makes, and notes whether any of them has changed something.
pub async fn counted<T>(work: impl Future<Output = T>) -> (T, Tally) {
    TALLY.scope(Cell::default(), async { (work.await, TALLY.with(Cell::get)) }).await
}

/// Outside a put nobody counts.
fn tally(note: impl FnOnce(&mut Tally)) {
    let noted = TALLY.try_with(|tally| {
        let mut counted = tally.get();
        note(&mut counted);
        tally.set(counted);
    });
    noted.unwrap_or_default();
}

/// Whether a request may change something over there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Care {
    Asks,
    Changes,
}

/// By which of the portal's two doors.
#[derive(Clone, Copy)]
enum Door<'a> {
    Classic,
    /// REST 3.0, which knows a repeated request by this key for a day.
    Keyed(&'a str),
}

/// REST 3.0 says by these that there is no such method, or none for us: how the codes end.
const SHUT: [&str; 5] = [
    "ERROR_METHOD_NOT_FOUND",
    "METHODNOTFOUNDEXCEPTION",
    "INSUFFICIENTSCOPEEXCEPTION",
    "ACCESSDENIEDEXCEPTION",
    "insufficient_scope",
];

/// The portal's refusal in its own words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// May be empty, a number or a phrase.
    pub code: String,
    /// In the portal's language, maybe empty; never matched upon.
    pub text: String,
}

pub struct Portal {
    http: Http,
    way: Way,
    /// One slot of the portal's bucket is free after this long.
    slot: SignedDuration,
}

/// By what the portal lets us in.
enum Way {
    /// `https://P/rest/1/code/`: a secret, never shown. Changes when the portal moves.
    Webhook(Mutex<Url>),
    App(Box<App>),
}

impl Portal {
    /// By the entry's webhook.
    pub fn open(settings: &Settings<'_>, per_s: f64) -> Result<Self, SettingsProblem> {
        let root = root_of(settings.url("webhook_url", "")?).ok_or_else(|| {
            settings
                .problem("webhook_url", "Адрес входящего вебхука выглядит так: https://портал.bitrix24.ru/rest/1/код/")
        })?;
        Ok(Self { http: Http::open(settings, &root)?, way: Way::Webhook(Mutex::new(root)), slot: slot(per_s) })
    }

    /// By the entry's webhook or by its application, whichever of the two it names.
    pub fn open_either(
        settings: &Settings<'_>,
        per_s: f64,
        grants: Option<Arc<dyn Grants>>,
    ) -> Result<Self, SettingsProblem> {
        match (settings.text("webhook_url")?, App::is_named(settings)?) {
            (Some(_), false) => Self::open(settings, per_s),
            (None, true) => {
                let app = App::open(settings, grants)?;
                Ok(Self { http: app.http(), way: Way::App(Box::new(app)), slot: slot(per_s) })
            }
            (Some(_), true) => Err(settings.problem(
                "webhook_url",
                "Указаны и вебхук, и локальное приложение. Оставьте одно: webhook_url или portal, client_id и client_secret",
            )),
            (None, false) => Err(settings.problem(
                "webhook_url",
                "Укажите входящий вебхук (webhook_url) или локальное приложение (portal, client_id и client_secret)",
            )),
        }
    }

    /// The application, where it is one that lets us in.
    pub fn app(&self) -> Option<&App> {
        match &self.way {
            Way::App(app) => Some(app),
            Way::Webhook(_) => None,
        }
    }

    pub fn host(&self) -> String {
        match &self.way {
            Way::App(app) => app.host(),
            Way::Webhook(root) => held(root).host_str().unwrap_or_default().to_owned(),
        }
    }

    /// All who speak to one portal share this name, and with it the pace.
    pub fn destination(&self) -> String {
        format!("crm:bitrix24:{}", self.host())
    }

    /// Calls one method. The inner error is the method's own refusal.
    pub async fn call(&self, method: &str, body: &impl Serialize, care: Care) -> Result<Result<Value, Said>, Failure> {
        self.read(&self.answer(method, body, care, Door::Classic).await?, care)
    }

    /// Calls one method of REST 3.0, which makes nothing twice under one `key`: 1 to 255 printable characters. `None`:
    /// this portal has no such method for us. Source: b24-rest-docs `api-reference/rest-v3.md`, read 2026-11-22.
    pub async fn call_once(
        &self,
        method: &str,
        body: &impl Serialize,
        key: &str,
    ) -> Result<Option<Result<Value, Said>>, Failure> {
        let answer = self.answer(method, body, Care::Changes, Door::Keyed(key)).await?;
        let said = serde_json::from_slice(&answer.body).map(|body: Value| Said::read(&body)).unwrap_or_default();
        if answer.status == 404 || SHUT.iter().any(|end| said.code.ends_with(end)) {
            return Ok(None);
        }
        self.read(&answer, Care::Changes).map(Some)
    }

    /// The same as [`Self::call`], where «no right» and «no such method» are said of this method alone.
    pub async fn try_call(
        &self,
        method: &str,
        body: &impl Serialize,
        care: Care,
    ) -> Result<Result<Value, Said>, Failure> {
        self.call_knowing(method, body, care, &["insufficient_scope", "ACCESS_DENIED", "ERROR_METHOD_NOT_FOUND"]).await
    }

    /// The same as [`Self::call`], where these codes are the method's own under whatever status.
    pub async fn call_knowing(
        &self,
        method: &str,
        body: &impl Serialize,
        care: Care,
        own: &[&str],
    ) -> Result<Result<Value, Said>, Failure> {
        let answer = self.answer(method, body, care, Door::Classic).await?;
        let said = serde_json::from_slice(&answer.body).map(|body: Value| Said::read(&body)).unwrap_or_default();
        if own.contains(&said.code.as_str()) { Ok(Err(said)) } else { self.read(&answer, care) }
    }

    async fn answer(&self, method: &str, body: &impl Serialize, care: Care, door: Door<'_>) -> Result<Answer, Failure> {
        match &self.way {
            Way::Webhook(root) => {
                let name = match door {
                    Door::Classic => format!("{method}.json"),
                    Door::Keyed(_) => method.to_owned(),
                };
                let url = address(held(root).as_str(), &name, door)?;
                self.post(url, bytes(body)?, care, door).await
            }
            Way::App(app) => self.post_granted(app, method, body, care, door).await,
        }
    }

    fn read(&self, answer: &Answer, care: Care) -> Result<Result<Value, Said>, Failure> {
        let Ok(Value::Object(mut envelope)) = serde_json::from_slice(&answer.body) else {
            return Err(strange(answer.status, care));
        };
        if envelope.contains_key("error") || answer.status >= 400 {
            let said = Said::read(&Value::Object(envelope));
            return match self.failure(&said, answer.status, care) {
                Some(failure) => Err(failure),
                None => Ok(Err(said)),
            };
        }
        match envelope.remove("result") {
            Some(result) if answer.status < 300 => {
                tally(|tally| tally.has_changed |= care == Care::Changes);
                Ok(Ok(result))
            }
            _ => Err(strange(answer.status, care)),
        }
    }

    pub async fn batch(&self, batch: &Batch, care: Care) -> Result<Outcomes, Failure> {
        match self.call("batch", batch, care).await? {
            Ok(result) => Outcomes::read(result).ok_or_else(|| strange(200, care)),
            Err(said) => Err(Failure::Refused { why: said.why(), code: said.code }),
        }
    }

    /// Asks with the access of somebody else; the inner error: the portal does not take it.
    pub async fn batch_as(&self, grant: &Grant, batch: &Batch) -> Result<Result<Outcomes, Said>, Failure> {
        let url = address(&grant.endpoint, "batch", Door::Classic)?;
        let answer = self.post(url, bytes(&Authorised::new(grant, batch))?, Care::Asks, Door::Classic).await?;
        if matches!(answer.status, 401 | 403) {
            return Ok(Err(serde_json::from_slice(&answer.body)
                .map(|body: Value| Said::read(&body))
                .unwrap_or_default()));
        }
        match self.read(&answer, Care::Asks)? {
            Ok(result) => Outcomes::read(result).map(Ok).ok_or_else(|| strange(200, Care::Asks)),
            Err(said) => Ok(Err(said)),
        }
    }

    /// What a command's refusal means for the whole card, if it is not about the card itself.
    pub fn failure_of(&self, said: &Said, care: Care) -> Option<Failure> {
        self.failure(said, 400, care)
    }

    /// With the access as it stands. A portal that finds it too old has done nothing: the same call is made once more,
    /// with the next one.
    async fn post_granted(
        &self,
        app: &App,
        method: &str,
        body: &impl Serialize,
        care: Care,
        door: Door<'_>,
    ) -> Result<Answer, Failure> {
        let grant = app.grant().await?;
        let url = address(&grant.endpoint, method, door)?;
        let answer = self.post(url, bytes(&Authorised::new(&grant, body))?, care, door).await?;
        if !app::is_stale(&answer) {
            return Ok(answer);
        }
        let grant = app.renewed(&grant).await?;
        let url = address(&grant.endpoint, method, door)?;
        self.post(url, bytes(&Authorised::new(&grant, body))?, care, door).await
    }

    /// A portal that has moved answers 302 with its new host: the same request goes there once, and
    /// so do all later ones. A redirect to any other path (a login page) is not followed.
    async fn post(&self, url: Url, body: Vec<u8>, care: Care, door: Door<'_>) -> Result<Answer, Failure> {
        let answer = self.send(url.clone(), body.clone(), care, door).await?;
        if !(300..400).contains(&answer.status) {
            return Ok(answer);
        }
        let moved =
            answer.location.as_deref().and_then(|to| moved_to(&url, to)).ok_or_else(|| moved_away(answer.status))?;
        let answer = self.send(moved.clone(), body, care, door).await?;
        if (300..400).contains(&answer.status) {
            return Err(moved_away(answer.status));
        }
        tracing::warn!("The Bitrix24 portal has moved to another host; its address in the settings should be renewed");
        // An application hears the new address with its next access.
        if let (Way::Webhook(own), Some(root)) = (&self.way, root_of(moved)) {
            *own.lock().unwrap_or_else(PoisonError::into_inner) = root;
        }
        Ok(answer)
    }

    async fn send(&self, url: Url, body: Vec<u8>, care: Care, door: Door<'_>) -> Result<Answer, Failure> {
        tally(|tally| tally.requests += 1);
        let key = match door {
            Door::Classic => None,
            Door::Keyed(key) => HeaderValue::from_str(key).ok(),
        };
        let headers = key.map(|key| (HeaderName::from_static("idempotency-key"), key));
        let answer = self.http.post_json(url, body, headers.as_slice(), TIMEOUT).await;
        answer.map_err(if care == Care::Changes { Lost::of_write } else { Lost::of_read })
    }

    /// The meaning of what any method may answer; `None` for what is the method's own.
    fn failure(&self, said: &Said, status: u16, care: Care) -> Option<Failure> {
        let why = format!("{status} {}", said.why());
        let later = |after, scope| Some(Failure::Later { after: Some(after), scope, why: why.clone() });
        match said.code.as_str() {
            "QUERY_LIMIT_EXCEEDED" => later(self.slot, Scope::Destination),
            "OPERATION_TIME_LIMIT" => later(METHOD_PAUSE, Scope::Row),
            "INTERNAL_SERVER_ERROR" | "ERROR_UNEXPECTED_ANSWER" => Some(unclear(why, care)),
            code => match self.hint_of(code).or_else(|| self.hint_of_status(status)) {
                Some(hint) => Some(Failure::Broken { why, hint }),
                None if status == 429 => later(self.slot, Scope::Destination),
                None if status >= 500 => Some(unclear(why, care)),
                None => None,
            },
        }
    }

    fn hint_of(&self, code: &str) -> Option<&'static str> {
        let own = self.app().and_then(|_| app::hint_of(code));
        own.or_else(|| hint_of(code))
    }

    fn hint_of_status(&self, status: u16) -> Option<&'static str> {
        match status {
            401 => self.hint_of("NO_AUTH_FOUND"),
            403 => self.hint_of("ACCESS_DENIED"),
            404 => self.hint_of("ERROR_METHOD_NOT_FOUND"),
            _ => None,
        }
    }
}

impl Said {
    /// Reads `error` and `error_description`, whatever their types; REST 3.0 puts a code and a message into `error`.
    pub fn read(error: &Value) -> Self {
        if let Some(code) = error["error"]["code"].as_str() {
            let text = error["error"]["message"].as_str().unwrap_or_default();
            return Self { code: code.to_owned(), text: text.chars().take(TEXT_CHARS_MAX).collect() };
        }
        let text_of = |name: &str| match error.get(name) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        let text: String = text_of("error_description").replace("<br>", " ").chars().take(TEXT_CHARS_MAX).collect();
        Self { code: text_of("error"), text: text.trim().to_owned() }
    }

    pub fn why(&self) -> String {
        format!("{} {}", self.code, self.text).trim().to_owned()
    }

    /// The element is not there. The portal says so with 400, not 404.
    pub fn is_not_found(&self) -> bool {
        matches!(self.code.as_str(), "NOT_FOUND" | "OWNER_NOT_FOUND" | "ERROR_NOT_FOUND")
    }
}

/// Refusals that a person must mend.
fn hint_of(code: &str) -> Option<&'static str> {
    Some(match code {
        "NO_AUTH_FOUND" | "expired_token" | "invalid_token" | "INVALID_CREDENTIALS" => {
            "Битрикс24 не принимает вебхук. Создайте новый входящий вебхук и вставьте его адрес в Настройки → CRM."
        }
        "insufficient_scope" => {
            "Вебхуку Битрикс24 не хватает прав. Отметьте в его настройках право «CRM (crm)», а для звонков — «Телефония (telephony)»."
        }
        "ACCESS_DENIED" | "user_access_error" | "allowed_only_intranet_user" => {
            "Битрикс24 не даёт доступа: проверьте тариф с подпиской на Маркет и права сотрудника, чей это вебхук, на лиды, сделки, контакты и звонки."
        }
        "METHOD_CONFIRM_WAITING" | "METHOD_CONFIRM_DENIED" => {
            "Администратор Битрикс24 должен подтвердить доступ вебхука к CRM."
        }
        "OVERLOAD_LIMIT" => "Битрикс24 остановил обращения к порталу. Напишите в поддержку Битрикс24.",
        "PORTAL_DELETED" => "Портала Битрикс24 больше нет. Укажите другой вебхук в Настройках → CRM или выключите CRM.",
        "ERROR_METHOD_NOT_FOUND" | "ERROR_BATCH_METHOD_NOT_ALLOWED" => {
            "Портал Битрикс24 слишком старый: нужен модуль CRM 25.0 или новее."
        }
        "INVALID_REQUEST" => "Битрикс24 работает только по https://. Поправьте адрес вебхука в Настройках → CRM.",
        "WRONG_AUTH_TYPE" => "Это не входящий вебхук. Создайте в Битрикс24 входящий вебхук и вставьте его адрес.",
        _ => return None,
    })
}

fn slot(per_s: f64) -> SignedDuration {
    let slot = SignedDuration::try_from_secs_f64(1.0 / per_s).unwrap_or(SignedDuration::from_secs(1));
    slot.max(SignedDuration::from_secs(1))
}

fn held(root: &Mutex<Url>) -> Url {
    root.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

fn address(root: &str, method: &str, door: Door<'_>) -> Result<Url, Failure> {
    let root = match door {
        Door::Classic => root.to_owned(),
        Door::Keyed(_) => root.replacen("/rest/", "/rest/api/", 1),
    };
    Url::parse(&root).and_then(|root| root.join(method)).map_err(|_| Failure::Broken {
        why: "the address is not whole".to_owned(),
        hint: "Проверьте адрес Битрикс24 в Настройках → CRM.",
    })
}

fn bytes(body: &impl Serialize) -> Result<Vec<u8>, Failure> {
    serde_json::to_vec(body).map_err(|error| Failure::Refused {
        code: codes::MALFORMED.to_owned(),
        why: format!("the request is not JSON: {error}"),
    })
}

fn strange(status: u16, care: Care) -> Failure {
    unclear(format!("answer {status} is not the portal's"), care)
}

fn unclear(why: String, care: Care) -> Failure {
    match care {
        Care::Changes => Failure::Unknown { why },
        Care::Asks => Failure::Later { after: None, scope: Scope::Destination, why },
    }
}

fn moved_away(status: u16) -> Failure {
    Failure::Broken {
        why: format!("the portal answered {status} with another address"),
        hint: "Портал Битрикс24 сменил адрес. Скопируйте новый адрес вебхука в Настройки → CRM.",
    }
}

/// The same path on another host, encrypted unless it is this machine.
fn moved_to(from: &Url, location: &str) -> Option<Url> {
    let to = from.join(location).ok()?;
    let is_safe = to.scheme() == "https" || (is_loopback(from) && is_loopback(&to));
    (is_safe && to.path() == from.path() && to.origin() != from.origin()).then_some(to)
}

/// `https://P/rest/1/code/` of an address that may go on with a method's name.
fn root_of(mut url: Url) -> Option<Url> {
    let segments: Vec<String> = url.path_segments()?.take(3).map(str::to_owned).collect();
    let [rest, user, code] = segments.as_slice() else { return None };
    let is_webhook = rest == "rest" && user.parse::<u64>().is_ok() && !code.is_empty();
    url.set_path(&format!("/rest/{user}/{code}/"));
    url.set_query(None);
    is_webhook.then_some(url)
}
