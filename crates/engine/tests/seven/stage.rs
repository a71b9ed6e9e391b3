//! Plays the client's part of a story by a far end, through the whole engine.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use nochnik_adapters::channels::{self, OpenContext};
use nochnik_adapters::ports::{Channel, Crm, Hook};
use nochnik_core::business::{ChannelEntry, CrmEntry, Document, Settings};
use nochnik_core::conversation::Conversation;
use nochnik_core::effect::Button;
use nochnik_core::event::{AttachmentKind, InputKind, StaffAct};
use nochnik_core::story::{Act, Said, Story, rehearsed};
use nochnik_core::values::Address;
use nochnik_engine::{Clock, Engine, Keys, Opener, Setup, conversation_id};
use nochnik_store::{Store, alarms, businesses, conversations, inbox, messages, outbox};

use crate::ends::{End, Push};

/// Accounts of the channels a client may write in.
const ACCOUNTS: [&str; 2] = ["client", "client-too"];
const LOOKS_MAX: u32 = 3_000;
/// Ten seconds: a vendor that does not answer by then is not waited for.
const LOOKS_ILL: u32 = 500;
const ALARMS_MAX: u32 = 500;

/// What came of it.
pub struct Told {
    /// Bubble by bubble, as our own console shows it.
    pub conversation: Vec<String>,
    /// As the client sees it.
    pub seen: String,
}

struct Wired {
    ends: Vec<Arc<dyn End>>,
    keys: Keys,
    opened: Opened,
}

impl Opener for Wired {
    fn channel(&self, business: &str, entry: &ChannelEntry) -> Result<Arc<dyn Channel>, String> {
        let hook_secret = self.keys.hook_secret(business, entry.account());
        let end = ACCOUNTS.iter().zip(&self.ends).find(|(account, _)| **account == entry.account());
        let context = OpenContext { hook_secret, grants: None, wire: end.and_then(|(_, end)| end.wire()) };
        let channel = channels::open(entry, &context).map_err(|problem| problem.to_string())?;
        self.opened.lock().unwrap().insert(entry.account().to_owned(), Arc::clone(&channel));
        Ok(channel)
    }

    fn crm(&self, _: &str, _: &CrmEntry) -> Result<Option<Arc<dyn Crm>>, String> {
        Ok(None)
    }
}

/// What a stage has besides its chats.
#[derive(Default)]
pub struct Plan<'a> {
    /// The engine itself tells vendors to push there; empty when the stage does.
    pub listening_at: &'a str,
    /// Instead of the salon's own `care`; null leaves that.
    pub care: serde_json::Value,
}

fn document(entries: impl Iterator<Item = serde_json::Value>, care: serde_json::Value) -> Document {
    let demo: toml::Table = toml::from_str(include_str!("../../../../businesses/demo.toml")).unwrap();
    let mut document = serde_json::to_value(&demo).unwrap();
    let own: toml::Table = toml::from_str(include_str!("../../../../stories/businesses/lotos.toml")).unwrap();
    for (key, value) in serde_json::to_value(&own).unwrap().as_object().unwrap() {
        document[key] = value.clone();
    }
    if !care.is_null() {
        document["care"] = care;
    }
    let mut document = rehearsed(serde_json::from_value(document).unwrap());
    document.channels.extend(entries.map(|entry| serde_json::from_value::<ChannelEntry>(entry).unwrap()));
    document
}

pub async fn play(story: &Story, end: Box<dyn End>) -> Told {
    let stage = Stage::open(story, vec![Arc::from(end)]).await;
    for scene in &story.scenes {
        match &scene.act {
            Act::Client(said) => stage.client(said).await,
            Act::Wait(length) => stage.wait(i64::try_from(length.as_millis()).unwrap()).await,
            // The rest of the world does nothing here.
            _ => {}
        }
        stage.settle().await;
    }
    stage.end().assert_clean();
    let (conversation, seen) = (stage.conversation().await, stage.end().seen());
    stage.engine.kill().await;
    // Where the other end is ours, the store is what the client sees.
    let seen = if seen.is_empty() { conversation.join("\n") + "\n" } else { seen };
    Told { conversation, seen }
}

