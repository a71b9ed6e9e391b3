//! What a portal holds: cards, dictionaries, custom fields, timelines, counters.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Map, Value};

use super::{
    Settings,
    bookings::Booking,
    bots::Bots,
    dictionary::Status,
    limits::{Bucket, Operating},
    multifield::Fm,
    oauth::App,
    openline::OpenLines,
    people::Employee,
    telephony::Infocall,
    userfield::UserField,
    v3::Kept,
};

pub(super) const LEAD: i64 = 1;
pub(super) const DEAL: i64 = 2;
pub(super) const CONTACT: i64 = 3;
pub(super) const TYPES: [i64; 3] = [LEAD, DEAL, CONTACT];

pub(super) struct Portal {
    pub(super) settings: Settings,
    pub(super) cards: BTreeMap<i64, Cards>,
    /// (entityTypeId, id) of the cards that hold a phone's digits or an e-mail in lower case.
    pub(super) by_comm: HashMap<String, BTreeSet<(i64, i64)>>,
    pub(super) statuses: Vec<Status>,
    pub(super) user_fields: BTreeMap<(i64, String), UserField>,
    pub(super) employees: Vec<Employee>,
    pub(super) comments: BTreeMap<i64, Map<String, Value>>,
    pub(super) log_messages: Vec<Value>,
    pub(super) activities: BTreeMap<i64, Map<String, Value>>,
    pub(super) bookings: BTreeMap<i64, Booking>,
    pub(super) events: BTreeMap<i64, Map<String, Value>>,
    pub(super) tasks: Vec<Value>,
    /// Answers of REST 3.0 that are known by a key.
    pub(super) kept: Vec<Kept>,
    pub(super) infocalls: Vec<Infocall>,
    /// Leads to be converted: (due, id).
    pub(super) conversions: Vec<(i64, i64)>,
    /// The local application, if the owner added one.
    pub(super) app: Option<App>,
    /// The access of the call under way; empty for a webhook.
    pub(super) caller_token: String,
    pub(super) open_lines: OpenLines,
    pub(super) bots: Bots,
    pub(super) bucket: Bucket,
    pub(super) operating: Operating,
    pub(super) calls: BTreeMap<String, u64>,
    pub(super) refusals: BTreeMap<String, u64>,
    /// Names of fields that an add or update ignored, with their number.
    pub(super) ignored: BTreeMap<String, u64>,
    pub(super) failures: Vec<String>,
    pub(super) calls_seen: u64,
    next_ids: HashMap<&'static str, i64>,
}

/// All cards of one type.
#[derive(Default)]
pub(super) struct Cards {
    pub(super) rows: BTreeMap<i64, Row>,
    /// Ids by `originId`, in the order of creation; nothing makes them unique.
    pub(super) by_origin: HashMap<String, Vec<i64>>,
}

pub(super) struct Row {
    /// camelCase fields; custom ones under their original names.
    pub(super) fields: Map<String, Value>,
    pub(super) fm: Vec<Fm>,
    pub(super) created_ms: i64,
    /// Converted and no longer readable.
    pub(super) is_hidden: bool,
}

impl Portal {
    pub(super) fn new(settings: Settings) -> Self {
        let employees = Employee::staff(settings.user_id);
        let statuses = Status::defaults(&settings.funnels);
        Self {
            settings,
            cards: TYPES.into_iter().map(|kind| (kind, Cards::default())).collect(),
            by_comm: HashMap::new(),
            statuses,
            user_fields: BTreeMap::new(),
            employees,
            comments: BTreeMap::new(),
            log_messages: Vec::new(),
            activities: BTreeMap::new(),
            bookings: BTreeMap::new(),
            events: BTreeMap::new(),
            tasks: Vec::new(),
            kept: Vec::new(),
            infocalls: Vec::new(),
            conversions: Vec::new(),
            app: None,
            caller_token: String::new(),
            open_lines: OpenLines::default(),
            bots: Bots::default(),
            bucket: Bucket::default(),
            operating: Operating::default(),
            calls: BTreeMap::new(),
            refusals: BTreeMap::new(),
            ignored: BTreeMap::new(),
            failures: Vec::new(),
            calls_seen: 0,
            next_ids: HashMap::new(),
        }
    }

    /// The next number of a kind of object, from `first` on.
    pub(super) fn new_id(&mut self, kind: &'static str, first: i64) -> i64 {
        let next = self.next_ids.entry(kind).or_insert(first);
        *next += 1;
        *next - 1
    }

    /// A readable card.
    pub(super) fn row(&self, kind: i64, id: i64) -> Option<&Row> {
        self.cards.get(&kind)?.rows.get(&id).filter(|row| !row.is_hidden)
    }

    pub(super) fn row_mut(&mut self, kind: i64, id: i64) -> Option<&mut Row> {
        self.cards.get_mut(&kind)?.rows.get_mut(&id).filter(|row| !row.is_hidden)
    }
}
