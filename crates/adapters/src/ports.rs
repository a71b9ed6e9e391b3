//! The doors to the world. A vendor's file implements one of them; nobody outside names a vendor.

mod bells;
mod calendar;
mod catalogue;
mod crm;
mod grants;
mod line;
mod subscriber;

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
pub use nochnik_core::business::Way;
use nochnik_core::effect::{Button, Prepared};
use nochnik_core::event::{FileRef, Input};
use nochnik_core::report::Chart;
use nochnik_core::values::Phone;
pub use secrecy::{ExposeSecret, SecretString};

use crate::failure::{Failure, codes};
use crate::sound::Sound;

pub use bells::{Bell, Bells, NewBell};
pub use calendar::{Calendar, Changed, Changes, EventRef, EventState, Span, TIMES_MAX, Taken, Visit};
pub use catalogue::{Catalogue, Hindrance, LeftOut, Offered, OfferedService, OfferedSpecialist, SERVICES, SPECIALISTS};
pub use crm::{Attempt, CardReport, CardState, Colleague, Crm, Put};
pub use grants::{AppCard, Authorization, Grant, Granted, Grants, Installed, PortalNews, Renewal, Visitor};
pub use line::{LineNews, OpenLine, Seen, Spoken};
pub use subscriber::Subscriber;

/// What a kind of channel, CRM or model is and needs; settings check and console forms are made of it.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// As it stands in the document: `telegram`.
    pub name: &'static str,
    /// As people call it: «Телеграм».
    pub title: &'static str,
    pub fields: &'static [Field],
    pub limits: Limits,
    /// Updates can be fetched, no public address needed.
    pub can_poll: bool,
    /// Updates can be pushed to us.
    pub has_hook: bool,
    /// Only people of the business are there: nobody who writes is a client.
    pub is_for_staff: bool,
    /// What the owner must read before switching it on: availability and law, with the date.
    pub notice: Option<&'static str>,
}

#[derive(Clone, Copy, Debug)]
pub struct Field {
    pub name: &'static str,
    pub title: &'static str,
    pub help: &'static str,
    pub is_required: bool,
    pub is_secret: bool,
    /// Says whom the entry's secrets are shown to: a form that changes it has them written anew.
    pub is_address: bool,
}

#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub text_chars_max: usize,
    /// Zero: no buttons, the choices go out as numbered text.
    pub buttons_max: usize,
    pub label_chars_max: usize,
}

/// How fast a destination may be called, counted in requests.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    pub burst: u32,
    pub per_s: f64,
    /// Calls under way at once.
    pub parallel: usize,
    /// Requests one call usually takes: it is not begun before so many may be made.
    pub requests: u32,
}

/// A webhook as it came: nothing parsed, nothing trusted. Header names are lower-case.
#[derive(Clone, Copy, Debug)]
pub struct Hook<'a> {
    pub headers: &'a [(&'a str, &'a [u8])],
    pub body: &'a [u8],
}

/// The delivery does not prove that it comes from the vendor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forged;

/// One update, read.
#[derive(Clone, Debug, PartialEq)]
pub struct Incoming {
    /// The vendor's id of this delivery, the same whenever it is redelivered.
    pub dedupe_key: String,
    /// Who sent it, in the vendor's words; empty where only the session knows ([`Self::from_session`]).
    pub peer: String,
    pub what: IncomingWhat,
}

#[derive(Clone, Debug, PartialEq)]
pub enum IncomingWhat {
    /// Something the person did. `replies_to` is the vendor id of our message it answers.
    Input {
        input: Input,
        replies_to: Option<String>,
    },
    Reachable(bool),
    /// The person's number is another one now; what they write next may come from another address.
    NewNumber {
        phone: Phone,
    },
    /// The client took a message back.
    Deleted {
        message_id: String,
    },
    /// A message left our account: one of ours comes back, or somebody wrote in the vendor's own app.
    Echo(Echo),
    /// How far a message of ours has come. The same word may come twice, and out of order.
    Status(Status),
    /// What the owner must hear from the vendor, in Russian.
    Notice {
        text: String,
    },
    /// A kind we do not know: kept raw, counted, acknowledged. `raw` is as it came, at most 65,536 characters of it.
    Unknown {
        name: String,
        raw: String,
    },
}

