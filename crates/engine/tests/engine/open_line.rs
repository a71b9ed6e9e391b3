//! A dialogue that wants a person stands in an open line of the portal, and what its people answer there comes to the
//! client. The portal is the strict double behind the real adapter.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use nochnik_adapters::channels;
use nochnik_adapters::crm::{self, OpenContext};
use nochnik_adapters::http::{Answer, Call, Lost, Wire};
use nochnik_adapters::ports::{Channel, Crm};
use nochnik_core::business::{ChannelEntry, CrmEntry, Document};
use nochnik_core::conversation::{Conversation, Speaker};
use nochnik_core::values::{Address, PersonId};
use nochnik_doubles::bitrix24::{APPLICATION_TOKEN, Double, LineMessage, Settings};
use nochnik_doubles::faults::{Fault, Faults};
use nochnik_doubles::{Outcome, bitrix24};
use nochnik_engine::clock::pause;
use nochnik_engine::grants::Keeper;
use nochnik_engine::{Clock, Engine, Keys, Opener, Refusal, Setup, conversation_id};
use nochnik_store::messages::{self, Message};
use nochnik_store::outbox::{self, Status};
use nochnik_store::{Store, businesses, conversations};
use serde_json::{Value, json};

const SALON: &str = "lotos";
const HOOK: &str = "https://nochnik.example/crm/lotos/p4th";
const LINE: i64 = 12;
/// Marina's number on the portal.
const MARINA: i64 = 23;

#[derive(Clone)]
struct World {
    portal: Double,
    clock: Clock,
}

#[async_trait]
impl Wire for World {
    async fn carry(&self, call: &Call<'_>) -> Result<Answer, Lost> {
        let now_ms = self.clock.now_ms();
        let answer = if call.url.path() == "/oauth/token/" {
            self.portal.oauth_token(call.url.query().unwrap(), now_ms)
        } else {
            let body: Value = serde_json::from_slice(call.body()).unwrap();
            match self.portal.request(call.url.path(), &body, now_ms) {
                Outcome::Answered(answer) | Outcome::Late { answer, .. } => answer,
                Outcome::Lost | Outcome::Hung => return Err(Lost::Perhaps("cut".to_owned())),
            }
        };
        Ok(Answer { status: answer.status, body: answer.body.to_string().into_bytes(), ..Answer::default() })
    }
}

struct Doors {
    world: World,
    keeper: Keeper,
}

impl Opener for Doors {
    fn channel(&self, _: &str, entry: &ChannelEntry) -> Result<Arc<dyn Channel>, String> {
        channels::open(entry, &channels::OpenContext::default()).map_err(|problem| problem.to_string())
    }

    fn crm(&self, _: &str, _: &CrmEntry) -> Result<Option<Arc<dyn Crm>>, String> {
        let context = OpenContext {
            grants: Some(self.keeper.of(SALON, "bitrix24")),
            hook_url: Some(HOOK.to_owned()),
            wire: Some(Arc::new(self.world.clone())),
            ..OpenContext::default()
        };
        crm::open(Some(&entry()), &context).map_err(|problem| problem.to_string())
    }
}

fn entry() -> CrmEntry {
    let fields = [("portal", "salon-demo.bitrix24.ru"), ("client_id", "local.1"), ("client_secret", "s3cr3t")];
    let mut fields: BTreeMap<_, _> = fields.into_iter().map(|(name, value)| (name.to_owned(), json!(value))).collect();
    fields.insert("line".to_owned(), json!(LINE));
    CrmEntry { kind: "bitrix24".to_owned(), fields }
}

fn document() -> Document {
    let demo: toml::Table = toml::from_str(include_str!("../../../../businesses/demo.toml")).unwrap();
    let mut document = serde_json::to_value(demo).unwrap();
    for person in document["people"].as_array_mut().unwrap() {
        if person["role"] == "owner" {
            person["means"] = json!([{ "channel": "terminal", "peer": "roza" }]);
        }
        if person["id"] == "marina" {
            person["crm_user"] = json!(MARINA);
        }
    }
    Document { crm: Some(entry()), ..serde_json::from_value(document).unwrap() }
}

/// The demo salon at night, let into a portal whose line makes leads of every dialogue that does not forbid it.
struct Night {
    engine: Engine,
    portal: Double,
    keys: Keys,
    said: usize,
}

