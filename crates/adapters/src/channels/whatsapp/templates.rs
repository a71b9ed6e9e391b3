//! The prepared texts: what a reminder says when the client has been silent for a day. Meta approves each, may
//! move it into a dearer category, pause it or refuse it; only an approved service text is sent.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use nochnik_core::effect::{Button, Prepared, PreparedName};
use serde_json::{Value, json};

use super::super::parts::malformed;
use crate::failure::{Failure, codes};

pub const LANGUAGE: &str = "ru";
/// Meta's own limits of a value: longer ones are refused with the whole message.
const VALUE_CHARS_MAX: usize = 200;

/// One prepared text. `{{1}}` and on are its places; none may begin or end it.
pub struct Template {
    pub of: PreparedName,
    pub name: &'static str,
    pub title: &'static str,
    body: &'static str,
    samples: &'static [&'static str],
    buttons: &'static [&'static str],
}

const SAMPLES: &[&str] = &["Салон «Лотос»", "завтра, ср, 25 ноября, 18:30", "маникюр"];
const SAMPLES_DISCREET: &[&str] = &["Салон «Лотос»", "завтра, ср, 25 ноября, 18:30"];

pub const ALL: &[Template] = &[
    Template {
        of: PreparedName::Remind,
        name: "nochnik_remind",
        title: "Напоминание за сутки",
        body: "Здравствуйте! Это {{1}}. Напоминаем о визите: {{2}}, {{3}}. Вы придёте?",
        samples: SAMPLES,
        buttons: &["Буду", "Перенести", "Отменить"],
    },
    Template {
        of: PreparedName::RemindSoon,
        name: "nochnik_remind_soon",
        title: "Напоминание за два часа",
        body: "Здравствуйте! Это {{1}}. Ждём вас: {{2}}, {{3}}. До встречи!",
        samples: SAMPLES,
        buttons: &["Перенести", "Отменить"],
    },
    Template {
        of: PreparedName::RemindDiscreet,
        name: "nochnik_remind_discreet",
        title: "Напоминание за сутки без названия услуги",
        body: "Здравствуйте! Это {{1}}. Напоминаем о визите: {{2}}. Вы придёте?",
        samples: SAMPLES_DISCREET,
        buttons: &["Буду", "Перенести", "Отменить"],
    },
    Template {
        of: PreparedName::RemindSoonDiscreet,
        name: "nochnik_remind_soon_discreet",
        title: "Напоминание за два часа без названия услуги",
        body: "Здравствуйте! Это {{1}}. Ждём вас: {{2}}. До встречи!",
        samples: SAMPLES_DISCREET,
        buttons: &["Перенести", "Отменить"],
    },
];

pub fn of(name: PreparedName) -> Option<&'static Template> {
    ALL.iter().find(|template| template.of == name)
}

impl Template {
    /// The body of the call that hands it in.
    pub fn proposal(&self) -> Value {
        let buttons: Vec<Value> =
            self.buttons.iter().map(|text| json!({ "type": "QUICK_REPLY", "text": text })).collect();
        let body = json!({ "type": "BODY", "text": self.body, "example": { "body_text": [self.samples] } });
        json!({
            "name": self.name, "language": LANGUAGE, "category": "UTILITY",
            "components": [body, { "type": "BUTTONS", "buttons": buttons }],
        })
    }

    /// The `template` of a message.
    pub fn filled(&self, prepared: &Prepared, buttons: &[Button]) -> Result<Value, Failure> {
        if prepared.values.len() != self.samples.len() || buttons.len() != self.buttons.len() {
            return Err(malformed("the prepared text has other places or buttons"));
        }
        let text = |value: &String| json!({ "type": "text", "text": one_line(value) });
        let values: Vec<Value> = prepared.values.iter().map(text).collect();
        let mut components = vec![json!({ "type": "body", "parameters": values })];
        components.extend(buttons.iter().enumerate().map(|(index, button)| {
            let payload = json!([{ "type": "payload", "payload": button.id }]);
            json!({ "type": "button", "sub_type": "quick_reply", "index": index.to_string(), "parameters": payload })
        }));
        Ok(json!({ "name": self.name, "language": { "code": LANGUAGE }, "components": components }))
    }
}

/// A value has no line breaks, tabs or rows of blanks.
fn one_line(value: &str) -> String {
    value.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(VALUE_CHARS_MAX).collect()
}

/// How one text stands with Meta.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    pub status: String,
    pub category: String,
}

impl Standing {
    fn is_usable(&self) -> bool {
        self.status == "APPROVED" && self.category == "UTILITY"
    }

    pub fn words(&self) -> &'static str {
        match self.status.as_str() {
            "APPROVED" if self.category != "UTILITY" => "Meta считает рекламой, поэтому не отправляется",
            "APPROVED" => "одобрен",
            "PENDING" | "IN_APPEAL" => "на проверке у Meta",
            "REJECTED" => "Meta отказала",
            "PAUSED" => "Meta приостановила из-за жалоб",
            "DISABLED" => "Meta отключила",
            _ => "недоступен",
        }
    }
}

/// What Meta said of our texts last.
#[derive(Default)]
pub struct Registry {
    known: Mutex<Option<HashMap<String, Standing>>>,
}

impl Registry {
    /// Takes in the answer of `message_templates`.
    pub fn read(&self, list: &Value) {
        let list = list["data"].as_array().map(Vec::as_slice).unwrap_or_default();
        let ours = list.iter().filter(|template| template["language"] == LANGUAGE);
        let standing = |template: &Value| {
            let text = |field: &str| template[field].as_str().unwrap_or_default().to_owned();
            (text("name"), Standing { status: text("status"), category: text("category") })
        };
        *self.lock() = Some(ours.map(standing).collect());
    }

    pub fn is_read(&self) -> bool {
        self.lock().is_some()
    }

    pub fn of(&self, name: &str) -> Option<Standing> {
        self.lock().as_ref()?.get(name).cloned()
    }

    /// Refuses a text that Meta would not deliver, before it is tried.
    pub fn check(&self, name: &str) -> Result<(), Failure> {
        match self.of(name) {
            Some(standing) if standing.is_usable() => Ok(()),
            found => {
                let why = found.map_or_else(|| "is not there".to_owned(), |standing| format!("is {}", standing.status));
                Err(Failure::Refused { code: codes::TEMPLATE.to_owned(), why: format!("the prepared text {why}") })
            }
        }
    }

    /// A change that Meta tells of; returns what the owner should know, when it is one of our texts.
    pub fn change(&self, field: &str, value: &Value) -> Option<String> {
        let name = value["message_template_name"].as_str()?;
        let template = ALL.iter().find(|template| template.name == name)?;
        let mut known = self.lock();
        let blank = || Standing { status: "PENDING".to_owned(), category: "UTILITY".to_owned() };
        let standing = known.get_or_insert_default().entry(name.to_owned()).or_insert_with(blank);
        match field {
            "message_template_status_update" => standing.status = value["event"].as_str()?.to_owned(),
            "template_category_update" => standing.category = value["new_category"].as_str()?.to_owned(),
            _ => return None,
        }
        Some(format!("Шаблон WhatsApp «{}»: {}.{}", template.title, standing.words(), consequence(standing)))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<HashMap<String, Standing>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn consequence(standing: &Standing) -> &'static str {
    if standing.is_usable() {
        ""
    } else {
        " Такие напоминания пойдут другим путём: в другой чат клиента или по СМС, если он согласен."
    }
}
