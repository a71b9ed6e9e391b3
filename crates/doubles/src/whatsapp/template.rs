//! Templates: their variables, what a message must fill in, their life.

use serde_json::{Value, json};

use super::{Double, State, ledger::Button, refusal::refusal, shown::items};
use crate::meta::Refusal;

/// Where a template stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TemplateStatus {
    Pending,
    Approved,
    Rejected,
    Paused,
    Disabled,
}

impl TemplateStatus {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Approved => "APPROVED",
            Self::Rejected => "REJECTED",
            Self::Paused => "PAUSED",
            Self::Disabled => "DISABLED",
        }
    }
}

pub(super) struct Template {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) language: String,
    pub(super) category: String,
    pub(super) previous_category: Option<String>,
    pub(super) is_named: bool,
    pub(super) components: Value,
    pub(super) status: TemplateStatus,
    pub(super) rejected_reason: String,
    pub(super) quality: String,
}

impl Double {
    /// Puts an approved template into the account, as made there before us. `template` is a body of
    /// `POST /{waba_id}/message_templates`.
    ///
    /// # Panics
    /// When such a call would be refused.
    pub fn have_template(&self, template: &Value) {
        let mut state = self.state();
        let made = state.create_template(template);
        assert!(made.is_ok(), "the template breaks the contract: {:?}", state.app.failures);
        if let Some(last) = state.templates.last_mut() {
            last.status = TemplateStatus::Approved;
        }
    }

    /// Moves a template to a status and tells the callback; `reason` is of a rejection, such as `INCORRECT_CATEGORY`.
    /// False when there is no such template.
    pub fn set_template_status(
        &self,
        name: &str,
        language: &str,
        status: TemplateStatus,
        reason: &str,
        now_ms: i64,
    ) -> bool {
        self.change_template(
            name,
            language,
            |template| {
                template.status = status;
                reason.clone_into(&mut template.rejected_reason);
                let told = json!({ "event": status.name(), "reason": reason });
                ("message_template_status_update", told)
            },
            now_ms,
        )
    }

    /// Meta's second thoughts about the category: the price changes. False when there is no such template.
    pub fn recategorise_template(&self, name: &str, language: &str, category: &str, now_ms: i64) -> bool {
        self.change_template(
            name,
            language,
            |template| {
                let previous = std::mem::replace(&mut template.category, category.to_owned());
                let told = json!({ "previous_category": previous, "new_category": category });
                template.previous_category = Some(previous);
                ("template_category_update", told)
            },
            now_ms,
        )
    }

    /// Changes the rating of a template, `GREEN`, `YELLOW`, `RED` or `UNKNOWN`. False when there is no such template.
    pub fn set_template_quality(&self, name: &str, language: &str, score: &str, now_ms: i64) -> bool {
        self.change_template(
            name,
            language,
            |template| {
                let previous = std::mem::replace(&mut template.quality, score.to_owned());
                let told = json!({ "previous_quality_score": previous, "new_quality_score": score });
                ("message_template_quality_update", told)
            },
            now_ms,
        )
    }

    fn change_template(
        &self,
        name: &str,
        language: &str,
        change: impl FnOnce(&mut Template) -> (&'static str, Value),
        now_ms: i64,
    ) -> bool {
        self.act(|state| {
            let mut templates = state.templates.iter_mut();
            let found = templates.find(|template| template.name == name && template.language == language);
            let Some(template) = found else { return false };
            let (field, mut told) = change(template);
            told["message_template_id"] = json!(template.id);
            told["message_template_name"] = json!(name);
            told["message_template_language"] = json!(language);
            state.emit(field, told, now_ms);
            true
        })
    }
}

impl Template {
    pub(super) fn component(&self, kind: &str) -> &Value {
        items(&self.components).find(|component| component["type"] == kind).unwrap_or(&Value::Null)
    }

    fn buttons(&self) -> impl Iterator<Item = (usize, &Value)> {
        items(&self.component("BUTTONS")["buttons"]).enumerate()
    }

    /// The quick replies with what a press gives back: the payload sent, or the label without one.
    pub(super) fn quick_replies(&self, given: &Value) -> Vec<Button> {
        let buttons = self.buttons().filter(|(_, button)| button["type"] == "QUICK_REPLY");
        let shown = |(index, button): (usize, &Value)| {
            let title = button["text"].as_str().unwrap_or_default();
            let payload = button_component(given, index).and_then(|one| one["parameters"][0]["payload"].as_str());
            Button { id: payload.unwrap_or(title).to_owned(), title: title.to_owned(), description: None }
        };
        buttons.map(shown).collect()
    }

