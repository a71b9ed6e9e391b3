//! Binding one of the staff to a messenger: a one-time code from the console, sent to the bot.

use nochnik_core::business::{Document, Means};
use nochnik_store::{Sql, StoreError, businesses, people};
use sha2::{Digest, Sha256};

const PURPOSE: &str = "duty";
/// How the code comes: by a link `?start=duty_CODE`, or typed. Source: security C-36.
const PREFIX: &str = "duty_";
const LIFE_MS: i64 = 30 * 60_000;
/// Guesses of one address within the life of a code.
const GUESSES_MAX: i64 = 5;

/// Keeps the code; an earlier one of the same person stops working.
pub fn invite(sql: &mut dyn Sql, business: &str, person: &str, code: &str, now_ms: i64) -> Result<(), StoreError> {
    people::put_code(sql, business, PURPOSE, person, &hash(code), now_ms + LIFE_MS)
}

/// What stands in a link or a message: `duty_CODE`.
pub fn start_payload(code: &str) -> String {
    format!("{PREFIX}{code}")
}

/// Uses a code up and writes the address into the business's document as the person's last means.
/// Returns the person's name; `None` when it is no code, or not a valid one.
pub fn accept(
    sql: &mut dyn Sql,
    business: &str,
    account: &str,
    peer: &str,
    payload: &str,
    now_ms: i64,
) -> Result<Option<String>, StoreError> {
    let Some(code) = payload.strip_prefix(PREFIX) else { return Ok(None) };
    if people::count_attempt(sql, business, &format!("{PURPOSE}:{account}/{peer}"), now_ms, LIFE_MS)? > GUESSES_MAX {
        return Ok(None);
    }
    let Some(person) = people::use_code(sql, business, PURPOSE, &hash(code), now_ms)? else { return Ok(None) };
    let Some(row) = businesses::get_to_change(sql, business)? else { return Ok(None) };
    let Ok(mut document) = serde_json::from_str::<Document>(&row.document) else { return Ok(None) };
    let means = Means::messenger(account, peer);
    for other in &mut document.people {
        other.means.retain(|known| known.route != means.route);
    }
    let Some(found) = document.people.iter_mut().find(|known| known.id == person) else { return Ok(None) };
    found.means.push(means);
    let name = found.name.clone();
    let json = serde_json::to_string(&document).unwrap_or(row.document);
    businesses::put(sql, business, &json, now_ms)?;
    Ok(Some(name))
}

fn hash(code: &str) -> String {
    Sha256::digest(code.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
