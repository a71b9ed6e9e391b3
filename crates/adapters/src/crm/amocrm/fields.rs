//! Our custom fields of leads, looked at once a day and made where they are missing.
//!
//! Making them needs an administrator's right; without it the lead's name carries the mark, and the note the rest.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::call::Talk;
use crate::failure::Failure;

/// The card's mark: a create with an unknown end is looked up by it.
pub const ID: &str = "NOCHNIK_ID";
/// A text, not a list of choices: a new channel would need a new choice.
pub const CHANNEL: &str = "NOCHNIK_CHANNEL";
pub const SERVICE: &str = "NOCHNIK_SERVICE";
pub const VISIT_AT: &str = "NOCHNIK_VISIT_AT";
/// The vendor's own fields for advertisement tags; not every account has them.
pub const UTM_SOURCE: &str = "UTM_SOURCE";
pub const UTM_CAMPAIGN: &str = "UTM_CAMPAIGN";

/// Code, name for people, type.
pub const OURS: [(&str, &str, &str); 4] = [
    (ID, "Метка Ночника", "text"),
    (CHANNEL, "Ночник: откуда", "text"),
    (SERVICE, "Ночник: услуга", "text"),
    (VISIT_AT, "Ночник: визит", "date_time"),
];
/// People may delete a field at any time.
const FRESH: SignedDuration = SignedDuration::from_hours(24);
const PATH: &str = "leads/custom_fields";

/// The codes of fields that leads of the account have.
#[derive(Clone, Debug)]
pub struct Fields {
    read_at: Timestamp,
    codes: BTreeSet<String>,
}

impl Fields {
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        now.duration_since(self.read_at).abs() < FRESH
    }

    pub fn has(&self, code: &str) -> bool {
        self.codes.contains(code)
    }

    /// As where the account has none of them.
    pub fn none(&self) -> Self {
        Self { read_at: self.read_at, codes: BTreeSet::new() }
    }

    /// Asks, then makes what is missing: two requests the first time, one later.
    pub async fn prepare(talk: &Talk<'_>, now: Timestamp) -> Result<Self, Failure> {
        let rows = talk.list(PATH, &[], "custom_fields").await?;
        let mut fields = Self { read_at: now, codes: codes(&rows).collect() };
        let missing: Vec<Value> = OURS
            .iter()
            .filter(|(code, ..)| !fields.has(code))
            .map(|(code, name, kind)| json!({ "code": code, "name": name, "type": kind }))
            .collect();
        if missing.is_empty() {
            return Ok(fields);
        }
        match talk.try_add(PATH, &missing.into()).await? {
            Ok(made) => {
                let made = made["_embedded"]["custom_fields"].as_array().map_or(&[][..], Vec::as_slice);
                fields.codes.extend(codes(made));
            }
            Err(refusal) => {
                tracing::warn!(code = refusal.code, "amoCRM gives no right to make fields; names carry the mark");
            }
        }
        Ok(fields)
    }
}

fn codes(rows: &[Value]) -> impl Iterator<Item = String> {
    rows.iter().filter_map(|row| row["code"].as_str()).map(str::to_owned)
}
