//! The sockets: a server on 127.0.0.1 whose connections can be cut without an answer.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use axum::{
    Router,
    body::Body,
    extract::connect_info::Connected,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    serve::{IncomingStream, Listener},
};
use serde_json::Value;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use crate::{Answer, Outcome};

/// Tells the moment, in milliseconds since the Unix epoch.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// The machine's clock.
pub fn system_clock() -> Clock {
    Arc::new(|| {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    })
}

/// A double at work on 127.0.0.1; dropping it closes the port and every connection.
pub struct Server {
    address: SocketAddr,
    is_closed: Arc<AtomicBool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Server {
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:port`, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Ends `task` together with the server.
    pub(crate) fn keep(&mut self, task: JoinHandle<()>) {
        self.tasks.push(task);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.is_closed.store(true, Ordering::Relaxed);
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// Serves `router` on 127.0.0.1; `port` 0 takes a free one.
pub(crate) async fn serve(router: Router, port: u16) -> io::Result<Server> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let address = listener.local_addr()?;
    let is_closed = Arc::new(AtomicBool::new(false));
    let doors = Doors { listener, is_closed: is_closed.clone() };
    let service = router.into_make_service_with_connect_info::<Cut>();
    let task = tokio::spawn(async move {
        let served = axum::serve(doors, service).await;
        debug_assert!(served.is_ok(), "axum serves until it is aborted");
    });
    Ok(Server { address, is_closed, tasks: vec![task] })
}

/// Turns the outcome of a call into bytes, into late bytes, or into a closed connection.
pub(crate) async fn reply(outcome: Outcome, cut: Cut) -> Response {
    match outcome {
        Outcome::Answered(answer) => respond(answer),
        Outcome::Late { after_ms, answer } => {
            tokio::time::sleep(Duration::from_millis(u64::try_from(after_ms).unwrap_or(0))).await;
            respond(answer)
        }
        Outcome::Lost => {
            cut.0.store(true, Ordering::Relaxed);
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
        Outcome::Hung => std::future::pending().await,
    }
}

pub(crate) fn respond(answer: Answer) -> Response {
    if answer.status == StatusCode::NO_CONTENT.as_u16() {
        // It has no body at all.
        return StatusCode::NO_CONTENT.into_response();
    }
    let (kind, bytes) = match answer.body {
        Value::String(page) => ("text/html; charset=utf-8", page),
        json => ("application/json", json.to_string()),
    };
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [(header::CONTENT_TYPE, kind)], Body::from(bytes)).into_response()
}

/// Cuts the connection of one request: whatever is written after that goes nowhere.
#[derive(Clone)]
pub(crate) struct Cut(Arc<AtomicBool>);

impl Connected<IncomingStream<'_, Doors>> for Cut {
    fn connect_info(stream: IncomingStream<'_, Doors>) -> Self {
        stream.io().cut.clone()
    }
}

struct Doors {
    listener: TcpListener,
    is_closed: Arc<AtomicBool>,
}

impl Listener for Doors {
    type Io = Line;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Line, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.listener).await;
        // A refused option costs only latency.
        let _ = stream.set_nodelay(true);
        (Line { stream, cut: Cut(Arc::new(AtomicBool::new(false))), is_closed: self.is_closed.clone() }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// A connection that fails as soon as it is cut or its server is gone.
struct Line {
    stream: TcpStream,
    cut: Cut,
    is_closed: Arc<AtomicBool>,
}

impl Line {
    fn check(&self) -> io::Result<()> {
        if self.cut.0.load(Ordering::Relaxed) || self.is_closed.load(Ordering::Relaxed) {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        Ok(())
    }
}

impl AsyncRead for Line {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_read(context, into);
        match self.check() {
            Ok(()) => polled,
            Err(cut) => Poll::Ready(Err(cut)),
        }
    }
}

impl AsyncWrite for Line {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.check() {
            Ok(()) => Pin::new(&mut self.stream).poll_write(context, bytes),
            Err(cut) => Poll::Ready(Err(cut)),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