/// The channels that the engine has opened, by account.
type Opened = Arc<Mutex<BTreeMap<String, Arc<dyn Channel>>>>;

async fn start(
    store: Store,
    (ends, keys, opened): (&[Arc<dyn End>], &Keys, &Opened),
    clock: Clock,
    listening_at: &str,
) -> Engine {
    let opener = Wired { ends: ends.to_vec(), keys: keys.clone(), opened: Arc::clone(opened) };
    let setup = Setup {
        store,
        opener: Box::new(opener),
        keys: keys.clone(),
        clock,
        node: "seven".to_owned(),
        public_url: listening_at.to_owned(),
        listens: !listening_at.is_empty(),
    };
    Engine::start(setup).await.unwrap()
}

pub struct Stage {
    pub engine: Engine,
    clock: Clock,
    pub ends: Vec<Arc<dyn End>>,
    business: String,
}

impl Stage {
    pub async fn open(story: &Story, ends: Vec<Arc<dyn End>>) -> Self {
        Self::open_as(story, ends, Plan::default()).await
    }

    pub async fn open_as(story: &Story, ends: Vec<Arc<dyn End>>, plan: Plan<'_>) -> Self {
        let Plan { listening_at, care } = plan;
        let entries = ACCOUNTS.iter().zip(&ends).map(|(account, end)| end.entry(account));
        let settings = Settings::build(document(entries, care), 1).unwrap();
        let clock = Clock::starting_at(settings.moment_of(story.starts_at));
        let store = Store::open_inline().unwrap();
        let (id, json) = (settings.id.to_string(), serde_json::to_string(&*settings.document).unwrap());
        store.write(move |sql| businesses::put(sql, &id, &json, 0)).await.unwrap();
        ends.iter().for_each(|end| end.starts(clock));
        let (keys, opened) = (Keys::new(vec![7; 32]), Arc::default());
        let engine = start(store, (&ends, &keys, &opened), clock, listening_at).await;
        let business = settings.id.to_string();
        for (account, end) in ACCOUNTS.iter().zip(&ends).filter(|_| listening_at.is_empty()) {
            let url = format!("https://night.example/hook/{business}/{account}/{}", keys.hook_path(&business, account));
            let channel = opened.lock().unwrap().get(*account).cloned().unwrap();
            end.connect(&url, &keys.hook_secret(&business, account));
            channel.subscribe(Some(&url)).await.unwrap();
        }
        let stage = Self { engine, clock, ends, business };
        stage.deliver().await;
        stage
    }

    /// The node dies, `length_ms` go by while vendors knock in vain and clients write, and it is started anew.
    pub async fn after_an_outage(self, length_ms: i64, listening_at: &str) -> Self {
        let Self { engine, clock, ends, business } = self;
        engine.kill().await;
        let until_ms = clock.now_ms() + length_ms;
        while clock.now_ms() < until_ms {
            tokio::time::advance(Duration::from_secs(60)).await;
            ends.iter().for_each(|end| end.knocks_in_vain());
        }
        let (keys, opened) = (engine.keys().clone(), Arc::default());
        let engine = start(engine.store.clone(), (&ends, &keys, &opened), clock, listening_at).await;
        Self { engine, clock, ends, business }
    }

    pub fn now_ms(&self) -> i64 {
        self.clock.now_ms()
    }

    /// The chat the story is told in.
    pub fn end(&self) -> &dyn End {
        &*self.ends[0]
    }

    /// Words in either chat.
    pub async fn says(&self, chat: usize, text: &str) {
        self.ends[chat].says(text);
        self.settle().await;
    }

    pub async fn presses(&self, chat: usize, label: &str) {
        assert!(self.ends[chat].presses(label, ""), "no button «{label}»:\n{}", self.ends[chat].seen());
        self.settle().await;
    }

    pub async fn shares_phone(&self, chat: usize) {
        self.ends[chat].shares_phone();
        self.settle().await;
    }

