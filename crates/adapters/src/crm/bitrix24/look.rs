//! What an earlier try has written into the card's own place, so that it is not written twice.
//!
//! Source: b24-rest-docs `crm-timeline-comment-list.md`, `crm-activity-list.md`, read 2026-11-22.

use nochnik_core::crm::Card;
use serde_json::{Value, json};

use crate::bitrix24::batch::{Batch, Command, Miss, Outcomes};
use crate::bitrix24::call::Portal;
use super::card::{self, View};
use super::find::{ask, has_phone, id_of, tags_of};
use super::refs::{self, Entity, Place, Refs};
use super::terms::{CONTACT_TYPE, TAGS_FIELD, WON};
use crate::failure::Failure;

const CLIENT: &str = "client";
const ENTRY: &str = "entry";
const COMMENTS: &str = "comments";
const TODOS: &str = "todos";
const LEADS_TODOS: &str = "todos_of_lead";
/// Rows of one page of a classic list; a full page may not be all.
const PAGE: usize = 50;

/// How a lead or deal of ours is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Here,
    /// A lead that has become something else; it may still be read.
    Converted,
    /// Deleted, or no longer for us to see.
    Absent,
}

/// What the answer of `crm.item.get` or `crm.item.update` says of `entity`.
pub fn standing(entry: Result<&Value, Miss>, entity: Entity) -> Standing {
    match entry {
        Err(Miss::Said(said)) if said.is_not_found() => Standing::Absent,
        Ok(result) if entity == Entity::Lead && result["item"]["stageSemanticId"] == WON => Standing::Converted,
        _ => Standing::Here,
    }
}

/// The question [`standing`] reads.
pub fn item_get(type_id: u8, id: i64) -> Command {
    Command::new("crm.item.get", &json!({ "entityTypeId": type_id, "id": id, "useOriginalUfNames": "Y" }))
}

/// Notes in `refs` whatever stands at `place` as the card wants it: one request.
pub async fn look(portal: &Portal, view: &View<'_>, place: Place, refs: &mut Refs) -> Result<Standing, Failure> {
    let card = view.card;
    let seen = ask(portal, &questions(card, place, refs)).await?;
    // One that stands on a lead is not made again on the deal that the lead has become.
    let todos = || rows(&seen, TODOS).iter().chain(rows(&seen, LEADS_TODOS));
    let has_todo = |marker: &str| todos().any(|row| text_at(row, "SUBJECT").contains(marker));
    if let Some(todo) = card.todo.as_ref().filter(|todo| has_todo(&todo.marker)) {
        refs.set_todo(&todo.marker);
    }
    let standing = standing(seen.get(ENTRY), place.entity);
    if standing != Standing::Here {
        return Ok(standing);
    }
    note_comment(&seen, card, refs);
    if let Ok(entry) = seen.get(ENTRY) {
        note_entry(&entry["item"], view, place.entity, refs);
    }
    if let Ok(client) = seen.get(CLIENT) {
        note_client(&client["item"], card, place.entity, refs);
    }
    Ok(standing)
}

fn questions(card: &Card, place: Place, refs: &Refs) -> Batch {
    let Place { entity, id } = place;
    let mut batch = Batch::default();
    if let Some(contact) = refs.own_contact() {
        batch.add(CLIENT, item_get(CONTACT_TYPE, contact));
    }
    let comments = json!({
        "filter": { "ENTITY_ID": id, "ENTITY_TYPE": entity.name() },
        "order": { "ID": "DESC" },
        "select": ["ID", "COMMENT"],
    });
    batch.add(COMMENTS, Command::new("crm.timeline.comment.list", &comments));
    batch.add(ENTRY, item_get(entity.type_id(), id));
    if let Some(todo) = &card.todo {
        batch.add(TODOS, todos_of(place, &todo.marker));
        if let Some(lead) = refs.lead().filter(|lead| *lead != place) {
            batch.add(LEADS_TODOS, todos_of(lead, &todo.marker));
        }
    }
    batch
}

fn todos_of(place: Place, marker: &str) -> Command {
    let filter = json!({ "OWNER_TYPE_ID": place.entity.type_id(), "OWNER_ID": place.id, "%SUBJECT": marker });
    Command::new("crm.activity.list", &json!({ "filter": filter, "select": ["ID", "SUBJECT"] }))
}

/// Our comment bears the card's marker. One that people deleted is forgotten, so that it is written
/// anew; one that may stand on a further page is not.
fn note_comment(seen: &Outcomes, card: &Card, refs: &mut Refs) {
    let comments = rows(seen, COMMENTS);
    let marker = card::marker(card);
    match comments.iter().find(|row| text_at(row, "COMMENT").contains(&marker)) {
        Some(row) => {
            refs.set_comment(id_of(&row["ID"]));
            let wanted = card::comment(card);
            if text_at(row, "COMMENT") == wanted {
                refs.note_sent(refs::COMMENT, &wanted);
            }
        }
        None if comments.len() < PAGE => refs.set_comment(None),
        None => {}
    }
}

fn note_entry(item: &Value, view: &View<'_>, entity: Entity, refs: &mut Refs) {
    let card = view.card;
    let tags = card::all_tags(card, &refs.kept_tags());
    if tags_of(item) == tags {
        refs.note_sent(TAGS_FIELD, &tags.join("\n"));
    }
    for written in card::written(view, entity) {
        if item[&written.name] == written.value {
            refs.note_sent(&written.name, &written.sent());
        }
    }
    note_stage(item, view, entity, refs);
    if entity == Entity::Lead {
        note_phone(item, card, refs);
    }
}

/// What stands where this step wants it was put there by an earlier try; what people have moved stays with them.
fn note_stage(item: &Value, view: &View<'_>, entity: Entity, refs: &mut Refs) {
    let Some(seen) = item["stageId"].as_str() else { return };
    refs.note_stage_seen(seen);
    let View { card, options, ground } = view;
    let Some(due) = ground.stages.due(&options.stages, card.stage, entity, refs).map(str::to_owned) else { return };
    if seen == due {
        refs.note_stage_put(&due);
    }
    if ground.stages.next(&options.stages, card.stage, entity, refs).is_none() {
        refs.note_stage_asked(&due);
    }
}

fn note_client(item: &Value, card: &Card, entity: Entity, refs: &mut Refs) {
    let name = card::contact_name(card);
    if text_at(item, "name") == name {
        refs.note_sent(refs::CLIENT_NAME, &name);
    }
    if entity == Entity::Deal {
        note_phone(item, card, refs);
    }
}

fn note_phone(item: &Value, card: &Card, refs: &mut Refs) {
    if let Some(phone) = card.phone.as_ref().filter(|phone| has_phone(item, phone) == Some(true)) {
        refs.note_sent(refs::PHONE, phone.e164());
    }
}

/// Rows of a classic list.
fn rows<'a>(seen: &'a Outcomes, key: &str) -> &'a [Value] {
    seen.get(key).ok().and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text_at<'a>(row: &'a Value, name: &str) -> &'a str {
    row[name].as_str().unwrap_or_default()
}
