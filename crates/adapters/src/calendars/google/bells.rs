//! Google rings when something in the calendar changes: a channel with an end of its own, which says nothing of what it was.
//!
//! Source: `calendar.events.watch` and `calendar.channels.stop` of `contracts/google/calendar.v3.json`; the contract sheet,
//! 1.5. That a channel lives for a week unless it says otherwise was not read again.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::{Value, json};
use subtle::ConstantTimeEq;

use super::Google;
use super::call::{Miss, Place, Request, Said};
use crate::failure::Failure;
use crate::ports::{Bell, Bells, Forged, Hook, NewBell};

/// So long a channel that names no end is believed to live.
const LIFE: SignedDuration = SignedDuration::from_hours(48);
const TOKEN: &str = "x-goog-channel-token";
const STATE: &str = "x-goog-resource-state";
/// The first ring of a channel only says that it is there.
const HELLO: &[u8] = b"sync";

#[async_trait]
impl Bells for Google {
    fn whose(&self) -> String {
        self.door.calendar().to_owned()
    }

    async fn hang(&self, bell: &NewBell<'_>) -> Result<Bell, Failure> {
        let body = json!({ "id": bell.id, "type": "web_hook", "address": bell.url, "token": bell.token });
        let said = self.post(Place::Watch, &body).await?;
        if said.status != 200 {
            return Err(said.refusal_of_write());
        }
        let resource = said.body["resourceId"].as_str().filter(|resource| !resource.is_empty());
        let Some(resource) = resource else {
            return Err(Failure::Unknown { why: "Google Calendar does not name what it watches".to_owned() });
        };
        let until = moment(&said.body["expiration"]).unwrap_or_else(|| self.door.now() + LIFE);
        Ok(Bell { id: bell.id.to_owned(), resource: resource.to_owned(), until })
    }

    async fn take_down(&self, bell: &Bell) -> Result<(), Failure> {
        let said = self.post(Place::Stop, &json!({ "id": bell.id, "resourceId": bell.resource })).await?;
        if matches!(said.status, 200..=299) || said.is_gone() { Ok(()) } else { Err(said.refusal_of_write()) }
    }

    fn heard(&self, hook: &Hook<'_>, token: &str) -> Result<bool, Forged> {
        let theirs = only(hook, TOKEN).ok_or(Forged)?;
        if token.is_empty() || !bool::from(token.as_bytes().ct_eq(theirs)) {
            return Err(Forged);
        }
        let state = only(hook, STATE).ok_or(Forged)?;
        Ok(state != HELLO)
    }
}

impl Google {
    async fn post(&self, place: Place<'_>, body: &Value) -> Result<Said, Failure> {
        let request = Request { method: Method::POST, place, body: Some(body), ..Request::get(None, &[]) };
        self.door.call(request).await.map_err(Miss::of_write)
    }
}

/// The only header of that name; a doubled one proves nothing.
fn only<'a>(hook: &Hook<'a>, name: &str) -> Option<&'a [u8]> {
    let mut found = hook.headers.iter().filter(|(own, _)| *own == name).map(|(_, value)| *value);
    found.next().filter(|_| found.next().is_none())
}

/// Unix milliseconds, as a text by the document.
fn moment(value: &Value) -> Option<Timestamp> {
    let ms = value.as_str().map_or_else(|| value.as_i64(), |text| text.parse().ok())?;
    Timestamp::from_millisecond(ms).ok()
}
