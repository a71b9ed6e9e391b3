//! Which call is which.

use serde_json::{Value, json};

use super::{State, refusal, schema};
use crate::{
    Answer,
    meta::{App, Call, Refusal, Side},
};

pub(super) const FILES_PATH: &str = "/whatsapp_business/attachments/";

impl Side for State {
    const NAME: &'static str = "WhatsApp";

    fn app(&self) -> &App {
        &self.app
    }

    fn app_mut(&mut self) -> &mut App {
        &mut self.app
    }

    fn operation(&self, _: &str, path: &str) -> &'static str {
        match path.rsplit('/').next().unwrap_or_default() {
            _ if path == FILES_PATH => "download",
            "messages" => "messages",
            "message_templates" => "message_templates",
            "subscribed_apps" => "subscribed_apps",
            id if id == self.settings.phone_number_id => "account",
            id if self.files.contains_key(id) => "media",
            _ => "other",
        }
    }

    fn answer(&mut self, call: &Call, now_ms: i64) -> Result<Answer, Refusal> {
        self.answer_to(call, now_ms).map_err(|refusal| refusal.of("whatsapp"))
    }

    fn failing(status: u16) -> Answer {
        refusal::failing(status)
    }

    fn knows_error(code: u32) -> bool {
        refusal::is_known(code)
    }

    fn ledger(&self) -> Value {
        self.counts()
    }

    fn stands_at(&mut self, base: &str) {
        base.clone_into(&mut self.files_base);
    }

    fn act(&mut self, act: &str, body: &Value, now_ms: i64) -> Option<Value> {
        self.act_by_name(act, body, now_ms)
    }
}

impl State {
    fn answer_to(&mut self, call: &Call, now_ms: i64) -> Result<Answer, Refusal> {
        if call.bearer() != Some(self.settings.token.as_str()) {
            return Err(Refusal::token());
        }
        if let Some(code) = self.app.refused_with() {
            return Err(refusal::refusal(code));
        }
        if call.path == FILES_PATH {
            return self.download(call, now_ms);
        }
        let node = self.app.node(call)?;
        let answer = match (call.method.as_str(), node.as_slice()) {
            ("POST", [id, "messages"]) if *id == self.settings.phone_number_id => {
                let body = self.app.json_body(call, &schema::REQUESTS)?;
                self.post_messages(&body, now_ms)?
            }
            ("GET", [id]) if *id == self.settings.phone_number_id => self.phone_number(call)?,
            ("GET", [id]) if self.files.contains_key(*id) => self.media(id, now_ms),
            ("GET", [id]) if id.bytes().all(|byte| byte.is_ascii_digit()) => return Err(Refusal::no_object()),
            (method, [id, edge]) if *id == self.settings.waba_id => self.account_edge(method, edge, call)?,
            (method, _) => {
                let failure = format!("{method}: no such node, or this double does not play it");
                return Err(self.app.breach(failure, Refusal::no_object()));
            }
        };
        Ok(Answer::ok(answer))
    }

    fn account_edge(&mut self, method: &str, edge: &str, call: &Call) -> Result<Value, Refusal> {
        match (method, edge) {
            ("POST", "subscribed_apps") => self.subscribe(call),
            ("GET", "subscribed_apps") => Ok(self.subscriptions()),
            ("DELETE", "subscribed_apps") => {
                self.is_subscribed = false;
                Ok(json!({ "success": true }))
            }
            ("GET", "message_templates") => self.list_templates(call),
            ("POST", "message_templates") => {
                let body = self.app.json_body(call, &schema::REQUESTS)?;
                self.create_template(&body)
            }
            ("DELETE", "message_templates") => self.delete_templates(call),
            _ => {
                let failure = format!("{method} {edge}: this double does not play the call");
                Err(self.app.breach(failure, Refusal::no_object()))
            }
        }
    }
}
