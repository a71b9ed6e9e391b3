//! Seals rows of the consent log, and finds a row that is not as it was written.

use std::fmt::Write;

use nochnik_core::event::{Event, InputKind, What};
use nochnik_core::proof::{Deed, Proof};
use nochnik_core::values::{Address, ConversationId};
use nochnik_store::consents::{self, Consent, Head};
use nochnik_store::{Sql, Store, StoreError};
use sha2::{Digest, Sha256};

use crate::tokens::Keys;

/// Rows read at once when the log is verified.
const ROWS_MAX: i64 = 1_000;

/// What the row says of the turn it was written in.
pub(crate) struct Scene<'a> {
    pub business: &'a str,
    pub conversation: &'a ConversationId,
    pub address: &'a Address,
    pub event: &'a Event,
    pub now_ms: i64,
}

/// Adds a row to the business's log. The client's own words are kept only as a digest.
pub(crate) fn write(sql: &mut dyn Sql, keys: &Keys, scene: &Scene<'_>, proof: &Proof) -> Result<(), StoreError> {
    let (text_sha256, purpose) = (hex(&Sha256::digest(proof.text.as_bytes())), proof.purpose.word());
    let text_version = match proof.deed {
        Deed::Notified => consents::text_version(sql, scene.business, purpose, &text_sha256, &proof.text)?,
        Deed::Given | Deed::Withdrawn => 0,
    };
    let (message_id, button) = said(scene.event);
    let head = consents::lock_head(sql, scene.business)?;
    let row = Consent {
        seq: head.seq + 1,
        conversation_id: scene.conversation.to_string(),
        purpose: purpose.to_owned(),
        basis: if proof.deed == Deed::Notified { "contract" } else { "consent" }.to_owned(),
        action: proof.deed.word().to_owned(),
        text_version,
        text_sha256,
        at_ms: scene.now_ms,
        channel: scene.address.channel.clone(),
        person: keys.person(scene.business, scene.address),
        message_id,
        button,
        seal: String::new(),
    };
    let seal = seal(&head.seal, &row);
    consents::append(sql, scene.business, &Consent { seal, ..row })
}

/// The client's last message and what they pressed.
fn said(event: &Event) -> (String, String) {
    let What::Client(inputs) = &event.what else { return Default::default() };
    let message_id = inputs.last().map(|input| input.message_id.clone()).unwrap_or_default();
    let pressed = inputs.iter().rev().find_map(|input| match &input.what {
        InputKind::Button { id, .. } => Some(id.clone()),
        _ => None,
    });
    (message_id, pressed.unwrap_or_default())
}

/// Over every field of the row and the seal before it. JSON, so that no two rows read alike.
fn seal(before: &str, row: &Consent) -> String {
    let fields = serde_json::json!([
        before,
        row.seq,
        row.conversation_id,
        row.purpose,
        row.basis,
        row.action,
        row.text_version,
        row.text_sha256,
        row.at_ms,
        row.channel,
        row.person,
        row.message_id,
        row.button,
    ]);
    hex(&Sha256::digest(fields.to_string().as_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// How a consent log was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// So many rows, each as it was written.
    Whole { rows: i64 },
    /// This row, or the one before it, is not as it was written.
    Broken { seq: i64 },
}

/// Reads the whole log of a business and checks every seal, and that its end is where it should be.
pub async fn verify(store: &Store, business: &str) -> Result<Verdict, StoreError> {
    let mut before = Head::default();
    loop {
        let (id, after) = (business.to_owned(), before.seq);
        let (rows, head) =
            store.read(move |sql| Ok((consents::list(sql, &id, after, ROWS_MAX)?, consents::head(sql, &id)?))).await?;
        if rows.is_empty() {
            return Ok(if before == head {
                Verdict::Whole { rows: head.seq }
            } else {
                Verdict::Broken { seq: before.seq + 1 }
            });
        }
        for row in rows {
            if row.seq != before.seq + 1 || seal(&before.seal, &row) != row.seal {
                return Ok(Verdict::Broken { seq: before.seq + 1 });
            }
            before = Head { seq: row.seq, seal: row.seal };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> Consent {
        Consent {
            seq: 1,
            conversation_id: "c1".into(),
            purpose: "booking".into(),
            basis: "contract".into(),
            action: "notified".into(),
            text_version: 1,
            text_sha256: "00".into(),
            at_ms: 1,
            channel: "max".into(),
            person: "p".into(),
            message_id: "m".into(),
            button: String::new(),
            seal: String::new(),
        }
    }

    #[test]
    fn a_seal_covers_every_field_and_the_row_before() {
        let whole = seal("before", &row());
        let changed = [
            Consent { seq: 2, ..row() },
            Consent { conversation_id: "c2".into(), ..row() },
            Consent { purpose: "messages".into(), ..row() },
            Consent { basis: "consent".into(), ..row() },
            Consent { action: "given".into(), ..row() },
            Consent { text_version: 2, ..row() },
            Consent { text_sha256: "01".into(), ..row() },
            Consent { at_ms: 2, ..row() },
            Consent { channel: "vk".into(), ..row() },
            Consent { person: "q".into(), ..row() },
            Consent { message_id: "n".into(), ..row() },
            Consent { button: "b".into(), ..row() },
            // A byte that moves from one field to the next is a change, too.
            Consent { message_id: String::new(), button: "m".into(), ..row() },
        ];
        for changed in changed {
            assert_ne!(seal("before", &changed), whole, "{changed:?}");
        }
        assert_ne!(seal("other", &row()), whole);
        assert_eq!(seal("before", &Consent { seal: "x".into(), ..row() }), whole, "the seal is not part of itself");
    }
}
