//! Reads VK's events, which come alike by callback and by long poll. Only what we use is described;
//! everything else passes by.

use nochnik_core::event::{AttachmentKind, FileRef, Input, InputKind};
use serde::Deserialize;
use serde_json::Value;

use super::super::read::{if_known, instant_s, json, not_blank, seconds, tag, those_known, unknown};
use crate::ports::{Echo, Incoming, IncomingWhat, NOT_SAID, ParseProblem, Status, StatusWord};

/// The kinds of event we ask for.
pub const KINDS: &[&str] =
    &["message_new", "message_event", "message_edit", "message_reply", "message_read", "message_allow", "message_deny"];

/// Ids of group chats begin here; a client's dialog has the client's own id.
const CHATS_FROM: i64 = 2_000_000_000;

/// A message inside an event or in the history.
#[derive(Deserialize)]
pub struct Message {
    pub peer_id: i64,
    #[serde(default, deserialize_with = "if_known")]
    from_id: Option<i64>,
    #[serde(default, deserialize_with = "if_known")]
    date: Option<i64>,
    #[serde(default, deserialize_with = "if_known")]
    update_time: Option<i64>,
    conversation_message_id: i64,
    #[serde(default, deserialize_with = "if_known")]
    text: Option<String>,
    #[serde(default, deserialize_with = "if_known")]
    payload: Option<String>,
    #[serde(default, rename = "ref", deserialize_with = "if_known")]
    source: Option<String>,
    #[serde(default, deserialize_with = "those_known")]
    attachments: Vec<Attachment>,
    #[serde(default)]
    geo: Value,
    #[serde(default, deserialize_with = "those_known")]
    fwd_messages: Vec<Forwarded>,
    #[serde(default, deserialize_with = "if_known")]
    reply_message: Option<Replied>,
    #[serde(default, deserialize_with = "if_known")]
    random_id: Option<i64>,
    #[serde(default, deserialize_with = "if_known")]
    admin_author_id: Option<i64>,
}

#[derive(Deserialize)]
struct Attachment {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    audio_message: Value,
    #[serde(default)]
    photo: Value,
    #[serde(default)]
    doc: Value,
}

#[derive(Deserialize)]
struct Forwarded {
    #[serde(default, deserialize_with = "if_known")]
    text: Option<String>,
}

#[derive(Deserialize)]
struct Replied {
    conversation_message_id: i64,
}

#[derive(Deserialize)]
struct Press {
    user_id: i64,
    peer_id: i64,
    event_id: String,
    /// An object in practice, a text by the schema.
    payload: Value,
    #[serde(default, deserialize_with = "if_known")]
    conversation_message_id: Option<i64>,
}

/// Reads one event, whichever way it came; without a kind it is none of VK's.
pub fn read(event: &Value) -> Result<Vec<Incoming>, ParseProblem> {
    let kind = event["type"].as_str().ok_or_else(|| ParseProblem("an event has a type".to_owned()))?;
    let key = format!("vk:{}", event["event_id"].as_str().unwrap_or_default());
    let object = &event["object"];
    // Before version 5.103 the message stood where its envelope stands now.
    let content = if object["message"].is_object() { &object["message"] } else { object };
    let message = || Message::deserialize(content).ok();
    let read = match kind {
        "message_new" => message().map(|message| message.said()),
        "message_edit" => message().map(|message| message.edited()),
        "message_reply" => message().map(|message| message.echo(key.clone())),
        "message_event" => Press::deserialize(object).ok().and_then(Press::incoming),
        "message_read" => read_mark(object, key.clone()),
        "message_allow" => reachable(object, key.clone(), true),
        "message_deny" => reachable(object, key.clone(), false),
        "message_typing_state" | "confirmation" => Some(Vec::new()),
        _ => None,
    };
    Ok(read.unwrap_or_else(|| {
        let peer = content["peer_id"].as_i64().or(content["user_id"].as_i64());
        vec![unknown(key, peer.map(|id| id.to_string()).unwrap_or_default(), kind, event)]
    }))
}

