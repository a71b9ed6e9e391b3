//! What the portal holds, for comparing with the store.

use serde_json::{Map, Value, json};

use super::{
    Double,
    portal::{CONTACT, DEAL, LEAD, Portal},
};

/// One card as the owner would see it.
#[derive(Debug, Clone, PartialEq)]
pub struct Card {
    pub id: i64,
    /// camelCase fields; custom ones under their original names.
    pub fields: Map<String, Value>,
    /// Values of its phones, as written.
    pub phones: Vec<String>,
}

impl Double {
    /// All leads, hidden ones too, by id.
    pub fn leads(&self) -> Vec<Card> {
        self.portal().all(LEAD)
    }

    pub fn deals(&self) -> Vec<Card> {
        self.portal().all(DEAL)
    }

    pub fn contacts(&self) -> Vec<Card> {
        self.portal().all(CONTACT)
    }

    /// Texts of the comments of a card (`lead`, `deal`, `contact`), oldest first.
    pub fn comments_of(&self, kind: &str, id: i64) -> Vec<String> {
        let portal = self.portal();
        let id = id.to_string();
        let own = portal.comments.values().filter(|row| row["ENTITY_TYPE"] == kind && row["ENTITY_ID"] == id.as_str());
        own.filter_map(|row| row["COMMENT"].as_str().map(str::to_owned)).collect()
    }

    /// To-dos of all cards, oldest first, as rows of `crm.activity.list`.
    pub fn todos(&self) -> Vec<Value> {
        self.portal().activities.values().cloned().map(Value::Object).collect()
    }

    /// Tasks, oldest first.
    pub fn tasks(&self) -> Vec<Value> {
        self.portal().tasks.clone()
    }

    /// Names of fields that adds and updates ignored, with their number: a misspelt tag shows only here.
    pub fn ignored_fields(&self) -> Vec<(String, u64)> {
        self.portal().ignored.iter().map(|(name, count)| (name.clone(), *count)).collect()
    }

    /// How many cards of one type carry each `originId` that more than one carries: (type, originId, cards).
    pub fn duplicates(&self) -> Vec<(i64, String, usize)> {
        let portal = self.portal();
        let all = portal.cards.iter().flat_map(|(kind, cards)| {
            cards.by_origin.iter().map(move |(origin, ids)| {
                let alive = ids.iter().filter(|id| cards.rows.contains_key(id)).count();
                (*kind, origin.clone(), alive)
            })
        });
        let mut doubled = all.filter(|(_, _, count)| *count > 1).collect::<Vec<_>>();
        doubled.sort();
        doubled
    }

    /// Counts for `/_ledger`: cards, leads by `originId`, duplicates, calls by method. No name, no phone, no text.
    pub fn ledger(&self) -> Value {
        let duplicates = self.duplicates();
        let doubled = duplicates.iter().map(|(kind, origin, count)| json!([kind, origin, count]));
        let doubled = doubled.collect::<Vec<_>>();
        let portal = self.portal();
        let count = |kind: i64| portal.cards[&kind].rows.len();
        let by_origin = |kind: i64| {
            let cards = &portal.cards[&kind];
            let counts = cards.by_origin.iter().map(|(origin, ids)| {
                (origin.clone(), json!(ids.iter().filter(|id| cards.rows.contains_key(id)).count()))
            });
            counts.collect::<Map<_, _>>()
        };
        json!({
            "leads": count(LEAD), "deals": count(DEAL), "contacts": count(CONTACT),
            "leadsByOrigin": by_origin(LEAD), "dealsByOrigin": by_origin(DEAL), "contactsByOrigin": by_origin(CONTACT),
            "duplicates": doubled, "comments": portal.comments.len(), "logMessages": portal.log_messages.len(),
            "activities": portal.activities.len(), "tasks": portal.tasks.len(), "calls": portal.calls,
            "refusals": portal.refusals, "ignoredFields": portal.ignored, "failures": portal.failures,
        })
    }
}

impl Portal {
    fn all(&self, kind: i64) -> Vec<Card> {
        let rows = self.cards.get(&kind).into_iter().flat_map(|cards| &cards.rows);
        rows.map(|(id, row)| Card {
            id: *id,
            fields: row.fields.clone(),
            phones: row.fm.iter().filter(|fm| fm.type_id == "PHONE").map(|fm| fm.value.clone()).collect(),
        })
        .collect()
    }
}
