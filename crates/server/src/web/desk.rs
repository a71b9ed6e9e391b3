//! What the pages ask of the engine: the door between the console and the desk it shows.

use std::iter::Sum;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use nochnik_adapters::ports::{Crm, Media, Notifier};
use nochnik_core::business::{Business, Settings};
use nochnik_core::conversation::Booking;
use nochnik_core::dialogue::HandVisit;
use nochnik_core::event::{NoticeAnswer, StaffAct};
use nochnik_core::outside::{Hindrance, VisitChange};
use nochnik_core::schedule::NoPlace;
use nochnik_engine::grants::{Addresses, Visit};
use nochnik_engine::{Author, TakePage};
use tokio::sync::broadcast;

/// The engine as the web sees it. Pages read the store themselves; whatever changes a
/// conversation goes through here and comes back as an event.
#[async_trait]
pub trait Desk: Send + Sync {
    /// Hands one raw webhook to its channel; returns the body the vendor wants, once the update is stored.
    ///
    /// Header names are lower-case. `is_query`: it came by GET, with its query for a body; vendors ask so whether
    /// the address is ours.
    async fn hook(
        &self,
        business: &str,
        account: &str,
        secret: &str,
        headers: &[(&str, &[u8])],
        body: &[u8],
        is_query: bool,
    ) -> Result<String, HookRefusal>;

    /// Hands one report about SMS or calls to its means; returns the status and the body the vendor wants.
    ///
    /// Header names are lower-case; a report by GET comes with its query for a body.
    async fn report(
        &self,
        business: &str,
        means: &str,
        secret: &str,
        headers: &[(&str, &[u8])],
        body: &[u8],
    ) -> Result<(u16, &'static str), HookRefusal>;

    /// A calendar rings; header names are lower-case.
    async fn ring(
        &self,
        business: &str,
        account: &str,
        secret: &str,
        headers: &[(&str, &[u8])],
    ) -> Result<(), HookRefusal>;

    /// The page behind a link in an SMS or a letter; looking changes nothing. `None` when the link is not ours.
    async fn take_page(&self, token: &str) -> Result<Option<TakePage>, anyhow::Error>;

    /// «Беру» by such a link; returns the page as it is then.
    async fn take(&self, token: &str) -> Result<Option<TakePage>, anyhow::Error>;

    /// Stores a message from a chat of our own (`account` is the widget's or `terminal`);
    /// `body` is JSON as the quiet channels read it: `{"id", "kind": "text" | "button" | "start" | "phone", "text"}`.
    async fn chat(&self, business: &str, account: &str, peer: &str, body: &[u8]) -> Result<(), HookRefusal>;

    /// Somebody of the staff acts on a conversation; `person` is the login. Under one name of `once` an act is done once;
    /// `None` is a name of its own.
    async fn staff(
        &self,
        business: &str,
        conversation: &str,
        person: &str,
        act: StaffAct,
        once: Option<&str>,
    ) -> Result<(), anyhow::Error>;

    /// Somebody of the staff says of a case what the buttons under its notice say; `person` and `once` as with
    /// [`Desk::staff`].
    async fn answer(
        &self,
        business: &str,
        conversation: &str,
        case: &str,
        person: &str,
        answer: NoticeAnswer,
        once: Option<&str>,
    ) -> Result<(), anyhow::Error>;

    /// Whether an act under this name of `once` came already.
    async fn has_act(&self, business: &str, once: &str) -> Result<bool, anyhow::Error>;

    /// What keeps a person from changing a visit; `None`: nothing, as far as is known.
    async fn hindrance(
        &self,
        business: &str,
        conversation: &str,
        change: VisitChange,
    ) -> Result<Option<Hindrance>, anyhow::Error>;

    /// The business with all that is taken, as far as is known. `None`: there is none.
    async fn business(&self, business: &str) -> Result<Option<Business>, anyhow::Error>;

    /// Books the visit of somebody who rang or stands at the desk, or says why it has no place. Under one name of `once`
    /// it is booked once.
    async fn enter(
        &self,
        business: &str,
        author: &Author,
        visit: &HandVisit,
        once: &str,
    ) -> Result<Result<(), NoPlace>, anyhow::Error>;

    /// Whether a visit waits for a person's word, as far as is known.
    async fn is_undecided(&self, business: &str, conversation: &str, booking: &str) -> Result<bool, anyhow::Error>;

    /// The file that came with bubble `seq`, whole; nothing about it is believed. `None`: there was none, or its channel
    /// does not give it any more.
    async fn file(&self, business: &str, conversation: &str, seq: i64) -> Result<Option<Media>, anyhow::Error>;

    /// Sends a dead letter once more.
    async fn replay(&self, business: &str, outbox_id: i64, actor: &str) -> Result<(), anyhow::Error>;

    /// Sends a program of the business an event about nothing, for its owner to see whether it comes.
    async fn try_subscriber(&self, business: &str, subscriber: &str, actor: &str) -> Result<(), anyhow::Error>;

    /// Makes a one-time code that binds one of the staff to a messenger; returns what they send to the bot.
    async fn invite(&self, business: &str, person: &str) -> Result<String, anyhow::Error>;

    /// Where a short link leads; `is_counted` when a person opened it. `None` when the link is not ours.
    async fn opened(&self, code: &str, is_counted: bool) -> Result<Option<String>, anyhow::Error>;

    /// A visit by the link its client was sent; `None` when the link is not ours.
    async fn visit(
        &self,
        business: &str,
        conversation: &str,
        number: &str,
        token: &str,
    ) -> Result<Option<(Settings, Booking)>, anyhow::Error>;

    /// The link by which an owner lets us into their CRM; `None` where a key of the document is enough.
    async fn crm_link(&self, business: &str) -> Result<Option<Invitation>, anyhow::Error>;

    /// Takes what an owner's browser brought from the vendor; an error is a sentence for the owner.
    async fn crm_redeem(&self, state: &str, browser: &str, query: &[(String, String)]) -> Result<(), String>;

    /// Hands over what a portal has posted to its secret path; once this is Ok it may be acknowledged.
    async fn crm_news(&self, business: &str, secret: &str, body: &[u8]) -> Result<(), HookRefusal>;

    /// Who opens our page in the frame of a CRM's portal, by what their browser has posted.
    async fn crm_visit(&self, business: &str, body: &[u8]) -> Result<Visit, HookRefusal>;

    /// Whether the portal at `origin` still lets us in.
    async fn is_crm_at(&self, business: &str, origin: &str) -> Result<bool, anyhow::Error>;

    /// The CRM of a business as it is open now; `None` where there is none.
    fn crm(&self, business: &str) -> Option<Arc<dyn Crm>>;

    /// What the CRM of a business must know of us; `None` where it lets us in by a key.
    fn crm_addresses(&self, business: &str) -> Option<Addresses>;

    /// The door for pushes to the console of a business; `None` for an unknown one.
    fn push(&self, business: &str) -> Option<Arc<dyn Notifier>>;

    /// Tells how the installation is doing; cheap, asked by probes every few seconds.
    fn health(&self) -> Health;

    /// Tells how what came for one business is doing; as cheap.
    fn inbox(&self, business: &str) -> Inbox;

    /// Tells the only time there is.
    fn now(&self) -> Timestamp;

    /// Hears what changes from now on; a listener that lags reads everything anew.
    fn changes(&self) -> broadcast::Receiver<Change>;
}

/// A link for one browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    pub link: String,
    /// What that browser must bring back; kept from everybody else.
    pub browser: String,
}

