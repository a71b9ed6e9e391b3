//! Our own chat on the business's site. Quiet: the row of the store's messages is what the browser
//! reads, so there is nothing to send.

use std::sync::Arc;

use async_trait::async_trait;
use nochnik_core::event::{Input, InputKind};
use nochnik_core::limits::{BUTTON_ID_BYTES_MAX, TEXT_CHARS_MAX};
use serde::Deserialize;

use super::OpenContext;
use crate::failure::Failure;
use crate::phone;
use crate::ports::{
    Channel, Field, Forged, Hook, Incoming, IncomingWhat, Kind, Limits, NOT_SAID, Outgoing, Pace, ParseProblem, Receipt,
};
use crate::settings::{Settings, SettingsProblem};

pub static KIND: Kind = Kind {
    name: "widget",
    title: "Чат на сайте",
    fields: &[Field {
        name: "origins",
        title: "Сайты, где стоит чат",
        help: "Список адресов: [\"https://salon-lotos.example\"]. Свой адрес Ночника добавлять не нужно.",
        is_required: false,
        is_secret: false,
        is_address: false,
    }],
    limits: QUIET_LIMITS,
    can_poll: false,
    has_hook: false,
    is_for_staff: false,
    notice: None,
};

pub(super) const QUIET_LIMITS: Limits = Limits { text_chars_max: TEXT_CHARS_MAX, buttons_max: 12, label_chars_max: 40 };

/// Longest advertisement tag and profile name kept, in characters.
const TAG_CHARS_MAX: usize = 64;
const NAME_CHARS_MAX: usize = 80;

pub(super) fn open(settings: &Settings<'_>, _: &OpenContext) -> Result<Arc<dyn Channel>, SettingsProblem> {
    settings.texts("origins")?;
    Ok(Arc::new(Quiet { kind: &KIND }))
}

/// A channel whose other end is ours too.
pub(super) struct Quiet {
    pub(super) kind: &'static Kind,
}

/// What our own web handlers hand over; the session, and with it the peer, is theirs to know.
#[derive(Deserialize)]
struct Delivery {
    /// Made by the page, so that a repeated send is recognised.
    id: uuid::Uuid,
    kind: DeliveryKind,
    /// The words, the button's id, the advertisement's tag or the number.
    #[serde(default)]
    text: String,
    #[serde(default)]
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum DeliveryKind {
    Text,
    Button,
    Start,
    Phone,
}

#[async_trait]
impl Channel for Quiet {
    fn kind(&self) -> &'static Kind {
        self.kind
    }

    fn pace(&self) -> Pace {
        Pace { burst: 10_000, per_s: 10_000.0, parallel: 64, requests: 1 }
    }

    /// The web layer has checked the session.
    fn verify(&self, _: &Hook<'_>) -> Result<(), Forged> {
        Ok(())
    }

    fn parse(&self, body: &[u8]) -> Result<Vec<Incoming>, ParseProblem> {
        let delivery: Delivery =
            serde_json::from_slice(body).map_err(|error| ParseProblem(format!("not a chat message: {error}")))?;
        let input = Input {
            at: NOT_SAID,
            message_id: delivery.id.to_string(),
            what: input_of(&delivery)?,
            profile_name: delivery.name.map(|name| name.chars().take(NAME_CHARS_MAX).collect()),
            own_phone: None,
        };
        Ok(vec![Incoming {
            dedupe_key: delivery.id.to_string(),
            peer: String::new(),
            what: IncomingWhat::Input { input, replies_to: None },
        }])
    }

    async fn send(&self, _: &str, _: &Outgoing, key: &str) -> Result<Receipt, Failure> {
        Ok(Receipt { vendor_id: Some(key.to_owned()) })
    }

    async fn edit(&self, _: &str, vendor_id: &str, _: &Outgoing) -> Result<Receipt, Failure> {
        Ok(Receipt { vendor_id: Some(vendor_id.to_owned()) })
    }

    async fn check(&self) -> Result<String, Failure> {
        Ok(self.kind.title.to_owned())
    }
}

fn input_of(delivery: &Delivery) -> Result<InputKind, ParseProblem> {
    let text = delivery.text.trim();
    match delivery.kind {
        DeliveryKind::Text if text.is_empty() => Err(ParseProblem("an empty message".to_owned())),
        DeliveryKind::Text if text.chars().count() > TEXT_CHARS_MAX => {
            Err(ParseProblem(format!("longer than {TEXT_CHARS_MAX} characters")))
        }
        DeliveryKind::Text => Ok(InputKind::Text { text: text.to_owned() }),
        DeliveryKind::Button if text.is_empty() || text.len() > BUTTON_ID_BYTES_MAX => {
            Err(ParseProblem(format!("a button's id has 1 to {BUTTON_ID_BYTES_MAX} bytes")))
        }
        DeliveryKind::Button => Ok(InputKind::Button { id: text.to_owned(), press_id: None }),
        DeliveryKind::Start => {
            let source: String = text.chars().take(TAG_CHARS_MAX).collect();
            Ok(InputKind::Start { source: Some(source).filter(|source| !source.is_empty()) })
        }
        DeliveryKind::Phone => Ok(InputKind::Contact { phone: phone::read(text) }),
    }
}
