//! The site chat's door: a visitor's session, messages, history. `nochnik talk` comes the same way.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequestParts, Path, Query, RawPathParams, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE,
    AUTHORIZATION, ORIGIN, VARY,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use nochnik_store::messages::{self, Message};
use nochnik_store::{Sql, StoreError, conversations};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::assets::hex;
use super::desk::HookRefusal;
use super::origin::{Caller, may_chat};
use super::salon::Salon;
use super::{Shared, Trouble, Web};
use crate::key::random_bytes;

/// Kind of the channel in the document.
pub const KIND: &str = "widget";
/// Account of `nochnik talk`; it answers this machine only.
pub const TERMINAL: &str = "terminal";
/// Random bytes of a visitor's token. Source: security C-25.
const VISIT_BYTES: usize = 16;
/// Bytes of the signature beside them.
const SIGN_BYTES: usize = 16;
/// Messages of one history.
const HISTORY_MAX: u16 = 100;

/// A refusal for programs: JSON, readable by the page that asked.
pub struct Refusal(Trouble, Option<HeaderValue>);

impl From<Trouble> for Refusal {
    fn from(trouble: Trouble) -> Self {
        Self(trouble, None)
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self(error.into(), None)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = self.0.into_json();
        allow(&mut response, self.1.as_ref());
        response
    }
}

/// A page or a terminal that may speak to this business's chat.
#[derive(Clone)]
pub struct Door {
    pub business: String,
    /// The account in the document: the widget's own name, or [`TERMINAL`].
    pub account: String,
    pub kind: &'static str,
    origin: Option<HeaderValue>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct DoorQuery {
    account: String,
}

impl FromRequestParts<Shared> for Door {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, web: &Shared) -> Result<Self, Refusal> {
        let caller = Caller::from_request_parts(parts, web).await?;
        let params = RawPathParams::from_request_parts(parts, web).await.map_err(|_| Trouble::NotFound)?;
        let business = params.iter().find(|(name, _)| *name == "business").map(|(_, value)| value.to_owned());
        let business = business.ok_or(Trouble::NotFound)?;
        let asked = Query::<DoorQuery>::try_from_uri(&parts.uri).map(|query| query.0.account).unwrap_or_default();
        let salon = Salon::load(web, &business).await?.ok_or(Trouble::NotFound)?;
        let document = salon.document();
        if !may_chat(&parts.headers, &web.place, document) {
            return Err(Trouble::CrossSite.into());
        }
        let origin = parts.headers.get(ORIGIN).cloned();
        let kind = if asked == TERMINAL { TERMINAL } else { KIND };
        let entry = document.channels.iter().find(|entry| entry.kind == kind);
        let account = entry.map(|entry| entry.account().to_owned());
        match account.filter(|_| kind == KIND || caller.is_local) {
            Some(account) => Ok(Self { business, account, kind, origin }),
            None => Err(Refusal(Trouble::NotFound, origin)),
        }
    }
}

impl Door {
    /// Lets the page that asked read the answer.
    pub fn open(&self, answer: impl IntoResponse) -> Response {
        let mut response = answer.into_response();
        allow(&mut response, self.origin.as_ref());
        response
    }

    /// A refusal the page that asked may read.
    pub fn refuse(&self, trouble: Trouble) -> Refusal {
        Refusal(trouble, self.origin.clone())
    }

    /// Reads whose token this is; the peer tells nothing about the token.
    pub fn peer(&self, web: &Web, headers: &HeaderMap) -> Result<String, Refusal> {
        let token = headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "));
        let visit = token.and_then(|token| self.opened(web, token));
        visit
            .map(|visit| hex(&Sha256::digest(visit)[..VISIT_BYTES]))
            .ok_or_else(|| self.refuse(Trouble::SignIn { next: String::new() }))
    }

    fn token(&self, web: &Web, visit: [u8; VISIT_BYTES]) -> String {
        URL_SAFE_NO_PAD.encode([&visit[..], &self.signature(web, &visit)[..]].concat())
    }

    fn opened(&self, web: &Web, token: &str) -> Option<[u8; VISIT_BYTES]> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (visit, given) = bytes.split_first_chunk::<VISIT_BYTES>()?;
        bool::from(self.signature(web, visit).ct_eq(given)).then_some(*visit)
    }

    fn signature(&self, web: &Web, visit: &[u8]) -> [u8; SIGN_BYTES] {
        let whole =
            web.key.sign("chat", &[self.business.as_bytes(), b"/", self.account.as_bytes(), b"/", visit].concat());
        let mut half = [0; SIGN_BYTES];
        half.copy_from_slice(&whole[..SIGN_BYTES]);
        half
    }
}

