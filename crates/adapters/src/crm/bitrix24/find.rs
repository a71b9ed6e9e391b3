//! Looks before creating: no create of the portal is idempotent, and nothing on it is unique.
//! Source: b24-rest-docs `api-reference/crm/duplicates`, `crm-item-list.md`, read 2026-11-22.

use std::collections::BTreeSet;

use nochnik_core::crm::Card;
use nochnik_core::values::Phone;
use serde_json::{Value, json};

use crate::bitrix24::batch::{Batch, Command, Outcomes};
use crate::bitrix24::call::{Care, Portal};
use super::card;
use super::refs::{Entity, Place};
use super::terms::{CONTACT_TYPE, OPEN, ORIGINATOR, TAGS_FIELD};
use crate::failure::Failure;

const KEPT: &str = "kept";
/// Contacts with one phone whose deals are looked at, newest first.
const CONTACTS_MAX: usize = 5;

/// What the portal already has of this request or its client.
#[derive(Debug, Default)]
pub struct Found {
    /// Made by an earlier try of ours.
    pub own: Option<Place>,
    pub own_contact: Option<i64>,
    /// Somebody's open lead or deal of the same phone, with the tags that stand on it.
    pub open: Option<(Place, Vec<String>)>,
    /// The lead that the deal among them was: what we did there stands on it.
    pub lead: Option<Place>,
    /// The newest contact with the phone.
    pub contact: Option<i64>,
}

/// Looks by origin and by phone: one request, a second one where the phone is known there. Unless
/// `is_fresh`, an earlier try may have made a lead that is a deal by now.
pub async fn find(portal: &Portal, card: &Card, is_fresh: bool) -> Result<Found, Failure> {
    let mut batch = by_origin_and_phone(card);
    if !is_fresh {
        batch.add(KEPT, by_marker(card));
    }
    let seen = ask(portal, &batch).await?;
    no_blind_spot(&seen)?;
    let own_deal = first_id(&seen, "deal").map(|id| Place { entity: Entity::Deal, id });
    let own_lead = first_id(&seen, "lead").map(|id| Place { entity: Entity::Lead, id });
    let mut found =
        Found { own: own_deal.or(own_lead), own_contact: first_id(&seen, "contact"), ..Found::default() };
    if let (None, Some(row)) = (found.own, items(&seen, KEPT).first()) {
        found.own = row["id"].as_i64().map(|id| Place { entity: Entity::Deal, id });
        found.lead = lead_of(row);
    }
    let leads = ids(&seen, "same_lead", "LEAD");
    let contacts = ids(&seen, "same_contact", "CONTACT");
    if let (None, Some(phone)) = (found.own, &card.phone)
        && !(leads.is_empty() && contacts.is_empty())
    {
        let seen = ask(portal, &in_detail(&leads, &contacts)).await?;
        choose(&mut found, &seen, phone);
    }
    Ok(found)
}

/// A lead that people or robots turned into a deal may no longer be read, and its origin stays with it.
/// The deal keeps the source, and with it the card's marker.
fn by_marker(card: &Card) -> Command {
    let filter = json!({ "%sourceDescription": card::marker(card), ">leadId": 0 });
    list(Entity::Deal.type_id(), json!(["id", "leadId"]), filter)
}

/// The deal a lead was turned into, by people or by the portal.
pub async fn deal_of_lead(portal: &Portal, lead: i64) -> Result<Option<Place>, Failure> {
    let mut batch = Batch::default();
    batch.add("deal", list(Entity::Deal.type_id(), json!(["id"]), json!({ "=leadId": lead })));
    let seen = ask(portal, &batch).await?;
    Ok(first_id(&seen, "deal").map(|id| Place { entity: Entity::Deal, id }))
}

/// Runs a batch that only asks. A refusal that is not about one command fails the whole look: an
/// empty answer must mean «nothing there», never «could not see».
pub async fn ask(portal: &Portal, batch: &Batch) -> Result<Outcomes, Failure> {
    let seen = portal.batch(batch, Care::Asks).await?;
    let failure = seen.errors().find_map(|said| portal.failure_of(&said, Care::Asks));
    failure.map_or(Ok(seen), Err)
}

/// Refuses to take «may not look» for «nothing there»: a create would follow.
fn no_blind_spot(seen: &Outcomes) -> Result<(), Failure> {
    match seen.errors().next() {
        None => Ok(()),
        Some(said) => Err(Failure::Broken {
            why: format!("the look-up was refused: {}", said.why()),
            hint: "Битрикс24 не даёт искать заявки. Проверьте, что сотрудник, чей это вебхук, видит все лиды, сделки и контакты.",
        }),
    }
}

fn by_origin_and_phone(card: &Card) -> Batch {
    let mut batch = Batch::default();
    let origin = json!({ "=originatorId": ORIGINATOR, "=originId": card.origin });
    for (key, type_id) in [("contact", CONTACT_TYPE), ("deal", 2), ("lead", 1)] {
        batch.add(key, list(type_id, json!(["id"]), origin.clone()));
    }
    if let Some(phone) = &card.phone {
        for (key, entity_type) in [("same_contact", "CONTACT"), ("same_lead", "LEAD")] {
            let values = spellings(phone);
            let question = json!({ "type": "PHONE", "values": values, "entity_type": entity_type });
            batch.add(key, Command::new("crm.duplicate.findbycomm", &question));
        }
    }
    batch
}

