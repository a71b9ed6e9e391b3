//! Who answers for a new card, by the owner's rule. A card that is there keeps whom people gave it to.
//!
//! Turns and loads are read off the portal, so they hold over restarts, over several of us, and over
//! what people hand out by themselves.

use std::collections::BTreeMap;

use nochnik_core::crm::Card;
use serde_json::{Value, json};

use super::find::{ask, id_of, items};
use super::refs::Entity;
use super::terms::{OPEN, ORIGINATOR};
use crate::bitrix24::batch::{Batch, Command};
use crate::bitrix24::call::Portal;
use crate::failure::Failure;
use crate::settings::{Settings, SettingsProblem};

/// People who share the cards; a batch holds a question for each.
const AMONG_MAX: usize = 40;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    Fixed,
    RoundRobin,
    LeastLoaded,
    Service,
    Shift,
}

const RULES: [(&str, Rule); 5] = [
    ("fixed", Rule::Fixed),
    ("round_robin", Rule::RoundRobin),
    ("least_loaded", Rule::LeastLoaded),
    ("service", Rule::Service),
    ("shift", Rule::Shift),
];

/// The owner's rule. Whatever it leaves open falls to `fixed`, and then to whoever made the key.
#[derive(Debug)]
pub struct Responsible {
    rule: Rule,
    fixed: Option<i64>,
    among: Vec<i64>,
    by_service: BTreeMap<String, i64>,
}

impl Responsible {
    pub fn read(settings: &Settings<'_>) -> Result<Self, SettingsProblem> {
        let by_service = settings.ids("responsible_by_service")?;
        let read = Self {
            rule: settings.choice("responsible", &RULES)?,
            fixed: settings.id("responsible_id")?,
            among: settings.id_list("responsible_ids")?,
            by_service: by_service.into_iter().map(|(service, id)| (service.to_lowercase(), id)).collect(),
        };
        let objection = match read.rule {
            Rule::RoundRobin | Rule::LeastLoaded if read.among.is_empty() => {
                Some(("responsible_ids", "Перечислите номера сотрудников, между которыми делить заявки: [12, 15]"))
            }
            Rule::Service if read.by_service.is_empty() => {
                Some(("responsible_by_service", "Назовите услуги и номера сотрудников: { \"Маникюр\" = 12 }"))
            }
            _ if read.among.len() > AMONG_MAX => Some(("responsible_ids", "Не больше 40 сотрудников")),
            _ => None,
        };
        objection.map_or(Ok(read), |(field, text)| Err(settings.problem(field, text)))
    }

    /// Whom a new card goes to; `None` is whoever made the key.
    pub async fn choose(&self, portal: &Portal, card: &Card, entity: Entity) -> Result<Option<i64>, Failure> {
        let chosen = match self.rule {
            Rule::Fixed => None,
            Rule::RoundRobin => next_in_turn(portal, &self.among, entity).await?,
            Rule::LeastLoaded => least_loaded(portal, &self.among, entity).await?,
            Rule::Service => self.of_service(card),
            Rule::Shift => match card.on_duty.as_slice() {
                [] => None,
                [one] => Some(*one),
                several => next_in_turn(portal, several, entity).await?,
            },
        };
        Ok(chosen.or(self.fixed))
    }

    /// Who does the to-do: the duty manager is who must act on it.
    pub fn of_todo(&self, card: &Card) -> Option<i64> {
        card.on_duty.first().copied().or(self.fixed)
    }

    fn of_service(&self, card: &Card) -> Option<i64> {
        card.services.iter().find_map(|service| self.by_service.get(&service.to_lowercase())).copied()
    }

    /// A sentence for the owner.
    pub fn told(&self) -> String {
        let rest = self.fixed.map_or_else(|| "тому, чей доступ".to_owned(), |id| format!("сотруднику {id}"));
        let list = || self.among.iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
        match self.rule {
            Rule::Fixed => format!("Новые заявки достаются {rest}."),
            Rule::RoundRobin => format!("Новые заявки достаются по очереди сотрудникам {}.", list()),
            Rule::LeastLoaded => format!("Новые заявки достаются тому из сотрудников {}, у кого меньше открытых.", list()),
            Rule::Service => format!("Новые заявки делятся по услугам, остальные достаются {rest}."),
            Rule::Shift => format!("Новые заявки достаются тому, кто на смене, а без смены — {rest}."),
        }
    }
}

/// The one after whoever has our newest card.
async fn next_in_turn(portal: &Portal, among: &[i64], entity: Entity) -> Result<Option<i64>, Failure> {
    let parameters = json!({
        "entityTypeId": entity.type_id(),
        "select": ["id", "assignedById"],
        "filter": { "=originatorId": ORIGINATOR, "@assignedById": among },
        "order": { "id": "DESC" },
        "start": -1,
    });
    let mut batch = Batch::default();
    batch.add("newest", Command::new("crm.item.list", &parameters));
    let seen = ask(portal, &batch).await?;
    let newest = items(&seen, "newest").first().and_then(|row| id_of(&row["assignedById"]));
    let at = newest.and_then(|newest| among.iter().position(|id| *id == newest));
    Ok(among.get(at.map_or(0, |at| (at + 1) % among.len())).copied())
}

/// Whoever has the fewest cards in work; of equals, the first one named.
async fn least_loaded(portal: &Portal, among: &[i64], entity: Entity) -> Result<Option<i64>, Failure> {
    let mut batch = Batch::default();
    for id in among {
        let parameters = json!({
            "entityTypeId": entity.type_id(),
            "select": ["id"],
            "filter": { "=assignedById": id, "=stageSemanticId": OPEN },
            "start": 0,
        });
        batch.add(id.to_string(), Command::new("crm.item.list", &parameters));
    }
    let seen = ask(portal, &batch).await?;
    let load = |id: &i64| seen.total(&id.to_string()).and_then(Value::as_u64);
    Ok(among.iter().filter_map(|id| Some((load(id)?, *id))).min_by_key(|(load, _)| *load).map(|(_, id)| id))
}
