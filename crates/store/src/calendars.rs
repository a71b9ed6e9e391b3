//! Calendars outside: how far they were read, what stands in them, and what time that takes.

use crate::{Row, Sql, StoreError, all, one, values};

/// How far a calendar has been read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// From where to go on; `None`: from the beginning.
    pub cursor: Option<String>,
    /// When all of it was read last.
    pub whole_at_ms: i64,
}

/// An event as it stood last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The calendar's own name for it.
    pub id: String,
    /// Which state of it; opaque.
    pub version: String,
    /// Our visit in it.
    pub visit: Option<Visit>,
}

/// Where both sides agreed that a visit stands. Half-open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// The booking.
    pub booking_id: String,
    /// Who serves.
    pub specialist_id: String,
    /// From.
    pub starts_at_ms: i64,
    /// Until, without a buffer.
    pub ends_at_ms: i64,
}

/// Time that somebody else's event takes, half-open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Which calendar says so.
    pub calendar: String,
    /// Whose; empty: of whomever the calendar is.
    pub specialist_id: String,
    /// From.
    pub starts_at_ms: i64,
    /// Until.
    pub ends_at_ms: i64,
}

/// A bell by which a calendar tells that something has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bell {
    /// Ours.
    pub id: String,
    /// What the vendor calls the thing that rings.
    pub resource: String,
    /// Which calendar of the vendor's it is.
    pub whose: String,
    /// Where it rings.
    pub url: String,
    /// From when on it is silent.
    pub ends_at_ms: i64,
}

/// The bell of a calendar; `None`: none was hung.
pub fn bell(sql: &mut dyn Sql, business: &str, calendar: &str) -> Result<Option<Bell>, StoreError> {
    let text = "select bell_id, resource, whose, url, ends_at_ms from calendar_bells \
                where business_id = $1 and calendar = $2";
    one(sql, text, values![business, calendar], |row| {
        Ok(Bell {
            id: row.text(0)?,
            resource: row.text(1)?,
            whose: row.text(2)?,
            url: row.text(3)?,
            ends_at_ms: row.int(4)?,
        })
    })
}

/// Keeps a bell in place of an earlier one.
pub fn put_bell(sql: &mut dyn Sql, business: &str, calendar: &str, bell: &Bell) -> Result<(), StoreError> {
    let text = "insert into calendar_bells (business_id, calendar, bell_id, resource, whose, url, ends_at_ms) \
                values ($1, $2, $3, $4, $5, $6, $7) on conflict (business_id, calendar) do update \
                set bell_id = excluded.bell_id, resource = excluded.resource, whose = excluded.whose, \
                url = excluded.url, ends_at_ms = excluded.ends_at_ms";
    let Bell { id, resource, whose, url, ends_at_ms } = bell;
    sql.run(text, values![business, calendar, id, resource, whose, url, *ends_at_ms])
}

/// Forgets a bell that was taken down, unless there is another one by now.
pub fn drop_bell(sql: &mut dyn Sql, business: &str, calendar: &str, id: &str) -> Result<(), StoreError> {
    let text = "delete from calendar_bells where business_id = $1 and calendar = $2 and bell_id = $3";
    sql.run(text, values![business, calendar, id])
}

/// How far a calendar has been read; `None`: never.
pub fn reading(sql: &mut dyn Sql, business: &str, calendar: &str) -> Result<Option<Reading>, StoreError> {
    let text = "select cursor, whole_at_ms from calendars where business_id = $1 and calendar = $2";
    one(sql, text, values![business, calendar], |row| {
        Ok(Reading { cursor: row.opt_text(0)?, whole_at_ms: row.int(1)? })
    })
}

/// Records how far a calendar has been read.
pub fn put_reading(sql: &mut dyn Sql, business: &str, calendar: &str, reading: &Reading) -> Result<(), StoreError> {
    let text = "insert into calendars (business_id, calendar, cursor, whole_at_ms) values ($1, $2, $3, $4) \
                on conflict (business_id, calendar) do update \
                set cursor = excluded.cursor, whole_at_ms = excluded.whole_at_ms";
    sql.run(text, values![business, calendar, reading.cursor.as_deref(), reading.whole_at_ms])
}

/// The ids of all known events of a calendar.
pub fn ids(sql: &mut dyn Sql, business: &str, calendar: &str) -> Result<Vec<String>, StoreError> {
    let text = "select event_id from calendar_events where business_id = $1 and calendar = $2 order by event_id";
    all(sql, text, values![business, calendar], |row| row.text(0))
}

/// The ids that begin with `prefix`, which holds nothing that SQL takes for a pattern.
pub fn ids_from(sql: &mut dyn Sql, business: &str, calendar: &str, prefix: &str) -> Result<Vec<String>, StoreError> {
    let text = "select event_id from calendar_events where business_id = $1 and calendar = $2 \
                and event_id like $3 order by event_id";
    let pattern = format!("{prefix}%");
    all(sql, text, values![business, calendar, &pattern], |row| row.text(0))
}

