//! Google's discovery document as a judge: which parameters a method takes, and what its bodies may hold.
//!
//! The document is close to JSON Schema and is not it: types stand beside `$ref`s, what is required of a body stands in
//! `annotations` by method, and what may not be written is said in words only.

use std::sync::LazyLock;

use jiff::{Timestamp, civil};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

const TEXT: &str = include_str!("../../../../contracts/google/calendar.v3.json");

/// The third version of the calendar's interface.
pub static V3: LazyLock<Discovery> = LazyLock::new(|| Discovery::open(TEXT));

pub struct Discovery {
    document: Value,
}

/// One method, and what stood at the named places of its path.
pub struct Method<'a> {
    document: &'a Value,
    method: &'a Value,
    path: Vec<(&'a str, String)>,
}

/// Where a request breaks the document, and which rule of it. Holds no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    pub place: String,
    pub rule: &'static str,
}

impl Flaw {
    fn of(place: &str, rule: &'static str) -> Self {
        Self { place: place.to_owned(), rule }
    }
}

/// Which way a body goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Request { is_patch: bool },
    Answer,
}

impl Discovery {
    fn open(text: &str) -> Self {
        Self { document: serde_json::from_str(text).expect("a published document is JSON") }
    }

    /// Everything that a token may be given for.
    pub fn has_scope(&self, scope: &str) -> bool {
        self.document["auth"]["oauth2"]["scopes"].get(scope).is_some()
    }

    /// Finds the method of a verb and of a path below the service's own.
    pub fn method(&self, verb: &str, path: &str) -> Option<Method<'_>> {
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let resources = self.document["resources"].as_object()?.values();
        let mut methods = resources.filter_map(|resource| resource["methods"].as_object()).flat_map(Map::values);
        methods.find_map(|method| {
            let places = if method["httpMethod"] == verb { places(method["path"].as_str()?, &parts) } else { None };
            Some(Method { document: &self.document, method, path: places? })
        })
    }

    /// Holds what the service said to the schema of this name.
    pub fn check_answer(&self, schema: &str, body: &Value) -> Result<(), Flaw> {
        Judge { document: &self.document, method: "", way: Way::Answer }.named(schema, body, "")
    }

    /// The schema of a property, for selectors of fields; `None`: there is no such one.
    pub(super) fn property<'a>(&'a self, schema: &'a Value, name: &str) -> Option<&'a Value> {
        let mut schema = self.resolved(schema);
        if schema["type"] == "array" {
            schema = self.resolved(&schema["items"]);
        }
        schema["properties"].get(name).or_else(|| schema.get("additionalProperties"))
    }

    pub(super) fn schema(&self, name: &str) -> &Value {
        &self.document["schemas"][name]
    }

    fn resolved<'a>(&'a self, schema: &'a Value) -> &'a Value {
        schema["$ref"].as_str().map_or(schema, |name| self.schema(name))
    }
}

fn places<'a>(template: &'a str, parts: &[&str]) -> Option<Vec<(&'a str, String)>> {
    let names: Vec<&str> = template.split('/').collect();
    if names.len() != parts.len() {
        return None;
    }
    let mut places = Vec::new();
    for (name, part) in names.into_iter().zip(parts) {
        match name.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(place) => places.push((place, percent_decode_str(part).decode_utf8().ok()?.into_owned())),
            None if name == *part => {}
            None => return None,
        }
    }
    Some(places)
}

impl Method<'_> {
    /// `calendar.events.list`.
    pub fn id(&self) -> &str {
        self.method["id"].as_str().unwrap_or_default()
    }

    pub fn place(&self, name: &str) -> &str {
        self.path.iter().find(|(own, _)| *own == name).map_or("", |(_, value)| value)
    }

    /// Whether a token for these scopes opens the method.
    pub fn is_open_to(&self, scopes: &[String]) -> bool {
        let open = self.method["scopes"].as_array().map(Vec::as_slice).unwrap_or_default();
        open.iter().any(|scope| scopes.iter().any(|own| scope == own))
    }

    pub fn response(&self) -> Option<&str> {
        self.method["response"]["$ref"].as_str()
    }

    /// Names, types, ranges and repetitions of the query; places of the path count as given.
    pub fn check_query(&self, query: &[(String, String)]) -> Result<(), Flaw> {
        for (at, (name, value)) in query.iter().enumerate() {
            let own = &self.method["parameters"][name];
            let parameter = if own.is_null() { &self.document["parameters"][name] } else { own };
            if parameter["location"] != "query" {
                return Err(Flaw::of(name, "unknown parameter"));
            }
            let is_doubled = query[..at].iter().any(|(earlier, _)| earlier == name);
            if is_doubled && parameter["repeated"] != true {
                return Err(Flaw::of(name, "repeated"));
            }
            check_text(parameter, value).map_err(|rule| Flaw::of(name, rule))?;
        }
        let parameters = self.method["parameters"].as_object();
        let missing = parameters.into_iter().flatten().find(|(name, parameter)| {
            let is_given = query.iter().any(|(own, _)| own == *name) || self.path.iter().any(|(own, _)| own == name);
            parameter["required"] == true && !is_given
        });
        missing.map_or(Ok(()), |(name, _)| Err(Flaw::of(name, "required")))
    }

    /// Holds the body of a request to the method's schema; null is one that was not sent.
    pub fn check_body(&self, body: &Value) -> Result<(), Flaw> {
        let Some(schema) = self.method["request"]["$ref"].as_str() else {
            return if body.is_null() { Ok(()) } else { Err(Flaw::of("", "no body is taken")) };
        };
        let way = Way::Request { is_patch: self.method["httpMethod"] == "PATCH" };
        Judge { document: self.document, method: self.id(), way }.named(schema, body, "")
    }
}

