//! `GET /console/live`: the stream that keeps an open page true. An event carries the same piece
//! of HTML as the page, made anew when something of the business changed.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::Stream;
use maud::Markup;
use serde::Deserialize;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::timeout;

use super::chats::Choice;
use super::desk::Change;
use super::seen::{self, Record};
use super::viewer::Viewer;
use super::{Shared, Trouble, Web, channels, chats, dialogue, escalations, now};

/// A proxy closes a silent connection; a comment keeps it open.
const BEAT: Duration = Duration::from_secs(15);
/// When the page connects: at once, and again whenever `app.js` asks, for a first request that failed.
pub const LIVE: &str = "load, again";
/// A page in the background is kept true as well: it is looked at in a hurry.
pub const STEADY: &str = r#"{"sse":{"pauseOnBackground":false}}"#;
/// Changes of one turn come together; one picture is enough for all of them.
const GATHER: Duration = Duration::from_millis(80);
/// The longest an open page goes without a look at whether its viewer may still see it.
const LOOK_MAX: Duration = Duration::from_secs(20);

#[derive(Deserialize)]
pub struct Wish {
    view: String,
    #[serde(default)]
    id: String,
    #[serde(default)]
    only: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    since: i64,
}

/// What one stream keeps true.
enum View {
    Now,
    Cases,
    /// The list, and the dialogue open beside it; empty for none.
    Chats(Choice, String),
    Talk(String),
    /// A channel, and since when a test message is waited for.
    Channel(String, Option<i64>),
}

impl View {
    fn of(wish: Wish) -> Option<Self> {
        match wish.view.as_str() {
            "now" => Some(Self::Now),
            "cases" => Some(Self::Cases),
            "chats" => Some(Self::Chats(Choice { only: wish.only, text: wish.text }, wish.id)),
            "talk" => Some(Self::Talk(wish.id)),
            "channel" => Some(Self::Channel(wish.id, Some(wish.since).filter(|since_ms| *since_ms > 0))),
            _ => None,
        }
    }

    /// The page that it keeps true.
    fn page(&self) -> &'static str {
        match self {
            Self::Now => "/console",
            Self::Cases => "/console/escalations",
            Self::Chats(..) => "/console/chats",
            Self::Talk(_) => "/console/chats/{id}",
            Self::Channel(..) => "/console/channels/of/{account}",
        }
    }

    /// What it shows of clients.
    fn record(&self) -> Option<(Record, &str)> {
        match self {
            Self::Now => Some((Record::Now, "")),
            Self::Cases => Some((Record::Cases, "")),
            Self::Chats(..) => Some((Record::Talks, "")),
            Self::Talk(id) => Some((Record::Talk, id)),
            Self::Channel(..) => None,
        }
    }

    fn cares(&self, change: &Change) -> bool {
        match self {
            Self::Talk(id) => change.conversation == *id || change.conversation.is_empty(),
            Self::Now | Self::Cases | Self::Chats(..) | Self::Channel(..) => true,
        }
    }

    /// How a channel does changes without a word said in any conversation.
    fn changes_by_itself(&self) -> bool {
        matches!(self, Self::Channel(..))
    }

    async fn picture(&self, web: &Web, viewer: &Viewer) -> Result<Markup, Trouble> {
        match self {
            Self::Now => now::inside(web, viewer).await,
            Self::Cases => escalations::inside(web, viewer).await,
            Self::Chats(choice, open) => chats::inside(web, viewer, choice, Some(open)).await,
            Self::Talk(id) => dialogue::inside(web, viewer, id).await,
            Self::Channel(account, since_ms) => channels::inside(web, viewer, account, *since_ms).await,
        }
    }
}

/// Opens a stream; its first picture comes at once, so nothing is missed between page and stream.
pub async fn stream(State(web): State<Shared>, viewer: Viewer, Query(wish): Query<Wish>) -> Result<Response, Trouble> {
    let view = View::of(wish).ok_or(Trouble::NotFound)?;
    if !viewer.may_open(view.page()) {
        return Err(Trouble::Forbidden);
    }
    let place = web.bounds.console_stream()?;
    let changes = web.desk.changes();
    let first = view.picture(&web, &viewer).await?;
    // A stream shows what its page shows, and may be asked for without it.
    if let Some((record, id)) = view.record() {
        seen::note(&web, &viewer, record, id).await;
    }
    let watch = Watch { web, viewer, view, changes, first: Some(first), _place: place };
    Ok(Sse::new(pictures(watch)).keep_alive(KeepAlive::new().interval(BEAT)).into_response())
}

struct Watch {
    web: Shared,
    viewer: Viewer,
    view: View,
    changes: Receiver<Change>,
    first: Option<Markup>,
    _place: tokio::sync::OwnedSemaphorePermit,
}

fn pictures(watch: Watch) -> impl Stream<Item = Result<Event, Infallible>> {
    futures::stream::unfold(watch, |mut watch| async move {
        let picture = watch.next().await?;
        Some((Ok(Event::default().data(picture.into_string())), watch))
    })
}

impl Watch {
    /// The next picture; `None` ends the stream: the session died, the server stops, or the page is gone.
    async fn next(&mut self) -> Option<Markup> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        loop {
            let news = timeout(LOOK_MAX, self.news()).await;
            if !self.viewer.is_still_here(&self.web).await.unwrap_or(false) {
                return None;
            }
            match news {
                Err(_) if !self.view.changes_by_itself() => {}
                Ok(false) => return None,
                Err(_) | Ok(true) => {
                    self.viewer.now_ms = self.web.desk.now().as_millisecond();
                    return self.view.picture(&self.web, &self.viewer).await.ok();
                }
            }
        }
    }

    /// Waits for a change that this page shows; false when there will be none.
    async fn news(&mut self) -> bool {
        loop {
            match self.changes.recv().await {
                Ok(change) if change.business != self.viewer.business || !self.view.cares(&change) => {}
                Ok(_) => return self.gather().await,
                Err(RecvError::Lagged(_)) => return true,
                Err(RecvError::Closed) => return false,
            }
        }
    }

    async fn gather(&mut self) -> bool {
        let quiet = async { while !matches!(self.changes.recv().await, Err(RecvError::Closed)) {} };
        let _ = timeout(GATHER, quiet).await;
        true
    }
}
