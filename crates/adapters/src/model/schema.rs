//! Checks an answer against its schema, in the words of JSON Schema that every vendor enforces.
//!
//! A full validator would bring thirty more crates for a dozen words; tests hold this one to it.
//! Findings name the place and the rule, never the value: it may be what a client said.

use std::fmt::{self, Write};

use serde_json::{Map, Value};

/// Deepest nesting of a schema, references followed; ours are three or four deep.
const DEPTH_MAX: usize = 32;

const NUMBERS: [&str; 6] = ["minLength", "maxLength", "minItems", "maxItems", "minimum", "maximum"];
const TYPES: [&str; 7] = ["object", "array", "string", "integer", "number", "boolean", "null"];
const NOTES: [&str; 2] = ["title", "description"];

/// Where in an answer or a schema we are.
#[derive(Clone, Copy)]
struct Place<'a> {
    above: Option<&'a Place<'a>>,
    step: Step<'a>,
    depth: usize,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Root,
    Name(&'a str),
    Index(usize),
}

impl<'a> Place<'a> {
    const ROOT: Self = Self { above: None, step: Step::Root, depth: 0 };

    fn below(&'a self, step: Step<'a>) -> Self {
        Self { above: Some(self), step, depth: self.depth + 1 }
    }

    /// The same place, one step further in the schema.
    fn deeper(self) -> Self {
        Self { depth: self.depth + 1, ..self }
    }

    fn finding(&self, what: impl fmt::Display) -> String {
        format!("{self}: {what}")
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(above) = self.above {
            above.fmt(f)?;
        }
        match self.step {
            Step::Root => f.write_char('$'),
            Step::Name(name) => write!(f, ".{name}"),
            Step::Index(index) => write!(f, "[{index}]"),
        }
    }
}

/// Says what of `schema` is not understood here, or would not be by a vendor.
pub fn check(schema: &Value) -> Result<(), String> {
    if let Some(defs) = schema.get("$defs") {
        let defs = defs.as_object().ok_or_else(|| Place::ROOT.finding("`$defs` is not an object"))?;
        for (name, part) in defs {
            check_part(schema, part, Place::ROOT.below(Step::Name(name)))?;
        }
    }
    check_part(schema, schema, Place::ROOT)
}

fn check_part(root: &Value, part: &Value, place: Place<'_>) -> Result<(), String> {
    let words = part.as_object().ok_or_else(|| place.finding("not an object"))?;
    if place.depth > DEPTH_MAX {
        return Err(place.finding("nested too deep"));
    }
    for (word, rule) in words {
        match word.as_str() {
            "$defs" if place.depth == 0 => {}
            "type" => check_types(rule, place)?,
            "properties" => check_properties(root, words, place)?,
            "required" | "const" => {}
            "additionalProperties" if rule == false => {}
            "enum" if rule.as_array().is_some_and(|choices| !choices.is_empty()) => {}
            "items" => check_part(root, rule, place.below(Step::Name("items")))?,
            "anyOf" => {
                for (index, way) in list(rule).iter().enumerate() {
                    check_part(root, way, place.below(Step::Index(index)))?;
                }
            }
            "$ref" if resolved(root, rule).is_some() => {}
            word if NUMBERS.contains(&word) && rule.is_number() => {}
            word if NOTES.contains(&word) => {}
            word => return Err(place.finding(format_args!("`{word}` is not among the words we check"))),
        }
    }
    Ok(())
}

fn check_types(rule: &Value, place: Place<'_>) -> Result<(), String> {
    let is_known = |name: &Value| name.as_str().is_some_and(|name| TYPES.contains(&name));
    let is_right = is_known(rule) || (!list(rule).is_empty() && list(rule).iter().all(is_known));
    if is_right { Ok(()) } else { Err(place.finding("an unknown type")) }
}

/// Strict vendors take an object only with every property required and no others allowed.
fn check_properties(root: &Value, words: &Map<String, Value>, place: Place<'_>) -> Result<(), String> {
    let properties = words["properties"].as_object().ok_or_else(|| place.finding("`properties` is not an object"))?;
    let required = words.get("required").map_or(&[][..], list);
    if words.get("additionalProperties") != Some(&Value::Bool(false)) {
        return Err(place.finding("`additionalProperties` must be false"));
    }
    for (name, part) in properties {
        let place = place.below(Step::Name(name));
        if !required.iter().any(|required| required == name) {
            return Err(place.finding("must be `required`; what may be absent is `anyOf` with null"));
        }
        check_part(root, part, place)?;
    }
    Ok(())
}

