//! What a person sees of a message of ours.

use serde_json::Value;

use super::{
    ledger::Button,
    template::{Template, filled},
};

/// The words of the bubble.
pub(super) fn text(body: &Value, template: Option<&Template>) -> String {
    let kind = body["type"].as_str().unwrap_or_default();
    let words = match (kind, template) {
        ("template", Some(template)) => return filled(template, &body["template"]["components"]),
        ("interactive", _) => &body["interactive"]["body"]["text"],
        ("text", _) => &body["text"]["body"],
        ("reaction", _) => &body["reaction"]["emoji"],
        (kind, _) => &body[kind]["caption"],
    };
    words.as_str().unwrap_or_default().to_owned()
}

/// Reply buttons, rows of a list, or quick replies of a template.
pub(super) fn buttons(body: &Value, template: Option<&Template>) -> Vec<Button> {
    if let Some(template) = template {
        return template.quick_replies(&body["template"]["components"]);
    }
    let action = &body["interactive"]["action"];
    let replies = items(&action["buttons"]).map(|button| &button["reply"]);
    let rows = items(&action["sections"]).flat_map(|section| items(&section["rows"]));
    replies.chain(rows).map(button).collect()
}

fn button(shown: &Value) -> Button {
    let text = |key: &str| shown[key].as_str().map(str::to_owned);
    Button {
        id: text("id").unwrap_or_default(),
        title: text("title").unwrap_or_default(),
        description: text("description"),
    }
}

pub(super) fn items(array: &Value) -> impl Iterator<Item = &Value> {
    array.as_array().into_iter().flatten()
}
