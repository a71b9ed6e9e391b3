//! What a server takes: a question that breaks a rule of its vendor is refused as the vendor would.

use serde_json::{Map, Value};

use super::{Profile, Request, Settings, personal};

/// One question, understood.
#[derive(Debug, Clone, PartialEq)]
pub struct Ask {
    pub system: String,
    pub user: String,
    /// The shape the answer must have: told by field, or pasted into the system text.
    pub schema: Option<Value>,
    pub tokens_max: u64,
    /// The answer is wanted as the arguments of this function.
    pub function: Option<String>,
    /// The body as it arrived.
    pub body: String,
}

/// A question that was not taken.
pub(super) struct Refusal {
    pub status: u16,
    /// Empty: the vendor's usual one.
    pub code: &'static str,
    pub message: String,
    /// It breaks a rule of ours, not only of the vendor's.
    pub is_policy: bool,
}

impl Refusal {
    fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), is_policy: false }
    }

    fn bad(message: impl Into<String>) -> Self {
        Self::new(400, "", message)
    }

    fn policy(message: impl Into<String>) -> Self {
        Self { is_policy: true, ..Self::bad(message) }
    }
}

/// `Bearer key`, at Yandex `Api-Key key` too.
pub(super) fn is_let_in(settings: &Settings, request: &Request) -> bool {
    let said = request.header("authorization");
    let bare = said
        .strip_prefix("Bearer ")
        .or_else(|| said.strip_prefix("Api-Key ").filter(|_| settings.profile == Profile::Yandex));
    settings.key.is_empty() || bare == Some(settings.key.as_str())
}

pub(super) fn read(settings: &Settings, request: &Request) -> Result<Ask, Refusal> {
    let body: Value = serde_json::from_str(&request.body).map_err(|_| Refusal::bad("the body is not JSON"))?;
    let fields = body.as_object().ok_or_else(|| Refusal::bad("the body is not an object"))?;
    check_fields(settings.profile, fields)?;
    check_model(settings, &body)?;
    let (system, user) = messages(settings.profile, &body)?;
    check_vendor(settings, request, &body)?;
    if settings.profile.is_foreign()
        && let Some(what) = personal::find(&request.body, &settings.names)
    {
        return Err(Refusal::policy(format!("{what} arrived at a foreign server")));
    }
    let function = body["function_call"]["name"].as_str().map(str::to_owned);
    let schema = match &function {
        Some(name) => Some(function_schema(&body, name)?),
        None => format_schema(settings.profile, &body, &system)?,
    };
    let tokens_max = [&body["max_tokens"], &body["max_completion_tokens"]].into_iter().find_map(Value::as_u64);
    let tokens_max = tokens_max.ok_or_else(|| Refusal::policy("the answer has no bound"))?;
    Ok(Ask { system, user, schema, tokens_max, function, body: request.body.clone() })
}

fn check_fields(profile: Profile, fields: &Map<String, Value>) -> Result<(), Refusal> {
    let stranger = fields.keys().find(|name| !profile.fields().contains(&name.as_str()));
    match stranger.filter(|_| !profile.takes_any_field()) {
        Some(name) => Err(Refusal::new(400, "unknown_parameter", format!("Unknown parameter: '{name}'."))),
        None if fields.get("n").is_some_and(|n| n != 1) => Err(Refusal::bad("Only one completion choice is allowed")),
        None => Ok(()),
    }
}

fn check_model(settings: &Settings, body: &Value) -> Result<(), Refusal> {
    let model = body["model"].as_str().ok_or_else(|| Refusal::bad("model is required"))?;
    if settings.profile.takes_any_model() || model == settings.model_id() {
        return Ok(());
    }
    match settings.profile {
        // The folder stands in the name, and a wrong one is a wrong argument.
        Profile::Yandex => Err(Refusal::bad("Specified folder ID does not match with service account folder ID")),
        _ => Err(Refusal::new(404, "", "No such model")),
    }
}

/// The system text and the user's, which are the only messages we ever send.
fn messages(profile: Profile, body: &Value) -> Result<(String, String), Refusal> {
    let status = if profile == Profile::GigaChat { 422 } else { 400 };
    let list = body["messages"].as_array().map_or(&[][..], Vec::as_slice);
    let [system, user] = list else {
        return Err(Refusal::new(status, "", "system message must be the first message and only one"));
    };
    let text = |message: &Value, role: &str| match (message["role"].as_str(), message["content"].as_str()) {
        (Some(found), Some(text)) if found == role => Ok(text.to_owned()),
        _ => Err(Refusal::new(status, "", "system message must be the first message, content a string")),
    };
    Ok((text(system, "system")?, text(user, "user")?))
}

