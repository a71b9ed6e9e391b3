//! Bots of version 2 in fetch mode: registered by code, fed by commands under their keyboards, heard by `Event.get`.
//!
//! Source: `ar/chat-bots/chat-bots-v2/**`. Not documented and chosen here: 403 for another's bot and for a dialogue the bot
//! may not write to, such as that of a dismissed employee; the code of a 429; that a refused call does not count; where a
//! message names what it replies to (`params.REPLY_ID`). Bots in group chats and webhook mode are not played.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Double, Reply, moment, params, portal::Portal, refusal::Refusal};

const FIRST_BOT: i64 = 812;
const FIRST_COMMAND: i64 = 42;
const FIRST_MESSAGE: i64 = 15_220;
const FIRST_EVENT: i64 = 1_001;
const TOKEN_CHARS_MAX: usize = 40;
const TEXT_CHARS_MAX: usize = 20_000;
const LIMIT: std::ops::RangeInclusive<i64> = 1..=1_000;
const WINDOW_MS: i64 = 1_000;
const TYPES: [&str; 5] = ["bot", "network", "openline", "supervisor", "personal"];
const BUTTON_FIELDS: [&str; 17] = [
    "TEXT",
    "TYPE",
    "LINK",
    "APP_ID",
    "APP_PARAMS",
    "ACTION",
    "ACTION_VALUE",
    "COMMAND",
    "COMMAND_PARAMS",
    "BLOCK",
    "DISABLED",
    "CONTEXT",
    "DISPLAY",
    "WIDTH",
    "BG_COLOR",
    "BG_COLOR_TOKEN",
    "TEXT_COLOR",
];

/// All bots of the portal with what they have said and what waits to be fetched.
#[derive(Default)]
pub(super) struct Bots {
    bots: BTreeMap<i64, Bot>,
    messages: BTreeMap<i64, BotMessage>,
    /// Presses that may still be answered: message and command.
    pressed: BTreeSet<(i64, i64)>,
    /// Moments of the last calls, for the rate of one application.
    calls_ms: Vec<i64>,
}

struct Bot {
    code: String,
    /// The token of a webhook's bot, or the application.
    owner: String,
    name: String,
    /// Names without a slash, by id.
    commands: BTreeMap<i64, String>,
    /// What was not confirmed yet, by id.
    events: BTreeMap<i64, Value>,
    is_deleted: bool,
}

/// What a bot has said in somebody's dialogue, as it stands there now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BotMessage {
    pub id: i64,
    pub bot: i64,
    /// The employee.
    pub dialog: String,
    pub text: String,
    pub buttons: Vec<BotButton>,
    /// Whether it answers a pressed button.
    pub is_answer: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BotButton {
    pub label: String,
    pub command: String,
    pub params: String,
}

impl Double {
    /// What bots have said to this employee, oldest first.
    pub fn bot_said(&self, user: i64) -> Vec<BotMessage> {
        let dialog = user.to_string();
        self.portal().bots.messages.values().filter(|message| message.dialog == dialog).cloned().collect()
    }

    /// Numbers of the bots that are there, oldest first.
    pub fn bots(&self) -> Vec<i64> {
        self.portal().bots.bots.iter().filter(|(_, bot)| !bot.is_deleted).map(|(id, _)| *id).collect()
    }

    /// The name of a bot as people see it, and its commands.
    pub fn bot_card(&self, bot: i64) -> Option<(String, Vec<String>)> {
        let portal = self.portal();
        let bot = portal.bots.bots.get(&bot)?;
        Some((bot.name.clone(), bot.commands.values().cloned().collect()))
    }

    /// The administrator deletes every bot.
    pub fn deletes_bots(&self) {
        self.portal().bots.bots.values_mut().for_each(|bot| bot.is_deleted = true);
    }

    /// An employee presses a button under a message, which may have been forwarded to them. False: there is none.
    pub fn presses(&self, user: i64, message: i64, label: &str, now_ms: i64) -> bool {
        self.portal().presses(user, message, label, now_ms)
    }

