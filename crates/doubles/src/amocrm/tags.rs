//! Tags: named on creation, added and taken away later, or replaced all at once.

use serde_json::Value;

use super::{
    refusal::Flaw,
    row::Row,
    shape::{self, Fields, Kind},
    state::State,
};

const TAG: Fields = &[("id", Kind::Whole), ("name", Kind::Text)];

pub(super) fn flaws(item: &Value) -> Vec<Flaw> {
    let lists = [
        ("_embedded.tags", &item["_embedded"]["tags"]),
        ("tags_to_add", &item["tags_to_add"]),
        ("tags_to_delete", &item["tags_to_delete"]),
    ];
    lists.iter().flat_map(|(path, list)| names(list).flat_map(move |tag| shape::flaws(tag, TAG, path))).collect()
}

impl State {
    /// `_embedded.tags` replaces all and wins over `tags_to_add`; nobody means to send both.
    pub(super) fn put_tags(&mut self, row: &mut Row, item: &Value) {
        let replacing = item["_embedded"].get("tags");
        if replacing.is_some() && item.get("tags_to_add").is_some() {
            self.fail("tags replaced and added in one request".to_owned());
        }
        if let Some(tags) = replacing {
            row.tags = names(tags).filter_map(|tag| tag["name"].as_str()).map(str::to_owned).collect();
            return;
        }
        let gone: Vec<&str> = names(&item["tags_to_delete"]).filter_map(|tag| tag["name"].as_str()).collect();
        row.tags.retain(|tag| !gone.contains(&tag.as_str()));
        for tag in names(&item["tags_to_add"]).filter_map(|tag| tag["name"].as_str()) {
            if !row.tags.iter().any(|own| own == tag) {
                row.tags.push(tag.to_owned());
            }
        }
    }
}

fn names(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}