/// A message that left our account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Echo {
    pub message_id: String,
    /// Of a long text of ours perhaps only a part.
    pub text: String,
    /// The vendor says that a person wrote it. Otherwise it may be ours: only the store knows.
    pub is_persons: bool,
}

/// Between a key and the number of a part that is not the last, where a text went out in several.
pub const PART_MARK: char = '~';

/// A vendor's word about a message that it took earlier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The vendor's id of the message.
    pub message_id: String,
    /// The key it was sent under, where the vendor gives it back: known even when its answer was lost. Of a part
    /// that is not the last it ends with [`PART_MARK`] and a number.
    pub key: Option<String>,
    pub word: StatusWord,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatusWord {
    /// It has left; nobody has it yet.
    Sent,
    Delivered,
    Read,
    /// It will not arrive.
    Failed(Failure),
}

impl Incoming {
    /// Puts the moment of receipt where the vendor gave none (button presses of Telegram, our own
    /// chat), and where its clock runs ahead of ours. Whoever takes a delivery calls this.
    pub fn received_at(mut self, now: Timestamp) -> Self {
        if let IncomingWhat::Input { input, .. } = &mut self.what
            && (input.at == NOT_SAID || input.at > now)
        {
            input.at = now;
        }
        self
    }

    /// Names the session a delivery of our own chat came by. Its body says nothing of that: the
    /// web layer knows, and a body could lie. The key is made the session's own likewise.
    pub fn from_session(mut self, peer: &str) -> Self {
        self.dedupe_key = format!("{peer}:{}", self.dedupe_key);
        self.peer = peer.to_owned();
        self
    }
}

/// `Input::at` of a delivery that carries no time; see [`Incoming::received_at`].
pub const NOT_SAID: Timestamp = Timestamp::UNIX_EPOCH;

/// A body that is not what the vendor sends: answered 400, kept nowhere.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ParseProblem(pub String);

/// What goes out. The adapter fits it into its limits (splits text, numbers the choices).
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Outgoing {
    pub text: String,
    pub buttons: Vec<Button>,
    pub asks_phone: bool,
    /// Goes with the words where the channel carries pictures and the words fit under one; else they go alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<Chart>,
}

/// The vendor's id of what it accepted, if it gives one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    pub vendor_id: Option<String>,
}

/// A batch of polled updates and the cursor that confirms it. The cursor is stored in the same
/// transaction as the updates, then handed back.
#[derive(Clone, Debug, Default)]
pub struct Polled {
    pub incoming: Vec<Incoming>,
    pub cursor: Option<String>,
}

/// A messenger, one account of it.
#[async_trait]
pub trait Channel: Send + Sync {
    fn kind(&self) -> &'static Kind;

    fn pace(&self) -> Pace;

    /// So long after the client's last word free text may be sent; `None`: always.
    fn window(&self) -> Option<SignedDuration> {
        None
    }

    /// The owner chose to fetch updates with [`Channel::poll`] instead of having them pushed.
    fn polls(&self) -> bool {
        false
    }

    /// Checks authenticity before anything is parsed; constant time.
    fn verify(&self, hook: &Hook<'_>) -> Result<(), Forged>;

    /// The whole of a delivery that the vendor shortened, fetched; `None`: it is whole, or cannot be had.
    async fn completed(&self, _body: &[u8]) -> Option<Vec<u8>> {
        None
    }

    /// Reads a delivery. An unknown kind of update is not an error.
    fn parse(&self, body: &[u8]) -> Result<Vec<Incoming>, ParseProblem>;

    /// What to answer to a delivery that asks for nothing but a proof that the address is ours; it is
    /// not verified before. A GET comes with its query for a body. `None`: it is an ordinary delivery.
    async fn handshake(&self, _hook: &Hook<'_>) -> Result<Option<String>, Failure> {
        Ok(None)
    }

    /// Longest delivery the vendor makes, in bytes. Source: security C-06.
    fn hook_bytes_max(&self) -> usize {
        1024 * 1024
    }

    /// What the vendor wants to hear when a delivery is stored; anything else makes it deliver again.
    fn hook_answer(&self) -> &'static str {
        ""
    }

