//! Reads the deliveries of the Cloud API. Only what we use is described; everything else passes by.

use nochnik_core::event::{AttachmentKind, FileRef, Input, InputKind};
use nochnik_core::values::Phone;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::super::meta::GraphError;
use super::super::read::{if_known, instant_s, key_of, not_blank, not_ours, tag, those_known, unknown};
use super::refusal;
use super::templates::Registry;
use crate::phone;
use crate::ports::{Incoming, IncomingWhat, ParseProblem, Status, StatusWord};

/// How a link of ours marks its prefilled text: «… (код A7)».
const CODE: &str = "(код ";
const CODE_CHARS_MAX: usize = 32;

#[derive(Deserialize)]
struct Message {
    id: String,
    #[serde(default, deserialize_with = "if_known")]
    from: Option<String>,
    #[serde(default, deserialize_with = "if_known")]
    from_user_id: Option<String>,
    #[serde(default, deserialize_with = "if_known")]
    timestamp: Option<String>,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    text: Value,
    #[serde(default)]
    button: Value,
    #[serde(default)]
    interactive: Value,
    #[serde(default)]
    contacts: Value,
    #[serde(default)]
    context: Value,
    #[serde(default)]
    referral: Value,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[derive(Deserialize)]
struct Contact {
    #[serde(default)]
    profile: Value,
    #[serde(default, deserialize_with = "if_known")]
    wa_id: Option<String>,
    #[serde(default, deserialize_with = "if_known")]
    user_id: Option<String>,
}

#[derive(Deserialize)]
struct Report {
    id: String,
    status: String,
    #[serde(default, deserialize_with = "if_known")]
    recipient_id: Option<String>,
    #[serde(default, deserialize_with = "if_known")]
    recipient_user_id: Option<String>,
    #[serde(default, deserialize_with = "if_known")]
    biz_opaque_callback_data: Option<String>,
    #[serde(default)]
    errors: Value,
}

#[derive(Deserialize)]
struct Content {
    #[serde(default, deserialize_with = "those_known")]
    contacts: Vec<Contact>,
    #[serde(default, deserialize_with = "those_known")]
    messages: Vec<Value>,
    #[serde(default, deserialize_with = "those_known")]
    statuses: Vec<Value>,
}

/// The number and the account of a channel.
pub struct Ours<'a> {
    pub number: &'a str,
    pub account: &'a str,
}

/// Reads one delivery; what it says of prepared texts goes into the `registry`. Meta leads all accounts of one app to
/// one address; what is another account's or number's stays unread.
pub fn read(delivery: &Value, ours: &Ours<'_>, registry: &Registry) -> Result<Vec<Incoming>, ParseProblem> {
    if delivery["object"] != "whatsapp_business_account" {
        return Err(ParseProblem("not a delivery of WhatsApp".to_owned()));
    }
    let all =
        list(&delivery["entry"]).iter().flat_map(|entry| list(&entry["changes"]).iter().map(move |change| (entry, change)));
    let (to_us, to_others): (Vec<_>, Vec<_>) = all.partition(|(entry, change)| ours.has(entry, change));
    not_ours("WhatsApp", to_others.len());
    Ok(to_us.into_iter().flat_map(|(entry, change)| read_change(entry, change, ours, registry)).collect())
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

impl Ours<'_> {
    /// A change is of the number that it names, and whatever names none is of its account.
    fn has(&self, entry: &Value, change: &Value) -> bool {
        match change["value"]["metadata"]["phone_number_id"].as_str() {
            Some(number) => number == self.number,
            None => entry["id"].as_str().is_none_or(|account| account == self.account),
        }
    }
}

fn read_change(entry: &Value, change: &Value, ours: &Ours<'_>, registry: &Registry) -> Vec<Incoming> {
    let field = change["field"].as_str().unwrap_or_default();
    let told = (entry["id"] == ours.account).then(|| registry.change(field, &change["value"])).flatten();
    if let Some(text) = told {
        let dedupe_key = key_of("wa", change);
        return vec![Incoming { dedupe_key, peer: String::new(), what: IncomingWhat::Notice { text } }];
    }
    let content = Content::deserialize(&change["value"]).ok().filter(|_| field == "messages");
    let Some(content) = content.filter(|content| !content.messages.is_empty() || !content.statuses.is_empty()) else {
        return vec![unknown(key_of("wa", change), String::new(), field, change)];
    };
    let messages = content.messages.iter().flat_map(|message| read_message(message, &content));
    messages.chain(content.statuses.iter().filter_map(read_status)).collect()
}

