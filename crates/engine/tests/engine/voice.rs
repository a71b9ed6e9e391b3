//! A voice message in the engine: fetched and heard at once, waited for eight seconds, shown back, booked by a tap alone;
//! what cannot be heard gets the honest reply.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use nochnik_adapters::http::{Answer, Call, Lost, Wire};
use nochnik_adapters::ports::{Channel, Crm, Hook, Speech};
use nochnik_adapters::{channels, speech};
use nochnik_core::business::{ChannelEntry, CrmEntry, SpeechEntry};
use nochnik_core::values::Address;
use nochnik_doubles::speech::{Double, Ending, Mode};
use nochnik_doubles::{Outcome, Request, telegram};
use nochnik_engine::clock::pause;
use nochnik_engine::{Clock, Engine, Keys, Opener, Setup, conversation_id};
use nochnik_store::{Store, audit, bookings, businesses, messages};
use serde_json::{Value, json};

const SALON: &str = "lotos";
const TOKEN: &str = "7123456789:AAvoice";
const KEY: &str = "sk-test";
const OLGA: i64 = 9_000_002;
/// Wednesday 25 November 2026, 23:40 in Rostov.
const NIGHT: &str = "2026-11-25T20:40:00Z";
const VOICE: &[u8] = b"OggS\0\x02 voice";
const HONEST: &str = "понимаю только текст";
const WISH: &str = "маникюр без покрытия завтра в 13 к Марии, Оля, 8 918 555 00 11";

/// Everything at the other end of the wire.
#[derive(Clone)]
struct World {
    telegram: telegram::Double,
    speech: Double,
    clock: Clock,
}

#[async_trait]
impl Wire for World {
    async fn carry(&self, call: &Call<'_>) -> Result<Answer, Lost> {
        let path = call.url.path();
        if call.url.host_str() == Some("speech.example") {
            return self.speech_says(call).await;
        }
        if let Some(path) = path.strip_prefix("/file/bot") {
            let (token, path) = path.split_once('/').unwrap();
            let found = self.telegram.file(token, path);
            let status = if found.is_some() { 200 } else { 404 };
            return Ok(answer(status, found.unwrap_or_default()));
        }
        let (token, method) = path.strip_prefix("/bot").unwrap().split_once('/').unwrap();
        let body = serde_json::from_slice(call.body()).unwrap();
        match self.telegram.request(token, method, &body, self.clock.now_ms()) {
            Outcome::Answered(said) => Ok(answer(said.status, said.body.to_string().into_bytes())),
            _ => Err(Lost::Perhaps("the connection closed".to_owned())),
        }
    }
}

impl World {
    async fn speech_says(&self, call: &Call<'_>) -> Result<Answer, Lost> {
        let kind = call.content.as_ref().map(|(kind, _)| ("content-type".to_owned(), (*kind).to_owned()));
        let headers = call.headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
        let headers: Vec<_> = headers.chain(kind).collect();
        let (method, path) = (call.method.as_str(), call.url.path());
        let request = Request { method, path, query: &[], headers: &headers, body: call.body() };
        match self.speech.request(&request) {
            Ending::Said(reply) => Ok(answer(reply.status, reply.body.into_bytes())),
            Ending::Lost => Err(Lost::Perhaps("the connection closed".to_owned())),
            Ending::Hung => std::future::pending().await,
        }
    }
}

fn answer(status: u16, body: Vec<u8>) -> Answer {
    Answer { status, body, ..Answer::default() }
}

#[async_trait]
impl Opener for World {
    fn channel(&self, _: &str, entry: &ChannelEntry) -> Result<Arc<dyn Channel>, String> {
        let context = channels::OpenContext {
            hook_secret: "secret".to_owned(),
            grants: None,
            wire: Some(Arc::new(self.clone())),
        };
        channels::open(entry, &context).map_err(|problem| problem.to_string())
    }

    fn crm(&self, _: &str, _: &CrmEntry) -> Result<Option<Arc<dyn Crm>>, String> {
        Ok(None)
    }

