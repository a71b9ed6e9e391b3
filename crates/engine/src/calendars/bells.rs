//! Bells of calendars that ring: one hangs where the installation has a public encrypted address, the next is hung before it
//! ends, and it is taken down with the calendar. A ring only makes the next look come at once; looks go on without it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use nochnik_adapters::Failure;
use nochnik_adapters::ports::{Bell, Bells, Forged, Hook, NewBell};
use nochnik_store::calendars;
use tokio::sync::Notify;

use super::Watched;
use crate::arrived::instant;
use crate::clock::pause;
use crate::failures::not_stored;
use crate::{Engine, Refusal};

/// So long before the end of a bell the next one is hung.
const AHEAD_MS: i64 = 86_400_000;
/// A calendar that hangs no bell is asked again after so long.
const AGAIN_MS: i64 = 15 * 60_000;
/// People change several things at a time, and our own writes ring too: looks after a ring are so far apart at least.
const APART_MS: i64 = 5_000;
/// What follows a ring within this is seen by the same look.
const SETTLE_MS: i64 = 1_000;

/// A calendar: the business's id and the name of the account.
type Of = (String, String);

/// What rings for each calendar of each business.
#[derive(Clone, Default)]
pub(crate) struct Ringing(Arc<Mutex<BTreeMap<Of, Arc<Notify>>>>);

impl Ringing {
    fn of(&self, business: &str, account: &str) -> Arc<Notify> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry((business.to_owned(), account.to_owned())).or_default())
    }
}

impl Engine {
    /// A calendar rings at its secret path; it proves itself by the token that its bell was given.
    pub fn ring(&self, business: &str, account: &str, path: &str, hook: &Hook<'_>) -> Result<(), Refusal> {
        let expected = self.keys.calendar_path(business, account);
        if !bool::from(subtle::ConstantTimeEq::ct_eq(expected.as_bytes(), path.as_bytes())) {
            return Err(Refusal::NotFound);
        }
        let known = self.businesses.last(business).ok_or(Refusal::NotFound)?;
        let port = known.ports.calendars.get(account).ok_or(Refusal::NotFound)?;
        let bells = port.bells().ok_or(Refusal::NotFound)?;
        let token = self.keys.calendar_token(business, account);
        if bells.heard(hook, &token).map_err(|Forged| Refusal::Forged)? {
            self.ringing.of(business, account).notify_one();
        }
        Ok(())
    }
}

impl Watched {
    /// The calendar has rung, and it is time to look.
    pub(super) async fn rung(&self, looked_at_ms: i64) {
        self.engine.ringing.of(&self.business, &self.account).notified().await;
        let since_ms = self.engine.clock.now_ms() - looked_at_ms;
        let wait_ms = SETTLE_MS.max(APART_MS - since_ms);
        pause(Duration::from_millis(wait_ms.unsigned_abs())).await;
    }

    /// Sees to it that a bell hangs; `tried_at_ms` is when one could not be hung.
    pub(super) async fn keep_bell(&self, tried_at_ms: &mut Option<i64>) {
        let (Some(url), Some(bells)) = (self.hook_url.as_deref(), self.port.bells()) else { return };
        let now_ms = self.engine.clock.now_ms();
        if tried_at_ms.is_some_and(|tried_at_ms| now_ms - tried_at_ms < AGAIN_MS) {
            return;
        }
        *tried_at_ms = match self.hang(bells, url, now_ms).await {
            Ok(()) => None,
            Err(failure) => {
                tracing::warn!(calendar = %self.account, %failure, "The calendar {} hangs no bell", self.account);
                Some(now_ms)
            }
        };
    }

    async fn hang(&self, bells: &dyn Bells, url: &str, now_ms: i64) -> Result<(), Failure> {
        let hung = self.hung().await?;
        let whose = bells.whose();
        let is_good = |bell: &calendars::Bell| bell.whose == whose && bell.url == url;
        if hung.as_ref().is_some_and(|bell| is_good(bell) && bell.ends_at_ms - now_ms > AHEAD_MS) {
            return Ok(());
        }
        let id = self.engine.keys.calendar_bell(&self.business, &self.account, now_ms);
        let token = self.engine.keys.calendar_token(&self.business, &self.account);
        let bell = bells.hang(&NewBell { id: &id, url, token: &token }).await?;
        let new = calendars::Bell {
            id,
            resource: bell.resource.clone(),
            whose,
            url: url.to_owned(),
            ends_at_ms: bell.until.as_millisecond(),
        };
        let (business, account, old) = (self.business.clone(), self.account.clone(), hung.clone());
        let put = move |sql: &mut dyn nochnik_store::Sql| {
            let is_first = calendars::bell(sql, &business, &account)? == old;
            if is_first {
                calendars::put_bell(sql, &business, &account, &new)?;
            }
            Ok(is_first)
        };
        let is_kept = self.engine.store.write(put).await.map_err(|error| not_stored(&error))?;
        // Another node was faster: one bell is enough.
        match hung.filter(|_| is_kept) {
            Some(old) => self.silence(bells, &old).await,
            None if !is_kept => drop(bells.take_down(&bell).await),
            None => {}
        }
        Ok(())
    }

    async fn hung(&self) -> Result<Option<calendars::Bell>, Failure> {
        let (business, account) = (self.business.clone(), self.account.clone());
        let read = self.engine.store.read(move |sql| calendars::bell(sql, &business, &account)).await;
        read.map_err(|error| not_stored(&error))
    }

    /// Takes the bell down with the calendar. One that is only opened anew keeps it for its successor.
    pub(super) async fn leave(&self) {
        let Some(bells) = self.port.bells().filter(|bells| !self.goes_on(*bells)) else { return };
        let Ok(Some(hung)) = self.hung().await else { return };
        if hung.whose != bells.whose() {
            return;
        }
        self.silence(bells, &hung).await;
        let (business, account) = (self.business.clone(), self.account.clone());
        let job = move |sql: &mut dyn nochnik_store::Sql| calendars::drop_bell(sql, &business, &account, &hung.id);
        if let Err(error) = self.engine.store.write(job).await {
            tracing::warn!(calendar = %self.account, %error, "Could not forget the bell of {}", self.account);
        }
    }

    fn goes_on(&self, bells: &dyn Bells) -> bool {
        let known = self.engine.businesses.last(&self.business);
        let now = known.as_ref().and_then(|known| known.ports.calendars.get(&self.account));
        now.and_then(|port| port.bells()).is_some_and(|now| now.whose() == bells.whose())
    }

    /// A bell that cannot be taken down ends by itself.
    async fn silence(&self, bells: &dyn Bells, hung: &calendars::Bell) {
        let bell = Bell { id: hung.id.clone(), resource: hung.resource.clone(), until: instant(hung.ends_at_ms) };
        if let Err(failure) = bells.take_down(&bell).await {
            tracing::warn!(calendar = %self.account, %failure, "Could not take a bell of {} down", self.account);
        }
    }
}