fn read_message(message: &Value, content: &Content) -> Vec<Incoming> {
    match Message::deserialize(message) {
        Ok(message) if message.kind == "system" => vec![message.of_system(content)],
        Ok(message) => message.said(content),
        Err(_) => {
            let peer = message["from_user_id"].as_str().or(message["from"].as_str()).unwrap_or_default();
            vec![unknown(key_of("wa", message), peer.to_owned(), "message", message)]
        }
    }
}

impl Message {
    fn key(&self) -> String {
        format!("wa:{}", self.id)
    }

    fn raw(&self) -> Value {
        Value::Object(self.rest.clone())
    }

    /// What WhatsApp itself says in the chat: of a number that has changed.
    fn of_system(&self, content: &Content) -> Incoming {
        let system = &self.rest.get("system").cloned().unwrap_or_default();
        let changed = system["wa_id"].as_str().filter(|_| system["type"] == "user_changed_number");
        match changed.and_then(phone::read) {
            Some(phone) => {
                Incoming { dedupe_key: self.key(), peer: self.peer(content), what: IncomingWhat::NewNumber { phone } }
            }
            None => unknown(self.key(), self.peer(content), "system", &self.raw()),
        }
    }

    fn contact<'a>(&self, content: &'a Content) -> Option<&'a Contact> {
        let is_theirs = |contact: &&Contact| {
            let is_same = |a: &Option<String>, b: &Option<String>| a.is_some() && a == b;
            is_same(&contact.user_id, &self.from_user_id) || is_same(&contact.wa_id, &self.from)
        };
        content.contacts.iter().find(is_theirs).or_else(|| content.contacts.first().filter(|_| content.contacts.len() == 1))
    }

    /// The id for this business where there is one: people may hide their numbers.
    fn peer(&self, content: &Content) -> String {
        let contact = self.contact(content);
        let user_id = self.from_user_id.clone().or_else(|| contact.and_then(|contact| contact.user_id.clone()));
        user_id.or_else(|| self.number(content)).unwrap_or_default()
    }

    fn number(&self, content: &Content) -> Option<String> {
        self.from.clone().or_else(|| self.contact(content).and_then(|contact| contact.wa_id.clone()))
    }

    fn said(&self, content: &Content) -> Vec<Incoming> {
        let own_phone = self.number(content).as_deref().and_then(phone::read);
        let name = self.contact(content).and_then(|contact| not_blank(contact.profile["name"].as_str()));
        let seconds = self.timestamp.as_deref().and_then(|text| text.parse().ok());
        let replies_to = self.context["id"].as_str().map(str::to_owned);
        let incoming = |(index, what)| {
            let dedupe_key = if index == 0 { self.key() } else { format!("{}:{index}", self.key()) };
            let input = Input {
                at: instant_s(seconds),
                message_id: self.id.clone(),
                what,
                profile_name: name.clone(),
                own_phone: own_phone.clone(),
            };
            let what = IncomingWhat::Input { input, replies_to: replies_to.clone() };
            Incoming { dedupe_key, peer: self.peer(content), what }
        };
        self.whats(own_phone.as_ref()).into_iter().enumerate().map(incoming).collect()
    }

    /// The source of an advertisement or a link, then what was attached, then what was written.
    fn whats(&self, own_phone: Option<&Phone>) -> Vec<InputKind> {
        let (text, code) = uncoded(self.text["body"].as_str().unwrap_or_default());
        let source = code.or_else(|| advertisement(&self.referral));
        let mut whats: Vec<InputKind> =
            source.map(|source| InputKind::Start { source: Some(source) }).into_iter().collect();
        let attachment = |kind| InputKind::Attachment { kind, file: self.file() };
        let what = match self.kind.as_str() {
            "text" => not_blank(Some(&text)).map(|text| InputKind::Text { text }),
            "button" => self.button["payload"].as_str().map(button),
            "interactive" => pressed(&self.interactive),
            "audio" => Some(attachment(AttachmentKind::Voice)),
            "image" => Some(attachment(AttachmentKind::Photo)),
            "video" => Some(attachment(AttachmentKind::Video)),
            "document" => Some(attachment(AttachmentKind::Document)),
            "sticker" => Some(attachment(AttachmentKind::Sticker)),
            "location" => Some(attachment(AttachmentKind::Location)),
            "contacts" => Some(card(&self.contacts, own_phone)),
            // A mark under a message says nothing.
            "reaction" => return whats,
            _ => None,
        };
        let is_start = !whats.is_empty() && self.kind == "text";
        whats.extend(what.or((!is_start).then_some(InputKind::Unknown)));
        let caption = self.rest.get(&self.kind).and_then(|media| not_blank(media["caption"].as_str()));
        whats.extend(caption.map(|text| InputKind::Text { text }));
        whats
    }
}

