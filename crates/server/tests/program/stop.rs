//! A stop from the system while clients write and a page is open.

use std::time::Duration;

use crate::real::{Real, World, now_ms, wait_for};
use nochnik_doubles::bitrix24::Settings;
use nochnik_store::{Store, conversations};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const FIRST_CLIENT: i64 = 6_000_000;
const CLIENTS: i64 = 40;

/// The open page of a client: a stream that never ends by itself. Returns it once it has begun.
async fn open_page(real: &Real) -> TcpStream {
    let ask = async |request: String| {
        let mut stream = TcpStream::connect(real.listen()).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = vec![0; 4_096];
        let length = stream.read(&mut answer).await.unwrap();
        (stream, String::from_utf8_lossy(&answer[..length]).into_owned())
    };
    let host = real.listen();
    let (_, opened) =
        ask(format!("POST /chat/lotos/session HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\n\r\n")).await;
    let token = opened.split("\"token\":\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let (stream, begun) =
        ask(format!("GET /chat/lotos/stream HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\r\n")).await;
    assert!(begun.contains("text/event-stream"), "{begun}");
    stream
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_f37_a_stop_ends_in_ten_seconds_and_the_rest_resumes() {
    let world = World::open(Settings { intensity: None, ..Settings::default() }).await;
    let mut real = Real::with(&world.document());
    real.start().await;
    world.staff_is_there(&real).await;
    let _page = open_page(&real).await;
    for client in FIRST_CLIENT..FIRST_CLIENT + CLIENTS {
        world.telegram.client_says(client, "сколько стоит маникюр?", now_ms());
    }
    let took = real.stop().await;
    assert!(took < Duration::from_secs(10), "{took:?}");

    real.start().await;
    for client in FIRST_CLIENT..FIRST_CLIENT + CLIENTS {
        wait_for(&real, "an answer", 30, || world.telegram.last_to(client)).await;
    }
    let took = real.stop().await;
    assert!(took < Duration::from_secs(10), "{took:?}");
    let store = Store::open(&format!("sqlite:{}", real.database().display())).await.unwrap();
    let every = conversations::Filter::default();
    let talks = store.read(move |sql| conversations::list(sql, "lotos", &every, i64::MAX, 1_000)).await.unwrap();
    assert_eq!(i64::try_from(talks.len()).unwrap(), CLIENTS, "each client once");
    assert_eq!(real.log(), "", "a stop is nothing to complain of");
    store.close().await;
}