    /// One of the staff acts on a chat, from the console.
    pub async fn staff(&self, chat: usize, person: &str, act: StaffAct) {
        let id = self.clock.now_ms().to_string();
        self.engine.staff(&self.business, &self.conversation_in(chat), person, act, &id).await.unwrap();
        self.settle().await;
    }

    pub async fn state(&self, chat: usize) -> Conversation {
        self.state_of(&self.conversation_in(chat)).await
    }

    pub async fn state_of(&self, id: &str) -> Conversation {
        let (business, id) = (self.business.clone(), id.to_owned());
        let loaded = self.engine.store.read(move |sql| conversations::peek(sql, &business, &id)).await.unwrap();
        serde_json::from_str(&loaded.unwrap().state).unwrap()
    }

    pub async fn client(&self, said: &[Said]) {
        for said in said {
            match said {
                Said::Input(InputKind::Text { text }) => self.end().says(text),
                Said::Input(InputKind::Attachment { kind: AttachmentKind::Voice, .. }) => self.end().speaks(),
                Said::Button(label) => {
                    assert!(self.end().presses(label, &self.shown(label).await), "no button «{label}»")
                }
                Said::Input(other) => panic!("not played: {other:?}"),
            }
        }
        self.deliver().await;
    }

    /// Hands over what the vendor pushes; some push the next message of a chat when the one before was taken.
    pub async fn deliver(&self) {
        while self.deliver_some().await {}
    }

    /// False when there was nothing.
    async fn deliver_some(&self) -> bool {
        let mut has_some = false;
        for (account, end) in ACCOUNTS.iter().zip(&self.ends) {
            let pushes = end.pushes();
            has_some |= !pushes.is_empty();
            self.hand_over(account, &**end, pushes).await;
        }
        has_some
    }

    async fn hand_over(&self, account: &str, end: &dyn End, pushes: Vec<Push>) {
        for push in pushes {
            let taken = match push {
                Push::Hook { id, headers, body } => {
                    let headers: Vec<_> =
                        headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
                    let path = self.engine.keys().hook_path(&self.business, account);
                    let hook = Hook { headers: &headers, body: &body };
                    Some((id, self.engine.receive(&self.business, account, &path, &hook, false).await.unwrap()))
                }
                Push::Chat { body } => {
                    self.engine.chat(&self.business, account, "visitor", &body).await.unwrap();
                    None
                }
            };
            if let Some((id, answer)) = taken {
                end.took(id, &answer);
            }
        }
    }

    /// The id of the latest button with this label, for a chat whose other end is ours.
    async fn shown(&self, label: &str) -> String {
        let messages = self.messages().await;
        let buttons = messages.iter().rev().filter_map(|message| message.buttons.as_deref());
        let mut buttons = buttons.flat_map(|json| serde_json::from_str::<Vec<Button>>(json).unwrap());
        buttons.find(|button| button.label == label).map(|button| button.id).unwrap_or_default()
    }

    /// What the staff were told outside any conversation, oldest first.
    pub async fn told(&self) -> Vec<String> {
        let business = self.business.clone();
        let job = move |sql: &mut dyn nochnik_store::Sql| outbox::list(sql, &business, outbox::Status::Done, 1_000);
        let rows = self.engine.store.read(job).await.unwrap();
        let tells = rows.into_iter().rev().filter(|listed| listed.row.kind == "tell");
        let text = |listed: outbox::ListedRow| {
            let errand: serde_json::Value = serde_json::from_str(&listed.row.payload).unwrap();
            errand["tell"]["message"]["text"].as_str().unwrap().to_owned()
        };
        tells.map(text).collect()
    }

    /// As the console's list shows the client.
    pub async fn client_name(&self) -> String {
        let (business, id) = (self.business.clone(), self.conversation_id());
        let summary = self.engine.store.read(move |sql| conversations::get(sql, &business, &id)).await.unwrap();
        summary.unwrap().client_name
    }

    fn conversation_id(&self) -> String {
        self.conversation_in(0)
    }

