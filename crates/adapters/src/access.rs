//! An application of ours that an owner has let in: what is the same whoever the vendor is.

use std::sync::Arc;

use crate::failure::{Failure, Scope, codes};
use crate::form;
use crate::ports::{Grant, Grants, Renewal};
use crate::settings::{Settings, SettingsProblem};

/// Our name at the vendor, and the book of the access that its owner gave to it.
#[derive(Clone)]
pub struct Access {
    pub client_id: String,
    /// `None` while settings are only looked at: then nobody has let us in.
    grants: Option<Arc<dyn Grants>>,
    hints: Hints,
}

/// What a person must do.
#[derive(Clone, Copy)]
pub struct Hints {
    /// Where nobody has let us in yet.
    pub connect: &'static str,
    /// Where nobody lets us in any more.
    pub lost: &'static str,
}

impl Access {
    pub fn new(client_id: &str, grants: Option<Arc<dyn Grants>>, hints: Hints) -> Self {
        Self { client_id: client_id.to_owned(), grants, hints }
    }

    /// The access as it stands, if it was given to this application and passes `is_ours`: what the vendor makes of it is
    /// for the vendor to say.
    pub async fn grant(&self, is_ours: impl Fn(&Grant) -> bool) -> Result<Grant, Failure> {
        let grant = self.book()?.current().await?;
        match grant.filter(|grant| grant.client_id == self.client_id && is_ours(grant)) {
            Some(grant) if grant.is_lost => Err(self.lost("the access was lost")),
            Some(grant) => Ok(grant),
            None => Err(self.not_connected()),
        }
    }

    /// The next access, for a call that the vendor refused for its old one.
    pub async fn renewed(&self, stale: &Grant, renewal: Arc<dyn Renewal>) -> Result<Grant, Failure> {
        self.book()?.renewed(stale, renewal).await.map_err(|failure| match failure {
            Failure::Refused { code, why } if code == codes::LOST => self.lost(&why),
            failure => failure,
        })
    }

    fn book(&self) -> Result<&dyn Grants, Failure> {
        self.grants.as_deref().ok_or_else(|| self.not_connected())
    }

    fn not_connected(&self) -> Failure {
        Failure::Broken { why: "nobody has let the application in".to_owned(), hint: self.hints.connect }
    }

    /// What an owner's browser has brought from the vendor.
    pub fn code<'a>(&self, query: &'a [(String, String)]) -> Result<&'a str, Failure> {
        let code = form::only(query, "code").filter(|code| !code.is_empty());
        code.ok_or_else(|| self.lost("the browser brought no code"))
    }

    pub fn lost(&self, why: &str) -> Failure {
        Failure::Broken { why: why.to_owned(), hint: self.hints.lost }
    }
}

/// Whether the entry has any of these fields.
pub fn is_named(settings: &Settings<'_>, fields: &[&str]) -> Result<bool, SettingsProblem> {
    for name in fields {
        if settings.text(name)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whatever the word was, it brings no access any more.
pub fn no_more(why: &str) -> Failure {
    Failure::Refused { code: codes::LOST.to_owned(), why: why.to_owned() }
}

/// Nothing is known of the answer: the next use of the word shows whether it is still good.
pub fn later(why: &str) -> Failure {
    Failure::Later { after: None, scope: Scope::Destination, why: why.to_owned() }
}
