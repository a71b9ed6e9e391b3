//! Nochnik is its own client: it answers itself, and when it does not, the owners hear of it once.

use std::sync::Arc;
use std::time::Duration;

use nochnik_adapters::channels::{self, OpenContext};
use nochnik_adapters::ports::{Channel, Crm};
use nochnik_core::business::{ChannelEntry, CrmEntry};
use nochnik_core::values::Address;
use nochnik_engine::clock::pause;
use nochnik_engine::{Clock, Engine, Keys, Opener, Setup, conversation_id};
use nochnik_store::outbox::{self, Status};
use nochnik_store::{Store, businesses, leads, messages};
use serde_json::json;

const SALON: &str = "lotos";

/// Opens every channel, but not the canary's when that one is broken.
struct Doors {
    is_broken: bool,
}

impl Opener for Doors {
    fn channel(&self, business: &str, entry: &ChannelEntry) -> Result<Arc<dyn Channel>, String> {
        if self.is_broken && business == businesses::CANARY {
            return Err("broken".to_owned());
        }
        channels::open(entry, &OpenContext::default()).map_err(|problem| problem.to_string())
    }

    fn crm(&self, _: &str, _: &CrmEntry) -> Result<Option<Arc<dyn Crm>>, String> {
        Ok(None)
    }
}

/// The demo salon, whose owner is written to, watching itself.
async fn watching(is_broken: bool) -> Engine {
    let demo: toml::Table = toml::from_str(include_str!("../../../../businesses/demo.toml")).unwrap();
    let mut document = serde_json::to_value(demo).unwrap();
    for person in document["people"].as_array_mut().unwrap() {
        if person["role"] == "owner" {
            person["means"] = json!([{ "channel": "terminal", "peer": "roza" }]);
        }
    }
    let store = Store::open_inline().unwrap();
    store.write(move |sql| businesses::put(sql, SALON, &document.to_string(), 0)).await.unwrap();
    let setup = Setup {
        store,
        opener: Box::new(Doors { is_broken }),
        keys: Keys::new(vec![7; 32]),
        clock: Clock::starting_at("2026-11-25T20:40:00Z".parse().unwrap()),
        node: "one".to_owned(),
        public_url: String::new(),
        listens: false,
    };
    let engine = Engine::start(setup).await.unwrap();
    engine.watch_itself();
    engine
}

/// Words about the canary to the staff, sent or not.
async fn told(engine: &Engine) -> usize {
    let mut count = 0;
    for status in [Status::Waiting, Status::Done, Status::Dead] {
        let rows = engine.store.read(move |sql| outbox::list(sql, SALON, status, 100)).await.unwrap();
        count += rows.iter().filter(|row| row.row.key.starts_with("canary:")).count();
    }
    count
}

#[tokio::test(start_paused = true)]
async fn fault_f90_a_client_of_our_own_is_answered_and_is_nobodys_client() {
    let engine = watching(false).await;
    pause(Duration::from_secs(1_000)).await;
    assert!(engine.canary().is_well());
    let address = Address { channel: "widget".into(), account: "widget".into(), peer: "canary".into() };
    let talk = conversation_id(businesses::CANARY, &address).to_string();
    let read = move |sql: &mut dyn nochnik_store::Sql| {
        let said = messages::last(sql, businesses::CANARY, &talk, 100)?;
        Ok((said, leads::of_conversation(sql, businesses::CANARY, &talk)?, businesses::list_ids(sql)?))
    };
    let (said, lead, listed) = engine.store.read(read).await.unwrap();
    let answers = said.iter().filter(|message| message.author == "bot" && message.text.contains("Проверочная")).count();
    assert_eq!(answers, 4, "after one, six, eleven and sixteen minutes");
    assert_eq!((lead, listed), (None, vec![SALON.to_owned()]));
    assert_eq!(told(&engine).await, 0);
}

#[tokio::test(start_paused = true)]
async fn fault_f90_owners_hear_once_when_nochnik_does_not_answer_itself() {
    let engine = watching(true).await;
    pause(Duration::from_secs(120)).await;
    assert!(engine.canary().is_well(), "one miss may be chance");
    assert_eq!(told(&engine).await, 0);
    pause(Duration::from_secs(3_600)).await;
    assert!(!engine.canary().is_well());
    assert_eq!(told(&engine).await, 1);
}
