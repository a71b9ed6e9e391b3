//! `crm.item.list`: filter, order, page.
//!
//! Source: `ar/crm/universal/crm-item-list.md`. A field that may not be filtered by is refused; `fm` cannot be selected by
//! name, it comes with `*` or no selection.

use serde_json::{Value, json};

use super::{Reply, fields, fields::Kind, filter, item::renamed, params, portal::Portal};

impl Portal {
    pub(super) fn item_list(&mut self, params: &Value) -> Reply {
        let kind = self.card_type(params)?;
        let known = |field: &str| self.is_filterable(kind, field);
        let mut rows = Vec::new();
        for id in self.candidates(kind, &params["filter"]) {
            let Some(row) = self.row(kind, id) else { continue };
            let fields = row.fields.clone();
            if filter::matches(&params["filter"], &fields, &known)? {
                rows.push(fields);
            }
        }
        filter::sort(&mut rows, &params["order"], &known)?;
        let keeps_names = params::is_yes(&params["useOriginalUfNames"]);
        let names = params::entries(&params["select"]);
        let shows_fm = names.is_empty() || names.iter().any(|(_, name)| name.as_str() == Some("*"));
        Ok(filter::page(rows, &params["start"], |rows| {
            let items = rows.into_iter().map(|mut fields| {
                if shows_fm {
                    let id = fields["id"].as_i64().unwrap_or_default();
                    fields.insert("fm".to_owned(), self.fm_json(kind, id));
                }
                filter::select(renamed(fields, keeps_names), &params["select"])
            });
            json!({ "items": items.collect::<Vec<_>>() })
        }))
    }

    /// Ids worth looking at: by origin or id when the filter names one, else all.
    fn candidates(&self, kind: i64, filter: &Value) -> Vec<i64> {
        let Some(cards) = self.cards.get(&kind) else { return Vec::new() };
        // Under OR one condition does not narrow the search.
        let conditions = if filter.get("logic").is_some() { Vec::new() } else { params::entries(filter) };
        for (key, value) in conditions {
            match (filter::split(&key), value) {
                (("=", "originId"), Value::String(origin)) => {
                    let mut ids = cards.by_origin.get(origin).cloned().unwrap_or_default();
                    ids.sort_unstable();
                    return ids;
                }
                (("=", "id"), id) if params::int(id).is_some() => return params::int(id).into_iter().collect(),
                (("@", "id"), ids) if params::is_collection(ids) => {
                    let mut ids = params::entries(ids).iter().filter_map(|(_, id)| params::int(id)).collect::<Vec<_>>();
                    ids.sort_unstable();
                    ids.dedup();
                    return ids;
                }
                _ => {}
            }
        }
        cards.rows.keys().copied().collect()
    }

    fn is_filterable(&self, kind: i64, field: &str) -> bool {
        let is_standard = fields::find(field, kind).is_some_and(|field| field.1 != Kind::Multifields);
        is_standard || self.user_fields.contains_key(&(kind, field.to_owned()))
    }
}
