//! VK through a community's messages, by Bots Long Poll or by Callback API.
//!
//! Only private dialogs are clients. The one messenger that knows a repeat: what was sent under one number
//! is not sent again. Source: `VKCOM/vk-api-schema` 5.199 and dev.vk.com, read 2026-11-22; `contracts/vk/`.

mod longpoll;
mod outgoing;
mod refusal;
mod updates;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use nochnik_core::event::FileRef;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};

use self::longpoll::{Checked, Server, checked};
use self::outgoing::Part;
use self::updates::Message;
use super::OpenContext;
use super::rest::{Request, Rest, Trouble};
use super::{field, parts, proof, read};
use crate::failure::{Failure, Scope};
use crate::http::Http;
use crate::media::Files;
use crate::ports::{
    Channel, Field, Forged, Hook, Incoming, Kind, Limits, Media, Outgoing, Pace, ParseProblem, Polled, Receipt, Subscribed,
};
use crate::settings::{Settings, SettingsProblem};

pub static KIND: Kind = Kind {
    name: "vk",
    title: "ВКонтакте",
    fields: FIELDS,
    limits: Limits {
        text_chars_max: outgoing::TEXT_CHARS_MAX,
        buttons_max: outgoing::BUTTONS_MAX,
        label_chars_max: outgoing::LABEL_CHARS_MAX,
    },
    can_poll: true,
    has_hook: true,
    is_for_staff: false,
    notice: None,
};

const FIELDS: &[Field] = &[
    field("token", "Ключ сообщества", "Управление → Работа с API → Ключи доступа; права: сообщения и управление", true),
    field("group_id", "Номер сообщества", "Цифры из адреса: vk.com/club220033445 → 220033445", true),
    field("mode", "Как получать сообщения", "polling — забирать самим (по умолчанию), webhook — на адрес Ночника", false),
    field("base_url", "Адрес API", "По умолчанию https://api.vk.ru", false),
    field("proxy", "Прокси", "http://адрес:порт или socks5h://адрес:порт", false),
    field("extra_ca", "Корневой сертификат", "Путь к файлу PEM, если у прокси или сервера свой центр сертификации", false),
    field("per_s", "Запросов в секунду", "По умолчанию 15: ВКонтакте разрешает 20", false),
    field("burst", "Запросов подряд", "По умолчанию 10", false),
    field("parallel", "Вызовов одновременно", "По умолчанию 8", false),
];

const VERSION: &str = "5.199";
/// A community's key may make 20 requests a second.
const PACE: Pace = Pace { burst: 10, per_s: 15.0, parallel: 8, requests: 1 };
const POLL_WAIT_S: u64 = 25;
/// A long poll is given this much over its own waiting time.
const POLL_GRACE: Duration = Duration::from_secs(10);
/// Clients whose program is remembered to show answering buttons; others get buttons that write.
const CALLBACK_MAX: usize = 1_000;
/// Dialogs looked through after a gap in the events, and messages of each.
const CATCH_UP_DIALOGS: &str = "100";
const CATCH_UP_MESSAGES: &str = "20";
const TOAST_CHARS_MAX: usize = 90;
const SERVER_TITLE: &str = "Nochnik";
const SECRET_CHARS_MAX: usize = 50;

pub(super) fn open(settings: &Settings<'_>, context: &OpenContext) -> Result<Arc<dyn Channel>, SettingsProblem> {
    let base = settings.url("base_url", "https://api.vk.ru")?;
    let group = group_of(settings)?;
    let secret: String = context.hook_secret.chars().take(SECRET_CHARS_MAX).collect();
    Ok(Arc::new(Vk {
        token: SecretString::from(settings.required("token")?),
        group,
        files: Files::open(settings, &base, &[])?,
        rest: Rest::new(Http::open(settings, &base)?, base, Vec::new()),
        hook_secret: SecretString::from(secret),
        pace: settings.pace(PACE)?,
        is_polling: settings.choice("mode", &[("polling", true), ("webhook", false)])?,
        server: Mutex::new(None),
        can_callback: Mutex::default(),
        half_sent: parts::HalfSent::default(),
    }))
}

/// Written as a number or as a text.
fn group_of(settings: &Settings<'_>) -> Result<i64, SettingsProblem> {
    let text = settings.required("group_id")?;
    let digits = text.trim_start_matches("club").trim_start_matches("public");
    let group = digits.parse().ok().filter(|group| *group > 0);
    group.ok_or_else(|| settings.problem("group_id", "Нужен номер сообщества цифрами: из vk.com/club220033445 — 220033445"))
}

