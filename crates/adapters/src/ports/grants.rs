//! The door through which an owner lets us into a vendor's portal by their own consent (OAuth 2.0), and the book in
//! which that consent is kept. The adapter speaks to the vendor; the book belongs to whoever holds the store.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::SignedDuration;
use secrecy::SecretString;

use super::{Forged, LineNews};
use crate::failure::{Failure, codes};

/// What a vendor gave: an access for a while, and the word that brings the next one.
#[derive(Clone, Debug)]
pub struct Granted {
    /// The application it was given to: an access of another one is none.
    pub client_id: String,
    /// The portal's own name for itself; it outlives a change of address.
    pub member_id: String,
    /// Where the portal is called, a slash at its end.
    pub endpoint: String,
    pub access: SecretString,
    /// Works once: each use brings another.
    pub refresh: SecretString,
    pub lives: SignedDuration,
    /// What the portal proves its events with; `None` where this answer does not tell it.
    pub application_token: Option<SecretString>,
}

/// An access as it stands in the book.
#[derive(Clone, Debug)]
pub struct Grant {
    pub client_id: String,
    pub member_id: String,
    pub endpoint: String,
    pub access: SecretString,
    pub application_token: Option<SecretString>,
    /// Grows with every change.
    pub version: i64,
    /// The vendor takes it no more: only its owner can give another.
    pub is_lost: bool,
}

/// The book of one business and one CRM.
#[async_trait]
pub trait Grants: Send + Sync {
    /// The access as it stands now; `None` when none was ever given.
    async fn current(&self) -> Result<Option<Grant>, Failure>;

    /// The access that follows `stale`. However many ask at once, on however many machines, one of them has it renewed
    /// and the others wait for that; it is kept before anybody uses it, and an end of the caller does not end it.
    ///
    /// [`Refused`](Failure::Refused) with [`LOST`](crate::failure::codes::LOST): there is no next one.
    async fn renewed(&self, stale: &Grant, renewal: Arc<dyn Renewal>) -> Result<Grant, Failure>;
}

/// How a vendor gives the next access.
#[async_trait]
pub trait Renewal: Send + Sync {
    /// Uses the word up. [`Later`](Failure::Later) also when the answer was lost: whether the word is still good shows
    /// when it is used again.
    async fn renew(&self, grant: &Grant, refresh: &SecretString) -> Result<Granted, Failure>;
}

/// How an owner agrees, and what the portal tells us of itself.
#[async_trait]
pub trait Authorization: Send + Sync {
    /// Where the owner's browser goes. `state` comes back with it.
    fn link(&self, state: &str) -> String;

    /// Exchanges what the browser brought back, names and values of its query, for an access.
    async fn redeem(&self, query: &[(String, String)]) -> Result<Granted, Failure>;

    /// Which of our addresses the owner writes down over there.
    fn app_card(&self) -> &'static AppCard;

    /// Reads what the portal has posted. Nobody is believed that does not prove itself by what `grant` keeps, except
    /// one that says it has just let us in: that is proved by [`Authorization::prove`]. A vendor that posts nothing is
    /// never believed.
    fn read(&self, _body: &[u8], _grant: Option<&Grant>) -> Result<PortalNews, Forged> {
        Err(Forged)
    }

    /// Asks the vendor whether an installation is true, and takes over its access.
    async fn prove(&self, _installed: Installed) -> Result<Granted, Failure> {
        Err(Failure::Refused { code: codes::FORGED.to_owned(), why: "nothing is installed by itself here".to_owned() })
    }

    /// Whether the portal can show a page of ours among its own.
    fn has_place(&self) -> bool {
        false
    }

    /// Puts our page at `address` among the portal's own, or takes it away. Repeating is safe.
    async fn place(&self, _address: &str, _is_there: bool) -> Result<(), Failure> {
        Err(super::unsupported())
    }

    /// Who opens our page there, by what the portal had their browser post with it: proved by what `grant` keeps, and by
    /// asking the portal with the visitor's own access. The inner error: nobody of this portal, or not any more.
    async fn visitor(&self, _body: &[u8], _grant: Option<&Grant>) -> Result<Result<Visitor, Forged>, Failure> {
        Ok(Err(Forged))
    }

    /// What must be done on the portal after an access was given: asks it to tell us its news.
    async fn settle(&self) -> Result<(), Failure> {
        Ok(())
    }
}

/// Somebody of a portal who looks at our page there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visitor {
    /// The portal's own number of them.
    pub id: i64,
    /// May do everything on the portal.
    pub is_admin: bool,
    /// Where the portal's pages come from, as a browser names it: only these may frame ours.
    pub origin: String,
}

/// The card of our application at the vendor, in the vendor's own words.
#[derive(Debug)]
pub struct AppCard {
    /// Where it is found.
    pub place: &'static str,
    /// The field of the address that browsers come back to.
    pub back: &'static str,
    /// The field of the address that the portal's news come to; `None`: there are none.
    pub news: Option<&'static str>,
}

/// What a portal tells of itself.
#[derive(Debug)]
pub enum PortalNews {
    /// Says that it has let us in; not proved yet.
    Installed(Installed),
    /// Our application is gone from it, and the access with it.
    Removed,
    /// Things that happened in an open line.
    Line(Vec<LineNews>),
    /// Cards were changed or deleted; which and how is for us to look at.
    Cards,
    /// Anything else, by the portal's own name.
    Other(String),
}

/// An installation as the portal tells it; nothing in it is believed.
#[derive(Clone, Debug)]
pub struct Installed {
    pub member_id: String,
    pub access: SecretString,
    pub refresh: SecretString,
    pub application_token: SecretString,
}