    pub fn conversation_in(&self, chat: usize) -> String {
        self.conversation_with(chat, self.ends[chat].peer())
    }

    /// With another client of the same channel.
    pub fn conversation_with(&self, chat: usize, peer: String) -> String {
        let (account, end) = (ACCOUNTS[chat], &self.ends[chat]);
        let kind = end.entry(account)["kind"].as_str().unwrap().to_owned();
        let address = Address { channel: kind, account: account.to_owned(), peer };
        conversation_id(&self.business, &address).to_string()
    }

    /// A message of the client each hour of a span, as if it had been so.
    pub async fn wrote_hourly(&self, chat: usize, from_ms: i64, to_ms: i64) {
        let (business, id) = (self.business.clone(), self.conversation_in(chat));
        let job = move |sql: &mut dyn nochnik_store::Sql| {
            for at_ms in (from_ms..to_ms).step_by(3_600_000) {
                let message = messages::NewMessage {
                    conversation_id: &id,
                    at_ms,
                    author: "client",
                    person_id: None,
                    text: "здравствуйте",
                    buttons: None,
                    vendor_id: None,
                    delivery: None,
                    chips: None,
                    file: None,
                };
                messages::append(sql, &business, &message)?;
            }
            Ok(())
        };
        self.engine.store.write(job).await.unwrap();
    }

    pub async fn messages(&self) -> Vec<messages::Message> {
        self.messages_of(&self.conversation_id()).await
    }

    pub async fn messages_of(&self, id: &str) -> Vec<messages::Message> {
        let (business, id) = (self.business.clone(), id.to_owned());
        self.engine.store.read(move |sql| messages::list(sql, &business, &id, 0, 1_000)).await.unwrap()
    }

    async fn conversation(&self) -> Vec<String> {
        let line = |message: &messages::Message| {
            let buttons = message.buttons.as_deref().unwrap_or("[]");
            let buttons: Vec<Button> = serde_json::from_str(buttons).unwrap();
            let labels: Vec<String> = buttons.iter().map(|button| format!(" [{}]", button.label)).collect();
            format!("{}: {}{}", message.author, message.text, labels.concat())
        };
        self.messages().await.iter().map(line).collect()
    }

    /// From alarm to alarm, so that none rings late, and then to the end of the wait.
    pub async fn wait(&self, length_ms: i64) {
        let until_ms = self.clock.now_ms() + length_ms;
        for _ in 0..ALARMS_MAX {
            let due_ms =
                self.engine.store.read(alarms::next_due_ms).await.unwrap().filter(|due_ms| *due_ms <= until_ms);
            let left_ms = u64::try_from(due_ms.unwrap_or(until_ms) - self.clock.now_ms()).unwrap_or(0);
            tokio::time::advance(Duration::from_millis(left_ms)).await;
            if due_ms.is_none() {
                return;
            }
            self.settle().await;
        }
        panic!("the alarms never end");
    }

    /// Minutes go by second after second: whoever tries again does it in time.
    pub async fn live(&self, minutes: u32) {
        for _ in 0..minutes * 12 {
            nochnik_engine::clock::pause(Duration::from_secs(5)).await;
            self.deliver().await;
        }
    }

    pub async fn settle(&self) {
        for look in 0..LOOKS_MAX {
            nochnik_engine::clock::pause(Duration::from_millis(20)).await;
            self.deliver().await;
            let now_ms = self.clock.now_ms();
            let job = move |sql: &mut dyn nochnik_store::Sql| {
                let is_rung = alarms::next_due_ms(sql)?.is_none_or(|due_ms| due_ms > now_ms);
                // What waits for a vendor that is ill waits for minutes.
                let is_sent = outbox::counts(sql)?.waiting == 0 || look > LOOKS_ILL;
                Ok(is_rung && inbox::counts(sql)?.waiting == 0 && is_sent)
            };
            if self.engine.store.read(job).await.unwrap() {
                return;
            }
        }
        panic!("the engine does not come to rest");
    }
}
