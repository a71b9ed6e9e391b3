//! An account, the line to it, and a courier that carries one card as the engine does.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use nochnik_adapters::Failure;
use nochnik_adapters::crm::{self, OpenContext};
use nochnik_adapters::ports::{Attempt, Crm, Put};
use nochnik_core::business::CrmEntry;
use nochnik_core::crm::{Card, CrmRefs};
use nochnik_doubles::amocrm::{Double, Settings};
use nochnik_doubles::{Answer, Faults, Outcome, Request};
use serde_json::{Value, json};

use crate::cards::NOW_MS;
use crate::wire::{Heard, Line, Reply};

pub const BASE: &str = "https://salon-demo.amocrm.ru";
/// What a request takes on its way there and back: so long that the account is never asked too fast.
const TRIP_MS: i64 = 150;
/// When a card of unknown end is looked up, after its doubt began.
const LOOK_UP_MS: [i64; 4] = [2_000, 10_000, 30_000, 71_000];
/// And after those, every half a minute.
const LOOK_UP_AGAIN_MS: i64 = 30_000;
const TRIES_MAX: usize = 400;

/// One business's CRM and its courier.
pub struct Desk {
    pub account: Double,
    pub line: Line,
    pub crm: Arc<dyn Crm>,
    pub refs: CrmRefs,
    now_ms: Arc<AtomicI64>,
}

impl Desk {
    pub fn new(settings: Settings) -> Self {
        Self::with(settings, &[])
    }

    pub fn with(settings: Settings, fields: &[(&str, Value)]) -> Self {
        Self::altered(settings, fields, |_| None)
    }

    /// `alter` may answer a request in the account's place, which then never sees it.
    pub fn altered(
        settings: Settings,
        fields: &[(&str, Value)],
        alter: impl Fn(&Heard) -> Option<Reply> + Send + Sync + 'static,
    ) -> Self {
        let token = settings.token.clone();
        let account = Double::new(settings);
        let now_ms = Arc::new(AtomicI64::new(NOW_MS));
        let (other_end, clock) = (account.clone(), now_ms.clone());
        let line = Line::to_whole(move |heard| {
            let at_ms = clock.fetch_add(TRIP_MS, Ordering::Relaxed);
            alter(heard).unwrap_or_else(|| reply(&other_end, heard, at_ms))
        });
        let crm = open(BASE, &token, &line, fields);
        Self { account, line, crm, refs: CrmRefs::new(), now_ms }
    }

    /// As after the first card of the process: the fields are known, and its lead is not counted.
    pub async fn warmed(settings: Settings) -> Self {
        let mut desk = Self::new(settings);
        let stranger = Card { origin: "lotos:warm:1".to_owned(), phone: None, todo: None, ..crate::cards::card() };
        desk.deliver(&stranger).await.unwrap();
        let lead = desk.account.leads()[0].id;
        desk.account.deletes_notes(lead);
        desk.account.deletes_lead(lead);
        desk.refs.clear();
        desk.line.heard();
        desk
    }

    pub fn now_ms(&self) -> i64 {
        self.now_ms.load(Ordering::Relaxed)
    }

    pub fn pass(&self, ms: i64) {
        self.now_ms.fetch_add(ms, Ordering::Relaxed);
    }

    /// One try, whole.
    pub async fn try_put(&self, card: &Card, unknown_since_ms: Option<i64>, is_repeat: bool) -> Put {
        let instant = |ms| Timestamp::from_millisecond(ms).unwrap();
        let attempt = Attempt { now: instant(self.now_ms()), unknown_since: unknown_since_ms.map(instant), is_repeat };
        self.crm.put(card, &self.refs, attempt).await
    }

    pub async fn put(&self, card: &Card, unknown_since_ms: Option<i64>, is_repeat: bool) -> Result<CrmRefs, Failure> {
        self.try_put(card, unknown_since_ms, is_repeat).await.done
    }

