//! What an earlier try has written into the card's own lead, so that it is not written twice.

use nochnik_core::crm::{Card, Todo};
use serde_json::Value;

use super::{Ground, Options, Standing};
use super::call::Talk;
use super::card::{self, NAME, Written};
use super::fields::Fields;
use super::find::{has_phone, id_of, tags_of};
use super::refs::{self, Refs};
use super::write;
use crate::failure::Failure;

/// What a look is compared with.
#[derive(Clone, Copy)]
pub struct Sight<'a> {
    pub options: &'a Options,
    pub ground: &'a Ground,
}

/// Notes in `refs` whatever stands there as the card wants it: up to four requests.
pub async fn look(talk: &Talk<'_>, card: &Card, refs: &mut Refs, sight: Sight<'_>) -> Result<Standing, Failure> {
    let Some((id, lead)) = lead(talk, refs).await? else { return Ok(Standing::Absent) };
    note_lead(&lead, card, refs, &sight.ground.fields);
    note_stage(&lead, card, refs, sight);
    let notes = talk.list(&format!("leads/{id}/notes"), &[], "notes").await?;
    note_note(&notes, card, refs);
    if let Some(todo) = &card.todo {
        let of_lead = id.to_string();
        let tasks = talk.list("tasks", &[("filter[entity_id][0]", of_lead.as_str())], "tasks").await?;
        note_task(&tasks, todo, refs);
    }
    if let Some(contact) = refs.own_contact()
        && let Some(contact) = talk.one(&format!("contacts/{contact}"), &[]).await?
    {
        note_contact(&contact, card, refs);
    }
    Ok(Standing::Here)
}

/// Notes where the lead stands, and nothing else of it: one request.
pub async fn look_at_stage(
    talk: &Talk<'_>,
    card: &Card,
    refs: &mut Refs,
    sight: Sight<'_>,
) -> Result<Standing, Failure> {
    let Some((_, lead)) = lead(talk, refs).await? else { return Ok(Standing::Absent) };
    note_stage(&lead, card, refs, sight);
    Ok(Standing::Here)
}

async fn lead(talk: &Talk<'_>, refs: &Refs) -> Result<Option<(i64, Value)>, Failure> {
    let Some(id) = refs.lead() else { return Ok(None) };
    let lead = talk.one(&format!("leads/{id}"), &[]).await?.filter(|lead| lead["is_deleted"] != true);
    Ok(lead.map(|lead| (id, lead)))
}

/// What stands where this step wants it was put there by an earlier try; what people have moved stays with them.
fn note_stage(lead: &Value, card: &Card, refs: &mut Refs, Sight { options, ground }: Sight<'_>) {
    let (stages, named) = (&ground.stages, &options.stages);
    refs.note_stage_seen(stages.seen(lead));
    let Some(due) = stages.due(named, card.stage, refs) else { return };
    if refs.stage_seen() == Some(due.stage) {
        refs.note_stage_put(due.stage);
    }
    if stages.next(named, card.stage, refs, options.status_id).is_none() {
        refs.note_stage_asked(due.stage);
    }
}

fn note_lead(lead: &Value, card: &Card, refs: &mut Refs, fields: &Fields) {
    let (kept, there) = (refs.kept_tags(), tags_of(lead));
    let ours: Vec<String> =
        card::tags(card).into_iter().filter(|tag| there.contains(tag) && !kept.contains(tag)).collect();
    let gone: Vec<String> = refs.tags().into_iter().filter(|tag| there.contains(tag) && !ours.contains(tag)).collect();
    refs.set_tags(&[ours, gone].concat());
    for written in card::written(card, fields).iter().filter(|written| stands(lead, written)) {
        refs.note_sent(written.name, &written.text());
    }
}

fn stands(lead: &Value, written: &Written) -> bool {
    match written.name {
        NAME => lead[NAME] == written.value,
        code => card::value_of(lead, code) == Some(&written.value),
    }
}

/// Our note bears the card's mark. One that people deleted is forgotten, so that it is written anew.
fn note_note(notes: &[Value], card: &Card, refs: &mut Refs) {
    let mark = format!("#{}", card::mark(card));
    let text_of = |note: &Value| note["params"]["text"].as_str().unwrap_or_default().to_owned();
    let found = notes.iter().find(|note| text_of(note).contains(&mark));
    refs.set_note(found.and_then(id_of));
    let wanted = card::note(card, refs.twins());
    if found.is_some_and(|note| text_of(note) == wanted) {
        refs.note_sent(refs::NOTE, &wanted);
    }
}

/// The filter goes by number alone: tasks of a contact of the same number come along.
fn note_task(tasks: &[Value], todo: &Todo, refs: &mut Refs) {
    let is_ours = |task: &&Value| {
        task["entity_type"] == "leads" && task["text"].as_str().is_some_and(|text| text.contains(&todo.marker))
    };
    let Some(task) = tasks.iter().find(is_ours) else { return };
    refs.set_todo(&todo.marker, id_of(task).filter(|_| task["is_completed"] != true));
    if task["text"] == card::task_text(todo).as_str() && task["complete_till"] == todo.deadline.as_second() {
        refs.note_sent(refs::TASK, &write::task_words(todo));
    }
}

fn note_contact(contact: &Value, card: &Card, refs: &mut Refs) {
    let name = card::contact_name(card);
    if [&contact["first_name"], &contact["name"]].into_iter().any(|known| *known == name.as_str()) {
        refs.note_sent(refs::CLIENT_NAME, &name);
    }
    if let Some(phone) = card.phone.as_ref().filter(|phone| has_phone(contact, phone)) {
        refs.note_sent(refs::PHONE, phone.e164());
    }
}
