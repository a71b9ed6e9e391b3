//! Without a user's token: what online booking offers, turned into the time that is taken.
//!
//! A whole reading of 20 masters costs at most 20 lists of services (kept for ten minutes), 20 lists of days, one of
//! times for each day of the nearest two weeks that has any (280), and our own records: 321 requests, 2 minutes 9
//! seconds at 150 a minute. Later looks read again what is old: 40 days of the nearest two every three minutes, the rest
//! every quarter of an hour, which is 36 requests a minute. So four such salons, or twenty of four masters each, fit one
//! address; what is taken meanwhile is found out when a visit is checked.

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::Yclients;
use super::call::{Refusal, Token};
use super::company::Company;
use super::offers::Offer;
use super::ours::event_id;
use super::pace::Share;
use super::read;
use super::reading::{Heard, PAGE, Reading, Seen};
use super::record::Record;
use super::times;
use crate::failure::Failure;
use crate::ports::{Changed, EventRef, EventState, Span, Taken};

/// Days whose times are read. Of later ones it is known whether there are any; which, the check before a booking tells.
const DAYS: usize = 14;
/// So long the times of today and tomorrow are believed, and those of later days.
const SOON_FRESH: SignedDuration = SignedDuration::from_mins(3);
const LATER_FRESH: SignedDuration = SignedDuration::from_mins(15);
/// Records that were not in the list and are asked for one by one.
const MISSING_MAX: usize = 20;

impl Yclients {
    /// Of the branch's journal only our own records are seen, and of a record whose hash is unknown the event has another
    /// name than it had: then a missing event proves nothing.
    pub(super) async fn online(
        &self,
        company: &Company,
        is_whole: bool,
        span: Span,
        reading: &mut Reading,
    ) -> Result<Seen, Failure> {
        let now = self.account.now();
        let days = times::days(span, &company.zone);
        let (Some(first), Some(last)) = (days.first(), days.last()) else { return Ok(Seen::default()) };
        let own = self.own_records(company, *first, *last, reading).await?;
        let (mut events, are_named) = self.own_events(&own, company, span).await?;
        // What has passed is nobody's to book.
        let today = company.zone.to_datetime(now).date();
        let days: Vec<Date> = days.into_iter().filter(|day| *day >= today).collect();
        reading.drop_before(today);
        for staff in self.options.staff.keys() {
            let offers = self.offers.of(&self.account, *staff, Share::Most).await?;
            let offer = self.shortest(&offers);
            let dates = match offer {
                Some(offer) => self.dates(*staff, offer, company, &days, reading).await?,
                None => Heard { at: now, what: BTreeSet::new() },
            };
            for (number, day) in days.iter().enumerate() {
                let mut heard = match offer {
                    Some(offer) if dates.what.contains(day) && number < DAYS => {
                        let fresh = if number < 2 { SOON_FRESH } else { LATER_FRESH };
                        self.offered(*staff, *day, offer, company, (fresh, reading)).await?
                    }
                    _ if dates.what.contains(day) => {
                        Heard { at: dates.at, what: times::whole_day(*day, &company.zone).into_iter().collect() }
                    }
                    _ => Heard { at: dates.at, what: Vec::new() },
                };
                if is_whole || reading.holds(heard.at) {
                    // A visit of ours takes its time by itself.
                    heard.what.extend(self.ours().times_of(*staff));
                    heard.what.extend(times::whole_day(*day, &company.zone).map(|whole| Span { to: now, ..whole }));
                    events.extend(self.day_event("day", *staff, *day, &heard.what, company, span));
                }
            }
        }
        Ok(Seen { events, is_whole: is_whole && are_named, changed: None, to: span.to.as_second() })
    }

