//! Looks before creating: no create of the account is idempotent.
//!
//! The search finds a new element late, how late nobody says: after a call with an unknown end the plain list of what
//! changed since is read too. Source: the sheet's sections 3.2 and 6, after amocrm/amocrm-api-php @1354d8a.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use nochnik_core::crm::Card;
use nochnik_core::values::Phone;
use serde_json::Value;

use super::call::Talk;
use super::card;
use crate::failure::Failure;
use crate::phone;
use crate::ports::Attempt;

/// Leads of one client that are looked at, newest first.
const LEADS_MAX: usize = 50;
/// Phones are found by so many last digits, however they are written.
const DIGITS: usize = 10;
/// A call is seen to have no end some time after it was made, and the clocks may differ.
const BEFORE: SignedDuration = SignedDuration::from_mins(15);
/// One request makes lead and contact: their moments differ by no more.
const SAME_MOMENT_S: i64 = 10;
/// Stages «won» and «lost» of every pipeline.
pub const WON: i64 = 142;
pub const LOST: i64 = 143;

/// A lead that an earlier try of ours has made, or that the account merged with one of its own.
#[derive(Debug)]
pub struct Own {
    pub lead: i64,
    /// Its contact, and whether it was made with it.
    pub contact: Option<(i64, bool)>,
    /// It was there before us: the tags that stand on it.
    pub merged: Option<Vec<String>>,
}

/// What the account has of the client's phone.
#[derive(Debug, Default)]
pub struct Client {
    /// The contact of the open lead, or the newest with the phone.
    pub contact: Option<i64>,
    /// Contacts with the phone.
    pub count: usize,
    /// Somebody's open lead, with the tags that stand on it.
    pub open: Option<(i64, Vec<String>)>,
}

/// Looks for the card's mark: one request, two where an earlier call had an unknown end.
pub async fn own(talk: &Talk<'_>, card: &Card, attempt: Attempt) -> Result<Option<Own>, Failure> {
    let mark = card::mark(card);
    let mut rows = talk.list("leads", &[("query", mark.as_str()), ("with", "contacts")], "leads").await?;
    let since = attempt.unknown_since.map(|since| since.saturating_sub(BEFORE).unwrap_or(Timestamp::MIN));
    if let Some(since) = since.filter(|_| !rows.iter().any(|row| is_own(row, card))) {
        let from = since.as_second().to_string();
        let query = [("filter[updated_at][from]", from.as_str()), ("order[updated_at]", "desc"), ("with", "contacts")];
        rows = talk.list("leads", &query, "leads").await?;
    }
    let Some((id, row)) = rows.iter().filter(|row| is_own(row, card)).find_map(|row| Some((id_of(row)?, row))) else {
        return Ok(None);
    };
    let is_new = since.is_some_and(|since| moment(row, "created_at") >= since.as_second());
    let is_ours = is_new || card::is_named_by_us(row, card);
    let contact = match row["_embedded"]["contacts"].as_array().and_then(|list| list.iter().find_map(id_of)) {
        Some(contact) => Some((contact, is_ours && is_made_with(talk, row, contact).await?)),
        None => None,
    };
    Ok(Some(Own { lead: id, contact, merged: (!is_ours).then(|| tags_of(row)) }))
}

fn is_own(row: &Value, card: &Card) -> bool {
    row["is_deleted"] != true && card::bears_mark(row, card)
}

async fn is_made_with(talk: &Talk<'_>, lead: &Value, contact: i64) -> Result<bool, Failure> {
    let contact = talk.one(&format!("contacts/{contact}"), &[]).await?;
    let apart_s = contact.map(|contact| moment(&contact, "created_at") - moment(lead, "created_at"));
    Ok(apart_s.is_some_and(|apart_s| apart_s.abs() <= SAME_MOMENT_S))
}

/// Looks by phone: one request, a second one where the phone's contacts have leads.
pub async fn client(talk: &Talk<'_>, phone: &Phone) -> Result<Client, Failure> {
    let digits = phone.e164().trim_start_matches('+');
    let query = &digits[digits.len().saturating_sub(DIGITS)..];
    let mut rows = talk.list("contacts", &[("query", query), ("with", "leads")], "contacts").await?;
    rows.retain(|row| row["is_deleted"] != true && has_phone(row, phone));
    rows.sort_by_key(|row| std::cmp::Reverse((moment(row, "updated_at"), id_of(row))));
    let mut client = Client { contact: rows.first().and_then(id_of), count: rows.len(), open: None };
    let owners = owners(&rows);
    if owners.is_empty() {
        return Ok(client);
    }
    if let Some(lead) = newest_open(talk, &owners).await? {
        let id = id_of(&lead);
        client.contact = id.and_then(|id| owners.get(&id).copied()).or(client.contact);
        client.open = id.map(|id| (id, tags_of(&lead)));
    }
    Ok(client)
}

/// Contacts by the ids of their leads; of a lead with two of them the newer one.
fn owners(contacts: &[Value]) -> BTreeMap<i64, i64> {
    let mut owners = BTreeMap::new();
    for contact in contacts {
        let leads = contact["_embedded"]["leads"].as_array().into_iter().flatten();
        for (lead, contact) in leads.filter_map(id_of).zip(std::iter::repeat(id_of(contact))) {
            if let Some(contact) = contact {
                owners.entry(lead).or_insert(contact);
            }
        }
    }
    owners
}

async fn newest_open(talk: &Talk<'_>, owners: &BTreeMap<i64, i64>) -> Result<Option<Value>, Failure> {
    let ids = owners.keys().rev().take(LEADS_MAX).enumerate();
    let filter: Vec<(String, String)> = ids.map(|(at, id)| (format!("filter[id][{at}]"), id.to_string())).collect();
    let query: Vec<(&str, &str)> = filter.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let rows = talk.list("leads", &query, "leads").await?;
    let is_asked = |row: &Value| id_of(row).is_some_and(|id| owners.contains_key(&id));
    let open = rows.into_iter().filter(|row| is_asked(row) && is_open(row));
    Ok(open.max_by_key(|row| (moment(row, "updated_at"), id_of(row))))
}

fn is_open(lead: &Value) -> bool {
    lead["is_deleted"] != true && !lead["status_id"].as_i64().is_some_and(|status| [WON, LOST].contains(&status))
}

/// Whether the contact has this very number, however it is written.
pub fn has_phone(contact: &Value, wanted: &Phone) -> bool {
    let values = card::values_of(contact, "PHONE").iter().filter_map(|value| value["value"].as_str());
    values.filter_map(phone::read).any(|phone| phone.e164() == wanted.e164())
}

pub fn tags_of(row: &Value) -> Vec<String> {
    let tags = row["_embedded"]["tags"].as_array().into_iter().flatten();
    tags.filter_map(|tag| tag["name"].as_str()).map(str::to_owned).collect()
}

/// Unix seconds; zero where the row says nothing.
fn moment(row: &Value, name: &str) -> i64 {
    row[name].as_i64().unwrap_or_default()
}

pub fn id_of(row: &Value) -> Option<i64> {
    row["id"].as_i64()
}
