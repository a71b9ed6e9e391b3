//! Open lines behind a connector of an application: what it sends, what its people answer, who makes leads of it.
//!
//! Source: `api-reference/imopenlines/imconnector/*.md`. That a message is known again by its id is not documented:
//! here it is not. The CRM tracker makes a lead of any dialogue whose messages do not forbid it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Double, Reply, events, params, portal::Portal, refusal::Refusal};

const FIRST_CHAT: i64 = 3_305;
const FIRST_SESSION: i64 = 871;
const FIRST_MESSAGE: i64 = 120_455;
const NAME_CHARS_MAX: usize = 25;

/// Connectors and the dialogues of all lines.
#[derive(Default)]
pub(super) struct OpenLines {
    connectors: BTreeMap<String, Connector>,
    /// By connector, line and user: dialogues are not grouped by chat.
    dialogues: BTreeMap<(String, i64, String), Dialogue>,
}

#[derive(Default)]
struct Connector {
    has_signature: bool,
    active: BTreeSet<i64>,
    configured: BTreeSet<i64>,
}

struct Dialogue {
    chat: i64,
    session: i64,
    is_open: bool,
    user: String,
    messages: Vec<LineMessage>,
}

/// One message of a dialogue, as the people of the portal see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineMessage {
    /// Of the connector for the client's, of the portal for an operator's.
    pub id: String,
    /// The client's name, or empty for an operator's.
    pub author: String,
    pub text: String,
    /// An operator's message has come to the client.
    pub is_delivered: bool,
}

impl Double {
    /// The messages of all dialogues of this user, oldest first.
    pub fn dialogue(&self, user: &str) -> Vec<LineMessage> {
        let portal = self.portal();
        let own = portal.open_lines.dialogues.iter().filter(|((_, _, own), _)| own == user);
        own.flat_map(|(_, dialogue)| dialogue.messages.clone()).collect()
    }

    /// Users with a dialogue that nobody has ended.
    pub fn open_dialogues(&self) -> Vec<String> {
        let portal = self.portal();
        let open = portal.open_lines.dialogues.iter().filter(|(_, dialogue)| dialogue.is_open);
        open.map(|((_, _, user), _)| user.clone()).collect()
    }

    /// An employee answers: the form that goes out, once. `None`: nobody asked to be told, or there is no dialogue.
    pub fn operator_says(&self, user: &str, operator: i64, text: &str, now_ms: i64) -> Option<String> {
        self.portal().operator_says(user, operator, text, now_ms)
    }

    /// An employee ends the dialogue.
    pub fn operator_finishes(&self, user: &str, now_ms: i64) -> Option<String> {
        self.portal().operator_finishes(user, now_ms)
    }

    /// The administrator takes the connector off a line.
    pub fn disconnects_line(&self, line: i64, now_ms: i64) -> Option<String> {
        let mut portal = self.portal();
        let (name, connector) = portal.open_lines.connectors.iter_mut().find(|(_, own)| own.active.contains(&line))?;
        let name = name.clone();
        connector.active.remove(&line);
        portal.told("ONIMCONNECTORSTATUSDELETE", &[("connector", name), ("line", line.to_string())], now_ms)
    }
}

impl Portal {
    /// The form of an event, for an application that has bound it.
    fn told(&self, event: &str, data: &[(&str, String)], now_ms: i64) -> Option<String> {
        let app = self.app.as_ref()?;
        app.handlers.iter().find(|(own, _)| own == event)?;
        let data: Vec<(&str, &str)> = data.iter().map(|(name, value)| (*name, value.as_str())).collect();
        Some(events::form(event, &data, &self.settings.endpoint(), &[], now_ms))
    }

    fn operator_says(&mut self, user: &str, operator: i64, text: &str, now_ms: i64) -> Option<String> {
        let id = self.new_id("line message", FIRST_MESSAGE).to_string();
        let lines = &mut self.open_lines;
        let ((connector, line, _), dialogue) = lines.dialogues.iter_mut().find(|((_, _, own), _)| own == user)?;
        let signed = if lines.connectors.get(connector)?.has_signature { "[b]Ольга:[/b] [br]" } else { "" };
        let own = LineMessage { id: id.clone(), author: String::new(), text: text.to_owned(), is_delivered: false };
        dialogue.messages.push(own);
        let data = [
            ("CONNECTOR", connector.clone()),
            ("LINE", line.to_string()),
            ("MESSAGES][0][im][chat_id", dialogue.chat.to_string()),
            ("MESSAGES][0][im][message_id", id),
            ("MESSAGES][0][message][user_id", operator.to_string()),
            ("MESSAGES][0][message][text", format!("{signed}{}", text.replace('\n', "[br]"))),
            ("MESSAGES][0][chat][id", dialogue.user.clone()),
        ];
        self.told("ONIMCONNECTORMESSAGEADD", &data, now_ms)
    }

