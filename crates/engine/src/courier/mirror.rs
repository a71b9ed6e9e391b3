//! A visit into a calendar outside: the event is made to agree with the booking as it stands now, whatever the row was
//! written for.

use std::time::Duration;

use nochnik_adapters::Failure;
use nochnik_adapters::failure::{Scope, codes};
use nochnik_adapters::ports::{Calendar, EventRef, Span, Visit};
use nochnik_core::conversation::Conversation;
use nochnik_core::dialogue::CalendarAnswer;
use nochnik_core::event::What;
use nochnik_core::phrases::{self, Phrase};
use nochnik_core::values::SpecialistId;
use nochnik_core::wall;
use nochnik_store::bookings::{self, Booking, BookingStatus};
use nochnik_store::calendars::{self, Event};
use nochnik_store::outbox::OutboxRow;
use nochnik_store::{Sql, StoreError, businesses, conversations};

use super::Carrier;
use super::deliver::Done;
use crate::arrived::{Arrived, instant};
use crate::businesses::Known;
use crate::calendars::{TAKEN_MARK, stands, visit_of};
use crate::duty::tell_owners;
use crate::errand::Errand;
use crate::ingest::arrive;
use crate::turn::state_of;

/// The slowest vendor is given a minute for one request, and a put takes two or three.
const TIMEOUT: Duration = Duration::from_secs(75);

/// What became of the event of a booking.
#[derive(Clone)]
pub(super) struct Mirrored {
    calendar: String,
    /// As it stands there now; `None`: it is gone.
    event: Option<Event>,
    /// The one that went.
    removed: Option<String>,
    /// The booking that the calendar, which has the last word, was asked for.
    asked: Option<String>,
}

/// What is read before a call.
struct Sight {
    booking: Option<Booking>,
    event: Option<Event>,
    state: Option<Conversation>,
}

/// Which row.
pub(super) struct Wanted<'a> {
    pub calendar: &'a str,
    pub booking: &'a str,
    /// Written even where nothing seems to differ.
    pub is_forced: bool,
}

pub(super) async fn show(
    carrier: &Carrier,
    row: &OutboxRow,
    known: &Known,
    wanted: Wanted<'_>,
) -> Result<Done, Failure> {
    let Some(port) = known.ports.calendars.get(wanted.calendar) else { return Ok(Done::Nothing) };
    let sight = look(carrier, row, &wanted).await?;
    let entry = known.settings.document.calendars.iter().find(|entry| entry.account() == wanted.calendar);
    let is_here = |booking: &Booking| stands(booking) && entry.is_some_and(|entry| entry.is_of(&booking.specialist_id));
    let booking = sight.booking.as_ref().filter(|booking| is_here(booking));
    let known_as = sight.event.as_ref().map(|event| EventRef { id: event.id.clone(), version: event.version.clone() });
    let writing = async {
        match (booking, known_as) {
            (None, None) => Ok(Done::Nothing),
            (None, Some(event)) => remove(&**port, &wanted, event).await,
            (Some(booking), known_as) => {
                let is_as_agreed =
                    sight.event.as_ref().and_then(|event| event.visit.as_ref()) == Some(&visit_of(booking));
                let is_over = booking.visit_ends_at_ms < carrier.clock.now_ms();
                if is_over || (is_as_agreed && !wanted.is_forced) {
                    return Ok(Done::Nothing);
                }
                let visit = visit(known, booking, sight.state.as_ref());
                put(&**port, &wanted, booking, &visit, known_as).await
            }
        }
    };
    let done = tokio::time::timeout(TIMEOUT, writing).await;
    let done = done.unwrap_or_else(|_| Err(Failure::Unknown { why: "no answer in time".into() }));
    if matches!(&done, Err(Failure::Refused { code, .. }) if code == codes::CHANGED || code == codes::TAKEN) {
        // Somebody was there meanwhile: what they did is read before anything is written again.
        carrier.calendar_bell.notify_waiters();
    }
    done
}

async fn look(carrier: &Carrier, row: &OutboxRow, wanted: &Wanted<'_>) -> Result<Sight, Failure> {
    let (business, conversation) = (row.business.clone(), row.conversation_id.clone());
    let (calendar, id) = (wanted.calendar.to_owned(), wanted.booking.to_owned());
    let job = move |sql: &mut dyn Sql| {
        let booking = bookings::get(sql, &business, &id)?;
        let event = calendars::of_booking(sql, &business, &calendar, &id)?;
        let loaded = conversations::peek(sql, &business, &conversation)?;
        let state = loaded.map(|loaded| state_of(&loaded, &conversation)).transpose()?.map(|(state, _)| state);
        Ok(Sight { booking, event, state })
    };
    let read = carrier.store.read(job).await;
    read.map_err(|error| Failure::Later { after: None, scope: Scope::Row, why: error.to_string() })
}

async fn remove(port: &dyn Calendar, wanted: &Wanted<'_>, event: EventRef) -> Result<Done, Failure> {
    port.remove(&event).await?;
    let calendar = wanted.calendar.to_owned();
    Ok(Done::Mirrored(Mirrored { calendar, event: None, removed: Some(event.id), asked: None }))
}

