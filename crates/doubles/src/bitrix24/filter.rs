//! Filters, order and pages of the list methods.
//!
//! Source: the page `crm-item-list.md`: the prefix of a key is the comparison, a page is 50 rows, `start=-1` switches
//! `total` and `next` off.

use std::cmp::Ordering;

use serde_json::{Map, Value, json};

use super::{Done, moment, params, refusal::Refusal};

const PAGE: usize = 50;
/// Longest first: a prefix must not be taken for a shorter one.
const PREFIXES: [&str; 14] = ["!=%", "!%=", ">=", "<=", "!=", "!%", "!@", "=%", "%=", "=", "!", ">", "<", "%"];

/// Which fields a list may filter and sort by; the older methods ignore unknown ones, the universal refuse them.
pub(super) trait Columns {
    fn knows(&self, field: &str) -> bool;
}

impl<F: Fn(&str) -> bool> Columns for F {
    fn knows(&self, field: &str) -> bool {
        self(field)
    }
}

pub(super) fn matches(filter: &Value, row: &Map<String, Value>, columns: &dyn Columns) -> Result<bool, Refusal> {
    let conditions = params::entries(filter);
    let is_any = conditions.iter().any(|(key, value)| key == "logic" && value.as_str() == Some("OR"));
    let mut results = Vec::new();
    for (key, expected) in conditions {
        if key == "logic" {
            continue;
        }
        let is_group = key.parse::<usize>().is_ok() && params::is_collection(expected);
        results.push(if is_group {
            matches(expected, row, columns)?
        } else {
            let (comparison, field) = split(&key);
            if !columns.knows(field) {
                let text = format!("Invalid filter: field '{field}' is not allowed in filter");
                return Err(Refusal::bad("INVALID_ARG_VALUE", &text));
            }
            compare(comparison, row.get(field).unwrap_or(&Value::Null), expected)
        });
    }
    Ok(if is_any { results.contains(&true) } else { !results.contains(&false) })
}

/// The prefix and the field of a filter key.
pub(super) fn split(key: &str) -> (&str, &str) {
    if let Some(field) = key.strip_prefix('@') {
        return ("@", field);
    }
    PREFIXES.iter().find_map(|prefix| key.strip_prefix(prefix).map(|field| (*prefix, field))).unwrap_or(("=", key))
}

fn compare(comparison: &str, actual: &Value, expected: &Value) -> bool {
    let is_equal = |expected: &Value| match actual {
        Value::Array(values) => values.iter().any(|value| order(value, expected) == Some(Ordering::Equal)),
        Value::Null => expected.is_null() || expected.as_str() == Some(""),
        value => order(value, expected) == Some(Ordering::Equal),
    };
    let is_in = || {
        if params::is_collection(expected) {
            params::entries(expected).iter().any(|(_, value)| is_equal(value))
        } else {
            is_equal(expected)
        }
    };
    let has_part = || {
        let part = params::text(expected).unwrap_or_default().to_lowercase();
        params::text(actual).is_some_and(|text| text.to_lowercase().contains(&part))
    };
    let is_like = || {
        let pattern = params::text(expected).unwrap_or_default().to_lowercase();
        params::text(actual).is_some_and(|text| like(&text.to_lowercase(), &pattern))
    };
    let ordering = order(actual, expected);
    match comparison {
        ">" => ordering == Some(Ordering::Greater),
        ">=" => ordering.is_some_and(Ordering::is_ge),
        "<" => ordering == Some(Ordering::Less),
        "<=" => ordering.is_some_and(Ordering::is_le),
        "%" => has_part(),
        "!%" => !has_part(),
        "=%" | "%=" => is_like(),
        "!=%" | "!%=" => !is_like(),
        "!" | "!=" | "!@" => !is_in(),
        _ => is_in(),
    }
}

/// Compares as numbers, then as moments, then as texts.
fn order(left: &Value, right: &Value) -> Option<Ordering> {
    let (left, right) = (params::text(left)?, params::text(right)?);
    if let (Some(left), Some(right)) = (number(&left), number(&right)) {
        return left.partial_cmp(&right);
    }
    if let (Some(left), Some(right)) = (moment::read(&left), moment::read(&right)) {
        return Some(left.cmp(&right));
    }
    Some(left.cmp(&right))
}

/// A number in its usual spelling; `007` is a text.
fn number(text: &str) -> Option<f64> {
    let is_padded = text.len() > 1 && text.starts_with('0') && !text.starts_with("0.");
    if is_padded { None } else { text.parse::<f64>().ok().filter(|number| number.is_finite()) }
}

/// SQL `LIKE` with `%` alone.
fn like(text: &str, pattern: &str) -> bool {
    let parts = pattern.split('%').collect::<Vec<_>>();
    let [first, middle @ .., last] = parts.as_slice() else { return text == pattern };
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// Sorts rows by `{field: ASC|DESC}`; without an order they stay by id.
pub(super) fn sort(rows: &mut [Map<String, Value>], by: &Value, columns: &dyn Columns) -> Result<(), Refusal> {
    for (field, direction) in params::entries(by).into_iter().rev() {
        if !columns.knows(&field) {
            let text = format!("Invalid order: field '{field}' is not allowed in order");
            return Err(Refusal::bad("INVALID_ARG_VALUE", &text));
        }
        let direction = direction.as_str().unwrap_or_default().to_uppercase();
        let is_reversed = match direction.as_str() {
            "ASC" => false,
            "DESC" => true,
            _ => {
                let text = "Invalid order: allowed sort directions are ASC, DESC.";
                return Err(Refusal::bad("INVALID_ARG_VALUE", text));
            }
        };
        rows.sort_by(|left, right| {
            let null = Value::Null;
            let ordering = order(left.get(&field).unwrap_or(&null), right.get(&field).unwrap_or(&null));
            let ordering = ordering.unwrap_or(Ordering::Equal);
            if is_reversed { ordering.reverse() } else { ordering }
        });
    }
    Ok(())
}

/// Cuts one page; `shape` makes the `result` of its rows.
pub(super) fn page<T>(rows: Vec<T>, start: &Value, shape: impl FnOnce(Vec<T>) -> Value) -> Done {
    let start = params::int(start).unwrap_or(0);
    if start < 0 {
        return shape(rows.into_iter().take(PAGE).collect()).into();
    }
    let start = usize::try_from(start).unwrap_or(0);
    let total = rows.len();
    let result = shape(rows.into_iter().skip(start).take(PAGE).collect());
    Done { result, total: Some(total), next: (start + PAGE < total).then_some(start + PAGE) }
}

/// Keeps the named columns; no selection or `*` keeps all.
pub(super) fn select(row: Map<String, Value>, names: &Value) -> Value {
    let names = params::entries(names).into_iter().filter_map(|(_, name)| name.as_str()).collect::<Vec<_>>();
    if names.is_empty() || names.contains(&"*") {
        return Value::Object(row);
    }
    let is_kept = |field: &str| names.contains(&field) || field == "id" || field == "ID";
    json!(row.into_iter().filter(|(field, _)| is_kept(field)).collect::<Map<_, _>>())
}
