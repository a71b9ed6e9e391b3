//! What an element of a body may look like: names, types, nothing else.

use serde_json::Value;

use super::refusal::{Flaw, Refusal};

#[derive(Clone, Copy)]
pub(super) enum Kind {
    Text,
    Whole,
    Number,
    Flag,
    Object,
    List,
}

impl Kind {
    fn fits(self, value: &Value) -> bool {
        match self {
            Kind::Text => value.is_string(),
            Kind::Whole => value.is_i64(),
            Kind::Number => value.is_number(),
            Kind::Flag => value.is_boolean(),
            Kind::Object => value.is_object(),
            Kind::List => value.is_array(),
        }
    }
}

pub(super) type Fields = &'static [(&'static str, Kind)];

/// The codes of flaws are not documented but for `NotSupportedChoice`.
pub(super) fn flaw(code: &'static str, path: impl Into<String>) -> Flaw {
    Flaw { code, path: path.into() }
}

/// Flaws of one object: fields nobody knows, values of another type. `null` clears a field and fits any.
pub(super) fn flaws(item: &Value, known: &[(&str, Kind)], path: &str) -> Vec<Flaw> {
    let Some(item) = item.as_object() else { return vec![flaw("InvalidType", path)] };
    let of_field = |(name, value): (&String, &Value)| {
        let place = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        match known.iter().find(|(known, _)| known == name) {
            None => Some(flaw("NotExpected", place)),
            Some((_, kind)) if !value.is_null() && !kind.fits(value) => Some(flaw("InvalidType", place)),
            Some(_) => None,
        }
    };
    item.iter().filter_map(of_field).collect()
}

/// The elements of a write to a collection: an array, even for one, of `max` at most.
pub(super) fn elements(body: &Value, max: usize) -> Result<&[Value], Refusal> {
    let list = body.as_array().ok_or_else(|| Refusal::bad("a collection takes an array"))?;
    if list.is_empty() || list.len() > max {
        return Err(Refusal::bad("an empty request, or too many entities"));
    }
    Ok(list)
}

/// Refuses the whole request when any element has a flaw.
pub(super) fn refuse(items: &[Value], flaws: Vec<Vec<Flaw>>) -> Result<(), Refusal> {
    let named = items.iter().zip(flaws).enumerate().filter(|(_, (_, flaws))| !flaws.is_empty());
    let named: Vec<_> = named.map(|(at, (item, flaws))| (request_id(item, at), flaws)).collect();
    if named.is_empty() { Ok(()) } else { Err(Refusal::invalid(named)) }
}

/// The element's own, or its place in the request.
pub(super) fn request_id(item: &Value, at: usize) -> String {
    item["request_id"].as_str().map_or_else(|| at.to_string(), str::to_owned)
}
