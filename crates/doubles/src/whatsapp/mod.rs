//! WhatsApp's Cloud API for one business number: what it accepts, what it refuses, what people do on their side.
//!
//! Source: the contract sheet of 2026-11-22 with schemas in `contracts/whatsapp`; the shapes of template webhooks and
//! lists follow Meta's guides. 200 means accepted: what cannot be delivered fails later by a status.
//!
//! Not played: uploads, flows, catalogues, profile and registration calls, the daily limit of new people, calls, the
//! coexistence pace of 20 messages a second.

mod account;
mod client;
mod client_act;
mod dispatch;
mod ledger;
mod limits;
mod pace;
mod refusal;
mod schema;
mod send;
mod shown;
mod state;
mod status;
mod template;
mod template_calls;

pub use ledger::{Button, Seen, Status};
pub use state::{Settings, State};
pub use template::TemplateStatus;

pub use crate::meta::{Challenge, Delivery, serve, serve_with};

/// One business number and the people around it. Clones are handles to the same world.
pub type Double = crate::meta::Double<State>;

impl Double {
    /// A strict account, not yet subscribed and without a callback: nobody hears of anything before
    /// `POST /{waba_id}/subscribed_apps` and a registered webhook.
    pub fn new(settings: Settings) -> Self {
        Self::with(State::new(settings))
    }

    /// Subscribes the account and sets the callback, for tests about other things.
    pub fn connect(&self, url: &str) {
        self.connect_webhook(url);
        self.act(|state| state.is_subscribed = true);
    }

    pub fn settings(&self) -> Settings {
        self.state().settings.clone()
    }

    /// Switches the limits on the number of messages per second and person.
    pub fn limit_pace(&self, is_limited: bool) {
        self.state().pace = is_limited.then(pace::Pace::default);
    }

    /// Every message accepted from now on fails later by a status with this code, until it is lifted by none.
    ///
    /// # Panics
    /// When WhatsApp has no such error.
    pub fn fail_messages(&self, code: Option<u32>) {
        assert!(code.is_none_or(refusal::is_known), "WhatsApp has no error {code:?}");
        self.state().failing = code;
    }

    /// Whether a free-form message outside the window is refused at once; by default it is accepted and fails later. The
    /// sheet allows both.
    pub fn refuse_outside_window_at_once(&self, at_once: bool) {
        self.state().window_refuses_at_once = at_once;
    }
}
