//! Stages of the pipeline that the owner has named for the steps of a request, and when a lead is moved.
//!
//! People work with the same stages: a lead is moved only from where it began or where we put it last, within its pipeline,
//! and never out of «won» but for a visit that did not take place after all. «Won» and «lost» are of every pipeline,
//! so a stage always goes with its own. Source: the sheet's sections 3.1 and 3.7, after amocrm/amocrm-api-php @1354d8a.

use jiff::{SignedDuration, Timestamp};
use nochnik_core::crm::Stage;
use serde_json::{Map, Value};

use super::call::Talk;
use super::check::UNSORTED;
use super::find::{WON, id_of};
use super::refs::Refs;
use crate::crm::steps::Named;
use crate::failure::Failure;

/// People rename stages at any time.
const FRESH: SignedDuration = SignedDuration::from_hours(24);

/// One stage of the pipeline.
#[derive(Clone, Debug)]
struct Known {
    id: i64,
    name: String,
    is_unsorted: bool,
}

/// The pipeline our leads go into, its stages in its order. Empty: nothing is known, and nothing is moved.
#[derive(Clone, Debug, Default)]
pub struct Stages {
    pipeline: i64,
    all: Vec<Known>,
    read_at: Option<Timestamp>,
}

/// Where a lead is to stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spot {
    pub stage: i64,
    pub pipeline: i64,
}

impl Spot {
    pub fn write(self, body: &mut Map<String, Value>) {
        body.insert("status_id".to_owned(), self.stage.into());
        body.insert("pipeline_id".to_owned(), self.pipeline.into());
    }
}

impl Stages {
    pub async fn ask(talk: &Talk<'_>, pipeline: Option<i64>, now: Timestamp) -> Result<Self, Failure> {
        let seen = talk.one("leads/pipelines", &[]).await?.unwrap_or_default();
        Ok(Self { read_at: Some(now), ..Self::read(&seen, pipeline) })
    }

    /// The pipeline of this number, or the main one.
    pub fn read(seen: &Value, pipeline: Option<i64>) -> Self {
        let all = seen["_embedded"]["pipelines"].as_array().map_or(&[][..], Vec::as_slice);
        let is_it = |row: &&Value| match pipeline {
            Some(id) => id_of(row) == Some(id),
            None => row["is_main"] == true,
        };
        let Some((id, row)) = all.iter().find(is_it).and_then(|row| Some((id_of(row)?, row))) else {
            return Self::default();
        };
        let rows = row["_embedded"]["statuses"].as_array().map_or(&[][..], Vec::as_slice);
        Self { pipeline: id, all: rows.iter().filter_map(known).collect(), read_at: None }
    }

    pub fn is_fresh(&self, now: Timestamp) -> bool {
        self.read_at.is_some_and(|at| now.duration_since(at).abs() < FRESH)
    }

    fn find(&self, text: &str) -> Option<&Known> {
        let text = text.to_lowercase();
        self.all.iter().find(|stage| stage.name.to_lowercase() == text || stage.id.to_string() == text)
    }

    /// The stage the owner has named for a step, if the pipeline has it and a lead may be put there.
    pub fn wanted(&self, named: &Named, step: Stage) -> Option<Spot> {
        let stage = self.find(named.text(step)?).filter(|stage| !stage.is_unsorted)?;
        Some(Spot { stage: stage.id, pipeline: self.pipeline })
    }

    /// The stage this step asks for, unless it was asked for already: then the lead must be looked at.
    pub fn due(&self, named: &Named, step: Stage, refs: &Refs) -> Option<Spot> {
        if refs.is_foreign() {
            return None;
        }
        self.wanted(named, step).filter(|spot| refs.stage_asked() != Some(spot.stage))
    }

    /// Where to move a lead that was looked at; nowhere if people have moved it. `first` is the entry's own choice for
    /// new leads.
    pub fn next(&self, named: &Named, step: Stage, refs: &Refs, first: Option<i64>) -> Option<Spot> {
        let wanted = self.due(named, step, refs)?;
        let now = refs.stage_seen()?;
        let is_ours = refs.stage_put().or(first).or_else(|| self.first()) == Some(now);
        let is_final = now == WON && step != Stage::NoShow;
        (is_ours && !is_final && now != wanted.stage).then_some(wanted)
    }

    /// Where the account puts a lead that names no stage.
    fn first(&self) -> Option<i64> {
        self.all.iter().find(|stage| !stage.is_unsorted).map(|stage| stage.id)
    }

    /// The stage that a lead stands in, if it is still in our pipeline.
    pub fn seen(&self, lead: &Value) -> Option<i64> {
        lead["status_id"].as_i64().filter(|_| lead["pipeline_id"].as_i64() == Some(self.pipeline))
    }

    /// Whether the client came, if the stage was named for it and for nothing else.
    pub fn has_come(&self, named: &Named, lead: &Value) -> Option<bool> {
        let stage = self.seen(lead)?;
        named.has_come(|text| self.find(text).is_some_and(|known| known.id == stage))
    }

    /// Sentences for the owner: what is moved where, what is named and not there.
    pub fn told(&self, named: &Named) -> Vec<String> {
        let known = self.all.iter().filter(|stage| !stage.is_unsorted);
        let known: Vec<String> = known.map(|stage| format!("{} {}", stage.id, stage.name)).collect();
        let known = known.join(", ");
        if named.is_empty() {
            return vec![format!("По этапам сделки Ночник не двигает: поле stages пусто. Этапы воронки: {known}.")];
        }
        let told = |(step, title, text): (Stage, &str, &str)| match (self.wanted(named, step), self.find(text)) {
            (Some(_), Some(stage)) => format!("«{title}»: сделка перейдёт на этап «{}».", stage.name),
            (_, Some(stage)) => format!("«{title}»: на этап «{}» сделку не переводят, Ночник её не двинет.", stage.name),
            (_, None) => format!("«{title}»: этапа «{text}» в воронке нет. Есть: {known}."),
        };
        named.all().map(told).collect()
    }
}

fn known(row: &Value) -> Option<Known> {
    let name = row["name"].as_str().unwrap_or_default().to_owned();
    Some(Known { id: id_of(row)?, name, is_unsorted: row["type"] == UNSORTED })
}
