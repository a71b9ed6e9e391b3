//! Reads MAX's updates. Only what we use is described; everything else passes by.

use nochnik_core::event::{AttachmentKind, FileRef, Input, InputKind};
use nochnik_core::values::Phone;
use serde::Deserialize;
use serde_json::Value;

use super::super::proof::is_hmac;
use super::super::read::{if_known, instant_ms, not_blank, tag, those_known, unknown};
use crate::phone;
use crate::ports::{Incoming, IncomingWhat, ParseProblem};

/// The kinds of update we ask for.
pub const KINDS: &[&str] = &[
    "message_created",
    "message_callback",
    "message_edited",
    "message_removed",
    "bot_started",
    "bot_stopped",
    "dialog_removed",
];

#[derive(Deserialize)]
struct Message {
    #[serde(default, deserialize_with = "if_known")]
    sender: Option<User>,
    #[serde(default)]
    recipient: Recipient,
    #[serde(default, deserialize_with = "if_known")]
    timestamp: Option<i64>,
    #[serde(default, deserialize_with = "if_known")]
    link: Option<Link>,
    body: Body,
}

#[derive(Default, Deserialize)]
struct Recipient {
    #[serde(default, deserialize_with = "if_known")]
    chat_id: Option<i64>,
    #[serde(default, deserialize_with = "if_known")]
    chat_type: Option<String>,
}

#[derive(Deserialize)]
struct Body {
    mid: String,
    #[serde(default, deserialize_with = "if_known")]
    text: Option<String>,
    #[serde(default, deserialize_with = "those_known")]
    attachments: Vec<Attachment>,
}

/// The message this one answers, or carries on from elsewhere.
#[derive(Deserialize)]
struct Link {
    #[serde(rename = "type")]
    kind: String,
    message: Body,
}

#[derive(Deserialize)]
struct User {
    user_id: i64,
    #[serde(default, deserialize_with = "if_known")]
    is_bot: Option<bool>,
    #[serde(default, deserialize_with = "if_known")]
    name: Option<String>,
    #[serde(default, deserialize_with = "if_known")]
    first_name: Option<String>,
    #[serde(default, deserialize_with = "if_known")]
    last_name: Option<String>,
}

#[derive(Deserialize)]
struct Attachment {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    payload: Value,
    /// What MAX itself has heard in a voice message.
    #[serde(default, deserialize_with = "if_known")]
    transcription: Option<String>,
}

#[derive(Deserialize)]
struct Callback {
    #[serde(default, deserialize_with = "if_known")]
    timestamp: Option<i64>,
    callback_id: String,
    #[serde(default, deserialize_with = "if_known")]
    payload: Option<String>,
    user: User,
}

/// What a message is read with.
pub struct Reader<'a> {
    /// The bot's token: it signs the cards that people share.
    pub token: &'a [u8],
}

/// A client's dialog and its chat, which some calls want instead of the person.
pub struct Dialog {
    pub peer: String,
    pub chat: i64,
}

