//! Reads updates. Only what we use is described; everything else passes by.

use jiff::Timestamp;
use nochnik_core::event::{AttachmentKind, FileRef, Input, InputKind};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::super::read::{if_known, not_blank, seconds, tag, unknown};
use crate::phone;
use crate::ports::{Incoming, IncomingWhat, NOT_SAID};

/// Seconds never reach this; an emulator that writes milliseconds does.
const SECONDS_MAX: i64 = 100_000_000_000;

/// The kinds of update we ask for.
pub const KINDS: &[&str] = &["message", "edited_message", "callback_query", "my_chat_member"];

/// Only what a message cannot do without must have its type; a stranger in any other place is passed
/// over, so that the text beside it is never lost. Source: reliability F09.
#[derive(Deserialize)]
struct Message {
    message_id: i64,
    #[serde(default, deserialize_with = "if_known")]
    from: Option<User>,
    chat: Chat,
    #[serde(default, deserialize_with = "if_known")]
    date: Option<i64>,
    #[serde(default, deserialize_with = "if_known")]
    edit_date: Option<i64>,
    #[serde(default, deserialize_with = "if_known")]
    reply_to_message: Option<Stub>,
    #[serde(default, deserialize_with = "if_known")]
    text: Option<String>,
    #[serde(default, deserialize_with = "if_known")]
    caption: Option<String>,
    #[serde(default, deserialize_with = "if_known")]
    contact: Option<Contact>,
    voice: Option<Value>,
    audio: Option<Value>,
    photo: Option<Value>,
    sticker: Option<Value>,
    document: Option<Value>,
    animation: Option<Value>,
    video: Option<Value>,
    video_note: Option<Value>,
    location: Option<Value>,
    /// The client pinned something; nothing was said.
    pinned_message: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct User {
    id: i64,
    #[serde(default, deserialize_with = "if_known")]
    is_bot: Option<bool>,
    #[serde(default, deserialize_with = "if_known")]
    first_name: Option<String>,
    #[serde(default, deserialize_with = "if_known")]
    last_name: Option<String>,
}

#[derive(Deserialize)]
struct Chat {
    id: i64,
    #[serde(default, rename = "type", deserialize_with = "if_known")]
    kind: Option<String>,
}

/// A message of which only the id matters.
#[derive(Deserialize)]
struct Stub {
    message_id: i64,
}

#[derive(Deserialize)]
struct Contact {
    phone_number: String,
    #[serde(default, deserialize_with = "if_known")]
    user_id: Option<i64>,
}

#[derive(Deserialize)]
struct Press {
    id: Option<String>,
    from: User,
    message: Option<Stub>,
    data: Option<String>,
}

#[derive(Deserialize)]
struct Membership {
    chat: Chat,
    new_chat_member: Member,
}

#[derive(Deserialize)]
struct Member {
    status: String,
}

/// Reads one update; `None` when it has no id. What is of no concern gives an empty list, what we
/// cannot read an [`IncomingWhat::Unknown`]: a refused update would hold up its chat for a day.
pub fn read(update: &Value) -> Option<Vec<Incoming>> {
    let id = update["update_id"].as_i64()?;
    let key = format!("tg:{id}");
    let fields = update.as_object()?;
    let is_known = |name: &&String| KINDS.contains(&name.as_str());
    let other = || fields.keys().find(|name| *name != "update_id");
    let name = fields.keys().find(is_known).or_else(other).cloned().unwrap_or_default();
    let content = &update[&name];
    let peer = content["from"]["id"].as_i64().map(|id| id.to_string()).unwrap_or_default();
    let read = match name.as_str() {
        "message" => Message::deserialize(content).ok().map(|message| message.incoming(&key)),
        "edited_message" => Message::deserialize(content).ok().map(|message| message.edited(&key)),
        "callback_query" => Press::deserialize(content).ok().and_then(|press| press.incoming(&key, id)),
        "my_chat_member" => Membership::deserialize(content).ok().map(|membership| membership.incoming(&key)),
        _ => None,
    };
    Some(read.unwrap_or_else(|| vec![unknown(key, peer, &name, update)]))
}

impl Message {
    fn incoming(mut self, key: &str) -> Vec<Incoming> {
        if !self.is_from_client() || self.pinned_message.is_some() {
            return Vec::new();
        }
        let caption = self.caption.take().filter(|caption| !caption.trim().is_empty());
        let mut all = vec![self.input(key.to_owned(), self.at(), self.what())];
        if let Some(text) = caption {
            all.push(self.input(format!("{key}:caption"), self.at(), InputKind::Text { text }));
        }
        all
    }

    fn edited(self, key: &str) -> Vec<Incoming> {
        let text = self.text.clone().or_else(|| self.caption.clone());
        // Without text it is a live location that moved, or a changed picture.
        match text.filter(|_| self.is_from_client()) {
            Some(text) => {
                let at = self.edit_date.unwrap_or(self.at());
                vec![self.input(key.to_owned(), at, InputKind::Edited { text })]
            }
            None => Vec::new(),
        }
    }

