//! Reads what the bot's queue brings: pressed buttons and what people write to the bot. Everything else passes by.

use jiff::Timestamp;
use nochnik_core::event::{Input, InputKind};
use serde::Deserialize;
use serde_json::Value;

use super::super::read::{if_known, unknown};
use super::enrolment::COMMAND;
use crate::bitrix24::codes;
use crate::failure::{Failure, Scope};
use crate::ports::{Incoming, IncomingWhat, NOT_SAID, Polled};

const PRESSED: &str = "ONIMBOTV2COMMANDADD";
const WRITTEN: &str = "ONIMBOTV2MESSAGEADD";
/// Kinds we know and have no use for.
const PASSED_BY: [&str; 6] = [
    "ONIMBOTV2MESSAGEUPDATE",
    "ONIMBOTV2MESSAGEDELETE",
    "ONIMBOTV2JOINCHAT",
    "ONIMBOTV2DELETE",
    "ONIMBOTV2CONTEXTGET",
    "ONIMBOTV2REACTIONCHANGE",
];

#[derive(Deserialize)]
struct Data {
    #[serde(default, deserialize_with = "if_known")]
    command: Option<Command>,
    message: Message,
    #[serde(default)]
    chat: Chat,
    user: User,
}

#[derive(Deserialize)]
struct Command {
    id: i64,
    command: String,
    #[serde(default)]
    params: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    id: i64,
    #[serde(default, deserialize_with = "if_known")]
    text: Option<String>,
    #[serde(default)]
    is_system: bool,
    /// Where a reply names its message is not documented: here, or among the parameters.
    #[serde(default)]
    reply_id: Value,
    #[serde(default)]
    params: Value,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Chat {
    /// In a dialogue of two: the other's number. Under a press it may be missing.
    #[serde(default, deserialize_with = "if_known")]
    dialog_id: Option<String>,
}

#[derive(Deserialize)]
struct User {
    id: i64,
    #[serde(default)]
    bot: bool,
    /// A client of an open line.
    #[serde(default)]
    connector: bool,
}

/// A pressed button, as we answer it.
#[derive(Debug, PartialEq, Eq)]
pub struct Press<'a> {
    pub command: i64,
    pub message: i64,
    pub dialog: &'a str,
}

impl<'a> Press<'a> {
    /// `None`: the press is of another messenger.
    pub fn read(press_id: &'a str) -> Option<Self> {
        let mut parts = press_id.splitn(3, ':');
        let mut number = || parts.next()?.parse().ok();
        let (command, message) = (number()?, number()?);
        Some(Self { command, message, dialog: parts.next()? })
    }
}

/// The queue's place behind a stored cursor; another bot has another queue.
pub fn offset(cursor: Option<&str>, bot: i64) -> Option<i64> {
    let (of, offset) = cursor?.split_once(':')?;
    if of.parse() == Ok(bot) { offset.parse().ok() } else { None }
}

/// A batch with the cursor that confirms it.
pub fn polled(bot: i64, result: &Value, cursor: Option<&str>) -> Result<Polled, Failure> {
    let Value::Array(events) = &result["events"] else {
        let why = "the queue is no list".to_owned();
        return Err(Failure::Later { after: None, scope: Scope::Destination, why });
    };
    let behind = || events.iter().filter_map(|event| event["eventId"].as_i64()).max().map(|last| last + 1);
    let next = result["nextOffset"].as_i64().filter(|next| *next > 0).or_else(behind);
    Ok(Polled {
        incoming: events.iter().filter_map(|event| read(bot, event)).collect(),
        cursor: next.map(|next| format!("{bot}:{next}")).or_else(|| cursor.map(str::to_owned)),
    })
}

fn read(bot: i64, event: &Value) -> Option<Incoming> {
    let kind = event["type"].as_str().unwrap_or_default();
    if PASSED_BY.contains(&kind) {
        return None;
    }
    let key = format!("bitrix24_bot:{bot}:{}", event["eventId"]);
    let Some(data) = Some(&event["data"]).filter(|_| matches!(kind, PRESSED | WRITTEN)).and_then(Data::read) else {
        return Some(unknown(key, String::new(), kind, event));
    };
    if data.user.bot || data.user.connector || data.message.is_system {
        return None;
    }
    let at = event["date"].as_str().and_then(|date| date.parse().ok()).unwrap_or(NOT_SAID);
    if kind == PRESSED { data.pressed(key, at) } else { data.written(key, at) }
}

impl Data {
    fn read(data: &Value) -> Option<Self> {
        Self::deserialize(data).ok()
    }

    fn pressed(self, key: String, at: Timestamp) -> Option<Incoming> {
        let command = self.command.as_ref().filter(|command| command.command.trim_start_matches('/') == COMMAND)?;
        let own = self.user.id.to_string();
        let dialog = self.chat.dialog_id.as_deref().unwrap_or(&own);
        let press_id = format!("{}:{}:{dialog}", command.id, self.message.id);
        let what = InputKind::Button { id: command.params.trim().to_owned(), press_id: Some(press_id) };
        Some(self.incoming(key, at, what, None))
    }

    /// In a chat of several nobody speaks with the bot alone.
    fn written(self, key: String, at: Timestamp) -> Option<Incoming> {
        let text = codes::read(self.message.text.as_deref().unwrap_or_default());
        if text.is_empty() || self.chat.dialog_id != Some(self.user.id.to_string()) {
            return None;
        }
        let replies_to = self.message.replies_to();
        Some(self.incoming(key, at, InputKind::Text { text }, replies_to))
    }

    fn incoming(&self, dedupe_key: String, at: Timestamp, what: InputKind, replies_to: Option<String>) -> Incoming {
        let message_id = self.message.id.to_string();
        let input = Input { at, message_id, what, profile_name: None, own_phone: None };
        Incoming { dedupe_key, peer: self.user.id.to_string(), what: IncomingWhat::Input { input, replies_to } }
    }
}

impl Message {
    fn replies_to(&self) -> Option<String> {
        let ids = [&self.reply_id, &self.params["REPLY_ID"], &self.params["replyId"]];
        let number = |id: &&Value| id.as_i64().or_else(|| id.as_str()?.parse().ok()).filter(|id| *id > 0);
        ids.iter().find_map(number).map(|id| id.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::{Press, offset};

    #[test]
    fn a_cursor_is_of_one_bot() {
        for (cursor, expected) in [
            (None, None),
            (Some("812:1002"), Some(1_002)),
            (Some("813:1002"), None),
            (Some("1002"), None),
            (Some("812:"), None),
        ] {
            assert_eq!(offset(cursor, 812), expected, "{cursor:?}");
        }
    }

    #[test]
    fn a_press_of_another_messenger_is_none() {
        assert_eq!(Press::read("42:15220:23"), Some(Press { command: 42, message: 15_220, dialog: "23" }));
        for other in ["", "4382bfdwdsb323b2d9", "42:15220", "x:1:23"] {
            assert_eq!(Press::read(other), None, "{other}");
        }
    }
}
