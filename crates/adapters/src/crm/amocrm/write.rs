//! Makes the account agree with the card: one request makes lead and contact, then only what differs from what was last
//! written is sent.

use nochnik_core::crm::{Card, Todo};
use serde_json::{Map, Value, json};

use super::call::{Refusal, Talk};
use super::card::{self, NAME, Written};
use super::find;
use super::refs::{CLIENT_NAME, NOTE, PHONE, Refs, TASK};
use super::stages::Spot;
use super::{AmoCrm, Ground, Options, Standing};
use crate::failure::Failure;

/// «Связаться»: stands in every account.
const FOLLOW_UP: i64 = 1;
const RESULT: &str = "Закрыто в Ночнике";

/// How much of a card a request carries.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Whole,
    /// What no account refuses; the note says the rest.
    Bare,
}

impl AmoCrm {
    /// Makes the lead, with its contact where the client is new. What the account refuses is made again in its barest
    /// form. Gives the ground that this put may go on with.
    pub(super) async fn create(
        &self,
        talk: &Talk<'_>,
        card: &Card,
        refs: &mut Refs,
        ground: Ground,
    ) -> Result<Ground, Failure> {
        let Err(refusal) = self.try_create(talk, card, refs, &ground, Form::Whole).await? else { return Ok(ground) };
        tracing::warn!(code = refusal.code, "amoCRM refused a whole card; it is made in its barest form");
        self.forget_ground().await;
        let none = Ground { fields: ground.fields.none(), ..ground };
        let made = self.try_create(talk, card, refs, &none, Form::Bare).await?;
        made.map(|()| none).map_err(Refusal::into_failure)
    }