    /// An employee writes to the bot, perhaps in reply to one of its messages.
    pub fn tells_bot(&self, user: i64, bot: i64, text: &str, reply_to: Option<i64>, now_ms: i64) {
        self.portal().tells_bot(user, bot, text, reply_to, now_ms);
    }

    /// Events that nobody has confirmed yet.
    pub fn unconfirmed(&self, bot: i64) -> usize {
        self.portal().bots.bots.get(&bot).map_or(0, |bot| bot.events.len())
    }
}

impl Portal {
    /// Two requests a second for one application.
    pub(super) fn bot_rate(&mut self, now_ms: i64) -> Result<(), Refusal> {
        let Some(max) = self.settings.bot_calls_per_s else { return Ok(()) };
        let calls_ms = &mut self.bots.calls_ms;
        calls_ms.retain(|at_ms| now_ms - at_ms < WINDOW_MS);
        if calls_ms.len() >= max {
            return Err(Refusal::new(429, "", "Too many requests"));
        }
        calls_ms.push(now_ms);
        Ok(())
    }

    pub(super) fn bot_register(&mut self, params: &Value) -> Reply {
        let fields = &params["fields"];
        let owner = self.bot_owner(&fields["botToken"])?;
        let code = filled(&fields["code"]).ok_or_else(|| Refusal::bad("BOT_CODE_REQUIRED", "Bot code is required"))?;
        let name = filled(&fields["properties"]["name"])
            .ok_or_else(|| Refusal::bad("BOT_PROPERTIES_REQUIRED", "Bot properties are required"))?;
        if filled(&fields["type"]).is_some_and(|kind| !TYPES.contains(&kind.as_str())) {
            return Err(Refusal::bad("BOT_INVALID_TYPE", "Invalid bot type"));
        }
        match filled(&fields["eventMode"]).as_deref() {
            None | Some("fetch") => {}
            Some("webhook") if filled(&fields["webhookUrl"]).is_none() => {
                return Err(Refusal::bad("BOT_WEBHOOK_URL_REQUIRED", "Webhook URL is required"));
            }
            Some("webhook") => self.fail("imbot.v2.Bot.register: webhook mode is not played".to_owned()),
            Some(_) => return Err(Refusal::bad("BOT_INVALID_EVENT_MODE", "Invalid event mode")),
        }
        let there = self.bots.bots.iter().find(|(_, bot)| bot.code == code && !bot.is_deleted);
        if let Some((id, bot)) = there {
            let is_own = bot.owner == owner;
            let card = json!({ "bot": self.bot_object(*id), "users": [user_of(*id, &bot.name, true)] });
            let taken = || Refusal::bad("BOT_CODE_ALREADY_TAKEN", "Bot code is already taken");
            return is_own.then(|| card.into()).ok_or_else(taken);
        }
        let own = self.bots.bots.values().filter(|bot| bot.owner == owner && !bot.is_deleted).count();
        if own >= self.settings.bots_max {
            return Err(Refusal::bad("BOT_LIMIT_EXCEEDED", "Bot limit exceeded"));
        }
        let id = self.new_id("bot", FIRST_BOT);
        let users = json!([user_of(id, &name, true)]);
        let (commands, events) = (BTreeMap::new(), BTreeMap::new());
        self.bots.bots.insert(id, Bot { code, owner, name, commands, events, is_deleted: false });
        Ok(json!({ "bot": self.bot_object(id), "users": users }).into())
    }

    pub(super) fn bot_update(&mut self, params: &Value) -> Reply {
        let id = self.own_bot(params)?;
        if let Some(name) = filled(&params["fields"]["properties"]["name"]) {
            self.bot_mut(id)?.name = name;
        }
        Ok(json!({ "bot": self.bot_object(id) }).into())
    }

