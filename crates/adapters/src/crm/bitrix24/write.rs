//! Makes the portal agree with the card: one chain of commands for a new one, one batch for what
//! has changed since.
//!
//! The names of the commands stand in alphabetical order of their running, so that the order holds
//! whatever kind of map carries them.

use nochnik_core::crm::{Card, Todo};
use serde_json::{Map, Value, json};

use super::batch::{Batch, Command, Miss, Outcomes};
use super::call::{Care, Said};
use super::card::{self, TAGS_FIELD};
use super::find;
use super::refs::{Entity, Place, Refs};
use super::setup::Ground;
use super::{Bitrix24, Options};
use crate::failure::Failure;

const CLIENT: &str = "client";
const ENTRY: &str = "entry";
const HISTORY: &str = "history";
const TODO: &str = "todo";
const CONTACT_TYPE: u8 = 3;
/// Minutes before the deadline at which the portal reminds the responsible.
const PINGS_MIN: [u16; 2] = [0, 15];

impl Bitrix24 {
    /// Makes contact (for a deal), lead or deal, comment and to-do in one request. What the
    /// portal's own rules refuse is made again in its barest form, with the rest in the comments.
    pub(super) async fn create(&self, card: &Card, mut refs: Refs, ground: &Ground) -> Result<Refs, Failure> {
        let entity = self.entity(ground);
        let whole = card::fields(card, entity, &self.options, ground.has_source || self.options.source_id.is_some());
        let batch = self.creation(card, &refs, ground, entity, whole);
        let made = self.portal.batch(&batch, Care::Changes).await?;
        let Some(said) = self.note_created(&mut refs, card, entity, &made)? else {
            return self.update(card, refs).await;
        };
        tracing::warn!(code = said.code, "Bitrix24 refused a whole card; it is made in its barest form");
        let batch = self.creation(card, &refs, ground, entity, card::minimal_fields(card, entity));
        let made = self.portal.batch(&batch, Care::Changes).await?;
        match self.note_created(&mut refs, card, entity, &made)? {
            None => self.update(card, refs).await,
            Some(said) => Err(refused(&said)),
        }
    }

    fn creation(&self, card: &Card, refs: &Refs, ground: &Ground, entity: Entity, fields: Value) -> Batch {
        let mut batch = Batch::chain();
        let mut entry = Command::new("crm.item.add", &item(entity.type_id(), None, fields));
        match refs.contact() {
            Some(contact) => entry = entry.linked("fields[contactIds][0]", &contact.to_string()),
            None if entity == Entity::Deal => {
                let fields = card::contact_fields(card, &self.options, ground.has_source);
                batch.add(CLIENT, Command::new("crm.item.add", &item(CONTACT_TYPE, None, fields)));
                entry = entry.linked("fields[contactIds][0]", &format!("$result[{CLIENT}][item][id]"));
            }
            None => {}
        }
        batch.add(ENTRY, entry);
        let entry_id = format!("$result[{ENTRY}][item][id]");
        let fields = json!({ "ENTITY_TYPE": entity.name(), "COMMENT": card::comment(card) });
        let comment = Command::new("crm.timeline.comment.add", &json!({ "fields": fields }));
        batch.add(HISTORY, comment.linked("fields[ENTITY_ID]", &entry_id));
        if let Some(todo) = &card.todo {
            let todo = Command::new("crm.activity.todo.add", &todo_of(todo, entity, &self.options));
            batch.add(TODO, todo.linked("ownerId", &entry_id));
        }
        batch
    }

    /// Writes down what was made. Gives the portal's words when the lead or deal itself was refused.
    fn note_created(
        &self,
        refs: &mut Refs,
        card: &Card,
        entity: Entity,
        made: &Outcomes,
    ) -> Result<Option<Said>, Failure> {
        if let Ok(client) = made.get(CLIENT) {
            refs.set_contact(new_id(client)?, true);
            refs.note_sent("client.name", &card::contact_name(card));
            note_phone(refs, card);
        }
        let entry = match (made.get(ENTRY), made.get(CLIENT)) {
            (Ok(entry), _) => entry,
            (Err(Miss::Said(said)), _) | (Err(Miss::Skipped), Err(Miss::Said(said))) => {
                return self.whole_failure(&said, made).map_or(Ok(Some(said)), Err);
            }
            (Err(Miss::Skipped), _) => return Err(unclear("the portal says nothing of the new element")),
        };
        refs.set_place(Place { entity, id: new_id(entry)? });
        note_written(refs, card, entity, &entry["item"]);
        if let Ok(comment) = made.get(HISTORY) {
            refs.set_comment(find::id_of(comment));
            refs.note_sent(HISTORY, &card::comment(card));
        }
        if let (Some(todo), Ok(_)) = (&card.todo, made.get(TODO)) {
            refs.set_todo(&todo.marker);
        }
        self.rest_failure(made).map_or(Ok(None), Err)
    }

