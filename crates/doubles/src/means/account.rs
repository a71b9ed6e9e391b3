//! What every one of these services keeps: messages, money, sender's names, and our mistakes.

use std::sync::LazyLock;

use serde_json::{Map, Value};

use crate::{Answer, schema::Book};

const SCHEMA: &str = include_str!("../../../../contracts/sms/providers.schema.json");

static CONTRACT: LazyLock<Book> = LazyLock::new(|| Book::open(SCHEMA));

/// The keys that are let in, invented, as in `contracts/sms/examples`.
pub mod credentials {
    pub const SMSRU_API_ID: &str = "11111111-2222-3333-4444-555555555555";
    pub const SMSC_LOGIN: &str = "lotos";
    pub const SMSC_PASSWORD: &str = "secret";
    pub const SMSC_API_KEY: &str = "smsc-key-0123456789";
    pub const SMSAERO_EMAIL: &str = "owner@lotos.example";
    pub const SMSAERO_API_KEY: &str = "aero-key-0123456789";
    pub const EXOLVE_TOKEN: &str = "exolve-token-0123456789";
    pub const ZVONOK_PUBLIC_KEY: &str = "abcdef0123456789";
    pub const ZVONOK_CAMPAIGN: &str = "123456789";
    /// The one approved sender's name.
    pub const SENDER: &str = "LOTOS";
    /// The one rented number.
    pub const NUMBER: &str = "79581112233";
}

/// Price of one part, in kopecks.
const PART_KOP: u64 = 549;

/// One message the account took.
#[derive(Debug, Clone, PartialEq)]
pub struct Sent {
    pub id: String,
    /// Digits.
    pub phone: String,
    pub text: String,
    pub is_call: bool,
    /// The whole request.
    pub fields: Map<String, Value>,
    /// Where it stands, in the vendor's words.
    pub status: String,
    pub parts: u64,
    pub at_ms: i64,
}

pub(super) struct Account {
    pub(super) balance_kop: u64,
    pub(super) refusal: Option<String>,
    pub(super) sent: Vec<Sent>,
    pub(super) hooks: Vec<String>,
    pub(super) failures: Vec<String>,
}

impl Default for Account {
    fn default() -> Self {
        Self { balance_kop: 41_230, refusal: None, sent: Vec::new(), hooks: Vec::new(), failures: Vec::new() }
    }
}

impl Account {
    /// Holds a request to the contract; a breach is remembered and refused.
    pub(super) fn check(&mut self, definition: &str, fields: &Map<String, Value>) -> Result<(), Answer> {
        let broken = CONTRACT.check(definition, &Value::Object(fields.clone())).err();
        broken.map_or(Ok(()), |broken| Err(self.breach(&format!("{definition} {broken}"))))
    }

    /// What no vendor documents an answer to: a page of its server.
    pub(super) fn breach(&mut self, what: &str) -> Answer {
        self.failures.push(what.to_owned());
        Answer::html(400)
    }

    /// Takes a message and its price; `None` when there is not enough money.
    pub(super) fn take(&mut self, message: Sent) -> Option<&Sent> {
        let price_kop = PART_KOP * message.parts;
        self.balance_kop = self.balance_kop.checked_sub(price_kop)?;
        self.sent.push(message);
        self.sent.last()
    }

    pub(super) fn find(&self, id: &str) -> Option<&Sent> {
        self.sent.iter().find(|sent| sent.id == id)
    }

    pub(super) fn roubles(&self) -> f64 {
        self.balance_kop as f64 / 100.0
    }
}

impl Sent {
    pub(super) fn price(&self) -> f64 {
        (PART_KOP * self.parts) as f64 / 100.0
    }
}

/// Parts of an SMS: 70 letters alone and 67 in each of several, 160 and 153 without letters beyond ASCII.
pub(super) fn parts(text: &str) -> u64 {
    let (length, alone, each) =
        if text.is_ascii() { (text.len(), 160, 153) } else { (text.encode_utf16().count(), 70, 67) };
    if length <= alone { 1 } else { length.div_ceil(each) as u64 }
}

pub(super) fn text<'a>(fields: &'a Map<String, Value>, name: &str) -> &'a str {
    fields.get(name).and_then(Value::as_str).unwrap_or_default()
}