struct Vk {
    rest: Rest,
    files: Files,
    token: SecretString,
    group: i64,
    hook_secret: SecretString,
    pace: Pace,
    is_polling: bool,
    /// Where events are fetched, until it says otherwise.
    server: Mutex<Option<Server>>,
    can_callback: Mutex<HashMap<i64, bool>>,
    half_sent: parts::HalfSent,
}

#[async_trait]
impl Channel for Vk {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    fn pace(&self) -> Pace {
        self.pace
    }

    fn polls(&self) -> bool {
        self.is_polling
    }

    /// VK signs nothing: the secret stands in the body.
    fn verify(&self, hook: &Hook<'_>) -> Result<(), Forged> {
        let event: Value = serde_json::from_slice(hook.body).map_err(|_| Forged)?;
        if event["group_id"].as_i64() != Some(self.group) {
            return Err(Forged);
        }
        let theirs = event["secret"].as_str().unwrap_or_default();
        proof::equal(self.hook_secret.expose_secret().as_bytes(), theirs.as_bytes())
    }

    fn parse(&self, body: &[u8]) -> Result<Vec<Incoming>, ParseProblem> {
        self.read(&read::json(body)?)
    }

    async fn completed(&self, body: &[u8]) -> Option<Vec<u8>> {
        let event = serde_json::from_slice(body).ok()?;
        self.whole(event).await.ok().map(|whole| whole.to_string().into_bytes())
    }

    /// The words VK wants change from time to time, so they are asked for.
    async fn handshake(&self, hook: &Hook<'_>) -> Result<Option<String>, Failure> {
        let event: Value = serde_json::from_slice(hook.body).unwrap_or_default();
        if event["type"] != "confirmation" || event["group_id"].as_i64() != Some(self.group) {
            return Ok(None);
        }
        let group = self.group.to_string();
        let answer = self.call("groups.getCallbackConfirmationCode", &[("group_id", &group)]).await?;
        Ok(answer["code"].as_str().map(str::to_owned))
    }

    fn hook_answer(&self) -> &'static str {
        "ok"
    }

    async fn send(&self, peer: &str, message: &Outgoing, key: &str) -> Result<Receipt, Failure> {
        let peer = parts::numbered(peer, "a person of VK is a number")?;
        let parts = outgoing::parts(message, self.can_callback(peer))?;
        let mut vendor_id = None;
        for (number, part) in self.half_sent.rest(key, &parts) {
            let sent = self.send_part(peer, part, outgoing::random_id(key, number)).await;
            vendor_id = sent.map_err(|failure| self.half_sent.broken(key, number, failure))?;
        }
        Ok(self.half_sent.done(key, vendor_id))
    }

    async fn edit(&self, peer: &str, vendor_id: &str, message: &Outgoing) -> Result<Receipt, Failure> {
        let part = outgoing::edit(message, self.can_callback(peer))?;
        let keyboard = part.keyboard.unwrap_or_default();
        let pairs = [("peer_id", peer), ("cmid", vendor_id), ("message", &part.text), ("keyboard", &keyboard)];
        self.call("messages.edit", &pairs).await?;
        Ok(Receipt { vendor_id: Some(vendor_id.to_owned()) })
    }

    /// A press that wrote into the chat has no circle to end, and no id.
    async fn answer_press(&self, press_id: &str, text: Option<&str>) -> Result<(), Failure> {
        let [user, peer, event] = press_id.splitn(3, ':').collect::<Vec<_>>()[..] else { return Ok(()) };
        let mut pairs = vec![("user_id", user), ("peer_id", peer), ("event_id", event)];
        let snackbar = text.map(|text| {
            json!({ "type": "show_snackbar", "text": parts::label(text, TOAST_CHARS_MAX) }).to_string()
        });
        pairs.extend(snackbar.as_deref().map(|snackbar| ("event_data", snackbar)));
        self.call("messages.sendMessageEventAnswer", &pairs).await.map(drop)
    }

    async fn name_of(&self, peer: &str) -> Result<Option<String>, Failure> {
        let people = self.call("users.get", &[("user_ids", peer)]).await?;
        let names = ["first_name", "last_name"].iter().filter_map(|field| people[0][field].as_str());
        Ok(read::not_blank(Some(names.collect::<Vec<_>>().join(" ").trim())))
    }

    async fn typing(&self, peer: &str, _message_id: &str) -> Result<(), Failure> {
        self.call("messages.markAsRead", &[("peer_id", peer)]).await?;
        self.call("messages.setActivity", &[("peer_id", peer), ("type", "typing")]).await.map(drop)
    }

    async fn poll(&self, cursor: Option<&str>) -> Result<Polled, Failure> {
        let server = self.server().await?;
        let ts = cursor.unwrap_or(&server.ts).to_owned();
        let timeout = Duration::from_secs(POLL_WAIT_S) + POLL_GRACE;
        let answer = self.rest.fetch(server.check(&ts, POLL_WAIT_S), timeout).await;
        let answer = answer.map_err(|trouble| {
            self.forget_server();
            trouble.of_repeatable(|refusal| strange(&format!("long poll answered {}", refusal.status)))
        })?;
        match checked(&answer).ok_or_else(|| strange("the long poll answered something else"))? {
            Checked::Events { updates, ts } => {
                let mut incoming = Vec::new();
                for event in updates {
                    let event = self.whole(event).await.unwrap_or_else(|event| event);
                    // One that cannot be read at all is none of VK's; the rest must not wait for it.
                    incoming.extend(self.read(&event).unwrap_or_default());
                }
                Ok(Polled { incoming, cursor: Some(ts) })
            }
            Checked::Lost { ts } => Ok(Polled { incoming: self.catch_up().await?, cursor: Some(ts) }),
            Checked::KeyOver => {
                self.forget_server();
                Ok(Polled { incoming: Vec::new(), cursor: Some(ts) })
            }
            Checked::Forgotten => {
                self.forget_server();
                let ts = self.server().await?.ts;
                Ok(Polled { incoming: self.catch_up().await?, cursor: Some(ts) })
            }
        }
    }

    async fn fetch(&self, file: &FileRef) -> Result<Media, Failure> {
        self.files.get(file.name(), &[]).await
    }

    async fn subscribe(&self, hook_url: Option<&str>) -> Result<Subscribed, Failure> {
        let group = self.group.to_string();
        let Some(url) = hook_url else {
            let settings = [("group_id", group.as_str()), ("enabled", "1")];
            self.call("groups.setLongPollSettings", &with_kinds(&settings)).await?;
            return Ok(Subscribed::Stands);
        };
        let (server, subscribed) = self.callback_server(&group, url).await?;
        let settings = [("group_id", group.as_str()), ("server_id", server.as_str())];
        self.call("groups.setCallbackSettings", &with_kinds(&settings)).await?;
        Ok(subscribed)
    }

    async fn check(&self) -> Result<String, Failure> {
        let answer = self.call("groups.getById", &[("group_id", &self.group.to_string())]).await?;
        // A list in older versions, an object with one in newer.
        let groups = answer["groups"].as_array().or(answer.as_array());
        let name = groups.and_then(|groups| groups.first()).and_then(|group| group["name"].as_str());
        Ok(name.unwrap_or("сообщество").to_owned())
    }
}

