//! A card in the account's words.

use nochnik_core::crm::{Card, Todo, TranscriptLine};
use nochnik_core::lead::Heat;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::fields::{CHANNEL, Fields, ID, SERVICE, UTM_CAMPAIGN, UTM_SOURCE, VISIT_AT};

const NIGHT_TAG: &str = "ночной";
/// The vendor's own bounds are not documented; these are known to pass.
const NAME_CHARS_MAX: usize = 255;
const FIELD_CHARS_MAX: usize = 255;
const NOTE_CHARS_MAX: usize = 4_000;
const SUMMARY_CHARS_MAX: usize = 1_500;
const TASK_CHARS_MAX: usize = 1_000;
const CONTACT_NAME: &str = "Клиент";
const CUT: &str = "… начало переписки — в Ночнике";

/// Name under which the lead's own name is noted.
pub const NAME: &str = "name";

/// One value that stands on our own lead and may change later; null where there is none now.
pub struct Written {
    /// [`NAME`], or the code of a custom field.
    pub name: &'static str,
    pub value: Value,
}

impl Written {
    /// By which it is compared with what was sent before.
    pub fn text(&self) -> String {
        self.value.to_string()
    }
}

/// By which lead, note and task of this card are found again: one word for the vendor's search, the same for ever.
pub fn mark(card: &Card) -> String {
    let digest = Sha256::digest(&card.origin);
    digest[..8].iter().fold("N".to_owned(), |mark, byte| format!("{mark}{byte:02x}"))
}

/// Lists what is kept in step on our own lead, as far as the account has the fields.
pub fn written(card: &Card, fields: &Fields) -> Vec<Written> {
    let text = |text: String| if text.is_empty() { Value::Null } else { cut(&text, FIELD_CHARS_MAX).into() };
    let all = [
        (NAME, name(card, fields.has(ID)).into()),
        (ID, mark(card).into()),
        (CHANNEL, text(source(card))),
        (SERVICE, text(card.services.join(", "))),
        (VISIT_AT, card.booking.as_ref().map(|visit| visit.starts_at.as_second()).into()),
        (UTM_SOURCE, text(card.channel.clone())),
        (UTM_CAMPAIGN, text(card.source.clone().unwrap_or_default())),
    ];
    let known = all.into_iter().filter(|(name, _)| *name == NAME || fields.has(name));
    known.map(|(name, value)| Written { name, value }).collect()
}

/// Values as a request carries them; a null clears its field.
pub fn body_of(written: &[Written]) -> Map<String, Value> {
    let mut body = Map::new();
    let mut custom = Vec::new();
    for Written { name, value } in written {
        match value {
            value if *name == NAME => drop(body.insert(NAME.to_owned(), value.clone())),
            Value::Null => custom.push(json!({ "field_code": name, "values": null })),
            value => custom.push(json!({ "field_code": name, "values": [{ "value": value }] })),
        }
    }
    if !custom.is_empty() {
        body.insert("custom_fields_values".to_owned(), custom.into());
    }
    body
}

/// «[ночной] Маникюр — Анна»; where the account has no field for the mark, the name ends with it.
fn name(card: &Card, has_mark_field: bool) -> String {
    let is_night = tags(card).iter().any(|tag| tag == NIGHT_TAG);
    let prefix = if is_night { "[ночной] " } else { "" };
    let tail = if has_mark_field { String::new() } else { format!(" #{}", mark(card)) };
    let name = format!("{prefix}{}", card.title);
    format!("{}{tail}", cut(&name, NAME_CHARS_MAX - tail.chars().count()))
}

/// Whether a lead of the account bears the card's mark, in its field or in its name.
pub fn bears_mark(lead: &Value, card: &Card) -> bool {
    let mark = mark(card);
    let is_named = lead["name"].as_str().is_some_and(|name| name.ends_with(&format!("#{mark}")));
    is_named || value_of(lead, ID).is_some_and(|value| *value == mark.as_str())
}

/// Whether a lead bears the name that we give it now.
pub fn is_named_by_us(lead: &Value, card: &Card) -> bool {
    [true, false].iter().any(|has_field| lead["name"] == name(card, *has_field).as_str())
}

/// The first value of a custom field.
pub fn value_of<'a>(row: &'a Value, code: &str) -> Option<&'a Value> {
    values_of(row, code).first().map(|value| &value["value"])
}