/// Says why `value` does not fit a schema that [`check`] has passed.
pub fn fit(schema: &Value, value: &Value) -> Result<(), String> {
    fit_part(schema, schema, value, Place::ROOT)
}

fn fit_part(root: &Value, part: &Value, value: &Value, place: Place<'_>) -> Result<(), String> {
    let Some(words) = part.as_object() else { return Err(place.finding("its schema is not an object")) };
    if place.depth > DEPTH_MAX {
        return Err(place.finding("nested too deep"));
    }
    for (word, rule) in words {
        let fits = match word.as_str() {
            "type" => is_type(rule, value) || list(rule).iter().any(|name| is_type(name, value)),
            "enum" => list(rule).iter().any(|choice| same(choice, value)),
            "const" => same(rule, value),
            "required" => value.as_object().is_none_or(|object| has_all(object, list(rule))),
            "additionalProperties" => value.as_object().is_none_or(|object| has_only(object, words)),
            "anyOf" => list(rule).iter().any(|way| fit_part(root, way, value, place.deeper()).is_ok()),
            "properties" => {
                fit_properties(root, rule, value, place)?;
                true
            }
            "items" => {
                for (index, item) in list(value).iter().enumerate() {
                    fit_part(root, rule, item, place.below(Step::Index(index)))?;
                }
                true
            }
            "$ref" => {
                let part = resolved(root, rule).ok_or_else(|| place.finding("a reference into nothing"))?;
                fit_part(root, part, value, place.deeper())?;
                true
            }
            word => is_within(word, rule, value),
        };
        if !fits {
            return Err(place.finding(format_args!("`{word}` is not met")));
        }
    }
    Ok(())
}

fn fit_properties(root: &Value, rule: &Value, value: &Value, place: Place<'_>) -> Result<(), String> {
    let (Some(parts), Some(object)) = (rule.as_object(), value.as_object()) else { return Ok(()) };
    for (name, part) in parts {
        if let Some(value) = object.get(name) {
            fit_part(root, part, value, place.below(Step::Name(name)))?;
        }
    }
    Ok(())
}

fn is_type(name: &Value, value: &Value) -> bool {
    match name.as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        // 1.0 is an integer too. Source: JSON Schema 2020-12 validation, 6.1.1.
        Some("integer") => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        Some("number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        Some("null") => value.is_null(),
        _ => false,
    }
}

/// Equal as JSON is: 1 and 1.0 are one number.
fn same(one: &Value, other: &Value) -> bool {
    one == other || (one.is_number() && other.is_number() && one.as_f64() == other.as_f64())
}

fn has_all(object: &Map<String, Value>, names: &[Value]) -> bool {
    names.iter().filter_map(Value::as_str).all(|name| object.contains_key(name))
}

fn has_only(object: &Map<String, Value>, words: &Map<String, Value>) -> bool {
    let known = words.get("properties").and_then(Value::as_object);
    object.keys().all(|name| known.is_some_and(|known| known.contains_key(name)))
}

/// Whether a bound of `word` holds; lengths of text are counted in characters.
fn is_within(word: &str, rule: &Value, value: &Value) -> bool {
    let size = match word {
        "minLength" | "maxLength" => value.as_str().map(|text| text.chars().count() as f64),
        "minItems" | "maxItems" => value.as_array().map(|items| items.len() as f64),
        "minimum" | "maximum" => value.as_f64(),
        _ => None,
    };
    match (size, rule.as_f64()) {
        (Some(size), Some(bound)) if word.starts_with("min") => size >= bound,
        (Some(size), Some(bound)) => size <= bound,
        _ => true,
    }
}