fn with_kinds<'a>(settings: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut pairs = settings.to_vec();
    pairs.push(("api_version", VERSION));
    pairs.extend(updates::KINDS.iter().map(|kind| (*kind, "1")));
    pairs
}

fn strange(why: &str) -> Failure {
    Failure::Later { after: None, scope: Scope::Destination, why: why.to_owned() }
}

impl Vk {
    /// Every method may be called again: the one that shows something new knows a repeat by its number.
    async fn call(&self, method: &str, pairs: &[(&str, &str)]) -> Result<Value, Failure> {
        let mut pairs = pairs.to_vec();
        pairs.extend([("v", VERSION), ("access_token", self.token.expose_secret())]);
        let answer = self.rest.call(Request::form(&format!("method/{method}"), &pairs)).await;
        let mut answer = answer.map_err(|trouble: Trouble| {
            trouble.of_repeatable(|refusal| strange(&format!("VK answered {}", refusal.status)))
        })?;
        match answer["error"]["error_code"].as_i64() {
            Some(code) => Err(refusal::failure(code)),
            None if answer.get("response").is_some() => Ok(answer["response"].take()),
            None => Err(strange("the answer is not VK's")),
        }
    }

    /// `peer_ids` of one: only so does the answer tell the number of the message in its dialog.
    async fn send_part(&self, peer: &str, part: &Part, random_id: i32) -> Result<Option<String>, Failure> {
        let random_id = random_id.to_string();
        let mut pairs = vec![
            ("peer_ids", peer),
            ("random_id", &random_id),
            ("message", &part.text),
            ("dont_parse_links", "1"),
            ("disable_mentions", "1"),
        ];
        pairs.extend(part.keyboard.as_deref().map(|keyboard| ("keyboard", keyboard)));
        let answer = self.call("messages.send", &pairs).await?;
        match answer[0]["error"]["code"].as_i64() {
            Some(code) => Err(refusal::failure(code)),
            None => Ok(answer[0]["conversation_message_id"].as_i64().map(|id| id.to_string())),
        }
    }

