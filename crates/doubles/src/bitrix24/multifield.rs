//! Phones and e-mails of a card: the `fm` list and its update by keys.
//!
//! Source: `data-types.md#crm_multifield`, `how-to-change-email-or-phone.md`.

use serde_json::{Value, json};

use super::{
    PhoneMatch, params,
    portal::{CONTACT, LEAD, Portal},
    refusal::Refusal,
};

const FIRST_ID: i64 = 8_801;
const TYPES: [&str; 5] = ["PHONE", "EMAIL", "WEB", "IM", "LINK"];

#[derive(Debug, Clone)]
pub(super) struct Fm {
    pub(super) id: i64,
    pub(super) type_id: String,
    pub(super) value_type: String,
    pub(super) value: String,
}

impl Fm {
    pub(super) fn json(&self) -> Value {
        json!({ "id": self.id, "typeId": self.type_id, "valueType": self.value_type, "value": self.value })
    }
}

impl Portal {
    /// Applies `fm` of an add or update: `n0` or an unknown key of an add is new, a number changes that record, an empty
    /// value deletes it, an element without `typeId` does nothing.
    pub(super) fn change_fm(&mut self, rows: &mut Vec<Fm>, change: &Value, is_add: bool) -> Result<(), Refusal> {
        for (key, element) in params::entries(change) {
            let Some(type_id) = element["typeId"].as_str().filter(|type_id| TYPES.contains(type_id)) else {
                continue;
            };
            let value = params::text(&element["value"]).unwrap_or_default();
            if type_id == "EMAIL" && !value.is_empty() && !is_email(&value) {
                return Err(Refusal::bad("ERROR_CORE", "Некорректный e-mail<br>"));
            }
            if is_add || key.starts_with('n') {
                if !value.is_empty() {
                    let value_type = element["valueType"].as_str().unwrap_or("WORK").to_owned();
                    let id = self.new_id("fm", FIRST_ID);
                    rows.push(Fm { id, type_id: type_id.to_owned(), value_type, value });
                }
                continue;
            }
            let Some(at) = key.parse::<i64>().ok().and_then(|id| rows.iter().position(|row| row.id == id)) else {
                continue;
            };
            if value.is_empty() {
                rows.remove(at);
            } else {
                rows[at].value = value;
                if let Some(value_type) = element["valueType"].as_str() {
                    value_type.clone_into(&mut rows[at].value_type);
                }
            }
        }
        Ok(())
    }

    /// Puts a card's phones and e-mails into the duplicate index, or takes them out.
    pub(super) fn index_comm(&mut self, kind: i64, id: i64, is_in: bool) {
        if kind != LEAD && kind != CONTACT {
            return;
        }
        let Some(row) = self.cards.get(&kind).and_then(|cards| cards.rows.get(&id)) else { return };
        for key in row.fm.iter().filter_map(key_of).collect::<Vec<_>>() {
            let holders = self.by_comm.entry(key).or_default();
            if is_in {
                holders.insert((kind, id));
            } else {
                holders.remove(&(kind, id));
            }
        }
    }
}

fn key_of(fm: &Fm) -> Option<String> {
    match fm.type_id.as_str() {
        "PHONE" => Some(digits(&fm.value)),
        "EMAIL" => Some(fm.value.to_lowercase()),
        _ => None,
    }
}

/// The keys under which a searched value may stand in the index.
pub(super) fn search_keys(is_phone: bool, value: &str, phone_match: PhoneMatch) -> Vec<String> {
    if !is_phone {
        return vec![value.to_lowercase()];
    }
    let literal = digits(value);
    let is_turned = matches!(literal.get(..2), Some("80" | "81" | "82"));
    if phone_match == PhoneMatch::Literal || literal.len() < 10 || is_turned {
        return vec![literal];
    }
    match (literal.strip_prefix('8'), literal.strip_prefix('7')) {
        (Some(rest), _) => vec![format!("7{rest}"), literal],
        (_, Some(rest)) if !matches!(rest.get(..1), Some("0" | "1" | "2")) => vec![format!("8{rest}"), literal],
        _ => vec![literal],
    }
}

/// The digits before an extension.
fn digits(phone: &str) -> String {
    let number = phone.split([';', ',', 'x', 'д']).next().unwrap_or_default();
    number.chars().filter(char::is_ascii_digit).collect()
}

fn is_email(value: &str) -> bool {
    let parts = value.split_once('@');
    parts.is_some_and(|(name, host)| !name.is_empty() && host.contains('.') && !value.contains(char::is_whitespace))
}