    fn speech(&self, _: &str, entry: &SpeechEntry) -> Result<Option<Arc<dyn Speech>>, String> {
        let wire: Option<Arc<dyn Wire>> = Some(Arc::new(self.clone()));
        speech::open(&entry.kind, &entry.fields, wire).map(Some).map_err(|problem| problem.to_string())
    }
}

struct Night {
    world: World,
    engine: Engine,
    keys: Keys,
}

impl Night {
    async fn open() -> Self {
        Self::with(json!({ "kind": "openai", "base_url": "https://speech.example/v1", "model": "whisper", "key": KEY }))
            .await
    }

    /// The demo salon with a bot of Telegram and this for `speech`.
    async fn with(speech: Value) -> Self {
        let clock = Clock::starting_at(NIGHT.parse().unwrap());
        let world = World { telegram: telegram::Double::fast(TOKEN), speech: Double::new(KEY, "whisper"), clock };
        let demo: toml::Table = toml::from_str(include_str!("../../../../businesses/demo.toml")).unwrap();
        let mut document = serde_json::to_value(demo).unwrap();
        document["channels"].as_array_mut().unwrap().push(
            json!({ "kind": "telegram", "mode": "webhook", "token": TOKEN, "base_url": "https://telegram.example",
                    "file_base_url": "https://telegram.example/file" }),
        );
        document["speech"] = speech;
        let (store, json) = (Store::open_inline().unwrap(), document.to_string());
        store.write(move |sql| businesses::put(sql, SALON, &json, 0)).await.unwrap();
        Self::over(store, world).await
    }

    async fn over(store: Store, world: World) -> Self {
        let keys = Keys::new(vec![7; 32]);
        let setup = Setup {
            store,
            opener: Box::new(world.clone()),
            keys: keys.clone(),
            clock: world.clock,
            node: "one".to_owned(),
            public_url: "https://n.example".to_owned(),
            listens: true,
        };
        let engine = Engine::start(setup).await.unwrap();
        assert_eq!(engine.unopened(), []);
        seconds(5).await;
        Self { world, engine, keys }
    }

    fn now_ms(&self) -> i64 {
        self.engine.clock.now_ms()
    }

    /// Lets the bot's webhook deliver what has happened in it, `times` over; each is acknowledged at once.
    async fn deliver(&self, times: usize) {
        for delivery in self.world.telegram.deliveries_due(self.now_ms()) {
            let (path, secret) = (self.keys.hook_path(SALON, "telegram"), delivery.secret.unwrap());
            let headers: &[(&str, &[u8])] = &[("x-telegram-bot-api-secret-token", secret.as_bytes())];
            let body = delivery.body.to_string();
            let before_ms = self.now_ms();
            for _ in 0..times {
                let hook = Hook { headers, body: body.as_bytes() };
                self.engine.hook(SALON, "telegram", &path, &hook).await.unwrap();
            }
            assert_eq!(self.now_ms(), before_ms, "nobody is kept waiting at the door");
            self.world.telegram.delivered(delivery.update_id, Some(200), None, self.now_ms());
        }
    }

    async fn speaks(&self, mode: Mode) {
        self.world.speech.meets([mode]);
        self.world.telegram.client_says_aloud(OLGA, VOICE, 6, self.now_ms());
        self.deliver(1).await;
    }

    async fn says(&self, text: &str) {
        self.world.telegram.client_says(OLGA, text, self.now_ms());
        self.deliver(1).await;
    }

    async fn presses(&self, label: &str) {
        let shown = self.world.telegram.last_to(OLGA).unwrap();
        let data = shown.data_of(label).unwrap().to_owned();
        self.world.telegram.client_presses(OLGA, shown.message_id, &data, self.now_ms()).unwrap();
        self.deliver(1).await;
    }

    /// What the bot has said to Olga so far.
    fn told(&self) -> Vec<String> {
        self.world.telegram.sent_to(OLGA).into_iter().map(|seen| seen.text).collect()
    }