    pub(super) fn command_register(&mut self, params: &Value) -> Reply {
        let id = self.own_bot(params)?;
        let fields = &params["fields"];
        let command = match &fields["command"] {
            Value::Null => return Err(Refusal::bad("COMMAND_REQUIRED", "Command is required")),
            Value::String(command) if command.is_empty() => {
                return Err(Refusal::bad("COMMAND_REQUIRED", "Command is required"));
            }
            Value::String(command) => command.clone(),
            _ => return Err(Refusal::bad("COMMAND_NAME_INVALID", "Command name is invalid")),
        };
        if command.starts_with('/') {
            self.fail("imbot.v2.Command.register: a command is given without its slash".to_owned());
        }
        if !params::is_yes(&fields["hidden"]) && params::entries(&fields["title"]).is_empty() {
            return Err(Refusal::bad("COMMAND_TITLE_REQUIRED", "Command title is required"));
        }
        let known = self.bot_mut(id)?.commands.iter().find(|(_, own)| **own == command).map(|(own, _)| *own);
        let number = known.unwrap_or_else(|| self.new_id("bot command", FIRST_COMMAND));
        self.bot_mut(id)?.commands.insert(number, command.clone());
        let card = json!({ "id": number, "botId": id, "command": format!("/{command}"), "common": false });
        Ok(json!({ "command": card }).into())
    }

    pub(super) fn bot_send(&mut self, params: &Value) -> Reply {
        let bot = self.own_bot(params)?;
        let dialog = filled(&params["dialogId"]).ok_or_else(denied)?;
        let fields = &params["fields"];
        let text = filled(&fields["message"]);
        if text.is_none() && params::entries(&fields["attach"]).is_empty() {
            return Err(Refusal::bad("EMPTY_MESSAGE", "Message is empty"));
        }
        self.may_write_to(&dialog)?;
        let buttons = self.buttons(bot, &fields["keyboard"], false);
        let id = self.put_message(bot, dialog, &text.unwrap_or_default(), buttons, false);
        Ok(json!({ "id": id, "uuidMap": [] }).into())
    }

    pub(super) fn bot_edit(&mut self, params: &Value) -> Reply {
        let bot = self.own_bot(params)?;
        let id = params::int(&params["messageId"]).ok_or_else(denied)?;
        let owner = self.bots.messages.get(&id).map(|message| message.bot);
        if owner != Some(bot) {
            return Err(denied());
        }
        let fields = &params["fields"];
        let buttons = match &fields["keyboard"] {
            Value::Null => None,
            Value::String(none) if none == "N" || none.is_empty() => Some(Vec::new()),
            keyboard => Some(self.buttons(bot, keyboard, true)),
        };
        let Some(message) = self.bots.messages.get_mut(&id) else { return Err(denied()) };
        if let Some(text) = filled(&fields["message"]) {
            message.text = cut(&text);
        }
        if let Some(buttons) = buttons {
            message.buttons = buttons;
        }
        Ok(json!({ "result": true }).into())
    }

    pub(super) fn command_answer(&mut self, params: &Value) -> Reply {
        let bot = self.own_bot(params)?;
        let failed = || Refusal::bad("COMMAND_ANSWER_FAILED", "Command answer failed");
        let number = |name: &str| params::int(&params[name]).ok_or_else(failed);
        let press = (number("messageId")?, number("commandId")?);
        let dialog = filled(&params["dialogId"]).ok_or_else(failed)?;
        let text = filled(&params["fields"]["message"]).ok_or_else(failed)?;
        if !self.bots.pressed.contains(&press) {
            return Err(failed());
        }
        let buttons = self.buttons(bot, &params["fields"]["keyboard"], false);
        self.put_message(bot, dialog, &text, buttons, true);
        Ok(json!({ "result": true }).into())
    }

    pub(super) fn bot_events(&mut self, params: &Value) -> Reply {
        let bot = self.own_bot(params)?;
        let limit = params::int(&params["limit"]).unwrap_or(100);
        if !LIMIT.contains(&limit) {
            self.fail(format!("imbot.v2.Event.get: a limit of {limit}"));
        }
        let offset = params::int(&params["offset"]);
        let events = &mut self.bot_mut(bot)?.events;
        if let Some(offset) = offset {
            events.retain(|id, _| *id >= offset);
        }
        let count = usize::try_from(limit).unwrap_or(100);
        let page: Vec<Value> = events.values().take(count).cloned().collect();
        let last = events.keys().take(count).next_back().map(|id| id + 1);
        let has_more = events.len() > page.len();
        let next = last.or(offset).unwrap_or(0);
        Ok(json!({ "events": page, "nextOffset": next, "hasMore": has_more }).into())
    }

