//! Far ends with one client each: what they do, what comes of it on their screen.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use nochnik_adapters::http::{Answer, Call, Lost, Wire};
use nochnik_doubles::{Faults, Outcome, Request, max, meta, telegram, vk};
use nochnik_engine::Clock;
use serde_json::{Value, json};

pub const CLIENT: i64 = 48_210_377;
/// The same person everywhere.
pub const PHONE: &str = "79281234567";

/// Something that the engine must be handed.
pub enum Push {
    Hook { id: u64, headers: Vec<(String, String)>, body: Vec<u8> },
    Chat { body: Vec<u8> },
}

pub trait End: Send + Sync {
    /// The channel's entry in a document.
    fn entry(&self, account: &str) -> Value;
    /// Whom the channel's conversation is with.
    fn peer(&self) -> String;
    fn wire(&self) -> Option<Arc<dyn Wire>>;
    fn starts(&self, clock: Clock);
    /// Told the address where the vendor has no call for it.
    fn connect(&self, _url: &str, _secret: &str) {}
    fn says(&self, text: &str);
    /// A voice message.
    fn speaks(&self);
    /// The client's own number, vouched for by the channel.
    fn shares_phone(&self) {
        panic!("this channel vouches for no number");
    }
    /// False when no such button was ever shown; `id` is what we put on it.
    fn presses(&self, label: &str, id: &str) -> bool;
    /// Somebody with the same token leads the vendor's pushes elsewhere, or takes them away.
    fn hijacked(&self) {
        panic!("not played here");
    }
    /// What goes wrong on the way to the vendor; nothing can between us and ourselves.
    fn plan(&self, _faults: Faults) {}
    fn pushes(&self) -> Vec<Push>;
    /// What is due is pushed to nobody.
    fn knocks_in_vain(&self) {}
    fn took(&self, id: u64, answer: &str);
    /// The chat as its client sees it; empty where the other end is ours.
    fn seen(&self) -> String;
    fn assert_clean(&self);
}

/// One bubble of a chat: who, what, and its buttons row by row.
pub fn bubble(is_ours: bool, text: &str, rows: &[Vec<String>]) -> String {
    let mark = if is_ours { "ночник" } else { "клиент" };
    let row = |row: &Vec<String>| row.iter().map(|label| format!("[{label}]")).collect::<Vec<_>>().join(" ");
    let rows: Vec<String> = rows.iter().map(row).collect();
    format!("{mark}: {}\n", [vec![text.to_owned()], rows].concat().join("\n        ").trim_end())
}

/// Decodes a call for doubles that take whole requests.
pub async fn carry(call: &Call<'_>, ask: impl Fn(&Request<'_>) -> Outcome) -> Result<Answer, Lost> {
    let query: Vec<(String, String)> =
        call.url.query_pairs().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    let kind = call.content.as_ref().map(|(kind, _)| ("content-type".to_owned(), (*kind).to_owned()));
    let headers = call.headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    let headers: Vec<(String, String)> = headers.chain(kind).collect();
    let (method, path) = (call.method.to_string(), call.url.path());
    let outcome = ask(&Request { method: &method, path, query: &query, headers: &headers, body: call.body() });
    answered(outcome).await
}

pub async fn answered(outcome: Outcome) -> Result<Answer, Lost> {
    match outcome {
        Outcome::Answered(answer) => Ok(said(answer)),
        Outcome::Late { after_ms, answer } => {
            nochnik_engine::clock::pause(Duration::from_millis(after_ms.unsigned_abs())).await;
            Ok(said(answer))
        }
        Outcome::Lost => Err(Lost::Perhaps("the connection closed".to_owned())),
        Outcome::Hung => std::future::pending().await,
    }
}

fn said(answer: nochnik_doubles::Answer) -> Answer {
    let body = match (meta::bytes_of(&answer), &answer.body) {
        (Some((_, file)), _) => file,
        (None, Value::String(page)) => page.clone().into_bytes(),
        (None, json) => json.to_string().into_bytes(),
    };
    Answer { status: answer.status, body, ..Answer::default() }
}

#[derive(Clone)]
pub struct Telegram(telegram::Double, Arc<OnceLock<Clock>>);

impl Telegram {
    pub fn new() -> Self {
        let double = telegram::Double::new("7123456789:AAseven");
        double.limit_pace(false);
        Self(double, Arc::default())
    }

    fn now_ms(&self) -> i64 {
        self.1.get().unwrap().now_ms()
    }
}

#[async_trait]
impl Wire for Telegram {
    async fn carry(&self, call: &Call<'_>) -> Result<Answer, Lost> {
        let (token, method) = call.url.path().strip_prefix("/bot").unwrap().split_once('/').unwrap();
        let body: Value = serde_json::from_slice(call.body()).unwrap();
        answered(self.0.request(token, method, &body, self.now_ms())).await
    }
}

impl End for Telegram {
    fn entry(&self, account: &str) -> Value {
        json!({ "kind": "telegram", "id": account, "token": "7123456789:AAseven", "mode": "webhook" })
    }

