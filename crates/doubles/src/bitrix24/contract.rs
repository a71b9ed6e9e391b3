//! The data file of methods: which exist, what scope they need, which are closed to a webhook.

use std::{collections::HashMap, sync::LazyLock};

use serde::Deserialize;
use serde_json::Value;

use super::{Caller, refusal::Refusal};

const METHODS: &str = include_str!("../../../../contracts/bitrix24/methods.json");
/// Work of one call on the portal, seconds. Not documented; the order of magnitude of the `time` members in samples.
const READ_COST_S: f64 = 0.05;
const WRITE_COST_S: f64 = 0.3;

static CONTRACTS: LazyLock<HashMap<String, Contract>> = LazyLock::new(|| {
    let book = serde_json::from_str::<Book>(METHODS).expect("the data file of methods is JSON");
    book.methods.into_iter().map(|contract| (contract.method.clone(), contract)).collect()
});

#[derive(Deserialize)]
struct Book {
    methods: Vec<Contract>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Contract {
    method: String,
    scope: String,
    kind: String,
    #[serde(default)]
    app_only: bool,
    /// None where the data file gives the method's name only.
    pub(super) params: Option<Vec<Param>>,
    /// Members of parameters, by the names that [`Param::reference`] gives.
    #[serde(default)]
    pub(super) defs: HashMap<String, Vec<Param>>,
}

#[derive(Deserialize)]
pub(super) struct Param {
    #[serde(rename = "n")]
    pub(super) name: String,
    #[serde(rename = "t")]
    pub(super) kind: String,
    /// 1, 0, or `?` where the documentation does not say.
    #[serde(rename = "r")]
    need: Value,
    #[serde(rename = "ref")]
    pub(super) reference: Option<String>,
}

impl Param {
    pub(super) fn is_required(&self) -> bool {
        self.need == 1
    }
}

/// The contract of a method, by its exact spelling.
pub(super) fn find(method: &str) -> Option<&'static Contract> {
    CONTRACTS.get(method)
}

impl Contract {
    pub(super) fn check(&self, caller: Caller, method: &str, scopes: &[String]) -> Result<(), Refusal> {
        if self.app_only && caller == Caller::Webhook {
            return Err(app_only(method));
        }
        let has = |scope: &str| scopes.iter().any(|own| own == scope);
        let is_enough = match self.scope.as_str() {
            "" | "basic" => true,
            "user" => has("user") || has("user_basic") || has("user_brief"),
            "placement + scope of the placement" => has("placement") && has("crm"),
            "userfieldconfig" => has("userfieldconfig") && has("crm"),
            scope => has(scope),
        };
        if is_enough {
            return Ok(());
        }
        Err(Refusal::new(
            403,
            "insufficient_scope",
            "The request requires higher privileges than provided by the webhook token",
        ))
    }

    pub(super) fn cost_s(&self) -> f64 {
        if self.kind == "write" { WRITE_COST_S } else { READ_COST_S }
    }
}

fn app_only(method: &str) -> Refusal {
    let group = |prefix: &str| method.starts_with(prefix);
    if group("crm.activity.configurable.") {
        return Refusal::bad("ERROR_WRONG_CONTEXT", "Application context required");
    }
    if group("messageservice.") || group("crm.automation.trigger.") || group("biconnector.") {
        return Refusal::new(403, "ACCESS_DENIED", "Access denied! Application context required");
    }
    Refusal::new(403, "WRONG_AUTH_TYPE", "Current authorization type is denied for this method")
}
