//! Opens the vendors that a business's document names.

use std::sync::Arc;

use nochnik_adapters::channels::{self, OpenContext};
use nochnik_adapters::ports::{Channel, Crm, Model};
use nochnik_adapters::{crm, model};
use nochnik_core::business::{ChannelEntry, CrmEntry, ModelEntry};
use nochnik_engine::{Clock, Keys, Opener};

/// Knows the lists of vendors; secrets of webhooks follow from the installation's key.
pub struct Vendors {
    pub keys: Keys,
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