    async fn send(&self, peer: &str, message: &Outgoing, key: &str) -> Result<Receipt, Failure>;

    /// Sends words that the vendor has approved, where free text may not go any more; `buttons` stand in the
    /// order of its own.
    async fn send_prepared(
        &self,
        _peer: &str,
        _prepared: &Prepared,
        _buttons: &[Button],
        _key: &str,
    ) -> Result<Receipt, Failure> {
        Err(window_closed())
    }

    /// How the prepared texts stand with the vendor, in Russian, a line each; `propose` hands in those it lacks.
    /// `None`: the channel needs none.
    async fn prepared(&self, _propose: bool) -> Result<Option<Vec<String>>, Failure> {
        Ok(None)
    }

    /// Replaces a message of ours; its buttons go when `message` has none.
    async fn edit(&self, _peer: &str, _vendor_id: &str, _message: &Outgoing) -> Result<Receipt, Failure> {
        Err(unsupported())
    }

    /// Ends the waiting circle of a pressed button.
    async fn answer_press(&self, _press_id: &str, _text: Option<&str>) -> Result<(), Failure> {
        Ok(())
    }

    /// The name in a client's profile, for channels whose deliveries do not bring it.
    async fn name_of(&self, _peer: &str) -> Result<Option<String>, Failure> {
        Ok(None)
    }

    /// Shows the client that `message_id` was seen and an answer is coming. Best effort: nothing hangs on it.
    async fn typing(&self, _peer: &str, _message_id: &str) -> Result<(), Failure> {
        Ok(())
    }

    /// Brings a file of the client's whole, at most [`MEDIA_BYTES_MAX`]. Its address may live for minutes only.
    async fn fetch(&self, _file: &FileRef) -> Result<Media, Failure> {
        Err(unsupported())
    }

    /// The least time between the end of one poll and the beginning of the next.
    fn poll_pause(&self) -> Duration {
        Duration::ZERO
    }

    /// Waits for updates after `cursor`, at most half a minute.
    async fn poll(&self, _cursor: Option<&str>) -> Result<Polled, Failure> {
        Err(unsupported())
    }

    /// Tells the vendor where to push, or (with `None`) that we shall fetch. Repeating is safe.
    async fn subscribe(&self, _hook_url: Option<&str>) -> Result<Subscribed, Failure> {
        Ok(Subscribed::Stands)
    }

    /// What the owner does in the vendor's own cabinet before anything is pushed: where to click, in Russian, a step each.
    /// The address and the word that proves it stand beside. `None`: [`Channel::subscribe`] is enough.
    fn hook_by_hand(&self) -> Option<&'static [&'static str]> {
        None
    }

    /// Asks the vendor who we are: the live check of a token. Returns the name people see.
    async fn check(&self) -> Result<String, Failure>;

    /// A fresh secret in place of one that runs out. `None`: nothing here runs out.
    async fn renewed(&self) -> Result<Option<Renewed>, Failure> {
        Ok(None)
    }
}

/// A secret that a vendor gave in place of an older one, which lives on for a while.
pub struct Renewed {
    /// The field of the entry.
    pub field: &'static str,
    value: SecretString,
}

impl Renewed {
    pub fn new(field: &'static str, value: &str) -> Self {
        Self { field, value: SecretString::from(value) }
    }

    /// For the document alone.
    pub fn value(&self) -> &str {
        self.value.expose_secret()
    }
}

/// Largest file fetched: the largest sound of WhatsApp.
pub const MEDIA_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A file as its channel gave it out: nothing about it is believed.
pub struct Media {
    /// What its server calls it, where it says anything.
    pub mime: Option<String>,
    pub bytes: Vec<u8>,
}

/// Shows the size: the content is somebody's own.
impl fmt::Debug for Media {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Media").field("mime", &self.mime).field("bytes", &self.bytes.len()).finish()
    }
}

/// What became of the wish to be pushed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subscribed {
    /// It was as it should be, as far as the vendor tells.
    Stands,
    /// It was not there, or led elsewhere: until now nothing came.
    Renewed,
}

/// The client has not written for so long that nothing may be said.
pub fn window_closed() -> Failure {
    Failure::Refused { code: codes::WINDOW_CLOSED.to_owned(), why: "the client's window is closed".to_owned() }
}

