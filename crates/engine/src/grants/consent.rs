//! An owner lets us in: the link they follow, the answer their browser brings, and what the portal tells of itself.

use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use nochnik_adapters::Failure;
use nochnik_adapters::ports::{Authorization, Crm, Granted, Installed, PortalNews};
use nochnik_store::audit::{self, NewEntry};
use nochnik_store::grants::{self, Of};
use nochnik_store::{Sql, Store, StoreError};
use sha2::{Digest, Sha256};

use super::{granted, kept};
use crate::{Engine, Keys, Refusal};

/// A link works once, and so long. Source: security C-03.
const LINK_MS: i64 = 10 * 60_000;

/// Why an owner's browser did not get us in.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The link was used, is too old, or was made for another browser.
    #[error("no such link")]
    Link,
    #[error("{0}")]
    Vendor(Failure),
    #[error("not stored: {0}")]
    Store(#[from] StoreError),
}

/// The address by which an owner lets us into the CRM of a business; `None` where a key is enough. `secret` is drawn by
/// the caller; `browser` too, and is asked for again when the browser comes back: empty for a link that is printed.
pub async fn invitation(
    store: &Store,
    crm: &dyn Crm,
    (business, browser, secret): (&str, &str, &str),
    now_ms: i64,
) -> Result<Option<String>, StoreError> {
    let Some(authorization) = crm.authorization() else { return Ok(None) };
    let state = format!("{business}.{secret}");
    let (owner, kind) = (business.to_owned(), crm.kind().name);
    let hashes = (hash(&state), browser_hash(browser));
    let job = move |sql: &mut dyn Sql| {
        let of = Of { business: &owner, crm: kind };
        grants::put_link(sql, of, (&hashes.0, &hashes.1), (now_ms, now_ms + LINK_MS))
    };
    store.write(job).await?;
    Ok(Some(authorization.link(&state)))
}

/// Which of our addresses the owner writes down at the vendor.
#[derive(Clone, Debug)]
pub struct Addresses {
    /// Where they are written.
    pub place: &'static str,
    /// Fields and what goes there. Nobody else may see those with a secret path.
    pub fields: Vec<(&'static str, String)>,
}

/// What a business's own CRM must know of us; `None` where a key is enough.
pub fn addresses(crm: &dyn Crm, keys: &Keys, public_url: &str, business: &str) -> Option<Addresses> {
    let card = crm.authorization()?.app_card();
    let news = card.news.map(|field| (field, keys.crm_hook(public_url, business)));
    let fields = [(card.back, back_url(public_url))].into_iter().chain(news).collect();
    Some(Addresses { place: card.place, fields })
}

/// Where a vendor sends an owner's browser back.
pub fn back_url(public_url: &str) -> String {
    format!("{public_url}/oauth")
}

impl Engine {
    /// See [`invitation`].
    pub async fn crm_link(&self, business: &str, browser: &str, secret: &str) -> Result<Option<String>, StoreError> {
        let Some(crm) = self.crm(business) else { return Ok(None) };
        invitation(&self.store, &*crm, (business, browser, secret), self.clock.now_ms()).await
    }

    /// See [`addresses`].
    pub fn crm_addresses(&self, business: &str) -> Option<Addresses> {
        addresses(&*self.crm(business)?, &self.keys, &self.turns.context.public_url, business)
    }

    /// Takes what an owner's browser brought from the vendor. The link is used up whatever comes of it.
    pub async fn crm_redeem(
        &self,
        state: &str,
        browser: &str,
        query: &[(String, String)],
        actor: &str,
    ) -> Result<(), Refused> {
        let (business, _) = state.rsplit_once('.').ok_or(Refused::Link)?;
        let crm = self.crm(business).ok_or(Refused::Link)?;
        let authorization = crm.authorization().ok_or(Refused::Link)?;
        let (owner, kind, state_hash, now_ms) =
            (business.to_owned(), crm.kind().name, hash(state), self.clock.now_ms());
        let job =
            move |sql: &mut dyn Sql| grants::take_link(sql, Of { business: &owner, crm: kind }, &state_hash, now_ms);
        let made_for = self.store.write(job).await?.ok_or(Refused::Link)?;
        if !made_for.is_empty() && !is_same(&made_for, &browser_hash(browser)) {
            return Err(Refused::Link);
        }
        let new = authorization.redeem(query).await.map_err(Refused::Vendor)?;
        self.let_in(business, &crm, &authorization, new, actor).await?;
        Ok(())
    }

