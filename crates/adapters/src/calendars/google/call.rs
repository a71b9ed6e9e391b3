//! One request to the calendar, with the token at hand; one that is refused is renewed once.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderName, HeaderValue, IF_MATCH};
use reqwest::{Method, Url};
use serde_json::Value;

use super::super::OpenContext;
use super::account::Account;
use super::token::Tokens;
use crate::failure::Failure;
use crate::form;
use crate::http::{ANSWER_BYTES_MAX, Answer, Call, Http, Lost};
use crate::settings::{Settings, SettingsProblem};

/// From the first byte to the last. Source: the contract sheet, section 5.
pub const TIMEOUT: Duration = Duration::from_secs(10);

/// The door to one calendar.
pub struct Door {
    http: Http,
    base: Url,
    calendar: String,
    tokens: Tokens,
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

/// Where a request goes.
#[derive(Clone, Copy)]
pub enum Place<'a> {
    Events,
    Event(&'a str),
    /// Where a channel is opened that rings.
    Watch,
    /// Where channels are stopped, of all calendars.
    Stop,
}

/// One request of the calendar's.
#[derive(Clone)]
pub struct Request<'a> {
    pub method: Method,
    pub place: Place<'a>,
    pub query: &'a [(&'a str, &'a str)],
    pub body: Option<&'a Value>,
    /// The only state that the request may change.
    pub version: Option<&'a str>,
    pub answer_bytes_max: usize,
}

impl<'a> Request<'a> {
    pub fn get(event: Option<&'a str>, query: &'a [(&'a str, &'a str)]) -> Self {
        let place = event.map_or(Place::Events, Place::Event);
        Self { method: Method::GET, place, query, body: None, version: None, answer_bytes_max: ANSWER_BYTES_MAX }
    }
}

/// What Google said, whatever the status.
pub struct Said {
    pub status: u16,
    /// Null where there was none, or it was no JSON.
    pub body: Value,
    pub retry_after: Option<SignedDuration>,
    /// When, by Google's own clock.
    pub date: Option<Timestamp>,
}

/// Why nothing was said.
pub enum Miss {
    /// There is no token: nothing has left.
    Unsent(Failure),
    Lost(Lost),
}

impl Miss {
    pub fn of_read(self) -> Failure {
        match self {
            Self::Unsent(failure) => failure,
            Self::Lost(lost) => lost.of_read(),
        }
    }

    pub fn of_write(self) -> Failure {
        match self {
            Self::Unsent(failure) => failure,
            Self::Lost(lost) => lost.of_write(),
        }
    }
}

impl Door {
    pub fn open(
        settings: &Settings<'_>,
        context: &OpenContext,
        calendar: String,
        account: Account,
    ) -> Result<Self, SettingsProblem> {
        let base = settings.url("base_url", "https://www.googleapis.com/calendar/v3")?;
        let token_url = settings.url("token_url", "https://oauth2.googleapis.com/token")?;
        let now = context.now.clone();
        let tokens = Tokens::new(Http::open(settings, &token_url)?, token_url, account, now.clone());
        Ok(Self { http: Http::open(settings, &base)?, base, calendar, tokens, now })
    }

    pub fn destination(&self) -> String {
        let host = self.base.host_str().unwrap_or_default();
        let port = self.base.port_or_known_default().unwrap_or_default();
        format!("calendar:google:{host}:{port}:{}", self.tokens.account().mark())
    }

    pub fn calendar(&self) -> &str {
        &self.calendar
    }

    pub fn account(&self) -> &Account {
        self.tokens.account()
    }

    pub fn now(&self) -> Timestamp {
        (self.now)()
    }

    pub async fn call(&self, request: Request<'_>) -> Result<Said, Miss> {
        let bearer = self.tokens.bearer().await.map_err(Miss::Unsent)?;
        let first = self.send(&request, bearer.clone()).await.map_err(Miss::Lost)?;
        if first.status != 401 {
            return Ok(first);
        }
        self.tokens.forget(&bearer).await;
        let bearer = self.tokens.bearer().await.map_err(Miss::Unsent)?;
        self.send(&request, bearer).await.map_err(Miss::Lost)
    }

    async fn send(&self, request: &Request<'_>, bearer: HeaderValue) -> Result<Said, Lost> {
        let mut headers: Vec<(HeaderName, HeaderValue)> =
            vec![(AUTHORIZATION, bearer), (ACCEPT, HeaderValue::from_static("application/json"))];
        if let Some(version) = request.version {
            let version = HeaderValue::from_str(version).map_err(|_| Lost::Before("no such version".to_owned()))?;
            headers.push((IF_MATCH, version));
        }
        let call = Call {
            method: request.method.clone(),
            url: self.url(request),
            headers: &headers,
            content: request.body.map(|body| ("application/json", body.to_string().into_bytes())),
            timeout: TIMEOUT,
            answer_bytes_max: request.answer_bytes_max,
        };
        self.http.call(call).await.map(said)
    }

    fn url(&self, request: &Request<'_>) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            let path = path.pop_if_empty();
            let of_events = ["calendars", self.calendar.as_str(), "events"];
            match request.place {
                Place::Events => path.extend(of_events),
                Place::Event(id) => path.extend(of_events).push(id),
                Place::Watch => path.extend(of_events).push("watch"),
                Place::Stop => path.extend(["channels", "stop"]),
            };
        }
        if !request.query.is_empty() {
            url.set_query(Some(&form::encode(request.query)));
        }
        url
    }
}

fn said(answer: Answer) -> Said {
    Said {
        status: answer.status,
        body: serde_json::from_slice(&answer.body).unwrap_or_default(),
        retry_after: answer.retry_after,
        date: answer.date,
    }
}
