//! Who is let in: deliveries of vendors and taps of the staff, before anything is believed of them.

use std::sync::Arc;

use nochnik_adapters::channels::{self, OpenContext};
use nochnik_adapters::ports::{Channel, Crm, Hook};
use nochnik_core::business::{ChannelEntry, CrmEntry};
use nochnik_engine::{Clock, Engine, Ingested, Keys, Opener, Refusal, Setup};
use nochnik_store::{Store, businesses, inbox, notices};
use serde_json::{Value, json};

const SECRET_HEADER: &str = "x-telegram-bot-api-secret-token";
const MARINA: i64 = 9_000_001;
const OLEG: i64 = 9_000_002;
/// Wednesday 25 November 2026, 23:40 in Rostov.
const NIGHT: &str = "2026-11-25T20:40:00Z";
const HOUR_MS: i64 = 3_600_000;

type Headers<'a> = &'a [(&'a str, &'a [u8])];

/// Telegram with the secrets the engine's keys give, and no CRM.
struct Real(Keys);

impl Opener for Real {
    fn channel(&self, business: &str, entry: &ChannelEntry) -> Result<Arc<dyn Channel>, String> {
        let context =
            OpenContext { hook_secret: self.0.hook_secret(business, entry.account()), ..OpenContext::default() };
        channels::open(entry, &context).map_err(|problem| problem.to_string())
    }

    fn crm(&self, _: &str, _: &CrmEntry) -> Result<Option<Arc<dyn Crm>>, String> {
        Ok(None)
    }
}

/// An engine for two salons that both have a bot; nothing leaves the process in these tests.
struct Door {
    engine: Engine,
    keys: Keys,
}

impl Door {
    async fn open() -> Self {
        let store = Store::open("sqlite::memory:").await.unwrap();
        for business in ["lotos", "roza"] {
            let json = document(business).to_string();
            store.write(move |sql| businesses::put(sql, business, &json, 0)).await.unwrap();
        }
        let keys = Keys::new(vec![7; 32]);
        let setup = Setup {
            store,
            opener: Box::new(Real(keys.clone())),
            keys: keys.clone(),
            clock: Clock::starting_at(NIGHT.parse().unwrap()),
            node: "one".to_owned(),
            public_url: String::new(),
            listens: false,
        };
        Self { engine: Engine::start(setup).await.unwrap(), keys }
    }

    /// A delivery to the bot of `business`, with `path` and `headers` as given.
    async fn delivers(
        &self,
        business: &str,
        path: &str,
        headers: Headers<'_>,
        body: &Value,
    ) -> Result<Ingested, Refusal> {
        let body = body.to_string();
        self.engine.hook(business, "telegram", path, &Hook { headers, body: body.as_bytes() }).await
    }

    /// A delivery as Telegram makes it.
    async fn takes(&self, body: &Value) -> Ingested {
        let (path, secret) = (self.keys.hook_path("lotos", "telegram"), self.keys.hook_secret("lotos", "telegram"));
        self.delivers("lotos", &path, &[(SECRET_HEADER, secret.as_bytes())], body).await.unwrap()
    }

    async fn rows(&self) -> i64 {
        let counts = self.engine.store.read(inbox::counts).await.unwrap();
        counts.waiting + counts.done + counts.parked
    }
}

/// The demo salon with a bot and its staff in Telegram.
fn document(business: &str) -> Value {
    let demo: toml::Table = toml::from_str(include_str!("../../../../businesses/demo.toml")).unwrap();
    let mut document = serde_json::to_value(demo).unwrap();
    document["id"] = json!(business);
    let bot = json!({ "kind": "telegram", "token": "7123456789:AAdoors", "mode": "webhook" });
    document["channels"].as_array_mut().unwrap().push(bot);
    for (place, peer) in [(0, MARINA), (1, OLEG)] {
        document["people"][place]["means"] = json!([{ "channel": "telegram", "peer": peer.to_string() }]);
    }
    document
}

fn message(update: i64) -> Value {
    json!({ "update_id": update, "message": {
        "message_id": 1, "date": 1, "text": "Здравствуйте",
        "from": { "id": 5_000_001, "first_name": "Оля" }, "chat": { "id": 5_000_001, "type": "private" },
    } })
}

