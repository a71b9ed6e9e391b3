//! iCalendar as far as a calendar of visits needs it. Pure: no network, no clock. Source: RFC 5545.

mod event;
mod lines;
#[cfg(test)]
mod properties;
mod rule;
mod series;
mod values;
mod visit;
mod windows;
mod zone;

use jiff::tz::TimeZone;

use self::event::Event;
use self::lines::Component;
pub use self::lines::Unreadable;
pub use self::visit::{Draft, compose, edit, stands};
use self::zone::Zones;
use crate::ports::Span;

/// What one calendar object says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    pub what: What,
    /// Events in it that cannot be read; they take no time.
    pub broken: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// Nobody's time within the span.
    Nothing,
    Busy(Vec<Span>),
    Visit(Own),
}

/// A visit that we wrote, wherever in time it stands now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Own {
    pub booking: String,
    /// Not called off and not marked as free.
    pub stands: bool,
    pub span: Span,
}

/// Reads one calendar object. `own` is the zone of times that name none; `is_ours` tells by booking and UID whether an
/// event that looks like ours is no copy that a person made.
pub fn read(
    text: &[u8],
    span: Span,
    own: &TimeZone,
    is_ours: impl Fn(&str, &str) -> bool,
) -> Result<Content, Unreadable> {
    let calendars = Component::parse(text)?;
    let zones = Zones::of(&calendars, own);
    let parts = calendars.iter().flat_map(|calendar| &calendar.parts).filter(|part| part.name == "VEVENT");
    let (events, broken): (Vec<_>, Vec<_>) = parts.map(|part| Event::read(part, &zones)).partition(Result::is_ok);
    let events: Vec<Event> = events.into_iter().flatten().collect();
    if events.is_empty() && !broken.is_empty() {
        return Err(Unreadable);
    }
    let visit = events.iter().filter(|event| event.replaces.is_none()).find_map(|event| {
        let booking = event.booking.as_deref().filter(|booking| is_ours(booking, &event.uid))?;
        Some((event, booking.to_owned()))
    });
    let what = match visit {
        Some((event, booking)) => What::Visit(own_visit(event, booking)?),
        None => Some(series::times(&events, span)?).filter(|times| !times.is_empty()).map_or(What::Nothing, What::Busy),
    };
    Ok(Content { what, broken: broken.len() })
}

fn own_visit(event: &Event, booking: String) -> Result<Own, Unreadable> {
    let from = event.start.moment().ok_or(Unreadable)?;
    let to = event.start.end(event.length).ok_or(Unreadable)?;
    Ok(Own { booking, stands: event.is_busy && from < to, span: Span { from, to } })
}
