//! What one long reading has heard so far: it may take more requests than a minute allows, and goes on where it was.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::call::{Account, Refusal, Token, strange};
use super::company::Company;
use super::pace::Share;
use super::read;
use super::record::Record;
use crate::failure::Failure;
use crate::ports::{Changed, Span};

/// Pages of a reading that began longer ago are asked for anew: its first are too old to stand beside its last.
const LIFE: SignedDuration = SignedDuration::from_mins(10);
/// Pages of one list.
pub const PAGES_MAX: usize = 100;
/// Records of a page.
pub const PAGE: usize = 100;

#[derive(Default)]
pub struct Reading {
    began_at: Option<Timestamp>,
    /// By path and query; of this reading alone.
    pages: BTreeMap<String, Page>,
    /// Days with free times, by master. These and all below outlive a reading: nothing tells of their changes, so they
    /// are read again when they are old.
    pub dates: BTreeMap<i64, Heard<BTreeSet<Date>>>,
    pub times: BTreeMap<(i64, Date), Heard<Vec<Span>>>,
    pub hours: BTreeMap<i64, Hours>,
    share: Share,
}

/// What was heard, and when.
#[derive(Clone)]
pub struct Heard<T> {
    pub at: Timestamp,
    pub what: T,
}

/// A master's hours as they were heard of.
#[derive(Clone)]
pub struct Hours {
    pub read_at: Timestamp,
    pub days: (Date, Date),
    pub free: Vec<Span>,
}

#[derive(Clone)]
struct Page {
    records: Vec<Record>,
    rows: usize,
    total: Option<usize>,
}

/// What a reading came to.
#[derive(Default)]
pub struct Seen {
    pub events: Vec<Changed>,
    pub is_whole: bool,
    /// Of the last change, by the vendor's clock; Unix seconds.
    pub changed: Option<i64>,
    /// Up to where the journal was read; Unix seconds.
    pub to: i64,
}

impl Reading {
    /// One that a client waits for.
    pub fn hurried() -> Self {
        Self { share: Share::All, ..Self::default() }
    }

    pub fn begin(&mut self, now: Timestamp) {
        let is_old = |at: Timestamp| now.duration_since(at).abs() > LIFE;
        if self.began_at.is_none_or(is_old) {
            self.finish();
            self.began_at = Some(now);
        }
    }

    /// How long it has been going on.
    pub fn lasts(&self, now: Timestamp) -> SignedDuration {
        self.began_at.map_or(SignedDuration::ZERO, |at| now.duration_since(at).abs())
    }

    /// Whether something was read for this very reading.
    pub fn holds(&self, at: Timestamp) -> bool {
        self.began_at.is_some_and(|began_at| at >= began_at)
    }

    pub fn finish(&mut self) {
        self.began_at = None;
        self.pages.clear();
    }

    /// Forgets days that were changed, and which days there are for their masters.
    pub fn drop_stale(&mut self, stale: BTreeSet<(i64, Date)>) {
        for (staff, day) in stale {
            self.times.remove(&(staff, day));
            self.dates.remove(&staff);
        }
    }

    /// Forgets days that have passed.
    pub fn drop_before(&mut self, today: Date) {
        self.times.retain(|(_, day), _| *day >= today);
    }

    /// All records of a list; rows that cannot be read are left out.
    pub async fn records(
        &mut self,
        account: &Account,
        company: &Company,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<Vec<Record>, Failure> {
        let mut all: BTreeMap<i64, Record> = BTreeMap::new();
        let mut rows = 0;
        for number in 1..=PAGES_MAX {
            let number = number.to_string();
            let query = [query, &[("page", number.as_str())]].concat();
            let key = format!("{path}?{query:?}");
            let page = match self.pages.get(&key) {
                Some(page) => page.clone(),
                None => {
                    let page = ask_page(account, company, path, &query, self.share).await?;
                    self.pages.insert(key, page.clone());
                    page
                }
            };
            rows += page.rows;
            all.extend(page.records.into_iter().map(|record| (record.id, record)));
            // A page may come shorter than was asked for, and the count of all may leave some out: neither is believed alone.
            if page.rows == 0 || (page.rows < PAGE && page.total.is_some_and(|total| rows >= total)) {
                return Ok(all.into_values().collect());
            }
        }
        Err(Failure::Broken {
            why: format!("a list of more than {PAGES_MAX} pages"),
            hint: "В журнале YCLIENTS за этот срок слишком много записей: напишите в поддержку Ночника.",
        })
    }
}

async fn ask_page(
    account: &Account,
    company: &Company,
    path: &str,
    query: &[(&str, &str)],
    share: Share,
) -> Result<Page, Failure> {
    let body = account.ask(path, query, Token::User, share).await?.map_err(Refusal::into_misplaced)?;
    page_of(&body, company).ok_or_else(|| strange("a list"))
}

fn page_of(body: &Value, company: &Company) -> Option<Page> {
    let data = &body["data"];
    // The partner's list has been seen with its rows one level deeper.
    let data = data.get("records").filter(|records| records.is_array()).unwrap_or(data);
    if !(data.is_array() || data.is_object()) {
        return None;
    }
    let rows = read::items(data);
    let total = read::whole(&body["meta"]["total_count"]);
    Some(Page {
        records: rows.iter().filter_map(|item| Record::read(item, &company.zone)).collect(),
        rows: rows.len(),
        total: total.and_then(|total| usize::try_from(total).ok()),
    })
}