    /// Takes what a portal posts to its secret path. Ok says that it may be acknowledged.
    pub async fn crm_news(&self, business: &str, path: &str, body: &[u8]) -> Result<(), Refusal> {
        if !is_same(&self.keys.crm_path(business), path) {
            return Err(Refusal::NotFound);
        }
        let crm = self.crm(business).ok_or(Refusal::NotFound)?;
        let authorization = crm.authorization().ok_or(Refusal::NotFound)?;
        let (owner, kind) = (business.to_owned(), crm.kind().name);
        let job = move |sql: &mut dyn Sql| grants::get(sql, Of { business: &owner, crm: kind });
        let grant = self.store.read(job).await?.map(granted);
        match authorization.read(body, grant.as_ref()).map_err(|_| Refusal::Forged)? {
            PortalNews::Installed(installed) => {
                let (engine, business) = (self.clone(), business.to_owned());
                // The portal waits for its answer for seconds, the proof may take longer.
                self.tasks.spawn(async move { engine.prove(&business, &crm, &authorization, installed).await });
            }
            PortalNews::Removed => self.removed(business, kind, grant.map_or(0, |grant| grant.version)).await?,
            PortalNews::Line(news) => self.line_news(business, crm.kind().title, news).await?,
            PortalNews::Cards => self.card_bells.of(business).notify_one(),
            PortalNews::Other(event) => tracing::info!(business, event, "The portal told of {event}"),
        }
        Ok(())
    }

    async fn prove(
        &self,
        business: &str,
        crm: &Arc<dyn Crm>,
        authorization: &Arc<dyn Authorization>,
        installed: Installed,
    ) {
        match authorization.prove(installed).await {
            Ok(new) => {
                if let Err(error) = self.let_in(business, crm, authorization, new, "portal").await {
                    tracing::error!(business, %error, "Could not keep the access of an installation");
                }
            }
            Err(failure) => tracing::warn!(business, %failure, "An installation could not be proved"),
        }
    }

    /// Keeps an access that an owner gave, and sends what waited for it.
    async fn let_in(
        &self,
        business: &str,
        crm: &Arc<dyn Crm>,
        authorization: &Arc<dyn Authorization>,
        new: Granted,
        actor: &str,
    ) -> Result<(), StoreError> {
        let (owner, kind, now_ms, actor) =
            (business.to_owned(), crm.kind().name, self.clock.now_ms(), actor.to_owned());
        let new = kept(&new, now_ms);
        let job = move |sql: &mut dyn Sql| {
            grants::put(sql, Of { business: &owner, crm: kind }, &new)?;
            let entry = NewEntry { at_ms: now_ms, actor: &actor, action: "crm_connect", subject: kind, details: "{}" };
            audit::append(sql, &owner, &entry).map(drop)
        };
        self.store.write(job).await?;
        self.troubles.end(&crm.destination());
        if let Err(failure) = authorization.settle().await {
            tracing::warn!(business, %failure, "The portal was not asked to tell us its news");
        }
        Ok(())
    }

    async fn removed(&self, business: &str, kind: &'static str, version: i64) -> Result<(), StoreError> {
        let (owner, now_ms) = (business.to_owned(), self.clock.now_ms());
        let job = move |sql: &mut dyn Sql| grants::lose(sql, Of { business: &owner, crm: kind }, version, now_ms);
        self.store.write(job).await?;
        tracing::error!(business, crm = kind, "The application was taken off the portal");
        Ok(())
    }

    /// The CRM of a business as it is open now; `None` where there is none.
    pub fn crm(&self, business: &str) -> Option<Arc<dyn Crm>> {
        self.businesses.last(business)?.ports.crm.clone()
    }
}

fn browser_hash(browser: &str) -> String {
    if browser.is_empty() { String::new() } else { hash(browser) }
}

fn hash(text: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(text))
}

fn is_same(kept: &str, given: &str) -> bool {
    bool::from(subtle::ConstantTimeEq::ct_eq(kept.as_bytes(), given.as_bytes()))
}