    fn presses(&mut self, user: i64, message: i64, label: &str, now_ms: i64) -> bool {
        let Some(said) = self.bots.messages.get(&message).cloned() else { return false };
        let Some(button) = said.buttons.iter().find(|button| button.label == label) else { return false };
        let Some(bot) = self.bots.bots.get(&said.bot) else { return false };
        let own = bot.commands.iter().find(|(_, command)| **command == button.command);
        let Some(command) = own.map(|(id, _)| *id) else { return false };
        self.bots.pressed.insert((message, command));
        let data = json!({
            "command": {
                "id": command, "command": format!("/{}", button.command), "params": button.params,
                "context": "keyboard",
            },
            "message": message_of(message, said.bot, &said.text, now_ms),
        });
        self.put_event(said.bot, "ONIMBOTV2COMMANDADD", user, data, now_ms);
        true
    }

    fn tells_bot(&mut self, user: i64, bot: i64, text: &str, reply_to: Option<i64>, now_ms: i64) {
        let id = self.new_id("bot message", FIRST_MESSAGE);
        let mut message = message_of(id, user, text, now_ms);
        if let Some(reply_to) = reply_to {
            message["params"] = json!({ "REPLY_ID": reply_to });
        }
        self.put_event(bot, "ONIMBOTV2MESSAGEADD", user, json!({ "message": message }), now_ms);
    }

    /// Adds what every event carries.
    fn put_event(&mut self, bot: i64, kind: &str, user: i64, mut data: Value, now_ms: i64) {
        let id = self.new_id("bot event", FIRST_EVENT);
        data["bot"] = self.bot_object(bot);
        data["user"] = user_of(user, "Ирина Серова", false);
        data["chat"] = json!({ "id": 5, "dialogId": user.to_string(), "type": "private", "name": "", "owner": bot });
        data["language"] = json!("ru");
        let event = json!({ "eventId": id, "type": kind, "date": moment::iso(now_ms), "data": data });
        if let Some(bot) = self.bots.bots.get_mut(&bot) {
            bot.events.insert(id, event);
        }
    }

    fn put_message(&mut self, bot: i64, dialog: String, text: &str, buttons: Vec<BotButton>, is_answer: bool) -> i64 {
        let id = self.new_id("bot message", FIRST_MESSAGE);
        self.bots.messages.insert(id, BotMessage { id, bot, dialog, text: cut(text), buttons, is_answer });
        id
    }

    /// Whose bot is meant: a webhook proves it by the token, an application by itself.
    fn bot_owner(&self, token: &Value) -> Result<String, Refusal> {
        if !self.caller_token.is_empty() {
            return Ok("application".to_owned());
        }
        let missing = || Refusal::bad("BOT_TOKEN_NOT_SPECIFIED", "Bot token is not specified");
        let token = filled(token).ok_or_else(missing)?;
        if token.chars().count() > TOKEN_CHARS_MAX {
            return Err(Refusal::bad("BOT_TOKEN_INVALID_LENGTH", "Bot token is too long"));
        }
        Ok(format!("token {token}"))
    }

    fn own_bot(&self, params: &Value) -> Result<i64, Refusal> {
        let owner = self.bot_owner(&params["botToken"])?;
        let required = || Refusal::bad("BOT_ID_REQUIRED", "Bot ID is required");
        let id = params::int(&params["botId"]).ok_or_else(required)?;
        let bot = self.bots.bots.get(&id).filter(|bot| !bot.is_deleted);
        let bot = bot.ok_or_else(|| Refusal::bad("BOT_NOT_FOUND", "Bot not found"))?;
        let foreign = || Refusal::new(403, "BOT_OWNERSHIP_ERROR", "Bot is registered by another application");
        (bot.owner == owner).then_some(id).ok_or_else(foreign)
    }

