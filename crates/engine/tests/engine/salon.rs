//! An engine over the demo salon with nothing but its site chat, at 23:40 of a November night.

use std::sync::Arc;

use nochnik_adapters::channels::{self, OpenContext};
use nochnik_adapters::means;
use nochnik_adapters::ports::{Channel, Crm, Notifier};
use nochnik_core::business::{ChannelEntry, CrmEntry, MeansEntry};
use nochnik_engine::{Clock, Engine, Keys, Opener, Setup};
use nochnik_store::{Store, businesses};
use serde_json::json;

struct Widget;

impl Opener for Widget {
    fn channel(&self, _: &str, entry: &ChannelEntry) -> Result<Arc<dyn Channel>, String> {
        channels::open(entry, &OpenContext::default()).map_err(|problem| problem.to_string())
    }

    fn means(&self, _: &str, entry: &MeansEntry) -> Result<Arc<dyn Notifier>, String> {
        let context = means::OpenContext { now: Arc::new(|| jiff::Timestamp::UNIX_EPOCH), hook_url: None, wire: None };
        means::open(&entry.kind, &entry.fields, &context).map_err(|problem| problem.to_string())
    }

    fn crm(&self, _: &str, _: &CrmEntry) -> Result<Option<Arc<dyn Crm>>, String> {
        Ok(None)
    }
}

/// Starts an engine that knows a salon under each of these ids; clients cannot open its address.
pub async fn open(ids: &[&'static str]) -> Engine {
    open_at("", ids).await
}

/// The same, reached by this address.
pub async fn open_at(public_url: &str, ids: &[&'static str]) -> Engine {
    open_as(public_url, ids, |_| {}).await
}

/// The same, with something else in the document.
pub async fn open_as(public_url: &str, ids: &[&'static str], change: impl Fn(&mut serde_json::Value)) -> Engine {
    let store = Store::open_inline().unwrap();
    let demo: toml::Table = toml::from_str(include_str!("../../../../businesses/demo.toml")).unwrap();
    for &id in ids {
        let mut document = serde_json::to_value(&demo).unwrap();
        document["id"] = json!(id);
        change(&mut document);
        store.write(move |sql| businesses::put(sql, id, &document.to_string(), 0)).await.unwrap();
    }
    start(store, Clock::starting_at("2026-11-25T20:40:00Z".parse().unwrap()), public_url).await
}

/// The engine that comes up after this one, with all that it remembered.
pub async fn open_after(gone: &Engine) -> Engine {
    start(gone.store.clone(), gone.clock, "").await
}

async fn start(store: Store, clock: Clock, public_url: &str) -> Engine {
    let setup = Setup {
        store,
        opener: Box::new(Widget),
        keys: Keys::new(vec![7; 32]),
        clock,
        node: "one".to_owned(),
        public_url: public_url.to_owned(),
        listens: false,
    };
    Engine::start(setup).await.unwrap()
}
