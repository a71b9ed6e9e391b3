//! What a request must keep: the strict schema, and the limits that a schema cannot say.

use serde_json::Value;

use super::{State, schema};
use crate::meta::Refusal;

const TEXT_BYTES: usize = 1000;

impl State {
    /// Refuses, and records as our failure, a message that the schema or a documented limit forbids.
    pub(super) fn check_message(&mut self, body: &Value) -> Result<(), Refusal> {
        check(body)
            .map_err(|failure| self.app.breach(format!("messages: {failure}"), Refusal::bad("Invalid parameter")))
    }
}

fn check(body: &Value) -> Result<(), String> {
    let definition = if body.get("sender_action").is_some() { "send.action" } else { "send.message" };
    schema::REQUESTS.check(definition, body)?;
    let wrong = |failure: &str| Err(failure.to_owned());
    if body["message"]["text"].as_str().is_some_and(|text| text.len() > TEXT_BYTES) {
        return wrong("the text is longer than 1000 bytes");
    }
    let is_tagged = body["messaging_type"] == "MESSAGE_TAG";
    if is_tagged != body.get("tag").is_some() {
        return wrong("messaging_type MESSAGE_TAG and a tag belong together");
    }
    let is_reaction = matches!(body["sender_action"].as_str(), Some("react" | "unreact"));
    if is_reaction != body.get("payload").is_some() {
        return wrong("a reaction, and nothing else, has a payload");
    }
    Ok(())
}
