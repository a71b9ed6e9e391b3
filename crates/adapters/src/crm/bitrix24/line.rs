//! The open line: a connector of our own, by which the portal's people answer clients of any messenger.
//!
//! No message of ours may make a card: each is sent past the portal's own CRM tracker. That a repeated message is known
//! by its id is not documented, so one whose end nobody knows may be seen twice.
//! Source: b24-rest-docs `imopenlines/imconnector/*.md`, `tutorials/openlines/example-connector.md`, read 2026-11-22.

use std::sync::Arc;

use async_trait::async_trait;
use nochnik_core::open_line::{LinePlace, LineWords};
use serde_json::{Value, json};

use crate::bitrix24::call::{Care, Portal, Said};
use crate::failure::Failure;
use crate::ports::{OpenLine, Pace, Seen, Spoken};

/// Lower-case letters, digits and `_`; no dot.
pub const CONNECTOR: &str = "nochnik";
const NAME: &str = "Ночник";
const ICON: &str = "data:image/svg+xml;charset=utf-8,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24'%3E%3Cpath fill='%23fff' d='M20 14A8 8 0 0 1 10 4a8 8 0 1 0 10 10z'/%3E%3C/svg%3E";
const COLOR: &str = "#2b3a67";
/// Letters of a name that the portal takes.
const NAME_CHARS_MAX: usize = 25;
const TEXT_CHARS_MAX: usize = 4_000;
/// Where a client has not named themselves.
const NAMELESS: &str = "Клиент";
/// The cards have the portal's bucket to themselves but for this.
const PACE: Pace = Pace { burst: 5, per_s: 0.5, parallel: 1, requests: 1 };
const SHUT: &str = "Открытая линия Битрикс24 не принимает сообщений Ночника. Проверьте номер линии (line) в разделе [crm] и права приложения «Открытые линии (imopenlines)» и «Внешние мессенджеры (imconnector)», затем нажмите «Подключить» в кабинете, «Ещё → CRM».";

/// The line of one portal.
#[derive(Clone)]
pub struct Line {
    pub portal: Arc<Portal>,
    /// Its number there.
    pub number: i64,
}

impl Line {
    /// Makes our connector known, listens to it and switches it on. May be repeated.
    pub async fn set_up(&self, handler: &str) -> Result<(), Failure> {
        let connector = json!({
            "ID": CONNECTOR,
            "NAME": NAME,
            "ICON": { "DATA_IMAGE": ICON, "COLOR": COLOR },
            "PLACEMENT_HANDLER": handler,
            "NEED_SIGNATURE": false,
            "NEED_SYSTEM_MESSAGES": false,
            "NEWSLETTER": false,
            "CHAT_GROUP": false,
        });
        let registered = self.done("imconnector.register", &connector).await?;
        // A registration that came to nothing is answered with 200.
        if registered["result"] != true {
            let code = registered["error"].as_str().unwrap_or_default();
            return Err(shut(&format!("the connector is not registered: {code}")));
        }
        let mut activate = self.address();
        activate["ACTIVE"] = "1".into();
        self.done("imconnector.activate", &activate).await?;
        let mut data = self.address();
        data["DATA"] = json!({ "ID": CONNECTOR, "NAME": NAME });
        self.done("imconnector.connector.data.set", &data).await.map(drop)
    }

    /// Whether messages of ours are taken, for its owner.
    pub async fn check(&self) -> Result<String, Failure> {
        let status = self.done("imconnector.status", &self.address()).await?;
        let is_open = ["CONFIGURED", "STATUS"].iter().all(|name| status[*name] == true);
        let number = self.number;
        Ok(if is_open {
            format!("Открытая линия {number} подключена: разговоры, где нужен человек, приходят и туда.")
        } else {
            format!("Открытая линия {number} не подключена: нажмите «Подключить» в кабинете, «Ещё → CRM».")
        })
    }

    fn address(&self) -> Value {
        json!({ "CONNECTOR": CONNECTOR, "LINE": self.number })
    }

