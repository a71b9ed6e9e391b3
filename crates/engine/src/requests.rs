//! CRM → how people ended our requests there, and whether the client came. Nobody repeats an event that was missed, so
//! every few minutes the cards of all requests under way are looked at; an event that did come only rings the bell.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use nochnik_adapters::Failure;
use nochnik_adapters::ports::{CardReport, CardState, Crm};
use nochnik_core::crm::CrmRefs;
use nochnik_core::event::What;
use nochnik_core::request::RequestEnd;
use nochnik_store::leads::{self, UnderWay};
use nochnik_store::{Sql, StoreError};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::Engine;
use crate::arrived::Arrived;
use crate::clock::pause;
use crate::failures::{no_answer_in_time, not_stored};
use crate::ingest::arrive;

const EVERY: Duration = Duration::from_secs(300);
/// A portal that tells of its cards tells of ours as we write them, too, and of a thousand at once: they are looked at
/// together, and not more often than this.
const APART_MS: i64 = 60_000;
/// People who move cards move several.
const SETTLE_MS: i64 = 5_000;
/// A few pages of a slow portal.
const TIMEOUT: Duration = Duration::from_secs(300);
/// A request that nothing happened to for so long is not looked at any more.
const BACK_MS: i64 = 90 * 86_400_000;
/// The requests changed last; the rest wait until some of these have ended.
const UNDER_WAY_MAX: i64 = 500;
/// People delete a few cards; more that are gone at once are cards we may not see.
const GONE_AT_ONCE_MAX: usize = 3;

/// What a portal rings that tells of its cards; each business has its own.
#[derive(Clone, Default)]
pub(crate) struct CardBells(Arc<Mutex<BTreeMap<String, Arc<Notify>>>>);

impl CardBells {
    pub fn of(&self, business: &str) -> Arc<Notify> {
        let mut bells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(bells.entry(business.to_owned()).or_default())
    }
}

/// The CRM of one business, and what ends looking at it.
pub(crate) struct Looker {
    pub engine: Engine,
    pub business: String,
    pub port: Arc<dyn Crm>,
    pub stop: CancellationToken,
}

impl Looker {
    pub async fn run(self) {
        let mut looked_at_ms = self.engine.clock.now_ms();
        loop {
            tokio::select! {
                biased;
                () = self.engine.tasks.stopping() => return,
                () = self.stop.cancelled() => return,
                () = pause(EVERY) => {}
                () = self.rung(looked_at_ms) => {}
            }
            looked_at_ms = self.engine.clock.now_ms();
            let looked = tokio::select! {
                biased;
                () = self.engine.tasks.stopping() => return,
                () = self.stop.cancelled() => return,
                looked = self.look() => looked,
            };
            self.note(looked);
        }
    }

    /// The portal has told of its cards, and it is time to look.
    async fn rung(&self, looked_at_ms: i64) {
        self.engine.card_bells.of(&self.business).notified().await;
        let since_ms = self.engine.clock.now_ms() - looked_at_ms;
        let wait_ms = SETTLE_MS.max(APART_MS - since_ms);
        pause(Duration::from_millis(wait_ms.unsigned_abs())).await;
    }

    fn note(&self, looked: Result<(), Failure>) {
        let name = format!("requests:{}", self.business);
        match looked {
            Ok(()) => self.engine.troubles.end(&name),
            Err(failure) => {
                let (why, hint) = match &failure {
                    Failure::Broken { why, hint } => (why.clone(), *hint),
                    failure => (failure.to_string(), ""),
                };
                tracing::warn!(business.id = %self.business, why, "Could not look at the cards in the CRM");
                self.engine.troubles.begin(&name, self.engine.clock.now_ms(), &why, hint);
            }
        }
    }

    /// Looks at the cards and takes in what ended.
    async fn look(&self) -> Result<(), Failure> {
        let (business, after_ms) = (self.business.clone(), self.engine.clock.now_ms() - BACK_MS);
        let read = self.engine.store.read(move |sql| leads::under_way(sql, &business, after_ms, UNDER_WAY_MAX)).await;
        let under_way = read.map_err(|error| not_stored(&error))?;
        if under_way.is_empty() {
            return Ok(());
        }
        let refs: Vec<CrmRefs> =
            under_way.iter().map(|lead| serde_json::from_str(&lead.crm_refs).unwrap_or_default()).collect();
        let asked = tokio::time::timeout(TIMEOUT, self.port.states(&refs, self.engine.clock.now()))
            .await
            .unwrap_or_else(|_| Err(no_answer_in_time()))?;
        let said = said(under_way, &asked)?;
        let (business, now_ms) = (self.business.clone(), self.engine.clock.now_ms());
        let told = self.engine.store.write(move |sql| tell(sql, &business, &said, now_ms)).await;
        for conversation in told.map_err(|error| not_stored(&error))? {
            self.engine.turns.poke(&self.business, &conversation);
        }
        Ok(())
    }
}

/// What people have said of the requests; reports stand in the order of the requests.
fn said(under_way: Vec<UnderWay>, reports: &[CardReport]) -> Result<Vec<(UnderWay, CardReport)>, Failure> {
    let gone = reports.iter().filter(|report| report.state == CardState::Gone).count();
    if gone > GONE_AT_ONCE_MAX {
        return Err(Failure::Broken {
            why: format!("{gone} cards are gone at once"),
            hint: "Разом пропали несколько заявок: похоже, их закрыли от нас. Проверьте права сотрудника, от чьего имени работает Ночник.",
        });
    }
    let is_news = |(_, report): &(UnderWay, CardReport)| report.state != CardState::Open || report.has_come.is_some();
    Ok(under_way.into_iter().zip(reports.iter().copied()).filter(is_news).collect())
}

/// The events of one report, each with the word that makes it happen once. The visit is judged first: an ended request
/// is nobody's business any more.
fn events(request_no: u32, report: CardReport) -> impl Iterator<Item = (&'static str, What)> {
    let judged = report
        .has_come
        .map(|has_come| (if has_come { "came" } else { "missed" }, What::VisitJudged { request_no, has_come }));
    let end = match report.state {
        CardState::Open => None,
        CardState::Won => Some(RequestEnd::Won),
        CardState::Lost => Some(RequestEnd::Lost),
        CardState::Gone => Some(RequestEnd::Gone),
    };
    judged.into_iter().chain(end.map(|end| ("ended", What::RequestEnded { request_no, end })))
}

/// Returns the conversations that have news.
fn tell(
    sql: &mut dyn Sql,
    business: &str,
    said: &[(UnderWay, CardReport)],
    now_ms: i64,
) -> Result<Vec<String>, StoreError> {
    let mut told = Vec::new();
    for (lead, report) in said {
        let Ok(request_no) = u32::try_from(lead.request_no) else { continue };
        for (word, what) in events(request_no, *report) {
            // Told once, however many nodes look and however long the turn takes.
            let key = format!("crm:{}:{request_no}:{word}", lead.conversation_id);
            if arrive(sql, business, &key, &lead.conversation_id, &Arrived::Happened(what), now_ms)? {
                told.push(lead.conversation_id.clone());
            }
        }
    }
    Ok(told)
}
