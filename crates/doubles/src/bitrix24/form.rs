//! Whether a request has the form that the data file gives its method: names, types, what must be there. The portal
//! itself lets much of it pass without a word, and so a misspelt parameter would be found by nobody.

use serde_json::Value;

use super::{
    contract::{Contract, Param},
    params,
};

/// Parameters that any method may carry: the access of an application.
const COMMON: &str = "auth";
/// Documented as a text, shown as an object in every sample: `user-get.md`.
const FILTER: &str = "FILTER";
/// The data file knows the fields of a lead only; the fields of all cards are checked where they are written.
const CARDS: &str = "crm.item.";

/// What is wrong with the parameters of one call, each in a few words.
pub(super) fn complaints(method: &str, contract: &Contract, given: &Value) -> Vec<String> {
    let Some(known) = &contract.params else { return Vec::new() };
    let mut wrong = compared(method, known, given, "");
    for param in known {
        let Some(inner) = param.reference.as_ref().and_then(|name| contract.defs.get(name)) else { continue };
        let value = &given[&param.name];
        match param.kind.as_str() {
            "array" => params::entries(value)
                .into_iter()
                .for_each(|(_, item)| wrong.extend(compared(method, inner, item, &param.name))),
            _ if params::is_collection(value) => wrong.extend(compared(method, inner, value, &param.name)),
            _ => {}
        }
    }
    wrong
}

fn compared(method: &str, known: &[Param], given: &Value, inside: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut say = |name: &str, what: &str| {
        let place = if inside.is_empty() { name.to_owned() } else { format!("{inside}.{name}") };
        wrong.push(format!("{method}: {place} {what}"));
    };
    for param in known.iter().filter(|param| param.is_required() && given[&param.name].is_null()) {
        say(&param.name, "is missing");
    }
    for (name, value) in params::entries(given) {
        match known.iter().find(|param| param.name == name) {
            Some(param) if name != FILTER && !value.is_null() && !fits(&param.kind, value) => {
                say(&name, &format!("is not of the type {}", param.kind));
            }
            Some(_) => {}
            None if inside.is_empty() && name == COMMON => {}
            None if !inside.is_empty() && (method.starts_with(CARDS) || name.starts_with("UF_")) => {}
            None => say(&name, "is not a parameter"),
        }
    }
    wrong
}

/// Forms carry texts only, and PHP takes a list for a map with the keys 0, 1, 2…
fn fits(kind: &str, value: &Value) -> bool {
    let is_flag = || params::is_yes(value) || matches!(value.as_str(), Some("N" | "0" | "false")) || value == 0;
    match kind {
        "integer" | "user" | "crm_contact" | "crm_company" => params::int(value).is_some(),
        "double" => value.is_number() || value.as_str().is_some_and(|text| text.parse::<f64>().is_ok()),
        "boolean" => value.is_boolean() || is_flag(),
        "array" | "object" | "array|object" | "attached_diskfile" => params::is_collection(value),
        "array|string" => params::is_collection(value) || params::text(value).is_some(),
        list if list.ends_with("[]") => params::is_collection(value),
        "lang_map" => params::is_collection(value) || params::text(value).is_some(),
        "time" => true,
        _ => params::text(value).is_some(),
    }
}
