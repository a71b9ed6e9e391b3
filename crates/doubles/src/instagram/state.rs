//! The world of one account: people, messages of both sides, comments, tokens.

use std::collections::{BTreeMap, BTreeSet};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{ledger::Button, schema, send::Pace};
use crate::meta::App;

/// 36 hours of repeats are quoted; the sheet marks the figure as unconfirmed.
const WEBHOOK_LIFE_MS: i64 = 36 * 3_600_000;

/// Which of the two APIs the account speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flavour {
    /// Instagram API with Instagram Login: `/{ig_id}` and `/me`, a token that lives 60 days.
    InstagramLogin,
    /// Messenger Platform: `/{page_id}` and `/me`, a page's token.
    LinkedPage,
}

/// The account as an owner would configure it. The values of `Default` are invented.
#[derive(Debug, Clone)]
pub struct Settings {
    pub flavour: Flavour,
    pub ig_id: String,
    pub page_id: String,
    pub username: String,
    pub name: String,
    pub app_secret: String,
    pub token: String,
    pub token_issued_at_ms: i64,
    /// The Human Agent permission.
    pub may_tag_human_agent: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            flavour: Flavour::InstagramLogin,
            ig_id: "17841400000000001".into(),
            page_id: "104000000000001".into(),
            username: "lotos_rostov".into(),
            name: "Салон Лотос".into(),
            app_secret: "0123456789abcdef0123456789abcdef".into(),
            token: "IGAAdoubleUserToken".into(),
            token_issued_at_ms: 0,
            may_tag_human_agent: false,
        }
    }
}

/// The account and everybody around it.
pub struct State {
    pub(super) settings: Settings,
    pub(super) app: App,
    /// The fields subscribed to.
    pub(super) fields: BTreeSet<&'static str>,
    pub(super) people: BTreeMap<String, Person>,
    pub(super) messages: BTreeMap<String, Message>,
    pub(super) comments: BTreeMap<String, Comment>,
    /// Tokens and when each was issued.
    pub(super) tokens: BTreeMap<String, i64>,
    pub(super) pace: Option<Pace>,
    pub(super) human_agent_sends: u64,
    next: u64,
}

#[derive(Default)]
pub(super) struct Person {
    pub(super) username: String,
    pub(super) name: String,
    /// The last message or press: opens the window.
    pub(super) last_word_ms: Option<i64>,
    pub(super) reach: Reach,
    /// Another app holds the thread: events come in `standby`.
    pub(super) is_held_elsewhere: bool,
    pub(super) typing_seen: bool,
}

/// Whether our messages reach a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Reach {
    #[default]
    Reachable,
    /// Refused as 551.
    Unavailable,
    /// Refused as 2, behind which the service may hide a block.
    HiddenBlock,
}

pub(super) struct Message {
    pub(super) number: u64,
    pub(super) person: String,
    pub(super) is_from_account: bool,
    /// By a human in the app, not by us.
    pub(super) is_by_human: bool,
    pub(super) text: String,
    pub(super) buttons: Vec<Button>,
    pub(super) asks_phone: bool,
    pub(super) edits: u64,
    pub(super) is_deleted: bool,
    pub(super) is_read: bool,
    pub(super) at_ms: i64,
}

pub(super) struct Comment {
    pub(super) person: String,
    pub(super) at_ms: i64,
    pub(super) is_answered: bool,
}

impl State {
    pub(super) fn new(settings: Settings) -> Self {
        Self {
            app: App::new(&settings.app_secret, WEBHOOK_LIFE_MS),
            tokens: BTreeMap::from([(settings.token.clone(), settings.token_issued_at_ms)]),
            settings,
            fields: BTreeSet::new(),
            people: BTreeMap::new(),
            messages: BTreeMap::new(),
            comments: BTreeMap::new(),
            pace: Some(Pace::default()),
            human_agent_sends: 0,
            next: 1,
        }
    }

    pub(super) fn next_number(&mut self) -> u64 {
        self.next += 1;
        self.next - 1
    }

    pub(super) fn new_mid(&mut self) -> (String, u64) {
        let number = self.next_number();
        (format!("aWdf{}", STANDARD.encode(format!("double:{number:06}"))), number)
    }

    /// A person by their account-scoped number; made with their first act.
    pub(super) fn person(&mut self, igsid: &str) -> &mut Person {
        self.people.entry(igsid.to_owned()).or_insert_with(|| Person {
            username: "anna_kov".into(),
            name: "Анна К.".into(),
            ..Person::default()
        })
    }

    /// Sends one event of a chat; `field` is the subscription it belongs to.
    pub(super) fn emit_chat(&mut self, field: &'static str, igsid: &str, is_echo: bool, content: Value, now_ms: i64) {
        let account = &self.settings.ig_id;
        let (from, to) = if is_echo { (account.as_str(), igsid) } else { (igsid, account.as_str()) };
        let mut event = json!({ "sender": { "id": from }, "recipient": { "id": to }, "timestamp": now_ms });
        for (key, value) in content.as_object().into_iter().flatten() {
            event[key] = value.clone();
        }
        let is_held = self.people.get(igsid).is_some_and(|person| person.is_held_elsewhere);
        let (container, field) = if is_held { ("standby", "standby") } else { ("messaging", field) };
        let entry = json!({ "id": account, "time": now_ms, container: [event] });
        self.emit(field, entry, now_ms);
    }

    pub(super) fn emit(&mut self, field: &str, entry: Value, now_ms: i64) {
        let is_subscribed = self.fields.contains(field);
        self.app.emit(&schema::ANSWERS, is_subscribed, json!({ "object": "instagram", "entry": [entry] }), now_ms);
    }
}
