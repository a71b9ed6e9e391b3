//! The book of accesses that owners let us have to their portals: kept in the store, renewed by one worker of one node
//! while the others wait, told to the owners once when it is lost.

mod consent;
mod visit;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::SignedDuration;
use nochnik_adapters::Failure;
use nochnik_adapters::failure::{Scope, codes};
use nochnik_adapters::ports::{ExposeSecret, Grant, Granted, Grants, Renewal, SecretString};
use nochnik_core::phrases::{self, Phrase};
use nochnik_core::wall;
use nochnik_store::grants::{self, NewGrant, Of};
use nochnik_store::{Sql, Store, StoreError};

use crate::Engine;
use crate::arrived::instant;
use crate::businesses::Known;
use crate::clock::{Clock, pause};
use crate::duty::tell_owners;
use crate::failures::not_stored;

pub use consent::{Addresses, Refused, addresses, back_url, invitation};
pub use visit::Visit;

/// Longer than a renewal takes: the authorisation server is given half a minute.
const LEASE_MS: i64 = 60_000;
/// Whoever waits for somebody else's renewal looks this often.
const LOOK: Duration = Duration::from_millis(100);
/// A renewal of somebody else's that came to nothing: the call is made again after this.
const AGAIN: SignedDuration = SignedDuration::from_secs(2);
/// What the vendor has just given is gone unless it is kept: a store that stumbles is tried again, a second between.
const KEEP_TRIES_MAX: u32 = 20;
/// How soon the owners hear of an access that is lost.
const WATCH_MS: i64 = 5_000;

/// Opens the book for the adapters.
#[derive(Clone)]
pub struct Keeper {
    store: Store,
    clock: Clock,
    node: Arc<str>,
}

impl Keeper {
    pub fn new(store: Store, clock: Clock, node: &str) -> Self {
        Self { store, clock, node: node.into() }
    }

    /// The page of one business and one kind of CRM.
    pub fn of(&self, business: &str, crm: &str) -> Arc<dyn Grants> {
        Arc::new(Page { keeper: self.clone(), business: business.into(), crm: crm.into() })
    }
}

#[derive(Clone)]
struct Page {
    keeper: Keeper,
    business: Arc<str>,
    crm: Arc<str>,
}

#[async_trait]
impl Grants for Page {
    async fn current(&self) -> Result<Option<Grant>, Failure> {
        Ok(self.row().await?.map(granted))
    }

    /// By a task of its own: a caller that is given up must not take the vendor's only answer with it.
    async fn renewed(&self, stale: &Grant, renewal: Arc<dyn Renewal>) -> Result<Grant, Failure> {
        let (page, stale) = (self.clone(), stale.clone());
        let task = tokio::spawn(async move { page.renew(&stale, &*renewal).await });
        task.await.unwrap_or_else(|_| Err(later("the renewal ended half-way")))
    }
}

impl Page {
    async fn renew(&self, stale: &Grant, renewal: &dyn Renewal) -> Result<Grant, Failure> {
        let (version, now_ms) = (stale.version, self.keeper.clock.now_ms());
        let lease = (now_ms, now_ms + LEASE_MS);
        let is_ours = self.write(move |sql, of, node| grants::lease(sql, of, version, node, lease)).await?;
        if is_ours { self.lead(stale, renewal).await } else { self.follow(version).await }
    }

    async fn lead(&self, stale: &Grant, renewal: &dyn Renewal) -> Result<Grant, Failure> {
        let version = stale.version;
        let row = self.row().await?.filter(|row| row.version == version);
        let Some(row) = row else { return self.follow(version).await };
        match renewal.renew(stale, &SecretString::from(row.refresh)).await {
            Ok(new) => self.keep(version, new).await,
            Err(failure) if is_lost(&failure) => {
                let now_ms = self.keeper.clock.now_ms();
                self.write(move |sql, of, _| grants::lose(sql, of, version, now_ms)).await?;
                tracing::error!(business = %self.business, crm = %self.crm, "An access to {} is lost", self.crm);
                Err(failure)
            }
            Err(failure) => {
                self.write(move |sql, of, node| grants::release(sql, of, version, node)).await?;
                Err(failure)
            }
        }
    }

    /// Keeps what the vendor gave; nobody uses it before it stands in the store.
    async fn keep(&self, version: i64, new: Granted) -> Result<Grant, Failure> {
        let new = kept(&new, self.keeper.clock.now_ms());
        for _ in 0..KEEP_TRIES_MAX {
            let row = new.clone();
            match self.write(move |sql, of, _| grants::renew(sql, of, version, &row)).await {
                Ok(_) => return self.follow(version).await,
                Err(failure) => tracing::error!(business = %self.business, %failure, "Could not keep a renewed access"),
            }
            pause(Duration::from_secs(1)).await;
        }
        Err(later("the renewed access could not be kept"))
    }

