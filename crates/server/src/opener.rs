//! Opens the vendors that a business's document names.

use std::collections::BTreeMap;
use std::sync::Arc;

use nochnik_adapters::channels::{self, OpenContext};
use nochnik_adapters::ports::{Calendar, Channel, Crm, Model, Notifier, Speech, Subscriber};
use nochnik_adapters::{calendars, crm, means, model, speech, subscribers};
use nochnik_core::business::{
    CalendarEntry, ChannelEntry, CrmEntry, MeansEntry, ModelEntry, PUSH, Settings, SpeechEntry, SubscriberEntry,
};
use nochnik_engine::grants::{Keeper, back_url};
use nochnik_engine::{Clock, Keys, Opener, line_of};
use serde_json::{Value, json};

use crate::app::App;
use crate::channel_setup::engine_keys;
use crate::push_key::PushKey;

/// Knows the lists of vendors; secrets of webhooks follow from the installation's key.
pub struct Vendors {
    pub keys: Keys,
    /// Address vendors push to, without a slash at the end.
    pub public_url: String,
    pub push_key: PushKey,
    /// The book of accesses that owners gave.
    pub grants: Keeper,
    /// Unique among those who use the database.
    pub node: String,
    /// No language model and no speech server is opened.
    pub nothing_leaves: bool,
}

impl Vendors {
    /// What this installation opens by.
    pub fn of(app: &App) -> anyhow::Result<Self> {
        let node = uuid::Uuid::now_v7().to_string();
        Ok(Self {
            grants: Keeper::new(app.store.clone(), Clock::System, &node),
            node,
            keys: engine_keys(&app.key),
            public_url: app.config.public_url(),
            push_key: PushKey::of(&app.key)?,
            nothing_leaves: app.config.nothing_leaves,
        })
    }

    /// The settings with what their accounts of `means` are: without it nobody is reached by SMS, call or push.
    pub fn with_lines(&self, settings: Settings) -> Settings {
        let opened = settings.document.means.iter().filter_map(|entry| {
            let means = self.means(settings.id.as_str(), entry).ok()?;
            Some((entry.account().to_owned(), line_of(&*means)))
        });
        let lines = opened.collect();
        settings.with_lines(lines)
    }

    /// Vendors push to encrypted addresses only.
    fn is_reachable(&self) -> bool {
        self.public_url.starts_with("https://")
    }

    /// The fields of an entry, with what the installation knows by itself: who signs pushes, and where it is found.
    fn filled(&self, entry: &MeansEntry) -> BTreeMap<String, Value> {
        let mut fields = entry.fields.clone();
        if entry.kind == PUSH {
            fields.insert("private_key".to_owned(), json!(self.push_key.private));
            // Push services want to know whom to write to; only a trial installation has no HTTPS.
            let contact = self.public_url.replacen("http://", "https://", 1);
            fields.entry("contact".to_owned()).or_insert(json!(contact));
        }
        fields
    }
}

/// The business's book, by the names of vendors.
pub fn book(grants: &Keeper, business: &str) -> Arc<channels::GrantsOf> {
    let (grants, business) = (grants.clone(), business.to_owned());
    Arc::new(move |vendor: &str| grants.of(&business, vendor))
}

impl Opener for Vendors {
    fn channel(&self, business: &str, entry: &ChannelEntry) -> Result<Arc<dyn Channel>, String> {
        let hook_secret = self.keys.hook_secret(business, entry.account());
        let grants = book(&self.grants, business);
        channels::open(entry, &OpenContext { hook_secret, grants: Some(grants), wire: None })
            .map_err(|problem| format!("Канал {}: {problem}", entry.account()))
    }

    fn crm(&self, business: &str, entry: &CrmEntry) -> Result<Option<Arc<dyn Crm>>, String> {
        let context = crm::OpenContext {
            grants: Some(self.grants.of(business, &entry.kind)),
            hook_url: self.is_reachable().then(|| self.keys.crm_hook(&self.public_url, business)),
            back_url: back_url(&self.public_url),
            is_public_only: false,
            wire: None,
        };
        crm::open(Some(entry), &context).map_err(|problem| format!("CRM: {problem}"))
    }

    fn calendar(&self, _business: &str, entry: &CalendarEntry) -> Result<Arc<dyn Calendar>, String> {
        let context = calendars::OpenContext { now: Arc::new(|| Clock::System.now()), wire: None };
        calendars::open(&entry.kind, &entry.fields, &context)
            .map_err(|problem| format!("Календарь {}: {problem}", entry.account()))
    }

    fn subscriber(&self, _business: &str, entry: &SubscriberEntry) -> Result<Arc<dyn Subscriber>, String> {
        subscribers::open(&entry.url, &entry.secret, None).map_err(|problem| format!("Вебхук {}: {problem}", entry.url))
    }

    fn means(&self, business: &str, entry: &MeansEntry) -> Result<Arc<dyn Notifier>, String> {
        let hook_url = self.is_reachable().then(|| self.keys.means_hook(&self.public_url, business, entry.account()));
        let context = means::OpenContext { now: Arc::new(|| Clock::System.now()), hook_url, wire: None };
        means::open(&entry.kind, &self.filled(entry), &context)
            .map_err(|problem| format!("Способ связи {}: {problem}", entry.account()))
    }

    fn push(&self, business: &str) -> Option<Arc<dyn Notifier>> {
        let entry = MeansEntry { kind: PUSH.to_owned(), id: None, fields: BTreeMap::new() };
        let opened = self.means(business, &entry);
        opened.inspect_err(|why| tracing::error!(why, "Pushes to the console cannot be sent")).ok()
    }

    fn model(&self, _business: &str, entry: &ModelEntry) -> Result<Option<Arc<dyn Model>>, String> {
        if self.nothing_leaves {
            return Ok(None);
        }
        let context = model::OpenContext { now: Arc::new(|| Clock::System.now()), wire: None };
        model::open(&entry.kind, &entry.fields, &context)
            .map(Some)
            .map_err(|problem| format!("Языковая модель: {problem}"))
    }

    fn speech(&self, _business: &str, entry: &SpeechEntry) -> Result<Option<Arc<dyn Speech>>, String> {
        if self.nothing_leaves {
            return Ok(None);
        }
        speech::open(&entry.kind, &entry.fields, None)
            .map(Some)
            .map_err(|problem| format!("Распознавание речи: {problem}"))
    }
}