/// `POST /chat/{business}/session`: a token for a visitor nobody knows yet.
pub async fn session(State(web): State<Shared>, caller: Caller, door: Door) -> Result<Response, Refusal> {
    web.bounds.address(caller.address).map_err(|trouble| door.refuse(trouble))?;
    let visit = random_bytes().map_err(|error| door.refuse(error.into()))?;
    Ok(door.open(Json(json!({ "token": door.token(&web, visit) }))))
}

/// `POST /chat/{business}/messages`: 202 once the message is stored; the same id twice is one message.
pub async fn message(
    State(web): State<Shared>,
    caller: Caller,
    door: Door,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let peer = door.peer(&web, &headers)?;
    let within = web.bounds.address(caller.address).and_then(|()| web.bounds.peer(&door.business, &peer));
    within.map_err(|trouble| door.refuse(trouble))?;
    match web.desk.chat(&door.business, &door.account, &peer, &body).await {
        Ok(()) => Ok(door.open(StatusCode::ACCEPTED)),
        Err(HookRefusal::NotReady) => Err(door.refuse(Trouble::NotReady)),
        Err(HookRefusal::BadBody | HookRefusal::TooLarge) => {
            Err(door.refuse(Trouble::BadForm("Сообщение не читается")))
        }
        Err(HookRefusal::Forged | HookRefusal::NotFound) => Err(door.refuse(Trouble::NotFound)),
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct After {
    pub after: i64,
}

/// `GET /chat/{business}/messages?after=`: what a visitor may read of their own talk; its end, when asked from 0.
pub async fn history(
    State(web): State<Shared>,
    Path(_business): Path<String>,
    Query(after): Query<After>,
    caller: Caller,
    door: Door,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let peer = door.peer(&web, &headers)?;
    web.bounds.look(caller.address).map_err(|trouble| door.refuse(trouble))?;
    let view = read(&web, &door, &peer, after.after).await?;
    Ok(door.open(Json(json!({ "messages": view.lines, "speaker": view.speaker }))))
}

/// `OPTIONS` of all three: which pages may ask, and how.
pub async fn preflight(door: Door) -> Response {
    let mut response = door.open(StatusCode::NO_CONTENT);
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
    headers
        .insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("authorization, content-type, last-event-id"));
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    response
}

/// A visitor's talk from some point on.
#[derive(Default)]
pub struct View {
    /// Empty until the first message is taken.
    pub conversation: String,
    pub speaker: String,
    pub lines: Vec<Line>,
    /// There may be more of them than one reading gives.
    pub is_full: bool,
}

/// A message as a visitor sees it: no names of the staff, nothing that was understood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    pub seq: i64,
    pub at: i64,
    /// `client`, `bot` or `person`.
    pub author: String,
    pub text: String,
    /// The visitor's own id of the message, so that the page knows its own words again.
    pub id: Option<String>,
    /// `[{"id", "label"}]`
    pub buttons: serde_json::Value,
}

/// Reads what came after message number `after`, at most [`HISTORY_MAX`]; remarks of the staff stay inside. A page
/// that knows nothing yet, 0, is given the end of the talk: the last question is what its visitor comes back to.
pub async fn read(web: &Web, door: &Door, peer: &str, after: i64) -> Result<View, StoreError> {
    let (business, account, peer, kind) = (door.business.clone(), door.account.clone(), peer.to_owned(), door.kind);
    let job = move |sql: &mut dyn Sql| {
        let Some(id) = conversations::find(sql, &business, kind, &account, &peer)? else { return Ok(View::default()) };
        let speaker = conversations::get(sql, &business, &id)?.map(|talk| talk.speaker).unwrap_or_default();
        let found = match after {
            1.. => messages::shown(sql, &business, &id, after, HISTORY_MAX.into())?,
            _ => messages::last_shown(sql, &business, &id, HISTORY_MAX.into())?,
        };
        let is_full = found.len() >= usize::from(HISTORY_MAX);
        Ok(View { conversation: id, speaker, lines: found.into_iter().map(line).collect(), is_full })
    };
    web.store.read(job).await
}

fn line(message: Message) -> Line {
    let buttons = message.buttons.as_deref().and_then(|json| serde_json::from_str(json).ok());
    Line {
        seq: message.seq,
        at: message.at_ms,
        id: message.vendor_id.filter(|_| message.author == "client"),
        author: message.author,
        text: message.text,
        buttons: buttons.unwrap_or_else(|| json!([])),
    }
}

fn allow(response: &mut Response, origin: Option<&HeaderValue>) {
    let headers = response.headers_mut();
    headers.append(VARY, HeaderValue::from_static("origin"));
    if let Some(origin) = origin {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    }
}
