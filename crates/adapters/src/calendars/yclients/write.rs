//! Moving a visit and taking it away: read first, compared with what was heard last, and only then written.

use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Map, Value, json};

use super::call::{Token, malformed, strange};
use super::company::{Allowed, Company};
use super::ours::parse_event_id;
use super::pace::Share;
use super::read;
use super::record::{Record, comment, place, starts_in};
use super::take::{Wanted, not_written, refused};
use super::{Yclients, refusals};
use crate::failure::{Failure, codes};
use crate::ports::{EventRef, Visit};

/// Fields of a record that are written back as they were read.
const KEPT: &[&str] = &[
    "sms_remain_hours",
    "email_remain_hours",
    "attendance",
    "api_id",
    "custom_color",
    "custom_fields",
    "technical_break_duration",
];
const KEPT_OF_CLIENT: &[&str] = &["id", "phone", "name", "surname", "patronymic", "email"];
const KEPT_OF_SERVICE: &[&str] = &["id", "first_cost", "discount", "cost", "amount"];

/// A record as it stands, with all that the journal says of it where that was read.
pub(super) struct Standing {
    pub record: Record,
    raw: Value,
}

impl Yclients {
    pub(super) async fn change(&self, visit: &Visit, known: &EventRef) -> Result<EventRef, Failure> {
        let company = self.company.get(&self.account).await?;
        let wanted = self.wanted(visit, &company)?;
        let Some((id, hash)) = parse_event_id(&known.id) else { return Err(changed("it is no record")) };
        let standing = self.standing(id, hash, &known.version, &company).await?;
        let Some(Standing { record, raw }) = standing.filter(|standing| !standing.record.is_deleted) else {
            return Err(changed("the record is gone"));
        };
        self.ours().note(id, &visit.booking, hash, record.staff, record.span);
        let is_there = record.span.from == visit.span.from && record.staff == Some(wanted.staff);
        let does_same = same_services(&record.services, &wanted.services);
        if is_there && does_same {
            // As it should be, perhaps by an earlier try whose answer was lost.
            return Ok(EventRef { id: known.id.clone(), version: record.version() });
        }
        if !record.stands_as(&known.version) {
            return Err(changed("the record stands elsewhere"));
        }
        self.let_change(company.changes, record.span.from)?;
        let to = place(visit.span.from, wanted.staff);
        self.doubts.let_go(&visit.booking, Some(&to), self.account.now())?;
        let (path, body, token) = if self.account.has_user() {
            let body = self.moved(&raw, &wanted, &record, does_same).await?;
            (format!("record/{}/{id}", self.account.company), body, Token::User)
        } else if record.staff == Some(wanted.staff) && does_same {
            let body = json!({ "datetime": wanted.datetime, "comment": said(&raw, visit) });
            (format!("book_record/{}/{id}", self.account.company), body, Token::Partner)
        } else {
            return Err(refused(refusals::NEEDS_PERSON, "without a user token a record keeps its master and services"));
        };
        let earlier = self.doubts.begin(&visit.booking, &to, self.account.now());
        let written = self.account.write(Method::PUT, &path, Some(&body), token).await;
        self.doubts.end(&visit.booking, self.account.now(), &written, earlier);
        self.stale(wanted.staff, visit.span.from, &company);
        self.stale(wanted.staff, record.span.from, &company);
        match written? {
            Ok(answer) => {
                let told = read::items(&answer["data"]).into_iter().find_map(|item| Record::read(item, &company.zone));
                let told = told.filter(|told| told.stands_as(&to));
                let span = told.as_ref().map_or(visit.span, |told| told.span);
                self.ours().note(id, &visit.booking, hash, Some(wanted.staff), span);
                Ok(EventRef { id: known.id.clone(), version: told.map_or(to, |told| told.version()) })
            }
            Err(refusal) if refusal.is_not_found() => Err(changed("the record is gone")),
            Err(refusal) => Err(not_written(refusal)),
        }
    }

    pub(super) async fn delete(&self, known: &EventRef) -> Result<(), Failure> {
        let company = self.company.get(&self.account).await?;
        let Some((id, hash)) = parse_event_id(&known.id) else { return Err(changed("it is no record")) };
        let standing = self.standing(id, hash, &known.version, &company).await?;
        let Some(Standing { record, .. }) = standing.filter(|standing| !standing.record.is_deleted) else {
            self.ours().forget(id);
            return Ok(());
        };
        if !record.stands_as(&known.version) {
            return Err(changed("the record stands elsewhere"));
        }
        self.let_change(company.deletes, record.span.from)?;
        let booking = self.ours().booking_of(&record).map(str::to_owned);
        self.doubts.let_go(booking.as_deref().unwrap_or_default(), None, self.account.now())?;
        let path = match (self.account.has_user(), hash.or(record.hash.as_deref())) {
            (true, _) => format!("record/{}/{id}", self.account.company),
            (false, Some(hash)) => format!("user/records/{id}/{hash}"),
            (false, None) => {
                return Err(refused(refusals::NEEDS_PERSON, "neither a user token nor the hash of the record is known"));
            }
        };
        self.stale(record.staff.unwrap_or_default(), record.span.from, &company);
        match self.account.write(Method::DELETE, &path, None, Token::User).await? {
            Err(refusal) if !refusal.is_not_found() => Err(malformed(refusal)),
            _ => {
                self.ours().forget(id);
                Ok(())
            }
        }
    }

