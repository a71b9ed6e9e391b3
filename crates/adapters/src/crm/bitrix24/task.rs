//! A task for the duty manager, tied to the card: by REST 3.0, which makes nothing twice under one key, else the classic
//! way after a look. What the portal refuses becomes a to-do of the card: somebody must be told.
//!
//! Source: b24-rest-docs `api-reference/tasks/tasks-task-add-rest-v3.md`, `tasks-task-add.md`, `tasks-task-list.md`,
//! read 2026-11-22.

use std::sync::atomic::Ordering;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use nochnik_core::crm::Todo;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::card::View;
use super::refs::{Entity, Place, Refs};
use super::terms::moment;
use super::write::{todo_of, todo_title};
use super::{Bitrix24, Errand, wait_until_settled};
use crate::bitrix24::call::{Care, Said};
use crate::failure::Failure;
use crate::ports::Attempt;

/// The key is known, its request was another: the first one, with a card that has moved since or other words, was done.
const DONE_BEFORE: &str = "IDEMPOTENCYKEYREUSEDEXCEPTION";
const HIGH: u8 = 2;

impl Bitrix24 {
    /// Gives the duty manager the task of the card, once.
    pub(super) async fn assign(
        &self,
        view: &View<'_>,
        mut refs: Refs,
        attempt: Attempt,
        is_fresh: bool,
    ) -> Result<Refs, Failure> {
        let wanted = view.card.todo.as_ref().filter(|_| view.options.errand == Errand::Task && !refs.is_gone());
        let (Some(todo), Some(place)) = (wanted.filter(|todo| !refs.has_todo(&todo.marker)), refs.place()) else {
            return Ok(refs);
        };
        if !is_fresh {
            // An earlier try may still be at work, and what it has done is found by its marker.
            wait_until_settled(attempt)?;
        }
        if is_fresh || !self.has_task(todo, place, refs.lead()).await? {
            self.make_task(view, todo, place).await?;
        }
        refs.set_todo(&todo.marker);
        Ok(refs)
    }

    async fn make_task(&self, view: &View<'_>, todo: &Todo, place: Place) -> Result<(), Failure> {
        let made = match self.make_keyed(view, todo, place).await? {
            Some(made) => made,
            None => {
                let body = json!({ "fields": classic_fields(view, todo, place) });
                self.portal.try_call("tasks.task.add", &body, Care::Changes).await?
            }
        };
        match made {
            Ok(_) => Ok(()),
            Err(said) if said.code.ends_with(DONE_BEFORE) => Ok(()),
            Err(said) => self.make_todo(view, todo, place, &said).await,
        }
    }

    /// `None`: only the classic way is open. That is remembered as long as everything else that is known of the portal.
    async fn make_keyed(&self, view: &View<'_>, todo: &Todo, place: Place) -> Result<Option<Result<Value, Said>>, Failure> {
        let Some(caller) = view.ground.caller.filter(|_| !self.has_classic_tasks.load(Ordering::Relaxed)) else {
            return Ok(None);
        };
        let body = json!({ "fields": keyed_fields(view, todo, place, caller) });
        let made = self.portal.call_once("tasks.task.add", &body, &key(view, todo)).await?;
        self.has_classic_tasks.store(made.is_none(), Ordering::Relaxed);
        Ok(made)
    }

    async fn make_todo(&self, view: &View<'_>, todo: &Todo, place: Place, said: &Said) -> Result<(), Failure> {
        tracing::warn!(code = said.code, "Bitrix24 refused a task; it is a to-do of the card");
        let mut parameters = todo_of(todo, place.entity, view);
        parameters["ownerId"] = place.id.into();
        if let Err(said) = self.portal.call("crm.activity.todo.add", &parameters, Care::Changes).await? {
            tracing::warn!(code = said.code, "Bitrix24 refused a to-do");
        }
        Ok(())
    }

    /// Whether an earlier try has made it: at the card, or at the lead that the card was.
    async fn has_task(&self, todo: &Todo, place: Place, lead: Option<Place>) -> Result<bool, Failure> {
        for place in [Some(place), lead.filter(|lead| *lead != place)].into_iter().flatten() {
            let filter = json!({ "UF_CRM_TASK": name_of(place), "TITLE": format!("%{}%", todo.marker) });
            let question = json!({ "filter": filter, "select": ["ID", "TITLE"] });
            // Who may not look may not make one either, and gets a to-do.
            let found = self.portal.try_call("tasks.task.list", &question, Care::Asks).await?.unwrap_or_default();
            let rows = found["tasks"].as_array().into_iter().flatten();
            if rows.filter_map(|row| row["title"].as_str()).any(|title| title.contains(&todo.marker)) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn keyed_fields(view: &View<'_>, todo: &Todo, place: Place, caller: i64) -> Value {
    json!({
        "title": todo_title(todo),
        "description": todo.text,
        "creatorId": caller,
        "responsibleId": view.options.responsible.of_todo(view.card).unwrap_or(caller),
        "deadline": moment(todo.deadline),
        "priority": "high",
        "crmItemIds": [name_of(place)],
    })
}

fn classic_fields(view: &View<'_>, todo: &Todo, place: Place) -> Value {
    json!({
        "TITLE": todo_title(todo),
        "DESCRIPTION": todo.text,
        "RESPONSIBLE_ID": view.options.responsible.of_todo(view.card).or(view.ground.caller),
        "DEADLINE": moment(todo.deadline),
        "PRIORITY": HIGH,
        "UF_CRM_TASK": [name_of(place)],
    })
}

/// The same for every try of one task, whatever has changed around it.
fn key(view: &View<'_>, todo: &Todo) -> String {
    let digest = Sha256::digest(format!("{}#{}", view.card.origin, todo.marker));
    format!("nochnik-{}", URL_SAFE_NO_PAD.encode(digest))
}

/// As tasks name a card.
fn name_of(place: Place) -> String {
    match place.entity {
        Entity::Lead => format!("L_{}", place.id),
        Entity::Deal => format!("D_{}", place.id),
    }
}
