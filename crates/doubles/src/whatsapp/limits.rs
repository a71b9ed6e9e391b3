//! What a request must keep: the strict schema, and the limits that a schema cannot say.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{State, refusal::refusal, schema};
use crate::meta::Refusal;

/// The schema takes 4096; the sheet calls that unconfirmed and 1024 safe.
const LIST_BODY_CHARS: usize = 1024;
const LIST_ROWS: usize = 10;

impl State {
    /// Refuses, and records as our failure, a message that the schema or a documented limit forbids.
    pub(super) fn check_message(&mut self, body: &Value) -> Result<(), Refusal> {
        check_schema(body)
            .and_then(|()| check_limits(body))
            .map_err(|(code, failure)| self.app.breach(format!("messages: {failure}"), refusal(code)))
    }
}

/// The definition a message is held to: the precise kind where there is one, for an error one can read.
fn definition(body: &Value) -> String {
    if body.get("status").is_some() {
        return "mark_read".to_owned();
    }
    const KINDS: [&str; 10] =
        ["text", "image", "video", "document", "audio", "sticker", "location", "reaction", "interactive", "template"];
    let kind = body["type"].as_str().filter(|kind| KINDS.contains(kind));
    kind.unwrap_or("POST.messages").to_owned()
}

fn check_schema(body: &Value) -> Result<(), (u32, String)> {
    if body["messaging_product"] != "whatsapp" {
        return Err((100, "messaging_product is not 'whatsapp'".to_owned()));
    }
    let inner = match body["interactive"]["type"].as_str() {
        Some(kind @ ("button" | "list" | "cta_url")) => format!("interactive.{kind}"),
        _ => String::new(),
    };
    if !inner.is_empty() {
        schema::REQUESTS.check(&inner, &body["interactive"]).map_err(coded)?;
    }
    schema::REQUESTS.check(&definition(body), body).map_err(coded)
}

/// The code by the kind of the broken rule: something missing, something unknown, something wrong.
fn coded(broken: String) -> (u32, String) {
    let code = match broken.trim_end_matches('\'').rsplit('/').next() {
        Some("required" | "anyOf") => 131_008,
        Some("additionalProperties") => 100,
        _ => 131_009,
    };
    (code, broken)
}

fn check_limits(body: &Value) -> Result<(), (u32, String)> {
    let interactive = &body["interactive"];
    match interactive["type"].as_str() {
        Some("button") => check_buttons(&interactive["action"]["buttons"]),
        Some("list") => check_list(interactive),
        _ => Ok(()),
    }
}

fn check_buttons(buttons: &Value) -> Result<(), (u32, String)> {
    let replies = buttons.as_array().into_iter().flatten().map(|button| &button["reply"]).collect::<Vec<_>>();
    for key in ["title", "id"] {
        if !are_unique(replies.iter().map(|reply| &reply[key])) {
            return Err((131_009, format!("two buttons with one {key}")));
        }
    }
    Ok(())
}

fn check_list(list: &Value) -> Result<(), (u32, String)> {
    let wrong = |failure: &str| Err((131_009, failure.to_owned()));
    let sections = list["action"]["sections"].as_array().map(Vec::as_slice).unwrap_or_default();
    let rows = sections.iter().flat_map(|section| section["rows"].as_array().into_iter().flatten());
    let rows = rows.collect::<Vec<_>>();
    if rows.len() > LIST_ROWS {
        return wrong("more than 10 rows in all sections of a list");
    }
    if !are_unique(rows.iter().map(|row| &row["id"])) {
        return wrong("two rows of a list with one id");
    }
    if sections.len() > 1 && sections.iter().any(|section| section["title"].as_str().is_none()) {
        return wrong("a section without a title beside others");
    }
    if list["body"]["text"].as_str().is_some_and(|text| text.chars().count() > LIST_BODY_CHARS) {
        return wrong("the body of a list is longer than 1024 characters");
    }
    Ok(())
}

fn are_unique<'a>(values: impl Iterator<Item = &'a Value>) -> bool {
    let mut seen = BTreeSet::new();
    let mut values = values.map(Value::to_string);
    values.all(|value| seen.insert(value))
}
