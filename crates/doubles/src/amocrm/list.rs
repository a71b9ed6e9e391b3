//! Lists: pages, their links, and 204 for an empty one.

use serde_json::{Value, json};

use super::{Done, refusal::Refusal, state::State};

const LIMIT_MAX: usize = 250;
/// Of a list that names no limit; not documented.
const LIMIT: usize = 50;

pub(super) struct Page {
    number: usize,
    limit: usize,
}

impl Page {
    /// Reads `page` and `limit`; any other name must begin with one of `known`, or the double does not play it.
    pub(super) fn read(state: &mut State, query: &[(String, String)], known: &[&str]) -> Result<Self, Refusal> {
        let number = |name: &str, default: usize| match query.iter().find(|(key, _)| key == name) {
            None => Ok(default),
            Some((_, text)) => text.parse::<usize>().map_err(|_| Refusal::bad("a page is a number")),
        };
        let page = Self { number: number("page", 1)?, limit: number("limit", LIMIT)? };
        if page.number == 0 || page.limit == 0 || page.limit > LIMIT_MAX {
            return Err(Refusal::bad("a page has 1 to 250 rows"));
        }
        let is_known = |key: &str| ["page", "limit"].contains(&key) || known.iter().any(|known| key.starts_with(known));
        if let Some((key, _)) = query.iter().find(|(key, _)| !is_known(key)) {
            state.fail(format!("{key}: this double does not play the parameter"));
        }
        Ok(page)
    }
}

pub(super) fn values<'a>(query: &'a [(String, String)], prefix: &str) -> Vec<&'a str> {
    query.iter().filter(|(key, _)| key.starts_with(prefix)).map(|(_, value)| value.as_str()).collect()
}

/// One page of `rows`. A short one still names the next: only its link tells whether there is more.
pub(super) fn page(entity: &str, rows: Vec<Value>, page: &Page, is_short: bool) -> Done {
    let size = if is_short { page.limit.min(1) } else { page.limit };
    let from = (page.number - 1) * size;
    let shown: Vec<Value> = rows.iter().skip(from).take(size).cloned().collect();
    if shown.is_empty() {
        return Done::Nothing;
    }
    let mut links = json!({ "self": { "href": format!("https://salon-demo.amocrm.ru/api/v4/{entity}") } });
    if rows.len() > from + shown.len() {
        let next = page.number + 1;
        links["next"] = json!({ "href": format!("https://salon-demo.amocrm.ru/api/v4/{entity}?page={next}") });
    }
    Done::Found(json!({ "_page": page.number, "_links": links, "_embedded": { entity: shown } }))
}

impl State {
    pub(super) fn users(&mut self, query: &[(String, String)]) -> super::Reply {
        let asked = Page::read(self, query, &[])?;
        let users = self.settings.users.iter().map(|(id, name, is_active)| {
            json!({ "id": id, "name": name, "email": "user@example.com", "lang": "ru", "rights": { "is_active": is_active } })
        });
        Ok(page("users", users.collect(), &asked, self.settings.has_short_pages))
    }

    pub(super) fn is_user(&self, id: i64) -> bool {
        self.settings.users.iter().any(|(known, _, is_active)| *known == id && *is_active)
    }
}
