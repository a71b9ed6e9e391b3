//! The number, the subscription and the files.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Double, State, dispatch::FILES_PATH, schema, state::File};
use crate::{
    Answer,
    meta::{Call, Refusal, bytes, pick},
};

/// How long the address of a file lives; the sheet marks the figure as unconfirmed.
const FILE_URL_LIFE_MS: i64 = 5 * 60_000;

impl Double {
    /// Changes the number's rating, `GREEN`, `YELLOW` or `RED`, and tells the callback.
    pub fn set_quality(&self, rating: &str, now_ms: i64) {
        self.act(|state| {
            rating.clone_into(&mut state.quality);
            let event = if rating == "GREEN" { "UNFLAGGED" } else { "FLAGGED" };
            let number = &state.settings.display_phone_number;
            let value = json!({ "display_phone_number": number, "event": event, "current_limit": "TIER_1K" });
            state.emit("phone_number_quality_update", value, now_ms);
        });
    }
}

impl State {
    pub(super) fn phone_number(&mut self, call: &Call) -> Result<Value, Refusal> {
        let node = json!({
            "id": self.settings.phone_number_id,
            "display_phone_number": self.settings.display_phone_number,
            "verified_name": self.settings.verified_name,
            "quality_rating": self.quality,
            "messaging_limit_tier": "TIER_1K",
            "status": "CONNECTED",
            "name_status": "APPROVED",
            "code_verification_status": "VERIFIED",
            "platform_type": "CLOUD_API",
            "account_mode": "LIVE",
            "throughput": { "level": "STANDARD" },
        });
        let defaults = ["display_phone_number", "verified_name", "quality_rating"];
        pick(&node, call, &defaults)
            .map_err(|refusal| self.app.breach("GET number: a field that is not there".into(), refusal))
    }

    /// Subscribes the account; a body may name a callback of its own, which must prove itself first.
    pub(super) fn subscribe(&mut self, call: &Call) -> Result<Value, Refusal> {
        let body = call.json().filter(Value::is_object);
        let body =
            body.ok_or_else(|| self.app.breach("subscribed_apps: not JSON".into(), Refusal::bad("Invalid JSON")))?;
        match (body["override_callback_uri"].as_str(), body["verify_token"].as_str()) {
            // Without one the app's own counts again.
            (None, None) => self.own_callback = None,
            (Some(url), Some(verify_token)) if url.starts_with("https://") => {
                self.app.challenge(url, verify_token);
                self.own_callback = Some(url.to_owned());
            }
            _ => {
                let failure = "subscribed_apps: an own callback is an https address and a verify token";
                return Err(self.app.breach(failure.into(), Refusal::bad("Invalid parameter")));
            }
        }
        self.is_subscribed = true;
        Ok(json!({ "success": true }))
    }

    pub(super) fn subscriptions(&self) -> Value {
        if !self.is_subscribed {
            return json!({ "data": [] });
        }
        let id = &self.settings.app_id;
        let link = format!("https://www.facebook.com/games/?app_id={id}");
        let mut app = json!({ "whatsapp_business_api_data": { "id": id, "name": "Nochnik", "link": link } });
        if let Some(url) = self.own_callback.as_deref().filter(|url| self.app.is_callback(url)) {
            app["override_callback_uri"] = json!(url);
        }
        json!({ "data": [app] })
    }

    /// Keeps a file somebody sent; the id is what the webhook names.
    pub(super) fn keep_file(&mut self, mime_type: &str, content: &[u8]) -> String {
        let id = (1_908_647_269_898_000 + self.next_number()).to_string();
        let sha256 = STANDARD.encode(Sha256::digest(content));
        self.files.insert(id.clone(), File { mime_type: mime_type.to_owned(), sha256, content: content.to_vec() });
        id
    }

    pub(super) fn media(&mut self, id: &str, now_ms: i64) -> Value {
        let file = &self.files[id];
        let until_s = (now_ms + FILE_URL_LIFE_MS) / 1000;
        let answer = json!({
            "messaging_product": "whatsapp",
            "url": format!("{}{FILES_PATH}?mid={id}&ext={until_s}&hash=double", self.files_base),
            "mime_type": file.mime_type,
            "sha256": file.sha256,
            "file_size": file.content.len().to_string(),
            "id": id,
        });
        self.check_answer("media.response", &answer);
        answer
    }

    /// The bytes behind the address of [`Self::media`]: the same Bearer, until the address is too old.
    pub(super) fn download(&mut self, call: &Call, now_ms: i64) -> Result<Answer, Refusal> {
        let until_s = call.parameter("ext").and_then(|until| until.parse::<i64>().ok());
        let is_alive = until_s.is_some_and(|until_s| now_ms <= until_s * 1000);
        let file = call.parameter("mid").filter(|_| is_alive && call.method == "GET").and_then(|id| self.files.get(id));
        let file = file.ok_or_else(|| Refusal { status: 404, ..Refusal::no_object() })?;
        Ok(bytes(&file.mime_type, &file.content))
    }

    pub(super) fn check_answer(&mut self, definition: &str, answer: &Value) {
        if let Err(broken) = schema::ANSWERS.check(definition, answer) {
            self.app.fail(format!("the double's own answer ({definition}) {broken}"));
        }
    }
}