#[tokio::test]
async fn control_c01_only_telegrams_own_secret_opens_the_door() {
    let door = Door::open().await;
    let path = door.keys.hook_path("lotos", "telegram");
    let secret = door.keys.hook_secret("lotos", "telegram");
    let foreign = door.keys.hook_secret("roza", "telegram");
    let (ours, wrong) = (secret.as_bytes(), b"wrong".as_slice());
    let forged: [(&str, Headers<'_>); 6] = [
        ("missing", &[]),
        ("empty", &[(SECRET_HEADER, b"")]),
        ("wrong", &[(SECRET_HEADER, wrong)]),
        ("truncated", &[(SECRET_HEADER, &ours[1..])]),
        ("of another business", &[(SECRET_HEADER, foreign.as_bytes())]),
        ("under another name", &[("x-secret", ours)]),
    ];
    for (name, headers) in forged {
        let refused = door.delivers("lotos", &path, headers, &message(1)).await;
        assert!(matches!(refused, Err(Refusal::Forged)), "{name}: {refused:?}");
    }
    assert_eq!(door.rows().await, 0);
    let taken = door.delivers("lotos", &path, &[(SECRET_HEADER, ours)], &message(1)).await.unwrap();
    assert_eq!(taken.new, 1);
}

/// Two different values of one header prove nothing, whichever stands first.
#[tokio::test]
async fn control_c01_a_doubled_secret_is_no_secret() {
    let door = Door::open().await;
    let path = door.keys.hook_path("lotos", "telegram");
    let secret = door.keys.hook_secret("lotos", "telegram");
    let (ours, wrong) = ((SECRET_HEADER, secret.as_bytes()), (SECRET_HEADER, b"wrong".as_slice()));
    for headers in [[ours, wrong], [wrong, ours]] {
        let refused = door.delivers("lotos", &path, &headers, &message(1)).await;
        assert!(matches!(refused, Err(Refusal::Forged)), "{refused:?}");
    }
    assert_eq!(door.rows().await, 0);
}

#[tokio::test]
async fn fault_f10_a_secret_of_one_business_opens_no_other() {
    let door = Door::open().await;
    let paths = ["lotos", "roza"].map(|business| door.keys.hook_path(business, "telegram"));
    let secrets = ["lotos", "roza"].map(|business| door.keys.hook_secret(business, "telegram"));
    let with = |secret: usize| [(SECRET_HEADER, secrets[secret].as_bytes())];
    let cases = [("lotos", &paths[1], 0), ("lotos", &paths[1], 1), ("roza", &paths[0], 0), ("nobody", &paths[0], 0)];
    for (business, path, secret) in cases {
        let refused = door.delivers(business, path, &with(secret), &message(1)).await;
        assert!(matches!(refused, Err(Refusal::NotFound)), "{business}: {refused:?}");
    }
    let refused = door.delivers("roza", &paths[1], &with(0), &message(1)).await;
    assert!(matches!(refused, Err(Refusal::Forged)), "{refused:?}");
    assert_eq!(door.rows().await, 0);
    assert_eq!(door.delivers("roza", &paths[1], &with(1), &message(1)).await.unwrap().new, 1);
}

/// A kind of update that nobody here knows is acknowledged, counted, and kept as it came.
#[tokio::test]
async fn fault_f09_what_cannot_be_read_is_kept_raw() {
    let door = Door::open().await;
    let stranger = json!({ "update_id": 7, "hologram": { "from": { "id": 5 }, "depth": 3 } });
    assert_eq!(door.takes(&stranger).await, Ingested { unknown: 1, ..Ingested::default() });
    assert_eq!(door.takes(&stranger).await, Ingested { repeated: 1, ..Ingested::default() });
    let kept = door.engine.store.read(|sql| {
        let text = "select payload from inbox where kind = 'unknown' and status = 1";
        nochnik_store::all(sql, text, &[], |row| row.text(0))
    });
    assert_eq!(kept.await.unwrap(), [stranger.to_string()]);
    assert_eq!(door.rows().await, 1, "and nothing waits for it");
}

fn tap(update: i64, who: i64, token: &str) -> Value {
    json!({ "update_id": update, "callback_query": {
        "id": update.to_string(), "from": { "id": who }, "message": { "message_id": 77 },
        "data": format!("n.{token}.take"),
    } })
}

async fn notice(door: &Door, token: &str, person: &str, peer: i64) {
    let expires_at_ms = door.engine.clock.now_ms() + HOUR_MS;
    let notice = notices::Notice {
        token: token.to_owned(),
        case_id: "case".to_owned(),
        conversation_id: "c-olga".to_owned(),
        person_id: person.to_owned(),
        channel: "telegram".to_owned(),
        account: "telegram".to_owned(),
        peer: peer.to_string(),
        vendor_message_id: None,
        level: 2,
        expires_at_ms,
        used_at_ms: None,
    };
    door.engine.store.write(move |sql| notices::put(sql, "lotos", &notice)).await.unwrap();
}

#[tokio::test]
async fn control_c07_a_button_works_for_the_person_it_was_sent_to() {
    let door = Door::open().await;
    let token = door.keys.notice("lotos", "i1#2");
    notice(&door, &token, "marina", MARINA).await;
    notice(&door, "of-one-who-left", "lena", OLEG).await;
    let of_another_salon = door.keys.notice("roza", "i1#2");
    for (update, (name, who, token)) in [
        ("another manager", OLEG, token.as_str()),
        ("a client", 5_000_001, token.as_str()),
        ("a forged token", MARINA, "AAAAAAAAAAAAAAAAAAAAAA"),
        ("a token of another salon", MARINA, of_another_salon.as_str()),
        ("one who works here no more", OLEG, "of-one-who-left"),
    ]
    .into_iter()
    .enumerate()
    {
        let taken = door.takes(&tap(100 + i64::try_from(update).unwrap(), who, token)).await;
        assert_eq!((taken.refused, taken.new), (1, 0), "{name}");
    }
    assert_eq!(door.rows().await, 0, "a refused tap reaches no conversation");
    let taken = door.takes(&tap(200, MARINA, &token)).await;
    assert_eq!((taken.refused, taken.new), (0, 1));
    let again = door.takes(&tap(200, MARINA, &token)).await;
    assert_eq!((again.new, again.repeated), (0, 1), "a repeated delivery is the same tap");
}

/// Telegram's deliveries are small; Meta joins many into one.
#[tokio::test]
async fn control_c06_each_vendor_may_deliver_as_much_as_it_does() {
    let door = Door::open().await;
    let path = door.keys.hook_path("lotos", "telegram");
    let secret = door.keys.hook_secret("lotos", "telegram");
    let body = vec![b' '; 1024 * 1024 + 1];
    let hook = Hook { headers: &[(SECRET_HEADER, secret.as_bytes())], body: &body };
    let refused = door.engine.receive("lotos", "telegram", &path, &hook, false).await;
    assert!(matches!(refused, Err(Refusal::TooLarge)), "{refused:?}");
    assert_eq!(door.rows().await, 0);
}
