//! One request to YCLIENTS, and what its answers mean.
//!
//! HTTP 2xx proves nothing: `success: false` is a refusal. Where the number of a refusal stands is not documented, so it
//! is looked for in every place where anybody has seen one. Source: developers.yclients.com, «Авторизация», «Лимиты»,
//! and the codes of `book_record`, read 2026-11-22.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderName, HeaderValue};
use reqwest::{Method, Url};
use serde_json::Value;

use super::pace::{Limiter, Share, limiter_of, pause};
use super::read;
use crate::calendars::OpenContext;
use crate::failure::{Failure, Scope, codes};
use crate::form;
use crate::http::{ANSWER_BYTES_MAX, Answer, Call, Http, Lost};
use crate::settings::{Settings, SettingsProblem};

const BASE: &str = "https://api.yclients.ru/api/v1";
const TIMEOUT: Duration = Duration::from_secs(20);
/// Without it the answers are of another format, or errors.
const FORMAT: &str = "application/vnd.yclients.v2+json";
/// After a 429 that does not say how long.
const PAUSE: SignedDuration = SignedDuration::from_secs(60);
/// Fields named in a refusal.
const FIELDS_MAX: usize = 5;

/// Whose word a request carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token {
    /// Online booking: the partner's alone.
    Partner,
    /// The journal: the partner's and the user's; the partner's alone where there is no user.
    User,
}

/// The server as one branch sees it.
pub struct Account {
    http: Http,
    /// `https://api.yclients.ru/api/v1/`.
    root: Url,
    /// Hold tokens: never shown.
    by_partner: Vec<(HeaderName, HeaderValue)>,
    by_user: Option<Vec<(HeaderName, HeaderValue)>>,
    pub company: i64,
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    limiter: Arc<Mutex<Limiter>>,
}

/// A refusal of what a request says. Only numbers and names of fields: no value of anybody's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub status: u16,
    /// The vendor's own number.
    pub code: Option<i64>,
    fields: Vec<String>,
}

impl Refusal {
    pub fn is_not_found(&self) -> bool {
        self.status == 404
    }

    /// The time is somebody else's by now, or no master is free in it.
    pub fn is_taken(&self) -> bool {
        matches!(self.code, Some(433 | 436))
    }

    /// Single fields were found wrong, which is our fault.
    pub fn names_fields(&self) -> bool {
        !self.fields.is_empty()
    }

    fn why(&self) -> String {
        let code = self.code.map(|code| format!(" {code}")).unwrap_or_default();
        format!("YCLIENTS refused with {}{code} {}", self.status, self.fields.join(", ")).trim().to_owned()
    }

    pub fn into_failure(self, code: &str) -> Failure {
        Failure::Refused { code: code.to_owned(), why: self.why() }
    }

    /// A place that must be there is not.
    pub fn into_misplaced(self) -> Failure {
        Failure::Broken { why: self.why(), hint: hint_of(404) }
    }
}

impl Account {
    pub fn open(settings: &Settings<'_>, context: &OpenContext) -> Result<Self, SettingsProblem> {
        let mut root = settings.url("base_url", BASE)?;
        root.set_path(&format!("{}/", root.path().trim_end_matches('/')));
        root.set_query(None);
        let company = settings.id("company")?.filter(|id| *id > 0);
        let company = company.ok_or_else(|| settings.problem("company", "Здесь нужен номер филиала: число больше нуля"))?;
        let partner = settings.required("partner_token")?;
        let mut by_partner = vec![(ACCEPT, HeaderValue::from_static(FORMAT))];
        if let Some(id) = settings.text("partner_id")? {
            by_partner.push((HeaderName::from_static("x-partner-id"), secret(settings, "partner_id", id)?));
        }
        let by_user = match settings.text("user_token")? {
            None => None,
            Some(user) => {
                let both = secret(settings, "user_token", &format!("Bearer {partner}, User {user}"))?;
                Some([by_partner.clone(), vec![(AUTHORIZATION, both)]].concat())
            }
        };
        by_partner.push((AUTHORIZATION, secret(settings, "partner_token", &format!("Bearer {partner}"))?));
        Ok(Self {
            http: Http::open(settings, &root)?,
            limiter: limiter_of(root.host_str().unwrap_or_default()),
            root,
            by_partner,
            by_user,
            company,
            now: context.now.clone(),
        })
    }