    fn operator_finishes(&mut self, user: &str, now_ms: i64) -> Option<String> {
        let mut all = self.open_lines.dialogues.iter_mut();
        let ((connector, line, _), dialogue) = all.find(|((_, _, own), dialogue)| own == user && dialogue.is_open)?;
        dialogue.is_open = false;
        let data = [
            ("DATA][0][connector][connector_id", connector.clone()),
            ("DATA][0][connector][line_id", line.to_string()),
            ("DATA][0][connector][chat_id", dialogue.user.clone()),
            ("DATA][0][session][id", dialogue.session.to_string()),
            ("DATA][0][session][closed", "1".to_owned()),
            ("DATA][0][chat][id", dialogue.chat.to_string()),
        ];
        self.told("ONIMCONNECTORDIALOGFINISH", &data, now_ms)
    }

    /// A registration that comes to nothing is answered with 200.
    pub(super) fn connector_register(&mut self, params: &Value) -> Reply {
        let text = |value: &Value| params::text(value).unwrap_or_default();
        let id = text(&params["ID"]);
        let is_id = id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        let refused = [
            (id.is_empty(), "CONNECTOR_ID_REQUIRED"),
            (!is_id, "GENERAL_CONNECTOR_REGISTRATION_ERROR"),
            (text(&params["NAME"]).is_empty(), "NAME_REQUIRED"),
            (!text(&params["ICON"]["DATA_IMAGE"]).starts_with("data:image/svg+xml"), "ICON_REQUIRED"),
            (!text(&params["PLACEMENT_HANDLER"]).starts_with("https://"), "NO_PLACEMENT_HANDLER"),
        ];
        if let Some((_, code)) = refused.into_iter().find(|(is_wrong, _)| *is_wrong) {
            return Ok(json!({ "result": false, "error": code, "error_description": "" }).into());
        }
        // The same id again changes what is there.
        let connector = self.open_lines.connectors.entry(id).or_default();
        let flag = &params["NEED_SIGNATURE"];
        connector.has_signature = flag.is_null() || params::is_yes(flag);
        Ok(json!({ "result": true }).into())
    }

    /// `0` and nothing switch off, whatever else switches on.
    pub(super) fn connector_activate(&mut self, params: &Value) -> Reply {
        let (name, line) = self.of_line(params)?;
        let active = params::text(&params["ACTIVE"]).filter(|text| !text.is_empty());
        let active = active.ok_or_else(|| empty("ACTIVE"))?;
        let is_line = self.settings.open_lines.iter().any(|(id, _)| *id == line);
        let connector = self.connector(&name)?;
        if active == "0" {
            connector.active.remove(&line);
        } else if is_line {
            connector.active.insert(line);
        }
        Ok(json!(is_line).into())
    }

    pub(super) fn connector_data_set(&mut self, params: &Value) -> Reply {
        let (name, line) = self.of_line(params)?;
        if params::entries(&params["DATA"]).is_empty() {
            return Err(empty("DATA"));
        }
        self.connector(&name)?.configured.insert(line);
        Ok(json!(true).into())
    }

