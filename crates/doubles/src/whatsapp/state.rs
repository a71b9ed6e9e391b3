//! The world of one business number: people, messages of both sides, templates, files.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{
    ledger::{Button, Status},
    pace::Pace,
    schema,
    template::Template,
};
use crate::meta::App;

/// Secondary sources name 7 days of repeats.
const WEBHOOK_LIFE_MS: i64 = 7 * 86_400_000;
const FILES_BASE: &str = "https://lookaside.fbsbx.com";

/// The account as an owner would configure it. The values of `Default` are invented.
#[derive(Debug, Clone)]
pub struct Settings {
    pub phone_number_id: String,
    /// Digits only.
    pub display_phone_number: String,
    pub verified_name: String,
    pub waba_id: String,
    pub app_id: String,
    pub app_secret: String,
    /// The system user's token.
    pub token: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            phone_number_id: "506070809010203".into(),
            display_phone_number: "78632000000".into(),
            verified_name: "Салон Лотос".into(),
            waba_id: "102290129340398".into(),
            app_id: "1160370450900001".into(),
            app_secret: "0123456789abcdef0123456789abcdef".into(),
            token: "EAAGdoubleSystemUserToken".into(),
        }
    }
}

/// The account and everybody around it.
pub struct State {
    pub(super) settings: Settings,
    pub(super) app: App,
    pub(super) is_subscribed: bool,
    /// The callback of this account alone; it counts once it is proved.
    pub(super) own_callback: Option<String>,
    pub(super) people: Vec<Person>,
    pub(super) messages: BTreeMap<String, Message>,
    pub(super) templates: Vec<Template>,
    pub(super) files: BTreeMap<String, File>,
    pub(super) files_base: String,
    pub(super) pace: Option<Pace>,
    pub(super) quality: String,
    /// The code with which every accepted message fails until it is lifted.
    pub(super) failing: Option<u32>,
    pub(super) window_refuses_at_once: bool,
    next: u64,
}

pub(super) struct Person {
    /// None for a person whose number the business never learned.
    pub(super) wa_id: Option<String>,
    pub(super) user_id: String,
    pub(super) name: String,
    pub(super) username: Option<String>,
    /// Behind a username: webhooks carry no number.
    pub(super) hides_number: bool,
    pub(super) has_whatsapp: bool,
    pub(super) has_blocked: bool,
    pub(super) is_online: bool,
    pub(super) shows_reads: bool,
    pub(super) takes_marketing: bool,
    /// Got as much marketing from everybody as Meta lets through.
    pub(super) is_capped: bool,
    pub(super) last_word_ms: Option<i64>,
    pub(super) from_ad: Option<AdVisit>,
}

/// A visit from an advertisement that clicks to WhatsApp.
#[derive(Clone, Copy)]
pub(super) struct AdVisit {
    pub(super) at_ms: i64,
    pub(super) is_answered_in_time: bool,
}

pub(super) struct Message {
    pub(super) number: u64,
    pub(super) person: usize,
    pub(super) is_ours: bool,
    pub(super) kind: String,
    pub(super) text: String,
    pub(super) buttons: Vec<Button>,
    /// The buttons are rows of a list.
    pub(super) is_list: bool,
    pub(super) context: Option<String>,
    pub(super) at_ms: i64,
    pub(super) status: Status,
    /// Of ours: the category of the price and the opaque text to give back.
    pub(super) pricing: Value,
    pub(super) opaque: Option<String>,
    /// Of theirs: we marked it as read.
    pub(super) is_read_by_us: bool,
    pub(super) typing_until_ms: i64,
}

pub(super) struct File {
    pub(super) mime_type: String,
    pub(super) sha256: String,
    pub(super) content: Vec<u8>,
}

impl State {
    pub(super) fn new(settings: Settings) -> Self {
        Self {
            app: App::new(&settings.app_secret, WEBHOOK_LIFE_MS),
            settings,
            is_subscribed: false,
            own_callback: None,
            people: Vec::new(),
            messages: BTreeMap::new(),
            templates: Vec::new(),
            files: BTreeMap::new(),
            files_base: FILES_BASE.to_owned(),
            pace: Some(Pace::default()),
            quality: "GREEN".into(),
            failing: None,
            window_refuses_at_once: false,
            next: 1,
        }
    }

    pub(super) fn next_number(&mut self) -> u64 {
        self.next += 1;
        self.next - 1
    }

    pub(super) fn new_wamid(&mut self) -> (String, u64) {
        let number = self.next_number();
        (format!("wamid.{}", STANDARD.encode(format!("double:{number:06}"))), number)
    }

    /// Finds a person by phone digits, with or without "+", or by the business-scoped id.
    pub(super) fn find(&self, address: &str) -> Option<usize> {
        let address = address.trim_start_matches('+');
        self.people.iter().position(|person| person.wa_id.as_deref() == Some(address) || person.user_id == address)
    }

    /// A person with WhatsApp; made when nobody has the address yet.
    pub(super) fn person(&mut self, address: &str) -> usize {
        if let Some(known) = self.find(address) {
            return known;
        }
        let digits = address.trim_start_matches('+');
        let is_phone = digits.bytes().all(|byte| byte.is_ascii_digit());
        let user_id = if is_phone { self.new_user_id() } else { digits.to_owned() };
        self.people.push(Person {
            wa_id: is_phone.then(|| digits.to_owned()),
            user_id,
            name: "Анна К.".into(),
            username: (!is_phone).then(|| "anna.rnd".into()),
            hides_number: !is_phone,
            has_whatsapp: true,
            has_blocked: false,
            is_online: true,
            shows_reads: true,
            takes_marketing: true,
            is_capped: false,
            last_word_ms: None,
            from_ad: None,
        });
        self.people.len() - 1
    }

    pub(super) fn new_user_id(&mut self) -> String {
        format!("RU.1349120865530274{:04}", self.next_number())
    }

    /// Sends one change of the account to the callback.
    pub(super) fn emit(&mut self, field: &str, value: Value, due_ms: i64) {
        let body = json!({
            "object": "whatsapp_business_account",
            "entry": [{ "id": self.settings.waba_id, "changes": [{ "field": field, "value": value }] }],
        });
        self.app.emit(&schema::ANSWERS, self.is_subscribed, body, due_ms);
    }

    /// The frame of every change of the field `messages`.
    pub(super) fn value(&self) -> Value {
        json!({
            "messaging_product": "whatsapp",
            "metadata": {
                "display_phone_number": self.settings.display_phone_number,
                "phone_number_id": self.settings.phone_number_id,
            },
        })
    }
}
