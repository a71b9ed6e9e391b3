//! The consent log: what a client was shown and what they said to it. Rows are only added, each sealed
//! over the one before it; the database refuses to change them, and a changed byte is found.

use crate::{Sql, StoreError, all, one, values};

/// The end of a business's log; the first row is number 1 and seals an empty text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Head {
    /// Number of the last row.
    pub seq: i64,
    /// Its seal.
    pub seal: String,
}

/// A row of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// Number within the business, from 1, without gaps.
    pub seq: i64,
    /// Who.
    pub conversation_id: String,
    /// What the data are for.
    pub purpose: String,
    /// Why that is lawful: `contract`, `consent`.
    pub basis: String,
    /// `notified`, `given`, `withdrawn`.
    pub action: String,
    /// Version of the text that was shown, from 1; 0 for the client's own words, of which only the digest is kept.
    pub text_version: i64,
    /// SHA-256 of the text, hexadecimal.
    pub text_sha256: String,
    /// When.
    pub at_ms: i64,
    /// Where: the channel's kind.
    pub channel: String,
    /// Who there: a keyed digest, so that the row outlives the erasing of a person.
    pub person: String,
    /// The vendor's id of the client's message, empty for none.
    pub message_id: String,
    /// What the client pressed, empty for none.
    pub button: String,
    /// Over this row and the seal before it, hexadecimal.
    pub seal: String,
}

/// Takes the end of the log; whoever else would add waits until this transaction ends.
pub fn lock_head(sql: &mut dyn Sql, business: &str) -> Result<Head, StoreError> {
    let text = "update businesses set consent_seq = consent_seq where id = $1 returning consent_seq, consent_seal";
    let head = one(sql, text, values![business], |row| Ok(Head { seq: row.int(0)?, seal: row.text(1)? }))?;
    Ok(head.unwrap_or_default())
}

/// The version of a text for a purpose; a text never shown before gets the next one.
pub fn text_version(
    sql: &mut dyn Sql,
    business: &str,
    purpose: &str,
    sha256: &str,
    text: &str,
) -> Result<i64, StoreError> {
    let known = "select version from consent_texts where business_id = $1 and purpose = $2 and sha256 = $3";
    if let Some(version) = one(sql, known, values![business, purpose, sha256], |row| row.int(0))? {
        return Ok(version);
    }
    let last = "select coalesce(max(version), 0) from consent_texts where business_id = $1 and purpose = $2";
    let version = one(sql, last, values![business, purpose], |row| row.int(0))?.unwrap_or(0) + 1;
    let put = "insert into consent_texts (business_id, purpose, version, sha256, text) values ($1, $2, $3, $4, $5)";
    sql.run(put, values![business, purpose, version, sha256, text])?;
    Ok(version)
}

/// Adds a row at the end taken by [`lock_head`].
pub fn append(sql: &mut dyn Sql, business: &str, row: &Consent) -> Result<(), StoreError> {
    let text = "insert into consents (business_id, seq, conversation_id, purpose, basis, action, text_version, \
                text_sha256, at_ms, channel, person, message_id, button, seal) \
                values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    let values = values![
        business,
        row.seq,
        &row.conversation_id,
        &row.purpose,
        &row.basis,
        &row.action,
        row.text_version,
        &row.text_sha256,
        row.at_ms,
        &row.channel,
        &row.person,
        &row.message_id,
        &row.button,
        &row.seal,
    ];
    sql.run(text, values)?;
    let text = "update businesses set consent_seq = $2, consent_seal = $3 where id = $1";
    sql.run(text, values![business, row.seq, &row.seal])
}

/// The end of the log, without taking it.
pub fn head(sql: &mut dyn Sql, business: &str) -> Result<Head, StoreError> {
    let text = "select consent_seq, consent_seal from businesses where id = $1";
    let head = one(sql, text, values![business], |row| Ok(Head { seq: row.int(0)?, seal: row.text(1)? }))?;
    Ok(head.unwrap_or_default())
}

/// Lists rows after a number, oldest first.
pub fn list(sql: &mut dyn Sql, business: &str, after_seq: i64, limit: i64) -> Result<Vec<Consent>, StoreError> {
    let text = "select seq, conversation_id, purpose, basis, action, text_version, text_sha256, at_ms, channel, person, \
                message_id, button, seal from consents where business_id = $1 and seq > $2 order by seq limit $3";
    all(sql, text, values![business, after_seq, limit], |row| {
        Ok(Consent {
            seq: row.int(0)?,
            conversation_id: row.text(1)?,
            purpose: row.text(2)?,
            basis: row.text(3)?,
            action: row.text(4)?,
            text_version: row.int(5)?,
            text_sha256: row.text(6)?,
            at_ms: row.int(7)?,
            channel: row.text(8)?,
            person: row.text(9)?,
            message_id: row.text(10)?,
            button: row.text(11)?,
            seal: row.text(12)?,
        })
    })
}

/// Reads a text as it was shown.
pub fn text(sql: &mut dyn Sql, business: &str, purpose: &str, version: i64) -> Result<Option<String>, StoreError> {
    let text = "select text from consent_texts where business_id = $1 and purpose = $2 and version = $3";
    one(sql, text, values![business, purpose, version], |row| row.text(0))
}
