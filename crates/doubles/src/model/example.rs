//! The smallest JSON that fits a schema: what a model says that understands nothing.

use serde_json::{Map, Value, json};

/// Follows the schema's own references; of several ways it takes the one with null, or the first.
pub(super) fn of(schema: &Value) -> Value {
    part(schema, schema)
}

fn part(root: &Value, schema: &Value) -> Value {
    if let Some(target) = schema["$ref"].as_str().and_then(|path| root.pointer(path.trim_start_matches('#'))) {
        return part(root, target);
    }
    if let Some(ways) = schema["anyOf"].as_array() {
        let null = ways.iter().find(|way| way["type"] == "null");
        return null.or(ways.first()).map_or(Value::Null, |way| part(root, way));
    }
    if let Some(value) = schema.get("const").or_else(|| schema["enum"].get(0)) {
        return value.clone();
    }
    match first_type(schema) {
        "object" => object(root, schema),
        "array" => {
            let count = usize::try_from(schema["minItems"].as_u64().unwrap_or(0)).unwrap_or(0);
            Value::Array(vec![part(root, &schema["items"]); count])
        }
        "string" => "x".repeat(usize::try_from(schema["minLength"].as_u64().unwrap_or(0)).unwrap_or(0)).into(),
        "integer" | "number" => schema.get("minimum").or_else(|| schema.get("maximum")).cloned().unwrap_or(json!(0)),
        "boolean" => json!(false),
        _ => Value::Null,
    }
}

fn first_type(schema: &Value) -> &str {
    let kind = &schema["type"];
    kind.as_str().or_else(|| kind[0].as_str()).unwrap_or_default()
}

fn object(root: &Value, schema: &Value) -> Value {
    let properties = schema["properties"].as_object();
    let all = properties.into_iter().flatten().map(|(name, schema)| (name.clone(), part(root, schema)));
    Value::Object(all.collect::<Map<_, _>>())
}