impl Night {
    async fn open() -> Self {
        let clock = Clock::starting_at("2026-11-25T20:40:00Z".parse().unwrap());
        let scopes = ["crm", "imopenlines", "imconnector"].map(str::to_owned).to_vec();
        let portal = Double::new(Settings { scopes, ..Settings::default() });
        portal.add_app("local.1", "s3cr3t");
        let world = World { portal: portal.clone(), clock };
        let store = Store::open_inline().unwrap();
        let json = serde_json::to_string(&document()).unwrap();
        store.write(move |sql| businesses::put(sql, SALON, &json, 0)).await.unwrap();
        let keys = Keys::new(vec![7; 32]);
        let doors = Doors { world, keeper: Keeper::new(store.clone(), clock, "one") };
        let setup = Setup {
            store,
            opener: Box::new(doors),
            keys: keys.clone(),
            clock,
            node: "one".to_owned(),
            public_url: String::new(),
            listens: false,
        };
        let engine = Engine::start(setup).await.unwrap();
        let night = Self { engine, portal, keys, said: 0 };
        // An installation leaves with us the word by which the portal is believed.
        let installed = night.portal.install(night.now_ms()).unwrap();
        night.news(&installed).await.unwrap();
        night
    }

    fn now_ms(&self) -> i64 {
        self.engine.clock.now_ms()
    }

    /// The client's conversation: its name here and in the line.
    fn talk(&self) -> String {
        let [channel, account, peer] = ["widget", "widget", "client"].map(str::to_owned);
        conversation_id(SALON, &Address { channel, account, peer }).to_string()
    }

    async fn client_says(&mut self, text: &str) {
        self.said += 1;
        let id = format!("00000000-0000-4000-8000-{:012}", self.said);
        let body = json!({ "id": id, "kind": "text", "text": text }).to_string();
        self.engine.chat(SALON, "widget", "client", body.as_bytes()).await.unwrap();
        pause(Duration::from_secs(20)).await;
    }

    async fn news(&self, form: &str) -> Result<(), Refusal> {
        let done = self.engine.crm_news(SALON, &self.keys.crm_path(SALON), form.as_bytes()).await;
        pause(Duration::from_secs(20)).await;
        done
    }

    fn in_line(&self) -> Vec<LineMessage> {
        self.portal.dialogue(&self.talk())
    }

    fn last_in_line(&self) -> String {
        self.in_line().last().unwrap().text.clone()
    }

    async fn bubbles(&self) -> Vec<Message> {
        let talk = self.talk();
        self.engine.store.read(move |sql| messages::list(sql, SALON, &talk, 0, 1_000)).await.unwrap()
    }

    async fn state(&self) -> Conversation {
        let talk = self.talk();
        let loaded = self.engine.store.read(move |sql| conversations::peek(sql, SALON, &talk)).await.unwrap();
        serde_json::from_str(&loaded.unwrap().state).unwrap()
    }

    /// What the owner was told of the line.
    async fn told(&self) -> Vec<String> {
        let mut told = Vec::new();
        for status in [Status::Waiting, Status::Done, Status::Dead] {
            let rows = self.engine.store.read(move |sql| outbox::list(sql, SALON, status, 200)).await.unwrap();
            let of_line = rows.into_iter().filter(|listed| listed.row.key.starts_with("line_closed:"));
            told.extend(of_line.map(|listed| listed.row.payload));
        }
        told
    }
}

#[tokio::test(start_paused = true)]
async fn a_dialogue_is_answered_from_the_line_and_makes_no_second_lead() {
    let mut night = Night::open().await;
    night.client_says("Здравствуйте").await;
    assert_eq!(night.in_line(), [], "nobody is wanted yet");
    night.client_says("Позовите администратора, это Оля, 8 918 000 00 01").await;
    let first = night.in_line();
    assert_eq!(first.len(), 1);
    assert!(first[0].text.starts_with("Нужен человек: просит человека"), "{}", first[0].text);
    assert!(first[0].text.contains("клиент: Здравствуйте\n"), "{}", first[0].text);
    assert_eq!(first[0].author, "Оля");

    let form = night.portal.operator_says(&night.talk(), MARINA, "Добрый вечер!\nСлушаю вас", night.now_ms()).unwrap();
    night.news(&form).await.unwrap();
    let bubbles = night.bubbles().await;
    let last = bubbles.last().unwrap();
    assert_eq!((last.author.as_str(), last.text.as_str()), ("person", "Добрый вечер!\nСлушаю вас"));
    assert_eq!(last.person_id.as_deref(), Some("marina"));
    assert!(matches!(night.state().await.speaker, Speaker::Person { person, .. } if person == PersonId::new("marina")));
    pause(Duration::from_secs(60)).await;
    assert!(night.in_line().iter().all(|message| message.is_delivered), "the line sees that it has come");
    night.news(&form).await.unwrap();
    assert_eq!(night.bubbles().await.len(), bubbles.len(), "told twice, said once");

    night.client_says("Можно перенести на пятницу?").await;
    assert_eq!(night.last_in_line(), "Можно перенести на пятницу?");
    assert_eq!(night.bubbles().await.last().unwrap().author, "client", "the bot is silent");

    let form = night.portal.operator_finishes(&night.talk(), night.now_ms()).unwrap();
    night.news(&form).await.unwrap();
    let state = night.state().await;
    assert_eq!((state.speaker, state.line), (Speaker::Bot, None));
    let said = night.in_line().len();
    night.client_says("А где вы находитесь?").await;
    assert_eq!(night.bubbles().await.last().unwrap().author, "bot");
    assert_eq!(night.in_line().len(), said, "the dialogue is over there");
    assert_eq!(night.portal.open_dialogues(), Vec::<String>::new());
    assert_eq!(night.portal.leads().len(), 1, "the card is ours, and the only one");
    night.portal.assert_clean();
    night.engine.stop().await;
}

