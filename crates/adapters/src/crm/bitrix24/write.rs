//! Makes the portal agree with the card: one chain of commands for a new one, one batch for what
//! has changed since.
//!
//! The names of the commands stand in alphabetical order of their running, so that the order holds
//! whatever kind of map carries them.

use nochnik_core::crm::{Card, Todo};
use serde_json::{Map, Value, json};

use crate::bitrix24::batch::{Batch, Command, Miss, Outcomes};
use crate::bitrix24::call::{Care, Said};
use super::card::{self, View};
use super::find;
use super::look::{self, Standing};
use super::refs::{CLIENT_NAME, COMMENT, Entity, PHONE, Place, Refs};
use super::terms::{CONTACT_TYPE, TAGS_FIELD, moment};
use super::{Bitrix24, Errand};
use crate::failure::Failure;

const CLIENT: &str = "client";
const ENTRY: &str = "entry";
const HISTORY: &str = "history";
const TODO: &str = "todo";
/// Minutes before the deadline at which the portal reminds the responsible.
const PINGS_MIN: [u16; 2] = [0, 15];

/// How much of a card a create carries.
#[derive(Clone, Copy)]
enum Form {
    /// With whom it goes to.
    Whole(Option<i64>),
    /// What no rule of a portal refuses, with the rest in the comments.
    Bare,
}

impl Bitrix24 {
    /// Makes contact (for a deal), lead or deal, comment and to-do in one request. What the
    /// portal's own rules refuse is made again in its barest form.
    pub(super) async fn create(&self, view: &View<'_>, mut refs: Refs) -> Result<Refs, Failure> {
        let entity = self.options.entity(view.ground);
        let responsible = self.options.responsible.choose(&self.portal, view.card, entity).await?;
        if let Some(said) = self.try_create(view, &mut refs, Form::Whole(responsible)).await? {
            tracing::warn!(code = said.code, "Bitrix24 refused a whole card; it is made in its barest form");
            if let Some(said) = self.try_create(view, &mut refs, Form::Bare).await? {
                return Err(Failure::Refused { why: said.why(), code: said.code });
            }
        }
        Ok(refs)
    }

    /// Gives the portal's words when the lead or deal itself was refused.
    async fn try_create(&self, view: &View<'_>, refs: &mut Refs, form: Form) -> Result<Option<Said>, Failure> {
        let batch = Self::creation(view, refs, form);
        let made = self.portal.batch(&batch, Care::Changes).await?;
        self.note_created(refs, view, form, &made)
    }

    fn creation(view: &View<'_>, refs: &Refs, form: Form) -> Batch {
        let card = view.card;
        let entity = view.options.entity(view.ground);
        let (client, fields) = match form {
            Form::Whole(responsible) => {
                (card::contact_fields(view, responsible), card::fields(view, entity, responsible))
            }
            Form::Bare => (card::bare_contact_fields(card), card::bare_fields(card, entity)),
        };
        let mut batch = Batch::chain();
        let mut entry = Command::new("crm.item.add", &item(entity.type_id(), None, fields));
        match refs.contact() {
            Some(contact) => entry = entry.linked("fields[contactIds][0]", &contact.to_string()),
            None if entity == Entity::Deal => {
                batch.add(CLIENT, Command::new("crm.item.add", &item(CONTACT_TYPE, None, client)));
                entry = entry.linked("fields[contactIds][0]", &format!("$result[{CLIENT}][item][id]"));
            }
            None => {}
        }
        batch.add(ENTRY, entry);
        let entry_id = format!("$result[{ENTRY}][item][id]");
        let fields = json!({ "ENTITY_TYPE": entity.name(), "COMMENT": card::comment(card) });
        let comment = Command::new("crm.timeline.comment.add", &json!({ "fields": fields }));
        batch.add(HISTORY, comment.linked("fields[ENTITY_ID]", &entry_id));
        if let Some(todo) = todo_in_card(view) {
            let todo = Command::new("crm.activity.todo.add", &todo_of(todo, entity, view));
            batch.add(TODO, todo.linked("ownerId", &entry_id));
        }
        batch
    }

