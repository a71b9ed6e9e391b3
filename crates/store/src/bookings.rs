//! Bookings: the database itself makes it impossible that two live ones take one specialist, chair or
//! seat at once.
//!
//! Live are held, confirmed and arrived. What a booking takes stands part by part in `booking_spans`, where
//! PostgreSQL keeps exclusion constraints and SQLite triggers that say the same. Each change also bumps the business's busy version, and
//! does so first: on PostgreSQL that puts those who book at the same moment in a line.

use crate::{Row, Sql, StoreError, Window, all, businesses, dialect, one, values};

/// A slot to hold while the client answers.
#[derive(Debug, Clone, Copy)]
pub struct NewBooking<'a> {
    /// Its id.
    pub id: &'a str,
    /// Who books.
    pub conversation_id: &'a str,
    /// Who serves.
    pub specialist_id: &'a str,
    /// What.
    pub service_id: &'a str,
    /// Name for the calendar; may be empty.
    pub client_name: &'a str,
    /// Beginning of the visit.
    pub starts_at_ms: i64,
    /// End of the specialist's busy time, buffer included; at most 31 days after the beginning.
    pub ends_at_ms: i64,
    /// End of the visit itself.
    pub visit_ends_at_ms: i64,
    /// Until when it is held; `None` holds it for ever.
    pub held_until_ms: Option<i64>,
    /// What it takes; empty is the specialist, from `starts_at_ms` to `ends_at_ms`.
    pub spans: &'a [Span<'a>],
}

/// One part of what a booking takes, half-open.
#[derive(Debug, Clone, Copy)]
pub struct Span<'a> {
    /// A specialist's id, or one of several chairs: `chair#2`.
    pub subject: &'a str,
    /// From.
    pub starts_at_ms: i64,
    /// Until; at most 31 days later.
    pub ends_at_ms: i64,
    /// The lesson and the seat in it, from 1; `None` is shared with nobody.
    pub seat: Option<(&'a str, i64)>,
}

/// A booking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booking {
    /// Its id.
    pub id: String,
    /// Who books.
    pub conversation_id: String,
    /// Who serves.
    pub specialist_id: String,
    /// What.
    pub service_id: String,
    /// Name for the calendar; may be empty.
    pub client_name: String,
    /// Beginning of the visit.
    pub starts_at_ms: i64,
    /// End of the specialist's busy time, buffer included.
    pub ends_at_ms: i64,
    /// End of the visit itself.
    pub visit_ends_at_ms: i64,
    /// Where it stands.
    pub status: BookingStatus,
    /// Until when it is held.
    pub held_until_ms: Option<i64>,
    /// Grows with each change, from 1.
    pub version: i64,
    /// How its reminder stands; `None` until one went out.
    pub answer: Option<Answer>,
    /// Gets no reminders, to measure what they do.
    pub is_unreminded: bool,
    /// The client's rating, 1 to 5.
    pub rating: Option<i64>,
}

/// How a reminder stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Sent, nothing heard.
    Asked,
    /// The client will come.
    Coming,
    /// Somebody should ring.
    Silent,
}

impl Answer {
    /// The stored word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Coming => "coming",
            Self::Silent => "silent",
        }
    }

    /// Reads the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Asked, Self::Coming, Self::Silent].into_iter().find(|answer| answer.word() == word)
    }
}

/// Where a booking stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BookingStatus {
    /// Kept while the client answers.
    Held,
    /// Agreed.
    Confirmed,
    /// The client came.
    Arrived,
    /// The client did not come.
    NoShow,
    /// Given up by either side.
    Cancelled,
    /// Held too long.
    Expired,
}

impl BookingStatus {
    /// The stored word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Confirmed => "confirmed",
            Self::Arrived => "arrived",
            Self::NoShow => "no_show",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }

    /// Reads the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        let all = [Self::Held, Self::Confirmed, Self::Arrived, Self::NoShow, Self::Cancelled, Self::Expired];
        all.into_iter().find(|status| status.word() == word)
    }
}

/// Time a specialist or a chair is not free, half-open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Busy {
    /// A specialist's id, or one of several chairs: `chair#2`.
    pub subject: String,
    /// By which booking.
    pub booking_id: String,
    /// From.
    pub starts_at_ms: i64,
    /// Until, buffer included.
    pub ends_at_ms: i64,
    /// The lesson and the seat in it, from 1; `None` is shared with nobody.
    pub seat: Option<(String, i64)>,
}

/// A hold that ran out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expired {
    /// Whose.
    pub business: String,
    /// Which.
    pub id: String,
    /// Who held it.
    pub conversation_id: String,
}

