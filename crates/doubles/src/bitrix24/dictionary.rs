//! Dictionaries: stages, sources, funnels.
//!
//! Source: `ar/crm/status/*.md`, `ar/crm/universal/category/crm-category-list.md`.

use serde_json::{Map, Value, json};

use super::{
    Done, Reply, filter, params,
    portal::{DEAL, LEAD, Portal},
    refusal::Refusal,
};

const FIRST_ID: i64 = 915;
const CODE_MAX: usize = 50;
const LEAD_STAGE_MAX: usize = 21;
const DEAL_STAGE_MAX: usize = 22;
const ENTITIES: [&str; 8] =
    ["STATUS", "DEAL_STAGE", "SOURCE", "DEAL_TYPE", "CONTACT_TYPE", "INDUSTRY", "EMPLOYEES", "HONORIFIC"];

pub(super) struct Status {
    id: i64,
    entity: String,
    code: String,
    name: String,
    sort: i64,
    is_system: bool,
    /// `P` in work, `S` won, `F` lost; empty where stages mean nothing.
    semantic: &'static str,
}

impl Status {
    /// What a new portal has.
    pub(super) fn defaults(funnels: &[i64]) -> Vec<Self> {
        let lead = ["NEW", "IN_PROCESS", "PROCESSED", "JUNK", "CONVERTED"];
        let deal = ["NEW", "PREPARATION", "PREPAYMENT_INVOICE", "EXECUTING", "FINAL_INVOICE", "WON", "LOSE", "APOLOGY"];
        let source = [
            "CALL",
            "EMAIL",
            "WEB",
            "ADVERTISING",
            "PARTNER",
            "RECOMMENDATION",
            "TRADE_SHOW",
            "WEBFORM",
            "CALLBACK",
            "RC_GENERATOR",
            "STORE",
            "OTHER",
        ];
        let own = |entity: &str, codes: &[&'static str]| (entity.to_owned(), String::new(), codes.to_vec());
        let mut dictionaries = vec![own("STATUS", &lead), own("DEAL_STAGE", &deal), own("SOURCE", &source)];
        // The stages of a further funnel bear its number.
        dictionaries.extend(funnels.iter().map(|n| (format!("DEAL_STAGE_{n}"), format!("C{n}:"), deal.to_vec())));
        let mut all = Vec::new();
        for (entity, prefix, codes) in dictionaries {
            for (index, code) in codes.iter().enumerate() {
                let semantic = if entity == "SOURCE" { "" } else { semantic_of(code) };
                all.push(Self {
                    id: all.len() as i64 + 1,
                    entity: entity.clone(),
                    code: format!("{prefix}{code}"),
                    name: (*code).to_owned(),
                    sort: (index as i64 + 1) * 10,
                    is_system: true,
                    semantic,
                });
            }
        }
        all
    }

    fn row(&self) -> Map<String, Value> {
        let semantics = if self.semantic.is_empty() { Value::Null } else { json!(self.semantic) };
        let row = json!({
            "ID": self.id.to_string(), "ENTITY_ID": self.entity, "STATUS_ID": self.code, "NAME": self.name,
            "NAME_INIT": if self.is_system { &self.name } else { "" }, "SORT": self.sort.to_string(),
            "SYSTEM": if self.is_system { "Y" } else { "N" }, "CATEGORY_ID": "0", "COLOR": "",
            "SEMANTICS": semantics, "EXTRA": [],
        });
        row.as_object().cloned().unwrap_or_default()
    }
}

fn semantic_of(code: &str) -> &'static str {
    match code {
        "CONVERTED" | "WON" => "S",
        "JUNK" | "LOSE" | "APOLOGY" => "F",
        _ => "P",
    }
}

impl Portal {
    pub(super) fn status_list(&mut self, params: &Value) -> Reply {
        let any = |_: &str| true;
        let mut rows = Vec::new();
        for status in &self.statuses {
            let row = status.row();
            if filter::matches(&params["filter"], &row, &any)? {
                rows.push(row);
            }
        }
        filter::sort(&mut rows, &params["order"], &any)?;
        Ok(Done { total: Some(rows.len()), result: json!(rows), next: None })
    }