    pub(super) fn connector_status(&mut self, params: &Value) -> Reply {
        let name = params::text(&params["CONNECTOR"]).filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| empty("CONNECTOR"))?;
        let line = params::int(&params["LINE"]).unwrap_or_default();
        let own = self.open_lines.connectors.get(&name);
        let has = |set: fn(&Connector) -> &BTreeSet<i64>| own.is_some_and(|own| set(own).contains(&line));
        let (configured, active) = (has(|own| &own.configured), has(|own| &own.active));
        Ok(json!({ "LINE": line, "CONNECTOR": name, "ERROR": false, "CONFIGURED": configured, "STATUS": active })
            .into())
    }

    pub(super) fn line_send(&mut self, params: &Value, now_ms: i64) -> Reply {
        let (name, line) = self.of_line(params)?;
        let messages = messages(params)?;
        if !self.connector(&name)?.active.contains(&line) {
            return Err(Refusal::bad("NOT_ACTIVE_LINE", "The line is not active"));
        }
        let whole =
            |message: &&Value| ["user", "message", "chat"].iter().all(|at| params::is_collection(&message[*at]));
        if !messages.iter().all(whole) {
            return Err(Refusal::bad(
                "ERROR_ARGUMENT",
                "The incorrect structure of a message inside MESSAGES parameter",
            ));
        }
        let results: Vec<Value> =
            messages.into_iter().map(|message| self.line_take(&name, line, message, now_ms)).collect();
        Ok(json!({ "SUCCESS": true, "DATA": { "RESULT": results } }).into())
    }

    /// One message: taken, or refused within an answer that says that all is well.
    fn line_take(&mut self, name: &str, line: i64, message: &Value, now_ms: i64) -> Value {
        if let Some(error) = flaw(message) {
            return json!({ "SUCCESS": false, "ERRORS": [error] });
        }
        let text = |value: &Value| params::text(value).unwrap_or_default();
        let (user, said) = (text(&message["user"]["id"]), text(&message["message"]["text"]));
        let makes_lead = !params::is_yes(&message["message"]["disable_crm"]);
        let tracks = self.settings.open_lines.iter().any(|(id, tracks)| *id == line && *tracks);
        let key = (name.to_owned(), line, user.clone());
        if makes_lead && tracks && !self.open_lines.dialogues.contains_key(&key) {
            let lead = json!({ "entityTypeId": 1, "fields": { "title": "Открытая линия", "name": text(&message["user"]["name"]) } });
            // The tracker's own lead; whether it came to be matters to nobody here.
            drop(self.item_add(&lead, now_ms));
        }
        let (chat, session) = (self.new_id("line chat", FIRST_CHAT), self.new_id("line session", FIRST_SESSION));
        let fresh = || Dialogue { chat, session, is_open: true, user: user.clone(), messages: Vec::new() };
        let dialogue = self.open_lines.dialogues.entry(key).or_insert_with(fresh);
        if !dialogue.is_open {
            (dialogue.session, dialogue.is_open) = (session, true);
        }
        let author = text(&message["user"]["name"]);
        let id = text(&message["message"]["id"]);
        dialogue.messages.push(LineMessage { id: id.clone(), author, text: said.clone(), is_delivered: true });
        json!({
            "user": "640", "message": { "id": id, "date": {}, "text": said, "files": [] },
            "chat": { "id": message["chat"]["id"] }, "extra": { "disable_tracker": if makes_lead { "N" } else { "Y" } },
            "SUCCESS": true, "session": { "ID": dialogue.session.to_string(), "CHAT_ID": dialogue.chat.to_string() },
        })
    }

    pub(super) fn line_delivered(&mut self, params: &Value) -> Reply {
        let (name, line) = self.of_line(params)?;
        for message in messages(params)? {
            if !message["message"]["id"].is_array() {
                self.fail("imconnector.send.status.delivery: message.id is no list".to_owned());
            }
            let (chat, id) = (params::int(&message["im"]["chat_id"]), params::text(&message["im"]["message_id"]));
            let user = params::text(&message["chat"]["id"]).unwrap_or_default();
            let dialogue = self.open_lines.dialogues.get_mut(&(name.clone(), line, user));
            let dialogue = dialogue.filter(|dialogue| Some(dialogue.chat) == chat);
            let own = dialogue.and_then(|own| own.messages.iter_mut().find(|own| Some(&own.id) == id.as_ref()));
            match own {
                Some(own) => own.is_delivered = true,
                None => self.fail("imconnector.send.status.delivery: there is no such message".to_owned()),
            }
        }
        Ok(json!({ "SUCCESS": true, "DATA": [] }).into())
    }

    fn connector(&mut self, name: &str) -> Result<&mut Connector, Refusal> {
        let found = self.open_lines.connectors.get_mut(name);
        found.ok_or_else(|| Refusal::bad("IMCONNECTOR_NO_CORRECT_PROVIDER", "No correct provider for the connector"))
    }

    fn of_line(&self, params: &Value) -> Result<(String, i64), Refusal> {
        let name = params::text(&params["CONNECTOR"]).filter(|name| !name.is_empty());
        let line = params::int(&params["LINE"]).filter(|line| *line != 0);
        Ok((name.ok_or_else(|| empty("CONNECTOR"))?, line.ok_or_else(|| empty("LINE"))?))
    }
}

fn messages(params: &Value) -> Result<Vec<&Value>, Refusal> {
    if !params["MESSAGES"].is_array() {
        return Err(Refusal::bad("ERROR_ARGUMENT", "The value of an argument 'MESSAGES' must be of type array"));
    }
    let messages: Vec<&Value> = params::entries(&params["MESSAGES"]).into_iter().map(|(_, message)| message).collect();
    if messages.is_empty() { Err(empty("MESSAGES")) } else { Ok(messages) }
}

/// What makes the portal refuse one message.
fn flaw(message: &Value) -> Option<&'static str> {
    let text = |value: &Value| params::text(value).unwrap_or_default();
    let (user, said) = (&message["user"], &message["message"]);
    let is_name = |name: &str| {
        name.chars().count() <= NAME_CHARS_MAX
            && name.chars().all(|c| c.is_alphabetic() || matches!(c, ' ' | '-' | '\''))
    };
    let phone = text(&user["phone"]);
    let is_phone =
        phone.is_empty() || phone.strip_prefix('+').is_some_and(|digits| digits.chars().all(|c| c.is_ascii_digit()));
    let checks = [
        (text(&user["id"]).is_empty() || text(&message["chat"]["id"]).is_empty(), "no user or chat"),
        (!is_name(&text(&user["name"])) || !is_name(&text(&user["last_name"])), "wrong name"),
        (text(&said["text"]).is_empty() && params::entries(&said["files"]).is_empty(), "empty message"),
        (!is_phone, "wrong phone"),
    ];
    checks.into_iter().find(|(is_wrong, _)| *is_wrong).map(|(_, code)| code)
}

fn empty(argument: &str) -> Refusal {
    Refusal::bad("ERROR_ARGUMENT", &format!("Argument '{argument}' is null or empty"))
}
