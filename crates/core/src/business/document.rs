//! The business document: TOML or JSON of one shape. Unknown keys are refused by name.

use std::collections::BTreeMap;

use jiff::civil;
use serde::{Deserialize, Serialize};

use super::access::Access;
use super::care::Care;
use super::condition::Condition;
use super::former::Former;
use super::hours::Week;
use super::means::{Means, MeansEntry, Quiet, Rest};
use super::questions::Questions;
use super::reports::Reports;
use super::retention::Retention;
use super::rota::{DaysOff, Rotation, WeekTime};
use super::shift::Shift;
use crate::news::NewsKind;

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Latin letters, digits, hyphens; stands in addresses and never changes.
    pub id: String,
    /// `beauty_salon barbershop clinic fitness_studio car_service tutoring`.
    #[serde(rename = "type")]
    pub kind: String,
    pub name: String,
    #[serde(default)]
    pub city: String,
    #[serde(default = "moscow")]
    pub timezone: String,
    #[serde(default = "rub")]
    pub currency: String,
    #[serde(default)]
    pub address: String,
    #[serde(default)]
    pub phone: String,
    pub hours: Week,
    /// Single days that differ: a date to intervals, or to nothing when closed.
    #[serde(default)]
    pub special_days: BTreeMap<civil::Date, Vec<super::hours::Interval>>,
    /// What the production calendar's holidays mean here; a special day wins over it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub holidays: Holidays,
    /// Chairs, rooms, apparatus that services share.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<Resource>,
    /// Topic to answer; topics are those of the labelled set (`parking`, `payment`, `kids`…).
    #[serde(default)]
    pub faq: BTreeMap<String, String>,
    /// What people answer often: a title to the words, which a person looks over and sends.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub replies: BTreeMap<String, String>,
    pub services: Vec<Service>,
    #[serde(rename = "staff")]
    pub specialists: Vec<Specialist>,
    /// Who is woken: duty managers, seniors, the owner.
    #[serde(default)]
    pub people: Vec<Person>,
    /// Who is on duty when; empty means everybody with the role `duty`.
    #[serde(default)]
    pub shifts: Vec<Shift>,
    #[serde(default)]
    pub policy: Policy,
    /// Reminders and the question after a visit.
    #[serde(default)]
    pub care: Care,
    /// What is asked of a client.
    #[serde(default)]
    pub questions: Questions,
    /// The escalation matrix; empty means the regulation's own.
    #[serde(default)]
    pub escalation: Vec<Level>,
    #[serde(default)]
    pub channels: Vec<ChannelEntry>,
    /// Accounts for SMS, calls, e-mail and pushes to the staff.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub means: Vec<MeansEntry>,
    #[serde(default)]
    pub crm: Option<CrmEntry>,
    /// Calendars outside: their busy time closes slots here, visits booked here stand in them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calendars: Vec<CalendarEntry>,
    /// Programs of the business that are told news.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subscribers: Vec<SubscriberEntry>,
    /// A second reader for what the rules are unsure of; absent means none.
    #[serde(default)]
    pub model: Option<ModelEntry>,
    /// Who turns voice messages into words; absent means that the bot says it cannot listen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speech: Option<SpeechEntry>,
    #[serde(default)]
    pub privacy: Privacy,
    #[serde(default, skip_serializing_if = "is_default")]
    pub reports: Reports,
    /// How long what clients told is kept.
    #[serde(default, skip_serializing_if = "is_default")]
    pub retention: Retention,
    /// What is asked of those who enter the console.
    #[serde(default, skip_serializing_if = "is_default")]
    pub access: Access,
    /// Addresses in messages to clients go out as short links of ours, which count how often they are opened.
    #[serde(default, skip_serializing_if = "is_default")]
    pub shorten_links: bool,
    /// What the business no longer has, for the visits that stand.
    #[serde(default, skip_serializing_if = "is_default")]
    pub former: Former,
    /// Own wordings by phrase name; the rest come from the phrase book.
    #[serde(default)]
    pub phrases: BTreeMap<String, String>,
}

fn moscow() -> String {
    "Europe/Moscow".to_owned()
}

fn rub() -> String {
    "RUB".to_owned()
}

/// New fields are written only where they say something, so that the previous release still reads
/// the documents of those who do not use them.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Whether the business works on the holidays of Russia's production calendar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holidays {
    /// Like any other day of the week: most salons earn most then.
    #[default]
    AsUsual,
    Closed,
}

/// Something of which there are a few, and of which a visit takes one for its whole time.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resource {
    pub id: String,
    pub name: String,
    #[serde(default = "one")]
    pub count: u16,
}

fn one() -> u16 {
    1
}