    /// Seconds since the epoch; 0, the moment that was not said, without a readable date.
    fn at(&self) -> i64 {
        self.date.unwrap_or(0)
    }

    fn is_from_client(&self) -> bool {
        self.chat.is_private() && !self.from.as_ref().is_some_and(|from| from.is_bot == Some(true))
    }

    fn what(&self) -> InputKind {
        if let Some(text) = not_blank(self.text.as_deref()) {
            return start(&text).unwrap_or(InputKind::Text { text });
        }
        if let Some(contact) = &self.contact {
            return self.contact(contact);
        }
        if let Some(voice) = &self.voice {
            let file = FileRef::new(voice["file_id"].as_str().unwrap_or_default(), seconds(&voice["duration"]));
            return InputKind::Attachment { kind: AttachmentKind::Voice, file };
        }
        let kinds = [
            (&self.photo, AttachmentKind::Photo),
            (&self.sticker, AttachmentKind::Sticker),
            // An animation comes as a document too.
            (&self.animation, AttachmentKind::Video),
            (&self.video, AttachmentKind::Video),
            (&self.video_note, AttachmentKind::Video),
            (&self.document, AttachmentKind::Document),
            (&self.audio, AttachmentKind::Document),
            (&self.location, AttachmentKind::Location),
        ];
        let found = kinds.into_iter().find_map(|(field, kind)| Some((field.as_ref()?, kind)));
        found.map_or(InputKind::Unknown, |(content, kind)| InputKind::Attachment { kind, file: file_of(content) })
    }

    /// Telegram vouches for a number only when the contact is the sender.
    fn contact(&self, contact: &Contact) -> InputKind {
        let is_own = contact.user_id.is_some() && contact.user_id == self.from.as_ref().map(|from| from.id);
        match phone::read(&contact.phone_number) {
            Some(phone) if is_own => InputKind::OwnPhone { phone },
            phone => InputKind::Contact { phone },
        }
    }

    fn input(&self, dedupe_key: String, at: i64, what: InputKind) -> Incoming {
        let input = Input {
            at: instant(at),
            message_id: self.message_id.to_string(),
            what,
            profile_name: self.from.as_ref().and_then(User::name),
            own_phone: None,
        };
        let replies_to = self.reply_to_message.as_ref().map(|message| message.message_id.to_string());
        Incoming { dedupe_key, peer: self.chat.id.to_string(), what: IncomingWhat::Input { input, replies_to } }
    }
}

impl Press {
    /// The peer is the one who pressed, in a group of the staff too. A press carries no time.
    fn incoming(self, key: &str, update_id: i64) -> Option<Vec<Incoming>> {
        let press_id = self.id.unwrap_or_else(|| update_id.to_string());
        let message_id = self.message.map(|message| message.message_id.to_string());
        let input = Input {
            at: NOT_SAID,
            message_id: message_id.clone().unwrap_or_else(|| press_id.clone()),
            profile_name: self.from.name(),
            own_phone: None,
            what: InputKind::Button { id: self.data?, press_id: Some(press_id) },
        };
        Some(vec![Incoming {
            dedupe_key: key.to_owned(),
            peer: self.from.id.to_string(),
            what: IncomingWhat::Input { input, replies_to: message_id },
        }])
    }
}

impl Membership {
    fn incoming(self, key: &str) -> Vec<Incoming> {
        if !self.chat.is_private() {
            return Vec::new();
        }
        let is_reachable = self.new_chat_member.status != "kicked";
        vec![Incoming {
            dedupe_key: key.to_owned(),
            peer: self.chat.id.to_string(),
            what: IncomingWhat::Reachable(is_reachable),
        }]
    }
}

impl Chat {
    /// Ids of groups are negative; an emulator may leave the kind out.
    fn is_private(&self) -> bool {
        self.kind.as_deref().map_or(self.id > 0, |kind| kind == "private")
    }
}

impl User {
    fn name(&self) -> Option<String> {
        let names: Vec<&str> = [&self.first_name, &self.last_name].into_iter().flatten().map(|name| name.trim()).collect();
        Some(names.join(" ").trim().to_owned()).filter(|name| !name.is_empty())
    }
}

/// Of a photo the largest of its sizes, which stand in order.
fn file_of(content: &Value) -> Option<FileRef> {
    let whole = content.as_array().and_then(|sizes| sizes.last()).unwrap_or(content);
    FileRef::new(whole["file_id"].as_str().unwrap_or_default(), None)
}

/// `/start` and what its link carried.
fn start(text: &str) -> Option<InputKind> {
    let mut words = text.split_whitespace();
    if words.next()?.split('@').next() != Some("/start") {
        return None;
    }
    Some(InputKind::Start { source: tag(words.next()) })
}

fn instant(date: i64) -> Timestamp {
    let seconds = if date >= SECONDS_MAX { date / 1_000 } else { date };
    Timestamp::from_second(seconds).unwrap_or(NOT_SAID)
}
