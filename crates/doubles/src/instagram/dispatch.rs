//! Which call is which.

use serde_json::Value;

use super::{Flavour, State, refusal, schema};
use crate::{
    Answer,
    meta::{App, Call, Refusal, Side},
};

const REFRESH_PATH: &str = "refresh_access_token";

impl Side for State {
    const NAME: &'static str = "Instagram";

    fn app(&self) -> &App {
        &self.app
    }

    fn app_mut(&mut self) -> &mut App {
        &mut self.app
    }

    fn operation(&self, _: &str, path: &str) -> &'static str {
        match path.rsplit('/').next().unwrap_or_default() {
            "messages" => "messages",
            "subscribed_apps" => "subscribed_apps",
            REFRESH_PATH => "refresh_access_token",
            id if self.is_account(id) => "account",
            id if !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()) => "person",
            _ => "other",
        }
    }

    fn answer(&mut self, call: &Call, now_ms: i64) -> Result<Answer, Refusal> {
        self.answer_to(call, now_ms).map(Answer::ok)
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

    fn stands_at(&mut self, _: &str) {}

    fn act(&mut self, act: &str, body: &Value, now_ms: i64) -> Option<Value> {
        self.act_by_name(act, body, now_ms)
    }
}

impl State {
    /// The node that stands for the account in this flavour.
    pub(super) fn account_id(&self) -> &str {
        match self.settings.flavour {
            Flavour::InstagramLogin => &self.settings.ig_id,
            Flavour::LinkedPage => &self.settings.page_id,
        }
    }

    fn is_account(&self, id: &str) -> bool {
        id == "me" || id == self.account_id()
    }

    fn answer_to(&mut self, call: &Call, now_ms: i64) -> Result<Value, Refusal> {
        // The address of the refresh needs no version.
        let node = match call.path.strip_prefix('/') {
            Some(REFRESH_PATH) => vec![REFRESH_PATH],
            _ => self.app.node(call)?,
        };
        let is_refresh = node == [REFRESH_PATH];
        let token = call.bearer().or_else(|| call.parameter("access_token").filter(|_| is_refresh));
        let token = token.unwrap_or_default().to_owned();
        self.check_token(&token, now_ms)?;
        if let Some(code) = self.app.refused_with() {
            return Err(refusal::refusal(code));
        }
        match (call.method.as_str(), node.as_slice()) {
            ("GET", [REFRESH_PATH]) => self.refresh(call, &token, now_ms),
            ("POST", [id, "messages"]) if self.is_account(id) => {
                let body = self.app.json_body(call, &schema::REQUESTS)?;
                self.post_messages(&body, now_ms)
            }
            (method, [id, "subscribed_apps"]) if self.is_account(id) => self.subscribed_apps(method, call),
            ("GET", [id]) if self.is_account(id) => self.account(call),
            // The account's own number is a node of both flavours.
            ("GET", [id]) if *id == self.settings.ig_id => self.instagram_account(call),
            ("GET", [id]) if id.bytes().all(|byte| byte.is_ascii_digit()) => self.profile(id, call),
            (method, _) => {
                let failure = format!("{method}: no such node for this flavour, or this double does not play it");
                Err(self.app.breach(failure, Refusal::no_object()))
            }
        }
    }
}