    async fn try_create(
        &self,
        talk: &Talk<'_>,
        card: &Card,
        refs: &mut Refs,
        ground: &Ground,
        form: Form,
    ) -> Result<Result<(), Refusal>, Failure> {
        let spot = self.spot_at_birth(card, ground).filter(|_| form == Form::Whole);
        let written: Vec<Written> =
            card::written(card, &ground.fields).into_iter().filter(|item| !item.value.is_null()).collect();
        let mut lead = lead_body(card, &written, &self.options, spot, form);
        let known = refs.contact();
        let (path, contact) = match known {
            // Whether the call that makes both takes a known contact is not documented.
            Some(contact) => ("leads", json!({ "id": contact, "is_main": true })),
            None => ("leads/complex", card::contact(card, self.options.responsible_id.filter(|_| form == Form::Whole))),
        };
        lead["_embedded"]["contacts"] = json!([contact]);
        let said = match talk.add(path, &json!([lead])).await? {
            Ok(said) => said,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let made = if known.is_some() { &said["_embedded"]["leads"][0] } else { &said[0] };
        let lead = find::id_of(made).ok_or_else(|| unclear("the account gave no id of a new lead"))?;
        refs.set_lead(lead);
        if made["merged"] == true {
            // What a merge keeps is not documented: nothing counts as written, and the tags are added once more.
            refs.set_foreign(&[]);
        } else {
            note_written(refs, &written);
            refs.set_tags(&card::tags(card));
            if let Some(spot) = spot {
                refs.note_stage_put(spot.stage);
                refs.note_stage_asked(spot.stage);
            }
        }
        if let (None, Some(contact)) = (known, made["contact_id"].as_i64()) {
            refs.set_contact(contact, made["merged"] != true);
            note_client(refs, card);
        }
        Ok(Ok(()))
    }

    /// Where a new lead of ours stands, if the owner has named a stage for its step.
    fn spot_at_birth(&self, card: &Card, ground: &Ground) -> Option<Spot> {
        ground.stages.wanted(&self.options.stages, card.stage)
    }

    /// Where a lead that was looked at is to be moved.
    fn move_of(&self, card: &Card, refs: &Refs, ground: &Ground) -> Option<Spot> {
        ground.stages.next(&self.options.stages, card.stage, refs, self.options.status_id)
    }

    /// Whether nothing is left to send.
    pub(super) fn is_whole(&self, card: &Card, refs: &Refs, ground: &Ground) -> bool {
        lead_changes(card, refs, &changed(card, refs, ground, Form::Whole)).is_empty()
            && self.move_of(card, refs, ground).is_none()
            && refs.own_contact().is_none_or(|_| !has_client_changes(card, refs))
            && is_note_whole(card, refs)
            && is_task_whole(card, refs)
    }

    /// Sends what differs from what was last sent; nothing differs, nothing is sent. Unless the answer is
    /// [`Standing::Here`], the lead is gone.
    pub(super) async fn update(
        &self,
        talk: &Talk<'_>,
        card: &Card,
        refs: &mut Refs,
        ground: &Ground,
    ) -> Result<Standing, Failure> {
        let Some(lead) = refs.lead() else { return Ok(Standing::Absent) };
        if self.update_lead(talk, lead, card, refs, ground).await? == Standing::Absent {
            return Ok(Standing::Absent);
        }
        if let Some(contact) = refs.own_contact().filter(|_| has_client_changes(card, refs)) {
            update_client(talk, contact, card, refs).await?;
        }
        if !is_note_whole(card, refs) && put_note(talk, lead, card, refs).await? == Standing::Absent {
            return Ok(Standing::Absent);
        }
        if is_task_whole(card, refs) {
            return Ok(Standing::Here);
        }
        self.put_task(talk, lead, card, refs).await
    }

    /// A value the account refuses is not sent again until it differs: the note says the same.
    async fn update_lead(
        &self,
        talk: &Talk<'_>,
        lead: i64,
        card: &Card,
        refs: &mut Refs,
        ground: &Ground,
    ) -> Result<Standing, Failure> {
        let written = changed(card, refs, ground, Form::Whole);
        let moved = self.move_of(card, refs, ground);
        for form in [Form::Whole, Form::Bare] {
            let mut body = lead_changes(card, refs, &changed(card, refs, ground, form));
            // A stage the account refuses is not asked for again: people move the lead there.
            let moved = moved.filter(|_| form == Form::Whole);
            if let Some(spot) = moved {
                spot.write(&mut body);
            }
            if body.is_empty() {
                break;
            }
            match talk.change(&format!("leads/{lead}"), &Value::Object(body)).await? {
                Ok(_) => {
                    moved.into_iter().for_each(|spot| refs.note_stage_put(spot.stage));
                    break;
                }
                Err(refusal) if refusal.is_not_found() => return Ok(Standing::Absent),
                Err(refusal) => {
                    tracing::warn!(code = refusal.code, "amoCRM refused a change of a lead");
                    self.forget_ground().await;
                }
            }
        }
        moved.into_iter().for_each(|spot| refs.note_stage_asked(spot.stage));
        note_written(refs, &written);
        refs.set_tags(&own_tags(card, refs));
        Ok(Standing::Here)
    }

    async fn put_task(&self, talk: &Talk<'_>, lead: i64, card: &Card, refs: &mut Refs) -> Result<Standing, Failure> {
        if let Some(task) = refs.task().filter(|_| card.todo.as_ref().is_none_or(|todo| !refs.has_todo(&todo.marker))) {
            let done = json!({ "is_completed": true, "result": { "text": RESULT } });
            warn_of_refusal(talk.change(&format!("tasks/{task}"), &done).await?);
            refs.forget_task();
        }
        let Some(todo) = card.todo.as_ref() else { return Ok(Standing::Here) };
        if !refs.has_todo(&todo.marker) {
            return self.add_task(talk, lead, todo, refs).await;
        }
        if let Some(task) = refs.task() {
            let words = json!({ "text": card::task_text(todo), "complete_till": todo.deadline.as_second() });
            warn_of_refusal(talk.change(&format!("tasks/{task}"), &words).await?);
        }
        refs.note_sent(TASK, &task_words(todo));
        Ok(Standing::Here)
    }

    async fn add_task(&self, talk: &Talk<'_>, lead: i64, todo: &Todo, refs: &mut Refs) -> Result<Standing, Failure> {
        let mut task = json!({
            "text": card::task_text(todo),
            "complete_till": todo.deadline.as_second(),
            "entity_type": "leads",
            "entity_id": lead,
            "task_type_id": FOLLOW_UP,
            "request_id": todo.marker,
        });
        if let Some(id) = self.options.responsible_id {
            task["responsible_user_id"] = id.into();
        }
        let id = match talk.add("tasks", &json!([task])).await? {
            Ok(said) => Some(new_id(&said, "tasks")?),
            Err(refusal) => {
                tracing::warn!(code = refusal.code, "amoCRM refused a task");
                if talk.one(&format!("leads/{lead}"), &[]).await?.is_none() {
                    return Ok(Standing::Absent);
                }
                None
            }
        };
        refs.set_todo(&todo.marker, id);
        refs.note_sent(TASK, &task_words(todo));
        Ok(Standing::Here)
    }
}

fn lead_body(card: &Card, written: &[Written], options: &Options, spot: Option<Spot>, form: Form) -> Value {
    let mut body = card::body_of(written);
    body.insert("request_id".to_owned(), card::mark(card).into());
    body.insert("_embedded".to_owned(), json!({ "tags": card::named(&card::tags(card)) }));
    let chosen = [
        ("pipeline_id", options.pipeline_id),
        ("status_id", options.status_id),
        ("responsible_user_id", options.responsible_id),
    ];
    for (name, id) in chosen.into_iter().filter(|_| form == Form::Whole) {
        if let Some(id) = id {
            body.insert(name.to_owned(), id.into());
        }
    }
    if let Some(spot) = spot {
        spot.write(&mut body);
    }
    body.into()
}

/// What stands otherwise on our own lead; a value goes away only where we have put one.
fn changed(card: &Card, refs: &Refs, ground: &Ground, form: Form) -> Vec<Written> {
    if refs.is_foreign() {
        return Vec::new();
    }
    let is_changed = |item: &Written| {
        !refs.is_sent(item.name, &item.text()) && (!item.value.is_null() || refs.was_sent(item.name))
    };
    let in_form = |item: &Written| form == Form::Whole || item.name == NAME;
    card::written(card, &ground.fields).into_iter().filter(|item| is_changed(item) && in_form(item)).collect()
}

/// The body of a change: `written` and the tags. Tags are never replaced: others' stay.
fn lead_changes(card: &Card, refs: &Refs, written: &[Written]) -> Map<String, Value> {
    let mut body = card::body_of(written);
    let (wanted, sent) = (own_tags(card, refs), refs.tags());
    let missing = |these: &[String], there: &[String]| -> Vec<String> {
        these.iter().filter(|tag| !there.contains(tag)).cloned().collect()
    };
    for (name, tags) in [("tags_to_add", missing(&wanted, &sent)), ("tags_to_delete", missing(&sent, &wanted))] {
        if !tags.is_empty() {
            body.insert(name.to_owned(), card::named(&tags));
        }
    }
    body
}

/// Ours, without those that stood there before us.
fn own_tags(card: &Card, refs: &Refs) -> Vec<String> {
    let kept = refs.kept_tags();
    card::tags(card).into_iter().filter(|tag| !kept.contains(tag)).collect()
}

fn note_written(refs: &mut Refs, written: &[Written]) {
    for item in written {
        refs.note_sent(item.name, &item.text());
    }
}

/// Our own contact learns the client's name and phone when they become known.
fn has_client_changes(card: &Card, refs: &Refs) -> bool {
    is_name_new(card, refs) || is_phone_new(card, refs)
}

fn is_name_new(card: &Card, refs: &Refs) -> bool {
    card.name.is_some() && !refs.is_sent(CLIENT_NAME, &card::contact_name(card))
}

fn is_phone_new(card: &Card, refs: &Refs) -> bool {
    card.phone.as_ref().is_some_and(|phone| !refs.is_sent(PHONE, phone.e164()))
}

/// Setting phones replaces all of them: those that stand there are sent along.
async fn update_client(talk: &Talk<'_>, contact: i64, card: &Card, refs: &mut Refs) -> Result<(), Failure> {
    let path = format!("contacts/{contact}");
    let mut body = Map::new();
    if is_name_new(card, refs) {
        body.insert("first_name".to_owned(), card::contact_name(card).into());
    }
    if let Some(phone) = card.phone.as_ref().filter(|_| is_phone_new(card, refs)) {
        let standing = talk.one(&path, &[]).await?.unwrap_or_default();
        if !find::has_phone(&standing, phone) {
            let mut values = card::values_of(&standing, "PHONE").to_vec();
            values.push(card::phone_value(phone.e164()));
            body.insert("custom_fields_values".to_owned(), card::phones(values));
        }
    }
    if !body.is_empty() {
        warn_of_refusal(talk.change(&path, &Value::Object(body)).await?);
    }
    note_client(refs, card);
    Ok(())
}

pub(super) fn note_client(refs: &mut Refs, card: &Card) {
    refs.note_sent(CLIENT_NAME, &card::contact_name(card));
    if let Some(phone) = &card.phone {
        refs.note_sent(PHONE, phone.e164());
    }
}

fn is_note_whole(card: &Card, refs: &Refs) -> bool {
    refs.note().is_some() && refs.is_sent(NOTE, &card::note(card, refs.twins()))
}

/// One note for the whole conversation, changed as it goes on. One that people deleted is written anew.
async fn put_note(talk: &Talk<'_>, lead: i64, card: &Card, refs: &mut Refs) -> Result<Standing, Failure> {
    let text = card::note(card, refs.twins());
    let note = json!({ "note_type": "common", "params": { "text": text } });
    if let Some(id) = refs.note() {
        match talk.change(&format!("leads/{lead}/notes/{id}"), &note).await? {
            Err(refusal) if refusal.is_not_found() => refs.set_note(None),
            said => warn_of_refusal(said),
        }
    }
    if refs.note().is_none() {
        match talk.add(&format!("leads/{lead}/notes"), &json!([note])).await? {
            Ok(said) => refs.set_note(Some(new_id(&said, "notes")?)),
            Err(refusal) if refusal.is_not_found() => return Ok(Standing::Absent),
            Err(refusal) => return Err(refusal.into_failure()),
        }
    }
    refs.note_sent(NOTE, &text);
    Ok(Standing::Here)
}

fn is_task_whole(card: &Card, refs: &Refs) -> bool {
    match &card.todo {
        None => refs.task().is_none(),
        Some(todo) => refs.has_todo(&todo.marker) && refs.is_sent(TASK, &task_words(todo)),
    }
}

/// By which a task is compared with what was sent before.
pub(super) fn task_words(todo: &Todo) -> String {
    format!("{} {}", todo.deadline.as_second(), card::task_text(todo))
}

/// What people deleted or forbade is let be.
fn warn_of_refusal(said: Result<Value, Refusal>) {
    if let Err(refusal) = said {
        tracing::warn!(code = refusal.code, "amoCRM refused a change");
    }
}

fn new_id(said: &Value, kind: &str) -> Result<i64, Failure> {
    find::id_of(&said["_embedded"][kind][0]).ok_or_else(|| unclear("the account gave no id"))
}

fn unclear(why: &str) -> Failure {
    Failure::Unknown { why: why.to_owned() }
}
