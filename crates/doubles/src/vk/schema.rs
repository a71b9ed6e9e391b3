//! The published schemas, compiled once: requests are held to the strict one, our own answers and events to the open
//! one.

use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::schema::Book;

const OUTBOUND: &str = include_str!("../../../../contracts/vk/outbound.schema.json");
const INBOUND: &str = include_str!("../../../../contracts/vk/inbound.schema.json");

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let mut document = serde_json::from_str::<Value>(OUTBOUND).expect("a published schema is JSON");
    document["$defs"]["method.messages.getConversations"] = conversations();
    document
});
static REQUESTS: LazyLock<Book> = LazyLock::new(|| Book::open(&DOCUMENT.to_string()));
static ANSWERS: LazyLock<Book> = LazyLock::new(|| Book::open(INBOUND));

/// The excerpt of the vendor's methods that the schema was made of lacks this one; its parameters are those of the
/// vendor's page.
fn conversations() -> Value {
    json!({
        "type": "object",
        "properties": {
            "offset": { "type": "integer", "minimum": 0 },
            "count": { "type": "integer", "minimum": 0, "maximum": 200 },
            "filter": { "enum": ["all", "archive", "important", "unanswered", "unread"] },
            "extended": { "enum": [0, 1, "0", "1", true, false] },
            "start_message_id": { "type": "integer", "minimum": 0 },
            "fields": { "type": "array", "items": {} },
            "group_id": { "type": "integer", "minimum": 0 },
            "access_token": { "type": "string", "minLength": 1 },
            "v": { "type": "string", "pattern": "^5\\.\\d+$" },
            "lang": { "type": ["string", "integer"] },
            "test_mode": { "enum": [0, 1] },
        },
        "required": ["v"],
        "additionalProperties": false,
    })
}

/// What a method's parameters are; none for a method that the schema does not know.
pub(super) fn parameters(method: &str) -> Option<&'static Value> {
    DOCUMENT["$defs"].get(format!("method.{method}")).map(|definition| &definition["properties"])
}

/// Checks a call, a keyboard or an event's answer of ours. The error names the place and the rule, never a value.
pub(super) fn check_request(definition: &str, value: &Value) -> Result<(), String> {
    REQUESTS.check(definition, value)
}

/// Checks what this double is about to hand out.
pub(super) fn check_answer(definition: &str, value: &Value) -> Result<(), String> {
    ANSWERS.check(definition, value)
}