fn in_detail(leads: &[i64], contacts: &[i64]) -> Batch {
    let mut batch = Batch::default();
    // `fm` cannot be named in `select`; it comes with everything only.
    if !contacts.is_empty() {
        batch.add("contacts", list(CONTACT_TYPE, json!(["*"]), json!({ "@id": contacts })));
    }
    for contact in contacts.iter().rev().take(CONTACTS_MAX) {
        let filter = json!({ "=contactId": contact, "=stageSemanticId": OPEN });
        batch.add(format!("deals{contact}"), list(Entity::Deal.type_id(), json!(["*", TAGS_FIELD]), filter));
    }
    if !leads.is_empty() {
        let filter = json!({ "@id": leads, "=stageSemanticId": OPEN });
        batch.add("leads", list(Entity::Lead.type_id(), json!(["*", TAGS_FIELD]), filter));
    }
    batch
}

/// A look-up without the total, which would cost the portal a second query.
pub fn list(type_id: u8, select: Value, filter: Value) -> Command {
    let parameters = json!({
        "entityTypeId": type_id,
        "useOriginalUfNames": "Y",
        "select": select,
        "filter": filter,
        "order": { "id": "ASC" },
        "start": -1,
    });
    Command::new("crm.item.list", &parameters)
}

/// Open leads go before open deals, newest first; rows we may not read are simply missing.
fn choose(found: &mut Found, seen: &Outcomes, phone: &Phone) {
    let readable: BTreeSet<i64> = items(seen, "contacts")
        .iter()
        .filter(|row| has_phone(row, phone).unwrap_or(true))
        .filter_map(|row| row["id"].as_i64())
        .collect();
    found.contact = readable.last().copied();
    let lead = items(seen, "leads")
        .iter()
        .filter(|row| has_phone(row, phone).unwrap_or(true))
        .filter_map(|row| open_place(row, Entity::Lead))
        .next_back();
    let of_contact = |contact: &i64| {
        let rows = items(seen, &format!("deals{contact}")).iter();
        rows.filter_map(|row| Some((open_place(row, Entity::Deal)?, lead_of(row)))).next_back()
    };
    match (lead, readable.iter().rev().find_map(of_contact)) {
        (None, Some((deal, lead))) => (found.open, found.lead) = (Some(deal), lead),
        (lead, _) => found.open = lead,
    }
}

fn lead_of(deal: &Value) -> Option<Place> {
    deal["leadId"].as_i64().filter(|id| *id > 0).map(|id| Place { entity: Entity::Lead, id })
}

fn open_place(row: &Value, entity: Entity) -> Option<(Place, Vec<String>)> {
    if row["stageSemanticId"].as_str().is_some_and(|semantic| semantic != OPEN) {
        return None;
    }
    Some((Place { entity, id: row["id"].as_i64()? }, tags_of(row)))
}

pub fn tags_of(row: &Value) -> Vec<String> {
    let tags = row[TAGS_FIELD].as_array().into_iter().flatten();
    tags.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Compares digits; `None` when the row shows no phones at all.
pub fn has_phone(row: &Value, phone: &Phone) -> Option<bool> {
    let rows = row["fm"].as_array()?;
    let wanted = comparable(phone.e164());
    Some(rows.iter().any(|row| row["value"].as_str().is_some_and(|value| comparable(value) == wanted)))
}

/// Digits alone, with a Russian 8 turned into 7.
fn comparable(text: &str) -> String {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    match digits.strip_prefix('8') {
        Some(rest) if digits.len() == 11 => format!("7{rest}"),
        _ => digits,
    }
}

/// The same number as people write it into a CRM; the portal may compare literally.
fn spellings(phone: &Phone) -> Vec<String> {
    let e164 = phone.e164();
    let digits = e164.trim_start_matches('+');
    let mut all = vec![e164.to_owned(), digits.to_owned()];
    if let Some(rest) = digits.strip_prefix('7').filter(|rest| rest.len() == 10) {
        all.push(format!("8{rest}"));
    }
    all
}

fn first_id(seen: &Outcomes, key: &str) -> Option<i64> {
    items(seen, key).first().and_then(|row| row["id"].as_i64())
}

/// `result.items` of a list.
pub fn items<'a>(seen: &'a Outcomes, key: &str) -> &'a [Value] {
    seen.get(key).ok().and_then(|result| result["items"].as_array()).map_or(&[], Vec::as_slice)
}

/// Ids of one kind that share the phone, oldest first; the portal writes them as numbers or texts
/// and an empty answer as `[]`.
fn ids(seen: &Outcomes, key: &str, entity_type: &str) -> Vec<i64> {
    let list = seen.get(key).ok().and_then(|result| result[entity_type].as_array());
    let mut ids: Vec<i64> = list.into_iter().flatten().filter_map(id_of).collect();
    ids.sort_unstable();
    ids
}

pub fn id_of(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}
