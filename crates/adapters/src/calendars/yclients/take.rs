//! Writing a visit for the first time: looked for, checked, written; what was lost on the way is found, not repeated.
//!
//! There is no key against doubles, but a time is given away once: a record of ours that stands there answers a second
//! try with «занято», and is then looked for again.

use jiff::Timestamp;
use jiff::civil::Date;
use reqwest::Method;
use serde_json::{Value, json};

use super::call::{Refusal, Token, malformed};
use super::company::Company;
use super::ours::event_id;
use super::pace::Share;
use super::read;
use super::reading::Reading;
use super::record::{Record, api_id_of, comment, is_hash, place};
use super::{Way, Yclients, refusals};
use crate::failure::{Failure, codes};
use crate::ports::{EventRef, Visit};

/// Who gave no name is still somebody.
const NAMELESS: &str = "Клиент";

/// A visit in the vendor's words.
pub(super) struct Wanted<'a> {
    pub visit: &'a Visit,
    pub staff: i64,
    pub services: Vec<i64>,
    /// Digits with the country's code.
    pub phone: Option<String>,
    /// ISO with the branch's offset, as `book_times` gives it.
    pub datetime: String,
}

impl Wanted<'_> {
    fn phone(&self) -> Result<&str, Failure> {
        let none = || refused(refusals::PHONE, "the client gave no number, and YCLIENTS books nobody without");
        self.phone.as_deref().ok_or_else(none)
    }

    fn name(&self) -> &str {
        Some(self.visit.client_name.trim()).filter(|name| !name.is_empty()).unwrap_or(NAMELESS)
    }

    pub(super) fn length_s(&self) -> i64 {
        self.visit.span.to.duration_since(self.visit.span.from).as_secs().max(300)
    }
}

pub(super) fn refused(code: &str, why: &str) -> Failure {
    Failure::Refused { code: code.to_owned(), why: why.to_owned() }
}

impl Yclients {
    pub(super) async fn create(&self, visit: &Visit) -> Result<EventRef, Failure> {
        let company = self.company.get(&self.account).await?;
        let wanted = self.wanted(visit, &company)?;
        let way = self.way(&company)?;
        wanted.phone()?;
        if let Some(found) = self.found(&wanted, &company).await? {
            return Ok(found);
        }
        let place = place(visit.span.from, wanted.staff);
        self.doubts.let_go(&visit.booking, Some(&place), self.account.now())?;
        let earlier = self.doubts.begin(&visit.booking, &place, self.account.now());
        let written = match way {
            Way::Online => self.book(&wanted, &company).await,
            Way::Journal => self.add(&wanted, &company).await,
        };
        self.doubts.end(&visit.booking, self.account.now(), &written, earlier);
        self.stale(wanted.staff, visit.span.from, &company);
        match written {
            // Perhaps by a first try of ours, whose answer was lost.
            Err(Failure::Refused { code, why }) if code == codes::TAKEN => match self.found(&wanted, &company).await {
                Ok(Some(found)) => Ok(found),
                Ok(None) => Err(Failure::Refused { code, why }),
                Err(failure) => Err(failure),
            },
            written => written,
        }
    }

