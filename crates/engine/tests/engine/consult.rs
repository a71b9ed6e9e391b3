//! The second reader in the engine: asked once, waited for two and a half seconds, paid within the day's
//! tokens, written down byte for byte.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use nochnik_adapters::Failure;
use nochnik_adapters::channels::{self, OpenContext};
use nochnik_adapters::failure::Scope;
use nochnik_adapters::ports::{Asked, Channel, Crm, Kind, Limits, Model, Pace, Prompt};
use nochnik_core::business::{ChannelEntry, CrmEntry, Document, ModelEntry};
use nochnik_core::values::Address;
use nochnik_engine::clock::pause;
use nochnik_engine::{Clock, Engine, Keys, Opener, Setup, conversation_id};
use nochnik_store::{Store, audit, businesses, messages, spending};
use serde_json::{Value, json};

const BUSINESS: &str = "lotos";
const START: &str = "2026-11-25T20:40:00Z";
/// 25 November 2026 in days since 1970.
const DAY: i64 = 20_782;
const UNCLEAR: &str = "ээ мм ну это самое";

/// What the model does when it is asked.
enum Mood {
    Answers(Value),
    Fails,
    Hangs,
}

struct Reader {
    mood: Mood,
    asked: Mutex<Vec<String>>,
}

static KIND: Kind = Kind {
    name: "reader",
    title: "Читатель",
    fields: &[],
    limits: Limits { text_chars_max: 0, buttons_max: 0, label_chars_max: 0 },
    can_poll: false,
    has_hook: false,
    is_for_staff: false,
    notice: None,
};

#[async_trait::async_trait]
impl Model for Reader {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    fn destination(&self) -> String {
        "model:reader".to_owned()
    }

    fn pace(&self) -> Pace {
        Pace { burst: 100, per_s: 100.0, parallel: 4, requests: 1 }
    }

    fn body(&self, prompt: &Prompt) -> String {
        serde_json::to_string(prompt).unwrap()
    }

    async fn ask(&self, prompt: &Prompt) -> Asked {
        let sent = self.body(prompt);
        self.asked.lock().unwrap().push(sent.clone());
        let done = match &self.mood {
            Mood::Answers(answer) => Ok(answer.clone()),
            Mood::Fails => Err(Failure::Later { after: None, scope: Scope::Destination, why: "503".into() }),
            Mood::Hangs => std::future::pending().await,
        };
        Asked { done, sent, tokens: Some(400) }
    }

    async fn check(&self) -> Result<String, Failure> {
        Ok(String::new())
    }
}

struct Doors(Arc<Reader>);

impl Opener for Doors {
    fn channel(&self, _: &str, entry: &ChannelEntry) -> Result<Arc<dyn Channel>, String> {
        channels::open(entry, &OpenContext::default()).map_err(|problem| problem.to_string())
    }

    fn crm(&self, _: &str, _: &CrmEntry) -> Result<Option<Arc<dyn Crm>>, String> {
        Ok(None)
    }

    fn model(&self, _: &str, _: &ModelEntry) -> Result<Option<Arc<dyn Model>>, String> {
        Ok(Some(self.0.clone()))
    }
}

struct Night {
    engine: Engine,
    reader: Arc<Reader>,
    said: u32,
}

impl Night {
    /// A salon with this much to spend a day.
    async fn with(mood: Mood, tokens_per_day: u64) -> Self {
        let reader = Arc::new(Reader { mood, asked: Mutex::default() });
        let store = Store::open_inline().unwrap();
        let mut document: Document = toml::from_str(include_str!("../../../../businesses/demo.toml")).unwrap();
        let entry = json!({ "kind": "reader", "ask_under": 1.0, "tokens_per_day": tokens_per_day });
        document.model = serde_json::from_value(entry).unwrap();
        let json = serde_json::to_string(&document).unwrap();
        store.write(move |sql| businesses::put(sql, BUSINESS, &json, 0)).await.unwrap();
        let setup = Setup {
            store,
            opener: Box::new(Doors(reader.clone())),
            keys: Keys::new(vec![7; 32]),
            clock: Clock::starting_at(START.parse().unwrap()),
            node: "one".to_owned(),
            public_url: String::new(),
            listens: false,
        };
        Self { engine: Engine::start(setup).await.unwrap(), reader, said: 0 }
    }

    async fn says(&mut self, peer: &str, text: &str) {
        self.said += 1;
        let id = format!("00000000-0000-4000-8000-{:012}", self.said);
        let body = json!({ "id": id, "kind": "text", "text": text }).to_string();
        self.engine.chat(BUSINESS, "widget", peer, body.as_bytes()).await.unwrap();
    }