    /// Limits are counted by our address: all branches share this name, and with it the pace.
    pub fn destination(&self) -> String {
        format!("calendar:yclients:{}", self.root.host_str().unwrap_or_default())
    }

    pub fn has_user(&self) -> bool {
        self.by_user.is_some()
    }

    pub fn now(&self) -> Timestamp {
        (self.now)()
    }

    /// Asks; gives the whole envelope. The inner error is a refusal of this very request.
    pub async fn ask(
        &self,
        path: &str,
        query: &[(&str, &str)],
        token: Token,
        share: Share,
    ) -> Result<Result<Value, Refusal>, Failure> {
        let answer = self.send(Method::GET, path, query, None, token, share).await?.map_err(Lost::of_read)?;
        self.read(&answer, false)
    }

    /// Writes: what has an unknown end must be looked up.
    pub async fn write(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        token: Token,
    ) -> Result<Result<Value, Refusal>, Failure> {
        let answer = self.send(method, path, &[], body, token, Share::All).await?.map_err(Lost::of_write)?;
        self.read(&answer, true)
    }

    /// Posts what only looks: repeating it changes nothing.
    pub async fn look(&self, path: &str, body: &Value, token: Token) -> Result<Result<Value, Refusal>, Failure> {
        let sent = self.send(Method::POST, path, &[], Some(body), token, Share::All).await?;
        self.read(&sent.map_err(Lost::of_read)?, false)
    }

    async fn wait_for_turn(&self, share: Share) -> Result<(), Failure> {
        let mut waited = SignedDuration::ZERO;
        loop {
            let taken = self.limiter.lock().unwrap_or_else(PoisonError::into_inner).take((self.now)(), share);
            let Err(wait) = taken else { return Ok(()) };
            waited += wait;
            if waited > share.patience() {
                let why = "YCLIENTS may not be asked faster".to_owned();
                return Err(Failure::Later { after: Some(wait), scope: Scope::Row, why });
            }
            pause(wait).await;
        }
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        body: Option<&Value>,
        token: Token,
        share: Share,
    ) -> Result<Result<Answer, Lost>, Failure> {
        self.wait_for_turn(share).await?;
        let mut url = self.root.clone();
        url.set_path(&format!("{}{path}", self.root.path()));
        if !query.is_empty() {
            url.set_query(Some(&form::encode(query)));
        }
        let headers = match token {
            Token::User => self.by_user.as_ref().unwrap_or(&self.by_partner),
            Token::Partner => &self.by_partner,
        };
        let content = body.map(|body| ("application/json", body.to_string().into_bytes()));
        let call = Call { method, url, headers, content, timeout: TIMEOUT, answer_bytes_max: ANSWER_BYTES_MAX };
        Ok(self.http.call(call).await)
    }

    fn read(&self, answer: &Answer, changes: bool) -> Result<Result<Value, Refusal>, Failure> {
        let status = answer.status;
        let why = format!("YCLIENTS answered {status}");
        let unclear = |why| {
            if changes {
                Failure::Unknown { why }
            } else {
                Failure::Later { after: None, scope: Scope::Destination, why }
            }
        };
        let is_empty = answer.body.iter().all(u8::is_ascii_whitespace);
        let body = if is_empty { Ok(Value::Null) } else { serde_json::from_slice::<Value>(&answer.body) };
        match (status, body) {
            (200..=299, Ok(body)) => match refusal_in(200, &body) {
                None => Ok(Ok(body)),
                Some(refusal) => sorted(refusal, &unclear),
            },
            (429, _) => {
                Err(Failure::Later { after: Some(answer.retry_after.unwrap_or(PAUSE)), scope: Scope::Destination, why })
            }
            (300..=399, _) => Err(Failure::Broken { why, hint: hint_of(300) }),
            (400..=499, Ok(body)) => {
                let bare = Refusal { status, code: None, fields: Vec::new() };
                sorted(refusal_in(status, &body).unwrap_or(bare), &unclear)
            }
            (401..=403, Err(_)) => Err(Failure::Broken { why, hint: hint_of(status) }),
            _ => Err(unclear(format!("answer {status} is not the vendor's"))),
        }
    }
}

