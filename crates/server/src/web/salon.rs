//! A business as pages see it: its document, its wall clock, the names behind ids.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use nochnik_core::business::Document;
use nochnik_store::businesses;

use super::{Trouble, Web};

/// Days looked back for the last closing; a business closed for longer gets the bound itself.
const CLOSED_DAYS_MAX: i64 = 14;

/// The document with its time zone at hand.
pub struct Salon {
    pub document: Document,
    pub version: i64,
    zone: TimeZone,
}

impl Salon {
    /// Loads the business; `None` when there is no such one.
    pub async fn load(web: &Web, business: &str) -> Result<Option<Self>, Trouble> {
        let id = business.to_owned();
        let Some(row) = web.store.read(move |sql| businesses::get(sql, &id)).await? else { return Ok(None) };
        let document: Document = serde_json::from_str(&row.document).map_err(|error| Trouble::broken(&error))?;
        let zone = TimeZone::get(&document.timezone).map_err(|error| Trouble::broken(&error))?;
        Ok(Some(Self { document, version: row.version, zone }))
    }

    /// The wall clock of the business at an instant in milliseconds.
    pub fn wall(&self, at_ms: i64) -> DateTime {
        Timestamp::from_millisecond(at_ms).unwrap_or(Timestamp::UNIX_EPOCH).to_zoned(self.zone.clone()).datetime()
    }

    /// The instant a day of the business begins.
    pub fn day_begins_ms(&self, date: Date) -> i64 {
        self.instant_ms(date.at(0, 0, 0, 0))
    }

    /// The last closing before `now_ms`: from then on it is night work.
    pub fn night_began_ms(&self, now_ms: i64) -> i64 {
        let today = self.wall(now_ms).date();
        (0..CLOSED_DAYS_MAX)
            .filter_map(|back| today.checked_sub(jiff::Span::new().days(back)).ok())
            .flat_map(|date| self.closings_ms(date))
            .filter(|closing| *closing <= now_ms)
            .max()
            .unwrap_or(now_ms - CLOSED_DAYS_MAX * 86_400_000)
    }

    /// Name of a service, or its id when the catalogue no longer has it.
    pub fn service<'a>(&'a self, id: &'a str) -> &'a str {
        self.document.services.iter().find(|service| service.id == id).map_or(id, |service| &service.name)
    }

    /// Name of somebody of the staff, or the login itself.
    pub fn person<'a>(&'a self, id: &'a str) -> &'a str {
        self.document.people.iter().find(|person| person.id == id).map_or(id, |person| &person.name)
    }

    fn closings_ms(&self, date: Date) -> Option<i64> {
        let hours = match self.document.special_days.get(&date) {
            Some(special) => special.as_slice(),
            None => self.document.hours.of(date.weekday()),
        };
        let last = hours.last()?;
        let end = date.at(0, 0, 0, 0).checked_add(jiff::Span::new().minutes(i64::from(last.to_min))).ok()?;
        Some(self.instant_ms(end))
    }

    fn instant_ms(&self, at: DateTime) -> i64 {
        at.to_zoned(self.zone.clone()).map_or(0, |zoned| zoned.timestamp().as_millisecond())
    }
}
