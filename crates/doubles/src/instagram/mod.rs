//! Instagram Direct for one professional account, by either of its two APIs: what it accepts, what it refuses, what people
//! do on their side.
//!
//! Source: the contract sheet of 2026-11-22 with schemas in `contracts/instagram`. Every accepted message comes back as an
//! echo; a reaction alone opens no window (the sheet leaves that open).
//!
//! Not played: conversations, uploads, ice breakers' settings, live comments, app review, the handover protocol beyond
//! the `standby` container.

mod account;
mod client;
mod client_act;
mod dispatch;
mod ledger;
mod limits;
mod refusal;
mod schema;
mod send;
mod state;
mod token;

pub use ledger::{Button, Seen};
pub use state::{Flavour, Settings, State};

pub use crate::meta::{Challenge, Delivery, serve, serve_with};

/// One account and the people around it. Clones are handles to the same world.
pub type Double = crate::meta::Double<State>;

impl Double {
    /// A strict account, subscribed to nothing and without a callback: nobody hears of anything before
    /// `POST /{id}/subscribed_apps` and a registered webhook.
    pub fn new(settings: Settings) -> Self {
        Self::with(State::new(settings))
    }

    /// Subscribes to every field and sets the callback, for tests about other things.
    pub fn connect(&self, url: &str) {
        self.connect_webhook(url);
        self.act(State::subscribe_to_all);
    }

    pub fn settings(&self) -> Settings {
        self.state().settings.clone()
    }

    /// Switches the limits on the number of messages per second.
    pub fn limit_pace(&self, is_limited: bool) {
        self.state().pace = is_limited.then(send::Pace::default);
    }
}