/// Holds a slot. [`StoreError::Taken`] when a live booking takes a part of it, [`StoreError::Duplicate`] when the id is used.
pub fn hold(sql: &mut dyn Sql, business: &str, booking: &NewBooking<'_>) -> Result<(), StoreError> {
    businesses::bump_busy(sql, business)?;
    let text = "insert into bookings (business_id, id, conversation_id, specialist_id, service_id, client_name, \
                starts_at_ms, ends_at_ms, visit_ends_at_ms, status, held_until_ms, version, spans) \
                values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'held', $10, 1, $11)";
    let values = values![
        business,
        booking.id,
        booking.conversation_id,
        booking.specialist_id,
        booking.service_id,
        booking.client_name,
        booking.starts_at_ms,
        booking.ends_at_ms,
        booking.visit_ends_at_ms,
        booking.held_until_ms,
        count(booking.spans),
    ];
    sql.run(text, values)?;
    let places = 0_i64..;
    places.zip(booking.spans).try_for_each(|(place, span)| put_span(sql, business, booking.id, place, span))
}

fn count(spans: &[Span<'_>]) -> i64 {
    i64::try_from(spans.len()).unwrap_or(i64::MAX)
}

fn put_span(sql: &mut dyn Sql, business: &str, booking: &str, place: i64, span: &Span<'_>) -> Result<(), StoreError> {
    let text = "insert into booking_spans (business_id, booking_id, place, subject, lesson, seat, starts_at_ms, \
                ends_at_ms, is_live) values ($1, $2, $3, $4, $5, $6, $7, $8, 1)";
    let (lesson, seat) = span.seat.unwrap_or((booking, 0));
    sql.run(text, values![business, booking, place, span.subject, lesson, seat, span.starts_at_ms, span.ends_at_ms])
}

/// Puts a held or confirmed booking at another time, where nobody has been reminded of it yet; false when it stands no
/// more. Of `to` the id, the client and the hold are not looked at. [`StoreError::Taken`] as in [`hold`].
pub fn shift(sql: &mut dyn Sql, business: &str, id: &str, to: &NewBooking<'_>) -> Result<bool, StoreError> {
    businesses::bump_busy(sql, business)?;
    let text = "update bookings set specialist_id = $3, starts_at_ms = $4, ends_at_ms = $5, visit_ends_at_ms = $6, \
                answer = null, version = version + 1, spans = $7 \
                where business_id = $1 and id = $2 and status in ('held', 'confirmed')";
    let whole =
        [Span { subject: to.specialist_id, starts_at_ms: to.starts_at_ms, ends_at_ms: to.ends_at_ms, seat: None }];
    let spans = if to.spans.is_empty() { &whole } else { to.spans };
    let values =
        values![business, id, to.specialist_id, to.starts_at_ms, to.ends_at_ms, to.visit_ends_at_ms, count(to.spans),];
    if sql.exec(text, values)? == 0 {
        return Ok(false);
    }
    sql.run("delete from booking_spans where business_id = $1 and booking_id = $2", values![business, id])?;
    let places = 0_i64..;
    places.zip(spans).try_for_each(|(place, span)| put_span(sql, business, id, place, span))?;
    Ok(true)
}

/// Confirms a held booking under the client's name; false when it is not held any more.
pub fn confirm(
    sql: &mut dyn Sql,
    business: &str,
    id: &str,
    client_name: &str,
    is_unreminded: bool,
) -> Result<bool, StoreError> {
    let text = "update bookings set status = 'confirmed', client_name = $3, is_unreminded = $4, held_until_ms = null, \
                version = version + 1 where business_id = $1 and id = $2 and status = 'held'";
    Ok(sql.exec(text, values![business, id, client_name, is_unreminded])? > 0)
}

/// Records how the reminder of a booking stands.
pub fn answered(sql: &mut dyn Sql, business: &str, id: &str, answer: Answer) -> Result<(), StoreError> {
    let text = "update bookings set answer = $3, version = version + 1 where business_id = $1 and id = $2";
    sql.run(text, values![business, id, answer.word()])
}

/// Records the client's rating of a visit, 1 to 5.
pub fn rate(sql: &mut dyn Sql, business: &str, id: &str, rating: i64) -> Result<(), StoreError> {
    let text = "update bookings set rating = $3, version = version + 1 where business_id = $1 and id = $2";
    sql.run(text, values![business, id, rating])
}

/// Lists confirmed visits within the half-open interval whose clients have not answered the reminder and
/// should be rung, the soonest first.
pub fn to_ring(sql: &mut dyn Sql, business: &str, from_ms: i64, to_ms: i64) -> Result<Vec<Booking>, StoreError> {
    let text = "select id, conversation_id, specialist_id, service_id, client_name, starts_at_ms, ends_at_ms, \
                visit_ends_at_ms, status, held_until_ms, version, answer, is_unreminded, rating from bookings \
                where business_id = $1 and status = 'confirmed' and answer = 'silent' \
                and starts_at_ms >= $2 and starts_at_ms < $3 order by starts_at_ms, id";
    all(sql, text, values![business, from_ms, to_ms], booking)
}

/// Keeps a held booking for a named client until a person decides; false when it is not held any more.
pub fn keep(sql: &mut dyn Sql, business: &str, id: &str, client_name: &str) -> Result<bool, StoreError> {
    let text = "update bookings set client_name = $3, held_until_ms = null, version = version + 1 \
                where business_id = $1 and id = $2 and status = 'held'";
    Ok(sql.exec(text, values![business, id, client_name])? > 0)
}

/// Keeps a held booking until a later moment; false when it is not held any more.
pub fn extend(sql: &mut dyn Sql, business: &str, id: &str, held_until_ms: i64) -> Result<bool, StoreError> {
    let text = "update bookings set held_until_ms = $3, version = version + 1 \
                where business_id = $1 and id = $2 and status = 'held'";
    Ok(sql.exec(text, values![business, id, held_until_ms])? > 0)
}

/// Cancels a held or confirmed booking; false when there is nothing to cancel.
pub fn cancel(sql: &mut dyn Sql, business: &str, id: &str) -> Result<bool, StoreError> {
    let text = "update bookings set status = 'cancelled', held_until_ms = null, version = version + 1 \
                where business_id = $1 and id = $2 and status in ('held', 'confirmed')";
    change(sql, business, id, text)
}

/// Records that the client came, also after a mistaken no-show. [`StoreError::Taken`] when the time was given away since.
pub fn arrived(sql: &mut dyn Sql, business: &str, id: &str) -> Result<bool, StoreError> {
    let text = "update bookings set status = 'arrived', version = version + 1 \
                where business_id = $1 and id = $2 and status in ('confirmed', 'no_show')";
    change(sql, business, id, text)
}

/// Records that the client did not come, also after a mistaken arrival.
pub fn no_show(sql: &mut dyn Sql, business: &str, id: &str) -> Result<bool, StoreError> {
    let text = "update bookings set status = 'no_show', version = version + 1 \
                where business_id = $1 and id = $2 and status in ('confirmed', 'arrived')";
    change(sql, business, id, text)
}

fn change(sql: &mut dyn Sql, business: &str, id: &str, text: &'static str) -> Result<bool, StoreError> {
    businesses::bump_busy(sql, business)?;
    Ok(sql.exec(text, values![business, id])? > 0)
}

/// Ends holds of all businesses that ran out, the oldest first, and lists them. Only inside `write`. A conversation that
/// is still to be woken for the hold, or has something to play, ends or extends it by itself.
pub fn expire_due(sql: &mut dyn Sql, now_ms: i64, limit: i64) -> Result<Vec<Expired>, StoreError> {
    let text = dialect::EXPIRED_HOLDS.of(sql)?;
    let holds = all(sql, text, values![now_ms, limit], |row| {
        Ok(Expired { id: row.text(0)?, business: row.text(1)?, conversation_id: row.text(2)? })
    })?;
    let text = "update bookings set status = 'expired', version = version + 1 \
                where business_id = $1 and id = $2 and status = 'held'";
    for hold in &holds {
        sql.run(text, values![&hold.business, &hold.id])?;
    }
    // In one order, so that two nodes never wait for each other.
    let mut owners: Vec<&str> = holds.iter().map(|hold| hold.business.as_str()).collect();
    owners.sort_unstable();
    owners.dedup();
    owners.into_iter().try_for_each(|business| businesses::bump_busy(sql, business))?;
    Ok(holds)
}

/// Lists busy time that touches the half-open interval, by subject and time.
pub fn busy(sql: &mut dyn Sql, business: &str, from_ms: i64, to_ms: i64) -> Result<Vec<Busy>, StoreError> {
    let text = "select subject, booking_id, starts_at_ms, ends_at_ms, lesson, seat from booking_spans \
                where business_id = $1 and is_live = 1 and starts_at_ms < $3 and starts_at_ms > $2 - 2678400000 \
                and ends_at_ms > $2 order by subject, starts_at_ms, booking_id";
    all(sql, text, values![business, from_ms, to_ms], |row| {
        let seat = row.int(5)?;
        Ok(Busy {
            subject: row.text(0)?,
            booking_id: row.text(1)?,
            starts_at_ms: row.int(2)?,
            ends_at_ms: row.int(3)?,
            seat: if seat > 0 { Some((row.text(4)?, seat)) } else { None },
        })
    })
}

/// Reads one booking.
pub fn get(sql: &mut dyn Sql, business: &str, id: &str) -> Result<Option<Booking>, StoreError> {
    let text = "select id, conversation_id, specialist_id, service_id, client_name, starts_at_ms, ends_at_ms, \
                visit_ends_at_ms, status, held_until_ms, version, answer, is_unreminded, rating from bookings where business_id = $1 and id = $2";
    one(sql, text, values![business, id], booking)
}

/// Lists bookings of every status that begin within the half-open interval, for the calendar.
pub fn list(sql: &mut dyn Sql, business: &str, from_ms: i64, to_ms: i64) -> Result<Vec<Booking>, StoreError> {
    let text = "select id, conversation_id, specialist_id, service_id, client_name, starts_at_ms, ends_at_ms, \
                visit_ends_at_ms, status, held_until_ms, version, answer, is_unreminded, rating from bookings \
                where business_id = $1 and starts_at_ms >= $2 and starts_at_ms < $3 order by starts_at_ms, id";
    all(sql, text, values![business, from_ms, to_ms], booking)
}

/// Lists bookings of one conversation, the earliest visit first.
pub fn of_conversation(sql: &mut dyn Sql, business: &str, conversation: &str) -> Result<Vec<Booking>, StoreError> {
    let text = "select id, conversation_id, specialist_id, service_id, client_name, starts_at_ms, ends_at_ms, \
                visit_ends_at_ms, status, held_until_ms, version, answer, is_unreminded, rating from bookings \
                where business_id = $1 and conversation_id = $2 order by starts_at_ms, id";
    all(sql, text, values![business, conversation], booking)
}

/// One page of bookings by the beginning of the visit, the earliest first, each with the channel of its conversation.
/// `None` means any status, any channel.
pub fn page(
    sql: &mut dyn Sql,
    business: &str,
    status: Option<BookingStatus>,
    channel: Option<&str>,
    window: &Window<'_>,
) -> Result<Vec<(Booking, String)>, StoreError> {
    let text = "select b.id, b.conversation_id, b.specialist_id, b.service_id, b.client_name, b.starts_at_ms, \
                b.ends_at_ms, b.visit_ends_at_ms, b.status, b.held_until_ms, b.version, b.answer, b.is_unreminded, \
                b.rating, c.channel from bookings b \
                join conversations c on c.business_id = b.business_id and c.id = b.conversation_id \
                where b.business_id = $1 and b.starts_at_ms >= $2 and b.starts_at_ms < $3 and b.starts_at_ms >= $4 \
                and (b.starts_at_ms > $4 or b.id > $5) and (cast($6 as text) is null or b.status = $6) \
                and (cast($7 as text) is null or c.channel = $7) order by b.starts_at_ms, b.id limit $8";
    let (after_ms, after_id) = window.after.unwrap_or((i64::MIN, ""));
    let status = status.map(BookingStatus::word);
    let values = values![business, window.from_ms, window.to_ms, after_ms, after_id, status, channel, window.limit];
    all(sql, text, values, |row| Ok((booking(row)?, row.text(14)?)))
}

/// One booking with the channel of its conversation.
pub fn with_channel(sql: &mut dyn Sql, business: &str, id: &str) -> Result<Option<(Booking, String)>, StoreError> {
    let text = "select b.id, b.conversation_id, b.specialist_id, b.service_id, b.client_name, b.starts_at_ms, \
                b.ends_at_ms, b.visit_ends_at_ms, b.status, b.held_until_ms, b.version, b.answer, b.is_unreminded, \
                b.rating, c.channel from bookings b \
                join conversations c on c.business_id = b.business_id and c.id = b.conversation_id \
                where b.business_id = $1 and b.id = $2";
    one(sql, text, values![business, id], |row| Ok((booking(row)?, row.text(14)?)))
}

fn booking(row: &Row<'_>) -> Result<Booking, StoreError> {
    Ok(Booking {
        id: row.text(0)?,
        conversation_id: row.text(1)?,
        specialist_id: row.text(2)?,
        service_id: row.text(3)?,
        client_name: row.text(4)?,
        starts_at_ms: row.int(5)?,
        ends_at_ms: row.int(6)?,
        visit_ends_at_ms: row.int(7)?,
        status: BookingStatus::parse(&row.text(8)?).ok_or_else(|| row.corrupt(8))?,
        held_until_ms: row.opt_int(9)?,
        version: row.int(10)?,
        answer: row.opt_text(11)?.map(|word| Answer::parse(&word).ok_or_else(|| row.corrupt(11))).transpose()?,
        is_unreminded: row.flag(12)?,
        rating: row.opt_int(13)?,
    })
}