    fn peer(&self) -> String {
        CLIENT.to_string()
    }

    fn wire(&self) -> Option<Arc<dyn Wire>> {
        Some(Arc::new(self.clone()))
    }

    fn starts(&self, clock: Clock) {
        self.1.get_or_init(|| clock);
    }

    fn says(&self, text: &str) {
        self.0.client_says(CLIENT, text, self.now_ms());
    }

    fn speaks(&self) {
        let voice = json!({ "file_id": "AwACAgI", "file_unique_id": "AgAD", "duration": 4 });
        self.0.client_sends(CLIENT, "voice", voice, self.now_ms());
    }

    fn shares_phone(&self) {
        self.0.client_shares_contact(CLIENT, PHONE, self.now_ms());
    }

    fn hijacked(&self) {
        let body = json!({ "url": "https://elsewhere.example/hook", "secret_token": "theirs" });
        let answer = self.0.call("7123456789:AAseven", "setWebhook", body, self.now_ms());
        assert_eq!(answer.status, 200);
    }

    fn presses(&self, label: &str, _id: &str) -> bool {
        let shown = self.0.sent_to(CLIENT);
        let found = shown.iter().rev().find_map(|seen| Some((seen.message_id, seen.data_of(label)?.to_owned())));
        found.is_some_and(|(message, data)| self.0.client_presses(CLIENT, message, &data, self.now_ms()).is_some())
    }

    fn plan(&self, faults: Faults) {
        self.0.plan(faults);
    }

    fn pushes(&self) -> Vec<Push> {
        let push = |delivery: telegram::Delivery| {
            let secret = delivery.secret.map(|secret| ("x-telegram-bot-api-secret-token".to_owned(), secret));
            let body = delivery.body.to_string().into_bytes();
            Push::Hook { id: delivery.update_id.unsigned_abs(), headers: secret.into_iter().collect(), body }
        };
        self.0.deliveries_due(self.now_ms()).into_iter().map(push).collect()
    }

    fn took(&self, id: u64, _answer: &str) {
        self.0.delivered(i64::try_from(id).unwrap(), Some(200), None, self.now_ms());
    }

    fn seen(&self) -> String {
        let label = |button: &telegram::Button| button.text.clone();
        let rows =
            |seen: &telegram::Seen| seen.buttons.iter().map(|row| row.iter().map(label).collect()).collect::<Vec<_>>();
        self.0.seen_in(CLIENT).iter().map(|seen| bubble(seen.is_from_bot, &seen.text, &rows(seen))).collect()
    }

    fn assert_clean(&self) {
        self.0.assert_clean();
    }
}

#[derive(Clone)]
pub struct Max(max::Double, Arc<OnceLock<Clock>>);

impl Max {
    pub fn new() -> Self {
        let double = max::Double::new("f9LHodD0cOKseven");
        double.limit_pace(false);
        Self(double, Arc::default())
    }

    fn now_ms(&self) -> i64 {
        self.1.get().unwrap().now_ms()
    }
}

#[async_trait]
impl Wire for Max {
    async fn carry(&self, call: &Call<'_>) -> Result<Answer, Lost> {
        carry(call, |request| self.0.request(request, self.now_ms())).await
    }
}

impl End for Max {
    fn entry(&self, account: &str) -> Value {
        json!({ "kind": "max", "id": account, "token": "f9LHodD0cOKseven", "mode": "webhook" })
    }

    fn peer(&self) -> String {
        CLIENT.to_string()
    }

    fn wire(&self) -> Option<Arc<dyn Wire>> {
        Some(Arc::new(self.clone()))
    }

    fn starts(&self, clock: Clock) {
        self.1.get_or_init(|| clock);
    }

    fn says(&self, text: &str) {
        self.0.client_says(CLIENT, text, self.now_ms());
    }

    fn speaks(&self) {
        self.0.client_sends(CLIENT, max::attachment::voice(), "", self.now_ms());
    }

    fn shares_phone(&self) {
        self.0.client_shares_contact(CLIENT, PHONE, self.now_ms());
    }

    fn hijacked(&self) {
        let ask = |method: &str, query: &[(String, String)]| {
            let headers = [("authorization".to_owned(), "f9LHodD0cOKseven".to_owned())];
            self.0.request(
                &Request { method, path: "/subscriptions", query, headers: &headers, body: b"" },
                self.now_ms(),
            )
        };
        let Outcome::Answered(list) = ask("GET", &[]) else { panic!("no answer") };
        let url = list.body["subscriptions"][0]["url"].as_str().unwrap().to_owned();
        ask("DELETE", &[("url".to_owned(), url)]);
    }

    fn presses(&self, label: &str, _id: &str) -> bool {
        let shown = self.0.sent_to(CLIENT);
        let found = shown.iter().rev().find_map(|seen| Some((seen.mid.clone(), seen.payload_of(label)?.to_owned())));
        found.is_some_and(|(mid, payload)| self.0.client_presses(CLIENT, &mid, &payload, self.now_ms()).is_some())
    }

