//! A reference: a bare hyper server that stores each message in SQLite, commits in groups with
//! `synchronous=FULL`, and answers one line. What any durable bot must at least do.

use std::convert::Infallible;
use std::sync::mpsc;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Request, Response, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::{Value, json};
use tokio::sync::oneshot;

const GROUP_MAX: usize = 256;

struct Message {
    chat: i64,
    text: String,
    stored: oneshot::Sender<()>,
}

#[tokio::main(worker_threads = 2)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let (listen, api) = (words.next().ok_or("listen")?, words.next().ok_or("api")?);
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || write(&receiver));
    let client = Client::builder(TokioExecutor::new()).build_http();
    let hook = json!({ "url": "https://bench.invalid/hook", "secret_token": "bare" });
    call(&client, &format!("{api}/bot/setWebhook"), &hook).await;
    let listener = tokio::net::TcpListener::bind(listen).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let (sender, client, api) = (sender.clone(), client.clone(), api.clone());
        let service =
            hyper::service::service_fn(move |request| take(request, sender.clone(), client.clone(), api.clone()));
        tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

async fn take(
    request: Request<hyper::body::Incoming>,
    sender: mpsc::Sender<Message>,
    client: Client<HttpConnector, Full<Bytes>>,
    api: String,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let body = request.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let update: Value = serde_json::from_slice(&body).unwrap_or_default();
    let (Some(chat), Some(text)) = (update["message"]["chat"]["id"].as_i64(), update["message"]["text"].as_str())
    else {
        return Ok(answer(StatusCode::BAD_REQUEST));
    };
    let (stored, is_stored) = oneshot::channel();
    if sender.send(Message { chat, text: text.to_owned(), stored }).is_err() || is_stored.await.is_err() {
        return Ok(answer(StatusCode::SERVICE_UNAVAILABLE));
    }
    let reply = json!({ "chat_id": chat, "text": "Здравствуйте! Ответим утром." });
    tokio::spawn(async move { call(&client, &format!("{api}/bot/sendMessage"), &reply).await });
    Ok(answer(StatusCode::OK))
}

/// A lost reply shows itself in the figures.
async fn call(client: &Client<HttpConnector, Full<Bytes>>, url: &str, body: &Value) {
    let request = Request::post(url).header("content-type", "application/json").body(Full::from(body.to_string()));
    if let Ok(request) = request
        && let Ok(response) = client.request(request).await
    {
        response.into_body().collect().await.ok();
    }
}

fn answer(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}

/// Commits whatever has come while the last commit was under way.
fn write(receiver: &mpsc::Receiver<Message>) {
    let mut database = rusqlite::Connection::open("bare.db").expect("the folder is writable");
    database
        .execute_batch("pragma journal_mode = wal; pragma synchronous = full; create table message (id integer primary key, chat integer, text text);")
        .expect("a new database");
    while let Ok(first) = receiver.recv() {
        let mut group = vec![first];
        group.extend(receiver.try_iter().take(GROUP_MAX));
        let transaction = database.transaction().expect("one writer");
        for message in &group {
            transaction
                .execute("insert into message (chat, text) values (?1, ?2)", (message.chat, &message.text))
                .expect("the row is new");
        }
        transaction.commit().expect("the disk takes it");
        for message in group {
            // The sender may have hung up meanwhile.
            message.stored.send(()).ok();
        }
    }
}
