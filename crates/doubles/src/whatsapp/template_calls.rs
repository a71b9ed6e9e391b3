//! `GET/POST/DELETE /{waba_id}/message_templates`.

use serde_json::{Value, json};

use super::{
    State, TemplateStatus, schema,
    shown::items,
    template::{Template, variables},
};
use crate::meta::{Call, Refusal, pick};

const PAGE: usize = 25;
const URL_BUTTONS: usize = 2;
const PHONE_BUTTONS: usize = 1;
const NAME_TAKEN: u32 = 2_388_024;

impl State {
    /// A new template waits for its judgement.
    pub(super) fn create_template(&mut self, body: &Value) -> Result<Value, Refusal> {
        let checked = schema::REQUESTS.check("template.create", body).and_then(|()| check_parts(body));
        checked.map_err(|failure| {
            self.app.breach(format!("message_templates: {failure}"), Refusal::bad("Invalid parameter"))
        })?;
        let text = |key: &str| body[key].as_str().unwrap_or_default().to_owned();
        let (name, language) = (text("name"), text("language"));
        if self.templates.iter().any(|template| template.name == name && template.language == language) {
            return Err(Refusal::bad("There is already content in this language").with_subcode(NAME_TAKEN));
        }
        let id = 1_689_556_908_129_000 + self.next_number();
        let category = text("category");
        let answer = json!({ "id": id.to_string(), "status": "PENDING", "category": category });
        self.templates.push(Template {
            id,
            name,
            language,
            category,
            previous_category: None,
            is_named: is_named(body),
            components: body["components"].clone(),
            status: TemplateStatus::Pending,
            rejected_reason: "NONE".into(),
            quality: "UNKNOWN".into(),
        });
        Ok(answer)
    }

    /// Filters by `name`, `language`, `status`, `category`; pages by `limit` and `after`.
    pub(super) fn list_templates(&mut self, call: &Call) -> Result<Value, Refusal> {
        let filters = ["name", "language", "status", "category"];
        let fits =
            |node: &Value| filters.iter().all(|key| call.parameter(key).is_none_or(|wanted| node[*key] == wanted));
        let nodes = self.templates.iter().map(Template::node).filter(fits).collect::<Vec<_>>();
        let first = call.parameter("after").and_then(|after| after.parse().ok()).unwrap_or(0_usize);
        let limit = call.parameter("limit").and_then(|limit| limit.parse().ok()).unwrap_or(PAGE);
        let defaults = ["name", "language", "status", "category", "components"];
        let page = nodes.iter().skip(first).take(limit).map(|node| pick(node, call, &defaults));
        let page = page.collect::<Result<Vec<_>, _>>();
        let page =
            page.map_err(|refusal| self.app.breach("GET templates: a field that is not there".into(), refusal))?;
        let next = first + page.len();
        let mut paging = json!({ "cursors": { "before": first.to_string(), "after": next.to_string() } });
        if next < nodes.len() {
            paging["next"] = json!(format!("https://graph.facebook.com{}?after={next}&limit={limit}", call.path));
        }
        Ok(json!({ "data": page, "paging": paging }))
    }

    /// By `name` in every language, or one by `hsm_id` and `name`.
    pub(super) fn delete_templates(&mut self, call: &Call) -> Result<Value, Refusal> {
        let Some(name) = call.parameter("name") else {
            let refusal = Refusal::bad("The parameter name is required");
            return Err(self.app.breach("DELETE templates: without a name".into(), refusal));
        };
        let id = call.parameter("hsm_id");
        let before = self.templates.len();
        self.templates.retain(|template| {
            let is_meant = template.name == name && id.is_none_or(|id| template.id.to_string() == id);
            !is_meant
        });
        if self.templates.len() == before {
            return Err(Refusal::bad("Message template not found"));
        }
        Ok(json!({ "success": true }))
    }
}

impl Template {
    fn node(&self) -> Value {
        let mut node = json!({
            "id": self.id.to_string(), "name": self.name, "language": self.language, "category": self.category,
            "status": self.status.name(), "components": self.components, "rejected_reason": self.rejected_reason,
            "quality_score": { "score": self.quality },
            "parameter_format": if self.is_named { "NAMED" } else { "POSITIONAL" },
        });
        if let Some(previous) = &self.previous_category {
            node["previous_category"] = json!(previous);
        }
        node
    }
}

fn is_named(body: &Value) -> bool {
    body["parameter_format"].as_str().is_some_and(|format| format.eq_ignore_ascii_case("named"))
}

/// The rules between the parts of a template.
fn check_parts(body: &Value) -> Result<(), String> {
    let is_named = is_named(body);
    for component in items(&body["components"]) {
        let kind = component["type"].as_str().unwrap_or_default();
        if items(&body["components"]).filter(|other| other["type"] == kind).count() > 1 {
            return Err(format!("{kind} stands twice"));
        }
        match kind {
            "BODY" => check_text(component, "body_text", is_named)?,
            "HEADER" if component["format"] == "TEXT" => check_text(component, "header_text", is_named)?,
            "HEADER" if component["format"] != "LOCATION" && component["example"]["header_handle"].is_null() => {
                return Err("a header with a file needs a sample".to_owned());
            }
            "BUTTONS" => check_buttons(&component["buttons"])?,
            _ => {}
        }
    }
    Ok(())
}

/// Each variable has a sample; positional ones count from 1 without gaps.
fn check_text(component: &Value, sample: &str, is_named: bool) -> Result<(), String> {
    let Some(text) = component["text"].as_str() else { return Err("a text part without a text".to_owned()) };
    let names = variables(text);
    let example = &component["example"];
    let samples = if is_named {
        example[format!("{sample}_named_params")].as_array().map_or(0, Vec::len)
    } else {
        let list = &example[sample];
        list[0].as_array().or_else(|| list.as_array()).map_or(0, Vec::len)
    };
    if samples != names.len() {
        return Err(format!("{sample}: {samples} samples for {} variables", names.len()));
    }
    let is_well_named = |(index, name): (usize, &String)| {
        if is_named {
            name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        } else {
            *name == (index + 1).to_string()
        }
    };
    if names.iter().enumerate().all(is_well_named) { Ok(()) } else { Err(format!("{sample}: a variable is misnamed")) }
}

fn check_buttons(buttons: &Value) -> Result<(), String> {
    for (kind, limit) in [("URL", URL_BUTTONS), ("PHONE_NUMBER", PHONE_BUTTONS)] {
        if items(buttons).filter(|button| button["type"] == kind).count() > limit {
            return Err(format!("more than {limit} buttons of {kind}"));
        }
    }
    let has_sample = |button: &Value| {
        let is_open = !variables(button["url"].as_str().unwrap_or_default()).is_empty();
        !is_open || button["example"].is_array()
    };
    if items(buttons).all(has_sample) { Ok(()) } else { Err("an address with a variable needs a sample".to_owned()) }
}