    /// The bot's last words to this client.
    async fn heard(&self, peer: &str) -> String {
        let address = Address { channel: "widget".into(), account: "widget".into(), peer: peer.into() };
        let id = conversation_id(BUSINESS, &address).to_string();
        let bubbles = self.engine.store.read(move |sql| messages::last(sql, BUSINESS, &id, 100)).await.unwrap();
        let last = bubbles.into_iter().rev().find(|bubble| bubble.author == "bot");
        last.map(|bubble| bubble.text).unwrap_or_default()
    }

    fn asked(&self) -> usize {
        self.reader.asked.lock().unwrap().len()
    }
}

fn wants_manicure() -> Value {
    json!({ "intents": ["book"], "services": ["manicure"], "topics": [], "day": null, "from": null, "to": null,
            "name": null })
}

async fn moment(ms: u64) {
    pause(Duration::from_millis(ms)).await;
}

#[tokio::test(start_paused = true)]
async fn what_the_second_reader_understood_is_answered() {
    let mut night = Night::with(Mood::Answers(wants_manicure()), 100_000).await;
    night.says("olga", UNCLEAR).await;
    moment(400).await;
    let heard = night.heard("olga").await;
    assert!(heard.contains("свободные окна по услуге «Маникюр без покрытия»"), "{heard}");
    assert_eq!(night.asked(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_left_is_in_the_journal_to_the_byte_and_in_the_days_spending() {
    let mut night = Night::with(Mood::Answers(wants_manicure()), 100_000).await;
    night.says("olga", "ээ мм ну это самое, я Ульяна Мкртчян с Зорге 14").await;
    moment(400).await;
    let store = &night.engine.store;
    let journal = store.read(|sql| audit::list(sql, BUSINESS, i64::MAX, 10)).await.unwrap();
    let asked = night.reader.asked.lock().unwrap().clone();
    let written: Vec<Value> = journal.iter().map(|entry| serde_json::from_str(&entry.details).unwrap()).collect();
    assert_eq!(written.iter().map(|entry| entry["sent"].as_str().unwrap()).rev().collect::<Vec<_>>(), asked);
    for secret in ["Ульян", "ульян", "Мкртчян", "мкртчян", "Зорге", "зорге", "14"] {
        assert!(!asked.concat().contains(secret), "{secret} in {asked:?}");
    }
    let spent = store.read(|sql| spending::of_day(sql, BUSINESS, DAY)).await.unwrap();
    let questions = i64::try_from(asked.len()).unwrap();
    assert_eq!((spent.questions, spent.tokens), (questions, 400 * questions));
    assert!(questions > 0);
}

#[tokio::test(start_paused = true)]
async fn fault_f54_a_reader_that_hangs_or_fails_is_not_waited_for_longer_than_promised() {
    for (mood, patience_ms) in [(Mood::Hangs, 2_700), (Mood::Fails, 400)] {
        let mut night = Night::with(mood, 100_000).await;
        night.says("olga", UNCLEAR).await;
        moment(patience_ms).await;
        let heard = night.heard("olga").await;
        assert!(!heard.is_empty() && !heard.contains("свободные окна"), "the rules answer: {heard}");
    }
}

#[tokio::test(start_paused = true)]
async fn fault_f54_a_reader_that_failed_five_times_is_left_alone() {
    let mut night = Night::with(Mood::Fails, 100_000).await;
    for n in 0..20 {
        night.says(&format!("client-{n}"), UNCLEAR).await;
        moment(600).await;
    }
    assert!(night.asked() < 10, "the breaker holds the rest back: {}", night.asked());
    moment(3_000).await;
    for n in 0..20 {
        assert!(!night.heard(&format!("client-{n}")).await.is_empty(), "client {n} is answered all the same");
    }
}

#[tokio::test(start_paused = true)]
async fn control_c21_the_days_tokens_are_not_overspent() {
    let mut night = Night::with(Mood::Answers(wants_manicure()), 1_000).await;
    for n in 0..6 {
        night.says(&format!("client-{n}"), UNCLEAR).await;
        moment(400).await;
    }
    assert_eq!(night.asked(), 3, "400 and 400 are under a thousand, 1,200 is over it");
    let heard = night.heard("client-5").await;
    assert!(!heard.is_empty() && !heard.contains("свободные окна"), "the rules answer: {heard}");
}

#[tokio::test(start_paused = true)]
async fn danger_is_no_business_of_the_second_reader() {
    let mut night = Night::with(Mood::Answers(wants_manicure()), 100_000).await;
    night.says("olga", "у меня кровь идёт после вчерашней процедуры").await;
    moment(400).await;
    assert_eq!(night.asked(), 0, "danger is the rules' own");
}
