//! A record of the branch's journal, and how one of ours is known.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::read;
use crate::ports::Span;

/// Stands before our id of the booking in the comment, where people see it too.
const MARK: &str = "Ночник #";
/// What a record takes that does not say how long it is.
const LENGTH: SignedDuration = SignedDuration::from_hours(1);
const LENGTH_MAX_S: i64 = 7 * 86_400;
/// Fifteen digits pass through every reader of numbers unharmed.
const API_ID_MAX: u64 = 1_000_000_000_000_000;

#[derive(Clone, Debug)]
pub struct Record {
    pub id: i64,
    pub staff: Option<i64>,
    pub services: Vec<i64>,
    pub span: Span,
    pub is_deleted: bool,
    /// Opens the record to whoever has no user token.
    pub hash: Option<String>,
    pub changed_at: Option<Timestamp>,
    api_id: Option<String>,
    /// From the comment.
    marked: Option<String>,
    /// Last digits of the client's number.
    phone: Option<String>,
}

impl Record {
    /// `None`: it has no id or no time, so nothing can be said of it.
    pub fn read(item: &Value, zone: &TimeZone) -> Option<Self> {
        let starts_at = read::moment(&item["datetime"], zone).or_else(|| read::moment(&item["date"], zone))?;
        let lengths = [&item["seance_length"], &item["length"]];
        let length_s = lengths.into_iter().filter_map(read::whole).filter(|length| *length > 0).max();
        let length = length_s.map_or(LENGTH, |length| SignedDuration::from_secs(length.min(LENGTH_MAX_S)));
        let services = item["services"].as_array().into_iter().flatten();
        Some(Self {
            id: read::id(&item["id"]).or_else(|| read::id(&item["record_id"]))?,
            staff: read::id(&item["staff_id"]).or_else(|| read::id(&item["staff"]["id"])),
            services: services.filter_map(|service| read::id(service).or_else(|| read::id(&service["id"]))).collect(),
            span: Span { from: starts_at, to: starts_at.checked_add(length).ok()? },
            is_deleted: read::flag(&item["deleted"]).unwrap_or(false),
            hash: read::text(&item["record_hash"]).or_else(|| read::text(&item["hash"])).filter(|hash| is_hash(hash)),
            changed_at: read::moment(&item["last_change_date"], zone),
            api_id: read::text(&item["api_id"]),
            marked: item["comment"].as_str().and_then(booking_in),
            phone: read::text(&item["client"]["phone"]).and_then(|phone| tail(&phone)),
        })
    }

    /// Our id of the booking, where the record says it and its number agrees.
    pub fn booking(&self) -> Option<&str> {
        let marked = self.marked.as_deref()?;
        self.api_id.as_ref().is_none_or(|api_id| *api_id == api_id_of(marked)).then_some(marked)
    }

    /// Whether it was made for `booking`. Lists that give neither number nor comment are told by client and time.
    pub fn is_of(&self, booking: &str, staff: i64, starts_at: Timestamp, phone: Option<&str>) -> bool {
        match (&self.api_id, &self.marked) {
            (Some(api_id), _) => *api_id == api_id_of(booking),
            (None, Some(marked)) => marked == booking,
            (None, None) => {
                let (own, theirs) = (phone.and_then(tail), &self.phone);
                own.is_some() && own == *theirs && self.staff == Some(staff) && self.span.from == starts_at
            }
        }
    }

    /// When, whose and how long: payments and marks of attendance change none of it.
    pub fn version(&self) -> String {
        let length = self.span.to.duration_since(self.span.from).as_secs();
        format!("{}/{length}", place(self.span.from, self.staff.unwrap_or_default()))
    }

    /// Whether `version` was said of a record that stands where this one does. One that a person made longer or shorter
    /// may still be moved.
    pub fn stands_as(&self, version: &str) -> bool {
        let own = place(self.span.from, self.staff.unwrap_or_default());
        !self.is_deleted && version.strip_prefix(&own).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

/// The beginning of a version: all of it that is known of a record just written.
pub fn place(starts_at: Timestamp, staff: i64) -> String {
    format!("{}/{staff}", starts_at.as_second())
}

/// When the record stood that `version` was said of.
pub fn starts_in(version: &str) -> Option<Timestamp> {
    Timestamp::from_second(version.split('/').next()?.parse().ok()?).ok()
}

/// A number made of our id of a booking, the same every time: the vendor takes digits alone.
pub fn api_id_of(booking: &str) -> String {
    let digest = Sha256::digest(booking.as_bytes());
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&digest[..8]);
    (u64::from_be_bytes(bytes) % API_ID_MAX).to_string()
}

/// «Ночник #conversation/1: Маникюр».
pub fn comment(booking: &str, title: &str) -> String {
    format!("{MARK}{booking}: {title}")
}

fn booking_in(comment: &str) -> Option<String> {
    let (_, rest) = comment.split_once(MARK)?;
    let word = rest.split_whitespace().next()?;
    let word = word.strip_suffix(':').unwrap_or(word);
    (word.is_ascii() && !word.is_empty() && word.len() <= 200).then(|| word.to_owned())
}

/// A hash goes into addresses and into the ids of events.
pub fn is_hash(text: &str) -> bool {
    !text.is_empty() && text.len() <= 200 && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// Ten digits tell numbers of one country apart, however they begin.
fn tail(phone: &str) -> Option<String> {
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    digits.len().checked_sub(10).map(|from| digits[from..].to_owned())
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;
    use serde_json::json;

    use super::{Record, api_id_of, comment, starts_in};

    #[test]
    fn the_number_of_a_booking_is_digits_and_its_own() {
        let (one, two) = (api_id_of("lotos/telegram/5/1"), api_id_of("lotos/telegram/5/2"));
        assert_ne!(one, two);
        assert!(one.len() <= 15 && one.bytes().all(|b| b.is_ascii_digit()), "{one}");
        // The first eight bytes of the SHA-256 of «abc» (FIPS 180-4): ba7816bf8f01cfea.
        assert_eq!(api_id_of("abc"), (0xba78_16bf_8f01_cfea_u64 % 1_000_000_000_000_000).to_string());
    }

    #[test]
    fn one_of_ours_is_known_by_comment_and_number_together() {
        let read = |api_id, comment: &str| {
            let item = json!({ "id": "7", "staff_id": "1", "datetime": 1_795_521_600, "api_id": api_id, "comment": comment });
            Record::read(&item, &TimeZone::UTC).unwrap().booking().map(str::to_owned)
        };
        let booking = "lotos/telegram/5/1";
        let written = comment(booking, "Маникюр: классика");
        assert_eq!(read(json!(api_id_of(booking)), &written).as_deref(), Some(booking));
        assert_eq!(read(json!(null), &format!("Постоянная. {written}")).as_deref(), Some(booking));
        assert_eq!(read(json!("5"), &written), None, "a copied comment");
        assert_eq!(read(json!(api_id_of(booking)), "Постоянная"), None);
    }

    #[test]
    fn a_record_made_longer_still_stands_where_it_stood() {
        let item = json!({ "id": 7, "staff": { "id": 1 }, "date": "2026-11-24 12:00:00", "length": 5_400 });
        let record = Record::read(&item, &TimeZone::UTC).unwrap();
        assert!(record.stands_as("1795521600/1") && record.stands_as("1795521600/1/3600"));
        for other in ["1795521600/11", "1795525200/1", "", "1795521600"] {
            assert!(!record.stands_as(other), "{other}");
        }
        assert_eq!(starts_in(&record.version()), Some(record.span.from));
    }
}