    /// Waits for what becomes of a version that somebody else has in hand.
    async fn follow(&self, version: i64) -> Result<Grant, Failure> {
        loop {
            let row = self.row().await?.ok_or_else(|| lost("the access is not there any more"))?;
            if row.lost_at_ms.is_some() {
                return Err(lost("the access was lost"));
            }
            if row.version != version {
                return Ok(granted(row));
            }
            if row.leased_until_ms <= self.keeper.clock.now_ms() {
                return Err(Failure::Later {
                    after: Some(AGAIN),
                    scope: Scope::Row,
                    why: "another renewal of the access came to nothing".to_owned(),
                });
            }
            pause(LOOK).await;
        }
    }

    async fn row(&self) -> Result<Option<grants::Grant>, Failure> {
        let (business, crm) = (Arc::clone(&self.business), Arc::clone(&self.crm));
        let job = move |sql: &mut dyn Sql| grants::get(sql, Of { business: &business, crm: &crm });
        self.keeper.store.read(job).await.map_err(|error| not_stored(&error))
    }

    async fn write<T: Send + 'static>(
        &self,
        job: impl Fn(&mut dyn Sql, Of<'_>, &str) -> Result<T, StoreError> + Send + Sync + 'static,
    ) -> Result<T, Failure> {
        let (business, crm, node) = (Arc::clone(&self.business), Arc::clone(&self.crm), Arc::clone(&self.keeper.node));
        let job = move |sql: &mut dyn Sql| job(sql, Of { business: &business, crm: &crm }, &node);
        self.keeper.store.write(job).await.map_err(|error| not_stored(&error))
    }
}

/// Tells the owners of accesses that are lost, for as long as the engine runs.
pub(crate) async fn watch(engine: Engine) {
    while !engine.tasks.is_stopping() {
        let now_ms = engine.clock.now_ms();
        for known in engine.businesses.all() {
            if let Err(error) = look(&engine, known, now_ms).await {
                tracing::error!(%error, "Could not look after an access");
            }
        }
        tokio::select! {
            biased;
            () = engine.tasks.stopping() => return,
            () = engine.clock.sleep_until_ms(now_ms + WATCH_MS) => {}
        }
    }
}

async fn look(engine: &Engine, known: Arc<Known>, now_ms: i64) -> Result<(), StoreError> {
    let Some(crm) = known.ports.crm.as_ref().filter(|crm| crm.authorization().is_some()) else { return Ok(()) };
    let kind = crm.kind();
    let business = known.settings.id.to_string();
    let job = move |sql: &mut dyn Sql| grants::get(sql, Of { business: &business, crm: kind.name });
    let row = engine.store.read(job).await?;
    if row.is_none_or(|row| row.lost_at_ms.is_none() || row.is_told) {
        return Ok(());
    }
    let job = move |sql: &mut dyn Sql| {
        let settings = &known.settings;
        let of = Of { business: settings.id.as_str(), crm: kind.name };
        let Some(since_ms) = grants::tell_lost(sql, of, now_ms)? else { return Ok(()) };
        let since = wall::time(settings.wall(instant(since_ms)));
        let text = phrases::text(settings, Phrase::CrmLost, &[("crm", kind.title), ("since", &since)]);
        tell_owners(sql, &known, &format!("crm_lost:{}:{since_ms}", kind.name), &text, now_ms)
    };
    engine.store.write(job).await?;
    engine.courier.sweep().await
}

fn granted(row: grants::Grant) -> Grant {
    Grant {
        client_id: row.client_id,
        member_id: row.member_id,
        endpoint: row.endpoint,
        access: SecretString::from(row.access),
        application_token: row.application_token.map(SecretString::from),
        version: row.version,
        is_lost: row.lost_at_ms.is_some(),
    }
}

fn kept(new: &Granted, now_ms: i64) -> NewGrant {
    let lives_ms = i64::try_from(new.lives.as_millis()).unwrap_or(0);
    NewGrant {
        client_id: new.client_id.clone(),
        member_id: new.member_id.clone(),
        endpoint: new.endpoint.clone(),
        access: new.access.expose_secret().to_owned(),
        refresh: new.refresh.expose_secret().to_owned(),
        expires_at_ms: now_ms.saturating_add(lives_ms),
        application_token: new.application_token.as_ref().map(|token| token.expose_secret().to_owned()),
    }
}

fn is_lost(failure: &Failure) -> bool {
    matches!(failure, Failure::Refused { code, .. } if code == codes::LOST)
}

fn lost(why: &str) -> Failure {
    Failure::Refused { code: codes::LOST.to_owned(), why: why.to_owned() }
}

fn later(why: &str) -> Failure {
    Failure::Later { after: None, scope: Scope::Destination, why: why.to_owned() }
}
