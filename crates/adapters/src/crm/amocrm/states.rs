//! How the leads of many requests stand with the people who work on them.
//!
//! What a list leaves out was deleted, merged into another lead, or is not for us to see.
//! Source: the sheet's sections 3.2 and 3.3, after amocrm/amocrm-api-php @1354d8a.

use std::collections::BTreeMap;

use nochnik_core::crm::CrmRefs;
use serde_json::Value;

use super::call::Talk;
use super::find::{LOST, WON, id_of};
use super::refs::Refs;
use super::stages::Stages;
use crate::crm::steps::Named;
use crate::failure::Failure;
use crate::ports::{CardReport, CardState};

/// Leads of one page.
const PAGE: usize = 50;

/// States in the order of `all`: a request for every [`PAGE`] cards.
pub async fn states(
    talk: &Talk<'_>,
    all: &[CrmRefs],
    (named, stages): (&Named, &Stages),
) -> Result<Vec<CardReport>, Failure> {
    talk.wait_out_brake()?;
    let mut states = Vec::with_capacity(all.len());
    for page in all.chunks(PAGE) {
        let cards: Vec<Refs> = page.iter().map(Refs::read).collect();
        let ids: Vec<i64> = cards.iter().filter_map(Refs::lead).collect();
        let leads = leads(talk, &ids).await?;
        states.extend(cards.iter().map(|refs| {
            let lead = refs.lead().and_then(|id| leads.get(&id));
            CardReport { state: state(refs, lead), has_come: lead.and_then(|lead| stages.has_come(named, lead)) }
        }));
    }
    Ok(states)
}

async fn leads(talk: &Talk<'_>, ids: &[i64]) -> Result<BTreeMap<i64, Value>, Failure> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let names: Vec<String> = (0..ids.len()).map(|at| format!("filter[id][{at}]")).collect();
    let ids: Vec<String> = ids.iter().map(i64::to_string).collect();
    let query: Vec<(&str, &str)> = names.iter().map(String::as_str).zip(ids.iter().map(String::as_str)).collect();
    let rows = talk.list("leads", &query, "leads").await?;
    Ok(rows.into_iter().filter_map(|row| Some((id_of(&row)?, row))).collect())
}

fn state(refs: &Refs, lead: Option<&Value>) -> CardState {
    if refs.is_gone() {
        return CardState::Gone;
    }
    if refs.lead().is_none() {
        return CardState::Open;
    }
    match lead {
        Some(lead) if lead["is_deleted"] != true => match lead["status_id"].as_i64() {
            Some(WON) => CardState::Won,
            Some(LOST) => CardState::Lost,
            _ => CardState::Open,
        },
        _ => CardState::Gone,
    }
}