#[tokio::test(start_paused = true)]
async fn while_nobody_has_answered_the_line_hears_both_sides() {
    let mut night = Night::open().await;
    night.client_says("Позовите администратора").await;
    night.client_says("А сколько стоит маникюр?").await;
    let heard = night.last_in_line();
    assert!(heard.contains("клиент: А сколько стоит маникюр?\nбот: "), "{heard}");
    let form = night.portal.operator_says(&night.talk(), 404, "Секунду", night.now_ms()).unwrap();
    night.news(&form).await.unwrap();
    let last = night.bubbles().await.last().unwrap().clone();
    assert_eq!((last.author.as_str(), last.text.as_str()), ("person", "Секунду"), "whoever it is over there");
    assert!(matches!(night.state().await.speaker, Speaker::Person { person, .. } if person.is_outside()));
    night.portal.assert_clean();
    night.engine.stop().await;
}

#[tokio::test(start_paused = true)]
async fn control_c01_nobody_speaks_for_the_line_without_its_word() {
    let mut night = Night::open().await;
    night.client_says("Позовите администратора").await;
    let form = night.portal.operator_says(&night.talk(), MARINA, "Добрый вечер!", night.now_ms()).unwrap();
    let forged = form.replace(APPLICATION_TOKEN, "51856fefc120afa4b628cc82d3935ccf");
    let before = night.bubbles().await.len();
    assert!(matches!(night.news(&forged).await, Err(Refusal::Forged)));
    let elsewhere = form.replace(&night.talk(), "0123456789abcdef0123");
    night.news(&elsewhere).await.unwrap();
    let foreign = form.replace("CONNECTOR%5D=nochnik", "CONNECTOR%5D=another");
    assert_ne!(foreign, form);
    night.news(&foreign).await.unwrap();
    assert_eq!(night.bubbles().await.len(), before, "neither a stranger's words nor another connector's");
    night.news(&form).await.unwrap();
    assert_eq!(night.bubbles().await.len(), before + 1);
    night.engine.stop().await;
}

/// A lost answer leads to a second copy at most; a line that is shut loses nothing and holds up no card.
#[tokio::test(start_paused = true)]
async fn words_for_the_line_are_not_lost() {
    let mut night = Night::open().await;
    night.portal.plan(Faults::once("imconnector.send.messages", Fault::ExecuteThenDrop));
    night.client_says("Позовите администратора").await;
    pause(Duration::from_secs(60)).await;
    let copies = night.in_line();
    assert_eq!(copies.len(), 2, "{copies:?}");
    assert_eq!(copies[0], copies[1], "under the same id");

    let form = night.portal.disconnects_line(LINE, night.now_ms()).unwrap();
    night.news(&form).await.unwrap();
    let told = night.told().await;
    assert!(told.len() == 1 && told[0].contains("Битрикс24"), "{told:?}");
    night.client_says("Это Оля, 8 918 000 00 01").await;
    pause(Duration::from_secs(60)).await;
    assert_eq!(night.in_line().len(), 2, "nobody takes it");
    let phones: Vec<String> = night.portal.leads().into_iter().flat_map(|lead| lead.phones).collect();
    assert_eq!(phones, ["+79180000001"], "cards go on");

    let call = |method: &str, body: Value| {
        let token = bitrix24_access(&night.portal, night.now_ms());
        let mut body = body;
        body["auth"] = token.into();
        night.portal.call(&format!("/rest/{method}"), &body, night.now_ms()).body
    };
    call("imconnector.activate", json!({ "CONNECTOR": "nochnik", "LINE": LINE, "ACTIVE": "1" }));
    pause(Duration::from_secs(330)).await;
    let line = night.in_line();
    assert!(line.iter().any(|words| words.text.contains("Это Оля")), "what waited goes by itself: {line:?}");
    night.portal.assert_clean();
    night.engine.stop().await;
}

/// An access of the portal's own administrator.
fn bitrix24_access(portal: &bitrix24::Double, now_ms: i64) -> String {
    let code = portal.authorize(now_ms).unwrap();
    let query = format!("grant_type=authorization_code&client_id=local.1&client_secret=s3cr3t&code={code}");
    portal.oauth_token(&query, now_ms).body["access_token"].as_str().unwrap().to_owned()
}