    pub(super) fn wanted<'a>(&self, visit: &'a Visit, company: &Company) -> Result<Wanted<'a>, Failure> {
        let unmapped = |what: &str, hint| Failure::Broken { why: format!("a {what} has no number at YCLIENTS"), hint };
        let staff = self.options.staff_id(&visit.specialist).ok_or_else(|| {
            unmapped("specialist", "У мастера нет номера в YCLIENTS: допишите его в поле staff в настройках календаря.")
        })?;
        let service = |ours| self.options.services.get(ours).copied();
        let services: Option<Vec<i64>> = visit.services.iter().map(service).collect();
        let services = services.filter(|services| !services.is_empty()).ok_or_else(|| {
            unmapped("service", "У услуги нет номера в YCLIENTS: допишите его в поле services в настройках календаря.")
        })?;
        let phone = visit.client_phone.as_ref().map(|phone| phone.e164().trim_start_matches('+').to_owned());
        Ok(Wanted { visit, staff, services, phone, datetime: iso(visit.span.from, company) })
    }

    /// The code that a branch sends by SMS cannot be asked for here, nor an address that the client never gave: the
    /// journal asks for neither.
    fn way(&self, company: &Company) -> Result<Way, Failure> {
        match self.options.way {
            Way::Online if !(company.asks_code || company.asks_email) => Ok(Way::Online),
            Way::Online if !self.account.has_user() => {
                Err(refused(refusals::NEEDS_PERSON, "the branch confirms clients by SMS or e-mail, and there is no user token"))
            }
            _ => Ok(Way::Journal),
        }
    }

    /// A record that an earlier try has made, wherever it stands on its day.
    async fn found(&self, wanted: &Wanted<'_>, company: &Company) -> Result<Option<EventRef>, Failure> {
        let visit = wanted.visit;
        let day = company.zone.to_datetime(visit.span.from).date();
        let all = self.records_on(day, company).await?;
        let is_it = |record: &&Record| {
            !record.is_deleted
                && record.is_of(&visit.booking, wanted.staff, visit.span.from, wanted.phone.as_deref())
        };
        Ok(all.iter().find(is_it).map(|record| {
            let mut ours = self.ours();
            ours.note_record(record, &visit.booking);
            EventRef { id: ours.event_id(record.id), version: record.version() }
        }))
    }

    pub(super) async fn records_on(&self, day: Date, company: &Company) -> Result<Vec<Record>, Failure> {
        let mut reading = Reading::hurried();
        if self.account.has_user() {
            self.records_of(company, day, day, &mut reading).await
        } else {
            self.own_records(company, day, day, &mut reading).await
        }
    }

    async fn book(&self, wanted: &Wanted<'_>, company: &Company) -> Result<EventRef, Failure> {
        let branch = self.account.company;
        let appointment = json!({
            "id": 1, "services": wanted.services, "staff_id": wanted.staff, "datetime": wanted.datetime,
        });
        let check = json!({ "appointments": [appointment] });
        let checked = self.account.look(&format!("book_check/{branch}"), &check, Token::Partner).await?;
        if let Err(refusal) = checked {
            return Err(self.not_booked(refusal).await);
        }
        let mut body = json!({
            "phone": wanted.phone()?,
            "fullname": wanted.name(),
            "email": "",
            "appointments": [appointment],
            "comment": comment(&wanted.visit.booking, &wanted.visit.title),
            // We remind by ourselves.
            "notify_by_sms": 0,
            "notify_by_email": 0,
            "api_id": api_id_of(&wanted.visit.booking),
            // No phone is kept of whoever did not agree.
            "is_personal_data_processing_allowed": true,
            "is_newsletter_allowed": false,
        });
        let path = format!("book_record/{branch}");
        let mut written = self.account.write(Method::POST, &path, Some(&body), Token::Partner).await?;
        // Some branches take an empty address for a wrong one.
        if written.as_ref().is_err_and(|refusal| refusal.code == Some(400))
            && let Some(fields) = body.as_object_mut()
        {
            fields.remove("email");
            written = self.account.write(Method::POST, &path, Some(&body), Token::Partner).await?;
        }
        match written {
            Err(refusal) => Err(self.not_booked(refusal).await),
            Ok(answer) => {
                let item = read::items(&answer["data"]).into_iter().next().unwrap_or(&Value::Null);
                let id = read::id(&item["record_id"]).ok_or_else(|| no_record("book_record"))?;
                let hash = read::text(&item["record_hash"]).filter(|hash| is_hash(hash));
                Ok(self.stands(id, hash.as_deref(), None, wanted, company).await)
            }
        }
    }

    async fn add(&self, wanted: &Wanted<'_>, company: &Company) -> Result<EventRef, Failure> {
        let body = json!({
            "staff_id": wanted.staff,
            "services": self.priced(wanted).await?,
            "client": { "phone": wanted.phone()?, "name": wanted.name(), "surname": "", "email": "" },
            "datetime": wanted.datetime,
            "seance_length": wanted.length_s(),
            "save_if_busy": false,
            "send_sms": false,
            "comment": comment(&wanted.visit.booking, &wanted.visit.title),
            "sms_remain_hours": 0,
            "email_remain_hours": 0,
            "attendance": 0,
            "api_id": api_id_of(&wanted.visit.booking),
            "client_agreements": { "is_personal_data_processing_allowed": true, "is_newsletter_allowed": false },
        });
        let path = format!("records/{}", self.account.company);
        match self.account.write(Method::POST, &path, Some(&body), Token::User).await? {
            Err(refusal) => Err(not_written(refusal)),
            Ok(answer) => {
                let item = read::items(&answer["data"]).into_iter().next().unwrap_or(&Value::Null);
                let id = read::id(&item["id"]).ok_or_else(|| no_record("records"))?;
                Ok(self.stands(id, None, Record::read(item, &company.zone), wanted, company).await)
            }
        }
    }

    /// Services with what they cost by online booking; the journal wants it said.
    pub(super) async fn priced(&self, wanted: &Wanted<'_>) -> Result<Vec<Value>, Failure> {
        let offers = self.offers.of(&self.account, wanted.staff, Share::All).await?;
        let price = |service: &i64| offers.iter().find(|offer| offer.service == *service).and_then(|offer| offer.price);
        let priced = |service: &i64| match price(service) {
            Some(price) => json!({ "id": service, "first_cost": price, "discount": 0, "cost": price }),
            None => json!({ "id": service }),
        };
        Ok(wanted.services.iter().map(priced).collect())
    }

    /// What was just written, as the journal tells of it: the branch gives a visit the length of its own services. Whoever
    /// has a user's token needs no hash.
    async fn stands(
        &self,
        id: i64,
        hash: Option<&str>,
        told: Option<Record>,
        wanted: &Wanted<'_>,
        company: &Company,
    ) -> EventRef {
        let read = match told {
            Some(record) => Some(record),
            // It stands, whether it can be read or not.
            None => self.standing(id, hash, "", company).await.ok().flatten().map(|standing| standing.record),
        };
        let hash = hash.filter(|_| !self.account.has_user());
        let span = read.as_ref().map_or(wanted.visit.span, |record| record.span);
        self.ours().note(id, &wanted.visit.booking, hash, Some(wanted.staff), span);
        let version = read.map_or_else(|| place(span.from, wanted.staff), |record| record.version());
        EventRef { id: event_id(id, hash), version }
    }

    async fn not_booked(&self, refusal: Refusal) -> Failure {
        if refusal.code == Some(438) {
            self.offers.forget().await;
        }
        match refusal.code {
            _ if refusal.is_taken() => refusal.into_failure(codes::TAKEN),
            Some(431) => refusal.into_failure(refusals::PHONE),
            Some(432) => refusal.into_failure(refusals::NEEDS_PERSON),
            Some(434) => refusal.into_failure(refusals::BLACKLISTED),
            Some(438) => refusal.into_failure(refusals::NOT_BOOKABLE),
            _ if refusal.is_not_found() => refusal.into_misplaced(),
            _ => malformed(refusal),
        }
    }
}

/// What the journal answers for a time that is taken is not documented: a refusal that names no field means that.
pub(super) fn not_written(refusal: Refusal) -> Failure {
    match (refusal.status, refusal.code) {
        (_, Some(434)) => refusal.into_failure(refusals::BLACKLISTED),
        (_, Some(431)) => refusal.into_failure(refusals::PHONE),
        _ if refusal.is_taken() => refusal.into_failure(codes::TAKEN),
        (409, _) => refusal.into_failure(codes::TAKEN),
        (422, None | Some(422)) if !refusal.names_fields() => refusal.into_failure(codes::TAKEN),
        _ if refusal.is_not_found() => refusal.into_misplaced(),
        _ => malformed(refusal),
    }
}

fn no_record(call: &str) -> Failure {
    Failure::Unknown { why: format!("YCLIENTS answered {call} without a record") }
}

pub(super) fn iso(at: Timestamp, company: &Company) -> String {
    at.to_zoned(company.zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}