/// An event by the calendar's own name.
pub fn get(sql: &mut dyn Sql, business: &str, calendar: &str, id: &str) -> Result<Option<Event>, StoreError> {
    let text = "select event_id, version, booking_id, specialist_id, starts_at_ms, ends_at_ms from calendar_events \
                where business_id = $1 and calendar = $2 and event_id = $3";
    one(sql, text, values![business, calendar, id], event)
}

/// The event of a booking.
pub fn of_booking(
    sql: &mut dyn Sql,
    business: &str,
    calendar: &str,
    booking: &str,
) -> Result<Option<Event>, StoreError> {
    let text = "select event_id, version, booking_id, specialist_id, starts_at_ms, ends_at_ms from calendar_events \
                where business_id = $1 and calendar = $2 and booking_id = $3";
    one(sql, text, values![business, calendar, booking], event)
}

fn event(row: &Row<'_>) -> Result<Event, StoreError> {
    let visit = |booking_id| -> Result<Visit, StoreError> {
        Ok(Visit { booking_id, specialist_id: row.text(3)?, starts_at_ms: row.int(4)?, ends_at_ms: row.int(5)? })
    };
    Ok(Event { id: row.text(0)?, version: row.text(1)?, visit: row.opt_text(2)?.map(visit).transpose()? })
}

/// Keeps an event as it stands now, with the time it takes. A booking has one event in a calendar: an older one goes.
pub fn put(
    sql: &mut dyn Sql,
    business: &str,
    calendar: &str,
    event: &Event,
    times: &[Taken],
) -> Result<(), StoreError> {
    if let Some(visit) = &event.visit {
        let text = "delete from calendar_events where business_id = $1 and calendar = $2 and booking_id = $3 \
                    and event_id <> $4";
        sql.run(text, values![business, calendar, &visit.booking_id, &event.id])?;
    }
    forget_times(sql, business, calendar, &event.id)?;
    let text = "insert into calendar_events (business_id, calendar, event_id, version, booking_id, specialist_id, \
                starts_at_ms, ends_at_ms) values ($1, $2, $3, $4, $5, $6, $7, $8) \
                on conflict (business_id, calendar, event_id) do update set version = excluded.version, \
                booking_id = excluded.booking_id, specialist_id = excluded.specialist_id, \
                starts_at_ms = excluded.starts_at_ms, ends_at_ms = excluded.ends_at_ms";
    let (booking, specialist, from_ms, to_ms) = match &event.visit {
        Some(visit) => (Some(&*visit.booking_id), &*visit.specialist_id, visit.starts_at_ms, visit.ends_at_ms),
        None => (None, "", 0, 0),
    };
    sql.run(text, values![business, calendar, &event.id, &event.version, booking, specialist, from_ms, to_ms])?;
    let text = "insert into calendar_times (business_id, calendar, event_id, place, specialist_id, starts_at_ms, \
                ends_at_ms) values ($1, $2, $3, $4, $5, $6, $7)";
    (0_i64..).zip(times).try_for_each(|(place, time)| {
        let values =
            values![business, calendar, &event.id, place, &time.specialist_id, time.starts_at_ms, time.ends_at_ms,];
        sql.run(text, values)
    })
}

/// Forgets an event.
pub fn remove(sql: &mut dyn Sql, business: &str, calendar: &str, id: &str) -> Result<(), StoreError> {
    forget_times(sql, business, calendar, id)?;
    let text = "delete from calendar_events where business_id = $1 and calendar = $2 and event_id = $3";
    sql.run(text, values![business, calendar, id])
}

fn forget_times(sql: &mut dyn Sql, business: &str, calendar: &str, id: &str) -> Result<(), StoreError> {
    let text = "delete from calendar_times where business_id = $1 and calendar = $2 and event_id = $3";
    sql.run(text, values![business, calendar, id])
}

/// The time an event takes, earliest first.
pub fn times(sql: &mut dyn Sql, business: &str, calendar: &str, id: &str) -> Result<Vec<Taken>, StoreError> {
    let text = "select calendar, specialist_id, starts_at_ms, ends_at_ms from calendar_times \
                where business_id = $1 and calendar = $2 and event_id = $3 order by place";
    all(sql, text, values![business, calendar, id], taken)
}

/// Time that calendars take within the half-open interval.
pub fn busy(sql: &mut dyn Sql, business: &str, from_ms: i64, to_ms: i64) -> Result<Vec<Taken>, StoreError> {
    let text = "select calendar, specialist_id, starts_at_ms, ends_at_ms from calendar_times \
                where business_id = $1 and ends_at_ms > $2 and starts_at_ms < $3 \
                order by specialist_id, starts_at_ms, ends_at_ms, calendar, event_id, place";
    all(sql, text, values![business, from_ms, to_ms], taken)
}

fn taken(row: &Row<'_>) -> Result<Taken, StoreError> {
    Ok(Taken {
        calendar: row.text(0)?,
        specialist_id: row.text(1)?,
        starts_at_ms: row.int(2)?,
        ends_at_ms: row.int(3)?,
    })
}
