//! Reads Instagram's deliveries. Only what we use is described; everything else passes by.

use nochnik_core::event::{AttachmentKind, FileRef, Input, InputKind};
use serde::Deserialize;
use serde_json::Value;

use super::super::read::{if_known, instant_ms, key_of, not_blank, not_ours, tag, those_known, unknown};
use crate::phone;
use crate::ports::{Echo, Incoming, IncomingWhat, ParseProblem, Status, StatusWord};

/// The fields we subscribe to.
pub const FIELDS: &str = "messages,messaging_postbacks,messaging_seen,messaging_referral,message_reactions";

#[derive(Deserialize)]
struct Event {
    sender: Side,
    recipient: Side,
    #[serde(default, deserialize_with = "if_known")]
    timestamp: Option<i64>,
    #[serde(default, deserialize_with = "if_known")]
    message: Option<Message>,
    #[serde(default, deserialize_with = "if_known")]
    postback: Option<Postback>,
    #[serde(default, deserialize_with = "if_known")]
    message_edit: Option<MessageEdit>,
    #[serde(default, deserialize_with = "if_known")]
    read: Option<Mark>,
    #[serde(default)]
    referral: Value,
    #[serde(default)]
    reaction: Value,
}

#[derive(Deserialize)]
struct Side {
    id: String,
}

#[derive(Deserialize)]
struct Mark {
    mid: String,
}

#[derive(Deserialize)]
struct Message {
    mid: String,
    #[serde(default, deserialize_with = "if_known")]
    text: Option<String>,
    #[serde(default, deserialize_with = "if_known")]
    is_echo: Option<bool>,
    #[serde(default, deserialize_with = "if_known")]
    is_deleted: Option<bool>,
    #[serde(default)]
    quick_reply: Value,
    #[serde(default)]
    referral: Value,
    #[serde(default)]
    reply_to: Value,
    #[serde(default, deserialize_with = "those_known")]
    attachments: Vec<Attachment>,
}

#[derive(Deserialize)]
struct Attachment {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    payload: Value,
}

#[derive(Deserialize)]
struct Postback {
    mid: String,
    #[serde(default, deserialize_with = "if_known")]
    title: Option<String>,
    #[serde(default)]
    referral: Value,
}

#[derive(Deserialize)]
struct MessageEdit {
    mid: String,
    #[serde(default, deserialize_with = "if_known")]
    text: Option<String>,
    #[serde(default, deserialize_with = "if_known")]
    num_edit: Option<i64>,
}

/// Reads one delivery to the account `ours`: by the ids of the account and of its page. Meta leads all accounts of one
/// app to one address; what is another account's stays unread.
pub fn read(delivery: &Value, ours: &[&str]) -> Result<Vec<Incoming>, ParseProblem> {
    if !matches!(delivery["object"].as_str(), Some("instagram" | "page")) {
        return Err(ParseProblem("not a delivery of Instagram".to_owned()));
    }
    let entries = delivery["entry"].as_array().map(Vec::as_slice).unwrap_or_default();
    let told: Vec<(&Value, Told<'_>)> =
        entries.iter().flat_map(|entry| told(entry).into_iter().map(move |told| (entry, told))).collect();
    let (to_us, to_others): (Vec<_>, Vec<_>) = told.into_iter().partition(|(entry, told)| told.is_of(entry, ours));
    not_ours("Instagram", to_others.len());
    Ok(to_us.iter().flat_map(|(_, told)| told.read(ours)).collect())
}

/// One thing that an entry tells of.
enum Told<'a> {
    Event(&'a Value),
    /// Comments and what is yet to come: no talk.
    Other(&'a Value),
}

/// What another program leads (`standby`) is its own affair.
fn told(entry: &Value) -> Vec<Told<'_>> {
    let list = |name: &str| entry[name].as_array().map(Vec::as_slice).unwrap_or_default();
    // Meta's pages show messages among the changes as well.
    let changes = list("changes").iter().map(|change| match change["field"].as_str() {
        Some("messages") => Told::Event(&change["value"]),
        _ => Told::Other(change),
    });
    list("messaging").iter().map(Told::Event).chain(changes).collect()
}

impl Told<'_> {
    /// An event is of those whom it names, and whatever names nobody is of its entry.
    fn is_of(&self, entry: &Value, ours: &[&str]) -> bool {
        let sides: Vec<&str> = match self {
            Self::Event(event) => ["sender", "recipient"].iter().filter_map(|side| event[*side]["id"].as_str()).collect(),
            Self::Other(_) => Vec::new(),
        };
        let named = if sides.is_empty() { entry["id"].as_str().into_iter().collect() } else { sides };
        named.is_empty() || named.iter().any(|id| ours.contains(id))
    }

    fn read(&self, ours: &[&str]) -> Vec<Incoming> {
        match self {
            Self::Event(event) => read_event(event, ours),
            Self::Other(change) => {
                let field = change["field"].as_str().unwrap_or_default();
                vec![unknown(key_of("ig", change), String::new(), field, change)]
            }
        }
    }
}

fn read_event(event: &Value, ours: &[&str]) -> Vec<Incoming> {
    let Ok(parsed) = Event::deserialize(event) else {
        let peer = event["sender"]["id"].as_str().unwrap_or_default().to_owned();
        return vec![unknown(key_of("ig", event), peer, "event", event)];
    };
    parsed.incoming(ours).unwrap_or_else(|| vec![unknown(key_of("ig", event), parsed.sender.id.clone(), "event", event)])
}

