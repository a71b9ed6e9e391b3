//! Opens the vendors that a business's document names.

use std::sync::Arc;

use nochnik_adapters::channels::{self, OpenContext};
use nochnik_adapters::ports::{Channel, Crm, Model, Notifier};
use nochnik_adapters::{crm, means, model};
use nochnik_core::business::{ChannelEntry, CrmEntry, MeansEntry, ModelEntry};
use nochnik_engine::{Clock, Keys, Opener};

/// Knows the lists of vendors; secrets of webhooks follow from the installation's key.
pub struct Vendors {
    pub keys: Keys,
    /// Address vendors push to, without a slash at the end.
    pub public_url: String,
    /// No language model is opened.
    pub nothing_leaves: bool,
}

impl Opener for Vendors {
    fn channel(&self, business: &str, entry: &ChannelEntry) -> Result<Arc<dyn Channel>, String> {
        let hook_secret = self.keys.hook_secret(business, entry.account());
        channels::open(entry, &OpenContext { hook_secret, wire: None })
            .map_err(|problem| format!("Канал {}: {problem}", entry.account()))
    }

    fn crm(&self, _business: &str, entry: &CrmEntry) -> Result<Option<Arc<dyn Crm>>, String> {
        crm::open(Some(entry), None).map_err(|problem| format!("CRM: {problem}"))
    }

    fn means(&self, business: &str, entry: &MeansEntry) -> Result<Arc<dyn Notifier>, String> {
        let is_reachable = self.public_url.starts_with("https://");
        let hook_url = is_reachable.then(|| self.keys.means_hook(&self.public_url, business, entry.account()));
        let context = means::OpenContext { now: Arc::new(|| Clock::System.now()), hook_url, wire: None };
        means::open(&entry.kind, &entry.fields, &context)
            .map_err(|problem| format!("Способ связи {}: {problem}", entry.account()))
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
}