async fn put(
    port: &dyn Calendar,
    wanted: &Wanted<'_>,
    booking: &Booking,
    visit: &Visit,
    known_as: Option<EventRef>,
) -> Result<Done, Failure> {
    let put = port.put(visit, known_as.as_ref()).await?;
    let event = Event { id: put.id, version: put.version, visit: Some(visit_of(booking)) };
    Ok(Done::Mirrored(Mirrored {
        calendar: wanted.calendar.to_owned(),
        removed: known_as.map(|known| known.id).filter(|id| *id != event.id),
        asked: port.decides().then(|| booking.id.clone()),
        event: Some(event),
    }))
}

fn visit(known: &Known, booking: &Booking, state: Option<&Conversation>) -> Visit {
    let settings = &known.settings;
    let own = state.and_then(|state| state.booking(&booking.id));
    let services = own.map_or_else(|| vec![booking.service_id.as_str().into()], |own| own.services.clone());
    Visit {
        booking: booking.id.clone(),
        business: settings.id.to_string(),
        specialist: SpecialistId::new(booking.specialist_id.as_str()),
        title: settings.names_of(&services),
        services,
        span: Span { from: instant(booking.starts_at_ms), to: instant(booking.visit_ends_at_ms) },
        zone: settings.document.timezone.clone(),
        client_name: booking.client_name.clone(),
        client_phone: state.and_then(|state| state.client.phone.clone()),
    }
}

/// Keeps what a calendar answered; true when the conversation waits to hear of it.
pub(super) fn write_down(
    sql: &mut dyn Sql,
    row: &OutboxRow,
    mirrored: &Mirrored,
    now_ms: i64,
) -> Result<bool, StoreError> {
    let (business, calendar) = (row.business.as_str(), mirrored.calendar.as_str());
    if let Some(id) = &mirrored.removed {
        calendars::remove(sql, business, calendar, id)?;
    }
    if let Some(event) = &mirrored.event {
        calendars::put(sql, business, calendar, event, &[])?;
    }
    match &mirrored.asked {
        Some(booking) => answer(sql, row, booking, CalendarAnswer::Stands, now_ms),
        None => Ok(false),
    }
}

fn answer(
    sql: &mut dyn Sql,
    row: &OutboxRow,
    booking: &str,
    answer: CalendarAnswer,
    now_ms: i64,
) -> Result<bool, StoreError> {
    let what = What::CalendarAnswered { booking: booking.to_owned(), answer };
    let key = format!("calendar:answer:{}", row.key);
    arrive(sql, &row.business, &key, &row.conversation_id, &Arrived::Happened(what), now_ms)
}

/// A visit that will not come into its calendar by itself: its conversation hears of it where the calendar has the last
/// word, else the owners, with what to do. True when the conversation has news.
pub(super) fn given_up(
    sql: &mut dyn Sql,
    known: &Known,
    row: &OutboxRow,
    code: &str,
    now_ms: i64,
) -> Result<bool, StoreError> {
    let Ok(Errand::Visit { calendar, booking, .. }) = serde_json::from_str(&row.payload) else { return Ok(false) };
    let Some(booking) = bookings::get(sql, &row.business, &booking)? else { return Ok(false) };
    let decides = known.ports.calendars.get(&calendar).is_some_and(|port| port.decides());
    if decides && stands(&booking) && code == codes::TAKEN {
        note_taken(sql, row, &calendar, &booking)?;
        return answer(sql, row, &booking.id, CalendarAnswer::Taken, now_ms);
    }
    if decides && booking.status == BookingStatus::Held {
        return answer(sql, row, &booking.id, CalendarAnswer::Refused, now_ms);
    }
    let at = |ms| known.settings.wall(instant(ms));
    let moment = wall::moment_from(at(booking.starts_at_ms), at(now_ms).date());
    let phrase = if stands(&booking) { Phrase::CalendarUnwritten } else { Phrase::CalendarUnremoved };
    let is_nameless = known.settings.document.is_discreet() || booking.client_name.is_empty();
    let name = if is_nameless { "клиент" } else { booking.client_name.as_str() };
    let text = phrases::text(&known.settings, phrase, &[("calendar", &*calendar), ("moment", &moment), ("name", name)]);
    tell_owners(sql, known, &format!("calendar:dead:{}", row.key), &text, now_ms)?;
    Ok(false)
}

/// Until the calendar has been read again, its time is known to be somebody else's.
fn note_taken(sql: &mut dyn Sql, row: &OutboxRow, calendar: &str, booking: &Booking) -> Result<(), StoreError> {
    let event = Event { id: format!("{TAKEN_MARK}{}", booking.id), version: String::new(), visit: None };
    let taken = calendars::Taken {
        calendar: calendar.to_owned(),
        specialist_id: booking.specialist_id.clone(),
        starts_at_ms: booking.starts_at_ms,
        ends_at_ms: booking.visit_ends_at_ms,
    };
    calendars::put(sql, &row.business, calendar, &event, &[taken])?;
    businesses::bump_busy(sql, &row.business)
}
