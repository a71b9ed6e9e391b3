//! How the cards of many requests stand with the people who work on them.
//!
//! A lead that became a deal is judged by the deal. What a list leaves out was deleted, or is not for us to see.
//! Source: b24-rest-docs `crm-item-list.md`, read 2026-11-22.

use std::collections::BTreeMap;

use nochnik_core::crm::CrmRefs;
use serde_json::{Value, json};

use super::find::{ask, id_of, items, list};
use super::refs::{Entity, Place, Refs};
use super::stages::Stages;
use super::terms::{LOST, WON};
use crate::bitrix24::batch::Batch;
use crate::bitrix24::call::Portal;
use crate::crm::steps::Named;
use crate::failure::Failure;
use crate::ports::{CardReport, CardState};

/// Rows of one page; a batch holds as many commands.
const PAGE: usize = 50;

/// States in the order of `all`: a request of its own for every [`PAGE`] cards.
pub async fn states(
    portal: &Portal,
    all: &[CrmRefs],
    (named, stages): (&Named, &Stages),
) -> Result<Vec<CardReport>, Failure> {
    let mut states = Vec::with_capacity(all.len());
    for page in all.chunks(PAGE) {
        let cards: Vec<Refs> = page.iter().map(Refs::read).collect();
        let seen = Seen::ask(portal, &cards).await?;
        states.extend(cards.iter().map(|refs| seen.report(refs, named, stages)));
    }
    Ok(states)
}

/// Where a card stands: the code of its stage, and «in work», «won» or «lost».
struct Standing {
    stage: String,
    semantic: String,
}

/// Cards by id.
struct Seen {
    leads: BTreeMap<i64, Standing>,
    deals: BTreeMap<i64, Standing>,
    /// By the lead the deal was made of.
    deals_of_leads: BTreeMap<i64, Standing>,
}

impl Seen {
    async fn ask(portal: &Portal, cards: &[Refs]) -> Result<Self, Failure> {
        let ids = |entity: Entity| -> Vec<i64> {
            let places = cards.iter().filter_map(Refs::place).filter(|place| place.entity == entity);
            places.map(|place| place.id).collect()
        };
        let (leads, deals) = (ids(Entity::Lead), ids(Entity::Deal));
        let mut batch = Batch::default();
        if !leads.is_empty() {
            let lead = Entity::Lead.type_id();
            batch.add("leads", list(lead, json!(["id", "stageId", "stageSemanticId"]), json!({ "@id": leads })));
            let select = json!(["id", "leadId", "stageId", "stageSemanticId"]);
            batch.add("made", list(Entity::Deal.type_id(), select, json!({ "@leadId": leads })));
        }
        if !deals.is_empty() {
            let deal = Entity::Deal.type_id();
            batch.add("deals", list(deal, json!(["id", "stageId", "stageSemanticId"]), json!({ "@id": deals })));
        }
        if leads.is_empty() && deals.is_empty() {
            return Ok(Self { leads: BTreeMap::new(), deals: BTreeMap::new(), deals_of_leads: BTreeMap::new() });
        }
        let seen = ask(portal, &batch).await?;
        let by = |key: &str, name: &str| items(&seen, key).iter().filter_map(|row| standing(row, name)).collect();
        Ok(Self { leads: by("leads", "id"), deals: by("deals", "id"), deals_of_leads: by("made", "leadId") })
    }

    fn report(&self, refs: &Refs, named: &Named, stages: &Stages) -> CardReport {
        if refs.is_gone() {
            return CardState::Gone.into();
        }
        let Some(Place { entity, id }) = refs.place() else { return CardState::Open.into() };
        let (own, made) = match entity {
            Entity::Lead => (self.leads.get(&id), self.deals_of_leads.get(&id)),
            Entity::Deal => (self.deals.get(&id), None),
        };
        let standing = made.or(own);
        let state = match (standing.map(|standing| standing.semantic.as_str()), entity) {
            (None, _) => CardState::Gone,
            (Some(LOST), _) => CardState::Lost,
            // A lead is won by becoming something else, which may be no deal.
            (Some(WON), Entity::Lead) if made.is_none() => CardState::Open,
            (Some(WON), _) => CardState::Won,
            (Some(_), _) => CardState::Open,
        };
        let of = if made.is_some() { Entity::Deal } else { entity };
        let has_come = standing.and_then(|standing| stages.has_come(named, &standing.stage, of));
        CardReport { state, has_come }
    }
}

fn standing(row: &Value, name: &str) -> Option<(i64, Standing)> {
    // An id may come as a number or as a text; a portal that tells no semantics says «in work».
    let id = id_of(&row[name])?;
    let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
    Some((id, Standing { stage: text("stageId"), semantic: text("stageSemanticId") }))
}