    async fn booked(&self) -> usize {
        let all = self.engine.store.read(|sql| bookings::list(sql, SALON, 0, i64::MAX)).await.unwrap();
        all.iter().filter(|booking| booking.status == bookings::BookingStatus::Confirmed).count()
    }

    /// The client's lines as the console shows them.
    async fn lines(&self) -> Vec<String> {
        let address = Address { channel: "telegram".into(), account: "telegram".into(), peer: OLGA.to_string() };
        let id = conversation_id(SALON, &address).to_string();
        let bubbles = self.engine.store.read(move |sql| messages::last(sql, SALON, &id, 100)).await.unwrap();
        bubbles.into_iter().filter(|bubble| bubble.author == "client").map(|bubble| bubble.text).collect()
    }
}

async fn seconds(count: u64) {
    pause(Duration::from_secs(count)).await;
}

fn says(text: &str) -> Mode {
    Mode::Says(text.to_owned())
}

#[tokio::test(start_paused = true)]
async fn a_voice_is_heard_shown_back_and_booked_by_a_tap_alone() {
    let night = Night::open().await;
    night.speaks(says(WISH)).await;
    seconds(2).await;
    let asked = night.told().pop().unwrap();
    assert!(asked.contains(&format!("Услышал так: «{WISH}»")) && asked.contains("Всё верно?"), "{asked}");
    night.speaks(says("да, всё верно")).await;
    seconds(2).await;
    assert_eq!(night.booked().await, 0, "nothing is booked by ear");
    night.presses("Да, всё верно").await;
    seconds(2).await;
    assert_eq!(night.booked().await, 1);
    assert_eq!(
        night.lines().await,
        [format!("[голосом] {WISH}"), "[голосом] да, всё верно".into(), "Да, всё верно".into()]
    );
    assert_eq!(night.world.speech.asks().remove(0).bytes, VOICE);
    night.world.speech.assert_clean();
    night.world.telegram.assert_clean();
}

/// The journal says that a voice left, and neither the voice nor its words.
#[tokio::test(start_paused = true)]
async fn what_left_is_in_the_journal_without_a_word_of_it() {
    let night = Night::open().await;
    night.speaks(says(WISH)).await;
    seconds(2).await;
    let journal = night.engine.store.read(|sql| audit::list(sql, SALON, i64::MAX, 50)).await.unwrap();
    let entries: Vec<_> = journal.iter().filter(|entry| entry.action == "speech.hear").collect();
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].details, json!({ "bytes": VOICE.len(), "is_used": true }).to_string());
}

#[tokio::test(start_paused = true)]
async fn fault_f54_a_speech_server_that_fails_is_answered_for_at_once_and_honestly() {
    for mode in [Mode::Status(503, None), Mode::Status(401, None), Mode::Garbage, Mode::Drops, says(" ")] {
        let night = Night::open().await;
        night.speaks(mode.clone()).await;
        seconds(2).await;
        let told = night.told().pop().unwrap_or_default();
        assert!(told.contains(HONEST), "{mode:?}: {told}");
        assert_eq!(night.lines().await, ["[голосовое сообщение]"], "{mode:?}: a person sees that there was a voice");
        assert_eq!(night.world.speech.asks().len(), 1, "{mode:?}: asked once");
    }
}

#[tokio::test(start_paused = true)]
async fn fault_f54_a_speech_server_that_hangs_is_waited_for_eight_seconds() {
    let night = Night::open().await;
    night.speaks(Mode::Hangs).await;
    seconds(7).await;
    assert_eq!(night.told(), [""; 0]);
    seconds(3).await;
    assert!(night.told().pop().unwrap().contains(HONEST));
    seconds(300).await;
    assert_eq!(night.told().iter().filter(|text| text.contains(HONEST)).count(), 1, "said once");
}

