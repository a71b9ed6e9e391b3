//! A page of ours that a portal shows among its own: who may look at it, and whose frame it may stand in.

use nochnik_store::grants::{self, Of};
use nochnik_store::{Sql, StoreError};

use super::granted;
use crate::{Engine, Refusal};

/// Somebody of a portal at our page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// Where the portal's pages come from, as a browser names it.
    pub origin: String,
    /// One of the portal's administrators, or of our own roster.
    pub may_look: bool,
}

impl Engine {
    /// Who opens our page in a portal's frame, by what their browser has posted.
    pub async fn crm_visit(&self, business: &str, body: &[u8]) -> Result<Visit, Refusal> {
        let (businesses, owner) = (self.businesses.clone(), business.to_owned());
        let job = move |sql: &mut dyn Sql| {
            let Some((known, _)) = businesses.current(sql, &owner)? else { return Ok(None) };
            let Some(crm) = known.ports.crm.clone() else { return Ok(None) };
            let grant = grants::get(sql, Of { business: &owner, crm: crm.kind().name })?;
            Ok(Some((known, crm, grant.map(granted))))
        };
        let (known, crm, grant) = self.store.read(job).await?.ok_or(Refusal::NotFound)?;
        let authorization = crm.authorization().ok_or(Refusal::NotFound)?;
        let asked = authorization.visitor(body, grant.as_ref()).await.map_err(Refusal::NotAnswered)?;
        let visitor = asked.map_err(|_| Refusal::Forged)?;
        let is_ours = known.settings.document.people.iter().any(|person| person.crm_user == Some(visitor.id));
        Ok(Visit { origin: visitor.origin, may_look: visitor.is_admin || is_ours })
    }

    /// Whether the portal at `origin` still lets us in.
    pub async fn is_crm_at(&self, business: &str, origin: &str) -> Result<bool, StoreError> {
        let Some(crm) = self.crm(business) else { return Ok(false) };
        let (owner, kind) = (business.to_owned(), crm.kind().name);
        let job = move |sql: &mut dyn Sql| grants::get(sql, Of { business: &owner, crm: kind });
        let grant = self.store.read(job).await?.filter(|grant| grant.lost_at_ms.is_none());
        let is_there = |endpoint: &str| endpoint.strip_prefix(origin).is_some_and(|rest| rest.starts_with('/'));
        Ok(grant.is_some_and(|grant| is_there(&grant.endpoint)))
    }
}