    fn plan(&self, faults: Faults) {
        self.0.plan(faults);
    }

    fn pushes(&self) -> Vec<Push> {
        self.0.deliveries_due(self.now_ms()).into_iter().map(posted).collect()
    }

    fn knocks_in_vain(&self) {
        for delivery in self.0.deliveries_due(self.now_ms()) {
            self.0.delivered(delivery.id, None, self.now_ms());
        }
    }

    fn took(&self, id: u64, _answer: &str) {
        self.0.delivered(id, Some(200), self.now_ms());
    }

    fn seen(&self) -> String {
        let label = |button: &max::Button| button.text.clone();
        let rows =
            |seen: &max::Seen| seen.buttons.iter().map(|row| row.iter().map(label).collect()).collect::<Vec<_>>();
        let chat = self.0.seen_in(self.0.dialog_of(CLIENT));
        chat.iter().map(|seen| bubble(seen.is_from_bot, &seen.text, &rows(seen))).collect()
    }

    fn assert_clean(&self) {
        self.0.assert_clean();
    }
}

#[derive(Clone)]
pub struct Vk {
    double: vk::Double,
    clock: Arc<OnceLock<Clock>>,
    mode: &'static str,
}

const GROUP: i64 = 220_033_445;

impl Vk {
    /// The far end itself, for what only this vendor does.
    pub fn double(&self) -> vk::Double {
        self.double.clone()
    }

    pub fn new() -> Self {
        Self::in_mode("webhook")
    }

    /// Whose events are fetched.
    pub fn polled() -> Self {
        Self::in_mode("polling")
    }

    fn in_mode(mode: &'static str) -> Self {
        let double = vk::Double::new("vk1.a.seven", GROUP);
        double.limit_pace(false);
        Self { double, clock: Arc::default(), mode }
    }

    fn now_ms(&self) -> i64 {
        self.clock.get().unwrap().now_ms()
    }
}

#[async_trait]
impl Wire for Vk {
    async fn carry(&self, call: &Call<'_>) -> Result<Answer, Lost> {
        let answer = carry(call, |request| self.double.request(request, self.now_ms())).await;
        // The double answers at once, VK when there is something.
        if matches!(&answer, Ok(answer) if String::from_utf8_lossy(&answer.body).contains("\"updates\":[]")) {
            nochnik_engine::clock::pause(Duration::from_secs(5)).await;
        }
        answer
    }
}

impl End for Vk {
    fn entry(&self, account: &str) -> Value {
        let group = GROUP.to_string();
        json!({ "kind": "vk", "id": account, "token": "vk1.a.seven", "group_id": group, "mode": self.mode })
    }

    fn peer(&self) -> String {
        CLIENT.to_string()
    }

    fn wire(&self) -> Option<Arc<dyn Wire>> {
        Some(Arc::new(self.clone()))
    }

    fn starts(&self, clock: Clock) {
        self.clock.get_or_init(|| clock);
    }

    fn says(&self, text: &str) {
        self.double.client_says(CLIENT, text, self.now_ms());
    }

    fn speaks(&self) {
        self.double.client_sends(CLIENT, vk::attachment::voice(CLIENT, None), "", self.now_ms());
    }

    fn presses(&self, label: &str, _id: &str) -> bool {
        let shown = self.double.sent_to(CLIENT);
        let found = shown.iter().rev().find_map(|seen| {
            let button = seen.buttons.iter().flatten().find(|button| button.label == label)?;
            Some((seen.cmid, button.clone()))
        });
        match found {
            Some((_, button)) if button.kind == "text" => {
                self.double.client_presses_text(CLIENT, label, self.now_ms()).is_some()
            }
            Some((cmid, button)) => {
                let payload = button.payload.unwrap_or_default();
                self.double.client_presses(CLIENT, cmid, &payload, self.now_ms()).is_some()
            }
            None => false,
        }
    }

    fn plan(&self, faults: Faults) {
        self.double.plan(faults);
    }

    fn pushes(&self) -> Vec<Push> {
        self.double.deliveries_due(self.now_ms()).into_iter().map(posted).collect()
    }

    fn took(&self, id: u64, answer: &str) {
        self.double.delivered(id, Some(200), answer.as_bytes(), None, self.now_ms());
    }

    fn seen(&self) -> String {
        let label = |button: &vk::Button| button.label.clone();
        let rows = |seen: &vk::Seen| seen.buttons.iter().map(|row| row.iter().map(label).collect()).collect::<Vec<_>>();
        self.double.seen_by(CLIENT).iter().map(|seen| bubble(seen.is_from_group, &seen.text, &rows(seen))).collect()
    }

    fn assert_clean(&self) {
        self.double.assert_clean();
    }
}

fn posted(delivery: max::Delivery) -> Push {
    Push::Hook { id: delivery.id, headers: delivery.headers, body: delivery.body.to_string().into_bytes() }
}
