//! Five services of SMS and phone calls, each one account of it: SMS.RU, SMSC, SMS Aero, MTS Exolve, Zvonok.
//!
//! Requests are held to `contracts/sms/providers.schema.json`. Answers and codes are those of the contract sheets; what
//! they call unconfirmed is played as the vendors' libraries have it, and says so beside the rule.

mod account;
mod exolve;
mod form;
mod http;
mod smsaero;
mod smsc;
mod smsru;
mod zvonok;

use std::sync::{Arc, Mutex, MutexGuard};

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use account::{Sent, credentials};
pub use http::{serve, serve_with};

use crate::{
    Answer, Faults, Outcome,
    faults::{Gate, Service},
    lock,
};
use account::Account;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vendor {
    SmsRu,
    Smsc,
    SmsAero,
    Exolve,
    Zvonok,
}

/// One HTTP request; the path has no query.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    pub method: String,
    pub path: String,
    pub query: String,
    pub content_type: String,
    pub authorization: String,
    pub body: String,
}

/// One account. Clones are handles to the same one.
#[derive(Clone)]
pub struct Double {
    vendor: Vendor,
    world: Arc<World>,
}

struct World {
    account: Mutex<Account>,
    gate: Gate,
}

impl Double {
    pub fn new(vendor: Vendor) -> Self {
        Self { vendor, world: Arc::new(World { account: Mutex::default(), gate: Gate::new() }) }
    }

    pub fn vendor(&self) -> Vendor {
        self.vendor
    }

    /// Replaces the fault plan of the calls.
    pub fn plan(&self, faults: Faults) {
        self.world.gate.plan(faults);
    }

    /// Refuses everything that is sent from now on, in the vendor's way: a code of SMS.RU or SMSC, a status of Exolve,
    /// words of SMS Aero or Zvonok. `None` lets messages pass again.
    pub fn refuses(&self, how: Option<&str>) {
        self.account().refusal = how.map(str::to_owned);
    }

    pub fn holds_kop(&self, balance_kop: u64) {
        self.account().balance_kop = balance_kop;
    }

    /// One request through the fault plan.
    pub fn request(&self, request: &Request, now_ms: i64) -> Outcome {
        let body = serde_json::to_value(request).unwrap_or_default();
        let method = request.path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        self.world.gate.pass(self, method, &request.path, &body, now_ms)
    }

    /// Everything the account took, oldest first.
    pub fn sent(&self) -> Vec<Sent> {
        self.account().sent.clone()
    }

    /// Moves a message on: a number of SMS.RU, SMSC or SMS Aero, a word of Zvonok.
    ///
    /// # Panics
    /// When there is no such message.
    pub fn moves(&self, id: &str, status: &str) {
        let mut account = self.account();
        let sent = account.sent.iter_mut().find(|sent| sent.id == id).expect("a message that was sent");
        sent.status = status.to_owned();
    }

    /// The body with which the vendor would report where the message stands now; for Zvonok the query. `button` is what
    /// the person pressed. Empty for vendors without reports.
    pub fn report(&self, id: &str, button: Option<&str>, now_ms: i64) -> Vec<u8> {
        let account = self.account();
        let Some(sent) = account.sent.iter().find(|sent| sent.id == id) else { return Vec::new() };
        let report = match self.vendor {
            Vendor::SmsRu => smsru::report(sent, now_ms),
            Vendor::SmsAero => smsaero::report(sent),
            Vendor::Zvonok => zvonok::report(sent, button),
            Vendor::Smsc | Vendor::Exolve => String::new(),
        };
        report.into_bytes()
    }

    /// Addresses for reports that were asked for.
    pub fn hooks(&self) -> Vec<String> {
        self.account().hooks.clone()
    }

    /// # Panics
    /// When a request broke the contract.
    pub fn assert_clean(&self) {
        let failures = self.account().failures.clone();
        assert!(failures.is_empty(), "requests to {:?} broke the contract: {failures:#?}", self.vendor);
    }

    /// Takes the failures out, for a test that provoked them.
    pub fn take_failures(&self) -> Vec<String> {
        std::mem::take(&mut self.account().failures)
    }

    /// Counts for `/_ledger`.
    pub fn ledger(&self) -> Value {
        let account = self.account();
        serde_json::json!({ "sent": account.sent.len(), "failures": account.failures })
    }

    fn account(&self) -> MutexGuard<'_, Account> {
        lock(&self.world.account)
    }
}

impl Service for Double {
    fn execute(&self, _target: &str, body: &Value, now_ms: i64) -> Answer {
        let request = serde_json::from_value::<Request>(body.clone()).unwrap_or_default();
        let mut account = self.account();
        match self.vendor {
            Vendor::SmsRu => smsru::answer(&mut account, &request),
            Vendor::Smsc => smsc::answer(&mut account, &request, now_ms),
            Vendor::SmsAero => smsaero::answer(&mut account, &request),
            Vendor::Exolve => exolve::answer(&mut account, &request),
            Vendor::Zvonok => zvonok::answer(&mut account, &request),
        }
    }

    fn failing(&self, status: u16) -> Answer {
        Answer::html(status)
    }
}
