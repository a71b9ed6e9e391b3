//! `GET /visit/{business}/{conversation}/{number}/{token}.ics`: a visit for the client's own calendar.
//!
//! The link is the only key and opens one visit. The file names the business, the service and the
//! time, never the client. Format: RFC 5545.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use icalendar::{Calendar, Component, Event, EventLike, EventStatus, Property};
use jiff::Timestamp;
use jiff::fmt::strtime;
use nochnik_core::business::Settings;
use nochnik_core::conversation::{Booking, BookingState};

use super::{Shared, error};

/// One file, fresh at each call: what was cancelled says so.
pub async fn file(
    State(web): State<Shared>,
    Path((business, conversation, number, file)): Path<(String, String, String, String)>,
) -> Response {
    let Some(token) = file.strip_suffix(".ics") else { return error::not_found().await.into_response() };
    match web.desk.visit(&business, &conversation, &number, token).await {
        Ok(Some((settings, booking))) => {
            let text = calendar(&settings, &booking, web.desk.now()).to_string();
            let headers = [
                (CONTENT_TYPE, "text/calendar; charset=utf-8"),
                (CONTENT_DISPOSITION, "attachment; filename=\"visit.ics\""),
                (CACHE_CONTROL, "no-store"),
            ];
            (headers, text).into_response()
        }
        Ok(None) => error::not_found().await.into_response(),
        Err(error) => {
            tracing::error!(%error, "A visit's file cannot be made");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

fn calendar(settings: &Settings, booking: &Booking, now: Timestamp) -> Calendar {
    let document = &settings.document;
    let specialist = settings.specialist_name(&booking.slot.specialist);
    let mut event = Event::new();
    event
        .uid(&format!("{}@{}.nochnik", booking.id.replace('/', "-"), settings.id))
        .summary(&format!("{}: {}", document.name, settings.names_of(&booking.services)))
        .description(&format!("{specialist}. Перенести или отменить: напишите нам там же, где записывались."))
        .append_property(utc("DTSTAMP", now))
        .append_property(utc("DTSTART", booking.slot.starts_at))
        .append_property(utc("DTEND", booking.slot.ends_at))
        .status(status_of(&booking.state));
    if !document.address.is_empty() {
        event.location(&document.address);
    }
    Calendar::new().push(event.done()).done()
}

/// A moment in the form that every calendar takes: UTC.
fn utc(name: &str, at: Timestamp) -> Property {
    Property::new(name, strtime::format("%Y%m%dT%H%M%SZ", at).unwrap_or_default())
}

fn status_of(state: &BookingState) -> EventStatus {
    match state {
        BookingState::Confirmed { .. } | BookingState::Arrived { .. } => EventStatus::Confirmed,
        BookingState::Held { .. } | BookingState::Requested { .. } => EventStatus::Tentative,
        BookingState::Cancelled { .. } | BookingState::Expired | BookingState::NoShow { .. } => EventStatus::Cancelled,
    }
}