    /// Holds what a message fills in against the template's variables; an error is a code and what is wrong.
    fn check(&self, given: &Value) -> Result<(), (u32, &'static str)> {
        for (kind, sent) in [("HEADER", "header"), ("BODY", "body")] {
            let component = self.component(kind);
            let format = component["format"].as_str().unwrap_or("TEXT");
            let parameters = parameters(given, sent);
            if format != "TEXT" {
                let is_filled = parameters.len() == 1 && parameters[0]["type"] == format.to_lowercase();
                if !is_filled && format != "LOCATION" {
                    return Err((132_012, "the header wants one file of its kind"));
                }
                continue;
            }
            self.check_variables(&variables(component["text"].as_str().unwrap_or_default()), &parameters)?;
        }
        self.check_buttons(given)
    }

    fn check_variables(&self, wanted: &[String], given: &[&Value]) -> Result<(), (u32, &'static str)> {
        if wanted.len() != given.len() {
            return Err((132_000, "the number of values is not the number of variables"));
        }
        for value in given {
            let name = value["parameter_name"].as_str();
            let is_named_well = if self.is_named {
                name.is_some_and(|name| wanted.iter().any(|wanted| wanted == name))
            } else {
                name.is_none()
            };
            if !is_named_well {
                return Err((132_012, "a value is not named as the template names its variables"));
            }
            if value["text"].as_str().is_some_and(|text| text.contains(['\n', '\t']) || text.contains("    ")) {
                return Err((132_012, "a value with a newline, a tab or four spaces"));
            }
        }
        Ok(())
    }

    fn check_buttons(&self, given: &Value) -> Result<(), (u32, &'static str)> {
        for (index, button) in self.buttons() {
            let sent = button_component(given, index);
            let wants = match button["type"].as_str() {
                Some("QUICK_REPLY") => sent.is_none_or(|sent| sent["sub_type"] == "quick_reply"),
                Some("URL") => {
                    let is_open = !variables(button["url"].as_str().unwrap_or_default()).is_empty();
                    sent.is_some() == is_open && sent.is_none_or(|sent| sent["sub_type"] == "url")
                }
                _ => sent.is_none(),
            };
            if !wants {
                return Err((132_012, "the parameters of a button do not fit it"));
            }
        }
        let count = self.buttons().count();
        let of_buttons = items(given).filter(|one| one["type"] == "button");
        if of_buttons.filter_map(index_of).any(|index| index >= count) {
            return Err((132_012, "parameters of a button that the template does not have"));
        }
        Ok(())
    }
}

impl State {
    /// The template a message names, when it may be sent with these values; none for another kind of message.
    pub(super) fn checked_template(&mut self, body: &Value, is_phone: bool) -> Result<Option<usize>, Refusal> {
        let Some(named) = body.get("template") else { return Ok(None) };
        let is_it =
            |template: &Template| named["name"] == template.name && named["language"]["code"] == template.language;
        let index = self.templates.iter().position(is_it).ok_or_else(|| refusal(132_001))?;
        let template = &self.templates[index];
        match template.status {
            TemplateStatus::Approved => {}
            TemplateStatus::Paused => return Err(refusal(132_015)),
            TemplateStatus::Disabled => return Err(refusal(132_016)),
            TemplateStatus::Pending | TemplateStatus::Rejected => return Err(refusal(132_001)),
        }
        if template.category == "AUTHENTICATION" && !is_phone {
            return Err(refusal(131_062));
        }
        template
            .check(&named["components"])
            .map(|()| Some(index))
            .map_err(|(code, failure)| self.app.breach(format!("messages: template: {failure}"), refusal(code)))
    }
}

/// The body of a template with the values of a message in place of its variables.
pub(super) fn filled(template: &Template, given: &Value) -> String {
    let mut text = template.component("BODY")["text"].as_str().unwrap_or_default().to_owned();
    let values = parameters(given, "body");
    for (name, value) in variables(&text).iter().zip(&values) {
        let by_name = values.iter().find(|value| value["parameter_name"] == **name);
        let value = by_name.unwrap_or(value);
        let kind = value["type"].as_str().unwrap_or_default();
        let words = value["text"].as_str().or_else(|| value[kind]["fallback_value"].as_str()).unwrap_or_default();
        text = text.replace(&format!("{{{{{name}}}}}"), words);
    }
    text
}

/// The names between double braces, each once, in order.
pub(super) fn variables(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for part in text.split("{{").skip(1) {
        let Some((name, _)) = part.split_once("}}") else { continue };
        let name = name.trim().to_owned();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn parameters<'a>(given: &'a Value, kind: &str) -> Vec<&'a Value> {
    items(given).filter(|one| one["type"] == kind).flat_map(|one| items(&one["parameters"])).collect()
}

fn button_component(given: &Value, index: usize) -> Option<&Value> {
    items(given).find(|one| one["type"] == "button" && index_of(one) == Some(index))
}

/// The index may come as text or number.
fn index_of(component: &Value) -> Option<usize> {
    let index = &component["index"];
    index.as_str().and_then(|text| text.parse().ok()).or_else(|| index.as_u64().map(|number| number as usize))
}
