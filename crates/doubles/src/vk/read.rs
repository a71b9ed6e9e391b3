//! What the community reads: histories, dialogs, people, itself.

use serde_json::{Value, json};

use super::{
    form::is_on,
    refusal::Refusal,
    state::{Message, Person, State},
};

const COUNT: usize = 20;

impl State {
    /// Newest first; `rev` turns it round. `start_message_id` is where it begins.
    pub(super) fn history(&self, call: &Value) -> Result<Value, Refusal> {
        let peer = call["peer_id"].as_i64().or(call["user_id"].as_i64());
        let peer = peer.ok_or(Refusal::parameter("peer_id is undefined"))?;
        let person = self.people.get(&peer).ok_or(Refusal::new(936))?;
        let alive = person.messages.values().filter(|message| !message.is_deleted).collect::<Vec<_>>();
        let count = alive.len();
        let start = call["start_message_id"].as_i64().filter(|start| *start > 0);
        let is_reversed = call["rev"] == 1;
        let begins = |message: &&Message| {
            start.is_none_or(|start| if is_reversed { message.id >= start } else { message.id <= start })
        };
        let mut ordered = alive.into_iter().filter(begins).collect::<Vec<_>>();
        if !is_reversed {
            ordered.reverse();
        }
        let items = page(call, ordered.into_iter().map(|message| message.json.clone()));
        let mut history = json!({ "count": count, "items": items });
        if is_on(&call["extended"]) {
            history["profiles"] = json!([profile(peer, person)]);
        }
        Ok(history)
    }

    pub(super) fn by_cmid(&self, call: &Value) -> Result<Value, Refusal> {
        let peer = call["peer_id"].as_i64().unwrap_or_default();
        let person = self.people.get(&peer).ok_or(Refusal::new(936))?;
        let asked = call["conversation_message_ids"].as_array().into_iter().flatten().filter_map(Value::as_i64);
        let found = asked.filter_map(|cmid| person.messages.get(&cmid)).filter(|message| !message.is_deleted);
        let items = found.map(|message| message.json.clone()).collect::<Vec<_>>();
        Ok(json!({ "count": items.len(), "items": items }))
    }

    /// Dialogs with their last messages, the freshest first.
    pub(super) fn conversations(&self, call: &Value) -> Value {
        let mut dialogs = self.people.iter().filter_map(|(peer, person)| Some((*peer, person, last(person)?)));
        let is_asked = |person: &Person, last: &Message| match call["filter"].as_str().unwrap_or("all") {
            "unread" => unread(person) > 0,
            "unanswered" => !last.is_out,
            "all" => true,
            _ => false,
        };
        let mut asked = dialogs.by_ref().filter(|(_, person, last)| is_asked(person, last)).collect::<Vec<_>>();
        asked.sort_by_key(|(_, _, last)| -last.id);
        let unread_dialogs = self.people.values().filter(|person| unread(person) > 0).count();
        let count = asked.len();
        let profiles = asked.iter().map(|(peer, person, _)| profile(*peer, person)).collect::<Vec<_>>();
        let items = asked.into_iter().map(|(peer, person, last)| conversation(peer, person, last));
        let mut answer = json!({ "count": count, "unread_count": unread_dialogs, "items": page(call, items) });
        if is_on(&call["extended"]) {
            answer["profiles"] = json!(profiles);
        }
        answer
    }

    pub(super) fn is_allowed(&self, call: &Value) -> Value {
        let user = call["user_id"].as_i64().unwrap_or_default();
        let is_open = self.people.get(&user).is_some_and(|person| person.is_open);
        json!({ "is_allowed": i32::from(is_open) })
    }

    /// Unknown people are left out.
    pub(super) fn users(&self, call: &Value) -> Value {
        let ids = call["user_ids"].as_array().into_iter().flatten();
        let ids = ids.filter_map(|id| id.as_i64().or_else(|| id.as_str()?.trim_start_matches("id").parse().ok()));
        ids.filter_map(|id| Some(profile(id, self.people.get(&id)?))).collect()
    }

    pub(super) fn group(&self) -> Value {
        let group = json!({
            "id": self.group_id, "name": "Салон Лотос", "screen_name": "lotos_rostov", "is_closed": 0, "type": "group",
        });
        json!({ "groups": [group], "profiles": [] })
    }

    pub(super) fn permissions(&self) -> Value {
        const SETTINGS: [(&str, i64); 4] = [("photos", 4), ("messages", 4_096), ("docs", 131_072), ("manage", 262_144)];
        let given = SETTINGS.iter().filter(|(name, _)| self.rights.contains(name)).collect::<Vec<_>>();
        let permissions = given.iter().map(|(name, setting)| json!({ "name": name, "setting": setting }));
        json!({
            "mask": given.iter().map(|(_, setting)| setting).sum::<i64>(),
            "permissions": permissions.collect::<Vec<_>>(),
        })
    }
}

fn last(person: &Person) -> Option<&Message> {
    person.messages.values().rev().find(|message| !message.is_deleted)
}

fn unread(person: &Person) -> usize {
    let from_person = person.messages.values().filter(|message| !message.is_out);
    from_person.filter(|message| message.id > person.in_read).count()
}

fn conversation(peer: i64, person: &Person, last: &Message) -> Value {
    json!({
        "conversation": {
            "peer": { "id": peer, "type": "user", "local_id": peer },
            "last_message_id": last.id, "last_conversation_message_id": last.json["conversation_message_id"],
            "in_read": person.in_read, "out_read": person.out_read, "unread_count": unread(person),
            "can_write": { "allowed": person.is_open && person.refused_with.is_none() },
            "version": last.json["version"],
        },
        "last_message": last.json,
    })
}

fn profile(id: i64, person: &Person) -> Value {
    json!({
        "id": id, "first_name": person.first_name, "last_name": person.last_name, "is_closed": false,
        "can_access_closed": true,
    })
}

fn page(call: &Value, items: impl Iterator<Item = Value>) -> Vec<Value> {
    let offset = call["offset"].as_u64().and_then(|offset| usize::try_from(offset).ok()).unwrap_or(0);
    let count = call["count"].as_u64().and_then(|count| usize::try_from(count).ok()).unwrap_or(COUNT);
    items.skip(offset).take(count).collect()
}
