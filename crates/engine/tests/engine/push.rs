//! A person called by a push to their devices, at the other end of the strict double; a device that is gone.
//!
//! By the machine's clock: the push service is on a socket.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use nochnik_adapters::channels;
use nochnik_adapters::http::{Answer, Call, Lost, Wire};
use nochnik_adapters::means;
use nochnik_adapters::ports::{Channel, Crm, Notifier};
use nochnik_core::business::{ChannelEntry, CrmEntry, MeansEntry};
use nochnik_doubles::means::{Double as Sms, Request, Vendor, credentials};
use nochnik_doubles::serve::Server;
use nochnik_doubles::{Outcome, push};
use nochnik_engine::clock::pause;
use nochnik_engine::{Clock, Engine, Keys, Opener, Setup, TakeState};
use nochnik_store::push_devices::{self, Device};
use nochnik_store::{Store, businesses};
use serde_json::{Value, json};

const SALON: &str = "lotos";
const MARINA: &str = "marina";
const COMPLAINT: &str = "Это возмутительно, мне испортили волосы! Позовите администратора";
/// From the failure to the next means. Source: reliability 4.3.
const PASS_ON_MAX: Duration = Duration::from_secs(10);

/// The vendor of SMS and the installation's key of pushes.
#[derive(Clone)]
struct World {
    smsru: Sms,
    push_key: String,
    push_url: String,
}

#[async_trait]
impl Wire for World {
    async fn carry(&self, call: &Call<'_>) -> Result<Answer, Lost> {
        let (url, body) = (&call.url, call.body());
        let request = Request {
            method: "POST".to_owned(),
            path: url.path().to_owned(),
            query: url.query().unwrap_or_default().to_owned(),
            content_type: "application/x-www-form-urlencoded".to_owned(),
            authorization: String::new(),
            body: String::from_utf8(body.to_vec()).unwrap(),
        };
        match self.smsru.request(&request, Clock::System.now_ms()) {
            Outcome::Answered(answer) => {
                let body = answer.body.to_string().into_bytes();
                Ok(Answer { status: answer.status, body, ..Answer::default() })
            }
            _ => Err(Lost::Perhaps("the connection closed".to_owned())),
        }
    }
}

impl World {
    fn open(&self, kind: &str, fields: Value, wire: Option<Arc<dyn Wire>>) -> Arc<dyn Notifier> {
        let context = means::OpenContext { now: Arc::new(|| Clock::System.now()), hook_url: None, wire };
        means::open(kind, &serde_json::from_value(fields).unwrap(), &context).unwrap()
    }
}

impl Opener for World {
    fn channel(&self, _: &str, entry: &ChannelEntry) -> Result<Arc<dyn Channel>, String> {
        let context = channels::OpenContext { hook_secret: "secret".to_owned(), grants: None, wire: None };
        channels::open(entry, &context).map_err(|problem| problem.to_string())
    }

    fn crm(&self, _: &str, _: &CrmEntry) -> Result<Option<Arc<dyn Crm>>, String> {
        Ok(None)
    }

    fn means(&self, _: &str, entry: &MeansEntry) -> Result<Arc<dyn Notifier>, String> {
        Ok(self.open(&entry.kind, json!(entry.fields), Some(Arc::new(self.clone()))))
    }

    fn push(&self, _: &str) -> Option<Arc<dyn Notifier>> {
        let fields = json!({
            "private_key": self.push_key, "contact": "https://n.example", "test_origin": self.push_url,
        });
        Some(self.open("webpush", fields, None))
    }
}

/// The demo salon, where Marina is called by push and then by SMS.
fn document() -> Value {
    let demo: toml::Table = toml::from_str(include_str!("../../../../businesses/demo.toml")).unwrap();
    let mut document = serde_json::to_value(demo).unwrap();
    document["means"] = json!([
        { "kind": "smsru", "api_id": credentials::SMSRU_API_ID, "base_url": "https://smsru.example/" },
    ]);
    document["people"] = json!([
        { "id": MARINA, "name": "Марина", "role": "duty", "phone": "+79185550101",
          "means": [{ "means": "webpush" }, { "means": "smsru" }] },
    ]);
    document["shifts"] = json!([]);
    document["escalation"] =
        json!([{ "level": 2, "role": "duty", "steps": [{ "after_min": 0 }, { "after_min": 10 }] }]);
    document
}

struct Night {
    world: World,
    push: push::Double,
    server: Server,
    engine: Engine,
}