    /// The mapped service that fits into the smallest gap.
    fn shortest<'a>(&self, offers: &'a [Offer]) -> Option<&'a Offer> {
        let is_mapped = |offer: &&Offer| self.options.services.values().any(|id| *id == offer.service);
        offers.iter().filter(is_mapped).min_by_key(|offer| offer.length.unwrap_or(SignedDuration::MAX))
    }

    async fn dates(
        &self,
        staff: i64,
        offer: &Offer,
        company: &Company,
        days: &[Date],
        reading: &mut Reading,
    ) -> Result<Heard<BTreeSet<Date>>, Failure> {
        let now = self.account.now();
        if let Some(dates) = reading.dates.get(&staff).filter(|dates| is_fresh(dates.at, now, LATER_FRESH)) {
            return Ok(dates.clone());
        }
        let text = |day: Option<&Date>| day.map(Date::to_string).unwrap_or_default();
        let (from, to) = (text(days.first()), text(days.last()));
        let (id, service) = (staff.to_string(), offer.service.to_string());
        let query =
            [("staff_id", id.as_str()), ("service_ids[]", &service), ("date_from", &from), ("date_to", &to)];
        let path = format!("book_dates/{}", self.account.company);
        let dates = match self.account.ask(&path, &query, Token::Partner, Share::Most).await? {
            Ok(body) => dates_in(&body["data"], company, days),
            Err(refusal) => nothing_of(staff, &refusal),
        };
        let dates = Heard { at: self.account.now(), what: dates };
        reading.dates.insert(staff, dates.clone());
        Ok(dates)
    }

    async fn offered(
        &self,
        staff: i64,
        day: Date,
        offer: &Offer,
        company: &Company,
        (fresh, reading): (SignedDuration, &mut Reading),
    ) -> Result<Heard<Vec<Span>>, Failure> {
        let now = self.account.now();
        if let Some(times) = reading.times.get(&(staff, day)).filter(|times| is_fresh(times.at, now, fresh)) {
            return Ok(times.clone());
        }
        let path = format!("book_times/{}/{staff}/{day}", self.account.company);
        let service = offer.service.to_string();
        let query = [("service_ids[]", service.as_str())];
        let times: Vec<Span> = match self.account.ask(&path, &query, Token::Partner, Share::Most).await? {
            Ok(body) => {
                let data = if body.is_array() { &body } else { &body["data"] };
                read::items(data).into_iter().filter_map(|item| time_in(item, day, offer, company)).collect()
            }
            Err(refusal) => nothing_of(staff, &refusal),
        };
        let times = Heard { at: self.account.now(), what: times };
        reading.times.insert((staff, day), times.clone());
        Ok(times)
    }

    /// Records made with our partner's token whose visits are on these days.
    pub(super) async fn own_records(
        &self,
        company: &Company,
        from: Date,
        to: Date,
        reading: &mut Reading,
    ) -> Result<Vec<Record>, Failure> {
        let day = |date: Date| date.strftime("%d.%m.%Y").to_string();
        let (company_id, count, from, to) =
            (self.account.company.to_string(), PAGE.to_string(), day(from), day(to));
        let query =
            [("salon_id", company_id.as_str()), ("editable_length", &count), ("start_date", &from), ("end_date", &to)];
        reading.records(&self.account, company, "records/partner/", &query).await
    }

    /// Events of our own records; and whether each has the name it was written under.
    async fn own_events(
        &self,
        own: &[Record],
        company: &Company,
        span: Span,
    ) -> Result<(Vec<Changed>, bool), Failure> {
        let (mut events, mut found, mut are_named) = (Vec::new(), Vec::new(), true);
        for (id, hash) in self.missing(own, span) {
            match self.by_hash(id, &hash, company, Share::Most).await? {
                Some(record) => found.push(record),
                None => {
                    let event = EventRef { id: event_id(id, Some(&hash)), version: String::new() };
                    events.push(Changed { event, state: EventState::Gone });
                    self.ours().forget(id);
                }
            }
        }
        let mut ours = self.ours();
        for record in own.iter().chain(&found) {
            let Some(booking) = ours.booking_of(record).map(str::to_owned) else { continue };
            ours.note_record(record, &booking);
            are_named &= ours.has_hash(record.id);
            let event = EventRef { id: ours.event_id(record.id), version: record.version() };
            if record.is_deleted {
                events.push(Changed { event, state: EventState::Gone });
                ours.forget(record.id);
                continue;
            }
            let specialist = record.staff.and_then(|staff| self.options.staff.get(&staff)).cloned();
            let time = Taken { specialist, span: record.span };
            events.push(Changed { event, state: EventState::Visit { booking, time } });
        }
        Ok((events, are_named))
    }

    /// Records of ours that should have been in the list: deleted ones may not be, and a person may have moved others.
    fn missing(&self, own: &[Record], span: Span) -> Vec<(i64, String)> {
        let ours = self.ours();
        let is_within = |from: i64| (span.from.as_second()..span.to.as_second()).contains(&from);
        let unseen = ours.iter().filter(|(id, own_one)| {
            is_within(own_one.from) && own.iter().all(|record| record.id != *id)
        });
        unseen.filter_map(|(id, own)| Some((id, own.hash.clone()?))).take(MISSING_MAX).collect()
    }
}

fn is_fresh(at: Timestamp, now: Timestamp, fresh: SignedDuration) -> bool {
    now.duration_since(at).abs() < fresh
}

/// Nothing of a master's can be booked while the branch refuses to tell of it.
fn nothing_of<T: Default>(staff: i64, refusal: &Refusal) -> T {
    tracing::warn!(staff.id = staff, status = refusal.status, "YCLIENTS does not tell the times of a master");
    T::default()
}

/// Days with free times: a list, or days by the number of their month.
fn dates_in(data: &Value, company: &Company, days: &[Date]) -> BTreeSet<Date> {
    if let Some(list) = data["booking_dates"].as_array() {
        return list.iter().filter_map(|date| read::day(date, &company.zone)).collect();
    }
    let is_offered = |day: &&Date| {
        let of_month = data["booking_days"][day.month().to_string()].as_array();
        of_month.into_iter().flatten().any(|number| read::whole(number) == Some(i64::from(day.day())))
    };
    days.iter().filter(is_offered).copied().collect()
}

fn time_in(item: &Value, day: Date, offer: &Offer, company: &Company) -> Option<Span> {
    let from = read::moment(&item["datetime"], &company.zone)
        .or_else(|| read::wall(&item["time"], day, &company.zone))?;
    let length = read::whole(&item["seance_length"]).filter(|length| (1..=86_400).contains(length));
    let length = length.map(SignedDuration::from_secs).or(offer.length)?;
    Some(Span { from, to: from.checked_add(length).ok()? })
}
