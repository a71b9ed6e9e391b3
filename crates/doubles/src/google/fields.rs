//! Partial answers: `fields=kind,items(id,start),extendedProperties/private`.
//!
//! Source: the parameter `fields` of the discovery document and the vendor's page on performance. A name that the
//! schema does not have is refused.

use serde_json::{Map, Value};

use super::discovery::V3;

/// What is chosen; nothing chosen below a name means all of it.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Selector(Vec<(String, Selector)>);

impl Selector {
    /// `None`: the text is no selector of this schema.
    pub(super) fn parse(text: &str, schema: &str) -> Option<Self> {
        let (selector, rest) = Self::list(text)?;
        (rest.is_empty() && selector.fits(V3.schema(schema))).then_some(selector)
    }

    fn list(mut text: &str) -> Option<(Self, &str)> {
        let mut chosen = Vec::new();
        loop {
            let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len());
            let (name, rest) = text.split_at(end);
            if name.is_empty() {
                return None;
            }
            let (below, rest) = match rest.chars().next() {
                Some('/') => {
                    let end = rest[1..].find([',', ')']).map_or(rest.len(), |at| at + 1);
                    let (below, beyond) = Self::list(&rest[1..end])?;
                    if !beyond.is_empty() {
                        return None;
                    }
                    (below, &rest[end..])
                }
                Some('(') => {
                    let (below, beyond) = Self::list(&rest[1..])?;
                    (below, beyond.strip_prefix(')')?)
                }
                _ => (Self::default(), rest),
            };
            chosen.push((name.to_owned(), below));
            match rest.strip_prefix(',') {
                Some(more) => text = more,
                None => return Some((Self(chosen), rest)),
            }
        }
    }

    fn fits(&self, schema: &Value) -> bool {
        self.0.iter().all(|(name, below)| V3.property(schema, name).is_some_and(|schema| below.fits(schema)))
    }

    pub(super) fn choose(&self, value: &Value) -> Value {
        if self.0.is_empty() {
            return value.clone();
        }
        match value {
            Value::Array(items) => items.iter().map(|item| self.choose(item)).collect(),
            Value::Object(fields) => {
                let chosen =
                    self.0.iter().filter_map(|(name, below)| Some((name.clone(), below.choose(fields.get(name)?))));
                Value::Object(chosen.collect::<Map<_, _>>())
            }
            other => other.clone(),
        }
    }
}
