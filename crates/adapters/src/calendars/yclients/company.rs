//! The branch: its zone, and what it lets clients do.

use std::sync::Arc;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::call::{Account, Refusal, Token, strange};
use super::pace::Share;
use super::read;
use crate::failure::Failure;

/// Settings of a branch change seldom.
const FRESH: SignedDuration = SignedDuration::from_mins(10);

#[derive(Clone, Debug)]
pub struct Company {
    pub title: String,
    pub zone: TimeZone,
    /// Online booking asks the client for a code by SMS.
    pub asks_code: bool,
    /// Online booking asks the client for an e-mail address, which we have not.
    pub asks_email: bool,
    pub changes: Allowed,
    pub deletes: Allowed,
    read_at: Timestamp,
}

/// Whether clients may do something, and how long before the visit at the latest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowed {
    is_allowed: bool,
    before: SignedDuration,
}

impl Allowed {
    fn read(data: &Value, name: &str) -> Self {
        let before = read::whole(&data[format!("{name}_delay_step")]).unwrap_or_default().clamp(0, 366 * 86_400);
        Self { is_allowed: read::flag(&data[name]).unwrap_or(true), before: SignedDuration::from_secs(before) }
    }

    /// Whether it may be done `now` to a visit that begins at `starts_at`.
    pub fn holds(self, starts_at: Timestamp, now: Timestamp) -> bool {
        self.is_allowed && starts_at.duration_since(now) >= self.before
    }

    pub fn is_allowed(self) -> bool {
        self.is_allowed
    }

    pub fn hours_before(self) -> i64 {
        (self.before.as_secs() + 3_599) / 3_600
    }
}

impl Company {
    pub async fn ask(account: &Account) -> Result<Self, Failure> {
        let path = format!("company/{}/", account.company);
        let body = account.ask(&path, &[], Token::Partner, Share::All).await?.map_err(Refusal::into_misplaced)?;
        let data = read::items(&body["data"]).into_iter().next().ok_or_else(|| strange("a branch"))?;
        let zone = read::text(&data["timezone_name"]).and_then(|name| TimeZone::get(&name).ok());
        let zone = zone.ok_or_else(|| Failure::Broken {
            why: "the branch tells no time zone".to_owned(),
            hint: "У филиала в YCLIENTS не указан часовой пояс: выберите его в настройках филиала.",
        })?;
        Ok(Self {
            title: read::text(&data["title"]).unwrap_or_default(),
            zone,
            asks_code: read::flag(&data["phone_confirmation"]).unwrap_or(false),
            asks_email: read::flag(&data["booking_email_required"]).unwrap_or(false),
            changes: Allowed::read(data, "allow_change_record"),
            deletes: Allowed::read(data, "allow_delete_record"),
            read_at: account.now(),
        })
    }
}

/// The branch as it was heard of last.
#[derive(Default)]
pub struct Known(tokio::sync::Mutex<Option<Arc<Company>>>);

impl Known {
    pub async fn get(&self, account: &Account) -> Result<Arc<Company>, Failure> {
        let mut known = self.0.lock().await;
        let is_fresh = |company: &&Arc<Company>| account.now().duration_since(company.read_at).abs() < FRESH;
        if let Some(company) = known.as_ref().filter(is_fresh) {
            return Ok(company.clone());
        }
        Ok(known.insert(Arc::new(Company::ask(account).await?)).clone())
    }
}