fn unsupported() -> Failure {
    Failure::Refused { code: "unsupported".to_owned(), why: "there is no such ability here".to_owned() }
}

/// What a model is asked: texts that hold no personal data any more, and the shape its answer must have.
#[derive(Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Prompt {
    /// What is wanted. Says the word JSON: some servers refuse to speak JSON unasked.
    pub system: String,
    pub user: String,
    /// 1–64 of `A–Z a–z 0–9 _ -`.
    pub schema_name: String,
    /// JSON Schema in the words that every vendor enforces: `type`, `properties` all of them `required`,
    /// `additionalProperties: false`, `enum`, `const`, `items`, `anyOf`, local `$ref` into `$defs`, bounds of
    /// lengths and numbers. Anything else is refused before it leaves.
    pub schema: serde_json::Value,
    /// Longest answer, in the vendor's tokens.
    pub tokens_max: u32,
}

/// Shows sizes only: texts do not belong into logs.
impl fmt::Debug for Prompt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prompt")
            .field("system_bytes", &self.system.len())
            .field("user_bytes", &self.user.len())
            .field("schema_name", &self.schema_name)
            .field("tokens_max", &self.tokens_max)
            .finish_non_exhaustive()
    }
}

/// What an ask came to.
pub struct Asked {
    /// An answer that fits the schema. A failure is never [`Failure::Unknown`]: an ask changes nothing.
    pub done: Result<serde_json::Value, Failure>,
    /// The body that left, byte for byte, for the journal; empty when nothing left.
    pub sent: String,
    /// Of prompt and answer together, where the vendor tells; counted for failures too.
    pub tokens: Option<u64>,
}

/// Shows how it ended, not what was said.
impl fmt::Debug for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Asked")
            .field("failure", &self.done.as_ref().err())
            .field("sent_bytes", &self.sent.len())
            .field("tokens", &self.tokens)
            .finish_non_exhaustive()
    }
}

/// A language model, one account of it. Optional everywhere: every talk must end well without it.
#[async_trait]
pub trait Model: Send + Sync {
    fn kind(&self) -> &'static Kind;

    /// Businesses of one account share this name, and with it the pace.
    fn destination(&self) -> String;

    fn pace(&self) -> Pace;

    /// The body [`Model::ask`] would send: for the journal of an ask that was given up on half-way.
    fn body(&self, prompt: &Prompt) -> String;

    /// Asks once. Whoever calls bounds the time; dropping the call is safe at any moment.
    async fn ask(&self, prompt: &Prompt) -> Asked;

    /// The live check of address, key and model; asks the model nothing. Returns a sentence in Russian.
    async fn check(&self) -> Result<String, Failure>;
}

/// What a speech server made of a sound.
#[derive(Clone, PartialEq, Eq)]
pub struct Heard {
    /// Never blank; perhaps misheard.
    pub text: String,
}

/// Shows the size: what was said does not belong into logs.
impl fmt::Debug for Heard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Heard").field("text_bytes", &self.text.len()).finish()
    }
}

/// Speech recognition, one account of it. Optional: without it the bot says that it cannot listen.
#[async_trait]
pub trait Speech: Send + Sync {
    fn kind(&self) -> &'static Kind;

    /// Businesses of one account share this name, and with it the pace.
    fn destination(&self) -> String;

    fn pace(&self) -> Pace;

    /// Asks once what is said in a sound. Never [`Failure::Unknown`]: asking changes nothing. Whoever calls bounds
    /// the time; dropping the call is safe at any moment.
    async fn hear(&self, sound: &Sound) -> Result<Heard, Failure>;

    /// The live check of address and key; no sound leaves. Returns a sentence in Russian.
    async fn check(&self) -> Result<String, Failure>;
}

/// What one person is told. The adapter fits it into its limits.
#[derive(Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Alert {
    /// One line: the subject of an e-mail, the title of a push. SMS and calls leave it out.
    pub title: String,
    /// Goes through foreign hands in clear text: no name, phone or health of a client belongs into an SMS or a call.
    pub text: String,
    /// The page where the person answers. Never cut; calls leave it out.
    pub link: Option<String>,
    /// For letters only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<Chart>,
}

