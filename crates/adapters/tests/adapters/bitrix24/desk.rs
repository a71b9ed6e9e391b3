//! A portal, the line to it, and a courier that carries one card as the engine does.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use nochnik_adapters::Failure;
use nochnik_adapters::crm;
use nochnik_adapters::ports::{Attempt, CardReport, CardState, Crm};
use nochnik_core::business::CrmEntry;
use nochnik_core::crm::{Card, CrmRefs};
use nochnik_doubles::Faults;
use nochnik_doubles::bitrix24::{Double, Settings};
use serde_json::{Value, json};

use crate::cards::{NOW_MS, card};
use crate::wire::{Line, Reply};

/// When a card of unknown end is looked up, after its doubt began. Source: bitrix24 sheet 8.2.
const LOOK_UP_MS: [i64; 4] = [2_000, 10_000, 30_000, 71_000];
/// Tries after which a courier of these tests gives up: a few hours of a very bad night.
const TRIES_MAX: usize = 400;

/// One business's CRM and its courier.
pub struct Desk {
    pub portal: Double,
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

    /// `alter` may answer a request in the portal's place, which then never sees it.
    pub fn altered(
        settings: Settings,
        fields: &[(&str, Value)],
        alter: impl Fn(&Value) -> Option<Reply> + Send + Sync + 'static,
    ) -> Self {
        let portal = Double::new(settings);
        let now_ms = Arc::new(AtomicI64::new(NOW_MS));
        let (other_end, clock) = (portal.clone(), now_ms.clone());
        let line = Line::to_whole(move |heard| {
            let key = heard.headers.get("idempotency-key").map(String::as_str);
            let now_ms = clock.load(Ordering::Relaxed);
            let answered = || other_end.request_keyed(heard.url.path(), key, &heard.body, now_ms).into();
            alter(&heard.body).unwrap_or_else(answered)
        });
        let crm = open(&format!("https://salon-demo.bitrix24.ru{}/", portal.base_path()), &line, fields);
        Self { portal, line, crm, refs: CrmRefs::new(), now_ms }
    }

    /// As after the first card of the process: mode, source and field are known.
    pub async fn warmed(settings: Settings) -> Self {
        let mut desk = Self::new(settings);
        let stranger = Card { origin: "lotos:warm:1".to_owned(), phone: None, todo: None, ..card() };
        desk.deliver(&stranger).await.unwrap();
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

    /// Why these fields are refused.
    pub fn refusal(fields: &[(&str, Value)]) -> String {
        let entry = entry("https://salon-demo.bitrix24.ru/rest/17/h00kc0de/", fields);
        crm::open(Some(&entry), &crm::OpenContext::default()).err().unwrap().to_string()
    }

    /// One try.
    pub async fn put(&self, card: &Card, unknown_since_ms: Option<i64>, is_repeat: bool) -> Result<CrmRefs, Failure> {
        let instant = |ms| Timestamp::from_millisecond(ms).unwrap();
        let attempt = Attempt { now: instant(self.now_ms()), unknown_since: unknown_since_ms.map(instant), is_repeat };
        self.crm.put(card, &self.refs, attempt).await.done
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
                    let look_ups_ms = unknown_since_ms.iter().flat_map(|since_ms| LOOK_UP_MS.map(|ms| since_ms + ms));
                    let look_up_ms = look_ups_ms.filter(|due_ms| *due_ms > now_ms).min().unwrap_or(i64::MAX);
                    self.pass(told_ms.min(look_up_ms - now_ms));
                }
                failure => return Err(failure),
            }
        }
        Err(Failure::Unknown { why: format!("the card is still not there after {TRIES_MAX} tries") })
    }

    pub async fn states(&self, refs: &[CrmRefs]) -> Result<Vec<CardState>, Failure> {
        Ok(self.reports(refs).await?.into_iter().map(|report| report.state).collect())
    }

    pub async fn reports(&self, refs: &[CrmRefs]) -> Result<Vec<CardReport>, Failure> {
        self.crm.states(refs, Timestamp::from_millisecond(self.now_ms()).unwrap()).await
    }

    /// Runs a call of the portal's own people, past our line.
    pub fn people(&self, method: &str, body: Value) -> Value {
        let answer = self.portal.call(&self.portal.path(method), &body, self.now_ms());
        assert_eq!(answer.status, 200, "{method}: {}", answer.body);
        answer.body["result"].clone()
    }

    /// A card that people or another system made; its id.
    pub fn made_by_people(&self, type_id: u8, fields: Value) -> i64 {
        self.people("crm.item.add", json!({ "entityTypeId": type_id, "useOriginalUfNames": "Y", "fields": fields }))["item"]["id"]
            .as_i64()
            .unwrap()
    }

    /// Leads that carry this card's origin.
    pub fn own_leads(&self, card: &Card) -> Vec<nochnik_doubles::bitrix24::Card> {
        self.portal.leads().into_iter().filter(|lead| lead.fields["originId"] == card.origin.as_str()).collect()
    }

    pub fn calm(&self) {
        self.portal.plan(Faults::none());
    }
}

fn open(webhook_url: &str, line: &Line, fields: &[(&str, Value)]) -> Arc<dyn Crm> {
    let entry = entry(webhook_url, fields);
    crm::open(Some(&entry), &crm::OpenContext { wire: line.wire(), ..Default::default() }).unwrap().unwrap()
}

fn entry(webhook_url: &str, fields: &[(&str, Value)]) -> CrmEntry {
    let mut all = BTreeMap::from([("webhook_url".to_owned(), json!(webhook_url))]);
    all.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    CrmEntry { kind: "bitrix24".to_owned(), fields: all }
}