    async fn done(&self, method: &str, body: &Value) -> Result<Value, Failure> {
        self.portal.call(method, body, Care::Changes).await?.map_err(|said| failure(&said))
    }

    async fn send(&self, method: &str, message: Value) -> Result<(), Failure> {
        let mut body = self.address();
        body["MESSAGES"] = json!([message]);
        let answer = self.done(method, &body).await?;
        // One message may be refused within an answer that says that all is well.
        let own = answer["DATA"]["RESULT"].as_array().and_then(|results| results.first());
        match own.filter(|own| own["SUCCESS"] == false) {
            Some(own) => Err(Failure::Refused { code: first_error(own), why: "the line refused a message".to_owned() }),
            None if answer["SUCCESS"] == false => Err(shut("the line took nothing")),
            None => Ok(()),
        }
    }
}

#[async_trait]
impl OpenLine for Line {
    fn destination(&self) -> String {
        format!("line:bitrix24:{}:{}", self.portal.host(), self.number)
    }

    fn pace(&self) -> Pace {
        PACE
    }

    async fn say(&self, spoken: &Spoken<'_>) -> Result<(), Failure> {
        let text: String = spoken.words.text.chars().take(TEXT_CHARS_MAX).collect();
        let message = json!({
            "user": user(spoken.dialogue, spoken.words),
            "message": { "id": spoken.key, "date": spoken.at.as_second(), "text": text, "disable_crm": "Y" },
            "chat": { "id": spoken.dialogue },
        });
        self.send("imconnector.send.messages", message).await
    }

    async fn delivered(&self, dialogue: &str, place: &LinePlace, seen: &Seen<'_>) -> Result<(), Failure> {
        let message = json!({
            "im": { "chat_id": id(&place.chat), "message_id": id(&place.message) },
            "message": { "id": [seen.vendor_id], "date": seen.at.as_second() },
            "chat": { "id": dialogue },
        });
        self.send("imconnector.send.status.delivery", message).await
    }
}

fn user(dialogue: &str, words: &LineWords) -> Value {
    let name = words.name.as_deref().map(fit).filter(|name| !name.is_empty());
    let mut user = json!({ "id": dialogue, "name": name.as_deref().unwrap_or(NAMELESS) });
    if let Some(phone) = &words.phone {
        user["phone"] = phone.e164().into();
    }
    user
}

/// The portal tells its numbers as texts.
fn id(text: &str) -> Value {
    text.parse::<i64>().map_or_else(|_| text.into(), Value::from)
}

/// Letters, blanks, hyphens and apostrophes: anything else in a name makes the portal refuse the message.
fn fit(name: &str) -> String {
    let known: String = name.chars().filter(|c| c.is_alphabetic() || matches!(c, ' ' | '-' | '\'')).collect();
    known.trim().chars().take(NAME_CHARS_MAX).collect::<String>().trim_end().to_owned()
}

fn first_error(own: &Value) -> String {
    let error = &own["ERRORS"][0];
    error.as_str().or_else(|| error["code"].as_str()).unwrap_or("line").to_owned()
}

fn failure(said: &Said) -> Failure {
    match said.code.as_str() {
        "NOT_ACTIVE_LINE" | "IMCONNECTOR_NO_CORRECT_PROVIDER" | "insufficient_scope" => shut(&said.why()),
        _ => Failure::Refused { code: said.code.clone(), why: said.why() },
    }
}

fn shut(why: &str) -> Failure {
    Failure::Broken { why: why.to_owned(), hint: SHUT }
}

#[cfg(test)]
mod tests {
    use super::fit;

    #[test]
    fn a_name_keeps_what_the_portal_takes() {
        for (name, fitted) in [
            ("Анна", "Анна"),
            ("Анна 💅 2", "Анна"),
            ("Anna-Maria O'Neil", "Anna-Maria O'Neil"),
            ("79281234567", ""),
            ("Очень длинное имя клиента салона", "Очень длинное имя клиента"),
        ] {
            assert_eq!(fit(name), fitted, "{name}");
        }
    }
}
