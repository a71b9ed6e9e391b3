//! HTTP as cheap as it gets, so that the load and the stubs take little of the two cores.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::rc::Rc;

use anyhow::{Context, Result};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::SendRequest;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

/// What a stub says to one call; `None` never comes.
pub type Said = Option<(u16, String)>;

/// Serves `answer` on a free port for as long as the process lives.
pub async fn serve(answer: impl Fn(&str, &[u8]) -> Said + 'static) -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let answer = Rc::new(answer);
    tokio::task::spawn_local(async move {
        while let Ok((stream, _)) = listener.accept().await {
            drop(stream.set_nodelay(true));
            let answer = Rc::clone(&answer);
            let service = hyper::service::service_fn(move |request: Request<hyper::body::Incoming>| {
                let answer = Rc::clone(&answer);
                async move {
                    let path = request.uri().path().to_owned();
                    let body = request.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
                    Ok::<_, Infallible>(match answer(&path, &body) {
                        Some((status, text)) => response(status, text),
                        None => std::future::pending().await,
                    })
                }
            });
            let connection = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            tokio::task::spawn_local(connection);
        }
    });
    Ok(address)
}

fn response(status: u16, text: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert("content-type", hyper::header::HeaderValue::from_static("application/json"));
    response
}

/// One kept connection.
pub struct Line {
    host: String,
    sender: SendRequest<Full<Bytes>>,
}

impl Line {
    pub async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await.context("nobody listens")?;
        stream.set_nodelay(true)?;
        let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        tokio::task::spawn_local(connection);
        Ok(Self { host: address.to_string(), sender })
    }

    /// Returns the status.
    pub async fn post(&mut self, path: &str, secret: &str, body: String) -> Result<u16> {
        let request = Request::post(path)
            .header("host", &self.host)
            .header("content-type", "application/json")
            .header("x-telegram-bot-api-secret-token", secret)
            .body(Full::new(Bytes::from(body)))?;
        self.send(request).await
    }

    pub async fn get(&mut self, path: &str) -> Result<u16> {
        let request = Request::get(path).header("host", &self.host).body(Full::default())?;
        self.send(request).await
    }

    /// Returns the status and the body of a page for somebody signed in.
    pub async fn get_as(&mut self, path: &str, cookie: &str) -> Result<(u16, Vec<u8>)> {
        let request = Request::get(path).header("host", &self.host).header("cookie", cookie).body(Full::default())?;
        self.sender.ready().await?;
        let response = self.sender.send_request(request).await?;
        let status = response.status().as_u16();
        Ok((status, response.into_body().collect().await?.to_bytes().to_vec()))
    }

    /// Posts a form and returns the cookie that came back.
    pub async fn sign_in(&mut self, path: &str, form: &str) -> Result<String> {
        let request = Request::post(path)
            .header("host", &self.host)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .body(Full::new(Bytes::from(form.to_owned())))?;
        self.sender.ready().await?;
        let response = self.sender.send_request(request).await?;
        let cookie = response.headers().get("set-cookie").and_then(|value| value.to_str().ok());
        let cookie = cookie.and_then(|value| value.split(';').next()).map(str::to_owned);
        let status = response.status();
        response.into_body().collect().await?;
        cookie.with_context(|| format!("no cookie came with {status}"))
    }

    async fn send(&mut self, request: Request<Full<Bytes>>) -> Result<u16> {
        self.sender.ready().await?;
        let response = self.sender.send_request(request).await?;
        let status = response.status().as_u16();
        response.into_body().collect().await?;
        Ok(status)
    }
}