    fn read(&self, event: &Value) -> Result<Vec<Incoming>, ParseProblem> {
        if let Some((peer, can)) = updates::can_callback(event) {
            let mut known = self.can_callback.lock().unwrap_or_else(PoisonError::into_inner);
            if known.len() < CALLBACK_MAX || known.contains_key(&peer) {
                known.insert(peer, can);
            }
        }
        updates::read(event)
    }

    /// An event with the message that VK shortened in it, as the history has it; `Err`: the event as it was, for it is
    /// whole, or the history does not answer: half a message is better than none.
    async fn whole(&self, mut event: Value) -> Result<Value, Value> {
        let Some((peer, number)) = updates::cropped(&event) else { return Err(event) };
        let (peer, number, group) = (peer.to_string(), number.to_string(), self.group.to_string());
        let asked = [("peer_id", peer.as_str()), ("conversation_message_ids", &number), ("group_id", &group)];
        match self.call("messages.getByConversationMessageId", &asked).await {
            Ok(mut found) if found["items"][0].is_object() => {
                event["object"]["message"] = found["items"][0].take();
                Ok(event)
            }
            found => {
                tracing::warn!(failure = ?found.err(), "A shortened message of VK could not be had whole");
                Err(event)
            }
        }
    }

    fn can_callback(&self, peer: &str) -> bool {
        let known = self.can_callback.lock().unwrap_or_else(PoisonError::into_inner);
        peer.parse().ok().and_then(|peer: i64| known.get(&peer).copied()).unwrap_or(false)
    }

    async fn server(&self) -> Result<Server, Failure> {
        let known = self.server.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(server) = known {
            return Ok(server);
        }
        let answer = self.call("groups.getLongPollServer", &[("group_id", &self.group.to_string())]).await?;
        let server = Server::read(&answer).ok_or_else(|| strange("VK gave no place to poll"))?;
        *self.server.lock().unwrap_or_else(PoisonError::into_inner) = Some(server.clone());
        Ok(server)
    }

    fn forget_server(&self) {
        *self.server.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// After a gap in the events: what nobody has read yet is taken from the history. The rest is known by its
    /// number already.
    async fn catch_up(&self) -> Result<Vec<Incoming>, Failure> {
        let group = self.group.to_string();
        let asked = [("filter", "unread"), ("count", CATCH_UP_DIALOGS), ("group_id", group.as_str())];
        let dialogs = self.call("messages.getConversations", &asked).await?;
        let dialogs = dialogs["items"].as_array().map(Vec::as_slice).unwrap_or_default();
        let mut all = Vec::new();
        for peer in dialogs.iter().filter_map(|item| item["conversation"]["peer"]["id"].as_i64()) {
            let peer = peer.to_string();
            let asked = [("peer_id", peer.as_str()), ("count", CATCH_UP_MESSAGES), ("group_id", group.as_str())];
            let history = self.call("messages.getHistory", &asked).await?;
            let items = history["items"].as_array().map(Vec::as_slice).unwrap_or_default();
            let messages = items.iter().rev().filter_map(|item| Message::deserialize(item).ok());
            all.extend(messages.flat_map(|message| message.said()));
        }
        Ok(all)
    }

    /// Ours among the servers of the community, registered when it is not there.
    async fn callback_server(&self, group: &str, url: &str) -> Result<(String, Subscribed), Failure> {
        let servers = self.call("groups.getCallbackServers", &[("group_id", group)]).await?;
        let servers = servers["items"].as_array().map(Vec::as_slice).unwrap_or_default();
        let secret = self.hook_secret.expose_secret();
        let ours = servers.iter().find(|server| server["url"] == url);
        let registered = [("group_id", group), ("url", url), ("title", SERVER_TITLE), ("secret_key", secret)];
        let Some(server) = ours.and_then(|server| server["id"].as_i64()) else {
            let added = self.call("groups.addCallbackServer", &registered).await?;
            let id = added["server_id"].as_i64().ok_or_else(|| strange("VK gave the server no number"))?;
            return Ok((id.to_string(), Subscribed::Renewed));
        };
        let id = server.to_string();
        // VK switches off a server that has failed for long, and one with another secret delivers in vain.
        if ours.is_some_and(|server| server["status"] == "ok" && server["secret_key"] == secret) {
            return Ok((id, Subscribed::Stands));
        }
        let mut pairs = registered.to_vec();
        pairs.push(("server_id", &id));
        self.call("groups.editCallbackServer", &pairs).await?;
        Ok((id, Subscribed::Renewed))
    }
}