impl Message {
    fn file(&self) -> Option<FileRef> {
        let id = self.rest.get(&self.kind).and_then(|media| media["id"].as_str());
        id.and_then(|id| FileRef::new(id, None))
    }
}

fn button(id: &str) -> InputKind {
    InputKind::Button { id: id.to_owned(), press_id: None }
}

fn pressed(interactive: &Value) -> Option<InputKind> {
    let kind = interactive["type"].as_str()?;
    interactive[kind]["id"].as_str().map(button)
}

/// A card may be somebody else's; the sender's own number is known to the channel.
fn card(contacts: &Value, own_phone: Option<&Phone>) -> InputKind {
    let number = &contacts[0]["phones"][0];
    let phone = number["wa_id"].as_str().or(number["phone"].as_str()).and_then(phone::read);
    match phone {
        Some(phone) if Some(&phone) == own_phone => InputKind::OwnPhone { phone },
        phone => InputKind::Contact { phone },
    }
}

/// The words without the mark of a link, and the mark.
fn uncoded(text: &str) -> (String, Option<String>) {
    let text = text.trim();
    let found = text.strip_suffix(')').and_then(|text| text.rsplit_once(CODE));
    let is_code = |code: &str| {
        (1..=CODE_CHARS_MAX).contains(&code.len())
            && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
    };
    match found {
        Some((words, code)) if is_code(code) => (words.trim_end().to_owned(), Some(code.to_owned())),
        _ => (text.to_owned(), None),
    }
}

fn advertisement(referral: &Value) -> Option<String> {
    let id = referral["source_id"].as_str().or(referral["source_url"].as_str())?;
    tag(Some(&format!("{}:{id}", referral["source_type"].as_str().unwrap_or("ad"))))
}

fn read_status(status: &Value) -> Option<Incoming> {
    let Ok(report) = Report::deserialize(status) else {
        return Some(unknown(key_of("wa", status), String::new(), "status", status));
    };
    let word = match report.status.as_str() {
        "sent" => StatusWord::Sent,
        "delivered" => StatusWord::Delivered,
        "read" => StatusWord::Read,
        "failed" => StatusWord::Failed(refusal::failure(&GraphError {
            code: report.errors[0]["code"].as_i64().unwrap_or_default(),
            ..GraphError::default()
        })),
        // Of voice messages, catalogues and what is yet to come.
        _ => return None,
    };
    let peer = report.recipient_user_id.or(report.recipient_id).unwrap_or_default();
    let key = report.biz_opaque_callback_data;
    let dedupe_key = format!("wa:{}:{}", report.id, report.status);
    Some(Incoming { dedupe_key, peer, what: IncomingWhat::Status(Status { message_id: report.id, key, word }) })
}

#[cfg(test)]
mod tests {
    use super::uncoded;

    #[test]
    fn the_mark_of_a_link_is_taken_off_the_words() {
        let code = |text: &str| Some(text.to_owned());
        assert_eq!(uncoded("Хочу записаться (код A7)"), ("Хочу записаться".to_owned(), code("A7")));
        assert_eq!(uncoded("(код qr_hall-2)"), (String::new(), code("qr_hall-2")));
        for plain in ["Мой код домофона (код 12 34)", "(код )", "код A7", "Запишите (завтра)"] {
            assert_eq!(uncoded(plain), (plain.to_owned(), None));
        }
    }
}
