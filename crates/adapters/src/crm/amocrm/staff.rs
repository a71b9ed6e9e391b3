//! Who works in the account, for the roster. The vendor shows no phones of theirs.

use serde_json::Value;

use super::call::Talk;
use super::find::id_of;
use crate::failure::Failure;
use crate::ports::Colleague;

/// Everybody who may enter now, in the account's order.
pub async fn staff(talk: &Talk<'_>) -> Result<Vec<Colleague>, Failure> {
    let rows = talk.list("users", &[], "users").await?;
    Ok(rows.iter().filter(|row| row["rights"]["is_active"] != false).filter_map(colleague).collect())
}

fn colleague(row: &Value) -> Option<Colleague> {
    let name = row["name"].as_str().unwrap_or_default().trim().to_owned();
    Some(Colleague { id: id_of(row)?, name, phone: None })
}
