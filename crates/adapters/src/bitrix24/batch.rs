//! Many commands in one request. The outer request costs one against the portal's bucket, however
//! many commands it holds. Source: b24-rest-docs, how-to-call-rest-api/batch.md, read 2026-11-22.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value};

use super::call::Said;

/// Letters, digits and these stand for themselves in a PHP query.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Commands in the order they run.
#[derive(Default)]
pub struct Batch {
    /// Stops at the first error; needed where a later command names the result of an earlier one.
    stops_at_error: bool,
    commands: Vec<(String, String)>,
}

/// One method with its parameters, written as PHP expects them.
pub struct Command {
    text: String,
}

/// What became of the commands.
#[derive(Debug, Default)]
pub struct Outcomes {
    results: Map<String, Value>,
    errors: Map<String, Value>,
    totals: Map<String, Value>,
}

/// Why a command has no result.
#[derive(Debug)]
pub enum Miss {
    /// An earlier one failed, or it was never asked.
    Skipped,
    Said(Said),
}

impl Batch {
    pub fn chain() -> Self {
        Self { stops_at_error: true, commands: Vec::new() }
    }

    pub fn add(&mut self, key: impl Into<String>, command: Command) {
        self.commands.push((key.into(), command.text));
    }

    pub fn has(&self, key: &str) -> bool {
        self.commands.iter().any(|(name, _)| name == key)
    }

    pub fn is_empty(&self) -> bool {
        self.commands.is_empty()
    }
}

/// `cmd` keeps its order: the portal runs the commands as they stand in the object.
impl Serialize for Batch {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut body = serializer.serialize_map(Some(2))?;
        body.serialize_entry("halt", &u8::from(self.stops_at_error))?;
        body.serialize_entry("cmd", &Commands(&self.commands))?;
        body.end()
    }
}

struct Commands<'a>(&'a [(String, String)]);

impl Serialize for Commands<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, text)| (key, text)))
    }
}

impl Command {
    pub fn new(method: &str, parameters: &Value) -> Self {
        let mut command = Self { text: format!("{method}?") };
        if let Value::Object(parameters) = parameters {
            for (name, value) in parameters {
                command.push(name, value);
            }
        }
        command
    }

    /// Adds a parameter that takes its value from an earlier command's result.
    pub fn linked(mut self, name: &str, reference: &str) -> Self {
        self.pair(name, reference);
        self
    }

    fn push(&mut self, name: &str, value: &Value) {
        match value {
            Value::Null => {}
            Value::Object(map) => {
                map.iter().for_each(|(key, value)| self.push(&format!("{name}[{}]", encoded(key)), value))
            }
            Value::Array(list) => {
                list.iter().enumerate().for_each(|(at, value)| self.push(&format!("{name}[{at}]"), value));
            }
            // A client's own «$result…» must not be taken for a reference.
            Value::String(text) => self.pair(name, &encoded(&text.replace("$result", "$ result"))),
            other => self.pair(name, &encoded(&other.to_string())),
        }
    }

    fn pair(&mut self, name: &str, value: &str) {
        if !self.text.ends_with('?') {
            self.text.push('&');
        }
        self.text.push_str(name);
        self.text.push('=');
        self.text.push_str(value);
    }
}

impl Outcomes {
    /// Reads `result` of a batch; `None` when it is none. PHP writes an empty object as `[]`.
    pub fn read(mut result: Value) -> Option<Self> {
        let results = map_of(result.get_mut("result")?.take())?;
        let errors = result.get_mut("result_error").map_or(Some(Map::new()), |errors| map_of(errors.take()))?;
        let totals = result.get_mut("result_total").and_then(|totals| map_of(totals.take())).unwrap_or_default();
        Some(Self { results, errors, totals })
    }

    pub fn get(&self, key: &str) -> Result<&Value, Miss> {
        match (self.errors.get(key), self.results.get(key)) {
            (Some(error), _) => Err(Miss::Said(Said::read(error))),
            (None, Some(result)) => Ok(result),
            (None, None) => Err(Miss::Skipped),
        }
    }

    /// How many rows a list has in all, where it was asked to count them.
    pub fn total(&self, key: &str) -> Option<&Value> {
        self.totals.get(key)
    }

    pub fn has_any(&self) -> bool {
        !self.results.is_empty()
    }

    /// The errors in no particular order.
    pub fn errors(&self) -> impl Iterator<Item = Said> + '_ {
        self.errors.values().map(Said::read)
    }
}

fn map_of(value: Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(map) => Some(map),
        Value::Array(list) if list.is_empty() => Some(Map::new()),
        _ => None,
    }
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, KEPT).to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Batch, Command};

    /// Expected: the batch of the vendor's own documentation, «T» for its title.
    #[test]
    fn a_command_is_written_as_php_reads_it() {
        let mut batch = Batch::chain();
        batch.add(
            "d",
            Command::new("crm.item.add", &json!({ "entityTypeId": 2, "fields": { "title": "Т & [1]" } }))
                .linked("fields[contactIds][0]", "$result[c][item][id]"),
        );
        assert_eq!(
            serde_json::to_value(&batch).unwrap(),
            json!({ "halt": 1, "cmd": { "d": "crm.item.add?entityTypeId=2&fields[title]=%D0%A2%20%26%20%5B1%5D&fields[contactIds][0]=$result[c][item][id]" } })
        );
    }
}