/// `#/$defs/NAME` of the same schema.
fn resolved<'a>(root: &'a Value, reference: &Value) -> Option<&'a Value> {
    let name = reference.as_str()?.strip_prefix("#/$defs/")?;
    root.get("$defs")?.get(name)
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{check, fit};

    fn wish() -> Value {
        json!({
            "type": "object",
            "$defs": { "short": { "type": "string", "minLength": 1, "maxLength": 5 } },
            "properties": {
                "intent": { "type": "string", "enum": ["book", "other"] },
                "service": { "anyOf": [{ "$ref": "#/$defs/short" }, { "type": "null" }] },
                "people": { "type": "integer", "minimum": 1, "maximum": 9, "description": "сколько человек" },
                "is_sure": { "type": "boolean" },
                "days": { "type": "array", "maxItems": 2, "items": { "enum": [1, 2, "завтра"] } },
                "kind": { "const": "wish" },
                "price": { "type": ["number", "null"] },
            },
            "required": ["intent", "service", "people", "is_sure", "days", "kind", "price"],
            "additionalProperties": false,
        })
    }

    fn answer() -> Value {
        json!({
            "intent": "book", "service": "окно", "people": 2, "is_sure": true,
            "days": [1, "завтра"], "kind": "wish", "price": null,
        })
    }

    /// Each change of one field, and whether the answer still fits. The judge is a full validator.
    #[test]
    fn answers_are_judged_as_a_full_validator_judges_them() {
        let schema = wish();
        check(&schema).unwrap();
        let judge = jsonschema::validator_for(&schema).unwrap();
        for (field, value, expected) in [
            ("intent", json!("book"), true),
            ("intent", json!("Book"), false),
            ("intent", json!(null), false),
            ("service", json!(null), true),
            ("service", json!("пятьё"), true),
            ("service", json!("шестью"), false),
            ("service", json!(""), false),
            ("service", json!(5), false),
            ("people", json!(9), true),
            ("people", json!(3.0), true),
            ("people", json!(3.5), false),
            ("people", json!(0), false),
            ("people", json!(10), false),
            ("people", json!("2"), false),
            ("is_sure", json!(0), false),
            ("days", json!([]), true),
            ("days", json!([1.0]), true),
            ("days", json!([1, 2, 1]), false),
            ("days", json!(["вчера"]), false),
            ("days", json!({}), false),
            ("kind", json!("other"), false),
            ("price", json!(1.5), true),
            ("price", json!("1"), false),
            ("stranger", json!(1), false),
        ] {
            let mut answer = answer();
            answer[field] = value.clone();
            assert_eq!(judge.is_valid(&answer), expected, "the judge on {field} = {value}");
            assert_eq!(fit(&schema, &answer).is_ok(), expected, "{field} = {value}: {:?}", fit(&schema, &answer));
        }
        for missing in ["intent", "price"] {
            let mut answer = answer();
            answer.as_object_mut().unwrap().remove(missing);
            assert!(fit(&schema, &answer).is_err(), "without {missing}");
        }
        for other in [json!([]), json!("book"), json!(null)] {
            assert!(fit(&schema, &other).is_err(), "{other}");
        }
    }

    #[test]
    fn a_finding_names_the_place_and_not_the_value() {
        let mut answer = answer();
        answer["days"][1] = json!("Ольга, 8 900 000-00-01");
        let finding = fit(&wish(), &answer).unwrap_err();
        assert_eq!(finding, "$.days[1]: `enum` is not met");
    }

    #[test]
    fn a_schema_that_some_vendor_would_not_enforce_is_refused() {
        for (pointer, value) in [
            ("/properties/intent", json!({ "type": "string", "pattern": "^b" })),
            ("/properties/intent", json!({ "oneOf": [] })),
            ("/properties/intent", json!({ "$ref": "https://example.org/intent.json" })),
            ("/properties/intent", json!({ "$ref": "#/$defs/missing" })),
            ("/properties/intent", json!({ "type": "text" })),
            ("/properties/intent", json!({ "enum": [] })),
            ("/properties/intent", json!(true)),
            ("/required", json!(["intent"])),
            ("/additionalProperties", json!(true)),
        ] {
            let mut schema = wish();
            *schema.pointer_mut(pointer).unwrap() = value.clone();
            assert!(check(&schema).is_err(), "{pointer} = {value}");
        }
        assert!(check(&json!("object")).is_err());
    }

    #[test]
    fn a_schema_that_refers_to_itself_ends() {
        let schema = json!({ "$defs": { "loop": { "$ref": "#/$defs/loop" } }, "$ref": "#/$defs/loop" });
        assert!(fit(&schema, &json!(1)).is_err());
    }
}
