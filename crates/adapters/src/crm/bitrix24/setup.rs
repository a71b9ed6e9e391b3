//! What is asked and made once per process: the portal's mode, our source, our field for tags.
//!
//! Making them needs an administrator's right; without it we go on with the title's prefix alone.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::bitrix24::batch::{Batch, Command, Miss, Outcomes};
use crate::bitrix24::call::{Care, Portal, Said};
use super::find::id_of;
use super::{Errand, Options};
use super::mapping::Shapes;
use super::refs::Entity;
use super::terms::{ORIGINATOR, TAGS_FIELD};
use super::stages::Stages;
use crate::failure::Failure;

/// The owner may switch leads off at any time; the vendor advises to look once a day.
const FRESH: SignedDuration = SignedDuration::from_hours(24);
const MODE_SIMPLE: i64 = 2;

/// The portal as it was found.
#[derive(Clone, Debug)]
pub struct Ground {
    pub read_at: Timestamp,
    /// Leads are switched off: a request is a contact and a deal.
    pub is_simple: bool,
    pub has_source: bool,
    /// Who calls, where tasks are made: they stand as made by somebody.
    pub caller: Option<i64>,
    /// Entities that have our field for tags, as far as we may see.
    pub tagged: BTreeSet<&'static str>,
    pub stages: Stages,
    /// Read where the owner fills fields of his own.
    pub shapes: Shapes,
}

impl Ground {
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        now.duration_since(self.read_at).abs() < FRESH
    }

    /// Asks, then makes what is missing: two requests the first time, one later.
    pub async fn prepare(portal: &Portal, options: &Options, now: Timestamp) -> Result<Self, Failure> {
        let seen = portal.batch(&questions(options), Care::Asks).await?;
        let mode = seen.get("mode").map(Value::as_i64);
        if let Err(Miss::Said(said)) = &mode
            && let Some(failure) = portal.failure_of(said, Care::Asks)
        {
            return Err(failure);
        }
        let mut ground = Self {
            read_at: now,
            is_simple: mode.ok().flatten() == Some(MODE_SIMPLE),
            has_source: has_rows(&seen, "source"),
            caller: seen.get("caller").ok().and_then(|profile| id_of(&profile["ID"])),
            tagged: ENTITIES.iter().map(|entity| entity.name()).filter(|name| has_rows(&seen, name)).collect(),
            stages: Stages::read(&seen),
            shapes: Shapes::read(&seen),
        };
        let wanted = ground.missing();
        if !wanted.is_empty() {
            ground.note_made(&portal.batch(&wanted, Care::Asks).await?);
        }
        Ok(ground)
    }

    fn missing(&self) -> Batch {
        let mut batch = Batch::default();
        if !self.has_source {
            let fields = json!({ "ENTITY_ID": "SOURCE", "STATUS_ID": ORIGINATOR, "NAME": "Ночник", "SORT": 900 });
            batch.add("source", Command::new("crm.status.add", &json!({ "fields": fields })));
        }
        for entity in ENTITIES.iter().filter(|entity| !self.tagged.contains(entity.name())) {
            // The portal puts `UF_CRM_` before the name itself.
            let fields = json!({
                "FIELD_NAME": TAGS_FIELD.trim_start_matches("UF_CRM_"),
                "USER_TYPE_ID": "string",
                "MULTIPLE": "Y",
                "SHOW_FILTER": "Y",
                "LABEL": "Метки Ночника",
            });
            let method = format!("crm.{}.userfield.add", entity.name());
            batch.add(entity.name(), Command::new(&method, &json!({ "fields": fields })));
        }
        batch
    }

    /// A second maker of the same source or field is told ERROR_CORE: it exists.
    fn note_made(&mut self, made: &Outcomes) {
        let is_there = |key: &str| match made.get(key) {
            Ok(_) => true,
            Err(Miss::Said(said)) => is_duplicate(&said),
            Err(Miss::Skipped) => false,
        };
        self.has_source |= is_there("source");
        self.tagged.extend(ENTITIES.iter().map(|entity| entity.name()).filter(|name| is_there(name)));
        if self.tagged.len() < ENTITIES.len() {
            tracing::warn!("Bitrix24 gives no right to make a field for tags; titles alone will carry the mark");
        }
    }
}

const ENTITIES: [Entity; 2] = [Entity::Lead, Entity::Deal];

fn questions(options: &Options) -> Batch {
    let mut batch = Batch::default();
    batch.add("mode", Command::new("crm.settings.mode.get", &json!({})));
    let source = json!({ "filter": { "ENTITY_ID": "SOURCE", "STATUS_ID": ORIGINATOR } });
    batch.add("source", Command::new("crm.status.list", &source));
    for entity in ENTITIES {
        let method = format!("crm.{}.userfield.list", entity.name());
        batch.add(entity.name(), Command::new(&method, &json!({ "filter": { "FIELD_NAME": TAGS_FIELD } })));
    }
    if options.errand == Errand::Task {
        batch.add("caller", Command::new("profile", &json!({})));
    }
    Stages::ask(&mut batch, options.category_id);
    if !options.mapping.is_empty() {
        options.mapping.ask(&mut batch);
    }
    batch
}

fn has_rows(outcomes: &Outcomes, key: &str) -> bool {
    outcomes.get(key).is_ok_and(|rows| rows.as_array().is_some_and(|rows| !rows.is_empty()))
}

fn is_duplicate(said: &Said) -> bool {
    said.code == "ERROR_CORE"
}