fn check_vendor(settings: &Settings, request: &Request, body: &Value) -> Result<(), Refusal> {
    match settings.profile {
        Profile::Yandex if request.header("x-data-logging-enabled") != "false" => {
            Err(Refusal::policy("the request would be stored: x-data-logging-enabled is not false"))
        }
        Profile::Yandex if request.header("openai-project") != settings.folder => {
            Err(Refusal::bad("OpenAI-Project is not the folder"))
        }
        Profile::GigaChat if body["temperature"].as_f64().is_some_and(|temperature| temperature <= 0.0) => {
            Err(Refusal::new(422, "", "temperature must be > 0"))
        }
        _ => Ok(()),
    }
}

fn function_schema(body: &Value, name: &str) -> Result<Value, Refusal> {
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let functions = body["functions"].as_array().map_or(&[][..], Vec::as_slice);
    let found = functions.iter().find(|function| function["name"] == name).filter(|_| is_name);
    found.map(|function| function["parameters"].clone()).ok_or_else(|| Refusal::new(422, "", "no such function"))
}

/// The schema the server would enforce, as far as this vendor does.
fn format_schema(profile: Profile, body: &Value, system: &str) -> Result<Option<Value>, Refusal> {
    let format = &body["response_format"];
    let told = &format["json_schema"]["schema"];
    match (format["type"].as_str(), profile) {
        (None, _) if !format.is_null() => Err(Refusal::bad("response_format has no type")),
        (None | Some("text"), _) => Ok(pasted(system)),
        (Some("json_schema"), Profile::DeepSeek) => {
            Err(Refusal::new(400, "invalid_request_error", "This response_format type is unavailable now"))
        }
        (Some("json_schema"), Profile::LlamaCppPython) => Err(Refusal::new(
            500,
            "None",
            "[{'type': 'literal_error', 'loc': ('body', 'response_format', 'type'), 'msg': \"Input should be 'text' or 'json_object'\"}]",
        )),
        (Some("json_schema"), Profile::GigaChat) => match &format["schema"] {
            Value::Object(schema) => Ok(Some(Value::Object(schema.clone()))),
            _ => Err(Refusal::new(422, "", "response_format: schema is required")),
        },
        // The trap of llama.cpp: a flat schema is passed over, and any JSON may come.
        (Some("json_schema"), Profile::LlamaCpp) if told.is_null() => Ok(None),
        (Some("json_schema"), _) => {
            check_strict(&format["json_schema"])?;
            Ok(Some(told.clone()))
        }
        (Some("json_object"), Profile::GigaChat) => Err(Refusal::new(422, "", "response_format: unknown type")),
        (Some("json_object"), Profile::LlamaCpp | Profile::LlamaCppPython) => {
            Ok(Some(format["schema"].clone()).filter(Value::is_object).or_else(|| pasted(system)))
        }
        (Some("json_object"), Profile::OpenAi | Profile::DeepSeek)
            if !body["messages"].to_string().to_lowercase().contains("json") =>
        {
            Err(Refusal::bad(
                "Prompt must contain the word 'json' in some form to use 'response_format' of type 'json_object'.",
            ))
        }
        (Some("json_object"), _) => Ok(pasted(system)),
        (Some(_), _) => Err(Refusal::bad("response_format: unknown type")),
    }
}

/// Strict mode: a name, and objects that require all their properties and allow no others.
fn check_strict(format: &Value) -> Result<(), Refusal> {
    let name = format["name"].as_str().unwrap_or_default();
    let is_name =
        (1..=64).contains(&name.len()) && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    let is_strict = format["strict"] == true && format["schema"].is_object() && is_closed(&format["schema"]);
    if is_name && is_strict { Ok(()) } else { Err(Refusal::bad("Invalid schema for response_format")) }
}

fn is_closed(schema: &Value) -> bool {
    let is_whole = match schema["properties"].as_object() {
        Some(properties) => {
            let required = schema["required"].as_array().map_or(&[][..], Vec::as_slice);
            schema["additionalProperties"] == false
                && properties.keys().all(|name| required.iter().any(|required| required == name))
        }
        None => true,
    };
    let inside = match schema {
        Value::Object(parts) => parts.values().all(is_closed),
        Value::Array(parts) => parts.iter().all(is_closed),
        _ => true,
    };
    is_whole && inside
}

/// The last thing in the text that reads as a schema: all that a model has to go by where no field tells it.
fn pasted(system: &str) -> Option<Value> {
    let starts = system.match_indices('{').map(|(at, _)| &system[at..]);
    starts
        .filter_map(|rest| serde_json::Deserializer::from_str(rest).into_iter::<Value>().next()?.ok())
        .find(|value| value["type"] == "object")
}