fn check_text(parameter: &Value, value: &str) -> Result<(), &'static str> {
    match parameter["type"].as_str() {
        Some("boolean") if !matches!(value, "true" | "false") => return Err("boolean"),
        Some("integer") => {
            let number: i32 = value.parse().map_err(|_| "integer")?;
            let bound = |name: &str| parameter[name].as_str().and_then(|text| text.parse::<i32>().ok());
            if bound("minimum").is_some_and(|least| number < least)
                || bound("maximum").is_some_and(|most| number > most)
            {
                return Err("range");
            }
        }
        _ => {}
    }
    if parameter["format"] == "date-time" && value.parse::<Timestamp>().is_err() {
        return Err("date-time with an offset");
    }
    let words = parameter["enum"].as_array();
    if words.is_some_and(|words| words.iter().all(|word| word != value)) {
        return Err("enum");
    }
    Ok(())
}

struct Judge<'a> {
    document: &'a Value,
    method: &'a str,
    way: Way,
}

impl Judge<'_> {
    fn named(&self, schema: &str, body: &Value, place: &str) -> Result<(), Flaw> {
        self.value(&self.document["schemas"][schema], body, place)
    }

    fn value(&self, schema: &Value, value: &Value, place: &str) -> Result<(), Flaw> {
        if let Some(name) = schema["$ref"].as_str() {
            return self.named(name, value, place);
        }
        let wrong = |rule| Err(Flaw::of(place, rule));
        match (schema["type"].as_str().unwrap_or_default(), value) {
            ("object", Value::Object(fields)) => self.object(schema, fields, place),
            ("array", Value::Array(items)) => {
                items.iter().try_for_each(|item| self.value(&schema["items"], item, place))
            }
            ("string", Value::String(text)) => match schema["format"].as_str() {
                Some("date-time") if !is_moment(text) => wrong("date-time"),
                Some("date") if !is_date(text) => wrong("date"),
                _ => Ok(()),
            },
            ("integer", Value::Number(number)) => match number.as_i64().and_then(|number| i32::try_from(number).ok()) {
                Some(_) => Ok(()),
                None => wrong("integer"),
            },
            ("boolean", Value::Bool(_)) | ("any", _) => Ok(()),
            _ => wrong("type"),
        }
    }

    fn object(&self, schema: &Value, fields: &Map<String, Value>, place: &str) -> Result<(), Flaw> {
        let below = |name: &str| if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") };
        for (name, value) in fields {
            let known = schema["properties"].get(name).or_else(|| schema.get("additionalProperties"));
            let Some(known) = known else { return Err(Flaw { place: below(name), rule: "unknown property" }) };
            if let Way::Request { is_patch } = self.way {
                if is_read_only(known) {
                    return Err(Flaw { place: below(name), rule: "read-only" });
                }
                if value.is_null() && is_patch {
                    continue;
                }
            }
            self.value(known, value, &below(name))?;
        }
        let needed = schema["properties"].as_object().into_iter().flatten().find(|(name, known)| {
            let methods = known["annotations"]["required"].as_array();
            methods.is_some_and(|methods| methods.iter().any(|method| method == self.method))
                && !fields.contains_key(*name)
        });
        needed.map_or(Ok(()), |(name, _)| Err(Flaw { place: below(name), rule: "required" }))
    }
}

/// Without an offset only beside a zone, which the calendar itself looks at.
fn is_moment(text: &str) -> bool {
    text.contains('T') && (text.parse::<Timestamp>().is_ok() || text.parse::<civil::DateTime>().is_ok())
}

fn is_date(text: &str) -> bool {
    text.len() == 10 && text.parse::<civil::Date>().is_ok()
}

fn is_read_only(schema: &Value) -> bool {
    schema["description"].as_str().is_some_and(|words| words.to_lowercase().contains("read-only"))
}