/// Shows sizes only: texts do not belong into logs, and the link lets one in.
impl fmt::Debug for Alert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Alert")
            .field("title_bytes", &self.title.len())
            .field("text_bytes", &self.text.len())
            .field("has_link", &self.link.is_some())
            .finish()
    }
}

/// How far an alert has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// The vendor took it. Nobody has seen or heard it yet, and an escalation must not wait for it.
    Accepted,
    /// On the person's phone, or heard to the end.
    Delivered,
    /// The person pressed the agreed key: as good as «Беру».
    Acknowledged,
    /// It will not arrive; `why` is Russian and follows «не доставлено: ».
    Failed { why: &'static str },
}

/// What the vendor made of an alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handed {
    /// The vendor's id, by which receipts come; `None` where there are none.
    pub vendor_id: Option<String>,
    pub delivery: Delivery,
    /// In kopecks, where the vendor tells.
    pub price_kop: Option<u64>,
    /// Parts of an SMS, each of which is paid for; 1 for everything else.
    pub segments: u32,
    /// The text was longer than this means carries, and its end was left out.
    pub is_cut: bool,
}

/// A vendor's word about an alert handed over earlier. The same word may come twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryReport {
    pub vendor_id: String,
    pub delivery: Delivery,
}

/// What a vendor wants to hear when it has pushed a report; anything else makes it push again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HookAnswer {
    pub status: u16,
    pub body: &'static str,
}

/// A means to reach a person outside the messengers, one account of it.
#[async_trait]
pub trait Notifier: Send + Sync {
    /// [`Kind::can_poll`]: [`Notifier::look`] works. [`Kind::has_hook`]: reports may be pushed.
    fn kind(&self) -> &'static Kind;

    fn way(&self) -> Way;

    /// Businesses of one account share this name, and with it the pace.
    fn destination(&self) -> String;

    fn pace(&self) -> Pace;

    /// The person can acknowledge by this means itself, pressing a key.
    fn can_acknowledge(&self) -> bool {
        false
    }

    /// Says in Russian what is wrong with an address of this means: a phone as E.164, an e-mail
    /// address, a push subscription as the browser gave it (JSON).
    fn check_address(&self, to: &str) -> Result<(), &'static str>;

    /// Hands the alert over once. `key` is the same for every try of one alert and carries what
    /// idempotency the vendor has. After [`Failure::Unknown`] it may have gone out: look it up by
    /// [`Notifier::foreseen_id`] where there is one; otherwise a repeat may reach the person twice.
    async fn send(&self, to: &str, alert: &Alert, key: &str) -> Result<Handed, Failure>;

    /// The vendor's id of whatever is sent under `key`, known even when the answer was lost; `None`
    /// where the vendor chooses its ids alone.
    fn foreseen_id(&self, _key: &str) -> Option<String> {
        None
    }

    /// Asks how far an alert has come. `None`: the vendor has never got it, so it may be sent again.
    async fn look(&self, _to: &str, _vendor_id: &str) -> Result<Option<Delivery>, Failure> {
        Err(unsupported())
    }

    /// Checks authenticity of a pushed report before it is parsed; constant time. Vendors that sign
    /// nothing are let in: there the secret path of the hook is the proof, and the caller must know
    /// the id reported. A report by GET comes with its query for a body.
    fn verify(&self, _hook: &Hook<'_>) -> Result<(), Forged> {
        Err(Forged)
    }

    /// Reads a pushed report. Kinds of report that concern no alert are left out.
    fn parse(&self, _body: &[u8]) -> Result<Vec<DeliveryReport>, ParseProblem> {
        Err(ParseProblem("the means has no reports".to_owned()))
    }

    fn hook_answer(&self) -> HookAnswer {
        HookAnswer { status: 200, body: "" }
    }

    /// Tells the vendor where to push reports, or (with `None`) to stop. Repeating is safe.
    async fn subscribe(&self, _hook_url: Option<&str>) -> Result<(), Failure> {
        Ok(())
    }

    /// The live check of credentials, sender and money, in Russian sentences; disturbs nobody.
    async fn check(&self) -> Result<Vec<String>, Failure>;
}