impl Reader<'_> {
    /// Reads one update; without a kind it is none of MAX's.
    pub fn read(&self, update: &Value) -> Result<Vec<Incoming>, ParseProblem> {
        let kind = update["update_type"].as_str().ok_or_else(|| ParseProblem("an update has an update_type".to_owned()))?;
        let read = match kind {
            "message_created" => self.message(update),
            "message_edited" => self.edited(update),
            "message_callback" => pressed(update),
            "message_removed" => removed(update),
            "bot_started" => started(update),
            "bot_stopped" | "dialog_removed" => event(update, IncomingWhat::Reachable(false)),
            "dialog_cleared" | "dialog_muted" | "dialog_unmuted" | "bot_added" | "bot_removed" | "user_added"
            | "user_removed" | "chat_title_changed" => Some(Vec::new()),
            _ => None,
        };
        Ok(read.unwrap_or_else(|| vec![unknown(key_of(update), peer_of(update), kind, update)]))
    }

    fn message(&self, update: &Value) -> Option<Vec<Incoming>> {
        let message = Message::deserialize(&update["message"]).ok()?;
        let Some(peer) = message.client() else { return Some(Vec::new()) };
        let key = format!("max:{}", message.body.mid);
        let mut all: Vec<Incoming> = Vec::new();
        for (index, what) in self.said(&message).into_iter().enumerate() {
            let dedupe_key = if index == 0 { key.clone() } else { format!("{key}:{index}") };
            all.push(message.incoming(dedupe_key, &peer, what));
        }
        Some(all)
    }

    /// What was attached, then what was written: the words stand last, as under a picture.
    fn said(&self, message: &Message) -> Vec<InputKind> {
        let body = message.content();
        let mut said: Vec<InputKind> = body.attachments.iter().filter_map(|attachment| self.attached(attachment)).collect();
        said.dedup();
        said.extend(not_blank(body.text.as_deref()).map(|text| InputKind::Text { text }));
        if said.is_empty() {
            said.push(InputKind::Unknown);
        }
        said
    }

    fn attached(&self, attachment: &Attachment) -> Option<InputKind> {
        if let Some(text) = not_blank(attachment.transcription.as_deref()) {
            return Some(InputKind::Spoken { text });
        }
        let kind = match attachment.kind.as_str() {
            "audio" => AttachmentKind::Voice,
            "image" => AttachmentKind::Photo,
            "video" => AttachmentKind::Video,
            "file" => AttachmentKind::Document,
            "sticker" => AttachmentKind::Sticker,
            "location" => AttachmentKind::Location,
            "contact" => return Some(self.contact(&attachment.payload)),
            // Our own keyboard under a message that is quoted, and a link that stands in the text too.
            "inline_keyboard" | "share" => return None,
            _ => return Some(InputKind::Unknown),
        };
        let file = FileRef::new(attachment.payload["url"].as_str().unwrap_or_default(), None);
        Some(InputKind::Attachment { kind, file })
    }

    /// MAX signs a card with the bot's token when it is the sender's own.
    fn contact(&self, payload: &Value) -> InputKind {
        let card = payload["vcf_info"].as_str().unwrap_or_default();
        let hash = payload["hash"].as_str().unwrap_or_default();
        let is_own = is_hmac(self.token, card.as_bytes(), hash.as_bytes()).is_ok();
        match phone_of(card) {
            Some(phone) if is_own => InputKind::OwnPhone { phone },
            phone => InputKind::Contact { phone },
        }
    }

    /// Without text the attachments or the keyboard changed, and nothing was said.
    fn edited(&self, update: &Value) -> Option<Vec<Incoming>> {
        let message = Message::deserialize(&update["message"]).ok()?;
        let text = not_blank(message.body.text.as_deref());
        let (Some(peer), Some(text)) = (message.client(), text) else { return Some(Vec::new()) };
        let at = update["timestamp"].as_i64().or(message.timestamp);
        let key = format!("max:edit:{}:{}", message.body.mid, at.unwrap_or_default());
        let mut incoming = message.incoming(key, &peer, InputKind::Edited { text });
        if let IncomingWhat::Input { input, .. } = &mut incoming.what {
            input.at = instant_ms(at);
        }
        Some(vec![incoming])
    }
}

impl Message {
    /// Who wrote, if it is a client in a dialog: groups are the staff's.
    fn client(&self) -> Option<String> {
        let is_dialog = self.recipient.chat_type.as_deref().is_none_or(|kind| kind == "dialog");
        let sender = self.sender.as_ref().filter(|sender| is_dialog && sender.is_bot != Some(true))?;
        Some(sender.user_id.to_string())
    }

    /// The words of a forwarded message are the client's own for us.
    fn content(&self) -> &Body {
        let forwarded = self.link.as_ref().filter(|link| link.kind == "forward");
        let is_bare = self.body.attachments.is_empty() && not_blank(self.body.text.as_deref()).is_none();
        forwarded.filter(|_| is_bare).map_or(&self.body, |link| &link.message)
    }

