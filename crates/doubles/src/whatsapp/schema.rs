//! The published schemas, compiled once: requests are held to the strict one, our own answers and webhooks to the open one.

use std::sync::LazyLock;

use crate::schema::Book;

pub(super) static REQUESTS: LazyLock<Book> =
    LazyLock::new(|| Book::open(include_str!("../../../../contracts/whatsapp/outbound.schema.json")));
pub(super) static ANSWERS: LazyLock<Book> =
    LazyLock::new(|| Book::open(include_str!("../../../../contracts/whatsapp/inbound.schema.json")));