/// All values of a custom field; a row without any has null for the list.
pub fn values_of<'a>(row: &'a Value, code: &str) -> &'a [Value] {
    let fields = row["custom_fields_values"].as_array().into_iter().flatten();
    let field = fields.into_iter().find(|field| field["field_code"] == code);
    field.and_then(|field| field["values"].as_array()).map_or(&[], Vec::as_slice)
}

/// A new contact. It always has a name: the account shows one without as an empty line.
pub fn contact(card: &Card, responsible_id: Option<i64>) -> Value {
    let mut contact = json!({ "first_name": contact_name(card) });
    if let Some(id) = responsible_id {
        contact["responsible_user_id"] = id.into();
    }
    if let Some(phone) = &card.phone {
        contact["custom_fields_values"] = phones(vec![phone_value(phone.e164())]);
    }
    contact
}

pub fn contact_name(card: &Card) -> String {
    cut(card.name.as_deref().unwrap_or(CONTACT_NAME), NAME_CHARS_MAX)
}

pub fn phones(values: Vec<Value>) -> Value {
    json!([{ "field_code": "PHONE", "values": values }])
}

pub fn phone_value(e164: &str) -> Value {
    json!({ "value": e164, "enum_code": "WORK" })
}

pub fn tags(card: &Card) -> Vec<String> {
    let mut tags = card.tags.clone();
    if card.is_after_hours && !tags.iter().any(|tag| tag == NIGHT_TAG) {
        tags.push(NIGHT_TAG.to_owned());
    }
    tags
}

pub fn named(tags: &[String]) -> Value {
    tags.iter().map(|tag| json!({ "name": tag })).collect()
}

/// A text with the marker that finds the task again.
pub fn task_text(todo: &Todo) -> String {
    let text = cut(format!("{}\n{}", todo.title, todo.text).trim(), TASK_CHARS_MAX);
    if text.contains(&todo.marker) { text } else { format!("{text} #{}", todo.marker) }
}

/// What a manager reads first, then the conversation; of a long one the newest lines. `twins` contacts have the phone.
pub fn note(card: &Card, twins: Option<i64>) -> String {
    let head = format!("Переписка, {} · #{}\n{}", card.channel_title, mark(card), summary(card, twins));
    let mut left = NOTE_CHARS_MAX - head.chars().count() - CUT.chars().count() - 2;
    let mut lines: Vec<String> = Vec::new();
    for line in card.transcript.iter().rev().map(transcript_line) {
        let chars = line.chars().count() + 1;
        if chars > left {
            lines.push(CUT.to_owned());
            break;
        }
        left -= chars;
        lines.push(line);
    }
    lines.push(head);
    lines.reverse();
    lines.join("\n")
}

fn transcript_line(line: &TranscriptLine) -> String {
    format!("{}: {}", line.who, line.text)
}

/// The score is rounded, so that it does not rewrite the note for nothing.
fn summary(card: &Card, twins: Option<i64>) -> String {
    let heat = match card.heat {
        Heat::Cold => "холодный",
        Heat::Warm => "тёплый",
        Heat::Hot => "горячий",
    };
    let booking = card.booking.as_ref().map(|visit| format!("{}, мастер {}", visit.text, visit.specialist));
    let phone = card.phone.as_ref().map(|phone| phone.pretty().to_string());
    let twins = twins.map(|count| format!("с этим телефоном их {count}, заявка у новейшего"));
    let lines = [
        ("Имя", card.name.clone().unwrap_or_default()),
        ("Телефон", phone.unwrap_or_default()),
        ("Контакты", twins.unwrap_or_default()),
        ("Откуда", source(card)),
        ("Услуги", card.services.join(", ")),
        ("Когда удобно", card.wanted.clone()),
        ("Запись", booking.unwrap_or_default()),
        ("Лид", format!("{heat}, вероятность сделки {:.0} %", card.score * 100.0)),
        ("Почему", card.reasons.join(", ")),
    ];
    let lines = lines.into_iter().filter(|(_, text)| !text.is_empty());
    cut(&lines.map(|(name, text)| format!("{name}: {text}")).collect::<Vec<_>>().join("\n"), SUMMARY_CHARS_MAX)
}

fn source(card: &Card) -> String {
    match &card.source {
        Some(source) => format!("{}, ссылка {source}", card.channel_title),
        None => card.channel_title.clone(),
    }
}

fn cut(text: &str, chars_max: usize) -> String {
    text.chars().take(chars_max).collect()
}
