//! The published schemas, compiled once: requests are held to the strict one, our own answers and updates to the open
//! one.

use std::sync::LazyLock;

use serde_json::Value;

use crate::schema::Book;

const OUTBOUND: &str = include_str!("../../../../contracts/max/outbound.schema.json");
const INBOUND: &str = include_str!("../../../../contracts/max/inbound.schema.json");

static REQUESTS: LazyLock<Book> = LazyLock::new(|| Book::open(OUTBOUND));
static ANSWERS: LazyLock<Book> = LazyLock::new(|| Book::open(INBOUND));

/// Checks a body, a query or headers of ours. The error names the place and the rule, never a value.
pub(super) fn check_request(definition: &str, value: &Value) -> Result<(), String> {
    REQUESTS.check(definition, value)
}

/// Checks what this double is about to hand out.
pub(super) fn check_answer(definition: &str, value: &Value) -> Result<(), String> {
    ANSWERS.check(definition, value)
}