    /// Sends what differs from what was last sent; nothing differs, nothing is sent. A lead that
    /// people deleted stays deleted.
    pub(super) async fn update(&self, card: &Card, mut refs: Refs) -> Result<Refs, Failure> {
        let Some(mut place) = refs.place() else { return Ok(refs) };
        let mut batch = self.changes(card, &refs, place);
        if batch.is_empty() {
            return Ok(refs);
        }
        let mut made = self.portal.batch(&batch, Care::Changes).await?;
        if is_absent(&made) {
            let Some(deal) = self.followed(place).await? else {
                refs.set_gone();
                return Ok(refs);
            };
            place = deal;
            refs.set_place(place);
            refs.set_comment(None);
            batch = self.changes(card, &refs, place);
            made = self.portal.batch(&batch, Care::Changes).await?;
        }
        if matches!(made.get(HISTORY), Err(Miss::Said(said)) if said.is_not_found()) && refs.comment().is_some() {
            // People deleted the comment; the conversation is written anew.
            refs.set_comment(None);
            self.note_changed(&mut refs, card, place, &made)?;
            made = self.portal.batch(&self.changes(card, &refs, place), Care::Changes).await?;
        }
        self.note_changed(&mut refs, card, place, &made)?;
        Ok(refs)
    }

    fn changes(&self, card: &Card, refs: &Refs, place: Place) -> Batch {
        let mut batch = Batch::default();
        if let Some(contact) = refs.contact().filter(|_| refs.is_contact_ours()) {
            let fields = client_changes(card, refs, place.entity);
            if !fields.is_empty() {
                batch.add(CLIENT, Command::new("crm.item.update", &item(CONTACT_TYPE, Some(contact), fields.into())));
            }
        }
        let fields = entry_changes(card, refs, place.entity);
        if !fields.is_empty() {
            let parameters = item(place.entity.type_id(), Some(place.id), fields.into());
            batch.add(ENTRY, Command::new("crm.item.update", &parameters));
        }
        let comment = card::comment(card);
        if !refs.is_sent(HISTORY, &comment) || refs.comment().is_none() {
            batch.add(HISTORY, comment_of(refs, place, &comment));
        }
        if let Some(todo) = card.todo.as_ref().filter(|todo| !refs.has_todo(&todo.marker)) {
            let mut parameters = todo_of(todo, place.entity, &self.options);
            parameters["ownerId"] = place.id.into();
            batch.add(TODO, Command::new("crm.activity.todo.add", &parameters));
        }
        batch
    }

    /// Writes down what has been changed. A field the portal refuses is not sent again until it
    /// differs: the conversation beside it says the same.
    fn note_changed(&self, refs: &mut Refs, card: &Card, place: Place, made: &Outcomes) -> Result<(), Failure> {
        self.rest_failure(made).map_or(Ok(()), Err)?;
        if made.get(CLIENT).is_ok() {
            refs.note_sent("client.name", &card::contact_name(card));
            note_phone(refs, card);
        }
        match made.get(ENTRY) {
            Ok(entry) => note_written(refs, card, place.entity, &entry["item"]),
            Err(Miss::Said(said)) => {
                tracing::warn!(code = said.code, "Bitrix24 refused a change of a card");
                note_written(refs, card, place.entity, &Value::Null);
            }
            Err(Miss::Skipped) => {}
        }
        if let Ok(result) = made.get(HISTORY) {
            // An update answers true or the id, an addition the id.
            refs.set_comment(refs.comment().or_else(|| find::id_of(result)));
            refs.note_sent(HISTORY, &card::comment(card));
        }
        match (&card.todo, made.get(TODO)) {
            (Some(todo), Ok(_)) => refs.set_todo(&todo.marker),
            (_, Err(Miss::Said(said))) => tracing::warn!(code = said.code, "Bitrix24 refused a to-do"),
            _ => {}
        }
        Ok(())
    }

    /// A lead that is not there may have become a deal.
    async fn followed(&self, place: Place) -> Result<Option<Place>, Failure> {
        match place.entity {
            Entity::Lead => find::deal_of_lead(&self.portal, place.id).await,
            Entity::Deal => Ok(None),
        }
    }

    /// The failure behind a refusal that is not about the card itself.
    fn whole_failure(&self, said: &Said, made: &Outcomes) -> Option<Failure> {
        self.portal.failure_of(said, Care::Changes).map(|failure| if made.has_any() { half_done(failure) } else { failure })
    }

    fn rest_failure(&self, made: &Outcomes) -> Option<Failure> {
        made.errors().find_map(|said| self.whole_failure(&said, made))
    }
}