    /// Writes down what was made. Gives the portal's words when the lead or deal itself was refused.
    fn note_created(
        &self,
        refs: &mut Refs,
        view: &View<'_>,
        form: Form,
        made: &Outcomes,
    ) -> Result<Option<Said>, Failure> {
        let card = view.card;
        let entity = view.options.entity(view.ground);
        if let Ok(client) = made.get(CLIENT) {
            refs.set_contact(new_id(client)?, true);
            refs.note_sent(CLIENT_NAME, &card::contact_name(card));
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
        note_written(refs, view, entity, &entry["item"]);
        note_birth(refs, view, entity, form, &entry["item"]);
        if let Ok(comment) = made.get(HISTORY) {
            refs.set_comment(find::id_of(comment));
            refs.note_sent(COMMENT, &card::comment(card));
        }
        if let (Some(todo), Ok(_)) = (&card.todo, made.get(TODO)) {
            refs.set_todo(&todo.marker);
        }
        self.rest_failure(made).map_or(Ok(None), Err)
    }

    /// Whether nothing is left to send to `place`.
    pub(super) fn is_whole(view: &View<'_>, refs: &Refs, place: Place) -> bool {
        Self::changes(view, refs, place).is_empty()
    }

    /// Sends what differs from what was last sent; nothing differs, nothing is sent. Unless the
    /// answer is [`Standing::Here`], nothing of it counts but a to-do.
    pub(super) async fn update(&self, view: &View<'_>, refs: &mut Refs, place: Place) -> Result<Standing, Failure> {
        let mut made = match self.send_changes(view, refs, place).await? {
            None => return Ok(Standing::Here),
            Some(made) => made,
        };
        let standing = look::standing(made.get(ENTRY), place.entity);
        if standing != Standing::Here {
            // A to-do reaches its person wherever it stands: the deal of the lead does not get it once more.
            if let Some(todo) = view.card.todo.as_ref().filter(|_| made.get(TODO).is_ok()) {
                refs.set_todo(&todo.marker);
            }
            return Ok(standing);
        }
        self.note_changed(refs, view, place, &made)?;
        if refs.comment().is_some() && matches!(made.get(HISTORY), Err(Miss::Said(said)) if said.is_not_found()) {
            // People deleted the comment; the conversation is written anew.
            refs.set_comment(None);
            made = self.send_changes(view, refs, place).await?.unwrap_or_default();
            self.note_changed(refs, view, place, &made)?;
        }
        Ok(Standing::Here)
    }

    /// Asks after the lead or deal itself too, where nothing of it changes: only its own answer
    /// tells whether it is still there.
    async fn send_changes(&self, view: &View<'_>, refs: &Refs, place: Place) -> Result<Option<Outcomes>, Failure> {
        let mut batch = Self::changes(view, refs, place);
        if batch.is_empty() {
            return Ok(None);
        }
        if !batch.has(ENTRY) {
            batch.add(ENTRY, look::item_get(place.entity.type_id(), place.id));
        }
        self.portal.batch(&batch, Care::Changes).await.map(Some)
    }

    fn changes(view: &View<'_>, refs: &Refs, place: Place) -> Batch {
        let card = view.card;
        let mut batch = Batch::default();
        if let Some(contact) = refs.own_contact() {
            let fields = client_changes(card, refs, place.entity);
            if !fields.is_empty() {
                batch.add(CLIENT, Command::new("crm.item.update", &item(CONTACT_TYPE, Some(contact), fields.into())));
            }
        }
        let fields = entry_changes(view, refs, place.entity);
        if !fields.is_empty() {
            let parameters = item(place.entity.type_id(), Some(place.id), fields.into());
            batch.add(ENTRY, Command::new("crm.item.update", &parameters));
        }
        let comment = card::comment(card);
        if !refs.is_sent(COMMENT, &comment) || refs.comment().is_none() {
            batch.add(HISTORY, comment_of(refs, place, &comment));
        }
        if let Some(todo) = todo_in_card(view).filter(|todo| !refs.has_todo(&todo.marker)) {
            let mut parameters = todo_of(todo, place.entity, view);
            parameters["ownerId"] = place.id.into();
            batch.add(TODO, Command::new("crm.activity.todo.add", &parameters));
        }
        batch
    }

    /// Writes down what has been changed. A field the portal refuses is not sent again until it
    /// differs: the conversation beside it says the same.
    fn note_changed(&self, refs: &mut Refs, view: &View<'_>, place: Place, made: &Outcomes) -> Result<(), Failure> {
        let card = view.card;
        self.rest_failure(made).map_or(Ok(()), Err)?;
        if made.get(CLIENT).is_ok() {
            refs.note_sent(CLIENT_NAME, &card::contact_name(card));
            note_phone(refs, card);
        }
        match made.get(ENTRY) {
            Ok(entry) => {
                note_move(refs, view, place.entity, &entry["item"]);
                note_written(refs, view, place.entity, &entry["item"]);
            }
            Err(Miss::Said(said)) => {
                tracing::warn!(code = said.code, "Bitrix24 refused a change of a card");
                note_move(refs, view, place.entity, &Value::Null);
                note_written(refs, view, place.entity, &Value::Null);
            }
            Err(Miss::Skipped) => {}
        }
        if let Ok(result) = made.get(HISTORY) {
            // An update answers true or the id, an addition the id.
            refs.set_comment(refs.comment().or_else(|| find::id_of(result)));
            refs.note_sent(COMMENT, &card::comment(card));
        }
        match (&card.todo, made.get(TODO)) {
            (Some(todo), Ok(_)) => refs.set_todo(&todo.marker),
            (_, Err(Miss::Said(said))) => tracing::warn!(code = said.code, "Bitrix24 refused a to-do"),
            _ => {}
        }
        Ok(())
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
pub(super) fn half_done(failure: Failure) -> Failure {
    match failure {
        Failure::Later { why, .. } => Failure::Unknown { why },
        failure => failure,
    }
}

fn item(type_id: u8, id: Option<i64>, fields: Value) -> Value {
    json!({ "entityTypeId": type_id, "id": id, "useOriginalUfNames": "Y", "fields": fields })
}

/// The to-do that goes with the card; a task goes by itself.
fn todo_in_card<'a>(view: &View<'a>) -> Option<&'a Todo> {
    view.card.todo.as_ref().filter(|_| view.options.errand == Errand::Todo)
}

/// By its marker a repeated create finds it.
pub(super) fn todo_title(todo: &Todo) -> String {
    if todo.title.contains(&todo.marker) { todo.title.clone() } else { format!("{} #{}", todo.title, todo.marker) }
}

pub(super) fn todo_of(todo: &Todo, entity: Entity, view: &View<'_>) -> Value {
    json!({
        "ownerTypeId": entity.type_id(),
        "deadline": moment(todo.deadline),
        "title": todo_title(todo),
        "description": todo.text,
        "responsibleId": view.options.responsible.of_todo(view.card),
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

fn entry_changes(view: &View<'_>, refs: &Refs, entity: Entity) -> Map<String, Value> {
    let card = view.card;
    let mut fields = Map::new();
    let tags = card::all_tags(card, &refs.kept_tags());
    if !refs.is_sent(TAGS_FIELD, &tags.join("\n")) {
        fields.insert(TAGS_FIELD.to_owned(), tags.into());
    }
    if refs.is_foreign() {
        return fields;
    }
    for written in card::written(view, entity) {
        if !refs.is_sent(&written.name, &written.sent()) {
            fields.insert(written.name, written.value);
        }
    }
    if let Some(stage) = view.ground.stages.next(&view.options.stages, card.stage, entity, refs) {
        fields.insert("stageId".to_owned(), stage.into());
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
    if card.name.is_some() && !refs.is_sent(CLIENT_NAME, &name) {
        fields.insert("name".to_owned(), name.into());
    }
    if entity == Entity::Deal {
        fields.extend(new_phone(card, refs));
    }
    fields
}

/// A phone that is not there yet. In an update the list is a map, and `n0` means a new row.
fn new_phone(card: &Card, refs: &Refs) -> Option<(String, Value)> {
    let phone = card.phone.as_ref().filter(|phone| !refs.is_sent(PHONE, phone.e164()))?;
    Some(("fm".to_owned(), json!({ "n0": card::phone_row(phone.e164()) })))
}

/// The portal ignores a field it does not know without a word: only its echo proves the tags.
fn note_written(refs: &mut Refs, view: &View<'_>, entity: Entity, echo: &Value) {
    let card = view.card;
    let tags = card::all_tags(card, &refs.kept_tags());
    refs.note_sent(TAGS_FIELD, &tags.join("\n"));
    if echo.is_object() && echo.get(TAGS_FIELD).is_none() {
        tracing::debug!("Bitrix24 has no field for tags");
    }
    if refs.is_foreign() {
        return;
    }
    for written in card::written(view, entity) {
        refs.note_sent(&written.name, &written.sent());
    }
    if entity == Entity::Lead {
        note_phone(refs, card);
    }
}

/// Where a new card stands; a bare one was asked for no stage.
fn note_birth(refs: &mut Refs, view: &View<'_>, entity: Entity, form: Form, echo: &Value) {
    if let Some(stage) = echo["stageId"].as_str() {
        refs.note_stage_put(stage);
    }
    let asked = view.ground.stages.at_birth(&view.options.stages, view.card.stage, entity);
    if let (Form::Whole(_), Some(asked)) = (form, asked) {
        refs.note_stage_asked(asked);
    }
}

/// A stage the portal refuses is not asked for again: people move the card there.
fn note_move(refs: &mut Refs, view: &View<'_>, entity: Entity, echo: &Value) {
    let next = view.ground.stages.next(&view.options.stages, view.card.stage, entity, refs);
    let Some(asked) = next.map(str::to_owned) else { return };
    refs.note_stage_asked(&asked);
    if echo["stageId"] == asked.as_str() {
        refs.note_stage_put(&asked);
    }
}

fn note_phone(refs: &mut Refs, card: &Card) {
    if let Some(phone) = &card.phone {
        refs.note_sent(PHONE, phone.e164());
    }
}

fn new_id(result: &Value) -> Result<i64, Failure> {
    find::id_of(&result["item"]["id"]).ok_or_else(|| unclear("the portal gave no id"))
}

fn unclear(why: &str) -> Failure {
    Failure::Unknown { why: why.to_owned() }
}