/// Dialog and number of a message that VK shortened.
pub fn cropped(event: &Value) -> Option<(i64, i64)> {
    let message = Some(&event["object"]["message"]).filter(|message| message["is_cropped"] == true)?;
    Some((message["peer_id"].as_i64()?, message["conversation_message_id"].as_i64()?))
}

/// Whether the client's own program shows buttons that answer without writing into the chat; tells nothing
/// where the event does not say.
pub fn can_callback(event: &Value) -> Option<(i64, bool)> {
    let peer = event["object"]["message"]["peer_id"].as_i64()?;
    let actions = event["object"]["client_info"]["button_actions"].as_array()?;
    Some((peer, actions.iter().any(|action| action == "callback")))
}

impl Message {
    /// What a client said; a message of a group chat or of ours says nothing.
    pub fn said(&self) -> Vec<Incoming> {
        if !self.is_from_client() {
            return Vec::new();
        }
        let key = format!("vk:{}:{}", self.peer_id, self.conversation_message_id);
        let keyed = |(index, what)| {
            let dedupe_key = if index == 0 { key.clone() } else { format!("{key}:{index}") };
            self.incoming(dedupe_key, self.date, what)
        };
        self.whats().into_iter().enumerate().map(keyed).collect()
    }

    /// The source of a link, then what was attached, then what was written.
    fn whats(&self) -> Vec<InputKind> {
        let payload = self.payload.as_deref().and_then(|payload| serde_json::from_str::<Value>(payload).ok());
        let payload = payload.unwrap_or_default();
        let source = tag(self.source.as_deref());
        if payload["command"] == "start" {
            return vec![InputKind::Start { source }];
        }
        let mut whats: Vec<InputKind> =
            source.map(|source| InputKind::Start { source: Some(source) }).into_iter().collect();
        if let Some(id) = button_id(&payload) {
            whats.push(InputKind::Button { id, press_id: None });
            return whats;
        }
        let heard = whats.len();
        whats.extend(self.attachments.iter().filter_map(attached));
        if self.geo.is_object() {
            whats.push(InputKind::attachment(AttachmentKind::Location));
        }
        whats.dedup();
        whats.extend(self.words().map(|text| InputKind::Text { text }));
        if whats.len() == heard {
            whats.push(InputKind::Unknown);
        }
        whats
    }

    /// Words of forwarded messages are the client's own for us.
    fn words(&self) -> Option<String> {
        not_blank(self.text.as_deref()).or_else(|| {
            let forwarded: Vec<&str> = self.fwd_messages.iter().filter_map(|message| message.text.as_deref()).collect();
            not_blank(Some(&forwarded.join("\n")))
        })
    }

    /// Without text the attachments changed, and nothing was said.
    fn edited(&self) -> Vec<Incoming> {
        let text = not_blank(self.text.as_deref()).filter(|_| self.is_from_client());
        let at = self.update_time.or(self.date);
        let key = format!("vk:edit:{}:{}:{}", self.peer_id, self.conversation_message_id, at.unwrap_or_default());
        text.map(|text| self.incoming(key, at, InputKind::Edited { text })).into_iter().collect()
    }

    /// VK names the administrator who wrote; ours carry the number we gave them.
    fn echo(&self, key: String) -> Vec<Incoming> {
        let is_persons = self.admin_author_id.is_some();
        let is_ours = !is_persons && self.random_id.is_some_and(|id| id != 0);
        let text = self.words().filter(|_| !is_ours && self.peer_id < CHATS_FROM);
        let message_id = self.conversation_message_id.to_string();
        let echo = |text| Incoming {
            dedupe_key: key,
            peer: self.peer_id.to_string(),
            what: IncomingWhat::Echo(Echo { message_id, text, is_persons }),
        };
        text.map(echo).into_iter().collect()
    }

    fn is_from_client(&self) -> bool {
        self.from_id.is_none_or(|id| id == self.peer_id) && (1..CHATS_FROM).contains(&self.peer_id)
    }