/// Some commands have run: before anything is repeated, it is looked up.
fn half_done(failure: Failure) -> Failure {
    match failure {
        Failure::Later { why, .. } => Failure::Unknown { why },
        failure => failure,
    }
}

fn item(type_id: u8, id: Option<i64>, fields: Value) -> Value {
    json!({ "entityTypeId": type_id, "id": id, "useOriginalUfNames": "Y", "fields": fields })
}

fn todo_of(todo: &Todo, entity: Entity, options: &Options) -> Value {
    let title =
        if todo.title.contains(&todo.marker) { todo.title.clone() } else { format!("{} #{}", todo.title, todo.marker) };
    json!({
        "ownerTypeId": entity.type_id(),
        "deadline": todo.deadline.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string(),
        "title": title,
        "description": todo.text,
        "responsibleId": options.responsible_id,
        "pingOffsets": PINGS_MIN,
    })
}

fn comment_of(refs: &Refs, place: Place, comment: &str) -> Command {
    match refs.comment() {
        Some(id) => {
            Command::new("crm.timeline.comment.update", &json!({ "id": id, "fields": { "COMMENT": comment } }))
        }
        None => {
            let fields = json!({ "ENTITY_ID": place.id, "ENTITY_TYPE": place.entity.name(), "COMMENT": comment });
            Command::new("crm.timeline.comment.add", &json!({ "fields": fields }))
        }
    }
}

fn entry_changes(card: &Card, refs: &Refs, entity: Entity) -> Map<String, Value> {
    let mut fields = Map::new();
    let tags = all_tags(card, refs);
    if !refs.is_sent(TAGS_FIELD, &tags.join("\n")) {
        fields.insert(TAGS_FIELD.to_owned(), tags.into());
    }
    if refs.is_foreign() {
        return fields;
    }
    for written in card::written(card, entity) {
        if !refs.is_sent(written.name, &written.text) {
            fields.insert(written.name.to_owned(), written.text.into());
        }
    }
    if entity == Entity::Lead {
        fields.extend(new_phone(card, refs));
    }
    fields
}

/// Our own contact learns the client's name and phone when they become known.
fn client_changes(card: &Card, refs: &Refs, entity: Entity) -> Map<String, Value> {
    let mut fields = Map::new();
    let name = card::contact_name(card);
    if card.name.is_some() && !refs.is_sent("client.name", &name) {
        fields.insert("name".to_owned(), name.into());
    }
    if entity == Entity::Deal {
        fields.extend(new_phone(card, refs));
    }
    fields
}

/// A phone that is not there yet. In an update the list is a map, and `n0` means a new row.
fn new_phone(card: &Card, refs: &Refs) -> Option<(String, Value)> {
    let phone = card.phone.as_ref().filter(|phone| !refs.is_sent("phone", phone.e164()))?;
    Some(("fm".to_owned(), json!({ "n0": card::phone_row(phone.e164()) })))
}

/// Ours beside those that stood there before us: writing the field replaces all of them.
fn all_tags(card: &Card, refs: &Refs) -> Vec<String> {
    let mut tags = refs.kept_tags();
    for tag in card::tags(card) {
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    tags
}

/// The portal ignores a field it does not know without a word: only its echo proves the tags.
fn note_written(refs: &mut Refs, card: &Card, entity: Entity, echo: &Value) {
    let tags = all_tags(card, refs);
    refs.note_sent(TAGS_FIELD, &tags.join("\n"));
    if echo.is_object() && echo.get(TAGS_FIELD).is_none() {
        tracing::debug!("Bitrix24 has no field for tags");
    }
    if refs.is_foreign() {
        return;
    }
    for written in card::written(card, entity) {
        refs.note_sent(written.name, &written.text);
    }
    if entity == Entity::Lead {
        note_phone(refs, card);
    }
}

fn note_phone(refs: &mut Refs, card: &Card) {
    if let Some(phone) = &card.phone {
        refs.note_sent("phone", phone.e164());
    }
}

/// Whether the lead or deal is no longer there: it says so itself, or its timeline does.
fn is_absent(made: &Outcomes) -> bool {
    match (made.get(ENTRY), made.get(HISTORY)) {
        (Err(Miss::Said(said)), _) => said.is_not_found(),
        (Err(Miss::Skipped), Err(Miss::Said(said))) => said.code == "OWNER_NOT_FOUND",
        _ => false,
    }
}

fn new_id(result: &Value) -> Result<i64, Failure> {
    find::id_of(&result["item"]["id"]).ok_or_else(|| unclear("the portal gave no id"))
}

fn unclear(why: &str) -> Failure {
    Failure::Unknown { why: why.to_owned() }
}

fn refused(said: &Said) -> Failure {
    Failure::Refused { code: said.code.clone(), why: said.why() }
}
