//! `GET /chat/{business}/stream?after=`: a visitor's talk as it goes on, and who speaks.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderName};
use axum::response::Response;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::Stream;
use serde_json::json;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::timeout;

use super::Shared;
use super::bounds::ChatPlace;
use super::chat::{After, Door, Refusal, View, read};
use super::desk::Change;
use super::origin::Caller;

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// A proxy closes a silent connection; a comment keeps it open.
const BEAT: Duration = Duration::from_secs(15);
/// Before a first message is taken any change may be about it: one look is enough for all of this time.
const GATHER: Duration = Duration::from_millis(200);

/// Opens the stream. An event's id is the number of the last message in it, so a broken
/// connection goes on where it stopped.
pub async fn stream(
    State(web): State<Shared>,
    Query(after): Query<After>,
    caller: Caller,
    door: Door,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let peer = door.peer(&web, &headers)?;
    let place = web.bounds.chat_stream(&door.business, &peer, caller.address);
    let place = place.and_then(|place| web.bounds.look(caller.address).map(|()| place));
    let place = place.map_err(|trouble| door.refuse(trouble))?;
    let last = headers.get(LAST_EVENT_ID).and_then(|value| value.to_str().ok()?.parse().ok());
    let changes = web.desk.changes();
    let answer = Listening {
        web,
        door,
        peer,
        changes,
        after: last.unwrap_or(after.after),
        conversation: String::new(),
        told: None,
        has_more: false,
        _place: place,
    };
    let door = answer.door.clone();
    Ok(door.open(Sse::new(events(answer)).keep_alive(KeepAlive::new().interval(BEAT))))
}

struct Listening {
    web: Shared,
    door: Door,
    peer: String,
    changes: Receiver<Change>,
    after: i64,
    /// Known once the first message is taken.
    conversation: String,
    /// Who was last told to speak; `None` before the first event.
    told: Option<String>,
    /// The last reading was a full one: the next does not wait for a change.
    has_more: bool,
    _place: ChatPlace,
}

fn events(listening: Listening) -> impl Stream<Item = Result<Event, Infallible>> {
    futures::stream::unfold(listening, |mut listening| async move {
        let view = listening.next().await?;
        let data = json!({ "messages": view.lines, "speaker": view.speaker }).to_string();
        Some((Ok(Event::default().id(listening.after.to_string()).data(data)), listening))
    })
}

impl Listening {
    /// The next news; the first comes at once, empty or not. `None` ends the stream.
    async fn next(&mut self) -> Option<View> {
        loop {
            if self.told.is_some() && !self.has_more && !self.is_touched().await {
                return None;
            }
            let view = read(&self.web, &self.door, &self.peer, self.after).await.ok()?;
            self.conversation.clone_from(&view.conversation);
            self.has_more = view.is_full;
            if view.lines.is_empty() && self.told.as_ref() == Some(&view.speaker) {
                continue;
            }
            self.told = Some(view.speaker.clone());
            self.after = view.lines.last().map_or(self.after, |line| line.seq);
            return Some(view);
        }
    }

    /// Waits for a change of this talk; false when there will be none.
    async fn is_touched(&mut self) -> bool {
        loop {
            match self.changes.recv().await {
                Ok(change) if change.business == self.door.business && self.is_mine(&change) => break,
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => break,
                Err(RecvError::Closed) => return false,
            }
        }
        if self.conversation.is_empty() {
            self.gather().await;
        }
        true
    }

    async fn gather(&mut self) {
        let quiet = async { while !matches!(self.changes.recv().await, Err(RecvError::Closed)) {} };
        let _ = timeout(GATHER, quiet).await;
    }

    fn is_mine(&self, change: &Change) -> bool {
        self.conversation.is_empty() || change.conversation.is_empty() || change.conversation == self.conversation
    }
}