impl Event {
    /// `None`: a kind that this version does not know.
    fn incoming(&self, ours: &[&str]) -> Option<Vec<Incoming>> {
        if let Some(message) = &self.message {
            return Some(self.message(message, ours));
        }
        if let Some(postback) = &self.postback {
            let source = source_of(&postback.referral);
            let text = not_blank(postback.title.as_deref()).map(|text| InputKind::Text { text });
            return Some(self.inputs(&postback.mid, start(source).into_iter().chain(text)));
        }
        if let Some(edit) = &self.message_edit {
            let key = format!("ig:edit:{}:{}", edit.mid, edit.num_edit.unwrap_or_default());
            let text = not_blank(edit.text.as_deref());
            return Some(text.map(|text| self.input(key, &edit.mid, InputKind::Edited { text }, None)).into_iter().collect());
        }
        if let Some(read) = &self.read {
            let what = IncomingWhat::Status(Status { message_id: read.mid.clone(), key: None, word: StatusWord::Read });
            return Some(vec![self.of(format!("ig:read:{}", read.mid), what)]);
        }
        if let Some(source) = source_of(&self.referral) {
            let key = format!("ig:ref:{}:{}", self.sender.id, self.timestamp.unwrap_or_default());
            let what = InputKind::Start { source: Some(source) };
            return Some(vec![self.input(key.clone(), &key, what, None)]);
        }
        // A mark under a message says nothing.
        self.reaction.is_object().then(Vec::new)
    }

    fn message(&self, message: &Message, ours: &[&str]) -> Vec<Incoming> {
        if message.is_echo == Some(true) || ours.contains(&self.sender.id.as_str()) {
            return self.echo(message).into_iter().collect();
        }
        if message.is_deleted == Some(true) {
            let what = IncomingWhat::Deleted { message_id: message.mid.clone() };
            return vec![self.of(format!("ig:gone:{}", message.mid), what)];
        }
        self.inputs(&message.mid, message.whats().into_iter())
            .into_iter()
            .map(|incoming| answering(incoming, message.reply_to["mid"].as_str()))
            .collect()
    }

    /// Nothing tells ours from a person's: the store knows what we sent.
    fn echo(&self, message: &Message) -> Option<Incoming> {
        let text = not_blank(message.text.as_deref())?;
        let what = IncomingWhat::Echo(Echo { message_id: message.mid.clone(), text, is_persons: false });
        Some(Incoming { dedupe_key: format!("ig:{}", message.mid), peer: self.recipient.id.clone(), what })
    }

    fn inputs(&self, mid: &str, whats: impl Iterator<Item = InputKind>) -> Vec<Incoming> {
        let keyed = |(index, what)| {
            let key = if index == 0 { format!("ig:{mid}") } else { format!("ig:{mid}:{index}") };
            self.input(key, mid, what, None)
        };
        whats.enumerate().map(keyed).collect()
    }

    fn input(&self, dedupe_key: String, message_id: &str, what: InputKind, replies_to: Option<String>) -> Incoming {
        let at = instant_ms(self.timestamp);
        let input = Input { at, message_id: message_id.to_owned(), what, profile_name: None, own_phone: None };
        self.of(dedupe_key, IncomingWhat::Input { input, replies_to })
    }

    fn of(&self, dedupe_key: String, what: IncomingWhat) -> Incoming {
        Incoming { dedupe_key, peer: self.sender.id.clone(), what }
    }
}

impl Message {
    /// The source of a link, then what was attached, then what was written.
    fn whats(&self) -> Vec<InputKind> {
        let mut whats: Vec<InputKind> = start(source_of(&self.referral)).into_iter().collect();
        if let Some(id) = self.quick_reply["payload"].as_str() {
            whats.push(match phone::read(id) {
                // The button that offers the number of the profile; the client may have put another.
                Some(phone) => InputKind::Contact { phone: Some(phone) },
                None => InputKind::Button { id: id.to_owned(), press_id: None },
            });
            return whats;
        }
        let heard = whats.len();
        whats.extend(self.attachments.iter().map(attached));
        whats.dedup();
        whats.extend(not_blank(self.text.as_deref()).map(|text| InputKind::Text { text }));
        if whats.len() == heard {
            whats.push(InputKind::Unknown);
        }
        whats
    }
}

fn answering(mut incoming: Incoming, mid: Option<&str>) -> Incoming {
    if let IncomingWhat::Input { replies_to, .. } = &mut incoming.what {
        *replies_to = mid.map(str::to_owned);
    }
    incoming
}

fn start(source: Option<String>) -> Option<InputKind> {
    source.map(|source| InputKind::Start { source: Some(source) })
}

fn attached(attachment: &Attachment) -> InputKind {
    let kind = match attachment.kind.as_str() {
        "image" | "story_mention" => AttachmentKind::Photo,
        "audio" => AttachmentKind::Voice,
        "video" | "ig_reel" | "reel" => AttachmentKind::Video,
        "file" => AttachmentKind::Document,
        _ => return InputKind::Unknown,
    };
    InputKind::Attachment { kind, file: FileRef::new(attachment.payload["url"].as_str().unwrap_or_default(), None) }
}

fn source_of(referral: &Value) -> Option<String> {
    let advertisement = || referral["ad_id"].as_str().map(|id| format!("ad:{id}"));
    tag(referral["ref"].as_str()).or_else(|| tag(advertisement().as_deref()))
}
