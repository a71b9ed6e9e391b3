//! «Убрать?»: what will be, and which visits stand, before something is taken off for good.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use nochnik_core::conversation::Conversation;
use nochnik_store::bookings::{Booking, BookingStatus};
use nochnik_store::{Sql, bookings, conversations};

use super::look::icon;
use super::settings::{SAVED, alert, frame, heading_under, seen_input};
use super::viewer::Viewer;
use super::{Trouble, Web, words};
use crate::document_change::Objection;

/// Visits that are told one by one.
const SHOWN_MAX: usize = 8;

/// The question before something is taken off.
pub struct Question<'a> {
    pub title: String,
    /// Where the form is sent.
    pub action: String,
    /// What the button does: «Убрать».
    pub deed: &'a str,
    /// Where «Оставить» leads, and what the arrow there is called.
    pub back: (String, &'a str),
    /// What will be, sentence by sentence; what stays or can be undone is said quietly.
    pub told: Vec<String>,
    pub quiet: &'a str,
    /// What stands with it, from [`visits_card`].
    pub visits: Markup,
    /// What the form sends along.
    pub hidden: Vec<(&'a str, String)>,
}

impl Question<'_> {
    pub fn page(&self, viewer: &Viewer, objection: Option<&Objection>) -> Markup {
        let (back, label) = &self.back;
        let inside = html! {
            (alert(objection.map(Objection::whole).as_deref()))
            (self.visits)
            section .card.stack {
                @for sentence in &self.told { p { (sentence) } }
                @if !self.quiet.is_empty() { p .quiet { (self.quiet) } }
                form .row method="post" action=(self.action) {
                    (seen_input(viewer))
                    @for (name, value) in &self.hidden { input type="hidden" name=(name) value=(value); }
                    button .button.main-action type="submit" { (self.deed) }
                    a .button.plain href=(back) { "Оставить" }
                }
            }
        };
        frame(viewer, &self.title, &heading_under(back, label, &self.title), &inside)
    }

    /// Where it leads once it is done, or the question again with what is wrong.
    pub fn follow(&self, viewer: &Viewer, next: &str, objection: Option<&Objection>) -> Response {
        match objection {
            None => Redirect::to(&format!("{next}?{SAVED}")).into_response(),
            Some(_) => (StatusCode::UNPROCESSABLE_ENTITY, self.page(viewer, objection)).into_response(),
        }
    }
}

/// A visit that stands, with all of its services: the calendar's row knows the first.
pub struct Visit {
    pub booking: Booking,
    pub services: Vec<String>,
}

/// Visits that are held or agreed and not over, the earliest first.
pub async fn visits(web: &Web, viewer: &Viewer) -> Result<Vec<Visit>, Trouble> {
    let (business, now_ms) = (viewer.business.clone(), viewer.now_ms);
    let job = move |sql: &mut dyn Sql| {
        let stands = |booking: &Booking| matches!(booking.status, BookingStatus::Held | BookingStatus::Confirmed);
        let mut found = Vec::new();
        for booking in bookings::list(sql, &business, now_ms, i64::MAX)?.into_iter().filter(stands) {
            let loaded = conversations::peek(sql, &business, &booking.conversation_id)?;
            let talk = loaded.and_then(|loaded| serde_json::from_str::<Conversation>(&loaded.state).ok());
            let own = talk.as_ref().and_then(|talk| talk.booking(&booking.id));
            let services = own.map(|own| own.services.iter().map(ToString::to_string).collect());
            let services = services.unwrap_or_else(|| vec![booking.service_id.clone()]);
            found.push(Visit { booking, services });
        }
        Ok(found)
    };
    Ok(web.store.read(job).await?)
}

/// Counts them and tells each. Who comes is told to those who may see clients.
pub fn visits_card(viewer: &Viewer, visits: &[&Visit]) -> Markup {
    if visits.is_empty() {
        return html! {};
    }
    let count = |n: usize| words::count(u64::try_from(n).unwrap_or(u64::MAX), "запись", "записи", "записей");
    let sees_clients = viewer.may_open("/console/calendar");
    html! {
        section .card.stack {
            p .problem { (icon("triangle-alert")) span { "Впереди " (count(visits.len())) ":" } }
            ul {
                @for visit in visits.iter().take(SHOWN_MAX) { li { (line(viewer, visit, sees_clients)) } }
            }
            @if visits.len() > SHOWN_MAX { p .quiet { "И ещё " (count(visits.len() - SHOWN_MAX)) "." } }
            @if sees_clients { p { a .link href="/console/calendar" { "Открыть записи" } } }
        }
    }
}

/// «Пт, 27 ноября, 18:30 — Ольга, Маникюр, Анна».
fn line(viewer: &Viewer, visit: &Visit, sees_clients: bool) -> String {
    let (salon, booking) = (&viewer.salon, &visit.booking);
    let at = salon.wall(booking.starts_at_ms);
    let client = sees_clients.then(|| words::client_name(&booking.client_name));
    let services = visit.services.iter().map(|id| salon.service(id));
    let told: Vec<&str> =
        client.into_iter().chain(services).chain([salon.specialist(&booking.specialist_id)]).collect();
    format!("{}, {} — {}", words::day(at.date()), words::clock(at.time()), told.join(", "))
}
