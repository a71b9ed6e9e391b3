//! `POST /{id}/messages`: messages, private replies to comments, signs of life.

use serde_json::{Value, json};

use super::{
    State,
    ledger::Button,
    refusal::{no_user, outside_window, refusal},
    schema,
    state::{Message, Reach},
};
use crate::meta::{Bucket, Refusal};

const DAY_MS: i64 = 86_400_000;
const WINDOW_MS: i64 = DAY_MS;
/// Of a human agent, and of a private reply to a comment.
const LONG_WINDOW_MS: i64 = 7 * DAY_MS;
const CALLS_PER_S: f64 = 300.0;
const SOUNDS_PER_S: f64 = 10.0;

/// 300 calls a second in all, 10 with sound or video.
#[derive(Default)]
pub(super) struct Pace {
    all: Option<Bucket>,
    sounds: Option<Bucket>,
}

impl Pace {
    fn take(&mut self, is_sound: bool, now_ms: i64) -> bool {
        let full = |per_s| Bucket::new(per_s, per_s, now_ms);
        if is_sound && !self.sounds.get_or_insert(full(SOUNDS_PER_S)).take(now_ms) {
            return false;
        }
        self.all.get_or_insert(full(CALLS_PER_S)).take(now_ms)
    }
}

impl State {
    pub(super) fn post_messages(&mut self, body: &Value, now_ms: i64) -> Result<Value, Refusal> {
        self.check_message(body)?;
        let is_sound = matches!(body["message"]["attachment"]["type"].as_str(), Some("audio" | "video"));
        if self.pace.as_mut().is_some_and(|pace| !pace.take(is_sound, now_ms)) {
            return Err(refusal(613));
        }
        let answer = if body.get("sender_action").is_some() {
            self.show_sign(body)?
        } else if let Some(comment) = body["recipient"]["comment_id"].as_str() {
            self.reply_privately(comment, body, now_ms)?
        } else {
            let igsid = body["recipient"]["id"].as_str().unwrap_or_default().to_owned();
            self.check_window(&igsid, body, now_ms)?;
            self.accept(&igsid, body, now_ms)
        };
        let definition = if answer.get("message_id").is_some() { "send.response" } else { "action.response" };
        if let Err(broken) = schema::ANSWERS.check(definition, &answer) {
            self.app.fail(format!("the double's own answer ({definition}) {broken}"));
        }
        Ok(answer)
    }

    fn reachable(&self, igsid: &str) -> Result<(), Refusal> {
        match self.people.get(igsid).map(|person| person.reach) {
            None => Err(no_user()),
            Some(Reach::Unavailable) => Err(refusal(551)),
            Some(Reach::HiddenBlock) => Err(refusal(2)),
            Some(Reach::Reachable) => Ok(()),
        }
    }

    fn check_window(&mut self, igsid: &str, body: &Value, now_ms: i64) -> Result<(), Refusal> {
        self.reachable(igsid)?;
        let is_human = body["tag"] == "HUMAN_AGENT";
        if is_human && !self.settings.may_tag_human_agent {
            return Err(refusal(200));
        }
        let window_ms = if is_human { LONG_WINDOW_MS } else { WINDOW_MS };
        let last_ms = self.people[igsid].last_word_ms;
        if last_ms.is_none_or(|at_ms| now_ms - at_ms > window_ms) {
            return Err(outside_window());
        }
        self.human_agent_sends += u64::from(is_human);
        Ok(())
    }

    /// Typing, seen, reactions: no echo and no message.
    fn show_sign(&mut self, body: &Value) -> Result<Value, Refusal> {
        let igsid = body["recipient"]["id"].as_str().unwrap_or_default();
        self.reachable(igsid)?;
        if let Some(mid) = body["payload"]["message_id"].as_str()
            && !self.messages.contains_key(mid)
        {
            return Err(Refusal::bad("Invalid message id"));
        }
        match body["sender_action"].as_str() {
            Some("typing_on") => self.person(igsid).typing_seen = true,
            Some("typing_off") => self.person(igsid).typing_seen = false,
            Some("mark_seen") => {
                let theirs = self.messages.values_mut().filter(|message| message.person == igsid);
                theirs.filter(|message| !message.is_from_account).for_each(|message| message.is_read = true);
            }
            _ => {}
        }
        Ok(json!({ "recipient_id": igsid }))
    }

    /// One message, within 7 days of the comment. The sheet names no codes: a second one is a bad parameter, a late one is
    /// outside the window.
    fn reply_privately(&mut self, comment: &str, body: &Value, now_ms: i64) -> Result<Value, Refusal> {
        let known = self.comments.get_mut(comment).ok_or_else(|| Refusal::bad("Invalid comment id"))?;
        if known.is_answered {
            return Err(Refusal::bad("The comment was already replied to"));
        }
        if now_ms - known.at_ms > LONG_WINDOW_MS {
            return Err(outside_window());
        }
        let igsid = known.person.clone();
        self.reachable(&igsid)?;
        if let Some(known) = self.comments.get_mut(comment) {
            known.is_answered = true;
        }
        Ok(self.accept(&igsid, body, now_ms))
    }

    fn accept(&mut self, igsid: &str, body: &Value, now_ms: i64) -> Value {
        let message = &body["message"];
        let mid = self.keep(igsid, message, false, now_ms);
        json!({ "recipient_id": igsid, "message_id": mid })
    }

    /// Keeps a message of the account, by us or by a human in the app, and sends its echo.
    pub(super) fn keep(&mut self, igsid: &str, message: &Value, is_by_human: bool, now_ms: i64) -> String {
        let (mid, number) = self.new_mid();
        let payload = &message["attachment"]["payload"];
        let text = message["text"].as_str().or_else(|| payload["text"].as_str()).unwrap_or_default();
        self.person(igsid).typing_seen = false;
        let kept = Message {
            number,
            person: igsid.to_owned(),
            is_from_account: true,
            is_by_human,
            text: text.to_owned(),
            buttons: buttons(message),
            asks_phone: items(&message["quick_replies"]).any(|reply| reply["content_type"] == "user_phone_number"),
            edits: 0,
            is_deleted: false,
            is_read: false,
            at_ms: now_ms,
        };
        self.messages.insert(mid.clone(), kept);
        let mut echo = json!({ "mid": mid, "is_echo": true });
        match message.get("attachment") {
            Some(attachment) => echo["attachments"] = json!([attachment]),
            None => echo["text"] = json!(text),
        }
        self.emit_chat("messages", igsid, true, json!({ "message": echo }), now_ms);
        mid
    }
}

/// Quick replies with a payload, and the postback buttons of a template.
fn buttons(message: &Value) -> Vec<Button> {
    let payload = &message["attachment"]["payload"];
    let of_elements = items(&payload["elements"]).flat_map(|element| items(&element["buttons"]));
    let all = items(&message["quick_replies"]).map(|reply| (reply, true));
    let all = all.chain(items(&payload["buttons"]).chain(of_elements).map(|button| (button, false)));
    let shown = |(button, is_quick_reply): (&Value, bool)| {
        let text = |key: &str| button[key].as_str().map(str::to_owned);
        Some(Button { payload: text("payload")?, title: text("title")?, is_quick_reply })
    };
    all.filter_map(shown).collect()
}

fn items(array: &Value) -> impl Iterator<Item = &Value> {
    array.as_array().into_iter().flatten()
}