#[tokio::test(start_paused = true)]
async fn what_is_written_after_a_voice_is_answered_after_it() {
    let night = Night::open().await;
    night.speaks(Mode::Hangs).await;
    seconds(1).await;
    night.says("а какой у вас адрес?").await;
    seconds(5).await;
    assert_eq!(night.told(), [""; 0], "the voice came first");
    seconds(5).await;
    assert_eq!(night.lines().await, ["[голосовое сообщение]", "а какой у вас адрес?"]);
    assert!(night.told().concat().contains("Примерная"), "{:?}", night.told());
}

#[tokio::test(start_paused = true)]
async fn fault_f02_a_voice_delivered_twice_is_heard_once() {
    let night = Night::open().await;
    night.world.speech.meets([says("какой у вас адрес"), says("второй раз")]);
    night.world.telegram.client_says_aloud(OLGA, VOICE, 6, night.now_ms());
    night.deliver(2).await;
    seconds(10).await;
    assert_eq!(night.world.speech.asks().len(), 1);
    assert_eq!(night.lines().await, ["[голосом] какой у вас адрес"]);
}

/// The node dies with the sound in its hands: the update waits in the inbox, and its turn comes all the same.
#[tokio::test(start_paused = true)]
async fn fault_f21_a_crash_while_listening_loses_nothing() {
    for down_s in [1, 60, 600] {
        let night = Night::open().await;
        night.speaks(Mode::Hangs).await;
        seconds(2).await;
        night.engine.kill().await;
        seconds(down_s).await;
        assert_eq!(night.told(), [""; 0]);
        let again = Night::over(night.engine.store.clone(), night.world.clone()).await;
        seconds(10).await;
        assert_eq!(again.lines().await, ["[голосовое сообщение]"], "down for {down_s} s");
        assert_eq!(again.told().iter().filter(|text| text.contains(HONEST)).count(), 1, "down for {down_s} s");
        again.speaks(says(WISH)).await;
        seconds(2).await;
        assert!(again.told().pop().unwrap().contains("Услышал так"), "and the next one is heard");
        seconds(600).await;
        assert_eq!(again.told().iter().filter(|text| text.contains(HONEST)).count(), 1, "nothing comes of the old row");
    }
}

/// The node dies between the door and the courier: whoever comes up within the time hears it.
#[tokio::test(start_paused = true)]
async fn fault_f21_a_crash_before_listening_is_made_good_in_time() {
    let night = Night::open().await;
    night.world.speech.meets([says(WISH)]);
    night.world.telegram.client_says_aloud(OLGA, VOICE, 6, night.now_ms());
    // Nothing else has run since the delivery was stored.
    night.deliver(1).await;
    night.engine.kill().await;
    let again = Night::over(night.engine.store.clone(), night.world.clone()).await;
    seconds(10).await;
    assert_eq!(again.lines().await.len(), 1);
    assert_eq!(again.told().len(), 1, "{:?}", again.told());
}

#[tokio::test(start_paused = true)]
async fn control_c21_no_more_voices_a_day_are_heard_than_the_owner_allows() {
    let night = Night::with(json!({
        "kind": "openai", "base_url": "https://speech.example/v1", "model": "whisper", "key": KEY, "per_day": 2,
    }))
    .await;
    for _ in 0..3 {
        night.speaks(says("какой у вас адрес")).await;
        seconds(2).await;
    }
    assert_eq!(night.world.speech.asks().len(), 2);
    assert_eq!(night.lines().await.pop().as_deref(), Some("[голосовое сообщение]"));
}

#[tokio::test(start_paused = true)]
async fn fault_f11_what_is_too_long_or_no_sound_is_not_given_away() {
    let night = Night::open().await;
    night.world.telegram.client_says_aloud(OLGA, VOICE, 601, night.now_ms());
    night.deliver(1).await;
    seconds(2).await;
    assert!(night.told().pop().unwrap().contains(HONEST), "eleven minutes");
    night.world.telegram.client_says_aloud(OLGA, b"<html>", 6, night.now_ms());
    night.deliver(1).await;
    seconds(2).await;
    assert_eq!(night.lines().await, ["[голосовое сообщение]", "[голосовое сообщение]"]);
    assert!(night.world.speech.asks().is_empty());
}
