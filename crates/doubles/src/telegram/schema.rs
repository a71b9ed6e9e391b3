//! The published schemas, compiled once: requests are held to the strict one, our own updates to the open one.

use std::sync::LazyLock;

use serde_json::Value;

use crate::schema::Book;

const OUTBOUND: &str = include_str!("../../../../contracts/telegram/outbound.schema.json");
const INBOUND: &str = include_str!("../../../../contracts/telegram/inbound.schema.json");

static REQUESTS: LazyLock<Book> = LazyLock::new(|| Book::open(OUTBOUND));
static UPDATES: LazyLock<Book> = LazyLock::new(|| Book::open(INBOUND));

/// Checks the body of one method. The error names the place and the rule, never a value; a method that the schema
/// does not know passes, the dispatcher refuses it.
pub(super) fn check_request(method: &str, body: &Value) -> Result<(), String> {
    REQUESTS.check(&format!("method.{method}"), body)
}

/// Checks an update that this double is about to hand out.
pub(super) fn check_update(update: &Value) -> Result<(), String> {
    UPDATES.check("Update", update)
}