    pub(super) fn status_add(&mut self, params: &Value) -> Reply {
        let fields = &params["fields"];
        if !params::is_collection(fields) {
            return Err(Refusal::nameless("Parameter 'fields' must be array."));
        }
        let required = |name: &str| {
            let text = format!("The field {name} is required.");
            fields[name].as_str().filter(|text| !text.is_empty()).ok_or_else(|| Refusal::nameless(&text))
        };
        let (entity, code) = (required("ENTITY_ID")?, required("STATUS_ID")?);
        if !ENTITIES.contains(&entity) {
            return Err(Refusal::nameless("Specified entity type is not supported."));
        }
        if !self.settings.is_admin {
            return Err(Refusal::nameless("Access denied."));
        }
        let length_max = match entity {
            "STATUS" => LEAD_STAGE_MAX,
            "DEAL_STAGE" => DEAL_STAGE_MAX,
            _ => CODE_MAX,
        };
        if code.len() > length_max {
            return Err(Refusal::nameless("Error on creating status."));
        }
        if self.has_status(entity, code) {
            return Err(Refusal::bad("ERROR_CORE", "Элемент с таким кодом уже существует<br>"));
        }
        let id = self.new_id("status", FIRST_ID);
        self.statuses.push(Status {
            id,
            entity: entity.to_owned(),
            code: code.to_owned(),
            name: params::text(&fields["NAME"]).unwrap_or_else(|| code.to_owned()),
            sort: params::int(&fields["SORT"]).unwrap_or(100),
            is_system: false,
            semantic: if entity == "SOURCE" { "" } else { "P" },
        });
        Ok(json!(id).into())
    }

    /// The funnels of deals; leads and contacts have none.
    pub(super) fn category_list(&mut self, params: &Value) -> Reply {
        match params::int(&params["entityTypeId"]) {
            Some(DEAL) => {
                let main = json!({
                    "id": 0, "name": "Общая", "sort": 100, "entityTypeId": DEAL, "isDefault": "Y", "originId": "",
                    "originatorId": "",
                });
                let further = self.settings.funnels.iter().map(|id| {
                    json!({
                        "id": id, "name": format!("Воронка {id}"), "sort": 200, "entityTypeId": DEAL, "isDefault": "N",
                        "originId": "", "originatorId": "",
                    })
                });
                let all: Vec<Value> = std::iter::once(main).chain(further).collect();
                Ok(Done { total: Some(all.len()), result: json!({ "categories": all }), next: None })
            }
            Some(LEAD) => Err(Refusal::bad("ENTITY_TYPE_NOT_SUPPORTED", "Entity type LEAD is not supported")),
            _ => Err(Refusal::not_found()),
        }
    }

    pub(super) fn has_status(&self, entity: &str, code: &str) -> bool {
        self.statuses.iter().any(|status| status.entity == entity && status.code == code)
    }

    pub(super) fn first_status(&self, entity: &str) -> Option<&str> {
        let of_entity = self.statuses.iter().filter(|status| status.entity == entity);
        of_entity.min_by_key(|status| status.sort).map(|status| status.code.as_str())
    }

    /// A funnel has its own stages only.
    pub(super) fn has_stage(&self, card: i64, category: i64, code: &str) -> bool {
        stages(card, category).is_some_and(|entity| self.has_status(&entity, code))
    }

    pub(super) fn first_stage(&self, card: i64, category: i64) -> Option<&str> {
        stages(card, category).and_then(|entity| self.first_status(&entity))
    }

    pub(super) fn semantic(&self, card: i64, stage: &str) -> &'static str {
        let is_of = |entity: &str| match card {
            LEAD => entity == "STATUS",
            _ => card == DEAL && entity.starts_with("DEAL_STAGE"),
        };
        let status = self.statuses.iter().find(|status| is_of(&status.entity) && status.code == stage);
        status.map_or("P", |status| status.semantic)
    }
}

fn stages(card: i64, category: i64) -> Option<String> {
    match (card, category) {
        (LEAD, _) => Some("STATUS".to_owned()),
        (DEAL, 0) => Some("DEAL_STAGE".to_owned()),
        (DEAL, funnel) => Some(format!("DEAL_STAGE_{funnel}")),
        _ => None,
    }
}