impl Night {
    async fn open() -> Self {
        let push = push::Double::default();
        let server = push::serve(push.clone()).await.unwrap();
        let world = World { smsru: Sms::new(Vendor::SmsRu), push_key: means::new_push_key(), push_url: server.url() };
        let store = Store::open_inline().unwrap();
        let json = document().to_string();
        store.write(move |sql| businesses::put(sql, SALON, &json, 0)).await.unwrap();
        let setup = Setup {
            store,
            opener: Box::new(world.clone()),
            keys: Keys::new(vec![7; 32]),
            clock: Clock::System,
            node: "one".to_owned(),
            public_url: "https://n.example".to_owned(),
            listens: false,
        };
        let engine = Engine::start(setup).await.unwrap();
        Self { world, push, server, engine }
    }

    /// Marina switches pushes on in one more browser.
    async fn subscribes(&self, id: &'static str) -> Value {
        let key = means::public_push_key(&self.world.push_key).unwrap();
        let subscription = self.push.subscribe(&self.server.url(), &key);
        let device = Device {
            id: id.to_owned(),
            person_id: MARINA.to_owned(),
            subscription: subscription.to_string(),
            name: "Chrome, Android".to_owned(),
            since_ms: 0,
            seen_ms: 0,
        };
        self.engine.store.write(move |sql| push_devices::put(sql, SALON, &device)).await.unwrap();
        subscription
    }

    async fn complains(&self) {
        let body = json!({ "id": "00000000-0000-4000-8000-000000000001", "kind": "text", "text": COMPLAINT });
        self.engine.chat(SALON, "widget", "olga", body.to_string().as_bytes()).await.unwrap();
    }

    async fn devices(&self) -> Vec<String> {
        let devices = self.engine.store.read(|sql| push_devices::of_person(sql, SALON, MARINA)).await.unwrap();
        devices.into_iter().map(|device| device.id).collect()
    }

    /// Waits for what should come within the time allowed.
    async fn until(&self, what: &str, is_so: impl AsyncFn(&Self) -> bool) {
        let since_ms = Clock::System.now_ms();
        while !is_so(self).await {
            let passed_ms = u128::try_from(Clock::System.now_ms() - since_ms).unwrap();
            assert!(passed_ms < PASS_ON_MAX.as_millis(), "{what}: not within {PASS_ON_MAX:?}");
            pause(Duration::from_millis(20)).await;
        }
    }
}

#[tokio::test]
async fn a_hot_lead_rings_every_device_and_the_link_takes_it() {
    let night = Night::open().await;
    let (phone, laptop) = (night.subscribes("phone").await, night.subscribes("laptop").await);
    night.complains().await;
    night
        .until("both devices", async |it| !it.push.shown(&phone).is_empty() && !it.push.shown(&laptop).is_empty())
        .await;
    let shown = night.push.shown(&phone);
    assert_eq!((shown.len(), shown[0].urgency.as_str()), (1, "high"));
    let push: Value = serde_json::from_str(&shown[0].text).unwrap();
    assert!(push["title"].as_str().unwrap().contains("Лотос"), "{push}");
    for word in ["волос", "olga", "испортили"] {
        assert!(!shown[0].text.contains(word), "a client's affair on a locked screen: {push}");
    }
    let token = push["link"].as_str().unwrap().strip_prefix("/take/").unwrap();
    assert_eq!(night.engine.take_by_link(token).await.unwrap().unwrap().state, TakeState::Yours);
    assert_eq!(night.world.smsru.sent().len(), 0, "nothing else was needed");
    night.push.assert_clean();
    night.engine.stop().await;
}

#[tokio::test]
async fn a_device_that_is_gone_is_forgotten_and_the_other_rings() {
    let night = Night::open().await;
    let (old, phone) = (night.subscribes("old").await, night.subscribes("phone").await);
    night.push.forget(&old);
    night.complains().await;
    night.until("the phone", async |it| !it.push.shown(&phone).is_empty()).await;
    night.until("the old one to be forgotten", async |it| it.devices().await == ["phone"]).await;
    assert_eq!(night.world.smsru.sent().len(), 0);
    night.engine.stop().await;
}

#[tokio::test]
async fn with_the_last_device_gone_the_next_means_rings() {
    let night = Night::open().await;
    let phone = night.subscribes("phone").await;
    night.push.forget(&phone);
    night.complains().await;
    night.until("the SMS", async |it| it.world.smsru.sent().len() == 1).await;
    assert_eq!(night.devices().await, [""; 0]);
    night.engine.stop().await;
}
