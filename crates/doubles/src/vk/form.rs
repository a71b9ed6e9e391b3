//! The door of a method: a POST with a form, the token, the version, the types of the parameters.

use serde_json::{Map, Value, json};

use super::{refusal::Refusal, schema, state::State};
use crate::envelope::{Envelope, pairs};

pub(super) const VERSION: &str = "5.199";
const CONTENT_TYPE: &str = "application/x-www-form-urlencoded";

impl State {
    pub(super) fn read_fields(&mut self, method: &str, envelope: &Envelope) -> Result<Vec<(String, String)>, Refusal> {
        let broken = if envelope.method != "POST" {
            Some("a method is called by POST")
        } else if !envelope.query.is_empty() {
            Some("parameters stand in the form, not in the query")
        } else if !envelope.body.is_empty() && !content_type(envelope).starts_with(CONTENT_TYPE) {
            Some("the body is a form")
        } else {
            None
        };
        let fields = pairs(&envelope.body).filter(|_| broken.is_none());
        fields.ok_or_else(|| {
            self.fail(format!("{method}: {}", broken.unwrap_or("a form of bytes that are no UTF-8")));
            Refusal::new(8)
        })
    }

    pub(super) fn let_in(&mut self, envelope: &Envelope, fields: &[(String, String)]) -> Result<(), Refusal> {
        let parameter = fields.iter().find(|(name, _)| name == "access_token").map(|(_, token)| token.as_str());
        let header = envelope.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
        match parameter.or(header) {
            Some(token) if token == self.token => Ok(()),
            _ => Err(Refusal::new(5)),
        }
    }

    /// The parameters with their types, held to the schema and to the limits it does not say.
    pub(super) fn check_call(&mut self, method: &str, fields: &[(String, String)]) -> Result<Value, Refusal> {
        let Some(parameters) = schema::parameters(method) else {
            self.fail(format!("{method}: the schema does not know the method"));
            return Err(Refusal::new(3));
        };
        let mut call = Map::new();
        for (name, value) in fields {
            if call.insert(name.clone(), typed(&parameters[name], value)).is_some() {
                self.fail(format!("{method}: a parameter stands twice"));
                return Err(Refusal::new(8));
            }
        }
        let call = Value::Object(call);
        if call["v"] != VERSION {
            self.fail(format!("{method}: v is not {VERSION}"));
            return Err(Refusal::new(8));
        }
        schema::check_request(&format!("method.{method}"), &call).map_err(|broken| {
            self.fail(format!("{method}: the call {broken}"));
            Refusal::new(100)
        })?;
        Ok(call)
    }

    /// Rights by the settings of the key: methods about messages, and methods that change the community.
    pub(super) fn check_right(&self, method: &str) -> Result<(), Refusal> {
        let right = match method {
            "groups.getById" | "groups.getTokenPermissions" | "users.get" => return Ok(()),
            _ if method.starts_with("groups.") => "manage",
            _ => "messages",
        };
        if self.rights.contains(right) { Ok(()) } else { Err(Refusal::new(15)) }
    }

    pub(super) fn check_group(&self, call: &Value) -> Result<(), Refusal> {
        let named = &call["group_id"];
        if named.is_null() || *named == self.group_id || *named == json!(self.group_id.to_string()) {
            return Ok(());
        }
        Err(Refusal::new(203))
    }
}

fn content_type(envelope: &Envelope) -> &str {
    envelope.header("content-type").unwrap_or_default()
}

/// A text as the schema types it; one that is not of the type stays a text, and the schema refuses it.
fn typed(definition: &Value, text: &str) -> Value {
    let plain = || json!(text);
    let whole = |text: &str| text.parse::<i64>().map_or_else(|_| json!(text), |number| json!(number));
    match &definition["type"] {
        Value::String(kind) => match kind.as_str() {
            "integer" => whole(text),
            "number" => text.parse::<f64>().map_or_else(|_| plain(), |number| json!(number)),
            "array" => {
                let are_texts = definition["items"]["type"] == "string";
                let items = text.split(',').filter(|item| !item.is_empty());
                items.map(|item| if are_texts { json!(item) } else { whole(item) }).collect()
            }
            _ => plain(),
        },
        Value::Array(_) => whole(text),
        _ if definition["enum"] == json!([0, 1]) => whole(text),
        _ => plain(),
    }
}

/// Whether a flag is on.
pub(super) fn is_on(value: &Value) -> bool {
    value == "1" || value == 1 || value == true
}
