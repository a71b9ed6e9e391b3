//! Parameters as PHP reads them: arrays and numeric-key objects are one thing, form fields are strings.

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Value, json};

/// A PHP value: ordered, and a list is a map with the keys 0, 1, 2…
#[derive(Debug, Clone)]
pub(super) enum Tree {
    Leaf(Value),
    Branch(Vec<(String, Tree)>),
}

impl Tree {
    pub(super) fn empty() -> Self {
        Tree::Branch(Vec::new())
    }

    /// Reads `a=1&b[c][0]=x` with percent-encoding.
    pub(super) fn from_form(text: &str) -> Self {
        let mut root = Tree::empty();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            root.put(&keys(&decoded(key)), Tree::Leaf(Value::String(decoded(value))));
        }
        root
    }

    fn put(&mut self, path: &[String], value: Tree) {
        let Some((first, rest)) = path.split_first() else {
            *self = value;
            return;
        };
        if !matches!(self, Tree::Branch(_)) {
            *self = Tree::empty();
        }
        let Tree::Branch(entries) = self else { return };
        let key = if first.is_empty() { entries.len().to_string() } else { first.clone() };
        let index = entries.iter().position(|(name, _)| *name == key).unwrap_or_else(|| {
            entries.push((key, Tree::empty()));
            entries.len() - 1
        });
        entries[index].1.put(rest, value);
    }

    /// As JSON: a list becomes an array, anything else an object, which forgets the order. The commands of a batch keep
    /// it as pairs.
    pub(super) fn into_body(self, is_batch: bool) -> Value {
        match self {
            Tree::Branch(entries) if is_batch => {
                let member = |(key, tree): (String, Tree)| match tree {
                    Tree::Branch(commands) if key == "cmd" => {
                        let pairs = commands.into_iter().map(|(key, command)| json!([key, command.into_value()]));
                        (key, pairs.collect())
                    }
                    other => (key, other.into_value()),
                };
                Value::Object(entries.into_iter().map(member).collect())
            }
            other => other.into_value(),
        }
    }

    fn into_value(self) -> Value {
        match self {
            Tree::Leaf(value) => value,
            Tree::Branch(entries) => {
                let is_list = entries.iter().enumerate().all(|(index, (key, _))| *key == index.to_string());
                if is_list {
                    return entries.into_iter().map(|(_, tree)| tree.into_value()).collect();
                }
                Value::Object(entries.into_iter().map(|(key, tree)| (key, tree.into_value())).collect())
            }
        }
    }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Tree;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("any JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tree, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Tree::Branch(entries))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Tree, A::Error> {
        let mut entries = Vec::new();
        while let Some(tree) = list.next_element()? {
            entries.push((entries.len().to_string(), tree));
        }
        Ok(Tree::Branch(entries))
    }

    fn visit_str<E>(self, text: &str) -> Result<Tree, E> {
        Ok(Tree::Leaf(json!(text)))
    }

    fn visit_bool<E>(self, is_true: bool) -> Result<Tree, E> {
        Ok(Tree::Leaf(json!(is_true)))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Tree, E> {
        Ok(Tree::Leaf(json!(number)))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Tree, E> {
        Ok(Tree::Leaf(json!(number)))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Tree, E> {
        Ok(Tree::Leaf(json!(number)))
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Leaf(Value::Null))
    }
}

/// The body together with the query string; a parameter of the body wins.
pub(super) fn joined(body: &Value, query: &str) -> Value {
    if query.is_empty() {
        return body.clone();
    }
    let mut all = match Tree::from_form(query).into_value() {
        Value::Object(all) => all,
        _ => Map::new(),
    };
    all.extend(entries(body).into_iter().map(|(key, value)| (key, value.clone())));
    Value::Object(all)
}

/// `a[b][0]` into `a`, `b`, `0`.
fn keys(name: &str) -> Vec<String> {
    let (first, rest) = name.split_once('[').unwrap_or((name, ""));
    let inner = rest.split('[').filter(|_| !rest.is_empty()).map(|part| part.trim_end_matches(']').to_owned());
    std::iter::once(first.to_owned()).chain(inner).collect()
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        let code = rest.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match (byte, code.and_then(|hex| u8::from_str_radix(hex, 16).ok())) {
            (b'%', Some(code)) => {
                bytes.push(code);
                rest = &rest[2..];
            }
            (b'+', _) => bytes.push(b' '),
            _ => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A whole number or its text; anything else is none.
pub(super) fn int(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// A text or the text of a number; null, lists and flags are none.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// `Y`, `1`, `true`.
pub(super) fn is_yes(value: &Value) -> bool {
    matches!(value.as_str(), Some("Y" | "1" | "true")) || value == &json!(true) || value == &json!(1)
}

/// The members of an array or an object with their keys; nothing for a scalar.
pub(super) fn entries(value: &Value) -> Vec<(String, &Value)> {
    match value {
        Value::Array(list) => list.iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect(),
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), value)).collect(),
        _ => Vec::new(),
    }
}

pub(super) fn is_collection(value: &Value) -> bool {
    value.is_array() || value.is_object()
}