fn is_one(count: &u16) -> bool {
    *count == 1
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    pub id: String,
    pub name: String,
    /// Whole roubles, as a price list says it.
    pub price: i64,
    /// The price is the least, not the whole.
    #[serde(default)]
    pub price_from: bool,
    pub duration_min: u16,
    /// Kept free after the visit.
    #[serde(default)]
    pub buffer_min: u16,
    /// Kept free before the visit.
    #[serde(default, skip_serializing_if = "is_default")]
    pub buffer_before_min: u16,
    /// Processing time: the specialist may serve another client meanwhile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gap: Option<Gap>,
    /// Id of an entry of `resources`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// Clients who come to one start of one specialist; more than one makes it a group lesson.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub capacity: u16,
    /// The only times it begins; empty means any time of the grid.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub starts: Vec<WeekTime>,
    #[serde(default)]
    pub synonyms: Vec<String>,
}

/// The colour is taking: from `after_min` of the visit on the specialist is free for `for_min`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gap {
    pub after_min: u16,
    pub for_min: u16,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Specialist {
    pub id: String,
    pub name: String,
    #[serde(default)]
    pub role: String,
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Ids of services; empty means none.
    #[serde(default)]
    pub services: Vec<String>,
    /// Own hours; absent means the business's.
    #[serde(default)]
    pub hours: Option<Week>,
    /// Days of work and rest by turns, within `hours`; absent means every day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shifts: Option<Rotation>,
    /// Holidays and sick leave; they win over `hours` and `shifts`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub days_off: Vec<DaysOff>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    pub id: String,
    pub name: String,
    pub role: Role,
    #[serde(default)]
    pub phone: String,
    /// In the order they are tried.
    #[serde(default)]
    pub means: Vec<Means>,
    /// Hours that only what is urgent may break, by whatever means.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiet: Option<Quiet>,
    /// Called for nothing but what is urgent.
    #[serde(default, skip_serializing_if = "is_default")]
    pub only_urgent: bool,
    /// Id in Bitrix24, for to-dos.
    #[serde(default)]
    pub crm_user: Option<i64>,
}

impl Person {
    pub fn rest(&self) -> Rest {
        Rest { quiet: self.quiet, only_urgent: self.only_urgent }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Duty,
    Senior,
    Owner,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    pub answer: AnswerMode,
    /// In `backup`: minutes without a person's answer before the bot speaks.
    pub backup_min: u16,
    /// Slots start on multiples of this.
    pub grid_min: u16,
    /// The earliest visit from now.
    pub lead_time_min: u16,
    /// The latest visit from today.
    pub horizon_days: u16,
    /// Who has the last word on a booking.
    pub confirm: ConfirmMode,
    /// A slot is kept this long while the client answers.
    pub hold_min: u16,
    /// A time that came free is kept this long for each who waits for it.
    pub waitlist_hold_min: u16,
    pub hot: HotPolicy,
    /// The score above which a person is called.
    pub call_score: f64,
    /// Minutes a client waits for a silent manager before the bot returns.
    pub person_silent_min: u16,
    /// Minutes after «Беру» before the outcome is asked.
    pub outcome_min: u16,
    /// Minutes before a shift at which its person is asked «На месте?»; 0 asks nobody.
    #[serde(skip_serializing_if = "is_usual_ready")]
    pub ready_min: u16,
    /// Kopecks a day for SMS and calls to the staff; beyond that only what is urgent goes by them.
    #[serde(skip_serializing_if = "is_usual_means_cap")]
    pub means_kop_per_day: u32,
}

/// Forty SMS of two parts: more in a day is a fault or an attack. Source: attack A-24, security C-21.
const MEANS_KOP_PER_DAY: u32 = 50_000;

/// Long enough to find a charger, short enough to still be true. Source: product description, section 7.
const READY_MIN: u16 = 15;

fn is_usual_ready(minutes: &u16) -> bool {
    *minutes == READY_MIN
}

fn is_usual_means_cap(kop: &u32) -> bool {
    *kop == MEANS_KOP_PER_DAY
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            answer: AnswerMode::Always,
            backup_min: 3,
            grid_min: 30,
            lead_time_min: 60,
            horizon_days: 30,
            confirm: ConfirmMode::Bot,
            hold_min: 10,
            waitlist_hold_min: 20,
            hot: HotPolicy::default(),
            call_score: 0.7,
            person_silent_min: 30,
            outcome_min: 15,
            ready_min: READY_MIN,
            means_kop_per_day: MEANS_KOP_PER_DAY,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerMode {
    Always,
    AfterHours,
    Backup,
}

/// Who confirms what a client has agreed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConfirmMode {
    /// The bot, at once.
    Bot,
    /// A person, by one tap; until then the time is kept. Nobody is woken for it.
    Person,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HotPolicy {
    /// How many of «visit within 24 hours», «asked a price», «confirmed phone» make a lead hot.
    pub min_criteria: u8,
    pub within_hours: u16,
}

impl Default for HotPolicy {
    fn default() -> Self {
        Self { min_criteria: 1, within_hours: 24 }
    }
}

/// One level of the escalation matrix.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Level {
    /// 2 or 3.
    pub level: u8,
    pub role: Role,
    /// For which cases it is: any one of them will do; empty means every case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only: Vec<Condition>,
    pub steps: Vec<Step>,
}

/// What happens `after_min` minutes from the first notice of the case.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    pub after_min: u16,
    /// Which of the person's means, from 1; past the last one the last is used.
    #[serde(default = "first")]
    pub means: u8,
    /// Again every so many minutes, up to `until_min`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeat_every_min: Option<u16>,
    /// Minutes from the first notice after which it is not repeated any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_min: Option<u16>,
}