    fn incoming(&self, dedupe_key: String, peer: &str, what: InputKind) -> Incoming {
        let input = Input {
            at: instant_ms(self.timestamp),
            message_id: self.body.mid.clone(),
            what,
            profile_name: self.sender.as_ref().and_then(User::name),
            own_phone: None,
        };
        let reply = self.link.as_ref().filter(|link| link.kind == "reply");
        let replies_to = reply.map(|link| link.message.mid.clone());
        Incoming { dedupe_key, peer: peer.to_owned(), what: IncomingWhat::Input { input, replies_to } }
    }
}

impl User {
    fn name(&self) -> Option<String> {
        let both = || {
            let names: Vec<&str> = [&self.first_name, &self.last_name].into_iter().flatten().map(|n| n.trim()).collect();
            names.join(" ")
        };
        not_blank(self.name.as_deref()).or_else(|| not_blank(Some(&both()))).map(|name| name.trim().to_owned())
    }
}

/// The one who pressed is the peer, in a group of the staff too.
fn pressed(update: &Value) -> Option<Vec<Incoming>> {
    let press = Callback::deserialize(&update["callback"]).ok()?;
    let message_id = update["message"]["body"]["mid"].as_str().map(str::to_owned);
    let input = Input {
        at: instant_ms(press.timestamp),
        message_id: message_id.clone().unwrap_or_else(|| press.callback_id.clone()),
        profile_name: press.user.name(),
        what: InputKind::Button { id: press.payload?, press_id: Some(press.callback_id.clone()) },
        own_phone: None,
    };
    Some(vec![Incoming {
        dedupe_key: format!("max:{}", press.callback_id),
        peer: press.user.user_id.to_string(),
        what: IncomingWhat::Input { input, replies_to: message_id },
    }])
}

fn started(update: &Value) -> Option<Vec<Incoming>> {
    let user = User::deserialize(&update["user"]).ok()?;
    let input = Input {
        at: instant_ms(update["timestamp"].as_i64()),
        message_id: key_of(update),
        profile_name: user.name(),
        what: InputKind::Start { source: tag(update["payload"].as_str()) },
        own_phone: None,
    };
    event(update, IncomingWhat::Input { input, replies_to: None })
}

fn removed(update: &Value) -> Option<Vec<Incoming>> {
    let message_id = update["message_id"].as_str()?.to_owned();
    let peer = update["user_id"].as_i64()?.to_string();
    let dedupe_key = format!("max:gone:{message_id}");
    Some(vec![Incoming { dedupe_key, peer, what: IncomingWhat::Deleted { message_id } }])
}

fn event(update: &Value, what: IncomingWhat) -> Option<Vec<Incoming>> {
    let peer = update["user"]["user_id"].as_i64()?.to_string();
    Some(vec![Incoming { dedupe_key: key_of(update), peer, what }])
}

/// MAX numbers no updates: kind, place, person and moment tell one from another.
fn key_of(update: &Value) -> String {
    let kind = update["update_type"].as_str().unwrap_or_default();
    let number = |value: &Value| value.as_i64().unwrap_or_default();
    let (chat, user) = (number(&update["chat_id"]), peer_of(update));
    format!("max:{kind}:{chat}:{user}:{}", number(&update["timestamp"]))
}

fn peer_of(update: &Value) -> String {
    let found = [&update["user"]["user_id"], &update["user_id"], &update["message"]["sender"]["user_id"]];
    found.into_iter().find_map(Value::as_i64).map(|id| id.to_string()).unwrap_or_default()
}

/// The dialog of a message, for calls that want its chat.
pub fn dialog(update: &Value) -> Option<Dialog> {
    let started = |chat| Some(Dialog { peer: peer_of(update), chat });
    match Message::deserialize(&update["message"]) {
        Ok(message) => Some(Dialog { peer: message.client()?, chat: message.recipient.chat_id? }),
        Err(_) => started(update["chat_id"].as_i64()?),
    }
}

/// The first number of a card (RFC 6350): `TEL;TYPE=cell:79281234567`.
fn phone_of(card: &str) -> Option<Phone> {
    let numbers = card.lines().filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        let is_phone = name.split(';').next().is_some_and(|name| name.eq_ignore_ascii_case("tel"));
        is_phone.then_some(value.trim())
    });
    numbers.filter_map(phone::read).next()
}