    /// Tries until it is done or refused, waiting between tries as the courier would.
    pub async fn deliver(&mut self, card: &Card) -> Result<(), Failure> {
        let mut unknown_since_ms = None;
        for tries in 0..TRIES_MAX {
            let failure = match self.put(card, unknown_since_ms, tries > 0).await {
                Ok(refs) => {
                    self.refs = refs;
                    return Ok(());
                }
                Err(failure) => failure,
            };
            let now_ms = self.now_ms();
            match failure {
                Failure::Unknown { .. } => {
                    unknown_since_ms = Some(now_ms);
                    self.pass(LOOK_UP_MS[0]);
                }
                // A call that was not done leaves the doubt about an earlier one as old as it was.
                Failure::Later { after, .. } => {
                    let told_ms = after.map_or(2_000, |after| i64::try_from(after.as_millis()).unwrap());
                    let look_up_ms = unknown_since_ms.map_or(i64::MAX, |since_ms| look_up_at_ms(since_ms, now_ms));
                    self.pass(told_ms.min(look_up_ms - now_ms));
                }
                failure => return Err(failure),
            }
        }
        Err(Failure::Unknown { why: format!("the card is still not there after {TRIES_MAX} tries") })
    }

    /// A call of the account's own people, past our line; gives the id of what it made or changed.
    pub fn people(&self, verb: &str, path: &str, body: &Value) -> i64 {
        let answer = self.account.people(verb, path, body, self.now_ms());
        assert_eq!(answer.status, 200, "{verb} {path}: {}", answer.body);
        let (entity, _) = path.split_once('/').unwrap_or((path, ""));
        let made = &answer.body["_embedded"][entity][0]["id"];
        made.as_i64().or_else(|| answer.body["id"].as_i64()).unwrap()
    }

    /// A contact that people made.
    pub fn contact(&self, name: &str, phone: &str) -> i64 {
        let phone = json!([{ "field_code": "PHONE", "values": [{ "value": phone, "enum_code": "MOB" }] }]);
        self.people("POST", "contacts", &json!([{ "name": name, "custom_fields_values": phone }]))
    }

    /// A lead that people made.
    pub fn lead(&self, name: &str, contact: i64, more: Value) -> i64 {
        let mut lead = json!({ "name": name });
        for (key, value) in more.as_object().unwrap() {
            lead[key] = value.clone();
        }
        lead["_embedded"]["contacts"] = json!([{ "id": contact, "is_main": true }]);
        self.people("POST", "leads", &json!([lead]))
    }

    /// Texts of the notes of one lead.
    pub fn notes_of(&self, lead: i64) -> Vec<String> {
        self.account.notes().into_iter().filter(|note| note.lead == lead).map(|note| note.text).collect()
    }

    pub fn calm(&self) {
        self.account.plan(Faults::none());
    }
}

fn look_up_at_ms(since_ms: i64, now_ms: i64) -> i64 {
    let planned = LOOK_UP_MS.map(|ms| since_ms + ms).into_iter().find(|due_ms| *due_ms > now_ms);
    planned.unwrap_or(now_ms + LOOK_UP_AGAIN_MS)
}

/// What the account answers to a request off the line.
fn reply(account: &Double, heard: &Heard, at_ms: i64) -> Reply {
    let query: Vec<(String, String)> = heard.url.query_pairs().into_owned().collect();
    let headers: Vec<(String, String)> = heard.headers.clone().into_iter().collect();
    let body = if heard.body.is_null() { Vec::new() } else { heard.body.to_string().into_bytes() };
    let request =
        Request { method: &heard.method, path: heard.url.path(), query: &query, headers: &headers, body: &body };
    match account.request(&request, at_ms) {
        Outcome::Answered(Answer { status: 204, .. }) => Reply::empty(204),
        outcome => outcome.into(),
    }
}

pub fn entry(base: &str, token: &str, fields: &[(&str, Value)]) -> CrmEntry {
    let mut all = BTreeMap::from([("base_url".to_owned(), json!(base)), ("token".to_owned(), json!(token))]);
    all.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    CrmEntry { kind: "amocrm".to_owned(), fields: all }
}

fn open(base: &str, token: &str, line: &Line, fields: &[(&str, Value)]) -> Arc<dyn Crm> {
    crm::open(Some(&entry(base, token, fields)), &OpenContext { wire: line.wire(), ..OpenContext::default() })
        .unwrap()
        .unwrap()
}