impl Step {
    /// Minutes from the first notice at which it happens, in order.
    pub fn minutes(&self) -> impl Iterator<Item = u16> {
        let every = usize::from(self.repeat_every_min.unwrap_or(1).max(1));
        let last = self.repeat_every_min.and(self.until_min).unwrap_or(self.after_min).max(self.after_min);
        (self.after_min..=last).step_by(every)
    }
}

fn first() -> u8 {
    1
}

/// A switched-on channel. What else may stand here is said by the channel's own adapter.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ChannelEntry {
    pub kind: String,
    /// The business's own name for it; absent means the kind.
    #[serde(default)]
    pub id: Option<String>,
    #[serde(flatten)]
    pub fields: BTreeMap<String, serde_json::Value>,
}

impl ChannelEntry {
    pub fn account(&self) -> &str {
        self.id.as_deref().unwrap_or(&self.kind)
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CrmEntry {
    pub kind: String,
    #[serde(flatten)]
    pub fields: BTreeMap<String, serde_json::Value>,
}

impl CrmEntry {
    /// Whether dialogues that want a person are put into an open line of this CRM.
    pub fn has_line(&self) -> bool {
        self.fields.contains_key(LINE)
    }
}

/// The field that names the open line of a CRM which has such.
const LINE: &str = "line";

/// A calendar outside. What else may stand here is said by its adapter.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CalendarEntry {
    pub kind: String,
    /// The business's own name for it; absent means the kind.
    #[serde(default)]
    pub id: Option<String>,
    /// Whose time it is, by their ids; empty is everybody's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub specialists: Vec<String>,
    #[serde(flatten)]
    pub fields: BTreeMap<String, serde_json::Value>,
}

impl CalendarEntry {
    pub fn account(&self) -> &str {
        self.id.as_deref().unwrap_or(&self.kind)
    }

    /// Whether the calendar is about this specialist.
    pub fn is_of(&self, specialist: &str) -> bool {
        self.specialists.is_empty() || self.specialists.iter().any(|own| own == specialist)
    }
}

/// A program that is told news at its address.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubscriberEntry {
    /// Never given to another: rows on their way are addressed by it.
    pub id: String,
    pub url: String,
    /// `whsec_` and base64, by which the program knows us.
    pub secret: String,
    pub events: Vec<NewsKind>,
}

/// A language model. What else may stand here is said by its adapter.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ModelEntry {
    pub kind: String,
    /// Asked about messages the rules are less sure of than this, 0 to 1.
    #[serde(default = "half")]
    pub ask_under: f64,
    /// Replies go out in the model's words, facts untouched.
    #[serde(default)]
    pub phrase: bool,
    /// Spent by UTC day; after that the rules answer alone until the next.
    #[serde(default = "tokens_per_day")]
    pub tokens_per_day: u64,
    #[serde(flatten)]
    pub fields: BTreeMap<String, serde_json::Value>,
}

fn half() -> f64 {
    0.5
}

/// Some five hundred questions.
fn tokens_per_day() -> u64 {
    300_000
}

/// A server of speech recognition. What else may stand here is said by its adapter.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SpeechEntry {
    pub kind: String,
    /// Voice messages heard by UTC day; further ones get the honest reply until the next.
    #[serde(default = "voices_per_day")]
    pub per_day: u32,
    #[serde(flatten)]
    pub fields: BTreeMap<String, serde_json::Value>,
}

fn voices_per_day() -> u32 {
    500
}

/// Who answers for the personal data, for the notice in the first message.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Privacy {
    /// «ИП Роза А. А.»
    pub operator: String,
    pub policy_url: String,
    /// Reminders name no service and no specialist, notices to the staff no client: both lie open on locked
    /// screens. Absent means yes for a clinic and no for everybody else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discreet: Option<bool>,
}

impl Document {
    /// Whether messages outside our own pages keep silent about who comes and for what.
    ///
    /// Source: 323-FZ, article 13 part 1: that somebody sees a doctor at all is a secret.
    pub fn is_discreet(&self) -> bool {
        self.privacy.discreet.unwrap_or_else(|| self.is_clinic())
    }

    pub fn is_clinic(&self) -> bool {
        self.kind == "clinic"
    }
}
