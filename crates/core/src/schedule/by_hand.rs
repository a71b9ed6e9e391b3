//! A visit that a person of the staff enters: where the client who rang may be put.
//!
//! Of what stands in the diaries nobody may pass over anything; of hours and of a calendar's other events a person may
//! know better than we do.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};

use super::day::open_time;
use super::diary::Span;
use super::search::Search;
use super::{Slot, SlotAsk, Window};
use crate::business::{Business, Settings};
use crate::calendar::{hours_on, specialist_hours_on};
use crate::values::{ServiceId, SpecialistId};

/// What the client comes for, and to whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandAsk {
    /// Done one after another by one specialist.
    pub services: Vec<ServiceId>,
    /// `None` is anybody who does them all and is free.
    pub specialist: Option<SpecialistId>,
}

/// A free place for a visit, and what speaks against it all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub slot: Slot,
    pub doubts: Vec<Doubt>,
}

/// What a person may pass over, once they have seen it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// The business is closed at the time of the visit, or at a part of it.
    Closed,
    /// It is open, but the specialist does not serve then.
    Off,
    /// A calendar outside has another event there.
    Elsewhere,
}

/// Why there is no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoPlace {
    Past,
    /// Beyond the horizon of booking.
    TooFar,
    /// No services, or such as make no visit together.
    NoVisit,
    /// Nobody does all of it; the specialist who was named does not.
    Nobody,
    /// A lesson that begins only at times of its own.
    NotThen,
    Taken,
    /// There is a place, but its doubts were not passed over.
    Doubted,
}

/// The place of a visit that begins at this very moment, off the grid and out of hours as well. Of several specialists
/// the one against whom least speaks, then the one higher in the document.
pub fn place(business: &Business, ask: &HandAsk, at: Timestamp, now: Timestamp) -> Result<Place, NoPlace> {
    let (ours, wall) = (without_calendars(business), business.settings.wall(at));
    let whole = slot_ask(ask, wall.date());
    let search = Search::new(&ours, &whole, now, now).ok_or(NoPlace::NoVisit)?;
    if search.is_nobodys() {
        return Err(NoPlace::Nobody);
    }
    if at <= now {
        return Err(NoPlace::Past);
    }
    if wall.date() > search.last_on() {
        return Err(NoPlace::TooFar);
    }
    if !search.may_begin(wall) {
        return Err(NoPlace::NotThen);
    }
    let places = search.at(at).into_iter().map(|slot| Place { doubts: doubts(business, &slot), slot });
    places.min_by_key(|place| place.doubts.len()).ok_or(NoPlace::Taken)
}

/// Free times of a day, one slot for each, earliest first. A person keeps no lead time.
pub fn free_on(business: &Business, ask: &HandAsk, date: Date, now: Timestamp) -> Vec<Slot> {
    let search = Search::new(business, &slot_ask(ask, date), now, now).filter(|search| date <= search.last_on());
    search.map_or_else(Vec::new, |search| search.starts(date))
}

/// The free times nearest to a wanted one, as [`super::nearest`]; a person keeps no lead time.
pub fn near(business: &Business, ask: &HandAsk, around: DateTime, now: Timestamp, n: usize) -> Vec<Slot> {
    let search = Search::new(business, &slot_ask(ask, around.date()), now, now);
    search.map_or_else(Vec::new, |search| search.near(around, n))
}

fn slot_ask(ask: &HandAsk, date: Date) -> SlotAsk {
    let (services, specialist) = (ask.services.clone(), ask.specialist.clone());
    SlotAsk { services, specialist, without: Vec::new(), window: Window::of_days(date, date) }
}

/// The same business as if there were no calendars outside.
fn without_calendars(business: &Business) -> Business {
    let busy = business.busy.iter().filter(|busy| !busy.booking.is_empty()).cloned().collect();
    Business { busy: Arc::new(busy), ..business.clone() }
}

fn doubts(business: &Business, slot: &Slot) -> Vec<Doubt> {
    let settings = &business.settings;
    let takes = slot.takes("");
    let mut others = business.busy.iter().filter(|busy| busy.booking.is_empty());
    let is_elsewhere = others.any(|busy| takes.iter().any(|part| part.clashes(busy)));
    let hours = if !is_open(settings, slot) {
        Some(Doubt::Closed)
    } else if !is_served(settings, slot) {
        Some(Doubt::Off)
    } else {
        None
    };
    hours.into_iter().chain(is_elsewhere.then_some(Doubt::Elsewhere)).collect()
}

fn is_open(settings: &Settings, slot: &Slot) -> bool {
    is_within(
        slot,
        open_time(&settings.zone, date_of(settings, slot), |date| hours_on(&settings.document, date).to_vec()),
    )
}

fn is_served(settings: &Settings, slot: &Slot) -> bool {
    let Some(specialist) = settings.specialist(&slot.specialist) else { return false };
    let hours = |date| specialist_hours_on(&settings.document, specialist, date);
    is_within(slot, open_time(&settings.zone, date_of(settings, slot), hours))
}

fn date_of(settings: &Settings, slot: &Slot) -> Date {
    settings.wall(slot.starts_at).date()
}

fn is_within(slot: &Slot, open: Vec<Span>) -> bool {
    open.iter().any(|(from, to)| *from <= slot.starts_at && slot.ends_at <= *to)
}