    /// What the branch lets clients do is asked of us too: whatever the tokens allow, a person decides the rest.
    fn let_change(&self, allowed: Allowed, starts_at: Timestamp) -> Result<(), Failure> {
        if allowed.holds(starts_at, self.account.now()) {
            return Ok(());
        }
        Err(refused(refusals::NOT_ALLOWED, "the branch does not let clients change this visit any more"))
    }

    /// `None`: there is no such record any more.
    pub(super) async fn standing(
        &self,
        id: i64,
        hash: Option<&str>,
        version: &str,
        company: &Company,
    ) -> Result<Option<Standing>, Failure> {
        if self.account.has_user() {
            let path = format!("record/{}/{id}", self.account.company);
            return self.one(&path, Token::User, Share::All, company).await;
        }
        if let Some(hash) = hash {
            let path = format!("book_record/{}/{id}/{hash}", self.account.company);
            return self.one(&path, Token::Partner, Share::All, company).await;
        }
        let Some(at) = starts_in(version) else { return Ok(None) };
        let records = self.records_on(company.zone.to_datetime(at).date(), company).await?;
        let found = records.into_iter().find(|record| record.id == id);
        Ok(found.map(|record| Standing { record, raw: Value::Null }))
    }

    pub(super) async fn by_hash(
        &self,
        id: i64,
        hash: &str,
        company: &Company,
        share: Share,
    ) -> Result<Option<Record>, Failure> {
        let path = format!("book_record/{}/{id}/{hash}", self.account.company);
        let standing = self.one(&path, Token::Partner, share, company).await?;
        Ok(standing.map(|standing| standing.record).filter(|record| !record.is_deleted))
    }

    async fn one(
        &self,
        path: &str,
        token: Token,
        share: Share,
        company: &Company,
    ) -> Result<Option<Standing>, Failure> {
        let body = match self.account.ask(path, &[], token, share).await? {
            Ok(body) => body,
            Err(refusal) if refusal.is_not_found() => return Ok(None),
            // A record that cannot be looked at is not touched.
            Err(refusal) => return Err(malformed(refusal)),
        };
        let raw = read::items(&body["data"]).into_iter().next().cloned().ok_or_else(|| strange("a record"))?;
        let record = Record::read(&raw, &company.zone).ok_or_else(|| strange("a time of a record"))?;
        Ok(Some(Standing { record, raw }))
    }

    /// The whole of a record, as the journal wants it back, with the visit's place in it.
    async fn moved(
        &self,
        raw: &Value,
        wanted: &Wanted<'_>,
        record: &Record,
        does_same: bool,
    ) -> Result<Value, Failure> {
        let kept = |from: &Value, names: &[&str]| -> Map<String, Value> {
            let field = |name: &&str| from.get(*name).filter(|value| !value.is_null()).map(|value| ((*name).to_owned(), value.clone()));
            names.iter().filter_map(field).collect()
        };
        let services = if does_same {
            read::items(&raw["services"]).into_iter().map(|service| Value::Object(kept(service, KEPT_OF_SERVICE))).collect()
        } else {
            self.priced(wanted).await?
        };
        let was_s = record.span.to.duration_since(record.span.from).as_secs();
        let mut body = kept(raw, KEPT);
        body.insert("staff_id".to_owned(), json!(wanted.staff));
        body.insert("services".to_owned(), Value::Array(services));
        let mut client = kept(&raw["client"], KEPT_OF_CLIENT);
        // Whoever may not see the number would wipe it out by writing back what was shown.
        if let Some(phone) = wanted.phone.as_ref().filter(|_| client.get("phone").and_then(read::text).is_none()) {
            client.insert("phone".to_owned(), json!(phone));
        }
        body.insert("client".to_owned(), Value::Object(client));
        if let Some(event) = read::id(&raw["activity_id"]) {
            body.insert("activity_id".to_owned(), json!(event));
        }
        body.insert("datetime".to_owned(), json!(wanted.datetime));
        body.insert("seance_length".to_owned(), json!(if does_same { was_s } else { wanted.length_s() }));
        body.insert("save_if_busy".to_owned(), json!(false));
        body.insert("send_sms".to_owned(), json!(false));
        body.insert("comment".to_owned(), json!(said(raw, wanted.visit)));
        let labels = read::items(&raw["record_labels"]).into_iter().filter_map(|label| read::text(&label["id"]));
        body.insert("record_labels".to_owned(), labels.collect());
        Ok(Value::Object(body))
    }
}

/// What people wrote stays.
fn said(raw: &Value, visit: &Visit) -> String {
    let said = raw["comment"].as_str().filter(|said| !said.trim().is_empty()).map(str::to_owned);
    said.unwrap_or_else(|| comment(&visit.booking, &visit.title))
}

fn changed(why: &str) -> Failure {
    refused(codes::CHANGED, why)
}

/// Their order says nothing; a record that tells none is believed to be as we wrote it.
fn same_services(one: &[i64], other: &[i64]) -> bool {
    let sorted = |list: &[i64]| {
        let mut list = list.to_vec();
        list.sort_unstable();
        list
    };
    one.is_empty() || sorted(one) == sorted(other)
}
