//! The account, people's profiles, the subscription.

use serde_json::{Value, json};

use super::{Flavour, State, refusal::refusal};
use crate::meta::{Call, Refusal, pick};

const FIELDS: [&str; 8] = [
    "messages",
    "messaging_postbacks",
    "messaging_seen",
    "messaging_referral",
    "message_reactions",
    "message_edit",
    "comments",
    "standby",
];

impl State {
    pub(super) fn account(&mut self, call: &Call) -> Result<Value, Refusal> {
        match self.settings.flavour {
            Flavour::InstagramLogin => self.instagram_account(call),
            Flavour::LinkedPage => {
                let node = json!({
                    "id": self.settings.page_id, "name": self.settings.name,
                    "instagram_business_account": { "id": self.settings.ig_id },
                });
                self.picked(&node, call, &["name"])
            }
        }
    }

    pub(super) fn instagram_account(&mut self, call: &Call) -> Result<Value, Refusal> {
        let node = json!({
            "id": self.settings.ig_id, "user_id": self.settings.ig_id, "username": self.settings.username,
            "name": self.settings.name, "account_type": "BUSINESS", "followers_count": 1240, "media_count": 310,
            "profile_picture_url": "https://scontent.example/lotos.jpg",
        });
        self.picked(&node, call, &[])
    }

    /// A person's profile, after a message of theirs. The sheet names no code for the refusal; 230 is of the permissions'
    /// range and Meta's own.
    pub(super) fn profile(&mut self, igsid: &str, call: &Call) -> Result<Value, Refusal> {
        let person = self.people.get(igsid).ok_or_else(Refusal::no_object)?;
        if person.last_word_ms.is_none() {
            return Err(refusal(230));
        }
        let node = json!({
            "id": igsid, "name": person.name, "username": person.username,
            "profile_pic": "https://lookaside.fbsbx.example/profile.jpg",
        });
        self.picked(&node, call, &["name"])
    }

    fn picked(&mut self, node: &Value, call: &Call, defaults: &[&str]) -> Result<Value, Refusal> {
        pick(node, call, defaults).map_err(|refusal| self.app.breach("GET: a field that is not there".into(), refusal))
    }

    pub(super) fn subscribed_apps(&mut self, method: &str, call: &Call) -> Result<Value, Refusal> {
        match method {
            "POST" => self.subscribe(call),
            "GET" if self.fields.is_empty() => Ok(json!({ "data": [] })),
            "GET" => Ok(json!({ "data": [{ "id": "1160370450900001", "subscribed_fields": self.fields }] })),
            "DELETE" => {
                self.fields.clear();
                Ok(json!({ "success": true }))
            }
            _ => Err(self.app.breach(format!("{method} subscribed_apps: no such call"), Refusal::no_object())),
        }
    }

    pub(super) fn subscribe_to_all(&mut self) {
        self.fields.extend(FIELDS);
    }

    /// Only the fields named are told of; they come in the query or in the body.
    fn subscribe(&mut self, call: &Call) -> Result<Value, Refusal> {
        let body = call.json().unwrap_or_default();
        let named = call.parameter("subscribed_fields").or_else(|| body["subscribed_fields"].as_str());
        let named = named.unwrap_or_default().split(',').map(str::trim);
        let fields = named.map(|name| FIELDS.into_iter().find(|field| *field == name)).collect::<Option<Vec<_>>>();
        let Some(fields) = fields else {
            let refusal = Refusal::bad("Param subscribed_fields must hold known fields");
            return Err(self.app.breach("subscribed_apps: no fields, or an unknown one".into(), refusal));
        };
        self.fields = fields.into_iter().collect();
        Ok(json!({ "success": true }))
    }
}
