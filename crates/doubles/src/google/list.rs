//! `events.list`: filters, pages, and tokens that bring what changed.
//!
//! Source: the method's parameters in the discovery document; the vendor's page on synchronizing. A text that never was
//! a token is refused with 400 (not confirmed), one that has ended with 410.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::Reply;
use super::refusal::Refusal;
use super::state::{Entry, State, stamp};

const PAGE_ITEMS: usize = 250;
/// What may not stand beside a token.
const NOT_WITH_TOKEN: [&str; 8] = [
    "iCalUID",
    "orderBy",
    "privateExtendedProperty",
    "q",
    "sharedExtendedProperty",
    "timeMin",
    "timeMax",
    "updatedMin",
];
/// What may differ from page to page and from time to time.
const OF_THE_CALL: [&str; 8] =
    ["pageToken", "syncToken", "timeMin", "timeMax", "updatedMin", "fields", "prettyPrint", "quotaUser"];

/// The rest of a reading.
pub(super) struct Page {
    items: Vec<Value>,
    /// All parameters of the reading but the page's own.
    query: Vec<(String, String)>,
    sync_change: u64,
}

/// From where a token goes on.
pub(super) struct Sync {
    change: u64,
    query: Vec<(String, String)>,
    is_dead: bool,
}

impl State {
    pub(super) fn list(&mut self, query: &[(String, String)], now_ms: i64) -> Reply {
        let one = |name: &str| query.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str());
        let same: Vec<(String, String)> = query.iter().filter(|(name, _)| name != "pageToken").cloned().collect();
        let limit = one("maxResults").and_then(|text| text.parse().ok()).unwrap_or(PAGE_ITEMS);
        let limit = limit.min(self.settings.page_items_max).max(1);
        let page = match one("pageToken") {
            Some(token) => {
                let page = self.pages.remove(token).filter(|page| page.query == same);
                page.ok_or_else(|| Refusal::about(400, "invalid", "pageToken"))?
            }
            None => {
                let checked = self.check_list(query);
                if let Err(refusal) = &checked
                    && !refusal.is("fullSyncRequired")
                {
                    self.fail(&format!("calendar.events.list: {refusal:?}"));
                }
                let since = checked?;
                let items = self.chosen(query, since)?;
                let page = Page { items, query: same.clone(), sync_change: self.change };
                if self.settings.has_empty_pages {
                    return Ok(self.page_of(Vec::new(), Some(page), now_ms));
                }
                page
            }
        };
        let mut items = page.items;
        let rest = if items.len() > limit { items.split_off(limit) } else { Vec::new() };
        let rest = (!rest.is_empty()).then_some(Page { items: rest, query: same, sync_change: page.sync_change });
        let mut answer = self.page_of(items, rest, now_ms);
        if answer.get("nextPageToken").is_none() && one("q").or(one("orderBy")).or(one("iCalUID")).is_none() {
            let token = format!("CPDA{:x}-{}=", page.sync_change, self.syncs.len());
            let query = lasting(query);
            self.syncs.insert(token.clone(), Sync { change: page.sync_change, query, is_dead: false });
            answer["nextSyncToken"] = json!(token);
        }
        Ok(answer)
    }

    /// Every token given out so far has ended.
    pub(super) fn forget_syncs(&mut self) {
        self.syncs.values_mut().for_each(|sync| sync.is_dead = true);
    }

    /// Gives the change after which all is wanted; zero without a token.
    fn check_list(&self, query: &[(String, String)]) -> Result<u64, Refusal> {
        let one = |name: &str| query.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str());
        let moment = |name| one(name).and_then(|text| text.parse::<Timestamp>().ok());
        if let (Some(from), Some(to)) = (moment("timeMin"), moment("timeMax"))
            && from >= to
        {
            return Err(Refusal::about(400, "timeRangeEmpty", "timeMax"));
        }
        if one("orderBy") == Some("startTime") && one("singleEvents") != Some("true") {
            return Err(Refusal::about(400, "invalid", "orderBy"));
        }
        let Some(token) = one("syncToken") else { return Ok(0) };
        if let Some(name) = NOT_WITH_TOKEN.iter().find(|name| one(name).is_some()) {
            return Err(Refusal::about(400, "invalid", name));
        }
        if one("showDeleted") == Some("false") {
            return Err(Refusal::about(400, "invalid", "showDeleted"));
        }
        let sync = self.syncs.get(token).ok_or_else(|| Refusal::about(400, "invalid", "syncToken"))?;
        if sync.is_dead {
            return Err(Refusal::about(410, "fullSyncRequired", "syncToken"));
        }
        // The document calls what follows "undefined behavior".
        if sync.query != lasting(query) {
            return Err(Refusal::about(400, "invalid", "syncToken"));
        }
        Ok(sync.change)
    }

    /// The items asked for. Series stand here as their single times already.
    fn chosen(&self, query: &[(String, String)], since: u64) -> Result<Vec<Value>, Refusal> {
        let all = |name: &str| -> Vec<&str> {
            query.iter().filter(|(own, _)| own == name).map(|(_, value)| value.as_str()).collect()
        };
        let moment = |name| all(name).first().and_then(|text| text.parse::<Timestamp>().ok());
        if all("singleEvents") != ["true"] {
            // Whole series are not played.
            return Err(Refusal::about(501, "notImplemented", "singleEvents"));
        }
        let (kinds, marks) = (all("eventTypes"), all("privateExtendedProperty"));
        let (from, to) = (moment("timeMin"), moment("timeMax"));
        let is_sync = !all("syncToken").is_empty();
        let shows_deleted = is_sync || all("showDeleted") == ["true"];
        let guests_max = all("maxAttendees").first().and_then(|text| text.parse().ok());
        let is_wanted = |entry: &Entry| {
            let event = &entry.resource;
            let kind = event["eventType"].as_str().unwrap_or("default");
            let span = self.span_of(event);
            entry.change > since
                && (kinds.is_empty() || kinds.contains(&kind))
                && (shows_deleted || !entry.is_cancelled())
                && from.is_none_or(|from| span.is_some_and(|(_, end)| end > from))
                && to.is_none_or(|to| span.is_some_and(|(start, _)| start < to))
                && marks.iter().all(|mark| has_mark(event, mark))
        };
        let wanted = self.events.values().filter(|entry| is_wanted(entry));
        Ok(wanted.map(|entry| self.seen(entry, is_sync, guests_max)).collect())
    }

    /// An event as the caller may see it in a list.
    fn seen(&self, entry: &Entry, is_sync: bool, guests_max: Option<usize>) -> Value {
        let event = &entry.resource;
        if is_sync && entry.is_cancelled() {
            return json!({ "kind": "calendar#event", "etag": event["etag"], "id": event["id"], "status": "cancelled" });
        }
        let is_hidden = event["visibility"] == "private"
            && !matches!(self.settings.access_role.as_str(), "writer" | "owner")
            || self.settings.access_role == "freeBusyReader";
        if is_hidden {
            let names = ["kind", "etag", "id", "status", "start", "end", "visibility", "eventType"];
            return names.iter().filter_map(|name| Some(((*name).to_owned(), event.get(name)?.clone()))).collect();
        }
        let mut event = event.clone();
        if let Some(guests) = event["attendees"].as_array().filter(|guests| Some(guests.len()) > guests_max) {
            let own: Vec<Value> = guests.iter().filter(|guest| guest["self"] == true).cloned().collect();
            if guests_max.is_some() {
                event["attendees"] = Value::from(own);
                event["attendeesOmitted"] = json!(true);
            }
        }
        if event["attendees"].is_null()
            && let Some(fields) = event.as_object_mut()
        {
            fields.remove("attendees");
        }
        event
    }

    fn page_of(&mut self, items: Vec<Value>, rest: Option<Page>, now_ms: i64) -> Value {
        let mut answer = json!({
            "kind": "calendar#events",
            "etag": format!("\"p{}\"", self.change),
            "summary": self.settings.calendar_name,
            "updated": stamp(now_ms),
            "timeZone": self.settings.time_zone,
            "accessRole": self.settings.access_role,
            "defaultReminders": [],
            "items": items,
        });
        if let Some(rest) = rest {
            self.pages_given += 1;
            let token = format!("page-{}", self.pages_given);
            self.pages.insert(token.clone(), rest);
            answer["nextPageToken"] = json!(token);
        }
        answer
    }
}

/// What must be the same in every call with one token.
fn lasting(query: &[(String, String)]) -> Vec<(String, String)> {
    query.iter().filter(|(name, _)| !OF_THE_CALL.contains(&name.as_str())).cloned().collect()
}

fn has_mark(event: &Value, mark: &str) -> bool {
    mark.split_once('=').is_some_and(|(name, value)| event["extendedProperties"]["private"][name] == value)
}
