//! Stages of the portal that the owner has named for the steps of a request, and when a card is moved.
//!
//! People work with the same stages: a card is moved only from where it began or where we put it last,
//! never out of «won» but for a visit that did not take place after all, and a lead never into «won»,
//! which only its conversion gives. Source: b24-rest-docs `crm-status-list.md`, read 2026-11-22.

use nochnik_core::crm::Stage;
use serde_json::{Value, json};

use super::refs::{Entity, Refs};
use super::terms::WON;
use crate::bitrix24::batch::{Batch, Command, Outcomes};
use crate::crm::steps::Named;

/// One stage of the portal.
#[derive(Clone, Debug)]
pub struct Known {
    code: String,
    name: String,
    sort: i64,
    semantic: String,
}

/// The stages of leads and of the funnel our deals go into, each list in the portal's order.
#[derive(Clone, Debug, Default)]
pub struct Stages {
    leads: Vec<Known>,
    deals: Vec<Known>,
}

impl Stages {
    /// The questions [`Self::read`] takes its answers from.
    pub fn ask(batch: &mut Batch, category: Option<i64>) {
        let deals = match category {
            None | Some(0) => "DEAL_STAGE".to_owned(),
            Some(category) => format!("DEAL_STAGE_{category}"),
        };
        for (key, entity) in [("stages_lead", "STATUS"), ("stages_deal", deals.as_str())] {
            batch.add(key, Command::new("crm.status.list", &json!({ "filter": { "ENTITY_ID": entity } })));
        }
    }

    pub fn read(seen: &Outcomes) -> Self {
        let rows = |key: &str| {
            let rows = seen.get(key).ok().and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
            let mut known: Vec<Known> = rows.iter().filter_map(known).collect();
            known.sort_by_key(|stage| stage.sort);
            known
        };
        Self { leads: rows("stages_lead"), deals: rows("stages_deal") }
    }

    fn of(&self, entity: Entity) -> &[Known] {
        match entity {
            Entity::Lead => &self.leads,
            Entity::Deal => &self.deals,
        }
    }

    /// The stage the owner has named for a step, if the portal has it and we may put a card there.
    fn wanted(&self, named: &Named, step: Stage, entity: Entity) -> Option<&Known> {
        let stage = self.find(named.text(step)?, entity)?;
        (entity == Entity::Deal || stage.semantic != WON).then_some(stage)
    }

    fn find(&self, text: &str, entity: Entity) -> Option<&Known> {
        let text = text.to_lowercase();
        self.of(entity).iter().find(|stage| [&stage.code, &stage.name].into_iter().any(|of| of.to_lowercase() == text))
    }

    fn is_won(&self, code: &str, entity: Entity) -> bool {
        self.of(entity).iter().any(|stage| stage.code == code && stage.semantic == WON)
    }

    /// The stage of a card that is about to be made; none is the portal's own first one.
    pub fn at_birth(&self, named: &Named, step: Stage, entity: Entity) -> Option<&str> {
        self.wanted(named, step, entity).map(|stage| stage.code.as_str())
    }

    /// The stage this step asks for, unless it was asked for already: then the card must be looked at.
    pub fn due(&self, named: &Named, step: Stage, entity: Entity, refs: &Refs) -> Option<&str> {
        if refs.is_foreign() {
            return None;
        }
        self.at_birth(named, step, entity).filter(|code| !refs.is_stage_asked(code))
    }

    /// Where to move a card that was looked at; nowhere if people have moved it.
    pub fn next(&self, named: &Named, step: Stage, entity: Entity, refs: &Refs) -> Option<&str> {
        let wanted = self.due(named, step, entity, refs)?;
        let now = refs.stage_seen()?;
        let first = self.of(entity).first().map(|stage| stage.code.as_str());
        let is_ours = refs.stage_put().or(first) == Some(now);
        let is_final = self.is_won(now, entity) && step != Stage::NoShow;
        (is_ours && !is_final && now != wanted).then_some(wanted)
    }

    /// Whether the client came, if this stage was named for it and for nothing else.
    pub fn has_come(&self, named: &Named, code: &str, entity: Entity) -> Option<bool> {
        named.has_come(|text| self.find(text, entity).is_some_and(|stage| stage.code == code))
    }

    /// Sentences for the owner: what is moved where, what is named and not there.
    pub fn told(&self, named: &Named, entity: Entity) -> Vec<String> {
        let names = || self.of(entity).iter().map(|stage| format!("«{}»", stage.name)).collect::<Vec<_>>().join(", ");
        if named.is_empty() {
            return vec![format!(
                "Стадии карточек Ночник не двигает: поле stages пусто. Стадии на портале: {}.",
                names()
            )];
        }
        let told = |(step, title, text)| self.told_step(named, entity, step, title, text, &names());
        named.all().map(told).collect()
    }

    fn told_step(&self, named: &Named, entity: Entity, step: Stage, title: &str, text: &str, all: &str) -> String {
        match (self.wanted(named, step, entity), self.find(text, entity)) {
            (Some(stage), _) => format!("«{title}»: карточка перейдёт в стадию «{}».", stage.name),
            (None, Some(stage)) => {
                format!("«{title}»: в стадию «{}» лид переводят только люди, Ночник его не двинет.", stage.name)
            }
            (None, None) => format!("«{title}»: стадии «{text}» на портале нет. Есть: {all}."),
        }
    }
}

fn known(row: &Value) -> Option<Known> {
    let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let code = text("STATUS_ID");
    let semantic = row["SEMANTICS"].as_str().or_else(|| row["EXTRA"]["SEMANTICS"].as_str()).unwrap_or_default();
    let sort = row["SORT"].as_i64().or_else(|| row["SORT"].as_str()?.parse().ok()).unwrap_or(i64::MAX);
    // UNCONFIRMED whether a portal says the letter or the word: both are read.
    let semantic = if semantic == "success" { WON } else { semantic }.to_owned();
    (!code.is_empty()).then(|| Known { code, name: text("NAME"), sort, semantic })
}