    fn bot_mut(&mut self, id: i64) -> Result<&mut Bot, Refusal> {
        self.bots.bots.get_mut(&id).ok_or_else(|| Refusal::bad("BOT_NOT_FOUND", "Bot not found"))
    }

    fn may_write_to(&self, dialog: &str) -> Result<(), Refusal> {
        let user: Option<i64> = dialog.parse().ok();
        let is_there = user.is_some_and(|user| self.employees.iter().any(|own| own.id == user && own.is_active));
        if is_there { Ok(()) } else { Err(denied()) }
    }

    fn bot_object(&self, id: i64) -> Value {
        let bot = self.bots.bots.get(&id);
        json!({
            "id": id, "code": bot.map(|bot| bot.code.clone()), "type": "bot", "isHidden": false,
            "isSupportOpenline": false, "isReactionsEnabled": true, "backgroundId": null, "language": "ru",
            "moduleId": "rest", "eventMode": "fetch", "countMessage": 0,
            "countCommand": bot.map_or(0, |bot| bot.commands.len()), "countChat": 0, "countUser": 0,
        })
    }

    /// The buttons of a keyboard. What the portal would show and then do nothing with is told as a failure.
    fn buttons(&mut self, bot: i64, keyboard: &Value, is_update: bool) -> Vec<BotButton> {
        let (list, names_bot) = match &keyboard["BUTTONS"] {
            Value::Null => (keyboard, false),
            list => (list, params::int(&keyboard["BOT_ID"]) == Some(bot)),
        };
        let mut buttons = Vec::new();
        for (_, button) in params::entries(list) {
            if button["TYPE"] == "NEWLINE" {
                continue;
            }
            match self.button(bot, button) {
                Ok(button) => buttons.push(button),
                Err(why) => self.fail(format!("a keyboard: {why}: {button}")),
            }
        }
        if is_update && !buttons.is_empty() && !names_bot {
            self.fail("a keyboard of an update names its bot, or its commands may lead nowhere".to_owned());
        }
        buttons
    }

    fn button(&self, bot: i64, button: &Value) -> Result<BotButton, &'static str> {
        let is_known = |name: &str| BUTTON_FIELDS.contains(&name) || name.starts_with("OFF_");
        if params::entries(button).iter().any(|(name, _)| !is_known(name)) {
            return Err("an unknown field");
        }
        let label = filled(&button["TEXT"]).ok_or("no text")?;
        let command = filled(&button["COMMAND"]).ok_or("nothing follows from it")?;
        let own = self.bots.bots.get(&bot).ok_or("no bot")?;
        if !own.commands.values().any(|known| *known == command) {
            return Err("its command is not registered");
        }
        Ok(BotButton { label, command, params: filled(&button["COMMAND_PARAMS"]).unwrap_or_default() })
    }
}

fn denied() -> Refusal {
    Refusal::new(403, "ACCESS_DENIED", "Access denied")
}

fn filled(value: &Value) -> Option<String> {
    params::text(value).filter(|text| !text.trim().is_empty())
}

fn cut(text: &str) -> String {
    if text.chars().count() <= TEXT_CHARS_MAX {
        return text.to_owned();
    }
    let kept: String = text.chars().take(TEXT_CHARS_MAX).collect();
    format!("{kept} (...)")
}

fn message_of(id: i64, author: i64, text: &str, now_ms: i64) -> Value {
    json!({
        "id": id, "chatId": 5, "authorId": author, "date": moment::iso(now_ms), "text": text, "isSystem": false,
        "uuid": "", "forward": null, "params": [], "viewedByOthers": false,
    })
}

fn user_of(id: i64, name: &str, is_bot: bool) -> Value {
    json!({
        "id": id, "active": true, "name": name, "firstName": name, "lastName": "", "workPosition": "",
        "extranet": false, "bot": is_bot, "connector": false, "externalAuthId": if is_bot { "bot" } else { "default" },
        "status": "online", "idle": false, "lastActivityDate": false, "absent": false, "departments": [1],
        "phones": false, "type": if is_bot { "bot" } else { "employee" },
    })
}