/// What of a refusal concerns more than this one request.
fn sorted(refusal: Refusal, unclear: &dyn Fn(String) -> Failure) -> Result<Result<Value, Refusal>, Failure> {
    match (refusal.status, refusal.code) {
        // The client is in the branch's black list, which is no matter of rights.
        (_, Some(431..=438)) => Ok(Err(refusal)),
        (401..=403, _) => Err(Failure::Broken { why: refusal.why(), hint: hint_of(refusal.status) }),
        (429, _) => Err(Failure::Later { after: Some(PAUSE), scope: Scope::Destination, why: refusal.why() }),
        (500..=599, _) => Err(unclear(refusal.why())),
        _ => Ok(Err(refusal)),
    }
}

/// The refusal that a body holds; `None`: it holds none. A refusal under HTTP 200 has the status that its number says.
fn refusal_in(status: u16, body: &Value) -> Option<Refusal> {
    let failed = read::flag(&body["success"]) == Some(false) || (body["data"].is_null() && !body["errors"].is_null());
    if status < 300 && !failed {
        return None;
    }
    let code = code_in(body);
    let told = code.and_then(|code| u16::try_from(code).ok()).filter(|code| (400..=599).contains(code));
    let status = if status >= 400 { status } else { told.filter(|code| !(431..=438).contains(code)).unwrap_or(422) };
    Some(Refusal { status, code, fields: fields_in(&body["meta"]["errors"]) })
}

fn code_in(body: &Value) -> Option<i64> {
    let first = |list: &Value| list.as_array().into_iter().flatten().find_map(|error| read::whole(&error["code"]));
    let (meta, errors) = (&body["meta"], &body["errors"]);
    read::whole(&meta["code"])
        .or_else(|| read::whole(&errors["code"]))
        .or_else(|| first(errors))
        .or_else(|| first(&meta["errors"]))
        .or_else(|| read::whole(&meta["errors"]["code"]))
}

/// Names of fields alone: a value might be somebody's.
fn fields_in(errors: &Value) -> Vec<String> {
    let of_object = |value: &Value| value.as_object().into_iter().flatten().map(|(key, _)| key.clone()).collect::<Vec<_>>();
    let all = match errors {
        Value::Array(list) => list.iter().flat_map(of_object).collect(),
        object => of_object(object),
    };
    let is_name = |name: &String| {
        name.len() <= 40
            && name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.chars().all(|c| c.is_ascii_lowercase() || matches!(c, '_' | '.' | '0'..='9'))
            && !matches!(name.as_str(), "code" | "message" | "id")
    };
    all.into_iter().filter(is_name).take(FIELDS_MAX).collect()
}

fn secret(settings: &Settings<'_>, field: &str, text: &str) -> Result<HeaderValue, SettingsProblem> {
    let wrong = || settings.problem(field, "Ключ скопирован не целиком или с лишними знаками");
    let own = settings.required(field)?;
    if !own.bytes().all(|b| b.is_ascii_graphic() && b != b',') {
        return Err(wrong());
    }
    let mut value = HeaderValue::from_str(text).map_err(|_| wrong())?;
    value.set_sensitive(true);
    Ok(value)
}

/// What a person must mend.
fn hint_of(status: u16) -> &'static str {
    match status {
        401 => {
            "YCLIENTS не принимает ключи: сверьте ключ партнёра и ключ пользователя в настройках календаря. После смены пароля ключ пользователя нужно получить заново."
        }
        402 => "Лицензия филиала в YCLIENTS не оплачена: продлите её, и запись заработает.",
        403 => {
            "YCLIENTS не даёт доступа к филиалу: подключите к нему интеграцию и дайте пользователю Ночника права на журнал записи."
        }
        404 => "Филиала, мастера или услуги с таким номером в YCLIENTS нет: сверьте номера в настройках календаря.",
        _ => "YCLIENTS отвечает с другого адреса: сверьте поле base_url в настройках календаря.",
    }
}

/// The request is impossible as it stands.
pub fn malformed(refusal: Refusal) -> Failure {
    refusal.into_failure(codes::MALFORMED)
}

/// An answer that makes no sense, to a request that changed nothing.
pub fn strange(what: &str) -> Failure {
    Failure::Later { after: None, scope: Scope::Destination, why: format!("YCLIENTS answered without {what}") }
}