    fn incoming(&self, dedupe_key: String, at: Option<i64>, what: InputKind) -> Incoming {
        let input = Input {
            at: instant_s(at),
            message_id: self.conversation_message_id.to_string(),
            what,
            profile_name: None,
            own_phone: None,
        };
        let replies_to = self.reply_message.as_ref().map(|message| message.conversation_message_id.to_string());
        Incoming { dedupe_key, peer: self.peer_id.to_string(), what: IncomingWhat::Input { input, replies_to } }
    }
}

impl Press {
    /// The peer is the one who pressed, in a chat of the staff too. A press carries no time.
    fn incoming(self) -> Option<Vec<Incoming>> {
        let payload = match &self.payload {
            Value::String(text) => json(text.as_bytes()).ok()?,
            payload => payload.clone(),
        };
        let message_id = self.conversation_message_id.map(|id| id.to_string());
        let input = Input {
            at: NOT_SAID,
            message_id: message_id.clone().unwrap_or_else(|| self.event_id.clone()),
            what: InputKind::Button { id: button_id(&payload)?, press_id: Some(self.press_id()) },
            profile_name: None,
            own_phone: None,
        };
        Some(vec![Incoming {
            dedupe_key: format!("vk:press:{}", self.event_id),
            peer: self.user_id.to_string(),
            what: IncomingWhat::Input { input, replies_to: message_id },
        }])
    }

    /// What the answer to a press has to name.
    fn press_id(&self) -> String {
        format!("{}:{}:{}", self.user_id, self.peer_id, self.event_id)
    }
}

/// Our own buttons; a payload of somebody else's has the same meaning as none.
fn button_id(payload: &Value) -> Option<String> {
    payload["b"].as_str().filter(|id| !id.is_empty()).map(str::to_owned)
}

fn attached(attachment: &Attachment) -> Option<InputKind> {
    let kind = match attachment.kind.as_str() {
        "audio_message" => {
            let voice = &attachment.audio_message;
            // What VK itself has heard.
            let heard = voice["transcript"].as_str().filter(|_| voice["transcript_state"] == "done");
            return Some(match not_blank(heard) {
                Some(text) => InputKind::Spoken { text },
                None => InputKind::Attachment { kind: AttachmentKind::Voice, file: voice_of(voice) },
            });
        }
        "photo" | "graffiti" => AttachmentKind::Photo,
        "sticker" => AttachmentKind::Sticker,
        "video" => AttachmentKind::Video,
        "doc" | "audio" => AttachmentKind::Document,
        // It stands in the text too.
        "link" => return None,
        _ => return Some(InputKind::Unknown),
    };
    Some(InputKind::Attachment { kind, file: file_of(attachment) })
}

/// Of a photo the largest of its sizes. A video has a page instead of a file.
fn file_of(attachment: &Attachment) -> Option<FileRef> {
    let side = |size: &Value, name: &str| size[name].as_i64().unwrap_or(0);
    let area = |size: &&Value| side(size, "width").saturating_mul(side(size, "height"));
    let largest = attachment.photo["sizes"].as_array().and_then(|sizes| sizes.iter().max_by_key(area));
    let address = largest.unwrap_or(&attachment.doc)["url"].as_str().unwrap_or_default();
    FileRef::new(address, None)
}

fn voice_of(voice: &Value) -> Option<FileRef> {
    let address = voice["link_ogg"].as_str().or(voice["link_mp3"].as_str())?;
    FileRef::new(address, seconds(&voice["duration"]))
}

fn read_mark(object: &Value, dedupe_key: String) -> Option<Vec<Incoming>> {
    let message_id = object["conversation_message_id"].as_i64()?.to_string();
    let what = IncomingWhat::Status(Status { message_id, key: None, word: StatusWord::Read });
    Some(vec![Incoming { dedupe_key, peer: object["peer_id"].as_i64()?.to_string(), what }])
}

fn reachable(object: &Value, dedupe_key: String, is_reachable: bool) -> Option<Vec<Incoming>> {
    let peer = object["user_id"].as_i64()?.to_string();
    Some(vec![Incoming { dedupe_key, peer, what: IncomingWhat::Reachable(is_reachable) }])
}
