//! A browser made of `oneshot`: keeps its cookie, says where its pages come from.

use std::net::SocketAddr;

use axum::Router;
use axum::body::{Body, BodyDataStream};
use axum::extract::ConnectInfo;
use axum::http::header::{CONTENT_TYPE, COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, Request, StatusCode};
use axum::response::Response;
use futures::StreamExt;
use tower::ServiceExt;

use super::PASSWORD;

/// What came back.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// A stream that is open.
pub struct Events {
    body: BodyDataStream,
    rest: String,
}

impl Events {
    /// What the next event brings; `None` once the server has ended the stream.
    pub async fn next(&mut self) -> Option<String> {
        loop {
            if let Some((event, rest)) = self.rest.split_once("\n\n") {
                let data: Option<String> = event
                    .lines()
                    .filter_map(|line| line.strip_prefix("data: "))
                    .map(str::to_owned)
                    .reduce(|a, b| a + &b);
                self.rest = rest.to_owned();
                // A beat has no data.
                if data.is_some() {
                    return data;
                }
                continue;
            }
            let piece = self.body.next().await?.unwrap();
            self.rest.push_str(std::str::from_utf8(&piece).unwrap());
        }
    }
}

/// One visitor at one address.
#[derive(Clone)]
pub struct Browser {
    router: Router,
    pub cookie: String,
    pub address: SocketAddr,
    pub extra: Vec<(&'static str, String)>,
}

impl Browser {
    pub fn new(router: &Router) -> Self {
        let address = SocketAddr::from(([203, 0, 113, 7], 40_000));
        Self { router: router.clone(), cookie: String::new(), address, extra: Vec::new() }
    }

    /// Signs in to «lotos».
    pub async fn signed_in(router: &Router, login: &str) -> Self {
        let mut browser = Self::new(router);
        let answer = browser.login(login, PASSWORD).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
        browser
    }

    pub async fn login(&mut self, login: &str, password: &str) -> Answer {
        self.post("/login", &[("business", "lotos"), ("login", login), ("password", password)]).await
    }

    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.extra.push((name, value.to_owned()));
        self
    }

    pub fn from(mut self, address: [u8; 4]) -> Self {
        self.address = SocketAddr::from((address, 40_000));
        self
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, None, Vec::new()).await
    }

    pub async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Answer {
        let encode = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
        let body = form.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect::<Vec<_>>().join("&");
        self.send("POST", path, Some("application/x-www-form-urlencoded"), body.into_bytes()).await
    }

    pub async fn json(&mut self, path: &str, body: &str) -> Answer {
        self.send("POST", path, Some("application/json"), body.as_bytes().to_vec()).await
    }

    pub async fn send(&mut self, method: &str, path: &str, kind: Option<&str>, body: impl Into<Body>) -> Answer {
        let (parts, body) = self.ask(method, path, kind, body).await.into_parts();
        let is_stream =
            parts.headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
        let bytes = if is_stream { Vec::new() } else { axum::body::to_bytes(body, usize::MAX).await.unwrap().to_vec() };
        self.remember(&parts.headers);
        Answer { status: parts.status, headers: parts.headers, text: String::from_utf8_lossy(&bytes).into_owned() }
    }

    /// Opens a stream and leaves it open for as long as the answer is kept.
    pub async fn listen(&self, path: &str) -> Result<Events, Answer> {
        let response = self.ask("GET", path, None, Vec::new()).await;
        if response.status() == StatusCode::OK {
            return Ok(Events { body: response.into_body().into_data_stream(), rest: String::new() });
        }
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Err(Answer { status: parts.status, headers: parts.headers, text })
    }

    async fn ask(&self, method: &str, path: &str, kind: Option<&str>, body: impl Into<Body>) -> Response {
        let mut request = Request::builder().method(method).uri(path).header("host", "nochnik.example");
        if !self.cookie.is_empty() {
            request = request.header(COOKIE, &self.cookie);
        }
        if let Some(kind) = kind {
            request = request.header(CONTENT_TYPE, kind);
        }
        for (name, value) in &self.extra {
            request = request.header(*name, value);
        }
        let mut request = request.body(body.into()).unwrap();
        request.extensions_mut().insert(ConnectInfo(self.address));
        self.router.clone().oneshot(request).await.unwrap()
    }

    fn remember(&mut self, headers: &HeaderMap) {
        for line in headers.get_all(SET_COOKIE) {
            let pair = line.to_str().unwrap().split(';').next().unwrap();
            if pair.starts_with("nochnik=") || pair.starts_with("__Host-nochnik=") {
                self.cookie = pair.to_owned();
            }
        }
    }
}