/// Why a message was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HookRefusal {
    /// The sender does not prove who it is.
    Forged,
    /// No such business, account or secret.
    NotFound,
    /// Not what the vendor sends.
    BadBody,
    /// Over the limit.
    TooLarge,
    /// We cannot store now; the sender should repeat.
    NotReady,
}

/// News about one conversation; an empty `conversation` means the business as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub business: String,
    pub conversation: String,
}

/// How the installation is doing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Workers by name, with milliseconds since each last gave a sign of life.
    pub workers: Vec<(String, i64)>,
    /// Webhooks are accepted: the database writes and no worker is stuck.
    pub is_ready: bool,
    /// Channels of every business, worst first.
    pub channels: Vec<ChannelHealth>,
    /// What a business's document names and could not be opened: the business, and a sentence for its owner.
    pub unopened: Vec<(String, String)>,
    /// What came for all businesses together.
    pub inbox: Inbox,
}

/// How what came for one business, or for all, is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Inbox {
    /// Updates that are kept: taken, whether their turn is done or not.
    pub taken: u64,
    /// Of them, those whose turn is done.
    pub worked: u64,
    /// Updates set aside after an error; a person must look.
    pub parked: u64,
}

impl Inbox {
    /// Updates whose turn is still to come.
    pub fn waiting(self) -> u64 {
        self.taken.saturating_sub(self.worked + self.parked)
    }
}

impl Sum for Inbox {
    fn sum<I: Iterator<Item = Self>>(several: I) -> Self {
        several.fold(Self::default(), |sum, one| Self {
            taken: sum.taken + one.taken,
            worked: sum.worked + one.worked,
            parked: sum.parked + one.parked,
        })
    }
}

/// One channel account of one business, or another way out of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelHealth {
    pub business: String,
    /// Of a channel; empty for anything else.
    pub account: String,
    /// «Телеграм».
    pub title: String,
    /// Since when it has been failing, with a sentence for the owner; `None` is well.
    pub trouble: Option<(Timestamp, String)>,
}
