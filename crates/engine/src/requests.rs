//! CRM → how people ended our requests there. Nobody repeats an event that was missed, so every few minutes the cards
//! of all requests under way are looked at.

use std::sync::Arc;
use std::time::Duration;

use nochnik_adapters::Failure;
use nochnik_adapters::ports::{CardState, Crm};
use nochnik_core::crm::CrmRefs;
use nochnik_core::event::What;
use nochnik_core::request::RequestEnd;
use nochnik_store::leads::{self, UnderWay};
use nochnik_store::{Sql, StoreError};
use tokio_util::sync::CancellationToken;

use crate::Engine;
use crate::arrived::Arrived;
use crate::clock::pause;
use crate::failures::{no_answer_in_time, not_stored};
use crate::ingest::arrive;

const EVERY: Duration = Duration::from_secs(300);
/// A few pages of a slow portal.
const TIMEOUT: Duration = Duration::from_secs(300);
/// A request that nothing happened to for so long is not looked at any more.
const BACK_MS: i64 = 90 * 86_400_000;
/// The requests changed last; the rest wait until some of these have ended.
const UNDER_WAY_MAX: i64 = 500;
/// People delete a few cards; more that are gone at once are cards we may not see.
const GONE_AT_ONCE_MAX: usize = 3;

/// The CRM of one business, and what ends looking at it.
pub(crate) struct Looker {
    pub engine: Engine,
    pub business: String,
    pub port: Arc<dyn Crm>,
    pub stop: CancellationToken,
}

impl Looker {
    pub async fn run(self) {
        loop {
            tokio::select! {
                biased;
                () = self.engine.tasks.stopping() => return,
                () = self.stop.cancelled() => return,
                () = pause(EVERY) => {}
            }
            let looked = tokio::select! {
                biased;
                () = self.engine.tasks.stopping() => return,
                () = self.stop.cancelled() => return,
                looked = self.look() => looked,
            };
            self.note(looked);
        }
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
        let ended = ended(under_way, &asked)?;
        let (business, now_ms) = (self.business.clone(), self.engine.clock.now_ms());
        let told = self.engine.store.write(move |sql| tell(sql, &business, &ended, now_ms)).await;
        for conversation in told.map_err(|error| not_stored(&error))? {
            self.engine.turns.poke(&self.business, &conversation);
        }
        Ok(())
    }
}

/// What ended, of what was asked about; states stand in the order of the requests.
fn ended(under_way: Vec<UnderWay>, states: &[CardState]) -> Result<Vec<(UnderWay, RequestEnd)>, Failure> {
    let gone = states.iter().filter(|state| **state == CardState::Gone).count();
    if gone > GONE_AT_ONCE_MAX {
        return Err(Failure::Broken {
            why: format!("{gone} cards are gone at once"),
            hint: "Разом пропали несколько заявок: похоже, их закрыли от нас. Проверьте права сотрудника, от чьего имени работает Ночник.",
        });
    }
    let end = |state: &CardState| match state {
        CardState::Open => None,
        CardState::Won => Some(RequestEnd::Won),
        CardState::Lost => Some(RequestEnd::Lost),
        CardState::Gone => Some(RequestEnd::Gone),
    };
    Ok(under_way.into_iter().zip(states).filter_map(|(lead, state)| Some((lead, end(state)?))).collect())
}

/// Returns the conversations that have news.
fn tell(
    sql: &mut dyn Sql,
    business: &str,
    ended: &[(UnderWay, RequestEnd)],
    now_ms: i64,
) -> Result<Vec<String>, StoreError> {
    let mut told = Vec::new();
    for (lead, end) in ended {
        let Ok(request_no) = u32::try_from(lead.request_no) else { continue };
        // Told once, however many nodes look and however long the turn takes.
        let key = format!("crm:{}:{request_no}:ended", lead.conversation_id);
        let happened = Arrived::Happened(What::RequestEnded { request_no, end: *end });
        if arrive(sql, business, &key, &lead.conversation_id, &happened, now_ms)? {
            told.push(lead.conversation_id.clone());
        }
    }
    Ok(told)
}
